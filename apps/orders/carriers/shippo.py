"""Shippo speaks for many carriers: `track_updated` webhooks, and labels bought as shipment → rates → transaction.

What proves its calls: https://docs.goshippo.com/tracking/webhook-security (a token in the address, and an HMAC for
accounts it is switched on for). What it says of parcels: https://docs.goshippo.com/docs/tracking/tracking. Returns:
https://docs.goshippo.com/docs/shipments/returns. Their answers: https://docs.goshippo.com/api-reference/transactions.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext_lazy as _

from apps.carts.money import money
from apps.merchants import clock
from apps.merchants.doors import QUERY, Malformed, NotConfigured, SignatureWrong
from apps.merchants.storable import is_storable

from ..carrier import BoughtLabel, Carrier, CarrierRefused, CarrierUnavailable, LabelWish, News, Status
from ..carrier_calls import call, file_at, moment, said, text_of

API, VERSION = "https://api.goshippo.com", "2018-02-08"
HEADER = "shippo-auth-signature"
ABOUT_PARCELS = "track_updated"
BOX, BOX_READ = "30x20x10", re.compile(r"(\d{1,3})\s*[x×*]\s*(\d{1,3})\s*[x×*]\s*(\d{1,3})", re.IGNORECASE)
SCAN_BASED = ("US",)  # where USPS, UPS and FedEx sell labels that cost only if they are used
STATUSES = {
    "UNKNOWN": Status.UNKNOWN,
    "PRE_TRANSIT": Status.PRE_TRANSIT,
    "TRANSIT": Status.IN_TRANSIT,
    "DELIVERED": Status.DELIVERED,
    "RETURNED": Status.RETURNING,
    "FAILURE": Status.FAILURE,
}
# What a parcel in TRANSIT is going through, where it says more; what waiting does not mend is a person's to look at.
ON_ITS_WAY = {
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "pickup_available": Status.PICK_UP,
    "address_issue": Status.FAILURE,
    "contact_carrier": Status.FAILURE,
    "location_inaccessible": Status.FAILURE,
    "package_damaged": Status.FAILURE,
    "reschedule_delivery": Status.FAILURE,
}
BOUGHT = ("SUCCESS", "REFUNDED", "REFUNDPENDING", "REFUNDREJECTED")
UNDER_WAY = ("QUEUED", "WAITING")
GIVEN_BACK = ("REFUNDED", "REFUNDPENDING")
TAKEN_BACK = ("SUCCESS", "PENDING", "QUEUED")  # of a refund


class Shippo(Carrier):
    name, label = "shippo", "Shippo"
    address_end = "?token=…"
    required_config = ("webhook_token",)
    secret_config = ("webhook_token", "hmac_secret", "api_token")
    config_help: ClassVar[Mapping[str, Any]] = {
        "webhook_token": _(
            "A long word of your own that nobody guesses; the webhook's address at Shippo ends in ?token= and this word."
        ),
        "hmac_secret": _(
            "Where Shippo has switched on HMAC for you: its secret. News without the right seal is refused."
        ),
        "api_token": _("Buys return labels; without it Shippo only tells where parcels are."),
        "box": _("The parcel returns come in, length x width x height in centimetres; without it 30x20x10."),
        "api_base": _("Another address than https://api.goshippo.com (proxies, emulators)."),
        "mode": _('"test" takes news of test parcels and no others.'),
    }

    def verify(self, headers: Mapping[str, str], body: bytes, config: Mapping[str, Any]) -> None:
        """The token always, and the seal where one is agreed. An old call is an echo: it is stored once, whatever
        its time."""
        token, secret = config.get("webhook_token"), config.get("hmac_secret")
        if not isinstance(token, str) or not token:
            raise NotConfigured("webhook_token is missing")
        given = parse_qs(headers.get(QUERY, ""), keep_blank_values=True).get("token", [""])[0]
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise SignatureWrong
        if secret:
            _judge_seal(headers.get(HEADER, ""), body, str(secret))

    def parse_webhook(self, body: bytes) -> News | None:
        """Their events have no names: one is what it says of which parcel, and since when."""
        try:
            event = json.loads(body)
            if event["event"] != ABOUT_PARCELS:
                return None
            track = event["data"]
            step = track["tracking_status"]
            if step is None:  # registered, and nobody has seen it
                return None
            word, detail = str(step["status"]), str((step.get("substatus") or {}).get("code") or "")
            number, carrier = said(track["tracking_number"], most=60), str(track.get("carrier") or "")[:40]
            if not is_storable([word, detail, carrier]):
                raise Malformed
            since = step.get("status_date") or step.get("object_updated") or step.get("object_created")
            at = moment(since) if since else clock.now()
            told = json.dumps([carrier, number, word, detail, since])
            return News(
                id=hashlib.sha256(told.encode()).hexdigest(),
                number=number,
                carrier=carrier,
                status=_status_of(word, detail),
                text=": ".join(filter(None, (word, detail)))[:200],
                occurred_at=at,
                is_test=event.get("test") is True,
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise Malformed from error

    def sells_labels(self, config: Mapping[str, Any]) -> bool:
        return bool(config.get("api_token"))

    def prepare_label(self, wish: LabelWish, config: Mapping[str, Any]) -> str:
        """In the US a scan-based return, whose addresses they turn round themselves; elsewhere a parcel of the shopper's."""
        is_scan_based = wish.shop.get("country") in SCAN_BASED
        sender, taker = (wish.shop, wish.shopper) if is_scan_based else (wish.shopper, wish.shop)
        shipment = {
            "address_from": _address(sender),
            "address_to": _address(taker),
            "parcels": [_box(config) | {"weight": str(max(1, wish.grams)), "mass_unit": "g"}],
            "metadata": wish.reference[:100],
            "extra": {"qr_code_requested": True} | ({"is_return": True} if is_scan_based else {}),
            "async": False,
        }
        return text_of(_call("POST", "/shipments/", config, shipment), "object_id", most=120)

    def buy_label(self, shipment: str, config: Mapping[str, Any]) -> BoughtLabel:
        """Looks first: the transaction of a lost answer is found by its rate, which is the same each time."""
        known = _call("GET", f"/shipments/{shipment}/", config)
        rate = _cheapest(known)
        bought = _transaction_of(rate, config)
        if bought is None:
            wish = {"rate": rate["object_id"], "async": False, "label_file_type": "PDF_4x6"}
            bought = _call("POST", "/transactions/", config, wish | {"metadata": str(known.get("metadata") or "")})
        if bought.get("status") in UNDER_WAY:
            raise CarrierUnavailable("the label is being made")
        if bought.get("status") not in BOUGHT:
            raise CarrierRefused(_messages(bought) or f"not bought: {bought.get('status')}")
        return _bought(bought, rate)

    def fetch_file(self, url: str, config: Mapping[str, Any]) -> bytes:
        return file_at(url)

    def void_label(self, shipment: str, config: Mapping[str, Any]) -> None:
        known = _call("GET", f"/shipments/{shipment}/", config)
        bought = _transaction_of(_cheapest(known), config) if known.get("rates") else None
        if bought is None or bought.get("status") in GIVEN_BACK:
            return
        if bought.get("status") in UNDER_WAY:
            raise CarrierUnavailable("the label is being made")
        wish = {"transaction": text_of(bought, "object_id", most=120), "async": False}
        answer = _call("POST", "/refunds/", config, wish)
        if answer.get("status") not in TAKEN_BACK:
            raise CarrierRefused(f"not given back: {answer.get('status')}")


def _judge_seal(header: str, body: bytes, secret: str) -> None:
    """`t=…,v1=…` over "t.body". Raises `SignatureWrong`."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    due = hmac.new(secret.encode(), parts.get("t", "").encode() + b"." + body, hashlib.sha256).hexdigest()
    if not parts.get("t") or not hmac.compare_digest(parts.get("v1", "").encode(), due.encode()):
        raise SignatureWrong


def _status_of(word: str, detail: str) -> Status:
    status = STATUSES.get(word, Status.UNKNOWN)
    return ON_ITS_WAY.get(detail, status) if status is Status.IN_TRANSIT else status


def _call(method: str, path: str, config: Mapping[str, Any], body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One call and its answer. Raises `CarrierRefused` for a no, `CarrierUnavailable` for anything unclear."""
    base = str(config.get("api_base") or API).rstrip("/")
    headers = {"Authorization": f"ShippoToken {config.get('api_token', '')}", "SHIPPO-API-VERSION": VERSION}
    told = {} if body is None else {"json": body}
    return call(method, base + path, headers, why=_why, **told)


def _why(answer: Any) -> str:
    """`{"detail": "…"}` or `{"field": ["…"]}`, in a line."""
    if not isinstance(answer, dict):
        return ""
    return "; ".join(f"{name}: {text}" for name, text in answer.items())[:300]


def _messages(answer: Mapping[str, Any]) -> str:
    told = answer.get("messages")
    return "; ".join(str(each.get("text")) for each in told if isinstance(each, dict)) if isinstance(told, list) else ""


def _address(place: Mapping[str, str]) -> dict[str, str]:
    ours = {"name": "name", "street1": "street", "city": "city", "state": "region", "zip": "postcode",
            "country": "country", "phone": "phone"}  # fmt: skip
    return {theirs: place[mine] for theirs, mine in ours.items() if place.get(mine)}


def _box(config: Mapping[str, Any]) -> dict[str, str]:
    """Carriers weigh room as well. Raises `CarrierRefused` for what is no box."""
    found = BOX_READ.fullmatch(str(config.get("box") or BOX).strip())
    if found is None:
        raise CarrierRefused(f"not a box: {config.get('box')}")
    return {"length": found[1], "width": found[2], "height": found[3], "distance_unit": "cm"}


def _cheapest(shipment: Mapping[str, Any]) -> dict[str, Any]:
    """The rate that costs least. Raises `CarrierRefused` where nobody would carry it."""
    try:
        rates = [(Decimal(str(rate["amount"])), str(rate["object_id"]), rate) for rate in shipment.get("rates") or ()]
        least = min(rates, key=lambda each: each[:2], default=None)
    except (KeyError, TypeError, InvalidOperation) as error:
        raise CarrierUnavailable(f"unreadable rates: {error!r}") from error
    if least is None:
        raise CarrierRefused(_messages(shipment) or "no carrier takes this parcel back")
    return dict(least[2])


def _transaction_of(rate: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was bought, or is being bought, at this rate; an attempt that failed is none."""
    found = _call("GET", f"/transactions/?rate={rate['object_id']}", config).get("results") or ()
    known = [each for each in found if isinstance(each, dict) and each.get("status") in (*BOUGHT, *UNDER_WAY)]
    return known[0] if known else None


def _bought(bought: Mapping[str, Any], rate: Mapping[str, Any]) -> BoughtLabel:
    code = str(bought.get("qr_code_url") or "")
    try:
        return BoughtLabel(
            carrier=str(rate["provider"])[:40],
            tracking_number=text_of(bought, "tracking_number", most=60),
            tracking_url=str(bought.get("tracking_url_provider") or "")[:400],
            cost=money(str(rate["amount"]), str(rate["currency"])),
            sheet_url=text_of(bought, "label_url", most=2000),
            code_url=code if urlsplit(code).path.lower().endswith(".png") else "",  # a picture, for a phone
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise CarrierUnavailable(f"unreadable label: {error!r}") from error
