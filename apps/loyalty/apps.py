from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    name = "apps.loyalty"
    label = "loyalty"
    verbose_name = _("Points")

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
