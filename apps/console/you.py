"""What a person at the console settles for themselves: the PIN for shared tablets, and signing out everywhere."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.pins import is_easy, is_pin, set_pin, sign_out_everywhere
from apps.merchants import tablets
from apps.merchants.colour import accent_css

from .access import Seat, for_staff


@require_http_methods(["GET", "POST"])
@for_staff
def you(request: HttpRequest, seat: Seat) -> HttpResponse:
    """`/console/you/`. A PIN is chosen with the password: whoever finds an open console cannot take it over."""
    trouble = _trouble(request, seat) if request.method == "POST" else ""
    if request.method == "POST" and not trouble:
        set_pin(seat.user, request.POST["pin"])
        messages.success(request, gettext("Your PIN is set. It works on every paired tablet of your stores."))
        return redirect("console_you")
    page: dict[str, Any] = {
        "seat": seat,
        "trouble": trouble,
        "by_pin": bool(request.session.get(tablets.BY_PIN)),
        "accent": mark_safe(accent_css(seat.merchant.accent)),
    }
    return render(request, "console/you.html", page, status=400 if trouble else 200)


@require_POST
@for_staff
def everywhere(request: HttpRequest, seat: Seat) -> HttpResponse:
    """`/console/you/everywhere/`: every session of this person ends, this one too."""
    sign_out_everywhere(seat.user)
    logout(request)
    return redirect("console")


def _trouble(request: HttpRequest, seat: Seat) -> str:
    pin, again = request.POST.get("pin", ""), request.POST.get("again", "")
    if not seat.user.check_password(request.POST.get("password", "")):
        return gettext("That is not your password.")
    if not is_pin(pin):
        return gettext("A PIN is six digits.")
    if is_easy(pin):
        return gettext("This PIN would be tried first. Please choose another.")
    return "" if pin == again else gettext("The two PINs are not the same.")
