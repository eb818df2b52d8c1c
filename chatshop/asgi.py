"""The one ASGI entry: Django for pages, the front door for webhooks, consumers for sockets."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatshop.settings")
pages = get_asgi_application()  # first: it loads the apps that the doors import

from apps.console.consumers import websocket_urlpatterns as console_sockets  # noqa: E402
from apps.gateway.ingest import PREFIX, FrontDoor  # noqa: E402
from apps.gateway.memory import settle_down  # noqa: E402
from apps.gateway.webchat import websocket_urlpatterns as chat_sockets  # noqa: E402
from chatshop.origin import SameOrigin  # noqa: E402

front_door = FrontDoor()


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Platforms' calls go to the front door, everything else to Django."""
    door = front_door if scope["path"].startswith(PREFIX) else pages
    await door(scope, receive, send)  # type: ignore[arg-type]


application = ProtocolTypeRouter(
    {
        "http": http,
        # A page of another origin, or one that hides its origin, gets no socket.
        "websocket": SameOrigin(URLRouter([*chat_sockets, *console_sockets])),
    }
)

settle_down()
