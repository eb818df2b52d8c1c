"""Money may be reserved and taken later; what came and went back of an attempt stands on its row, where the database watches."""

import apps.merchants.clock
import django.db.models.deletion
import django.db.models.functions.math
import djmoney.models.fields
from django.conf import settings
from django.db import migrations, models


# What the events say so far, as `books.sums_of` has it; nothing was reserved before.
SUMS = """
UPDATE payments_payment p SET captured = s.captured, authorised = s.captured, refunded = least(s.refunded, s.captured)
FROM (
    SELECT e.payment_id,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'captured'), 0) AS captured,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'refunded' AND NOT EXISTS (
            SELECT FROM payments_paymentevent back
            WHERE back.payment_id = e.payment_id AND back.kind = 'refund_failed' AND back.provider_ref = e.provider_ref
        )), 0) AS refunded
    FROM payments_paymentevent e JOIN payments_payment q ON q.id = e.payment_id
    WHERE e.amount_currency = q.amount_currency
    GROUP BY e.payment_id
) s
WHERE s.payment_id = p.id AND p.state <> 'review'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0002_most_for_strangers'),
        ('orders', '0013_reserved_money'),
        ('payments', '0009_disputes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Capture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='amount')),
                ('state', models.CharField(choices=[('pending', 'on its way'), ('unknown', 'asked for, no answer yet'), ('done', 'done'), ('failed', 'failed')], default='pending', max_length=8, verbose_name='state')),
                ('due_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('error', models.CharField(blank=True, editable=False, max_length=300, verbose_name='error')),
                ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='date')),
            ],
            options={
                'verbose_name': 'taking of reserved money',
                'verbose_name_plural': 'takings of reserved money',
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='payment',
            name='authorised',
            field=models.DecimalField(decimal_places=3, default=0, editable=False, max_digits=19),
        ),
        migrations.AddField(
            model_name='payment',
            name='capture_before',
            field=models.DateTimeField(editable=False, null=True, verbose_name='reserved until'),
        ),
        migrations.AddField(
            model_name='payment',
            name='captured',
            field=models.DecimalField(decimal_places=3, default=0, editable=False, max_digits=19, verbose_name='money taken'),
        ),
        migrations.AddField(
            model_name='payment',
            name='captures_on_shipping',
            field=models.BooleanField(default=False, editable=False, verbose_name='taken when goods leave'),
        ),
        migrations.AddField(
            model_name='payment',
            name='refunded',
            field=models.DecimalField(decimal_places=3, default=0, editable=False, max_digits=19),
        ),
        migrations.AddField(
            model_name='paymentaccount',
            name='captures_on_shipping',
            field=models.BooleanField(default=False, help_text="The order only reserves its amount on the shopper's card; the first parcel takes it. A reservation holds for about seven days. Orders with gift cards or downloads are paid at once all the same.", verbose_name='money is taken when goods leave'),
        ),
        migrations.AddField(
            model_name='refund',
            name='is_release',
            field=models.BooleanField(default=False, editable=False, verbose_name='let go before it was taken'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='state',
            field=models.CharField(choices=[('open', 'open'), ('processing', 'processing'), ('authorised', 'reserved'), ('succeeded', 'paid'), ('released', 'reserved and let go'), ('failed', 'failed'), ('expired', 'expired'), ('review', 'needs a look')], default='open', max_length=10, verbose_name='state'),
        ),
        migrations.RunSQL(SUMS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('state', 'authorised')), fields=['capture_before'], name='payment_reserved'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('captured__gte', 0), ('captured__lte', models.F('authorised'))), name='payment_captured_within'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('refunded__gte', 0), ('refunded__lte', models.F('captured'))), name='payment_refunded_within'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('is_release', False), models.Q(('to_credit', False), ('to_exchange', False)), _connector='OR'), name='refund_release_goes_nowhere'),
        ),
        migrations.AddField(
            model_name='capture',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='done by'),
        ),
        migrations.AddField(
            model_name='capture',
            name='merchant',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant'),
        ),
        migrations.AddField(
            model_name='capture',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='captures', to='payments.payment', verbose_name='payment'),
        ),
        migrations.AddIndex(
            model_name='capture',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'unknown'])), fields=['due_at'], name='capture_waiting'),
        ),
        migrations.AddConstraint(
            model_name='capture',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='capture_not_below_nothing'),
        ),
        migrations.AddConstraint(
            model_name='capture',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'failed'), _negated=True), fields=('payment',), name='capture_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='capture',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='capture_amount_fits', violation_error_message='This amount has more decimals than its currency.'),
        ),
    ]
