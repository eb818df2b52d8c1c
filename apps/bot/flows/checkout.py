"""From the cart to an order: who, where to, how, one summary with every amount, and a plain yes."""

import re
from typing import Any

from rapidfuzz.distance import OSA

from apps.messaging.content import CartSummary, Choice, Line
from apps.nlu.text import HAN, fold

from ..flow import Ask, Branch, Call, Confirm, Do, End, Flow, Show
from ..offers import FREE, offer_lines, offer_notes
from ..postal import parse_address, parse_town
from ..reading import Reading
from ..talk import Talk
from ..tenders import HAVE_CREDIT, tender_lines
from ..words import label, words
from . import pay
from .cart import ENTER_CODE, REMOVE_CODE, lines_of, say_cart, say_empty

ASK_NAME = words("Lovely. What name shall I put on the parcel?")
ASK_NAME_AGAIN = words("I need first and last name for the parcel, please.")
ASK_NAME_EXAMPLE = words('Just the name, for example "Ana Lopez".')
ASK_NAME_SHORT = words("So, what name shall I put on the parcel?")
ASK_BUYER = words("Lovely. There is nothing to send, so I only need your name for the receipt.")
ASK_BUYER_AGAIN = words("I need first and last name for the receipt, please.")
ASK_BUYER_SHORT = words("So, what is your name, for the receipt?")
SAME_ADDRESS = words("Shall it go to {address}?")
SAME_ADDRESS_AGAIN = words('Please tap "Yes", or send me another address. I have: {address}')
SAME_ADDRESS_EXAMPLE = words('"Yes" sends it to {address}. Any other address works too, in one message.')
SAME_ADDRESS_SHORT = words("And the address: is {address} right?")
ASK_ADDRESS = words("Where shall it go? Street and number, postcode and town, please.")
ASK_ADDRESS_AGAIN = words("I need a street with a number, a postcode and a town. One message is enough.")
ASK_ADDRESS_EXAMPLE = words('Like this: "Lindenstr. 12, 10969 Berlin". Add the country if it is another one.')
ASK_ADDRESS_SHORT = words("Back to your order: where shall it go?")
ASK_TOWN = words("And the postcode and town?")
ASK_TOWN_AGAIN = words("I still need both the postcode and the town.")
ASK_TOWN_EXAMPLE = words('For example "10969 Berlin".')
ASK_TOWN_SHORT = words("Back to your order: which postcode and town?")
ASK_PHONE = words("A phone number for the courier? Only if you like.")
ASK_PHONE_AGAIN = words("That does not look like a phone number. With the country code, please, or skip it.")
ASK_PHONE_EXAMPLE = words("For example +49 30 1234567. Or skip it.")
ASK_PHONE_SHORT = words("A phone number for the courier, or skip?")
ASK_EMAIL = words("An e-mail address for the receipt? Only if you like.")
ASK_EMAIL_AGAIN = words("I cannot read an e-mail address there. It has an @ in it. Or skip it.")
ASK_EMAIL_EXAMPLE = words("For example ana@example.org. Or skip it.")
ASK_EMAIL_SHORT = words("An e-mail address for the receipt, or skip?")
ASK_GIFT = words("Whom is the gift card for? I put the name with it, if you like.")
ASK_GIFT_AGAIN = words("Just a name, please, or leave it out.")
ASK_GIFT_EXAMPLE = words('For example "Maria". Or leave it out.')
ASK_GIFT_SHORT = words("Whom is the gift card for?")
ASK_MESSAGE = words("A few words for {name}? They stand with the card.")
ASK_MESSAGE_AGAIN = words("Some words for {name}, at most 300 letters, or leave them out.")
ASK_MESSAGE_EXAMPLE = words('For example "Happy birthday!". Or no words for {name}.')
ASK_MESSAGE_SHORT = words("And the words for {name}?")
FOR_ME = label("For nobody special")
NO_WORDS = label("No words")
FOR_WHOM = label("Gift card for")
GIFT_FOR = words("Gift card for {name}")
GIFT_FOR_WITH = words("Gift card for {name}: “{message}”")
ONLY_MONEY = words(
    "A gift card cannot be paid for with a gift card or store credit, only with money: otherwise a stolen card could be "
    "changed into a new one."
)
ASK_DELIVERY = words("How shall it come?")
ASK_DELIVERY_AGAIN = words("Please choose one of these ways; the number is enough.")
ASK_DELIVERY_EXAMPLE = words('Tap one, or write for example "{example}".')
ASK_DELIVERY_SHORT = words("Back to your order: how shall it come?")
ASK_POINT = words("Which pick-up point shall it go to? These are near {postcode}; another postcode works, too.")
ASK_POINT_AGAIN = words("Please choose one of these points, or tell me another postcode.")
ASK_POINT_EXAMPLE = words('Its number is enough, for example "1". For others write a postcode such as {postcode}.')
ASK_POINT_SHORT = words("Back to your order: which pick-up point shall it go to?")
POINT_CLOSED = words("That pick-up point takes no parcels any more. Please choose another one.")
PICK_UP = words("Pick-up point: {point}")
NO_DELIVERY = words(
    "I am sorry, we do not deliver to this address ({country}) yet. Do you have another one? A person can help, too."
)
TOO_HEAVY = words(
    "I am sorry, all this together is too heavy for {ways}. Take something out of your cart or order it in two parts; a "
    "person can help, too."
)
CARRIES = words("{name} (up to {most})")
WRONG_WAY = words("The way of delivery you chose does not fit your order any more. Please choose again.")
CHOOSE_WAY = label("Choose again")
SKIP = label("Skip")
YES = label("Yes")
OTHER_ADDRESS = label("Another address")
SUMMARY = words("Your order")
CHECK_IT = words("Please check everything. Nothing is ordered before you say so.")
SHIP_TO = words("To: {address}")
COMES = words("Delivery: {method}, {earliest} to {latest}")
COMES_ON = words("Delivery: {method}, {day}")
REPRICED = words("{title} now costs {unit}, before it was {was}.")
BY_CHAT = words("Here in the chat, as soon as it is paid: {goods}")
BEGINS_AT_ONCE = words(
    "By ordering I ask for the download at once, and I know that my right to withdraw ends when the download begins."
)
CONTACT = words("Contact: {contact}")
SUBTOTAL = words("Subtotal")
DELIVERY = words("Delivery")
TAX_INSIDE = words("includes {percent} % {name}")
TAX_ON_TOP = words("{percent} % {name}")
TOTAL = words("Total")
TERMS = words("Our terms: {url}")
RETURNS = words("You can send it back within {days} days, without giving a reason.")
HELD = words("I keep these goods for you for {count} minute.", "I keep these goods for you for {count} minutes.")
BUY = label("Buy now")
CHANGE = label("Change something")
WHAT_CHANGE = words("What shall I change?")
WHAT_CHANGE_AGAIN = words("Please choose what to change, or tell me in your own words.")
WHAT_CHANGE_EXAMPLE = words('For example "change address", or "nothing" to go on.')
NOTHING = label("Nothing, go on")
ADDRESS = label("Address")
NAME = label("Name")
PHONE = label("Phone")
EMAIL = label("E-mail")
WAY = label("Delivery")
THE_CART = label("Cart")
GIFT_CARD = label("Gift card")
NO_CARDS = label("No gift card")
USE_CREDIT = label("Use store credit")
NOT_ENOUGH = words("Some of it is no longer there in that number. Please change your cart, then we go on:")
CHANGED = words("Something has changed since, so here is the new summary. Please look again:")
JUST_SOLD = words("Somebody was quicker: not everything is left. Here is your cart as it stands:")
CROWDED = words(
    "So many orders are being made from your network just now that I cannot keep goods for one more. Your cart stays as it "
    "is: please try again in some minutes, or write to a person."
)
NO_TAX = words(
    "I cannot find out the tax for this order just now. Your cart stays as it is and nothing is ordered: please try again "
    "in a moment, or write to a person."
)
TRY_AGAIN = label("Try once more")
MOST_ASKED = 3  # in a row for one cart; it changed each time meanwhile
MAX_NAME = 80
MAX_MESSAGE = 300
POSTCODE = re.compile(r"(?<!\d)\d{4,6}(?!\d)|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
WAY_OBSTACLES = frozenset({"no_delivery", "delivery_elsewhere", "too_heavy", "no_point"})
PLACED = words("Thank you. Your order {order} is noted. One moment, here comes the payment link.")


def begin(talk: Talk) -> str:
    """Is there anything to buy, and what do we know already?"""
    cart = talk.shop.cart()
    talk.slots["cart"] = cart
    if not cart["lines"]:
        return "empty"
    if any(line["problem"] and line["problem"] != "price_changed" for line in cart["lines"]):
        return "problem"
    me = talk.shop.me()
    talk.slots["me"] = me
    if me["address"]:  # a platform's profile name alone is no name for a parcel
        talk.slots.setdefault("known", me["address"])
        talk.slots.setdefault("name", me["address"]["name"])
    for slot in ("phone", "email"):
        if me[slot]:
            talk.slots.setdefault(slot, me[slot])
    if not cart["needs_delivery"]:
        return "chat"
    return "known" if me["address"] else "new"


def say_problem(talk: Talk) -> None:
    obstacles = talk.slots["cart"].get("obstacles", [])
    if obstacles and set(obstacles) <= WAY_OBSTACLES:
        talk.say(WRONG_WAY, [talk.choice(CHOOSE_WAY, style="primary", do="checkout"), talk.a_person()])
        return
    talk.say(NOT_ENOUGH)
    say_cart(talk)


def parse_name(talk: Talk, reading: Reading) -> str | None:
    """A name; an address in the same message is kept as well."""
    text = reading.text.strip()
    if re.search(r"\d", text):
        found = parse_address(text, country=talk.merchant["country"])
        name = found.pop("name", "")
        if found:
            if 2 <= len(name) <= MAX_NAME:
                talk.slots["address"] = found
                return name
            return None
    lead = re.sub(
        r"^(my name is|i am|i'm|it's|ich hei(ß|ss)e|mein name ist|ich bin|me llamo|mi nombre es|soy|我叫|我是)\s*",
        "", text, flags=re.IGNORECASE,
    ).strip(" .!。")  # fmt: skip
    is_name = 2 <= len(lead) <= MAX_NAME and re.search(r"[^\W\d_]", lead) and not re.search(r"[?？@/\n]", lead)
    return lead if is_name else None


def where(talk: Talk) -> str:
    """Does anything travel, and if so, do we know where it went before?"""
    if not talk.slots["cart"]["needs_delivery"]:
        return "nowhere"
    return "yes" if talk.slots.get("known") and not talk.slots.get("address") else "no"


def parse_same(talk: Talk, reading: Reading) -> Any:
    """ "yes" or a new address."""
    found = parse_address(reading.text, country=talk.merchant["country"])
    if found:
        talk.slots.pop("known", None)
        talk.slots["address"] = found
        return "other"
    from_words = reading.folded.strip(" .!")
    if from_words in ("yes", "ja", "si", "是", "是的", "对", "好", "ok", "correct", "stimmt", "claro", "好的"):
        return "yes"
    return "other" if from_words in ("no", "nein", "不", "不是", "other", "andere", "otra") else None


def parse_where(talk: Talk, reading: Reading) -> dict[str, str] | None:
    return parse_address(reading.text, country=talk.merchant["country"]) or None


def parse_rest(talk: Talk, reading: Reading) -> dict[str, str] | None:
    return parse_town(reading.text) or None


def parse_phone(talk: Talk, reading: Reading) -> str | None:
    digits = re.sub(r"\D", "", reading.text)
    is_phone = 7 <= len(digits) <= 15 and re.fullmatch(r"[+\d\s()/.\-]{7,30}", reading.text.strip())
    return re.sub(r"[^\d+]", "", reading.text) if is_phone else None


def parse_email(talk: Talk, reading: Reading) -> str | None:
    return reading.slots.get("email")


def parse_gift(talk: Talk, reading: Reading) -> str | None:
    """A name, without the "for" before it."""
    said = re.sub(
        r"^(it is |it's )?(for|für|fur|es für|para|es para|给|是给|送给)\s*", "", reading.text.strip(), flags=re.I
    )
    name = said.strip(" .!。")
    return (
        name if 1 <= len(name) <= MAX_NAME and re.search(r"[^\W_]", name) and not re.search(r"[?？\n]", name) else None
    )


def parse_message(talk: Talk, reading: Reading) -> str | None:
    said = reading.text.strip()
    return said if 1 <= len(said) <= MAX_MESSAGE else None


def gift_places(talk: Talk) -> dict[str, str]:
    return {"name": talk.slots["gift_to"]}


def keep_gift(talk: Talk) -> str:
    to = talk.slots.get("gift_to") or ""
    talk.shop.keep_gift(to=to, message=(talk.slots.get("gift_message") or "") if to else "")
    return "kept"


def has_all(talk: Talk) -> str:
    """Street, postcode and town?"""
    if talk.slots.get("same") == "yes":
        return "known"
    talk.slots["address"] = {**talk.slots["address"], **(talk.slots.get("town") or {})}
    return "whole" if talk.slots["address"].get("city") and talk.slots["address"].get("postcode") else "town"


def keep(talk: Talk) -> str:
    """Remember what was given and send the cart there."""
    if talk.slots.get("same") == "yes":
        kept = talk.shop.use_address(address=int(talk.slots["known"]["id"]))
        if "problem" not in kept:
            talk.slots["to"] = kept
            return "kept"
    fields = {key: value for key, value in talk.slots["address"].items() if key != "name"}
    talk.slots["to"] = talk.shop.keep_address(fields={**fields, "name": talk.slots["name"]})
    return "kept"


def ways(talk: Talk) -> str:
    """Which delivery ways go there; a single one is taken without asking."""
    if not talk.slots["cart"]["needs_delivery"]:
        return "nowhere"
    answer = talk.shop.deliveries(address=int(talk.slots["to"]["id"]))
    found = answer["ways"]
    talk.slots["ways"] = found
    if not found and answer["heavy"]:
        talk.slots["heavy"] = answer["heavy"]
        return "heavy"
    if not found:
        talk.slots["country"] = answer["country"]
        for slot in ("same", "address", "town", "known"):
            talk.slots.pop(slot, None)
        return "none"
    if len(found) == 1:
        talk.slots["method"] = found[0]["method"]
        return "one"
    return "one" if talk.slots.get("method") in [way["method"] for way in found] else _ask_way(talk)


def say_no_way(talk: Talk) -> None:
    talk.say(NO_DELIVERY, [talk.a_person()], country=talk.slots.get("country", ""))


def say_too_heavy(talk: Talk) -> None:
    """Which ways there would be, how much each carries, and what can be done."""
    carriers = ", ".join(talk.text(CARRIES, name=way["name"], most=way["most"]) for way in talk.slots["heavy"])
    choices = [
        talk.choice(THE_CART, style="primary", do="edit_cart"),
        talk.choice(OTHER_ADDRESS, do="checkout"),
        talk.a_person(),
    ]
    talk.say(TOO_HEAVY, choices, ways=carriers)


def _ask_way(talk: Talk) -> str:
    talk.slots.pop("method", None)
    return "many"


def _between(earliest: str, latest: str) -> str:
    return earliest if earliest == latest else f"{earliest} – {latest}"


def way_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(
            f"{way['name']} · {way['price'] or talk.text(FREE)}",
            description=_between(way["earliest"], way["latest"]),
            do="slot",
            slot="method",
            value=way["method"],
        )
        for way in talk.slots.get("ways", ())[:8]
    ]


def parse_way(talk: Talk, reading: Reading) -> int | None:
    ordinal = reading.slots.get("ordinal")
    if ordinal and 0 < ordinal <= len(talk.slots["ways"]):
        return int(talk.slots["ways"][ordinal - 1]["method"])
    named = [way["method"] for way in talk.slots["ways"] if way["name"].casefold() in reading.text.casefold()]
    if len(named) == 1:
        return int(named[0])
    said = {word for word in reading.folded.split() if len(word) > 3 or HAN.search(word)}
    fitting = [  # "Standard" is enough for "Standardversand"
        way["method"]
        for way in talk.slots["ways"]
        if any(
            part.startswith(word) or OSA.distance(word, fold(part), score_cutoff=1) <= 1
            for word in said
            for part in way["name"].casefold().split()
        )
    ]
    return int(fitting[0]) if len(fitting) == 1 else None


def points(talk: Talk) -> str:
    """Does this way go to a point, and which? A postcode instead of a point shows the points there."""
    slots = talk.slots
    said = slots.pop("point", None)
    near = said["near"] if isinstance(said, dict) else ""
    answer = talk.shop.pickup_points(method=int(slots["method"]), postcode=near)
    slots["points"] = answer
    if not answer["is_needed"]:
        return "home"
    if not answer["points"]:
        slots.pop("method", None)
        return "none"
    chosen = said if said and not near else 0 if near else answer["chosen"]
    if chosen and "problem" not in talk.shop.collect_at(point=int(chosen)):
        slots["point"] = chosen
        return "chosen"
    return "gone" if chosen else "ask"


def other_points(talk: Talk) -> str:
    """Those that are open, whatever was chosen."""
    talk.slots.pop("point", None)
    talk.slots["points"] = talk.shop.pickup_points(method=int(talk.slots["method"]))
    return "ask" if talk.slots["points"]["points"] else "none"


def point_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(
            one["name"],
            description=" · ".join(filter(None, (f"{one['street']}, {one['town']}", one["hours"]))),
            do="slot",
            slot="point",
            value=one["point"],
        )
        for one in talk.slots["points"]["points"]
    ]


def parse_point(talk: Talk, reading: Reading) -> int | dict[str, str] | None:
    """By its number, its name or street; a postcode asks for others."""
    shown = talk.slots["points"]["points"]
    ordinal = reading.slots.get("ordinal")
    if ordinal and 0 < ordinal <= len(shown):
        return int(shown[ordinal - 1]["point"])
    if found := POSTCODE.search(reading.text):
        return {"near": found[0]}
    said = reading.text.strip().casefold()
    fitting = [one for one in shown if said and (said in one["name"].casefold() or one["street"].casefold() in said)]
    return int(fitting[0]["point"]) if len(fitting) == 1 else None


def point_places(talk: Talk) -> dict[str, str]:
    return {"postcode": talk.slots["points"]["postcode"]}


def way_places(talk: Talk) -> dict[str, str]:
    return {"example": talk.slots["ways"][0]["name"]}


def address_places(talk: Talk) -> dict[str, str]:
    return {"address": talk.slots["known"]["text"]}


def address_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(YES, style="primary", do="slot", slot="same", value="yes"),
        talk.choice(OTHER_ADDRESS, do="slot", slot="same", value="other"),
    ]


def prepare(talk: Talk) -> str:
    """Everything is known: keep contact data, choose the way, hold the goods and quote."""
    talk.shop.remember(name=talk.slots["name"], email=talk.slots.get("email", ""), phone=talk.slots.get("phone", ""))
    if talk.slots.get("method"):
        talk.shop.deliver_by(method=int(talk.slots["method"]))
    quote = talk.shop.summary()
    talk.slots["cart"] = quote
    if quote["obstacles"] == ["no_point"]:
        return "closed"
    if not quote["lines"]:
        return "empty"
    if quote.get("problem") == "crowded":
        return "crowded"
    if quote["needs_delivery"] and not talk.slots.get("to"):  # something that travels was put in meanwhile
        return "where"
    if quote["obstacles"] == ["tax_pending"] and not quote.get("problem"):
        return "untaxed"
    talk.slots.pop("tax_asked", None)
    return "problem" if quote.get("problem") or quote["obstacles"] else "ready"


def take_tax(talk: Talk, result: dict[str, Any]) -> str:
    talk.slots["tax_asked"] = asked = talk.slots.get("tax_asked", 0) + 1
    return "known" if result.get("is_known") and asked <= MOST_ASKED else "unknown"


def say_no_tax(talk: Talk) -> None:
    talk.say(NO_TAX, [talk.choice(TRY_AGAIN, style="primary", do="checkout"), talk.a_person()])


def say_crowded(talk: Talk) -> None:
    talk.say(CROWDED, [talk.choice(TRY_AGAIN, style="primary", do="checkout"), talk.a_person()])


def stamp(talk: Talk) -> str:
    """What the yes is bound to. Coming back to a summary quotes anew."""
    if talk.slots.pop("is_fresh", False):
        return str(talk.slots["cart"]["agreed"])
    talk.slots["cart"] = talk.shop.summary()
    return str(talk.slots["cart"]["agreed"])


def mark_fresh(talk: Talk) -> None:
    talk.slots["is_fresh"] = True


def show_summary(talk: Talk) -> None:
    talk.slots.pop("change", None)
    quote = talk.slots["cart"]
    totals = [Line(label=talk.text(SUBTOTAL), amount=quote["subtotal"]), *offer_lines(talk, quote, on="goods")]
    if quote["needs_delivery"]:
        totals.append(Line(label=talk.text(DELIVERY), amount=quote["delivery_list"] or talk.text(FREE)))
        totals += offer_lines(talk, quote, on="delivery")
    tax = TAX_INSIDE if quote["tax_inclusive"] else TAX_ON_TOP
    taxes = [
        Line(label=talk.text(tax, percent=percent, name=name), amount=sum_) for name, percent, sum_ in quote["taxes"]
    ]
    total = Line(label=talk.text(TOTAL), amount=quote["total"], strong=True)
    totals += [total, *taxes] if quote["tax_inclusive"] else [*taxes, total]
    totals += tender_lines(talk, quote)
    talk.put(
        CartSummary(
            text=talk.text(CHECK_IT),
            title=talk.text(SUMMARY),
            lines=lines_of(talk, quote),
            totals=tuple(totals),
            notes=tuple(_notes(talk, quote)),
            is_order=True,
            choices=(
                talk.choice(BUY, style="primary", do="confirm", yes=True, stamp=talk.slots["stamp"], flow="checkout"),
                talk.choice(CHANGE, do="confirm", yes=False, stamp=talk.slots["stamp"], flow="checkout"),
                *([talk.choice(USE_CREDIT, do="use_credit")] if quote["unused_credit"] else []),
                talk.a_person(),
            ),
        )
    )


def _notes(talk: Talk, quote: dict[str, Any]) -> list[str]:
    is_sent = quote["needs_delivery"] and talk.slots.get("to")
    notes = [talk.text(SHIP_TO, address=talk.slots["to"]["text"])] if is_sent else []
    notes += [*_repriced(talk, quote), *offer_notes(talk, quote)]
    if quote["unused_credit"]:
        notes.append(talk.text(HAVE_CREDIT, amount=quote["unused_credit"]))
    if is_sent:
        notes.append(_when(talk, quote))
    notes += gift_notes(talk, quote)
    if quote["by_chat"]:
        notes.append(talk.text(BY_CHAT, goods=", ".join(quote["by_chat"])))
    if quote["point"]:
        notes.append(talk.text(PICK_UP, point=quote["point"]))
    contact = ", ".join(value for value in (talk.slots.get("phone"), talk.slots.get("email")) if value)
    if contact:
        notes.append(talk.text(CONTACT, contact=contact))
    if talk.merchant["terms"]:
        notes.append(talk.text(TERMS, url=talk.merchant["terms"]))
    if quote["has_files"]:
        notes.append(talk.text(BEGINS_AT_ONCE))
    if quote["has_goods"]:
        notes.append(talk.text(RETURNS, days=talk.merchant["return_days"]))
    held = quote.get("held_minutes", 0)
    return [*notes, talk.text(HELD, count=held)] if held > 0 else notes


def _repriced(talk: Talk, quote: dict[str, Any]) -> list[str]:
    """What costs something else than the shopper last read: because time went by, or because it goes elsewhere."""
    return [talk.text(REPRICED, **line) for line in quote["lines"] if line["was"]]


def gift_notes(talk: Talk, quote: dict[str, Any]) -> list[str]:
    """For whom its gift cards are, and why other cards do not pay for them."""
    if not quote["has_cards"]:
        return []
    notes = [talk.text(ONLY_MONEY)] if quote["only_money"] else []
    gift = {"name": quote["gift"]["to"], "message": quote["gift"]["message"]}
    if gift["name"]:
        notes.append(talk.text(GIFT_FOR_WITH if gift["message"] else GIFT_FOR, **gift))
    return notes


def _when(talk: Talk, quote: dict[str, Any]) -> str:
    method, earliest, latest = quote["delivery_name"], quote["earliest"], quote["latest"]
    if earliest == latest:
        return talk.text(COMES_ON, method=method, day=latest)
    return talk.text(COMES, method=method, earliest=earliest, latest=latest)


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


def place(talk: Talk) -> str:
    """The order of exactly what was shown."""
    result = talk.shop.place(
        agreed=talk.slots["stamp"],
        name=talk.slots["name"],
        email=talk.slots.get("email", ""),
        phone=talk.slots.get("phone", ""),
    )
    if "problem" in result:
        return str(result["problem"])
    talk.slots["order"] = result["order"]
    return "free" if result["is_free"] else "placed"


def is_same(talk: Talk, slots: dict[str, Any]) -> bool:
    """Is the order being made that of the cart as it is now?"""
    return bool(str(slots.get("stamp", "")).partition(":")[0] == talk.shop.cart()["hash"])


CHECKOUT = Flow(
    name="checkout",
    is_same=is_same,
    title=words("your order"),
    start="begin",
    reminds=True,
    forgets={
        "address": ("same", "known", "town", "to", "ways", "method"),
        "same": ("address", "town", "to", "ways"),
        "town": ("to",),
        "gift_to": ("gift_message",),
    },
    steps={
        "begin": Branch(begin, {"empty": "empty", "problem": "problem", "known": "name", "new": "name", "chat": "buyer"}),
        "name": Ask(
            slot="name", prompts=(ASK_NAME, ASK_NAME_AGAIN, ASK_NAME_EXAMPLE), short=ASK_NAME_SHORT,
            parse=parse_name, next="known", what="name", keeps_free_text=True,
        ),
        "buyer": Ask(
            slot="name", prompts=(ASK_BUYER, ASK_BUYER_AGAIN, ASK_NAME_EXAMPLE), short=ASK_BUYER_SHORT,
            parse=parse_name, next="known", what="name", keeps_free_text=True,
        ),
        "known": Branch(where, {"yes": "same", "no": "address", "nowhere": "email"}),
        "same": Ask(
            slot="same", prompts=(SAME_ADDRESS, SAME_ADDRESS_AGAIN, SAME_ADDRESS_EXAMPLE), short=SAME_ADDRESS_SHORT,
            parse=parse_same, next="which", choices=address_choices, values=address_places, keeps_free_text=True,
        ),
        "which": Branch(lambda talk: "known" if talk.slots["same"] == "yes" else "new",
                        {"known": "keep", "new": "address"}),
        "address": Ask(
            slot="address", prompts=(ASK_ADDRESS, ASK_ADDRESS_AGAIN, ASK_ADDRESS_EXAMPLE), short=ASK_ADDRESS_SHORT,
            parse=parse_where, next="whole", what="address", keeps_free_text=True,
        ),
        "whole": Branch(has_all, {"known": "keep", "whole": "keep", "town": "town"}),
        "town": Ask(
            slot="town", prompts=(ASK_TOWN, ASK_TOWN_AGAIN, ASK_TOWN_EXAMPLE), short=ASK_TOWN_SHORT,
            parse=parse_rest, next="whole", keeps_free_text=True, depends_on=("address",),
        ),
        "keep": Do(keep, {"kept": "phone"}),
        "phone": Ask(
            slot="phone", prompts=(ASK_PHONE, ASK_PHONE_AGAIN, ASK_PHONE_EXAMPLE), short=ASK_PHONE_SHORT,
            parse=parse_phone, next="email", what="phone", skip=SKIP,
        ),
        "email": Ask(
            slot="email", prompts=(ASK_EMAIL, ASK_EMAIL_AGAIN, ASK_EMAIL_EXAMPLE), short=ASK_EMAIL_SHORT,
            parse=parse_email, next="gift", what="email", skip=SKIP,
        ),
        "gift": Branch(lambda talk: "cards" if talk.slots["cart"]["has_cards"] else "none",
                       {"cards": "gift_to", "none": "ways"}),
        "gift_to": Ask(
            slot="gift_to", prompts=(ASK_GIFT, ASK_GIFT_AGAIN, ASK_GIFT_EXAMPLE), short=ASK_GIFT_SHORT,
            parse=parse_gift, next="gift_for", skip=FOR_ME, keeps_free_text=True,
        ),
        "gift_for": Branch(lambda talk: "somebody" if talk.slots.get("gift_to") else "nobody",
                           {"somebody": "gift_message", "nobody": "keep_gift"}),
        "gift_message": Ask(
            slot="gift_message", prompts=(ASK_MESSAGE, ASK_MESSAGE_AGAIN, ASK_MESSAGE_EXAMPLE),
            short=ASK_MESSAGE_SHORT, parse=parse_message, next="keep_gift", skip=NO_WORDS, values=gift_places,
            keeps_free_text=True, depends_on=("gift_to",),
        ),
        "keep_gift": Do(keep_gift, {"kept": "ways"}),
        "ways": Branch(
            ways,
            {"none": "no_way", "heavy": "heavy", "one": "points", "many": "method", "nowhere": "prepare"},
        ),
        "no_way": Show(say_no_way, "address"),
        "heavy": Show(say_too_heavy, "end"),
        "method": Ask(
            slot="method", prompts=(ASK_DELIVERY, ASK_DELIVERY_AGAIN, ASK_DELIVERY_EXAMPLE), short=ASK_DELIVERY_SHORT,
            parse=parse_way, next="points", choices=way_choices, values=way_places, depends_on=("address", "same"),
        ),
        "points": Branch(
            points, {"home": "prepare", "chosen": "prepare", "ask": "point", "gone": "closed", "none": "no_way"}
        ),
        "point": Ask(
            slot="point", prompts=(ASK_POINT, ASK_POINT_AGAIN, ASK_POINT_EXAMPLE), short=ASK_POINT_SHORT,
            parse=parse_point, next="points", choices=point_choices, values=point_places,
            depends_on=("address", "same", "method"),
        ),
        "closed": Show(lambda talk: talk.say(POINT_CLOSED), "other_points"),
        "other_points": Branch(other_points, {"ask": "point", "none": "no_way"}),
        "prepare": Do(
            prepare,
            {
                "ready": "fresh", "problem": "problem", "empty": "empty", "crowded": "crowded", "where": "known",
                "closed": "closed", "untaxed": "tax",
            },
        ),
        "tax": Call(kind="tax", args=lambda talk: {}, take=take_tax, to={"known": "prepare", "unknown": "no_tax"}),
        "no_tax": Show(say_no_tax, "end"),
        "fresh": Show(mark_fresh, "summary"),
        "summary": Confirm(show=show_summary, stamp=stamp, yes="place", no="change"),
        "change": Ask(
            slot="change", prompts=(WHAT_CHANGE, WHAT_CHANGE_AGAIN, WHAT_CHANGE_EXAMPLE), short=WHAT_CHANGE,
            parse=parse_change, next="summary", choices=change_choices, skip=NOTHING,
        ),
        "place": Do(
            place,
            # What costs nothing is placed already, and the news of it is the answer.
            {
                "placed": "thanks", "free": "end", "quote_changed": "changed", "out_of_stock": "sold", "empty": "empty",
                "crowded": "crowded",
            },
            money=True,
        ),
        "changed": Show(lambda talk: talk.say(CHANGED), "prepare"),
        "sold": Show(lambda talk: talk.say(JUST_SOLD), "cart"),
        "cart": Show(say_cart, "end"),
        "thanks": Show(lambda talk: talk.say(PLACED, order=talk.slots["order"]), "link"),
        "link": Call(kind="pay_link", args=pay.args_of, take=pay.take, to=pay.LINKED | {"settled": "end"}, money=True),
        "pay": Show(pay.say_pay, "end"),
        "failed": Show(pay.say_failed, "end"),
        "empty": Show(say_empty, "end"),
        "problem": Show(say_problem, "end"),
        "crowded": Show(say_crowded, "end"),
        "end": End(),
    },
)  # fmt: skip
