import apps.merchants.creation
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('merchants', '0001_initial'),
    ]

    operations = [
        apps.merchants.creation.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Template',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('purpose', models.CharField(max_length=40, verbose_name='purpose')),
                        ('language', models.CharField(max_length=10, verbose_name='language')),
                        ('name', models.CharField(max_length=120, verbose_name='name at the platform')),
                        ('body', models.TextField(help_text='With {{1}}, {{2}} … for what changes.', verbose_name='wording')),
                        ('state', models.CharField(choices=[('draft', 'draft'), ('submitted', 'waiting for approval'), ('approved', 'approved'), ('rejected', 'rejected'), ('paused', 'paused')], default='draft', max_length=10, verbose_name='state')),
                        ('updated_at', models.DateTimeField(auto_now=True)),
                        ('channel_account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='templates', to='merchants.channelaccount')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'template',
                        'verbose_name_plural': 'templates',
                        'constraints': [models.UniqueConstraint(fields=('channel_account', 'purpose', 'language'), name='template_once_per_language')],
                    },
                ),
            ],
        ),
    ]
