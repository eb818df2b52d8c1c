"""The shop's checks and wordings against the played platforms, each asked as the true one is."""

import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apps.messaging import findings
from apps.messaging.channel import (
    ErrorClass,
    PlatformTemplate,
    Recipient,
    SendFailed,
    TemplateDraft,
    TemplateRef,
    WebhookRequest,
    channel_for,
)
from apps.messaging.content import OrderUpdate
from apps.messaging.events import EventKind
from apps.messaging.findings import Finding

from .conftest import CONFIGS as ALL
from .conftest import MESSENGER, SMS, TELEGRAM, VONAGE, WHATSAPP, Shop, World

API_PATHS = {"whatsapp": "whatsapp", "messenger": "messenger", "telegram": "telegram", "sms": "twilio"}
CONFIGS: dict[str, dict[str, Any]] = {"whatsapp": WHATSAPP, "messenger": MESSENGER, "telegram": TELEGRAM, "sms": SMS}
TOKENS = {"whatsapp": "access_token", "messenger": "access_token", "telegram": "bot_token", "sms": "auth_token"}
KINDS = tuple(API_PATHS)
BODY = "Your order {{1}} is on its way with {{2}}. Number {{3}} tells you where it is."
DRAFT = TemplateDraft(
    name="order_shipped", language="en", body=BODY, category="utility", samples=("K7QM-2XPD", "DHL", "0034")
)


def config_of(world: World, kind: str, **other: Any) -> dict[str, Any]:
    known = {key: value for key, value in CONFIGS[kind].items() if key != "title"}
    return {"verify_token": "our word", **known, "api_base": f"{world.url}/sandbox/api/{API_PATHS[kind]}", **other}


def check(world: World, shop: Shop, kind: str, **other: Any) -> list[Finding]:
    address = f"{shop.url}/webhooks/{kind}/demo/"
    return channel_for(kind).check(config_of(world, kind, **other), address=address)


def codes(found: list[Finding]) -> list[str]:
    return [each.code for each in found]


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_that_works_is_found_to(world: World, shop: Shop, kind: str) -> None:
    found = check(world, shop, kind, business_account_id="102290129340398")
    assert codes(found) == ["connected", "subscribed" if kind == "messenger" else "webhook_set"]
    assert found[0].facts["name"] in ("Demo Shop", "@demo_bot")


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_token_is_refused_and_said(world: World, shop: Shop, kind: str) -> None:
    found = check(world, shop, kind, **{TOKENS[kind]: "1:wrong", "business_account_id": "1"})
    assert codes(found) == ["token_refused"]
    assert found[0].facts["said"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_platform_out_of_reach_is_not_a_wrong_token(world: World, shop: Shop, kind: str) -> None:
    found = check(world, shop, kind, api_base="http://127.0.0.1:9", business_account_id="1")
    assert codes(found) == ["not_reached"]


@pytest.mark.parametrize(("kind", "secret"), [("viber", "auth_token"), ("wechat", "app_secret"), ("qq", "app_secret")])
def test_the_others_are_asked_as_well(world: World, shop: Shop, kind: str, secret: str) -> None:
    config = {**ALL[kind], "api_base": f"{world.url}/sandbox/api/{kind}"}
    address = f"{shop.url}/webhooks/{kind}/demo/"
    channel = channel_for(kind)
    assert codes(channel.check(config, address=address))[0] == "connected"
    refused = channel.check({**config, secret: "wrong"}, address=address)
    assert [(each.code, bool(each.facts["said"])) for each in refused] == [("token_refused", True)]
    assert codes(channel.check({**config, "api_base": "http://127.0.0.1:9"}, address=address)) == ["not_reached"]
    assert len(channel.steps) >= 4


def test_viber_is_told_our_address(world: World, shop: Shop) -> None:
    config = {**ALL["viber"], "api_base": f"{world.url}/sandbox/api/viber"}
    viber, elsewhere, ours = channel_for("viber"), "https://old.example/x/", f"{shop.url}/webhooks/viber/demo/"
    viber.announce(config, address=elsewhere)
    assert codes(viber.check(config, address=ours)) == ["connected", "webhook_elsewhere"]
    viber.announce(config, address=ours)
    assert codes(viber.check(config, address=ours)) == ["connected", "webhook_set"]


def test_what_is_missing_is_said_before_anybody_is_asked(world: World, shop: Shop) -> None:
    found = check(world, shop, "whatsapp", app_secret="", phone_number_id="", api_base="http://127.0.0.1:9")
    assert [(each.code, each.facts["setting"]) for each in found] == [
        ("signature_missing", "app_secret"),
        ("missing", "phone_number_id"),
    ]


def test_another_address_at_the_platform_is_named(world: World) -> None:
    for kind in ("whatsapp", "telegram", "sms"):
        config = config_of(world, kind, business_account_id="1")
        found = channel_for(kind).check(config, address="https://elsewhere.example/")
        assert codes(found)[:2] == ["connected", "webhook_elsewhere"], kind


def test_anothers_ids_are_found_out(world: World, shop: Shop) -> None:
    assert codes(check(world, shop, "whatsapp", phone_number_id="999", business_account_id="1"))[0] == "unknown_there"
    assert "another_account" in codes(check(world, shop, "whatsapp", number="4930123", business_account_id="1"))
    assert "another_account" in codes(check(world, shop, "telegram", username="someone_elses_bot"))
    assert "another_account" in codes(check(world, shop, "messenger", page_id="123"))
    assert "unknown_there" in codes(check(world, shop, "sms", from_number="+4930999"))


def test_without_the_business_account_wordings_cannot_be_fetched(world: World, shop: Shop) -> None:
    assert codes(check(world, shop, "whatsapp"))[-1] == "templates_unreachable"


def test_our_address_is_entered_for_the_shop(world: World, shop: Shop) -> None:
    telegram = config_of(world, "telegram")
    channel_for("telegram").announce(telegram, address="https://new.example/webhooks/telegram/demo/")
    assert codes(check(world, shop, "telegram")) == ["connected", "webhook_elsewhere"]
    channel_for("telegram").announce(telegram, address=f"{shop.url}/webhooks/telegram/demo/")
    assert codes(check(world, shop, "telegram")) == ["connected", "webhook_set"]


def test_what_telegram_was_not_asked_to_tell_is_named(world: World, shop: Shop) -> None:
    def told(*names: str, **config: str) -> Finding:
        call = {"url": f"{shop.url}/webhooks/telegram/demo/", "secret_token": "x", "allowed_updates": list(names)}
        address = f"{world.url}/sandbox/api/telegram/bot{TELEGRAM['bot_token']}/setWebhook"
        assert world.client.post(address, json=call).status_code == 200
        return check(world, shop, "telegram", **config)[1]

    others = ("edited_message", "my_chat_member", "pre_checkout_query", "message_reaction")
    assert told("callback_query", *others) == findings.wrong("not_subscribed", names="message")
    quiet = ("message", "callback_query", "edited_message", "my_chat_member", "message_reaction")
    lacking = "pre_checkout_query"
    assert told(*quiet, provider_token="") == findings.warning("not_subscribed", names=lacking)
    assert told(*quiet, provider_token="1:LIVE:x") == findings.wrong("not_subscribed", names=lacking)
    assert told("message", "callback_query", *others) == findings.ok("webhook_set")


def test_a_page_that_tells_our_app_nothing_is_connected_by_a_press(world: World, shop: Shop) -> None:
    page = f"{world.url}/sandbox/api/messenger/{MESSENGER['page_id']}/subscribed_apps"
    world.client.delete(page, headers={"Authorization": f"Bearer {MESSENGER['access_token']}"})
    assert codes(check(world, shop, "messenger")) == ["connected", "not_subscribed_at_all"]
    channel_for("messenger").announce(config_of(world, "messenger"), address="")
    assert codes(check(world, shop, "messenger")) == ["connected", "subscribed"]


# --- SMS by Vonage ---------------------------------------------------------------------------------
def check_vonage(world: World, shop: Shop, address: str = "", **other: Any) -> list[Finding]:
    config = {**VONAGE, "api_base": f"{world.url}/sandbox/api/vonage", **other}
    return channel_for("sms").check(config, address=address or f"{shop.url}/webhooks/sms/vonage/")


def test_a_number_at_vonage_that_works_is_found_to(world: World, shop: Shop) -> None:
    found = check_vonage(world, shop)
    assert (codes(found), found[0].facts["name"]) == (["connected", "webhook_set"], VONAGE["application_id"])
    assert codes(check_vonage(world, shop, private_key="", application_id="")) == ["connected", "webhook_set"]
    assert world.get("_log", outcome="all")["calls"][0]["outcome"] == "refused"  # by its own question nothing is sent
    assert world.accepted("vonage") == []


def test_an_application_without_the_accounts_secret_shows_only_that_it_may_send(world: World, shop: Shop) -> None:
    assert codes(check_vonage(world, shop, api_secret="")) == ["connected", "unchecked"]


def test_what_is_missing_at_vonage_is_said_before_anybody_is_asked(world: World, shop: Shop) -> None:
    found = check_vonage(world, shop, signature_secret="", private_key="", api_secret="", api_key="")
    assert [(each.code, each.facts["setting"]) for each in found] == [
        ("signature_missing", "signature_secret"),
        ("missing", "private_key"),
    ]
    assert world.get("_log", outcome="all")["calls"] == []


OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()  # fmt: skip
WRONG: list[dict[str, str]] = [
    {"private_key": OTHER_KEY},
    {"private_key": "none"},
    {"application_id": "aaaaaaaa-bbbb-cccc-dddd-999999999999"},
    {"api_secret": "guess"},
    {"private_key": "", "api_secret": "guess"},
]


@pytest.mark.parametrize("other", WRONG)
def test_what_vonage_refuses_is_said(world: World, shop: Shop, other: dict[str, str]) -> None:
    (found,) = check_vonage(world, shop, **other)
    assert (found.code, bool(found.facts["said"])) == ("token_refused", True)


def test_vonage_out_of_reach_or_busy_is_no_wrong_key(world: World, shop: Shop) -> None:
    assert codes(check_vonage(world, shop, api_base="http://127.0.0.1:9")) == ["not_reached"]
    world.order("_faults", platform="vonage", kind="rate_limit")
    assert codes(check_vonage(world, shop)) == ["not_reached"]


def test_an_account_without_credit_is_told_apart(world: World, shop: Shop) -> None:
    world.order("_faults", platform="vonage", kind="error", params={"code": 402})
    assert codes(check_vonage(world, shop)) == ["connected", "not_active", "webhook_set"]


def test_where_a_numbers_messages_go_is_read_there(world: World, shop: Shop) -> None:
    assert codes(check_vonage(world, shop, "https://elsewhere.example/")) == ["connected", "webhook_elsewhere"]
    assert codes(check_vonage(world, shop, from_number="+4930999")) == ["connected", "unknown_there"]
    own_address = {name: value for name, value in VONAGE.items() if name not in ("application_id", "private_key")}
    world.order("_accounts", kind="sms", name="vonage", config=own_address)
    try:
        assert codes(check_vonage(world, shop, private_key="")) == ["connected", "webhook_set"]
    finally:
        world.order("_accounts", kind="sms", name="vonage", config=VONAGE)


# --- approved wordings -----------------------------------------------------------------------------
TEMPLATED = ("whatsapp", "messenger")


def listed(world: World, kind: str) -> list[PlatformTemplate]:
    return channel_for(kind).templates(config_of(world, kind, business_account_id="102290129340398"))


def hand_in(world: World, kind: str, draft: TemplateDraft = DRAFT) -> PlatformTemplate:
    return channel_for(kind).submit_template(draft, config_of(world, kind, business_account_id="102290129340398"))


def until_judged(world: World, kind: str) -> PlatformTemplate:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        (found,) = listed(world, kind)
        if found.state != "submitted":
            return found
        time.sleep(0.1)
    raise AssertionError("nobody judged it")


@pytest.mark.parametrize("kind", TEMPLATED)
def test_a_wording_is_handed_in_judged_and_told(world: World, shop: Shop, kind: str) -> None:
    made = hand_in(world, kind)
    assert (made.state, bool(made.external_id)) == ("submitted", True)
    assert [found.state for found in listed(world, kind)] == ["submitted"]
    found = until_judged(world, kind)
    assert (found.name, found.language, found.body, found.state, found.category) == (
        "order_shipped", "en", BODY, "approved", "utility",
    )  # fmt: skip
    (hook,) = shop.wait(1)
    request = WebhookRequest("POST", shop.url + hook.path, hook.headers, {}, hook.body)
    config = config_of(world, kind, business_account_id="102290129340398")
    channel_for(kind).verify(request, config)
    (event,) = channel_for(kind).parse(request, config)
    assert (event.kind, event.external_user_id) == (EventKind.TEMPLATE, "")
    told = {"name": "order_shipped", "language": "en", "external_id": made.external_id, "state": "approved"}
    assert event.data == told


@pytest.mark.parametrize("kind", TEMPLATED)
def test_a_wording_that_is_turned_down_says_why(world: World, kind: str) -> None:
    text = "Win at our casino with order {{1}} today."
    hand_in(world, kind, TemplateDraft("win", "en", text, "utility", ("K7QM-2XPD",)))
    found = until_judged(world, kind)
    assert (found.state, found.reason) == ("rejected", "abusive content")


@pytest.mark.parametrize(
    "draft",
    [
        TemplateDraft("Bad Name", "en", "Hello there.", "utility"),
        TemplateDraft("edge", "en", "{{1}} is on its way.", "utility", ("K7",)),
        TemplateDraft("gap", "en", "Order {{2}} is on its way.", "utility", ("K7",)),
        TemplateDraft("no_sample", "en", "Order {{1}} is on its way.", "utility"),
    ],
)
def test_what_meta_refuses_at_once_is_refused(world: World, draft: TemplateDraft) -> None:
    with pytest.raises(SendFailed) as refused:
        hand_in(world, "whatsapp", draft)
    assert refused.value.error_class == ErrorClass.BAD_REQUEST
    assert listed(world, "whatsapp") == []


def test_long_lists_come_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.messaging.platforms.meta.graph.TEMPLATE_PAGE", 2)
    for number in range(5):
        hand_in(world, "whatsapp", TemplateDraft(f"n{number}", "en", "Thank you for coming.", "utility"))
    assert [found.name for found in listed(world, "whatsapp")] == ["n0", "n1", "n2", "n3", "n4"]


@pytest.mark.parametrize("kind", TEMPLATED)
def test_an_approved_wording_reaches_a_shopper_and_another_does_not(world: World, kind: str) -> None:
    channel = channel_for(kind)
    config = config_of(world, kind, business_account_id="102290129340398")
    to = Recipient("4917600000001" if kind == "whatsapp" else "1000000001")
    hand_in(world, kind)
    said = OrderUpdate(text="", template="order_shipped", variables=("K7QM-2XPD", "DHL", ""))
    from_row = TemplateRef("order_shipped", "en", BODY)
    (wire,) = channel.render_template(from_row, said.variables)
    with pytest.raises(SendFailed):  # nobody has judged it yet
        channel.send(wire, to, config, key="1:0")
    until_judged(world, kind)
    assert channel.send(wire, to, config, key="1:0").provider_id
    (short,) = channel.render_template(from_row, said.variables[:2])
    with pytest.raises(SendFailed) as refused:
        channel.send(short, to, config, key="2:0")
    assert refused.value.error_class == ErrorClass.BAD_REQUEST
