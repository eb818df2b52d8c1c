"""The demo shop's price lists and its set: made once, one list for trade customers, one for Switzerland."""

from decimal import Decimal

from apps.carts.models import Promotion
from apps.catalog.lists import terms_for
from apps.catalog.models import PriceList
from apps.catalog.prices import prices_now
from apps.customers.actions import add_members
from apps.customers.models import CustomerGroup
from apps.gateway.demo import seed_member_prices, seed_price_lists, seed_set
from apps.loyalty.demo import seed_points
from apps.merchants.models import Merchant
from tests import factories
from tests.catalog.factories import make_product, make_variant


def test_the_demo_has_a_price_for_trade_and_one_for_switzerland(in_scope: Merchant) -> None:
    for _again in range(2):
        seed_price_lists(in_scope)
    assert PriceList.objects.count() == 2
    mug, ana = make_variant(in_scope, price="39.00"), factories.customer(in_scope)
    add_members(CustomerGroup.objects.get(), [ana])

    def costs(customer: int | None, country: str) -> Decimal:
        terms = terms_for(in_scope, customer, country=country)
        amount: Decimal = prices_now([mug.pk], terms)[mug.pk][0].amount.amount
        return amount

    assert costs(ana.pk, "DE") == Decimal("32.95")
    assert costs(None, "CH") == Decimal("41.90")
    assert costs(None, "DE") == 39


def test_the_demo_has_a_price_for_its_highest_level(in_scope: Merchant) -> None:
    seed_member_prices(in_scope)
    assert not PriceList.objects.exists()
    seed_points(in_scope)
    for _again in range(2):
        seed_member_prices(in_scope)
    assert [tier.name for tier in PriceList.objects.get().tiers.all()] == ["Lime tree"]


def test_the_demo_has_a_set_once_both_its_parts_are_there(in_scope: Merchant) -> None:
    make_product(in_scope, "Teapot Kyo", slug="teapot-kyo")
    seed_set(in_scope)
    assert not Promotion.objects.exists()
    make_product(in_scope, "Sencha", slug="sencha-green-tea")
    for _again in range(2):
        seed_set(in_scope)
    made = Promotion.objects.get()
    assert (made.kind, made.is_automatic, made.products.count()) == ("set", True, 2)
