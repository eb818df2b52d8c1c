"""What must always be true of invoices and credit notes; run by `manage.py check_invariants`."""

from collections.abc import Callable
from decimal import Decimal

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, Sum, When

from apps.carts.money import zero

from ..models import Order, OrderEvent
from .models import Document, DocumentSeries
from .rates import sum_of
from .snapshot import order_rates, rates_told


def no_number_is_missing() -> list[str]:
    """Every series runs from one to the last number given, and its counter says so."""
    wrong = []
    counted = DocumentSeries.objects.values_list("merchant_id", "name", "last")
    known = {(merchant, name): last for merchant, name, last in counted}
    rows = Document.objects.order_by("merchant_id", "series").values("merchant_id", "series")
    for row in rows.annotate(n=Count("pk"), first=Min("position"), last=Max("position")):
        last = known.pop((row["merchant_id"], row["series"]), None)
        if (row["first"], row["n"], row["last"]) != (1, row["last"], last):
            wrong.append(f"series {row['series']}: {row['n']} from {row['first']} to {row['last']}, counted {last}")
    return wrong + [f"series {name} counted {last} and has none" for (_, name), last in known.items() if last]


def invoices_say_what_the_order_says() -> list[str]:
    """Total and tax are the order's, and so is what is charged at each rate."""
    wrong = []
    invoices = (
        Document.objects.filter(kind=Document.Kind.INVOICE).select_related("order").prefetch_related("order__lines")
    )
    for invoice in invoices.order_by("pk").iterator(chunk_size=500):
        order = invoice.order
        if (invoice.gross, invoice.tax) != (order.total, order.tax_total):
            wrong.append(f"{invoice.number}: {invoice.gross} with {invoice.tax} tax, the order says {order.total}")
        if rates_told(invoice.body, order.currency) != order_rates(order):
            wrong.append(f"{invoice.number}: its rates are not the order's")
    return wrong


def rates_make_the_total() -> list[str]:
    """What is said of each rate adds up to net, tax and total, and nothing is below zero."""
    wrong = []
    for document in Document.objects.order_by("pk").iterator(chunk_size=500):
        currency = str(document.gross.currency)
        rates = rates_told(document.body, currency)
        whole = sum_of(rates, currency)
        if (whole.gross, whole.tax, whole.net) != (document.gross, document.tax, document.net):
            wrong.append(f"{document.number}: rates make {whole.gross} with {whole.tax} tax")
        wrong += [
            f"{document.number}: {percent} % is below zero"
            for percent, part in rates.items()
            if part.net < zero(currency) or part.tax < zero(currency)
        ]
    return wrong


def nothing_is_credited_twice() -> list[str]:
    """Credit notes less those revoked are no more than the invoice."""
    credited = Sum(
        Case(
            When(documents__kind="credit_note", then=F("documents__gross")),
            When(documents__kind="revocation", then=-F("documents__gross")),
            default=Decimal(0),
        )
    )
    from_invoice = Sum("documents__gross", filter=Q(documents__kind="invoice"))
    orders = Order.objects.annotate(credited=credited, billed=from_invoice)
    return [
        f"order {order.number}: {order.credited} credited of {order.billed}"
        for order in orders.filter(Q(credited__gt=F("billed")) | Q(billed__isnull=True, credited__gt=0))
    ]


def what_was_paid_since_has_its_invoice() -> list[str]:
    """A shop that writes invoices has one for each order paid since it began to."""
    paid = OrderEvent.objects.filter(
        order=OuterRef("pk"), kind=OrderEvent.Kind.PAID, created_at__gte=OuterRef("merchant__invoices_since")
    )
    billed = Document.objects.filter(order=OuterRef("pk"), kind=Document.Kind.INVOICE)
    found = Order.objects.filter(Exists(paid), ~Exists(billed)).order_by("pk")
    return [f"order {number} was paid and has no invoice" for number in found.values_list("number", flat=True)]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "documents: no number is missing": no_number_is_missing,
    "documents: invoices say what the order says": invoices_say_what_the_order_says,
    "documents: rates make the total": rates_make_the_total,
    "documents: what was paid since has its invoice": what_was_paid_since_has_its_invoice,
    "documents: nothing is credited twice": nothing_is_credited_twice,
}
