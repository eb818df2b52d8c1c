"""Invoices and credit notes: one for each sale and each refund, without a gap, final, and never more than was billed."""

from collections.abc import Iterator
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scope, scopes_disabled

from apps.carts.money import money
from apps.customers.models import Customer
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from apps.orders.documents.invariants import no_number_is_missing
from apps.orders.documents.numbering import next_number
from apps.orders.models import Document, Order
from apps.payments.actions import (
    cancel_order,
    hold_tenders,
    issue_gift_card,
    place_free,
    refund_lines,
    refund_order,
    send_refunds,
    use_gift_card,
)
from apps.payments.documents import documents_of
from apps.payments.models import PaymentAccount, Refund
from tests import factories
from tests.carts import goods

from .desk import NAME, Desk
from .story import deliver, fresh, paid


def breaches() -> list[str]:
    return [finding["name"] for finding in run_all() if not finding["ok"]]


def mixed(desk: Desk, customer: Customer) -> Order:
    """Two books at 7 % and a lamp at 19 %, tax inside, and a parcel."""
    goods.vat(customer.merchant)
    goods.vat(customer.merchant, "7", category="reduced", name="VAT reduced")
    book = goods.variant(customer.merchant, "Book", price="9.99", tax_category="reduced")
    lamp = goods.variant(customer.merchant, "Desk lamp", price="20.00")
    return paid(desk, customer, {book: 2, lamp: 1}).order


def told(document: Document) -> list[tuple[str, str, str, str]]:
    return [(rate["percent"], rate["net"], rate["tax"], rate["gross"]) for rate in document.body["rates"]]


def test_a_paid_order_has_its_invoice_once(desk: Desk, ana: Customer) -> None:
    order = mixed(desk, ana)
    invoice = order.documents.get()
    assert (invoice.kind, invoice.position, invoice.gross, invoice.tax) == (
        "invoice",
        1,
        order.total,
        order.tax_total,
    )
    assert told(invoice) == [("19", "20.93", "3.97", "24.90"), ("7", "18.67", "1.31", "19.98")]
    assert invoice.number == f"INV-{invoice.issued_on.year}-00001"
    assert invoice.body["buyer"] == {
        "name": "Ana Example", "address": ["Musterstraße 1", "10115 Berlin"], "country": "DE",
    }  # fmt: skip
    assert invoice.body["payments"] == [{"kind": "provider", "amount": "44.88", "note": ""}]
    for event in desk.events():
        desk.tell(event)
    deliver(desk)
    assert (documents_of(order), breaches()) == ([invoice], [])


def test_credit_notes_in_parts_end_at_nothing(desk: Desk, ana: Customer) -> None:
    order = mixed(desk, ana)
    book, lamp = order.lines.order_by("pk")
    for lines in ({book.pk: 1}, {lamp.pk: 1}, {book.pk: 1}):
        refund_lines(order, lines=lines)
        send_refunds()
    refund_order(order)
    send_refunds()
    invoice, *notes = documents_of(fresh(order))
    assert [(note.kind, note.position, str(note.gross.amount)) for note in notes] == [
        ("credit_note", 1, "9.990"),
        ("credit_note", 2, "20.000"),
        ("credit_note", 3, "9.990"),
        ("credit_note", 4, "4.900"),
    ]
    assert {note.refers_to for note in notes} == {invoice}
    assert sum(note.tax.amount for note in notes) == invoice.tax.amount
    assert sum(note.net.amount for note in notes) == invoice.net.amount
    assert notes[3].body["lines"][0]["is_delivery"] is True
    assert breaches() == []


def test_money_given_back_at_the_providers_desk_is_of_all_rates(desk: Desk, ana: Customer) -> None:
    """Nobody says what it is for; what is taken back by name afterwards still never exceeds its rate."""
    order = mixed(desk, ana)
    desk.refund({"payment_intent": order.payments.get().provider_payment, "amount": "1000"})
    deliver(desk)
    refund_order(order)
    send_refunds()
    invoice, first, second = documents_of(fresh(order))
    assert told(first) == [("19", "4.67", "0.88", "5.55"), ("7", "4.16", "0.29", "4.45")]
    assert first.gross + second.gross == invoice.gross
    assert (first.tax + second.tax, breaches()) == (invoice.tax, [])


def test_a_refund_that_came_back_revokes_its_credit_note(desk: Desk, ana: Customer) -> None:
    order = mixed(desk, ana)
    refund_order(order)
    send_refunds()
    deliver(desk)
    desk.finish_refund(desk.every("refund")[0]["id"], failed=True)
    deliver(desk)
    assert Refund.objects.get().state == "failed"
    refund_order(order)
    send_refunds()
    kinds = [(document.kind, document.number[:3]) for document in documents_of(fresh(order))]
    assert kinds == [("invoice", "INV"), ("credit_note", "CN-"), ("revocation", "INV"), ("credit_note", "CN-")]
    assert breaches() == []


def test_calling_off_a_paid_order_credits_all_of_it(desk: Desk, ana: Customer) -> None:
    order = mixed(desk, ana)
    cancel_order(order)
    send_refunds()
    invoice, note = documents_of(order)
    assert (note.gross, note.body["invoice"], breaches()) == (invoice.gross, invoice.number, [])


def test_a_shop_that_writes_its_invoices_elsewhere_has_none(desk: Desk, ana: Customer) -> None:
    Merchant.objects.filter(pk=ana.merchant_id).update(issues_invoices=False)
    order = mixed(desk, ana)
    assert documents_of(Order.objects.get(pk=order.pk)) == []
    Merchant.objects.filter(pk=ana.merchant_id).update(issues_invoices=True)
    assert [document.kind for document in documents_of(Order.objects.get(pk=order.pk))] == ["invoice"]


def test_the_database_keeps_documents_as_they_are(desk: Desk, ana: Customer) -> None:
    invoice = mixed(desk, ana).documents.get()
    for change in (
        lambda: Document.objects.filter(pk=invoice.pk).update(number="X-1"),
        lambda: Document.objects.filter(pk=invoice.pk).delete(),
        lambda: _copy(invoice, position=3, number="INV-3", source="order:0"),
        lambda: _copy(
            invoice, kind="credit_note", refers_to=invoice, series="CN-", position=1, number="CN-1", more="1.00"
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert breaches() == []


def _copy(invoice: Document, *, more: str = "0", **other: object) -> None:
    fields = {field.name: getattr(invoice, field.name) for field in Document._meta.concrete_fields}
    extra = money(more, "EUR")
    fields |= {"net": invoice.net + extra, "gross": invoice.gross + extra, "public_id": f"copy-{other['number']}"}
    Document.objects.create(**{**fields, "id": None, **other})


def test_a_rolled_back_number_is_given_again(in_scope: Merchant) -> None:
    with transaction.atomic():
        assert next_number(in_scope, "INV-2026-") == (1, "INV-2026-00001")
        transaction.set_rollback(True)
    assert next_number(in_scope, "INV-2026-") == (1, "INV-2026-00001")
    assert next_number(in_scope, "INV-2027-") == (1, "INV-2027-00001")


def test_two_shops_may_call_their_series_the_same(merchant: Merchant, other_merchant: Merchant) -> None:
    """A counter without its invoice is found in each of them."""
    for shop in (merchant, other_merchant):
        with scope(merchant=shop):
            next_number(shop, "INV-2026-")
    with scopes_disabled():
        assert no_number_is_missing() == ["series INV-2026- counted 1 and has none"] * 2


@pytest.fixture
def many(desk: Desk, merchant: Merchant) -> Iterator[list[Order]]:
    with scope(merchant=merchant):
        goods.vat(merchant)
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        mug = goods.variant(merchant, stock=20)
        Merchant.objects.filter(pk=merchant.pk).update(issues_invoices=False)
        orders = [paid(desk, factories.customer(merchant), {mug: 1}).order for _ in range(6)]
        Merchant.objects.filter(pk=merchant.pk).update(issues_invoices=True)
        yield [Order.objects.get(pk=order.pk) for order in orders]


@pytest.mark.django_db(transaction=True)
def test_who_asks_at_once_gets_one_each_and_no_gap(many: list[Order], merchant: Merchant) -> None:
    """Every order twice, all at once, one of the twelve rolled back."""
    failed: list[BaseException] = []

    def ask(order: Order, *, fails: bool) -> None:
        try:
            with scope(merchant=merchant), transaction.atomic():
                documents_of(order)
                if fails:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    asked = [Thread(target=ask, args=(order,), kwargs={"fails": place == 3}) for place, order in enumerate(many * 2)]
    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join()
    assert failed == []
    assert sorted(Document.objects.values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert breaches() == []


def test_an_order_in_yen_has_no_minor_units(ana: Customer) -> None:
    """Tax on top, once for each rate, down: 24 of 303 at 8 %, 149 of 1,495 at 10 %. A gift card pays all of it."""
    shop = ana.merchant
    shop.currency, shop.country, shop.tax_number = "JPY", "JP", "T1234567890123"
    shop.tax_rounding, shop.tax_rounding_mode = "rate", "down"
    shop.save()
    goods.vat(shop, "10", country="JP", is_inclusive=False)
    goods.vat(shop, "8", country="JP", is_inclusive=False, category="reduced")
    goods.address(ana, "JP")
    way = goods.parcel(shop, price="500", free_from=None, currency="JPY")
    rice = goods.variant(shop, "Rice", price="101", currency="JPY", tax_category="reduced")
    cup = goods.variant(shop, "Cup", price="995", currency="JPY")
    cart = goods.full_cart(ana, {rice: 3, cup: 1}, method=way)
    hold_for_summary(cart)
    card, _code = issue_gift_card(shop, money("5000", "JPY"))
    use_gift_card(cart, card)
    order = goods.draft(cart)
    hold_tenders(order)
    place_free(order)
    invoice = order.documents.get()
    assert told(invoice) == [("10", "1495", "149", "1644"), ("8", "303", "24", "327")]
    assert invoice.body["payments"] == [{"kind": "gift_card", "amount": "1971", "note": card.ends}]
    assert (invoice.body["seller"]["tax_number"], breaches()) == ("T1234567890123", [])
