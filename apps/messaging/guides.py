"""How an account is connected: where, what is asked for at once, and what to do there and here."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Guide:
    """`steps` are lazy sentences in order, `asked` the settings most accounts need, `desk` the platform's own address for
    them; `label` is who carries the channel, where several can."""

    steps: tuple[Any, ...]
    desk: str = ""
    asked: tuple[str, ...] = ()
    label: str = ""
