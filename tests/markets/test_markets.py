"""From cart to credit note in three markets, to the last minor unit, as `worked` reckons it by hand."""

from decimal import Decimal

import pytest
from djmoney.money import Money

from apps.carts.models import Cart, TaxRate
from apps.carts.money import money
from apps.carts.quote import quote
from apps.customers.models import Customer
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from apps.orders.documents.sheet import sheet_of
from apps.orders.models import Document, Order
from apps.payments.actions import (
    grant_credit,
    hold_tenders,
    issue_gift_card,
    place_free,
    refund_lines,
    send_refunds,
    start_checkout,
    use_credit,
    use_gift_card,
)
from apps.payments.documents import documents_of
from tests.carts import goods, offers
from tests.payments.conftest import ana, desk
from tests.payments.desk import Desk
from tests.payments.story import deliver, fresh

from .worked import BILLS, Bill, Parts, Told

__all__ = ["ana", "desk"]  # the fixtures of payments

CURRENCIES = {"DE": "EUR", "NY": "USD", "JP": "JPY"}
DELIVERY = {"DE": "4.90", "NY": "9.90", "JP": "550"}


def germany(shop: Merchant) -> None:
    goods.vat(shop)
    goods.vat(shop, "7", category="reduced")


def new_york(shop: Merchant) -> None:
    """Manhattan and Yonkers; the state's own row is for the rest of it."""
    goods.vat(shop, "4", country="US", region="NY", is_inclusive=False, name="Sales tax")
    for postcode, city, clothing in (
        ("100", "New York City", "110"),
        ("101", "New York City", "110"),
        ("107", "Yonkers", None),
    ):
        for part, percent in (("State of New York", "4"), (city, "4.5"), ("MCTD", "0.375")):
            place = {"country": "US", "region": "NY", "postcode": postcode, "is_inclusive": False, "part": part}
            limit = "110" if part == "State of New York" else clothing
            goods.vat(shop, percent, **place)
            goods.vat(shop, percent, **place, category="clothing", taxed_from=Money(limit, "USD") if limit else None)


def japan(shop: Merchant) -> None:
    shop.tax_rounding, shop.tax_rounding_mode = "rate", "down"
    goods.vat(shop, "10", country="JP", is_inclusive=False, name="消費税")
    goods.vat(shop, "8", country="JP", is_inclusive=False, category="reduced", name="消費税")


PRINTED = {
    0: [
        ("Net", "€57.56"), ("VAT 19 %", "€2.87"), ("VAT 7 %", "€2.97"),
        ("Total", "€63.40"), ("Paid", "€63.40"), ("Left to pay", "€0.00"),
    ],
    6: [
        ("Net", "¥5,860"), ("消費税 10 %", "¥321"), ("消費税 8 %", "¥211"),
        ("Total", "¥6,392"), ("Paid", "¥6,392"), ("Left to pay", "¥0"),
    ],
}  # fmt: skip
MARKETS = {"DE": ("DE", germany), "NY": ("US", new_york), "JP": ("JP", japan)}


def cart_of(customer: Customer, bill: Bill) -> Cart:
    shop, currency = customer.merchant, CURRENCIES[bill.market]
    shop.country, set_up = MARKETS[bill.market]
    shop.currency = currency
    set_up(shop)
    shop.save()
    goods.address(customer, shop.country, postcode=bill.postcode or "10115", city="Town")
    way = goods.parcel(shop, price=DELIVERY[bill.market], free_from=None, currency=currency)
    if bill.offer == "free delivery":
        offers.free_delivery(shop)
    elif bill.offer.endswith("%"):
        offers.promotion(shop, percent=bill.offer[:-1])
    else:
        offers.amount(shop, bill.offer, currency=currency)
    wanted = {
        goods.variant(shop, title, price=price, currency=currency, tax_category=category): quantity
        for title, category, price, quantity in bill.goods
    }
    return goods.full_cart(customer, wanted, method=way)


def bought(desk: Desk, cart: Cart, bill: Bill) -> Order:
    hold_for_summary(cart)
    if bill.pays == "provider":
        payment = start_checkout(goods.draft(cart))
        assert desk.pay(payment.provider_session) == "paid"
        deliver(desk)
        return fresh(payment.order)
    if bill.pays == "store_credit":
        grant_credit(cart.customer, money("5000", cart.currency), reason="late parcel")
        use_credit(cart)
    else:
        card, _code = issue_gift_card(cart.merchant, money("5000", cart.currency))
        use_gift_card(cart, card)
    order = goods.draft(cart)
    hold_tenders(order)
    return place_free(order)


def told(document: Document) -> list[Told]:
    return [(rate["percent"], rate["net"], rate["tax"], rate["gross"]) for rate in document.body["rates"]]


def parts(document: Document) -> Parts:
    return {
        rate["percent"]: [(part["name"], part["percent"], part["tax"]) for part in rate["parts"]]
        for rate in document.body["rates"]
        if "parts" in rate
    }


def amounts(order: Order) -> list[Decimal]:
    return [line.tax_amount.amount for line in order.lines.order_by("pk")] + [order.delivery_tax.amount]


@pytest.mark.parametrize("bill", BILLS, ids=lambda bill: f"{bill.market} {bill.name}")
def test_cart_order_invoice_and_credit_note_say_the_same(desk: Desk, ana: Customer, bill: Bill) -> None:
    cart = cart_of(ana, bill)
    said = quote(cart)
    assert [line.tax_amount.amount for line in said.lines] == [Decimal(tax) for tax in bill.taxes[:-1]]
    assert (said.delivery_tax.amount, said.total.amount) == (Decimal(bill.taxes[-1]), Decimal(bill.total))
    order = bought(desk, cart, bill)
    assert (amounts(order), order.total.amount) == ([Decimal(tax) for tax in bill.taxes], Decimal(bill.total))
    assert order.tax_rows == [row.told() for row in said.tax_rows]
    invoice = order.documents.get()
    assert (told(invoice), parts(invoice)) == (bill.told, bill.parts)
    if bill.back:
        refund_lines(
            order, lines={line.pk: bill.back[line.title] for line in order.lines.all() if line.title in bill.back}
        )
        send_refunds()
        note = documents_of(order)[1]
        assert (told(note), parts(note)) == (bill.credited, bill.credited_parts)
    assert [finding["name"] for finding in run_all() if not finding["ok"]] == []


def test_the_summary_and_the_printed_invoice_name_each_part(desk: Desk, ana: Customer) -> None:
    bill = BILLS[5]
    cart = cart_of(ana, bill)
    assert [
        (name, str(percent.normalize()), str(amount.amount)) for name, percent, amount in quote(cart).tax_lines
    ] == [
        ("Yonkers", "4.5", "6.92"),
        ("State of New York", "4", "2.56"),
        ("MCTD", "0.375", "0.58"),
    ]
    sums = [(label, amount) for label, amount, _ in sheet_of(bought(desk, cart, bill).documents.get()).sums]
    assert sums == [
        ("Net", "$153.90"),
        ("State of New York 4 %", "$2.56"),
        ("Yonkers 4.5 %", "$2.87"),
        ("MCTD 0.375 %", "$0.24"),
        ("Yonkers 4.5 %", "$4.05"),
        ("MCTD 0.375 %", "$0.34"),
        ("Total", "$163.96"),
        ("Paid", "$163.96"),
        ("Left to pay", "$0.00"),
    ]


@pytest.mark.parametrize(
    ("place", "sums"), PRINTED.items(), ids=lambda value: str(value) if isinstance(value, int) else ""
)
def test_the_printed_invoice_of_germany_and_japan(
    desk: Desk, ana: Customer, place: int, sums: list[tuple[str, str]]
) -> None:
    """The taxes inside the price are named beside the total, those on top before it; the yen has no minor unit."""
    bill = BILLS[place]
    printed = sheet_of(bought(desk, cart_of(ana, bill), bill).documents.get())
    assert [(label, amount) for label, amount, _ in printed.sums] == sums


def test_parts_that_go_back_bit_by_bit_end_at_nothing(desk: Desk, ana: Customer) -> None:
    bill = BILLS[5]
    order = bought(desk, cart_of(ana, bill), bill)
    shirt, lamp = order.lines.order_by("pk")
    for lines in ({shirt.pk: 1}, {shirt.pk: 2}, {shirt.pk: 1, lamp.pk: 1}):
        refund_lines(order, lines=lines)
        send_refunds()
    _invoice, *notes = documents_of(order)
    back: dict[str, Decimal] = {}
    for note in notes:
        for name, _percent, tax in parts(note).get("4.875", []):
            back[name] = back.get(name, Decimal(0)) + Decimal(tax)
    assert back == {"Yonkers": Decimal("4.05"), "MCTD": Decimal("0.34")}


@pytest.mark.parametrize(
    ("postcode", "region", "percent"),
    [
        ("10118", "", "8.875"),  # Manhattan by its ZIP code
        ("12207", "", "4"),  # Albany: the state's own rate
        ("12207", "New York", "4"),
        ("94103", "", "0"),  # California is in no table
        ("", "ny", "4"),
        ("06390", "", "4"),  # Fishers Island has a Connecticut number and lies in New York
    ],
)
def test_the_most_specific_place_counts(ana: Customer, postcode: str, region: str, percent: str) -> None:
    ana.merchant.currency = "USD"
    ana.merchant.save()
    new_york(ana.merchant)
    goods.address(ana, "US", postcode=postcode, region=region)
    lamp = goods.variant(ana.merchant, price="10.00", currency="USD")
    way = goods.parcel(ana.merchant, currency="USD")
    assert quote(goods.full_cart(ana, {lamp: 1}, method=way)).lines[0].tax_percent == Decimal(percent)


def test_what_is_picked_up_is_taxed_at_the_store(ana: Customer) -> None:
    shop = ana.merchant
    shop.country, shop.currency = "US", "USD"
    shop.save()
    new_york(shop)
    store = goods.warehouse(shop)
    store.postcode = "10001"
    store.save()
    goods.address(ana, "US", postcode="94103")
    lamp = goods.variant(shop, price="10.00", currency="USD")
    way = goods.parcel(shop, price="0.00", currency="USD", pickup_at=store)
    said = quote(goods.full_cart(ana, {lamp: 1}, method=way))
    assert (said.lines[0].tax_percent, said.tax_place.postcode) == (Decimal("8.875"), "10001")


def test_a_rate_for_delivery_in_the_table_decides(ana: Customer) -> None:
    germany(ana.merchant)
    goods.vat(ana.merchant, "5", category="delivery")
    said = quote(goods.full_cart(ana, {goods.variant(ana.merchant): 1}))
    assert said.delivery_tax_percent == Decimal(5)


def test_a_whole_rate_is_never_added_to_parts(ana: Customer) -> None:
    """The desk refuses both at one place; where both are there all the same, the whole stands for itself."""
    germany(ana.merchant)
    goods.vat(ana.merchant, "3", part="Town")
    assert TaxRate.objects.filter(category="standard").count() == 2
    assert quote(goods.full_cart(ana, {goods.variant(ana.merchant): 1})).lines[0].tax_percent == Decimal(19)
