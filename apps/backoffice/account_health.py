"""How an account does, in the words of whoever reads it at the desk: one picture for its page, the list and mails."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.conversations.health import Health, Trouble
from apps.conversations.health_words import TROUBLES, trouble_in_words
from apps.messaging.findings import Finding, Level, in_words

from .connecting import CALLED

STATES = {
    Level.OK: gettext_lazy("works"),
    Level.WARNING: gettext_lazy("needs a look"),
    Level.ERROR: gettext_lazy("does not work"),
}
ICONS = {Level.OK: "check_circle", Level.WARNING: "warning", Level.ERROR: "error"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of the strip, and whether it is worth looking at."""

    label: str
    value: str
    note: str = ""
    level: Level = Level.OK


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its picture."""

    text: str
    level: Level

    @property
    def icon(self) -> str:
        return ICONS[self.level]


@dataclass(frozen=True, slots=True)
class Picture:
    """All that the page of an account shows of its health."""

    state: str
    level: Level
    facts: list[Fact]
    said: list[Said]
    checked: str = ""
    icon: str = field(default="")


def called(setting: str) -> str:
    """A setting as its field is headed."""
    return str(CALLED.get(setting) or setting.replace("_", " ").capitalize())


def finding_in_words(finding: Finding) -> str:
    return in_words(finding, called=called)


def picture_of(health: Health) -> Picture:
    if not health.account.is_active:
        return Picture(_("switched off"), Level.WARNING, _facts(health), _findings(health), _moment(health.checked_at))
    return Picture(
        state=str(STATES[health.level]),
        level=health.level,
        facts=_facts(health),
        said=_said(health),
        checked=_moment(health.checked_at),
        icon=ICONS[health.level],
    )


NO_STOP = (Trouble.FAILING, Trouble.FORGED)  # the channel works all the same


def _said(health: Health) -> list[Said]:
    """Troubles nobody had to ask for, then what the last check found; nothing twice."""
    told = [
        Said(trouble_in_words(health, trouble), Level.WARNING if trouble in NO_STOP else Level.ERROR)
        for trouble in health.troubles
        if trouble not in (Trouble.BROKEN, Trouble.INCOMPLETE, Trouble.UNVERIFIED)
    ]
    told += [
        Said(_("“%s” is missing.") % called(key), Level.ERROR)
        for key in health.missing
        if key not in {str(finding.facts.get("setting")) for finding in health.findings}
    ]
    told += _findings(health)
    if not health.is_verified:
        told.append(Said(str(TROUBLES[Trouble.UNVERIFIED]), Level.WARNING))
    return told


def _findings(health: Health) -> list[Said]:
    return [Said(finding_in_words(finding), finding.level) for finding in health.findings]


def _facts(health: Health) -> list[Fact]:
    facts = [_last_heard(health), _sent(health)]
    if health.channel is not None and health.channel.required_config:
        facts += [_access(health), _forged(health)]
    return facts


def _last_heard(health: Health) -> Fact:
    if health.last_inbound is not None:
        return Fact(_("Last heard from"), _ago(health.last_inbound), _moment(health.last_inbound))
    note = _("The platform has called") if health.is_verified else ""
    return Fact(_("Last heard from"), _("nobody yet"), note)


def _sent(health: Health) -> Fact:
    label = _("Sent in the last 24 hours")
    if not health.failed:
        return Fact(label, str(health.sent), _("none failed") if health.sent else "")
    level = Level.ERROR if Trouble.FAILING in health.troubles else Level.WARNING
    note = ngettext("%(count)d failed (%(percent)d %%)", "%(count)d failed (%(percent)d %%)", health.failed)
    return Fact(
        label, str(health.sent), note % {"count": health.failed, "percent": round(100 * health.share_failed)}, level
    )


def _access(health: Health) -> Fact:
    label = _("Access data")
    if health.refused_since is not None:
        return Fact(label, _("refused"), _("since %s") % _moment(health.refused_since), Level.ERROR)
    codes = {finding.code for finding in health.findings}
    if "token_refused" in codes:
        return Fact(label, _("refused"), _("at the last check"), Level.ERROR)
    return Fact(label, _("accepted") if "connected" in codes or health.sent > health.failed else _("not tried yet"))


def _forged(health: Health) -> Fact:
    label = _("Calls refused as forged")
    if health.forged_at is None or not health.forged_calls:
        return Fact(label, _("none"))
    return Fact(label, str(health.forged_calls), _("last %s") % _moment(health.forged_at), Level.WARNING)


def _moment(at: dt.datetime | None) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


def _ago(at: dt.datetime) -> str:
    """In one unit: minutes, hours or days."""
    minutes = max(0, int((timezone.now() - at).total_seconds() // 60))
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%d minute ago", "%d minutes ago", minutes) % minutes
    if minutes < 48 * 60:
        return ngettext("%d hour ago", "%d hours ago", minutes // 60) % (minutes // 60)
    return ngettext("%d day ago", "%d days ago", minutes // 1440) % (minutes // 1440)
