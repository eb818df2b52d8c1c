"""What a merchant spreads of a link: an address for each channel and each place, ready to be copied."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.conversations.entries import carried
from apps.conversations.entry_links import Way, go_url, open_ways, ways_of
from apps.conversations.models import EntryPoint, Source
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.codes import make_codes


@dataclass(frozen=True, slots=True)
class Spread:
    """One channel: its own address, and ours for an advertisement, which counts and then opens it."""

    way: Way
    in_ad: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Something to copy into somewhere: `what` it is for, how it is used there, and the words."""

    what: str
    how: str
    words: str


def channels_of(entry: EntryPoint) -> list[Spread]:
    """Every channel of the shop, also those whose address is "" because they cannot take a code along."""
    ways = ways_of(entry.merchant, carried(entry.token))
    return [Spread(way, go_url(entry.token, source=Source.AD, on=way.kind) if way.url else "") for way in ways]


def code_address(entry: EntryPoint, *, on: str = "") -> str:
    """What a printed code says: our own address, which can be led elsewhere when the print hangs already; the platform's
    where nothing but its own code opens it."""
    ways = ways_of(entry.merchant, carried(entry.token, Source.POSTER)) if on else []
    made = next((way.code for way in ways if way.kind == on and not way.url), "")
    return made or go_url(entry.token, source=Source.POSTER, on=on)


def texts_of(entry: EntryPoint) -> list[Wording]:
    here = {source: go_url(entry.token, source=source) for source in Source}
    button = format_html(
        '<a href="{}" style="background:#1f1b17;border-radius:12px;color:#ffffff;display:inline-block;'
        'font:600 16px sans-serif;padding:12px 20px;text-decoration:none">{}</a>',
        here[Source.EMAIL],
        _("Chat with us"),
    )
    widget = f'<script src="{_origin(here[Source.LINK])}/widget.js" data-merchant="{entry.merchant.slug}" data-entry="{carried(entry.token, Source.WIDGET)}" async></script>'
    return [
        Wording(_("E-mail button"), _("As HTML into the letter; its words are yours to change."), button),
        Wording(_("Website"), _("Before the end of the page: the chat opens with what this link is about."), widget),
        Wording(
            _("Advertisement"),
            _("As the address of a click-to-chat ad; where the ad is for one channel, take that channel's below."),
            here[Source.AD],
        ),
        Wording(
            _("Snapchat"),
            _("As the web address attached to a Snap, a Story or an ad; it opens the channels of your shop."),
            here[Source.SNAPCHAT],
        ),
        Wording(_("Google Business profile"), _("As the chat or website address of the profile."), here[Source.GOOGLE]),
    ]


def ask_for_code(entry: EntryPoint, account: ChannelAccount) -> None:
    """Have the platform make the codes of this link, for pages and for print. Raises `SendFailed`."""
    make_codes(account, [carried(entry.token), carried(entry.token, Source.POSTER)])


def code_failed(failure: SendFailed) -> str:
    """What to do about it."""
    advice = {
        ErrorClass.AUTH: _("Check the access data at Channels; only a verified service account may make codes."),
        ErrorClass.RETRY_AFTER: _("All codes for today or for ever are used up. Try again tomorrow."),
        ErrorClass.BAD_REQUEST: _("The platform does not take this. A new link with a fresh code may help."),
    }
    said = advice.get(failure.error_class) or _("The platform cannot be reached. Try again in a few minutes.")
    return f"{said} {_('It says: %s') % failure.detail}" if failure.detail else str(said)


def can_be_opened(entry: EntryPoint) -> bool:
    return bool(open_ways(entry.merchant, carried(entry.token)))


def _origin(address: str) -> str:
    return address.partition("/go/")[0]
