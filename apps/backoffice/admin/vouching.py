"""Somebody of the shop knows that whoever writes from a number now is who wrote from it before."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.conversations.actions import lock_threads
from apps.customers.actions import MergeRefused, NothingSetApart, set_apart_of, vouch_for
from apps.customers.models import Customer, Identity


class Vouching:
    """An action for the list of shoppers; it can be undone as every joining of two."""

    message_user: Any

    @admin.action(description=_("Same person as before at this number"))
    def vouch(self, request: HttpRequest, chosen: QuerySet[Customer]) -> None:
        for customer in chosen.order_by("pk"):
            try:
                _vouch(customer)
            except (NothingSetApart, MergeRefused):
                said = _("Nothing is kept from %s that was at a number of theirs before.")
                self.message_user(request, said % customer, messages.WARNING)
            else:
                said = _("%s has everything again that was there before.")
                self.message_user(request, said % customer, messages.SUCCESS)


@transaction.atomic
def _vouch(customer: Customer) -> None:
    """Threads before people, as a turn and an erasure take them."""
    identity = Identity.objects.select_related("customer").filter(customer=customer, formerly__isnull=False).first()
    before = set_apart_of(identity) if identity is not None else None
    if identity is None or before is None:
        raise NothingSetApart
    lock_threads(customer, before)
    vouch_for(identity)
