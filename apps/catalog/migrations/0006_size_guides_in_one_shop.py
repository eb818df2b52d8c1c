"""A size guide and what it is for are in one shop, and stay there as long as they are linked."""

from django.db import migrations

CREATE = """
CREATE FUNCTION catalog_sizeguide_link_in_one_shop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    guides bigint := (SELECT merchant_id FROM catalog_sizeguide WHERE id = NEW.sizeguide_id);
    others bigint;
BEGIN
    IF TG_TABLE_NAME = 'catalog_sizeguide_products' THEN
        others := (SELECT merchant_id FROM catalog_product WHERE id = NEW.product_id);
    ELSE
        others := (SELECT merchant_id FROM catalog_category WHERE id = NEW.category_id);
    END IF;
    -- What is not there at all is for the foreign keys to refuse.
    IF guides <> others THEN
        RAISE EXCEPTION 'a size guide is for goods of its own shop' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalog_sizeguide_products_in_one_shop BEFORE INSERT OR UPDATE ON catalog_sizeguide_products
    FOR EACH ROW EXECUTE FUNCTION catalog_sizeguide_link_in_one_shop();
CREATE TRIGGER catalog_sizeguide_categories_in_one_shop BEFORE INSERT OR UPDATE ON catalog_sizeguide_categories
    FOR EACH ROW EXECUTE FUNCTION catalog_sizeguide_link_in_one_shop();
CREATE FUNCTION catalog_sizeguide_stays_in_its_shop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_TABLE_NAME <> 'catalog_category' AND EXISTS (SELECT FROM catalog_sizeguide_products
            WHERE NEW.id = CASE TG_TABLE_NAME WHEN 'catalog_product' THEN product_id ELSE sizeguide_id END))
       OR (TG_TABLE_NAME <> 'catalog_product' AND EXISTS (SELECT FROM catalog_sizeguide_categories
            WHERE NEW.id = CASE TG_TABLE_NAME WHEN 'catalog_category' THEN category_id ELSE sizeguide_id END)) THEN
        RAISE EXCEPTION 'what a size guide links stays in its shop' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalog_sizeguide_stays_in_its_shop BEFORE UPDATE OF merchant_id ON catalog_sizeguide
    FOR EACH ROW WHEN (OLD.merchant_id <> NEW.merchant_id) EXECUTE FUNCTION catalog_sizeguide_stays_in_its_shop();
CREATE TRIGGER catalog_product_stays_in_its_shop BEFORE UPDATE OF merchant_id ON catalog_product
    FOR EACH ROW WHEN (OLD.merchant_id <> NEW.merchant_id) EXECUTE FUNCTION catalog_sizeguide_stays_in_its_shop();
CREATE TRIGGER catalog_category_stays_in_its_shop BEFORE UPDATE OF merchant_id ON catalog_category
    FOR EACH ROW WHEN (OLD.merchant_id <> NEW.merchant_id) EXECUTE FUNCTION catalog_sizeguide_stays_in_its_shop();
"""
DROP = """
DROP TRIGGER catalog_category_stays_in_its_shop ON catalog_category;
DROP TRIGGER catalog_product_stays_in_its_shop ON catalog_product;
DROP TRIGGER catalog_sizeguide_stays_in_its_shop ON catalog_sizeguide;
DROP FUNCTION catalog_sizeguide_stays_in_its_shop();
DROP TRIGGER catalog_sizeguide_categories_in_one_shop ON catalog_sizeguide_categories;
DROP TRIGGER catalog_sizeguide_products_in_one_shop ON catalog_sizeguide_products;
DROP FUNCTION catalog_sizeguide_link_in_one_shop();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_collections")]
    operations = [migrations.RunSQL(CREATE, DROP)]
