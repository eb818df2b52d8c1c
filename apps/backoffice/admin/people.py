"""Shoppers: who they are on which channel, and what they allowed."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export import resources
from unfold.decorators import display

from apps.customers.models import Address, ConsentEntry, Customer, Identity

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
