"""Who may sit at the desk."""

from django.http import HttpRequest

from apps.merchants.models import StaffRole

DESK_ROLES = (StaffRole.Role.MANAGER, StaffRole.Role.ADMIN)


def has_desk(request: HttpRequest) -> bool:
    """Whether this person may sit at the desk of the merchant in scope."""
    if getattr(request, "merchant", None) is None:
        return False
    return request.user.is_superuser or not _roles(request).isdisjoint(DESK_ROLES)


def is_owner(request: HttpRequest) -> bool:
    """Whether this person runs the shop: only they decide who else does and where money goes."""
    return request.user.is_superuser or StaffRole.Role.ADMIN in _roles(request)


def _roles(request: HttpRequest) -> set[str]:
    """What this person is in the shop in scope. Asked once per request."""
    if not hasattr(request, "_roles"):
        mine = StaffRole.objects.filter(user=request.user, is_active=True)
        request._roles = set(mine.values_list("role", flat=True))  # type: ignore[attr-defined]
    found: set[str] = request._roles  # type: ignore[attr-defined]
    return found
