"""One turn's view of the world: what flows read, and what they say."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apps.messaging.content import Ask, Choice, Content, Text, to_json

from .state import Frame, State
from .tape import Asking
from .words import Words, label

A_PERSON = label("A person")
MENU = label("Menu")
CHANNELS_WITH_OPT_OUT = ("sms",)


class Talk:
    """Everything a flow may touch. `out` collects what is said, `effects` what the outside is asked for."""

    def __init__(
        self,
        *,
        state: State,
        shop: Asking,
        language: str,
        channel: str,
        now: dt.datetime,
        merchant: dict[str, Any],
        key: str,
    ) -> None:
        self.state = state
        self.shop = shop
        self.language = language
        self.channel = channel
        self.now = now
        self.merchant = merchant
        self.key = key
        self.out: list[Content] = []
        self.effects: list[dict[str, Any]] = []
        self.timers: list[dict[str, Any]] = []  # {"name", "seconds", "data"}: internal events to come
        self.commands: list[dict[str, Any]] = []
        self.heard = ""  # the message as it was typed; "" for a tap
        self.next_flow: dict[str, Any] | None = None  # what the flow that just ends leads to

    @property
    def frame(self) -> Frame:
        """The frame whose step runs. Raises `IndexError` outside a flow."""
        return self.state.stack[-1]

    @property
    def slots(self) -> dict[str, Any]:
        return self.frame.slots

    def text(self, said: Words, **values: Any) -> str:
        """The words in the shopper's language, the shop's own facts filled in."""
        known = {"shop": self.merchant["name"], "assistant": self.merchant["assistant"]}
        return said.in_(self.language, **{**known, **values})

    def choice(self, said: Words | str, *, style: str = "default", description: str = "", **action: Any) -> Choice:
        shown = said if isinstance(said, str) else self.text(said)
        return Choice(label=shown, action=action, description=description, style=style)

    def a_person(self) -> Choice:
        return self.choice(A_PERSON, style="quiet", do="human")

    def menu(self) -> Choice:
        return self.choice(MENU, style="quiet", do="menu")

    def say(self, said: Words, choices: Sequence[Choice] = (), **values: Any) -> None:
        """Words, with what the shopper may pick."""
        self.say_text(self.text(said, **values), choices)

    def say_text(self, text: str, choices: Sequence[Choice] = ()) -> None:
        """Somebody else's words (an article), already in the shopper's language."""
        self.put(Ask(text=text, choices=tuple(choices)) if choices else Text(text=text))

    def put(self, content: Content) -> None:
        """Say it; plain words just before become its first paragraph, so that one thought is one message."""
        before = self.out[-1] if self.out else None
        if type(before) is Text and not before.choices and not before.said_on and not _is_carried(content):
            self.out.pop()
            content = replace(content, text="\n\n".join(part for part in (before.text, content.text) if part))
        self.out.append(content)

    def said_json(self) -> list[dict[str, Any]]:
        return [to_json(content) for content in self.out]

    def offer(self, choice: Choice) -> None:
        """Add a choice to what was said last, unless it offers the same already."""
        if not self.out:
            return
        last = self.out[-1]
        if any(known.action == choice.action for known in last.choices):
            return
        choices = (*last.choices, choice)
        self.out[-1] = Ask(text=last.text, choices=choices) if type(last) is Text else replace(last, choices=choices)

    def ask_outside(self, kind: str, args: dict[str, Any]) -> str:
        """Queue an effect for after the turn; its key comes back with the result."""
        key = f"{self.key}:{kind}:{len(self.effects)}"
        self.effects.append({"key": key, "kind": kind, "args": args})
        return key


def _is_carried(content: Content) -> bool:
    """The summary of another channel stands by itself."""
    return isinstance(content, Text) and bool(content.said_on)
