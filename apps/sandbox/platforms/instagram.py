"""Instagram: an account's inbox. It echoes what was sent, does not say by which app, and tells only what was read."""

from typing import Any

from ..accounts import Account, find
from ..store import Store
from ..wire import new_id
from .send_api import SendApi
from .send_api_rules import INSTAGRAM


class Instagram(SendApi):
    name = kind = "instagram"
    label = "Instagram"
    rules = INSTAGRAM
    object = "instagram"
    own_id = "instagram_id"
    window_subcode, window_status = 2534022, 403
    stranger_subcode = 2534014
    edit_field = "message_edit"

    def account_at(self, store: Store, name: str) -> Account | None:
        """At the linked page; with Instagram's own login at the account itself."""
        return find(store, "instagram", page_id=name) or find(store, "instagram", instagram_id=name)

    def new_mid(self) -> str:
        return new_id("aWdfZAG1", 60)

    def profile_of(self, row: Any) -> dict[str, Any]:
        return {"name": row["name"], "username": "".join(str(row["name"]).lower().split())}

    def tells_taken(self, store: Store, account: Account, recipient: str, mid: str, message: dict[str, Any]) -> None:
        if "sent" not in store.setting("receipts", ["sent", "delivered"]):
            return
        said = (
            {"text": message["text"]} if "text" in message else {"attachments": [{"type": "template", "payload": {}}]}
        )
        if message.get("attachment", {}).get("type") not in (None, "template"):
            said = {"attachments": [message["attachment"]]}
        echo = {"mid": mid, "is_echo": True, **said}
        self.tell_shop(store, account, recipient, {"message": echo}, is_ours=True)
