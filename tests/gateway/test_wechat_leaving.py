"""Somebody takes back what they let the account know: nothing more is sent, and a person sees to their data."""

from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

from apps.console.desk import history
from apps.console.reasons import why
from apps.conversations.models import Conversation, InboundEvent
from apps.customers.actions import may_receive
from apps.customers.models import Identity
from apps.gateway.loop import drain
from apps.routing.actions import hand_over, take_over
from apps.routing.models import Assignment, Offer
from apps.routing.presence import switch
from tests.factories import channel_account, staff
from tests.messaging.channels.wechat.example import ACCOUNT, SHOPPER
from tests.messaging.channels.wechat.sign import signed

from .harness import Platform

pytestmark = pytest.mark.django_db
PAYLOADS = Path(__file__).parents[1] / "messaging" / "channels" / "wechat"


def tells(platform: Platform, name: str) -> None:
    call = signed((PAYLOADS / f"{name}.xml").read_bytes().rstrip(), platform.account.config)
    query = "&".join(f"{key}={value}" for key, value in call.query.items())
    assert platform.call(call.body, headers=dict(call.headers), query=query)[0] == 200
    drain(answer=lambda received: None, jobs={})


@pytest.mark.parametrize("name", ["user_authorization_revoke", "user_authorization_cancellation"])
def test_whoever_takes_their_data_back_is_left_alone_and_a_person_sees_to_it(merchant: Any, name: str) -> None:
    platform = Platform(channel_account(merchant, "wechat", **ACCOUNT, api_base="http://127.0.0.1:9"))
    tells(platform, "text")
    with scope(merchant=merchant):
        person = Identity.objects.get(external_id=SHOPPER)
        assert may_receive(person, "service")
    tells(platform, name)
    with scope(merchant=merchant):
        assert not may_receive(person, "service")
        assert [row.reason for row in Assignment.objects.all()] == ["delete_data"]
        assert Identity.objects.count() == 1  # WeChat's own account, which tells it, is nobody


def test_a_no_to_notifications_takes_back_a_yes_to_what_comes_unasked(merchant: Any) -> None:
    platform = Platform(channel_account(merchant, "wechat", **ACCOUNT, api_base="http://127.0.0.1:9"))
    for name in ("text", "notices_allowed", "notices_refused"):
        tells(platform, name)
    with scope(merchant=merchant):
        person = Identity.objects.get(external_id=SHOPPER)
        assert (may_receive(person, "service"), may_receive(person, "marketing")) == (True, False)
        latest = person.consents.order_by("-pk").first()
        assert (latest.purpose, latest.granted) == ("marketing", False)


@pytest.mark.parametrize("name", ["mass_sent", "verified", "user_info_modified", "menu_camera", "menu_place"])
def test_what_is_the_accounts_own_is_no_trouble(merchant: Any, name: str) -> None:
    platform = Platform(channel_account(merchant, "wechat", **ACCOUNT, api_base="http://127.0.0.1:9"))
    tells(platform, name)
    row = InboundEvent.objects.get()
    assert (row.dead_at, row.processed_at is None) == (None, False)


@pytest.mark.parametrize("has_it", [True, False])
def test_it_is_told_too_while_a_person_has_the_thread_or_is_waited_for(merchant: Any, has_it: bool) -> None:
    platform = Platform(channel_account(merchant, "wechat", **ACCOUNT, api_base="http://127.0.0.1:9"))
    tells(platform, "text")
    with scope(merchant=merchant):
        thread = Conversation.objects.get()
        hand_over(thread, reason="asked", context={})
        if has_it:
            take_over(thread, staff(merchant))
    tells(platform, "user_authorization_revoke")
    with scope(merchant=merchant):
        told = [event for event in history(thread.public_id)["events"] if event["kind"] == "waiting"]
        assert [event["data"]["reason"] for event in told] == ["asked", "delete_data"]
        assert told[1]["data"]["note"] == why("delete_data")
        assert [row.reason for row in Assignment.objects.all()] == ["asked"]


@pytest.mark.parametrize(("calls", "ended"), [(1, "taken"), (2, "returned")])
def test_a_colleague_at_the_desk_of_the_platform_ends_the_asking_here(merchant: Any, calls: int, ended: str) -> None:
    platform = Platform(channel_account(merchant, "wechat", **ACCOUNT, api_base="http://127.0.0.1:9"))
    tells(platform, "text")
    with scope(merchant=merchant):
        switch(staff(merchant), merchant.pk, state="available")
        hand_over(Conversation.objects.get(), reason="asked", context={})
        assert Offer.objects.get().outcome == "open"
    for name in ("colleague_joined", "handed_back")[:calls]:
        tells(platform, name)
    with scope(merchant=merchant):
        assert (Assignment.objects.get().outcome, Offer.objects.get().outcome) == (ended, "withdrawn")
