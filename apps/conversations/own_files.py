"""Files that people of the shop send: kept first, then said, so that nothing is said of a file that is not there."""

from collections.abc import Callable

from django.core.files.base import ContentFile
from django.db import transaction

from apps.messaging.content import Media, Quote

from .file_links import file_link
from .files import safe_name
from .harmless import Harmless
from .models import Attachment, Message


def send_own_file(
    found: Harmless, *, name: str, text: str, merchant_id: int, quote: Quote | None, say: Callable[[Media], Message]
) -> Message:
    """Keep the file and `say` it; returns what was said. Where that had been said before, nothing is kept a second time."""
    attachment = Attachment(
        merchant_id=merchant_id, media_type=found.medium, mime=found.mime, size=len(found.content),
        filename=safe_name(name, found.extension), state=Attachment.State.KEPT,
    )  # fmt: skip
    content = Media(
        text=text,
        quote=quote,
        media_type=found.medium,
        url=file_link(attachment.public_id, found.extension),
        filename=attachment.filename,
        mime=found.mime,
        size=len(found.content),
    )
    attachment.file.save(f"{attachment.public_id}.{found.extension}", ContentFile(found.content), save=False)
    is_kept = False
    try:
        with transaction.atomic():
            message = say(content)
            if message.content.get("url") == content.url:
                attachment.message = message
                attachment.save()
                is_kept = True
    finally:
        if not is_kept:
            attachment.file.delete(save=False)
    return message
