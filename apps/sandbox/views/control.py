"""What tests and the operator tell the sandbox: `/sandbox/api/_…`, JSON in and out.

Reading never changes anything. Writing wants `Content-Type: application/json`, which no foreign page can send
without being asked first.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from .. import accounts, courier, easypost, faults, ledger, people, shippo
from ..accounts import Account, find
from ..directory import open_store
from ..guard import sandbox_only
from ..phones import NotPossible
from ..platforms.base import Refused
from ..screens import thread
from ..store import Store
from ..stripe_api import disputes, events, intents, objects, refunds, sessions

SETTINGS = frozenset(
    ("known_only", "pair_rate", "receipts", "clock_offset", "bank_seconds", "stripe_refund_status", "line_quota", "rcs_off")
)  # fmt: skip
CARRIERS = {"easypost": easypost.tell, "shippo": shippo.tell}
Control = Callable[[Store, dict[str, Any], str], Any]


class Unclear(Exception):
    """The order given to the sandbox makes no sense."""


def control(act: Control) -> Callable[..., HttpResponseBase]:
    """`act(store, values, method)`: values are the query of a GET or the JSON of anything else."""

    @csrf_exempt
    @sandbox_only
    @wraps(act)
    def view(request: HttpRequest) -> HttpResponseBase:
        method = str(request.method)
        try:
            values = dict(request.GET.items()) if method in ("GET", "HEAD") else _json_of(request)
            return JsonResponse(act(open_store(), values, method), safe=False)
        except (Unclear, ValueError, KeyError, NotPossible) as error:
            return JsonResponse({"error": str(error) or type(error).__name__}, status=400)
        except Refused as refused:
            return JsonResponse(refused.body, status=refused.status)

    return view


def _json_of(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Unclear("send JSON with Content-Type: application/json")
    values = json.loads(request.body or b"{}")
    if not isinstance(values, dict):
        raise Unclear("send one JSON object")
    return values


def account_named(store: Store, kind: str, name: str = "") -> Account:
    """The account of that name, or the only/first one of the kind. Raises `Unclear`."""
    found = find(store, kind, name=name) if name else next(iter(accounts.all_accounts(store, kind)), None)
    if found is None:
        raise Unclear(f"no account {kind}/{name or '…'}")
    return found


@control
def log(store: Store, values: dict[str, Any], method: str) -> Any:
    """Accepted calls in order; filters: platform, account, recipient, outcome (accepted | refused | fault | info | all), after, limit."""
    wanted = {key: values[key] for key in ("platform", "account", "recipient", "outcome") if key in values}
    if wanted.get("platform") == "sms":
        wanted["platform"] = "twilio"
    return {
        "calls": ledger.calls(store, **wanted, after=int(values.get("after", 0)), limit=int(values.get("limit", 1000)))
    }


@control
def counters(store: Store, values: dict[str, Any], method: str) -> Any:
    row = store.one("select count(*) n from deliveries where state in ('due', 'busy')")
    return {"platforms": ledger.counters(store), "webhooks_waiting": row["n"] if row else 0}


@control
def fault_switches(store: Store, values: dict[str, Any], method: str) -> Any:
    """GET lists; POST {platform, kind, account?, times?, params?} sets; DELETE {platform?, id?} clears."""
    if method == "POST":
        faults.set_fault(
            store, platform=str(values.get("platform", "")), kind=str(values["kind"]), account=str(values.get("account", "")),
            times=int(values.get("times", 1)), params=values.get("params") or {},
        )  # fmt: skip
    elif method == "DELETE":
        faults.clear_faults(store, platform=str(values.get("platform", "")), fault_id=int(values.get("id", 0)))
    return {"faults": faults.all_faults(store)}


@control
def registered(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {kind, name, config} makes an account known; GET names them (never their secrets)."""
    if method == "POST":
        accounts.register(store, str(values["kind"]), str(values["name"]), dict(values["config"]))
    return {
        "accounts": [
            {"kind": account.kind, "name": account.name, "webhook_url": account.webhook_url}
            for account in accounts.all_accounts(store)
        ]
    }


@control
def settings(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST any of known_only, pair_rate, receipts, clock_offset (seconds), bank_seconds, stripe_refund_status, line_quota (pushes),
    rcs_off (numbers without RCS)."""
    if method == "POST":
        if unknown := set(values) - SETTINGS:
            raise Unclear(f"no such setting: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            store.set_setting(name, value)
    return {name: store.setting(name, None) for name in sorted(SETTINGS)}


@control
def say(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {kind, account?, shopper, text, name?, language?, quotes?: a bubble}: the shopper writes."""
    account = account_named(store, str(values["kind"]), str(values.get("account", "")))
    bubble = people.says(
        store, account, shopper=str(values["shopper"]), text=str(values["text"]), name=str(values.get("name", "")),
        language=str(values.get("language", "")), quotes=int(values.get("quotes", 0)),
    )  # fmt: skip
    return {"bubble": bubble}


@control
def send(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {kind, account?, shopper, sort: image | audio | video | file | sticker | location | contact, caption?, quotes?}."""
    account = account_named(store, str(values["kind"]), str(values.get("account", "")))
    bubble = people.sends(
        store, account, shopper=str(values["shopper"]), sort=str(values["sort"]), caption=str(values.get("caption", "")),
        name=str(values.get("name", "")), language=str(values.get("language", "")), quotes=int(values.get("quotes", 0)),
    )  # fmt: skip
    return {"bubble": bubble}


@control
def change(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {kind, account?, shopper, bubble, do: react | edit | delete, emoji?, text?}: something is done with a message."""
    account = account_named(store, str(values["kind"]), str(values.get("account", "")))
    people.changes(
        store, account, str(values["do"]), shopper=str(values["shopper"]), bubble=int(values["bubble"]),
        emoji=str(values.get("emoji", "")), text=str(values.get("text", "")),
    )  # fmt: skip
    return {}


@control
def typing(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {kind, account?, shopper}: the shopper begins to type."""
    account = account_named(store, str(values["kind"]), str(values.get("account", "")))
    people.types(store, account, shopper=str(values["shopper"]))
    return {}


@control
def tap(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {kind, account?, shopper, bubble, value}: the shopper taps."""
    account = account_named(store, str(values["kind"]), str(values.get("account", "")))
    made = people.taps(
        store, account, shopper=str(values["shopper"]), bubble=int(values["bubble"]), value=str(values["value"])
    )
    return {"bubble": made}


@control
def read(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {kind, account?, shopper}: the phone shows the thread."""
    account = account_named(store, str(values["kind"]), str(values.get("account", "")))
    return {"read": people.reads(store, account, shopper=str(values["shopper"]))}


@control
def block(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {kind, account?, shopper, blocked}: the shopper shuts the shop out, or lets it in again."""
    account = account_named(store, str(values["kind"]), str(values.get("account", "")))
    people.blocks(store, account, shopper=str(values["shopper"]), blocked=bool(values["blocked"]))
    return {}


@control
def thread_of(store: Store, values: dict[str, Any], method: str) -> Any:
    """GET kind, account?, shopper, rev?: the thread as the phone shows it."""
    account = account_named(store, str(values["kind"]), str(values.get("account", "")))
    return thread(store, account, shopper=str(values["shopper"]), rev=int(values.get("rev", 0)))


@control
def deliveries(store: Store, values: dict[str, Any], method: str) -> Any:
    return {"deliveries": courier.deliveries(store, limit=int(values.get("limit", 50)))}


@control
def reset(store: Store, values: dict[str, Any], method: str) -> Any:
    if method != "POST":
        raise Unclear("POST to reset")
    store.reset()
    return {"ok": True}


@control
def stripe(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {do: pay | answer_bank | weather | resend | dispute | escalate_dispute | decide_dispute | finish_refund,
    account?, …}; GET lists sessions."""
    account = account_named(store, "stripe", str(values.get("account", "")))
    if method == "GET":
        return {
            "sessions": objects.public(objects.every(store, account, "checkout.session")),
            "weather": events.weather(store, account),
        }
    return _stripe_order(store, account, str(values["do"]), values)


@control
def parcel(store: Store, values: dict[str, Any], method: str) -> Any:
    """POST {number, status, at?, carrier?, account?, times?}: the carrier says where the parcel is, by signed webhook.

    `at` is who speaks for the carriers: easypost (if nothing is said) or shippo.
    """
    if method != "POST":
        raise Unclear("send what the carrier says as JSON")
    at = str(values.get("at", "easypost"))
    if at not in CARRIERS:
        raise Unclear(f"no such speaker for carriers: {at}")
    account = account_named(store, at, str(values.get("account", "")))
    event = CARRIERS[at](
        store,
        account,
        number=str(values["number"]),
        status=str(values["status"]),
        carrier=str(values.get("carrier", "DHL")),
        times=int(values.get("times", 1)),
    )
    return {"event": event.get("id", "")}


def _stripe_order(store: Store, account: Account, order: str, values: dict[str, Any]) -> Any:
    if order == "pay":
        return sessions.pay(
            store,
            account,
            str(values["session"]),
            card=str(values.get("card", "success")),
            email=str(values.get("email", "")),
            keep=bool(values.get("keep", False)),
        )
    if order == "answer_bank":
        intent = str(values["payment_intent"])
        return {"url": intents.answer_bank(store, account, intent, passed=bool(values["passed"]))}
    if order == "weather":
        changes = {key: value for key, value in values.items() if key not in ("do", "account")}
        return {"weather": events.set_weather(store, account, **changes)}
    if order == "resend":
        with store.write():
            event = objects.get(store, account, "event", str(values["event"]))
            for copy in range(int(values.get("times", 1))):
                events.send(store, account, event, delay=copy * float(values.get("gap", 0)))
        return {"sent": int(values.get("times", 1))}
    if order == "dispute":
        how = {
            "reason": str(values.get("reason", "product_not_received")),
            "inquiry": bool(values.get("inquiry", False)),
        }
        return disputes.raise_on(store, account, str(values["payment_intent"]), **how)  # type: ignore[arg-type]
    if order == "escalate_dispute":
        return disputes.escalate(store, account, str(values["dispute"]))
    if order == "decide_dispute":
        return disputes.decide(store, account, str(values["dispute"]), won=bool(values["won"]))
    if order == "finish_refund":
        return refunds.finish(store, account, str(values["refund"]), failed=bool(values.get("failed", False)))
    raise Unclear(f"no such order: {order}")
