
import apps.merchants.models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0008_relations'),
        ('merchants', '0005_invoices_since'),
    ]

    operations = [
        migrations.CreateModel(
            name='SizeGuide',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('name_en', models.CharField(max_length=80, null=True, verbose_name='name')),
                ('name_de', models.CharField(max_length=80, null=True, verbose_name='name')),
                ('name_es', models.CharField(max_length=80, null=True, verbose_name='name')),
                ('name_zh_hans', models.CharField(max_length=80, null=True, verbose_name='name')),
                ('measures', models.CharField(max_length=200, verbose_name='measures')),
                ('measures_en', models.CharField(max_length=200, null=True, verbose_name='measures')),
                ('measures_de', models.CharField(max_length=200, null=True, verbose_name='measures')),
                ('measures_es', models.CharField(max_length=200, null=True, verbose_name='measures')),
                ('measures_zh_hans', models.CharField(max_length=200, null=True, verbose_name='measures')),
                ('rows', models.JSONField(default=list, verbose_name='sizes')),
                ('unit', models.CharField(choices=[('cm', 'cm'), ('in', 'inches')], default='cm', max_length=2, verbose_name='unit')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('note_en', models.CharField(blank=True, max_length=300, null=True, verbose_name='note')),
                ('note_de', models.CharField(blank=True, max_length=300, null=True, verbose_name='note')),
                ('note_es', models.CharField(blank=True, max_length=300, null=True, verbose_name='note')),
                ('note_zh_hans', models.CharField(blank=True, max_length=300, null=True, verbose_name='note')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('categories', models.ManyToManyField(blank=True, related_name='size_guides', to='catalog.category', verbose_name='categories')),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('products', models.ManyToManyField(blank=True, related_name='size_guides', to='catalog.product', verbose_name='products')),
            ],
            options={
                'verbose_name': 'size guide',
                'verbose_name_plural': 'size guides',
                'ordering': ['position', 'pk'],
            },
        ),
    ]
