"""A turn in the line is taken: the piece that was kept for it lies in the cart, and stays kept for as long."""

from django.db import transaction

from apps.catalog.stock import HoldLost, hand_over_hold, release_holds
from apps.catalog.waitlist import TurnOver, lock_turn, turn_taken
from apps.customers.models import Customer

from .actions import MAX_LINES, editable, open_cart, touched
from .changes import SHOPPER, note_goods
from .errors import TooMany
from .models import CartLine
from .pricing import price_in


@transaction.atomic
def take_turn(customer: Customer, alert_id: int) -> CartLine:
    """Put what they waited for into their cart, once. Raises `TurnOver`, and `TooMany` for a cart that is full.

    Pieces of it that were in the cart before stay there, and the first of them is the one that is kept.
    """
    cart = editable(open_cart(customer))
    alert = lock_turn(customer, alert_id)
    line = cart.lines.filter(variant=alert.variant).first()
    if line is None:
        if cart.lines.count() >= MAX_LINES:
            raise TooMany(MAX_LINES)
        line = CartLine.objects.create(
            merchant_id=cart.merchant_id,
            cart=cart,
            variant=alert.variant,
            quantity=1,
            seen_price=price_in(cart, alert.variant),
        )
        note_goods(cart, {alert.variant_id: (0, line.quantity)}, SHOPPER)
    if alert.variant.is_tracked:
        release_holds([line.hold_reference])
        try:
            hand_over_hold(alert.hold_reference, line.hold_reference)
        except HoldLost as lost:
            raise TurnOver from lost
    turn_taken(alert)
    touched(cart)
    return line
