"""A contact that was shared without being asked for: one's own number is kept, of another it is asked whose it is."""

from ..flow import Branch, Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words

NOTED_NUMBER = words("Thank you, I have noted your number {phone}.")
WHOSE = words("Thank you. Is {phone} your number? Then I note it for your deliveries.")
NO_NUMBER = words("Thank you. I find no phone number in that contact; you can type it here.")
IT_IS_MINE = label("Yes, it is mine")


def has_number(talk: Talk) -> str:
    if not talk.slots["phone"]:
        return "none"
    return "own" if talk.slots.get("is_own") or talk.slots.get("is_said") else "whose"


def keep(talk: Talk) -> str:
    talk.shop.keep_phone(phone=talk.slots["phone"], is_vouched_for=bool(talk.slots.get("is_own")))
    return "kept"


def ask_whose(talk: Talk) -> None:
    mine = talk.choice(IT_IS_MINE, style="primary", do="my_number", phone=talk.slots["phone"], is_said=True)
    talk.say(WHOSE, [mine, talk.menu(), talk.a_person()], phone=talk.slots["phone"])


SHARED_CONTACT = Flow(
    name="shared_contact",
    start="look",
    steps={
        "look": Branch(has_number, {"own": "keep", "whose": "whose", "none": "none"}),
        "keep": Do(keep, {"kept": "noted"}),
        "noted": Show(lambda talk: talk.say(NOTED_NUMBER, [talk.menu()], phone=talk.slots["phone"]), "end"),
        "whose": Show(ask_whose, "end"),
        "none": Show(lambda talk: talk.say(NO_NUMBER, [talk.menu(), talk.a_person()]), "end"),
        "end": End(),
    },
    is_aside=True,
)
