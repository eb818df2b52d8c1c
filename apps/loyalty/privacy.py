"""A person's points, told to them when they ask and ended when they wish to be forgotten."""

from typing import Any

from apps.customers.models import Customer
from apps.merchants import clock

from .actions.account import Account
from .book import Kind
from .models import LoyaltyMembership, PointsEntry, Referral, new_code

FORGOTTEN = "forgotten"


def export_loyalty(customer: Customer) -> dict[str, Any] | None:
    """Membership, every line of the book, vouchers and invitations; None for who never joined."""
    member = LoyaltyMembership.objects.filter(customer=customer).select_related("tier").first()
    if member is None:
        return None
    return {
        "joined_at": member.joined_at.isoformat(),
        "terms": member.terms,
        "balance": member.balance,
        "pending": member.pending,
        "tier": str(member.tier or ""),
        "birthday": f"{member.birth_month:02}-{member.birth_day:02}" if member.birth_month else "",
        "invitation_code": member.code,
        "invited": member.referrals.count(),
        "entries": [
            {
                "kind": entry.kind,
                "for": entry.rule,
                "points": entry.points,
                "reason": entry.reason,
                "at": entry.created_at.isoformat(),
                "expires_at": entry.expires_at.isoformat() if entry.expires_at else None,
            }
            for entry in member.entries.order_by("pk")
        ],
        "vouchers": [{"code": voucher.code, "state": voucher.state} for voucher in member.vouchers.order_by("pk")],
    }


def erase_loyalty(customer: Customer) -> None:
    """The membership ends: points expire, vouchers and open invitations are void, the birthday is gone.

    The lines stay, for the books, under a customer without a name and without the words staff wrote.
    """
    open_states = ("invited", "ordered", "review")
    Referral.objects.filter(friend=customer, state__in=open_states).update(state="refused", reason=FORGOTTEN)
    member = LoyaltyMembership.objects.filter(customer=customer).first()
    if member is None:
        return
    account = Account(member.pk)
    for lot in list(account.book.lots):
        account.expire(lot.key, lot.root, lot.points, reason=FORGOTTEN)
    if account.book.debt:
        debt = account.book.debt
        account.write(Kind.MANUAL, rule="desk", points=debt, source=f"{FORGOTTEN}:{len(account.entries)}")
    account.close()
    member.vouchers.filter(state="open").update(state="void")
    member.referrals.filter(state__in=open_states).update(state="refused", reason=FORGOTTEN)
    PointsEntry.objects.filter(membership=member).exclude(reason="").update(reason="")
    LoyaltyMembership.objects.filter(pk=member.pk).update(
        ended_at=clock.now(), code=new_code(), birth_month=None, birth_day=None, birthday_told_at=None, tier=None
    )
