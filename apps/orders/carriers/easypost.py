"""EasyPost speaks for a hundred carriers: its `tracker.created` and `tracker.updated` events, signed over the raw body,
and return labels (`is_return` shipments), which are prepared for nothing and then bought at the cheapest rate.
"""

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from apps.carts.money import money
from apps.merchants.doors import Malformed, NotConfigured, SignatureWrong
from apps.merchants.storable import is_storable

from ..carrier import BoughtLabel, Carrier, CarrierRefused, CarrierUnavailable, LabelWish, News, Status
from ..carrier_calls import call, file_at, moment, said, text_of

API = "https://api.easypost.com"
OUNCE = Decimal("28.349523125")  # grams
BOUGHT_ALREADY = "SHIPMENT.POSTAGE.EXISTS"
GIVEN_BACK = ("submitted", "refunded")
HEADER, SCHEME = "x-hmac-signature", "hmac-sha256-hex="
ABOUT_PARCELS = ("tracker.created", "tracker.updated")
STATUSES = {
    "unknown": Status.UNKNOWN,
    "pre_transit": Status.PRE_TRANSIT,
    "in_transit": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "available_for_pickup": Status.PICK_UP,
    "delivered": Status.DELIVERED,
    "return_to_sender": Status.RETURNING,
    "failure": Status.FAILURE,
    "error": Status.UNKNOWN,  # of the tracking, not of the parcel
    "cancelled": Status.UNKNOWN,  # of the label
}


class EasyPost(Carrier):
    name, label = "easypost", "EasyPost"
    required_config = ("webhook_secret",)
    secret_config = ("webhook_secret", "api_key")
    config_help: ClassVar[Mapping[str, Any]] = {
        "webhook_secret": _("The secret you give EasyPost together with the webhook's address; signs its news."),
        "api_key": _("Buys return labels; without it EasyPost only tells where parcels are."),
        "api_base": _("Another address than https://api.easypost.com (proxies, emulators)."),
        "mode": _('"test" takes news of test parcels and no others.'),
    }

    def verify(self, headers: Mapping[str, str], body: bytes, config: Mapping[str, Any]) -> None:
        secret = config.get("webhook_secret")
        if not isinstance(secret, str) or not secret:
            raise NotConfigured("webhook_secret is missing")
        key = unicodedata.normalize("NFKD", secret).encode()
        due = SCHEME + hmac.new(key, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get(HEADER, "").encode(), due.encode()):
            raise SignatureWrong

    def parse_webhook(self, body: bytes) -> News | None:
        try:
            event = json.loads(body)
            if event["description"] not in ABOUT_PARCELS:
                return None
            tracker = event["result"]
            word = str(tracker["status"])
            if not is_storable([word, tracker.get("carrier")]):
                raise Malformed
            return News(
                id=said(event["id"], most=120),
                number=said(tracker["tracking_code"], most=60),
                carrier=str(tracker.get("carrier") or "")[:40],
                status=STATUSES.get(word, Status.UNKNOWN),
                text=word[:200],
                occurred_at=moment(_last(tracker, word) or tracker.get("updated_at") or event["created_at"]),
                is_test=event.get("mode") == "test",
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise Malformed from error

    def sells_labels(self, config: Mapping[str, Any]) -> bool:
        return bool(config.get("api_key"))

    def prepare_label(self, wish: LabelWish, config: Mapping[str, Any]) -> str:
        """They turn the addresses of an `is_return` shipment round themselves: it is told as the parcel once went out."""
        ounces = max(Decimal("0.1"), (wish.grams / OUNCE).quantize(Decimal("0.1")))
        shipment = {
            "is_return": True,
            "reference": wish.reference,
            "from_address": _address(wish.shop),
            "to_address": _address(wish.shopper),
            "parcel": {"weight": float(ounces)},
            "options": {"label_format": "PDF"},
        }
        return text_of(_call("POST", "/shipments", config, {"shipment": shipment}), "id", most=120)

    def buy_label(self, shipment: str, config: Mapping[str, Any]) -> BoughtLabel:
        """Looks first: a purchase whose answer was lost is found, and theirs refuses a second one."""
        known = _call("GET", f"/shipments/{shipment}", config)
        if not known.get("postage_label"):
            rate = _cheapest(known)
            try:
                known = _call("POST", f"/shipments/{shipment}/buy", config, {"rate": {"id": rate}})
            except CarrierRefused as refused:
                if BOUGHT_ALREADY not in str(refused):
                    raise
                known = _call("GET", f"/shipments/{shipment}", config)
        return _bought(known, code_url=_code_of(known, config))

    def fetch_file(self, url: str, config: Mapping[str, Any]) -> bytes:
        return file_at(url)

    def void_label(self, shipment: str, config: Mapping[str, Any]) -> None:
        known = _call("GET", f"/shipments/{shipment}", config)
        if not known.get("postage_label") or known.get("refund_status") in GIVEN_BACK:
            return
        answer = _call("POST", f"/shipments/{shipment}/refund", config, {})
        if answer.get("refund_status") not in GIVEN_BACK:
            raise CarrierRefused(f"not given back: {answer.get('refund_status')}")


def _call(method: str, path: str, config: Mapping[str, Any], body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One call and its answer. Raises `CarrierRefused` for a no, `CarrierUnavailable` for anything unclear."""
    base = str(config.get("api_base") or API).rstrip("/")
    key = base64.b64encode(f"{config.get('api_key', '')}:".encode()).decode()
    told = {} if body is None else {"json": body}
    return call(method, f"{base}/v2{path}", {"Authorization": f"Basic {key}"}, why=_why, **told)


def _why(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    return f"{error.get('code')}: {error.get('message')}" if isinstance(error, dict) else ""


def _address(place: Mapping[str, str]) -> dict[str, str]:
    ours = {"name": "name", "street1": "street", "city": "city", "state": "region", "zip": "postcode",
            "country": "country", "phone": "phone"}  # fmt: skip
    return {theirs: place[mine] for theirs, mine in ours.items() if place.get(mine)}


def _cheapest(shipment: Mapping[str, Any]) -> str:
    """The name of the rate that costs least. Raises `CarrierRefused` where nobody would carry it."""
    try:
        rates = [(Decimal(str(rate["rate"])), str(rate["id"])) for rate in shipment.get("rates") or ()]
    except (KeyError, TypeError, InvalidOperation) as error:
        raise CarrierUnavailable(f"unreadable rates: {error!r}") from error
    if not rates:
        raise CarrierRefused("no carrier takes this parcel back")
    return min(rates)[1]


def _code_of(shipment: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """The address of the QR code; not every carrier behind them has one, and a label does without."""
    made = [form for form in shipment.get("forms") or () if form.get("form_type") == "label_qr_code"]
    if not made:
        path = f"/shipments/{shipment['id']}/forms"
        try:
            made = _call("POST", path, config, {"form": {"type": "label_qr_code"}}).get("forms") or []
        except CarrierRefused:
            return ""
    return next((str(form["form_url"]) for form in made if form.get("form_type") == "label_qr_code"), "")


def _bought(shipment: Mapping[str, Any], *, code_url: str) -> BoughtLabel:
    try:
        rate = shipment["selected_rate"]
        return BoughtLabel(
            carrier=str(rate["carrier"])[:40],
            tracking_number=text_of(shipment, "tracking_code", most=60),
            tracking_url=str((shipment.get("tracker") or {}).get("public_url") or "")[:400],
            cost=money(str(rate["rate"]), str(rate["currency"])),
            sheet_url=str(shipment["postage_label"]["label_url"]),
            code_url=code_url,
        )
    except (KeyError, TypeError, InvalidOperation) as error:
        raise CarrierUnavailable(f"unreadable label: {error!r}") from error


def _last(tracker: Mapping[str, Any], word: str) -> Any:
    """When the carrier saw it so; the details come oldest first."""
    seen = [step["datetime"] for step in tracker.get("tracking_details") or () if step.get("status") == word]
    return seen[-1] if seen else None
