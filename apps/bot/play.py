"""One turn as a function: what came in, where the talk stood and a tape in, what is said and where it stands out.

Everything it learns comes over the tape, so a recorded turn can be played again to the letter.
"""

import datetime as dt
import hashlib
import json
from dataclasses import replace
from typing import Any

from apps.customers.actions import token_in
from apps.messaging.content import to_json

from . import answers
from .about_goods import read_about
from .choices import command_of
from .commands import Command, Verb, start
from .engine import advance, obey, waits_for
from .flow import Call, all_flows
from .forms import read_form
from .sent import read_basket, read_contact, read_location, read_media
from .state import State
from .talk import Talk
from .tape import Asking, Player, Recorder
from .words import words
from .written import read_text

INTRODUCTION = words('Hello, I am {assistant}, the digital assistant of {shop}. Say "human" for a person.')
ONCE_MORE = words("Once more:")
REMINDER = words("Your order is not finished yet. I have kept everything; shall we go on?")
STILL_WAITING = words(
    "I am sorry it takes so long. Leave your message here and a colleague answers in this chat, or go on with me."
)


def play(
    *,
    inputs: list[dict[str, Any]],
    before: dict[str, Any],
    tape: Recorder | Player,
    language: str,
    channel: str,
    now: dt.datetime,
    key: str,
) -> Talk:
    """Run one turn. Raises `Astray` on a replay that goes another way."""
    shop = Asking(tape)
    talk = Talk(
        state=State.from_json(before),
        shop=shop,
        language=language,
        channel=channel,
        now=now,
        merchant=shop.merchant_facts(),
        key=key,
    )
    for item in inputs:
        if item["kind"] in WORDS and item.get("about") and read_about(talk, item):
            continue
        READERS.get(item["kind"], _ignore)(talk, item)
    _settle(talk)
    return talk


def _ignore(talk: Talk, item: dict[str, Any]) -> None:
    return


def _choice(talk: Talk, item: dict[str, Any]) -> None:
    """A tap. One we gave out means what it meant; any other is read as its words."""
    found = talk.shop.choose(token=item["token"]) if item.get("token") else None
    if found is not None:
        obey(talk, command_of(talk, found["action"]))
    elif item.get("label"):
        read_text(talk, {"text": item["label"]})
    else:
        obey(talk, Command(Verb.CANNOT_HANDLE, {"reason": "unknown_button"}))


def _arrived(talk: Talk, item: dict[str, Any]) -> None:
    """By a link, a code or an advertisement, or just opened the chat."""
    word = item.get("token", "")
    if token_in(word):
        obey(talk, start("go_on_here", token=token_in(word)))
        return
    goods = talk.shop.goods_numbered(number=item["about"]) if item.get("about") else None
    named = {"goods": {"product": goods["product"], "chosen": goods["chosen"]}} if goods and goods["item"] else {}
    obey(talk, start("welcome", token=word, **({"ad": item["ad"]} if item.get("ad") else {}), **named))


def _account_linked(talk: Talk, item: dict[str, Any]) -> None:
    obey(talk, start("account_linked"))


def _help(talk: Talk, item: dict[str, Any]) -> None:
    obey(talk, start("help"))


def _internal(talk: Talk, item: dict[str, Any]) -> None:
    INTERNAL.get(item["name"], _ignore)(talk, item)


def _effect(talk: Talk, item: dict[str, Any]) -> None:
    """The outside has answered a Call; the frame that waits for it goes on."""
    for frame in reversed(talk.state.stack):
        step = all_flows()[frame.flow].steps[frame.step]
        if isinstance(step, Call) and frame.slots.get("call") == item["key"]:
            talk.state.stack.remove(frame)
            talk.state.stack.append(frame)
            frame.is_parked = False
            frame.step = step.to[step.take(talk, item["result"])]
            advance(talk)
            return


def _order_fact(talk: Talk, item: dict[str, Any]) -> None:
    """The news itself was told by notifications; here only the frame moves."""
    done = ("paid", "placed", "cancelled", "expired", "unfillable", "refunded")
    if item.get("fact") in done:
        talk.state.stack = [frame for frame in talk.state.stack if frame.slots.get("order") != item.get("order")]


def _handed_back(talk: Talk, item: dict[str, Any]) -> None:
    obey(talk, start("returned"))


def _went_on(talk: Talk, item: dict[str, Any]) -> None:
    """What was under way here is so on another channel now."""
    obey(talk, start("went_on", to=item["to"], merge=item["merge"], is_left=item.get("is_left", True)))


def _reminder(talk: Talk, item: dict[str, Any]) -> None:
    """Silence in the middle of something: said once, then the frame waits until the shopper comes back to it."""
    if talk.state.top is None or item.get("turn") != talk.state.turn:
        return
    talk.frame.is_parked = True
    talk.say(REMINDER, [talk.choice(answers.GO_ON, style="primary", do="resume"), talk.menu(), talk.a_person()])


def _queue_wait(talk: Talk, item: dict[str, Any]) -> None:
    """Nobody came within the promised time: something else is offered."""
    if talk.state.waiting == "waiting" and talk.shop.is_waiting():
        talk.say(STILL_WAITING, [talk.choice(answers.BROWSE, do="browse"), talk.menu()])


INTERNAL = {
    "effect": _effect,
    "order_fact": _order_fact,
    "handed_back": _handed_back,
    "reminder": _reminder,
    "went_on": _went_on,
    "queue_wait": _queue_wait,
}
WORDS = ("text", "media")  # what may be said of goods that the message names
READERS = {
    "text": read_text,
    "choice": _choice,
    "arrived": _arrived,
    "media": read_media,
    "location": read_location,
    "basket": read_basket,
    "contact": read_contact,
    "form": read_form,
    "account_linked": _account_linked,
    "help": _help,
    "internal": _internal,
}


def _settle(talk: Talk) -> None:
    """Introduce ourselves once, never say the same twice in a row, remember what was said."""
    if talk.commands or talk.out:  # a timer that came too late is no turn, or it would outdate the ones after it
        talk.state.turn += 1
    if not talk.out:
        return
    if not talk.state.is_met:
        first = talk.out[0]
        talk.out[0] = replace(first, text="\n\n".join(part for part in (talk.text(INTRODUCTION), first.text) if part))
        talk.state.is_met = True
    if talk.state.patience <= 1:
        talk.offer(talk.a_person())
    hashes = [_hash(to_json(content)) for content in talk.out]
    if hashes == talk.state.last_said:
        first = talk.out[0]
        talk.out[0] = replace(first, text=" ".join(part for part in (talk.text(ONCE_MORE), first.text) if part))
        hashes = [_hash(to_json(content)) for content in talk.out]
    talk.state.last_said = hashes
    talk.state.said = [to_json(content) for content in talk.out][-2:]
    top = talk.state.top
    if top is not None and waits_for(talk) and all_flows()[top.flow].reminds:
        talk.timers.append({"name": "reminder", "seconds": 3 * 3600, "data": {"turn": talk.state.turn}})


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]
