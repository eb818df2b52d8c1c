"""The page of an approved wording: seen as the shopper will, handed in, and told plainly why it is not sent."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.models import Template
from tests import factories
from tests.messaging.loopback import platform

PAGE = "admin:messaging_template"
BODY = "Your order {{1}} is on its way with {{2}}. Number {{3}} tells you where it is."


@pytest.fixture
def account(merchant: Merchant) -> ChannelAccount:
    return factories.channel_account(merchant, "whatsapp", name="main", business_account_id="1")


def template(account: ChannelAccount, **fields: Any) -> Template:
    values = {"purpose": "order_shipped", "language": "en", "name": "order_shipped", "body": BODY, "state": "draft"}
    with scope(merchant=account.merchant):
        made: Template = Template.objects.create(
            merchant=account.merchant, channel_account=account, **{**values, **fields}
        )
    return made


def shown(desk: Client, row: Template, language: str = "en") -> str:
    page = desk.get(reverse(f"{PAGE}_change", args=[row.pk]), headers={"accept-language": language})
    assert page.status_code == 200
    text: str = page.content.decode()
    return text


def preview(page: str) -> str:
    found = re.search(r'id="wording-preview"[^>]*>([^<]*)<', page)
    assert found is not None
    return found[1]


def at(account: ChannelAccount, base: str) -> None:
    with scope(merchant=account.merchant):
        account.config["api_base"] = base
        account.save()


def test_a_wording_is_written_and_named_like_its_purpose(desk: Client, account: ChannelAccount) -> None:
    typed = {
        "channel_account": account.pk,
        "purpose": "points_birthday",
        "language": "de",
        "name": "",
        "body": "Hier sind {{1}} Punkte.",
    }
    assert desk.post(reverse(f"{PAGE}_add"), typed).status_code == 302
    with scope(merchant=account.merchant):
        made = Template.objects.get()
    assert (made.name, made.category, made.state) == ("points_birthday", "marketing", "draft")


def test_only_platforms_that_approve_wordings_are_offered(desk: Client, account: ChannelAccount) -> None:
    factories.channel_account(account.merchant, "telegram", name="bot")
    page = desk.get(reverse(f"{PAGE}_add"))
    offered = [str(label) for _value, label in page.context["adminform"].form.fields["channel_account"].choices]
    assert [label for label in offered if "·" in label] == ["WhatsApp · Demo Shop on whatsapp"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Your order K7QM-2XPD is on its way with DHL. Number 00340434161094042557 tells you where it is."),
        ("de", "Your order K7QM-2XPD is on its way with DHL. Number 00340434161094042557 tells you where it is."),
    ],
)
def test_it_is_seen_as_the_shopper_will(desk: Client, account: ChannelAccount, language: str, said: str) -> None:
    assert preview(shown(desk, template(account), language)) == said


def test_samples_speak_the_language_of_the_wording(desk: Client, account: ChannelAccount) -> None:
    row = template(account, purpose="points_earned", language="de", body="{{1}} Punkte ab dem {{2}}. Danke.")
    assert preview(shown(desk, row, "en")) == "120 Punkte ab dem 3. März. Danke."


def test_markup_in_a_wording_is_text(desk: Client, account: ChannelAccount) -> None:
    page = shown(desk, template(account, body="<b>{{1}}</b> <script>x</script>"))
    assert "<script>x</script>" not in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "There are 3 values for this purpose, but the wording has places for 1."),
        ("de", "Für diesen Zweck gibt es 3 Werte, der Text hat aber 1 Stellen."),
        ("es", "Para esta finalidad hay 3 valores, pero el texto tiene lugares para 1."),
        ("zh-hans", "此用途有 3 个值，但文案有 1 个位置。"),
    ],
)
def test_why_it_is_not_sent_is_said(desk: Client, account: ChannelAccount, language: str, said: str) -> None:
    row = template(account, body="Order {{1}} is on its way.", state="approved")
    assert said in shown(desk, row, language)
    listed = desk.get(reverse(f"{PAGE}_changelist"), headers={"accept-language": language}).content.decode()
    assert said in listed


def test_a_wording_that_does_not_fit_is_told_of_at_the_desks_first_page(desk: Client, account: ChannelAccount) -> None:
    template(account, body="Order {{1}} is on its way.", state="approved")
    assert "approved wording does not fit its purpose" in desk.get(reverse("admin:index")).content.decode()


def test_one_that_fits_is_handed_in_by_a_press(desk: Client, account: ChannelAccount) -> None:
    row = template(account)
    with platform((200, {"id": "9", "status": "PENDING", "category": "UTILITY"}, {})) as meta:
        at(account, meta.base)
        answer = desk.post(reverse(f"{PAGE}_submit", args=[row.pk]), follow=True)
    with scope(merchant=account.merchant):
        row.refresh_from_db()
    assert (row.state, len(meta.calls)) == ("submitted", 1)
    assert "It is handed in." in answer.content.decode()
    assert "/submit/" not in shown(desk, row)


def test_a_refusal_is_told_in_the_platforms_words(desk: Client, account: ChannelAccount) -> None:
    row = template(account)
    with platform((400, {"error": {"code": 100, "message": "There is already content"}}, {})) as meta:
        at(account, meta.base)
        page = desk.post(reverse(f"{PAGE}_submit", args=[row.pk]), follow=True).content.decode()
    with scope(merchant=account.merchant):
        row.refresh_from_db()
    assert (row.state, "There is already content" in page) == ("draft", True)


def test_states_are_fetched_by_a_press(desk: Client, account: ChannelAccount) -> None:
    row = template(account, state="submitted")
    listed = {
        "id": "9", "name": "order_shipped", "language": "en", "status": "APPROVED", "category": "UTILITY",
        "components": [{"type": "BODY", "text": BODY}],
    }  # fmt: skip
    stranger = {**listed, "id": "10", "name": "summer_sale"}
    with platform((200, {"data": [listed, stranger]}, {})) as meta:
        at(account, meta.base)
        page = desk.post(reverse(f"{PAGE}_fetch"), follow=True).content.decode()
    with scope(merchant=account.merchant):
        row.refresh_from_db()
    assert row.state == "approved"
    assert ("1 wording has changed." in page, "summer_sale" in page) == (True, True)


def test_what_is_judged_or_approved_cannot_be_rewritten_here(desk: Client, account: ChannelAccount) -> None:
    row = template(account, state="approved")
    desk.post(
        reverse(f"{PAGE}_change", args=[row.pk]), {"purpose": "tier_lost", "language": "de", "name": "x", "body": "Hi"}
    )
    with scope(merchant=account.merchant):
        row.refresh_from_db()
    assert (row.purpose, row.language, row.name, row.body) == ("order_shipped", "en", "order_shipped", BODY)


@pytest.mark.parametrize("name", ["Order Shipped", "größe", "a-b", "x\n"])
def test_a_name_no_platform_takes_is_refused(desk: Client, account: ChannelAccount, name: str) -> None:
    typed = {"channel_account": account.pk, "purpose": "tier_lost", "language": "en", "name": name, "body": "See you."}
    answer = desk.post(reverse(f"{PAGE}_add"), typed)
    if name.strip() == "x":
        assert answer.status_code == 302  # a line's end is no part of a name
        return
    assert list(answer.context["adminform"].form.errors) == ["name"]


def test_one_wording_for_each_purpose_and_language(desk: Client, account: ChannelAccount) -> None:
    template(account)
    typed = {"channel_account": account.pk, "purpose": "order_shipped", "language": "en", "name": "b", "body": BODY}
    assert desk.post(reverse(f"{PAGE}_add"), typed).status_code == 200


def test_strangers_see_press_and_use_nothing(desk: Client, account: ChannelAccount, other_merchant: Merchant) -> None:
    theirs = factories.channel_account(other_merchant, "whatsapp", name="theirs")
    row = template(theirs, name="their_secret_offer")
    assert "their_secret_offer" not in desk.get(reverse(f"{PAGE}_changelist")).content.decode()
    with platform((200, {"id": "9"}, {})) as meta:
        at(theirs, meta.base)
        assert desk.post(reverse(f"{PAGE}_submit", args=[row.pk])).status_code == 404
        typed = {"channel_account": theirs.pk, "purpose": "tier_lost", "language": "en", "name": "", "body": "See you."}
        assert desk.post(reverse(f"{PAGE}_add"), typed).status_code == 200
    assert meta.calls == []
    for visit in ("submit", "fetch"):
        path = reverse(f"{PAGE}_{visit}", args=[row.pk] if visit == "submit" else [])
        assert desk.get(path).status_code == 404
