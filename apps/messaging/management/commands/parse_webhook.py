"""What we understand of a recorded payload. Needs no account."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.messaging.channel import Malformed, WebhookRequest, all_channels
from apps.messaging.recorded import recorded


class Command(BaseCommand):
    help = "Print the events in recorded webhook payloads: one JSON array of events per file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(all_channels()))
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON array a file, nothing else")
        parser.add_argument("--provider", choices=["twilio", "vonage"], help="whose SMS; by shape without it")

    def handle(self, *, kind: str, files: list[str], as_json: bool, provider: str | None, **options: Any) -> None:
        config = {"provider": provider} if provider else {}
        failures = 0
        for name in files:
            try:
                events = self._events(kind, name, config)
            except (Malformed, OSError) as error:
                failures += 1
                self.stderr.write(f"{name}: {error}")
                continue
            if as_json:
                self.stdout.write(json.dumps(events, ensure_ascii=False))
            else:
                self._tell(name, events)
        if failures:
            raise CommandError(f"{failures} of {len(files)} files could not be read")

    def _events(self, kind: str, name: str, config: dict[str, str]) -> list[dict[str, Any]]:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        headers, body = recorded(body.rstrip(b"\r\n"))
        request = WebhookRequest(method="POST", url="", headers=headers, query={}, body=body)
        channel = all_channels()[kind]
        if not channel.required_config or _is_no_object(body):  # nothing calls the web chat; no platform sends a list
            return []
        return [event.to_json() for event in channel.parse(request, config)]

    def _tell(self, name: str, events: list[dict[str, Any]]) -> None:
        self.stdout.write(f"{name}: {len(events)} event(s)")
        for event in events:
            what = " ".join(str(event[key]) for key in ("type", "payload", "receipt", "text") if event.get(key))
            self.stdout.write(f"  {event['kind']:<20} {event['external_user_id']:<24} {what}")


def _is_no_object(body: bytes) -> bool:
    """Well-formed JSON all the same."""
    try:
        return not isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False
