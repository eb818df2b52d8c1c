"""Stripe, where the money comes in: hosted pages, refunds, disputes, events whose timestamps may lie in the future."""

import datetime as dt
import io
import json
import time
from collections.abc import Mapping
from typing import Any, ClassVar

import stripe
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from apps.carts.money import from_minor, to_minor, zero
from apps.merchants.doors import Malformed, NotConfigured, SignatureWrong
from apps.merchants.storable import storable
from apps.merchants.stripe_client import api_of, ask

from ..provider import (
    MOST_EVIDENCE,
    ChargeRequest,
    CheckoutRequest,
    Claim,
    Fact,
    KeptCard,
    Kind,
    Provider,
    ProviderRefused,
    RefundAnswer,
    Session,
    Stage,
    Stand,
    WebhookMessage,
)

TOLERANCE = 300  # seconds a signature may be old, or (which the SDK would let pass) ahead of us
PAGE = 100
MOST_EVENTS = 2000
LOCALES = {"en": "en", "de": "de", "es": "es", "zh-hans": "zh"}
REFUND_STATES = {
    "succeeded": "done",
    "pending": "pending",
    "requires_action": "pending",
    "failed": "failed",
    "canceled": "failed",
}
REFUND_FACTS = {"done": Kind.REFUNDED, "failed": Kind.REFUND_FAILED, "pending": Kind.REFUND_PENDING}
STAGES = {"requires_confirmation": Stage.NEW, "requires_action": Stage.AT_BANK}
ASKS_BANK = "authentication_required"  # no failure yet: its owner can say yes at the bank's page
AGREED = "always"  # how a card is marked whose owner ticked the box on the hosted page
# https://docs.stripe.com/api/disputes/object#dispute_object-status
STANDS = {
    "needs_response": Stand.OPEN,
    "warning_needs_response": Stand.OPEN,
    "under_review": Stand.REVIEW,
    "warning_under_review": Stand.REVIEW,
    "warning_closed": Stand.DROPPED,
    "prevented": Stand.DROPPED,
    "won": Stand.WON,
    "lost": Stand.LOST,
}
DECIDED = {Stand.WON: Kind.DISPUTE_WON, Stand.LOST: Kind.DISPUTE_LOST}
INQUIRIES = ("warning_needs_response", "warning_under_review", "warning_closed", "prevented")  # no money moved
# https://docs.stripe.com/api/disputes/update
EVIDENCE = {
    "name": "customer_name",
    "email": "customer_email_address",
    "address": "shipping_address",
    "goods": "product_description",
    "carrier": "shipping_carrier",
    "tracking_number": "shipping_tracking_number",
    "shipped_on": "shipping_date",
    "arrived_on": "service_date",
    "receipt": "receipt",
}
IN_ONE_TEXT = ("explanation", "conversation")  # what Stripe has no room of its own for


class Stripe(Provider):
    name, label = "stripe", "Stripe"
    required_config = ("api_key", "webhook_secret")
    secret_config = ("api_key", "webhook_secret")
    config_help: ClassVar[Mapping[str, Any]] = {
        "api_key": _("The secret key (sk_… or a restricted rk_…) of the account the money goes to."),
        "webhook_secret": _("The signing secret (whsec_…) Stripe shows for the webhook's address; proves its events."),
        "account": _("Optional: the connected account (acct_…) whose events are taken."),
        "api_base": _("Another address than https://api.stripe.com (proxies, emulators)."),
    }

    def verify(self, headers: Mapping[str, str], body: bytes, config: Mapping[str, Any]) -> None:
        secret = config.get("webhook_secret")
        if not secret:
            raise NotConfigured("the webhook secret is not set")
        header = headers.get("stripe-signature", "")
        if not header.isascii():  # the SDK's comparison would break on it instead of failing
            raise SignatureWrong("not a signature of theirs")
        try:
            stripe.WebhookSignature.verify_header(body.decode(), header, str(secret), TOLERANCE)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise SignatureWrong(str(error)) from error
        if _timestamp(header) > time.time() + TOLERANCE:
            raise SignatureWrong("signed in the future")

    def parse_webhook(self, body: bytes) -> WebhookMessage:
        try:
            payload = storable(json.loads(body.decode(), parse_constant=_no_constant))
        except (ValueError, RecursionError) as error:
            raise Malformed(str(error)) from error
        return self.read_event(payload)

    def read_event(self, payload: Mapping[str, Any]) -> WebhookMessage:
        try:
            thing = payload["data"]["object"]
            kind = str(thing.get("object", ""))
            metadata = thing.get("metadata") or {}
            return WebhookMessage(
                id=str(payload["id"]),
                kind=str(payload["type"]),
                created_at=_moment(payload["created"]),
                livemode=bool(payload.get("livemode")),
                account=str(payload.get("account") or ""),
                session_id=str(thing["id"]) if kind == "checkout.session" else "",
                payment_id=str(thing["id"] if kind == "payment_intent" else thing.get("payment_intent") or ""),
                reference=str(metadata.get("payment", "")),
                payload=dict(payload),
            )
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise Malformed(f"not an event: {error!r}") from error

    def is_ours(self, message: WebhookMessage, config: Mapping[str, Any]) -> bool:
        if message.account and message.account != config.get("account"):
            return False
        return message.livemode == is_live(config)

    def create_checkout(self, request: CheckoutRequest, config: Mapping[str, Any], *, key: str) -> Session:
        metadata = {"payment": request.reference, "order": request.order_number}
        params: Any = {
            "mode": "payment",
            "client_reference_id": request.order_number,
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": request.order_number},
            "line_items": [
                {
                    "quantity": line.quantity,
                    "price_data": {
                        "currency": str(line.unit_price.currency).lower(),
                        "unit_amount": to_minor(line.unit_price),
                        "product_data": {"name": line.title},
                    },
                }
                for line in request.lines
            ],
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": int(request.expires_at.timestamp()),
            "locale": LOCALES.get(request.language, "auto"),
        }
        if request.reserves:
            params["payment_intent_data"]["capture_method"] = "manual"
        if request.customer:
            params |= _asking_to_keep(request)
        api = api_of(config).v1.checkout.sessions
        return _session(ask(lambda: api.create(params=params, options={"idempotency_key": key})).to_dict(), config)

    def fetch_checkout(self, session_id: str, config: Mapping[str, Any]) -> Session:
        api = api_of(config).v1.checkout.sessions
        wanted: Any = {"expand": ["payment_intent.payment_method", "payment_intent.latest_charge"]}
        found = ask(lambda: api.retrieve(session_id, params=wanted)).to_dict()
        return _session(found, config)

    def expire_checkout(self, session_id: str, config: Mapping[str, Any]) -> Session:
        api = api_of(config).v1.checkout.sessions
        try:
            ask(lambda: api.expire(session_id))
        except ProviderRefused:
            return self.fetch_checkout(session_id, config)  # paid or over already: what it is now decides
        return self.fetch_checkout(session_id, config)

    def create_customer(self, reference: str, config: Mapping[str, Any], *, key: str) -> str:
        params: Any = {"metadata": {"payer": reference}}
        api = api_of(config).v1.customers
        return str(ask(lambda: api.create(params=params, options={"idempotency_key": key})).id)

    def create_charge(self, request: ChargeRequest, config: Mapping[str, Any], *, key: str) -> Session:
        params: Any = {
            "amount": to_minor(request.amount),
            "currency": str(request.amount.currency).lower(),
            "customer": request.customer,
            "payment_method": request.card,
            "allowed_payment_method_types": ["card"],
            "metadata": {"payment": request.reference, "order": request.order_number},
            "description": request.order_number,
        }
        if request.reserves:
            params["capture_method"] = "manual"
        api = api_of(config).v1.payment_intents
        return _charge(ask(lambda: api.create(params=params, options={"idempotency_key": key})).to_dict(), config)

    def confirm_charge(
        self, payment_id: str, card: str, config: Mapping[str, Any], *, key: str, return_url: str = ""
    ) -> Session:
        how: dict[str, Any] = {"return_url": return_url} if return_url else {"off_session": True}
        params: Any = {"payment_method": card, **how}
        api = api_of(config).v1.payment_intents
        try:
            found = ask(lambda: api.confirm(payment_id, params=params, options={"idempotency_key": key})).to_dict()
        except ProviderRefused:
            return self.fetch_charge(payment_id, config)
        return _charge(found, config)

    def fetch_charge(self, payment_id: str, config: Mapping[str, Any]) -> Session:
        api = api_of(config).v1.payment_intents
        wanted: Any = {"expand": ["latest_charge"]}
        return _charge(ask(lambda: api.retrieve(payment_id, params=wanted)).to_dict(), config)

    def end_charge(self, payment_id: str, config: Mapping[str, Any]) -> Session:
        """Looked at first: Stripe refuses to cancel what was taken, but would let go of what is reserved.

        https://docs.stripe.com/api/payment_intents/cancel
        """
        found = self.fetch_charge(payment_id, config)
        if any(fact.kind == Kind.AUTHORISED for fact in found.facts):
            return found
        return self.cancel_charge(payment_id, config)

    def cancel_charge(self, payment_id: str, config: Mapping[str, Any]) -> Session:
        api = api_of(config).v1.payment_intents
        wanted: Any = {"expand": ["latest_charge"]}
        try:
            return _charge(ask(lambda: api.cancel(payment_id, params=wanted)).to_dict(), config)
        except ProviderRefused:
            return self.fetch_charge(payment_id, config)  # paid or over already

    def capture(self, payment_id: str, amount: Money, config: Mapping[str, Any], *, key: str) -> None:
        """One capture, the last: without multicapture Stripe lets go of the rest.

        https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
        """
        params: Any = {"amount_to_capture": to_minor(amount)}
        api = api_of(config).v1.payment_intents
        ask(lambda: api.capture(payment_id, params=params, options={"idempotency_key": key}))

    def forget(self, ref: str, config: Mapping[str, Any]) -> None:
        api = api_of(config).v1
        try:
            ask(lambda: api.customers.delete(ref) if ref.startswith("cus_") else api.payment_methods.detach(ref))
        except ProviderRefused as refused:
            if refused.code not in ("", "resource_missing"):  # without a code: it is attached to nobody
                raise

    def refund(self, payment_id: str, amount: Money, config: Mapping[str, Any], *, key: str) -> RefundAnswer:
        params: Any = {"payment_intent": payment_id, "amount": to_minor(amount), "metadata": {"refund": key}}
        api = api_of(config).v1.refunds
        found = ask(lambda: api.create(params=params, options={"idempotency_key": key})).to_dict()
        return RefundAnswer(
            id=found["id"],
            amount=from_minor(found["amount"], found["currency"]),
            state=REFUND_STATES.get(found["status"], "pending"),
        )

    def upload(self, name: str, content: bytes, config: Mapping[str, Any], *, key: str) -> str:
        api = api_of(config).v1.files
        file: Any = io.BytesIO(content)
        file.name = name  # where the SDK reads it
        params: Any = {"purpose": "dispute_evidence", "file": file}
        return str(ask(lambda: api.create(params=params, options={"idempotency_key": key})).id)

    def fetch_dispute(self, ref: str, config: Mapping[str, Any]) -> Claim:
        api = api_of(config).v1.disputes
        return _claim(ask(lambda: api.retrieve(ref)).to_dict())

    def answer_dispute(self, ref: str, evidence: Mapping[str, str], config: Mapping[str, Any], *, key: str) -> Claim:
        theirs = {EVIDENCE[name]: text for name, text in evidence.items() if text and name in EVIDENCE}
        said = "\n\n".join(evidence[name] for name in IN_ONE_TEXT if evidence.get(name))
        params: Any = {
            "evidence": theirs | ({"uncategorized_text": said[:MOST_EVIDENCE]} if said else {}),
            "submit": True,
        }
        api = api_of(config).v1.disputes
        return _claim(ask(lambda: api.update(ref, params=params, options={"idempotency_key": key})).to_dict())

    def accept_dispute(self, ref: str, config: Mapping[str, Any], *, key: str) -> Claim:
        api = api_of(config).v1.disputes
        return _claim(ask(lambda: api.close(ref, options={"idempotency_key": key})).to_dict())

    def list_events(self, since: dt.datetime, config: Mapping[str, Any]) -> list[WebhookMessage]:
        api = api_of(config).v1.events
        found: list[WebhookMessage] = []
        after = ""
        while len(found) < MOST_EVENTS:
            params: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
            if after:
                params["starting_after"] = after
            page = ask(lambda params=params: api.list(params=params)).to_dict()  # type: ignore[misc]
            found += [self.read_event(storable(event)) for event in page["data"]]
            if not page["has_more"] or not page["data"]:
                break
            after = page["data"][-1]["id"]
        return found[::-1]


def is_live(config: Mapping[str, Any]) -> bool:
    """Whether this account's key moves real money."""
    return str(config.get("api_key", "")).startswith(("sk_live_", "rk_live_"))


def _asking_to_keep(request: CheckoutRequest) -> dict[str, Any]:
    """The page has a box to tick. Cards kept before are not shown there: whoever holds the link may open it."""
    return {
        "customer": request.customer,
        "saved_payment_method_options": {
            "payment_method_save": "enabled",
            "allow_redisplay_filters": ["unspecified"],
        },
        "custom_text": {"submit": {"message": request.note}},
    }


def _charge(intent: dict[str, Any], config: Mapping[str, Any]) -> Session:
    """A charge without a page, in the shape of one."""
    metadata = intent.get("metadata") or {}
    trouble = (intent.get("last_payment_error") or {}).get("code") or ""
    stage = STAGES.get(intent["status"], Stage.DONE)
    if intent["status"] == "requires_payment_method" and trouble == ASKS_BANK:
        stage = Stage.UNPROVEN
    return Session(
        id="",
        url=((intent.get("next_action") or {}).get("redirect_to_url") or {}).get("url") or "",
        is_open=stage != Stage.DONE,
        reference=str(metadata.get("payment", "")),
        order_number=str(metadata.get("order", "")),
        amount=from_minor(intent["amount"], intent["currency"]),
        expires_at=None,
        livemode=bool(intent.get("livemode")),
        payment_id=intent["id"],
        facts=tuple(_charge_facts(intent, config)) if stage == Stage.DONE else (),
        capture_before=_capture_before(intent),
        stage=stage,
        trouble=(intent.get("last_payment_error") or {}).get("decline_code") or trouble,
    )


def _charge_facts(intent: dict[str, Any], config: Mapping[str, Any]) -> list[Fact]:
    at, nothing = _moment(intent["created"]), zero(intent["currency"].upper())
    if _is_reserved(intent):
        return _reserved_facts(intent, config)
    match intent["status"]:
        case "succeeded":
            return _money_facts(intent, config)
        case "canceled":
            return [Fact(Kind.EXPIRED, nothing, intent["id"], at)]
        case "processing":
            return [Fact(Kind.PROCESSING, nothing, intent["id"], at)]
    return [Fact(Kind.FAILED, nothing, intent["id"], at)]


def _kept_card(session: dict[str, Any], intent: dict[str, Any] | None) -> KeptCard | None:
    """The card, if its owner agreed that it is kept for this shopper."""
    method = (intent or {}).get("payment_method")
    if not isinstance(method, dict) or method.get("type") != "card" or method.get("allow_redisplay") != AGREED:
        return None
    owner, card = method.get("customer"), method["card"]
    if not owner or owner != session.get("customer"):
        return None
    return KeptCard(method["id"], owner, card["brand"], card["last4"], card["exp_month"], card["exp_year"])


def _session(found: dict[str, Any], config: Mapping[str, Any]) -> Session:
    intent = found.get("payment_intent")
    metadata = found.get("metadata") or {}
    return Session(
        id=found["id"],
        url=found.get("url") or "",
        is_open=found["status"] == "open",
        reference=str(metadata.get("payment", "")),
        order_number=str(found.get("client_reference_id") or ""),
        amount=from_minor(found["amount_total"], found["currency"]),
        expires_at=_moment(found["expires_at"]) if found.get("expires_at") else None,
        livemode=bool(found.get("livemode")),
        payment_id=str(intent["id"] if isinstance(intent, dict) else intent or ""),
        facts=tuple(_facts(found, intent if isinstance(intent, dict) else None, config)),
        card=_kept_card(found, intent if isinstance(intent, dict) else None),
        capture_before=_capture_before(intent if isinstance(intent, dict) else {}),
    )


def _facts(session: dict[str, Any], intent: dict[str, Any] | None, config: Mapping[str, Any]) -> list[Fact]:
    """What is true of the page's money now. "Complete" alone is not paid: a bank may take days to say no."""
    currency = session["currency"].upper()
    if session["status"] == "expired":
        return [Fact(Kind.EXPIRED, zero(currency), session["id"], _moment(session["expires_at"]))]
    if session["status"] != "complete" or intent is None:
        return []
    if _is_reserved(intent):
        return _reserved_facts(intent, config)
    at = _moment(intent["created"])
    if session["payment_status"] != "paid":
        kind = Kind.PROCESSING if intent["status"] == "processing" else Kind.FAILED
        return [Fact(kind, zero(currency), intent["id"], at)]
    return _money_facts(intent, config)


def _is_reserved(intent: dict[str, Any]) -> bool:
    """Whether its money was reserved, to be taken later, whatever has become of it since.

    What was cancelled before the bank said yes has a charge too, if the bank said no or asked for its owner: a failed one.
    https://docs.stripe.com/api/charges/object#charge_object-status
    """
    charge = intent.get("latest_charge")
    if intent.get("capture_method") != "manual" or not charge:
        return False
    if intent["status"] == "canceled":
        return not isinstance(charge, dict) or charge["status"] == "succeeded"
    return intent["status"] in ("requires_capture", "succeeded")


def _reserved_facts(intent: dict[str, Any], config: Mapping[str, Any]) -> list[Fact]:
    """What was reserved, and taken of it; or that it is so no more: cancelled, or its days have run out."""
    at, whole = _moment(intent["created"]), from_minor(intent["amount"], intent["currency"])
    reserved = Fact(Kind.AUTHORISED, whole, intent["id"], at)
    match intent["status"]:
        case "succeeded":
            return [reserved, *_money_facts(intent, config)]
        case "canceled":
            return [reserved, Fact(Kind.VOIDED, whole, intent["id"], at)]
    return [reserved]


def _capture_before(intent: dict[str, Any]) -> dt.datetime | None:
    """Until when the card's bank keeps it reserved: seven days for most, and the charge says it.

    https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
    """
    charge = intent.get("latest_charge")
    details = charge.get("payment_method_details") or {} if isinstance(charge, dict) else {}
    seconds = (details.get("card") or {}).get("capture_before")
    return _moment(seconds) if seconds else None


def _money_facts(intent: dict[str, Any], config: Mapping[str, Any]) -> list[Fact]:
    """What came, and what has gone back or is in question since."""
    at = _moment(intent["created"])
    received = intent.get("amount_received") or 0
    facts = [Fact(Kind.CAPTURED, from_minor(received, intent["currency"]), intent["id"], at)]
    let_go = intent["amount"] - received if intent.get("capture_method") == "manual" else 0
    return facts + _refund_facts(intent["id"], config, let_go=let_go) + _dispute_facts(intent["id"], config)


def _refund_facts(intent_id: str, config: Mapping[str, Any], *, let_go: int = 0) -> list[Fact]:
    """Without the one by which Stripe itself lets go of what a capture left (`let_go`, in minor units): the first that
    nobody named. https://docs.stripe.com/api/payment_intents/capture
    """
    api = api_of(config).v1.refunds
    page = ask(lambda: api.list(params={"payment_intent": intent_id, "limit": PAGE})).to_dict()
    facts = []
    oldest_first = page["data"][::-1]
    nameless = [refund for refund in oldest_first if not (refund.get("metadata") or {}).get("refund")]
    theirs = next((refund["id"] for refund in nameless if let_go and refund["amount"] == let_go), "")
    for refund in page["data"]:
        if refund["id"] == theirs:
            continue
        kind = REFUND_FACTS[REFUND_STATES.get(refund["status"], "pending")]
        amount = from_minor(refund["amount"], refund["currency"])
        name = str((refund.get("metadata") or {}).get("refund", ""))
        facts.append(Fact(kind, amount, refund["id"], _moment(refund["created"]), key=name))
    return facts


def _dispute_facts(intent_id: str, config: Mapping[str, Any]) -> list[Fact]:
    api = api_of(config).v1.disputes
    page = ask(lambda: api.list(params={"payment_intent": intent_id, "limit": PAGE})).to_dict()
    facts = []
    for dispute in page["data"]:
        facts += _claimed(_claim(dispute))
    return facts


def _claimed(claim: Claim) -> list[Fact]:
    """What a dispute means for the money; one that is an inquiry, nothing yet."""
    kind = Kind.INQUIRY if claim.is_inquiry else Kind.DISPUTED
    facts = [Fact(kind, claim.amount, claim.ref, claim.opened_at, claim=claim)]
    if claim.stand in DECIDED:
        facts.append(Fact(DECIDED[claim.stand], claim.amount, claim.ref, claim.opened_at))
    return facts


def _claim(found: dict[str, Any]) -> Claim:
    """Stripe names what moved and what it costs in the currency of the payout."""
    details, moved = found.get("evidence_details") or {}, found.get("balance_transactions") or []
    currency = str(moved[0]["currency"] if moved else found["currency"])
    return Claim(
        ref=found["id"],
        reason=str(found.get("reason") or "general"),
        stand=STANDS.get(found["status"], Stand.REVIEW),
        is_inquiry=found["status"] in INQUIRIES,
        amount=from_minor(found["amount"], found["currency"]),
        opened_at=_moment(found["created"]),
        due_by=_moment(details["due_by"]) if details.get("due_by") else None,
        answers=int(details.get("submission_count") or 0),
        moves=len(moved),
        withheld=from_minor(-sum(int(row["amount"]) for row in moved), currency),
        fee=from_minor(sum(int(row.get("fee") or 0) for row in moved), currency),
    )


def _moment(seconds: Any) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC)


def _timestamp(header: str) -> int:
    """The "t" of a header the SDK has accepted."""
    return next((int(part[2:]) for part in header.split(",") if part.startswith("t=")), 0)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
