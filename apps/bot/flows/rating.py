"""A rating from 1 to 5 and, if the shopper likes, a few words."""

import re

from apps.messaging.content import Choice

from ..flow import Ask, Branch, Do, End, Flow, Show
from ..reading import Reading
from ..talk import Talk
from ..words import label, words

HOW_MANY = words("How was order {order}? From 1 (poor) to 5 (great).")
HOW_MANY_AGAIN = words("A number from 1 to 5, please: 5 is great.")
HOW_MANY_EXAMPLE = words('For example "4". Or skip it.')
HOW_MANY_SHORT = words("And your rating from 1 to 5?")
COMMENT = words("Thank you. Would you like to add a few words? They help us.")
COMMENT_AGAIN = words("Just write what you liked or missed, or skip it.")
COMMENT_EXAMPLE = words("One sentence is plenty. Or skip it.")
COMMENT_SHORT = words("A few words on your order, or skip?")
THANKS = words("Thank you, that helps us do better.")
SORRY = words("I am sorry it was not better. Thank you for saying so; a colleague reads every word.")
NO_ORDER = words("I see no delivered order of yours to rate.")
SKIP = label("Skip")
POOR = 2


def find(talk: Talk) -> str:
    number = talk.slots.get("order", "")
    found = talk.shop.order(number=number) if number else talk.shop.latest_order()
    if found is None or found["fulfilment"] not in ("shipped", "delivered", "partly_returned", "returned"):
        return "none"
    talk.slots["order"] = found["number"]
    return "found"


def score_choices(talk: Talk) -> list[Choice]:
    return [talk.choice(str(n), do="rate", order=talk.slots["order"], score=n) for n in range(1, 6)]


def parse_score(talk: Talk, reading: Reading) -> int | None:
    stars = reading.text.count("⭐") or reading.text.count("★")
    found = re.search(r"(?<!\d)([1-5])(?!\d)", reading.folded)
    number = stars or (int(found[1]) if found else reading.slots.get("number"))
    return number if number and 1 <= number <= 5 else None


def parse_comment(talk: Talk, reading: Reading) -> str | None:
    return reading.text.strip()[:2000] or None


def places(talk: Talk) -> dict[str, str]:
    return {"order": talk.slots["order"]}


def keep_score(talk: Talk) -> str:
    if not talk.slots["score"]:
        return "skipped"
    result = talk.shop.rate(number=talk.slots["order"], score=int(talk.slots["score"]))
    return "gone" if "problem" in result else "kept"


def keep_comment(talk: Talk) -> str:
    if talk.slots["comment"]:
        talk.shop.rate(number=talk.slots["order"], score=int(talk.slots["score"]), comment=talk.slots["comment"])
    return "kept"


def say_thanks(talk: Talk) -> None:
    if int(talk.slots["score"] or 5) <= POOR:
        talk.say(SORRY, [talk.a_person(), talk.menu()])
    else:
        talk.say(THANKS, [talk.menu()])


RATING = Flow(
    name="rating",
    start="find",
    steps={
        "find": Branch(find, {"found": "score", "none": "none"}),
        "score": Ask(
            slot="score", prompts=(HOW_MANY, HOW_MANY_AGAIN, HOW_MANY_EXAMPLE), short=HOW_MANY_SHORT,
            parse=parse_score, next="keep", choices=score_choices, skip=SKIP, values=places,
        ),
        "keep": Do(keep_score, {"kept": "comment", "skipped": "end", "gone": "none"}),
        "comment": Ask(
            slot="comment", prompts=(COMMENT, COMMENT_AGAIN, COMMENT_EXAMPLE), short=COMMENT_SHORT,
            parse=parse_comment, next="words", skip=SKIP, keeps_free_text=True, depends_on=("score",),
        ),
        "words": Do(keep_comment, {"kept": "thanks"}),
        "thanks": Show(say_thanks, "end"),
        "none": Show(lambda talk: talk.say(NO_ORDER, [talk.menu(), talk.a_person()]), "end"),
        "end": End(),
    },
)  # fmt: skip
