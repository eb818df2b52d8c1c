"""Forms of rows that belong to the merchant: what must be there once only is said at the field, before it is saved."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import ModelForm
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.merchants.models import Merchant, MerchantOwned


class OwnedForm:
    """Mixed into a `ModelForm`: the row is the merchant's from the start, though nobody types that."""

    merchant: Merchant

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance  # type: ignore[attr-defined]
        if isinstance(row, MerchantOwned) and row.merchant_id is None:
            row.merchant = self.merchant
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.label = capfirst(field.label)  # as Django begins those it makes itself

    def _get_validation_exclusions(self) -> set[str]:
        """Django leaves alone what concerns a field that is not on the form: whose row it is concerns us."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"merchant"}

    def _update_errors(self, errors: ValidationError) -> None:
        shown = set(self.fields)  # type: ignore[attr-defined]
        super()._update_errors(_at_the_field(errors, shown) if hasattr(errors, "error_dict") else errors)  # type: ignore[misc]


def _at_the_field(refused: ValidationError, shown: set[str]) -> ValidationError:
    """ "Category with this Merchant and Slug already exists" → at the slug: there is one already."""
    found: dict[str, list[ValidationError]] = {}
    for field, errors in refused.error_dict.items():
        for error in errors:
            names = [name for name in (error.params or {}).get("unique_check", ()) if name in shown]
            if field == NON_FIELD_ERRORS and names:
                found.setdefault(names[-1], []).append(ValidationError(_("There is one like this already.")))
            else:
                found.setdefault(field, []).append(error)
    return ValidationError(found)


def owned(form: type[ModelForm], merchant: Merchant) -> type[ModelForm]:
    """The form for rows of this merchant."""
    made: type[ModelForm] = type(form)(form.__name__, (OwnedForm, form), {"merchant": merchant})  # type: ignore[misc]
    return made
