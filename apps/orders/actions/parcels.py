"""What is in which parcel, and what is still to come: for everybody who tells the shopper."""

from dataclasses import dataclass

from ..models import Fulfilment, Order, OrderLine


@dataclass(frozen=True, slots=True)
class Goods:
    """So many of this."""

    title: str
    quantity: int

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


@dataclass(frozen=True, slots=True)
class Parcels:
    """The parcels of an order with their goods, first sent first, and what has not been sent."""

    sent: tuple[tuple[Fulfilment, tuple[Goods, ...]], ...]
    to_come: tuple[Goods, ...]

    @property
    def is_split(self) -> bool:
        """Whether there is more to say than "your order is on its way"."""
        return len(self.sent) > 1 or bool(self.sent and self.to_come)


def parcels_of(order: Order, *, until: int | None = None) -> Parcels:
    """With `until`, as it was when that parcel (its position) had just left. Three queries."""
    lines = list(order.lines.all())
    sent = [
        parcel
        for parcel in order.fulfilments.order_by("position").prefetch_related("lines__line")
        if until is None or parcel.position <= until
    ]
    left = {line.pk: line.quantity - line.dropped - line.handed for line in lines}
    for parcel in sent:
        for packed in parcel.lines.all():
            left[packed.line_id] -= packed.quantity
    return Parcels(
        sent=tuple((parcel, _inside(parcel)) for parcel in sent),
        to_come=tuple(_some(line, left[line.pk]) for line in lines if left[line.pk] > 0),
    )


def _inside(parcel: Fulfilment) -> tuple[Goods, ...]:
    return tuple(_some(packed.line, packed.quantity) for packed in parcel.lines.all())


def _some(line: OrderLine, quantity: int) -> Goods:
    return Goods(line.title, quantity)
