"""What stands before every page: no address or form may break a query, and a signed-in person sees one merchant."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django_scopes import scope

from .models import Merchant
from .storable import is_storable

SESSION_KEY = "merchant"


class StorableMiddleware:
    """Nothing lives at an address no database could hold (404); nobody's form says what none could keep (400).

    Before the session's: a cookie like that is nobody's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if is_storable(value)}
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if hasattr(view, "cls"):
            return  # the API asks for itself, and answers in its own form
        if not is_storable(request.path_info):
            raise Http404
        is_form = request.method == "POST" and not getattr(
            view, "csrf_exempt", False
        )  # else its body is not ours to read
        for said in (request.GET, request.POST) if is_form else (request.GET,):
            if not is_storable(dict(said.lists())):
                raise BadRequest("text is valid Unicode without NUL characters")


class StorableCookies:
    """The same for sockets, between who reads the cookies and who looks up the session."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        cookies = {name: value for name, value in scope["cookies"].items() if is_storable(value)}
        return await self.application({**scope, "cookies": cookies}, receive, send)


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
