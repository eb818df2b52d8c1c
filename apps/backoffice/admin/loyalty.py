"""Points: the rules, the levels, what points are good for, who has how many, and corrections with a reason."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export import resources
from modeltranslation.admin import TranslationAdmin
from unfold.decorators import action, display

from apps.carts.models import Promotion
from apps.catalog.models import PriceList
from apps.loyalty.actions import correct_points, judge_referral
from apps.loyalty.errors import LoyaltyRefusal
from apps.loyalty.models import (
    LoyaltyMembership,
    LoyaltyProgramme,
    PointsEntry,
    Referral,
    Reward,
    RewardVoucher,
    Tier,
)
from apps.merchants.goodwill import OverLimit
from apps.orders.models import Order

from ..access import has_desk
from ..doers import DoneBy, doer_in_words, with_programs
from ..forms import PointsForm
from ..sheets.loyalty import ProgrammeSheet, RewardSheet, TierSheet
from ..sheets.members import MemberSheet
from ..sheets.pages import TakesSheet
from ..spoken import JUDGED_BECAUSE, in_words
from .base import ExportAdmin, MerchantAdmin, OneOfAKind, ReadOnlyAdmin, ReadOnlyRows, row_or_404

REFERRAL_LABELS = dict.fromkeys(Referral.State.values, "default") | {
    "review": "warning",
    "paid": "success",
    "refused": "danger",
    "ordered": "info",
}
VOUCHER_LABELS = dict.fromkeys(RewardVoucher.State.values, "default") | {
    "open": "info",
    "used": "success",
    "void": "danger",
}


@admin.register(LoyaltyProgramme)
class LoyaltyProgrammeAdmin(TakesSheet, OneOfAKind, MerchantAdmin):
    sheet = ProgrammeSheet()
    actions_list = ()
    actions_detail = TakesSheet.actions_list
    fieldsets = (
        (None, {"fields": ("is_active", ("points", "per_amount"), "rounding", "terms_url")}),
        (_("Times"), {"fields": (("return_days", "expiry_months", "grace_days"), "clawback")}),
        (
            _("Bonuses"),
            {"fields": (("first_order_bonus", "review_bonus", "birthday_bonus"), ("referrer_bonus", "friend_bonus"))},
        ),
    )

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A shop has one set of rules."""
        return has_desk(request) and not LoyaltyProgramme.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Tier)
class TierAdmin(TakesSheet, MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    sheet = TierSheet()
    list_display = ["name", "threshold", "earn_percent"]
    search_fields = ["name"]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A list or an offer for this level would be one for everyone: which ones is said before anything goes."""
        *found, protected = super().get_deleted_objects(objs, request)
        about = [_("Price list “%s”") % one for one in PriceList.objects.filter(tiers__in=objs).distinct()]
        about += [_("Promotion “%s”") % one for one in Promotion.objects.filter(tiers__in=objs).distinct()]
        return *found, [*protected, *about]


@admin.register(Reward)
class RewardAdmin(TakesSheet, MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    sheet = RewardSheet()
    list_display = ["name", "kind", "cost", "amount", "sku", "is_active"]
    list_filter = ["kind", "is_active"]
    fields = ["name", "kind", "cost", "amount", "sku", "valid_days", "position", "is_active"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What somebody redeemed is only put away."""
        return has_desk(request) and (obj is None or not obj.rewardvoucher_set.exists())


def entries_done(entries: QuerySet[PointsEntry]) -> QuerySet[PointsEntry]:
    """Each with who did it; what is carried from one account to another keeps its reference, and nobody did that."""
    return with_programs(entries, where=Q(rule=PointsEntry.Rule.DESK))


class EntryInline(DoneBy, ReadOnlyRows):
    model = PointsEntry
    fields = ["created_at", "kind", "rule", "points", "available_at", "expires_at", "reason", "done_by"]
    ordering = ["-pk"]
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointsEntry]:
        return entries_done(super().get_queryset(request).select_related("actor"))


class UsedForOrder:
    """A voucher's row knows an order by its id; people know it by its number."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[RewardVoucher]:
        found: QuerySet[RewardVoucher] = super().get_queryset(request)  # type: ignore[misc]
        orders = Order.objects.filter(public_id=Substr(OuterRef("used_for"), len("order:") + 1))
        return found.annotate(number=Subquery(orders.values("number")[:1]))

    @display(description=_("used for"), ordering="used_for")
    def order_number(self, voucher: Any) -> str:
        return voucher.number or voucher.used_for


class VoucherInline(UsedForOrder, ReadOnlyRows):
    model = RewardVoucher
    fields = ["created_at", "code", "reward", "cost", "state", "order_number", "expires_at"]
    ordering = ["-pk"]
    tab = True


class MemberResource(resources.ModelResource):
    class Meta:
        model = LoyaltyMembership
        fields = ["public_id", "customer__name", "balance", "pending", "lifetime", "tier__name", "joined_at"]


@admin.register(LoyaltyMembership)
class LoyaltyMembershipAdmin(TakesSheet, ExportAdmin):
    sheet = MemberSheet()
    resource_classes = [MemberResource]
    list_display = ["customer", "balance", "pending", "lifetime", "tier", "joined_at"]
    list_filter = ["tier"]
    list_select_related = ["customer", "tier"]
    search_fields = ["customer__name", "customer__email", "code"]
    inlines = [EntryInline, VoucherInline]
    actions_detail = ["correct"]
    fieldsets = (
        (None, {"fields": ("customer", ("balance", "pending", "lifetime"), ("tier", "tier_until"))}),
        (_("Birthday"), {"fields": (("birth_day", "birth_month"),)}),
        (_("Membership"), {"fields": (("joined_at", "terms"), "code")}),
    )
    readonly_fields = [
        "customer", "balance", "pending", "lifetime", "tier", "tier_until", "birth_day", "birth_month", "joined_at",
        "terms", "code",
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoyaltyMembership]:
        return super().get_queryset(request).filter(ended_at=None)

    @action(description=_("Give or take points"), url_path="correct", icon="exposure")
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        member = row_or_404(self.get_queryset(request), object_id)
        back = reverse("admin:loyalty_loyaltymembership_change", args=[member.pk])
        form = PointsForm(request.POST or None, initial={"source": f"desk:{uuid.uuid4()}"})
        if request.method == "POST" and form.is_valid():
            if PointsEntry.objects.filter(membership=member, source=form.cleaned_data["source"]).exists():
                self.message_user(request, _("This has been written down already, and only once."), messages.INFO)
                return redirect(back)
            try:
                correct_points(member, actor=request.user, **form.cleaned_data)
                self.message_user(request, _("Done. It stands in the history with your name."), messages.SUCCESS)
            except (LoyaltyRefusal, OverLimit) as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Give or take points"),
            "form": form,
            "label": _("Write it down"),
            "back": back,
            "about": f"{member.customer} · {member.balance}",
        }
        return render(request, "admin/ask.html", context)


@admin.register(PointsEntry)
class PointsEntryAdmin(DoneBy, ReadOnlyAdmin):
    list_display = ["created_at", "membership", "kind", "rule", "points", "reason", "done_by"]
    fields = ["created_at", "membership", "kind", "rule", "points", "available_at", "expires_at", "reason", "done_by"]
    readonly_fields = ["done_by"]
    list_filter = ["kind", "rule"]
    list_select_related = ["membership__customer", "actor"]
    search_fields = ["membership__customer__name", "reason", "reference"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointsEntry]:
        return entries_done(super().get_queryset(request))


@admin.register(RewardVoucher)
class RewardVoucherAdmin(UsedForOrder, ReadOnlyAdmin):
    list_display = ["created_at", "code", "membership", "reward", "state_shown", "order_number", "expires_at"]
    fields = ["created_at", "code", "membership", "reward", "cost", "state", "order_number", "used_at", "expires_at"]
    readonly_fields = ["order_number"]
    list_filter = ["state", "kind"]
    list_select_related = ["membership__customer", "reward"]
    search_fields = ["code", "used_for"]

    @display(description=_("status"), label=VOUCHER_LABELS)
    def state_shown(self, voucher: RewardVoucher) -> tuple[str, str]:
        return voucher.state, voucher.get_state_display()


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    """Who brought whom; what looks like one person waits here for a judgement."""

    list_display = ["created_at", "referrer", "friend", "state_shown", "why", "due_at", "judge"]
    fields = ["created_at", "referrer", "friend", "state", "due_at", "why", "judge"]
    readonly_fields = ["why", "judge"]
    list_filter = ["state"]
    list_select_related = ["referrer__customer", "friend", "decided_by"]
    actions = ["approve", "refuse"]

    @display(description=_("status"), label=REFERRAL_LABELS)
    def state_shown(self, referral: Referral) -> tuple[str, str]:
        return referral.state, referral.get_state_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Referral]:
        return with_programs(super().get_queryset(request), "decided_with")

    @display(description=_("judged by"))
    def judge(self, referral: Referral) -> str:
        return doer_in_words(referral, referral.decided_by)

    @display(description=_("reason"), ordering="reason")
    def why(self, referral: Referral) -> str:
        return in_words(referral.reason, JUDGED_BECAUSE)

    @admin.action(description=_("These are two people: pay when due"))
    def approve(self, request: HttpRequest, chosen: QuerySet[Referral]) -> None:
        self._judge(request, chosen, is_fine=True)

    @admin.action(description=_("Refuse"))
    def refuse(self, request: HttpRequest, chosen: QuerySet[Referral]) -> None:
        self._judge(request, chosen, is_fine=False)

    def _judge(self, request: HttpRequest, chosen: QuerySet[Referral], *, is_fine: bool) -> None:
        waiting = list(chosen.filter(state=Referral.State.REVIEW))
        for referral in waiting:
            judge_referral(referral, is_fine=is_fine, actor=request.user)
        self.message_user(request, _("%d judged.") % len(waiting), messages.SUCCESS)
