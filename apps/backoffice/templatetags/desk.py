"""What the desk's templates ask for."""

from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

NOT_FOUND = _("Nothing fits what you look for.")
NOTHING_YET = _("There is nothing here yet.")
# Lists that fill by themselves, and those where a hint helps more than a button.
EMPTY = {
    "orders.order": _("No order yet. They come by themselves, from the shoppers' chats."),
    "orders.returnrequest": _("No return yet. Shoppers ask for one in the chat, and it waits here for your judgement."),
    "orders.orderevent": _("Nothing has happened with an order yet."),
    "payments.payment": _("No payment yet. Each attempt to pay an order is written down here."),
    "payments.refund": _("Nothing has been paid back yet. That is done on an order or a return."),
    "payments.webhookevent": _("All events of the payment provider were handled. There is nothing to do."),
    "payments.dispute": _("No dispute. When a shopper's bank asks for a payment back, it waits here for your answer."),
    "payments.giftcard": _("No gift card yet. Make the first one with the button above."),
    "catalog.priceplan": _("No price is planned. Plan one on a variant, or for several products in their list."),
    "catalog.pricerecord": _("No price in the past yet. Every change of a price is written down by itself."),
    "catalog.codepool": _(
        "No pool yet. It keeps the codes that are handed out when something without a parcel is paid."
    ),
    "catalog.stocklevel": _("No stock yet. It comes with an import, or when a variant is counted for the first time."),
    "catalog.stockmovement": _("Nothing has moved in the stock yet."),
    "catalog.stockhold": _("No piece is held for anybody."),
    "catalog.stockalert": _(
        "Nobody waits for anything. Shoppers who find something sold out can leave their wish here."
    ),
    "catalog.wish": _("Nobody has saved anything yet. Shoppers do so with a heart in the chat."),
    "carts.promotionuse": _("No promotion has been used yet."),
    "customers.customer": _("No shopper yet. Whoever writes to the shop stands here."),
    "customers.customertag": _("No tag yet. Tags mark shoppers in your own words, so that you find them again."),
    "customers.consententry": _("Nobody has said yes or no to messages yet."),
    "customers.merge": _("No two shoppers turned out to be one."),
    "conversations.inboundevent": _("Everything that came in was handled. There is nothing to do."),
    "conversations.message": _("Every message was sent. There is nothing to do."),
    "conversations.accounttrouble": _("All channels work. There is nothing to do."),
    "conversations.rating": _("No rating yet. Shoppers are asked when their goods have arrived."),
    "messaging.template": _("No wording yet. Write one, and the platform approves it; or fetch what you have there."),
    "loyalty.loyaltymembership": _("No member yet. Shoppers join in the chat."),
    "loyalty.pointsentry": _("No points have been given or taken yet."),
    "loyalty.rewardvoucher": _("No voucher yet. Members get one for their points."),
    "loyalty.referral": _("Nobody has invited a friend yet."),
}


@register.simple_tag
def nothing_here(changes: Any) -> Promise:
    """What an empty list says: nothing found by this search, or why nothing stands here and where it comes from."""
    if changes.query or changes.has_active_filters:
        return NOT_FOUND
    return EMPTY.get(changes.opts.label_lower, NOTHING_YET)


@register.filter
def without_twins(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The way to this page without a step called like the one after it: "Orders" of the app "Orders" stand once."""
    following = [str(part["title"]).casefold() for part in parts[1:]] + [""]
    return [part for part, after in zip(parts, following, strict=True) if str(part["title"]).casefold() != after]
