from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "apps.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
