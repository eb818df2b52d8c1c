"""Gift cards and store credit: used for the order, looked at, left out again."""

from apps.messaging.content import Choice

from ..codes import ask_code
from ..flow import Branch, Do, End, Flow, Show
from ..reading import Reading
from ..talk import Talk
from ..words import Words, label, words
from .cart import AND_ON

ASK_CARD = words("Please send me the code of your gift card.")
ASK_CARD_AGAIN = words("Please send me the whole code as it is printed, all five groups of it.")
ASK_CARD_EXAMPLE = words('A gift card code looks like "AB3CD-4EF5G-H6JK7-M8NPQ-R9STV". Or leave it out.')
ASK_CARD_SHORT = words("And the code of your gift card?")
NO_CARD = label("No gift card")
APPLIED = words("Your gift card •••• {ends} is noted: {balance} are on it, and they are used first when you order.")
UNKNOWN = words("I do not know a gift card with this code. Is it written as it is printed?")
LOCKED = words(
    "Too many codes were wrong, so I look at no more for half an hour. Your cart is kept; a colleague can help as well."
)
OVER = words("The gift card •••• {ends} cannot be used: it is blocked or no longer good.")
NOTHING_LEFT = words("Nothing is left on the gift card •••• {ends}.")
FOREIGN = words("The gift card •••• {ends} is in another currency than your cart.")
TOO_MANY = words("An order takes five gift cards at most. Take one out first, please.")
WITHOUT = words("Good, without a gift card.")
ON_CARD = words("Gift card •••• {ends}: {balance}")
ON_CARD_UNTIL = words("Gift card •••• {ends}: {balance}, good until {day}")
CREDIT = words("Your store credit: {amount}")
NO_CREDIT = words("You have no store credit at the moment.")
CREDIT_USED = words("Good, your store credit of {amount} is used when you order.")
DROPPED = words("Good, no gift card and no store credit for this order.")
NONE_IN = words("There is no gift card and no store credit in your cart.")
BUY_ONE = label("Buy a gift card")
TRY_AGAIN = label("Another code")
USE_CARD = label("Use gift card")
USE_CREDIT = label("Use store credit")
BROWSE = label("Browse products")
MY_CART = label("Show cart")
REFUSALS: dict[str, Words] = {
    "unknown": UNKNOWN, "locked": LOCKED, "over": OVER, "empty": NOTHING_LEFT, "foreign": FOREIGN, "too_many": TOO_MANY,
}  # fmt: skip


def has_code(talk: Talk) -> str:
    return "code" if talk.slots.get("codes") else "none"


def parse_nothing(talk: Talk, reading: Reading) -> None:
    """A code is taken out of a message before it is read: whatever comes here is none."""
    return


def a_new_one(talk: Talk) -> list[Choice]:
    """Whoever says "gift cards" may want to give one."""
    return [talk.choice(BUY_ONE, do="buy_card")] if talk.shop.gift_cards_on_sale() else []


def use(talk: Talk) -> str:
    """Every code of the message; what is said is of the last that was refused, or of all that were taken."""
    done = [talk.shop.use_gift_card(token=token) for token in talk.slots["codes"]]
    talk.slots["taken"] = [card for card in done if card["state"] == "applied"]
    talk.slots["refused"] = [card for card in done if card["state"] != "applied"]
    talk.slots["cart"] = talk.shop.cart()
    return "applied" if talk.slots["taken"] else "refused"


def say_applied(talk: Talk) -> None:
    lines = [talk.text(APPLIED, **card) for card in talk.slots["taken"]]
    lines += [talk.text(REFUSALS[card["state"]], **card) for card in talk.slots["refused"]]
    has_lines = bool(talk.slots["cart"]["lines"])
    talk.say_text(
        "\n".join(lines), [] if has_lines else [talk.choice(BROWSE, style="primary", do="browse"), talk.menu()]
    )


def say_refused(talk: Talk) -> None:
    lines = [talk.text(REFUSALS[card["state"]], **card) for card in talk.slots["refused"]]
    is_locked = any(card["state"] == "locked" for card in talk.slots["refused"])
    again = [] if is_locked else [talk.choice(TRY_AGAIN, do="gift_card")]
    talk.say_text("\n".join(lines), [*again, talk.choice(MY_CART, do="cart"), talk.a_person()])


def look(talk: Talk) -> str:
    """The cards whose codes were sent, else all that the shopper has used; and their credit."""
    codes = talk.slots.get("codes") or []
    found = [talk.shop.gift_card(token=token) for token in codes]
    refused = [card for card in found if card["state"] != "found"]
    if refused:
        talk.slots["refused"] = refused
        return "refused"
    talk.slots["cards"] = found or talk.shop.gift_cards()
    talk.slots["credit"] = talk.shop.credit()
    return "some" if talk.slots["cards"] or talk.slots["credit"] else "none"


def say_balance(talk: Talk) -> None:
    lines = [
        talk.text(ON_CARD_UNTIL if card["until"] else ON_CARD, day=card["until"], **card)
        for card in talk.slots["cards"]
    ]
    choices: list[Choice] = [
        talk.choice(USE_CARD, style="primary", do="gift_card", codes=[card["token"]])
        for card in talk.slots["cards"]
        if card["is_usable"] and not card["is_empty"]
    ][:1] or [talk.choice(USE_CARD, do="gift_card")]
    if talk.slots["credit"]:
        lines.append(talk.text(CREDIT, amount=talk.slots["credit"]))
        choices.append(talk.choice(USE_CREDIT, do="use_credit"))
    talk.say_text("\n".join(lines), [*choices, talk.choice(MY_CART, do="cart"), talk.menu()])


def credit_there(talk: Talk) -> str:
    talk.slots["credit"] = talk.shop.credit()
    return "some" if talk.slots["credit"] else "none"


def say_credit(talk: Talk) -> None:
    choices = [talk.choice(USE_CREDIT, style="primary", do="use_credit"), talk.choice(MY_CART, do="cart"), talk.menu()]
    talk.say(CREDIT, choices, amount=talk.slots["credit"])


def use_credit(talk: Talk) -> str:
    talk.slots["credit"] = talk.shop.use_credit()["credit"]
    talk.slots["cart"] = talk.shop.cart()
    return "used" if talk.slots["credit"] else "none"


def drop(talk: Talk) -> str:
    dropped = talk.shop.drop_tenders()
    talk.slots["cart"] = talk.shop.cart()
    return "dropped" if dropped else "none"


def no_credit(talk: Talk) -> None:
    talk.say(NO_CREDIT, [talk.choice(BROWSE, do="browse"), talk.choice(MY_CART, do="cart"), talk.menu()])


ASK = ask_code(
    ASK_CARD,
    ASK_CARD_AGAIN,
    ASK_CARD_EXAMPLE,
    short=ASK_CARD_SHORT,
    skip=NO_CARD,
    next="without",
    parse=parse_nothing,
    choices=a_new_one,
)
WITHOUT_CARD = Show(lambda talk: talk.say(WITHOUT, [talk.choice(MY_CART, do="cart"), talk.menu()]), "end")
GIFT_CARD = Flow(
    name="gift_card",
    start="has_code",
    steps={
        "has_code": Branch(has_code, {"code": "use", "none": "code"}),
        "code": ASK,
        "use": Do(use, {"applied": "applied", "refused": "refused"}),
        "applied": Show(say_applied, "rest"),
        "refused": Show(say_refused, "end"),
        "without": WITHOUT_CARD,
        **AND_ON,
    },
    is_aside=True,
)
GIFT_BALANCE = Flow(
    name="gift_balance",
    start="look",
    steps={
        "look": Do(look, {"some": "balance", "none": "code", "refused": "refused"}),
        "code": ASK,
        "balance": Show(say_balance, "end"),
        "refused": Show(say_refused, "end"),
        "without": WITHOUT_CARD,
        "end": End(),
    },
    is_aside=True,
)
STORE_CREDIT = Flow(
    name="store_credit",
    start="there",
    steps={
        "there": Branch(credit_there, {"some": "credit", "none": "none"}),
        "credit": Show(say_credit, "end"),
        "none": Show(no_credit, "end"),
        "end": End(),
    },
    is_aside=True,
)
USE_STORE_CREDIT = Flow(
    name="use_credit",
    start="use",
    steps={
        "use": Do(use_credit, {"used": "used", "none": "none"}),
        "used": Show(lambda talk: talk.say(CREDIT_USED, amount=talk.slots["credit"]), "rest"),
        "none": Show(no_credit, "end"),
        **AND_ON,
    },
    is_aside=True,
)
DROP_TENDERS = Flow(
    name="drop_tenders",
    start="drop",
    steps={
        "drop": Do(drop, {"dropped": "dropped", "none": "none"}),
        "dropped": Show(lambda talk: talk.say(DROPPED), "rest"),
        "none": Show(lambda talk: talk.say(NONE_IN), "rest"),
        **AND_ON,
    },
    is_aside=True,
)
