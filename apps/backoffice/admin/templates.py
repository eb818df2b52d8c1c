"""Wordings that platforms approve: written here, seen as the shopper will, handed in, and followed until they are judged."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, override
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.messaging.approvals import (
    SUBMITTABLE,
    NotSubmittable,
    accounts_to_ask,
    accounts_with_templates,
    fetch_templates,
    problems_of,
    submit_template,
)
from apps.messaging.channel import SendFailed, all_channels
from apps.messaging.models import Template
from apps.messaging.purposes import PURPOSES, samples_for
from apps.messaging.wordings import filled

from ..spoken import InLanguages, InWords, Language, channel_in_words, in_words
from .base import MerchantAdmin, row_or_404

PAGE = "messaging_template"
PURPOSE_WORDS = {name: purpose.label for name, purpose in PURPOSES.items()}
TEMPLATED = sorted(kind for kind, channel in all_channels().items() if channel.capability.has_templates)


NAMES = _("Small letters, digits and _ only, such as order_shipped.")


class ForPurpose(InWords):
    words = PURPOSE_WORDS


class TemplateForm(forms.ModelForm):
    """What it is for decides which values it may hold, and whether it counts as an offer."""

    purpose = forms.ChoiceField(label=_("What it says"), widget=UnfoldAdminSelectWidget)
    language = forms.ChoiceField(label=_("Language"), widget=UnfoldAdminSelectWidget)
    name = forms.CharField(
        label=_("Name at the platform"),
        max_length=120,
        required=False,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z", NAMES)],
        help_text=_("Left empty, it is called like its purpose."),
        widget=UnfoldAdminTextInputWidget,
    )
    body = forms.CharField(
        label=_("Wording"),
        strip=True,
        max_length=1024,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
        help_text=_("Write {{1}}, {{2}} … where a value goes; the values of this purpose stand beside the preview."),
    )

    class Meta:
        model = Template
        fields: ClassVar[list[str]] = ["purpose", "language", "name", "body"]  # the page adds the channel

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "purpose" in self.fields:
            known = [(name, purpose.label) for name, purpose in PURPOSES.items()]
            own = self.instance.purpose
            self.fields["purpose"].choices = known if own in ("", *PURPOSES) else [*known, (own, own)]  # type: ignore[attr-defined]
        if "language" in self.fields:
            codes = dict(settings.LANGUAGES)
            own = self.instance.language
            extra = [(own, own)] if own and own not in codes else []
            self.fields["language"].choices = [*codes.items(), *extra]  # type: ignore[attr-defined]
        if "channel_account" in self.fields:
            accounts: Any = self.fields["channel_account"]
            accounts.queryset = accounts.queryset.filter(kind__in=TEMPLATED)
            accounts.label_from_instance = lambda account: (
                f"{channel_in_words(account.kind)} · {account.title or account.name}"
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("name"):
            data["name"] = data.get("purpose", self.instance.purpose)
        account = data.get("channel_account") or (self.instance.channel_account if self.instance.pk else None)
        channel = all_channels().get(account.kind) if account else None
        is_listed = channel is not None and channel.has_template_list
        if is_listed and data["name"] != data["name"].lower().replace("-", "_"):
            self.add_error("name", NAMES)
        purpose = PURPOSES.get(data.get("purpose", ""))
        if purpose is not None:
            self.instance.category = Template.Category.MARKETING if purpose.is_offer else Template.Category.UTILITY
        return data


@admin.register(Template)
class TemplateAdmin(InLanguages, MerchantAdmin):
    """A draft can be changed; what is being judged or approved is as the platform has it."""

    form = TemplateForm
    list_display = ["purpose_in_words", "channel", "language_in_words", "state_shown", "usable", "told_at"]
    list_filter = ["state", ("language", Language), ("purpose", ForPurpose)]
    search_fields = ["name", "body"]
    list_select_related = ["channel_account"]
    list_before_template = "admin/template_fetch.html"
    change_form_outer_before_template = "admin/template_preview.html"
    readonly_fields = ("channel", "purpose_in_words", "language_in_words")

    class Media:
        js = ("js/desk/template.js",)

    def get_urls(self) -> list[Any]:
        own = [
            path("fetch/", self.admin_site.admin_view(self.fetch), name=f"{PAGE}_fetch"),
            path("<path:object_id>/submit/", self.admin_site.admin_view(self.submit), name=f"{PAGE}_submit"),
        ]
        return [*own, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("channel_account", ("purpose", "language"), "name", "body")}),)
        what = ("purpose", "language") if obj.state in SUBMITTABLE else ("purpose_in_words", "language_in_words")
        return ((None, {"fields": ("channel", what, "name", "body")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        is_fixed = obj is not None and obj.state not in SUBMITTABLE
        return [*self.readonly_fields, "name", "body"] if is_fixed else list(self.readonly_fields)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        accounts = accounts_with_templates()
        return (
            {"channel_account": accounts[0].pk, "language": accounts[0].merchant.default_language} if accounts else {}
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        told = {"can_fetch": bool(accounts_to_ask()), "fetch_url": reverse(f"admin:{PAGE}_fetch")}
        return super().changelist_view(request, {**(extra_context or {}), **told})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return super().add_view(request, form_url, {**(extra_context or {}), "values": samples()})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        template = self.get_object(request, object_id)
        told = {} if template is None else self._seen(template)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **told, "values": samples()})

    def _seen(self, template: Template) -> dict[str, Any]:
        with override(template.language):
            said = filled(template.body, samples_for(template.purpose))
        problems = problems_of(template)
        return {
            "template": template,
            "said": said,
            "problems": problems,
            "named": _named(template.purpose),
            "is_asked": all_channels()[template.channel_account.kind].has_template_list,
            "can_submit": template.state in SUBMITTABLE and not problems,
            "submit_url": reverse(f"admin:{PAGE}_submit", args=[template.pk]),
        }

    def submit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hands the draft in. The platform's own words are shown where it refuses."""
        template = self._pressed(request, object_id)
        try:
            submit_template(template)
        except NotSubmittable as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        except SendFailed as failure:
            self.message_user(request, _("The platform did not take it: %s") % failure.detail, messages.ERROR)
        else:
            is_done = template.state == Template.State.APPROVED
            handed = _("It is handed in. The platform judges it, mostly within minutes.")
            self.message_user(request, _("Noted: it can be sent now.") if is_done else handed, messages.SUCCESS)
        return redirect(f"admin:{PAGE}_change", template.pk)

    def fetch(self, request: HttpRequest) -> HttpResponse:
        """Asks every platform for the state of what it was given; one that fails is named."""
        if request.method != "POST":
            raise Http404
        if not self.has_change_permission(request):
            raise PermissionDenied
        changed = 0
        for account in accounts_to_ask():
            named = f"{channel_in_words(account.kind)} · {account.title or account.name}"
            try:
                fetched = fetch_templates(account)
            except SendFailed as failure:
                self.message_user(request, f"{named}: {failure.detail}", messages.ERROR)
                continue
            changed += fetched.changed + fetched.new
            if fetched.strangers:
                told = {"channel": named, "names": ", ".join(fetched.strangers[:10])}
                about = _("%(channel)s has wordings that nothing here says: %(names)s")
                self.message_user(request, about % told, messages.INFO)
        said = ngettext("%d wording has changed.", "%d wordings have changed.", changed) % changed
        self.message_user(request, said, messages.SUCCESS)
        return redirect(f"admin:{PAGE}_changelist")

    def _pressed(self, request: HttpRequest, object_id: str) -> Template:
        """Raises `Http404`, `PermissionDenied`."""
        if request.method != "POST":
            raise Http404
        template: Template = row_or_404(self.get_queryset(request).select_related("channel_account"), object_id)
        if not self.has_change_permission(request, template):
            raise PermissionDenied
        return template

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        return super().get_queryset(request).select_related("channel_account")

    def response_post_save_add(self, request: HttpRequest, obj: Template) -> HttpResponse:
        return redirect(f"admin:{PAGE}_change", obj.pk)

    def response_post_save_change(self, request: HttpRequest, obj: Template) -> HttpResponse:
        return redirect(f"admin:{PAGE}_change", obj.pk)

    @display(description=_("what it says"), ordering="purpose")
    def purpose_in_words(self, template: Template) -> str:
        return in_words(template.purpose, PURPOSE_WORDS)

    @display(description=_("channel"), ordering="channel_account")
    def channel(self, template: Template) -> str:
        account = template.channel_account
        return f"{channel_in_words(account.kind)} · {account.title or account.name}"

    @display(
        description=_("state"),
        ordering="state",
        label={
            "draft": "info",
            "approved": "success",
            "submitted": "info",
            "rejected": "danger",
            "paused": "warning",
            "disabled": "danger",
        },
    )
    def state_shown(self, template: Template) -> tuple[str, str]:
        return template.state, template.get_state_display()

    @display(description=_("is sent"))
    def usable(self, template: Template) -> str:
        """Yes, or the first reason why not."""
        if problems := problems_of(template):
            return problems[0]
        return str(_("yes")) if template.is_usable else str(_("not yet"))


def _named(purpose: str) -> list[tuple[str, str, str]]:
    """("{{1}}", "order number", "K7QM-2XPD") for each value."""
    known = PURPOSES.get(purpose)
    values = known.values if known else ()
    return [
        ("{{" + str(number) + "}}", str(value.name), str(value.sample)) for number, value in enumerate(values, start=1)
    ]


def samples() -> dict[str, Any]:
    """For the preview while it is written: by language the values of each purpose, and their names as the reader calls them."""
    named = {name: [str(value.name) for value in purpose.values] for name, purpose in PURPOSES.items()}
    found: dict[str, Any] = {"names": named, "samples": {}}
    for code, _name in settings.LANGUAGES:
        with override(code):
            found["samples"][code] = {name: samples_for(name) for name in PURPOSES}
    return found
