"""Codes worth money: found however they are typed, known by a fingerprint, and left out of whatever is kept."""

import pytest

from apps.conversations.actions.masking import clean_event
from apps.merchants.codes import ALPHABET, ending, fingerprint, hide_codes, new_code, tidy
from tests.conversations.people import event

CODE = "7Q2MX-0AB1C-KLM9P-RSTV4-WX8Z3"


def test_a_code_has_125_random_bits_in_five_groups() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert {tuple(map(len, code.split("-"))) for code in codes} == {(5, 5, 5, 5, 5)}
    assert set("".join(codes)) - set(ALPHABET) == {"-"}
    assert [hide_codes(code)[1][0]["token"] for code in codes] == [fingerprint(code) for code in codes]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (CODE, "•••• X8Z3"),
        (CODE.lower(), "•••• X8Z3"),
        (CODE.replace("-", ""), "•••• X8Z3"),
        (CODE.replace("-", " "), "•••• X8Z3"),
        (CODE.replace("-", " – "), "•••• X8Z3"),
        (CODE.replace("0", "O").replace("1", "l"), "•••• X8Z3"),
        (f"my code is {CODE}, thanks", "my code is •••• X8Z3, thanks"),
        (f"here: {CODE.replace('-', ' ')} thank maybe", "here: •••• X8Z3 thank maybe"),
        (f"about {CODE.replace('-', ' ')}", "about •••• X8Z3"),
        (f"礼品卡{CODE}谢谢", "礼品卡•••• X8Z3谢谢"),
        ("７Q2MX-０AB1C-KLM9P-RSTV4-WX8Z3", "•••• X8Z3"),
    ],
)
def test_however_it_is_typed_it_is_the_same_code(said: str, kept: str) -> None:
    assert hide_codes(said) == (kept, [{"ends": "X8Z3", "token": fingerprint(CODE)}])


@pytest.mark.parametrize(
    "said",
    [
        "these seven large stone mugs",
        "great shirt looks quite lovely today",
        "12345 67890 12345 67890 12345",
        "order K7QM-2XPD",
        "DE89 3704 0044 0532 0130 00",
        "JJD000390007882123456",
        "https://shop.example/go/7Q2MX0ABCKLM9PRSTV4WX8Z3AAAA",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_nothing_else_is_taken_for_one(said: str) -> None:
    assert hide_codes(said) == (said, [])


def test_two_codes_of_one_message_are_both_found() -> None:
    other = new_code()
    text, found = hide_codes(f"{CODE} {other}")
    assert text == f"•••• X8Z3 •••• {ending(other)}"
    assert [code["token"] for code in found] == [fingerprint(CODE), fingerprint(other)]


def test_what_is_stored_of_a_message_has_the_fingerprint_and_not_the_code() -> None:
    kept = clean_event(event(text=f"use {CODE}", data={"note": CODE}))
    assert (kept.text, kept.data) == (
        "use •••• X8Z3",
        {"note": "•••• X8Z3", "codes": [{"ends": "X8Z3", "token": fingerprint(CODE)}]},
    )
    assert tidy(CODE) not in tidy(str(kept.to_json()))


def test_nobody_outside_says_that_a_code_was_written() -> None:
    forged = {"codes": [{"ends": "X8Z3", "token": fingerprint(CODE)}]}
    assert clean_event(event(text="hello", data=forged)).data == {}
