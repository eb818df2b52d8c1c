"""Where shop and world are connected: channels, carriers, payment providers. Which one comes first, then what it needs."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.views import ChangeList

from apps.conversations.health import Health, check_account, health_of, healths
from apps.merchants.doors import Configured
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import SendFailed, all_channels
from apps.orders.carrier import all_carriers
from apps.orders.models import CarrierAccount
from apps.payments.models import PaymentAccount
from apps.payments.provider import all_providers

from ..access import has_desk, is_owner
from ..account_health import picture_of
from ..connecting import SETTING, ConnectForm, form_for, ordered, webhook_of
from ..guiding import KIND, begun, guided
from ..spoken import channel_in_words
from .base import CalmList, MerchantAdmin, row_or_404

PAGE = "merchants_channelaccount"
CHECKING = "check"  # in the address: the page asks the platform once it is there


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
        at_once = (*other.required_config, *self.asked_at_once(request, obj))
        needed = [SETTING + key for key in ordered(other) if key in at_once]
        more = [SETTING + key for key in ordered(other) if key not in at_once]
        first = [field for field in self.asked_first if obj is None or field != "name"]
        sets: list[Any] = [(None, {"fields": [*first, *needed, *self.asked_last]})]
        if more:
            sets.append((_("Not needed everywhere"), {"fields": more, "classes": ["collapse"]}))
        if obj is not None and self.facts:
            sets.append((_("At the other side"), {"fields": list(self.facts)}))
        return sets

    def asked_at_once(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The settings that stand with the required ones; the others are folded away."""
        return self.other(request, obj)[1].asked_config

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


class AccountList(CalmList):
    """The page's accounts with how they do, asked once for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        listed: list[Any] = list(self.result_list)  # type: ignore[has-type]
        found = healths(listed)
        for account in listed:
            account.seen = found[account.pk]
        self.result_list = listed


@admin.register(ChannelAccount)
class ChannelAccountAdmin(ConnectionAdmin):
    """A guided way from the platform's desk to the first message, and after that how the account does."""

    known = all_channels
    pattern = "/webhooks/{kind}/{name}/"
    kind_field = "kind"
    asked_first = ("title", "name")
    facts = ()
    list_display = ["title", "at", "state", "heard", "sent", "is_active"]
    change_form_outer_before_template = "admin/channel_health.html"

    class Media:
        js = ("js/desk/account.js",)

    def title_of(self, kind: str) -> str:
        return str(channel_in_words(kind))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AccountList

    def get_urls(self) -> list[Any]:
        own = [
            path("<path:object_id>/check/", self.admin_site.admin_view(self.ask_platform), name=f"{PAGE}_check"),
            path("<path:object_id>/announce/", self.admin_site.admin_view(self.announce), name=f"{PAGE}_announce"),
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if (kind := request.GET.get(KIND, "")) in self.kinds():
            name = request.merchant.slug  # type: ignore[attr-defined]
            guide = guided(kind, name, self._begun(request), pattern=self.pattern)
            extra_context = {**(extra_context or {}), **guide, "is_new_account": True}
        return super().add_view(request, form_url, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        if account is not None:
            extra_context = {**(extra_context or {}), **self._shown(account), "is_to_check": CHECKING in request.GET}
        return super().change_view(request, object_id, form_url, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        chosen = {SETTING + key: value for key, value in self._begun(request).items()}
        return {**super().get_changeform_initial_data(request), **chosen}

    def asked_at_once(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        channel = all_channels().get(self.other(request, obj)[0])
        return channel.guide(obj.config if obj else self._begun(request)).asked if channel else ()

    def _begun(self, request: HttpRequest) -> dict[str, str]:
        return begun(request.GET.get(KIND, ""), request.GET)

    def _shown(self, account: ChannelAccount) -> dict[str, Any]:
        health = health_of(account)
        channel = all_channels().get(account.kind)
        return {
            **guided(account.kind, account.name, account.config, pattern=self.pattern),
            "account": account,
            "health": picture_of(health),
            "is_set_up": health.is_verified and not health.troubles,
            "can_check": channel is not None and bool(channel.required_config),
            "can_announce": channel is not None and channel.can_announce and not channel.missing(account.config),
            "check_url": reverse(f"admin:{PAGE}_check", args=[account.pk]),
            "announce_url": reverse(f"admin:{PAGE}_announce", args=[account.pk]),
        }

    def ask_platform(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks the platform now. A script gets the strip alone, so that nobody waits for a page."""
        account = self._asked_for(request, object_id)
        check_account(account)
        if request.headers.get("x-requested-with") == "fetch":
            return TemplateResponse(
                request, "admin/channel_health.html", {**self._shown(account), "opts": self.model._meta}
            )
        return redirect(self._page(account))

    def announce(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Enters our address at the platform, then looks whether it is there."""
        account = self._asked_for(request, object_id)
        channel = all_channels().get(account.kind)
        if channel is None or not channel.can_announce or channel.missing(account.config):
            raise Http404
        try:
            channel.announce(account.config, address=webhook_of(self.pattern, account.kind, account.name))
        except SendFailed as failure:
            said = _("The platform did not take it: %s") % failure.detail
            self.message_user(request, said, messages.ERROR)
        else:
            self.message_user(request, _("The platform knows our address now."), messages.SUCCESS)
        check_account(account)
        return redirect(self._page(account))

    def _asked_for(self, request: HttpRequest, object_id: str) -> ChannelAccount:
        """The row of a press, which is never a mere visit. Raises `Http404`, `PermissionDenied`."""
        if request.method != "POST":
            raise Http404
        account: ChannelAccount = row_or_404(self.get_queryset(request), object_id)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        return account

    def _page(self, account: ChannelAccount, *, is_to_check: bool = False) -> str:
        address = reverse(f"admin:{PAGE}_change", args=[account.pk])
        return f"{address}?{CHECKING}" if is_to_check else address

    def response_post_save_add(self, request: HttpRequest, obj: ChannelAccount) -> HttpResponse:
        """To its page, where the next step stands and the check begins by itself."""
        return redirect(self._page(obj, is_to_check=bool(all_channels()[obj.kind].required_config)))

    def response_post_save_change(self, request: HttpRequest, obj: ChannelAccount) -> HttpResponse:
        channel = all_channels().get(obj.kind)
        return redirect(self._page(obj, is_to_check=channel is not None and bool(channel.required_config)))

    @display(description=_("state"), label={"ok": "success", "warning": "warning", "error": "danger"})
    def state(self, account: Any) -> tuple[str, str]:
        seen = picture_of(account.seen)
        return str(seen.level), seen.state

    @display(description=_("last heard from"))
    def heard(self, account: Any) -> str:
        last = account.seen.last_inbound
        return date_format(timezone.localtime(last), "SHORT_DATETIME_FORMAT") if last else "–"

    @display(description=_("sent, last 24 hours"))
    def sent(self, account: Any) -> str:
        seen: Health = account.seen
        if not seen.failed:
            return str(seen.sent)
        said = ngettext("%(sent)d, %(failed)d of them failed", "%(sent)d, %(failed)d of them failed", seen.failed)
        return said % {"sent": seen.sent, "failed": seen.failed}


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
