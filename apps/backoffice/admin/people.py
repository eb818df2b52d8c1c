"""Shoppers: who they are on which channel, and what they allowed."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export import resources
from unfold.decorators import action, display

from apps.carts.money import format_money, money
from apps.conversations.actions import lock_threads
from apps.customers.actions import NotUndoable, undo_merge
from apps.customers.models import Address, ConsentEntry, Customer, Identity, Merge
from apps.ledger.actions import NotEnough
from apps.payments.actions import WorthNothing, grant_credit, is_credit_known
from apps.payments.tenders import CREDIT, credit_of

from ..forms import CreditForm
from ..spoken import CONSENT_SOURCES, ConsentSource, InLanguages, Language, channel_in_words, in_words
from .base import ExportAdmin, ReadOnlyAdmin, ReadOnlyRows, Rows, row_or_404
from .gift_cards import movements


class IdentityInline(ReadOnlyRows):
    model = Identity
    fields = ["channel", "display_name", "last_seen_at", "blocked_at"]
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Identity]:
        return super().get_queryset(request).select_related("channel_account")

    @display(description=_("channel"))
    def channel(self, identity: Identity) -> str:
        return channel_in_words(identity.channel_account.kind)


class AddressInline(Rows):
    model = Address
    fields = ["name", "line1", "line2", "postcode", "city", "region", "country", "is_default"]
    tab = True


class CustomerResource(resources.ModelResource):
    class Meta:
        model = Customer
        fields = ["public_id", "name", "email", "phone", "language", "created_at"]


@admin.register(Customer)
class CustomerAdmin(InLanguages, ExportAdmin):
    resource_classes = [CustomerResource]
    list_display = ["name", "channels", "language_in_words", "created_at"]
    list_filter = [("language", Language)]
    search_fields = ["name", "email", "phone", "identities__display_name"]
    fields = ["name", "email", "phone", "language", "created_at", "credit", "credit_movements"]
    readonly_fields = ["created_at", "credit", "credit_movements"]
    inlines = [IdentityInline, AddressInline]
    actions_detail = ["grant"]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        return super().get_queryset(request).filter(merged_into=None).prefetch_related("identities__channel_account")

    @display(description=_("channels"))
    def channels(self, customer: Customer) -> str:
        return ", ".join(
            sorted({channel_in_words(identity.channel_account.kind) for identity in customer.identities.all()})
        )

    @display(description=_("store credit"))
    def credit(self, customer: Customer) -> str:
        shop = customer.merchant
        return format_money(credit_of(customer, shop.currency), shop.default_language)

    @display(description=_("movements of the credit"))
    def credit_movements(self, customer: Customer) -> str:
        return movements(CREDIT, f"customer:{customer.pk}", customer.merchant.default_language)

    @action(description=_("Give or take store credit"), url_path="credit", icon="savings")
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        customer = row_or_404(self.get_queryset(request), object_id)
        back = reverse("admin:customers_customer_change", args=[customer.pk])
        form = CreditForm(request.POST or None, initial={"key": f"desk:{uuid.uuid4()}"})
        if request.method == "POST" and form.is_valid():
            self._grant(request, customer, form.cleaned_data)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Give or take store credit"),
            "form": form,
            "label": _("Write it down"),
            "back": back,
            "about": f"{customer} · {self.credit(customer)}",
        }
        return render(request, "admin/ask.html", context)

    def _grant(self, request: HttpRequest, customer: Customer, asked: dict[str, Any]) -> None:
        amount = money(asked["amount"], customer.merchant.currency)
        if is_credit_known(asked["key"]):
            self.message_user(request, _("This has been written down already, and only once."), messages.INFO)
            return
        try:
            grant_credit(customer, amount, reason=asked["reason"], actor=request.user, key=asked["key"])
        except (NotEnough, WorthNothing):
            self.message_user(request, _("There is not as much credit as that."), messages.ERROR)
        else:
            self.message_user(request, _("Done. It stands in the history with your name."), messages.SUCCESS)


@admin.register(ConsentEntry)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "identity", "purpose", "granted", "origin", "wording"]
    fields = ["occurred_at", "identity", "purpose", "granted", "origin", "wording"]
    readonly_fields = ["origin"]
    list_filter = ["purpose", "granted", ("source", ConsentSource)]
    list_select_related = ["identity"]

    @display(description=_("origin"), ordering="source")
    def origin(self, entry: ConsentEntry) -> str:
        return in_words(entry.source, CONSENT_SOURCES)


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    """Shoppers who proved to be one on two channels; if that was wrong, they can be two again."""

    list_display = ["merged_at", "source", "target", "undone_at", "undone_by"]
    fields = ["merged_at", "source", "target", "undone_at", "undone_by"]
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
