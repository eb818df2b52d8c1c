"""What the assistant told the shop's people of a shopper goes with the shopper; the service record's times stay."""

from apps.customers.models import Customer
from apps.customers.registry import on_erase

from .models import Assignment


@on_erase
def erase_contexts(customer: Customer) -> None:
    Assignment.objects.filter(conversation__identity__customer=customer).update(context={})
