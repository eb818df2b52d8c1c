"""docs/channels.md, written from the code so that it cannot drift from it."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.messaging.channel import Capability, Channel, all_channels

INTRO = """# Channels: settings, limits, abilities

Written by `manage.py describe_channels > docs/channels.md`; a test compares it with the code. A limit marked "?"
rests on a third party's page or on nobody's: when it proves wrong, correct it in the channel's file and run the
command again. How to add a channel: adding-a-channel.md.
"""
SPEC_GAPS = """## What the platforms' specifications do not know

The conformance tests hold every outbound message against Meta's and Twilio's OpenAPI files and the machine-read Bot
API. Four things are documented by Meta elsewhere and missing in its file of November 2025; the tests accept exactly
these and still judge the rest of such a message:

| gap | why |
|---|---|
| `recipient` | business-scoped user ids (April 2026) are younger than the file |
| interactive `cta_url` | on Meta's page about call-to-action URL buttons, not in the file's enum |
| interactive `location_request_message` | on Meta's page about location requests, not in the file's enum |
| `typing_indicator` | the file shows it as an example and refuses its own example |

Meta's file does not bound how many rows all sections of a list have together, nor refuse equal button titles;
Twilio's does not bound the length of `Body`; the Bot API names no limit for a button's label.
"""


class Command(BaseCommand):
    help = "Print docs/channels.md."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        self.stdout.write(page(), ending="")


def page() -> str:
    channels = [channel for _, channel in sorted(all_channels().items())]
    return "\n".join([INTRO, _overview(channels), *(_section(channel) for channel in channels), SPEC_GAPS])


def _overview(channels: list[Channel]) -> str:
    rows = [
        "| channel | text | choices at once | list | picture with choices | link button | window | receipts | pace |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for channel in channels:
        can = channel.capability
        listed = f"{can.list_rows} rows" if can.list_rows else "–"
        window = f"{can.window_hours} h" if can.window_hours else "none"
        window += f", {can.replies} messages" if can.replies else ""
        pace = f"{can.pace_seconds:g} s after {can.burst}" if can.pace_seconds else "–"
        picture = "yes" if can.has_media and can.buttons else "–"
        link = "yes" if can.link_buttons else "in the text"
        rows.append(
            f"| {channel.label} | {_room(can)} | {can.buttons or 'typed numbers'} | {listed} | {picture} | {link} "
            f"| {window} | {', '.join(can.receipts) or '–'} | {pace} |"
        )
    return "\n".join(rows) + "\n"


def _room(can: Capability) -> str:
    return f"{can.text} bytes" if can.text_unit == "bytes" else str(can.text)


def _section(channel: Channel) -> str:
    rows = [f"## {channel.label} (`{channel.kind}`)", ""]
    if channel.config_help:
        rows += ["| setting | | meaning |", "|---|---|---|"]
        for key, meaning in channel.config_help.items():
            marks = [mark for mark, names in _marks(channel) if key in names]
            rows.append(f"| `{key}` | {', '.join(marks)} | {meaning} |")
        rows.append("")
    rows += ["| limit | figure | read in |", "|---|---|---|"]
    rows += [
        f"| {limit.what} | {limit.figure}{'' if limit.certain else ' ?'} | {limit.source} |" for limit in channel.limits
    ]
    return "\n".join(rows) + "\n"


def _marks(channel: Channel) -> list[tuple[str, tuple[str, ...]]]:
    return [("needed", channel.required_config), ("secret", channel.secret_config)]
