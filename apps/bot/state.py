"""Where a talk stands, as plain data: a stack of frames and what is on the shopper's screen."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.nlu import Shown

from .models import PATIENCE

DEPTH = 3  # frames kept; what lies below is parked for good


@dataclass(slots=True)
class Frame:
    """One flow under way. `asked` counts how often the waiting step has asked; `answered` is what "back" pops."""

    flow: str
    step: str
    slots: dict[str, Any] = field(default_factory=dict)
    asked: int = 0
    answered: list[str] = field(default_factory=list)
    is_parked: bool = False  # left for something else; taken up again only when the shopper says so


@dataclass(slots=True)
class State:
    stack: list[Frame] = field(default_factory=list)
    patience: int = PATIENCE
    shown: list[dict[str, Any]] = field(default_factory=list)  # {"product", "variant", "title", "price", "colours"}
    listing: dict[str, Any] = field(default_factory=dict)  # the last search or category, for "more"
    focus: dict[str, Any] = field(default_factory=dict)  # {"product": id, "chosen": {...}, "quantity": n}
    last_said: list[str] = field(default_factory=list)  # hashes of the last turn's texts
    said: list[dict[str, Any]] = field(default_factory=list)  # the last turn's contents, for "repeat"
    votes: dict[str, int] = field(default_factory=dict)  # languages heard
    suggested: list[int] = field(default_factory=list)  # products named unasked beside others, the latest last
    is_heard: bool = False  # the shopper's own words have told the language; until then it is a guess
    unclear: int = 0  # turns in a row that were not understood
    is_met: bool = False  # the welcome was said
    waiting: str = ""  # a person was asked for: "waiting" | "after_hours"
    notes: int = 0  # messages taken while waiting
    turn: int = 0  # how many turns there were

    @property
    def top(self) -> Frame | None:
        """The frame that is waiting for an answer, if any."""
        return self.stack[-1] if self.stack and not self.stack[-1].is_parked else None

    def push(self, frame: Frame) -> None:
        """A flow on top; the same flow further down is dropped, so nothing is twice in the stack."""
        self.stack = [kept for kept in self.stack if kept.flow != frame.flow][-(DEPTH - 1) :]
        self.stack.append(frame)

    def frame_of(self, flow: str) -> Frame | None:
        return next((frame for frame in self.stack if frame.flow == flow), None)

    def seen(self) -> list[Shown]:
        """What is on the screen, as the reader of references wants it."""
        return [
            Shown(
                title=item["title"],
                price=Decimal(item["price"]) if item.get("price") else None,
                colours=tuple(item.get("colours", ())),
            )
            for item in self.shown
        ]

    def to_json(self) -> dict[str, Any]:
        return {**{name: getattr(self, name) for name in FIELDS}, "stack": [_frame_json(frame) for frame in self.stack]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "State":
        values = dict(data)
        values["stack"] = [Frame(**frame) for frame in values.get("stack", ())]
        known = {name: value for name, value in values.items() if name in cls.__dataclass_fields__}
        return cls(**known)


FIELDS = tuple(State.__dataclass_fields__)
FRAME_FIELDS = tuple(Frame.__dataclass_fields__)


def _frame_json(frame: Frame) -> dict[str, Any]:
    return {name: getattr(frame, name) for name in FRAME_FIELDS}
