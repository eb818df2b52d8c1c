"""Attacks on the web chat (RELIABILITY.md §5) that must fail."""

import hashlib
import hmac
import json
import re
import uuid
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django_scopes import scope

from apps.carts.models import Cart
from apps.conversations.models import Conversation, EntryPoint, InboundEvent
from apps.conversations.places import neighbours_of
from apps.gateway.addresses import Addresses
from apps.gateway.scripts import chat_css, chat_script, widget_script
from apps.gateway.turns import run_turn
from apps.gateway.webchat_session import Visitor, issue_token
from apps.merchants.models import Merchant

from .. import factories
from ..web import ROOT, parrot
from .conftest import Page, arows

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "shop-and-site-share-this"
EVIL_ORIGINS = [
    "http://evil.example", "null", "http://localhost.evil.example", "http://evillocalhost", "https://shop.example.evil.com",
    "", "javascript:alert(1)", None, "http://localhost:9999", "https://localhost", "http://[::1]", "http://127.0.0.1:9999",
]  # fmt: skip


async def writes(page: Page, text: str) -> None:
    await page.says(text)
    await page.hears("accepted")
    await sync_to_async(run_turn)(parrot)
    await page.hears("message", seq=2)


async def settled(page: Page) -> None:
    """Everything said before has been dealt with: messages are taken one by one."""
    await page.sends(type="history", before_seq=0)
    await page.hears("history")


@pytest.mark.parametrize("origin", EVIL_ORIGINS)
async def test_attack_21_a_page_of_another_origin_gets_no_socket(shop, origin):
    assert await Page(shop.slug, origin=origin).opens() is False


async def test_attack_21_our_own_page_gets_one(shop):
    page = Page(shop.slug)
    assert await page.opens() is True
    await page.leaves()


async def test_attack_20_no_token_but_the_signed_one_opens_a_thread(shop, account, page):
    await writes(page, "my secret")
    stranger = await sync_to_async(lambda: factories.channel_account(factories.merchant("stranger")))()
    mine = page.session
    head, rest = mine.split(":", 1)
    foreign = issue_token(stranger, Visitor("anon:x"))
    conversation = await arows(shop, lambda: Conversation.objects.get().public_id)
    for token in [f"{head[:-2]}xx:{rest}", f"{mine}x", foreign, conversation, "", "a" * 5000, 7, {"u": "anon"}, [mine]]:
        other = Page(shop.slug)
        await other.opens()
        ready = await other.hello(token)
        assert (ready["head_seq"], ready["is_new"]) == (0, True)
        assert await other.nothing(0.05)
        await other.leaves()
    elsewhere = Page("stranger")
    await elsewhere.opens()
    assert (await elsewhere.hello(mine))["head_seq"] == 0
    await elsewhere.leaves()


async def test_attack_22_a_claimed_customer_without_the_shops_signature_stays_a_stranger():
    shop = await sync_to_async(_signed_shop)()
    right = hmac.new(SECRET.encode(), b"customer-17", hashlib.sha256).hexdigest()
    victim = Page(shop.slug)
    await victim.opens()
    await victim.hello(identify={"id": "customer-17", "hash": right, "name": "Vera"})
    await writes(victim, "my address is Lindenallee 12")
    other_id = hmac.new(SECRET.encode(), b"customer-18", hashlib.sha256).hexdigest()
    for claim in [{"id": "customer-17"}, {"id": "customer-17", "hash": ""}, {"id": "customer-17", "hash": other_id},
                  {"id": "customer-17", "hash": None}, {"id": "customer-17", "hash": right[:-1]}, {"hash": right},
                  {"id": "", "hash": ""}, "customer-17", ["customer-17", right]]:  # fmt: skip
        attacker = Page(shop.slug)
        await attacker.opens()
        ready = await attacker.hello(identify=claim)
        assert attacker.heard[0]["code"] == "identity_refused"
        assert (ready["head_seq"], ready["is_new"]) == (0, True)
        await attacker.leaves()
    again = Page(shop.slug)
    await again.opens()
    assert (await again.hello(identify={"id": "customer-17", "hash": right}))["head_seq"] == 2
    await again.leaves()
    await victim.leaves()


def _signed_shop() -> Merchant:
    return factories.channel_account(factories.merchant("signed"), "webchat", identity_secret=SECRET).merchant


async def test_attack_22_a_shop_without_a_secret_believes_nobody(shop):
    page = Page(shop.slug)
    await page.opens()
    blank = hmac.new(b"", b"customer-17", hashlib.sha256).hexdigest()
    ready = await page.hello(identify={"id": "customer-17", "hash": blank})
    assert (page.heard[0]["code"], ready["is_new"]) == ("identity_refused", True)
    await page.leaves()


async def test_attack_34_what_the_page_claims_about_money_and_merchants_is_not_stored(shop, page):
    await page.sends(type="message.send", client_id=str(uuid.uuid4()), text="hi", price="0.01", merchant=99,
                     author="agent", is_staff=True, external_user_id="user:1", total={"amount": 1})  # fmt: skip
    await page.hears("accepted")
    payload = await sync_to_async(lambda: InboundEvent.objects.get().payload)()
    assert {"price", "merchant", "author", "is_staff", "total"} & payload.keys() == set()
    assert payload["external_user_id"].startswith("anon:")


def test_attack_45_a_cart_in_a_link_gives_nothing(shop, account):
    victim = factories.customer(shop, "Vera")
    with scope(merchant=shop):
        cart = Cart.objects.create(merchant=shop, customer=victim, currency="EUR")
        entry = EntryPoint.objects.create(merchant=shop, title="Summer", target={"category": "summer"})
    client = Client()
    for token in (cart.public_id, str(cart.pk), f"cart:{cart.pk}", victim.public_id):
        assert client.get(f"/go/{token}").status_code == 404
    assert client.get("/go/%00").status_code == 404
    page = client.get(f"/go/{entry.token}?cart={cart.public_id}").content.decode()
    assert cart.public_id not in page
    assert f"/chat/demo/?entry={entry.token}&amp;lang=" in page
    chat = client.get(
        f"/chat/demo/?entry={entry.token}&cart={cart.public_id}&customer={victim.public_id}"
    ).content.decode()
    assert (cart.public_id in chat, victim.public_id in chat) == (False, False)
    with scope(merchant=shop):
        assert Cart.objects.get().customer_id == victim.pk


async def test_attack_45_an_entry_carries_its_token_and_nothing_else_into_the_inbox(shop):
    page = Page(shop.slug)
    await page.opens()
    await page.hello(entry="abcDEF123", cart=7)
    await settled(page)
    event = await sync_to_async(InboundEvent.objects.get)()
    assert (event.payload["kind"], event.payload["data"]) == ("referral", {"ref": "abcDEF123"})
    await page.leaves()
    other = Page(shop.slug)
    await other.opens()
    await other.hello(entry="../../<script>")
    await settled(other)
    assert await sync_to_async(InboundEvent.objects.count)() == 1
    await other.leaves()


async def test_attack_56_a_flood_is_slowed_then_cut(shop, page):
    for number in range(60):
        await page.says(f"n{number}")
    refused, accepted = 0, 0
    while True:
        output = await page.socket.receive_output(5)
        if output["type"] == "websocket.close":
            break
        message = json.loads(output["text"])
        refused += message.get("code") == "slow_down"
        accepted += message["type"] == "accepted"
    assert output["code"] == 4429
    assert 12 <= accepted <= 15
    assert refused >= 40


async def flood(shop, count, **line) -> int:
    """So many new visitors, each with twelve messages; how many of the messages were taken."""
    accepted = 0
    for _ in range(count):
        page = Page(shop.slug, **line)
        await page.opens()
        await page.hello()
        for number in range(12):
            await page.says(f"n{number}")
        for _ in range(12):
            while (message := json.loads(await page.socket.receive_from(timeout=5)))["type"] not in (
                "accepted",
                "error",
            ):
                pass
            accepted += message["type"] == "accepted"
        await page.leaves()
    return accepted


async def test_attack_56_many_visitors_of_one_address_are_one_crowd(shop, monkeypatch):
    monkeypatch.setattr("apps.gateway.webchat.CROWD", Addresses(burst=40, rate=0.01))
    assert await flood(shop, 6, address="203.0.113.7") == 40
    assert await flood(shop, 1, address="203.0.113.8") == 12
    assert await flood(shop, 5, address="2001:db8::1") == 40
    assert await flood(shop, 1, address="2001:db8::2:1") == 0  # the same network
    assert await flood(shop, 1, address="2001:db8:0:1::1") == 12


async def test_attack_56_behind_a_proxy_its_word_counts_and_no_other(shop, monkeypatch, settings):
    monkeypatch.setattr("apps.gateway.webchat.CROWD", Addresses(burst=14, rate=0.01))
    assert await flood(shop, 2, address="10.0.0.1", by="198.51.100.1") == 14  # nobody said there is a proxy
    settings.BEHIND_PROXY = True
    assert await flood(shop, 2, address="10.0.0.1", by="1.2.3.4, 198.51.100.1") == 14
    assert await flood(shop, 1, address="10.0.0.1", by="5.6.7.8, 198.51.100.1") == 0
    assert await flood(shop, 1, address="10.0.0.1", by="198.51.100.2") == 12


@pytest.mark.parametrize(
    ("address", "known"), [("93.184.216.34", True), ("127.0.0.1", False), ("192.168.1.20", False), ("", False)]
)
async def test_who_writes_from_one_public_address_is_known_for_a_while(shop, account, address, known):
    pages = [Page(shop.slug, address=address) for _ in range(2)]
    for page in pages:
        await page.opens()
        await page.hello()
        await page.says("hi")
        await page.hears("accepted")
    names = await sync_to_async(
        lambda: list(InboundEvent.objects.order_by("pk").values_list("payload__external_user_id", flat=True))
    )()
    assert (names[0] in await sync_to_async(neighbours_of)(account.pk, names[1])) is known
    for page in pages:
        await page.leaves()


async def test_attack_56_a_visitor_has_ten_sockets_at_most(shop, page):
    held = []
    for _ in range(9):
        other = Page(shop.slug)
        await other.opens()
        await other.hello(page.session)
        held.append(other)
    eleventh = Page(shop.slug)
    await eleventh.opens()
    await eleventh.sends(type="hello", session=page.session, last_seq=0)
    assert await eleventh.socket.receive_output(5) == {"type": "websocket.close", "code": 4430}
    for other in held:
        await other.leaves()


@pytest.mark.parametrize(("frame", "code"), [({"text_data": "x" * 40_000}, 4009), ({"bytes_data": b"{}"}, 4003)])
async def test_attack_56_a_huge_or_binary_frame_closes_the_line_with_its_own_code(shop, page, frame, code):
    """1000 and 3000 to 4999 are all a server may say; anything else is said as a breakdown of ours."""
    await page.socket.send_to(**frame)
    assert (await page.socket.receive_output(5))["code"] == code


def test_attack_47_no_script_of_ours_parses_html():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment"
    )
    for path in [*Path(ROOT / "static/js").rglob("*.js"), ROOT / "static/widget.js"]:
        assert forbidden.findall(path.read_text("utf-8")) == [], path


def test_attack_47_the_pages_policy_allows_no_inline_script(account):
    response = Client().get("/chat/demo/")
    policy = {part.split()[0]: part.split()[1:] for part in response["Content-Security-Policy"].split(";")}
    assert [source for source in policy["script-src"] if not source.startswith("'nonce-")] == ["'self'"]
    assert (policy["object-src"], policy["base-uri"]) == (["'none'"], ["'none'"])
    html = response.content.decode()
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []
    assert re.findall(r"\son\w+=|style=", html) == []
    assert response["Cache-Control"] == "private, no-store"
    assert "Cookie" in response["Vary"]


def test_the_web_chat_weighs_little_and_asks_for_little(account):
    assert len(widget_script().zipped) <= 5 * 1024
    assert len(chat_script().zipped) + len(widget_script().zipped) <= 28 * 1024
    page = Client().get("/chat/demo/").content
    assert len(page) + len(chat_css().zipped) <= 60 * 1024
    asked = re.findall(rb'(?:src|href)="(/[^"]*)"', page)
    assert sorted(url.split(b"?")[0] for url in asked) == [b"/chat.css", b"/chat.js"]
    assert re.findall(rb'(?:src|href)="(?:https?:)?//', page.replace(b"https://demo.example", b"")) == []


def test_scripts_come_zipped_and_once(account):
    client = Client()
    first = client.get("/widget.js", headers={"accept-encoding": "gzip"})
    assert (first["Content-Encoding"], first.content) == ("gzip", widget_script().zipped)
    again = client.get("/widget.js", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
