"""Every price there was is kept, planned ones are not rewritten, and the lowest of 30 days is a question."""

from django.db import migrations

CREATE = """
CREATE FUNCTION catalog_price_is_timed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Saved again just as it was, nothing changed; and whoever names no moment means this one.
    IF (NEW.variant_id, NEW.amount, NEW.amount_currency, NEW.compare_at)
       IS NOT DISTINCT FROM (OLD.variant_id, OLD.amount, OLD.amount_currency, OLD.compare_at) THEN
        NEW.changed_at := OLD.changed_at;
    ELSIF NEW.changed_at = OLD.changed_at THEN
        NEW.changed_at := greatest(now(), OLD.changed_at);
    ELSE
        NEW.changed_at := greatest(NEW.changed_at, OLD.changed_at);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalog_price_is_timed BEFORE UPDATE ON catalog_price
    FOR EACH ROW EXECUTE FUNCTION catalog_price_is_timed();

CREATE FUNCTION catalog_price_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz;
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE'
       AND (NEW.variant_id, NEW.amount_currency) IS DISTINCT FROM (OLD.variant_id, OLD.amount_currency) THEN
        moment := CASE TG_OP WHEN 'DELETE' THEN now() ELSE NEW.changed_at END;
        INSERT INTO catalog_pricerecord (merchant_id, variant_id, sku, amount_currency, at)
        SELECT OLD.merchant_id, OLD.variant_id, coalesce((SELECT sku FROM catalog_variant WHERE id = OLD.variant_id), ''),
            OLD.amount_currency, greatest(moment, (SELECT max(r.at) FROM catalog_pricerecord r
                WHERE r.variant_id = OLD.variant_id AND r.amount_currency = OLD.amount_currency));
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE'
       AND (NEW.variant_id, NEW.amount, NEW.amount_currency, NEW.compare_at)
           IS DISTINCT FROM (OLD.variant_id, OLD.amount, OLD.amount_currency, OLD.compare_at) THEN
        INSERT INTO catalog_pricerecord (merchant_id, variant_id, sku, amount, amount_currency, compare_at,
            compare_at_currency, at)
        SELECT NEW.merchant_id, NEW.variant_id, coalesce((SELECT sku FROM catalog_variant WHERE id = NEW.variant_id), ''),
            NEW.amount, NEW.amount_currency, NEW.compare_at, NEW.compare_at_currency,
            greatest(NEW.changed_at, (SELECT max(r.at) FROM catalog_pricerecord r
                WHERE r.variant_id = NEW.variant_id AND r.amount_currency = NEW.amount_currency));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_price_is_recorded AFTER INSERT OR UPDATE OR DELETE ON catalog_price
    FOR EACH ROW EXECUTE FUNCTION catalog_price_is_recorded();

CREATE FUNCTION catalog_pricerecord_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the price history is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER catalog_pricerecord_is_final BEFORE UPDATE OR DELETE ON catalog_pricerecord
    FOR EACH ROW EXECUTE FUNCTION catalog_pricerecord_is_final();

CREATE FUNCTION catalog_priceplan_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- It may be called off, ended earlier, applied, and forget who made it; it is part of the history otherwise.
    IF TG_OP = 'UPDATE'
       AND to_jsonb(NEW) - ARRAY['ends_at', 'cancelled_at', 'applied_at', 'created_by_id', 'name']
         = to_jsonb(OLD) - ARRAY['ends_at', 'cancelled_at', 'applied_at', 'created_by_id', 'name']
       AND (OLD.ends_at IS NULL) = (NEW.ends_at IS NULL) AND coalesce(NEW.ends_at <= OLD.ends_at, true)
       AND (OLD.cancelled_at IS NULL OR NEW.cancelled_at = OLD.cancelled_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a planned price is called off or ended early, not rewritten' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER catalog_priceplan_is_kept BEFORE UPDATE OR DELETE ON catalog_priceplan
    FOR EACH ROW EXECUTE FUNCTION catalog_priceplan_is_kept();

-- What a variant cost at a moment. A plan with an end lies over the list; one without is a change of the list.
CREATE FUNCTION catalog_price_at(of_variant bigint, in_currency text, moment timestamptz)
RETURNS TABLE (amount numeric, compare_at numeric) LANGUAGE sql STABLE AS $$
    SELECT said.amount, said.compare_at FROM (
        SELECT p.amount, p.compare_at, p.ends_at IS NOT NULL AS is_over, p.starts_at AS since, p.id
        FROM catalog_priceplan p
        WHERE p.variant_id = of_variant AND p.amount_currency = in_currency AND p.cancelled_at IS NULL
          AND p.starts_at <= moment AND (p.ends_at IS NULL OR p.ends_at > moment)
        UNION ALL
        (SELECT r.amount, r.compare_at, false, r.at, 0 FROM catalog_pricerecord r
         WHERE r.variant_id = of_variant AND r.amount_currency = in_currency AND r.at <= moment
         ORDER BY r.at DESC, r.id DESC LIMIT 1)
    ) said ORDER BY said.is_over DESC, said.since DESC, said.id DESC LIMIT 1
$$;

-- The lowest price of the 30 days before the reduction that stands at a moment; without any, what it costs then.
-- A lower price begins a reduction of its own; another "before" beside the same price does not.
CREATE FUNCTION catalog_lowest_price(of_variant bigint, in_currency text, moment timestamptz)
RETURNS numeric LANGUAGE sql STABLE AS $$
    WITH turns AS MATERIALIZED (
        SELECT t.at FROM (
            SELECT r.at FROM catalog_pricerecord r
            WHERE r.variant_id = of_variant AND r.amount_currency = in_currency AND r.at <= moment
            UNION
            SELECT unnest(ARRAY[p.starts_at, p.ends_at]) FROM catalog_priceplan p
            WHERE p.variant_id = of_variant AND p.amount_currency = in_currency AND p.cancelled_at IS NULL
        ) t WHERE t.at <= moment ORDER BY t.at DESC
    ), told AS MATERIALIZED (
        SELECT t.at, cost.amount, cost.compare_at > cost.amount AS is_reduced
        FROM (SELECT at FROM turns LIMIT 500) t, LATERAL catalog_price_at(of_variant, in_currency, t.at) cost
    ), today AS (
        SELECT told.amount FROM told ORDER BY told.at DESC LIMIT 1
    ), begun AS (
        SELECT min(told.at) AS at FROM told WHERE told.at > coalesce((
            SELECT max(told.at) FROM told, today
            WHERE told.amount IS DISTINCT FROM today.amount OR told.is_reduced IS NOT TRUE
        ), '-infinity')
    ), looked AS (
        SELECT begun.at - interval '30 days' AS at FROM begun
        UNION
        SELECT turns.at FROM turns, begun WHERE turns.at > begun.at - interval '30 days' AND turns.at < begun.at
    )
    SELECT coalesce(
        (SELECT min(cost.amount) FROM looked, LATERAL catalog_price_at(of_variant, in_currency, looked.at) cost),
        (SELECT today.amount FROM today)
    )
$$;
"""
DROP = """
DROP FUNCTION catalog_lowest_price(bigint, text, timestamptz);
DROP FUNCTION catalog_price_at(bigint, text, timestamptz);
DROP TRIGGER catalog_priceplan_is_kept ON catalog_priceplan;
DROP TRIGGER catalog_pricerecord_is_final ON catalog_pricerecord;
DROP TRIGGER catalog_price_is_recorded ON catalog_price;
DROP TRIGGER catalog_price_is_timed ON catalog_price;
DROP FUNCTION catalog_priceplan_is_kept();
DROP FUNCTION catalog_pricerecord_is_final();
DROP FUNCTION catalog_price_is_recorded();
DROP FUNCTION catalog_price_is_timed();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_stock_ledger")]
    operations = [migrations.RunSQL(CREATE, DROP)]
