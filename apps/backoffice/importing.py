"""Import and export of products at the desk: first a preview of every change and every error, then the change."""

import io
import re
import secrets
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from encrypted_fields.fields import EncryptedTextField

from apps.catalog.exporting import export_catalog
from apps.catalog.importing import ImportReport, import_catalog
from apps.merchants.clock import now
from apps.merchants.markets import further_currencies
from apps.merchants.models import Merchant

from .forms import ImportForm

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
SEAL: Any = EncryptedTextField()  # the keys by which columns are sealed
KEPT_SECONDS = 3600
LARGEST_FILE = 50 * 1024 * 1024


def import_products(request: HttpRequest, *, admin_site: AdminSite, back: str) -> HttpResponse:
    """Upload, look, apply. Nothing is written before the merchant has seen what will be."""
    merchant: Merchant = request.merchant  # type: ignore[attr-defined]
    kept = kept_file(merchant, request.POST.get("kept", ""))
    if request.method == "POST" and kept is not None:
        with kept.open("rb") as file:
            report = import_catalog(merchant, file, actor=request.user)
        kept.unlink()
        if report.is_applied:
            messages.success(request, _("%(new)d products added, %(old)d updated.") % _counts(report))
            return redirect(back)
        return _show(request, admin_site, back, ImportForm(), report=report)
    if request.method == "POST" and "kept" in request.POST:
        messages.info(request, _("This file has been imported already, or was laid aside for too long."))
        return redirect(back)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload: UploadedFile = form.cleaned_data["file"]
        if upload.size is None or upload.size > LARGEST_FILE:
            form.add_error("file", _("This file is larger than 50 MB. Split it and import the parts."))
            return _show(request, admin_site, back, form)
        report = import_catalog(merchant, cast(BinaryIO, upload.file), is_dry_run=True, actor=request.user)
        token = "" if report.errors else keep_file(merchant, upload)
        return _show(request, admin_site, back, form, report=report, kept=token)
    return _show(request, admin_site, back, form)


def export_products(request: HttpRequest) -> StreamingHttpResponse:
    """The whole catalogue as a file that the import reads back."""
    merchant: Merchant = request.merchant  # type: ignore[attr-defined]
    response = StreamingHttpResponse(iter(list(export_catalog(merchant))), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{merchant.slug}-products-{now():%Y-%m-%d}.csv"'
    return response


def _show(
    request: HttpRequest,
    admin_site: AdminSite,
    back: str,
    form: ImportForm,
    *,
    report: ImportReport | None = None,
    kept: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        **admin_site.each_context(request),
        "title": _("Import products"),
        "file_title": _("A product file"),
        "form": form,
        "report": report,
        "errors": report.errors if report else [],
        "kept": kept,
        "back": back,
        "further": list(further_currencies(request.merchant)),  # type: ignore[attr-defined]
    }
    return render(request, "admin/import_products.html", context)


def _counts(report: ImportReport) -> dict[str, int]:
    return {"new": report.created, "old": report.updated}


def _folder(merchant: Merchant) -> Path:
    folder = Path(settings.DATA_DIR) / "imports" / str(merchant.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep_file(merchant: Merchant, upload: File) -> str:
    """Lay the checked file aside until it is applied; forgotten ones go after an hour."""
    folder = _folder(merchant)
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = secrets.token_urlsafe(24)
    with (folder / token).open("wb") as target:
        for chunk in upload.chunks():
            target.write(chunk)
    return token


def keep_sealed(merchant: Merchant, upload: UploadedFile) -> str:
    """As `keep_file`, for what may hold secrets or people's addresses; `kept_sealed` opens it."""
    upload.seek(0)
    return keep_file(merchant, ContentFile(SEAL.f.encrypt(upload.read())))


def kept_sealed(merchant: Merchant, token: str) -> BinaryIO | None:
    """What was laid aside under this name, once: whoever asks a second time finds nothing."""
    path = kept_file(merchant, token)
    mine = path and path.with_name(f"{secrets.token_urlsafe(8)}.taken")
    if path is None or mine is None:
        return None
    try:
        path.rename(mine)
        return io.BytesIO(SEAL.f.decrypt(mine.read_bytes()))
    except (FileNotFoundError, InvalidToken):
        return None
    finally:
        mine.unlink(missing_ok=True)


def kept_file(merchant: Merchant, token: str) -> Path | None:
    """What was laid aside under this name; None for what is gone, and for no name of ours."""
    path = _folder(merchant) / token if TOKEN.fullmatch(token) else None
    return path if path and path.is_file() else None
