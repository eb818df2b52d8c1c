"""Collections: rules in rows, products put on top or left out by hand, and a look at what that gives before it is saved."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationAdmin
from unfold.decorators import display

from apps.catalog.collected import MOST_COUNTED, Gathered, count_products, gathered, product_ids
from apps.catalog.models import Collection, CollectionPick, CollectionRule, Product
from apps.catalog.products import NoPrice, card_facts, load_for_cards
from apps.catalog.rules import RuleSpec, WrongRule, check_all, check_picks, checked
from apps.merchants import clock
from apps.merchants.models import Merchant

from ..sheets.collections import CollectionSheet
from ..sheets.pages import TakesSheet
from .base import CalmList, MerchantAdmin, Rows
from .catalog import picture

PREVIEWED = 12
IN_LIST = 3
MOST_ROWS = 1000  # of one kind in a form, those taken away too; a request has no fields for more
STATE_LABELS = {"live": "success", "planned": "info", "over": "danger", "off": "warning"}


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """One rule; what it cannot mean is said at the part that is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The theme leaves the empty choice out, and an untouched row would be a rule.
        self.fields["field"].choices = [("", "–"), *CollectionRule.Field.choices]  # type: ignore[attr-defined]
        self.fields["value"].widget.attrs["placeholder"] = _("shirts, 40, 30 …")
        self.fields["currency"].widget.attrs["placeholder"] = _("of the shop")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if "field" not in found:
            return found
        said = (found["field"], found.get("value", ""), found.get("currency", ""))
        try:
            rule = checked(*said, shop_currency=self.merchant.currency)  # type: ignore[attr-defined]
        except WrongRule as wrong:
            self.add_error(wrong.at, str(wrong))
            return found
        return {**found, "value": rule.value, "currency": rule.currency}


class RuleRows(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """The rules together. That products were put on top is read from what was sent with them."""
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        said = [form.cleaned_data for form in kept if not form.cleaned_data.get("DELETE")]
        rules = [RuleSpec(one["field"], one["value"], one["currency"]) for one in said if one.get("field")]
        try:
            check_all(rules, has_pinned=bool(picked(self.data)["pinned"]))
        except WrongRule as wrong:
            raise ValidationError(str(wrong)) from wrong


class PickRows(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """No more products than may be put on top and left out."""
        super().clean()
        by_hand = picked(self.data)
        try:
            check_picks(len(by_hand["pinned"]), len(by_hand["left_out"]))
        except WrongRule as wrong:
            raise ValidationError(str(wrong)) from wrong


class RuleInline(Rows):
    model = CollectionRule
    form = RuleForm
    formset = RuleRows
    fields = ["field", "value", "currency"]
    extra = 1
    hide_title = True


class PickInline(Rows):
    model = CollectionPick
    formset = PickRows
    fields = ["product", "kind", "position"]
    autocomplete_fields = ["product"]
    ordering_field = "position"
    extra = 0


class CollectionList(CalmList):
    """A page of collections with what is in them: their rules, picks and goods are read once for all rows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        listed = [(found, product_ids(merchant, found, limit=IN_LIST)) for found in gathered(self.result_list)]
        goods = Product.objects.in_bulk({pk for _found, ids in listed for pk in ids})
        load_for_cards(goods.values())
        contents = {
            found.collection.pk: (
                _pictured(merchant, [goods[pk] for pk in ids if pk in goods]),
                count_products(merchant, found),
            )
            for found, ids in listed
            if found.collection
        }
        for collection in self.result_list:
            collection.contents = contents[collection.pk]


@admin.register(Collection)
class CollectionAdmin(TakesSheet, MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    sheet = CollectionSheet()
    list_display = ["name_and_slug", "pictures", "how_many", "rules_in_words", "state", "is_in_menu", "position"]
    list_display_links = ["name_and_slug"]
    list_editable = ["position"]
    list_per_page = 25
    list_filter = ["is_active", "is_in_menu"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["preview"]
    inlines = [RuleInline, PickInline]
    fieldsets = (
        (None, {"fields": ("name", "text", "slug", "image")}),
        (
            _("When and where shoppers see it"),
            {"fields": (("shown_from", "shown_until"), ("is_in_menu", "position"), "is_active")},
        ),
        (_("What is in it"), {"fields": (("match", "sort"), "preview")}),  # right above the rules
    )

    class Media:
        js = ["js/desk/collection.js"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CollectionList]:
        return CollectionList

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name.startswith("text"):
            field.widget.attrs["rows"] = 2  # a sentence, in each language
        return field

    def get_urls(self) -> list[URLPattern]:
        look = path("preview/", self.admin_site.admin_view(self.look), name="catalog_collection_preview")
        return [look, *super().get_urls()]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """One that is being changed is held until it is saved: rules and picks are compared with those kept."""
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            Collection.objects.select_for_update().filter(pk=found.pk).first()
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collection]:
        return super().get_queryset(request).select_related("merchant").prefetch_related("rules")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a promotion is about stays; without it the promotion would be about everything."""
        return super().has_delete_permission(request, obj) and obj is not None and not obj.promotions.exists()

    @display(description=_("collection"), header=True, ordering="name")
    def name_and_slug(self, collection: Collection) -> list[str]:
        return [collection.name, collection.slug]

    @display(description=_("products"))
    def pictures(self, collection: Any) -> str:
        products, _count = collection.contents
        return render_to_string("admin/collection_pictures.html", {"products": products}) if products else "–"

    @display(description=_("how many"))
    def how_many(self, collection: Any) -> str:
        _products, count = collection.contents
        return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)

    @display(description=_("rules"))
    def rules_in_words(self, collection: Collection) -> str:
        return " · ".join(str(rule) for rule in collection.rules.all()) or "–"

    @display(description=_("state"), label=STATE_LABELS)
    def state(self, collection: Collection) -> tuple[str, Any]:
        if not collection.is_active:
            return "off", _("off")
        if collection.shown_until and collection.shown_until <= clock.now():
            return "over", _("over")
        return ("live", _("live")) if collection.is_shown else ("planned", _("planned"))

    @display(description=_("so far"))
    def preview(self, collection: Collection) -> str:
        found = gathered([collection])[0] if collection.pk else Gathered()
        return render_to_string("admin/collection_preview.html", told(found, collection, is_new=not collection.pk))

    def look(self, request: HttpRequest) -> HttpResponse:
        """What the form as it stands would give: a piece of the page for a script, a page of its own without one."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        found, wrong = thought_of(request.POST, merchant)
        context = {**told(found, Collection(merchant=merchant)), "wrong": wrong, "is_draft": True}
        if request.headers.get("X-Requested-With") == "fetch":
            return render(request, "admin/collection_preview.html", context)
        page = {**self.admin_site.each_context(request), "title": _("What would be in it"), **context}
        return render(request, "admin/collection_look.html", page)


def told(found: Gathered, collection: Collection, *, is_new: bool = False) -> dict[str, Any]:
    """What the preview shows; nothing is asked of the database for a collection that says nothing yet."""
    products, count = seen(collection.merchant, found, most=PREVIEWED) if not is_new else ([], 0)
    said: str = ngettext("%d product", "%d products", count) % count
    if count > MOST_COUNTED:
        said = str(_("More than %d products") % MOST_COUNTED)
    return {"products": products, "count": count, "said": said, "is_new": is_new}


def seen(merchant: Merchant, found: Gathered, *, most: int) -> tuple[list[dict[str, Any]], int]:
    """The first products with picture, name and price, and how many there are."""
    ids = product_ids(merchant, found, limit=most)
    loaded = Product.objects.in_bulk(ids)
    load_for_cards(loaded.values())
    return _pictured(merchant, [loaded[pk] for pk in ids if pk in loaded]), count_products(merchant, found)


def _pictured(merchant: Merchant, products: list[Product]) -> list[dict[str, Any]]:
    shown = []
    for product in products:
        try:
            facts = card_facts(product, currency=merchant.currency)
        except NoPrice:  # switched off since the list was made
            continue
        drawn = picture(facts.image_url, facts.image_alt, size=88)
        small = picture(facts.image_url, facts.image_alt, size=32)
        shown.append({"pk": product.pk, "title": facts.title, "price": facts.price, "picture": drawn, "small": small})
    return shown


def picked(data: Any) -> dict[str, list[int]]:
    """Products by hand as a form sends them, by kind, in the order of their positions."""
    rows = []
    for place in range(_rows_of(data, "picks")):
        start = f"picks-{place}-"
        product, kind = data.get(f"{start}product", ""), data.get(f"{start}kind", "")
        if product.isascii() and product.isdigit() and len(product) < 19 and not data.get(f"{start}DELETE"):
            position = data.get(f"{start}position", "")
            order = int(position) if position.isascii() and position.isdigit() and len(position) < 6 else 0
            rows.append((order, place, int(product), kind))
    return {
        kind: [product for _order, _place, product, its in sorted(rows) if its == kind]
        for kind in CollectionPick.Kind.values
    }


def thought_of(data: Any, merchant: Merchant) -> tuple[Gathered, list[str]]:
    """The collection that a form says, and what is wrong with its rules; a wrong one is left out."""
    rules, wrong = [], []
    for place in range(_rows_of(data, "rules")):
        start = f"rules-{place}-"
        field = data.get(f"{start}field", "")
        if not field or data.get(f"{start}DELETE"):
            continue
        said = (field, data.get(f"{start}value", ""), data.get(f"{start}currency", ""))
        try:
            rules.append(checked(*said, shop_currency=merchant.currency))
        except WrongRule as refused:
            wrong.append(f"{dict(CollectionRule.Field.choices).get(field, field)}: {refused}")
    by_hand = picked(data)
    try:
        check_picks(len(by_hand["pinned"]), len(by_hand["left_out"]))
    except WrongRule as refused:
        wrong.append(str(refused))
    own = set(Product.objects.filter(pk__in=[*by_hand["pinned"], *by_hand["left_out"]]).values_list("pk", flat=True))
    try:
        check_all(rules, has_pinned=bool(by_hand["pinned"]) or bool(wrong))
    except WrongRule as refused:
        wrong.append(str(refused))
        rules = list(dict.fromkeys(rules))
    return Gathered(
        match=data.get("match") if data.get("match") in Collection.Match.values else Collection.Match.ALL,
        sort=data.get("sort") if data.get("sort") in Collection.Sort.values else "",
        rules=tuple(rules),
        pinned=tuple(pk for pk in by_hand["pinned"] if pk in own),
        left_out=tuple(pk for pk in by_hand["left_out"] if pk in own),
    ), wrong


def _rows_of(data: Any, name: str) -> int:
    said = data.get(f"{name}-TOTAL_FORMS", "")
    return min(int(said), MOST_ROWS) if said.isascii() and said.isdigit() and len(said) < 6 else 0
