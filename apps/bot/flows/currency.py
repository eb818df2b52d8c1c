"""What prices are shown and paid in: asked for in plain words, chosen, and what of the cart cannot come along."""

from typing import Any

from apps.messaging.content import Choice

from ..flow import Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words

WHICH = words("Prices are in {currency} now. Which currency would you like?")
ONLY_ONE = words("We sell in {currency} only. Your bank changes it for you when you pay.")
NOT_OURS = words("I am sorry, we do not sell in {wanted}. These are our currencies:")
SAME = words("Your prices are in {currency} already.")
DONE = words("Of course. From now on prices are in {currency}, in your cart as well.")
TAKEN_OUT = words("Not sold in {currency}, so I have taken it out: {goods}.")
STUCK = words(
    "Not everything in your cart is sold in {currency}: {goods}. Shall I leave it out? Nothing has changed yet."
)
OTHER_CARD = words("The gift card •••• {ends} is in another currency and does not pay for this cart.")
FAILED = words("That did not work just now. Your prices stay as they are.")
LEAVE_OUT = label("Leave it out")
STAY = label("Stay with {code}")
BROWSE = label("Browse products")
MY_CART = label("Show cart")


def switch(talk: Talk) -> str:
    """The likeliest of what may be meant that the shop sells in."""
    talk.slots["known"] = known = talk.shop.currencies()
    sold = [row["code"] for row in known["all"]]
    codes = [str(code) for code in talk.slots.get("codes", ())]
    code = next((code for code in codes if code in sold), "")
    if not code:
        return "only" if len(sold) == 1 else "not_ours" if codes else "ask"
    talk.slots["code"] = code
    talk.slots["result"] = result = talk.shop.use_currency(code=code, drop=bool(talk.slots.get("drop")))
    if result["state"] == "done":
        _ways_anew(talk)
    return str(result["state"])


def _ways_anew(talk: Talk) -> None:
    """The ways of delivery cost otherwise now: a checkout that has come so far looks them up again."""
    checkout = talk.state.frame_of("checkout")
    if checkout is None or "ways" not in checkout.slots:
        return
    for slot in ("ways", "method", "point", "stamp"):
        checkout.slots.pop(slot, None)
    checkout.step, checkout.asked = "ways", 0
    if not checkout.is_parked:
        talk.next_flow = {"flow": "checkout", "slots": {}}


def _name(talk: Talk, code: str) -> str:
    return next((str(row["name"]) for row in talk.slots["known"]["all"] if row["code"] == code), code)


def _choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(row["code"], description=row["name"], do="currency", codes=[row["code"]])
        for row in talk.slots["known"]["all"]
    ]


def say_which(talk: Talk) -> None:
    talk.say(WHICH, _choices(talk), currency=_name(talk, talk.slots["known"]["now"]))


def say_only(talk: Talk) -> None:
    talk.say(ONLY_ONE, [talk.choice(BROWSE, do="browse")], currency=_name(talk, talk.slots["known"]["now"]))


def say_not_ours(talk: Talk) -> None:
    talk.say(NOT_OURS, _choices(talk), wanted=talk.slots["codes"][0])


def say_same(talk: Talk) -> None:
    talk.say(SAME, _and_on(talk), currency=_name(talk, talk.slots["code"]))


def say_done(talk: Talk) -> None:
    currency, result = _name(talk, talk.slots["code"]), talk.slots["result"]
    said = [talk.text(DONE, currency=currency)]
    if result["goods"]:
        said.append(talk.text(TAKEN_OUT, currency=currency, goods=", ".join(result["goods"])))
    said += [talk.text(OTHER_CARD, ends=ends) for ends in result["cards"]]
    talk.say_text("\n".join(said), _and_on(talk))


def _and_on(talk: Talk) -> list[Choice]:
    """In the middle of an order its question is asked again, and nothing else is offered."""
    if talk.state.frame_of("checkout") is not None:
        return []
    return [talk.choice(BROWSE, do="browse"), talk.choice(MY_CART, do="cart")]


def say_stuck(talk: Talk) -> None:
    if (checkout := talk.state.frame_of("checkout")) is not None:
        checkout.is_parked = True  # a yes is to this, and to no order
    code, result = talk.slots["code"], talk.slots["result"]
    now: Any = talk.slots["known"]["now"]
    talk.say(
        STUCK,
        [
            talk.choice(LEAVE_OUT, style="primary", do="currency", codes=[code], drop=True),
            talk.choice(talk.text(STAY, code=now), style="quiet", do="currency", codes=[now]),
        ],
        currency=_name(talk, code),
        goods=", ".join(result["goods"]),
    )


CURRENCY = Flow(
    name="currency",
    start="switch",
    steps={
        "switch": Do(
            switch,
            {
                "ask": "ask", "only": "only", "not_ours": "not_ours", "same": "same", "done": "done", "stuck": "stuck",
                "gone": "gone",
            },
        ),
        "ask": Show(say_which, "end"),
        "only": Show(say_only, "end"),
        "not_ours": Show(say_not_ours, "end"),
        "same": Show(say_same, "end"),
        "done": Show(say_done, "end"),
        "stuck": Show(say_stuck, "end"),
        "gone": Show(lambda talk: talk.say(FAILED, [talk.a_person()]), "end"),
        "end": End(),
    },
    is_aside=True,
)  # fmt: skip
