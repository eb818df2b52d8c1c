"""What this app does for others: its part of merging, exporting and erasing a customer, and its truths."""

from apps.customers.registry import on_erase, on_export, on_keep, on_merge
from apps.merchants import invariants

from .invariants import CHECKS
from .merging import merge_loyalty, unmerge_loyalty
from .models import LoyaltyMembership
from .privacy import erase_loyalty, export_loyalty

on_merge("loyalty", merge_loyalty, unmerge_loyalty)
on_export("loyalty", export_loyalty)
on_erase(erase_loyalty)
on_keep("loyalty", lambda shopper: LoyaltyMembership.objects.filter(customer=shopper).exists())
for name, check in CHECKS.items():
    invariants.register(name, check)
