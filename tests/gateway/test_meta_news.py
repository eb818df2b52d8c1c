"""What Meta tells beside what shoppers say: of words changed, of the phone app, of money, of consent, and of the account."""

import datetime as dt
import json
from typing import Any

import pytest

from apps.conversations.actions import receive
from apps.conversations.health import Trouble, check_account, health_of
from apps.conversations.models import Attachment, Conversation, InboundEvent, Message, ThreadEvent
from apps.customers.models import ConsentEntry, Customer
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import WebhookRequest, channel_for
from apps.messaging.events import EventKind
from apps.messaging.findings import Level, in_words
from tests.factories import channel_account

from .harness import Platform
from .recorded import CHANNELS, arrives, only_thread

pytestmark = pytest.mark.usefixtures("in_scope")
BANNED = dt.datetime(2026, 9, 21, 14, 29, 10, tzinfo=dt.UTC)


@pytest.fixture
def business(merchant: Merchant) -> ChannelAccount:
    return channel_account(merchant, "whatsapp", business_account_id="waba-7")


@pytest.fixture
def page(merchant: Merchant) -> Platform:
    return Platform(channel_account(merchant, "messenger"))


def messages() -> list[tuple[str, str, str]]:
    rows = Message.objects.order_by("seq")
    return [(row.author, str(row.content.get("kind")), row.text) for row in rows]


def given_up() -> list[str]:
    return list(InboundEvent.objects.exclude(error="").values_list("error", flat=True))


def test_words_and_captions_are_changed_and_what_is_not_understood_changes_nothing(platform: Platform) -> None:
    arrives(platform, "text")
    arrives(platform, "edited")
    assert messages() == [("shopper", "text", "¿Tenéis camisas verdes?")]
    arrives(platform, "caption_edited")
    assert messages() == [("shopper", "text", "this one, in green")]
    arrives(platform, "edited_into_something_new")
    assert messages() == [("shopper", "text", "this one, in green")]
    arrives(platform, "caption_taken_away")
    assert messages() == [("shopper", "text", "")]
    arrives(platform, "taken_back")
    assert (messages(), given_up()) == ([("shopper", "deleted", "")], [])


def test_who_changes_something_in_the_phone_app_says_nothing_new(platform: Platform) -> None:
    arrives(platform, "text")
    arrives(platform, "phone_app_reaction")
    assert (only_thread().owner, len(messages())) == (Conversation.Owner.BOT, 1)
    assert list(ThreadEvent.objects.filter(kind="reaction").values_list("data", flat=True)) == [{"emoji": "👍"}]
    arrives(platform, "typed_in_phone_app")
    arrives(platform, "phone_app_edit")
    assert messages()[1:] == [("agent", "text", "I look for you at once")]
    arrives(platform, "phone_app_taken_back")
    assert messages()[1:] == [("agent", "deleted", "")]


def test_what_is_shown_in_the_phone_app_is_kept(platform: Platform) -> None:
    arrives(platform, "text")
    for name in ("phone_app_picture", "phone_app_contact", "phone_app_place", "phone_app_menu"):
        arrives(platform, name)
    assert only_thread().owner == Conversation.Owner.AGENT
    assert messages()[1:] == [
        ("agent", "image", "The blue one"),
        ("agent", "contact", ""),
        ("agent", "location", ""),
        ("agent", "text", "Shall I send it?"),
    ]
    assert list(Attachment.objects.values_list("message__seq", "external_id", "mime")) == [
        (2, "800000010", "image/jpeg")
    ]
    place = Message.objects.get(content__kind="location")
    assert place.content["data"] == {"latitude": 36.7, "longitude": -4.4, "name": "The shop"}


def test_pictures_of_the_pages_inbox_are_kept(page: Platform) -> None:
    arrives(page, "text")
    arrives(page, "picture_from_the_inbox")
    assert [row[:2] for row in messages()[1:]] == [("agent", "image"), ("agent", "unsupported")]
    assert [row.source_url for row in Attachment.objects.all()] == ["https://scontent.fbcdn.net/e1.jpg"]


def test_a_payment_that_fails_is_no_message_that_did_not_arrive(account: ChannelAccount, platform: Platform) -> None:
    arrives(platform, "text")
    thread = only_thread()
    message = Message.objects.create(
        merchant=account.merchant,
        conversation=thread,
        seq=2,
        author=Message.Author.BOT,
        content={},
        state=Message.State.SENT,
        external_id="wamid.out3",
        occurred_at=clock.now(),
    )
    arrives(platform, "paid_in_whatsapp")
    message.refresh_from_db()
    assert message.state == Message.State.SENT
    arrives(platform, "status_of_a_group")
    assert given_up() == ["payment not understood"]


@pytest.mark.parametrize("name", ["standby", "history", "phone_contacts"])
def test_what_is_not_ours_is_neither_answered_nor_kept(platform: Platform, name: str) -> None:
    assert arrives(platform, name) == []
    (event,) = InboundEvent.objects.all()
    assert (event.error, event.processed_at is not None, Customer.objects.count()) == ("", True, 0)
    kept = json.dumps(event.payload)
    assert [word for word in ("canary", "Canary", "for the other one", "34600") if word in kept] == []


def test_a_plugins_word_leads_where_a_links_does(page: Platform) -> None:
    turns = arrives(page, "came_by_plugin")
    assert [(event.kind, event.data["ref"]) for turn in turns for event in turn.events] == [
        (EventKind.REFERRAL, "blue-shirt_2026")
    ]
    assert list(ConsentEntry.objects.values_list("purpose", "granted")) == [("service", True)]


@pytest.mark.parametrize("name", ["ticked_box", "not_for_us", "edited_into_nothing"])
def test_what_is_known_and_not_wanted_is_no_error(page: Platform, name: str) -> None:
    arrives(page, name)
    assert (given_up(), Customer.objects.count()) == ([], 0)


def codes(account: ChannelAccount) -> list[str]:
    return [finding.code for finding in health_of(account).findings if not finding.code.endswith("missing")]


def test_a_ban_is_account_trouble_until_it_is_lifted(business: ChannelAccount) -> None:
    platform = Platform(business)
    arrives(platform, "account_banned")
    health = health_of(business)
    assert health.troubles == [Trouble.BROKEN]
    assert [in_words(finding) for finding in health.findings] == ["The platform has stopped this account: DISABLE"]
    arrives(platform, "account_reinstated")
    assert (codes(business), health_of(business).troubles) == ([], [])
    arrives(platform, "account_warned")
    assert codes(business) == ["not_active"]  # a restriction after a warning: the last word on the account


def test_a_check_that_cannot_see_a_ban_leaves_it_for_a_week(business: ChannelAccount) -> None:
    arrives(Platform(business), "account_banned")
    business.config = {}  # nothing to ask with
    with clock.at(BANNED + dt.timedelta(days=6)):
        check_account(business)
        assert codes(business) == ["not_active"]
    with clock.at(BANNED + dt.timedelta(days=8)):
        check_account(business)
        assert codes(business) == []


class Overtaken(dict[str, Any]):
    """Settings; while they are read for a check, the platform stops the account."""

    def get(self, key: str, default: Any = None) -> Any:
        if codes(business := ChannelAccount.objects.get()) != ["not_active"]:
            arrives(Platform(business), "account_banned")
        return default


def test_what_is_told_during_a_check_stays(business: ChannelAccount) -> None:
    with clock.at(BANNED + dt.timedelta(minutes=1)):
        business.config = Overtaken()
        assert [finding.code for finding in check_account(business)][-1] == "not_active"
        assert codes(business) == ["not_active"]


def test_a_page_that_is_blocked_is_account_trouble(page: Platform) -> None:
    arrives(page, "page_blocked")
    health = health_of(page.account)
    assert (health.troubles, given_up()) == ([Trouble.BROKEN], [])
    assert [in_words(each) for each in health.findings] == [
        "The platform has stopped this account: The bot sends spam."
    ]
    arrives(page, "page_warned_and_free")
    assert health_of(page.account).findings == []


@pytest.mark.parametrize(("name", "code"), [("number_rated", "poor_quality"), ("wording_rated", "poor_wording")])
def test_a_rating_is_worth_knowing_and_can_be_taken_back(business: ChannelAccount, name: str, code: str) -> None:
    body = (CHANNELS / "whatsapp" / f"{name}.json").read_bytes()
    events = channel_for("whatsapp").parse(WebhookRequest("POST", "", {}, {}, body), business.config)
    receive(business, events[:1])
    health = health_of(business)
    assert [(finding.code, finding.level) for finding in health.findings] == [(code, Level.WARNING)]
    assert health.troubles == []
    receive(business, events[1:])
    assert health_of(business).findings == []
