"""The consent ledger refuses to be rewritten, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION customers_consent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consent entries are only ever added' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER consent_append_only BEFORE UPDATE OR DELETE ON customers_consententry
    FOR EACH ROW EXECUTE FUNCTION customers_consent_append_only();
"""
BACKWARD = """
DROP TRIGGER consent_append_only ON customers_consententry;
DROP FUNCTION customers_consent_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
