"""A shopper stands in the store and shows six digits: their thread and cart open; guessing does not help."""

from typing import Any

import pytest

from apps.conversations.models import Conversation, ThreadEvent
from apps.customers.actions import issue_store_code
from apps.customers.actions.store_code import MAX_WRONG
from apps.routing.actions import hand_over
from apps.routing.presence import switch

from .. import factories
from .conftest import ain_shop

pytestmark = pytest.mark.django_db(transaction=True)


async def code_of(shop: Any, thread: Conversation) -> str:
    return str(await ain_shop(shop, lambda: issue_store_code(thread.identity)))


async def test_the_code_opens_the_thread_and_is_used_up(shop, thread, desk):
    code = await code_of(shop, thread)
    await desk.sends(type="store.code", code=f"{code[:3]} {code[3:]}")
    opened = await desk.hears("opened")
    assert [row["id"] for row in opened["rows"]] == [thread.public_id]
    events = await ain_shop(
        shop, lambda: list(ThreadEvent.objects.filter(kind="in_store").values_list("actor", flat=True))
    )
    assert len(events) == 1
    await desk.sends(type="store.code", code=code)
    assert (await desk.hears("error"))["code"] == "wrong_code"


@pytest.mark.parametrize("code", [None, "", 123456, "x" * 21, "\u0661\u0662", ["1"]])
async def test_what_is_no_code_is_refused_like_a_wrong_one(shop, thread, desk, code):
    await desk.sends(type="store.code", code=code)
    assert (await desk.hears("error"))["code"] == "wrong_code"


async def test_guessing_is_stopped_and_the_right_one_then_too(shop, thread, desk):
    code = await code_of(shop, thread)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(MAX_WRONG):
        await desk.sends(type="store.code", code=wrong)
        assert (await desk.hears("error"))["code"] == "wrong_code"
    await desk.sends(type="store.code", code=code)
    assert (await desk.hears("error"))["code"] == "locked"


async def test_all_channels_of_a_person_come_together(shop, thread, desk):
    def on_sms() -> str:
        identity = factories.identity(factories.channel_account(shop, "sms"), customer=thread.identity.customer)
        made = Conversation.objects.create(
            merchant=shop, identity=identity, channel_account=identity.channel_account, thread_key="x", last_seq=1
        )
        return str(made.public_id)

    other = await ain_shop(shop, on_sms)
    await desk.sends(type="store.code", code=await code_of(shop, thread))
    opened = await desk.hears("opened")
    assert [row["id"] for row in opened["rows"]] == [thread.public_id, other]
    assert len({row["customer"] for row in opened["rows"]}) == 1


async def test_who_asks_for_a_colleague_says_so_in_the_queue(shop, thread, desk, jonas):
    def ask() -> None:
        switch(jonas, shop.pk, state="available")
        hand_over(thread, reason="by_name", context={}, wanted=jonas.pk)

    await ain_shop(shop, ask)
    told = await desk.hears("thread")
    assert (told["row"]["asked_by_name"], told["row"]["reason"]) == (jonas.pk, "Came by the link of a colleague")
