"""Files from our own pages: whether there is room for them; the shopper's lie beside the inbox until the worker keeps them."""

import os
import shutil
import uuid

import structlog
from django.conf import settings
from django.core.files.base import ContentFile

from apps.merchants import clock, tally
from apps.merchants.private import PrivateStorage
from apps.messaging.fetch import NotFetched

WEB_CHAT = "webchat"  # its files come with a call of their own
FORGOTTEN_AFTER = 24 * 3600  # seconds that a file waits for its turn
DAY = 24 * 3600
MOST_OF_A_SHOP = 5_000_000_000  # bytes in a day
LEFT_FREE = 1_000_000_000  # bytes on the disk
logger = structlog.get_logger(__name__)
_uploads = PrivateStorage(allow_overwrite=True)


class DayIsFull(Exception):
    """The shop has taken enough for a day."""


class DiskIsFull(Exception):
    """What is left is for all else that has to be written."""


def find_room(merchant_id: int, size: int) -> None:
    """For a file of so many bytes, whoever sends it. Only the disk is asked where nobody can count.

    Raises `DayIsFull`, `DiskIsFull`.
    """
    day = clock.now().date().isoformat()
    if tally.add(f"uploaded:{merchant_id}:{day}", size, kept=DAY) > MOST_OF_A_SHOP:
        logger.error("upload.day_is_full", merchant=merchant_id)
        raise DayIsFull
    os.makedirs(settings.PRIVATE_ROOT, exist_ok=True)  # the very first file finds none
    if shutil.disk_usage(settings.PRIVATE_ROOT).free - size < LEFT_FREE:
        logger.error("upload.disk_is_full", merchant=merchant_id)
        raise DiskIsFull


def save_upload(content: bytes) -> str:
    """Returns the name under which it waits."""
    name = uuid.uuid4().hex
    _uploads.save(_path(name), ContentFile(content))
    return name


def read_upload(name: str) -> bytes:
    """A file that waits for its turn. Raises `NotFetched`."""
    try:
        with _uploads.open(_path(name), "rb") as opened:
            content: bytes = opened.read()
            return content
    except OSError as error:
        raise NotFetched("it is not there any more", status=404) from error


def forget_upload(name: str) -> None:
    _uploads.delete(_path(name))


def forget_stale_uploads() -> int:
    """Files whose message never had its turn, or was forgotten before; returns how many."""
    if not _uploads.exists("uploads"):
        return 0
    old = [name for name in _uploads.listdir("uploads")[1] if _age(name) > FORGOTTEN_AFTER]
    for name in old:
        forget_upload(name)
    return len(old)


def _age(name: str) -> float:
    return (clock.now() - _uploads.get_modified_time(_path(name))).total_seconds()


def _path(name: str) -> str:
    """Only names that were given here: one of somebody's own leads nowhere else."""
    return f"uploads/{uuid.UUID(hex=name).hex}"
