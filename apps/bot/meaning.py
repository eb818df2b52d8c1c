"""What a message means where nothing more direct applied: intents, references and slots, then a search."""

import re

from apps.nlu.slots import is_order_number
from apps.nlu.text import HAN, fold
from apps.nlu.understand import score_intents

from . import global_words as spoken
from .commands import Command, Verb, start
from .flow import Ask, Call, Confirm, Step
from .goods_questions import asks, is_of_it, topic_of
from .last_resort import last_resort
from .list_wishes import collection_called, narrowed, without
from .naming import names
from .pointing import named_words, numbered, pointed, wishes_for
from .postal import parse_address
from .query import query_of
from .reading import EXACT, GOOD, STRONG, Reading, filters_of, wish_of
from .shop_questions import asked_of_shop
from .talk import Talk
from .wants import SENDS_BACK, by_intent, other_kind

MAX_NAMED = 2  # words that may name a product while a message for a person is expected
LONG = 6  # words, or as many times two Chinese characters, that are a message rather than a wish
CLOSE = 0.06  # two intents nearer than this are worth a question
LINK_CODE = re.compile(r"\d{4}[ -]?\d{4}")  # as the other channel showed it, and nothing else
ON_THE_CARD = re.compile(
    r"how much|cost|price|stock|kostet|preis|teuer|vorratig|lieferbar|cuesta|precio|多少钱|价|有货|现货|库存"
)
ASKS_HOW = re.compile(r"(?:how|wie|como|what is|what s|was ist|que es)\b|.*(?:怎么|如何|怎样)")
PIECES = 30  # more, said without a word, is a size or an age
PARTED = re.compile(r"[,;，；、\n]|\d{6}")
NOT_TO_SEND_TO = re.compile(
    r"billing|invoice|rechnung|factura|发票|"
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|marz|mai|juni|"
    r"juli|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|octubre|noviembre|diciembre)[\s,.]+(?:\d{1,2}[a-z]{0,2}[\s,.]+)?(?:de )?20\d\d\b"
)
NO_BUT = re.compile(
    r"(?:no|nope|nah|oops|sorry|not that one|ne+|nein|doch|lieber|perdon|mejor)\b|不[，,对是]|不要这个|还是"
)
SHORT_WORD = 3  # characters of one Chinese word
CLARIFIABLE = frozenset({"order_status", "checkout", "cancel_order", "cart", "pay_again", "change_delivery", "browse"})


def meant(talk: Talk, reading: Reading, step: Step | None) -> list[Command]:
    """Intents, references and slots when nothing more direct applied."""
    number = reading.slots.get("order_number", "")
    is_plain = "-" in number or is_order_number(reading.folded) or _asks_where(reading)
    if number and is_plain and reading.intent not in ("cancel_order", "documents", "order_again", *SENDS_BACK):
        return [start("order", number=number)]
    is_back = reading.intent in SENDS_BACK and reading.score >= GOOD
    is_note = talk.state.waiting and step is None and not asks(reading.text)  # for the person who is awaited
    if reading.score < STRONG and not (is_back or is_note) and (asked := asked_of_shop(talk, reading.text)):
        return [asked]
    if question := _about_goods(talk, reading):
        return [question]
    if talk.state.waiting and step is None and (_is_message(reading) or reading.slots.get("email")):
        return [Command(Verb.TAKE_NOTE, {"text": reading.text[:1000]})]
    if command := collection_called(talk, reading, step):
        return [command]
    article = None if _asks_size(reading) else article_about(talk, reading)
    doubted = ("checkout", "give_back", "exchange")  # "can I pay with …?", "can I send it back?"
    is_unsure = reading.score < STRONG or is_one_word(reading)  # "Returns?" asks about them
    is_asked = (reading.is_question or asks_how(reading.text)) and is_unsure and reading.intent in doubted
    if article and (is_asked or article[1] > reading.score + 0.02):
        return [start("article", topic=article[0])]
    if options := _close_calls(reading):
        return [Command(Verb.CLARIFY, {"options": options})]
    if step is None and _corrects(reading) and (command := other_kind(talk, reading)):
        return [command]
    if reading.score < STRONG and (command := without(talk, reading, step)):
        return [command]
    if command := narrowed(talk, reading, step):
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
    if isinstance(step, Call) and not step.lets_go:
        return [Command(Verb.REASK)]
    return [last_resort(talk, reading)]


def _corrects(reading: Reading) -> bool:
    """ "No, the cream one" of what was just put into the cart; a question, or a wish to see, changes nothing there."""
    is_other = reading.score >= GOOD and reading.intent not in ("add", "change_quantity")
    return NO_BUT.match(reading.folded) is not None and not is_other and not asks(reading.text)


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
    if talk.state.top is not None and talk.state.top.flow == "checkout":
        return None  # "can it come tomorrow?" is about the order by now
    if ON_THE_CARD.search(reading.folded):
        return start("product", product=product, chosen=wishes_for(talk, product, reading))
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


def _asks_where(reading: Reading) -> bool:
    """ "Order 12345 where is it": as near to asking after it as to ordering."""
    return any(name == "order_status" and score >= GOOD for name, score in reading.alternatives)


def is_one_word(reading: Reading) -> bool:
    word = reading.folded
    return " " not in word and (not HAN.search(word) or len(word) <= SHORT_WORD)


def asks_how(text: str) -> bool:
    """ "How do returns work": about the way of it, whether or not a question mark follows."""
    return ASKS_HOW.match(fold(text)) is not None


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
    if reading.slots.get("order_number"):  # "order 12345 where is it"
        return []
    best = [name for name, score in reading.alternatives if score >= reading.score - CLOSE and score >= GOOD]
    clear = [name for name in best if name in CLARIFIABLE]
    return clear[:3] if len(clear) > 1 and best[0] in CLARIFIABLE and reading.reference is None else []


def _by_slots(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """No intent, but something was pointed at, or a detail of what is on the screen was named."""
    if LINK_CODE.fullmatch(reading.text.strip()):
        return start("redeem", code=re.sub(r"\D", "", reading.text))
    checkout = talk.state.frame_of("checkout")
    if checkout and reading.slots.get("email") and not reading.intent:
        return Command(Verb.CORRECT_SLOT, {"slot": "email", "value": reading.slots["email"]})
    if checkout and checkout.slots.get("to") and (address := _another_address(talk, reading.text)):
        return Command(Verb.CORRECT_SLOT, {"slot": "address", "value": address})  # the better answer
    if reading.text.strip() == reading.slots.get("email"):  # which nobody asked for
        return Command(Verb.CANNOT_HANDLE, {"reason": "nothing_understood"})
    rest = named_words(talk, reading, "details")
    if isinstance(step, Ask) and talk.frame.flow == "add" and wish_of(reading) and not rest:
        return _chosen_first(talk, reading)
    if (place := pointed(talk, reading, rest)) is not None:
        product = talk.state.shown[place]["product"]
        more = {"quantity": reading.slots["quantity"]} if reading.slots.get("quantity") else {}
        return start("product", product=product, chosen=wishes_for(talk, product, reading), **more)
    if isinstance(step, Ask) and step.keeps_free_text:
        return None  # "weiß ich nicht" is about no colour
    counted = int(reading.slots.get("quantity") or 0)
    if reading.intent or rest or wish_of(reading):
        counted = 0
    if counted and talk.state.focus and (chosen := numbered(talk, talk.state.focus["product"], reading)):
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


def _another_address(talk: Talk, text: str) -> dict[str, str]:
    """A whole address, in parts as they are written; a date or the address of an invoice is none to send to."""
    if not PARTED.search(text) or NOT_TO_SEND_TO.search(fold(text)):
        return {}
    found = parse_address(text, country=talk.merchant["country"])
    return found if found.get("city") and found.get("postcode") else {}


def _chosen_first(talk: Talk, reading: Reading) -> Command:
    """The size, where the colour was asked for: kept, and the colour is asked for still."""
    kept = {key: talk.slots[key] for key in ("product", "quantity") if key in talk.slots}
    return start("add", **kept, chosen={**talk.slots.get("chosen", {}), **wish_of(reading)})


def _this_many(talk: Talk, quantity: int) -> Command:
    """ "Then 3": of what is on the screen; what is in the cart already is set to it."""
    product = talk.state.focus["product"]
    mine = [line["variant"] for line in talk.shop.cart()["lines"] if line["product"] == product]
    if len(mine) == 1:
        return start("change_cart", quantity=quantity, variant=mine[0])
    return start("add", product=product, chosen=talk.state.focus.get("chosen", {}), quantity=quantity)
