"""Sending: the platform is spoken to part by part without a lock, and each answer is noted under the lease."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from django.db import transaction
from django_scopes import scope

from apps.customers.actions import may_receive
from apps.customers.actions.consent import DEFAULTS
from apps.customers.models import Identity
from apps.merchants import clock
from apps.merchants.deadline import within
from apps.merchants.models import ChannelAccount
from apps.merchants.statements import fetch, one
from apps.messaging.channel import REFUSED, Channel, ErrorClass, Recipient, SendFailed, Sent, WireMessage, channel_for
from apps.messaging.content import Content, Text, from_json
from apps.messaging.rendering import floor_text, quoting
from apps.messaging.sealed import opened
from apps.messaging.templates import NoTemplate, render_outside_window

from ..actions.record import tell_change_after_commit
from ..actions.send import HUMANS, is_window_closed, language_of, needed_consent, replies_left
from ..models import Message
from .account_pace import note_part, per_second
from .claims import LEASE, Claim, is_confirmation
from .outcome import move, settle

logger = structlog.get_logger(__name__)

TO_NOTE = dt.timedelta(seconds=3)  # at the end of a lease, to write down what came of a send
# A part went out: note it, with the platform's name for it.
_PART = """
WITH noted AS (
    UPDATE conversations_message SET parts_sent = %(parts)s WHERE id = %(message)s AND lease = %(lease)s
    RETURNING id, merchant_id)
INSERT INTO conversations_wirepart (merchant_id, message_id, number, external_id)
SELECT merchant_id, id, %(parts)s - 1, %(external)s::text FROM noted WHERE %(external)s::text <> ''
ON CONFLICT (message_id, number) DO UPDATE SET external_id = EXCLUDED.external_id
"""
# The same, if the next may go out as well: ours to go on with while the lease is, for the assistant's answers while the
# baton is the one they were made for, and while the person has not shut the door: `may_go_out`, asked between two parts.
_GO_ON = """
WITH noted AS (
    UPDATE conversations_message m SET parts_sent = %(parts)s, lease_until = %(until)s, send_started_at = %(now)s
    FROM conversations_conversation c JOIN customers_identity i ON i.id = c.identity_id
    WHERE m.id = %(message)s AND m.lease = %(lease)s AND m.state = 'sending' AND c.id = m.conversation_id
      AND (c.fence = m.fence OR m.author <> 'bot' OR m.purpose <> 'reply')
      AND (%(is_confirmation)s OR i.blocked_at IS NULL AND COALESCE(
          (SELECT granted FROM customers_consententry WHERE identity_id = i.id AND purpose = %(needs)s
           ORDER BY id DESC LIMIT 1), %(unless_said)s))
    RETURNING m.id, m.merchant_id),
named AS (
    INSERT INTO conversations_wirepart (merchant_id, message_id, number, external_id)
    SELECT merchant_id, id, %(parts)s - 1, %(external)s::text FROM noted WHERE %(external)s::text <> ''
    ON CONFLICT (message_id, number) DO UPDATE SET external_id = EXCLUDED.external_id)
SELECT id FROM noted
"""
_ACCEPTED = """
WITH accepted AS (
    UPDATE conversations_message SET state = 'accepted', external_id = %(external)s, parts_sent = %(parts)s,
        lease = NULL, lease_until = NULL, error_class = '', error_detail = ''
    WHERE id = %(message)s AND lease = %(lease)s AND state = 'sending' RETURNING id),
cured AS (
    DELETE FROM conversations_accounttrouble WHERE channel_account_id = %(account)s AND EXISTS (SELECT 1 FROM accepted))
INSERT INTO conversations_threadevent (merchant_id, conversation_id, kind, message_seq, data, created_at)
SELECT %(merchant)s, %(conversation)s, 'state', %(seq)s, '{"state": "accepted"}', %(now)s FROM accepted RETURNING id
"""


def deliver(claim: Claim) -> str:
    """Send what was claimed, part by part, and note the outcome; returns the message's new state. No lock is held."""
    with scope(merchant=claim.conversation.merchant):
        message, account = claim.message, claim.conversation.channel_account
        try:
            wires = _wires(claim, unsealed(claim))
        except NoTemplate as error:
            return settle(message, claim.lease, SendFailed(ErrorClass.WINDOW_CLOSED, str(error)))
        except Exception as error:
            logger.exception("message.unrenderable", message=message.pk)
            return settle(message, claim.lease, SendFailed(ErrorClass.BAD_REQUEST, f"{type(error).__name__}: {error}"))
        channel = channel_for(account.kind)
        to = replace(_recipient(claim), quotes=_quoted_there(channel, claim.message.content))
        provider_id = ""
        for number in range(message.parts_sent, len(wires)):
            if number > message.parts_sent:
                if not _go_on(claim, number, provider_id):
                    return str(Message.State.SUPPRESSED)
                note_part(account.pk, per_second(channel.capability, account.config))
            try:
                with within(_seconds_left(claim)):
                    whom = to if number == 0 else replace(to, quotes="")
                    sent = _sent(channel, wires[number], whom, account.config, key=f"{claim.name}:{number}")
            except SendFailed as failure:
                return settle(message, claim.lease, failure)
            except Exception as error:
                logger.exception("message.send_crashed", message=message.pk)
                return settle(
                    message, claim.lease, SendFailed(ErrorClass.AMBIGUOUS, f"{type(error).__name__}: {error}")
                )
            provider_id = sent.provider_id
        return _accept(claim, provider_id, parts=len(wires))


def _sent(channel: Channel, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str) -> Sent:
    """One call; and where the platform refuses for good what there is another wording for, that one. Raises `SendFailed`."""
    try:
        return channel.send(wire, to, config, key=key)
    except SendFailed as failure:
        if wire.instead is None or failure.error_class not in REFUSED:
            raise
        logger.warning("message.said_instead", kind=channel.kind, error=failure.detail, code=failure.code)
    # Another message than the one refused: a platform that remembers the name of that one would not look at it.
    return channel.send(wire.instead, to, config, key=f"{key}:instead")


def _seconds_left(claim: Claim) -> float:
    """For all the calls of one part: uploads, tokens, second tries. Later somebody else may take the message over."""
    until = claim.message.lease_until
    return (until - clock.now() - TO_NOTE).total_seconds() if until else 0.0


def unsealed(claim: Claim) -> Content:
    """What is said, as the one it is said to may read it."""
    content = from_json(claim.message.content)
    text = opened(content.text, lambda: claim.conversation.identity.customer_id)
    return content if text == content.text else replace(content, text=text)


def _wires(claim: Claim, content: Content) -> list[WireMessage]:
    """The wire messages; in words alone where fewer may follow the shopper's message than the pictures need."""
    conversation = claim.conversation
    account, language = conversation.channel_account, language_of(conversation)
    left, sent = replies_left(conversation), claim.message.parts_sent
    if is_window_closed(conversation, author=claim.message.author) and not sent:
        return render_outside_window(account, content, language=language)
    wires = _rendered(account, content, language)
    if left is None or len(wires) <= left + sent:
        return wires
    return _rendered(account, Text(text=floor_text(content, language), quote=content.quote), language)


def _rendered(account: ChannelAccount, content: Content, language: str) -> list[WireMessage]:
    channel = channel_for(account.kind)
    if content.quote is not None and not (channel.capability.has_quotes and content.quote.external_id):
        content = replace(content, text=quoting(content))
    return [part for wire in channel.render(content, language=language) for part in channel.parts(wire, account.config)]


def _quoted_there(channel: Channel, content: Mapping[str, Any]) -> str:
    """The platform's name for the message that this one answers, where it can be said."""
    return str((content.get("quote") or {}).get("external_id", "")) if channel.capability.has_quotes else ""


def _recipient(claim: Claim) -> Recipient:
    identity = claim.conversation.identity
    phone = {"phone": identity.phone} if identity.phone else {}
    aliases = {**phone, **identity.aliases}
    by_person = claim.message.author in HUMANS
    is_late = by_person and is_window_closed(claim.conversation)
    return Recipient(identity.external_id, aliases, is_late=is_late, reply_to=claim.handle, by_person=by_person)


def _go_on(claim: Claim, parts: int, provider_id: str) -> bool:
    """So many parts went out, the last as `provider_id`: noted. Whether the next may too: every part is a send of its own."""
    now = clock.now()
    needs = needed_consent(claim.message.purpose)
    values: dict[str, Any] = {
        "message": claim.message.pk,
        "lease": claim.lease,
        "parts": parts,
        "external": provider_id,
        "now": now,
        "until": now + LEASE,
        "is_confirmation": is_confirmation(claim.message),
        "needs": str(needs),
        "unless_said": DEFAULTS[needs],
    }
    if fetch(_GO_ON, values):
        claim.message.lease_until = values["until"]
        return True
    fetch(_PART, {name: values[name] for name in ("message", "lease", "parts", "external")})
    _stop(claim, parts)
    return False


@transaction.atomic
def _stop(claim: Claim, parts: int) -> None:
    """The rest is not sent: somebody has the baton or nobody is to be written to. Without the lease not ours to say."""
    message = Message.objects.select_for_update(no_key=True).get(pk=claim.message.pk)
    if message.lease == claim.lease and message.state == Message.State.SENDING:
        message.conversation = claim.conversation
        identity = Identity.objects.get(pk=claim.conversation.identity_id)
        is_open = is_confirmation(message) or may_receive(identity, needed_consent(message.purpose))
        reason = "fence" if is_open else str(ErrorClass.OPTED_OUT)
        move(message, Message.State.SUPPRESSED, error_class=reason, error_detail=f"stopped after part {parts}")


def _accept(claim: Claim, provider_id: str, *, parts: int) -> str:
    values: dict[str, Any] = {
        "message": claim.message.pk,
        "lease": claim.lease,
        "external": provider_id,
        "parts": parts,
        "account": claim.conversation.channel_account_id,
        "merchant": claim.message.merchant_id,
        "conversation": claim.conversation.pk,
        "seq": claim.message.seq,
        "now": clock.now(),
    }
    told = one(_ACCEPTED, values)
    if (
        told is None
    ):  # the platform's own news overtook its answer; one that goes out anew since has another name to come
        mine = Message.objects.filter(pk=claim.message.pk)
        settled = mine.exclude(state__in=(Message.State.QUEUED, Message.State.SENDING))
        settled.filter(external_id="").update(external_id=provider_id, parts_sent=parts)
        return str(mine.get().state)
    tell_change_after_commit(claim.conversation, told[0])
    return str(Message.State.ACCEPTED)
