"""What a voucher is worth in a cart: the one question carts ask of the programme. Pure; nothing is used up by asking."""

from dataclasses import dataclass

from djmoney.money import Money

from .models import RewardKind, RewardVoucher


@dataclass(frozen=True, slots=True)
class Worth:
    """What comes off goods and delivery, and the number of a product that is put in for nothing."""

    off_goods: Money
    off_delivery: Money
    free_sku: str = ""


def worth_of(voucher: RewardVoucher, *, goods: Money, delivery: Money) -> Worth:
    """Never more than there is to pay, and nothing in another currency than the voucher's."""
    none = Money(0, goods.currency)
    if voucher.kind == RewardKind.FREE_DELIVERY:
        return Worth(off_goods=none, off_delivery=delivery)
    if voucher.kind == RewardKind.FREE_PRODUCT:
        return Worth(off_goods=none, off_delivery=none, free_sku=voucher.sku)
    is_ours = voucher.amount is not None and voucher.amount.currency == goods.currency
    return Worth(off_goods=min(voucher.amount, goods) if is_ours else none, off_delivery=none)
