"""Asking outside what a cart's tax is, before its summary is shown; and what happens while nobody answers."""

import datetime as dt

import structlog

from apps.merchants import clock
from apps.merchants.doors import NotConfigured, ProviderError, ProviderRefused

from .models import Cart, TaxAccount, TaxCalculation
from .quote import quote
from .reckoned import Question, written
from .tax_provider import INSTEAD, Reckoned, all_tax_providers

logger = structlog.get_logger(__name__)

STANDS_IN_FOR = dt.timedelta(minutes=15)  # as long as a summary's goods are held
RESTS_FOR = dt.timedelta(seconds=30)  # after no answer; who comes meanwhile need not wait for the next one


def reckon(cart: Cart, *, channel: str = "") -> bool:
    """Have this cart's tax reckoned as it stands, if it has to be and has not been. Call outside a transaction.

    One call with a small timeout. Where there is no answer, the table stands in, if the merchant wants that; False if
    not: then the cart cannot be ordered now.
    """
    question = quote(cart, channel=channel).tax_question
    return question is None or answer(cart, question)


def answer(cart: Cart, question: Question) -> bool:
    """Ask outside what `reckon` would, of a bill that goes with this cart."""
    account = question.account
    try:
        found = _ask(question)
    except (ProviderError, NotConfigured) as error:
        _note_trouble(account, error)
        return _stand_in(cart, question)
    TaxAccount.objects.filter(pk=account.pk).update(
        answered_at=clock.now(), trouble="", trouble_since=None, rests_until=None
    )
    _keep(cart, question, found)
    return True


class Resting(ProviderError):
    """There was no answer a moment ago: not asked again yet."""


def _ask(question: Question) -> Reckoned:
    account = question.account
    if account.rests_until is not None and account.rests_until > clock.now():
        raise Resting(account.trouble)
    provider = all_tax_providers().get(account.provider)
    if provider is None:
        raise NotConfigured(f"nobody here is called {account.provider}")
    return provider.quote(question.bill, account.config, codes=question.codes, is_inclusive=question.is_inclusive)


def _note_trouble(account: TaxAccount, error: Exception) -> None:
    """What was refused for this bill may well do for the next; no answer at all gives the provider a rest."""
    if isinstance(error, Resting):
        return
    now = clock.now()
    logger.warning("tax.no_answer", account=account.pk, error=str(error))
    rests = None if isinstance(error, ProviderRefused) else now + RESTS_FOR
    TaxAccount.objects.filter(pk=account.pk).update(
        trouble=str(error)[:300], trouble_since=account.trouble_since or now, rests_until=rests
    )


def _stand_in(cart: Cart, question: Question) -> bool:
    if question.account.on_failure == TaxAccount.OnFailure.WAIT:
        return False
    _keep(cart, question, None)
    return True


def _keep(cart: Cart, question: Question, found: Reckoned | None) -> None:
    """What was said stays as it is; that the table stood in gives way to an answer."""
    values = {
        "account": question.account,
        "by": found.by if found else INSTEAD,
        "reference": found.reference if found else "",
        "body": written(found) if found else {},
        "expires_at": (found.expires_at if found else None) or clock.now() + STANDS_IN_FOR,
    }
    row, is_new = TaxCalculation.objects.get_or_create(
        cart=cart, fingerprint=question.fingerprint, defaults={"merchant_id": cart.merchant_id, **values}
    )
    if not is_new and row.by == INSTEAD:
        TaxCalculation.objects.filter(pk=row.pk, by=INSTEAD).update(**values)
