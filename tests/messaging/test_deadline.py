"""However many calls a send needs, they are over by one deadline, and none begins that could not be waited for."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from apps.merchants.deadline import time_left, within
from apps.merchants.outside import exchange
from apps.messaging import http, tokens
from apps.messaging.channel import ErrorClass, Recipient, SendFailed, channel_for
from apps.messaging.content import Content, Media, Text

from .examples import ACCOUNTS, SHOPPERS
from .kinds import KINDS
from .loopback import platform

ENOUGH = http.LEAST + 1.2  # for one call, and after a slow one for no other
SLOWLY = 1.5
UPLOADED = (200, {"type": "image", "media_id": "M1", "file_info": "F1"}, {}, SLOWLY)
REPLY = Recipient(SHOPPERS["line"], reply_to="token")
QQ_REPLY = Recipient(SHOPPERS["qq"], reply_to=KINDS["qq"].HANDLE)
PNG = (200, b"\x89PNG\r\n\x1a\nsmall", {"Content-Type": "image/png"}, SLOWLY)


@pytest.fixture
def dripping() -> Iterator[int]:
    """The port of somebody who begins to answer and never ends: a byte at a time, each soon enough."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _address = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not over.wait(0.05):
                connection.sendall(b".")

    threading.Thread(target=drip, daemon=True).start()
    yield listening.getsockname()[1]
    over.set()
    listening.close()


def took(url: str) -> float:
    began = time.monotonic()
    with within(0.5), pytest.raises(httpx2.ReadTimeout):
        exchange("GET", url, timeout=10, headers={}, max_bytes=1000)
    return time.monotonic() - began


def test_an_answer_that_drips_ends_with_the_deadline(dripping: int) -> None:
    assert 0.4 < took(f"http://127.0.0.1:{dripping}/") < 2


def test_behind_a_proxy_as_well(dripping: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{dripping}")
    monkeypatch.setenv("no_proxy", "")
    assert 0.4 < took("http://far-behind-a-proxy.example/") < 2


def test_a_deadline_ends_with_its_work() -> None:
    with within(3):
        assert 2 < time_left() <= 3
    assert time_left() == float("inf")


def test_a_call_that_could_not_be_waited_for_does_not_begin() -> None:
    with platform((200, {}, {})) as there:
        for ask in (http.post, http.get):
            with within(http.LEAST - 0.1), pytest.raises(SendFailed) as caught:
                ask(f"{there.base}/x", timeout=1)
            assert caught.value.error_class is ErrorClass.RETRY
    assert there.calls == []


def late(kind: str, content: Content, to: Recipient, *answers: Any, lends: bool, settings: Any) -> tuple[str, int]:
    """(what becomes of a send, how many calls it made)."""
    tokens.forget_all()
    channel = channel_for(kind)
    with platform(*answers, lends=lends) as there:
        settings.PUBLIC_URL, settings.PRIVATE_ADDRESSES = there.base, True
        if isinstance(content, Media):
            content = Media(media_type="image", url=f"{there.base}/shirt.png")
        (wire,) = channel.render(content, language="en")
        with within(ENOUGH), pytest.raises(SendFailed) as caught:
            channel.send(wire, to, {**ACCOUNTS[kind], "api_base": there.base}, key="1:0")
    return str(caught.value.error_class), len(there.calls)


@pytest.mark.parametrize(("kind", "to"), [("wechat", Recipient(SHOPPERS["wechat"])), ("qq", QQ_REPLY)])
def test_after_a_token_that_took_long_nothing_is_said(kind: str, to: Recipient, settings: Any) -> None:
    lent = (200, {"access_token": "t1", "expires_in": 7200}, {}, SLOWLY)
    assert late(kind, Text("hi"), to, lent, KINDS[kind].TAKEN, lends=False, settings=settings) == ("retry", 1)


def test_after_an_upload_that_took_long_nothing_is_said(settings: Any) -> None:
    answers: tuple[Any, ...] = (UPLOADED, KINDS["qq"].TAKEN)
    assert late("qq", Media(), QQ_REPLY, *answers, lends=True, settings=settings) == ("retry", 1)
    answers = (PNG, UPLOADED, KINDS["wechat"].TAKEN)
    shopper = Recipient(SHOPPERS["wechat"])
    assert late("wechat", Media(), shopper, *answers, lends=True, settings=settings) == ("retry", 1)


def test_a_reply_that_may_have_arrived_stays_open_without_a_second_try(settings: Any) -> None:
    sick = (500, {"message": "Internal server error"}, {}, SLOWLY)
    taken = KINDS["line"].TAKEN
    assert late("line", Text("hi"), REPLY, sick, taken, lends=True, settings=settings) == ("ambiguous", 1)
