"""Who runs the shop hears of a channel that stopped working: by e-mail, once for each trouble, again when it comes back."""

from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.accounts.invitations import has_mail
from apps.conversations.health import SETTLING, Health, Trouble, healths
from apps.conversations.health_words import trouble_in_words
from apps.conversations.models import AccountHealth
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, StaffRole
from apps.messaging.channel import all_channels

logger = structlog.get_logger(__name__)
TOLD = (StaffRole.Role.MANAGER, StaffRole.Role.ADMIN)


def tell_troubles() -> int:
    """Of the merchant in scope. Returns how many mails went out. One that cannot be sent is tried again next time."""
    accounts = ChannelAccount.objects.filter(is_active=True, created_at__lt=clock.now() - SETTLING)
    found = healths(accounts.select_related("merchant"))
    told = dict(AccountHealth.objects.filter(channel_account__in=found).values_list("channel_account_id", "told"))
    sent = 0
    for health in found.values():
        now, before = [str(trouble) for trouble in health.troubles], told.get(health.account.pk, [])
        new = [trouble for trouble in health.troubles if str(trouble) not in before]
        is_told = True
        if new:
            logger.warning("account.trouble", account=health.account.pk, kind=health.account.kind, troubles=now)
            is_told, mails = _mail(health, new)
            sent += mails
        if now != before and is_told:
            _remember(health.account, now)
    return sent


def _mail(health: Health, new: list[Trouble]) -> tuple[bool, int]:
    """Whether there is nothing left to try, and how many mails went out: where one of several addresses is refused, the
    others are not written to again and again. Without a mail server nobody is told but at the desk."""
    to = sorted(
        StaffRole.objects.filter(role__in=TOLD, is_active=True, user__is_active=True)
        .exclude(user__email="")
        .values_list("user__email", flat=True)
        .distinct()
    )
    if not to or not has_mail():
        return True, 0
    account = health.account
    label = all_channels()[account.kind].label
    named = f"{label} ({account.title or account.name})"
    page = settings.PUBLIC_URL + reverse("admin:merchants_channelaccount_change", args=[account.pk])
    with override(account.merchant.default_language):
        subject = _("%(shop)s: %(channel)s needs you") % {"shop": account.merchant.name, "channel": named}
        said = "\n".join(f"– {trouble_in_words(health, trouble)}" for trouble in new)
        text = said + "\n\n" + _("What to do stands here: %s") % page
    sent = 0
    for address in to:  # nobody sees who else was told
        try:
            sent += send_mail(" ".join(subject.split()), text, None, [address])
        except (OSError, SMTPException):
            logger.exception("account.trouble_not_mailed", account=account.pk)
    return sent > 0, sent


def _remember(account: ChannelAccount, troubles: list[str]) -> None:
    AccountHealth.objects.update_or_create(
        channel_account=account, defaults={"merchant_id": account.merchant_id, "told": troubles}
    )
