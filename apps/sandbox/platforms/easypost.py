"""EasyPost's labels: shipments with rates, bought once, given back while nobody has used them, with files to fetch."""

import base64
import datetime as dt
import hmac
import json
import re
from typing import Any

from ..accounts import Account, all_accounts, own_url
from ..faults import Fault
from ..labels import drawn_code, drawn_sheet, holder_of
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused

KIND = "easypost.shipment"
NEEDED = ("name", "street1", "city", "zip", "country")
RATES = (("DHL", "Paket", "4.19"), ("DPD", "Classic", "5.90"))  # whoever carries at home, and another
HEAVIEST = 1111.0  # ounces: 31.5 kilograms
READS_PHONES = ("DHL", "USPS")
FILE = re.compile(r"files/(shp_[0-9a-f]+)/(label\.pdf|code\.png)")


class EasyPost(Platform):
    name = kind = "easypost"

    def authenticate(self, store: Store, call: Call) -> Account:
        """By the API key as user name; files lie behind addresses nobody can guess, as with them."""
        if found := FILE.fullmatch(call.path):
            if account := holder_of(store, kind=self.kind, bought=KIND, wanted=found[1]):
                return account
            raise refusal("NOT_FOUND", "The requested resource could not be found.", status=404)
        try:
            given = base64.b64decode(call.headers.get("authorization", "").removeprefix("Basic ")).decode()
        except ValueError:
            given = ""
        key = given.partition(":")[0]
        for account in all_accounts(store, "easypost"):
            if key and hmac.compare_digest(key, str(account.config.get("api_key", ""))):
                return account
        raise refusal("APIKEY.INACTIVE", "This api key is no longer active.", status=401)

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        if found := FILE.fullmatch(call.path):
            return _file(store, account, found[1], found[2])
        path = call.path.strip("/").removeprefix("v2/")
        if (call.method, path) == ("POST", "shipments"):
            return self._made(store, call, account, _create(store, account, call.json()), status=201)
        found = re.fullmatch(r"shipments/(shp_[0-9a-f]+)(?:/(buy|refund|forms))?", path)
        if found is None:
            raise refusal("NOT_FOUND", "The requested resource could not be found.", status=404)
        shipment = shipment_of(store, account, found[1])
        if call.method == "GET" and not found[2]:
            return Answer(200, shipment)
        acts = {"buy": _buy, "refund": _refund, "forms": _form}
        if call.method != "POST" or not found[2]:
            raise refusal("METHOD_NOT_ALLOWED", "The method is not allowed.", status=405)
        return self._made(store, call, account, acts[found[2]](account, shipment, call.json()))

    def _made(self, store: Store, call: Call, account: Account, shipment: dict[str, Any], status: int = 200) -> Answer:
        save(store, account, shipment)
        self.accept(store, call, account, recipient=shipment["reference"], wire_id=shipment["id"], body=shipment)
        return Answer(status, shipment)

    def refusal_for(self, fault: Fault) -> Refused | None:
        if fault.kind == "rate_limit":
            return refusal("RATE_LIMITED", "You are being rate limited.", status=429)
        if fault.kind == "server_error":
            return refusal("INTERNAL_SERVER_ERROR", "Something went wrong.", status=int(fault.number("status", 500)))
        if fault.kind == "error":
            return refusal(str(fault.params.get("code", "SHIPMENT.POSTAGE.FAILURE")), "A planned fault.", status=422)
        return None


def refusal(code: str, message: str, *, status: int = 422) -> Refused:
    return Refused(status, {"error": {"code": code, "message": message, "errors": []}}, code=code)


def shipment_of(store: Store, account: Account, wanted: str) -> dict[str, Any]:
    """Raises `Refused` for one this account does not have."""
    row = store.one("select data from objects where id = ? and account = ? and kind = ?", wanted, account.name, KIND)
    if row is None:
        raise refusal("NOT_FOUND", "The requested resource could not be found.", status=404)
    found: dict[str, Any] = json.loads(row["data"])
    return found


def save(store: Store, account: Account, shipment: dict[str, Any]) -> None:
    store.run(
        "insert into objects (id, account, kind, created, data) values (?, ?, ?, ?, ?)"
        " on conflict (id) do update set data = excluded.data",
        shipment["id"], account.name, KIND, store.now(), json.dumps(shipment, ensure_ascii=False),
    )  # fmt: skip


def scanned(store: Store, account: Account, number: str) -> None:
    """A carrier has the parcel in its hands: its label is used."""
    for row in store.all("select data from objects where account = ? and kind = ?", account.name, KIND):
        shipment = json.loads(row["data"])
        if shipment["tracking_code"] == number:
            save(store, account, shipment | {"status": "in_transit"})


def _create(store: Store, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    wanted = body.get("shipment") or {}
    for side in ("from_address", "to_address"):
        lacking = [name for name in NEEDED if not (wanted.get(side) or {}).get(name)]
        if lacking:
            raise refusal("SHIPMENT.INVALID_PARAMS", f"Unable to create shipment, {side} lacks {', '.join(lacking)}.")
    weight = (wanted.get("parcel") or {}).get("weight")
    if not isinstance(weight, int | float) or weight <= 0:
        raise refusal("PARCEL.INVALID_PARAMS", "Invalid parcel weight.")
    sender, taker = wanted["from_address"], wanted["to_address"]
    is_return = wanted.get("is_return") is True
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    currency = "USD" if sender["country"] == "US" else "EUR"
    rates = [
        {"id": new_id("rate_", 32), "object": "Rate", "carrier": carrier, "service": service, "rate": price,
         "currency": currency, "delivery_days": 2}
        for carrier, service, price in RATES
        if weight <= HEAVIEST
    ]  # fmt: skip
    return {
        "id": new_id("shp_", 32), "object": "Shipment", "mode": account.config.get("mode", "test"), "created_at": now,
        "reference": str(wanted.get("reference") or ""), "is_return": is_return, "status": "unknown",
        "from_address": taker if is_return else sender, "to_address": sender if is_return else taker,
        "parcel": {"object": "Parcel", "weight": weight}, "options": wanted.get("options") or {}, "rates": rates,
        "messages": [], "selected_rate": None, "postage_label": None, "tracking_code": None, "tracker": None,
        "refund_status": None, "forms": [],
    }  # fmt: skip


def _buy(account: Account, shipment: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    if shipment["postage_label"]:
        raise refusal("SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.")
    wanted = (body.get("rate") or {}).get("id")
    rate = next((rate for rate in shipment["rates"] if rate["id"] == wanted), None)
    if rate is None:
        raise refusal("SHIPMENT.RATE.INVALID", "The rate is not one of this shipment.")
    number = "00340434" + str(int(shipment["id"][-12:], 16)).zfill(15)[-12:]
    return shipment | {
        "selected_rate": rate, "tracking_code": number, "status": "pre_transit",
        "postage_label": {"object": "PostageLabel", "label_file_type": "application/pdf",
                          "label_url": f"{_files(account)}/{shipment['id']}/label.pdf"},
        "tracker": {"object": "Tracker", "tracking_code": number, "status": "pre_transit",
                    "public_url": "https://track.easypost.com/sandbox"},
    }  # fmt: skip


def _refund(account: Account, shipment: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    if not shipment["postage_label"]:
        raise refusal("SHIPMENT.REFUND.UNAVAILABLE", "Nothing was bought that could be refunded.")
    if shipment["refund_status"]:
        raise refusal("SHIPMENT.REFUND.UNAVAILABLE", "Refund request already submitted.")
    return shipment | {"refund_status": "submitted" if shipment["status"] == "pre_transit" else "rejected"}


def _form(account: Account, shipment: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """A QR code for counters that read phones, once there is a label."""
    kind = (body.get("form") or {}).get("type")
    if kind != "label_qr_code":
        raise refusal("FORM.INVALID_TYPE", "Form type is not known.")
    if not shipment["postage_label"] or shipment["selected_rate"]["carrier"] not in READS_PHONES:
        raise refusal("FORM.UNAVAILABLE", "There is no such form for this shipment.")
    form = {"object": "Form", "id": new_id("form_", 32), "form_type": kind, "submitted_electronically": False,
            "form_url": f"{_files(account)}/{shipment['id']}/code.png"}  # fmt: skip
    return shipment | {"forms": [*shipment["forms"], form]}


def _files(account: Account) -> str:
    """Where labels lie; `files_base` for a world that answers elsewhere than its pages say."""
    return str(account.config.get("files_base") or f"{own_url()}/sandbox/api/easypost/files")


def _file(store: Store, account: Account, wanted: str, name: str) -> Answer:
    shipment = shipment_of(store, account, wanted)
    if not shipment["postage_label"]:
        raise refusal("NOT_FOUND", "The requested resource could not be found.", status=404)
    if name == "code.png":
        return drawn_code(shipment["tracking_code"])
    return drawn_sheet((shipment["selected_rate"]["carrier"], shipment["tracking_code"], shipment["reference"]))
