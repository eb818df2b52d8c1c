"""Forms that come as JSON in a text, whoever drew them: what was asked, and what was filled in."""

import json

import pytest

from apps.messaging.answers import answer, answers_in


def test_a_form_of_whatsapp_is_questions_and_answers_without_its_token() -> None:
    told = {"flow_token": "t", "Colour": ["blue", "red"], "Count": 2, "Empty": "", "None": [], "Nested": {"a": 1}}
    assert answers_in(json.dumps(told)) == [answer("Colour", ["blue", "red"]), answer("Count", ["2"])]


def test_an_address_of_whatsapp_is_what_stands_in_it() -> None:
    told = {"saved_address_id": "a1", "values": {"city": "Berlin", "in_pin_code": "10969"}}
    assert answers_in(json.dumps(told)) == [answer("city", ["Berlin"]), answer("in_pin_code", ["10969"])]


@pytest.mark.parametrize(
    ("written", "said"),
    [("just words", "just words"), ("{", "{"), ("5", "5"), ('"yes"', "yes"), ("[" * 5000, "[" * 5000)],
)
def test_what_is_no_form_is_an_answer_without_a_question(written: str, said: str) -> None:
    assert answers_in(written) == [answer("", [said])]


@pytest.mark.parametrize("written", ["", "null", "{}", "[]", '{"values": {}}'])
def test_an_empty_form_has_no_answers(written: str) -> None:
    assert answers_in(written) == []


def test_an_endless_form_is_cut() -> None:
    assert len(answers_in(json.dumps({f"q{n}": "x" for n in range(200)}))) == 60
    assert answers_in(json.dumps({"q": "x" * 30_000})) == [answer("", ['{"q": "' + "x" * 19_993])]


def test_what_no_database_holds_is_not_in_it() -> None:
    assert answers_in(r'{"a\u0000": "b\ud800", "n": NaN}') == [answer("a\ufffd", ["b\ufffd"])]
