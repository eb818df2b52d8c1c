"""A payment is in its order's currency, and what goes back in the payment's.

What went back at the provider's desk of money that had come in another currency is left to the events: they say it, and
a person has it for review. Any other row that does not fit stops the upgrade, by the constraint's name.
"""

from django.db import migrations

CREATE = """
DELETE FROM payments_refund r USING payments_payment p
    WHERE p.id = r.payment_id AND p.amount_currency <> r.amount_currency AND r.reason = 'made at the provider';
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE payments_payment ADD CONSTRAINT payment_currency_stays UNIQUE (id, amount_currency);
ALTER TABLE payments_payment ADD CONSTRAINT payment_in_orders_currency
    FOREIGN KEY (order_id, amount_currency) REFERENCES orders_order (id, currency);
ALTER TABLE payments_refund ADD CONSTRAINT refund_in_payments_currency
    FOREIGN KEY (payment_id, amount_currency) REFERENCES payments_payment (id, amount_currency);
"""
DROP = """
ALTER TABLE payments_refund DROP CONSTRAINT refund_in_payments_currency;
ALTER TABLE payments_payment DROP CONSTRAINT payment_in_orders_currency;
ALTER TABLE payments_payment DROP CONSTRAINT payment_currency_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_reserved_money"), ("orders", "0016_currency_for_ever")]
    operations = [migrations.RunSQL(CREATE, DROP)]
