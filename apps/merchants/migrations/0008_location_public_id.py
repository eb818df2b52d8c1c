"""Locations are named by programs, too."""

from django.db import migrations, models

import apps.merchants.models

NAME_THEM = "UPDATE merchants_location SET public_id = replace(gen_random_uuid()::text, '-', '') WHERE public_id IS NULL"


class Migration(migrations.Migration):
    dependencies = [("merchants", "0007_days_a_cart_is_kept")]
    operations = [
        migrations.AddField("location", "public_id", models.CharField(max_length=32, null=True, editable=False)),
        migrations.RunSQL(NAME_THEM, migrations.RunSQL.noop),
        migrations.AlterField(
            "location",
            "public_id",
            models.CharField(max_length=32, unique=True, default=apps.merchants.models.new_public_id, editable=False),
        ),
    ]
