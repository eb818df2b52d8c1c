"""The label of a return once more: as a file, as a picture for the counter, or a new one where the old has run out."""

from collections.abc import Callable

from apps.messaging.content import Choice, Media

from ..flow import Branch, End, Flow, Show
from ..talk import Talk
from ..words import Words, label, words

HERE = words("Here is the return label for {name}, with {carrier}.")
SLIP = words("Here is the return slip for {name}. The parcel goes to: {address}.")
PICTURE = words("No printer? Show this picture where you hand the parcel in.")
COMES = words("The return label for {name} is being made; it comes here in a moment.")
NOT_YET = words("{name} has not been approved yet. The label comes here as soon as it is.")
PAST = words("{name} needs no label any more.")
BY_HAND = words("For {name} a colleague sends you what you need.")
NONE = words("There is no return of yours that needs a label.")
SEND_BACK = label("Return something")
MY_RETURNS = label("My returns")
SHEET = label("Return label")
CODE = label("Code for your phone")


def look(talk: Talk) -> str:
    talk.slots["found"] = talk.shop.return_label(public_id=str(talk.slots.get("id") or ""))
    return str(talk.slots["found"]["state"])


def say_label(talk: Talk) -> None:
    """What could be next stands under the last message."""
    found = talk.slots["found"]
    said = talk.text(HERE if found["carrier"] else SLIP, **found)
    has_code = bool(found["code"])
    below = () if has_code else _next(talk)
    sheet = {"media_type": "file", "url": found["sheet"], "filename": found["filename"], "alt": talk.text(SHEET)}
    talk.put(Media(text=said, choices=below, **sheet))
    if has_code:
        picture = {"media_type": "image", "url": found["code"], "alt": talk.text(CODE)}
        talk.put(Media(text=talk.text(PICTURE), choices=_next(talk), **picture))


def say_of_it(said: Words) -> Callable[[Talk], None]:
    """Says it of the return at hand."""

    def say(talk: Talk) -> None:
        talk.say(said, list(_next(talk)), name=talk.slots["found"]["name"])

    return say


def say_none(talk: Talk) -> None:
    talk.say(NONE, [talk.choice(SEND_BACK, do="returns", kind="return"), talk.menu(), talk.a_person()])


def _next(talk: Talk) -> tuple[Choice, ...]:
    return (talk.choice(MY_RETURNS, do="my_returns"), talk.a_person())


RETURN_LABEL = Flow(
    name="return_label",
    start="look",
    steps={
        "look": Branch(
            look,
            {
                "ready": "label", "wanted": "comes", "requested": "not_yet", "past": "past", "by_hand": "by_hand",
                "none": "none",
            },
        ),
        "label": Show(say_label, "end"),
        "comes": Show(say_of_it(COMES), "end"),
        "not_yet": Show(say_of_it(NOT_YET), "end"),
        "past": Show(say_of_it(PAST), "end"),
        "by_hand": Show(say_of_it(BY_HAND), "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
    is_aside=True,
)  # fmt: skip
