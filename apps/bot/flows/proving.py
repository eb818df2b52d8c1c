"""A number that was silent for long, or has moved, may be somebody else's: what was there before is for whoever proves it."""

from apps.orders.numbers import tidy_number

from ..flow import Ask, Branch, Do, End, Flow, Show
from ..reading import Reading
from ..talk import Talk
from ..words import label, words
from .orders import NO_ORDERS

ASK_NUMBER = words(
    "This number may have been somebody else's before, so I keep to myself what was here then. Was it you? Please send me the "
    "number of one of your orders. A one-time code from another channel proves it as well, and a person can help."
)
ASK_NUMBER_AGAIN = words("An order's number has eight letters and digits. Which is it?")
ASK_NUMBER_EXAMPLE = words('It looks like "K7QM-2XPD" and stands on the invoice. Without it, a person can help.')
ASK_NUMBER_SHORT = words("And the number of your order?")
ASK_PROOF = words("And the postcode it went to, or the e-mail address you gave with it?")
ASK_PROOF_AGAIN = words("Please send me the postcode or the e-mail address of that order.")
ASK_PROOF_EXAMPLE = words('For example "10115" or "ana@example.org".')
ASK_PROOF_SHORT = words("And its postcode or e-mail address?")
PROVEN = words("Thank you, it is you. Everything from before is here again.")
WRONG = words(
    "That does not go together. A one-time code from another channel proves it as well, and a person can help."
)
LOCKED = words("That were too many tries. Please try again after {until}.")
IT_WAS_ME = label("I was here before")
HAVE_A_CODE = label("I have a code")
TRY_AGAIN = label("Try once more")
ORDERS = label("My orders")
CART = label("Show cart")


def is_apart(talk: Talk) -> str:
    return "apart" if talk.shop.is_set_apart() else "none"


def parse_number(talk: Talk, reading: Reading) -> str | None:
    return tidy_number(str(reading.slots.get("order_number") or reading.text)) or None


def parse_proof(talk: Talk, reading: Reading) -> str | None:
    found = reading.text.strip()
    return found if any(sign.isdigit() or sign == "@" for sign in found) and len(found) <= 254 else None


def prove(talk: Talk) -> str:
    result = talk.shop.prove(number=talk.slots["number"], proof=talk.slots["proof"])
    talk.slots["until"] = result.get("until", "")
    return str(result.get("problem", "proven"))


PROVE = Flow(
    name="prove",
    title=words("showing what was here before"),
    start="may",
    steps={
        "may": Branch(is_apart, {"apart": "number", "none": "none"}),
        "number": Ask(
            slot="number", prompts=(ASK_NUMBER, ASK_NUMBER_AGAIN, ASK_NUMBER_EXAMPLE), short=ASK_NUMBER_SHORT,
            parse=parse_number, next="proof",
            choices=lambda talk: [talk.choice(HAVE_A_CODE, do="redeem"), talk.a_person()],
        ),
        "proof": Ask(
            slot="proof", prompts=(ASK_PROOF, ASK_PROOF_AGAIN, ASK_PROOF_EXAMPLE), short=ASK_PROOF_SHORT,
            parse=parse_proof, next="prove", depends_on=("number",),
        ),
        "prove": Do(prove, {"proven": "proven", "wrong": "wrong", "locked": "locked"}),
        "proven": Show(
            lambda talk: talk.say(PROVEN, [talk.choice(ORDERS, do="order_status"), talk.choice(CART, do="cart")]), "end"
        ),
        "wrong": Show(
            lambda talk: talk.say(
                WRONG,
                [talk.choice(TRY_AGAIN, do="prove"), talk.choice(HAVE_A_CODE, do="redeem"), talk.a_person()],
            ),
            "end",
        ),
        "locked": Show(lambda talk: talk.say(LOCKED, [talk.a_person()], until=talk.slots["until"]), "end"),
        "none": Show(lambda talk: talk.say(NO_ORDERS, [talk.menu(), talk.a_person()]), "end"),
        "end": End(),
    },
)  # fmt: skip
