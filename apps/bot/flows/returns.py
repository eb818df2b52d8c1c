"""Something is not to stay: sent back for money, claimed, or exchanged. Asked step by step, agreed to in one summary."""

import hashlib
import json
from typing import Any

from apps.messaging.content import Choice
from apps.nlu.text import fold

from ..flow import Ask, Branch, Call, Confirm, Do, End, Flow, Show
from ..goods_back import (
    HOW_MANY,
    HOW_MANY_AGAIN,
    HOW_MANY_EXAMPLE,
    HOW_MANY_SHORT,
    MORE,
    MORE_AGAIN,
    MORE_EXAMPLE,
    MORE_SHORT,
    WHICH_LINE,
    WHICH_LINE_AGAIN,
    WHICH_LINE_EXAMPLE,
    WHICH_LINE_SHORT,
    WHICH_ORDER,
    WHICH_ORDER_AGAIN,
    WHICH_ORDER_EXAMPLE,
    WHICH_ORDER_SHORT,
    add_more,
    choose_lines,
    count_choices,
    count_line,
    find,
    goods_of,
    left_values,
    line_choices,
    more_choices,
    note_line,
    order_choices,
    parse_count,
    parse_line,
    parse_more,
    parse_order,
    picked,
)  # fmt: skip
from ..naming import one_named
from ..query import query_of
from ..reading import STRONG, Reading
from ..reasons import ASKED, REASONS, SEEN_BETTER, reason_in
from ..talk import Talk
from ..words import Words, label, words
from .my_returns import SEND_BACK
from .pay import LINKED, args_of, say_failed, say_pay, take

WHICH_KIND = words("Which one would you like instead?")
WHICH_KIND_AGAIN = words("Please choose one of these, or name something else from the shop.")
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
MONEY_AS_CREDIT = words("When it has come back and is as it should be, {money} for the goods become your store credit.")
CLAIM_AS_CREDIT = words(
    "If the shop agrees, {money} for the goods become your store credit. You need not send anything back."
)
POSTAGE = words("The return label costs {postage}, which is taken off: {left} are left for you.")
APPROVED = words("Done: {name} is approved. How to send it back comes here in a moment.")
FOR_WORTH = words("You get {other} for {price}. For {goods} {worth} are counted.")
PAY_FIRST = words(
    "The difference of {due} comes first: I send you a payment link and {other} is kept for you. Only then goes the "
    "exchange to the shop."
)
REST_BACK = words("The difference of {back} goes back the way you paid, once all has come back and {other} is sent.")
REST_AS_CREDIT = words(
    "The difference of {back} becomes your store credit, once all has come back and {other} is sent."
)
WHICH_WAY = words("How shall the money come back: the way you paid, or as store credit?")
WHICH_WAY_AGAIN = words("Shall it go back to where you paid from, or stay here as store credit?")
WHICH_WAY_EXAMPLE = words("Please choose one of the two ways.")
WHICH_WAY_SHORT = words("And how shall the money come back?")
AS_CREDIT = label("As store credit")
AS_PAID = label("The way I paid")
NOTED_PAY = words("It is noted as {name}. Here comes the link for the difference of {due}.")
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
RULE = words("You can send things back within {days} days of their arrival.")
NO_TAX = words(
    "I cannot find out the tax on this exchange just now. Nothing has changed: please try again in a moment, or write to a "
    "person."
)
MOST_ASKED = 3  # in a row for one exchange; it changed each time meanwhile
LATE = words(
    "The time to send it back is over: it is {days} days from arrival. If something is wrong with it, tell me."
)
TAKEN = words("Everything that could be sent back is in a return already.")
NO_OTHER = words("There is no other kind of it just now. You may send it back for your money.")
SKIP = label("Skip")
WRONG = label("Something is wrong")
EXCHANGE = label("Exchange")
MY_RETURNS = label("My returns")
AGAIN = label("Look again")
MONEY_BACK = label("Money back")
SAME_AGAIN = label("The same again")
OWN = ("give_back", "claim", "exchange")  # what a reason may sound like
CREDIT = ("credit", "guthaben", "gutschrift", "credito", "saldo", "余额", "店铺")
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
BROWSE = label("Browse products")


def kind_of(talk: Talk) -> str:
    if talk.slots["kind"] != "exchange":
        return "plain"
    ((line, count),) = picked(talk)
    talk.slots["kinds"] = talk.shop.exchange_for(number=talk.slots["number"], line=line, quantity=count)
    return "exchange" if talk.slots["kinds"] else "none"


def kind_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(
            kind["label"],
            description="" if kind["is_same"] else kind["price"],
            do="slot",
            slot="variant",
            value=kind["variant"],
        )
        for kind in talk.slots["kinds"][:9]
    ]


def parse_kind(talk: Talk, reading: Reading) -> int | None:
    """By colour and size, or by the words on it; the kinds of something else that is surely named are offered next."""
    kinds = talk.slots["kinds"]
    wanted = {key: fold(reading.slots[key]) for key in ("colour", "size") if reading.slots.get(key)}
    fitting = [
        kind for kind in kinds if wanted and wanted.items() <= {key: fold(v) for key, v in kind["keys"].items()}.items()
    ]
    if not fitting:
        said = set(fold(reading.text).split())
        fitting = [kind for kind in kinds if said and said <= set(fold(kind["label"]).split())]
    if not fitting:
        fitting = kinds_of_another(talk, reading.text)
    return int(fitting[0]["variant"]) if len(fitting) == 1 else None


def kinds_of_another(talk: Talk, text: str) -> list[dict[str, Any]]:
    """Of goods these words name for sure; from then on it is about them."""
    query = query_of(text)
    found = one_named(query, talk.shop.find(text=query, filters={})) if query else None
    if found is None:
        return []
    ((_, count),) = picked(talk)
    kinds: list[dict[str, Any]] = talk.shop.kinds_of(product=found["product"], quantity=count)
    talk.slots["kinds"] = kinds or talk.slots["kinds"]
    return kinds


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


def price_it(talk: Talk) -> str:
    """Of an exchange, what the other costs: nothing is asked where it is the same."""
    slots = talk.slots
    slots.pop("swap", None)
    if slots["kind"] != "exchange" or chosen_kind(talk)["is_same"]:
        return "same"
    swap = talk.shop.swap(number=slots["number"], lines=picked(talk), variant=slots["variant"])
    if "problem" in swap:
        return "gone"
    if not swap.pop("is_taxed", True):
        return "untaxed"
    slots.pop("tax_asked", None)
    slots["swap"] = swap
    return "other"


def tax_args(talk: Talk) -> dict[str, Any]:
    slots = talk.slots
    return {"order": slots["number"], "variant": slots["variant"], "quantity": sum(count for _, count in picked(talk))}


def take_tax(talk: Talk, result: dict[str, Any]) -> str:
    talk.slots["tax_asked"] = asked = talk.slots.get("tax_asked", 0) + 1
    return "known" if result.get("is_known") and asked <= MOST_ASKED else "unknown"


def chosen_kind(talk: Talk) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in talk.slots["kinds"] if one["variant"] == talk.slots["variant"])
    return found


def money_back(talk: Talk) -> str:
    """What goes back to the shopper in the end; "" where nothing does."""
    slots = talk.slots
    if slots["kind"] == "exchange":
        return str(slots.get("swap", {}).get("back", ""))
    if slots["kind"] == "claim" and slots.get("wish") == "replacement":
        return ""
    return str(talk.shop.return_money(number=slots["number"], lines=picked(talk)))


def preset_way(talk: Talk) -> str:
    """Money goes back the way it came, unless the shopper says otherwise beside the summary."""
    talk.slots.setdefault("payback", "paid")
    return "known"


def way_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(AS_PAID, do="slot", slot="payback", value="paid"),
        talk.choice(AS_CREDIT, do="slot", slot="payback", value="credit"),
    ]


def parse_way(talk: Talk, reading: Reading) -> str | None:
    if any(word in reading.folded for word in CREDIT):
        return "credit"
    return "paid" if any(word in reading.folded for word in HER_MONEY) else None


def reason_told(talk: Talk) -> str:
    return str(talk.slots.get("note") or talk.text(REASONS[talk.slots["reason"]]))


def stamp(talk: Talk) -> str:
    """The yes is to these goods, for this, at this price."""
    said = [
        talk.slots.get(name) for name in ("number", "kind", "picked", "wish", "variant", "reason", "payback", "swap")
    ]
    money = talk.shop.return_money(number=talk.slots["number"], lines=picked(talk))
    return hashlib.sha256(json.dumps([said, money, postage_of(talk)], sort_keys=True).encode()).hexdigest()[:16]


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
        *([way_choices(talk)[talk.slots["payback"] == "paid"]] if money_back(talk) else []),
        talk.choice(NO_KEEP, style="quiet", yes=False, **bound),
        talk.a_person(),
    ]
    talk.say_text("\n".join(parts), choices)


def promise(talk: Talk) -> str:
    """What the shopper gets, and when."""
    kind = talk.slots["kind"]
    if kind == "exchange":
        return difference(talk) if "swap" in talk.slots else talk.text(INSTEAD, other=chosen_kind(talk)["label"])
    if kind == "claim" and talk.slots.get("wish") == "replacement":
        return talk.text(ANOTHER_CLAIM)
    said = {"claim": (MONEY_CLAIM, CLAIM_AS_CREDIT)}.get(kind, (MONEY_LATER, MONEY_AS_CREDIT))
    promised = talk.text(said[talk.slots["payback"] == "credit"], money=money_back(talk))
    postage = postage_of(talk)
    return "\n".join((promised, talk.text(POSTAGE, **postage))) if postage else promised


def postage_of(talk: Talk) -> dict[str, str]:
    """{"postage", "left"} of a label the shopper pays for; {} else."""
    slots = talk.slots
    told: dict[str, str] = talk.shop.return_postage(
        number=slots["number"], lines=picked(talk), kind=slots["kind"], reason=slots["reason"]
    )
    return told


def difference(talk: Talk) -> str:
    """Every amount of an exchange for another price, and which way the difference goes."""
    swap = talk.slots["swap"]
    facts = {**swap, "other": chosen_kind(talk)["label"], "goods": goods_of(talk)}
    lines = [talk.text(FOR_WORTH, **facts)]
    if swap["due"]:
        lines.append(talk.text(PAY_FIRST, **facts))
    elif swap["back"]:
        lines.append(talk.text(REST_AS_CREDIT if talk.slots["payback"] == "credit" else REST_BACK, **facts))
    return "\n".join(lines)


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
        to_credit=slots["payback"] == "credit",
        agreed=slots["swap"]["agreed"] if "swap" in slots else None,
    )
    slots["is_approved"] = result.get("is_approved", False)
    slots["name"], slots["order"] = result.get("name", ""), result.get("order", "")
    if "problem" in result:
        return "gone"
    return "pay" if slots["order"] else "done"


def say_done(talk: Talk) -> None:
    is_approved = talk.slots.get("is_approved", False)
    parts = [talk.text(APPROVED if is_approved else DONE, name=talk.slots["name"])]
    if talk.slots["reason"] != "missing" and not is_approved:
        parts.append(talk.text(KEEP_GOODS))
    talk.say_text("\n".join(parts), [talk.choice(MY_RETURNS, do="my_returns"), talk.menu(), talk.a_person()])


def say_late(talk: Talk) -> None:
    choices = [talk.choice(WRONG, do="returns", kind="claim"), talk.a_person(), talk.menu()]
    talk.say(LATE, choices, days=talk.merchant["return_days"])


def say_no_other(talk: Talk) -> None:
    again = talk.choice(SEND_BACK, style="primary", do="returns", kind="return", number=talk.slots["number"])
    talk.say(NO_OTHER, [again, talk.a_person(), talk.menu()])


def say_gone(talk: Talk) -> None:
    again = talk.choice(AGAIN, style="primary", do="returns", kind=talk.slots["kind"])
    talk.say(GONE, [again, talk.a_person(), talk.menu()])


def say_choices(said: Words) -> Any:
    def say(talk: Talk) -> None:
        talk.say(said, [talk.choice(BROWSE, do="browse"), talk.menu(), talk.a_person()])

    return say


def say_with_rule(said: Words) -> Any:
    """It, and until when the shop takes things back; a shop may take nothing back."""

    def say(talk: Talk) -> None:
        days = talk.merchant["return_days"]
        parts = [talk.text(said), *([talk.text(RULE, days=days)] if days else [])]
        talk.say_text(" ".join(parts), [talk.choice(BROWSE, do="browse"), talk.menu(), talk.a_person()])

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
        "wished": Branch(wish_of, {"ask": "wish", "known": "priced"}),
        "wish": Ask(
            slot="wish", prompts=(WISH, WISH_AGAIN, WISH_EXAMPLE), short=WISH_SHORT, parse=parse_wish, next="priced",
            choices=wish_choices,
        ),
        "priced": Branch(price_it, {"same": "way", "other": "way", "untaxed": "tax", "gone": "gone"}),
        "tax": Call(kind="exchange_tax", args=tax_args, take=take_tax, to={"known": "priced", "unknown": "no_tax"}),
        "no_tax": Show(lambda talk: talk.say(NO_TAX, [talk.menu(), talk.a_person()]), "end"),
        "way": Branch(preset_way, {"known": "payback"}),
        "payback": Ask(
            slot="payback", prompts=(WHICH_WAY, WHICH_WAY_AGAIN, WHICH_WAY_EXAMPLE), short=WHICH_WAY_SHORT,
            parse=parse_way, next="sure", choices=way_choices,
        ),
        "sure": Confirm(show=show_summary, stamp=stamp, yes="send", no="kept"),
        "send": Do(send, {"done": "done", "gone": "gone", "pay": "noted_pay"}, money=True),
        "noted_pay": Show(
            lambda talk: talk.say(NOTED_PAY, name=talk.slots["name"], due=talk.slots["swap"]["due"]), "link"
        ),
        "link": Call(kind="pay_link", args=args_of, take=take, to=LINKED | {"settled": "end"}),
        "pay": Show(say_pay, "end"),
        "failed": Show(say_failed, "end"),
        "done": Show(say_done, "end"),
        "kept": Show(say_choices(KEPT), "end"),
        "gone": Show(say_gone, "end"),
        "none": Show(say_with_rule(NONE), "end"),
        "coming": Show(say_with_rule(COMING), "end"),
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
