"""The shop's true adapters against the played platforms: what they render is taken, what comes back they understand."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from apps.messaging.channel import Channel, ErrorClass, Recipient, SendFailed, WebhookRequest, channel_for
from apps.messaging.content import (
    Ask,
    Browse,
    Card,
    CartSummary,
    Choice,
    Content,
    Line,
    OpenLink,
    OrderUpdate,
    Pay,
    Rate,
    ShowProduct,
    Step,
    Text,
)
from tests.messaging.kinds import KINDS as EACH

from .conftest import CONFIGS, WHATSAPP, Hook, Shop, World

SHOPPERS = {
    **{kind: told.SHOPPER for kind, told in EACH.items()},
    "whatsapp": "4917600000001",
    "messenger": "1000000001",
    "telegram": "427770117",
    "sms": "+4917600000001",
}
API_PATHS = {kind: told.PLATFORM for kind, told in EACH.items()}
KINDS = tuple(SHOPPERS)


def _choices(*labels: str, first: int = 0) -> tuple[Choice, ...]:
    """Each with a token of its own, as the shop gives them out."""
    return tuple(
        Choice(label, {"do": "menu"}, f"All about {label}", token=f"c:{n:08d}")
        for n, label in enumerate(labels, start=first)
    )


LONG = "Extraordinarily long-winded label that no button on earth could ever hold"


def _card(place: int) -> Card:
    return Card(
        f"Linen shirt {place} with a name that goes on", "€55.00", "€69.00", "3 left", image_url="https://shop.example/a.jpg",
        url="https://shop.example/p/1", choices=_choices("Add to cart", "Sizes", first=10 * place), reference=f"product:{place}",
    )  # fmt: skip


CONTENTS: dict[str, Content] = {
    "text": Text("Hello <b>& welcome</b> *1.5* _x_ [y](z) !"),
    "long text": Text("word " * 1500),
    "ask 2": Ask("Which?", _choices("Yes", "No")),
    "ask 3 long": Ask("Which?", _choices(LONG, LONG + " 2", LONG + " 3")),
    "ask 8": Ask("Which?", _choices(*(f"Place {n}" for n in range(8)))),
    "ask long body": Ask("word " * 400, _choices("Yes", "No")),
    "browse": Browse("Found these", _choices("More"), cards=(_card(1), _card(2), _card(3))),
    "show_product": ShowProduct("Here it is", _choices("Back"), card=_card(1), media=("https://shop.example/b.jpg",)),
    "cart_summary": CartSummary(
        "Your order", _choices("Jetzt kaufen", "Ändern", "Abbrechen"), title="Summary",
        lines=(Line("Linen shirt", "€55.00", 2),), totals=(Line("Total", "€110.00", strong=True),), notes=("30 days to return",), is_order=True,
    ),
    "pay": Pay("Pay within 30 minutes", url="https://shop.example/pay/abc/", label="Pay €110.00 now securely", amount="€110.00", order_number="K7QM-2XPD"),
    "order_update": OrderUpdate(
        "On its way", order_number="K7QM-2XPD", state="shipped", steps=(Step("Paid", "10:00", True), Step("Shipped")),
        url="https://carrier.example/1", url_label="Track the parcel",
    ),
    "open_link": OpenLink("Our terms", url="https://shop.example/terms", label="Terms and conditions of sale"),
    "rate": Rate("How was it?", _choices("1", "2", "3", "4", "5")),
}  # fmt: skip


def _config(world: World, kind: str) -> dict[str, Any]:
    return {**CONFIGS[kind], "api_base": f"{world.url}/sandbox/api/{API_PATHS[kind]}"}


def _send(world: World, kind: str, content: Content) -> list[str]:
    """The provider ids of all wire messages of this content."""
    channel = channel_for(kind)
    to = Recipient(SHOPPERS[kind], reply_to=getattr(EACH[kind], "HANDLE", ""))
    wires = channel.render(content, language="en")
    return [channel.send(wire, to, _config(world, kind), key=f"m:{n}").provider_id for n, wire in enumerate(wires)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CONTENTS)
def test_everything_the_shop_can_say_is_accepted(world: World, kind: str, name: str) -> None:
    ids = _send(world, kind, CONTENTS[name])
    accepted = world.get("_log", platform=API_PATHS[kind])["calls"]
    assert ids
    assert [row["wire_id"] for row in accepted] == ids
    assert world.get("_log", outcome="refused") == {"calls": []}


def _understood(channel: Channel, hook: Hook, shop: Shop, config: dict[str, Any]) -> list[Any]:
    query = dict(parse_qsl(urlsplit(hook.path).query))
    request = WebhookRequest("POST", shop.url + hook.path, hook.headers, query, hook.body)
    channel.verify(request, config)
    return channel.parse(request, config)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_shopper_writes_and_taps_is_understood(world: World, shop: Shop, kind: str) -> None:
    channel, config, shopper = channel_for(kind), _config(world, kind), SHOPPERS[kind]
    world.order("_settings", receipts=[])
    world.order("_say", kind=kind, shopper=shopper, text="blue shirt", name="Ana", language="es")
    said = _understood(channel, shop.wait(1)[0], shop, config)
    assert [(event.kind, event.type, event.text, event.external_user_id) for event in said] == [
        ("message", "text", "blue shirt", shopper)
    ]
    if channel.capability.is_floor:
        return
    plain = tuple(replace(choice, description="") for choice in _choices("Yes", "No"))
    _send(world, kind, Ask("Which?", plain))
    bubble = world.get("_thread", kind=kind, shopper=shopper)["messages"][1]
    key = bubble["rows"][0][0]
    world.order("_tap", kind=kind, shopper=shopper, bubble=bubble["id"], value=key["value"])
    tapped = _understood(channel, shop.wait(2)[1], shop, config)
    assert [(event.kind, event.payload) for event in tapped] == [("choice", key["value"])]
    assert key["value"].endswith("00000000")


def test_a_list_row_is_understood(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    _send(world, "whatsapp", CONTENTS["ask 8"])
    bubble = world.get("_thread", kind="whatsapp", shopper=SHOPPERS["whatsapp"])["messages"][0]
    row = bubble["list"]["sections"][0]["rows"][3]
    world.order("_tap", kind="whatsapp", shopper=SHOPPERS["whatsapp"], bubble=bubble["id"], value=row["value"])
    event = _understood(channel_for("whatsapp"), shop.wait(1)[0], shop, WHATSAPP)[0]
    assert (event.kind, event.payload, event.via) == ("choice", "c:00000003", "list")


BAD_DAYS = [(kind, fault, meaning) for kind, told in EACH.items() for fault, meaning in told.FAULTS]


@pytest.mark.parametrize(("kind", "fault", "error_class"), BAD_DAYS)
def test_bad_days_mean_what_they_should(
    world: World, kind: str, fault: dict[str, Any], error_class: ErrorClass
) -> None:
    world.order("_faults", platform=API_PATHS[kind], **fault)
    with pytest.raises(SendFailed) as failed:
        _send(world, kind, CONTENTS["text"])
    assert failed.value.error_class == error_class, json.dumps(world.get("_log", outcome="all"))[:400]
    assert _send(world, kind, CONTENTS["text"])
