import apps.merchants.clock
import apps.merchants.creation
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
        ('carts', '0001_initial'),
        ('customers', '0001_initial'),
        ('merchants', '0001_initial'),
        ('orders', '0001_initial'),
    ]

    operations = [
        apps.merchants.creation.CreateModels(
            models=[
                migrations.CreateModel(
                    name='GiftCard',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('fingerprint', models.CharField(editable=False, max_length=64)),
                        ('ends', models.CharField(editable=False, max_length=4, verbose_name='ends in')),
                        ('issued_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                        ('issued', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='issued with')),
                        ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='good until')),
                        ('is_blocked', models.BooleanField(default=False, verbose_name='blocked')),
                        ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='created on')),
                        ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'gift card',
                        'verbose_name_plural': 'gift cards',
                        'ordering': ['-pk'],
                        'constraints': [models.UniqueConstraint(fields=('merchant', 'fingerprint'), name='giftcard_code_once'), models.CheckConstraint(condition=models.Q(('issued__gt', 0)), name='giftcard_worth_something'), models.CheckConstraint(condition=models.Q(('issued__isnull', True), ('issued_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('issued', django.db.models.functions.math.Round('issued', 0)), ('issued_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('issued_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('issued', django.db.models.functions.math.Round('issued', 2))), _connector='OR'), name='giftcard_issued_fits', violation_error_message='This amount has more decimals than its currency.')],
                    },
                ),
                migrations.CreateModel(
                    name='CartTender',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('is_on', models.BooleanField(default=True)),
                        ('cart', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tenders', to='carts.cart')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('gift_card', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='carts', to='payments.giftcard')),
                    ],
                    options={
                        'verbose_name': 'means of payment of a cart',
                        'verbose_name_plural': 'means of payment of carts',
                        'ordering': ['pk'],
                        'constraints': [models.UniqueConstraint(fields=('cart', 'gift_card'), name='carttender_once', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='GiftCardGuess',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('failures', models.PositiveIntegerField(default=0)),
                        ('window_started_at', models.DateTimeField()),
                        ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
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
                        'verbose_name': 'account at the provider',
                        'verbose_name_plural': 'accounts at providers',
                        'constraints': [models.UniqueConstraint(fields=('provider', 'name'), name='paymentaccount_address')],
                    },
                ),
                migrations.CreateModel(
                    name='Payment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('tender', models.CharField(blank=True, choices=[('', 'provider'), ('gift_card', 'gift card'), ('store_credit', 'store credit'), ('exchange', 'goods that come back')], default='', max_length=12, verbose_name='paid with')),
                        ('attempt', models.PositiveSmallIntegerField(verbose_name='attempt')),
                        ('state', models.CharField(choices=[('open', 'open'), ('processing', 'processing'), ('succeeded', 'paid'), ('failed', 'failed'), ('expired', 'expired'), ('review', 'needs a look')], default='open', max_length=10, verbose_name='state')),
                        ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                        ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='amount')),
                        ('provider_session', models.CharField(blank=True, max_length=120)),
                        ('provider_payment', models.CharField(blank=True, max_length=120, verbose_name='number at the provider')),
                        ('url', models.TextField(blank=True)),
                        ('expires_at', models.DateTimeField(blank=True, null=True)),
                        ('checked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='date')),
                        ('gift_card', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payments.giftcard', verbose_name='gift card')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='orders.order', verbose_name='order')),
                        ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='payments.paymentaccount')),
                    ],
                    options={
                        'verbose_name': 'payment',
                        'verbose_name_plural': 'payments',
                        'indexes': [models.Index(fields=['account', 'provider_payment'], name='payments_pa_account_003db4_idx'), models.Index(fields=['state', 'created_at'], name='payments_pa_state_6e6f36_idx')],
                        'constraints': [models.UniqueConstraint(fields=('order', 'attempt'), name='payment_attempt_once'), models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'processing']), ('tender', '')), fields=('order',), name='payment_one_open'), models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'succeeded']), models.Q(('tender', ''), _negated=True)), fields=('order', 'tender', 'gift_card'), name='payment_tender_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('gift_card__isnull', True), ('tender', '')), models.Q(('account__isnull', True), ('gift_card__isnull', False), ('tender', 'gift_card')), models.Q(('account__isnull', True), ('gift_card__isnull', True), ('tender__in', ['store_credit', 'exchange'])), _connector='OR'), name='payment_comes_from_somewhere'), models.UniqueConstraint(condition=models.Q(('provider_session', ''), _negated=True), fields=('account', 'provider_session'), name='payment_session_once'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='payment_amount_fits', violation_error_message='This amount has more decimals than its currency.')],
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
                        'verbose_name': 'news of a payment',
                        'verbose_name_plural': 'news of payments',
                        'constraints': [models.UniqueConstraint(fields=('payment', 'kind', 'provider_ref'), name='paymentevent_once'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='paymentevent_amount_fits', violation_error_message='This amount has more decimals than its currency.')],
                    },
                ),
                migrations.CreateModel(
                    name='Refund',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                        ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='amount')),
                        ('delivery', models.DecimalField(decimal_places=3, default=0, max_digits=19)),
                        ('tax', models.DecimalField(decimal_places=3, default=0, max_digits=19)),
                        ('delivery_tax', models.DecimalField(decimal_places=3, default=0, max_digits=19)),
                        ('request', models.CharField(blank=True, editable=False, max_length=80)),
                        ('reason', models.CharField(blank=True, max_length=120, verbose_name='reason')),
                        ('to_credit', models.BooleanField(default=False, verbose_name='as store credit')),
                        ('to_exchange', models.BooleanField(default=False, editable=False)),
                        ('state', models.CharField(choices=[('pending', 'on its way'), ('unknown', 'asked for, no answer yet'), ('done', 'paid back'), ('failed', 'failed')], default='pending', max_length=8, verbose_name='state')),
                        ('provider_ref', models.CharField(blank=True, max_length=120, verbose_name='number at the provider')),
                        ('due_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                        ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('error', models.CharField(blank=True, editable=False, max_length=300, verbose_name='error')),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='date')),
                        ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='done by')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment')),
                    ],
                    options={
                        'verbose_name': 'refund',
                        'verbose_name_plural': 'refunds',
                        'indexes': [models.Index(condition=models.Q(('state__in', ['pending', 'unknown'])), fields=['due_at'], name='refund_waiting')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_positive'), models.CheckConstraint(condition=models.Q(('to_credit', False), ('to_exchange', False), _connector='OR'), name='refund_goes_one_way'), models.CheckConstraint(condition=models.Q(('delivery__gte', 0), ('delivery__lte', models.F('amount'))), name='refund_delivery_within'), models.CheckConstraint(condition=models.Q(('delivery_tax__gte', 0), ('delivery_tax__lte', models.F('tax')), ('tax__lte', models.F('amount'))), name='refund_tax_within'), models.UniqueConstraint(condition=models.Q(('request', ''), _negated=True), fields=('payment', 'request'), name='refund_request_once'), models.UniqueConstraint(condition=models.Q(('provider_ref', ''), _negated=True), fields=('payment', 'provider_ref'), name='refund_provider_once'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='refund_amount_fits', violation_error_message='This amount has more decimals than its currency.')],
                    },
                ),
                migrations.CreateModel(
                    name='RefundLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('quantity', models.PositiveIntegerField()),
                        ('amount', models.DecimalField(decimal_places=3, max_digits=19)),
                        ('tax', models.DecimalField(decimal_places=3, max_digits=19)),
                        ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='orders.orderline')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('refund', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='payments.refund')),
                    ],
                    options={
                        'verbose_name': 'goods of a refund',
                        'verbose_name_plural': 'goods of refunds',
                        'ordering': ['pk'],
                        'constraints': [models.UniqueConstraint(fields=('refund', 'line'), name='refundline_once'), models.CheckConstraint(condition=models.Q(('quantity__gte', 1), ('amount__gt', 0), _connector='OR'), name='refundline_quantity'), models.CheckConstraint(condition=models.Q(('tax__gte', 0), ('tax__lte', models.F('amount'))), name='refundline_tax_within')],
                    },
                ),
                migrations.CreateModel(
                    name='WebhookEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('account_id', models.BigIntegerField()),
                        ('payload', models.JSONField()),
                        ('received_at', models.DateTimeField(default=apps.merchants.clock.now, verbose_name='received on')),
                        ('due_at', models.DateTimeField(default=apps.merchants.clock.now)),
                        ('processed_at', models.DateTimeField(null=True)),
                        ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                        ('error', models.TextField(blank=True, verbose_name='error')),
                        ('dead_at', models.DateTimeField(null=True, verbose_name='given up on')),
                        ('event_id', models.CharField(max_length=255, verbose_name='number at the provider')),
                        ('kind', models.CharField(max_length=80, verbose_name='kind')),
                    ],
                    options={
                        'verbose_name': 'payment event',
                        'verbose_name_plural': 'payment events',
                        'indexes': [models.Index(condition=models.Q(('dead_at__isnull', True), ('processed_at__isnull', True)), fields=['due_at'], name='webhookevent_waiting')],
                        'constraints': [models.UniqueConstraint(fields=('account_id', 'event_id'), name='webhookevent_once')],
                    },
                ),
            ],
        ),
    ]
