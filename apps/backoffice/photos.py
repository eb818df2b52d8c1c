"""`/photos/<token>/`: a picture a shopper sent with a return or a claim, behind a link for a week.

It is kept here, or still lies at the platform it came from, which asks for the shop's access data: whoever has the link
needs none.
"""

from collections import defaultdict
from collections.abc import Iterable

import structlog
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django_scopes import scopes_disabled

from apps.conversations.files import given
from apps.conversations.models import Attachment
from apps.conversations.showing import file_answer, guarded
from apps.messaging.channel import SendFailed
from apps.messaging.fetch import Fetched, NotFetched, Refused, TooLarge
from apps.orders.documents.links import LIVES
from apps.orders.models import ReturnRequest

logger = structlog.get_logger(__name__)
GONE, BAD_GATEWAY = 410, 502
MAX_BYTES = 10_000_000
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})  # the rest is only ever saved
_signer = signing.TimestampSigner(salt="backoffice.photo")


def photos_of(asked: Iterable[ReturnRequest]) -> dict[int, list[Attachment]]:
    """Return id → what the shopper sent with it, in the order they sent it. One query for all; their orders are there.

    A return names messages as the platform does; only those of its own shopper are theirs.
    """
    rows = list(asked)
    names = {name for each in rows for name in each.photos}
    if not names:
        return {}
    found = Attachment.objects.filter(
        message__external_id__in=names,
        message__conversation__identity__customer__in={each.order.customer_id for each in rows},
    ).select_related("message__conversation__identity")
    sent: dict[tuple[int | None, str], list[Attachment]] = defaultdict(list)
    for photo in found.order_by("pk"):
        sent[photo.message.conversation.identity.customer_id, photo.message.external_id].append(photo)
    return {each.pk: [photo for name in each.photos for photo in sent[each.order.customer_id, name]] for each in rows}


def photo_url(photo: Attachment) -> str:
    """Where it can be looked at for a week from now."""
    return f"{settings.PUBLIC_URL}/photos/{_signer.sign_object(photo.public_id)}/"


@require_safe
@cache_control(private=True, no_store=True)
def photo(request: HttpRequest, token: str) -> HttpResponse:
    """The picture. 404 for what is nobody's, 410 for a link too old, 502 where the platform does not give it."""
    try:
        public_id = _signer.unsign_object(token, max_age=LIVES)
    except signing.SignatureExpired:
        return HttpResponse(status=GONE)
    except (signing.BadSignature, ValueError):
        raise Http404 from None
    with scopes_disabled():
        accounts = Attachment.objects.select_related("message__conversation__channel_account__merchant")
        found = accounts.filter(public_id=public_id).first()
    if found is None or not found.message.conversation.channel_account.merchant.is_active:
        raise Http404
    if found.state == Attachment.State.KEPT:
        return file_answer(request, found)
    if found.state == Attachment.State.REFUSED:
        raise Http404
    try:
        return _shown(given(found, max_bytes=MAX_BYTES))
    except (KeyError, Refused):
        raise Http404 from None
    except (NotFetched, SendFailed, TooLarge) as failed:
        logger.warning("photo.not_fetched", photo=found.pk, why=str(failed))
        return HttpResponse(status=BAD_GATEWAY)


def _shown(fetched: Fetched) -> HttpResponse:
    """Whatever a stranger sent, nothing in it runs: it is a picture of a known kind, or a file to be saved."""
    is_picture = fetched.mime in SHOWN
    mime = fetched.mime if is_picture else "application/octet-stream"
    return guarded(HttpResponse(fetched.content), mime=mime, is_shown=is_picture)
