from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "apps.orders"
    label = "orders"

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
