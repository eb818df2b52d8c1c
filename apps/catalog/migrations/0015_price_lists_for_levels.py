"""Price lists may be for members on some levels of the points, of their own shop."""

from django.db import migrations, models

CREATE = """
CREATE TRIGGER catalog_pricelist_tiers_in_one_shop BEFORE INSERT OR UPDATE ON catalog_pricelist_tiers
    FOR EACH ROW EXECUTE FUNCTION loyalty_tier_link_in_one_shop('catalog_pricelist', 'pricelist_id');
"""
DROP = "DROP TRIGGER catalog_pricelist_tiers_in_one_shop ON catalog_pricelist_tiers;"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0014_words_are_counted"), ("loyalty", "0005_tier_public_id")]
    operations = [
        migrations.AddField(
            "pricelist",
            "tiers",
            models.ManyToManyField(
                blank=True,
                help_text="For members on these levels, beside the groups; a higher level counts only if it is chosen too.",
                related_name="price_lists",
                to="loyalty.tier",
                verbose_name="levels of the points",
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
