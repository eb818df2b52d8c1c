"""Vouchers that points were redeemed for, in the cart and in the order: taken off what offers left, used once, given back."""

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction
from django_scopes import scope
from djmoney.money import Money

from apps.carts.actions import add_to_cart, open_cart, set_quantity
from apps.carts.models import Cart
from apps.carts.promotions.calculate import Reason
from apps.carts.promotions.codes import CodeRefused, CodeUnknown, enter_code, remove_code
from apps.carts.quote import quote
from apps.loyalty.actions import correct_points, redeem
from apps.loyalty.models import LoyaltyMembership, RewardVoucher
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.actions import QuoteChanged, call_off, expire_orders
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import Placing, place_paid
from apps.orders.invariants import live_orders_hold_their_vouchers
from apps.orders.models import Order
from tests import factories
from tests.carts import goods, offers
from tests.loyalty import club

pytestmark = pytest.mark.django_db(transaction=True)
START = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.at(START):
        yield


@pytest.fixture
def ana(merchant: Merchant) -> Iterator[LoyaltyMembership]:
    with scope(merchant=merchant):
        goods.vat(merchant)
        club.programme(merchant)
        member = club.member(merchant)
        correct_points(member, points=100, reason="a present", source="present")
        yield member


def voucher(member: LoyaltyMembership, **fields: Any) -> RewardVoucher:
    """Ten points' worth; five euros off unless said otherwise."""
    made = club.reward(member.merchant, 10, **fields)
    return redeem(member, made, reference=f"r{made.pk}")


def cart_of(member: LoyaltyMembership, price: str = "12.00", *, quantity: int = 1) -> Cart:
    return goods.full_cart(member.customer, {goods.variant(member.merchant, price=price): quantity})


def sums(cart: Cart) -> tuple[str, str, str]:
    now = quote(Cart.objects.get(pk=cart.pk))
    return tuple(str(amount.amount) for amount in (now.discount, now.delivery, now.total))  # type: ignore[return-value]


def state(voucher: RewardVoucher) -> tuple[str, str]:
    voucher.refresh_from_db()
    return voucher.state, voucher.used_for


def drafted(cart: Cart) -> Order:
    return goods.draft(Cart.objects.get(pk=cart.pk))


def pay(order: Order) -> Placing:
    with transaction.atomic():
        return place_paid(lock_order(order))


def test_money_off_comes_off_what_the_offers_left_and_never_below_nothing(ana: LoyaltyMembership) -> None:
    five = voucher(ana)
    cart = cart_of(ana)
    offers.promotion(ana.merchant, percent="50")
    assert enter_code(cart, f" {five.code[:4].lower()} {five.code[4:]}") is None
    assert sums(cart) == ("11.00", "4.90", "5.90")
    enter_code(cart, voucher(ana, amount="9.00").code)
    assert sums(cart) == ("12.00", "4.90", "4.90")


def test_free_delivery_and_a_product_that_is_brought_along(ana: LoyaltyMembership) -> None:
    cart = cart_of(ana)
    enter_code(cart, voucher(ana, amount=None, kind="free_delivery").code)
    assert sums(cart) == ("0.00", "0.00", "12.00")
    lamp = goods.variant(ana.merchant, "Lamp", price="30.00")
    assert enter_code(cart, voucher(ana, amount=None, kind="free_product", sku=lamp.sku).code) is None
    assert sums(cart) == ("30.00", "0.00", "12.00")
    set_quantity(cart, lamp, quantity=2)
    assert sums(cart) == ("30.00", "0.00", "42.00")
    set_quantity(cart, lamp, quantity=0)
    assert [no.reason for no in quote(Cart.objects.get(pk=cart.pk)).offers.refused] == [Reason.GOODS]


def test_a_product_that_is_sold_out_is_waited_for(ana: LoyaltyMembership) -> None:
    cart, gone = cart_of(ana), goods.variant(ana.merchant, "Lamp", stock=0)
    refused = enter_code(cart, voucher(ana, amount=None, kind="free_product", sku=gone.sku).code)
    assert (refused and refused.reason, open_cart(ana.customer).lines.count()) == (Reason.GOODS, 1)


def test_what_cannot_be_used_is_refused_and_says_why(ana: LoyaltyMembership) -> None:
    mine = voucher(ana)
    eve = factories.customer(ana.merchant, "Eve")
    with pytest.raises(CodeUnknown):
        enter_code(open_cart(eve), mine.code)
    with clock.at(START + dt.timedelta(days=91)), pytest.raises(CodeRefused) as late:
        enter_code(cart_of(ana), mine.code)
    assert late.value.refused.reason == Reason.OVER
    RewardVoucher.objects.filter(pk=mine.pk).update(state="void")
    with pytest.raises(CodeUnknown):
        enter_code(open_cart(ana.customer), mine.code)


def test_the_order_freezes_it_and_a_changed_cart_gives_it_back(ana: LoyaltyMembership) -> None:
    five, cart = voucher(ana), cart_of(ana)
    enter_code(cart, five.code)
    order = drafted(cart)
    part = order.adjustments.get()
    assert (str(part.amount), part.label, part.code, part.source) == (
        "€5.00",
        "5.00 off",
        five.code,
        f"voucher:{five.pk}",
    )
    assert (str(order.total), state(five)) == ("€11.90", ("used", f"order:{order.pk}"))
    assert sums(cart) == ("5.00", "4.90", "11.90")  # while its own draft has it, it is there for the cart
    assert drafted(cart) == order
    add_to_cart(ana.customer, goods.variant(ana.merchant))
    assert state(five) == ("open", "")
    second = drafted(cart)
    assert (second.pk != order.pk, state(five)) == (True, ("used", f"order:{second.pk}"))
    remove_code(Cart.objects.get(pk=cart.pk), five.code)
    assert (state(five), sums(cart)[0]) == (("open", ""), "0.00")
    assert live_orders_hold_their_vouchers() == []


def test_a_second_draft_takes_it_over_from_the_first(ana: LoyaltyMembership) -> None:
    """A price changed: the cart did not, and the draft is made anew."""
    five, cart = voucher(ana), cart_of(ana)
    enter_code(cart, five.code)
    first = drafted(cart)
    line = cart.lines.get()
    line.variant.prices.update(amount=Money("20.00", "EUR").amount)
    second = drafted(cart)
    first.refresh_from_db()
    assert (first.status, str(second.total), state(five)) == ("cancelled", "€19.90", ("used", f"order:{second.pk}"))


def test_cancelling_and_expiring_give_it_back(ana: LoyaltyMembership) -> None:
    five, cart = voucher(ana), cart_of(ana)
    enter_code(cart, five.code)
    call_off(drafted(cart))
    assert state(five) == ("open", "")
    drafted(cart)
    with clock.at(START + dt.timedelta(hours=1)):
        assert (expire_orders(), state(five)) == (1, ("open", ""))
    assert live_orders_hold_their_vouchers() == []


def test_a_placed_order_that_is_called_off_gives_the_points_back(ana: LoyaltyMembership) -> None:
    five, cart = voucher(ana), cart_of(ana)
    enter_code(cart, five.code)
    order = drafted(cart)
    assert pay(order) == Placing.PLACED
    assert club.shown(ana)[0] == 90
    call_off(order)
    assert (state(five), club.shown(ana)[0]) == (("void", ""), 100)
    assert live_orders_hold_their_vouchers() == []


def test_money_for_an_expired_order_whose_voucher_went_elsewhere_calls_it_off(ana: LoyaltyMembership) -> None:
    five, cart = voucher(ana), cart_of(ana)
    enter_code(cart, five.code)
    late = drafted(cart)
    with clock.at(START + dt.timedelta(hours=1)):
        expire_orders()
        assert pay(late) == Placing.PLACED
        assert state(five) == ("used", f"order:{late.pk}")
        other = voucher(ana, amount="4.00")
        fresh = cart_of(ana)
        enter_code(fresh, other.code)
        second = drafted(fresh)
    with clock.at(START + dt.timedelta(hours=3)):
        expire_orders()
        RewardVoucher.objects.filter(pk=other.pk).update(state="used", used_for="order:0", used_at=clock.now())
        assert pay(second) == Placing.CALLED_OFF
        second.refresh_from_db()
        assert second.status == "expired"


def test_used_elsewhere_meanwhile_the_quote_is_asked_again(ana: LoyaltyMembership) -> None:
    five, cart = voucher(ana), cart_of(ana)
    enter_code(cart, five.code)
    agreed = quote(Cart.objects.get(pk=cart.pk)).hash
    RewardVoucher.objects.filter(pk=five.pk).update(state="used", used_for="order:0", used_at=clock.now())
    with pytest.raises(QuoteChanged) as changed:
        goods.prepare_order(cart, quote_hash=agreed, language="en", contact_name="Ana", confirmed_by="test")
    assert (str(changed.value.quote.total), Order.objects.count()) == ("€16.90", 0)


def test_planted_breaches_are_noticed(ana: LoyaltyMembership) -> None:
    five, cart = voucher(ana), cart_of(ana)
    enter_code(cart, five.code)
    order = drafted(cart)
    RewardVoucher.objects.filter(pk=five.pk).update(state="open", used_for="", used_at=None)
    assert live_orders_hold_their_vouchers() == [f"order {order.number}: voucher:{five.pk} is on it and not used by it"]
    RewardVoucher.objects.filter(pk=five.pk).update(state="used", used_for=f"order:{order.pk}", used_at=clock.now())
    Order.objects.filter(pk=order.pk).update(status="expired")
    assert live_orders_hold_their_vouchers() == [f"order {order.number} is expired and still uses voucher:{five.pk}"]


def test_attack_39_one_voucher_in_many_carts_at_once_is_used_once(merchant: Merchant, ana: LoyaltyMembership) -> None:
    """Twelve carts of one person (merged from many channels): the voucher goes into one order."""
    five, mug = voucher(ana), goods.variant(ana.merchant, stock=100)
    way, place = goods.parcel(merchant), goods.address(ana.customer)
    carts = []
    for number in range(12):
        cart = Cart.objects.create(
            merchant=merchant, customer=ana.customer, currency="EUR", address=place, delivery_method=way,
            codes=[five.code], status="open" if number == 0 else "merged",
        )  # fmt: skip
        cart.lines.create(merchant=merchant, variant=mug, quantity=1)
        carts.append((cart, quote(cart).hash))
    start, results = threading.Barrier(12), [""] * 12

    def buy(place: int) -> None:
        try:
            with scope(merchant=merchant), clock.at(START):
                cart, agreed = carts[place]
                start.wait()
                goods.prepare_order(cart, quote_hash=agreed, language="en", contact_name="Ana", confirmed_by="test")
                results[place] = "bought"
        except QuoteChanged:
            results[place] = "changed"
        finally:
            connections.close_all()

    threads = [threading.Thread(target=buy, args=(place,)) for place in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["bought"] + ["changed"] * 11
    assert (Order.objects.count(), state(five)[0]) == (1, "used")
    assert live_orders_hold_their_vouchers() == []
