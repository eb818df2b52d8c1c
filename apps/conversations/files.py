"""Files that people sent: what they are called, and how they go away."""

import datetime as dt
import unicodedata
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.merchants import clock

from .models import Attachment

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
    for attachment in attachments.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        attachment.file.delete(save=False)
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
                attachment.file.delete(save=False)
                attachment.state, attachment.reason = Attachment.State.GONE, Attachment.Reason.OLD
                attachment.filename = attachment.source_url = ""
                attachment.save(update_fields=["file", "state", "reason", "filename", "source_url"])
                done += 1
    return done
