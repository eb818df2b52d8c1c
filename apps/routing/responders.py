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
    """What decides who fits. `known` are the people who answered this shopper before, the latest first; `group` is an
    `Assignment.meant_for`."""

    language: str
    topic: str = ""
    wanted: int | None = None
    group: str = ""
    known: list[int] = field(default_factory=list)

    def is_meant(self, person: Any) -> bool:
        """It is this one the shopper asked for, or a colleague passes the thread on to."""
        if not self.group:
            return bool(person.user_id == self.wanted)
        kind, _colon, which = self.group.partition(":")
        return {
            "store": str(person.location_id) == which,
            "skill": which in skills_of(person),
            "role": person.role == which,
        }[kind]

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
    conversation: Conversation, *, asking: Assignment | None = None, without: Collection[int] = ()
) -> Responder | None:
    """Whom to ask next: whom this `asking` is meant for if they are there, else whoever answered this shopper before,
    else who fits best. None where nobody is there with room for another shopper.

    Not asked are whoever has the thread or gives it away, who was asked in this asking before, and anybody in `without`.
    While somebody has the thread, only those it is meant for are asked.
    """
    staff = people_here().exclude(user__in=without).exclude(user=conversation.owner_user_id)
    if asking is not None:
        staff = staff.exclude(user=asking.given_by_id)
        staff = staff.exclude(Exists(Offer.objects.filter(assignment=asking, user=OuterRef("user"))))
    here = on_duty(staff, conversation.merchant)
    if not here:
        return None
    known = _known_to(conversation, [person.user_id for person in here])
    wish = _wish(conversation, asking, known)
    if conversation.owner != Conversation.Owner.BOT and (wish.wanted or wish.group):
        here = [person for person in here if wish.is_meant(person)]
    fitting = [person for person in here if has_room(person, wish)]
    best = min(fitting, key=lambda person: _rank(person, wish), default=None)
    return Responder(best.user, best.user_id in known) if best else None


def _wish(conversation: Conversation, asking: Assignment | None, known: list[int]) -> Wish:
    if asking is None:
        return Wish(conversation.language, known=known)
    topic = topic_of(asking.reason, asking.context)
    return Wish(conversation.language, topic, asking.wanted_id, asking.meant_for, known)


def skills_of(person: Any) -> set[str]:
    return {skill.lower() for skill in person.skills}


def _known_to(conversation: Conversation, among: Collection[int]) -> list[int]:
    """Who of them has answered this shopper before, on whatever channel, the latest first."""
    taken = ThreadEvent.objects.filter(
        kind="taken", actor__in=among, conversation__identity__customer=conversation.identity.customer_id
    )
    return list(dict.fromkeys(taken.order_by("-pk").values_list("actor_id", flat=True)[:REMEMBERED]))


def has_room(person: Any, wish: Wish) -> bool:
    """One question at a time, except from the shoppers somebody has already; those alone on `on_shift`."""
    if person.held + person.asked >= person.most_chats:
        return False
    return wish.is_own(person) or (person.state == Presence.State.AVAILABLE and not person.asked)


def _rank(person: Any, wish: Wish) -> tuple[Any, ...]:
    known = wish.known.index(person.user_id) if person.user_id in wish.known else len(wish.known)
    speaks = not person.languages or wish.language in person.languages
    skilled = not wish.topic or not person.skills or wish.topic in skills_of(person)
    return (
        not wish.is_meant(person),
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
