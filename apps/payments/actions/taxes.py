"""Telling the tax provider: under the entry's own key, as often as it takes; a sale before what went back of it."""

import datetime as dt

import structlog
from django.db.models import Exists, OuterRef, Q
from django_scopes import scope, scopes_disabled

from apps.carts.models import TaxAccount
from apps.carts.tax_provider import Back, TaxProvider, all_tax_providers
from apps.merchants import clock
from apps.merchants.doors import NotConfigured, ProviderError, ProviderRefused

from ..asking import pause_after
from ..models import TaxEntry
from ..taxes import DELIVERY, read

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)
State = TaxEntry.State


def send_taxes(limit: int = 100) -> int:
    """Tell what is due; for the scheduler, any number of times. Returns how many entries were tried."""
    now = clock.now()
    with scopes_disabled():
        sold = TaxEntry.objects.filter(order=OuterRef("order"), refund__isnull=True, state=State.DONE)
        due = TaxEntry.objects.filter(Q(refund__isnull=True) | Exists(sold), state=State.WAITING, due_at__lte=now)
        waiting = list(due.select_related("merchant").order_by("due_at", "pk")[:limit])
    done = 0
    for entry in waiting:
        with scope(merchant=entry.merchant):
            if _claim(entry.pk):
                _send(entry.pk)
                done += 1
    return done


def try_again(entry: TaxEntry) -> None:
    """Somebody has put right why it was refused."""
    TaxEntry.objects.filter(pk=entry.pk, state=State.REFUSED).update(
        state=State.WAITING, due_at=clock.now(), attempts=0, error=""
    )


def _claim(pk: int) -> bool:
    """Ours for a minute, if nobody else took it first."""
    now = clock.now()
    return bool(TaxEntry.objects.filter(pk=pk, state=State.WAITING, due_at__lte=now).update(due_at=now + LEASE))


def _send(pk: int) -> None:
    entry = TaxEntry.objects.select_related("order__tax_calculation__account").get(pk=pk)
    try:
        calculation = entry.order.tax_calculation
        account = calculation.account
        provider = _provider_of(account)
        if entry.refund_id is None:
            told = _sell(provider, account, entry, calculation.reference)
        else:
            told = {"provider_ref": _take_back(provider, account, entry)}
    except ProviderRefused as error:
        logger.error("tax.refused", entry=pk, error=str(error))
        TaxEntry.objects.filter(pk=pk).update(state=State.REFUSED, attempts=entry.attempts + 1, error=str(error)[:300])
    except (ProviderError, NotConfigured) as error:
        _later(entry, error)
    except Exception as error:  # whatever it is, it must not stop the others
        logger.exception("tax.failed", entry=pk)
        _later(entry, error)
    else:
        TaxEntry.objects.filter(pk=pk).update(state=State.DONE, error="", **told)


def _provider_of(account: TaxAccount) -> TaxProvider:
    provider = all_tax_providers().get(account.provider)
    if provider is None:
        raise NotConfigured(f"nobody here is called {account.provider}")
    return provider


def _sell(provider: TaxProvider, account: TaxAccount, entry: TaxEntry, calculation: str) -> dict[str, object]:
    booked = provider.commit(calculation, account.config, reference=entry.reference, key=_key(entry))
    return {"provider_ref": booked.id, "numbers": dict(booked.lines)}


def _take_back(provider: TaxProvider, account: TaxAccount, entry: TaxEntry) -> str:
    sale = TaxEntry.objects.get(order=entry.order_id, refund__isnull=True)
    back = _backs(entry, sale)
    return provider.reverse(sale.provider_ref, back, account.config, reference=entry.reference, key=_key(entry))


def _backs(entry: TaxEntry, sale: TaxEntry) -> list[Back]:
    order = entry.order
    names = {line.pk: f"variant:{line.variant_id}" for line in order.lines.all()}
    parts = read(entry.body, order.currency)
    return [
        Back(
            line="" if key == DELIVERY else sale.numbers[names[key]],
            reference="delivery" if key == DELIVERY else names[key],
            quantity=entry.body[str(key)][0],
            amount=part.gross if order.is_tax_inclusive else part.net,
            tax=part.tax,
        )
        for key, part in parts.items()
    ]


def _key(entry: TaxEntry) -> str:
    return f"tax:{entry.reference}"


def _later(entry: TaxEntry, error: Exception) -> None:
    logger.warning("tax.later", entry=entry.pk, attempts=entry.attempts + 1, error=str(error))
    TaxEntry.objects.filter(pk=entry.pk, state=State.WAITING).update(
        due_at=clock.now() + pause_after(entry.attempts),
        attempts=entry.attempts + 1,
        error=(str(error) or repr(error))[:300],
    )
