"""No cart lapses for what was not written down: until now its moment did not follow every change."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

BATCH = 2_000
TOUCH = """
UPDATE carts_cart SET updated_at = now()
WHERE id IN (SELECT id FROM carts_cart WHERE status = 'open' AND id > %s ORDER BY id LIMIT %s)
RETURNING id
"""


def touch_open_carts(apps, schema_editor):
    """A few thousand at a time: shoppers go on meanwhile."""
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(TOUCH, [last, BATCH])
            touched = [row[0] for row in cursor.fetchall()]
            if not touched:
                return
            last = max(touched)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("carts", "0014_promotions_for_levels")]
    operations = [
        migrations.RunPython(touch_open_carts, migrations.RunPython.noop),
        AddIndexConcurrently(
            "cart",
            models.Index(fields=["merchant", "updated_at"], condition=models.Q(status="open"), name="cart_open_since"),
        ),
        AddIndexConcurrently(
            "cart",
            models.Index(
                fields=["merchant", "updated_at"], condition=models.Q(status="expired"), name="cart_lapsed_since"
            ),
        ),
    ]
