"""Answering a dispute: what the shop says is written down first, then handed in once, as refunds are sent."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import connection, transaction
from django_scopes import scope, scopes_disabled

from apps.merchants import clock
from apps.merchants.doors import NotConfigured
from apps.orders.documents.models import Document
from apps.orders.documents.pdf import pdf_of

from ..accounts import asked_for, config_of
from ..asking import pause_after
from ..documents import documents_of
from ..errors import AnsweredOtherwise, DisputeOver, OnlyAsked
from ..models import Dispute
from ..provider import EVIDENCE, Claim, ProviderError, ProviderRefused, ProviderUnavailable, Stand, provider_for
from .check import check_payment
from .send import LEASE

logger = structlog.get_logger(__name__)

Wish = Dispute.Wish


@transaction.atomic
def save_evidence(dispute: Dispute, evidence: Mapping[str, str], *, sends_invoice: bool = True) -> Dispute:
    """Keep what was written so far; nobody outside sees it. `evidence` has keys of `EVIDENCE`. Raises `CannotAnswer`."""
    row = _locked(dispute)
    _refuse_late(row)
    return _said(row, evidence, sends_invoice=sends_invoice)


def answer_dispute(
    dispute: Dispute, evidence: Mapping[str, str], *, sends_invoice: bool = True, actor: Any = None
) -> Dispute:
    """Hand this in to the bank: once, whoever presses how often; what is handed in stays as it is.

    Raises `CannotAnswer` in its kinds. Outside a transaction the provider is told at once, else by the worker.
    """
    with transaction.atomic():
        row = _locked(dispute)
        if row.wish != Wish.ANSWER:
            _refuse_late(row)
            _said(row, evidence, sends_invoice=sends_invoice)
            _promise(row, Wish.ANSWER, actor=actor)
    return _send_now(row)


def accept_dispute(dispute: Dispute, *, actor: Any = None) -> Dispute:
    """Let the cardholder have the money: it is lost, and no evidence can be handed in any more. Twice is once.

    Raises `CannotAnswer` in its kinds, `OnlyAsked` for an inquiry. The provider is told as in `answer_dispute`.
    """
    with transaction.atomic():
        row = _locked(dispute)
        if row.wish != Wish.ACCEPT:
            _refuse_late(row)
            if row.is_inquiry:
                raise OnlyAsked
            _promise(row, Wish.ACCEPT, actor=actor)
    return _send_now(row)


def send_answers(limit: int = 20) -> int:
    """The worker's part: tell the provider every answer that is due. Returns how many were tried."""
    with scopes_disabled():
        due = Dispute.objects.filter(done_at__isnull=True, due_at__lte=clock.now()).exclude(wish="")
        waiting = list(due.select_related("merchant").order_by("due_at")[:limit])
    done = 0
    for dispute in waiting:
        with scope(merchant=dispute.merchant):
            if _claim(dispute.pk):
                _send(dispute.pk)
                done += 1
    return done


def invoice_of(dispute: Dispute) -> Document | None:
    """The invoice of what was paid, where the shop writes them."""
    written = documents_of(dispute.payment.order)
    return next((document for document in written if document.kind == Document.Kind.INVOICE), None)


def _locked(dispute: Dispute) -> Dispute:
    rows = Dispute.objects.select_for_update(no_key=True, of=("self",)).select_related("payment__order")
    found: Dispute = rows.get(pk=dispute.pk)
    return found


def _refuse_late(row: Dispute) -> None:
    if row.wish:
        raise AnsweredOtherwise(row)
    if not row.is_to_answer:
        raise DisputeOver(row)


def _said(row: Dispute, evidence: Mapping[str, str], *, sends_invoice: bool) -> Dispute:
    row.evidence = {name: evidence[name].strip() for name in EVIDENCE if evidence.get(name, "").strip()}
    row.sends_invoice = sends_invoice
    row.save(update_fields=["evidence", "sends_invoice"])
    return row


def _promise(row: Dispute, wish: str, *, actor: Any) -> None:
    row.wish, row.wished_by, row.wished_at = wish, actor, clock.now()
    row.due_at, row.attempts, row.error = clock.now(), 0, ""
    row.save(update_fields=["wish", "wished_by", "wished_at", "due_at", "attempts", "error"])


def _send_now(row: Dispute) -> Dispute:
    if not connection.in_atomic_block and row.done_at is None and _claim(row.pk):
        _send(row.pk)
    found: Dispute = Dispute.objects.get(pk=row.pk)
    return found


def _claim(pk: int) -> bool:
    """Ours for a minute, if nobody else took it first."""
    now = clock.now()
    due = Dispute.objects.filter(pk=pk, done_at__isnull=True, due_at__lte=now).exclude(wish="")
    return bool(due.update(due_at=now + LEASE))


def _send(pk: int) -> None:
    """One call with the answer's own key; before a repetition we look whether it was taken after all."""
    row = Dispute.objects.select_related("payment__account", "payment__order__merchant").get(pk=pk)
    account = asked_for(row.payment)
    try:
        told = _tell(row, provider_for(account.provider), config_of(account))
    except ProviderRefused as refused:
        _refused(row, refused)
        return
    except (ProviderUnavailable, NotConfigured) as error:
        _later(row, error)
        return
    Dispute.objects.filter(pk=pk, done_at__isnull=True).update(done_at=clock.now(), error="")
    logger.info("dispute.answered", dispute=pk, wish=row.wish, stand=str(told.stand))
    try:
        check_payment(row.payment)
    except (ProviderError, NotConfigured) as error:  # its webhook will make us look again
        logger.warning("dispute.look", dispute=pk, error=str(error))


def _tell(row: Dispute, provider: Any, config: dict[str, Any]) -> Claim:
    if row.attempts:
        now: Claim = provider.fetch_dispute(row.provider_ref, config)
        if now.stand != Stand.OPEN:
            return now
    key = _key(row)
    if row.wish == Wish.ACCEPT:
        accepted: Claim = provider.accept_dispute(row.provider_ref, config, key=key)
        return accepted
    evidence = {**row.evidence, "receipt": row.receipt or _uploaded(row, provider, config, key)}
    answered: Claim = provider.answer_dispute(row.provider_ref, evidence, config, key=key)
    return answered


def _key(row: Dispute) -> str:
    """What the provider knows this answer by, however often it is told."""
    return f"dispute:{row.payment.public_id}:{row.pk}:{row.wish}:{row.refusals}"


def _uploaded(row: Dispute, provider: Any, config: dict[str, Any], key: str) -> str:
    """The provider's name for the invoice; "" where there is none, or the file is not taken: the text says it as well."""
    document = invoice_of(row) if row.sends_invoice else None
    if document is None:
        return ""
    try:
        name: str = provider.upload(document.filename, pdf_of(document), config, key=f"{key}:receipt")
    except ProviderRefused as refused:
        logger.warning("dispute.file_refused", dispute=row.pk, error=str(refused))
        return ""
    Dispute.objects.filter(pk=row.pk).update(receipt=name)
    return name


def _later(row: Dispute, error: Exception) -> None:
    logger.warning("dispute.later", dispute=row.pk, attempts=row.attempts + 1, error=str(error))
    Dispute.objects.filter(pk=row.pk, done_at__isnull=True).update(
        due_at=clock.now() + pause_after(row.attempts), attempts=row.attempts + 1, error=str(error)[:300]
    )


def _refused(row: Dispute, error: ProviderRefused) -> None:
    """Nothing was handed in: it can be answered again, and is another answer then."""
    logger.error("dispute.refused", dispute=row.pk, error=str(error))
    Dispute.objects.filter(pk=row.pk, done_at__isnull=True).update(
        wish=Wish.NONE, wished_by=None, wished_at=None, refusals=row.refusals + 1, error=str(error)[:300]
    )
