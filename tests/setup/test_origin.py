"""A socket is for pages of the very address it is opened at, as the proxy tells it, and of the public one."""

from typing import Any

import pytest

from chatshop.origin import is_ours


def comes(origin: str | None, *, host: str = "shop.example", scheme: str = "ws", **headers: str) -> bool:
    told = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if origin is not None:
        told["origin"] = origin
    raw = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    return is_ours({"type": "websocket", "path": "/ws/console/", "scheme": scheme, "headers": raw, "query_string": b""})


@pytest.fixture(autouse=True)
def deployed(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["shop.example", "other.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://public.example:8443"]


def test_the_very_origin_and_the_public_one_come_in() -> None:
    assert [
        comes("http://shop.example"),
        comes("http://SHOP.example:80"),
        comes("http://shop.example:8000", host="shop.example:8000"),
        comes("https://shop.example", scheme="wss"),
        comes("https://public.example:8443"),
    ] == [True] * 5


@pytest.mark.parametrize(
    "origin",
    [
        "http://shop.example:9999", "https://shop.example", "http://other.example", "https://public.example",
        "http://public.example:8443", "http://shop.example/x", "http://a@shop.example", "http://shop.example:x",
        "http://shop.example, http://evil.example", "http://[", "ws://shop.example", "//shop.example", "shop.example",
        "null", "", None, "http://sh\xfcp.example",
    ],
)  # fmt: skip
def test_attack_21_another_port_scheme_or_host_of_ours_is_another_page(origin: str | None) -> None:
    assert comes(origin) is False


def test_attack_21_a_host_that_is_not_ours_makes_no_origin_ours() -> None:
    assert comes("http://evil.example", host="evil.example") is False


def test_a_proxy_is_believed_only_where_it_is_set(settings: Any) -> None:
    page: dict[str, Any] = {"origin": "https://shop.example", "x_forwarded_proto": "https"}
    before = comes(**page)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert (before, comes(**page), comes("http://shop.example", x_forwarded_proto="https")) == (False, True, False)
    assert comes("http://shop.example", host="inside", x_forwarded_host="shop.example") is False
    settings.USE_X_FORWARDED_HOST = True
    assert comes("http://shop.example", host="inside", x_forwarded_host="shop.example") is True
