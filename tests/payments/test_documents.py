"""Invoices and credit notes: one for each sale and each refund, without a gap, final, and never more than was billed."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from django_scopes import scope, scopes_disabled
from structlog.testing import capture_logs

from apps.carts.models import TaxRate
from apps.carts.money import money
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from apps.orders.actions.cancel import lock_order
from apps.orders.documents.invariants import no_number_is_missing, what_was_paid_since_has_its_invoice
from apps.orders.documents.numbering import next_number
from apps.orders.documents.sheet import sheet_of
from apps.orders.models import Document, DocumentSeries, Order
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
from apps.payments.documents import documents_of, write_documents
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


def switch(merchant: Merchant, *, on: bool) -> None:
    shop = Merchant.objects.get(pk=merchant.pk)
    shop.issues_invoices = on
    shop.save(update_fields=["issues_invoices"])


def test_what_was_paid_before_invoices_were_switched_on_is_never_billed(desk: Desk, ana: Customer) -> None:
    switch(ana.merchant, on=False)
    order = fresh(mixed(desk, ana))
    switch(ana.merchant, on=True)
    assert Merchant.objects.get(pk=ana.merchant_id).invoices_since > order.events.get(kind="paid").created_at
    refund_order(order)
    send_refunds()
    later = paid(desk, Customer.objects.get(pk=ana.pk), {goods.variant(ana.merchant, "Cup"): 1}).order
    assert documents_of(order) == []
    assert [document.kind for document in documents_of(later)] == ["invoice"]
    assert breaches() == []


def test_what_was_invoiced_here_is_credited_here_after_invoices_were_switched_off(desk: Desk, ana: Customer) -> None:
    order = mixed(desk, ana)
    switch(ana.merchant, on=False)
    refund_order(fresh(order))
    send_refunds()
    assert [document.kind for document in documents_of(order)] == ["invoice", "credit_note"]
    assert (Merchant.objects.get(pk=ana.merchant_id).invoices_since, breaches()) == (None, [])


def test_an_order_paid_since_without_its_invoice_is_found(desk: Desk, ana: Customer) -> None:
    switch(ana.merchant, on=False)
    order = fresh(mixed(desk, ana))
    shop = Merchant.objects.get(pk=ana.merchant_id)
    shop.issues_invoices, shop.invoices_since = True, order.events.get(kind="paid").created_at
    shop.save()
    assert what_was_paid_since_has_its_invoice() == [f"order {order.number} was paid and has no invoice"]


def test_credit_notes_repeat_their_invoice_whatever_became_of_shop_and_buyer(desk: Desk, ana: Customer) -> None:
    order = mixed(desk, ana)
    _book, lamp = order.lines.order_by("pk")
    Merchant.objects.filter(pk=ana.merchant_id).update(legal_name="Another GmbH", postal_address="Elsewhere 1")
    Order.objects.filter(pk=order.pk).update(contact_name="", shipping_address={"country": "DE"})
    TaxRate.objects.update(name="renamed")
    refund_lines(fresh(order), lines={lamp.pk: 1})
    send_refunds()
    deliver(desk)
    desk.finish_refund(desk.every("refund")[0]["id"], failed=True)
    deliver(desk)
    invoice, note, revocation = documents_of(order)
    for one in (note, revocation):
        assert [one.body[key] for key in ("seller", "buyer", "order")] == [
            invoice.body[key] for key in ("seller", "buyer", "order")
        ]
        assert [rate["name"] for rate in one.body["rates"]] == ["VAT"]


def test_free_text_about_a_refund_is_not_on_the_credit_note(desk: Desk, ana: Customer) -> None:
    order = mixed(desk, ana)
    _book, lamp = order.lines.order_by("pk")
    refund_lines(order, lines={lamp.pk: 1}, reason="Ana says her dog ate it")
    cancel_order(order)
    send_refunds()
    _invoice, by_hand, called_off = documents_of(fresh(order))
    assert [by_hand.body["reason"], called_off.body["reason"]] == ["", "called_off"]
    assert "dog" not in str(by_hand.body)
    assert Refund.objects.order_by("pk")[0].reason == "Ana says her dog ate it"
    with override("de"):
        assert ("Grund", "Bestellung storniert") in sheet_of(called_off).facts
        assert "Grund" not in dict(sheet_of(by_hand).facts)
        by_hand.body["reason"] = "as older documents have it"
        assert "Grund" not in dict(sheet_of(by_hand).facts)


def test_reading_documents_writes_and_locks_nothing(desk: Desk, ana: Customer) -> None:
    order = mixed(desk, ana)
    with CaptureQueriesContext(connection) as asked:
        documents_of(order)
    assert [query["sql"].split()[0] for query in asked] == ["SELECT"]
    assert "FOR " not in asked[0]["sql"]


def test_more_money_than_the_invoice_has_left_is_told_once(desk: Desk, ana: Customer) -> None:
    """The bank's desk gave back what we had already credited: later looks at the order say nothing more of it."""
    order = mixed(desk, ana)
    refund_order(order)
    send_refunds()
    payment = order.payments.get()
    Refund.objects.create(
        merchant_id=order.merchant_id, payment=payment, amount=money("3.00", "EUR"), state="done", provider_ref="re_x"
    )
    with capture_logs() as told, transaction.atomic():
        write_documents(lock_order(order))
        write_documents(lock_order(order))
    assert [entry["event"] for entry in told if entry["event"].startswith("credit_note")] == []
    assert [document.kind for document in documents_of(order)] == ["invoice", "credit_note"]


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


DAY = dt.date(2026, 3, 1)


def test_a_rolled_back_number_is_given_again(in_scope: Merchant) -> None:
    with transaction.atomic():
        assert next_number(in_scope, "INV-2026-", day=DAY) == (1, "INV-2026-00001")
        transaction.set_rollback(True)
    assert next_number(in_scope, "INV-2026-", day=DAY) == (1, "INV-2026-00001")
    assert next_number(in_scope, "INV-2027-", day=dt.date(2027, 3, 1)) == (1, "INV-2027-00001")


def test_two_shops_may_call_their_series_the_same(merchant: Merchant, other_merchant: Merchant) -> None:
    """A counter without its invoice is found in each of them, and none counts for the other."""
    for shop in (merchant, other_merchant):
        with scope(merchant=shop):
            next_number(shop, "INV-2026-", day=DAY)
    with scopes_disabled():
        assert next_number(merchant, "INV-2026-", day=DAY) == (2, "INV-2026-00002")
        assert next_number(other_merchant, "INV-2026-", day=DAY) == (2, "INV-2026-00002")
        assert no_number_is_missing() == ["series INV-2026- counted 2 and has none"] * 2


@pytest.mark.parametrize(("zone", "series"), [("Pacific/Auckland", "INV-2027-"), ("America/Los_Angeles", "INV-2026-")])
def test_the_year_of_a_series_is_the_shops_own(desk: Desk, ana: Customer, zone: str, series: str) -> None:
    Merchant.objects.filter(pk=ana.merchant_id).update(timezone=zone)
    with clock.at(dt.datetime(2026, 12, 31, 20, tzinfo=dt.UTC)):
        order = bought_with_credit(Customer.objects.get(pk=ana.pk))
    invoice = order.documents.get()
    assert (invoice.series, invoice.number) == (series, f"{series}00001")


def bought_with_credit(customer: Customer) -> Order:
    cart = goods.full_cart(customer, {goods.variant(customer.merchant): 1})
    card, _code = issue_gift_card(customer.merchant, money("500.00", "EUR"))
    hold_for_summary(cart)
    use_gift_card(cart, card)
    order = goods.draft(cart)
    hold_tenders(order)
    return place_free(order)


@pytest.mark.django_db(transaction=True)
def test_who_takes_the_two_series_in_another_order_waits_and_no_more(merchant: Merchant) -> None:
    with scope(merchant=merchant), transaction.atomic():
        next_number(merchant, "CN-2026-", day=DAY)
    meeting, failed = Barrier(2), []

    def take(first: str, second: str) -> None:
        try:
            with scope(merchant=merchant), transaction.atomic():
                next_number(merchant, first, day=DAY)
                with suppress(BrokenBarrierError):
                    meeting.wait(timeout=1)
                next_number(merchant, second, day=DAY)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    names = ("INV-2026-", "CN-2026-")
    takers = [Thread(target=take, args=names), Thread(target=take, args=names[::-1])]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    with scope(merchant=merchant):
        assert (failed, dict(DocumentSeries.objects.values_list("name", "last"))) == (
            [],
            {"CN-2026-": 3, "INV-2026-": 2},
        )


@pytest.fixture
def many(desk: Desk, merchant: Merchant) -> Iterator[list[Order]]:
    with scope(merchant=merchant):
        goods.vat(merchant)
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        mug = goods.variant(merchant, stock=20)
        switch(merchant, on=False)
        orders = [paid(desk, factories.customer(merchant), {mug: 1}).order for _ in range(6)]
        shop = Merchant.objects.get(pk=merchant.pk)
        shop.issues_invoices, shop.invoices_since = True, dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        shop.save()
        yield [Order.objects.get(pk=order.pk) for order in orders]


@pytest.mark.django_db(transaction=True)
def test_who_asks_at_once_gets_one_each_and_no_gap(many: list[Order], merchant: Merchant) -> None:
    """Every order twice, all at once, one of the twelve rolled back."""
    failed: list[BaseException] = []

    def ask(order: Order, *, fails: bool) -> None:
        try:
            with scope(merchant=merchant), transaction.atomic():
                write_documents(lock_order(order))
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
