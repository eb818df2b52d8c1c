"""Who may call the sandbox, and with which secrets it signs what it sends back.

In the demo these are the shop's own ChannelAccount rows, whose `api_base` points here (PUBLIC_URL/sandbox/api/<name>,
the name of a platform in `platforms`); their config is what `connect_channel` takes, secrets and all. Stripe is
STRIPE_API_BASE=PUBLIC_URL/sandbox/api/stripe with STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET as below; its webhooks go to
PUBLIC_URL/payments/stripe/default/webhook/.
As a referee in its own process the same comes from the JSON file given on the command line (`manage.py sandbox --help`)
or from `POST /sandbox/api/_accounts`; such accounts win over rows.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django_scopes import scopes_disabled

from apps.merchants.models import ChannelAccount

from .store import Store

DEMO_STRIPE_API_KEY = "sk_test_sandbox_chatshop"
DEMO_STRIPE_WEBHOOK_SECRET = "whsec_sandbox_chatshop"  # noqa: S105 - a demo's, for loopback only

ROWS_LIVE_SECONDS = 2.0
ROWLESS = frozenset(
    {"stripe", "easypost", "shippo", "embedder"}
)  # no channels: the shop's tables are not asked for them


@dataclass(frozen=True, slots=True)
class Account:
    """A business's number, bot or key on a platform; `config` holds its secrets."""

    kind: str
    name: str
    title: str = ""
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def webhook_url(self) -> str:
        """Where the shop listens, as the platform knows (and signs) it."""
        doors = {"stripe": "payments", "easypost": "carriers", "shippo": "carriers"}
        path = f"/webhooks/{self.kind}/{self.name}/"
        if self.kind in doors:
            path = f"/{doors[self.kind]}/{self.kind}/{self.name}/webhook/"
        return str(self.config.get("webhook_url") or shop_url() + path)


def shop_url() -> str:
    """The shop's public address; a referee is told another than its own."""
    return str(getattr(settings, "SANDBOX_SHOP_URL", "") or settings.PUBLIC_URL).rstrip("/")


def own_url() -> str:
    """Where shoppers' browsers find the sandbox's pages."""
    return str(getattr(settings, "SANDBOX_OWN_URL", "") or settings.PUBLIC_URL).rstrip("/")


def register(store: Store, kind: str, name: str, config: dict[str, Any]) -> None:
    store.run("insert or replace into accounts (kind, name, config) values (?, ?, ?)", kind, name, json.dumps(config))


_rows: tuple[float, list[Account]] = (0.0, [])


def _rows_of_the_shop() -> list[Account]:
    """The shop's channel accounts that point here, looked up at most every two seconds."""
    global _rows
    if getattr(settings, "SANDBOX_STANDALONE", False):
        return []
    if time.monotonic() - _rows[0] > ROWS_LIVE_SECONDS or not _rows[1]:
        with scopes_disabled():
            found = [
                Account(row.kind, row.name, row.merchant.name, dict(row.config))
                for row in ChannelAccount.objects.select_related("merchant").filter(is_active=True).order_by("pk")
            ]
        _rows = (
            time.monotonic(),
            [account for account in found if "/sandbox/api/" in str(account.config.get("api_base", ""))],
        )
    return _rows[1]


def all_accounts(store: Store, kind: str = "") -> list[Account]:
    """Registered ones first, then the shop's rows, then the default Stripe account."""
    registered = [
        Account(row["kind"], row["name"], config.get("title", ""), config)
        for row in store.all("select * from accounts order by rowid")
        for config in [json.loads(row["config"])]
    ]
    known = {(account.kind, account.name) for account in registered}
    found = [] if kind in ROWLESS else _rows_of_the_shop()
    rows = [account for account in found if (account.kind, account.name) not in known]
    if ("stripe", "default") not in known:
        rows = [*rows, _default_stripe()]
    return [account for account in [*registered, *rows] if kind in ("", account.kind)]


def _default_stripe() -> Account:
    config = {
        "api_key": settings.STRIPE_API_KEY or DEMO_STRIPE_API_KEY,
        "webhook_secret": settings.STRIPE_WEBHOOK_SECRET or DEMO_STRIPE_WEBHOOK_SECRET,
    }
    return Account("stripe", "default", "Stripe", config)


def find(store: Store, kind: str, **wanted: str) -> Account | None:
    """The account of this kind whose config (or name) says so."""
    for account in all_accounts(store, kind):
        if all(wanted[key] == (account.name if key == "name" else str(account.config.get(key, ""))) for key in wanted):
            return account
    return None
