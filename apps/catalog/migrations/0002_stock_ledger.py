"""The stock ledger is append-only: the database itself refuses to change or forget a movement."""

from django.db import migrations

CREATE = """
CREATE FUNCTION catalog_stockmovement_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A member of staff may be forgotten; what they did to the stock may not.
    IF TG_OP = 'UPDATE' AND NEW.actor_id IS NULL
       AND to_jsonb(NEW) - 'actor_id' = to_jsonb(OLD) - 'actor_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'stock movements are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER catalog_stockmovement_is_final BEFORE UPDATE OR DELETE ON catalog_stockmovement
    FOR EACH ROW EXECUTE FUNCTION catalog_stockmovement_is_final();
"""
DROP = """
DROP TRIGGER catalog_stockmovement_is_final ON catalog_stockmovement;
DROP FUNCTION catalog_stockmovement_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
