"""Shoppers: who they are on which channel, and what they allowed."""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export import resources
from unfold.decorators import display

from apps.conversations.actions import lock_threads
from apps.customers.actions import NotUndoable, undo_merge
from apps.customers.models import Address, ConsentEntry, Customer, Identity, Merge

from .base import ExportAdmin, ReadOnlyAdmin, ReadOnlyRows, Rows


class IdentityInline(ReadOnlyRows):
    model = Identity
    fields = ["channel_account", "display_name", "last_seen_at", "blocked_at"]
    tab = True


class AddressInline(Rows):
    model = Address
    fields = ["name", "line1", "line2", "postcode", "city", "region", "country", "is_default"]
    tab = True


class CustomerResource(resources.ModelResource):
    class Meta:
        model = Customer
        fields = ["public_id", "name", "email", "phone", "language", "created_at"]


@admin.register(Customer)
class CustomerAdmin(ExportAdmin):
    resource_classes = [CustomerResource]
    list_display = ["name", "channels", "language", "created_at"]
    list_filter = ["language"]
    search_fields = ["name", "email", "phone", "identities__display_name"]
    fields = ["name", "email", "phone", "language", "created_at"]
    readonly_fields = ["created_at"]
    inlines = [IdentityInline, AddressInline]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        return super().get_queryset(request).filter(merged_into=None).prefetch_related("identities__channel_account")

    @display(description=_("channels"))
    def channels(self, customer: Customer) -> str:
        return ", ".join(sorted({identity.channel_account.kind for identity in customer.identities.all()}))


@admin.register(ConsentEntry)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "identity", "purpose", "granted", "source", "wording"]
    list_filter = ["purpose", "granted", "source"]
    list_select_related = ["identity"]


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    """Shoppers who proved to be one on two channels; if that was wrong, they can be two again."""

    list_display = ["merged_at", "source", "target", "undone_at", "undone_by"]
    list_select_related = ["source", "target", "undone_by"]
    search_fields = ["source__name", "target__name"]
    actions = ["undo"]

    @admin.action(description=_("Make them two people again"))
    def undo(self, request: HttpRequest, chosen: QuerySet[Merge]) -> None:
        for merge in chosen.order_by("-pk"):
            try:
                with transaction.atomic():  # threads before people, as a turn and an erasure take them
                    lock_threads(merge.target)
                    undo_merge(merge, actor=request.user)
            except NotUndoable:
                self.message_user(request, _("This can no longer be undone: %s") % merge.target, messages.ERROR)
            else:
                self.message_user(request, _("Two people again: channels, orders and cart are back."), messages.SUCCESS)
