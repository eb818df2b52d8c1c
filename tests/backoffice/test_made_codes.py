"""WeChat opens by no link: the code it makes for a word is asked for once, kept, and shown wherever a link is spread."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.backoffice.sharing import code_address
from apps.conversations.entries import carried
from apps.conversations.models import EntryPoint, Source
from apps.merchants.models import Merchant
from apps.messaging.models import MadeCode
from tests import factories
from tests.messaging.loopback import Platform, platform

pytestmark = pytest.mark.django_db
MADE = "http://weixin.qq.com/q/02kZgfKWeqRh"
TAKEN = (200, {"ticket": "gQH47joAAAAA", "url": MADE}, {})


def entry_at(there: Platform, merchant: Merchant) -> tuple[EntryPoint, str, str]:
    """A link of a shop on WeChat; its page at the desk, and where the code is asked for."""
    account = factories.channel_account(merchant, "wechat", api_base=there.base)
    with scope(merchant=merchant):
        entry = EntryPoint.objects.create(merchant=merchant, title="Poster", target={})
    share = reverse("admin:conversations_entrypoint_share", args=[entry.pk])
    return entry, share, reverse("admin:conversations_entrypoint_make", args=[entry.pk, account.pk])


def scenes(there: Platform) -> list[str]:
    return [json.loads(call["body"])["action_info"]["scene"]["scene_str"] for call in there.calls]


def test_a_code_is_asked_for_once_and_is_on_the_page_and_on_the_poster(desk: Client, merchant: Merchant) -> None:
    with platform(TAKEN) as there:
        entry, share, make = entry_at(there, merchant)
        assert make in desk.get(share).content.decode()
        assert there.calls == []
        for _ in range(2):
            page = desk.post(make, follow=True).content.decode()
        assert scenes(there) == [entry.token, carried(entry.token, Source.POSTER)]
        assert (make in page, "poster-A4.pdf?on=wechat" in page) == (False, True)
        poster = reverse("admin:conversations_entrypoint_poster", args=[entry.pk, "A4"])
        assert desk.get(poster, {"on": "wechat"})["Content-Type"] == "application/pdf"
        with scope(merchant=merchant):
            assert code_address(entry, on="wechat") == MADE
            assert MadeCode.objects.count() == 2
        assert len(there.calls) == 2


def test_the_shoppers_page_shows_it_to_be_scanned_and_never_to_be_pressed(
    desk: Client, client: Client, merchant: Merchant
) -> None:
    with platform(TAKEN) as there:
        entry, _share, make = entry_at(there, merchant)
        before = client.get(f"/go/{entry.token}").content.decode()
        desk.post(make)
        after = client.get(f"/go/{entry.token}?from=poster").content.decode()
    assert ("WeChat" in before, after.count("door-qr"), MADE in re.findall(r'href="([^"]+)"', after)) == (
        False,
        1,
        False,
    )
    assert client.get(f"/go/{entry.token}?on=wechat").status_code == 200


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (48001, "only a verified service account may make codes"),
        (45009, "used up"),
        (40053, "A new link with a fresh code may help"),
        (-1, "Try again in a few minutes"),
    ],
)
def test_what_went_wrong_says_what_to_do(desk: Client, merchant: Merchant, code: int, advice: str) -> None:
    with platform((200, {"errcode": code, "errmsg": "no"}, {})) as there:
        _entry, _share, make = entry_at(there, merchant)
        page = desk.post(make, follow=True).content.decode()
    assert (advice in page, make in page) == (True, True)
    with scope(merchant=merchant):
        assert MadeCode.objects.count() == 0


def test_looking_asks_for_nothing_and_no_other_shop_may(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    with platform(TAKEN) as there:
        _entry, _share, make = entry_at(there, other_merchant)
        assert [desk.get(make).status_code, desk.post(make).status_code] == [404, 404]
    assert there.calls == []
