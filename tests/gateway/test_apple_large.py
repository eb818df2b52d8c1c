"""An answer too large for Apple's call is fetched, opened and read out before its turn."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django_scopes import scope

from apps.conversations.models import Message
from apps.gateway.loop import drain
from apps.gateway.transcripts.phones.apple import Apple
from apps.messaging.platforms.apple import files as apple_files
from tests.factories import channel_account
from tests.messaging.channels.apple.example import SHOPPER
from tests.messaging.channels.apple.sign import signed
from tests.messaging.loopback import Platform, platform

from .harness import call_door

pytestmark = pytest.mark.django_db
EXTENSION = (
    "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.apple.icloud.apps.messages.business.extension"
)
PICKED = {
    "bid": EXTENSION,
    "data": {
        "version": "1.0",
        "listPicker": {
            "sections": [
                {"items": [{"identifier": "c:blue", "title": "Blue"}, {"identifier": "c:red", "title": "Red"}]},
            ]
        },
    },
}
SEALED, KEY = apple_files.encrypted(gzip.compress(b"plist", mtime=0))


@pytest.fixture
def there() -> Iterator[Platform]:
    with platform((200, {}, {})) as running:
        yield running


def picks(merchant: Any, there: Platform, *answers: Any) -> list[tuple[str, str, str]]:
    """Apple keeps an answer of this shopper and answers our calls so; what the thread has after a turn."""
    there.answers[:] = [(200, {"download-url": f"{there.base}/blob/1"}, {}), *answers]
    account = channel_account(merchant, "apple", name="demo", api_base=there.base)
    phone = Apple(account, SHOPPER, language="en")
    reference = {"bid": EXTENSION, "owner": "M9", "url": f"{there.base}/mmcs/1", "key": KEY, "title": "Choose"}
    told = {**reference, "size": str(len(SEALED)), "signature-base64": "gQ8="}
    body = {"v": 1, "id": "m-1", "type": "interactive", "sourceId": SHOPPER, "interactiveDataRef": told}
    raw = json.dumps({**body, "destinationId": account.config["business_id"]}).encode()
    headers = dict(signed(raw, account.config).headers)
    assert async_to_sync(call_door)(phone.door, phone.path, raw, headers=headers)[0] == 200
    drain(answer=lambda received: None, jobs={})
    with scope(merchant=merchant):
        rows = Message.objects.order_by("seq")
        return [(row.content["kind"], row.text, row.content.get("payload", "")) for row in rows]


def test_what_was_picked_is_heard(merchant: Any, there: Platform) -> None:
    heard = picks(merchant, there, (200, SEALED, {}), (200, PICKED, {}))
    assert heard == [("choice", "Blue", "c:blue"), ("choice", "Red", "c:red")]
    asked = there.calls[2]
    assert (asked["path"], asked["headers"]["bid"], gzip.decompress(asked["body"])) == (
        "/decodePayload",
        EXTENSION,
        b"plist",
    )
    assert KEY not in json.dumps([str(call) for call in there.calls])


def test_where_apple_wants_it_unpacked_it_is_asked_again_so(merchant: Any, there: Platform) -> None:
    heard = picks(merchant, there, (200, SEALED, {}), (400, {}, {}), (200, PICKED, {}))
    assert heard == [("choice", "Blue", "c:blue"), ("choice", "Red", "c:red")]
    assert there.calls[3]["body"] == b"plist"


@pytest.mark.parametrize("answer", [(404, {}, {}), (200, b"not sealed so", {}), "cut"])
def test_what_cannot_be_had_is_a_message_of_which_the_title_is_known(
    merchant: Any, there: Platform, answer: Any
) -> None:
    assert picks(merchant, there, answer) == [("unsupported", "Choose", "")]
