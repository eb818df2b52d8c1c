"""Asking the provider what became of an attempt, and acting on it once.

Webhook, return page and reconciliation all end here; none of them is believed, they only make us look.
"""

import datetime as dt

import structlog
from django.db import transaction

from apps.carts.actions import close_cart
from apps.carts.money import money
from apps.catalog.stock import extend_holds
from apps.ledger.actions import NotEnough
from apps.merchants import clock
from apps.orders.actions.place import Placing, place_paid
from apps.orders.models import Order

from ..asking import look_at
from ..books import buyer_of, folded_attempts, lock_payment, write_facts
from ..documents import write_documents
from ..fold import payment_status
from ..models import Payment, Refund
from ..provider import Fact, Kind, Session
from .booked import book_refunds, follow_points
from .cards import keep_card
from .claims import keep_claims
from .let_go import end_captures
from .promise import promise_refund
from .sold_card import issue_sold, void_left
from .tender import give_tenders_back, keep_tenders

logger = structlog.get_logger(__name__)

GOOD = (Payment.State.AUTHORISED, Payment.State.SUCCEEDED)  # reserved or here: the order is placed
WAIT_FOR_BANK = dt.timedelta(days=5)  # how long a delayed payment keeps its goods


def check_payment(payment: Payment, *, event_id: str = "") -> Payment:
    """Ask about the page or the charge, outside any transaction, and book what is new.

    Raises `ProviderUnavailable`, `ProviderRefused`, `NotConfigured`.
    """
    if not payment.provider_session and not (payment.is_off_session and payment.provider_payment):
        return payment
    return record_session(payment.pk, look_at(payment), event_id=event_id)


@transaction.atomic
def record_session(payment_id: int, session: Session, *, event_id: str = "") -> Payment:
    """Book what the provider says of an attempt, and finish the order if that is due. Any number of times."""
    payment, order = lock_payment(payment_id)
    write_facts(payment, _believable(payment, order, session), event_id=event_id)
    if not payment.is_off_session:
        payment.provider_payment = session.payment_id or payment.provider_payment
    payment.checked_at = clock.now()
    payment.trouble = session.trouble[:60]
    payment.capture_before = session.capture_before or payment.capture_before
    payment.save(update_fields=["provider_payment", "checked_at", "trouble", "capture_before"])
    keep_claims(payment, [fact.claim for fact in session.facts if fact.claim is not None])
    _settle(payment, order)
    if payment.state in GOOD:
        keep_card(payment, session)
    if payment.state == Payment.State.SUCCEEDED:
        write_documents(order)  # last: nothing is locked after the series of their numbers
    return payment


@transaction.atomic
def finalise(payment_id: int) -> Payment:
    """Bring attempt and order to what the books say. One transaction; doing it again changes nothing."""
    payment, order = lock_payment(payment_id)
    _settle(payment, order)
    if payment.state == Payment.State.SUCCEEDED:
        write_documents(order)
    return payment


def _believable(payment: Payment, order: Order, session: Session) -> list[Fact]:
    """The facts, and one more if the page was not for exactly this: another amount, currency or order."""
    facts = list(session.facts)
    taken = [fact.amount for fact in facts if fact.kind == Kind.CAPTURED]
    reserved = [fact.amount for fact in facts if fact.kind == Kind.AUTHORISED]
    whole = [session.amount, *reserved, *([] if payment.captures_on_shipping else taken)]
    is_same = (
        session.id == payment.provider_session
        and (bool(session.id) or session.payment_id == payment.provider_payment)
        and session.reference == payment.public_id
        and session.order_number == order.number
        and all(amount == payment.amount for amount in whole)
        and bool(reserved) <= payment.captures_on_shipping
    )
    if (taken or reserved) and not is_same:
        logger.error("payment.mismatch", payment=payment.pk, order=order.number, session=session.id)
        facts.append(Fact(Kind.MISMATCH, payment.amount, session.id or session.payment_id, clock.now()))
    return facts


def _settle(payment: Payment, order: Order) -> None:
    """Payment state and order status follow the fold; a first success places the order. All is locked."""
    attempts = folded_attempts(order)
    attempt = attempts[payment.pk]
    was = payment.state
    payment.state = _state_after(payment, attempt.state)
    payment.save(update_fields=["state"])
    order.payment_status = payment_status(list(attempts.values()), total=order.total)
    order.save(update_fields=["payment_status"])
    if payment.state == Payment.State.REVIEW and was != Payment.State.REVIEW:
        order.record("review", payment=payment.pk)
    if payment.state == Payment.State.PROCESSING and order.status == Order.Status.DRAFT:
        _wait_for_bank(order)
    outcome = _money_is_here(payment, order) if payment.state in GOOD else None
    has_gone_back = book_refunds(payment, order)  # after what came, and before more of it is promised back
    if outcome is not None:
        _give_back(payment, order, outcome)
    if payment.state in (Payment.State.SUCCEEDED, Payment.State.RELEASED) and was != payment.state:
        end_captures(payment, order, attempt)
    has_run_out = payment.state == Payment.State.RELEASED != was
    if has_gone_back or has_run_out or any(each.lost.amount for each in attempts.values()):
        follow_points(order, list(folded_attempts(order).values()))  # with what tenders brought meanwhile
    if attempt.lost.amount and _has_bought(payment, order):
        void_left(order)


def _state_after(payment: Payment, folded: str) -> str:
    """An attempt without a page that was given up stays so: the books know nothing of it."""
    return payment.state if folded == Payment.State.OPEN else folded


def _wait_for_bank(order: Order) -> None:
    """The shopper has done their part: the goods wait with them, and the cart is theirs no more to change."""
    until = clock.now() + WAIT_FOR_BANK
    if order.hold_until is None or order.hold_until < until - dt.timedelta(days=1):
        order.hold_until = until
        order.save(update_fields=["hold_until"])
        close_cart(order.cart)
        references = list(order.lines.filter(is_stocked=True).values_list("hold_reference", flat=True))
        if references:
            extend_holds(references, until)


def _place(payment: Payment, order: Order) -> Placing:
    """Placed only with all of its money: what gift cards and credit pay is kept with it, or goes back with the rest."""
    try:
        with transaction.atomic():
            outcome = place_paid(order)
            if outcome == Placing.PLACED:
                keep_tenders(order, wanted=order.total - payment.amount)
    except NotEnough:
        order.refresh_from_db()
        return Placing.CALLED_OFF
    if outcome in (Placing.UNFILLABLE, Placing.CALLED_OFF):
        give_tenders_back(order)
    return outcome


def _has_bought(payment: Payment, order: Order) -> bool:
    """Whether the order was placed with this attempt's money, or with nobody's that is known."""
    bought_by = buyer_of(order)
    return bought_by is None or bought_by == payment.pk


def _record(payment: Payment, order: Order) -> None:
    """Paid once; and of what was reserved first also that, and that it was taken."""
    currency = str(payment.amount.currency)
    if payment.state == Payment.State.AUTHORISED:
        order.record("authorised", payment=payment.pk, amount=str(payment.amount.amount), currency=currency)
        return
    if order.events.filter(kind="paid").exists():
        return
    taken = money(payment.captured, currency) if payment.captures_on_shipping else payment.amount
    order.record("paid", payment=payment.pk, amount=str(taken.amount), currency=currency)
    if order.events.filter(kind="authorised").exists():
        order.record("captured", payment=payment.pk, amount=str(taken.amount), currency=currency)


def _money_is_here(payment: Payment, order: Order) -> Placing:
    """Or reserved for us. Place the order, once."""
    outcome = _place(payment, order)
    if outcome == Placing.PLACED:
        issue_sold(order)
        _record(payment, order)
    is_taken = payment.state == Payment.State.SUCCEEDED and payment.captures_on_shipping
    if outcome == Placing.ALREADY and is_taken and _has_bought(payment, order):
        _record(payment, order)
    return outcome


def _give_back(payment: Payment, order: Order, outcome: Placing) -> None:
    """Where the order cannot be, or another attempt has paid for it already, the money goes back."""
    if outcome == Placing.ALREADY and not _has_bought(payment, order):
        promise_refund(payment, order, reason=Refund.DOUBLE)
    elif outcome == Placing.UNFILLABLE:
        promise_refund(payment, order, reason=Refund.SOLD_OUT)
    elif outcome == Placing.CALLED_OFF:
        promise_refund(payment, order, reason=Refund.CALLED_OFF)
