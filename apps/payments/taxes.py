"""What a tax provider has to be told follows the money: a sale once an order is paid, and what of it went back.

Parts that go back are those of the refund, line by line; so after any refunds that make the whole, exactly what was
sold has been taken back.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from djmoney.money import Money

from apps.carts.money import money, zero
from apps.orders.documents.rates import Part, given_back, less, sum_of
from apps.orders.models import Order

from .models import Refund, TaxEntry
from .shares import paid_for, paid_for_delivery

DELIVERY = 0  # beside the numbers of lines
Parts = dict[int, Part]  # by the number of the order's line, or DELIVERY


def follow_tax(order: Order, refunds: Iterable[Refund]) -> None:
    """Write what the provider has not been told yet of a paid order and of its `refunds`. Again changes nothing.

    The order is locked. An order that the table reckoned has nobody to tell.
    """
    if order.tax_calculation_id is None:
        return
    sold = parts_sold(order)
    sale = {"reference": order.public_id, "body": written(sold, {}, order)}
    TaxEntry.objects.get_or_create(order=order, refund=None, defaults={"merchant_id": order.merchant_id, **sale})
    done = {refund.pk: refund for refund in refunds if refund.state == Refund.State.DONE}
    told = list(TaxEntry.objects.filter(order=order, refund__isnull=False).order_by("pk"))
    known = [done.pop(entry.refund_id) for entry in told if entry.refund_id in done]
    left, untold = sold, sold
    for refund in known:
        left = less(left, parts_back(refund, left))
    for entry in told:
        untold = less(untold, read(entry.body, order.currency))
    for refund in done.values():
        left = less(left, parts_back(refund, left))
        back = _more_than(untold, left, order.currency)
        untold = less(untold, back)
        _write(order, refund, back)


def parts_sold(order: Order) -> Parts:
    """What was paid for each line and for the delivery, tax included, and the tax in it."""
    lines = {line.pk: Part(paid_for(line, order), line.tax_amount) for line in order.lines.all()}
    return lines | {DELIVERY: Part(paid_for_delivery(order), order.delivery_tax)}


def parts_back(refund: Refund, left: Parts) -> Parts:
    """Which parts a refund is of: what its lines say, and of the rest by what is `left` of each."""
    currency = str(refund.amount.currency)
    said = {line.line_id: Part(money(line.amount, currency), money(line.tax, currency)) for line in refund.lines.all()}
    if refund.delivery:
        said[DELIVERY] = Part(money(refund.delivery, currency), money(refund.delivery_tax, currency))
    return given_back(said, left, min(refund.amount, sum_of(left, currency).gross))


def written(parts: Parts, quantities: Mapping[int, int], order: Order) -> dict[str, Any]:
    """As an entry keeps it: exact decimals in plain JSON; what comes to nothing is left out."""
    pieces = dict(quantities) or {line.pk: line.quantity for line in order.lines.all()}
    return {
        str(key): [pieces.get(key, 0), str(part.gross.amount), str(part.tax.amount)]
        for key, part in parts.items()
        if part.gross.amount or part.tax.amount
    }


def read(body: Mapping[str, Any], currency: str) -> Parts:
    return {int(key): Part(money(gross, currency), money(tax, currency)) for key, (_, gross, tax) in body.items()}


def _more_than(untold: Parts, left: Parts, currency: str) -> Parts:
    """What is told so that no more than `left` stands: nothing where a refund that failed was told of before."""

    def over(one: Money, other: Money) -> Money:
        return max(one - other, zero(currency))

    return {key: Part(over(part.gross, left[key].gross), over(part.tax, left[key].tax)) for key, part in untold.items()}


def _write(order: Order, refund: Refund, back: Parts) -> None:
    body = written(back, {line.line_id: line.quantity for line in refund.lines.all()} or {DELIVERY: 0}, order)
    TaxEntry.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        refund=refund,
        state=TaxEntry.State.WAITING if body else TaxEntry.State.DONE,
        reference=f"{order.public_id}-{refund.pk}",
        body=body,
    )
