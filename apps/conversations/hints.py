"""Hints for open screens, over the channel layer. A hint may be lost; screens compare sequence numbers.

One background loop per process holds the layer's connections, so that a turn neither waits nor opens a new one.
"""

import asyncio
import logging
import os
import threading
from typing import Any

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_pid = 0
_waiting: dict[str, dict[str, Any]] = {}
_is_sending = False
PAUSE = 0.03  # seconds; a turn has several hints for the same screens


def hint(group: str, message: dict[str, Any]) -> None:
    """Tell the sockets in `group`; returns at once, and a layer that is down is only logged.

    Of several at once for a group the one with the highest "seq" or "id" goes out: it stands for the others.
    """
    global _is_sending
    layer = get_channel_layer()
    if layer is None:
        return
    loop = _background_loop()
    with _lock:
        _waiting[group] = max(_waiting.get(group, message), message, key=_number)
        is_first, _is_sending = not _is_sending, True
    if is_first:
        asyncio.run_coroutine_threadsafe(_send_all(layer), loop)


def _number(message: dict[str, Any]) -> int:
    return int(message.get("seq") or message.get("id") or 0)


async def _send_all(layer: Any) -> None:
    """What waits goes out at once; what comes right after it goes together a moment later."""
    global _is_sending
    while True:
        with _lock:
            due = dict(_waiting)
            _waiting.clear()
            if not due:
                _is_sending = False
                return
        for group, message in due.items():
            await _send(layer, group, message)
        await asyncio.sleep(PAUSE)


async def _send(layer: Any, group: str, message: dict[str, Any]) -> None:
    try:
        await layer.group_send(group, message)
    except Exception:
        logger.warning("no hint to %s: the channel layer does not answer", group, exc_info=True)


def _background_loop() -> asyncio.AbstractEventLoop:
    global _loop, _pid, _is_sending
    with _lock:
        if _loop is None or _pid != os.getpid():
            _loop, _pid, _is_sending = asyncio.new_event_loop(), os.getpid(), False
            _waiting.clear()  # what a parent process had not sent yet is the parent's
            threading.Thread(target=_loop.run_forever, name="hints", daemon=True).start()
        return _loop
