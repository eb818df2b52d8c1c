"""A thread as its app would show it: one shape for all phones, so that one page can draw them.

{"id", "rev", "at", "from": "shop"|"me"|"platform", "state", "text": runs, "header", "footer", "image", "file",
"album": [addresses], "cards": [{"image", "header", "text", "rows"}…] side by side, "rows": [[button…]],
"list": {"button", "sections"}, "detail", "tapped", "note", "error"}
"""

from typing import Any

from . import bubbles, formatting
from .accounts import Account
from .phones import PHONES
from .store import Store

FROM = {"in": "shop", "out": "me", "note": "platform"}
TYPING_SECONDS = 5.0


def thread(store: Store, account: Account, *, shopper: str, rev: int = 0) -> dict[str, Any]:
    """What changed after `rev`, and the rev to ask from next time."""
    rows = bubbles.after(store, platform=account.kind, account=account.name, shopper=shopper, rev=rev)
    person = store.one(
        "select opted_out from shoppers where platform = ? and account = ? and external_id = ?",
        account.kind,
        account.name,
        shopper,
    )
    typing_since = store.setting(f"typing:{account.kind}:{account.name}:{shopper}", 0)
    last_in = max((row["at"] for row in rows if row["direction"] == "in"), default=0)
    return {
        "rev": max([rev, *(row["rev"] for row in rows)]),
        "messages": [screen(account, row) for row in rows],
        "typing": store.now() - typing_since < TYPING_SECONDS and typing_since > last_in,
        "opted_out": bool(person["opted_out"]) if person else False,
    }


def screen(account: Account, row: Any) -> dict[str, Any]:
    body = bubbles.body_of(row)
    shown = {"id": row["id"], "rev": row["rev"], "at": row["at"], "from": FROM[row["direction"]], "state": row["state"]}
    if row["direction"] == "in":
        return shown | PHONES[account.kind].draw(account, body)
    shown["text"] = formatting.plain(body.get("text", ""))
    return shown | {key: body[key] for key in ("detail", "tapped") if body.get(key)}
