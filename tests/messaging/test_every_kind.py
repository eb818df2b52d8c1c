"""What no channel may fall for, whoever's file it is in: asked of every kind there is."""

import socket
import time
from typing import Any

import pytest
from pytest_django import Settings

from apps.messaging.channel import ErrorClass, Malformed, SendFailed, WebhookRequest, channel_for
from apps.messaging.events import MediaRef
from apps.messaging.fetch import NotFetched, Refused, TooLarge, fetch_media

from .examples import ACCOUNTS
from .kinds import HELD
from .kinds import KINDS as SHIPPED
from .loopback import platform

KINDS = tuple(HELD)
pytestmark = pytest.mark.usefixtures("thirteenth")
BOUND = 1.0  # seconds

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XML_BOMBS = {
    "a billion laughs": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><xml><Content>&l9;</Content></xml>',
    "a file of ours": '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>',
    "an address inside": '<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1:{port}/dtd">]><xml><Content>&f;</Content></xml>',
    "a definition elsewhere": '<!DOCTYPE x SYSTEM "http://127.0.0.1:{port}/x.dtd"><xml><Content>hi</Content></xml>',
    "a parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p">%p;]><xml><Content>hi</Content></xml>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY q "{"a" * 50_000}">]><xml><Content>{"&q;" * 5_000}</Content></xml>',
    "deep": "<x>" * 100_000 + "</x>" * 100_000,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", XML_BOMBS)
def test_attack_14_xml_that_defines_or_fetches_is_refused(kind: str, name: str) -> None:
    with platform((200, b"secret", {})) as outside:
        body = XML_BOMBS[name].replace("{port}", str(outside.port)).encode()
        began = time.perf_counter()
        try:
            events = channel_for(kind).parse(WebhookRequest("POST", "", {}, {}, body), ACCOUNTS[kind])
        except Malformed:
            events = []
        assert time.perf_counter() - began < BOUND
    assert outside.calls == []
    assert [event.text for event in events if event.text] == []
    assert [event.kind for event in events if event.kind != "ignored"] == []
    assert sum(len(str(event.data)) for event in events) < 100_000


# --- files ----------------------------------------------------------------------------------------
def everything_leads_to(url: str) -> dict[str, Any]:
    """What a platform answers when asked where a file is, in every platform's words at once."""
    return {
        "url": url, "download-url": url, "download_url": url, "link": url, "fileUri": url, "access_token": "lent", "expires_in": 7200,
        "ok": True, "result": {"file_path": url, "url": url}, "data": {"url": url},
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_attack_53_a_file_elsewhere_is_not_fetched_and_gets_no_token(kind: str) -> None:
    with platform((200, b"theirs", {"Content-Type": "image/png"})) as evil:
        where = f"{evil.base}/steal.png"
        with platform((200, everything_leads_to(where), {})) as there:
            config = {**ACCOUNTS[kind], "api_base": there.base}
            for media in (
                MediaRef("image", url=where),
                MediaRef("image", external_id=where),
                MediaRef("image", "id", where),
            ):
                try:
                    found = fetch_media(kind, media, config)
                except (Refused, NotFetched, TooLarge, SendFailed, KeyError, ValueError):
                    continue
                assert found.content != b"theirs"
    assert evil.calls == []


HOSTS_OF_OTHERS = (
    "evil.example", "{host}.evil.example", "evil-{host}", "{host}@evil.example", "127.0.0.1", "169.254.169.254", "[::1]",
)  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in SHIPPED if channel_for(kind).media_hosts])
def test_attack_53_a_host_that_looks_like_the_platforms_is_another(
    kind: str, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Nobody is even asked where such a name lies: the real platform is set, and no connection is made."""
    settings.PRIVATE_ADDRESSES = False
    asked: list[str] = []

    def connect(address: Any, *args: Any, **kwargs: Any) -> socket.socket:
        asked.append(address[0])
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "create_connection", connect)
    for listed in channel_for(kind).media_hosts:
        for other in HOSTS_OF_OTHERS:
            url = f"https://{other.replace('{host}', listed.lstrip('.'))}/a.png"
            with pytest.raises((Refused, SendFailed, KeyError, ValueError)):
                fetch_media(kind, MediaRef("image", external_id="1", url=url), dict(ACCOUNTS[kind]))
    assert [host for host in asked if "evil" in host or host in ("127.0.0.1", "169.254.169.254", "::1")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_attack_53_a_file_without_a_name_or_address_is_an_error_not_a_crash(kind: str) -> None:
    with platform((200, {}, {})) as there:
        config = {**ACCOUNTS[kind], "api_base": there.base}
        with pytest.raises((Refused, NotFetched, SendFailed, KeyError)) as caught:
            fetch_media(kind, MediaRef("image"), config)
    if isinstance(caught.value, SendFailed):
        assert caught.value.error_class in ErrorClass
