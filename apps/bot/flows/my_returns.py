"""What became of the shopper's returns, and calling one off."""

from typing import Any

from ..flow import Branch, Confirm, Do, End, Flow, Show
from ..talk import Talk
from ..words import Words, label, words

SEND_BACK = label("Return something")
STATES: dict[str, Words] = {
    "unpaid": words("{name}, {goods}: it waits until the difference is paid."),
    "requested": words("{name}, {goods}: the shop is looking at it."),
    "approved": words("{name}, {goods}: approved."),
    "declined": words("{name}, {goods}: the shop has said no."),
    "received": words("{name}, {goods}: it has come back and is being settled."),
    "refunded": words("{name}, {goods}: paid back."),
    "replaced": words("{name}, {goods}: the replacement is on its way."),
    "cancelled": words("{name}, {goods}: called off."),
}
NO_RETURNS = words("There is no return of yours.")
PAY = label("Pay the difference")
LABEL = label("Return label")
WAYS: dict[str, Words] = {
    "underway": words("{name}, {goods}: it is on its way back."),
    "arrived": words("{name}, {goods}: it has arrived at the shop and is being unpacked."),
}
CALL_OFF = label("Cancel the return")
SURE_OFF = words("Shall I call off {name}, {goods}? Then you keep the goods.")
YES_OFF = label("Yes, call it off")
NO_GO_ON = label("No, go on with it")
TOO_LATE_OFF = words("{name} can no longer be called off here. A colleague will help.")
STAYS = words("Good, {name} goes on.")


def say_returns(talk: Talk) -> None:
    mine = talk.shop.my_returns()
    if not mine:
        talk.say(NO_RETURNS, [talk.choice(SEND_BACK, do="returns", kind="return"), talk.menu(), talk.a_person()])
        return
    said = [talk.text(_state_of(one), name=one["name"], goods=one["goods"]) for one in mine]
    open_ones = [one for one in mine if one["may_cancel"]]
    choices = [talk.choice(PAY, style="primary", do="pay_again", order=one["to_pay"]) for one in mine if one["to_pay"]][
        :1
    ]
    choices += [talk.choice(LABEL, do="return_label", id=one["id"]) for one in mine if one["has_label"]][:1]
    choices += [talk.choice(CALL_OFF, do="cancel_return", id=one["id"]) for one in open_ones[:1]]
    talk.say_text("\n".join(said), [*choices, talk.menu(), talk.a_person()])


def _state_of(one: dict[str, Any]) -> Words:
    """While it is approved, how far its parcel is."""
    return WAYS[one["way"]] if one["state"] == "approved" and one["way"] else STATES[one["state"]]


def find_return(talk: Talk) -> str:
    """The one named, else the only one that can be called off."""
    if named := talk.slots.get("id"):
        mine = [talk.shop.own_return(public_id=str(named))]
    else:
        mine = [one for one in talk.shop.my_returns() if one["may_cancel"]][:1]
    if not mine or mine[0] is None:
        return "none"
    talk.slots["found"] = mine[0]
    return "open" if mine[0]["may_cancel"] else "late"


def off_stamp(talk: Talk) -> str:
    return f"off:{talk.slots['found']['id']}"


def ask_off(talk: Talk) -> None:
    found = talk.slots["found"]
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "cancel_return"}
    talk.say(
        SURE_OFF,
        [talk.choice(YES_OFF, style="primary", yes=True, **bound), talk.choice(NO_GO_ON, yes=False, **bound)],
        name=found["name"],
        goods=found["goods"],
    )


def call_off(talk: Talk) -> str:
    return "late" if "problem" in talk.shop.cancel_return(public_id=talk.slots["found"]["id"]) else "done"


def said_of(said: Words) -> Any:
    """Says it of the return at hand."""

    def say(talk: Talk) -> None:
        talk.say(said, [talk.a_person(), talk.menu()], name=talk.slots["found"]["name"])

    return say


MY_RETURNS_FLOW = Flow(
    name="my_returns", start="say", steps={"say": Show(say_returns, "end"), "end": End()}, is_aside=True
)
CANCEL_RETURN = Flow(
    name="cancel_return",
    start="find",
    steps={
        "find": Branch(find_return, {"open": "sure", "late": "late", "none": "none"}),
        "sure": Confirm(show=ask_off, stamp=off_stamp, yes="off", no="stays"),
        # That it is called off is news of the order, and is said there.
        "off": Do(call_off, {"done": "end", "late": "late"}, money=True),
        "late": Show(said_of(TOO_LATE_OFF), "end"),
        "stays": Show(said_of(STAYS), "end"),
        "none": Show(lambda talk: talk.say(NO_RETURNS, [talk.menu(), talk.a_person()]), "end"),
        "end": End(),
    },
)
