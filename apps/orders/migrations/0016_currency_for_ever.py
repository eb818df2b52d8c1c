"""Lines, offers and documents of an order are in its currency, so that it can never change while it has any."""

from django.db import migrations

CREATE = """
ALTER TABLE orders_order ADD CONSTRAINT order_currency_stays UNIQUE (id, currency);
ALTER TABLE orders_orderline ADD CONSTRAINT orderline_in_orders_currency
    FOREIGN KEY (order_id, unit_price_currency) REFERENCES orders_order (id, currency);
ALTER TABLE orders_orderadjustment ADD CONSTRAINT orderadjustment_in_orders_currency
    FOREIGN KEY (order_id, amount_currency) REFERENCES orders_order (id, currency);
ALTER TABLE orders_document ADD CONSTRAINT document_in_orders_currency
    FOREIGN KEY (order_id, gross_currency) REFERENCES orders_order (id, currency);
"""
DROP = """
ALTER TABLE orders_document DROP CONSTRAINT document_in_orders_currency;
ALTER TABLE orders_orderadjustment DROP CONSTRAINT orderadjustment_in_orders_currency;
ALTER TABLE orders_orderline DROP CONSTRAINT orderline_in_orders_currency;
ALTER TABLE orders_order DROP CONSTRAINT order_currency_stays;
"""


class Migration(migrations.Migration):
    dependencies = [('orders', '0015_one_currency')]
    operations = [migrations.RunSQL(CREATE, DROP)]
