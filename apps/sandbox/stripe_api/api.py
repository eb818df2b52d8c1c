"""Stripe's REST API as far as the shop calls it: routes, keys, idempotency."""

import base64
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ..accounts import Account, all_accounts
from ..faults import Fault
from ..platforms.base import Platform, Refused
from ..store import Store
from ..wire import Answer, Call, new_id
from . import captures, contract, customers, disputes, forms, intents, objects, refunds, sessions, taxes
from .errors import invalid, other

KEY_LIMIT = 255
DECLINED = 402  # a bank's no is an answer like another: the same key gives it again


@dataclass(frozen=True, slots=True)
class Route:
    """`act(store, account, values, found ids)`; `params` is the module and class of the library's parameters."""

    method: str
    pattern: str
    params: tuple[str, str]
    act: Callable[[Store, Account, dict[str, Any], tuple[str, ...]], Any]


def _create_session(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return sessions.create(store, account, values)


def _session(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return sessions.current(store, account, ids[0])


def _sessions(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    things = objects.every(store, account, "checkout.session")
    return objects.listed(things, values, "/v1/checkout/sessions", same=("payment_intent", "status", "customer"))


def _expire_session(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return sessions.expire(store, account, sessions.current(store, account, ids[0]))


def _line_items(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return sessions.current(store, account, ids[0])["_line_items"]


def _intent(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return captures.current(store, account, ids[0])


def _intents(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.listed(
        objects.every(store, account, "payment_intent"), values, "/v1/payment_intents", same=("customer",)
    )


def _create_intent(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return intents.create(store, account, values)


def _confirm_intent(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return intents.confirm(store, account, ids[0], values)


def _capture_intent(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return captures.capture(store, account, ids[0], values)


def _cancel_intent(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return intents.cancel(store, account, ids[0])


def _create_customer(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return customers.create(store, account, values)


def _customer(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return customers.retrieve(store, account, ids[0])


def _delete_customer(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return customers.delete(store, account, ids[0])


def _method(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.get(store, account, "payment_method", ids[0])


def _detach_method(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return customers.detach(store, account, ids[0])


def _charge(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.get(store, account, "charge", ids[0])


def _charges(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.listed(
        objects.every(store, account, "charge"), values, "/v1/charges", same=("payment_intent", "customer")
    )


def _create_refund(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return refunds.create(store, account, values)


def _refund(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.get(store, account, "refund", ids[0])


def _refunds(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.listed(
        objects.every(store, account, "refund"), values, "/v1/refunds", same=("payment_intent", "charge")
    )


def _event(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.get(store, account, "event", ids[0])


def _events(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    wanted = values.get("types")
    things = [thing for thing in objects.every(store, account, "event") if not wanted or thing["type"] in wanted]
    if kind := values.get("type"):
        pattern = re.escape(kind).replace(r"\*", ".*")
        things = [thing for thing in things if re.fullmatch(pattern, thing["type"])]
    return objects.listed(things, values, "/v1/events")


def _dispute(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.get(store, account, "dispute", ids[0])


def _disputes(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.listed(
        objects.every(store, account, "dispute"), values, "/v1/disputes", same=("payment_intent", "charge")
    )


def _answer_dispute(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return disputes.answer(store, account, ids[0], values)


def _close_dispute(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return disputes.close(store, account, ids[0])


def _upload(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return disputes.upload(store, account, values)


def _file(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.get(store, account, "file", ids[0])


def _balance(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    amounts: dict[str, int] = {}
    for charge in objects.every(store, account, "charge"):
        kept = charge["amount"] - charge["amount_refunded"] if charge["captured"] else 0
        amounts[charge["currency"]] = amounts.get(charge["currency"], 0) + kept
    rows = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(amounts.items())
    ]
    return {"object": "balance", "available": rows, "pending": [], "livemode": False}


def _calculate_tax(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return taxes.calculate(store, account, values)


def _calculation(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.get(store, account, "tax.calculation", ids[0])


def _calculation_lines(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return taxes.lines_of(store, account, "tax.calculation", ids[0], values)


def _book_tax(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return taxes.book(store, account, values)


def _reverse_tax(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return taxes.reverse(store, account, values)


def _tax_transaction(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return objects.get(store, account, "tax.transaction", ids[0])


def _tax_transaction_lines(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return taxes.lines_of(store, account, "tax.transaction", ids[0], values)


def _tax_settings(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return taxes.settings(store)


def _tax_registrations(store: Store, account: Account, values: dict[str, Any], ids: tuple[str, ...]) -> Any:
    return taxes.registrations(store, values)


ID = r"([A-Za-z0-9_]+)"
ROUTES = (
    Route("POST", "checkout/sessions", ("checkout._session_create_params", "SessionCreateParams"), _create_session),
    Route("GET", "checkout/sessions", ("checkout._session_list_params", "SessionListParams"), _sessions),
    Route("GET", f"checkout/sessions/{ID}", ("checkout._session_retrieve_params", "SessionRetrieveParams"), _session),
    Route("POST", f"checkout/sessions/{ID}/expire", ("checkout._session_expire_params", "SessionExpireParams"), _expire_session),
    Route("GET", f"checkout/sessions/{ID}/line_items", ("checkout._session_list_line_items_params", "SessionListLineItemsParams"), _line_items),
    Route("GET", "payment_intents", ("_payment_intent_list_params", "PaymentIntentListParams"), _intents),
    Route("GET", f"payment_intents/{ID}", ("_payment_intent_retrieve_params", "PaymentIntentRetrieveParams"), _intent),
    Route("POST", "payment_intents", ("_payment_intent_create_params", "PaymentIntentCreateParams"), _create_intent),
    Route("POST", f"payment_intents/{ID}/confirm", ("_payment_intent_confirm_params", "PaymentIntentConfirmParams"), _confirm_intent),
    Route("POST", f"payment_intents/{ID}/capture", ("_payment_intent_capture_params", "PaymentIntentCaptureParams"), _capture_intent),
    Route("POST", f"payment_intents/{ID}/cancel", ("_payment_intent_cancel_params", "PaymentIntentCancelParams"), _cancel_intent),
    Route("POST", "customers", ("_customer_create_params", "CustomerCreateParams"), _create_customer),
    Route("GET", f"customers/{ID}", ("_customer_retrieve_params", "CustomerRetrieveParams"), _customer),
    Route("DELETE", f"customers/{ID}", ("_customer_delete_params", "CustomerDeleteParams"), _delete_customer),
    Route("GET", f"payment_methods/{ID}", ("_payment_method_retrieve_params", "PaymentMethodRetrieveParams"), _method),
    Route("POST", f"payment_methods/{ID}/detach", ("_payment_method_detach_params", "PaymentMethodDetachParams"), _detach_method),
    Route("GET", "charges", ("_charge_list_params", "ChargeListParams"), _charges),
    Route("GET", f"charges/{ID}", ("_charge_retrieve_params", "ChargeRetrieveParams"), _charge),
    Route("POST", "refunds", ("_refund_create_params", "RefundCreateParams"), _create_refund),
    Route("GET", "refunds", ("_refund_list_params", "RefundListParams"), _refunds),
    Route("GET", f"refunds/{ID}", ("_refund_retrieve_params", "RefundRetrieveParams"), _refund),
    Route("GET", "events", ("_event_list_params", "EventListParams"), _events),
    Route("GET", f"events/{ID}", ("_event_retrieve_params", "EventRetrieveParams"), _event),
    Route("GET", "disputes", ("_dispute_list_params", "DisputeListParams"), _disputes),
    Route("GET", f"disputes/{ID}", ("_dispute_retrieve_params", "DisputeRetrieveParams"), _dispute),
    Route("POST", f"disputes/{ID}", ("_dispute_update_params", "DisputeUpdateParams"), _answer_dispute),
    Route("POST", f"disputes/{ID}/close", ("_dispute_close_params", "DisputeCloseParams"), _close_dispute),
    Route("POST", "files", ("_file_create_params", "FileCreateParams"), _upload),
    Route("GET", f"files/{ID}", ("_file_retrieve_params", "FileRetrieveParams"), _file),
    Route("POST", "tax/calculations", ("tax._calculation_create_params", "CalculationCreateParams"), _calculate_tax),
    Route("GET", f"tax/calculations/{ID}", ("tax._calculation_retrieve_params", "CalculationRetrieveParams"), _calculation),
    Route("GET", f"tax/calculations/{ID}/line_items", ("tax._calculation_list_line_items_params", "CalculationListLineItemsParams"), _calculation_lines),
    Route("POST", "tax/transactions/create_from_calculation", ("tax._transaction_create_from_calculation_params", "TransactionCreateFromCalculationParams"), _book_tax),
    Route("POST", "tax/transactions/create_reversal", ("tax._transaction_create_reversal_params", "TransactionCreateReversalParams"), _reverse_tax),
    Route("GET", f"tax/transactions/{ID}", ("tax._transaction_retrieve_params", "TransactionRetrieveParams"), _tax_transaction),
    Route("GET", f"tax/transactions/{ID}/line_items", ("tax._transaction_list_line_items_params", "TransactionListLineItemsParams"), _tax_transaction_lines),
    Route("GET", "tax/settings", ("tax._settings_retrieve_params", "SettingsRetrieveParams"), _tax_settings),
    Route("GET", "tax/registrations", ("tax._registration_list_params", "RegistrationListParams"), _tax_registrations),
    Route("GET", "balance", ("_balance_retrieve_params", "BalanceRetrieveParams"), _balance),
)  # fmt: skip


class Stripe(Platform):
    name = kind = "stripe"
    label = "Stripe"

    def authenticate(self, store: Store, call: Call) -> Account:
        scheme, _, given = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given).decode().partition(":")[0]
            except ValueError:
                given = ""
        for account in all_accounts(store, "stripe"):
            if given and hmac.compare_digest(given, str(account.config.get("api_key", ""))):
                return account
        message = f"Invalid API Key provided: {given[:8]}***" if given else "You did not provide an API key."
        raise invalid(message, status=401)

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        path = call.path.strip("/").removeprefix("v1/")
        for route in ROUTES:
            if route.method == call.method and (found := re.fullmatch(route.pattern, path)):
                return self._once(store, call, account, route, found.groups())
        raise invalid(f"Unrecognized request URL ({call.method}: /v1/{path}).", status=404)

    def _once(self, store: Store, call: Call, account: Account, route: Route, ids: tuple[str, ...]) -> Answer:
        """The same key with the same parameters is the same answer; with others it is an error."""
        key = call.headers.get("idempotency-key", "") if call.method == "POST" else ""
        if len(key) > KEY_LIMIT:
            raise invalid("Idempotency keys may be up to 255 characters.")
        raw = call.body if call.method == "POST" else urlencode(call.query).encode()
        kind = call.headers.get("content-type", "")
        is_upload = call.method == "POST" and kind.startswith("multipart/form-data")
        values = forms.decode_upload(call.body, kind) if is_upload else forms.decode(raw)
        fingerprint = json.dumps([call.path.strip("/"), values], sort_keys=True)
        row = store.one("select * from idempotency where account = ? and key = ?", account.name, key) if key else None
        if row is not None and row["fingerprint"] != fingerprint:
            message = f"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request."
            raise other("idempotency_error", message, status=400)
        if row is not None:
            return Answer(
                row["status"],
                json.loads(row["response"]),
                {"Idempotent-Replayed": "true", "Request-Id": new_id("req_", 14)},
            )
        try:
            answer = self._act(store, account, route, values, ids)
        except Refused as declined:
            if key and declined.status == DECLINED:
                self._keep(store, account, key, fingerprint, Answer(declined.status, declined.body))
            raise
        if key:
            self._keep(store, account, key, fingerprint, answer)
        if call.method == "POST":
            self.accept(
                store, call, account, recipient=str(answer.body.get("client_reference_id") or ""),
                wire_id=str(answer.body.get("id", "")), body=values,
            )  # fmt: skip
        return answer

    def _keep(self, store: Store, account: Account, key: str, fingerprint: str, answer: Answer) -> None:
        store.run(
            "insert into idempotency (account, key, fingerprint, status, response) values (?, ?, ?, ?, ?)",
            account.name, key, fingerprint, answer.status, json.dumps(answer.body),
        )  # fmt: skip

    def _act(
        self, store: Store, account: Account, route: Route, values: dict[str, Any], ids: tuple[str, ...]
    ) -> Answer:
        contract.check(values, module=route.params[0], model=route.params[1])
        wanted = values.pop("expand", [])
        thing = route.act(store, account, values, ids)
        body = objects.public(objects.expand(store, account, thing, wanted if isinstance(wanted, list) else [wanted]))
        return Answer(200, body, {"Request-Id": new_id("req_", 14)})

    def refusal_for(self, fault: Fault) -> Refused | None:
        if fault.kind == "rate_limit":
            return other(
                "invalid_request_error", "Too many requests hit the API too quickly.", status=429, code="rate_limit"
            )
        if fault.kind == "server_error":
            return other("api_error", "An unknown error occurred.", status=int(fault.number("status", 500)))
        if fault.kind in ("error", "error_in_200"):
            status = 200 if fault.kind == "error_in_200" else 402
            return other("card_error", "A planned fault of the sandbox.", status=status, code="card_declined")
        return None


def pass_time(store: Store) -> None:
    """Every account's clockwork; the courier ticks it."""
    for account in all_accounts(store, "stripe"):
        sessions.pass_time(store, account)
