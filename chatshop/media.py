"""Pictures and films of the catalogue, where no proxy serves them."""

import mimetypes
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils._os import safe_join
from django.utils.http import http_date
from django.views.decorators.http import require_safe

# What a browser can only look at. No SVG and no HTML: those can run.
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "video/mp4", "video/webm"}


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file below MEDIA_ROOT if it is a picture or a film, else 404: not there and not shown look the same."""
    kind, _ = mimetypes.guess_type(path)
    if kind not in SHOWN or any(part.startswith(".") for part in path.split("/")):
        raise Http404
    try:
        file = Path(safe_join(settings.MEDIA_ROOT, path))
    except SuspiciousFileOperation as error:  # it points outside
        raise Http404 from error
    if not file.is_file():
        raise Http404
    response = FileResponse(file.open("rb"), content_type=kind)
    response["Last-Modified"] = http_date(file.stat().st_mtime)
    response["Cache-Control"] = "public, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
