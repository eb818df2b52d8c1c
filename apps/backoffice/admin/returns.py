"""Returns, claims and exchanges: what waits to be judged, and each step with one question."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.carts.money import format_money, from_minor, to_minor
from apps.catalog.products import variant_label
from apps.catalog.stock import OutOfStock
from apps.orders.actions import (
    NotNow,
    approve_return,
    label_again,
    receive_return,
)
from apps.orders.documents.label_links import sheet_url
from apps.orders.models import ReturnLabel, ReturnLine, ReturnRequest
from apps.payments.actions import (
    CannotRefund,
    cancel_return,
    decline_return,
    money_for,
    refund_return,
    refunds_of,
    send_replacement,
)
from apps.payments.models import Refund
from apps.payments.shares import delivery_left, units_left
from apps.payments.tenders import amount_due

from ..photos import photo_url, photos_of
from ..returns import ApproveForm, DeclineForm, PayBackForm, ReceiveForm, SendForm
from ..sheets.pages import ExportsSheet
from ..sheets.returns import ReturnSheet
from .base import OffersWhatFits, ReadOnlyAdmin, ReadOnlyRows, row_or_404
from .prices import in_shop_time

REFUSALS = (NotNow, CannotRefund, OutOfStock)
STATE_LABELS = {
    "unpaid": "info",
    "requested": "warning",
    "approved": "info",
    "received": "warning",
    "declined": "danger",
    "cancelled": "danger",
    "refunded": "success",
    "replaced": "success",
}


class ReturnLineInline(ReadOnlyRows):
    model = ReturnLine
    fields = ["title", "quantity", "restocked", "instead", "is_reserved"]
    verbose_name_plural = _("goods")
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReturnLine]:
        return super().get_queryset(request).select_related("line", "replacement__product")

    @display(description=_("goods"))
    def title(self, some: ReturnLine) -> str:
        return some.line.title

    @display(description=_("replacement"))
    def instead(self, some: ReturnLine) -> str:
        return variant_label(some.replacement) if some.replacement else ""


class ReturnLabelInline(ReadOnlyRows):
    model = ReturnLabel
    fields = ["state", "carrier", "tracking_number", "cost", "expires_at", "sheet_link", "error"]
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReturnLabel]:
        return super().get_queryset(request).select_related("request__order__customer").defer("sheet", "code")

    @display(description=_("label"))
    def sheet_link(self, label: ReturnLabel) -> str:
        if label.state != ReturnLabel.State.READY:
            return ""
        return format_html('<a href="{}" rel="noreferrer">{}</a>', sheet_url(label), label.filename)


@admin.register(ReturnRequest)
class ReturnRequestAdmin(ExportsSheet, OffersWhatFits, ReadOnlyAdmin):
    sheet = ReturnSheet()
    list_display = ["name", "created_at", "kind_shown", "goods", "reason_shown", "state_shown"]
    list_filter = ["state", "kind", "reason"]
    search_fields = ["order__number", "order__contact_name", "lines__line__title", "lines__line__sku"]
    date_hierarchy = "created_at"
    inlines = [ReturnLineInline, ReturnLabelInline]
    actions_detail = ["approve", "decline", "receive", "refund", "send", "cancel", "label"]
    fields = [
        "order", "kind", "wish", "to_credit", "exchange_order", "difference", "state", "reason", "note", "pictures", "story", "paid_back", "declined_because",
        "way", "postage", "instructions", "label_url", "carrier", "tracking_number", "created_at",
    ]  # fmt: skip
    readonly_fields = ["difference", "pictures", "story", "paid_back"]

    def fitting(self, asked: ReturnRequest) -> set[str]:
        """The next steps from where it stands, as the actions themselves allow them."""
        state = ReturnRequest.State
        wants_goods = asked.wish == ReturnRequest.Wish.REPLACEMENT
        offered = {
            "approve": asked.state == state.REQUESTED,
            "decline": asked.state in {state.REQUESTED, state.RECEIVED},
            "receive": asked.state == state.APPROVED and asked.comes_back,
            "refund": asked.is_due or _is_refused_by_bank(asked),
            "send": asked.is_due and wants_goods,
            "label": asked.state == state.APPROVED and asked.comes_back and not asked.way and _lacks_label(asked),
            "cancel": asked.state in {state.UNPAID, state.REQUESTED, state.APPROVED},
        }
        return {name for name, fits in offered.items() if fits}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReturnRequest]:
        found: QuerySet[ReturnRequest] = super().get_queryset(request)
        return found.select_related("order__merchant").prefetch_related("lines__line")

    @display(description=_("return"), header=True)
    def name(self, asked: ReturnRequest) -> list[str]:
        return [str(asked), asked.order.contact_name]

    @display(description=_("kind"))
    def kind_shown(self, asked: ReturnRequest) -> str:
        return asked.get_kind_display()

    @display(description=_("goods"))
    def goods(self, asked: ReturnRequest) -> str:
        return asked.goods

    @display(description=_("reason"))
    def reason_shown(self, asked: ReturnRequest) -> str:
        return asked.get_reason_display()

    @display(description=_("state"), label=STATE_LABELS)
    def state_shown(self, asked: ReturnRequest) -> tuple[str, str]:
        return asked.state, asked.get_state_display()

    @display(description=_("pictures"))
    def pictures(self, asked: ReturnRequest) -> str:
        """They are in the shopper's thread, and here."""
        sent = photos_of([asked]).get(asked.pk, [])
        links = ((photo_url(picture), picture.filename or picture.media_type) for picture in sent)
        shown = format_html_join(" · ", '<a href="{}" rel="noreferrer">{}</a>', links)
        return shown or (str(_("%d in the thread") % len(asked.photos)) if asked.photos else "")

    @display(description=_("difference"))
    def difference(self, asked: ReturnRequest) -> str:
        """What the shopper pays for something dearer, and whether it is here."""
        if asked.exchange_order is None or not (due := amount_due(asked.exchange_order)).amount:
            return ""
        said = _("%s is awaited") if asked.state == ReturnRequest.State.UNPAID else _("%s was paid")
        return str(said) % _shown(due, asked)

    @display(description=_("timeline"))
    def story(self, asked: ReturnRequest) -> str:
        events = asked.order.events.filter(kind__startswith="return_", data__returned=asked.pk).select_related("actor")
        return format_html_join(
            " · ",
            "{} {} {}",
            (
                (in_shop_time(event.created_at, asked.order.merchant), event.get_kind_display(), event.actor or "")
                for event in events
            ),
        )

    @display(description=_("paid back"))
    def paid_back(self, asked: ReturnRequest) -> str:
        return ", ".join(f"{_shown(made.amount, asked)} {made.get_state_display()}" for made in refunds_of(asked))

    @action(description=_("Approve"), url_path="approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asked = self._of(request, object_id)
        form = ApproveForm(request.POST or None, comes_back=asked.comes_back)
        return self._ask(
            request, asked, form, _("Approve this return"), _("Approve and tell the shopper"), approve_return
        )

    @action(description=_("Decline"), url_path="decline", icon="block")
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asked = self._of(request, object_id)
        form = DeclineForm(request.POST or None)
        return self._ask(
            request, asked, form, _("Decline this return"), _("Decline and tell the shopper"), decline_return
        )

    @action(description=_("Received"), url_path="receive", icon="inventory")
    def receive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asked = self._of(request, object_id)
        form = ReceiveForm(request.POST or None, lines=[(some.line, some.quantity) for some in asked.lines.all()])
        return self._ask(
            request, asked, form, _("It is here: what goes back on sale?"), _("Mark as received"), _receive
        )

    @action(description=_("Pay back"), url_path="refund", icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The amount stands on the button; with another part of the delivery it is shown first."""
        asked = self._of(request, object_id)
        whole = delivery_left(asked.order)
        form = PayBackForm(
            request.POST or None, delivery=whole, is_all=_is_all(asked), initial={"to_credit": asked.to_credit}
        )
        is_said = form.is_bound and form.is_valid()
        try:
            amount = money_for(asked, delivery=form.cleaned_data["delivery"] if is_said else form.suggested)
        except NotNow as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(_page_of(asked))
        title, label, agreed = (
            _("Pay this return back"),
            _("Pay back %s") % _shown(amount, asked),
            str(to_minor(amount)),
        )
        if is_said and form.cleaned_data["agreed"] != agreed:
            self.message_user(request, _("This is what it comes to. Nothing has been paid back yet."), messages.INFO)
            form.agree(agreed)
            return self._page(request, asked, form, title, label)
        form.initial["agreed"] = agreed
        return self._ask(request, asked, form, title, label, _refund)

    @action(description=_("Replacement sent"), url_path="send", icon="local_shipping")
    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asked = self._of(request, object_id)
        form = SendForm(request.POST or None)
        return self._ask(
            request, asked, form, _("Send the replacement"), _("Send and tell the shopper"), send_replacement
        )

    @action(description=_("Call off"), url_path="cancel", icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asked = self._of(request, object_id)
        form = DeclineForm(request.POST or None, is_needed=False)
        return self._ask(
            request, asked, form, _("Call this return off"), _("Call off and tell the shopper"), cancel_return
        )

    @action(description=_("Make a label"), url_path="label", icon="qr_code_2")
    def label(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where none could be bought, or the last has run out."""
        asked = self._of(request, object_id)
        form = DeclineForm(request.POST or None, is_needed=False)
        return self._ask(request, asked, form, _("Make a return label"), _("Make it and send it"), _label_again)

    def _of(self, request: HttpRequest, object_id: str) -> ReturnRequest:
        found: ReturnRequest = row_or_404(self.get_queryset(request), object_id)
        return found

    def _ask(
        self,
        request: HttpRequest,
        asked: ReturnRequest,
        form: Any,
        title: Any,
        label: Any,
        act: Callable[..., object],
    ) -> HttpResponse:
        if request.method == "POST" and form.is_valid():
            try:
                act(asked, actor=request.user, **form.cleaned_data)
                self.message_user(request, _("Done. The shopper is told in the thread."), messages.SUCCESS)
            except REFUSALS as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            return redirect(_page_of(asked))
        return self._page(request, asked, form, title, label)

    def _page(self, request: HttpRequest, asked: ReturnRequest, form: Any, title: Any, label: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "label": label,
            "back": _page_of(asked),
            "about": f"{asked} · {asked.goods}",
        }
        return render(request, "admin/ask.html", context)


def _page_of(asked: ReturnRequest) -> str:
    return reverse("admin:orders_returnrequest_change", args=[asked.pk])


def _shown(amount: Any, asked: ReturnRequest) -> str:
    return format_money(amount, asked.order.merchant.default_language)


def _is_refused_by_bank(asked: ReturnRequest) -> bool:
    """It counts as paid back, but no bank took the money: it can be asked for again."""
    made = list(refunds_of(asked)) if asked.state == ReturnRequest.State.REFUNDED else []
    return bool(made) and all(part.state == Refund.State.FAILED for part in made)


def _is_all(asked: ReturnRequest) -> bool:
    """Whether with it nothing of the order stays: then the delivery is due as well."""
    inside = {some.line_id: some.quantity for some in asked.lines.all()}
    return all(inside.get(line.pk, 0) >= left for line, left in units_left(asked.order))


def _lacks_label(asked: ReturnRequest) -> bool:
    labels = list(asked.labels.filter(state__in=ReturnLabel.LIVE).defer("sheet", "code"))
    return not labels or labels[0].is_expired


def _label_again(asked: ReturnRequest, *, actor: Any) -> None:
    label_again(asked)


def _receive(asked: ReturnRequest, *, lines: dict[int, int], actor: Any) -> None:
    receive_return(asked, restock=lines, actor=actor)


def _refund(asked: ReturnRequest, *, agreed: str, delivery: Any, to_credit: bool, actor: Any) -> None:
    amount = from_minor(int(agreed), asked.order.currency)
    refund_return(asked, delivery=delivery, agreed=amount, to_credit=to_credit, actor=actor)
