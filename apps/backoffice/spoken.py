"""What rows keep as a code, in the words of whoever reads them at the desk. A code without words is shown as it is."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib.admin import AllValuesFieldListFilter
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.merchants.models import ApiToken
from apps.messaging.channel import all_channels
from apps.orders.models import OrderLine, ReturnLine
from apps.payments.models import Refund

from .doers import token_names

HELD_FOR = {
    "cart": _("in a cart"),
    "payment": _("being paid"),
    "waitlist_turn": _("kept for whoever waited"),
}
MOVED_BECAUSE = HELD_FOR | {
    "released": _("let go"),
    "expired": _("held too long"),
    "replaced": _("changed in the cart"),
    "import": _("import of products"),
    "opening stock": _("opening stock"),
    "codes": _("codes were added"),
    "stocktake": _("stock-take by file"),
}
# "parcel D-1/2": the first word says what the rest is.
MOVED_WITH = {"parcel": _("parcel %s"), "return": _("return %s"), "for": _("instead of return %s")}
OWNERS = {
    "cart": _("a cart"),
    "exchange": _("an exchange"),
    "waitlist": _("the waiting list"),
    "returnline": _("a return"),
}
CONSENT_SOURCES = {
    "keyword": _("a word of theirs"),
    "platform": _("the platform"),
    "chat": _("the chat"),
    "checkout": _("the checkout"),
    "admin": _("the shop"),
}
SEND_ERRORS = {
    "retry": _("the platform was busy"),
    "retry_after": _("too many messages at once"),
    "window_closed": _("the time to answer is over"),
    "opted_out": _("the shopper wants no messages"),
    "unreachable": _("cannot be reached there"),
    "bad_request": _("the platform did not take it"),
    "auth": _("our key is not taken"),
    "policy": _("against the platform's rules"),
    "ambiguous": _("perhaps it arrived"),
    "fence": _("somebody else had taken over"),
    "expired": _("too late to be sent"),
    "erased": _("their data was deleted"),
}
EVENTS = {
    "message": _("message"),
    "choice": _("button"),
    "order": _("cart of the platform"),
    "form_submit": _("form"),
    "referral": _("link"),
    "conversation_started": _("first contact"),
    "reaction": _("reaction"),
    "message_edited": _("edited message"),
    "message_deleted": _("deleted message"),
    "status": _("report of delivery"),
    "consent": _("consent"),
    "identity_changed": _("new number"),
    "account_linked": _("linked account"),
    "payment_update": _("payment"),
    "precheckout": _("checkout of the platform"),
    "typing": _("typing"),
    "handover": _("control given over"),
    "echo": _("written in the platform's own app"),
    "template": _("verdict on a wording"),
    "account": _("verdict on the account"),
    "ignored": _("nothing to do with"),
    "internal": _("the shop's own note"),
}
REFUNDED_BECAUSE = {
    Refund.DOUBLE: _("paid twice"),
    Refund.SOLD_OUT: _("sold out"),
    Refund.CALLED_OFF: _("called off"),
    Refund.AT_PROVIDER: _("made at the provider"),
    "exchange called off": _("exchange called off"),
    "shopper": _("called off by the shopper"),
}
REFUNDED_FOR = {"return": _("return %s"), "claim": _("claim %s"), "exchange": _("exchange %s")}
JUDGED_BECAUSE = {
    "the same customer": _("the same customer"),
    "the same phone": _("the same phone"),
    "the same e-mail": _("the same e-mail"),
    "the same address": _("the same address"),
    "the two are one person": _("the two are one person"),
    "forgotten": _("their data was deleted"),
}
RATED = {"order": _("order %s"), "handover": _("a talk with a person")}
LANGUAGES = dict(settings.LANGUAGES)
CHANNELS = {"webchat": _("Web chat")}  # the others are called by their own name in every language


def in_words(code: str, words: Mapping[str, Any], of_another: Mapping[str, Any] | None = None) -> str:
    """The words for this code; `of_another` has those for a code whose first word says what its rest is."""
    if code in words:
        return str(words[code])
    kind, _space, rest = code.partition(" ")
    if rest and " " not in rest and of_another and kind in of_another:
        return str(of_another[kind]) % rest
    return code


def channel_in_words(kind: str) -> str:
    """The name of a kind of channel; its code where we know none."""
    known = all_channels().get(kind)
    return str(CHANNELS.get(kind) or (known.label if known else kind))


def owners_in_words(references: Iterable[str]) -> dict[str, str]:
    """For whom the stock's book set pieces aside, or which program counted them. At most three queries for all."""
    wanted = {reference for reference in references if reference}
    lines = OrderLine.objects.filter(hold_reference__in=wanted).order_by("order_id")
    orders = dict(lines.values_list("hold_reference", "order__number"))
    parts = [reference.partition(":") for reference in wanted]
    ids = [int(rest) for kind, _colon, rest in parts if kind == "returnline" and rest.isdecimal()]
    returned = ReturnLine.objects.filter(pk__in=ids).select_related("request__order")
    said = {line.reference: str(_("return %s") % line.request) for line in returned}
    said |= {reference: str(_("order %s") % number) for reference, number in orders.items()}
    said |= token_names({reference for reference in wanted if reference.startswith(ApiToken.REFERENCE)})
    for kind, colon, rest in parts:
        said.setdefault(f"{kind}{colon}{rest}", str(OWNERS.get(kind, f"{kind}{colon}{rest}")))
    return said


def rated_in_words(subject: str) -> str:
    """What a rating is about: an order by its number, or the talk with a person."""
    kind, _colon, rest = subject.partition(":")
    said = str(RATED.get(kind, subject))
    return said % rest if "%s" in said else said


class InWords(AllValuesFieldListFilter):
    """A filter by a code that lists its words."""

    words: Mapping[str, Any]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            shown = choice["display"]
            yield {**choice, "display": self.words.get(str(shown), shown) or "–"}


class InLanguages:
    """Mixed into the page of rows with a `language`: a column that calls it by its name."""

    @display(description=_("language"), ordering="language")
    def language_in_words(self, row: Any) -> str:
        return in_words(row.language, LANGUAGES)


class Language(InWords):
    words = LANGUAGES


class HeldFor(InWords):
    words = HELD_FOR


class ConsentSource(InWords):
    words = CONSENT_SOURCES


class SendError(InWords):
    words = SEND_ERRORS


def address_lines(address: Mapping[str, Any]) -> list[str]:
    """An address as an order freezes it, line by line; what it has not is left out."""
    town = " ".join(str(address.get(part) or "") for part in ("postcode", "city", "region"))
    parts = (address.get("name"), address.get("line1"), address.get("line2"), town.strip(), address.get("country"))
    return [str(part) for part in parts if part]
