"""From a message to commands, cheapest reader first: global words, the question just asked, choices, intents, search."""

import re
from dataclasses import dataclass, field
from typing import Any

from apps.catalog.barcodes import scanned
from apps.messaging.content import all_choices, from_json
from apps.nlu.text import HAN, fold
from apps.nlu.understand import score_intents

from . import global_words as spoken
from .commands import Command, Verb, start
from .flow import Ask, Call, Confirm, Step, all_flows
from .naming import is_taken, names, points
from .query import is_slip, query_of
from .refining import against, narrows
from .stars import stars_in
from .talk import Talk

MAX_NAMED = 2  # words that may name a product while a message for a person is expected
LONG = 6  # words, or as many times two Chinese characters, that are a message rather than a wish
STRONG = 0.86  # this sure of an intent, a free-text question may be left
GOOD = 0.62
CLOSE = 0.06  # two intents nearer than this are worth a question
CHANGES = {
    "change_address": "address", "change_name": "name", "change_phone": "phone", "change_email": "email",
    "change_delivery": "method",
}  # fmt: skip
SMALL_TALK = ("greet", "thanks", "bye", "who")
SIMPLE = {
    "cart": "cart", "browse": "categories", "checkout": "checkout", "cancel_order": "cancel_order",
    "pay_again": "pay", "empty_cart": "empty_cart", "link": "link", "redeem": "redeem", "unsubscribe": "unsubscribe",
    "subscribe": "subscribe", "delete_data": "erase", "my_data": "my_data", "rate": "rating", "why_price": "price",
    "wishes": "wishes", "leave_line": "leave_line", "points": "points", "join_points": "join_points",
    "earn_points": "earn_points", "points_history": "points_history", "rewards": "redeem_points", "invite": "invite",
    "gift_card": "gift_card", "gift_balance": "gift_balance", "store_credit": "store_credit", "use_credit": "use_credit",
    "drop_tenders": "drop_tenders",
    "my_returns": "my_returns", "cancel_return": "cancel_return",
}  # fmt: skip
SENDS_BACK = {"give_back": "return", "claim": "claim", "exchange": "exchange"}
REFINES: dict[str, dict[str, Any]] = {
    "in_stock": {"in_stock": "1"}, "cheaper_first": {"sort": "cheaper"}, "dearer_first": {"sort": "dearer"},
    "all_colours": {"drop": ["colour"]}, "all_sizes": {"drop": ["size"]},
    "any_price": {"drop": ["price_min", "price_max"]}, "no_filters": {"drop": ["all"]},
}  # fmt: skip
CARD_WORDS = {"en": "my gift card", "de": "meiner Geschenkkarte", "es": "mi tarjeta regalo", "zh-hans": "礼品卡"}
HIDDEN_CODE = re.compile(r"•••• \w{4}")
CODE_LIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,31}")
MAX_BESIDE_CODE = 9  # words in a message that may name a code
DEEDS = frozenset({"add", "remove", "checkout"})  # "add it to my cart" is about adding, not the cart
NOT_A_TOPIC = frozenset({"add", "change_quantity", "more", "resume", "remove"})  # too common inside names and addresses


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as understood; `slots` as `Slots.to_json`."""

    text: str
    intent: str = ""
    score: float = 0.0
    margin: float = 0.0
    alternatives: list[list[Any]] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    sentiment: int = 0
    language: str = ""
    reference: int | None = None

    @property
    def is_question(self) -> bool:
        return self.text.rstrip().endswith(("?", "？")) or "吗" in self.text

    @property
    def folded(self) -> str:
        return fold(self.text)


def read(talk: Talk, text: str) -> Reading:
    raw = talk.shop.read(text=text, shown=talk.state.seen())
    alternatives = _deeds_first(raw["alternatives"])
    return Reading(
        text=text,
        intent=alternatives[0][0] if alternatives else "",
        score=alternatives[0][1] if alternatives else 0.0,
        margin=raw["margin"],
        alternatives=alternatives,
        slots=raw["slots"],
        sentiment=raw["sentiment"],
        language=raw["language"],
        reference=raw["reference"],
    )


def _deeds_first(alternatives: list[list[Any]]) -> list[list[Any]]:
    """What is to be done goes before the cart it is done to."""
    if not alternatives or alternatives[0][0] != "cart" or alternatives[0][1] >= STRONG:
        return alternatives
    deed = next((item for item in alternatives if item[0] in DEEDS and item[1] >= GOOD), None)
    cart_last = [item for item in alternatives if item[0] not in ("cart", deed[0] if deed else "")]
    return [[deed[0], alternatives[0][1]], *cart_last] if deed else alternatives


def waiting_step(talk: Talk) -> Step | None:
    top = talk.state.top
    return all_flows()[top.flow].steps[top.step] if top else None


def commands_for(talk: Talk, text: str) -> list[Command]:
    """What the message tells the bot to do; never empty."""
    if found := _spoken(talk, text):
        return [found]
    step = waiting_step(talk)
    if isinstance(step, Confirm) and (spoken.is_yes(text) or spoken.is_no(text)):
        return [Command(Verb.CONFIRM, {"yes": spoken.is_yes(text), "stamp": talk.frame.slots.get("stamp", "")})]
    if picked := _picked(talk, text):
        return [picked]
    if isinstance(step, Ask) and step.skip is not None and spoken.is_skip(text):
        return [Command(Verb.SKIP)]
    if (said := words_like_codes(text)) and (code := talk.shop.coupon_named(words=said)):
        return [start("drop_coupon", text=text[:200]) if _takes_away(talk, text) else start("coupon", code=code)]
    reading = read(talk, text)
    if reading.sentiment < 0:
        talk.state.patience = max(0, talk.state.patience - 2)
    if isinstance(step, Ask) and (answer := _answered(talk, step, reading)):
        return [answer]
    if (stars := stars_in(text)) is not None:
        return [start("rating", score=stars)]
    if (code := scanned(text)) and (found := talk.shop.scanned(code=code)):
        return [start("product", **found)]
    return _meant(talk, reading, step)


def commands_with_codes(talk: Talk, text: str, codes: list[str]) -> list[Command]:
    """A message with codes of gift cards in it: they are used, or looked at where that is asked."""
    top = talk.state.top
    is_looking = top is not None and top.flow == "gift_balance"
    if found := _spoken(talk, text):
        return [found]
    return [start("gift_balance" if is_looking or _asks_balance(talk, text) else "gift_card", codes=codes)]


def _asks_balance(talk: Talk, text: str) -> bool:
    """ "How much is on •••• 7K2M?"."""
    said = HIDDEN_CODE.sub(CARD_WORDS.get(talk.language, CARD_WORDS["en"]), text)
    reading = read(talk, said)
    return reading.intent == "gift_balance" and reading.score >= GOOD


def words_like_codes(text: str) -> list[str]:
    """What in a short message might be a shop's code: the one word it is, words in capitals or with digits in them."""
    parts = text.split()
    if not 1 <= len(parts) <= MAX_BESIDE_CODE or len(text) > 120:
        return []
    found = [
        word
        for word in CODE_LIKE.findall(text)
        if len(parts) == 1 or (word.isupper() and len(word) > 3) or _is_mixed(word)
    ]
    joined = "".join(parts)  # "welcome 10"
    if 1 < len(parts) <= 3 and joined.isascii() and _is_mixed(joined):
        found.append(joined)
    return [word for word in dict.fromkeys(found) if not word.isdigit()][:4]


def _is_mixed(word: str) -> bool:
    return any(char.isdigit() for char in word) and any(char.isalpha() for char in word)


def _takes_away(talk: Talk, text: str) -> bool:
    """ "Remove WELCOME10"."""
    return read(talk, text).intent in ("remove", "drop_coupon")


def _spoken(talk: Talk, text: str) -> Command | None:
    """The global words."""
    match spoken.global_word(text, channel=talk.channel):
        case "human":
            return start("human", reason="asked", text=text[:500])
        case "back":
            return Command(Verb.GO_BACK)
        case "cancel":
            return Command(Verb.CANCEL)
        case "start_over":
            return Command(Verb.START_OVER)
        case "help":
            return start("help")
        case "language":
            return start("language")
        case "menu":
            return start("menu")
    if code := spoken.language_named(text, talk.merchant["languages"]):
        return Command(Verb.LANGUAGE, {"code": code})
    return None


def _picked(talk: Talk, text: str) -> Command | None:
    """A typed number or label of the latest offer."""
    said = spoken.bare(text)
    if not said or len(said) > 60:
        return None
    if offered := _yes_offered(talk) if spoken.is_yes(text) else _named_line(talk, text):
        return command_of(talk, offered)
    digits = said if said.isdigit() and len(said) <= 2 else ""
    choice = talk.shop.choose(number=int(digits)) if digits else talk.shop.choose(label=text)
    return command_of(talk, choice["action"]) if choice else None


def _yes_offered(talk: Talk) -> dict[str, Any] | None:
    """What the "yes, please" among the last choices stands for."""
    offered = [choice for said in talk.state.said for choice in all_choices(from_json(said))]
    return next((choice.action for choice in offered if choice.action and spoken.is_yes(choice.label)), None)


def _named_line(talk: Talk, text: str) -> dict[str, Any] | None:
    """The line of the cart that was asked about, by the words that tell it from the others: "la de cristal"."""
    offered = [choice for said in talk.state.said for choice in all_choices(from_json(said))]
    lines = [choice for choice in offered if choice.action and choice.action.get("do") == "quantity"]
    said = set(query_of(text).split()) if lines else set()
    fitting = [choice.action for choice in lines if said and said <= set(query_of(choice.label).split())]
    return fitting[0] if len(fitting) == 1 else None


def _answered(talk: Talk, step: Ask, reading: Reading) -> Command | None:
    """The answer to the question just asked, unless the shopper plainly changed the subject."""
    is_elsewhere = reading.score >= STRONG and reading.intent not in NOT_A_TOPIC
    if step.keeps_free_text and (is_elsewhere or (reading.is_question and reading.score >= GOOD)):
        return None
    if step.keeps_free_text and reading.is_question and _article(talk, reading):
        return None
    value = step.parse(talk, reading)
    if value is None:
        return None
    return Command(Verb.ANSWER_SLOT, {"slot": step.slot, "value": value})


def command_of(talk: Talk, action: dict[str, Any]) -> Command:
    """What a choice stands for."""
    args = {key: value for key, value in action.items() if key != "do"}
    match action.get("do"):
        case "slot":
            return Command(Verb.ANSWER_SLOT, args)
        case "correct":
            return Command(Verb.CORRECT_SLOT, args)
        case "confirm":
            bound = {"stamp": args.get("stamp", ""), "flow": args.get("flow", "")}
            return Command(Verb.CONFIRM, {"yes": bool(args.get("yes", True)), **bound})
        case "skip":
            return Command(Verb.SKIP)
        case "back":
            return Command(Verb.GO_BACK)
        case "cancel":
            return Command(Verb.CANCEL)
        case "start_over":
            return Command(Verb.START_OVER)
        case "resume":
            return Command(Verb.RESUME)
        case "language" if args.get("code"):
            return Command(Verb.LANGUAGE, args)
        case do if do in ACTION_FLOWS:
            return start(ACTION_FLOWS[do], **args)
    return Command(Verb.CANNOT_HANDLE, {"reason": "unknown_choice"})


ACTION_FLOWS = {
    "show": "product", "add": "add", "category": "listing", "more": "more", "cart": "cart", "checkout": "checkout",
    "order_status": "order", "rate": "rating", "human": "human", "menu": "menu", "pay_again": "pay",
    "article": "article", "remove": "change_cart", "quantity": "change_cart", "browse": "categories", "link": "link",
    "redeem": "redeem", "help": "help", "language": "language", "topics": "topics", "cancel_order": "cancel_order",
    "search": "listing", "unsubscribe": "unsubscribe", "empty_cart": "empty_cart", "edit_cart": "edit_cart",
    "delete_data": "erase", "my_data": "my_data", "coupon": "coupon", "drop_coupon": "drop_coupon", "save": "save",
    "wishes": "wishes", "unsave": "unsave", "alert": "alert", "leave_line": "leave_line", "take_turn": "take_turn",
    "points": "points", "join_points": "join_points", "earn_points": "earn_points", "points_history": "points_history",
    "rewards": "redeem_points", "redeem_points": "redeem_points", "invite": "invite", "birthday": "birthday",
    "gift_card": "gift_card", "gift_balance": "gift_balance", "use_credit": "use_credit", "drop_tenders": "drop_tenders",
    "returns": "returns", "my_returns": "my_returns", "cancel_return": "cancel_return", "documents": "documents",
}  # fmt: skip


def _meant(talk: Talk, reading: Reading, step: Step | None) -> list[Command]:
    """Intents, references and slots when nothing more direct applied."""
    number = reading.slots.get("order_number", "")
    if "-" in number and reading.intent not in ("cancel_order", "documents", *SENDS_BACK):
        return [start("order", number=number)]
    if talk.state.waiting and step is None and _is_message(reading):
        return [Command(Verb.TAKE_NOTE, {"text": reading.text[:1000]})]
    article = _article(talk, reading)
    doubted = ("checkout", "give_back", "exchange")  # "can I pay with …?", "can I send it back?"
    is_asked = reading.is_question and reading.score < STRONG and reading.intent in doubted
    if article and (is_asked or article[1] > reading.score + 0.02):
        return [start("article", topic=article[0])]
    if options := _close_calls(reading):
        return [Command(Verb.CLARIFY, {"options": options})]
    if reading.score < STRONG and (command := _without(talk, reading, step)):
        return [command]
    if command := _narrowed(talk, reading, step):
        return [command]
    if command := _by_intent(talk, reading, step):
        return [command]
    if command := _by_slots(talk, reading):
        return [command]
    if article and article[1] >= GOOD:
        return [start("article", topic=article[0])]
    if step is None and (spoken.is_yes(reading.text) or spoken.is_no(reading.text)):
        return [start("small_talk", kind="agreed")]
    if talk.state.waiting and step is None and not _is_on_the_shelf(talk, reading):
        return [Command(Verb.TAKE_NOTE, {"text": reading.text[:1000]})]
    if reading.is_question and reading.slots.get("category"):
        return [start("listing", slug=reading.slots["category"], **_filters(reading))]
    if isinstance(step, Ask | Confirm):
        return [Command(Verb.REASK)]
    if isinstance(step, Call):
        return [Command(Verb.REASK)]
    query = query_of(reading.text)
    if query:
        return [start("listing", text=query, **_filters(reading))]
    return [Command(Verb.CANNOT_HANDLE, {"reason": "nothing_understood"})]


def _is_message(reading: Reading) -> bool:
    """Sentences left for the person who will read them."""
    length = len(spoken.bare(reading.text)) / 2 if HAN.search(reading.text) else len(reading.folded.split())
    return length >= LONG and reading.score < STRONG and not reading.is_question


def _is_on_the_shelf(talk: Talk, reading: Reading) -> bool:
    """A few words that name something we sell: shopping goes on while a person is awaited."""
    query = query_of(reading.text)
    if not query or len(query.split()) > MAX_NAMED:
        return False
    page = talk.shop.find(text=query, filters=_filters(reading), offset=0)
    return bool(page["items"]) and not page["corrected"]


def _article(talk: Talk, reading: Reading) -> tuple[str, float] | None:
    """The merchant's answer that fits best, by what people type when they want it."""
    if reading.score >= 0.99:
        return None
    known = {row["topic"]: (row["title"], *row["keywords"]) for row in talk.shop.articles()}
    scored = score_intents(reading.text, known)
    return scored[0] if scored and scored[0][1] >= GOOD else None


def _close_calls(reading: Reading) -> list[str]:
    """Two or three intents that fit about equally and would do different things."""
    best = [name for name, score in reading.alternatives if score >= reading.score - CLOSE and score >= GOOD]
    clear = [name for name in best if name in CLARIFIABLE]
    return clear[:3] if len(clear) > 1 and best[0] in CLARIFIABLE and reading.reference is None else []


CLARIFIABLE = frozenset({"order_status", "checkout", "cancel_order", "cart", "pay_again", "change_delivery", "browse"})


def _by_intent(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    intent = reading.intent if reading.score >= GOOD else ""
    number = reading.slots.get("order_number", "")
    match intent:
        case "order_status" | "":
            if number and (intent or not query_of(reading.text.replace(number, ""))):
                return start("order", number=number)
            return start("order") if intent else None
        case "greet" if step is None and query_of(reading.text):
            return None
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
        case "save" | "unsave" | "alert":
            return _about_product(talk, reading)
        case name if name in REFINES:
            return _refined(talk, reading)
        case "redeem" if not reading.slots.get("code") and talk.shop.takes_codes():
            return start("coupon")
        case "redeem":
            return start("redeem", **({"code": reading.slots["code"]} if reading.slots.get("code") else {}))
        case "coupon":
            unknown = next((word for word in words_like_codes(reading.text) if _is_mixed(word)), "")
            return start("coupon", **({"code": unknown} if unknown else {}))
        case "drop_coupon":
            return start("drop_coupon", text=reading.text[:200])
        case "invited" | "birthday":
            return start(intent, text=reading.text[:200])
        case "unsubscribe" | "subscribe":
            return start(intent, wording=reading.text[:200])
        case name if name in CHANGES and talk.state.frame_of("checkout"):
            return Command(Verb.CORRECT_SLOT, {"slot": CHANGES[name]})
        case "cancel_order" | "documents":
            return start(intent, **({"number": number} if number else {}))
        case name if name in SENDS_BACK:
            named = {"number": number} if number else {}
            return start("returns", kind=SENDS_BACK[name], text=reading.text[:200], **named)
        case name if name in SIMPLE:
            return start(SIMPLE[name])
    return None


def _wish(reading: Reading) -> dict[str, Any]:
    """What was said of the variant wanted."""
    return {key: reading.slots[key] for key in ("colour", "size") if reading.slots.get(key)}


def _chosen(talk: Talk, product: int, reading: Reading) -> dict[str, Any]:
    """The wishes of this message on top of those already made for the same product."""
    focus = talk.state.focus if talk.state.focus.get("product") == product else {}
    listed = {key: value for key, value in talk.state.listing.get("filters", {}).items() if key in ("colour", "size")}
    return {**focus.get("chosen", listed), **_wish(reading)}


def _words(talk: Talk, reading: Reading, known: str) -> list[str]:
    """What is named besides what is known already; words of the catalogue are no slips of others."""
    return query_of(reading.text, known=known, is_ours=lambda word: bool(talk.shop.called(words=[word]))).split()


def _pointed(talk: Talk, reading: Reading, said: list[str], *, is_strict: bool = False) -> int | None:
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
    said = _words(talk, reading, "add")
    if (place := _pointed(talk, reading, said)) is not None:
        product = talk.state.shown[place]["product"]
        return start("add", product=product, chosen=_chosen(talk, product, reading), **more)
    if talk.state.focus and (is_slip(reading.text, "add") or not said):
        chosen = {**talk.state.focus.get("chosen", {}), **_wish(reading)}
        return start("add", product=talk.state.focus["product"], chosen=chosen, **more)
    if said and is_taken(reading.text) and (step is None or talk.shop.called(words=said)):
        take = {"chosen": _wish(reading), **more}
        return start("listing", text=" ".join(said), take=take, **_filters(reading))
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
        return start("listing", text=rest, **change, **_filters(reading))
    return start("listing", refine=bool(talk.state.listing), **change, **_filters(reading))


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
    filters = _filters(reading)
    if step is not None or not (talk.state.listing and filters and narrows(reading.text)):
        return None
    if reading.reference is not None or _words(talk, reading, "details"):
        return None
    return start("listing", refine=True, **filters)


def _is_in_cart(talk: Talk, what: str) -> bool:
    named = set(what.split())
    return any(named <= set(query_of(line["title"]).split()) for line in talk.shop.cart()["lines"])


def _about_product(talk: Talk, reading: Reading) -> Command:
    """ "Save it", "tell me when the silk shirt is back": what is pointed at, named, or on the screen."""
    said = _words(talk, reading, reading.intent)
    if (place := _pointed(talk, reading, said, is_strict=True)) is not None:
        product = talk.state.shown[place]["product"]
        return start(reading.intent, product=product, chosen=_chosen(talk, product, reading))
    if said:
        return start(reading.intent, text=" ".join(said), chosen=_wish(reading))
    if talk.state.focus:
        product = talk.state.focus["product"]
        return start(reading.intent, product=product, chosen=_chosen(talk, product, reading))
    return start(reading.intent, chosen=_wish(reading))


def _changed(talk: Talk, reading: Reading) -> Command | None:
    """ "Remove the mug", "make it 3": about a line of the cart."""
    is_removal = reading.intent == "remove"
    quantity = 0 if is_removal else reading.slots.get("quantity")
    if quantity is None:
        if _wish(reading) and talk.state.focus:
            return start("product", product=talk.state.focus["product"], chosen=_wish(reading))
        return None
    return start("change_cart", quantity=quantity, text=reading.text[:200])


def _by_slots(talk: Talk, reading: Reading) -> Command | None:
    """No intent, but something was pointed at, or a detail of what is on the screen was named."""
    checkout = talk.state.frame_of("checkout")
    if checkout and reading.slots.get("email") and not reading.intent:
        return Command(Verb.CORRECT_SLOT, {"slot": "email", "value": reading.slots["email"]})
    rest = _words(talk, reading, "details")
    if (place := _pointed(talk, reading, rest)) is not None:
        product = talk.state.shown[place]["product"]
        more = {"quantity": reading.slots["quantity"]} if reading.slots.get("quantity") else {}
        return start("product", product=product, chosen=_chosen(talk, product, reading), **more)
    step = waiting_step(talk)
    if isinstance(step, Ask) and step.keeps_free_text:
        return None  # "weiß ich nicht" is about no colour
    counted = reading.slots.get("quantity") and not reading.intent and not rest and not _wish(reading)
    if counted and talk.state.focus and talk.state.top is None:
        return _this_many(talk, int(reading.slots["quantity"]))
    if talk.state.focus and _wish(reading) and not rest:
        chosen = {**talk.state.focus.get("chosen", {}), **_wish(reading)}
        return start("product", product=talk.state.focus["product"], chosen=chosen)
    filters = _filters(reading)
    if talk.state.listing and filters and not rest:
        return start("listing", refine=True, **filters)
    if reading.slots.get("category") and not rest and not reading.intent:
        return start("listing", slug=reading.slots["category"], **filters)
    return None


def _this_many(talk: Talk, quantity: int) -> Command:
    """ "Then 3": of what is on the screen; what is in the cart already is set to it."""
    product = talk.state.focus["product"]
    mine = [line["variant"] for line in talk.shop.cart()["lines"] if line["product"] == product]
    if len(mine) == 1:
        return start("change_cart", quantity=quantity, variant=mine[0])
    return start("add", product=product, chosen=talk.state.focus.get("chosen", {}), quantity=quantity)


def _filters(reading: Reading) -> dict[str, Any]:
    return {key: reading.slots[key] for key in ("price_min", "price_max", "colour", "size") if reading.slots.get(key)}
