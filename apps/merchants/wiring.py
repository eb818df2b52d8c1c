"""What this app does for others: its truths."""

from . import invariants
from .goodwill import days_add_up

invariants.register("merchants: nobody gives away more than they may", days_add_up)
