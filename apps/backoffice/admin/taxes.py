"""Who reckons the tax, how they call the shop's goods, and what they have been told."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.carts.models import TaxAccount, TaxCode
from apps.payments.actions.taxes import try_again
from apps.payments.models import TaxEntry

from ..access import has_desk, is_owner
from ..taxing import TaxConnectForm, outside, what_is_wrong
from .accounts import ConnectionAdmin
from .base import MerchantAdmin, ReadOnlyAdmin, row_or_404

STATE_LABELS = {"waiting": "info", "done": "success", "refused": "danger"}


def _when(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


@admin.register(TaxAccount)
class TaxAccountAdmin(ConnectionAdmin):
    """Orders name what was reckoned by it, so it is switched off and never deleted."""

    known = staticmethod(outside)
    pattern = ""
    facts = ("health", "usual_codes")
    asked_first = ("on_failure",)
    connect_form: ClassVar[type[TaxConnectForm]] = TaxConnectForm
    list_display = ["at", "is_active", "health"]
    actions_detail = ["check_now"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_desk(request) and is_owner(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("health"))
    def health(self, account: TaxAccount) -> str:
        if account.trouble and account.trouble_since:
            said = str(_("No answer since %(since)s: %(detail)s"))
            return said % {"since": _when(account.trouble_since), "detail": account.trouble}
        if account.answered_at is None:
            return str(_("not asked yet"))
        return str(_("answers, last on %s")) % _when(account.answered_at)

    @display(description=_("how goods are called there as usual"))
    def usual_codes(self, account: TaxAccount) -> str:
        provider = outside().get(account.provider)
        codes = provider.usual_codes if provider else {}
        return " · ".join(f"{category}: {code}" for category, code in codes.items())

    @action(description=_("Check now"), url_path="check", icon="network_check")
    def check_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = row_or_404(self.get_queryset(request), object_id)
        provider = outside()[account.provider]
        country = request.merchant.country  # type: ignore[attr-defined]
        if wrong := what_is_wrong(provider, account.config, country=country):
            self.message_user(request, wrong, messages.ERROR)
        else:
            self.message_user(request, _("All is well: the key works and tax can be reckoned."), messages.SUCCESS)
        return redirect("admin:carts_taxaccount_change", account.pk)


@admin.register(TaxCode)
class TaxCodeAdmin(MerchantAdmin):
    list_display = ["category", "code"]
    search_fields = ["category", "code"]
    fields = ["category", "code"]


@admin.register(TaxEntry)
class TaxEntryAdmin(ReadOnlyAdmin):
    list_display = ["reference", "order", "what", "state_shown", "error", "created_at"]
    list_filter = ["state"]
    search_fields = ["reference", "order__number"]
    list_select_related = ["order"]
    date_hierarchy = "created_at"
    fields = ["reference", "order", "what", "state", "provider_ref", "error", "created_at"]
    readonly_fields = ["what"]
    actions = ["again"]

    @display(description=_("what is told"))
    def what(self, entry: TaxEntry) -> str:
        return str(_("sale") if entry.refund_id is None else _("goes back"))

    @display(description=_("state"), label=STATE_LABELS)
    def state_shown(self, entry: TaxEntry) -> tuple[str, str]:
        return entry.state, entry.get_state_display()

    @admin.action(description=_("Tell it again"))
    def again(self, request: HttpRequest, chosen: QuerySet[TaxEntry]) -> None:
        for entry in chosen:
            try_again(entry)
        self.message_user(request, _("What was refused is told again within a minute."), messages.SUCCESS)
