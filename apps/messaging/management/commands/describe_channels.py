"""docs/channels.md, written from the code so that it cannot drift from it."""

from collections.abc import Callable, Mapping
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
    """What a message may have, when it may be sent, and what the platform tells: a row of figures for each channel."""
    return "\n".join(
        [
            "## What a message may have\n",
            _table(channels, MESSAGE),
            "## When it may be sent, and what is heard of it\n",
            _table(channels, SENDING),
        ]
    )


def _table(channels: list[Channel], columns: Mapping[str, Callable[[Capability], str]]) -> str:
    rows = [[channel.label, *(told(channel.capability) or "–" for told in columns.values())] for channel in channels]
    head, *lines = (f"| {' | '.join(row)} |" for row in [["channel", *columns], *rows])
    return "\n".join([head, "|---" * (1 + len(columns)) + "|", *lines]) + "\n"


def _text(can: Capability) -> str:
    unit = " bytes" if can.text_unit == "bytes" else ""
    return f"{can.text}{unit}" + (f", {can.choice_text} beside choices" if can.choice_text else "")


def _choices(can: Capability) -> str:
    return f"{can.buttons}, label {can.button_label}" if can.buttons else "typed numbers"


def _rows(can: Capability) -> str:
    below = f", description {can.row_description}" if can.row_description else ""
    return f"{can.list_rows} rows, label {can.row_label}{below}" if can.list_rows else ""


def _tapped(can: Capability) -> str:
    return f"{can.payload} {'bytes' if can.payload_unit == 'bytes' else 'characters'}" if not can.is_floor else ""


def _cards(can: Capability) -> str:
    most = can.slides or can.carousel
    if not most:
        return ""
    least = f"{can.least_slides} to " if can.slides and can.least_slides > 1 else ""
    words = f", title {can.card_title}" if can.card_title else ""
    words += f", text {can.card_text}" if can.card_text else ""
    return f"{least}{most}{words}, {can.card_buttons} buttons" + (", each pictured" if can.slides_need_pictures else "")


def _picture(can: Capability) -> str:
    """Words and choices beside one."""
    words = f"{can.caption} of words" if can.caption else ""
    return ", ".join(part for part in (words, "choices" if can.card_buttons or can.has_mixed_buttons else "") if part)


def _link(can: Capability) -> str:
    if not can.link_buttons:
        return "in the text"
    return (
        f"{can.link_buttons}"
        + (f", address {can.link_address}" if can.link_address else "")
        + ("" if can.has_mixed_buttons else ", without choices")
    )


def _window(can: Capability) -> str:
    if can.window_hours is None:
        return "any time"
    return f"{can.window_hours:g} h" + (f", people {can.person_hours:g} h" if can.person_hours else "")


def _replies(can: Capability) -> str:
    handle = f"a handle, {can.handle_seconds:g} s" if can.handle_seconds else ""
    counted = f"{can.replies}" if can.replies else ""
    brief = f"{can.brief_replies} in {can.brief_seconds:g} s after a tap" if can.brief_seconds else ""
    return ", ".join(part for part in (counted, brief, handle) if part)


def _pace(can: Capability) -> str:
    one = f"{can.pace_seconds:g} s after {can.burst}" if can.pace_seconds else ""
    return ", ".join(part for part in (one, f"{can.per_second}/s in all" if can.per_second else "") if part)


MESSAGE: dict[str, Callable[[Capability], str]] = {
    "text": _text,
    "choices at once": _choices,
    "list": _rows,
    "behind a choice": _tapped,
    "cards side by side": _cards,
    "beside a picture": _picture,
    "files shown": lambda can: ", ".join(can.media),
    "link button": _link,
    "asks for": lambda can: ", ".join(can.requests),
}
SENDING: dict[str, Callable[[Capability], str]] = {
    "free text": _window,
    "answers counted": _replies,
    "pace": _pace,
    "templates": lambda can: "yes" if can.has_templates else "",
    "receipts": lambda can: ", ".join(can.receipts),
    "edits and reactions": lambda can: ", ".join(can.tells),
    "typing": lambda can: "yes" if can.has_typing else "",
    "figures of": lambda can: can.source,
}


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
