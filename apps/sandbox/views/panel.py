"""The operator's desk: bad days on and off, what was said, where the webhooks went, start over."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from .. import accounts, courier, faults, ledger
from ..directory import labels, open_store
from ..guard import sandbox_only
from ..platforms.base import Refused
from ..store import Store
from ..stripe_api import disputes, events, objects
from .control import Unclear, account_named
from .pay import amount_text

FAULT_LABELS = {
    "rate_limit": gettext_lazy("Too many requests (429)"),
    "server_error": gettext_lazy("Server error (5xx)"),
    "lost": gettext_lazy("Accepted, but the answer is lost"),
    "cut": gettext_lazy("Accepted, but the answer is cut in half"),
    "error_in_200": gettext_lazy("An error inside a 200"),
    "late_failure": gettext_lazy("Accepted, fails later"),
    "slow": gettext_lazy("Slow answer"),
}
BECAME = {
    "accepted": pgettext_lazy("call", "accepted"),
    "refused": pgettext_lazy("call", "refused"),
    "fault": pgettext_lazy("call", "fault"),
    "info": pgettext_lazy("call", "info"),
    "due": pgettext_lazy("webhook", "waiting"),
    "busy": pgettext_lazy("webhook", "on its way"),
    "done": pgettext_lazy("webhook", "arrived"),
    "dead": pgettext_lazy("webhook", "given up"),
    "open": pgettext_lazy("checkout", "open"),
    "complete": pgettext_lazy("checkout", "complete"),
    "expired": pgettext_lazy("checkout", "expired"),
    "paid": pgettext_lazy("checkout", "paid"),
    "unpaid": pgettext_lazy("checkout", "unpaid"),
}
LOG_ROWS = 40


@require_GET
@sandbox_only
def panel(request: HttpRequest) -> HttpResponse:
    store = open_store()
    stripe = account_named(store, "stripe")
    sessions = [
        {
            **session,
            "amount": amount_text(session["amount_total"], session["currency"]),
            "state": f"{_became(session['status'])} · {_became(session['payment_status'])}",
        }
        for session in objects.every(store, stripe, "checkout.session")[:12]
    ]
    counted = ledger.counters(store)
    context = {
        "platforms": labels(), "fault_kinds": FAULT_LABELS, "faults": _named(faults.all_faults(store)),
        "counters": [{"label": label, "n": counted.get(key, {})} for key, label in labels().items()],
        "calls": [_call(row) for row in _newest(store)],
        "deliveries": [{**row, "became": _became(row["state"])} for row in courier.deliveries(store, limit=25)],
        "weather": events.weather(store, stripe), "sessions": sessions, "accounts": accounts.all_accounts(store),
        "known_only": store.setting("known_only", False), "pair_rate": store.setting("pair_rate", True),
    }  # fmt: skip
    return render(request, "sandbox/panel.html", context)


def _became(state: str) -> str:
    return str(BECAME.get(state, state))


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "platform_label": labels().get(row["platform"], _("Every one")),
            "label": FAULT_LABELS.get(row["kind"], row["kind"]),
        }
        for row in rows
    ]


def _newest(store: Store) -> list[dict[str, Any]]:
    rows = store.all("select * from calls where outcome != 'inbound' order by id desc limit ?", LOG_ROWS)
    return [{**dict(row), "body": json.loads(row["body"])} for row in rows]


def _call(row: dict[str, Any]) -> dict[str, Any]:
    pretty = json.dumps(row["body"], indent=2, ensure_ascii=False)
    label = labels().get(row["platform"], row["platform"])
    return {**row, "label": label, "became": _became(row["outcome"]), "pretty": pretty}


@require_POST
@sandbox_only
def do(request: HttpRequest) -> HttpResponse:
    """One order of the panel, then back to it."""
    store = open_store()
    try:
        said = _order(store, str(request.POST.get("do", "")), request)
        messages.success(request, said)
    except (Unclear, ValueError) as error:
        messages.error(request, str(error))
    except Refused as refused:
        messages.error(request, str(refused.body["error"]["message"]))
    return HttpResponseRedirect(reverse("sandbox:panel"))


def _order(store: Store, order: str, request: HttpRequest) -> str:
    values = request.POST
    if order == "fault":
        seconds = values.get("seconds", "").strip()
        kind = str(values.get("kind", ""))
        params = {"retry_after" if kind == "rate_limit" else "seconds": float(seconds)} if seconds else {}
        platform = str(values.get("platform", ""))
        faults.set_fault(store, platform=platform, kind=kind, times=int(values.get("times") or 1), params=params)
        fault = {"fault": FAULT_LABELS.get(kind, kind), "platform": labels().get(platform, _("every platform"))}
        return _("“%(fault)s” is set for %(platform)s.") % fault
    if order == "clear":
        faults.clear_faults(store, fault_id=int(values.get("id") or 0))
        return _("The fault is gone.") if values.get("id") else _("All faults are gone.")
    if order == "weather":
        changes = {
            "duplicate": int(values.get("duplicate") or 0), "delay": float(values.get("delay") or 0),
            "redeliver_after": float(values.get("redeliver_after") or 0), "reorder": "reorder" in values, "drop": "drop" in values,
        }  # fmt: skip
        events.set_weather(store, account_named(store, "stripe"), **changes)
        return _("Stripe's webhooks will behave so from now on.")
    if order == "dispute":
        disputes.raise_on(store, account_named(store, "stripe"), str(values.get("payment_intent", "")))
        return _("The cardholder has complained.")
    if order == "strictness":
        store.set_setting("known_only", "known_only" in values)
        store.set_setting("pair_rate", "pair_rate" in values)
        return _("Saved.")
    if order == "reset":
        store.reset()
        return _("Everything here is forgotten. The shop still has its side.")
    raise Unclear(f"no such order: {order}")
