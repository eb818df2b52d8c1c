"""The platform's own word on a channel account, between two checks of ours: it stands beside what the last check found."""

from django.db import transaction

from apps.merchants.models import ChannelAccount
from apps.messaging.events import ChannelEvent
from apps.messaging.findings import LONGEST_FACT, SENTENCES, Finding, Level

from .health import TOLD_AT, locked_health, read_findings

UNEASY = ("poor_quality", "poor_wording")  # worth knowing; everything goes on


@transaction.atomic
def take_account_news(account: ChannelAccount, event: ChannelEvent) -> None:
    """Note it instead of what was told of the same matter before; what is older than that says nothing any more."""
    about, code, at = (str(event.data.get("about", "")), str(event.data.get("code", "")), event.occurred_at.isoformat())
    row = locked_health(account)
    known = read_findings(row)
    before = [finding for finding in known if finding.facts.get("about") == about]
    if any(finding.facts.get(TOLD_AT, "") > at for finding in before):
        return
    found = [finding for finding in known if finding not in before]
    if code in SENTENCES:
        told = {name: str(event.data.get(name, ""))[:LONGEST_FACT] for name in ("about", "name", "said")}
        level = Level.WARNING if code in UNEASY else Level.ERROR
        found.append(Finding(code, level, {**told, TOLD_AT: at}))
    row.findings = [finding.to_json() for finding in found]
    row.save(update_fields=["findings"])
