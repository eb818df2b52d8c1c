"""Who is at their console, who takes chats, and how many they have."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.hours import is_open
from apps.merchants.models import Merchant, StaffRole

from .models import Offer, Presence

SEEN_WITHIN = dt.timedelta(seconds=45)
SHIFT = dt.timedelta(hours=12)  # who switched on works so long, whatever the shop's hours say
LONGEST_NOTE = 80
TAKING = (Presence.State.AVAILABLE, Presence.State.ON_SHIFT)  # who takes chats, if only their own shoppers'


def mark_present(user: Any, merchant_id: int) -> None:
    """This person's console is open now. What they said with the switch stays said; who never touched it is available."""
    Presence.objects.update_or_create(merchant_id=merchant_id, user=user, defaults={"seen_at": clock.now()})


def switch(user: Any, merchant_id: int, *, state: str, note: str = "") -> None:
    """This person's own word: on, for own shoppers only, away (`note`: until when), or off."""
    now = clock.now()
    said = {"state": state, "note": note[:LONGEST_NOTE], "switched_at": now, "seen_at": now}
    Presence.objects.update_or_create(merchant_id=merchant_id, user=user, defaults=said)


def people() -> Any:
    """Everybody who works here (StaffRole), with `state`, `note`, `switched_at` and `seen_at` of their presence, `held`
    (shoppers they answer now), `asked` (an offer to them is open) and `asked_at` (when they were last asked)."""
    presence = Presence.objects.filter(user=OuterRef("user"))
    threads = Conversation.objects.filter(owner_user=OuterRef("user")).order_by().values("owner_user")
    offers = Offer.objects.filter(user=OuterRef("user"), made_at__gte=clock.now() - SHIFT).order_by("-made_at")
    fields = {name: Subquery(presence.values(name)[:1]) for name in ("state", "note", "switched_at", "seen_at")}
    held = threads.annotate(shoppers=Count("identity__customer", distinct=True)).values("shoppers")
    found = StaffRole.objects.filter(is_active=True, user__is_active=True).annotate(
        **fields,
        held=Coalesce(Subquery(held, output_field=IntegerField()), 0),
        asked=Exists(Offer.objects.filter(user=OuterRef("user"), outcome=Offer.Outcome.OPEN)),
        asked_at=Subquery(offers.values("made_at")[:1]),
    )
    return found.select_related("user")


def people_here() -> Any:
    """Those of them whose console is open and who take chats, if only their own shoppers'."""
    return people().filter(state__in=TAKING, seen_at__gte=clock.now() - SEEN_WITHIN)


def on_duty(staff: Iterable[Any], merchant: Merchant) -> list[Any]:
    """Who of these `people` is here to work: after hours an open console alone is a forgotten one, and only who
    switched on by hand is asked then."""
    since = clock.now() - SHIFT
    found = list(staff)
    by_hand = [person for person in found if person.switched_at and person.switched_at >= since]
    return found if len(by_hand) == len(found) or is_open(merchant) else by_hand
