from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    name = "apps.insights"
    label = "insights"
    verbose_name = _("Figures")

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
