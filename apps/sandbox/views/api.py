"""The platforms' front door: any path below `/sandbox/api/<platform>/`."""

import time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ..directory import PLATFORMS, open_store
from ..guard import sandbox_only
from ..wire import Answer, Call


@csrf_exempt
@sandbox_only
def platform(request: HttpRequest, name: str, path: str) -> HttpResponse:
    """One call, as the platform would answer it. An unknown platform is 404."""
    judge = PLATFORMS.get(name)
    if judge is None:
        return HttpResponse(status=404)
    call = Call(
        platform=judge.name,
        method=str(request.method),
        path=path,
        headers={key.lower(): value for key, value in request.headers.items()},
        query={key: str(value) for key, value in request.GET.items()} if name != "stripe" else _raw_query(request),
        body=request.body,
    )
    return respond(judge.handle(open_store(), call))


def _raw_query(request: HttpRequest) -> dict[str, str]:
    """Stripe's repeated and bracketed names keep their order and all their values (`expand[]` twice)."""
    found: dict[str, str] = {}
    for key, values in request.GET.lists():
        for place, value in enumerate(values):
            found[key if not key.endswith("[]") else f"{key[:-2]}[{place}]"] = str(value)
    return found


def respond(answer: Answer) -> HttpResponse:
    """A lost answer holds the line longer than any caller waits, then says only that time ran out."""
    if answer.hold:
        time.sleep(answer.hold)
    if answer.is_lost:
        return HttpResponse(status=504, content_type="text/plain", headers={"Content-Length": "0"})
    body = answer.payload()
    headers = {**answer.headers, "Content-Length": str(len(body))}
    return HttpResponse(body, status=answer.status, content_type=answer.content_type, headers=headers)
