"""Whatever is shipped, paid back, fails and is asked for again, in any order: the sums are right after every step."""

import contextlib
from decimal import Decimal

from django.db import transaction
from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from apps.carts.money import from_minor, money, to_minor
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import NotNow, ship_order
from apps.orders.models import Order
from apps.payments.actions import CannotRefund, refund_lines, refund_order
from apps.payments.actions.check import finalise
from apps.payments.books import lock_payment, write_facts
from apps.payments.models import Payment, PaymentAccount, Refund
from apps.payments.provider import Fact, Kind
from apps.payments.shares import delivery_left, units_left
from tests import factories
from tests.carts import goods

MATTERS = ("orders", "payments", "catalog")


class Story(RuleBasedStateMachine):
    """One order of two or three lines with prices that do not divide, and what befalls it. Rolled back at the end."""

    shop: Merchant

    def __init__(self) -> None:
        super().__init__()
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.scope = scope(merchant=self.shop)
        self.scope.__enter__()
        self.order = self._order()

    def _order(self) -> Order:
        goods.vat(self.shop, "19", is_inclusive=False)
        wanted = {
            goods.variant(self.shop, "Mug", price="3.33"): 3,
            goods.variant(self.shop, "Lamp", price="10.01"): 2,
            goods.variant(self.shop, "Pin", price="0.01"): 7,
        }
        order = goods.draft(goods.full_cart(factories.customer(self.shop), wanted))
        account = PaymentAccount.objects.create(merchant=self.shop, provider="stripe", name="machine", config={})
        payment = Payment.objects.create(
            merchant=self.shop, account=account, order=order, attempt=1, amount=order.total, provider_payment="pi"
        )
        write_facts(payment, [Fact(Kind.CAPTURED, order.total, "pi", clock.now())])
        finalise(payment.pk)
        self.payment = payment
        return Order.objects.get(pk=order.pk)

    def teardown(self) -> None:
        try:
            self.everything_goes_back_in_the_end()
        finally:
            transaction.set_rollback(True)
            self.scope.__exit__(None, None, None)
            self.atom.__exit__(None, None, None)

    def told(self, refund: Refund, kind: Kind) -> None:
        """The provider says what became of it."""
        payment, _ = lock_payment(self.payment.pk)
        ref = refund.provider_ref or f"re{refund.pk}"
        Refund.objects.filter(pk=refund.pk).update(provider_ref=ref)
        write_facts(payment, [Fact(kind, refund.amount, ref, clock.now())])
        finalise(payment.pk)

    @rule(data=st.data(), drop=st.booleans())
    def pay_back(self, data: st.DataObject, drop: bool) -> None:
        lines = {line.pk: data.draw(st.integers(0, left)) for line, left in units_left(self.order)}
        delivery = from_minor(data.draw(st.integers(0, to_minor(delivery_left(self.order)))), "EUR")
        with contextlib.suppress(CannotRefund):
            refund_lines(self.order, lines=lines, delivery=delivery, drop=drop and self._may_drop())

    def _may_drop(self) -> bool:
        return Order.objects.get(pk=self.order.pk).status == Order.Status.PLACED

    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        unsent = {line.pk: data.draw(st.integers(0, line.unsent)) for line in self.order.lines.all()}
        with contextlib.suppress(NotNow):
            ship_order(self.order, carrier="DHL", tracking_number="", lines=unsent)

    @precondition(lambda self: Refund.objects.exclude(state="failed").exists())
    @rule(data=st.data(), kind=st.sampled_from([Kind.REFUNDED, Kind.REFUND_FAILED, Kind.REFUND_PENDING]))
    def hear(self, data: st.DataObject, kind: Kind) -> None:
        refund = data.draw(st.sampled_from(list(Refund.objects.exclude(state="failed").order_by("pk"))))
        self.told(refund, kind)

    @invariant()
    def the_books_are_true(self) -> None:
        assert [f for f in run_all() if not f["ok"] and f["name"].startswith(MATTERS)] == []
        standing = Refund.objects.exclude(state="failed")
        assert sum((refund.amount.amount for refund in standing), Decimal(0)) <= self.order.total.amount

    def everything_goes_back_in_the_end(self) -> None:
        """Then the parts make the whole to the cent, and nothing is left to ask for."""
        with contextlib.suppress(CannotRefund):
            refund_order(self.order)
        for refund in Refund.objects.filter(state__in=Refund.OPEN):
            self.told(refund, Kind.REFUNDED)
        self.order.refresh_from_db()
        standing = list(Refund.objects.exclude(state="failed").prefetch_related("lines"))
        parts = sum(
            (sum(part.amount for part in refund.lines.all()) + refund.delivery for refund in standing), Decimal(0)
        )
        taxes = sum((refund.tax for refund in standing), Decimal(0))
        assert (parts, taxes, self.order.payment_status) == (
            self.order.total.amount,
            self.order.tax_total.amount,
            "refunded",
        )
        assert (units_left(self.order), delivery_left(self.order)) == ([], money(0, "EUR"))


def test_the_sums_are_right_whatever_happens(merchant: Merchant) -> None:
    Story.shop = merchant
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
