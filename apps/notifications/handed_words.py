"""What the shop says when it hands something over in the chat, in the active language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.carts.money import format_money
from apps.messaging.content import Choice, Content, OpenLink, Text
from apps.messaging.sealed import seal
from apps.orders.codes import codes_of
from apps.orders.downloads import bought_by, digital_of, download_url
from apps.orders.models import HandedCode, Order, OrderLine
from apps.payments.actions import sold_to
from apps.payments.models import GiftCard

TOGETHER = 5  # cards, or codes, in one message


def handed_over(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    """Links and codes of its digital goods, and its gift cards with theirs, each code readable for its buyer alone."""
    cards = sold_to(order.customer, order=order)
    lines = [line for line in bought_by(order.customer) if line.order_id == order.pk]
    codes = codes_of(lines)
    digital = [content for line in lines for content in _digital(line, codes.get(line.pk, []))]
    return digital + [_told(order, cards[at : at + TOGETHER], language) for at in range(0, len(cards), TOGETHER)]


def _digital(line: OrderLine, codes: list[HandedCode]) -> list[Content]:
    """Its codes, its link, or both; where there are too few codes and no link, a person is named."""
    told = [_codes(line, codes[at : at + TOGETHER]) for at in range(0, len(codes), TOGETHER)]
    if digital_of(line) is not None:
        return [*told, _link(line)]
    if len(codes) >= line.handed:
        return told
    return [*told, Text(text=_("%s: a colleague hands it over to you here.") % line.title)]


def _codes(line: OrderLine, codes: list[HandedCode]) -> Content:
    first = ngettext("Here is your code for %(title)s:", "Here are your codes for %(title)s:", len(codes))
    how = _(
        "As you agreed when you ordered, your right to withdraw has ended with it. Ask “where is my code?” and you get it "
        "again."
    )
    return Text(
        text="\n".join([first % {"title": line.title}, *map(licence_of, codes), how]),
        choices=(Choice(label=_("Ask a person"), action={"do": "human"}),),
    )


def _link(line: OrderLine) -> Content:
    text = _(
        "%(title)s is ready. The link works for seven days. As you agreed when you ordered, your right to withdraw ends when "
        "the download begins. Ask “where is my download?” and you get a new link."
    )
    return OpenLink(text=text % {"title": line.title}, url=download_url(line), label=_("Open download"))


def _told(order: Order, cards: list[GiftCard], language: str) -> Content:
    first = ngettext("Here is your gift card:", "Here are your gift cards:", len(cards))
    if order.gift_to:
        facts = {"name": order.gift_to}
        first = (
            ngettext("Here is the gift card for %(name)s:", "Here are the gift cards for %(name)s:", len(cards)) % facts
        )
    how = _(
        "Whoever sends us this code here in the chat pays with it, at once or bit by bit. It is like cash: give it only to "
        "the one it is for. Ask “where is my gift card?” and you get it again."
    )
    codes = [f"{format_money(card.issued, language)}: {code_of(card)}" for card in cards]
    words = [_("The words with it: “%s”") % order.gift_message] if order.gift_message else []
    return Text(
        text="\n".join([first, *codes, *words, how]),
        choices=(Choice(label=_("Ask a person"), action={"do": "human"}),),
    )


def licence_of(handed: HandedCode) -> str:
    """A licence code, sealed: only whoever bought it reads more than its end."""
    return seal("licence_code", handed.code.public_id, shown=str(handed))


def code_of(card: GiftCard) -> str:
    """Its code, sealed: only whoever bought it reads more than its end."""
    return seal("gift_card", card.public_id, shown=str(card))
