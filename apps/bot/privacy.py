"""What the bot keeps about a shopper goes when they ask: turns hold names and addresses as they were typed."""

from apps.customers.models import Customer

from .models import Effect, Session, Turn


def erase(customer: Customer) -> None:
    """Forget every talk with this person; what was said stays or goes with the messages."""
    for model in (Turn, Session, Effect):
        model.objects.filter(conversation__identity__customer=customer).delete()
