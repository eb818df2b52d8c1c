"""What a part of an order cost, to the minor unit: the parts of a whole always add up to it, whatever was given back when.

A line's third of three costs what the first two left over; a part that failed to go back is simply not given back.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum, TextField, Value
from django.db.models.functions import Concat
from djmoney.money import Money

from apps.carts.money import allocate, money, total_of, zero
from apps.orders.actions import NotNow, TooMany
from apps.orders.models import Order, OrderLine, ReturnLine, ReturnRequest

from .models import Refund, RefundLine


class TooMuch(NotNow):
    """More of the delivery than was paid for it and has not gone back."""

    def __init__(self, order: Order) -> None:
        super().__init__(order, "give back so much of the delivery")


@dataclass(frozen=True, slots=True)
class Share:
    """So many of a line, what goes back for them, and the tax in that; `withheld` of what they cost stays here."""

    line: OrderLine
    quantity: int
    amount: Money
    tax: Money
    withheld: Decimal = Decimal(0)
    withheld_tax: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shares:
    lines: tuple[Share, ...]
    delivery: Money
    delivery_tax: Money

    @property
    def amount(self) -> Money:
        return self.delivery + total_of([share.amount for share in self.lines], currency=str(self.delivery.currency))

    @property
    def tax(self) -> Money:
        return self.delivery_tax + total_of([share.tax for share in self.lines], currency=str(self.delivery.currency))


@dataclass(slots=True)
class Given:
    """What refunds that did not fail have given back so far."""

    currency: str
    units: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # by line
    amounts: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    taxes: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    withheld: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # stays here for these units
    withheld_taxes: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    delivery: Decimal = Decimal(0)
    delivery_tax: Decimal = Decimal(0)
    other: Decimal = Decimal(0)  # for no line: made at the provider's desk, or for what a won dispute left


def paid_for(line: OrderLine, order: Order) -> Money:
    """What the shopper paid for this line."""
    return line.charged if order.is_tax_inclusive else line.charged + line.tax_amount


def paid_for_delivery(order: Order) -> Money:
    return order.delivery_total if order.is_tax_inclusive else order.delivery_total + order.delivery_tax


def given_back(order: Order) -> Given:
    """Money of an attempt that paid a second time went back as a whole and is not of the order's parts.

    Of a return whose label cost all its goods had, nothing goes back and all stays here: its pieces count as well.
    Three queries.
    """
    given = Given(order.currency)
    standing = Refund.objects.filter(payment__order=order).exclude(state=Refund.State.FAILED)
    rows = RefundLine.objects.filter(refund__in=standing).values("line")
    sums = {name: Sum(name) for name in ("withheld", "withheld_tax")}
    for row in rows.annotate(units=Sum("quantity"), sum=Sum("amount"), taxes=Sum("tax"), **sums):
        given.units[row["line"]] = row["units"]
        given.amounts[row["line"]] = row["sum"]
        given.taxes[row["line"]] = row["taxes"]
        given.withheld[row["line"]] = row["withheld"]
        given.withheld_taxes[row["line"]] = row["withheld_tax"]
    for part in _settled_with_nothing(order):
        line = part.line
        given.withheld[line.pk] += _part_of(paid_for(line, order), part.quantity, line.quantity).amount
        given.withheld_taxes[line.pk] += _part_of(line.tax_amount, part.quantity, line.quantity).amount
        given.units[line.pk] += part.quantity
    listed = standing.exclude(reason=Refund.DOUBLE).annotate(n=Count("lines"))
    for refund in listed:
        given.delivery += refund.delivery
        given.delivery_tax += refund.delivery_tax
        if not refund.n and not refund.delivery:
            given.other += refund.amount.amount
    return given


def _settled_with_nothing(order: Order) -> QuerySet[ReturnLine]:
    """What came back in returns that are over and for which no refund was ever made: their postage was all they had."""
    name = Concat(Value("return:"), OuterRef("request__public_id"), Value(":"), output_field=TextField())
    made = Refund.objects.filter(payment__order=order, request__startswith=name)
    over = ReturnRequest.objects.filter(order=order, state=ReturnRequest.State.REFUNDED, postage__gt=0)
    return ReturnLine.objects.filter(~Exists(made), request__in=over).select_related("line").order_by("pk")


def _part_of(whole: Money, part: int, of: int) -> Money:
    return money(whole.amount * part / of, str(whole.currency))


def shares_left(order: Order, *, cap: Money | None = None) -> Shares:
    """All that was not given back yet, in all no more than `cap`; of a line whose pieces are all counted, the rest.

    With all goes what a return's label had kept here.
    """
    given = given_back(order)
    given.withheld.clear()
    given.withheld_taxes.clear()
    lines = {line.pk: line.quantity - given.units[line.pk] for line in order.lines.all()}
    return _capped(_shares(order, given, lines, delivery_left(order, given), takes_rest=True), cap)


def shares_of(order: Order, lines: Mapping[int, int], delivery: Money | None) -> Shares:
    """What these lines (line id → how many) and this part of the delivery cost.

    Never more than the order's own money that has not gone back for something else. Raises `TooMany`.
    """
    given = given_back(order)
    cap = money(order.total.amount - sum(given.amounts.values()) - given.delivery - given.other, order.currency)
    return _capped(_shares(order, given, lines, delivery or zero(order.currency)), cap)


def delivery_left(order: Order, given: Given | None = None) -> Money:
    """What was paid for the delivery and has not gone back."""
    gone = (given or given_back(order)).delivery
    return money(paid_for_delivery(order).amount - gone, order.currency)


def units_left(order: Order) -> list[tuple[OrderLine, int]]:
    """Lines of which something was not given back, with how many of each."""
    given = given_back(order)
    lines = [(line, line.quantity - given.units[line.pk]) for line in order.lines.all()]
    return [(line, left) for line, left in lines if left]


def _shares(
    order: Order, given: Given, wanted: Mapping[int, int], delivery: Money, *, takes_rest: bool = False
) -> Shares:
    known = {line.pk: line for line in order.lines.all()}
    for pk, quantity in wanted.items():
        left = known[pk].quantity - given.units[pk] if pk in known else 0
        if not 0 <= quantity <= left:
            raise TooMany(order, "give back", left=left)
    if not zero(order.currency) <= delivery <= delivery_left(order, given):
        raise TooMuch(order)
    chosen = [_share(order, given, line, wanted[pk]) for pk, line in known.items() if wanted.get(pk)]
    if takes_rest:
        over = [_share(order, given, line, 0) for pk, line in known.items() if wanted.get(pk) == 0]
        chosen = sorted([*chosen, *(share for share in over if share.amount.amount)], key=lambda share: share.line.pk)
    return Shares(tuple(chosen), delivery, _delivery_tax(order, given, delivery))


def _share(order: Order, given: Given, line: OrderLine, quantity: int) -> Share:
    part, of = Decimal(given.units[line.pk] + quantity), Decimal(line.quantity)
    return Share(
        line,
        quantity,
        amount=_rest(paid_for(line, order), part, of, given.amounts[line.pk] + given.withheld[line.pk]),
        tax=_rest(line.tax_amount, part, of, given.taxes[line.pk] + given.withheld_taxes[line.pk]),
    )


def _delivery_tax(order: Order, given: Given, delivery: Money) -> Money:
    whole = paid_for_delivery(order)
    if not delivery.amount:
        return zero(order.currency)
    return _rest(order.delivery_tax, given.delivery + delivery.amount, whole.amount, given.delivery_tax)


def _rest(whole: Money, part: Decimal, of: Decimal, given: Decimal) -> Money:
    """What `part` of `of` parts comes to once what was given before is taken off; the last part takes the remainder."""
    currency = str(whole.currency)
    due = money(whole.amount * part / of, currency)
    return max(money(due.amount - given, currency), zero(currency))


def less(shares: Shares, amount: Money) -> Shares:
    """The same goods with so much of their money staying here, in proportion to what each cost and never more than all.

    The tax stays in proportion as well. What goes back and what stays make what went back without it.
    """
    goods = total_of([share.amount for share in shares.lines], currency=str(shares.delivery.currency))
    stays = min(amount, goods)
    if not stays.amount:
        return shares
    parts = allocate(stays, [share.amount.amount for share in shares.lines])
    lines = [_withheld(share, part) for share, part in zip(shares.lines, parts, strict=True)]
    return Shares(tuple(lines), shares.delivery, shares.delivery_tax)


def _withheld(share: Share, part: Money) -> Share:
    if not part.amount:
        return share
    tax = money(share.tax.amount * part.amount / share.amount.amount, str(part.currency))
    return Share(
        share.line, share.quantity, share.amount - part, share.tax - tax, withheld=part.amount, withheld_tax=tax.amount
    )


def split(shares: Shares, caps: Sequence[Money]) -> list[Shares]:
    """The same parts, spread over as many refunds, each within its cap: together they are the whole.

    The pieces of a line that goes back in two are counted in the first. So are those of which all stays here.
    """
    kept = tuple(share for share in shares.lines if not share.amount.amount and share.withheld)
    parts, left = [], replace(shares, lines=tuple(share for share in shares.lines if share.amount.amount))
    for cap in caps:
        part = _capped(left, cap)
        part = Shares(tuple(share for share in part.lines if share.amount.amount), part.delivery, part.delivery_tax)
        if kept and part.amount.amount:
            part, kept = replace(part, lines=part.lines + kept), ()
        taken = {share.line.pk: share for share in part.lines}
        rest = [_less(share, taken.get(share.line.pk)) for share in left.lines]
        left = Shares(
            tuple(share for share in rest if share.amount.amount),
            left.delivery - part.delivery,
            left.delivery_tax - part.delivery_tax,
        )
        parts.append(part)
    return parts


def _less(share: Share, taken: Share | None) -> Share:
    if taken is None:
        return share
    return Share(
        share.line, 0, share.amount - taken.amount, share.tax - taken.tax
    )  # what stays is counted in the first


def _capped(shares: Shares, cap: Money | None) -> Shares:
    """The same parts for no more than `cap`: lines first, in their order."""
    if cap is None or shares.amount <= cap:
        return shares
    left = max(cap, zero(str(cap.currency)))
    lines = []
    for share in shares.lines:
        amount = min(share.amount, left)
        left -= amount
        lines.append(replace(share, amount=amount, tax=min(share.tax, amount)))
    delivery = min(shares.delivery, left)
    return Shares(tuple(lines), delivery, min(shares.delivery_tax, delivery))
