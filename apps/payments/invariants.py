"""What must always be true of money; run by `manage.py check_invariants`."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from apps.carts.money import total_of
from apps.catalog.models import Product
from apps.ledger.models import Account, Posting
from apps.merchants import clock
from apps.orders.documents.rates import less, sum_of
from apps.orders.models import Order, OrderLine, ReturnRequest

from .actions.returned import refunds_of
from .books import buyer_of, folded_attempts, sums_of
from .fold import payment_status
from .models import (
    Bill,
    Capture,
    CardRemoval,
    Dispute,
    GiftCard,
    Payment,
    PaymentEvent,
    Refund,
    SavedCard,
    WebhookEvent,
)
from .provider import Kind
from .shares import given_back, paid_for, paid_for_delivery
from .taxes import Parts, parts_sold, read
from .tenders import CARD, EXCHANGES, SET_ASIDE, SOLD

State = Payment.State
PATIENCE = dt.timedelta(minutes=15)


def never_more_than_agreed() -> list[str]:
    """An attempt brings what the shopper said yes to and nothing else, however often it was asked for; of what was only
    reserved it may be less."""
    came = PaymentEvent.objects.filter(kind=Kind.CAPTURED, payment__tender="").exclude(payment__state=State.REVIEW)
    sums = came.order_by().values("payment_id", "payment__amount", "payment__captures_on_shipping")
    return [
        f"payment {row['payment_id']}: {row['total']} came, {row['payment__amount']} was agreed"
        for row in sums.annotate(total=Sum("amount"))
        if row["total"] > row["payment__amount"]
        or (row["total"] != row["payment__amount"] and not row["payment__captures_on_shipping"])
    ]


def sums_are_what_was_heard() -> list[str]:
    """What was reserved, taken and paid back of an attempt is what its events say: never more taken than reserved, nor
    more back than taken."""
    wrong = []
    for order in Order.objects.filter(payments__isnull=False).distinct().iterator(chunk_size=500):
        attempts = folded_attempts(order)
        for payment in order.payments.all():
            kept = {name: getattr(payment, name) for name in ("authorised", "captured", "refunded")}
            if kept != sums_of(attempts[payment.pk]):
                wrong.append(f"payment {payment.pk} keeps other sums than its events have")
            if not 0 <= payment.refunded <= payment.captured <= payment.authorised:
                wrong.append(
                    f"payment {payment.pk}: {payment.refunded} back of {payment.captured} of {payment.authorised}"
                )
    return wrong


def reserved_money_is_taken_once() -> list[str]:
    """A capture takes of what is reserved no more than was not let go; and what was asked for and done, happened."""
    wrong = []
    for capture in Capture.objects.exclude(state=Capture.State.FAILED).select_related("payment"):
        payment = capture.payment
        gone = payment.refunds.filter(is_release=True).exclude(state=Refund.State.FAILED)
        most = payment.authorised - (gone.aggregate(sum=Sum("amount"))["sum"] or 0)
        if payment.state == State.REVIEW:
            continue
        if capture.amount.amount > most:
            wrong.append(f"capture {capture.pk} takes {capture.amount} of {most}")
        ended = payment.state in (State.SUCCEEDED, State.RELEASED)
        if ended == (capture.state in Capture.OPEN):
            wrong.append(f"capture {capture.pk} is {capture.state}, its payment {payment.state}")
    early = Payment.objects.filter(state__in=[State.AUTHORISED, State.RELEASED], captures_on_shipping=False)
    wrong += [f"payment {pk} is reserved and was to be paid at once" for pk in early.values_list("pk", flat=True)]
    late = Payment.objects.filter(state=State.AUTHORISED, order__fulfilments__shipped_at__lt=clock.now() - PATIENCE)
    late = late.filter(captures=None).distinct()
    return wrong + [
        f"payment {pk}: a parcel has left and nobody takes its money" for pk in late.values_list("pk", flat=True)
    ]


def paid_in_the_orders_currency() -> list[str]:
    """An order is asked for, paid by gift card and paid back in its own currency."""
    asked = Payment.objects.exclude(amount_currency=F("order__currency")).order_by("pk")
    cards = Payment.objects.filter(gift_card__isnull=False).exclude(gift_card__issued_currency=F("amount_currency"))
    back = Refund.objects.exclude(amount_currency=F("payment__amount_currency")).order_by("pk")
    return [
        *(f"payment {pk} is in another currency than its order" for pk in asked.values_list("pk", flat=True)),
        *(f"payment {pk} is by a gift card in another currency" for pk in cards.values_list("pk", flat=True)),
        *(f"refund {pk} is in another currency than its payment" for pk in back.values_list("pk", flat=True)),
    ]


def cards_are_their_owners() -> list[str]:
    """A kept card is paid with by the shopper who let it be kept, and one that was forgotten is kept no more."""
    foreign = Payment.objects.exclude(card=None).exclude(order__customer=F("card__payer__customer"))
    gone = CardRemoval.objects.filter(account=OuterRef("payer__account"), provider_ref=OuterRef("provider_method"))
    kept = SavedCard.objects.filter(Exists(gone))
    return [f"payment {pk} is by somebody else's card" for pk in foreign.values_list("pk", flat=True)] + [
        f"card {pk} was forgotten and is kept" for pk in kept.values_list("pk", flat=True)
    ]


def every_euro_has_a_home() -> list[str]:
    """Captured money belongs to a placed order, is promised back, or is under review."""
    captured = PaymentEvent.objects.filter(payment=OuterRef("pk"), kind=Kind.CAPTURED)
    placed = (Order.Status.PLACED, Order.Status.CLOSED)
    homeless = Payment.objects.filter(Exists(captured)).exclude(state=State.REVIEW)
    homeless = homeless.exclude(order__status__in=placed).select_related("order")
    return [
        f"payment {payment.pk}: money came for {payment.order.status} order {payment.order.number} and is not promised back"
        for payment in homeless
        if not payment.refunds.exclude(state=Refund.State.FAILED).exists()
    ]


def paid_once() -> list[str]:
    """A placed order is paid by one attempt beside gift cards and credit; what others brought is promised back."""
    wrong = []
    orders = Order.objects.filter(status=Order.Status.PLACED).annotate(n=Count("payments__events__pk")).filter(n__gt=0)
    for order in orders.iterator(chunk_size=500):
        kept = [
            pk
            for pk in order.payments.filter(state__in=[State.SUCCEEDED, State.AUTHORISED], tender="").values_list(
                "pk", flat=True
            )
            if not Refund.objects.filter(payment_id=pk).exclude(state=Refund.State.FAILED).exists()
        ]
        if len(kept) > 1:
            wrong.append(f"order {order.number} keeps the money of payments {kept}")
    return wrong


def free_orders_ask_for_nothing() -> list[str]:
    """An order over nothing has no attempt to pay it, and is paid exactly when it is placed."""
    free = Order.objects.filter(total=0)
    asked = free.filter(payments__isnull=False).distinct()
    sold = [Order.Status.PLACED, Order.Status.CLOSED]
    odd = free.exclude(status__in=sold, payment_status="paid").exclude(~Q(status__in=sold), payment_status="none")
    odd = odd.exclude(status=Order.Status.CANCELLED, payment_status="paid")
    return [f"order {order.number} is free and has a payment" for order in asked] + [
        f"free order {order.number} is {order.status} and {order.payment_status}" for order in odd
    ]


def one_open_attempt() -> list[str]:
    """At the provider; and each gift card and the credit are set aside once beside it."""
    doubled = (
        Payment.objects.filter(state__in=[State.OPEN, State.PROCESSING])
        .values("order_id", "tender", "gift_card_id")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    return [f"order {row['order_id']} has {row['n']} open attempts" for row in doubled]


def states_are_folds() -> list[str]:
    """Attempt and order say what their events say."""
    wrong = []
    for order in Order.objects.filter(payments__isnull=False).distinct().iterator(chunk_size=500):
        attempts = folded_attempts(order)
        for payment in order.payments.all():
            folded = attempts[payment.pk].state
            if folded not in (State.OPEN, payment.state):
                wrong.append(f"payment {payment.pk} is {payment.state}, its events say {folded}")
        said = payment_status(list(attempts.values()), total=order.total)
        if said != order.payment_status:
            wrong.append(f"order {order.number} is {order.payment_status}, its payments say {said}")
    return wrong


def never_more_back_than_came() -> list[str]:
    wrong = []
    back = Refund.objects.exclude(state=Refund.State.FAILED).filter(is_release=False)
    for row in back.order_by().values("payment_id").annotate(total=Sum("amount")):
        came = PaymentEvent.objects.filter(payment_id=row["payment_id"], kind=Kind.CAPTURED).aggregate(s=Sum("amount"))[
            "s"
        ]
        if row["total"] > (came or 0) and not _is_being_taken(row["payment_id"]):
            wrong.append(f"payment {row['payment_id']}: {row['total']} promised back of {came or 0}")
    return wrong


def _is_being_taken(payment_id: int) -> bool:
    """What was reserved may be promised back while it is only just being taken."""
    return bool(
        Payment.objects.filter(pk=payment_id, state=State.AUTHORISED, captures__state__in=Capture.OPEN).exists()
    )


def only_agreed_postage_stays() -> list[str]:
    """What a refund keeps of its goods' money is for the label of its return, and no more than was agreed for that."""
    wrong = []
    standing = Refund.objects.exclude(state=Refund.State.FAILED).filter(lines__withheld__gt=0)
    of_returns = set()
    for request in ReturnRequest.objects.filter(postage__gt=0).select_related("order"):
        parts = refunds_of(request).exclude(state=Refund.State.FAILED)
        of_returns |= set(parts.values_list("pk", flat=True))
        stays = parts.aggregate(n=Sum("lines__withheld"))["n"] or 0
        if stays > request.postage:
            wrong.append(f"return {request.pk}: {stays} stays for a label of {request.postage}")
    strange = standing.exclude(pk__in=of_returns).distinct()
    return wrong + [f"refund {refund.pk} keeps money for a label nobody agreed to" for refund in strange]


def refunds_are_their_parts() -> list[str]:
    """Goods and delivery of a refund are no more than it, and all refunds of an order's part no more than the part."""
    wrong = []
    refunds = Refund.objects.annotate(goods=Sum("lines__amount"), taxes=Sum("lines__tax")).exclude(goods=None)
    for refund in refunds:
        if refund.goods + refund.delivery > refund.amount.amount:
            wrong.append(f"refund {refund.pk}: parts of {refund.goods + refund.delivery} in {refund.amount}")
        if refund.taxes + refund.delivery_tax != refund.tax:
            wrong.append(f"refund {refund.pk}: taxes of {refund.taxes + refund.delivery_tax}, says {refund.tax}")
    for order in Order.objects.filter(payments__refunds__isnull=False).distinct().iterator(chunk_size=500):
        given = given_back(order)
        for line in order.lines.all():
            gone, sum_ = given.units[line.pk], given.amounts[line.pk]
            if (
                gone > line.quantity
                or sum_ > paid_for(line, order).amount
                or given.taxes[line.pk] > line.tax_amount.amount
            ):
                wrong.append(f"order line {line.pk}: {gone} of {line.quantity} given back for {sum_}")
        if given.delivery > paid_for_delivery(order).amount:
            wrong.append(f"order {order.number}: {given.delivery} of its delivery given back")
    return wrong


def set_aside_is_in_the_ledger() -> list[str]:
    """The order's account holds what gift cards and credit pay of it and has not gone back, and no order has a part
    set aside for long once it has ended, nor at all once it is placed."""
    wrong = []
    held = {account.owner: account.balance.amount for account in Account.objects.filter(kind=SET_ASIDE)}
    parts = Payment.objects.exclude(tender="").filter(state__in=[State.OPEN, State.SUCCEEDED]).order_by()
    due = {f"order:{pk}": sum_ for pk, sum_ in parts.values_list("order_id").annotate(sum=Sum("amount"))}
    gone = Refund.objects.exclude(payment__tender="").exclude(state=Refund.State.FAILED).order_by()
    for pk, sum_ in gone.values_list("payment__order_id").annotate(sum=Sum("amount")):
        due[f"order:{pk}"] = due.get(f"order:{pk}", 0) - sum_
    for owner in sorted(held.keys() | due.keys()):
        if held.get(owner, 0) != due.get(owner, 0):
            wrong.append(f"{owner}: {held.get(owner, 0)} set aside, its parts say {due.get(owner, 0)}")
    late = Q(order__status__in=[Order.Status.PLACED, Order.Status.CLOSED])
    late |= Q(created_at__lt=clock.now() - PATIENCE) & ~Q(order__status=Order.Status.DRAFT)
    stuck = Payment.objects.exclude(tender="").filter(late, state=State.OPEN).select_related("order")
    return wrong + [
        f"payment {each.pk} is set aside for {each.order.status} order {each.order.number}" for each in stuck
    ]


def parts_make_the_total() -> list[str]:
    """What gift cards and credit have paid of a placed order, and what the provider was asked for, are its total."""
    wrong = []
    held = [State.SUCCEEDED, State.AUTHORISED, State.RELEASED]
    split = Order.objects.filter(payments__state=State.SUCCEEDED).exclude(payments__tender="").distinct()
    for order in split.filter(status__in=[Order.Status.PLACED, Order.Status.CLOSED]).iterator(chunk_size=500):
        mine = ~Q(tender="") | Q(pk=buyer_of(order))
        sum_ = order.payments.filter(mine, state__in=held).aggregate(sum=Sum("amount"))["sum"] or 0
        if sum_ != order.total.amount:
            wrong.append(f"order {order.number} of {order.total.amount} is paid with {sum_}")
    return wrong


def gift_cards_hold_their_worth() -> list[str]:
    """A card never holds more than it was made with, and less than nothing never."""
    wrong = []
    accounts = {account.owner: account.balance.amount for account in Account.objects.filter(kind=CARD)}
    for card in GiftCard.objects.order_by("pk").iterator(chunk_size=500):
        balance = accounts.pop(f"card:{card.public_id}", None)
        if balance is None or not 0 <= balance <= card.issued.amount:
            wrong.append(f"gift card {card} was made with {card.issued.amount} and holds {balance}")
    return wrong + [f"{owner} holds {balance} and is no gift card" for owner, balance in sorted(accounts.items())]


def sold_cards_are_what_was_paid() -> list[str]:
    """Each piece of a gift card that was handed over is one card worth what it cost; what they are owed is what they were
    paid with; and no card was paid for with cards or credit."""
    wrong = []
    lines = OrderLine.objects.filter(comes_as=Product.ComesAs.GIFT_CARD).select_related("order")
    counted = lines.annotate(made=Count("gift_cards"), good=Count("gift_cards", filter=Q(gift_cards__voided_at=None)))
    for line in counted.exclude(made=F("handed") + F("dropped"), good__lte=F("handed")):
        wrong.append(
            f"order {line.order.number}: {line.made} cards, {line.good} of them good, for {line.handed} of {line}"
        )
    odd = GiftCard.objects.exclude(sold_in=None).exclude(issued=F("sold_in__unit_price")).select_related("sold_in")
    wrong += [f"gift card {card} cost {card.sold_in.unit_price} and is worth {card.issued}" for card in odd]
    for order in Order.objects.filter(lines__in=lines.filter(handed__gt=0)).distinct():
        money_in = order.payments.filter(tender="", state=State.SUCCEEDED).aggregate(sum=Sum("amount"))["sum"] or 0
        if money_in < order.gift_cards.amount:
            wrong.append(f"order {order.number}: gift cards of {order.gift_cards} for {money_in} of money")
    return wrong + _sold_is_owed()


def _sold_is_owed() -> list[str]:
    """Below zero by exactly what was sold and has not been voided."""
    sold = GiftCard.objects.exclude(sold_in=None).order_by().values_list("merchant", "issued_currency")
    owed = {(merchant, currency): sum_ for merchant, currency, sum_ in sold.annotate(sum=Sum("issued"))}
    back = Posting.objects.filter(account__kind=SOLD, transfer__kind="voided").order_by()
    for merchant, currency, sum_ in back.values_list("merchant", "amount_currency").annotate(sum=Sum("amount")):
        owed[merchant, currency] = owed.get((merchant, currency), Decimal(0)) - sum_
    rows = Account.objects.filter(kind=SOLD).values_list("merchant", "balance_currency", "balance")
    held = {(merchant, currency): -balance for merchant, currency, balance in rows}
    return [
        f"shop {merchant}: gift cards sold for {owed.get((merchant, currency), 0)} {currency}, the ledger says "
        f"{held.get((merchant, currency), 0)}"
        for merchant, currency in sorted(owed.keys() | held.keys())
        if owed.get((merchant, currency), 0) != held.get((merchant, currency), 0)
    ]


def returns_are_paid_back_once() -> list[str]:
    """A return that was paid back has the refund its story speaks of, and never two that stand."""
    wrong = []
    for request in ReturnRequest.objects.order_by("pk").iterator(chunk_size=500):
        made = refunds_of(request)
        standing = Counter(made.exclude(state=Refund.State.FAILED).values_list("payment_id", "to_exchange"))
        wrong += [f"return {request.pk} is paid back {times} times" for times in standing.values() if times > 1]
        told = request.order.events.filter(kind="return_refunded", data__returned=request.pk).first()
        is_owed = told is not None and bool(Decimal(told.data["amount"]))
        if request.state == ReturnRequest.State.REPLACED and request.exchange_order_id is not None:
            is_owed = made.exists()  # goods that had cost nothing pay nothing
        if is_owed != made.exists():
            wrong.append(f"return {request.pk} is {request.state} with {made.count()} refunds")
    return wrong


def exchanges_are_paid_with_goods() -> list[str]:
    """What goods still to come back have paid is missing on the exchanges' account, and of a finished one nothing."""
    wrong = []
    paid = Payment.objects.filter(tender=Payment.Tender.EXCHANGE, state__in=[State.OPEN, State.SUCCEEDED])
    ahead = paid.exclude(order__exchange__state=ReturnRequest.State.REPLACED)
    due = ahead.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    due -= Refund.objects.filter(payment__in=ahead).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    held = Account.objects.filter(kind=EXCHANGES).aggregate(sum=Sum("balance"))["sum"] or Decimal(0)
    if held != -due:
        wrong.append(f"goods on their way back have paid {due}, the exchanges' account says {held}")
    for asked in ReturnRequest.objects.exclude(exchange_order=None).select_related("exchange_order"):
        is_over = asked.state in (
            ReturnRequest.State.CANCELLED,
            ReturnRequest.State.DECLINED,
            ReturnRequest.State.REFUNDED,
        )
        if is_over and asked.exchange_order.status in (Order.Status.DRAFT, Order.Status.PLACED):
            wrong.append(f"exchange {asked.pk} is {asked.state}, its order {asked.exchange_order.status}")
        waits = asked.exchange_order.status == Order.Status.DRAFT
        if waits != (asked.state == ReturnRequest.State.UNPAID):
            wrong.append(f"exchange {asked.pk} is {asked.state}, its order {asked.exchange_order.status}")
    return wrong


def disputes_are_as_told() -> list[str]:
    """What the desk shows of a dispute is what the books count, and no answer lies unsent for long."""
    facts: dict[tuple[int, str], set[str]] = {}
    kinds = [Kind.DISPUTED, Kind.DISPUTE_WON, Kind.DISPUTE_LOST]
    for payment, ref, kind in PaymentEvent.objects.filter(kind__in=kinds).values_list(
        "payment_id", "provider_ref", "kind"
    ):
        facts.setdefault((payment, ref), set()).add(kind)
    wrong = []
    for dispute in Dispute.objects.order_by("pk"):
        told = facts.get((dispute.payment_id, dispute.provider_ref), set())
        if told != _told_of_dispute(dispute, told):
            wrong.append(f"dispute {dispute.provider_ref} is {dispute.state}, and the books say {sorted(told)}")
    unsent = Dispute.objects.filter(done_at__isnull=True, attempts=0, due_at__lt=clock.now() - PATIENCE).exclude(
        wish=""
    )
    return wrong + [f"the answer to dispute {dispute.provider_ref} was never sent" for dispute in unsent[:100]]


def bills_are_paid_as_they_say() -> list[str]:
    """Money that a platform took in a thread is for the order and over the amount of the bill that was shown there; and
    of two charges that paid for one order, one goes back."""
    paid = Payment.objects.exclude(bill=None)
    odd = paid.exclude(
        order=F("bill__attempt__order"), amount=F("bill__amount"), amount_currency=F("bill__amount_currency")
    )
    strange = Bill.objects.exclude(merchant=F("attempt__merchant"), amount=F("attempt__amount"))
    return [f"payment {pk} is not what its bill says" for pk in odd.values_list("pk", flat=True)] + [
        f"bill {pk} is not over what its link asks" for pk in strange.values_list("pk", flat=True)
    ]


def _told_of_dispute(dispute: Dispute, told: set[str]) -> set[str]:
    """What the books must say of it; of one that was won and then lost they know both."""
    if dispute.is_inquiry:
        return set()
    if dispute.state == Dispute.State.LOST:
        return {Kind.DISPUTED, Kind.DISPUTE_LOST} | (told & {Kind.DISPUTE_WON})
    return {Kind.DISPUTED, Kind.DISPUTE_WON} if dispute.state == Dispute.State.WON else {Kind.DISPUTED}


def events_are_looked_at() -> list[str]:
    """No provider event lies waiting for long; dead letters are for a person and are told as such."""
    late = WebhookEvent.objects.filter(
        processed_at__isnull=True, dead_at__isnull=True, attempts=0, received_at__lt=clock.now() - PATIENCE
    )
    return [f"event {event.event_id} has waited since {event.received_at:%F %T}" for event in late[:100]]


def events_are_stored_once() -> list[str]:
    """However often a provider tells it, an event is one row and is looked at as one."""
    twice = WebhookEvent.objects.values("account_id", "event_id").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"event {row['event_id']} is stored {row['n']} times" for row in twice[:100]]


def tax_is_told_once_and_whole() -> list[str]:
    """A paid order that a provider reckoned is told there as it is; what is taken back is what went back of it."""
    wrong = []
    told = Order.objects.filter(tax_calculation__isnull=False, events__kind="paid")
    for order in told.prefetch_related("lines", "tax_entries__refund").order_by("pk").distinct():
        sales = [entry for entry in order.tax_entries.all() if entry.refund is None]
        if [read(entry.body, order.currency) for entry in sales] != [_not_nothing(parts_sold(order))]:
            wrong.append(f"order {order.number} is not told to the tax provider as it was sold")
            continue
        wrong += [f"order {order.number}: {what}" for what in _odd_in_tax(order)]
    return wrong


def _odd_in_tax(order: Order) -> list[str]:
    """A refund that failed after it was told stays told, until what it was about goes back after all."""
    entries = [entry for entry in order.tax_entries.all() if entry.refund is not None]
    left = parts_sold(order)
    for entry in entries:
        left = less(left, read(entry.body, order.currency))
    odd = [f"more of {key} is taken back than was sold" for key, part in left.items() if part.gross.amount < 0 or part.tax.amount < 0]  # fmt: skip
    standing = [back.amount for entry in entries if (back := entry.refund) and back.state == Refund.State.DONE]
    gone = total_of(standing, currency=order.currency)
    whole = sum_of(left, order.currency)
    if len(standing) == len(entries) and order.total - whole.gross != min(gone, order.total):
        odd.append(f"{order.total - whole.gross} is taken back and {gone} went back")
    if gone == order.total and (whole.gross.amount or whole.tax.amount):
        odd.append(f"all of it went back, and {whole.tax} of tax was not taken back")
    return odd


def _not_nothing(parts: Parts) -> Parts:
    return {key: part for key, part in parts.items() if part.gross.amount or part.tax.amount}


CHECKS: dict[str, Callable[[], list[str]]] = {
    "payments: in the order's currency": paid_in_the_orders_currency,
    "payments: every captured amount has an order or goes back": every_euro_has_a_home,
    "payments: no attempt brings more than was agreed": never_more_than_agreed,
    "payments: kept cards are their owners'": cards_are_their_owners,
    "payments: sums are what was heard": sums_are_what_was_heard,
    "payments: reserved money is taken once": reserved_money_is_taken_once,
    "payments: an order is paid once": paid_once,
    "payments: a free order asks for nothing": free_orders_ask_for_nothing,
    "payments: one open attempt per order": one_open_attempt,
    "payments: states are what the events say": states_are_folds,
    "payments: never more back than came": never_more_back_than_came,
    "payments: refunds are their parts": refunds_are_their_parts,
    "payments: only agreed postage stays": only_agreed_postage_stays,
    "payments: what is set aside is in the ledger": set_aside_is_in_the_ledger,
    "payments: gift cards, credit and the rest make the total": parts_make_the_total,
    "payments: gift cards hold what they may": gift_cards_hold_their_worth,
    "payments: sold gift cards are what was paid for them": sold_cards_are_what_was_paid,
    "payments: tax is told once and whole": tax_is_told_once_and_whole,
    "payments: returns are paid back once": returns_are_paid_back_once,
    "payments: exchanges are paid with what comes back": exchanges_are_paid_with_goods,
    "payments: disputes are as they were told": disputes_are_as_told,
    "payments: bills in the thread are paid as they say": bills_are_paid_as_they_say,
    "payments: events are looked at": events_are_looked_at,
    "payments: an event is stored once": events_are_stored_once,
}
