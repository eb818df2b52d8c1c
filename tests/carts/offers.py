"""Promotions and codes for a shop under test."""

from decimal import Decimal
from typing import Any

from djmoney.money import Money

from apps.carts.models import Coupon, Promotion
from apps.merchants.models import Merchant


def promotion(
    merchant: Merchant, name: str = "Spring offer", *, percent: str | None = None, **fields: Any
) -> Promotion:
    """Applies by itself unless said otherwise; 10 percent off everything unless said otherwise."""
    values: dict[str, Any] = {
        "is_automatic": True,
        "percent": Decimal(percent or ("10" if "kind" not in fields else "100")),
    }
    goods = {name: fields.pop(name, ()) for name in ("products", "categories", "collections", "tiers")}
    made = Promotion.objects.create(merchant=merchant, name=name, **(values | fields))
    for name, chosen in goods.items():
        getattr(made, name).set(chosen)
    return made


def amount(merchant: Merchant, off: str, name: str = "Voucher", *, currency: str = "EUR", **fields: Any) -> Promotion:
    return promotion(merchant, name, kind="amount", amount=Money(off, currency), **fields)


def free_delivery(merchant: Merchant, name: str = "Free delivery", **fields: Any) -> Promotion:
    return promotion(merchant, name, kind="free_delivery", **fields)


def code(
    merchant: Merchant, text: str = "WELCOME10", *, promotion_fields: dict[str, Any] | None = None, **fields: Any
) -> Coupon:
    """A code for a promotion of its own, ten percent unless said otherwise."""
    opens = fields.pop("promotion", None) or promotion(
        merchant, **{"name": "Welcome", "is_automatic": False, **(promotion_fields or {})}
    )
    return Coupon.objects.create(merchant=merchant, promotion=opens, code=text, **fields)
