"""While a person has the thread the assistant is silent, but the cart is still the shopper's: a tap that is about it alone
takes effect, and the shop says what came of it."""

from dataclasses import replace

from django.db import transaction
from django_scopes import scope

from apps.catalog.index import one_look
from apps.conversations.actions import language_of, resolve_choice, send_message
from apps.conversations.models import Conversation, Message
from apps.merchants import clock
from apps.messaging.content import CartSummary, Content, Text
from apps.messaging.events import ChannelEvent, EventKind

from .engine import waits_for
from .models import Session
from .play import play
from .shop import Shop
from .state import State
from .tape import Recorder

OF_THE_CART = {"add", "cart", "put_back", "take_back"}


def serve_cart(conversation: Conversation, events: list[ChannelEvent]) -> None:
    """Each tap among them that is about the cart, answered in the shop's name; where the talk stood stays as it is."""
    taps = [event for event in events if event.kind == EventKind.CHOICE and event.payload]
    for event in taps:
        with scope(merchant=conversation.merchant), transaction.atomic(savepoint=False), one_look():
            chosen = resolve_choice(conversation, token=event.payload)
            if chosen is not None and chosen.action.get("do") in OF_THE_CART:
                _serve(conversation, event)


def _serve(conversation: Conversation, event: ChannelEvent) -> None:
    session = Session.objects.filter(conversation=conversation).first()
    state = State.from_json(session.state) if session else State()
    state.stack, state.is_met = [], True
    language = language_of(conversation)
    talk = play(
        inputs=[{"kind": "choice", "token": event.payload, "label": (event.label or event.text)[:200]}],
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


def _without_talk(content: Content) -> Content:
    """Only the buttons that do something while a person has the thread; cards become their words."""
    kept = tuple(choice for choice in content.choices if (choice.action or {}).get("do") in OF_THE_CART)
    if isinstance(content, CartSummary):
        return replace(content, choices=kept)
    return Text(text=content.text, choices=kept)
