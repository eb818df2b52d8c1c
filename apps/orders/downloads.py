"""Digital goods behind a link that only their buyer's thread was given: signed, good for a week, and for some fetches."""

import datetime as dt

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django_scopes import scopes_disabled

from apps.catalog.models import Digital, Product
from apps.customers.models import Customer
from apps.merchants import clock

from .actions.cancel import lock_order
from .models import Download, Order, OrderLine

DIGITAL = Product.ComesAs.DIGITAL
LIVES = dt.timedelta(days=7)
_signer = signing.TimestampSigner(salt="orders.download")


class Unknown(Exception):
    """Forged, taken back, or somebody else's by now."""


class TooOld(Exception):
    """It was good once: `line` says whose words to use."""

    def __init__(self, line: OrderLine) -> None:
        super().__init__(f"the link to line {line.pk} is too old")
        self.line = line


def bought_by(customer: Customer) -> list[OrderLine]:
    """The digital lines that were handed over to this shopper, the latest first."""
    lines = OrderLine.objects.filter(order__customer=customer, comes_as=DIGITAL, handed__gt=0)
    return list(lines.select_related("order__merchant", "order__customer", "variant").order_by("-pk"))


def digital_of(line: OrderLine) -> Digital | None:
    """What is handed over for it; None where the merchant has not said yet."""
    found: Digital | None = Digital.objects.filter(product=line.variant.product_id).first()
    return found


def download_url(line: OrderLine) -> str:
    """Where the buyer may fetch it, for a week from now and while all their channels are still theirs."""
    customer = line.order.customer
    channels = customer.identities.order_by("pk").values_list("pk", flat=True)
    token = _signer.sign_object([line.pk, customer.public_id, *channels])
    return f"{settings.PUBLIC_URL}/downloads/{token}/"


def open_link(token: str) -> OrderLine:
    """The line behind a token. Raises `Unknown` and `TooOld`.

    Unknown, too, once it was taken back, or the order or one of the channels is somebody else's.
    """
    try:
        pk, owner, *channels = _signer.unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise Unknown from None
    with scopes_disabled():
        found = OrderLine.objects.filter(pk=pk, comes_as=DIGITAL, handed__gt=0)
        line = found.select_related("order__merchant", "order__customer", "variant").first()
        if line is None or not line.order.merchant.is_active or line.order.customer.public_id != owner:
            raise Unknown
        if line.order.customer.identities.filter(pk__in=channels).count() != len(channels):
            raise Unknown
    try:
        _signer.unsign_object(token, max_age=LIVES)
    except signing.SignatureExpired:
        raise TooOld(line) from None
    return line


def left_of(line: OrderLine) -> int:
    """How often it can still be fetched."""
    kept: Download | None = Download.objects.filter(line=line).first()
    return max(0, Download.MOST * line.handed - (kept.times if kept else 0))


@transaction.atomic
def fetch(line: OrderLine) -> bool:
    """Count one fetch; False where none is left, or the line was taken back. Whoever calls it off meanwhile waits."""
    order = lock_order(line.order)
    handed = order.lines.values_list("handed", flat=True).get(pk=line.pk)
    kept, _ = Download.objects.get_or_create(line=line, defaults={"merchant_id": line.merchant_id})
    if kept.times >= Download.MOST * handed:
        return False
    kept.times, kept.first_at = kept.times + 1, kept.first_at or clock.now()
    kept.save(update_fields=["times", "first_at"])
    return True


def begun(order: Order) -> list[OrderLine]:
    """The digital lines of which something was fetched or a code was given: the right to withdraw from them has ended
    (Art. 16 (m) of Directive 2011/83/EU; the shopper asked for it in the summary)."""
    used = Q(download__times__gt=0) | Q(codes__isnull=False)
    return list(order.lines.filter(used, comes_as=DIGITAL).distinct())
