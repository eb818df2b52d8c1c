"""Collections: rules that choose products, some put on top or left out by hand; all of one shop."""

import apps.catalog.files
import apps.merchants.creation
import apps.merchants.models
import django.db.models.deletion
from django.db import migrations, models

CREATE = """
ALTER TABLE catalog_collection ADD CONSTRAINT collection_in_its_shop UNIQUE (id, merchant_id);
ALTER TABLE catalog_collectionrule
    ADD CONSTRAINT collectionrule_in_its_shop FOREIGN KEY (collection_id, merchant_id)
        REFERENCES catalog_collection (id, merchant_id);
ALTER TABLE catalog_collectionpick
    ADD CONSTRAINT collectionpick_in_its_shop FOREIGN KEY (collection_id, merchant_id)
        REFERENCES catalog_collection (id, merchant_id),
    ADD CONSTRAINT collectionpick_product_in_its_shop FOREIGN KEY (product_id, merchant_id)
        REFERENCES catalog_product (id, merchant_id);
"""
DROP = """
ALTER TABLE catalog_collectionpick DROP CONSTRAINT collectionpick_product_in_its_shop,
    DROP CONSTRAINT collectionpick_in_its_shop;
ALTER TABLE catalog_collectionrule DROP CONSTRAINT collectionrule_in_its_shop;
ALTER TABLE catalog_collection DROP CONSTRAINT collection_in_its_shop;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_relations_in_one_shop'),
        ('merchants', '0001_initial'),
    ]

    operations = [
        apps.merchants.creation.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Collection',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('name', models.CharField(max_length=80, verbose_name='name')),
                        ('name_en', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_de', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_es', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('name_zh_hans', models.CharField(max_length=80, null=True, verbose_name='name')),
                        ('text', models.TextField(blank=True, max_length=300, verbose_name='text')),
                        ('text_en', models.TextField(blank=True, max_length=300, null=True, verbose_name='text')),
                        ('text_de', models.TextField(blank=True, max_length=300, null=True, verbose_name='text')),
                        ('text_es', models.TextField(blank=True, max_length=300, null=True, verbose_name='text')),
                        ('text_zh_hans', models.TextField(blank=True, max_length=300, null=True, verbose_name='text')),
                        ('slug', models.SlugField(max_length=80, verbose_name='short name in links')),
                        ('image', apps.catalog.files.ShownFileField(blank=True, media=('image',), upload_to='collections/', verbose_name='picture')),
                        ('match', models.CharField(choices=[('all', 'all of the rules'), ('any', 'any of the rules')], default='all', max_length=3, verbose_name='what is in it meets')),
                        ('sort', models.CharField(blank=True, choices=[('', 'favourites first'), ('newest', 'newest first'), ('cheaper', 'cheapest first'), ('dearer', 'dearest first')], default='', max_length=7, verbose_name='order')),
                        ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                        ('shown_from', models.DateTimeField(blank=True, null=True, verbose_name='shown from')),
                        ('shown_until', models.DateTimeField(blank=True, null=True, verbose_name='shown until')),
                        ('is_in_menu', models.BooleanField(default=True, help_text='Shoppers who browse see it among the categories.', verbose_name='beside the categories')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'collection',
                        'verbose_name_plural': 'collections',
                        'ordering': ['position', 'pk'],
                    },
                ),
                migrations.CreateModel(
                    name='CollectionPick',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('pinned', 'on top'), ('left_out', 'left out')], default='pinned', max_length=8, verbose_name='how')),
                        ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                        ('collection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picks', to='catalog.collection')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picked_in', to='catalog.product', verbose_name='product')),
                    ],
                    options={
                        'verbose_name': 'product by hand',
                        'verbose_name_plural': 'products by hand',
                        'ordering': ['position', 'pk'],
                    },
                ),
                migrations.CreateModel(
                    name='CollectionRule',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('field', models.CharField(choices=[('category', 'is in the category'), ('brand', 'is of the brand'), ('tag', 'has the tag'), ('option', 'comes in (colour, size …)'), ('title', 'is called (title, brand, SKU)'), ('price_to', 'costs at most'), ('price_from', 'costs at least'), ('reduced', 'is reduced now'), ('in_stock', 'is in stock'), ('new', 'days since it came, at most')], max_length=10, verbose_name='a product')),
                        ('value', models.CharField(blank=True, max_length=80, verbose_name='what')),
                        ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                        ('collection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='catalog.collection')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'rule',
                        'verbose_name_plural': 'rules',
                        'ordering': ['pk'],
                    },
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['merchant', 'status', '-created_at', 'id'], name='product_newest'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.UniqueConstraint(fields=('merchant', 'slug'), name='collection_slug_once'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(('shown_from', None), ('shown_until', None), ('shown_from__lt', models.F('shown_until')), _connector='OR'), name='collection_dates', violation_error_message='It must end after it starts.'),
        ),
        migrations.AddConstraint(
            model_name='collectionpick',
            constraint=models.UniqueConstraint(fields=('collection', 'product'), name='collectionpick_once'),
        ),
        migrations.AddConstraint(
            model_name='collectionpick',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('pinned', 'left_out'))), name='collectionpick_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='collectionrule',
            constraint=models.CheckConstraint(condition=models.Q(('field__in', ('category', 'brand', 'tag', 'option', 'title', 'price_to', 'price_from', 'reduced', 'in_stock', 'new'))), name='collectionrule_known'),
        ),
        migrations.AddConstraint(
            model_name='collectionrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('field__in', ('reduced', 'in_stock')), ('value', '')), models.Q(models.Q(('field__in', ('reduced', 'in_stock')), _negated=True), models.Q(('value', ''), _negated=True)), _connector='OR'), name='collectionrule_says_what'),
        ),
        migrations.AddConstraint(
            model_name='collectionrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('currency__regex', '^[A-Z]{3}$'), ('field__in', ('price_to', 'price_from'))), models.Q(models.Q(('field__in', ('price_to', 'price_from')), _negated=True), ('currency', '')), _connector='OR'), name='collectionrule_currency'),
        ),
        migrations.AddConstraint(
            model_name='collectionrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('field__in', ('price_to', 'price_from')), _negated=True), ('value__regex', '^[0-9]{1,12}(\\.[0-9]{1,3})?$'), _connector='OR'), name='collectionrule_price'),
        ),
        migrations.AddConstraint(
            model_name='collectionrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('field', 'new'), _negated=True), ('value__regex', '^[1-9][0-9]{0,3}$'), _connector='OR'), name='collectionrule_days'),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
