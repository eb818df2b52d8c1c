"""Which platform answers at `/sandbox/api/<name>/`, and what time does by itself."""

import importlib
import pkgutil

from . import courier
from . import platforms as folder
from .platforms.base import Platform
from .store import Store, get_store
from .stripe_api.api import Stripe, pass_time


def _found() -> list[Platform]:
    modules = [
        importlib.import_module(f"{folder.__name__}.{info.name}") for info in pkgutil.iter_modules(folder.__path__)
    ]
    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Platform) and value.name
    }
    return sorted((made() for made in classes), key=lambda platform: platform.name)


PLATFORMS: dict[str, Platform] = {platform.name: platform for platform in [*_found(), Stripe()]}


def labels() -> dict[str, str]:
    """The platforms an operator may give a bad day, by name, as people call them."""
    return {platform.name: platform.label for platform in PLATFORMS.values() if platform.label}


def open_store() -> Store:
    """This process's store with its courier running."""
    store = get_store()
    courier.ensure_running(store, (pass_time,))
    return store
