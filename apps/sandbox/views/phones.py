"""The gallery of phones: a visitor plays a shopper on every channel at once."""

import json
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST
from django_scopes import scopes_disabled

from apps.merchants.models import ChannelAccount

from .. import people
from ..accounts import Account, all_accounts
from ..directory import open_store
from ..files import MIMES, MOST_BYTES, File, kept, sort_of
from ..guard import sandbox_only
from ..phones import PHONES, NotPossible
from ..screens import REACTIONS, thread
from ..shoppers import PROFILE_BY_KEY, PROFILES, Profile
from ..store import Store
from ..words import phone_words

GENERATION_DIGITS = 2
SENT = ("image", "audio", "video", "file", "sticker", "location", "contact")  # in the order of the menu
SHOWN = frozenset(MIMES.values()) | {"image/gif", "audio/mpeg", "video/webm", "audio/webm"}


@dataclass(frozen=True, slots=True)
class Person:
    """A profile in one of its lives: "emma~3" has numbers of its own, so that a visitor can begin afresh."""

    profile: Profile
    generation: int = 0

    def external_id(self, kind: str) -> str:
        base = PHONES[kind].name_of(self.profile)
        return f"{base}{self.generation:0{GENERATION_DIGITS}d}" if self.generation else base


def person_of(key: str) -> Person:
    """From "emma" or "emma~3". Raises `KeyError`."""
    found = re.fullmatch(r"([a-z]+)(?:~(\d{1,2}))?", key)
    if found is None:
        raise KeyError(key)
    return Person(PROFILE_BY_KEY[found.group(1)], int(found.group(2) or 0))


def phones(store: Store) -> list[Account]:
    """One phone per kind, and per provider where several carry a kind: the first account of each."""
    found: dict[tuple[str, str], Account] = {}
    for kind in PHONES:
        for account in all_accounts(store, kind):
            found.setdefault((kind, PHONES[kind].label_of(account)), account)
    return list(found.values())


def _file_of(upload: UploadedFile) -> File:
    """A file of the visitor's own, as the phone sends one of its sort. Raises `NotPossible` on one too large."""
    name = re.sub(r"[^\w.() -]", "_", str(upload.name or "file"))[-80:]
    mime = str(upload.content_type or "").lower()
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", mime):
        mime = "application/octet-stream"
    if (upload.size or 0) > MOST_BYTES:
        raise NotPossible(_("This file is empty or too large for the app."))
    return File(sort_of(mime), name, mime, upload.read())


@require_GET
@sandbox_only
def file(request: HttpRequest, number: str) -> HttpResponse:
    """A file as the phone it was sent from shows it; what a browser might run is only saved."""
    found = kept(open_store(), number)
    if found is None:
        return HttpResponse(status=404)
    is_shown = found.sort != "file" and found.mime in SHOWN
    answer = HttpResponse(found.content, content_type=found.mime if is_shown else "application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(not is_shown, found.name) or "inline"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def web_chat_address() -> str:
    """The full-page chat of the first merchant with a web chat; "" without one, or in a referee."""
    if getattr(settings, "SANDBOX_STANDALONE", False):
        return ""
    with scopes_disabled():
        row = (
            ChannelAccount.objects.filter(kind="webchat", is_active=True)
            .select_related("merchant")
            .order_by("pk")
            .first()
        )
    return f"/chat/{row.merchant.slug}/" if row else ""


@require_GET
@sandbox_only
@ensure_csrf_cookie
def gallery(request: HttpRequest) -> HttpResponse:
    store = open_store()
    shown = [
        {
            "key": f"{account.kind}/{account.name}", "kind": account.kind, "label": PHONES[account.kind].label_of(account),
            "title": account.title.split(" on ")[0].split(" · ")[0] or _("The shop"), "line": PHONES[account.kind].line(account),
            "can_block": PHONES[account.kind].may_block(account),
            "sorts": [sort for sort in SENT if sort in PHONES[account.kind].abilities(account)],
            "tells_typing": "type" in PHONES[account.kind].abilities(account),
        }
        for account in phones(store)
    ]  # fmt: skip
    profiles = [
        {
            "key": profile.key,
            "name": profile.name,
            "note": profile.note,
            "language": profile.language,
            "hello": list(profile.hello),
        }
        for profile in PROFILES
    ]
    sorts = {phone["key"]: phone["sorts"] for phone in shown}
    typing = [phone["key"] for phone in shown if phone["tells_typing"]]
    data = {
        "profiles": profiles,
        "words": phone_words(),
        "sorts": sorts,
        "typing": typing,
        "reactions": list(REACTIONS),
    }
    context = {"phones": shown, "profiles": profiles, "web_chat": web_chat_address(), "data": data}
    return render(request, "sandbox/phones.html", context)


@require_GET
@sandbox_only
def state(request: HttpRequest) -> HttpResponse:
    """GET person, rev → {"era", "rev", "phones": {"whatsapp/demo": thread}}; only what changed since rev."""
    store = open_store()
    try:
        person = person_of(request.GET.get("person", ""))
    except KeyError:
        return JsonResponse({"error": "no such person"}, status=400)
    try:
        rev = int(request.GET.get("rev", 0))
    except ValueError:
        rev = 0
    with store.lock:
        threads = {
            f"{account.kind}/{account.name}": thread(store, account, shopper=person.external_id(account.kind), rev=rev)
            for account in phones(store)
        }
        era = int(store.setting("era", 0))
    return JsonResponse({"era": era, "rev": max([rev, *(one["rev"] for one in threads.values())]), "phones": threads})


@require_POST
@sandbox_only
def act(request: HttpRequest) -> HttpResponse:
    """POST {person, phone, do, …} as JSON, or with a file of the visitor's own as a form: `order` and `file`.

    do: say (text, quotes?) | send (sort, caption?, quotes?) | tap (bubble, value) | react (bubble, emoji) | edit (bubble,
    text) | delete (bubble) | read | typing | block | unblock.
    """
    store = open_store()
    try:
        upload = request.FILES.get("file")
        values = json.loads(request.POST["order"] if upload else request.body)
        if upload:
            values["file"] = _file_of(upload)
        person = person_of(str(values["person"]))
        account = next(one for one in phones(store) if f"{one.kind}/{one.name}" == values["phone"])
        done = _act(store, account, person, values)
    except NotPossible as error:
        return JsonResponse({"error": str(error)}, status=409)
    except (ValueError, KeyError, StopIteration, TypeError):
        return JsonResponse({"error": _("That phone does not understand this.")}, status=400)
    return JsonResponse({"done": done})


def _act(store: Store, account: Account, person: Person, values: dict[str, Any]) -> int:
    shopper = person.external_id(account.kind)
    order = str(values["do"])
    profile = person.profile
    known: dict[str, Any] = {"shopper": shopper, "name": profile.name, "language": profile.language}
    quotes = int(values.get("quotes") or 0)
    if order == "say":
        return people.says(store, account, text=str(values["text"]), quotes=quotes, **known)
    if order == "send":
        file: File | None = values.get("file")
        sort = file.sort if file else str(values["sort"])
        caption = str(values.get("caption", ""))
        return people.sends(store, account, sort=sort, file=file, caption=caption, quotes=quotes, **known)
    if order == "tap":
        return people.taps(store, account, shopper=shopper, bubble=int(values["bubble"]), value=str(values["value"]))
    if order in ("react", "edit", "delete"):
        said = {"emoji": str(values.get("emoji", "")), "text": str(values.get("text", ""))}
        people.changes(store, account, order, shopper=shopper, bubble=int(values["bubble"]), **said)
        return 0
    if order == "typing":
        people.types(store, account, shopper=shopper)
        return 0
    if order == "read":
        return people.reads(store, account, shopper=shopper)
    if order in ("block", "unblock"):
        people.blocks(store, account, shopper=shopper, blocked=order == "block")
        return 0
    raise ValueError(order)
