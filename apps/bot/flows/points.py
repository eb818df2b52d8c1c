"""Points in the thread: joining, what I have, how to get more, where they went."""

from typing import Any

from ..flow import Branch, Confirm, Do, End, Flow, Show
from ..talk import Talk
from ..words import Words, label, words

NOT_HERE = words("We do not collect points in this shop. Can I help you with something else?")
BALANCE = words("You have {count} point.", "You have {count} points.")
OWING = words("You owe {count} point for returned goods; the next ones make up for it.",
              "You owe {count} points for returned goods; the next ones make up for them.")  # fmt: skip
PENDING = words("{count} more is on its way and can be spent from {day}.",
                "{count} more are on their way; the first can be spent from {day}.")  # fmt: skip
EXPIRING = words("{count} of them expires on {day}.", "{count} of them expire, the first on {day}.")
TIER = words("Your level: {tier}.")
TIER_UNTIL = words("It stays yours until {day}; shop again before then to keep it.")
NEXT_TIER = words("{count} more point takes you to {tier}.", "{count} more points take you to {tier}.")
VOUCHER = words("Voucher {code}: {name}")
VOUCHER_UNTIL = words("Voucher {code}: {name}, until {day}")
PITCH = words("Collect points at {shop}: {count} point for every {amount} you spend on goods. It is free.",
              "Collect points at {shop}: {count} points for every {amount} you spend on goods. It is free.")  # fmt: skip
TERMS = words("The terms: {url}")
SHALL_WE = words("Would you like to join?")
JOINED = words("Welcome! From your next order on you collect points.")
ALREADY = words("You are a member already.")
NOT_JOINED = words("No problem. Just ask for points whenever you like.")
ORDER_EARNS = words("Orders: {count} point for every {amount}.", "Orders: {count} points for every {amount}.")
FIRST_EARNS = words("Your first order: {count} more.")
REVIEW_EARNS = words("Rating an order: {count}.")
BIRTHDAY_EARNS = words("Your birthday: {count}.")
REFERRER_EARNS = words("A friend's first order: {count} for you, {friend} for them.")
TIERS_EARN = words("Levels, by points in twelve months: {tiers}.")
WHEN = words(
    "Points of an order can be spent after {count} day.", "Points of an order can be spent after {count} days."
)
LASTING = words("They are good for {count} month.", "They are good for {count} months.")
HISTORY = words("Your latest points:")
NO_HISTORY = words("No points yet. Your first order brings some.")
JOIN = label("Join")
NOT_NOW = label("Not now")
MY_POINTS = label("My points")
EARN_MORE = label("Earn more")
GET = label("Redeem points")
USE = label("Use {name}")
LINES = label("History")
INVITE_FRIEND = label("Invite a friend")
MY_BIRTHDAY = label("My birthday")
BROWSE = label("Browse products")
ORDERED = label("Order")
FIRST_ORDERED = label("First order")
RATED = label("Rating")
CELEBRATED = label("Birthday")
BROUGHT = label("Friend invited")
CAME = label("Invitation")
REDEEMED = label("Redeemed")
RETURNED = label("Given back")
TAKEN_BACK = label("Returned goods")
EXPIRED = label("Expired")
CORRECTED = label("By the shop")
MOVED = label("Accounts joined")
MOST_VOUCHERS = 3  # that have a button of their own
BY_KIND: dict[str, Words] = {
    "redeem": REDEEMED, "redeem_rollback": RETURNED, "clawback": TAKEN_BACK, "expire": EXPIRED,
}  # fmt: skip
BY_RULE: dict[str, Words] = {
    "order": ORDERED, "first_order": FIRST_ORDERED, "review": RATED, "birthday": CELEBRATED, "referrer": BROUGHT,
    "friend": CAME, "desk": CORRECTED, "merge": MOVED,
}  # fmt: skip


def standing(talk: Talk) -> str:
    """Is there a programme, and has the shopper joined?"""
    talk.slots["rules"] = talk.shop.points_rules()
    if talk.slots["rules"] is None:
        return "none"
    return "member" if talk.slots["rules"]["is_member"] else "stranger"


def look(talk: Talk) -> str:
    """As `standing`; whose points may be kept from whoever has the number now is asked to prove it."""
    found = standing(talk)
    if found == "stranger" and talk.shop.is_set_apart():
        talk.next_flow = {"flow": "prove", "slots": {}}
        return "apart"
    return found


def lead_to_join(talk: Talk) -> str:
    talk.next_flow = {"flow": "join_points", "slots": {}}
    return "led"


def say_none(talk: Talk) -> None:
    talk.say(NOT_HERE, [talk.choice(BROWSE, style="primary", do="browse"), talk.menu(), talk.a_person()])


def member_choices(talk: Talk) -> list[Any]:
    rules = talk.slots["rules"]
    choices = [
        talk.choice(GET, style="primary", do="rewards"),
        talk.choice(EARN_MORE, do="earn_points"),
        talk.choice(LINES, do="points_history"),
    ]
    if rules["referrer"] or rules["friend"]:
        choices.append(talk.choice(INVITE_FRIEND, do="invite"))
    return [*choices, talk.menu()]


def say_points(talk: Talk) -> None:
    mine = talk.shop.points()
    if mine["balance"] < 0:
        lines = [talk.text(OWING, count=-mine["balance"])]
    else:
        lines = [talk.text(BALANCE, count=mine["balance"])]
    if mine["expiring"]:
        lines.append(talk.text(EXPIRING, count=mine["expiring"], day=mine["expires"]))
    if mine["pending"]:
        lines.append(talk.text(PENDING, count=mine["pending"], day=mine["available"]))
    if mine["tier"]:
        lines.append(talk.text(TIER, tier=mine["tier"]))
    if mine["tier_until"]:
        lines.append(talk.text(TIER_UNTIL, day=mine["tier_until"]))
    if mine["next_tier"]:
        lines.append(talk.text(NEXT_TIER, count=mine["next_missing"], tier=mine["next_tier"]))
    for voucher in mine["vouchers"]:
        said = VOUCHER_UNTIL if voucher["until"] else VOUCHER
        lines.append(talk.text(said, code=voucher["code"], name=voucher["name"], day=voucher["until"]))
    talk.say_text("\n".join(lines), [*voucher_choices(talk, mine["vouchers"]), *member_choices(talk)])


def voucher_choices(talk: Talk, vouchers: list[dict[str, Any]]) -> list[Any]:
    """The first few, to be put into the cart with a tap."""
    return [
        talk.choice(talk.text(USE, name=voucher["name"]), style="primary", do="coupon", code=voucher["code"])
        for voucher in vouchers[:MOST_VOUCHERS]
    ]


def say_pitch(talk: Talk) -> None:
    rules = talk.slots["rules"]
    talk.say(PITCH, count=rules["points"], amount=rules["amount"])
    if rules["terms"]:
        talk.say(TERMS, url=rules["terms"])
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "join_points"}
    talk.say(
        SHALL_WE,
        [
            talk.choice(JOIN, style="primary", yes=True, **bound),
            talk.choice(NOT_NOW, style="quiet", yes=False, **bound),
            talk.a_person(),
        ],
    )


def join_stamp(talk: Talk) -> str:
    """The yes is to these terms."""
    return f"join:{talk.slots['rules']['terms']}"


def join(talk: Talk) -> str:
    result = talk.shop.join_points(terms=talk.slots["rules"]["terms"])
    return "none" if "problem" in result else "joined"


def say_joined(talk: Talk) -> None:
    choices = [talk.choice(EARN_MORE, do="earn_points"), talk.choice(BROWSE, style="primary", do="browse")]
    if talk.slots["rules"]["birthday"]:
        choices.append(talk.choice(MY_BIRTHDAY, do="birthday"))
    talk.say(JOINED, [*choices, talk.menu()])


def say_already(talk: Talk) -> None:
    talk.say(ALREADY)
    say_points(talk)


def say_rules(talk: Talk) -> None:
    rules = talk.slots["rules"]
    lines = [talk.text(ORDER_EARNS, count=rules["points"], amount=rules["amount"])]
    for name, said in (("first_order", FIRST_EARNS), ("review", REVIEW_EARNS), ("birthday", BIRTHDAY_EARNS)):
        if rules[name]:
            lines.append(talk.text(said, count=rules[name]))
    if rules["referrer"] or rules["friend"]:
        lines.append(talk.text(REFERRER_EARNS, count=rules["referrer"], friend=rules["friend"]))
    if rules["tiers"]:
        named = ", ".join(f"{tier['name']} {tier['points']}" for tier in rules["tiers"])
        lines.append(talk.text(TIERS_EARN, tiers=named))
    if rules["return_days"]:
        lines.append(talk.text(WHEN, count=rules["return_days"]))
    if rules["months"]:
        lines.append(talk.text(LASTING, count=rules["months"]))
    if rules["is_member"]:
        first = talk.choice(MY_POINTS, style="primary", do="points")
    else:
        first = talk.choice(JOIN, style="primary", do="join_points")
    more = [talk.choice(MY_BIRTHDAY, do="birthday")] if rules["birthday"] and rules["is_member"] else []
    talk.say_text("\n".join(lines), [first, talk.choice(BROWSE, do="browse"), *more, talk.menu()])


def say_history(talk: Talk) -> None:
    rows = talk.shop.points_history()
    if not rows:
        talk.say(NO_HISTORY, [talk.choice(EARN_MORE, do="earn_points"), talk.menu()])
        return
    lines = [talk.text(HISTORY)]
    for row in rows:
        what = talk.text(BY_KIND.get(row["kind"]) or BY_RULE.get(row["rule"], CORRECTED))
        lines.append(f"{row['points']:+d} · {what} · {row['at']}")
    choices = [talk.choice(MY_POINTS, do="points"), talk.choice(GET, do="rewards"), talk.menu()]
    talk.say_text("\n".join(lines), choices)


LED = {"led": "end"}
POINTS = Flow(
    name="points",
    start="look",
    steps={
        "look": Branch(look, {"none": "none", "stranger": "lead", "member": "say", "apart": "end"}),
        "none": Show(say_none, "end"),
        "lead": Do(lead_to_join, LED),
        "say": Show(say_points, "end"),
        "end": End(),
    },
    is_aside=True,
)
JOIN_POINTS = Flow(
    name="join_points",
    start="look",
    steps={
        "look": Branch(standing, {"none": "none", "stranger": "sure", "member": "already"}),
        "sure": Confirm(show=say_pitch, stamp=join_stamp, yes="join", no="not_now", money=False),
        "join": Do(join, {"joined": "joined", "none": "none"}),
        "joined": Show(say_joined, "end"),
        "already": Show(say_already, "end"),
        "not_now": Show(lambda talk: talk.say(NOT_JOINED, [talk.choice(BROWSE, do="browse"), talk.menu()]), "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
)
EARN_POINTS = Flow(
    name="earn_points",
    start="look",
    steps={
        "look": Branch(standing, {"none": "none", "stranger": "say", "member": "say"}),
        "none": Show(say_none, "end"),
        "say": Show(say_rules, "end"),
        "end": End(),
    },
    is_aside=True,
)
HISTORY_FLOW = Flow(
    name="points_history",
    start="look",
    steps={
        "look": Branch(standing, {"none": "none", "stranger": "lead", "member": "say"}),
        "none": Show(say_none, "end"),
        "lead": Do(lead_to_join, LED),
        "say": Show(say_history, "end"),
        "end": End(),
    },
    is_aside=True,
)
