"""Who asks: the merchant, the thread and the shopper behind every question to the shop."""

import datetime as dt

from babel.dates import format_date, format_datetime
from djmoney.money import Money

from apps.carts.money import LOCALES, format_money
from apps.conversations.models import Conversation
from apps.customers.models import Customer
from apps.merchants.models import Merchant


class Desk:
    """`language` may change during a turn; everything said afterwards is in the new one."""

    def __init__(self, conversation: Conversation, *, language: str) -> None:
        self.conversation = conversation
        self.language = language

    @property
    def merchant(self) -> Merchant:
        return self.conversation.merchant

    @property
    def customer(self) -> Customer:
        return self.conversation.identity.customer

    def money(self, amount: Money) -> str:
        return format_money(amount, self.language)

    def money_or_free(self, amount: Money) -> str:
        """ "" for nothing: who shows it says "free" instead of a zero."""
        return self.money(amount) if amount.amount else ""

    def day(self, day: dt.date | None) -> str:
        return format_date(day, "EEE d MMM" if self._locale == "en" else "medium", locale=self._locale) if day else ""

    def moment(self, moment: dt.datetime | None) -> str:
        if moment is None:
            return ""
        return format_datetime(moment.astimezone(self.merchant.zone), "short", locale=self._locale)

    @property
    def _locale(self) -> str:
        return LOCALES.get(self.language, "en")
