"""Which platform answers at `/sandbox/api/<name>/`, and what time does by itself."""

from . import courier
from .platforms.base import Platform
from .platforms.easypost import EasyPost
from .platforms.messenger import Messenger
from .platforms.shippo import Shippo
from .platforms.telegram import Telegram
from .platforms.twilio import Twilio
from .platforms.whatsapp import WhatsApp
from .store import Store, get_store
from .stripe_api.api import Stripe, pass_time

PLATFORMS: dict[str, Platform] = {
    "whatsapp": WhatsApp(),
    "messenger": Messenger(),
    "telegram": Telegram(),
    "twilio": Twilio(),
    "stripe": Stripe(),
    "easypost": EasyPost(),
    "shippo": Shippo(),
}
PLATFORMS["sms"] = PLATFORMS["twilio"]
PLATFORM_OF_KIND = {
    "whatsapp": "whatsapp",
    "messenger": "messenger",
    "telegram": "telegram",
    "sms": "twilio",
    "stripe": "stripe",
}


def open_store() -> Store:
    """This process's store with its courier running."""
    store = get_store()
    courier.ensure_running(store, (pass_time,))
    return store
