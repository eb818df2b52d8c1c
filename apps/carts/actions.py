"""What can be done with a cart. Every change locks it, so that two channels cannot disagree about it."""

from collections.abc import Container, Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from djmoney.money import Money

from apps.catalog.index import sold_in
from apps.catalog.models import Product, StockHold, Variant
from apps.catalog.prices import with_prices
from apps.catalog.products import variant_label
from apps.catalog.stock import OutOfStock, available_to, release_holds
from apps.catalog.waitlist import REASON as WAITED_FOR
from apps.customers.models import Address, Customer
from apps.merchants.prepared import Prepared

from . import registry
from .currencies import Moved, currency_for, repriced, stuck_in
from .delivery import DeliveryOption, Destination, TooHeavy, grams_of, options_for, order_value, reaches
from .errors import CartClosed, TooMany, WrongQuantity
from .models import Cart, CartLine, DeliveryMethod, PickupPoint
from .places import plain_postcode
from .points import with_points
from .pricing import price_in, terms_of_cart
from .quote import quoted_lines

MAX_QUANTITY = 99  # of one variant
MAX_LINES = 50
MAX_CODES = 5


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
_lines_of = Prepared[CartLine](lambda cart: CartLine.objects.filter(cart_id=cart), cart=int)
_line_of = Prepared[CartLine](
    lambda cart, variant: CartLine.objects.filter(cart_id=cart, variant_id=variant)[:1], cart=int, variant=int
)


def open_cart(customer: Customer) -> Cart:
    """The customer's one open cart, made when there is none; two at once get the same."""
    found = _open_of(customer)
    if found is None:
        fresh = Cart(merchant_id=customer.merchant_id, customer=customer, currency=currency_for(customer))
        Cart.objects.bulk_create([fresh], ignore_conflicts=True)
        found = _open_of(customer)
    if found is None:
        raise CartClosed
    return found


def _open_of(customer: Customer) -> Cart | None:
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
    locked = _lock_open(cart)
    _about_to_change(locked)
    return locked


def _lock_open(cart: Cart) -> Cart:
    locked = lock_cart(cart)
    if locked.status != Cart.Status.OPEN:
        raise CartClosed
    return locked


def _about_to_change(locked: Cart) -> None:
    registry.before_change(locked)
    release_cart_holds(locked)


def touched(cart: Cart) -> Cart:
    """On a locked cart whose contents have changed."""
    Cart.objects.filter(pk=cart.pk).update(version=F("version") + 1)
    cart.version += 1
    return cart


def cart_hold_references(cart: Cart, *, but: str = "") -> list[str]:
    """References of the stock this cart holds at the moment, for any reason but this."""
    lines = [line.hold_reference for line in _lines_of(cart=cart.pk)]
    if not lines:
        return []
    held = StockHold.objects.filter(reference__in=lines, state=StockHold.State.ACTIVE).exclude(reason=but)
    return list(held.values_list("reference", flat=True).distinct())


def release_cart_holds(cart: Cart) -> None:
    """Give back what the cart holds; the next summary takes it anew. What somebody waited in line for stays theirs."""
    _release(cart_hold_references(cart, but=WAITED_FOR))


def _release(references: Iterable[str]) -> None:
    if listed := list(references):
        release_holds(listed)


def whole_number(value: object, *, least: int) -> int:
    """A count a shopper may ask for. Raises `WrongQuantity` for 1.5, "3", True, or less than `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise WrongQuantity(f"{value!r} is not a number of things")
    return value


@transaction.atomic
def add_to_cart(customer: Customer, variant: Variant, *, quantity: int = 1, by: str = "shopper") -> Cart:
    """Put so many more in.

    Raises `TooMany`, `OutOfStock`, `WrongQuantity`, and `PermissionError` for another shop's variant.
    """
    whole_number(quantity, least=1)
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
    cart = _lock_open(open_cart(customer))
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
        _about_to_change(cart)
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
    whole_number(quantity, least=0)
    cart = editable(cart)
    if quantity == 0:
        _release(line.hold_reference for line in cart.lines.filter(variant=variant))
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
    if is_new and len(_lines_of(cart=cart.pk)) >= MAX_LINES:
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
    _release(cart_hold_references(cart))
    cart.lines.all().delete()
    return touched(cart)


@transaction.atomic
def set_delivery(
    cart: Cart,
    *,
    address: Address | None = None,
    method: DeliveryMethod | None = None,
    point: PickupPoint | None = None,
) -> Cart:
    """Where to, how, to which of the way's points; what is not given stays, a point as long as it is of the way.

    Raises `CartClosed`, and `PermissionError` for an address of somebody else, a method of another shop or a point of
    another way.
    """
    if address is not None and address.customer_id != cart.customer_id:
        raise PermissionError("this address belongs to somebody else")
    if method is not None and method.merchant_id != cart.merchant_id:
        raise PermissionError("this delivery way belongs to another shop")
    cart = _lock_open(cart)
    address, method = address or cart.address, method or cart.delivery_method
    if point is not None and (method is None or point.method_id != method.pk):
        raise PermissionError("this point is of another way of delivery")
    kept = cart.point if cart.point and method and cart.point.method_id == method.pk else None
    point = point or kept
    if (address, method, point) == (cart.address, cart.delivery_method, cart.point):
        return cart
    _about_to_change(cart)
    is_elsewhere = address is not None and address != cart.address
    cart.address, cart.delivery_method, cart.point = address, method, point
    cart.save(update_fields=["address", "delivery_method", "point", "updated_at"])
    if is_elsewhere:
        _follow_market(cart)
    return touched(cart)


def _follow_market(locked: Cart) -> None:
    """Where the country it goes to now pays in another currency, the cart does too: unless the shopper chose one, or
    something in it is not sold there, or no way of delivery is priced in it. Then it stays as it is."""
    address = locked.address
    wanted = currency_for(locked.customer, country=address.country) if address is not None else locked.currency
    if address is None or wanted == locked.currency:
        return
    lines, place = quoted_lines(locked), Destination.of(address)
    methods = DeliveryMethod.objects.filter(is_active=True, price_currency=wanted)
    is_sent = any(line.variant.is_sent for line in lines)
    if not stuck_in(lines, wanted) and (not is_sent or any(reaches(method, place) for method in methods)):
        repriced(locked, lines, wanted)


@transaction.atomic
def move_cart(cart: Cart, currency: str, *, drop: bool = False) -> Moved:
    """Go on in this currency, everything priced anew; with `drop` what is not sold there is taken out.

    Raises `CartClosed`, and `ValueError` for a currency the shop does not sell in.
    """
    cart = _lock_open(cart)
    if currency not in (cart.merchant.currency, *sold_in(cart.merchant)):
        raise ValueError(f"not sold in {currency}")
    lines = quoted_lines(cart)
    stuck = stuck_in(lines, currency)
    names = tuple(variant_label(line.variant) for line in stuck)
    if cart.currency == currency or (stuck and not drop):
        return Moved(cart.currency == currency, names)
    _about_to_change(cart)
    _release(line.hold_reference for line in stuck)
    cart.lines.filter(pk__in=[line.pk for line in stuck]).delete()
    repriced(cart, [line for line in lines if line not in stuck], currency)
    touched(cart)
    return Moved(True, names)


@transaction.atomic
def set_home(cart: Cart, *, country: str, postcode: str = "") -> Cart:
    """Where the buyer of what needs no parcel lives, as far as tax asks. Raises `CartClosed`."""
    cart = _lock_open(cart)
    wanted = {"country": country.upper()[:2], "postcode": plain_postcode(postcode)[:16]}
    if wanted == cart.lives_in:
        return cart
    _about_to_change(cart)
    cart.lives_in = wanted
    cart.save(update_fields=["lives_in", "updated_at"])
    return touched(cart)


@transaction.atomic
def set_gift(cart: Cart, *, to: str, message: str = "") -> Cart:
    """For whom the gift cards in it are, and what they shall read; "" for nobody in particular. Raises `CartClosed`."""
    cart = _lock_open(cart)
    wanted = (to.strip()[:80], message.strip()[:300])
    if wanted == (cart.gift_to, cart.gift_message):
        return cart
    _about_to_change(cart)
    cart.gift_to, cart.gift_message = wanted
    cart.save(update_fields=["gift_to", "gift_message", "updated_at"])
    return touched(cart)


def delivery_options(cart: Cart, *, place: Destination) -> list[DeliveryOption | TooHeavy]:
    """Every way to that place, with its price for this cart and the days it takes, or with the most it carries."""
    lines = list(cart.lines.select_related("variant__product"))
    with_prices((line.variant for line in lines), terms_of_cart(cart))
    subtotal = order_value([(line, price_in(cart, line.variant)) for line in lines], cart.currency)
    methods = with_points(DeliveryMethod.objects.filter(is_active=True), place.country).prefetch_related("steps")
    return options_for(methods, merchant=cart.merchant, subtotal=subtotal, place=place, grams=grams_of(lines))


@transaction.atomic
def see_prices(cart: Cart) -> dict[int, Money]:
    """The shopper has read today's prices: from here on only a further change is news to them.

    Returns what each variant cost when they last read it, where that is something else: this once it is to be told.
    """
    lines = list(cart.lines.select_related("variant"))
    with_prices((line.variant for line in lines), terms_of_cart(cart))
    changed, before = [], {}
    for line in lines:
        price = price_in(cart, line.variant)
        if price is not None and price != line.seen_price:
            if line.seen_price is not None:
                before[line.variant_id] = line.seen_price
            line.seen_price = price
            changed.append(line)
    CartLine.objects.bulk_update(changed, ["seen_price", "seen_price_currency"])
    return before


@transaction.atomic
def merge_carts(source: Customer, target: Customer) -> dict[str, Any]:
    """Two customers turned out to be one: quantities are added up, as far as there is stock.

    Registered with customers; the carts of the source become the target's, its open one is emptied into theirs. An order
    that waits for its payment goes on waiting: its cart is not mixed, but stands aside for the other one.
    Returns {"carts": ids that moved, "open": the open one of them, "order": what that one waits as, "aside": the one that
    stood aside for the other, or what was poured of the open one (`_poured`)}.
    """
    theirs, ours = _open_of(source), _open_of(target)
    carts = sorted((cart for cart in (theirs, ours) if cart), key=lambda cart: cart.pk)
    waiting = {cart.pk: order for cart in carts if (order := _order_of_open(cart))}
    moved: dict[str, Any] = {"carts": list(Cart.objects.filter(customer=source).values_list("pk", flat=True))}
    if theirs:
        moved |= {"open": theirs.pk, "order": waiting.get(theirs.pk, "")}
    if theirs and ours and waiting:
        moved["aside"] = _stand_aside(theirs, ours, waiting)
    elif theirs and ours:
        moved |= _poured(theirs, ours)
        Cart.objects.filter(pk=theirs.pk).update(status=Cart.Status.MERGED)
    Cart.objects.filter(customer=source).update(customer=target)
    return moved


def _order_of_open(cart: Cart) -> str:
    """Locked, the order that waits for its payment, "" where there is none; then whoever relied on the cart is told."""
    locked = _lock_open(cart)
    order = registry.order_of(locked)
    if not order:
        _about_to_change(locked)
    return order


def _stand_aside(theirs: Cart, ours: Cart, waiting: Container[int]) -> int | None:
    """One of two locked carts stays open: the one with something in it that does not wait for money, else ours.

    Returns the other one's id, where there is something in it.
    """
    empty = next((cart for cart in (theirs, ours) if not (cart.pk in waiting or _pieces(cart))), None)
    if empty is not None:
        Cart.objects.filter(pk=empty.pk).update(status=Cart.Status.MERGED)
        return None
    aside = ours if ours.pk in waiting and theirs.pk not in waiting else theirs
    close_cart(aside)
    return aside.pk


def _pieces(cart: Cart) -> dict[int, int]:
    return dict(CartLine.objects.filter(cart=cart).values_list("variant_id", "quantity"))


@transaction.atomic
def close_cart(cart: Cart) -> None:
    """Its order is being paid for: what the shopper adds from now on goes into a new cart."""
    Cart.objects.filter(pk=cart.pk, status=Cart.Status.OPEN).update(status=Cart.Status.ORDERED)


@transaction.atomic
def reopen_cart(cart: Cart) -> None:
    """Its order came to nothing: the shopper finds the goods in their cart again, added to what is there since."""
    cart = lock_cart(cart)
    if cart.status != Cart.Status.ORDERED:
        return
    newer = _open_of(cart.customer)
    if newer is not None and not _order_of_open(newer):
        Cart.objects.filter(pk=cart.pk).update(poured=_poured(cart, newer))
        return
    if newer is not None:  # its own order waits for money and is not to be touched
        close_cart(newer)
    Cart.objects.filter(pk=cart.pk).update(status=Cart.Status.OPEN)


def _poured(source: Cart, target: Cart) -> dict[str, Any]:
    """Pour it, and say what came of it: {"into": the target's id, "added": {variant: pieces}, "codes": the new ones}."""
    before = _pieces(target)
    _pour(source, target)
    added = {str(variant): count - before.get(variant, 0) for variant, count in _pieces(target).items()}
    return {
        "into": target.pk,
        "added": {key: count for key, count in added.items() if count},
        "codes": [code for code in source.codes if code not in target.codes],
    }


def _pour(source: Cart, target: Cart) -> None:
    """Add the source's lines to the target's; never less than the target had, never more than is there."""
    have = {line.variant_id: line for line in target.lines.select_related("variant")}
    coming = list(source.lines.select_related("variant"))
    tracked = {line.hold_reference: line.variant_id for line in coming if line.variant.is_tracked}
    left = available_to(tracked)
    is_one = source.currency == target.currency
    for line in coming:
        mine = have.get(line.variant_id)
        before = mine.quantity if mine else 0
        most = min(MAX_QUANTITY, left.get(line.variant_id, MAX_QUANTITY))
        quantity = max(before, min(before + line.quantity, most), 1)
        if mine:
            mine.quantity = quantity
            mine.save(update_fields=["quantity"])
        elif len(have) < MAX_LINES:
            have[line.variant_id] = CartLine.objects.create(
                merchant_id=target.merchant_id,
                cart=target,
                variant=line.variant,
                quantity=quantity,
                added_by=line.added_by,
                seen_price=line.seen_price if is_one else None,
            )
    Cart.objects.filter(pk=target.pk).update(
        version=F("version") + 1,
        address=target.address_id or source.address_id,
        delivery_method=target.delivery_method_id or (source.delivery_method_id if is_one else None),
        point=target.point_id if target.delivery_method_id or not is_one else source.point_id,
        codes=list(dict.fromkeys([*target.codes, *source.codes]))[:MAX_CODES],
        gift_to=target.gift_to or source.gift_to,
        gift_message=target.gift_message or ("" if target.gift_to else source.gift_message),
        lives_in=target.lives_in or source.lives_in,
    )
