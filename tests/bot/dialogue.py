"""Talk to the bot inside a test: the inbox and the outbox are real, platforms and workers are left out."""

import datetime as dt
import itertools
from typing import Any

from django_scopes import scope

from apps.bot.effects import run_due
from apps.bot.turn import take_turn
from apps.conversations.actions import receive
from apps.conversations.actions.masking import clean_event
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.content import Content, all_choices, from_json, numbered
from apps.messaging.events import ChannelEvent, EventKind

PHONES = ("whatsapp", "sms")  # their users are known by their numbers
_ids = itertools.count(1)


class Shopper:
    """One person on one channel. `says` and `taps` return what the bot answers with."""

    def __init__(self, account: ChannelAccount, external_id: str = "shopper-1", *, language: str = "") -> None:
        self.account = account
        self.external_id = external_id
        self.language = language
        self.answers: list[Content] = []

    @property
    def conversation(self) -> Conversation:
        with scope(merchant=self.account.merchant):
            return Conversation.objects.select_related("identity__customer", "channel_account__merchant").get(
                channel_account=self.account, identity__external_id=self.external_id
            )

    def says(self, text: str) -> list[Content]:
        return self.sends(EventKind.MESSAGE, type="text", text=text)

    def taps(self, label: str) -> list[Content]:
        """Press the button or row that says `label` in the bot's last words."""
        offered = [choice for content in self.answers for choice in all_choices(content) if choice.label == label]
        if not offered:
            raise AssertionError(f"no {label!r} among {self.labels}")
        return self.sends(EventKind.CHOICE, payload=offered[-1].token, label=label, via="button")

    def types_number_of(self, label: str) -> list[Content]:
        numbers = {choice.label: number for number, choice in numbered(self.answers[-1])}
        return self.says(str(numbers[label]))

    def sends(self, kind: EventKind, **fields: Any) -> list[Content]:
        return self.receives(
            ChannelEvent(
                kind=kind,
                external_event_id=f"in-{next(_ids)}",
                external_user_id=self.external_id,
                occurred_at=clock.now(),
                language=self.language,
                aliases={"phone": self.external_id} if self.account.kind in PHONES else {},
                **fields,
            )
        )

    def receives(self, *events: ChannelEvent) -> list[Content]:
        with scope(merchant=self.account.merchant):
            start = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            take_turn(receive(self.account, [clean_event(event) for event in events]))
            return self._heard(start)

    def waits(self, later: dt.timedelta = dt.timedelta(0)) -> list[Content]:
        """Effects are done and internal events that are due come in."""
        with clock.at(clock.now() + later), scope(merchant=self.account.merchant):
            start = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            run_due()
            waiting = InboundEvent.objects.filter(
                channel_account_id=self.account.pk, processed_at=None, due_at__lte=clock.now()
            ).order_by("due_at", "pk")
            for row in waiting:
                take_turn(receive(self.account, [ChannelEvent.from_json(row.payload)]))
                InboundEvent.objects.filter(pk=row.pk).update(processed_at=clock.now())
            return self._heard(start)

    def _heard(self, start: int) -> list[Content]:
        rows = Message.objects.filter(
            pk__gt=start, conversation__identity__external_id=self.external_id, author="bot"
        ).order_by("seq")
        self.answers = [from_json(row.content) for row in rows]
        return self.answers

    @property
    def text(self) -> str:
        """All that was just said, in the floor form."""
        with scope(merchant=self.account.merchant):
            rows = Message.objects.filter(conversation=self.conversation, author="bot").order_by("-seq")
            return "\n".join(row.text for row in reversed(rows[: len(self.answers)]))

    @property
    def labels(self) -> list[str]:
        return [choice.label for content in self.answers for choice in all_choices(content)]
