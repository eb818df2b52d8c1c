"""Files that people sent: what they are called, and how they go away."""

import datetime as dt
import unicodedata
from typing import Any

from django.conf import settings
from django.db import transaction
from django_scopes import scopes_disabled

from apps.merchants import clock
from apps.merchants.afterwards import after_commit
from apps.merchants.private import PrivateStorage
from apps.messaging.content import Media
from apps.messaging.events import MediaRef
from apps.messaging.fetch import MAX_BYTES, Fetched, TooLarge, fetch_media

from .models import Attachment, Message
from .uploads import WEB_CHAT, forget_upload, read_upload

NAME_LENGTH = 120
FOLDER = "attachments"
ORPHANED_AFTER = dt.timedelta(days=1)  # whoever writes a file writes its row within minutes


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


@scopes_disabled()
def forget_orphans() -> int:
    """Files of which no row knows, as a process leaves them that ends between the two; returns how many were there."""
    storage, done = PrivateStorage(), 0
    names = storage.listdir(FOLDER)[1] if storage.exists(FOLDER) else []
    for start in range(0, len(names), 500):
        batch = names[start : start + 500]
        stems = [name.partition(".")[0] for name in batch]  # a file is called as its row is
        known = set(Attachment.objects.filter(public_id__in=stems).values_list("file", flat=True))
        for path in (f"{FOLDER}/{name}" for name in batch):
            if path not in known and clock.now() - storage.get_modified_time(path) > ORPHANED_AFTER:
                storage.delete(path)
                done += 1
    return done


def _forget_old(attachment: Attachment) -> None:
    """What it was called and where it lay goes from the message too."""
    message = Message.objects.select_for_update(no_key=True, of=("self",)).get(pk=attachment.message_id)
    if told := message.content.get("media"):
        nameless = [{**each, "filename": "", "url": ""} if is_told(each, attachment) else each for each in told]
        message.content = {**message.content, "media": nameless}
        message.save(update_fields=["content"])
    if message.content.get("kind") == Media.kind:
        message.content = {**message.content, "filename": "", "url": ""}
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


def given(attachment: Attachment, *, max_bytes: int = MAX_BYTES) -> Fetched:
    """What the platform still has of it; of the shopper's page, what waits here. Raises as `fetch_media` does."""
    account = attachment.message.conversation.channel_account
    if (attachment.size or 0) > max_bytes:
        raise TooLarge(f"{attachment.size} bytes, as told")
    if account.kind == WEB_CHAT:
        return Fetched(read_upload(attachment.external_id), attachment.mime)
    return fetch_media(account.kind, media_of(attachment), account.config, max_bytes=max_bytes)


def media_of(attachment: Attachment) -> MediaRef:
    """The file as the platform told of it, with all of its address."""
    for told in attachment.message.content.get("media", ()):
        if is_told(told, attachment):
            return MediaRef(**told)
    return MediaRef(
        attachment.media_type, attachment.external_id, attachment.source_url, attachment.mime, size=attachment.size
    )


def _delete_after_commit(attachment: Attachment) -> None:
    """A change that is taken back leaves the file where its row says it is."""
    if attachment.file:
        after_commit(attachment.file.storage.delete, attachment.file.name)


def _is_of_web_chat(attachment: Attachment) -> bool:
    return bool(attachment.message.conversation.channel_account.kind == WEB_CHAT)
