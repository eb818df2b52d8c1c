from django.apps import AppConfig


class BotConfig(AppConfig):
    name = "apps.bot"
    label = "bot"

    def ready(self) -> None:
        from . import wiring  # noqa: F401, PLC0415 (models exist only now)
