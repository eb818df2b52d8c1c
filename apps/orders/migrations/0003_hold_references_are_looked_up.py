from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_documents_are_final")]
    operations = [
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["hold_reference"], name="orderline_hold_reference"),
        ),
    ]
