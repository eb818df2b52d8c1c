"""A shopper stands in the store and shows a code: their thread and cart open beside them."""

from typing import Any

from django.utils import formats, timezone, translation
from django.utils.translation import gettext

from apps.bot.models import Session
from apps.bot.shop.continuing import cart_in_words
from apps.bot.so_far import lines_of
from apps.conversations.actions import record_event
from apps.conversations.models import Conversation
from apps.customers.actions import LinkCodeLocked, LinkCodeWrong, redeem_store_code

from .access import Seat
from .desk import Refused, siblings
from .serializers import rows_of


def open_by_code(seat: Seat, code: Any) -> list[dict[str, Any]]:
    """The shopper's threads, the one the code came out of first, which keeps who opened it and what it was about.
    Raises `Refused`, alike for a code that never was, was used or is too old."""
    if not isinstance(code, str) or not code.strip() or len(code) > 20:
        raise Refused("wrong_code", _wrong())
    try:
        identity = redeem_store_code(seat.user, seat.merchant.pk, code)
    except LinkCodeLocked as locked:
        at = formats.time_format(timezone.localtime(locked.until, seat.merchant.zone), "TIME_FORMAT")
        raise Refused(
            "locked", gettext("Too many wrong codes. Please try again after {time}.").format(time=at)
        ) from locked
    except LinkCodeWrong as wrong:
        raise Refused("wrong_code", _wrong()) from wrong
    conversation = Conversation.objects.select_related("identity__customer").get(identity=identity)
    language = translation.get_language() or "en"
    session = Session.objects.filter(conversation=conversation).first()
    lines = lines_of(session.state if session else {}, cart_in_words(identity.customer, language), language)
    record_event(conversation, "in_store", actor=seat.user, data={"summary": "\n".join(lines)})
    rows = rows_of(Conversation.objects.filter(pk=conversation.pk))
    return [*rows, *siblings(rows)]


def _wrong() -> str:
    return gettext("This code is not right, or it is too old. The shopper gets a fresh one by writing “in store”.")
