"""What was off stays off: frozen on the order, counted once, given back when the order ends."""

import datetime as dt
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django_scopes import scope
from djmoney.money import Money

from apps.carts.actions import open_cart, set_quantity
from apps.carts.models import Cart, Coupon, Promotion, PromotionUse
from apps.carts.promotions.codes import CodeRefused, enter_code
from apps.carts.promotions.uses import UsedUp
from apps.carts.quote import quote
from apps.customers.actions import erase_customer
from apps.customers.models import Customer
from apps.customers.registry import run_exports, run_merges, run_unmerges
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import QuoteChanged, call_off, expire_orders, prepare_order
from apps.orders.actions.cancel import give_back_after_refund, lock_order
from apps.orders.actions.place import Placing, place_paid
from apps.orders.models import Order, OrderAdjustment, OrderLine
from tests import factories
from tests.carts import goods, offers


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    goods.vat(in_scope)
    return factories.customer(in_scope)


def breaches() -> list[str]:
    found = [finding for finding in run_all() if not finding["ok"] and finding["name"].startswith(("carts", "orders"))]
    return [example for finding in found for example in finding["examples"]]


def counts() -> tuple[list[int], list[int], int]:
    """Uses as promotions count them, as codes do, and as rows."""
    return (
        list(Promotion.objects.order_by("pk").values_list("uses", flat=True)),
        list(Coupon.objects.order_by("pk").values_list("uses", flat=True)),
        PromotionUse.objects.filter(released_at=None).count(),
    )


def with_code(customer: Customer, *, code: str = "WELCOME10") -> Cart:
    cart = goods.full_cart(customer, {goods.variant(customer.merchant): 2})
    enter_code(cart, code)
    return open_cart(customer)


def paid(order: Order) -> Placing:
    with transaction.atomic():
        return place_paid(lock_order(order))


def test_every_part_of_the_discount_is_frozen(ana: Customer) -> None:
    offers.code(ana.merchant)
    offers.free_delivery(ana.merchant)
    mug, cup = goods.variant(ana.merchant), goods.variant(ana.merchant, "Cup", price="5.05")
    enter_code(goods.full_cart(ana, {mug: 2, cup: 1}), "welcome10")
    order = goods.draft(open_cart(ana))
    Promotion.objects.update(name="Renamed", percent=50)
    assert [(p.label, p.line and p.line.title, str(p.amount.amount), p.code) for p in order.adjustments.all()] == [
        ("Welcome", "Blue mug", "2.400", "WELCOME10"),
        ("Welcome", "Cup", "0.510", "WELCOME10"),
        ("Free delivery", None, "4.900", ""),
    ]
    order.refresh_from_db()
    sums = (
        order.subtotal,
        order.discount_total,
        order.delivery_total,
        order.delivery_discount,
        order.tax_total,
        order.total,
    )
    assert [str(value.amount) for value in sums] == ["29.050", "2.910", "0.000", "4.900", "4.170", "26.140"]
    assert [str(line.charged.amount) for line in order.lines.all()] == ["21.600", "4.540"]
    assert (counts(), breaches()) == (([1, 1], [1], 2), [])


def test_yes_twice_is_one_use(ana: Customer) -> None:
    offers.code(ana.merchant, usage_limit=1)
    cart = with_code(ana)
    first = goods.draft(cart)
    again = prepare_order(cart, quote_hash=first.quote_hash, language="en", contact_name="A", confirmed_by="x")
    assert (again.pk, counts()) == (first.pk, ([1], [1], 1))
    assert quote(open_cart(ana)).hash == first.quote_hash  # its own use does not stand in its way
    Promotion.objects.update(percent=20)
    Promotion.objects.first().save()
    second = goods.draft(open_cart(ana))
    first.refresh_from_db()
    assert (first.status, str(second.discount_total.amount), counts()) == ("cancelled", "4.80", ([1], [1], 1))
    assert breaches() == []


@pytest.mark.parametrize("ends", ["changed", "called off", "expired", "erased"])
def test_an_order_that_ends_gives_its_use_back(ana: Customer, ends: str) -> None:
    offers.code(ana.merchant, usage_limit=1)
    order = goods.draft(with_code(ana))
    if ends == "changed":
        set_quantity(open_cart(ana), order.lines.get().variant, quantity=1)
    elif ends == "called off":
        call_off(order)
        call_off(order)
    elif ends == "erased":
        erase_customer(ana)
    else:
        with clock.at(clock.now() + dt.timedelta(hours=1)):
            assert expire_orders() == 1
    assert (counts(), breaches()) == (([0], [0], 0), [])


def test_a_sold_order_keeps_its_use_until_it_is_cancelled(ana: Customer) -> None:
    offers.code(ana.merchant, usage_limit=1)
    order = goods.draft(with_code(ana))
    assert (paid(order), counts()) == (Placing.PLACED, ([1], [1], 1))
    call_off(order)
    assert (counts(), breaches()) == (([0], [0], 0), [])


@pytest.mark.parametrize(("returns", "left"), [(True, ([0], [0], 0)), (False, ([1], [1], 1))])
def test_a_refund_in_full_gives_the_use_back_where_the_merchant_says_so(
    ana: Customer, returns: bool, left: Any
) -> None:
    offers.code(ana.merchant, promotion_fields={"returns_use": returns})
    order = goods.draft(with_code(ana))
    paid(order)
    Order.objects.update(payment_status="refunded")
    with transaction.atomic():
        give_back_after_refund(lock_order(order))
        give_back_after_refund(lock_order(order))
    assert (counts(), breaches()) == (left, [])


def test_money_that_comes_late_uses_again_what_is_left_and_goes_back_otherwise(ana: Customer) -> None:
    offers.code(ana.merchant, usage_limit=1)
    late = goods.draft(with_code(ana))
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        expire_orders()
    assert (paid(late), counts()) == (Placing.PLACED, ([1], [1], 1))
    eva = factories.customer(ana.merchant, "Eva")
    call_off(late)
    lost = goods.draft(with_code(eva))
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        expire_orders()
    ida = factories.customer(ana.merchant, "Ida")
    paid(goods.draft(with_code(ida)))
    assert (paid(lost), counts(), breaches()) == (Placing.CALLED_OFF, ([1], [1], 1), [])
    lost.refresh_from_db()
    assert lost.status == "expired"


def test_a_newer_draft_of_the_same_cart_gives_its_use_to_the_one_that_was_paid(ana: Customer) -> None:
    offers.code(ana.merchant, usage_limit=1)
    late = goods.draft(with_code(ana))
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        expire_orders()
        newer = goods.draft(open_cart(ana))
        assert (paid(late), counts()) == (Placing.PLACED, ([1], [1], 1))
    newer.refresh_from_db()
    assert (newer.status, breaches()) == ("cancelled", [])


def test_what_is_used_up_since_the_summary_is_a_changed_quote(ana: Customer) -> None:
    offers.code(ana.merchant, usage_limit=1)
    cart = with_code(ana)
    agreed = quote(cart).hash
    paid(goods.draft(with_code(factories.customer(ana.merchant, "Eva"))))
    with pytest.raises(QuoteChanged) as changed:
        prepare_order(cart, quote_hash=agreed, language="en", contact_name="A", confirmed_by="x")
    assert str(changed.value.quote.discount.amount) == "0.00"
    assert [str(no.reason) for no in changed.value.quote.offers.refused] == ["used_up"]


def test_attack_38_the_limit_per_shopper_holds_on_every_channel(ana: Customer) -> None:
    """A person linked from a second account brings along what they used there, and gets it back when unlinked."""
    offers.code(ana.merchant, limit_per_customer=1)
    twin = factories.customer(ana.merchant, "Ana on Telegram")
    goods.full_cart(twin, {goods.variant(ana.merchant): 1})
    paid(goods.draft(with_code(ana)))
    with pytest.raises(CodeRefused) as no:
        enter_code(open_cart(ana), "WELCOME10")
    assert no.value.refused.reason == "used_by_you"
    with_code(twin)  # nobody knows yet
    Cart.objects.update(address=None)  # addresses move by themselves
    with transaction.atomic():
        moved = run_merges(ana, twin)
    cart = open_cart(twin)
    assert [str(no.reason) for no in quote(cart).offers.refused] == ["used_by_you"]
    assert (counts(), breaches()) == (([1], [1], 1), [])
    with transaction.atomic():
        run_unmerges(ana, twin, moved)
    assert (PromotionUse.objects.get().customer, quote(open_cart(twin)).offers.refused, breaches()) == (ana, (), [])
    assert [row["code"] for row in run_exports(ana)["promotion_uses"]] == ["WELCOME10"]
    assert run_exports(twin)["promotion_uses"] == []


def planted(name: str) -> None:
    match name:
        case "counter":
            Coupon.objects.update(uses=0)
        case "use":
            PromotionUse.objects.update(released_at=clock.now())
        case "discount":
            OrderLine.objects.update(discount=Money("1.00", "EUR"))
        case "adjustment":
            OrderAdjustment.objects.filter(line=None).delete()
        case "shopper":
            PromotionUse.objects.update(customer=factories.customer(Merchant.objects.get(), "Somebody else"))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("counter", ["carts: uses of promotions are counted"]),
        ("use", ["carts: uses of promotions are counted", "orders: live orders hold their uses"]),
        ("discount", ["orders: adjustments make the discount", "orders: totals add up"]),
        ("adjustment", ["orders: adjustments make the discount", "orders: live orders hold their uses"]),
        ("shopper", ["carts: uses of promotions belong together"]),
    ],
)
def test_planted_breaches_are_found(ana: Customer, name: str, found: list[str]) -> None:
    offers.code(ana.merchant)
    offers.free_delivery(ana.merchant)
    goods.draft(with_code(ana))
    assert breaches() == []
    planted(name)
    assert [finding["name"] for finding in run_all() if not finding["ok"]] == found


def at_once(jobs: list[Callable[[], str]], *, lanes: int = 8) -> list[str]:
    """So many at a time, each lane with a connection of its own; what each ended in."""
    outcomes: list[str] = []
    start = Barrier(lanes)

    def run(mine: list[Callable[[], str]]) -> None:
        start.wait()
        try:
            for job in mine:
                outcomes.append(job())
        finally:
            connection.close()

    threads = [Thread(target=run, args=[jobs[lane::lanes]]) for lane in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _buy(merchant: Merchant, cart: Cart, agreed: str) -> str:
    try:
        with scope(merchant=merchant):
            prepare_order(cart, quote_hash=agreed, language="en", contact_name="B", confirmed_by="x")
        return "ordered"
    except UsedUp:
        return "used up"
    except QuoteChanged as changed:
        return ", ".join(str(no.reason) for no in changed.quote.offers.refused)


@pytest.mark.django_db(transaction=True)
def test_attack_38_a_hundred_shoppers_with_one_single_use_code(merchant: Merchant) -> None:
    """All saw it in their summary; one has it, the others are told, and no order is left half made."""
    with scope(merchant=merchant):
        mug = goods.variant(merchant, stock=1000)
        offers.code(merchant, "ONCE", usage_limit=1)
        offers.promotion(merchant, "For everybody", priority=-1)
        buyers = []
        for number in range(100):
            cart = goods.full_cart(factories.customer(merchant, f"Buyer {number}"), {mug: 1})
            enter_code(cart, "ONCE")
            cart.refresh_from_db()
            buyers.append((cart, quote(cart).hash))
    outcomes = at_once([lambda mine=mine: _buy(merchant, *mine) for mine in buyers])  # type: ignore[misc]
    assert (outcomes.count("ordered"), outcomes.count("used up") + outcomes.count("used_up"), len(outcomes)) == (
        1,
        99,
        100,
    )
    with scope(merchant=merchant):
        assert (counts(), Order.objects.count()) == (([1, 1], [1], 2), 1)
    assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_attack_38_ten_of_sixty_carts_of_one_shopper_and_cancelled_ones_come_back(merchant: Merchant) -> None:
    """A limit in total and one per shopper, taken and given back at the same time: never passed, nothing lost."""
    with scope(merchant=merchant):
        mug = goods.variant(merchant, stock=1000)
        offers.promotion(merchant, usage_limit=10, limit_per_customer=1)
        carts = [goods.full_cart(factories.customer(merchant, f"Buyer {n}"), {mug: 1}) for n in range(60)]
        agreed = [(cart, quote(cart).hash) for cart in carts]

    def buy_and_let_go(cart: Cart, hash_: str) -> str:
        outcome = _buy(merchant, cart, hash_)
        if outcome == "ordered" and cart.pk % 2:
            with scope(merchant=merchant):
                call_off(Order.objects.get(cart=cart, status="draft"))
            return "let go"
        return outcome

    outcomes = at_once([lambda mine=mine: buy_and_let_go(*mine) for mine in agreed])  # type: ignore[misc]
    kept = outcomes.count("ordered")
    assert (kept <= 10, len(outcomes)) == (True, 60)
    with scope(merchant=merchant):
        assert counts() == ([kept], [], kept)
    assert breaches() == []
