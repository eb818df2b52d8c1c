"""What would this cart pay? The same calculation as for a shopper, on a cart that is only thought of: nothing is written."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from apps.carts.money import format_money
from apps.carts.promotions.calculate import Reason, Refused
from apps.carts.quote import QuoteLine, offers_taken
from apps.carts.spoken import country_in_words
from apps.customers.models import Address
from apps.merchants.models import Merchant
from apps.payments.tenders import Part

from .imagined import Asked, CannotImagine, Imagined, imagine
from .offers import SimulatedLines, SimulatorForm

PROBLEMS = {
    "no_delivery": _("No way of delivery is chosen, so its price is not in the sum: choose one."),
    "delivery_elsewhere": _("This way of delivery does not go there: choose another, or another place."),
    "too_heavy": _("The cart is too heavy for this way of delivery: choose another, or take fewer."),
    "not_payable": _("This sum cannot be paid in its currency: look for prices with fractions of its smallest coin."),
}
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
        form, lines = SimulatorForm(data, merchant=merchant), SimulatedLines(data, prefix="lines")
        result = None
        if data is not None and form.is_valid() and lines.is_valid():
            found = _imagined(merchant, form, lines.cleaned_data)
            result = _told(merchant, found) if found else None
        context = {
            **admin_site.each_context(request),
            "title": _("What would this cart pay?"),
            "form": form,
            "lines": lines,
            "media": form.media + lines.media,
            "result": result,
            "back": reverse("admin:carts_promotion_changelist"),
        }
        return render(request, "admin/simulator.html", context)


def _imagined(merchant: Merchant, form: SimulatorForm, lines: list[dict[str, Any]]) -> Imagined | None:
    """None where what is asked for does not go together; the form then says what to do."""
    asked = dict(form.cleaned_data)
    wanted = [(line["variant"], line["quantity"]) for line in lines if line.get("variant")]
    try:
        return imagine(merchant, Asked(wanted=wanted, codes=[asked.pop("code")], **asked))
    except CannotImagine as cannot:
        for name, sentence in cannot.wrong.items():
            form.add_error(name, str(sentence))
        return None


def _told(merchant: Merchant, found: Imagined) -> dict[str, Any]:
    now = found.quote

    def say(amount: Money) -> str:
        return format_money(amount, merchant.default_language)

    return {
        "lines": [
            {
                "title": line.title,
                "image": line.image_url,
                "quantity": line.quantity,
                "unit": say(line.unit_price),
                "reason": line.price_reason,
                "problem": problem_of(line, now.currency),
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
        "unknown": ", ".join(found.unknown),
        "subtotal": say(now.subtotal),
        "discount": say(-now.discount),
        "delivery": say(now.delivery + now.delivery_discount) if now.delivery_name else "",
        "delivery_discount": say(-now.delivery_discount) if now.delivery_discount.amount else "",
        "taxes": [(f"{name} {percent.normalize():f} %", say(amount)) for name, percent, amount in now.tax_lines],
        "is_tax_inclusive": now.is_tax_inclusive,
        "total": say(now.total),
        "paid_with": [(_purse(part), say(-part.amount), say(part.balance)) for part in found.split.parts],
        "due": say(found.split.due),
        "for_whom": ", ".join([*found.groups, *([found.tier.name] if found.tier else [])]),
        "where": _where(found.address, merchant),
        "problems": [PROBLEMS[problem] for problem in now.problems if problem in PROBLEMS],
    }


def _purse(part: Part) -> str:
    return str(_("Gift card %s") % part.gift_card) if part.gift_card else str(_("Store credit"))


def _where(address: Address, merchant: Merchant) -> str:
    country = country_in_words(address.country, get_language() or merchant.default_language)
    return ", ".join(filter(None, [address.postcode, address.region, country]))


def problem_of(line: QuoteLine, currency: str) -> str:
    """What keeps this line from being ordered, and what to do; "" for nothing."""
    match line.problem:
        case "no_price":
            return str(_("It has no price in %s: set one on the product's page.") % currency)
        case "out_of_stock":
            return str(_("Only %s can be had: take fewer, or count the stock.") % line.available)
        case "not_for_sale":
            return str(_("It is not for sale: put the product on sale first."))
    return ""


def _why_not(no: Refused, say: Any) -> str:
    said = str(WHY_NOT[no.reason])
    detail = say(no.missing) if no.missing is not None else no.count or no.other
    return said % detail if "%s" in said else said
