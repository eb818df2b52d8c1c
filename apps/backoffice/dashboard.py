"""The first page of the desk: what needs somebody today, then the numbers."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Q, Sum, Value
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from djmoney.money import Money

from apps.carts.money import format_money
from apps.catalog.licence_codes import running_low
from apps.catalog.models import StockLevel
from apps.conversations.health import Trouble, healths
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.merchants.clock import now
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.models import Template
from apps.orders.models import HandedCode, Order, ReturnRequest
from apps.orders.models.returns import is_due
from apps.payments.models import Dispute, Payment, Refund
from apps.payments.reserved import ending, missing, nothing_came

from .disputing import time_left

LOW_STOCK = 5
SHOWN = 8
DAYS = 14


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's callback: adds `tasks`, `figures`, `days`, `to_ship` and `running_out`."""
    merchant: Merchant | None = getattr(request, "merchant", None)
    if merchant is None:
        return context
    to_ship = Order.objects.filter(status=Order.Status.PLACED, fulfilment_status__in=["none", "partial"])
    running_out = running_out_of()
    context.update(
        tasks=[task for task in todays_tasks(to_ship, running_out.count()) if task["count"]],
        figures=figures(merchant),
        days=sales_by_day(merchant),
        to_ship=to_ship.order_by("placed_at")[:SHOWN],
        running_out=running_out.select_related("variant__product", "location")[:SHOWN],
    )
    return context


def running_out_of() -> Any:
    """Stock levels with five or fewer free pieces, fewest first; pools of codes have a warning of their own."""
    free = F("on_hand") - F("allocated") - F("held")
    tracked = StockLevel.objects.filter(
        variant__is_tracked=True, variant__product__status="active", variant__code_pool=None
    )
    return tracked.annotate(free=free).filter(free__lte=LOW_STOCK).order_by("free", "pk")


def todays_tasks(unshipped: Any, running_out: int) -> list[dict[str, Any]]:
    """Cards with a count, a sentence and a place to go; empty ones are not shown."""
    waiting = Conversation.objects.filter(waiting_since__isnull=False).count()
    unsent = Message.objects.filter(state__in=["failed", "dead", "unknown"]).count()
    dead = InboundEvent.objects.filter(
        dead_at__isnull=False, channel_account_id__in=ChannelAccount.objects.values("pk")
    ).count()
    sold_out = Order.objects.filter(status=Order.Status.UNFILLABLE)
    states = dict((unshipped | sold_out).order_by().values_list("status").annotate(n=Count("pk")))
    to_ship, unfillable = states.get(Order.Status.PLACED, 0), states.get(Order.Status.UNFILLABLE, 0)
    refused, troubled = _channels_to_look_after()
    unfit = sum(
        not template.is_usable
        for template in Template.objects.filter(state=Template.State.APPROVED).select_related("channel_account")
    )
    channels = reverse("admin:merchants_channelaccount_changelist")
    review, runs_out, not_taken = _payments_to_look_after()
    refunds, at_till = _refunds_to_look_after()
    judge, settle = _returns_to_look_after()
    low, withdraw = _codes_to_look_after()
    orders = reverse("admin:orders_order_changelist")
    payments = reverse("admin:payments_payment_changelist")
    returned = reverse("admin:orders_returnrequest_changelist")
    disputed, left = _disputes_to_answer()
    return [
        _task(disputed, ngettext("dispute to answer", "disputes to answer", disputed) + left, f"{reverse('admin:payments_dispute_changelist')}?state__exact=open", "gavel"),
        _task(refused, ngettext("channel refuses our key", "channels refuse our key", refused), channels, "key_off"),
        _task(troubled, ngettext("channel needs a look", "channels need a look", troubled), channels, "sensors_off"),
        _task(review, ngettext("payment needs a look", "payments need a look", review), f"{payments}?state__exact=review", "troubleshoot"),
        _task(not_taken, ngettext("reserved payment could not be taken", "reserved payments could not be taken", not_taken), f"{payments}?reserved=missing", "credit_card_off"),
        _task(runs_out, ngettext("reserved payment runs out within two days", "reserved payments run out within two days", runs_out), f"{payments}?reserved=ending", "hourglass_bottom"),
        _task(refunds, ngettext("refund failed", "refunds failed", refunds), f"{reverse('admin:payments_refund_changelist')}?state__exact=failed", "money_off"),
        _task(at_till, ngettext("refund to pay back by hand", "refunds to pay back by hand", at_till), f"{reverse('admin:payments_refund_changelist')}?state__exact=pending", "point_of_sale"),
        _task(to_ship, ngettext("order to ship", "orders to ship", to_ship), f"{orders}?status__exact=placed&fulfilment_status__in=none,partial", "local_shipping"),
        _task(judge, ngettext("return to judge", "returns to judge", judge), f"{returned}?state__exact=requested", "assignment_return"),
        _task(settle, ngettext("return to settle", "returns to settle", settle), f"{returned}?state__in=received,approved", "price_check"),
        _task(waiting, ngettext("shopper waits for a person", "shoppers wait for a person", waiting), reverse("console"), "forum"),
        _task(unfillable, ngettext("paid order without stock", "paid orders without stock", unfillable), f"{orders}?status__exact=unfillable", "warning"),
        _task(running_out, ngettext("item is running out", "items are running out", running_out), reverse("admin:catalog_stocklevel_changelist"), "inventory_2"),
        _task(low, ngettext("code pool runs low", "code pools run low", low), reverse("admin:catalog_codepool_changelist"), "password"),
        _task(withdraw, ngettext("code to withdraw", "codes to withdraw", withdraw), f"{reverse('admin:orders_handedcode_changelist')}?withdrawal=waiting", "key_off"),
        _task(unfit, ngettext("approved wording does not fit its purpose", "approved wordings do not fit their purpose", unfit), f"{reverse('admin:messaging_template_changelist')}?state__exact=approved", "fact_check"),
        _task(unsent, ngettext("message did not go out", "messages did not go out", unsent), reverse("admin:conversations_message_changelist"), "unsubscribe"),
        _task(dead, ngettext("event could not be handled", "events could not be handled", dead), reverse("admin:conversations_inboundevent_changelist"), "report"),
    ]  # fmt: skip


def _channels_to_look_after() -> tuple[int, int]:
    """At how many our key is refused, and how many others something is wrong with."""
    found = [health.troubles for health in healths(ChannelAccount.objects.filter(is_active=True)).values()]
    refused = sum(Trouble.REFUSED in troubles for troubles in found)
    return refused, sum(bool(troubles) for troubles in found) - refused


def _disputes_to_answer() -> tuple[int, str]:
    """How many a bank waits for, and how long there is for the first: ", 3 days left"."""
    waiting = Dispute.objects.filter(Q(due_by__isnull=True) | Q(due_by__gt=now()), state=Dispute.State.OPEN, wish="")
    found = waiting.aggregate(count=Count("pk"), first=Min("due_by"))
    return found["count"], f", {time_left(found['first'])}" if found["first"] else ""


def _payments_to_look_after() -> tuple[int, int, int]:
    """How many need a look, are reserved for not much longer, and could not be taken."""
    found = Payment.objects.aggregate(
        review=Count("pk", filter=Q(state=Payment.State.REVIEW)),
        ending=Count("pk", filter=ending()),
        missing=Count("pk", filter=missing()),
    )
    return found["review"], found["ending"], found["missing"]


def _refunds_to_look_after() -> tuple[int, int]:
    """How many failed, and how many wait to be handed back at the till."""
    found = Refund.objects.aggregate(
        failed=Count("pk", filter=Q(state=Refund.State.FAILED)),
        at_till=Count("pk", filter=Q(state__in=Refund.OPEN) & ~Q(payment__taken_as="")),
    )
    return found["failed"], found["at_till"]


def _returns_to_look_after() -> tuple[int, int]:
    """How many wait to be judged, and of how many the shop owes the money."""
    found = ReturnRequest.objects.aggregate(
        judge=Count("pk", filter=Q(state=ReturnRequest.State.REQUESTED)), settle=Count("pk", filter=is_due())
    )
    return found["judge"], found["settle"]


def _codes_to_look_after() -> tuple[int, int]:
    """How many pools run low, and how many codes are to be withdrawn; one query."""
    low = running_low().order_by().values_list(Value("low"), Value(1))
    waiting = HandedCode.objects.filter(withdraw_at__isnull=False, withdrawn_at=None).order_by()
    counted = waiting.annotate(kind=Value("withdraw")).values("kind").annotate(n=Count("pk")).values_list("kind", "n")
    found: Counter[str] = Counter()
    for kind, count in low.union(counted, all=True):
        found[kind] += count
    return found["low"], found["withdraw"]


def _task(count: int, label: str, url: str, icon: str) -> dict[str, Any]:
    return {"count": count, "label": label, "url": url, "icon": icon}


def figures(merchant: Merchant) -> list[dict[str, str]]:
    """Today against the same weekday last week."""
    midnight = now().astimezone(merchant.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    week_ago = midnight - dt.timedelta(days=7)
    today = _sold(merchant, midnight, midnight + dt.timedelta(days=1))
    before = _sold(merchant, week_ago, week_ago + dt.timedelta(days=1))
    language = get_language() or merchant.default_language
    chats = Conversation.objects.filter(last_inbound_at__gte=midnight).count()
    return [
        {"label": _("Sold today"), "value": _told(today[0], language), "note": _("a week ago %s") % _told(before[0], language)},
        {"label": _("Orders today"), "value": str(today[1]), "note": _("a week ago %d") % before[1]},
        {"label": _("Shoppers who wrote today"), "value": str(chats), "note": ""},
    ]  # fmt: skip


def _sold(merchant: Merchant, start: dt.datetime, end: dt.datetime) -> tuple[list[Money], int]:
    """What was sold, in the shop's own currency first and then in the others that there were, and how many orders."""
    placed = Order.objects.filter(placed_at__gte=start, placed_at__lt=end).exclude(nothing_came()).order_by()
    rows = placed.values("total_currency").annotate(amount=Sum("total"), count=Count("pk"))
    found = {row["total_currency"]: row for row in rows}
    amounts = {merchant.currency: Decimal(0)} | {currency: found[currency]["amount"] for currency in sorted(found)}
    return [Money(amount, currency) for currency, amount in amounts.items()], sum(row["count"] for row in rows)


def _told(amounts: list[Money], language: str) -> str:
    return " + ".join(format_money(amount, language) for amount in amounts)


def sales_by_day(merchant: Merchant) -> list[dict[str, Any]]:
    """The last two weeks, a bar a day, in per cent of the best day; empty days included."""
    today = now().astimezone(merchant.zone).date()
    start = today - dt.timedelta(days=DAYS - 1)
    rows = (
        Order.objects.filter(placed_at__date__gte=start, total_currency=merchant.currency)
        .exclude(nothing_came())
        .annotate(day=TruncDate("placed_at", tzinfo=merchant.zone))
        .values("day")
        .annotate(amount=Sum("total"))
    )
    amounts = {row["day"]: row["amount"] for row in rows}
    best = max(amounts.values(), default=0) or 1
    language = get_language() or merchant.default_language
    days = [start + dt.timedelta(days=offset) for offset in range(DAYS)]
    return [
        {
            "day": day,
            "amount": format_money(Money(amounts.get(day, 0), merchant.currency), language),
            "percent": int(100 * amounts.get(day, 0) / best),
        }
        for day in days
    ]
