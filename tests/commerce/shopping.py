"""A shopper, a shop and a provider that can do everything to each other: steps of a story without an order of its own."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from apps.carts.actions import add_to_cart, open_cart, set_quantity
from apps.carts.errors import CartClosed
from apps.carts.errors import TooMany as TooManyInCart
from apps.carts.models import Cart
from apps.carts.money import from_minor, money, to_minor
from apps.carts.promotions.codes import CodeRefused, CodeUnknown, TooManyCodes, enter_code, remove_code
from apps.carts.promotions.uses import UsedUp
from apps.catalog.models import StockLevel, Variant
from apps.catalog.stock import OutOfStock
from apps.ledger.models import Account
from apps.loyalty.actions import correct_points, redeem, roll_back, settle_points
from apps.loyalty.errors import LoyaltyRefusal
from apps.loyalty.models import RewardVoucher
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.notifications.actions import run_due as tell_due
from apps.notifications.loyalty_news import run_due as tell_points
from apps.orders.actions import (
    CartEmpty,
    CartIncomplete,
    NotNow,
    QuoteChanged,
    approve_return,
    ask_return,
    decline_return,
    deliver_order,
    expire_orders,
    hold_for_summary,
    receive_return,
    returnable,
    ship_order,
)
from apps.orders.models import Order, ReturnRequest
from apps.payments.actions import (
    CannotRefund,
    GiftCardRefused,
    cancel_order,
    cancel_return,
    drop_tenders,
    grant_credit,
    hold_tenders,
    issue_gift_card,
    place_free,
    refund_lines,
    refund_order,
    refund_return,
    start_checkout,
    use_credit,
    use_gift_card,
)
from apps.payments.inbox import run_due
from apps.payments.models import Payment, PaymentAccount, Refund
from apps.payments.shares import delivery_left, units_left
from apps.payments.tenders import TendersChanged, card_balance, credit_of
from tests import factories
from tests.carts import goods, offers
from tests.loyalty import club
from tests.payments.desk import NAME, Desk

# What a shop may answer to a wish. Anything else is a fault.
REFUSALS = (
    NotNow, CannotRefund, OutOfStock, TooManyInCart, CartClosed, CartEmpty, CartIncomplete, QuoteChanged, UsedUp, TendersChanged,
    CodeRefused, CodeUnknown, TooManyCodes, GiftCardRefused, LoyaltyRefusal,
)  # fmt: skip
GIVEN_POINTS = 40
CARD, CREDIT = "21.37", "6.50"


@contextlib.contextmanager
def may_be_refused() -> Iterator[None]:
    with contextlib.suppress(*REFUSALS):
        yield


class Shopping:
    """One member of a shop that has offers, points, gift cards and credit; three kinds of goods whose prices do not divide."""

    def __init__(self, shop: Merchant, *, is_inclusive: bool, reserves: bool, return_days: int) -> None:
        self.shop = shop
        self.desk = Desk()
        self.started = clock.now()
        self.now = self.started
        goods.vat(shop, "19", is_inclusive=is_inclusive)
        account = PaymentAccount.objects.create(
            merchant=shop, provider="stripe", name=NAME, config=self.desk.config, captures_on_shipping=reserves
        )
        assert account
        club.programme(shop, return_days=return_days, expiry_months=0, points=3, per_amount="1", first_order_bonus=5)
        club.tier(shop, "Silver", 60, percent=150)
        self.customer = factories.customer(shop)
        self.member = club.member(shop, customer=self.customer)
        correct_points(self.member, points=GIVEN_POINTS, reason="a present", source="present")
        self.reward = club.reward(shop, 10)
        self.coupon = offers.code(shop, usage_limit=3)
        offers.amount(shop, "1.01", "A little off", min_subtotal=money("9.00", "EUR"))
        self.card, _code = issue_gift_card(shop, money(CARD, "EUR"))
        grant_credit(self.customer, money(CREDIT, "EUR"), reason="a late parcel", key="present")
        self.variants = [
            goods.variant(shop, "Mug", price="3.33", stock=12),
            goods.variant(shop, "Lamp", price="10.01", stock=4),
            goods.variant(shop, "Pin", price="0.07", stock=30),
        ]
        goods.address(self.customer)
        goods.parcel(shop)
        self.pieces = self.on_shelves()
        self.vouchers = 0

    # --- the cart ----------------------------------------------------------------------------------
    @property
    def cart(self) -> Cart:
        return open_cart(self.customer)

    def puts_in(self, variant: Variant, quantity: int) -> None:
        with may_be_refused():
            add_to_cart(self.customer, variant, quantity=quantity)

    def makes_it(self, variant: Variant, quantity: int) -> None:
        with may_be_refused():
            set_quantity(self.cart, variant, quantity=quantity)

    def enters(self, code: str) -> None:
        with may_be_refused():
            enter_code(self.cart, code)

    def drops_codes(self) -> None:
        remove_code(self.cart)

    def redeems(self) -> None:
        self.vouchers += 1
        with may_be_refused():
            voucher = redeem(self.member, self.reward, reference=f"wish:{self.vouchers}")
            again = redeem(self.member, self.reward, reference=f"wish:{self.vouchers}")
            assert again == voucher
            enter_code(self.cart, voucher.code)

    def chooses_card(self) -> None:
        with may_be_refused():
            use_gift_card(self.cart, self.card)

    def chooses_credit(self) -> None:
        use_credit(self.cart)

    def pays_otherwise(self) -> None:
        drop_tenders(self.cart)

    def checks_out(self) -> None:
        """As the assistant does: the summary holds the goods, a yes makes the order, and what is left to pay has a link."""
        with may_be_refused():
            cart = goods.full_cart(self.customer, {})
            hold_for_summary(cart)
            order = goods.draft(cart)
            if hold_tenders(order).amount:
                start_checkout(order)
            else:
                place_free(order)

    # --- money -------------------------------------------------------------------------------------
    def pays(self, payment: Payment, card: str) -> None:
        self.desk.pay(payment.provider_session, card=card)

    def hears(self, order: list[int], again: int) -> None:
        """The news since, shuffled; some of the old ones once more. Then the worker works."""
        told = [event for event in self.desk.events() if event["id"] in self.desk.sent]
        fresh = self.desk.new_events()
        shuffled = sorted(zip(order, range(len(fresh)), strict=False))
        rest = [fresh[place] for _, place in shuffled] + fresh[len(order) :]
        for event in [*rest, *told[-again:]] if again else rest:
            assert self.desk.tell(event) == 200
        self.works()

    def works(self) -> None:
        for _ in range(30):
            if not run_due() + tell_due() + tell_points():
                return
        raise AssertionError("the worker never comes to an end")

    # --- after the yes -----------------------------------------------------------------------------
    def cancels(self, order: Order) -> None:
        with may_be_refused():
            cancel_order(order)

    def ships(self, order: Order, lines: dict[int, int]) -> None:
        with may_be_refused():
            ship_order(order, carrier="DHL", tracking_number="", lines=lines)

    def arrives(self, order: Order) -> None:
        with may_be_refused():
            deliver_order(order)

    def wants_back(self, order: Order, quantities: list[int], *, kind: str, to_credit: bool) -> None:
        left = {
            some.line.pk: min(some.quantity, wish)
            for some, wish in zip(returnable(order, kind), quantities, strict=False)
        }
        with may_be_refused():
            ask_return(order, lines=left, kind=kind, to_credit=to_credit)

    def judges(self, asked: ReturnRequest, verdict: str) -> None:
        """Each of these may come at any time and twice; what is not due is refused."""
        with may_be_refused():
            match verdict:
                case "approve":
                    approve_return(asked)
                case "decline":
                    decline_return(asked, reason="worn")
                case "receive":
                    receive_return(asked)
                case "cancel":
                    cancel_return(asked)
                case "pay":
                    refund_return(asked)

    def gives_back(self, order: Order, quantities: list[int], cents: int, *, drop: bool, to_credit: bool) -> None:
        lines = {line: min(left, wish) for (line, left), wish in zip(units_left(order), quantities, strict=False)}
        delivery = from_minor(min(cents, to_minor(delivery_left(order))), order.currency)
        with may_be_refused():
            refund_lines(order, lines=lines, delivery=delivery, drop=drop, to_credit=to_credit)

    def gives_all_back(self, order: Order, *, to_credit: bool) -> None:
        with may_be_refused():
            refund_order(order, to_credit=to_credit)

    # --- time --------------------------------------------------------------------------------------
    def waits(self, later: dt.timedelta) -> None:
        self.now += later
        self.desk.store.set_setting("clock_offset", (self.now - self.started).total_seconds())
        with clock.at(self.now):
            expire_orders()
            settle_points()
            self.works()

    # --- what is ------------------------------------------------------------------------------------
    @property
    def orders(self) -> list[Order]:
        return list(Order.objects.filter(customer=self.customer).order_by("pk"))

    @property
    def asked(self) -> list[ReturnRequest]:
        return list(ReturnRequest.objects.filter(order__customer=self.customer).order_by("pk"))

    def unpaid(self) -> list[Payment]:
        """Every page there ever was: a stale one can be opened as well."""
        return list(Payment.objects.filter(order__customer=self.customer).exclude(provider_session="").order_by("pk"))

    def on_shelves(self) -> int:
        return sum(StockLevel.objects.filter(variant__in=self.variants).values_list("on_hand", flat=True))

    def purse(self) -> Decimal:
        """What the shopper has at the shop: on the card and as credit."""
        self.card.refresh_from_db()
        return Decimal(card_balance(self.card).amount + credit_of(self.customer, "EUR").amount)

    def taken_and_sent_back(self) -> tuple[int, int]:
        """By the provider's own books, in minor units."""
        taken = sum(intent.get("amount_received") or 0 for intent in self.desk.every("payment_intent"))
        back = sum(refund["amount"] for refund in self.desk.every("refund") if refund["status"] == "succeeded")
        let_go = sum(
            charge["amount"] - charge["amount_captured"] for charge in self.desk.every("charge") if charge["captured"]
        )
        return taken, back - let_go

    def points(self) -> int:
        self.member.refresh_from_db()
        return int(self.member.balance + self.member.pending)

    # --- and it comes to nothing ----------------------------------------------------------------------
    def undo_everything(self) -> None:
        """All is heard, every return is given up or paid, all money goes back, and no voucher is left."""
        self.hears([], 0)
        for asked in self.asked:
            for verdict in ("cancel", "pay"):
                self.judges(asked, verdict)
        for order in self.orders:
            self.cancels(order)
            self.gives_all_back(order, to_credit=False)
        self.hears([], 0)
        self.hears([], 0)
        for voucher in RewardVoucher.objects.filter(membership=self.member, state="open"):
            roll_back(self.member, reference=voucher.redemption)


def quantities(most: int = 7) -> st.SearchStrategy[list[int]]:
    """How many of each line of an order."""
    return st.lists(st.integers(0, most), min_size=3, max_size=3)


def standing_refunds() -> Any:
    return Refund.objects.exclude(state=Refund.State.FAILED)


def ledger_sums() -> Decimal:
    """Every account of the shop together: money moves, and none is made."""
    return sum((account.balance.amount for account in Account.objects.all()), Decimal(0))
