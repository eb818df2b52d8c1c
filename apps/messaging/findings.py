"""What a check of a channel account may find, as codes with facts, and the sentence for each in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

LONGEST_FACT = 300  # characters of what a platform says


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. `facts` are the names in its sentence; the fact `setting` is a key of the account's settings."""

    code: str
    level: Level
    facts: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "level": str(self.level), "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Finding":
        """Raises `KeyError`, `ValueError` for what is none."""
        return cls(str(data["code"]), Level(data["level"]), dict(data.get("facts") or {}))


SENTENCES: dict[str, Any] = {
    "missing": _("“%(setting)s” is missing."),
    "signature_missing": _("The signature secret is missing (“%(setting)s”): no call of the platform can be believed."),
    "unchecked": _("Everything is filled in. This platform cannot be asked more: its first call shows that it works."),
    "connected": _("The platform takes our access data. It knows this account as “%(name)s”."),
    "token_refused": _("The platform refuses our access data: %(said)s"),
    "unknown_there": _("The platform knows no such account: %(said)s"),
    "not_reached": _("The platform could not be reached: %(said)s"),
    "odd_answer": _("The platform gave an answer nobody expected: %(said)s"),
    "another_account": _("“%(setting)s” says %(here)s, the access data belong to %(there)s."),
    "webhook_set": _("The platform calls our address."),
    "webhook_missing": _("No webhook address has been entered at the platform yet."),
    "webhook_elsewhere": _("The platform calls another address than ours: %(there)s"),
    "webhook_failing": _("The platform's last call to us failed: %(said)s"),
    "subscribed": _("The page tells our app everything we need to hear."),
    "not_subscribed": _("The platform does not tell us everything. Still to be ticked there: %(names)s"),
    "not_subscribed_at_all": _("Our app is not connected with the page there: no message would reach us."),
    "not_active": _("The platform has stopped this account: %(said)s"),
    "on_trial": _("This is a trial account: it writes only to numbers that were verified there."),
    "poor_quality": _("Shoppers have complained: the platform rates this number %(said)s and may limit it."),
    "breaks_rules": _("The platform says that this account breaks its rules: %(said)s"),
    "poor_wording": _(
        "Shoppers have complained about the wording “%(name)s”: the platform rates it %(said)s and may pause it."
    ),
    "templates_unreachable": _("Approved wordings cannot be fetched: “%(setting)s” is missing."),
    "webhook_unverified": _("The webhook is not verified yet: nothing has come in from the platform so far."),
}


def ok(code: str, **facts: str) -> Finding:
    return Finding(code, Level.OK, facts)


def warning(code: str, **facts: str) -> Finding:
    return Finding(code, Level.WARNING, facts)


def wrong(code: str, **facts: str) -> Finding:
    return Finding(code, Level.ERROR, {name: fact[:LONGEST_FACT] for name, fact in facts.items()})


def webhook(there: str, *, ours: str) -> Finding:
    """Whether the address the platform calls is ours."""
    if not there:
        return wrong("webhook_missing")
    return ok("webhook_set") if there.rstrip("/") == ours.rstrip("/") else wrong("webhook_elsewhere", there=there)


def in_words(finding: Finding, *, called: Callable[[str], str] = str) -> str:
    """The sentence; `called` gives the name of a setting. A code of another version is shown as it is."""
    facts = dict(finding.facts)
    if "setting" in facts:
        facts["setting"] = called(facts["setting"])
    try:
        return str(SENTENCES[finding.code]) % facts
    except KeyError:
        return finding.code


def is_broken(findings: list[Finding]) -> bool:
    return any(finding.level is Level.ERROR for finding in findings)
