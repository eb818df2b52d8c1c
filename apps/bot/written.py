"""Words that came in: the language they are in, and what they tell the bot to do."""

from typing import Any

from apps.nlu.language import first_language, guess_language

from .commands import Command, Verb
from .engine import obey
from .flow import Ask, Step
from .global_words import bare, language_named
from .hearing import GIVEN_WHOLE, HAS_DIGIT_OR_AT, commands_for, commands_with_codes, waiting_step
from .talk import Talk

VOTES_TO_SWITCH = 2
SURE_WORDS = 5  # a message this long changes the language at once


def read_text(talk: Talk, item: dict[str, Any]) -> None:
    """What was typed, or what is read as if it had been."""
    text = item["text"].strip()
    if not text:
        return
    hear_language(talk, text)
    understand(talk, text, item.get("codes"))


def understand(talk: Talk, text: str, codes: list[str] | None = None) -> None:
    """Do what the words say; `codes` are those of gift cards in them."""
    talk.heard = text
    for command in commands_with_codes(talk, text, codes) if codes else commands_of(talk, text):
        obey(talk, command)


def commands_of(talk: Talk, text: str) -> list[Command]:
    """What is no answer to a question that lets go of such words is understood as if it had not been asked."""
    found, step = commands_for(talk, text), waiting_step(talk)
    is_no_answer = [command.verb for command in found] == [Verb.REASK]
    if not (is_no_answer and isinstance(step, Ask) and step.lets_go is not None and step.lets_go(text)):
        return found
    talk.state.stack.remove(talk.frame)
    return commands_for(talk, text)


def hear_language(talk: Talk, text: str) -> None:
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
