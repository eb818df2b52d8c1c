"""A thread as its app would show it: one shape for all phones, so that one page can draw them.

{"id", "rev", "at", "from": "shop"|"me"|"platform", "state", "text": runs, "header", "footer", "image", "file",
"album": [addresses], "cards": [{"image", "header", "text", "rows"}…] side by side, "rows": [[button…]],
"list": {"button", "sections"}, "detail", "tapped", "note", "error",
"media": {"sort", "name", "url"} what the shopper sent, "quote", "reacted", "edited", "can": [what may be done with it]}
"""

from typing import Any

from django.utils.translation import gettext as _

from . import bubbles, formatting
from .accounts import Account
from .phones import PHONES
from .store import Store

FROM = {"in": "shop", "out": "me", "note": "platform"}
TYPING_SECONDS = 5.0
REACTIONS = ("❤️", "👍", "👎", "😂", "😮", "😢")


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
    can = {"can": found} if (found := _can(account, row["direction"], body)) else {}
    said = {key: body[key] for key in ("reacted", "quote", "edited") if body.get(key)}
    if row["direction"] == "in":
        return shown | PHONES[account.kind].draw(account, body) | can | said
    if body.get("deleted"):
        return shown | {"note": _("You took this message back.")}
    shown["text"] = formatting.plain(body.get("text", ""))
    if file := body.get("file"):
        url = f"/sandbox/files/{file['id']}"
        shown["media"] = {"sort": file["sort"], "name": file["name"], "url": url}
    return shown | {key: body[key] for key in ("detail", "tapped") if body.get(key)} | can | said


def _can(account: Account, direction: str, body: dict[str, Any]) -> list[str]:
    """What the app offers on this bubble."""
    has = PHONES[account.kind].abilities(account)
    mine = direction == "out" and not body.get("tapped") and not body.get("deleted")
    offered = {
        "react": direction == "in", "quote": direction == "in" or mine, "edit": mine and not body.get("file"),
        "delete": mine,
    }  # fmt: skip
    return [name for name, is_offered in offered.items() if is_offered and name in has]


def words_of(account: Account, row: Any) -> str:
    """What a message says, in one line; the name of its file where it has no words."""
    shown = screen(account, row)
    return formatting.words_in(shown) or shown.get("media", {}).get("name", "") or _("Picture")
