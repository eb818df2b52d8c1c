import django.db.models.deletion
import django.db.models.functions.math
import djmoney.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0002_consent_append_only'),
        ('merchants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value_currency', djmoney.models.fields.CurrencyField(choices=[('AUD', 'Australian Dollar'), ('GBP', 'British Pound'), ('CAD', 'Canadian Dollar'), ('CNY', 'Chinese Yuan'), ('DKK', 'Danish Krone'), ('EUR', 'Euro'), ('JPY', 'Japanese Yen'), ('KWD', 'Kuwaiti Dinar'), ('MXN', 'Mexican Peso'), ('NOK', 'Norwegian Krone'), ('PLN', 'Polish Zloty'), ('SEK', 'Swedish Krona'), ('CHF', 'Swiss Franc'), ('USD', 'US Dollar')], default='EUR', editable=False, max_length=3)),
                ('value', djmoney.models.fields.MoneyField(decimal_places=3, max_digits=19, verbose_name='lifetime value')),
                ('orders', models.PositiveIntegerField(verbose_name='orders')),
                ('first_order_at', models.DateTimeField(verbose_name='first order')),
                ('last_order_at', models.DateTimeField(verbose_name='last order')),
                ('recency', models.PositiveSmallIntegerField(verbose_name='recency')),
                ('frequency', models.PositiveSmallIntegerField(verbose_name='frequency')),
                ('monetary', models.PositiveSmallIntegerField(verbose_name='money')),
                ('segment', models.CharField(choices=[('champion', 'champions'), ('loyal', 'loyal'), ('promising', 'promising'), ('new', 'new'), ('drifting', 'drifting off'), ('at_risk', 'at risk'), ('asleep', 'asleep')], max_length=12, verbose_name='segment')),
                ('reckoned_at', models.DateTimeField(verbose_name='as of')),
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='customers.customer')),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
            ],
            options={
                'verbose_name': 'figures of a shopper',
                'verbose_name_plural': 'figures of shoppers',
                'indexes': [models.Index(fields=['merchant', 'recency', 'frequency'], name='customerfigures_place'), models.Index(fields=['merchant', 'segment'], name='customerfigures_segment')],
                'constraints': [models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='customerfigures_value'), models.CheckConstraint(condition=models.Q(('orders__gte', 1)), name='customerfigures_orders'), models.CheckConstraint(condition=models.Q(('last_order_at__gte', models.F('first_order_at'))), name='customerfigures_in_order'), models.CheckConstraint(condition=models.Q(('recency__gte', 1), ('recency__lte', 5)), name='customerfigures_recency'), models.CheckConstraint(condition=models.Q(('frequency__gte', 1), ('frequency__lte', 5)), name='customerfigures_frequency'), models.CheckConstraint(condition=models.Q(('monetary__gte', 1), ('monetary__lte', 5)), name='customerfigures_monetary'), models.CheckConstraint(condition=models.Q(('value__isnull', True), ('value_currency__in', ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), models.Q(('value', django.db.models.functions.math.Round('value', 0)), ('value_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'))), models.Q(models.Q(('value_currency__in', ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')), _negated=True), ('value', django.db.models.functions.math.Round('value', 2))), _connector='OR'), name='customerfigures_value_fits', violation_error_message='This amount has more decimals than its currency.')],
            },
        ),
    ]
