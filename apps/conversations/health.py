"""How a channel account does: what came in, what went out, what its platform refuses, and what follows from that.

All of it is read from the rows that are there anyway; for many accounts at once in a handful of queries.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q

from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import Channel, all_channels
from apps.messaging.findings import Finding, Level

from .models import AccountHealth, AccountTrouble, Conversation, InboundEvent, Message

DAY = dt.timedelta(days=1)
TOLD_AT = "told_at"  # a fact of findings that the platform told of itself
TOLD_FOR = dt.timedelta(days=7)  # so long a check, which cannot see these, leaves them
SETTLING = dt.timedelta(hours=1)  # how long somebody who connects an account is left in peace
NEWS_AFTER = dt.timedelta(minutes=30)  # by then a platform that reports delivery has reported one of several
FEW = 5  # messages; fewer say nothing about an account
MOST_FAILED = 0.2
BURST = 50  # forged calls; a scanner that passes by makes fewer
FAILED = (Message.State.FAILED, Message.State.DEAD)
# What tells of the shopper, not of the account: they want no messages, or wrote too long ago.
NOT_OURS = ("opted_out", "window_closed", "unreachable", "expired", "erased", "fence")
RECEIPTED = (Message.State.SENT, Message.State.DELIVERED, Message.State.READ)
OUT = (Message.State.ACCEPTED, *RECEIPTED, *FAILED, Message.State.UNKNOWN)


class Trouble(StrEnum):
    """What somebody has to look after; the worst first."""

    REFUSED = "refused"  # the platform does not take our key
    INCOMPLETE = "incomplete"  # a setting is missing
    BROKEN = "broken"  # the last check found an error
    SILENT = "silent"  # things went out, and nothing at all comes back
    UNVERIFIED = "unverified"  # nothing has ever come in
    FAILING = "failing"  # much of what goes out fails
    FORGED = "forged"  # many calls at its door bear no signature of the platform


@dataclass(frozen=True, slots=True)
class Health:
    """One account's state. `sent` counts what left or should have in the last day, `failed` those of it that did not."""

    account: ChannelAccount
    last_inbound: dt.datetime | None = None
    has_heard: bool = False  # a genuine call has ever come in
    sent: int = 0
    failed: int = 0
    unreported: int = 0  # accepted a while ago, and the platform has said nothing more
    refused_since: dt.datetime | None = None
    refused_with: str = ""
    handshake_at: dt.datetime | None = None
    forged_at: dt.datetime | None = None
    forged_calls: int = 0
    checked_at: dt.datetime | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def channel(self) -> Channel | None:
        return all_channels().get(self.account.kind)

    @property
    def missing(self) -> list[str]:
        """Settings that are needed and not there."""
        return self.channel.missing(self.account.config) if self.channel else []

    @property
    def share_failed(self) -> float:
        return self.failed / self.sent if self.sent else 0.0

    @property
    def is_verified(self) -> bool:
        """The platform has shown that it knows our address: by a handshake, or by any call that was genuine."""
        return bool(self.has_heard or self.handshake_at or (self.channel and not self.channel.has_webhook))

    @property
    def is_silent(self) -> bool:
        """Several messages were accepted a while ago, the platform tells of delivery, and it told of none."""
        reports = bool(self.channel and self.channel.has_webhook and self.channel.capability.receipts)
        return reports and self.unreported >= FEW

    @property
    def troubles(self) -> list[Trouble]:
        """None for an account that is switched off."""
        if not self.account.is_active or self.channel is None:
            return []
        is_new = clock.now() - self.account.created_at < SETTLING
        held = {
            Trouble.REFUSED: self.refused_since is not None,
            Trouble.INCOMPLETE: bool(self.missing),
            Trouble.BROKEN: self.refused_since is None and any(each.level is Level.ERROR for each in self.findings),
            Trouble.SILENT: self.is_silent,
            Trouble.UNVERIFIED: not self.is_verified and not is_new,
            Trouble.FAILING: self.failed >= FEW and self.share_failed > MOST_FAILED,
            Trouble.FORGED: self.forged_calls >= BURST,
        }
        return [trouble for trouble, is_there in held.items() if is_there]

    @property
    def level(self) -> Level:
        """How it looks at a glance."""
        if any(each in (Trouble.REFUSED, Trouble.INCOMPLETE, Trouble.BROKEN, Trouble.SILENT) for each in self.troubles):
            return Level.ERROR
        return Level.WARNING if self.troubles or not self.is_verified else Level.OK


def health_of(account: ChannelAccount) -> Health:
    return healths([account])[account.pk]


def healths(accounts: Iterable[ChannelAccount]) -> dict[int, Health]:
    """By the accounts' ids. Call inside their merchant's scope."""
    listed = list(accounts)
    ids = [account.pk for account in listed]
    spoken = dict(
        Conversation.objects.filter(channel_account__in=ids)
        .order_by()
        .values_list("channel_account")
        .annotate(at=Max("last_inbound_at"))
    )
    out = _sent_lately(ids)
    heard = _heard(ids)
    troubles = {row.channel_account_id: row for row in AccountTrouble.objects.filter(channel_account__in=ids)}
    known = {row.channel_account_id: row for row in AccountHealth.objects.filter(channel_account__in=ids)}
    found: dict[int, Health] = {}
    for account in listed:
        trouble, row = troubles.get(account.pk), known.get(account.pk)
        sent, failed, unreported = out.get(account.pk, (0, 0, 0))
        is_recent = bool(row and row.forged_at and clock.now() - row.forged_at < DAY)
        found[account.pk] = Health(
            account=account,
            last_inbound=spoken.get(account.pk),
            has_heard=account.pk in heard,
            sent=sent,
            failed=failed,
            unreported=unreported,
            refused_since=trouble.since if trouble else None,
            refused_with=trouble.detail if trouble else "",
            handshake_at=row.handshake_at if row else None,
            forged_at=row.forged_at if row else None,
            forged_calls=row.forged_calls if row and is_recent else 0,
            checked_at=row.checked_at if row else None,
            findings=read_findings(row),
        )
    return found


def _sent_lately(ids: list[int]) -> dict[int, tuple[int, int, int]]:
    """(went out or should have, failed for a reason of the account's, unreported) of the last day.

    By way of the threads something was said in: messages have no index by time, and need none for this. Where one receipt
    has come in the day, nothing is unreported.
    """
    now = clock.now()
    lately = Conversation.objects.filter(channel_account__in=ids, last_message_at__gte=now - DAY)
    ours = Message.objects.filter(conversation__in=lately, state__in=OUT, created_at__gte=now - DAY).exclude(
        author=Message.Author.SHOPPER
    )
    rows = (
        ours.order_by()
        .values("conversation__channel_account")
        .annotate(
            sent=Count("pk", filter=~Q(state__in=FAILED, error_class__in=NOT_OURS)),
            failed=Count("pk", filter=Q(state__in=FAILED) & ~Q(error_class__in=NOT_OURS)),
            waiting=Count("pk", filter=Q(state=Message.State.ACCEPTED, created_at__lt=now - NEWS_AFTER)),
            reported=Count("pk", filter=Q(state__in=RECEIPTED)),
        )
    )
    return {
        row["conversation__channel_account"]: (
            row["sent"],
            row["failed"],
            0 if row["reported"] else row["waiting"],
        )
        for row in rows
    }


def _heard(ids: list[int]) -> set[int]:
    """Accounts at whose door a genuine call has come in, ever: the inbox keeps them all, under an index by account."""
    events = InboundEvent.objects.filter(channel_account_id=OuterRef("pk")).exclude(payload__kind="internal")
    return set(ChannelAccount.objects.filter(Exists(events), pk__in=ids).order_by().values_list("pk", flat=True))


def locked_health(account: ChannelAccount) -> AccountHealth:
    """The account's row, which comes with the first who asks, until this transaction ends."""
    AccountHealth.objects.get_or_create(channel_account=account, defaults={"merchant_id": account.merchant_id})
    row: AccountHealth = AccountHealth.objects.select_for_update().get(channel_account=account)
    return row


def read_findings(row: AccountHealth | None) -> list[Finding]:
    """What the last check found; what another version wrote and nobody understands is left out."""
    found = []
    for data in row.findings if row else []:
        try:
            found.append(Finding.from_json(data))
        except (KeyError, ValueError, TypeError):
            continue
    return found


def _is_still_told(finding: Finding) -> bool:
    """The rating of a number is read by a check, and is what it says."""
    told_at = finding.facts.get(TOLD_AT, "")
    is_read = finding.facts.get("about") == "quality"
    return bool(told_at) and not is_read and clock.now() - dt.datetime.fromisoformat(told_at) < TOLD_FOR


def webhook_address(account: ChannelAccount) -> str:
    """What is to be entered at the platform, without what an adapter adds to its end."""
    return f"{settings.PUBLIC_URL}/webhooks/{account.kind}/{account.name}/"


def check_account(account: ChannelAccount) -> list[Finding]:
    """Ask the platform now, without a lock, and keep what it says. A kind nobody here knows has no findings."""
    channel = all_channels().get(account.kind)
    if channel is None:
        return []
    return _keep_findings(account, channel.check(account.config, address=webhook_address(account)))


@transaction.atomic
def _keep_findings(account: ChannelAccount, found: list[Finding]) -> list[Finding]:
    """Beside what the platform tells of itself, also what it told while it was asked."""
    row = locked_health(account)
    found = [*found, *(finding for finding in read_findings(row) if _is_still_told(finding))]
    row.checked_at, row.findings = clock.now(), [finding.to_json() for finding in found]
    row.save(update_fields=["checked_at", "findings"])
    return found


def check_accounts() -> int:
    """All active accounts of the merchant in scope; returns how many."""
    accounts = list(ChannelAccount.objects.filter(is_active=True).order_by("pk"))
    for account in accounts:
        check_account(account)
    return len(accounts)
