"""How a merchant takes things back, and the labels that bring each return home."""

from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .parcels import CarrierAccount
from .returns import ReturnRequest


class ReturnRules(MerchantOwned):
    """One row per shop that gives return labels: where parcels go, who buys the label, who bears it.

    Without an account the label is our own slip: the shopper pays the parcel, the slip lets the desk find it.
    """

    class Payer(models.TextChoices):
        SHOP = "shop", _("the shop, always")
        MIND = "mind", _("the shopper, unless the goods are at fault")

    name = models.CharField(_("name on the parcel"), max_length=80)
    street = models.CharField(_("street and number"), max_length=120)
    postcode = models.CharField(_("postcode"), max_length=16)
    city = models.CharField(_("town"), max_length=80)
    region = models.CharField(_("state or region"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    account = models.ForeignKey(
        CarrierAccount,
        verbose_name=_("labels are bought with"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text=_("Empty: shoppers get your own return slip and choose how to send it."),
    )
    at_once = models.BooleanField(
        _("returns are approved at once"),
        default=False,
        help_text=_("What is within its days to return needs nobody's look. Claims and dearer exchanges still do."),
    )
    payer = models.CharField(_("the label is paid by"), max_length=4, choices=Payer.choices, default=Payer.SHOP)
    postage = MoneyField(
        _("taken off the refund for a label"),
        max_digits=19,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Shoppers read it before they confirm. Only for labels you buy, never for exchanges."),
    )
    grams = models.PositiveIntegerField(
        _("weight of goods without one, in grams"), default=500, validators=[MinValueValidator(1)]
    )
    label_days = models.PositiveSmallIntegerField(
        _("days a label is good for"), default=28, validators=[MinValueValidator(1)]
    )

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("how things come back")
        verbose_name_plural = _("how things come back")
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="returnrules_once"),
            models.CheckConstraint(condition=models.Q(grams__gte=1, label_days__gte=1), name="returnrules_some"),
            models.CheckConstraint(
                condition=models.Q(postage=None) | models.Q(postage__gte=0),
                name="returnrules_postage",
                violation_error_message=_("An amount cannot be less than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(payer="shop") | models.Q(account__isnull=False, postage__isnull=False),
                name="returnrules_mind_costs",
                violation_error_message=_("Say what a label costs the shopper and which carrier's account buys it."),
            ),
            fits_currency("postage", name="returnrules_postage_fits"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"

    @property
    def address(self) -> tuple[str, ...]:
        """As it stands on a parcel, line by line."""
        town = f"{self.postcode} {self.city}"
        return tuple(filter(None, (self.name, self.street, town, self.region, self.country)))


class ReturnLabel(MerchantOwned):
    """A way home for one return: bought at a carrier, or our own slip where there is no account.

    `shipment` is its name at the carrier, written before anything is bought: buying it twice buys nothing twice.
    """

    class State(models.TextChoices):
        WANTED = "wanted", _("is being bought")
        READY = "ready", _("ready")
        FAILED = "failed", _("could not be bought")
        VOIDING = "voiding", _("is being given back")
        VOID = "void", _("void")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    request = models.ForeignKey(
        ReturnRequest, verbose_name=_("return"), on_delete=models.PROTECT, related_name="labels"
    )
    position = models.PositiveSmallIntegerField(default=1)
    account = models.ForeignKey(CarrierAccount, null=True, blank=True, on_delete=models.PROTECT)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WANTED)
    shipment = models.CharField(_("number at the carrier"), max_length=120, blank=True)
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    tracking_url = models.URLField(max_length=400, blank=True)
    cost = MoneyField(_("cost"), max_digits=19, decimal_places=3, null=True, blank=True)  # in the carrier's currency
    sheet = models.BinaryField(default=b"")  # the carrier's PDF; our own slip is drawn when it is asked for
    code = models.BinaryField(default=b"")  # a PNG the carrier reads off a phone; empty where it has none
    expires_at = models.DateTimeField(_("good until"), null=True, blank=True)
    due_at = models.DateTimeField(default=clock.now, editable=False)  # when the carrier is asked (again)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    LIVE = (State.WANTED, State.READY)
    WORKING = (State.WANTED, State.VOIDING)

    class Meta:
        verbose_name = _("return label")
        verbose_name_plural = _("return labels")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="returnlabel_position_once"),
            models.UniqueConstraint(
                fields=["request"], condition=models.Q(state__in=["wanted", "ready"]), name="returnlabel_one_live"
            ),
            models.UniqueConstraint(
                fields=["account", "shipment"], condition=~models.Q(shipment=""), name="returnlabel_shipment_once"
            ),
            models.CheckConstraint(
                condition=models.Q(account__isnull=False) | models.Q(state__in=["ready", "void"]),
                name="returnlabel_slip_waits_for_nobody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="returnlabel_waiting", condition=models.Q(state__in=["wanted", "voiding"])
            ),
            models.Index(fields=["merchant", "tracking_number"], name="returnlabel_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.request}-{self.position}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def filename(self) -> str:
        return f"{self.request}-{self.position}.pdf".replace("/", "-")
