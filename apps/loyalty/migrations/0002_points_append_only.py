"""The book of points is append-only: the database itself refuses to change or forget a line."""

from django.db import migrations

CREATE = """
CREATE FUNCTION loyalty_pointsentry_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Who corrected and in which words may be forgotten; what was given and taken may not.
    IF TG_OP = 'UPDATE' AND (NEW.actor_id IS NULL OR NEW.actor_id = OLD.actor_id) AND NEW.reason IN ('', OLD.reason)
       AND to_jsonb(NEW) - 'actor_id' - 'reason' = to_jsonb(OLD) - 'actor_id' - 'reason' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'points entries are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER loyalty_pointsentry_is_final BEFORE UPDATE OR DELETE ON loyalty_pointsentry
    FOR EACH ROW EXECUTE FUNCTION loyalty_pointsentry_is_final();
"""
DROP = """
DROP TRIGGER loyalty_pointsentry_is_final ON loyalty_pointsentry;
DROP FUNCTION loyalty_pointsentry_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
