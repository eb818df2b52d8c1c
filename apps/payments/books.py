"""Locking an attempt with its order, and reading and writing what is known about its money."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum
from djmoney.money import Money

from apps.carts.models import Cart
from apps.carts.money import money
from apps.merchants import clock
from apps.orders.models import Order

from .fold import Folded, fold
from .models import Payment, PaymentEvent, Refund
from .provider import Fact, Kind


def lock_payment(payment_id: int) -> tuple[Payment, Order]:
    """The attempt and its order for this transaction, locked in the house's order: cart, order, payment."""
    order_id, cart_id = Payment.objects.values_list("order_id", "order__cart_id").get(pk=payment_id)
    list(Cart.objects.select_for_update(no_key=True).filter(pk=cart_id).values_list("pk"))
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order_id)
    payment = Payment.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=payment_id)
    return payment, order


def write_facts(payment: Payment, facts: Iterable[Fact], *, event_id: str = "") -> None:
    """Append what is new, and keep the sums; what is known already stays as it was. Refunds of ours are known by their
    names. What cannot be (more taken than reserved, or gone back than came) needs a look. The payment is locked.
    """
    facts = list(facts)
    for fact in facts:
        if fact.key:
            _adopt(payment, fact)
    _append(payment, facts, event_id=event_id)
    folded = folded_payment(payment)
    if folded.is_beyond_belief and folded.state != Payment.State.REVIEW:
        _append(payment, [Fact(Kind.MISMATCH, payment.amount, payment.public_id, clock.now())], event_id=event_id)
        folded = folded_payment(payment)
    sums = sums_of(folded)
    Payment.objects.filter(pk=payment.pk).update(**sums)
    for name, value in sums.items():
        setattr(payment, name, value)


def sums_of(folded: Folded) -> dict[str, Decimal]:
    """What is kept on the attempt's own row, where the database watches it; nothing of what is under review."""
    is_counted = folded.state != Payment.State.REVIEW
    named = {"authorised": folded.authorised, "captured": folded.captured, "refunded": folded.refunded}
    return {name: money.amount if is_counted else Decimal(0) for name, money in named.items()}


def _append(payment: Payment, facts: list[Fact], *, event_id: str) -> None:
    PaymentEvent.objects.bulk_create(
        [
            PaymentEvent(
                merchant_id=payment.merchant_id,
                payment=payment,
                kind=fact.kind,
                amount=fact.amount,  # type: ignore[misc]
                provider_ref=fact.ref,
                event_id=event_id,
                occurred_at=fact.occurred_at,
            )
            for fact in facts
        ],
        ignore_conflicts=True,
    )


def buyer_of(order: Order) -> int | None:
    """The attempt at a provider, or taken by hand, that the order was placed with; None where gift cards and credit paid
    it all, or it was not placed."""
    bought = order.events.filter(kind__in=["authorised", "paid"]).order_by("pk").first()
    found: int | None = bought.data.get("payment") if bought else None
    return found


def refund_key(refund: Refund, payment: Payment) -> str:
    """What the provider knows this refund by, however often it is asked for."""
    return f"refund:{payment.public_id}:{refund.pk}"


def _adopt(payment: Payment, fact: Fact) -> None:
    """A refund whose answer we never got is found by the name we gave it, not by an amount others may have too."""
    for refund in Refund.objects.filter(payment=payment, provider_ref="", state__in=Refund.OPEN):
        if refund_key(refund, payment) == fact.key:
            Refund.objects.filter(pk=refund.pk).update(provider_ref=fact.ref, state=Refund.State.PENDING, error="")


def folded_payment(payment: Payment) -> Folded:
    """What this one attempt has come to. One query."""
    events = PaymentEvent.objects.filter(payment=payment).order_by("pk")
    facts = [Fact(Kind(event.kind), event.amount, event.provider_ref, event.occurred_at) for event in events]
    return _fold(facts, str(payment.amount.currency))


def folded_attempts(order: Order) -> dict[int, Folded]:
    """Payment id -> what it has come to, for every attempt of the order. Two queries."""
    facts: dict[int, list[Fact]] = {pk: [] for pk in order.payments.order_by("pk").values_list("pk", flat=True)}
    for event in PaymentEvent.objects.filter(payment__order=order).order_by("pk"):
        facts[event.payment_id].append(Fact(Kind(event.kind), event.amount, event.provider_ref, event.occurred_at))
    return {pk: _fold(known, order.currency) for pk, known in facts.items()}


def _fold(facts: list[Fact], currency: str) -> Folded:
    """Money that came in another currency is for review, not for sums."""
    return fold([fact for fact in facts if str(fact.amount.currency) == currency], currency=currency)


def promised_back(payment: Payment) -> Money:
    """What refunds on their way and done take of this attempt; once its money was taken, what was let go before is none
    of it. The attempt is locked."""
    rows = Refund.objects.filter(payment=payment).exclude(state=Refund.State.FAILED)
    if payment.state != Payment.State.AUTHORISED:
        rows = rows.exclude(is_release=True)
    total = rows.aggregate(total=Sum("amount"))["total"] or 0
    return money(total, str(payment.amount.currency))
