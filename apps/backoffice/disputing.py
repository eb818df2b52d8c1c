"""What the desk says to a bank: proposed from what the shop knows of the order, and changed by whoever reads it."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.carts.money import format_money
from apps.conversations.actions import mask_secrets
from apps.conversations.models import Message
from apps.merchants import clock
from apps.orders.documents.models import Document
from apps.orders.models import Fulfilment, Order
from apps.payments.models import Dispute

from .forms import SaidField
from .spoken import address_lines

BEFORE = dt.timedelta(days=2)  # how long before the order what was said belongs to it
MOST_MESSAGES, MOST_TALK, MOST_TOLD = 500, 14_000, 5_000
UNHEARD = (Message.State.SUPPRESSED, Message.State.FAILED, Message.State.DEAD)
WHO = {"shopper": gettext_lazy("Shopper"), "bot": gettext_lazy("Assistant"), "system": gettext_lazy("Shop")}
DISPUTED_BECAUSE = {
    "bank_cannot_process": gettext_lazy("the bank could not process it"),
    "check_returned": gettext_lazy("the cheque came back"),
    "credit_not_processed": gettext_lazy("something was returned or called off, and the money did not come back"),
    "customer_initiated": gettext_lazy("the payer objects to the debit"),
    "debit_not_authorized": gettext_lazy("the payer did not allow the debit"),
    "duplicate": gettext_lazy("charged twice"),
    "fraudulent": gettext_lazy("the cardholder says it was not them"),
    "general": gettext_lazy("no special reason"),
    "incorrect_account_details": gettext_lazy("wrong details of the account"),
    "insufficient_funds": gettext_lazy("there was not enough on the account"),
    "noncompliant": gettext_lazy("against the rules of the card's network"),
    "product_not_received": gettext_lazy("the goods did not arrive"),
    "product_unacceptable": gettext_lazy("the goods are broken or not as described"),
    "subscription_canceled": gettext_lazy("charged on after it was cancelled"),
    "unrecognized": gettext_lazy("the cardholder does not know what it is"),
}


def _text(label: Any, longest: int, rows: int = 0, **more: Any) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows}) if rows else UnfoldAdminTextInputWidget()
    return SaidField(label=label, max_length=longest, required=False, widget=widget, **more)


class EvidenceForm(forms.Form):
    """Each field is one of what a bank reads; `EVIDENCE` has the same names."""

    name = _text(gettext_lazy("Shopper's name"), 200)
    email = forms.EmailField(
        label=gettext_lazy("Shopper's e-mail"), max_length=200, required=False, widget=UnfoldAdminEmailInputWidget()
    )
    address = _text(gettext_lazy("Address it was sent to"), 1000, rows=3)
    goods = _text(gettext_lazy("What was bought"), 4000, rows=4)
    carrier = _text(gettext_lazy("Carrier"), 200)
    tracking_number = _text(gettext_lazy("Tracking number"), 400)
    shipped_on = _text(gettext_lazy("Shipped on"), 100)
    arrived_on = _text(gettext_lazy("Delivered on"), 100)
    explanation = _text(gettext_lazy("What the bank should know"), MOST_TOLD, rows=10)
    conversation = _text(gettext_lazy("What was said in the thread"), MOST_TALK + 1000, rows=12)
    sends_invoice = forms.BooleanField(
        label=gettext_lazy("Send the invoice as a PDF"), required=False, widget=UnfoldBooleanSwitchWidget()
    )

    def __init__(self, *args: Any, invoice: Document | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if invoice is None:
            del self.fields["sends_invoice"]

    @property
    def said(self) -> dict[str, str]:
        return {name: text for name, text in self.cleaned_data.items() if name != "sends_invoice"}


def proposed(dispute: Dispute, invoice: Document | None) -> dict[str, Any]:
    """What stands in the form at first: the draft, or what the shop knows. Four queries, however long the thread."""
    if dispute.evidence:
        return {**dispute.evidence, "sends_invoice": dispute.sends_invoice}
    order = dispute.payment.order
    parcels = list(order.fulfilments.order_by("position"))
    return {
        "name": order.contact_name,
        "email": order.contact_email,
        "address": _address(order),
        "goods": "\n".join(f"{line.quantity} × {line.title}" for line in order.lines.all()),
        "carrier": ", ".join(dict.fromkeys(parcel.carrier for parcel in parcels)),
        "tracking_number": ", ".join(parcel.tracking_number for parcel in parcels if parcel.tracking_number),
        "shipped_on": ", ".join(_day(parcel.shipped_at, order) for parcel in parcels),
        "arrived_on": ", ".join(_day(parcel.delivered_at, order) for parcel in parcels if parcel.delivered_at),
        "explanation": _receipt(order, parcels, invoice),
        "conversation": transcript_of(order),
        "sends_invoice": True,
    }


def transcript_of(order: Order) -> str:
    """What was said in the shopper's threads since the order came up, on every channel; the end of it, if it is long.

    Codes that open something and what never went out are not in it.
    """
    said = Message.objects.filter(
        conversation__identity__customer=order.customer_id, created_at__gte=order.created_at - BEFORE
    )
    said = said.exclude(purpose=Message.Purpose.OTP).exclude(state__in=UNHEARD).exclude(text="")
    rows = list(said.order_by("-created_at", "-pk")[:MOST_MESSAGES])[::-1]
    text = "\n".join(
        f"{_moment(row.created_at, order)} {WHO.get(row.author) or _('Shop')}: {mask_secrets(row.text)}" for row in rows
    )
    return text if len(text) <= MOST_TALK else f"…{text[-MOST_TALK:]}"


def days_left(dispute: Dispute) -> str:
    """ "3 days left"; "" where no answer is awaited."""
    if not dispute.is_to_answer or dispute.due_by is None:
        return ""
    return time_left(dispute.due_by)


def time_left(due_by: dt.datetime) -> str:
    days = max((due_by - clock.now()).days, 0)
    return ngettext("%d day left", "%d days left", days) % days if days else _("less than a day left")


def _receipt(order: Order, parcels: list[Fulfilment], invoice: Document | None) -> str:
    """What a receipt says, in words: it stands for the file where there is none."""
    language = order.merchant.default_language
    lines = [
        _("Order %(number)s at %(shop)s, placed on %(day)s.")
        % {
            "number": order.number,
            "shop": order.merchant.legal_name or order.merchant.name,
            "day": _moment(order.placed_at or order.created_at, order),
        },
        *(f"{line.quantity} × {line.title}: {format_money(line.line_total, language)}" for line in order.lines.all()),
        _("Delivery: %s") % format_money(order.delivery_total, language),
        _("Total: %s") % format_money(order.total, language),
    ]
    if invoice is not None:
        lines.append(_("Invoice %s.") % invoice.number)
    for parcel in parcels:
        if parcel.delivered_at is not None:
            lines.append(
                _("%(carrier)s delivered parcel %(number)s on %(day)s.")
                % {
                    "carrier": parcel.carrier,
                    "number": parcel.tracking_number or parcel.position,
                    "day": _moment(parcel.delivered_at, order),
                }
            )
    return "\n".join(lines)


def _address(order: Order) -> str:
    return "\n".join(address_lines(order.shipping_address))


def _day(moment: dt.datetime, order: Order) -> str:
    return moment.astimezone(order.merchant.zone).date().isoformat()


def _moment(moment: dt.datetime, order: Order) -> str:
    """For a reader in any country: "2026-11-29 00:59"."""
    return f"{moment.astimezone(order.merchant.zone):%Y-%m-%d %H:%M}"
