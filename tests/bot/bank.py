"""The bank of the transcripts: the sandbox's Stripe, which keeps cards, reserves money, asks and disputes."""

import datetime as dt
import time
from typing import Any

from tests.payments.desk import Desk


class SandboxBank:
    """A `Bank` of the player. Raises `IndexError` where no page is open or nothing was paid."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.config: dict[str, Any] = desk.config

    def follow(self, now: dt.datetime) -> None:
        self.desk.store.set_setting("clock_offset", now.timestamp() - time.time())

    def pays(self, *, card: str, keep: bool) -> None:
        page = [session for session in self.desk.every("checkout.session") if session["status"] == "open"][-1]
        assert self.desk.pay(page["id"], card, keep=keep) == "paid"

    def decides(self, what: str) -> None:
        intent = self.desk.every("payment_intent")[-1]["id"]
        match what:
            case "says yes" | "says no":
                self.desk.answer_bank(intent, passed=what == "says yes")
            case "is disputed":
                self.desk.dispute(intent)
            case "dispute won" | "dispute lost":
                self.desk.decide_dispute(self.desk.every("dispute")[-1]["id"], won=what == "dispute won")
            case _:
                raise ValueError(f"a bank cannot {what!r}")

    def tells(self, account: str) -> None:
        for event in self.desk.new_events():
            assert self.desk.tell(event, account=account) == 200
