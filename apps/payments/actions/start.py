"""Making the pay link: reserve an attempt, ask the provider outside any transaction, remember its answer."""

import datetime as dt

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from apps.carts.money import total_of
from apps.merchants import clock
from apps.orders.actions import HOLD_FOR_LINK, NotNow, keep_holds
from apps.orders.exchanged import exchange_of
from apps.orders.models import Order, OrderLine

from ..accounts import account_for, asked_for, config_of
from ..asking import end, insist
from ..models import Payer, Payment, PaymentAccount, SavedCard
from ..provider import (
    CheckoutLine,
    CheckoutRequest,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    Session,
    provider_for,
)
from ..tenders import amount_due
from .cards import forget_payer, payer_for
from .check import record_session
from .free import place_free

logger = structlog.get_logger(__name__)

LINK_LIVES = dt.timedelta(minutes=34)  # a page must live 30 minutes when it is made; four are left for tries
TRY_AGAIN_WITHIN = dt.timedelta(minutes=3)
TOO_SHORT = dt.timedelta(minutes=2)  # a link with less left is made anew
GONE = "resource_missing"  # the provider's word for a thing it does not have
RECHECK = dt.timedelta(seconds=30)


def pay_url(subject: Payment | Order) -> str:
    """The short page that leads to the hosted checkout and renews it; the same for every attempt of an order."""
    order = subject.order if isinstance(subject, Payment) else subject
    return f"{settings.PUBLIC_URL}/pay/{order.public_id}/"


def start_checkout(order: Order, *, is_other_way: bool = False) -> Payment:
    """An open attempt with a live page; the one there is, if it has time left. Call outside a transaction.

    The page is the hosted checkout, or the bank's that asks about a kept card, unless the shopper wants to pay in an
    `is_other_way`.

    Raises `NotNow` (no draft any more, a payment is on its way, or nothing is left to pay and it is placed now), `OutOfStock` (the hold had run out and somebody
    was faster), `NotConfigured`, `ProviderUnavailable` (try again later: the same attempt goes on), `ProviderRefused`.
    """
    if not amount_due(order).amount:
        raise NotNow(place_free(order), "be paid")
    for _attempt in range(3):
        payment = reserve(order)
        if not payment.is_off_session and not payment.provider_session:
            return open_page(payment)
        has_page = bool(payment.url) and not (payment.is_off_session and is_other_way)
        if has_page and payment.expires_at and payment.expires_at > clock.now() + TOO_SHORT:
            return payment
        ended = end_attempt(payment)
        if ended.state not in (Payment.State.EXPIRED, Payment.State.FAILED, Payment.State.RELEASED):
            return ended
    raise ProviderUnavailable("the old page would not end")


def end_attempt(payment: Payment) -> Payment:
    """Make sure nobody can pay by it any more; if somebody just did, that is booked.

    One without a name ends here alone; one that got its name meanwhile ends at the provider, as any other.
    """
    if not payment.is_known_outside:
        unnamed = Payment.objects.filter(pk=payment.pk, provider_session="", provider_payment="")
        unnamed.filter(state=Payment.State.OPEN).update(state=Payment.State.EXPIRED)
        payment.refresh_from_db()
    return record_session(payment.pk, end(payment)) if payment.is_known_outside else payment


@transaction.atomic
def reserve(order: Order, *, card: SavedCard | None = None) -> Payment:
    """The order's open attempt, or the next one (with this `card`); its goods are held as long as a page lives."""
    order = keep_holds(order, until=clock.now() + HOLD_FOR_LINK)
    attempts = Payment.objects.filter(order=order)
    current = (
        attempts.filter(tender=Payment.Tender.PROVIDER, state__in=[Payment.State.OPEN, Payment.State.PROCESSING])
        .select_for_update(no_key=True, of=("self",))
        .select_related("account", "order", "card", "payer")
        .first()
    )
    if current is not None and current.state == Payment.State.PROCESSING:
        raise NotNow(order, "be paid twice")
    if current is not None and (current.is_known_outside or current.created_at > clock.now() - TRY_AGAIN_WITHIN):
        return current
    if current is not None:  # its page was never seen by anybody, and a charge without a name is none
        current.state = Payment.State.EXPIRED
        current.save(update_fields=["state"])
    last = attempts.aggregate(last=Max("attempt"))["last"] or 0
    account = card.payer.account if card else account_for(order.merchant)
    return Payment.objects.create(
        merchant_id=order.merchant_id,
        account=account,
        captures_on_shipping=_waits_for_parcel(order, account),
        is_off_session=card is not None,
        card=card,
        payer=card.payer if card else None,
        order=order,
        attempt=last + 1,
        amount=amount_due(order),
        expires_at=clock.now() + LINK_LIVES,
    )


def _waits_for_parcel(order: Order, account: PaymentAccount) -> bool:
    """Whether its money is only reserved until a parcel leaves. What is handed over in the chat is paid for at once, and
    so is the difference of an exchange."""
    if not account.captures_on_shipping or exchange_of(order) is not None:
        return False
    return all(line.is_goods for line in order.lines.all())


def open_page(payment: Payment) -> Payment:
    """Ask for the page, always with the same key, so that there is never a second one."""
    account = asked_for(payment)
    provider, config = provider_for(account.provider), config_of(account)
    payment.payer = payment.payer or _payer_of(payment)
    request = _request_for(payment)
    key = f"{payment.order.public_id}:{payment.attempt}:create"
    try:
        return _remember(payment, insist(lambda: provider.create_checkout(request, config, key=key)))
    except ProviderRefused as refused:
        Payment.objects.filter(pk=payment.pk, state=Payment.State.OPEN).update(state=Payment.State.FAILED)
        if payment.payer is not None and refused.code == GONE:  # somebody removed it at the provider's own desk
            with transaction.atomic():
                forget_payer(payment.payer)
        raise


def _payer_of(payment: Payment) -> Payer | None:
    """Under which name the page may keep the card; None where nothing is kept."""
    account = asked_for(payment)
    payer = payer_for(payment.order.customer, account) if account.keeps_cards else None
    if payer is not None:
        Payment.objects.filter(pk=payment.pk).update(payer=payer)
    return payer


@transaction.atomic
def _remember(payment: Payment, session: Session) -> Payment:
    locked = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment.pk)
    locked.provider_session = session.id
    locked.provider_payment = session.payment_id
    locked.url = session.url
    locked.save(update_fields=["provider_session", "provider_payment", "url"])
    return locked


def _request_for(payment: Payment) -> CheckoutRequest:
    """The same attempt always asks for the same page, to the letter."""
    order = payment.order
    with translation.override(order.language or None):
        lines = [_checkout_line(line) for line in order.lines.all()]
        if order.delivery_total.amount:
            lines.append(CheckoutLine(order.delivery_name or _("Delivery"), 1, order.delivery_total))
        if not order.is_tax_inclusive and order.tax_total.amount:
            lines.append(CheckoutLine(_("Tax"), 1, order.tax_total))
        if payment.amount < order.total:  # the page knows no money that is here already
            lines = [CheckoutLine(_("Rest of order %s") % order.number, 1, payment.amount)]
    shown = total_of([line.unit_price * line.quantity for line in lines], currency=order.currency)
    if shown != payment.amount:
        raise AssertionError(f"order {order.number}: the lines make {shown}, not {payment.amount}")
    page = pay_url(order)
    return CheckoutRequest(
        reference=payment.public_id,
        order_number=order.number,
        lines=tuple(lines),
        amount=payment.amount,
        success_url=f"{page}?back=1",
        cancel_url=page,
        expires_at=payment.expires_at or clock.now() + LINK_LIVES,
        language=order.language,
        customer=payment.payer.provider_customer if payment.payer else "",
        note=_keep_note(order) if payment.payer else "",
        reserves=payment.captures_on_shipping,
    )


def _keep_note(order: Order) -> str:
    """Who keeps a card here lets it be used from the thread the order came from, which need not be their own."""
    with translation.override(order.language or None):
        return _(
            "If you let the card be kept, whoever placed this order can pay with it again after a yes in the chat."
        )


def _checkout_line(line: OrderLine) -> CheckoutLine:
    """Reduced goods are one item at what they cost now: the page knows no discounts, and a third of a cent no price."""
    if not line.discount.amount:
        return CheckoutLine(line.title, line.quantity, line.unit_price)
    title = f"{line.quantity} × {line.title}" if line.quantity > 1 else line.title
    return CheckoutLine(title, 1, line.charged)


def end_stale_links(limit: int = 20) -> int:
    """The worker's part: pages of orders that are no drafts any more must not take money. Returns how many ended."""
    now = clock.now()
    with scopes_disabled():
        stale = Payment.objects.filter(
            Q(checked_at__isnull=True) | Q(checked_at__lte=now - RECHECK), state=Payment.State.OPEN
        ).exclude(Q(provider_session="", provider_payment="") | Q(order__status=Order.Status.DRAFT))
        found = list(stale.select_related("merchant", "account").order_by("pk")[:limit])
    done = 0
    for payment in found:
        with scope(merchant=payment.merchant):
            Payment.objects.filter(pk=payment.pk).update(checked_at=now)
            try:
                end_attempt(payment)
                done += 1
            except ProviderError as error:
                logger.warning("payment.page_not_ended", payment=payment.pk, error=str(error))
    return done
