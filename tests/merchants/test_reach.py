"""No connection of ours goes inside unless the shop says so: by number, by name, by a second answer, by redirect."""

import socket
from typing import Any

import httpx2
import pytest

from apps.merchants.outside import exchange
from apps.merchants.reach import PrivateAddress, is_public, judge_written, places_of
from apps.messaging import http
from apps.messaging.channel import ErrorClass, Recipient, SendFailed, channel_for
from apps.messaging.content import Text
from apps.messaging.fetch import Refused, check
from apps.payments.provider import ProviderUnavailable
from apps.payments.providers.stripe import Stripe
from tests.messaging.examples import ACCOUNTS
from tests.messaging.loopback import platform

PUBLIC = "93.184.216.34"
INSIDE = [
    "127.0.0.1", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "10.1.2.3",
    "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[fe80::1]", "[fd00:ec2::254]",  # noqa: S104
    "[64:ff9b::a9fe:a9fe]", "[64:ff9b::10.0.0.1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[::a9fe:a9fe]",
    "[::ffff:0:10.0.0.1]", "[::ffff:0:a9fe:a9fe]", "localhost",
]  # fmt: skip


@pytest.fixture(autouse=True)
def closed(settings: Any) -> None:
    settings.PRIVATE_ADDRESSES = False


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """name → the answers of its server, one after the other."""
    known: dict[str, list[list[str]]] = {}
    ask = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in known:
            return ask(host, port, *args, **kwargs)
        found = known[name].pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def call(url: str) -> Any:
    return exchange("GET", url, timeout=0.5, headers={}, max_bytes=1000)


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_not_called(host: str) -> None:
    with pytest.raises(PrivateAddress):
        call(f"http://{host}:9/latest/meta-data/")


@pytest.mark.parametrize("host", INSIDE)
def test_it_is_refused_where_it_is_written(host: str) -> None:
    with pytest.raises(PrivateAddress):
        judge_written(f"https://{host}/v1")


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "example.org", "file:///etc/passwd", "", "https://", "http://[bad"]
)
def test_what_is_no_address_of_the_web_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        judge_written(url)


@pytest.mark.parametrize("host", ["93.184.216.34", "[64:ff9b::5db8:d822]", "[2606:2800:220:1::1]"])
def test_what_is_public_may_be_written(host: str) -> None:
    judge_written(f"https://{host}/v1")
    assert is_public(host.strip("[]"))


def test_a_name_may_be_written_and_is_judged_when_it_is_called(names: dict[str, list[list[str]]]) -> None:
    judge_written("https://metadata.example/v1")
    names["metadata.example"] = [["169.254.169.254"]]
    with pytest.raises(PrivateAddress, match=r"metadata\.example is not on the public internet"):
        call("http://metadata.example/latest/")


def test_one_address_inside_among_public_ones_is_enough(names: dict[str, list[list[str]]]) -> None:
    names["half.example"] = [[PUBLIC, "10.0.0.1"]]
    with pytest.raises(PrivateAddress):
        places_of("half.example", 443)


def test_a_second_answer_of_the_names_server_changes_nothing(
    names: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked once, and the connection goes to the address that was judged."""
    names["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
    connected: list[Any] = []

    def connect(address: Any, *args: Any, **kwargs: Any) -> socket.socket:
        connected.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(httpx2.ConnectError):
        call("https://rebind.example/")
    assert (connected, names["rebind.example"]) == ([(PUBLIC, 443)], [["127.0.0.1"]])


def test_the_next_address_is_tried_where_the_first_does_not_answer(
    names: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["two.example"] = [[PUBLIC, "93.184.216.35"]]
    connected: list[Any] = []

    def connect(address: Any, *args: Any, **kwargs: Any) -> socket.socket:
        connected.append(address[0])
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(httpx2.ConnectError):
        call("https://two.example/")
    assert connected == [PUBLIC, "93.184.216.35"]


def test_a_redirect_is_not_followed(settings: Any) -> None:
    settings.PRIVATE_ADDRESSES = True
    with platform((302, b"", {"Location": "http://169.254.169.254/latest/"})) as there:
        assert (call(f"{there.base}/a").status, len(there.calls)) == (302, 1)


def test_the_operators_proxy_is_not_asked_for_what_lies_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(PrivateAddress):
        call("http://169.254.169.254/proxied/")


@pytest.mark.parametrize("kind", ["telegram", "whatsapp", "sms"])
def test_no_channel_calls_inside_whatever_its_settings_say(kind: str) -> None:
    with platform((200, {"ok": True}, {})) as there:
        config = {**ACCOUNTS[kind], "api_base": there.base}
        channel = channel_for(kind)
        (wire,) = channel.render(Text(text="hi"), language="en")
        with pytest.raises(SendFailed) as failed:
            channel.send(wire, Recipient("4915112345678"), config, key="1")
    assert (failed.value.error_class, there.calls) == (ErrorClass.BAD_REQUEST, [])


def test_asking_a_platform_where_a_file_is_goes_nowhere_inside() -> None:
    with platform((200, {}, {})) as there, pytest.raises(SendFailed) as failed:
        http.get(f"{there.base}/getFile", timeout=1)
    assert (failed.value.error_class, there.calls) == (ErrorClass.BAD_REQUEST, [])


def test_a_shoppers_file_is_not_fetched_from_inside_though_the_account_says_so(settings: Any) -> None:
    with pytest.raises(Refused, match="not on the public internet"):
        check("http://127.0.0.1:8081/a.jpg", hosts=(), trusted_base="http://127.0.0.1:8081")
    settings.PRIVATE_ADDRESSES = True
    assert check("http://127.0.0.1:8081/a", hosts=(), trusted_base="http://127.0.0.1:8081").address == "127.0.0.1"


def test_no_payment_account_calls_inside() -> None:
    with platform((200, {}, {})) as there:
        with pytest.raises(ProviderUnavailable, match="not on the public internet"):
            Stripe().fetch_checkout("cs_1", {"api_key": "sk_test_x", "api_base": there.base})
        assert there.calls == []


def test_what_the_shop_opens_for_itself_is_called(settings: Any) -> None:
    settings.PRIVATE_ADDRESSES = True
    with platform((200, {"ok": True}, {})) as there:
        assert call(f"{there.base}/a").status == 200
        judge_written(there.base)
