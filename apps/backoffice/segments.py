"""The shop's customers as a picture: recency down, frequency across, each place with how many and what they are worth."""

import math
from typing import Any

from babel.numbers import format_compact_currency, format_decimal, format_percent
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _
from djmoney.money import Money

from apps.carts.money import format_money
from apps.insights.queries import Part, Picture, Place, picture, uncounted_currencies
from apps.insights.reckon import reckon_figures
from apps.insights.segments import SCORES, segment_of
from apps.merchants.models import Merchant

LARGEST = 46  # of a circle that fits a tile of 100 × 100
FEW = 5  # fewer customers than fifths


def show_segments(request: HttpRequest, *, admin_site: AdminSite) -> HttpResponse:
    """GET shows what the last night reckoned; POST reckons now."""
    if request.method == "POST":
        reckon_figures()
        messages.success(request, _("Reckoned anew."))
        return redirect(reverse("admin:customers_customer_segments"))
    merchant: Merchant = request.merchant  # type: ignore[attr-defined]
    found = picture(merchant)
    context = {
        **admin_site.each_context(request),
        "title": _("Segments"),
        "shown": drawn(found) if found is not None else None,
        "list": reverse("admin:customers_customer_changelist"),
        "uncounted": uncounted_currencies(merchant),
    }
    return render(request, "admin/segments.html", context)


def drawn(found: Picture) -> dict[str, Any]:
    """What the template draws, in the reader's words."""
    largest = max(place.value.amount for place in found.places.values())
    columns = list(SCORES)
    return {
        "finding": _finding(found),
        "reckoned_at": found.reckoned_at,
        "customers": found.customers,
        "value": _money(found.value),
        "few": found.customers < FEW,
        "columns": [_span(found.orders[score]) for score in columns],
        "rows": [
            {
                "label": _span(found.days[recency]),
                "tiles": [_tile(found.places[recency, frequency], largest) for frequency in columns],
            }
            for recency in reversed(SCORES)
        ],
        "parts": [_card(part) for part in found.parts],
    }


def _finding(found: Picture) -> str:
    """The one sentence: who brings most."""
    best = max(found.parts, key=lambda part: part.value.amount)
    return _("%(segment)s: %(customers)s of the shoppers who bought, %(value)s of the value.") % {
        "segment": _sentence(str(best.rule.segment.label)),
        "customers": _percent(best.share_of_customers),
        "value": _percent(best.share_of_value),
    }


def _tile(place: Place, largest: Any) -> dict[str, Any]:
    """A circle's area is its place's value."""
    share = float(place.value.amount / largest) if largest else 0.0
    people = ngettext("%d shopper", "%d shoppers", place.customers) % place.customers
    said = _("%(people)s, %(value)s: %(segment)s (recency %(recency)d of 5, frequency %(frequency)d of 5)") % {
        "people": people,
        "value": _money(place.value),
        "segment": place.segment.label,
        "recency": place.recency,
        "frequency": place.frequency,
    }
    return {
        "segment": place.segment.value,
        "label": place.segment.label,
        "said": said,
        "customers": place.customers,
        "count": format_decimal(place.customers, locale=_locale()),
        "value": _short(place.value),
        "radius": round(LARGEST * math.sqrt(share), 1),
        "url": _list(recency=place.recency, frequency=place.frequency),
    }


def _card(part: Part) -> dict[str, Any]:
    segment = part.rule.segment
    return {
        "segment": segment.value,
        "name": _sentence(str(segment.label)),
        "about": part.rule.about,
        "customers": ngettext("%d shopper", "%d shoppers", part.customers) % part.customers,
        "value": _money(part.value),
        "share": _percent(part.share_of_value),
        "url": _list(segment=segment.value),
        "places": [
            {"x": frequency - 1, "y": 5 - recency, "mine": segment_of(recency, frequency) == segment}
            for recency in reversed(SCORES)
            for frequency in SCORES
        ],
    }


def _list(**wanted: Any) -> str:
    return f"{reverse('admin:customers_customer_changelist')}?{urlencode(wanted)}"


def _span(ends: tuple[int, int] | None) -> str:
    if ends is None:
        return "–"
    least, most = (format_decimal(end, locale=_locale()) for end in ends)
    return least if least == most else f"{least}–{most}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _locale() -> str:
    return to_locale(get_language() or "en")


def _money(value: Money) -> str:
    return format_money(value, get_language() or "en")


def _short(value: Money) -> str:
    """ "€12K": a tile is small, and the exact amount is in its words. It may break before the currency."""
    return format_compact_currency(value.amount, str(value.currency), locale=_locale()).replace(
        "\N{NO-BREAK SPACE}", " "
    )


def _percent(share: Any) -> str:
    return format_percent(share, locale=_locale())
