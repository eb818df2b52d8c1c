"""Whatever changes a word of a product, wherever it is saved, brings the search up to date."""

from typing import Any

from django.db.models import Model, ProtectedError
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver
from django_scopes import scope

from apps.customers.models import CustomerGroup
from apps.loyalty.models import Tier
from apps.merchants.models import Merchant

from .index import refresh
from .models import (
    Category,
    Collection,
    CollectionPick,
    CollectionRule,
    ListPrice,
    Media,
    Option,
    OptionValue,
    Price,
    PriceList,
    PricePlan,
    Product,
    Synonym,
    Variant,
)
from .rules import rules_about

INDEX_FIELDS = {"search_text", "search_vector", "popularity"}


@receiver(post_save, sender=Product)
def product_saved(instance: Product, update_fields: Any = None, **kwargs: Any) -> None:
    if update_fields is None or not set(update_fields) <= INDEX_FIELDS:
        refresh(instance.merchant, [instance.pk])


@receiver([post_save, post_delete], sender=Variant)
@receiver([post_save, post_delete], sender=Option)
def part_changed(instance: Variant | Option, **kwargs: Any) -> None:
    refresh(instance.merchant, [instance.product_id])


@receiver([post_save, post_delete], sender=OptionValue)
def option_value_changed(instance: OptionValue, **kwargs: Any) -> None:
    with scope(merchant=instance.merchant):
        refresh(instance.merchant, Product.objects.filter(options=instance.option_id).values_list("pk", flat=True))


@receiver(post_save, sender=Category)
def category_saved(instance: Category, **kwargs: Any) -> None:
    with scope(merchant=instance.merchant):
        refresh(instance.merchant, instance.products.values_list("pk", flat=True))


@receiver(pre_delete, sender=Category)
def category_going(instance: Category, origin: Any = None, **kwargs: Any) -> None:
    """A collection whose rule names it would be empty, unsaid. With the whole shop it may go."""
    if isinstance(origin, Merchant):
        return
    with scope(merchant=instance.merchant):
        rules: set[Model] = set(rules_about([instance]))
    if rules:
        raise ProtectedError("A collection has a rule about this category.", rules)


@receiver([post_save, post_delete], sender=Price)
@receiver([post_save, post_delete], sender=PriceList)
@receiver([post_save, post_delete], sender=ListPrice)
@receiver(post_save, sender=PricePlan)
@receiver([post_save, post_delete], sender=Media)
@receiver([post_save, post_delete], sender=Synonym)
@receiver([post_save, post_delete], sender=Collection)
@receiver([post_save, post_delete], sender=CollectionRule)
@receiver([post_save, post_delete], sender=CollectionPick)
@receiver(post_delete, sender=Product)
@receiver(post_delete, sender=Category)
def state_changed(instance: Any, **kwargs: Any) -> None:
    """No product is read anew, but what is kept of the catalogue in memory no longer holds."""
    refresh(instance.merchant, [])


@receiver(m2m_changed, sender=Product.categories.through)
def categories_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    if action in {"post_add", "post_remove", "post_clear"}:
        refresh(instance.merchant, (pk_set or set()) if reverse else [instance.pk])


@receiver(m2m_changed, sender=Variant.values.through)
def values_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    if action not in {"post_add", "post_remove", "post_clear"}:
        return
    if not reverse:
        refresh(instance.merchant, [instance.product_id])
        return
    with scope(merchant=instance.merchant):
        refresh(instance.merchant, Variant.objects.filter(pk__in=pk_set or ()).values_list("product_id", flat=True))


@receiver(m2m_changed, sender=PriceList.groups.through)
@receiver(m2m_changed, sender=PriceList.tiers.through)
def list_groups_changed(instance: Any, action: str, **kwargs: Any) -> None:
    if action in {"post_add", "post_remove", "post_clear"}:
        refresh(instance.merchant, [])


@receiver(pre_delete, sender=CustomerGroup)
@receiver(pre_delete, sender=Tier)
def group_going(instance: CustomerGroup | Tier, origin: Any = None, **kwargs: Any) -> None:
    """A list for nobody is a list for everyone: a group or a level stays while one is for it. With the shop it may go."""
    if isinstance(origin, Merchant):
        return
    with scope(merchant=instance.merchant):
        what, is_for = ("level", "tiers") if isinstance(instance, Tier) else ("group", "groups")
        lists: set[Model] = set(PriceList.objects.filter(**{is_for: instance}))
    if lists:
        raise ProtectedError(f"A price list is for this {what}.", lists)
