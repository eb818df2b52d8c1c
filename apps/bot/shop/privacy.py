"""What we hold about the shopper, in numbers, and the way to a copy of it."""

from typing import Any

from apps.conversations.models import Message
from apps.customers.models import Address
from apps.customers.views import my_data_url
from apps.orders.models import Order
from apps.orders.privacy import needed_for, unpaid_orders

from .base import Desk


class Privacy(Desk):
    def data_kept(self) -> dict[str, Any]:
        """`needed_for` is the number of an order that cannot do without the person yet, or ""."""
        person = self.customer
        orders = Order.objects.filter(customer=person)
        waiting = needed_for(person)
        return {
            "name": person.name,
            "email": person.email,
            "phone": str(person.phone or ""),
            "addresses": Address.objects.filter(customer=person).count(),
            "orders": orders.count(),
            "messages": Message.objects.filter(conversation__identity__customer=person).count(),
            "is_in_books": orders.exclude(placed_at=None).exists(),
            "unpaid": unpaid_orders(person),
            "needed_for": waiting.number if waiting else "",
        }

    def data_link(self) -> str:
        return my_data_url(self.customer)
