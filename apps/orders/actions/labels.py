"""The label of a return: wanted once it may come back, void once it will not; its parcel's news move the return."""

import datetime as dt
from typing import Any

from django.db import transaction
from djmoney.money import Money

from apps.carts.money import money, zero
from apps.merchants import clock
from apps.merchants.inbox import wake

from ..carrier import Status
from ..models import Order, ReturnLabel, ReturnRequest, ReturnRules
from ..unused_labels import give_up
from .cancel import lock_return

State = ReturnLabel.State
Reason = ReturnRequest.Reason
SHOPS_FAULT = (Reason.NOT_AS_SHOWN, Reason.DAMAGED, Reason.FAULTY, Reason.MISSING, Reason.WRONG_ITEM)
UNDERWAY = (Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY)
ARRIVED = (Status.DELIVERED, Status.PICK_UP)


def rules_of(order: Order) -> ReturnRules | None:
    """How this shop takes things back; None where it gives no labels."""
    found: ReturnRules | None = ReturnRules.objects.select_related("account").filter(merchant=order.merchant_id).first()
    return found


def postage_for(order: Order, *, kind: str, reason: str) -> Money:
    """What is taken off the refund for the label of such a return; nothing where the shop bears it."""
    rules = rules_of(order)
    is_free = (
        rules is None
        or rules.payer == ReturnRules.Payer.SHOP
        or rules.postage is None
        or kind != ReturnRequest.Kind.RETURN
        or reason in SHOPS_FAULT
        or str(rules.postage.currency) != order.currency
    )
    return zero(order.currency) if is_free or rules is None or rules.postage is None else rules.postage


def postage_due(request: ReturnRequest) -> Money:
    """What this return's label costs the shopper, as agreed: only where there was one to use."""
    is_bought = request.postage and request.labels.filter(state=State.READY, account__isnull=False).exists()
    return money(request.postage if is_bought else 0, request.order.currency)


def want_label(request: ReturnRequest) -> ReturnLabel | None:
    """Its way home, the one there is or a new one; None where the shop gives none. The return is locked.

    Our own slip is there at once, a carrier's is bought by the worker.
    """
    rules = rules_of(request.order)
    if rules is None or not request.comes_back:
        return None
    if live := request.labels.filter(state__in=ReturnLabel.LIVE).first():
        return live  # type: ignore[no-any-return]
    label: ReturnLabel = ReturnLabel.objects.create(
        merchant_id=request.merchant_id,
        request=request,
        position=request.labels.count() + 1,
        account=rules.account,
        state=State.WANTED if rules.account_id else State.READY,
        expires_at=clock.now() + dt.timedelta(days=rules.label_days) if rules.account_id else None,
    )
    if label.state == State.READY:
        request.order.record("return_label", returned=request.pk, label=label.pk)
    else:
        wake("labels")
    return label


@transaction.atomic
def label_again(request: ReturnRequest) -> ReturnLabel | None:
    """The label to send once more: one that has run out, or could not be bought, is replaced.

    None where the shop gives none or the return is past it. The return's order is locked here.
    """
    request = lock_return(request)
    if request.state != ReturnRequest.State.APPROVED or request.way:
        return None
    live = request.labels.filter(state__in=ReturnLabel.LIVE).first()
    if live is not None and live.state == State.READY and live.is_expired:
        give_up(live)
    return want_label(request)


@transaction.atomic
def record_return_tracking(label: ReturnLabel, *, status: str) -> None:
    """The parcel moves: the return with it, forwards only, each told once."""
    request = lock_return(label.request)
    way = request.Way.ARRIVED if status in ARRIVED else request.Way.UNDERWAY if status in UNDERWAY else ""
    is_news = way and request.way in (("", request.Way.UNDERWAY) if way == request.Way.ARRIVED else ("",))
    if not is_news or request.state != ReturnRequest.State.APPROVED:
        return
    request.way = way
    request.save(update_fields=["way"])
    told: dict[str, Any] = {"returned": request.pk, "carrier": label.carrier, "number": label.tracking_number}
    request.order.record(f"return_{way}", **told)
