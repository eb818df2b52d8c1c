"""Disputes: what a bank has taken back, why, until when the shop may answer, and the answer itself."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.carts.money import format_money
from apps.payments.actions import CannotAnswer, accept_dispute, answer_dispute, invoice_of, save_evidence
from apps.payments.models import Dispute

from ..disputing import DISPUTED_BECAUSE, EvidenceForm, days_left, proposed
from ..spoken import InWords, in_words
from .base import OffersWhatFits, ReadOnlyAdmin, row_or_404

STATE_LABELS = {"open": "danger", "review": "warning", "dropped": "success", "won": "success", "lost": "danger"}


class BecauseOf(InWords):
    words = DISPUTED_BECAUSE


@admin.register(Dispute)
class DisputeAdmin(OffersWhatFits, ReadOnlyAdmin):
    list_display = ["opened_at", "order_number", "amount", "why", "state_shown", "due_by", "left", "wish"]
    list_filter = ["state", ("reason", BecauseOf)]
    list_select_related = ["payment__order"]
    search_fields = ["payment__order__number", "provider_ref"]
    actions_detail = ["answer", "accept"]
    fields = [
        "opened_at", "order_link", "amount", "why", "asked", "state", ("due_by", "left"), ("withheld", "fee"),
        ("wish", "wished_by", "wished_at"), "said", "error", "provider_ref",
    ]  # fmt: skip
    readonly_fields = ["order_link", "why", "asked", "left", "said"]

    def fitting(self, dispute: Dispute) -> set[str]:
        if not dispute.is_to_answer:
            return set()
        return {"answer"} if dispute.is_inquiry else {"answer", "accept"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        return super().get_queryset(request).select_related("payment__order__merchant", "wished_by")

    @display(description=_("order"), ordering="payment__order__number")
    def order_number(self, dispute: Dispute) -> str:
        return dispute.payment.order.number

    @display(description=_("order"))
    def order_link(self, dispute: Dispute) -> str:
        order = dispute.payment.order
        return format_html('<a href="{}">{}</a>', reverse("admin:orders_order_change", args=[order.pk]), order.number)

    @display(description=_("reason"), ordering="reason")
    def why(self, dispute: Dispute) -> str:
        return in_words(dispute.reason, DISPUTED_BECAUSE)

    @display(description=_("what the bank did"))
    def asked(self, dispute: Dispute) -> str:
        return str(_("It asks, and has taken nothing.") if dispute.is_inquiry else _("It took the money back."))

    @display(description=_("state"), label=STATE_LABELS)
    def state_shown(self, dispute: Dispute) -> tuple[str, str]:
        return dispute.state, dispute.get_state_display()

    @display(description=_("time left"), ordering="due_by")
    def left(self, dispute: Dispute) -> str:
        return days_left(dispute) or "–"

    @display(description=_("what you say"))
    def said(self, dispute: Dispute) -> str:
        """The draft, or what was handed in, under the form's own labels."""
        labels = {name: field.label for name, field in EvidenceForm.base_fields.items()}
        rows = ((labels.get(name, name), text) for name, text in dispute.evidence.items())
        return format_html_join("", "<p><strong>{}</strong><br><span class='whitespace-pre-wrap'>{}</span></p>", rows)

    @action(description=_("Answer"), url_path="answer", icon="gavel")
    def answer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A draft is kept as often as wanted; what is handed in, once."""
        dispute = self._of(request, object_id)
        invoice = invoice_of(dispute)
        form = EvidenceForm(request.POST or None, invoice=invoice, initial=proposed(dispute, invoice))
        if request.method == "POST" and form.is_valid():
            sends_invoice = bool(form.cleaned_data.get("sends_invoice", True))
            try:
                if "draft" in request.POST:
                    save_evidence(dispute, form.said, sends_invoice=sends_invoice)
                    said = _("Kept as a draft. The bank has not seen it yet.")
                else:
                    answer_dispute(dispute, form.said, sends_invoice=sends_invoice, actor=request.user)
                    said = _("It is handed in. The bank decides now, which can take weeks.")
                self.message_user(request, said, messages.SUCCESS)
            except CannotAnswer as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            return redirect(_page_of(dispute))
        more = {"also": ("draft", _("Save as draft")), "form": form}
        return self._ask(request, dispute, _("Answer this dispute"), _("Hand it in to the bank"), **more)

    @action(description=_("Accept"), url_path="accept", icon="thumb_down")
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        dispute = self._of(request, object_id)
        if request.method == "POST":
            try:
                accept_dispute(dispute, actor=request.user)
                self.message_user(request, _("Accepted. The money stays with the cardholder."), messages.SUCCESS)
            except CannotAnswer as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            return redirect(_page_of(dispute))
        label = _("Let them have %s") % _shown(dispute)
        return self._ask(request, dispute, _("Accept this dispute: it cannot be undone"), label)

    def _of(self, request: HttpRequest, object_id: str) -> Dispute:
        found: Dispute = row_or_404(self.get_queryset(request), object_id)
        return found

    def _ask(self, request: HttpRequest, dispute: Dispute, title: Any, label: Any, **more: Any) -> HttpResponse:
        parts = [dispute.payment.order.number, _shown(dispute), self.why(dispute), days_left(dispute)]
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "label": label,
            "back": _page_of(dispute),
            "about": " · ".join(part for part in parts if part),
            **more,
        }
        return render(request, "admin/ask.html", context)


def _page_of(dispute: Dispute) -> str:
    return reverse("admin:payments_dispute_change", args=[dispute.pk])


def _shown(dispute: Dispute) -> str:
    return format_money(dispute.amount, dispute.payment.order.merchant.default_language)
