"""Calling WeChat: a lent token in every address, and errors inside of 200."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from apps.messaging import http, tokens
from apps.messaging.channel import ErrorClass, Malformed, SendFailed, TokenEnded
from apps.messaging.reading import number, read_json, text, whole

API_BASE = "https://api.weixin.qq.com"
STALE = frozenset({40001, 40014, 42001})  # the token is none any more; nothing was done with the call
# Codes in our words (developers.weixin.qq.com, "Global return codes"; docs/channels.md). What is not here is judged by status.
CODES: dict[int, ErrorClass] = {
    -1: ErrorClass.RETRY,
    **dict.fromkeys((45009, 45011), ErrorClass.RETRY_AFTER),
    **dict.fromkeys((45015, 45047, 43101), ErrorClass.WINDOW_CLOSED),
    **dict.fromkeys((43004, 43019, 48002, 50005), ErrorClass.OPTED_OUT),
    **dict.fromkeys((40003, 50002), ErrorClass.UNREACHABLE),
    **dict.fromkeys((*STALE, 40013, 40125, 40164, 41001, 41002, 41004, 48001, 50001), ErrorClass.AUTH),
    **dict.fromkeys((40200, 48003, 48004, 87009, 87014), ErrorClass.POLICY),
}
PAUSE = 60.0  # seconds: the quotas that can be waited for are counted by the minute


def base_of(config: Mapping[str, Any]) -> str:
    return str(config.get("api_base") or API_BASE).rstrip("/")


def meaning_of(status: int, body: Mapping[str, Any]) -> ErrorClass:
    code = whole(body.get("errcode"))
    if code:
        return CODES.get(code, ErrorClass.BAD_REQUEST)
    return http.meaning_of(status)  # without a code it is not WeChat that speaks; a message has no name of ours there


def call(
    path: str,
    config: Mapping[str, Any],
    *,
    timeout: float,
    json_body: Mapping[str, Any] | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
) -> dict[str, Any]:
    """The answer to one call that was taken. A token that ended early is asked for anew, once. Raises `SendFailed`."""
    answer = _posted(path, config, timeout, json_body, files)
    if whole(answer.body.get("errcode")) in STALE:
        tokens.forget(*names_of(config))
        answer = _posted(path, config, timeout, json_body, files)
    if answer.is_ok and not answer.is_json:
        raise SendFailed(ErrorClass.AMBIGUOUS, "the answer was cut")
    if answer.is_ok and not answer.body.get("errcode"):
        return answer.body
    raise failure_of(answer)


def _posted(
    path: str,
    config: Mapping[str, Any],
    timeout: float,
    json_body: Mapping[str, Any] | None,
    files: Mapping[str, tuple[str, bytes, str]] | None,
) -> http.Answer:
    return http.post(address_of(path, config, timeout=timeout), timeout=timeout, json_body=json_body, files=files)


def address_of(path: str, config: Mapping[str, Any], *, timeout: float) -> str:
    """Where to call, the token in it: never to be logged. Raises `SendFailed`."""
    token = tokens.token_for(*names_of(config), fetch=lambda: _asked_token(config, timeout))
    return f"{base_of(config)}/{path}{'&' if '?' in path else '?'}access_token={quote(token)}"


def names_of(config: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a token is lent to, as `tokens` wants it. Raises `SendFailed`."""
    app_id, secret = str(config.get("app_id") or ""), str(config.get("app_secret") or "")
    if not app_id or not secret:
        raise SendFailed(ErrorClass.AUTH, "app_id or app_secret is missing")
    return base_of(config), app_id, secret


def _asked_token(config: Mapping[str, Any], timeout: float) -> tuple[str, float]:
    """The stable token: several processes may ask for it, and asking ends nobody's."""
    base, app_id, secret = names_of(config)
    wanted = {"grant_type": "client_credential", "appid": app_id, "secret": secret}
    with http.saying_nothing():
        answer = http.post(f"{base}/cgi-bin/stable_token", json_body=wanted, timeout=timeout)
        token = text(answer.body.get("access_token"))
        if answer.is_ok and token:
            return token, number(answer.body.get("expires_in")) or 0.0
        if answer.is_ok and not answer.body.get("errcode"):
            raise SendFailed(ErrorClass.RETRY, "no token in the answer")
        raise failure_of(answer)


def check_file(content: bytes, config: Mapping[str, Any]) -> None:
    """WeChat answers 200 and an error in JSON where it does not give a file (developers.weixin.qq.com/doc/service/en/api/
    material/temporary/api_getmedia). Raises `TokenEnded`, `SendFailed`."""
    try:
        body = read_json(content) if content[:1] == b"{" else None
    except Malformed:
        return
    if body is None:
        return
    refusal = failure_of(http.Answer(200, body))
    if whole(body.get("errcode")) not in STALE:
        raise refusal
    tokens.forget(*names_of(config))
    raise TokenEnded(refusal.error_class, refusal.detail, code=refusal.code)


def failure_of(answer: http.Answer) -> SendFailed:
    error_class = meaning_of(answer.status, answer.body)
    is_counted = error_class == ErrorClass.RETRY_AFTER
    return SendFailed(
        error_class,
        (text(answer.body.get("errmsg")) or f"HTTP {answer.status}")[:300],
        retry_after=answer.retry_after or (PAUSE if is_counted and answer.is_ok else None),
        code=text(answer.body.get("errcode")) or str(answer.status),
    )
