"""Messenger on a shopper's phone."""

from typing import Any

from ..accounts import Account
from ..platforms import messenger
from ..shoppers import Profile
from ..store import Store
from .phone import FILES
from .send_api import SendApiPhone


class Messenger(SendApiPhone):
    kind = "messenger"
    label = "Messenger"
    place = 2
    platform = messenger.Messenger()
    text_limit = 2000
    can = FILES | {"sticker", "react", "quote", "edit"}

    def name_of(self, profile: Profile) -> str:
        return f"70{profile.telegram_id}0000"

    def line(self, account: Account) -> str:
        return f"m.me/{account.config.get('username') or account.config.get('page_id', '')}"

    def reads(self, store: Store, account: Account, shopper: str, rows: list[Any]) -> None:
        if rows:
            news = {"watermark": int(store.now() * 1000)}
            self.platform.tell_shop(store, account, shopper, {"read": news}, delay=0.4)
