"""Meta's approved wordings: handed in, judged after a moment, listed page by page, and the verdict told by webhook.

https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates/
"""

import json
import re
from collections.abc import Callable
from typing import Any

from .. import courier
from ..accounts import Account
from ..store import Store
from ..wire import Answer, Call

JUDGED_AFTER = 2.0  # seconds
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
NAME = re.compile(r"[a-z0-9_]{1,512}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
BODY = 1024
REFUSED_WORDS = re.compile(r"\b(?:lottery|casino|password)\b", re.IGNORECASE)  # what this reviewer turns down
Problem = tuple[str, int]
Sign = Callable[[Account, bytes], dict[str, str]]


def problem(draft: dict[str, Any]) -> Problem | None:
    """What Meta refuses at once, as (words, subcode)."""
    if not NAME.fullmatch(str(draft.get("name", ""))):
        return "Message template names can only have lowercase letters and underscores.", 2388024
    if not LANGUAGE.fullmatch(str(draft.get("language", ""))):
        return "Param language must be a supported language code.", 2388023
    if draft.get("category") not in CATEGORIES:
        return f"Param category must be one of {{{', '.join(CATEGORIES)}}}.", 2388025
    bodies = [part for part in draft.get("components") or [] if str(part.get("type", "")).upper() == "BODY"]
    if len(bodies) != 1 or not str(bodies[0].get("text", "")).strip():
        return "Message templates need one component of type BODY with a text.", 2388040
    return _body_problem(bodies[0])


def _body_problem(body: dict[str, Any]) -> Problem | None:
    text = str(body["text"])
    places = places_in(text)
    if len(text) > BODY:
        return f"The body may have {BODY} characters.", 2388040
    if places != list(range(1, len(places) + 1)):
        return "Variables must be numbered in sequence from {{1}}.", 2388073
    if re.match(r"\s*\{\{", text) or re.search(r"\}\}\s*$", text):
        return "Variables can't be at the start or end of the template.", 2388299
    samples = (body.get("example") or {}).get("body_text") or []
    given = samples[0] if samples and isinstance(samples[0], list) else []
    if len(given) != len(places):
        return "Message templates with variables need an example for each.", 2388043
    return None


def places_in(text: str) -> list[int]:
    return sorted({int(number) for number in re.findall(r"\{\{(\d+)\}\}", text)})


class Templates:
    """The wordings of one account, kept under its kind and name."""

    def __init__(self, store: Store, account: Account, *, owner: str, sign: Sign) -> None:
        self.store = store
        self.account = account
        self.owner = owner  # the entry's id in the webhook: a business account, or a page
        self.sign = sign
        self.key = f"templates:{account.kind}:{account.name}"

    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.store.setting(self.key, [])
        return rows

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """As the list shows it: what nobody has judged yet is pending."""
        is_judged = self.store.now() >= row["judged_at"]
        shown = {name: row[name] for name in ("id", "name", "language", "category", "components")}
        reason = row["reason"] if is_judged else "NONE"
        return {**shown, "status": row["verdict"] if is_judged else "PENDING", "rejected_reason": reason}

    def find(self, name: str, language: str = "") -> list[dict[str, Any]]:
        return [self._shown(row) for row in self._rows() if row["name"] == name and language in ("", row["language"])]

    def listed(self, call: Call) -> Answer:
        rows = [self._shown(row) for row in self._rows()]
        limit = max(1, min(int(call.query.get("limit", 25)), 1000))
        start = int(call.query.get("after") or 0)
        page = rows[start : start + limit]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + len(page))}}
        if start + limit < len(rows):
            paging["next"] = f"{call.path}?after={start + limit}"
        return Answer(200, {"data": page, "paging": paging if page else {}})

    def handed_in(self, draft: dict[str, Any]) -> Answer:
        """The draft was looked at by `problem`; a name is taken once per language, and a rejected one may be handed in anew."""
        rows = [row for row in self._rows() if (row["name"], row["language"]) != (draft["name"], draft["language"])]
        body = next(part for part in draft["components"] if str(part["type"]).upper() == "BODY")
        is_refused = REFUSED_WORDS.search(body["text"]) is not None
        number = int(self.store.setting("template_id", 594_425_479_261_000)) + 1
        self.store.set_setting("template_id", number)
        row = {
            "id": str(number),
            "name": draft["name"],
            "language": draft["language"],
            "category": draft["category"],
            "components": draft["components"],
            "verdict": "REJECTED" if is_refused else "APPROVED",
            "reason": "ABUSIVE_CONTENT" if is_refused else "NONE",
            "judged_at": self.store.now() + JUDGED_AFTER,
        }
        self.store.set_setting(self.key, [*rows, row])
        self._tell(row)
        return Answer(200, {"id": row["id"], "status": "PENDING", "category": row["category"]})

    def _tell(self, row: dict[str, Any]) -> None:
        value = {
            "event": row["verdict"],
            "message_template_id": int(row["id"]),
            "message_template_name": row["name"],
            "message_template_language": row["language"],
            "reason": row["reason"],
        }
        change = {"field": "message_template_status_update", "value": value}
        entry = {"id": self.owner, "time": int(row["judged_at"]), "changes": [change]}
        kind = "whatsapp_business_account" if self.account.kind == "whatsapp" else "page"
        body = json.dumps({"object": kind, "entry": [entry]}).encode()
        courier.post(
            self.store, source=f"{self.account.kind}/{self.account.name}", url=self.account.webhook_url,
            headers=self.sign(self.account, body), body=body, delay=JUDGED_AFTER,
        )  # fmt: skip

    def is_taken(self, name: str, language: str) -> bool:
        return any(row["status"] != "REJECTED" for row in self.find(name, language))
