"""What would this cart pay? The same calculation as for a shopper, on a cart that is only thought of: nothing is written."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from apps.carts.models import Cart
from apps.carts.money import format_money
from apps.carts.promotions.calculate import Reason, Refused
from apps.carts.promotions.codes import tidy_code
from apps.carts.quote import Quote, lines_if, offers_taken, quote_rows
from apps.catalog.lists import terms_in_groups
from apps.customers.models import Address
from apps.merchants.models import Merchant

from .offers import SimulatedLines, SimulatorForm

WHY_NOT = {
    Reason.OFF: _("switched off"),
    Reason.NOT_YET: _("not yet"),
    Reason.OVER: _("over"),
    Reason.USED_UP: _("used up"),
    Reason.USED_BY_YOU: _("this shopper has used it"),
    Reason.NOT_FIRST: _("first order only"),
    Reason.NOT_FOR_YOU: _("another customer group"),
    Reason.LEVEL: _("only for members on this level: %s"),
    Reason.CHANNEL: _("another channel"),
    Reason.MARKET: _("another country"),
    Reason.CURRENCY: _("another currency"),
    Reason.GOODS: _("none of its goods are in the cart"),
    Reason.NOTHING_TO_SEND: _("nothing is sent"),
    Reason.QUANTITY: _("pieces still missing: %s"),
    Reason.THRESHOLD: _("still missing: %s"),
    Reason.OTHER_OFFER: _("not together with: %s"),
    Reason.NOTHING_LEFT: _("nothing left to take off"),
}


def simulate(request: HttpRequest, *, admin_site: AdminSite) -> HttpResponse:
    merchant: Merchant = request.merchant  # type: ignore[attr-defined]
    with timezone.override(merchant.zone):
        data = request.POST if request.method == "POST" else None
        form, lines = SimulatorForm(data), SimulatedLines(data, prefix="lines")
        result = None
        if data is not None and form.is_valid() and lines.is_valid():
            result = _told(merchant, *_imagined(merchant, form.cleaned_data, lines.cleaned_data))
        context = {
            **admin_site.each_context(request),
            "title": _("What would this cart pay?"),
            "form": form,
            "lines": lines,
            "result": result,
            "back": reverse("admin:carts_promotion_changelist"),
        }
        return render(request, "admin/simulator.html", context)


def _imagined(merchant: Merchant, asked: dict[str, Any], lines: list[dict[str, Any]]) -> tuple[Quote, str]:
    """The quote for it, and the code as it was tried."""
    wanted = [(line["variant"], line["quantity"]) for line in lines if line.get("variant")]
    code = tidy_code(asked["code"])
    cart = Cart(merchant=merchant, currency=merchant.currency, codes=[code] if code else [])
    cart.address = Address(merchant=merchant, country=(asked["country"] or merchant.country).upper())
    cart.delivery_method = asked["delivery"]
    groups = frozenset(filter(None, [asked["customer_group"].strip()]))
    rows = lines_if(cart, wanted, terms_in_groups(merchant, groups, country=cart.address.country))
    return quote_rows(cart, rows, channel=asked["channel"], groups=groups, now=asked["moment"]), code


def _told(merchant: Merchant, now: Quote, code: str) -> dict[str, Any]:
    def say(amount: Money) -> str:
        return format_money(amount, merchant.default_language)

    tried = [
        *(part.offer for part in now.offers.adjustments),
        *(no.offer for no in now.offers.refused),
        *now.offers.promised,
    ]
    return {
        "lines": [
            {
                "title": line.title,
                "image": line.image_url,
                "quantity": line.quantity,
                "unit": say(line.unit_price),
                "list": say(line.line_total),
                "offers": [(part.offer.name, say(-part.amount)) for part in line.adjustments],
                "charged": say(line.line_total - line.discount),
                "tax": f"{say(line.tax_amount)} ({line.tax_percent.normalize():f} %)",
            }
            for line in now.lines
        ],
        "offers": [(offer.name, offer.code, say(-amount)) for offer, amount in offers_taken(now.offers)],
        "promised": [offer.name for offer in now.offers.promised],
        "refused": [(no.offer.name, no.offer.code, _why_not(no, say)) for no in now.offers.refused],
        "unknown": code if code and code not in [offer.code for offer in tried] else "",
        "subtotal": say(now.subtotal),
        "discount": say(-now.discount),
        "delivery": say(now.delivery + now.delivery_discount),
        "delivery_discount": say(-now.delivery_discount) if now.delivery_discount.amount else "",
        "taxes": [(f"{name} {percent.normalize():f} %", say(amount)) for name, percent, amount in now.tax_lines],
        "is_tax_inclusive": now.is_tax_inclusive,
        "total": say(now.total),
    }


def _why_not(no: Refused, say: Any) -> str:
    said = str(WHY_NOT[no.reason])
    detail = say(no.missing) if no.missing is not None else no.count or no.other
    return said % detail if "%s" in said else said
