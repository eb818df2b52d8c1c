"""All the bot asks of the shop. Answers are plain JSON, so that a turn can be recorded and run again without one."""

from .base import Desk
from .baskets import Baskets
from .buying import Buying
from .cards import Cards
from .catalogue import Catalogue
from .continuing import Continuing
from .currencies import Currencies
from .documents import Documents
from .entries import Entries
from .loyalty import Loyalty
from .orders import Orders
from .people import People
from .places import Places
from .privacy import Privacy
from .proving import Proving
from .returns import Returns
from .wishes import Wishes


class Shop(
    Catalogue,
    Buying,
    Places,
    Currencies,
    Cards,
    Wishes,
    Orders,
    Returns,
    Documents,
    Loyalty,
    Entries,
    Baskets,
    Continuing,
    Proving,
    People,
    Privacy,
):
    """The real shop, as one shopper in one thread and language sees it."""


__all__ = ["Desk", "Shop"]
