"""Gift cards by file: no code leaves the shop, cards that are out come in through the ledger, once, and can be used."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django_scopes import scope
from djmoney.money import Money

from apps.ledger.models import Transfer
from apps.merchants.codes import fingerprint
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.payments.actions import issue_gift_card
from apps.payments.models import GiftCard
from apps.payments.tenders import card_balance
from tests import factories

from .paper import exported, look, place, rows, signed_in, taken_away

CARDS = "payments.giftcard"
CODE = "A1B2C-D3E4F-G5H6J-K7M8N-P9Q0R"
FILE = f"code;issued;expires_at;note\n{CODE};12,50;31.12.2099;Old shop\n;40 EUR;;New one\n".encode()


def balances(merchant: Merchant) -> dict[str, str]:
    with scope(merchant=merchant):
        return {card.note: str(card_balance(card)) for card in GiftCard.objects.order_by("pk")}


def test_an_export_tells_what_is_left_and_no_code(
    desk: Client, merchant: Merchant, django_assert_max_num_queries: Any
) -> None:
    with scope(merchant=merchant):
        made = [issue_gift_card(merchant, Money(10 + number, "EUR"), note=f"n{number}") for number in range(12)]
    with django_assert_max_num_queries(14):
        content = taken_away(desk, CARDS)
    assert [(row["ends_in"], row["issued"], row["left"]) for row in rows(content)] == [
        (card.ends, f"{10 + number}.00", f"{10 + number}.00") for number, (card, _code) in enumerate(made)
    ]
    assert [code for _card, code in made if code.encode() in content or fingerprint(code).encode() in content] == []


def test_cards_that_are_out_come_in_with_their_balance_once(desk: Client, merchant: Merchant) -> None:
    looked = look(desk, CARDS, FILE)
    assert (looked.errors, looked.counts, balances(merchant)) == ([], (2, 0, 0), {})
    done: Any = desk.post(place(CARDS, "import"), {"kept": looked.kept})
    (told,) = rows(done.content)
    assert (told["line"], told["note"], "no-store" in done["Cache-Control"]) == ("3", "New one", True)
    assert balances(merchant) == {"Old shop": "€12.50", "New one": "€40.00"}
    with scope(merchant=merchant):
        old, new = GiftCard.objects.order_by("pk")
        assert (old.fingerprint, new.fingerprint) == (fingerprint(CODE), fingerprint(told["code"]))
        assert (old.expires_at.year, old.issued_by is not None) == (2099, True)
        assert [moved.kind for moved in Transfer.objects.all()] == ["issued", "issued"]
    assert [found for found in run_all() if not found["ok"]] == []
    again = look(desk, CARDS, FILE.replace(b";", b",").replace(b"12,50", b"12.50"))
    assert (again.report.is_something, again.kept) == (False, "")
    other = look(desk, CARDS, f"code,issued\n{CODE.lower().replace('-', ' ')},12.50\n".encode())
    assert (other.errors, other.counts) == ([], (0, 0, 1))


def test_a_card_that_is_out_keeps_its_amount_and_a_wrong_row_is_named(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        card, _code = issue_gift_card(merchant, Money(10, "EUR"))
    lines = [
        "id,code,issued,expires_at", f"{card.public_id},,11,", "nobody,,11,", ",LEGACY-1,5,", ",,0,", ",,5,2001-01-01",
        f",{CODE},5 CHF,", ",,5.005,", ",,,",
    ]  # fmt: skip
    wrong = look(desk, CARDS, "\n".join(lines).encode())
    assert wrong.errors == [
        (2, "issued", "What a card was issued with stays."),
        (3, "id", "There is none with the id “nobody”. Leave it empty for a new one."),
        (4, "code", "A code is five groups of five letters and digits. Leave it empty for a new one."),
        (5, "issued", "Write an amount of more than zero, in a currency of the shop."),
        (6, "expires_at", "This moment has passed."),
        (7, "issued", "Write an amount of more than zero, in a currency of the shop."),
        (8, "issued", "Write 1200 for 1,200; an amount in EUR has at most 2 decimals."),
    ]
    assert balances(merchant) == {"": "€10.00"}


def test_a_file_is_worth_no_more_than_its_bringer_may_give(desk: Client, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(goodwill_most=20, goodwill_most_a_day=50)
    (error,) = look(desk, CARDS, FILE).errors
    assert (error[:2], "At once you can give up to €20.00 by hand." in error[2]) == ((3, "issued"), True)
    assert balances(merchant) == {}


def test_a_file_laid_aside_gives_no_code_away_and_is_taken_once(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    kept = look(desk, CARDS, FILE).kept
    folder = settings.DATA_DIR / "imports" / str(merchant.pk)
    assert [CODE.encode() in path.read_bytes() for path in folder.iterdir()] == [False] * len(list(folder.iterdir()))
    stranger = signed_in(factories.staff(other_merchant, "manager"))
    assert stranger.post(place(CARDS, "import"), {"kept": kept}).status_code == 302
    assert (balances(merchant), balances(other_merchant)) == ({}, {})
    assert desk.post(place(CARDS, "import"), {"kept": kept}).status_code == 200
    assert desk.post(place(CARDS, "import"), {"kept": kept}).status_code == 302
    assert len(balances(merchant)) == 2


@pytest.mark.parametrize("role", ["associate", "expert"])
def test_who_has_no_desk_neither_takes_nor_brings(merchant: Merchant, role: str) -> None:
    client = signed_in(factories.staff(merchant, role))
    assert [client.get(place(CARDS, act)).status_code for act in ("import", "export")] == [302, 302]
    assert exported(signed_in(factories.staff(merchant, "manager")), CARDS) == []
