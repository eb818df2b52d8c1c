"""What must always be true of figures; run by `manage.py check_invariants`."""

from collections.abc import Callable

from django.db.models import Exists, F, OuterRef, Q

from apps.customers.actions.privacy import ERASED
from apps.customers.models import Identity

from .models import CustomerFigures
from .segments import SCORES, segment_of


def nobody_is_counted_who_is_gone() -> list[str]:
    """Nobody has figures who became another customer or was forgotten, and none stand in another shop's books."""
    erased = Identity.objects.filter(customer=OuterRef("customer"), external_id__startswith=ERASED)
    gone = Q(customer__merged_into__isnull=False) | Q(Exists(erased)) | ~Q(customer__merchant=F("merchant"))
    found = CustomerFigures.objects.filter(gone).order_by("pk")
    return [f"customer {row.customer_id} is counted and is gone" for row in found[:100]]


def segments_are_of_their_scores() -> list[str]:
    """Each customer is in the segment that recency and frequency say."""
    right = Q()
    for recency in SCORES:
        for frequency in SCORES:
            right |= Q(recency=recency, frequency=frequency, segment=segment_of(recency, frequency))
    found = CustomerFigures.objects.exclude(right).order_by("pk")
    return [f"customer {row.customer_id} scores {row} and is {row.segment}" for row in found[:100]]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "insights: nobody is counted who is gone": nobody_is_counted_who_is_gone,
    "insights: segments are of their scores": segments_are_of_their_scores,
}
