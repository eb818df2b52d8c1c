"""A promotion, a reward or a level that was saved is seen at once wherever such are kept in memory."""

from typing import Any

from django.db.models import ProtectedError
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver

from apps.catalog.index import refresh
from apps.catalog.models import Collection
from apps.loyalty.models import Reward, Tier
from apps.merchants.models import Merchant

from ..models import Promotion


@receiver([post_save, post_delete], sender=Promotion)
@receiver([post_save, post_delete], sender=Reward)
@receiver(post_save, sender=Tier)
def promotion_changed(instance: Promotion | Reward | Tier, **kwargs: Any) -> None:
    refresh(instance.merchant, [])


@receiver(m2m_changed, sender=Promotion.products.through)
@receiver(m2m_changed, sender=Promotion.categories.through)
@receiver(m2m_changed, sender=Promotion.collections.through)
@receiver(m2m_changed, sender=Promotion.tiers.through)
def goods_changed(instance: Any, action: str, **kwargs: Any) -> None:
    if action in {"post_add", "post_remove", "post_clear"}:
        refresh(instance.merchant, [])


@receiver(pre_delete, sender=Collection)
def collection_going(instance: Collection, **kwargs: Any) -> None:
    """A promotion about a collection that is gone would be about everything."""
    promotions = set(Promotion.objects.filter(collections=instance))
    if promotions:
        raise ProtectedError("A promotion is about this collection.", promotions)


@receiver(pre_delete, sender=Tier)
def tier_going(instance: Tier, origin: Any = None, **kwargs: Any) -> None:
    """A promotion for a level that is gone would be for everybody. With the whole shop it may go."""
    promotions = set() if isinstance(origin, Merchant) else set(Promotion.objects.filter(tiers=instance))
    if promotions:
        raise ProtectedError("A promotion is for this level.", promotions)
