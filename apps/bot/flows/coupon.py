"""A code: put in, taken out, and in a sentence why it does not apply."""

import re

from apps.messaging.content import Choice

from ..codes import ask_code
from ..flow import Do, Flow, Show
from ..offers import why_not
from ..reading import Reading, words_like_codes
from ..talk import Talk
from ..words import label, words
from .cart import AND_ON

ASK_CODE = words("Which code do you have? Just write it to me.")
ASK_CODE_AGAIN = words("Please send me the code alone, as it is printed.")
ASK_CODE_EXAMPLE = words('A code is one word, for example "WELCOME10". Or leave it out.')
ASK_CODE_SHORT = words("And your code?")
NO_CODE = label("No code")
APPLIED = words("{code} is in your cart: {offers}.")
IN_CART = words("{code} is in your cart.")
KEPT = words("I keep the code in your cart; it is taken off as soon as it fits.")
KEPT_FOR_LATER = words("{code} is noted. It is taken off as soon as there is something in your cart.")
UNKNOWN = words("We have no code {code}. Is it spelt as it is printed?")
TOO_MANY = words("An order takes five codes at most. Take one out first, please.")
WITHOUT = words("Good, without a code.")
REMOVED = words("I have taken {codes} out.")
NONE_IN = words("There is no code in your cart.")
TRY_AGAIN = label("Another code")
BROWSE = label("Browse products")
VOUCHER = label("{name} ({code})")
MOST_VOUCHERS = 3
LINK_DIGITS = re.compile(r"\d{6,10}")


def parse_code(talk: Talk, reading: Reading) -> str | None:
    """The shop's own code among the words, else the word that looks like one; digits may be of another channel."""
    said = words_like_codes(reading.text)
    if known := talk.shop.coupon_named(words=said) if said else "":
        return str(known)
    digits = re.sub(r"[\s-]", "", reading.text)
    if LINK_DIGITS.fullmatch(digits):
        return digits
    return said[0] if said and len(reading.text.split()) <= 2 else None


def code_choices(talk: Talk) -> list[Choice]:
    """The vouchers the shopper has, a tap each."""
    return [
        talk.choice(
            talk.text(VOUCHER, name=voucher["name"], code=voucher["code"]),
            do="slot",
            slot="code",
            value=voucher["code"],
        )
        for voucher in talk.shop.my_vouchers()[:MOST_VOUCHERS]
    ]


def enter(talk: Talk) -> str:
    code = str(talk.slots["code"]).upper()
    if not code:
        return "without"
    if LINK_DIGITS.fullmatch(code):
        talk.next_flow = {"flow": "redeem", "slots": {"code": code, "is_voucher": True}}
        return "link"
    talk.slots["result"] = talk.shop.enter_code(code=code)
    talk.slots["code"] = code
    talk.slots["cart"] = talk.shop.cart()
    return str(talk.slots["result"]["state"])


def say_applied(talk: Talk) -> None:
    code, cart = talk.slots["code"], talk.slots["cart"]
    mine = [offer for offer in cart["offers"] if offer["code"] == code]
    offers = ", ".join(f"{offer['name']} {offer['amount']}" for offer in mine)
    talk.say(APPLIED if mine else IN_CART, code=code, offers=offers)


def say_kept(talk: Talk) -> None:
    if not talk.slots["cart"]["lines"]:
        talk.say(
            KEPT_FOR_LATER, [talk.choice(BROWSE, style="primary", do="browse"), talk.menu()], code=talk.slots["code"]
        )
        return
    talk.say_text(f"{why_not(talk, talk.slots['result']['why'])} {talk.text(KEPT)}")


def say_refused(talk: Talk) -> None:
    choices = [talk.choice(TRY_AGAIN, do="coupon"), talk.a_person()]
    talk.say_text(why_not(talk, talk.slots["result"]["why"]), choices)


def drop(talk: Talk) -> str:
    gone = talk.shop.remove_codes(words=words_like_codes(str(talk.slots.get("text", ""))))
    talk.slots["codes"] = ", ".join(gone)
    talk.slots["cart"] = talk.shop.cart()
    return "removed" if gone else "none"


COUPON = Flow(
    name="coupon",
    start="code",
    steps={
        "code": ask_code(
            ASK_CODE,
            ASK_CODE_AGAIN,
            ASK_CODE_EXAMPLE,
            short=ASK_CODE_SHORT,
            skip=NO_CODE,
            next="enter",
            parse=parse_code,
            choices=code_choices,
        ),
        "enter": Do(
            enter,
            {
                "applied": "applied",
                "kept": "kept",
                "refused": "refused",
                "unknown": "unknown",
                "too_many": "many",
                "without": "without",
                "link": "end",
            },
        ),
        "applied": Show(say_applied, "rest"),
        "kept": Show(say_kept, "rest"),
        "refused": Show(say_refused, "end"),
        "unknown": Show(
            lambda talk: talk.say(
                UNKNOWN, [talk.choice(TRY_AGAIN, do="coupon"), talk.a_person()], code=talk.slots["code"]
            ),
            "end",
        ),
        "many": Show(lambda talk: talk.say(TOO_MANY), "rest"),
        "without": Show(lambda talk: talk.say(WITHOUT, [talk.menu()]), "end"),
        **AND_ON,
    },
    is_aside=True,
)
DROP_COUPON = Flow(
    name="drop_coupon",
    start="drop",
    steps={
        "drop": Do(drop, {"removed": "removed", "none": "none"}),
        "removed": Show(lambda talk: talk.say(REMOVED, codes=talk.slots["codes"]), "rest"),
        "none": Show(lambda talk: talk.say(NONE_IN), "rest"),
        **AND_ON,
    },
    is_aside=True,
)
