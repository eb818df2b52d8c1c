"""What every page of the desk shares: one merchant's rows, and who may change them."""

import datetime as dt
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.db import DataError, OperationalError, transaction
from django.db.models import DateField, Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.import_export.forms import ExportForm
from unfold.views import ChangeList

from apps.merchants.clock import is_a_day_of_ours
from apps.merchants.models import MerchantOwned

from ..access import has_desk
from ..money import propose_currency
from ..owned import owned

MOST_SEARCHED, MOST_WORDS = 200, 10


def row_or_404(rows: QuerySet[Any], object_id: str) -> Any:
    """The row an address names: 404 alike for a stranger's, one that never was, and what is no id at all."""
    try:
        return rows.get(pk=rows.model._meta.pk.to_python(object_id))
    except (rows.model.DoesNotExist, ValidationError) as error:
        raise Http404 from error


class DeskPermissions:
    """Roles, not Django's permission table, decide; the scope decides which rows."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_desk(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return has_desk(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return has_desk(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return has_desk(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return has_desk(request)


def a_day_of_ours(moment: dt.date) -> None:
    """Raises `ValidationError` for the year 1 and the like."""
    if not is_a_day_of_ours(moment):
        raise ValidationError(_("Write a day between 1900 and 3000."))


class ShopMoney:
    """Amounts are typed as the shop writes them, days are days of ours."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        propose_currency(field, request.merchant.currency)  # type: ignore[attr-defined]
        if isinstance(db_field, DateField):
            field.validators = [*field.validators, a_day_of_ours]
        return field


class CalmList(ChangeList):
    """An address that asks for impossible days or numbers is told so, as Django tells of names it does not know."""

    def get_filters(self, request: HttpRequest) -> Any:
        try:
            return super().get_filters(request)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(str(error)) from error

    def get_results(self, request: HttpRequest) -> None:
        if not request.GET:
            super().get_results(request)
            return
        try:
            with transaction.atomic():  # what the database refuses is undone, and the page goes on
                super().get_results(request)
        except (ValueError, OverflowError, DataError, OperationalError) as error:
            raise IncorrectLookupParameters(str(error)) from error


class MerchantAdmin(ShopMoney, DeskPermissions, ModelAdmin):  # type: ignore[misc]
    """Rows are made for the merchant in scope; `merchant` is never a form field."""

    list_filter_submit = True
    warn_unsaved_form = True
    compressed_fields = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CalmList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """By the list's own filters and by id alone: no address tells, letter by letter, what no list would show."""
        return super().lookup_allowed(lookup, value, request) and self._is_offered(lookup, request)

    def _is_offered(self, lookup: str, request: HttpRequest | None) -> bool:
        try:
            field = self.model._meta.get_field(lookup.partition("__")[0])
        except FieldDoesNotExist:  # a filter's own name, or one nobody hears
            return True
        filters = self.get_list_filter(request) if request is not None else self.list_filter
        listed = {str(each[0] if isinstance(each, list | tuple) else each) for each in filters}
        return getattr(field, "primary_key", False) or field.name in listed | {self.date_hierarchy}

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """By the first words: each is a condition on every column, and no database takes thousands."""
        words = search_term[:MOST_SEARCHED].split()[:MOST_WORDS]
        return super().get_search_results(request, queryset, " ".join(words))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        return owned(super().get_form(request, obj, change=change, **kwargs), request.merchant)  # type: ignore[attr-defined]

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
        """What is ticked is rows by their ids, whatever a program sends."""
        try:
            for ticked in request.POST.getlist(ACTION_CHECKBOX_NAME):
                queryset.model._meta.pk.to_python(ticked)
        except ValidationError as error:
            raise BadRequest("no id of a row") from error
        return super().response_action(request, queryset)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if isinstance(obj, MerchantOwned) and not change:
            obj.merchant = request.merchant  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        for child in formset.save(commit=False):
            if isinstance(child, MerchantOwned) and child.merchant_id is None:
                child.merchant = request.merchant  # type: ignore[attr-defined]
            child.save()
        for gone in formset.deleted_objects:
            gone.delete()
        formset.save_m2m()


class OneOfAKind:
    """There is one row or none: who asks for the list is led to it."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        only = self.get_queryset(request).first()  # type: ignore[attr-defined]
        meta = self.model._meta  # type: ignore[attr-defined]
        if only is not None:
            return redirect(f"admin:{meta.app_label}_{meta.model_name}_change", only.pk)
        if self.has_add_permission(request):  # type: ignore[attr-defined]
            return redirect(f"admin:{meta.app_label}_{meta.model_name}_add")
        seen: HttpResponseBase = super().changelist_view(request, extra_context)  # type: ignore[misc]
        return seen


class OffersWhatFits:
    """Buttons of a page are offered while they can do something; one pressed too late still gets its sentence."""

    def fitting(self, obj: Any) -> set[str]:
        """Names of the actions that fit the state of this row."""
        raise NotImplementedError

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        try:
            fitting = self.fitting(row_or_404(self.get_queryset(request), str(object_id)))  # type: ignore[attr-defined]
        except Http404:  # the page itself says so
            fitting = set()
        return [each for each in offered if each.method.__name__ in fitting]


class ReadOnlyAdmin(MerchantAdmin):
    """Facts are looked at, not edited."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ExportAdmin(ExportMixin, MerchantAdmin):  # type: ignore[misc]
    """A list that can be taken away as CSV or XLSX; cells that look like formulas are made text."""

    export_form_class = ExportForm

    def has_export_permission(self, request: HttpRequest) -> bool:
        return has_desk(request)


class OwnedRows:
    """Rows inside of another's page, of the same merchant."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        formset.form = owned(formset.form, request.merchant)  # type: ignore[attr-defined]
        return formset


class Rows(OwnedRows, ShopMoney, DeskPermissions, TabularInline):  # type: ignore[misc]
    extra = 0
    hide_title = True


class Blocks(OwnedRows, ShopMoney, DeskPermissions, StackedInline):  # type: ignore[misc]
    extra = 0


class ReadOnlyRows(Rows):
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
