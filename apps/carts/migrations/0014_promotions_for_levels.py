"""Promotions may be for members on some levels of the points, of their own shop."""

from django.db import migrations, models

CREATE = """
CREATE TRIGGER carts_promotion_tiers_in_one_shop BEFORE INSERT OR UPDATE ON carts_promotion_tiers
    FOR EACH ROW EXECUTE FUNCTION loyalty_tier_link_in_one_shop('carts_promotion', 'promotion_id');
"""
DROP = "DROP TRIGGER carts_promotion_tiers_in_one_shop ON carts_promotion_tiers;"


class Migration(migrations.Migration):
    dependencies = [("carts", "0013_cart_changes"), ("loyalty", "0005_tier_public_id")]
    operations = [
        migrations.AddField(
            "promotion",
            "tiers",
            models.ManyToManyField(
                blank=True,
                help_text="For members on these levels, beside the group; a higher level counts only if it is chosen too.",
                related_name="promotions",
                to="loyalty.tier",
                verbose_name="levels of the points",
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
