"""What a person at the console can do. Each function runs in the merchant's scope and returns what to tell them."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext

from apps.carts.currencies import shoppers_currency
from apps.carts.money import format_money
from apps.catalog.lists import terms_for
from apps.catalog.models import Product
from apps.catalog.products import NoPrice, card_facts, load_for_cards, sellable
from apps.conversations.actions import keep_note, send_message
from apps.conversations.models import Conversation, Message, ThreadEvent
from apps.conversations.quotes import quote_of
from apps.messaging.content import Card, Choice, Content, Quote, ShowProduct, Text
from apps.routing.actions import OfferOver, Taken, claim, hand_back, take_over

from .access import Seat
from .serializers import event_json, lowest_words, messages_json, rows_of

LISTED = 200
PAGE = 50
THREAD_EVENTS = (
    *("taken", "returned", "waiting", "withdrawn", "transfer"),
    *("note", "rated", "continued", "went_on", "in_store"),
)
ANYBODY = "anybody"  # a page that does not say whom it saw answering


class Refused(Exception):
    """What was asked cannot be done; the person is told why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def thread_of(public_id: Any) -> Conversation:
    """The merchant's own thread. A stranger's and one that never was are the same answer."""
    found = None
    if isinstance(public_id, str) and len(public_id) <= 32:
        threads = Conversation.objects.select_related("merchant", "channel_account", "identity__customer")
        found = threads.filter(public_id=public_id).first()
    if found is None:
        raise Refused("not_found", _not_here())
    return found


def _not_here() -> str:
    return gettext("This conversation is not here.")


def queue() -> list[dict[str, Any]]:
    """Everybody who waits, longest first, then the threads with the latest news; each person with all their channels."""
    threads = Conversation.objects.filter(last_seq__gt=0)
    listed = rows_of(threads.order_by(F("waiting_since").asc(nulls_last=True), "-last_message_at")[:LISTED])
    return [*listed, *siblings(listed)]


def siblings(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The other channels of these people: a person is one thread, however long ago they wrote on one of them."""
    known = [row["id"] for row in rows]
    theirs = Conversation.objects.filter(identity__customer__public_id__in={row["customer"] for row in rows})
    return rows_of(theirs.filter(last_seq__gt=0).exclude(public_id__in=known).order_by("-last_message_at")[:LISTED])


def history(public_id: Any, *, before: int | None = None) -> dict[str, Any]:
    """A page of the thread, oldest first, with what else happened between its messages."""
    conversation = thread_of(public_id)
    messages = conversation.messages.select_related("author_user").order_by("-seq")
    if before is not None:
        messages = messages.filter(seq__lt=before)
    page = list(messages[:PAGE])[::-1]
    events: Any = ThreadEvent.objects.filter(conversation=conversation, kind__in=THREAD_EVENTS)
    if page:
        events = events.filter(created_at__gte=page[0].created_at)
        events = events.filter(created_at__lte=page[-1].created_at) if before is not None else events
    return {
        "type": "history",
        "thread": conversation.public_id,
        "messages": messages_json(page),
        "events": [event_json(event) for event in events.select_related("actor").order_by("pk")[:200]],
        "has_more": bool(page) and page[0].seq > 1,
    }


def missing(known: dict[str, int], *, limit: int = 500) -> list[dict[str, Any]]:
    """What threads lack after the numbers a console says it has."""
    told: list[dict[str, Any]] = []
    for conversation in Conversation.objects.filter(public_id__in=list(known)):
        after = conversation.messages.filter(seq__gt=known[conversation.public_id]).select_related("author_user")
        told += [
            {"type": "message", "thread": conversation.public_id, **shown}
            for shown in messages_json(after.order_by("seq")[:limit])
        ]
    return told


def heads(public_ids: set[str]) -> dict[str, int]:
    """How far these threads are: `{public_id: last_seq}`."""
    return dict(Conversation.objects.filter(public_id__in=public_ids).values_list("public_id", "last_seq"))


def answer(
    seat: Seat, public_id: Any, text: Any, *, client_id: uuid.UUID, quote: Any = None, seen: Any = ANYBODY
) -> Message:
    """Say `text` to the shopper; whoever answers takes the baton from whom they saw answering (see `hold`). `quote` is the
    number of what it answers, if of one."""
    if not isinstance(text, str) or not text.strip():
        raise Refused("empty", gettext("There is nothing to send yet."))
    if len(text) > 4000:
        raise Refused("too_long", gettext("This is too long. Please send it in several messages."))
    conversation = thread_of(public_id)
    content = Text(text=text.strip(), quote=quoted(conversation, quote))
    return say(seat, conversation, content, client_id=client_id, seen=seen)


def quoted(conversation: Conversation, seq: Any) -> Quote | None:
    """What is answered. Raises `Refused` where the shopper said nothing of that number, or took it back."""
    if seq is None:
        return None
    found = quote_of(conversation, seq) if isinstance(seq, int) and 0 < seq < 2**31 else None
    if found is None:
        raise Refused("not_found", gettext("The message you answer is not there any more."))
    return found


def send_card(seat: Seat, public_id: Any, product_id: Any, *, client_id: uuid.UUID, seen: Any = ANYBODY) -> Message:
    """Show the shopper a product, in their language, with a button that puts it into the cart."""
    conversation = thread_of(public_id)
    found = Product.objects.filter(pk=product_id, status=Product.Status.ACTIVE) if isinstance(product_id, int) else []
    customer = conversation.identity.customer
    products = load_for_cards(found, terms_for(conversation.merchant, customer.pk))
    if not products:
        raise Refused("not_found", gettext("This product is not on sale any more."))
    currency = shoppers_currency(customer)
    language = conversation.language or conversation.merchant.default_language
    with translation.override(language):
        try:
            content = product_card(products[0], currency=currency, language=language)
        except NoPrice as none:
            raise Refused(
                "no_price", gettext("This is not sold in %s, which the shopper pays in.") % currency
            ) from none
    return say(seat, conversation, content, client_id=client_id, seen=seen)


def product_card(product: Product, *, currency: str, language: str) -> ShowProduct:
    """The card as a shopper gets it. With several variants its button asks which one."""
    facts = card_facts(product, currency=currency)
    variants = sellable(product)
    price = format_money(facts.price, language)
    if len(variants) == 1:
        first = Choice(
            label=gettext("Add to cart"),
            action={"do": "add", "variant": variants[0].pk, "quantity": 1},
            style="primary",
        )
    else:
        first = Choice(label=gettext("Choose"), action={"do": "show", "product": product.pk}, style="primary")
    return ShowProduct(
        card=Card(
            title=facts.title,
            price=gettext("from {price}").format(price=price) if facts.price_from else price,
            was_price=format_money(facts.compare_at, language) if facts.compare_at else "",
            price_note=lowest_words(facts.lowest, language),
            stock=_stock_words(facts.stock),
            image_url=facts.image_url,
            image_alt=facts.image_alt,
            choices=(first,),
            reference=f"product:{product.pk}",
        )
    )


def _stock_words(stock: int | None) -> str:
    if stock is None or stock > 5:
        return gettext("In stock")
    if stock <= 0:
        return gettext("Sold out")
    return gettext("Only {n} left").format(n=stock)


@transaction.atomic
def say(
    seat: Seat, conversation: Conversation, content: Content, *, client_id: uuid.UUID, seen: Any = ANYBODY
) -> Message:
    """To the shopper, once for each `client_id`; whoever says something takes the baton."""
    earlier = Message.objects.filter(conversation=conversation, client_id=client_id).first()
    if earlier is not None:
        return earlier
    hold(seat, conversation, seen)
    author = Message.Author.EXPERT if seat.is_expert else Message.Author.AGENT
    return send_message(conversation, content, author=author, author_user=seat.user, client_id=client_id)


def hold(seat: Seat, conversation: Conversation, seen: Any) -> None:
    """The thread is this person's from now on, if whom they saw answering still does: a user's number, None the assistant.

    Words meant for a thread of one's own do not take it back from whom it was passed on to: that raises `Refused`.
    """
    if seen == ANYBODY:
        if conversation.owner_user_id != seat.user.pk:
            take_over(conversation, seat.user)
        return
    if seen is not None and (not isinstance(seen, int) or isinstance(seen, bool)):
        raise Refused("bad_number", "Who was seen answering is the number of a person, or null.")
    try:
        claim(conversation, seat.user, seen=seen)
    except Taken as taken:
        raise faster(taken) from taken
    except OfferOver as over:
        raise Refused("not_found", _not_here()) from over


def faster(taken: Taken) -> Refused:
    """Somebody else has the thread."""
    name = taken.holder.shown_name if taken.holder else gettext("Somebody else")
    return Refused("taken", gettext("{name} was faster and answers now.").format(name=name))


def give_back(seat: Seat, public_id: Any, note: Any) -> None:
    """The assistant answers again."""
    try:
        hand_back(thread_of(public_id), seat.user, note=note[:500] if isinstance(note, str) else "")
    except OfferOver as over:
        raise Refused("not_found", _not_here()) from over


@transaction.atomic
def add_note(seat: Seat, public_id: Any, text: Any, *, client_id: uuid.UUID) -> None:
    """For colleagues only. The same `client_id` twice is one note."""
    conversation = thread_of(public_id)
    if not isinstance(text, str) or not text.strip():
        raise Refused("empty", gettext("There is nothing to keep yet."))
    Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    notes = ThreadEvent.objects.filter(conversation=conversation, kind="note", data__client_id=str(client_id))
    if notes.exists():
        return
    keep_note(conversation, seat.user, text, client_id=str(client_id))
