"""Why an order says no; the bot, the API and the admin each say it in their own words."""

from apps.carts.quote import Quote

from .models import Fulfilment, Order, ReturnRequest


class CartEmpty(Exception):
    """There is nothing to order."""


class CartIncomplete(Exception):
    """Something is missing before this can be ordered; `problems` are codes of a quote."""

    def __init__(self, quote: Quote) -> None:
        super().__init__(", ".join(quote.obstacles))
        self.quote = quote
        self.problems = quote.obstacles


class QuoteChanged(Exception):
    """What the shopper agreed to is not what it would cost now; `quote` is today's."""

    def __init__(self, quote: Quote) -> None:
        super().__init__(f"now {quote.total}")
        self.quote = quote


class NotNow(Exception):
    """The order's state does not allow this."""

    def __init__(self, order: Order, wish: str) -> None:
        super().__init__(f"order {order.number} is {order.status}/{order.fulfilment_status}: cannot {wish}")
        self.order = order
        self.wish = wish


class NotShippable(NotNow):
    """Nothing to send, or it is on its way already."""

    def __init__(self, order: Order) -> None:
        super().__init__(order, "ship")


class TooMany(NotNow):
    """Of a line of the order only `left` are there for this."""

    def __init__(self, order: Order, wish: str, *, left: int) -> None:
        super().__init__(order, f"{wish} more than {left}")
        self.left = left


class ParcelKnown(NotNow):
    """This parcel went out with something else in it: somebody was faster."""

    def __init__(self, parcel: Fulfilment) -> None:
        super().__init__(parcel.order, f"ship parcel {parcel.position} again with other goods")
        self.parcel = parcel


class NotDeliverable(NotNow):
    """Nothing has been sent that could arrive."""

    def __init__(self, order: Order) -> None:
        super().__init__(order, "deliver")


class NotCancellable(NotNow):
    """It is on its way, or over."""

    def __init__(self, order: Order) -> None:
        super().__init__(order, "cancel")


class NotReturnable(NotNow):
    """Nothing of it has arrived that could be sent back, or its time is over."""

    def __init__(self, order: Order) -> None:
        super().__init__(order, "take anything back")


class ReturnMoved(NotNow):
    """Somebody was faster: the return is not where this would make sense."""

    def __init__(self, request: ReturnRequest, wish: str) -> None:
        super().__init__(request.order, f"{wish} return {request}, which is {request.state}")
        self.request = request
