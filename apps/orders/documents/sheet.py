"""What stands where on a document, in words of the active language and amounts as its readers write them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.translation import gettext as _

from apps.carts.money import LOCALES, format_money, money
from apps.merchants.colour import FALLBACK, HEX, PAPER, readable

from .models import Document


@dataclass(frozen=True, slots=True)
class Row:
    item: str
    percent: str
    price: str
    amount: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    language: str
    title: str
    number: str
    about: str
    brand: str
    accent: tuple[int, int, int]
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]  # label, value
    columns: tuple[str, str, str, str]
    rows: tuple[Row, ...]
    sums: tuple[tuple[str, str, bool], ...]  # label, amount, whether it is the sum of all
    rate_columns: tuple[str, str, str, str]
    rates: tuple[tuple[str, str, str, str], ...]
    notes: tuple[str, ...]
    foot: str


def sheet_of(document: Document) -> Sheet:
    """All that is printed. Call in the document's language."""
    writer = Writer(document)
    body, seller = document.body, document.body["seller"]
    return Sheet(
        language=document.language,
        title=writer.title,
        number=document.number,
        about=writer.about,
        brand=plain(seller["brand"]),
        accent=_colour(seller["accent"]),
        seller=tuple(writer.seller()),
        buyer=tuple(writer.buyer()),
        facts=tuple(writer.facts()),
        columns=(_("Item"), _("Tax"), _("Price"), _("Amount")),
        rows=tuple(writer.rows()),
        sums=tuple(writer.sums()),
        rate_columns=(_("Tax rate"), _("Net"), _("Tax"), _("Gross")),
        rates=tuple(
            (writer.rate(rate), writer.money(rate["net"]), writer.money(rate["tax"]), writer.money(rate["gross"]))
            for rate in body["rates"]
        ),
        notes=tuple(writer.notes()),
        foot=plain(" · ".join(line for line in seller["note"].splitlines() if line.strip())),
    )


class Writer:
    """One document's words."""

    def __init__(self, document: Document) -> None:
        self.document, self.body = document, document.body
        self.locale = LOCALES.get(document.language, "en")
        self.currency = str(document.gross.currency)

    @property
    def title(self) -> str:
        return {
            "invoice": _("Invoice"),
            "credit_note": _("Credit note"),
            "revocation": _("Revoked credit note"),
        }[self.document.kind]

    @property
    def about(self) -> str:
        """What it is about, where it is about another document."""
        named = {"invoice": self.body.get("invoice", ""), "note": self.body.get("credit_note", "")}
        if self.document.kind == Document.Kind.CREDIT_NOTE:
            return _("Credited against invoice %(invoice)s.") % named
        if self.document.kind == Document.Kind.REVOCATION:
            return _("Credit note %(note)s against invoice %(invoice)s no longer counts: its money came back.") % named
        return ""

    @property
    def why(self) -> str:
        """The kind of reason; what older documents hold in somebody's own words is not printed."""
        kinds = {"returned": _("Goods sent back"), "called_off": _("Order called off"), "sold_out": _("Sold out")}
        return kinds.get(self.body.get("reason", ""), "")

    def money(self, amount: str) -> str:
        return plain(format_money(money(amount, self.currency), self.document.language))

    def day(self, day: str) -> str:
        return format_date(dt.date.fromisoformat(day), "long", locale=self.locale)

    def percent(self, percent: str) -> str:
        return f"{format_decimal(Decimal(percent), locale=self.locale)} %"

    def rate(self, rate: dict[str, str]) -> str:
        return plain(f"{rate['name'] or _('Tax')} {self.percent(rate['percent'])}")

    def seller(self) -> Iterator[str]:
        seller = self.body["seller"]
        yield plain(seller["name"])
        yield from (plain(line) for line in seller["address"].splitlines() if line.strip())
        if seller["email"]:
            yield seller["email"]

    def buyer(self) -> Iterator[str]:
        buyer = self.body["buyer"]
        yield plain(buyer["name"])
        yield from map(plain, buyer["address"])
        if buyer["country"] and buyer["country"] != self.body["seller"]["country"]:
            yield str(Locale.parse(self.locale).territories.get(buyer["country"], buyer["country"]))

    def facts(self) -> Iterator[tuple[str, str]]:
        order = self.body["order"]
        yield _("Date"), self.day(self.document.day.isoformat())
        yield _("Order"), order["number"]
        yield _("Ordered on"), self.day(order["placed_on"])
        if self.body["seller"]["tax_number"]:
            yield _("Tax number"), plain(self.body["seller"]["tax_number"])
        if why := self.why:
            yield _("Reason"), why

    def rows(self) -> Iterator[Row]:
        for line in self.body["lines"]:
            title = _("Delivery") if line.get("is_delivery") else plain(line["title"])
            price = self.money(line["unit_price"]) if "unit_price" in line else ""
            counted = (
                f"{line['quantity']}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{title}"
                if line["quantity"] and not line.get("is_delivery")
                else title
            )
            details = [plain(line["sku"])] if line["sku"] else []
            yield Row(counted, self.percent(line["tax_percent"]), price, self.money(line["amount"]),
                      (*details, *self._offers(line.get("offers", ()))))  # fmt: skip
        if not self.body["lines"]:
            yield Row(_("Paid back"), "", "", self.money(str(self.document.gross.amount)))
        if delivery := self.body.get("delivery"):
            title = f"{_('Delivery')}: {plain(delivery['title'])}" if delivery["title"] else _("Delivery")
            offers = tuple(self._offers(delivery["offers"]))
            yield Row(title, self.percent(delivery["tax_percent"]), "", self.money(delivery["amount"]), offers)

    def _offers(self, offers: Any) -> Iterator[str]:
        for offer in offers:
            yield f"{plain(offer['label'])}: −{self.money(offer['amount'])}"

    def sums(self) -> Iterator[tuple[str, str, bool]]:
        document = self.document
        yield _("Net"), self.money(str(document.net.amount)), False
        for rate in self.body["rates"]:
            for part in rate.get("parts") or [rate]:
                yield self.rate(part), self.money(part["tax"]), False
        yield _("Total"), self.money(str(document.gross.amount)), True
        ways = {
            "provider": _("Paid"),
            "cash": _("Paid in cash"),
            "terminal": _("Paid by card at the till"),
            "telegram": _("Paid in Telegram"),
            "gift_card": _("Gift card"),
            "store_credit": _("Store credit"),
            "exchange": _("Goods that come back"),
        }
        for paid in self.body.get("payments", ()):
            label = f"{ways[paid['kind']]} …{paid['note']}" if paid["note"] else ways[paid["kind"]]
            yield label, self.money(paid["amount"]), False
        if self.body.get("state") == "paid":
            yield _("Left to pay"), self.money("0"), False

    def notes(self) -> Iterator[str]:
        if self.document.kind == Document.Kind.INVOICE:
            yield _("Paid in full. Thank you for your order.")
            if self.body["delivery"]:
                yield _("The goods are sent after payment; the day of delivery is the day of supply.")
            if any(line.get("comes_as") == "gift_card" for line in self.body["lines"]):
                yield _(
                    "Gift cards are multi-purpose vouchers: their sale bears no tax, what is bought with them does (Art. 30b "
                    "(2) of Directive 2006/112/EC)."
                )
        if not self.body["is_tax_inclusive"] and self.document.kind == Document.Kind.INVOICE:
            yield _("Prices and amounts of the lines are without tax.")


def plain(text: str) -> str:
    """One line of signs that can be printed; narrow and unbroken spaces are spaces."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _colour(accent: str) -> tuple[int, int, int]:
    """Red, green and blue of the shop's colour, dark enough to be read on paper."""
    red, green, blue = bytes.fromhex(readable(accent if HEX.match(accent) else FALLBACK, PAPER).lstrip("#"))
    return red, green, blue
