"""What customers are worth, against the same figures reckoned slowly and plainly, and case by case."""

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope
from djmoney.money import Money
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.customers.actions import erase_customer, export_customer, merge_customers
from apps.customers.actions.unlink import undo_merge
from apps.customers.models import Customer, Identity, Merge
from apps.gateway.models import PeriodicRun
from apps.insights.models import CustomerFigures
from apps.insights.queries import uncounted_currencies
from apps.insights.reckon import reckon_figures
from apps.insights.segments import RULES, SCORES, Segment, segment_of
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant, ShopCurrency
from apps.orders.models import Order
from chatshop.jobs import run_job
from tests import factories
from tests.carts import goods

from . import books
from .books import NOON

Told = tuple[Decimal, int, dt.datetime, dt.datetime, int, int, int, str]


def reckoned() -> dict[int, Told]:
    """Customer → value, orders, first, last, three scores, segment; as the nightly job writes them."""
    reckon_figures()
    names = ("value", "orders", "first_order_at", "last_order_at", "recency", "frequency", "monetary", "segment")
    rows = CustomerFigures.objects.values_list("customer_id", *names)
    return {pk: told for pk, *rest in rows for told in [tuple(rest)]}  # type: ignore[misc]


def value_of(customer: Customer) -> str:
    return str(reckoned()[customer.pk][0].normalize() + 0)


def breaches() -> list[str]:
    """Of our own truths; books written straight down have no story."""
    return [found["name"] for found in run_all() if found["name"].startswith("insights") and not found["ok"]]


# --- reckoned plainly ----------------------------------------------------------------------------
@st.composite
def purchases(draw: Any, people: int) -> list[dict[str, Any]]:
    """Some orders with what became of them, by numbers of minor units."""
    found = []
    for number in range(draw(st.integers(0, 14))):
        goods_minor = draw(st.integers(0, 9_999))
        refunds = st.fixed_dictionaries(
            {
                "share": st.integers(1, 60),  # per cent of the goods
                "kind": st.sampled_from(["named", "unnamed", "delivery"]),
                "state": st.sampled_from(["done", "done", "pending", "failed"]),
                "reason": st.sampled_from(["", "", "made at the provider", "paid twice"]),
            }
        )
        found.append(
            {
                "who": draw(st.integers(0, people - 1)),
                "goods": goods_minor,
                "tax": draw(st.integers(0, goods_minor // 4)),
                "delivery": draw(st.integers(0, 900)),
                "inclusive": draw(st.booleans()),
                "days": draw(st.sampled_from([0, 0, 1, 2, 7, 7, 30, 300])),
                "hours": draw(st.integers(0, 23)),
                "status": draw(st.sampled_from(["placed"] * 4 + ["closed", "draft", "cancelled", "unfillable"])),
                "payment": draw(st.sampled_from(["paid"] * 4 + ["partly_refunded", "refunded", "lost", "disputed"])),
                "currency": draw(st.sampled_from(["EUR"] * 5 + ["USD", "CHF"])),
                "refunds": draw(st.lists(refunds, max_size=2)),
                "instead_of": draw(st.sampled_from([None] * 4 + list(range(number)))),
                "exchange": draw(st.sampled_from(["replaced", "replaced", "approved", "cancelled"])),
            }
        )
    return found


SHOPS = st.integers(1, 7).flatmap(
    lambda people: st.tuples(
        purchases(people),
        st.lists(st.sampled_from([None, None, None, *range(people)]), min_size=people, max_size=people),
        st.lists(st.sampled_from([False] * 5 + [True]), min_size=people, max_size=people),
    )
)


def minor(amount: int) -> str:
    return str(Decimal(amount) / 100)


def write(shop: Merchant, bought: list[dict[str, Any]], joined: list[int | None], forgotten: list[bool]) -> Any:
    """The rows of such a shop: people (who became whom only ever points to an earlier one) and their orders."""
    account = factories.channel_account(shop, "telegram")
    people = [factories.customer(shop, f"P{n}") for n in range(len(joined))]
    for person, is_gone in zip(people, forgotten, strict=True):
        factories.identity(account, f"erased:{person.pk}" if is_gone else "", customer=person)
    for number, other in enumerate(joined):
        if other is not None and other < number:
            people[number].merged_into = people[other]
            people[number].save()
    variant = goods.variant(shop)
    return people, [_write_order(shop, people, variant, one) for one in bought]


def _write_order(shop: Merchant, people: list[Customer], variant: Any, one: dict[str, Any]) -> Order:
    made = books.order(
        people[one["who"]], minor(one["goods"]), tax=minor(one["tax"]), delivery=minor(one["delivery"]),
        delivery_tax=minor(one["delivery"] // 6), is_tax_inclusive=one["inclusive"], status=one["status"],
        payment_status=one["payment"], currency=one["currency"],
        placed_at=NOON - dt.timedelta(days=one["days"], hours=one["hours"]),
    )  # fmt: skip
    for back in one["refunds"]:
        amount = one["goods"] * back["share"] // 100 or 1
        if back["kind"] == "named":
            tax = one["tax"] * back["share"] // 100
            line = made.lines.first() or books.line(made, variant)
            fields = {"tax": Decimal(minor(tax)), "parts": (line, minor(amount), minor(tax))}
        elif back["kind"] == "delivery" and one["delivery"]:
            amount = one["delivery"]
            fields = {"delivery": Decimal(minor(amount))}
        else:
            fields = {}
        books.refund(made, minor(amount), state=back["state"], reason=back["reason"], **fields)
    return made


def kept_of(one: dict[str, Any]) -> Fraction:
    """Minor units of the goods, net of tax, that stayed with the shop; rounded once, half up."""
    delivery_tax = one["delivery"] // 6
    net = Fraction(one["goods"] - one["tax"]) if one["inclusive"] else Fraction(one["goods"])
    total = one["goods"] + one["delivery"] + (0 if one["inclusive"] else one["tax"] + delivery_tax)
    for back in one["refunds"]:
        if back["state"] != "done" or back["reason"] == "paid twice":
            continue
        amount = one["goods"] * back["share"] // 100 or 1
        if back["kind"] == "named":
            net -= amount - one["tax"] * back["share"] // 100
        elif back["kind"] == "unnamed" or not one["delivery"]:
            goods_net = one["goods"] - one["tax"] if one["inclusive"] else one["goods"]
            net -= Fraction(amount * goods_net, total) if total else 0
    net /= WORTH.get(one["currency"], 1)
    exact = (Decimal(net.numerator) / Decimal(net.denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return max(Fraction(int(exact)), Fraction(0))


def plainly(
    people: list[Customer], bought: list[dict[str, Any]], joined: list[int | None], forgotten: list[bool]
) -> dict[int, Told]:
    """The same figures, a customer at a time."""

    def root(person: int) -> int:
        other = joined[person]
        return person if other is None or other >= person else root(other)

    def began(number: int) -> int | None:
        """The order this one's sale began with; None while an exchange on the way is not done."""
        before = bought[number]["instead_of"]
        if before is None:
            return number
        return began(before) if bought[number]["exchange"] == "replaced" else None

    sales: dict[int, dict[int, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for number, one in enumerate(bought):
        first, who = began(number), root(one["who"])
        stands = one["status"] in ("placed", "closed") and one["payment"] not in ("refunded", "lost")
        if stands and one["currency"] in WORTH and first is not None and not forgotten[who]:
            sales[who][first] += kept_of(one)
    told = {}
    for who, kept in sales.items():
        moments = [NOON - dt.timedelta(days=bought[n]["days"], hours=bought[n]["hours"]) for n in kept]
        told[who] = (sum(kept.values()), len(kept), min(moments), max(moments))
    return {people[who].pk: _scored(who, told) for who in told}


def _scored(who: int, told: dict[int, Any]) -> Told:
    def fifth(better: Callable[[Any, Any], bool], place: int) -> int:
        key = (lambda row: row[3].astimezone(BERLIN).date()) if place == 3 else (lambda row: row[place])
        return 5 * sum(better(key(row), key(told[who])) for row in told.values()) // len(told)

    value, orders, first, last = told[who]
    recency = 5 - fifth(lambda other, mine: other > mine, 3)
    frequency = 1 + fifth(lambda other, mine: other < mine, 1)
    monetary = 1 + fifth(lambda other, mine: other < mine, 0)
    segment = NAMES[recency][frequency - 1]
    return Decimal(int(value)) / 100, orders, first, last, recency, frequency, monetary, segment


BERLIN = factories.Merchant(timezone="Europe/Berlin").zone
WORTH = {"EUR": Fraction(1), "CHF": Fraction(93, 100)}  # dollars have no rate
NAMES = {  # recency → by frequency from 1 to 5, written out once more
    5: ("new", "promising", "loyal", "champion", "champion"),
    4: ("new", "promising", "loyal", "champion", "champion"),
    3: ("drifting", "drifting", "loyal", "loyal", "loyal"),
    2: ("asleep", "asleep", "at_risk", "at_risk", "at_risk"),
    1: ("asleep", "asleep", "at_risk", "at_risk", "at_risk"),
}


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(SHOPS)
def test_figures_are_those_reckoned_plainly(
    drawn: tuple[list[dict[str, Any]], list[int | None], list[bool]],
) -> None:
    bought, joined, forgotten = drawn
    with transaction.atomic():
        shop = factories.merchant()
        with scope(merchant=shop):
            ShopCurrency.objects.create(merchant=shop, currency="CHF", rate=Decimal("0.93"))
            ShopCurrency.objects.create(merchant=shop, currency="USD")
            people, made = write(shop, *drawn)
            for number, one in enumerate(bought):
                if one["instead_of"] is not None:
                    books.exchanged(made[one["instead_of"]], made[number], state=one["exchange"])
            expected = plainly(people, bought, joined, forgotten)
            assert reckoned() == expected
            assert reckoned() == expected  # and again
        transaction.set_rollback(True)


# --- case by case --------------------------------------------------------------------------------
@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.identity(factories.channel_account(in_scope), display_name="Ana").customer


def test_a_place_has_one_name_as_the_table_says() -> None:
    assert {r: tuple(segment_of(r, f).value for f in SCORES) for r in SCORES} == NAMES
    assert {rule.segment for rule in RULES} == set(Segment)


def test_the_only_customer_is_new(ana: Customer) -> None:
    books.order(ana)
    assert reckoned() == {ana.pk: (Decimal(100), 1, NOON, NOON, 5, 1, 1, "new")}


def test_equal_customers_have_equal_scores(in_scope: Merchant) -> None:
    people = [factories.customer(in_scope) for _ in range(7)]
    for person in people:
        books.order(person)
    assert {told[4:7] for told in reckoned().values()} == {(5, 1, 1)}


def test_fifths_of_ten_are_two_each(in_scope: Merchant) -> None:
    people = [factories.customer(in_scope) for _ in range(10)]
    for number, person in enumerate(people):
        books.order(person, f"{100 + number}.00", tax="0", days_ago=number)
    told = reckoned()
    assert [told[person.pk][4] for person in people] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert [told[person.pk][6] for person in people] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"goods": "119.00", "tax": "19.00", "delivery": "5.95", "delivery_tax": "0.95"}, "100"),
        (
            {"goods": "100.00", "tax": "19.00", "delivery": "5", "delivery_tax": "0.95", "is_tax_inclusive": False},
            "100",
        ),
        ({"goods": "0", "tax": "0"}, "0"),
    ],
)
def test_goods_count_without_tax_and_delivery(ana: Customer, fields: dict[str, Any], value: str) -> None:
    books.order(ana, fields.pop("goods"), **fields)
    assert value_of(ana) == value


def test_what_went_back_for_nothing_named_is_of_goods_delivery_and_tax_alike(ana: Customer) -> None:
    order = books.order(ana, "119.00", tax="19.00", delivery="11.90", delivery_tax="1.90")  # 130.90, goods 100 of it
    books.refund(order, "13.09", reason="made at the provider")
    assert value_of(ana) == "90"


def test_another_currency_counts_by_the_shops_rate_and_not_at_all_without_one(
    ana: Customer, in_scope: Merchant
) -> None:
    books.order(ana)
    books.order(ana, currency="USD")
    assert uncounted_currencies(in_scope) == ["USD"]
    assert reckoned()[ana.pk][:2] == (Decimal(100), 1)
    dollars = ShopCurrency.objects.create(merchant=in_scope, currency="USD")
    assert reckoned()[ana.pk][:2] == (Decimal(100), 1)
    dollars.rate = Decimal("1.2")
    dollars.save()
    assert uncounted_currencies(in_scope) == []
    assert reckoned()[ana.pk][:2] == (Decimal("183.33"), 2)  # 100 + 100 / 1.2, rounded once


def test_the_rate_of_another_shop_is_its_own(ana: Customer, in_scope: Merchant) -> None:
    other = factories.merchant()
    with scope(merchant=other):
        ShopCurrency.objects.create(merchant=other, currency="USD", rate=Decimal("1.2"))
    with scope(merchant=in_scope):
        books.order(ana, currency="USD")
        assert (reckoned(), uncounted_currencies(in_scope)) == ({}, ["USD"])


def test_yen_and_dinars_are_whole_in_what_can_be_paid(ana: Customer, in_scope: Merchant) -> None:
    for currency, goods_price, back, value in (("JPY", "1000", "333", "667"), ("KWD", "10.000", "3.335", "6.67")):
        Merchant.objects.filter(pk=in_scope.pk).update(currency=currency)
        in_scope.currency = currency
        order = books.order(ana, goods_price, tax="0", currency=currency)
        books.refund(order, back)
        reckon_figures()
        figures = CustomerFigures.objects.get()
        assert (figures.value, figures.average_order) == (Money(value, currency), Money(value, currency))


def test_an_average_is_rounded_half_up() -> None:
    figures = CustomerFigures(value=Money("0.15", "EUR"), orders=2)
    assert figures.average_order == Money("0.08", "EUR")
    assert CustomerFigures(value=Money("100", "JPY"), orders=3).average_order == Money("33", "JPY")


def test_who_has_no_order_that_stands_any_more_has_no_figures(ana: Customer) -> None:
    order = books.order(ana)
    assert len(reckoned()) == 1
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    assert reckoned() == {}


def test_a_stranger_is_never_counted(ana: Customer, other_merchant: Merchant) -> None:
    books.order(ana)
    with scope(merchant=other_merchant):
        books.order(factories.customer(other_merchant))
        reckon_figures()
    assert list(reckoned()) == [ana.pk]
    with scope(merchant=other_merchant):
        assert CustomerFigures.objects.count() == 1


# --- joined and forgotten ------------------------------------------------------------------------
def test_who_became_one_is_counted_once_from_the_moment_on(ana: Customer, in_scope: Merchant) -> None:
    bea = factories.identity(factories.channel_account(in_scope, "telegram"), display_name="Bea").customer
    books.order(ana)
    books.order(bea)
    assert len(reckoned()) == 2
    merge_customers(bea, ana)
    assert list(CustomerFigures.objects.values_list("customer", flat=True)) == [ana.pk]
    assert reckoned()[ana.pk][:2] == (Decimal(200), 2)
    undo_merge(Merge.objects.get(), actor=None)
    assert {pk: told[1] for pk, told in reckoned().items()} == {ana.pk: 1, bea.pk: 1}


def test_who_is_forgotten_has_no_figures_and_gets_none(ana: Customer) -> None:
    books.order(ana, fulfilment_status="delivered")
    reckon_figures()
    told = export_customer(ana)["insights"]
    assert (told["value"], told["segment"], told["orders"]) == ("100.00", "new", 1)
    erase_customer(ana)
    assert CustomerFigures.objects.count() == 0
    assert (reckoned(), breaches()) == ({}, [])


@pytest.mark.django_db(transaction=True)
def test_who_is_forgotten_while_the_shop_is_reckoned_does_not_come_back(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        ana = factories.identity(factories.channel_account(merchant)).customer
        books.order(ana, fulfilment_status="delivered")
    began = threading.Event()

    def night() -> None:
        with scope(merchant=merchant):
            began.set()
            reckon_figures()
        connections.close_all()

    thread = threading.Thread(target=night)
    with scope(merchant=merchant):
        with transaction.atomic():
            erase_customer(ana)
            thread.start()
            assert began.wait(10)
            thread.join(1)
            assert thread.is_alive()  # it waits for us
        thread.join(10)
        assert CustomerFigures.objects.count() == 0


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ("UPDATE insights_customerfigures SET segment = 'champion'", "insights: segments are of their scores"),
        (
            "UPDATE customers_identity SET external_id = 'erased:x'",
            "insights: nobody is counted who is gone",
        ),
    ],
)
def test_a_planted_breach_is_named(ana: Customer, planted: str, named: str) -> None:
    books.order(ana)
    reckon_figures()
    assert breaches() == []
    with connection.cursor() as cursor:
        cursor.execute(planted)
    assert breaches() == [named]
    assert Identity.objects.count() == 1


@pytest.mark.parametrize("wrong", ["recency = 6", "frequency = 0", "value = -1", "orders = 0", "value = 1.005"])
def test_the_database_refuses_what_cannot_be(ana: Customer, wrong: str) -> None:
    books.order(ana)
    reckon_figures()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE insights_customerfigures SET {wrong}")  # noqa: S608 - ours


# --- by night ------------------------------------------------------------------------------------
def test_the_night_reckons_every_shop_once(ana: Customer, other_merchant: Merchant) -> None:
    books.order(ana)
    with clock.at(NOON):
        assert [run_job("reckon-figures"), run_job("reckon-figures")] == [True, False]
    assert (CustomerFigures.objects.get().reckoned_at, PeriodicRun.objects.get().error) == (NOON, "")


def test_any_number_of_customers_costs_three_statements(in_scope: Merchant) -> None:
    """The lock, a word to the planner and the reckoning."""
    counts = []
    for people in (1, 12):
        for _ in range(people):
            books.order(factories.customer(in_scope))
        with CaptureQueriesContext(connection) as asked:
            reckon_figures()
        counts.append(len([query for query in asked if "SAVEPOINT" not in query["sql"]]))
    assert counts == [3, 3]
