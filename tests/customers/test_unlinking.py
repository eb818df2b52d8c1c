"""Two who were joined by a code turn out to be two: each gets back what came from them, and nothing is shown twice."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.bot.models import Session
from apps.carts.actions import add_to_cart, open_cart
from apps.carts.models import Cart
from apps.conversations.models import Conversation
from apps.customers.actions import (
    LinkCodeWrong,
    NotUndoable,
    erase_customer,
    issue_link_code,
    merge_customers,
    redeem_link_code,
    save_address,
    undo_merge,
)
from apps.customers.models import Address, Customer, Identity, Merge
from apps.customers.views import my_data_url
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Order
from tests import factories
from tests.carts import goods
from tests.conversations.people import greets
from tests.factories import channel_account, identity

PLACE = {"line1": "Street 1", "postcode": "10115", "city": "Berlin", "country": "de"}


@pytest.fixture
def ana(in_scope: Merchant) -> Identity:
    return identity(channel_account(in_scope, "whatsapp"), display_name="Ana")


@pytest.fixture
def bea(in_scope: Merchant) -> Identity:
    return identity(channel_account(in_scope, "telegram"), display_name="Bea")


def joined(bea: Identity, ana: Identity) -> Merge:
    """Bea typed a code Ana had asked for."""
    redeem_link_code(fresh(bea), issue_link_code(ana))
    return Merge.objects.get(undone_at=None)


def fresh(person: Identity) -> Identity:
    return Identity.objects.select_related("customer").get(pk=person.pk)


def lines(customer: Customer) -> dict[str, int]:
    return {line.variant.product.title: line.quantity for line in open_cart(customer).lines.all()}


def breaches() -> list[dict[str, Any]]:
    return [finding for finding in run_all() if not finding["ok"]]


def placed(customer: Customer, price: str = "12.00") -> Order:
    order = goods.draft(goods.full_cart(customer, {goods.variant(customer.merchant, price=price): 1}))
    order = lock_order(order)
    place_paid(order)
    return order


def test_channels_addresses_and_names_go_back(ana: Identity, bea: Identity) -> None:
    hers = save_address(bea.customer, name="Bea", **PLACE)
    save_address(ana.customer, name="Ana", **PLACE)
    bea.customer.email = "bea@example.org"
    bea.customer.save()
    ana.customer.email = ""
    ana.customer.save()
    merge = joined(bea, ana)
    assert (fresh(bea).customer, Customer.objects.get(pk=ana.customer_id).email) == (ana.customer, "bea@example.org")
    person = factories.user("jonas@example.org")
    assert undo_merge(merge, actor=person) == bea.customer
    assert (fresh(bea).customer, fresh(bea).verified_at, fresh(ana).customer) == (bea.customer, None, ana.customer)
    assert list(Address.objects.filter(customer=bea.customer).values_list("pk", "is_default")) == [(hers.pk, True)]
    assert Address.objects.get(customer=ana.customer).name == "Ana"
    assert (Customer.objects.get(pk=ana.customer_id).email, Customer.objects.get(pk=bea.customer_id).email) == (
        "",
        "bea@example.org",
    )
    merge.refresh_from_db()
    assert (merge.undone_by, merge.undone_at is not None, breaches()) == (person, True, [])


def test_what_was_changed_since_is_not_taken_away(ana: Identity, bea: Identity) -> None:
    bea.customer.email = "bea@example.org"
    bea.customer.save()
    merge = joined(bea, ana)
    Customer.objects.filter(pk=ana.customer_id).update(email="ana@example.org")
    undo_merge(merge)
    assert Customer.objects.get(pk=ana.customer_id).email == "ana@example.org"


def test_both_carts_are_as_they_were_and_what_came_since_stays(ana: Identity, bea: Identity) -> None:
    mug = goods.variant(ana.merchant, "Mug")
    lamp, pen, cup = (goods.variant(ana.merchant, title) for title in ("Lamp", "Pen", "Cup"))
    add_to_cart(ana.customer, mug, quantity=1)
    add_to_cart(ana.customer, lamp, quantity=1)
    add_to_cart(bea.customer, mug, quantity=2)
    add_to_cart(bea.customer, pen, quantity=3)
    merge = joined(bea, ana)
    assert lines(ana.customer) == {"Mug": 3, "Lamp": 1, "Pen": 3}
    add_to_cart(ana.customer, cup, quantity=1)
    undo_merge(merge)
    assert (lines(ana.customer), lines(bea.customer)) == ({"Mug": 1, "Lamp": 1, "Cup": 1}, {"Mug": 2, "Pen": 3})
    assert breaches() == []


def test_the_only_cart_goes_back_and_a_draft_made_of_it_is_void(ana: Identity, bea: Identity) -> None:
    goods.vat(ana.merchant)
    merge_into = ana.customer
    add_to_cart(bea.customer, goods.variant(ana.merchant, "Pen"), quantity=3)
    merge = joined(bea, ana)
    order = goods.draft(goods.full_cart(merge_into, {}))
    undo_merge(merge)
    order.refresh_from_db()
    assert (order.status, order.customer, lines(bea.customer), lines(ana.customer)) == (
        "cancelled",
        ana.customer,
        {"Pen": 3},
        {},
    )
    assert breaches() == []


def test_a_cart_ordered_meanwhile_is_not_given_back(ana: Identity, bea: Identity) -> None:
    goods.vat(ana.merchant)
    add_to_cart(bea.customer, goods.variant(ana.merchant, "Pen"), quantity=1)
    merge = joined(bea, ana)
    order = goods.draft(goods.full_cart(ana.customer, {}))
    place_paid(lock_order(order))
    undo_merge(merge)
    order.refresh_from_db()
    assert (order.customer, order.cart.customer, lines(bea.customer)) == (ana.customer, ana.customer, {})
    assert Cart.objects.get(pk=order.cart_id).status == "ordered"


def test_orders_go_back_to_who_placed_them(ana: Identity, bea: Identity) -> None:
    goods.vat(ana.merchant)
    before = placed(bea.customer)
    own = placed(ana.customer)
    merge = joined(bea, ana)
    after = placed(ana.customer)
    undo_merge(merge)
    owners = {order.pk: order.customer_id for order in Order.objects.all()}
    assert owners == {before.pk: bea.customer_id, own.pk: ana.customer_id, after.pk: ana.customer_id}
    assert breaches() == []


def test_once_only_and_not_after_a_further_merge_or_an_erasure(ana: Identity, bea: Identity) -> None:
    merge = joined(bea, ana)
    undo_merge(merge)
    with pytest.raises(NotUndoable):
        undo_merge(merge)
    again = joined(bea, ana)
    third = factories.customer(ana.merchant)
    merge_customers(Customer.objects.get(pk=ana.customer_id), third)
    with pytest.raises(NotUndoable):
        undo_merge(again)
    erase_customer(third)
    assert Merge.objects.filter(target=third).count() == 0


def test_a_link_to_the_others_data_and_codes_given_out_meanwhile_are_dead(
    ana: Identity, bea: Identity, client: Client
) -> None:
    def opens(link: str) -> int:
        return client.post(link.removeprefix(settings.PUBLIC_URL)).status_code

    merge = joined(bea, ana)
    links = [my_data_url(fresh(person).customer) for person in (ana, bea)]
    codes = [issue_link_code(fresh(person)) for person in (ana, bea)]
    stranger = identity(channel_account(ana.merchant, "sms"))
    foreign = issue_link_code(stranger)
    assert [opens(link) for link in links] == [200, 200]
    undo_merge(merge)
    assert [opens(link) for link in links] == [404, 404]
    assert [opens(my_data_url(fresh(person).customer)) for person in (ana, bea)] == [200, 200]
    third = identity(channel_account(ana.merchant, "sms"))
    for code in codes:
        with pytest.raises(LinkCodeWrong):
            redeem_link_code(fresh(third), code)
    assert redeem_link_code(fresh(third), foreign) == stranger.customer


def test_they_may_be_joined_again(ana: Identity, bea: Identity) -> None:
    undo_merge(joined(bea, ana))
    joined(bea, ana)
    assert (fresh(bea).customer, Merge.objects.count()) == (ana.customer, 2)


def test_the_assistant_forgets_where_both_talks_were(in_scope: Merchant) -> None:
    threads: list[Conversation] = [
        greets(channel_account(in_scope, kind), user=user) for kind, user in (("whatsapp", "491"), ("telegram", "492"))
    ]
    for thread in threads:
        Session.objects.create(merchant=in_scope, conversation=thread, state={"stack": []}, turns=3)
    undo_merge(joined(threads[1].identity, threads[0].identity))
    assert list(Session.objects.values_list("state", "turns")) == [({}, 3), ({}, 3)]


def test_the_record_holds_nothing_personal(ana: Identity, bea: Identity) -> None:
    save_address(bea.customer, name="canary", **PLACE)
    bea.customer.email = "canary@example.org"
    bea.customer.save()
    merge = joined(bea, ana)
    assert "canary" not in str(merge.moved)
    assert "email" in merge.moved["filled"]


def test_from_the_desk(merchant: Merchant, other_merchant: Merchant) -> None:
    with scope(merchant=merchant):
        one, two = (identity(channel_account(merchant, kind), display_name=kind) for kind in ("whatsapp", "telegram"))
        merge = joined(two, one)
    client, stranger = Client(), Client()
    for each, shop in ((client, merchant), (stranger, other_merchant)):
        manager = factories.staff(shop, "manager")
        each.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    wish = {"action": "undo", "_selected_action": [merge.pk]}
    stranger.post("/admin/customers/merge/", wish)
    merge.refresh_from_db()
    assert merge.undone_at is None
    assert "Two people again" in client.post("/admin/customers/merge/", wish, follow=True).content.decode()
    merge.refresh_from_db()
    assert merge.undone_at is not None
    again = client.post("/admin/customers/merge/", wish, follow=True)
    assert "This can no longer be undone" in again.content.decode()


def test_from_the_desk_the_threads_are_locked_before_the_people(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        threads = [greets(channel_account(merchant, kind), user=kind) for kind in ("whatsapp", "telegram")]
        merge = joined(threads[1].identity, threads[0].identity)
    client = Client()
    client.force_login(factories.staff(merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend")
    with CaptureQueriesContext(connection) as asked:
        client.post("/admin/customers/merge/", {"action": "undo", "_selected_action": [merge.pk]})
    tables = [re.findall(r'FROM "(\w+)"', query["sql"])[0] for query in asked if "FOR NO KEY UPDATE" in query["sql"]]
    assert tables[:3] == ["conversations_inboxthread", "conversations_conversation", "customers_merge"]
