"""Why a cart says no; the bot, the API and the admin each say it in their own words."""


class TooMany(Exception):
    """More of one thing, or more different things, than one cart takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"at most {limit}")
        self.limit = limit


class CartClosed(Exception):
    """The cart has become an order, or was merged into another; open the customer's cart again."""


class WrongQuantity(ValueError):
    """Not a whole number of things from 0 upwards."""


class CartMoved(Exception):
    """Somebody else changed it first; `now` is how many of the thing are in it."""

    def __init__(self, now: int) -> None:
        super().__init__(f"{now} by now")
        self.now = now
