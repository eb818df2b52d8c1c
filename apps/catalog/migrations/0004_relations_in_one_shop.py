"""Both ends of a relation are in the shop the relation is in."""

from django.db import migrations

CREATE = """
ALTER TABLE catalog_product ADD CONSTRAINT product_in_its_shop UNIQUE (id, merchant_id);
ALTER TABLE catalog_relation
    ADD CONSTRAINT relation_product_in_its_shop FOREIGN KEY (product_id, merchant_id)
        REFERENCES catalog_product (id, merchant_id),
    ADD CONSTRAINT relation_other_in_its_shop FOREIGN KEY (other_id, merchant_id)
        REFERENCES catalog_product (id, merchant_id);
"""
DROP = """
ALTER TABLE catalog_relation DROP CONSTRAINT relation_other_in_its_shop, DROP CONSTRAINT relation_product_in_its_shop;
ALTER TABLE catalog_product DROP CONSTRAINT product_in_its_shop;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_price_history")]
    operations = [migrations.RunSQL(CREATE, DROP)]
