"""What this app does for others: its part of merging, exporting and erasing a customer, and its truths."""

from apps.customers.actions import groups_of
from apps.customers.registry import on_erase, on_export, on_keep, on_merge
from apps.merchants import invariants

from . import receivers as tax_receivers  # noqa: F401 (the same)
from .actions import merge_carts
from .invariants import CHECKS
from .models import Cart
from .privacy import erase_carts, export_carts, export_uses
from .promotions import receivers  # noqa: F401 (what it hears is registered by reading it)
from .promotions.uses import move_uses, move_uses_back
from .registry import on_groups
from .unmerge import unmerge_carts

on_merge("carts", merge_carts, unmerge_carts)
on_merge("promotion_uses", move_uses, move_uses_back)
on_export("carts", export_carts)
on_export("promotion_uses", export_uses)
on_erase(erase_carts)
on_keep("carts", lambda shopper: Cart.objects.filter(customer=shopper, lines__isnull=False).exists())


def groups_of_shopper(cart: Cart) -> list[str]:
    """An offer names a customer group as the desk calls it."""
    return groups_of(cart.customer_id) if cart.customer_id else []


on_groups(groups_of_shopper)
for name, check in CHECKS.items():
    invariants.register(name, check)
