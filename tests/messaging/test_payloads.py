"""Recorded webhooks and what we make of them. A new file beside the others is a new test.

`UPDATE_PAYLOADS=1` writes the expectations anew: read the diff.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apps.merchants import clock
from apps.messaging.channel import WebhookRequest, channel_for
from apps.messaging.events import ChannelEvent
from apps.messaging.recorded import recorded

from .examples import ACCOUNTS
from .kinds import HELD, KINDS

HERE = Path(__file__).parent / "channels"
pytestmark = pytest.mark.usefixtures("thirteenth")
SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "channels" / "samples"
NOW = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)


def payloads() -> list[str]:
    found = (path for path in HERE.glob("*/*") if path.suffix in (".json", ".form", ".xml"))
    return sorted(str(path.relative_to(HERE)) for path in found if not path.name.endswith(".expected.json"))


def parsed(kind: str, body: bytes, config: dict[str, Any]) -> list[ChannelEvent]:
    headers, body = recorded(body)
    request = WebhookRequest("POST", "", headers, {}, body)
    with clock.at(NOW):
        return channel_for(kind).parse(request, config)


def account_of(name: str) -> dict[str, Any]:
    """The kind's account; of a carrier's own payload, one that is there ("rcs/vonage_text.json")."""
    kind, _, rest = name.partition("/")
    carrier = rest.partition("_")[0]
    return {**ACCOUNTS[kind], **({"provider": carrier} if carrier in ("twilio", "vonage") else {})}


@pytest.mark.parametrize("name", payloads())
def test_payload_is_understood_as_recorded(name: str) -> None:
    path = HERE / name
    kind = path.parent.name
    events = [event.to_json() for event in parsed(kind, path.read_bytes().rstrip(), account_of(name))]
    expected = path.with_suffix(".expected.json")
    if os.environ.get("UPDATE_PAYLOADS") == "1":
        expected.write_text(json.dumps(events, ensure_ascii=False, indent=1) + "\n")
    assert events == json.loads(expected.read_text())
    assert [ChannelEvent.from_json(event).to_json() for event in events] == events
    keys = [event["external_event_id"] for event in events]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("kind", HELD)
def test_what_a_channel_tells_of_a_message_is_what_its_recorded_calls_told(kind: str) -> None:
    names = {"message_edited": "edits", "message_deleted": "deletions", "reaction": "reactions"}
    calls = [json.loads(path.read_text()) for path in (HERE / kind).glob("*.expected.json")]
    told = {names[event["kind"]] for events in calls for event in events if event["kind"] in names}
    assert told == set(channel_for(kind).capability.tells)


def test_a_batch_of_two_entries_two_changes_two_messages_is_eight_events() -> None:
    events = parsed("whatsapp", (HERE / "whatsapp/batch_of_eight.json").read_bytes(), ACCOUNTS["whatsapp"])
    assert [event.text for event in events] == [f"message {number}" for number in range(1, 9)]
    assert [event.external_user_id for event in events] == [f"4915{number:08d}" for number in range(1, 9)]


def test_a_redelivered_payload_has_the_same_keys() -> None:
    for name in payloads():
        path = HERE / name
        kind, body = path.parent.name, path.read_bytes().rstrip()
        first, second = (parsed(kind, body, account_of(name)) for _ in range(2))
        assert [event.external_event_id for event in first] == [event.external_event_id for event in second]


# The words of SOURCE.txt in ours: (kind, type) of each event, in order.
EXPECTED_SAMPLES = {folder: names for told in KINDS.values() for folder, names in told.SAMPLES.items()}
KIND_OF = {folder: kind for kind, told in KINDS.items() for folder in told.SAMPLES}


def sample(folder: str, name: str) -> list[ChannelEvent]:
    path = SAMPLES / folder / name
    if not path.exists():
        pytest.skip(f"NOT CHECKED: the platforms' samples are not at {SAMPLES}")
    return parsed(KIND_OF[folder], path.read_bytes().rstrip(), {})


@pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder, names in EXPECTED_SAMPLES.items() for name in names]
)
def test_sample_of_the_platform_is_understood(folder: str, name: str) -> None:
    found = [(str(event.kind), event.type) for event in sample(folder, name)]
    assert found == EXPECTED_SAMPLES[folder][name]


def test_no_sample_is_left_out() -> None:
    if not SAMPLES.exists():
        pytest.skip(f"NOT CHECKED: the platforms' samples are not at {SAMPLES}")
    for folder, names in EXPECTED_SAMPLES.items():
        there = {path.name for path in (SAMPLES / folder).iterdir()} - {"SOURCE.txt"}
        there = {name for name in there if not name.startswith("KNOWN_ANSWER")}
        assert there == set(names)


def test_details_of_the_samples_are_kept() -> None:
    (username,) = sample("whatsapp", "bsuid_username_only_text.json")
    assert username.external_user_id == "CO.1047385771169864"
    assert username.aliases == {"user_id": "CO.1047385771169864", "username": "Julianzlc"}
    (row,) = sample("whatsapp", "meta_interactive_list_reply_message.json")
    assert (row.payload, row.label, row.data) == (
        "priority_express",
        "Priority Mail Express",
        {"description": "Next Day to 2 Days"},
    )
    (order,) = sample("whatsapp", "meta_order_message.json")
    assert order.data["items"][0] == {"sku": "di9ozbzfi4", "quantity": 2, "unit_price": "30", "currency": "USD"}
    (inquiry,) = sample("whatsapp", "meta_text_message_with_context_product_inquiry.json")
    assert inquiry.data["product"] == {"catalog_id": "194836987003835", "product_retailer_id": "di9ozbzfi4"}
    referral, _ = sample("whatsapp", "meta_text_message_from_click_to_whatsapp_ad.json")
    assert (referral.data["source"], referral.data["ad"]) == ("ad", "120226305854810726")
    (photo,) = sample("telegram", "photoMessage.json")
    assert photo.media[0].external_id == "112"
    _, start = sample("telegram", "start_deep_link.json")
    assert (start.data["source"], start.data["ref"]) == ("link", "ad_summer42")
    (paid,) = sample("telegram", "successful_payment.json")
    assert (paid.data["reference"], paid.data["minor_units"], paid.data["currency"]) == ("order:1001", 1999, "USD")
    (blocked,) = sample("telegram", "user_blocked_bot.json")
    assert (blocked.granted, blocked.scope) == (False, "all")
    (stop,) = sample("twilio_sms", "inbound_stop.form")
    assert stop.granted is False


def test_the_command_prints_one_json_array_a_file() -> None:
    files = [str(HERE / "sms/text.form"), str(HERE / "sms/yes_as_opt_in.form")]
    command = [sys.executable, "manage.py", "parse_webhook", "sms", *files, "--json", "--provider", "twilio"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    arrays = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[event["kind"] for event in events] for events in arrays] == [["message"], ["consent", "message"]]
    for event in arrays[0] + arrays[1]:
        assert {"kind", "external_event_id", "external_user_id", "occurred_at"} <= set(event)
