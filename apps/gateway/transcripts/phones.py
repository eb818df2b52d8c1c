"""The shopper's side of each channel: what the platform would post when somebody writes or taps, truly signed."""

import hashlib
import hmac
import itertools
import json
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from twilio.request_validator import RequestValidator

from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.content import Choice
from apps.messaging.events import ChannelEvent, EventKind

from ..inbox import store_events_sync, store_rows_sync
from ..ingest import FrontDoor


class Refused(Exception):
    """The front door did not answer 200."""


async def _in_this_transaction(account_id: int, rows: Any) -> int:
    return await sync_to_async(store_rows_sync)(account_id, rows)


class Phone:
    """Override `says` and `taps`; `posts` carries signed bytes through the front door in this process."""

    def __init__(self, account: ChannelAccount, user: str, *, language: str) -> None:
        self.account = account
        self.user = user
        self.language = language
        self.door = FrontDoor(store=_in_this_transaction)
        self.numbers = itertools.count(1)

    def skip(self, messages: int) -> None:
        """So many messages were sent in an earlier run: their ids are taken."""
        self.numbers = itertools.count(messages + 1)

    def says(self, text: str) -> None:
        raise NotImplementedError

    def taps(self, choice: Choice) -> None:
        """Channels without buttons type the label."""
        self.says(choice.label)

    def comes_by(self, word: str) -> None:
        """Opens the channel by a link that carries this; most say it in a first message."""
        self.says(f"Hi #{word}")

    @property
    def path(self) -> str:
        return f"/webhooks/{self.account.kind}/{self.account.name}/"

    def posts(self, body: bytes, headers: dict[str, str]) -> None:
        async_to_sync(self._post)(body, headers)

    async def _post(self, body: bytes, headers: dict[str, str]) -> None:
        scope = {
            "type": "http",
            "method": "POST",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
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


class WebChat(Phone):
    """Its socket stores events itself; there is no webhook to sign."""

    def says(self, text: str) -> None:
        self._store(EventKind.MESSAGE, type="text", text=text)

    def taps(self, choice: Choice) -> None:
        self._store(EventKind.CHOICE, payload=choice.token, label=choice.label, via="button")

    def comes_by(self, word: str) -> None:
        self._store(EventKind.REFERRAL, data={"ref": word})

    def _store(self, kind: EventKind, **fields: Any) -> None:
        event = ChannelEvent(
            kind=kind,
            external_event_id=f"{self.user}:{next(self.numbers)}",
            external_user_id=self.user,
            occurred_at=clock.now(),
            thread_key=self.user,
            language=self.language,
            **fields,
        )
        store_events_sync(self.account.pk, [event])


class WhatsApp(Phone):
    def says(self, text: str) -> None:
        self._message({"type": "text", "text": {"body": text}})

    def taps(self, choice: Choice) -> None:
        reply = {"type": "button_reply", "button_reply": {"id": choice.token, "title": choice.label[:20]}}
        self._message({"type": "interactive", "interactive": reply})

    def _message(self, what: dict[str, Any]) -> None:
        number = next(self.numbers)
        stamp = str(int(clock.now().timestamp()))
        message = {"from": self.user, "id": f"wamid.{self.user}.{number}", "timestamp": stamp, **what}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": self.account.config["phone_number_id"]},
            "contacts": [{"wa_id": self.user, "profile": {"name": "Shopper"}}],
            "messages": [message],
        }
        entry = [{"id": "1", "changes": [{"field": "messages", "value": value}]}]
        body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
        digest = hmac.new(self.account.config["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        self.posts(body, {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"})


class Messenger(Phone):
    def says(self, text: str) -> None:
        self._message({"text": text})

    def taps(self, choice: Choice) -> None:
        self._message({"text": choice.label[:20], "quick_reply": {"payload": choice.token}})

    def comes_by(self, word: str) -> None:
        self._item(
            {
                "postback": {
                    "title": "Get started",
                    "payload": "start",
                    "referral": {"ref": word, "source": "SHORTLINK", "type": "OPEN_THREAD"},
                }
            }
        )

    def _message(self, what: dict[str, Any]) -> None:
        self._item({"message": {"mid": f"m_{self.user}.{next(self.numbers)}", **what}})

    def _item(self, what: dict[str, Any]) -> None:
        stamp, page = int(clock.now().timestamp() * 1000), self.account.config["page_id"]
        item = {"sender": {"id": self.user}, "recipient": {"id": page}, "timestamp": stamp, **what}
        entry = [{"id": page, "time": stamp, "messaging": [item]}]
        body = json.dumps({"object": "page", "entry": entry}).encode()
        digest = hmac.new(self.account.config["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        self.posts(body, {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"})


class Telegram(Phone):
    def says(self, text: str) -> None:
        number = next(self.numbers)
        self._update(number, {"message": {**self._message(number), "from": self._person, "text": text}})

    def taps(self, choice: Choice) -> None:
        number = next(self.numbers)
        tapped = {"id": f"q{number}", "from": self._person, "chat_instance": "1", "data": choice.token}
        self._update(number, {"callback_query": {**tapped, "message": self._message(number)}})

    def comes_by(self, word: str) -> None:
        self.says(f"/start {word}")

    @property
    def _person(self) -> dict[str, Any]:
        return {"id": int(self.user), "is_bot": False, "first_name": "Shopper", "language_code": self.language}

    def _message(self, number: int) -> dict[str, Any]:
        chat = {"id": int(self.user), "type": "private", "first_name": "Shopper"}
        return {"message_id": number, "date": int(clock.now().timestamp()), "chat": chat}

    def _update(self, number: int, what: dict[str, Any]) -> None:
        body = json.dumps({"update_id": int(self.user) * 1000 + number, **what}).encode()
        secret = self.account.config["secret_token"]
        self.posts(body, {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret})


class Sms(Phone):
    def says(self, text: str) -> None:
        sid = hashlib.sha256(f"{self.user}:{next(self.numbers)}".encode()).hexdigest()[:32]
        form = {
            "MessageSid": f"SM{sid}",
            "AccountSid": self.account.config["account_sid"],
            "From": self.user,
            "To": self.account.config["from_number"],
            "Body": text,
            "NumMedia": "0",
        }
        url = f"{settings.PUBLIC_URL}{self.path}"
        signature = RequestValidator(self.account.config["auth_token"]).compute_signature(url, form)
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
        self.posts(urlencode(form).encode(), headers)


PHONES: dict[str, type[Phone]] = {
    "webchat": WebChat,
    "whatsapp": WhatsApp,
    "messenger": Messenger,
    "telegram": Telegram,
    "sms": Sms,
}
# A mobile number of a country where the language is spoken, without "+": the shop guesses the language by it.
MOBILES = {"en": "4477009{:05d}", "de": "49176{:08d}", "es": "346{:08d}", "zh": "86138{:08d}"}


def user_of(kind: str, number: int, *, language: str) -> str:
    """What the platform calls shopper `number`, who speaks `language` ("de", "zh-hans"; English if it is another)."""
    mobile = MOBILES.get(language.partition("-")[0], MOBILES["en"]).format(number)
    named = {
        "whatsapp": mobile,
        "messenger": f"7{number:015d}",
        "sms": f"+{mobile}",
        "telegram": f"77{number:08d}",
    }
    return named.get(kind, f"visitor{number:08d}")


def phone_on(account: ChannelAccount, *, number: int, language: str) -> Phone:
    """A fresh shopper's phone on that account; the same `number` is the same shopper."""
    return PHONES[account.kind](account, user_of(account.kind, number, language=language), language=language)
