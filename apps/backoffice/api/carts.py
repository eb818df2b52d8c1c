"""A shopper's open cart for a merchant's own programs: what lies in it, what it would cost, and who changed what."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.actions import MAX_QUANTITY, lock_cart, open_cart, set_quantity
from apps.carts.changes import PROGRAM, latest_changes
from apps.carts.errors import CartClosed, CartMoved, TooMany
from apps.carts.log_words import who_changed
from apps.carts.models import Cart, CartChange
from apps.carts.quote import quote
from apps.carts.registry import order_of
from apps.catalog.models import Product, Variant
from apps.catalog.products import NoPrice
from apps.catalog.stock import OutOfStock
from apps.customers.models import Customer

from .base import MerchantView, StrictSerializer, WholeNumber
from .money import MoneyField
from .problems import Conflict

CHANGES = 50


class CartLineSerializer(serializers.Serializer[Any]):
    variant = serializers.CharField(source="variant.public_id")
    sku = serializers.CharField(source="variant.sku")
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneyField()
    total = MoneyField(source="line_total")
    discount = MoneyField()
    problem = serializers.CharField(help_text='"" or why it cannot be bought as it is: out_of_stock, no_price …')


class CartChangeSerializer(serializers.Serializer[CartChange]):
    """`before` and `after` are pieces where `what` is goods."""

    what = serializers.ChoiceField(CartChange.What.choices)
    variant = serializers.CharField(source="variant.public_id", default=None, allow_null=True)
    before = serializers.CharField()
    after = serializers.CharField()
    by = serializers.ChoiceField(CartChange.By.choices)
    name = serializers.SerializerMethodField(help_text="A colleague by name, else what they are.")
    at = serializers.DateTimeField()

    def get_name(self, change: CartChange) -> str:
        return who_changed(change)


class CartSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="cart.public_id")
    currency = serializers.CharField(source="cart.currency")
    version = serializers.IntegerField(source="cart.version", help_text="Grows with every change.")
    codes = serializers.ListField(child=serializers.CharField(), source="cart.codes")
    lines = CartLineSerializer(source="quote.lines", many=True)
    subtotal = MoneyField(source="quote.subtotal")
    total = MoneyField(source="quote.total")
    changes = CartChangeSerializer(many=True, help_text=f"The latest {CHANGES}, the newest first.")


class LineSerializer(StrictSerializer):
    quantity = WholeNumber(min_value=0, max_value=MAX_QUANTITY, help_text="So many lie in it then; 0 takes it out.")
    seen = WholeNumber(
        min_value=0,
        max_value=999,
        help_text="How many you know of. 409 where there are not as many: somebody else was faster.",
    )


def _shopper(public_id: str) -> Customer:
    found: Customer = generics.get_object_or_404(Customer.objects.filter(merged_into=None), public_id=public_id)
    return found


def _cart_to_change(public_id: str) -> Cart:
    """The open cart of the shopper, who is locked first, as those are who are joined. Raises `CartClosed` where an order of
    it waits for its payment: only its shopper breaks that off."""
    people = Customer.objects.filter(merged_into=None).select_for_update(no_key=True, of=("self",))
    cart = lock_cart(open_cart(generics.get_object_or_404(people, public_id=public_id)))
    if order_of(cart):
        raise CartClosed
    return cart


def _told(cart: Cart) -> Response:
    changes = latest_changes(cart, limit=CHANGES) if cart.pk else []
    whole = {"cart": cart, "quote": quote(cart), "changes": changes}
    return Response(CartSerializer(whole).data)


class CustomerCart(MerchantView, generics.GenericAPIView):
    """The cart a shopper has open; an empty one where they have put nothing in yet."""

    serializer_class = CartSerializer

    def get(self, request: Request, public_id: str) -> Response:
        shopper = _shopper(public_id)
        found = Cart.objects.filter(customer=shopper, status=Cart.Status.OPEN).first()
        return _told(found or Cart(merchant=shopper.merchant, customer=shopper, currency=shopper.merchant.currency))


class CustomerCartLine(MerchantView, generics.GenericAPIView):
    """So many pieces of a variant. The shopper sees it in their cart; nothing is said in the thread."""

    serializer_class = LineSerializer

    @extend_schema(
        responses=CartSerializer,
        description="409 where the stock, the price or the cart does not allow it, and while an order of the cart waits for its "
        "payment. As many as there are already is no change.",
    )
    def put(self, request: Request, public_id: str, variant_id: str) -> Response:
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        wanted = Variant.objects.select_related("product")
        if body.validated_data["quantity"]:
            wanted = wanted.filter(is_active=True, product__status=Product.Status.ACTIVE)
        variant = generics.get_object_or_404(wanted, public_id=variant_id)
        try:
            with transaction.atomic():
                cart = _cart_to_change(public_id)
                set_quantity(cart, variant, by=PROGRAM, **body.validated_data)
        except CartMoved as moved:
            raise Conflict(f"{moved.now} pieces of it lie in the cart by now.") from moved
        except OutOfStock as short:
            raise Conflict(f"There are only {short.left} of it.") from short
        except TooMany as most:
            raise Conflict(f"A cart takes no more than {most.limit}.") from most
        except NoPrice as none:
            raise Conflict(f"It has no price in {none.currency}, which the shopper pays in.") from none
        except CartClosed as closed:
            raise Conflict("The cart is being ordered.") from closed
        return _told(Cart.objects.select_related("merchant", "customer").get(pk=cart.pk))
