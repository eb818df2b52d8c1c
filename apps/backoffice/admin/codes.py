"""Licence codes at the desk: pools and what is left in them, codes brought in, and those that are to be withdrawn."""

from typing import Any

import structlog
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from apps.catalog.licence_codes import (
    Added,
    NoPool,
    TakenBack,
    TooManyCodes,
    Why,
    add_codes,
    counted,
    open_pool,
    take_back,
)
from apps.catalog.models import CodePool, Product, Variant
from apps.catalog.stock import OutOfStock
from apps.orders.codes import withdrawn
from apps.orders.models import HandedCode

from ..forms import AddCodesForm
from .base import MerchantAdmin, OffersWhatFits, ReadOnlyAdmin, row_or_404

logger = structlog.get_logger(__name__)
SHOWN_LINES = 20
WHY = {
    Why.TWICE: _("stands further up"),
    Why.KNOWN: _("is known already"),
    Why.MORE_THAN_ONE: _("holds more than a code"),
    Why.TOO_LONG: _("is too long"),
    Why.UNREADABLE: _("cannot be read"),
    Why.GIVEN: _("somebody has it"),
    Why.UNKNOWN: _("is not in this pool"),
}


def refused_in_words(told: Added | TakenBack) -> list[str]:
    """ "Line 3: is known already", the first twenty of them; the codes themselves are not repeated."""
    lines = [_("Line %(line)d: %(why)s") % {"line": line, "why": WHY[why]} for line, why in told.refused.items()]
    more = len(lines) - SHOWN_LINES
    rest = [ngettext("%d line more", "%d lines more", more) % more] if more > 0 else []
    return lines[:SHOWN_LINES] + rest


class PoolForm(forms.ModelForm):
    """A new pool is opened in the transaction that saves it: what stands in its way is said at the variant."""

    def clean_variant(self) -> Variant:
        variant: Variant = self.cleaned_data["variant"]
        if variant.product.comes_as != Product.ComesAs.DIGITAL:
            raise forms.ValidationError(_("Only what comes as digital goods hands out codes."))
        return variant


@admin.register(CodePool)
class CodePoolAdmin(MerchantAdmin):
    form = PoolForm
    list_display = ["goods", "sku", "free", "given", "low_at"]
    list_display_links = ["goods"]
    search_fields = ["variant__sku", "variant__product__title"]
    list_select_related = ["variant__product"]
    autocomplete_fields = ["variant"]
    actions_detail = ["bring", "take_out"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CodePool]:
        return counted(super().get_queryset(request).select_related("variant__product"))

    def get_fields(self, request: HttpRequest, obj: CodePool | None = None) -> list[str]:
        return ["variant", "low_at"] if obj is None else ["variant", "left", "given", "low_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: CodePool | None = None) -> list[str]:
        return [] if obj is None else ["variant", "left", "given"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @display(description=_("product"), ordering="variant__product__title")
    def goods(self, pool: CodePool) -> str:
        return pool.variant.product.title

    @display(description=_("SKU"), ordering="variant__sku")
    def sku(self, pool: CodePool) -> str:
        return pool.variant.sku

    @display(description=_("free"), ordering="free", label={"low": "danger", "some": "success"})
    def free(self, pool: Any) -> tuple[str, str]:
        return ("low" if pool.free <= pool.low_at else "some"), str(pool.free)

    @display(description=_("free"))
    def left(self, pool: Any) -> int:
        return int(pool.free)

    @display(description=_("given"), ordering="given")
    def given(self, pool: Any) -> int:
        return int(pool.given)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """What stands in the way of a pool is said on a page that changes nothing."""
        try:
            return super().add_view(request, form_url, extra_context)
        except NoPool:
            refused = _(
                "It cannot hand out codes now: somebody holds or has bought pieces of it, or there is no location."
            )
            self.message_user(request, refused, messages.ERROR)
            return redirect("admin:catalog_codepool_add")

    def save_model(self, request: HttpRequest, obj: CodePool, form: Any, change: bool) -> None:
        if change:
            CodePool.objects.filter(pk=obj.pk).update(low_at=obj.low_at)
            return
        made = open_pool(obj.variant, low_at=obj.low_at, actor=request.user)
        obj.pk, obj.public_id, obj.location = made.pk, made.public_id, made.location

    @action(description=_("Add codes"), url_path="add-codes", icon="playlist_add")
    def bring(self, request: HttpRequest, object_id: str) -> HttpResponse:
        pool = row_or_404(self.get_queryset(request), object_id)
        form = AddCodesForm(request.POST or None, request.FILES or None)
        back = reverse("admin:catalog_codepool_change", args=[pool.pk])
        if request.method == "POST" and form.is_valid():
            try:
                self._tell(request, add_codes(pool, form.cleaned_data["text"], actor=request.user))
            except TooManyCodes:
                form.add_error(None, _("These are more than 10,000 lines. Bring them in parts."))
            else:
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add codes"),
            "about": f"{pool.variant.product.title} · {pool.variant.sku}",
            "form": form,
            "label": _("Add them"),
            "back": back,
            "has_files": True,
        }
        return render(request, "admin/ask.html", context)

    @action(description=_("Take codes back"), url_path="take-codes-back", icon="playlist_remove")
    def take_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Only unused ones: what was given was read, and what is promised is waited for."""
        pool = row_or_404(self.get_queryset(request), object_id)
        form = AddCodesForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                told = take_back(pool, form.cleaned_data["text"], actor=request.user)
            except TooManyCodes:
                form.add_error(None, _("These are more than 10,000 lines. Bring them in parts."))
            except OutOfStock as promised:
                left = ngettext("Only %d of them is not promised.", "Only %d of them are not promised.", promised.left)
                form.add_error(None, left % promised.left)
            else:
                said = ngettext("%d code taken back.", "%d codes taken back.", told.taken) % told.taken
                self._say(request, said, told, is_done=bool(told.taken))
                return redirect("admin:catalog_codepool_change", pool.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take codes back"),
            "about": f"{pool.variant.product.title} · {pool.variant.sku}",
            "form": form,
            "label": _("Take them back"),
            "back": reverse("admin:catalog_codepool_change", args=[pool.pk]),
            "has_files": True,
        }
        return render(request, "admin/ask.html", context)

    def _tell(self, request: HttpRequest, told: Added) -> None:
        said = ngettext("%d code added.", "%d codes added.", told.added) % told.added
        self._say(request, said, told, is_done=bool(told.added))

    def _say(self, request: HttpRequest, said: str, told: Added | TakenBack, *, is_done: bool) -> None:
        self.message_user(request, said, messages.SUCCESS if is_done else messages.INFO)
        if told.refused:
            self.message_user(request, " · ".join(map(str, refused_in_words(told))), messages.WARNING)


class Withdrawn(admin.SimpleListFilter):
    title = _("withdrawal")
    parameter_name = "withdrawal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("to be withdrawn")), ("done", _("withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[HandedCode]) -> QuerySet[HandedCode]:
        if self.value() == "waiting":
            return queryset.filter(withdraw_at__isnull=False, withdrawn_at=None)
        return queryset.filter(withdrawn_at__isnull=False) if self.value() == "done" else queryset


@admin.register(HandedCode)
class HandedCodeAdmin(OffersWhatFits, ReadOnlyAdmin):
    """Which code went to which order. It is shown whole only where it is to be withdrawn, and then on a page of its own."""

    list_display = ["ends_in", "goods", "order_number", "given_at", "state"]
    list_display_links = ["ends_in"]
    list_filter = [Withdrawn]
    search_fields = ["line__order__number", "line__sku", "code__ends"]
    list_select_related = ["code", "line__order"]
    fields = ["ends_in", "goods", "order_number", "given_at", "withdraw_at", "withdrawn_at"]
    readonly_fields = ["ends_in", "goods", "order_number"]
    actions = ["mark_withdrawn"]
    actions_detail = ["show"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HandedCode]:
        return super().get_queryset(request).select_related("code", "line__order")

    def fitting(self, obj: HandedCode) -> set[str]:
        return {"show"} if obj.withdraw_at is not None and obj.withdrawn_at is None else set()

    @display(description=_("ends in"), ordering="code__ends")
    def ends_in(self, handed: HandedCode) -> str:
        return str(handed)

    @display(description=_("goods"), ordering="line__title")
    def goods(self, handed: HandedCode) -> str:
        return handed.line.title

    @display(description=_("order"), ordering="line__order__number")
    def order_number(self, handed: HandedCode) -> str:
        order = handed.line.order
        return format_html('<a href="{}">{}</a>', reverse("admin:orders_order_change", args=[order.pk]), order.number)

    @display(description=_("state"), label={"good": "success", "waiting": "danger", "done": "info"})
    def state(self, handed: HandedCode) -> tuple[str, Any]:
        if handed.withdraw_at is None:
            return "good", _("with the buyer")
        return ("waiting", _("to be withdrawn")) if handed.withdrawn_at is None else ("done", _("withdrawn"))

    @admin.action(description=_("Withdrawn where it is used"))
    def mark_withdrawn(self, request: HttpRequest, chosen: QuerySet[HandedCode]) -> None:
        done = withdrawn(chosen.values_list("pk", flat=True))
        said = ngettext("%d code is withdrawn.", "%d codes are withdrawn.", done) % done
        self.message_user(request, said, messages.SUCCESS if done else messages.INFO)

    @action(description=_("Show the code"), url_path="show", icon="visibility")
    def show(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asked first, shown once: whoever withdraws it at its maker needs it whole."""
        waiting = self.get_queryset(request).filter(withdraw_at__isnull=False, withdrawn_at=None)
        handed = row_or_404(waiting, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Show the code"),
            "about": f"{handed.line.title} · {handed.line.order.number} · {handed}",
            "label": _("Show it"),
            "back": reverse("admin:orders_handedcode_change", args=[handed.pk]),
        }
        if request.method != "POST":
            return render(request, "admin/ask.html", context)
        logger.info("code.shown", handed=handed.pk, order=handed.line.order.number, actor=request.user.pk)
        return render(request, "admin/code_shown.html", {**context, "code": handed.code.sealed})
