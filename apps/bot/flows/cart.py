"""The cart: shown, changed, emptied. It is the same on every channel."""

from typing import Any

from apps.messaging.content import CartSummary, Choice, Line
from apps.nlu.text import fold, words_of

from ..flow import Branch, Do, End, Flow, Show
from ..naming import names, points
from ..offers import name_of, offer_lines, offer_notes
from ..query import query_of
from ..talk import Talk
from ..tenders import tender_notes
from ..words import label, words
from .proving import IT_WAS_ME

YOUR_CART = words("Your cart")
SUBTOTAL = words("Subtotal")
AFTER_OFFERS = words("After offers")
ENTER_CODE = label("Enter a code")
REMOVE_CODE = label("Remove code")
DELIVERY_LATER = words("Delivery is added once I know where to.")
EMPTY = words("Your cart is still empty. Shall we look around?")
LAPSED = words("Your cart is empty. What lay in it until {until} is kept: {titles}. Shall I put it back?")
LAPSED_MORE = words("{titles} and {count} more", "{titles} and {count} more")
TAKE_BACK = label("Take it back")
REMOVED = words("I have taken {title} out.")
CHANGED = words("{title}: now {quantity} in your cart.")
SHORT = words("There are only {left} of {title}. I left your cart as it was.")
TOO_MANY = words("At most {left} of one thing go into an order.")
WHICH_LINE = words("Which one do you mean?")
NOT_IN_CART = words("That is not in your cart. Here is what is:")
WHOLE_PIECES = words('Only whole pieces go into a cart: 1, 2, 3 and so on. Tell me for example "make it 2".')
EMPTIED = words("Your cart is empty now.")
SOLD_OUT_NOTE = words("sold out, please take it out")
NO_PRICE_NOTE = words("has no price in your currency, please take it out")
SHORT_NOTE = words("only {count} left", "only {count} left")
PRICE_NOTE = words("new price")
WHAT_TO_CHANGE = words("What shall I change?")
CHECKOUT = label("Checkout")
KEEP_LOOKING = label("Keep looking")
CHANGE = label("Change cart")
BROWSE = label("Browse products")
ONE_MORE = words("One more: {title}")
TAKE_OUT = words("Take out: {title}")
EMPTY_IT = label("Empty cart")
WHY_PRICE = label("Why this price?")
USE_CARD = label("Use gift card")


def is_empty(talk: Talk) -> str:
    talk.slots["cart"] = talk.shop.cart()
    return "lines" if talk.slots["cart"]["lines"] else "empty"


def note_of(talk: Talk, line: dict[str, Any]) -> str:
    """What is wrong with it or new, and what offers take off it."""
    if line["problem"] in ("", "price_changed"):
        offers = [f"{name_of(talk, offer)} {offer['amount']}" for offer in line["offers"]]
        return ", ".join([talk.text(PRICE_NOTE), *offers] if line["problem"] else offers)
    if line["problem"] == "no_price":
        return talk.text(NO_PRICE_NOTE)
    left = line["left"] or 0
    return talk.text(SHORT_NOTE, count=left) if left else talk.text(SOLD_OUT_NOTE)


def lines_of(talk: Talk, cart: dict[str, Any]) -> tuple[Line, ...]:
    return tuple(
        Line(
            label=line["title"],
            amount=line["total"],
            quantity=line["quantity"],
            detail=note_of(talk, line),
            image_url=line["image"],
        )
        for line in cart["lines"]
    )


def say_cart(talk: Talk) -> None:
    cart = talk.slots["cart"]
    choices = (
        talk.choice(CHECKOUT, style="primary", do="checkout"),
        talk.choice(CHANGE, do="edit_cart"),
        talk.choice(KEEP_LOOKING, style="quiet", do="browse"),
    )
    talk.put(
        CartSummary(
            title=talk.text(YOUR_CART),
            lines=lines_of(talk, cart),
            totals=tuple(sums_of(talk, cart)),
            notes=(
                *([talk.text(DELIVERY_LATER)] if cart["needs_delivery"] else []),
                *offer_notes(talk, cart),
                *tender_notes(talk, cart),
            ),
            choices=choices,
        )
    )


def sums_of(talk: Talk, cart: dict[str, Any]) -> list[Line]:
    """The goods alone; where offers take something off them, before and after."""
    offers = offer_lines(talk, cart, on="goods")
    if not offers:
        return [Line(label=talk.text(SUBTOTAL), amount=cart["subtotal"], strong=True)]
    after = Line(label=talk.text(AFTER_OFFERS), amount=cart["goods"], strong=True)
    return [Line(label=talk.text(SUBTOTAL), amount=cart["subtotal"]), *offers, after]


def say_empty(talk: Talk) -> None:
    """With a way back to what was in it before it lapsed."""
    if lapsed := talk.shop.lapsed():
        titles = ", ".join(lapsed["titles"])
        if lapsed["more"]:
            titles = talk.text(LAPSED_MORE, titles=titles, count=lapsed["more"])
        choices = [talk.choice(TAKE_BACK, style="primary", do="take_back"), talk.choice(BROWSE, do="browse")]
        talk.say(LAPSED, choices, until=lapsed["until"], titles=titles)
        return
    before = [talk.choice(IT_WAS_ME, do="prove")] if talk.shop.is_set_apart() else []
    talk.say(EMPTY, [talk.choice(BROWSE, style="primary", do="browse"), *before, talk.a_person()])


def find_line(talk: Talk) -> str:
    """Which line is meant: by choice, by name, or the only one."""
    cart = talk.shop.cart()
    talk.slots["cart"] = cart
    if not cart["lines"]:
        return "empty"
    if talk.slots.get("variant"):
        return "found" if _line(talk) else "not_there"
    text = str(talk.slots.get("text", ""))
    fitting = _named(talk, text)
    if fitting is None:
        return "not_there"
    if len(fitting) == 1:
        talk.slots["variant"] = fitting[0]["variant"]
        return "found"
    return "which"


def _named(talk: Talk, text: str) -> list[dict[str, Any]] | None:
    """The lines that fit the words of a message; None where it names goods that are not in the cart.

    Words that are no goods of ours tell nothing, but then something must point at the only line: "I changed my mind,
    remove it" is about it, "remove the zebra" may not be.
    """
    lines: list[dict[str, Any]] = talk.slots["cart"]["lines"]

    def is_there(word: str) -> bool:
        return any(names([word], line["title"]) for line in lines)

    def is_ours(word: str) -> bool:
        return is_there(word) or bool(talk.shop.called(words=[word]))

    told = query_of(text, known="change_quantity", is_ours=is_ours).split()
    said = [word for word in query_of(text, known="remove", is_ours=is_ours).split() if word in told]
    absent = [word for word in said if not is_there(word)]
    if absent and talk.shop.called(words=absent):
        return None
    goods = [word for word in said if word not in absent]
    if goods:
        return _closest(text, [line for line in lines if names(goods, line["title"])])
    return _closest(text, lines) if not absent or points(text) else []


def _closest(text: str, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of several lines those that have most of the words: "the white mug" of the white one and the blue one."""
    said = set(words_of(fold(text)))
    shared = [len(said.intersection(words_of(fold(line["title"])))) for line in lines]
    return [line for line, count in zip(lines, shared, strict=True) if count == max(shared)]


def _line(talk: Talk) -> dict[str, Any] | None:
    lines: list[dict[str, Any]] = talk.slots["cart"]["lines"]
    return next((line for line in lines if line["variant"] == int(talk.slots["variant"])), None)


def change(talk: Talk) -> str:
    line = _line(talk)
    talk.slots["title"] = line["title"] if line else ""
    if line and talk.slots.get("fewer"):
        talk.slots["quantity"] = max(0, line["quantity"] - int(talk.slots["fewer"]))
    result = talk.shop.put(variant=int(talk.slots["variant"]), quantity=int(talk.slots.get("quantity", 0)))
    talk.slots["left"] = result.get("left", 0)
    if "problem" in result:
        return str(result["problem"])
    talk.slots["cart"] = talk.shop.cart()
    summary = talk.state.frame_of("checkout")
    if summary is not None:
        summary.slots.pop("stamp", None)
    return "removed" if not talk.slots.get("quantity") else "changed"


def has_lines(talk: Talk) -> str:
    if talk.slots["cart"]["lines"]:
        return "lines"
    _let_go(talk)
    return "empty"


def edit_choices(talk: Talk) -> list[Choice]:
    choices = []
    for line in talk.slots["cart"]["lines"][:3]:
        title = line["title"]
        more = {"variant": line["variant"], "quantity": line["quantity"] + 1}
        choices.append(talk.choice(talk.text(ONE_MORE, title=title), do="quantity", **more))
        choices.append(talk.choice(talk.text(TAKE_OUT, title=title), do="remove", variant=line["variant"], quantity=0))
    if talk.slots["cart"]["codes"]:
        choices.append(talk.choice(REMOVE_CODE, do="drop_coupon"))
    elif talk.slots["cart"]["takes_codes"]:
        choices.append(talk.choice(ENTER_CODE, do="coupon"))
    if talk.shop.has_gift_cards():
        choices.append(talk.choice(USE_CARD, do="gift_card"))
    choices.append(talk.choice(WHY_PRICE, do="why_price"))
    return [*choices, talk.choice(EMPTY_IT, style="quiet", do="empty_cart")]


def which_choices(talk: Talk) -> list[Choice]:
    quantity = int(talk.slots.get("quantity", 0))
    return [
        talk.choice(line["title"], do="quantity", variant=line["variant"], quantity=quantity)
        for line in talk.slots["cart"]["lines"][:7]
    ]


def _let_go(talk: Talk) -> None:
    """Nothing is left to order: the checkout is over, and nobody is asked to go on with it."""
    talk.state.stack = [frame for frame in talk.state.stack if frame.flow != "checkout"]


def empty_it(talk: Talk) -> str:
    talk.shop.empty()
    _let_go(talk)
    return "done"


def rest(talk: Talk) -> str:
    """Back to the summary, which is made anew; to the question that was open; or to the cart."""
    checkout = talk.state.frame_of("checkout")
    if checkout is None:
        return "cart" if talk.slots["cart"]["lines"] else "end"
    if checkout.step in ("summary", "change"):
        checkout.slots.pop("stamp", None)
        talk.next_flow = {"flow": "checkout", "slots": {}}
    return "end"


# How a talk beside the cart ends: its steps lead to "rest", or straight to "end".
AND_ON: dict[str, Any] = {
    "rest": Branch(rest, {"cart": "cart", "end": "end"}),
    "cart": Show(say_cart, "end"),
    "end": End(),
}
CART = Flow(
    name="cart",
    start="look",
    steps={
        "look": Branch(is_empty, {"lines": "show", "empty": "empty"}),
        "show": Show(say_cart, "end"),
        "empty": Show(say_empty, "end"),
        "end": End(),
    },
)
EDIT = Flow(
    name="edit_cart",
    start="look",
    steps={
        "look": Branch(is_empty, {"lines": "show", "empty": "empty"}),
        "show": Show(lambda talk: talk.say(WHAT_TO_CHANGE, edit_choices(talk)), "end"),
        "empty": Show(say_empty, "end"),
        "end": End(),
    },
)
CHANGE_CART = Flow(
    name="change_cart",
    start="find",
    steps={
        "find": Branch(find_line, {"found": "change", "which": "which", "not_there": "not_there", "empty": "empty"}),
        "change": Do(
            change,
            {
                "removed": "removed",
                "changed": "changed",
                "out_of_stock": "short",
                "too_many": "many",
                "gone": "not_there",
            },
        ),
        "removed": Show(lambda talk: talk.say(REMOVED, title=talk.slots["title"]), "rest"),
        "changed": Show(
            lambda talk: talk.say(CHANGED, title=talk.slots["title"], quantity=talk.slots["quantity"]), "rest"
        ),
        "short": Show(lambda talk: talk.say(SHORT, title=talk.slots["title"], left=talk.slots["left"]), "rest"),
        "many": Show(lambda talk: talk.say(TOO_MANY, left=talk.slots["left"]), "rest"),
        "rest": Branch(has_lines, {"lines": "show", "empty": "empty"}),
        "which": Show(lambda talk: talk.say(WHICH_LINE, [*which_choices(talk), talk.a_person()]), "end"),
        "not_there": Show(lambda talk: talk.say(NOT_IN_CART), "rest"),
        "show": Show(say_cart, "end"),
        "empty": Show(say_empty, "end"),
        "end": End(),
    },
)
EMPTY_CART = Flow(
    name="empty_cart",
    start="empty",
    steps={
        "empty": Do(empty_it, {"done": "say"}),
        "say": Show(
            lambda talk: talk.say(EMPTIED, [talk.choice(BROWSE, style="primary", do="browse"), talk.menu()]), "end"
        ),
        "end": End(),
    },
)
WHOLE = Flow(
    name="whole_pieces",
    start="say",
    steps={"say": Show(lambda talk: talk.say(WHOLE_PIECES), "end"), "end": End()},
    is_aside=True,
)
