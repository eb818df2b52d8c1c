import apps.merchants.models
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import djmoney.models.fields
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('merchants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('name_en', models.CharField(max_length=80, null=True, verbose_name='name')),
                ('name_de', models.CharField(max_length=80, null=True, verbose_name='name')),
                ('name_es', models.CharField(max_length=80, null=True, verbose_name='name')),
                ('name_zh_hans', models.CharField(max_length=80, null=True, verbose_name='name')),
                ('slug', models.SlugField(max_length=80)),
                ('image', models.FileField(blank=True, upload_to='categories/')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='catalog.category')),
            ],
            options={
                'verbose_name_plural': 'categories',
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('merchant', 'slug'), name='category_slug_once')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalProduct',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('public_id', models.CharField(db_index=True, default=apps.merchants.models.new_public_id, editable=False, max_length=32)),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('title_en', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('title_de', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('title_es', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('title_zh_hans', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('description_en', models.TextField(blank=True, null=True, verbose_name='description')),
                ('description_de', models.TextField(blank=True, null=True, verbose_name='description')),
                ('description_es', models.TextField(blank=True, null=True, verbose_name='description')),
                ('description_zh_hans', models.TextField(blank=True, null=True, verbose_name='description')),
                ('slug', models.SlugField(max_length=200)),
                ('brand', models.CharField(blank=True, max_length=80, verbose_name='brand')),
                ('product_type', models.CharField(blank=True, max_length=80, verbose_name='type')),
                ('tags', models.JSONField(blank=True, default=list)),
                ('status', models.CharField(choices=[('draft', 'draft'), ('active', 'on sale'), ('archived', 'archived')], default='active', max_length=10)),
                ('tax_category', models.CharField(default='standard', max_length=20)),
                ('popularity', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField(blank=True, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='merchants.merchant')),
            ],
            options={
                'verbose_name': 'historical product',
                'verbose_name_plural': 'historical products',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Option',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('name_en', models.CharField(max_length=40, null=True, verbose_name='name')),
                ('name_de', models.CharField(max_length=40, null=True, verbose_name='name')),
                ('name_es', models.CharField(max_length=40, null=True, verbose_name='name')),
                ('name_zh_hans', models.CharField(max_length=40, null=True, verbose_name='name')),
                ('kind', models.CharField(choices=[('colour', 'colour'), ('size', 'size'), ('other', 'other')], default='other', max_length=6)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='OptionValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(max_length=60, verbose_name='value')),
                ('value_en', models.CharField(max_length=60, null=True, verbose_name='value')),
                ('value_de', models.CharField(max_length=60, null=True, verbose_name='value')),
                ('value_es', models.CharField(max_length=60, null=True, verbose_name='value')),
                ('value_zh_hans', models.CharField(max_length=60, null=True, verbose_name='value')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('option', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='values', to='catalog.option')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('title_en', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('title_de', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('title_es', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('title_zh_hans', models.CharField(max_length=200, null=True, verbose_name='title')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('description_en', models.TextField(blank=True, null=True, verbose_name='description')),
                ('description_de', models.TextField(blank=True, null=True, verbose_name='description')),
                ('description_es', models.TextField(blank=True, null=True, verbose_name='description')),
                ('description_zh_hans', models.TextField(blank=True, null=True, verbose_name='description')),
                ('slug', models.SlugField(max_length=200)),
                ('brand', models.CharField(blank=True, max_length=80, verbose_name='brand')),
                ('product_type', models.CharField(blank=True, max_length=80, verbose_name='type')),
                ('tags', models.JSONField(blank=True, default=list)),
                ('status', models.CharField(choices=[('draft', 'draft'), ('active', 'on sale'), ('archived', 'archived')], default='active', max_length=10)),
                ('tax_category', models.CharField(default='standard', max_length=20)),
                ('popularity', models.IntegerField(default=0)),
                ('search_text', models.TextField(blank=True, editable=False)),
                ('search_vector', django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('categories', models.ManyToManyField(blank=True, related_name='products', to='catalog.category')),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search_vector'], name='product_search'), models.Index(fields=['merchant', 'status', '-popularity', 'id'], name='catalog_pro_merchan_c16692_idx')],
                'constraints': [models.UniqueConstraint(fields=('merchant', 'slug'), name='product_slug_once')],
            },
        ),
        migrations.AddField(
            model_name='option',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='catalog.product'),
        ),
        migrations.CreateModel(
            name='HistoricalVariant',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('public_id', models.CharField(db_index=True, default=apps.merchants.models.new_public_id, editable=False, max_length=32)),
                ('sku', models.CharField(max_length=64, verbose_name='SKU')),
                ('barcode', models.CharField(blank=True, max_length=32, verbose_name='barcode')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('weight_grams', models.PositiveIntegerField(default=0)),
                ('is_tracked', models.BooleanField(default=True, verbose_name='stock is counted')),
                ('requires_shipping', models.BooleanField(default=True)),
                ('is_active', models.BooleanField(default=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='merchants.merchant')),
                ('product', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalog.product')),
            ],
            options={
                'verbose_name': 'historical variant',
                'verbose_name_plural': 'historical variants',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='StockLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_hand', models.IntegerField(default=0)),
                ('allocated', models.IntegerField(default=0)),
                ('held', models.IntegerField(default=0)),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='merchants.location')),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('allocated__gte', 0), ('held__gte', 0), ('on_hand__gte', django.db.models.expressions.CombinedExpression(models.F('allocated'), '+', models.F('held')))), name='stocklevel_never_oversold')],
            },
        ),
        migrations.CreateModel(
            name='StockHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=80)),
                ('quantity', models.PositiveIntegerField()),
                ('reason', models.CharField(default='cart', max_length=16)),
                ('state', models.CharField(choices=[('active', 'active'), ('consumed', 'sold'), ('released', 'released'), ('expired', 'expired')], default='active', max_length=10)),
                ('expires_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='catalog.stocklevel')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'active')), fields=['level', 'expires_at'], name='stockhold_expiring'), models.Index(fields=['reference'], name='stockhold_reference')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('level', 'reference'), name='stockhold_once_while_active'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='stockhold_positive')],
            },
        ),
        migrations.CreateModel(
            name='StockMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('received', 'received'), ('held', 'held'), ('released', 'released'), ('allocated', 'sold'), ('deallocated', 'sale undone'), ('shipped', 'shipped'), ('returned', 'returned'), ('adjusted', 'counted')], max_length=12)),
                ('quantity', models.IntegerField()),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('reason', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='catalog.stocklevel')),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'indexes': [models.Index(fields=['reference'], name='stockmovement_reference')],
            },
        ),
        migrations.CreateModel(
            name='Synonym',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=60)),
                ('means', models.CharField(max_length=60)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('merchant', 'word', 'means'), name='synonym_once')],
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                ('sku', models.CharField(max_length=64, verbose_name='SKU')),
                ('barcode', models.CharField(blank=True, max_length=32, verbose_name='barcode')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('weight_grams', models.PositiveIntegerField(default=0)),
                ('is_tracked', models.BooleanField(default=True, verbose_name='stock is counted')),
                ('requires_shipping', models.BooleanField(default=True)),
                ('is_active', models.BooleanField(default=True)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='catalog.product')),
                ('values', models.ManyToManyField(blank=True, related_name='variants', to='catalog.optionvalue')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('merchant', 'sku'), name='variant_sku_once')],
            },
        ),
        migrations.AddField(
            model_name='stocklevel',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stock_levels', to='catalog.variant'),
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19)),
                ('compare_at_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                ('compare_at', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='catalog.variant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('variant', 'amount_currency'), name='price_currency_once'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='price_not_negative'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('amount', django.db.models.functions.math.Round('amount', 0)), ('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('amount_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('amount', django.db.models.functions.math.Round('amount', 2))), _connector='OR'), name='price_decimals', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('compare_at__isnull', True), ('compare_at_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('compare_at', django.db.models.functions.math.Round('compare_at', 0)), ('compare_at_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('compare_at_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('compare_at', django.db.models.functions.math.Round('compare_at', 2))), _connector='OR'), name='price_compare_at_decimals', violation_error_message='This amount has more decimals than its currency.'), models.CheckConstraint(condition=models.Q(('compare_at__isnull', True), ('compare_at_currency', models.F('amount_currency')), _connector='OR'), name='price_one_currency')],
            },
        ),
        migrations.CreateModel(
            name='Media',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('image', 'picture'), ('video', 'video')], default='image', max_length=5)),
                ('file', models.FileField(blank=True, upload_to='products/')),
                ('source_url', models.CharField(blank=True, max_length=1000)),
                ('alt', models.CharField(blank=True, max_length=200)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='media', to='catalog.product')),
                ('variant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='media', to='catalog.variant')),
            ],
            options={
                'verbose_name_plural': 'media',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalPrice',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('amount_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('amount', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19)),
                ('compare_at_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3, null=True)),
                ('compare_at', djmoney.models.fields.MoneyField(blank=True, decimal_places=3, max_digits=19, null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='merchants.merchant')),
                ('variant', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalog.variant')),
            ],
            options={
                'verbose_name': 'historical price',
                'verbose_name_plural': 'historical prices',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='CatalogVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=0)),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('merchant',), name='catalogversion_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='option',
            constraint=models.UniqueConstraint(fields=('product', 'position'), name='option_position_once'),
        ),
        migrations.AddConstraint(
            model_name='stocklevel',
            constraint=models.UniqueConstraint(fields=('variant', 'location'), name='stocklevel_once'),
        ),
    ]
