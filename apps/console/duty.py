"""Taking chats: the switch, what somebody is asked to take, and how many each colleague has."""

from typing import Any

from django.utils.translation import gettext

from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.routing.actions import OfferOver, Taken, accept, claim
from apps.routing.models import Offer, Presence
from apps.routing.offers import decline, withdraw_offers
from apps.routing.presence import LONGEST_NOTE, SEEN_WITHIN, on_duty, people, switch

from .access import Seat
from .desk import Refused, thread_of

TAKES_NONE = (Presence.State.AWAY, Presence.State.OFF)


def team(merchant: Merchant) -> dict[str, Any]:
    """Whoever has a console here: `{"people": [{"id", "name", "state", "note", "held", "most", "here"}]}`.

    `state` is what holds: who would not be asked because the shop is closed is off until they switch on themselves.
    """
    since = clock.now() - SEEN_WITHIN
    staff = list(people().filter(seen_at__isnull=False).order_by("user_id"))
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
            }
            for person in staff
        ],
    }


def _is_idle(person: Any, working: set[int]) -> bool:
    return person.pk not in working and person.state not in TAKES_NONE


def set_presence(seat: Seat, state: Any, note: Any) -> dict[str, Any]:
    """The person's own switch; who takes no more chats is not asked any longer either. Returns the team as it is then."""
    if not isinstance(state, str) or state not in Presence.State.values:
        raise Refused("bad_state", "state is available, on_shift, away or off.")
    note = note.strip() if isinstance(note, str) and state != Presence.State.AVAILABLE else ""
    if len(note) > LONGEST_NOTE:
        raise Refused("too_long", gettext("This note is too long. A time or a few words are enough."))
    switch(seat.user, seat.merchant.pk, state=state, note=note)
    if state in TAKES_NONE:
        withdraw_offers(seat.user)
    return team(seat.merchant)


def accept_offer(seat: Seat, offer_id: Any) -> str:
    """The person takes what they were asked to; returns the thread."""
    offer = _own(seat, offer_id)
    try:
        accept(offer, seat.user)
    except Taken as taken:
        raise _taken(taken) from taken
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


def claim_thread(seat: Seat, public_id: Any, seen: Any) -> None:
    """Take over from whom the person saw answering: `seen` is a user's number, None the assistant."""
    if seen is not None and (not isinstance(seen, int) or isinstance(seen, bool)):
        raise Refused("bad_number", "seen is the number of a person, or null.")
    try:
        claim(thread_of(public_id), seat.user, seen=seen)
    except Taken as taken:
        raise _taken(taken) from taken
    except OfferOver as over:
        raise Refused("not_found", gettext("This conversation is not here.")) from over


def _own(seat: Seat, offer_id: Any) -> Offer:
    """An offer to this person. Another's and one that never was are the same answer."""
    found = None
    if isinstance(offer_id, int) and not isinstance(offer_id, bool) and 0 < offer_id < 2**63:
        offers = Offer.objects.select_related("assignment__conversation__identity")
        found = offers.filter(pk=offer_id, user=seat.user).first()
    if found is None:
        raise Refused("not_found", gettext("You are not asked to take this chat."))
    return found


def _taken(taken: Taken) -> Refused:
    name = taken.holder.shown_name if taken.holder else gettext("Somebody else")
    return Refused("taken", gettext("{name} was faster and answers now.").format(name=name))


def _why_over(offer: Offer) -> str:
    thread = Conversation.objects.get(pk=offer.assignment.conversation_id)
    if thread.waiting_since is None:
        return gettext("The shopper needs no person any more.")
    return gettext("Your time to accept is over. You can still take the chat from the list.")
