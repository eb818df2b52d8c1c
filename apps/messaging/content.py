"""What the shop can say: a closed set of kinds, already in the reader's language, that every channel renders.

Flows fill these in; amounts arrive as written-out text ("€12.00") because wording is the flow's business and
layout the channel's. A `Choice` names an action of the bot; its `token` is given when the message is queued.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, TypeVar

NUMBERS = (*range(1, 9), *range(10, 100))  # 9 is a person and 0 is back everywhere: a longer menu goes on with 10


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing the shopper may pick: by tap, by its number or by its label."""

    label: str
    action: dict[str, Any] = field(default_factory=dict)
    description: str = ""
    style: str = "default"  # default | primary | quiet
    token: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A product as a shopper sees it; its first choice is what its number means."""

    title: str
    price: str = ""
    was_price: str = ""
    price_note: str = ""  # what must stand beside a reduction; where there is no room for it, none is announced
    stock: str = ""
    subtitle: str = ""
    image_url: str = ""
    image_alt: str = ""
    url: str = ""
    choices: tuple[Choice, ...] = ()
    reference: str = ""  # "variant:17", "product:5": what "the second one" stands for


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a receipt; sums use `strong`."""

    label: str
    amount: str = ""
    quantity: int | None = None
    detail: str = ""
    image_url: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A station of an order's way, with the true time once it was reached."""

    label: str
    at: str = ""
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class BillLine:
    """A row of a bill: `amount` of the whole row, as an exact decimal ("33.80"); what is taken off is a `discount`."""

    label: str
    amount: str
    quantity: int = 1
    role: str = "item"  # item | delivery | tax | discount


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be paid, for platforms that can show it in the thread; the rows make exactly the total."""

    reference: str  # our own name for it: at most 35 of [A-Za-z0-9_-], one message's alone
    title: str
    currency: str
    total: str  # as `BillLine.amount`
    lines: tuple[BillLine, ...] = ()
    country: str = ""  # where the goods go, ISO 3166
    is_goods: bool = False  # nothing in it is handed over in the chat
    is_reserved: bool = False  # its money is to be taken only when goods leave
    page_label: str = ""  # what leads to the payment page, where both stand in one message


@dataclass(frozen=True, slots=True)
class Quote:
    """What of the thread this answers: its number there, its words, and the platform's name for it, "" where there is none."""

    seq: int
    text: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    kind: ClassVar[str] = ""
    text: str = ""
    choices: tuple[Choice, ...] = ()
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Text(Content):
    kind = "text"
    said_on: str = ""  # where it was said: the name of another channel, whose talk this sums up


@dataclass(frozen=True, slots=True)
class Ask(Content):
    kind = "ask"
    allows_text: bool = True


@dataclass(frozen=True, slots=True)
class Browse(Content):
    kind = "browse"
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowProduct(Content):
    kind = "show_product"
    card: Card = Card(title="")
    media: tuple[str, ...] = ()  # further picture or video addresses


@dataclass(frozen=True, slots=True)
class CartSummary(Content):
    """A cart, or with `is_order` the summary before committing: lines, sums, then terms in `notes`."""

    kind = "cart_summary"
    title: str = ""
    lines: tuple[Line, ...] = ()
    totals: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    is_order: bool = False


@dataclass(frozen=True, slots=True)
class Pay(Content):
    kind = "pay"
    url: str = ""
    label: str = ""
    amount: str = ""
    order_number: str = ""
    expires_at: str = ""  # ISO 8601
    bill: Bill | None = None  # only where the channel takes it; the link says all without it


@dataclass(frozen=True, slots=True)
class OrderUpdate(Content):
    kind = "order_update"
    order_number: str = ""
    state: str = (
        ""  # placed | paid | reserved | captured | released | shipped | delivered | cancelled | refunded | unfillable
    )
    steps: tuple[Step, ...] = ()
    url: str = ""
    url_label: str = ""
    bill: str = ""  # the reference of the bill this thread has of it, where the platform shows how far it has come
    template: str = ""  # which approved template stands in when the window is closed
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request(Content):
    kind = "request"
    what: str = "text"  # name | address | phone | email | location | otp | text


@dataclass(frozen=True, slots=True)
class Media(Content):
    kind = "media"
    media_type: str = "image"  # image | video | audio | file
    url: str = ""
    alt: str = ""
    filename: str = ""
    # Where these are known, a channel that does not take such a file gets its address instead.
    mime: str = ""
    size: int | None = None  # bytes


@dataclass(frozen=True, slots=True)
class OpenLink(Content):
    kind = "open_link"
    url: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Form(Content):
    """Several short questions at once; channels without forms ask them one by one in text."""

    kind = "form"
    title: str = ""
    fields: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate(Content):
    kind = "rate"


@dataclass(frozen=True, slots=True)
class HandoverNotice(Content):
    kind = "handover_notice"
    state: str = "waiting"  # waiting | joined | returned | closed | after_hours
    person: str = ""


@dataclass(frozen=True, slots=True)
class Typing(Content):
    kind = "typing"


KINDS: dict[str, type[Content]] = {
    cls.kind: cls
    for cls in (
        Text, Ask, Browse, ShowProduct, CartSummary, Pay, OrderUpdate, Request, Media, OpenLink, Form, Rate,
        HandoverNotice, Typing,
    )
}  # fmt: skip
NESTED: dict[str, Any] = {
    "choices": Choice, "cards": Card, "lines": Line, "totals": Line, "steps": Step, "fields": Line,
}  # fmt: skip
C = TypeVar("C", bound=Content)


def to_json(content: Content) -> dict[str, Any]:
    """`{"kind": …, …}`, ready for a JSON column; empty fields are left out."""
    filled = {key: value for key, value in _plain(content).items() if value not in ("", (), [], {}, None)}
    return {"kind": content.kind, **filled}


def _plain(value: Any) -> Any:
    """As `dataclasses.asdict`, which takes many times as long: it copies every string it meets."""
    kind = type(value)
    if kind in (str, int, bool, dict) or value is None:
        return value
    if kind in (tuple, list):
        return [_plain(item) for item in value]
    return {name: _plain(getattr(value, name)) for name in _names(kind)}


_known_names: dict[type, tuple[str, ...]] = {}


def _names(kind: Any) -> tuple[str, ...]:
    """The fields of one of these classes, looked up once."""
    if kind not in _known_names:
        _known_names[kind] = tuple(one.name for one in fields(kind))
    return _known_names[kind]


def from_json(data: dict[str, Any]) -> Content:
    """The content `to_json` wrote. Raises `KeyError` on an unknown kind."""
    cls = KINDS[data["kind"]]
    known = _names(cls)
    return cls(**{key: _revive(key, value) for key, value in data.items() if key in known})


def _revive(key: str, value: Any) -> Any:
    if key == "card":
        return _card(value)
    if key == "quote":
        return Quote(**value)
    if key == "bill" and isinstance(value, dict):
        return bill_from(value)
    if key == "cards":
        return tuple(_card(card) for card in value)
    if key in NESTED:
        return tuple(NESTED[key](**item) for item in value)
    return tuple(value) if isinstance(value, list) else value


def bill_from(value: dict[str, Any]) -> Bill:
    """The bill that `plain_bill` wrote."""
    return Bill(**{**value, "lines": tuple(BillLine(**line) for line in value.get("lines", ()))})


def plain_bill(bill: Bill) -> dict[str, Any]:
    """As a JSON column keeps it."""
    plain: dict[str, Any] = _plain(bill)
    return plain


def _card(value: dict[str, Any]) -> Card:
    return Card(**{**value, "choices": tuple(Choice(**choice) for choice in value.get("choices", ()))})


def cards_of(content: Content) -> tuple[Card, ...]:
    """The products shown, in order: what "the second one" is resolved against."""
    if isinstance(content, Browse):
        return content.cards
    return (content.card,) if isinstance(content, ShowProduct) else ()


def numbered(content: Content) -> tuple[tuple[int, Choice], ...]:
    """The choices with the numbers that pick them when typed: each browsed card's first choice, then the message's own.

    Every channel numbers alike, so "2" means the same in an SMS, a WhatsApp list and the web chat.
    """
    if isinstance(content, ShowProduct):
        return tuple(zip(NUMBERS, (*content.card.choices, *content.choices), strict=False))
    firsts = tuple(card.choices[0] for card in cards_of(content) if card.choices)
    return tuple(zip(NUMBERS, (*firsts, *content.choices), strict=False))


def all_choices(content: Content) -> tuple[Choice, ...]:
    """Every choice in the message, cards' further ones included."""
    return (*(choice for card in cards_of(content) for choice in card.choices), *content.choices)


def with_tokens(content: C, tokens: dict[int, str]) -> C:
    """The same content with each choice's token set; `tokens` maps `id(choice)` to it."""

    def stamp(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        return tuple(replace(choice, token=tokens.get(id(choice), choice.token)) for choice in choices)

    changes: dict[str, Any] = {"choices": stamp(content.choices)}
    if isinstance(content, Browse):
        changes["cards"] = tuple(replace(card, choices=stamp(card.choices)) for card in content.cards)
    if isinstance(content, ShowProduct):
        changes["card"] = replace(content.card, choices=stamp(content.card.choices))
    return replace(content, **changes)
