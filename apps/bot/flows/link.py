"""The same person on two channels: out of one thread by a code or a link, into another by the shopper's own yes."""

import re
from typing import Any

from apps.messaging.content import Choice, Text

from ..answers import main_choices
from ..flow import Ask, Branch, Confirm, Do, End, Flow, Show
from ..poured import poured_notes
from ..reading import Reading
from ..state import DEPTH, Frame
from ..talk import Talk
from ..words import label, words

CODE = words(
    "Your code is {code}. Write it to us on the other channel within ten minutes, and your cart and orders are there "
    "too. Never pass it on to anybody."
)
OPEN_IT = words("Or open this link, good once and for the same time: {url}")
OPEN_THERE = words("This opens {channel}, good once and for the same time: {url}")
NOT_THERE = words("That one cannot be opened by a link of ours.")
ASK_CODE = words("Please send me the code you were given on the other channel.")
ASK_CODE_AGAIN = words("A code has eight digits. Which one did you get?")
ASK_CODE_EXAMPLE = words('It looks like "1234 5678". Write "link" on the other channel for a new one.')
ASK_CODE_SHORT = words("And the code from the other channel?")
JOINED = words("Welcome back. Your cart and your orders are here now.")
POURED = words(
    "There was something in both carts: they are one now. Of the same thing the pieces are added up, as far as there are any."
)
STILL_TO_PAY = words("Still to be paid: {orders}. The payment link you have is still good.")
WRONG = words("That code is not right, or it is too old. Ask for a fresh one on the other channel.")
LOCKED = words("That were too many wrong codes. Please try again after {until}.")
GO_ON_HERE = words(
    "Would you like to go on here with a chat from another channel? With your yes its cart, what was under way and a short "
    "summary come along, and both channels belong to one person for us. Only say yes if that chat is yours."
)
THEY_SEE = words("You have been here before: whoever writes in that chat then sees your orders and addresses, too.")
USED = words(
    "This link has been used already, on another phone perhaps. Each is good once: please ask for a fresh one where you "
    "come from."
)
TOO_OLD = words("This link is too old. Please ask for a fresh one where you come from.")
OWN = words("This link is for another channel: here we are already.")
LEFT = words("All right, nothing was taken along.")
FROM = words("From {channel}:")
STORE_CODE = words(
    "Show this code to a colleague in the store: {code}. It is good once and for ten minutes. With it they see your cart "
    "and what we have talked about."
)
WENT_ON = words("You go on on {channel} now, and everything is there.")
NOT_YOU = words("Was that not you? Then undo it here, within a day.")
UNDONE = words("Done. The other channel has nothing of yours any more.")
TOO_LATE = words("I cannot undo that any more. A colleague can.")
HAVE_ONE = label("I have a code")
IN_STORE_LABEL = label("In the store")
YES_HERE = label("Yes, go on here")
NO_THANKS = label("No, start fresh")
UNDO_HERE = label("Undo joining")
UNDO = label("That was not me")
TRY_AGAIN = label("Try once more")
CART = label("Show cart")
ORDERS = label("My orders")
PAY_LINK = label("Payment link")
NAMED = {  # what people call a channel, in any language
    "whatsapp": r"whats ?app|wasap", "telegram": r"telegram", "messenger": r"messenger|facebook", "instagram": r"insta(?:gram)?",
    "sms": r"sms|text message|mensaje de texto|短信", "viber": r"viber", "wechat": r"wechat|we ?chat|微信|weixin",
    "qq": r"(?<![a-z])qq(?![a-z])", "apple": r"imessage|apple|iphone", "rcs": r"\brcs\b|google messages", "line": r"\bline\b",
    "webchat": r"brow?ser|web ?(?:chat|site|page)|navegador|p[aá]gina web|浏览器|网页|网站",
}  # fmt: skip
STORE = re.compile(
    r"\bin (?:the |your |a )?(?:store|shop)\b|\b(?:im|in den|in der|in die) (?:laden|gesch[äa]ft|filiale)\b|\btienda\b|门店|店里|到店",
    re.I,
)


def named_channel(text: str) -> str:
    """The kind of channel that is meant, "" for none."""
    return next((kind for kind, called in NAMED.items() if re.search(called, text, re.IGNORECASE)), "")


def where(talk: Talk) -> str:
    text = str(talk.slots.get("text", ""))
    if STORE.search(text):
        return "store"
    on = named_channel(text)
    made = talk.shop.continuation(on=on)
    code = made["code"]
    talk.slots["made"] = {**made, "on": on, "code": f"{code[:4]} {code[4:]}"}
    return "made"


def say_code(talk: Talk) -> None:
    made = talk.slots["made"]
    lines = [talk.text(CODE, code=made["code"])]
    if made["opens"]:
        lines.append(talk.text(OPEN_THERE, channel=made["opens"], url=made["url"]))
    elif made["url"]:
        is_missing = bool(made["on"]) and made["on"] != talk.channel
        lines += [*([talk.text(NOT_THERE)] if is_missing else []), talk.text(OPEN_IT, url=made["url"])]
    choices = [talk.choice(HAVE_ONE, do="redeem")]
    if made["has_store"]:
        choices.append(talk.choice(IN_STORE_LABEL, do="in_store"))
    talk.say_text("\n\n".join(lines), [*choices, talk.menu()])


def say_store_code(talk: Talk) -> None:
    code = talk.shop.store_code()
    talk.say(STORE_CODE, [talk.choice(CART, do="cart"), talk.menu()], code=f"{code[:3]} {code[3:]}")


def parse_code(talk: Talk, reading: Reading) -> str | None:
    digits = re.sub(r"\D", "", reading.text)
    return digits if 6 <= len(digits) <= 10 else None


def is_sure(talk: Talk) -> str:
    """Who typed it as a voucher, or has anything of their own, is told what a yes means before anything is joined."""
    return "ask" if talk.slots.get("is_voucher") or talk.shop.has_history() else "sure"


def redeem(talk: Talk) -> str:
    return _take_along(talk, talk.shop.go_on_here(code=str(talk.slots["code"])))


def join(talk: Talk) -> str:
    return _take_along(talk, talk.shop.go_on_here(token=str(talk.slots["token"])))


def _take_along(talk: Talk, result: dict[str, Any]) -> str:
    talk.slots["until"] = result.get("until", "")
    if "problem" in result:
        return str(result["problem"])
    talk.slots["brought"] = {
        key: result[key] for key in ("from", "kind", "summary", "person", "waits", "unpaid", "came", "merge")
    }
    state = talk.state
    frames = [Frame(**frame) for frame in result["frames"]]
    taken = {frame.flow for frame in frames}
    mine = [frame for frame in state.stack[:-1] if frame.flow not in taken]
    under = [*mine, *frames][-(DEPTH - 1) :]
    state.stack = [*under, state.stack[-1]]
    state.shown = result["shown"] or state.shown
    state.focus, state.listing = result["focus"] or state.focus, result["listing"] or state.listing
    talk.shop.use_language(code=result["language"])
    talk.language = result["language"]
    state.is_heard = True
    return "joined"


def say_joined(talk: Talk) -> None:
    """With what became of two carts; what waits for its payment is named: it does so here, too."""
    brought = talk.slots["brought"]
    lines = [talk.text(JOINED)]
    if brought["came"]:
        lines += [talk.text(POURED), *poured_notes(talk, brought["came"])]
    choices = [talk.choice(CART, style="primary", do="cart"), talk.choice(ORDERS, do="order_status")]
    if brought["merge"] and talk.slots.get("known"):
        choices.append(talk.choice(UNDO_HERE, style="quiet", do="undo_going_on", merge=brought["merge"]))
    if brought["unpaid"]:
        pay = talk.choice(PAY_LINK, style="primary", do="pay_again", order=brought["unpaid"][0])
        choices = [pay, *choices]
        lines = ["\n".join(lines), "", talk.text(STILL_TO_PAY, orders=", ".join(brought["unpaid"]))]
    summary = "\n".join([talk.text(FROM, channel=brought["from"]), *brought["summary"]]) if brought["summary"] else ""
    if summary:
        talk.put(Text(text=summary, said_on=brought["from"]))
    talk.shop.note_going_on(kind=brought["kind"], summary="\n".join(brought["summary"]))
    talk.say_text("\n".join(lines), choices)
    if brought["person"] or brought["waits"]:
        wanted = {"wanted": brought["person"]} if brought["person"] else {}
        talk.next_flow = {"flow": "human", "slots": {"reason": "continued", **wanted}}


def ask_yes(talk: Talk) -> None:
    """Nothing is told of whose chat it is, nor from where, before the yes."""
    stamp, flow = talk.slots["stamp"], talk.frame.flow
    yes = talk.choice(YES_HERE, style="primary", do="confirm", flow=flow, stamp=stamp)
    no = talk.choice(NO_THANKS, do="confirm", flow=flow, stamp=stamp, yes=False)
    talk.slots["known"] = talk.shop.has_history()
    said = [talk.text(GO_ON_HERE), *([talk.text(THEY_SEE)] if talk.slots["known"] else [])]
    talk.say_text("\n\n".join(said), [yes, no])


def say_left(talk: Talk) -> None:
    talk.say(LEFT, main_choices(talk))


def _back_to_shop(talk: Talk) -> list[Choice]:
    return [talk.menu(), talk.a_person()]


def say_went_on(talk: Talk) -> None:
    """What was begun in this thread is taken along: it is not open twice."""
    if talk.slots.get("is_left", True):
        talk.state.stack = [frame for frame in talk.state.stack if frame is talk.frame]
    if not talk.slots["merge"]:
        talk.say(WENT_ON, channel=talk.slots["to"])
        return
    text = "\n".join([talk.text(WENT_ON, channel=talk.slots["to"]), talk.text(NOT_YOU)])
    talk.say_text(text, [talk.choice(UNDO, do="undo_going_on", merge=talk.slots["merge"])])


def undo(talk: Talk) -> str:
    """Whichever of the two says so: nothing of the other's stays on the screen or half answered."""
    outcome = str(talk.shop.undo_going_on(merge=int(talk.slots["merge"])).get("problem", "undone"))
    if outcome == "undone":
        talk.state.stack = [talk.frame]
        talk.state.shown, talk.state.focus, talk.state.listing = [], {}, {}
    return outcome


LINK = Flow(
    name="link",
    start="where",
    version=2,
    steps={
        "where": Branch(where, {"made": "say", "store": "store"}),
        "say": Show(say_code, "end"),
        "store": Show(say_store_code, "end"),
        "end": End(),
    },
)
IN_STORE = Flow(name="in_store", start="say", steps={"say": Show(say_store_code, "end"), "end": End()})
REDEEM = Flow(
    name="redeem",
    start="code",
    version=3,
    steps={
        "code": Ask(
            slot="code",
            prompts=(ASK_CODE, ASK_CODE_AGAIN, ASK_CODE_EXAMPLE),
            short=ASK_CODE_SHORT,
            parse=parse_code,
            next="sure",
            what="otp",
        ),
        "sure": Branch(is_sure, {"ask": "ask", "sure": "redeem"}),
        "ask": Confirm(show=ask_yes, stamp=lambda talk: str(talk.slots["code"]), yes="redeem", no="left"),
        "redeem": Do(
            redeem, {"joined": "joined", "wrong": "wrong", "own": "wrong", "used": "wrong", "locked": "locked"}
        ),
        "joined": Show(say_joined, "end"),
        "wrong": Show(lambda talk: talk.say(WRONG, [talk.choice(TRY_AGAIN, do="redeem"), talk.a_person()]), "end"),
        "locked": Show(lambda talk: talk.say(LOCKED, [talk.a_person()], until=talk.slots["until"]), "end"),
        "left": Show(say_left, "end"),
        "end": End(),
    },
)
GO_ON = Flow(
    name="go_on_here",
    start="ask",
    steps={
        "ask": Confirm(show=ask_yes, stamp=lambda talk: str(talk.slots["token"]), yes="join", no="left"),
        "join": Do(join, {"joined": "joined", "wrong": "old", "used": "used", "own": "own", "locked": "old"}),
        "joined": Show(say_joined, "end"),
        "used": Show(lambda talk: talk.say(USED, _back_to_shop(talk)), "end"),
        "old": Show(lambda talk: talk.say(TOO_OLD, _back_to_shop(talk)), "end"),
        "own": Show(lambda talk: talk.say(OWN, _back_to_shop(talk)), "end"),
        "left": Show(say_left, "end"),
        "end": End(),
    },
)
WENT_ON_FLOW = Flow(name="went_on", start="say", steps={"say": Show(say_went_on, "end"), "end": End()})
UNDO_FLOW = Flow(
    name="undo_going_on",
    start="undo",
    steps={
        "undo": Do(undo, {"undone": "undone", "late": "late"}),
        "undone": Show(lambda talk: talk.say(UNDONE, _back_to_shop(talk)), "end"),
        "late": Show(lambda talk: talk.say(TOO_LATE, [talk.a_person()]), "end"),
        "end": End(),
    },
)
