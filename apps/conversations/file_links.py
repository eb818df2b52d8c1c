"""`/files/<token>/<name>`: a file of the shop's to a shopper, for the platform that fetches it and for whoever gets its address.

Who has the link needs nothing else; it cannot be guessed, and runs out.
"""

from django.conf import settings
from django.core import signing
from django_scopes import scopes_disabled

from .models import Attachment

LIVES = 30 * 24 * 3600  # seconds
_signer = signing.TimestampSigner(salt="conversations.file")


def file_link(public_id: str, extension: str) -> str:
    """Its public address, good from now on for as long as links live; some platforms look at how it ends."""
    return f"{settings.PUBLIC_URL}/files/{_signer.sign_object(public_id)}/file.{extension}"


def file_of_link(token: str) -> Attachment | None:
    """The file, while the link is good and its shop is open. Raises `signing.SignatureExpired`."""
    try:
        public_id = _signer.unsign_object(token, max_age=LIVES)
    except signing.SignatureExpired:
        raise
    except (signing.BadSignature, ValueError):
        return None
    with scopes_disabled():
        found: Attachment | None = Attachment.objects.filter(public_id=public_id, merchant__is_active=True).first()
    return found
