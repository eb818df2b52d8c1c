"""What is near: pick-up points, by a postcode or by where the shopper is.

A shared location is read from the message it came in and nowhere else: what a turn keeps of it is the message's id.
"""

from typing import Any

from apps.carts.actions import open_cart, set_delivery
from apps.carts.models import DeliveryMethod, PickupPoint
from apps.carts.points import MOST, NEAREST, has_point, knows_places, points_around, points_near
from apps.carts.quote import quote
from apps.carts.spoken import distance_in_words
from apps.carts.stores import pick_up_places, stores
from apps.conversations.models import Message
from apps.merchants.globe import Spot
from apps.merchants.models import Location
from apps.messaging.channel import channel_for

from .base import Desk

STORES = 3  # each with its address, hours and pick-up: more would be a wall of text


class Places(Desk):
    def pickup_points(self, *, method: int, postcode: str = "", here: str = "", skip: int = 0) -> dict[str, Any]:
        """Five "points" of this way, those after `skip` others, and whether there are "more": nearest to the place in the
        message `here`, else to the postcode, else to where the cart goes; none where the way needs none (`is_needed`).

        `chosen` is the one the cart goes to, 0 for none that is open. `is_here`: they are measured from the message.
        `asks`: the channel can ask for a location, and some point can be measured from it.
        """
        row = DeliveryMethod.objects.filter(pk=method, is_active=True).first()
        cart = open_cart(self.customer)
        home = cart.address
        if row is None or not row.to_point or home is None:
            return {
                "is_needed": False, "points": [], "chosen": 0, "postcode": "", "is_here": False, "asks": False, "more": False,
            }  # fmt: skip
        near, spot = postcode or home.postcode, self._spot(here)
        page: dict[str, Any] = {"country": home.country, "limit": NEAREST + 1, "skip": skip}
        found = points_around(row, here=spot, **page) if spot else []
        is_here = bool(found)
        found = found or points_near(row, postcode=near, **page)
        is_chosen = cart.delivery_method == row and has_point(cart, row)
        return {
            "is_needed": True,
            "points": [self._point(point) for point in found[:NEAREST]],
            "chosen": cart.point_id if is_chosen else 0,
            "postcode": near,
            "is_here": is_here,
            "asks": self.asks_for_place() and knows_places(row, home.country),
            "more": len(found) > NEAREST and skip + NEAREST < MOST,
        }

    def _point(self, point: PickupPoint) -> dict[str, Any]:
        far: float | None = getattr(point, "metres", None)
        return {
            "point": point.pk,
            "name": point.name,
            "street": point.street,
            "town": f"{point.postcode} {point.city}",
            "hours": point.hours,
            "distance": "" if far is None else distance_in_words(far, self.language, country=point.country),
        }

    def collect_at(self, *, point: int) -> dict[str, Any]:
        """The cart goes to this point by the point's own way."""
        row = PickupPoint.objects.select_related("method").filter(pk=point, is_active=True).first()
        if row is None:
            return {"problem": "gone"}
        set_delivery(open_cart(self.customer), method=row.method, point=row)
        return {"point": row.pk}

    def has_stores(self) -> bool:
        return bool(Location.objects.filter(is_store=True).exists())

    def stores(self, *, here: str = "", postcode: str = "", skip: int = 0) -> dict[str, Any]:
        """Three "stores", those after `skip` others, and whether there are "more": nearest to the place in the message
        `here`, else to the postcode, else in the shop's order.

        `picks_up`: "yes" or "no" for the cart as it is, "" while there is nothing in it to pick up. `is_here`: some are
        measured from the message. `asks`: the channel can ask for a location, and there is more than one to choose from.
        """
        spot, cart = self._spot(here), open_cart(self.customer)
        found = stores(here=spot, postcode=postcode, limit=STORES + 1, skip=skip)
        needs_way = quote(cart, channel=self.conversation.channel_account.kind).needs_delivery
        taking = pick_up_places(cart) if needs_way and cart.lines.exists() else None
        shown = [self._store(store, taking) for store in found[:STORES]]
        is_known = Location.objects.filter(is_store=True, latitude__isnull=False)
        return {
            "stores": shown,
            "is_here": any(one["distance"] for one in shown),
            "asks": self.asks_for_place() and is_known.count() > 1,
            "more": len(found) > STORES,
        }

    def _store(self, store: Location, taking: set[int] | None) -> dict[str, str]:
        far: float | None = getattr(store, "metres", None)
        country = self.merchant.country
        return {
            "name": store.name,
            "address": ", ".join(part.strip() for part in store.address.splitlines() if part.strip()),
            "hours": store.hours,
            "distance": "" if far is None else distance_in_words(far, self.language, country=country),
            "picks_up": "" if taking is None else "yes" if store.pk in taking else "no",
        }

    def asks_for_place(self) -> bool:
        """Whether this channel has a button with which a shopper shares where they are."""
        return "location" in channel_for(self.conversation.channel_account.kind).capability.requests

    def _spot(self, here: str) -> Spot | None:
        """The place in this message of the shopper's; None once the message was forgotten."""
        if not here:
            return None
        said = Message.objects.filter(conversation=self.conversation, external_id=here, author=Message.Author.SHOPPER)
        content = said.order_by("-seq").values_list("content", flat=True).first() or {}
        told = content.get("data", {}) if content.get("kind") == "location" else {}
        return Spot.of(told.get("latitude"), told.get("longitude"))
