"""What an order uses up of offers and vouchers: taken with the draft, given back when it ends. The order is locked."""

from apps.carts.promotions.uses import Wish, release_uses, retake_uses, take_uses
from apps.carts.promotions.vouchers import take_vouchers, vouchers_in
from apps.carts.quote import Quote, offers_taken
from apps.loyalty.actions import release_vouchers

from .models import Order
from .points import reference_of


def take_offers(order: Order, today: Quote, *, instead_of: Order | None) -> None:
    """What the quote took off is used by this order, instead of by the draft it replaces.

    Raises `UsedUp` and `VoucherGone` when somebody, or the shopper elsewhere, was quicker.
    """
    taken = [offer for offer, _ in offers_taken(today.offers)]
    vouchers = [offer.voucher for offer in taken if offer.voucher is not None]
    wishes = [Wish(offer.pk, offer.coupon) for offer in taken if offer.voucher is None]
    if vouchers or instead_of:
        take_vouchers(vouchers, reference_of(order), instead_of=reference_of(instead_of) if instead_of else "")
    if wishes or instead_of:
        take_uses(order.cart, order.use_reference, wishes, instead_of=instead_of.use_reference if instead_of else "")


def retake_offers(order: Order) -> None:
    """An order that had expired comes back: it uses again what it used. Raises `UsedUp`, `VoucherGone`."""
    take_vouchers(vouchers_in(order.adjustments.values_list("source", flat=True)), reference_of(order))
    retake_uses(order.cart, order.use_reference)


def give_offers_back(order: Order) -> None:
    """The order came to nothing: others may use what it used, and the shopper their vouchers. Twice is once."""
    release_vouchers(reference=reference_of(order))
    release_uses(order.use_reference)
