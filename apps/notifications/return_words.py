"""What the shop says about a return, claim or exchange, step by step, in the active language."""

from typing import Any

from django.utils.translation import gettext as _
from djmoney.money import Money

from apps.carts.money import format_money, money
from apps.catalog.products import variant_label
from apps.messaging.content import Choice, Content, Media, OrderUpdate
from apps.orders.documents.label_links import code_url, sheet_url
from apps.orders.models import Order, ReturnLabel, ReturnRequest, ReturnRules
from apps.payments.actions import BY_SHOP, pay_url
from apps.payments.tenders import amount_due


def _of(order: Order, data: dict[str, Any]) -> ReturnRequest:
    found: ReturnRequest = order.returns.prefetch_related("lines__line", "lines__replacement__product").get(
        pk=data["returned"]
    )
    return found


def approved(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    """Where it goes and how; of a claim what the shopper gets, for nothing is to be sent."""
    request = _of(order, data)
    facts = {"name": str(request), "goods": request.goods}
    if request.comes_back:
        parts = [
            _("You may send %(goods)s back (%(name)s).") % facts,
            order.merchant.return_instructions,
            request.instructions,
            *_way_home(request),
        ]
        return [_update(request, "approved", parts, url=request.label_url, url_label=_("Return label"))]
    if request.wish == ReturnRequest.Wish.REPLACEMENT:
        said = _(
            "You are right about %(goods)s (%(name)s): we send you the same again. You need not send anything back."
        )
    else:
        said = _("You are right about %(goods)s (%(name)s): you get your money back. You need not send anything back.")
    return [_update(request, "approved", [said % facts, request.instructions])]


def _way_home(request: ReturnRequest) -> list[str]:
    """With a label to come only that; else what the shopper has to write on the parcel."""
    label = request.labels.filter(state__in=ReturnLabel.LIVE).first()
    if label is None:
        return [
            _("Please put a note with %(name)s into the parcel, so that it is found at once.") % {"name": str(request)}
        ]
    if label.account_id is not None:
        return [_("Your return label comes here in a moment.")]
    rules = ReturnRules.objects.get()
    return [_("Please send it to: %(address)s.") % {"address": ", ".join(rules.address)}]


def labelled(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    """The label itself, as often as one was made; nothing of one that is good no more."""
    request = _of(order, data)
    label = request.labels.filter(pk=data["label"], state=ReturnLabel.State.READY).first()
    if label is None:
        return []
    if label.account_id is None:
        said = _("Here is the return slip for %(name)s: print it and put it into the parcel.")
        shown = _("No printer? Show this picture where you hand it in, or write %(name)s on the parcel.")
    else:
        said = _("Here is the return label for %(name)s, with %(carrier)s: print it and stick it on the parcel.")
        shown = _("No printer? Show this picture at the counter of %(carrier)s.")
    facts = {"name": str(request), "carrier": label.carrier}
    sheet = Media(
        text=_("Here it is as a PDF:"),
        media_type="file",
        url=sheet_url(label),
        filename=label.filename,
        alt=_("Return label"),
    )
    return [_update(request, "label", [said % facts]), sheet, *_picture(label, shown % facts)]


def _picture(label: ReturnLabel, said: str) -> list[Content]:
    url = code_url(label)
    return [Media(text=said, media_type="image", url=url, alt=_("Code for your phone"))] if url else []


def label_failed(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    request = _of(order, data)
    said = _(
        "I could not get the return label for %(name)s just now. A colleague looks after it and writes to you here."
    )
    return [_update(request, "label_failed", [said % {"name": str(request)}])]


def underway(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    request = _of(order, data)
    facts = {"name": str(request), "goods": request.goods, "carrier": data.get("carrier", "")}
    return [
        _update(request, "underway", [_("%(carrier)s has your return %(name)s: it is on its way back to us.") % facts])
    ]


def arrived(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    request = _of(order, data)
    said = _("Your return %(name)s has arrived at our door. We unpack it and tell you here when it is settled.")
    return [_update(request, "arrived", [said % {"name": str(request)}])]


def declined(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    request = _of(order, data)
    facts = {"name": str(request), "goods": request.goods, "reason": request.declined_because}
    parts = [
        _("We are sorry: we cannot agree to %(name)s, %(goods)s.") % facts,
        _("The reason: %(reason)s") % facts if request.declined_because else "",
        _("If you see it differently, ask a person."),
    ]
    human = Choice(label=_("Ask a person"), action={"do": "human"})
    return [_update(request, "declined", parts, choices=(human,))]


def received(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    request = _of(order, data)
    facts = {"name": str(request), "goods": request.goods, "other": _instead(request)}
    if request.wish == ReturnRequest.Wish.MONEY:
        said = _("%(goods)s is back with us (%(name)s). We look at it and pay you back.")
    elif data.get("lacks"):
        said = _(
            "%(goods)s is back with us (%(name)s). %(other)s has sold out meanwhile: you get your money back, or wait "
            "for the next one. A colleague will ask you here."
        )
    else:
        said = _("%(goods)s is back with us (%(name)s). %(other)s is kept for you and leaves next.")
    return [_update(request, "received", [said % facts])]


def refunded(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    """That money comes is said when it is on its way, as of every refund; here only that there was none to pay."""
    request = _of(order, data)
    if money(data["amount"], data["currency"]).amount:
        return []
    nothing = format_money(money(0, data["currency"]), language)
    said = _("%(name)s, %(goods)s, is settled. It had cost %(nothing)s, so there is nothing to pay back.")
    facts = {"name": str(request), "goods": request.goods, "nothing": nothing}
    return [_update(request, "refunded", [said % facts])]


def replaced(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    request = _of(order, data)
    facts = {"name": str(request), "other": _instead(request), "carrier": data.get("carrier", "")}
    parts = [_("%(other)s is on its way to you with %(carrier)s (%(name)s).") % facts]
    if data.get("number"):
        parts.append(_("Tracking number: %s") % data["number"])
    return [_update(request, "replaced", parts, url=data.get("url", ""), url_label=_("Track the parcel"))]


def cancelled(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    request = _of(order, data)
    facts = {"name": str(request), "goods": request.goods}
    return [_update(request, "cancelled", [_("%(name)s, %(goods)s, is called off. You keep the goods.") % facts])]


def difference_paid(request: ReturnRequest, due: Money, language: str) -> list[Content]:
    """The money of an exchange for something dearer is here; nothing is said where none was due."""
    if not due.amount:
        return []
    facts = {"amount": format_money(due, language), "name": str(request), "other": _instead(request)}
    said = _(
        "Thank you! We have received the difference of %(amount)s. Your exchange %(name)s is with the shop now, and "
        "%(other)s is kept for you."
    )
    return [_update(request, "requested", [said % facts])]


def unpaid(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    """In the thread the shopper said yes and gets the link there; here one that the shop has agreed with them."""
    request = _of(order, data)
    draft = request.exchange_order
    if draft is None or not (due := amount_due(draft)).amount:
        return []
    if not draft.events.filter(kind="drafted", data__confirmed_by=BY_SHOP).exists():
        return []
    facts = {
        "name": str(request),
        "goods": request.goods,
        "other": _instead(request),
        "amount": format_money(due, language),
    }
    said = _(
        "Your exchange %(name)s: %(other)s instead of %(goods)s. The difference is %(amount)s. Once it is paid, the "
        "exchange goes to the shop; until then %(other)s is kept for you."
    )
    return [_update(request, "unpaid", [said % facts], url=pay_url(draft), url_label=_("Pay %s") % facts["amount"])]


def _instead(request: ReturnRequest) -> str:
    return ", ".join(
        f"{some.quantity} × {variant_label(some.replacement)}" for some in request.lines.all() if some.replacement
    )


def _update(
    request: ReturnRequest,
    state: str,
    parts: list[str],
    *,
    url: str = "",
    url_label: str = "",
    choices: tuple[Choice, ...] = (),
) -> OrderUpdate:
    return OrderUpdate(
        text="\n".join(part for part in parts if part),
        order_number=request.order.number,
        state=f"return_{state}",
        url=url,
        url_label=url_label if url else "",
        template=f"return_{state}",
        variables=(str(request),),
        choices=choices,
    )


RETURN_SPEAKERS = {
    "return_unpaid": unpaid,
    "return_approved": approved,
    "return_label": labelled,
    "return_label_failed": label_failed,
    "return_underway": underway,
    "return_arrived": arrived,
    "return_declined": declined,
    "return_received": received,
    "return_refunded": refunded,
    "return_replaced": replaced,
    "return_cancelled": cancelled,
}
