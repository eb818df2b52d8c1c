"""A document and the series it is numbered in. The database refuses to change one, to forget one and to leave a gap."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency, one_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager


class DocumentSeries(MerchantOwned):
    """What stands before the number, and the last one given; its row is locked by whoever takes the next."""

    name = models.CharField(max_length=28)
    last = models.PositiveIntegerField(default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="documentseries_once")]

    def __str__(self) -> str:
        return f"{self.name}{self.last}"


class Document(MerchantOwned):
    """An invoice, a credit note against it, or the revocation of a credit note whose money never arrived.

    `body` is all that is printed (see `snapshot`): seller, buyer, lines, tax by rate, payments, as they were that day.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("invoice")
        CREDIT_NOTE = "credit_note", _("credit note")
        REVOCATION = "revocation", _("revoked credit note")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="documents")
    refers_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers")
    series = models.CharField(max_length=28)
    position = models.PositiveIntegerField()
    number = models.CharField(_("number"), max_length=40)
    source = models.CharField(max_length=80)  # opaque: what it was written for, "order:…" or "refund:…"
    issued_on = models.DateField(_("date"))  # the merchant's day
    net = MoneyField(_("net"), max_digits=19, decimal_places=3)
    tax = MoneyField(_("tax"), max_digits=19, decimal_places=3)
    gross = MoneyField(_("total"), max_digits=19, decimal_places=3)
    language = models.CharField(max_length=10)
    body = models.JSONField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("invoice or credit note")
        verbose_name_plural = _("invoices and credit notes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "series", "position"], name="document_position_once"),
            models.UniqueConstraint(fields=["merchant", "number"], name="document_number_once"),
            models.UniqueConstraint(fields=["merchant", "kind", "source"], name="document_source_once"),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(kind="invoice"), name="document_one_invoice_per_order"
            ),
            models.UniqueConstraint(
                fields=["refers_to"], condition=models.Q(kind="revocation"), name="document_revoked_once"
            ),
            models.CheckConstraint(
                condition=models.Q(gross=models.F("net") + models.F("tax")), name="document_net_and_tax_make_gross"
            ),
            models.CheckConstraint(condition=models.Q(net__gte=0, tax__gte=0), name="document_not_below_zero"),
            models.CheckConstraint(
                condition=models.Q(kind="invoice", refers_to__isnull=True)
                | (~models.Q(kind="invoice") & models.Q(refers_to__isnull=False)),
                name="document_refers_to_one",
            ),
            models.CheckConstraint(condition=models.Q(position__gte=1), name="document_position_from_one"),
            one_currency("gross", "net", "tax", name="document_one_currency"),
            *(fits_currency(field, name=f"document_{field}_fits") for field in ("net", "tax", "gross")),
        ]
        indexes = [models.Index(fields=["merchant", "issued_on", "id"]), models.Index(fields=["order", "id"])]

    def __str__(self) -> str:
        return self.number

    @property
    def filename(self) -> str:
        """What its file is called: the number, with nothing in it that a folder could misread."""
        return f"{self.number.replace('/', '-')}.pdf"

    @property
    def day(self) -> dt.date:
        return dt.date.fromisoformat(str(self.issued_on))

    @property
    def shown_buyer(self) -> str:
        """Who bought, for lists: the name on the document for as long as the order still names anybody."""
        return str(self.body["buyer"]["name"]) if self.order.names_anybody else ""
