"""Where shop and world are connected: channels, carriers, payment providers. Which one comes first, then what it needs."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.conversations.models import AccountTrouble, Conversation
from apps.merchants.doors import Configured
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import all_channels
from apps.orders.carrier import all_carriers
from apps.orders.models import CarrierAccount
from apps.payments.models import PaymentAccount
from apps.payments.provider import all_providers

from ..access import has_desk, is_owner
from ..connecting import SETTING, ConnectForm, form_for, ordered, webhook_of
from ..spoken import channel_in_words
from .base import MerchantAdmin

KIND = "kind"


class ConnectionAdmin(MerchantAdmin):
    """`known` are those there can be an account at, `pattern` is where their webhooks come in."""

    known: ClassVar[Callable[[], Mapping[str, Configured]]]
    pattern: ClassVar[str]
    kind_field: ClassVar[str] = "provider"
    facts: ClassVar[tuple[str, ...]] = ("webhook",)
    asked_first: ClassVar[tuple[str, ...]] = ("name",)
    asked_last: ClassVar[tuple[str, ...]] = ("is_active",)
    connect_form: ClassVar[type[ConnectForm]] = ConnectForm

    def kinds(self) -> Mapping[str, Configured]:
        return type(self).known()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if request.GET.get(KIND) in self.kinds():
            return super().add_view(request, form_url, extra_context)
        if len(self.kinds()) == 1:  # a choice of one is none
            return redirect(f"{request.path}?{urlencode({KIND: next(iter(self.kinds()))})}")
        context = {
            **self.admin_site.each_context(request),
            "title": _("What do you want to connect?"),
            "opts": self.model._meta,
            "kinds": sorted((str(self.title_of(kind)), kind) for kind in self.kinds()),
        }
        return TemplateResponse(request, "admin/connect.html", context)

    def title_of(self, kind: str) -> str:
        return self.kinds()[kind].label or kind

    def other(self, request: HttpRequest, obj: Any = None) -> tuple[str, Configured]:
        kind = getattr(obj, self.kind_field) if obj else request.GET[KIND]
        return kind, self.kinds().get(kind) or Configured()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        _kind, other = self.other(request, obj)
        needed = [SETTING + key for key in ordered(other) if key in other.required_config]
        more = [SETTING + key for key in ordered(other) if key not in other.required_config]
        first = [field for field in self.asked_first if obj is None or field != "name"]
        sets: list[Any] = [(None, {"fields": [*first, *needed, *self.asked_last]})]
        if more:
            sets.append((_("Not needed everywhere"), {"fields": more, "classes": ["collapse"]}))
        if obj is not None:
            sets.append((_("At the other side"), {"fields": list(self.facts)}))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.facts) if obj is not None else []

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        kind, other = self.other(request, obj)
        kwargs["form"] = form_for(
            other,
            base=self.connect_form,
            kind=kind,
            kind_field=self.kind_field,
            pattern=self.pattern,
            shop=request.merchant.slug,  # type: ignore[attr-defined]
        )
        return super().get_form(request, obj, change, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"name": request.merchant.slug}  # type: ignore[attr-defined]

    @display(description=_("webhook address to enter there"))
    def webhook(self, account: Any) -> str:
        kind = getattr(account, self.kind_field)
        other = self.kinds().get(kind) or Configured()
        return webhook_of(self.pattern, kind, account.name) + other.address_end

    @display(description=_("kind"))
    def at(self, account: Any) -> str:
        kind = getattr(account, self.kind_field)
        return self.title_of(kind) if kind in self.kinds() else kind


@admin.register(ChannelAccount)
class ChannelAccountAdmin(ConnectionAdmin):
    known = all_channels
    pattern = "/webhooks/{kind}/{name}/"
    kind_field = "kind"
    asked_first = ("title", "name")
    facts = ("webhook", "heard", "trouble")
    list_display = ["title", "at", "name", "is_active"]

    def title_of(self, kind: str) -> str:
        return str(channel_in_words(kind))

    @display(description=_("last heard from"))
    def heard(self, account: ChannelAccount) -> str:
        last = Conversation.objects.filter(channel_account=account).aggregate(at=Max("last_inbound_at"))["at"]
        return date_format(timezone.localtime(last), "SHORT_DATETIME_FORMAT") if last else str(_("nothing yet"))

    @display(description=_("trouble"))
    def trouble(self, account: ChannelAccount) -> str:
        refused = AccountTrouble.objects.filter(channel_account=account).first()
        if refused is None:
            return str(_("none"))
        since = date_format(timezone.localtime(refused.since), "SHORT_DATETIME_FORMAT")
        return str(_("The platform refuses the access data since %(since)s: %(detail)s")) % {
            "since": since,
            "detail": refused.detail,
        }


@admin.register(CarrierAccount)
class CarrierAccountAdmin(ConnectionAdmin):
    known = staticmethod(lambda: {name: each for name, each in all_carriers().items() if each.required_config})
    pattern = "/carriers/{kind}/{name}/webhook/"
    list_display = ["at", "name", "is_active"]


@admin.register(PaymentAccount)
class PaymentAccountAdmin(ConnectionAdmin):
    """Where the money goes is decided by who runs the shop. Payments name their account, so it is never deleted."""

    known = all_providers
    pattern = "/payments/{kind}/{name}/webhook/"
    asked_last = ("keeps_cards", "captures_on_shipping", "is_active")
    list_display = ["at", "name", "keeps_cards", "captures_on_shipping", "is_active"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(uses_environment=False)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_desk(request) and is_owner(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
