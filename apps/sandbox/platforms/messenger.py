"""Messenger: a page's inbox, with news of what was delivered and read."""

from typing import Any

from ..accounts import Account, find
from ..store import Store
from ..wire import new_id
from .send_api import SendApi
from .send_api_rules import MESSENGER

LOCALES = {"de": "de_DE", "es": "es_ES", "zh-hans": "zh_CN"}


class Messenger(SendApi):
    name = kind = "messenger"
    label = "Messenger"
    rules = MESSENGER
    has_templates = True

    def account_at(self, store: Store, name: str) -> Account | None:
        return find(store, "messenger", page_id=name)

    def new_mid(self) -> str:
        return new_id("m_", 40)

    def profile_of(self, row: Any) -> dict[str, Any]:
        first, _, last = str(row["name"]).partition(" ")
        return {"first_name": first, "last_name": last, "locale": LOCALES.get(row["language"], "en_GB")}

    def tells_taken(self, store: Store, account: Account, recipient: str, mid: str, message: dict[str, Any]) -> None:
        if "delivered" in store.setting("receipts", ["sent", "delivered"]):
            news = {"mids": [mid], "watermark": int(store.now() * 1000)}
            self.tell_shop(store, account, recipient, {"delivery": news}, delay=0.3)
