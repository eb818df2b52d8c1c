"""Invoices at the desk, by program and behind their link; nobody else's, and the same file every time."""

import csv
import datetime as dt
import io
import zipfile
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from django_scopes import scope

from apps.backoffice.admin import documents
from apps.carts.quote import quote
from apps.customers.actions import erase_customer, export_customer
from apps.customers.models import Customer
from apps.merchants.models import Merchant
from apps.orders.actions import deliver_order, ship_order
from apps.orders.documents.export import archive_of, table_of
from apps.orders.documents.links import document_url
from apps.orders.documents.pdf import BOTTOM, Page, pdf_of
from apps.orders.documents.sheet import sheet_of
from apps.orders.models import Document, Order
from apps.payments.actions import grant_credit, hold_tenders, place_free, refund_to_credit, use_credit
from tests import factories
from tests.carts import goods

from .conftest import Api

FOOT = 272  # millimetres: where the foot of each page begins


@pytest.fixture
def invoice(merchant: Merchant) -> Document:
    """Of an order that credit paid for in full, and a credit note for one of its two mugs."""
    with scope(merchant=merchant):
        order = paid_with_credit(factories.customer(merchant), "Blue mug 玻璃杯")
        refund_to_credit(order, lines={order.lines.get().pk: 1}, reason="scratched")
        return Document.objects.get(kind="invoice")


def paid_with_credit(customer: Customer, title: str) -> Order:
    goods.vat(customer.merchant)
    cart = goods.full_cart(customer, {goods.variant(customer.merchant, title): 2})
    grant_credit(customer, quote(cart).total, reason="for the test")
    use_credit(cart)
    order = goods.draft(cart)
    hold_tenders(order)
    return place_free(order)


def test_the_order_shows_its_documents_and_the_desk_takes_them_away(desk: Client, invoice: Document) -> None:
    page = desk.get(f"/admin/orders/order/{invoice.order_id}/change/").content.decode()
    with scope(merchant=invoice.merchant):
        note = Document.objects.get(kind="credit_note")
    assert [number in page for number in (invoice.number, note.number)] == [True, True]
    assert desk.get("/admin/orders/document/?kind__exact=credit_note").content.decode().count(note.number) > 0
    assert desk.get(f"/admin/orders/document/{invoice.pk}/change/").status_code == 200
    answer = desk.get(f"/admin/orders/document/{invoice.pk}/file/")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    chosen = {"_selected_action": [invoice.pk, note.pk]}
    packed = desk.post("/admin/orders/document/", {"action": "download_files", **chosen})
    with zipfile.ZipFile(io.BytesIO(b"".join(packed))) as archive:  # type: ignore[arg-type]
        assert archive.namelist() == [invoice.filename, note.filename]
        assert archive.read(invoice.filename) == answer.content
    table = desk.post("/admin/orders/document/", {"action": "download_table", **chosen})
    rows = list(csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode())))  # type: ignore[attr-defined]
    assert [
        (row["number"], row["refers_to"], row["tax_percent"], row["net"], row["tax"], row["gross"]) for row in rows
    ] == [
        (invoice.number, "", "19", "24.29", "4.61", "28.90"),
        (note.number, invoice.number, "19", "-10.08", "-1.92", "-12.00"),
    ]


def test_programs_read_them_and_strangers_find_nothing(reader: Api, stranger: Api, invoice: Document) -> None:
    with scope(merchant=invoice.merchant):
        order = invoice.order.public_id
    first, second = reader.get(f"orders/{order}/documents/").json()
    assert (first["number"], first["kind"], first["gross"], second["refers_to"]) == (
        invoice.number,
        "invoice",
        {"minor": 2890, "currency": "EUR"},
        invoice.number,
    )
    assert first["rates"] == [{"name": "VAT", "percent": "19.000", "net": "24.29", "tax": "4.61", "gross": "28.90"}]
    answer = reader.get(first["file"].removeprefix("/api/v1/"))
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "application/pdf",
        "private, no-store",
    )
    for path in (f"orders/{order}/documents/", first["file"].removeprefix("/api/v1/")):
        refused = stranger.get(path)
        assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")
        assert Api().get(path).status_code == 401


def test_the_link_shows_a_button_and_gives_the_file_for_a_week(client: Client, invoice: Document) -> None:
    with scope(merchant=invoice.merchant):
        link = document_url(invoice).removeprefix(settings.PUBLIC_URL)
    shown = client.get(link)
    assert (shown.status_code, invoice.number in shown.content.decode(), "Ana" in shown.content.decode()) == (
        200,
        True,
        False,
    )
    assert [part.strip() for part in sorted(shown["Cache-Control"].split(","))] == ["no-store", "private"]
    assert client.post(link).content == pdf_of(invoice)
    assert client.post(link.replace("/documents/", "/documents/x")).status_code == 404
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=8)):
        old = client.get(link)
        assert (old.status_code, "This link is too old" in old.content.decode()) == (410, True)
        assert client.post(link).status_code == 410


def test_a_link_dies_with_who_may_read_it(client: Client, invoice: Document) -> None:
    with scope(merchant=invoice.merchant):
        link = document_url(invoice).removeprefix(settings.PUBLIC_URL)
        other = factories.customer(invoice.merchant, "Bob")
        Order.objects.filter(pk=invoice.order_id).update(customer=other)
    assert client.post(link).status_code == 404


@pytest.mark.parametrize("language", ["en", "de", "es", "zh-hans"])
def test_the_same_document_is_the_same_file(invoice: Document, language: str) -> None:
    invoice.language = language
    first = pdf_of(invoice)
    assert (first == pdf_of(invoice), first[:5], len(first) < 60_000, b"NotoSansSC" in first) == (
        True,
        b"%PDF-",
        True,
        True,
    )


def test_a_long_invoice_takes_more_pages(invoice: Document) -> None:
    invoice.body["lines"] *= 60
    assert pdf_of(invoice).count(b"/Type /Page\n") == 4


def test_forgetting_somebody_keeps_the_invoice_and_the_export_names_it(invoice: Document) -> None:
    with scope(merchant=invoice.merchant):
        order = invoice.order
        customer = order.customer
        ship_order(order, carrier="DHL")
        deliver_order(order)
        told = export_customer(customer)["orders"][0]["documents"]
        assert next((one["kind"], one["number"], one["buyer"]["name"]) for one in told) == (
            "invoice",
            invoice.number,
            "Ana Example",
        )
        erase_customer(customer)
        kept = Document.objects.get(pk=invoice.pk)
        assert (kept.body, Order.objects.get(pk=order.pk).contact_name) == (invoice.body, "")


def test_who_was_forgotten_is_neither_named_in_lists_nor_found_by_the_name(desk: Client, invoice: Document) -> None:
    listed, found = "/admin/orders/document/", "/admin/orders/document/?q=Ana+Example"
    before = [desk.get(path).content.decode() for path in (listed, found)]
    assert [(invoice.number in page, "Ana Example" in page) for page in before] == [(True, True), (True, True)]
    with scope(merchant=invoice.merchant):
        order = invoice.order
        ship_order(order, carrier="DHL")
        deliver_order(order)
        erase_customer(order.customer)
    page = desk.get(listed).content.decode()
    assert (invoice.number in page, "Ana Example" in page) == (True, False)
    assert invoice.number not in desk.get(found).content.decode()
    assert invoice.number in desk.get(f"{listed}?q={invoice.number}").content.decode()
    assert invoice.number in desk.get(f"{listed}?q={order.number}").content.decode()
    table = desk.post(listed, {"action": "download_table", "_selected_action": [invoice.pk]})
    (row,) = csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode()))  # type: ignore[attr-defined]
    assert (row["number"], row["buyer"], row["country"]) == (invoice.number, "", "DE")


def test_an_order_over_nothing_has_its_row_in_the_table(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        goods.vat(merchant)
        free = goods.variant(merchant, "Sample", price="0.00")
        way = goods.parcel(merchant, price="0.00", free_from=None)
        order = place_free(goods.draft(goods.full_cart(factories.customer(merchant), {free: 1}, method=way)))
        document = order.documents.select_related("order", "refers_to").get()
        (row,) = csv.DictReader(io.StringIO("".join(table_of([document]))))
    assert (row["number"], row["tax_percent"], row["net"], row["tax"], row["gross"], row["total"]) == (
        document.number, "0", "0.00", "0.00", "0.00", "0.00",
    )  # fmt: skip


def test_too_many_files_are_refused_in_words(desk: Client, invoice: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_FILES", 1)
    with scope(merchant=invoice.merchant):
        chosen = list(Document.objects.values_list("pk", flat=True))
    answer = desk.post("/admin/orders/document/", {"action": "download_files", "_selected_action": chosen}, follow=True)
    assert "At most 1 files at once" in answer.content.decode()


def test_a_zip_comes_in_pieces_of_one_file_each(invoice: Document) -> None:
    with scope(merchant=invoice.merchant):
        note = invoice.followers.get()
    pieces = list(archive_of([invoice, note]))
    assert [piece[:2] for piece in pieces] == [b"PK"] * 3
    assert zipfile.ZipFile(io.BytesIO(b"".join(pieces))).testzip() is None


def test_reading_with_a_key_that_may_only_read_writes_nothing(reader: Api, invoice: Document) -> None:
    with scope(merchant=invoice.merchant):
        order = invoice.order.public_id
    with CaptureQueriesContext(connection) as asked:
        assert len(reader.get(f"orders/{order}/documents/").json()) == 2
    about = [query["sql"] for query in asked if "orders_" in query["sql"]]
    assert [sql for sql in about if not sql.startswith("SELECT") or "FOR " in sql] == []


LONG = {
    "de": "Donaudampfschifffahrtsgesellschaftskapitänsmützenhalter aus massiver Eiche mit handgeschmiedeten Beschlägen, "
    "geölt, für Flur und Diele, Breite einhundertzwanzig Zentimeter",
    "zh-hans": "手工吹制的蓝色玻璃杯，带有精致的金色边缘和传统的中国山水图案，适合家庭聚会和节日庆典使用，可用洗碗机清洗，附赠礼盒包装和贺卡",
}


class Drawn(Page):
    """Notes where each text begins and ends."""

    def put(self, text: str, x: float, y: float, width: float, **style: Any) -> float:
        end = super().put(text, x, y, width, **style)
        if not hasattr(self, "boxes"):
            self.boxes: list[tuple[int, float, float, float, float, str]] = []
        self.boxes.append((self.page_no(), x, x + width, y, end, text))
        return end


@pytest.mark.parametrize("language", sorted(LONG))
def test_no_two_texts_overlap_and_none_leaves_its_page(invoice: Document, language: str) -> None:
    invoice.body["lines"] = [invoice.body["lines"][0] | {"title": LONG[language]}] * 14
    invoice.body["rates"][0]["name"] = "Umsatzsteuer zum allgemeinen Satz nach dem Gesetz über die Umsatzsteuer"
    invoice.body["seller"]["address"] = "\n".join(f"Zeile {line}" for line in range(12))
    with override(language):
        page = Drawn(sheet_of(invoice), moment=invoice.created_at)
        for part in (page.head, page.lines, page.sums, page.taxes, page.notes):
            part()
    body = [box for box in page.boxes if box[3] < FOOT]
    assert max(box[4] for box in body) <= BOTTOM
    overlapping = [
        (one[5], other[5])
        for place, one in enumerate(body)
        for other in body[place + 1 :]
        if one[0] == other[0] and one[1] < other[2] and other[1] < one[2] and one[3] < other[4] - 0.01
        and other[3] < one[4] - 0.01
    ]  # fmt: skip
    assert overlapping == []
