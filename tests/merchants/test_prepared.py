"""Prepared questions answer as Django's own do: the same rows, the same locks, the same walls between merchants."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.transaction import TransactionManagementError
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from apps.customers.models import Customer, Identity
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared
from apps.merchants.statements import fetch, one

from .. import factories

named = Prepared[Customer](lambda name: Customer.objects.filter(name=name).order_by("pk"), name=str)


@pytest.fixture
def anas(merchant: Merchant, other_merchant: Merchant) -> dict[str, Customer]:
    with scopes_disabled():
        return {shop.slug: Customer.objects.create(merchant=shop, name="Ana") for shop in (merchant, other_merchant)}


def test_each_merchant_sees_only_their_own(anas, merchant, other_merchant):
    for shop in (merchant, other_merchant, merchant):
        with scope(merchant=shop):
            assert named(name="Ana") == [anas[shop.slug]] == list(Customer.objects.filter(name="Ana"))
            assert named.first(name="Bea") is None


def test_nobody_is_seen_without_a_merchant(anas, merchant):
    with scope(merchant=merchant):
        named(name="Ana")
    with pytest.raises(ScopeError):
        named(name="Ana")
    with scopes_disabled(), pytest.raises(ScopeError):
        named(name="Ana")


def test_rows_are_whole_models_with_what_they_are_joined_to(in_scope):
    account = factories.channel_account(in_scope, "whatsapp")
    ana = Customer.objects.create(merchant=in_scope, name="Ana", phone="+4915112345678")
    Identity.objects.create(
        merchant=in_scope, customer=ana, channel_account=account, external_id="1", aliases={"phone": "1"}
    )
    joined = Prepared[Identity](
        lambda account: Identity.objects.filter(channel_account_id=account).select_related("customer"), account=int
    )
    joined(account=account.pk)
    with CaptureQueriesContext(connection) as queries:
        (found,) = joined(account=account.pk)
        assert (found.aliases, found.customer, str(found.customer.phone)) == ({"phone": "1"}, ana, "+4915112345678")
    assert len(queries) == 1
    found.customer.name = "Anna"
    found.customer.save()
    assert Customer.objects.get().name == "Anna"


def test_values_are_filled_in_and_never_read_as_sql(in_scope):
    said = "x'; DROP TABLE customers_customer; --"
    Customer.objects.create(merchant=in_scope, name=said)
    assert [row.name for row in named(name=said)] == [said]
    since = Prepared[Customer](lambda day: Customer.objects.filter(created_at__gte=day), day=dt.datetime)
    assert len(since(day=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))) == 1
    assert since(day=dt.datetime(2999, 1, 1, tzinfo=dt.UTC)) == []


def test_a_lock_needs_a_transaction(in_scope, transactional_db):
    locking = Prepared[Customer](lambda name: Customer.objects.select_for_update().filter(name=name), name=str)
    with transaction.atomic():
        locking(name="Ana")
    with pytest.raises(TransactionManagementError):
        locking(name="Ana")


def test_what_does_not_arrive_in_the_query_is_refused(in_scope):
    lost: Any = Prepared(lambda name: Customer.objects.all(), name=str)
    with pytest.raises(ValueError, match="name"):
        lost(name="Ana")
    reckoned: Any = Prepared(lambda number: Customer.objects.filter(pk=F("pk") * 0 + (number + 1)), number=int)
    with pytest.raises(ValueError, match="number"):
        reckoned(number=1)


def test_plain_statements_belong_to_the_transaction_and_are_counted_when_asked(db):
    with CaptureQueriesContext(connection) as queries:
        assert fetch("SELECT %s::int, %s::text UNION SELECT 2, 'b' ORDER BY 1", [1, "a"]) == [(1, "a"), (2, "b")]
    assert len(queries) == 1
    assert one("SELECT 1 WHERE false") is None
    with pytest.raises(ProgrammingError), transaction.atomic():
        fetch("SELECT nothing_like_this")
    with transaction.atomic():
        fetch("CREATE TEMPORARY TABLE gone (id int)")
        assert one("SELECT to_regclass('pg_temp.gone') IS NOT NULL") == (True,)
        transaction.set_rollback(True)
    assert one("SELECT to_regclass('pg_temp.gone') IS NOT NULL") == (False,)
