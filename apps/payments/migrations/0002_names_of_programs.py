"""Names that programs gave to refunds move into a space of their own, so that none is ever taken for one of ours."""

from django.db import migrations, models

OURS = r"^(return|all|whole|api|desk):"


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="refund",
            name="request",
            field=models.CharField(blank=True, editable=False, max_length=100),
        ),
        migrations.RunSQL(
            f"UPDATE payments_refund SET request = 'api:' || request WHERE request <> '' AND request !~ '{OURS}'",
            "UPDATE payments_refund SET request = substr(request, 5) WHERE request LIKE 'api:%'",
        ),
    ]
