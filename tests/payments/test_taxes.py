"""What a tax provider is told: a sale once it is paid, what went back of it, each once; documents name its rows."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from djmoney.money import Money

from apps.carts.models import Cart, TaxAccount
from apps.carts.money import money
from apps.carts.quote import quote
from apps.carts.reckoning import reckon
from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.orders.actions import deliver_order, hold_for_summary, reckon_exchange, ship_order
from apps.orders.models import Document, Order
from apps.payments.actions import TaxUnknown, ask_exchange, refund_lines, refund_order, send_refunds, start_checkout
from apps.payments.actions.taxes import send_taxes, try_again
from apps.payments.documents import documents_of
from apps.payments.inbox import run_due
from apps.payments.models import TaxEntry
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh

BERLIN = {"country": "DE", "postcode": "10969", "city": "Berlin"}
MANHATTAN = {"country": "US", "postcode": "10118", "city": "New York", "region": "NY"}
TOKYO = {"country": "JP", "postcode": "1000001", "city": "Tokyo"}


@pytest.fixture
def account(ana: Customer, desk: Desk) -> TaxAccount:
    made: TaxAccount = TaxAccount.objects.create(merchant=ana.merchant, provider="stripe", config=desk.config)
    return made


def full_cart(customer: Customer, wanted: list[tuple[str, str, str, int]], place: dict[str, str], parcel: str) -> Cart:
    """`wanted` are (title, category, price, how many), in the shop's currency."""
    shop = customer.merchant
    goods.address(customer, **place)
    way = goods.parcel(shop, price=parcel, free_from=None, currency=shop.currency)
    variants = {
        goods.variant(shop, title, price=price, currency=shop.currency, tax_category=category): quantity
        for title, category, price, quantity in wanted
    }
    return goods.full_cart(customer, variants, method=way)


def bought(desk: Desk, cart: Cart) -> Order:
    assert reckon(cart)
    hold_for_summary(cart)
    payment = start_checkout(goods.draft(cart))
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    return fresh(payment.order)


def lamps(desk: Desk, customer: Customer) -> Order:
    """Three lamps for 33.34 together and a book, the parcel 4.90; all of it in Germany."""
    wanted = [("Lamp", "standard", "11.11", 3), ("Book", "books", "7.01", 1)]
    return bought(desk, full_cart(customer, wanted, BERLIN, "4.90"))


def some(order: Order, **quantities: int) -> dict[int, int]:
    return {line.pk: quantities[line.title] for line in order.lines.all() if line.title in quantities}


def kinds(desk: Desk) -> list[tuple[str, str]]:
    return [(thing["type"], thing["reference"]) for thing in desk.every("tax.transaction")]


def in_their_books(desk: Desk) -> dict[str, tuple[int, int]]:
    """What stands of each thing in the provider's books, in minor units: amount and tax."""
    sums: dict[str, tuple[int, int]] = {}
    for thing in desk.every("tax.transaction"):
        shipping = [thing["shipping_cost"] | {"reference": "delivery"}] if thing["shipping_cost"] else []
        for line in [*thing["_lines"], *shipping]:
            amount, tax = sums.get(line["reference"], (0, 0))
            sums[line["reference"]] = (amount + line["amount"], tax + line["amount_tax"])
    return sums


def breaches() -> list[str]:
    return [finding["name"] for finding in run_all() if not finding["ok"]]


def test_a_paid_order_is_told_once_whoever_repeats_what(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    order = lamps(desk, ana)
    for event in desk.events():
        assert desk.tell(event) == 200
    run_due()
    assert (send_taxes(), send_taxes()) == (1, 0)
    for event in desk.events():
        desk.tell(event | {"id": f"{event['id']}again"})
    run_due()
    assert (send_taxes(), kinds(desk), TaxEntry.objects.count()) == (0, [("transaction", order.public_id)], 1)
    assert in_their_books(desk) == {
        **{f"variant:{line.variant_id}": (int(line.line_total.amount * 100), int(line.tax_amount.amount * 100)) for line in order.lines.all()},
        "delivery": (490, 78),
    }  # fmt: skip
    assert breaches() == []


def test_the_database_keeps_a_sale_from_being_told_twice(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    order = lamps(desk, ana)
    with pytest.raises(IntegrityError, match="taxentry_sold_once"), transaction.atomic():
        TaxEntry.objects.create(merchant=ana.merchant, order=order, reference="other")


def test_what_is_not_paid_is_not_told(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    cart = full_cart(ana, [("Lamp", "standard", "10.00", 1)], BERLIN, "4.90")
    reckon(cart)
    hold_for_summary(cart)
    start_checkout(goods.draft(cart))
    assert (TaxEntry.objects.count(), send_taxes(), kinds(desk)) == (0, 0, [])


def test_what_the_table_reckoned_is_told_to_nobody(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    desk.fault("server_error")
    order = lamps(desk, ana)
    assert (order.tax_by, order.payment_status, TaxEntry.objects.count()) == ("instead", "paid", 0)
    assert breaches() == []


def test_an_answer_that_got_lost_is_no_second_sale(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    lamps(desk, ana)
    desk.fault("lost")
    assert send_taxes() == 1
    entry = TaxEntry.objects.get()
    assert (entry.state, entry.attempts) == ("waiting", 1)
    with clock.at(clock.now() + dt.timedelta(seconds=6)):
        assert send_taxes() == 1
    entry.refresh_from_db()
    assert (entry.state, len(kinds(desk))) == ("done", 1)


def test_parts_that_go_back_are_taken_back_to_the_cent(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    order = lamps(desk, ana)
    send_taxes()
    refund_lines(order, lines=some(order, Lamp=1), delivery=money("2.00", "EUR"))
    send_refunds()
    send_taxes()
    lamp, book = (f"variant:{line.variant_id}" for line in order.lines.order_by("pk"))
    # 33.33 with 5.32 of tax: 11.11 with 1.77 go back; of the parcel 2.00 with 0.32.
    assert in_their_books(desk) == {lamp: (2222, 355), book: (701, 46), "delivery": (290, 46)}
    refund_lines(order, lines=some(order, Lamp=1, Book=1))
    refund_order(order)
    send_refunds()
    send_taxes()
    assert set(in_their_books(desk).values()) == {(0, 0)}
    assert [kind for kind, _ in kinds(desk)] == ["transaction", "reversal", "reversal", "reversal"]
    assert breaches() == []


def test_what_goes_back_waits_for_its_sale(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    order = lamps(desk, ana)
    refund_order(order)
    send_refunds()
    assert TaxEntry.objects.count() == 2
    assert (send_taxes(), send_taxes(), [kind for kind, _ in kinds(desk)]) == (1, 1, ["transaction", "reversal"])
    assert set(in_their_books(desk).values()) == {(0, 0)}


def test_a_refund_made_at_the_provider_is_spread(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    order = lamps(desk, ana)
    send_taxes()
    payment = order.payments.get()
    desk.refund({"payment_intent": payment.provider_payment, "amount": "1000"})
    deliver(desk)
    send_taxes()
    stands = in_their_books(desk)
    assert sum(amount for amount, _ in stands.values()) == 4524 - 1000
    refund_order(order)
    send_refunds()
    send_taxes()
    assert set(in_their_books(desk).values()) == {(0, 0)}
    assert breaches() == []


def test_a_refund_that_comes_back_is_not_taken_back_twice(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    order = lamps(desk, ana)
    send_taxes()
    refund = refund_lines(order, lines=some(order, Lamp=2))
    send_refunds()
    send_taxes()
    refund.refresh_from_db()
    desk.finish_refund(refund.provider_ref, failed=True)
    deliver(desk)
    refund_lines(order, lines=some(order, Lamp=3))
    send_refunds()
    send_taxes()
    lamp, book = (f"variant:{line.variant_id}" for line in order.lines.order_by("pk"))
    assert in_their_books(desk) == {lamp: (0, 0), book: (701, 46), "delivery": (490, 78)}
    assert breaches() == []


def test_what_is_refused_waits_for_somebody(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    lamps(desk, ana)
    calculation = desk.every("tax.calculation")[0]
    desk.change("tax.calculation", calculation["id"], expires_at=0)
    assert (send_taxes(), send_taxes()) == (1, 0)
    entry = TaxEntry.objects.get()
    assert (entry.state, entry.error) == ("refused", f"The calculation {calculation['id']} has expired.")
    desk.change("tax.calculation", calculation["id"], expires_at=calculation["expires_at"])
    desk.store.run("delete from idempotency")
    try_again(entry)
    send_taxes()
    entry.refresh_from_db()
    assert (entry.state, entry.error, len(kinds(desk))) == ("done", "", 1)


def test_one_that_nobody_can_tell_does_not_stop_the_others(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    first, second = lamps(desk, ana), lamps(desk, ana)
    send_taxes()
    TaxEntry.objects.filter(order=first).update(numbers={})
    for order in (first, second):
        refund_lines(order, lines=some(order, Lamp=1))
    send_refunds()
    assert send_taxes() == 2
    backs = TaxEntry.objects.filter(refund__isnull=False).order_by("pk").values_list("state", "attempts")
    assert list(backs) == [("waiting", 1), ("done", 0)]
    assert "variant:" in TaxEntry.objects.get(order=first, refund__isnull=False).error


# Germany: 40.00 × 19/119 = 6.3866, 15.00 × 7/107 = 0.9813, the parcel 4.90 × 19/119 = 0.7824.
# New York: 90.00 by parts 3.60 + 4.05 + 0.3375 → 0.34 = 7.99, a coat of 120.00: 4.80 + 5.40 + 0.45 = 10.65, shirts below
# the limit free, the parcel 9.90: 0.40 + 0.45 + 0.04 = 0.89. Japan: 2940 × 8 % = 235.2, 2960 × 10 % = 296, 550: 55.
WORKED: list[tuple[str, str, dict[str, str], list[Any], str, bool, list[str], str, list[Any], dict[str, Any]]] = [
    ("DE", "EUR", BERLIN, [("Lamp", "standard", "20.00", 2), ("Book", "books", "15.00", 1)], "4.90", True,
     ["6.39", "0.98", "0.78"], "59.90",
     [("19", "37.73", "7.17", "44.90"), ("7", "14.02", "0.98", "15.00")], {}),
    ("US", "USD", MANHATTAN, [("Lamp", "standard", "45.00", 2), ("Shirt", "clothing", "30.00", 3), ("Coat", "clothing", "120.00", 1)], "9.90", False,
     ["7.99", "0.00", "10.65", "0.89"], "329.43",
     [("8.875", "219.90", "19.53", "239.43"), ("0", "90.00", "0.00", "90.00")],
     {"8.875": [("New York", "4", "8.80"), ("New York City", "4.5", "9.90"), ("Metropolitan Commuter Transportation District", "0.375", "0.83")]}),
    ("JP", "JPY", TOKYO, [("Rice", "food", "980", 3), ("Cup", "standard", "1480", 2)], "550", False,
     ["235", "296", "55"], "7036", [("10", "3510", "351", "3861"), ("8", "2940", "235", "3175")], {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("country", "currency", "place", "wanted", "parcel", "is_inclusive", "taxes", "total", "told", "parts"),
    WORKED,
    ids=[row[0] for row in WORKED],
)
def test_cart_order_invoice_and_the_providers_books_say_the_same(
    desk: Desk, ana: Customer, account: TaxAccount, country: str, currency: str, place: dict[str, str], wanted: list[Any],
    parcel: str, is_inclusive: bool, taxes: list[str], total: str, told: list[Any], parts: dict[str, Any],
) -> None:  # fmt: skip
    shop = ana.merchant
    shop.country, shop.currency = country, currency
    shop.legal_name, shop.postal_address, shop.tax_number = "Shop Ltd", "Street 1", "T1"
    shop.issues_invoices, shop.invoices_since = True, clock.now() - dt.timedelta(days=1)
    shop.save()
    goods.vat(shop, "1", country=country, is_inclusive=is_inclusive)  # the table says only that prices are so
    cart = full_cart(ana, wanted, place, parcel)
    reckon(cart)
    said = quote(cart)
    assert [str(line.tax_amount.amount) for line in said.lines] + [str(said.delivery_tax.amount)] == taxes
    order = bought(desk, cart)
    assert order.total == Money(total, currency) == order.payments.get().amount
    invoice = order.documents.get()
    assert [(rate["percent"], rate["net"], rate["tax"], rate["gross"]) for rate in invoice.body["rates"]] == told
    assert {
        rate["percent"]: [(part["name"], part["percent"], part["tax"]) for part in rate["parts"]]
        for rate in invoice.body["rates"]
        if "parts" in rate
    } == parts
    send_taxes()
    refund_lines(order, lines={order.lines.order_by("pk")[0].pk: 1})
    send_refunds()
    refund_order(order)
    send_refunds()
    send_taxes()
    assert set(in_their_books(desk).values()) == {(0, 0)}
    credited = [Decimal(rate["tax"]) for note in documents_of(order)[1:] for rate in note.body["rates"]]
    assert (sum(credited), Document.objects.filter(kind="credit_note").count()) == (order.tax_total.amount, 2)
    assert breaches() == []


@pytest.mark.parametrize("planted", ["untold", "more", "again", "left"])
def test_books_of_tax_that_are_not_true_are_named(desk: Desk, ana: Customer, account: TaxAccount, planted: str) -> None:
    order = lamps(desk, ana)
    refund_lines(order, lines=some(order, Lamp=1))
    refund_order(order)
    send_refunds()
    back = TaxEntry.objects.exclude(refund=None).order_by("pk")
    if planted == "untold":
        back.delete()
        TaxEntry.objects.all().delete()
    elif planted == "more":
        entry = back[0]
        entry.body = {key: [pieces, "11.12", tax] for key, (pieces, _, tax) in entry.body.items()}
        entry.save()
    elif planted == "again":
        body = back[0].body
        back.filter(pk=back[1].pk).update(body=body)
    else:
        back.filter(pk=back[1].pk).update(body={})
    assert breaches() == ["payments: tax is told once and whole"]


def arrived(desk: Desk, customer: Customer, place: dict[str, str], *, quantity: int = 1) -> Order:
    """Mugs for 10.00 each, reckoned by the provider, here since today."""
    order = bought(desk, full_cart(customer, [("Mug", "standard", "10.00", quantity)], place, "0.00"))
    ship_order(order, carrier="DHL", tracking_number="1")
    return fresh(deliver_order(order))


def swapped(order: Order, other: Variant) -> Order:
    """One of its mugs for the other thing; the order of that."""
    made = ask_exchange(order, lines={order.lines.get().pk: 1}, variant=other)
    assert made.exchange_order is not None
    return fresh(made.exchange_order)


@pytest.mark.parametrize(("place", "tax", "total"), [(BERLIN, "4.79", "30.00"), (MANHATTAN, "2.66", "32.66")])
def test_what_is_had_instead_is_reckoned_and_booked_as_a_sale_of_its_own(
    desk: Desk, ana: Customer, account: TaxAccount, place: dict[str, str], tax: str, total: str
) -> None:
    order = arrived(desk, ana, place)
    lamp = goods.variant(ana.merchant, "Lamp", price="30.00")
    with pytest.raises(TaxUnknown):  # nobody was asked yet
        swapped(order, lamp)
    assert reckon_exchange(order, lamp, 1)
    draft = swapped(order, lamp)
    asked = desk.every("tax.calculation")[-1]
    assert (draft.tax_by, draft.tax_calculation.reference) == ("stripe", asked["id"])
    assert (draft.tax_total.amount, draft.total.amount) == (Decimal(tax), Decimal(total))
    assert asked["customer_details"]["address"]["postal_code"] == place["postcode"]
    desk.pay(start_checkout(draft).provider_session)
    deliver(desk)
    send_taxes()
    booked = {sale["reference"]: sale for sale in desk.every("tax.transaction")}
    assert set(booked) == {order.public_id, draft.public_id}
    assert [found for found in run_all() if not found["ok"]] == []


def test_two_exchanges_of_the_same_goods_are_two_sales(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    order = arrived(desk, ana, BERLIN, quantity=2)
    lamp = goods.variant(ana.merchant, "Lamp", price="30.00")
    made = []
    for _each in range(2):
        assert reckon_exchange(order, lamp, 1)
        made.append(swapped(order, lamp).tax_calculation_id)
    assert len(set(made)) == 2


def test_while_nobody_answers_an_exchange_goes_on_and_is_marked(desk: Desk, ana: Customer, account: TaxAccount) -> None:
    order = arrived(desk, ana, BERLIN)
    lamp = goods.variant(ana.merchant, "Lamp", price="30.00")
    desk.fault("server_error")
    assert reckon_exchange(order, lamp, 1)
    draft = swapped(order, lamp)
    assert (draft.tax_by, draft.tax_calculation) == ("instead", None)


def test_or_it_waits_where_the_shop_does_not_sell_without_an_answer(
    desk: Desk, ana: Customer, account: TaxAccount
) -> None:
    order = arrived(desk, ana, BERLIN)
    lamp = goods.variant(ana.merchant, "Lamp", price="30.00")
    TaxAccount.objects.update(on_failure=TaxAccount.OnFailure.WAIT)
    desk.fault("server_error")
    assert not reckon_exchange(order, lamp, 1)
    with pytest.raises(TaxUnknown):
        swapped(order, lamp)
