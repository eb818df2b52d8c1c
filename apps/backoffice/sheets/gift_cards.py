"""Gift cards without their codes, which nobody has; brought in, cards that are out already, with what is left on them."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog.exporting import safe_cell
from apps.catalog.row_files import Row
from apps.conversations.actions import mask_secrets
from apps.merchants import clock
from apps.merchants.codes import fingerprint, is_code
from apps.merchants.goodwill import OverLimit
from apps.merchants.models import Merchant
from apps.payments.actions import CardIsSo, CardKnown, block_gift_card, issue_gift_card
from apps.payments.actions.gift_card import OverAlready, WorthNothing
from apps.payments.models import GiftCard
from apps.payments.tenders import card_balances

from .cells import Amount, Moment, Text, YesNo
from .sheet import Column
from .taking import Take, TakenSheet, WrongColumn


class GiftCardSheet(TakenSheet):
    name = "gift-cards"
    about = gettext_lazy(
        "A row without an id is a card to be made, with what is on it under “issued”. Where “code” is empty it gets a new"
        " code; the new ones are told once, in a file right after the import. Of a card that is there, its end, its note"
        " and whether it is blocked may change."
    )
    needed = ("issued",)
    most_rows = 2_000
    told_columns = ("line", "code", "id", "note")
    is_once = True

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            Column("id", is_key=True, at="public_id"),
            Column("code", is_key=True, of=lambda card: ""),
            Column("ends_in", is_told=True, at="ends"),
            Column("issued", Amount(clears=False), is_needed=True),
            Column("left", Amount(), is_told=True),
            Column("expires_at", Moment()),
            Column("is_blocked", YesNo()),
            Column("note", Text()),
            Column("void_since", Moment(), is_told=True, at="voided_at"),
        )

    def rows(self) -> QuerySet[GiftCard]:
        found: QuerySet[GiftCard] = GiftCard.objects.select_related("merchant")
        return found

    def loaded(self, rows: list[Any]) -> Sequence[Any]:
        left = card_balances(rows)
        for card in rows:
            card.left = left[card.pk]
        return rows

    def find(self, take: Take, rows: Sequence[Row]) -> Iterator[tuple[Row, Any]]:
        """A row with neither id nor code is a card of this very file: brought again, it is known by its line."""
        ids = [cells["id"] for _line, cells in rows if cells.get("id")]
        prints = {line: fingerprint(cells["code"]) for line, cells in rows if cells.get("code")}
        cards = list(self.rows().filter(Q(public_id__in=ids) | Q(fingerprint__in=prints.values())))
        by_id, by_print = {card.public_id: card for card in cards}, {card.fingerprint: card for card in cards}
        for line, cells in rows:
            card: Any = by_id.get(cells.get("id", "")) or by_print.get(prints.get(line, ""))
            if cells.get("id") and card is None:
                take.wrong(
                    line, "id", _("There is none with the id “%s”. Leave it empty for a new one.") % cells["id"][:40]
                )
            elif card is None and cells.get("code") and not is_code(cells["code"]):
                take.wrong(
                    line, "code", _("A code is five groups of five letters and digits. Leave it empty for a new one.")
                )
            elif take.is_first(line, "id", ("card", card.pk) if card else prints.get(line, ("line", line))):
                card = card or GiftCard(merchant=take.merchant)
                card.given_code = cells.get("code", "")
                yield (line, cells), card

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        said = {column.name: value for column, value in values.items()}
        if "note" in said:
            said["note"] = mask_secrets(said["note"])[:200]
        card = row if row.pk else self._made(take, row, said)
        self._change(card, said, is_new=card is not row)

    def _made(self, take: Take, row: Any, said: dict[str, Any]) -> GiftCard:
        try:
            card, code = issue_gift_card(
                take.merchant,
                said["issued"],
                actor=take.actor,
                expires_at=said.get("expires_at"),
                note=said.get("note", ""),
                key=f"file:{take.digest}:{take.line}",
                code=row.given_code,
            )
        except WorthNothing as refused:
            raise WrongColumn("issued", _("Write an amount of more than zero, in a currency of the shop.")) from refused
        except OverAlready as refused:
            raise WrongColumn("expires_at", _("This moment has passed.")) from refused
        except OverLimit as refused:
            raise WrongColumn("issued", str(refused)) from refused
        except CardKnown as refused:
            raise WrongColumn("", _("This card has been made already.")) from refused
        row.ends = card.ends
        if not row.given_code:
            take.told_once.append([str(take.line), code, card.public_id, safe_cell(card.note)])
        return card

    def _change(self, card: GiftCard, said: dict[str, Any], *, is_new: bool) -> None:
        if "is_blocked" in said and said["is_blocked"] != card.is_blocked:
            try:
                block_gift_card(card, is_blocked=said["is_blocked"])
            except CardIsSo as refused:
                raise WrongColumn("is_blocked", _("Somebody has just changed this. Take the file anew.")) from refused
        if is_new:
            return
        if "issued" in said:
            raise WrongColumn("issued", _("What a card was issued with stays."))
        until = said.get("expires_at")
        if until is not None and until <= clock.now():
            raise WrongColumn("expires_at", _("This moment has passed."))
        names = [name for name in ("expires_at", "note") if name in said]
        for name in names:
            setattr(card, name, said[name])
        if names:
            card.save(update_fields=names)
