"""Files come from the platform's own hosts on the public internet, or not at all."""

import socket
from typing import Any

import pytest

from apps.merchants.reach import is_public
from apps.messaging import fetch
from apps.messaging.channel import channel_for
from apps.messaging.events import MediaRef
from apps.messaging.fetch import NotFetched, Refused, TooLarge, check, fetch_media

from .examples import ACCOUNTS
from .loopback import platform

ANY = (".example", "127.0.0.1", "localhost")


def resolves_to(*addresses: str) -> fetch.Resolve:
    return lambda host, port: list(addresses)


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104
    "100.64.0.1",
    "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "::ffff:10.0.0.1",
    "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "2001:0:7f00:1::",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_attack_52_private_addresses_are_not_public(address: str) -> None:
    assert is_public(address) is False
    with pytest.raises(Refused):
        check("https://files.example/a.jpg", hosts=ANY, resolve=resolves_to(address))


def test_attack_52_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    assert check("https://files.example/a.jpg", hosts=ANY, resolve=resolves_to("93.184.216.34")).address == (
        "93.184.216.34"
    )
    with pytest.raises(Refused):
        check("https://files.example/a.jpg", hosts=ANY, resolve=resolves_to("93.184.216.34", "10.0.0.1"))


SPELLINGS = [
    "https://127.0.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
    "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[::ffff:7f00:1]/", "https://169.254.169.254/latest/",
    "https://localhost/", "https://localhost./", "https://①②⑦.⓪.⓪.①/",
]  # fmt: skip


@pytest.mark.parametrize("url", SPELLINGS)
def test_attack_52_every_spelling_of_an_inner_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        check(url, hosts=channel_for("sms").media_hosts)
    with pytest.raises(Refused):
        check(url, hosts=("",))


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_attack_52_even_a_listed_host_must_resolve_to_the_public_internet(host: str) -> None:
    with pytest.raises(Refused, match="not on the public internet"):
        check(f"https://{host}/", hosts=(host,))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://files.example/_", "ftp://files.example/a", "http://files.example/a.jpg",
        "//files.example/a", "data:text/plain,hi", "javascript:alert(1)", "https:///a", "https://", "",
        "https://files.example:22/a", "https://user:pw@files.example/a", "https://files.example@10.0.0.1/a",
        "https://files.example\\@evil.test/", "https://[bad/", "https://files.example:99999/",
    ],
)  # fmt: skip
def test_attack_52_other_schemes_ports_and_tricks_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        check(url, hosts=("files.example",), resolve=resolves_to("93.184.216.34"))


@pytest.mark.parametrize(
    "host", ["evil.example", "api.twilio.com.evil.example", "evilapi.twilio.com", "fbcdn.net.evil.example", "fbcdn.net"]
)
def test_attack_52_only_the_platforms_own_hosts(host: str) -> None:
    hosts = (*channel_for("sms").media_hosts, *channel_for("whatsapp").media_hosts)
    with pytest.raises(Refused):
        check(f"https://{host}/a", hosts=hosts, resolve=resolves_to("93.184.216.34"))


def test_attack_52_rebinding_changes_nothing_because_the_address_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    connected: list[Any] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.0.113.7" if len(asked) > 1 else "93.184.216.34"]

    def connect(address: Any, *args: Any, **kwargs: Any) -> socket.socket:
        connected.append(address[0])
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotFetched):
        fetch.fetch("https://files.example/a.jpg", hosts=ANY, resolve=rebinding)
    assert asked == ["files.example"]
    assert connected == ["93.184.216.34"]


def test_attack_52_a_redirect_to_the_inside_is_refused() -> None:
    for target in (
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "file:///etc/passwd",
        "https://evil.example/",
        "http://127.0.0.1:1/",
    ):
        with platform((302, b"", {"Location": target})) as there, pytest.raises(Refused):
            fetch.fetch(f"{there.base}/a", hosts=channel_for("sms").media_hosts, trusted_base=there.base)
        assert len(there.calls) == 1


def test_attack_52_a_redirect_loop_ends_at_once() -> None:
    with platform((302, b"", {"Location": "/again"})) as there, pytest.raises(Refused):
        fetch.fetch(f"{there.base}/a", hosts=ANY, trusted_base=there.base)
    assert len(there.calls) == 1


def test_the_operators_own_base_may_be_private_and_nothing_beside_it() -> None:
    with platform((200, b"picture", {"Content-Type": "image/JPEG; q=1"})) as there:
        found = fetch.fetch(f"{there.base}/a.jpg", hosts=(), trusted_base=f"{there.base}/v23.0")
        assert (found.content, found.mime) == (b"picture", "image/jpeg")
        with pytest.raises(Refused):
            fetch.fetch(f"http://127.0.0.1:{there.port + 1}/a.jpg", hosts=(), trusted_base=there.base)
        with pytest.raises(Refused):
            fetch.fetch(f"{there.base}/a.jpg", hosts=())


def test_too_large_a_file_is_not_taken() -> None:
    with platform((200, b"x" * 5000, {})) as there:
        with pytest.raises(TooLarge):
            fetch.fetch(f"{there.base}/a", hosts=(), trusted_base=there.base, max_bytes=4999)
        assert len(fetch.fetch(f"{there.base}/a", hosts=(), trusted_base=there.base, max_bytes=5000).content) == 5000


def test_whatsapp_files_are_asked_for_by_id_and_fetched_with_the_token() -> None:
    with platform((200, {}, {}), (200, b"ogg", {"Content-Type": "audio/ogg"})) as there:
        there.answers[0] = (200, {"url": f"{there.base}/blob/1"}, {})
        config = {**ACCOUNTS["whatsapp"], "api_base": there.base}
        found = fetch_media("whatsapp", MediaRef("audio", external_id="900"), config)
    assert (found.content, found.mime) == (b"ogg", "audio/ogg")
    assert [call["path"] for call in there.calls] == ["/900", "/blob/1"]
    assert {call["headers"]["authorization"] for call in there.calls} == {"Bearer whatsapp-access-token"}


def test_telegram_files_are_found_by_getfile() -> None:
    with platform((200, {"ok": True, "result": {"file_path": "photos/1.jpg"}}, {}), (200, b"jpg", {})) as there:
        config = {**ACCOUNTS["telegram"], "api_base": there.base}
        assert fetch_media("telegram", MediaRef("image", external_id="l"), config).content == b"jpg"
    paths = [call["path"] for call in there.calls]
    assert paths == ["/bot12345:telegram-bot-token/getFile", "/file/bot12345:telegram-bot-token/photos/1.jpg"]


def test_a_foreign_media_address_never_gets_our_password() -> None:
    config = ACCOUNTS["sms"]
    with platform((200, b"", {})) as there, pytest.raises(Refused):
        fetch_media("sms", MediaRef("image", url=f"{there.base}/steal"), config)
    assert there.calls == []
