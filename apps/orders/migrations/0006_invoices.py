"""Invoices and credit notes. The database itself refuses to change or forget one, a gap, and a credit beyond the invoice."""

import apps.merchants.clock
import apps.merchants.models
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import djmoney.models.fields
from django.db import migrations, models


RULES = """
CREATE FUNCTION orders_document_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an invoice or credit note is final' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER orders_document_is_final BEFORE UPDATE OR DELETE ON orders_document
    FOR EACH ROW EXECUTE FUNCTION orders_document_is_final();
CREATE FUNCTION orders_document_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    invoiced numeric;
    credited numeric;
BEGIN
    IF NEW.position <> 1 + (SELECT coalesce(max(position), 0) FROM orders_document
                            WHERE merchant_id = NEW.merchant_id AND series = NEW.series) THEN
        RAISE EXCEPTION '% would leave a gap in its series', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind <> 'invoice' AND NOT EXISTS (
        SELECT FROM orders_document d WHERE d.id = NEW.refers_to_id AND d.order_id = NEW.order_id
            AND d.merchant_id = NEW.merchant_id AND d.gross_currency = NEW.gross_currency
            AND d.kind = CASE NEW.kind WHEN 'credit_note' THEN 'invoice' ELSE 'credit_note' END
            AND (NEW.kind = 'credit_note' OR (d.gross, d.tax) = (NEW.gross, NEW.tax))) THEN
        RAISE EXCEPTION '% refers to nothing it could be about', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'credit_note' THEN
        SELECT gross INTO invoiced FROM orders_document WHERE id = NEW.refers_to_id;
        SELECT coalesce(sum(CASE kind WHEN 'credit_note' THEN gross ELSE -gross END), 0) INTO credited
            FROM orders_document WHERE order_id = NEW.order_id AND kind <> 'invoice';
        IF credited + NEW.gross > invoiced THEN
            RAISE EXCEPTION '% credits more than was invoiced', NEW.number USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_document_follows BEFORE INSERT ON orders_document
    FOR EACH ROW EXECUTE FUNCTION orders_document_follows();
"""
NO_RULES = """
DROP TRIGGER orders_document_follows ON orders_document;
DROP FUNCTION orders_document_follows();
DROP TRIGGER orders_document_is_final ON orders_document;
DROP FUNCTION orders_document_is_final();
"""
# Orders from before kept the tax of their delivery and not its rate: the one of the tax table that comes nearest.
RATES = """
UPDATE orders_order o SET delivery_tax_percent = coalesce(
    (SELECT r.percent FROM carts_taxrate r
     WHERE r.merchant_id = o.merchant_id AND r.country = coalesce(nullif(o.shipping_address ->> 'country', ''),
           (SELECT m.country FROM merchants_merchant m WHERE m.id = o.merchant_id))
     ORDER BY abs(r.percent - 100 * o.delivery_tax / net) LIMIT 1),
    round(100 * o.delivery_tax / net, 1))
FROM (SELECT id, CASE WHEN is_tax_inclusive THEN delivery_total - delivery_tax ELSE delivery_total END AS net
      FROM orders_order) n
WHERE n.id = o.id AND o.delivery_tax > 0 AND net > 0;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0004_invoices'),
        ('orders', '0005_words_of_the_admin'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='delivery_tax_percent',
            field=models.DecimalField(decimal_places=3, default=0, max_digits=6),
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                ('kind', models.CharField(choices=[('invoice', 'invoice'), ('credit_note', 'credit note'), ('revocation', 'revoked credit note')], max_length=11, verbose_name='kind')),
                ('series', models.CharField(max_length=28)),
                ('position', models.PositiveIntegerField()),
                ('number', models.CharField(max_length=40, verbose_name='number')),
                ('source', models.CharField(max_length=80)),
                ('issued_on', models.DateField(verbose_name='date')),
                ('net_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('net', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='net')),
                ('tax_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('tax', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='tax')),
                ('gross_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('gross', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='total')),
                ('language', models.CharField(max_length=10)),
                ('body', models.JSONField()),
                ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='orders.order')),
                ('refers_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followers', to='orders.document')),
            ],
            options={
                'verbose_name': 'invoice or credit note',
                'verbose_name_plural': 'invoices and credit notes',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['merchant', 'issued_on', 'id'], name='orders_docu_merchan_afc294_idx'), models.Index(fields=['order', 'id'], name='orders_docu_order_i_e4aea0_idx')],
                'constraints': [models.UniqueConstraint(fields=('merchant', 'series', 'position'), name='document_position_once'), models.UniqueConstraint(fields=('merchant', 'number'), name='document_number_once'), models.UniqueConstraint(fields=('merchant', 'kind', 'source'), name='document_source_once'), models.UniqueConstraint(condition=models.Q(('kind', 'invoice')), fields=('order',), name='document_one_invoice_per_order'), models.UniqueConstraint(condition=models.Q(('kind', 'revocation')), fields=('refers_to',), name='document_revoked_once'), models.CheckConstraint(condition=models.Q(('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='document_net_and_tax_make_gross'), models.CheckConstraint(condition=models.Q(('net__gte', 0), ('tax__gte', 0)), name='document_not_below_zero'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'invoice'), ('refers_to__isnull', True)), models.Q(models.Q(('kind', 'invoice'), _negated=True), ('refers_to__isnull', False)), _connector='OR'), name='document_refers_to_one'), models.CheckConstraint(condition=models.Q(('position__gte', 1)), name='document_position_from_one'), models.CheckConstraint(condition=models.Q(('net__isnull', True), ('net_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('net', django.db.models.functions.math.Round('net', 0)), ('net_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('net_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('net', django.db.models.functions.math.Round('net', 2))), _connector='OR'), name='document_net_fits', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('tax__isnull', True), ('tax_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('tax', django.db.models.functions.math.Round('tax', 0)), ('tax_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('tax_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('tax', django.db.models.functions.math.Round('tax', 2))), _connector='OR'), name='document_tax_fits', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('gross__isnull', True), ('gross_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('gross', django.db.models.functions.math.Round('gross', 0)), ('gross_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('gross_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('gross', django.db.models.functions.math.Round('gross', 2))), _connector='OR'), name='document_gross_fits', violation_error_message='This amount has more decimals than its currency.')],
            },
        ),
        migrations.CreateModel(
            name='DocumentSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=28)),
                ('last', models.PositiveIntegerField(default=0)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('merchant', 'name'), name='documentseries_once')],
            },
        ),
        migrations.RunSQL(RULES, NO_RULES),
        migrations.RunSQL(RATES, migrations.RunSQL.noop),
    ]
