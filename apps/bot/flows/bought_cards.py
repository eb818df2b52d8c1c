"""Gift cards as a present: where they are sold, and the codes of those that were bought, told again to their buyer."""

from typing import Any

from ..flow import Branch, End, Flow, Show
from ..talk import Talk
from ..words import label, words

YOURS = words("Gift card of {amount}: {code}")
YOURS_FOR = words("Gift card of {amount} for {name}: {code}")
USED = words("{balance} are left on it.")
WORDS_WITH_IT = words("The words with it: “{message}”")
HOW = words(
    "Whoever sends me this code pays with it, at once or bit by bit. It is like cash: give it only to the one it is for."
)
NONE_BOUGHT = words("You have not bought a gift card here that is still good.")
NONE_SOLD = words("We do not sell gift cards at the moment.")
BUY_ONE = label("Buy a gift card")
MY_CART = label("Show cart")
BROWSE = label("Browse products")


def look(talk: Talk) -> str:
    talk.slots["bought"] = talk.shop.bought_cards()
    return "some" if talk.slots["bought"] else "none"


def told(talk: Talk, card: dict[str, Any]) -> list[str]:
    """A card in a line or some: what it is worth, whom it is for, its code, what is left of it."""
    first = talk.text(YOURS_FOR if card["to"] else YOURS, amount=card["amount"], name=card["to"], code=card["code"])
    lines = [first]
    if card["message"]:
        lines.append(talk.text(WORDS_WITH_IT, message=card["message"]))
    if card["balance"] != card["amount"]:
        lines.append(talk.text(USED, balance=card["balance"]))
    return lines


def say_bought(talk: Talk) -> None:
    lines = [line for card in talk.slots["bought"] for line in told(talk, card)]
    talk.say_text("\n".join([*lines, talk.text(HOW)]), [talk.choice(MY_CART, do="cart"), talk.a_person(), talk.menu()])


def say_none(talk: Talk) -> None:
    choices = [talk.choice(BUY_ONE, style="primary", do="buy_card")] if talk.shop.gift_cards_on_sale() else []
    talk.say(NONE_BOUGHT, [*choices, talk.a_person(), talk.menu()])


def say_none_sold(talk: Talk) -> None:
    talk.say(NONE_SOLD, [talk.choice(BROWSE, do="browse"), talk.a_person(), talk.menu()])


BOUGHT_CARDS = Flow(
    name="bought_cards",
    start="look",
    steps={
        "look": Branch(look, {"some": "say", "none": "none"}),
        "say": Show(say_bought, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
    is_aside=True,
)
NO_CARDS_SOLD = Flow(
    name="no_cards_sold",
    start="say",
    steps={"say": Show(say_none_sold, "end"), "end": End()},
    is_aside=True,
)
