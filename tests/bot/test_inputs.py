"""What a turn reads of an event: filled-in forms, goods that are named, contacts."""

import datetime as dt
from typing import Any

import pytest

from apps.bot.inputs import inputs_of
from apps.messaging.answers import answer
from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.platforms.meta.said import product_named

AT = dt.datetime(2026, 3, 2, 11, tzinfo=dt.UTC)
NAMED = {"product": {"catalog_id": "1", "product_retailer_id": "glass-mug-0"}}


def event(kind: EventKind, **fields: Any) -> ChannelEvent:
    return ChannelEvent(kind=kind, external_event_id="1", external_user_id="u", occurred_at=AT, **fields)


def form(**data: Any) -> list[list[str]]:
    (item,) = inputs_of([event(EventKind.FORM_SUBMIT, text="Sent", data=data)])
    assert item["kind"] == "form"
    answers: list[list[str]] = item["answers"]
    return answers


def contact(**data: Any) -> dict[str, Any]:
    (item,) = inputs_of([event(EventKind.MESSAGE, type="contact", data=data)])
    return item


def test_a_form_is_questions_and_what_was_filled_in() -> None:
    told = [answer("Size", ["M", "L"]), answer("Colour", [" "]), answer("Count", [])]
    assert form(answers=told) == [["Size", "M, L"]]


def test_an_empty_form_has_no_answers() -> None:
    assert (form(), form(answers=[])) == ([], [])


def test_an_endless_form_is_cut() -> None:
    answers = form(answers=[answer(f"q{n}", ["x" * 900]) for n in range(200)])
    assert (len(answers), len(answers[0][1])) == (60, 200)


def test_an_account_that_was_linked_is_read() -> None:
    assert inputs_of([event(EventKind.ACCOUNT_LINKED, data={"status": "ok"})]) == [{"kind": "account_linked"}]


def test_a_contact_is_a_number_and_whether_it_is_their_own() -> None:
    card = {"name": "Ana", "phone": "+49 30 1234567", "is_own": True}
    told = contact(contacts=[{"name": "no number"}, card])
    assert told == {"kind": "contact", "phone": "+49 30 1234567", "is_own": True}


@pytest.mark.parametrize("data", [{}, {"contacts": None}, {"contacts": [{"phone": ["1"], "is_own": "yes"}]}])
def test_a_contact_without_a_number_is_nobodys(data: dict[str, Any]) -> None:
    assert contact(**data) == {"kind": "contact", "phone": "", "is_own": False}


def test_only_the_platforms_own_word_makes_a_number_theirs() -> None:
    assert contact(contacts=[{"phone": "1234567", "is_own": "true"}])["is_own"] is False


def test_goods_that_a_message_names_go_with_its_words() -> None:
    asked = event(EventKind.MESSAGE, type="text", text="in blue?", data=NAMED)
    assert inputs_of([asked]) == [{"kind": "text", "text": "in blue?", "about": "glass-mug-0"}]
    before = event(EventKind.MESSAGE, type="text", text="hi there")
    assert inputs_of([before, asked])[0]["about"] == "glass-mug-0"


def test_hello_beside_an_advertisement_is_about_the_goods_it_names() -> None:
    came = event(EventKind.REFERRAL, data={"source": "ad", "ad": "7"})
    hello = event(EventKind.MESSAGE, type="text", text="Hi", data=NAMED)
    assert inputs_of([came, hello]) == [{"kind": "arrived", "token": "", "ad": "7", "about": "glass-mug-0"}]


def test_a_link_to_goods_names_them() -> None:
    came = event(EventKind.REFERRAL, data={"source": "link", **NAMED})
    assert inputs_of([came]) == [{"kind": "arrived", "token": "", "about": "glass-mug-0"}]


def test_what_a_platform_calls_goods_itself_is_no_number_of_ours() -> None:
    came = event(EventKind.REFERRAL, data={"source": "ad", "product": product_named(own="4001")})
    assert inputs_of([came]) == [{"kind": "arrived", "token": ""}]


def test_a_basket_is_as_many_rows_as_a_cart_could_hold() -> None:
    rows = [{"sku": "a" * 500, "quantity": 10**9, "unit_price": 1.5, "currency": None}] * 500
    (item,) = inputs_of([event(EventKind.ORDER, text="please", data={"items": rows})])
    assert (item["kind"], item["text"], len(item["rows"])) == ("basket", "please", 60)
    assert item["rows"][0] == {"sku": "a" * 64, "unit_price": "1.5", "currency": "", "quantity": 10**9}
