"""The same person on two channels: a one-time code from the one, typed on the other."""

import re

from ..flow import Ask, Do, End, Flow, Show
from ..poured import poured_notes
from ..reading import Reading
from ..talk import Talk
from ..words import label, words

CODE = words(
    "Your code is {code}. Write it to us on the other channel within ten minutes, and your cart and orders are there "
    "too. Never pass it on to anybody."
)
ASK_CODE = words("Please send me the code you were given on the other channel.")
ASK_CODE_AGAIN = words("A code has eight digits. Which one did you get?")
ASK_CODE_EXAMPLE = words('It looks like "1234 5678". Write "link" on the other channel for a new one.')
ASK_CODE_SHORT = words("And the code from the other channel?")
JOINED = words("Welcome back. Your cart and your orders are here now.")
POURED = words(
    "There was something in both carts: they are one now. Of the same thing the pieces are added up, as far as there are any."
)
STILL_TO_PAY = words("Still to be paid: {orders}. The payment link you have is still good.")
WRONG = words("That code is not right, or it is too old. Ask for a fresh one on the other channel.")
LOCKED = words("That were too many wrong codes. Please try again after {until}.")
HAVE_ONE = label("I have a code")
TRY_AGAIN = label("Try once more")
CART = label("Show cart")
ORDERS = label("My orders")
PAY_LINK = label("Payment link")


def make(talk: Talk) -> str:
    code = talk.shop.link_code()
    talk.slots["code"] = f"{code[:4]} {code[4:]}" if len(code) == 8 else code
    return "made"


def parse_code(talk: Talk, reading: Reading) -> str | None:
    digits = re.sub(r"\D", "", reading.text)
    return digits if 6 <= len(digits) <= 10 else None


def redeem(talk: Talk) -> str:
    result = talk.shop.redeem(code=str(talk.slots["code"]))
    talk.slots["until"] = result.get("until", "")
    talk.slots["unpaid"] = result.get("unpaid", [])
    talk.slots["came"] = result.get("came")
    return str(result.get("problem", "joined"))


def say_joined(talk: Talk) -> None:
    """With what became of two carts; what waits for its payment is named: it does so here, too."""
    unpaid, came = talk.slots["unpaid"], talk.slots["came"]
    choices = [talk.choice(CART, style="primary", do="cart"), talk.choice(ORDERS, do="order_status")]
    lines = [talk.text(JOINED)]
    if came:
        lines += [talk.text(POURED), *poured_notes(talk, came)]
    if not unpaid:
        talk.say_text("\n".join(lines), choices)
        return
    talk.say_text("\n".join(lines))
    pay = talk.choice(PAY_LINK, style="primary", do="pay_again", order=unpaid[0])
    talk.say(STILL_TO_PAY, [pay, *choices], orders=", ".join(unpaid))


LINK = Flow(
    name="link",
    start="make",
    steps={
        "make": Do(make, {"made": "say"}),
        "say": Show(
            lambda talk: talk.say(CODE, [talk.choice(HAVE_ONE, do="redeem"), talk.menu()], code=talk.slots["code"]),
            "end",
        ),
        "end": End(),
    },
)
REDEEM = Flow(
    name="redeem",
    start="code",
    steps={
        "code": Ask(
            slot="code",
            prompts=(ASK_CODE, ASK_CODE_AGAIN, ASK_CODE_EXAMPLE),
            short=ASK_CODE_SHORT,
            parse=parse_code,
            next="redeem",
            what="otp",
        ),
        "redeem": Do(redeem, {"joined": "joined", "wrong": "wrong", "locked": "locked"}),
        "joined": Show(say_joined, "end"),
        "wrong": Show(lambda talk: talk.say(WRONG, [talk.choice(TRY_AGAIN, do="redeem"), talk.a_person()]), "end"),
        "locked": Show(lambda talk: talk.say(LOCKED, [talk.a_person()], until=talk.slots["until"]), "end"),
        "end": End(),
    },
)
