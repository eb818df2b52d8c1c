"""Cards the shopper let be kept: paid with after a yes to the amount, looked at, forgotten."""

from typing import Any

from apps.messaging.content import Choice, Pay

from ..flow import Branch, Call, Confirm, Do, End, Flow, Show
from ..talk import Talk
from ..words import Words, label, words
from . import pay

SURE = words("Shall I pay order {order} with {card}? It comes to {amount}.")
OTHER_WAY = label("Pay another way")
MOMENT = words("One moment, I am asking your bank.")
ASKS_BANK = words(
    "Your bank wants you to say yes yourself. Here is the way to its page; your order {order} and your goods wait for you."
)
GO_TO_BANK = words("Confirm {amount}")
DECLINED = words("Your bank did not accept {card} this time. Nothing was charged, and order {order} waits for you.")
TOO_LITTLE = words(
    "There is not enough money on {card}, says your bank. Nothing was charged, and order {order} waits for you."
)
IS_OVER = words("{card} has expired. Nothing was charged, and order {order} waits for you.")
GONE = words("This card is not kept any more. Nothing was charged.")
CHANGED = words("Something has changed since. Please look again:")
UNSURE = words(
    "I have no answer from your bank yet. Order {order} is kept, and you pay it once at most: as soon as I know, I tell you "
    "here."
)
WHICH = words("With which card?")
KEPT = words("These cards are kept for you:")
ONE_CARD = words("{name}, good until {until}")
ONE_OVER = words("{name}, expired")
NO_CARDS = words("No card of yours is kept.")
HOW_TO_KEEP = words("When you pay by card, you can tick a box on that page, and the next time a tap is enough.")
FORGET = label("Forget •••• {ends}")
SURE_FORGET = words("Shall I forget {card}?")
YES_FORGET = label("Yes, forget it")
NO_KEEP = label("No, keep it")
FORGOTTEN = words("Done: {card} is forgotten, here and at our payment provider.")
STAYS = words("Good, {card} stays.")
MY_CARDS = label("My cards")
WHY: dict[str, Words] = {"insufficient_funds": TOO_LITTLE, "expired_card": IS_OVER}  # the bank's word, else DECLINED


def find_card(talk: Talk) -> str:
    """The card that was named, or the only one that can be paid with; and what there is to pay."""
    cards = talk.shop.cards()
    named = [card for card in cards if card["card"] == talk.slots.get("card")]
    talk.slots["cards"] = cards
    talk.slots["due"] = talk.shop.due(number=talk.slots["order"])
    if talk.slots.get("card") and not named:
        return "gone"
    if len(cards) > 1 and not named:
        return "several"
    if not cards:
        return "none"
    talk.slots["found"] = (named or cards)[0]
    return "one"


def say_which(talk: Talk) -> None:
    order = talk.slots["order"]
    talk.say(WHICH, [*pay.card_choices(talk, talk.slots["cards"], order), _other_way(talk)])


def _other_way(talk: Talk) -> Choice:
    return talk.choice(OTHER_WAY, do="pay_again", order=talk.slots["order"])


def stamp(talk: Talk) -> str:
    """The yes is to this card for this order and amount."""
    return f"card:{talk.slots['order']}:{talk.slots['found']['card']}:{talk.slots['due']['minor']}"


def ask_sure(talk: Talk) -> None:
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "pay_card"}
    amount = talk.slots["due"]["amount"]
    choices = [
        talk.choice(talk.text(pay.PAY, amount=amount), style="primary", yes=True, **bound),
        talk.choice(OTHER_WAY, yes=False, **bound),
    ]
    talk.say(SURE, choices, order=talk.slots["order"], card=talk.slots["found"]["name"], amount=amount)


def args_of(talk: Talk) -> dict[str, Any]:
    due, card = talk.slots["due"], talk.slots["found"]["card"]
    return {"order": talk.slots["order"], "card": card, "agreed": due["minor"], "language": talk.language}


def take(talk: Talk, result: dict[str, Any]) -> str:
    talk.slots["answer"] = result
    problem = result.get("problem")
    if problem in ("placed", "closed"):
        return "settled"
    if problem:
        return problem if problem in ("gone", "changed", "cancelled", "expired") else "unsure"
    return str(result["state"])


def say_bank(talk: Talk) -> None:
    answer, order = talk.slots["answer"], talk.slots["order"]
    talk.put(
        Pay(
            text=talk.text(ASKS_BANK, order=order),
            url=answer["url"],
            label=talk.text(GO_TO_BANK, amount=answer["amount"]),
            amount=answer["amount"],
            order_number=order,
            expires_at=answer["expires_at"],
            choices=(_other_way(talk),),
        )
    )


def say_declined(talk: Talk) -> None:
    """Why, and the usual link follows."""
    said = WHY.get(talk.slots["answer"].get("why", ""), DECLINED)
    talk.say(said, card=talk.slots["found"]["name"], order=talk.slots["order"])


def say_unsure(talk: Talk) -> None:
    again = talk.choice(pay.AGAIN, do="pay_card", order=talk.slots["order"], card=talk.slots["found"]["card"])
    talk.say(UNSURE, [again, talk.a_person()], order=talk.slots["order"])


def look_again(talk: Talk) -> str:
    talk.slots["due"] = talk.shop.due(number=talk.slots["order"])
    return "seen"


def say_cards(talk: Talk) -> None:
    cards = talk.shop.my_cards()
    lines = [talk.text(ONE_OVER if card["is_over"] else ONE_CARD, **card) for card in cards]
    forget = [talk.choice(talk.text(FORGET, ends=card["ends"]), do="forget_card", card=card["card"]) for card in cards]
    if not cards:
        said = (NO_CARDS, HOW_TO_KEEP) if talk.shop.keeps_cards() else (NO_CARDS,)
        talk.say_text("\n".join(talk.text(each) for each in said), [talk.menu()])
        return
    talk.say_text("\n".join((talk.text(KEPT), *lines)), [*forget, talk.menu()])


def find_kept(talk: Talk) -> str:
    """The card that was named, or the only one there is."""
    cards = talk.shop.my_cards()
    found = [card for card in cards if talk.slots.get("card") in (None, card["card"])]
    if len(found) == 1:
        talk.slots["found"] = found[0]
        return "one"
    return "several" if found else "none"


def forget_stamp(talk: Talk) -> str:
    return f"forget:{talk.slots['found']['card']}"


def ask_forget(talk: Talk) -> None:
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "forget_card"}
    choices = [talk.choice(YES_FORGET, yes=True, **bound), talk.choice(NO_KEEP, yes=False, **bound)]
    talk.say(SURE_FORGET, choices, card=talk.slots["found"]["name"])


def forget(talk: Talk) -> str:
    talk.shop.forget_card(card=talk.slots["found"]["card"])  # gone already is gone all the same
    return "done"


def said_of_card(said: Words) -> Any:
    def say(talk: Talk) -> None:
        talk.say(said, [talk.choice(MY_CARDS, do="my_cards"), talk.menu()], card=talk.slots["found"]["name"])

    return say


PAY_CARD = Flow(
    name="pay_card",
    start="which",
    steps={
        "which": Branch(pay.which, {"open": "look", "paid": "paid", "ended": "ended", "none": "none"}),
        "look": Do(find_card, {"one": "sure", "several": "several", "gone": "gone", "none": "link"}),
        "several": Show(say_which, "end"),
        "sure": Confirm(show=ask_sure, stamp=stamp, yes="moment", no="link"),
        "moment": Show(lambda talk: talk.say(MOMENT), "charge"),
        "charge": Call(
            kind="pay_card",
            args=args_of,
            take=take,
            # That it is paid is news of the order, and is said there.
            to={
                "paid": "end", "bank": "bank", "declined": "declined", "gone": "gone", "changed": "changed",
                "unsure": "unsure", "settled": "paid", "cancelled": "ended", "expired": "ended",
            },
            money=True,
        ),
        "bank": Show(say_bank, "end"),
        "declined": Show(say_declined, "link"),
        "gone": Show(lambda talk: talk.say(GONE), "link"),
        "changed": Show(lambda talk: talk.say(CHANGED), "again"),
        "again": Do(look_again, {"seen": "sure"}),
        "unsure": Show(say_unsure, "end"),
        "link": Call(kind="pay_link", args=pay.args_of, take=pay.take, to=pay.LINKED | {"settled": "paid"}),
        **pay.ENDS,
    },
)  # fmt: skip
MY_CARDS_FLOW = Flow(name="my_cards", start="say", steps={"say": Show(say_cards, "end"), "end": End()}, is_aside=True)
FORGET_CARD = Flow(
    name="forget_card",
    start="find",
    steps={
        "find": Branch(find_kept, {"one": "sure", "several": "say", "none": "say"}),
        "sure": Confirm(show=ask_forget, stamp=forget_stamp, yes="forget", no="stays", money=False),
        "forget": Do(forget, {"done": "done"}),
        "done": Show(said_of_card(FORGOTTEN), "end"),
        "stays": Show(said_of_card(STAYS), "end"),
        "say": Show(say_cards, "end"),
        "end": End(),
    },
)
