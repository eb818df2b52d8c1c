"""The apps on a shopper's phone, one file per channel; found by looking into this folder."""

import importlib
import pkgutil

from .phone import NotPossible, Phone

__all__ = ["PHONES", "NotPossible", "Phone"]


def _found() -> list[Phone]:
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Phone)
    }
    return sorted((made() for made in classes if made.kind), key=lambda phone: (phone.place, phone.kind))


PHONES: dict[str, Phone] = {phone.kind: phone for phone in _found()}
