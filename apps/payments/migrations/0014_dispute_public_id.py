"""Disputes are named by programs, too."""

from django.db import migrations, models

import apps.merchants.models

NAME_THEM = "UPDATE payments_dispute SET public_id = replace(gen_random_uuid()::text, '-', '') WHERE public_id IS NULL"


class Migration(migrations.Migration):
    dependencies = [("payments", "0013_brazilian_real")]
    operations = [
        migrations.AddField("dispute", "public_id", models.CharField(max_length=32, null=True, editable=False)),
        migrations.RunSQL(NAME_THEM, migrations.RunSQL.noop),
        migrations.AlterField(
            "dispute",
            "public_id",
            models.CharField(
                max_length=32, unique=True, default=apps.merchants.models.new_public_id, editable=False
            ),
        ),
    ]
