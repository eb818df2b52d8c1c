"""A form that is sent twice, by a double click, the back button or two people at once, does once what it says."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from djmoney.money import Money

from apps.carts.models import Coupon
from apps.catalog.models import Price
from apps.merchants.models import Merchant
from apps.payments.actions import CardIsSo, block_gift_card, issue_gift_card
from apps.payments.models import GiftCard
from tests import factories
from tests.carts import offers

from .test_admin import sign_in
from .test_import_export import GOOD, upload


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def card(merchant: Merchant) -> GiftCard:
    with scope(merchant=merchant):
        return issue_gift_card(merchant, Money("25.00", "EUR"))[0]


def test_two_people_who_block_a_card_do_not_free_it(desk: Client, card: GiftCard, merchant: Merchant) -> None:
    page = reverse("admin:payments_giftcard_block", args=[card.pk])
    colleague = sign_in(factories.staff(merchant, "manager"))
    wishes = [dict(who.get(page).context["carried"]) for who in (desk, colleague)]
    answers = [who.post(page, wish, follow=True) for who, wish in zip((desk, colleague), wishes, strict=True)]
    assert [said(answer) for answer in answers] == [
        ["Nothing is paid with it until it is free again."],
        ["This card is blocked already."],
    ]
    with scope(merchant=merchant):
        card.refresh_from_db()
    assert card.is_blocked
    assert said(desk.post(page, {"wish": "free"}, follow=True)) == ["It can be used again."]
    assert said(desk.post(page, {"wish": "free"}, follow=True)) == ["This card is free already."]


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_one_of_them_blocks_it(card: GiftCard, merchant: Merchant) -> None:
    told: list[str] = []

    def block() -> None:
        try:
            with scope(merchant=merchant):
                block_gift_card(GiftCard.objects.get(pk=card.pk))
            told.append("done")
        except CardIsSo:
            told.append("already")
        finally:
            connection.close()

    people = [threading.Thread(target=block) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(told) == ["already", "already", "already", "done"]
    with scope(merchant=merchant):
        assert GiftCard.objects.get().is_blocked


def test_a_reduction_sent_twice_reduces_once(desk: Client, merchant: Merchant, variant: Any) -> None:
    page = reverse("admin:catalog_product_changelist")
    chosen = {"action": "change_prices", "_selected_action": [variant.product_id]}
    seen = desk.post(page, chosen).context["form"]["seen"].value()
    answer = {**chosen, "percent": "-20", "name": "", "starts_at": "", "ends_at": "", "seen": seen}
    assert desk.post(page, answer).status_code == 302
    again = desk.post(page, answer)
    assert again.context["form"].non_field_errors() == [
        "These prices have been changed since this page was opened. Nothing more has been done."
    ]
    with scope(merchant=merchant):
        assert [str(price.amount) for price in Price.objects.all()] == ["€16.00"]


def test_codes_asked_for_twice_are_made_once(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        promotion = offers.promotion(merchant, is_automatic=False)
    page = reverse("admin:carts_promotion_generate", args=[promotion.pk])
    seen = desk.get(page).context["form"]["seen"].value()
    asked = {"count": "20", "begins_with": "spring", "batch": "Flyer", "usage_limit": "1", "seen": seen}
    assert [said(desk.post(page, asked, follow=True)) for _ in range(2)] == [
        ["20 codes made."],
        ["Codes have been made since this page was opened. No more have been made now."],
    ]
    with scope(merchant=merchant):
        assert Coupon.objects.count() == 20


def test_an_import_applied_twice_is_told_so(desk: Client, merchant: Merchant) -> None:
    factories.location(merchant)
    kept = upload(desk, GOOD).context["kept"]
    answers = [desk.post("/admin/catalog/product/import-csv/", {"kept": kept}, follow=True) for _ in range(2)]
    assert [said(answer) for answer in answers] == [
        ["1 products added, 0 updated."],
        ["This file has been imported already, or was laid aside for too long."],
    ]
