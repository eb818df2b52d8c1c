"""Connecting who reckons the tax: asked live before it is kept, health shown, codes of categories, what was told."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.carts.models import TaxAccount, TaxCode
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.models import TaxEntry
from tests import factories
from tests.carts import goods
from tests.payments.desk import Desk

from .test_admin import page

ACCOUNT = "carts.taxaccount"


@pytest.fixture
def owner(merchant: Merchant) -> Client:
    client = Client()
    client.force_login(factories.staff(merchant, "admin"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def connect(client: Client, stripe: Desk, **typed: Any) -> Any:
    values = {"setting_api_key": stripe.config["api_key"], "setting_api_base": stripe.config["api_base"]}
    whole = {"on_failure": "go_on", "is_active": "on", **values, **typed}
    return client.post(f"{page(ACCOUNT, 'add')}?kind=stripe", {key: value for key, value in whole.items() if value})


def said(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [str(each) for each in answer.context["adminform"].form.non_field_errors()]


def accounts(merchant: Merchant) -> list[TaxAccount]:
    with scope(merchant=merchant):
        return list(TaxAccount.objects.all())


def test_it_is_asked_and_kept(owner: Client, merchant: Merchant, stripe: Desk) -> None:
    assert "Stripe Tax" in owner.get(page(ACCOUNT, "add"), follow=True).content.decode()
    assert connect(owner, stripe).status_code == 302
    assert stripe.calls == ["GET /v1/tax/settings", "GET /v1/tax/registrations"]
    (made,) = accounts(merchant)
    assert (made.provider, made.config, made.on_failure) == ("stripe", {key: stripe.config[key] for key in ("api_key", "api_base")}, "go_on")  # fmt: skip
    shown = owner.get(page(ACCOUNT, "change", made.pk)).content.decode()
    assert ("not asked yet" in shown, "delivery: txcd_92010001" in shown, "sk_test_desk" in shown) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("key", "They do not accept this key."),
        ("pending", "Tax is not activated in this account. Finish its tax settings there first."),
        ("FR", "There is no registration for FR in this account. Add where you are registered there first."),
        ("away", "There is no answer just now. Try again in a moment, or save it switched off."),
    ],
)
def test_what_would_not_work_is_said_at_once(
    owner: Client, merchant: Merchant, stripe: Desk, wrong: str, sentence: str
) -> None:
    typed = {"setting_api_key": "sk_test_other"} if wrong == "key" else {}
    if wrong == "pending":
        stripe.store.set_setting("stripe_tax_status", "pending")
    elif wrong == "FR":
        merchant.country = "FR"
        merchant.save()
    elif wrong == "away":
        typed = {"setting_api_base": "http://127.0.0.1:9"}
    assert said(connect(owner, stripe, **typed)) == [sentence]
    assert accounts(merchant) == []
    assert connect(owner, stripe, **typed, is_active="").status_code == 302  # switched off, nobody is asked
    assert [account.is_active for account in accounts(merchant)] == [False]


def test_only_one_reckons(owner: Client, merchant: Merchant, stripe: Desk) -> None:
    connect(owner, stripe)
    assert said(connect(owner, stripe)) == ["Another account reckons the tax already. Switch that one off first."]
    assert len(accounts(merchant)) == 1


def test_the_owner_alone_connects_and_nobody_deletes(
    desk: Client, owner: Client, merchant: Merchant, stripe: Desk
) -> None:
    assert connect(desk, stripe).status_code == 403
    connect(owner, stripe)
    (made,) = accounts(merchant)
    assert owner.post(reverse("admin:carts_taxaccount_delete", args=[made.pk])).status_code == 403


def test_its_health_is_shown_and_can_be_looked_at_now(owner: Client, merchant: Merchant, stripe: Desk) -> None:
    connect(owner, stripe)
    (made,) = accounts(merchant)
    with scope(merchant=merchant):
        TaxAccount.objects.update(trouble="timed out", trouble_since=clock.now())
    assert ": timed out" in owner.get(page(ACCOUNT, "changelist")).content.decode()
    check = reverse("admin:carts_taxaccount_check_now", args=[made.pk])
    assert "All is well" in owner.get(check, follow=True).content.decode()
    stripe.store.set_setting("stripe_tax_registrations", ["US-NY"])
    assert "There is no registration for DE" in owner.get(check, follow=True).content.decode()


def test_a_category_is_given_its_code(desk: Client, merchant: Merchant) -> None:
    typed = {"category": " reading ", "code": "txcd_3501 0000"}
    assert desk.post(page("carts.taxcode", "add"), typed).status_code == 302
    with scope(merchant=merchant):
        assert [(row.category, row.code) for row in TaxCode.objects.all()] == [("reading", "txcd_35010000")]
    assert desk.post(page("carts.taxcode", "add"), typed).status_code == 200


def test_an_order_reckoned_instead_is_marked_and_found(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        customer = factories.customer(merchant)
        order = goods.draft(goods.full_cart(customer, {goods.variant(merchant): 1}))
        found = desk.get(f"{page('orders.order', 'changelist')}?tax=instead").content.decode()
        assert order.number not in found
        Order.objects.update(tax_by="instead")
    assert order.number in desk.get(f"{page('orders.order', 'changelist')}?tax=instead").content.decode()
    assert "gave no answer" in desk.get(page("orders.order", "change", order.pk)).content.decode()


def test_what_was_refused_is_told_again(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        order = goods.draft(goods.full_cart(factories.customer(merchant), {goods.variant(merchant): 1}))
        entry = TaxEntry.objects.create(
            merchant=merchant, order=order, reference="K7", state="refused", error="has expired"
        )
    listed = page("payments.taxentry", "changelist")
    assert "has expired" in desk.get(listed).content.decode()
    assert desk.post(listed, {"action": "again", "_selected_action": [entry.pk]}).status_code == 302
    with scope(merchant=merchant):
        entry.refresh_from_db()
    assert (entry.state, entry.error) == ("waiting", "")


def test_a_choice_of_one_is_none(desk: Client) -> None:
    answer = desk.get("/admin/carts/taxaccount/add/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/carts/taxaccount/add/?kind=stripe")
