"""`/labels/<token>/…`: a return's label as a file that messengers fetch themselves and show in the thread.

So opening it is one plain GET, unlike a document's page; it is bound to its shopper's channels and lives as long.
"""

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django_scopes import scope, scopes_disabled

from ..models import ReturnLabel
from .links import LIVES, is_still_theirs, sealed
from .slip import code_of, slip_of

GONE = 410
_signer = signing.TimestampSigner(salt="orders.label")


def sheet_url(label: ReturnLabel) -> str:
    """Where its PDF lies for a week from now."""
    return f"{_address(label)}/{label.filename}"


def code_url(label: ReturnLabel) -> str:
    """Where the picture for a phone lies; "" where the carrier reads none."""
    return f"{_address(label)}/code.png" if label.code or label.account_id is None else ""


def _address(label: ReturnLabel) -> str:
    token = sealed(_signer, label.public_id, label.request.order.customer)
    return f"{settings.PUBLIC_URL}/labels/{token}"


@require_safe
@cache_control(private=True, no_store=True)
def sheet(request: HttpRequest, token: str, filename: str) -> HttpResponse:
    """The PDF. 404 for what is nobody's, 410 for a link too old or a label that is good no more."""
    label = _opened(token)
    if label is None:
        return HttpResponse(status=GONE)
    with scope(merchant=label.merchant):
        order = label.request.order
        language = order.language or order.merchant.default_language
        return _file(bytes(label.sheet) or slip_of(label, language=language), "application/pdf", label.filename)


@require_safe
@cache_control(private=True, no_store=True)
def code(request: HttpRequest, token: str) -> HttpResponse:
    """The picture, as `sheet`."""
    label = _opened(token)
    if label is None:
        return HttpResponse(status=GONE)
    if not code_url(label):
        raise Http404
    return _file(bytes(label.code) or code_of(label), "image/png", "code.png")


def _opened(token: str) -> ReturnLabel | None:
    """None for what was theirs once. Raises `Http404` for what is forged or another's."""
    try:
        public_id, owner, *channels = _signer.unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise Http404 from None
    with scopes_disabled():
        labels = ReturnLabel.objects.select_related("merchant", "request__order__customer", "request__order__merchant")
        label: ReturnLabel | None = labels.filter(public_id=public_id).first()
        if label is None or not label.merchant.is_active:
            raise Http404
        if not is_still_theirs(label.request.order.customer, owner, channels):
            raise Http404
    try:
        _signer.unsign_object(token, max_age=LIVES)
    except signing.SignatureExpired:
        return None
    return label if label.state == ReturnLabel.State.READY and not label.is_expired else None


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["X-Robots-Tag"] = "noindex"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
