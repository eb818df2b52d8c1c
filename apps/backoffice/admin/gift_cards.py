"""Gift cards: made with money on them, their code told once; blocked when lost. And what every shopper has as credit."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.carts.money import format_money, money
from apps.ledger.models import Account, Posting
from apps.merchants import clock
from apps.merchants.goodwill import OverLimit
from apps.merchants.markets import currencies_of
from apps.payments.actions import CardIsSo, CardKnown, block_gift_card, issue_gift_card
from apps.payments.models import GiftCard
from apps.payments.tenders import CARD, card_balance

from ..doers import doer_in_words, with_programs
from ..forms import GiftCardForm
from ..sheets.gift_cards import GiftCardSheet
from ..sheets.pages import TakesSheet
from ..spoken import REFUNDED_BECAUSE, REFUNDED_FOR, in_words
from .base import MerchantAdmin, row_or_404

MOST_MOVEMENTS = 50
MOVEMENTS = {
    "granted": _("granted"),
    "merged": _("accounts joined"),
    "issued": _("issued"),
    "sold": _("sold"),
    "voided": _("voided"),
    "refunded": _("paid back"),
    "set_aside": _("set aside"),
    "given_back": _("given back"),
}
WISHES = BLOCK, FREE = ("block", "free")
STATE_LABELS = {"good": "success", "blocked": "danger", "over": "warning", "void": "danger"}


def movements(kind: str, owner: str, language: str) -> str:
    """The latest of an account: when, what, how much, why and by whom."""
    account = Account.objects.filter(kind=kind, owner=owner).order_by("pk")
    postings = Posting.objects.filter(account__in=account).select_related("transfer__actor").order_by("-pk")
    rows = with_programs(postings, "transfer__reference")
    lines = (
        (
            formats.date_format(timezone.localtime(row.transfer.created_at), "SHORT_DATETIME_FORMAT"),
            format_money(row.amount, language),
            MOVEMENTS.get(row.transfer.kind, row.transfer.kind),
            in_words(row.transfer.reason, REFUNDED_BECAUSE, REFUNDED_FOR),
            doer_in_words(row, row.transfer.actor),
        )
        for row in rows[:MOST_MOVEMENTS]
    )
    return format_html_join("", "<div>{} · {} · {} {} {}</div>", lines) or "–"


class CardForm(forms.ModelForm):
    """A card that exists: its end may move, but not to where it has already been."""

    def clean_expires_at(self) -> dt.datetime | None:
        until: dt.datetime | None = self.cleaned_data["expires_at"]
        if "expires_at" in self.changed_data and until is not None and until <= clock.now():
            raise forms.ValidationError(_("This moment has passed."))
        return until


@admin.register(GiftCard)
class GiftCardAdmin(TakesSheet, MerchantAdmin):
    sheet = GiftCardSheet()
    form = CardForm
    list_display = ["ends_in", "issued", "left", "state", "expires_at", "note", "issued_by", "created_at"]
    list_display_links = ["ends_in"]
    list_filter = ["is_blocked"]
    list_select_related = ["merchant", "issued_by", "sold_in__order"]
    search_fields = ["ends", "note", "sold_in__order__number"]
    fields = [
        "ends_in",
        ("issued", "left", "state"),
        "expires_at",
        "note",
        ("issued_by", "created_at", "sold_with"),
        "movements",
    ]
    readonly_fields = ["ends_in", "issued", "left", "state", "issued_by", "created_at", "sold_with", "movements"]
    actions_list = ["issue", *TakesSheet.actions_list]
    actions_detail = ["block"]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[GiftCard]:
        return super().get_queryset(request).select_related("merchant", "issued_by", "sold_in__order")

    @display(description=_("ends in"), ordering="ends")
    def ends_in(self, card: GiftCard) -> str:
        return str(card)

    @display(description=_("left"))
    def left(self, card: GiftCard) -> str:
        return format_money(card_balance(card), card.merchant.default_language)

    @display(description=_("state"), label=STATE_LABELS)
    def state(self, card: GiftCard) -> tuple[str, Any]:
        if card.voided_at is not None:
            return "void", _("void: its price went back")
        if card.is_blocked:
            return "blocked", _("blocked")
        return ("good", _("good")) if card.is_usable(clock.now()) else ("over", _("over"))

    @display(description=_("sold with order"))
    def sold_with(self, card: GiftCard) -> str:
        if card.sold_in is None:
            return "–"
        order = card.sold_in.order
        return format_html('<a href="{}">{}</a>', reverse("admin:orders_order_change", args=[order.pk]), order.number)

    @display(description=_("movements"))
    def movements(self, card: GiftCard) -> str:
        return movements(CARD, f"card:{card.public_id}", card.merchant.default_language)

    @action(description=_("Make a gift card"), url_path="issue", icon="add_card")
    def issue(self, request: HttpRequest) -> HttpResponse:
        back = reverse("admin:payments_giftcard_changelist")
        shop = request.merchant  # type: ignore[attr-defined]
        form = GiftCardForm(request.POST or None, initial={"key": uuid.uuid4().hex}, currencies=currencies_of(shop))
        if request.method == "POST" and form.is_valid():
            return self._made(request, form.cleaned_data, back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Make a gift card"),
            "form": form,
            "label": _("Make it"),
            "back": back,
            "about": _("Its code is shown once, right afterwards."),
        }
        return render(request, "admin/ask.html", context)

    def _made(self, request: HttpRequest, asked: dict[str, Any], back: str) -> HttpResponse:
        """The same form sent twice makes one card; its code is not told a second time."""
        shop = request.merchant  # type: ignore[attr-defined]
        try:
            card, code = issue_gift_card(
                shop,
                money(asked["amount"], asked["currency"]),
                actor=request.user,
                expires_at=asked["expires_at"],
                note=asked["note"],
                key=asked["key"],
            )
        except CardKnown:
            self.message_user(request, _("This card has been made already."), messages.WARNING)
            return redirect(back)
        except OverLimit as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Gift card"),
            "code": code,
            "amount": format_money(card.issued, shop.default_language),
            "until": card.expires_at,
            "back": back,
        }
        return render(request, "admin/gift_card_made.html", context)

    @action(description=_("Block or free it"), url_path="block", icon="block")
    def block(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form says which of the two it wants: two people who press at once want the same, not its opposite."""
        card = row_or_404(self.get_queryset(request), object_id)
        wish = request.POST.get("wish")
        if wish in WISHES:
            self._block(request, card, is_blocked=wish == BLOCK)
            return redirect("admin:payments_giftcard_change", card.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Free this card") if card.is_blocked else _("Block this card"),
            "label": _("Free it") if card.is_blocked else _("Block it"),
            "back": reverse("admin:payments_giftcard_change", args=[card.pk]),
            "about": str(card),
            "carried": [("wish", FREE if card.is_blocked else BLOCK)],
        }
        return render(request, "admin/ask.html", context)

    def _block(self, request: HttpRequest, card: GiftCard, *, is_blocked: bool) -> None:
        try:
            block_gift_card(card, is_blocked=is_blocked)
        except CardIsSo:
            already = _("This card is blocked already.") if is_blocked else _("This card is free already.")
            self.message_user(request, already, messages.INFO)
            return
        said = _("Nothing is paid with it until it is free again.") if is_blocked else _("It can be used again.")
        self.message_user(request, said, messages.SUCCESS)
