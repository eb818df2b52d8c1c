from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_hold_references_are_looked_up")]
    operations = [
        migrations.AlterField(
            model_name="returnrequest",
            name="request",
            field=models.CharField(blank=True, editable=False, max_length=100),
        ),
    ]
