"""Who is joined or forgotten while a shop is reckoned must not come back with the result: one waits for the other."""

from django.db import connection

from apps.merchants.models import Merchant

_FIGURES = 0xF16  # the class of our advisory locks


def alone(merchant: Merchant) -> None:
    """Until the end of the transaction: nobody of this shop is joined or forgotten, and nobody else reckons."""
    _take("pg_advisory_xact_lock", merchant.pk)


def beside_others(merchant_id: int) -> None:
    """Until the end of the transaction: this shop is not reckoned. Who joins or forgets does not wait for its like."""
    _take("pg_advisory_xact_lock_shared", merchant_id)


def _take(function: str, merchant_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_FIGURES, merchant_id % 2_147_483_647])
