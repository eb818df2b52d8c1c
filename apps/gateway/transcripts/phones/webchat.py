"""The web chat's visitor: the socket stores events itself, so there is no webhook to sign."""

from typing import Any

from apps.merchants import clock
from apps.messaging.content import Choice
from apps.messaging.events import ChannelEvent, EventKind

from ...inbox import store_events_sync
from .phone import Phone


class WebChat(Phone):
    kind = "webchat"

    def says(self, text: str) -> None:
        self._store(EventKind.MESSAGE, type="text", text=text)

    def taps(self, choice: Choice) -> None:
        self._store(EventKind.CHOICE, payload=choice.token, label=choice.label, via="button")

    def comes_by(self, word: str) -> None:
        self._store(EventKind.REFERRAL, data={"ref": word})

    def _store(self, kind: EventKind, **fields: Any) -> None:
        event = ChannelEvent(
            kind=kind,
            external_event_id=f"{self.user}:{next(self.numbers)}",
            external_user_id=self.user,
            occurred_at=clock.now(),
            thread_key=self.user,
            language=self.language,
            **fields,
        )
        store_events_sync(self.account.pk, [event])
