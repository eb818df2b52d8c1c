"""How a channel account does, read from what is there; what is wrong with it, and what is not."""

import datetime as dt
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.conversations.actions.receive import open_conversation
from apps.conversations.health import Trouble, check_account, check_accounts, health_of, healths
from apps.conversations.models import AccountHealth, AccountTrouble, Conversation, InboundEvent, Message
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.findings import Level
from tests import factories
from tests.messaging.loopback import platform

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
EARLIER = NOW - dt.timedelta(days=3)


@pytest.fixture
def account(merchant: Merchant) -> ChannelAccount:
    made = factories.channel_account(merchant, "whatsapp", name="main", business_account_id="1")
    return aged(made)


def aged(account: ChannelAccount) -> ChannelAccount:
    """Connected three days ago."""
    with scope(merchant=account.merchant):
        ChannelAccount.objects.filter(pk=account.pk).update(created_at=EARLIER)
        account.refresh_from_db()
    return account


def thread(account: ChannelAccount, name: str = "4917600000001") -> Conversation:
    identity = factories.identity(account, name)
    return open_conversation(account, identity, thread_key=name)


def said(
    conversation: Conversation, state: str, *, ago: dt.timedelta = dt.timedelta(hours=2), **fields: Any
) -> Message:
    conversation.last_seq += 1
    conversation.last_message_at = NOW - ago
    conversation.save()
    message = Message.objects.create(
        merchant=conversation.merchant,
        conversation=conversation,
        seq=conversation.last_seq,
        content={},
        state=state,
        occurred_at=NOW - ago,
        **{"author": "bot", **fields},
    )
    Message.objects.filter(pk=message.pk).update(created_at=NOW - ago)
    return message


def heard(account: ChannelAccount, kind: str = "message") -> None:
    InboundEvent.objects.create(channel_account_id=account.pk, event_key=kind, thread_key="1", payload={"kind": kind})


def test_a_new_account_is_not_verified_and_not_yet_in_trouble(merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "whatsapp", name="new")
    with scope(merchant=merchant):
        health = health_of(account)
    assert (health.is_verified, health.troubles, health.level) == (False, [], Level.WARNING)


def test_an_old_one_of_which_nothing_came_is(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant), clock.at(NOW):
        heard(account, "internal")  # our own note is no call of theirs
        health = health_of(account)
    assert (health.is_verified, health.troubles) == (False, [Trouble.UNVERIFIED])


@pytest.mark.parametrize("by", ["handshake", "message", "status", "ignored"])
def test_a_handshake_or_any_genuine_call_verifies(account: ChannelAccount, by: str) -> None:
    with scope(merchant=account.merchant), clock.at(NOW):
        if by == "handshake":
            AccountHealth.objects.create(merchant=account.merchant, channel_account=account, handshake_at=NOW)
        else:
            heard(account, by)
        health = health_of(account)
    assert (health.is_verified, health.troubles, health.level) == (True, [], Level.OK)


def test_a_web_chat_waits_for_no_platform(merchant: Merchant) -> None:
    account = aged(factories.channel_account(merchant, "webchat", name="web"))
    with scope(merchant=merchant), clock.at(NOW):
        health = health_of(account)
    assert (health.is_verified, health.troubles, health.level) == (True, [], Level.OK)


def test_the_last_day_is_counted_and_what_is_the_shoppers_is_not(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant), clock.at(NOW):
        heard(account)
        talk = thread(account)
        for state in ("delivered", "read", "sent"):
            said(talk, state)
        said(talk, "failed", error_class="bad_request")
        said(talk, "failed", error_class="opted_out")
        said(talk, "dead", error_class="window_closed")
        said(talk, "queued")
        said(talk, "received", author="shopper")
        said(talk, "failed", error_class="bad_request", ago=dt.timedelta(hours=25))
        talk.last_message_at = NOW
        talk.save()
        health = health_of(account)
    assert (health.sent, health.failed, health.share_failed) == (4, 1, 0.25)
    assert health.troubles == []


@pytest.mark.parametrize(("good", "bad", "is_failing"), [(20, 5, False), (19, 5, True), (0, 4, False), (0, 5, True)])
def test_many_failures_are_a_trouble(account: ChannelAccount, good: int, bad: int, is_failing: bool) -> None:
    with scope(merchant=account.merchant), clock.at(NOW):
        heard(account)
        talk = thread(account)
        for _ in range(good):
            said(talk, "delivered")
        for _ in range(bad):
            said(talk, "failed", error_class="bad_request")
        health = health_of(account)
    assert (Trouble.FAILING in health.troubles) is is_failing


def test_nothing_coming_back_is_a_trouble(account: ChannelAccount) -> None:
    """Five were accepted two hours ago; Meta tells of delivery, and has told of none."""
    with scope(merchant=account.merchant), clock.at(NOW):
        heard(account)
        talk = thread(account)
        for _ in range(5):
            said(talk, "accepted")
        silent = health_of(account)
        said(talk, "delivered")
        spoken = health_of(account)
    assert (silent.troubles, silent.level, spoken.troubles) == ([Trouble.SILENT], Level.ERROR, [])


def test_what_was_sent_just_now_may_still_be_told_of(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant), clock.at(NOW):
        heard(account)
        talk = thread(account)
        for _ in range(9):
            said(talk, "accepted", ago=dt.timedelta(minutes=10))
        assert health_of(account).troubles == []


def test_a_platform_that_tells_of_no_delivery_is_not_silent(merchant: Merchant) -> None:
    account = aged(factories.channel_account(merchant, "telegram", name="bot"))
    with scope(merchant=merchant), clock.at(NOW):
        heard(account)
        talk = thread(account)
        for _ in range(9):
            said(talk, "accepted")
        assert health_of(account).troubles == []


def test_a_refused_key_and_a_missing_secret_are_errors(account: ChannelAccount) -> None:
    account.config.pop("app_secret")
    with scope(merchant=account.merchant), clock.at(NOW):
        heard(account)
        AccountTrouble.objects.create(merchant=account.merchant, channel_account=account, detail="expired", since=NOW)
        health = health_of(account)
    assert (health.troubles, health.refused_with) == ([Trouble.REFUSED, Trouble.INCOMPLETE], "expired")


def test_an_account_that_is_switched_off_is_left_in_peace(account: ChannelAccount) -> None:
    account.is_active = False
    with scope(merchant=account.merchant), clock.at(NOW):
        assert health_of(account).troubles == []


def test_forged_calls_are_old_news_after_a_day(account: ChannelAccount) -> None:
    with scope(merchant=account.merchant), clock.at(NOW):
        row = AccountHealth.objects.create(
            merchant=account.merchant, channel_account=account, forged_at=NOW - dt.timedelta(hours=23), forged_calls=7
        )
        lately = health_of(account).forged_calls
        AccountHealth.objects.filter(pk=row.pk).update(forged_at=NOW - dt.timedelta(hours=25))
        assert (lately, health_of(account).forged_calls) == (7, 0)


@pytest.mark.parametrize(("calls", "ago", "is_trouble"), [(49, 1, False), (50, 1, True), (50, 25, False)])
def test_forged_calls_in_a_burst_are_a_trouble_for_a_day(
    account: ChannelAccount, calls: int, ago: int, is_trouble: bool
) -> None:
    with clock.at(NOW), scope(merchant=account.merchant):
        at = NOW - dt.timedelta(hours=ago)
        AccountHealth.objects.create(
            merchant=account.merchant, channel_account=account, handshake_at=at, forged_at=at, forged_calls=calls
        )
        health = health_of(account)
    assert (health.troubles, health.level is Level.WARNING) == ([Trouble.FORGED] if is_trouble else [], is_trouble)


def test_many_accounts_cost_as_many_queries_as_one(merchant: Merchant) -> None:
    accounts = [factories.channel_account(merchant, "telegram", name=f"bot{number}") for number in range(12)]
    with scope(merchant=merchant):
        with CaptureQueriesContext(
            connection,
        ) as one:
            healths(accounts[:1])
        with CaptureQueriesContext(connection) as many:
            healths(accounts)
    assert len(one) == len(many) == 5


def test_a_check_is_kept_and_a_broken_one_is_a_trouble(account: ChannelAccount) -> None:
    refusal = {"error": {"code": 190, "message": "Invalid OAuth access token."}}
    with scope(merchant=account.merchant), clock.at(NOW), platform((401, refusal, {})) as meta:
        heard(account)
        account.config["api_base"] = meta.base
        account.save()
        assert check_accounts() == 1
        health = health_of(account)
        AccountHealth.objects.update(
            findings=[{"code": "x"}, "nonsense", *[each.to_json() for each in health.findings]]
        )
        again = health_of(account)
    assert [(each.code, each.facts) for each in health.findings] == [
        ("token_refused", {"said": "Invalid OAuth access token."})
    ]
    assert (health.troubles, health.checked_at) == ([Trouble.BROKEN], NOW)
    assert again.findings == health.findings


def test_a_kind_nobody_knows_breaks_nothing(merchant: Merchant) -> None:
    account = ChannelAccount(merchant=merchant, kind="pigeon", name="x")
    with scope(merchant=merchant):
        account.save()
        assert (check_account(account), health_of(account).troubles) == ([], [])


def test_the_start_names_what_is_missing(account: ChannelAccount, other_merchant: Merchant) -> None:
    with scope(merchant=account.merchant):
        account.config = {"phone_number_id": "1"}
        account.save()
    with scope(merchant=other_merchant):
        theirs = factories.channel_account(other_merchant, "telegram", name="theirs")
        AccountTrouble.objects.create(merchant=other_merchant, channel_account=theirs, detail="Unauthorized", since=NOW)
    found = [
        each for each in run_checks(tags=["database"], databases=["default"]) if (each.id or "").startswith("conv")
    ]
    assert [(each.id, each.msg) for each in found] == [
        ("conversations.W002", "Channel account whatsapp/main lacks app_secret, verify_token, access_token."),
        ("conversations.W003", "Channel account telegram/theirs: the platform refuses our access data: Unauthorized"),
    ]
    assert run_checks(tags=["database"]) == []
