"""The shopper's side of each channel, one file per kind; found by looking into this folder."""

import importlib
import pkgutil

from apps.merchants.models import ChannelAccount

from .phone import Phone, Refused

__all__ = ["PHONES", "Phone", "Refused", "phone_on", "user_of"]


def _found() -> dict[str, type[Phone]]:
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    classes = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Phone) and value.__module__ == module.__name__
    ]
    return {found.kind: found for found in classes if found.kind}


PHONES: dict[str, type[Phone]] = _found()


def user_of(kind: str, number: int, *, language: str) -> str:
    """What the platform calls shopper `number`, who speaks `language` ("de", "zh-hans"; English if it is another)."""
    return PHONES[kind].name_of(number, language=language)


def phone_on(account: ChannelAccount, *, number: int, language: str) -> Phone:
    """A fresh shopper's phone on that account; the same `number` is the same shopper."""
    return PHONES[account.kind](account, user_of(account.kind, number, language=language), language=language)
