"""Shippo's labels: shipments with rates, transactions that buy one, refunds while nobody has used it, files to fetch."""

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

KIND, BOUGHT = "shippo.shipment", "shippo.transaction"
NEEDED = ("name", "street1", "city", "zip", "country")
SIZES = ("length", "width", "height", "weight")
RATES = (("DHL", "Paket", "4.19"), ("DPD", "Classic", "5.90"))  # whoever carries at home, and another
RETURNS = (("USPS", "Priority Mail", "7.40"), ("UPS", "Ground", "9.10"))  # who sells labels that cost when used
HEAVIEST = 31500.0  # grams
READS_PHONES = ("DHL", "USPS")
FILE = re.compile(r"files/([0-9a-f]{32})/(label\.pdf|code\.png)")
ONE = re.compile(r"(shipments|transactions)/([0-9a-f]{32})")


class Shippo(Platform):
    name = kind = "shippo"

    def authenticate(self, store: Store, call: Call) -> Account:
        """By the token; files lie behind addresses nobody can guess, as with them."""
        if found := FILE.fullmatch(call.path):
            if account := holder_of(store, kind=self.kind, bought=BOUGHT, wanted=found[1]):
                return account
            raise refusal("Not found.", status=404)
        given = call.headers.get("authorization", "").removeprefix("ShippoToken ")
        for account in all_accounts(store, "shippo"):
            if given and hmac.compare_digest(given, str(account.config.get("api_token", ""))):
                return account
        raise refusal("Token does not exist", status=401)

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        if found := FILE.fullmatch(call.path):
            return _file(store, account, found[1], found[2])
        path = call.path.strip("/")
        if call.method == "GET":
            return Answer(200, _read(store, account, path, call.query.get("rate", "")))
        acts = {"shipments": _ship, "transactions": _buy, "refunds": _refund}
        if call.method != "POST" or path not in acts:
            raise refusal("Not found.", status=404)
        made = acts[path](store, account, call.json())
        self.accept(store, call, account, recipient=str(made.get("metadata", "")), wire_id=made["object_id"], body=made)
        return Answer(201, made)

    def refusal_for(self, fault: Fault) -> Refused | None:
        if fault.kind == "rate_limit":
            return refusal("Request was throttled.", status=429)
        if fault.kind == "server_error":
            return refusal("Something went wrong.", status=int(fault.number("status", 500)))
        if fault.kind == "error":
            return refusal(str(fault.params.get("code", "A planned fault.")))
        return None


def refusal(detail: str, *, status: int = 400) -> Refused:
    return Refused(status, {"detail": detail}, code=detail)


def found_of(store: Store, account: Account, kind: str, wanted: str) -> dict[str, Any]:
    """Raises `Refused` for one this account does not have."""
    row = store.one("select data from objects where id = ? and account = ? and kind = ?", wanted, account.name, kind)
    if row is None:
        raise refusal("Not found.", status=404)
    found: dict[str, Any] = json.loads(row["data"])
    return found


def all_of(store: Store, account: Account, kind: str) -> list[dict[str, Any]]:
    rows = store.all("select data from objects where account = ? and kind = ? order by seq", account.name, kind)
    return [json.loads(row["data"]) for row in rows]


def save(store: Store, account: Account, kind: str, made: dict[str, Any]) -> dict[str, Any]:
    store.run(
        "insert into objects (id, account, kind, created, data) values (?, ?, ?, ?, ?)"
        " on conflict (id) do update set data = excluded.data",
        made["object_id"], account.name, kind, store.now(), json.dumps(made, ensure_ascii=False),
    )  # fmt: skip
    return made


def scanned(store: Store, account: Account, number: str) -> None:
    """A carrier has the parcel in its hands: its label is used."""
    for bought in all_of(store, account, BOUGHT):
        if bought["tracking_number"] == number:
            save(store, account, BOUGHT, bought | {"tracking_status": "TRANSIT"})


def _read(store: Store, account: Account, path: str, rate: str) -> dict[str, Any]:
    """One shipment or transaction, or the transactions of a rate."""
    if one := ONE.fullmatch(path):
        return found_of(store, account, KIND if one[1] == "shipments" else BOUGHT, one[2])
    if path != "transactions":
        raise refusal("Not found.", status=404)
    found = [made for made in all_of(store, account, BOUGHT) if rate in ("", made["rate"])]
    return {"next": None, "previous": None, "results": found[::-1]}


def _ship(store: Store, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    for side in ("address_from", "address_to"):
        lacking = [name for name in NEEDED if not (body.get(side) or {}).get(name)]
        if lacking:
            raise Refused(400, {side: [f"{name}: This field is required." for name in lacking]}, code=side)
    parcel = (body.get("parcels") or [{}])[0]
    try:
        is_parcel = all(float(parcel[size]) > 0 for size in SIZES)
    except (KeyError, TypeError, ValueError):
        is_parcel = False
    if not is_parcel:
        raise Refused(400, {"parcels": ["Invalid parcel."]}, code="parcels")
    extra = body.get("extra") or {}
    is_return = extra.get("is_return") is True
    sender, taker = body["address_from"], body["address_to"]
    rates = [
        {"object_id": new_id("", 32), "provider": provider, "servicelevel": {"name": level}, "amount": price,
         "currency": "USD" if sender["country"] == "US" else "EUR", "test": True}
        for provider, level, price in (RETURNS if is_return else RATES)
        if float(parcel["weight"]) <= HEAVIEST
    ]  # fmt: skip
    made = {
        "object_id": new_id("", 32), "status": "SUCCESS", "metadata": str(body.get("metadata") or ""), "rates": rates,
        "object_created": dt.datetime.now(dt.UTC).isoformat(), "address_from": taker if is_return else sender,
        "address_to": sender if is_return else taker, "parcels": [parcel], "extra": extra, "test": True,
        "messages": [] if rates else [{"source": "DHL", "code": "", "text": "The parcel is too heavy."}],
    }  # fmt: skip
    return save(store, account, KIND, made)


def _buy(store: Store, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """A rate may be bought again, and costs again: whoever asks looks first."""
    wanted = body.get("rate")
    offers = [(shipment, rate) for shipment in all_of(store, account, KIND) for rate in shipment["rates"]]
    found = next((offer for offer in offers if offer[1]["object_id"] == wanted), None)
    if found is None:
        raise Refused(400, {"rate": [f"Rate with supplied object_id {wanted} not found."]}, code="rate")
    shipment, rate = found
    name = new_id("", 32)
    files = str(account.config.get("files_base") or f"{own_url()}/sandbox/api/shippo/files")
    reads = shipment["extra"].get("qr_code_requested") and rate["provider"] in READS_PHONES
    made = {
        "object_id": name, "object_state": "VALID", "status": "SUCCESS", "rate": wanted, "test": True, "messages": [],
        "metadata": str(body.get("metadata") or ""), "label_file_type": str(body.get("label_file_type") or "PDF"),
        "tracking_number": "00340434" + str(int(name[-12:], 16)).zfill(15)[-12:], "tracking_status": "PRE_TRANSIT",
        "tracking_url_provider": "https://track.goshippo.com/sandbox", "label_url": f"{files}/{name}/label.pdf",
        "qr_code_url": f"{files}/{name}/code.png" if reads else None, "provider": rate["provider"],
    }  # fmt: skip
    if account.config.get("broke"):  # the account has no money left
        made |= {"status": "ERROR", "tracking_number": "", "label_url": "", "qr_code_url": None,
                 "messages": [{"source": "Shippo", "code": "", "text": "Insufficient funds."}]}  # fmt: skip
    return save(store, account, BOUGHT, made)


def _refund(store: Store, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    bought = found_of(store, account, BOUGHT, str(body.get("transaction")))
    if bought["status"] != "SUCCESS":
        raise refusal("A refund for this transaction exists already.")
    is_used = bought["tracking_status"] != "PRE_TRANSIT"
    save(store, account, BOUGHT, bought | {"status": "REFUNDREJECTED" if is_used else "REFUNDPENDING"})
    return {"object_id": new_id("", 32), "transaction": bought["object_id"], "test": True,
            "status": "ERROR" if is_used else "PENDING"}  # fmt: skip


def _file(store: Store, account: Account, wanted: str, name: str) -> Answer:
    bought = found_of(store, account, BOUGHT, wanted)
    if name == "code.png":
        return drawn_code(bought["tracking_number"])
    return drawn_sheet((bought["provider"], bought["tracking_number"], bought["metadata"]))
