"""Who reckons the tax is kept in memory as long as nothing changes in the shop: connecting somebody is a change."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from apps.catalog.index import refresh

from .models import TaxAccount


@receiver([post_save, post_delete], sender=TaxAccount)
def tax_account_changed(instance: TaxAccount, **kwargs: Any) -> None:
    refresh(instance.merchant, [])
