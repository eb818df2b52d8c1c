"""Money that is owed: moved whole, once, and never out of an empty account."""

from threading import Thread
from typing import Any

import pytest
from django.db import InternalError, connection, transaction
from django.db.models import Sum
from django.db.utils import IntegrityError
from django_scopes import scope
from djmoney.money import Money

from apps.ledger.actions import KeyUsed, NotEnough, Unbalanced, account_of, transfer
from apps.ledger.models import Account, Final, Posting, Transfer
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant

pytestmark = pytest.mark.usefixtures("in_scope")


def eur(amount: str | int) -> Money:
    return Money(str(amount), "EUR")


def purse(merchant: Merchant, owner: str, *, holds: int = 0) -> Account:
    """An account with money in it."""
    account = account_of(merchant, "purse", owner, currency="EUR")
    if holds:
        source = account_of(merchant, "mint", currency="EUR", below_zero=True)
        transfer({source: eur(-holds), account: eur(holds)}, key=f"mint:{owner}", kind="mint")
    return account


def balance(account: Account) -> str:
    account.refresh_from_db()
    return f"{account.balance.amount:.2f}"


def broken() -> list[str]:
    return [example for finding in run_all() for example in finding["examples"]]


def test_what_one_gives_the_others_get(merchant: Merchant) -> None:
    ana, ben, eve = purse(merchant, "ana", holds=10), purse(merchant, "ben"), purse(merchant, "eve")
    moved = transfer(
        {ana: eur("-7.50"), ben: eur(5), eve: eur("2.50")}, key="k", kind="gift", reference="order:1", reason="a bet"
    )
    assert [balance(account) for account in (ana, ben, eve)] == ["2.50", "5.00", "2.50"]
    assert [(row.account_id, str(row.amount.amount)) for row in moved.postings.all()] == [
        (ana.pk, "-7.500"),
        (ben.pk, "5.000"),
        (eve.pk, "2.500"),
    ]
    assert (moved.kind, moved.reference, moved.reason, broken()) == ("gift", "order:1", "a bet", [])


def test_the_same_key_moves_it_once(merchant: Merchant) -> None:
    ana, ben = purse(merchant, "ana", holds=10), purse(merchant, "ben")
    first = transfer({ana: eur(-6), ben: eur(6)}, key="k", kind="gift")
    assert transfer({ana: eur(-6), ben: eur(6)}, key="k", kind="gift") == first
    assert (balance(ana), balance(ben)) == ("4.00", "6.00")
    with pytest.raises(KeyUsed):
        transfer({ana: eur(-1), ben: eur(1)}, key="k", kind="gift")


def test_what_is_not_there_is_not_moved_and_leaves_the_key_free(merchant: Merchant) -> None:
    ana, ben = purse(merchant, "ana", holds=10), purse(merchant, "ben")
    with pytest.raises(NotEnough):
        transfer({ana: eur("-10.01"), ben: eur("10.01")}, key="k", kind="gift")
    assert (balance(ana), balance(ben), Transfer.objects.filter(key="k").count()) == ("10.00", "0.00", 0)
    transfer({ana: eur(-10), ben: eur(10)}, key="k", kind="gift")
    assert (balance(ana), balance(ben), broken()) == ("0.00", "10.00", [])


def test_nonsense_is_refused(merchant: Merchant, other_merchant: Merchant) -> None:
    ana, ben = purse(merchant, "ana", holds=10), purse(merchant, "ben")
    yen = account_of(merchant, "purse", "ana", currency="JPY")
    with scope(merchant=other_merchant):
        stranger = account_of(other_merchant, "purse", "eve", currency="EUR")
    for legs in (
        {ana: eur(-1), ben: eur(2)},
        {ana: eur(0), ben: eur(0)},
        {ana: eur(-1)},
        {},
        {ana: eur(-1), yen: Money(1, "JPY")},
        {ana: eur(-1), yen: eur(1)},
        {ana: eur(-1), stranger: eur(1)},
    ):
        with pytest.raises(Unbalanced):
            transfer(legs, key="k", kind="gift")
    assert (Transfer.objects.count(), balance(ana)) == (1, "10.00")


def test_two_currencies_add_up_each_on_its_own(merchant: Merchant) -> None:
    euros = {name: purse(merchant, name, holds=5) for name in ("ana", "ben")}
    bank = account_of(merchant, "bank", currency="JPY", below_zero=True)
    yen = account_of(merchant, "purse", "ana", currency="JPY")
    transfer(
        {euros["ana"]: eur(-5), euros["ben"]: eur(5), bank: Money(-800, "JPY"), yen: Money(800, "JPY")},
        key="exchange",
        kind="exchange",
    )
    assert (balance(euros["ana"]), balance(euros["ben"]), balance(yen), balance(bank)) == (
        "0.00",
        "10.00",
        "800.00",
        "-800.00",
    )
    assert broken() == []


def test_nothing_is_changed_or_taken_out(merchant: Merchant) -> None:
    purse(merchant, "ana", holds=10)
    for row in (Transfer.objects.get(), Posting.objects.first()):
        with pytest.raises(Final):
            row.save()
        with pytest.raises(Final):
            row.delete()
    for change in (
        lambda: Posting.objects.update(amount=Money(99, "EUR")),
        lambda: Posting.objects.all().delete(),
        lambda: Transfer.objects.update(reason="nothing happened"),
    ):
        with pytest.raises((InternalError, IntegrityError), match="final"), transaction.atomic():
            change()


def test_the_database_refuses_money_made_of_nothing(merchant: Merchant) -> None:
    ana = purse(merchant, "ana")
    for legs in ({ana: 5}, {}):
        with pytest.raises(IntegrityError, match="does not add up"):
            plant(merchant, legs)
    with pytest.raises(IntegrityError, match="account_not_below_zero"), transaction.atomic():
        Account.objects.filter(pk=ana.pk).update(balance=Money(-1, "EUR"))


@transaction.atomic
def plant(merchant: Merchant, legs: dict[Account, int]) -> None:
    """Past the actions, straight into the tables."""
    row = Transfer.objects.create(merchant=merchant, key="odd", kind="gift")
    for account, amount in legs.items():
        Posting.objects.create(merchant=merchant, transfer=row, account=account, amount=eur(amount))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_planted_breach_is_found(merchant: Merchant) -> None:
    ana = purse(merchant, "ana", holds=10)
    Account.objects.filter(pk=ana.pk).update(balance=Money(11, "EUR"))
    assert broken() == ["account purse ana holds 11.000, its postings say 10.000"]
    Account.objects.filter(pk=ana.pk).update(balance=Money(10, "EUR"))
    with transaction.atomic():
        row = Transfer.objects.create(merchant=merchant, key="odd", kind="gift")
        Posting.objects.create(merchant=merchant, transfer=row, account=ana, amount=eur(5))
        assert broken() == [
            "account purse ana holds 10.000, its postings say 15.000",
            "transfer odd has 1 postings",
            "transfer odd makes 5.000 EUR of nothing",
        ]
        transaction.set_rollback(True)


def test_strangers_see_nothing(merchant: Merchant, other_merchant: Merchant) -> None:
    purse(merchant, "ana", holds=10)
    with scope(merchant=other_merchant):
        assert (Account.objects.count(), Transfer.objects.count(), Posting.objects.count()) == (0, 0, 0)


def at_once(merchant: Merchant, jobs: list[Any]) -> list[str]:
    """Run them all together; the names of what they raised, "" for nothing."""
    ends: list[str] = []

    def run(job: Any) -> None:
        try:
            with scope(merchant=merchant):
                job()
            ends.append("")
        except Exception as error:
            ends.append(type(error).__name__)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


@pytest.mark.django_db(transaction=True)
def test_twelve_want_ten_of_a_hundred_and_ten_get_it(merchant: Merchant) -> None:
    ana, shop = purse(merchant, "ana", holds=100), purse(merchant, "shop")
    jobs = [lambda n=n: transfer({ana: eur(-10), shop: eur(10)}, key=f"k:{n}", kind="buy") for n in range(12)]
    assert at_once(merchant, jobs) == [""] * 10 + ["NotEnough"] * 2
    assert (balance(ana), balance(shop), broken()) == ("0.00", "100.00", [])


@pytest.mark.django_db(transaction=True)
def test_one_key_from_many_sides_at_once_is_one_transfer(merchant: Merchant) -> None:
    ana, shop = purse(merchant, "ana", holds=100), purse(merchant, "shop")
    jobs = [lambda: transfer({ana: eur(-10), shop: eur(10)}, key="k", kind="buy") for _ in range(12)]
    assert at_once(merchant, jobs) == [""] * 12
    assert (balance(ana), Transfer.objects.filter(key="k").count()) == ("90.00", 1)


@pytest.mark.django_db(transaction=True)
def test_giving_to_and_fro_at_once_never_deadlocks(merchant: Merchant) -> None:
    ana, ben = purse(merchant, "ana", holds=50), purse(merchant, "ben", holds=50)
    jobs: list[Any] = []
    for n in range(8):
        jobs.append(lambda n=n: transfer({ana: eur(-1), ben: eur(1)}, key=f"to:{n}", kind="gift"))
        jobs.append(lambda n=n: transfer({ben: eur(-1), ana: eur(1)}, key=f"fro:{n}", kind="gift"))
    assert at_once(merchant, jobs) == [""] * 16
    assert (balance(ana), balance(ben)) == ("50.00", "50.00")
    assert Posting.objects.aggregate(sum=Sum("amount"))["sum"] == 0
