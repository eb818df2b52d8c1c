"""Apple Messages on a shopper's phone."""

import uuid
from typing import Any

from django.utils.translation import gettext as _

from .. import bubbles, formatting, shoppers
from ..accounts import Account
from ..platforms import apple
from ..platforms.apple_rules import EXTENSION
from ..shoppers import Profile
from ..store import Store
from .phone import NotPossible, Phone, local, new_bubble

IN_THE_TEXT = "\ufffc"


class Apple(Phone):
    kind = "apple"
    label = "Apple Messages"
    place = 9

    def name_of(self, profile: Profile) -> str:
        return f"urn:mbid:AQAAY{profile.telegram_id}"

    def line(self, account: Account) -> str:
        return _("Business chat")

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        shoppers.set_opted_out(store, platform="apple", account=account.name, external_id=shopper, opted_out=False)
        name = str(uuid.uuid4())
        bubble = new_bubble(store, account, shopper, name, {"text": text})
        apple.tell_shop(store, account, shopper, "text", {"body": text}, bubble=bubble, name=name)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """A quick reply names what was picked; a list comes back with that row alone."""
        data = bubbles.body_of(row).get("interactiveData", {}).get("data", {})
        quick = data.get("quick-reply", {})
        for place, item in enumerate(quick.get("items", [])):
            if item["identifier"] == value:
                picked = {**quick, "selectedIndex": place, "selectedIdentifier": value}
                return self._picks(store, account, shopper, data, {"quick-reply": picked}, item)
        for section in data.get("listPicker", {}).get("sections", []):
            for item in section["items"]:
                if item["identifier"] == value:
                    picked = {"sections": [{**section, "items": [item]}]}
                    return self._picks(store, account, shopper, data, {"listPicker": picked}, item)
        raise NotPossible(_("This message has no such button."))

    def _picks(
        self,
        store: Store,
        account: Account,
        shopper: str,
        asked: dict[str, Any],
        picked: dict[str, Any],
        item: dict[str, Any],
    ) -> int:
        shown = {"text": item["title"], "detail": item.get("subtitle", ""), "tapped": True}
        name = str(uuid.uuid4())
        bubble = new_bubble(store, account, shopper, name, shown)
        data = {"version": "1.0", "requestIdentifier": asked["requestIdentifier"], **picked}
        whole = {"interactiveData": {"bid": EXTENSION, "data": data, "sessionIdentifier": str(uuid.uuid4())}}
        apple.tell_shop(store, account, shopper, "interactive", whole, bubble=bubble, name=name)
        return bubble

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        """The thread is deleted, which closes it; of coming back nothing is told until they write."""
        if blocked:
            apple.tell_shop(store, account, shopper, "close", {})

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        if body["type"] == "interactive":
            return _choices(body["interactiveData"])
        files = body.get("shown", [])
        if body["type"] == "richLink":
            link = {"label": body["richLinkData"]["title"], "url": local(body["richLinkData"]["url"])}
            return {"text": formatting.plain(""), "image": _at(files[0]), "rows": [[link]]}
        shown: dict[str, Any] = {"text": formatting.plain(body["body"].replace(IN_THE_TEXT, "").strip())}
        for file in files:
            if file["mime"].startswith("image/"):
                shown["image"] = _at(file)
            else:
                shown["file"] = {"name": file["name"], "url": _at(file)}
        return shown


def _at(file: dict[str, str]) -> str:
    return f"/sandbox/api/apple/shown/{file['at']}"


def _choices(part: dict[str, Any]) -> dict[str, Any]:
    data = part["data"]
    if "quick-reply" in data:
        quick = data["quick-reply"]
        rows = [[{"label": item["title"], "value": item["identifier"]}] for item in quick["items"]]
        return {"text": formatting.plain(quick["summaryText"]), "rows": rows}
    sections = [
        {
            "title": section["title"],
            "rows": [
                {"label": item["title"], "detail": item.get("subtitle", ""), "value": item["identifier"]}
                for item in section["items"]
            ],
        }
        for section in data["listPicker"]["sections"]
    ]
    bubble = part["receivedMessage"]
    button = bubble.get("subtitle") or bubble["title"]
    return {"text": formatting.plain(bubble["title"]), "list": {"button": button, "sections": sections}}
