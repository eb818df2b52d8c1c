"""Meta's Send API as Messenger and Instagram have it: messages and typing come in; what a shopper says goes back."""

import hashlib
import hmac
import json
import re
from typing import Any, ClassVar

from .. import bubbles, courier, shoppers
from ..accounts import Account, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from . import meta_templates
from .base import Platform, Refused
from .meta_templates import Templates
from .send_api_rules import Rules, problem, unfetchable

WINDOW_SECONDS = 24 * 3600
PERSON_SECONDS = 7 * 24 * 3600  # for what a human agent answers, where the app may say so
UPLOAD_FAILED = 2018047
STATUS_OF = {2: 500, 190: 401, 613: 429, 1200: 500}


def error(
    code: int, words: str, *, recipient: str = "", subcode: int | None = None, status: int | None = None
) -> Refused:
    """Meta's error shape; its HTTP status follows from the code."""
    inner: dict[str, Any] = {
        "message": f"(#{code}) {words}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": new_id("A", 22),
    }
    if subcode:
        inner["error_subcode"] = subcode
    return Refused(status or STATUS_OF.get(code, 400), {"error": inner}, code=str(code), recipient=recipient)


def sign(account: Account, body: bytes) -> dict[str, str]:
    digest = hmac.new(str(account.config.get("app_secret", "")).encode(), body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


class SendApi(Platform):
    """`rules` are what it refuses; the rest says how the two name things."""

    rules: ClassVar[Rules]
    object: ClassVar[str] = "page"  # what a webhook is about
    own_id: ClassVar[str] = "page_id"  # the setting with the id that webhooks name the business by
    window_subcode: ClassVar[int] = 2018278
    window_status: ClassVar[int] = 400
    stranger_subcode: ClassVar[int] = 2018001
    has_templates: ClassVar[bool] = False
    edit_field: ClassVar[str] = "message_edits"  # what an app asks for to be told of edits
    shelf = "cdn/"

    def account_at(self, store: Store, name: str) -> Account | None:
        """Whose messages are sent at this path."""
        raise NotImplementedError

    def new_mid(self) -> str:
        raise NotImplementedError

    def profile_of(self, row: Any) -> dict[str, Any]:
        """What is told of somebody who wrote, beside their id."""
        raise NotImplementedError

    def tells_taken(self, store: Store, account: Account, recipient: str, mid: str, message: dict[str, Any]) -> None:
        """What the shop hears once its message is there."""

    def tell_shop(
        self, store: Store, account: Account, shopper: str, what: dict[str, Any], *, delay: float = 0.0, bubble: int = 0,
        is_ours: bool = False, is_in_order: bool = False,
    ) -> None:  # fmt: skip
        """One thing about one shopper, in one entry, as Meta wraps it; what they say arrives in their order."""
        now, own = int(store.now() * 1000), str(account.config.get(self.own_id, ""))
        sides = ({"id": shopper}, {"id": own})
        sender, recipient = sides[::-1] if is_ours else sides
        item = {"sender": sender, "recipient": recipient, "timestamp": now, **what}
        entry = {"id": own, "time": now, "messaging": [item]}
        body = json.dumps({"object": self.object, "entry": [entry]}, ensure_ascii=False).encode()
        courier.post(
            store, source=f"{self.kind}/{account.name}", url=account.webhook_url, headers=sign(account, body), body=body,
            lane=f"{self.kind}:{account.name}:{shopper}" if bubble or is_in_order else "", delay=delay, bubble=bubble,
        )  # fmt: skip

    def tells(self, store: Store, account: Account, field: str) -> bool:
        """Whether our app asked for this field; an account that was never asked for any tells them all."""
        told = store.setting(self._subscription(account), None)
        return told is None or field in told

    def _subscription(self, account: Account) -> str:
        return f"subscribed:{account.name}" if self.kind == "messenger" else f"subscribed:{self.kind}:{account.name}"

    def _parts(self, call: Call) -> list[str]:
        return [part for part in call.path.split("/") if part and not re.fullmatch(r"v\d+\.\d+", part)]

    def authenticate(self, store: Store, call: Call) -> Account:
        parts = self._parts(call)
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        account = self._account_of(store, call, parts, bearer) if bearer and parts else None
        if account is None or not hmac.compare_digest(bearer, str(account.config.get("access_token") or "-")):
            raise error(190, "Invalid OAuth access token.")
        return account

    def _account_of(self, store: Store, call: Call, parts: list[str], bearer: str) -> Account | None:
        """Whose token it is, where the path names us or a person; else whom the path names."""
        is_about_whom = call.method == "GET" and len(parts) == 1
        if parts[0] == "me" or is_about_whom:
            return find(store, self.kind, access_token=bearer)
        return self.account_at(store, parts[0])

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        parts = self._parts(call)
        if call.method == "GET" and len(parts) == 1:
            return self._node(store, account, parts[0])
        if parts[1:] == ["subscribed_apps"]:
            return self._subscriptions(store, call, account)
        if parts[1:] == ["message_templates"] and self.has_templates:
            return self._templates(store, call, account)
        if call.method != "POST" or parts[1:] != ["messages"]:
            raise error(100, f"Unsupported {call.method.lower()} request.", subcode=33)
        try:
            body = call.json()
        except ValueError:
            raise error(100, "The request body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise error(100, "The request body must be an object.")
        recipient = str((body.get("recipient") or {}).get("id", "")) if isinstance(body.get("recipient"), dict) else ""
        if wrong := problem(body, self.rules):
            raise error(100, wrong, recipient=recipient)
        if unfetchable(body, self.rules):
            words = "Upload attachment failure. The media type does not match the type of the file provided in the URL."
            raise error(100, words, recipient=recipient, subcode=UPLOAD_FAILED)
        if body.get("messaging_type") == "UTILITY":
            self._check_utility(store, account, (body.get("message") or {}).get("template"), recipient)
        self._check_recipient(store, account, recipient, body)
        if "sender_action" in body:
            if body["sender_action"] == "typing_on":
                store.set_setting(f"typing:{self.kind}:{account.name}:{recipient}", store.now())
            if body["sender_action"] == "mark_seen":
                bubbles.seen_by_shop(store, platform=self.kind, account=account.name, shopper=recipient)
            self.accept(store, call, account, recipient=recipient, wire_id="", body=body, outcome="info")
            return Answer(200, {"recipient_id": recipient})
        return self._take(store, call, account, recipient, body, fault)

    def _node(self, store: Store, account: Account, name: str) -> Answer:
        """The account itself, or somebody who wrote to it, where the app may know them."""
        own = (*(str(account.config.get(key, "")) for key in ("page_id", "instagram_id")), "me")
        if name in own:
            told = {"name": account.title or "Demo Shop", "username": str(account.config.get("username", ""))}
            own_id = str(account.config.get(self.own_id, ""))
            return Answer(200, {"id": str(account.config.get("page_id") or own_id), "user_id": own_id, **told})
        row = shoppers.find(store, platform=self.kind, account=account.name, external_id=name)
        if row is None or account.config.get("profiles") != "yes":
            raise error(100, "Unsupported get request. Object does not exist or permissions are missing.", subcode=33)
        return Answer(200, {"id": name, **self.profile_of(row)})

    def _subscriptions(self, store: Store, call: Call, account: Account) -> Answer:
        """What the page tells our app. A page that was never asked tells it everything, as a shop set up before does."""
        key = self._subscription(account)
        if call.method == "POST":
            try:
                asked = call.json()
            except ValueError:
                raise error(100, "The request body is not valid JSON.") from None
            fields = asked.get("subscribed_fields") if isinstance(asked, dict) else None
            names = fields.split(",") if isinstance(fields, str) else fields
            if not names:
                raise error(100, "Param subscribed_fields is required.")
            store.set_setting(key, [str(name) for name in names])
            return Answer(200, {"success": True})
        if call.method == "DELETE":
            store.set_setting(key, [])
            return Answer(200, {"success": True})
        told = store.setting(key, ["messages", "messaging_postbacks", "message_deliveries", "message_reads"])
        app = {"id": str(account.config.get("app_id", "")), "name": "chatshop", "subscribed_fields": told}
        return Answer(200, {"data": [app] if told else []})

    def _templates(self, store: Store, call: Call, account: Account) -> Answer:
        """Utility messages of the page: GET lists them, POST hands one in."""
        mine = Templates(store, account, owner=str(account.config["page_id"]), sign=sign)
        if call.method == "GET":
            return mine.listed(call)
        try:
            draft = call.json()
        except ValueError:
            raise error(100, "The request body is not valid JSON.") from None
        if not isinstance(draft, dict):
            raise error(100, "The request body must be an object.")
        if draft.get("category") != "UTILITY":
            raise error(100, "Param category must be one of {UTILITY}.")
        if wrong := meta_templates.problem(draft):
            raise error(100, wrong[0], subcode=wrong[1])
        if mine.is_taken(draft["name"], draft["language"]):
            raise error(100, "There is already content in this language for this template.", subcode=2388024)
        return mine.handed_in(draft)

    def _check_utility(self, store: Store, account: Account, wording: Any, recipient: str) -> None:
        """Only an approved wording goes out when the day is over, with a value for each of its places."""
        mine = Templates(store, account, owner=str(account.config["page_id"]), sign=sign)
        name = str(wording.get("name", "")) if isinstance(wording, dict) else ""
        code = str((wording.get("language") or {}).get("code", "")) if isinstance(wording, dict) else ""
        there = mine.find(name, code)
        if not there or there[0]["status"] != "APPROVED":
            raise error(
                100, f"Template {name} does not exist or is not approved.", recipient=recipient, subcode=2018385
            )
        body = next(part["text"] for part in there[0]["components"] if str(part["type"]).upper() == "BODY")
        given = sum(
            len(part.get("parameters", [])) for part in wording.get("components", []) if part.get("type") == "body"
        )
        if given != len(meta_templates.places_in(body)):
            raise error(100, "The number of parameters does not match the template.", recipient=recipient)

    def _take(
        self, store: Store, call: Call, account: Account, recipient: str, body: dict[str, Any], fault: Fault | None
    ) -> Answer:
        mid = self.new_mid()
        self.accept(store, call, account, recipient=recipient, wire_id=mid, body=body)
        bubbles.add(
            store, platform=self.kind, account=account.name, shopper=recipient, direction="in", wire_id=mid,
            state="delivered", body=body["message"],
        )  # fmt: skip
        self.tells_taken(store, account, recipient, mid, body["message"])
        return Answer(200, {"recipient_id": recipient, "message_id": mid})

    def _check_recipient(self, store: Store, account: Account, recipient: str, body: dict[str, Any]) -> None:
        """Whoever never wrote has no thread here; after a day of silence it is closed, for people's answers after a week.
        An approved utility message may always come."""
        is_person, is_utility = body.get("tag") == "HUMAN_AGENT", body.get("messaging_type") == "UTILITY"
        if is_person and account.config.get("human_agent") != "yes":
            raise error(100, "The app may not use the tag HUMAN_AGENT.", recipient=recipient)
        row = shoppers.find(store, platform=self.kind, account=account.name, external_id=recipient)
        if row is None or row["last_inbound_at"] is None:
            if store.setting("known_only", False):
                subcode = self.stranger_subcode
                raise error(100, "No matching user found.", recipient=recipient, subcode=subcode)
        elif not is_utility and store.now() - row["last_inbound_at"] >= (
            PERSON_SECONDS if is_person else WINDOW_SECONDS
        ):
            words = "This message is sent outside of allowed window."
            subcode, status = self.window_subcode, self.window_status
            raise error(10, words, recipient=recipient, subcode=subcode, status=status)
        if row is not None and row["opted_out"]:
            raise error(551, "This person isn't available right now.", recipient=recipient, subcode=1545041)

    def too_many(self) -> Refused:
        return error(613, "Calls to this api have exceeded the rate limit.")

    def sick(self) -> Refused:
        return error(1200, "Temporary send message failure. Please try again later.")

    def planned(self, fault: Fault) -> Refused:
        subcode = int(fault.number("subcode", 0)) or None
        return error(int(fault.number("code", 100)), "A planned fault of the sandbox.", subcode=subcode)
