"""The open cart and its lock. Every change takes it, so that two channels cannot disagree about a cart."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, QuerySet

from apps.catalog.models import StockHold
from apps.catalog.stock import release_holds
from apps.catalog.waitlist import REASON as WAITED_FOR
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.prepared import Prepared

from .. import registry
from ..changes import SHOP, Actor, note
from ..currencies import currency_for
from ..errors import CartClosed
from ..models import Cart, CartChange, CartLine


def _whole_cart() -> QuerySet[Cart]:
    carts: QuerySet[Cart] = Cart.objects.select_related("merchant", "address", "delivery_method", "point")
    return carts


_open_cart = Prepared[Cart](
    lambda customer: _whole_cart().filter(customer_id=customer, status=Cart.Status.OPEN)[:1], customer=int
)
_lock_row = Prepared[Cart](
    lambda cart: Cart.objects.select_for_update(no_key=True).filter(pk=cart).values_list("pk", flat=True), cart=int
)
_cart_of = Prepared[Cart](lambda cart: _whole_cart().filter(pk=cart), cart=int)
lines_of = Prepared[CartLine](lambda cart: CartLine.objects.filter(cart_id=cart), cart=int)


def open_cart(customer: Customer) -> Cart:
    """The customer's one open cart, made when there is none; two at once get the same."""
    found = open_of(customer)
    if found is None:
        fresh = Cart(merchant_id=customer.merchant_id, customer=customer, currency=currency_for(customer))
        Cart.objects.bulk_create([fresh], ignore_conflicts=True)
        found = open_of(customer)
    if found is None:
        raise CartClosed
    return found


def open_of(customer: Customer) -> Cart | None:
    return _open_cart.first(customer=customer.pk)


def lock_cart(cart: Cart) -> Cart:
    """The cart's row, locked for this transaction; its status may be any."""
    _lock_row.ids(cart=cart.pk)
    # Not in one: after a wait PostgreSQL reads the row anew, but joins it with what was there before the wait.
    locked = _cart_of.first(cart=cart.pk)
    if locked is None:
        raise Cart.DoesNotExist(cart.pk)
    return locked


def editable(cart: Cart) -> Cart:
    """Locked, and whoever relied on the old contents told. Raises `CartClosed`."""
    locked = lock_open(cart)
    about_to_change(locked)
    return locked


def lock_open(cart: Cart) -> Cart:
    locked = lock_cart(cart)
    if locked.status != Cart.Status.OPEN:
        raise CartClosed
    return locked


def about_to_change(locked: Cart) -> None:
    registry.before_change(locked)
    _release_holds(locked)


def touched(cart: Cart) -> Cart:
    """On a locked cart whose contents have changed."""
    Cart.objects.filter(pk=cart.pk).update(version=F("version") + 1, updated_at=clock.now())
    cart.version += 1
    return cart


def become(cart: Cart, status: str, *, by: Actor = SHOP, **fields: Any) -> None:
    """On a locked cart: it is in this state from now on."""
    note(cart, CartChange.What.STATE, cart.status, status, by)
    Cart.objects.filter(pk=cart.pk).update(status=status, updated_at=clock.now(), **fields)
    cart.status = status


def cart_hold_references(cart: Cart, *, but: str = "") -> list[str]:
    """References of the stock this cart holds at the moment, for any reason but this."""
    lines = [line.hold_reference for line in lines_of(cart=cart.pk)]
    if not lines:
        return []
    held = StockHold.objects.filter(reference__in=lines, state=StockHold.State.ACTIVE).exclude(reason=but)
    return list(held.values_list("reference", flat=True).distinct())


def _release_holds(cart: Cart) -> None:
    """Give back what the cart holds; the next summary takes it anew. What somebody waited in line for stays theirs."""
    release(cart_hold_references(cart, but=WAITED_FOR))


def release(references: Iterable[str]) -> None:
    if listed := list(references):
        release_holds(listed)
