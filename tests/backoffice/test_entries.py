"""Links and printed codes lead to what this shop has, and say at the field when they would not."""

from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.catalog.models import Category, Product
from apps.conversations.models import EntryPoint
from apps.merchants.models import Merchant
from tests.catalog.factories import make_product

from .test_admin import page

WRITE = 'Write {"product": "short-name"} or {"category": "short-name"}.'


@pytest.fixture
def shelves(merchant: Merchant, other_merchant: Merchant) -> None:
    with scope(merchant=merchant):
        make_product(merchant, "Mug", slug="mug")
        make_product(merchant, "Old mug", slug="old-mug", status=Product.Status.ARCHIVED)
        Category.objects.create(merchant=merchant, name_en="Mugs", slug="mugs")
        Category.objects.create(merchant=merchant, name_en="Past", slug="past", is_active=False)
    with scope(merchant=other_merchant):
        make_product(other_merchant, "Lamp", slug="lamp")


def add(desk: Client, target: str) -> Any:
    return desk.post(page("conversations.entrypoint", "add"), {"title": "Poster", "target": target, "is_active": "on"})


@pytest.mark.parametrize("target", ['{"product": "mug"}', '{"category": "mugs"}', '{"campaign": "spring"}'])
def test_what_is_there_can_be_led_to(desk: Client, shelves: None, merchant: Merchant, target: str) -> None:
    assert add(desk, target).status_code == 302
    with scope(merchant=merchant):
        assert EntryPoint.objects.count() == 1


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ('{"product": "lamp"}', "There is no product with the short name “lamp” in this shop."),  # another shop's
        ('{"product": "nothing"}', "There is no product with the short name “nothing” in this shop."),
        ('{"product": "old-mug"}', "“Old mug” is not on sale. Put it on sale first."),
        ('{"category": "lamps"}', "There is no category with the short name “lamps” in this shop."),
        ('{"category": "past"}', "The category “Past” is switched off. Switch it on first."),
        ('{"referral": "ABC"}', "No member of this shop has the code “ABC”."),
        ('{"product": 7}', WRITE),
        ('{"product": ""}', WRITE),
        ('{"product": "mug", "category": "mugs"}', WRITE),
        ('{"page": "mug"}', WRITE),
        ('["mug"]', WRITE),
        ('"mug"', WRITE),
        ('{"product": "a\\u0000b"}', WRITE),
        ('{"product": "\\ud800"}', WRITE),
    ],
)
def test_what_is_not_there_is_refused_at_the_field(
    desk: Client, shelves: None, merchant: Merchant, target: str, words: str
) -> None:
    answer = add(desk, target)
    assert answer.context["adminform"].form.errors == {"target": [words]}
    with scope(merchant=merchant):
        assert EntryPoint.objects.count() == 0


def test_a_link_to_goods_may_name_its_campaign(desk: Client, shelves: None, merchant: Merchant) -> None:
    assert add(desk, '{"product": "mug", "campaign": "spring"}').status_code == 302
    with scope(merchant=merchant):
        assert EntryPoint.objects.get().target == {"product": "mug", "campaign": "spring"}


def test_a_link_whose_product_has_gone_can_still_be_switched_off(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        entry = EntryPoint.objects.create(merchant=merchant, title="Mug", target={"product": "gone"})
    change = page("conversations.entrypoint", "change", entry.pk)
    answer = desk.post(change, {"title": "Mug", "target": '{"product": "gone"}'})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with scope(merchant=merchant):
        entry.refresh_from_db()
    assert entry.is_active is False
