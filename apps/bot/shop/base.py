"""Who asks: the merchant, the thread and the shopper behind every question to the shop."""

import datetime as dt

from babel.dates import format_date, format_datetime
from djmoney.money import Money

from apps.carts.currencies import shoppers_currency
from apps.carts.money import LOCALES, format_money
from apps.catalog.lists import Terms, terms_for
from apps.conversations.models import Conversation
from apps.customers.models import Customer
from apps.merchants.models import Merchant

# A day to come in words, and how it begins a span that ends in the same month: "Di., 1. – Do., 3. Dezember".
DAYS = {
    "de": ("EEE, d. MMMM", "EEE, d."),
    "es": ("EEE d 'de' MMMM", "EEE d"),
    "zh": ("M月d日EEE", "M月d日EEE"),
    "en": ("EEE d MMM", "EEE d MMM"),
}


class Desk:
    """`language` may change during a turn; everything said afterwards is in the new one."""

    def __init__(self, conversation: Conversation, *, language: str) -> None:
        self.conversation = conversation
        self.language = language
        self._paying: dict[int, str] = {}  # customer -> currency, as far as it was asked in this turn

    @property
    def merchant(self) -> Merchant:
        return self.conversation.merchant

    @property
    def customer(self) -> Customer:
        return self.conversation.identity.customer

    @property
    def terms(self) -> Terms:
        """The price lists that count for the shopper, in their currency."""
        return terms_for(self.merchant, self.customer.pk).within(self.merchant, self.currency)

    @property
    def currency(self) -> str:
        """What the shopper is shown prices in."""
        pk = self.customer.pk
        if pk not in self._paying:
            self._paying[pk] = shoppers_currency(self.customer)
        return self._paying[pk]

    def money(self, amount: Money) -> str:
        return format_money(amount, self.language)

    def money_or_free(self, amount: Money) -> str:
        """ "" for nothing: who shows it says "free" instead of a zero."""
        return self.money(amount) if amount.amount else ""

    def day(self, day: dt.date | None) -> str:
        return format_date(day, "EEE d MMM" if self._locale == "en" else "medium", locale=self._locale) if day else ""

    def days(self, first: dt.date | None, last: dt.date | None) -> dict[str, str]:
        """The ends of a span of days to come, near enough to be told without the year; two empty ones for none."""
        if first is None or last is None:
            return {"earliest": self.day(first), "latest": self.day(last)}
        language = self._locale.partition("_")[0]
        whole, begun = DAYS.get(language, DAYS["en"])
        is_one_month = first != last and (first.year, first.month) == (last.year, last.month)
        return {
            "earliest": format_date(first, begun if is_one_month else whole, locale=self._locale),
            "latest": format_date(last, whole, locale=self._locale),
        }

    def day_of(self, moment: dt.datetime | None) -> str:
        """What has happened is told by its day in the shop's zone: nobody asks for the minute a parcel left."""
        return self.day(moment.astimezone(self.merchant.zone).date()) if moment else ""

    def moment(self, moment: dt.datetime | None) -> str:
        if moment is None:
            return ""
        return format_datetime(moment.astimezone(self.merchant.zone), "short", locale=self._locale)

    @property
    def _locale(self) -> str:
        return LOCALES.get(self.language, "en")
