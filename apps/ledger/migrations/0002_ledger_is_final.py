"""Transfers and postings are final, and every transfer adds up when its transaction ends."""

from django.db import migrations

CREATE = """
CREATE FUNCTION ledger_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A member of staff may be forgotten; what they moved may not.
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) ? 'actor_id' AND to_jsonb(NEW) ->> 'actor_id' IS NULL
       AND to_jsonb(NEW) - 'actor_id' = to_jsonb(OLD) - 'actor_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what stands in the ledger is final' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_transfer_is_final BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_is_final();
CREATE TRIGGER ledger_posting_is_final BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_is_final();
CREATE FUNCTION ledger_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved bigint := CASE TG_TABLE_NAME WHEN 'ledger_transfer' THEN (to_jsonb(NEW) ->> 'id')::bigint
                    ELSE (to_jsonb(NEW) ->> 'transfer_id')::bigint END;
BEGIN
    IF (SELECT count(*) < 2 FROM ledger_posting WHERE transfer_id = moved)
       OR EXISTS (SELECT FROM ledger_posting WHERE transfer_id = moved GROUP BY amount_currency HAVING sum(amount) <> 0)
       OR EXISTS (SELECT FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
                  WHERE p.transfer_id = moved
                    AND (a.balance_currency <> p.amount_currency OR a.merchant_id <> p.merchant_id)) THEN
        RAISE EXCEPTION 'transfer % does not add up', moved USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transfer_adds_up AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_adds_up();
CREATE CONSTRAINT TRIGGER ledger_posting_adds_up AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_adds_up();
"""
DROP = """
DROP TRIGGER ledger_posting_adds_up ON ledger_posting;
DROP TRIGGER ledger_transfer_adds_up ON ledger_transfer;
DROP FUNCTION ledger_adds_up();
DROP TRIGGER ledger_posting_is_final ON ledger_posting;
DROP TRIGGER ledger_transfer_is_final ON ledger_transfer;
DROP FUNCTION ledger_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
