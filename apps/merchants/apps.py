from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    name = "apps.merchants"
    label = "merchants"
    verbose_name = _("Shop")

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
