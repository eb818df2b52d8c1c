"""The bot's turn in a thread: the only place where it acts, inside the worker's transaction."""

import datetime as dt
import json
from typing import Any

from django.db import transaction
from django_scopes import scope
from psycopg.types.json import Jsonb

from apps.catalog.index import one_look
from apps.conversations.actions import Received, insert_internal_event, language_of, send_message
from apps.conversations.models import Conversation, Message
from apps.merchants import clock
from apps.merchants.prepared import Prepared
from apps.merchants.statements import fetch

from .beside import serve_beside
from .effects import queue
from .flow import flows_version
from .inputs import inputs_of
from .models import Session
from .play import play
from .shop import Shop
from .state import State
from .talk import Talk
from .tape import Recorder

_session = Prepared[Session](
    lambda conversation: Session.objects.filter(conversation_id=conversation), conversation=int
)
_WRITE = """
WITH stands AS (
    INSERT INTO bot_session (merchant_id, conversation_id, state, version, turns, updated_at)
    VALUES (%(merchant)s, %(conversation)s, %(after)s, %(version)s, %(number)s, %(now)s)
    ON CONFLICT (conversation_id) DO UPDATE
    SET state = EXCLUDED.state, version = EXCLUDED.version, turns = EXCLUDED.turns, updated_at = EXCLUDED.updated_at)
INSERT INTO bot_turn (merchant_id, conversation_id, number, at, fence, inputs, commands, facts, outputs, before, after,
    versions, created_at)
VALUES (%(merchant)s, %(conversation)s, %(number)s, %(now)s, %(fence)s, %(inputs)s, %(commands)s, %(facts)s,
    %(outputs)s, %(before)s::jsonb, %(after)s, jsonb_build_object('flows', %(version)s::text), %(now)s)
"""


def take_turn(received: Received) -> None:
    """Answer what came in. While a person has the baton, only what concerns cart and channels is served."""
    conversation = received.conversation
    if conversation is None:
        return
    if conversation.owner != Conversation.Owner.BOT:
        serve_beside(conversation, received.events)
        return
    inputs = inputs_of(received.events)
    if not inputs:
        return
    with scope(merchant=conversation.merchant), transaction.atomic(savepoint=False), one_look():
        _take(conversation, inputs)


def _take(conversation: Conversation, inputs: list[dict[str, Any]]) -> None:
    session = _session.first(conversation=conversation.pk)
    before = (session and session.state) or State().to_json()
    as_it_stood = json.dumps(before)  # before the turn writes into it
    number = session.turns + 1 if session else 1
    now = clock.now()
    language = language_of(conversation)
    recorder = Recorder(Shop(conversation, language=language))
    asked: dict[str, Any] = {
        "inputs": inputs,
        "language": language,
        "channel": conversation.channel_account.kind,
        "key": f"turn:{conversation.pk}:{number}",
    }
    talk = play(before=before, tape=recorder, now=now, **asked)
    _speak(conversation, talk)
    _write_down(conversation, talk, number=number, now=now, inputs=asked, facts=recorder.facts, before=as_it_stood)
    for effect in talk.effects:
        queue(conversation, effect["kind"], effect["args"], key=effect["key"])
    for timer in talk.timers:
        insert_internal_event(
            conversation,
            timer["name"],
            timer["data"],
            key=f"{timer['name']}:{conversation.pk}:{number}",
            due_at=now + dt.timedelta(seconds=timer["seconds"]),
        )


def _write_down(
    conversation: Conversation,
    talk: Talk,
    *,
    number: int,
    now: dt.datetime,
    inputs: dict[str, Any],
    facts: list[Any],
    before: str,
) -> None:
    """Where the talk stands now, and the whole turn for the flight recorder, in one statement."""
    values = {
        "merchant": conversation.merchant_id,
        "conversation": conversation.pk,
        "number": number,
        "now": now,
        "fence": conversation.fence,
        "version": flows_version(),
        "inputs": Jsonb(inputs),
        "commands": Jsonb(talk.commands),
        "facts": Jsonb(facts),
        "outputs": Jsonb(talk.said_json()),
        "before": before,
        "after": Jsonb(talk.state.to_json()),
    }
    fetch(_WRITE, values)


def _speak(conversation: Conversation, talk: Talk) -> None:
    for content in talk.out:
        send_message(conversation, content, author=Message.Author.BOT, fence=conversation.fence, turn_key=talk.key)
