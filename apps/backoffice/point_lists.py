"""A carrier's list of pick-up points at the desk: first what it would do and every error, then the change."""

from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.carts.models import DeliveryMethod
from apps.carts.point_import import PointReport, import_points
from apps.orders.promised import promised_points

from .importing import keep_file, kept_file
from .price_lists import LinesForm


def import_list(request: HttpRequest, method: DeliveryMethod, *, admin_site: AdminSite) -> HttpResponse:
    """Upload, look, apply. Nothing is written before the merchant has seen what will be."""
    back = reverse("admin:carts_deliverymethod_change", args=[method.pk])
    if request.method == "POST" and "kept" in request.POST:
        return _apply(request, method, admin_site=admin_site, back=back)
    form = LinesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload: UploadedFile = form.cleaned_data["file"]
        report = import_points(method, cast(BinaryIO, upload.file), promised=promised_points, is_dry_run=True)
        token = "" if report.errors else keep_file(method.merchant, upload)
        return _show(request, method, admin_site, back, form, report=report, kept=token)
    return _show(request, method, admin_site, back, form)


def _apply(request: HttpRequest, method: DeliveryMethod, *, admin_site: AdminSite, back: str) -> HttpResponse:
    kept = kept_file(method.merchant, request.POST["kept"])
    if kept is None:
        messages.info(request, _("This file has been imported already, or was laid aside for too long."))
        return redirect(back)
    with kept.open("rb") as file:
        report = import_points(method, file, promised=promised_points)
    kept.unlink()
    if not report.is_applied:
        return _show(request, method, admin_site, back, LinesForm(), report=report)
    told = {"new": report.created, "old": report.updated, "gone": report.closed}
    messages.success(request, _("Pick-up points: %(new)d added, %(old)d updated, %(gone)d closed.") % told)
    return redirect(back)


def _show(
    request: HttpRequest,
    method: DeliveryMethod,
    admin_site: AdminSite,
    back: str,
    form: LinesForm,
    *,
    report: PointReport | None = None,
    kept: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        **admin_site.each_context(request),
        "title": f"{_('Import pick-up points')} · {method.name}",
        "file_title": _("A carrier’s list"),
        "form": form,
        "report": report,
        "errors": report.errors if report else [],
        "changes": _changes(report) if report else [],
        "kept": kept,
        "back": back,
    }
    return render(request, "admin/import_points.html", context)


def _changes(report: PointReport) -> list[tuple[str, int, str]]:
    """(what, how many, why) of everything that will happen to some point."""
    all_of_it = [
        (_("new"), report.created, ""),
        (_("updated"), report.updated, ""),
        (_("open again"), report.reopened, _("An earlier list did not have them.")),
        (_("closed"), report.closed, _("They are not in this list any more.")),
        (_("still open"), report.awaited, _("Not in this list any more, but a parcel is on its way there.")),
        (_("unchanged"), report.unchanged, ""),
        (_("without coordinates"), report.unplaced, _("Found by postcode, not by somebody’s location.")),
    ]
    return [one for one in all_of_it if one[1]]
