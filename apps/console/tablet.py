"""A shared tablet's own pages: pairing it, and who is here. And what a session begun at one may do."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.pins import Tried, try_pin
from apps.merchants import clock, tablets
from apps.merchants.colour import accent_css
from apps.merchants.middleware import SESSION_KEY as MERCHANT_KEY
from apps.merchants.models import Tablet

BACKEND = "django.contrib.auth.backends.ModelBackend"
OWN_PAGES = ("/console/", "/attachments/", "/accounts/logout/")


class TabletMiddleware:
    """A session that a tablet no longer holds is over; one opened by PIN alone is nobody's outside the console."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = request.session.get(tablets.SESSION_KEY)
        if number is not None and request.user.is_authenticated:
            is_console = request.path_info.startswith(OWN_PAGES)  # which asks by itself, too: that is no touch
            if not tablets.holds(request.session, request.user.pk):
                logout(request)
            elif not is_console and request.session.get(tablets.BY_PIN):
                request.user = AnonymousUser()
            elif not is_console:
                tablets.touch(number, request.user.pk)
        return self.get_response(request)


def tablet_of(request: HttpRequest) -> Tablet | None:
    return tablets.tablet_of(request.COOKIES.get(tablets.COOKIE))


@receiver(user_logged_in)
def begun_at_a_tablet(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Whoever signs in on a paired tablet, in whatever way, is at it: it locks for them, too."""
    request.session.pop(tablets.SESSION_KEY, None)
    request.session.pop(tablets.BY_PIN, None)
    tablet = tablet_of(request)
    if tablet is not None:
        tablets.come_to(tablet, user)
        request.session[tablets.SESSION_KEY] = tablet.pk
        request.session.set_expiry(int(tablets.SHIFT.total_seconds()))


@never_cache
@require_http_methods(["GET", "POST"])
def who_is_here(request: HttpRequest) -> HttpResponse:
    """`/console/tablet/`: the colleagues of this tablet, then a PIN. Coming here locks it."""
    tablet = tablet_of(request)
    if tablet is None:
        return pairing(request)
    if request.method == "POST":
        return _enter(request, tablet)
    return _keep(_asked(request, tablet, request.GET.get("who", "")), request.COOKIES[tablets.COOKIE])


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """`/console/tablet/lock/`: nobody is at it any more."""
    tablet = tablet_of(request)
    if tablet is not None:
        tablets.leave(tablet)
    logout(request)
    return redirect("console_tablet")


@never_cache
@require_http_methods(["GET", "POST"])
def pairing(request: HttpRequest, code: str = "") -> HttpResponse:
    """`/console/tablet/pair/<code>/`: what the QR code opens. The device is paired by a tap, not by the visit."""
    code = request.POST.get("code", code)[:40]
    found = tablets.waiting_for(code) if code else None
    if request.method == "POST" and request.POST.get("agreed") and (paired := tablets.pair(code)) is not None:
        logout(request)
        return _keep(redirect("console_tablet"), paired[1])
    trouble = gettext("This code is not good any more. Codes work once, for ten minutes.") if code and not found else ""
    page = {"tablet": found, "code": code, "trouble": trouble}
    return render(request, "console/pair.html", page, status=404 if trouble else 200)


def _asked(request: HttpRequest, tablet: Tablet, who: str, trouble: str = "", status: int = 200) -> HttpResponse:
    people = list(tablets.colleagues(tablet))
    chosen = next((role for role in people if str(role.user_id) == who), None)
    accent = mark_safe(accent_css(tablet.merchant.accent))
    page = {"tablet": tablet, "people": people, "chosen": chosen, "trouble": trouble, "accent": accent}
    return render(request, "console/tablet.html", page, status=status)


def _enter(request: HttpRequest, tablet: Tablet) -> HttpResponse:
    who, pin = request.POST.get("who", ""), request.POST.get("pin", "")
    chosen = next((role for role in tablets.colleagues(tablet) if str(role.user_id) == who), None)
    if chosen is None:
        return redirect("console_tablet")
    tried = try_pin(chosen.user_id, pin, now=clock.now())
    if tried != Tried.RIGHT:
        return _asked(request, tablet, who, _said_of(tried), status=403)
    logout(request)
    login(request, chosen.user, backend=BACKEND)
    request.session[tablets.BY_PIN] = True
    request.session[MERCHANT_KEY] = tablet.merchant.slug
    return redirect("console")


def _said_of(tried: Tried) -> str:
    return {
        Tried.WRONG: gettext("That is not the PIN. Please try again."),
        Tried.RESTS: gettext("Too many wrong PINs. Please try again in five minutes, or sign in with your password."),
        Tried.NONE: gettext("This PIN is not good any more. Sign in with your password and choose another."),
    }[tried]


def _keep(response: HttpResponse, key: str) -> HttpResponse:
    """The tablet's key, out of reach of any script."""
    response.set_cookie(
        tablets.COOKIE,
        key,
        max_age=tablets.COOKIE_DAYS * 86_400,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response
