"""One product: looked at, its kind chosen, put into the cart."""

from typing import Any

from apps.catalog.kinds import FAMILIES
from apps.messaging.content import Ask as AskContent
from apps.messaging.content import Card, Choice, ShowProduct

from ..elsewhere import say_not_sold
from ..flow import Ask, Branch, Do, End, Flow, Show
from ..naming import value_numbered
from ..reading import Reading
from ..talk import Talk
from ..words import label, words
from .browse import ADD, card_of, lowest_words, price_words, remember, stock_words

GONE = words("That one is no longer in the shop. Let's find something just as good:")
NOT_THAT_KIND = words("{title} does not come like that. It comes in: {kinds}.")
SOLD_OUT = words("{title} is sold out just now. It comes in other kinds, or look at something similar:")
SHORT = words(
    "There is only {left} of it left. Shall I take that?", "There are only {left} of it left. Shall I take those?"
)
NONE_LEFT = words("That has just sold out, sorry. Shall we look at something similar?")
TOO_MANY = words("At most {left} go into one order. For more, a colleague will gladly help.")
WHICH_KIND = words("{title}: which {option} would you like?")
WHICH_KIND_AGAIN = words("I need the {option} first. It comes in {kinds}.")
WHICH_KIND_EXAMPLE = words('Please pick one of these for the {option}, for example "{example}":')
WHICH_KIND_SHORT = words("Which {option} shall it be?")
ADDED = words("Done: {quantity} × {title} is in your cart, {total} altogether.")
WHICH_GOODS = words("Gladly. Which one shall it be?")
NO_GOODS = words("Gladly. What are you looking for? A word or two will do.")
MOST_NAMED = 8  # goods offered by their names
BROWSE = label("Browse products")
KEEP_LOOKING = label("Keep looking")
CART = label("Show cart")
CHECKOUT = label("Checkout")
TAKE_THEM = label("Yes, please")
SAVE = label("Save for later")
TELL_ME = label("Tell me when back")
SIMILAR = label("Something similar")
SIZE_GUIDE = label("Size guide")
HAVE_A_LOOK = label("Have a look")
GOES_WELL = words("It goes well with {title}, {price}.")
INSTEAD_OF_IT = words("In stock instead: {titles}.")
AS_A_SET = words("{name}: together with {others} it is {amount}.")
TAKE_THE_SET = label("Take the set")
MOST_SUGGESTED = 30  # remembered of a thread


def load(talk: Talk) -> str:
    """Fetch the product and keep only the wishes it has options for."""
    found = talk.shop.product(product=int(talk.slots["product"])) if talk.slots.get("product") else None
    if found is None and talk.slots.get("variant"):
        return "ready"
    if found is None or not found["variants"]:
        return "gone"
    asked = {kind: str(value).casefold() for kind, value in (talk.slots.get("chosen") or {}).items()}
    chosen = {
        option["kind"]: value
        for option in found["choices"]
        if option["kind"] in asked and (value := meant(asked[option["kind"]], option))
    }
    talk.slots["chosen"] = chosen
    talk.slots["item"] = {"title": found["title"], "choices": found["choices"], "variants": found["variants"]}
    remember(talk, [found])
    talk.state.focus = {"product": found["product"], "chosen": chosen}
    talk.slots["card"] = found
    return "loaded" if fitting(talk) else "not_that_kind"


def meant(wish: str, option: dict[str, Any]) -> str:
    """The option's own value for a wish: "blue" is sky blue where that is the only blue; "" where it could be several."""
    keys = [value["key"] for value in option["values"]]
    if wish in keys:
        return wish
    near = [key for key in keys if FAMILIES.get(key) == wish]
    return "" if len(near) > 1 else (near or [wish])[0]


def fitting(talk: Talk) -> list[dict[str, Any]]:
    """The variants that have every value chosen so far."""
    chosen = talk.slots.get("chosen", {})
    return [
        variant
        for variant in talk.slots["item"]["variants"]
        if all(variant["keys"].get(kind) == value for kind, value in chosen.items())
    ]


def say_product(talk: Talk) -> None:
    found, variants = talk.slots.pop("card"), fitting(talk)
    one = variants[0] if len(variants) == 1 else None
    look = variants[0] if variants and len({each["image"] for each in variants}) == 1 else found
    card = card_of(talk, found)
    action: dict[str, Any] = {"do": "add", "product": found["product"], "chosen": talk.slots["chosen"], "quantity": 1}
    if talk.slots.get("quantity"):
        action["quantity"] = int(talk.slots["quantity"])
        talk.state.focus["quantity"] = int(talk.slots["quantity"])
    stock = one["stock"] if one else found["stock"]
    named = {"product": found["product"], "chosen": talk.slots["chosen"]}
    tell = talk.choice(TELL_ME, style="primary", do="alert", **named)
    choices = [talk.choice(ADD, style="primary", **action) if stock != 0 else tell]
    shown = Card(
        title=one["label"] if one else card.title,
        price=one["price"] if one else price_words(talk, found),
        was_price=one.get("was", "") if one else card.was_price,
        price_note=lowest_words(talk, one) if one else card.price_note,
        stock=stock_words(talk, stock),
        subtitle=card.subtitle,
        image_url=look["image"],
        image_alt=look["alt"],
        choices=tuple(choices),
        reference=card.reference,
    )
    further = [talk.choice(SAVE, style="quiet", do="save", **named), talk.choice(CART, style="quiet", do="cart")]
    text = found["description"][:300]
    if stock == 0 and (instead := in_stock_instead(talk, found["product"])):
        text = "\n\n".join(part for part in (text, instead) if part)
        further[-1] = talk.choice(SIMILAR, do="similar", product=found["product"])
    elif _has_sizes(found) and talk.shop.size_guide(product=found["product"]):
        further[-1] = talk.choice(SIZE_GUIDE, do="size_guide", product=found["product"])
    if stock != 0 and (together := talk.shop.set_with(product=found["product"])):
        text = "\n\n".join(part for part in (text, _as_a_set(talk, together)) if part)
        further.insert(0, talk.choice(TAKE_THE_SET, **action, then=_one_after_another(together["others"])))
    talk.put(ShowProduct(text=text, card=shown, choices=tuple(further), media=tuple(found.get("media", ()))))


def _has_sizes(found: dict[str, Any]) -> bool:
    return any(option["kind"] == "size" for option in found["choices"])


def _as_a_set(talk: Talk, together: dict[str, Any]) -> str:
    others = ", ".join(item["title"] for item in together["others"])
    return talk.text(AS_A_SET, name=together["name"], others=others, amount=together["amount"])


def _one_after_another(items: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Each is put in once the one before is there: what comes in sizes is asked for its own."""
    following: dict[str, Any] | None = None
    for item in reversed(items):
        slots = {"product": item["product"], "chosen": {}, "quantity": 1}
        following = {"flow": "add", "slots": {**slots, **({"then": following} if following else {})}}
    return following


def in_stock_instead(talk: Talk, product: int) -> str:
    """Names what could be had today in place of something sold out; "" where there is nothing like it."""
    items = [item for item in talk.shop.related(product=product, kind="instead")["items"] if item["stock"] != 0]
    titles = ", ".join(f"{item['title']} ({price_words(talk, item)})" for item in items[:2])
    return talk.text(INSTEAD_OF_IT, titles=titles) if titles else ""


def say_not_that_kind(talk: Talk) -> None:
    found = talk.slots.pop("card")
    talk.slots["chosen"] = {}
    talk.state.focus["chosen"] = {}
    kinds = "; ".join(", ".join(value["label"] for value in option["values"]) for option in found["choices"])
    talk.say(NOT_THAT_KIND, title=found["title"], kinds=kinds)
    talk.slots["card"] = found


def say_which(talk: Talk) -> None:
    """ "I take it", where nothing or too much is on the screen."""
    more = {"quantity": talk.slots["quantity"]} if talk.slots.get("quantity") else {}
    named = [
        talk.choice(item["title"], do="add", product=item["product"], chosen={}, **more)
        for item in talk.state.shown[:MOST_NAMED]
    ]
    talk.say(WHICH_GOODS if named else NO_GOODS, named or [talk.choice(BROWSE, style="primary", do="browse")])


def say_gone(talk: Talk) -> None:
    product = int(talk.slots.get("product") or 0)
    if product and (elsewhere := talk.shop.sold_elsewhere(product=product)):
        say_not_sold(talk, elsewhere)
        return
    talk.say(GONE, [talk.choice(BROWSE, style="primary", do="browse"), talk.a_person()])


def missing(talk: Talk) -> str:
    """Is one variant left, or is there an option still to choose? Options that leave no choice choose themselves."""
    variants = fitting(talk)
    if len(variants) == 1:
        talk.slots["variant"] = variants[0]["id"]
        return "ready"
    for option in talk.slots["item"]["choices"]:
        if option["kind"] not in talk.slots["chosen"]:
            left = {variant["keys"].get(option["kind"]) for variant in variants}
            if len(left) == 1:
                continue
            talk.slots["option"] = option["kind"]
            talk.slots.pop("kind", None)
            return "choose"
    talk.slots["variant"] = variants[0]["id"]
    return "ready"


def option_of(talk: Talk) -> dict[str, Any]:
    options: list[dict[str, Any]] = talk.slots["item"]["choices"]
    return next(option for option in options if option["kind"] == talk.slots["option"])


def values_left(talk: Talk) -> list[dict[str, Any]]:
    left = {variant["keys"].get(talk.slots["option"]) for variant in fitting(talk) if variant["stock"] != 0}
    values = [value for value in option_of(talk)["values"] if value["key"] in left]
    return values or list(option_of(talk)["values"])


def kind_choices(talk: Talk) -> list[Choice]:
    return [talk.choice(value["label"], do="slot", slot="kind", value=value["key"]) for value in values_left(talk)[:8]]


def kind_places(talk: Talk) -> dict[str, str]:
    labels = [value["label"] for value in values_left(talk)]
    name = option_of(talk)["name"]
    return {
        "title": " · ".join((talk.slots["item"]["title"], *_chosen_so_far(talk))),
        "option": name.lower() if talk.language in ("en", "es") else name,
        "kinds": ", ".join(labels),
        "example": labels[0],
    }


def _chosen_so_far(talk: Talk) -> list[str]:
    """The labels of what was named already: "L", where the colour is still to come."""
    chosen = talk.slots["chosen"]
    values = ((option["kind"], value) for option in talk.slots["item"]["choices"] for value in option["values"])
    return [value["label"] for kind, value in values if chosen.get(kind) == value["key"]]


def parse_kind(talk: Talk, reading: Reading) -> str | None:
    """The value named; further wishes in the same message are kept for the options to come."""
    slots = reading.slots
    for option in talk.slots["item"]["choices"]:
        said = str(slots.get(option["kind"], "")).casefold()
        known = {value["key"] for value in option["values"]}
        if option["kind"] != talk.slots["option"] and said in known:
            talk.slots["chosen"][option["kind"]] = said
    values, quantity = option_of(talk)["values"], slots.get("quantity")
    if quantity and not (slots.get("number") or slots.get("ordinal")) and not value_numbered(str(quantity), values):
        talk.slots["quantity"] = quantity
    if numbered := value_numbered(reading.text, values):
        return numbered
    folded = reading.folded
    for value in values:
        if value["key"] == str(slots.get(talk.slots["option"], "")).casefold() or value["label"].casefold() == folded:
            return str(value["key"])
    ordinal = slots.get("ordinal")
    left = values_left(talk)
    return str(left[ordinal - 1]["key"]) if ordinal and 0 < ordinal <= len(left) else None


def choose(talk: Talk) -> str:
    talk.slots["chosen"][talk.slots["option"]] = talk.slots["kind"]
    talk.state.focus["chosen"] = dict(talk.slots["chosen"])
    return "loaded" if fitting(talk) else "not_that_kind"


def forget_choice(talk: Talk) -> None:
    talk.say(NONE_LEFT)
    talk.slots["chosen"] = {}


def put_in_cart(talk: Talk) -> str:
    quantity = int(talk.slots.get("quantity") or talk.state.focus.get("quantity") or 1)
    result = talk.shop.add(variant=int(talk.slots["variant"]), quantity=max(1, quantity))
    talk.state.focus.pop("quantity", None)
    if "wish" in talk.slots and "problem" not in result:
        talk.shop.forget_wish(product=int(talk.slots["product"]), variant=talk.slots["wish"] or None)
    talk.slots["result"] = {**result, "quantity": quantity}
    return str(result.get("problem", "added"))


def say_added(talk: Talk) -> None:
    cart = talk.shop.cart()
    line = next((line for line in cart["lines"] if line["variant"] == talk.slots["variant"]), None)
    added = talk.text(
        ADDED,
        quantity=talk.slots["result"]["quantity"],
        title=line["title"] if line else "",
        total=cart["subtotal"],
    )
    further = talk.choice(KEEP_LOOKING, style="quiet", do="browse")
    if line and (beside := suggestion(talk, line["product"], cart)):
        added += "\n\n" + talk.text(GOES_WELL, title=beside["title"], price=price_words(talk, beside))
        further = talk.choice(HAVE_A_LOOK, style="quiet", do="show", product=beside["product"])
    talk.say_text(added, [talk.choice(CHECKOUT, style="primary", do="checkout"), talk.choice(CART, do="cart"), further])


def suggestion(talk: Talk, product: int, cart: dict[str, Any]) -> dict[str, Any] | None:
    """One thing that goes with what was just added: never while ordering or with a person, never the same again."""
    if talk.state.waiting or talk.state.frame_of("checkout"):
        return None
    but = [*(line["product"] for line in cart["lines"]), *talk.state.suggested]
    found: dict[str, Any] | None = talk.shop.suggestion(product=product, but=but)
    if found is not None:
        talk.state.suggested = [*talk.state.suggested, found["product"]][-MOST_SUGGESTED:]
    return found


def say_short(talk: Talk) -> None:
    left = talk.slots["result"].get("left", 0)
    product = talk.slots.get("product")
    other = talk.choice(SIMILAR, do="similar", product=product) if product else talk.choice(BROWSE, do="browse")
    similar = [other, talk.choice(CART, do="cart"), talk.a_person()]
    if left <= 0:
        missed = {"product": talk.slots.get("product"), "only": talk.slots["variant"]}
        tell = [talk.choice(TELL_ME, style="primary", do="alert", **missed)] if missed["product"] else []
        talk.say(NONE_LEFT, [*tell, *similar])
        return
    take = talk.choice(TAKE_THEM, style="primary", do="add", variant=talk.slots["variant"], quantity=left)
    text = talk.text(SHORT, count=left, left=left)
    talk.put(AskContent(text=text, choices=(take, *similar)))


def say_too_many(talk: Talk) -> None:
    talk.say(TOO_MANY, [talk.choice(CART, do="cart"), talk.a_person()], left=talk.slots["result"].get("left", 0))


PRODUCT = Flow(
    name="product",
    start="load",
    steps={
        "load": Do(load, {"loaded": "show", "not_that_kind": "other", "gone": "gone", "ready": "gone"}),
        "other": Show(say_not_that_kind, "show"),
        "show": Show(say_product, "end"),
        "gone": Show(say_gone, "end"),
        "end": End(),
    },
)
ADD_FLOW = Flow(
    name="add",
    title=words("choosing"),
    start="load",
    steps={
        "load": Do(load, {"loaded": "missing", "not_that_kind": "other", "gone": "gone", "ready": "put"}),
        "other": Show(say_not_that_kind, "missing"),
        "missing": Branch(missing, {"choose": "kind", "ready": "put"}),
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
        "put": Do(put_in_cart, {"added": "added", "out_of_stock": "short", "too_many": "many", "gone": "gone"}),
        "added": Show(say_added, "end"),
        "short": Show(say_short, "end"),
        "many": Show(say_too_many, "end"),
        "gone": Show(say_gone, "end"),
        "end": End(),
    },
)
WHICH_ONE = Flow(name="which_goods", start="say", steps={"say": Show(say_which, "end"), "end": End()})
