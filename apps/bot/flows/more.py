"""What few ask for and nobody should have to know the words of: a second page of the menu, and one of each order."""

from apps.messaging.content import Choice

from ..flow import Branch, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from .gift_card import BUY_ONE
from .orders import AGAIN, CALL_OFF, LINK, find, say_foreign, say_none, state_of
from .product import SIZE_GUIDE
from .returns import EXCHANGE, MY_RETURNS, WRONG
from .wishes import WISHES

FURTHER = words("This I can do as well:")
OF_ORDER = words("What is it about order {order}?")
GIFT_CARDS = label("Gift cards")
CREDIT = label("Store credit")
STORES = label("Our stores")
CURRENCY = label("Currency")
LANGUAGE = label("Language")
INVOICE = label("Invoice")
EARLIER = label("Order {order}")
OPEN = ("waiting", "paid", "reserved")  # it can be called off
HERE = ("delivered", "returned")  # goods that can be exchanged or claimed
UNPAID = ("waiting", "expired")
MOST_EARLIER = 3


def say_more(talk: Talk) -> None:
    """At most ten rows, the most a list holds."""
    shop = talk.shop
    rows = [
        *([talk.choice(GIFT_CARDS, do="gift_balance")] if shop.has_gift_cards() else []),
        *([talk.choice(BUY_ONE, do="buy_card")] if shop.gift_cards_on_sale() else []),
        *([talk.choice(CREDIT, do="store_credit")] if shop.credit() else []),
        talk.choice(WISHES, do="wishes"),
        talk.choice(MY_RETURNS, do="my_returns"),
        *([talk.choice(STORES, do="stores")] if shop.has_stores() else []),
        *([talk.choice(SIZE_GUIDE, do="size_guide", any=True)] if shop.size_guides() else []),
        *([talk.choice(CURRENCY, do="currency")] if len(shop.currencies()["all"]) > 1 else []),
        *([talk.choice(LANGUAGE, do="language")] if len(talk.merchant["languages"]) > 1 else []),
        talk.choice(LINK, do="link"),
    ]
    talk.say(FURTHER, rows[:10])


def of_order(talk: Talk) -> list[Choice]:
    order = talk.slots["found"]
    state, number = state_of(order), order["number"]
    rows = [talk.choice(INVOICE, do="documents", number=number)] if state not in UNPAID else []
    if state in HERE:
        rows.append(talk.choice(EXCHANGE, do="returns", kind="exchange", number=number))
        rows.append(talk.choice(WRONG, do="returns", kind="claim", number=number))
    if state in OPEN:
        rows.append(talk.choice(CALL_OFF, do="cancel_order", number=number))
    if state not in UNPAID:
        rows.append(talk.choice(AGAIN, do="order_again", number=number))
    others = [each["number"] for each in talk.shop.orders() if each["number"] != number]
    rows += [
        talk.choice(talk.text(EARLIER, order=other), do="order_status", number=other) for other in others[:MOST_EARLIER]
    ]
    return rows


def say_of_order(talk: Talk) -> None:
    talk.say(OF_ORDER, [*of_order(talk), talk.a_person(), talk.menu()], order=talk.slots["found"]["number"])


MORE_FLOW = Flow(name="more_help", start="say", steps={"say": Show(say_more, "end"), "end": End()})
OF_ORDER_FLOW = Flow(
    name="of_order",
    start="find",
    steps={
        "find": Branch(find, {"mine": "say", "foreign": "foreign", "none": "none", "apart": "end"}),
        "say": Show(say_of_order, "end"),
        "foreign": Show(say_foreign, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
    is_aside=True,
)
