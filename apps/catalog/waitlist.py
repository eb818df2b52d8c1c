"""The line for what is sold out: who asked first is asked first, one piece and half an hour each.

Turns of one variant are given under its advisory lock, by whoever comes first: the transaction that receives goods,
or a worker's sweep. What is kept for a turn is a hold like any other; nothing here counts stock itself.
Lock order: cart, the variant's line, its alerts, stock levels.
"""

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django_scopes import scope, scopes_disabled

from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.afterwards import after_commit
from apps.merchants.models import Merchant
from apps.merchants.statements import fetch

from .models import Product, StockAlert, Variant
from .signals import turn_began
from .stock import OutOfStock, Wanted, available, release_holds, take_holds

TURN = dt.timedelta(minutes=30)
REASON = "waitlist_turn"
AT_ONCE = 50  # turns begun in one transaction; the next sweep goes on
State = StockAlert.State
_LINE = 0x57A17  # the class of our advisory locks: "wait"

# Variants whose line can move: a turn has run out, or somebody waits and something is free.
DUE = """
SELECT a.merchant_id, a.variant_id FROM catalog_stockalert a
WHERE a.state = 'offered' AND a.until <= %(now)s
UNION
SELECT a.merchant_id, a.variant_id FROM catalog_stockalert a
JOIN catalog_variant v ON v.id = a.variant_id AND v.is_active
JOIN catalog_product p ON p.id = v.product_id AND p.status = 'active'
WHERE a.state = 'waiting' AND (NOT v.is_tracked OR EXISTS (
    SELECT FROM catalog_stocklevel l WHERE l.variant_id = v.id
      AND l.on_hand - l.allocated - l.held + COALESCE((SELECT sum(h.quantity) FROM catalog_stockhold h
          WHERE h.level_id = l.id AND h.state = 'active' AND h.expires_at <= %(now)s), 0) > 0))
LIMIT %(limit)s
"""


class StillThere(Exception):
    """There is no need to wait: the variant can be had."""


class TurnOver(Exception):
    """The turn has been taken, declined or has run out; or it is somebody else's."""


@transaction.atomic
def wait_for(customer: Customer, variant: Variant) -> StockAlert:
    """A place in the line, the same one however often it is asked for. Raises `StillThere`."""
    _lock_line(variant.pk)
    mine = StockAlert.objects.filter(customer=customer, variant=variant, state__in=StockAlert.OPEN).first()
    if mine is not None:
        return mine
    if available([variant.pk])[variant.pk] > 0:
        raise StillThere
    alert: StockAlert = StockAlert.objects.create(merchant_id=customer.merchant_id, customer=customer, variant=variant)
    return alert


def waits_of(customer: Customer) -> list[StockAlert]:
    """What the customer waits for or has the turn for, oldest first."""
    mine = StockAlert.objects.filter(customer=customer, state__in=StockAlert.OPEN)
    return list(mine.select_related("variant__product"))


@transaction.atomic
def leave_line(customer: Customer, variant_id: int) -> bool:
    """No longer wanted; a piece kept for them goes to the next. False where they were not waiting."""
    _lock_line(variant_id)
    alert = StockAlert.objects.filter(customer=customer, variant=variant_id, state__in=StockAlert.OPEN).first()
    if alert is None:
        return False
    _close(alert, State.DECLINED)
    release_holds([alert.hold_reference])
    _serve(variant_id)
    return True


@transaction.atomic
def pass_turn(alert: StockAlert) -> None:
    """They cannot be told: the next in line is asked at once."""
    _lock_line(alert.variant_id)
    current = StockAlert.objects.filter(pk=alert.pk, state=State.OFFERED).first()
    if current is None:
        return
    _close(current, State.PASSED)
    release_holds([current.hold_reference])
    _serve(current.variant_id)


def lock_turn(customer: Customer, alert_id: int) -> StockAlert:
    """The customer's running turn, locked until the end of the transaction. Raises `TurnOver`."""
    alert = StockAlert.objects.filter(pk=alert_id, customer=customer).select_related("variant__product").first()
    if alert is None:
        raise TurnOver
    _lock_line(alert.variant_id)
    alert.refresh_from_db(fields=["state", "until"])
    if alert.state != State.OFFERED or alert.until is None or alert.until <= clock.now():
        raise TurnOver
    return alert


def turn_taken(alert: StockAlert) -> None:
    """On a turn from `lock_turn`, whose piece somebody has adopted."""
    _close(alert, State.TAKEN)


def run_due(limit: int = 20) -> int:
    """Let the lines move that can. Returns how many turns began or ended. For the worker."""
    with scopes_disabled():
        due = fetch(DUE, {"now": clock.now(), "limit": limit})
        merchants = Merchant.objects.in_bulk({merchant for merchant, _ in due})
    moved = 0
    for merchant, variant in sorted(due):
        with scope(merchant=merchants[merchant]):
            moved += serve(variant)
    return moved


def more_came(variant_id: int) -> None:
    """Goods came in: whoever waits for them has them before anybody else can."""
    if StockAlert.objects.filter(variant=variant_id, state=State.WAITING).exists():
        serve(variant_id)


@transaction.atomic
def serve(variant_id: int) -> int:
    """End the turns that ran out and begin those there are pieces for. Returns how many of both; 0 while somebody
    else is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", _line_key(variant_id))
        if not cursor.fetchone()[0]:
            return 0
    return _serve(variant_id)


def _serve(variant_id: int) -> int:
    """With the line locked."""
    now = clock.now()
    over = list(StockAlert.objects.filter(variant=variant_id, state=State.OFFERED, until__lte=now))
    for alert in over:
        _close(alert, State.PASSED)
    if over:
        release_holds([alert.hold_reference for alert in over])
    line = StockAlert.objects.filter(
        Q(variant__is_active=True, variant__product__status=Product.Status.ACTIVE),
        variant=variant_id,
        state=State.WAITING,
    )
    begun = 0
    for alert in line.order_by("created_at", "pk")[:AT_ONCE]:
        try:
            take_holds([Wanted(variant_id, 1, alert.hold_reference)], reason=REASON, until=now + TURN)
        except OutOfStock:
            break
        alert.state, alert.offered_at, alert.until = State.OFFERED, now, now + TURN
        alert.save(update_fields=["state", "offered_at", "until"])
        begun += 1
    if begun:
        after_commit(turn_began.send, StockAlert, variant_id=variant_id)
    return len(over) + begun


def _close(alert: StockAlert, state: str) -> None:
    alert.state, alert.closed_at = state, clock.now()
    alert.save(update_fields=["state", "closed_at"])


def _lock_line(variant_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _line_key(variant_id))


def _line_key(variant_id: int) -> list[int]:
    """Two 32-bit numbers; lines that share one only wait for each other."""
    return [_LINE, variant_id % 2_147_483_647]


# --- two customers who are one -------------------------------------------------------------------
def move_alerts(source: Customer, target: Customer) -> dict[str, Any]:
    """Where both wait, whoever has the turn or came first stays in the line. {"moved": ids, "ended": ids}"""
    theirs = {alert.variant_id: alert for alert in _open_alerts(source)}
    ours = {alert.variant_id: alert for alert in _open_alerts(target)}
    ended = []
    for variant in sorted(theirs.keys() & ours.keys()):
        _lock_line(variant)
        pair = sorted(
            (theirs[variant], ours[variant]), key=lambda alert: (alert.until is None, alert.created_at, alert.pk)
        )
        _close(pair[1], State.DECLINED)
        release_holds([pair[1].hold_reference])
        ended.append(pair[1].pk)
    moved = list(StockAlert.objects.filter(customer=source).values_list("pk", flat=True))
    StockAlert.objects.filter(pk__in=moved).update(customer=target)
    return {"moved": moved, "ended": ended}


def return_alerts(source: Customer, target: Customer, moved: dict[str, Any]) -> None:
    """Everybody waits for themselves again, whoever's place was given up for the other's in that old place anew."""
    StockAlert.objects.filter(pk__in=moved["moved"], customer=target).update(customer=source)
    StockAlert.objects.bulk_create(
        (
            StockAlert(
                merchant_id=alert.merchant_id,
                customer=source if alert.pk in moved["moved"] else target,
                variant_id=alert.variant_id,
                created_at=alert.created_at,
            )
            for alert in StockAlert.objects.filter(pk__in=moved["ended"], state=State.DECLINED)
        ),
        ignore_conflicts=True,
    )


def _open_alerts(customer: Customer) -> list[StockAlert]:
    mine = StockAlert.objects.filter(customer=customer, state__in=StockAlert.OPEN)
    return list(mine.order_by("variant", "pk").select_for_update(no_key=True))
