"""What every row of a merchant has: its owner, and names that the outside may use."""

import secrets

from django.db import models


def new_public_id() -> str:
    """128 random bits, for anything the outside may name."""
    return secrets.token_urlsafe(16)


class MerchantOwned(models.Model):
    """Base of every row that belongs to one merchant."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, editable=False)

    class Meta:
        abstract = True
