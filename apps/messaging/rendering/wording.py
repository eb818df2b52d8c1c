"""What a content says in words alone: the body every channel starts from."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.messaging.content import (
    Browse,
    Card,
    CartSummary,
    Choice,
    Content,
    Form,
    Line,
    Media,
    OpenLink,
    OrderUpdate,
    Pay,
    ShowProduct,
    Step,
    numbered,
)

from .measure import shorten

PARAGRAPHS = "\n\n"
QUOTED = 80  # characters


def paragraphs(*blocks: str) -> str:
    return PARAGRAPHS.join(block for block in blocks if block)


def lines(*rows: str) -> str:
    return "\n".join(row for row in rows if row)


def price_of(card: Card) -> str:
    """ "€12.00", or with what it cost before."""
    if card.was_price:
        return _("%(price)s instead of %(was)s") % {"price": card.price, "was": card.was_price}
    return card.price


def card_text(card: Card, *, number: int | None = None, is_short: bool = False) -> str:
    """The card in words; short is one line for narrow channels."""
    prefix = f"{number}. " if number else ""
    if is_short:
        return prefix + ", ".join(part for part in (card.title, card.price) if part)
    return lines(prefix + card.title, price_of(card), card.price_note, card.stock, card.subtitle)


def card_facts(card: Card) -> str:
    """Price and stock in one line: what stands under the title in a list row, too narrow for a reduction's note."""
    price = card.price if card.price_note else price_of(card)
    return " · ".join(part for part in (price, card.stock) if part)


def all_facts(card: Card) -> str:
    """All that stands below the title, in one line."""
    return " · ".join(part for part in (price_of(card), card.price_note, card.stock, card.subtitle) if part)


def line_text(line: Line) -> str:
    quantity = f"{line.quantity} × " if line.quantity is not None else ""
    first = quantity + line.label + (f", {line.amount}" if line.amount else "")
    return lines(first, f"   {line.detail}" if line.detail else "")


def total_text(line: Line) -> str:
    first = f"{line.label}: {line.amount}" if line.amount else line.label
    return f"{first} ({line.detail})" if line.detail else first


def step_text(step: Step) -> str:
    mark = "✓" if step.is_done else "○"
    return f"{mark} {step.label}" + (f", {step.at}" if step.at else "")


def body_of(content: Content) -> str:
    """Everything the message says except its cards, its choices and its link."""
    match content:
        case CartSummary():
            return paragraphs(
                content.text,
                content.title,
                lines(*(line_text(line) for line in content.lines)),
                lines(*(total_text(line) for line in content.totals)),
                lines(*content.notes),
            )
        case OrderUpdate():
            return paragraphs(content.text, lines(*(step_text(step) for step in content.steps)))
        case Form():
            return paragraphs(content.text, content.title, lines(*(f"• {total_text(line)}" for line in content.fields)))
        case Pay():
            is_told = not content.amount or content.amount in content.text
            return paragraphs(content.text, "" if is_told else content.amount)
        case Media():
            return content.text
        case ShowProduct():
            return paragraphs(content.text, card_text(content.card))
        case _:
            return content.text


def link_of(content: Content) -> tuple[str, str]:
    """(label, address) of the one place this message leads to; ("", "") if none."""
    match content:
        case Pay():
            return content.label or _("Pay now"), content.url
        case OrderUpdate():
            return content.url_label or _("Track the parcel"), content.url
        case OpenLink():
            return content.label or _("Open"), content.url
        case _:
            return "", ""


def link_text(label: str, url: str) -> str:
    return f"{label}: {url}" if url and label else url


def media_text(content: Media) -> str:
    """A file where only words pass: what it shows, and where it lies."""
    return link_text(content.alt or content.filename, content.url)


def quoting(content: Content) -> str:
    """Its words below those it answers, where the platform cannot show which these are."""
    if content.quote is None:
        return content.text
    first = " ".join(content.quote.text.split())
    return paragraphs(f"> {shorten(first, QUOTED)}" if first else "", content.text)


def numbers_of(content: Content) -> dict[int, int]:
    """`id(choice)` to the number that picks it when typed."""
    return {id(choice): number for number, choice in numbered(content)}


def choice_line(choice: Choice, number: int | None) -> str:
    mark = f"{number}." if number else "•"
    return f"{mark} {choice.label}" + (f" ({choice.description})" if choice.description else "")


def choice_lines(choices: Iterable[Choice], numbers: dict[int, int]) -> str:
    return lines(*(choice_line(choice, numbers.get(id(choice))) for choice in choices))


def cards_text(content: Browse, numbers: dict[int, int], *, is_short: bool = False) -> str:
    """All cards; a card's number is that of its first choice."""
    blocks = [
        card_text(card, number=numbers.get(id(card.choices[0])) if card.choices else None, is_short=is_short)
        for card in content.cards
    ]
    return lines(*blocks) if is_short else paragraphs(*blocks)


def own_choices(content: Content) -> tuple[Choice, ...]:
    """The choices that stand below the message itself; a browsed card's first is told by the card's own number."""
    if isinstance(content, ShowProduct):
        return (*content.card.choices, *content.choices)
    return content.choices


def full_text(content: Content, *, is_short: bool = False) -> str:
    """The whole message in plain words: body, cards, links and the numbered menu."""
    numbers = numbers_of(content)
    return paragraphs(
        body_of(content),
        cards_text(content, numbers, is_short=is_short) if isinstance(content, Browse) else "",
        media_text(content) if isinstance(content, Media) else "",
        content.card.url if isinstance(content, ShowProduct) else "",
        link_text(*link_of(content)),
        choice_lines(own_choices(content), numbers),
    )


def back_and_person() -> str:
    return _("0 = back, 9 = a person")


def what_next() -> str:
    return _("What would you like to do?")


def choose() -> str:
    return _("Choose")


def send_place() -> str:
    """On the button that opens the shopper's map; at most 20 characters in each language."""
    return _("Send my location")
