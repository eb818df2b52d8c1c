"""Shoppers: who they are on which channel, what they are worth to the shop, and what they allowed."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Count, DecimalField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export import resources
from import_export.fields import Field
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display

from apps.carts.money import format_money, money, round_money
from apps.conversations.actions import lock_threads
from apps.customers.actions import NotUndoable, add_members, change_tags, undo_merge
from apps.customers.models import (
    Address,
    ConsentEntry,
    Customer,
    CustomerTag,
    GroupMember,
    Identity,
    Merge,
    Tagging,
)
from apps.insights.models import CustomerFigures
from apps.insights.segments import SCORES, Segment
from apps.ledger.actions import NotEnough
from apps.merchants.goodwill import OverLimit
from apps.merchants.markets import currencies_of
from apps.payments.actions import WorthNothing, grant_credit, is_credit_known, kept_cards
from apps.payments.tenders import CREDIT, credit_of

from ..forms import CreditForm
from ..segments import show_segments
from ..spoken import CONSENT_SOURCES, ConsentSource, InLanguages, Language, channel_in_words, in_words
from ..tagging import CustomerForm, GroupForm, TagForm, TagNameForm
from .base import ExportAdmin, MerchantAdmin, ReadOnlyAdmin, ReadOnlyRows, Rows, row_or_404
from .gift_cards import movements
from .vouching import Vouching


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


class GroupInline(Rows):
    model = GroupMember
    fields = ["group"]
    autocomplete_fields = ["group"]
    tab = True


SEGMENT_LABELS = {
    Segment.CHAMPION: "success",
    Segment.LOYAL: "success",
    Segment.PROMISING: "info",
    Segment.NEW: "info",
    Segment.DRIFTING: "warning",
    Segment.AT_RISK: "danger",
    Segment.ASLEEP: "default",
}
NO_ORDER = "none"
FEW_TAGS = 3  # in a row of the list
CHIP = "bg-base-100 dark:bg-base-800 inline-block px-2 py-1 rounded-default text-xs whitespace-nowrap"


class SegmentFilter(DropdownFilter):  # type: ignore[misc]
    title = _("segment")
    parameter_name = "segment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Segment.choices, (NO_ORDER, _("no order yet"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Customer]) -> QuerySet[Customer]:
        if not self.value():
            return rows
        return rows.filter(figures=None) if self.value() == NO_ORDER else rows.filter(figures__segment=self.value())


class ScoreFilter(DropdownFilter):  # type: ignore[misc]
    """By one of the scores; what is none finds nobody."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(score), str(score)) for score in reversed(SCORES)]

    def queryset(self, request: HttpRequest, rows: QuerySet[Customer]) -> QuerySet[Customer]:
        wanted = self.value()
        if not wanted:
            return rows
        known = {str(score) for score in SCORES}
        return rows.filter(**{f"figures__{self.parameter_name}": wanted}) if wanted in known else rows.none()


class RecencyFilter(ScoreFilter):
    title = _("recency")
    parameter_name = "recency"


class FrequencyFilter(ScoreFilter):
    title = _("frequency")
    parameter_name = "frequency"


class CustomerResource(resources.ModelResource):
    tags = Field()
    segment = Field("figures__segment")
    orders = Field("figures__orders")
    lifetime_value = Field()
    average_order = Field()
    currency = Field("figures__value_currency")
    first_order_at = Field("figures__first_order_at")
    last_order_at = Field("figures__last_order_at")
    recency = Field("figures__recency")
    frequency = Field("figures__frequency")
    money = Field("figures__monetary")
    figures_as_of = Field("figures__reckoned_at")

    class Meta:
        model = Customer
        fields = [
            "public_id", "name", "email", "phone", "language", "tags", "created_at", "segment", "orders", "lifetime_value",
            "average_order", "currency", "first_order_at", "last_order_at", "recency", "frequency", "money",
            "figures_as_of",
        ]  # fmt: skip

    def dehydrate_tags(self, customer: Customer) -> str:
        return ", ".join(str(tagging.tag) for tagging in customer.taggings.all())

    def dehydrate_lifetime_value(self, customer: Customer) -> str:
        figures = figures_of(customer)
        return str(round_money(figures.value).amount) if figures else ""

    def dehydrate_average_order(self, customer: Customer) -> str:
        figures = figures_of(customer)
        return str(figures.average_order.amount) if figures else ""


def figures_of(customer: Customer) -> CustomerFigures | None:
    """What was reckoned of them; None for who has no order that stands."""
    return getattr(customer, "figures", None)


def _moment(moment: dt.datetime) -> str:
    """On the shop's clock, as the reader writes it."""
    return date_format(localtime(moment), "DATETIME_FORMAT")


class TagFilter(DropdownFilter):  # type: ignore[misc]
    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        borne = CustomerTag.objects.filter(Exists(Tagging.objects.filter(tag=OuterRef("pk"))))
        return [(str(pk), name) for pk, name in borne.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Customer]) -> QuerySet[Customer]:
        wanted = self.value()
        if not wanted:
            return rows
        return rows.filter(taggings__tag=int(wanted)) if wanted.isdecimal() else rows.none()


class Figures:
    """Mixed into the page of shoppers: what was reckoned of them, in columns and fields."""

    FIGURES = ("segment_in_words", "value", "order_count", "average", "first_order", "last_order", "scores", "as_of")

    @display(description=_("segment"), ordering="figures__segment", label=SEGMENT_LABELS)
    def segment(self, customer: Customer) -> tuple[str, str] | None:
        figures = figures_of(customer)
        return (figures.segment, figures.get_segment_display()) if figures else None

    @display(description=_("segment"))
    def segment_in_words(self, customer: Customer) -> str | None:
        figures = figures_of(customer)
        return figures.get_segment_display() if figures else None

    @display(
        description=_("lifetime value"),
        ordering=Coalesce(F("figures__value"), Value(Decimal(0)), output_field=DecimalField()),
    )
    def value(self, customer: Customer) -> str | None:
        figures = figures_of(customer)
        return format_money(figures.value, customer.merchant.default_language) if figures else None

    @display(description=_("orders"), ordering=Coalesce(F("figures__orders"), 0))
    def order_count(self, customer: Customer) -> int | None:
        figures = figures_of(customer)
        return figures.orders if figures else None

    @display(description=_("average order"))
    def average(self, customer: Customer) -> str | None:
        figures = figures_of(customer)
        return format_money(figures.average_order, customer.merchant.default_language) if figures else None

    @display(description=_("first order"))
    def first_order(self, customer: Customer) -> str | None:
        figures = figures_of(customer)
        return _moment(figures.first_order_at) if figures else None

    @display(description=_("last order"))
    def last_order(self, customer: Customer) -> str | None:
        figures = figures_of(customer)
        return _moment(figures.last_order_at) if figures else None

    @display(description=_("recency, frequency, money"))
    def scores(self, customer: Customer) -> str | None:
        figures = figures_of(customer)
        return f"{figures.recency} · {figures.frequency} · {figures.monetary}" if figures else None

    @display(description=_("as of"))
    def as_of(self, customer: Customer) -> str | None:
        figures = figures_of(customer)
        return _moment(figures.reckoned_at) if figures else None


@admin.register(Customer)
class CustomerAdmin(Vouching, Figures, InLanguages, ExportAdmin):
    form = CustomerForm
    resource_classes = [CustomerResource]
    list_display = [
        "name",
        "tags_shown",
        "segment",
        "value",
        "order_count",
        "channels",
        "language_in_words",
        "created_at",
    ]
    list_filter = [TagFilter, SegmentFilter, RecencyFilter, FrequencyFilter, ("language", Language)]
    actions = ["tag", "put_into_group", "vouch"]
    list_select_related = ["figures", "merchant"]
    search_fields = ["name", "email", "phone", "identities__display_name"]
    fieldsets = (
        (None, {"fields": ("name", "tags", "email", "phone", "language", "created_at")}),
        (
            _("Figures"),
            {
                "description": _(
                    "Goods without tax and delivery, less what went back; reckoned every night for whoever has ordered."
                ),
                "fields": (
                    ("segment_in_words", "value"), ("order_count", "average"), ("first_order", "last_order"), ("scores", "as_of"),
                ),
            },
        ),
        (_("Store credit"), {"fields": ("credit", "credit_movements")}),
        (_("Saved cards"), {"fields": ("saved_cards",)}),
    )  # fmt: skip
    readonly_fields = ["created_at", "credit", "credit_movements", "saved_cards", *Figures.FIGURES]
    inlines = [IdentityInline, AddressInline, GroupInline]
    actions_list = ["segments"]
    actions_detail = ["grant"]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        return (
            super()
            .get_queryset(request)
            .filter(merged_into=None)
            .prefetch_related("identities__channel_account", "taggings__tag")
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        change_tags([obj], by=request.user, **form.tag_changes)

    @display(description=_("tags"))
    def tags_shown(self, customer: Customer) -> str | None:
        """As chips. Labels of the desk are in capitals, and these are the merchant's own words."""
        names = [str(tagging.tag) for tagging in customer.taggings.all()]
        shown = [*names[:FEW_TAGS], *([f"+{len(names) - FEW_TAGS}"] if len(names) > FEW_TAGS else [])]
        chips = format_html_join("", '<span class="{}">{}</span>', ((CHIP, name) for name in shown))
        return format_html('<span class="flex flex-wrap gap-1">{}</span>', chips) if shown else None

    @admin.action(description=_("Tags…"))
    def tag(self, request: HttpRequest, chosen: QuerySet[Customer]) -> HttpResponse | None:
        """Put on and taken off for all that are ticked; asked on a page of its own, which sends the same choice again."""
        is_answer = "asked" in request.POST
        form = TagForm(request.POST if is_answer else None)
        people = _people(chosen)
        if is_answer and form.is_valid():
            change_tags(people, by=request.user, **form.cleaned_data)
            said = ngettext("%d shopper changed.", "%d shoppers changed.", len(people)) % len(people)
            self.message_user(request, said, messages.SUCCESS)
            return None
        return self._ask(request, form, len(people), title=_("Tags…"), label=_("Change the tags"), action="tag")

    @admin.action(description=_("Put into a group…"))
    def put_into_group(self, request: HttpRequest, chosen: QuerySet[Customer]) -> HttpResponse | None:
        """From tags to prices and offers: those are for groups, and somebody says so."""
        is_answer = "asked" in request.POST
        form = GroupForm(request.POST if is_answer else None)
        people = _people(chosen)
        if is_answer and form.is_valid():
            fresh = add_members(form.cleaned_data["group"], people, by=request.user)
            said = ngettext("%d shopper is new in the group.", "%d shoppers are new in the group.", fresh) % fresh
            self.message_user(request, said, messages.SUCCESS)
            return None
        title = _("Put into a group…")
        return self._ask(request, form, len(people), title=title, label=_("Put them in"), action="put_into_group")

    def _ask(
        self, request: HttpRequest, form: Form, count: int, *, title: Any, label: Any, action: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "about": ngettext("%d shopper", "%d shoppers", count) % count,
            "form": form,
            "label": label,
            "back": reverse("admin:customers_customer_changelist"),
            "carried": [("asked", "1"), ("action", action), *_ticked(request)],
        }
        return render(request, "admin/ask.html", context)

    @action(description=_("Segments"), url_path="segments", icon="grid_view")
    def segments(self, request: HttpRequest) -> HttpResponse:
        return show_segments(request, admin_site=self.admin_site)

    @display(description=_("channels"))
    def channels(self, customer: Customer) -> str:
        return ", ".join(
            sorted({channel_in_words(identity.channel_account.kind) for identity in customer.identities.all()})
        )

    @display(description=_("store credit"))
    def credit(self, customer: Customer) -> str:
        """In the shop's own currency, and in others where there is any."""
        shop = customer.merchant
        own, *others = (credit_of(customer, currency) for currency in currencies_of(shop))
        return " · ".join(format_money(one, shop.default_language) for one in (own, *filter(None, others)))

    @display(description=_("movements of the credit"))
    def credit_movements(self, customer: Customer) -> str:
        return movements(CREDIT, f"customer:{customer.pk}", customer.merchant.default_language)

    @display(description=_("cards the shopper let be kept"))
    def saved_cards(self, customer: Customer) -> str:
        """What they are called and until when they are good: more is not known here."""
        return ", ".join(f"{card} ({card.exp_month:02}/{card.exp_year})" for card in kept_cards(customer)) or "–"

    @action(description=_("Give or take store credit"), url_path="credit", icon="savings")
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        customer = row_or_404(self.get_queryset(request), object_id)
        back = reverse("admin:customers_customer_change", args=[customer.pk])
        known = currencies_of(customer.merchant)
        form = CreditForm(request.POST or None, initial={"key": f"desk:{uuid.uuid4()}"}, currencies=known)
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
        amount = money(asked["amount"], asked["currency"])
        if is_credit_known(asked["key"]):
            self.message_user(request, _("This has been written down already, and only once."), messages.INFO)
            return
        try:
            grant_credit(customer, amount, reason=asked["reason"], actor=request.user, key=asked["key"])
        except (NotEnough, WorthNothing):
            self.message_user(request, _("There is not as much credit as that."), messages.ERROR)
        except OverLimit as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, _("Done. It stands in the history with your name."), messages.SUCCESS)


def _people(chosen: QuerySet[Customer]) -> list[Customer]:
    """No more of each than who they are: it may be everybody."""
    return list(chosen.select_related(None).prefetch_related(None).only("pk", "merchant").order_by("pk"))


def _ticked(request: HttpRequest) -> list[tuple[str, str]]:
    """What was ticked in the list, to be sent once more: rows, or with one of them all that the list finds."""
    if request.POST.get("select_across") == "1":
        return [("select_across", "1"), (ACTION_CHECKBOX_NAME, "0")]
    return [(ACTION_CHECKBOX_NAME, pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME)]


@admin.register(CustomerTag)
class CustomerTagAdmin(MerchantAdmin):
    """Renamed and thrown away here; put on where shoppers are."""

    form = TagNameForm
    list_display = ["name", "how_many"]
    search_fields = ["name"]
    fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerTag]:
        return (
            super()
            .get_queryset(request)
            .annotate(count=Count("taggings", filter=Q(taggings__customer__merged_into=None)))
        )

    @display(description=_("shoppers"), ordering="count")
    def how_many(self, tag: Any) -> str:
        """Leads to them."""
        address = f"{reverse('admin:customers_customer_changelist')}?{urlencode({'tag': tag.pk})}"
        return format_html('<a href="{}">{}</a>', address, tag.count)


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
