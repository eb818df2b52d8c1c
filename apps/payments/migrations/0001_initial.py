import apps.merchants.clock
import apps.merchants.models
import django.db.models.deletion
import django.db.models.functions.math
import djmoney.models.fields
import encrypted_fields.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('merchants', '0001_initial'),
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(default='stripe', max_length=20)),
                ('name', models.SlugField(max_length=60)),
                ('config', encrypted_fields.fields.EncryptedJSONField(default=dict)),
                ('uses_environment', models.BooleanField(default=False, editable=False)),
                ('is_active', models.BooleanField(default=True)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('provider', 'name'), name='paymentaccount_address')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                ('attempt', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('open', 'open'), ('processing', 'processing'), ('succeeded', 'paid'), ('failed', 'failed'), ('expired', 'expired'), ('review', 'needs a look')], default='open', max_length=10)),
                ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19)),
                ('provider_session', models.CharField(blank=True, max_length=120)),
                ('provider_payment', models.CharField(blank=True, max_length=120)),
                ('url', models.TextField(blank=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='orders.order')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.paymentaccount')),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'provider_payment'], name='payments_pa_account_003db4_idx'), models.Index(fields=['state', 'created_at'], name='payments_pa_state_6e6f36_idx')],
                'constraints': [models.UniqueConstraint(fields=('order', 'attempt'), name='payment_attempt_once'), models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'processing'])), fields=('order',), name='payment_one_open'), models.UniqueConstraint(condition=models.Q(('provider_session', ''), _negated=True), fields=('account', 'provider_session'), name='payment_session_once'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='payment_amount_fits', violation_error_message='This amount has more decimals than its currency.')],
            },
        ),
        migrations.CreateModel(
            name='PaymentEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16)),
                ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19)),
                ('provider_ref', models.CharField(max_length=120)),
                ('event_id', models.CharField(blank=True, max_length=120)),
                ('occurred_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.payment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('payment', 'kind', 'provider_ref'), name='paymentevent_once'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='paymentevent_amount_fits', violation_error_message='This amount has more decimals than its currency.')],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19)),
                ('reason', models.CharField(blank=True, max_length=120)),
                ('state', models.CharField(choices=[('pending', 'on its way'), ('done', 'paid back'), ('failed', 'failed')], default='pending', max_length=8)),
                ('provider_ref', models.CharField(blank=True, max_length=120)),
                ('due_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('error', models.CharField(blank=True, editable=False, max_length=300)),
                ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['due_at'], name='refund_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_positive'), models.UniqueConstraint(condition=models.Q(('provider_ref', ''), _negated=True), fields=('payment', 'provider_ref'), name='refund_provider_once'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='refund_amount_fits', violation_error_message='This amount has more decimals than its currency.')],
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.BigIntegerField()),
                ('event_id', models.CharField(max_length=255)),
                ('kind', models.CharField(max_length=80)),
                ('payload', models.JSONField()),
                ('received_at', models.DateTimeField(default=apps.merchants.clock.now)),
                ('due_at', models.DateTimeField(default=apps.merchants.clock.now)),
                ('processed_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('dead_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('dead_at__isnull', True), ('processed_at__isnull', True)), fields=['due_at'], name='webhookevent_waiting')],
                'constraints': [models.UniqueConstraint(fields=('account_id', 'event_id'), name='webhookevent_once')],
            },
        ),
    ]
