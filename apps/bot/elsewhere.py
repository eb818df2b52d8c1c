"""What the shop has and does not sell in the shopper's currency: said so, with the currency it is sold in."""

from typing import Any

from .talk import Talk
from .words import label, words

NOT_SOLD_IN = words("{title} is not sold in {currency}, only in {other}.")
PRICES_IN = label("Prices in {code}")


def say_not_sold(talk: Talk, found: dict[str, Any]) -> None:
    """`found` is what `shop.sold_elsewhere` gave."""
    change = talk.choice(talk.text(PRICES_IN, code=found["code"]), do="currency", codes=[found["code"]])
    talk.say(
        NOT_SOLD_IN,
        [change, talk.a_person()],
        title=found["title"],
        currency=found["currency"],
        other=found["other"],
    )
