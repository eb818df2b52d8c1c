"""The shopper's points. Refusals come back as {"problem": code}, never as exceptions."""

import datetime as dt
from typing import Any

from babel.dates import format_skeleton
from django.conf import settings
from django.utils.translation import override
from djmoney.money import Money

from apps.conversations.models import EntryPoint
from apps.loyalty.actions import (
    accept_invitation,
    join,
    member_of,
    programme,
    redeem,
    tell_birthday,
)
from apps.loyalty.actions.account import Account
from apps.loyalty.errors import BirthdayKept, LoyaltyRefusal, NotEnoughPoints, ReferralRefused
from apps.loyalty.models import LoyaltyMembership, PointsEntry, Reward, RewardVoucher, Tier
from apps.loyalty.tiers import next_tier, qualifying
from apps.merchants import clock
from apps.orders.models import Order

from .base import Desk

SHOWN_LINES = 8
SOON = dt.timedelta(days=45)  # points that expire within it are worth a word


class Loyalty(Desk):
    def has_points(self) -> bool:
        """Whether the thread speaks of points at all."""
        rules = programme()
        return rules is not None and rules.is_active

    def points_rules(self) -> dict[str, Any] | None:
        """What is promised; None while nothing is."""
        rules = programme()
        if rules is None or not rules.is_active:
            return None
        with override(self.language):
            return {
                "points": rules.points,
                "amount": self.money(Money(rules.per_amount, self.merchant.currency)),
                "return_days": rules.return_days,
                "months": rules.expiry_months,
                "first_order": rules.first_order_bonus,
                "review": rules.review_bonus,
                "birthday": rules.birthday_bonus,
                "referrer": rules.referrer_bonus,
                "friend": rules.friend_bonus,
                "terms": rules.terms_url or self.merchant.terms_url,
                "tiers": [{"name": tier.name, "points": tier.threshold} for tier in Tier.objects.all()],
                "is_member": member_of(self.customer) is not None,
            }

    def points(self) -> dict[str, Any] | None:
        """What this member has, as of now; None for who has not joined."""
        member = member_of(self.customer)
        if member is None:
            return None
        with override(self.language):
            account = Account(member.pk)
            account.close()
            return self._standing(account)

    def _standing(self, account: Account) -> dict[str, Any]:
        member, lots = account.member, account.book.lots
        soon = [lot for lot in lots if not lot.is_pending and lot.expires_at and lot.expires_at < account.now + SOON]
        counted, tiers = qualifying(account.entries, account.now), list(Tier.objects.all())
        ahead = next_tier(counted, tiers)
        return {
            "balance": member.balance,
            "pending": member.pending,
            "available": self._date(min((lot.available_at for lot in lots if lot.is_pending), default=None)),
            "expiring": sum(lot.points for lot in soon),
            "expires": self._date(min((lot.expires_at for lot in soon if lot.expires_at), default=None)),
            "tier": str(member.tier or ""),
            "tier_until": self._date(member.tier_until),
            "next_tier": str(ahead or ""),
            "next_missing": ahead.threshold - counted if ahead else 0,
            "birthday": self._birthday(member),
            "vouchers": self._vouchers(member),
        }

    def join_points(self, *, terms: str) -> dict[str, Any]:
        """The one tap; what was shown as terms is kept with it."""
        try:
            join(self.customer, terms=terms)
        except LoyaltyRefusal:
            return {"problem": "none"}
        return {}

    def points_history(self) -> list[dict[str, Any]]:
        """The latest lines of the book, newest first; lines that moved nothing are left out."""
        lines = PointsEntry.objects.filter(membership__customer=self.customer).exclude(points=0).order_by("-pk")
        return [
            {"kind": line.kind, "rule": line.rule, "points": line.points, "at": self._date(line.created_at)}
            for line in lines[:SHOWN_LINES]
        ]

    def rewards(self) -> list[dict[str, Any]]:
        with override(self.language):
            return [self._reward_told(reward) for reward in Reward.objects.filter(is_active=True)]

    def reward(self, *, reward: str) -> dict[str, Any] | None:
        with override(self.language):
            found = Reward.objects.filter(public_id=reward, is_active=True).first()
            return self._reward_told(found) if found else None

    def redeem_points(self, *, reward: str, key: str) -> dict[str, Any]:
        """Points for a voucher; the same key twice is one voucher."""
        member, wanted = member_of(self.customer), Reward.objects.filter(public_id=reward).first()
        if member is None or wanted is None:
            return {"problem": "gone"}
        try:
            with override(self.language):
                return self._voucher(redeem(member, wanted, reference=key))
        except NotEnoughPoints as short:
            return {"problem": "missing", "missing": short.missing}
        except LoyaltyRefusal:
            return {"problem": "gone"}

    def my_vouchers(self) -> list[dict[str, Any]]:
        """Those that can be used."""
        member = member_of(self.customer)
        with override(self.language):
            return self._vouchers(member) if member is not None else []

    def invitation(self) -> dict[str, Any]:
        """The member's own link and code; the link is made once."""
        member = member_of(self.customer)
        if member is None:
            return {"problem": "stranger"}
        entry, _ = EntryPoint.objects.get_or_create(
            merchant=self.merchant,
            target={"referral": member.code},
            defaults={"title": f"{self.merchant.name} · {member.code}"[:80]},
        )
        return {"code": member.code, "url": f"{settings.PUBLIC_URL}/go/{entry.token}"}

    def accept_invitation(self, *, code: str) -> dict[str, Any]:
        has_ordered = Order.objects.filter(customer=self.customer, placed_at__isnull=False).exists()
        try:
            accept_invitation(self.customer, code, has_ordered=has_ordered)
        except ReferralRefused as refused:
            return {"problem": refused.why}
        except LoyaltyRefusal:
            return {"problem": "none"}
        return {}

    def tell_birthday(self, *, month: int, day: int) -> dict[str, Any]:
        member = member_of(self.customer)
        if member is None:
            return {"problem": "stranger"}
        try:
            tell_birthday(member, month=month, day=day)
        except BirthdayKept:
            return {"problem": "kept"}
        return {}

    def birthday_shown(self, *, month: int, day: int) -> str:
        """ "3 May", as this shopper writes it."""
        return str(format_skeleton("MMMMd", dt.datetime(2024, month, day), locale=self._locale))

    def _reward_told(self, reward: Reward) -> dict[str, Any]:
        return {"reward": reward.public_id, "name": reward.name, "cost": reward.cost}

    def _voucher(self, voucher: RewardVoucher) -> dict[str, Any]:
        return {"code": voucher.code, "name": voucher.reward.name, "until": self._date(voucher.expires_at)}

    def _vouchers(self, member: LoyaltyMembership) -> list[dict[str, Any]]:
        mine = member.vouchers.filter(state=RewardVoucher.State.OPEN).select_related("reward").order_by("pk")
        return [self._voucher(voucher) for voucher in mine if voucher.is_usable(clock.now())]

    def _birthday(self, member: LoyaltyMembership) -> str:
        if not member.birth_month or not member.birth_day:
            return ""
        return self.birthday_shown(month=member.birth_month, day=member.birth_day)

    def _date(self, moment: dt.datetime | None) -> str:
        return self.day(moment.astimezone(self.merchant.zone).date()) if moment else ""
