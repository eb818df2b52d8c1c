"""Members with their points; brought back, points given or taken by hand, each with a reason and a name."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog.row_files import Row
from apps.conversations.actions import mask_secrets
from apps.loyalty.actions import correct_points
from apps.loyalty.errors import NotEnoughPoints
from apps.loyalty.models import LoyaltyMembership, PointsEntry
from apps.loyalty.points import MOST_AT_ONCE
from apps.merchants.goodwill import OverLimit
from apps.merchants.models import Merchant

from .cells import Moment, Text, Whole
from .sheet import Column
from .taking import AlreadySo, Take, TakenSheet, WrongColumn

WAYS = ("id", "email", "phone")  # how a member can be named
NONE = ("", "0")  # no points are given
Found = dict[tuple[str, str], list[LoyaltyMembership]]


class MemberSheet(TakenSheet):
    name = "members"
    about = gettext_lazy(
        "Points by hand, such as what members bring along from elsewhere: write into “give” how many come (or, below zero,"
        " go), and the reason beside it. A member is known by id, e-mail address or phone number, and has joined. The same"
        " points for the same reason are given to a member once: what comes every month says which month."
    )
    needed = ("give",)
    most_rows = 2_000  # the book of each is read

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            Column("id", is_key=True, at="public_id"),
            Column("email", is_key=True, of=lambda member: member.customer.email),
            Column("phone", is_key=True, of=lambda member: member.customer.phone),
            Column("name", is_told=True, of=lambda member: member.customer.name),
            Column("points", Whole(), is_told=True, at="balance"),
            Column("pending", Whole(), is_told=True),
            Column("lifetime", Whole(), is_told=True),
            Column("level", is_told=True, of=lambda member: member.tier.name if member.tier else ""),
            Column("joined_at", Moment(), is_told=True),
            Column("give", Whole(least=-MOST_AT_ONCE, most=MOST_AT_ONCE), is_asked=True, of=lambda member: None),
            Column("reason", Text(), is_asked=True, of=lambda member: ""),
        )

    def rows(self) -> QuerySet[LoyaltyMembership]:
        found: QuerySet[LoyaltyMembership] = LoyaltyMembership.objects.filter(ended_at=None)
        return found.select_related("customer", "tier")

    def called(self, row: Any) -> str:
        return str(row.customer)

    def find(self, take: Take, rows: Sequence[Row]) -> Iterator[tuple[Row, Any]]:
        asked = [(line, cells) for line, cells in rows if cells["give"] not in NONE]
        take.report.unchanged += len(rows) - len(asked)
        known = self._known([cells for _line, cells in asked])
        for line, cells in asked:
            how = next((name for name in WAYS if cells.get(name)), "")
            if not how:
                take.wrong(line, "id", _("Say who: an id, an e-mail address or a phone number."))
                continue
            said = cells[how]
            members = known.get((how, said.casefold() if how == "email" else said), [])
            if len(members) == 1:
                if take.is_first(line, how, members[0].pk):
                    yield (line, cells), members[0]
            elif members:
                take.wrong(
                    line, how, _("Several members are known by “%s”. Write the id, as the export has it.") % said
                )
            else:
                take.wrong(line, how, _("No member is known by “%s”. Members join in the chat first.") % said)

    def _known(self, asked: Sequence[dict[str, str]]) -> Found:
        """Members by each way they can be named, in one query."""
        ids, mails, phones = ({cells.get(name, "") for cells in asked} - {""} for name in WAYS)
        mails = {mail.casefold() for mail in mails}
        rows = self.rows().alias(mail=Lower("customer__email"))
        found: Found = {}
        for member in rows.filter(Q(public_id__in=ids) | Q(mail__in=mails) | Q(customer__phone__in=phones)):
            person = member.customer
            ways = (("id", member.public_id), ("email", person.email.casefold()), ("phone", str(person.phone)))
            for way in ways:
                found.setdefault(way, []).append(member)
        return found

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        """The points and their reason are the source, so that a file that is corrected and brought again gives to nobody a
        second time."""
        said = {column.name: value for column, value in values.items()}
        reason = mask_secrets(said.get("reason", ""))
        if not reason:
            raise WrongColumn("reason", _("Say why: it stands in the member's history."))
        if not (points := said.get("give")):
            raise WrongColumn("give", _("Write a whole number."))
        source = f"file:{hashlib.sha256(f'{points}:{reason.casefold()}'.encode()).hexdigest()[:40]}"
        if PointsEntry.objects.filter(membership=row, kind=PointsEntry.Kind.MANUAL, source=source).exists():
            raise AlreadySo
        try:
            correct_points(row, points=points, reason=reason, actor=take.actor, source=source)
        except NotEnoughPoints as refused:
            raise WrongColumn("give", _("There are only %d points to take.") % max(refused.balance, 0)) from refused
        except OverLimit as refused:
            raise WrongColumn("give", str(refused)) from refused
