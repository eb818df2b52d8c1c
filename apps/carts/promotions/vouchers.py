"""Vouchers that shoppers got for their points, as offers to the cart they are put into; taken with the draft order."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from apps.catalog.models import Product, Variant
from apps.loyalty.actions import release_vouchers, use_voucher
from apps.loyalty.errors import VoucherGone
from apps.loyalty.models import Reward, RewardKind, RewardVoucher
from apps.merchants import clock

from .. import registry
from ..models import Cart
from .calculate import Kind, Offer

KINDS = {
    RewardKind.AMOUNT_OFF: Kind.AMOUNT,
    RewardKind.FREE_DELIVERY: Kind.FREE_DELIVERY,
    RewardKind.FREE_PRODUCT: Kind.PIECE,
}
LAST = -100_000  # no promotion's priority is as low: what was paid for with points comes off what is left
SOURCE = "voucher:"
State = RewardVoucher.State


def vouchers_of(cart: Cart) -> QuerySet[RewardVoucher]:
    """The vouchers of this cart's shopper, whatever became of them."""
    mine: QuerySet[RewardVoucher] = RewardVoucher.objects.filter(
        membership__customer_id=cart.customer_id, membership__ended_at=None
    )
    return mine.select_related("reward")


def find_voucher(cart: Cart, code: str) -> RewardVoucher | None:
    """The shopper's own voucher with this code, in capitals, that this cart can use or has taken; None for any other."""
    found = vouchers_of(cart).filter(code=code).exclude(state=State.VOID).first()
    return found if found is not None and (found.state == State.OPEN or _is_ours(found, cart)) else None


def voucher_offers(cart: Cart, taken: Collection[str]) -> list[Offer]:
    """What the codes in the cart that are not `taken` for others are worth, in the order they were given."""
    codes = [code for code in cart.codes if code not in taken]
    if not codes or cart.customer_id is None:
        return []
    found = {voucher.code: voucher for voucher in vouchers_of(cart).filter(code__in=codes)}
    listed = [found[code] for code in codes if code in found]
    skus = [voucher.sku for voucher in listed if voucher.sku]
    variants = {variant.sku: variant.pk for variant in for_sale(skus)} if skus else {}
    return [_offer_of(voucher, variants, is_ours=_is_ours(voucher, cart)) for voucher in listed]


def offer_of_reward(reward: Reward) -> Offer:
    """What a voucher for this reward would be worth, were the points redeemed now. In the merchant's scope."""
    voucher = reward.voucher(now=clock.now(), pk=0, code="")
    variants = {variant.sku: variant.pk for variant in for_sale([voucher.sku])} if voucher.sku else {}
    return _offer_of(voucher, variants, is_ours=True)


def for_sale(skus: Iterable[str]) -> QuerySet[Variant]:
    found: QuerySet[Variant] = Variant.objects.filter(
        sku__in=list(skus), is_active=True, product__status=Product.Status.ACTIVE
    )
    return found


def _is_ours(voucher: RewardVoucher, cart: Cart) -> bool:
    """Taken by this cart's own draft, which gives it up for the next."""
    return voucher.state == State.USED and cart.pk is not None and voucher.used_for in registry.drafts_of(cart)


def _offer_of(voucher: RewardVoucher, variants: dict[str, int], *, is_ours: bool) -> Offer:
    return Offer(
        pk=-voucher.pk,
        name=voucher.reward.name,
        kind=KINDS[RewardKind(voucher.kind)],
        amount=voucher.amount,
        variant=variants.get(voucher.sku, 0) if voucher.sku else None,
        ends_at=None if is_ours else voucher.expires_at,
        priority=LAST,
        left_for_you=1 if is_ours or voucher.state == State.OPEN else 0,
        code=voucher.code,
        voucher=voucher.pk,
        source=f"{SOURCE}{voucher.pk}",
    )


def take_vouchers(vouchers: Collection[int], reference: str, *, instead_of: str = "") -> None:
    """This order uses these; what `instead_of` had is given back first. Raises `VoucherGone`.

    In the order of their keys, before the counters of promotions.
    """
    if instead_of:
        release_vouchers(reference=instead_of)
    rows = RewardVoucher.objects.filter(pk__in=vouchers).order_by("pk")
    listed = list(rows) if vouchers else []
    if len(listed) != len(set(vouchers)):
        raise VoucherGone
    for voucher in listed:
        use_voucher(voucher, reference=reference)


def vouchers_in(sources: Iterable[str]) -> list[int]:
    """Which vouchers an order's adjustments name, each once."""
    return sorted({int(source.removeprefix(SOURCE)) for source in sources if source.startswith(SOURCE)})
