"""Accounts at providers, and the events that come from there."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedJSONField

from apps.merchants.inbox import WAITING, OutsideEvent
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager


class PaymentAccount(MerchantOwned):
    """A merchant's account at a provider; `name` is the path part of its webhook address."""

    provider = models.CharField(_("provider"), max_length=20, default="stripe")
    name = models.SlugField(_("name in the address"), max_length=60)
    config: Any = EncryptedJSONField(_("access data"), default=dict)  # api_key, webhook_secret, api_base, account
    uses_environment = models.BooleanField(default=False, editable=False)  # its keys are the environment's STRIPE_*
    is_active = models.BooleanField(_("active"), default=True)
    keeps_cards = models.BooleanField(
        _("cards may be kept"),
        default=False,
        help_text=_("At the checkout the shopper may let the card be kept, and pay with it by a tap in the thread."),
    )
    captures_on_shipping = models.BooleanField(
        _("money is taken when goods leave"),
        default=False,
        help_text=_(
            "The order only reserves its amount on the shopper's card; the first parcel takes it. A reservation holds for "
            "about seven days. Orders with gift cards or downloads are paid at once all the same."
        ),
    )

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("payment account")
        verbose_name_plural = _("payment accounts")
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="paymentaccount_address")]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


class WebhookEvent(OutsideEvent):
    """A provider's event as it came. `account_id` is a PaymentAccount's, or 0 for the account of the environment."""

    event_id = models.CharField(_("number at the provider"), max_length=255)
    kind = models.CharField(_("kind"), max_length=80)

    objects: ClassVar[models.Manager["WebhookEvent"]] = models.Manager()

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        constraints = [models.UniqueConstraint(fields=["account_id", "event_id"], name="webhookevent_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="webhookevent_waiting",
                condition=WAITING,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
