"""A thread goes from one person to another, with a note that the shopper never sees."""

import uuid
from typing import Any

from django.utils.translation import gettext

from apps.merchants.models import Location, StaffRole
from apps.routing.actions import OfferOver, Taken
from apps.routing.responders import skills_of
from apps.routing.transfers import LONGEST_NOTE, NobodyThere, call_off, transfer

from .access import Seat
from .desk import Refused, faster, thread_of

LEADS = (StaffRole.Role.LEAD, StaffRole.Role.MANAGER, StaffRole.Role.ADMIN)


def pass_on(seat: Seat, public_id: Any, to: Any, note: Any, waits: Any, *, client_id: uuid.UUID) -> None:
    """`to` is "person:<number>", "store:<number>", "skill:<name>", "role:expert", or "" for the whole team.

    Only who has the thread passes it on, or who leads the team. The same `client_id` twice is once. Raises `Refused`.
    """
    conversation = thread_of(public_id)
    note = note.strip() if isinstance(note, str) else ""
    if len(note) > LONGEST_NOTE:
        raise Refused("too_long", gettext("This note is too long. The next one needs only what matters."))
    person, group = _whom(to)
    try:
        transfer(
            conversation,
            seat.user,
            person=person,
            group=group,
            note=note,
            waits=waits is True,
            is_lead=seat.role in LEADS,
            client_id=str(client_id),
        )
    except Taken as taken:
        raise _not_yours(taken) from taken
    except OfferOver as over:
        raise Refused("not_found", gettext("This conversation is not here.")) from over
    except NobodyThere as nobody:
        raise Refused(
            "nobody", gettext("Nobody there can take it now. Choose somebody else, or let it wait in the list.")
        ) from nobody


def stop(seat: Seat, public_id: Any) -> None:
    """Passed on no longer; too late changes nothing."""
    try:
        call_off(thread_of(public_id), seat.user, is_lead=seat.role in LEADS)
    except Taken as taken:
        raise _not_yours(taken) from taken
    except OfferOver as over:
        raise Refused("not_found", gettext("This conversation is not here.")) from over


def _not_yours(taken: Taken) -> Refused:
    if taken.holder is None:
        return Refused("not_yours", gettext("Only who answers here can pass the chat on. Take it over first."))
    return faster(taken)


def _whom(to: Any) -> tuple[int | None, str]:
    """A person of this shop, or a group of them."""
    if not isinstance(to, str) or len(to) > 60:
        raise Refused("not_found", _unknown())
    kind, _colon, which = to.partition(":")
    if not to or (kind == "role" and which == StaffRole.Role.EXPERT):
        return None, to
    number = int(which) if which.isdecimal() and which.isascii() and len(which) < 19 else 0
    staff = StaffRole.objects.filter(is_active=True, user__is_active=True)
    if kind == "person" and staff.filter(user=number).exists():
        return number, ""
    if kind == "store" and Location.objects.filter(pk=number).exists():
        return None, to
    if kind == "skill" and any(which in skills_of(person) for person in staff):
        return None, to
    raise Refused("not_found", _unknown())


def _unknown() -> str:
    return gettext("This colleague does not work here any more. Choose somebody else.")
