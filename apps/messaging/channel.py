"""What a channel is. One file in `channels/` defines one subclass; its name is found, never registered."""

import datetime as dt
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

from apps.merchants.doors import Configured
from apps.merchants.doors import Malformed as Malformed  # an adapter finds here all it may raise
from apps.merchants.doors import NotConfigured as NotConfigured

from . import channels as channels_package
from . import findings
from .content import Bill, Content
from .events import ChannelEvent, MediaRef
from .findings import Finding
from .guides import Guide
from .wordings import fits


class Forged(Exception):
    """The webhook does not prove where it comes from: answer 403, store nothing."""


class ErrorClass(StrEnum):
    RETRY = "retry"
    RETRY_AFTER = "retry_after"
    WINDOW_CLOSED = "window_closed"
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    BAD_REQUEST = "bad_request"
    AUTH = "auth"
    POLICY = "policy"
    AMBIGUOUS = "ambiguous"  # it may have been accepted: a timeout or a cut answer after we wrote the request


# What may be about this very message; a true trouble of the account fails another wording of it, too.
REFUSED = (ErrorClass.BAD_REQUEST, ErrorClass.POLICY, ErrorClass.AUTH, ErrorClass.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Capability:
    """A channel's limits as data, each set with its source in docs/channels.md."""

    text: int
    text_unit: str = "chars"  # chars | bytes
    choice_text: int = 0  # text in a message that carries choices; 0 means as `text`
    buttons: int = 0  # choices shown at once, without opening a list
    button_label: int = 0
    payload: int = 256
    payload_unit: str = "chars"
    list_rows: int = 0
    row_label: int = 0
    row_description: int = 0
    carousel: int = 0  # cards side by side, each a message's words with its picture and its buttons
    slides: int = 0  # cards in one message, each a title with a text below it, a picture and its buttons
    least_slides: int = 2  # fewer cannot stand side by side
    slides_need_pictures: bool = False  # every one of its own; else one among them is enough
    card_title: int = 0  # 0: the channel cuts what is too long for a card
    card_text: int = 0  # below the title, line by line; 0: all in one line, of `card_title`
    card_buttons: int = 0  # 0: a picture carries no choices, they stand in a message of their own
    pictured_cards: int = 3  # of a page of cards, so many are shown with their picture; the rest follow as one list
    further_pictures: int = 3  # of a product, beside its own
    link_buttons: int = 0
    link_address: int = 0  # what may be behind such a button; a longer address stands in the words. 0: nothing is known
    has_mixed_buttons: bool = False  # a link and choices fit into one message
    tells_menus: bool = False  # some of its apps show no buttons and no cards: they are told in words as well
    caption: int = 0
    media: tuple[str, ...] = ("image", "video", "audio", "file")  # what is shown as it is; a link leads to other files
    files: Mapping[str, int] = field(default_factory=dict)  # mime type → bytes it takes; empty: whatever it can show
    has_quotes: bool = False  # a message can name the one it answers
    has_gallery: bool = False  # several pictures in one message
    has_typing: bool = False
    requests: tuple[str, ...] = ()  # what the platform can ask for with a button: location | phone
    asks_beside: bool = False  # that button and others to tap stand under one message
    has_templates: bool = False
    has_bill_news: bool = False  # the platform shows how far the order of a bill has come
    window_hours: float | None = None
    person_hours: float | None = None  # where people may answer longer than that, and the account is allowed to
    replies: int | None = None  # so many messages may follow one of the shopper's, while the window is open
    brief_seconds: float = 0.0  # a tap or an arrival without a word opens a window of its own, so short; 0: as words do
    brief_replies: int = 0  # for so many messages
    handle_seconds: float = (
        0.0  # what an answer names is good once, and only so long; 0 means as often and long as replies
    )
    receipts: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()  # what becomes of a message in the thread: edits | deletions | reactions
    segments: int | None = None  # SMS: at most so many segments, else a link
    pace_seconds: float = 0.0  # between two messages to one shopper, each part of one counted
    burst: int = 1
    per_second: int = 0  # so many messages in all an account may send; 0 where nothing is known to limit it
    falls_back_on: str = ""  # the kind that brings order news to the same number where this one does not reach it
    source: str = ""

    def takes_file(self, media_type: str, mime: str, size: int) -> bool:
        """Whether a file of this kind and size can be sent as itself; its address goes otherwise. Unknown kinds are tried."""
        return media_type in self.media and (not self.files or not mime or 0 <= size <= self.files.get(mime, -1))

    @property
    def is_floor(self) -> bool:
        """Nothing to tap: menus are typed."""
        return self.buttons == 0 and self.list_rows == 0

    @property
    def has_media(self) -> bool:
        """Whether cards come with their pictures."""
        return "image" in self.media


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A platform's call, as bytes. `url` is the public address the platform signed; header names are lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookReply:
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class WireMessage:
    """One call to the platform: what to send, where in its API, and the same in plain text."""

    body: dict[str, Any]
    path: str = ""  # method or path below the account's API base
    text: str = ""
    is_form: bool = False
    instead: "WireMessage | None" = None  # what says the same where the platform refuses this one


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it. `provider_id` is how its status events will name it."""

    provider_id: str
    raw: dict[str, Any] = field(default_factory=dict)


class SendFailed(Exception):
    """The platform said no, or we cannot know. `retry_after` in seconds where it named a delay."""

    def __init__(
        self, error_class: ErrorClass, detail: str = "", *, retry_after: float | None = None, code: str = ""
    ) -> None:
        super().__init__(detail or str(error_class))
        self.error_class = error_class
        self.detail = detail
        self.retry_after = retry_after
        self.code = code


class TokenEnded(SendFailed):
    """What the platform had lent is good no more, and is forgotten: another try has a fresh one."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a platform tells of a person when it is asked; "" where it does not. `language` as in `ChannelEvent`."""

    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to answer: the identity's id on this account, and what else the platform knows them by."""

    external_id: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    is_late: bool = False  # a person answers after the window has closed for everybody else, where that is allowed
    reply_to: str = ""  # the handle of the shopper's latest message; "" where there is none or it is used up
    quotes: str = ""  # the platform's name of the message that this one answers, where it can name one
    by_person: bool = False  # a colleague wrote this message, not the shop by itself


@dataclass(frozen=True, slots=True)
class TemplateRef:
    """A platform-approved wording: its name there and its language."""

    name: str
    language: str
    body: str = ""  # with {{1}}, {{2}} …, for showing what was sent


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A wording to be submitted. `samples` stand in for {{1}}, {{2}} … before the platform's reviewer."""

    name: str
    language: str
    body: str
    category: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlatformTemplate:
    """A wording as the platform has it. `state` is one of `Template.State`; `language` as written there."""

    external_id: str
    name: str
    language: str
    state: str
    body: str = ""
    category: str = ""
    reason: str = ""
    has_more: bool = False  # parts we cannot fill: a picture above, buttons with codes


@dataclass(frozen=True, slots=True)
class MediaRequest:
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure of the platform and where it was read; `certain` is False where only hearsay backs it."""

    what: str
    figure: str
    source: str
    certain: bool = True


# What a call that failed says about the account; all else is an answer nobody expected.
_FAILED = {
    ErrorClass.AUTH: "token_refused",
    ErrorClass.UNREACHABLE: "unknown_there",
    ErrorClass.RETRY: "not_reached",
    ErrorClass.RETRY_AFTER: "not_reached",
    ErrorClass.AMBIGUOUS: "not_reached",
}


class Channel(Configured):
    """Override what differs. `config` is the account's decrypted settings."""

    kind: ClassVar[str] = ""
    capability: ClassVar[Capability]
    limits: ClassVar[tuple["Limit", ...]] = ()
    media_hosts: ClassVar[tuple[str, ...]] = ()  # where the platform keeps shoppers' files; ".host" means any below it
    signing_config: ClassVar[tuple[str, ...]] = ()  # which settings prove that a call is the platform's
    desk: ClassVar[str] = ""  # the address of the platform's own desk, where an account is set up
    steps: ClassVar[tuple[Any, ...]] = ()  # what to do there and here, in order; lazy sentences
    carriers: ClassVar[
        Mapping[str, str]
    ] = {}  # by the setting `provider`, as they write themselves; the first unless told
    has_webhook: ClassVar[bool] = True  # the platform calls us
    can_announce: ClassVar[bool] = False  # our address can be entered there by a call of ours
    template_config: ClassVar[tuple[str, ...]] = ()  # which settings its approved wordings need
    has_template_list: ClassVar[bool] = False  # approved wordings are fetched and handed in by calls of ours
    template_categories: ClassVar[tuple[str, ...]] = ("utility", "marketing")
    webhook_paths: ClassVar[tuple[str, ...]] = ()  # what the platform itself puts behind our address ("message")
    unpacked_limit: ClassVar[int] = 0  # bytes a gzipped call may unpack to; 0 where the platform never compresses
    is_reopened_by_writing: ClassVar[bool] = False  # whoever left comes back by writing; nothing else tells of it
    makes_codes: ClassVar[bool] = False  # no link opens it with a word, but a code that the platform makes does
    is_known_by_number: ClassVar[bool] = False  # a phone number is a shopper's name, and somebody else's one day

    def settled(self, config: Mapping[str, Any], *, address: str, shop: str) -> dict[str, Any]:
        """The settings with what the shop knows itself: its webhook's `address` for this account, its short name."""
        return dict(config)

    def guide(self, config: Mapping[str, Any]) -> Guide:
        """How an account with these settings is connected; no steps where a kind has no words of its own."""
        return Guide(self.steps, self.desk, self.asked_config)

    def check(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        """What stands between this account and its first message; nothing but good news once it works.

        `address` is our webhook's. Settings first; the platform is asked only when none is missing. Never raises for what
        a platform does.
        """
        if missing := self.missing(config):
            signing = self.signing_config
            return [
                findings.wrong("signature_missing" if key in signing else "missing", setting=key) for key in missing
            ]
        try:
            found = self.probe(config, address=address)
        except SendFailed as failure:
            found = [findings.wrong(_FAILED.get(failure.error_class, "odd_answer"), said=failure.detail)]
        lacking = [
            findings.warning("templates_unreachable", setting=key)
            for key in self.template_config
            if not config.get(key)
        ]
        return [*found, *lacking]

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        """Ask the platform, reading only, whether it takes our access data and calls our `address`. Raises `SendFailed`."""
        return [findings.ok("unchecked")] if self.required_config else []

    def announce(self, config: Mapping[str, Any], *, address: str) -> None:
        """Enter our webhook's `address` at the platform, where `can_announce`. Raises `SendFailed`."""
        raise NotImplementedError

    def templates(self, config: Mapping[str, Any]) -> list[PlatformTemplate]:
        """All wordings this account has at the platform, whatever their state. Raises `SendFailed`."""
        raise NotImplementedError

    def submit_template(self, draft: TemplateDraft, config: Mapping[str, Any]) -> PlatformTemplate:
        """Hand a wording in for approval. Raises `SendFailed`."""
        raise NotImplementedError

    def takes_values(self, body: str, count: int) -> bool:
        """Whether an approved wording has a place for each of so many values, and none besides."""
        return fits(body, count)

    def template_language(self, language: str) -> str:
        """One of our languages as this platform writes it."""
        return language

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        """Over the raw bytes, before anything is read. Raises `Forged` or `NotConfigured`."""
        raise NotConfigured(f"{self.kind} takes no webhooks")

    def handshake(self, request: WebhookRequest, config: Mapping[str, Any]) -> WebhookReply:
        """The platform's GET check. Raises `Forged`."""
        raise Forged("no handshake on this channel")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        """All events of the batch. What is not understood becomes `unsupported` or `ignored`. Raises `Malformed`."""
        raise NotImplementedError

    def told_behind(self, event: ChannelEvent, config: Mapping[str, Any]) -> list[ChannelEvent]:
        """What an event says whose words are still at the platform (`data["behind"]`); [] where that is nothing we know.
        May raise whatever a call does."""
        return []

    def acknowledge(
        self, request: WebhookRequest, config: Mapping[str, Any], *, refusal: str | None = None
    ) -> WebhookReply:
        """What the platform wants to hear once the events are stored. Where it asked whether a bill may be paid, `refusal`
        says why not, in the payer's words; "" is a yes, and None that nobody knew."""
        return WebhookReply()

    def takes_bill(self, bill: Bill, config: Mapping[str, Any], to: "Recipient") -> bool:
        """Whether the platform lets this account show this bill to this shopper, and the merchant wants that. Pure."""
        return False

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        """The wire messages for this content; pure."""
        raise NotImplementedError

    def parts(self, wire: WireMessage, config: Mapping[str, Any]) -> list[WireMessage]:
        """The same in as many messages as this account needs for it, where not all of a kind take the same. Pure."""
        return [wire]

    def render_template(self, template: TemplateRef, variables: tuple[str, ...]) -> list[WireMessage]:
        """An approved template as wire messages, for the time after the window has closed. Raises `KeyError`."""
        raise KeyError(f"{self.kind} has no templates")

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        """The same message with its recipient in it: exactly what the platform gets. Pure."""
        return wire

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        """One call to the platform, no lock held. `key` is the same on each attempt. Raises `SendFailed`."""
        raise NotImplementedError

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        """What an answer of the platform means for us."""
        raise NotImplementedError

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        """Where a shopper's file can be fetched and with which headers. Raises `SendFailed`, `KeyError`."""
        raise KeyError(f"{self.kind} keeps no files")

    def check_file(self, content: bytes, config: Mapping[str, Any]) -> None:
        """Raises `SendFailed` where this is no file but the platform's refusal; `TokenEnded` where another try may do."""

    def unlocked(self, media: MediaRef, content: bytes) -> bytes:
        """A file as the shopper has it, where the platform keeps it encrypted. Pure. Raises `ValueError`."""
        return content

    def tells_profiles(self, config: Mapping[str, Any]) -> bool:
        """Whether the platform is to be asked who a newcomer is. Pure."""
        return False

    def profile(self, external_id: str, config: Mapping[str, Any], *, timeout: float) -> Profile:
        """One question to the platform about one person, no lock held. Raises `SendFailed`."""
        return Profile()

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        """An address that opens this channel with `token` in the shopper's first message; "" where it cannot."""
        return ""

    def make_code(self, word: str, config: Mapping[str, Any]) -> str:
        """Where the platform makes the codes to scan: what one has to say that brings `word` along. A call, and lasting ones
        are counted there: ask once and keep the answer. Raises `SendFailed`."""
        raise NotImplementedError

    def thread_link(self, config: Mapping[str, Any]) -> str:
        """An address that opens the shopper's thread with us as it stands; "" where it cannot."""
        return ""

    def hours_open(self, config: Mapping[str, Any], *, is_person: bool = False) -> float | None:
        """For how many hours after the shopper's last message free text may be sent; None means no limit. Pure."""
        return self.capability.window_hours

    def window_closes_at(
        self, last_inbound_at: dt.datetime | None, config: Mapping[str, Any], *, is_person: bool = False
    ) -> dt.datetime | None:
        """Until when free text may be sent, by a person of the shop or by anybody; None means no limit."""
        hours = self.hours_open(config, is_person=is_person)
        if hours is None or last_inbound_at is None:
            return None
        return last_inbound_at + dt.timedelta(hours=hours)


@cache
def all_channels() -> dict[str, Channel]:
    """Every channel there is, by kind, found by looking into the `channels` folder."""
    found: dict[str, Channel] = {}
    for info in pkgutil.iter_modules(channels_package.__path__):
        module = importlib.import_module(f"{channels_package.__name__}.{info.name}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, Channel)
                and value.kind
                and value.__module__ == module.__name__
            ):
                found[value.kind] = value()
    return found


def channel_for(kind: str) -> Channel:
    """The channel of this kind. Raises `KeyError`."""
    return all_channels()[kind]
