"""A thread's events come in: who it is, what was said, and what of it the assistant should act on."""

import uuid
from dataclasses import dataclass, field

import structlog
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.customers.actions import SAME_PERSON, follow, identify, keep_up_to_date, remember_thread
from apps.customers.models import Identity
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.merchants.prepared import Prepared
from apps.messaging.approvals import take_template_news
from apps.messaging.channel import channel_for
from apps.messaging.events import ChannelEvent, EventKind

from ..account_news import take_account_news
from ..client_ids import client_id_of
from ..models import Conversation, Message
from .amend import AMENDING, amend
from .choices import resolve_choice
from .consent import apply_consent, as_consent, let_in_again
from .echoes import may_echo_us, record_echo
from .handover import change_hands
from .heard import attach, content_of
from .record import record_event, store_heard
from .recycled import part_ways
from .renames import follow_renames
from .statuses import apply_status, has_waiting_send

logger = structlog.get_logger(__name__)

SAID = (EventKind.MESSAGE, EventKind.CHOICE, EventKind.ORDER, EventKind.FORM_SUBMIT)
ACTED_ON = (
    *SAID,
    EventKind.REFERRAL,
    EventKind.CONVERSATION_STARTED,
    EventKind.ACCOUNT_LINKED,
    EventKind.INTERNAL,
    EventKind.CONSENT,
)
CAME = (EventKind.REFERRAL, EventKind.CONVERSATION_STARTED)  # without a word yet
ABOUT_THE_KNOWN = (EventKind.INTERNAL, EventKind.IDENTITY_CHANGED)
LOOP_MESSAGES, LOOP_SECONDS = 80, 60  # more than this in a minute is no person
OWN_IDS = ("phone_number_id", "from_number", "number", "bot_id", "page_id", "instagram_id", "sender")


@dataclass(slots=True)
class Received:
    """What came of a thread's events. `events` are for the assistant, whoever else answers; `payments` for the books;
    `early` came before what they are about. `is_loop`: two machines seem to talk, so a person had better look."""

    conversation: Conversation | None
    messages: list[Message] = field(default_factory=list)
    events: list[ChannelEvent] = field(default_factory=list)
    early: list[ChannelEvent] = field(default_factory=list)
    payments: list[ChannelEvent] = field(default_factory=list)
    is_loop: bool = False


@transaction.atomic(savepoint=False)
def receive(account: ChannelAccount, events: list[ChannelEvent]) -> Received:
    """Store what was said, in the order it was said, with the conversation locked until the transaction ends.

    Statuses, edits, reactions, opt-outs and echoes are dealt with here; the rest is returned for the assistant.
    """
    received = Received(conversation=None)
    events = sorted(events, key=lambda event: event.occurred_at)
    for event in [event for event in events if event.kind == EventKind.STATUS]:
        if not apply_status(account, event) and has_waiting_send(account, event):
            received.early.append(event)
    for event in [event for event in events if event.kind == EventKind.TEMPLATE]:
        take_template_news(account, event.data)
    for event in [event for event in events if event.kind == EventKind.ACCOUNT]:
        take_account_news(account, event)
    received.early += [event for event in events if may_echo_us(account, event)]
    about_nobody = (EventKind.STATUS, EventKind.TEMPLATE, EventKind.ACCOUNT)
    others = [
        event
        for event in events
        if event.kind not in about_nobody and event not in received.early and not _is_own(account, event)
    ]
    if not others:
        return received
    conversation = _open(account, others)
    received.conversation = conversation
    if conversation is None:
        return received
    _store(conversation, others, received)
    if received.messages and _is_loop(conversation):
        received.is_loop, received.events = True, []
    return received


def _is_own(account: ChannelAccount, event: ChannelEvent) -> bool:
    """A message "from" ourselves is a mirror, not a shopper."""
    own = {str(account.config.get(key, "")).lstrip("+") for key in OWN_IDS} - {""}
    is_mirror = event.kind not in (EventKind.ECHO, EventKind.INTERNAL) and event.external_user_id.lstrip("+") in own
    if is_mirror or not event.external_user_id:
        logger.info(
            "event.ignored", account=account.pk, kind=event.kind, reason="own number" if is_mirror else "nobody"
        )
        return True
    return False


def _open(account: ChannelAccount, events: list[ChannelEvent]) -> Conversation | None:
    """The locked conversation of whoever these events are from; what is only about somebody known never makes one."""
    events = follow_renames(account, events)
    about = next((event for event in reversed(events) if event.kind not in ABOUT_THE_KNOWN), None)
    named_by = about or events[0]
    filed = _filed(account, named_by)
    conversation = next((row for row in filed if row.identity.external_id == named_by.external_user_id), None)
    if about is not None:
        is_known = conversation is not None
        conversation = conversation or _met(account, about)
        if (former := part_ways(conversation, about, filed)) is not None:
            conversation = _met(account, about)
            follow(conversation.identity, former)
        elif is_known:
            keep_up_to_date(
                conversation.identity,
                display_name=about.profile_name,
                phone=about.aliases.get("phone", ""),
                aliases=about.aliases,
            )
    if conversation is not None:
        conversation.channel_account, conversation.merchant = account, account.merchant
        conversation.identity.customer.merchant = account.merchant
        _follow(conversation, about)
    return conversation


def _met(account: ChannelAccount, about: ChannelEvent) -> Conversation:
    """The conversation of whoever this is, by any of their names, or a new one."""
    identity = identify(
        account,
        about.external_user_id,
        display_name=about.profile_name,
        phone=about.aliases.get("phone", ""),
        aliases=about.aliases,
        language=about.language,
    )
    thread_key = about.thread_key or about.external_user_id
    conversation = open_conversation(account, identity, thread_key=thread_key)
    conversation.identity = identity
    return conversation


def _follow(conversation: Conversation, about: ChannelEvent | None) -> None:
    """What we queue ourselves goes through the thread in which the shopper writes now, in order with their words."""
    if about is None or about.kind not in SAID or about.thread_key in ("", conversation.thread_key):
        return
    remember_thread(conversation.identity, conversation.thread_key)
    conversation.thread_key = about.thread_key
    conversation.save(update_fields=["thread_key"])


def _of_shopper(account: int, one: str, two: str, three: str, four: str) -> QuerySet[Conversation]:
    mine = Conversation.objects.select_for_update(no_key=True, of=("self",)).select_related("identity__customer")
    found: QuerySet[Conversation] = mine.filter(
        identity__channel_account_id=account, identity__external_id__in=(one, two, three, four)
    )
    return found


_lock_known = Prepared(_of_shopper, account=int, one=str, two=str, three=str, four=str)


def _filed(account: ChannelAccount, event: ChannelEvent) -> list[Conversation]:
    """The locked conversations filed under any name of whoever this is.

    Where it is filed only under another than they go by now, `identify` knows what to do about that.
    """
    name = event.external_user_id
    one, two, three = (event.aliases.get(key) or name for key in SAME_PERSON)
    return _lock_known(account=account.pk, one=name, two=one, three=two, four=three)


def open_conversation(account: ChannelAccount, identity: Identity, *, thread_key: str) -> Conversation:
    """The identity's conversation, made if new, locked until the transaction ends. Call inside one."""
    mine = Conversation.objects.select_for_update(no_key=True, of=("self",))
    conversation = mine.filter(identity=identity).first()
    if conversation is not None:
        return conversation
    try:
        with transaction.atomic():
            return Conversation.objects.create(
                merchant_id=account.merchant_id, identity=identity, channel_account=account, thread_key=thread_key
            )
    except IntegrityError:  # the same person's first messages came through two threads
        return mine.get(identity=identity)


def _store(conversation: Conversation, events: list[ChannelEvent], received: Received) -> None:
    """In the order it happened; consecutive messages in one insert."""
    said: list[ChannelEvent] = []
    comes_back = channel_for(conversation.channel_account.kind).is_reopened_by_writing

    def write_down() -> None:
        received.messages += _record(conversation, said)
        said.clear()

    for event in (_labelled(conversation, event) for event in events):
        if event.reply_handle:
            _can_be_answered(conversation, event)
        if event.kind in SAID:
            if comes_back:
                let_in_again(conversation, event)
            said.append(event)
        is_consent = event.kind == EventKind.CONSENT
        consent = event if is_consent else as_consent(event, conversation.channel_account.kind)
        if consent is not None:
            write_down()
            apply_consent(conversation, consent)
            if consent.granted is not None:
                continue  # heard and confirmed; nothing for the assistant to add
        elif event.kind == EventKind.CONVERSATION_STARTED and event.granted:
            write_down()
            apply_consent(conversation, event)  # and greeted, as whoever comes for the first time
        elif event.kind == EventKind.ECHO:
            write_down()
            record_echo(conversation, event)
        elif event.kind == EventKind.HANDOVER:
            write_down()
            change_hands(conversation, event)
        elif event.kind in AMENDING:
            write_down()
            if not amend(conversation, event):
                received.early.append(event)
        elif event.kind in CAME:
            write_down()
            _let_in(conversation, event)
        elif event.kind == EventKind.PAYMENT_UPDATE:
            received.payments.append(event)
        if event.kind in ACTED_ON and not _is_stale(conversation, event):
            received.events.append(event)
    write_down()


def _labelled(conversation: Conversation, event: ChannelEvent) -> ChannelEvent:
    """A tap as the thread shows it: some platforms tell what stands behind a button, and not what stood on it."""
    if event.kind != EventKind.CHOICE or event.label or event.text or not event.payload:
        return event
    picked = resolve_choice(conversation, token=event.payload)
    return event.changed(label=picked.label) if picked else event


def _can_be_answered(conversation: Conversation, event: ChannelEvent) -> None:
    """Until the window of this one closes, and naming it; also where nothing was said, as when somebody follows us.

    What comes late opens nothing: a newer one is there to be named.
    """
    if conversation.last_inbound_at is not None and event.occurred_at < conversation.last_inbound_at:
        return
    conversation.reply_handle, conversation.last_inbound_at = event.reply_handle, event.occurred_at
    Conversation.objects.filter(pk=conversation.pk).update(
        reply_handle=event.reply_handle, last_inbound_at=event.occurred_at
    )


def _let_in(conversation: Conversation, event: ChannelEvent) -> None:
    """Who comes by a link or presses "get started" may be answered, as whoever writes may: so the platforms have it."""
    since = conversation.last_inbound_at
    if conversation.reply_handle and not event.reply_handle:
        return  # this platform lets what can be named be answered, and nothing else
    if since is None or since < event.occurred_at:
        conversation.last_inbound_at = event.occurred_at
        conversation.save(update_fields=["last_inbound_at"])


def _is_stale(conversation: Conversation, event: ChannelEvent) -> bool:
    """An internal event composed before the baton moved."""
    fence = event.data.get("fence") if event.kind == EventKind.INTERNAL else None
    return fence is not None and fence != conversation.fence


def _record(conversation: Conversation, events: list[ChannelEvent]) -> list[Message]:
    if not events:
        return []
    now = clock.now()
    messages = [
        Message(
            merchant_id=conversation.merchant_id,
            conversation=conversation,
            seq=conversation.last_seq + place,
            author=Message.Author.SHOPPER,
            content=content_of(event),
            text=event.text or event.label,
            state=Message.State.RECEIVED,
            client_id=_client_id(conversation, event),
            external_id=event.external_event_id,
            reply_to=event.reply_to[:255],
            fence=conversation.fence,
            occurred_at=event.occurred_at,
        )
        for place, event in enumerate(events, start=1)
    ]
    conversation.last_seq += len(messages)
    conversation.last_message_at = now
    conversation.last_inbound_at = max(filter(None, (conversation.last_inbound_at, events[-1].occurred_at)))
    store_heard(conversation, messages)
    if any(event.media for event in events):
        attach(messages, events)
    return messages


def _client_id(conversation: Conversation, event: ChannelEvent) -> uuid.UUID | None:
    """What the web chat called its own bubble, unless it is no UUID or was used before."""
    client_id = client_id_of(event.data.get("client_id"))
    if client_id is None:
        return None
    return None if conversation.messages.filter(client_id=client_id).exists() else client_id


def _is_loop(conversation: Conversation) -> bool:
    """Two machines talking: the assistant falls silent, and the caller asks a person to look."""
    if conversation.last_seq <= LOOP_MESSAGES:
        return False
    then = conversation.messages.filter(seq=conversation.last_seq - LOOP_MESSAGES).values_list("created_at", flat=True)
    started = then.first()
    if started is None or (clock.now() - started).total_seconds() > LOOP_SECONDS:
        return False
    if conversation.waiting_since is None and conversation.owner == Conversation.Owner.BOT:
        record_event(conversation, "loop", data={"messages": LOOP_MESSAGES, "seconds": LOOP_SECONDS})
    return True
