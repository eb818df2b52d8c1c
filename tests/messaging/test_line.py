"""What only LINE has: replies that are free once, pushes under a retry key, rows of cards, five messages a call."""

import json
import uuid
from typing import Any

import pytest

from apps.messaging.channel import ErrorClass, Recipient, SendFailed, Sent, WireMessage, channel_for
from apps.messaging.content import Ask, Browse, Card, Choice, Content, Media, OpenLink, ShowProduct, Text, Typing
from apps.messaging.events import MediaRef
from apps.messaging.fetch import Refused, fetch_media

from .channels.line.example import ACCOUNT, SHOPPER, TAKEN
from .examples import example
from .loopback import Platform, platform

LINE = channel_for("line")
FRESH = Recipient(SHOPPER, reply_to="token-1")
REFUSED = (400, {"message": "Invalid reply token"}, {})
SICK = (500, {"message": "Internal server error"}, {})


def wires(content: Content, language: str = "en") -> list[WireMessage]:
    return LINE.render(content, language=language)


def messages(content: Content, language: str = "en") -> list[dict[str, Any]]:
    return [message for wire in wires(content, language) for message in wire.body["messages"]]


def send(there: Platform, to: Recipient, *, key: str = "7:0", text: str = "hi") -> Sent:
    (wire,) = wires(Text(text=text))
    return LINE.send(wire, to, {**ACCOUNT, "api_base": there.base}, key=key, timeout=1.0)


def told(there: Platform) -> list[tuple[str, dict[str, Any], str]]:
    """(path, body, retry key) of each call."""
    return [
        (call["path"], json.loads(call["body"]), call["headers"].get("x-line-retry-key", "")) for call in there.calls
    ]


def test_an_answer_within_the_minute_is_a_reply_and_free() -> None:
    with platform(TAKEN) as there:
        send(there, FRESH)
    assert told(there) == [
        ("/v2/bot/message/reply", {"replyToken": "token-1", "messages": [{"type": "text", "text": "hi"}]}, "")
    ]


def test_whatever_comes_later_is_a_push_under_a_key_that_stays_the_same() -> None:
    with platform(TAKEN) as there:
        for key in ("7:0", "7:0", "8:0"):
            send(there, Recipient(SHOPPER), key=key)
        send(there, Recipient(SHOPPER), text="another database's")
    first, again, other, elsewhere = told(there)
    assert first[:2] == ("/v2/bot/message/push", {"to": SHOPPER, "messages": [{"type": "text", "text": "hi"}]})
    assert first == again
    assert len({first[2], other[2], elsewhere[2]}) == 3
    assert [str(uuid.UUID(key)) for _, _, key in told(there)] == [key for _, _, key in told(there)]


def test_a_used_or_late_token_was_no_message_and_falls_to_a_push() -> None:
    with platform(REFUSED, TAKEN) as there:
        assert send(there, FRESH).provider_id == "461230966842064897"
    assert [path for path, _, _ in told(there)] == ["/v2/bot/message/reply", "/v2/bot/message/push"]
    assert "replyToken" not in told(there)[1][1]


@pytest.mark.parametrize("answer", ["cut", "hang", (200, b"", {}), (200, {"sentMessages": []}, {})])
def test_a_reply_that_may_have_arrived_is_never_pushed(answer: Any) -> None:
    with platform(answer, TAKEN) as there, pytest.raises(SendFailed) as caught:
        send(there, FRESH)
    assert caught.value.error_class is ErrorClass.AMBIGUOUS
    assert [path for path, _, _ in told(there)] == ["/v2/bot/message/reply"]


def test_a_sick_platform_is_asked_once_more_under_the_same_token() -> None:
    with platform(SICK, TAKEN) as there:
        assert send(there, FRESH).provider_id == "461230966842064897"
    assert [body["replyToken"] for _, body, _ in told(there)] == ["token-1", "token-1"]


@pytest.mark.parametrize("second", [SICK, REFUSED, "cut", (429, {"message": "too many"}, {})])
def test_a_reply_the_sick_platform_may_have_taken_stays_open(second: Any) -> None:
    """A token refused the second time may have been used by the first."""
    with platform(SICK, second, TAKEN) as there, pytest.raises(SendFailed) as caught:
        send(there, FRESH)
    assert caught.value.error_class is ErrorClass.AMBIGUOUS
    assert [path for path, _, _ in told(there)] == ["/v2/bot/message/reply"] * 2


def test_a_reply_over_the_limit_was_not_sent_and_is_tried_again() -> None:
    over = (429, {"message": "The API rate limit has been exceeded."}, {})
    with platform(over) as there, pytest.raises(SendFailed) as caught:
        send(there, FRESH)
    assert caught.value.error_class is ErrorClass.RETRY_AFTER
    assert len(there.calls) == 1


def test_a_push_that_was_taken_before_is_taken() -> None:
    accepted = {"message": "The retry key is already accepted", "sentMessages": [{"id": "461"}, {"id": "462"}]}
    with platform((409, accepted, {"x-line-accepted-request-id": "r-1"})) as there:
        assert send(there, Recipient(SHOPPER)).provider_id == "462"
    with platform(
        (409, {"message": "The retry key is already accepted"}, {"X-Line-Accepted-Request-Id": "r-1"})
    ) as there:
        assert send(there, Recipient(SHOPPER)).provider_id == "r-1"


def test_a_refusal_says_what_was_wrong() -> None:
    body = {
        "message": "The request body has 1 error(s)",
        "details": [{"message": "May not be empty", "property": "messages[0].text"}],
    }
    with platform((400, body, {})) as there, pytest.raises(SendFailed) as caught:
        send(there, Recipient(SHOPPER))
    assert caught.value.detail == "The request body has 1 error(s): messages[0].text May not be empty"


def test_the_dots_are_a_call_of_their_own_and_use_no_token_up() -> None:
    (wire,) = wires(Typing())
    with platform((202, {}, {})) as there:
        assert LINE.send(wire, FRESH, {**ACCOUNT, "api_base": there.base}, key="7:0") == Sent("")
    assert told(there) == [("/v2/bot/chat/loading/start", {"chatId": SHOPPER, "loadingSeconds": 20}, "")]


def test_one_content_is_one_call_and_the_sixth_message_a_push() -> None:
    assert [len(wires(example(name, "en"))) for name in ("browse", "show_product", "text_long", "pay")] == [1, 1, 1, 1]
    many = wires(Text(text="\n\n".join(["word " * 900] * 6)))
    assert [len(wire.body["messages"]) for wire in many] == [5, 1]
    addressed = [LINE.address(wire, FRESH, ACCOUNT, key="7:0") for wire in many]
    assert [wire.path for wire in addressed] == ["v2/bot/message/reply", "v2/bot/message/push"]


def test_cards_stand_in_a_row_with_their_own_buttons_and_the_rest_below() -> None:
    said, row, below = messages(example("browse", "en"))
    assert said == {"type": "text", "text": "Here is what I found:"}
    bubbles = row["contents"]["contents"]
    labels = [[button["action"]["label"] for button in bubble["footer"]["contents"]] for bubble in bubbles]
    assert labels == [["Choose", "Details"]] * 5
    assert [item["action"]["label"] for item in below["quickReply"]["items"]] == ["More"]


def test_an_eleventh_card_is_listed_below_the_row() -> None:
    cards = tuple(
        Card(title=f"Tee {n}", price="€29.00", image_url="https://shop.example/t.jpg", choices=(Choice("View", token=f"c:{n}"),))
        for n in range(1, 12)
    )  # fmt: skip
    row, below = messages(Browse(cards=cards))
    assert len(row["contents"]["contents"]) == 10
    assert below["text"] == "12. Tee 11\n€29.00"  # 9 is a person everywhere
    assert [item["action"]["data"] for item in below["quickReply"]["items"]] == ["c:11"]


def test_only_the_last_message_has_quick_replies() -> None:
    """LINE shows those of the newest message alone; more than thirteen choices need buttons that stay."""
    first, buttons, last = messages(
        Ask(text="Which?", choices=tuple(Choice(f"No {n}", token=f"c:{n}") for n in range(15)))
    )
    assert (first["text"], "quickReply" in first) == ("Which?", False)
    assert [part["action"]["data"] for part in buttons["contents"]["body"]["contents"]] == [f"c:{n}" for n in range(13)]
    assert [item["action"]["data"] for item in last["quickReply"]["items"]] == ["c:13", "c:14"]


def test_what_the_shopper_is_seen_to_say_is_the_whole_label() -> None:
    (message,) = messages(Ask(text="Which?", choices=(Choice("Express delivery by bicycle courier", token="c:1"),)))
    action = message["quickReply"]["items"][0]["action"]
    assert action == {
        "type": "postback",
        "label": "Express delivery by…",
        "data": "c:1",
        "displayText": "Express delivery by bicycle courier",
    }


def test_an_address_in_the_words_can_be_tapped() -> None:
    """A bubble's words are no links, so that such words stand in a message of their own."""
    said, bubble = messages(
        OpenLink(text="See https://shop.example/terms", url="https://shop.example/t", label="Terms")
    )
    assert said == {"type": "text", "text": "See https://shop.example/terms"}
    assert bubble["contents"]["body"]["contents"][0]["action"]["uri"] == "https://shop.example/t"


def test_a_link_too_long_for_a_button_is_written_out() -> None:
    url = "https://shop.example/" + "x" * 1000
    assert messages(OpenLink(text="Here", url=url, label="Open")) == [{"type": "text", "text": f"Here\n\nOpen: {url}"}]


@pytest.mark.parametrize("media_type", ["video", "audio", "file"])
def test_films_sounds_and_files_are_behind_a_link(media_type: str) -> None:
    content = Media(media_type=media_type, url="https://shop.example/m", alt="Size guide")
    (message,) = messages(content)
    button = message["contents"]["body"]["contents"][0]
    assert button["action"] == {"type": "uri", "label": "Size guide", "uri": "https://shop.example/m"}


def test_what_cannot_be_shown_is_said_in_words_instead() -> None:
    content = ShowProduct(
        card=Card(title="Tee", price="€29.00", image_url="http://shop.example/t.jpg", choices=(Choice("View", token="c:1"),))
    )  # fmt: skip
    (wire,) = wires(content)
    assert wire.instead is not None
    assert wire.instead.body["messages"] == [{"type": "text", "text": "Tee\n€29.00\n\n1. View"}]
    assert wires(Text(text="x"))[0].instead is None


def test_a_place_is_asked_for_with_a_button_in_the_readers_language() -> None:
    labels = {}
    for language in ("en", "de", "es", "zh-hans"):
        (message,) = messages(example("request_location", language), language)
        (item,) = message["quickReply"]["items"]
        assert item["action"]["type"] == "location"
        labels[language] = item["action"]["label"]
    assert labels == {
        "en": "Send my location", "de": "Standort senden", "es": "Enviar mi ubicación", "zh-hans": "发送我的位置"
    }  # fmt: skip
    assert max(map(len, labels.values())) <= 20


SEEN = Recipient(SHOPPER, reply_to="token-1 read-1")


def test_what_is_answered_is_marked_as_read_where_the_shop_wants_that() -> None:
    (wire,) = wires(Text(text="hi"))
    with platform(TAKEN) as there:
        LINE.send(wire, SEEN, {**ACCOUNT, "api_base": there.base}, key="7:0")
        LINE.send(wire, SEEN, {**ACCOUNT, "api_base": there.base, "marks_read": "yes"}, key="7:0")
        LINE.send(wire, FRESH, {**ACCOUNT, "api_base": there.base, "marks_read": "yes"}, key="7:0")
    assert [path.rsplit("/", 1)[-1] for path, _, _ in told(there)] == ["reply", "reply", "markAsRead", "reply"]
    assert {body["replyToken"] for _, body, _ in told(there) if "replyToken" in body} == {"token-1"}
    assert told(there)[2][1] == {"markAsReadToken": "read-1"}


@pytest.mark.parametrize("answer", ["cut", (400, {"message": "Invalid"}, {}), SICK])
def test_that_it_could_not_be_marked_as_read_changes_nothing(answer: Any) -> None:
    (wire,) = wires(Text(text="hi"))
    with platform(TAKEN, answer) as there:
        sent = LINE.send(wire, SEEN, {**ACCOUNT, "api_base": there.base, "marks_read": "yes"}, key="7:0")
    assert sent.provider_id == "461230966842064897"
    assert len(there.calls) == 2


def test_files_are_fetched_from_lines_own_host_with_the_token() -> None:
    request = LINE.media_request(MediaRef("image", external_id="354718705033693861"), ACCOUNT)
    assert request.url == "https://api-data.line.me/v2/bot/message/354718705033693861/content"
    assert request.headers == {"Authorization": "Bearer line-access-token"}
    assert LINE.media_request(MediaRef("image", external_id="../../profile"), ACCOUNT).url.count("/") == 7
    with platform((200, b"jpg", {"Content-Type": "image/jpeg"})) as there:
        found = fetch_media("line", MediaRef("image", external_id="1"), {**ACCOUNT, "api_base": there.base})
    assert (found.content, found.mime) == (b"jpg", "image/jpeg")


def test_a_file_kept_elsewhere_is_never_fetched_and_never_sees_the_token() -> None:
    with platform((200, b"", {})) as there, pytest.raises((SendFailed, Refused)):
        fetch_media("line", MediaRef("image", url=f"{there.base}/steal"), ACCOUNT)
    assert there.calls == []


def test_nothing_opens_the_chat_of_an_account_whose_id_is_not_known() -> None:
    assert LINE.thread_link(ACCOUNT) == "https://line.me/R/oaMessage/%40demoshop/"
    assert LINE.thread_link({**ACCOUNT, "basic_id": ""}) == LINE.deep_link("x", {**ACCOUNT, "basic_id": ""}) == ""
