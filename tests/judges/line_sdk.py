"""LINE's own SDK as a judge: its models of what may be sent, its parser and its signature check for what comes in.

It knows nothing of ours, and of the product nothing is imported here. Its models take unknown fields and drop them, so a
call must come out of them as it went in. LINE's OpenAPI file behind Prism looks at a message no closer than its frame;
these look at every part. Labels longer than 20 characters they do not mind.
"""

from types import ModuleType
from typing import Any

from .prism import Unavailable

try:
    from linebot.v3 import messaging
    from linebot.v3.webhook import SignatureValidator, WebhookParser
except ImportError:
    messaging: ModuleType | None = None  # type: ignore[no-redef]

REQUESTS = {
    "v2/bot/message/reply": "ReplyMessageRequest",
    "v2/bot/message/push": "PushMessageRequest",
    "v2/bot/chat/loading/start": "ShowLoadingAnimationRequest",
}
# What its models write although nobody said so.
ITS_OWN = {"notificationDisabled": False, "animated": False}


def needs_sdk() -> None:
    """Raises `Unavailable`."""
    if messaging is None:
        raise Unavailable("needs line-bot-sdk 3.27.0 (locks/dev)")


def complaints(path: str, body: dict[str, Any]) -> list[str]:
    """Why the SDK would not send this call; empty if it would. Raises `Unavailable`."""
    needs_sdk()
    name = REQUESTS.get(path)
    if name is None:
        return [f"no call {path!r}"]
    try:
        made = getattr(messaging, name).from_dict(body)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        return [f"{type(error).__name__}: {error}"]
    return differences(body, made.to_dict(), where=name)


def differences(given: Any, kept: Any, *, where: str) -> list[str]:
    """What of the call the models do not know."""
    if isinstance(given, dict) and isinstance(kept, dict):
        missing = [f"{where}.{name}: unknown" for name in given if name not in kept]
        added = [f"{where}.{name}: added" for name in kept if name not in given and ITS_OWN.get(name) != kept[name]]
        inner = [
            found
            for name in given
            if name in kept
            for found in differences(given[name], kept[name], where=f"{where}.{name}")
        ]
        return [*missing, *added, *inner]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        pairs = enumerate(zip(given, kept, strict=True))
        return [found for place, (a, b) in pairs for found in differences(a, b, where=f"{where}[{place}]")]
    return [] if given == kept else [f"{where}: {given!r} became {kept!r}"]


def is_genuine(body: str, signature: str, secret: str) -> bool:
    """Raises `Unavailable`."""
    needs_sdk()
    return bool(SignatureValidator(secret).validate(body, signature))


def understood(body: str, signature: str, secret: str) -> list[dict[str, Any]]:
    """(who, when, what) of each event, in the SDK's reading. Raises `Unavailable`."""
    needs_sdk()
    return [_plain(event) for event in WebhookParser(secret).parse(body, signature)]


def _plain(event: Any) -> dict[str, Any]:
    message, postback = getattr(event, "message", None), getattr(event, "postback", None)
    source = getattr(event, "source", None)
    return {
        "type": event.type,
        "id": getattr(event, "webhook_event_id", None),
        "user": getattr(source, "user_id", None) or "",
        "is_alone": getattr(source, "type", "user") == "user",
        "handle": getattr(event, "reply_token", None) or "",
        "message": getattr(message, "type", ""),
        "text": getattr(message, "text", None) or "",
        "data": getattr(postback, "data", ""),
    }
