"""What a choice stands for, be it tapped or told by its number or its words."""

import re
from typing import Any

from apps.messaging.content import all_choices, from_json

from . import global_words as spoken
from .commands import Command, Verb, start
from .query import query_of
from .talk import Talk

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
    "order_again": "order_again", "pay_card": "pay_card", "my_cards": "my_cards", "forget_card": "forget_card",
    "goes_with": "goes_with", "similar": "similar", "currency": "currency",
    "size_guide": "size_guide", "bought_cards": "bought_cards", "downloads": "downloads", "return_label": "return_label",
    "stores": "stores", "nearest_store": "nearest_store", "more_help": "more_help", "of_order": "of_order",
    "why_price": "price", "store_credit": "store_credit",
    "take_back": "take_back", "put_back": "put_back", "take_goods": "take_goods",
    "in_store": "in_store", "my_number": "shared_contact", "prove": "prove", "undo_going_on": "undo_going_on",
}  # fmt: skip


ASKING = re.compile("[?？]")


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
        case "buy_card":
            on_sale = talk.shop.gift_cards_on_sale()
            return start("product", product=on_sale[0]) if on_sale else start("no_cards_sold")
        case do if do in ACTION_FLOWS:
            return start(ACTION_FLOWS[do], **args)
    return Command(Verb.CANNOT_HANDLE, {"reason": "unknown_choice"})


def picked(talk: Talk, text: str) -> Command | None:
    """A typed number or label of the latest offer."""
    said = spoken.bare(text)
    if not said or len(said) > 60:
        return None
    if offered := _yes_offered(talk) if spoken.is_yes(text) else _named_line(talk, text):
        return command_of(talk, offered)
    digits = said if said.isdigit() and len(said) <= 2 else ""
    choice = None if len(digits) == 1 else talk.shop.choose(label=text)  # "10" may be a size
    if choice is None and digits:
        choice = talk.shop.choose(number=int(digits))
    return command_of(talk, choice["action"]) if choice else None


def _yes_offered(talk: Talk) -> dict[str, Any] | None:
    """What the "yes, please" among the last choices stands for, or the "continue" to "shall we go on?"."""
    offered = [choice for said in talk.state.said for choice in all_choices(from_json(said)) if choice.action]
    yes = next((choice.action for choice in offered if spoken.is_yes(choice.label)), None)
    return yes or _proposed(talk)


def _proposed(talk: Talk) -> dict[str, Any] | None:
    """What "Shall we …?" proposes: its one primary choice. Nothing that needs a confirmation is meant by a bare yes."""
    for content in reversed([from_json(said) for said in talk.state.said]):
        first = [choice.action for choice in all_choices(content) if choice.action and choice.style == "primary"]
        if ASKING.search(str(getattr(content, "text", ""))) and len(first) == 1:
            return first[0] if first[0].get("do") != "confirm" else None
    return None


def asks_to_go_on(talk: Talk) -> bool:
    """Was "shall we go on?" the last question? A yes to it agrees to no amount, though a summary waits beneath."""
    deeds = [
        choice.action.get("do")
        for said in talk.state.said
        for choice in all_choices(from_json(said))
        if choice.action and (choice.style == "primary" or choice.action.get("do") == "confirm")
    ]
    return "resume" in deeds and "confirm" not in deeds


def _named_line(talk: Talk, text: str) -> dict[str, Any] | None:
    """The line of the cart that was asked about, by the words that tell it from the others: "la de cristal"."""
    offered = [choice for said in talk.state.said for choice in all_choices(from_json(said))]
    lines = [choice for choice in offered if choice.action and choice.action.get("do") == "quantity"]
    said = set(query_of(text).split()) if lines else set()
    fitting = [choice.action for choice in lines if said and said <= set(query_of(choice.label).split())]
    return fitting[0] if len(fitting) == 1 else None
