"""What a variant cost and will cost: the database keeps the history itself, whoever changes a price and however."""

import apps.merchants.clock
import apps.merchants.models
import django.db.models.deletion
import django.db.models.functions.math
import djmoney.models.fields
from django.conf import settings
from django.db import migrations, models


RECORDS = """
CREATE FUNCTION catalog_price_is_timed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Saved again just as it was, nothing changed; and whoever names no moment means this one.
    IF (NEW.variant_id, NEW.amount, NEW.amount_currency, NEW.compare_at)
       IS NOT DISTINCT FROM (OLD.variant_id, OLD.amount, OLD.amount_currency, OLD.compare_at) THEN
        NEW.changed_at := OLD.changed_at;
    ELSIF NEW.changed_at = OLD.changed_at THEN
        NEW.changed_at := greatest(now(), OLD.changed_at);
    ELSE
        NEW.changed_at := greatest(NEW.changed_at, OLD.changed_at);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalog_price_is_timed BEFORE UPDATE ON catalog_price
    FOR EACH ROW EXECUTE FUNCTION catalog_price_is_timed();

CREATE FUNCTION catalog_price_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz;
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE'
       AND (NEW.variant_id, NEW.amount_currency) IS DISTINCT FROM (OLD.variant_id, OLD.amount_currency) THEN
        moment := CASE TG_OP WHEN 'DELETE' THEN now() ELSE NEW.changed_at END;
        INSERT INTO catalog_pricerecord (merchant_id, variant_id, sku, amount_currency, at)
        SELECT OLD.merchant_id, OLD.variant_id, coalesce((SELECT sku FROM catalog_variant WHERE id = OLD.variant_id), ''),
            OLD.amount_currency, greatest(moment, (SELECT max(r.at) FROM catalog_pricerecord r
                WHERE r.variant_id = OLD.variant_id AND r.amount_currency = OLD.amount_currency));
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE'
       AND (NEW.variant_id, NEW.amount, NEW.amount_currency, NEW.compare_at)
           IS DISTINCT FROM (OLD.variant_id, OLD.amount, OLD.amount_currency, OLD.compare_at) THEN
        INSERT INTO catalog_pricerecord (merchant_id, variant_id, sku, amount, amount_currency, compare_at,
            compare_at_currency, at)
        SELECT NEW.merchant_id, NEW.variant_id, coalesce((SELECT sku FROM catalog_variant WHERE id = NEW.variant_id), ''),
            NEW.amount, NEW.amount_currency, NEW.compare_at, NEW.compare_at_currency,
            greatest(NEW.changed_at, (SELECT max(r.at) FROM catalog_pricerecord r
                WHERE r.variant_id = NEW.variant_id AND r.amount_currency = NEW.amount_currency));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_price_is_recorded AFTER INSERT OR UPDATE OR DELETE ON catalog_price
    FOR EACH ROW EXECUTE FUNCTION catalog_price_is_recorded();

INSERT INTO catalog_pricerecord (merchant_id, variant_id, sku, amount, amount_currency, compare_at, compare_at_currency, at)
SELECT p.merchant_id, p.variant_id, v.sku, p.amount, p.amount_currency, p.compare_at, p.compare_at_currency, p.changed_at
FROM catalog_price p JOIN catalog_variant v ON v.id = p.variant_id;

CREATE FUNCTION catalog_pricerecord_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the price history is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER catalog_pricerecord_is_final BEFORE UPDATE OR DELETE ON catalog_pricerecord
    FOR EACH ROW EXECUTE FUNCTION catalog_pricerecord_is_final();

CREATE FUNCTION catalog_priceplan_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- It may be called off, ended earlier, applied, and forget who made it; it is part of the history otherwise.
    IF TG_OP = 'UPDATE'
       AND to_jsonb(NEW) - ARRAY['ends_at', 'cancelled_at', 'applied_at', 'created_by_id', 'name']
         = to_jsonb(OLD) - ARRAY['ends_at', 'cancelled_at', 'applied_at', 'created_by_id', 'name']
       AND (OLD.ends_at IS NULL) = (NEW.ends_at IS NULL) AND coalesce(NEW.ends_at <= OLD.ends_at, true)
       AND (OLD.cancelled_at IS NULL OR NEW.cancelled_at = OLD.cancelled_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a planned price is called off or ended early, not rewritten' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER catalog_priceplan_is_kept BEFORE UPDATE OR DELETE ON catalog_priceplan
    FOR EACH ROW EXECUTE FUNCTION catalog_priceplan_is_kept();
"""
READING = """
-- What a variant cost at a moment. A plan with an end lies over the list; one without is a change of the list.
CREATE FUNCTION catalog_price_at(of_variant bigint, in_currency text, moment timestamptz)
RETURNS TABLE (amount numeric, compare_at numeric) LANGUAGE sql STABLE AS $$
    SELECT said.amount, said.compare_at FROM (
        SELECT p.amount, p.compare_at, p.ends_at IS NOT NULL AS is_over, p.starts_at AS since, p.id
        FROM catalog_priceplan p
        WHERE p.variant_id = of_variant AND p.amount_currency = in_currency AND p.cancelled_at IS NULL
          AND p.starts_at <= moment AND (p.ends_at IS NULL OR p.ends_at > moment)
        UNION ALL
        (SELECT r.amount, r.compare_at, false, r.at, 0 FROM catalog_pricerecord r
         WHERE r.variant_id = of_variant AND r.amount_currency = in_currency AND r.at <= moment
         ORDER BY r.at DESC, r.id DESC LIMIT 1)
    ) said ORDER BY said.is_over DESC, said.since DESC, said.id DESC LIMIT 1
$$;

-- The lowest price of the 30 days before the reduction that stands at a moment; without any, what it costs then.
-- A lower price begins a reduction of its own; another "before" beside the same price does not.
CREATE FUNCTION catalog_lowest_price(of_variant bigint, in_currency text, moment timestamptz)
RETURNS numeric LANGUAGE sql STABLE AS $$
    WITH turns AS MATERIALIZED (
        SELECT t.at FROM (
            SELECT r.at FROM catalog_pricerecord r
            WHERE r.variant_id = of_variant AND r.amount_currency = in_currency AND r.at <= moment
            UNION
            SELECT unnest(ARRAY[p.starts_at, p.ends_at]) FROM catalog_priceplan p
            WHERE p.variant_id = of_variant AND p.amount_currency = in_currency AND p.cancelled_at IS NULL
        ) t WHERE t.at <= moment ORDER BY t.at DESC
    ), told AS MATERIALIZED (
        SELECT t.at, cost.amount, cost.compare_at > cost.amount AS is_reduced
        FROM (SELECT at FROM turns LIMIT 500) t, LATERAL catalog_price_at(of_variant, in_currency, t.at) cost
    ), today AS (
        SELECT told.amount FROM told ORDER BY told.at DESC LIMIT 1
    ), begun AS (
        SELECT min(told.at) AS at FROM told WHERE told.at > coalesce((
            SELECT max(told.at) FROM told, today
            WHERE told.amount IS DISTINCT FROM today.amount OR told.is_reduced IS NOT TRUE
        ), '-infinity')
    ), looked AS (
        SELECT begun.at - interval '30 days' AS at FROM begun
        UNION
        SELECT turns.at FROM turns, begun WHERE turns.at > begun.at - interval '30 days' AND turns.at < begun.at
    )
    SELECT coalesce(
        (SELECT min(cost.amount) FROM looked, LATERAL catalog_price_at(of_variant, in_currency, looked.at) cost),
        (SELECT today.amount FROM today)
    )
$$;
"""
FORGET = """
DROP FUNCTION catalog_lowest_price(bigint, text, timestamptz);
DROP FUNCTION catalog_price_at(bigint, text, timestamptz);
DROP TRIGGER catalog_priceplan_is_kept ON catalog_priceplan;
DROP TRIGGER catalog_pricerecord_is_final ON catalog_pricerecord;
DROP TRIGGER catalog_price_is_recorded ON catalog_price;
DROP TRIGGER catalog_price_is_timed ON catalog_price;
DROP FUNCTION catalog_priceplan_is_kept();
DROP FUNCTION catalog_pricerecord_is_final();
DROP FUNCTION catalog_price_is_recorded();
DROP FUNCTION catalog_price_is_timed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_stock_ledger'),
        ('merchants', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='price',
            name='changed_at',
            field=models.DateTimeField(default=apps.merchants.clock.now, editable=False),
        ),
        migrations.CreateModel(
            name='PricePlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(blank=True, max_length=60, verbose_name='occasion')),
                ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='price')),
                ('compare_at_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                ('compare_at', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True, verbose_name='before')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('cancelled_at', models.DateTimeField(editable=False, null=True, verbose_name='called off')),
                ('applied_at', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='price_plans', to='catalog.variant')),
            ],
            options={
                'verbose_name': 'planned price',
                'verbose_name_plural': 'planned prices',
                'ordering': ['-starts_at', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('cancelled_at', None)), fields=('variant', 'amount_currency', 'starts_at'), name='priceplan_one_at_a_moment'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='priceplan_not_negative'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='priceplan_decimals', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('compare_at__isnull', True), ('compare_at_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('compare_at', django.db.models.functions.math.Round('compare_at', 0)), ('compare_at_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('compare_at_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('compare_at', django.db.models.functions.math.Round('compare_at', 2))), _connector='OR'), name='priceplan_compare_at_decimals', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('compare_at__isnull', True), ('compare_at_currency', models.F('amount_currency')), _connector='OR'), name='priceplan_one_currency'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='priceplan_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('cancelled_at', None), ('cancelled_at__lt', models.F('starts_at')), _connector='OR'), name='priceplan_called_off_before_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='PriceRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sku', models.CharField(max_length=64, verbose_name='SKU')),
                ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, null=True, verbose_name='price')),
                ('compare_at_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                ('compare_at', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, null=True, verbose_name='before')),
                ('at', models.DateTimeField(verbose_name='from')),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('variant', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='price_records', to='catalog.variant')),
            ],
            options={
                'verbose_name': 'price in the past',
                'verbose_name_plural': 'price history',
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['variant', 'amount_currency', '-at', '-id'], name='pricerecord_timeline')],
            },
        ),
        migrations.RunSQL(RECORDS + READING, FORGET),
    ]
