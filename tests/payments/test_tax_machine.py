"""Whatever goes back, fails and is asked for again: what a tax provider is told of it is exactly what was sold."""

import datetime as dt

from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from apps.carts.models import TaxAccount, TaxCalculation
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.documents.rates import less, sum_of
from apps.orders.models import Order
from apps.payments.documents import write_documents
from apps.payments.models import TaxEntry
from apps.payments.taxes import parts_sold, read

from .test_refund_machine import Story


class TaxStory(Story):
    """The same order, reckoned by a provider; its invariants say that no line is ever taken back further than it was
    sold, and that what is told is what went back."""

    def _order(self) -> Order:
        order = super()._order()
        account = TaxAccount.objects.create(merchant=self.shop, provider="stripe", config={})
        made = TaxCalculation.objects.create(
            merchant=self.shop, account=account, cart=order.cart, fingerprint="f", by="stripe", reference="taxcalc_1",
            expires_at=clock.now() + dt.timedelta(days=90),
        )  # fmt: skip
        Order.objects.filter(pk=order.pk).update(tax_by="stripe", tax_calculation=made)
        write_documents(Order.objects.get(pk=order.pk))
        return Order.objects.get(pk=order.pk)

    def everything_goes_back_in_the_end(self) -> None:
        super().everything_goes_back_in_the_end()
        sale, *back = TaxEntry.objects.filter(order=self.order).order_by("pk")
        left = read(sale.body, "EUR")
        assert {key: part for key, part in parts_sold(self.order).items() if part.gross.amount} == left
        for entry in back:
            told = read(entry.body, "EUR")
            assert all(part.tax.amount >= 0 and part.net.amount >= 0 for part in told.values())
            left = less(left, told)
        whole = sum_of(left, "EUR")
        assert (whole.gross.amount, whole.tax.amount) == (0, 0)


def test_any_split_of_refunds_takes_back_exactly_what_was_sold(merchant: Merchant) -> None:
    TaxStory.shop = merchant
    run_state_machine_as_test(
        TaxStory,
        settings=settings(
            max_examples=12, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    with scope(merchant=merchant):
        assert not TaxEntry.objects.exists()
