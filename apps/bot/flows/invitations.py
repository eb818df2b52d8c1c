"""Friends: inviting one, and coming by an invitation."""

import re
from itertools import pairwise
from typing import Any

from ..flow import Ask, Branch, Do, End, Flow, Show
from ..reading import Reading
from ..talk import Talk
from ..words import Words, words
from .points import BROWSE, LED, MY_POINTS, lead_to_join, say_none, say_points, standing

SHARE = words("Send this link to your friends: {url}")
SHARE_CODE = words("Or let them write “invitation {code}” to us.")
SHARE_PAYS = words(
    "When a friend's first order can no longer be returned, you get {referrer} points and they get {friend}."
)
ASK_CODE = words("Which invitation code were you given?")
ASK_CODE_AGAIN = words("It has eight letters and digits. Which one is it?")
ASK_CODE_EXAMPLE = words('It looks like "K7M2 QX9P". Your friend finds it by writing "invite a friend".')
ASK_CODE_SHORT = words("And the invitation code?")
INVITED = words("A friend has invited you: after your first order you get {count} point.",
                "A friend has invited you: after your first order you get {count} points.")  # fmt: skip
NO_SUCH_CODE = words("I do not know that code. Please check it with your friend.")
OWN_CODE = words("That is your own code. It is for your friends.")
KNOWN_CUSTOMER = words(
    "Invitations are for people who have not ordered here before. Thank you for being with us already."
)
TAKEN = words("Another friend has invited you already, and that one counts.")
CODE = re.compile(r"[2-9A-HJKMNP-Z]{8}")


def may_invite(talk: Talk) -> str:
    place = standing(talk)
    rules = talk.slots["rules"]
    return "none" if rules and not (rules["referrer"] or rules["friend"]) else place


def say_invitation(talk: Talk) -> None:
    mine, rules = talk.shop.invitation(), talk.slots["rules"]
    code = f"{mine['code'][:4]} {mine['code'][4:]}"
    parts = [
        talk.text(SHARE, url=mine["url"]),
        talk.text(SHARE_CODE, code=code),
        talk.text(SHARE_PAYS, referrer=rules["referrer"], friend=rules["friend"]),
    ]
    talk.say_text("\n\n".join(parts), [talk.choice(MY_POINTS, do="points"), talk.menu()])


def code_in(text: str) -> str | None:
    """Eight signs of the code's own alphabet, together or in two fours; the last such, for words may look like one."""
    words_said = re.findall(r"[0-9A-Za-z]+", text.upper())
    pairs = [one + other for one, other in pairwise(words_said) if len(one) == len(other) == 4]
    found = [each for each in (*words_said, *pairs) if CODE.fullmatch(each)]
    with_digit = [each for each in found if any(sign.isdigit() for sign in each)]
    return (with_digit or found or [None])[-1]


def has_code(talk: Talk) -> str:
    """The link brought it, or it stood in what was said."""
    said = talk.slots.get("code") or code_in(str(talk.slots.get("text", "")))
    if said:
        talk.slots["code"] = said
    return "none" if talk.shop.points_rules() is None else "ask"


def parse_code(talk: Talk, reading: Reading) -> str | None:
    return code_in(reading.text)


def accept(talk: Talk) -> str:
    result = talk.shop.accept_invitation(code=str(talk.slots["code"]))
    if "problem" in result:
        return str(result["problem"])
    return f"accepted_{standing(talk)}"


def say_invited(talk: Talk) -> None:
    talk.say(INVITED, count=talk.slots["rules"]["friend"])


def say_refused(said: Words) -> Any:
    def say(talk: Talk) -> None:
        talk.say(said, [talk.choice(BROWSE, do="browse"), talk.menu(), talk.a_person()])

    return say


INVITE = Flow(
    name="invite",
    start="look",
    steps={
        "look": Branch(may_invite, {"none": "none", "stranger": "lead", "member": "say"}),
        "none": Show(say_none, "end"),
        "lead": Do(lead_to_join, LED),
        "say": Show(say_invitation, "end"),
        "end": End(),
    },
)
INVITED_FLOW = Flow(
    name="invited",
    start="look",
    steps={
        "look": Branch(has_code, {"none": "none", "ask": "code"}),
        "none": Show(say_none, "end"),
        "code": Ask(
            slot="code", prompts=(ASK_CODE, ASK_CODE_AGAIN, ASK_CODE_EXAMPLE), short=ASK_CODE_SHORT,
            parse=parse_code, next="accept",
        ),
        "accept": Do(
            accept,
            {
                "accepted_stranger": "invite", "accepted_member": "member", "accepted_none": "none", "none": "none",
                "unknown": "unknown", "self": "self", "customer": "customer", "taken": "taken",
            },
        ),
        "invite": Show(say_invited, "lead"),
        "lead": Do(lead_to_join, LED),
        "member": Show(say_invited, "points"),
        "points": Show(say_points, "end"),
        "unknown": Show(say_refused(NO_SUCH_CODE), "end"),
        "self": Show(say_refused(OWN_CODE), "end"),
        "customer": Show(say_refused(KNOWN_CUSTOMER), "end"),
        "taken": Show(say_refused(TAKEN), "end"),
        "end": End(),
    },
)  # fmt: skip
