"""The pages: phones for visitors, the hosted checkout, the operator's desk, and when none of it exists."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django_scopes import scope
from pytest_django import Settings

from apps.merchants.models import ChannelAccount, Merchant
from apps.sandbox import accounts, courier
from apps.sandbox.accounts import find
from apps.sandbox.guard import is_private
from apps.sandbox.store import get_store
from tests import factories
from tests.messaging.channels.sms.example import VONAGE
from tests.messaging.kinds import KINDS

from .conftest import ROOT

BASE = "http://127.0.0.1:8000/sandbox/api"
PHONES = tuple((kind, told.PLATFORM) for kind, told in KINDS.items())
KEYS = tuple(f"{kind}/demo" for kind, _path in PHONES)


@pytest.fixture
def mounted(
    merchant: Merchant, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Merchant]:
    """The sandbox inside the shop, as the demo has it, with a store of this test's own."""
    settings.CHATSHOP_SANDBOX = True
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    settings.SANDBOX_STORE = str(tmp_path / "sandbox.sqlite3")
    monkeypatch.setattr(accounts, "_rows", (0.0, []))
    for kind, path in PHONES:
        factories.channel_account(merchant, kind, name="demo", api_base=f"{BASE}/{path}")
    factories.channel_account(merchant, "webchat")
    yield merchant
    courier.shut_down(get_store())
    monkeypatch.setattr(accounts, "_rows", (0.0, []))


def _act(client: Client, **values: Any) -> Any:
    return client.post("/sandbox/phones/act/", json.dumps(values), content_type="application/json")


def test_the_gallery_shows_a_phone_of_each_kind_under_a_strict_policy(client: Client, mounted: Merchant) -> None:
    page = client.get("/sandbox/")
    text = page.content.decode()
    assert page.status_code == 200
    assert [text.count(f'data-phone="{key}"') for key in (*KEYS, "webchat")] == [1] * (len(KEYS) + 1)
    assert f'src="/chat/{mounted.slug}/"' in text
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "<style" not in text
    assert 'style="' not in text


def test_a_visitor_writes_on_every_phone(client: Client, mounted: Merchant) -> None:
    for phone in KEYS:
        assert _act(client, person="ana", phone=phone, do="say", text="hola").status_code == 200
    state = client.get("/sandbox/phones/state/", {"person": "ana", "rev": 0}).json()
    assert {
        key: [(row["from"], row["text"]) for row in thread["messages"]] for key, thread in state["phones"].items()
    } == {key: [("me", [{"t": "hola"}])] for key in KEYS}
    store = get_store()
    urls = {row["url"].partition("?")[0] for row in store.all("select url from deliveries")}
    below = {kind: getattr(told, "BELOW", "") for kind, told in KINDS.items()}
    assert urls == {f"http://127.0.0.1:8000/webhooks/{kind}/demo/{below[kind]}" for kind, _path in PHONES}
    afresh = client.get("/sandbox/phones/state/", {"person": "ana~1", "rev": 0}).json()
    assert [thread["messages"] for thread in afresh["phones"].values()] == [[]] * len(KEYS)


def test_the_sms_phone_serves_whoever_carries(client: Client, mounted: Merchant) -> None:
    with scope(merchant=mounted):
        row = ChannelAccount.objects.get(kind="sms")
        row.config = {**VONAGE, "api_base": f"{BASE}/vonage"}
        row.save()
    assert "+18005551212" in client.get("/sandbox/").content.decode()
    assert _act(client, person="ana", phone="sms/demo", do="say", text="hola").status_code == 200
    (told,) = get_store().all("select url, headers, body from deliveries")
    body = json.loads(told["body"])
    assert (told["url"], body["from"], body["text"]) == (
        "http://127.0.0.1:8000/webhooks/sms/demo/", "34600100103", "hola",
    )  # fmt: skip
    assert json.loads(told["headers"])["authorization"].startswith("Bearer ")
    call = {"channel": "sms", "message_type": "text", "to": "34600100103", "from": "18005551212", "text": "¡Hola!"}
    basic = base64.b64encode(f"{VONAGE['api_key']}:{VONAGE['api_secret']}".encode()).decode()
    path, headers = "/sandbox/api/vonage/v1/messages", {"authorization": f"Basic {basic}"}
    assert client.post(path, json.dumps(call), content_type="application/json", headers=headers).status_code == 202
    shown = client.get("/sandbox/phones/state/", {"person": "ana", "rev": 0}).json()["phones"]["sms/demo"]["messages"]
    assert [(row["from"], row["text"]) for row in shown] == [
        ("me", [{"t": "hola"}]), ("shop", [{"t": "¡Hola!"}]),
    ]  # fmt: skip


def test_nonsense_is_answered_not_obeyed(client: Client, mounted: Merchant) -> None:
    assert _act(client, person="nobody", phone="sms/demo", do="say", text="x").status_code == 400
    assert _act(client, person="ana", phone="sms/other", do="say", text="x").status_code == 400
    assert _act(client, person="ana", phone="sms/demo", do="dance").status_code == 400
    assert _act(client, person="ana", phone="sms/demo", do="say", text="  ").json() == {
        "error": "There is nothing to send."
    }
    assert client.get("/sandbox/phones/state/", {"person": "x" * 99}).status_code == 400
    guarded = Client(enforce_csrf_checks=True)
    assert _act(guarded, person="ana", phone="sms/demo", do="say", text="x").status_code == 403


def test_the_shop_calls_the_mounted_platforms(client: Client, mounted: Merchant) -> None:
    config = factories.CHANNEL_CONFIGS["telegram"]
    path = f"/sandbox/api/telegram/bot{config['bot_token']}/sendMessage"
    answer = client.post(path, json.dumps({"chat_id": 5, "text": "hi"}), content_type="application/json")
    assert answer.json()["ok"] is True
    assert [row["recipient"] for row in client.get("/sandbox/api/_log").json()["calls"]] == ["5"]
    assert client.post("/sandbox/api/pigeon/send").status_code == 404


def _send_api(client: Client, kind: str, text: str) -> Any:
    """A call of Meta's Send API to whoever wrote there last."""
    config = factories.CHANNEL_CONFIGS[kind]
    shopper = get_store().one("select external_id from shoppers where platform = ?", kind)
    assert shopper is not None
    call = {"recipient": {"id": shopper["external_id"]}, "messaging_type": "RESPONSE", "message": {"text": text}}
    path = f"/sandbox/api/{kind}/{config['page_id']}/messages"
    headers = {"authorization": f"Bearer {config['access_token']}"}
    return client.post(path, json.dumps(call), content_type="application/json", headers=headers).json()


@pytest.mark.parametrize("kind", ["messenger", "instagram"])
def test_whoever_blocked_the_page_is_not_available(client: Client, mounted: Merchant, kind: str) -> None:
    _act(client, person="ana", phone=f"{kind}/demo", do="say", text="hola")
    assert _send_api(client, kind, "hi")["message_id"]
    assert _act(client, person="ana", phone=f"{kind}/demo", do="block", blocked=True).status_code == 200
    error = _send_api(client, kind, "hi")["error"]
    assert (error["code"], error["error_subcode"]) == (551, 1545041)


def test_instagram_tells_each_message_that_was_read(client: Client, mounted: Merchant) -> None:
    store = get_store()
    _act(client, person="ana", phone="instagram/demo", do="say", text="hola")
    mids = [_send_api(client, "instagram", text)["message_id"] for text in ("one", "two")]
    assert _act(client, person="ana", phone="instagram/demo", do="read").json() == {"done": 2}
    told = [json.loads(row["body"])["entry"][0]["messaging"][0] for row in store.all("select body from deliveries")]
    assert [item["read"]["mid"] for item in told if "read" in item] == mids


def test_secrets_come_from_the_accounts_that_point_here(mounted: Merchant) -> None:
    store = get_store()
    factories.channel_account(mounted, "whatsapp", name="real", phone_number_id="1")
    assert find(store, "whatsapp", phone_number_id="1") is None
    found = find(store, "whatsapp", name="demo")
    assert found is not None
    assert (found.title, found.config["app_secret"]) == ("Demo Shop", "wa-app-secret")


def test_the_desk_switches_faults_and_forgets(client: Client, mounted: Merchant) -> None:
    client.post(
        "/sandbox/panel/do/",
        {"do": "fault", "platform": "telegram", "kind": "rate_limit", "times": "2", "seconds": "5"},
    )
    assert [
        (row["platform"], row["kind"], row["remaining"], row["params"])
        for row in client.get("/sandbox/api/_faults").json()["faults"]
    ] == [("telegram", "rate_limit", 2, {"retry_after": 5.0})]
    assert "Telegram: Too many requests (429)" in client.get("/sandbox/panel/").content.decode()
    client.post(
        "/sandbox/panel/do/", {"do": "weather", "duplicate": "2", "delay": "0", "redeliver_after": "0", "reorder": "on"}
    )
    assert client.get("/sandbox/api/_stripe").json()["weather"] == {
        "duplicate": 2,
        "reorder": True,
        "delay": 0.0,
        "drop": False,
        "redeliver_after": 0.0,
    }
    client.post("/sandbox/panel/do/", {"do": "reset"})
    assert client.get("/sandbox/api/_faults").json() == {"faults": []}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Your phones, one shop", "Message on Telegram", "Sandbox desk", "“Slow answer” is set for every platform.")),
        ("de", ("Ihre Telefone, ein Shop", "Nachricht auf Telegram", "Sandbox-Pult",
                "„Langsame Antwort“ ist eingestellt für alle Plattformen.")),
        ("es", ("Tus teléfonos, una tienda", "Mensaje en Telegram", "Mesa de la sandbox",
                "«Respuesta lenta» está activado para todas las plataformas.")),
        ("zh-hans", ("您的手机，一家商店", "Telegram 上的消息", "沙盒控制台", "已为 所有平台 设置“回应缓慢”。")),
    ],
)  # fmt: skip
def test_the_pages_speak_the_browsers_language(
    client: Client, mounted: Merchant, language: str, said: tuple[str, ...]
) -> None:
    headers = {"Accept-Language": language}
    phones = client.get("/sandbox/", headers=headers).content.decode()
    order = {"do": "fault", "kind": "slow", "platform": ""}
    desk = client.post("/sandbox/panel/do/", order, headers=headers, follow=True).content.decode()
    assert [f'<html lang="{language}">' in page for page in (phones, desk)] == [True, True]
    assert [words in phones + desk for words in said] == [True] * len(said)


def checkout(client: Client) -> str:
    """The path of a pay page over €19.99."""
    params = {
        "mode": "payment", "success_url": "http://127.0.0.1:8000/thanks", "cancel_url": "http://127.0.0.1:8000/cart",
        "line_items[0][price_data][currency]": "eur", "line_items[0][price_data][unit_amount]": "1999",
        "line_items[0][price_data][product_data][name]": "Blue <mug>", "line_items[0][quantity]": "1",
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {accounts.DEMO_STRIPE_API_KEY}"}
    body = urlencode(params)
    session = client.generic(
        "POST",
        "/sandbox/api/stripe/v1/checkout/sessions",
        body,
        content_type="application/x-www-form-urlencoded",
        headers=headers,
    ).json()
    address = f"/sandbox/stripe/pay/{session['id']}/"
    assert session["url"] == f"http://127.0.0.1:8000{address}"
    return address


def test_the_checkout_page_speaks_the_buyers_language(client: Client, mounted: Merchant) -> None:
    address = checkout(client)
    declined = client.post(
        address, {"card": "declined", "number": ""}, headers={"Accept-Language": "de"}
    ).content.decode()
    wanted = (
        "Zu zahlen",
        "19,99\xa0€ bezahlen",
        "Ihre Karte wurde abgelehnt. Es wurde nichts abgebucht;",
        "Zahlungsweg",
    )
    assert [words in declined for words in wanted] == [True] * len(wanted)
    assert [symbol in client.get(address).content.decode() for symbol in ("Pay €19.99", "Your card")] == [True, False]


def test_the_checkout_page_pays(client: Client, mounted: Merchant) -> None:
    address = checkout(client)
    page = client.get(address)
    assert "Blue &lt;mug&gt;" in page.content.decode()
    assert "form-action 'self' http://127.0.0.1:8000" in page["Content-Security-Policy"]
    declined = client.post(address, {"card": "declined", "number": ""})
    assert (declined.status_code, "Your card was declined." in declined.content.decode()) == (402, True)
    paid = client.post(address, {"card": "success", "number": "4242 4242 4242 4242", "email": "ana@example.org"})
    assert (paid.status_code, paid["Location"]) == (302, "http://127.0.0.1:8000/thanks")
    assert "This is paid" in client.get(address).content.decode()
    assert client.get("/sandbox/stripe/pay/cs_test_nothing/").status_code == 404


PAGES = (
    "/sandbox/",
    "/sandbox/panel/",
    "/sandbox/phones/state/",
    "/sandbox/api/_log",
    "/sandbox/api/telegram/botx/getMe",
    "/sandbox/stripe/pay/x/",
)


@pytest.mark.parametrize("path", PAGES)
def test_switched_off_there_is_nothing(client: Client, mounted: Merchant, settings: Settings, path: str) -> None:
    settings.CHATSHOP_SANDBOX = False
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_beside_a_public_shop_there_is_nothing(
    client: Client, mounted: Merchant, settings: Settings, path: str
) -> None:
    settings.PUBLIC_URL = "https://shop.example.com"
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1:8000", True), ("http://localhost:8000", True), ("http://[::1]:8000", True), ("https://192.168.1.20", True),
        ("http://10.0.0.7", True), ("http://tablet.local:8000", True), ("https://shop.example.com", False), ("http://8.8.8.8", False),
        ("http://203.0.113.9", False), ("http://localhost.example.com", False), ("http://127.0.0.1.example.com", False), ("", False),
    ],
)  # fmt: skip
def test_what_counts_as_private(url: str, private: bool) -> None:
    assert is_private(url) is private


def test_the_referee_refuses_to_start_beside_a_public_shop() -> None:
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--shop", "https://shop.example.com"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "does not run beside a public address (https://shop.example.com)" in done.stderr
