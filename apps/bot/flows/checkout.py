"""From the cart to an order: who, where to, how, one summary with every amount, and a plain yes."""

from typing import Any

from ..checkout import address, change, gift, home, point, summary, way, who
from ..flow import Ask, Branch, Call, Confirm, Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from . import pay
from .cart import say_cart, say_empty

WRONG_WAY = words("The way of delivery you chose does not fit your order any more. Please choose again.")
CHOOSE_WAY = label("Choose again")
SKIP = label("Skip")
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
    if obstacles and set(obstacles) <= way.WAY_OBSTACLES:
        talk.say(WRONG_WAY, [talk.choice(CHOOSE_WAY, style="primary", do="checkout"), talk.a_person()])
        return
    talk.say(NOT_ENOUGH)
    say_cart(talk)


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
    if quote["wants_place"] and not quote.get("problem") and not quote["obstacles"]:
        return "home"
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
        "address": ("same", "known", "town", "to", "ways", "method", "look"),
        "same": ("address", "town", "to", "ways"),
        "town": ("to",),
        "gift_to": ("gift_message",),
    },
    steps={
        "begin": Branch(begin, {"empty": "empty", "problem": "problem", "known": "name", "new": "name", "chat": "buyer"}),
        "name": Ask(
            slot="name", prompts=(who.ASK_NAME, who.ASK_NAME_AGAIN, who.ASK_NAME_EXAMPLE), short=who.ASK_NAME_SHORT,
            parse=who.parse_name, next="known", what="name", keeps_free_text=True,
        ),
        "buyer": Ask(
            slot="name", prompts=(who.ASK_BUYER, who.ASK_BUYER_AGAIN, who.ASK_NAME_EXAMPLE), short=who.ASK_BUYER_SHORT,
            parse=who.parse_name, next="known", what="name", keeps_free_text=True,
        ),
        "known": Branch(address.where, {"yes": "same", "no": "address", "nowhere": "email"}),
        "same": Ask(
            slot="same", prompts=(address.SAME_ADDRESS, address.SAME_ADDRESS_AGAIN, address.SAME_ADDRESS_EXAMPLE),
            short=address.SAME_ADDRESS_SHORT, parse=address.parse_same, next="which", choices=address.address_choices,
            values=address.address_places, keeps_free_text=True,
        ),
        "which": Branch(lambda talk: "known" if talk.slots["same"] == "yes" else "new",
                        {"known": "keep", "new": "address"}),
        "address": Ask(
            slot="address", prompts=(address.ASK_ADDRESS, address.ASK_ADDRESS_AGAIN, address.ASK_ADDRESS_EXAMPLE),
            short=address.ASK_ADDRESS_SHORT, parse=address.parse_where, next="whole", what="address", keeps_free_text=True,
        ),
        "whole": Branch(address.has_all, {"known": "keep", "whole": "keep", "town": "town"}),
        "town": Ask(
            slot="town", prompts=(address.ASK_TOWN, address.ASK_TOWN_AGAIN, address.ASK_TOWN_EXAMPLE),
            short=address.ASK_TOWN_SHORT, parse=address.parse_rest, next="whole", keeps_free_text=True, depends_on=("address",),
        ),
        "keep": Do(address.keep, {"kept": "phone", "moved": "moved"}),
        "moved": Show(address.say_moved, "phone"),
        "phone": Ask(
            slot="phone", prompts=(who.ASK_PHONE, who.ASK_PHONE_AGAIN, who.ASK_PHONE_EXAMPLE), short=who.ASK_PHONE_SHORT,
            parse=who.parse_phone, next="email", what="phone", skip=SKIP,
        ),
        "email": Ask(
            slot="email", prompts=(who.ASK_EMAIL, who.ASK_EMAIL_AGAIN, who.ASK_EMAIL_EXAMPLE), short=who.ASK_EMAIL_SHORT,
            parse=who.parse_email, next="gift", what="email", skip=SKIP,
        ),
        "gift": Branch(lambda talk: "cards" if talk.slots["cart"]["has_cards"] else "none",
                       {"cards": "gift_to", "none": "ways"}),
        "gift_to": Ask(
            slot="gift_to", prompts=(gift.ASK_GIFT, gift.ASK_GIFT_AGAIN, gift.ASK_GIFT_EXAMPLE), short=gift.ASK_GIFT_SHORT,
            parse=gift.parse_gift, next="gift_for", skip=gift.FOR_ME, keeps_free_text=True,
        ),
        "gift_for": Branch(lambda talk: "somebody" if talk.slots.get("gift_to") else "nobody",
                           {"somebody": "gift_message", "nobody": "keep_gift"}),
        "gift_message": Ask(
            slot="gift_message", prompts=(gift.ASK_MESSAGE, gift.ASK_MESSAGE_AGAIN, gift.ASK_MESSAGE_EXAMPLE),
            short=gift.ASK_MESSAGE_SHORT, parse=gift.parse_message, next="keep_gift", skip=gift.NO_WORDS, values=gift.gift_places,
            keeps_free_text=True, depends_on=("gift_to",),
        ),
        "keep_gift": Do(gift.keep_gift, {"kept": "ways"}),
        "ways": Branch(
            way.ways,
            {"none": "no_way", "heavy": "heavy", "one": "points", "many": "method", "nowhere": "prepare"},
        ),
        "no_way": Show(way.say_no_way, "address"),
        "heavy": Show(way.say_too_heavy, "end"),
        "method": Ask(
            slot="method", prompts=(way.ASK_DELIVERY, way.ASK_DELIVERY_AGAIN, way.ASK_DELIVERY_EXAMPLE), short=way.ASK_DELIVERY_SHORT,
            parse=way.parse_way, next="points", choices=way.way_choices, values=way.way_places, depends_on=("address", "same"),
        ),
        "points": Branch(
            point.points,
            {
                "home": "prepare", "chosen": "prepare", "ask": "point", "where": "where", "gone": "closed", "none": "no_way",
            },
        ),
        "point": Ask(
            slot="point", prompts=(point.ASK_POINT, point.ASK_POINT_AGAIN, point.ASK_POINT_EXAMPLE), short=point.ASK_POINT_SHORT,
            parse=point.parse_point, next="points", choices=point.point_choices, values=point.point_places,
            depends_on=("address", "same", "method"), takes_place=True,
        ),
        "where": Ask(
            slot="point", prompts=(point.ASK_WHERE, point.ASK_WHERE_AGAIN, point.ASK_WHERE_EXAMPLE), short=point.ASK_WHERE_SHORT,
            parse=point.parse_place, next="points", what="location", values=point.point_places, takes_place=True,
        ),
        "closed": Show(lambda talk: talk.say(point.POINT_CLOSED), "other_points"),
        "other_points": Branch(point.other_points, {"ask": "point", "none": "no_way"}),
        "prepare": Do(
            prepare,
            {
                "ready": "fresh", "problem": "problem", "empty": "empty", "crowded": "crowded", "where": "known",
                "closed": "closed", "untaxed": "tax", "home": "home",
            },
        ),
        "home": Ask(
            slot="home", prompts=(home.ASK_HOME, home.ASK_HOME_AGAIN, home.ASK_HOME_EXAMPLE), short=home.ASK_HOME_SHORT,
            parse=home.parse_home, next="keep_home", keeps_free_text=True,
        ),
        "keep_home": Do(home.keep_home, {"kept": "prepare"}),
        "tax": Call(kind="tax", args=lambda talk: {}, take=take_tax, to={"known": "prepare", "unknown": "no_tax"}),
        "no_tax": Show(say_no_tax, "end"),
        "fresh": Show(summary.mark_fresh, "summary"),
        "summary": Confirm(show=summary.show_summary, stamp=summary.stamp, yes="place", no="change"),
        "change": Ask(
            slot="change", prompts=(change.WHAT_CHANGE, change.WHAT_CHANGE_AGAIN, change.WHAT_CHANGE_EXAMPLE), short=change.WHAT_CHANGE,
            parse=change.parse_change, next="summary", choices=change.change_choices, skip=change.NOTHING,
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
