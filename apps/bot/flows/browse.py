"""Categories and collections, search in one's own words, and "more"."""

from typing import Any

from apps.catalog.embedding import without_people
from apps.messaging.content import Browse, Card, Choice
from apps.nlu.text import HAN

from .. import answers
from ..elsewhere import say_not_sold
from ..flow import Branch, Call, Do, End, Flow, Show
from ..naming import one_named
from ..talk import Talk
from ..words import label, words

CATEGORIES = words("What are you in the mood for?")
NO_CATEGORIES = words("Just write what you are looking for, in your own words.")
FOUND = words("Here is what I found:")
FOUND_INSTEAD = words('I looked for "{query}":')
CLOSE = words('I found nothing called "{query}", but these come close:')
CLOSE_TOO = words('This is what I found for "{query}", and more that comes close:')
IN_CATEGORY = words("{category}, the favourites first:")
IN_COLLECTION = words("{collection}:")
IN_COLLECTION_SAID = words("{collection}: {text}")
NONE_IN_COLLECTION = words("There is nothing in {collection} just now. Shall we look around here?")
COLLECTION_OVER = words("This collection is not shown any more. Shall we look around here?")
FURTHER = words("And there is more:")
NO_MORE = words("That was all of it. Shall we look at something else?")
NONE = words('I found nothing for "{query}". Another word may help, or look around here:')
NONE_AT_ALL = words("I still find nothing that fits. A colleague knows the shelves by heart; shall I ask?")
NONE_FILTERED = words("Nothing fits those wishes just now. Here is everything without them:")
MORE = label("More")
SEE = label("View")
ADD = label("Add to cart")
FROM = words("from {price}")
LOWEST = words("Lowest price of the last 30 days: {price}")
IN_STOCK = words("in stock")
AVAILABLE = words("always available")
FEW_LEFT = words("only {count} left", "only {count} left")
SOLD_OUT = words("sold out")
ALL_COLOURS = label("All colours")
ALL_SIZES = label("All sizes")
ANY_PRICE = label("Any price")
SOLD_OUT_TOO = label("Sold out ones too")
FAVOURITES_FIRST = label("Favourites first")
THOSE_TOO = label("Those again, too")
CHEAPER_FIRST = label("Cheapest first")
ONE_BY_ONE = (
    (ALL_COLOURS, ("colour",)), (ALL_SIZES, ("size",)), (ANY_PRICE, ("price_min", "price_max")),
    (THOSE_TOO, ("without",)), (SOLD_OUT_TOO, ("in_stock",)), (FAVOURITES_FIRST, ("sort",)),
)  # fmt: skip
MOST_WAYS_BACK = 2
WISHES = ("price_min", "price_max", "colour", "size", "in_stock", "without", "sort")
FEW = 5
MAX_NAMED, MAX_NAMED_HAN = 2, 6  # words and Chinese characters that may name one thing


def shelves(talk: Talk, most: int) -> list[Choice]:
    """Categories and, where the merchant says so, collections beside them; these give way, but for one."""
    rows, gathered = talk.shop.categories(), talk.shop.collections()
    beside = gathered[: max(most - len(rows), 1)]
    choices = [talk.choice(row["name"], do="category", slug=row["slug"]) for row in rows[: most - len(beside)]]
    return choices + [talk.choice(row["name"], do="category", collection=row["slug"]) for row in beside]


def say_categories(talk: Talk) -> None:
    talk.state.shown = []  # "the second one" is a shelf now
    choices = shelves(talk, 7)
    talk.say(CATEGORIES if choices else NO_CATEGORIES, [*choices, talk.a_person()])


def stock_words(talk: Talk, stock: int | None) -> str:
    """None: it is not counted, as a gift card or a download."""
    if stock is None:
        return talk.text(AVAILABLE)
    if stock > FEW:
        return talk.text(IN_STOCK)
    return talk.text(FEW_LEFT, count=stock) if stock else talk.text(SOLD_OUT)


def price_words(talk: Talk, item: dict[str, Any]) -> str:
    return talk.text(FROM, price=item["price"]) if item["from"] else str(item["price"])


def lowest_words(talk: Talk, item: dict[str, Any]) -> str:
    """What the law wants beside a reduction."""
    return talk.text(LOWEST, price=item["lowest"]) if item.get("lowest") else ""


def card_of(talk: Talk, item: dict[str, Any]) -> Card:
    return Card(
        title=item["title"],
        price=price_words(talk, item),
        was_price=item["was"],
        price_note=lowest_words(talk, item),
        stock=stock_words(talk, item["stock"]),
        subtitle=" · ".join("/".join(values) for _, values in item["options"])[:60],
        image_url=item["image"],
        image_alt=item["alt"],
        choices=(talk.choice(SEE, do="show", product=item["product"]),),
        reference=f"product:{item['product']}",
    )


def remember(talk: Talk, items: list[dict[str, Any]]) -> None:
    talk.state.shown = [
        {"product": item["product"], "title": item["title"], "price": item["amount"], "colours": item["colours"]}
        for item in items
    ]
    wishes = {key: value for key, value in talk.state.listing.get("filters", {}).items() if key in ("colour", "size")}
    talk.state.focus = {"product": items[0]["product"], "chosen": wishes} if len(items) == 1 else {}


def wanted(talk: Talk) -> str:
    """A new list, or the last one with a further wish ("under 60", "in blue")."""
    slots = talk.slots
    given = {key: str(slots[key]) for key in WISHES if slots.get(key)}
    dropped = slots.pop("drop", ())
    if slots.pop("refine", False) and talk.state.listing:
        last = talk.state.listing
        kept = {key: value for key, value in last.get("filters", {}).items() if key not in dropped}
        kept = {} if "all" in dropped else kept
        if "without" in given and "without" in kept:
            words_against = [*kept["without"].split(), *given["without"].split()]
            given["without"] = " ".join(dict.fromkeys(words_against))
        talk.state.listing = {**last, "filters": {**kept, **given}, "offset": 0}
    else:
        talk.state.listing = {
            "text": slots.get("text", ""), "slug": slots.get("slug", ""), "filters": given, "offset": 0,
            "collection": slots.get("collection", ""),
        }  # fmt: skip
    outcome = _look(talk)
    if outcome == "found" and _takes_one(talk):
        return "taken"
    page, said = talk.slots["page"], talk.state.listing["text"]
    if (
        page.get("may_come_close")
        and one_named(str(said), page) is None
        and (asked := without_people(str(said), heard=talk.heard))
    ):
        talk.slots["asked"] = asked
        talk.slots.pop("page")
        return "little"
    return outcome


def take_close(talk: Talk, result: dict[str, Any]) -> str:
    """Looked at anew: what is sold may have changed, and nobody may have answered."""
    talk.state.listing = {**talk.state.listing, "close": list(result.get("products", ()))}
    return _look(talk)


def _takes_one(talk: Talk) -> bool:
    """The shopper named what goes into the cart, and one product only is called so."""
    take: dict[str, Any] = talk.slots.get("take") or {}
    named = one_named(str(talk.slots.get("text", "")), talk.slots["page"]) if take else None
    if named is None:
        return False
    talk.next_flow = {"flow": "add", "slots": {**take, "product": named["product"]}}
    return True


def further(talk: Talk) -> str:
    if not talk.state.listing:
        return "none"
    return "found" if _look(talk) == "found" else "none"


def _look(talk: Talk) -> str:
    asked = talk.state.listing
    inside = {"collection": asked["collection"]} if asked.get("collection") else {}
    filters = {**asked["filters"], **inside}
    if asked.get("close"):
        page = talk.shop.find_close(text=asked["text"], close=asked["close"], filters=filters, offset=asked["offset"])
    elif asked["text"]:
        page = talk.shop.find(text=asked["text"], filters=filters, offset=asked["offset"])
    else:
        page = talk.shop.list_category(slug=asked["slug"], filters=filters, offset=asked["offset"])
    talk.slots["page"] = page
    if page["items"]:
        asked["offset"] = page["offset"]
        return "found"
    return "filtered" if asked["filters"] and asked["offset"] == 0 else "none"


def without_wishes(talk: Talk) -> str:
    talk.state.listing = {**talk.state.listing, "filters": {}, "offset": 0}
    return _look(talk)


def say_page(talk: Talk) -> None:
    page, asked = talk.slots["page"], talk.state.listing
    talk.state.unclear = 0
    remember(talk, page["items"])
    if page["corrected"]:
        text = talk.text(FOUND_INSTEAD, query=page["corrected"])
    elif talk.slots.get("is_further"):
        text = talk.text(FURTHER)
    elif page.get("is_close"):
        text = talk.text(CLOSE_TOO if page["is_found"] else CLOSE, query=asked["text"])
    elif collection := _collection(talk):
        said = IN_COLLECTION_SAID if collection["text"] else IN_COLLECTION
        text = talk.text(said, collection=collection["name"], text=collection["text"])
    elif asked["slug"] and (category := talk.shop.category(slug=asked["slug"])):
        text = talk.text(IN_CATEGORY, category=category["name"])
    else:
        text = talk.text(FOUND)
    choices: list[Choice] = []
    if page["more"]:
        choices.append(talk.choice(MORE, do="more"))
        if not asked["filters"].get("sort"):
            choices.append(talk.choice(CHEAPER_FIRST, style="quiet", do="search", refine=True, sort="cheaper"))
    choices += ways_back(talk, asked["filters"])
    talk.put(Browse(text=text, cards=tuple(card_of(talk, item) for item in page["items"]), choices=tuple(choices)))


def _collection(talk: Talk) -> dict[str, Any] | None:
    """The collection that the last list is of."""
    slug = talk.state.listing.get("collection")
    return talk.shop.collection(slug=slug) if slug else None


def ways_back(talk: Talk, filters: dict[str, Any]) -> list[Choice]:
    """A button for each wish that can be given up again, the first ones where there are many."""
    return [
        talk.choice(said, style="quiet", do="search", refine=True, drop=list(keys))
        for said, keys in ONE_BY_ONE
        if any(key in filters for key in keys)
    ][:MOST_WAYS_BACK]


def say_further(talk: Talk) -> None:
    talk.slots["is_further"] = True
    say_page(talk)


def is_long(query: str) -> bool:
    """A word or two may be goods we do not have; more than that, and none of them ours, is no wish for goods."""
    return len(query) > MAX_NAMED_HAN if HAN.search(query) else len(query.split()) > MAX_NAMED


def say_none(talk: Talk) -> None:
    """Other words, then a person: never the same dead end twice."""
    if _is_over(talk):
        say_over(talk)
        return
    asked = talk.state.listing.get("text", "")
    if asked and (elsewhere := talk.shop.sold_elsewhere(text=asked)):
        talk.state.listing = {}
        say_not_sold(talk, elsewhere)
        return
    talk.state.unclear += 1
    if talk.state.unclear > 2:
        talk.next_flow = {"flow": "human", "slots": {"reason": "nothing_found"}}
        return
    query = talk.state.listing.get("text", "")
    if not talk.slots["page"]["is_understood"] and is_long(query):
        talk.state.listing = {}
        answers.not_understood(talk)
        return
    collection, choices = _collection(talk), shelves(talk, 5)
    talk.state.listing = {}
    if collection and not query:
        talk.say(NONE_IN_COLLECTION, [*choices, talk.a_person()], collection=collection["name"])
        return
    talk.say(NONE if talk.state.unclear == 1 else NONE_AT_ALL, [*choices, talk.a_person()], query=query)


def _is_over(talk: Talk) -> bool:
    """The last list is of a collection that shoppers do not see now."""
    return bool(talk.state.listing.get("collection")) and _collection(talk) is None


def say_over(talk: Talk) -> None:
    """Nobody was misunderstood: the button or the list is older than the collection's end."""
    talk.state.listing = {}
    talk.say(COLLECTION_OVER, [*shelves(talk, 5), talk.a_person()])


def say_no_more(talk: Talk) -> None:
    if _is_over(talk):
        say_over(talk)
        return
    talk.say(NO_MORE, [*shelves(talk, 5), talk.a_person()])


CATEGORIES_FLOW = Flow(name="categories", start="say", steps={"say": Show(say_categories, "end"), "end": End()})
LISTING = Flow(
    name="listing",
    start="look",
    steps={
        "look": Do(wanted, {"found": "show", "taken": "end", "little": "close", "filtered": "loosen", "none": "none"}),
        "close": Call(
            kind="close",
            args=lambda talk: {"text": talk.slots["asked"]},
            take=take_close,
            to={"found": "show", "filtered": "loosen", "none": "none"},
            lets_go=True,
        ),
        "loosen": Do(without_wishes, {"found": "instead", "filtered": "none", "none": "none"}),
        "instead": Show(lambda talk: talk.say(NONE_FILTERED), "show"),
        "show": Show(say_page, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
)
MORE_FLOW = Flow(
    name="more",
    start="look",
    steps={
        "look": Branch(further, {"found": "show", "none": "none"}),
        "show": Show(say_further, "end"),
        "none": Show(say_no_more, "end"),
        "end": End(),
    },
)
