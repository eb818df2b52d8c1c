"""Opens the merchant's scope around every page a signed-in person sees."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django_scopes import scope

from .models import Merchant

SESSION_KEY = "merchant"


class MerchantScopeMiddleware:
    """Sets `request.merchant` and the scope from the person's roles; a superuser picks a merchant first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        merchant = self._merchant_of(request)
        request.merchant = merchant  # type: ignore[attr-defined]
        if merchant is None:
            return self.get_response(request)
        with scope(merchant=merchant):
            return self.get_response(request)

    def _merchant_of(self, request: HttpRequest) -> Merchant | None:
        user = request.user
        if not user.is_authenticated:
            return None
        return Merchant.of_user(user, chosen=request.session.get(SESSION_KEY))
