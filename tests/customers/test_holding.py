"""What somebody has here of their own: kept from whoever writes from a number of theirs later, until they prove it."""

from collections.abc import Callable

import pytest
from djmoney.money import Money

from apps.carts.actions import open_cart
from apps.catalog.models import StockAlert, Wish
from apps.customers import registry
from apps.customers.models import Customer
from apps.merchants.models import Merchant
from apps.payments.actions import grant_credit, issue_gift_card, use_gift_card
from apps.payments.models import Payer, PaymentAccount, SavedCard
from tests import factories
from tests.carts import goods

# Merged, and nothing of their own that is not in another part.
NOTHING_KEPT = {
    "promotion_uses": "taken with an order, which is kept",
    "bot": "where the talk stood: it is the thread's, and the number's next bearer has another",
    "insights": "reckoned from orders, which are kept",
}


def test_every_part_that_is_merged_says_whether_it_keeps_anything() -> None:
    assert registry.parts_that_keep_nothing() == set(NOTHING_KEPT)


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope)


def wishes(ana: Customer) -> None:
    Wish.objects.create(merchant=ana.merchant, customer=ana, product=goods.variant(ana.merchant).product)


def waits(ana: Customer) -> None:
    StockAlert.objects.create(merchant=ana.merchant, customer=ana, variant=goods.variant(ana.merchant))


def has_credit(ana: Customer) -> None:
    grant_credit(ana, Money("5.00", "EUR"), reason="late parcel")


def wrote_a_code(ana: Customer) -> None:
    card, _code = issue_gift_card(ana.merchant, Money("5.00", "EUR"))
    use_gift_card(open_cart(ana), card)


def let_a_card_be_kept(ana: Customer) -> None:
    account = PaymentAccount.objects.create(merchant=ana.merchant, provider="stripe", name="main", config={})
    payer = Payer.objects.create(merchant=ana.merchant, account=account, customer=ana)
    card = {"brand": "visa", "last4": "4242", "exp_month": 1, "exp_year": 2030}
    SavedCard.objects.create(merchant=ana.merchant, payer=payer, provider_method="pm_1", **card)


@pytest.mark.parametrize("does", [wishes, waits, has_credit, wrote_a_code, let_a_card_be_kept])
def test_attack_25_who_has_something_of_their_own_proves_who_they_are(
    ana: Customer, does: Callable[[Customer], None]
) -> None:
    bea = factories.customer(ana.merchant, "Bea")
    open_cart(bea)
    does(ana)
    assert (registry.holds_anything(ana), registry.holds_anything(bea)) == (True, False)
