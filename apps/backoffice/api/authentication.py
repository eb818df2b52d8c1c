"""Who may call the API: programs that carry a merchant's token. Only hashes of tokens are kept."""

import hashlib
import secrets
from typing import TYPE_CHECKING

from django_scopes import scopes_disabled
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import permissions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.merchants.clock import now
from apps.merchants.models import ApiToken, Merchant

if TYPE_CHECKING:  # the views import this module while they are being imported themselves
    from drf_spectacular.openapi import AutoSchema
    from rest_framework.views import APIView

PREFIX = "cs_"
TOUCH_EVERY_SECONDS = 60


class ApiClient:
    """The caller: a token standing in for a user."""

    is_authenticated = True
    is_anonymous = False

    def __init__(self, token: ApiToken) -> None:
        self.token = token
        self.pk = token.pk


def hash_token(key: str) -> str:
    """What is stored of a key. Keys hold 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_key() -> str:
    """A key with 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def issue_token(merchant: Merchant, *, name: str, can_write: bool = False) -> tuple[ApiToken, str]:
    """A new token and its key; the key is never to be seen again."""
    key = new_key()
    token = ApiToken(merchant=merchant, name=name, can_write=can_write, token_hash=hash_token(key))
    token.save()
    return token, key


class MerchantTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer cs_…`"""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[ApiClient, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("The Authorization header must be: Bearer <token>.")
        with scopes_disabled():
            token = (
                ApiToken.objects.select_related("merchant")
                .filter(token_hash=hash_token(parts[1].decode("latin-1")), revoked_at=None, merchant__is_active=True)
                .first()
            )
            if token is None:
                raise AuthenticationFailed("This token is unknown or was revoked.")
            self._touch(token)
        return ApiClient(token), token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword

    def _touch(self, token: ApiToken) -> None:
        moment = now()
        if token.last_used_at is None or (moment - token.last_used_at).total_seconds() > TOUCH_EVERY_SECONDS:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)


class MayReadOrWrite(permissions.BasePermission):
    """A read-only token reads; a writing one does both."""

    message = "This token may only read."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, ApiToken):
            return False
        return request.method in permissions.SAFE_METHODS or request.auth.can_write


class MayRead(permissions.BasePermission):
    """Any of the merchant's tokens: for questions that need a body and change nothing."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.auth, ApiToken)


class MerchantTokenScheme(OpenApiAuthenticationExtension):
    target_class = MerchantTokenAuthentication
    name = "merchantToken"

    def get_security_definition(self, auto_schema: "AutoSchema") -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A merchant's API token."}
