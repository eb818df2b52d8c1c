"""What approved wordings are for: each purpose with the values it gives, in order, and samples to show it with.

The words of those who speak (notifications) name a purpose and give exactly these values; a test holds them to it.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Value:
    """What stands for {{n}}: its name, and a sample as a shopper would read it."""

    name: Any
    sample: Any


@dataclass(frozen=True, slots=True)
class Purpose:
    label: Any
    values: tuple[Value, ...]
    is_offer: bool = False  # for those who said yes to offers; "marketing" to the platform


ORDER = Value(_("order number"), "K7QM-2XPD")
AMOUNT = Value(_("amount"), _("€49.90"))
CARRIER = Value(_("carrier"), "DHL")
TRACKING = Value(_("tracking number"), "00340434161094042557")
RETURN = Value(_("return number"), "K7QM-2XPD-R1")
POINTS = Value(_("how many points"), "120")
DAY = Value(_("day"), _("3 March"))
LEVEL = Value(_("level"), pgettext_lazy("a level of the points", "Gold"))

PURPOSES: dict[str, Purpose] = {
    "order_paid": Purpose(_("order paid"), (ORDER, AMOUNT)),
    "order_reserved": Purpose(_("order placed, money reserved"), (ORDER, AMOUNT)),
    "order_captured": Purpose(_("reserved money taken"), (ORDER, AMOUNT)),
    "order_released": Purpose(_("reserved money let go"), (ORDER, AMOUNT)),
    "order_shipped": Purpose(_("parcel on its way"), (ORDER, CARRIER, TRACKING)),
    "order_delivered": Purpose(_("parcel arrived"), (ORDER,)),
    "order_cancelled": Purpose(_("order called off"), (ORDER,)),
    "order_refunded": Purpose(_("money on its way back"), (ORDER, AMOUNT)),
    "order_refund_waiting": Purpose(_("money waits to be paid back"), (ORDER,)),
    "order_expired": Purpose(_("order not paid in time"), (ORDER,)),
    "order_unfillable": Purpose(_("sold out after payment"), (ORDER,)),
    "order_review": Purpose(_("a person looks at the payment"), (ORDER,)),
    "return_requested": Purpose(_("return asked for"), (RETURN,)),
    "return_approved": Purpose(_("return approved"), (RETURN,)),
    "return_declined": Purpose(_("return declined"), (RETURN,)),
    "return_label": Purpose(_("return label ready"), (RETURN,)),
    "return_label_failed": Purpose(_("return label failed"), (RETURN,)),
    "return_underway": Purpose(_("return on its way"), (RETURN,)),
    "return_arrived": Purpose(_("return arrived"), (RETURN,)),
    "return_received": Purpose(_("return looked at"), (RETURN,)),
    "return_refunded": Purpose(_("return paid back"), (RETURN,)),
    "return_replaced": Purpose(_("replacement sent"), (RETURN,)),
    "return_cancelled": Purpose(_("return called off"), (RETURN,)),
    "return_unpaid": Purpose(_("exchange to be paid"), (RETURN,)),
    "points_earned": Purpose(_("points earned"), (POINTS, DAY)),
    "points_available": Purpose(_("points can be spent"), (POINTS,)),
    "points_expiring": Purpose(_("points expire"), (POINTS, DAY)),
    "points_given": Purpose(_("points given"), (POINTS,)),
    "points_birthday": Purpose(_("birthday points"), (POINTS,), is_offer=True),
    "tier_reached": Purpose(_("level reached"), (LEVEL,)),
    "tier_changed": Purpose(_("level changed"), (LEVEL,)),
    "tier_lost": Purpose(_("level lost"), ()),
    "back_in_stock": Purpose(
        _("back in stock"), (Value(_("product"), _("Blue linen shirt, M")), Value(_("until when"), "18:30"))
    ),
}


def count_for(purpose: str) -> int | None:
    """How many values a purpose gives; None for one nobody here knows."""
    known = PURPOSES.get(purpose)
    return None if known is None else len(known.values)


def samples_for(purpose: str) -> tuple[str, ...]:
    """In the active language."""
    known = PURPOSES.get(purpose)
    return () if known is None else tuple(str(value.sample) for value in known.values)
