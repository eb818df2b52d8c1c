"""The tables of carts: the carts themselves, delivery, tax, offers."""

from ..changes import CartChange
from ..promotions.models import Coupon, Promotion, PromotionUse
from .cart import Cart, CartLine
from .delivery import DeliveryMethod, DeliveryStep, PickupPoint
from .tax import TaxAccount, TaxCalculation, TaxCode, TaxRate

__all__ = [
    "Cart", "CartChange", "CartLine", "Coupon", "DeliveryMethod", "DeliveryStep", "PickupPoint", "Promotion", "PromotionUse",
    "TaxAccount", "TaxCalculation", "TaxCode", "TaxRate",
]  # fmt: skip
