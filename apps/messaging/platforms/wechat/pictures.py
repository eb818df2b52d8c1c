"""A picture as WeChat takes it: uploaded first, then named."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.messaging import fetch, http
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.platforms.wechat import api as wechat_api
from apps.messaging.reading import text

MAX_PICTURE = 10_000_000  # bytes
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/bmp": "bmp"}


def media_id_of(address: str, config: Mapping[str, Any], *, timeout: float) -> str:
    """The name WeChat gives the picture at `address`, good for three days. Raises `SendFailed`.

    Nothing has reached the shopper yet whatever fails here, so no failure is ambiguous.
    """
    found = _picture_at(address)
    ending = ENDINGS.get(found.mime)
    if ending is None:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"{found.mime[:40]} is no picture WeChat takes")
    files = {"media": (f"picture.{ending}", found.content, found.mime)}
    with http.saying_nothing():
        answer = wechat_api.call("cgi-bin/media/upload?type=image", config, timeout=timeout, files=files)
    media_id = text(answer.get("media_id"))
    if not media_id:
        raise SendFailed(ErrorClass.RETRY, "the picture was taken without a name")
    return media_id


def _picture_at(address: str) -> fetch.Fetched:
    """The shop's own picture, or what its catalogue names on the public web; never what lies inside."""
    try:
        host = urlsplit(address).hostname or ""
        return fetch.fetch(address, hosts=(host,), trusted_base=settings.PUBLIC_URL, max_bytes=MAX_PICTURE)
    except (fetch.Refused, fetch.TooLarge, fetch.NotFetched, ValueError) as error:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"the picture is not to be had: {error}"[:300]) from error
