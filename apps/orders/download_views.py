"""The page of one download. Opening it shows a button only: a messenger's preview fetches nothing."""

from typing import Any

import structlog
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_scopes import scope

from apps.merchants.colour import accent_css

from .downloads import TooOld, Unknown, digital_of, fetch, left_of, open_link
from .models import OrderLine

logger = structlog.get_logger(__name__)


@csrf_exempt  # nobody is signed in: the token alone opens it
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET: a page with a button. POST: the file, or on to the link, counted. 410 where nothing is left or it is too old."""
    try:
        line = open_link(token)
    except Unknown:
        raise Http404 from None
    except TooOld as old:
        return _page(request, old.line, left=0, status=410)
    with scope(merchant=line.order.merchant):
        if request.method == "POST" and (answer := _handed(line)) is not None:
            return answer
        left = left_of(line)
        return _page(request, line, left=left, status=200 if left else 410)


def _handed(line: OrderLine) -> HttpResponseBase | None:
    """None where it was fetched often enough, or there is nothing to fetch. Only what can be handed over is counted."""
    digital = digital_of(line)
    if digital is None:
        return None
    if digital.url:
        return HttpResponseRedirect(digital.url) if fetch(line) else None
    try:
        opened = digital.file.open("rb")
    except OSError:
        logger.exception("download.file_missing", order=line.order.number, digital=digital.pk)
        return None
    if not fetch(line):
        opened.close()
        return None
    answer = FileResponse(opened, as_attachment=True, filename=str(digital))
    answer["X-Robots-Tag"] = "noindex"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _page(request: HttpRequest, line: OrderLine, *, left: int, status: int) -> HttpResponseBase:
    merchant = line.order.merchant
    language = line.order.language or merchant.default_language
    told: dict[str, Any] = {
        "shop": merchant.name, "theme": mark_safe(accent_css(merchant.accent)), "language": language,
        "title": line.title, "left": left,
    }  # fmt: skip
    with translation.override(language):
        return render(request, "orders/download.html", told, status=status)
