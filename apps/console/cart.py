"""The shopper's cart in the hands of a colleague: changed as they would, and told to them in the thread."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from apps.carts.actions import open_cart, set_quantity
from apps.carts.changes import colleague, latest_changes
from apps.carts.errors import CartClosed, CartMoved, TooMany, WrongQuantity
from apps.carts.models import CartChange
from apps.carts.registry import order_of
from apps.catalog.models import Product, Variant
from apps.catalog.products import NoPrice, variant_label
from apps.catalog.stock import OutOfStock
from apps.conversations.models import Conversation, Message
from apps.messaging.content import Choice, Text

from .access import Seat
from .desk import ANYBODY, Refused, hold, say, thread_of


@transaction.atomic
def set_in_cart(
    seat: Seat,
    public_id: Any,
    variant_id: Any,
    quantity: Any,
    seen: Any,
    *,
    client_id: uuid.UUID,
    holder: Any = ANYBODY,
) -> Message:
    """So many pieces of it lie in the cart of the thread's shopper, who is told and can undo it.

    `seen` is how many the colleague had in view: where the shopper was faster, nothing happens. `holder` is whom they
    saw answering (see `hold`). The same `client_id` twice is one change. Raises `Refused`.
    """
    conversation = _held(seat, public_id, holder)
    earlier = Message.objects.filter(conversation=conversation, client_id=client_id).first()
    if earlier is not None:
        return earlier
    variant = _variant(variant_id, is_wanted=quantity != 0)
    cart = open_cart(conversation.identity.customer)
    if not isinstance(seen, int) or isinstance(seen, bool):
        raise Refused("bad_number", "seen is how many pieces were in view.")
    if seen == quantity:
        raise Refused("no_change", gettext("There are so many in the cart already."))
    was_due = bool(order_of(cart))
    try:
        set_quantity(cart, variant, quantity=quantity, seen=seen, by=colleague(seat.user))
    except CartMoved as moved:
        now = gettext("The shopper has changed this meanwhile: {count} in the cart now.").format(count=moved.now)
        raise Refused("cart_moved", now) from moved
    except OutOfStock as short:
        left = gettext("There are only {count}.").format(count=short.left) if short.left else gettext("Sold out")
        raise Refused("out_of_stock", left) from short
    except TooMany as most:
        raise Refused("too_many", gettext("A cart takes no more than {count}.").format(count=most.limit)) from most
    except NoPrice as none:
        raise Refused(
            "no_price", gettext("This is not sold in %s, which the shopper pays in.") % cart.currency
        ) from none
    except (CartClosed, WrongQuantity) as wrong:
        raise Refused("bad_number", gettext("This cannot be put into the cart now.")) from wrong
    return say(seat, conversation, _told(conversation, latest_changes(cart, limit=1)[0], was_due), client_id=client_id)


def _held(seat: Seat, public_id: Any, holder: Any) -> Conversation:
    """The thread in this colleague's hands, locked before the cart as a turn has it, and with whose it is by now."""
    conversation = thread_of(public_id)
    hold(seat, conversation, holder)
    Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    return thread_of(public_id)


def _variant(variant_id: Any, *, is_wanted: bool) -> Variant:
    """What goes in is on sale; what comes out need not be."""
    found = Variant.objects.filter(pk=variant_id) if isinstance(variant_id, int) else Variant.objects.none()
    if is_wanted:
        found = found.filter(is_active=True, product__status=Product.Status.ACTIVE)
    variant: Variant | None = found.select_related("product").first()
    if variant is None:
        raise Refused("not_found", gettext("This product is not on sale any more."))
    return variant


def _told(conversation: Conversation, change: CartChange, was_due: bool) -> Text:
    """In the shopper's language, with a way to see the cart and one back; and that a payment link is no good any more."""
    assert change.variant is not None  # noqa: S101 - a change of goods, the database says so
    with translation.override(conversation.language or conversation.merchant.default_language):
        title = variant_label(change.variant)
        if change.before == "0":
            text = gettext("I have put {count} × {title} into your cart.").format(count=change.after, title=title)
        elif change.after == "0":
            text = gettext("I have taken {title} out of your cart.").format(title=title)
        else:
            text = gettext("I have changed {title} in your cart: {count} now.").format(count=change.after, title=title)
        if was_due:
            text += "\n" + gettext("The payment link from before is void; the order is summed up anew at the checkout.")
        show = Choice(label=gettext("Show cart"), action={"do": "cart"}, style="primary")
        undo = Choice(label=gettext("Undo"), action={"do": "put_back", "change": change.pk})
    return Text(text=text, choices=(show, undo))
