"""The shopper's side of a channel: what its platform would post when somebody writes or taps, truly signed."""

import itertools
from typing import Any, ClassVar

from asgiref.sync import async_to_sync, sync_to_async

from apps.merchants.models import ChannelAccount
from apps.merchants.statements import fetch
from apps.messaging.content import Choice

from ...inbox import store_rows_sync
from ...ingest import FrontDoor
from ...sightings import Sightings

# A mobile number of a country where the language is spoken, without "+": the shop guesses the language by it.
MOBILES = {"en": "4477009{:05d}", "de": "49176{:08d}", "es": "346{:08d}", "zh": "86138{:08d}"}


class Refused(Exception):
    """The front door did not answer 200."""


async def _in_this_transaction(account_id: int, rows: Any) -> int:
    return await sync_to_async(store_rows_sync)(account_id, rows)


async def _noted_here(statement: str, parameters: dict[str, Any]) -> Any:
    return await sync_to_async(fetch)(statement, parameters)


def mobile(number: int, language: str) -> str:
    """The number of shopper `number`, who speaks `language` ("de", "zh-hans"; English if it is another)."""
    return MOBILES.get(language.partition("-")[0], MOBILES["en"]).format(number)


class Phone:
    """One file per kind overrides what differs; `posts` carries signed bytes through the front door in this process."""

    kind: ClassVar[str] = ""
    config: ClassVar[dict[str, str]] = {}  # of an account whose platform is played here; the secrets are none
    tells_language: ClassVar[bool] = True  # by a field or by a number: the shop knows from the first word on

    def __init__(self, account: ChannelAccount, user: str, *, language: str) -> None:
        self.account = account
        self.user = user
        self.language = language
        self.door = FrontDoor(store=_in_this_transaction, sightings=Sightings(run=_noted_here))
        self.numbers = itertools.count(1)

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        """What the platform calls shopper `number`, who speaks `language`."""
        return f"visitor{number:08d}"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        """What the platform says to our call at `path`; `number` counts the calls of a run."""
        return {}

    @classmethod
    def is_message(cls, path: str) -> bool:
        """Whether a call at `path` reaches the shopper: a token that is asked for does not."""
        return True

    def skip(self, messages: int) -> None:
        """So many messages were sent in an earlier run: their ids are taken."""
        self.numbers = itertools.count(messages + 1)

    def comes_by(self, word: str) -> None:
        """Opens the channel by a link that carries this; most say it in a first message."""
        self.says(f"Hi #{word}")

    def says(self, text: str) -> None:
        raise NotImplementedError

    def taps(self, choice: Choice) -> None:
        """Channels without buttons type the label."""
        self.says(choice.label)

    @property
    def path(self) -> str:
        return f"/webhooks/{self.account.kind}/{self.account.name}/"

    def posts(self, body: bytes, headers: dict[str, str], *, query: str = "") -> None:
        async_to_sync(self._post)(body, headers, query)

    async def _post(self, body: bytes, headers: dict[str, str], query: str) -> None:
        scope = {
            "type": "http",
            "method": "POST",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": query.encode(),
            "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.door(scope, receive, send)
        if sent[0]["status"] != 200:
            raise Refused(f"{self.account.kind}: {sent[0]['status']} {sent[1]['body'][:200]!r}")
