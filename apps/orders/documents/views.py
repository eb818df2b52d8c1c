"""The page of one document. Opening it shows a button only, so that no preview of a messenger reads along."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_scopes import scope

from apps.merchants.colour import accent_css

from .links import Expired, Unknown, open_link
from .models import Document
from .pdf import pdf_of


@csrf_exempt  # nobody is signed in: the token alone opens it, and reading changes nothing
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def document(request: HttpRequest, token: str) -> HttpResponse:
    """GET: a page with a button. POST: the PDF. 410 with a plain word where the link is too old."""
    try:
        found = open_link(token).document
    except Unknown:
        raise Http404 from None
    except Expired as old:
        return _page(request, old.document, {"is_expired": True}, status=410)
    if request.method == "POST":
        with scope(merchant=found.merchant):
            return file_of(found)
    return _page(request, found, {"is_expired": False}, status=200)


def file_of(document: Document) -> HttpResponse:
    """The PDF as a download that is kept nowhere on the way."""
    answer = HttpResponse(pdf_of(document), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{document.filename}"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _page(request: HttpRequest, document: Document, context: dict[str, Any], *, status: int) -> HttpResponse:
    merchant = document.merchant
    with translation.override(document.language):
        told = {
            "shop": merchant.name,
            "theme": mark_safe(accent_css(merchant.accent)),
            "language": document.language,
            "kind": document.get_kind_display(),
            "number": document.number,
        }
        return render(request, "orders/document.html", told | context, status=status)
