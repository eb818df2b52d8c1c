"""Whom to ask for a shopper: the one they know, then the store's team, the other colleagues, the experts."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef

from apps.conversations.models import Conversation, ThreadEvent
from apps.merchants.models import StaffRole

from .models import Assignment, Offer, Presence
from .presence import on_duty, people_here

LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
STORE_TEAM = (StaffRole.Role.ASSOCIATE, StaffRole.Role.LEAD)
REMEMBERED = 20  # hand-overs of a shopper that are looked through for whom they know


@dataclass(frozen=True, slots=True)
class Wish:
    """What decides who fits. `known` are the people who answered this shopper before, the latest first."""

    language: str
    topic: str = ""
    wanted: int | None = None
    known: list[int] = field(default_factory=list)

    def is_own(self, person: Any) -> bool:
        return person.user_id == self.wanted or person.user_id in self.known


@dataclass(frozen=True, slots=True)
class Responder:
    """`is_known`: they have answered this shopper before."""

    user: Any
    is_known: bool


def topic_of(reason: str, context: dict[str, Any]) -> str:
    """What it is about, by the name skills have it: "returns", "checkout"; "" where that is not known."""
    _kind, _colon, where = reason.partition(":")
    doing = context.get("doing") or [where]
    return str(doing[0]).partition("/")[0]


def choose_responder(
    conversation: Conversation,
    *,
    topic: str = "",
    wanted: int | None = None,
    asking: Assignment | None = None,
    without: Collection[int] = (),
) -> Responder | None:
    """Whom to ask next: the `wanted` one if they are there, else whoever answered this shopper before, else who fits
    best. Who was asked in this `asking` is not asked again, nor is anybody in `without`. None where nobody is there with room for another shopper."""
    staff = people_here().exclude(user__in=without)
    if asking is not None:
        staff = staff.exclude(Exists(Offer.objects.filter(assignment=asking, user=OuterRef("user"))))
    here = on_duty(staff, conversation.merchant)
    if not here:
        return None
    known = _known_to(conversation, [person.user_id for person in here])
    wish = Wish(conversation.language, topic, wanted, known)
    fitting = [person for person in here if _has_room(person, wish)]
    best = min(fitting, key=lambda person: _rank(person, wish), default=None)
    return Responder(best.user, best.user_id in known) if best else None


def _known_to(conversation: Conversation, among: Collection[int]) -> list[int]:
    """Who of them has answered this shopper before, on whatever channel, the latest first."""
    taken = ThreadEvent.objects.filter(
        kind="taken", actor__in=among, conversation__identity__customer=conversation.identity.customer_id
    )
    return list(dict.fromkeys(taken.order_by("-pk").values_list("actor_id", flat=True)[:REMEMBERED]))


def _has_room(person: Any, wish: Wish) -> bool:
    """One question at a time, except from the shoppers somebody has already; those alone on `on_shift`."""
    if person.held + person.asked >= person.most_chats:
        return False
    return wish.is_own(person) or (person.state == Presence.State.AVAILABLE and not person.asked)


def _rank(person: Any, wish: Wish) -> tuple[Any, ...]:
    known = wish.known.index(person.user_id) if person.user_id in wish.known else len(wish.known)
    speaks = not person.languages or wish.language in person.languages
    skilled = not wish.topic or not person.skills or wish.topic in {skill.lower() for skill in person.skills}
    return (
        person.user_id != wish.wanted,
        known,
        not speaks,
        _tier(person),
        not skilled,
        person.held + person.asked,
        person.asked_at or LONG_AGO,
        person.pk,
    )


def _tier(person: StaffRole) -> int:
    if person.role == StaffRole.Role.EXPERT:
        return 2
    return 0 if person.location_id and person.role in STORE_TEAM else 1
