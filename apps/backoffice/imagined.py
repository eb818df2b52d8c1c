"""A cart that is only thought of, for whoever asks what it would pay: the quote, the offers and the tenders of real carts.

Nothing is written and nobody outside is asked: tax is the table's.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from apps.carts.currencies import currency_for
from apps.carts.models import Cart, DeliveryMethod
from apps.carts.promotions.codes import tidy_code
from apps.carts.promotions.vouchers import offer_of_reward
from apps.carts.quote import Quote, lines_if, quote_rows
from apps.catalog.index import one_look, sold_in
from apps.catalog.lists import level_of, terms_in_groups
from apps.catalog.models import Variant
from apps.customers.actions import groups_of
from apps.customers.models import Address, Customer
from apps.loyalty.actions import member_of, programme
from apps.loyalty.models import Reward, Tier
from apps.merchants import clock
from apps.merchants.markets import currency_at
from apps.merchants.models import Merchant
from apps.payments.models import GiftCard
from apps.payments.tenders import Split, card_balance, credit_of, split_over

NO_POINTS = _("The points are switched off: switch them on first, or leave this out.")
NOT_SOLD_IN = _("The shop does not sell in %(currency)s: choose one of %(sold)s, or add this currency first.")
WAY_IN = _("This way is priced in %(own)s and the cart is in %(currency)s: choose another way, or that currency.")
CARD_IN = _("This card is in %(own)s and the cart is in %(currency)s: choose another card, or that currency.")
CARD_OVER = _("This card is blocked or over: choose another, or an earlier day.")
CARD_EMPTY = _("Nothing is left on this card: choose another.")
WHOSE_CREDIT = _("Credit is somebody's: choose the shopper, too.")
NO_CREDIT = _("This shopper has no credit in %(currency)s: grant some on their page, or leave this out.")
FEW_POINTS = _("It costs %(cost)s points and this shopper can spend %(has)s: choose another reward, or no shopper.")


class CannotImagine(Exception):
    """What is asked for does not go together. `wrong`: by the name in `Asked`, a sentence that says what to do."""

    def __init__(self, wrong: Mapping[str, str | Promise]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Asked:
    """All but the goods may be left out. With a shopper, what is left out is theirs: address, groups, level, currency."""

    wanted: Sequence[tuple[Variant, int]]
    codes: Sequence[str] = ()
    customer: Customer | None = None
    customer_group: str = ""
    tier: Tier | None = None
    reward: Reward | None = None  # as if its points were redeemed now
    gift_card: GiftCard | None = None
    store_credit: bool = False
    currency: str = ""
    channel: str = ""
    country: str = ""
    region: str = ""
    postcode: str = ""
    delivery: DeliveryMethod | None = None
    moment: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Imagined:
    """`tier` and `groups` are those that counted, `unknown` the codes that are none here."""

    quote: Quote
    split: Split
    address: Address
    groups: tuple[str, ...]
    tier: Tier | None
    unknown: tuple[str, ...] = field(default=())


def imagine(merchant: Merchant, asked: Asked) -> Imagined:
    """What this cart would pay. In the merchant's scope. Raises `CannotImagine`."""
    with one_look():
        address = _address(merchant, asked)
        cart = _cart(merchant, asked, address)
        purses = dict(_purses(cart, asked))
        wrong = dict(_wrong(merchant, cart, asked, purses))
        if wrong:
            raise CannotImagine(wrong)
        groups, tier = _belongs(asked)
        terms = terms_in_groups(merchant, groups, country=address.country, tier=tier, now=asked.moment)
        now = quote_rows(
            cart,
            lines_if(cart, asked.wanted, terms, now=asked.moment),
            channel=asked.channel,
            groups=frozenset(groups),
            tier=tier.pk if tier else None,
            now=asked.moment,
            beside=[offer_of_reward(asked.reward)] if asked.reward else (),
        )
        split = split_over(now.total, purses.items(), gift_cards=now.gift_cards)
        return Imagined(now, split, address, groups, tier, _unknown(now, cart.codes))


def _cart(merchant: Merchant, asked: Asked, address: Address) -> Cart:
    if asked.currency:
        currency = asked.currency
    elif asked.customer:
        currency = currency_for(asked.customer, country=address.country)
    else:
        currency = currency_at(merchant, sold_in(merchant), country=address.country)
    codes = list(dict.fromkeys(filter(None, map(tidy_code, asked.codes))))
    cart = Cart(merchant=merchant, customer=asked.customer, currency=currency, codes=codes)
    cart.address, cart.delivery_method = address, asked.delivery
    return cart


def _address(merchant: Merchant, asked: Asked) -> Address:
    """Where it goes: as said, else where the shopper's parcels usually go, else in the shop's own country."""
    said = {"country": asked.country.upper(), "region": asked.region, "postcode": asked.postcode}
    usual = asked.customer.addresses.order_by("-is_default", "-pk").first() if asked.customer else None
    if usual is not None and not any(said.values()):
        return usual
    said["country"] = said["country"] or (usual.country if usual else merchant.country)
    return Address(merchant=merchant, **said)


def _belongs(asked: Asked) -> tuple[tuple[str, ...], Tier | None]:
    """The groups and the level that count: those of the shopper, with the group and the level that are tried."""
    theirs = groups_of(asked.customer.pk) if asked.customer else []
    groups = tuple(dict.fromkeys(filter(None, [*theirs, asked.customer_group.strip()])))
    own = level_of(asked.customer.pk) if asked.customer and asked.tier is None else None
    return groups, asked.tier or own


def _purses(cart: Cart, asked: Asked) -> Iterator[tuple[GiftCard | None, Money]]:
    """What the card and the credit have; the card first, as for a shopper."""
    if asked.gift_card:
        yield asked.gift_card, card_balance(asked.gift_card)
    if asked.store_credit and asked.customer:
        yield None, credit_of(asked.customer, cart.currency)


def _wrong(
    merchant: Merchant, cart: Cart, asked: Asked, purses: Mapping[GiftCard | None, Money]
) -> Iterator[tuple[str, Any]]:
    sold = [merchant.currency, *sold_in(merchant)]
    if cart.currency not in sold:
        yield "currency", NOT_SOLD_IN % {"currency": cart.currency, "sold": ", ".join(sold)}
    if asked.delivery and (own := str(asked.delivery.price.currency)) != cart.currency:
        yield "delivery", WAY_IN % {"own": own, "currency": cart.currency}
    rules = programme() if asked.tier or asked.reward else None
    is_off = rules is None or not rules.is_active
    if asked.tier and is_off:
        yield "tier", NO_POINTS
    if asked.reward and is_off:
        yield "reward", NO_POINTS
    elif asked.reward and asked.customer:
        member = member_of(asked.customer)
        has = member.balance if member else 0
        if has < asked.reward.cost:
            yield "reward", FEW_POINTS % {"cost": asked.reward.cost, "has": has}
    if asked.gift_card and (why := _no_good(asked.gift_card, cart, asked, purses[asked.gift_card])):
        yield "gift_card", why
    if asked.store_credit and asked.customer is None:
        yield "store_credit", WHOSE_CREDIT
    elif asked.store_credit and not purses[None].amount:
        yield "store_credit", NO_CREDIT % {"currency": cart.currency}


def _no_good(card: GiftCard, cart: Cart, asked: Asked, balance: Money) -> Any:
    """Why this card pays nothing of this cart; "" where it does."""
    if card.currency != cart.currency:
        return CARD_IN % {"own": card.currency, "currency": cart.currency}
    if not card.is_usable(asked.moment or clock.now()):
        return CARD_OVER
    return "" if balance.amount else CARD_EMPTY


def _unknown(now: Quote, codes: Sequence[str]) -> tuple[str, ...]:
    parts = [part.offer for part in now.offers.adjustments]
    tried = {offer.code for offer in (*parts, *(no.offer for no in now.offers.refused), *now.offers.promised)}
    return tuple(code for code in codes if code not in tried)
