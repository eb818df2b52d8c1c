"""Who works here: colleagues are asked in by their e-mail address, and nobody gives more than they have."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from apps.accounts.invitations import has_mail, invite, is_expected, mail_way_in, way_in
from apps.accounts.models import User
from apps.merchants.afterwards import after_commit
from apps.merchants.models import StaffRole

from ..access import DESK_ROLES, has_desk, is_owner
from ..choosing import LanguagesField
from .base import MerchantAdmin

ADMIN = StaffRole.Role.ADMIN


class InviteForm(forms.ModelForm):
    """A colleague by e-mail. A person who is known to this installation is somebody else's to bring in."""

    email = forms.EmailField(label=_("e-mail"), max_length=254, widget=UnfoldAdminEmailInputWidget())
    shown_name = forms.CharField(
        label=_("name shown to shoppers"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget()
    )
    languages = LanguagesField(label=_("languages"), required=False)
    may_bring_anybody = False

    class Meta:
        model = StaffRole
        fields: ClassVar[list[str]] = []  # the page says which; stores can be listed inside a merchant's scope only

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        known = User.objects.filter(email__iexact=email).first()
        if known is not None and StaffRole.objects.filter(user=known).exists():
            raise forms.ValidationError(_("This person works here already. Change their role in the list."))
        if known is not None and not self.may_bring_anybody:
            raise forms.ValidationError(
                _("This address cannot be invited from here. Ask whoever runs this installation, or use another one.")
            )
        self.known = known
        return email


class RoleForm(forms.ModelForm):
    languages = LanguagesField(label=_("languages"), required=False)

    class Meta:
        model = StaffRole
        fields: ClassVar[list[str]] = []  # the page says which


@admin.register(StaffRole)
class StaffRoleAdmin(MerchantAdmin):
    list_display = ["user", "role", "location", "is_active"]
    list_filter = ["role", "is_active"]
    list_select_related = ["user", "location"]
    fields = ["user", "role", "location", "languages", "skills", "capacity", "is_active"]
    readonly_fields = ["user"]
    actions = ["invite_again"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields if obj else ["email", "shown_name", *self.fields[1:]]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change, form=RoleForm, **kwargs)
        form: Any = super().get_form(request, obj, change, form=InviteForm, **kwargs)
        form.may_bring_anybody = request.user.is_superuser
        return form

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role" and not is_owner(request):
            kwargs["choices"] = [choice for choice in StaffRole.Role.choices if choice[0] != ADMIN]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_desk(request) and (obj is None or self._may_change(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    @staticmethod
    def _may_change(request: HttpRequest, role: StaffRole) -> bool:
        """Nobody changes their own role, and a manager none of those who run the shop."""
        if request.user.is_superuser:
            return True
        return role.user_id != request.user.pk and (role.role != ADMIN or is_owner(request))

    def save_model(self, request: HttpRequest, obj: StaffRole, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        obj.user = form.known or invite(
            form.cleaned_data["email"],
            shown_name=form.cleaned_data["shown_name"],
            has_desk=obj.role in DESK_ROLES,
        )
        super().save_model(request, obj, form, change)
        if form.known is None:
            self._show_the_way(request, obj.user)

    @admin.action(description=_("Invite again"), permissions=["change"])
    def invite_again(self, request: HttpRequest, chosen: QuerySet[StaffRole]) -> None:
        """Mail gets lost; whoever has chosen a password already asks for a new one on the sign-in page."""
        for role in chosen.select_related("user"):
            if not (is_expected(role.user) and role.is_active and self._may_change(request, role)):
                self.message_user(request, _("%s needs no invitation.") % role.user, messages.WARNING)
            elif not has_mail() and works_elsewhere(role):
                said = _("Another shop expects %s, too: whoever runs this installation gives them the link.")
                self.message_user(request, said % role.user, messages.WARNING)
            else:
                self._show_the_way(request, role.user)

    def _show_the_way(self, request: HttpRequest, person: User) -> None:
        """Who has the link becomes the person, so it is mailed to them alone; by hand only where no mail goes out."""
        if has_mail():
            shop = request.merchant.name  # type: ignore[attr-defined]
            after_commit(mail_way_in, person, shop=shop)
            self.message_user(request, _("A link to choose a password is on its way to %s.") % person.email)
            return
        said = _("Give %(name)s this link to choose a password. It works once, for three days: %(link)s")
        link = f"{settings.PUBLIC_URL}{way_in(person)}"
        self.message_user(request, said % {"name": person, "link": link}, messages.WARNING)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except IntegrityError:
            self.message_user(request, _("Somebody has just invited this person; see the list."), messages.WARNING)
            return redirect("admin:merchants_staffrole_changelist")


def works_elsewhere(role: StaffRole) -> bool:
    """Whether another shop has a place for this person: then a link seen here would open that one, too."""
    with scopes_disabled():
        return bool(StaffRole.objects.filter(user=role.user_id).exclude(pk=role.pk).exists())
