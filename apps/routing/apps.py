from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "apps.routing"
    label = "routing"

    def ready(self) -> None:
        from . import invariants, privacy  # noqa: F401, PLC0415 - need the models
