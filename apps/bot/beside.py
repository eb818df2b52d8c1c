"""While a person has the thread the assistant is silent, but the cart and the channels are still the shopper's: a tap that
is about them alone takes effect, what was chosen in a platform's catalogue is put in, word of going on elsewhere is passed
on, and the shop says what came of it."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django_scopes import scope

from apps.catalog.index import one_look
from apps.conversations.actions import language_of, resolve_choice, send_message
from apps.conversations.models import Conversation, Message
from apps.merchants import clock
from apps.messaging.content import CartSummary, Content, Text
from apps.messaging.events import ChannelEvent, EventKind

from .engine import waits_for
from .inputs import input_of
from .models import Session
from .play import play
from .shop import Shop
from .state import State
from .tape import Recorder

OF_THE_CART = {"add", "cart", "put_back", "take_back"}
PARTING = "undo_going_on"
BESIDE = {*OF_THE_CART, PARTING}
TOLD = {"went_on"}  # news that nobody may miss who was not there


def is_served_beside(event: ChannelEvent) -> bool:
    """Whether the assistant looks at this although a person has the thread."""
    is_news = event.kind == EventKind.INTERNAL and event.data.get("name") in TOLD
    return is_news or event.kind == EventKind.ORDER or (event.kind == EventKind.CHOICE and bool(event.payload))


def serve_beside(conversation: Conversation, events: list[ChannelEvent]) -> None:
    """Each of them that concerns the cart or the channels alone, answered in the shop's name; where the talk stood stays
    as it is, but for what went along elsewhere."""
    for event in filter(is_served_beside, events):
        with scope(merchant=conversation.merchant), transaction.atomic(savepoint=False), one_look():
            heard = input_of(event) or {}
            if event.kind == EventKind.INTERNAL:
                _serve(conversation, event, heard, moves=bool(event.data.get("is_left", True)))
                continue
            if event.kind == EventKind.ORDER:  # what is written beside it is for the person
                _serve(conversation, event, {**heard, "text": ""}, moves=False)
                continue
            chosen = resolve_choice(conversation, token=event.payload)
            does = chosen.action.get("do") if chosen is not None else ""
            if does in BESIDE:
                _serve(conversation, event, heard, moves=does == PARTING)


def _serve(conversation: Conversation, event: ChannelEvent, heard: dict[str, Any], *, moves: bool) -> None:
    """`moves`: what was begun in this thread went along, or must not stay."""
    session = Session.objects.filter(conversation=conversation).first()
    state = State.from_json(session.state) if session else State()
    state.stack, state.is_met = [], True
    language = language_of(conversation)
    talk = play(
        inputs=[heard],
        before=state.to_json(),
        tape=Recorder(Shop(conversation, language=language)),
        language=language,
        channel=conversation.channel_account.kind,
        now=clock.now(),
        key=f"beside:{conversation.pk}:{event.external_event_id}",
    )
    if waits_for(talk):
        return  # "which size?" is a question for the person who has the thread
    for content in talk.out:
        send_message(conversation, _without_talk(content), author=Message.Author.SYSTEM, turn_key=talk.key)
    if session is not None and moves:
        after = talk.state.to_json()
        session.refresh_from_db()
        session.state |= {name: after[name] for name in ("stack", "shown", "focus", "listing")}
        session.save(update_fields=["state", "updated_at"])


def _without_talk(content: Content) -> Content:
    """Only the buttons that do something while a person has the thread; cards become their words."""
    kept = tuple(choice for choice in content.choices if (choice.action or {}).get("do") in BESIDE)
    if isinstance(content, CartSummary):
        return replace(content, choices=kept)
    return Text(text=content.text, choices=kept)
