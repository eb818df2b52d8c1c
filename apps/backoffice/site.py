"""The admin site: signed in through the staff door (with its second factor), one merchant at a time."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from .access import has_desk

# unfold's Alpine compiles expressions and sets inline styles; the looser policy is for these pages alone.
LOOSER_CSP = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "object-src": [NONE],
}


def _shop_clock(request: HttpRequest) -> AbstractContextManager[Any]:
    """Times are read and written as the clock on the shop's wall shows them."""
    merchant = getattr(request, "merchant", None)
    return timezone.override(merchant.zone) if merchant else nullcontext()


class DeskSite(UnfoldAdminSite):
    index_title = _("Today")

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_active and user.is_authenticated and (user.is_superuser or has_desk(request))

    def _get_is_active(self, request: HttpRequest, link: Any, is_tab: bool = False) -> bool:
        """A page that stands in the menu itself is not also the list it belongs to."""
        desk: Any = settings.UNFOLD
        rooms = desk["SIDEBAR"]["navigation"]
        if not is_tab and request.path in {str(page["link"]) for room in rooms for page in room["items"]}:
            return str(link) == request.path
        return bool(super()._get_is_active(request, link, is_tab))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one door for staff, and it asks for the second factor."""
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
            wanted = reverse("admin:index")
        if request.user.is_authenticated and not self.has_permission(request):
            return redirect("console")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def with_merchant(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if self.has_permission(request) and getattr(request, "merchant", None) is None:
                return redirect(f"{reverse('pick_merchant')}?{urlencode({'next': request.get_full_path()})}")
            with _shop_clock(request):
                response = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()  # times are put into words here, not on the way out
            response._csp_replace = LOOSER_CSP
            return response

        return with_merchant
