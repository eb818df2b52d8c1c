"""Files that people sent: what they are called, and how they go away."""

import datetime as dt
import unicodedata
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.merchants import clock
from apps.merchants.afterwards import after_commit

from .models import Attachment, Message
from .uploads import WEB_CHAT, forget_upload

NAME_LENGTH = 120


def shown_name(attachment: Attachment) -> str:
    """What it was called, as far as that can be shown and saved anywhere; "" where it had no name."""
    return safe_name(attachment.filename, attachment.file.name.rpartition(".")[2] if attachment.file else "")


def safe_name(told: str, extension: str = "") -> str:
    """The last part of a name without what turns text around or ends lines; it ends as what the file is."""
    last = told.replace("\\", "/").rpartition("/")[2]
    clean = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(" .")
    stem = clean.rpartition(".")[0] or clean
    name = f"{stem[:NAME_LENGTH]}.{extension}" if extension and stem else clean[:NAME_LENGTH]
    return name


@transaction.atomic
def forget_files(attachments: Any) -> None:
    """Rows and files. Whoever is about to keep one of them finds that it is not wanted any more."""
    about = attachments.select_related("message__conversation__channel_account")
    for attachment in about.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        _delete_after_commit(attachment)
        if attachment.state == Attachment.State.WAITING and _is_of_web_chat(attachment):
            after_commit(forget_upload, attachment.external_id)
        attachment.delete()


def forget_old_files(limit: int = 500) -> int:
    """What was kept for as long as the shop keeps files: the row says so, the file goes. Of the merchant in scope."""
    if not settings.ATTACHMENTS_KEPT_DAYS:
        return 0
    until = clock.now() - dt.timedelta(days=settings.ATTACHMENTS_KEPT_DAYS)
    kept = Attachment.objects.filter(state=Attachment.State.KEPT, message__created_at__lt=until)
    done = 0
    for pk in list(kept.order_by("pk").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            attachment = kept.select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
            if attachment is not None:
                _forget_old(attachment)
                done += 1
    return done


def _forget_old(attachment: Attachment) -> None:
    """What it was called and where it lay goes from the message too."""
    message = Message.objects.select_for_update(no_key=True, of=("self",)).get(pk=attachment.message_id)
    if told := message.content.get("media"):
        nameless = [{**each, "filename": "", "url": ""} if is_told(each, attachment) else each for each in told]
        message.content = {**message.content, "media": nameless}
        message.save(update_fields=["content"])
    _delete_after_commit(attachment)
    attachment.state, attachment.reason = Attachment.State.GONE, Attachment.Reason.OLD
    attachment.file = attachment.filename = attachment.source_url = ""
    attachment.save(update_fields=["file", "state", "reason", "filename", "source_url"])


def is_told(told: dict[str, Any], attachment: Attachment) -> bool:
    """Whether a message's word on a file is about this one: the message has all of an address, the row what fits into it."""
    return (told.get("external_id", "")[:255], told.get("url", "")[:1000]) == (
        attachment.external_id,
        attachment.source_url,
    )


def _delete_after_commit(attachment: Attachment) -> None:
    """A change that is taken back leaves the file where its row says it is."""
    if attachment.file:
        after_commit(attachment.file.storage.delete, attachment.file.name)


def _is_of_web_chat(attachment: Attachment) -> bool:
    return bool(attachment.message.conversation.channel_account.kind == WEB_CHAT)
