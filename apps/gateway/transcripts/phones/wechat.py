"""A shopper who writes to an official account in WeChat."""

import hashlib
from typing import Any
from urllib.parse import urlencode

from apps.merchants import clock
from apps.messaging.content import Choice

from .phone import Phone


class WeChat(Phone):
    kind = "wechat"
    tells_language = False
    config = {"token": "t", "app_id": "wx1", "app_secret": "t", "language": "en"}

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"o{number:027d}"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        if "stable_token" in path:
            return {"access_token": "t", "expires_in": 7200}
        return {"errcode": 0, "errmsg": "ok", "msgid": number}

    @classmethod
    def is_message(cls, path: str) -> bool:
        return "/message/" in path

    def says(self, text: str) -> None:
        self._message(text)

    def taps(self, choice: Choice) -> None:
        self._message(choice.label[:30], f"<bizmsgmenuid>{choice.token}</bizmsgmenuid>")

    def _message(self, words: str, more: str = "") -> None:
        stamp = int(clock.now().timestamp())
        said = words.replace("]]>", "]]]]><![CDATA[>")
        body = (
            f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[{self.user}]]></FromUserName>"
            f"<CreateTime>{stamp}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{said}]]></Content>"
            f"{more}<MsgId>{int(self.user[1:]) * 10**6 + next(self.numbers)}</MsgId></xml>"
        )
        parts = {"timestamp": str(stamp), "nonce": "1"}
        joined = "".join(sorted([self.account.config["token"], *parts.values()]))
        query = urlencode({**parts, "signature": hashlib.sha1(joined.encode()).hexdigest()})  # noqa: S324 - as WeChat
        self.posts(body.encode(), {"content-type": "text/xml"}, query=query)
