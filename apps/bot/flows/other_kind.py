""" "Make it L", "no, the cream one": what lies in the cart already, in another size or colour."""

from ..flow import Do, End, Flow, Show
from ..talk import Talk
from ..words import words
from .cart import CHECKOUT, KEEP_LOOKING
from .product import CART, meant

CHANGED = words("Changed: {title} instead of {before}, {total} altogether.")


def swap(talk: Talk) -> str:
    """The other kind goes in before the one it replaces is taken out, so that nobody is left with neither."""
    product = int(talk.slots["product"])
    line = next((line for line in talk.shop.cart()["lines"] if line["product"] == product), None)
    found = talk.shop.product(product=product)
    if line is None or found is None:
        return "gone"
    now: dict[str, str] = next((kind["keys"] for kind in found["variants"] if kind["id"] == line["variant"]), {})
    wished = {
        option["kind"]: meant(str(talk.slots["chosen"][option["kind"]]).casefold(), option)
        for option in found["choices"]
        if talk.slots["chosen"].get(option["kind"])
    }
    wanted = {**now, **wished}
    talk.next_flow = {"flow": "product", "slots": {"product": product, "chosen": wanted}}
    other = next((kind for kind in found["variants"] if kind["keys"] == wanted), None)
    if other is None or other["id"] == line["variant"]:
        return "gone"
    if "problem" in talk.shop.add(variant=other["id"], quantity=line["quantity"]):
        return "gone"
    talk.shop.put(variant=line["variant"], quantity=0)
    talk.next_flow = None
    talk.state.focus = {"product": product, "chosen": wanted}
    talk.slots["said"] = {"title": other["label"], "before": line["title"], "total": talk.shop.cart()["subtotal"]}
    return "changed"


def say_changed(talk: Talk) -> None:
    further = talk.choice(KEEP_LOOKING, style="quiet", do="browse")
    choices = [talk.choice(CHECKOUT, style="primary", do="checkout"), talk.choice(CART, do="cart"), further]
    talk.say(CHANGED, choices, **talk.slots["said"])


OTHER_KIND = Flow(
    name="other_kind",
    start="swap",
    steps={
        "swap": Do(swap, {"changed": "say", "gone": "end"}),
        "say": Show(say_changed, "end"),
        "end": End(),
    },
)
