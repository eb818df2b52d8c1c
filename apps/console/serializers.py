"""What consoles are told, as plain dicts: rows of the queue, messages, events, the customer, products."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, JSONObject
from django.utils import formats, translation
from django.utils.translation import gettext
from djmoney.money import Money

from apps.carts.changes import latest_changes
from apps.carts.currencies import shoppers_currency
from apps.carts.log_words import change_in_words, who_changed
from apps.carts.models import Cart
from apps.carts.money import format_money
from apps.carts.quote import quote
from apps.catalog.models import Product
from apps.catalog.products import NoPrice, card_facts, chosen_values, free_units, sellable
from apps.conversations.actions import window_closes_at
from apps.conversations.models import Conversation, Message, ThreadEvent
from apps.conversations.quotes import quoted_by
from apps.conversations.showing import files_of
from apps.conversations.timeline import as_socket_message
from apps.customers.actions import may_receive
from apps.customers.models import Customer
from apps.orders.actions import find_orders
from apps.routing.models import Assignment, Offer

from .reasons import why

SNIPPET = 140
TOLD = ("delete_data",)  # why somebody waits that the timeline says too: another wait's row does not


def rows_of(conversations: QuerySet[Conversation]) -> list[dict[str, Any]]:
    """Queue rows: `{"id", "customer", "name", "channel", "language", "owner", "waiting_since", "snippet", …}`."""
    latest = Message.objects.filter(conversation=OuterRef("pk")).order_by("-seq")
    answers = latest.exclude(author=Message.Author.SHOPPER)
    unanswered = Message.objects.filter(
        conversation=OuterRef("pk"), author=Message.Author.SHOPPER, seq__gt=Coalesce(OuterRef("answered"), Value(0))
    ).order_by("seq")
    asked = Assignment.objects.filter(conversation=OuterRef("pk")).order_by("-pk")
    waiting = asked.filter(outcome=Assignment.Outcome.WAITING)
    filled = waiting.exclude(context__cart=[])
    offers = Offer.objects.filter(
        assignment__conversation=OuterRef("pk"),
        assignment__outcome=Assignment.Outcome.WAITING,
        outcome=Offer.Outcome.OPEN,
    ).order_by("-pk")
    given = {"by": "assignment__given_by", "note": "assignment__context__note"}
    offer = JSONObject(id="pk", to="user", until="until", known="is_known", **given)
    found = conversations.select_related("identity__customer", "channel_account", "owner_user").annotate(
        snippet=Subquery(latest.values("text")[:1]),
        snippet_author=Subquery(latest.values("author")[:1]),
        reason=Subquery(asked.values("reason")[:1]),
        asked_by_name=Subquery(waiting.filter(given_by=None).values("wanted")[:1]),
        cart_value=Subquery(filled.annotate(total=KT("context__cart_total")).values("total")[:1]),
        offer=Subquery(offers.values(shown=offer)[:1]),
        answered=Subquery(answers.values("seq")[:1]),
        unanswered_since=Subquery(unanswered.values("occurred_at")[:1]),
    )
    return [_row(conversation) for conversation in found]


def _row(conversation: Any) -> dict[str, Any]:
    customer = conversation.identity.customer
    closes = window_closes_at(conversation, is_person=True)
    return {
        "id": conversation.public_id,
        "customer": customer.public_id,
        "name": customer.name or conversation.identity.display_name,
        "channel": conversation.channel_account.kind,
        "language": conversation.language or customer.language,
        "owner": conversation.owner,
        "owner_user": conversation.owner_user_id,
        "owner_name": conversation.owner_user.shown_name if conversation.owner_user else "",
        "waiting_since": _iso(conversation.waiting_since),
        "reason": why(conversation.reason or ""),
        "asked_by_name": conversation.asked_by_name,
        "offer": conversation.offer,
        "cart_value": conversation.cart_value or "",
        "unanswered_since": _iso(conversation.unanswered_since),
        "window_closes_at": _iso(closes),
        "last_seq": conversation.last_seq,
        "last_at": _iso(conversation.last_message_at),
        "snippet": (conversation.snippet or "")[:SNIPPET],
        "snippet_author": conversation.snippet_author or "",
    }


def messages_json(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Messages as staff see them, with their files. Needs `author_user` loaded."""
    messages = list(messages)
    files, quotes = files_of(messages), quoted_by(messages)
    return [message_json(each, files.get(each.pk, ()), quotes.get(each.pk)) for each in messages]


def message_json(
    message: Message, files: Sequence[dict[str, Any]] = (), quote: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A message as staff see it: with its state, the reason it failed, and who wrote it. Needs `author_user` loaded."""
    shown = as_socket_message(message, for_shopper=False)
    if files:
        shown["content"]["files"] = files
    if quote:
        shown["quote"] = quote
    shown["text"] = message.text
    shown["name"] = message.author_user.shown_name if message.author_user else ""
    shown["error"] = message.error_detail
    shown.pop("type")
    return shown


def event_json(event: ThreadEvent) -> dict[str, Any]:
    """`{"id", "kind", "seq", "actor", "data", "at"}`. Needs `actor` loaded."""
    reason = event.data.get("reason") if event.kind == "waiting" else None
    return {
        "id": event.pk,
        "kind": event.kind,
        "seq": event.message_seq,
        "actor": event.actor.shown_name if event.actor else "",
        "data": {**event.data, "note": why(reason)} if reason in TOLD else event.data,
        "at": _iso(event.created_at),
    }


def packets(events: Iterable[ThreadEvent]) -> list[dict[str, Any]]:
    """One socket message per event, with the thread's row as it is now. Few queries, however many events."""
    events = list(events)
    rows = {
        row["id"]: row
        for row in rows_of(Conversation.objects.filter(pk__in={event.conversation_id for event in events}))
    }
    wanted = {(event.conversation_id, event.message_seq) for event in events if event.message_seq is not None}
    messages = {
        (message.conversation_id, message.seq): message
        for message in Message.objects.filter(
            conversation_id__in={pair[0] for pair in wanted}, seq__in={pair[1] for pair in wanted}
        ).select_related("author_user")
    }
    files, quotes = files_of(messages.values()), quoted_by(messages.values())
    told = []
    for event in events:
        public_id = event.conversation.public_id
        packet = {"type": "thread", "list_seq": event.pk, "thread": public_id, "row": rows.get(public_id)}
        message = messages.get((event.conversation_id, event.message_seq or 0))
        if message is not None:
            packet |= {"type": "message", **message_json(message, files.get(message.pk, ()), quotes.get(message.pk))}
        if event.kind != "message":
            packet["event"] = event_json(event)
        told.append(packet)
    return told


def customer_json(conversation: Conversation, *, language: str, is_expert: bool) -> dict[str, Any]:
    """The side pane: who this is, what they allowed, their cart and orders. Experts see no address, phone or money."""
    customer = conversation.identity.customer
    pane: dict[str, Any] = {
        "name": customer.name or conversation.identity.display_name,
        "language": customer.language or conversation.language,
        "since": formats.date_format(customer.created_at, "DATE_FORMAT"),
        "channels": [_identity(identity) for identity in _identities(customer)],
        "cart": cart_json(customer, language=language),
        "orders": [] if is_expert else _orders(customer, language),
        "notes": [
            {"text": note.text, "by": note.author.shown_name if note.author else "", "at": _iso(note.created_at)}
            for note in conversation.notes.select_related("author").order_by("-pk")[:20]
        ],
    }
    if not is_expert:
        address = customer.addresses.filter(is_default=True).first()
        pane |= {"phone": str(customer.phone or ""), "email": customer.email, "address": str(address or "")}
    waiting = Assignment.objects.filter(conversation__identity__customer=customer).first()
    pane["handover"] = {"reason": why(waiting.reason), "context": waiting.context} if waiting else None
    pane["currency"] = shoppers_currency(customer)
    return pane


def _identities(customer: Customer) -> Any:
    return customer.identities.select_related("channel_account").order_by("pk")


def _identity(identity: Any) -> dict[str, Any]:
    return {
        "kind": identity.channel_account.kind,
        "name": identity.display_name,
        "verified": identity.verified_at is not None,
        "service": may_receive(identity, "service"),
        "marketing": may_receive(identity, "marketing"),
    }


def cart_json(customer: Customer, *, language: str) -> dict[str, Any]:
    """The open cart as the shopper would see it, and who did what to it, the latest first: `{"lines": [{"variant",
    "title", "quantity", "total", "image"}], "total", "changes": [{"who", "what", "at"}]}`."""
    cart = Cart.objects.filter(customer=customer, status=Cart.Status.OPEN).first()
    if cart is None:
        return {"lines": [], "total": "", "changes": []}
    quoted = quote(cart)
    return {
        "lines": [
            {
                "variant": line.variant.pk,
                "title": line.title,
                "quantity": line.quantity,
                "total": format_money(line.line_total, language),
                "image": line.image_url,
            }
            for line in quoted.lines
        ],
        "total": format_money(quoted.total, language) if quoted.lines else "",
        "changes": [
            {"who": who_changed(change), "what": change_in_words(change), "at": _iso(change.at)}
            for change in latest_changes(cart)
        ],
    }


def _orders(customer: Customer, language: str) -> list[dict[str, Any]]:
    return [
        {
            "number": order.number,
            "status": order.get_status_display(),
            "payment": order.get_payment_status_display(),
            "fulfilment": order.get_fulfilment_status_display(),
            "total": format_money(order.total, language),
            "at": _iso(order.created_at),
        }
        for order in find_orders(customer)[:5]
    ]


def product_json(product: Product, currency: str, *, language: str) -> dict[str, Any] | None:
    """A tile of the catalogue pane; `None` for what has no price in this currency."""
    with translation.override(language):
        try:
            facts = card_facts(product, currency=currency)
        except NoPrice:
            return None
        note = lowest_words(facts.lowest, language)
    return {
        "id": product.pk,
        "title": facts.title,
        "price": format_money(facts.price, language),
        "was": format_money(facts.compare_at, language) if facts.compare_at else "",
        "note": note,
        "from": facts.price_from,
        "stock": facts.stock,
        "image": facts.image_url,
        "alt": facts.image_alt,
        "options": facts.options,
        "variants": [
            {"id": variant.pk, "name": _kind(variant), "left": free_units(variant)} for variant in sellable(product)
        ],
    }


def _kind(variant: Any) -> str:
    """Which of the product's: "M · blue", "" for the only one."""
    return " · ".join(value.value for value in chosen_values(variant))


def lowest_words(lowest: Money | None, language: str) -> str:
    """What the law wants beside a reduction; in the active language."""
    if lowest is None:
        return ""
    return gettext("Lowest price of the last 30 days: {price}").format(price=format_money(lowest, language))


def _iso(moment: Any) -> str:
    return moment.isoformat() if moment else ""
