"""Who changed what in a cart: a row for each change, written in its transaction. Shopper and associate share the cart,
and each can read what the other did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.catalog.products import with_kinds
from apps.merchants import clock
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

LONGEST = 200


class CartChange(MerchantOwned):
    """`before` and `after` of goods are pieces; of everything else what the cart said, as its people read it. Where
    somebody lives is not repeated here."""

    class What(models.TextChoices):
        GOODS = "goods", _("goods")
        CODES = "codes", _("codes")
        DELIVERY = "delivery", _("delivery")
        ADDRESS = "address", _("address")
        CURRENCY = "currency", _("currency")
        GIFT = "gift", _("gift card for")
        STATE = "state", _("state")

    class By(models.TextChoices):
        SHOPPER = "shopper", _("the shopper")
        AGENT = "agent", _("a colleague")
        SHOP = "shop", _("the shop")
        API = "api", _("a program")

    cart = models.ForeignKey("carts.Cart", verbose_name=_("cart"), on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(_("what"), max_length=8, choices=What.choices)
    variant = models.ForeignKey("catalog.Variant", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    before = models.CharField(_("before"), max_length=LONGEST, blank=True)
    after = models.CharField(_("after"), max_length=LONGEST, blank=True)
    by = models.CharField(_("by"), max_length=7, choices=By.choices)
    user = models.ForeignKey(
        "accounts.User", verbose_name=_("colleague"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=clock.now)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("change of a cart")
        verbose_name_plural = _("changes of carts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["cart", "variant", "-id"], name="cartchange_latest")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(what="goods")
                | models.Q(variant__isnull=False, before__regex=r"^\d+$", after__regex=r"^\d+$"),
                name="cartchange_goods_are_counted",
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) | models.Q(by="agent"),
                name="cartchange_only_colleagues_are_named",
            ),
            models.CheckConstraint(
                condition=models.Q(what="address") | ~models.Q(before=models.F("after")), name="cartchange_changes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to a cart: a `CartChange.By`, and which colleague."""

    kind: str
    user: Any = None


SHOPPER, SHOP, PROGRAM = Actor(CartChange.By.SHOPPER), Actor(CartChange.By.SHOP), Actor(CartChange.By.API)


def colleague(user: Any) -> Actor:
    return Actor(CartChange.By.AGENT, user)


def note_goods(cart: Any, counted: Mapping[int, tuple[int, int]], by: Actor) -> None:
    """Pieces of each variant `{id: (before, after)}` of a locked cart; what stayed as it was is no change."""
    changed = {variant: count for variant, count in counted.items() if count[0] != count[1]}
    goods = CartChange.What.GOODS
    rows = [
        CartChange(what=goods, variant_id=variant, before=str(before), after=str(after))
        for variant, (before, after) in changed.items()
    ]
    _keep(rows, cart, by)


def note(cart: Any, what: str, before: str, after: str, by: Actor) -> None:
    """Something else about a locked cart; an address is changed without a word of it."""
    if before != after or what == CartChange.What.ADDRESS:
        _keep([CartChange(what=what, before=before[:LONGEST], after=after[:LONGEST])], cart, by)


def way_of(method: Any, point: Any) -> str:
    """What the log calls a way of delivery: its name, and the point's."""
    return ", ".join(part.name for part in (method, point) if part)


def _keep(rows: list[CartChange], cart: Any, by: Actor) -> None:
    for row in rows:
        row.merchant_id, row.cart_id, row.by, row.user = cart.merchant_id, cart.pk, by.kind, by.user
    CartChange.objects.bulk_create(rows)


def latest_changes(cart: Any, *, limit: int = 20) -> list[CartChange]:
    """The newest first, with what their words need, in three queries."""
    rows = CartChange.objects.filter(cart=cart).select_related("variant__product", "user")
    return list(rows.prefetch_related(with_kinds("variant__values")).order_by("-pk")[:limit])
