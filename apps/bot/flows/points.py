"""Points in the thread: joining, what I have, what I can get for it, friends and birthdays."""

import re
from itertools import pairwise
from typing import Any

from apps.nlu.days import day_of_year

from ..flow import Ask, Branch, Confirm, Do, End, Flow, Show
from ..reading import Reading
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
ASK_DAY = words("On which day is your birthday? Day and month will do.")
ASK_DAY_AGAIN = words("I did not catch the date. Which day and which month?")
ASK_DAY_EXAMPLE = words('For example "3 May". Or skip it.')
ASK_DAY_SHORT = words("And your birthday, day and month?")
IS_IT = words("Your birthday is {day}, is that right? It can only be told once.")
REMEMBERED = words("Noted: {day}. I will think of it, from thirty days after today on.")
KNOWN_DAY = words("I know your birthday already: {day}. A colleague can change it.")
NO_BIRTHDAYS = words("We give nothing for birthdays, so you need not tell me. Thank you all the same.")
JOIN = label("Join")
NOT_NOW = label("Not now")
MY_POINTS = label("My points")
EARN_MORE = label("Earn more")
GET = label("Redeem points")
USE_NOW = label("Use it now")
USE = label("Use {name}")
LINES = label("History")
INVITE_FRIEND = label("Invite a friend")
MY_BIRTHDAY = label("My birthday")
YES_REDEEM = label("Yes, redeem")
YES_RIGHT = label("Yes, that is right")
NO_OTHER = label("No, another day")
SKIP = label("Skip")
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
BY_KIND: dict[str, Words] = {
    "redeem": REDEEMED, "redeem_rollback": RETURNED, "clawback": TAKEN_BACK, "expire": EXPIRED,
}  # fmt: skip
BY_RULE: dict[str, Words] = {
    "order": ORDERED, "first_order": FIRST_ORDERED, "review": RATED, "birthday": CELEBRATED, "referrer": BROUGHT,
    "friend": CAME, "desk": CORRECTED, "merge": MOVED,
}  # fmt: skip
MOST_VOUCHERS = 3  # that have a button of their own
CODE = re.compile(r"[2-9A-HJKMNP-Z]{8}")


def standing(talk: Talk) -> str:
    """Is there a programme, and has the shopper joined?"""
    talk.slots["rules"] = talk.shop.points_rules()
    if talk.slots["rules"] is None:
        return "none"
    return "member" if talk.slots["rules"]["is_member"] else "stranger"


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


def look_at_day(talk: Talk) -> str:
    place = standing(talk)
    if place != "member":
        return place
    talk.slots["told"] = talk.shop.points()["birthday"]
    if talk.slots["told"]:
        return "known"
    if not talk.slots["rules"]["birthday"]:
        return "nothing"
    if found := day_of_year(str(talk.slots.get("text", ""))):
        talk.slots.setdefault("day", list(found))
    return "ask"


def parse_day(talk: Talk, reading: Reading) -> list[int] | None:
    found = day_of_year(reading.text)
    return list(found) if found else None


def day_given(talk: Talk) -> str:
    if not talk.slots["day"]:
        return "skipped"
    month, day = talk.slots["day"]
    talk.slots["shown"] = talk.shop.birthday_shown(month=month, day=day)
    return "given"


def ask_day_right(talk: Talk) -> None:
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "birthday"}
    choices = [
        talk.choice(YES_RIGHT, style="primary", yes=True, **bound),
        talk.choice(NO_OTHER, yes=False, **bound),
    ]
    talk.say(IS_IT, choices, day=talk.slots["shown"])


def day_stamp(talk: Talk) -> str:
    return "birthday:{}:{}".format(*talk.slots["day"])


def forget_day(talk: Talk) -> str:
    talk.slots.pop("day", None)
    return "again"


def keep_day(talk: Talk) -> str:
    month, day = talk.slots["day"]
    result = talk.shop.tell_birthday(month=month, day=day)
    talk.slots["told"] = talk.slots["shown"]
    return "none" if result.get("problem") == "stranger" else str(result.get("problem", "done"))


def say_day(said: Words, slot: str) -> Any:
    def say(talk: Talk) -> None:
        talk.say(said, [talk.choice(MY_POINTS, do="points"), talk.menu(), talk.a_person()], day=talk.slots[slot])

    return say


LED = {"led": "end"}
POINTS = Flow(
    name="points",
    start="look",
    steps={
        "look": Branch(standing, {"none": "none", "stranger": "lead", "member": "say"}),
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
BIRTHDAY = Flow(
    name="birthday",
    start="look",
    steps={
        "look": Branch(
            look_at_day,
            {"none": "none", "stranger": "lead", "known": "known", "nothing": "nothing", "ask": "day"},
        ),
        "none": Show(say_none, "end"),
        "lead": Do(lead_to_join, LED),
        "nothing": Show(lambda talk: talk.say(NO_BIRTHDAYS, [talk.choice(MY_POINTS, do="points"), talk.menu()]), "end"),
        "day": Ask(
            slot="day", prompts=(ASK_DAY, ASK_DAY_AGAIN, ASK_DAY_EXAMPLE), short=ASK_DAY_SHORT, parse=parse_day,
            next="given", skip=SKIP,
        ),
        "given": Branch(day_given, {"given": "sure", "skipped": "skipped"}),
        "sure": Confirm(show=ask_day_right, stamp=day_stamp, yes="keep", no="forget", money=False),
        "forget": Do(forget_day, {"again": "day"}),
        "keep": Do(keep_day, {"done": "done", "kept": "known", "none": "none"}),
        "done": Show(say_day(REMEMBERED, "shown"), "end"),
        "known": Show(say_day(KNOWN_DAY, "told"), "end"),
        "skipped": Show(lambda talk: talk.say(NOT_JOINED, [talk.choice(MY_POINTS, do="points"), talk.menu()]), "end"),
        "end": End(),
    },
)  # fmt: skip
