"""Licence codes as goods: each piece takes one from the pool, once; a pool never sells more than it holds."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, connections, transaction
from django_scopes import scope
from djmoney.money import Money

from apps.carts.actions import add_to_cart, open_cart
from apps.catalog.licence_codes import NoPool, Why, add_codes, counted, open_pool, running_low, take_back
from apps.catalog.models import CodePool, Digital, LicenceCode, Variant
from apps.catalog.stock import CountedByCodes, OutOfStock, adjust_stock, available, count_stock, receive_stock
from apps.customers.models import Customer
from apps.merchants.invariants import run_all
from apps.orders.actions import hold_for_summary
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import Placing, place_paid
from apps.orders.codes import licence_for, withdrawn
from apps.orders.models import HandedCode, Order
from apps.payments.actions import (
    NotCancellable,
    cancel_order,
    hold_tenders,
    issue_gift_card,
    may_undo,
    refund_lines,
    refund_order,
    send_refunds,
    start_checkout,
    use_gift_card,
)
from tests import factories
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh
from .test_sold_cards import bought


def codes(count: int, start: int = 0) -> str:
    return "\n".join(f"GAME-{number:04d}-ABCD-{number:04d}" for number in range(start, start + count))


def pool_of(merchant: Any, count: int, **fields: Any) -> CodePool:
    """A game that hands out codes, this many of them."""
    goods.warehouse(merchant)
    variant = goods.variant(merchant, "Puzzle game", price="20.00", stock=None, comes_as="digital")
    pool = open_pool(variant, **fields)
    if count:
        add_codes(pool, codes(count))
    return pool


def broken() -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


def test_lines_become_codes_and_what_cannot_be_taken_is_told_by_its_line(ana: Customer) -> None:
    pool = pool_of(ana.merchant, 0)
    text = '\ufeffCode\nAAAA-BBBB-CCCC-DDDD\n\n "EEEE-FFFF",\nAAAA-BBBB-CCCC-DDDD\none,two\n' + "x" * 201 + "\nA\x00B"
    told = add_codes(pool, text)
    assert (told.added, told.refused) == (
        2, {5: Why.TWICE, 6: Why.MORE_THAN_ONE, 7: Why.TOO_LONG, 8: Why.UNREADABLE},
    )  # fmt: skip
    again = add_codes(pool, "EEEE-FFFF\nGGGG-HHHH-IIII")
    assert (again.added, again.refused) == (1, {1: Why.KNOWN})
    assert [str(code) for code in LicenceCode.objects.all()] == ["•••• DDDD", "••••", "•••• IIII"]
    assert available([pool.variant_id]) == {pool.variant_id: 3}
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, ' ') FROM catalog_licencecode c")
        assert "BBBB-CCCC" not in cursor.fetchone()[0]
    assert broken() == []


def test_another_pool_of_the_shop_cannot_bring_the_same_code(ana: Customer) -> None:
    pool_of(ana.merchant, 2)
    other = pool_of(ana.merchant, 0)
    assert add_codes(other, codes(3)).refused == {1: Why.KNOWN, 2: Why.KNOWN}
    assert broken() == []


def test_only_digital_goods_nobody_is_holding_hand_out_codes(ana: Customer) -> None:
    goods.warehouse(ana.merchant)
    with pytest.raises(NoPool):
        open_pool(goods.variant(ana.merchant))
    counted_by_hand = goods.variant(ana.merchant, "Course", stock=3, comes_as="digital")
    add_to_cart(ana, counted_by_hand, quantity=1)
    hold_for_summary(open_cart(ana))
    with pytest.raises(NoPool):
        open_pool(counted_by_hand)
    assert available([counted_by_hand.pk]) == {counted_by_hand.pk: 2}


def test_pieces_come_and_go_with_their_codes_only(ana: Customer) -> None:
    pool = pool_of(ana.merchant, 4)
    place = pool.location
    for change in (
        lambda: adjust_stock(pool.variant, place, 1),
        lambda: count_stock(pool.variant, place, 5),
        lambda: receive_stock(pool.variant, place, 1),
    ):
        with pytest.raises(CountedByCodes):
            change()
    assert count_stock(pool.variant, place, 4).on_hand == 4  # an export that is read back says what there is
    pool.variant.is_tracked = False
    pool.variant.save()
    assert Variant.objects.get(pk=pool.variant_id).is_tracked
    assert broken() == []


def test_each_piece_that_is_paid_for_takes_one_code_that_is_its_buyers_alone(desk: Desk, ana: Customer) -> None:
    pool = pool_of(ana.merchant, 5)
    order = bought(desk, ana, {pool.variant: 2})
    handed = list(HandedCode.objects.order_by("piece"))
    assert [(row.piece, row.line_id) for row in handed] == [(1, order.lines.get().pk), (2, order.lines.get().pk)]
    names = [row.code.public_id for row in handed]
    assert [licence_for(name, ana.pk) for name in names] == ["GAME-0000-ABCD-0000", "GAME-0001-ABCD-0001"]
    stranger = factories.customer(ana.merchant, "Ben")
    assert [licence_for(name, stranger.pk) for name in names] == ["", ""]
    assert available([pool.variant_id]) == {pool.variant_id: 3}
    told = counted(CodePool.objects.all()).get()
    assert (told.free, told.given) == (3, 2)  # type: ignore[attr-defined]
    with pytest.raises(IntegrityError), transaction.atomic():
        HandedCode.objects.create(
            merchant=ana.merchant, line=order.lines.get(), piece=3, code=LicenceCode.objects.order_by("pk")[0]
        )
    assert broken() == []


def test_more_than_there_are_are_neither_held_nor_sold(ana: Customer) -> None:
    pool = pool_of(ana.merchant, 2)
    with pytest.raises(OutOfStock):
        add_to_cart(ana, pool.variant, quantity=3)


def test_a_code_that_was_told_is_not_undone_and_a_refund_marks_it(desk: Desk, ana: Customer) -> None:
    pool = pool_of(ana.merchant, 5)
    order = bought(desk, ana, {pool.variant: 2})
    assert not may_undo(order)
    with pytest.raises(NotCancellable):
        cancel_order(order)
    refund_lines(order, lines={order.lines.get().pk: 1})
    send_refunds()
    deliver(desk)
    kept, gone = HandedCode.objects.order_by("piece")
    assert (kept.withdraw_at, gone.withdraw_at is not None) == (None, True)
    assert [bool(licence_for(row.code.public_id, ana.pk)) for row in (kept, gone)] == [True, False]
    refund_order(order)
    send_refunds()
    deliver(desk)
    assert fresh(order).payment_status == "refunded"
    assert HandedCode.objects.filter(withdraw_at=None).count() == 0
    assert [withdrawn([kept.pk, gone.pk]), withdrawn([kept.pk])] == [2, 0]
    assert available([pool.variant_id]) == {pool.variant_id: 3}  # nobody is sold a code that was read
    assert broken() == []


def test_what_was_sold_before_its_pool_was_opened_still_goes_back(desk: Desk, ana: Customer) -> None:
    goods.warehouse(ana.merchant)
    by_hand = goods.variant(ana.merchant, "Course", price="20.00", stock=3, comes_as="digital")
    order, other = bought(desk, ana, {by_hand: 2}), bought(desk, ana, {by_hand: 1})
    add_codes(open_pool(by_hand), codes(4))
    refund_lines(order, lines={order.lines.get().pk: 1})
    send_refunds()
    deliver(desk)
    line = order.lines.get()
    assert (fresh(order).payment_status, line.handed, line.dropped) == ("partly_refunded", 1, 1)
    assert available([by_hand.pk]) == {by_hand.pk: 4}
    assert broken() == []
    refund_order(order)
    assert cancel_order(other).status == "cancelled"
    send_refunds()
    deliver(desk)
    assert [fresh(each).payment_status for each in (order, other)] == ["refunded", "refunded"]
    assert available([by_hand.pk]) == {by_hand.pk: 4}
    assert broken() == []


def test_a_lost_dispute_or_a_refund_at_the_providers_desk_marks_all(desk: Desk, ana: Customer) -> None:
    pool = pool_of(ana.merchant, 2)
    order = bought(desk, ana, {pool.variant: 1})
    intent = desk.every("payment_intent")[-1]["id"]
    desk.refund({"payment_intent": intent})
    deliver(desk)
    assert fresh(order).payment_status == "refunded"
    assert HandedCode.objects.get().withdraw_at is not None
    assert broken() == []


def still_told() -> int:
    return HandedCode.objects.filter(withdraw_at=None).count()


def lose(desk: Desk, *, whole: int = 0) -> None:
    """The bank takes the last payment at the page back, or so much in minor units, and keeps it."""
    ref = desk.dispute(desk.every("payment_intent")[-1]["id"])
    if whole:
        desk.change("dispute", ref, amount=whole)
    desk.lose_dispute(ref)
    deliver(desk)


def test_a_dispute_over_a_part_leaves_codes_that_are_still_paid_for(desk: Desk, ana: Customer) -> None:
    pool = pool_of(ana.merchant, 2)
    card, _code = issue_gift_card(ana.merchant, Money("35.00", "EUR"))
    add_to_cart(ana, pool.variant, quantity=2)
    use_gift_card(open_cart(ana), card)
    order = goods.draft(open_cart(ana))
    hold_tenders(order)
    payment = start_checkout(order)
    assert (desk.pay(payment.provider_session), str(payment.amount)) == ("paid", "€5.00")
    deliver(desk)
    lose(desk)
    assert (fresh(order).payment_status, still_told()) == ("lost", 2)
    refund_order(order)
    assert still_told() == 0
    assert broken() == []


def test_a_dispute_over_more_than_is_left_marks_all(desk: Desk, ana: Customer) -> None:
    pool = pool_of(ana.merchant, 1)
    lamp = goods.variant(ana.merchant, "Lamp", price="20.00")
    order = bought(desk, ana, {lamp: 1, pool.variant: 1})
    refund_lines(order, lines={order.lines.get(variant=lamp).pk: 1})
    send_refunds()
    deliver(desk)
    assert still_told() == 1
    lose(desk, whole=int(order.total.amount * 100))
    assert (fresh(order).payment_status, still_told()) == ("lost", 0)
    assert broken() == []


def test_a_refund_that_failed_and_is_asked_for_anew_marks_no_further_code(desk: Desk, ana: Customer) -> None:
    pool = pool_of(ana.merchant, 3)
    order = bought(desk, ana, {pool.variant: 3})
    line = order.lines.get()
    for _try in range(2):
        refund_lines(order, lines={line.pk: 1})
        send_refunds()
        desk.finish_refund(desk.every("refund")[-1]["id"], failed=True)
        deliver(desk)
        assert (fresh(order).payment_status, still_told()) == ("paid", 2)
    refund_lines(order, lines={line.pk: 1})
    assert still_told() == 2
    refund_lines(order, lines={line.pk: 1})
    assert still_told() == 1
    assert broken() == []


def test_a_pool_that_runs_low_is_found(ana: Customer) -> None:
    low = pool_of(ana.merchant, 3, low_at=3)
    pool_of(ana.merchant, 0, low_at=0)
    more = pool_of(ana.merchant, 0, low_at=1)
    add_codes(more, codes(2, start=10))
    assert [pool.free for pool in running_low()] == [0, 3]  # type: ignore[attr-defined]
    assert low in running_low()


def test_planted_breaches_are_found(desk: Desk, ana: Customer) -> None:
    pool = pool_of(ana.merchant, 5)
    Digital.objects.create(merchant=ana.merchant, product=pool.variant.product, url="https://game.example/1")
    bought(desk, ana, {pool.variant: 1})
    free = LicenceCode.objects.filter(is_free=True)[:1]
    planted: list[tuple[Any, set[str]]] = [
        (lambda: LicenceCode.objects.filter(pk__in=free).update(is_free=False),
         {"catalog.free codes are the stock", "orders: codes are given once"}),
        (lambda: LicenceCode.objects.filter(is_free=False).update(is_free=True),
         {"catalog.free codes are the stock", "orders: codes are given once"}),
        (lambda: HandedCode.objects.all().delete(), {"orders: codes are given once"}),
        (lambda: Order.objects.update(payment_status="refunded"),
         {"orders: codes follow their price", "payments: states are what the events say"}),
        (lambda: Variant.objects.update(is_tracked=False), {"catalog.what hands out codes is digital and counted"}),
    ]  # fmt: skip
    for breach, expected in planted:
        with transaction.atomic():
            breach()
            assert expected <= set(broken())
            transaction.set_rollback(True)
    assert broken() == []


def test_a_file_beside_the_code_is_still_to_be_had(desk: Desk, ana: Customer, settings: Any, tmp_path: Any) -> None:
    settings.PRIVATE_ROOT = str(tmp_path)
    pool = pool_of(ana.merchant, 1)
    Digital.objects.create(
        merchant=ana.merchant, product=pool.variant.product, file=ContentFile(b"setup", name="setup.bin")
    )
    assert bought(desk, ana, {pool.variant: 1}).lines.get().handed == 1
    assert broken() == []


# --- taken back -----------------------------------------------------------------------------------
def test_unused_codes_are_taken_back_and_may_come_again(ana: Customer, desk: Desk) -> None:
    pool = pool_of(ana.merchant, 3)
    other = pool_of(ana.merchant, 0)
    add_codes(other, codes(1, start=7))
    bought(desk, ana, {pool.variant: 1})  # the first one
    told = take_back(pool, f"{codes(2)}\n{codes(1, start=7)}\n{codes(1, start=1)}")
    assert (told.taken, told.refused) == (1, {1: Why.GIVEN, 3: Why.UNKNOWN, 4: Why.TWICE})
    assert (available([pool.variant_id]), LicenceCode.objects.filter(pool=other).count()) == ({pool.variant_id: 1}, 1)
    assert add_codes(pool, codes(3)).refused == {1: Why.KNOWN, 3: Why.KNOWN}
    assert available([pool.variant_id]) == {pool.variant_id: 2}
    assert broken() == []


def test_what_is_promised_is_not_taken_back(ana: Customer) -> None:
    pool = pool_of(ana.merchant, 3)
    add_to_cart(ana, Variant.objects.get(pk=pool.variant_id), quantity=2)
    hold_for_summary(open_cart(ana))
    with pytest.raises(OutOfStock) as refused:
        take_back(pool, codes(3))
    assert (refused.value.left, LicenceCode.objects.filter(is_free=True).count()) == (1, 3)
    assert take_back(pool, codes(1)).taken == 1
    with pytest.raises(OutOfStock):
        take_back(pool, codes(1, start=1))
    assert broken() == []


def test_the_database_lets_no_given_code_go(ana: Customer, desk: Desk) -> None:
    pool = pool_of(ana.merchant, 1)
    bought(desk, ana, {pool.variant: 1})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM catalog_licencecode")


@pytest.mark.django_db(transaction=True)
def test_codes_are_sold_or_taken_back_and_never_both(ana: Customer) -> None:
    """Ten buyers and ten hands that take the same codes back, all at once."""
    pool = pool_of(ana.merchant, 10)
    buyers = [factories.customer(ana.merchant, f"Buyer {number}") for number in range(10)]
    barrier, placed, taken = Barrier(4), [], []

    def buy(mine: list[Customer]) -> None:
        barrier.wait()
        with scope(merchant=ana.merchant):
            for customer in mine:
                try:
                    add_to_cart(customer, Variant.objects.get(pk=pool.variant_id), quantity=1)
                    cart = open_cart(customer)
                    hold_for_summary(cart)
                    order = goods.draft(cart)
                except Exception:  # noqa: S112 (too late, told in one of several ways)
                    continue
                with transaction.atomic():
                    placed.append(place_paid(lock_order(order)))
        connections.close_all()

    def withdraw(numbers: list[int]) -> None:
        barrier.wait()
        with scope(merchant=ana.merchant):
            for number in numbers:
                try:
                    taken.append(take_back(pool, codes(1, start=number)).taken)
                except OutOfStock:
                    taken.append(0)
        connections.close_all()

    threads = [Thread(target=buy, args=(buyers[at::2],)) for at in range(2)]
    threads += [Thread(target=withdraw, args=([*range(10)][::step],)) for step in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    given = HandedCode.objects.values("code").distinct().count()
    free = LicenceCode.objects.filter(is_free=True).count()
    assert len(taken) == 20
    assert given == HandedCode.objects.count() == placed.count(Placing.PLACED)
    assert given + sum(taken) + free == 10
    assert broken() == []


@pytest.mark.django_db(transaction=True)
def test_two_hundred_buyers_of_fifty_codes_get_fifty_and_each_another(ana: Customer) -> None:
    """All pay at once, some from a hold, some after theirs has run out; ten at a time, as many as the door lets in."""
    pool = pool_of(ana.merchant, 50)
    buyers = [factories.customer(ana.merchant, f"Buyer {number}") for number in range(200)]
    outcomes: list[str] = []
    barrier = Barrier(10)

    def buy(mine: list[Customer]) -> None:
        barrier.wait()
        with scope(merchant=ana.merchant):
            for customer in mine:
                outcomes.append(one(customer))
        connections.close_all()

    def one(customer: Customer) -> str:
        try:
            add_to_cart(customer, Variant.objects.get(pk=pool.variant_id), quantity=1)
            cart = open_cart(customer)
            hold_for_summary(cart)
            order = goods.draft(cart)
        except Exception as error:  # whoever comes too late is told so in one of several ways
            return type(error).__name__
        with transaction.atomic():
            return str(place_paid(lock_order(order)))

    threads = [Thread(target=buy, args=(buyers[at::10],)) for at in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 200
    assert outcomes.count(Placing.PLACED) == 50
    assert HandedCode.objects.count() == 50
    assert HandedCode.objects.values("code").distinct().count() == 50
    assert LicenceCode.objects.filter(is_free=True).count() == 0
    assert available([pool.variant_id]) == {pool.variant_id: 0}
    assert broken() == []
