"""What this app does for others: its truths."""

from apps.merchants import invariants

from .invariants import CHECKS

for name, check in CHECKS.items():
    invariants.register(name, check)
