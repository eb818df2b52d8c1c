"""A number that was somebody's before: whoever writes from it now may prove to be that person."""

from typing import Any

from apps.carts.places import plain_postcode
from apps.conversations.actions import lock_threads
from apps.conversations.models import Conversation
from apps.customers.actions import LinkCodeLocked, MergeRefused, NothingSetApart, ProofWrong, prove, set_apart_of
from apps.customers.models import Merge
from apps.orders.actions import find_order
from apps.orders.models import Order

from .base import Desk
from .continuing import tell_where


class Proving(Desk):
    def is_set_apart(self) -> bool:
        """Whether things of who had this number before are kept from whoever writes from it now."""
        return set_apart_of(self.conversation.identity) is not None

    def prove(self, *, number: str, proof: str) -> dict[str, Any]:
        """By the number of an order with its postcode or e-mail address. {"problem": wrong | locked, "until"}, {} where
        everything is theirs again."""
        identity = self.conversation.identity
        before = set_apart_of(identity)
        if before is None:
            return {}
        lock_threads(identity.customer, before)
        order = find_order(before, number)
        try:
            merge = prove(identity, is_right=order is not None and _fits(order, proof))
        except LinkCodeLocked as locked:
            return {"problem": "locked", "until": self.moment(locked.until)}
        except (ProofWrong, NothingSetApart, MergeRefused):
            return {"problem": "wrong"}
        self._tell_of_proof(merge)
        return {}

    def _tell_of_proof(self, merge: Merge) -> None:
        """On every other channel of this person: number and postcode of an order stand together on a parcel."""
        theirs = Conversation.objects.filter(identity__customer=merge.target_id, identity__blocked_at=None)
        others = theirs.exclude(identity__in=merge.moved["identities"]).order_by("pk")
        for thread in others.select_related("identity", "channel_account"):
            tell_where(thread, self.conversation, merge=merge.pk, is_left=False)


def _fits(order: Order, proof: str) -> bool:
    known = {order.contact_email.casefold(), plain_postcode(order.shipping_address.get("postcode", ""))} - {""}
    return not known.isdisjoint(("".join(proof.split()).casefold(), plain_postcode(proof)))
