"""The short page behind a pay link: says what is to pay and whether it was paid, and nothing about anybody."""

import datetime as dt
import re

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from apps.conversations.actions.receive import open_conversation
from apps.conversations.models import Conversation
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.orders.actions import expire_orders
from apps.orders.models import Order
from apps.payments.actions import cancel_order, pay_url
from apps.payments.models import PaymentAccount
from tests import factories
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh, linked, ordered, paid


def path_of(order: Order) -> str:
    return f"/pay/{order.public_id}/"


def words(page: bytes) -> str:
    """What a person reads of it."""
    text = re.sub(r"<(style|title|svg).*?</\1>|<[^>]+>", " ", page.decode(), flags=re.S)
    return re.sub(r"\s+", " ", text).strip()


def test_says_how_much_to_whom_for_how_many(client: Client, ana: Customer) -> None:
    order = ordered(ana, {goods.variant(ana.merchant): 2})
    assert pay_url(order).endswith(path_of(order))
    answer = client.get(path_of(order))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert words(answer.content) == (
        "Demo Shop Your payment €28.90 2 items Pay now You pay on the secure page of our payment provider. "
        "We never see your card number. Back to the chat Terms Privacy"
    )


def test_attack_44_the_link_tells_nothing_about_its_owner(client: Client, ana: Customer, desk: Desk) -> None:
    """Somebody else may pay as a gift; they learn amount, shop and count, before and after, also at the provider."""
    goods.address(ana, name="Canary Name", line1="Canary Street 7", postcode="CANARY", city="Canaryville")
    mug = goods.variant(ana.merchant, "Secret present")
    cart = goods.full_cart(ana, {mug: 1})
    order = goods.draft(
        cart, contact_name="Canary Name", contact_email="canary@example.org", contact_phone="+491234567890"
    )
    stranger = Client()
    seen = stranger.get(path_of(order)).content.decode()
    go = stranger.get(f"{path_of(order)}go/")
    payment = order.payments.get()
    assert (go.status_code, go["Location"]) == (302, payment.url)
    hosted = str(desk.session(payment.provider_session))
    desk.pay(payment.provider_session)
    deliver(desk)
    seen += stranger.get(path_of(order)).content.decode()
    for secret in ("anary", "CANARY", "+4912", order.number, "Secret present"):
        assert secret not in seen
    for secret in ("anary", "CANARY", "+4912"):
        assert secret not in hosted
    assert fresh(order).customer_id == ana.pk


def test_coming_back_makes_us_look_but_proves_nothing(client: Client, ana: Customer, desk: Desk) -> None:
    payment = linked(ana)
    order = payment.order
    assert "We are checking your payment" in words(client.get(f"{path_of(order)}?back=1").content)
    assert fresh(order).status == "draft"
    desk.pay(payment.provider_session)
    assert words(client.get(f"{path_of(order)}?back=1").content).startswith("Demo Shop Paid – thank you!")
    assert fresh(order).status == "placed"
    again = client.get(f"{path_of(order)}go/")
    assert (again.status_code, again["Location"]) == (302, pay_url(order))


def test_the_button_renews_a_page_that_ran_out(client: Client, ana: Customer, desk: Desk) -> None:
    payment = linked(ana)
    with clock.at(clock.now() + dt.timedelta(minutes=33)):
        answer = client.get(f"{path_of(payment.order)}go/")
    assert answer["Location"] == payment.order.payments.get(attempt=2).url != payment.url


def test_says_what_became_of_it(client: Client, ana: Customer, desk: Desk) -> None:
    expired, cancelled = linked(ana), None
    with clock.at(clock.now() + dt.timedelta(minutes=40)):
        expire_orders()
    assert "This order has expired" in words(client.get(path_of(expired.order)).content)
    done = paid(desk, ana)
    cancelled = cancel_order(done.order)
    assert "This link is no longer valid" in words(client.get(path_of(cancelled)).content)


def wrote_on(customer: Customer, account: ChannelAccount, moment: dt.datetime | None) -> None:
    thread = open_conversation(account, factories.identity(account, customer=customer), thread_key=account.name)
    Conversation.objects.filter(pk=thread.pk).update(last_inbound_at=moment)


@pytest.mark.parametrize(
    ("kind", "config", "address"),
    [
        ("webchat", {"slug": "demo"}, "/chat/demo/?lang=en"),
        ("whatsapp", {"number": "+49 30 1234567"}, "https://wa.me/49301234567"),
        ("telegram", {"username": "@demo_bot"}, "https://t.me/demo_bot"),
        ("sms", {"from_number": "+4930123456"}, "sms:+4930123456"),
        ("sms", {"from_number": "+4930123456", "api_base": "http://127.0.0.1:1/sandbox/api/twilio"}, "/sandbox/"),
    ],
)
def test_leads_back_to_the_thread_the_shopper_came_from(
    client: Client, ana: Customer, kind: str, config: dict[str, str], address: str
) -> None:
    order = ordered(ana, {goods.variant(ana.merchant): 1})
    now = clock.now()
    wrote_on(ana, factories.channel_account(ana.merchant, "webchat", name="before"), now - dt.timedelta(days=1))
    wrote_on(ana, factories.channel_account(ana.merchant, kind, name="now", **config), now)
    wrote_on(ana, factories.channel_account(ana.merchant, "whatsapp", name="closed", number="+1"), None)
    answer = client.get(f"{path_of(order)}chat/")
    assert (answer.status_code, answer["location"], answer["Cache-Control"]) == (302, address, "private, no-store")
    assert f'href="{path_of(order)}chat/"' in client.get(path_of(order)).content.decode()


@pytest.mark.parametrize(
    ("language", "title"),
    [("de", "Ihre Zahlung"), ("es", "Tu pago"), ("zh-hans", "您的付款")],
)
def test_speaks_the_orders_language(client: Client, ana: Customer, language: str, title: str) -> None:
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    answer = client.get(path_of(goods.draft(cart, language=language)))
    assert title in words(answer.content)
    assert f'<html lang="{language}"' in answer.content.decode()


def test_sold_out_and_out_of_reach_are_said(client: Client, ana: Customer, desk: Desk) -> None:
    order = ordered(ana)
    desk.fault("error")
    assert client.get(f"{path_of(order)}go/").status_code == 503
    PaymentAccount.objects.update(is_active=False)
    assert client.get(f"{path_of(order)}go/").status_code == 503
    assert order.status == fresh(order).status == "draft"


@pytest.mark.parametrize("token", ["short", "A" * 22, "../../etc", "x" * 400, "%00" * 8])
def test_unknown_links_look_alike(client: Client, ana: Customer, token: str) -> None:
    assert client.get(f"/pay/{token}/").status_code == 404
    assert client.post(f"/pay/{ordered(ana).public_id}/").status_code == 405


def test_the_page_keeps_the_strict_policy(client: Client, ana: Customer) -> None:
    answer = client.get(path_of(ordered(ana)))
    page = answer.content.decode()
    nonce = re.search(r"'nonce-([^']+)'", answer["Content-Security-Policy"])
    assert nonce is not None
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert re.findall(r"<style[^>]*>", page) == [f'<style nonce="{nonce.group(1)}">']
    assert (" style=" in page, "<script" in page, "onclick" in page) == (False, False, False)


def test_links_of_a_closed_shop_lead_nowhere(client: Client, ana: Customer) -> None:
    order = ordered(ana)
    with scopes_disabled():
        ana.merchant.is_active = False
        ana.merchant.save()
    assert client.get(path_of(order)).status_code == 404
