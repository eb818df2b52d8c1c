"""Forms that a platform draws: its answers fill what is being asked, else a person gets them."""

import re
from typing import Any

from apps.carts.spoken import country_called
from apps.messaging.answers import MOST_ANSWERS
from apps.messaging.events import ChannelEvent

from .checkout.who import parse_email, parse_name, parse_phone
from .commands import Command, Verb, start
from .engine import obey
from .flow import Ask, all_flows
from .reading import Reading, read
from .state import Frame
from .talk import Talk
from .words import words

RECEIVED = words("Thank you, I have your answers.")
NO_ANSWERS = words("Thank you. Nothing was filled in, as far as I can see. You can write it here just as well.")
LONGEST_ANSWER = 200
LONGEST_NOTE = 500
ISO = re.compile(r"[A-Za-z]{2}")
SCREEN = re.compile(r"^screen \d+ | \d+$")  # around the names that Meta's form builder gives
# Ours, by what forms call it; WhatsApp's own names of an address are among them:
# https://developers.facebook.com/docs/whatsapp/cloud-api/messages/address-messages
CALLED = {
    "name": ("name", "full name", "your name", "recipient", "recipient name"),
    "line1": ("line1", "line 1", "address", "address line 1", "address1", "street", "street address"),
    "line2": ("line2", "line 2", "address line 2", "address2"),
    "house": ("house number",),
    "floor": ("floor number", "tower number", "building name", "landmark area"),
    "postcode": ("postcode", "postal code", "zip", "zip code", "in pin code", "sg post code", "pin code"),
    "city": ("city", "town"),
    "region": ("region", "state", "province"),
    "country": ("country", "country code"),
    "phone": ("phone", "phone number", "mobile", "telephone"),
    "email": ("email", "e mail", "email address"),
}
OURS = {name: ours for ours, names in CALLED.items() for name in names}


def answers_of(event: ChannelEvent) -> list[list[str]]:
    """[question, answer] of everything that was filled in."""
    pairs = [(one["question"], ", ".join(one["answers"])) for one in event.data.get("answers", ())]
    filled = [[name[:LONGEST_ANSWER], said.strip()[:LONGEST_ANSWER]] for name, said in pairs if said.strip()]
    return filled[:MOST_ANSWERS]


def read_form(talk: Talk, item: dict[str, Any]) -> None:
    """The slots of what is under way, where the names say which; what nobody asked for is handed to a person."""
    answers = item["answers"]
    if not answers:
        talk.say(NO_ANSWERS, [talk.menu(), talk.a_person()])
        return
    frame = talk.state.stack[-1] if talk.state.stack else None
    slots = _slots_of(talk, frame, answers) if frame else {}
    talk.say(RECEIVED)
    if frame is None or not slots:
        obey(talk, start("human", reason="form", text=note_of(answers)))
        return
    _fill(talk, frame, slots)


def note_of(answers: list[list[str]]) -> str:
    """The answers as the person reads them."""
    return "; ".join(f"{name}: {said}" if name else said for name, said in answers)[:LONGEST_NOTE]


def _fill(talk: Talk, frame: Frame, slots: dict[str, Any]) -> None:
    """The answer to the waiting question goes last: with it the flow goes on past all that is known now. Another address
    than the one that the goods are sent to already is a correction, from which it goes on anew."""
    step = all_flows()[frame.flow].steps[frame.step]
    asked = step.slot if isinstance(step, Ask) and step.slot in slots else next(iter(slots))
    if "address" in slots and frame.slots.get("to"):
        asked = "address"
    for slot in [name for name in slots if name != asked]:
        frame.slots[slot] = slots[slot]
    if "address" in slots:
        frame.slots.pop("known", None)  # the new one counts
    frame.is_parked = False
    obey(talk, Command(Verb.ANSWER_SLOT, {"slot": asked, "value": slots[asked]}))


def _slots_of(talk: Talk, frame: Frame, answers: list[list[str]]) -> dict[str, Any]:
    """Those answers that the flow asks for, as it takes them."""
    asked = {step.slot for step in all_flows()[frame.flow].steps.values() if isinstance(step, Ask)}
    fields: dict[str, list[str]] = {}
    for name, said in answers:
        if ours := OURS.get(_plain(name)):
            fields.setdefault(ours, []).append(said)
    first = {ours: said[0] for ours, said in fields.items()}
    found = {
        "name": parse_name(talk, Reading(first["name"])) if "name" in first else None,
        "phone": parse_phone(talk, Reading(first["phone"])) if "phone" in first else None,
        "email": parse_email(talk, read(talk, first["email"])) if "email" in first else None,
        "address": _address(talk, first, fields.get("floor", [])) if "line1" in first else None,
    }
    return {slot: value for slot, value in found.items() if value and slot in asked}


def _address(talk: Talk, first: dict[str, str], further: list[str]) -> dict[str, str]:
    """An address as it is kept; a country that nobody knows is the shop's."""
    line1 = " ".join(part for part in (first["line1"], first.get("house", "")) if part)
    line2 = ", ".join([*([first["line2"]] if "line2" in first else []), *further])
    said = first.get("country", "")
    country = said.upper() if ISO.fullmatch(said) else country_called(said) if said else ""
    parts = {"line1": line1, "line2": line2, **{key: first.get(key, "") for key in ("postcode", "city", "region")}}
    return {key: value for key, value in parts.items() if value} | {"country": country or talk.merchant["country"]}


def _plain(name: str) -> str:
    """ "screen_0_Full_Name_1", "fullName" and "Full name:" are one."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return SCREEN.sub("", " ".join(re.findall(r"[^\W_]+", spaced.casefold()))).strip()
