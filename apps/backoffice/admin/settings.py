"""The shop itself: its name and words, its stores and hours, how parcels travel."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from unfold.decorators import display

from apps.carts.models import DeliveryMethod, DeliveryStep, TaxRate
from apps.carts.places import plain_postcode
from apps.merchants.clock import now
from apps.merchants.models import ApiToken, ChannelAccount, Location, Merchant, OpeningHours
from apps.merchants.reach import PrivateAddress, judge_written
from apps.messaging.channel import all_channels
from apps.orders.carrier import all_carriers
from apps.orders.models import CarrierAccount

from ..access import has_desk
from ..api.authentication import hash_token, new_key
from ..choosing import CountriesField, ShopForm
from ..delivering import price_line
from ..spoken import channel_in_words
from .base import MerchantAdmin, OneOfAKind, Rows


@admin.register(Merchant)
class ShopAdmin(OneOfAKind, MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    form = ShopForm
    fieldsets = (
        (None, {"fields": ("name", "assistant_name", "accent", "languages", "first_language")}),
        (
            _("Law"),
            {
                "fields": (
                    "legal_name",
                    "postal_address",
                    "support_email",
                    "terms_url",
                    "privacy_url",
                    "return_days",
                    "return_instructions",
                )
            },
        ),
        (_("Place and money"), {"fields": ("country", "currency", "timezone")}),
        (
            _("Tax and invoices"),
            {
                "fields": (
                    "tax_number",
                    ("tax_rounding", "tax_rounding_mode"),
                    "issues_invoices",
                    ("invoice_series", "credit_note_series"),
                    "invoice_note",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        return super().get_queryset(request).filter(pk=request.merchant.pk)  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Location)
class LocationAdmin(MerchantAdmin):
    list_display = ["name", "is_pickup", "ships", "position"]


@admin.register(OpeningHours)
class OpeningHoursAdmin(MerchantAdmin):
    list_display = ["day", "opens", "closes"]

    @display(description=_("day"), ordering="weekday")
    def day(self, hours: OpeningHours) -> str:
        return str(hours.get_weekday_display())


class ChannelAccountForm(forms.ModelForm):
    kind = forms.ChoiceField(
        label=_("kind"), choices=lambda: [(kind, channel_in_words(kind)) for kind in sorted(all_channels())]
    )

    class Meta:
        model = ChannelAccount
        fields = ["kind", "name", "title", "config", "is_active"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        channel, config = all_channels().get(data.get("kind", "")), data.get("config")
        if config is None:
            config = {}
        if not isinstance(config, dict):
            self.add_error("config", _('Settings are written as {"name": "value"}.'))
            return data
        self._judge_address(config.get("api_base"))
        missing = [key for key in (channel.required_config if channel else ()) if not config.get(key)]
        if missing:
            self.add_error("config", _("Still missing: %s") % ", ".join(missing))
        return data

    def _judge_address(self, address: Any) -> None:
        """Said here as early as it can be seen; names are judged whenever they are called."""
        if not address:
            return
        try:
            judge_written(str(address))
        except ValueError:
            self.add_error("config", _("“api_base” is an address of the web, such as https://api.example."))
        except PrivateAddress:
            self.add_error(
                "config", _("“api_base” lies inside your own network. Whoever runs this installation can allow that.")
            )


@admin.register(ChannelAccount)
class ChannelAccountAdmin(MerchantAdmin):
    form = ChannelAccountForm
    list_display = ["title", "channel", "name", "webhook_path", "is_active"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Settings hold secrets: they are written here, never shown again."""
        return (
            ["kind", "name", "title", "config", "is_active"] if obj is None else ["title", "is_active", "webhook_path"]
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["webhook_path"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    @display(description=_("kind"), ordering="kind")
    def channel(self, account: ChannelAccount) -> str:
        return channel_in_words(account.kind)

    @display(description=_("webhook address"))
    def webhook_path(self, account: ChannelAccount) -> str:
        return f"/webhooks/{account.kind}/{account.name}/"


class DeliveryStepInline(Rows):
    model = DeliveryStep
    fields = ["up_to_grams", "from_amount", "price"]


class DeliveryMethodForm(forms.ModelForm):
    countries = CountriesField(label=_("countries"), required=False, help_text=_("None means everywhere."))

    class Meta:
        model = DeliveryMethod
        fields = ["countries"]  # the page says which else; stores can be listed inside a merchant's scope only


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    form = DeliveryMethodForm
    fieldsets = (
        (None, {"fields": ("name", ("price", "free_from"), "pickup_at", ("position", "is_active"))}),
        (_("Where to"), {"fields": ("countries", "regions", "postcodes", "max_grams")}),
        (_("How long"), {"fields": (("days_min", "days_max"), "cutoff_hour", "closed_days")}),
    )
    list_display = ["name", "prices", "days_min", "days_max", "is_active"]
    inlines = [DeliveryStepInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeliveryMethod]:
        return super().get_queryset(request).prefetch_related("steps")

    @display(description=_("price"), ordering="price")
    def prices(self, method: DeliveryMethod) -> str:
        return price_line(method)


class CarrierAccountForm(forms.ModelForm):
    provider = forms.ChoiceField(label=_("carrier"), choices=lambda: _with_webhooks())

    class Meta:
        model = CarrierAccount
        fields = ["provider", "name", "config", "is_active"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        carrier, config = all_carriers().get(data.get("provider", "")), data.get("config") or {}
        if not isinstance(config, dict):
            self.add_error("config", _('Settings are written as {"name": "value"}.'))
        elif missing := [key for key in (carrier.required_config if carrier else ()) if not config.get(key)]:
            self.add_error("config", _("Still missing: %s") % ", ".join(missing))
        return data


def _with_webhooks() -> list[tuple[str, str]]:
    return sorted((name, carrier.label) for name, carrier in all_carriers().items() if carrier.required_config)


@admin.register(CarrierAccount)
class CarrierAccountAdmin(MerchantAdmin):
    form = CarrierAccountForm
    list_display = ["provider", "name", "webhook_path", "is_active"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Settings hold secrets: they are written here, never shown again."""
        return ["provider", "name", "config", "is_active"] if obj is None else ["is_active", "webhook_path"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["webhook_path"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    @display(description=_("webhook address"))
    def webhook_path(self, account: CarrierAccount) -> str:
        return f"/carriers/{account.provider}/{account.name}/webhook/"


class TaxRateForm(forms.ModelForm):
    """Places as the tax table keeps them, however they are typed; one place is taxed as a whole or in named parts."""

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).strip().upper()

    def clean_region(self) -> str:
        return str(self.cleaned_data["region"]).strip().upper()

    def clean_postcode(self) -> str:
        return plain_postcode(str(self.cleaned_data["postcode"]))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        same = {name: data.get(name) for name in ("country", "region", "postcode", "category")}
        beside = TaxRate.objects.filter(**same).exclude(pk=self.instance.pk)
        if data.get("part") and beside.filter(part="").exists():
            self.add_error("part", _("There is a tax for all of this place already. Give it a part's name first."))
        elif not data.get("part") and beside.exclude(part="").exists():
            self.add_error("part", _("This place is taxed in parts already: say whose part this one is."))
        return data


@admin.register(TaxRate)
class TaxRateAdmin(MerchantAdmin):
    form = TaxRateForm
    list_display = ["where", "category", "percent", "taxed_from", "called", "is_inclusive"]
    list_filter = ["country"]
    search_fields = ["country", "region", "postcode", "category", "name", "part"]
    ordering = ["country", "region", "postcode", "category", "part"]
    fields = [
        ("country", "region", "postcode"), "category", ("percent", "taxed_from"), "is_inclusive", ("name", "part"),
    ]  # fmt: skip

    @display(description=_("place"), ordering="country")
    def where(self, rate: TaxRate) -> str:
        return rate.place

    @display(description=_("name"), ordering="name")
    def called(self, rate: TaxRate) -> str:
        return rate.label


@admin.register(ApiToken)
class ApiTokenAdmin(MerchantAdmin):
    list_display = ["name", "can_write", "created_at", "last_used_at", "revoked_at"]
    fields = ["name", "can_write"]
    actions = ["revoke"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return obj is None and has_desk(request)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: forms.ModelForm, change: bool) -> None:
        key = new_key()
        obj.token_hash = hash_token(key)
        super().save_model(request, obj, form, change)
        self.message_user(request, _("Copy this key now, it is not shown again: %s") % key, messages.WARNING)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        chosen.filter(revoked_at=None).update(revoked_at=now())
        self.message_user(request, _("Revoked. Programs using them are refused from now on."), messages.SUCCESS)
