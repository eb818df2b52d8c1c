"""From a message to commands, cheapest reader first: global words, the question just asked, choices, codes, meaning."""

import re

from apps.catalog.barcodes import scanned
from apps.messaging.content import NUMBERS, HandoverNotice, from_json
from apps.nlu.text import fold, words_of

from . import global_words as spoken
from .choices import asks_to_go_on, command_of, picked
from .codes import is_nearly_card
from .commands import PERSON, Command, Verb, start
from .counted import counted_goods
from .currency_words import currency_asked
from .flow import Ask, Confirm, Step, all_flows
from .goods_questions import asks
from .meaning import article_about, meant
from .query import query_of
from .reading import GOOD, STRONG, Reading, read, words_like_codes
from .shop_questions import asked_of_shop
from .stars import stars_in
from .talk import Talk
from .two_wishes import two_wishes

CARD_WORDS = {"en": "my gift card", "de": "meiner Geschenkkarte", "es": "mi tarjeta regalo", "zh-hans": "礼品卡"}
HIDDEN_CODE = re.compile(r"•••• \w{4}")
RATED = re.compile(
    r"\s*([1-5])\s*(?:stars?|sterne?|estrellas?|颗?星)?[\s,.:;!,。!–-]+([^\W\d].*)", re.DOTALL | re.IGNORECASE
)
YES_CANCEL = re.compile(
    r"(?:ok|okay|yes|ja|si|vale|是的?|好的?)[\s,，]*(?:please |bitte )?"
    r"(?:cancel(?: it)?|stornieren|abbrechen|cancelar(?:lo)?|cancela|取消)"
)
NEGATED = re.compile(r"\b(?:no|not|nicht|kein\w*|nein)\b|[不别]")
DETAILS = ("name", "address")
GIVEN_WHOLE = ("address", "phone", "email")  # what cannot be taken for anything else
HAS_DIGIT_OR_AT = re.compile(r"[\d@]")
LONGEST_BARE = 40  # characters
NOT_A_TOPIC = frozenset({"add", "change_quantity", "more", "resume", "remove"})  # too common inside names and addresses


def waiting_step(talk: Talk) -> Step | None:
    top = talk.state.top
    return all_flows()[top.flow].steps[top.step] if top else None


def commands_for(talk: Talk, text: str) -> list[Command]:
    """What the message tells the bot to do; never empty."""
    step = waiting_step(talk)
    if (
        isinstance(step, Confirm)
        and talk.frame.flow == "cancel_order"
        and YES_CANCEL.fullmatch(fold(text).strip(" .!"))
    ):
        return [Command(Verb.CONFIRM, {"yes": True, "stamp": talk.frame.slots.get("stamp", "")})]
    if talk.state.waiting and _calls_off(talk, text):
        return [Command(Verb.CANCEL, {"what": PERSON})]
    if found := _spoken(talk, text):
        return [found]
    if isinstance(step, Confirm) and spoken.is_yes(text) and asks_to_go_on(talk):
        return [Command(Verb.RESUME)]
    if isinstance(step, Confirm) and (spoken.is_yes(text) or spoken.is_no(text)):
        return [Command(Verb.CONFIRM, {"yes": spoken.is_yes(text), "stamp": talk.frame.slots.get("stamp", "")})]
    if chosen := picked(talk, text):
        return [chosen]
    if wanted := _currency(step, text):
        return [wanted]
    if rated := _rated_in_words(talk, text):
        return [rated]
    if isinstance(step, Ask) and spoken.is_skip(text) and (step.skip is not None or _is_needed(step)):
        return [Command(Verb.SKIP if step.skip is not None else Verb.REASK)]
    if (said := words_like_codes(text)) and (code := talk.shop.coupon_named(words=said)):
        return [start("drop_coupon", text=text[:200]) if _takes_away(talk, text) else start("coupon", code=code)]
    if wrong := _wrong_card(talk, step, text):
        return [wrong]
    reading = read(talk, text)
    if reading.sentiment < 0:
        talk.state.patience = max(0, talk.state.patience - 2)
    if wants := counted_goods(talk, text, step):
        return [start("several", wants=wants)]
    if both := two_wishes(talk, text, step):
        return both
    if isinstance(step, Ask) and (answer := _answered(talk, step, reading)):
        return [answer]
    if chosen := by_place(talk, reading):
        return [chosen]
    if answer := _answered_late(talk, reading):
        return [answer]
    if (stars := stars_in(text)) is not None:
        return [start("rating", score=stars)]
    if (code := scanned(text)) and (found := talk.shop.scanned(code=code)):
        return [start("product", **found)]
    return meant(talk, reading, step)


def _calls_off(talk: Talk, text: str) -> bool:
    """A person is awaited; is none wanted any more? "Never mind" is about them where nothing else is under way."""
    if spoken.wants_no_person(text):
        return True
    if talk.state.top is not None:
        return False
    is_told = bool(talk.state.said) and from_json(talk.state.said[-1]).kind == HandoverNotice.kind
    if is_told and spoken.is_not_needed(text):
        return True
    rest = spoken.after_calling_off(text)
    return rest is not None and (not rest or _is_afterthought(talk, rest))


def _is_afterthought(talk: Talk, rest: str) -> bool:
    """ "Never mind, I found it", "never mind, thanks": no wish follows."""
    reading = read(talk, rest)
    if reading.score >= GOOD:
        return reading.intent in ("thanks", "bye")
    return spoken.is_solved(rest)


def _currency(step: Step | None, text: str) -> Command | None:
    """ "Show prices in dollars", "can I pay in CHF?"; a name alone may be the answer to a question about anything."""
    wish = currency_asked(text)
    if wish is None or (wish.is_bare and isinstance(step, Ask) and step.keeps_free_text):
        return None
    return start("currency", codes=list(wish.codes))


def _wrong_card(talk: Talk, step: Step | None, text: str) -> Command | None:
    """A gift card's code with a group too few; never where any words may be the answer."""
    is_asked = talk.state.top is not None and talk.state.top.flow in ("gift_card", "gift_balance")
    if (isinstance(step, Ask) and step.keeps_free_text) or not is_nearly_card(text, is_asked=is_asked):
        return None
    return Command(Verb.REASK) if is_asked else start("gift_card")


def _is_needed(step: Ask) -> bool:
    """It takes any words, offers none, and cannot be left out: "skip" is no name."""
    return step.keeps_free_text and step.choices is None


def commands_with_codes(talk: Talk, text: str, codes: list[str]) -> list[Command]:
    """A message with codes of gift cards in it: they are used, or looked at where that is asked."""
    top = talk.state.top
    is_looking = top is not None and top.flow == "gift_balance"
    if found := _spoken(talk, text):
        return [found]
    return [start("gift_balance" if is_looking or _asks_balance(talk, text) else "gift_card", codes=codes)]


def _rated_in_words(talk: Talk, text: str) -> Command | None:
    """ "5, lovely shirt" where stars were just asked for: the rating with its words."""
    said = RATED.fullmatch(text)
    offered = talk.shop.choose(number=int(said[1])) if said else None
    if said is None or offered is None or offered["action"].get("do") != "rate":
        return None
    order, comment = offered["action"].get("order", ""), said[2].strip()[:2000]
    return start("rating", order=order, score=int(said[1]), comment=comment)


def _asks_balance(talk: Talk, text: str) -> bool:
    """ "How much is on •••• 7K2M?"."""
    said = HIDDEN_CODE.sub(CARD_WORDS.get(talk.language, CARD_WORDS["en"]), text)
    reading = read(talk, said)
    return reading.intent == "gift_balance" and reading.score >= GOOD


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


def by_place(talk: Talk, reading: Reading) -> Command | None:
    """ "The second one" where no goods are on the screen: of the choices that are. Nothing is agreed to by it."""
    place = reading.slots.get("ordinal")
    if not place or talk.state.shown or query_of(reading.text, known="details") or NEGATED.search(reading.folded):
        return None
    offered = talk.shop.choose(number=NUMBERS[place - 1]) if 0 < place <= len(NUMBERS) else None
    if offered is None or offered["action"].get("do") == "confirm":
        return None
    return command_of(talk, offered["action"])


def _answered_late(talk: Talk, reading: Reading) -> Command | None:
    """The bare answer to a question that was left for something else: "blue", after a look into the cart."""
    left = talk.state.stack[-1] if talk.state.stack else None
    step = all_flows()[left.flow].steps[left.step] if left and left.is_parked else None
    if left is None or not isinstance(step, Ask) or reading.score >= GOOD or reading.is_question:
        return None
    if left.slots.get("product") and talk.state.focus.get("product") != left.slots["product"]:
        return None  # something else is in view meanwhile
    if not (_is_bare(talk, step, reading) or (step.what in GIVEN_WHOLE and HAS_DIGIT_OR_AT.search(reading.text))):
        return None
    value = step.parse(talk, reading)
    if value is None:
        return None
    left.is_parked = False
    return Command(Verb.ANSWER_SLOT, {"slot": step.slot, "value": value})


def _is_bare(talk: Talk, step: Ask, reading: Reading) -> bool:
    """Nothing is said but one of the choices, or details that the question may be about."""
    labels = [choice.label for choice in step.choices(talk)] if step.choices else []
    known = {word for label in labels for word in words_of(fold(label))}
    rest = [word for word in query_of(reading.text, known="details").split() if word not in known]
    return bool(labels) and not rest and len(reading.text) <= LONGEST_BARE


def _answered(talk: Talk, step: Ask, reading: Reading) -> Command | None:
    """The answer to the question just asked, unless the shopper plainly changed the subject."""
    is_elsewhere = reading.score >= STRONG and reading.intent not in NOT_A_TOPIC
    is_asking = reading.is_question or asks(spoken.HESITATION.sub("", reading.folded))
    if step.keeps_free_text and (is_elsewhere or (is_asking and reading.score >= GOOD)):
        return None
    is_question = is_asking if step.what in DETAILS else reading.is_question  # a comment may begin like one
    if step.keeps_free_text and is_question and asked_of_shop(talk, reading.text):
        return None
    if step.keeps_free_text and reading.is_question and article_about(talk, reading):
        return None
    value = step.parse(talk, reading)
    if value is None:
        return None
    return Command(Verb.ANSWER_SLOT, {"slot": step.slot, "value": value})
