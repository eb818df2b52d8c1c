"""With a guard of the shop taken away, the check that watches over it must turn red; with it, all stays clean.

The guards: the CHECK on stock levels, which holds even when the ledger's own conditions do not, and the webhook key.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django_scopes import scope

from apps.catalog import ledger, stock
from apps.catalog.models import StockLevel
from apps.catalog.stock import Wanted, allocate
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.inbox import run_due
from apps.payments.models import PaymentAccount, PaymentEvent, WebhookEvent
from tests.carts import goods
from tests.factories import customer
from tests.payments.desk import NAME, Desk
from tests.payments.story import linked

BUYERS, UNITS = 8, 3
STOCK_CHECK = "stocklevel_never_oversold"
# What the ledger itself looks at before it sells; without these only the CHECK stands between two buyers and one unit.
LEDGERS_OWN = (
    """
    WHERE l.held + d.held >= 0 AND l.allocated + d.allocated >= 0
      AND l.on_hand + d.on_hand >= l.allocated + d.allocated + l.held + d.held""",
    """
      AND s.on_hand + d.on_hand >= s.allocated + d.allocated + s.held + d.held""",
)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def broken() -> set[str]:
    return {finding["name"] for finding in run_all() if not finding["ok"]}


@pytest.fixture
def no_stock_check() -> Iterator[None]:
    """The database without that CHECK; afterwards it is there again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [STOCK_CHECK])
        [definition] = cursor.fetchone()
    execute(f"ALTER TABLE catalog_stocklevel DROP CONSTRAINT {STOCK_CHECK}")
    yield
    execute("UPDATE catalog_stocklevel SET allocated = 0, held = 0")
    execute(f"ALTER TABLE catalog_stocklevel ADD CONSTRAINT {STOCK_CHECK} {definition}")


def careless_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that sells what its buyers saw, not what is there; all see the same shelf before anybody takes."""
    statement = ledger.CHANGE_LEVELS
    for condition in LEDGERS_OWN:
        assert condition in statement
        statement = statement.replace(condition, "")
    monkeypatch.setattr(ledger, "CHANGE_LEVELS", statement)
    all_have_looked, plain = threading.Barrier(BUYERS), stock.change_levels

    def change_together(*changes: Any, **options: Any) -> bool:
        all_have_looked.wait(120)
        return plain(*changes, **options)

    monkeypatch.setattr(stock, "change_levels", change_together)


def buy_at_once(merchant: Merchant, variant_id: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()

    def buy(number: int) -> None:
        try:
            with scope(merchant=merchant):
                allocate([Wanted(variant_id, 1, f"buyer:{number}")])
            outcomes["sold"] += 1
        except IntegrityError:
            outcomes["refused"] += 1
        finally:
            connection.close()

    buyers = [threading.Thread(target=buy, args=[number]) for number in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    return outcomes


def sell_carelessly(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> tuple[Counter[str], list[Any], set[str]]:
    """Who got one, what the shelf says, and which truths are broken."""
    with scope(merchant=merchant):
        mug = goods.variant(merchant, stock=UNITS)
    with monkeypatch.context() as patch:
        careless_ledger(patch)
        outcomes = buy_at_once(merchant, mug.pk)
    with scope(merchant=merchant):
        shelf = list(StockLevel.objects.values_list("on_hand", "allocated"))
    return outcomes, shelf, broken()


@pytest.mark.django_db(transaction=True)
def test_guard_stock_check_is_needed(merchant: Merchant, monkeypatch: pytest.MonkeyPatch, no_stock_check: None) -> None:
    assert sell_carelessly(merchant, monkeypatch) == (
        Counter(sold=BUYERS),
        [(UNITS, BUYERS)],
        {"catalog.never oversold"},
    )


@pytest.mark.django_db(transaction=True)
def test_guard_stock_check_holds_alone(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sell_carelessly(merchant, monkeypatch) == (
        Counter(sold=UNITS, refused=BUYERS - UNITS),
        [(UNITS, UNITS)],
        set(),
    )


@pytest.fixture
def desk() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_guarded", "rows", "found"), [(True, 1, set()), (False, 12, {"payments: an event is stored once"})]
)
def test_guard_webhook_key_is_needed(
    merchant: Merchant, desk: Desk, is_guarded: bool, rows: int, found: set[str]
) -> None:
    """Without it a repeated event becomes more work each time; that money still counts once is the books' own key."""
    if not is_guarded:
        execute("ALTER TABLE payments_webhookevent DROP CONSTRAINT webhookevent_once")
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        payment = linked(customer(merchant))
        desk.pay(payment.provider_session)
        completed = next(event for event in desk.events() if event["type"] == "checkout.session.completed")
        assert [desk.tell(completed) for _ in range(12)] == [200] * 12
        run_due()
        assert WebhookEvent.objects.count() == rows
        assert PaymentEvent.objects.filter(kind="captured").count() == 1
        assert Order.objects.get().status == "placed"
    assert broken() == found
