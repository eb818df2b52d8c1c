"""Who may sit at the console, and at whose: asked when it opens and again every few seconds while it is open."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_scopes import scope

from apps.accounts.models import User
from apps.merchants import tablets
from apps.merchants.middleware import SESSION_KEY as MERCHANT_KEY
from apps.merchants.models import Merchant, StaffRole

SessionStore: Any = import_module(settings.SESSION_ENGINE).SessionStore


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at a merchant's console. `role` is a StaffRole.Role; a superuser sits there as "admin"."""

    user: User
    merchant: Merchant
    role: str

    @property
    def is_expert(self) -> bool:
        return self.role == StaffRole.Role.EXPERT

    @property
    def role_name(self) -> str:
        """In the reader's language."""
        return str(StaffRole.Role(self.role).label)


def seat_of(user: Any, *, chosen: str | None) -> Seat | None:
    """This person's place, or `None` for strangers, people without a role, and the ones who left."""
    if not user.is_authenticated or not user.is_active:
        return None
    merchant = Merchant.of_user(user, chosen=chosen)
    if merchant is None:
        return None
    if user.is_superuser:
        return Seat(user, merchant, StaffRole.Role.ADMIN)
    with scope(merchant=merchant):
        role = StaffRole.objects.filter(user=user, is_active=True).values_list("role", flat=True).first()
    return Seat(user, merchant, role) if role else None


def seat_of_session(session_key: str | None) -> Seat | None:
    """The same, asked of the session as it is stored now: signed out, a changed password or a locked tablet means none."""
    if not session_key:
        return None
    session = SessionStore(session_key)
    user = User.objects.filter(pk=session.get(SESSION_KEY) or 0, is_active=True).first()
    if user is None or session.get(HASH_SESSION_KEY) != user.get_session_auth_hash():
        return None
    if not tablets.holds(session, user.pk):
        return None
    return seat_of(user, chosen=session.get(MERCHANT_KEY))


def for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Signed-in staff only; the view gets `seat` as its second argument and runs in the merchant's scope."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            is_tablet = tablets.tablet_of(request.COOKIES.get(tablets.COOKIE)) is not None
            return redirect("console_tablet") if is_tablet else redirect_to_login(request.get_full_path())
        wished = request.GET.get("merchant")
        if wished and Merchant.of_user(request.user, chosen=wished) is not None:
            request.session[MERCHANT_KEY] = wished
        seat = seat_of(request.user, chosen=request.session.get(MERCHANT_KEY))
        if seat is None:
            mine = Merchant.objects.filter(is_active=True) if request.user.is_superuser else []  # type: ignore[union-attr]
            return render(request, "console/no_seat.html", {"merchants": mine}, status=403)
        with scope(merchant=seat.merchant):
            response = view(request, seat, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    return guarded
