"""Approved wordings and the platform: what it has is fetched, a draft is handed in, its news is taken."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.merchants import clock
from apps.merchants.models import ChannelAccount

from .channel import Channel, ErrorClass, PlatformTemplate, SendFailed, TemplateDraft, all_channels, channel_for
from .models import Template
from .purposes import PURPOSES, count_for, samples_for
from .wordings import problems

logger = structlog.get_logger(__name__)
SUBMITTABLE = (Template.State.DRAFT, Template.State.REJECTED)
SETTLING = dt.timedelta(minutes=10)  # so long a list may lack what was just handed in


class NotSubmittable(Exception):
    """The wording cannot be handed in as it is; `sentences` say why, in the active language."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking: rows `changed`, rows `new`, and the names of wordings no purpose of ours is called by."""

    changed: int = 0
    new: int = 0
    strangers: tuple[str, ...] = ()


def accounts_with_templates() -> list[ChannelAccount]:
    """The merchant's active accounts on whose platforms wordings are approved."""
    kinds = [kind for kind, channel in all_channels().items() if channel.capability.has_templates]
    return list(ChannelAccount.objects.filter(kind__in=kinds, is_active=True).select_related("merchant").order_by("pk"))


def accounts_to_ask() -> list[ChannelAccount]:
    """Those of them whose platforms tell what they have."""
    return [account for account in accounts_with_templates() if channel_for(account.kind).has_template_list]


def problems_of(template: Template) -> list[str]:
    """Why this wording is not sent, in the active language; empty where nothing but approval is missing."""
    count = count_for(template.purpose)
    channel = all_channels().get(template.channel_account.kind)
    fits_there = channel is not None and count is not None and channel.takes_values(template.body, count)
    is_judged_by_meta = channel is None or channel.has_template_list
    found = problems(template.body, count) if is_judged_by_meta or not fits_there else []
    if count is None:
        found.append(_("Nothing the shop says has the purpose “%s”.") % template.purpose)
    if channel is not None and template.category not in channel.template_categories:
        found.append(_("This platform approves news, no offers."))
    if template.has_more:
        found.append(_("At the platform it has more than words: a picture, a code or a link that we cannot fill in."))
    return found


def submit_template(template: Template) -> Template:
    """Hand a draft in for approval; where the platform has its own form for that, the shop's word counts that it was.

    No lock is held during the call. Raises `NotSubmittable`, `SendFailed`.
    """
    if template.state not in SUBMITTABLE:
        raise NotSubmittable([_("It was handed in already.")])
    if sentences := problems_of(template):
        raise NotSubmittable(sentences)
    account: Any = template.channel_account
    channel = channel_for(account.kind)
    if not channel.has_template_list:
        template.state, template.told_at = Template.State.APPROVED, clock.now()
        template.save(update_fields=["state", "told_at", "updated_at"])
        return template
    with override(template.language):
        samples = samples_for(template.purpose)
    draft = TemplateDraft(
        name=template.name,
        language=template.language_there,
        body=template.body,
        category=template.category,
        samples=samples,
    )
    answer = channel.submit_template(draft, account.config)
    _take(template, answer)
    return template


def fetch_templates(account: ChannelAccount) -> Fetched:
    """Bring our rows to what the platform says. A wording named like a purpose that has no row yet gets one.

    Raises `SendFailed`; nothing is changed then.
    """
    channel, asked_at = channel_for(account.kind), clock.now()
    there = channel.templates(account.config)
    with transaction.atomic():
        rows = list(Template.objects.select_for_update().filter(channel_account=account))
        return _follow(account, channel, rows, there, asked_at)


def _follow(
    account: ChannelAccount,
    channel: Channel,
    rows: list[Template],
    there: list[PlatformTemplate],
    asked_at: dt.datetime,
) -> Fetched:
    """What was told of while the list was on its way, by an answer or by news, is newer than the list."""
    newer = {row.pk for row in rows if row.told_at is not None and row.told_at > asked_at}
    changed, new, strangers = 0, 0, []
    for found in there:
        row = _row_of(rows, found)
        if row is not None:
            changed += row.pk not in newer and _take(row, found)
        elif found.name in PURPOSES:
            new += _adopt(account, channel, found)
        else:
            strangers.append(found.name)
    changed += _mark_gone([row for row in rows if row.pk not in newer], there, asked_at)
    return Fetched(changed, new, tuple(sorted(set(strangers))))


def fetch_all_templates() -> int:
    """For every account of the merchant in scope; one that cannot be asked does not stop the others. Returns changes."""
    total = 0
    for account in accounts_to_ask():
        if not Template.objects.filter(channel_account=account).exists() and any(
            not account.config.get(key) for key in channel_for(account.kind).template_config
        ):
            continue
        try:
            fetched = fetch_templates(account)
        except SendFailed as failure:
            logger.warning("templates.not_fetched", account=account.pk, error_class=str(failure.error_class))
            continue
        total += fetched.changed + fetched.new
    return total


def take_template_news(account: ChannelAccount, data: dict[str, Any]) -> bool:
    """The platform's own word on one wording (see `events`); returns whether it is one of ours."""
    told = PlatformTemplate(
        external_id=str(data.get("external_id", "")),
        name=str(data.get("name", "")),
        language=str(data.get("language", "")),
        state=str(data.get("state", "")),
        reason=str(data.get("reason", "")),
    )
    row = _row_of(Template.objects.filter(channel_account=account), told)
    if row is None or told.state not in Template.State.values:
        return False
    _take(row, told)
    return True


def _row_of(rows: Iterable[Template], found: PlatformTemplate) -> Template | None:
    """By the platform's id, else by name and language."""
    known = list(rows)
    by_id = (row for row in known if found.external_id and row.external_id == found.external_id)
    by_name = (row for row in known if row.name == found.name and row.language_there == found.language)
    return next(by_id, next(by_name, None))


def _take(row: Template, found: PlatformTemplate) -> bool:
    """What the platform says is so; what it does not say stays. Returns whether anything but the time changed."""
    told: dict[str, Any] = {"state": found.state, "reason": found.reason if found.state != "approved" else ""}
    for field in ("external_id", "body", "category"):
        if said := getattr(found, field):
            told[field] = said
    if found.body:
        told["has_more"] = found.has_more
    is_new = any(getattr(row, field) != value for field, value in told.items())
    for field, value in told.items():
        setattr(row, field, value)
    row.told_at = clock.now()
    row.save(update_fields=[*told, "told_at", "updated_at"])
    return is_new


def _adopt(account: ChannelAccount, channel: Channel, found: PlatformTemplate) -> int:
    language = our_language(channel, found.language)
    try:
        with transaction.atomic():
            Template.objects.create(
                merchant=account.merchant,
                channel_account=account,
                purpose=found.name,
                language=language,
                platform_language="" if channel.template_language(language) == found.language else found.language,
                name=found.name,
                body=found.body,
                state=found.state,
                category=found.category or Template.Category.UTILITY,
                external_id=found.external_id,
                reason=found.reason,
                has_more=found.has_more,
                told_at=clock.now(),
            )
    except IntegrityError:  # the purpose has its wording in this language: "en" and "en_US" are one to us
        return 0
    return 1


def our_language(channel: Channel, written: str) -> str:
    """The language of ours that the platform writes so; "en_US" and "en_GB" are English."""
    codes = [code for code, _name in settings.LANGUAGES]
    exact = next((code for code in codes if channel.template_language(code).lower() == written.lower()), "")
    base = written.replace("_", "-").lower().partition("-")[0]
    return exact or next((code for code in codes if code == base), written.replace("_", "-").lower()[:10])


def _mark_gone(rows: list[Template], there: list[PlatformTemplate], asked_at: dt.datetime) -> int:
    """What was handed in once and is no longer there cannot be sent; what was handed in just now may not be there yet."""
    known = {row.pk for found in there if (row := _row_of(rows, found)) is not None}
    gone = [row for row in rows if row.pk not in known and _may_be_gone(row, asked_at)]
    for row in gone:
        row.state, row.told_at = Template.State.DISABLED, clock.now()
        row.save(update_fields=["state", "told_at", "updated_at"])
    return len(gone)


def _may_be_gone(row: Template, asked_at: dt.datetime) -> bool:
    if row.state == Template.State.SUBMITTED:
        return row.told_at is None or row.told_at < asked_at - SETTLING
    return row.state not in (Template.State.DRAFT, Template.State.DISABLED)


def is_refused(failure: SendFailed) -> bool:
    """Whether the platform said no, and not merely nothing."""
    return failure.error_class not in (ErrorClass.RETRY, ErrorClass.RETRY_AFTER, ErrorClass.AMBIGUOUS)
