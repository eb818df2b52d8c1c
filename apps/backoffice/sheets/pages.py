"""Import and export of a kind at the desk: look first at every change and every error, then change it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, BinaryIO, cast

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from apps.catalog.row_files import row_writer
from apps.merchants.clock import now
from apps.merchants.models import Merchant

from ..importing import keep_sealed, kept_sealed
from ..price_lists import LinesForm
from .sheet import MARK, Sheet, export_sheet
from .taking import Report, TakenSheet, take_in


class ExportsSheet:
    """A list that can be taken away as a file. Where there is one row and no list, the buttons stand on its page."""

    sheet: Sheet
    actions_list: Any = ("export_sheet",)

    def has_export_sheet_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.has_view_permission(request))  # type: ignore[attr-defined]

    def row_or_404(self, request: HttpRequest, object_id: str) -> None:
        """On a row's page the row has to be there."""
        if object_id and self.get_object(request, object_id) is None:  # type: ignore[attr-defined]
            raise Http404

    @action(description=_("Export CSV"), url_path="export-csv", icon="download", permissions=["export_sheet"])
    def export_sheet(self, request: HttpRequest, object_id: str = "") -> StreamingHttpResponse:
        self.row_or_404(request, object_id)
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        pieces = _piece_by_piece(export_sheet(self.sheet, merchant))
        response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
        name = f"{merchant.slug}-{self.sheet.name}-{now():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        return response


class TakesSheet(ExportsSheet):
    """A list that is also brought back. Whoever may change its rows by hand may bring them."""

    sheet: TakenSheet
    actions_list: Any = ("import_sheet", "export_sheet")

    def has_import_sheet_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.has_change_permission(request))  # type: ignore[attr-defined]

    @action(description=_("Import CSV"), url_path="import-csv", icon="upload", permissions=["import_sheet"])
    def import_sheet(self, request: HttpRequest, object_id: str = "") -> HttpResponse:
        """Upload, look, apply. Nothing is written before the merchant has seen what will be."""
        self.row_or_404(request, object_id)
        if request.method == "POST" and "kept" in request.POST:
            return self._apply(request)
        form = LinesForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._show(request, form)
        upload: UploadedFile = form.cleaned_data["file"]
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        try:
            report = take_in(self.sheet, merchant, cast(BinaryIO, upload.file), actor=request.user, is_dry_run=True)
        except ValueError as refused:
            form.add_error("file", str(refused))
            return self._show(request, form)
        is_to_do = report.is_something and not report.errors
        return self._show(request, form, report=report, kept=keep_sealed(merchant, upload) if is_to_do else "")

    def _apply(self, request: HttpRequest) -> HttpResponse:
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        kept = kept_sealed(merchant, request.POST["kept"])
        if kept is None:
            messages.info(request, _("This file has been imported already, or was laid aside for too long."))
            return redirect(self._list)
        report = take_in(self.sheet, merchant, kept, actor=request.user)
        if not report.is_applied:
            return self._show(request, LinesForm(), report=report)
        told = {"new": report.created, "old": report.changed}
        messages.success(request, _("Imported: %(new)d new, %(old)d changed.") % told)
        if report.told_once:
            return self._told_once(merchant, report)
        return redirect(self._list)

    def _told_once(self, merchant: Merchant, report: Report) -> HttpResponse:
        """Secrets that were made, as a file: this answer is all there is of them."""
        writer = row_writer()
        lines = [writer.writerow(row) for row in (self.sheet.told_columns, *report.told_once)]
        response = HttpResponse("".join([MARK, *lines]), content_type="text/csv; charset=utf-8")
        name = f"{merchant.slug}-{self.sheet.name}-new-{now():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        return response

    @property
    def _list(self) -> str:
        meta = self.model._meta  # type: ignore[attr-defined]
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")

    def _show(
        self, request: HttpRequest, form: LinesForm, *, report: Report | None = None, kept: str = ""
    ) -> HttpResponse:
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        columns = [column for column in self.sheet.columns(merchant) if not column.is_told]
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": f"{_('Import CSV')} · {self.model._meta.verbose_name_plural}",  # type: ignore[attr-defined]
            "file_title": _("A file with a row for each"),
            "about": self.sheet.about,
            "columns": [column.name for column in columns],
            "form": form,
            "report": report,
            "errors": report.errors if report else [],
            "summary": _summary(report) if report else "",
            "more": report.created + report.changed - len({one.line for one in report.changes}) if report else 0,
            "kept": kept,
            "back": self._list,
        }
        return render(request, "admin/import_sheet.html", context)


def _summary(report: Report) -> str:
    if report.known_since:
        when = date_format(localtime(report.known_since), "SHORT_DATETIME_FORMAT")
        return str(_("This very file was imported on %s. Nothing is done a second time.") % when)
    if not report.is_something:
        return str(_("Everything stands there already as the file says. There is nothing to do."))
    read = ngettext("%d row read:", "%d rows read:", report.rows) % report.rows
    told = {"new": report.created, "old": report.changed, "same": report.unchanged}
    return f"{read} {_('%(new)d new, %(old)d changed, %(same)d as they are.') % told}"


async def _piece_by_piece(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Each piece is read in the request's own thread, with its connection, when the one before has gone out."""
    take = sync_to_async(lambda: next(pieces, None))
    while (piece := await take()) is not None:
        yield piece
