"""Accounts at platforms, carriers and payment providers: each setting a field of its own, secrets written, never shown."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from apps.merchants.doors import Configured
from apps.merchants.reach import PrivateAddress, judge_written

SETTING = "setting_"
LONGEST = 4000  # a private key of 4096 bits has 3300
ADDRESS = "api_base"


def webhook_of(pattern: str, kind: str, name: str) -> str:
    """The public address to enter at the other side, as `pattern` with kind and name has it."""
    return settings.PUBLIC_URL + pattern.format(kind=kind, name=name)


class ConnectForm(forms.ModelForm):
    """The settings of one account as fields. A secret left empty stays what it is; so a token is changed alone."""

    kind = ""
    kind_field = "kind"
    other: Configured
    pattern = ""
    shop = ""

    class Meta:
        fields: ClassVar[list[str]] = []  # the page says which

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: Mapping[str, Any] = dict(self.instance.config) if self.instance.pk else {}
        for key in self.other.config_help:
            field = self.fields.get(SETTING + key)
            if field is None:
                continue
            if key not in self.other.secret_config:
                field.initial = self.kept.get(key, "")
            elif self.kept.get(key):
                field.widget.attrs["placeholder"] = _("as it is")
                field.required = False
                field.widget.is_required = False

    def clean_name(self) -> str:
        """Part of an address of this installation, so nobody else's either."""
        name: str = self.cleaned_data["name"]
        model: Any = self._meta.model
        with scopes_disabled():
            taken = model.objects.filter(**{self.kind_field: self.kind, "name": name}).exclude(pk=self.instance.pk)
            if taken.exists():
                raise forms.ValidationError(_("This name is taken. Choose another; shoppers never see it."))
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed = {key: str(data.get(SETTING + key) or "").strip() for key in self.other.config_help}
        secret = self.other.secret_config
        config = {key: value or (self.kept.get(key, "") if key in secret else "") for key, value in typed.items()}
        self._judge_address(config.get(ADDRESS, ""))
        if self.kept and config.get(ADDRESS, "") != self.kept.get(ADDRESS, ""):
            self._ask_anew(typed)
        self._ask_missing(config)
        if not self.errors:
            self._keep({key: value for key, value in config.items() if value}, data)
        return data

    def _ask_anew(self, typed: Mapping[str, str]) -> None:
        """Secrets go where their writer meant them to go: another address gets none that was written for this one."""
        for key in self.other.secret_config:
            if self.kept.get(key) and not typed[key]:
                self.add_error(SETTING + key, _("Write it once more: it will be sent to another address."))

    def _ask_missing(self, config: Mapping[str, str]) -> None:
        """What an account needs by what else it says, such as by its provider."""
        for key in self.other.missing(config):
            if SETTING + key in self.fields and not self.has_error(SETTING + key):
                self.add_error(SETTING + key, self.fields[SETTING + key].error_messages["required"])

    def _keep(self, config: dict[str, Any], data: Mapping[str, Any]) -> None:
        settle = getattr(self.other, "settled", None)
        if settle is not None:
            address = webhook_of(self.pattern, self.kind, data.get("name") or self.instance.name)
            config = settle(config, address=address, shop=self.shop)
        unknown_here = {key: value for key, value in self.kept.items() if key not in self.other.config_help}
        self.instance.config = {**unknown_here, **config}
        setattr(self.instance, self.kind_field, self.kind)

    def _judge_address(self, address: str) -> None:
        """Said here as early as it can be seen; names are judged whenever they are called."""
        if not address:
            return
        try:
            judge_written(address)
        except ValueError:
            self.add_error(SETTING + ADDRESS, _("This is an address of the web, such as https://api.example."))
        except PrivateAddress:
            self.add_error(
                SETTING + ADDRESS,
                _("This lies inside your own network. Whoever runs this installation can allow that."),
            )


# As the other sides call them; a setting nobody here has met reads as its key does.
CALLED = {
    "access_token": _("Access token"),
    "account": _("Account"),
    "account_sid": _("Account SID"),
    "agent_id": _("Agent ID"),
    "api_base": _("Address of the API"),
    "api_key": _("API key"),
    "api_secret": _("API secret"),
    "api_token": _("API token"),
    "app_id": _("App ID"),
    "app_secret": _("App secret"),
    "application_id": _("Application ID"),
    "auth_token": _("Auth token"),
    "basic_id": _("Basic ID"),
    "bills": _("Bills in the thread"),
    "bot_token": _("Bot token"),
    "box": _("Parcel"),
    "business_account_id": _("WhatsApp business account ID"),
    "channel_secret": _("Channel secret"),
    "business_id": _("Business ID"),
    "from_number": _("Sender's number"),
    "hmac_secret": _("HMAC secret"),
    "human_agent": _("Answers of people for a week"),
    "instagram_id": _("Instagram account ID"),
    "chat_uri": _("Name in links"),
    "client_email": _("Service account"),
    "client_token": _("Client token"),
    "encoding_aes_key": _("EncodingAESKey"),
    "keyboards": _("Buttons"),
    "language": _("Language"),
    "links": _("Registered sites"),
    "marks_read": _("Mark as read"),
    "messaging_service_sid": _("Messaging service SID"),
    "mms": _("Pictures by MMS"),
    "mode": _("Mode"),
    "notices": _("News of orders after 48 hours"),
    "msp_id": _("Provider's ID (MSP)"),
    "msp_secret": _("Provider's secret (MSP)"),
    "number": _("Number"),
    "original_id": _("Original ID"),
    "page_id": _("Page ID"),
    "per_second": _("Messages in a second"),
    "phone_number_id": _("Phone number ID"),
    "profiles": _("Names of shoppers"),
    "provider_token": _("Payment provider's token"),
    "private_key": _("Private key"),
    "provider": _("Provider"),
    "region": _("Region"),
    "returns_key": _("Send our key along"),
    "secret_token": _("Secret token"),
    "sender_name": _("Sender's name"),
    "signature_method": _("Way of signing"),
    "signature_secret": _("Signature secret"),
    "slug": _("Name in addresses"),
    "status_callback": _("Address for news of messages"),
    "token": _("Token"),
    "ttl_hours": _("Called back after hours"),
    "username": _("User name"),
    "verify_token": _("Verify token"),
    "webhook_secret": _("Webhook secret"),
    "webhook_token": _("Webhook token"),
}


def form_for(other: Configured, *, base: type[ConnectForm] = ConnectForm, **told: Any) -> type[ConnectForm]:
    """A form with a field per setting; needed ones first, as the other side calls them."""
    fields = {SETTING + key: _field(other, key) for key in ordered(other)}
    made: type[ConnectForm] = type("ConnectForm", (base,), {**fields, "other": other, **told})
    return made


def ordered(other: Configured) -> list[str]:
    return sorted(other.config_help, key=lambda key: key not in other.required_config)


def _field(other: Configured, key: str) -> forms.CharField:
    is_secret = key in other.secret_config
    widget: Any = UnfoldAdminPasswordWidget({"autocomplete": "off"}) if is_secret else UnfoldAdminTextInputWidget()
    return forms.CharField(
        label=CALLED.get(key) or key.replace("_", " ").capitalize(),
        help_text=other.config_help[key],
        required=key in other.required_config,
        max_length=LONGEST,
        strip=True,
        widget=widget,
    )
