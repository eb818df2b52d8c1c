"""Approved wordings follow their platform: fetched, handed in, told by webhook, and never sent where they do not fit."""

import datetime as dt
import json
from typing import Any

import pytest
from django_scopes import scope

from apps.conversations.actions import receive
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.approvals import (
    NotSubmittable,
    fetch_all_templates,
    fetch_templates,
    problems_of,
    submit_template,
    take_template_news,
)
from apps.messaging.channel import SendFailed, WebhookRequest, channel_for
from apps.messaging.content import OrderUpdate
from apps.messaging.models import Template
from apps.messaging.templates import NoTemplate, render_outside_window
from tests import factories

from .loopback import platform

BODY = "Your order {{1}} is on its way with {{2}}. Number {{3}} tells you where it is."
SHIPPED = OrderUpdate(text="…", template="order_shipped", variables=("K7QM-2XPD", "DHL", "0034"))


@pytest.fixture
def account(merchant: Merchant) -> ChannelAccount:
    return factories.channel_account(merchant, "whatsapp", name="main", business_account_id="102290129340398")


def template(account: ChannelAccount, **fields: Any) -> Template:
    values = {"purpose": "order_shipped", "language": "en", "name": "order_shipped", "body": BODY, "state": "draft"}
    return Template.objects.create(merchant=account.merchant, channel_account=account, **{**values, **fields})


def there(**fields: Any) -> dict[str, Any]:
    """A wording as Meta lists it."""
    body = fields.pop("body", BODY)
    more = fields.pop("more", [])
    return {
        "id": "594425479261596",
        "name": "order_shipped",
        "language": "en",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": body}, *more],
        "rejected_reason": "NONE",
        **fields,
    }


def fetched(account: ChannelAccount, *listed: dict[str, Any]) -> Any:
    with platform((200, {"data": list(listed), "paging": {}}, {})) as meta:
        account.config["api_base"] = meta.base
        found = fetch_templates(account)
    assert meta.calls[0]["path"].startswith("/102290129340398/message_templates?")
    assert meta.calls[0]["headers"]["authorization"] == f"Bearer {account.config['access_token']}"
    return found


def test_the_platforms_word_counts(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        row = template(account, state="submitted", body="Old words for {{1}}.")
        found = fetched(account, there())
        row.refresh_from_db()
    assert (found.changed, found.new, found.strangers) == (1, 0, ())
    assert (row.state, row.body, row.external_id, row.is_usable) == ("approved", BODY, "594425479261596", True)
    assert row.told_at is not None


def test_what_is_there_and_named_like_a_purpose_is_taken_over(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        found = fetched(
            account,
            there(language="en_US"),
            there(id="2", language="zh_CN", status="PENDING"),
            there(id="3", name="summer_sale"),
            there(id="4", language="en_GB"),
        )
        rows = {row.language: row for row in Template.objects.all()}
    assert (found.new, found.strangers) == (2, ("summer_sale",))
    assert sorted(rows) == ["en", "zh-hans"]
    assert (rows["en"].ref.language, rows["zh-hans"].language_there) == ("en_US", "zh_CN")
    assert rows["zh-hans"].state == "submitted"


def test_fetching_twice_changes_nothing(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        fetched(account, there(language="en_US"))
        again = fetched(account, there(language="en_US"))
    assert (again.changed, again.new) == (0, 0)


def test_what_is_gone_there_is_no_longer_sent(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        row, draft = template(account, state="approved"), template(account, language="de")
        fetched(account)
        row.refresh_from_db()
        draft.refresh_from_db()
    assert (row.state, draft.state) == ("disabled", "draft")


def test_what_was_told_while_the_list_was_on_its_way_is_newer(account: ChannelAccount) -> None:
    later = clock.now() + dt.timedelta(seconds=1)
    with scope(merchant=account.merchant):
        handed_in = template(account, state="submitted", external_id="2", language="de", told_at=later)
        approved = template(account, state="approved", external_id="594425479261596", told_at=later)
        with clock.at(later - dt.timedelta(seconds=1)):
            found = fetched(account, there(status="PENDING"))
        handed_in.refresh_from_db()
        approved.refresh_from_db()
    assert (found.changed, handed_in.state, approved.state) == (0, "submitted", "approved")


def test_what_was_just_handed_in_may_be_missing_for_a_while(account: ChannelAccount) -> None:
    now = clock.now()
    with scope(merchant=account.merchant):
        row = template(account, state="submitted", external_id="2", told_at=now)
        states = []
        for minutes in (9, 11):
            with clock.at(now + dt.timedelta(minutes=minutes)):
                fetched(account)
            row.refresh_from_db()
            states.append(row.state)
    assert states == ["submitted", "disabled"]


def test_a_rejection_keeps_its_reason(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        row = template(account, state="submitted")
        fetched(account, there(status="REJECTED", rejected_reason="INVALID_FORMAT"))
        row.refresh_from_db()
    assert (row.state, row.reason) == ("rejected", "invalid format")


def test_a_list_that_fails_changes_nothing(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        row = template(account, state="approved")
        with platform((401, {"error": {"code": 190, "message": "Invalid OAuth access token."}}, {})) as meta:
            account.config["api_base"] = meta.base
            account.save()
            with pytest.raises(SendFailed, match="Invalid OAuth"):
                fetch_templates(account)
            assert fetch_all_templates() == 0
        row.refresh_from_db()
    assert row.state == "approved"


def test_a_picture_above_the_words_makes_it_unfit(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        row = template(account, state="submitted")
        fetched(account, there(more=[{"type": "HEADER", "format": "IMAGE"}]))
        row.refresh_from_db()
        assert row.has_more is True
        assert problems_of(row) == [
            "At the platform it has more than words: a picture, a code or a link that we cannot fill in."
        ]
        with pytest.raises(NoTemplate):
            render_outside_window(account, SHIPPED, language="en")


def test_a_draft_is_handed_in_with_samples(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        row = template(account, language="zh-hans")
        with platform((200, {"id": "77", "status": "PENDING", "category": "UTILITY"}, {})) as meta:
            account.config["api_base"] = meta.base
            account.save()
            row.channel_account = account
            submit_template(row)
        row.refresh_from_db()
    assert (row.state, row.external_id) == ("submitted", "77")
    assert json.loads(meta.calls[0]["body"]) == {
        "name": "order_shipped",
        "language": "zh_CN",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": BODY,
                "example": {"body_text": [["K7QM-2XPD", "DHL", "00340434161094042557"]]},
            }
        ],
    }


@pytest.mark.parametrize("state", ["submitted", "approved", "paused"])
def test_nothing_is_handed_in_twice(account: ChannelAccount, state: str) -> None:
    with scope(merchant=account.merchant):
        row = template(account, state=state)
        with platform((200, {"id": "77"}, {})) as meta:
            account.config["api_base"] = meta.base
            row.channel_account = account
            with pytest.raises(NotSubmittable):
                submit_template(row)
    assert meta.calls == []


def test_a_draft_whose_places_do_not_fit_is_not_handed_in(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant), platform((200, {"id": "77"}, {})) as meta:
        account.config["api_base"] = meta.base
        row = template(account, body="Order {{1}} is on its way.")
        row.channel_account = account
        with pytest.raises(NotSubmittable) as refused:
            submit_template(row)
    assert refused.value.sentences == ["There are 3 values for this purpose, but the wording has places for 1."]
    assert meta.calls == []


@pytest.mark.parametrize(
    "body", ["Order {{1}} is on its way.", "Order {{1}} by {{2}}, {{4}}.", "Order {{1}}, {{2}}, {{3}}, {{4}}."]
)
def test_an_approved_wording_that_does_not_fit_is_never_sent(account: ChannelAccount, body: str) -> None:
    with scope(merchant=account.merchant):
        row = template(account, state="approved", body=body)
        with pytest.raises(NoTemplate):
            render_outside_window(account, SHIPPED, language="en")
        assert (row.is_usable, bool(problems_of(row))) == (False, True)


def test_one_that_fits_stands_in_for_one_that_does_not(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant):
        template(account, state="approved", language="de", body="Order {{1}} is on its way.")
        template(account, state="approved", language="en")
        (wire,) = render_outside_window(account, SHIPPED, language="de")
    assert wire.body["template"]["language"] == {"code": "en"}


def told(account: ChannelAccount, **value: Any) -> None:
    """Meta's webhook about a wording, through the adapter and the inbox's receiver."""
    known = {
        "event": "APPROVED",
        "message_template_id": 594425479261596,
        "message_template_name": "order_shipped",
        "message_template_language": "en",
        "reason": "NONE",
    }
    change = {"field": "message_template_status_update", "value": {**known, **value}}
    entry = {"id": "102290129340398", "time": 1790000000, "changes": [change]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    request = WebhookRequest("POST", "https://shop.example/", {}, {}, body)
    receive(account, channel_for("whatsapp").parse(request, account.config))


@pytest.mark.parametrize(
    ("event", "reason", "state", "kept"),
    [
        ("APPROVED", "NONE", "approved", ""),
        ("REJECTED", "ABUSIVE_CONTENT", "rejected", "abusive content"),
        ("PAUSED", None, "paused", ""),
        ("DISABLED", None, "disabled", ""),
        ("PENDING_DELETION", None, "disabled", ""),
    ],
)
def test_the_platforms_news_is_the_state(
    account: ChannelAccount, event: str, reason: str | None, state: str, kept: str
) -> None:
    with scope(merchant=account.merchant):
        row = template(account, state="submitted")
        told(account, event=event, reason=reason)
        row.refresh_from_db()
    assert (row.state, row.reason, row.body) == (state, kept, BODY)


@pytest.mark.parametrize(
    "value",
    [
        {"event": "SOMETHING_NEW"},
        {"message_template_name": "anothers"},
        {"message_template_language": "fr"},
        {"event": None},
    ],
)
def test_news_of_what_we_do_not_know_changes_nothing(account: ChannelAccount, value: dict[str, Any]) -> None:
    with scope(merchant=account.merchant):
        row = template(account, state="submitted")
        told(account, **value)
        row.refresh_from_db()
    assert row.state == "submitted"


def test_another_businesss_news_is_not_ours(account: ChannelAccount) -> None:
    account.config["business_account_id"] = "999"
    with scope(merchant=account.merchant):
        row = template(account, state="submitted")
        told(account)
        row.refresh_from_db()
    assert row.state == "submitted"


def test_a_strangers_news_reaches_no_other_shop(account: ChannelAccount, other_merchant: Merchant) -> None:
    theirs = factories.channel_account(other_merchant, "whatsapp", name="theirs")
    with scope(merchant=account.merchant):
        row = template(account, state="submitted")
    with scope(merchant=other_merchant):
        news = {"name": "order_shipped", "language": "en", "state": "rejected"}
        assert take_template_news(theirs, news) is False
    with scope(merchant=account.merchant):
        row.refresh_from_db()
    assert row.state == "submitted"


def test_where_the_platform_has_a_form_of_its_own_the_shops_word_counts(merchant: Merchant) -> None:
    """WeChat's wordings have fields with names of theirs, as many as the purpose gives."""
    wechat = factories.channel_account(merchant, "wechat", name="shop")
    words = "{{character_string1.DATA}} {{thing2.DATA}} {{character_string3.DATA}}"
    with scope(merchant=merchant):
        row = template(wechat, name="ngqIpbwh8bUfcSsECmogfX", body=words, language="zh-hans")
        assert problems_of(row) == []
        submit_template(row)
        row.refresh_from_db()
        assert (row.state, row.is_usable, fetch_all_templates()) == ("approved", True, 0)
        assert len(render_outside_window(wechat, SHIPPED, language="zh-hans")) == 1
        short = template(wechat, purpose="order_delivered", body=words, language="en")
        assert (short.takes(1), bool(problems_of(short))) == (False, True)
