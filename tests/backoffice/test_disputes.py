"""A dispute at the desk: what needs an answer, what is proposed, and what the bank gets."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django_scopes import scope

from apps.merchants import clock
from apps.merchants.models import Merchant, StaffRole
from apps.orders.actions import deliver_order, ship_order
from apps.payments.actions import send_answers
from apps.payments.models import Dispute, PaymentAccount
from tests import factories
from tests.carts import goods
from tests.conversations.people import says
from tests.payments.desk import NAME, Desk
from tests.payments.story import deliver, paid


@pytest.fixture
def stripe() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


@pytest.fixture
def dispute(merchant: Merchant, stripe: Desk) -> Dispute:
    """A mug, delivered, that the cardholder says never came."""
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=stripe.config)
        ana = says(factories.channel_account(merchant, "telegram"), "is my mug here?").conversation.identity.customer
        payment = paid(stripe, ana, {goods.variant(merchant): 1})
        ship_order(payment.order, carrier="DHL", tracking_number="00340")
        deliver_order(payment.order)
        stripe.dispute(payment.provider_payment)
        deliver(stripe)
        return Dispute.objects.get()


def page(dispute: Dispute, kind: str = "change") -> str:
    return f"/admin/payments/dispute/{dispute.pk}/{kind}/"


def said(answer: Any) -> dict[str, Any]:
    form = answer.context["form"]
    return {name: form[name].value() or "" for name in form.fields if form[name].value() is not False}


def test_it_is_a_task_with_its_days_and_a_page_in_words(desk: Client, dispute: Dispute) -> None:
    first = desk.get("/admin/")
    assert (1, "dispute to answer, 6 days left") in [(task["count"], task["label"]) for task in first.context["tasks"]]
    shown = desk.get(page(dispute)).content.decode()
    assert ["the goods did not arrive" in shown, "6 days left" in shown, "€15.00" in shown] == [True] * 3
    with clock.at(clock.now() + dt.timedelta(days=8)):
        tasks = desk.get("/admin/").context["tasks"]
        assert [task for task in tasks if "dispute" in task["label"]] == []


def test_the_form_knows_what_the_shop_knows(desk: Client, dispute: Dispute) -> None:
    initial = said(desk.get(page(dispute, "answer")))
    assert {name: initial[name] for name in ("carrier", "tracking_number", "goods")} == {
        "carrier": "DHL",
        "tracking_number": "00340",
        "goods": "1 × Blue mug",
    }
    today = f"{clock.now().astimezone(dispute.merchant.zone):%Y-%m-%d}"
    assert (initial["shipped_on"], initial["arrived_on"]) == (today, today)
    assert "is my mug here?" in initial["conversation"]
    assert "DHL delivered parcel 00340" in initial["explanation"]
    assert "Total: €16.90" in initial["explanation"]


def test_a_draft_is_kept_and_then_handed_in_once(desk: Client, dispute: Dispute, stripe: Desk) -> None:
    form = said(desk.get(page(dispute, "answer")))
    answer = desk.post(page(dispute, "answer"), form | {"explanation": "It came.", "draft": "1"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "Kept as a draft. The bank has not seen it yet."
    ]
    again = said(desk.get(page(dispute, "answer")))
    assert again["explanation"] == "It came."
    desk.post(page(dispute, "answer"), again, follow=True)
    desk.post(page(dispute, "answer"), again, follow=True)
    with scope(merchant=dispute.merchant):
        send_answers()
    found = stripe.every("dispute")[0]
    assert (found["status"], found["evidence_details"]["submission_count"]) == ("under_review", 1)
    assert found["evidence"]["uncategorized_text"].startswith("It came.\n\n")
    assert found["evidence"]["shipping_tracking_number"] == "00340"
    late = desk.post(page(dispute, "accept"), follow=True)
    assert [str(message) for message in late.context["messages"]] == [
        "Somebody has answered this dispute already: evidence handed in."
    ]


def test_accepting_it_gives_the_money_up(desk: Client, dispute: Dispute, stripe: Desk) -> None:
    assert "€16.90" in str(desk.get(page(dispute, "accept")).context["label"])
    desk.post(page(dispute, "accept"))
    with scope(merchant=dispute.merchant):
        send_answers()
        dispute.refresh_from_db()
        assert (dispute.state, dispute.payment.order.payment_status) == ("lost", "lost")
    assert stripe.every("dispute")[0]["status"] == "lost"


def test_refunding_it_is_refused_with_the_reason(desk: Client, dispute: Dispute) -> None:
    with scope(merchant=dispute.merchant):
        order = dispute.payment.order
    answer = desk.get(f"/admin/orders/order/{order.pk}/refund/", follow=True)
    (message,) = [str(message) for message in answer.context["messages"]]
    assert message.startswith("The bank has taken this payment of order")


def test_a_colleague_of_another_shop_sees_nothing_of_it(dispute: Dispute, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        stranger = factories.staff(other_merchant, "manager")
    client = Client()
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page(dispute, "answer")).status_code == 404
    assert client.post(page(dispute, "accept")).status_code == 404


def test_credit_over_the_limit_is_refused_and_only_the_owner_moves_it(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        Merchant.objects.filter(pk=merchant.pk).update(goodwill_most="20", goodwill_most_a_day="30")
        ana = factories.customer(merchant)
        me = get_user_model().objects.get(pk=desk.session["_auth_user_id"])
        role = StaffRole.objects.get(user=me)
        StaffRole.objects.filter(pk=role.pk).update(role=StaffRole.Role.MANAGER)
    path = f"/admin/customers/customer/{ana.pk}/credit/"
    form = said(desk.get(path)) | {"amount": "20.01", "reason": "sorry"}
    answer = desk.post(path, form, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "At once you can give up to €20.00 by hand. Left for today: €30.00. For more, ask whoever runs the shop."
    ]
    settings = f"/admin/merchants/merchant/{merchant.pk}/change/"
    assert "goodwill_most" not in desk.get(settings).context["adminform"].form.fields
    with scope(merchant=merchant):
        StaffRole.objects.filter(pk=role.pk).update(role=StaffRole.Role.ADMIN)
    assert "goodwill_most" in desk.get(settings).context["adminform"].form.fields
    desk.post(path, form | {"amount": "500"})
    listed = desk.get("/admin/merchants/goodwill/").content.decode()
    assert "€500.00" in listed
