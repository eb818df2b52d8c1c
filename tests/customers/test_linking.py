"""A second channel proves it is the same person, and nobody else can."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.customers.actions import (
    LinkCodeLocked,
    LinkCodeWrong,
    forget_codes,
    issue_link_code,
    looks_like_link_code,
    redeem_link_code,
)
from apps.customers.actions.link import DIGITS
from apps.customers.models import Customer, Identity, LinkAttempt, LinkCode, Merge
from apps.merchants import clock
from tests.factories import channel_account, identity


def wrong(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 10**DIGITS:0{DIGITS}}"


@pytest.fixture
def ana(merchant: Any) -> Identity:
    return identity(channel_account(merchant, "whatsapp"), display_name="Ana")


@pytest.fixture
def ana_on_telegram(merchant: Any) -> Identity:
    return identity(channel_account(merchant, "telegram"), display_name="Ana T")


def test_a_code_joins_two_identities(in_scope: Any, ana: Identity, ana_on_telegram: Identity) -> None:
    code = issue_link_code(ana)
    assert looks_like_link_code(f" {code[:4]} {code[4:]} ")
    former = ana_on_telegram.customer
    customer = redeem_link_code(ana_on_telegram, f"{code[:4]}-{code[4:]}")
    former.refresh_from_db()
    assert (customer, former.merged_into) == (ana.customer, ana.customer)
    assert sorted(customer.identities.values_list("pk", flat=True)) == sorted([ana.pk, ana_on_telegram.pk])


def test_only_the_hash_is_kept(in_scope: Any, ana: Identity) -> None:
    code = issue_link_code(ana)
    row = LinkCode.objects.get()
    assert code not in f"{row.code_hash}"
    assert len(row.code_hash) == 64


def test_a_code_is_forgotten_a_month_after_it_was_good(in_scope: Any, ana: Identity, ana_on_telegram: Identity) -> None:
    redeem_link_code(ana_on_telegram, issue_link_code(ana))
    with clock.at(clock.now() + dt.timedelta(minutes=20)):
        issue_link_code(ana)
    kept = []
    for minutes in (9, 11, 31):
        with clock.at(clock.now() + dt.timedelta(days=30, minutes=minutes)):
            kept.append((forget_codes(), LinkCode.objects.count()))
    assert kept == [(0, 2), (1, 1), (1, 0)]
    assert Merge.objects.filter(undone_at=None).count() == 1


def test_attack_23_writing_a_victims_phone_or_email_merges_nothing(
    in_scope: Any, ana: Identity, ana_on_telegram: Identity
) -> None:
    ana.customer.phone, ana.customer.email = "+4915112345678", "ana@example.org"
    ana.customer.save()
    attacker = ana_on_telegram.customer
    attacker.phone, attacker.email = "+4915112345678", "ana@example.org"
    attacker.save()
    for guess in ("+4915112345678", "ana@example.org"):
        with pytest.raises(LinkCodeWrong):
            redeem_link_code(ana_on_telegram, guess)
    assert Customer.objects.filter(merged_into__isnull=False).count() == 0
    ana_on_telegram.refresh_from_db()
    assert ana_on_telegram.customer == attacker


def test_attack_23_a_code_never_joins_across_merchants(merchant: Any, other_merchant: Any, ana: Identity) -> None:
    stranger = identity(channel_account(other_merchant, "whatsapp"))
    with scope(merchant=merchant):
        code = issue_link_code(ana)
    with scope(merchant=other_merchant), pytest.raises(LinkCodeWrong):
        redeem_link_code(stranger, code)


def test_attack_24_a_code_works_once_and_not_for_long(in_scope: Any, merchant: Any, ana: Identity) -> None:
    second, third, fourth = (identity(channel_account(merchant, "telegram")) for _ in range(3))
    code = issue_link_code(ana)
    redeem_link_code(second, code)
    with pytest.raises(LinkCodeWrong):
        redeem_link_code(third, code)
    old = issue_link_code(ana)
    with clock.at(clock.now() + dt.timedelta(minutes=11)), pytest.raises(LinkCodeWrong):
        redeem_link_code(fourth, old)
    with pytest.raises(LinkCodeWrong):
        redeem_link_code(ana, issue_link_code(ana))


@pytest.mark.django_db(transaction=True)
def test_attack_28_fifty_guesses_at_once_are_fifty_guesses(
    merchant: Any, ana: Identity, ana_on_telegram: Identity
) -> None:
    with scope(merchant=merchant):
        code = issue_link_code(ana)
    outcomes: list[str] = []

    def guess(number: int) -> None:
        with scope(merchant=merchant):
            try:
                redeem_link_code(ana_on_telegram, wrong(code, number + 1))
                outcomes.append("in")
            except LinkCodeWrong:
                outcomes.append("wrong")
            except LinkCodeLocked:
                outcomes.append("locked")
        connection.close()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(50)]
    for start in range(0, 50, 10):
        for thread in threads[start : start + 10]:
            thread.start()
        for thread in threads[start : start + 10]:
            thread.join()
    assert (outcomes.count("wrong"), outcomes.count("locked")) == (5, 45)
    with scope(merchant=merchant):
        with pytest.raises(LinkCodeLocked) as locked:
            redeem_link_code(ana_on_telegram, code)  # right, but too late
        assert locked.value.until > clock.now()
        assert LinkAttempt.objects.get().failures == 6  # what was not looked at is not counted
        with clock.at(locked.value.until + dt.timedelta(seconds=1)):
            redeem_link_code(ana_on_telegram, issue_link_code(ana))


def test_attack_28_at_most_three_codes_live(in_scope: Any, ana: Identity, ana_on_telegram: Identity) -> None:
    codes = [issue_link_code(ana) for _ in range(4)]
    assert LinkCode.objects.filter(used_at=None, expires_at__gt=clock.now()).count() == 3
    with pytest.raises(LinkCodeWrong):
        redeem_link_code(ana_on_telegram, codes[0])
    redeem_link_code(ana_on_telegram, codes[3])


def guess(visitor: Identity, code: str) -> str:
    try:
        redeem_link_code(visitor, code)
    except LinkCodeWrong:
        return "wrong"
    except LinkCodeLocked:
        return "locked"
    return "in"


def test_attack_28_one_visitor_cannot_lock_the_shop(in_scope: Any, merchant: Any, ana: Identity) -> None:
    account = channel_account(merchant, "webchat")
    code = issue_link_code(ana)
    stubborn, honest = identity(account, "stubborn"), identity(account, "honest")
    tries = [guess(stubborn, wrong(code, step)) for step in range(1, 151)]
    assert (tries.count("wrong"), tries.count("locked")) == (5, 145)
    assert [guess(honest, wrong(code)), guess(honest, wrong(code, 2)), guess(honest, code)] == ["wrong", "wrong", "in"]


def test_attack_28_many_guess_together_once_each_and_a_right_code_still_gets_in(
    in_scope: Any, merchant: Any, ana: Identity
) -> None:
    account = channel_account(merchant, "webchat")
    code = issue_link_code(ana)
    visitors = [identity(account, f"visitor-{n}") for n in range(23)]
    early = [guess(visitor, wrong(code, step)) for visitor in visitors[:20] for step in range(1, 11)]
    assert (early.count("wrong"), early.count("locked")) == (100, 100)
    late, honest = visitors[20], visitors[21]
    assert [guess(late, wrong(code)), guess(late, code), guess(visitors[0], code)] == ["wrong", "locked", "locked"]
    assert guess(honest, code) == "in"


def test_attack_28_after_five_hundred_tries_nobody_gets_one_for_a_while(
    in_scope: Any, merchant: Any, ana: Identity
) -> None:
    account = channel_account(merchant, "webchat")
    code = issue_link_code(ana)
    crowd = [identity(account, f"visitor-{n}") for n in range(100)]
    LinkAttempt.objects.bulk_create(
        LinkAttempt(merchant=merchant, identity=one, failures=5, window_started_at=clock.now()) for one in crowd
    )
    honest = identity(account, "honest")
    assert guess(honest, code) == "locked"
    with clock.at(clock.now() + dt.timedelta(minutes=10, seconds=1)):
        assert guess(honest, issue_link_code(ana)) == "in"


def test_attack_28_a_code_of_ones_own_buys_no_more_guesses(in_scope: Any, merchant: Any, ana: Identity) -> None:
    account = channel_account(merchant, "webchat")
    mine, other = identity(account, "mine"), identity(account, "other")
    code = issue_link_code(ana)
    tries = [guess(mine, wrong(code, step)) for step in range(1, 5)]
    own = guess(mine, issue_link_code(other))
    assert (tries, own) == (["wrong"] * 4, "in")
    assert [guess(mine, wrong(code, 5)), guess(mine, code)] == ["wrong", "locked"]


def test_attack_29_a_code_is_in_no_row_and_no_answer(in_scope: Any, ana: Identity, ana_on_telegram: Identity) -> None:
    code = issue_link_code(ana)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM customers_linkcode c")
        rows = [row for (row,) in cursor]
    assert [code in row for row in rows] == [False]
    with pytest.raises(LinkCodeWrong) as refused:
        redeem_link_code(ana_on_telegram, wrong(code))
    assert code not in str(refused.value)
