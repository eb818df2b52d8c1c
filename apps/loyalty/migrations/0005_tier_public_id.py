"""Levels are named by programs, and what is for a level is of the level's own shop."""

from django.db import migrations, models

import apps.merchants.models

NAME_THEM = "UPDATE loyalty_tier SET public_id = replace(gen_random_uuid()::text, '-', '') WHERE public_id IS NULL"
CREATE = """
-- For tables that link something to levels. Arguments: the table of what is linked, and the link's column of it.
CREATE FUNCTION loyalty_tier_link_in_one_shop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tiers bigint := (SELECT merchant_id FROM loyalty_tier WHERE id = NEW.tier_id);
    others bigint;
BEGIN
    EXECUTE format('SELECT merchant_id FROM %I WHERE id = $1', TG_ARGV[0])
        INTO others USING (to_jsonb(NEW) ->> TG_ARGV[1])::bigint;
    -- What is not there at all is for the foreign keys to refuse.
    IF tiers <> others THEN
        RAISE EXCEPTION 'a level is for what is of its own shop' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION loyalty_tier_stays_in_its_shop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a level stays in its shop' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER loyalty_tier_stays_in_its_shop BEFORE UPDATE OF merchant_id ON loyalty_tier
    FOR EACH ROW WHEN (OLD.merchant_id <> NEW.merchant_id) EXECUTE FUNCTION loyalty_tier_stays_in_its_shop();
"""
DROP = """
DROP TRIGGER loyalty_tier_stays_in_its_shop ON loyalty_tier;
DROP FUNCTION loyalty_tier_stays_in_its_shop();
DROP FUNCTION loyalty_tier_link_in_one_shop();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0004_brazilian_real")]
    operations = [
        migrations.AddField("tier", "public_id", models.CharField(max_length=32, null=True, editable=False)),
        migrations.RunSQL(NAME_THEM, migrations.RunSQL.noop),
        migrations.AlterField(
            "tier",
            "public_id",
            models.CharField(
                max_length=32, unique=True, default=apps.merchants.models.new_public_id, editable=False
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
