"""The database itself refuses to change or forget a document, a gap, and a credit beyond the invoice."""

from django.db import migrations

CREATE = """
CREATE FUNCTION orders_document_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an invoice or credit note is final' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER orders_document_is_final BEFORE UPDATE OR DELETE ON orders_document
    FOR EACH ROW EXECUTE FUNCTION orders_document_is_final();
CREATE FUNCTION orders_document_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    invoiced numeric;
    credited numeric;
BEGIN
    IF NEW.position <> 1 + (SELECT coalesce(max(position), 0) FROM orders_document
                            WHERE merchant_id = NEW.merchant_id AND series = NEW.series) THEN
        RAISE EXCEPTION '% would leave a gap in its series', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind <> 'invoice' AND NOT EXISTS (
        SELECT FROM orders_document d WHERE d.id = NEW.refers_to_id AND d.order_id = NEW.order_id
            AND d.merchant_id = NEW.merchant_id AND d.gross_currency = NEW.gross_currency
            AND d.kind = CASE NEW.kind WHEN 'credit_note' THEN 'invoice' ELSE 'credit_note' END
            AND (NEW.kind = 'credit_note' OR (d.gross, d.tax) = (NEW.gross, NEW.tax))) THEN
        RAISE EXCEPTION '% refers to nothing it could be about', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'credit_note' THEN
        SELECT gross INTO invoiced FROM orders_document WHERE id = NEW.refers_to_id;
        SELECT coalesce(sum(CASE kind WHEN 'credit_note' THEN gross ELSE -gross END), 0) INTO credited
            FROM orders_document WHERE order_id = NEW.order_id AND kind <> 'invoice';
        IF credited + NEW.gross > invoiced THEN
            RAISE EXCEPTION '% credits more than was invoiced', NEW.number USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_document_follows BEFORE INSERT ON orders_document
    FOR EACH ROW EXECUTE FUNCTION orders_document_follows();
"""
DROP = """
DROP TRIGGER orders_document_follows ON orders_document;
DROP FUNCTION orders_document_follows();
DROP TRIGGER orders_document_is_final ON orders_document;
DROP FUNCTION orders_document_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
