"""The shopper's pages: the full-page web chat, and the scripts it loads."""

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET
from django_scopes import scope, scopes_disabled

from apps.conversations.models import Conversation
from apps.merchants.accounts import web_chat_of
from apps.merchants.colour import accent_css
from apps.merchants.hours import is_open
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.fetch import MAX_BYTES

from .chat_words import chat_words, starters
from .scripts import Script, chat_css, chat_script, tokens_css, widget_script
from .webchat import FIRST_PAGE, MAX_TEXT
from .webchat_hub import as_shown, hands_of, messages_between
from .webchat_session import COOKIE, LIFETIME, Visitor, issue_token, new_visitor, visitor_of
from .webchat_thread import conversation_of

LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "es": "Español", "zh-hans": "简体中文"}
RTL = {"ar", "he", "fa", "ur"}
ENTRY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def language_for(request: HttpRequest, merchant: Merchant) -> str:
    """`?lang=`, then the browser's wish, then the merchant's first; always one the merchant speaks."""
    wished = request.GET.get("lang", "")
    if wished in merchant.languages:
        return wished
    for part in request.headers.get("Accept-Language", "").split(","):
        code = part.split(";")[0].strip().lower()
        code = "zh-hans" if code.startswith("zh") else code.split("-")[0]
        if code in merchant.languages:
            return code
    return merchant.default_language


def theme_of(merchant: Merchant) -> str:
    """The tokens, and the merchant's accent on top of them."""
    return mark_safe(tokens_css() + accent_css(merchant.accent))


@require_GET
def front_page(request: HttpRequest) -> HttpResponse:
    """`/`: the shop's chat where there is one shop; the people of several start at the console."""
    with scopes_disabled():
        chats = ChannelAccount.objects.filter(kind="webchat", is_active=True, merchant__is_active=True)
        slugs = sorted(set(chats.values_list("merchant__slug", flat=True)[:2]))
    return redirect("chat", slugs[0]) if len(slugs) == 1 else redirect("console")


@require_GET
@xframe_options_exempt
@cache_control(private=True, no_store=True)
def chat_page(request: HttpRequest, merchant: str) -> HttpResponse:
    """`/chat/<merchant>/`: the thread's last messages are in the page; the script takes it from there.

    A cookie of this page's own path remembers the visitor. It is read here only: the socket goes by the token.
    """
    account = web_chat_of(merchant)
    if account is None:
        raise Http404
    shop, language = account.merchant, language_for(request, account.merchant)
    cookie = COOKIE.format(slug=shop.slug)
    visitor = visitor_of(account, request.COOKIES.get(cookie)) or new_visitor()
    token = issue_token(account, visitor)
    with translation.override(language):
        response = render(request, "chat/chat.html", _chat_context(request, account, visitor, token, language))
    response.set_cookie(
        cookie,
        token,
        max_age=LIFETIME,
        path=f"/chat/{shop.slug}/",
        httponly=True,
        samesite="Lax",
        secure=settings.IS_HTTPS,
    )
    _allow_frames(response, account)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


def _chat_context(
    request: HttpRequest, account: ChannelAccount, visitor: Visitor, token: str, language: str
) -> dict[str, Any]:
    shop = account.merchant
    messages, hands = _thread(account, visitor)
    entry = request.GET.get("entry", "")
    is_embedded = request.GET.get("embed") == "1"
    data = {
        "merchant": shop.slug,
        "session": token,
        "messages": messages,
        "hands": hands,
        "language": language,
        "locale": language if language != "zh-hans" else "zh-Hans",
        "limit": MAX_TEXT,
        "largestFile": MAX_BYTES,
        "publicUrl": settings.PUBLIC_URL,
        "entry": entry if ENTRY.fullmatch(entry) else "",
        "names": {"shop": shop.name, "assistant": shop.assistant_name},
        "words": chat_words(),
    }
    return {
        "merchant": shop,
        "language": language,
        "direction": "rtl" if language in RTL else "ltr",
        "languages": [(code, LANGUAGE_NAMES.get(code, code)) for code in shop.languages],
        "data": data,
        "words": data["words"],
        "theme": theme_of(shop),
        "starters": starters(),
        "is_open": is_open(shop),
        "is_embedded": is_embedded,
        "script_version": chat_script().version,
        "style_version": chat_css().version,
    }


def _thread(account: ChannelAccount, visitor: Visitor) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The visitor's last messages, and who answers there; nothing of somebody who has not written yet."""
    conversation: Conversation | None = conversation_of(account, visitor)
    if conversation is None:
        return [], None
    with scope(merchant=account.merchant):
        messages = [as_shown(row) for row in messages_between(conversation, 0, 2**31, limit=FIRST_PAGE)]
        return messages, hands_of(conversation)


def _allow_frames(response: HttpResponse, account: ChannelAccount) -> None:
    """The account's `origins` say which sites may embed the chat; without any, every site may."""
    origins = [str(origin) for origin in account.config.get("origins") or []]
    response._csp_replace = {"frame-ancestors": ["'self'", *origins] if origins else ["*"]}  # type: ignore[attr-defined]


def _serve(request: HttpRequest, script: Script, content_type: str, *, seconds: int) -> HttpResponse:
    etag = f'"{script.version}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(script.zipped if zipped else script.body, content_type=content_type)
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={seconds}"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@require_GET
def widget_js(request: HttpRequest) -> HttpResponse:
    return _serve(request, widget_script(), "text/javascript; charset=utf-8", seconds=600)


@require_GET
def chat_js(request: HttpRequest) -> HttpResponse:
    return _serve(request, chat_script(), "text/javascript; charset=utf-8", seconds=31_536_000)


@require_GET
def chat_style(request: HttpRequest) -> HttpResponse:
    return _serve(request, chat_css(), "text/css; charset=utf-8", seconds=31_536_000)
