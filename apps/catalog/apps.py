from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from .invariants import register_checks


class CatalogConfig(AppConfig):
    name = "apps.catalog"
    label = "catalog"
    verbose_name = _("Goods")

    def ready(self) -> None:
        for part in ("receivers", "wiring"):
            import_module(f"{self.name}.{part}")  # they need the models, which are not there at the top
        register_checks()
