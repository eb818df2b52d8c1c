"""Instagram on a shopper's phone."""

from typing import Any

from ..accounts import Account
from ..platforms import instagram
from ..shoppers import Profile
from ..store import Store
from .phone import FILES
from .send_api import SendApiPhone


class Instagram(SendApiPhone):
    kind = "instagram"
    label = "Instagram"
    place = 3
    platform = instagram.Instagram()
    text_limit = 1000
    can = FILES | {"react", "quote", "edit", "delete"}

    def name_of(self, profile: Profile) -> str:
        return f"17{profile.telegram_id}0000"

    def line(self, account: Account) -> str:
        return f"@{account.config.get('username') or account.config.get('instagram_id', '')}"

    def reads(self, store: Store, account: Account, shopper: str, rows: list[Any]) -> None:
        """Each message by its name; no watermark here."""
        for row in rows:
            self.platform.tell_shop(store, account, shopper, {"read": {"mid": row["wire_id"]}}, delay=0.4)
