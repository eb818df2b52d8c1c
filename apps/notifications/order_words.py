"""What the shop says about an order, kind of fact by kind of fact, in the active language."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from babel.dates import format_date
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _
from djmoney.money import Money

from apps.carts.money import LOCALES, format_money, money
from apps.messaging.content import Choice, Content, OrderUpdate, Rate, Step
from apps.orders.actions import order_timeline, parcels_of
from apps.orders.actions.cancel import CART_CHANGED
from apps.orders.exchanged import exchange_of
from apps.orders.models import Order, OrderEvent
from apps.payments.tenders import amount_due

from .handed_words import handed_over
from .return_words import RETURN_SPEAKERS, difference_paid

SCORES = (1, 2, 3, 4, 5)  # a typed number means the choice at that place, and stars are counted from the left


def contents_for(event: OrderEvent, *, language: str) -> list[Content]:
    """The messages this fact deserves, none for a fact that concerns only the shop. Call inside `override(language)`."""
    speak = SPEAKERS.get(event.kind)
    return speak(event.order, event.data, language) if speak else []


def _placed(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    if (asked := exchange_of(order)) is not None:
        return difference_paid(asked, amount_due(order), language)
    facts = {"amount": format_money(order.total, language), "number": order.number}
    state, reserved = "paid", order.events.filter(kind="authorised").first()
    if reserved is not None:  # it may be less than the order costs: gift cards and credit have paid the rest
        state = "reserved"
        facts["amount"] = format_money(_amount_of(order, reserved.data), language)
        paid = _(
            "Thank you! Order %(number)s is placed. %(amount)s are reserved on your card; we take the money when your "
            "first parcel leaves."
        )
        paid %= facts
    elif order.total.amount:
        paid = _("Thank you! We have received your payment of %(amount)s for order %(number)s.") % facts
    else:
        paid = _("Thank you! Order %(number)s is placed; there is nothing to pay.") % facts
    return [
        _update(order, state, f"{paid} {_what_comes(order)}", variables=(facts["number"], facts["amount"])),
    ]


def _captured(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    amount = format_money(_amount_of(order, data), language)
    text = _("We have now taken the %(amount)s that were reserved for order %(number)s. Thank you!")
    text %= {"amount": amount, "number": order.number}
    return [_update(order, "captured", text, variables=(order.number, amount))]


def _released(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    """Less will be taken, or nothing: no money goes back, for none has come."""
    facts = {
        "amount": format_money(_amount_of(order, data), language),
        "number": order.number,
        "goods": ", ".join(_parts(data)),
    }
    if facts["goods"]:
        text = _(
            "%(amount)s of what is reserved for order %(number)s will not be taken, for: %(goods)s. Your bank frees them "
            "with the rest."
        )
    else:
        text = _(
            "The %(amount)s reserved for order %(number)s are free again; nothing was taken. Banks take a few days to "
            "show it."
        )
    return [_update(order, "released", text % facts, variables=(order.number, facts["amount"]))]


def _what_comes(order: Order) -> str:
    """When the parcel should be there; of an order without one, that everything follows here at once."""
    if order.comes_by_chat:
        return _("What you bought follows here in the chat.")
    days = {"low": order.delivery_days_min, "high": order.delivery_days_max}
    if days["low"] == days["high"]:
        arrives = ngettext(
            "It should reach you in %(high)d working day.",
            "It should reach you in %(high)d working days.",
            days["high"],
        )
    else:
        arrives = _("It should reach you in %(low)d to %(high)d working days.")
    soon = _("We will tell you here as soon as the parcel is on its way.")
    return " ".join(filter(None, (arrives % days, _goes_to(order), soon)))


def _goes_to(order: Order) -> str:
    """Where the shopper picks it up; "" where it comes to the door."""
    if not order.point:
        return ""
    hours = f" ({order.point['hours']})" if order.point["hours"] else ""
    return _("It goes to the pick-up point %(point)s.") % {"point": f"{order.point_in_words}{hours}"}


def _shipped(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    if data.get("position", 1) == 1 and exchange_of(order) is not None:
        return []  # that what was exchanged is on its way is said of the exchange
    carrier, number = data.get("carrier", ""), data.get("number", "")
    if data.get("left") or data.get("position", 1) > 1:
        text = _in_parts(order, data)
    else:
        text = _("Your order %(number)s is on its way with %(carrier)s.") % {"number": order.number, "carrier": carrier}
    if number:
        text += " " + _("Tracking number: %s") % number
    update = _update(order, "shipped", text, variables=(order.number, carrier, number))
    return [replace(update, url=data.get("url", ""), url_label=_("Track the parcel") if data.get("url") else "")]


def _in_parts(order: Order, data: dict[str, Any]) -> str:
    """What is in this parcel, and what follows it: "2 of 3 are on their way, the lamp follows"."""
    parcels = parcels_of(order, until=data["position"])
    goods = parcels.sent[-1][1]
    sent, to_come = (sum(some.quantity for some in listed) for listed in (goods, parcels.to_come))
    facts = {
        "number": order.number,
        "carrier": data.get("carrier", ""),
        "goods": ", ".join(map(str, goods)),
        "position": data["position"],
        "sent": sent,
        "all": sent + to_come,
    }
    if not to_come:
        return _("The rest of your order %(number)s is on its way with %(carrier)s: %(goods)s.") % facts
    if data["position"] == 1:
        text = ngettext(
            "%(sent)d of %(all)d items of your order %(number)s is on its way with %(carrier)s: %(goods)s.",
            "%(sent)d of %(all)d items of your order %(number)s are on their way with %(carrier)s: %(goods)s.",
            sent,
        )
    else:
        text = _("Parcel %(position)d of your order %(number)s is on its way with %(carrier)s: %(goods)s.")
    return f"{text % facts} {_('Still to come: %s.') % ', '.join(map(str, parcels.to_come))}"


def _delivered(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    if data.get("left"):
        return [_part_delivered(order, data)]
    arrived = _("Your order %s has arrived. We hope you like it.") % order.number
    choices = tuple(
        Choice(label=label, action={"do": "rate", "order": order.number, "score": score})
        for score, label in zip(SCORES, _score_labels(), strict=True)
    )
    question = _("How happy are you with it, from 1 to 5? You may add a word or two.")
    return [_update(order, "delivered", arrived, variables=(order.number,)), Rate(text=question, choices=choices)]


def _part_delivered(order: Order, data: dict[str, Any]) -> OrderUpdate:
    there = [goods for parcel, goods in parcels_of(order).sent if parcel.pk in data.get("fulfilments", ())]
    text = _("A parcel of your order %(number)s has arrived: %(goods)s. The rest follows.") % {
        "number": order.number,
        "goods": ", ".join(str(some) for goods in there for some in goods),
    }
    return _update(order, "shipped", text, variables=(order.number, "", ""))


def _in_transit(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    return [_of_parcel(order, data, _("%(carrier)s has your parcel (order %(number)s); it is travelling to you."))]


def _out_for_delivery(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    return [_of_parcel(order, data, _("Today is the day: %(carrier)s is bringing the parcel of order %(number)s."))]


def _pick_up(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    return [_of_parcel(order, data, _("The parcel of your order %(number)s is ready: pick it up at %(carrier)s."))]


def _parcel_failed(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    text = _(
        "%(carrier)s could not deliver the parcel of your order %(number)s. We look into it and write to you here; you "
        "need not do anything."
    )
    return [replace(_of_parcel(order, data, text), choices=(_ask_a_person(),))]


def _parcel_returning(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    text = _(
        "The parcel of your order %(number)s is on its way back to us. We look into it and write to you here; nothing is "
        "lost."
    )
    return [replace(_of_parcel(order, data, text), choices=(_ask_a_person(),))]


def _of_parcel(order: Order, data: dict[str, Any], text: str) -> OrderUpdate:
    facts = {"number": order.number, "carrier": data.get("carrier", "")}
    return _update(order, "shipped", text % facts, variables=(order.number, facts["carrier"], ""))


def _ask_a_person() -> Choice:
    return Choice(label=_("Ask a person"), action={"do": "human"})


def _cancelled(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    if data.get("reason") == CART_CHANGED:
        return []  # the shopper changed the cart just now; the new summary says all there is to say
    if exchange_of(order) is not None:
        return []  # it is said of the exchange
    text = " ".join((_("Order %s is cancelled.") % order.number, *_about_the_money(order)))
    browse = Choice(label=_("Browse products"), action={"do": "browse"})
    if order.placed_at is None:  # its goods are in the cart again
        choices = (_my_cart(), browse)
    else:
        choices = (browse, Choice(label=_("Ask a person"), action={"do": "human"}))
    return [replace(_update(order, "cancelled", text, variables=(order.number,)), choices=choices)]


def _about_the_money(order: Order) -> list[str]:
    """What becomes of it; nothing is said of an order that cost nothing."""
    if not order.total.amount:
        return []
    if order.is_paid:
        return [_("What you paid goes back the way it came.")]
    if order.payment_status == Order.PaymentStatus.AUTHORISED:
        return [_("The money was only reserved and is set free again.")]
    if order.payment_status == Order.PaymentStatus.PENDING:
        return [_("If your bank still sends the money, it goes back the way it came.")]
    return [_("Nothing was charged.")] if order.payment_status == Order.PaymentStatus.NONE else []


def _my_cart() -> Choice:
    return Choice(label=_("My cart"), action={"do": "cart"})


def _amount_of(order: Order, data: dict[str, Any]) -> Money:
    return money(data["amount"], data["currency"]) if "amount" in data else order.total


def _refunded(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    if data.get("to") == "exchange":
        return []  # it pays for what the shopper has instead
    amount = money(data["amount"], data["currency"]) if "amount" in data else order.total
    facts = {"amount": format_money(amount, language), "number": order.number, "goods": ", ".join(_parts(data))}
    if data.get("to") == "gift_card":
        text = _("%(amount)s of order %(number)s are back on your gift card •••• %(ends)s.")
        facts["ends"] = data["ends"]
    elif data.get("to") == "store_credit":
        text = _("%(amount)s of order %(number)s are now your store credit. You can use it for your next order here.")
    elif data.get("to") == "till":
        text = _("You have been handed %(amount)s back for order %(number)s. Thank you for coming by.")
    elif facts["goods"]:
        text = _("We have sent %(amount)s back of order %(number)s, for: %(goods)s. Banks take a few days to show it.")
    else:
        text = _("We have sent %(amount)s back for order %(number)s. Banks take a few days to show it.")
    text %= facts
    return [_update(order, "refunded", text, variables=(order.number, format_money(amount, language)))]


def _refund_at_till(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    amount = money(data["amount"], data["currency"]) if "amount" in data else order.total
    text = _(
        "You get %(amount)s back for order %(number)s. You paid in the shop, so it waits for you at the till: "
        "show this message there."
    )
    if data.get("to") == "platform":
        text = _(
            "You get %(amount)s back for order %(number)s. You paid right here in the chat, so a colleague sends it back the "
            "way it came, and we tell you when that is done."
        )
    text %= {"amount": format_money(amount, language), "number": order.number}
    human = Choice(label=_("Ask a person"), action={"do": "human"})
    update = _update(order, "refunded", text, variables=(order.number,))
    return [replace(update, template="order_refund_waiting", choices=(human,))]


def _parts(data: dict[str, Any]) -> list[str]:
    """What a refund was for, where it was for a part."""
    return [*data.get("goods", ()), *([_("delivery")] if data.get("delivery") else [])]


def _refund_failed(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    """Only who was told that the money is coming has to hear that it is not."""
    if "refund" in data and not order.events.filter(kind="refunded", data__refund=data["refund"]).exists():
        return []
    amount = money(data["amount"], data["currency"]) if "amount" in data else order.total
    text = _(
        "We are sorry: the %(amount)s we sent back for order %(number)s did not reach your bank. "
        "A colleague looks into it and tells you here."
    ) % {"amount": format_money(amount, language), "number": order.number}
    human = Choice(label=_("Ask a person"), action={"do": "human"})
    update = _update(order, "review", text, variables=(order.number,))
    return [replace(update, choices=(human,))]


def _expired(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    if exchange_of(order) is not None:
        return []  # it is said of the exchange
    text = (
        _("The time to pay for order %s has run out and nothing was charged. Your cart is as you left it.")
        % order.number
    )
    again = Choice(label=_("Order again"), action={"do": "checkout"}, style="primary")
    return [replace(_update(order, "expired", text, variables=(order.number,)), choices=(again, _my_cart()))]


def _unfillable(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    text = (
        _(
            "We are sorry: while your payment for order %s was on its way, the last piece was sold. "
            "Your money goes back in full. Shall a person look for something similar?"
        )
        % order.number
    )
    human = Choice(label=_("Ask a person"), action={"do": "human"}, style="primary")
    return [replace(_update(order, "unfillable", text, variables=(order.number,)), choices=(human,))]


def _review(order: Order, data: dict[str, Any], language: str) -> list[Content]:
    text = (
        _("A payment for order %s came in that does not match. A person is looking at it; you need not pay again.")
        % order.number
    )
    return [_update(order, "review", text, variables=(order.number,))]


SPEAKERS: dict[str, Callable[[Order, dict[str, Any], str], list[Content]]] = {
    "placed": _placed,
    "handed_over": handed_over,
    "shipped": _shipped,
    "in_transit": _in_transit,
    "out_for_delivery": _out_for_delivery,
    "pick_up": _pick_up,
    "parcel_failed": _parcel_failed,
    "parcel_returning": _parcel_returning,
    "delivered": _delivered,
    "cancelled": _cancelled,
    "captured": _captured,
    "released": _released,
    "refunded": _refunded,
    "refund_at_till": _refund_at_till,
    "refund_failed": _refund_failed,
    "expired": _expired,
    "unfillable": _unfillable,
    "review": _review,
    **RETURN_SPEAKERS,
}


def _update(order: Order, state: str, text: str, *, variables: tuple[str, ...]) -> OrderUpdate:
    zone, locale = order.merchant.zone, LOCALES.get(get_language() or "", "en")
    steps = tuple(
        Step(
            label=step.label,
            at=format_date(step.at.astimezone(zone).date(), "medium", locale=locale) if step.at else "",
            is_done=step.is_done,
        )
        for step in order_timeline(order)
    )
    return OrderUpdate(
        text=text, order_number=order.number, state=state, steps=steps, template=f"order_{state}", variables=variables
    )


def _score_labels() -> tuple[str, ...]:
    return (
        pgettext("rating", "1 – bad"),
        pgettext("rating", "2 – not so good"),
        pgettext("rating", "3 – fair"),
        pgettext("rating", "4 – good"),
        pgettext("rating", "5 – wonderful"),
    )
