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
from apps.nlu.language import first_language, guess_language

from . import answers
from .choices import command_of
from .commands import Command, Verb, start
from .engine import advance, again, obey, waits_for
from .flow import Ask, Call, Step, all_flows
from .global_words import bare, language_named
from .hearing import GIVEN_WHOLE, HAS_DIGIT_OR_AT, commands_for, commands_with_codes, waiting_step
from .state import State
from .talk import Talk
from .tape import Asking, Player, Recorder
from .words import words

INTRODUCTION = words('Hello, I am {assistant}, the digital assistant of {shop}. Say "human" for a person.')
ONCE_MORE = words("Once more:")
CANNOT_SEE = words("I cannot look at pictures or listen to voice messages yet. Please describe it in a few words.")
KEPT_TOO = words("Thank you, I have put that picture with it.")
CANNOT_PLACE = words("Thank you. A pin is not enough for a parcel; please write street, number, postcode and town.")
REMINDER = words("Your order is not finished yet. I have kept everything; shall we go on?")
STILL_WAITING = words(
    "I am sorry it takes so long. Leave your message here and a colleague answers in this chat, or go on with me."
)
VOTES_TO_SWITCH = 2
SURE_WORDS = 5  # a message this long changes the language at once


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
        READERS.get(item["kind"], _ignore)(talk, item)
    _settle(talk)
    return talk


def _ignore(talk: Talk, item: dict[str, Any]) -> None:
    return


def _text(talk: Talk, item: dict[str, Any]) -> None:
    text = item["text"].strip()
    if not text:
        return
    _hear_language(talk, text)
    talk.heard = text
    codes = item.get("codes")
    for command in commands_with_codes(talk, text, codes) if codes else _commands(talk, text):
        obey(talk, command)


def _commands(talk: Talk, text: str) -> list[Command]:
    """What is no answer to a question that lets go of such words is understood as if it had not been asked."""
    found, step = commands_for(talk, text), waiting_step(talk)
    is_no_answer = [command.verb for command in found] == [Verb.REASK]
    if not (is_no_answer and isinstance(step, Ask) and step.lets_go is not None and step.lets_go(text)):
        return found
    talk.state.stack.remove(talk.frame)
    return commands_for(talk, text)


def _hear_language(talk: Talk, text: str) -> None:
    """The first clear words choose the language; later ones change it only by a vote, never by a word or two."""
    mine = talk.merchant["languages"]
    if language_named(text, mine) or _is_about_them(waiting_step(talk), text):
        return
    heard = guess_language(text, mine) if talk.state.is_met else first_language(text, mine, talk.language)
    is_guess = not talk.state.is_heard
    talk.state.is_heard = talk.state.is_heard or bool(heard)
    if not heard or heard == talk.language:
        talk.state.votes = {}
        return
    votes = talk.state.votes.get(heard, 0) + 1
    talk.state.votes = {heard: votes}
    is_long = len(bare(text).split()) >= SURE_WORDS or (heard.startswith("zh") and len(bare(text)) >= SURE_WORDS)
    if votes >= VOTES_TO_SWITCH or is_long or is_guess:
        talk.shop.use_language(code=heard)
        talk.language = heard
        talk.state.votes = {}


def _is_about_them(step: Step | None, text: str) -> bool:
    """A name or an address tells no language, also where another of such things was asked for."""
    if not isinstance(step, Ask):
        return False
    return step.keeps_free_text or (step.what in GIVEN_WHOLE and bool(HAS_DIGIT_OR_AT.search(text)))


def _choice(talk: Talk, item: dict[str, Any]) -> None:
    """A tap. One we gave out means what it meant; any other is read as its words."""
    found = talk.shop.choose(token=item["token"]) if item.get("token") else None
    if found is not None:
        obey(talk, command_of(talk, found["action"]))
    elif item.get("label"):
        _text(talk, {"text": item["label"]})
    else:
        obey(talk, Command(Verb.CANNOT_HANDLE, {"reason": "unknown_button"}))


def _arrived(talk: Talk, item: dict[str, Any]) -> None:
    """By a link, a code or an advertisement, or just opened the chat."""
    word = item.get("token", "")
    if token_in(word):
        obey(talk, start("go_on_here", token=token_in(word)))
    else:
        obey(talk, start("welcome", token=word, **({"ad": item["ad"]} if item.get("ad") else {})))


def _media(talk: Talk, item: dict[str, Any]) -> None:
    """A picture that was asked for is kept; of another, only the words beside it can be read."""
    if item.get("id") and _is_asked_for(talk, item):
        return
    if item.get("text"):
        _text(talk, item)
        return
    if talk.state.waiting:
        answers.noted(talk)
        return
    talk.say(CANNOT_SEE, [talk.a_person(), talk.menu()])


def _location(talk: Talk, item: dict[str, Any]) -> None:
    """Where the shopper is: an answer where that is asked, else a question for the nearest stores."""
    step = waiting_step(talk)
    if isinstance(step, Ask) and step.takes_place:
        obey(talk, Command(Verb.ANSWER_SLOT, {"slot": step.slot, "value": {"here": item["id"]}}))
    elif talk.state.waiting:
        answers.noted(talk)
    elif not (isinstance(step, Ask) and step.what == "address") and talk.shop.has_stores():
        obey(talk, start("stores", here=item["id"]))
    else:
        talk.say(CANNOT_PLACE, [talk.a_person(), talk.menu()])


def _is_asked_for(talk: Talk, item: dict[str, Any]) -> bool:
    """The first picture is the answer, those after it are kept with it."""
    step = waiting_step(talk)
    if isinstance(step, Ask) and step.what == "photo":
        obey(talk, Command(Verb.ANSWER_SLOT, {"slot": step.slot, "value": [item["id"]]}))
        return True
    kept = talk.frame.slots.get("photo") if step is not None else None
    if not isinstance(kept, list):
        return False
    kept.append(item["id"])
    if not talk.out:
        talk.say(KEPT_TOO)
        again(talk)
    return True


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
    obey(talk, start("went_on", to=item["to"], merge=item["merge"]))


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
READERS = {
    "text": _text,
    "choice": _choice,
    "arrived": _arrived,
    "media": _media,
    "location": _location,
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
