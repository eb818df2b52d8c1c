"""The hosted checkout page: what the shopper sees when they follow a pay link."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from babel.numbers import format_currency
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect

from ..accounts import Account, all_accounts
from ..directory import open_store
from ..guard import sandbox_only
from ..platforms.base import Refused
from ..store import Store
from ..stripe_api import intents, objects, sessions

CARDS = (
    ("success", gettext_lazy("Card that works"), "4242 4242 4242 4242"),
    ("declined", gettext_lazy("Card that is declined"), "4000 0000 0000 0002"),
    ("asks_bank", gettext_lazy("Card that works; kept, its bank asks"), "4000 0027 6000 3184"),
    ("declined_later", gettext_lazy("Card that works once; kept, it is declined"), "4000 0000 0000 0341"),
    ("insufficient_funds", gettext_lazy("Card without funds"), "4000 0000 0000 9995"),
    ("bank_success", gettext_lazy("Bank debit, arrives later"), "DE89 3704 0044 0532 0130 00"),
    ("bank_failure", gettext_lazy("Bank debit, fails later"), "DE62 3704 0044 0532 0130 01"),
)
NUMBER_MEANS = {number.replace(" ", ""): key for key, _, number in CARDS}


def amount_text(minor: int, currency: str) -> str:
    """Minor units as a buyer reads them, in the language of the page."""
    places = 0 if currency in sessions.ZERO_DECIMAL else 2
    locale = Locale.parse(to_locale(get_language() or "en"))
    return str(format_currency(Decimal(minor).scaleb(-places), currency.upper(), locale=locale))


@sandbox_only
@csrf_protect
def pay(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """GET the page; POST {card, number, email, keep} pays and sends the buyer back to the shop."""
    store = open_store()
    account, session = _find(store, session_id)
    message = ""
    email = request.POST.get("email", "")[:200]
    if request.method == "POST":
        number = request.POST.get("number", "").replace(" ", "")
        card = NUMBER_MEANS.get(number) or request.POST.get("card", "success")
        if card not in NUMBER_MEANS.values():
            card = "declined"
        keep = "keep" in request.POST
        result = sessions.pay(store, account, session_id, card=card, email=email, keep=keep)
        if result["url"]:
            return HttpResponseRedirect(result["url"])
        message = _(result["message"]) if result["message"] else ""  # the API says it in English, the page does not
        session = sessions.current(store, account, session_id)
    return _page(request, session, message, email)


@sandbox_only
@csrf_protect
def authenticate(request: HttpRequest, intent_id: str) -> HttpResponseBase:
    """The bank's page: GET what it asks; POST {passed: yes | no} answers and sends the cardholder back to the shop."""
    store = open_store()
    account, intent = _intent(store, intent_id)
    if request.method == "POST":
        back = intents.answer_bank(store, account, intent_id, passed=request.POST.get("passed") == "yes")
        return HttpResponseRedirect(back or request.path)
    context = {
        "total": amount_text(intent["amount"], intent["currency"]),
        "is_open": intent["status"] == "requires_action",
        "back": intent.get("_return_url", ""),
    }
    response = render(request, "sandbox/authenticate.html", context)
    _allow_return(response, context["back"])
    return response


def _intent(store: Store, intent_id: str) -> tuple[Account, dict[str, Any]]:
    for account in all_accounts(store, "stripe"):
        try:
            return account, objects.get(store, account, "payment_intent", intent_id)
        except Refused:
            continue
    raise Http404("No such payment")


def _allow_return(response: HttpResponse, *addresses: str | None) -> None:
    """A form that ends with a redirect to the shop, which browsers count as a form target."""
    parts = [urlsplit(address) for address in addresses if address]
    targets = {f"{part.scheme}://{part.netloc}" for part in parts}
    response._csp_update = {"form-action": sorted(targets)}  # type: ignore[attr-defined]


def _find(store: Store, session_id: str) -> tuple[Account, dict[str, Any]]:
    for account in all_accounts(store, "stripe"):
        try:
            with store.write():
                return account, sessions.current(store, account, session_id)
        except Refused:
            continue
    raise Http404("No such checkout session")


def _note(session: dict[str, Any]) -> str:
    """The shop's own words beside the button."""
    said = (session.get("custom_text") or {}).get("submit") or {}
    return str(said.get("message") or "")


def _page(request: HttpRequest, session: dict[str, Any], message: str, email: str) -> HttpResponse:
    lines = [
        {
            "name": line["description"], "quantity": line["quantity"],
            "amount": amount_text(line["amount_total"], line["currency"]),
        }
        for line in session["_line_items"]["data"]
    ]  # fmt: skip
    shipping = session["total_details"]["amount_shipping"]
    context = {
        "session": session, "lines": lines, "total": amount_text(session["amount_total"], session["currency"]),
        "keeps_cards": sessions.keeps_cards(session), "note": _note(session),
        "shipping": amount_text(shipping, session["currency"]) if shipping else "",
        "cards": [{"key": key, "label": label, "number": number} for key, label, number in CARDS],
        "message": message, "email": email or session["customer_email"] or "", "is_open": session["status"] == "open",
        "back": sessions.success_url(session) if session["status"] == "complete" else session["cancel_url"],
    }  # fmt: skip
    response = render(request, "sandbox/pay.html", context, status=402 if message else 200)
    _allow_return(response, session["success_url"], session["cancel_url"])
    return response
