"""Who orders: a name, and if they like a phone number and an e-mail address."""

import re

from apps.nlu.text import fold

from ..postal import parse_address
from ..reading import Reading
from ..talk import Talk
from ..words import words

ASK_NAME = words("Lovely. What name shall I put on the parcel?")
ASK_NAME_AGAIN = words("I need first and last name for the parcel, please.")
ASK_NAME_EXAMPLE = words('Just the name, for example "Ana Lopez".')
ASK_NAME_SHORT = words("So, what name shall I put on the parcel?")
ASK_BUYER = words("Lovely. There is nothing to send, so I only need your name for the receipt.")
ASK_BUYER_AGAIN = words("I need first and last name for the receipt, please.")
ASK_BUYER_SHORT = words("So, what is your name, for the receipt?")
ASK_PHONE = words("A phone number for the courier? Only if you like.")
ASK_PHONE_AGAIN = words("That does not look like a phone number. With the country code, please, or skip it.")
ASK_PHONE_EXAMPLE = words("For example +49 30 1234567. Or skip it.")
ASK_PHONE_SHORT = words("A phone number for the courier, or skip?")
ASK_EMAIL = words("An e-mail address for the receipt? Only if you like.")
ASK_EMAIL_AGAIN = words("I cannot read an e-mail address there. It has an @ in it. Or skip it.")
ASK_EMAIL_EXAMPLE = words("For example ana@example.org. Or skip it.")
ASK_EMAIL_SHORT = words("An e-mail address for the receipt, or skip?")
MAX_NAME = 80
MOST_ASKED = 2  # words of a name that may begin as a question does
ASKED = re.compile(
    r"(?:what|why|how|where|when|which|who|do you|can you|was|warum|wieso|wie|wo|wann|welche|wer|wozu|que|por que|para que|"
    r"como|donde|cuando|quien)\b"
)


def parse_name(talk: Talk, reading: Reading) -> str | None:
    """A name; an address in the same message is kept as well."""
    text = reading.text.strip()
    if re.search(r"\d", text):
        found = parse_address(text, country=talk.merchant["country"])
        name = found.pop("name", "")
        if found:
            if found.get("line1"):
                talk.slots["address"] = found  # asked for next, and not twice
            return name if 2 <= len(name) <= MAX_NAME else None
    lead = re.sub(
        r"^(my name is|i am|i'm|it's|ich hei(ß|ss)e|mein name ist|ich bin|me llamo|mi nombre es|soy|我叫|我是)\s*",
        "", text, flags=re.IGNORECASE,
    ).strip(" .!。")  # fmt: skip
    if len(lead.split()) > MOST_ASKED and ASKED.match(fold(lead)):
        return None  # "what do you need it for" is nobody's name
    is_name = 2 <= len(lead) <= MAX_NAME and re.search(r"[^\W\d_]", lead) and not re.search(r"[?？@/\n]", lead)
    return lead if is_name else None


def parse_phone(talk: Talk, reading: Reading) -> str | None:
    return phone_in(reading.text) or None


def phone_in(text: str) -> str:
    """The phone number that this is and nothing besides, in digits; "" where it is none."""
    digits = re.sub(r"\D", "", text)
    is_phone = 7 <= len(digits) <= 15 and re.fullmatch(r"[+\d\s()/.\-]{7,30}", text.strip())
    return re.sub(r"[^\d+]", "", text) if is_phone else ""


def parse_email(talk: Talk, reading: Reading) -> str | None:
    return reading.slots.get("email")
