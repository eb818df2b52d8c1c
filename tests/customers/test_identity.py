"""One person per account and id, what they allowed, and what becomes of their data."""

import threading
from typing import Any

import pytest
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django_scopes import scope

from apps.customers.actions import (
    erase_customer,
    export_customer,
    identify,
    may_receive,
    merge_customers,
    record_consent,
    save_address,
)
from apps.customers.actions.privacy import MergeRefused
from apps.customers.models import ConsentEntry, Customer, Identity
from tests.factories import channel_account, customer, identity


@pytest.mark.django_db(transaction=True)
def test_twenty_first_messages_make_one_person(merchant: Any) -> None:
    account = channel_account(merchant, "whatsapp")
    found: list[int] = []

    def first() -> None:
        with scope(merchant=merchant):
            found.append(identify(account, "49176", display_name="Ana").pk)
        connection.close()

    threads = [threading.Thread(target=first) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope(merchant=merchant):
        assert (len(found), len(set(found)), Identity.objects.count(), Customer.objects.count()) == (10, 1, 1, 1)


def test_what_the_platform_tells_is_kept_up_to_date(in_scope: Any, merchant: Any) -> None:
    account = channel_account(merchant, "whatsapp")
    first = identify(account, "49176", display_name="Ana", aliases={"phone": "49176"})
    again = identify(account, "US.13491208655302741918", aliases={"wa_id": "49176", "username": "ana"})
    assert (again.pk, again.display_name, again.aliases) == (
        first.pk, "Ana", {"phone": "49176", "wa_id": "49176", "username": "ana"},
    )  # fmt: skip


def test_service_is_allowed_until_withdrawn_and_offers_only_when_asked_for(in_scope: Any, merchant: Any) -> None:
    ana = identity(channel_account(merchant, "sms"))
    assert (may_receive(ana, "service"), may_receive(ana, "marketing")) == (True, False)
    record_consent(ana, purpose="marketing", granted=True, source="checkout", wording="Send me offers")
    record_consent(ana, purpose="service", granted=False, source="keyword", wording="STOP")
    assert (may_receive(ana, "service"), may_receive(ana, "marketing")) == (False, True)


@pytest.mark.parametrize(
    "statement", ["UPDATE customers_consententry SET granted = true", "DELETE FROM customers_consententry"]
)
def test_the_consent_ledger_cannot_be_rewritten(in_scope: Any, merchant: Any, statement: str) -> None:
    ana = identity(channel_account(merchant, "sms"))
    record_consent(ana, purpose="service", granted=False, source="keyword")
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ConsentEntry.objects.get().granted is False


def test_a_merge_moves_everything_and_keeps_a_signpost(in_scope: Any, merchant: Any) -> None:
    source, target = customer(merchant, "Ana", email="ana@example.org"), customer(merchant, "")
    save_address(source, name="Ana", line1="Street 1", city="Berlin", country="de")
    merge_customers(source, target)
    source.refresh_from_db()
    target.refresh_from_db()
    assert (source.merged_into, target.name, target.email) == (target, "Ana", "ana@example.org")
    assert [row.line1 for row in target.addresses.all()] == ["Street 1"]
    with pytest.raises(MergeRefused):
        merge_customers(source, target)


def test_two_shops_never_share_a_person(merchant: Any, other_merchant: Any) -> None:
    mine, theirs = customer(merchant), customer(other_merchant)
    with scope(merchant=merchant), pytest.raises(MergeRefused):
        merge_customers(mine, theirs)


def test_the_same_address_twice_is_one_row_and_the_default(in_scope: Any, merchant: Any) -> None:
    ana = customer(merchant)
    fields = {"name": "Ana", "line1": "Street 1", "postcode": "10115", "city": "Berlin", "country": "de"}
    first = save_address(ana, **fields)
    other = save_address(ana, **(fields | {"line1": "Street 2"}))
    again = save_address(ana, **fields)
    other.refresh_from_db()
    assert (again.pk, again.is_default, other.is_default, again.country) == (first.pk, True, False, "DE")


def test_after_erasure_no_table_of_ours_names_the_person(in_scope: Any, merchant: Any) -> None:
    account = channel_account(merchant, "whatsapp")
    ana = identify(
        account, "canary-4917600000", display_name="canary Ana", phone="canary-phone", aliases={"u": "canary-u"}
    )
    save_address(ana.customer, name="canary Ana", line1="canary street", city="Berlin", country="de")
    assert export_customer(ana.customer)["identities"][0]["name"] == "canary Ana"
    erase_customer(ana.customer)
    with connection.cursor() as cursor:
        for table in ("customer", "identity", "address", "consententry", "linkcode"):
            cursor.execute(f"SELECT count(*) FROM customers_{table} t WHERE row_to_json(t)::text LIKE '%canary%'")  # noqa: S608
            assert (table, cursor.fetchone()[0]) == (table, 0)
    assert identify(account, "canary-4917600000").customer_id != ana.customer_id  # who writes again is new


def test_erasure_reaches_whoever_was_merged_before(in_scope: Any, merchant: Any) -> None:
    first, second, third = (customer(merchant, name=f"canary {n}", email=f"canary{n}@example.org") for n in range(3))
    merge_customers(first, second)
    merge_customers(second, third)
    erase_customer(third)
    assert set(Customer.objects.values_list("name", "email")) == {("", "")}
