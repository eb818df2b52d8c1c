"""What goes into a cart and out of it, by the piece."""

from django.db import transaction

from apps.catalog.models import Product, Variant
from apps.catalog.prices import with_prices
from apps.catalog.products import NoPrice
from apps.catalog.stock import OutOfStock, available_to
from apps.customers.models import Customer
from apps.merchants.prepared import Prepared

from ..changes import SHOPPER, Actor, note_goods
from ..errors import CartMoved, TooMany, WrongQuantity
from ..models import Cart, CartChange, CartLine
from ..pricing import price_in, terms_of_cart
from .locking import about_to_change, cart_hold_references, editable, lines_of, lock_open, open_cart, release, touched

MAX_QUANTITY = 99  # of one variant
MAX_LINES = 50
_line_of = Prepared[CartLine](
    lambda cart, variant: CartLine.objects.filter(cart_id=cart, variant_id=variant)[:1], cart=int, variant=int
)


def _whole_number(value: object, *, least: int) -> int:
    """A count a shopper may ask for. Raises `WrongQuantity` for 1.5, "3", True, or less than `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise WrongQuantity(f"{value!r} is not a number of things")
    return value


@transaction.atomic
def add_to_cart(customer: Customer, variant: Variant, *, quantity: int = 1, by: Actor = SHOPPER) -> Cart:
    """Put so many more in.

    Raises `TooMany`, `OutOfStock`, `NoPrice`, `WrongQuantity`, and `PermissionError` for another shop's variant.
    """
    _whole_number(quantity, least=1)
    if variant.merchant_id != customer.merchant_id:
        raise PermissionError("this is sold by another shop")
    cart = editable(open_cart(customer))
    line = _line_of.first(cart=cart.pk, variant=variant.pk)
    wanted = quantity + (line.quantity if line else 0)
    _refuse_too_many(cart, wanted, is_new=line is None)
    _refuse_out_of_stock(variant, wanted, line)
    _lay(cart, variant, line, wanted, by)
    note_goods(cart, {variant.pk: (wanted - quantity, wanted)}, by)
    return touched(cart)


@transaction.atomic
def top_up(customer: Customer, wanted: dict[int, int], *, by: Actor = SHOPPER) -> dict[int, int]:
    """At least so many pieces of each variant, as far as there is stock and room: {variant id: pieces}, both ways.

    Nothing in the cart becomes less, and where nothing becomes more an order that waits for its payment goes on waiting:
    asking twice changes nothing more. What the answer does not name, or names with fewer pieces, was not to be had.
    Variants without a price in the cart's currency are not.
    """
    cart = lock_open(open_cart(customer))
    have = {line.variant_id: line for line in cart.lines.all()}
    there: dict[int, int] = {}
    before = {pk: line.quantity for pk, line in have.items()}
    grown: list[CartLine] = []
    fresh: list[CartLine] = []
    for variant, there_are in _to_be_had(cart, wanted, have):
        most = min(there_are, _most_of_one(cart, there_are))
        price, line = price_in(cart, variant), have.get(variant.pk)
        if price is None or (line is None and len(have) + len(fresh) >= MAX_LINES):
            continue
        there[variant.pk] = most
        if line is None:
            new = CartLine(merchant_id=cart.merchant_id, cart=cart, variant=variant, quantity=most, added_by=by.kind)
            new.seen_price = price
            fresh.append(new)
        elif line.quantity < most:
            line.quantity = most
            grown.append(line)
    if grown or fresh:
        about_to_change(cart)
        CartLine.objects.bulk_update(grown, ["quantity"])
        CartLine.objects.bulk_create(fresh)
        more = (line.variant_id for line in (*grown, *fresh))
        note_goods(cart, {pk: (before.get(pk, 0), there[pk]) for pk in more}, by)
        touched(cart)
    return there


def _to_be_had(cart: Cart, wanted: dict[int, int], have: dict[int, CartLine]) -> list[tuple[Variant, int]]:
    """What of it is sold and there, in its order, with the pieces there are for whoever has these lines."""
    rows = {
        variant.pk: variant
        for variant in Variant.objects.filter(pk__in=wanted, is_active=True, product__status=Product.Status.ACTIVE)
    }
    with_prices(rows.values(), terms_of_cart(cart))
    counted = {
        have[pk].hold_reference if pk in have else f"new:{pk}": pk for pk, variant in rows.items() if variant.is_tracked
    }
    left = available_to(counted)
    most = {pk: min(count, MAX_QUANTITY, left.get(pk, MAX_QUANTITY)) for pk, count in wanted.items() if pk in rows}
    return [(rows[pk], count) for pk, count in most.items() if count > 0]


@transaction.atomic
def set_quantity(cart: Cart, variant: Variant, *, quantity: int, seen: int | None = None, by: Actor = SHOPPER) -> Cart:
    """Exactly so many of it, 0 for none; `seen` is how many whoever asks for it has in view. As many as there are is no
    change: an order that waits for its payment goes on waiting.

    Raises `TooMany`, `OutOfStock`, `NoPrice`, `CartClosed`, `WrongQuantity`, `PermissionError` for another shop's variant,
    and `CartMoved` where there are not as many as were seen: then somebody else was faster.
    """
    _whole_number(quantity, least=0)
    if variant.merchant_id != cart.merchant_id:
        raise PermissionError("this is sold by another shop")
    cart = lock_open(cart)
    line = cart.lines.filter(variant=variant).first()
    before = line.quantity if line else 0
    if seen is not None and seen != before:
        raise CartMoved(before)
    if quantity == before:
        return cart
    about_to_change(cart)
    if quantity:
        _put(cart, variant, line, quantity, by)
    elif line:
        release([line.hold_reference])
        line.delete()
    note_goods(cart, {variant.pk: (before, quantity)}, by)
    return touched(cart)


def _put(cart: Cart, variant: Variant, line: CartLine | None, quantity: int, by: Actor) -> None:
    _refuse_too_many(cart, quantity, is_new=line is None)
    if line is None or quantity > line.quantity:
        _refuse_out_of_stock(variant, quantity, line)
    _lay(cart, variant, line, quantity, by)


def _lay(cart: Cart, variant: Variant, line: CartLine | None, quantity: int, by: Actor) -> None:
    if line is None:
        line = CartLine(merchant_id=cart.merchant_id, cart=cart, variant=variant, added_by=by.kind)
        line.seen_price = price_in(cart, variant)
        if line.seen_price is None:
            raise NoPrice(variant.pk, cart.currency)
    line.quantity = quantity
    line.save(update_fields=["quantity"] if line.pk else None)


def _refuse_too_many(cart: Cart, quantity: int, *, is_new: bool) -> None:
    if quantity > (most := _most_of_one(cart, quantity)):
        raise TooMany(most)
    if is_new and len(lines_of(cart=cart.pk)) >= MAX_LINES:
        raise TooMany(MAX_LINES)


def _most_of_one(cart: Cart, wanted: int) -> int:
    """Who could come again as somebody new, with nothing to be asked back at, takes less of it. Asked where it matters."""
    most = min(MAX_QUANTITY, cart.merchant.most_for_strangers)
    return most if wanted > most and cart.customer.is_stranger else MAX_QUANTITY


def _refuse_out_of_stock(variant: Variant, quantity: int, line: CartLine | None) -> None:
    """A first, friendly no; what counts is the hold taken when the summary is shown."""
    if not variant.is_tracked:
        return
    left = available_to({line.hold_reference if line else "": variant.pk}).get(variant.pk, 0)
    if left < quantity:
        raise OutOfStock(variant.pk, left)


def remove_from_cart(cart: Cart, variant: Variant, *, by: Actor = SHOPPER) -> Cart:
    """Take it out; fine when it was not in. Raises `CartClosed`."""
    return set_quantity(cart, variant, quantity=0, by=by)


@transaction.atomic
def empty_cart(cart: Cart, *, by: Actor = SHOPPER) -> Cart:
    """Take everything out; address and delivery way stay. Raises `CartClosed`."""
    cart = editable(cart)
    release(cart_hold_references(cart))
    note_goods(cart, {line.variant_id: (line.quantity, 0) for line in cart.lines.all()}, by)
    cart.lines.all().delete()
    return touched(cart)


@transaction.atomic
def put_back(cart: Cart, change: CartChange, *, by: Actor = SHOPPER) -> Cart:
    """As many of it as there were before this change of goods, as long as nobody has changed that since.

    Raises `CartMoved` where somebody has, be it to the same number, and what `set_quantity` raises.
    """
    if change.cart_id != cart.pk or change.variant is None:
        raise CartMoved(0)
    lock_open(cart)
    since = CartChange.objects.filter(cart=cart, variant=change.variant, pk__gt=change.pk)
    if latest := since.order_by("-pk").first():
        raise CartMoved(int(latest.after))
    return set_quantity(cart, change.variant, quantity=int(change.before), seen=int(change.after), by=by)
