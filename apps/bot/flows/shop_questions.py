"""What is asked of the shop itself: the merchant's own answer where there is one, else the plain truth and a person."""

from ..answers import BROWSE, ORDERS
from ..flow import Branch, End, Flow, Show
from ..talk import Talk
from ..words import words

NOT_WRAPPED = words(
    "Gift wrapping or a card with your words is nothing I can add to an order. A colleague can say whether it can be done."
)
TRUST = words(
    "A fair question. Nobody asks for your card number here in the chat, and you can send things back within {days} days. "
    "A person is here too."
)
FIXED = words("I cannot change prices. What is reduced says so on its card.")
PAY_WAYS = words("The payment page shows every way to pay before you pay; I can promise no other.")
COMPANY_BILL = words(
    "Every paid order has its invoice, here in the chat. I cannot put a company or its VAT number on it; a colleague can help."
)
FOR_ANOTHER = words("Yes. When you order I ask for a name and an address; both may be those of whoever gets it.")
UNKNOWN = words("That I do not know, and I will not guess. A colleague can tell you.")
SAID = {
    "wrapping": NOT_WRAPPED, "trust": TRUST, "haggle": FIXED, "pay_ways": PAY_WAYS, "company_bill": COMPANY_BILL,
    "for_another": FOR_ANOTHER, "unknown": UNKNOWN, "company": UNKNOWN, "privacy": UNKNOWN,
}  # fmt: skip
ARTICLE_OF = {"trust": "company", "haggle": "offers", "pay_ways": "payment", "company": "company", "privacy": "privacy"}
ALONE = ("company", "privacy")  # where there is the merchant's answer, it is enough


def look(talk: Talk) -> str:
    """An answer of the merchant's to exactly this, one to something near it, or none."""
    topic = str(talk.slots["topic"])
    if talk.shop.article(topic=topic):
        return _article(talk, topic)
    near = ARTICLE_OF.get(topic, "")
    if not near or not talk.shop.article(topic=near):
        return "none"
    if topic not in ALONE:
        talk.say(SAID[topic], days=talk.merchant["return_days"])
    return _article(talk, near)


def _article(talk: Talk, topic: str) -> str:
    talk.next_flow = {"flow": "article", "slots": {"topic": topic}}
    return "article"


def say_it(talk: Talk) -> None:
    topic = str(talk.slots["topic"])
    further = {
        "company_bill": [talk.choice(ORDERS, do="order_status")],
        "for_another": [talk.choice(BROWSE, do="browse")],
    }
    talk.say(SAID[topic], [*further.get(topic, ()), talk.a_person()], days=talk.merchant["return_days"])


SHOP_QUESTION = Flow(
    name="shop_question",
    start="look",
    steps={
        "look": Branch(look, {"article": "end", "none": "say"}),
        "say": Show(say_it, "end"),
        "end": End(),
    },
    is_aside=True,
)
