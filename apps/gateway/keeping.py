"""What shoppers send is fetched while the platform still has it, and kept where only who may sees it.

The worker does it after the turn, with no lock held; what it found is booked under one, where it is still wanted.
"""

import datetime as dt
from typing import Any

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django_scopes import scope, scopes_disabled

from apps.conversations.actions import record_event
from apps.conversations.files import given, safe_name
from apps.conversations.harmless import Harmless, Unwanted, harmless
from apps.conversations.hints import hint
from apps.conversations.models import Attachment
from apps.conversations.uploads import WEB_CHAT, forget_upload
from apps.merchants import clock
from apps.merchants.afterwards import after_commit
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.fetch import NotFetched, Refused, TooLarge

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(minutes=3)  # longer than a fetch with its questions before
LONGEST_PAUSE = dt.timedelta(hours=6)
MOST_ATTEMPTS = 13  # a day and a bit: an account whose access ran out may be mended by then
NO_MORE = (404, 410)  # what was there has run out
AGAIN = (ErrorClass.RETRY, ErrorClass.RETRY_AFTER, ErrorClass.AMBIGUOUS, ErrorClass.AUTH)
State, Reason = Attachment.State, Attachment.Reason


def run_due(limit: int = 20) -> int:
    """The worker's part: fetch what waits, the newest first, since somebody may be looking. Returns how many were tried."""
    with scopes_disabled():
        due = Attachment.objects.filter(state=State.WAITING, due_at__lte=clock.now())
        waiting = list(due.order_by("-pk").values_list("pk", "merchant_id")[:limit])
    done = 0
    for pk, merchant_id in waiting:
        with scope(merchant=merchant_id):
            if _claim(pk):
                _work(pk)
                done += 1
    return done


def _claim(pk: int) -> bool:
    """Ours until the lease ends, if nobody else took it first."""
    now = clock.now()
    due = Attachment.objects.filter(pk=pk, state=State.WAITING, due_at__lte=now)
    return bool(due.update(due_at=now + LEASE))


def _work(pk: int) -> None:
    waiting = Attachment.objects.select_related("message__conversation__channel_account").filter(pk=pk)
    attachment = waiting.first()
    if attachment is None:
        return  # forgotten since
    try:
        found = harmless(given(attachment).content, told=attachment.media_type)
    except Unwanted as refused:
        _close(attachment, State.REFUSED, refused.reason)
    except TooLarge:
        _close(attachment, State.REFUSED, Reason.TOO_LARGE)
    except (Refused, KeyError) as refused:
        logger.warning("file.no_address", attachment=pk, why=str(refused))
        _close(attachment, State.GONE, Reason.NOT_GIVEN)
    except NotFetched as failed:
        _later(attachment, failed, is_over=failed.status in NO_MORE)
    except SendFailed as failed:
        _later(attachment, failed, is_over=failed.error_class not in AGAIN)
    except Exception as failed:  # whatever it is, it must not stop the others
        logger.exception("file.failed", attachment=pk)
        _later(attachment, failed)
    else:
        _keep(attachment, found)


def _later(attachment: Attachment, error: Exception, *, is_over: bool = False) -> None:
    """Ever more slowly, and in the end not any more."""
    attempts = attachment.attempts + 1
    if is_over or attempts >= MOST_ATTEMPTS:
        logger.warning("file.given_up", attachment=attachment.pk, attempts=attempts, error=str(error))
        _close(attachment, State.GONE, Reason.NOT_GIVEN)
        return
    pause = min(LONGEST_PAUSE, dt.timedelta(seconds=5 * 3**attachment.attempts))
    logger.info("file.later", attachment=attachment.pk, attempts=attempts, error=str(error))
    waiting = Attachment.objects.filter(pk=attachment.pk, state=State.WAITING)
    waiting.update(due_at=clock.now() + pause, attempts=attempts)


def _close(attachment: Attachment, state: str, reason: str) -> None:
    """Nothing is kept, and everybody who looks sees why."""
    with transaction.atomic():
        row = _locked(attachment)
        if row is not None:
            row.state, row.reason = state, reason
            row.save(update_fields=["state", "reason"])
            _tell(attachment)
    _tidy(attachment)


def _keep(attachment: Attachment, found: Harmless) -> None:
    """The file first, under a name of ours: a worker that is ended here writes it anew the next time."""
    with transaction.atomic():
        row = _locked(attachment)
        if row is None:
            return
        row.file.save(f"{row.public_id}.{found.extension}", ContentFile(found.content), save=False)
        row.state, row.media_type, row.mime, row.size = State.KEPT, found.medium, found.mime, len(found.content)
        row.filename = safe_name(row.filename, found.extension)
        row.save(update_fields=["file", "state", "media_type", "mime", "size", "filename"])
        _tell(attachment)
    _tidy(attachment)


def _locked(attachment: Attachment) -> Attachment | None:
    """The row, if it still waits: its message may have been taken back, its shopper forgotten."""
    waiting: Any = Attachment.objects.select_for_update(no_key=True).filter(pk=attachment.pk, state=State.WAITING)
    found: Attachment | None = waiting.first()
    return found


def _tidy(attachment: Attachment) -> None:
    """Booked: what lay beside the inbox until now is not needed any more."""
    if attachment.message.conversation.channel_account.kind == WEB_CHAT:
        forget_upload(attachment.external_id)


def _tell(attachment: Attachment) -> None:
    """Everybody who looks, and the shopper's own page."""
    conversation, seq = attachment.message.conversation, attachment.message.seq
    record_event(conversation, "file", seq=seq)
    if conversation.channel_account.kind == WEB_CHAT:
        after_commit(hint, f"chat.{conversation.public_id}", {"type": "thread.file", "seq": seq})
