"""What this app does for others: voids drafts of changed carts, follows merged customers, exports, forgets."""

from apps.carts.registry import on_change, on_draft, on_order
from apps.customers.registry import on_erase, on_export, on_keep, on_merge
from apps.merchants import invariants

from .actions.cancel import void_draft
from .actions.find import live_order_of
from .documents import invariants as documents
from .invariants import CHECKS
from .models import Order
from .points import draft_reference
from .privacy import erase_orders, export_orders, merge_orders, unmerge_orders

on_change(void_draft)
on_draft(draft_reference)
on_order(live_order_of)
on_merge("orders", merge_orders, unmerge_orders)
on_export("orders", export_orders)
on_erase(erase_orders)
on_keep("orders", lambda shopper: Order.objects.filter(customer=shopper).exists())
for name, check in {**CHECKS, **documents.CHECKS}.items():
    invariants.register(name, check)
