"""What a message is turned into before anything happens: the only things the engine can be told to do.

A language model, were one configured, might propose any of these but CONFIRM.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verb(StrEnum):
    START_FLOW = "start_flow"  # flow, slots
    ANSWER_SLOT = "answer_slot"  # slot, value
    CORRECT_SLOT = "correct_slot"  # slot, value?
    CONFIRM = "confirm"  # yes, stamp
    CANCEL = "cancel"  # what?: PERSON where a person was asked for and is not wanted any more
    GO_BACK = "go_back"
    SKIP = "skip"
    RESUME = "resume"
    REPEAT = "repeat"
    START_OVER = "start_over"
    CLARIFY = "clarify"  # options
    REASK = "reask"
    LANGUAGE = "language"  # code
    THEN = "then"  # flow, slots, text: a second wish of the same message; flow is "" where it was not understood
    TAKE_NOTE = "take_note"  # while a person is awaited
    CANNOT_HANDLE = "cannot_handle"  # reason


PERSON = "person"


@dataclass(frozen=True, slots=True)
class Command:
    verb: Verb
    args: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"verb": str(self.verb), **self.args}


def start(flow: str, **slots: Any) -> Command:
    return Command(Verb.START_FLOW, {"flow": flow, "slots": slots})
