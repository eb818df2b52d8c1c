"""What a colleague gives by hand is bound by what the shop allows them, at once and in a day."""

import datetime as dt
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override
from django_scopes import scope

from apps.carts.money import money
from apps.customers.models import Customer
from apps.loyalty.actions import correct_points
from apps.merchants import clock
from apps.merchants.goodwill import OverLimit
from apps.merchants.invariants import run_all
from apps.merchants.models import Goodwill, Merchant, ShopCurrency, StaffRole
from apps.payments.actions import grant_credit, issue_gift_card, refund_lines, refund_order
from apps.payments.models import GiftCard, Refund
from apps.payments.tenders import credit_of
from tests import factories
from tests.loyalty import club

from .desk import Desk
from .story import paid

Role = StaffRole.Role


@pytest.fixture
def mara(in_scope: Merchant) -> Any:
    """A manager of a shop that allows 20 at once and 30 a day."""
    limit(in_scope)
    return factories.staff(in_scope, "manager")


@pytest.fixture
def omar(in_scope: Merchant) -> Any:
    """Whoever runs the shop."""
    return factories.staff(in_scope, "admin")


def limit(shop: Merchant, most: str | None = "20", a_day: str | None = "30") -> None:
    Merchant.objects.filter(pk=shop.pk).update(goodwill_most=most, goodwill_most_a_day=a_day)


def euros(amount: str) -> Any:
    return money(amount, "EUR")


def test_at_once_and_in_a_day(ana: Customer, mara: Any, omar: Any) -> None:
    grant_credit(ana, euros("20"), reason="sorry", actor=mara, key="a")
    grant_credit(ana, euros("20"), reason="sorry", actor=mara, key="a")
    with pytest.raises(OverLimit) as over:
        grant_credit(ana, euros("20.01"), reason="sorry", actor=mara)
    assert str(over.value) == (
        "At once you can give up to €20.00 by hand. Left for today: €10.00. "
        f"For more, ask whoever runs the shop: {omar}."
    )
    with pytest.raises(OverLimit):
        grant_credit(ana, euros("10.01"), reason="sorry", actor=mara)
    grant_credit(ana, euros("10"), reason="sorry", actor=mara)
    assert credit_of(ana, "EUR") == euros("30")
    grant_credit(ana, euros("-5"), reason="too much", actor=mara)
    with pytest.raises(OverLimit):
        grant_credit(ana, euros("0.01"), reason="sorry", actor=mara)
    with clock.at(clock.now() + dt.timedelta(days=1)):
        grant_credit(ana, euros("20"), reason="sorry", actor=mara)
    grant_credit(ana, euros("500"), reason="sorry", actor=omar)
    grant_credit(ana, euros("500"), reason="a program")
    assert [found["name"] for found in run_all() if not found["ok"]] == []


def test_gift_cards_and_refunds_count_with_credit(desk: Desk, ana: Customer, mara: Any) -> None:
    issue_gift_card(ana.merchant, euros("15"), actor=mara)
    order = paid(desk, ana).order
    lines = {line.pk: line.quantity for line in order.lines.all()}
    with pytest.raises(OverLimit):
        refund_order(order, actor=mara)
    with pytest.raises(OverLimit):
        refund_lines(order, lines=lines, delivery=order.delivery_total, actor=mara)
    assert (Refund.objects.count(), desk.every("refund")) == (0, [])
    with pytest.raises(OverLimit):
        issue_gift_card(ana.merchant, euros("15.01"), actor=mara, key="k")
    assert GiftCard.objects.count() == 1
    limit(ana.merchant, a_day="31.90")
    refund_order(order, actor=mara, request="r")
    refund_order(order, actor=mara, request="r")
    assert list(Goodwill.objects.order_by("pk").values_list("kind", "amount", "before")) == [
        ("gift_card", Decimal("15.000"), Decimal("0.000")),
        ("refund", Decimal("16.900"), Decimal("15.000")),
    ]


def test_a_further_currency_counts_as_what_it_is_worth(ana: Customer, mara: Any) -> None:
    ShopCurrency.objects.create(merchant=ana.merchant, currency="USD", rate=Decimal("1.25"))
    ShopCurrency.objects.create(merchant=ana.merchant, currency="CHF")
    with pytest.raises(OverLimit):
        grant_credit(ana, money("25.01", "USD"), reason="sorry", actor=mara)
    grant_credit(ana, money("25", "USD"), reason="sorry", actor=mara)
    with override("en"), pytest.raises(OverLimit, match=r"up to €20\.00 by hand\. Left for today: €10\.00"):
        grant_credit(ana, money("12.51", "USD"), reason="sorry", actor=mara)
    grant_credit(ana, euros("10"), reason="sorry", actor=mara)
    with pytest.raises(OverLimit, match=r"0\.00"):
        grant_credit(ana, money("1", "CHF"), reason="sorry", actor=mara)
    assert list(Goodwill.objects.order_by("pk").values_list("unit", "amount", "before")) == [
        ("EUR", Decimal("20.000"), Decimal("0.000")),
        ("EUR", Decimal("10.000"), Decimal("20.000")),
    ]
    assert (credit_of(ana, "USD"), [row["name"] for row in run_all() if not row["ok"]]) == (money("25", "USD"), [])


def test_points_have_limits_of_their_own(ana: Customer, mara: Any) -> None:
    Merchant.objects.update(points_most=100, points_most_a_day=150)
    club.programme(ana.merchant)
    member = club.member(ana.merchant, customer=ana)
    correct_points(member, points=100, reason="sorry", actor=mara, source="a")
    correct_points(member, points=100, reason="sorry", actor=mara, source="a")
    with override("en"), pytest.raises(OverLimit, match="Left for today: 50 points"):
        correct_points(member, points=51, reason="sorry", actor=mara, source="b")
    correct_points(member, points=-20, reason="too many", actor=mara, source="c")
    correct_points(member, points=50, reason="sorry", actor=mara, source="d")
    member.refresh_from_db()
    assert member.balance == 130


def test_without_a_limit_everybody_gives_as_before(ana: Customer, mara: Any) -> None:
    limit(ana.merchant, None, None)
    grant_credit(ana, euros("1000"), reason="sorry", actor=mara)
    assert Goodwill.objects.get().most_a_day is None


def test_the_database_keeps_what_the_action_promises(ana: Customer, mara: Any) -> None:
    grant_credit(ana, euros("20"), reason="sorry", actor=mara)
    row = Goodwill.objects.get()
    for wrong in (
        {"amount": 21, "before": 20, "most": 20},
        {"amount": 11, "before": 20, "most_a_day": 30},
        {"amount": 5, "before": 0},
        {"amount": 0, "before": 20},
    ):
        fresh = Goodwill(
            merchant=row.merchant, given_by=mara, kind="credit", key="x", unit="EUR", day=row.day, amount=1, before=20,
            most=None, most_a_day=row.most_a_day,
        )  # fmt: skip
        for name, value in wrong.items():
            setattr(fresh, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            fresh.save()


def test_the_check_would_see_a_day_that_does_not_add_up(ana: Customer, mara: Any) -> None:
    grant_credit(ana, euros("20"), reason="sorry", actor=mara)
    grant_credit(ana, euros("10"), reason="sorry", actor=mara)
    Goodwill.objects.filter(amount=10).update(before=19)
    (breach,) = [found for found in run_all() if not found["ok"]]
    assert (breach["name"], breach["count"]) == ("merchants: nobody gives away more than they may", 1)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_cannot_exceed_the_day(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        limit(merchant)
        mara = factories.staff(merchant, "manager")
        shoppers = [factories.customer(merchant) for _ in range(6)]
    ended: list[str] = []

    def press(shopper: Customer) -> None:
        try:
            with scope(merchant=merchant):
                grant_credit(shopper, euros("10"), reason="sorry", actor=mara)
            ended.append("given")
        except OverLimit:
            ended.append("refused")
        finally:
            connection.close()

    people = [Thread(target=press, args=(shopper,)) for shopper in shoppers]
    for person in people:
        person.start()
    for person in people:
        person.join()
    with scope(merchant=merchant):
        given = sum(credit_of(shopper, "EUR").amount for shopper in shoppers)
        assert (sorted(ended), given) == (["given"] * 3 + ["refused"] * 3, Decimal(30))
