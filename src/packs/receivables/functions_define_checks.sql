-- ---- what no row may hold ----------------------------------------------------------------

-- Run by install() and upgrade(), after the tables.  Days and numbers without an
-- end are no facts: one of them would fail every report.  Rows of an earlier
-- version that hold such stay; then the constraint is for what comes.
CREATE OR REPLACE FUNCTION receivables.define_checks(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	rule record;
BEGIN
	FOR rule IN
		SELECT format('%I.%I', place, r.relation)::regclass AS relation, r.condition
		FROM (VALUES ('invoice', 'isfinite(issued_on)'), ('instalment', 'isfinite(due_on)'), ('payment', 'isfinite(received_on)'), ('allocation', 'isfinite(applied_on)'),
				('pause', 'isfinite(since) AND isfinite(until)'), ('shipment', 'isfinite(ship_on)'), ('shipment_line', 'quantity < ''Infinity'' AND price < ''Infinity'''),
				('invoice_line', 'quantity < ''Infinity'' AND quantity > ''-Infinity'''),
				('contract_line_version', 'quantity < ''Infinity'' AND price < ''Infinity'' AND floor_price < ''Infinity'''),
				('payment_term', 'share < ''Infinity'''), ('fx_rate', 'rate < ''Infinity''')) AS r (relation, condition)
		WHERE NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conrelid = format('%I.%I', place, r.relation)::regclass AND c.conname = 'receivables_finite')
	LOOP
		EXECUTE format('ALTER TABLE %s ADD CONSTRAINT receivables_finite CHECK (%s) NOT VALID', rule.relation, rule.condition);
		BEGIN
			EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT receivables_finite', rule.relation);
		EXCEPTION WHEN check_violation THEN
			RAISE WARNING 'rows of % hold days or numbers without an end', rule.relation USING HINT = 'They stay; what is written from now on may not.';
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION receivables.define_checks(text) IS 'Used by install() and upgrade(): constraints on the tables in a schema. Days and numbers are finite.';
