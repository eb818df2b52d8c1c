"""Prices changed at the desk, one or many, now or by the clock; what is refused is said beside the form."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from djmoney.money import Money

from apps.carts.money import money
from apps.catalog.models import Price, PricePlan, Product, Variant
from apps.catalog.planning import (
    NewPrice,
    PlanClash,
    PlanEndsTooSoon,
    PlanInThePast,
    PlanRefused,
    PlanWithoutPrice,
    plan_prices,
    set_prices,
)
from apps.catalog.prices import Tag, prices_now
from apps.merchants.models import Merchant


def plan_price(merchant: Merchant, variant: Variant, form: forms.Form, *, by: Any) -> bool:
    """One variant's new price as the form says; what is wrong with it is added to the form."""
    asked = form.cleaned_data
    before = asked["compare_at"]
    currency = asked["currency"]
    new = NewPrice(variant, money(asked["amount"], currency), None if before is None else money(before, currency))
    return _carry_out(merchant, [new], form, by=by)


def seen_of(variants: Iterable[int]) -> str:
    """The list prices and plans of these variants, as a few letters that are others once any of them is another."""
    ids = sorted(variants)
    prices = Price.objects.filter(variant__in=ids).order_by("pk").values_list("pk", "amount", "compare_at")
    plans = PricePlan.objects.filter(variant__in=ids).order_by("pk").values_list("pk", "cancelled_at")
    return hashlib.sha256(repr((list(prices), list(plans))).encode()).hexdigest()[:32]


@transaction.atomic
def reprice(merchant: Merchant, products: Iterable[Product], form: forms.Form, *, by: Any) -> int:
    """All prices of these products in the form's currency by the same share of the list; returns how many, 0 with the
    form told why.

    A form that was sent twice, or filled in while a colleague changed the prices, finds others than it has `seen`.
    """
    chosen = Variant.objects.filter(product__in=products)
    variants = list(chosen.select_for_update(no_key=True, of=("self",)).select_related("product").order_by("pk"))
    found = prices_now(variant.pk for variant in variants)
    if form.cleaned_data["seen"] not in ("", seen_of(variant.pk for variant in variants)):
        form.add_error(
            None, _("These prices have been changed since this page was opened. Nothing more has been done.")
        )
        return 0
    new = [
        _changed(variant, tag, form.cleaned_data)
        for variant in variants
        for tag in found[variant.pk]
        if tag.amount_currency == form.cleaned_data["currency"]
    ]
    if not new:
        form.add_error(None, _("None of these is sold in %s.") % form.cleaned_data["currency"])
        return 0
    return len(new) if _carry_out(merchant, new, form, by=by) else 0


def _changed(variant: Variant, tag: Tag, asked: dict[str, Any]) -> NewPrice:
    """Reckoned from the list, so that two sales do not multiply."""
    share = (Decimal(100) + asked["percent"]) / 100
    amount = money(tag.listed.amount * share, tag.amount_currency)
    before: Money | None = tag.listed if asked["is_announced"] and amount.amount < tag.listed.amount else None
    return NewPrice(variant, amount, before)


def _carry_out(merchant: Merchant, new: list[NewPrice], form: forms.Form, *, by: Any) -> bool:
    asked = form.cleaned_data
    when = {"starts_at": asked["starts_at"], "ends_at": asked["ends_at"]}
    try:
        if any(when.values()):
            plan_prices(merchant, new, **when, name=asked["name"], by=by)
        else:
            set_prices(merchant, new)
    except PlanRefused as refusal:
        form.add_error(FIELDS.get(type(refusal)), _sentence(refusal))
        return False
    return True


FIELDS: dict[type[PlanRefused], str] = {
    PlanInThePast: "starts_at",
    PlanEndsTooSoon: "ends_at",
}


def _sentence(refusal: PlanRefused) -> str:
    match refusal:
        case PlanInThePast():
            return _("A price cannot begin in the past. Leave the field empty for now.")
        case PlanEndsTooSoon():
            return _("The end must come after the beginning, and not be over yet.")
        case PlanClash():
            return _("Another price of %s begins at that very moment. Choose another one, or call that one off.") % (
                refusal.sku
            )
        case PlanWithoutPrice():
            told = {"sku": refusal.sku, "currency": refusal.currency}
            return _("%(sku)s is not sold in %(currency)s. Give it a price in it first, then plan another one.") % told
    return _("This price has ended or has become the price of the list. Change the list instead.")
