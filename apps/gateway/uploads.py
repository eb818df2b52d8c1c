"""Files from the shopper's page: `POST /chat/<merchant>/upload/`, and the way back to their own session.

What it is is looked at here; then it goes the way of every message, an event in the inbox, and lies beside it until the
worker keeps it.
"""

import structlog
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django_scopes import scope

from apps.conversations.client_ids import client_id_of
from apps.conversations.file_links import file_of_link
from apps.conversations.harmless import Harmless, Unwanted, looked_at
from apps.conversations.models import Attachment
from apps.conversations.showing import file_answer
from apps.conversations.uploads import DAY, DayIsFull, DiskIsFull, find_room, forget_upload, save_upload
from apps.merchants import clock, tally
from apps.merchants.accounts import web_chat_of
from apps.merchants.models import ChannelAccount, Merchant
from apps.merchants.storable import storable
from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.fetch import MAX_BYTES

from .addresses import Addresses, address_of_request
from .webchat import MAX_TEXT, keep_event
from .webchat_session import Visitor, visitor_of
from .webchat_thread import open_visit

logger = structlog.get_logger(__name__)

SESSION_HEADER = "X-Chat-Session"
FORM = 65_536  # bytes of a form beside its file
VISITORS = Addresses(burst=10, rate=0.1)  # files of one visitor, per process
CROWD = Addresses(burst=60, rate=1.0)  # of everybody at one network address
MOST_OF_A_VISITOR = 250_000_000  # bytes in a day


class Refused(Exception):
    """The page shows `detail`; `status` is the answer's."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@csrf_exempt  # no cookie counts here: who sends it is said by a header that no other page can set
@require_POST
@cache_control(private=True, no_store=True)
def upload(request: HttpRequest, merchant: str) -> HttpResponse:
    """202 `{"client_id"}`; else `{"detail"}`, a sentence for the shopper."""
    account = web_chat_of(merchant)
    if account is None:
        raise Http404
    with translation.override(_language(request, account.merchant)):
        try:
            client_id = _taken(request, account)
        except Refused as refused:
            return JsonResponse({"detail": refused.detail}, status=refused.status)
    return JsonResponse({"client_id": client_id}, status=202)


@require_safe
def own_file(request: HttpRequest, merchant: str, public_id: str) -> HttpResponse:
    """`/chat/<merchant>/attachments/<id>/`: what this very session sent, or was sent; all else is not there."""
    account = web_chat_of(merchant)
    visitor = visitor_of(account, request.headers.get(SESSION_HEADER)) if account else None
    if account is None or visitor is None:
        raise Http404
    with scope(merchant=account.merchant):
        theirs = Attachment.objects.filter(
            message__conversation__channel_account=account,
            message__conversation__identity__external_id=visitor.external_id,
        )
        found = theirs.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return file_answer(request, found)


@require_safe
def linked_file(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """`/files/<token>/<name>`: what the shop sent, for the platform and for the shopper. 410 for a link too old."""
    try:
        found = file_of_link(token)
    except signing.SignatureExpired:
        return HttpResponse(status=410)
    if found is None:
        raise Http404
    return file_answer(request, found)


def _taken(request: HttpRequest, account: ChannelAccount) -> str:
    """The file is in the inbox; returns the page's name for it. Raises `Refused`."""
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        raise Refused(403, gettext("This page may not send files here."))
    visitor = visitor_of(account, request.headers.get(SESSION_HEADER))
    if visitor is None:
        raise Refused(403, gettext("Please reload the page and try again."))
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES + FORM:
        raise Refused(413, _too_large())
    address = address_of_request(request)
    if not (VISITORS.bucket(f"{account.pk}:{visitor.external_id}").take() and CROWD.bucket(address).take()):
        raise Refused(429, gettext("That were many files. Please try again in a minute."))
    file, client_id = request.FILES.get("file"), client_id_of(request.POST.get("client_id"))
    if file is None or client_id is None or not file.size:
        raise Refused(400, gettext("There is nothing to send yet."))
    told = str(file.content_type or "").partition("/")[0]
    try:
        found = looked_at(file.read(MAX_BYTES + 1), told=told)
    except Unwanted as unwanted:
        raise Refused(413 if unwanted.reason == Attachment.Reason.TOO_LARGE else 415, _why(unwanted)) from unwanted
    _find_room(account, visitor, len(found.content))
    text = str(storable(request.POST.get("text", ""))).strip()[:MAX_TEXT]
    _into_the_inbox(
        account, visitor, found, name=str(storable(file.name)), text=text, key=str(client_id), address=address
    )
    return str(client_id)


def _find_room(account: ChannelAccount, visitor: Visitor, size: int) -> None:
    """Raises `Refused` where somebody, or a whole shop, has sent enough for a day, or the disk is nearly full.

    Who has sent too much takes nothing from the shop's share.
    """
    day = clock.now().date().isoformat()
    if tally.add(f"uploaded:{account.pk}:{visitor.external_id}:{day}", size, kept=DAY) > MOST_OF_A_VISITOR:
        raise Refused(429, gettext("You have sent as much as goes into one day. Please send the rest tomorrow."))
    try:
        find_room(account.merchant_id, size)
    except DayIsFull as full:
        raise Refused(
            503,
            gettext("The shop has taken as many files today as it can. Please send this one tomorrow, or write to us."),
        ) from full
    except DiskIsFull as full:
        raise Refused(503, gettext("The shop cannot be written to just now. Please come back later.")) from full


def _into_the_inbox(
    account: ChannelAccount, visitor: Visitor, found: Harmless, *, name: str, text: str, key: str, address: str
) -> None:
    """The file first: an event never names one that is not there. Sent twice it comes once."""
    language = translation.get_language() or account.merchant.default_language
    open_visit(account, visitor, language)
    name_here = save_upload(found.content)
    media = MediaRef(found.medium, name_here, mime=found.mime, filename=name, size=len(found.content))
    event = ChannelEvent(
        EventKind.MESSAGE,
        key,
        visitor.external_id,
        clock.now(),
        type=found.medium,
        text=text,
        thread_key=visitor.external_id,
        profile_name=visitor.name,
        language=language,
        media=(media,),
    )
    if not keep_event(account.pk, event, address):
        forget_upload(name_here)


def _language(request: HttpRequest, merchant: Merchant) -> str:
    wished = request.headers.get("Accept-Language", "")
    return wished if wished in merchant.languages else merchant.default_language


def _too_large() -> str:
    return gettext("This file is larger than {n} MB. Please send a smaller one.").format(n=MAX_BYTES // 1_000_000)


def _why(unwanted: Unwanted) -> str:
    """What is wrong with it, and what would do."""
    if unwanted.reason == Attachment.Reason.TOO_LARGE:
        return _too_large()
    if unwanted.reason == Attachment.Reason.PIXELS:
        return gettext("This picture has too many pixels. Please send a smaller one, or a screenshot of it.")
    if unwanted.reason == Attachment.Reason.BROKEN:
        return gettext("This picture cannot be opened. Please take or save it anew.")
    return gettext("Please send a picture (JPEG, PNG, WebP, GIF), a voice message, a video (MP4, WebM) or a PDF.")
