"""Invoices and credit notes: found by day, kind and number, taken away one by one, as a table, or all in one file."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_scopes import scope
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from apps.carts.money import format_money
from apps.orders.documents.export import archive_of, table_of
from apps.orders.documents.views import file_of
from apps.orders.models import Document

from .base import ReadOnlyAdmin, ReadOnlyRows

MOST_FILES = 50  # most of a second of one core each
KIND_LABELS = {"invoice": "success", "credit_note": "warning", "revocation": "info"}


def link_to(document: Document) -> str:
    address = reverse("admin:orders_document_file", args=[document.pk])
    return format_html('<a class="text-primary-600" href="{}">{}</a>', address, _("Download PDF"))


class DocumentInline(ReadOnlyRows):
    """On the order's page."""

    model = Document
    fields = ["number", "kind", "issued_on", "gross", "file"]
    tab = True

    @display(description=_("file"))
    def file(self, document: Document) -> str:
        return link_to(document)


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = [
        "number",
        "kind_shown",
        "issued_on",
        "order",
        "buyer",
        "net_shown",
        "tax_shown",
        "gross_shown",
        "file",
    ]
    list_filter = ["kind", ("issued_on", RangeDateFilter)]
    # By the names on the order, which go when somebody is forgotten, not by the one that stays on the document.
    search_fields = ["number", "order__number", "order__contact_name", "order__shipping_address__name"]
    date_hierarchy = "issued_on"
    list_select_related = ["order", "merchant"]
    actions = ["download_files", "download_table"]
    fields = ["number", "kind", "issued_on", "order", "refers_to", "net", "tax", "gross", "file"]
    readonly_fields = ["file"]

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/file/", self.admin_site.admin_view(self.file_view), name="orders_document_file")
        return [own, *super().get_urls()]

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return file_of(get_object_or_404(self.get_queryset(request), pk=pk))

    @display(description=_("kind"), label=KIND_LABELS)
    def kind_shown(self, document: Document) -> tuple[str, str]:
        return document.kind, document.get_kind_display()

    @display(description=_("buyer"))
    def buyer(self, document: Document) -> str:
        return document.shown_buyer

    @display(description=_("net"), ordering="net")
    def net_shown(self, document: Document) -> str:
        return format_money(document.net, document.merchant.default_language)

    @display(description=_("tax"), ordering="tax")
    def tax_shown(self, document: Document) -> str:
        return format_money(document.tax, document.merchant.default_language)

    @display(description=_("total"), ordering="gross")
    def gross_shown(self, document: Document) -> str:
        return format_money(document.gross, document.merchant.default_language)

    @display(description=_("file"))
    def file(self, document: Document) -> str:
        return link_to(document)

    @admin.action(description=_("Download as one ZIP"))
    def download_files(self, request: HttpRequest, chosen: QuerySet[Document]) -> Any:
        if chosen.count() > MOST_FILES:
            self.message_user(request, _("At most %d files at once; choose fewer days.") % MOST_FILES, messages.WARNING)
            return None
        pieces = archive_of(list(_in_order(chosen)))
        return _private(StreamingHttpResponse(_one_by_one(pieces), content_type="application/zip"), "documents.zip")

    @admin.action(description=_("Table for the bookkeeper (CSV)"))
    def download_table(self, request: HttpRequest, chosen: QuerySet[Document]) -> Any:
        def lines() -> Iterator[str]:
            with scope(merchant=request.merchant):  # type: ignore[attr-defined]
                yield from table_of(_in_order(chosen).iterator(chunk_size=500))

        return _private(StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8"), "documents.csv")


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece made in a thread of its own, so that pages and chats go on between and beside them."""
    take = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await take()) is not None:
        yield piece


def _in_order(chosen: QuerySet[Document]) -> QuerySet[Document]:
    return chosen.order_by("pk").select_related("order", "refers_to", "merchant")


def _private(answer: Any, filename: str) -> Any:
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
