"""What every channel that takes webhooks must get right. A new adapter brings `channels/<kind>/sign.py` and passes.

The functions take everything they need, so a toy channel can be held to them too.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from apps.messaging.channel import Channel, Forged, NotConfigured, WebhookRequest, all_channels

from .examples import ACCOUNTS

HERE = Path(__file__).parent / "channels"
SAID = "Grüße, 你好 👋 שלום"
Sign = Callable[[bytes, dict[str, Any]], WebhookRequest]


@dataclass(frozen=True)
class Subject:
    """A channel, an account of it, how its platform signs, and a genuine body."""

    channel: Channel
    config: dict[str, Any]
    sign: Sign
    header: str  # what carries the signature: a header's name, or that of a part of the address's query
    secret: str
    is_over_body: bool
    body: bytes
    place: str = "headers"  # or "query"


def subject(kind: str) -> Subject:
    """Raises `ModuleNotFoundError` for a channel without `sign.py`."""
    signing = import_module(f"tests.messaging.channels.{kind}.sign")
    path = next(path for suffix in ("json", "form", "xml") if (path := HERE / kind / f"text.{suffix}").exists())
    return Subject(
        channel=all_channels()[kind],
        config=dict(ACCOUNTS[kind]),
        sign=signing.signed,
        header=signing.HEADER,
        place=getattr(signing, "PLACE", "headers"),
        secret=signing.SECRET,
        is_over_body=signing.IS_OVER_BODY,
        body=path.read_bytes().rstrip(),
    )


def check_genuine_is_let_in(it: Subject) -> None:
    it.channel.verify(it.sign(it.body, it.config), it.config)


def check_wrong_secret_is_refused(it: Subject) -> None:
    other = {**it.config, it.secret: it.config[it.secret] + "x"}
    with pytest.raises(Forged):
        it.channel.verify(it.sign(it.body, other), it.config)


def check_missing_header_is_refused(it: Subject) -> None:
    genuine = it.sign(it.body, it.config)
    beside = {name: value for name, value in getattr(genuine, it.place).items() if name != it.header}
    for given in ({}, {it.header: ""}, {it.header: " "}, {it.header: "é\udc80"}):
        for others in ({}, beside):
            with pytest.raises(Forged):
                it.channel.verify(replace(genuine, **{it.place: {**others, **given}}), it.config)


def check_missing_secret_never_lets_in(it: Subject) -> None:
    for secret in ("", None):
        blank = {**it.config, it.secret: secret}
        signed = it.sign(it.body, {**it.config, it.secret: ""})
        for request in (signed, replace(signed, **{it.place: {}})):
            with pytest.raises(NotConfigured):
                it.channel.verify(request, blank)
        without = {key: value for key, value in it.config.items() if key != it.secret}
        with pytest.raises(NotConfigured):
            it.channel.verify(signed, without)


def altered(body: bytes) -> Iterator[bytes]:
    """Bodies that mean nearly the same and are not the same bytes."""
    yield body[:-2] + bytes([body[-2] ^ 1]) + body[-1:]
    yield body + b"&Extra=1" if b"{" not in body else body + b" "
    if body.lstrip().startswith(b"{"):
        yield json.dumps(json.loads(body), sort_keys=True).encode()


def beyond_ascii(body: bytes) -> bytes:
    """The same call saying something in three scripts, as the platform writes it: JSON, XML or a form."""
    if body.lstrip().startswith(b"{"):
        return json.dumps({**json.loads(body), "zusätzlich": SAID}, ensure_ascii=False).encode()
    if body.lstrip().startswith(b"<"):
        head, end, tail = body.rpartition(b"</")
        return head + f"<Said>{SAID}</Said>".encode() + end + tail
    return body + b"&Said=" + quote(SAID).encode()


def check_words_of_any_script_are_let_in(it: Subject) -> None:
    said = beyond_ascii(it.body)
    request = it.sign(said, it.config)
    it.channel.verify(request, it.config)
    assert it.channel.parse(request, it.config)
    if it.is_over_body:
        with pytest.raises(Forged):
            it.channel.verify(replace(request, body=it.body), it.config)


def check_another_order_of_the_same_bytes_is_refused(it: Subject) -> None:
    """Written again by somebody's reader, as a proxy might: it means the same and is not what was signed."""
    if not it.is_over_body or not it.body.lstrip().startswith(b"{"):
        return
    said = beyond_ascii(it.body)
    request = it.sign(said, it.config)
    for body in (json.dumps(json.loads(said)).encode(), json.dumps(json.loads(said), indent=1).encode()):
        with pytest.raises(Forged):
            it.channel.verify(replace(request, body=body), it.config)


def check_changed_body_is_refused(it: Subject) -> None:
    genuine = it.sign(it.body, it.config)
    for body in altered(it.body):
        if body == it.body or not it.is_over_body:
            continue
        with pytest.raises(Forged):
            it.channel.verify(replace(genuine, body=body), it.config)


CHECKS = (
    check_genuine_is_let_in,
    check_wrong_secret_is_refused,
    check_missing_header_is_refused,
    check_missing_secret_never_lets_in,
    check_changed_body_is_refused,
    check_words_of_any_script_are_let_in,
    check_another_order_of_the_same_bytes_is_refused,
)
