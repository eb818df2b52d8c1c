"""What the front door is measured against, on the same server: the least that could work, and the usual way.

`bare` and `usual` are ASGI applications; `manage.py bench inbound` serves them with Daphne beside the product's own. Their
process settles down as the product's does, so that the doors are compared and not the garbage collectors.
"""

import hashlib
import hmac
import json
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatshop.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from apps.conversations.models import InboundEvent  # noqa: E402

from . import pool  # noqa: E402
from .memory import settle_down  # noqa: E402

SECRET = b"bench-secret"
ACCOUNT = 0  # rows of the baselines belong to nobody
INSERT = """
INSERT INTO conversations_inboundevent (channel_account_id, event_key, thread_key, payload, processed_at)
VALUES (%(account)s, %(key)s, %(thread)s, %(payload)s::jsonb, now()) ON CONFLICT DO NOTHING RETURNING id
"""


def is_genuine(signature: str, body: bytes) -> bool:
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode("latin-1"), expected.encode())


def message_of(body: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(body)["entry"][0]["changes"][0]["value"]["messages"][0]
    return message


async def bare(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """HMAC and one insert; no tenants, no parsing beyond the id."""
    body = (await receive())["body"]
    signature = dict(scope["headers"]).get(b"x-hub-signature-256", b"").decode("latin-1")
    status = 403
    if is_genuine(signature, body):
        message = message_of(body)
        parameters = {
            "account": ACCOUNT,
            "key": message["id"],
            "thread": message["from"],
            "payload": json.dumps(message),
        }
        await pool.run(INSERT, parameters)
        status = 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


class UsualWebhook(APIView):
    """What a project writes first: a DRF view, the ORM, the default middleware."""

    authentication_classes: tuple[Any, ...] = ()
    permission_classes: tuple[Any, ...] = ()

    def post(self, request: Request) -> Response:
        body = request.body
        if not is_genuine(request.headers.get("X-Hub-Signature-256", ""), body):
            return Response(status=403)
        message = request.data["entry"][0]["changes"][0]["value"]["messages"][0]
        InboundEvent.objects.get_or_create(
            channel_account_id=ACCOUNT,
            event_key=message["id"],
            defaults={"thread_key": message["from"], "payload": message},
        )
        return Response({})


urlpatterns = [path("webhooks/whatsapp/bench/", UsualWebhook.as_view())]


async def usual(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The view behind all of the project's middleware."""
    settings.ROOT_URLCONF = __name__
    await _pages()(scope, receive, send)


_made: list[Any] = []


def _pages() -> Any:
    if not _made:
        _made.append(get_asgi_application())
    return _made[0]


settle_down()
