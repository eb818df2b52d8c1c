"""What must always be true of orders; run by `manage.py check_invariants`."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat

from apps.carts.models import PromotionUse
from apps.carts.promotions.vouchers import SOURCE
from apps.catalog.models import LicenceCode, StockHold, StockMovement
from apps.loyalty.models import RewardVoucher
from apps.merchants import clock

from .fold import fulfilment_status
from .models import (
    Document,
    Download,
    Fulfilment,
    FulfilmentLine,
    HandedCode,
    Order,
    OrderAdjustment,
    OrderEvent,
    OrderLine,
    ReturnLabel,
    ReturnLine,
    ReturnRequest,
)
from .models.order import AMOUNTS
from .points import reference_of


def totals_add_up() -> list[str]:
    """Lines make the subtotal and the discount; what is left of it, delivery and tax make the total."""
    wrong = []
    orders = Order.objects.annotate(
        lines_sum=Sum("lines__line_total"), off_sum=Sum("lines__discount"), tax_sum=Sum("lines__tax_amount")
    )
    for order in orders.order_by("pk").iterator(chunk_size=500):
        lines, tax = order.lines_sum or Decimal(0), order.tax_sum or Decimal(0)
        on_top = Decimal(0) if order.is_tax_inclusive else order.tax_total.amount
        if lines != order.subtotal.amount:
            wrong.append(f"order {order.number}: lines {lines}, subtotal {order.subtotal.amount}")
        if (order.off_sum or Decimal(0)) != order.discount_total.amount:
            wrong.append(f"order {order.number}: {order.off_sum} off its lines, said {order.discount_total.amount}")
        if tax + order.delivery_tax.amount != order.tax_total.amount:
            wrong.append(
                f"order {order.number}: taxes {tax} + {order.delivery_tax.amount}, said {order.tax_total.amount}"
            )
        goods = order.subtotal.amount - order.discount_total.amount
        if goods + order.delivery_total.amount + on_top != order.total.amount:
            wrong.append(f"order {order.number}: parts do not make {order.total.amount}")
    odd = OrderLine.objects.exclude(line_total=F("unit_price") * F("quantity"))
    return wrong + [
        f"order line {line.pk}: {line.quantity} × {line.unit_price} is not {line.line_total}" for line in odd
    ]


def one_currency_each() -> list[str]:
    """All amounts of an order, of its lines, of what is off it and of its documents are in the order's currency."""
    mine = Q()
    for name in AMOUNTS:
        mine |= ~Q(**{f"{name}_currency": F("currency")})
    wrong = [f"order {order.number} mixes currencies" for order in Order.objects.filter(mine).order_by("pk")]
    for model, names in (
        (OrderLine, ("unit_price", "line_total", "discount", "tax_amount")),
        (OrderAdjustment, ("amount",)),
        (Document, ("net", "tax", "gross")),
    ):
        foreign = Q()
        for name in names:
            foreign |= ~Q(**{f"{name}_currency": F("order__currency")})
        odd = model.objects.filter(foreign).order_by("pk").values_list("order__number", "pk")
        wrong += [f"order {number}: {model._meta.model_name} {pk} is in another currency" for number, pk in odd]
    return wrong


def tax_rows_make_the_tax() -> list[str]:
    """Where an order keeps the rows of its tax, they are its tax, and each is a part of a rate that it has."""
    wrong = []
    for order in Order.objects.exclude(tax_rows=[]).prefetch_related("lines").order_by("pk").iterator(chunk_size=500):
        said = sum((Decimal(row["amount"]) for row in order.tax_rows), Decimal(0))
        if said != order.tax_total.amount:
            wrong.append(f"order {order.number}: rows of tax make {said}, said {order.tax_total.amount}")
        rates = {line.tax_percent for line in order.lines.all()} | {order.delivery_tax_percent}
        strange = {Decimal(row["rate"]) for row in order.tax_rows} - rates
        wrong += [f"order {order.number}: {rate} % is on none of its lines" for rate in sorted(strange)]
    return wrong


def adjustments_make_the_discount() -> list[str]:
    """The frozen parts of the offers are what is off each line and off delivery, and belong to the line's own order."""
    wrong = []
    for line in OrderLine.objects.annotate(parts=Sum("adjustments__amount")).exclude(discount=0, parts=None):
        if (line.parts or Decimal(0)) != line.discount.amount:
            wrong.append(f"order line {line.pk}: adjustments {line.parts or 0}, discount {line.discount.amount}")
    delivery = Sum("adjustments__amount", filter=Q(adjustments__line__isnull=True))
    for order in Order.objects.annotate(parts=delivery).exclude(delivery_discount=0, parts=None):
        if (order.parts or Decimal(0)) != order.delivery_discount.amount:
            wrong.append(
                f"order {order.number}: adjustments {order.parts or 0} off delivery, said {order.delivery_discount.amount}"
            )
    astray = OrderAdjustment.objects.filter(line__isnull=False).exclude(line__order_id=F("order_id"))
    return wrong + [f"adjustment {part.pk} is of another order's line" for part in astray]


def live_orders_hold_their_uses() -> list[str]:
    """Each offer on a live order is a use that was taken for it; an order that ended uses nothing.

    A refund may have given the use back while the order stays as it was.
    """
    wrong = []
    taken: dict[str, set[str]] = {}
    uses = PromotionUse.objects.filter(released_at__isnull=True).order_by("pk")
    for reference, promotion in uses.values_list("reference", "promotion__public_id"):
        taken.setdefault(reference, set()).add(f"promotion:{promotion}")
    for order in Order.objects.filter(adjustments__isnull=False).distinct().order_by("pk"):
        mine = taken.pop(order.use_reference, set())
        if order.status not in (Order.Status.DRAFT, Order.Status.PLACED, Order.Status.CLOSED):
            wrong += [f"order {order.number} is {order.status} and still uses {source}" for source in sorted(mine)]
            continue
        if order.payment_status == Order.PaymentStatus.REFUNDED:
            continue
        sources = order.adjustments.filter(source__startswith="promotion:").values_list("source", flat=True)
        for source in sorted(set(sources) ^ mine):
            wrong.append(f"order {order.number}: {source} is either on it or used by it, not both")
    return wrong + [f"{reference} uses a promotion and has nothing off" for reference in sorted(taken)]


def live_orders_hold_their_vouchers() -> list[str]:
    """A voucher on a live order is used by it, or undone since; an order that ended uses none."""
    wrong = []
    vouchers = {voucher.pk: voucher for voucher in RewardVoucher.objects.exclude(state=RewardVoucher.State.OPEN)}
    live = (Order.Status.DRAFT, Order.Status.PLACED, Order.Status.CLOSED)
    parts = OrderAdjustment.objects.filter(source__startswith=SOURCE, order__status__in=live).select_related("order")
    for part in parts.order_by("pk"):
        voucher = vouchers.get(int(part.source.removeprefix(SOURCE)))
        is_used = voucher is not None and voucher.used_for == reference_of(part.order)
        if not is_used and (voucher is None or voucher.state != RewardVoucher.State.VOID):
            wrong.append(f"order {part.order.number}: {part.source} is on it and not used by it")
    ended = {reference_of(order): order for order in Order.objects.exclude(status__in=live)}
    for voucher in vouchers.values():
        if voucher.used_for in ended:
            order = ended[voucher.used_for]
            wrong.append(f"order {order.number} is {order.status} and still uses {SOURCE}{voucher.pk}")
    return wrong


def one_live_order_per_cart() -> list[str]:
    doubled = Order.objects.filter(status__in=Order.LIVE).values("cart_id").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"cart {row['cart_id']} has {row['n']} live orders" for row in doubled]


def drafts_hold_their_goods() -> list[str]:
    """A draft whose time is not up holds exactly what it is for; an order that ended holds nothing of its own."""
    wrong = []
    drafts = Order.objects.filter(status=Order.Status.DRAFT, hold_until__gt=clock.now())
    for line in OrderLine.objects.filter(order__in=drafts, is_stocked=True).select_related("order"):
        held = StockHold.objects.filter(
            reference=line.hold_reference, state=StockHold.State.ACTIVE, level__variant_id=line.variant_id
        ).aggregate(n=Sum("quantity"))["n"]
        if (held or 0) != line.quantity:
            wrong.append(f"draft {line.order.number} holds {held or 0} of {line.quantity} × {line.sku}")
    return wrong


def story_matches_status() -> list[str]:
    """Each status has the event that tells it, exactly once."""
    wrong = []
    for status, kind in (
        ("placed", "placed"),
        ("cancelled", "cancelled"),
        ("unfillable", "unfillable"),
        ("expired", "expired"),
    ):
        orders = Order.objects.filter(status=status).annotate(n=Count("events", filter=Q(events__kind=kind)))
        wrong += [f"order {order.number} is {status} with {order.n} such events" for order in orders.exclude(n=1)]
    return wrong


def parcels_hold_what_was_shipped() -> list[str]:
    """A line's counters are the sums of its parcels, and nothing of an order lies in another one's parcel."""
    packed = FulfilmentLine.objects.filter(line=OuterRef("pk")).order_by().values("line")
    there = packed.filter(fulfilment__state=Fulfilment.State.DELIVERED)
    lines = OrderLine.objects.annotate(packed=_sum(packed, "quantity"), there=_sum(there, "quantity"))
    lines = lines.exclude(packed=F("shipped"), there=F("delivered"))
    strays = FulfilmentLine.objects.exclude(fulfilment__order_id=F("line__order_id")).select_related("line")
    return [
        f"order line {line.pk}: {line.shipped} shipped, {line.delivered} arrived; {line.packed} and {line.there} in parcels"
        for line in lines
    ] + [f"parcel {stray.fulfilment_id} holds line {stray.line_id} of another order" for stray in strays]


def goods_are_where_the_order_says() -> list[str]:
    """What a sold line has sent or handed over left the stock under its name, less what was taken back, and what it has
    still to send lies there for it."""
    moved = StockMovement.objects.filter(reference=OuterRef("hold_reference"), level__variant=OuterRef("variant"))
    moved = moved.order_by().values("reference")
    sold = OrderLine.objects.filter(is_stocked=True, order__status__in=[Order.Status.PLACED, Order.Status.CLOSED])
    lines = sold.annotate(
        left=_sum(moved.filter(kind__in=["shipped", "returned"]), "quantity"),
        lying=_sum(moved.filter(kind__in=["allocated", "deallocated", "shipped"]), "quantity"),
    )
    gone = F("shipped") + F("handed")
    odd = lines.exclude(left=-gone, lying=F("quantity") - gone - F("dropped"))
    return [
        f"order line {line.pk}: sent {line.shipped + line.handed}, to send {line.unsent}; the stock says {-line.left} and {line.lying}"
        for line in odd
    ]


def what_comes_by_chat_is_handed_over() -> list[str]:
    """Of a placed order nothing that needs no parcel waits; of one that is not, nothing was handed over."""
    lines = OrderLine.objects.exclude(comes_as="goods").select_related("order")
    standing = Q(order__status__in=[Order.Status.PLACED, Order.Status.CLOSED])
    late = lines.filter(standing).exclude(quantity=F("handed") + F("dropped"))
    early = lines.exclude(standing).filter(handed__gt=0)
    return [
        f"order {line.order.number} is {line.order.status}: {line.handed} of {line} handed over"
        for line in late | early
    ]


def downloads_are_within_their_number() -> list[str]:
    """Nothing was fetched more often than its pieces allow, and nothing of an order that was called off before."""
    most = F("line__quantity") * Download.MOST
    odd = Download.objects.exclude(times__lte=most) | Download.objects.filter(times__gt=0, line__handed=0)
    return [f"order line {kept.line_id} was fetched {kept.times} times" for kept in odd]


def codes_are_given_once() -> list[str]:
    """A code is free or some piece's, of its own variant; and each piece that was handed over since its pool is there has
    one, no other has any."""
    given = HandedCode.objects.filter(code=OuterRef("pk"))
    astray = LicenceCode.objects.annotate(is_given=Exists(given)).filter(is_free=F("is_given")).order_by("pk")
    wrong = [
        f"code {code.public_id} is {'free and given' if code.is_free else 'taken and given to nobody'}"
        for code in astray
    ]
    foreign = HandedCode.objects.exclude(line__variant=F("code__pool__variant")).order_by("pk")
    wrong += [f"order line {handed.line_id} has a code of other goods" for handed in foreign]
    lines = OrderLine.objects.filter(comes_as="digital").annotate(n=Count("codes")).select_related("order")
    due = Q(is_stocked=True, variant__code_pool__created_at__lte=F("order__placed_at"))
    odd = lines.filter(due | Q(n__gt=0)).exclude(n=F("handed")).order_by("pk")
    return wrong + [f"order line {line.pk}: {line.handed} handed over, {line.n} codes given" for line in odd]


def codes_follow_their_price() -> list[str]:
    """Whoever has all their money back has no code any more."""
    kept = HandedCode.objects.filter(line__order__payment_status=Order.PaymentStatus.REFUNDED, withdraw_at=None)
    return [f"order line {handed.line_id} keeps a code, its price went back" for handed in kept.order_by("pk")]


def _sum(rows: QuerySet[Any], field: str) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(n=Sum(field)).values("n"), output_field=IntegerField()), 0)


def fulfilment_is_a_fold() -> list[str]:
    """An order is as far as its lines and parcels are."""
    wrong = []
    orders = Order.objects.prefetch_related("lines", "fulfilments").order_by("pk")
    for order in orders.iterator(chunk_size=500):
        said = fulfilment_status(order.lines.all(), order.fulfilments.all())
        if said != order.fulfilment_status:
            wrong.append(f"order {order.number} is {order.fulfilment_status}, its goods say {said}")
    return wrong


def returns_are_of_their_lines() -> list[str]:
    """A line's counters are the sums of the returns that stand and of those that came; no return is of another order."""
    inside = ReturnLine.objects.filter(line=OuterRef("pk")).order_by().values("line")
    came = Q(request__received_at__isnull=False)
    over = Q(request__state__in=[ReturnRequest.State.DECLINED, ReturnRequest.State.CANCELLED])
    lines = OrderLine.objects.annotate(
        standing=_sum(inside.filter(came | ~over), "quantity"), back=_sum(inside.filter(came), "quantity")
    ).exclude(standing=F("spoken_for"), back=F("returned"))
    astray = ReturnLine.objects.exclude(line__order_id=F("request__order_id"))
    return [
        f"order line {line.pk}: {line.spoken_for} spoken for, {line.returned} came back; the returns say {line.standing} and "
        f"{line.back}"
        for line in lines
    ] + [f"return {some.request_id} is of line {some.line_id} of another order" for some in astray]


def returned_goods_are_in_the_books() -> list[str]:
    """What a return put back on sale came into the stock by its name; what is laid aside for it lies there."""
    moved = StockMovement.objects.filter(reference=Concat(Value("returnline:"), Cast(OuterRef("pk"), CharField())))
    moved = moved.order_by().values("reference")
    lines = ReturnLine.objects.annotate(
        came=_sum(moved.filter(kind="returned"), "quantity"),
        lying=_sum(moved.filter(kind__in=["allocated", "deallocated", "shipped"]), "quantity"),
    ).select_related("line", "request")
    wrong = []
    for some in lines.order_by("pk").iterator(chunk_size=500):
        is_waiting = some.is_reserved and some.request.state != ReturnRequest.State.REPLACED
        aside = some.quantity if is_waiting else 0
        back = some.restocked if some.line.is_stocked else 0
        if (some.came, some.lying) != (back, aside):
            wrong.append(
                f"return line {some.pk}: {back} put back, {aside} laid aside; the stock says {some.came} and {some.lying}"
            )
    return wrong


def returns_have_their_story() -> list[str]:
    """Each return's state is told by exactly one event of its order, and its times are those of its state."""
    wrong = []
    told = Counter(
        OrderEvent.objects.filter(kind__startswith="return_").values_list("kind", "data__returned").order_by("pk")
    )
    for request in ReturnRequest.objects.order_by("pk").iterator(chunk_size=500):
        if (times := told[f"return_{request.state}", request.pk]) != 1:
            wrong.append(f"return {request.pk} is {request.state} with {times} such events")
        is_settled = request.state in (ReturnRequest.State.REFUNDED, ReturnRequest.State.REPLACED)
        if is_settled != (request.settled_at is not None):
            wrong.append(f"return {request.pk} is {request.state} and settled at {request.settled_at}")
        if is_settled and request.comes_back and request.received_at is None:
            wrong.append(f"return {request.pk} was settled before it came")
    return wrong


def points_are_addresses() -> list[str]:
    """An order to a pick-up point says which, whole, and how it travels there."""
    needed = {"id", "name", "street", "postcode", "city", "country"}
    return [
        f"order {order.number} goes to half a point"
        for order in Order.objects.exclude(point={}).order_by("pk").iterator(chunk_size=500)
        if not order.delivery_name or not all(order.point.get(name) for name in needed)
    ]


def labels_are_of_live_returns() -> list[str]:
    """A return has one label at most that could be used, and none once it is off; none is bought once it is here. A bought one has
    its sheet and number.
    """
    wrong = []
    live = ReturnLabel.objects.filter(state__in=ReturnLabel.LIVE)
    for row in live.values("request_id").annotate(n=Count("pk")).filter(n__gt=1).order_by("request_id"):
        wrong.append(f"return {row['request_id']} has {row['n']} labels")
    off = Q(request__state__in=[ReturnRequest.State.CANCELLED, ReturnRequest.State.REQUESTED])
    off |= Q(state=ReturnLabel.State.WANTED) & ~Q(request__state=ReturnRequest.State.APPROVED)
    wrong += [f"label {label.pk} is for a return that is not on" for label in live.filter(off).order_by("pk")]
    bought = live.filter(state=ReturnLabel.State.READY, account__isnull=False)
    empty = bought.filter(Q(sheet=b"") | Q(shipment="") | Q(tracking_number=""))
    return wrong + [f"label {label.pk} is ready and empty" for label in empty.order_by("pk")]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "orders: totals add up": totals_add_up,
    "orders: one currency each": one_currency_each,
    "orders: rows of tax make the tax": tax_rows_make_the_tax,
    "orders: adjustments make the discount": adjustments_make_the_discount,
    "orders: live orders hold their uses": live_orders_hold_their_uses,
    "orders: live orders hold their vouchers": live_orders_hold_their_vouchers,
    "orders: one live order per cart": one_live_order_per_cart,
    "orders: drafts hold their goods": drafts_hold_their_goods,
    "orders: the story matches the status": story_matches_status,
    "orders: parcels hold what was shipped": parcels_hold_what_was_shipped,
    "orders: goods are where the order says": goods_are_where_the_order_says,
    "orders: what comes by chat is handed over": what_comes_by_chat_is_handed_over,
    "orders: downloads are within their number": downloads_are_within_their_number,
    "orders: codes are given once": codes_are_given_once,
    "orders: codes follow their price": codes_follow_their_price,
    "orders: fulfilment is what the goods say": fulfilment_is_a_fold,
    "orders: returns are of their lines": returns_are_of_their_lines,
    "orders: returned goods are in the books": returned_goods_are_in_the_books,
    "orders: returns have their story": returns_have_their_story,
    "orders: points are addresses": points_are_addresses,
    "orders: labels are of live returns": labels_are_of_live_returns,
}
