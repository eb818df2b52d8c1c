"""WeChat on a shopper's phone."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting
from ..accounts import Account
from ..files import File, Place
from ..platforms import wechat
from ..shoppers import Profile
from ..store import Store
from .phone import NotPossible, Phone, file_shown, local, new_bubble, person, place_shown


class WeChat(Phone):
    kind = "wechat"
    label = "WeChat"
    place = 6
    can = frozenset({"image", "audio", "video", "location"})
    samples: ClassVar[dict[str, str]] = {"audio": "voice.amr"}

    def name_of(self, profile: Profile) -> str:
        return f"oSandbox{profile.telegram_id:020d}"

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        return self._say(store, account, shopper, {"Content": text}, {"text": text})

    def _say(self, store: Store, account: Account, shopper: str, what: dict[str, Any], shown: dict[str, Any]) -> int:
        """Whatever they say opens the two days for answers."""
        if person(store, account, shopper)["opted_out"]:
            raise NotPossible(_("This person does not follow the account. Follow it again first."))
        wechat.allow(store, account, shopper, said=True)
        return self._send(store, account, shopper, what, shown)

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        """Kept for three days at WeChat; it tells no names and no words beside them."""
        number = files.keep(store, account, file)
        told: dict[str, Any] = {
            "image": {"MsgType": "image", "PicUrl": files.address(account, "wechat", f"{wechat.WeChat.shelf}{number}")},
            "audio": {"MsgType": "voice", "Format": file.ending, "Recognition": ""},
            "video": {"MsgType": "video", "ThumbMediaId": f"t{number}"},
        }[file.sort]
        return self._say(store, account, shopper, {**told, "MediaId": number}, file_shown(file, number))

    def sends_place(self, store: Store, account: Account, shopper: str, place: Place, reply_to: str) -> int:
        where = {
            "Location_X": str(place.latitude),
            "Location_Y": str(place.longitude),
            "Scale": 20,
            "Label": place.name,
        }
        return self._say(store, account, shopper, {"MsgType": "location", **where}, place_shown(place))

    def _send(self, store: Store, account: Account, shopper: str, what: dict[str, Any], shown: dict[str, Any]) -> int:
        number = wechat.new_message_id()
        bubble = new_bubble(store, account, shopper, number, shown)
        message = {"MsgType": "text", **what, "MsgId": int(number)}
        wechat.tell_shop(store, account, shopper, message, bubble=bubble)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """An entry of a menu message is said in its words, with its id beside them."""
        for entry in bubbles.body_of(row).get("msgmenu", {}).get("list", []):
            if entry["id"] == value:
                wechat.allow(store, account, shopper, said=False)
                said = {"Content": entry["content"], "bizmsgmenuid": value}
                return self._send(store, account, shopper, said, {"text": entry["content"], "tapped": True})
        raise NotPossible(_("This message has no such button."))

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        """Whoever stops following is told of no more, and whoever follows again may be greeted."""
        if not blocked:
            wechat.allow(store, account, shopper, said=False)
        event = {"MsgType": "event", "Event": "unsubscribe" if blocked else "subscribe", "EventKey": ""}
        wechat.tell_shop(store, account, shopper, event)

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        if "template_id" in body:
            return _notice(account, body)
        if body["msgtype"] == "news":
            return _article(body["news"]["articles"][0])
        if body["msgtype"] == "image":
            return {"note": _("a picture")}
        if body["msgtype"] == "msgmenu":
            return _menu(body["msgmenu"])
        return {"text": formatting.plain(body["text"]["content"])}


def _article(article: dict[str, Any]) -> dict[str, Any]:
    opened = {"label": _("Open"), "url": local(article["url"])}
    return {
        "header": article["title"],
        "text": formatting.plain(article.get("description", "")),
        "image": local(article["picurl"]),
        "rows": [[opened]],
    }


def _menu(menu: dict[str, Any]) -> dict[str, Any]:
    """Underlined words in truth; here as keys, which is what they do."""
    shown: dict[str, Any] = {"text": formatting.plain(menu.get("head_content", ""))}
    shown["rows"] = [[{"label": entry["content"], "value": entry["id"]}] for entry in menu["list"]]
    if menu.get("tail_content"):
        shown["footer"] = menu["tail_content"]
    return shown


def _notice(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """The approved wording where the account's config has it ("templates": {id: text}), else the values."""
    values = {name: str(field["value"]) for name, field in body["data"].items()}
    known = account.config.get("templates")
    text = str(known.get(body["template_id"], "") if isinstance(known, dict) else "") or "\n".join(values.values())
    for name, value in values.items():
        text = text.replace(f"{{{{{name}.DATA}}}}", value)
    return {"text": formatting.plain(text), "footer": _("Template message")}
