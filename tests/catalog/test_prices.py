"""A price keeps its history, begins and ends by the clock alone, and a reduction never hides what it cost before."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.utils import IntegrityError
from django_scopes import scope, scopes_disabled
from djmoney.money import Money
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.carts.actions import add_to_cart, open_cart
from apps.carts.quote import quote
from apps.catalog.cards import products_for_cards
from apps.catalog.exporting import export_catalog
from apps.catalog.importing import import_catalog
from apps.catalog.models import Price, PricePlan, PriceRecord, Variant
from apps.catalog.planning import (
    NewPrice,
    PlanClash,
    PlanEndsTooSoon,
    PlanInThePast,
    PlanOver,
    apply_plans,
    plan_prices,
    set_prices,
    stop_plan,
)
from apps.catalog.prices import prices_now
from apps.catalog.products import card_facts
from apps.catalog.search import Filters, browse
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from tests import factories

from .factories import make_merchant, make_variant

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
NOON = dt.datetime(2030, 6, 1, 12, tzinfo=dt.UTC)


def eur(amount: str | int) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.fixture
def mug(in_scope: Merchant) -> Variant:
    """€50.00 since sixty days before noon."""
    with clock.at(NOON - 60 * DAY):
        return make_variant(in_scope, title="Mug", price="50.00", stock=9, sku="MUG")


def costs(variant: Variant, amount: str, before: str | None = None, *, at: dt.datetime) -> None:
    """A new price of the list at that moment."""
    with clock.at(at):
        set_prices(variant.merchant, [NewPrice(variant, eur(amount), eur(before) if before else None)])


def plan(
    variant: Variant, amount: str, before: str | None = None, *, start: dt.datetime, end: dt.datetime | None = None
) -> PricePlan:
    with clock.at(min(start, NOON - 59 * DAY)):
        new = NewPrice(variant, eur(amount), eur(before) if before else None)
        return plan_prices(variant.merchant, [new], starts_at=start, ends_at=end)[0]


def told(variant: Variant, *, at: dt.datetime) -> tuple[str, str, str]:
    """(price, before, lowest) as a shopper reads them on the card."""
    with clock.at(at):
        (product,) = products_for_cards(variant.merchant, [variant.product_id])
        facts = card_facts(product, currency="EUR")
    return tuple(f"{money.amount:.2f}" if money else "" for money in (facts.price, facts.compare_at, facts.lowest))  # type: ignore[return-value]


def history(variant: Variant) -> list[str]:
    return [
        f"{record.amount.amount:.2f}" if record.amount is not None else "–"
        for record in PriceRecord.objects.filter(variant=variant).order_by("at", "pk")
    ]


# --- the history ---------------------------------------------------------------------------------
def by_saving(mug: Variant) -> None:
    price = mug.prices.get()
    price.amount = eur(40)
    price.save()


def by_saving_one_column(mug: Variant) -> None:
    price = mug.prices.get()
    price.amount = eur(40)
    price.save(update_fields=["amount"])


def in_bulk(mug: Variant) -> None:
    Price.objects.filter(variant=mug).update(amount=Decimal(40))


def by_hand(mug: Variant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_price SET amount = 40 WHERE variant_id = %s", [mug.pk])


def by_import(mug: Variant) -> None:
    file = f"Handle,Title,Variant SKU,Variant Price\n{mug.product.slug},Mug,MUG,40\n"
    assert import_catalog(mug.merchant, BytesIO(file.encode())).is_applied


def by_the_desk(mug: Variant) -> None:
    set_prices(mug.merchant, [NewPrice(mug, eur(40))])


@pytest.mark.parametrize("change", [by_saving, by_saving_one_column, in_bulk, by_hand, by_import, by_the_desk])
def test_every_way_to_change_a_price_is_in_the_history(mug: Variant, change: Callable[[Variant], None]) -> None:
    change(mug)
    assert history(mug) == ["50.00", "40.00"]
    assert mug.prices.get().changed_at == PriceRecord.objects.latest("pk").at


def test_what_is_saved_as_it_was_is_no_change(mug: Variant) -> None:
    price = mug.prices.get()
    price.save()
    Price.objects.update(amount=Decimal("50.000"))
    assert (history(mug), mug.prices.get().changed_at) == (["50.00"], NOON - 60 * DAY)


def test_a_change_that_was_rolled_back_leaves_no_trace(mug: Variant) -> None:
    with transaction.atomic():
        by_saving(mug)
        transaction.set_rollback(True)
    assert history(mug) == ["50.00"]


def test_taking_a_price_away_and_naming_another_currency_are_told(mug: Variant) -> None:
    Price.objects.filter(variant=mug).update(amount_currency="USD", compare_at_currency=None)
    assert [(record.amount_currency, record.amount is None) for record in PriceRecord.objects.order_by("pk")] == [
        ("EUR", False),
        ("EUR", True),
        ("USD", False),
    ]
    mug.prices.get().delete()
    assert PriceRecord.objects.latest("pk").amount is None
    assert [finding for finding in run_all() if not finding["ok"]] == []


@pytest.mark.parametrize("tamper", ["UPDATE catalog_pricerecord SET amount = 90", "DELETE FROM catalog_pricerecord"])
def test_attack_the_past_cannot_be_rewritten(mug: Variant, tamper: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(tamper)


def test_a_history_that_was_forged_all_the_same_is_noticed(mug: Variant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE catalog_price SET amount = 30")
        cursor.execute("SET LOCAL session_replication_role = origin")
    name = "catalog.every price is the last of its history"
    assert [finding["examples"] for finding in run_all() if finding["name"] == name] == [
        [f"variant {mug.pk}: costs 30.000 EUR, the history says 50.000"]
    ]


def test_the_history_outlives_the_variant(in_scope: Merchant) -> None:
    gone = make_variant(in_scope, is_tracked=False, sku="GONE", price="7.00")
    gone.delete()
    told = PriceRecord.objects.order_by("pk").values_list("sku", "amount")
    assert list(told) == [("GONE", Decimal("7.000")), ("GONE", None)]


# --- by the clock --------------------------------------------------------------------------------
def test_a_planned_price_begins_and_ends_on_the_second_with_no_job_having_run(mug: Variant) -> None:
    plan(mug, "40.00", start=NOON, end=NOON + DAY)
    moments = [NOON - SECOND, NOON, NOON + DAY - SECOND, NOON + DAY]
    assert [told(mug, at=moment)[0] for moment in moments] == ["50.00", "40.00", "40.00", "50.00"]


def test_the_cart_the_search_and_the_card_agree_on_what_it_costs(mug: Variant) -> None:
    plan(mug, "40.00", start=NOON, end=NOON + DAY)
    ana = factories.customer(mug.merchant)
    cheap = Filters(price_max=Decimal(45))
    found = []
    for moment in (NOON - SECOND, NOON, NOON + DAY):
        with clock.at(moment):
            if moment < NOON:
                add_to_cart(ana, mug)
            said = quote(open_cart(ana))
            found.append(
                (f"{said.total.amount:.2f}", said.lines[0].problem, len(browse(mug.merchant, filters=cheap).ids))
            )
    assert found == [("50.00", "", 0), ("40.00", "price_changed", 1), ("50.00", "", 0)]


def test_a_summary_from_before_the_sale_ended_is_not_agreed_to_after_it(mug: Variant) -> None:
    plan(mug, "40.00", start=NOON, end=NOON + DAY)
    ana = factories.customer(mug.merchant)
    with clock.at(NOON + DAY - SECOND):
        add_to_cart(ana, mug)
        agreed = quote(open_cart(ana)).hash
    with clock.at(NOON + DAY):
        assert quote(open_cart(ana)).hash != agreed


def test_of_plans_that_overlap_the_one_that_began_last_counts(mug: Variant) -> None:
    plan(mug, "40.00", start=NOON, end=NOON + 10 * DAY)
    plan(mug, "30.00", start=NOON + 2 * DAY, end=NOON + 3 * DAY)
    days = [told(mug, at=NOON + day * DAY)[0] for day in (1, 2, 3, 10)]
    assert days == ["40.00", "30.00", "40.00", "50.00"]


def test_a_change_of_the_list_during_a_plan_counts_once_it_is_over(mug: Variant) -> None:
    plan(mug, "40.00", start=NOON, end=NOON + 2 * DAY)
    costs(mug, "60.00", at=NOON + DAY)
    assert [told(mug, at=NOON + day * DAY)[0] for day in (1, 2)] == ["40.00", "60.00"]


def test_a_plan_without_an_end_becomes_the_price_of_the_list(mug: Variant) -> None:
    plan(mug, "55.00", start=NOON)
    assert told(mug, at=NOON)[0] == "55.00"
    with clock.at(NOON + 3 * DAY):
        assert (apply_plans(), apply_plans()) == (1, 0)
    assert (mug.prices.get().amount, history(mug)) == (eur("55.00"), ["50.00", "55.00"])
    assert PriceRecord.objects.latest("pk").at == NOON  # when it began, not when somebody swept
    costs(mug, "57.00", at=NOON + 4 * DAY)
    assert told(mug, at=NOON + 4 * DAY)[0] == "57.00"


def test_a_newer_word_of_the_desk_is_not_undone_by_a_late_sweep(mug: Variant) -> None:
    plan(mug, "55.00", start=NOON)
    costs(mug, "52.00", at=NOON + SECOND)
    with clock.at(NOON + DAY):
        assert apply_plans() == 1
    assert (told(mug, at=NOON + DAY)[0], history(mug)) == ("52.00", ["50.00", "52.00"])


def test_a_plan_is_called_off_before_it_begins_and_ended_while_it_runs(mug: Variant) -> None:
    coming, running = (
        plan(mug, "40.00", start=NOON + DAY, end=NOON + 2 * DAY),
        plan(mug, "45.00", start=NOON, end=NOON + DAY),
    )
    with clock.at(NOON + SECOND):
        stop_plan(coming)
        stop_plan(running)
        stop_plan(coming)
    assert [told(mug, at=moment)[0] for moment in (NOON, NOON + SECOND, NOON + DAY)] == ["45.00", "50.00", "50.00"]
    lasting = plan(mug, "55.00", start=NOON + SECOND)
    with clock.at(NOON + DAY):
        for over in (running, lasting):
            with pytest.raises(PlanOver):
                stop_plan(over)


def test_attack_a_plan_that_began_is_neither_rewritten_nor_forgotten(mug: Variant) -> None:
    made = plan(mug, "40.00", "50.00", start=NOON, end=NOON + DAY)
    for tamper in (
        "UPDATE catalog_priceplan SET amount = 45",
        "UPDATE catalog_priceplan SET starts_at = starts_at - interval '1 day'",
        "UPDATE catalog_priceplan SET ends_at = ends_at + interval '1 day'",
        "UPDATE catalog_priceplan SET ends_at = NULL",
        "UPDATE catalog_priceplan SET cancelled_at = starts_at",
        "DELETE FROM catalog_priceplan",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(tamper)
    made.refresh_from_db()
    assert (made.amount, made.ends_at, made.cancelled_at) == (eur("40.00"), NOON + DAY, None)


def test_what_cannot_be_planned(mug: Variant) -> None:
    new = [NewPrice(mug, eur(40))]
    with clock.at(NOON):
        with pytest.raises(PlanInThePast):
            plan_prices(mug.merchant, new, starts_at=NOON - DAY)
        with pytest.raises(PlanEndsTooSoon):
            plan_prices(mug.merchant, new, starts_at=NOON + DAY, ends_at=NOON + DAY)
        plan_prices(mug.merchant, new, starts_at=NOON + DAY)
        with pytest.raises(PlanClash, match="MUG"):
            plan_prices(mug.merchant, new, starts_at=NOON + DAY)
    assert PricePlan.objects.count() == 1


# --- the lowest price of the last thirty days ------------------------------------------------------
def test_a_reduction_is_told_with_the_lowest_price_of_the_thirty_days_before(mug: Variant) -> None:
    costs(mug, "45.00", at=NOON - 40 * DAY)
    costs(mug, "60.00", at=NOON - 20 * DAY)
    costs(mug, "40.00", "60.00", at=NOON)
    assert told(mug, at=NOON) == ("40.00", "60.00", "45.00")
    assert told(mug, at=NOON + 300 * DAY) == ("40.00", "60.00", "45.00")  # a long sale is measured at its beginning


def test_attack_raising_the_price_before_the_sale_shows(mug: Variant) -> None:
    """Up for a day, then "reduced" to what it always was."""
    costs(mug, "80.00", at=NOON - DAY)
    costs(mug, "50.00", "80.00", at=NOON)
    assert told(mug, at=NOON) == ("50.00", "80.00", "50.00")


def test_attack_announcing_a_before_beside_the_usual_price_shows(mug: Variant) -> None:
    costs(mug, "50.00", "90.00", at=NOON)
    assert told(mug, at=NOON) == ("50.00", "90.00", "50.00")


def test_attack_a_new_before_or_a_second_sale_does_not_wash_the_first_away(mug: Variant) -> None:
    costs(mug, "30.00", "50.00", at=NOON)
    costs(mug, "30.00", "99.00", at=NOON + DAY)  # the same reduction still
    assert told(mug, at=NOON + DAY) == ("30.00", "99.00", "50.00")
    costs(mug, "50.00", at=NOON + 2 * DAY)
    costs(mug, "40.00", "50.00", at=NOON + 3 * DAY)
    assert told(mug, at=NOON + 3 * DAY) == ("40.00", "50.00", "30.00")


def test_a_planned_sale_counts_like_any_other_price(mug: Variant) -> None:
    plan(mug, "30.00", "50.00", start=NOON, end=NOON + DAY)
    assert told(mug, at=NOON) == ("30.00", "50.00", "50.00")
    costs(mug, "45.00", "50.00", at=NOON + 10 * DAY)
    assert told(mug, at=NOON + 10 * DAY) == ("45.00", "50.00", "30.00")


def test_what_was_never_sold_otherwise_is_its_own_lowest(in_scope: Merchant) -> None:
    with clock.at(NOON):
        new = make_variant(in_scope, price="20.00", compare_at="30.00")
    assert told(new, at=NOON) == ("20.00", "30.00", "20.00")
    assert told(make_variant(in_scope, price="20.00", compare_at="20.00"), at=NOON + DAY) == ("20.00", "", "")


def test_the_export_names_the_lowest_price_beside_the_reduction_and_reads_back_the_list(mug: Variant) -> None:
    costs(mug, "40.00", "50.00", at=NOON)
    plan(mug, "35.00", "50.00", start=NOON + DAY, end=NOON + 2 * DAY)
    with clock.at(NOON + DAY):
        lines = "".join(export_catalog(mug.merchant)).splitlines()
        row = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
        assert (row["Variant Price"], row["Variant Compare At Price"], row["Lowest Price Of 30 Days"]) == (
            "40",
            "50",
            "40",
        )
        assert import_catalog(mug.merchant, BytesIO("\n".join(lines).encode())).is_applied
    assert history(mug) == ["50.00", "40.00"]


MOMENTS = st.integers(min_value=0, max_value=80)
AMOUNTS = st.integers(min_value=1, max_value=6)
LISTED = st.tuples(MOMENTS, AMOUNTS, st.one_of(st.none(), AMOUNTS))
PLANNED = st.tuples(MOMENTS, AMOUNTS, st.one_of(st.none(), AMOUNTS), st.integers(min_value=1, max_value=20))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    listed=st.lists(LISTED, min_size=1, max_size=7, unique_by=lambda row: row[0]),
    planned=st.lists(PLANNED, max_size=3, unique_by=lambda row: row[0]),
    today=st.integers(min_value=80, max_value=130),
)
def test_the_lowest_price_is_what_day_by_day_reckoning_says(
    in_scope: Merchant, listed: list[Any], planned: list[Any], today: int
) -> None:
    start = NOON - 60 * DAY
    with transaction.atomic():
        with clock.at(start - 2 * DAY):
            variant = make_variant(in_scope, price="6.00", is_tracked=False)
        for day, amount, before in sorted(listed):
            costs(variant, str(amount), str(before) if before else None, at=start + day * DAY)
        for day, amount, before, days in planned:
            plan(
                variant,
                str(amount),
                str(before) if before else None,
                start=start + day * DAY,
                end=start + (day + days) * DAY,
            )
        with clock.at(start + today * DAY):
            (tag,) = prices_now([variant.pk])[variant.pk]
        expected = _reckoned(sorted(listed), planned, today)
        transaction.set_rollback(True)
    assert (int(tag.amount.amount), tag.lowest and int(tag.lowest.amount)) == expected


def _reckoned(listed: list[Any], planned: list[Any], today: int) -> tuple[int, int | None]:
    """(price, lowest) by looking at every day from two before the first."""

    def price(day: int) -> tuple[int, bool]:
        running = [row for row in planned if row[0] <= day < row[0] + row[3]]
        _, amount, before = max(running)[:3] if running else max(
            [row for row in listed if row[0] <= day], default=(0, 6, None)
        )  # fmt: skip
        return amount, before is not None and before > amount

    amount, is_reduced = price(today)
    if not is_reduced:
        return amount, None
    begun = today
    while begun > -2 and price(begun - 1) == (amount, True):
        begun -= 1
    past = [price(day)[0] for day in range(max(begun - 30, -2), begun)]
    return amount, min(past, default=amount)


# --- several at once -----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_however_many_sweep_a_plan_is_applied_once() -> None:
    merchant = make_merchant()
    with scope(merchant=merchant), clock.at(NOON - DAY):
        variant = make_variant(merchant, price="50.00")
        plan_prices(merchant, [NewPrice(variant, eur("55.00"))], starts_at=NOON)

    def sweep(_: int) -> int:
        try:
            with scope(merchant=merchant), clock.at(NOON + DAY):
                return apply_plans()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(sweep, range(6))) == 1
    with scopes_disabled():
        assert (history(variant), PricePlan.objects.get().applied_at) == (["50.00", "55.00"], NOON + DAY)


@pytest.mark.django_db(transaction=True)
def test_prices_changed_at_the_same_time_stand_in_the_history_one_after_the_other() -> None:
    merchant = make_merchant()
    with scope(merchant=merchant):
        variant = make_variant(merchant, price="50.00")

    def change(amount: int) -> None:
        try:
            with scope(merchant=merchant):
                set_prices(merchant, [NewPrice(variant, eur(amount))])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change, range(1, 13)))
    with scope(merchant=merchant):
        told = list(PriceRecord.objects.order_by("pk").values_list("at", "amount"))
        assert (len(told), told) == (13, sorted(told, key=lambda row: row[0]))
        assert [finding for finding in run_all() if not finding["ok"]] == []
