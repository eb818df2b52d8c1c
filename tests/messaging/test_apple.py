"""Apple Messages for Business: the token, the wrapping, the device, the files, and the table of limits."""

import base64
import copy
import datetime as dt
import gzip
import hashlib
import io
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from PIL import Image

from apps.gateway.ingest import TooLarge, Unreadable, unwrapped
from apps.merchants import clock
from apps.messaging import jwt_tokens
from apps.messaging.channel import (
    Forged,
    NotConfigured,
    Recipient,
    SendFailed,
    WebhookRequest,
    WireMessage,
    channel_for,
)
from apps.messaging.content import Ask, Choice, OpenLink, Text
from apps.messaging.events import MediaRef
from apps.messaging.fetch import NotFetched, Refused, fetch_media
from apps.messaging.fetch import TooLarge as FileTooLarge
from apps.messaging.platforms.apple import files as apple_files
from apps.messaging.platforms.apple.events import CAPABILITIES, NO_CAPABILITIES

from .channels.apple.example import ACCOUNT, SHOPPER, TAKEN
from .channels.apple.sign import signed, token
from .limits_apple import TABLE, broken
from .loopback import platform

GOLDEN = Path(__file__).parent / "golden" / "apple"
APPLE = channel_for("apple")
BODY = b'{"v":1}'


# --- the token ------------------------------------------------------------------------------------
RFC_7515_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
RFC_7515_TOKEN = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
JUST_BEFORE_ITS_END = 1_300_819_379


def test_rfc_7515_known_answer() -> None:
    key = jwt_tokens.key_from(RFC_7515_KEY)
    with clock.at(at(JUST_BEFORE_ITS_END)):
        claims = jwt_tokens.checked(RFC_7515_TOKEN, key, issuer="joe")
    assert claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    with pytest.raises(Forged, match="over"), clock.at(at(JUST_BEFORE_ITS_END + 302)):
        jwt_tokens.checked(RFC_7515_TOKEN, key)
    with pytest.raises(Forged, match="somebody else"), clock.at(at(JUST_BEFORE_ITS_END)):
        jwt_tokens.checked(RFC_7515_TOKEN, key, issuer="ann")


def test_pyjwt_and_we_read_each_other() -> None:
    key = jwt_tokens.key_from(ACCOUNT["msp_secret"])
    theirs = jwt.encode({"aud": "us", "iat": int(time.time())}, key, algorithm="HS256")
    assert jwt_tokens.checked(theirs, key, audience="us", lives=60)["aud"] == "us"
    assert jwt.decode(jwt_tokens.signed({"iss": "us"}, key), key, algorithms=["HS256"]) == {"iss": "us"}


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def called(authorization: str, config: dict[str, Any] | None = None) -> None:
    request = WebhookRequest("POST", "", {"authorization": authorization}, {}, BODY)
    APPLE.verify(request, ACCOUNT if config is None else config)


def by(claims: dict[str, Any], head: dict[str, Any] | None = None) -> str:
    return f"Bearer {token(claims, ACCOUNT['msp_secret'], head)}"


NOW = int(time.time())
GOOD = {"aud": ACCOUNT["msp_id"], "iat": NOW}
BAD_CALLS: dict[str, str] = {
    "nothing": "",
    "no scheme": token(GOOD, ACCOUNT["msp_secret"]),
    "basic": "Basic " + token(GOOD, ACCOUNT["msp_secret"]),
    "for another provider": by({**GOOD, "aud": "another"}),
    "for nobody": by({"iat": NOW}),
    "audience of another kind": by({**GOOD, "aud": {"a": 1}}),
    "an hour and a minute old": by({**GOOD, "iat": NOW - 3660}),
    "of tomorrow": by({**GOOD, "iat": NOW + 86_400}),
    "without a time": by({"aud": ACCOUNT["msp_id"]}),
    "with words for a time": by({**GOOD, "iat": "now"}),
    "with endless time": by({**GOOD, "iat": float("inf")}),
    "with no number": by({**GOOD, "iat": float("nan")}),
    "not begun": by({**GOOD, "nbf": NOW + 3600}),
    "over": by({**GOOD, "exp": NOW - 3600}),
    "unsigned": "Bearer " + jwt.encode(GOOD, None, algorithm="none"),
    "head says none": by(GOOD, {"alg": "none"}),
    "head says another hash": by(GOOD, {"alg": "HS512"}),
    "head says a public key": by(GOOD, {"alg": "RS256"}),
    "without its signature": by(GOOD).rpartition(".")[0] + ".",
    "another's signature": by(GOOD).rpartition(".")[0] + "." + by({**GOOD, "iat": NOW - 1}).rpartition(".")[2],
    "two parts": "Bearer a.b",
    "not Base64": "Bearer ä.ö.ü",
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_call_that_is_not_apples_is_refused(name: str) -> None:
    with pytest.raises(Forged):
        called(BAD_CALLS[name])


def test_apples_call_is_taken_while_it_is_fresh() -> None:
    with pytest.raises(Forged):  # the same call, two hours old
        called(by({**GOOD, "iat": NOW - 7200}))
    for claims in (GOOD, {**GOOD, "iat": NOW - 1800}, {**GOOD, "iat": NOW + 200}, {**GOOD, "aud": [ACCOUNT["msp_id"]]}):
        called(by(claims))
    called(by(GOOD).replace("Bearer", "bearer"))


@pytest.mark.parametrize("config", [{"msp_id": ""}, {"msp_secret": ""}, {"msp_secret": "%%%"}, {"msp_secret": "x"}])
def test_half_a_setting_never_lets_in(config: dict[str, str]) -> None:
    with pytest.raises(NotConfigured):
        called(by(GOOD), {**ACCOUNT, **config})


def test_our_own_calls_say_who_we_are() -> None:
    (wire,) = APPLE.render(Text("Grüße"), language="de")
    with platform(TAKEN) as there:
        config = {**ACCOUNT, "api_base": f"{there.base}/v1"}
        for person in (False, True):
            APPLE.send(wire, Recipient(SHOPPER, by_person=person), config, key="7:0")
    first, second = there.calls
    claims = jwt.decode(
        first["headers"]["authorization"].removeprefix("Bearer "),
        jwt_tokens.key_from(ACCOUNT["msp_secret"]),
        algorithms=["HS256"],
    )
    assert (claims["iss"], abs(claims["iat"] - time.time()) < 60, set(claims)) == (
        ACCOUNT["msp_id"],
        True,
        {"iss", "iat"},
    )
    assert first["path"] == "/v1/message"
    body = json.loads(first["body"])
    about = {name: first["headers"][name] for name in ("id", "source-id", "destination-id", "auto-reply")}
    assert about == {
        "id": body["id"], "source-id": ACCOUNT["business_id"], "destination-id": SHOPPER, "auto-reply": "true",
    }  # fmt: skip
    assert (body["sourceId"], body["destinationId"], body["body"]) == (ACCOUNT["business_id"], SHOPPER, "Grüße")
    assert second["headers"]["auto-reply"] == "false"
    assert second["headers"]["id"] == first["headers"]["id"]


# --- the wrapping ---------------------------------------------------------------------------------
def wrapped(body: bytes, **headers: str) -> WebhookRequest:
    return WebhookRequest("POST", "", {name.replace("_", "-"): value for name, value in headers.items()}, {}, body)


def test_a_gzipped_call_is_unpacked_whether_it_says_so_or_not() -> None:
    packed = gzip.compress(BODY, mtime=0)
    for request in (wrapped(packed, content_encoding="gzip"), wrapped(packed)):
        assert unwrapped(request, limit=100).body == BODY
    assert unwrapped(wrapped(BODY, content_encoding="identity"), limit=100).body == BODY


def test_a_bomb_is_never_unpacked_further_than_allowed() -> None:
    bomb = gzip.compress(b"0" * 50_000_000, mtime=0)
    began = time.perf_counter()
    with pytest.raises(TooLarge):
        unwrapped(wrapped(bomb, content_encoding="gzip"), limit=APPLE.unpacked_limit)
    assert time.perf_counter() - began < 1
    exact = gzip.compress(b"x" * 100, mtime=0)
    assert len(unwrapped(wrapped(exact), limit=100).body) == 100
    with pytest.raises(TooLarge):
        unwrapped(wrapped(exact), limit=99)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(BODY, mtime=0)[:-4], "gzip"),
        (gzip.compress(BODY, mtime=0) + b"x", "gzip"),
        (gzip.compress(BODY, mtime=0) * 2, "gzip"),
        (BODY, "gzip"),
        (BODY, "br"),
        (b"", "gzip"),
        (gzip.compress(BODY, mtime=0), "deflate, gzip"),
    ],
)
def test_what_is_not_one_whole_gzip_is_not_read(body: bytes, encoding: str) -> None:
    with pytest.raises((Unreadable, TooLarge)):
        unwrapped(wrapped(body, content_encoding=encoding), limit=1000)


def test_other_platforms_still_may_not_compress() -> None:
    with pytest.raises(Unreadable):
        unwrapped(wrapped(gzip.compress(BODY, mtime=0), content_encoding="gzip"), limit=0)
    assert unwrapped(wrapped(gzip.compress(BODY, mtime=0)), limit=0).body == gzip.compress(BODY, mtime=0)


# --- the device -----------------------------------------------------------------------------------
def on_a_device(content: Ask, capabilities: str | None) -> dict[str, Any]:
    (wire,) = APPLE.render(content, language="en")
    aliases = {} if capabilities is None else {CAPABILITIES: capabilities}
    return dict(APPLE.address(wire, Recipient(SHOPPER, aliases), ACCOUNT, key="1").body)


def shown_as(body: dict[str, Any]) -> str:
    if body["type"] == "text":
        return str(body["body"])
    data = body["interactiveData"]["data"]
    return "quick" if "quick-reply" in data else "list" if "listPicker" in data else "?"


FEW = Ask("Which?", tuple(Choice(label, token=f"c:{label}") for label in ("S", "M")))
MANY = Ask("Which?", tuple(Choice(str(n), token=f"c:{n}") for n in range(7)))
PRICED = Ask("Which?", (Choice("S", description="€4", token="c:S"), Choice("M", description="€5", token="c:M")))
WORDS = "Which?\n\n1. S\n2. M"


@pytest.mark.parametrize(
    ("content", "capabilities", "shown"),
    [
        (FEW, None, "quick"),
        (FEW, "LIST,TIME,QUICK,AUTH,AUTH2,FORM", "quick"),
        (FEW, "LIST,TIME", "list"),
        (FEW, "TIME", WORDS),
        (FEW, NO_CAPABILITIES, WORDS),
        (MANY, "LIST,QUICK", "list"),
        (MANY, "QUICK", "Which?\n\n" + "\n".join(f"{n + 1}. {n}" for n in range(7))),
        (PRICED, "LIST,QUICK", "list"),
        (PRICED, "QUICK", "Which?\n\n1. S (€4)\n2. M (€5)"),
    ],
)
def test_choices_are_drawn_as_the_device_can(content: Ask, capabilities: str | None, shown: str) -> None:
    body = on_a_device(content, capabilities)
    assert shown_as(body) == shown
    assert broken(body) == []


def test_a_single_choice_is_a_list_because_quick_replies_are_two() -> None:
    body = on_a_device(Ask("Sure?", (Choice("Yes", token="c:1"),)), "LIST,QUICK")
    assert shown_as(body) == "list"


def test_the_device_is_remembered_with_every_message() -> None:
    (event,) = APPLE.parse(
        WebhookRequest("POST", "", {"capability-list": " quick, LIST"}, {}, message(type="text", body="hi")), ACCOUNT
    )
    assert event.aliases == {CAPABILITIES: "QUICK,LIST"}
    (bare,) = APPLE.parse(WebhookRequest("POST", "", {}, {}, message(type="text", body="hi")), ACCOUNT)
    assert bare.aliases == {}


def message(**fields: Any) -> bytes:
    base = {"v": 1, "id": "m-1", "sourceId": SHOPPER, "destinationId": ACCOUNT["business_id"]}
    return json.dumps({**base, **fields}).encode()


def test_a_link_repeated_on_every_message_counts_once_and_our_own_word_each_time() -> None:
    def keys(**fields: Any) -> list[str]:
        found = APPLE.parse(WebhookRequest("POST", "", {}, {}, message(type="text", **fields)), ACCOUNT)
        return [f"{event.kind} {event.external_event_id}" for event in found]

    first = keys(id="m-1", body="Hi", intent="sale", group="a")
    second = keys(id="m-2", body="and?", intent="sale", group="a")
    assert (len(first), first[0]) == (2, second[0])
    ours, again = (keys(id=name, body="Hi #sale", intent="sale", group="a") for name in ("m-3", "m-4"))
    assert (ours[0], again[0]) == ("referral m-3:referral", "referral m-4:referral")
    assert ours[1] == first[0].replace("referral", "ignored")


# --- files ----------------------------------------------------------------------------------------
# NIST SP 800-38B, D.3 tells what AES-256 makes of sixteen zeros under this key: the first block from a counter of zero.
NIST_KEY = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")


def test_a_file_is_aes_256_in_counter_mode_from_zero() -> None:
    stream = apple_files.decrypted(bytes(16), "00" + NIST_KEY.hex())
    assert stream.hex() == "e568f68194cf76d6174d4cc04310a854"


def test_what_is_sealed_opens_with_the_key_a_message_tells() -> None:
    sealed, key = apple_files.encrypted(b"picture")
    assert (len(sealed), sealed != b"picture", len(key), key[:2]) == (7, True, 66, "00")
    assert apple_files.decrypted(sealed, key) == b"picture"
    assert apple_files.encrypted(b"picture")[1] != key


@pytest.mark.parametrize("key", ["", "00", "11" + "ab" * 32, "00" + "ab" * 31, "00" + "zz" * 32, "00" + "ab" * 33])
def test_a_key_that_is_none_opens_nothing(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        apple_files.decrypted(b"x", key)


def attachment(base: str, sealed: bytes, opener: str, **fields: Any) -> MediaRef:
    told = {
        "url": f"{base}/mmcs/1", "owner": "owner 1&2", "key": opener, "signature": hashlib.sha1(sealed).hexdigest(),  # noqa: S324
        "mimeType": "image/jpeg", "name": "IMG.jpeg", "size": str(len(sealed)), **fields,
    }  # fmt: skip
    body = message(type="text", body="\ufffc", attachments=[told])
    (event,) = APPLE.parse(WebhookRequest("POST", "", {}, {}, body), ACCOUNT)
    return event.media[0]


def test_a_shoppers_file_is_asked_for_fetched_and_opened() -> None:
    sealed, key = apple_files.encrypted(b"jpeg")
    with platform((200, {}, {}), (200, sealed, {"Content-Type": "application/octet-stream"})) as there:
        there.answers[0] = (200, {"download-url": f"{there.base}/blob/1"}, {})
        media = attachment(there.base, sealed, key)
        found = fetch_media("apple", media, {**ACCOUNT, "api_base": f"{there.base}/v1"})
    assert (found.content, found.mime) == (b"jpeg", "image/jpeg")
    asked, fetched = there.calls
    told = {name: asked["headers"][name] for name in ("mmcs-url", "mmcs-owner", "mmcs-signature", "source-id")}
    assert told == {
        "mmcs-url": f"{there.base}/mmcs/1", "mmcs-owner": "owner 1&2",
        "mmcs-signature": base64.b64encode(hashlib.sha1(sealed).digest()).decode(), "source-id": ACCOUNT["business_id"],  # noqa: S324
    }  # fmt: skip
    assert (asked["path"], fetched["path"]) == ("/v1/preDownload", "/blob/1")
    assert "authorization" not in fetched["headers"]
    assert key not in json.dumps([str(call) for call in there.calls])


@pytest.mark.parametrize("change", [{"size": "3"}, {"key": ""}, {"key": "00ab"}])
def test_a_file_that_is_not_what_was_told_is_not_shown(change: dict[str, str]) -> None:
    sealed, key = apple_files.encrypted(b"jpeg")
    with platform((200, {}, {}), (200, sealed, {})) as there:
        there.answers[0] = (200, {"download-url": f"{there.base}/blob/1"}, {})
        media, config = attachment(there.base, sealed, key, **change), {**ACCOUNT, "api_base": there.base}
        with pytest.raises(NotFetched):
            fetch_media("apple", media, config)


def test_a_file_elsewhere_or_too_large_is_not_fetched() -> None:
    sealed, key = apple_files.encrypted(b"x" * 5000)
    for where in ("https://evil.example/a", "https://169.254.169.254/", "https://icloud.com.evil.example/a"):
        with platform((200, {"download-url": where}, {})) as there, pytest.raises(Refused):
            fetch_media("apple", attachment(there.base, sealed, key), {**ACCOUNT, "api_base": there.base})
    with platform((200, {}, {}), (200, sealed, {})) as there:
        there.answers[0] = (200, {"download-url": f"{there.base}/blob/1"}, {})
        media, config = attachment(there.base, sealed, key), {**ACCOUNT, "api_base": there.base}
        with pytest.raises(FileTooLarge):
            fetch_media("apple", media, config, max_bytes=4999)
    with platform((403, b"", {})) as there, pytest.raises(SendFailed):
        fetch_media("apple", attachment(there.base, sealed, key), {**ACCOUNT, "api_base": there.base})


def picture(side: int = 900) -> bytes:
    written = io.BytesIO()
    Image.effect_noise((side, side), 80).convert("RGB").save(written, "JPEG", quality=90)
    return written.getvalue()


def test_a_picture_of_ours_goes_up_sealed_and_is_told_in_the_message() -> None:
    shown = picture()
    with platform() as there:
        room = {"upload-url": f"{there.base}/up", "mmcs-url": "https://mmcs.example/1", "mmcs-owner": "o"}
        there.answers = [
            (200, shown, {"Content-Type": "image/jpeg"}),
            (200, room, {}),
            (200, {"singleFile": {"fileChecksum": "c3Vt"}}, {}),
            TAKEN,
        ]
        wire = WireMessage(
            {"type": "text", "body": "\ufffc", "attachments": [{"name": "a.jpg", "mimeType": "image/png", "url": f"{there.base}/a.jpg"}]}
        )  # fmt: skip
        APPLE.send(wire, Recipient(SHOPPER), {**ACCOUNT, "api_base": there.base}, key="1")
    _own, asked, put, sent = there.calls
    (told,) = json.loads(sent["body"])["attachments"]
    assert asked["headers"]["mmcs-size"] == str(len(shown)) == told["size"]
    assert put["body"] != shown
    assert apple_files.decrypted(put["body"], told["key"]) == shown
    told.pop("key")
    assert told == {
        "name": "a.jpg", "mimeType": "image/jpeg", "size": str(len(shown)), "signature-base64": "c3Vt",
        "url": "https://mmcs.example/1", "owner": "o",
    }  # fmt: skip


def test_a_picture_nobody_has_is_told_in_words() -> None:
    wire = WireMessage(
        {
            "type": "text",
            "body": "\ufffc",
            "attachments": [{"name": "a", "mimeType": "", "url": "http://127.0.0.1:9/a"}],
        },
        text="A shirt: https://shop.example/a",
    )
    with platform(TAKEN) as there:
        APPLE.send(wire, Recipient(SHOPPER), {**ACCOUNT, "api_base": there.base}, key="1")
    body = json.loads(there.calls[0]["body"])
    assert (body["body"], "attachments" in body) == ("A shirt: https://shop.example/a", False)


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [
        ([(429, b"", {"Retry-After": "3"})], "retry_after"),
        ([(500, b"", {})], "retry"),
        ([(403, b"", {})], "auth"),
        ([(200, {"upload-url": "https://evil.example/up"}, {})], "bad_request"),
        ([(200, {}, {})], "retry"),
        (["room", "cut"], "retry"),
        (["room", (200, {}, {})], "retry"),
        (["room", (507, b"", {})], "retry"),
    ],
)
def test_a_file_that_does_not_go_up_sends_nothing(answers: list[Any], meaning: str) -> None:
    with platform() as there:
        room = (200, {"upload-url": f"{there.base}/up", "mmcs-url": "m", "mmcs-owner": "o"}, {})
        there.answers = [room if answer == "room" else answer for answer in answers]
        with pytest.raises(SendFailed) as caught:
            apple_files.put_up(b"x", base=there.base, headers={}, timeout=2.0)
    assert str(caught.value.error_class) == meaning


def test_what_is_see_through_becomes_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(written, "PNG")
    with Image.open(io.BytesIO(apple_files.as_small_png(written.getvalue()))) as found:
        assert found.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_a_link_carries_its_picture_as_a_small_png() -> None:
    small = apple_files.as_small_png(picture())
    with Image.open(io.BytesIO(small)) as found:
        assert (found.format, max(found.size), len(small) <= 200_000) == ("PNG", 240, True)
    for bad in (b"", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"0" * 40):
        with pytest.raises(ValueError, match="picture"):
            apple_files.as_small_png(bad)
    _text, link = APPLE.render(OpenLink("All sizes", url="https://shop.example/s", label="Size\nguide"), language="en")
    with platform(TAKEN) as there:
        APPLE.send(link, Recipient(SHOPPER), {**ACCOUNT, "api_base": there.base}, key="1")
    data = json.loads(there.calls[0]["body"])["richLinkData"]
    assert (data["url"], data["title"], data["assets"]["image"]["mimeType"]) == (
        "https://shop.example/s", "Size · guide", "image/png",
    )  # fmt: skip
    assert base64.b64decode(data["assets"]["image"]["data"]) == apple_files.link_sign()


# --- the table ------------------------------------------------------------------------------------
def recorded() -> list[dict[str, Any]]:
    return [call["body"] for path in sorted(GOLDEN.glob("*.json")) for call in json.loads(path.read_text())]


def test_every_golden_message_is_within_the_table() -> None:
    found = recorded()
    assert len(found) > 100
    assert [(body["id"], broken(body)) for body in found if broken(body)] == []


def changed(kind: str, change: Any) -> dict[str, Any]:
    wanted = {"quick": "ask.en", "list": "rate_list", "link": "open_link.en", "text": "text.en", "file": "media.en"}
    if kind == "list":
        body = json.loads((GOLDEN / "ask_many.en.json").read_text())[0]["body"]
    else:
        body = json.loads((GOLDEN / f"{wanted[kind]}.json").read_text())[-1]["body"]
    body = copy.deepcopy(body)
    change(body)
    return body


def quick(body: dict[str, Any]) -> dict[str, Any]:
    return dict(body["interactiveData"]["data"]["quick-reply"])


OVER: list[tuple[str, str, Any]] = [
    ("version 1", "text", lambda body: body.update(v=2)),
    ("a UUID for an id", "text", lambda body: body.update(id="7")),
    ("from whom and to whom", "text", lambda body: body.pop("destinationId")),
    ("a type a business may send", "text", lambda body: body.update(type="close")),
    ("a text has a body", "text", lambda body: body.update(body=" ")),
    ("3000 characters of text", "text", lambda body: body.update(body="👋" * 1501)),
    ("a place in the text for each file", "file", lambda body: body.update(body="no place")),
    ("Apple's own extension", "quick", lambda body: body["interactiveData"].update(bid="com.example")),
    ("a request named by a UUID", "quick", lambda body: body["interactiveData"]["data"].update(requestIdentifier="1")),
    ("2 to 5 quick replies", "quick", lambda body: quick(body)["items"].extend([{"identifier": f"c:{n}", "title": "x"} for n in range(3)])),
    ("2 to 5 quick replies", "quick", lambda body: quick(body)["items"].__delitem__(slice(1, None))),
    ("a list has rows", "list", lambda body: body["interactiveData"]["data"].update(listPicker={"sections": []})),
    ("a list has its two bubbles", "list", lambda body: body["interactiveData"].pop("replyMessage")),
    ("what is picked differs", "quick", lambda body: quick(body)["items"][0].update(identifier=quick(body)["items"][1]["identifier"])),
    ("200 characters of what Apple draws", "quick", lambda body: quick(body)["items"][0].update(title="x" * 201)),
    ("printable is what Apple draws", "link", lambda body: body["richLinkData"].update(title="a\nb")),
    ("a rich link leads somewhere", "link", lambda body: body["richLinkData"].update(url="shop://x")),
    ("a rich link has a picture", "link", lambda body: body["richLinkData"].update(assets={})),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "kind", "change"), OVER, ids=[f"{row[1]}: {row[0]}" for row in OVER])
def test_the_table_refuses_what_is_over_a_limit(limit: str, kind: str, change: Any) -> None:
    assert broken(changed(kind, lambda body: None)) == []
    assert broken(changed(kind, change)) == [limit]


def test_every_line_of_the_table_is_broken_once() -> None:
    assert {limit.what for limit in TABLE} == {row[0] for row in OVER}
    assert all(limit.source for limit in TABLE)


def test_the_whole_of_a_genuine_call_is_taken() -> None:
    request = signed(message(type="text", body="Grüße 👋"), ACCOUNT)
    APPLE.verify(request, ACCOUNT)
    (event,) = APPLE.parse(request, ACCOUNT)
    assert (event.text, event.external_user_id, event.external_event_id) == ("Grüße 👋", SHOPPER, "m-1")
