"""What shoppers send besides words, on every phone that has it: told as the platform tells it, fetched from its own door."""

from typing import Any

import pytest
from pytest_django import Settings

from apps.merchants.models import Merchant
from apps.messaging.content import Text
from apps.messaging.events import ChannelEvent
from apps.messaging.fetch import NotFetched, fetch_media
from apps.sandbox.accounts import Account
from apps.sandbox.files import FRIEND, SAMPLES
from apps.sandbox.phones import PHONES

from .conftest import Shop, World
from .talk import LINES, Line

FILES = ("image", "audio", "video", "file", "sticker")
# What the rest of an app's menu may hold. Whoever is not named in `DOES` has words, and reads them.
SENT = {
    "whatsapp": {*FILES, "location", "contact"},
    "messenger": set(FILES),
    "instagram": {"image", "audio", "video", "file"},
    "telegram": {*FILES, "location", "contact"},
    "line": {*FILES, "location"},
    "viber": {"image", "video", "file", "sticker", "location", "contact"},
    "wechat": {"image", "audio", "video", "location"},
    "qq": {"image", "audio", "video", "file"},
    "apple": {"image", "audio", "video", "file", "contact"},
    "sms": {"image", "audio", "video", "contact"},
    "rcs": {"image", "audio", "video", "file", "location", "contact"},
}
DOES = {
    "whatsapp": {"react", "quote", "edit", "delete"},
    "messenger": {"react", "quote", "edit"},
    "instagram": {"react", "quote", "edit", "delete"},
    "telegram": {"react", "quote", "edit"},
    "line": {"quote", "edit", "delete"},
    "qq": {"quote"},
    "apple": {"react", "type"},
    "rcs": {"type"},
}
EACH = [(line, sort) for line in LINES for sort in sorted(SENT[line.kind])]
SAID = {("apple", "contact"): "file"}  # Apple's phones send a card as any other file


def _names(pairs: list[Any]) -> list[str]:
    return ["-".join(str(part) for part in pair) for pair in pairs]


def test_every_phone_has_what_its_app_has() -> None:
    offered = {kind: set(phone.abilities(Account(kind, "demo"))) for kind, phone in PHONES.items()}
    assert offered == {kind: SENT[kind] | DOES.get(kind, set()) for kind in SENT}


def _one(line: Line, world: World, shop: Shop, *, after: int = 0) -> ChannelEvent:
    hook = shop.wait(after + 1)[after]
    (event,) = line.understood(world, shop, hook)
    assert event.external_user_id == line.shopper
    return event


@pytest.mark.parametrize(("line", "sort"), EACH, ids=_names(EACH))
def test_what_is_sent_is_told_and_fetched(
    merchant: Merchant, world: World, shop: Shop, settings: Settings, line: Line, sort: str
) -> None:
    """The bytes come back from the platform's own door under its own password."""
    settings.PRIVATE_ADDRESSES = True
    world.order("_settings", receipts=[])
    line.order(world, "_send", sort=sort)
    event = _one(line, world, shop)
    assert (event.kind, event.type) == ("message", SAID.get((line.kind, sort), sort))
    (shown,) = line.thread(world)
    assert shown["from"] == "me"
    if sort == "location":
        assert event.data["latitude"] in (52.520008, 35.681236)
        return
    if sort == "contact" and not event.media:
        assert event.data["contacts"][0]["phone"].replace(" ", "") == FRIEND.phone
        return
    if (line.kind, sort) == ("line", "sticker"):
        assert event.data["sticker_id"]
        return
    (media,) = event.media
    got = fetch_media(line.kind, media, line.connected(world))
    if sort == "contact":
        assert FRIEND.phone.encode() in got.content
        return
    name = PHONES[line.kind].sample_of(Account(line.kind, "demo"), sort)
    assert got.content == (SAMPLES / name).read_bytes()
    assert shown["media"] == {"sort": sort, "name": name, "url": shown["media"]["url"]}
    answer = world.client.get(world.url + shown["media"]["url"])
    assert (answer.status_code, answer.content) == (200, got.content)
    assert answer.headers["x-content-type-options"] == "nosniff"


NEEDS_PASSWORD = [
    line for line in LINES if str(line) in ("whatsapp", "line", "sms", "sms-vonage", "rcs-vonage", "rcs-twilio")
]


@pytest.mark.parametrize("line", NEEDS_PASSWORD, ids=str)
def test_no_file_without_the_password(
    merchant: Merchant, world: World, shop: Shop, settings: Settings, line: Line
) -> None:
    settings.PRIVATE_ADDRESSES = True
    world.order("_settings", receipts=[])
    line.order(world, "_send", sort="image")
    (media,) = _one(line, world, shop).media
    request = line.channel.media_request(media, line.connected(world))
    assert world.client.get(request.url).status_code == 401
    headers = dict(request.headers)
    assert world.client.get(request.url, headers=headers).status_code == 200
    other = (
        request.url.replace(media.external_id, "1" * len(media.external_id)) if media.external_id else request.url + "1"
    )
    assert world.client.get(other, headers=headers).status_code == 404


def test_nobody_elses_file_is_handed_out(merchant: Merchant, world: World, shop: Shop, settings: Settings) -> None:
    """A number of one channel says nothing at another's door."""
    settings.PRIVATE_ADDRESSES = True
    world.order("_settings", receipts=[])
    whatsapp, line = (next(one for one in LINES if one.kind == kind) for kind in ("whatsapp", "line"))
    whatsapp.order(world, "_send", sort="image")
    (media,) = _one(whatsapp, world, shop).media
    with pytest.raises(NotFetched):
        fetch_media("line", media, line.connected(world))


CAPTIONED = [
    line
    for line in LINES
    if line.kind in ("whatsapp", "telegram", "viber", "apple", "qq", "messenger") or str(line) == "sms"
]


@pytest.mark.parametrize("line", CAPTIONED, ids=str)
def test_words_below_a_picture_come_with_it(merchant: Merchant, world: World, shop: Shop, line: Line) -> None:
    world.order("_settings", receipts=[])
    line.order(world, "_send", sort="image", caption="this one, in M?")
    event = _one(line, world, shop)
    assert (event.type, event.text, len(event.media)) == ("image", "this one, in M?", 1)


def test_what_the_app_has_not_is_refused(world: World) -> None:
    for kind, sort in (("sms", "sticker"), ("wechat", "file"), ("qq", "location"), ("instagram", "contact")):
        values = {"kind": kind, "shopper": "1", "sort": sort}
        answer = world.client.post(f"{world.url}/sandbox/api/_send", json=values)
        assert (answer.status_code, answer.json()["error"]) == (400, "This app cannot send that.")


QUOTING = [line for line in LINES if "quote" in DOES.get(line.kind, ())]


@pytest.mark.parametrize("line", QUOTING, ids=str)
def test_an_answer_names_what_it_answers(merchant: Merchant, world: World, shop: Shop, line: Line) -> None:
    world.order("_settings", receipts=[])
    line.order(world, "_say", text="the blue one")
    first = line.thread(world)[0]
    line.order(world, "_say", text="no, this one", quotes=first["id"])
    said, answer = (_one(line, world, shop, after=place) for place in (0, 1))
    known = {said.external_event_id, str(said.data.get("message_id", ""))}
    assert answer.text == "no, this one"
    assert answer.reply_to in known
    assert line.thread(world)[1]["quote"] == "the blue one"


REACTING = [line for line in LINES if "react" in DOES.get(line.kind, ())]


@pytest.mark.parametrize("line", REACTING, ids=str)
def test_a_reaction_is_told_and_taken_off(merchant: Merchant, world: World, shop: Shop, line: Line) -> None:
    world.order("_settings", receipts=[])
    line.order(world, "_say", text="hi")
    (sent,) = line.says(world, Text("Two shirts"))
    ours = line.thread(world)[1]
    assert "react" in ours["can"]
    line.order(world, "_change", do="react", bubble=ours["id"], emoji="❤️")
    assert line.thread(world)[1]["reacted"] == "❤️"
    line.order(world, "_change", do="react", bubble=ours["id"], emoji="❤️")
    assert "reacted" not in line.thread(world)[1]
    heart, off = (_one(line, world, shop, after=place) for place in (1, 2))
    assert (heart.kind, heart.text.removesuffix("\ufe0f")) == ("reaction", "❤")
    assert (off.kind, off.text) == ("reaction", "")
    if line.kind == "apple":
        assert heart.data["quoted"] == "Two shirts"
    else:
        assert (heart.target, off.target) == (sent, sent)


EDITING = [line for line in LINES if "edit" in DOES.get(line.kind, ())]


@pytest.mark.parametrize("line", EDITING, ids=str)
def test_words_are_changed_while_it_is_early(merchant: Merchant, world: World, shop: Shop, line: Line) -> None:
    world.order("_settings", receipts=[])
    line.order(world, "_say", text="one shirt")
    (mine,) = line.thread(world)
    line.order(world, "_change", do="edit", bubble=mine["id"], text="two shirts")
    said, edited = (_one(line, world, shop, after=place) for place in (0, 1))
    assert (edited.kind, edited.text) == ("message_edited", "two shirts")
    assert edited.target in {said.external_event_id, str(said.data.get("message_id", ""))}
    (mine,) = line.thread(world)
    assert (mine["text"], mine["edited"]) == ([{"t": "two shirts"}], 1)
    world.order("_settings", clock_offset=PHONES[line.kind].edit_seconds + 60)
    values = {"kind": line.kind, "shopper": line.shopper, "do": "edit", "bubble": mine["id"], "text": "three"}
    late = world.client.post(f"{world.url}/sandbox/api/_change", json=values)
    assert (late.status_code, late.json()["error"]) == (400, "It is too late to change this message.")


DELETING = [line for line in LINES if "delete" in DOES.get(line.kind, ())]


@pytest.mark.parametrize("line", DELETING, ids=str)
def test_a_message_is_taken_back(merchant: Merchant, world: World, shop: Shop, line: Line) -> None:
    world.order("_settings", receipts=[])
    line.order(world, "_say", text="wrong shop")
    (mine,) = line.thread(world)
    line.order(world, "_change", do="delete", bubble=mine["id"])
    said, taken = (_one(line, world, shop, after=place) for place in (0, 1))
    assert taken.kind == "message_deleted"
    assert taken.target in {said.external_event_id, str(said.data.get("message_id", ""))}
    assert line.thread(world)[0]["note"] == "You took this message back."
    values = {"kind": line.kind, "shopper": line.shopper, "do": "delete", "bubble": mine["id"]}
    assert world.client.post(f"{world.url}/sandbox/api/_change", json=values).status_code == 400


@pytest.mark.parametrize("line", [line for line in LINES if str(line) in ("apple", "rcs")], ids=str)
def test_typing_is_told_where_the_platform_tells_it(merchant: Merchant, world: World, shop: Shop, line: Line) -> None:
    line.order(world, "_typing")
    assert _one(line, world, shop).kind == "typing"


def test_nobody_else_tells_of_typing(world: World) -> None:
    for line in LINES:
        if str(line) not in ("apple", "rcs"):
            line.order(world, "_typing")
    assert world.get("_deliveries")["deliveries"] == []


def test_only_who_asked_is_told_of_reactions_and_edits(world: World, shop: Shop) -> None:
    """A bot by setWebhook's list, a page by its app's fields."""
    world.order("_settings", receipts=[])
    telegram, messenger = (next(one for one in LINES if one.kind == kind) for kind in ("telegram", "messenger"))
    hook = {"url": f"{shop.url}/webhooks/telegram/demo/", "allowed_updates": ["message"]}
    assert world.telegram("setWebhook", **hook).status_code == 200
    base = f"{world.url}/sandbox/api/messenger/v23.0/{messenger.connected(world)['page_id']}"
    headers = {"Authorization": f"Bearer {messenger.connected(world)['access_token']}"}
    fields = {"subscribed_fields": "messages,messaging_postbacks"}
    assert world.client.post(f"{base}/subscribed_apps", json=fields, headers=headers).status_code == 200
    for line in (telegram, messenger):
        line.order(world, "_say", text="hi")
        line.says(world, Text("Hello"))
        mine, ours = line.thread(world)
        line.order(world, "_change", do="react", bubble=ours["id"], emoji="👍")
    line.order(world, "_change", do="edit", bubble=mine["id"], text="hello")
    assert len(shop.wait(2)) == 2
    assert world.get("_counters")["webhooks_waiting"] == 0
