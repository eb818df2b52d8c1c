"""Prices of lists keep their history, stay in their shop, and the lowest of 30 days is asked for whom they count."""

from django.db import migrations

CREATE = """
ALTER TABLE catalog_pricelist
    ADD CONSTRAINT pricelist_in_its_shop UNIQUE (id, merchant_id, currency);
ALTER TABLE catalog_variant ADD CONSTRAINT variant_in_its_shop UNIQUE (id, merchant_id);
ALTER TABLE catalog_listprice
    ADD CONSTRAINT listprice_in_its_shop FOREIGN KEY (price_list_id, merchant_id, currency)
        REFERENCES catalog_pricelist (id, merchant_id, currency),
    ADD CONSTRAINT listprice_variant_in_its_shop FOREIGN KEY (variant_id, merchant_id)
        REFERENCES catalog_variant (id, merchant_id);

CREATE FUNCTION catalog_pricelist_group_in_one_shop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What is not there at all is for the foreign keys to refuse.
    IF (SELECT merchant_id FROM catalog_pricelist WHERE id = NEW.pricelist_id)
       <> (SELECT merchant_id FROM customers_customergroup WHERE id = NEW.customergroup_id) THEN
        RAISE EXCEPTION 'a price list is for groups of its own shop' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalog_pricelist_groups_in_one_shop BEFORE INSERT OR UPDATE ON catalog_pricelist_groups
    FOR EACH ROW EXECUTE FUNCTION catalog_pricelist_group_in_one_shop();
CREATE FUNCTION catalog_pricelist_stays_in_its_shop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM catalog_pricelist_groups WHERE NEW.id =
               CASE TG_TABLE_NAME WHEN 'catalog_pricelist' THEN pricelist_id ELSE customergroup_id END) THEN
        RAISE EXCEPTION 'a price list and its groups stay in their shop' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalog_pricelist_stays_in_its_shop BEFORE UPDATE OF merchant_id ON catalog_pricelist
    FOR EACH ROW WHEN (OLD.merchant_id <> NEW.merchant_id) EXECUTE FUNCTION catalog_pricelist_stays_in_its_shop();
CREATE TRIGGER catalog_customergroup_stays_in_its_shop BEFORE UPDATE OF merchant_id ON customers_customergroup
    FOR EACH ROW WHEN (OLD.merchant_id <> NEW.merchant_id) EXECUTE FUNCTION catalog_pricelist_stays_in_its_shop();

-- So much percent more, rounded half up to the currency's decimals, then as the list rounds. Where that would leave
-- nothing, it is not rounded that far.
CREATE FUNCTION catalog_with_percent(base numeric, percent numeric, rounding text, in_currency text)
RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN told.rounded > 0 THEN told.rounded ELSE told.exact END FROM (
        SELECT exact, CASE WHEN decimals = 0 AND rounding <> 'exact' THEN round(exact)
            ELSE CASE rounding
                WHEN 'exact' THEN exact WHEN 'five' THEN round(exact * 20) / 20 WHEN 'whole' THEN round(exact)
                WHEN 'ninety' THEN round(exact + 0.10) - 0.10 WHEN 'ninety_five' THEN round(exact + 0.05) - 0.05
                WHEN 'ninety_nine' THEN round(exact + 0.01) - 0.01
            END END AS rounded
        FROM (SELECT decimals, round(base * (100 + percent) / 100, decimals) AS exact FROM (
            SELECT CASE
                WHEN in_currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI',
                    'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
                WHEN in_currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
                ELSE 2 END AS decimals) currency) amount
    ) told
$$;

-- What the first of these lists that has a price for the variant makes of its price for everyone; no row where none has.
CREATE FUNCTION catalog_own_price(of_variant bigint, in_currency text, base numeric, before numeric, lists bigint[])
RETURNS TABLE (price_list bigint, amount numeric, compare_at numeric) LANGUAGE sql STABLE AS $$
    SELECT l.id,
        coalesce(e.amount, catalog_with_percent(base, coalesce(e.percent, l.percent), l.rounding, in_currency)),
        CASE WHEN e.amount IS NOT NULL THEN e.compare_at
             ELSE catalog_with_percent(before, coalesce(e.percent, l.percent), l.rounding, in_currency) END
    FROM unnest(lists) WITH ORDINALITY AS counted (id, place)
    JOIN catalog_pricelist l ON l.id = counted.id AND l.currency = in_currency
    LEFT JOIN catalog_listprice e ON e.price_list_id = l.id AND e.variant_id = of_variant
    WHERE base IS NOT NULL AND coalesce(e.amount, e.percent, l.percent) IS NOT NULL
    ORDER BY counted.place LIMIT 1
$$;

CREATE FUNCTION catalog_pricelist_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := CASE WHEN TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND NEW.changed_at = OLD.changed_at
                               THEN now() ELSE NEW.changed_at END;
    list record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.percent, NEW.rounding, NEW.currency, NEW.is_active, NEW.starts_at, NEW.ends_at)
       IS NOT DISTINCT FROM (OLD.percent, OLD.rounding, OLD.currency, OLD.is_active, OLD.starts_at, OLD.ends_at) THEN
        RETURN NULL;
    END IF;
    INSERT INTO catalog_listpricerecord
        (merchant_id, price_list_id, currency, percent, rounding, is_active, starts_at, ends_at, at)
    SELECT list.merchant_id, list.id, list.currency, list.percent, list.rounding, list.is_active AND TG_OP <> 'DELETE',
        list.starts_at, list.ends_at, greatest(moment, (SELECT max(r.at) FROM catalog_listpricerecord r
            WHERE r.price_list_id = list.id AND r.variant_id IS NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_pricelist_is_recorded AFTER INSERT OR UPDATE OR DELETE ON catalog_pricelist
    FOR EACH ROW EXECUTE FUNCTION catalog_pricelist_is_recorded();

CREATE FUNCTION catalog_listprice_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := CASE WHEN TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND NEW.changed_at = OLD.changed_at
                               THEN now() ELSE NEW.changed_at END;
    is_moved boolean := TG_OP = 'UPDATE'
        AND (NEW.price_list_id, NEW.variant_id) IS DISTINCT FROM (OLD.price_list_id, OLD.variant_id);
BEGIN
    IF TG_OP = 'UPDATE' AND NOT is_moved AND (NEW.amount, NEW.compare_at, NEW.percent)
       IS NOT DISTINCT FROM (OLD.amount, OLD.compare_at, OLD.percent) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' OR is_moved THEN
        INSERT INTO catalog_listpricerecord
            (merchant_id, price_list_id, variant_id, currency, rounding, is_active, at)
        SELECT OLD.merchant_id, OLD.price_list_id, OLD.variant_id, OLD.currency, '', true,
            greatest(moment, (SELECT max(r.at) FROM catalog_listpricerecord r
                WHERE r.price_list_id = OLD.price_list_id AND r.variant_id = OLD.variant_id));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO catalog_listpricerecord
            (merchant_id, price_list_id, variant_id, currency, amount, compare_at, percent, rounding, is_active, at)
        SELECT NEW.merchant_id, NEW.price_list_id, NEW.variant_id, NEW.currency, NEW.amount, NEW.compare_at, NEW.percent,
            '', true, greatest(moment, (SELECT max(r.at) FROM catalog_listpricerecord r
                WHERE r.price_list_id = NEW.price_list_id AND r.variant_id = NEW.variant_id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_listprice_is_recorded AFTER INSERT OR UPDATE OR DELETE ON catalog_listprice
    FOR EACH ROW EXECUTE FUNCTION catalog_listprice_is_recorded();
CREATE TRIGGER catalog_listpricerecord_is_final BEFORE UPDATE OR DELETE ON catalog_listpricerecord
    FOR EACH ROW EXECUTE FUNCTION catalog_pricerecord_is_final();

-- What a variant cost at a moment for whom these lists count: the first that was in force and had a price for it.
CREATE FUNCTION catalog_price_at(of_variant bigint, in_currency text, moment timestamptz, lists bigint[])
RETURNS TABLE (amount numeric, compare_at numeric) LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN own.is_told THEN own.amount ELSE base.amount END,
        CASE WHEN own.is_told THEN own.compare_at ELSE base.compare_at END
    FROM catalog_price_at(of_variant, in_currency, moment) base
    LEFT JOIN LATERAL (
        SELECT true AS is_told,
            coalesce(e.amount, catalog_with_percent(base.amount, coalesce(e.percent, l.percent), l.rounding, in_currency))
                AS amount,
            CASE WHEN e.amount IS NOT NULL THEN e.compare_at ELSE
                catalog_with_percent(base.compare_at, coalesce(e.percent, l.percent), l.rounding, in_currency)
            END AS compare_at
        FROM unnest(lists) WITH ORDINALITY AS counted (id, place)
        JOIN LATERAL (
            SELECT r.* FROM catalog_listpricerecord r
            WHERE r.price_list_id = counted.id AND r.variant_id IS NULL AND r.at <= moment
            ORDER BY r.at DESC, r.id DESC LIMIT 1
        ) l ON l.is_active AND l.currency = in_currency
            AND coalesce(l.starts_at <= moment, true) AND coalesce(l.ends_at > moment, true)
        LEFT JOIN LATERAL (
            SELECT r.amount, r.compare_at, r.percent FROM catalog_listpricerecord r
            WHERE r.price_list_id = counted.id AND r.variant_id = of_variant AND r.at <= moment
            ORDER BY r.at DESC, r.id DESC LIMIT 1
        ) e ON true
        WHERE coalesce(e.amount, e.percent, l.percent) IS NOT NULL
        ORDER BY counted.place LIMIT 1
    ) own ON base.amount IS NOT NULL
$$;

DROP FUNCTION catalog_lowest_price(bigint, text, timestamptz);
-- The lowest price of the 30 days before the reduction that stands at a moment; without any, what it costs then: for a
-- shopper for whom these lists count whenever they are in force, the first of them before the others.
-- A lower price begins a reduction of its own; another "before" beside the same price does not.
CREATE FUNCTION catalog_lowest_price(of_variant bigint, in_currency text, moment timestamptz, lists bigint[])
RETURNS numeric LANGUAGE sql STABLE AS $$
    WITH turns AS MATERIALIZED (
        SELECT t.at FROM (
            SELECT r.at FROM catalog_pricerecord r
            WHERE r.variant_id = of_variant AND r.amount_currency = in_currency AND r.at <= moment
            UNION
            SELECT unnest(ARRAY[p.starts_at, p.ends_at]) FROM catalog_priceplan p
            WHERE p.variant_id = of_variant AND p.amount_currency = in_currency AND p.cancelled_at IS NULL
            UNION
            SELECT unnest(ARRAY[r.at, r.starts_at, r.ends_at]) FROM catalog_listpricerecord r
            WHERE r.price_list_id = ANY(lists) AND (r.variant_id = of_variant OR r.variant_id IS NULL)
        ) t WHERE t.at <= moment ORDER BY t.at DESC
    ), told AS MATERIALIZED (
        SELECT t.at, cost.amount, cost.compare_at > cost.amount AS is_reduced
        FROM (SELECT at FROM turns LIMIT 500) t, LATERAL catalog_price_at(of_variant, in_currency, t.at, lists) cost
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
        (SELECT min(cost.amount) FROM looked, LATERAL catalog_price_at(of_variant, in_currency, looked.at, lists) cost),
        (SELECT today.amount FROM today)
    )
$$;
"""
DROP = """
DROP FUNCTION catalog_lowest_price(bigint, text, timestamptz, bigint[]);
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
DROP FUNCTION catalog_price_at(bigint, text, timestamptz, bigint[]);
DROP TRIGGER catalog_listpricerecord_is_final ON catalog_listpricerecord;
DROP TRIGGER catalog_listprice_is_recorded ON catalog_listprice;
DROP FUNCTION catalog_listprice_is_recorded();
DROP TRIGGER catalog_pricelist_is_recorded ON catalog_pricelist;
DROP FUNCTION catalog_pricelist_is_recorded();
DROP FUNCTION catalog_own_price(bigint, text, numeric, numeric, bigint[]);
DROP FUNCTION catalog_with_percent(numeric, numeric, text, text);
DROP TRIGGER catalog_customergroup_stays_in_its_shop ON customers_customergroup;
DROP TRIGGER catalog_pricelist_stays_in_its_shop ON catalog_pricelist;
DROP FUNCTION catalog_pricelist_stays_in_its_shop();
DROP TRIGGER catalog_pricelist_groups_in_one_shop ON catalog_pricelist_groups;
DROP FUNCTION catalog_pricelist_group_in_one_shop();
ALTER TABLE catalog_listprice
    DROP CONSTRAINT listprice_in_its_shop, DROP CONSTRAINT listprice_variant_in_its_shop;
ALTER TABLE catalog_variant DROP CONSTRAINT variant_in_its_shop;
ALTER TABLE catalog_pricelist DROP CONSTRAINT pricelist_in_its_shop;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_price_lists"), ("customers", "0004_groups_in_one_shop")]
    operations = [migrations.RunSQL(CREATE, DROP)]
