"""Kept files as screens are told of them, and as they are handed to whoever may have them: nothing in them runs."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from apps.messaging.content import Media

from .files import shown_name
from .models import Attachment, Message

PLAYED = ("image/", "audio/", "video/")  # of what is kept; all else is only ever saved
ONE_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


def files_of(messages: Iterable[Message]) -> dict[int, list[dict[str, Any]]]:
    """Message id → its files in the order they were sent. One query for all, none where nobody sent any."""
    with_files = [message.pk for message in messages if _has_files(message)]
    if not with_files:
        return {}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for attachment in Attachment.objects.filter(message__in=with_files).order_by("pk"):
        found[attachment.message_id].append(file_json(attachment))
    return found


def _has_files(message: Message) -> bool:
    return bool(message.content.get("media")) or message.content.get("kind") == Media.kind


def file_json(attachment: Attachment) -> dict[str, Any]:
    """`{"id", "kind", "name", "type", "size", "state", "why"}`; type and size only of what is kept."""
    is_kept = attachment.state == Attachment.State.KEPT
    return {
        "id": attachment.public_id,
        "kind": attachment.media_type,
        "name": shown_name(attachment),
        "type": attachment.mime if is_kept else "",
        "size": attachment.size if is_kept else None,
        "state": attachment.state,
        "why": attachment.reason,
    }


def file_answer(request: HttpRequest, attachment: Attachment) -> HttpResponse:
    """The file, or the part of it that a player asks for. Raises `Http404` for what is not kept."""
    if attachment.state != Attachment.State.KEPT:
        raise Http404
    try:
        with attachment.file.open("rb") as opened:
            content = opened.read()
    except OSError as error:
        raise Http404 from error
    is_played = attachment.mime.startswith(PLAYED)
    answer = _part(content, request.headers.get("Range", "")) if is_played else HttpResponse(content)
    name = shown_name(attachment) or attachment.file.name.rpartition("/")[2]
    return guarded(answer, mime=attachment.mime, name=name, is_shown=is_played)


def guarded(answer: HttpResponse, *, mime: str, name: str = "", is_shown: bool) -> HttpResponse:
    """With heads that let nothing run of what a stranger sent, or leave this page; what is not shown is saved."""
    answer["Content-Type"] = mime
    answer["Content-Disposition"] = content_disposition_header(not is_shown, name) or "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _part(content: bytes, asked: str) -> HttpResponse:
    """As RFC 9110 has it, of one range; whoever asks for several gets all of it."""
    size, wished = len(content), ONE_RANGE.fullmatch(asked)
    if wished is None or wished.groups() == ("", ""):
        answer = HttpResponse(content)
    else:
        first, last = wished.groups()
        start = int(first) if first else max(0, size - int(last))
        end = min(int(last), size - 1) if first and last else size - 1
        if start > end:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        answer = HttpResponse(content[start : end + 1], status=206)
        answer["Content-Range"] = f"bytes {start}-{end}/{size}"
    answer["Accept-Ranges"] = "bytes"
    return answer
