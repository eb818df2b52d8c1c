"""What a shopper hears whose message could not be dealt with: that it was our fault, and that a person comes."""

from collections.abc import Sequence
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from apps.conversations.actions import language_of, send_message
from apps.conversations.models import Conversation
from apps.merchants.models import ChannelAccount
from apps.messaging.content import Text
from apps.messaging.events import EventKind
from apps.routing.actions import hand_over

logger = structlog.get_logger(__name__)

SAID = {str(EventKind.MESSAGE), str(EventKind.CHOICE), str(EventKind.ORDER), str(EventKind.FORM_SUBMIT)}


def apologise(account: ChannelAccount, thread_key: str, payloads: Sequence[Any]) -> None:
    """Call a person for the shopper whose events were given up, once; never raises: what failed has failed already.

    `payloads` are the events as stored. Statuses and the like concern nobody. Call with the thread locked.
    """
    words = [str(payload.get("text", "")) for payload in payloads if payload.get("kind") in SAID]
    if not words:
        return
    try:
        with transaction.atomic(), scope(merchant=account.merchant):
            _call_a_person(account, thread_key, " ".join(words)[:500])
    except Exception:
        logger.exception("apology.failed", account=account.pk)


def _call_a_person(account: ChannelAccount, thread_key: str, words: str) -> None:
    threads = Conversation.objects.select_related("merchant", "channel_account__merchant", "identity__customer")
    mine = threads.filter(channel_account=account, thread_key=thread_key, owner=Conversation.Owner.BOT)
    conversation = mine.order_by("-pk").first()
    if conversation is None or conversation.waiting_since is not None:
        return
    hand_over(conversation, reason="broken", context={"text": words})
    with override(language_of(conversation)):
        text = _(
            "Sorry, something went wrong on our side with your last message. I have called a person to look at it."
        )
    send_message(conversation, Text(text=text), author="bot", fence=conversation.fence)
