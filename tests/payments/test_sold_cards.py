"""Gift cards as goods: one for each piece that was paid for, worth what it cost, and void while nobody has used it."""

import pytest
from django.db import IntegrityError, connection, transaction
from djmoney.money import Money

from apps.carts.actions import add_to_cart, open_cart, set_gift
from apps.carts.promotions.codes import enter_code
from apps.carts.quote import quote
from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.ledger.actions import transfer
from apps.ledger.models import Account
from apps.merchants import clock, codes
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import ship_order
from apps.orders.models import Order, OrderLine
from apps.orders.points import goods_paid
from apps.payments.actions import (
    GiftCardUsed,
    NotCancellable,
    cancel_order,
    code_for,
    finalise,
    find_gift_card,
    grant_credit,
    hold_tenders,
    issue_gift_card,
    refund_lines,
    refund_order,
    send_refunds,
    sold_to,
    start_checkout,
    use_credit,
    use_gift_card,
)
from apps.payments.actions.sold_card import issue_sold
from apps.payments.books import write_facts
from apps.payments.models import GiftCard, Payment
from apps.payments.provider import Fact, Kind
from apps.payments.tenders import SOLD, card_account, card_balance, order_account, split_for
from tests import factories
from tests.carts import goods, offers

from .desk import Desk
from .story import deliver, fresh, run_due


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


def card_of(merchant: Merchant, price: str = "50.00") -> Variant:
    return goods.variant(merchant, "Gift card", price=price, stock=None, comes_as="gift_card")


def bought(desk: Desk, customer: Customer, wanted: dict[Variant, int], *, is_told: bool = True) -> Order:
    """Paid at the page; with goods among it, sent to Berlin."""
    if any(variant.is_sent for variant in wanted):
        goods.full_cart(customer, wanted)
    else:
        for variant, quantity in wanted.items():
            add_to_cart(customer, variant, quantity=quantity)
    payment = start_checkout(goods.draft(open_cart(customer)))
    assert desk.pay(payment.provider_session) == "paid"
    if is_told:
        deliver(desk)
    return fresh(payment.order)


def spend(card: GiftCard, order: Order, amount: str) -> None:
    """Somebody else pays with it."""
    transfer(
        {card_account(card): -euros(amount), order_account(order): euros(amount)},
        key=f"spent:{amount}",
        kind="set_aside",
    )


def sold_account() -> str:
    return str(Account.objects.get(kind=SOLD).balance.amount)


def breaches() -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


def test_what_was_paid_becomes_what_is_owed(desk: Desk, ana: Customer) -> None:
    goods.vat(ana.merchant)
    order = bought(desk, ana, {card_of(ana.merchant): 2})
    assert (order.status, order.payment_status, order.fulfilment_status) == ("placed", "paid", "delivered")
    assert (str(order.total), str(order.tax_total), str(order.delivery_total)) == ("€100.00", "€0.00", "€0.00")
    assert [(card.piece, str(card_balance(card))) for card in sold_to(ana)] == [(1, "€50.00"), (2, "€50.00")]
    assert sold_account() == "-100.000"
    assert breaches() == []


def test_nothing_is_issued_before_the_verified_event(desk: Desk, ana: Customer) -> None:
    order = bought(desk, ana, {card_of(ana.merchant): 1}, is_told=False)
    assert (order.status, GiftCard.objects.count()) == ("draft", 0)


@pytest.mark.parametrize("turn", [1, -1])
def test_events_repeated_and_shuffled_issue_each_piece_once(desk: Desk, ana: Customer, turn: int) -> None:
    order = bought(desk, ana, {card_of(ana.merchant): 3}, is_told=False)
    events = desk.new_events()[::turn]
    for event in [*events, *events, *reversed(events)]:
        assert desk.tell(event) == 200
        run_due()
    assert (GiftCard.objects.count(), sold_account(), issue_sold(fresh(order))) == (3, "-150.000", [])
    line = order.lines.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        GiftCard.objects.filter(piece=2).update(piece=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        GiftCard.objects.create(merchant=ana.merchant, fingerprint="x", ends="x", issued=euros("1"), sold_in=line)
    assert breaches() == []


def test_only_the_buyer_reads_the_code_and_only_while_it_is_good(desk: Desk, ana: Customer) -> None:
    ben = factories.customer(ana.merchant)
    bought(desk, ana, {card_of(ana.merchant): 1})
    card = sold_to(ana)[0]
    code = code_for(card.public_id, ana.pk)
    assert find_gift_card(ben, codes.fingerprint(code)) == card
    assert code_for(card.public_id, ben.pk) == ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM payments_giftcard")
        rows = str(cursor.fetchall())
    assert code not in rows
    assert codes.tidy(code) not in rows
    GiftCard.objects.update(is_blocked=True)
    assert code_for(card.public_id, ana.pk) == ""


def test_offers_make_no_gift_card_cheaper_and_it_brings_none_nearer(ana: Customer) -> None:
    offers.code(ana.merchant)
    mug = goods.variant(ana.merchant, price="10.00")
    enter_code(goods.full_cart(ana, {mug: 1, card_of(ana.merchant): 1}), "welcome10")
    now = quote(open_cart(ana))
    assert [(str(line.line_total), str(line.discount)) for line in now.lines] == [
        ("€10.00", "€1.00"),
        ("€50.00", "€0.00"),
    ]
    order = goods.draft(open_cart(ana))
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(order=order, comes_as="gift_card").update(discount=1)


def test_cards_and_credit_pay_for_the_goods_beside_it_only(desk: Desk, ana: Customer) -> None:
    made, _ = issue_gift_card(ana.merchant, euros("100.00"))
    grant_credit(ana, euros("100.00"), reason="kind", key="1")
    goods.full_cart(ana, {goods.variant(ana.merchant): 1, card_of(ana.merchant): 1})
    use_gift_card(open_cart(ana), made)
    use_credit(open_cart(ana))
    now = quote(open_cart(ana))
    split = split_for(open_cart(ana), now.total, gift_cards=now.gift_cards, now=clock.now())
    assert (str(now.total), [str(part.amount) for part in split.parts], str(split.due)) == (
        "€66.90",
        ["€16.90"],
        "€50.00",
    )
    order = goods.draft(open_cart(ana))
    assert str(hold_tenders(order)) == "€50.00"
    payment = start_checkout(order)
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    assert ([str(card.issued) for card in sold_to(ana)], fresh(order).fulfilment_status) == (["€50.00"], "none")
    assert breaches() == []


def test_a_gift_card_for_nothing_is_not_sold(ana: Customer) -> None:
    add_to_cart(ana, card_of(ana.merchant, "0.00"))
    assert quote(open_cart(ana)).obstacles == ["no_price"]


def test_for_whom_it_is_goes_with_the_order_and_is_part_of_the_yes(ana: Customer) -> None:
    add_to_cart(ana, card_of(ana.merchant))
    before = quote(open_cart(ana)).hash
    set_gift(open_cart(ana), to=" Maria ", message="Happy birthday")
    assert quote(open_cart(ana)).hash != before
    order = goods.draft(open_cart(ana))
    assert (order.gift_to, order.gift_message) == ("Maria", "Happy birthday")


def test_an_unused_card_is_void_when_its_order_is_cancelled(desk: Desk, ana: Customer) -> None:
    order = bought(desk, ana, {card_of(ana.merchant): 2})
    cancelled = cancel_order(order)
    send_refunds()
    deliver(desk)
    assert (cancelled.status, fresh(order).payment_status, sold_to(ana)) == ("cancelled", "refunded", [])
    assert sold_account() == "0.000"
    assert not GiftCard.objects.filter(sealed__isnull=False).exists()
    assert breaches() == []


def test_a_used_card_keeps_its_order_and_says_so(desk: Desk, ana: Customer) -> None:
    order = bought(desk, ana, {card_of(ana.merchant): 1})
    use_gift_card(goods.full_cart(ana, {goods.variant(ana.merchant): 1}), sold_to(ana)[0])
    hold_tenders(goods.draft(open_cart(ana)))
    for refused in (cancel_order, refund_order):
        with pytest.raises(GiftCardUsed, match=r"has been used: €33.10 of €50.00 are left"):
            refused(order)
    assert (fresh(order).status, fresh(order).payment_status, len(sold_to(ana))) == ("placed", "paid", 1)
    assert breaches() == []


def test_of_two_cards_the_unused_one_goes_back(desk: Desk, ana: Customer) -> None:
    order = bought(desk, ana, {card_of(ana.merchant): 2})
    second = sold_to(ana)[1]
    use_gift_card(goods.full_cart(ana, {goods.variant(ana.merchant): 1}), second)
    hold_tenders(goods.draft(open_cart(ana)))
    line = order.lines.get()
    refund_lines(order, lines={line.pk: 1})
    with pytest.raises(GiftCardUsed):
        refund_lines(order, lines={line.pk: 1})
    send_refunds()
    deliver(desk)
    line.refresh_from_db()
    assert (sold_to(ana), line.handed, line.dropped, sold_account()) == ([second], 1, 1, "-50.000")
    assert fresh(order).payment_status == "partly_refunded"
    assert breaches() == []


def test_a_mixed_order_is_cancelled_whole_or_not_at_all(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    order = bought(desk, ana, {mug: 1, card_of(ana.merchant): 1})
    ship_order(order, carrier="DHL")
    with pytest.raises(NotCancellable):
        cancel_order(order)
    assert len(sold_to(ana)) == 1
    assert breaches() == []


def test_money_taken_back_behind_our_back_leaves_nothing_on_the_card(desk: Desk, ana: Customer) -> None:
    """Refunded at the provider's own desk after a part of it was spent: what is left is gone."""
    order = bought(desk, ana, {card_of(ana.merchant): 1})
    card = sold_to(ana)[0]
    spend(card, order, "20.00")
    desk.refund({"payment_intent": Payment.objects.get(order=order, tender="").provider_payment})
    deliver(desk)
    card.refresh_from_db()
    assert (str(card_balance(card)), card.is_blocked, card.sealed, sold_account()) == ("€0.00", True, None, "-20.000")


def lost(payment: Payment, amount: str, name: str = "dp") -> None:
    write_facts(payment, [Fact(Kind.DISPUTE_LOST, euros(amount), name, clock.now())])
    finalise(payment.pk)


def balances(ana: Customer) -> list[str]:
    return [str(card_balance(card)) for card in sold_to(ana)]


def test_a_lost_dispute_about_a_second_payment_leaves_the_cards_of_the_first(desk: Desk, ana: Customer) -> None:
    order = bought(desk, ana, {card_of(ana.merchant): 2})
    first = order.payments.get()
    second = Payment.objects.create(
        merchant=ana.merchant, account=first.account, order=order, attempt=2, amount=first.amount, provider_payment="pi"
    )
    write_facts(second, [Fact(Kind.CAPTURED, second.amount, "ch", clock.now())])
    lost(second, "100.00")
    assert (fresh(order).payment_status, balances(ana)) == ("lost", ["€50.00", "€50.00"])
    lost(first, "100.00")
    assert (balances(ana), sold_account()) == ([], "0.000")


def test_a_lost_dispute_takes_no_more_off_the_cards_than_was_lost(desk: Desk, ana: Customer) -> None:
    order = bought(desk, ana, {card_of(ana.merchant): 2})
    payment = order.payments.get()
    for _ in range(2):
        lost(payment, "5.00")
        assert (sorted(balances(ana)), sold_account()) == (["€45.00", "€50.00"], "-95.000")
    lost(payment, "30.00", "dp2")
    assert (sorted(balances(ana)), breaches()) == (["€20.00", "€45.00"], [])
    lost(payment, "65.00", "dp3")
    assert (balances(ana), sold_account(), breaches()) == ([], "0.000", [])


def test_a_lost_dispute_is_borne_by_the_goods_before_the_card(desk: Desk, ana: Customer) -> None:
    order = bought(desk, ana, {goods.variant(ana.merchant): 1, card_of(ana.merchant): 1})
    lost(order.payments.get(), "10.00")
    assert balances(ana) == ["€50.00"]


def test_a_card_earns_no_points(desk: Desk, ana: Customer) -> None:
    order = bought(desk, ana, {goods.variant(ana.merchant): 1, card_of(ana.merchant): 1})
    assert goods_paid(order) == 12


def test_a_card_worth_more_than_it_cost_is_found(desk: Desk, ana: Customer) -> None:
    bought(desk, ana, {card_of(ana.merchant): 1})
    with transaction.atomic():
        OrderLine.objects.filter(comes_as="gift_card").update(unit_price=40, line_total=40)
        assert "payments: sold gift cards are what was paid for them" in breaches()
        transaction.set_rollback(True)
