"""A flow is declared data: named steps that say what follows them. The engine runs it, the static proof walks it.

Do, Branch and Show go on at once; Ask, Confirm and Call end the turn and wait. Functions take the `Talk` of the turn
and return the name of an outcome that must be declared.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from apps.messaging.content import Choice

from . import flows as flows_package
from .words import Words

if TYPE_CHECKING:
    from .reading import Reading
    from .talk import Talk

MAX_ASKS = 3  # the first time, rephrased, with an example; then a person is offered

Outcome = Callable[["Talk"], str]
Parser = Callable[["Talk", "Reading"], Any]


GLOBALS: tuple[str, ...] = ("human", "back", "cancel", "start_over", "help", "language", "menu")


@dataclass(frozen=True)
class Ask:
    """Waits for one slot. `prompts`: first, rephrased, with an example. `short` re-asks after a digression.

    `parse` returns the value or None; a parser may set further slots on the frame itself. `keeps_free_text`: an answer
    may be any sentence (a name, an address), so that only strong intents count as a change of topic.
    """

    slot: str
    prompts: tuple[Words, Words, Words]
    short: Words
    parse: Parser
    next: str
    what: str = "text"  # what kind of Request this is, for channels that help with it
    choices: Callable[["Talk"], Sequence[Choice]] | None = None
    skip: Words | None = None  # the label of "skip", when the slot is optional
    keeps_free_text: bool = False
    depends_on: tuple[str, ...] = ()
    takes_place: bool = False  # a shared location is an answer, too: {"here": the id of the message it came in}
    lets_go: Callable[[str], bool] | None = None  # is this message, no answer, to be understood without the question?
    values: Callable[["Talk"], Mapping[str, Any]] | None = None  # for the prompts' places

    is_waiting = True

    def follows(self) -> tuple[str, ...]:
        return (self.next,)


@dataclass(frozen=True)
class Do:
    """Changes or looks up something. `money`: it commits the shopper, so a Confirm must come before it."""

    run: Outcome
    to: Mapping[str, str]
    money: bool = False
    is_waiting = False

    def follows(self) -> tuple[str, ...]:
        return tuple(self.to.values())


@dataclass(frozen=True)
class Branch:
    on: Outcome
    to: Mapping[str, str]
    is_waiting = False

    def follows(self) -> tuple[str, ...]:
        return tuple(self.to.values())


@dataclass(frozen=True)
class Show:
    say: Callable[["Talk"], None]
    next: str
    is_waiting = False

    def follows(self) -> tuple[str, ...]:
        return (self.next,)


@dataclass(frozen=True)
class Confirm:
    """Shows what will happen and waits for a tap or a typed yes bound to `stamp`; anything else is not a yes."""

    show: Callable[["Talk"], None]
    stamp: Callable[["Talk"], str]
    yes: str
    no: str
    money: bool = True
    is_waiting = True

    def follows(self) -> tuple[str, ...]:
        return (self.yes, self.no)


@dataclass(frozen=True)
class Call:
    """Asks the outside through an Effect and waits for its result, handed to `take`."""

    kind: str
    args: Callable[["Talk"], dict[str, Any]]
    take: Callable[["Talk", dict[str, Any]], str]
    to: Mapping[str, str]
    money: bool = False
    lets_go: bool = False  # is what is said meanwhile understood as if nothing were awaited?
    is_waiting = True

    def follows(self) -> tuple[str, ...]:
        return tuple(self.to.values())


@dataclass(frozen=True)
class End:
    """The flow is over; what was interrupted by it is offered again."""

    is_waiting = False

    def follows(self) -> tuple[str, ...]:
        return ()


Step = Ask | Do | Branch | Show | Confirm | Call | End


@dataclass(frozen=True)
class Flow:
    """`start` is where it begins. `title` names it in "shall we go on with …?"; a flow without one is not resumed."""

    name: str
    start: str
    steps: Mapping[str, Step]
    title: Words | None = None
    kept: Words | None = None  # what "cancel" says remains
    version: int = 1
    reminds: bool = False  # a silence in it is worth one reminder
    is_aside: bool = False  # answered in passing; what was interrupted is asked again at once
    forgets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # slot → facts looked up for it
    is_same: "Callable[[Talk, dict[str, Any]], bool] | None" = None  # is what is done outside, with these slots, this?
    accepts: frozenset[str] = field(default_factory=lambda: frozenset(GLOBALS))

    def slots_after(self, slot: str) -> Iterator[str]:
        """The slots that no longer hold when `slot` changes."""
        for step in self.steps.values():
            if isinstance(step, Ask) and slot in step.depends_on:
                yield step.slot


# What every waiting state understands, before anything else.


@cache
def all_flows() -> dict[str, Flow]:
    """Every flow there is, by name, found by looking into the `flows` folder."""
    found: dict[str, Flow] = {}
    for info in pkgutil.iter_modules(flows_package.__path__):
        module = importlib.import_module(f"{flows_package.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, Flow):
                found[value.name] = value
    return found


def flows_version() -> str:
    """Changes when a flow's declared shape does; recorded with each turn."""
    return ".".join(f"{name[:2]}{flow.version}" for name, flow in sorted(all_flows().items()))[:16]
