"""The desk: every page opens for the manager, nothing of it for anybody else, and acts do what they say."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.backoffice.api.authentication import issue_token
from apps.catalog.cards import products_for_cards
from apps.catalog.models import Product, StockLevel, Synonym
from apps.conversations.models import InboundEvent, Message
from apps.merchants.clock import now
from apps.merchants.models import ApiToken, Merchant
from apps.orders.actions import ship_order
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Fulfilment, Order
from tests import factories
from tests.carts import goods
from tests.conversations.people import says

OURS = sorted(model._meta.label_lower for model in admin.site._registry if model.__module__.startswith("apps."))


def sign_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(label: str, kind: str, *args: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{kind}", args=args)


@pytest.fixture
def order(merchant: Merchant) -> Order:
    with scope(merchant=merchant):
        goods.vat(merchant)
        conversation = says(factories.channel_account(merchant, "telegram"), "hi").conversation
        draft = goods.draft(goods.full_cart(conversation.identity.customer, {goods.variant(merchant): 1}))
        with transaction.atomic():
            placed = lock_order(draft)
            place_paid(placed)
        return placed


@pytest.mark.parametrize("label", OURS)
def test_every_list_opens(desk: Client, order: Order, label: str) -> None:
    assert desk.get(page(label, "changelist"), follow=True).status_code == 200


def test_the_first_page_says_what_needs_somebody(desk: Client, order: Order) -> None:
    first = desk.get("/admin/")
    assert [(task["count"], task["label"]) for task in first.context["tasks"]] == [(1, "order to ship")]
    assert [shown.number for shown in first.context["to_ship"]] == [order.number]


def test_the_first_page_costs_at_most_31_queries(
    desk: Client, order: Order, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(31):
        assert desk.get("/admin/").status_code == 200


@pytest.mark.parametrize("role", ["expert", "associate", "lead"])
def test_associates_have_no_desk(merchant: Merchant, role: str) -> None:
    client = sign_in(factories.staff(merchant, role))
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/").url == reverse("console")


def test_nobody_comes_in_without_signing_in(db: None) -> None:
    answer = Client().get("/admin/orders/order/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_a_manager_of_another_shop_sees_none_of_ours(other_merchant: Merchant, order: Order) -> None:
    client = sign_in(factories.staff(other_merchant, "manager"))
    assert order.number not in client.get(page("orders.order", "changelist")).content.decode()
    assert client.get(page("orders.order", "change", order.pk)).status_code == 302
    assert client.post(f"/admin/orders/order/{order.pk}/ship/", {"carrier": "DHL"}).status_code == 404
    order.refresh_from_db()
    assert order.fulfilment_status == "none"


def test_a_superuser_picks_a_shop_first(merchant: Merchant, order: Order) -> None:
    client = sign_in(factories.user("root@example.org", is_staff=True, is_superuser=True))
    factories.merchant("second")
    first = client.get("/admin/orders/order/")
    assert first.url == "/desk/merchant/?next=%2Fadmin%2Forders%2Forder%2F"
    picked = client.post(first.url, {"merchant": merchant.slug})
    assert picked.url == "/admin/orders/order/"
    assert order.number in client.get(picked.url).content.decode()


def test_shipping_from_the_order_page(desk: Client, order: Order, merchant: Merchant) -> None:
    assert "Ship and tell the shopper" in desk.get(f"/admin/orders/order/{order.pk}/ship/").content.decode()
    desk.post(f"/admin/orders/order/{order.pk}/ship/", {"carrier": "DHL", "tracking_number": "JJD1"})
    with scope(merchant=merchant):
        parcel = Fulfilment.objects.get(order=order)
        assert (parcel.carrier, parcel.tracking_number) == ("DHL", "JJD1")
    again = desk.post(f"/admin/orders/order/{order.pk}/ship/", {"carrier": "UPS"}, follow=True)
    assert "cannot ship" in again.content.decode()


def test_an_order_page_shows_its_story(desk: Client, order: Order) -> None:
    shown = desk.get(page("orders.order", "change", order.pk)).content.decode()
    assert [word in shown for word in ("placed", order.number, "Musterstraße 1")] == [True, True, True]


def test_many_orders_are_delivered_at_once(desk: Client, order: Order, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        ship_order(order, carrier="DHL", tracking_number="1")
    desk.post(page("orders.order", "changelist"), {"action": "mark_delivered", "_selected_action": [order.pk]})
    order.refresh_from_db()
    assert order.fulfilment_status == "delivered"


def test_the_merchant_is_set_by_the_desk_not_by_the_form(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    desk.post(page("catalog.synonym", "add"), {"word": "hoodie", "means": "sweatshirt", "merchant": other_merchant.pk})
    with scope(merchant=merchant):
        assert Synonym.objects.get(word="hoodie").merchant == merchant


def test_bulk_acts_on_products(desk: Client, order: Order, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        product = Product.objects.get()
        assert [shown.status for shown in products_for_cards(merchant, [product.pk])] == ["active"]
        desk.post(page("catalog.product", "changelist"), {"action": "take_off_sale", "_selected_action": [product.pk]})
        product.refresh_from_db()
        assert [shown.status for shown in products_for_cards(merchant, [product.pk])] == ["archived"]
    assert product.status == "archived"


def test_dead_letters_are_seen_and_tried_again(desk: Client, merchant: Merchant, other_merchant: Merchant) -> None:
    ours, theirs = (factories.channel_account(m, "telegram") for m in (merchant, other_merchant))
    dead = {
        "thread_key": "1",
        "payload": {"kind": "message", "text": "boom"},
        "dead_at": now(),
        "error": "ValueError: x",
    }
    event = InboundEvent.objects.create(channel_account_id=ours.pk, event_key="a", **dead)
    hidden = InboundEvent.objects.create(channel_account_id=theirs.pk, event_key="b", **dead)
    listed = desk.get(page("conversations.inboundevent", "changelist"))
    assert [row.pk for row in listed.context["cl"].result_list] == [event.pk]
    body = {"action": "replay", "_selected_action": [event.pk, hidden.pk]}
    desk.post(page("conversations.inboundevent", "changelist"), body)
    event.refresh_from_db()
    hidden.refresh_from_db()
    assert (event.dead_at, hidden.dead_at is None) == (None, False)


def test_secrets_of_a_channel_are_never_shown_again(desk: Client, merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "whatsapp")
    shown = desk.get(page("merchants.channelaccount", "change", account.pk)).content.decode()
    assert "wa-app-secret" not in shown


def test_a_token_is_shown_once(merchant: Merchant) -> None:
    owner = Client()
    owner.force_login(factories.staff(merchant, "admin"), backend="django.contrib.auth.backends.ModelBackend")
    made = owner.post(page("merchants.apitoken", "add"), {"name": "till", "can_write": "on"}, follow=True)
    assert "cs_" in made.content.decode()
    assert "cs_" not in owner.get(page("merchants.apitoken", "changelist")).content.decode()
    with scope(merchant=merchant):
        assert len(ApiToken.objects.get(name="till").token_hash) == 64


def test_who_has_a_limit_makes_no_token_that_has_none_but_may_revoke_one(desk: Client, merchant: Merchant) -> None:
    answer = desk.post(page("merchants.apitoken", "add"), {"name": "mine", "can_write": "on"})
    with scope(merchant=merchant):
        assert (answer.status_code, ApiToken.objects.count()) == (403, 0)
        token, _ = issue_token(merchant, name="till", can_write=True)
    assert desk.post(page("merchants.apitoken", "change", token.pk), {"name": "x"}).status_code == 403
    desk.post(page("merchants.apitoken", "changelist"), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert (token.name, token.revoked_at is None) == ("till", False)


def test_unsent_messages_are_listed(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        conversation = says(factories.channel_account(merchant, "telegram"), "hi").conversation
        Message.objects.create(
            merchant=merchant, conversation=conversation, seq=99, author="bot", content={"kind": "text"}, text="lost",
            state="unknown", occurred_at=now(),
        )  # fmt: skip
    listed = desk.get(page("conversations.message", "changelist"))
    assert [row.text for row in listed.context["cl"].result_list] == ["lost"]


def test_stock_is_counted_with_a_reason(desk: Client, order: Order, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        level = StockLevel.objects.get()
    answer = desk.post(f"/admin/catalog/stocklevel/{level.pk}/count/", {"on_hand": 4, "reason": "Counted"})
    level.refresh_from_db()
    assert (answer.status_code, level.on_hand) == (302, 4)
    refused = desk.post(f"/admin/catalog/stocklevel/{level.pk}/count/", {"on_hand": 0, "reason": "Counted"})
    level.refresh_from_db()
    assert ("More than that is sold or held." in refused.content.decode(), level.on_hand) == (True, 4)


def acts_on_a_row() -> list[str]:
    """The address of every act on one row, with "ID" where its id goes."""
    return sorted(
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/ID/{getattr(page_of, name).url_path}/"
        for model, page_of in admin.site._registry.items()
        for name in getattr(page_of, "actions_detail", ())
        if name != "simulator_from_here"  # it is about no row
    )


@pytest.mark.parametrize("object_id", ["abc", "1e3", "%00", "9" * 30, "-1", "1.5", "_00"])
def test_attack_26_what_is_no_id_is_not_there(desk: Client, order: Order, object_id: str) -> None:
    addresses = acts_on_a_row()
    assert len(addresses) >= 16
    heard = {address: desk.get(address.replace("ID", object_id)).status_code for address in addresses}
    assert heard == dict.fromkeys(addresses, 404)


@pytest.mark.parametrize("ticked", ["abc", "1e3", "\x00", "1.5"])
def test_ticked_rows_are_rows(desk: Client, order: Order, ticked: str) -> None:
    values = {"action": "mark_delivered", "_selected_action": ticked}
    assert desk.post(page("orders.order", "changelist"), values).status_code == 400
