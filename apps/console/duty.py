"""Taking chats: the switch, what somebody is asked to take, and how many each colleague has."""

from typing import Any

from django.utils.translation import gettext

from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.models import Merchant, StaffRole
from apps.routing.actions import OfferOver, Taken, accept
from apps.routing.models import Offer, Presence
from apps.routing.offers import decline, name_of, withdraw_offers
from apps.routing.presence import LONGEST_NOTE, SEEN_WITHIN, TAKING, on_duty, people, switch
from apps.routing.responders import skills_of

from .access import Seat
from .desk import Refused, faster


def team(merchant: Merchant) -> dict[str, Any]:
    """Whoever has a console here: `{"people": [{"id", "name", "state", "note", "held", "most", "here", "languages", "skills",
    "store", "expert"}]}`, with `store` as `{"id", "name"}` or None.

    `state` is what holds: who would not be asked because the shop is closed is off until they switch on themselves.
    """
    since = clock.now() - SEEN_WITHIN
    staff = list(people().filter(seen_at__isnull=False).select_related("location").order_by("user_id"))
    working = {person.pk for person in on_duty(staff, merchant)}
    return {
        "type": "team",
        "people": [
            {
                "id": person.user_id,
                "name": person.user.shown_name,
                "state": Presence.State.OFF if _is_idle(person, working) else person.state,
                "note": person.note,
                "held": person.held,
                "most": person.most_chats,
                "here": person.seen_at >= since,
                "languages": person.languages,
                "skills": sorted(skills_of(person)),
                "store": {"id": person.location_id, "name": person.location.name} if person.location else None,
                "expert": person.role == StaffRole.Role.EXPERT,
            }
            for person in staff
        ],
    }


def _is_idle(person: Any, working: set[int]) -> bool:
    return person.pk not in working and person.state in TAKING


def set_presence(seat: Seat, state: Any, note: Any) -> dict[str, Any]:
    """The person's own switch; who takes no more chats is not asked any longer either. Returns the team as it is then."""
    if not isinstance(state, str) or state not in Presence.State.values:
        raise Refused("bad_state", "state is available, on_shift, away or off.")
    note = note.strip() if isinstance(note, str) and state != Presence.State.AVAILABLE else ""
    if len(note) > LONGEST_NOTE:
        raise Refused("too_long", gettext("This note is too long. A time or a few words are enough."))
    switch(seat.user, seat.merchant.pk, state=state, note=note)
    if state not in TAKING:
        withdraw_offers(seat.user)
    return team(seat.merchant)


def accept_offer(seat: Seat, offer_id: Any) -> str:
    """The person takes what they were asked to; returns the thread."""
    offer = _own(seat, offer_id)
    try:
        accept(offer, seat.user)
    except Taken as taken:
        raise faster(taken) from taken
    except OfferOver as over:
        raise Refused("offer_over", _why_over(offer)) from over
    return str(offer.assignment.conversation.public_id)


def decline_offer(seat: Seat, offer_id: Any, reason: Any) -> str:
    """Not this one; somebody else is asked. Too late changes nothing. Returns the thread."""
    offer = _own(seat, offer_id)
    if not isinstance(reason, str) or reason not in Offer.Reason.values:
        raise Refused("bad_reason", "reason is busy, topic, language or break.")
    decline(offer, seat.user, reason=reason)
    return str(offer.assignment.conversation.public_id)


def _own(seat: Seat, offer_id: Any) -> Offer:
    """An offer to this person. Another's and one that never was are the same answer."""
    found = None
    if isinstance(offer_id, int) and not isinstance(offer_id, bool) and 0 < offer_id < 2**63:
        offers = Offer.objects.select_related("assignment__conversation__identity")
        found = offers.filter(pk=offer_id, user=seat.user).first()
    if found is None:
        raise Refused("not_found", gettext("You are not asked to take this chat."))
    return found


def _why_over(offer: Offer) -> str:
    thread = Conversation.objects.get(pk=offer.assignment.conversation_id)
    if thread.owner != Conversation.Owner.BOT:
        return gettext("This is not to be taken over any more: {name} goes on answering.").format(
            name=name_of(thread.owner_user)
        )
    if thread.waiting_since is None:
        return gettext("The shopper needs no person any more.")
    return gettext("Your time to accept is over. You can still take the chat from the list.")
