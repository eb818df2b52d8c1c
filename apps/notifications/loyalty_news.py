"""What a member hears of their points: earned, given for an occasion, another level. Each fact once, like an order's.

A birthday is an offer and needs the consent for offers; all other news belong to what the member joined.
Where the time to answer freely is over, an approved wording of this purpose stands in, if the shop has one:
"points_earned" (how many, the day they can be spent), "points_available" (how many), "points_expiring" (how many, the first day), "points_given" (how many), "points_birthday" (how many),
"tier_reached" (the level), "tier_changed" (the level) and "tier_lost" (nothing).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import structlog
from babel.dates import format_date
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django_scopes import scope, scopes_disabled

from apps.carts.money import LOCALES
from apps.conversations.actions import send_message
from apps.conversations.actions.send import language_of
from apps.conversations.models import Conversation, Message
from apps.loyalty.models import LoyaltyEvent, Tier
from apps.merchants import clock
from apps.messaging.content import Choice, Content, OrderUpdate

from .actions import SWEEP_WINDOW, best_conversation, later, ours_to_tell
from .models import Notice

logger = structlog.get_logger(__name__)
LOYALTY = "loyalty"
OFFERS = ("birthday",)


def run_due(limit: int = 20) -> int:
    """Tell what has not been told yet, oldest first. Returns how many facts were settled. For the worker."""
    due = _untold(limit)
    for event in due:
        with scope(merchant=event.merchant):
            try:
                tell(event)
            except Exception as error:  # one fact that cannot be told must not keep the others waiting
                logger.exception("notice.failed", loyalty_event=event.pk)
                later(LOYALTY, event, error)
    return len(due)


def _untold(limit: int) -> list[LoyaltyEvent]:
    with scopes_disabled():
        spoken = Notice.objects.filter(source=LOYALTY, event=OuterRef("pk")).exclude(next_at__lte=clock.now())
        recent = LoyaltyEvent.objects.filter(created_at__gt=clock.now() - SWEEP_WINDOW)
        return list(recent.filter(~Exists(spoken)).select_related("merchant").order_by("pk")[:limit])


@transaction.atomic
def tell(event: LoyaltyEvent) -> Notice | None:
    """Say this fact to the member, once. None when somebody else has it in hand or has told it."""
    notice = ours_to_tell(LOYALTY, event)
    if notice is None:
        return None
    is_offer = event.data.get("rule") in OFFERS
    purpose = Message.Purpose.CAMPAIGN if is_offer else Message.Purpose.TRANSACTIONAL

    def said_in(thread: Conversation) -> list[Content]:
        language = language_of(thread)
        with override(language):
            content = content_for(event, language=language)
        return [] if content is None else [content]

    conversation = best_conversation(event.membership.customer, purpose=purpose, said_in=said_in)
    if conversation is None or event.membership.ended_at is not None:
        return notice
    for content in said_in(conversation):
        notice.message = send_message(conversation, content, author=Message.Author.SYSTEM, purpose=purpose)
        notice.save(update_fields=["message"])
    return notice


def content_for(event: LoyaltyEvent, *, language: str) -> Content | None:
    """The words in the active language; none where there is nothing to say any more."""
    said = SPEAKERS[event.kind](event, language)
    if said is None:
        return None
    mine = Choice(label=_("My points"), action={"do": "points"})
    more = Choice(label=_("Redeem points"), action={"do": "rewards"})
    return OrderUpdate(
        text=said.text, state=said.purpose, template=said.purpose, variables=said.variables, choices=(mine, more)
    )


@dataclass(frozen=True, slots=True)
class Said:
    """The words, and what an approved wording of the same purpose is filled with."""

    text: str
    purpose: str
    variables: tuple[str, ...] = ()


def _earned(event: LoyaltyEvent, language: str) -> Said:
    points = int(event.data["points"])
    available = dt.datetime.fromisoformat(event.data["available_at"])
    if available <= event.created_at:
        return Said(_given(points), "points_given", (str(points),))
    day = _day(event, available, language)
    said = ngettext(
        "You earned %(count)d point with your order; it can be spent from %(day)s.",
        "You earned %(count)d points with your order; they can be spent from %(day)s.",
        points,
    )
    return Said(said % {"count": points, "day": day}, "points_earned", (str(points), day))


def _available(event: LoyaltyEvent, language: str) -> Said:
    points = int(event.data["points"])
    said = ngettext("%(count)d point can be spent now.", "%(count)d points can be spent now.", points)
    return Said(said % {"count": points}, "points_available", (str(points),))


def _expiring(event: LoyaltyEvent, language: str) -> Said | None:
    points, first = int(event.data["points"]), dt.datetime.fromisoformat(event.data["first"])
    if first <= clock.now():
        return None
    said = ngettext(
        "%(count)d of your points expires on %(day)s.", "%(count)d of your points expire, the first on %(day)s.", points
    )
    day = _day(event, first, language)
    return Said(said % {"count": points, "day": day}, "points_expiring", (str(points), day))


def _day(event: LoyaltyEvent, moment: dt.datetime, language: str) -> str:
    local = moment.astimezone(event.merchant.zone).date()
    return format_date(local, "medium", locale=LOCALES.get(language, "en"))


def _given(points: int) -> str:
    said = ngettext("You earned %(count)d point.", "You earned %(count)d points.", points)
    return said % {"count": points}


def _bonus(event: LoyaltyEvent, language: str) -> Said:
    points, rule = int(event.data["points"]), event.data["rule"]
    opening = {
        "birthday": _("Happy birthday!"),
        "referrer": _("A friend you invited has ordered. Thank you!"),
        "friend": _("Thank you for coming by invitation."),
        "review": _("Thank you for your rating."),
    }.get(rule, "")
    purpose = "points_birthday" if rule in OFFERS else "points_given"
    return Said(f"{opening} {_given(points)}".strip(), purpose, (str(points),))


def _tier(event: LoyaltyEvent, language: str) -> Said | None:
    tier: Any = Tier.objects.filter(pk=event.data["tier"]).first()
    if event.data["is_up"] and tier is not None:
        return Said(_("You have reached the level %s.") % tier.name, "tier_reached", (tier.name,))
    if event.data["is_up"]:
        return None
    if tier is None:
        lost = _("Your points of the last twelve months no longer make a level. The next orders count again.")
        return Said(lost, "tier_lost")
    return Said(_("Your level is %s now. The next orders count again.") % tier.name, "tier_changed", (tier.name,))


SPEAKERS = {"earned": _earned, "available": _available, "bonus": _bonus, "tier": _tier, "expiring": _expiring}
