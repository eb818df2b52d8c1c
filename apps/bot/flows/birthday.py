"""A birthday, told once."""

from typing import Any

from apps.nlu.days import day_of_year

from ..flow import Ask, Branch, Confirm, Do, End, Flow, Show
from ..reading import Reading
from ..talk import Talk
from ..words import Words, label, words
from .points import LED, MY_POINTS, NOT_JOINED, lead_to_join, say_none, standing

ASK_DAY = words("On which day is your birthday? Day and month will do.")
ASK_DAY_AGAIN = words("I did not catch the date. Which day and which month?")
ASK_DAY_EXAMPLE = words('For example "3 May". Or skip it.')
ASK_DAY_SHORT = words("And your birthday, day and month?")
IS_IT = words("Your birthday is {day}, is that right? It can only be told once.")
REMEMBERED = words("Noted: {day}. I will think of it, from thirty days after today on.")
KNOWN_DAY = words("I know your birthday already: {day}. A colleague can change it.")
NO_BIRTHDAYS = words("We give nothing for birthdays, so you need not tell me. Thank you all the same.")
YES_RIGHT = label("Yes, that is right")
NO_OTHER = label("No, another day")
SKIP = label("Skip")


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
