"""Buying labels and giving them back: the carrier is asked with no lock held, and its answer is booked under one.

What is bought has its name at the carrier written down first, so a lost answer is looked for and nothing is bought twice.
"""

import datetime as dt

import structlog
from django.db import transaction
from django_scopes import scope, scopes_disabled

from apps.merchants import clock
from apps.merchants.doors import NotConfigured

from .actions.cancel import lock_return
from .carrier import BoughtLabel, Carrier, CarrierRefused, CarrierUnavailable, LabelWish, all_carriers
from .models import Order, ReturnLabel, ReturnRequest, ReturnRules

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(minutes=3)  # longer than all the calls of one purchase
LONGEST_PAUSE = dt.timedelta(hours=1)
MOST_ATTEMPTS = 8
State = ReturnLabel.State


def run_due(limit: int = 20) -> int:
    """The worker's part: buy what is wanted, give back what is not. Returns how many were tried."""
    with scopes_disabled():
        due = ReturnLabel.objects.filter(state__in=ReturnLabel.WORKING, due_at__lte=clock.now())
        waiting = list(due.select_related("merchant").order_by("due_at", "pk")[:limit])
    done = 0
    for label in waiting:
        with scope(merchant=label.merchant):
            if _claim(label.pk):
                _work(label.pk)
                done += 1
    return done


def _claim(pk: int) -> bool:
    """Ours until the lease ends, if nobody else took it first."""
    now = clock.now()
    due = ReturnLabel.objects.filter(pk=pk, state__in=ReturnLabel.WORKING, due_at__lte=now)
    return bool(due.update(due_at=now + LEASE))


def _work(pk: int) -> None:
    label = ReturnLabel.objects.select_related("account", "request__order").get(pk=pk)
    try:
        if label.state == State.WANTED:
            _buy(label)
        else:
            _give_back(label)
    except CarrierUnavailable as error:
        _later(label, error)
    except (CarrierRefused, NotConfigured) as error:
        _refused(label, error)
    except Exception as error:  # whatever it is, it must not stop the others
        logger.exception("label.failed", label=pk)
        _later(label, error)


def _seller_of(label: ReturnLabel) -> tuple[Carrier, dict[str, str]]:
    """Raises `NotConfigured` where the account cannot sell labels (any more)."""
    account = label.account
    carrier = all_carriers().get(account.provider) if account is not None and account.is_active else None
    if account is None or carrier is None or not carrier.sells_labels(account.config):
        raise NotConfigured("the account at the carrier sells no labels")
    return carrier, account.config


def _buy(label: ReturnLabel) -> None:
    carrier, config = _seller_of(label)
    if not label.shipment:
        label.shipment = _named(label, carrier.prepare_label(_wish_of(label), config))
    bought = carrier.buy_label(label.shipment, config)
    sheet = carrier.fetch_file(bought.sheet_url, config)
    code = carrier.fetch_file(bought.code_url, config) if bought.code_url else b""
    _book(label.pk, bought, sheet, code)


def _named(label: ReturnLabel, shipment: str) -> str:
    """The first name it got is the one that is bought: whoever was slower lets theirs lie."""
    ReturnLabel.objects.filter(pk=label.pk, shipment="").update(shipment=shipment)
    kept: str = ReturnLabel.objects.values_list("shipment", flat=True).get(pk=label.pk)
    return kept


def _wish_of(label: ReturnLabel) -> LabelWish:
    """Raises `CarrierRefused` where the shop's rules are gone."""
    request = label.request
    rules: ReturnRules | None = ReturnRules.objects.first()
    if rules is None:
        raise CarrierRefused("the shop gives no labels any more")
    shop = {
        key: str(getattr(rules, key)) for key in ("name", "street", "postcode", "city", "region", "country", "phone")
    }
    return LabelWish(
        reference=str(label),
        shopper=_sender_of(request.order),
        shop=shop,
        grams=_grams_of(request, rules),
    )


def _sender_of(order: Order) -> dict[str, str]:
    """Where the order went; whoever it went to sends it back."""
    place = order.shipping_address
    street = ", ".join(filter(None, (place.get("line1"), place.get("line2"))))
    told = {key: str(place.get(key) or "") for key in ("name", "postcode", "city", "region", "country")}
    return {**told, "street": street, "phone": order.contact_phone}


def _grams_of(request: ReturnRequest, rules: ReturnRules) -> int:
    lines = request.lines.select_related("line__variant")
    return sum(some.quantity * (some.line.variant.weight_grams or rules.grams) for some in lines)


@transaction.atomic
def _book(pk: int, bought: BoughtLabel, sheet: bytes, code: bytes) -> None:
    """It is paid for: the shopper gets it. Of one given up meanwhile sheet and code are not kept, it goes back."""
    label = ReturnLabel.objects.select_related("request__order").get(pk=pk)
    request = lock_return(label.request)
    label.refresh_from_db(fields=["state"])
    if label.state not in ReturnLabel.WORKING:
        return
    label.carrier, label.tracking_number, label.tracking_url = (
        bought.carrier,
        bought.tracking_number,
        bought.tracking_url,
    )
    label.cost, label.error = bought.cost, ""
    if label.state == State.WANTED:
        label.state, label.sheet, label.code = State.READY, sheet, code
        request.order.record("return_label", returned=request.pk, label=label.pk)
    else:
        label.due_at = clock.now()
    label.save()


def _give_back(label: ReturnLabel) -> None:
    if label.shipment:
        carrier, config = _seller_of(label)
        carrier.void_label(label.shipment, config)
    ReturnLabel.objects.filter(pk=label.pk, state=State.VOIDING).update(state=State.VOID, error="")


def _later(label: ReturnLabel, error: Exception) -> None:
    """Ever more slowly, and in the end not any more: then it is the desk's."""
    attempts = label.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        _refused(label, error)
        return
    pause = min(LONGEST_PAUSE, dt.timedelta(seconds=5 * 3**label.attempts))
    logger.warning("label.later", label=label.pk, attempts=attempts, error=str(error))
    ReturnLabel.objects.filter(pk=label.pk).update(
        due_at=clock.now() + pause, attempts=attempts, error=str(error)[:300]
    )


@transaction.atomic
def _refused(label: ReturnLabel, error: Exception) -> None:
    """Not bought: shopper and desk hear of it. Not given back: void all the same, and the desk sees why.

    What may have been bought after all, since nobody answered, is given back if it turns out so.
    """
    logger.error("label.refused", label=label.pk, error=str(error))
    is_unclear = isinstance(error, CarrierUnavailable) and bool(label.shipment)
    request = lock_return(label.request)
    label.refresh_from_db(fields=["state"])
    label.error = str(error)[:300]
    if label.state == State.WANTED:
        label.state = State.VOIDING if is_unclear else State.FAILED
        label.attempts, label.due_at = 0, clock.now() + LONGEST_PAUSE
        request.order.record("return_label_failed", returned=request.pk)
    elif label.state == State.VOIDING:
        label.state = State.VOID
    label.save(update_fields=["state", "error", "attempts", "due_at"])
