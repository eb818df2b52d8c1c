"""What can be done with points. Other apps import from here."""

from .account import member_of, members, programme, tier_of
from .earn import correct_points, earn_for_order, earn_for_review, keep_for_order
from .join import give_birthdays, join, tell_birthday
from .redeem import redeem, release_vouchers, roll_back, usable_voucher, use_voucher
from .refer import accept_invitation, judge_referral, pay_referrals
from .sweep import follow_tiers, settle_points, warn_of_expiry

__all__ = [
    "accept_invitation",
    "correct_points",
    "earn_for_order",
    "earn_for_review",
    "follow_tiers",
    "give_birthdays",
    "join",
    "judge_referral",
    "keep_for_order",
    "member_of",
    "members",
    "pay_referrals",
    "programme",
    "redeem",
    "release_vouchers",
    "roll_back",
    "settle_points",
    "tell_birthday",
    "tier_of",
    "usable_voucher",
    "use_voucher",
    "warn_of_expiry",
]
