"""Stripe Tax: calculations, the sales booked from them, what is taken back; by a small table of its own.

Germany 19 and 7 percent, New York City 4 + 4.5 + 0.375 percent (clothing below 110 dollars free), Japan 10 and 8
percent. Elsewhere, and where there is no registration, nothing is collected.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from ..accounts import Account
from ..store import Store
from ..wire import new_id
from . import objects
from .errors import invalid
from .sessions import check_metadata

DAYS_90 = 90 * 86400
PAGE = 10  # lines that come with their calculation; more are asked for
MOST_LINES = 100
GOODS, CLOTHING, BOOKS, FOOD = "txcd_99999999", "txcd_20030000", "txcd_35010000", "txcd_40060003"
DIGITAL, SHIPPING, NOTHING = "txcd_10000000", "txcd_92010001", "txcd_00000000"
CODES = frozenset({GOODS, CLOTHING, BOOKS, FOOD, DIGITAL, SHIPPING, NOTHING})
CLOTHING_FREE_BELOW = 11000  # cents a piece
REGISTERED = ("DE", "JP", "US-NY")
VAT, SALES, JCT = ("Value-added tax (VAT)", "vat"), ("Sales and Use Tax", "sales_tax"), ("Consumption Tax", "jct")


@dataclass(frozen=True)
class Due:
    """One authority's part: percent, whose, and how the tax is called."""

    percent: str
    level: str
    place: str
    named: tuple[str, str]


NEW_YORK_CITY = (
    Due("4.0", "state", "New York", SALES),
    Due("4.5", "city", "New York City", SALES),
    Due("0.375", "district", "Metropolitan Commuter Transportation District", SALES),
)


def calculate(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused` where it does not know where, or what."""
    _check_active(store)
    currency = str(values["currency"]).lower()
    address = _address(values)
    lines = values["line_items"]
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_LINES:
        raise invalid(f"You may have up to {MOST_LINES} line items.", param="line_items")
    made = [_line(store, address, line, place) for place, line in enumerate(lines)]
    if len({line["reference"] for line in made}) < len(made):
        raise invalid("Line item references must be unique.", param="line_items[1][reference]")
    shipping = _shipping(store, address, values.get("shipping_cost"), made)
    every = [*made, *([shipping] if shipping else [])]
    on_top = sum(line["amount_tax"] for line in every if line["tax_behavior"] == "exclusive")
    return objects.save(store, account, {
        "id": objects.make_id("tax.calculation"), "object": "tax.calculation",
        "amount_total": sum(line["amount"] for line in every) + on_top, "created": int(store.now()), "currency": currency,
        "customer": None, "customer_details": values["customer_details"], "expires_at": int(store.now()) + DAYS_90,
        "livemode": False, "ship_from_details": None, "shipping_cost": shipping, "tax_amount_exclusive": on_top,
        "tax_amount_inclusive": sum(line["amount_tax"] for line in every if line["tax_behavior"] == "inclusive"),
        "tax_breakdown": [], "tax_date": int(store.now()), "_line_items": _page(made), "_lines": made,
    })  # fmt: skip


def lines_of(store: Store, account: Account, kind: str, wanted: str, values: dict[str, Any]) -> dict[str, Any]:
    found = objects.get(store, account, kind, wanted)
    return objects.listed(found["_lines"], values, f"/v1/tax/{kind.removeprefix('tax.')}s/{wanted}/line_items")


def book(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """A sale, from its calculation. Raises `Refused` for a reference that is taken."""
    found = objects.get(store, account, "tax.calculation", str(values["calculation"]), param="calculation")
    if found["expires_at"] <= store.now():
        raise invalid(f"The calculation {found['id']} has expired.", param="calculation")
    _check_reference(store, account, values)
    lines = [
        line | {"id": new_id("tax_li_", 14), "object": "tax.transaction_line_item", "type": "transaction", "reversal": None}
        for line in found["_lines"]
    ]  # fmt: skip
    return _transaction(store, account, values, lines, found["shipping_cost"], found, kind="transaction")


def reverse(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused` where more would be taken back than is there."""
    wanted = str(values["original_transaction"])
    sale = objects.get(store, account, "tax.transaction", wanted, param="original_transaction")
    if sale["type"] == "reversal":
        raise invalid("A reversal cannot be reversed.", param="original_transaction")
    _check_reference(store, account, values)
    gone = [each for each in objects.every(store, account, "tax.transaction") if (each["reversal"] or {}).get("original_transaction") == sale["id"]]  # fmt: skip
    if values["mode"] == "full":
        if gone:
            raise invalid("The transaction has already been reversed in part.", param="mode")
        lines, shipping = [_negative(line, line) for line in sale["_lines"]], sale["shipping_cost"]
        back = shipping and shipping | {key: -shipping[key] for key in ("amount", "amount_tax")}
        return _transaction(store, account, values, lines, back, sale, kind="reversal")
    if not values.get("line_items") and not values.get("shipping_cost"):
        raise invalid("A partial reversal needs line_items, shipping_cost or flat_amount.", param="line_items")
    lines = [_back(line, sale, gone, place) for place, line in enumerate(values.get("line_items") or [])]
    return _transaction(store, account, values, lines, _shipping_back(values, sale, gone), sale, kind="reversal")


def settings(store: Store) -> dict[str, Any]:
    status = str(store.setting("stripe_tax_status", "active"))
    pending = {"missing_fields": ["head_office"]} if status == "pending" else None
    return {
        "object": "tax.settings", "defaults": {"provider": "stripe", "tax_behavior": None, "tax_code": None}, "livemode": False,
        "head_office": None, "status": status, "status_details": {"active": {}} if pending is None else {"pending": pending},
    }  # fmt: skip


def registrations(store: Store, values: dict[str, Any]) -> dict[str, Any]:
    things = [
        {"id": f"taxreg_{place}", "object": "tax.registration", "country": place[:2], "created": 0, "status": "active"}
        for place in store.setting("stripe_tax_registrations", REGISTERED)
    ]
    return objects.listed(things, values, "/v1/tax/registrations")


def _check_active(store: Store) -> None:
    if store.setting("stripe_tax_status", "active") != "active":
        message = "You must set the origin address in your tax settings before Stripe Tax can calculate tax."
        raise invalid(message, code="stripe_tax_inactive")


def _check_reference(store: Store, account: Account, values: dict[str, Any]) -> None:
    check_metadata(values.get("metadata"), "metadata")
    taken = {thing["reference"] for thing in objects.every(store, account, "tax.transaction")}
    if values["reference"] in taken:
        message = f"A tax transaction with the reference '{values['reference']}' already exists."
        raise invalid(message, param="reference", code="resource_already_exists")


def _address(values: dict[str, Any]) -> dict[str, str]:
    details = values.get("customer_details") or {}
    address = details.get("address")
    if not address:
        raise invalid("You must provide customer_details[address].", param="customer_details[address]", code="parameter_missing")  # fmt: skip
    if not details.get("address_source"):
        raise invalid("You must provide customer_details[address_source].", param="customer_details[address_source]", code="parameter_missing")  # fmt: skip
    if address["country"] == "US" and not address.get("postal_code"):
        message = "We could not determine the customer's tax location based on the provided customer address."
        raise invalid(message, param="customer_details[address]", code="customer_tax_location_invalid")
    return {key: str(value) for key, value in address.items()}


def _line(store: Store, address: dict[str, str], line: dict[str, Any], place: int) -> dict[str, Any]:
    code, quantity = str(line.get("tax_code", GOODS)), int(line.get("quantity", 1))
    if code not in CODES:
        raise invalid(f"No such tax code: '{code}'", param=f"line_items[{place}][tax_code]", code="resource_missing")
    each = int(line["amount"]) / quantity
    taxed = _taxed(store, address, code, int(line["amount"]), str(line.get("tax_behavior", "exclusive")), each)
    return {
        "id": new_id("tax_li_", 14), "object": "tax.calculation_line_item", "livemode": False, "product": None,
        "quantity": quantity, "reference": str(line.get("reference") or f"L{place + 1}"), **taxed,
    }  # fmt: skip


def _shipping(
    store: Store, address: dict[str, str], cost: dict[str, Any] | None, lines: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """In New York a parcel in which nothing is taxed is not taxed either."""
    if not cost:
        return None
    code = str(cost.get("tax_code", SHIPPING))
    if code not in CODES:
        raise invalid(f"No such tax code: '{code}'", param="shipping_cost[tax_code]", code="resource_missing")
    if address["country"] == "US" and not any(line["amount_tax"] for line in lines):
        code = NOTHING
    return _taxed(store, address, code, int(cost["amount"]), str(cost.get("tax_behavior", "exclusive")), 0)


def _taxed(store: Store, address: dict[str, str], code: str, amount: int, behavior: str, each: float) -> dict[str, Any]:
    due = _due(store, address, code, each)
    taxes = _inside(amount, due) if behavior == "inclusive" else [_share(amount, part) for part in due]
    base = amount - sum(taxes) if behavior == "inclusive" else amount
    rows = [_row(address, part, tax, base) for part, tax in zip(due, taxes, strict=True)]
    return {
        "amount": amount, "amount_tax": sum(taxes), "tax_behavior": behavior, "tax_code": code,
        "_tax_breakdown": rows or [_no_row(address, base)],
    }  # fmt: skip


def _due(store: Store, address: dict[str, str], code: str, each: float) -> tuple[Due, ...]:
    country, zip_code = address["country"], address.get("postal_code", "")
    place = "US-NY" if country == "US" and zip_code[:3].isdigit() and 100 <= int(zip_code[:3]) <= 149 else country
    if code == NOTHING or place not in store.setting("stripe_tax_registrations", REGISTERED):
        return ()
    if place == "DE":
        return (Due("7.0" if code in (BOOKS, FOOD) else "19.0", "country", "Germany", VAT),)
    if place == "JP":
        return (Due("8.0" if code == FOOD else "10.0", "country", "Japan", JCT),)
    if place == "US-NY" and not (code == CLOTHING and each < CLOTHING_FREE_BELOW):
        return NEW_YORK_CITY if zip_code[:3] in ("100", "101", "102") else NEW_YORK_CITY[:1]
    return ()


def _share(amount: int, due: Due) -> int:
    return int((amount * Decimal(due.percent) / 100).quantize(Decimal(1), ROUND_HALF_UP))


def _inside(amount: int, due: tuple[Due, ...]) -> list[int]:
    """The tax in an amount, in one piece rounded half up, spread over its parts; the first take what is over."""
    rate = sum((Decimal(part.percent) for part in due), Decimal(0))
    whole = int((amount * rate / (100 + rate)).quantize(Decimal(1), ROUND_HALF_UP))
    shares = [int((whole * Decimal(part.percent) / rate).quantize(Decimal(1), ROUND_DOWN)) for part in due]
    over = whole - sum(shares)
    return [share + (place < over) for place, share in enumerate(shares)]


def _row(address: dict[str, str], due: Due, tax: int, base: int) -> dict[str, Any]:
    name, kind = due.named
    return {
        "amount": tax, "taxable_amount": base, "sourcing": "destination", "taxability_reason": "standard_rated",
        "jurisdiction": {"country": address["country"], "display_name": due.place, "level": due.level, "state": address.get("state")},
        "tax_rate_details": {"display_name": name, "percentage_decimal": due.percent, "tax_type": kind},
    }  # fmt: skip


def _no_row(address: dict[str, str], base: int) -> dict[str, Any]:
    return {
        "amount": 0, "taxable_amount": 0, "sourcing": "destination", "taxability_reason": "not_collecting",
        "jurisdiction": {"country": address["country"], "display_name": address["country"], "level": "country", "state": None},
        "tax_rate_details": None,
    }  # fmt: skip


def _back(wanted: dict[str, Any], sale: dict[str, Any], gone: list[dict[str, Any]], place: int) -> dict[str, Any]:
    param = f"line_items[{place}]"
    original = next((line for line in sale["_lines"] if line["id"] == wanted["original_line_item"]), None)
    if original is None:
        raise invalid(f"No such line item: '{wanted['original_line_item']}'", param=f"{param}[original_line_item]", code="resource_missing")  # fmt: skip
    before = [line for each in gone for line in each["_lines"] if line["reversal"]["original_line_item"] == original["id"]]  # fmt: skip
    line = _negative(original, {key: -int(wanted[key]) for key in ("amount", "amount_tax")}, wanted)
    _check_left(line, original, before, param)
    return line


def _negative(
    original: dict[str, Any], amounts: dict[str, Any], wanted: dict[str, Any] | None = None
) -> dict[str, Any]:
    return original | {
        "id": new_id("tax_li_", 14), "type": "reversal", "amount": -amounts["amount"], "amount_tax": -amounts["amount_tax"],
        "reference": (wanted or original)["reference"], "reversal": {"original_line_item": original["id"]},
    }  # fmt: skip


def _shipping_back(values: dict[str, Any], sale: dict[str, Any], gone: list[dict[str, Any]]) -> dict[str, Any] | None:
    wanted, original = values.get("shipping_cost"), sale["shipping_cost"]
    if not wanted:
        return None
    if original is None:
        raise invalid("The transaction has no shipping cost.", param="shipping_cost")
    back = original | {key: int(wanted[key]) for key in ("amount", "amount_tax")}
    _check_left(back, original, [each["shipping_cost"] for each in gone if each["shipping_cost"]], "shipping_cost")
    return back


def _check_left(back: dict[str, Any], original: dict[str, Any], before: list[dict[str, Any]], param: str) -> None:
    """Amounts of what goes back are negative."""
    for key in ("amount", "amount_tax"):
        left = original[key] + sum(line[key] for line in before)
        if back[key] > 0:
            raise invalid("Amounts of a reversal are negative.", param=f"{param}[{key}]")
        if left + back[key] < 0:
            message = f"The reversal of {-back[key]} is more than the {left} that are left."
            raise invalid(message, param=f"{param}[{key}]", code="amount_too_large")


def _transaction(
    store: Store, account: Account, values: dict[str, Any], lines: list[dict[str, Any]], shipping: dict[str, Any] | None,
    of: dict[str, Any], *, kind: str,
) -> dict[str, Any]:  # fmt: skip
    return objects.save(store, account, {
        "id": objects.make_id("tax.transaction"), "object": "tax.transaction", "created": int(store.now()),
        "currency": of["currency"], "customer": None, "customer_details": of["customer_details"], "livemode": False,
        "metadata": values.get("metadata") or {}, "posted_at": int(store.now()), "reference": values["reference"],
        "reversal": {"original_transaction": of["id"]} if kind == "reversal" else None, "ship_from_details": None,
        "shipping_cost": shipping, "tax_date": of["tax_date"], "type": kind, "_line_items": _page(lines), "_lines": lines,
    })  # fmt: skip


def _page(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "has_more": len(lines) > PAGE, "data": lines[:PAGE]}
