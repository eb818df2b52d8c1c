"""What this app does for others: its part of merging, exporting and erasing a customer, and its truths."""

from apps.customers.registry import on_erase, on_export, on_merge
from apps.merchants import invariants

from .invariants import CHECKS
from .privacy import erase_figures, export_figures, merge_figures, unmerge_figures

on_merge("insights", merge_figures, unmerge_figures)
on_export("insights", export_figures)
on_erase(erase_figures)
for name, check in CHECKS.items():
    invariants.register(name, check)
