import apps.merchants.clock
import apps.merchants.creation
import apps.merchants.models
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.math
import django.db.models.functions.text
import djmoney.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('customers', '0001_initial'),
        ('merchants', '0001_initial'),
    ]

    operations = [
        apps.merchants.creation.CreateModels(
            models=[
                migrations.CreateModel(
                    name='DeliveryMethod',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=80, verbose_name='name')),
                        ('name_en', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_de', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_es', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_zh_hans', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('price_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                        ('price', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='price')),
                        ('free_from_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                        ('free_from', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True, verbose_name='free from')),
                        ('countries', models.JSONField(blank=True, default=list, help_text='Country codes; empty means everywhere.', verbose_name='countries')),
                        ('regions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, help_text='With commas between them; empty means the whole country.', size=None, verbose_name='regions')),
                        ('postcodes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), blank=True, default=list, help_text='How they begin, with commas between them: 10, 12, 131. Empty means all.', size=None, verbose_name='postcodes')),
                        ('max_grams', models.PositiveIntegerField(blank=True, help_text='Empty means any weight.', null=True, verbose_name='heaviest parcel, in grams')),
                        ('cutoff_hour', models.PositiveSmallIntegerField(blank=True, help_text='What is ordered from this hour on (0 to 23) leaves on the next working day.', null=True, verbose_name='leaves the same day until, hour')),
                        ('closed_days', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), blank=True, default=list, help_text='Dates such as 2026-12-25, with commas between them; they count as no working days.', size=None, verbose_name='days on which nothing moves')),
                        ('days_min', models.PositiveSmallIntegerField(default=2, verbose_name='days at least')),
                        ('days_max', models.PositiveSmallIntegerField(default=4, verbose_name='days at most')),
                        ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('pickup_at', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='merchants.location', verbose_name='picked up at')),
                    ],
                    options={
                        'verbose_name': 'way of delivery',
                        'verbose_name_plural': 'ways of delivery',
                        'ordering': ['position', 'pk'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('price__isnull', True), ('price_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('price', django.db.models.functions.math.Round('price', 0)), ('price_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('price_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('price', django.db.models.functions.math.Round('price', 2))), _connector='OR'), name='deliverymethod_price_fits', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('free_from__isnull', True), ('free_from_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('free_from', django.db.models.functions.math.Round('free_from', 0)), ('free_from_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('free_from_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('free_from', django.db.models.functions.math.Round('free_from', 2))), _connector='OR'), name='deliverymethod_free_from_fits', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('price__gte', 0), models.Q(('free_from', None), ('free_from__gte', 0), _connector='OR')), name='deliverymethod_costs_no_less_than_nothing', violation_error_message='An amount cannot be less than nothing.'), models.CheckConstraint(condition=models.Q(('days_min__lte', models.F('days_max'))), name='deliverymethod_earliest_first', violation_error_message='The fewest days cannot be more than the most.'), models.CheckConstraint(condition=models.Q(('max_grams', None), ('max_grams__gte', 1), _connector='OR'), name='deliverymethod_carries_something', violation_error_message='A weight is at least one gram.'), models.CheckConstraint(condition=models.Q(('cutoff_hour', None), ('cutoff_hour__lte', 23), _connector='OR'), name='deliverymethod_cutoff_is_an_hour', violation_error_message='An hour is between 0 and 23.')],
                    },
                ),
                migrations.CreateModel(
                    name='Cart',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('status', models.CharField(choices=[('open', 'open'), ('ordered', 'ordered'), ('merged', 'merged')], default='open', max_length=10)),
                        ('currency', models.CharField(max_length=3)),
                        ('codes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), blank=True, default=list, size=None)),
                        ('version', models.PositiveIntegerField(default=0)),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('updated_at', models.DateTimeField(auto_now=True)),
                        ('address', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='customers.address')),
                        ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='carts', to='customers.customer')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('delivery_method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='carts.deliverymethod')),
                    ],
                    options={
                        'verbose_name': 'cart',
                        'verbose_name_plural': 'carts',
                        'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('customer',), name='cart_one_open_per_customer')],
                    },
                ),
                migrations.CreateModel(
                    name='DeliveryStep',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('up_to_grams', models.PositiveIntegerField(blank=True, help_text='Empty means any weight.', null=True, verbose_name='up to grams')),
                        ('from_amount', models.DecimalField(decimal_places=3, default=0, max_digits=19, verbose_name='from an order of')),
                        ('price', models.DecimalField(decimal_places=3, max_digits=19, verbose_name='price')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('method', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='carts.deliverymethod', verbose_name='way of delivery')),
                    ],
                    options={
                        'verbose_name': 'step of the price',
                        'verbose_name_plural': 'steps of the price',
                        'ordering': ['from_amount', models.OrderBy(models.F('up_to_grams'), nulls_last=True), 'pk'],
                        'constraints': [models.UniqueConstraint(fields=('method', 'from_amount', 'up_to_grams'), name='deliverystep_once', nulls_distinct=False, violation_error_message='There is a step for this weight and amount already.'), models.CheckConstraint(condition=models.Q(('from_amount__gte', 0), ('price__gte', 0)), name='deliverystep_costs_no_less_than_nothing', violation_error_message='An amount cannot be less than nothing.'), models.CheckConstraint(condition=models.Q(('up_to_grams', None), ('up_to_grams__gte', 1), _connector='OR'), name='deliverystep_carries_something', violation_error_message='A weight is at least one gram.')],
                    },
                ),
                migrations.CreateModel(
                    name='Promotion',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uses', models.PositiveIntegerField(default=0, editable=False, verbose_name='used')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('name', models.CharField(help_text='Shoppers read it beside the amount.', max_length=60, verbose_name='name')),
                        ('name_en', models.CharField(help_text='Shoppers read it beside the amount.', max_length=60, null=True, verbose_name='name')),
                        ('name_de', models.CharField(help_text='Shoppers read it beside the amount.', max_length=60, null=True, verbose_name='name')),
                        ('name_es', models.CharField(help_text='Shoppers read it beside the amount.', max_length=60, null=True, verbose_name='name')),
                        ('name_zh_hans', models.CharField(help_text='Shoppers read it beside the amount.', max_length=60, null=True, verbose_name='name')),
                        ('kind', models.CharField(choices=[('percentage', 'percentage off'), ('amount', 'amount off'), ('buy_x_get_y', 'buy some, get some'), ('free_delivery', 'free delivery')], default='percentage', max_length=16, verbose_name='kind')),
                        ('percent', models.DecimalField(decimal_places=2, default=100, help_text='Of the goods; with buy some, get some: of the pieces given, 100 for free.', max_digits=5, validators=[django.core.validators.MinValueValidator(0.01), django.core.validators.MaxValueValidator(100)], verbose_name='percent')),
                        ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                        ('amount', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True, verbose_name='amount')),
                        ('buy_quantity', models.PositiveSmallIntegerField(default=0, verbose_name='buy')),
                        ('get_quantity', models.PositiveSmallIntegerField(default=0, verbose_name='get')),
                        ('min_subtotal_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                        ('min_subtotal', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True, verbose_name='from an amount of')),
                        ('min_quantity', models.PositiveSmallIntegerField(default=0, verbose_name='from so many pieces')),
                        ('is_first_order_only', models.BooleanField(default=False, verbose_name='first order only')),
                        ('channels', models.JSONField(blank=True, default=list, help_text='For example whatsapp; empty means everywhere.', verbose_name='channels')),
                        ('countries', models.JSONField(blank=True, default=list, help_text='Country codes; empty means everywhere.', verbose_name='countries')),
                        ('currency', models.CharField(blank=True, help_text='Empty means any.', max_length=3, verbose_name='currency')),
                        ('customer_group', models.CharField(blank=True, help_text='Empty means everybody.', max_length=60, verbose_name='customer group')),
                        ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='starts')),
                        ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='ends')),
                        ('is_automatic', models.BooleanField(default=False, help_text='Otherwise it needs a code.', verbose_name='applies by itself')),
                        ('is_exclusive', models.BooleanField(default=False, verbose_name='not with other offers')),
                        ('priority', models.SmallIntegerField(default=0, help_text='The highest is taken off first.', verbose_name='priority')),
                        ('usage_limit', models.PositiveIntegerField(blank=True, null=True, verbose_name='uses in total')),
                        ('limit_per_customer', models.PositiveIntegerField(blank=True, null=True, verbose_name='uses per shopper')),
                        ('returns_use', models.BooleanField(default=False, help_text='A cancelled order always does.', verbose_name='a refund in full gives the use back')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False)),
                        ('categories', models.ManyToManyField(blank=True, related_name='promotions', to='catalog.category', verbose_name='categories')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('products', models.ManyToManyField(blank=True, related_name='promotions', to='catalog.product', verbose_name='products')),
                    ],
                    options={
                        'verbose_name': 'promotion',
                        'verbose_name_plural': 'promotions',
                        'ordering': ['-pk'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='promotion_percent', violation_error_message='More than 0 and at most 100 percent.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'amount'), _negated=True), models.Q(('amount__gt', 0), ('amount__isnull', False)), _connector='OR'), name='promotion_amount', violation_error_message='Say how much is off.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'buy_x_get_y'), _negated=True), models.Q(('buy_quantity__gte', 1), ('get_quantity__gte', 1)), _connector='OR'), name='promotion_buy_get', violation_error_message='Say how many to buy and how many to get.'), models.CheckConstraint(condition=models.Q(('starts_at__isnull', True), ('ends_at__isnull', True), ('starts_at__lt', models.F('ends_at')), _connector='OR'), name='promotion_dates', violation_error_message='It must end after it starts.'), models.CheckConstraint(condition=models.Q(('uses__gte', 0), models.Q(('usage_limit__isnull', True), ('uses__lte', models.F('usage_limit')), _connector='OR')), name='promotion_uses_within_limit', violation_error_message='It has been used more often than that already.'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='promotion_amount_fits', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('min_subtotal__isnull', True), ('min_subtotal_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('min_subtotal', django.db.models.functions.math.Round('min_subtotal', 0)), ('min_subtotal_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('min_subtotal_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('min_subtotal', django.db.models.functions.math.Round('min_subtotal', 2))), _connector='OR'), name='promotion_min_subtotal_fits', violation_error_message='This amount has more decimals than its currency.')],
                    },
                ),
                migrations.CreateModel(
                    name='Coupon',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uses', models.PositiveIntegerField(default=0, editable=False, verbose_name='used')),
                        ('code', models.CharField(max_length=32, validators=[django.core.validators.RegexValidator('^[A-Z0-9][A-Z0-9_-]{2,31}\\Z', '3 to 32 letters A–Z, digits, - and _.')], verbose_name='code')),
                        ('usage_limit', models.PositiveIntegerField(blank=True, help_text='1 for a single use; empty for no limit.', null=True, verbose_name='uses in total')),
                        ('limit_per_customer', models.PositiveIntegerField(blank=True, null=True, verbose_name='uses per shopper')),
                        ('batch', models.CharField(blank=True, max_length=40, verbose_name='batch')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('created_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='created on')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('promotion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coupons', to='carts.promotion', verbose_name='promotion')),
                    ],
                    options={
                        'verbose_name': 'code',
                        'verbose_name_plural': 'codes',
                        'ordering': ['-pk'],
                        'indexes': [models.Index(fields=['promotion', 'batch'], name='coupon_batch')],
                        'constraints': [models.UniqueConstraint(fields=('merchant', 'code'), name='coupon_code_once'), models.CheckConstraint(condition=models.Q(('code', django.db.models.functions.text.Upper('code'))), name='coupon_code_in_capitals'), models.CheckConstraint(condition=models.Q(('uses__gte', 0), models.Q(('usage_limit__isnull', True), ('uses__lte', models.F('usage_limit')), _connector='OR')), name='coupon_uses_within_limit', violation_error_message='It has been used more often than that already.')],
                    },
                ),
                migrations.CreateModel(
                    name='PromotionUse',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('reference', models.CharField(max_length=80)),
                        ('taken_at', models.DateTimeField(default=apps.merchants.clock.now, editable=False, verbose_name='used on')),
                        ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='given back on')),
                        ('cart', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promotion_uses', to='carts.cart')),
                        ('coupon', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='used', to='carts.coupon', verbose_name='code')),
                        ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promotion_uses', to='customers.customer', verbose_name='customer')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('promotion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='used', to='carts.promotion', verbose_name='promotion')),
                    ],
                    options={
                        'verbose_name': 'use of a promotion',
                        'verbose_name_plural': 'uses of promotions',
                        'indexes': [models.Index(fields=['reference'], name='promotionuse_reference'), models.Index(condition=models.Q(('released_at__isnull', True)), fields=['promotion', 'customer'], name='promotionuse_of')],
                        'constraints': [models.UniqueConstraint(fields=('promotion', 'reference'), name='promotionuse_once')],
                    },
                ),
                migrations.CreateModel(
                    name='TaxRate',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('country', models.CharField(max_length=2, verbose_name='country')),
                        ('region', models.CharField(blank=True, help_text='A state of the US by its two letters, such as NY.', max_length=10, verbose_name='region')),
                        ('postcode', models.CharField(blank=True, help_text='Capitals and digits without spaces; empty means all of the region.', max_length=10, verbose_name='postcodes beginning with')),
                        ('category', models.CharField(default='standard', help_text='As products have it; “delivery” is for what delivery costs.', max_length=20, verbose_name='tax category')),
                        ('part', models.CharField(blank=True, help_text='Where state and city both tax a sale: whose this one is. Empty where there is just one.', max_length=40, verbose_name='part of the tax')),
                        ('percent', models.DecimalField(decimal_places=3, max_digits=6, verbose_name='tax rate')),
                        ('taxed_from_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                        ('taxed_from', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, help_text='Of one piece, offers taken off; what costs less is free of this tax. Empty means always.', max_digits=19, null=True, verbose_name='due from this price on')),
                        ('is_inclusive', models.BooleanField(default=True, verbose_name='included in prices')),
                        ('name', models.CharField(default='VAT', max_length=40, verbose_name='name')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'tax rate',
                        'verbose_name_plural': 'taxes',
                        'constraints': [models.UniqueConstraint(fields=('merchant', 'country', 'region', 'postcode', 'part', 'category'), name='taxrate_once'), models.CheckConstraint(condition=models.Q(('percent__gte', 0), ('percent__lt', 100)), name='taxrate_percent', violation_error_message='A tax is at least 0 and less than 100 percent.'), models.CheckConstraint(condition=models.Q(('postcode__regex', '^[A-Z0-9]*$')), name='taxrate_postcode_plain', violation_error_message='A postcode is written here in capitals and digits, without spaces.'), models.CheckConstraint(condition=models.Q(('taxed_from', None), ('taxed_from__gte', 0), _connector='OR'), name='taxrate_from_nothing_on', violation_error_message='An amount cannot be less than nothing.'), models.CheckConstraint(condition=models.Q(('taxed_from__isnull', True), ('taxed_from_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('taxed_from', django.db.models.functions.math.Round('taxed_from', 0)), ('taxed_from_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('taxed_from_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('taxed_from', django.db.models.functions.math.Round('taxed_from', 2))), _connector='OR'), name='taxrate_taxed_from_fits', violation_error_message='This amount has more decimals than its currency.')],
                    },
                ),
                migrations.CreateModel(
                    name='CartLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('quantity', models.PositiveIntegerField(default=1)),
                        ('added_by', models.CharField(default='shopper', max_length=8)),
                        ('seen_price_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                        ('seen_price', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True)),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('cart', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='carts.cart')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='catalog.variant')),
                    ],
                    options={
                        'verbose_name': 'cart line',
                        'verbose_name_plural': 'cart lines',
                        'ordering': ['pk'],
                        'constraints': [models.UniqueConstraint(fields=('cart', 'variant'), name='cartline_variant_once'), models.CheckConstraint(condition=models.Q(('quantity__gte', 1), ('quantity__lte', 999)), name='cartline_quantity'), models.CheckConstraint(condition=models.Q(('seen_price__isnull', True), ('seen_price_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('seen_price', django.db.models.functions.math.Round('seen_price', 0)), ('seen_price_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('seen_price_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('seen_price', django.db.models.functions.math.Round('seen_price', 2))), _connector='OR'), name='cartline_seen_price_fits', violation_error_message='This amount has more decimals than its currency.')],
                    },
                ),
            ],
        ),
    ]
