"""What can be put right before the yes, each one tap away."""

from apps.messaging.content import Choice

from ..flows.cart import ENTER_CODE, REMOVE_CODE
from ..reading import Reading
from ..talk import Talk
from ..words import label, words
from .way import THE_CART

FOR_WHOM = label("Gift card for")
WHAT_CHANGE = words("What shall I change?")
WHAT_CHANGE_AGAIN = words("Please choose what to change, or tell me in your own words.")
WHAT_CHANGE_EXAMPLE = words('For example "change address", or "nothing" to go on.')
NOTHING = label("Nothing, go on")
ADDRESS = label("Address")
NAME = label("Name")
PHONE = label("Phone")
EMAIL = label("E-mail")
WAY = label("Delivery")
GIFT_CARD = label("Gift card")
NO_CARDS = label("No gift card")


def change_choices(talk: Talk) -> list[Choice]:
    """What can be put right, each one tap away."""
    fields = (
        (ADDRESS, "address"),
        (NAME, "name"),
        (WAY, "method"),
        (PHONE, "phone"),
        (EMAIL, "email"),
        (FOR_WHOM, "gift_to"),
    )
    cart = talk.slots["cart"]
    asked = {"address", "name", "method", "phone", "email"} if cart["needs_delivery"] else {"name", "email"}
    if cart["has_cards"]:  # in the place of the phone: there are eight
        asked = asked - {"phone"} | {"gift_to"}
    choices = [talk.choice(said, do="correct", slot=slot) for said, slot in fields if slot in asked]
    if talk.slots["cart"]["takes_codes"]:
        has_code = bool(talk.slots["cart"]["codes"])
        choices.append(talk.choice(REMOVE_CODE if has_code else ENTER_CODE, do="drop_coupon" if has_code else "coupon"))
    if talk.slots["cart"]["chosen"]:
        choices.append(talk.choice(NO_CARDS, do="drop_tenders"))
    elif talk.shop.has_gift_cards():
        choices.append(talk.choice(GIFT_CARD, do="gift_card"))
    return [*choices, talk.choice(THE_CART, do="edit_cart")]


def parse_change(talk: Talk, reading: Reading) -> None:
    """Its choices and the shopper's corrections say it all; nothing else fits here."""
    return
