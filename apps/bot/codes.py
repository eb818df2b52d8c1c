"""Asking for a code."""

from collections.abc import Callable, Sequence

from apps.messaging.content import Choice

from .flow import Ask, Parser
from .talk import Talk
from .words import Words


def ask_code(
    *prompts: Words,
    short: Words,
    skip: Words,
    next: str,
    parse: Parser,
    choices: Callable[[Talk], Sequence[Choice]] | None = None,
) -> Ask:
    """Waits for the slot `code`; it may always be left out."""
    first, again, example = prompts
    return Ask(
        slot="code", prompts=(first, again, example), short=short, parse=parse, next=next, choices=choices, skip=skip
    )
