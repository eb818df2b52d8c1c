"""The carts of two who were joined and are two again."""

from typing import Any

from django.db.models import F

from apps.customers.models import Customer

from . import registry
from .actions import become, editable, lock_cart, touched
from .changes import SHOP, note, note_goods
from .models import Cart, CartChange, CartLine


def unmerge_carts(source: Customer, target: Customer, moved: dict[str, Any] | None) -> None:
    """The source's carts go back; what was poured out of their open one leaves the other, unless it was ordered.

    A cart that was ordered meanwhile stays as it was ordered: then there is nothing to give back.
    """
    moved = moved or {"carts": []}
    back = [pk for pk in moved["carts"] if pk != moved.get("open")]
    Cart.objects.filter(pk__in=back, customer=target).update(customer=source)
    _take_out_again(source, target, moved)
    _open_again(source, target, moved)
    astray = Cart.objects.filter(customer__in=[source, target], address__isnull=False)
    astray = astray.exclude(address__customer_id=F("customer_id"))
    Cart.objects.filter(pk__in=list(astray.values_list("pk", flat=True))).update(address=None)


def _take_out_again(source: Customer, target: Customer, moved: dict[str, Any]) -> None:
    """The order of the cart that stood aside came to nothing and its goods went into the other one: two carts again."""
    aside = Cart.objects.filter(pk=moved.get("aside"), customer=target, status=Cart.Status.ORDERED).first()
    if aside is None or not aside.poured or registry.order_of(aside):
        return
    into = Cart.objects.filter(pk=aside.poured["into"], customer=target, status=Cart.Status.OPEN).first()
    if into is None or moved["open"] not in (aside.pk, into.pk):  # bought meanwhile, or the target's own both
        return
    _pour_back(editable(into), aside.poured["added"], codes=aside.poured["codes"])
    registry.take_out_beside(aside, into)
    Cart.objects.filter(pk=moved["open"]).update(customer=source)
    become(lock_cart(aside), Cart.Status.OPEN, poured={})


def _open_again(source: Customer, target: Customer, moved: dict[str, Any]) -> None:
    opened = Cart.objects.filter(pk=moved.get("open"), customer=target).first()
    if opened is not None and moved.get("order") and registry.order_of(opened) == moved["order"]:
        Cart.objects.filter(pk=opened.pk).update(customer=source)  # as it is, with the order that was theirs before
        return
    into = Cart.objects.filter(pk=moved.get("into"), customer=target, status=Cart.Status.OPEN).first()
    if opened is None or opened.status == Cart.Status.ORDERED:
        return
    if into is not None:
        _pour_back(editable(into), moved["added"], codes=moved.get("codes", []))
        registry.take_out_beside(opened, into)
    elif opened.status == Cart.Status.OPEN:
        editable(opened)  # a draft made of it since is the other's, and void
    Cart.objects.filter(pk=opened.pk).update(customer=source)
    if into is not None and opened.status != Cart.Status.OPEN:
        become(lock_cart(opened), Cart.Status.OPEN)


def _pour_back(cart: Cart, added: dict[str, int], *, codes: list[str]) -> None:
    """Never more than is still there."""
    counted = {}
    for line in CartLine.objects.filter(cart=cart, variant_id__in=[int(variant) for variant in added]):
        before, line.quantity = line.quantity, max(0, line.quantity - added[str(line.variant_id)])
        counted[line.variant_id] = (before, line.quantity)
        line.save(update_fields=["quantity"]) if line.quantity else line.delete()
    note_goods(cart, counted, SHOP)
    left = [code for code in cart.codes if code not in codes]
    note(cart, CartChange.What.CODES, ", ".join(cart.codes), ", ".join(left), SHOP)
    Cart.objects.filter(pk=cart.pk).update(codes=left)
    touched(cart)
