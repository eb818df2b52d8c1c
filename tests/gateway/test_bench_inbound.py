"""What the bench sends is what a platform would: both doors take it, once each, and refuse it when a byte is another."""

from urllib.parse import parse_qsl

import pytest
from django.conf import settings

from apps.gateway.bench_doors import CHECKS, read
from apps.gateway.bench_inbound import KINDS, again, bench_account, calls
from apps.gateway.ingest import unwrapped
from apps.messaging.channel import WebhookRequest, channel_for


def parts(wire: bytes) -> tuple[str, dict[str, str], bytes]:
    """(path with its query, headers, body) of a call as it goes over the wire."""
    head, _, body = wire.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return first.split(" ")[1], {name.lower(): value for name, value in headers.items()}, body


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.django_db
def test_both_doors_take_what_the_bench_sends(kind: str) -> None:
    account = bench_account(kind)
    keys: set[str] = set()
    for call in calls(account, 3, first=899):
        path, headers, body = parts(call.wire)
        query = path.partition("?")[2]
        request = WebhookRequest("POST", settings.PUBLIC_URL + path, headers, dict(parse_qsl(query)), body)
        channel = channel_for(kind)
        channel.verify(request, account.config)
        (event,) = channel.parse(unwrapped(request, limit=channel.unpacked_limit), account.config)
        assert (event.kind, event.text.startswith("blue shirt")) == ("message", True)
        assert CHECKS[kind](headers, query, body)
        assert read(body)
        keys.add(event.external_event_id)
    assert len(keys) == 3


def test_every_fifth_call_comes_once_more() -> None:
    sent = list(range(100))
    mixed = again(sent)  # type: ignore[arg-type]
    assert (len(mixed), set(mixed)) == (120, set(sent))
