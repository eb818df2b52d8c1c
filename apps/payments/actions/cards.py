"""Cards that shoppers let be kept: kept with consent, offered while they are good, forgotten here and at the provider."""

import datetime as dt
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django_scopes import scope, scopes_disabled

from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.doors import NotConfigured
from apps.merchants.models import Merchant

from ..accounts import account_for, config_of
from ..asking import insist, pause_after
from ..models import CardRemoval, Payer, Payment, PaymentAccount, SavedCard
from ..provider import KeptCard, ProviderError, ProviderRefused, Session, provider_for

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)
LONGEST_PAUSE = dt.timedelta(hours=6)
EVER = "2000-01-01T00:00:00+00:00"  # earlier than any card was kept


class CardGone(Exception):
    """The card is not kept any more, is over, or was never this shopper's."""


def may_keep_cards(merchant: Merchant) -> bool:
    """Whether the shop lets cards be kept at the account that takes its money now."""
    return _keeping_account(merchant) is not None


def _keeping_account(merchant: Merchant) -> PaymentAccount | None:
    try:
        account = account_for(merchant)
    except NotConfigured:
        return None
    return account if account.keeps_cards else None


def usable_cards(customer: Customer) -> list[SavedCard]:
    """The cards that can be paid with now, the latest first."""
    account = _keeping_account(customer.merchant)
    if account is None:
        return []
    now = clock.now()
    return [card for card in _kept(customer).filter(payer__account=account) if not card.is_over(now)]


def kept_cards(customer: Customer) -> list[SavedCard]:
    """Every card that is kept for them, those that are over as well."""
    return list(_kept(customer))


def _kept(customer: Customer):  # type: ignore[no-untyped-def]
    return SavedCard.objects.filter(payer__customer=customer).select_related("payer__account").order_by("-pk")


def usable_card(customer: Customer, card_id: int) -> SavedCard:
    """Raises `CardGone`."""
    for card in usable_cards(customer):
        if card.pk == card_id:
            return card
    raise CardGone(card_id)


def payer_for(customer: Customer, account: PaymentAccount) -> Payer | None:
    """The shopper's one name at this account, made when it is first needed; None where the provider will have none.

    Call outside a transaction. Raises `ProviderUnavailable` and `NotConfigured`.
    """
    payer, _ = Payer.objects.get_or_create(
        account=account, customer=customer, defaults={"merchant_id": account.merchant_id}
    )
    if payer.provider_customer:
        return payer
    provider, config = provider_for(account.provider), config_of(account)
    key = f"payer:{payer.public_id}"
    try:
        name = insist(lambda: provider.create_customer(payer.public_id, config, key=key))
    except ProviderRefused as refused:  # a key without this right: then nothing is kept, and paying goes on
        logger.warning("cards.no_customer", account=account.pk, error=str(refused))
        return None
    Payer.objects.filter(pk=payer.pk, provider_customer="").update(provider_customer=name)
    named: Payer | None = Payer.objects.filter(pk=payer.pk).first()
    if named is None:  # forgotten while we asked: so is the name
        _remove(account, name)
    return named


def keep_card(payment: Payment, session: Session) -> SavedCard | None:
    """Remember the card that was just paid with, where its owner agreed. Twice is once; what was forgotten stays so.

    The payment is locked.
    """
    card, payer = session.card, payment.payer
    if card is None or payer is None or payer.provider_customer != card.customer:
        return None
    if CardRemoval.objects.filter(account=payer.account, provider_ref__in=[card.id, card.customer]).exists():
        return None
    if known := SavedCard.objects.filter(payer=payer, provider_method=card.id).first():
        return known
    for twin in SavedCard.objects.filter(payer=payer, **_face(card)):
        _forget(twin)
    made: SavedCard = SavedCard.objects.create(
        merchant_id=payer.merchant_id, payer=payer, provider_method=card.id, **_face(card)
    )
    return made


def _face(card: KeptCard) -> dict[str, str | int]:
    return {"brand": card.brand[:20], "last4": card.last4, "exp_month": card.exp_month, "exp_year": card.exp_year}


@transaction.atomic
def forget_card(customer: Customer, card_id: int) -> SavedCard:
    """It is gone here at once, and soon at the provider. Raises `CardGone`."""
    card = _kept(customer).select_for_update(of=("self",)).filter(pk=card_id).first()
    if card is None:
        raise CardGone(card_id)
    _forget(card)
    return card


def _forget(card: SavedCard) -> None:
    """The card is locked before its removal is written: two who forget it wait for each other in one order."""
    if SavedCard.objects.select_for_update().filter(pk=card.pk).first() is not None:
        _remove(card.payer.account, card.provider_method)
        SavedCard.objects.filter(pk=card.pk).delete()


def forget_payer(payer: Payer) -> None:
    """The shopper's name at the provider and all cards kept under it; call it inside a transaction."""
    if payer.provider_customer:
        _remove(payer.account, payer.provider_customer)
    payer.delete()


def forget_cards(customer: Customer) -> None:
    """Everything that was kept for them. Registered with customers, for their erasure."""
    for payer in Payer.objects.filter(customer=customer).select_related("account"):
        forget_payer(payer)


def _remove(account: PaymentAccount, ref: str) -> None:
    CardRemoval.objects.get_or_create(account=account, provider_ref=ref, defaults={"merchant_id": account.merchant_id})


def remove_forgotten(limit: int = 20) -> int:
    """The worker's part: what was forgotten here is removed at the provider. Returns how many were tried."""
    with scopes_disabled():
        due = CardRemoval.objects.filter(done_at=None, due_at__lte=clock.now())
        waiting = list(due.select_related("merchant", "account").order_by("due_at")[:limit])
    for removal in waiting:
        with scope(merchant=removal.merchant):
            if CardRemoval.objects.filter(pk=removal.pk, due_at=removal.due_at).update(due_at=clock.now() + LEASE):
                _send(removal)
    return len(waiting)


def _send(removal: CardRemoval) -> None:
    account = removal.account
    try:
        provider_for(account.provider).forget(removal.provider_ref, config_of(account))
    except (ProviderError, NotConfigured) as error:
        logger.warning("cards.not_removed", removal=removal.pk, attempts=removal.attempts + 1, error=str(error))
        CardRemoval.objects.filter(pk=removal.pk).update(
            due_at=clock.now() + pause_after(removal.attempts, longest=LONGEST_PAUSE),
            attempts=removal.attempts + 1,
            error=str(error)[:300],
        )
    else:
        CardRemoval.objects.filter(pk=removal.pk).update(done_at=clock.now(), error="")


def merge_cards(source: Customer, target: Customer) -> dict[str, Any]:
    """Two customers turned out to be one: so are their cards, as far as the provider can know them under one name.

    {"since": the moment, "payers": ids of those that are the target's now}. Registered with customers.
    """
    moved = []
    for payer in Payer.objects.filter(customer=source).select_related("account"):
        if Payer.objects.filter(customer=target, account=payer.account).exists():
            forget_payer(payer)
        else:
            Payer.objects.filter(pk=payer.pk).update(customer=target)
            moved.append(payer.pk)
    return {"since": clock.now().isoformat(), "payers": moved}


def unmerge_cards(source: Customer, target: Customer, moved: dict[str, Any] | None) -> None:
    """Each has their own again. What was kept since may be either's, and is forgotten, whoever's name it is under;
    of a merge from before there were cards nobody knows since when, and all are."""
    moved = moved or {"since": EVER, "payers": []}
    Payment.objects.filter(payer__customer=target, is_off_session=False).update(payer=None)  # open pages keep nothing
    since = dt.datetime.fromisoformat(moved["since"])
    for card in SavedCard.objects.filter(payer__customer=target, kept_at__gte=since).order_by("pk"):
        _forget(card)
    for payer in Payer.objects.filter(pk__in=moved["payers"], customer=target):
        try:
            with transaction.atomic():
                Payer.objects.filter(pk=payer.pk).update(customer=source)
        except IntegrityError:  # the source has made a new name since
            forget_payer(payer)
    _part_payments(source, target)


def _part_payments(source: Customer, target: Customer) -> None:
    """What one paid with the other's card while they were one is no longer by it, and what waits charges it no more."""
    two = [source.pk, target.pk]
    theirs = Payment.objects.filter(order__customer__in=two, card__payer__customer__in=two)
    theirs.exclude(order__customer=F("card__payer__customer")).update(card=None)
