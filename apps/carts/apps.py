from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CartsConfig(AppConfig):
    name = "apps.carts"
    label = "carts"
    verbose_name = _("Offers and delivery")

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
