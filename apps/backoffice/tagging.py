"""Tags on customers as the desk types them: words like chips, some known and some new."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget

from apps.customers.actions import LONGEST_TAG, MOST_TAGS, WrongTag, tags_named, tags_of, tidy_tags
from apps.customers.models import Customer, CustomerGroup, CustomerTag

from .choosing import spoken_languages

SEPARATORS = '[","]'  # what ends a word while typing, as the widget reads it


def known_tags() -> list[tuple[str, str]]:
    """Of the shop in scope."""
    return [(name, name) for name in CustomerTag.objects.values_list("name", flat=True)]


class _Seen(forms.HiddenInput):
    """The tags a page was opened with, in one word: no tag has a comma."""

    def format_value(self, value: Any) -> str:
        return ",".join(value or ())

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        said = data.get(name)
        return None if said is None else [tag for tag in said.split(",") if tag]


class TagsField(forms.MultipleChoiceField):
    """Tags that are known, to choose; with `is_open` new ones, to type. The cleaned value is their names, tidied."""

    hidden_widget = _Seen

    def __init__(self, *, is_open: bool = True, **kwargs: Any) -> None:
        more = {"data-tags": "true", "data-token-separators": SEPARATORS} if is_open else {}
        widget = UnfoldAdminSelect2MultipleWidget(attrs={**more, "style": "width: 100%"})
        super().__init__(choices=known_tags, required=False, widget=widget, **kwargs)
        self.is_open = is_open

    def valid_value(self, value: str) -> bool:
        return self.is_open or super().valid_value(value)

    def clean(self, value: Any) -> list[str]:
        try:
            names = tidy_tags(super().clean(value))
        except WrongTag as wrong:
            raise _wrong(wrong) from wrong
        if len(names) > MOST_TAGS:
            raise forms.ValidationError(_("At most %d tags.") % MOST_TAGS)
        return names


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    """A shopper, with what the shop calls them."""

    tags = TagsField(
        label=_("tags"),
        help_text=_("Enter or a comma ends one. For you and your colleagues; shoppers never read them in the chat."),
        show_hidden_initial=True,
    )

    class Meta:
        model = Customer
        fields = ["name"]  # the desk's page adds the rest

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["tags"] = tags_of(self.instance.pk)
        if "language" in self.fields:
            told = self.instance.language  # an app may name one that the shop does not speak
            known = {"": "–", **dict(spoken_languages())}
            self.fields["language"].widget = UnfoldAdminSelectWidget(choices=({told: told} | known).items())

    @property
    def tag_changes(self) -> dict[str, set[str]]:
        """What somebody has put on and taken off on this page, of a valid form; what others did meanwhile stays."""
        seen = _Seen().value_from_datadict(self.data, self.files, self.add_initial_prefix("tags"))
        before, now = set(self.initial.get("tags", ()) if seen is None else seen), set(self.cleaned_data["tags"])
        return {"put": now - before, "take": before - now}


def _wrong(wrong: WrongTag) -> forms.ValidationError:
    return forms.ValidationError(
        _("A tag has at most %(most)d characters and no comma: %(tag)s"),
        params={"most": LONGEST_TAG, "tag": wrong.name[:60]},
    )


class TagNameForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tag by itself, to be spelled anew."""

    class Meta:
        model = CustomerTag
        fields = ["name"]

    def clean_name(self) -> str:
        try:
            (name,) = tidy_tags([self.cleaned_data["name"]])
        except WrongTag as wrong:
            raise _wrong(wrong) from wrong
        if tags_named(name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is one like this already."))
        return name


class TagForm(forms.Form):
    """Tags for many at once."""

    put = TagsField(label=_("Put these tags on (Enter or a comma ends one)"))
    take = TagsField(label=_("Take these tags off"), is_open=False)


class GroupForm(forms.Form):
    """Which group."""

    group: Any = forms.ModelChoiceField(None, label=_("Customer group"), widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["group"].queryset = CustomerGroup.objects.all()
