"""Tablets that colleagues of a store share: paired by a code, seen from here, and signed out from here."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.merchants import tablets
from apps.merchants.models import Tablet

from ..access import has_desk
from ..posters import svg_data_of
from .base import MerchantAdmin


@admin.register(Tablet)
class TabletAdmin(MerchantAdmin):
    list_display = ["name", "location", "is_paired", "user", "touched_at"]
    list_filter = ["location"]
    list_select_related = ["location", "user"]
    fields = ["name", "location", "locks_after"]
    actions = ["sign_out", "end_pairing"]
    change_form_template = "admin/tablet_change.html"

    def get_urls(self) -> list[URLPattern]:
        code = self.admin_site.admin_view(require_POST(self.pairing_code))
        mine = [path("<int:pk>/code/", code, name="merchants_tablet_code")]
        return mine + list(super().get_urls())

    @admin.display(description=_("paired"), boolean=True)
    def is_paired(self, tablet: Tablet) -> bool:
        return bool(tablet.key_hash)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """What a new one needs next is its code, and that is made on its own page."""
        super().response_add(request, obj, post_url_continue)
        return redirect("admin:merchants_tablet_change", obj.pk)

    def pairing_code(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A fresh code, shown once. Whatever was paired before is signed out."""
        tablet = get_object_or_404(Tablet, pk=pk)
        if not self.has_change_permission(request, tablet):
            return redirect("admin:index")
        code = tablets.new_pairing(tablet)
        address = f"{settings.PUBLIC_URL}{reverse('console_pair_by_code', args=[code])}"
        page = {
            **self.admin_site.each_context(request),
            "title": _("Pair “%s”") % tablet.name,
            "code": code,
            "typed": f"{settings.PUBLIC_URL}{reverse('console_pair')}",
            "picture": svg_data_of(address),
            "minutes": tablets.CODE_MINUTES,
            "back": reverse("admin:merchants_tablet_changelist"),
        }
        return TemplateResponse(request, "admin/tablet_code.html", page)

    @admin.action(description=_("Sign out whoever is at it"), permissions=["change"])
    def sign_out(self, request: HttpRequest, chosen: QuerySet[Tablet]) -> None:
        for tablet in chosen:
            tablets.leave(tablet)
        self.message_user(request, _("Signed out. The console on it closes within seconds."))

    @admin.action(description=_("End the pairing (lost or given away)"), permissions=["change"])
    def end_pairing(self, request: HttpRequest, chosen: QuerySet[Tablet]) -> None:
        for tablet in chosen:
            tablets.unpair(tablet)
        self.message_user(request, _("It is a stranger now, and whoever was at it is signed out."))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_desk(request)
