"""All threads of some people at once, in the order in which a turn takes its locks."""

from django.db.models import Q

from apps.customers.models import Customer

from ..models import Conversation, InboxThread


def lock_threads(*customers: Customer) -> list[Conversation]:
    """For this transaction: no turn runs in any of them until it ends, and none that runs now is cut in two."""
    threads = Conversation.objects.filter(identity__customer__in=customers).order_by("pk")
    where = Q(pk__in=[])
    for account_id, thread_key in threads.values_list("channel_account_id", "thread_key"):
        where |= Q(channel_account_id=account_id, thread_key=thread_key)
    list(InboxThread.objects.select_for_update(no_key=True).filter(where).order_by("pk"))
    return list(threads.select_for_update(no_key=True, of=("self",)))
