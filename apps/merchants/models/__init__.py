"""The tenant and what belongs to it before any shopper comes: stores, hours, staff, channel accounts."""

from .api_token import ApiToken
from .channel_account import ChannelAccount
from .goodwill import Goodwill
from .location import Location
from .merchant import SERIES, Merchant
from .opening_hours import OpeningHours
from .owned import MerchantOwned, new_public_id
from .shop_currency import ShopCurrency
from .staff_role import StaffRole
from .tablet import Tablet

__all__ = [
    "SERIES",
    "ApiToken",
    "ChannelAccount",
    "Goodwill",
    "Location",
    "Merchant",
    "MerchantOwned",
    "OpeningHours",
    "ShopCurrency",
    "StaffRole",
    "Tablet",
    "new_public_id",
]
