"""The desk of licence codes: a pool is opened, filled line by line and counted; a code is shown whole only to withdraw it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.carts.actions import add_to_cart, open_cart
from apps.catalog.licence_codes import add_codes, open_pool
from apps.catalog.models import CodePool, Variant
from apps.customers.actions import export_customer
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.codes import all_to_withdraw
from apps.orders.models import HandedCode
from tests import factories
from tests.carts import goods

from .conftest import Api

CODES = "AAAA-1111-BBBB-2222\nCCCC-3333-DDDD-4444\n"


@pytest.fixture
def game(merchant: Merchant) -> Variant:
    with scope(merchant=merchant):
        goods.warehouse(merchant)
        return goods.variant(merchant, "Puzzle game", price="20.00", stock=None, comes_as="digital")


@pytest.fixture
def pool(game: Variant) -> CodePool:
    with scope(merchant=game.merchant):
        return open_pool(game)


@pytest.fixture
def handed(pool: CodePool) -> HandedCode:
    """The first code, bought; its price went back."""
    with scope(merchant=pool.merchant):
        add_codes(pool, CODES)
        ana = factories.customer(pool.merchant)
        add_to_cart(ana, Variant.objects.get(pk=pool.variant_id), quantity=1)
        with transaction.atomic():
            order = lock_order(goods.draft(open_cart(ana)))
            place_paid(order)
            all_to_withdraw(order)
        return HandedCode.objects.select_related("code").get()


def url(kind: str, *args: object) -> str:
    return reverse(f"admin:catalog_codepool_{kind}", args=args)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_a_pool_is_opened_for_digital_goods_nobody_holds(desk: Client, game: Variant, variant: Variant) -> None:
    assert desk.post(url("add"), {"variant": variant.pk, "low_at": 5}).context["errors"]
    with scope(merchant=game.merchant):
        held = goods.variant(game.merchant, "Course", price="20.00", stock=2, comes_as="digital")
        cart = goods.full_cart(factories.customer(game.merchant), {held: 1})
        hold_for_summary(cart)
    assert said(desk.post(url("add"), {"variant": held.pk, "low_at": 5}, follow=True)) == [
        "It cannot hand out codes now: somebody holds or has bought pieces of it, or there is no location."
    ]
    assert desk.post(url("add"), {"variant": game.pk, "low_at": 5}).status_code == 302
    with scope(merchant=game.merchant):
        made = CodePool.objects.get()
        assert (made.variant, made.low_at) == (game, 5)
        assert Variant.objects.get(pk=game.pk).is_tracked
    assert desk.post(url("delete", made.pk), {"post": "yes"}).status_code == 403


def test_codes_come_in_line_by_line_and_are_never_repeated(desk: Client, pool: CodePool) -> None:
    page = url("bring", pool.pk)
    assert desk.get(page).status_code == 200
    assert said(desk.post(page, {"codes": CODES}, follow=True)) == ["2 codes added."]
    again = SimpleUploadedFile("codes.csv", ("code\n" + CODES + "EEEE-5555-FFFF-6666").encode())
    answer = desk.post(page, {"file": again}, follow=True)
    assert said(answer) == ["1 code added.", "Line 2: is known already · Line 3: is known already"]
    assert desk.post(page, {"codes": ""}).context["form"].errors
    assert desk.post(page, {"file": SimpleUploadedFile("codes.bin", b"\xff\xfe\x00")}).context["form"].errors
    listed = desk.get(url("changelist")).content.decode()
    shown = desk.get(url("change", pool.pk)).content.decode()
    assert ("AAAA-1111" in listed + shown, "Puzzle game" in listed) == (False, True)
    assert "(&#x27;low&#x27;" not in shown
    assert desk.post(url("change", pool.pk), {"low_at": 7}).status_code == 302
    with scope(merchant=pool.merchant):
        assert CodePool.objects.get().low_at == 7


def test_what_hands_out_codes_stays_digital_and_is_not_counted_by_hand(desk: Client, pool: CodePool) -> None:
    with scope(merchant=pool.merchant):
        add_codes(pool, CODES)
        product, level = pool.variant.product, pool.variant.stock_levels.get()
        product.comes_as = "goods"
        with pytest.raises(ValidationError):
            product.clean()
    answer = desk.post(reverse("admin:catalog_stocklevel_count", args=[level.pk]), {"on_hand": 9, "reason": "counted"})
    assert answer.context["form"].errors["on_hand"] == [
        "There are as many as free codes: bring codes to its pool instead."
    ]


def test_a_code_is_shown_whole_only_to_be_withdrawn(desk: Client, handed: HandedCode) -> None:
    code = "AAAA-1111-BBBB-2222"
    listed = desk.get(reverse("admin:orders_handedcode_changelist")).content.decode()
    shown = desk.get(reverse("admin:orders_handedcode_change", args=[handed.pk])).content.decode()
    assert ("•••• 2222" in listed, code in listed + shown) == (True, False)
    show = reverse("admin:orders_handedcode_show", args=[handed.pk])
    assert code not in desk.get(show).content.decode()
    page = desk.post(show)
    assert code in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    first_page = desk.get(reverse("admin:index")).content.decode()
    assert ("code pool runs low" in first_page, "code to withdraw" in first_page) == (True, True)
    chosen = {"action": "mark_withdrawn", "_selected_action": [handed.pk]}
    assert said(desk.post(reverse("admin:orders_handedcode_changelist"), chosen, follow=True)) == [
        "1 code is withdrawn."
    ]
    assert desk.post(show).status_code == 404
    assert "code to withdraw" not in desk.get(reverse("admin:index")).content.decode()


def test_a_buyers_code_is_in_their_own_data_and_shortened_in_the_api(
    api: Api, reader: Api, stranger: Api, handed: HandedCode
) -> None:
    code, order = "AAAA-1111-BBBB-2222", handed.line.order
    with scope(merchant=handed.merchant):
        ana = order.customer
        assert export_customer(ana)["orders"][0]["lines"][0]["codes"] == []  # its price went back
        HandedCode.objects.update(withdraw_at=None)
        assert export_customer(ana)["orders"][0]["lines"][0]["codes"] == [code]
    for client in (api, reader):
        answer = client.get(f"orders/{order.public_id}/")
        (told,) = answer.json()["lines"][0]["codes"]
        assert (told["piece"], told["ends"], told["withdraw_at"]) == (1, "2222", None)
        assert code not in answer.content.decode()
    assert stranger.get(f"orders/{order.public_id}/").status_code == 404


def test_unused_codes_are_taken_back_at_the_desk(desk: Client, pool: CodePool) -> None:
    with scope(merchant=pool.merchant):
        add_codes(pool, CODES)
        ana = factories.customer(pool.merchant)
        add_to_cart(ana, Variant.objects.get(pk=pool.variant_id), quantity=1)
        hold_for_summary(open_cart(ana))
    page = url("take_out", pool.pk)
    assert "AAAA" not in desk.get(page).content.decode()
    assert desk.post(page, {"codes": CODES}).context["form"].errors == {"__all__": ["Only 1 of them is not promised."]}
    told = said(desk.post(page, {"codes": "AAAA-1111-BBBB-2222\nNONE"}, follow=True))
    assert told == ["1 code taken back.", "Line 2: is not in this pool"]
    assert said(desk.post(page, {"codes": "NONE"}, follow=True))[0] == "0 codes taken back."


def test_unused_codes_are_taken_back_over_the_api(api: Api, reader: Api, stranger: Api, handed: HandedCode) -> None:
    at = f"code-pools/{handed.code.pool.public_id}/take-back/"
    body = {"codes": ["CCCC-3333-DDDD-4444", "AAAA-1111-BBBB-2222"]}
    assert (reader.post(at, body).status_code, stranger.post(at, body).status_code) == (403, 404)
    answer = api.post(at, body).json()
    assert (answer["taken"], answer["refused"], answer["pool"]["free"]) == (1, [{"line": 2, "why": "given"}], 0)
    assert api.post(at, {"codes": []}).status_code == 400
