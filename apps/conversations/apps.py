from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "apps.conversations"
    label = "conversations"

    def ready(self) -> None:
        from . import invariants, privacy  # noqa: F401, PLC0415 - needs the models
