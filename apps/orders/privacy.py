"""A person's orders: they follow a merge, are told on request, and lose their names when the person is forgotten."""

from typing import Any

from django.db.models import Q

from apps.customers.models import Customer
from apps.customers.registry import StillNeeded

from .actions.cancel import call_off
from .models import Order, OrderLine, ReturnLabel, ReturnRequest


def merge_orders(source: Customer, target: Customer) -> list[int]:
    """All that one of two ordered belongs to the one they are; which orders that were."""
    moved = list(Order.objects.filter(customer=source).order_by("pk").values_list("pk", flat=True))
    Order.objects.filter(pk__in=moved).update(customer=target)
    return moved


def unmerge_orders(source: Customer, target: Customer, moved: list[int] | None) -> None:
    """What each ordered before they were joined is theirs again."""
    Order.objects.filter(pk__in=moved or (), customer=target).update(customer=source)


def export_orders(customer: Customer) -> list[dict[str, Any]]:
    """Every order with lines, address and story, oldest first."""
    orders = Order.objects.filter(customer=customer).order_by("pk")
    orders = orders.prefetch_related(
        "lines__codes__code",
        "events",
        "adjustments",
        "fulfilments__lines__line",
        "returns__lines__line",
        "returns__labels",
        "documents",
    )
    return [_exported(order) for order in orders]


def _exported(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfilment_status": order.fulfilment_status,
        "total": str(order.total.amount),
        "currency": order.currency,
        "created_at": order.created_at.isoformat(),
        "contact": {"name": order.contact_name, "email": order.contact_email, "phone": order.contact_phone},
        "shipping_address": order.shipping_address,
        "gift": {"to": order.gift_to, "message": order.gift_message},
        "pick_up_point": order.point,
        "lines": [
            {
                "title": line.title,
                "sku": line.sku,
                "quantity": line.quantity,
                "line_total": str(line.line_total.amount),
                "codes": _codes(line),
            }
            for line in order.lines.all()
        ],
        "offers": [
            {"label": part.label, "code": part.code, "amount": str(part.amount.amount)}
            for part in order.adjustments.all()
        ],
        "parcels": [
            {
                "carrier": parcel.carrier,
                "tracking_number": parcel.tracking_number,
                "lines": [{"title": inside.line.title, "quantity": inside.quantity} for inside in parcel.lines.all()],
            }
            for parcel in order.fulfilments.all()
        ],
        "returns": [
            {
                "kind": asked.kind,
                "state": asked.state,
                "reason": asked.reason,
                "note": asked.note,
                "lines": [{"title": some.line.title, "quantity": some.quantity} for some in asked.lines.all()],
                "labels": [
                    {"carrier": label.carrier, "tracking_number": label.tracking_number} for label in asked.labels.all()
                ],
            }
            for asked in order.returns.all()
        ],
        "documents": [
            {
                "kind": document.kind,
                "number": document.number,
                "issued_on": document.issued_on.isoformat(),
                "gross": str(document.gross.amount),
                "buyer": document.body["buyer"],
            }
            for document in sorted(order.documents.all(), key=lambda document: document.pk)
        ],
        "events": [{"kind": event.kind, "at": event.created_at.isoformat()} for event in order.events.all()],
    }


def _codes(line: OrderLine) -> list[str]:
    """The licence codes its buyer has, whole: they are theirs. What is to be withdrawn is told no more."""
    given = sorted(line.codes.all(), key=lambda handed: handed.piece)
    return [str(handed.code.sealed) for handed in given if handed.withdraw_at is None]


def needed_for(customer: Customer) -> Order | None:
    """The oldest order that cannot do without the person: something is still to be sent or to come back, or a bank is
    still paying."""
    to_send = Q(
        status=Order.Status.PLACED,
        fulfilment_status__in=[Order.FulfilmentStatus.NONE, Order.FulfilmentStatus.PARTIAL],
    )
    paying = Q(status=Order.Status.DRAFT, payment_status=Order.PaymentStatus.PENDING)
    returning = Q(pk__in=ReturnRequest.objects.filter(state__in=ReturnRequest.OPEN).values("order"))
    needing: Order | None = Order.objects.filter(to_send | paying | returning, customer=customer).order_by("pk").first()
    return needing


def unpaid_orders(customer: Customer) -> list[str]:
    """The numbers of the orders that being forgotten calls off, oldest first."""
    unpaid = Order.objects.filter(customer=customer, status=Order.Status.DRAFT)
    return list(unpaid.order_by("pk").values_list("number", flat=True))


def erase_orders(customer: Customer) -> None:
    """The books must be kept for years, the person need not be in them: only the country stays, for the tax.

    Invoices and credit notes stay as they were written, name and address included: tax law asks for it, and for as
    long as it does, that goes before being forgotten. Lists and the bookkeeper's table no longer show the name, and
    nobody finds them by it: both go by what stands on the order. They are found by their number, day and order.

    What nobody has paid is called off. Raises `StillNeeded` with the number of an order that is not on its way yet.
    """
    if needing := needed_for(customer):
        raise StillNeeded(needing.number)
    for draft in Order.objects.filter(customer=customer, status=Order.Status.DRAFT).order_by("pk"):
        call_off(draft, reason="erased")
    for order in Order.objects.filter(customer=customer):
        order.contact_name = ""
        order.contact_email = ""
        order.contact_phone = ""
        order.shipping_address = {
            key: order.shipping_address[key] for key in ("country",) if key in order.shipping_address
        }
        order.tax_place = {key: order.tax_place[key] for key in ("country", "region") if key in order.tax_place}
        order.gift_to = order.gift_message = ""
        order.point = {}
        order.save(
            update_fields=[
                "gift_to",
                "gift_message",
                "contact_name",
                "contact_email",
                "contact_phone",
                "shipping_address",
                "tax_place",
                "point",
            ]
        )
    ReturnRequest.objects.filter(order__customer=customer).update(note="", photos=[])
    ReturnLabel.objects.filter(request__order__customer=customer).update(sheet=b"", code=b"")
