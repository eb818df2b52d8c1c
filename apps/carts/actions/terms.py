"""Where a cart goes, how, in which currency and for whom; and the prices its shopper has read."""

from django.db import transaction
from djmoney.money import Money

from apps.catalog.index import sold_in
from apps.catalog.prices import with_prices
from apps.catalog.products import variant_label
from apps.customers.models import Address

from ..changes import SHOPPER, Actor, note, note_goods, way_of
from ..currencies import Moved, currency_for, repriced, stuck_in
from ..delivery import DeliveryOption, Destination, TooHeavy, grams_of, options_for, order_value, reaches
from ..models import Cart, CartChange, CartLine, DeliveryMethod, PickupPoint
from ..places import plain_postcode
from ..points import with_points
from ..pricing import price_in, terms_of_cart
from ..quote import quoted_lines
from .locking import about_to_change, lock_open, release, touched


@transaction.atomic
def set_delivery(
    cart: Cart,
    *,
    address: Address | None = None,
    method: DeliveryMethod | None = None,
    point: PickupPoint | None = None,
    by: Actor = SHOPPER,
) -> Cart:
    """Where to, how, to which of the way's points; what is not given stays, a point as long as it is of the way.

    Raises `CartClosed`, and `PermissionError` for an address of somebody else, a method of another shop or a point of
    another way.
    """
    if address is not None and address.customer_id != cart.customer_id:
        raise PermissionError("this address belongs to somebody else")
    if method is not None and method.merchant_id != cart.merchant_id:
        raise PermissionError("this delivery way belongs to another shop")
    cart = lock_open(cart)
    address, method = address or cart.address, method or cart.delivery_method
    if point is not None and (method is None or point.method_id != method.pk):
        raise PermissionError("this point is of another way of delivery")
    kept = cart.point if cart.point and method and cart.point.method_id == method.pk else None
    point = point or kept
    if (address, method, point) == (cart.address, cart.delivery_method, cart.point):
        return cart
    about_to_change(cart)
    is_elsewhere = address is not None and address != cart.address
    if is_elsewhere:
        note(cart, CartChange.What.ADDRESS, "", "", by)
    note(cart, CartChange.What.DELIVERY, way_of(cart.delivery_method, cart.point), way_of(method, point), by)
    cart.address, cart.delivery_method, cart.point = address, method, point
    cart.save(update_fields=["address", "delivery_method", "point", "updated_at"])
    if is_elsewhere:
        _follow_market(cart, by)
    return touched(cart)


def _follow_market(locked: Cart, by: Actor) -> None:
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
        repriced(locked, lines, wanted, by)


@transaction.atomic
def move_cart(cart: Cart, currency: str, *, drop: bool = False, by: Actor = SHOPPER) -> Moved:
    """Go on in this currency, everything priced anew; with `drop` what is not sold there is taken out.

    Raises `CartClosed`, and `ValueError` for a currency the shop does not sell in.
    """
    cart = lock_open(cart)
    if currency not in (cart.merchant.currency, *sold_in(cart.merchant)):
        raise ValueError(f"not sold in {currency}")
    lines = quoted_lines(cart)
    stuck = stuck_in(lines, currency)
    names = tuple(variant_label(line.variant) for line in stuck)
    if cart.currency == currency or (stuck and not drop):
        return Moved(cart.currency == currency, names)
    about_to_change(cart)
    release(line.hold_reference for line in stuck)
    note_goods(cart, {line.variant_id: (line.quantity, 0) for line in stuck}, by)
    cart.lines.filter(pk__in=[line.pk for line in stuck]).delete()
    repriced(cart, [line for line in lines if line not in stuck], currency, by)
    touched(cart)
    return Moved(True, names)


@transaction.atomic
def set_home(cart: Cart, *, country: str, postcode: str = "", by: Actor = SHOPPER) -> Cart:
    """Where the buyer of what needs no parcel lives, as far as tax asks. Raises `CartClosed`."""
    cart = lock_open(cart)
    wanted = {"country": country.upper()[:2], "postcode": plain_postcode(postcode)[:16]}
    if wanted == cart.lives_in:
        return cart
    about_to_change(cart)
    note(cart, CartChange.What.ADDRESS, "", "", by)
    cart.lives_in = wanted
    cart.save(update_fields=["lives_in", "updated_at"])
    return touched(cart)


@transaction.atomic
def set_gift(cart: Cart, *, to: str, message: str = "", by: Actor = SHOPPER) -> Cart:
    """For whom the gift cards in it are, and what they shall read; "" for nobody in particular. Raises `CartClosed`."""
    cart = lock_open(cart)
    wanted = (to.strip()[:80], message.strip()[:300])
    if wanted == (cart.gift_to, cart.gift_message):
        return cart
    about_to_change(cart)
    note(cart, CartChange.What.GIFT, cart.gift_to, wanted[0], by)
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
