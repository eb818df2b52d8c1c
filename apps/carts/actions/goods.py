"""What goes into a cart and out of it, by the piece."""

from django.db import transaction

from apps.catalog.models import Product, Variant
from apps.catalog.prices import with_prices
from apps.catalog.stock import OutOfStock, available_to
from apps.customers.models import Customer
from apps.merchants.prepared import Prepared

from ..errors import TooMany, WrongQuantity
from ..models import Cart, CartLine
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
def add_to_cart(customer: Customer, variant: Variant, *, quantity: int = 1, by: str = "shopper") -> Cart:
    """Put so many more in.

    Raises `TooMany`, `OutOfStock`, `WrongQuantity`, and `PermissionError` for another shop's variant.
    """
    _whole_number(quantity, least=1)
    if variant.merchant_id != customer.merchant_id:
        raise PermissionError("this is sold by another shop")
    cart = editable(open_cart(customer))
    line = _line_of.first(cart=cart.pk, variant=variant.pk)
    wanted = quantity + (line.quantity if line else 0)
    _refuse_too_many(cart, wanted, is_new=line is None)
    _refuse_out_of_stock(variant, wanted, line)
    if line:
        line.quantity = wanted
        line.save(update_fields=["quantity"])
    else:
        CartLine.objects.create(
            merchant_id=cart.merchant_id,
            cart=cart,
            variant=variant,
            quantity=wanted,
            added_by=by,
            seen_price=price_in(cart, variant),
        )
    return touched(cart)


@transaction.atomic
def top_up(customer: Customer, wanted: dict[int, int], *, by: str = "shopper") -> dict[int, int]:
    """At least so many pieces of each variant, as far as there is stock and room: {variant id: pieces}, both ways.

    Nothing in the cart becomes less, and where nothing becomes more an order that waits for its payment goes on waiting:
    asking twice changes nothing more. What the answer does not name, or names with fewer pieces, was not to be had.
    Variants without a price in the cart's currency are not.
    """
    cart = lock_open(open_cart(customer))
    have = {line.variant_id: line for line in cart.lines.all()}
    there: dict[int, int] = {}
    grown: list[CartLine] = []
    fresh: list[CartLine] = []
    for variant, there_are in _to_be_had(cart, wanted, have):
        most = min(there_are, _most_of_one(cart, there_are))
        price, line = price_in(cart, variant), have.get(variant.pk)
        if price is None or (line is None and len(have) + len(fresh) >= MAX_LINES):
            continue
        there[variant.pk] = most
        if line is None:
            new = CartLine(merchant_id=cart.merchant_id, cart=cart, variant=variant, quantity=most, added_by=by)
            new.seen_price = price
            fresh.append(new)
        elif line.quantity < most:
            line.quantity = most
            grown.append(line)
    if grown or fresh:
        about_to_change(cart)
        CartLine.objects.bulk_update(grown, ["quantity"])
        CartLine.objects.bulk_create(fresh)
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
def set_quantity(cart: Cart, variant: Variant, *, quantity: int) -> Cart:
    """Exactly so many of it, 0 for none. Raises `TooMany`, `OutOfStock`, `CartClosed`, `WrongQuantity`."""
    _whole_number(quantity, least=0)
    cart = editable(cart)
    if quantity == 0:
        release(line.hold_reference for line in cart.lines.filter(variant=variant))
        cart.lines.filter(variant=variant).delete()
        return touched(cart)
    line = cart.lines.filter(variant=variant).first()
    _refuse_too_many(cart, quantity, is_new=line is None)
    if line is None or quantity > line.quantity:
        _refuse_out_of_stock(variant, quantity, line)
    CartLine.objects.update_or_create(
        cart=cart,
        variant=variant,
        defaults={"quantity": quantity},
        create_defaults={
            "quantity": quantity,
            "merchant_id": cart.merchant_id,
            "seen_price": price_in(cart, variant),
        },
    )
    return touched(cart)


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


def remove_from_cart(cart: Cart, variant: Variant) -> Cart:
    """Take it out; fine when it was not in. Raises `CartClosed`."""
    return set_quantity(cart, variant, quantity=0)


@transaction.atomic
def empty_cart(cart: Cart) -> Cart:
    """Take everything out; address and delivery way stay. Raises `CartClosed`."""
    cart = editable(cart)
    release(cart_hold_references(cart))
    cart.lines.all().delete()
    return touched(cart)
