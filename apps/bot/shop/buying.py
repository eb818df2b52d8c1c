"""The cart, delivery and the order that comes of them. Refusals come back as {"problem": code}, never as exceptions."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from apps.carts.actions import (
    add_to_cart,
    delivery_options,
    empty_cart,
    open_cart,
    set_delivery,
    set_home,
    set_quantity,
)
from apps.carts.delivery import DeliveryOption, Destination, TooHeavy
from apps.carts.errors import CartClosed, TooMany
from apps.carts.holding import how_many_hold
from apps.carts.models import Cart, DeliveryMethod
from apps.carts.money import money
from apps.carts.promotions.uses import UsedUp
from apps.carts.quote import Quote, quote
from apps.carts.spoken import country_in_words, country_named, currency_in_words, weight_in_words
from apps.catalog.models import CodePool, Digital, Product, Variant
from apps.catalog.products import NoPrice
from apps.catalog.stock import OutOfStock
from apps.conversations.places import neighbours_of
from apps.customers.actions import save_address
from apps.customers.models import Address, Identity
from apps.merchants import clock
from apps.merchants.prepared import Prepared
from apps.orders.actions import CartEmpty, CartIncomplete, QuoteChanged, hold_for_summary, prepare_order
from apps.payments.actions import hold_tenders, place_free
from apps.payments.tenders import TendersChanged

from .offers import Offers
from .tenders import Tenders

_variant = Prepared[Variant](lambda variant: Variant.objects.filter(pk=variant).select_related("product"), variant=int)


class Buying(Offers, Tenders):
    def cart(self) -> dict[str, Any]:
        with override(self.language):
            cart = open_cart(self.customer)
            return {**self._cart_facts(quote(cart, channel=self.channel)), **self._chosen(cart), **_gift(cart)}

    def _cart_facts(self, now: Quote) -> dict[str, Any]:
        return {
            "lines": [
                {
                    "variant": line.variant.pk,
                    "product": line.variant.product_id,
                    "title": line.title,
                    "quantity": line.quantity,
                    "unit": self.money(line.unit_price),
                    "total": self.money(line.line_total),
                    "left": line.available,
                    "image": line.image_url,
                    "problem": line.problem,
                    "offers": self._parts(line.adjustments),
                    "charged": self.money(line.line_total - line.discount),
                    "regular": self.money(line.regular_price) if line.regular_price is not None else "",
                    "reason": line.price_reason,
                    "was": self.money(line.was_price) if line.was_price is not None else "",  # when it was last read
                }
                for line in now.lines
            ],
            "count": sum(line.quantity for line in now.lines),
            "subtotal": self.money(now.subtotal),
            "delivery": self.money(now.delivery),
            "taxes": [
                [name, f"{percent.normalize():f}", self.money(amount)] for name, percent, amount in now.tax_lines
            ],
            "tax_inclusive": now.is_tax_inclusive,
            "total": self.money(now.total),
            "hash": now.hash,
            "problems": list(now.problems),
            "obstacles": list(now.obstacles),
            "delivery_name": now.delivery_name,
            "needs_delivery": now.needs_delivery,
            "wants_place": now.wants_place,
            **self._digital_of(now),
            "has_cards": bool(now.gift_cards.amount),
            "has_goods": any(line.variant.product.comes_as == Product.ComesAs.GOODS for line in now.lines),
            "by_chat": [
                f"{line.quantity} × {line.title}"
                for line in now.lines
                if line.variant.product.comes_as != Product.ComesAs.GOODS
            ],
            **self.days(now.earliest, now.latest),
            **self._offer_facts(now),
        }

    def _digital_of(self, now: Quote) -> dict[str, bool]:
        """{"has_files", "has_codes"}: whether something is fetched, and whether a code is told."""
        digital = [line.variant for line in now.lines if line.variant.product.comes_as == Product.ComesAs.DIGITAL]
        if not digital:
            return {"has_files": False, "has_codes": False}
        coded = set(CodePool.objects.filter(variant__in=digital).values_list("variant", flat=True))
        has_files = len(coded) < len({variant.pk for variant in digital})
        is_beside = has_files or Digital.objects.filter(product__variants__in=coded).exists()
        return {"has_files": is_beside, "has_codes": bool(coded)}

    def add(self, *, variant: int, quantity: int) -> dict[str, Any]:
        """{"label"} of what went in, or {"problem": gone | out_of_stock | too_many, "left"}."""
        row = _variant.first(variant=variant)
        if row is None or not row.is_active or row.product.status != "active":
            return {"problem": "gone"}
        try:
            add_to_cart(self.customer, row, quantity=quantity)
        except OutOfStock as short:
            return {"problem": "out_of_stock", "left": short.left}
        except TooMany as most:
            return {"problem": "too_many", "left": most.limit}
        except NoPrice:
            return {"problem": "gone"}
        return {"variant": row.pk}

    def put(self, *, variant: int, quantity: int) -> dict[str, Any]:
        """Exactly so many of it, 0 for none."""
        row = _variant.first(variant=variant)
        if row is None:
            return {"problem": "gone"}
        try:
            set_quantity(open_cart(self.customer), row, quantity=quantity)
        except OutOfStock as short:
            return {"problem": "out_of_stock", "left": short.left}
        except TooMany as most:
            return {"problem": "too_many", "left": most.limit}
        except (CartClosed, NoPrice):
            return {"problem": "gone"}
        return {"variant": row.pk}

    def empty(self) -> dict[str, Any]:
        empty_cart(open_cart(self.customer))
        return {}

    def keep_address(self, *, fields: dict[str, str]) -> dict[str, Any]:
        """Remember the address and send the cart there."""
        address = save_address(self.customer, **fields)
        return self._sent_to(address)

    def use_address(self, *, address: int) -> dict[str, Any]:
        row = Address.objects.filter(customer=self.customer, pk=address).first()
        if row is None:
            return {"problem": "gone"}
        return self._sent_to(row)

    def _sent_to(self, address: Address) -> dict[str, Any]:
        """The cart goes there; `currency` names the one it moved into, "" where it stayed in its own."""
        cart = open_cart(self.customer)
        before, now = cart.currency, set_delivery(cart, address=address).currency
        self._paying.clear()
        moved = currency_in_words(now, self.language) if now != before else ""
        return {"id": address.pk, "text": str(address), "country": address.country, "currency": moved}

    def deliveries(self, *, address: int) -> dict[str, Any]:
        """The "ways" to that address; where there is none, the "heavy" ones, which go there and carry less, and where
        there is none of them either, the "country" nobody goes to."""
        row = Address.objects.filter(customer=self.customer, pk=address).first()
        if row is None:
            return {"ways": [], "heavy": [], "country": ""}
        with override(self.language):
            found = delivery_options(open_cart(self.customer), place=Destination.of(row))
            return {
                "ways": [self._way(option) for option in found if isinstance(option, DeliveryOption)],
                "heavy": [
                    {"name": way.method.name, "most": weight_in_words(way.max_grams, self.language)}
                    for way in found
                    if isinstance(way, TooHeavy)
                ],
                "country": country_in_words(row.country, self.language),
            }

    def ways_home(self, *, text: str = "") -> dict[str, Any]:
        """The "ways" for the cart as it is to the country named in the text (`is_named`), else to where it goes, else
        within the shop's own "country"."""
        with override(self.language):
            cart, named = open_cart(self.customer), country_named(text)
            place = Destination.of(cart.address) if cart.address else Destination(self.merchant.country)
            if named and named != place.country:
                place = Destination(named)
            found = [option for option in delivery_options(cart, place=place) if isinstance(option, DeliveryOption)]
            return {
                "ways": [self._way(option) | self._free_from(option.method) for option in found],
                "country": country_in_words(place.country, self.language),
                "is_named": bool(named),
            }

    def _free_from(self, method: DeliveryMethod) -> dict[str, str]:
        return {"free_from": self.money(method.free_from) if method.free_from and method.price.amount else ""}

    def _way(self, option: DeliveryOption) -> dict[str, Any]:
        return {
            "method": option.method.pk,
            "name": option.method.name,
            "price": self.money_or_free(option.price),
            "amount": str(option.price.amount),
            "last_day": str(option.latest or dt.date.max),
            **self.days(option.earliest, option.latest),
        }

    def deliver_by(self, *, method: int) -> dict[str, Any]:
        row = DeliveryMethod.objects.filter(pk=method, is_active=True).first()
        if row is None:
            return {"problem": "gone"}
        set_delivery(open_cart(self.customer), method=row)
        return {"method": row.pk}

    def summary(self) -> dict[str, Any]:
        """The quote to agree to with how it is paid, the goods held for so many "held_minutes" (0: there is no need);
        or with a "problem" (out_of_stock | crowded) and nothing held."""
        with override(self.language):
            cart = open_cart(self.customer)
            problem, held = "crowded" if self._is_crowded() else "", None
            try:
                if not problem:
                    held = hold_for_summary(cart)
            except OutOfStock:
                problem = "out_of_stock"
            now = quote(cart, channel=self.channel)
            if now.wants_place and (home := self._home()):
                now = quote(set_home(cart, country=home["country"], postcode=home["postcode"]), channel=self.channel)
            facts = {**self._cart_facts(now), **self._chosen(cart), **_gift(cart), **self._tender_facts(cart, now)}
            facts["held_minutes"] = _minutes_left(held.until if held else None)
            for line in facts["lines"]:
                if held and (before := held.before.get(line["variant"])) is not None:
                    line["was"] = self.money(before)
            facts["point"] = _point_in_words(cart)
            return {**facts, "problem": problem} if problem else facts

    def _home(self) -> dict[str, str]:
        """Where the shopper lives, by the address they used last; {} where none is known."""
        last = Address.objects.filter(customer=self.customer).order_by("-pk").first()
        return {"country": last.country, "postcode": last.postcode} if last else {}

    def lives_in(self, *, country: str, postcode: str) -> dict[str, Any]:
        """Kept with the cart, for its tax; or {"problem"}."""
        try:
            cart = set_home(open_cart(self.customer), country=country, postcode=postcode)
        except CartClosed:
            return {"problem": "gone"}
        return dict(cart.lives_in)

    def _is_crowded(self) -> bool:
        """Whether goods are held for so many others where this web chat visitor writes from that it might be one person,
        come again and again as somebody new."""
        if self.channel != "webchat":
            return False
        account, visitor = self.conversation.channel_account_id, self.conversation.identity.external_id
        others, most = neighbours_of(account, visitor), settings.WEBCHAT_HOLDS_PER_ADDRESS
        if len(others) < most:
            return False
        people = Identity.objects.filter(channel_account_id=account, external_id__in=others).exclude(
            customer=self.customer
        )
        return how_many_hold(set(people.values_list("customer", flat=True))) >= most

    def place(self, *, agreed: str, name: str, email: str, phone: str) -> dict[str, Any]:
        """The draft order for what was agreed to, placed at once if nothing is left to pay; or {"problem": quote_changed
        | out_of_stock | empty | crowded}. `agreed` is a summary's."""
        if not how_many_hold([self.customer.pk]) and self._is_crowded():
            return {"problem": "crowded"}
        quote_hash, _, due = agreed.partition(":")
        with override(self.language):
            try:
                with transaction.atomic():
                    order = prepare_order(
                        open_cart(self.customer),
                        quote_hash=quote_hash,
                        language=self.language,
                        contact_name=name,
                        contact_email=email,
                        contact_phone=phone,
                        confirmed_by=f"conversation:{self.conversation.pk}",
                        channel=self.channel,
                    )
                    is_free = not hold_tenders(order, agreed=money(due, order.currency) if due else None).amount
                    if is_free:
                        place_free(order)
            except (QuoteChanged, CartIncomplete, UsedUp, TendersChanged):
                return {"problem": "quote_changed"}
            except OutOfStock as short:
                return {"problem": "out_of_stock", "left": short.left}
            except CartEmpty:
                return {"problem": "empty"}
        return {"order": order.number, "total": self.money(order.total), "is_free": is_free}


def _gift(cart: Cart) -> dict[str, Any]:
    """For whom its gift cards are."""
    return {"gift": {"to": cart.gift_to, "message": cart.gift_message}}


def _point_in_words(cart: Cart) -> str:
    """Where it is picked up and when that is open; "" where it comes to the door."""
    if cart.point is None or cart.delivery_method is None or not cart.delivery_method.to_point:
        return ""
    return f"{cart.point} ({cart.point.hours})" if cart.point.hours else str(cart.point)


def _minutes_left(until: dt.datetime | None) -> int:
    """Whole minutes until then; the moment that has passed since it was reckoned does not cost one."""
    return (until - clock.now() + dt.timedelta(seconds=5)) // dt.timedelta(minutes=1) if until else 0
