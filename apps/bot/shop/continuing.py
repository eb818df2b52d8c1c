"""Going on elsewhere: a way out of this thread, once; into this one from another; and back where it was not them."""

import datetime as dt
from typing import Any

from django.utils.translation import override

from apps.carts.models import Cart
from apps.catalog.products import variant_label, with_kinds
from apps.conversations.actions import insert_internal_event, language_of, lock_threads
from apps.conversations.actions.record import record_event
from apps.conversations.entry_links import open_ways
from apps.conversations.models import Conversation, Message
from apps.customers.actions import (
    Joined,
    LinkCodeLocked,
    LinkCodeOwn,
    LinkCodeUsed,
    LinkCodeWrong,
    MergeRefused,
    NotUndoable,
    asked_for_by,
    continue_url,
    issue_continuation,
    issue_store_code,
    join_by_code,
    join_by_token,
    undo_merges_since,
    word_to_continue,
)
from apps.customers.actions.link import LIFETIME
from apps.customers.models import Customer, Merge
from apps.loyalty.models import LoyaltyMembership
from apps.merchants import clock
from apps.merchants.models import Location
from apps.messaging.channel import channel_for
from apps.orders.actions import orders_to_pay

from ..models import Session
from ..so_far import frames_to_take, lines_of
from .carts import Carts

UNDO_WITHIN = dt.timedelta(days=1)


class Continuing(Carts):
    def continuation(self, *, on: str = "") -> dict[str, Any]:
        """A code and a link, either of them once. The link opens `on` where the shop has that channel and its platform
        takes a word along ("opens": its name), else the page that lists all."""
        way = issue_continuation(self.conversation.identity)
        word = word_to_continue(way.token)
        open_here = {one.kind: one.label for one in open_ways(self.merchant, word, language=self.language)}
        opens = open_here.get(on, "") if on != self.conversation.channel_account.kind else ""
        others = [kind for kind in open_here if kind != self.conversation.channel_account.kind]
        return {
            "code": way.code,
            "url": continue_url(way.token, on=on if opens else "") if others else "",
            "opens": opens,
            "has_store": bool(Location.objects.filter(is_store=True).exists()),
        }

    def store_code(self) -> str:
        """For a colleague in the store to type."""
        return issue_store_code(self.conversation.identity)

    def has_history(self) -> bool:
        """Whether there is anything of this shopper's own that somebody else must not see: orders, addresses, points, a
        number, or what they wrote before they can have had this code."""
        person = self.customer
        before = clock.now() - 2 * LIFETIME
        wrote = Message.objects.filter(conversation__identity__customer=person, author=Message.Author.SHOPPER)
        own = (
            person.orders.exists,
            person.addresses.exists,
            LoyaltyMembership.objects.filter(customer=person).exists,
            wrote.filter(occurred_at__lt=before).exists,
        )
        return bool(person.email or person.phone) or any(exists() for exists in own)

    def go_on_here(self, *, code: str = "", token: str = "") -> dict[str, Any]:
        """Take over by a code or a link what was begun on another channel, whose thread is told: {"from": its name,
        "language", "unpaid": numbers of orders that wait for money, "came": what came into the cart, None where two were
        not poured into one, "summary": lines, "frames", "shown", "focus", "listing": what was under way, "person": who
        answered there, {} for nobody, "waits": whether somebody was awaited, "merge": by which it can be undone, 0 for none}; or {"problem": wrong | used | own | locked,
        "until"}."""
        identity = self.conversation.identity
        before = identity.customer.pk
        asked = asked_for_by(self.merchant, code=code, token=token)
        lock_threads(identity.customer, *([asked] if asked else []))  # no turn of theirs is cut in two
        try:
            joined = join_by_token(identity, token) if token else join_by_code(identity, code)
        except LinkCodeUsed:
            return {"problem": "used"}
        except LinkCodeOwn:
            return {"problem": "own"}
        except (LinkCodeWrong, MergeRefused):
            return {"problem": "wrong"}
        except LinkCodeLocked as locked:
            return {"problem": "locked", "until": self.moment(locked.until)}
        found = {"unpaid": orders_to_pay(joined.customer), "came": self._poured(before, joined.customer)}
        origin = (
            Conversation.objects.filter(identity=joined.origin)
            .select_related("channel_account__merchant", "owner_user", "identity__customer")
            .first()
        )
        return found | self._brought(origin, joined)

    def _brought(self, origin: Conversation | None, joined: Joined) -> dict[str, Any]:
        """What was under way in the thread they come from; it is told, and lets go of it."""
        kind = joined.origin.channel_account.kind
        state: dict[str, Any] = {}
        if origin is not None:
            session = Session.objects.filter(conversation=origin).first()
            state = session.state if session else {}
            self._tell(origin, joined)
        language = language_of(origin) if origin is not None else self.language
        answering = origin.owner_user if origin is not None else None
        return {
            "from": str(channel_for(kind).label),
            "kind": kind,
            "language": language,
            "summary": lines_of(state, cart_in_words(joined.customer, language), language),
            "frames": frames_to_take(state),
            "shown": state.get("shown", []),
            "focus": state.get("focus", {}),
            "listing": state.get("listing", {}),
            "person": {"user": answering.pk, "name": answering.shown_name} if answering else {},
            "merge": joined.merge.pk if joined.merge else 0,
            "waits": origin is not None and origin.waiting_since is not None,
        }

    def _tell(self, origin: Conversation, joined: Joined) -> None:
        """The thread they come from; and where that was joined to others today, those too: whoever was robbed of one
        channel learns of the next. Whoever has the thread, the assistant or a person, does not matter."""
        here = self.conversation.channel_account.kind
        record_event(origin, "went_on", data={"to": here})
        merge = joined.merge.pk if joined.merge else 0
        for thread in [origin, *(self._others_of(joined, origin) if merge else ())]:
            tell_where(thread, self.conversation, merge=merge, is_left=thread == origin)

    def _others_of(self, joined: Joined, origin: Conversation) -> list[Conversation]:
        """The threads this person had before the one they come from was joined to them, within the time of undoing."""
        since = clock.now() - UNDO_WITHIN
        own = Merge.objects.filter(target=joined.customer, undone_at=None, merged_at__gte=since)
        if not any(joined.origin.pk in merge.moved["identities"] for merge in own if merge != joined.merge):
            return []
        moved = joined.merge.moved["identities"] if joined.merge else []
        threads = Conversation.objects.filter(identity__customer=joined.customer).exclude(identity__in=moved)
        return list(threads.exclude(pk=origin.pk).select_related("identity", "channel_account").order_by("pk"))

    def note_going_on(self, *, kind: str, summary: str) -> dict[str, Any]:
        """For whoever reads along: where the shopper comes from, and what it was about."""
        record_event(self.conversation, "continued", data={"from": kind, "summary": summary})
        return {}

    def undo_going_on(self, *, merge: int) -> dict[str, Any]:
        """It was not them, or a mistake: each channel is its own person's again, whichever of the two says so. {"problem": late} where it is too late for that,
        or the two were told apart already."""
        since = clock.now() - UNDO_WITHIN
        found = Merge.objects.filter(pk=merge, undone_at=None, merged_at__gte=since).first()
        if found is None:
            return {"problem": "late"}
        lock_threads(self.customer)
        self.conversation.identity.refresh_from_db(fields=["customer"])  # as it is now that nobody else joins or parts
        try:
            undo_merges_since(found, by=self.customer)
        except NotUndoable:
            return {"problem": "late"}
        self.conversation.identity.refresh_from_db(fields=["customer"])
        return {}

    def _poured(self, joining: int, customer: Customer) -> dict[str, Any] | None:
        merge = Merge.objects.filter(source=joining, target=customer, undone_at=None).first()
        part = merge.moved["parts"]["carts"] if merge else {}
        return self.came_along(part) if part.get("added") or part.get("short") or part.get("full") else None


def tell_where(thread: Conversation, here: Conversation, *, merge: int, is_left: bool) -> None:
    """Into `thread`: its person goes on `here`, with a way to undo `merge`, 0 for none. `is_left`: what is under way there
    went along."""
    to = str(channel_for(here.channel_account.kind).label)
    key = f"went_on:{thread.pk}:{here.pk}:{clock.now().timestamp()}"
    insert_internal_event(thread, "went_on", {"fence": None, "to": to, "merge": merge, "is_left": is_left}, key=key)


def cart_in_words(customer: Customer, language: str) -> list[str]:
    """What lies in the open cart, a line each."""
    cart = Cart.objects.filter(customer=customer, status=Cart.Status.OPEN).first()
    if cart is None:
        return []
    lines = cart.lines.select_related("variant__product").prefetch_related(with_kinds("variant__values"))
    with override(language):
        return [f"{line.quantity} × {variant_label(line.variant)}" for line in lines.order_by("pk")]
