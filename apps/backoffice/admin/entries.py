"""Links and printed codes: where they lead, what to spread of them where, and what they brought in."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.carts.money import format_money
from apps.conversations.models import EntryPoint
from apps.insights.entries import brought_in
from apps.messaging.channel import SendFailed

from ..entries import PLACES, EntryPointForm
from ..posters import SIZES, png_of, poster_of, svg_of
from ..sharing import ask_for_code, channels_of, code_address, code_failed, texts_of
from .base import MerchantAdmin, row_or_404

DRAWN = {"svg": (svg_of, "image/svg+xml"), "png": (png_of, "image/png")}


@admin.register(EntryPoint)
class EntryPointAdmin(MerchantAdmin):
    form = EntryPointForm
    list_display = ["title", "link", "share_link", "is_active"]
    search_fields = ["title"]
    fieldsets = (
        (None, {"fields": ("title", "is_active", "link", "share_link")}),
        (
            _("Where it leads"),
            {
                "fields": PLACES,
                "description": _("Choose one of these; without any the shop says hello."),
            },
        ),
        (
            _("Where and with whom"),
            {
                "fields": ("store", "associate", "campaign", "ads"),
                "description": _("As you like, also beside where it leads."),
            },
        ),
    )
    readonly_fields = ["link", "share_link"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<path:pk>/share/", view(self.share), name="conversations_entrypoint_share"),
            path("<path:pk>/make/<int:account>/", view(self.make), name="conversations_entrypoint_make"),
            path("<path:pk>/code.<str:kind>", view(self.code), name="conversations_entrypoint_code"),
            path("<path:pk>/poster-<str:size>.pdf", view(self.poster), name="conversations_entrypoint_poster"),
        ]
        return [*own, *super().get_urls()]

    @display(description=_("link"))
    def link(self, entry: EntryPoint) -> str:
        return f"/go/{entry.token}" if entry.pk else ""

    @display(description=_("spread it"))
    def share_link(self, entry: EntryPoint) -> str:
        if not entry.pk:
            return str(_("Once it is saved."))
        address = reverse("admin:conversations_entrypoint_share", args=[entry.pk])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', address, _("Links, codes and figures"))

    def share(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Everything to copy and to download, and what came of it."""
        entry = row_or_404(self.get_queryset(request), pk)
        language = get_language() or "en"
        rows = brought_in(entry)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": entry.title,
            "entry": entry,
            "opts": self.opts,
            "channels": channels_of(entry),
            "texts": texts_of(entry),
            "sizes": list(SIZES),
            "rows": [{"row": row, "value": format_money(row.value, language)} for row in rows],
            "back": reverse("admin:conversations_entrypoint_change", args=[entry.pk]),
        }
        return render(request, "admin/entry_share.html", context)

    def make(self, request: HttpRequest, pk: str, account: int) -> HttpResponse:
        """Ask the platform for the codes of this link, once."""
        entry = row_or_404(self.get_queryset(request), pk)
        if request.method != "POST" or not self.has_change_permission(request, entry):
            raise PermissionDenied
        own = [row.way.account for row in channels_of(entry) if row.way.is_to_be_made and row.way.account.pk == account]
        try:
            for each in own:
                ask_for_code(entry, each)
        except SendFailed as failure:
            self.message_user(request, code_failed(failure), messages.ERROR)
        return redirect("admin:conversations_entrypoint_share", entry.pk)

    def code(self, request: HttpRequest, pk: str, kind: str) -> HttpResponse:
        """`?on=whatsapp`: for that channel alone."""
        entry = row_or_404(self.get_queryset(request), pk)
        if kind not in DRAWN:
            raise Http404
        draw, content_type = DRAWN[kind]
        on = self._channel(request, entry)
        return _file(draw(code_address(entry, on=on)), content_type, entry, on, kind)

    def poster(self, request: HttpRequest, pk: str, size: str) -> HttpResponse:
        entry = row_or_404(self.get_queryset(request), pk)
        if size not in SIZES:
            raise Http404
        on = self._channel(request, entry)
        label = next((row.way.label for row in channels_of(entry) if row.way.kind == on), "")
        drawn = poster_of(
            code_address(entry, on=on),
            size=size,
            shop=entry.merchant.name,
            call=entry.title,
            channel=label,
            accent=entry.merchant.accent,
            language=get_language() or "en",
        )
        return _file(drawn, "application/pdf", entry, f"{on}-{size}".strip("-"), "pdf")

    def _channel(self, request: HttpRequest, entry: EntryPoint) -> str:
        """The kind asked for, "" for none; raises `Http404` for one that cannot carry a code."""
        on = request.GET.get("on", "")
        if on and on not in {row.way.kind for row in channels_of(entry) if row.way.code}:
            raise Http404
        return on


def _file(body: bytes, content_type: str, entry: EntryPoint, part: str, ending: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=content_type)
    name = "-".join(word for word in (slugify(entry.title) or "code", part) if word)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return answer
