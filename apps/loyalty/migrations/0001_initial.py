import apps.loyalty.models
import apps.merchants.clock
import apps.merchants.creation
import apps.merchants.models
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.math
import djmoney.models.fields
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('customers', '0001_initial'),
        ('merchants', '0001_initial'),
    ]

    operations = [
        apps.merchants.creation.CreateModels(
            models=[
                migrations.CreateModel(
                    name='LoyaltyMembership',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('code', models.CharField(default=apps.loyalty.models.new_code, editable=False, max_length=12, verbose_name='invitation code')),
                        ('balance', models.BigIntegerField(default=0, editable=False, verbose_name='balance')),
                        ('pending', models.BigIntegerField(default=0, editable=False, verbose_name='pending')),
                        ('lifetime', models.BigIntegerField(default=0, editable=False, verbose_name='points in all')),
                        ('may_be_negative', models.BooleanField(default=False, editable=False)),
                        ('tier_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='level until')),
                        ('birth_month', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='month of birth')),
                        ('birth_day', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='day of birth')),
                        ('birthday_told_at', models.DateTimeField(blank=True, null=True)),
                        ('terms', models.CharField(blank=True, editable=False, max_length=300, verbose_name='terms')),
                        ('joined_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='member since')),
                        ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('settled_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                        ('next_change_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='loyalty', to='customers.customer', verbose_name='customer')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('tier', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='loyalty.tier', verbose_name='level')),
                    ],
                    options={
                        'verbose_name': 'member',
                        'verbose_name_plural': 'members',
                        'indexes': [models.Index(condition=models.Q(('next_change_at__isnull', False)), fields=['next_change_at'], name='loyalty_due'), models.Index(fields=['merchant', 'birth_month', 'birth_day'], name='loyalty_birthdays')],
                        'constraints': [models.UniqueConstraint(fields=('merchant', 'code'), name='loyalty_code_once'), models.CheckConstraint(condition=models.Q(('balance__gte', 0), ('may_be_negative', True), _connector='OR'), name='loyalty_balance'), models.CheckConstraint(condition=models.Q(('pending__gte', 0)), name='loyalty_pending'), models.CheckConstraint(condition=models.Q(('lifetime__gte', 0)), name='loyalty_lifetime'), models.CheckConstraint(condition=models.Q(models.Q(('birth_day', None), ('birth_month', None)), models.Q(('birth_day__isnull', False), ('birth_day__range', (1, 31)), ('birth_month__isnull', False), ('birth_month__range', (1, 12)), ('birthday_told_at__isnull', False)), _connector='OR'), name='loyalty_birthday')],
                    },
                ),
                migrations.CreateModel(
                    name='Reward',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('name', models.CharField(max_length=60, verbose_name='name')),
                        ('name_en', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('name_de', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('name_es', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('name_zh_hans', models.CharField(max_length=60, null=True, verbose_name='name')),
                        ('kind', models.CharField(choices=[('amount_off', 'money off'), ('free_delivery', 'free delivery'), ('free_product', 'a product for free')], default='amount_off', max_length=16, verbose_name='kind')),
                        ('cost', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='points')),
                        ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                        ('amount', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True, verbose_name='amount')),
                        ('sku', models.CharField(blank=True, max_length=64, verbose_name='product number')),
                        ('valid_days', models.PositiveSmallIntegerField(default=90, help_text='0 means without end.', verbose_name='days the voucher is good for')),
                        ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'reward',
                        'verbose_name_plural': 'rewards',
                        'ordering': ['position', 'cost', 'pk'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('cost__gte', 1)), name='reward_cost'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('amount__isnull', False), ('kind', 'amount_off'), ('sku', '')), models.Q(('amount__isnull', True), ('kind', 'free_delivery'), ('sku', '')), models.Q(('amount__isnull', True), ('kind', 'free_product'), models.Q(('sku', ''), _negated=True)), _connector='OR'), name='reward_fits_kind'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='reward_amount_fits', violation_error_message='This amount has more decimals than its currency.')],
                    },
                ),
                migrations.CreateModel(
                    name='RewardVoucher',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code', models.CharField(default=apps.loyalty.models.new_code, max_length=12, verbose_name='code')),
                        ('kind', models.CharField(choices=[('amount_off', 'money off'), ('free_delivery', 'free delivery'), ('free_product', 'a product for free')], max_length=16, verbose_name='kind')),
                        ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                        ('amount', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True)),
                        ('sku', models.CharField(blank=True, max_length=64)),
                        ('cost', models.PositiveIntegerField(verbose_name='points')),
                        ('redemption', models.CharField(max_length=80)),
                        ('state', models.CharField(choices=[('open', 'can be used'), ('used', 'used'), ('void', 'void')], default='open', max_length=8, verbose_name='state')),
                        ('used_for', models.CharField(blank=True, max_length=40, verbose_name='used for')),
                        ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used on')),
                        ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='good until')),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='date')),
                        ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouchers', to='loyalty.loyaltymembership', verbose_name='member')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('reward', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='loyalty.reward', verbose_name='reward')),
                    ],
                    options={
                        'verbose_name': 'voucher',
                        'verbose_name_plural': 'vouchers',
                        'ordering': ['pk'],
                        'indexes': [models.Index(condition=models.Q(('used_for', ''), _negated=True), fields=['used_for'], name='rewardvoucher_used_for')],
                        'constraints': [models.UniqueConstraint(fields=('merchant', 'code'), name='rewardvoucher_code_once'), models.UniqueConstraint(fields=('membership', 'redemption'), name='rewardvoucher_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'used'), ('used_at__isnull', False), models.Q(('used_for', ''), _negated=True)), models.Q(('state__in', ['open', 'void']), ('used_at', None), ('used_for', '')), _connector='OR'), name='rewardvoucher_state'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('amount__isnull', False), ('kind', 'amount_off'), ('sku', '')), models.Q(('amount__isnull', True), ('kind', 'free_delivery'), ('sku', '')), models.Q(('amount__isnull', True), ('kind', 'free_product'), models.Q(('sku', ''), _negated=True)), _connector='OR'), name='rewardvoucher_fits_kind'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='rewardvoucher_amount_fits', violation_error_message='This amount has more decimals than its currency.')],
                    },
                ),
                migrations.CreateModel(
                    name='Tier',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=40, verbose_name='name')),
                        ('name_en', models.CharField(max_length=40, null=True, verbose_name='name')),
                        ('name_de', models.CharField(max_length=40, null=True, verbose_name='name')),
                        ('name_es', models.CharField(max_length=40, null=True, verbose_name='name')),
                        ('name_zh_hans', models.CharField(max_length=40, null=True, verbose_name='name')),
                        ('threshold', models.PositiveIntegerField(verbose_name='points in twelve months')),
                        ('earn_percent', models.PositiveSmallIntegerField(default=100, help_text='150 gives half as many points again.', validators=[django.core.validators.MinValueValidator(100), django.core.validators.MaxValueValidator(1000)], verbose_name='earns, in percent')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'level',
                        'verbose_name_plural': 'levels',
                        'ordering': ['threshold'],
                        'constraints': [models.UniqueConstraint(fields=('merchant', 'threshold'), name='tier_once_per_threshold'), models.CheckConstraint(condition=models.Q(('earn_percent__gte', 100)), name='tier_earns_no_less')],
                    },
                ),
                migrations.CreateModel(
                    name='LoyaltyEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=12)),
                        ('data', models.JSONField(default=dict)),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='loyalty.loyaltymembership')),
                    ],
                    options={
                        'verbose_name': 'news about points',
                        'verbose_name_plural': 'news about points',
                        'ordering': ['pk'],
                        'indexes': [models.Index(fields=['created_at', 'id'], name='loyalty_loy_created_031906_idx')],
                    },
                ),
                migrations.CreateModel(
                    name='LoyaltyProgramme',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('is_active', models.BooleanField(default=False, verbose_name='points are given')),
                        ('points', models.PositiveIntegerField(default=1, validators=[django.core.validators.MaxValueValidator(100000)], verbose_name='points')),
                        ('per_amount', models.DecimalField(decimal_places=3, default=1, help_text="An amount in the shop's currency. 3 points for every 2 is one and a half per unit, exactly.", max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0.001'))], verbose_name='for every')),
                        ('rounding', models.CharField(choices=[('down', 'down'), ('half_up', 'half up'), ('up', 'up')], default='down', max_length=8, verbose_name='rounding')),
                        ('return_days', models.PositiveSmallIntegerField(default=30, help_text='As long as goods may be returned.', verbose_name='days before points can be spent')),
                        ('expiry_months', models.PositiveSmallIntegerField(default=12, help_text='0 means never.', verbose_name='months until points expire')),
                        ('clawback', models.CharField(choices=[('clamp', 'never below zero'), ('negative', 'the balance may fall below zero')], default='clamp', max_length=8, verbose_name='points of returned goods that are spent already')),
                        ('first_order_bonus', models.PositiveIntegerField(default=0, verbose_name='for the first order')),
                        ('review_bonus', models.PositiveIntegerField(default=0, verbose_name='for a rating')),
                        ('birthday_bonus', models.PositiveIntegerField(default=0, verbose_name='for a birthday')),
                        ('referrer_bonus', models.PositiveIntegerField(default=0, verbose_name='for inviting a friend')),
                        ('friend_bonus', models.PositiveIntegerField(default=0, verbose_name='for the invited friend')),
                        ('grace_days', models.PositiveSmallIntegerField(default=30, verbose_name='days of grace before a lower tier')),
                        ('terms_url', models.URLField(blank=True, help_text='Shown before somebody joins.', verbose_name='terms')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'rules of the points',
                        'verbose_name_plural': 'rules',
                        'constraints': [models.UniqueConstraint(fields=('merchant',), name='loyaltyprogramme_once'), models.CheckConstraint(condition=models.Q(('per_amount__gt', 0)), name='loyaltyprogramme_ratio')],
                    },
                ),
                migrations.CreateModel(
                    name='PointsEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('earn', 'earned'), ('redeem', 'redeemed'), ('redeem_rollback', 'given back'), ('clawback', 'taken back'), ('expire', 'expired'), ('manual', 'corrected')], max_length=16, verbose_name='kind')),
                        ('rule', models.CharField(choices=[('order', 'order'), ('first_order', 'first order'), ('review', 'rating'), ('birthday', 'birthday'), ('referrer', 'invited a friend'), ('friend', 'came by invitation'), ('reward', 'reward'), ('merge', 'accounts joined'), ('desk', 'by the shop')], max_length=12, verbose_name='rule')),
                        ('points', models.IntegerField(verbose_name='points')),
                        ('counts', models.IntegerField(default=0)),
                        ('source', models.CharField(max_length=80)),
                        ('reference', models.CharField(blank=True, db_index=True, max_length=40)),
                        ('available_at', models.DateTimeField(verbose_name='can be spent from')),
                        ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expire on')),
                        ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='date')),
                        ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='done by')),
                        ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken', to='loyalty.pointsentry')),
                        ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loyalty.loyaltymembership', verbose_name='member')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'points given or taken',
                        'verbose_name_plural': 'points given and taken',
                        'ordering': ['pk'],
                        'constraints': [models.UniqueConstraint(fields=('membership', 'kind', 'source'), name='pointsentry_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'earn'), ('points__gte', 0)), models.Q(('kind', 'redeem'), ('points__lt', 0)), models.Q(('kind', 'redeem_rollback'), ('points__gt', 0)), models.Q(('kind', 'clawback'), ('points__lte', 0)), models.Q(('kind', 'expire'), ('points__lt', 0)), ('kind', 'manual'), _connector='OR'), name='pointsentry_sign'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['clawback', 'expire']), ('lot__isnull', False)), models.Q(('kind__in', ['clawback', 'expire']), _negated=True), _connector='OR'), name='pointsentry_names_its_lot'), models.CheckConstraint(condition=models.Q(('expires_at', None), ('expires_at__gt', models.F('available_at')), _connector='OR'), name='pointsentry_times')],
                    },
                ),
                migrations.CreateModel(
                    name='Referral',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('state', models.CharField(choices=[('invited', 'invited'), ('ordered', 'ordered'), ('review', 'to be looked at'), ('paid', 'paid'), ('refused', 'refused')], default='invited', max_length=8, verbose_name='state')),
                        ('reference', models.CharField(blank=True, max_length=40)),
                        ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='due on')),
                        ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='date')),
                        ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='judged by')),
                        ('friend', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='referral', to='customers.customer', verbose_name='invited friend')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('referrer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='referrals', to='loyalty.loyaltymembership', verbose_name='invited by')),
                    ],
                    options={
                        'verbose_name': 'invitation',
                        'verbose_name_plural': 'invitations',
                        'ordering': ['-pk'],
                        'indexes': [models.Index(condition=models.Q(('state', 'ordered')), fields=['due_at'], name='referral_due')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('state', 'ordered'), models.Q(('reference', ''), _negated=True)), models.Q(('state', 'ordered'), _negated=True), _connector='OR'), name='referral_ordered')],
                    },
                ),
            ],
        ),
    ]
