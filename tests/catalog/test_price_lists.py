"""One price list counts for a shopper, the most telling one; what they pay and paid is theirs alone."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django_scopes import scope
from djmoney.money import Money
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.catalog.cards import products_for_cards
from apps.catalog.lists import FOR_EVERYONE, Terms, terms_for
from apps.catalog.models import ListPrice, ListPriceRecord, PriceList, Variant
from apps.catalog.planning import NewPrice, plan_prices
from apps.catalog.prices import prices_now
from apps.catalog.products import card_facts
from apps.catalog.search import Filters, browse
from apps.customers.models import Address, Customer, CustomerGroup, GroupMember
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant

from .factories import make_merchant, make_variant

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
NOON = dt.datetime(2030, 6, 1, 12, tzinfo=dt.UTC)
Rounding = PriceList.Rounding


def make_list(merchant: Merchant, name: str = "Trade", **facts: Any) -> PriceList:
    groups, tiers, prices = facts.pop("groups", ()), facts.pop("tiers", ()), facts.pop("prices", {})
    made: PriceList = PriceList.objects.create(merchant=merchant, name=name, currency="EUR", **facts)
    made.groups.set(groups)
    made.tiers.set(tiers)
    for variant, price in prices.items():
        said = {"percent": price} if isinstance(price, int) else {"amount": Decimal(price)}
        ListPrice.objects.create(merchant=merchant, price_list=made, variant=variant, **said)
    return made


def make_group(merchant: Merchant, name: str, *people: Customer) -> CustomerGroup:
    group: CustomerGroup = CustomerGroup.objects.create(merchant=merchant, name=name)
    GroupMember.objects.bulk_create(GroupMember(merchant=merchant, group=group, customer=one) for one in people)
    return group


def make_customer(merchant: Merchant, country: str = "") -> Customer:
    customer: Customer = Customer.objects.create(merchant=merchant, name="Ana")
    if country:
        Address.objects.create(
            merchant=merchant, customer=customer, name="Ana", line1="Street 1", city="City", country=country
        )
    return customer


def costs(variant: Variant, terms: Terms = FOR_EVERYONE) -> Decimal:
    (tag,) = prices_now([variant.pk], terms)[variant.pk]
    return tag.amount.amount


@pytest.fixture
def mug(in_scope: Merchant) -> Variant:
    with clock.at(NOON - 60 * DAY):
        return make_variant(in_scope, title="Mug", price="50.00", sku="MUG")


def test_the_most_telling_list_counts_and_never_two_together(in_scope: Merchant, mug: Variant) -> None:
    ana = make_customer(in_scope, "CH")
    trade = make_group(in_scope, "Trade", ana)
    assert terms_for(in_scope, ana.pk) == FOR_EVERYONE
    make_list(in_scope, "Everyone", prices={mug: "49.00"}, priority=9)
    assert costs(mug, terms_for(in_scope, ana.pk)) == Decimal("49.00")
    make_list(in_scope, "Switzerland", prices={mug: "60.00"}, countries=["ch"])
    assert costs(mug, terms_for(in_scope, ana.pk)) == Decimal("60.00")
    make_list(in_scope, "Trade", percent=-20, groups=[trade])
    assert costs(mug, terms_for(in_scope, ana.pk)) == Decimal("40.00")
    make_list(in_scope, "Trade in Switzerland", prices={mug: 10}, countries=["CH"], groups=[trade])
    assert costs(mug, terms_for(in_scope, ana.pk)) == Decimal("55.00")
    make_list(in_scope, "Trade first", prices={mug: "44.00"}, countries=["CH"], groups=[trade], priority=1)
    assert costs(mug, terms_for(in_scope, ana.pk)) == Decimal("44.00")
    assert costs(mug, terms_for(in_scope, ana.pk, country="DE")) == Decimal("40.00")
    assert costs(mug, terms_for(in_scope, None)) == Decimal("49.00")
    assert costs(mug) == Decimal("50.00")


def test_a_list_without_a_price_for_it_leaves_it_to_the_next(in_scope: Merchant, mug: Variant) -> None:
    ana = make_customer(in_scope)
    hat = make_variant(in_scope, title="Hat", price="10.00")
    make_list(in_scope, prices={hat: "7.00"}, groups=[make_group(in_scope, "Trade", ana)])
    make_list(in_scope, "Everyone", percent=-10)
    terms = terms_for(in_scope, ana.pk)
    assert (costs(hat, terms), costs(mug, terms)) == (Decimal("7.00"), Decimal("45.00"))


@pytest.mark.parametrize(
    ("base", "percent", "rounding", "expected"),
    [
        ("50.00", "-15", Rounding.EXACT, "42.50"),
        ("19.99", "-15", Rounding.EXACT, "16.99"),
        ("19.99", "-15", Rounding.WHOLE, "17"),
        ("19.99", "-15", Rounding.FIVE, "17.00"),
        ("19.90", "-7.5", Rounding.FIVE, "18.40"),
        ("50.00", "10", Rounding.NINETY_NINE, "54.99"),
        ("50.00", "11", Rounding.NINETY_NINE, "55.99"),
        ("50.00", "10", Rounding.NINETY_FIVE, "54.95"),
        ("50.00", "10", Rounding.NINETY, "54.90"),
        ("0.30", "-50", Rounding.NINETY_NINE, "0.15"),  # it would round to nothing
        ("0.00", "-50", Rounding.NINETY_NINE, "0.00"),
        ("50.00", "-100", Rounding.NINETY_NINE, "0.00"),
    ],
)
def test_percentages_are_rounded_as_the_list_says(
    in_scope: Merchant, base: str, percent: str, rounding: str, expected: str
) -> None:
    mug = make_variant(in_scope, price=base)
    make_list(in_scope, percent=Decimal(percent), rounding=rounding)
    assert costs(mug, terms_for(in_scope, None)) == Decimal(expected)


def test_yen_are_rounded_to_whole_ones(in_scope: Merchant) -> None:
    mug = make_variant(in_scope, price="1980", currency="JPY")
    PriceList.objects.create(merchant=in_scope, name="JP", currency="JPY", percent=-15, rounding=Rounding.NINETY_NINE)
    assert costs(mug, terms_for(in_scope, None)) == Decimal(1683)


def test_lists_begin_and_end_by_the_clock(in_scope: Merchant, mug: Variant) -> None:
    make_list(in_scope, percent=-20, starts_at=NOON, ends_at=NOON + DAY)
    for moment, expected in ((NOON - DAY, 50), (NOON, 40), (NOON + DAY, 50)):
        with clock.at(moment):
            assert costs(mug, terms_for(in_scope, None)) == expected


def test_a_planned_price_is_what_a_percentage_is_of(in_scope: Merchant, mug: Variant) -> None:
    make_list(in_scope, percent=-20)
    with clock.at(NOON - 2 * DAY):
        plan_prices(
            in_scope,
            [NewPrice(mug, Money(30, "EUR"), Money(50, "EUR"))],
            starts_at=NOON,
            ends_at=NOON + DAY,
        )
    with clock.at(NOON):
        (tag,) = prices_now([mug.pk], terms_for(in_scope, None))[mug.pk]
    assert (tag.amount, tag.compare_at, tag.regular) == (Money(24, "EUR"), Money(40, "EUR"), Money(30, "EUR"))
    assert tag.until == NOON + DAY


def test_the_lowest_price_is_of_what_this_shopper_would_have_paid(in_scope: Merchant, mug: Variant) -> None:
    """Trade paid 35 ten days ago; the others 50 all the time. A reduction tells each of their own."""
    ana = make_customer(in_scope)
    with clock.at(NOON - 40 * DAY):
        trade = make_list(in_scope, prices={mug: "38.00"}, groups=[make_group(in_scope, "Trade", ana)])
    entry = trade.prices.get()
    for days, amount in ((10, "35.00"), (8, "38.00")):
        with clock.at(NOON - days * DAY):
            entry.amount = Decimal(amount)
            entry.save()
    with clock.at(NOON - DAY):
        entry.amount, entry.compare_at = Decimal("30.00"), Decimal("38.00")
        entry.save()
        price = mug.prices.get()
        price.amount, price.compare_at = Money(45, "EUR"), Money(50, "EUR")
        price.save()
    with clock.at(NOON):
        (hers,) = prices_now([mug.pk], terms_for(in_scope, ana.pk))[mug.pk]
        (others,) = prices_now([mug.pk], terms_for(in_scope, None))[mug.pk]
    assert (hers.amount, hers.lowest) == (Money(30, "EUR"), Money(35, "EUR"))
    assert (others.amount, others.lowest) == (Money(45, "EUR"), Money(50, "EUR"))


def test_a_list_that_is_over_counts_among_the_thirty_days(in_scope: Merchant, mug: Variant) -> None:
    with clock.at(NOON - 40 * DAY):
        make_list(in_scope, percent=-50, starts_at=NOON - 20 * DAY, ends_at=NOON - 10 * DAY)
    with clock.at(NOON - DAY):
        price = mug.prices.get()
        price.amount, price.compare_at = Money(45, "EUR"), Money(50, "EUR")
        price.save()
    with clock.at(NOON):
        (tag,) = prices_now([mug.pk], terms_for(in_scope, None))[mug.pk]
    assert (tag.amount, tag.lowest) == (Money(45, "EUR"), Money(25, "EUR"))


def test_search_filters_and_sorts_by_the_shoppers_own_prices(in_scope: Merchant, mug: Variant) -> None:
    ana = make_customer(in_scope)
    hat = make_variant(in_scope, title="Hat", price="45.00")
    make_list(in_scope, prices={mug: "39.00"}, groups=[make_group(in_scope, "Trade", ana)])
    terms, filters = terms_for(in_scope, ana.pk), Filters(price_max=Decimal(40))
    assert browse(in_scope, filters=filters, terms=terms).ids == [mug.product_id]
    assert browse(in_scope, filters=filters).ids == []
    cheap_first = Filters(sort="cheaper")
    assert browse(in_scope, filters=cheap_first, terms=terms).ids == [mug.product_id, hat.product_id]
    assert browse(in_scope, filters=cheap_first).ids == [hat.product_id, mug.product_id]


def test_what_is_kept_in_memory_shows_nobody_anothers_price(in_scope: Merchant, mug: Variant) -> None:
    ana, bea = make_customer(in_scope), make_customer(in_scope)
    make_list(in_scope, percent=-20, groups=[make_group(in_scope, "Trade", ana)])

    def card(terms: Terms) -> Decimal:
        (product,) = products_for_cards(in_scope, [mug.product_id], terms)
        return card_facts(product, currency="EUR").price.amount

    for _again in range(2):
        assert card(terms_for(in_scope, ana.pk)) == 40
        assert card(terms_for(in_scope, bea.pk)) == 50
        assert card(FOR_EVERYONE) == 50


def test_terms_cost_one_query_where_there_are_lists_and_the_state_otherwise(in_scope: Merchant, mug: Variant) -> None:
    ana = make_customer(in_scope)
    with CaptureQueriesContext(connection) as without:
        terms_for(in_scope, ana.pk)
    make_list(in_scope, percent=-20)
    with CaptureQueriesContext(connection) as with_lists:
        terms_for(in_scope, ana.pk)
    assert (len(without), len(with_lists)) == (1, 2)


# --- what the database refuses ---------------------------------------------------------------------
def test_one_price_of_a_variant_in_a_list(in_scope: Merchant, mug: Variant) -> None:
    trade = make_list(in_scope, prices={mug: "40.00"})
    with pytest.raises(IntegrityError, match="listprice_once"), transaction.atomic():
        ListPrice.objects.create(merchant=in_scope, price_list=trade, variant=mug, percent=5)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({}, "listprice_amount_or_percent"),
        ({"amount": Decimal(1), "percent": Decimal(1)}, "listprice_amount_or_percent"),
        ({"percent": Decimal("-100.01")}, "listprice_percent_in_range"),
        ({"percent": Decimal("500.01")}, "listprice_percent_in_range"),
        ({"amount": Decimal(-1)}, "listprice_not_negative"),
        ({"amount": Decimal("1.005")}, "listprice_decimals"),
        ({"percent": Decimal(1), "compare_at": Decimal(9)}, "listprice_before_needs_amount"),
    ],
)
def test_a_price_in_a_list_is_one_that_can_be(
    in_scope: Merchant, mug: Variant, facts: dict[str, Any], constraint: str
) -> None:
    trade = make_list(in_scope)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ListPrice.objects.create(merchant=in_scope, price_list=trade, variant=mug, **facts)


def test_lists_groups_and_goods_are_of_one_shop(in_scope: Merchant, mug: Variant) -> None:
    other = make_merchant()
    theirs = make_variant(other)
    trade = make_list(in_scope)
    with pytest.raises(IntegrityError, match="listprice_variant_in_its_shop"), transaction.atomic():
        ListPrice.objects.create(merchant=in_scope, price_list=trade, variant=theirs, percent=5)
    with pytest.raises(IntegrityError, match="listprice_in_its_shop"), transaction.atomic():
        ListPrice.objects.create(merchant=other, price_list=trade, variant=theirs, percent=5)
    with scope(merchant=other):
        group = make_group(other, "Trade")
        stranger = make_customer(other)
    with pytest.raises(IntegrityError, match="of its own shop"), transaction.atomic():
        trade.groups.add(group)
    with pytest.raises(IntegrityError, match="groupmember_customer_in_its_shop"), transaction.atomic():
        make_group(in_scope, "Club", stranger)


def test_a_group_with_a_list_stays_or_its_prices_would_be_everyones(in_scope: Merchant, mug: Variant) -> None:
    group = make_group(in_scope, "Trade")
    trade = make_list(in_scope, percent=-20, groups=[group])
    with pytest.raises(ProtectedError), transaction.atomic():
        group.delete()
    trade.delete()
    group.delete()


def test_the_history_of_lists_is_append_only_and_checked(in_scope: Merchant, mug: Variant) -> None:
    make_list(in_scope, prices={mug: "40.00"})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ListPriceRecord.objects.update(amount=1)
    name = "catalog.every list price is the last of its history"
    assert {found["name"]: found["ok"] for found in run_all()}[name]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE catalog_listprice SET amount = 1")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert not {found["name"]: found["ok"] for found in run_all()}[name]


# --- the rule, written a second time ----------------------------------------------------------------
GROUPS, COUNTRIES = ("a", "b"), ("DE", "CH", "AT")
PRICES = st.one_of(st.none(), st.integers(0, 9999), st.decimals(-100, 100, places=1))
LISTS = st.fixed_dictionaries(
    {
        "groups": st.sets(st.sampled_from(GROUPS)),
        "countries": st.sets(st.sampled_from(COUNTRIES)),
        "priority": st.integers(-1, 1),
        "percent": st.one_of(st.none(), st.integers(-100, 50)),
        "price": PRICES,
        "starts": st.sampled_from([None, -1, 1]),
        "ends": st.sampled_from([None, 2, -1]),
        "is_active": st.booleans(),
        "currency": st.sampled_from(["EUR", "EUR", "USD"]),
    }
)


@given(
    lists=st.lists(LISTS, max_size=6),
    groups=st.sets(st.sampled_from(GROUPS)),
    country=st.sampled_from(COUNTRIES),
    base=st.integers(0, 9999),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_price_is_that_of_the_rule(
    in_scope: Merchant, lists: list[dict[str, Any]], groups: set[str], country: str, base: int
) -> None:
    with transaction.atomic(), clock.at(NOON):
        variant = make_variant(in_scope, price=Decimal(base) / 100)
        ana = make_customer(in_scope, country)
        known = {name: make_group(in_scope, name, *([ana] if name in groups else [])) for name in GROUPS}
        for number, one in enumerate(lists):
            _store(in_scope, variant, known, number, one)
        (tag,) = prices_now([variant.pk], terms_for(in_scope, ana.pk))[variant.pk]
        assert tag.amount.amount == _by_the_rule(lists, groups, country, Decimal(base) / 100)
        transaction.set_rollback(True)


def _store(
    merchant: Merchant, variant: Variant, known: dict[str, CustomerGroup], number: int, one: dict[str, Any]
) -> None:
    made = PriceList.objects.create(
        merchant=merchant,
        name=str(number),
        currency=one["currency"],
        countries=list(one["countries"]),
        priority=one["priority"],
        percent=one["percent"],
        starts_at=_day(one["starts"]),
        ends_at=_day(one["ends"]) if one["starts"] is None or (one["ends"] or 9) > one["starts"] else None,
        is_active=one["is_active"],
    )
    made.groups.set(known[name] for name in one["groups"])
    if isinstance(one["price"], int):
        ListPrice.objects.create(
            merchant=merchant, price_list=made, variant=variant, amount=Decimal(one["price"]) / 100
        )
    elif one["price"] is not None:
        ListPrice.objects.create(merchant=merchant, price_list=made, variant=variant, percent=one["price"])


def _day(days: int | None) -> dt.datetime | None:
    return None if days is None else NOON + days * DAY


def _by_the_rule(lists: list[dict[str, Any]], groups: set[str], country: str, base: Decimal) -> Decimal:
    """Tries every list against every other: the price of the one that no other beats."""

    def counts(one: dict[str, Any]) -> bool:
        is_over = one["ends"] == -1 and one["starts"] is None
        is_mine = not one["groups"] or bool(one["groups"] & groups)
        is_here = not one["countries"] or country in one["countries"]
        has_price = one["price"] is not None or one["percent"] is not None
        is_on = one["is_active"] and one["starts"] != 1 and not is_over
        return is_on and is_mine and is_here and has_price and one["currency"] == "EUR"

    def beats(this: int, that: int) -> bool:
        one, other = lists[this], lists[that]
        if bool(one["groups"]) != bool(other["groups"]):
            return bool(one["groups"])
        if bool(one["countries"]) != bool(other["countries"]):
            return bool(one["countries"])
        if one["priority"] != other["priority"]:
            return bool(one["priority"] > other["priority"])
        return this < that

    counting = [number for number, one in enumerate(lists) if counts(one)]
    for this in counting:
        if all(beats(this, that) for that in counting if that != this):
            price = lists[this]["price"]
            if isinstance(price, int):
                return Decimal(price) / 100
            percent = Decimal(lists[this]["percent"]) if price is None else price
            return (base * (100 + percent) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return base
