"""Returns, claims and exchanges: asked for, judged, received, settled. Each step once, under the order's lock.

Money is not this floor's: `payments.actions.refund_return` pays back and then calls `settle_with_money`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from djmoney.money import Money

from apps.catalog.models import StockLevel, StockMovement, Variant
from apps.catalog.stock import OutOfStock, Wanted, allocate, deallocate, receive_stock, ship
from apps.merchants import clock
from apps.merchants.models import Location

from ..errors import NotReturnable, ReturnMoved, TooMany
from ..fold import fold_goods
from ..models import Order, OrderLine, ReturnLine, ReturnRequest
from ..unused_labels import drop_labels, drop_wanted
from .cancel import lock_order, lock_return
from .labels import postage_for, rules_of, want_label
from .returnable import returnable
from .ship import ship_order

State = ReturnRequest.State


@transaction.atomic
def ask_return(
    order: Order,
    *,
    lines: Mapping[int, int],
    kind: str = ReturnRequest.Kind.RETURN,
    wish: str = ReturnRequest.Wish.MONEY,
    reason: str = ReturnRequest.Reason.OTHER,
    note: str = "",
    photos: Iterable[str] = (),
    replacements: Mapping[int, Variant] | None = None,
    exchange_order: Order | None = None,
    request: str = "",
    to_credit: bool = False,
    actor: Any = None,
) -> ReturnRequest:
    """The shopper wants to send these `lines` back (line id → how many), have them looked at, or others instead.

    A claim for a replacement is for the same goods unless `replacements` (line id → variant) says otherwise; goods of
    another price come with an `exchange_order`, and wait until it is paid. `to_credit` is how the shopper wants what
    goes back. The same `request` is the same return. Raises `NotReturnable` for nothing, and `TooMany`.
    """
    order = lock_order(order)
    if request and (known := order.returns.filter(request=request).first()):
        return known
    wanted = {pk: quantity for pk, quantity in lines.items() if quantity}
    left = {some.line.pk: some for some in returnable(order, kind)}
    for pk, quantity in wanted.items():
        most = left[pk].quantity if pk in left else 0
        if not 0 < quantity <= most:
            raise TooMany(order, "take back", left=most)
    if not wanted:
        raise NotReturnable(order)
    asked: ReturnRequest = ReturnRequest.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        position=order.returns.count() + 1,
        kind=kind,
        state=State.UNPAID if exchange_order else State.REQUESTED,
        exchange_order=exchange_order,
        wish=wish,
        reason=reason,
        note=note[:500],
        photos=list(photos),
        request=request,
        to_credit=to_credit,
        postage=postage_for(order, kind=kind, reason=reason).amount,
    )
    for pk, quantity in sorted(wanted.items()):
        instead = (replacements or {}).get(pk)
        if instead is None and wish == ReturnRequest.Wish.REPLACEMENT:
            instead = left[pk].line.variant
        ReturnLine.objects.create(
            merchant_id=order.merchant_id, request=asked, line_id=pk, quantity=quantity, replacement=instead
        )
        OrderLine.objects.filter(pk=pk).update(spoken_for=F("spoken_for") + quantity)
    _tell(asked, f"return_{asked.state}", actor=actor)
    return approve_return(asked) if _needs_no_look(asked) else asked


@transaction.atomic
def approve_return(
    request: ReturnRequest, *, instructions: str = "", label_url: str = "", actor: Any = None
) -> ReturnRequest:
    """The shopper may send it, or the claim is right; twice is once. Raises `ReturnMoved`.

    What comes back gets the shop's label, unless it brings its own (`label_url`). A claim's replacement is laid aside if it is there.
    """
    request = lock_return(request)
    if request.state == State.APPROVED:
        return request
    _insist(request, "approve", State.REQUESTED)
    request.instructions, request.label_url = instructions.strip(), label_url
    _move(request, State.APPROVED, "instructions", "label_url", decided=True)
    lacks = not request.comes_back and not reserve_replacement(request)
    _tell(request, "return_approved", actor=actor, **({"lacks": True} if lacks else {}))
    if not label_url:
        want_label(request)
    return request


def _needs_no_look(asked: ReturnRequest) -> bool:
    """The shop trusts what is within its days to return; what is paid for first or is not to be sent is judged."""
    rules = rules_of(asked.order)
    return rules is not None and rules.at_once and asked.comes_back and asked.state == State.REQUESTED


@transaction.atomic
def decline_return(request: ReturnRequest, *, reason: str, actor: Any = None) -> ReturnRequest:
    """Not this time, and why; the shopper reads it. Also once it was seen. Twice is once. Raises `ReturnMoved`.

    What had come back stays here: the shop sends it home by hand.
    """
    request = lock_return(request)
    if request.state == State.DECLINED:
        return request
    _insist(request, "decline", State.REQUESTED, State.RECEIVED)
    if request.received_at is None:
        _let_go(request)
    free_replacement(request)
    request.declined_because = reason.strip()[:300]
    _move(request, State.DECLINED, "declined_because", decided=True)
    _tell(request, "return_declined", actor=actor)
    return request


@transaction.atomic
def cancel_return(request: ReturnRequest, *, by_shopper: bool = False, actor: Any = None) -> ReturnRequest:
    """The shopper keeps it, or it never came: the goods may be returned again. Twice is once. Raises `ReturnMoved`.

    Its label is given back. Once the parcel is on its way only the shop may say so.
    """
    request = lock_return(request)
    if request.state == State.CANCELLED:
        return request
    _insist(request, "cancel", State.UNPAID, State.REQUESTED, State.APPROVED)
    if by_shopper and not request.may_cancel:
        raise ReturnMoved(request, "cancel")
    _let_go(request)
    free_replacement(request)
    drop_labels(request)
    _move(request, State.CANCELLED)
    _tell(request, "return_cancelled", actor=actor)
    return request


@transaction.atomic
def receive_return(
    request: ReturnRequest,
    *,
    restock: Mapping[int, int] | None = None,
    location: Location | None = None,
    actor: Any = None,
) -> ReturnRequest:
    """It is here. `restock` (line id → how many) goes back on sale, all of it without; twice is once.

    It goes to `location`, else where it was sent from. An exchange's replacement is laid aside if it is there, and
    a label that could not be bought till now will not be. Raises `ReturnMoved`, and `TooMany` for more than came.
    """
    request = lock_return(request)
    if request.state == State.RECEIVED:
        return request
    _insist(request, "receive", State.APPROVED)
    if not request.comes_back:
        raise ReturnMoved(request, "receive")
    lines = _lines(request)
    back = {some.line_id: some.quantity for some in lines} if restock is None else dict(restock)
    for some in lines:
        if not 0 <= back.get(some.line_id, 0) <= some.quantity:
            raise TooMany(request.order, "put back", left=some.quantity)
        OrderLine.objects.filter(pk=some.line_id).update(returned=F("returned") + some.quantity)
    fold_goods(request.order)
    drop_wanted(request)
    _move(request, State.RECEIVED, received=True)
    lock_levels(lines)
    for some in lines:
        _put_back(some, back.get(some.line_id, 0), location, actor=actor)
    lacks = request.exchange_order_id is None and not reserve_replacement(request)
    _tell(request, "return_received", actor=actor, **({"lacks": True} if lacks else {}))
    return request


@transaction.atomic
def send_replacement(
    request: ReturnRequest, *, carrier: str, tracking_number: str = "", tracking_url: str = "", actor: Any = None
) -> ReturnRequest:
    """What the shopper gets instead has left the house; twice is once.

    Goods of another price leave with their own order; that is paid for by `payments.actions.send_replacement`, which
    calls this. Raises `ReturnMoved`, and `OutOfStock` when there is none to send.
    """
    request = lock_return(request)
    if request.state == State.REPLACED:
        return request
    if request.wish != ReturnRequest.Wish.REPLACEMENT or not request.is_due:
        raise ReturnMoved(request, "send a replacement for")
    if request.exchange_order is None:
        _send_reserved(request)
    request.carrier, request.tracking_number, request.tracking_url = carrier, tracking_number, tracking_url
    _move(request, State.REPLACED, "carrier", "tracking_number", "tracking_url", settled=True)
    _tell(request, "return_replaced", actor=actor, carrier=carrier, number=tracking_number, url=tracking_url)
    if request.exchange_order is not None:
        ship_order(
            request.exchange_order,
            carrier=carrier,
            tracking_number=tracking_number,
            tracking_url=tracking_url,
            actor=actor,
        )
    return request


def _send_reserved(request: ReturnRequest) -> None:
    lines = _lines(request)
    lock_levels(lines)
    _reserve(lines)
    for some in lines:
        if some.is_reserved and some.replacement_id is not None:
            ship(some.replacement_id, some.quantity, some.reference, reason=f"for {request}")


def settle_with_money(request: ReturnRequest, *, amount: Money, actor: Any = None) -> None:
    """The money is promised back, or there was none to pay: it is over. Order and return are locked.

    Again, after a bank did not take the money, it says nothing new.
    """
    free_replacement(request)
    if request.state != State.REFUNDED:
        _move(request, State.REFUNDED, settled=True)
        _tell(request, "return_refunded", actor=actor, amount=str(amount.amount), currency=str(amount.currency))


def reserve_replacement(request: ReturnRequest) -> bool:
    """Lay aside what goes out instead; False, and nothing, where it is sold out."""
    lines = _lines(request)
    try:
        with transaction.atomic():
            lock_levels(lines)
            _reserve(lines)
    except OutOfStock:
        return False
    return True


def free_replacement(request: ReturnRequest) -> None:
    """It will not be sent: it is for sale again."""
    lines = [some for some in _lines(request) if some.is_reserved]
    lock_levels(lines)
    for some in lines:
        if some.replacement_id is not None:
            deallocate(some.replacement_id, some.quantity, some.reference)
    ReturnLine.objects.filter(pk__in=[some.pk for some in lines]).update(is_reserved=False)


def lock_levels(lines: list[ReturnLine]) -> None:
    """The stock of what comes and of what goes, in the house's order: two exchanges may be each other's mirror."""
    variants = {some.line.variant_id for some in lines} | {some.replacement_id for some in lines} - {None}
    levels = StockLevel.objects.filter(variant_id__in=variants).order_by("pk")
    list(levels.select_for_update(no_key=True, of=("self",)).values_list("pk"))


def _reserve(lines: list[ReturnLine]) -> None:
    missing = [some for some in lines if _is_counted(some.replacement) and not some.is_reserved]
    if not missing:
        return
    allocate([Wanted(some.replacement_id or 0, some.quantity, some.reference) for some in missing])
    for some in missing:
        some.is_reserved = True
        some.save(update_fields=["is_reserved"])


def _is_counted(variant: Variant | None) -> bool:
    return variant is not None and variant.is_tracked


def _put_back(some: ReturnLine, quantity: int, location: Location | None, *, actor: Any) -> None:
    place = location or _home_of(some.line)
    some.restocked = quantity if place is not None else 0
    some.save(update_fields=["restocked"])
    if quantity and some.line.is_stocked and place is not None:
        reason = f"return {some.request}"
        receive_stock(
            some.line.variant, place, quantity, reason=reason, actor=actor, returned=True, reference=some.reference
        )


def _home_of(line: OrderLine) -> Location | None:
    """Where it was sent from."""
    sent = StockMovement.objects.filter(reference=line.hold_reference, kind="shipped", level__variant=line.variant_id)
    last = sent.select_related("level__location").order_by("-pk").first()
    return last.level.location if last else Location.objects.first()


def _lines(request: ReturnRequest) -> list[ReturnLine]:
    return list(request.lines.select_related("line__variant", "replacement", "request__order").order_by("line_id"))


def _let_go(request: ReturnRequest) -> None:
    for some in _lines(request):
        OrderLine.objects.filter(pk=some.line_id).update(spoken_for=F("spoken_for") - some.quantity)


def _insist(request: ReturnRequest, wish: str, *states: str) -> None:
    if request.state not in states:
        raise ReturnMoved(request, wish)


def _move(
    request: ReturnRequest,
    state: str,
    *fields: str,
    decided: bool = False,
    received: bool = False,
    settled: bool = False,
) -> None:
    request.state = state
    times = {"decided_at": decided, "received_at": received, "settled_at": settled}
    reached = [name for name, is_reached in times.items() if is_reached]
    for name in reached:
        setattr(request, name, clock.now())
    request.save(update_fields=["state", *fields, *reached])


def _tell(request: ReturnRequest, kind: str, *, actor: Any, **data: Any) -> None:
    request.order.record(kind, actor=actor, returned=request.pk, **data)
