"""An order is a frozen copy of what the shopper saw and agreed to, and the story of what became of it."""

from typing import Any, ClassVar

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money

from apps.catalog.models import Product
from apps.merchants import clock
from apps.merchants.afterwards import after_commit
from apps.merchants.currency import fits_currency, one_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from ..signals import order_event_recorded

AMOUNTS = (
    "subtotal", "discount_total", "delivery_total", "delivery_discount", "tax_total", "delivery_tax", "total",
)  # fmt: skip


class Order(MerchantOwned):
    class Status(models.TextChoices):
        DRAFT = "draft", _("waiting for payment")
        PLACED = "placed", _("placed")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")
        UNFILLABLE = "unfillable", _("paid, out of stock")

    class PaymentStatus(models.TextChoices):
        NONE = "none", _("none")
        PENDING = "pending", _("pending")
        AUTHORISED = "authorised", _("authorised")
        PARTLY_PAID = "partly_paid", _("partly paid")
        PAID = "paid", _("paid")
        OVERPAID = "overpaid", _("overpaid")
        PARTLY_REFUNDED = "partly_refunded", _("partly refunded")
        REFUNDED = "refunded", _("refunded")
        DISPUTED = "disputed", _("disputed")
        LOST = "lost", _("lost")

    class FulfilmentStatus(models.TextChoices):
        NONE = "none", _("not shipped")
        PARTIAL = "partial", _("partly shipped")
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")
        PARTLY_RETURNED = "partly_returned", _("partly returned")
        RETURNED = "returned", _("returned")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    number = models.CharField(_("number"), max_length=20)  # what people say; random, so that nobody can count
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="orders")
    cart = models.ForeignKey("carts.Cart", on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.DRAFT)
    payment_status = models.CharField(
        _("payment"), max_length=16, choices=PaymentStatus.choices, default=PaymentStatus.NONE
    )
    fulfilment_status = models.CharField(
        _("parcels"), max_length=15, choices=FulfilmentStatus.choices, default=FulfilmentStatus.NONE
    )
    currency = models.CharField(max_length=3)
    subtotal = MoneyField(_("goods"), max_digits=19, decimal_places=3)
    discount_total = MoneyField(
        _("discount"), max_digits=19, decimal_places=3, default=0
    )  # off the goods, all lines together
    delivery_total = MoneyField(
        _("cost of delivery"), max_digits=19, decimal_places=3
    )  # what delivery costs, offers taken off
    delivery_discount = MoneyField(_("discount on delivery"), max_digits=19, decimal_places=3, default=0)
    tax_total = MoneyField(_("tax"), max_digits=19, decimal_places=3)
    delivery_tax = MoneyField(max_digits=19, decimal_places=3)  # the part of tax_total that delivery bears
    delivery_tax_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    tax_rows = models.JSONField(default=list, editable=False)  # as the quote had them, see `carts.tax.TaxRow.told`
    tax_place = models.JSONField(default=dict, editable=False)  # where the tax is due, see `carts.places.Place.told`
    tax_by = models.CharField(max_length=20, default="table", editable=False)  # see `carts.quote.Quote.tax_by`
    tax_calculation = models.ForeignKey(
        "carts.TaxCalculation", null=True, editable=False, on_delete=models.PROTECT, related_name="orders"
    )  # what the sale is booked from at the provider
    total = MoneyField(_("total"), max_digits=19, decimal_places=3)
    is_tax_inclusive = models.BooleanField(default=True)
    quote_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=10, blank=True)
    contact_name = models.CharField(_("name"), max_length=120)
    contact_email = models.EmailField(_("e-mail"), blank=True)
    contact_phone = models.CharField(_("phone"), max_length=32, blank=True)
    shipping_address = models.JSONField(default=dict)
    gift_to = models.CharField(_("gift card for"), max_length=80, blank=True)
    gift_message = models.CharField(_("words with it"), max_length=300, blank=True)
    delivery_name = models.CharField(_("way of delivery"), max_length=80, blank=True)
    point = models.JSONField(_("pick-up point"), default=dict, blank=True)  # as `carts.points.told` has it; {} for none
    delivery_days_min = models.PositiveSmallIntegerField(default=0)
    delivery_days_max = models.PositiveSmallIntegerField(default=0)
    hold_until = models.DateTimeField(null=True, blank=True)
    placed_at = models.DateTimeField(_("placed on"), null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    LIVE = (Status.DRAFT, Status.PLACED, Status.CLOSED, Status.UNFILLABLE)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="order_number_once"),
            # A cart becomes one order. One that expired or was called off leaves it free to become another.
            models.UniqueConstraint(
                fields=["cart"],
                condition=models.Q(status__in=["draft", "placed", "closed", "unfillable"]),
                name="order_one_live_per_cart",
            ),
            *(fits_currency(field, name=f"order_{field}_fits") for field in AMOUNTS),
            # The lines, adjustments, payments and documents of an order refer to its currency too, in the database alone.
            one_currency(*AMOUNTS, name="order_one_currency", currency="currency"),
            models.CheckConstraint(
                condition=models.Q(
                    discount_total__gte=0, delivery_discount__gte=0, discount_total__lte=models.F("subtotal")
                ),
                name="order_discount_within",
            ),
            # Who reckoned outside can be told of the sale; the table has nobody to tell.
            models.CheckConstraint(
                condition=models.Q(tax_by__in=["table", "instead"], tax_calculation__isnull=True)
                | (~models.Q(tax_by__in=["table", "instead"]) & models.Q(tax_calculation__isnull=False)),
                name="order_tax_is_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["hold_until"], name="order_draft_expiring", condition=models.Q(status="draft")),
            models.Index(fields=["customer", "-id"]),
            models.Index(fields=["merchant", "status", "fulfilment_status"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_paid(self) -> bool:
        """The money came and has not gone back in full. What is only reserved has not come."""
        return self.payment_status in {"paid", "overpaid", "partly_refunded"}

    @property
    def point_in_words(self) -> str:
        """The pick-up point in a line; "" where the parcel goes home."""
        point = self.point
        return "{name}, {street}, {postcode} {city}".format(**point) if point else ""

    @property
    def names_anybody(self) -> bool:
        """Whose order it is stands on it; nothing does once the person was forgotten."""
        return bool(self.contact_name or self.shipping_address.get("name"))

    @property
    def comes_by_chat(self) -> bool:
        """Whether no part of it lies in a parcel."""
        return not any(line.is_goods for line in self.lines.all())

    @property
    def gift_cards(self) -> Money:
        """What gift cards among its goods cost; other gift cards and credit do not pay for them."""
        sold = [line.charged for line in self.lines.all() if line.comes_as == Product.ComesAs.GIFT_CARD]
        return sum(sold, start=Money(0, self.currency))

    @property
    def use_reference(self) -> str:
        """How the uses of promotions it took name it; carts reads nothing out of it."""
        return f"order:{self.public_id}"

    def record(self, kind: str, *, actor: Any = None, **data: Any) -> "OrderEvent":
        """Write a fact of the story in the transaction of the change; after commit, wake who listens.

        Raises `IntegrityError` for a second "placed", "authorised", "paid", "handed_over", "unfillable", "cancelled" or "expired".
        """
        event = OrderEvent.objects.create(
            merchant_id=self.merchant_id, order=self, kind=kind, data=data, actor=actor, created_at=clock.now()
        )
        after_commit(order_event_recorded.send, OrderEvent, order_id=self.pk, kind=kind)
        return event


class OrderLine(MerchantOwned):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT)
    title = models.CharField(_("title"), max_length=260)  # as the shopper read it, options included
    sku = models.CharField(_("SKU"), max_length=64)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = MoneyField(_("unit price"), max_digits=19, decimal_places=3)
    line_total = MoneyField(_("total"), max_digits=19, decimal_places=3)
    discount = MoneyField(_("discount"), max_digits=19, decimal_places=3, default=0)  # what offers took off the line
    tax_percent = models.DecimalField(_("tax rate"), max_digits=6, decimal_places=3, default=0)
    tax_amount = MoneyField(_("tax"), max_digits=19, decimal_places=3)  # of what is left after the discount
    price_source = models.CharField(max_length=50, default="list")  # of a price list: "pricelist:" and its public id
    hold_reference = models.CharField(max_length=80)
    is_stocked = models.BooleanField(default=True)  # its stock was counted when it was ordered
    comes_as = models.CharField(max_length=9, choices=Product.ComesAs.choices, default=Product.ComesAs.GOODS)
    handed = models.PositiveIntegerField(
        _("handed over in the chat"), default=0, editable=False
    )  # of what never lies in a parcel
    shipped = models.PositiveIntegerField(_("shipped"), default=0, editable=False)  # what has left, in all parcels
    dropped = models.PositiveIntegerField(default=0, editable=False)  # will not be sent any more
    delivered = models.PositiveIntegerField(default=0, editable=False)  # has arrived
    spoken_for = models.PositiveIntegerField(default=0, editable=False)  # is in a return, claim or exchange that stands
    returned = models.PositiveIntegerField(default=0, editable=False)  # has come back

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("goods")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="orderline_quantity"),
            models.CheckConstraint(
                condition=models.Q(discount__gte=0, discount__lte=models.F("line_total")),
                name="orderline_discount_within",
            ),
            # Money in another shape: never cheaper, never taxed, never for nothing.
            models.CheckConstraint(
                condition=~models.Q(comes_as="gift_card") | models.Q(discount=0, tax_amount=0, unit_price__gt=0),
                name="orderline_gift_card_is_money",
            ),
            fits_currency("discount", name="orderline_discount_fits"),
            one_currency("unit_price", "line_total", "discount", "tax_amount", name="orderline_one_currency"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=models.F("shipped") + models.F("dropped") + models.F("handed")),
                name="orderline_sent_once",
            ),
            # Goods lie in parcels, the rest is handed over: no piece goes both ways.
            models.CheckConstraint(
                condition=models.Q(comes_as="goods", handed=0)
                | models.Q(comes_as__in=("gift_card", "digital"), shipped=0),
                name="orderline_goes_one_way",
            ),
            models.CheckConstraint(
                condition=models.Q(shipped__gte=models.F("returned")), name="orderline_returned_of_shipped"
            ),
            models.CheckConstraint(
                condition=models.Q(shipped__gte=models.F("delivered")), name="orderline_delivered_of_shipped"
            ),
            # Nobody asks twice for the money of one piece, or for that of one that never arrived.
            models.CheckConstraint(
                condition=models.Q(delivered__gte=models.F("spoken_for")), name="orderline_spoken_for_of_delivered"
            ),
            models.CheckConstraint(
                condition=models.Q(spoken_for__gte=models.F("returned")), name="orderline_returned_of_spoken_for"
            ),
            *(
                fits_currency(field, name=f"orderline_{field}_fits")
                for field in ("unit_price", "line_total", "tax_amount")
            ),
        ]
        indexes = [models.Index(fields=["hold_reference"], name="orderline_hold_reference")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def unsent(self) -> int:
        """How many are still to be sent."""
        return self.quantity - self.shipped - self.dropped - self.handed

    @property
    def is_goods(self) -> bool:
        return bool(self.comes_as == Product.ComesAs.GOODS)

    @property
    def charged(self) -> Money:
        """What the shopper pays for the line: its prices less the offers; tax on top comes in addition."""
        left: Money = self.line_total - self.discount
        return left


class Download(MerchantOwned):
    """How often a digital line was fetched; never more often than `MOST` times for each piece of it."""

    MOST = 5

    line = models.OneToOneField(OrderLine, on_delete=models.CASCADE, related_name="download")
    times = models.PositiveSmallIntegerField(_("fetched"), default=0)
    first_at = models.DateTimeField(_("first fetched on"), null=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(times=0, first_at=None) | models.Q(times__gte=1, first_at__isnull=False),
                name="download_begins_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.times} × {self.line_id}"


class OrderAdjustment(MerchantOwned):
    """One offer's part of the discount, frozen: off a line, or off delivery where there is none."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="adjustments")
    line = models.ForeignKey(OrderLine, null=True, blank=True, on_delete=models.CASCADE, related_name="adjustments")
    label = models.CharField(_("offer"), max_length=80)  # as the shopper read it
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3)
    source = models.CharField(max_length=80)  # opaque: "promotion:<id>"
    code = models.CharField(_("code"), max_length=32, blank=True)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="orderadjustment_positive"),
            fits_currency("amount", name="orderadjustment_amount_fits"),
            models.UniqueConstraint(
                fields=["line", "source"], condition=models.Q(line__isnull=False), name="orderadjustment_once"
            ),
            models.UniqueConstraint(
                fields=["order", "source"], condition=models.Q(line__isnull=True), name="orderadjustment_delivery_once"
            ),
        ]
        indexes = [models.Index(fields=["source"], name="orderadjustment_source")]

    def __str__(self) -> str:
        return f"{self.label}: {self.amount}"


class OrderEvent(MerchantOwned):
    """Append-only story; a fact is a row before it is a signal."""

    class Kind(models.TextChoices):
        DRAFTED = "drafted", _("drawn up")
        PLACED = "placed", _("placed")
        AUTHORISED = "authorised", _("money reserved")
        PAID = "paid", _("paid")
        CAPTURED = "captured", _("reserved money taken")
        CAPTURE_FAILED = "capture_failed", _("reserved money could not be taken")
        RELEASED = "released", _("reserved money let go")
        UNFILLABLE = "unfillable", _("paid, out of stock")
        HANDED_OVER = "handed_over", _("handed over in the chat")
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")
        IN_TRANSIT = "in_transit", _("parcel on its way")
        OUT_FOR_DELIVERY = "out_for_delivery", _("parcel out for delivery")
        PICK_UP = "pick_up", _("parcel can be picked up")
        PARCEL_FAILED = "parcel_failed", _("delivery failed")
        PARCEL_RETURNING = "parcel_returning", _("parcel comes back")
        DROPPED = "dropped", _("will not be sent")
        CANCELLED = "cancelled", _("cancelled")
        REFUNDED = "refunded", _("paid back")
        REFUND_AT_TILL = "refund_at_till", _("to be paid back by hand")
        REFUND_FAILED = "refund_failed", _("paying back failed")
        EXPIRED = "expired", _("expired")
        REVIEW = "review", _("needs a look")
        RETURN_REQUESTED = "return_requested", _("return asked for")
        RETURN_APPROVED = "return_approved", _("return approved")
        RETURN_DECLINED = "return_declined", _("return declined")
        RETURN_RECEIVED = "return_received", _("return received")
        RETURN_REFUNDED = "return_refunded", _("return paid back")
        RETURN_REPLACED = "return_replaced", _("replacement sent")
        RETURN_CANCELLED = "return_cancelled", _("return called off")
        RETURN_LABEL = "return_label", _("return label ready")
        RETURN_LABEL_FAILED = "return_label_failed", _("return label failed")
        RETURN_UNDERWAY = "return_underway", _("return on its way")
        RETURN_ARRIVED = "return_arrived", _("return at the door")
        RETURN_UNPAID = "return_unpaid", _("exchange waits for the difference")

    order = models.ForeignKey(Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    data = models.JSONField(default=dict)
    actor = models.ForeignKey(
        "accounts.User", verbose_name=_("done by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("event of an order")
        verbose_name_plural = _("events of orders")
        ordering = ["pk"]
        indexes = [models.Index(fields=["created_at", "id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=models.Q(
                    kind__in=["placed", "authorised", "paid", "handed_over", "unfillable", "cancelled", "expired"]
                ),
                name="orderevent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {localtime(self.created_at):%Y-%m-%d %H:%M}"
