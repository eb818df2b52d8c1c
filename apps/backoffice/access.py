"""Who may sit at the desk."""

from django.http import HttpRequest

from apps.merchants.models import StaffRole

DESK_ROLES = (StaffRole.Role.MANAGER, StaffRole.Role.ADMIN)


def has_desk(request: HttpRequest) -> bool:
    """Whether this person may sit at the desk of the merchant in scope. Asked once per request."""
    if getattr(request, "merchant", None) is None:
        return False
    if request.user.is_superuser:
        return True
    if not hasattr(request, "_has_desk"):
        roles = StaffRole.objects.filter(user=request.user, is_active=True, role__in=DESK_ROLES)
        request._has_desk = roles.exists()  # type: ignore[attr-defined]
    return bool(request._has_desk)  # type: ignore[attr-defined]


def is_owner(request: HttpRequest) -> bool:
    """Whether this person runs the shop: only they give and take the role of those who do."""
    if request.user.is_superuser:
        return True
    mine = StaffRole.objects.filter(user=request.user, is_active=True, role=StaffRole.Role.ADMIN)
    return bool(mine.exists())
