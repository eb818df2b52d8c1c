import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PERSON = {
    "blank": True,
    "null": True,
    "on_delete": django.db.models.deletion.SET_NULL,
    "related_name": "+",
    "to": settings.AUTH_USER_MODEL,
}


class Migration(migrations.Migration):
    """The column of `wanted` keeps its name: the version before this one runs while this is applied, and still writes it."""

    dependencies = [
        ("routing", "0003_offers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField("assignment", "offered_to", models.ForeignKey(**PERSON, db_column="offered_to_id")),
        migrations.RenameField("assignment", "offered_to", "wanted"),
        migrations.AddField("assignment", "given_by", models.ForeignKey(**PERSON)),
        migrations.AddField(
            "assignment", "meant_for", models.CharField(blank=True, db_default="", default="", max_length=60)
        ),
    ]
