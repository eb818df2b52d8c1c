"""The desk says in words what rows keep as a code: in the stock's book, of consents, of messages that did not leave."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django_scopes import scope, scopes_disabled

from apps.backoffice import spoken
from apps.backoffice.admin import documents, loyalty, orders, returns
from apps.backoffice.money import currency_name
from apps.catalog.models import StockHold, StockMovement
from apps.catalog.stock import Wanted, expire_holds, receive_stock, take_holds
from apps.customers.models import ConsentEntry
from apps.loyalty.models import Referral, RewardVoucher
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.messaging.channel import ErrorClass, all_channels
from apps.messaging.events import EventKind
from apps.orders.actions import approve_return, ask_return, deliver_order, receive_return, ship_order
from apps.orders.documents.models import Document
from apps.orders.models import Order, OrderLine, ReturnRequest
from tests import factories
from tests.carts import goods

from .test_parcels import order

__all__ = ["order"]  # a fixture

CODES = re.compile(
    r"cart:\d|returnline:|waitlist:|exchange:|waitlist_turn|\|\s*(?:released|expired|replaced|payment)\s*\|"
)


def cells(client: Client, name: str, column: str, language: str = "de") -> list[str]:
    """What one column of a list reads, first row first."""
    page = client.get(reverse(f"admin:{name}_changelist"), headers={"accept-language": language}).content.decode()
    assert CODES.search(re.sub(r"<[^>]*>", "|", page)) is None  # addresses of filters may name them
    found = re.findall(rf'<t[dh][^>]*class="[^"]*field-{column}\b[^"]*"[^>]*>(.*?)</t[dh]>', page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip() for cell in found]


def test_the_stocks_book_names_orders_returns_and_reasons(desk: Client, merchant: Merchant, order: Order) -> None:
    with scope(merchant=merchant):
        ship_order(order, carrier="DHL", tracking_number="1")
        deliver_order(order)
        mug = order.lines.order_by("pk")[0]
        asked = ask_return(order, lines={mug.pk: 1})
        receive_return(approve_return(asked))
    seen = set(
        zip(cells(desk, "catalog_stockmovement", "owner"), cells(desk, "catalog_stockmovement", "why"), strict=True)
    )
    assert (f"Bestellung {order.number}", f"Paket {order.number}/1") in seen
    assert (f"Rückgabe {asked}", f"Rückgabe {asked}") in seen
    with scope(merchant=merchant):
        row = StockMovement.objects.get(kind="returned")
    page = desk.get(reverse("admin:catalog_stockmovement_change", args=[row.pk]), headers={"accept-language": "es"})
    assert f"devolución {asked}" in page.content.decode()


def test_held_pieces_say_for_whom_and_why(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        mug = goods.variant(merchant)
        soon = clock.now() + dt.timedelta(minutes=5)
        take_holds([Wanted(mug.pk, 1, "waitlist:5")], reason="waitlist_turn", until=soon)
        take_holds([Wanted(mug.pk, 1, "cart:7:8")], reason="cart", until=soon)
        StockHold.objects.filter(reason="cart").update(expires_at=clock.now() - dt.timedelta(minutes=1))
        expire_holds()
    said = zip(cells(desk, "catalog_stockhold", "owner"), cells(desk, "catalog_stockhold", "why"), strict=True)
    assert sorted(said) == [
        ("die Warteliste", "zurückgelegt für jemanden, der gewartet hat"),
        ("ein Warenkorb", "im Warenkorb"),
    ]
    assert "zu lange zurückgelegt" in cells(desk, "catalog_stockmovement", "why")
    assert "保留超时" in cells(desk, "catalog_stockmovement", "why", "zh-hans")


def test_a_reason_somebody_typed_is_left_as_it_is(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        receive_stock(goods.variant(merchant), goods.warehouse(merchant), 1, reason="for the fair")
    assert "for the fair" in cells(desk, "catalog_stockmovement", "why")


def test_many_movements_cost_no_more_queries_than_few(desk: Client, merchant: Merchant, order: Order) -> None:
    page = reverse("admin:catalog_stockmovement_changelist")
    desk.get(page)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as asked:
            desk.get(page)
        counts.append(len(asked))
        with scope(merchant=merchant):
            mug = order.lines.all()[0].variant_id
            for number in range(5):
                take_holds(
                    [Wanted(mug, 1, f"cart:{number}:1")], reason="cart", until=clock.now() + dt.timedelta(minutes=5)
                )
    assert counts[0] == counts[1]


def test_a_consent_says_where_it_was_given(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        account = factories.identity(factories.channel_account(merchant))
        for source in ("keyword", "chat"):
            ConsentEntry.objects.create(
                merchant=merchant, identity=account, purpose="marketing", granted=True, source=source,
                occurred_at=clock.now(),
            )  # fmt: skip
    assert sorted(cells(desk, "customers_consententry", "origin")) == ["der Chat", "ein Wort im Chat"]


@pytest.mark.parametrize("language", ["de", "es", "zh-hans"])
def test_every_code_has_words_in_every_language(language: str) -> None:
    """Codes of other floors are found here, so that a new one is not shown bare."""
    with translation.override(language):
        assert [str(code) for code in ErrorClass if spoken.in_words(str(code), spoken.SEND_ERRORS) == code] == []
        assert [str(kind) for kind in EventKind if spoken.in_words(str(kind), spoken.EVENTS) == kind] == []
        assert [kind for kind in all_channels() if spoken.channel_in_words(kind) == kind] == []
        assert spoken.channel_in_words("webchat") != "Web chat"
        assert currency_name("USD") != "US Dollar"


@pytest.mark.parametrize(
    ("colours", "states"),
    [
        (orders.STATUS_LABELS, Order.Status),
        (orders.PAYMENT_LABELS, Order.PaymentStatus),
        (orders.FULFILMENT_LABELS, Order.FulfilmentStatus),
        (loyalty.REFERRAL_LABELS, Referral.State),
        (loyalty.VOUCHER_LABELS, RewardVoucher.State),
        (returns.STATE_LABELS, ReturnRequest.State),
        (documents.KIND_LABELS, Document.Kind),
    ],
)
def test_every_state_has_a_colour_or_it_would_be_shown_as_its_code(colours: dict[str, str], states: Any) -> None:
    assert sorted(colours) == sorted(states.values)


def test_whose_pieces_these_are_is_found_without_reading_every_order_line(in_scope: Merchant) -> None:
    with connection.cursor() as cursor:  # what is left is a bitmap scan, which needs an index that has the condition
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    with scopes_disabled():  # of one shop there are so few here that PostgreSQL looks at them all
        plan = OrderLine.objects.filter(hold_reference__in=["cart:1", "cart:2"]).explain()
    assert "orderline_hold_reference" in plan
