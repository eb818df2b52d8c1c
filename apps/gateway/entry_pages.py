"""`/go/<token>`, where a printed or shared code leads, and `/continue/<token>`, where a shopper goes on elsewhere.

Both list the shop's channels: links on a phone, codes to scan beside them on a desktop. Neither sets a cookie.
"""

import re
from dataclasses import dataclass

import segno
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django_scopes import scope, scopes_disabled

from apps.conversations.entries import carried, count_visit, source_of
from apps.conversations.entry_links import Way, go_url, scanned_ways
from apps.conversations.models import EntryPoint
from apps.customers.actions import continuation_by, continue_url, word_to_continue
from apps.merchants.models import Merchant

from .pages import ENTRY, RTL, language_for, theme_of
from .scripts import chat_css

# Readers of addresses that are nobody who came: previews of messengers and mail, search engines, prefetching browsers.
READER = re.compile(r"bot\b|crawl|spider|preview|facebookexternalhit|whatsapp/|snap url|skypeuri|google-read", re.I)


class Opens(HttpResponseRedirect):
    """Also into the apps of a phone; `scanned_ways` has seen to it that nothing else is asked for."""

    allowed_schemes = ["https", "http", "sms", "smsto", "tel", "viber", "line", "weixin", "mqq", "mqqwpa", "rcs"]


@dataclass(frozen=True, slots=True)
class Door:
    """A channel on the page: what opens it, and the same to scan; some can only be scanned."""

    way: Way
    qr: str


@require_safe
@cache_control(private=True, no_store=True)
def entry_page(request: HttpRequest, token: str) -> HttpResponse:
    """What it is about stays on our side; the token is the key. `?on=whatsapp` opens that channel at once, `?from=poster`
    says where the link was found."""
    if not ENTRY.fullmatch(token):
        raise Http404
    with scopes_disabled():
        rows = EntryPoint.objects.select_related("merchant")
        entry = rows.filter(token=token, is_active=True, merchant__is_active=True).first()
    if entry is None:
        raise Http404
    source = source_of(request.GET.get("from", ""))
    with scope(merchant=entry.merchant):
        if _is_somebody(request):
            count_visit(entry, source)
    word = carried(entry.token, source)
    return _doors(request, entry.merchant, word, title=entry.title, here=go_url(entry.token, source=source))


@require_safe
@cache_control(private=True, no_store=True)
def continue_page(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link out of somebody's thread. The page tells the shop and its channels, and nothing of whoever has it;
    looking at it uses nothing up."""
    found = continuation_by(token)
    if found is None:
        language = translation.get_language()
        return render(request, "chat/continue_gone.html", {"language": language}, status=404)
    here = continue_url(token)
    return _doors(request, found.merchant, word_to_continue(token), title="", here=here, but=found.asked_on)


def _doors(request: HttpRequest, shop: Merchant, word: str, *, title: str, here: str, but: str = "") -> HttpResponse:
    language = language_for(request, shop)
    with translation.override(language), scope(merchant=shop):
        ways = [way for way in scanned_ways(shop, word, language=language) if way.kind != but]
        wanted = next((way for way in ways if way.url and way.kind == request.GET.get("on")), None)
        if wanted is not None:
            return Opens(wanted.url)
        context = {
            "merchant": shop,
            "title": title,
            "language": language,
            "direction": "rtl" if language in RTL else "ltr",
            "theme": theme_of(shop),
            "doors": [Door(way, mark_safe(_qr(way.code))) for way in ways],
            "qr": mark_safe(_qr(here)),
            "style_version": chat_css().version,
        }
        response = render(request, "chat/entry.html", context)
    response["Referrer-Policy"] = "no-referrer"
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _is_somebody(request: HttpRequest) -> bool:
    is_ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    return request.method == "GET" and not is_ahead and not READER.search(request.headers.get("User-Agent", ""))


def _qr(address: str) -> str:
    """As large as its place: a code of a fixed size would be cut off by a smaller one."""
    code = segno.make(address, error="m", micro=False)
    drawn: str = code.svg_inline(border=4, svgclass="qr-code", lineclass=None, omitsize=True)
    return drawn
