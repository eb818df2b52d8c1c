"""What a message means where nothing more direct applied: intents, references and slots, then a search."""

import re
from typing import Any

from apps.nlu.numbers import odd_count
from apps.nlu.slots import is_order_number
from apps.nlu.text import HAN, fold
from apps.nlu.understand import score_intents

from . import global_words as spoken
from .commands import Command, Verb, start
from .flow import Ask, Call, Confirm, Step
from .goods_questions import asks, is_of_it, topic_of
from .last_resort import last_resort
from .naming import is_taken, names, points, value_numbered
from .query import is_slip, query_of
from .reading import GOOD, STRONG, Reading, filters_of, is_mixed, wish_of, words_like_codes
from .refining import against, narrows
from .talk import Talk

MAX_NAMED = 2  # words that may name a product while a message for a person is expected
LONG = 6  # words, or as many times two Chinese characters, that are a message rather than a wish
EXACT = 0.99  # a score that only the words of an example themselves have
CLOSE = 0.06  # two intents nearer than this are worth a question
CHANGES = {
    "change_address": "address", "change_name": "name", "change_phone": "phone", "change_email": "email",
    "change_delivery": "method",
}  # fmt: skip
SIMPLE = {
    "cart": "cart", "browse": "categories", "checkout": "checkout", "cancel_order": "cancel_order",
    "pay_again": "pay", "empty_cart": "empty_cart", "link": "link", "redeem": "redeem", "unsubscribe": "unsubscribe",
    "subscribe": "subscribe", "delete_data": "erase", "my_data": "my_data", "rate": "rating", "why_price": "price",
    "wishes": "wishes", "leave_line": "leave_line", "points": "points", "join_points": "join_points",
    "earn_points": "earn_points", "points_history": "points_history", "rewards": "redeem_points", "invite": "invite",
    "gift_card": "gift_card", "gift_balance": "gift_balance", "store_credit": "store_credit", "use_credit": "use_credit",
    "drop_tenders": "drop_tenders", "pay_card": "pay_card", "my_cards": "my_cards", "forget_card": "forget_card",
    "bought_cards": "bought_cards", "downloads": "downloads",
    "my_returns": "my_returns", "cancel_return": "cancel_return", "return_label": "return_label",
}  # fmt: skip
SENDS_BACK = {"give_back": "return", "claim": "claim", "exchange": "exchange"}
REFINES: dict[str, dict[str, Any]] = {
    "in_stock": {"in_stock": "1"}, "cheaper_first": {"sort": "cheaper"}, "dearer_first": {"sort": "dearer"},
    "all_colours": {"drop": ["colour"]}, "all_sizes": {"drop": ["size"]},
    "any_price": {"drop": ["price_min", "price_max"]}, "no_filters": {"drop": ["all"]},
}  # fmt: skip
LINK_CODE = re.compile(r"\d{4}[ -]?\d{4}")  # as the other channel showed it, and nothing else
CODE_WORDS = re.compile("code|coupon|voucher|gutschein|rabatt|cupon|vale|codigo|descuento|优惠|码|券")
SHOWN_AS = re.compile(r"colou?rs?\b|farben?\b|colores?\b|颜色")  # how the thing in view comes: on its card, too
ON_THE_CARD = re.compile(
    r"how much|cost|price|stock|kostet|preis|teuer|vorratig|lieferbar|cuesta|precio|多少钱|价|有货|现货|库存"
)
ASKS_HOW = re.compile(r"(?:how|wie|como|what is|what s|was ist|que es)\b|.*(?:怎么|如何|怎样)")
VERY_MANY = 10**6  # pieces
PIECES = 30  # more, said without a word, is a size or an age
SHORT_WORD = 3  # characters of one Chinese word
CLARIFIABLE = frozenset({"order_status", "checkout", "cancel_order", "cart", "pay_again", "change_delivery", "browse"})


def meant(talk: Talk, reading: Reading, step: Step | None) -> list[Command]:
    """Intents, references and slots when nothing more direct applied."""
    number = reading.slots.get("order_number", "")
    is_plain = "-" in number or is_order_number(reading.folded)
    if number and is_plain and reading.intent not in ("cancel_order", "documents", "order_again", *SENDS_BACK):
        return [start("order", number=number)]
    if question := _about_goods(talk, reading):
        return [question]
    if talk.state.waiting and step is None and (_is_message(reading) or reading.slots.get("email")):
        return [Command(Verb.TAKE_NOTE, {"text": reading.text[:1000]})]
    if command := _collection(talk, reading, step):
        return [command]
    article = None if _asks_size(reading) else article_about(talk, reading)
    doubted = ("checkout", "give_back", "exchange")  # "can I pay with …?", "can I send it back?"
    is_unsure = reading.score < STRONG or is_one_word(reading)  # "Returns?" asks about them
    is_asked = (reading.is_question or asks_how(reading.text)) and is_unsure and reading.intent in doubted
    if article and (is_asked or article[1] > reading.score + 0.02):
        return [start("article", topic=article[0])]
    if options := _close_calls(reading):
        return [Command(Verb.CLARIFY, {"options": options})]
    if reading.score < STRONG and (command := _without(talk, reading, step)):
        return [command]
    if command := _narrowed(talk, reading, step):
        return [command]
    if command := by_intent(talk, reading, step):
        return [command]
    if command := _by_slots(talk, reading, step):
        return [command]
    if article and article[1] >= GOOD:
        return [start("article", topic=article[0])]
    if step is None and (spoken.is_yes(reading.text) or spoken.is_no(reading.text)):
        return [start("small_talk", kind="agreed")]
    if talk.state.waiting and step is None and not _is_on_the_shelf(talk, reading):
        return [Command(Verb.TAKE_NOTE, {"text": reading.text[:1000]})]
    if reading.is_question and reading.slots.get("category"):
        return [start("listing", slug=reading.slots["category"], **filters_of(reading))]
    if isinstance(step, Ask) and talk.frame.flow == "add" and _is_on_the_shelf(talk, reading):
        return [
            start("listing", text=query_of(reading.text), **filters_of(reading))
        ]  # other goods than those asked about
    if isinstance(step, Ask | Confirm):
        return [Command(Verb.REASK)]
    if isinstance(step, Call):
        return [Command(Verb.REASK)]
    return [last_resort(talk, reading)]


def _about_goods(talk: Talk, reading: Reading) -> Command | None:
    """A question about the thing in view: of its care, material or fit, or whatever "it" may be besides."""
    product = talk.state.focus.get("product")
    if not product:
        return _about_named(talk, reading)
    if reading.score >= STRONG or not asks(reading.text) or wish_of(reading):
        return None
    topic = topic_of(reading.text)
    title = next((item["title"] for item in talk.state.shown if item["product"] == product), "")
    others = [word for word in query_of(reading.text, known="details").split() if not topic_of(word)]
    if topic and not [word for word in talk.shop.called(words=others) if not names([word], title)]:
        return start("about", product=product, topic=topic, text=reading.text[:200])
    if reading.score >= GOOD or not others or article_about(talk, reading) or talk.shop.called(words=others):
        return None
    if ON_THE_CARD.search(reading.folded):
        return start("product", product=product, chosen=_chosen(talk, product, reading))
    if not is_of_it(reading.text):
        return None
    return start("about", product=product, topic="", text=reading.text[:200])


def _about_named(talk: Talk, reading: Reading) -> Command | None:
    """ "Is the linen shirt machine washable?": of goods that are named with it; several of them are shown.

    A material is as good as a name: "do you have linen shirts?" looks for them.
    """
    topic = topic_of(reading.text)
    if topic not in ("care", "fit") or reading.score >= STRONG or not asks(reading.text):
        return None
    named = talk.shop.called(words=named_words(talk, reading, "details"))
    if not named:
        return start("about", product=0, topic=topic, text=reading.text[:200])
    page = talk.shop.find(text=" ".join(named), filters=filters_of(reading), offset=0)
    called_so = [item for item in page["items"] if all(names([word], item["title"]) for word in named)]
    if len(called_so) == 1 and not page["is_loose"]:
        return start("about", product=called_so[0]["product"], topic=topic, text=reading.text[:200])
    return start("listing", text=" ".join(named), **filters_of(reading))


def is_one_word(reading: Reading) -> bool:
    word = reading.folded
    return " " not in word and (not HAN.search(word) or len(word) <= SHORT_WORD)


def asks_how(text: str) -> bool:
    """ "How do returns work": about the way of it, whether or not a question mark follows."""
    return ASKS_HOW.match(fold(text)) is not None


def _collection(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """ "New in", "the summer favourites in blue", "mugs in the sale": a collection of the shop by its name.

    What is an intent to the letter stays one; a name that is a wish itself ("under 40") narrows the list on the screen.
    """
    if reading.score >= EXACT or (isinstance(step, Ask) and step.keeps_free_text):
        return None
    named = talk.shop.collection_called(text=reading.text)
    if named is None:
        return None
    if talk.state.listing and filters_of(reading) and not named_words(talk, reading, "details"):
        return None
    rest = query_of(named["rest"], known="details")
    if rest and (reading.score >= STRONG or not talk.shop.knows(words=rest)):
        return None
    beside = f" {named['rest']} "
    wishes = {key: said for key, said in filters_of(reading).items() if _is_said_in(beside, key)}
    return start("listing", collection=named["slug"], text=rest, **wishes)


def _is_said_in(text: str, wish: str) -> bool:
    """Whether the wish was made outside of the collection's name."""
    return any(char.isdigit() for char in text) if wish.startswith("price") else bool(text.strip())


def _asks_size(reading: Reading) -> bool:
    """The table of the goods in view says more than the shop's general answer."""
    return reading.intent == "size_guide" and reading.score >= GOOD


def _is_message(reading: Reading) -> bool:
    """Sentences left for the person who will read them."""
    length = len(spoken.bare(reading.text)) / 2 if HAN.search(reading.text) else len(reading.folded.split())
    return length >= LONG and reading.score < STRONG and not reading.is_question


def _is_on_the_shelf(talk: Talk, reading: Reading) -> bool:
    """A few words that name something we sell: shopping goes on while a person is awaited."""
    query = query_of(reading.text)
    if not query or len(query.split()) > MAX_NAMED:
        return False
    if not talk.shop.called(words=query.split()):  # "anybody there?" stands in a description, and is no name
        return False
    page = talk.shop.find(text=query, filters=filters_of(reading), offset=0)
    return bool(page["items"]) and not page["corrected"]


def article_about(talk: Talk, reading: Reading) -> tuple[str, float] | None:
    """The merchant's answer that fits best, by what people type when they want it."""
    if reading.score >= EXACT:
        return None
    known = {row["topic"]: (row["title"], *row["keywords"]) for row in talk.shop.articles()}
    scored = score_intents(reading.text, known)
    return scored[0] if scored and scored[0][1] >= GOOD else None


def _close_calls(reading: Reading) -> list[str]:
    """Two or three intents that fit about equally and would do different things."""
    best = [name for name, score in reading.alternatives if score >= reading.score - CLOSE and score >= GOOD]
    clear = [name for name in best if name in CLARIFIABLE]
    return clear[:3] if len(clear) > 1 and best[0] in CLARIFIABLE and reading.reference is None else []


def by_intent(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    intent = reading.intent if reading.score >= GOOD else ""
    number = reading.slots.get("order_number", "")
    match intent:
        case "buy_card":
            on_sale = talk.shop.gift_cards_on_sale()
            if not on_sale:
                return start("no_cards_sold")
            return start("product", product=on_sale[0], chosen=_numbered(talk, on_sale[0], reading))
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
            return _refined(talk, reading)
        case "redeem" if not reading.slots.get("code") and talk.shop.takes_codes():
            return start("coupon")
        case "redeem":
            return start("redeem", **({"code": reading.slots["code"]} if reading.slots.get("code") else {}))
        case "coupon":
            unknown = next((word for word in words_like_codes(reading.text) if is_mixed(word)), "")
            return start("coupon", **({"code": unknown} if unknown else {}))
        case "drop_coupon" if not CODE_WORDS.search(reading.folded):  # "remove one tee"
            return _changed(talk, reading)
        case "drop_coupon":
            return start("drop_coupon", text=reading.text[:200])
        case "invited" | "birthday":
            return start(intent, text=reading.text[:200])
        case "unsubscribe" | "subscribe":
            return start(intent, wording=reading.text[:200])
        case "change_delivery" if not _has_named_ways(talk):
            return start("delivery")
        case name if name in CHANGES and talk.state.frame_of("checkout"):
            return Command(Verb.CORRECT_SLOT, {"slot": CHANGES[name]})
        case "cancel_order" | "documents" | "order_again":
            return start(intent, **({"number": number} if number else {}))
        case name if name in SENDS_BACK:
            named = {"number": number} if number else {}
            return start("returns", kind=SENDS_BACK[name], text=reading.text[:200], **named)
        case name if name in SIMPLE:
            return start(SIMPLE[name])
    return None


def _of_something(talk: Talk, reading: Reading) -> Command | None:
    """ "Do you have shirts?", nearly "what do you have": of a shelf or goods; "what colours do you have?" of the thing in view."""
    if talk.state.focus and SHOWN_AS.search(reading.folded):
        product = talk.state.focus["product"]
        return start("product", product=product, chosen=_chosen(talk, product, reading))
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


def _chosen(talk: Talk, product: int, reading: Reading) -> dict[str, Any]:
    """The wishes of this message on top of those already made for the same product."""
    focus = talk.state.focus if talk.state.focus.get("product") == product else {}
    listed = {key: value for key, value in talk.state.listing.get("filters", {}).items() if key in ("colour", "size")}
    return {**focus.get("chosen", listed), **wish_of(reading)}


def named_words(talk: Talk, reading: Reading, known: str) -> list[str]:
    """What is named besides what is known already; words of the catalogue are no slips of others."""
    return query_of(reading.text, known=known, is_ours=lambda word: bool(talk.shop.called(words=[word]))).split()


def pointed(talk: Talk, reading: Reading, said: list[str], *, is_strict: bool = False) -> int | None:
    """The product on the screen that is pointed at, unless the words name other goods: "the blue silk scarf".

    Strictly, words that nobody knows are taken for the name of other goods, too.
    """
    place = reading.reference
    if place is None or reading.slots.get("ordinal"):
        return place
    other = [word for word in said if not names([word], talk.state.shown[place]["title"])]
    if not other:
        return place
    if is_strict and not points(reading.text):
        return None
    return None if talk.shop.called(words=other) else place


def _added(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """ "Add it", "add the second one in M": something on the screen. "Add the linen shirt": added if only one is called so.

    "I want a shirt" is a search in disguise.
    """
    more = {"quantity": reading.slots["quantity"]} if reading.slots.get("quantity") else {}
    said = named_words(talk, reading, "add")
    if (place := pointed(talk, reading, said)) is not None:
        product = talk.state.shown[place]["product"]
        return start("add", product=product, chosen=_chosen(talk, product, reading), **more)
    if talk.state.focus and (is_slip(reading.text, "add") or not said):
        chosen = {**talk.state.focus.get("chosen", {}), **wish_of(reading)}
        return start("add", product=talk.state.focus["product"], chosen=chosen, **more)
    if said and is_taken(reading.text) and (step is None or talk.shop.called(words=said)):
        take = {"chosen": wish_of(reading), **more}
        return start("listing", text=" ".join(said), take=take, **filters_of(reading))
    if step is None and not said:
        return start("which_goods", **more)
    return None


def _refined(talk: Talk, reading: Reading) -> Command | None:
    """ "Cheaper first", "all colours": the list on the screen, or everything where there is none."""
    change = REFINES[reading.intent]
    if reading.intent == "in_stock" and talk.state.focus:
        product = talk.state.focus["product"]
        return start("product", product=product, chosen=_chosen(talk, product, reading))
    if "drop" in change and not talk.state.listing:
        return None
    rest = query_of(reading.text, known=reading.intent)
    if rest and not talk.state.listing:
        return start("listing", text=rest, **change, **filters_of(reading))
    return start("listing", refine=bool(talk.state.listing), **change, **filters_of(reading))


def _without(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """ "Not leather", about the list on the screen; what lies in the cart is taken out of the cart instead."""
    if step is not None or not talk.state.listing:
        return None
    for what in against(reading.text):
        if not talk.shop.knows(words=what):
            continue
        if reading.intent == "remove" and _is_in_cart(talk, what):
            return None
        return start("listing", refine=True, without=what)
    return None


def _narrowed(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """ "Only blue": of the list, also after one of it was looked at or added."""
    filters = filters_of(reading)
    if step is not None or not (talk.state.listing and filters and narrows(reading.text)):
        return None
    if reading.reference is not None or named_words(talk, reading, "details"):
        return None
    return start("listing", refine=True, **filters)


def _is_in_cart(talk: Talk, what: str) -> bool:
    named = set(what.split())
    return any(named <= set(query_of(line["title"]).split()) for line in talk.shop.cart()["lines"])


def _about_product(talk: Talk, reading: Reading) -> Command:
    """ "Save it", "tell me when the silk shirt is back": what is pointed at, named, or on the screen."""
    said = named_words(talk, reading, reading.intent)
    if (place := pointed(talk, reading, said, is_strict=True)) is not None:
        product = talk.state.shown[place]["product"]
        return start(reading.intent, product=product, chosen=_chosen(talk, product, reading))
    if said:
        return start(reading.intent, text=" ".join(said), chosen=wish_of(reading))
    if talk.state.focus:
        product = talk.state.focus["product"]
        return start(reading.intent, product=product, chosen=_chosen(talk, product, reading))
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
        if odd := odd_count(reading.folded):
            return _odd(talk, reading, odd)
        if wish_of(reading) and talk.state.focus:
            return start("product", product=talk.state.focus["product"], chosen=wish_of(reading))
        return None
    return start("change_cart", quantity=quantity, text=reading.text[:200])


def _odd(talk: Talk, reading: Reading, number: str) -> Command:
    """ "Make it 100000" is refused for what there is; a half or less than nothing is no number of pieces."""
    is_choosing = talk.state.top is not None and talk.state.top.flow == "add"
    if number.isdigit() and not is_choosing and talk.shop.cart()["lines"]:
        return start("change_cart", quantity=min(int(number), VERY_MANY), text=reading.text[:200])
    return start("whole_pieces")


def _by_slots(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """No intent, but something was pointed at, or a detail of what is on the screen was named."""
    if LINK_CODE.fullmatch(reading.text.strip()):
        return start("redeem", code=re.sub(r"\D", "", reading.text))
    checkout = talk.state.frame_of("checkout")
    if checkout and reading.slots.get("email") and not reading.intent:
        return Command(Verb.CORRECT_SLOT, {"slot": "email", "value": reading.slots["email"]})
    if reading.text.strip() == reading.slots.get("email"):  # which nobody asked for
        return Command(Verb.CANNOT_HANDLE, {"reason": "nothing_understood"})
    rest = named_words(talk, reading, "details")
    if isinstance(step, Ask) and talk.frame.flow == "add" and wish_of(reading) and not rest:
        return _chosen_first(talk, reading)
    if (place := pointed(talk, reading, rest)) is not None:
        product = talk.state.shown[place]["product"]
        more = {"quantity": reading.slots["quantity"]} if reading.slots.get("quantity") else {}
        return start("product", product=product, chosen=_chosen(talk, product, reading), **more)
    if isinstance(step, Ask) and step.keeps_free_text:
        return None  # "weiß ich nicht" is about no colour
    counted = int(reading.slots.get("quantity") or 0)
    if reading.intent or rest or wish_of(reading):
        counted = 0
    if counted and talk.state.focus and (chosen := _numbered(talk, talk.state.focus["product"], reading)):
        return start("product", product=talk.state.focus["product"], chosen=chosen)
    if 0 < counted <= PIECES and talk.state.focus and talk.state.top is None:
        return _this_many(talk, counted)
    if talk.state.focus and wish_of(reading) and not rest:
        chosen = {**talk.state.focus.get("chosen", {}), **wish_of(reading)}
        return start("product", product=talk.state.focus["product"], chosen=chosen)
    filters = filters_of(reading)
    if talk.state.listing and filters and not rest:
        return start("listing", refine=True, **filters)
    if reading.slots.get("category") and not rest and not reading.intent:
        if not query_of(reading.text):  # "té" sounds like the "te" of grammar: a thing as well as half a shelf's name
            return start("listing", text=spoken.bare(reading.text), **filters)
        return start("listing", slug=reading.slots["category"], **filters)
    return None


def _chosen_first(talk: Talk, reading: Reading) -> Command:
    """The size, where the colour was asked for: kept, and the colour is asked for still."""
    kept = {key: talk.slots[key] for key in ("product", "quantity") if key in talk.slots}
    return start("add", **kept, chosen={**talk.slots.get("chosen", {}), **wish_of(reading)})


def _numbered(talk: Talk, product: int, reading: Reading) -> dict[str, str]:
    """The value that a number in the message is one of: 50 of a gift card, which is not fifty of it."""
    found = talk.shop.product(product=product)
    for option in found["choices"] if found else ():
        if key := value_numbered(reading.text, option["values"]):
            return {option["kind"]: key}
    return {}


def _this_many(talk: Talk, quantity: int) -> Command:
    """ "Then 3": of what is on the screen; what is in the cart already is set to it."""
    product = talk.state.focus["product"]
    mine = [line["variant"] for line in talk.shop.cart()["lines"] if line["product"] == product]
    if len(mine) == 1:
        return start("change_cart", quantity=quantity, variant=mine[0])
    return start("add", product=product, chosen=talk.state.focus.get("chosen", {}), quantity=quantity)
