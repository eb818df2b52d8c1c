"""Digital goods: fetched behind a link of the buyer's own, as often as it allows, and given back while nobody has."""

import datetime as dt
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django_scopes import scope

from apps.catalog.models import Digital, Variant
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.orders.downloads import bought_by, download_url, fetch, left_of
from apps.orders.models import Download, Order, OrderLine
from apps.payments.actions import NotCancellable, cancel_order, may_undo, refund_order, send_refunds
from tests import factories
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh
from .test_sold_cards import bought


@pytest.fixture
def course(ana: Customer, settings: Any, tmp_path: Path) -> Variant:
    settings.PRIVATE_ROOT = str(tmp_path)
    variant = goods.variant(ana.merchant, "Knitting course", price="20.00", stock=None, comes_as="digital")
    Digital.objects.create(
        merchant=ana.merchant, product=variant.product, file=ContentFile(b"knit one, purl one", name="course.pdf")
    )
    return variant


def line_of(desk: Desk, ana: Customer, course: Variant) -> OrderLine:
    bought(desk, ana, {course: 1})
    return bought_by(ana)[0]


def path_of(line: OrderLine) -> str:
    return download_url(line).partition("/downloads/")[2].join(("/downloads/", ""))


def test_a_link_gives_the_file_to_its_buyer_and_looking_at_it_counts_nothing(
    desk: Desk, ana: Customer, course: Variant, client: Client
) -> None:
    line = line_of(desk, ana, course)
    path = path_of(line)
    assert [client.get(path).status_code for _ in range(9)] == [200] * 9
    assert left_of(line) == 5
    answer = client.post(path)
    assert b"".join(answer.streaming_content) == b"knit one, purl one"  # type: ignore[attr-defined]
    assert (answer["Content-Disposition"], left_of(line)) == ('attachment; filename="course.pdf"', 4)
    assert [client.post(path).status_code for _ in range(6)] == [200, 200, 200, 200, 410, 410]
    assert Download.objects.get().times == 5
    assert [row["name"] for row in run_all() if not row["ok"]] == []


def test_a_forged_an_old_and_somebody_elses_link_give_nothing(
    desk: Desk, ana: Customer, course: Variant, client: Client
) -> None:
    line = line_of(desk, ana, course)
    path = path_of(line)
    assert client.post(path.replace("/downloads/", "/downloads/x")).status_code == 404
    with time_machine.travel(clock.now() + dt.timedelta(days=8), tick=True):
        assert client.post(path).status_code == 410
    Order.objects.update(customer=factories.customer(ana.merchant, "Ben"))
    assert client.post(path).status_code == 404
    assert not Download.objects.exists()


def test_before_the_download_the_order_goes_back_and_the_link_with_it(
    desk: Desk, ana: Customer, course: Variant, client: Client
) -> None:
    line = line_of(desk, ana, course)
    path = path_of(line)
    assert may_undo(line.order)
    assert cancel_order(line.order).status == "cancelled"
    send_refunds()
    deliver(desk)
    assert fresh(line.order).payment_status == "refunded"
    assert client.post(path).status_code == 404
    assert [row["name"] for row in run_all() if not row["ok"]] == []


def test_once_it_has_begun_the_shopper_cannot_cancel_and_the_shop_may_still_pay_back(
    desk: Desk, ana: Customer, course: Variant
) -> None:
    line = line_of(desk, ana, course)
    assert fetch(line)
    assert not may_undo(line.order)
    with pytest.raises(NotCancellable):
        cancel_order(line.order)
    refund_order(line.order)
    send_refunds()
    deliver(desk)
    line.refresh_from_db()
    assert (fresh(line.order).payment_status, line.handed) == ("refunded", 1)
    assert [row["name"] for row in run_all() if not row["ok"]] == []


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_fetch_no_more_than_there_is(desk: Desk, ana: Customer, course: Variant) -> None:
    line, barrier, got = line_of(desk, ana, course), Barrier(12), []

    def one() -> None:
        barrier.wait()
        with scope(merchant=ana.merchant):
            got.append(fetch(line))
        connection.close()

    threads = [Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(got), Download.objects.get().times) == ([False] * 7 + [True] * 5, 5)


def test_more_fetches_than_pieces_allow_are_found(desk: Desk, ana: Customer, course: Variant) -> None:
    line = line_of(desk, ana, course)
    Download.objects.create(merchant=ana.merchant, line=line, times=6, first_at=clock.now())
    assert [row["name"] for row in run_all() if not row["ok"]] == ["orders: downloads are within their number"]


def test_a_link_instead_of_a_file_leads_on(desk: Desk, ana: Customer, course: Variant, client: Client) -> None:
    Digital.objects.update(file="", url="https://course.example/1")
    line = line_of(desk, ana, course)
    answer = client.post(path_of(line))
    assert (answer.status_code, answer["Location"]) == (302, "https://course.example/1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Digital.objects.update(url="")


def test_a_file_that_is_not_there_costs_nobody_a_fetch(
    desk: Desk, ana: Customer, course: Variant, client: Client
) -> None:
    line = line_of(desk, ana, course)
    Path(Digital.objects.get().file.path).unlink()
    before = left_of(line)
    assert (client.post(path_of(line)).status_code, left_of(line)) == (200, before)
    assert may_undo(line.order)
