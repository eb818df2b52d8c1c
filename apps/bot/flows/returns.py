"""Something is not to stay: sent back for money, claimed, or exchanged. Asked step by step, agreed to in one summary."""

import hashlib
import json
from typing import Any

from apps.messaging.content import Choice
from apps.nlu.text import HAN, fold

from ..flow import Ask, Branch, Confirm, Do, End, Flow, Show
from ..query import query_of
from ..reading import STRONG, Reading
from ..reasons import reason_in
from ..talk import Talk
from ..words import Words, label, words

WHICH_ORDER = words("Which order is it about?")
WHICH_ORDER_AGAIN = words("I mean the order the goods came with. Which one?")
WHICH_ORDER_EXAMPLE = words("Please choose it from the list, or type its number as it stands in your confirmation.")
WHICH_ORDER_SHORT = words("And which order?")
WHICH_LINE = words("Which of these is it?")
WHICH_LINE_AGAIN = words("Please tell me what it is, by its name or its place in the list.")
WHICH_LINE_EXAMPLE = words('For example "the second one", or "everything".')
WHICH_LINE_SHORT = words("And which of the goods?")
HOW_MANY = words("How many of them? There are {left}.")
HOW_MANY_AGAIN = words("A number from 1 to {left}, please.")
HOW_MANY_EXAMPLE = words('For example "1". At most {left} are possible.')
HOW_MANY_SHORT = words("And how many?")
MORE = words("Noted: {goods}. Anything else from this order?")
MORE_AGAIN = words("Is there anything else to add, or is that all?")
MORE_EXAMPLE = words('Choose what to add, or say "that is all".')
MORE_SHORT = words("Anything else from this order?")
WHICH_KIND = words("Which one would you like instead?")
WHICH_KIND_AGAIN = words("Please choose one of these; they cost the same.")
WHICH_KIND_EXAMPLE = words("Choose it from the list, by its number if you like.")
WHICH_KIND_SHORT = words("And which one instead?")
WHY = words("What is the reason? A few words of your own are fine too.")
WHY_AGAIN = words("What is wrong with it? It helps the shop to decide.")
WHY_EXAMPLE = words('For example "too small", or "arrived broken".')
WHY_SHORT = words("And the reason?")
PHOTO = words("Would you like to send a photo of it? It makes things quicker.")
PHOTO_AGAIN = words("A photo from your phone is enough. Or skip it.")
PHOTO_EXAMPLE = words("Send the picture here as a message, or skip it.")
PHOTO_SHORT = words("A photo, or skip?")
WISH = words("What would you like: your money back, or the same again?")
WISH_AGAIN = words("Shall the shop pay it back or send another one?")
WISH_EXAMPLE = words("Please choose one of the two.")
WISH_SHORT = words("Money back, or another one?")
SUMMARY: dict[str, Words] = {
    "return": words("Return from order {order}: {goods}"),
    "claim": words("Claim for order {order}: {goods}"),
    "exchange": words("Exchange from order {order}: {goods}"),
}
BECAUSE = words("Reason: {reason}")
PHOTOS = words("With {count} photo.", "With {count} photos.")
MONEY_LATER = words("When it has come back and is as it should be, {money} for the goods go back the way you paid.")
MONEY_CLAIM = words(
    "If the shop agrees, {money} for the goods go back the way you paid. You need not send anything back."
)
ANOTHER_CLAIM = words("If the shop agrees, it sends you the same again. You need not send anything back.")
INSTEAD = words("When it has come back, you get {other} for it, at the same price.")
SHALL_I = words("Shall I send this to the shop?")
YES_SEND = label("Yes, send it")
NO_KEEP = label("No, keep it")
DONE = words("Done: it is noted as {name}. The shop looks at it and tells you here what comes next.")
KEEP_GOODS = words("Please keep the goods until then.")
KEPT = words("All right, everything stays as it is.")
GONE = words("That cannot be sent back any more as you wished; something has changed. Shall we look again?")
NONE = words("I see nothing of yours that has arrived and could be sent back.")
COMING = words("Your order is not there yet. Once it has arrived, you can send things back here.")
LATE = words(
    "The time to send it back is over: it is {days} days from arrival. If something is wrong with it, tell me."
)
TAKEN = words("Everything that could be sent back is in a return already.")
NO_OTHER = words("There is no other kind of it at the same price just now. You may send it back for your money.")
EVERYTHING = label("Everything")
THAT_IS_ALL = label("That is all")
SKIP = label("Skip")
SEND_BACK = label("Return something")
WRONG = label("Something is wrong")
EXCHANGE = label("Exchange")
MY_RETURNS = label("My returns")
AGAIN = label("Look again")
MONEY_BACK = label("Money back")
SAME_AGAIN = label("The same again")
DOES_NOT_FIT = label("Does not fit")
NOT_AS_SHOWN = label("Not as shown")
CHANGED_MIND = label("Changed my mind")
DAMAGED = label("Damaged")
FAULTY = label("Does not work")
MISSING = label("Missing")
WRONG_ITEM = label("Wrong item")
OTHER = label("Another reason")
REASONS: dict[str, Words] = {
    "does_not_fit": DOES_NOT_FIT, "not_as_shown": NOT_AS_SHOWN, "changed_mind": CHANGED_MIND, "damaged": DAMAGED,
    "faulty": FAULTY, "missing": MISSING, "wrong_item": WRONG_ITEM, "other": OTHER,
}  # fmt: skip
ASKED: dict[str, tuple[str, ...]] = {
    "return": ("does_not_fit", "not_as_shown", "changed_mind", "damaged", "other"),
    "exchange": ("does_not_fit", "not_as_shown", "changed_mind", "other"),
    "claim": ("damaged", "faulty", "missing", "wrong_item", "other"),
}
SEEN_BETTER = ("not_as_shown", "damaged", "faulty", "wrong_item")  # a picture helps
OWN = ("give_back", "claim", "exchange")  # what a reason may sound like
_ALL = "all everything alles alle todo toda todos todas 全部 都 全都 所有"
_NO_MORE = "no nothing none nope that is all nein nichts das war alles nada eso es todo 没有 没了 就这些 不用"
ALL_OF_IT = frozenset(_ALL.split())
NO_MORE = frozenset(_NO_MORE.split())
HER_MONEY = ("money", "refund", "geld", "erstatt", "dinero", "reembols", "退款", "钱")
ANOTHER = (
    "replace",
    "another",
    "new one",
    "same",
    "ersatz",
    "neu",
    "noch ein",
    "otro",
    "otra",
    "reempl",
    "cambi",
    "换",
    "补",
)
STATES: dict[str, Words] = {
    "requested": words("{name}, {goods}: the shop is looking at it."),
    "approved": words("{name}, {goods}: approved."),
    "declined": words("{name}, {goods}: the shop has said no."),
    "received": words("{name}, {goods}: it has come back and is being settled."),
    "refunded": words("{name}, {goods}: paid back."),
    "replaced": words("{name}, {goods}: the replacement is on its way."),
    "cancelled": words("{name}, {goods}: called off."),
}
NO_RETURNS = words("There is no return of yours.")
CALL_OFF = label("Cancel the return")
SURE_OFF = words("Shall I call off {name}, {goods}? Then you keep the goods.")
YES_OFF = label("Yes, call it off")
NO_GO_ON = label("No, go on with it")
TOO_LATE_OFF = words("{name} can no longer be called off here. A colleague will help.")
STAYS = words("Good, {name} goes on.")
BROWSE = label("Browse products")


def find(talk: Talk) -> str:
    """Which orders have something to send back; of several one has to be chosen."""
    found = talk.shop.returnable(kind=talk.slots["kind"], number=str(talk.slots.get("number", "")))
    orders = found["orders"]
    talk.slots["orders"] = orders
    if not orders:
        return str(found["why"])
    if len(orders) > 1:
        named = [order for order in orders if _names(order["goods"], str(talk.slots.get("text", "")))]
        if len(named) != 1:
            return "several"
        orders = named
    talk.slots["found"], talk.slots["number"] = orders[0], orders[0]["number"]
    return "one"


def _names(goods: str, text: str) -> bool:
    """Whether these words speak of these goods."""
    said = set(query_of(text).split())
    known = set(query_of(goods).split())
    return bool(said & known) or (bool(HAN.search(goods)) and any(w in goods for w in said if len(w) > 1))


def order_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(order["number"], description=order["goods"], do="slot", slot="number", value=order["number"])
        for order in talk.slots["orders"]
    ]


def parse_order(talk: Talk, reading: Reading) -> str | None:
    orders = talk.slots["orders"]
    said = reading.text.upper().replace(" ", "")
    fitting = [order for order in orders if order["number"] in said or _names(order["goods"], reading.text)]
    return str(fitting[0]["number"]) if len(fitting) == 1 else None


def lines_of(talk: Talk) -> list[dict[str, Any]]:
    return list(talk.slots["found"]["lines"])


def line_of(talk: Talk) -> dict[str, Any]:
    return next(line for line in lines_of(talk) if line["line"] == talk.slots["line"])


def choose_lines(talk: Talk) -> str:
    """One piece needs no question; what was named at the start needs none either."""
    lines = lines_of(talk)
    talk.slots.setdefault("picked", {})
    named = [line for line in lines if _names(line["title"], str(talk.slots.get("text", "")))]
    if reason := reason_in(str(talk.slots.get("text", ""))):
        talk.slots.setdefault("reason", reason if reason in ASKED[talk.slots["kind"]] else "other")
    only = lines[0] if len(lines) == 1 else named[0] if len(named) == 1 else None
    if only is None:
        return "ask"
    talk.slots.setdefault("line", only["line"])
    talk.slots["is_named"] = True
    return "chosen"


def line_choices(talk: Talk) -> list[Choice]:
    lines = lines_of(talk)
    choices = [talk.choice(line["title"], do="slot", slot="line", value=line["line"]) for line in lines]
    if talk.slots["kind"] != "exchange" and len(lines) > 1:
        choices.append(talk.choice(EVERYTHING, do="slot", slot="line", value="all"))
    return choices


def parse_line(talk: Talk, reading: Reading) -> int | str | None:
    return line_named(talk, reading, lines_of(talk))


def line_named(talk: Talk, reading: Reading, lines: list[dict[str, Any]]) -> int | str | None:
    """The one these words tell from the others; a number said along is how many."""
    said = set(reading.folded.split())
    if talk.slots["kind"] != "exchange" and (said & ALL_OF_IT or "全" in reading.text):
        return "all"
    fitting = [line for line in lines if _names(line["title"], reading.text)]
    if len(fitting) != 1:
        return None
    quantity = reading.slots.get("quantity")
    if quantity and 1 <= int(quantity) <= fitting[0]["left"]:
        talk.slots["count"] = int(quantity)
    return int(fitting[0]["line"])


def count_line(talk: Talk) -> str:
    if talk.slots["line"] == "all":
        talk.slots["picked"] = {str(line["line"]): line["left"] for line in lines_of(talk)}
        return "all"
    if line_of(talk)["left"] == 1:
        talk.slots["count"] = 1
    return "counted" if talk.slots.get("count") else "ask"


def count_choices(talk: Talk) -> list[Choice]:
    most = min(line_of(talk)["left"], 9)
    return [talk.choice(str(n), do="slot", slot="count", value=n) for n in range(1, most + 1)]


def parse_count(talk: Talk, reading: Reading) -> int | None:
    if set(reading.folded.split()) & ALL_OF_IT:
        return int(line_of(talk)["left"])
    number = reading.slots.get("number") or reading.slots.get("quantity")
    return int(number) if number and 1 <= int(number) <= line_of(talk)["left"] else None


def left_values(talk: Talk) -> dict[str, Any]:
    return {"left": line_of(talk)["left"]}


def note_line(talk: Talk) -> str:
    """Put it with the others; whatever is left of the order may follow."""
    line = line_of(talk)
    count = min(int(talk.slots["count"]), line["left"])
    talk.slots["picked"] = {**talk.slots.get("picked", {}), str(line["line"]): count}
    if talk.slots["kind"] == "exchange" or talk.slots.get("is_named"):
        return "enough"
    return "more" if others(talk) else "enough"


def others(talk: Talk) -> list[dict[str, Any]]:
    return [line for line in lines_of(talk) if str(line["line"]) not in talk.slots["picked"]]


def more_choices(talk: Talk) -> list[Choice]:
    done = talk.choice(THAT_IS_ALL, style="primary", do="slot", slot="more", value="done")
    rest = [talk.choice(line["title"], do="slot", slot="more", value=line["line"]) for line in others(talk)]
    return [done, *rest]


def parse_more(talk: Talk, reading: Reading) -> int | str | None:
    named = line_named(talk, reading, others(talk))
    said = set(reading.folded.split())
    is_no = bool(said - ALL_OF_IT) and (said <= NO_MORE or any(HAN.search(w) and w in reading.text for w in NO_MORE))
    return "done" if is_no else named


def add_more(talk: Talk) -> str:
    more = talk.slots["more"]
    if more == "done":
        return "done"
    if more == "all":
        talk.slots["picked"] = {str(line["line"]): line["left"] for line in lines_of(talk)} | talk.slots["picked"]
        return "done"
    for name in ("more", "count"):
        talk.slots.pop(name, None)
    talk.slots["line"] = more
    return "another"


def goods_of(talk: Talk) -> str:
    titles = {str(line["line"]): line["title"] for line in lines_of(talk)}
    return ", ".join(f"{count} × {titles[pk]}" for pk, count in talk.slots["picked"].items() if pk in titles)


def picked(talk: Talk) -> list[list[int]]:
    return [[int(pk), count] for pk, count in talk.slots["picked"].items()]


def kind_of(talk: Talk) -> str:
    if talk.slots["kind"] != "exchange":
        return "plain"
    ((line, count),) = picked(talk)
    talk.slots["kinds"] = talk.shop.exchange_for(number=talk.slots["number"], line=line, quantity=count)
    return "exchange" if talk.slots["kinds"] else "none"


def kind_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(kind["label"], do="slot", slot="variant", value=kind["variant"]) for kind in talk.slots["kinds"][:9]
    ]


def parse_kind(talk: Talk, reading: Reading) -> int | None:
    """By colour and size, or by the words on it."""
    kinds = talk.slots["kinds"]
    wanted = {key: fold(reading.slots[key]) for key in ("colour", "size") if reading.slots.get(key)}
    fitting = [
        kind for kind in kinds if wanted and wanted.items() <= {key: fold(v) for key, v in kind["keys"].items()}.items()
    ]
    if not fitting:
        said = set(fold(reading.text).split())
        fitting = [kind for kind in kinds if said and said <= set(fold(kind["label"]).split())]
    return int(fitting[0]["variant"]) if len(fitting) == 1 else None


def reason_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(REASONS[reason], do="slot", slot="reason", value=reason) for reason in ASKED[talk.slots["kind"]]
    ]


def parse_reason(talk: Talk, reading: Reading) -> str | None:
    """Any words will do, unless the shopper plainly speaks of something else."""
    if reading.score >= STRONG and reading.intent not in OWN:
        return None
    if reading.is_question or not reading.text.strip():
        return None
    talk.slots["note"] = reading.text.strip()[:500]
    reason = reason_in(reading.text)
    return reason if reason in ASKED[talk.slots["kind"]] else "other"


def wants_photo(talk: Talk) -> str:
    is_claim = talk.slots["kind"] == "claim" and talk.slots["reason"] != "missing"
    return "ask" if is_claim or talk.slots["reason"] in SEEN_BETTER else "no"


def parse_photo(talk: Talk, reading: Reading) -> list[str] | None:
    """Words instead of a picture belong to the reason."""
    if reading.is_question or (reading.score >= STRONG and reading.intent not in OWN):
        return None
    talk.slots["note"] = f"{talk.slots.get('note', '')} {reading.text.strip()}".strip()[:500]
    return []


def wish_of(talk: Talk) -> str:
    return "ask" if talk.slots["kind"] == "claim" else "known"


def wish_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(MONEY_BACK, do="slot", slot="wish", value="money"),
        talk.choice(SAME_AGAIN, do="slot", slot="wish", value="replacement"),
    ]


def parse_wish(talk: Talk, reading: Reading) -> str | None:
    is_money = any(word in reading.folded for word in HER_MONEY)
    is_other = any(word in reading.folded for word in ANOTHER)
    return None if is_money == is_other else "money" if is_money else "replacement"


def reason_told(talk: Talk) -> str:
    return str(talk.slots.get("note") or talk.text(REASONS[talk.slots["reason"]]))


def stamp(talk: Talk) -> str:
    """The yes is to these goods, for this, at this price."""
    said = [talk.slots.get(name) for name in ("number", "kind", "picked", "wish", "variant", "reason")]
    money = talk.shop.return_money(number=talk.slots["number"], lines=picked(talk))
    return hashlib.sha256(json.dumps([said, money], sort_keys=True).encode()).hexdigest()[:16]


def show_summary(talk: Talk) -> None:
    kind = talk.slots["kind"]
    parts = [
        talk.text(SUMMARY[kind], order=talk.slots["number"], goods=goods_of(talk)),
        talk.text(BECAUSE, reason=reason_told(talk)),
    ]
    if photos := talk.slots.get("photo"):
        parts.append(talk.text(PHOTOS, count=len(photos)))
    parts += [promise(talk), talk.text(SHALL_I)]
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "returns"}
    choices = [
        talk.choice(YES_SEND, style="primary", yes=True, **bound),
        talk.choice(NO_KEEP, style="quiet", yes=False, **bound),
        talk.a_person(),
    ]
    talk.say_text("\n".join(parts), choices)


def promise(talk: Talk) -> str:
    """What the shopper gets, and when."""
    kind = talk.slots["kind"]
    if kind == "exchange":
        other = next(one["label"] for one in talk.slots["kinds"] if one["variant"] == talk.slots["variant"])
        return talk.text(INSTEAD, other=other)
    if kind == "claim" and talk.slots.get("wish") == "replacement":
        return talk.text(ANOTHER_CLAIM)
    money = talk.shop.return_money(number=talk.slots["number"], lines=picked(talk))
    return talk.text(MONEY_CLAIM if kind == "claim" else MONEY_LATER, money=money)


def send(talk: Talk) -> str:
    slots = talk.slots
    wish = {"return": "money", "exchange": "replacement"}.get(slots["kind"]) or slots["wish"]
    result = talk.shop.ask_return(
        number=slots["number"],
        lines=picked(talk),
        kind=slots["kind"],
        wish=wish,
        reason=slots["reason"],
        note=slots.get("note", ""),
        photos=slots.get("photo") or [],
        variant=slots.get("variant") or 0,
        key=talk.key,
    )
    slots["name"] = result.get("name", "")
    return "gone" if "problem" in result else "done"


def say_done(talk: Talk) -> None:
    parts = [talk.text(DONE, name=talk.slots["name"])]
    if talk.slots["reason"] != "missing":
        parts.append(talk.text(KEEP_GOODS))
    talk.say_text(" ".join(parts), [talk.choice(MY_RETURNS, do="my_returns"), talk.menu(), talk.a_person()])


def say_late(talk: Talk) -> None:
    choices = [talk.choice(WRONG, do="returns", kind="claim"), talk.a_person(), talk.menu()]
    talk.say(LATE, choices, days=talk.merchant["return_days"])


def say_no_other(talk: Talk) -> None:
    again = talk.choice(SEND_BACK, style="primary", do="returns", kind="return", number=talk.slots["number"])
    talk.say(NO_OTHER, [again, talk.a_person(), talk.menu()])


def say_gone(talk: Talk) -> None:
    again = talk.choice(AGAIN, style="primary", do="returns", kind=talk.slots["kind"])
    talk.say(GONE, [again, talk.a_person(), talk.menu()])


def say_returns(talk: Talk) -> None:
    mine = talk.shop.my_returns()
    if not mine:
        talk.say(NO_RETURNS, [talk.choice(SEND_BACK, do="returns", kind="return"), talk.menu(), talk.a_person()])
        return
    said = [talk.text(STATES[one["state"]], name=one["name"], goods=one["goods"]) for one in mine]
    open_ones = [one for one in mine if one["may_cancel"]]
    choices = [talk.choice(CALL_OFF, do="cancel_return", id=one["id"]) for one in open_ones[:1]]
    talk.say_text("\n".join(said), [*choices, talk.menu(), talk.a_person()])


def find_return(talk: Talk) -> str:
    """The one named, else the only one that can be called off."""
    if named := talk.slots.get("id"):
        mine = [talk.shop.own_return(public_id=str(named))]
    else:
        mine = [one for one in talk.shop.my_returns() if one["may_cancel"]][:1]
    if not mine or mine[0] is None:
        return "none"
    talk.slots["found"] = mine[0]
    return "open" if mine[0]["may_cancel"] else "late"


def off_stamp(talk: Talk) -> str:
    return f"off:{talk.slots['found']['id']}"


def ask_off(talk: Talk) -> None:
    found = talk.slots["found"]
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "cancel_return"}
    talk.say(
        SURE_OFF,
        [talk.choice(YES_OFF, style="primary", yes=True, **bound), talk.choice(NO_GO_ON, yes=False, **bound)],
        name=found["name"],
        goods=found["goods"],
    )


def call_off(talk: Talk) -> str:
    return "late" if "problem" in talk.shop.cancel_return(public_id=talk.slots["found"]["id"]) else "done"


def said_of(said: Words) -> Any:
    """Says it of the return at hand."""

    def say(talk: Talk) -> None:
        talk.say(said, [talk.a_person(), talk.menu()], name=talk.slots["found"]["name"])

    return say


def say_choices(said: Words) -> Any:
    def say(talk: Talk) -> None:
        talk.say(said, [talk.choice(BROWSE, do="browse"), talk.menu(), talk.a_person()])

    return say


RETURNS = Flow(
    name="returns",
    title=words("your return"),
    start="find",
    steps={
        "find": Branch(
            find,
            {
                "one": "lines", "several": "order", "none": "none", "on_its_way": "coming", "late": "late",
                "taken": "taken",
            },
        ),
        "order": Ask(
            slot="number", prompts=(WHICH_ORDER, WHICH_ORDER_AGAIN, WHICH_ORDER_EXAMPLE), short=WHICH_ORDER_SHORT,
            parse=parse_order, next="find", choices=order_choices,
        ),
        "lines": Branch(choose_lines, {"ask": "line", "chosen": "counted"}),
        "line": Ask(
            slot="line", prompts=(WHICH_LINE, WHICH_LINE_AGAIN, WHICH_LINE_EXAMPLE), short=WHICH_LINE_SHORT,
            parse=parse_line, next="counted", choices=line_choices, depends_on=("number",),
        ),
        "counted": Branch(count_line, {"all": "kind", "counted": "noted", "ask": "count"}),
        "count": Ask(
            slot="count", prompts=(HOW_MANY, HOW_MANY_AGAIN, HOW_MANY_EXAMPLE), short=HOW_MANY_SHORT,
            parse=parse_count, next="noted", choices=count_choices, depends_on=("number", "line"), values=left_values,
        ),
        "noted": Do(note_line, {"more": "more", "enough": "kind"}),
        "more": Ask(
            slot="more", prompts=(MORE, MORE_AGAIN, MORE_EXAMPLE), short=MORE_SHORT, parse=parse_more, next="added",
            choices=more_choices, depends_on=("number", "line"), values=lambda talk: {"goods": goods_of(talk)},
        ),
        "added": Do(add_more, {"done": "kind", "another": "counted"}),
        "kind": Branch(kind_of, {"plain": "reason", "exchange": "variant", "none": "no_other"}),
        "variant": Ask(
            slot="variant", prompts=(WHICH_KIND, WHICH_KIND_AGAIN, WHICH_KIND_EXAMPLE), short=WHICH_KIND_SHORT,
            parse=parse_kind, next="reason", choices=kind_choices, depends_on=("number", "line", "count"),
        ),
        "reason": Ask(
            slot="reason", prompts=(WHY, WHY_AGAIN, WHY_EXAMPLE), short=WHY_SHORT, parse=parse_reason, next="pictured",
            choices=reason_choices,
        ),
        "pictured": Branch(wants_photo, {"ask": "photo", "no": "wished"}),
        "photo": Ask(
            slot="photo", prompts=(PHOTO, PHOTO_AGAIN, PHOTO_EXAMPLE), short=PHOTO_SHORT, parse=parse_photo,
            next="wished", what="photo", skip=SKIP,
        ),
        "wished": Branch(wish_of, {"ask": "wish", "known": "sure"}),
        "wish": Ask(
            slot="wish", prompts=(WISH, WISH_AGAIN, WISH_EXAMPLE), short=WISH_SHORT, parse=parse_wish, next="sure",
            choices=wish_choices,
        ),
        "sure": Confirm(show=show_summary, stamp=stamp, yes="send", no="kept"),
        "send": Do(send, {"done": "done", "gone": "gone"}, money=True),
        "done": Show(say_done, "end"),
        "kept": Show(say_choices(KEPT), "end"),
        "gone": Show(say_gone, "end"),
        "none": Show(say_choices(NONE), "end"),
        "coming": Show(say_choices(COMING), "end"),
        "late": Show(say_late, "end"),
        "taken": Show(
            lambda talk: talk.say(TAKEN, [talk.choice(MY_RETURNS, do="my_returns"), talk.menu(), talk.a_person()]), "end"
        ),
        "no_other": Show(say_no_other, "end"),
        "end": End(),
    },
    forgets={
        "number": ("found", "picked", "kinds", "is_named"), "line": ("picked", "kinds", "is_named"), "count": ("kinds",), "reason": ("note",),
    },
)  # fmt: skip
MY_RETURNS_FLOW = Flow(
    name="my_returns", start="say", steps={"say": Show(say_returns, "end"), "end": End()}, is_aside=True
)
CANCEL_RETURN = Flow(
    name="cancel_return",
    start="find",
    steps={
        "find": Branch(find_return, {"open": "sure", "late": "late", "none": "none"}),
        "sure": Confirm(show=ask_off, stamp=off_stamp, yes="off", no="stays"),
        # That it is called off is news of the order, and is said there.
        "off": Do(call_off, {"done": "end", "late": "late"}, money=True),
        "late": Show(said_of(TOO_LATE_OFF), "end"),
        "stays": Show(said_of(STAYS), "end"),
        "none": Show(lambda talk: talk.say(NO_RETURNS, [talk.menu(), talk.a_person()]), "end"),
        "end": End(),
    },
)
