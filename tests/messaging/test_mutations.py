"""Whatever a stranger sends, a parser answers with events or says it cannot read it, and soon."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.messaging.channel import Malformed, WebhookRequest, all_channels
from apps.messaging.events import ChannelEvent

from .examples import ACCOUNTS
from .kinds import HELD
from .suite import HERE
from .test_payloads import payloads

KINDS = tuple(HELD)
pytestmark = pytest.mark.usefixtures("thirteenth")
ENDLESS = st.integers(200, 2_000).map(lambda length: "9" * length)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | ENDLESS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
BOUND = 1.0  # seconds


def bodies(kind: str) -> list[bytes]:
    return [(HERE / name).read_bytes().rstrip() for name in payloads() if name.startswith(f"{kind}/")]


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        found += paths(item, (*here, key))
    return found


def planted(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = planted(value[path[0]], path[1:], new)
    return copy


def mutated(draw: st.DrawFn, body: bytes) -> bytes:
    """One body with junk in one or two places of its tree, or with some bytes changed."""
    if body.startswith(b"{") and draw(st.integers(0, 3)):
        tree = json.loads(body)
        for _ in range(draw(st.integers(1, 2))):
            tree = planted(tree, draw(st.sampled_from(paths(tree))), draw(JUNK))
        return json.dumps(tree).encode()
    raw = bytearray(body)
    for _ in range(draw(st.integers(1, 6))):
        if raw:
            raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) else raw)


def mutate(kind: str, examples: int) -> None:
    """So many bodies, each a genuine one with something broken in it."""
    originals = bodies(kind)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        body = mutated(data.draw, data.draw(st.sampled_from(originals)))
        request = WebhookRequest("POST", "", {}, {}, body)
        started = time.perf_counter()
        try:
            events = all_channels()[kind].parse(request, ACCOUNTS[kind])
        except Malformed:
            events = []
        assert time.perf_counter() - started < BOUND
        for event in events:
            stored = json.dumps(event.to_json(), ensure_ascii=False).encode("utf-8")
            assert b"\x00" not in stored
            assert max(len(event.external_event_id), len(event.external_user_id), len(event.thread_key)) <= 255
            assert b"\\u0000" not in stored
            assert ChannelEvent.from_json(json.loads(stored)).to_json() == json.loads(stored)

    run()


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_payloads_never_break_the_parser(kind: str) -> None:
    mutate(kind, 200)


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_mutated_payloads_never_break_the_parser(kind: str) -> None:
    mutate(kind, 2_000)


HOSTILE = {
    "deep": b'{"entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "rather deep": b'{"entry":' + b"[" * 500 + b"]" * 500 + b"}",
    "not a number": b'{"entry":NaN}',
    "endless": b'{"entry":1e400}',
    "long digits": b'{"entry":' + b"9" * 100_000 + b"}",
    "other charset": '{"entry":"é"}'.encode("latin-1"),
    "utf-16": '{"entry":[]}'.encode("utf-16"),
    "a list": b"[]",
    "nothing": b"",
    "cut": b'{"entry":[{"changes":',
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sms"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_json_is_refused_within_a_second(kind: str, name: str) -> None:
    started = time.perf_counter()
    with pytest.raises(Malformed):
        all_channels()[kind].parse(WebhookRequest("POST", "", {}, {}, HOSTILE[name]), ACCOUNTS[kind])
    assert time.perf_counter() - started < BOUND


def test_a_form_with_too_many_fields_is_refused() -> None:
    body = "&".join(f"a{number}=1" for number in range(1000)).encode()
    with pytest.raises(Malformed):
        all_channels()["sms"].parse(WebhookRequest("POST", "", {}, {}, body), ACCOUNTS["sms"])


def test_a_thousand_messages_are_read_within_a_second() -> None:
    message = {"from": "491", "timestamp": "1", "type": "text", "text": {"body": "x" * 100}}
    found = [{**message, "id": f"wamid.{number}"} if number % 2 else number for number in range(1000)]
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": {"messages": found}}]}]}).encode()
    started = time.perf_counter()
    events = all_channels()["whatsapp"].parse(WebhookRequest("POST", "", {}, {}, body), {})
    assert time.perf_counter() - started < BOUND
    assert [str(event.kind) for event in events] == ["ignored", "message"] * 500
