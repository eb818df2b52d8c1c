"""A group and the people in it are in one shop."""

from django.db import migrations

CREATE = """
ALTER TABLE customers_customer ADD CONSTRAINT customer_in_its_shop UNIQUE (id, merchant_id);
ALTER TABLE customers_customergroup ADD CONSTRAINT customergroup_in_its_shop UNIQUE (id, merchant_id);
ALTER TABLE customers_groupmember
    ADD CONSTRAINT groupmember_group_in_its_shop FOREIGN KEY (group_id, merchant_id)
        REFERENCES customers_customergroup (id, merchant_id),
    ADD CONSTRAINT groupmember_customer_in_its_shop FOREIGN KEY (customer_id, merchant_id)
        REFERENCES customers_customer (id, merchant_id);
"""
DROP = """
ALTER TABLE customers_groupmember
    DROP CONSTRAINT groupmember_group_in_its_shop, DROP CONSTRAINT groupmember_customer_in_its_shop;
ALTER TABLE customers_customergroup DROP CONSTRAINT customergroup_in_its_shop;
ALTER TABLE customers_customer DROP CONSTRAINT customer_in_its_shop;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_customer_groups")]
    operations = [migrations.RunSQL(CREATE, DROP)]
