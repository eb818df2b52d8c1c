"""Saved for later, and told when it is back."""

from typing import Any

from apps.messaging.content import Browse, Card, Choice

from ..flow import Ask, Branch, Do, End, Flow, Show
from ..naming import named_by, one_named
from ..query import query_of
from ..talk import Talk
from ..words import label, words
from .browse import ADD, MORE, card_of, remember
from .product import (
    BROWSE,
    CART,
    CHECKOUT,
    KEEP_LOOKING,
    TELL_ME,
    WHICH_KIND,
    WHICH_KIND_AGAIN,
    WHICH_KIND_EXAMPLE,
    WHICH_KIND_SHORT,
    choose,
    forget_choice,
    kind_choices,
    kind_places,
    load,
    missing,
    parse_kind,
    say_gone,
    say_not_that_kind,
)

SAVED = words('Saved: {title}. Say "my wish list" whenever you like, here or on another channel.')
SAVED_ALREADY = words("{title} is on your wish list already.")
FULL = words("Your wish list is full. Take something off first, and I save it gladly.")
YOUR_WISHES = words("Your wish list:")
NO_WISHES = words('Your wish list is empty. Say "save this for later" about anything you see.')
FORGOTTEN = words("I have taken {title} off your wish list.")
NOT_SAVED = words("That is not on your wish list. Here is what is:")
WHICH = words("Which one do you mean?")
WHICH_NONE = words("Which one do you mean? Show me the product first, then say it again.")
IN_LINE = words("I tell you here as soon as {title} is back. When it is your turn, one is kept for you for 30 minutes.")
IN_LINE_FOR = words("You are in line for {titles}.")
IS_THERE = words("Good news: {title} is there right now.")
OUT_OF_LINE = words("Fine, I no longer keep {title} in mind for you.")
NOT_IN_LINE = words("You are not in line for that.")
TURN_TAKEN = words("Done: {title} is in your cart, and it stays kept for you for a while.")
TURN_OVER = words("Your turn has passed, sorry. Shall I tell you the next time?")
CART_FULL = words("Your cart is full: at most {left} things. Take something out, then tap again.")
MOVE = label("Move to cart")
REMOVE = label("Remove")
WISHES = label("My wish list")
STOP = label("Stop waiting")
PAGE = 4


def which(talk: Talk) -> str:
    """The product meant: pointed at, named, or the one on the screen. What only resembles the name is asked about."""
    if talk.slots.get("product"):
        return "found"
    text = str(talk.slots.get("text", ""))
    if not text:
        return _one_of(talk, talk.state.shown)
    wishes = dict(talk.slots.get("chosen") or {})
    page = talk.shop.find(text=text, filters=wishes, offset=0)
    if wishes and (page["is_loose"] or not page["items"]):
        page = talk.shop.find(text=text, filters={}, offset=0)
    if the_one := one_named(text, page):
        talk.slots["product"] = the_one["product"]
        return "found"
    titles = [item["title"] for item in page["items"]]
    named = [page["items"][place] for place in named_by(text.split(), titles)]
    return _several(talk, named or page["items"])


def _one_of(talk: Talk, items: list[dict[str, Any]]) -> str:
    if len(items) == 1:
        talk.slots["product"] = items[0]["product"]
        return "found"
    return _several(talk, items)


def _several(talk: Talk, items: list[dict[str, Any]]) -> str:
    talk.slots["several"] = [{"product": item["product"], "title": item["title"]} for item in items[:7]]
    return "several" if items else "none"


def say_which(talk: Talk, do: str) -> None:
    choices = [talk.choice(item["title"], do=do, product=item["product"]) for item in talk.slots["several"]]
    talk.say(WHICH, [*choices, talk.a_person()])


def say_which_none(talk: Talk) -> None:
    talk.say(WHICH_NONE, [talk.choice(BROWSE, style="primary", do="browse"), talk.a_person()])


def one_kind(talk: Talk) -> dict[str, Any] | None:
    """The only kind that fits what was chosen, where something was chosen or there is but one."""
    chosen = talk.slots.get("chosen", {})
    kinds: list[dict[str, Any]] = [
        kind
        for kind in talk.slots["item"]["variants"]
        if all(kind["keys"].get(name) == value for name, value in chosen.items())
    ]
    return kinds[0] if len(kinds) == 1 else None


# --- saved for later -----------------------------------------------------------------------------
def save(talk: Talk) -> str:
    talk.slots.pop("card", None)
    kind = one_kind(talk)
    talk.slots["title"] = kind["label"] if kind else talk.slots["item"]["title"]
    result = talk.shop.save(product=int(talk.slots["product"]), variant=kind["id"] if kind else None)
    if "problem" in result:
        return str(result["problem"])
    return "saved" if result["is_new"] else "already"


def say_saved(talk: Talk) -> None:
    _say(talk, SAVED)


def _say(talk: Talk, said: Any) -> None:
    further = [talk.choice(WISHES, do="wishes"), talk.choice(KEEP_LOOKING, style="quiet", do="browse")]
    talk.say(said, further, title=talk.slots["title"])


def look(talk: Talk) -> str:
    talk.slots["wishes"], talk.slots["waits"] = talk.shop.wishes(), talk.shop.waits()
    return "some" if talk.slots["wishes"] else "none"


def wish_card(talk: Talk, item: dict[str, Any]) -> Card:
    card = card_of(talk, item)
    named = {"product": item["product"], "chosen": item.get("keys", {})}
    if item["stock"] == 0:
        first = talk.choice(TELL_ME, do="alert", **named)
    else:
        first = talk.choice(MOVE, style="primary", do="add", wish=item["variant"] or 0, **named)
    gone = {"product": item["product"], **({"variant": item["variant"]} if item["variant"] else {})}
    return Card(
        title=card.title,
        price=card.price,
        was_price=card.was_price,
        price_note=card.price_note,
        stock=card.stock,
        image_url=card.image_url,
        image_alt=card.image_alt,
        choices=(first, talk.choice(REMOVE, style="quiet", do="unsave", **gone)),
        reference=card.reference,
    )


def say_wishes(talk: Talk) -> None:
    start = int(talk.slots.get("offset", 0))
    items = talk.slots["wishes"][start : start + PAGE] or talk.slots["wishes"][:PAGE]
    talk.state.unclear, talk.state.listing = 0, {}
    remember(talk, items)
    further: list[Choice] = []
    if len(talk.slots["wishes"]) > start + PAGE:
        further.append(talk.choice(MORE, do="wishes", offset=start + PAGE))
    text = "\n\n".join(part for part in (_waiting_words(talk), talk.text(YOUR_WISHES)) if part)
    talk.put(
        Browse(
            text=text,
            cards=tuple(wish_card(talk, item) for item in items),
            choices=(*further, *_waiting_choices(talk)),
        )
    )


def say_no_wishes(talk: Talk) -> None:
    said = _waiting_words(talk)
    choices = [*_waiting_choices(talk), talk.choice(BROWSE, style="primary", do="browse")]
    if said:
        talk.say_text(said, choices)
    else:
        talk.say(NO_WISHES, [*choices, talk.menu()])


def _waiting_words(talk: Talk) -> str:
    titles = ", ".join(wait["title"] for wait in talk.slots["waits"])
    return talk.text(IN_LINE_FOR, titles=titles) if titles else ""


def _waiting_choices(talk: Talk) -> list[Choice]:
    """A way out of each line, as many as there is room for."""
    waits = talk.slots["waits"]
    if len(waits) == 1:
        return [talk.choice(STOP, style="quiet", do="leave_line", variant=waits[0]["variant"])]
    return [
        talk.choice(f"{talk.text(STOP)}: {wait['title']}", style="quiet", do="leave_line", variant=wait["variant"])
        for wait in waits[:3]
    ]


def forget(talk: Talk) -> str:
    """The wish pointed at or named, else all are shown."""
    saved = talk.shop.wishes()
    talk.slots["wishes"], talk.slots["waits"] = saved, talk.shop.waits()
    product, kind = talk.slots.get("product"), talk.slots.get("variant")
    said = query_of(str(talk.slots.get("text", ""))).split()
    named = named_by(said, [item["title"] for item in saved]) if product is None else []
    fitting = [
        item
        for place, item in enumerate(saved)
        if place in named or (item["product"] == product and kind in (None, item["variant"]))
    ]
    if not fitting or len({item["product"] for item in fitting}) > 1:
        return "which" if saved else "none"
    talk.slots["title"] = fitting[0]["title"]
    talk.shop.forget_wish(product=fitting[0]["product"], variant=fitting[0]["variant"] if len(fitting) == 1 else None)
    return "gone"


# --- told when it is back ------------------------------------------------------------------------
def only_sold_out(talk: Talk) -> str:
    """From here on only the kinds that are sold out are to choose from, or the only one a button named."""
    card = talk.slots.pop("card", None)
    item, chosen = talk.slots["item"], talk.slots["chosen"]
    fitting = [
        kind
        for kind in item["variants"]
        if kind["stock"] == 0
        and talk.slots.get("only") in (None, kind["id"])
        and all(kind["keys"].get(name) == value for name, value in chosen.items())
    ]
    if not fitting:
        talk.slots["card"] = card
        return "there"
    item["variants"] = fitting
    for option in item["choices"]:
        there = {kind["keys"].get(option["kind"]) for kind in fitting}
        option["values"] = [value for value in option["values"] if value["key"] in there]
    return "sold_out"


def join_line(talk: Talk) -> str:
    variant = int(talk.slots["variant"])
    talk.slots["title"] = next(kind["label"] for kind in talk.slots["item"]["variants"] if kind["id"] == variant)
    return str(talk.shop.wait_for(variant=variant).get("problem", "waiting"))


def say_in_line(talk: Talk) -> None:
    _say(talk, IN_LINE)


def say_there(talk: Talk) -> None:
    kind = one_kind(talk)
    title = kind["label"] if kind else talk.slots["item"]["title"]
    action = {"do": "add", "product": talk.slots["product"], "chosen": talk.slots["chosen"], "quantity": 1}
    talk.say(IS_THERE, [talk.choice(ADD, style="primary", **action), talk.choice(CART, do="cart")], title=title)


def leave(talk: Talk) -> str:
    variant = int(talk.slots.get("variant") or 0)
    mine = [wait for wait in talk.shop.waits() if not variant or wait["variant"] == variant]
    if len(mine) != 1:
        return "not_in_line"
    talk.slots["title"] = mine[0]["title"]
    talk.shop.leave_line(variant=mine[0]["variant"])
    return "left"


def take(talk: Talk) -> str:
    result = talk.shop.take_turn(alert=int(talk.slots.get("alert") or 0))
    talk.slots["left"], talk.slots["again"] = result.get("left", 0), result.get("again")
    if "problem" in result:
        return str(result["problem"])
    talk.slots["variant"] = result["variant"]
    return "taken"


def say_taken(talk: Talk) -> None:
    lines = talk.shop.cart()["lines"]
    title = next((line["title"] for line in lines if line["variant"] == talk.slots["variant"]), "")
    talk.say(
        TURN_TAKEN,
        [talk.choice(CHECKOUT, style="primary", do="checkout"), talk.choice(CART, do="cart")],
        title=title,
    )


def say_over(talk: Talk) -> None:
    again = talk.slots.get("again")
    choices = [talk.choice(TELL_ME, style="primary", do="alert", **again)] if again else []
    talk.say(TURN_OVER, [*choices, talk.choice(WISHES, do="wishes"), talk.choice(BROWSE, style="quiet", do="browse")])


SAVE_FLOW = Flow(
    name="save",
    start="which",
    steps={
        "which": Branch(which, {"found": "load", "several": "several", "none": "nothing"}),
        "load": Do(load, {"loaded": "save", "not_that_kind": "other", "gone": "gone", "ready": "gone"}),
        "other": Show(say_not_that_kind, "save"),
        "save": Do(save, {"saved": "saved", "already": "already", "full": "full", "gone": "gone"}),
        "saved": Show(say_saved, "end"),
        "already": Show(lambda talk: _say(talk, SAVED_ALREADY), "end"),
        "full": Show(lambda talk: _say(talk, FULL), "end"),
        "several": Show(lambda talk: say_which(talk, "save"), "end"),
        "nothing": Show(say_which_none, "end"),
        "gone": Show(say_gone, "end"),
        "end": End(),
    },
)
WISHES_FLOW = Flow(
    name="wishes",
    start="look",
    steps={
        "look": Branch(look, {"some": "show", "none": "none"}),
        "show": Show(say_wishes, "end"),
        "none": Show(say_no_wishes, "end"),
        "end": End(),
    },
)
UNSAVE_FLOW = Flow(
    name="unsave",
    start="forget",
    steps={
        "forget": Do(forget, {"gone": "gone", "which": "which", "none": "none"}),
        "gone": Show(lambda talk: _say(talk, FORGOTTEN), "end"),
        "which": Show(lambda talk: talk.say(NOT_SAVED), "show"),
        "show": Show(say_wishes, "end"),
        "none": Show(say_no_wishes, "end"),
        "end": End(),
    },
)
ALERT_FLOW = Flow(
    name="alert",
    title=words("telling you when it is back"),
    start="which",
    steps={
        "which": Branch(which, {"found": "load", "several": "several", "none": "nothing"}),
        "load": Do(load, {"loaded": "sold_out", "not_that_kind": "other", "gone": "gone", "ready": "gone"}),
        "other": Show(say_not_that_kind, "sold_out"),
        "sold_out": Do(only_sold_out, {"sold_out": "missing", "there": "there"}),
        "missing": Branch(missing, {"choose": "kind", "ready": "join"}),
        "kind": Ask(
            slot="kind",
            prompts=(WHICH_KIND, WHICH_KIND_AGAIN, WHICH_KIND_EXAMPLE),
            short=WHICH_KIND_SHORT,
            parse=parse_kind,
            next="choose",
            choices=kind_choices,
            values=kind_places,
        ),
        "choose": Do(choose, {"loaded": "missing", "not_that_kind": "sorry"}),
        "sorry": Show(forget_choice, "missing"),
        "join": Do(join_line, {"waiting": "waiting", "there": "there", "gone": "gone"}),
        "waiting": Show(say_in_line, "end"),
        "there": Show(say_there, "end"),
        "several": Show(lambda talk: say_which(talk, "alert"), "end"),
        "nothing": Show(say_which_none, "end"),
        "gone": Show(say_gone, "end"),
        "end": End(),
    },
)
LEAVE_FLOW = Flow(
    name="leave_line",
    start="leave",
    steps={
        "leave": Do(leave, {"left": "left", "not_in_line": "not_in_line"}),
        "left": Show(lambda talk: _say(talk, OUT_OF_LINE), "end"),
        "not_in_line": Show(lambda talk: talk.say(NOT_IN_LINE, [talk.choice(WISHES, do="wishes"), talk.menu()]), "end"),
        "end": End(),
    },
)
TURN_FLOW = Flow(
    name="take_turn",
    start="take",
    steps={
        "take": Do(take, {"taken": "taken", "over": "over", "too_many": "many"}),
        "taken": Show(say_taken, "end"),
        "over": Show(say_over, "end"),
        "many": Show(lambda talk: talk.say(CART_FULL, [talk.choice(CART, do="cart")], left=talk.slots["left"]), "end"),
        "end": End(),
    },
)
