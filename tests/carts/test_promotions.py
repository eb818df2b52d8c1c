"""What offers take off: to the cent, never below nothing, and the shopper gets what saves most."""

import datetime as dt
from decimal import Decimal
from typing import Any

from djmoney.money import Money
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.carts.money import payable_step, total_of
from apps.carts.promotions.calculate import Goods, Kind, Offer, Outcome, Reason, Situation, calculate

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


def at(**changes: Any) -> Situation:
    return Situation(**{"now": NOON, "currency": "EUR", "country": "DE", "delivery": euros("4.90"), **changes})


def off(pk: int = 1, kind: Kind = Kind.PERCENTAGE, **fields: Any) -> Offer:
    return Offer(pk=pk, name=f"Offer {pk}", kind=kind, **fields)


MUGS = (Goods(1, 3, euros("9.99")), Goods(2, 1, euros("0.05"), frozenset({7})))


def parts(outcome: Outcome) -> list[tuple[int, int | None, str]]:
    return [(part.offer.pk, part.line, str(part.amount.amount)) for part in outcome.adjustments]


def reasons(outcome: Outcome) -> list[tuple[int, str]]:
    return [(no.offer.pk, str(no.reason)) for no in outcome.refused]


def test_percentages_are_rounded_once_and_spread_to_the_cent() -> None:
    assert parts(calculate(MUGS, [off(percent=Decimal(10))], at())) == [(1, 0, "3.00")]
    even = [Goods(n, 1, euros("0.33")) for n in range(3)]
    assert parts(calculate(even, [off(percent=Decimal(50))], at())) == [(1, 0, "0.17"), (1, 1, "0.17"), (1, 2, "0.16")]


def test_an_amount_is_never_more_than_the_goods_cost() -> None:
    offer = off(kind=Kind.AMOUNT, amount=euros("50.00"))
    assert parts(calculate(MUGS, [offer], at())) == [(1, 0, "29.97"), (1, 1, "0.05")]
    of_some = off(kind=Kind.AMOUNT, amount=euros("50.00"), categories=frozenset({7}))
    assert parts(calculate(MUGS, [of_some], at())) == [(1, 1, "0.05")]


def test_of_three_for_two_the_cheapest_is_given() -> None:
    goods = [Goods(1, 2, euros("12.00")), Goods(2, 2, euros("8.00")), Goods(3, 2, euros("20.00"))]
    three_for_two = off(kind=Kind.BUY_X_GET_Y, buy=2, get=1)
    assert parts(calculate(goods, [three_for_two], at())) == [(1, 1, "16.00")]
    half = off(kind=Kind.BUY_X_GET_Y, buy=1, get=1, percent=Decimal(50))
    assert parts(calculate(goods, [half], at())) == [(1, 1, "8.00"), (1, 0, "6.00")]
    assert reasons(calculate(goods[:1], [three_for_two], at())) == [(1, "quantity")]


def test_a_set_costs_its_price_and_what_is_over_costs_its_own() -> None:
    """Two shirts and a belt are one set and a shirt; the dearer shirt is in the set."""
    goods = [Goods(1, 1, euros("50.00")), Goods(1, 1, euros("60.00"), variant=2), Goods(2, 1, euros("40.00"))]
    together = off(kind=Kind.SET, products=frozenset({1, 2}), amount=euros("75.00"))
    assert parts(calculate(goods, [together], at())) == [(1, 1, "15.00"), (1, 2, "10.00")]
    twice = [Goods(1, 3, euros("60.00")), Goods(2, 2, euros("40.00"))]
    assert parts(calculate(twice, [together], at())) == [(1, 0, "30.00"), (1, 1, "20.00")]
    short = calculate(goods[:2], [together], at())
    assert (parts(short), reasons(short)) == ([], [(1, "quantity")])
    assert short.near[0].absent == {2}
    assert reasons(calculate(goods, [off(kind=Kind.SET, amount=euros("1.00"))], at())) == [(1, "goods")]
    other = off(2, Kind.SET, products=frozenset({1, 3}), amount=euros("70.00"))
    sharing = [Goods(1, 1, euros("60.00")), Goods(2, 1, euros("40.00")), Goods(3, 1, euros("30.00"))]
    both = calculate(sharing, [together, other], at())  # the first has the only shirt
    assert (parts(both), reasons(both)) == ([(1, 0, "15.00"), (1, 1, "10.00")], [(2, "nothing_left")])
    tenth = off(1, percent=Decimal(10))
    with_code = calculate(goods[1:], [tenth, off(2, Kind.SET, products=frozenset({1, 2}), amount=euros("75.00"))], at())
    assert sum(part.amount.amount for part in with_code.adjustments) == Decimal("32.50")  # 25 for the set, then 7.50
    dear = off(kind=Kind.SET, products=frozenset({1, 2}), amount=euros("500.00"))
    assert reasons(calculate(goods, [dear], at())) == [(1, "nothing_left")]


def test_delivery_is_free_once_a_way_is_chosen_and_promised_before() -> None:
    free = off(kind=Kind.FREE_DELIVERY)
    assert parts(calculate(MUGS, [free, off(2, Kind.FREE_DELIVERY)], at())) == [(1, None, "4.90")]
    assert [offer.pk for offer in calculate(MUGS, [free], at(delivery=None)).promised] == [1]
    assert reasons(calculate(MUGS, [free], at(needs_delivery=False))) == [(1, "nothing_to_send")]


def test_offers_stack_by_priority_each_on_what_is_left() -> None:
    goods = [Goods(1, 1, euros("100.00"))]
    percent, amount = off(1, percent=Decimal(10)), off(2, Kind.AMOUNT, amount=euros("20.00"))
    assert parts(calculate(goods, [percent, amount], at())) == [(1, 0, "10.00"), (2, 0, "20.00")]
    first = off(2, Kind.AMOUNT, amount=euros("20.00"), priority=5)
    assert parts(calculate(goods, [percent, first], at())) == [(2, 0, "20.00"), (1, 0, "8.00")]


def test_attack_38_exclusive_offers_never_stack_and_the_shopper_gets_the_best_way() -> None:
    goods = [Goods(1, 1, euros("100.00"))]
    small, large = off(1, percent=Decimal(10), is_exclusive=True), off(2, percent=Decimal(30), is_exclusive=True)
    usual = off(3, percent=Decimal(20))
    best = calculate(goods, [small, large, usual], at())
    assert (parts(best), reasons(best)) == ([(2, 0, "30.00")], [(1, "other_offer"), (3, "other_offer")])
    assert [no.other for no in best.refused] == ["Offer 2", "Offer 2"]
    stacked = calculate(goods, [small, usual, off(4, percent=Decimal(10))], at())
    assert (parts(stacked), reasons(stacked)) == ([(3, 0, "20.00"), (4, 0, "8.00")], [(1, "other_offer")])


def test_each_condition_says_why() -> None:
    conditions: dict[str, tuple[Offer, dict[str, Any]]] = {
        "off": (off(is_on=False), {}),
        "not_yet": (off(starts_at=NOON + DAY), {}),
        "over": (off(ends_at=NOON), {}),
        "used_up": (off(left=0), {}),
        "used_by_you": (off(left_for_you=0), {}),
        "not_first": (off(is_first_order_only=True), {"is_first_order": False}),
        "not_for_you": (off(group="gold"), {"groups": frozenset({"silver"})}),
        "currency": (off(min_subtotal=Money(1, "USD")), {}),
        "market": (off(countries=frozenset({"AT"})), {}),
        "channel": (off(channels=frozenset({"sms"})), {"channel": "telegram"}),
        "goods": (off(products=frozenset({99})), {}),
        "quantity": (off(min_quantity=5), {}),
        "threshold": (off(min_subtotal=euros("30.03")), {}),
        "nothing_left": (off(kind=Kind.FREE_DELIVERY), {"delivery": euros("0.00")}),
    }
    for reason, (offer, where) in conditions.items():
        assert reasons(calculate(MUGS, [offer], at(**where))) == [(1, reason)], reason
    short = calculate(MUGS, [off(min_subtotal=euros("30.03"))], at()).near
    assert [(no.reason, no.missing) for no in short] == [(Reason.THRESHOLD, euros("0.01"))]
    assert calculate(MUGS, [off(min_subtotal=euros("30.03"), code="X10")], at()).near == ()


def test_attack_38_an_offer_ends_at_one_moment_wherever_that_is_read() -> None:
    berlin, honolulu = dt.timezone(dt.timedelta(hours=1)), dt.timezone(-dt.timedelta(hours=10))
    ends = off(ends_at=NOON.astimezone(berlin))
    before, after = (NOON - dt.timedelta(seconds=1)).astimezone(honolulu), NOON.astimezone(honolulu)
    assert (reasons(calculate(MUGS, [ends], at(now=before))), reasons(calculate(MUGS, [ends], at(now=after)))) == (
        [],
        [(1, "over")],
    )


def test_dinars_stay_payable() -> None:
    goods = [Goods(n, 1, Money("12.350", "KWD")) for n in range(3)]
    outcome = calculate(goods, [off(percent=Decimal(7))], at(currency="KWD", delivery=None))
    assert parts(outcome) == [(1, 0, "0.87"), (1, 1, "0.86"), (1, 2, "0.86")]


CURRENCIES = st.sampled_from(["EUR", "JPY"])


@st.composite
def carts(draw: Any) -> tuple[list[Goods], list[Offer], Situation]:
    currency = draw(CURRENCIES)
    step = payable_step(currency)

    def amounts(least: int = 0, most: int = 20_000) -> Any:
        return st.integers(least, most).map(lambda units: Money(units * step, currency))

    categories = st.frozensets(st.integers(1, 3), max_size=2)
    goods = draw(
        st.lists(st.builds(Goods, st.integers(1, 5), st.integers(1, 99), amounts(), categories), min_size=1, max_size=8)
    )
    makers = st.builds(
        dict,
        kind=st.sampled_from(list(Kind)),
        percent=st.decimals("0.01", 100, places=2),
        amount=amounts(1),
        buy=st.integers(1, 3),
        get=st.integers(1, 3),
        products=st.frozensets(st.integers(1, 5), max_size=2),
        categories=categories,
        min_subtotal=st.none() | amounts(),
        min_quantity=st.integers(0, 5),
        is_exclusive=st.booleans(),
        priority=st.integers(-2, 2),
        code=st.sampled_from(["", "CODE"]),
    )
    offers = [Offer(pk=pk, name=str(pk), **made) for pk, made in enumerate(draw(st.lists(makers, max_size=6)), 1)]
    delivery = draw(st.none() | amounts(0, 2000))
    return goods, offers, at(currency=currency, delivery=delivery)


@settings(max_examples=200, deadline=None)
@given(carts())
def test_parts_make_the_whole_and_nothing_falls_below_zero(cart: tuple[list[Goods], list[Offer], Situation]) -> None:
    goods, offers, situation = cart
    outcome = calculate(goods, offers, situation)
    step = payable_step(situation.currency)
    assert all(part.amount.amount > 0 and part.amount.amount % step == 0 for part in outcome.adjustments)
    left = [
        item.total - total_of([p.amount for p in outcome.adjustments if p.line == line], currency=situation.currency)
        for line, item in enumerate(goods)
    ]
    assert all(amount.amount >= 0 for amount in left)
    on_delivery = total_of([p.amount for p in outcome.adjustments if p.line is None], currency=situation.currency)
    assert on_delivery.amount <= (situation.delivery.amount if situation.delivery else 0)
    # Each percentage and amount off is rounded once for all its lines: their parts add up to just that.
    running = [item.total for item in goods]
    for offer in dict.fromkeys(part.offer for part in outcome.adjustments):
        mine = [part for part in outcome.adjustments if part.offer == offer and part.line is not None]
        lines = [line for line, item in enumerate(goods) if offer.is_about(item)]
        whole = total_of([running[line] for line in lines], currency=situation.currency)
        taken = total_of([part.amount for part in mine], currency=situation.currency)
        if offer.kind == Kind.AMOUNT and offer.amount is not None:
            assert taken == min(offer.amount, whole)
        if offer.kind == Kind.SET and offer.amount is not None:  # what is in sets costs no less than the sets
            assert whole.amount - taken.amount >= min(offer.amount.amount, whole.amount)
        if offer.kind == Kind.PERCENTAGE:
            assert abs(taken.amount - whole.amount * offer.percent / 100) <= step / 2
        for part in mine:
            assert part.line is not None
            running[part.line] -= part.amount
    assert {offer for offer in offers if offer not in [no.offer for no in outcome.refused]} == {
        *(part.offer for part in outcome.adjustments),
        *outcome.promised,
    }


@settings(max_examples=80, deadline=None)
@given(carts())
def test_who_may_use_more_offers_never_pays_more(cart: tuple[list[Goods], list[Offer], Situation]) -> None:
    goods, offers, situation = cart

    def saved(some: list[Offer]) -> Decimal:
        parts = calculate(goods, some, situation).adjustments
        return total_of([part.amount for part in parts], currency=situation.currency).amount

    assert all(saved(offers) >= saved([offer]) for offer in offers if offer.is_exclusive)
    assert calculate(goods, offers, situation) == calculate(goods, offers, situation)
