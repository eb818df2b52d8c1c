"""Gift cards and store credit: what they pay, what is left to pay, and where the money goes when an order ends."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from django.db import connections
from django_scopes import scope
from djmoney.money import Money

from apps.carts.actions import add_to_cart, lapse_carts, open_cart, take_back
from apps.carts.models import Cart
from apps.customers.actions.privacy import merge_customers
from apps.customers.actions.unlink import undo_merge
from apps.customers.models import Customer, Merge
from apps.ledger.actions import NotEnough
from apps.ledger.models import Account, Transfer
from apps.merchants import clock, codes
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import NotNow, expire_orders
from apps.orders.models import Order
from apps.payments.actions import (
    GiftCardEmpty,
    GiftCardForeign,
    GiftCardLocked,
    GiftCardOver,
    GiftCardUnknown,
    MoreThanLeft,
    NothingToRefund,
    ReasonMissing,
    WorthNothing,
    block_gift_card,
    cancel_order,
    drop_tenders,
    find_gift_card,
    grant_credit,
    hold_tenders,
    issue_gift_card,
    place_free,
    refund_lines,
    refund_order,
    refund_to_credit,
    release_tenders,
    send_refunds,
    start_checkout,
    use_credit,
    use_gift_card,
)
from apps.payments.models import GiftCard, Payment, Refund
from apps.payments.tenders import TendersChanged, amount_due, card_balance, credit_of, split_for
from tests import factories
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh, told


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


def card(merchant: Merchant, amount: str = "10.00", **fields: object) -> GiftCard:
    made, _ = issue_gift_card(merchant, euros(amount), **fields)  # type: ignore[arg-type]
    return made


def over(made: GiftCard) -> GiftCard:
    """A card whose time has passed since it was made."""
    GiftCard.objects.filter(pk=made.pk).update(expires_at=clock.now())
    made.refresh_from_db()
    return made


def mug_in_cart(customer: Customer, quantity: int = 1) -> Cart:
    """12.00 each, and 4.90 for the parcel."""
    return goods.full_cart(customer, {goods.variant(customer.merchant): quantity})


def drafted(cart: Cart) -> Order:
    order = goods.draft(Cart.objects.get(pk=cart.pk))
    hold_tenders(order)
    return order


def paid_with(desk: Desk, cart: Cart) -> Order:
    """The rest is paid at the page."""
    payment = start_checkout(drafted(cart))
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    return fresh(payment.order)


def breaches() -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


def balance(card: GiftCard) -> str:
    return str(card_balance(card).amount)


def credit(customer: Customer) -> str:
    return str(credit_of(customer, "EUR").amount)


def test_a_card_is_made_with_its_money_and_its_code_is_kept_nowhere(ana: Customer) -> None:
    made, code = issue_gift_card(ana.merchant, euros("25.00"), note="Christmas")
    assert (balance(made), made.ends, str(made)) == ("25.00", codes.ending(code), f"•••• {codes.ending(code)}")
    rows = str([*GiftCard.objects.values(), *Transfer.objects.values(), *Account.objects.values()])
    assert not any(part in rows for part in (code, codes.tidy(code), code[:11]))
    assert find_gift_card(ana, codes.fingerprint(code.lower())) == made
    for worthless in (euros("0"), euros("-5"), Money("5", "USD")):
        with pytest.raises(WorthNothing):
            issue_gift_card(ana.merchant, worthless)
    assert breaches() == []


def test_the_card_pays_first_and_the_page_asks_for_the_rest(desk: Desk, ana: Customer) -> None:
    made, cart = card(ana.merchant), mug_in_cart(ana)
    use_gift_card(cart, made)
    use_gift_card(cart, made)
    split = split_for(cart, euros("16.90"), now=clock.now())
    assert ([str(part.amount.amount) for part in split.parts], str(split.due.amount)) == (["10.00"], "6.90")
    payment = start_checkout(drafted(cart))
    assert (str(payment.amount), balance(made)) == ("€6.90", "0.00")
    assert hold_tenders(payment.order) == euros("6.90")
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    order = fresh(payment.order)
    assert (order.status, order.payment_status, told(order)) == ("placed", "paid", ["drafted", "placed", "paid"])
    assert [(p.tender, p.state, str(p.amount)) for p in order.payments.order_by("pk")] == [
        ("gift_card", "succeeded", "€10.00"),
        ("", "succeeded", "€6.90"),
    ]
    assert (str(amount_due(order)), breaches()) == ("€6.90", [])


def test_what_a_card_pays_in_full_is_placed_at_once(ana: Customer) -> None:
    made, cart = card(ana.merchant, "50.00"), mug_in_cart(ana)
    use_gift_card(cart, made)
    order = drafted(cart)
    with pytest.raises(NotNow):
        start_checkout(order)
    place_free(order)
    assert (fresh(order).status, order.payment_status, balance(made)) == ("placed", "paid", "33.10")
    assert (told(order), breaches()) == (["drafted", "placed", "paid"], [])


def test_what_is_left_is_nothing_or_enough_to_be_taken(ana: Customer) -> None:
    made, cart = card(ana.merchant, "16.70"), mug_in_cart(ana)
    use_gift_card(cart, made)
    split = split_for(cart, euros("16.90"), now=clock.now())
    assert ([str(part.amount.amount) for part in split.parts], str(split.due.amount)) == (["16.40"], "0.50")


def test_credit_pays_what_the_card_leaves(ana: Customer) -> None:
    made, cart = card(ana.merchant), mug_in_cart(ana)
    grant_credit(ana, euros("20.00"), reason="late parcel")
    use_credit(cart)
    use_gift_card(cart, made)
    order = drafted(cart)
    assert hold_tenders(order, agreed=euros("0.00")) == euros("0.00")
    place_free(order)
    assert (balance(made), credit(ana), fresh(order).payment_status, breaches()) == ("0.00", "13.10", "paid", [])


def test_a_link_that_waits_beside_a_card_is_no_breach(desk: Desk, ana: Customer) -> None:
    cart = mug_in_cart(ana)
    use_gift_card(cart, card(ana.merchant, "5.00"))
    order = drafted(cart)
    start_checkout(order)
    assert (order.payments.filter(state="open").count(), breaches()) == (2, [])


def test_a_draft_that_ends_gives_it_back(ana: Customer) -> None:
    made, cart = card(ana.merchant), mug_in_cart(ana)
    use_gift_card(cart, made)
    cancel_order(drafted(cart))
    assert balance(made) == "10.00"
    drafted(cart)
    assert Account.objects.get(kind="gift_card").balance == euros("0.00")
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        expire_orders()
        assert balance(made) == "10.00"
        assert [release_tenders(), release_tenders()] == [1, 0]
    assert Account.objects.get(kind="gift_card").balance == euros("10.00")
    assert breaches() == []


def test_a_changed_cart_has_its_cards_money_at_once(ana: Customer) -> None:
    made, cart = card(ana.merchant), mug_in_cart(ana)
    use_gift_card(cart, made)
    drafted(cart)
    add_to_cart(ana, goods.variant(ana.merchant))
    again = drafted(cart)
    assert (str(amount_due(again)), balance(made), breaches()) == ("€18.90", "0.00", [])
    assert drop_tenders(open_cart(ana)) == 1
    assert str(amount_due(drafted(cart))) == "€28.90"


def test_what_was_agreed_to_is_what_is_paid(ana: Customer) -> None:
    made, cart = card(ana.merchant), mug_in_cart(ana)
    use_gift_card(cart, made)
    order = goods.draft(Cart.objects.get(pk=cart.pk))
    with pytest.raises(TendersChanged) as changed:
        hold_tenders(order, agreed=euros("0.90"))
    assert (changed.value.due, balance(made)) == (euros("6.90"), "10.00")


def test_cancelling_gives_each_its_own_back(desk: Desk, ana: Customer) -> None:
    made, cart = card(ana.merchant), mug_in_cart(ana)
    grant_credit(ana, euros("2.00"), reason="late parcel")
    use_gift_card(cart, made)
    use_credit(cart)
    order = paid_with(desk, cart)
    cancel_order(order)
    assert (balance(made), credit(ana)) == ("10.00", "2.00")
    send_refunds()
    assert (fresh(order).payment_status, [r["amount"] for r in desk.every("refund")]) == ("refunded", [490])
    assert breaches() == []
    with pytest.raises(NothingToRefund):
        refund_order(mug_order(ana))


def mug_order(customer: Customer) -> Order:
    return drafted(mug_in_cart(customer))


def test_a_part_goes_back_to_the_provider_first_then_to_the_card(desk: Desk, ana: Customer) -> None:
    made, cart = card(ana.merchant, "20.00"), mug_in_cart(ana, 2)
    use_gift_card(cart, made)
    order = paid_with(desk, cart)  # 28.90: 20.00 by card, 8.90 at the page
    line = order.lines.get()
    first = refund_lines(order, lines={line.pk: 1}, request="a")
    assert refund_lines(order, lines={line.pk: 1}, request="a") == first
    assert [(str(r.amount.amount), r.state) for r in Refund.objects.order_by("pk")] == [
        ("8.900", "pending"),
        ("3.100", "done"),
    ]
    send_refunds()
    assert (balance(made), fresh(order).payment_status, breaches()) == ("3.10", "partly_refunded", [])
    refund_lines(order, lines={line.pk: 1}, delivery=euros("4.90"))
    assert (balance(made), fresh(order).payment_status, breaches()) == ("20.00", "refunded", [])


def test_refunds_can_become_credit_and_never_go_back_twice(desk: Desk, ana: Customer) -> None:
    made, cart = card(ana.merchant), mug_in_cart(ana, 2)
    use_gift_card(cart, made)
    order = paid_with(desk, cart)
    line = order.lines.get()
    refund = refund_to_credit(order, lines={line.pk: 1}, request="r", reason="too small")
    assert (refund.state, refund.to_credit, credit(ana), balance(made)) == ("done", True, "12.00", "0.00")
    assert refund_to_credit(order, lines={line.pk: 1}, request="r") == refund
    refund_to_credit(order)
    assert (credit(ana), fresh(order).payment_status, desk.every("refund"), breaches()) == ("28.90", "refunded", [], [])
    for again in (refund_order, refund_to_credit):
        assert again(order).state == "done"
    assert (credit(ana), balance(made)) == ("28.90", "0.00")
    with pytest.raises((MoreThanLeft, NotNow)):
        refund_lines(order, lines={line.pk: 1})


def test_late_money_sets_the_card_aside_again_or_goes_back(desk: Desk, ana: Customer) -> None:
    made, cart = card(ana.merchant), mug_in_cart(ana)
    use_gift_card(cart, made)
    payment = start_checkout(drafted(cart))
    assert desk.pay(payment.provider_session) == "paid"
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        expire_orders()
        release_tenders()
        deliver(desk)
    assert (fresh(payment.order).status, payment.order.payment_status, balance(made)) == ("placed", "paid", "0.00")
    assert breaches() == []
    second, other = card(ana.merchant), mug_in_cart(ana)
    use_gift_card(other, second)
    late = start_checkout(drafted(other))
    assert desk.pay(late.provider_session) == "paid"
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        expire_orders()
        release_tenders()
        spent = mug_in_cart(factories.customer(ana.merchant, "Bob"))
        use_gift_card(spent, second)
        place_free(drafted(mug_cheap(spent)))
        deliver(desk)
        send_refunds()
    assert (fresh(late.order).status, late.order.payment_status, balance(second)) == ("expired", "refunded", "0.00")
    assert breaches() == []


def mug_cheap(cart: Cart) -> Cart:
    """Its delivery and half its price are given, so that a card of ten pays it all."""
    cart.lines.get().variant.prices.update(amount="10.00")
    cart.delivery_method.__class__.objects.update(price="0")  # type: ignore[union-attr]
    return cart


def test_cards_that_cannot_be_used_say_why(ana: Customer) -> None:
    cart = open_cart(ana)
    with pytest.raises(GiftCardOver):
        use_gift_card(cart, block_gift_card(card(ana.merchant)))
    with pytest.raises(GiftCardOver):
        use_gift_card(cart, over(card(ana.merchant)))
    empty = card(ana.merchant)
    full = mug_in_cart(factories.customer(ana.merchant, "Bob"))
    use_gift_card(full, empty)
    drafted(full)
    with pytest.raises(GiftCardEmpty):
        use_gift_card(cart, empty)
    foreign = card(ana.merchant)
    Cart.objects.filter(pk=cart.pk).update(currency="USD")
    with pytest.raises(GiftCardForeign):
        use_gift_card(Cart.objects.get(pk=cart.pk), foreign)


def test_money_that_comes_back_keeps_the_card_good(desk: Desk, ana: Customer) -> None:
    made = card(ana.merchant, expires_at=clock.now() + dt.timedelta(days=1))
    cart = mug_in_cart(ana)
    use_gift_card(cart, made)
    cancel_order(paid_with(desk, cart))
    made.refresh_from_db()
    assert (made.expires_at or clock.now()) > clock.now() + dt.timedelta(days=80)


def test_another_shops_card_is_unknown(ana: Customer, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        theirs, code = issue_gift_card(other_merchant, Money("10.00", other_merchant.currency))
    with pytest.raises(GiftCardUnknown):
        find_gift_card(ana, codes.fingerprint(code))
    with pytest.raises(GiftCardUnknown):
        use_gift_card(open_cart(ana), theirs)


def test_attack_39_guessing_gift_cards_is_stopped_also_for_the_right_one(ana: Customer) -> None:
    _, code = issue_gift_card(ana.merchant, euros("10.00"))
    for _ in range(5):
        with pytest.raises(GiftCardUnknown):
            find_gift_card(ana, codes.fingerprint(codes.new_code()))
    with pytest.raises(GiftCardLocked):
        find_gift_card(ana, codes.fingerprint(code))
    assert find_gift_card(factories.customer(ana.merchant, "Bob"), codes.fingerprint(code)).ends == codes.ending(code)
    with clock.at(clock.now() + dt.timedelta(minutes=31)):
        assert find_gift_card(ana, codes.fingerprint(code)).ends == codes.ending(code)


def test_credit_needs_a_reason_and_never_falls_below_zero(ana: Customer) -> None:
    with pytest.raises(ReasonMissing):
        grant_credit(ana, euros("5.00"), reason=" ")
    grant_credit(ana, euros("5.00"), reason="late parcel", key="k1")
    grant_credit(ana, euros("5.00"), reason="late parcel", key="k1")
    assert credit(ana) == "5.00"
    with pytest.raises(NotEnough):
        grant_credit(ana, euros("-6.00"), reason="a mistake")
    grant_credit(ana, euros("-5.00"), reason="a mistake")
    assert (credit(ana), breaches()) == ("0.00", [])


def test_credit_goes_with_the_person(ana: Customer) -> None:
    bob = factories.customer(ana.merchant, "Bob")
    grant_credit(ana, euros("5.00"), reason="late parcel")
    grant_credit(bob, euros("3.00"), reason="late parcel")
    merge_customers(bob, ana)
    assert (credit(ana), credit(bob)) == ("8.00", "0.00")
    undo_merge(Merge.objects.get())
    assert (credit(ana), credit(bob), breaches()) == ("5.00", "3.00", [])


def test_planted_breaches_are_noticed(ana: Customer) -> None:
    made, cart = card(ana.merchant, "50.00"), mug_in_cart(ana)
    use_gift_card(cart, made)
    order = drafted(cart)
    place_free(order)
    payment = order.payments.get()
    Payment.objects.filter(pk=payment.pk).update(amount="16.00")
    assert {
        "payments: what is set aside is in the ledger",
        "payments: gift cards, credit and the rest make the total",
    } <= set(breaches())
    Payment.objects.filter(pk=payment.pk).update(amount="16.90", state="open")
    assert "payments: what is set aside is in the ledger" in breaches()
    Payment.objects.filter(pk=payment.pk).update(state="succeeded")
    GiftCard.objects.filter(pk=made.pk).update(issued="1.00")
    assert breaches() == ["payments: gift cards hold what they may"]


@pytest.fixture
def shop(transactional_db: object) -> Iterator[Merchant]:
    made = factories.merchant("demo", name="Demo Shop")
    with scope(merchant=made):
        goods.vat(made)
        yield made


@pytest.mark.django_db(transaction=True)
def test_attack_39_one_card_of_fifty_spent_by_twelve_at_once(shop: Merchant) -> None:
    """Each has 16.90 in the cart and the same card: it pays two in full and one in part, and never falls below zero."""
    made = card(shop, "50.00")
    mug, carts = goods.variant(shop, stock=100), []
    for number in range(12):
        cart = goods.full_cart(factories.customer(shop, f"Shopper {number}"), {mug: 1})
        use_gift_card(cart, made)
        carts.append(cart)
    start, dues = threading.Barrier(12), [""] * 12

    def buy(place: int) -> None:
        try:
            with scope(merchant=shop):
                order = goods.draft(Cart.objects.get(pk=carts[place].pk))
                start.wait()
                for _ in range(20):
                    try:
                        due = hold_tenders(order)
                    except TendersChanged:
                        continue
                    if not due.amount:
                        place_free(order)
                    dues[place] = str(due.amount)
                    break
        finally:
            connections.close_all()

    threads = [threading.Thread(target=buy, args=(place,)) for place in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(dues) == sorted(["0.00"] * 2 + ["0.70"] + ["16.90"] * 9)
    assert (balance(made), Order.objects.filter(status="placed").count(), breaches()) == ("0.00", 2, [])


def test_a_card_chosen_for_a_cart_comes_along_where_the_cart_is_poured_and_leaves_with_it(
    desk: Desk, ana: Customer
) -> None:
    ben = factories.customer(ana.merchant, "Ben")
    his, made = mug_in_cart(ben), card(ana.merchant)
    use_gift_card(his, made)
    mug_in_cart(ana)
    merge_customers(ben, ana)
    assert [tender.gift_card for tender in open_cart(ana).tenders.filter(is_on=True)] == [made]
    undo_merge(Merge.objects.get(undone_at=None))
    assert open_cart(ana).tenders.filter(is_on=True).count() == 0
    assert [tender.gift_card for tender in open_cart(ben).tenders.filter(is_on=True)] == [made]
    with clock.at(clock.now() + dt.timedelta(days=31)):
        lapse_carts()
        assert take_back(ben) is not None
        assert [tender.gift_card for tender in open_cart(ben).tenders.filter(is_on=True)] == [made]
