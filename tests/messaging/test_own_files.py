"""A colleague's file and a quote on the wire: as the channel has them, else in words."""

from typing import Any

import pytest

from apps.messaging.channel import Recipient, channel_for
from apps.messaging.content import Media, Quote, Text, from_json, to_json
from apps.messaging.rendering import quoting

LINK = "https://shop.example/files/token/file.jpg"
PICTURE = Media(text="this one", media_type="image", url=LINK, filename="mug.jpg", mime="image/jpeg", size=900_000)
BILL = Media(media_type="file", url=LINK, filename="bill.pdf", mime="application/pdf", size=900_000)


def sent(kind: str, content: Any) -> list[dict[str, Any]]:
    return [wire.body for wire in channel_for(kind).render(content, language="en")]


def test_what_a_channel_takes_goes_as_itself() -> None:
    (telegram,) = sent("telegram", PICTURE)
    assert (telegram["photo"], telegram["caption"]) == (LINK, "this one")
    (whatsapp,) = sent("whatsapp", BILL)
    assert whatsapp["document"] == {"link": LINK, "filename": "bill.pdf"}


@pytest.mark.parametrize(
    ("kind", "size", "mime"),
    [("telegram", 5_000_001, "image/jpeg"), ("whatsapp", 5_000_001, "image/jpeg"), ("whatsapp", 9, "video/webm"),
     ("instagram", 9, "application/pdf"), ("sms", 9, "application/pdf")],
)  # fmt: skip
def test_what_it_does_not_take_goes_as_a_link_with_its_name(kind: str, size: int, mime: str) -> None:
    medium = "file" if mime.startswith("application") else mime.partition("/")[0]
    wires = channel_for(kind).render(
        Media(text="look", media_type=medium, url=LINK, filename="a.bin", mime=mime, size=size), language="en"
    )
    assert [wire.text for wire in wires] == [f"look\n\na.bin: {LINK}"]


def test_a_platform_that_can_is_told_which_message_is_answered() -> None:
    to = Recipient("77", quotes="41")
    (wire,) = channel_for("telegram").render(Text(text="yes"), language="en")
    call = channel_for("telegram").address(wire, to, {})
    assert call.body["reply_parameters"] == {"message_id": 41, "allow_sending_without_reply": True}
    (wire,) = channel_for("whatsapp").render(Text(text="yes"), language="en")
    call = channel_for("whatsapp").address(wire, Recipient("4917", quotes="wamid.1"), {})
    assert call.body["context"] == {"message_id": "wamid.1"}
    assert "context" not in channel_for("whatsapp").address(wire, Recipient("4917"), {}).body


def test_elsewhere_the_words_stand_above_the_answer() -> None:
    answer = Text(text="yes", quote=Quote(3, "is the  blue\none there?", "m1"))
    assert quoting(answer) == "> is the blue one there?\n\nyes"
    assert quoting(Text(text="yes", quote=Quote(3))) == "yes"  # taken back since
    assert from_json(to_json(answer)) == answer
