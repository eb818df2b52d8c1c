"""The nightly reckoning: what each customer's orders came to, and how they compare with the shop's other customers.

**Orders** are those that stand: placed or closed, in the shop's own currency or in one it has a fixed rate for, not paid
back in full and not lost in a dispute, and not placed with reserved money that was let go or ran out, be it all of the money
or what a gift card left (but what the shop let go of as a gift is not owed: `payments.reserved.nothing_came`). What an order
was exchanged for is the same sale, not one more, and counts once the goods it replaces are here.

**Value** is what the shop kept of the goods: their price less offers, net of tax and without delivery, less what was paid
back of them. What went back without saying for what (at the provider's own desk) is taken off goods, delivery and tax
alike. What was paid in a further currency is worth what the shop's fixed rate of today says (`sold_in`). Each order is
rounded once, half up, to what can be paid in the shop's own currency, and none is worth less than nothing. Gift cards and store credit are money: goods paid with them count.

**Scores** from 1 to 5 divide the shop's customers into fifths; equal customers have equal scores. Frequency and money
count how many have less: 1 for the lowest fifth. Recency counts how many ordered on a later day (the shop's days): 5 for
the latest fifth. So the only customer of a shop scores 5, 1, 1 and is new.

A customer who became another counts as that one, and nobody who was forgotten counts.
"""

from typing import Any

from django.db import connection, transaction
from django_scopes import get_scope

from apps.carts.money import payable_step
from apps.customers.actions.privacy import ERASED
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.models import Order, ReturnRequest
from apps.payments.models import Payment, Refund

from .locks import alone
from .segments import SCORES, segment_of

PLACES = [(recency, frequency) for recency in SCORES for frequency in SCORES]

# One pass over each table of the shop, whatever the number of customers.
_RECKON = """
WITH RECURSIVE sold_in (currency, rate) AS (
    SELECT %(currency)s, 1.0
    UNION ALL
    SELECT currency, rate FROM merchants_shopcurrency
    WHERE merchant_id = %(merchant)s AND rate IS NOT NULL AND currency <> %(currency)s
), person (id, root) AS (
    SELECT id, id FROM customers_customer WHERE merchant_id = %(merchant)s AND merged_into_id IS NULL
    UNION ALL
    SELECT c.id, p.root FROM customers_customer c JOIN person p ON c.merged_into_id = p.id
    WHERE c.merchant_id = %(merchant)s
), forgotten AS (
    SELECT DISTINCT customer_id FROM customers_identity
    WHERE merchant_id = %(merchant)s AND external_id LIKE %(erased)s
), sale (id, root) AS (
    SELECT o.id, o.id FROM orders_order o
    WHERE o.merchant_id = %(merchant)s
        AND NOT EXISTS (SELECT FROM orders_returnrequest r WHERE r.exchange_order_id = o.id)
    UNION ALL
    SELECT r.exchange_order_id, s.root FROM orders_returnrequest r JOIN sale s ON r.order_id = s.id
    WHERE r.merchant_id = %(merchant)s AND r.exchange_order_id IS NOT NULL AND r.state = %(replaced)s
), named AS (
    SELECT refund_id, sum(amount) AS amount FROM payments_refundline
    WHERE merchant_id = %(merchant)s GROUP BY refund_id
), back AS (
    SELECT p.order_id,
        sum(coalesce(n.amount, 0) - r.tax + r.delivery_tax) AS goods,
        sum(r.amount - r.delivery - coalesce(n.amount, 0)) AS unnamed
    FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id LEFT JOIN named n ON n.refund_id = r.id
    WHERE r.merchant_id = %(merchant)s AND p.merchant_id = %(merchant)s
        AND r.state = %(done)s AND r.reason <> %(double)s
    GROUP BY p.order_id
), untaken AS (
    SELECT p.order_id FROM payments_payment p JOIN orders_order o ON o.id = p.order_id
    WHERE p.merchant_id = %(merchant)s AND p.state = %(let_go)s
        AND (o.payment_status = %(none)s OR o.payment_status = %(partly)s AND p.amount > (
            SELECT coalesce(sum(r.amount), 0) FROM payments_refund r
            WHERE r.payment_id = p.id AND r.is_release AND r.state = %(done)s))
), kept AS (
    SELECT o.customer_id, s.root, coalesce(began.placed_at, began.created_at) AS moment,
        greatest(0, round(
            (net.goods - coalesce(b.goods, 0) - coalesce(b.unnamed * net.goods / nullif(o.total, 0), 0)) / worth.rate,
            %(places)s
        )) AS value
    FROM sale s
        JOIN orders_order o ON o.id = s.id
        JOIN orders_order began ON began.id = s.root
        JOIN sold_in worth ON worth.currency = o.currency
        LEFT JOIN back b ON b.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT o.total - o.delivery_total - o.tax_total
                + CASE WHEN o.is_tax_inclusive THEN o.delivery_tax ELSE 0 END AS goods
        ) net
    WHERE o.merchant_id = %(merchant)s AND began.merchant_id = %(merchant)s
        AND o.status = ANY(%(standing)s) AND o.payment_status <> ALL(%(undone)s)
        AND o.id NOT IN (SELECT order_id FROM untaken)
), bought AS (
    SELECT p.root AS customer_id, sum(k.value) AS value, count(DISTINCT k.root) AS orders,
        min(k.moment) AS first_order_at, max(k.moment) AS last_order_at
    FROM kept k JOIN person p ON p.id = k.customer_id
    WHERE p.root NOT IN (SELECT customer_id FROM forgotten)
    GROUP BY p.root
), scored AS (
    SELECT *,
        5 - 5 * (rank() OVER (ORDER BY (last_order_at AT TIME ZONE %(zone)s)::date DESC) - 1) / count(*) OVER ()
            AS recency,
        1 + 5 * (rank() OVER (ORDER BY orders) - 1) / count(*) OVER () AS frequency,
        1 + 5 * (rank() OVER (ORDER BY value) - 1) / count(*) OVER () AS monetary
    FROM bought
), fresh AS (
    SELECT * FROM scored
        JOIN unnest(%(recencies)s::int[], %(frequencies)s::int[], %(segments)s::text[])
            AS place (recency, frequency, segment) USING (recency, frequency)
), gone AS (
    DELETE FROM insights_customerfigures f
    WHERE f.merchant_id = %(merchant)s AND NOT EXISTS (SELECT FROM fresh WHERE fresh.customer_id = f.customer_id)
)
INSERT INTO insights_customerfigures (merchant_id, customer_id, value, value_currency, orders, first_order_at,
    last_order_at, recency, frequency, monetary, segment, reckoned_at)
SELECT %(merchant)s, customer_id, value, %(currency)s, orders, first_order_at, last_order_at, recency, frequency,
    monetary, segment, %(now)s
FROM fresh
ON CONFLICT (customer_id) DO UPDATE SET
    value = excluded.value, value_currency = excluded.value_currency, orders = excluded.orders,
    first_order_at = excluded.first_order_at, last_order_at = excluded.last_order_at, recency = excluded.recency,
    frequency = excluded.frequency, monetary = excluded.monetary, segment = excluded.segment,
    reckoned_at = excluded.reckoned_at
"""


@transaction.atomic
def reckon_figures() -> int:
    """Reckon the figures of every customer of the shop in scope anew, in one statement; how many have any.

    May run at any time and again: the same orders give the same figures.
    """
    merchant: Merchant = get_scope()["merchant"]
    alone(merchant)
    with connection.cursor() as cursor:
        # Nobody has statistics of what is reckoned on the way: a loop in a loop over all customers looks cheap to the planner.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_RECKON, _asked(merchant))
        return cursor.rowcount


def _asked(merchant: Merchant) -> dict[str, Any]:
    status, payment = Order.Status, Order.PaymentStatus
    return {
        "merchant": merchant.pk,
        "currency": merchant.currency,
        "places": -int(payable_step(merchant.currency).as_tuple().exponent),
        "zone": merchant.timezone,
        "now": clock.now(),
        "erased": f"{ERASED}%",
        "standing": [status.PLACED.value, status.CLOSED.value],
        "undone": [payment.REFUNDED.value, payment.LOST.value],
        "none": payment.NONE.value,
        "partly": payment.PARTLY_PAID.value,
        "let_go": Payment.State.RELEASED.value,
        "replaced": ReturnRequest.State.REPLACED.value,
        "done": Refund.State.DONE.value,
        "double": Refund.DOUBLE,
        "recencies": [recency for recency, _ in PLACES],
        "frequencies": [frequency for _, frequency in PLACES],
        "segments": [segment_of(*place).value for place in PLACES],
    }
