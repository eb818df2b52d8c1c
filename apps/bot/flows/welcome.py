"""The first words, the menu, help, small talk and languages."""

from typing import Any

from apps.messaging.content import Choice

from ..answers import WHAT_NEXT, main_choices
from ..flow import Branch, Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from .stores import OPEN

HELLO = words(
    "Hello, I am {assistant}, the digital assistant of {shop}. I can show you products, take your order and tell you "
    "where it is. A person is here too: just say so."
)
HELLO_AGAIN = words("Hello again. What can I do for you?")
GONE = words("What this link was about is no longer here. I am happy to show you what we have now:")
AT_STORE = words("You are with our store {name}.")
HAS_IT = words("We have it right here.")
HAS_IT_NOT = words("It does not lie here just now; I can have it sent to you.")
LOOK = words("What shall we look at first?")
MENU = words("Here is what I can do for you:")
HELP = words(
    'Write what you are looking for, like "blue shirt under 60", or pick below. "Back", "cancel", "start over", '
    '"language" and "human" work at any time.'
)
HELP_SMS = words(
    'Write what you are looking for, like "blue shirt under 60", or reply with a number. 0 is back, 9 is a person. '
    "STOP ends all messages."
)
THANKS = words("You are welcome. Anything else I can do?")
SORRY = words(
    "I am sorry that this is annoying. A person of the team can help, or tell me in a few words what you need."
)
BYE = words("Goodbye, and thank you for stopping by. I am here whenever you need me.")
WHO = words("I am {assistant}, a digital assistant, not a person. If you would rather talk to a person, say so.")
WHICH_LANGUAGE = words("Which language shall we speak?")
NOW_SPEAKING = words("Of course. From now on in English.")  # each catalogue names its own language here
NOT_SPOKEN = words("I do not speak that language here. These I do:")
BROWSE = label("Browse products")
ABOUT = {
    "product",
    "category",
    "collection",
    "cart",
    "store",
    "associate",
    "gone",
}  # what a link may be about and be no more


def say_hello(talk: Talk) -> None:
    talk.say(HELLO_AGAIN if talk.state.is_met else HELLO, main_choices(talk))
    talk.state.is_met = True


def say_menu(talk: Talk) -> None:
    talk.say(MENU, main_choices(talk))


def say_help(talk: Talk) -> None:
    talk.say(HELP_SMS if talk.channel == "sms" else HELP, main_choices(talk))


def small_talk(talk: Talk) -> None:
    match talk.slots["kind"]:
        case "greet":
            say_hello(talk)
        case "thanks":
            talk.say(THANKS, [talk.choice(BROWSE, do="browse"), talk.menu()])
        case "bye":
            talk.say(BYE)
        case "cross":
            talk.say(SORRY, [talk.a_person(), talk.menu()])
        case "agreed":
            talk.say(WHAT_NEXT, main_choices(talk))
        case _:
            talk.say(WHO, [talk.a_person(), talk.menu()])


def entered(talk: Talk) -> str:
    """Where a link, a QR code or an advertisement leads: to one thing, to a store, to somebody by name, or to several."""
    token, ad = talk.slots.get("token", ""), talk.slots.get("ad", "")
    target = talk.shop.entry(token=token, **({"ad": ad} if ad else {})) if token or ad else {}
    goods = talk.slots.get("goods")  # which the platform named
    place = _place(talk, target) or ({"flow": "product", "slots": dict(goods)} if goods else None)
    person = talk.shop.colleague(user=int(target["associate"])) if target.get("associate") else None
    product = place["slots"].get("product", 0) if place else 0
    store = talk.shop.store(store=str(target["store"]), product=product) if target.get("store") else None
    talk.slots["store"] = store
    wanted = {"flow": "human", "slots": {"reason": "by_name", "wanted": person}} if person else None
    if place and wanted:
        place["slots"]["then"] = wanted
    talk.slots["found"] = place or wanted
    if place or person or store:
        return "somewhere"
    return "gone" if ABOUT & set(target) else "nowhere"


def _place(talk: Talk, target: dict[str, Any]) -> dict[str, Any] | None:
    """The flow that shows what the link is about; None where it is about nothing, or about what is no more."""
    if target.get("product"):
        found = talk.shop.product_named(slug=str(target["product"]))
        return {"flow": "product", "slots": {"product": found["product"]}} if found else None
    if target.get("category") and talk.shop.category(slug=str(target["category"])):
        return {"flow": "listing", "slots": {"slug": str(target["category"])}}
    if target.get("collection") and talk.shop.collection(slug=str(target["collection"])):
        return {"flow": "listing", "slots": {"collection": str(target["collection"])}}
    if target.get("referral"):
        return {"flow": "invited", "slots": {"code": str(target["referral"])}}
    if target.get("cart") and (lines := talk.shop.goods_of_entry(entry=str(target["entry"]))):
        return {"flow": "offered_goods", "slots": {"entry": str(target["entry"]), "lines": lines}}
    return None


def hello_then(talk: Talk) -> None:
    """Introduce ourselves, then what the link was about."""
    if not talk.state.is_met:
        talk.say(HELLO)
        talk.state.is_met = True
    store, found = talk.slots["store"], talk.slots["found"]
    if store:
        talk.say_text(_of_store(talk, store), () if found else main_choices(talk))
    talk.next_flow = found


def _of_store(talk: Talk, store: dict[str, str]) -> str:
    """Where they stand or want to go, when it is open, and whether the thing lies there."""
    said = {"yes": HAS_IT, "no": HAS_IT_NOT}.get(store["has"])
    lines = [
        talk.text(AT_STORE, name=store["name"]),
        store["address"],
        talk.text(OPEN, hours=store["hours"]) if store["hours"] else "",
        talk.text(said) if said else "",
    ]
    return "\n".join(line for line in lines if line)


def say_gone(talk: Talk) -> None:
    """What a printed code was about is sold out for good or put away: nobody is sent off for that."""
    if not talk.state.is_met:
        talk.say(HELLO)
        talk.state.is_met = True
    talk.say(GONE, main_choices(talk))


def switch(talk: Talk) -> str:
    code = talk.slots.get("code")
    if not code:
        return "ask"
    if code not in talk.merchant["languages"]:
        return "unknown"
    talk.shop.use_language(code=code)
    talk.language = code
    talk.state.is_heard = True
    return "done"


def language_choices(talk: Talk) -> list[Choice]:
    return [talk.choice(NAMES.get(code, code), do="language", code=code) for code in talk.merchant["languages"]]


NAMES = {"en": "English", "de": "Deutsch", "es": "Español", "zh-hans": "中文"}

WELCOME = Flow(
    name="welcome",
    start="target",
    steps={
        "target": Branch(entered, {"somewhere": "lead", "gone": "gone", "nowhere": "hello"}),
        "lead": Show(hello_then, "end"),
        "gone": Show(say_gone, "end"),
        "hello": Show(say_hello, "end"),
        "end": End(),
    },
)
MENU_FLOW = Flow(name="menu", start="menu", steps={"menu": Show(say_menu, "end"), "end": End()})
HELP_FLOW = Flow(name="help", start="help", steps={"help": Show(say_help, "end"), "end": End()}, is_aside=True)
SMALL_TALK = Flow(name="small_talk", start="say", steps={"say": Show(small_talk, "end"), "end": End()}, is_aside=True)
LANGUAGE = Flow(
    name="language",
    start="switch",
    steps={
        "switch": Do(switch, {"ask": "ask", "unknown": "unknown", "done": "done"}),
        "ask": Show(lambda talk: talk.say(WHICH_LANGUAGE, language_choices(talk)), "end"),
        "unknown": Show(lambda talk: talk.say(NOT_SPOKEN, language_choices(talk)), "end"),
        "done": Show(lambda talk: talk.say(NOW_SPEAKING), "end"),
        "end": End(),
    },
    is_aside=True,
)
