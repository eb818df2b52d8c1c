"""A message that names goods beside its words, as one from a product's page in a platform's catalogue does."""

from typing import Any

from .commands import Command, Verb, start
from .engine import obey
from .flows.browse import remember
from .talk import Talk
from .written import commands_of, hear_language

SAYS_NOTHING = (Verb.CANNOT_HANDLE, Verb.REASK, Verb.CLARIFY)


def read_about(talk: Talk, item: dict[str, Any]) -> bool:
    """What is asked is asked of these goods; what asks nothing shows them. False where we know none by their number."""
    goods = talk.shop.goods_numbered(number=item["about"])
    if goods is None:
        return False
    named = {"product": goods["product"], "chosen": goods["chosen"]}
    text = item.get("text", "").strip()
    if text:
        hear_language(talk, text)
    if goods["item"]:
        remember(talk, [goods["item"]])
        talk.state.focus = dict(named)
    talk.heard = text
    commands = commands_of(talk, text) if text and goods["item"] else []
    if not commands or any(_says_nothing(talk, command) for command in commands):
        commands = [start("product", **named)]
    for command in commands:
        obey(talk, command)
    return True


def _says_nothing(talk: Talk, command: Command) -> bool:
    """Words that ask for nothing we know, or look for goods nobody here calls so: a greeting, "interested"."""
    if command.verb != Verb.START_FLOW:
        return command.verb in SAYS_NOTHING
    flow, slots = command.args["flow"], command.args["slots"]
    if flow == "listing":
        return bool(slots.get("text")) and not talk.shop.called(words=str(slots["text"]).split())
    return flow == "small_talk" and slots.get("kind") in ("greet", "agreed")
