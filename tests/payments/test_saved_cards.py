"""Kept cards: kept with consent, charged after a yes, the bank's question, no's and silences, and forgotten for good."""

import datetime as dt
import random
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.carts.money import money
from apps.customers.actions import erase_customer, export_customer, merge_customers, undo_merge
from apps.customers.models import Customer, Merge
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import NotNow, expire_orders
from apps.orders.models import Order
from apps.payments.actions import (
    AmountChanged,
    CardGone,
    cancel_order,
    end_stale_links,
    forget_card,
    kept_cards,
    pay_with_card,
    reconcile,
    refund_order,
    remove_forgotten,
    reserved_of,
    start_checkout,
    take_at_till,
    usable_cards,
)
from apps.payments.actions.cards import forget_cards, merge_cards, unmerge_cards
from apps.payments.actions.start import end_attempt, reserve
from apps.payments.inbox import run_due
from apps.payments.models import CardRemoval, Payer, Payment, PaymentAccount, SavedCard, WebhookEvent
from apps.payments.provider import ProviderUnavailable
from apps.payments.providers.stripe import Stripe
from tests import factories
from tests.carts import goods

from .desk import NAME, Desk
from .story import deliver, fresh, linked, ordered, told


@pytest.fixture
def bea(ana: Customer) -> Customer:
    """A shopper of a shop where cards may be kept."""
    PaymentAccount.objects.update(keeps_cards=True)
    return ana


def kept(desk: Desk, customer: Customer, card: str = "success") -> SavedCard:
    """Paid at the page with the box ticked."""
    payment = linked(customer)
    assert desk.pay(payment.provider_session, card, keep=True) == "paid"
    deliver(desk)
    return usable_cards(customer)[0]


def tap(order: Order, card: SavedCard) -> Payment:
    """The shopper says yes to what the order comes to."""
    return pay_with_card(order, card.pk, agreed=order.total)


def charges(desk: Desk) -> list[int]:
    """What was really taken, in minor units, less what was given back."""
    return [charge["amount"] - charge["amount_refunded"] for charge in desk.every("charge") if charge["paid"]]


def meanwhile(monkeypatch: pytest.MonkeyPatch, verb: str, act: Callable[[], object]) -> None:
    """`act` happens once, in the moment before the provider hears of `verb`."""
    real = getattr(Stripe, verb)

    def heard(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(Stripe, verb, real)
        act()
        return real(*args, **more)

    monkeypatch.setattr(Stripe, verb, heard)


def breaches() -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


# -- keeping ---------------------------------------------------------------------------------------------------------


def test_a_ticked_box_keeps_what_the_card_is_called_and_no_number(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea, "mastercard")
    assert (str(card), card.exp_month, card.exp_year, card.payer.customer) == ("Mastercard •••• 4444", 12, 2034, bea)
    assert (card.provider_method[:3], card.payer.provider_customer[:4]) == ("pm_", "cus_")
    (customer,) = desk.every("customer")
    assert (customer["email"], customer["name"], customer["metadata"]) == (None, None, {"payer": card.payer.public_id})
    assert export_customer(bea)["cards"] == [
        {"brand": "mastercard", "last4": "4444", "expires": "2034-12", "kept_at": card.kept_at.isoformat()}
    ]
    assert breaches() == []


def test_without_the_tick_or_where_the_shop_keeps_none_nothing_is_kept(desk: Desk, bea: Customer) -> None:
    payment = linked(bea)
    desk.pay(payment.provider_session)
    deliver(desk)
    assert (fresh(payment.order).status, kept_cards(bea)) == ("placed", [])
    PaymentAccount.objects.update(keeps_cards=False)
    payment = linked(bea)
    session = desk.session(payment.provider_session)
    assert (session["customer"], session["saved_payment_method_options"], desk.pay(session["id"], keep=True)) == (
        None,
        None,
        "paid",
    )
    deliver(desk)
    assert (kept_cards(bea), len(desk.every("customer"))) == ([], 1)


def test_the_page_says_who_could_use_the_card_and_shows_none_that_is_kept(desk: Desk, bea: Customer) -> None:
    kept(desk, bea)
    session = desk.session(linked(bea).provider_session)
    assert session["saved_payment_method_options"] == {
        "payment_method_save": "enabled",
        "allow_redisplay_filters": ["unspecified"],
    }
    assert "whoever placed this order can pay with it again" in session["custom_text"]["submit"]["message"]


def test_a_shopper_has_one_name_at_an_account_however_often_the_answer_is_lost(desk: Desk, bea: Customer) -> None:
    desk.fault("lost", seconds=0)
    linked(bea)
    kept(desk, bea)
    assert (len(desk.every("customer")), Payer.objects.count()) == (1, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payer.objects.create(merchant=bea.merchant, account=PaymentAccount.objects.get(), customer=bea)


def test_a_number_has_no_room_in_the_database(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    for wrong in ({"last4": "42x2"}, {"exp_month": 13}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedCard.objects.filter(pk=card.pk).update(**wrong)


def test_the_same_card_kept_again_is_one(desk: Desk, bea: Customer) -> None:
    first, second = kept(desk, bea), kept(desk, bea)
    assert [card.pk for card in kept_cards(bea)] == [second.pk]
    run_due()
    assert [method["customer"] for method in desk.every("payment_method") if method["id"] == first.provider_method] == [
        None
    ]


def test_cards_that_are_over_and_cards_of_another_account_are_not_offered(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    with clock.at(dt.datetime(2034, 12, 31, 12, tzinfo=dt.UTC)):
        assert usable_cards(bea) == [card]
    with clock.at(dt.datetime(2035, 1, 1, 12, tzinfo=dt.UTC)):
        assert (usable_cards(bea), kept_cards(bea)) == ([], [card])
        with pytest.raises(CardGone):
            tap(ordered(bea), card)
    PaymentAccount.objects.update(is_active=False)
    PaymentAccount.objects.create(
        merchant=bea.merchant, provider="stripe", name="new", config=desk.config, keeps_cards=True
    )
    assert (usable_cards(bea), kept_cards(bea)) == ([], [card])


def test_a_customer_removed_at_the_provider_is_made_anew(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    desk.change("customer", card.payer.provider_customer, deleted=True)
    order = ordered(bea)
    with pytest.raises(Exception, match="No such customer"):
        start_checkout(order)
    assert start_checkout(order).state == "open"
    assert (usable_cards(bea), len(desk.every("customer"))) == ([], 2)


# -- paying ----------------------------------------------------------------------------------------------------------


def test_a_yes_charges_exactly_what_was_agreed(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    order = ordered(bea)
    payment = tap(order, card)
    assert (payment.state, payment.is_off_session, payment.provider_session) == ("succeeded", True, "")
    assert (fresh(order).status, order.payment_status, told(order)) == ("placed", "paid", ["drafted", "placed", "paid"])
    (intent,) = [found for found in desk.every("payment_intent") if found["id"] == payment.provider_payment]
    assert (intent["amount_received"], intent["metadata"]) == (
        1690,
        {"payment": payment.public_id, "order": order.number},
    )
    deliver(desk)
    with pytest.raises(NotNow):
        tap(order, card)
    assert (charges(desk), told(order), breaches()) == ([1690, 1690], ["drafted", "placed", "paid"], [])


def test_another_amount_than_agreed_is_not_charged(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea), ordered(bea)
    with pytest.raises(AmountChanged) as changed:
        pay_with_card(order, card.pk, agreed=order.total - money("1.00", "EUR"))
    assert (str(changed.value.amount), order.payments.count(), charges(desk)) == ("€16.90", 0, [1690])


def test_nobody_pays_with_a_card_of_somebody_else(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    stranger = factories.customer(bea.merchant)
    with pytest.raises(CardGone):
        tap(ordered(stranger), card)
    with pytest.raises(CardGone):
        forget_card(stranger, card.pk)
    assert charges(desk) == [1690]


def test_the_money_goes_back_the_way_it_came(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea), ordered(bea)
    tap(order, card)
    refund_order(order)
    deliver(desk)
    assert (fresh(order).payment_status, charges(desk), breaches()) == ("refunded", [1690, 0], [])


# -- the bank asks, or says no ---------------------------------------------------------------------------------------


def test_a_bank_that_asks_gets_the_shopper_to_its_page_and_the_goods_wait(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea, "asks_bank"), ordered(bea)
    payment = tap(order, card)
    assert (payment.state, payment.url.endswith(f"/authenticate/{payment.provider_payment}/"), payment.trouble) == (
        "open",
        True,
        "",
    )
    deliver(desk)  # the failed quiet try is no failure of the attempt
    payment.refresh_from_db()
    assert (payment.state, fresh(order).status, order.hold_until and order.hold_until > clock.now()) == (
        "open",
        "draft",
        True,
    )
    page = Client().get(f"/pay/{order.public_id}/").content.decode()
    assert "Your bank wants to ask you" in page
    assert Client().get(f"/pay/{order.public_id}/go/").headers["location"] == payment.url
    desk.answer_bank(payment.provider_payment)
    assert "Paid – thank you!" in Client().get(f"/pay/{order.public_id}/", {"back": "1"}).content.decode()
    deliver(desk)
    assert (fresh(order).status, charges(desk), breaches()) == ("placed", [1690, 1690], [])


def test_the_bank_page_answered_with_no_leaves_the_usual_link(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea, "asks_bank"), ordered(bea)
    payment = tap(order, card)
    desk.answer_bank(payment.provider_payment, passed=False)
    deliver(desk)
    payment.refresh_from_db()
    assert (payment.state, payment.trouble, fresh(order).status) == (
        "failed",
        "payment_intent_authentication_failure",
        "draft",
    )
    assert "Your bank did not accept this" in Client().get(f"/pay/{order.public_id}/", {"back": "1"}).content.decode()
    desk.pay(start_checkout(order).provider_session)
    deliver(desk)
    assert (fresh(order).status, charges(desk), breaches()) == ("placed", [1690, 1690], [])


def test_instead_of_the_bank_another_way_may_be_taken(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea, "asks_bank"), ordered(bea)
    payment = tap(order, card)
    there = Client().get(f"/pay/{order.public_id}/go/", {"other": "1"}).headers["location"]
    payment.refresh_from_db()
    assert (payment.state, "/stripe/pay/cs_test_" in there) == ("expired", True)
    desk.answer_bank(payment.provider_payment)  # too late: it was cancelled
    deliver(desk)
    assert (fresh(order).status, charges(desk)) == ("draft", [1690])


def test_reserved_while_another_way_was_asked_for_it_is_the_money(
    desk: Desk, bea: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank said yes and the order was placed in the moment before the old attempt was ended."""
    card = kept(desk, bea, "asks_bank")
    PaymentAccount.objects.update(captures_on_shipping=True)
    order = ordered(bea)
    payment = tap(order, card)

    def answered() -> None:
        desk.answer_bank(payment.provider_payment)
        deliver(desk)
        assert fresh(order).status == "placed"

    meanwhile(monkeypatch, "end_charge", answered)
    assert start_checkout(Order.objects.get(pk=order.pk), is_other_way=True) == payment
    deliver(desk)
    payment.refresh_from_db()
    assert (payment.state, fresh(order).status, order.payment_status) == ("authorised", "placed", "authorised")
    assert (desk.every("payment_intent")[-1]["status"], reserved_of(order), breaches()) == (
        "requires_capture",
        order.total,
        [],
    )


@pytest.mark.parametrize("is_placed", [True, False], ids=["paid at the till", "called off"])
def test_reserved_for_an_order_that_needs_it_no_more_it_is_let_go(desk: Desk, bea: Customer, is_placed: bool) -> None:
    card = kept(desk, bea, "asks_bank")
    PaymentAccount.objects.update(captures_on_shipping=True)
    order = ordered(bea)
    payment = tap(order, card)
    if is_placed:
        desk.fault("server_error", times=1)  # the attempt could not be ended at once
        at_the_till(order)
    else:
        cancel_order(order)
    desk.answer_bank(payment.provider_payment)
    Payment.objects.update(checked_at=None)
    end_stale_links()
    run_due()
    deliver(desk)
    payment.refresh_from_db()
    assert (payment.state, desk.every("payment_intent")[-1]["status"], breaches()) == ("released", "canceled", [])
    assert told(order).count("capture_failed") == 0


def test_a_bank_page_that_ends_after_the_till_is_no_missing_money(desk: Desk, bea: Customer) -> None:
    """The bank had asked for its owner, which leaves a failed charge; nothing was ever reserved."""
    card = kept(desk, bea, "asks_bank")
    PaymentAccount.objects.update(captures_on_shipping=True)
    order = ordered(bea)
    payment = tap(order, card)
    desk.fault("server_error", times=1)  # it could not be ended at once
    at_the_till(order)
    Payment.objects.update(checked_at=None)
    end_stale_links()
    payment.refresh_from_db()
    assert (payment.state, payment.authorised, fresh(order).payment_status) == ("expired", 0, "paid")
    assert (told(order), breaches()) == (["drafted", "placed", "paid"], [])


def test_a_no_leaves_order_and_goods_for_the_usual_link(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea, "declined_later"), ordered(bea)
    payment = tap(order, card)
    assert (payment.state, payment.trouble, fresh(order).status) == ("failed", "generic_decline", "draft")
    deliver(desk)
    desk.pay(start_checkout(order).provider_session)
    deliver(desk)
    assert (fresh(order).status, charges(desk), breaches()) == ("placed", [1690, 1690], [])


def test_a_card_detached_at_the_provider_charges_nothing(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea), ordered(bea)
    desk.change("payment_method", card.provider_method, customer=None)
    with pytest.raises(CardGone):
        tap(order, card)
    assert (order.payments.get().state, start_checkout(order).state, charges(desk)) == ("failed", "open", [1690])


def test_an_unanswered_bank_page_ends_with_the_order(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea, "asks_bank"), ordered(bea)
    payment = tap(order, card)
    with clock.at(clock.now() + dt.timedelta(hours=2)):
        expire_orders()
        assert end_stale_links() == 1
    payment.refresh_from_db()
    desk.answer_bank(payment.provider_payment)
    assert (fresh(order).status, payment.state, charges(desk), breaches()) == ("expired", "expired", [1690], [])


# -- silences, kills and races ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", [0, 1], ids=["create", "confirm"])
@pytest.mark.parametrize("times", [1, 3])
def test_attack_42_lost_answers_charge_once(desk: Desk, bea: Customer, silent: int, times: int) -> None:
    card, order = kept(desk, bea), ordered(bea)
    for _ in range(silent):
        desk.fault("slow", seconds=0)
    for _ in range(times):
        desk.fault("lost", seconds=0)
    if times == 3:
        with pytest.raises(ProviderUnavailable):
            tap(order, card)
    assert tap(order, card).state == "succeeded"
    deliver(desk)
    assert (fresh(order).status, order.payments.count(), charges(desk)) == ("placed", 1, [1690, 1690])


def test_attack_42_a_charge_nobody_came_back_for_is_found(desk: Desk, bea: Customer) -> None:
    """The bank said yes, we died before we heard of it, and no event came: the reconciliation asks."""
    card, order = kept(desk, bea), ordered(bea)
    desk.fault("slow", seconds=0)
    for _ in range(3):
        desk.fault("lost", seconds=0)
    with pytest.raises(ProviderUnavailable):
        tap(order, card)
    assert fresh(order).status == "draft"
    with clock.at(clock.now() + dt.timedelta(minutes=11)):
        reconcile()
    assert (fresh(order).status, charges(desk), breaches()) == ("placed", [1690, 1690], [])


def test_attack_42_a_lost_charge_is_not_made_again_by_the_link(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea), ordered(bea)
    desk.fault("slow", seconds=0)
    for _ in range(3):
        desk.fault("lost", seconds=0)
    with pytest.raises(ProviderUnavailable):
        tap(order, card)
    assert start_checkout(order).state == "succeeded"
    assert (fresh(order).status, len(desk.every("checkout.session")), charges(desk)) == ("placed", 1, [1690, 1690])


def test_attack_42_a_charge_whose_name_was_lost_is_known_by_its_event_and_takes_nothing(
    desk: Desk, bea: Customer
) -> None:
    card, order = kept(desk, bea), ordered(bea)
    for _ in range(3):
        desk.fault("lost", seconds=0)
    with pytest.raises(ProviderUnavailable):
        tap(order, card)
    deliver(desk)
    payment = order.payments.get()
    assert (payment.state, payment.provider_payment) == ("open", desk.every("payment_intent")[-1]["id"])
    desk.pay(start_checkout(order).provider_session)
    deliver(desk)
    payment.refresh_from_db()
    assert (payment.state, fresh(order).status, charges(desk)) == ("expired", "placed", [1690, 1690])


def test_an_open_page_is_ended_before_the_card_is_charged(desk: Desk, bea: Customer) -> None:
    card, page = kept(desk, bea), linked(bea)
    payment = tap(page.order, card)
    assert (payment.state, desk.pay(page.provider_session)) == ("succeeded", "closed")
    deliver(desk)
    assert (charges(desk), breaches()) == ([1690, 1690], [])


def test_money_that_came_by_the_page_first_is_the_money(desk: Desk, bea: Customer) -> None:
    card, page = kept(desk, bea), linked(bea)
    desk.pay(page.provider_session)
    payment = tap(page.order, card)
    assert (payment.pk, payment.state, charges(desk)) == (page.pk, "succeeded", [1690, 1690])


def test_one_attempt_lives_at_a_time(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea, "asks_bank"), ordered(bea)
    tap(order, card)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(
            merchant=bea.merchant, account=card.payer.account, order=order, attempt=9, amount=order.total,
            is_off_session=True, card=card,
        )  # fmt: skip
    assert tap(order, card).attempt == 1


@pytest.mark.parametrize("seed", range(4))
def test_every_event_of_a_charge_in_any_order_and_twice_ends_the_same(desk: Desk, bea: Customer, seed: int) -> None:
    card, order = kept(desk, bea, "asks_bank"), ordered(bea)
    payment = tap(order, card)
    desk.answer_bank(payment.provider_payment)
    refund = desk.every("charge")[-1]
    desk.refund({"charge": refund["id"], "amount": "690"})
    events = desk.new_events() * 2
    random.Random(seed).shuffle(events)
    for event in events:
        assert desk.tell(event) == 200
        run_due()
    payment.refresh_from_db()
    assert (payment.state, fresh(order).status, order.payment_status) == ("succeeded", "placed", "partly_refunded")
    assert (charges(desk), told(order).count("paid"), breaches()) == ([1690, 1000], 1, [])


def at_the_till(order: Order) -> Payment:
    return take_at_till(order, taken_as="cash", agreed=order.total)


@pytest.mark.parametrize(("end", "ended"), [(at_the_till, "placed"), (cancel_order, "cancelled")])
def test_paid_at_the_till_or_called_off_while_a_charge_is_prepared_it_takes_nothing(
    desk: Desk, bea: Customer, monkeypatch: pytest.MonkeyPatch, end: Callable[[Order], object], ended: str
) -> None:
    card, order = kept(desk, bea), ordered(bea)
    meanwhile(monkeypatch, "create_charge", lambda: end(order))
    payment = tap(order, card)
    deliver(desk)
    assert (payment.state, fresh(order).status, charges(desk), breaches()) == ("expired", ended, [1690], [])
    assert desk.every("payment_intent")[-1]["status"] == "canceled"


def test_a_charge_that_got_its_name_meanwhile_is_ended_at_the_provider(
    desk: Desk, bea: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tap on the one card, then on the other: the second saw the first's attempt when it had no name yet."""
    visa, other, order = kept(desk, bea), kept(desk, bea, "mastercard"), ordered(bea)
    seen: list[Payment] = []
    meanwhile(monkeypatch, "create_charge", lambda: seen.append(reserve(order, card=other)))
    meanwhile(monkeypatch, "confirm_charge", lambda: end_attempt(seen[0]))
    first = tap(order, visa)
    assert (first.state, charges(desk)) == ("expired", [1690, 1690])
    assert (tap(order, other).state, charges(desk), breaches()) == ("succeeded", [1690, 1690, 1690], [])


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    errors: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except (NotNow, CardGone, ProviderUnavailable):
            pass
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_taps_pages_and_events_at_once_pay_once(desk: Desk, merchant: Merchant, round_: int) -> None:
    """Three taps and the link opened and paid in the same moment: paid once, whatever else came goes back."""
    with scope(merchant=merchant):
        goods.vat(merchant)
        PaymentAccount.objects.create(
            merchant=merchant, provider="stripe", name=NAME, config=desk.config, keeps_cards=True
        )
        shopper = factories.customer(merchant)
        card = kept(desk, shopper)
        order = ordered(shopper)

    def tapped() -> None:
        with scope(merchant=merchant):
            tap(order, card)

    def opened() -> None:
        with scope(merchant=merchant):
            page = start_checkout(order)
        if page.provider_session:
            desk.pay(page.provider_session)

    assert at_once(tapped, opened, tapped, opened, tapped, run_due) == []
    with scope(merchant=merchant):
        for event in desk.new_events():
            desk.tell(event)
        run_due()
        reconcile()
        while run_due():
            pass
        if fresh(order).status == "draft":  # each ended the other's: nothing was charged, and the link still works
            assert sum(charges(desk)) == 1690
            desk.pay(start_checkout(order).provider_session)
            deliver(desk)
        assert (fresh(order).status, sum(charges(desk)), breaches()) == ("placed", 3380, [])
        assert told(order).count("paid") == 1


# -- forgetting ------------------------------------------------------------------------------------------------------


def test_forgotten_it_is_gone_here_and_there_and_never_comes_back(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea), ordered(bea)
    first = Order.objects.exclude(pk=order.pk).get()
    forget_card(bea, card.pk)
    desk.tell(desk.events()[-1])  # older news of it, looked at before it is removed
    refund_order(first)
    run_due()
    assert (kept_cards(bea), [m["customer"] for m in desk.every("payment_method")]) == ([], [None])
    with pytest.raises(CardGone):
        tap(order, card)
    with pytest.raises(CardGone):
        forget_card(bea, card.pk)
    assert (remove_forgotten(), CardRemoval.objects.exclude(done_at=None).count(), breaches()) == (0, 1, [])


def test_a_provider_that_is_away_is_asked_again(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    forget_card(bea, card.pk)
    desk.fault("server_error", status=500)
    assert (remove_forgotten(), remove_forgotten()) == (1, 0)
    with clock.at(clock.now() + dt.timedelta(minutes=1)):
        assert remove_forgotten() == 1
    assert CardRemoval.objects.get().done_at is not None


def test_one_that_has_gone_already_is_done(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    desk.change("payment_method", card.provider_method, customer=None)
    forget_card(bea, card.pk)
    remove_forgotten()
    assert CardRemoval.objects.get().done_at is not None


def test_erased_nothing_is_kept_here_or_there(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    cancel_order(Order.objects.get())
    erase_customer(bea)
    run_due()
    assert (SavedCard.objects.count(), Payer.objects.count()) == (0, 0)
    assert [(c["deleted"], c["id"]) for c in desk.every("customer")] == [(True, card.payer.provider_customer)]
    assert [method["customer"] for method in desk.every("payment_method")] == [None]
    assert breaches() == []


def test_two_who_are_one_have_one_name_and_two_again_each_their_own(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    other = factories.customer(bea.merchant)
    moved = merge_cards(bea, other)
    assert (usable_cards(other), usable_cards(bea)) == ([card], [])
    later = kept(desk, other, "mastercard")
    unmerge_cards(bea, other, moved)
    assert (kept_cards(bea), kept_cards(other)) == ([card], [])
    assert CardRemoval.objects.get().provider_ref == later.provider_method


def test_two_names_at_one_account_become_one(desk: Desk, bea: Customer) -> None:
    card, other = kept(desk, bea), factories.customer(bea.merchant)
    theirs = kept(desk, other, "mastercard")
    assert (merge_cards(bea, other)["payers"], kept_cards(other), kept_cards(bea)) == ([], [theirs], [])
    assert CardRemoval.objects.get().provider_ref == card.payer.provider_customer


@pytest.mark.parametrize("field", ["customer", "id"])
def test_events_about_their_cards_are_forgotten_with_them(desk: Desk, bea: Customer, field: str) -> None:
    """Events that were stored in full and name no payment."""
    card = kept(desk, bea)
    cancel_order(Order.objects.get())
    name = {"customer": card.payer.provider_customer, "id": card.provider_method}[field]
    thing = {"object": "payment_method", field: name, "billing_details": {"email": "canary@example.org"}}
    payload = {"id": "evt_x", "type": "payment_method.attached", "created": 1, "data": {"object": thing}}
    account = card.payer.account_id
    WebhookEvent.objects.create(account_id=account, event_id="evt_x", kind="payment_method.attached", payload=payload)
    erase_customer(bea)
    assert "canary" not in str(WebhookEvent.objects.get(event_id="evt_x").payload)


def test_a_name_that_was_forgotten_while_it_was_made_is_removed_at_the_provider(
    desk: Desk, bea: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, "create_customer", lambda: forget_cards(bea))
    page = linked(bea)
    run_due()
    assert (page.state, page.payer, Payer.objects.count()) == ("open", None, 0)
    assert [customer.get("deleted") for customer in desk.every("customer")] == [True]


def test_a_card_is_locked_before_its_removal_and_before_the_series_of_documents(desk: Desk, bea: Customer) -> None:
    kept(desk, bea)
    with CaptureQueriesContext(connection) as said:
        kept(desk, bea)

    def first(*words: str) -> int:
        return next(at for at, query in enumerate(said) if all(word in query["sql"] for word in words))

    locked = first('"payments_savedcard"', "FOR UPDATE")
    assert locked < first("INSERT INTO", '"payments_cardremoval"')
    assert first("INSERT INTO", '"payments_savedcard"') < first("orders_documentseries")


@pytest.mark.parametrize("has_name", [False, True], ids=["neither had a name", "both had one"])
def test_two_again_nobody_pays_with_what_the_other_kept_meanwhile(desk: Desk, bea: Customer, has_name: bool) -> None:
    """No name moved with the merge, and the cards kept since are under the one who stayed."""
    other = factories.customer(bea.merchant)
    own = [kept(desk, other, "mastercard"), kept(desk, bea)][:1] if has_name else []
    merge_customers(bea, other)
    later = kept(desk, other, "asks_bank")  # in bea's thread
    undo_merge(Merge.objects.get())
    assert (kept_cards(other), kept_cards(bea), breaches()) == (own, [], [])
    assert CardRemoval.objects.filter(provider_ref=later.provider_method).exists()
    with pytest.raises(CardGone):
        tap(ordered(other), later)


def test_of_a_merge_from_before_there_were_cards_all_are_forgotten(desk: Desk, bea: Customer) -> None:
    other = factories.customer(bea.merchant)
    kept(desk, other)
    unmerge_cards(bea, other, None)
    assert kept_cards(other) == []


def test_two_again_a_page_from_when_they_were_one_keeps_no_card(desk: Desk, bea: Customer) -> None:
    other = factories.customer(bea.merchant)
    merge_customers(bea, other)
    page = linked(other)  # in bea's thread
    undo_merge(Merge.objects.get())
    desk.pay(page.provider_session, keep=True)
    deliver(desk)
    assert (fresh(page.order).status, kept_cards(other), kept_cards(bea), breaches()) == ("placed", [], [], [])


@pytest.mark.parametrize("is_moved", [False, True], ids=["the other's card", "the other's order"])
def test_two_again_what_was_paid_with_the_others_card_is_no_breach(desk: Desk, bea: Customer, is_moved: bool) -> None:
    other = factories.customer(bea.merchant)
    card = kept(desk, other if is_moved else bea)
    order = ordered(bea if is_moved else other)
    merge_customers(bea, other)
    payment = tap(fresh(order), card)
    assert (payment.state, payment.card, breaches()) == ("succeeded", card, [])
    undo_merge(Merge.objects.get())
    payment.refresh_from_db()
    assert (payment.state, payment.card, breaches()) == ("succeeded", None, [])
    assert kept_cards(other if is_moved else bea) == [card]


def test_a_page_that_bears_the_name_of_a_charge_is_not_its_money(desk: Desk, bea: Customer) -> None:
    card, order = kept(desk, bea, "asks_bank"), ordered(bea)
    payment = tap(order, card)
    stray: Any = linked(factories.customer(bea.merchant))
    desk.change("checkout.session", stray.provider_session, metadata={"payment": payment.public_id})
    Payment.objects.filter(pk=stray.pk).delete()
    desk.pay(stray.provider_session)
    deliver(desk)
    payment.refresh_from_db()
    assert (payment.state, fresh(order).status) == ("review", "draft")


PLANTED = {
    "payments: no attempt brings more than was agreed": "UPDATE payments_paymentevent SET amount = amount + 1",
    "payments: kept cards are their owners'": """INSERT INTO payments_cardremoval (merchant_id, account_id, provider_ref,
        due_at, attempts, error) SELECT c.merchant_id, p.account_id, c.provider_method, now(), 0, ''
        FROM payments_savedcard c JOIN payments_payer p ON p.id = c.payer_id""",
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_breach_is_named(desk: Desk, bea: Customer, name: str) -> None:
    card = kept(desk, bea)
    tap(ordered(bea), card)
    assert breaches() == []
    with connection.cursor() as cursor:
        cursor.execute(PLANTED[name])
    assert name in breaches()


def test_a_card_of_somebody_else_on_an_attempt_is_named(desk: Desk, bea: Customer) -> None:
    card = kept(desk, bea)
    tap(ordered(bea), card)
    Payer.objects.filter(pk=card.payer_id).update(customer=factories.customer(bea.merchant))
    assert breaches() == ["payments: kept cards are their owners'"]
