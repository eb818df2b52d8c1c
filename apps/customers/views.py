"""`/my-data/<token>/`: a person's copy of what the shop knows of them, behind a link their own thread gave them.

The link works for an hour. Opening it shows a button only, so that no preview of a messenger reads along.
"""

import datetime as dt
import json

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_scopes import scope, scopes_disabled

from apps.merchants.colour import accent_css

from .actions import export_customer
from .models import Customer

LIVES = dt.timedelta(hours=1)
_signer = signing.TimestampSigner(salt="customers.my_data")


def my_data_url(customer: Customer) -> str:
    """Where this person may fetch their copy, for an hour from now and while all their channels are still theirs."""
    channels = customer.identities.order_by("pk").values_list("pk", flat=True)
    return f"{settings.PUBLIC_URL}/my-data/{_signer.sign_object([customer.public_id, *channels])}/"


@csrf_exempt  # nobody is signed in: the token alone opens it, and reading changes nothing
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def my_data(request: HttpRequest, token: str) -> HttpResponse:
    """GET: a page with a button. POST: the file."""
    customer = _customer_of(token)
    language = customer.language or customer.merchant.default_language
    with scope(merchant=customer.merchant), translation.override(language):
        if request.method == "POST":
            return _file(customer)
        context = {
            "shop": customer.merchant.name,
            "theme": mark_safe(accent_css(customer.merchant.accent)),
            "language": language,
            "privacy_url": customer.merchant.privacy_url,
        }
        return render(request, "customers/my_data.html", context)


def _customer_of(token: str) -> Customer:
    """Raises `Http404` alike for a forged, an old and an unknown token.

    Also when one of the channels is somebody else's now: the link may be lying in that thread.
    """
    try:
        public_id, *channels = _signer.unsign_object(token, max_age=LIVES)
    except signing.BadSignature:
        raise Http404 from None
    with scopes_disabled():
        customer = Customer.objects.filter(public_id=public_id).select_related("merchant").first()
        if customer is None or not customer.merchant.is_active:
            raise Http404
        if customer.identities.filter(pk__in=channels).count() != len(channels):
            raise Http404
    return customer


def _file(customer: Customer) -> HttpResponse:
    body = json.dumps(export_customer(customer), ensure_ascii=False, indent=2, default=str)
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
    answer["X-Robots-Tag"] = "noindex"
    return answer
