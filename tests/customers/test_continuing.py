"""One way out of a thread, once: two phones at the same moment, a colleague's digits, and no guessing."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.customers.actions import (
    LinkCodeLocked,
    LinkCodeUsed,
    LinkCodeWrong,
    continuation_by,
    issue_continuation,
    issue_store_code,
    join_by_code,
    join_by_token,
    redeem_link_code,
    redeem_store_code,
    token_in,
    word_to_continue,
)
from apps.customers.actions.store_code import MAX_WRONG
from apps.customers.models import Identity, LinkCode, Merge
from apps.merchants import clock
from tests.factories import channel_account, identity, staff

PHONES = 8


@pytest.fixture
def ana(merchant: Any) -> Identity:
    return identity(channel_account(merchant, "whatsapp"), display_name="Ana")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["token", "code"])
def test_of_many_phones_at_once_one_wins(merchant: Any, ana: Identity, way: str) -> None:
    phones = [identity(channel_account(merchant, "telegram")) for _ in range(PHONES)]
    with scope(merchant=merchant):
        out = issue_continuation(ana)
    outcomes: list[str] = []
    start = threading.Barrier(PHONES)

    def take(phone: Identity) -> None:
        with scope(merchant=merchant):
            start.wait()
            try:
                join_by_token(phone, out.token) if way == "token" else join_by_code(phone, out.code)
                outcomes.append("joined")
            except LinkCodeUsed:
                outcomes.append("used")
            except LinkCodeWrong:
                outcomes.append("wrong")
        connection.close()

    threads = [threading.Thread(target=take, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lost = "used" if way == "token" else "wrong"  # of eight digits nobody is told that they were right once
    assert (outcomes.count("joined"), outcomes.count(lost)) == (1, PHONES - 1)
    with scope(merchant=merchant):
        assert Merge.objects.count() == 1
        assert ana.customer.identities.count() == 2


def test_a_token_is_kept_as_a_hash_and_is_128_bits(in_scope: Any, ana: Identity) -> None:
    out = issue_continuation(ana)
    row = LinkCode.objects.get()
    assert len(out.token) == 22
    assert out.token not in str(row.__dict__)
    assert out.code not in (row.code_hash, row.token_hash)
    assert token_in(word_to_continue(out.token)) == out.token


@pytest.mark.parametrize(
    "word", ["", "continue_", "continue_short", "A" * 22, "continue_" + "A" * 23, "continue_" + "é" * 22]
)
def test_other_words_are_no_way_to_go_on(word: str) -> None:
    assert token_in(word) == ""


def test_a_token_of_another_shop_is_none(merchant: Any, other_merchant: Any, ana: Identity) -> None:
    stranger = identity(channel_account(other_merchant, "telegram"))
    with scope(merchant=merchant):
        token = issue_continuation(ana).token
    with scope(merchant=other_merchant), pytest.raises(LinkCodeWrong):
        join_by_token(stranger, token)


def test_too_old_is_none(in_scope: Any, merchant: Any, ana: Identity) -> None:
    token = issue_continuation(ana).token
    there = identity(channel_account(merchant, "telegram"))
    assert continuation_by(token) is not None
    with clock.at(clock.now() + dt.timedelta(minutes=10, seconds=1)):
        assert continuation_by(token) is None
        with pytest.raises(LinkCodeWrong):
            join_by_token(there, token)


def test_digits_for_a_store_join_no_channels_and_the_other_way_round(
    in_scope: Any, merchant: Any, ana: Identity
) -> None:
    there, mara = identity(channel_account(merchant, "telegram")), staff(merchant)
    with pytest.raises(LinkCodeWrong):
        redeem_link_code(there, issue_store_code(ana))
    with pytest.raises(LinkCodeWrong):
        redeem_store_code(mara, merchant.pk, issue_continuation(ana).code)
    assert Merge.objects.count() == 0


def test_digits_for_a_store_open_once_and_not_for_long(in_scope: Any, merchant: Any, ana: Identity) -> None:
    mara = staff(merchant)
    code = issue_store_code(ana)
    assert redeem_store_code(mara, merchant.pk, f" {code[:3]} {code[3:]}") == ana
    with pytest.raises(LinkCodeWrong):
        redeem_store_code(mara, merchant.pk, code)
    old = issue_store_code(ana)
    with clock.at(clock.now() + dt.timedelta(minutes=11)), pytest.raises(LinkCodeWrong):
        redeem_store_code(mara, merchant.pk, old)


@pytest.mark.django_db(transaction=True)
def test_who_guesses_in_the_store_is_stopped_also_with_many_hands(merchant: Any, ana: Identity) -> None:
    mara, jonas = staff(merchant), staff(merchant)
    with scope(merchant=merchant):
        code = issue_store_code(ana)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    outcomes: list[str] = []

    def guess() -> None:
        with scope(merchant=merchant):
            try:
                redeem_store_code(mara, merchant.pk, wrong)
            except LinkCodeWrong:
                outcomes.append("wrong")
            except LinkCodeLocked:
                outcomes.append("locked")
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count("wrong"), outcomes.count("locked")) == (MAX_WRONG, 20 - MAX_WRONG)
    with scope(merchant=merchant):
        with pytest.raises(LinkCodeLocked) as locked:
            redeem_store_code(mara, merchant.pk, code)  # right, but too late
        assert redeem_store_code(jonas, merchant.pk, code) == ana  # a colleague is not locked with her
        with clock.at(locked.value.until + dt.timedelta(seconds=1)):
            assert redeem_store_code(mara, merchant.pk, issue_store_code(ana)) == ana


def test_another_shops_digits_open_nothing(merchant: Any, other_merchant: Any, ana: Identity) -> None:
    stranger = staff(other_merchant)
    with scope(merchant=merchant):
        code = issue_store_code(ana)
    with scope(merchant=other_merchant), pytest.raises(LinkCodeWrong):
        redeem_store_code(stranger, other_merchant.pk, code)
