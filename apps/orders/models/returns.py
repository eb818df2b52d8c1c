"""What comes back: what the shopper asks for, what was decided, what arrived."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .order import Order, OrderLine


class ReturnQuerySet(models.QuerySet["ReturnRequest"]):
    def due(self) -> "ReturnQuerySet":
        return self.filter(is_due())


def is_due() -> models.Q:
    """The shop owes the money or the replacement, and nothing more is awaited of the shopper."""
    came = models.Q(state=ReturnRequest.State.RECEIVED)
    return came | models.Q(state=ReturnRequest.State.APPROVED, kind=ReturnRequest.Kind.CLAIM)


class ReturnRequest(MerchantOwned):
    """Something of a delivered order is not to stay so: sent back for money, claimed, or exchanged for its like.

    `position` counts them within their order, which is how people name them.
    """

    class Kind(models.TextChoices):
        RETURN = "return", _("return")
        CLAIM = "claim", _("claim")
        EXCHANGE = "exchange", _("exchange")

    class State(models.TextChoices):
        UNPAID = "unpaid", _("waits for the difference")
        REQUESTED = "requested", _("asked for")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        RECEIVED = "received", _("received")
        REFUNDED = "refunded", _("paid back")
        REPLACED = "replaced", _("replaced")
        CANCELLED = "cancelled", _("called off")

    class Wish(models.TextChoices):
        MONEY = "money", _("money back")
        REPLACEMENT = "replacement", _("replacement")

    class Reason(models.TextChoices):
        DOES_NOT_FIT = "does_not_fit", _("does not fit")
        NOT_AS_SHOWN = "not_as_shown", _("not as shown")
        CHANGED_MIND = "changed_mind", _("changed my mind")
        DAMAGED = "damaged", _("damaged")
        FAULTY = "faulty", _("does not work")
        MISSING = "missing", _("missing")
        WRONG_ITEM = "wrong_item", _("wrong item")
        OTHER = "other", _("something else")

    class Way(models.TextChoices):
        """Where the parcel is, as its carrier says; that it is here is for the desk to say."""

        NONE = "", "–"
        UNDERWAY = "underway", _("on its way back")
        ARRIVED = "arrived", _("at the shop's door")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    order = models.ForeignKey(Order, verbose_name=_("order"), on_delete=models.PROTECT, related_name="returns")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.REQUESTED)
    wish = models.CharField(_("wish"), max_length=11, choices=Wish.choices, default=Wish.MONEY)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices, default=Reason.OTHER)
    note = models.CharField(_("in the shopper's words"), max_length=500, blank=True)
    photos = models.JSONField(default=list, blank=True)  # opaque: how the talk wing names the messages they came in
    request = models.CharField(max_length=100, blank=True, editable=False)  # whoever asks twice by this name asked once
    instructions = models.TextField(_("how to send it back"), blank=True)  # for this one, beside the shop's own
    label_url = models.URLField(_("link to the parcel label"), max_length=400, blank=True)
    way = models.CharField(_("way back"), max_length=8, choices=Way.choices, default=Way.NONE, blank=True)
    postage = models.DecimalField(  # in the order's currency, as the shopper read it before saying yes
        _("taken off for the label"), max_digits=19, decimal_places=3, default=0, editable=False
    )
    to_credit = models.BooleanField(_("as store credit"), default=False)  # how the shopper wants what goes back
    # Goods of another price are an order of their own, paid with what comes back and the difference.
    exchange_order = models.OneToOneField(
        Order,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="exchange",
        verbose_name=_("exchange order"),
    )
    declined_because = models.CharField(_("why it was declined"), max_length=300, blank=True)  # the shopper reads it
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)  # of the replacement
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    tracking_url = models.URLField(max_length=400, blank=True)
    created_at = models.DateTimeField(_("asked on"), default=clock.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = scoped_manager(ReturnQuerySet)

    OPEN = (State.UNPAID, State.REQUESTED, State.APPROVED, State.RECEIVED)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="returnrequest_position_once"),
            models.UniqueConstraint(
                fields=["order", "request"], condition=~models.Q(request=""), name="returnrequest_request_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="claim")
                | models.Q(kind="return", wish="money")
                | models.Q(kind="exchange", wish="replacement"),
                name="returnrequest_wish_fits",
            ),
            models.CheckConstraint(
                condition=models.Q(exchange_order__isnull=True) | models.Q(kind="exchange"),
                name="returnrequest_exchange_order_fits",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="unpaid") | models.Q(exchange_order__isnull=False),
                name="returnrequest_unpaid_has_order",
            ),
            models.CheckConstraint(
                condition=models.Q(postage=0) | models.Q(kind="return", postage__gt=0),
                name="returnrequest_postage_fits",
            ),
            models.CheckConstraint(
                condition=models.Q(way="") | ~models.Q(kind="claim"), name="returnrequest_way_is_of_a_parcel"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "state"])]

    def __str__(self) -> str:
        return f"{self.order.number}/R{self.position}"

    @property
    def goods(self) -> str:
        """What it is about, as people read it."""
        return ", ".join(str(inside) for inside in self.lines.all())

    @property
    def comes_back(self) -> bool:
        """A claim is judged by what the shopper says and shows; everything else has to be seen first."""
        return bool(self.kind != self.Kind.CLAIM)

    @property
    def may_cancel(self) -> bool:
        """Nothing has been settled, and no parcel of it is on its way."""
        return not self.way and self.state in (self.State.UNPAID, self.State.REQUESTED, self.State.APPROVED)

    @property
    def is_due(self) -> bool:
        """Nothing more is awaited of the shopper: the shop owes the money or the replacement."""
        return bool(self.state == (self.State.RECEIVED if self.comes_back else self.State.APPROVED))


class ReturnLine(MerchantOwned):
    """So many of a line, what of them went back on sale, and what the shopper gets instead."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="returns")
    quantity = models.PositiveIntegerField(_("quantity"))
    restocked = models.PositiveIntegerField(_("back on sale"), default=0, editable=False)
    replacement = models.ForeignKey("catalog.Variant", null=True, blank=True, on_delete=models.PROTECT)
    is_reserved = models.BooleanField(
        _("set aside"), default=False, editable=False
    )  # the replacement lies in the stock for it

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("goods of a return")
        verbose_name_plural = _("goods of returns")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "line"], name="returnline_once"),
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="returnline_quantity"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=models.F("restocked")), name="returnline_restocked"
            ),
            models.CheckConstraint(
                condition=models.Q(is_reserved=False) | models.Q(replacement__isnull=False), name="returnline_reserved"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.title}"

    @property
    def reference(self) -> str:
        """How stock names its way back and its replacement's way out."""
        return f"returnline:{self.pk}"
