"""`/documents/<token>/`: one document of a shopper's own, behind a link their own thread gave them."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django_scopes import scopes_disabled

from apps.customers.models import Customer

from .models import Document

LIVES = dt.timedelta(days=7)
_signer = signing.TimestampSigner(salt="orders.document")


class Expired(Exception):
    """It was ours once: `document` says in whose words to tell so."""

    def __init__(self, document: Document) -> None:
        super().__init__(f"the link to {document.number} is too old")
        self.document = document


class Unknown(Exception):
    """Forged, or of a document that is no longer this person's."""


@dataclass(frozen=True, slots=True)
class Opened:
    document: Document
    customer: Customer


def document_url(document: Document) -> str:
    """Where the buyer may fetch it, for a week from now and while all their channels are still theirs."""
    return f"{settings.PUBLIC_URL}/documents/{sealed(_signer, document.public_id, document.order.customer)}/"


def sealed(signer: signing.TimestampSigner, public_id: str, customer: Customer) -> str:
    """A token that opens this for as long as the customer's channels are the customer's."""
    channels = customer.identities.order_by("pk").values_list("pk", flat=True)
    return signer.sign_object([public_id, customer.public_id, *channels])


def is_still_theirs(customer: Customer, owner: str, channels: list[int]) -> bool:
    """Neither the thing nor one of the channels a link may be lying in is somebody else's now."""
    return customer.public_id == owner and customer.identities.filter(pk__in=channels).count() == len(channels)


def open_link(token: str) -> Opened:
    """The document behind a token. Raises `Expired` and `Unknown`.

    Also unknown when the order or one of the channels is somebody else's now: the link may be lying in that thread.
    """
    try:
        public_id, owner, *channels = _signer.unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise Unknown from None
    with scopes_disabled():
        document = Document.objects.filter(public_id=public_id).select_related("merchant", "order__customer").first()
        if document is None or not document.merchant.is_active:
            raise Unknown
        customer = document.order.customer
        if not is_still_theirs(customer, owner, channels):
            raise Unknown
    try:
        _signer.unsign_object(token, max_age=LIVES)
    except signing.SignatureExpired:
        raise Expired(document) from None
    return Opened(document, customer)
