"""`/pay/<token>/`: how much, to whom, how many things, and one button to the hosted checkout.

Whoever holds the link may pay; it tells them nothing about whose order it is.
"""

import re
from typing import Any

import structlog
from django.db.models import Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django_scopes import scope, scopes_disabled

from apps.carts.money import format_money
from apps.merchants.colour import accent_css
from apps.merchants.doors import NotConfigured
from apps.orders.actions import NotNow, OutOfStock
from apps.orders.models import Order

from .actions import check_payment, pay_url, start_checkout
from .books import buyer_of
from .models import Payment
from .provider import ProviderError

logger = structlog.get_logger(__name__)

TOKEN = re.compile(r"[\w-]{16,32}\Z")
UNSURE = (Payment.State.OPEN, Payment.State.PROCESSING)
STATES: dict[str, str] = {
    Order.Status.PLACED: "paid",
    Order.Status.CLOSED: "paid",
    Order.Status.CANCELLED: "cancelled",
    Order.Status.EXPIRED: "expired",
    Order.Status.UNFILLABLE: "sold_out",
}


@require_safe
@cache_control(private=True, no_store=True)
def pay_page(request: HttpRequest, token: str) -> HttpResponse:
    """Where the pay link leads, and where the hosted checkout sends people back to (`?back=1`).

    Coming back only makes us ask the provider; the address itself proves nothing.
    """
    order = order_of(token)
    with scope(merchant=order.merchant), translation.override(_language(order)):
        if "back" in request.GET:
            _look(order)
            order.refresh_from_db()
        return render(request, "payments/pay.html", _context(order, state_of(order, came_back="back" in request.GET)))


@require_safe
@cache_control(private=True, no_store=True)
def go_pay(request: HttpRequest, token: str) -> HttpResponse:
    """The button: on to a live hosted page, made anew if the old one has run out; or to the bank that asks about a kept
    card, unless another way is wanted (`?other=1`).
    """
    order = order_of(token)
    with scope(merchant=order.merchant), translation.override(_language(order)):
        try:
            payment = start_checkout(order, is_other_way="other" in request.GET)
        except NotNow:
            return HttpResponseRedirect(pay_url(order))
        except OutOfStock:
            return render(request, "payments/pay.html", _context(order, "sold_out"), status=409)
        except (ProviderError, NotConfigured) as error:
            logger.error("pay.no_page", order=order.pk, error=str(error))
            return render(request, "payments/pay.html", _context(order, "trouble"), status=503)
        if payment.state != Payment.State.OPEN or not payment.url:
            return HttpResponseRedirect(pay_url(order))
        return HttpResponseRedirect(payment.url)


def state_of(order: Order, *, came_back: bool = False) -> str:
    """open | bank | declined | checking | processing | paid | reserved | let_go | refunded | expired | cancelled | sold_out"""
    if order.payment_status == Order.PaymentStatus.REFUNDED:
        return "refunded"
    if order.status == Order.Status.PLACED and order.payment_status == Order.PaymentStatus.AUTHORISED:
        return "reserved"
    if order.status in STATES:
        return "let_go" if _has_let_go(order) else STATES[order.status]
    if order.payment_status == Order.PaymentStatus.PENDING:
        return "processing"
    newest = order.payments.filter(tender=Payment.Tender.PROVIDER).order_by("-attempt").first()
    if newest is not None and newest.is_off_session and newest.state in (Payment.State.OPEN, Payment.State.FAILED):
        return "bank" if newest.state == Payment.State.OPEN and newest.url else "declined"
    return "checking" if came_back else "open"


def _has_let_go(order: Order) -> bool:
    """Whether it was placed with money that was only reserved, and is so no more."""
    is_missing = order.payment_status in (Order.PaymentStatus.NONE, Order.PaymentStatus.PARTLY_PAID)
    if not is_missing or order.status not in (Order.Status.PLACED, Order.Status.CLOSED):
        return False
    return bool(order.payments.filter(Q(pk=buyer_of(order)), state=Payment.State.RELEASED).exists())


def order_of(token: str) -> Order:
    """Raises `Http404` alike for what is not there and what could never be."""
    if not TOKEN.match(token):
        raise Http404
    with scopes_disabled():
        order = Order.objects.filter(public_id=token).select_related("merchant").first()
    if order is None or not order.merchant.is_active:
        raise Http404
    return order


def _look(order: Order) -> None:
    """Ask about the newest undecided attempt; without an answer the webhook will tell."""
    payment = order.payments.filter(state__in=UNSURE).select_related("account").order_by("-attempt").first()
    if payment is None:
        return
    try:
        check_payment(payment)
    except (ProviderError, NotConfigured) as error:
        logger.warning("pay.not_checked", order=order.pk, error=str(error))


def _language(order: Order) -> str:
    return order.language or order.merchant.default_language


def _context(order: Order, state: str) -> dict[str, Any]:
    """Amount, shop and number of things: all a stranger with the link may learn."""
    count = order.lines.aggregate(count=Sum("quantity"))["count"] or 0
    return {
        "state": state,
        "shop": order.merchant.name,
        "amount": format_money(order.total, _language(order)),
        "count": count,
        "go_url": f"/pay/{order.public_id}/go/",
        "chat_url": f"/pay/{order.public_id}/chat/",
        "theme": mark_safe(accent_css(order.merchant.accent)),
        "language": _language(order),
        "terms_url": order.merchant.terms_url,
        "privacy_url": order.merchant.privacy_url,
    }
