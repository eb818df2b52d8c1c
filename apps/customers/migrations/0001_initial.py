import apps.merchants.creation
import apps.merchants.models
import django.db.models.deletion
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('merchants', '0001_initial'),
    ]

    operations = [
        apps.merchants.creation.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Customer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                        ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                        ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='phone')),
                        ('email_verified_at', models.DateTimeField(blank=True, null=True)),
                        ('phone_verified_at', models.DateTimeField(blank=True, null=True)),
                        ('language', models.CharField(blank=True, max_length=10, verbose_name='language')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created on')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('merged_into', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='customers.customer')),
                    ],
                    options={
                        'verbose_name': 'customer',
                        'verbose_name_plural': 'shoppers',
                    },
                ),
                migrations.CreateModel(
                    name='Address',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('line1', models.CharField(max_length=160, verbose_name='street and number')),
                        ('line2', models.CharField(blank=True, max_length=160, verbose_name='addition')),
                        ('postcode', models.CharField(blank=True, max_length=16, verbose_name='postcode')),
                        ('city', models.CharField(max_length=80, verbose_name='city')),
                        ('region', models.CharField(blank=True, max_length=80, verbose_name='region')),
                        ('country', models.CharField(max_length=2, verbose_name='country')),
                        ('is_default', models.BooleanField(default=True, verbose_name='usual address')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='customers.customer')),
                    ],
                    options={
                        'verbose_name': 'address',
                        'verbose_name_plural': 'addresses',
                    },
                ),
                migrations.CreateModel(
                    name='Identity',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=255)),
                        ('aliases', models.JSONField(blank=True, default=dict)),
                        ('display_name', models.CharField(blank=True, max_length=120, verbose_name='name at the platform')),
                        ('phone', models.CharField(blank=True, max_length=32)),
                        ('verified_at', models.DateTimeField(blank=True, null=True)),
                        ('last_seen_at', models.DateTimeField(blank=True, null=True, verbose_name='last seen')),
                        ('blocked_at', models.DateTimeField(blank=True, null=True, verbose_name='blocked since')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('channel_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='merchants.channelaccount', verbose_name='channel')),
                        ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identities', to='customers.customer')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'account at the platform',
                        'verbose_name_plural': 'accounts at platforms',
                        'constraints': [models.UniqueConstraint(fields=('channel_account', 'external_id'), name='identity_once_per_account')],
                    },
                ),
                migrations.CreateModel(
                    name='ConsentEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('purpose', models.CharField(choices=[('service', 'answers and order news'), ('marketing', 'offers')], max_length=12, verbose_name='purpose')),
                        ('granted', models.BooleanField(verbose_name='allowed')),
                        ('source', models.CharField(max_length=40, verbose_name='origin')),
                        ('wording', models.CharField(blank=True, max_length=200, verbose_name='wording')),
                        ('event_key', models.CharField(blank=True, max_length=255)),
                        ('occurred_at', models.DateTimeField(verbose_name='date')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('identity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='customers.identity', verbose_name='account at the platform')),
                    ],
                    options={
                        'verbose_name': 'consent',
                        'verbose_name_plural': 'consents',
                        'indexes': [models.Index(fields=['identity', 'purpose', '-id'], name='customers_c_identit_80ed24_idx')],
                    },
                ),
                migrations.CreateModel(
                    name='LinkAttempt',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('failures', models.PositiveIntegerField(default=0)),
                        ('window_started_at', models.DateTimeField()),
                        ('identity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to='customers.identity')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='LinkCode',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('code_hash', models.CharField(db_index=True, max_length=64)),
                        ('expires_at', models.DateTimeField()),
                        ('used_at', models.DateTimeField(blank=True, null=True)),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('identity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='customers.identity')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Merge',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('moved', models.JSONField(default=dict)),
                        ('merged_at', models.DateTimeField(verbose_name='joined on')),
                        ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone on')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='who was joined')),
                        ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='customers.customer', verbose_name='who stayed')),
                        ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='undone by')),
                    ],
                    options={
                        'verbose_name': 'joined shoppers',
                        'verbose_name_plural': 'joined shoppers',
                        'ordering': ['-pk'],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('source',), name='merge_once_while_it_holds')],
                    },
                ),
            ],
        ),
    ]
