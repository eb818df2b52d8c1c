"""What each intent leads to."""

import re

from apps.nlu.numbers import counts_no_pieces, odd_count
from apps.nlu.text import HAN, fold, words_of

from .commands import Command, Verb, start
from .flow import Step
from .list_wishes import REFINES, refined
from .naming import is_taken
from .pointing import named_words, numbered, pointed, wishes_for
from .query import is_slip, query_of
from .reading import GOOD, STRONG, Reading, filters_of, is_mixed, wish_of, words_like_codes
from .talk import Talk

CHANGES = {
    "change_address": "address", "change_name": "name", "change_phone": "phone", "change_email": "email",
    "change_delivery": "method",
}  # fmt: skip
SIMPLE = {
    "take_back": "take_back",
    "cart": "cart", "browse": "categories", "checkout": "checkout", "cancel_order": "cancel_order",
    "pay_again": "pay", "empty_cart": "empty_cart", "redeem": "redeem", "unsubscribe": "unsubscribe",
    "subscribe": "subscribe", "delete_data": "erase", "my_data": "my_data", "rate": "rating", "why_price": "price",
    "wishes": "wishes", "leave_line": "leave_line", "points": "points", "join_points": "join_points",
    "earn_points": "earn_points", "points_history": "points_history", "rewards": "redeem_points", "invite": "invite",
    "gift_card": "gift_card", "gift_balance": "gift_balance", "store_credit": "store_credit", "use_credit": "use_credit",
    "drop_tenders": "drop_tenders", "pay_card": "pay_card", "my_cards": "my_cards", "forget_card": "forget_card",
    "bought_cards": "bought_cards", "downloads": "downloads",
    "my_returns": "my_returns", "cancel_return": "cancel_return", "return_label": "return_label",
    "stores": "stores",
}  # fmt: skip
SENDS_BACK = {"give_back": "return", "claim": "claim", "exchange": "exchange"}
CODE_WORDS = re.compile("code|coupon|voucher|gutschein|rabatt|cupon|vale|codigo|descuento|优惠|码|券")
SHOWN_AS = re.compile(r"colou?rs?\b|farben?\b|colores?\b|颜色")  # how the thing in view comes: on its card, too
NAME_AFTER = re.compile(
    r"\b(?:it ?['’]?s|is|ist|es|hei(?:ß|ss)e|llamo|soy)\b\s*,?\s*"
    r"([^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’.-]*){0,4})\s*[.!]?$",
    re.IGNORECASE,
)
HAN_NAME_AFTER = re.compile(r"(?:叫|是)\s*([\u4e00-\u9fff·]{2,6})[。！]?$")
NO_HAN_NAME = re.compile("[错不别换改名]")
PARTICLES = frozenset({"de", "del", "la", "los", "von", "van", "der", "den", "di", "da", "do", "y", "bin", "al", "zu"})
MOST_READ = 200  # characters
VERY_MANY = 10**6  # pieces


def by_intent(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """What an intent that is heard well enough leads to; None where it leads nowhere as things stand."""
    intent = reading.intent if reading.score >= GOOD else ""
    number = reading.slots.get("order_number", "")
    match intent:
        case "buy_card":
            on_sale = talk.shop.gift_cards_on_sale()
            if not on_sale:
                return start("no_cards_sold")
            return start("product", product=on_sale[0], chosen=numbered(talk, on_sale[0], reading))
        case "order_status" | "":
            if number and (intent or not query_of(reading.text.replace(number, ""))):
                return start("order", number=number)
            return start("order") if intent else None
        case "greet" if step is None and query_of(reading.text):
            return None
        case "browse" if command := _of_something(talk, reading):
            return command
        case "greet" | "thanks" | "bye" | "who":
            return start("small_talk", kind=intent)
        case "repeat":
            return Command(Verb.REPEAT)
        case "resume":
            return Command(Verb.RESUME)
        case "more" if reading.reference is not None:  # "la más barata"
            return None
        case "more":
            return start("more") if talk.state.listing and not query_of(reading.text, known="more") else None
        case "add":
            return _added(talk, reading, step)
        case "remove" | "change_quantity":
            return _changed(talk, reading)
        case "save" | "unsave" | "alert" | "goes_with" | "similar" | "size_guide":
            return _about_product(talk, reading)
        case name if name in REFINES:
            return refined(talk, reading)
        case "redeem" | "coupon" | "drop_coupon":
            return _of_codes(talk, reading)
        case "invited" | "birthday":
            return start(intent, text=reading.text[:200])
        case "unsubscribe" | "subscribe":
            return start(intent, wording=reading.text[:200])
        case "change_delivery" if not _has_named_ways(talk):
            return start("delivery")
        case name if name in CHANGES and (talk.state.frame_of("checkout") or reading.score >= STRONG):
            return Command(Verb.CORRECT_SLOT, {"slot": CHANGES[name], **_right_name(name, reading.text)})
        case "link":
            return start("link", text=reading.text[:200])
        case "cancel_order" | "documents" | "order_again":
            return start(intent, **({"number": number} if number else {}))
        case name if name in SENDS_BACK:
            named = {"number": number} if number else {}
            return start("returns", kind=SENDS_BACK[name], text=reading.text[:200], **named)
        case name if name in SIMPLE:
            return start(SIMPLE[name])
    return None


def _of_codes(talk: Talk, reading: Reading) -> Command | None:
    """Codes that join channels and codes that take something off the price."""
    code = {"code": reading.slots["code"]} if reading.slots.get("code") else {}
    match reading.intent:
        case "redeem":
            return start("coupon") if not code and talk.shop.takes_codes() else start("redeem", **code)
        case "coupon":
            unknown = next((word for word in words_like_codes(reading.text) if is_mixed(word)), "")
            return start("coupon", **({"code": unknown} if unknown else {}))
    if not CODE_WORDS.search(reading.folded):  # "remove one tee"
        return _changed(talk, reading)
    return start("drop_coupon", text=reading.text[:200])


def _right_name(intent: str, text: str) -> dict[str, str]:
    """ "Wrong name, it's Rob Miller": the right one is there already."""
    if intent != "change_name":
        return {}
    if in_han := HAN_NAME_AFTER.search(text[:MOST_READ]):
        return {} if NO_HAN_NAME.search(in_han[1]) else {"value": in_han[1]}
    said = NAME_AFTER.search(text[:MOST_READ])
    words = said[1].split() if said else []
    is_name = bool(words) and all(
        word[0].isupper() or (place and word in PARTICLES) for place, word in enumerate(words)
    )
    return {"value": " ".join(words)} if is_name else {}  # "my name is wrong" is nobody's


def _of_something(talk: Talk, reading: Reading) -> Command | None:
    """ "Do you have shirts?", nearly "what do you have": of a shelf or goods; "what colours do you have?" of the thing in view."""
    if talk.state.focus and SHOWN_AS.search(reading.folded):
        product = talk.state.focus["product"]
        return start("product", product=product, chosen=wishes_for(talk, product, reading))
    said = named_words(talk, reading, "browse")
    if reading.slots.get("category") and not talk.shop.called(words=said):
        return start("listing", slug=reading.slots["category"], **filters_of(reading))
    if said and talk.shop.called(words=said):
        return start("listing", text=" ".join(said), **filters_of(reading))
    return None


def _has_named_ways(talk: Talk) -> bool:
    """Whether the checkout has come as far as the ways of delivery."""
    checkout = talk.state.frame_of("checkout")
    return checkout is not None and bool(checkout.slots.get("ways"))


def _added(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """ "Add it", "add the second one in M": something on the screen. "Add the linen shirt": added if only one is called so.

    "I want a shirt" is a search in disguise.
    """
    if counts_no_pieces(reading.text):
        return start("whole_pieces")
    more = {"quantity": reading.slots["quantity"]} if reading.slots.get("quantity") else {}
    said = named_words(talk, reading, "add")
    if (place := pointed(talk, reading, said)) is not None:
        product = talk.state.shown[place]["product"]
        return start("add", product=product, chosen=wishes_for(talk, product, reading), **more)
    if talk.state.focus and (is_slip(reading.text, "add") or not said):
        chosen = {**talk.state.focus.get("chosen", {}), **wish_of(reading)}
        return start("add", product=talk.state.focus["product"], chosen=chosen, **more)
    if said and is_taken(reading.text) and (step is None or talk.shop.called(words=said)):
        take = {"chosen": wish_of(reading), **more}
        return start("listing", text=" ".join(said), take=take, **filters_of(reading))
    if step is None and not said and not filters_of(reading) and not reading.slots.get("category"):
        return start("which_goods", **more)
    return None


def _about_product(talk: Talk, reading: Reading) -> Command:
    """ "Save it", "tell me when the silk shirt is back": what is pointed at, named, or on the screen."""
    said = named_words(talk, reading, reading.intent)
    if (place := pointed(talk, reading, said, is_strict=True)) is not None:
        product = talk.state.shown[place]["product"]
        return start(reading.intent, product=product, chosen=wishes_for(talk, product, reading))
    if said:
        return start(reading.intent, text=" ".join(said), chosen=wish_of(reading))
    if talk.state.focus:
        product = talk.state.focus["product"]
        return start(reading.intent, product=product, chosen=wishes_for(talk, product, reading))
    return start(reading.intent, chosen=wish_of(reading))


def _changed(talk: Talk, reading: Reading) -> Command | None:
    """ "Remove the mug", "make it 3": about a line of the cart."""
    quantity = reading.slots.get("quantity")
    if reading.intent == "change_quantity" and quantity and talk.state.top and talk.state.top.flow == "add":
        return Command(Verb.REPEAT)  # so many, kept by the question about its kind
    if reading.intent != "change_quantity":
        fewer = {"fewer": quantity} if quantity else {}
        return start("change_cart", quantity=0, text=reading.text[:200], **fewer)
    if quantity is None:
        if other := other_kind(talk, reading):
            return other
        if wish_of(reading) and talk.state.focus:
            return start("product", product=talk.state.focus["product"], chosen=wish_of(reading))
        said = [word for word in named_words(talk, reading, reading.intent) if not word.isdigit()]
        is_of_goods = bool(said) or bool(filters_of(reading))
        odd = "" if is_of_goods else odd_count(reading.folded)
        return _odd(talk, reading, odd) if odd else None
    return start("change_cart", quantity=quantity, text=reading.text[:200])


def other_kind(talk: Talk, reading: Reading) -> Command | None:
    """ "Make it L", "no, the cream one": of what is in view and, in one kind, in the cart already."""
    wish, product = wish_of(reading), talk.state.focus.get("product")
    if not wish or not product or _others_than(talk, product, named_words(talk, reading, "change_quantity")):
        return None
    mine = [line for line in talk.shop.cart()["lines"] if line["product"] == product]
    return start("other_kind", product=product, chosen=wish) if len(mine) == 1 else None


def _others_than(talk: Talk, product: int, said: list[str]) -> list[str]:
    """Those of the words that are not what this product's colours and sizes are called."""
    found = talk.shop.product(product=product) if said else None
    options = found["choices"] if found else ()
    known = {word for option in options for value in option["values"] for word in words_of(fold(value["label"]))}
    return [
        word for word in said if word not in known and not any(HAN.search(word) and label in word for label in known)
    ]


def _odd(talk: Talk, reading: Reading, number: str) -> Command:
    """ "Make it 100000" is refused for what there is; a half or less than nothing is no number of pieces."""
    is_choosing = talk.state.top is not None and talk.state.top.flow == "add"
    if number.isdigit() and not is_choosing and talk.shop.cart()["lines"]:
        return start("change_cart", quantity=min(int(number), VERY_MANY), text=reading.text[:200])
    return start("whole_pieces")
