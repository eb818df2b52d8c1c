from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "apps.ledger"
    label = "ledger"

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
