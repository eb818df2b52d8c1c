"""QQ on a shopper's phone."""

import datetime as dt
import hashlib
import re
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting
from ..accounts import Account
from ..files import File
from ..platforms import qq
from ..shoppers import Profile
from ..store import Store
from ..wire import new_id
from .phone import FILES, NotPossible, Phone, file_shown, local, new_bubble, person

TEXT_LIMIT = 4000
CHINA = dt.timezone(dt.timedelta(hours=8))
JUMP, CALLBACK = 0, 1


class QQ(Phone):
    kind = "qq"
    label = "QQ"
    place = 8
    can = FILES | {"quote"}
    samples: ClassVar[dict[str, str]] = {"audio": "voice.wav"}

    def name_of(self, profile: Profile) -> str:
        return hashlib.sha256(profile.key.encode()).hexdigest()[:32].upper()

    def line(self, account: Account) -> str:
        return _("Bot · AppID %(app_id)s") % {"app_id": account.config.get("app_id", "")}

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        return self._send(store, account, shopper, {"content": text[:TEXT_LIMIT]}, {"text": text}, reply_to)

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        """Of a voice note there are the app's own form and one that others play; here both are the same."""
        number = files.keep(store, account, file)
        url = files.address(account, "qq", f"{qq.QQ.shelf}{number}")
        part: dict[str, Any] = {
            "content_type": {"audio": "voice", "file": "file"}.get(file.sort, file.mime), "filename": file.name,
            "size": len(file.content), "url": url,
        }  # fmt: skip
        if file.sort == "image":
            part |= {"width": 640, "height": 480}
        if file.sort == "audio":
            part["voice_wav_url"] = url
        said = {"content": caption, "attachments": [part]}
        return self._send(store, account, shopper, said, file_shown(file, number, caption), reply_to)

    def _send(
        self, store: Store, account: Account, shopper: str, what: dict[str, Any], shown: dict[str, Any], reply_to: str
    ) -> int:
        if person(store, account, shopper)["opted_out"]:
            raise NotPossible(_("This person removed the bot. Let it in again first."))
        named = qq.new_message_id()
        bubble = new_bubble(store, account, shopper, named, shown)
        at = dt.datetime.fromtimestamp(store.now(), CHINA).isoformat(timespec="seconds")
        names = [f"msg_idx={qq.index_of(named)}", *([f"ref_msg_idx={qq.index_of(reply_to)}"] if reply_to else [])]
        event = {
            "id": named, "author": {"user_openid": shopper}, "timestamp": at, **what,
            "message_scene": {"source": "default", "ext": names},
        }  # fmt: skip
        qq.tell_shop(store, account, "C2C_MESSAGE_CREATE", event, shopper=shopper, bubble=bubble)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """The button spins until the bot acknowledges; the thread shows nothing of it."""
        for button in _buttons(bubbles.body_of(row)):
            if button["action"]["type"] != CALLBACK or button["action"]["data"] != value:
                continue
            interaction = new_id("", 32)
            bubble = new_bubble(
                store, account, shopper, interaction, {"text": button["render_data"]["label"], "tapped": True}
            )
            event = {
                "id": interaction, "type": 11, "chat_type": 2, "scene": "c2c", "version": 1, "user_openid": shopper,
                "timestamp": dt.datetime.fromtimestamp(store.now(), CHINA).isoformat(timespec="seconds"),
                "data": {"type": 11, "resolved": {"button_data": value, "button_id": button["id"]}},
            }  # fmt: skip
            qq.tell_shop(store, account, "INTERACTION_CREATE", event, shopper=shopper, bubble=bubble)
            return bubble
        raise NotPossible(_("This message has no such button."))

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        event = {"openid": shopper, "timestamp": int(store.now())}
        qq.tell_shop(store, account, "FRIEND_DEL" if blocked else "FRIEND_ADD", event, shopper=shopper)

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        words = str((body.get("markdown") or {}).get("content") or body.get("content") or "")
        if "markdown" in body:
            words = re.sub(r"\\(.)", r"\1", words)
        shown: dict[str, Any] = {"text": formatting.plain(words.strip())}
        if picture := body.get("picture"):
            shown["image"] = local(picture)
        rows = ((body.get("keyboard") or {}).get("content") or {}).get("rows", [])
        if rows:
            shown["rows"] = [[_key(button) for button in row["buttons"]] for row in rows]
        return shown


def _buttons(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = ((body.get("keyboard") or {}).get("content") or {}).get("rows", [])
    return [button for row in rows for button in row["buttons"]]


def _key(button: dict[str, Any]) -> dict[str, Any]:
    label, action = button["render_data"]["label"], button["action"]
    return {"label": label, **({"url": local(action["data"])} if action["type"] == JUMP else {"value": action["data"]})}
