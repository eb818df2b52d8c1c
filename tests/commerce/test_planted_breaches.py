"""Each truth about goods and money is broken on purpose, past triggers and foreign keys: its own check names it."""

from django.db import connection, transaction

from apps.carts.money import money
from apps.customers.models import Customer
from apps.loyalty.actions import correct_points, redeem
from apps.merchants.invariants import run_all
from apps.orders.actions import (
    approve_return,
    ask_return,
    deliver_order,
    hold_for_summary,
    receive_return,
    ship_order,
)
from apps.payments.actions import hold_tenders, issue_gift_card, place_free, refund_return, send_refunds, use_gift_card
from tests import factories
from tests.carts import goods, offers
from tests.loyalty import club
from tests.payments.conftest import ana, desk
from tests.payments.desk import Desk
from tests.payments.story import fresh, ordered, paid

__all__ = ["ana", "desk"]  # the fixtures of payments

PLANTED: list[tuple[str, str, set[str]]] = [
    ("stock: a piece out of nowhere", "UPDATE catalog_stocklevel SET on_hand = on_hand + 1",
     {"catalog.on hand is the sum of movements"}),
    ("stock: held for nobody", "UPDATE catalog_stocklevel SET held = held + 1",
     {"catalog.held is the sum of active holds"}),
    ("carts: bound for somebody else's address",
     """UPDATE carts_cart c SET address_id = (SELECT id FROM customers_address a WHERE a.customer_id <> c.customer_id LIMIT 1)
        WHERE address_id IS NOT NULL""", {"carts: nothing foreign in them"}),
    ("promotions: counted once too often", "UPDATE carts_promotion SET uses = uses + 1",
     {"carts: uses of promotions are counted"}),
    ("promotions: more off than was said", "UPDATE orders_orderadjustment SET amount = amount + 1 FROM orders_order o WHERE o.id = order_id AND o.status = 'draft'",
     {"orders: adjustments make the discount"}),
    ("orders: a total that nothing makes", "UPDATE orders_order SET total = total + 1 WHERE status = 'draft'",
     {"orders: totals add up"}),
    ("orders: rows of another tax",
     """UPDATE orders_order SET tax_rows = '[{"rate": "19", "name": "VAT", "percent": "19", "amount": "0.01"}]'
        WHERE status = 'draft'""", {"orders: rows of tax make the tax"}),
    ("orders: placed by nobody", "DELETE FROM orders_orderevent WHERE kind = 'placed'",
     {"orders: the story matches the status"}),
    ("orders: a piece fell out of its parcel", "UPDATE orders_fulfilmentline SET quantity = quantity - 1",
     {"orders: parcels hold what was shipped"}),
    ("payments: paid, though some went back",
     "UPDATE orders_order SET payment_status = 'paid' WHERE payment_status = 'partly_refunded'",
     {"payments: states are what the events say"}),
    ("refunds: more pieces than were bought", "UPDATE payments_refundline SET quantity = 4",
     {"payments: refunds are their parts"}),
    ("returns: a piece no return is about", "UPDATE orders_orderline SET spoken_for = spoken_for + 1 WHERE returned = 1",
     {"orders: returns are of their lines"}),
    ("returns: paid back, and nobody said so", "DELETE FROM orders_orderevent WHERE kind = 'return_refunded'",
     {"orders: returns have their story", "payments: returns are paid back once"}),
    ("ledger: a balance that no posting makes", "UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'gift_cards_issued'",
     {"ledger: balances are the sums of postings"}),
    ("gift cards: more on it than it was made with", "UPDATE payments_giftcard SET issued = 1 WHERE sold_in_id IS NULL",
     {"payments: gift cards hold what they may"}),
    ("gift cards: sold for less than it is worth", "UPDATE payments_giftcard SET issued = 60 WHERE sold_in_id IS NOT NULL",
     {"payments: sold gift cards are what was paid for them"}),
    ("orders: paid for and kept back", "UPDATE orders_orderline SET handed = 0 WHERE handed = 1",
     {"orders: what comes by chat is handed over", "orders: fulfilment is what the goods say",
      "payments: sold gift cards are what was paid for them"}),
    ("points: more for life than was earned", "UPDATE loyalty_loyaltymembership SET lifetime = lifetime + 5",
     {"loyalty: counters are the sums of entries"}),
    ("vouchers: cheaper than was paid", "UPDATE loyalty_rewardvoucher SET cost = cost - 5",
     {"loyalty: vouchers were paid for"}),
    ("documents: a credit note is gone", "DELETE FROM orders_document WHERE kind = 'credit_note'",
     {"documents: no number is missing"}),
    ("documents: a credit note says another tax",
     """UPDATE orders_document SET body = jsonb_set(body, '{rates,0,tax}', '"0.01"') WHERE kind = 'credit_note'""",
     {"documents: rates make the total"}),
]  # fmt: skip


def test_each_breach_is_named_by_its_own_check_and_a_clean_shop_has_none(desk: Desk, ana: Customer) -> None:
    """One busy shop; each breach is taken back before the next."""
    busy(desk, ana)
    assert breaches() == set()
    assert {what: broken(sql) for what, sql, _ in PLANTED} == {what: found for what, _, found in PLANTED}
    assert breaches() == set()


def busy(desk: Desk, customer: Customer) -> None:
    """An order of a member that was sent, and came back in part; one on a gift card; one that waits for its money."""
    shop = customer.merchant
    goods.vat(shop)
    offers.promotion(shop)
    club.programme(shop)
    member = club.member(shop, customer=customer)
    correct_points(member, points=30, reason="a present", source="c1")
    redeem(member, club.reward(shop, 10), reference="r1")
    mug = goods.variant(shop, price="10.00", stock=20)
    order = paid(desk, customer, {mug: 3}).order
    ship_order(order, carrier="DHL", tracking_number="1")
    order = fresh(deliver_order(order))
    refund_return(receive_return(approve_return(ask_return(order, lines={order.lines.get().pk: 1}))))
    send_refunds()
    cart = goods.full_cart(factories.customer(shop, "Bob"), {mug: 1})
    card, _code = issue_gift_card(shop, money("50.00", "EUR"))
    hold_for_summary(cart)
    use_gift_card(cart, card)
    with_card = goods.draft(cart)
    hold_tenders(with_card)
    place_free(with_card)
    ordered(factories.customer(shop, "Cleo"), {mug: 1})
    present = goods.variant(shop, "Gift card", price="50.00", stock=None, comes_as="gift_card")
    paid(desk, factories.customer(shop, "Dora"), {present: 1})


def breaches() -> set[str]:
    return {finding["name"] for finding in run_all() if not finding["ok"]}


def broken(sql: str) -> set[str]:
    """What is found after somebody with the database in hand has done this."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql)
            assert cursor.rowcount
            cursor.execute("SET LOCAL session_replication_role = origin")
        found = breaches()
        transaction.set_rollback(True)
    return found
