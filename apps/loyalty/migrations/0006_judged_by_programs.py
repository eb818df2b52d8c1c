"""Invitations are judged by programs, too; and that somebody judged stays known when they have left."""

from django.db import migrations, models
from django.db.models.functions import Now


def when_judged(apps, schema_editor):
    """The moment was not kept: of what a colleague judged it is now."""
    judged = apps.get_model("loyalty", "Referral").objects.filter(decided_by__isnull=False)
    judged.update(decided_at=Now())


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0005_tier_public_id")]
    operations = [
        migrations.AddField("referral", "decided_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField(
            "referral", "decided_with", models.CharField(blank=True, default="", editable=False, max_length=40), preserve_default=False
        ),
        migrations.RunPython(when_judged, migrations.RunPython.noop),
    ]
