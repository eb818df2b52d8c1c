"""Rewards: what points get, and getting it."""

from ..flow import Branch, Confirm, Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from .points import BROWSE, EARN_MORE, GET, LED, MY_POINTS, NOT_NOW, lead_to_join, say_none, standing

REWARDS = words(
    "You have {count} point. This is what it gets you:", "You have {count} points. This is what they get you:"
)
REWARD = words("{name}: {cost} points")
REWARD_LATER = words("{name}: {cost} points, {missing} to go")
NO_REWARDS = words("There is nothing to redeem just now. Your points stay yours.")
SURE = words("Redeem {cost} points for “{name}”? You then have {left} left.")
GIVEN = words("Here you are: your voucher code for “{name}” is {code}.")
GIVEN_UNTIL = words("It is good until {day}.")
USE_IT = words("Choose “Use it now”, or write me the code before you order. It works once, and only for you.")
MISSING = words("For that {count} point is missing.", "For that {count} points are missing.")
GONE = words("That reward is no longer there. These are:")
KEPT = words("Good, you keep your points.")
USE_NOW = label("Use it now")
YES_REDEEM = label("Yes, redeem")


def say_rewards(talk: Talk) -> None:
    rows, balance = talk.shop.rewards(), talk.shop.points()["balance"]
    if not rows:
        talk.say(NO_REWARDS, [talk.choice(EARN_MORE, do="earn_points"), talk.menu()])
        return
    lines, choices = [talk.text(REWARDS, count=max(0, balance))], []
    for row in rows:
        missing = row["cost"] - balance
        said = REWARD_LATER if missing > 0 else REWARD
        lines.append(talk.text(said, name=row["name"], cost=row["cost"], missing=missing))
        if missing <= 0:
            choices.append(talk.choice(row["name"], do="redeem_points", reward=row["reward"]))
    talk.say_text(
        "\n".join(lines), [*choices[:7], talk.choice(EARN_MORE, style="quiet", do="earn_points"), talk.menu()]
    )


def find_reward(talk: Talk) -> str:
    place = standing(talk)
    if place != "member":
        return place
    if not talk.slots.get("reward"):
        return "choose"
    found = talk.shop.reward(reward=str(talk.slots["reward"]))
    if found is None:
        return "gone"
    balance = talk.shop.points()["balance"]
    talk.slots["found"] = {**found, "left": balance - found["cost"]}
    talk.slots["missing"] = found["cost"] - balance
    return "missing" if talk.slots["missing"] > 0 else "found"


def ask_sure(talk: Talk) -> None:
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "redeem_points"}
    choices = [
        talk.choice(YES_REDEEM, style="primary", yes=True, **bound),
        talk.choice(NOT_NOW, style="quiet", yes=False, **bound),
    ]
    found = talk.slots["found"]
    talk.say(SURE, choices, name=found["name"], cost=found["cost"], left=found["left"])


def reward_stamp(talk: Talk) -> str:
    """The yes is to this reward at this price."""
    return f"{talk.slots['found']['reward']}:{talk.slots['found']['cost']}"


def redeem(talk: Talk) -> str:
    """Asked again first: at another price than the one agreed to nothing is redeemed."""
    agreed, now = talk.slots["found"], talk.shop.reward(reward=talk.slots["found"]["reward"])
    if now is None or now["cost"] != agreed["cost"]:
        return "gone"
    result = talk.shop.redeem_points(reward=agreed["reward"], key=talk.key)
    talk.slots["missing"], talk.slots["voucher"] = result.get("missing", 0), result
    return str(result.get("problem", "given"))


def say_voucher(talk: Talk) -> None:
    voucher = talk.slots["voucher"]
    parts = [talk.text(GIVEN, name=voucher["name"], code=voucher["code"])]
    if voucher["until"]:
        parts.append(talk.text(GIVEN_UNTIL, day=voucher["until"]))
    parts.append(talk.text(USE_IT))
    talk.say_text(
        " ".join(parts),
        [
            talk.choice(USE_NOW, style="primary", do="coupon", code=voucher["code"]),
            talk.choice(BROWSE, do="browse"),
            talk.choice(MY_POINTS, do="points"),
        ],
    )


def say_missing(talk: Talk) -> None:
    choices = [talk.choice(EARN_MORE, do="earn_points"), talk.choice(GET, do="rewards"), talk.menu()]
    talk.say(MISSING, choices, count=talk.slots["missing"])


def say_gone(talk: Talk) -> None:
    talk.say(GONE)
    say_rewards(talk)


def say_kept(talk: Talk) -> None:
    talk.say(KEPT, [talk.choice(MY_POINTS, do="points"), talk.menu()])


REDEEM_POINTS = Flow(
    name="redeem_points",
    start="find",
    steps={
        "find": Branch(
            find_reward,
            {
                "none": "none",
                "stranger": "lead",
                "choose": "choose",
                "gone": "gone",
                "missing": "missing",
                "found": "sure",
            },
        ),
        "none": Show(say_none, "end"),
        "lead": Do(lead_to_join, LED),
        "choose": Show(say_rewards, "end"),
        "gone": Show(say_gone, "end"),
        "missing": Show(say_missing, "end"),
        "sure": Confirm(show=ask_sure, stamp=reward_stamp, yes="redeem", no="kept"),
        "redeem": Do(redeem, {"given": "given", "missing": "missing", "gone": "gone"}, money=True),
        "given": Show(say_voucher, "end"),
        "kept": Show(say_kept, "end"),
        "end": End(),
    },
)
