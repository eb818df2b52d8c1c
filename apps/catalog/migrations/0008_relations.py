import django.db.models.deletion
from django.db import migrations, models


# Both ends of a relation are in the shop the relation is in.
SAME_SHOP = """
ALTER TABLE catalog_product ADD CONSTRAINT product_in_its_shop UNIQUE (id, merchant_id);
ALTER TABLE catalog_relation
    ADD CONSTRAINT relation_product_in_its_shop FOREIGN KEY (product_id, merchant_id)
        REFERENCES catalog_product (id, merchant_id),
    ADD CONSTRAINT relation_other_in_its_shop FOREIGN KEY (other_id, merchant_id)
        REFERENCES catalog_product (id, merchant_id);
"""
APART = """
ALTER TABLE catalog_relation DROP CONSTRAINT relation_other_in_its_shop, DROP CONSTRAINT relation_product_in_its_shop;
ALTER TABLE catalog_product DROP CONSTRAINT product_in_its_shop;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0007_shown_files'),
        ('merchants', '0005_invoices_since'),
    ]

    operations = [
        migrations.CreateModel(
            name='Relation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('goes_with', 'goes with'), ('instead', 'instead of')], default='goes_with', max_length=9, verbose_name='how')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='related_from', to='catalog.product', verbose_name='other product')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='relations', to='catalog.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'related product',
                'verbose_name_plural': 'related products',
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('product', 'kind', 'other'), name='relation_once'), models.CheckConstraint(condition=models.Q(('product', models.F('other')), _negated=True), name='relation_not_to_itself', violation_error_message='A product is not related to itself.')],
            },
        ),
        migrations.RunSQL(SAME_SHOP, APART),
    ]
