"""Between the bot and the shop runs a tape: every answer of the shop is recorded, and can be played instead."""

import json
from typing import Any

from apps.nlu import Shown


class Astray(Exception):
    """On replay the bot asked something the recorded turn did not ask at this point."""


def plain(value: Any) -> Any:
    """As it will look after a trip through a JSON column."""
    return json.loads(json.dumps(value, default=_plain_object))


def _plain_object(value: Any) -> Any:
    if isinstance(value, Shown):
        return [value.title, str(value.price) if value.price is not None else None, list(value.colours)]
    return str(value)


class Recorder:
    """Passes every call on to the shop and keeps [name, arguments, result]."""

    def __init__(self, shop: Any) -> None:
        self._shop = shop
        self.facts: list[list[Any]] = []

    def ask(self, name: str, arguments: dict[str, Any]) -> Any:
        result = plain(getattr(self._shop, name)(**arguments))
        self.facts.append([name, plain(arguments), result])
        return result


class Player:
    """Answers from a recorded turn, in order. Raises `Astray` where the bot now asks something else."""

    def __init__(self, facts: list[list[Any]]) -> None:
        self.facts = facts
        self._next = 0

    def ask(self, name: str, arguments: dict[str, Any]) -> Any:
        asked = [name, plain(arguments)]
        if self._next >= len(self.facts) or self.facts[self._next][:2] != asked:
            expected = self.facts[self._next][:2] if self._next < len(self.facts) else None
            raise Astray(f"asked {asked}, recorded {expected}")
        self._next += 1
        return self.facts[self._next - 1][2]


class Asking:
    """`asking.cart()` in a flow reads like a call to the shop and goes through the tape."""

    def __init__(self, tape: Recorder | Player) -> None:
        self.tape = tape

    def __getattr__(self, name: str) -> Any:
        def ask(**arguments: Any) -> Any:
            return self.tape.ask(name, arguments)

        return ask
