from django.apps import AppConfig


class CartsConfig(AppConfig):
    name = "apps.carts"
    label = "carts"

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
