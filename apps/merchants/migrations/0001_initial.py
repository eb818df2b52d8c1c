import apps.merchants.creation
import datetime
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import encrypted_fields.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
    ]

    operations = [
        apps.merchants.creation.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Merchant',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(unique=True)),
                        ('name', models.CharField(max_length=80, verbose_name='name')),
                        ('legal_name', models.CharField(blank=True, max_length=120, verbose_name='legal name')),
                        ('postal_address', models.TextField(blank=True, verbose_name='address')),
                        ('country', models.CharField(default='DE', max_length=2, verbose_name='country')),
                        ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                        ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), default=list, help_text='The first is the default.', size=None, verbose_name='languages')),
                        ('timezone', models.CharField(default='Europe/Berlin', max_length=40, verbose_name='time zone')),
                        ('accent', models.CharField(default='#0f766e', max_length=7, verbose_name='accent colour')),
                        ('assistant_name', models.CharField(default='Mia', max_length=40, verbose_name="assistant's name")),
                        ('support_email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail for questions')),
                        ('terms_url', models.URLField(blank=True, verbose_name='terms of sale')),
                        ('privacy_url', models.URLField(blank=True, verbose_name='privacy statement')),
                        ('return_days', models.PositiveSmallIntegerField(default=30, verbose_name='days to return')),
                        ('return_instructions', models.TextField(blank=True, help_text='Told with every return that is approved.', verbose_name='how to send something back')),
                        ('return_instructions_en', models.TextField(blank=True, help_text='Told with every return that is approved.', null=True, verbose_name='how to send something back')),
                        ('return_instructions_de', models.TextField(blank=True, help_text='Told with every return that is approved.', null=True, verbose_name='how to send something back')),
                        ('return_instructions_es', models.TextField(blank=True, help_text='Told with every return that is approved.', null=True, verbose_name='how to send something back')),
                        ('return_instructions_zh_hans', models.TextField(blank=True, help_text='Told with every return that is approved.', null=True, verbose_name='how to send something back')),
                        ('tax_number', models.CharField(blank=True, help_text='As invoices show it: VAT ID, tax number, T number.', max_length=40, verbose_name='tax number')),
                        ('issues_invoices', models.BooleanField(default=False, help_text='Needs legal name, address and tax number. For what is paid from then on; off, where another program of yours writes them.', verbose_name='writes invoices')),
                        ('invoices_since', models.DateTimeField(editable=False, null=True)),
                        ('invoice_series', models.CharField(default='INV-{year}-', help_text='What stands before the number; {year} begins a new series every year.', max_length=24, validators=[django.core.validators.RegexValidator('^(?:[A-Za-z0-9]|\\{year\\})(?:[A-Za-z0-9./-]|\\{year\\})*[./-]\\Z', 'Letters, digits and - / . and at the end one of the three signs.')], verbose_name='invoices are numbered')),
                        ('credit_note_series', models.CharField(default='CN-{year}-', max_length=24, validators=[django.core.validators.RegexValidator('^(?:[A-Za-z0-9]|\\{year\\})(?:[A-Za-z0-9./-]|\\{year\\})*[./-]\\Z', 'Letters, digits and - / . and at the end one of the three signs.')], verbose_name='credit notes are numbered')),
                        ('invoice_note', models.TextField(blank=True, help_text='Register, managing directors, what the law asks for.', verbose_name='at the foot of invoices')),
                        ('tax_rounding', models.CharField(choices=[('line', 'each line'), ('rate', 'each rate, once per invoice'), ('total', 'the total, once per invoice')], default='line', max_length=5, verbose_name='tax is rounded for')),
                        ('tax_rounding_mode', models.CharField(choices=[('half_up', 'half up'), ('half_even', 'half to even'), ('down', 'down')], default='half_up', max_length=9, verbose_name='tax is rounded')),
                        ('is_active', models.BooleanField(default=True)),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        'verbose_name': 'shop',
                        'verbose_name_plural': 'settings',
                        'constraints': [models.CheckConstraint(condition=models.Q(('invoice_series', models.F('credit_note_series')), _negated=True), name='merchant_series_differ', violation_error_message='Invoices and credit notes are numbered apart.'), models.CheckConstraint(condition=models.Q(('credit_note_series__regex', '[./-]$'), ('invoice_series__regex', '[./-]$')), name='merchant_series_end_with_a_sign'), models.CheckConstraint(condition=models.Q(('issues_invoices', False), models.Q(('legal_name__regex', '\\S'), ('postal_address__regex', '\\S'), ('tax_number__regex', '\\S')), _connector='OR'), name='merchant_invoices_need_facts'), models.CheckConstraint(condition=models.Q(models.Q(('invoices_since__isnull', True), ('issues_invoices', False)), models.Q(('invoices_since__isnull', False), ('issues_invoices', True)), _connector='OR'), name='merchant_invoices_since_a_moment')],
                    },
                ),
                migrations.CreateModel(
                    name='Location',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=80, verbose_name='name')),
                        ('address', models.TextField(blank=True, verbose_name='address')),
                        ('postcode', models.CharField(blank=True, help_text='With the state it says what tax is due on what is picked up.', max_length=16, verbose_name='postcode')),
                        ('region', models.CharField(blank=True, max_length=80, verbose_name='state or region')),
                        ('is_pickup', models.BooleanField(default=False, verbose_name='pick-up in store')),
                        ('ships', models.BooleanField(default=True, verbose_name='ships parcels')),
                        ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'location',
                        'verbose_name_plural': 'locations',
                        'ordering': ['position', 'pk'],
                    },
                ),
                migrations.CreateModel(
                    name='ApiToken',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('name', models.CharField(max_length=60, verbose_name='name')),
                        ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                        ('can_write', models.BooleanField(default=False, verbose_name='may change things')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created on')),
                        ('last_used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                        ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked on')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'API token',
                        'verbose_name_plural': 'API tokens',
                    },
                ),
                migrations.CreateModel(
                    name='ChannelAccount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=20, verbose_name='kind')),
                        ('name', models.SlugField(max_length=60, verbose_name='name')),
                        ('title', models.CharField(blank=True, max_length=80, verbose_name='title')),
                        ('config', encrypted_fields.fields.EncryptedJSONField(default=dict, verbose_name='access data')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'channel',
                        'verbose_name_plural': 'channels',
                        'constraints': [models.UniqueConstraint(fields=('kind', 'name'), name='channelaccount_address')],
                    },
                ),
                migrations.CreateModel(
                    name='OpeningHours',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                        ('opens', models.TimeField(default=datetime.time(9, 0), verbose_name='opens')),
                        ('closes', models.TimeField(default=datetime.time(18, 0), verbose_name='closes')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'opening hours',
                        'verbose_name_plural': 'opening hours',
                        'ordering': ['weekday', 'opens'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='openinghours_weekday'), models.CheckConstraint(condition=models.Q(('opens__lt', models.F('closes'))), name='openinghours_order')],
                    },
                ),
                migrations.CreateModel(
                    name='StaffRole',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('role', models.CharField(choices=[('expert', 'expert'), ('associate', 'associate'), ('lead', 'lead'), ('manager', 'manager'), ('admin', 'admin')], default='associate', max_length=12, verbose_name='role')),
                        ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), blank=True, default=list, size=None, verbose_name='languages')),
                        ('skills', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name='skills')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('location', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='merchants.location', verbose_name='location')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL, verbose_name='colleague')),
                    ],
                    options={
                        'verbose_name': 'colleague',
                        'verbose_name_plural': 'people',
                        'constraints': [models.UniqueConstraint(fields=('merchant', 'user'), name='staffrole_once_per_merchant')],
                    },
                ),
            ],
        ),
    ]
