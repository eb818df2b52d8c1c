"""`POST /console/files/`: a file for the shopper, from whoever answers."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from apps.conversations.client_ids import client_id_of
from apps.conversations.harmless import Harmless, Unwanted, harmless
from apps.conversations.models import Attachment, Message
from apps.conversations.own_files import send_own_file
from apps.conversations.uploads import DayIsFull, DiskIsFull, find_room
from apps.merchants.storable import storable
from apps.messaging.fetch import MAX_BYTES

from .access import Seat, for_staff
from .desk import ANYBODY, Refused, quoted, say, thread_of

FORM = 65_536  # bytes of a form beside its file
MOST_TEXT = 4000
Reason = Attachment.Reason


@require_POST
@for_staff
def send_file(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Form: `file`, `thread`, `client_id`, and as wanted `text`, `quote` and `holder` (who was seen answering: a person's
    number or "bot"). 200 `{"seq"}`, else `{"detail"}`, a sentence."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES + FORM:
        return JsonResponse({"detail": _why(Reason.TOO_LARGE)}, status=413)
    client_id = client_id_of(request.POST.get("client_id"))
    try:
        if client_id is None:
            raise Refused("client_id_missing", "Every send carries a client_id (a UUID).")
        sent = _sent(request, seat, client_id)
    except Refused as refused:
        status = 404 if refused.code == "not_found" else 400
        return JsonResponse({"detail": refused.detail, "code": refused.code}, status=status)
    return JsonResponse({"seq": sent.seq})


def _sent(request: HttpRequest, seat: Seat, client_id: uuid.UUID) -> Message:
    """Raises `Refused`."""
    conversation = thread_of(storable(request.POST.get("thread", "")))
    earlier: Message | None = conversation.messages.filter(client_id=client_id).first()
    if earlier is not None:
        return earlier
    file, text = request.FILES.get("file"), str(storable(request.POST.get("text", ""))).strip()
    if file is None or not file.size:
        raise Refused("empty", gettext("There is nothing to send yet."))
    if len(text) > MOST_TEXT:
        raise Refused("too_long", gettext("This is too long. Please send it in several messages."))
    quote = quoted(conversation, _number(request.POST.get("quote")))
    holder = request.POST.get("holder", ANYBODY)
    seen = None if holder == "bot" else _number(holder)
    found = _looked_at(file.read(MAX_BYTES + 1), told=str(file.content_type or "").partition("/")[0])
    _find_room(seat, len(found.content))
    return send_own_file(
        found,
        name=str(storable(file.name)),
        text=text,
        merchant_id=conversation.merchant_id,
        quote=quote,
        say=lambda content: say(seat, conversation, content, client_id=client_id, seen=seen),
    )


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 11 else value or None


def _looked_at(content: bytes, *, told: str) -> Harmless:
    """Pictures are drawn anew, as a shopper's are: nothing tells the shopper where the colleague stood."""
    try:
        return harmless(content, told=told)
    except Unwanted as unwanted:
        raise Refused(str(unwanted.reason), _why(unwanted.reason)) from unwanted


def _find_room(seat: Seat, size: int) -> None:
    try:
        find_room(seat.merchant.pk, size)
    except DayIsFull as full:
        raise Refused("day_is_full", gettext("The shop has sent and taken as many files today as it can.")) from full
    except DiskIsFull as full:
        raise Refused(
            "disk_is_full", gettext("There is no room for files just now. Please tell whoever runs the shop.")
        ) from full


def _why(reason: str) -> str:
    """What is wrong with it, and what would do."""
    if reason == Reason.TOO_LARGE:
        return gettext("This file is larger than {n} MB.").format(n=MAX_BYTES // 1_000_000)
    if reason == Reason.PIXELS:
        return gettext("This picture has too many pixels. Please make it smaller.")
    if reason == Reason.BROKEN:
        return gettext("This picture cannot be opened. Please take or save it anew.")
    return gettext("Only pictures (JPEG, PNG, WebP, GIF), sound, videos (MP4, WebM, MOV) and PDF can be sent.")
