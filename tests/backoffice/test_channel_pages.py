"""The page of a channel: what to do, how it does, asking the platform; never a secret, never another shop's."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.conversations.models import AccountHealth, AccountTrouble
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import all_channels
from apps.messaging.findings import SENTENCES
from tests import factories
from tests.messaging.channels.sms.example import VONAGE
from tests.messaging.loopback import platform

LANGUAGES = ("en", "de", "es", "zh-hans")
PAGE = "admin:merchants_channelaccount"
NOT_JSON = (200, b"<html>", {})


def shown(desk: Client, account: ChannelAccount, language: str = "en") -> str:
    page = desk.get(reverse(f"{PAGE}_change", args=[account.pk]), headers={"accept-language": language})
    assert page.status_code == 200
    text: str = page.content.decode()
    return text


def pressed(desk: Client, account: ChannelAccount, button: str, **headers: str) -> Any:
    return desk.post(reverse(f"{PAGE}_{button}", args=[account.pk]), headers=headers)


@pytest.mark.parametrize("kind", sorted(all_channels()))
def test_every_kind_says_what_to_do_and_where_it_is_called(desk: Client, kind: str) -> None:
    channel = all_channels()[kind]
    said = {}
    for language in LANGUAGES:
        page = desk.get(f"{reverse(f'{PAGE}_add')}?kind={kind}", headers={"accept-language": language})
        steps = [str(step) for step in page.context["steps"]]
        assert len(steps) >= 2
        said[language] = steps
        assert (f"/webhooks/{kind}/" in page.content.decode()) is channel.has_webhook
    assert len({tuple(steps) for steps in said.values()}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sms_is_connected_by_whoever_carries_it(desk: Client, language: str) -> None:
    told = {}
    for carrier, asked in (("", "auth_token"), ("twilio", "auth_token"), ("vonage", "signature_secret")):
        address = f"{reverse(f'{PAGE}_add')}?kind=sms&provider={carrier}"
        page = desk.get(address, headers={"accept-language": language})
        first = page.context["adminform"].fieldsets[0][1]["fields"]
        assert f"setting_{asked}" in first
        told[carrier] = (page.context["desk_address"], [str(step) for step in page.context["steps"]])
        assert page.context["adminform"].form["setting_provider"].value() == carrier
        assert '?kind=sms&amp;provider=vonage"' in page.content.decode()
    assert told[""] == told["twilio"]
    assert (told["vonage"][0], len(told["vonage"][1])) == ("https://dashboard.vonage.com/", 6)
    assert told["twilio"][0] == "https://console.twilio.com/"
    assert "Vonage" in told["vonage"][1][0]


def test_the_page_of_an_account_guides_by_its_own_carrier(desk: Client, merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "sms", name="main", **VONAGE)
    text = shown(desk, account)
    assert ("Vonage’s own desk" in text, "Twilio" in text.split("account-steps")[1].split("</details>")[0]) == (
        True,
        False,
    )


def test_a_kind_without_words_of_its_own_is_guided_too(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(all_channels()["telegram"]), "steps", ())
    page = desk.get(f"{reverse(f'{PAGE}_add')}?kind=telegram")
    assert [str(step) for step in page.context["steps"]][1] == (
        "Copy what it shows you into the fields below (Bot token, Secret token), and save."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_a_check_can_find_has_words(desk: Client, merchant: Merchant, language: str) -> None:
    account = factories.channel_account(merchant, "whatsapp", name="main")
    facts = {
        "setting": "app_secret",
        "said": "X-said",
        "here": "X-here",
        "there": "X-there",
        "names": "X-names",
        "name": "X-name",
    }
    found = [{"code": code, "level": "error", "facts": facts} for code in SENTENCES]
    with scope(merchant=merchant):
        AccountHealth.objects.create(merchant=merchant, channel_account=account, findings=found, checked_at=clock.now())
    page = shown(desk, account, language)
    assert [code for code in SENTENCES if f">{code}<" in page] == []
    assert "app_secret" not in page.split("account-said")[1].split("</section>")[0]
    assert all(said in page for said in ("X-said", "X-here", "X-there", "X-names", "X-name"))


def test_what_a_platform_says_is_text_and_no_page(desk: Client, merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "whatsapp", name="main")
    with scope(merchant=merchant):
        AccountTrouble.objects.create(
            merchant=merchant, channel_account=account, detail="<script>alert(1)</script>", since=clock.now()
        )
    page = shown(desk, account)
    assert ("<script>alert(1)</script>" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_a_press_asks_the_platform_and_keeps_what_it_says(desk: Client, merchant: Merchant) -> None:
    refusal = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    with platform((401, refusal, {})) as there:
        account = factories.channel_account(merchant, "telegram", name="bot", api_base=there.base)
        answer = pressed(desk, account, "check")
        assert answer.status_code == 302
        page = shown(desk, account)
    assert "The platform refuses our access data: Unauthorized" in page
    assert len(there.calls) == 1
    assert not [secret for secret in (account.config["bot_token"], account.config["secret_token"]) if secret in page]


def test_a_script_gets_the_strip_alone(desk: Client, merchant: Merchant) -> None:
    with platform(NOT_JSON) as there:
        account = factories.channel_account(merchant, "telegram", name="bot", api_base=there.base)
        answer = pressed(desk, account, "check", **{"x-requested-with": "fetch"})
    text = answer.content.decode()
    assert (answer.status_code, text.lstrip().startswith('<div id="account-health"'), "<html" in text) == (
        200,
        True,
        False,
    )


def test_our_address_is_entered_at_the_platform(desk: Client, merchant: Merchant, settings: Any) -> None:
    settings.PUBLIC_URL = "https://shop.example"
    done = (200, {"ok": True, "result": True}, {})
    info = (200, {"ok": True, "result": {"username": "bot", "url": "https://shop.example/webhooks/telegram/bot/"}}, {})
    with platform(done, info) as there:
        account = factories.channel_account(merchant, "telegram", name="bot", api_base=there.base)
        assert pressed(desk, account, "announce").status_code == 302
        page = shown(desk, account)
    call = there.calls[0]
    assert call["path"].endswith("/setWebhook")
    assert b'"url":"https://shop.example/webhooks/telegram/bot/"' in call["body"].replace(b": ", b":")
    assert account.config["secret_token"].encode() in call["body"]
    assert "The platform knows our address now." in page


def test_a_platform_that_takes_no_address_by_a_call_is_not_offered_it(desk: Client, merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "whatsapp", name="main")
    assert (pressed(desk, account, "announce").status_code, "/announce/" in shown(desk, account)) == (404, False)


@pytest.mark.parametrize("button", ["check", "announce"])
def test_a_visit_presses_nothing(desk: Client, merchant: Merchant, button: str) -> None:
    with platform(NOT_JSON) as there:
        account = factories.channel_account(merchant, "telegram", name="bot", api_base=there.base)
        assert desk.get(reverse(f"{PAGE}_{button}", args=[account.pk])).status_code == 404
    assert there.calls == []


@pytest.mark.parametrize("button", ["check", "announce"])
def test_a_stranger_asks_nothing_for_another_shop(other_merchant: Merchant, desk: Client, button: str) -> None:
    with platform(NOT_JSON) as there:
        theirs = factories.channel_account(other_merchant, "telegram", name="bot", api_base=there.base)
        assert pressed(desk, theirs, button).status_code == 404
        assert desk.get(reverse(f"{PAGE}_change", args=[theirs.pk])).status_code == 302  # to the list: no such row here
    assert there.calls == []


def test_an_associate_presses_nothing(merchant: Merchant) -> None:
    client = Client()
    client.force_login(factories.staff(merchant, "associate"), backend="django.contrib.auth.backends.ModelBackend")
    with platform(NOT_JSON) as there:
        account = factories.channel_account(merchant, "telegram", name="bot", api_base=there.base)
        assert pressed(client, account, "check").status_code in (302, 403)
    assert there.calls == []


def test_the_list_says_how_each_does(desk: Client, merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "whatsapp", name="main")
    with scope(merchant=merchant):
        AccountTrouble.objects.create(merchant=merchant, channel_account=account, detail="expired", since=clock.now())
    page = desk.get(reverse(f"{PAGE}_changelist")).content.decode()
    assert "does not work" in page
    assert "channel refuses our key" in desk.get(reverse("admin:index")).content.decode()


def test_saving_leads_to_the_page_that_checks_by_itself(desk: Client, merchant: Merchant) -> None:
    typed = {"name": "bot", "is_active": "on", "setting_bot_token": "1:abc", "setting_secret_token": "word"}
    answer = desk.post(f"{reverse(f'{PAGE}_add')}?kind=telegram", typed)
    with scope(merchant=merchant):
        made = ChannelAccount.objects.get(kind="telegram")
    assert answer.headers["location"] == f"{reverse(f'{PAGE}_change', args=[made.pk])}?check"
    page = desk.get(answer.headers["location"]).content.decode()
    assert "data-check-now" in page
