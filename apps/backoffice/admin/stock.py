"""Stock as the desk sees it: what lies where, what moved, what is kept for whom."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.views import ChangeList

from apps.catalog.models import (
    StockHold,
    StockLevel,
    StockMovement,
)
from apps.catalog.stock import CountedByCodes, OutOfStock, count_stock

from ..access import has_desk
from ..dashboard import LOW_STOCK
from ..forms import CountForm
from ..sheets.pages import TakesSheet
from ..sheets.stock import StockSheet
from ..spoken import HELD_FOR, MOVED_BECAUSE, MOVED_WITH, HeldFor, in_words, owners_in_words
from .base import CalmList, ReadOnlyAdmin, row_or_404


@admin.register(StockLevel)
class StockLevelAdmin(TakesSheet, ReadOnlyAdmin):
    """Counted per location. Changing it is a movement with a reason, never an overwritten number."""

    sheet = StockSheet()
    list_display = ["product", "variant", "location", "on_hand", "allocated", "held", "free"]
    list_display_links = ["product"]
    list_filter = ["location"]
    search_fields = ["variant__sku", "variant__product__title"]
    list_select_related = ["variant__product", "location"]
    actions_row = ["count"]
    actions_detail = ["count"]

    def has_import_sheet_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody overwrites a number; whoever may count one shelf may count many."""
        return has_desk(request)

    @display(description=_("product"), ordering="variant__product__title")
    def product(self, level: StockLevel) -> str:
        return level.variant.product.title

    @action(description=_("Count stock"), url_path="count", icon="checklist")
    def count(self, request: HttpRequest, object_id: str) -> HttpResponse:
        level = row_or_404(StockLevel.objects.select_related("variant", "location"), object_id)
        form = CountForm(request.POST or None, initial={"on_hand": level.on_hand})
        back = reverse("admin:catalog_stocklevel_changelist")
        if request.method == "POST" and form.is_valid():
            try:
                count_stock(level.variant, level.location, actor=request.user, **form.cleaned_data)
            except OutOfStock:
                form.add_error("on_hand", _("More than that is sold or held. Ship or cancel orders first."))
            except CountedByCodes:
                form.add_error("on_hand", _("There are as many as free codes: bring codes to its pool instead."))
            else:
                self.message_user(request, _("Counted."), messages.SUCCESS)
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Count stock"),
            "about": f"{level.variant.product.title} · {level.variant.sku} · {level.location.name}",
            "form": form,
            "label": _("Save the count"),
            "back": back,
        }
        return render(request, "admin/ask.html", context)

    @display(description=_("free"), label={"low": "danger", "some": "success"})
    def free(self, level: StockLevel) -> tuple[str, str]:
        left = level.on_hand - level.allocated - level.held
        return ("low" if left <= LOW_STOCK else "some"), str(left)


class OwnedPieces(CalmList):
    """A page of the stock's book that knows for whom its pieces were set aside."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        said = owners_in_words(row.reference for row in self.result_list)
        for row in self.result_list:
            row.owner_in_words = said.get(row.reference, "")


class StockBook(ReadOnlyAdmin):
    """What pieces were moved or are held, and for whom."""

    search_fields = ["level__variant__sku", "level__variant__product__title"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # type: ignore[override]
        return OwnedPieces

    @display(description=_("product"), ordering="level__variant__sku")
    def goods(self, row: StockMovement | StockHold) -> str:
        return f"{row.level.variant.product.title} · {row.level.variant.sku}"

    @display(description=_("location"), ordering="level__location")
    def place(self, row: StockMovement | StockHold) -> str:
        return row.level.location.name

    @display(description=_("for"), ordering="reference")
    def owner(self, row: Any) -> str:
        if not hasattr(row, "owner_in_words"):  # on a page of its own
            row.owner_in_words = owners_in_words([row.reference]).get(row.reference, "")
        return str(row.owner_in_words)


@admin.register(StockMovement)
class StockMovementAdmin(StockBook):
    list_display = ["created_at", "goods", "place", "kind", "quantity", "owner", "why", "actor"]
    list_display_links = ["created_at", "goods"]
    fields = ["created_at", "goods", "place", "kind", "quantity", "owner", "why", "actor"]
    readonly_fields = ["goods", "place", "owner", "why"]
    list_filter = ["kind"]
    list_select_related = ["level__variant__product", "level__location", "actor"]

    @display(description=_("reason"))
    def why(self, movement: StockMovement) -> str:
        return in_words(movement.reason, MOVED_BECAUSE, MOVED_WITH)


@admin.register(StockHold)
class StockHoldAdmin(StockBook):
    list_display = ["created_at", "goods", "place", "quantity", "owner", "why", "state", "expires_at"]
    list_display_links = ["created_at", "goods"]
    fields = ["created_at", "goods", "place", "quantity", "owner", "why", "state", "expires_at"]
    readonly_fields = ["goods", "place", "owner", "why"]
    list_filter = ["state", ("reason", HeldFor)]
    list_select_related = ["level__variant__product", "level__location"]

    @display(description=_("reason"), ordering="reason")
    def why(self, hold: StockHold) -> str:
        return in_words(hold.reason, HELD_FOR)
