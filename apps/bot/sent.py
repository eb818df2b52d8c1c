"""What comes in besides words: a picture, a place, a contact, goods put together in a platform's own catalogue."""

from typing import Any

from . import answers
from .checkout.who import phone_in
from .commands import Command, Verb, start
from .engine import again, obey
from .flow import Ask
from .goods_questions import asks
from .hearing import waiting_step
from .reading import GOOD, read
from .talk import Talk
from .words import words
from .written import hear_language, read_text, understand

CANNOT_SEE = words("I cannot look at pictures or listen to voice messages yet. Please describe it in a few words.")
KEPT_TOO = words("Thank you, I have put that picture with it.")
CANNOT_PLACE = words("Thank you. A pin is not enough for a parcel; please write street, number, postcode and town.")
LONGEST_NOTE = 300


def read_media(talk: Talk, item: dict[str, Any]) -> None:
    """A picture that was asked for is kept; of another, only the words beside it can be read."""
    if item.get("id") and _is_asked_for(talk, item):
        return
    if item.get("text"):
        read_text(talk, item)
        return
    if talk.state.waiting:
        answers.noted(talk)
        return
    talk.say(CANNOT_SEE, [talk.a_person(), talk.menu()])


def read_location(talk: Talk, item: dict[str, Any]) -> None:
    """Where the shopper is: an answer where that is asked, else a question for the nearest stores."""
    step = waiting_step(talk)
    if isinstance(step, Ask) and step.takes_place:
        obey(talk, Command(Verb.ANSWER_SLOT, {"slot": step.slot, "value": {"here": item["id"]}}))
    elif talk.state.waiting:
        answers.noted(talk)
    elif not (isinstance(step, Ask) and step.what == "address") and talk.shop.has_stores():
        obey(talk, start("stores", here=item["id"]))
    else:
        talk.say(CANNOT_PLACE, [talk.a_person(), talk.menu()])


def read_contact(talk: Talk, item: dict[str, Any]) -> None:
    """A shared contact: the answer where a number is asked for, be it the shopper's own or whose else."""
    phone, step = phone_in(item["phone"]), waiting_step(talk)
    if item["is_own"] and phone:
        phone = f"+{phone.lstrip('+')}"  # platforms tell whole numbers, with the plus or without it
    if phone and isinstance(step, Ask) and step.what == "phone":
        if item["is_own"]:
            talk.shop.keep_phone(phone=phone, is_vouched_for=True)
        obey(talk, Command(Verb.ANSWER_SLOT, {"slot": step.slot, "value": phone}))
    elif talk.state.waiting and not item["is_own"]:
        answers.noted(talk)
    else:
        obey(talk, start("shared_contact", phone=phone, is_own=item["is_own"]))


def _is_asked_for(talk: Talk, item: dict[str, Any]) -> bool:
    """The first picture is the answer, those after it are kept with it."""
    step = waiting_step(talk)
    if isinstance(step, Ask) and step.what == "photo":
        obey(talk, Command(Verb.ANSWER_SLOT, {"slot": step.slot, "value": [item["id"]]}))
        return True
    kept = talk.frame.slots.get("photo") if step is not None else None
    if not isinstance(kept, list):
        return False
    kept.append(item["id"])
    if not talk.out:
        talk.say(KEPT_TOO)
        again(talk)
    return True


def read_basket(talk: Talk, item: dict[str, Any]) -> None:
    """Into the cart with it. What was written beside it is answered where it asks for something, else it is a note."""
    said = item["text"].strip()
    if said:
        hear_language(talk, said)
    is_wish = bool(said) and (asks(said) or read(talk, said).score >= GOOD)
    obey(talk, start("basket", rows=item["rows"], note="" if is_wish else said[:LONGEST_NOTE]))
    if is_wish:
        understand(talk, said)
