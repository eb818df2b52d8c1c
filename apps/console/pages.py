"""The console's page and the two panes it fetches: the customer, and the catalogue to show things from."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_safe

from apps.carts.currencies import shoppers_currency
from apps.catalog.lists import terms_for
from apps.catalog.search import browse, search
from apps.conversations.models import Attachment, Snippet
from apps.conversations.showing import file_answer
from apps.merchants import tablets
from apps.merchants.colour import accent_css
from apps.messaging.channel import Channel, all_channels
from apps.messaging.fetch import MAX_BYTES

from .access import Seat, for_staff
from .desk import Refused, thread_of
from .serializers import customer_json, product_json
from .tablet import tablet_of
from .words import console_words

QUERY = 120
SHORT = {"webchat": "Web"}  # on a badge


@require_GET
@for_staff
def console(request: HttpRequest, seat: Seat) -> HttpResponse:
    """`/console/`: the frame; the script fills it over `ws /ws/console/`."""
    language = translation.get_language() or "en"
    tablet = tablet_of(request)
    data: dict[str, Any] = {
        "user": {"id": seat.user.pk, "name": seat.user.shown_name, "role": seat.role},
        "merchant": seat.merchant.slug,
        "language": language,
        "locale": "zh-Hans" if language == "zh-hans" else language,
        "words": console_words(),
        "channels": {kind: SHORT.get(kind, str(channel.label)) for kind, channel in all_channels().items()},
        "tablet": {"locks_after": tablet.locks_after} if tablet else None,
        "csrf": get_token(request),
        "mostBytes": MAX_BYTES,
        "files": {kind: _takes(channel) for kind, channel in all_channels().items()},
        "snippets": list(Snippet.objects.order_by("title").values("title", "text", "language")[:100]),
    }
    return render(
        request,
        "console/console.html",
        {
            "merchant": seat.merchant,
            "seat": seat,
            "language": language,
            "data": data,
            "accent": mark_safe(accent_css(seat.merchant.accent)),
            "tablet": tablet,
            "by_pin": bool(request.session.get(tablets.BY_PIN)),
        },
    )


def _takes(channel: Channel) -> dict[str, int] | None:
    """Mime type → bytes of the files the channel takes as themselves; none where all go as a link. "*" stands for whatever
    it shows, "image/*" for its kind."""
    can = channel.capability
    if not can.media or can.files:
        return dict(can.files) or None
    return {"*": MAX_BYTES} if "file" in can.media else {f"{kind}/*": MAX_BYTES for kind in can.media}


@require_GET
@for_staff
def customer(request: HttpRequest, seat: Seat, thread: str) -> HttpResponse:
    """The side pane of one thread, as JSON."""
    try:
        conversation = thread_of(thread)
    except Refused:
        return JsonResponse({"title": "Not found", "status": 404}, status=404, content_type="application/problem+json")
    language = translation.get_language() or "en"
    return JsonResponse(customer_json(conversation, language=language, is_expert=seat.is_expert))


@require_GET
@for_staff
def catalogue(request: HttpRequest, seat: Seat) -> HttpResponse:
    """`?q=…&thread=…`: what the shop sells, priced as the shopper of the thread pays it; without words the best known."""
    words = request.GET.get("q", "").strip()[:QUERY]
    language = translation.get_language() or "en"
    try:
        shopper = thread_of(request.GET["thread"]).identity.customer if request.GET.get("thread") else None
    except Refused:
        shopper = None
    currency = shoppers_currency(shopper) if shopper else seat.merchant.currency
    terms = terms_for(seat.merchant, shopper.pk if shopper else None).within(seat.merchant, currency)
    if words:
        page = search(seat.merchant, words, language=language, limit=24, terms=terms)
    else:
        page = browse(seat.merchant, limit=24, terms=terms)
    tiles = [product_json(product, currency, language=language) for product in page.products]
    return JsonResponse({"products": [tile for tile in tiles if tile], "corrected": page.corrected})


@require_safe
@for_staff
def attachment(request: HttpRequest, seat: Seat, public_id: str) -> HttpResponse:
    """`/attachments/<id>/`: a file somebody sent, for whoever answers at this merchant; a stranger's is none."""
    found = Attachment.objects.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return file_answer(request, found)
