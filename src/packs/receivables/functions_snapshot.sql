-- ---- snapshots ------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.take_snapshot(day date DEFAULT NULL, schema text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	taken timestamptz;
	made bigint;
BEGIN
	PERFORM set_config('search_path', receivables.path(take_snapshot.schema), true);
	-- writers that began before are waited for: what is booked by "taken" is then all there
	LOCK TABLE invoice, instalment, payment, allocation, pause, due_change IN SHARE MODE;
	taken := pulse.clock();
	INSERT INTO aging_snapshot (day, customer_id, currency, profile, taken_at, tenant)
	SELECT pulse.as_of(r.profile), d.customer_id, r.currency, r.profile, taken, d.tenant
	FROM receivables.aging_report(take_snapshot.day, known_at => taken, schema => take_snapshot.schema) AS r
	JOIN debtor AS d ON d.customer_id = (r.keys ->> 'customer')::bigint
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS made = ROW_COUNT;
	RETURN made;
END
$$;
COMMENT ON FUNCTION receivables.take_snapshot(date, text) IS
'Keeps the aging per customer and currency as of a day (today unless given) in aging_snapshot; a day that has one keeps it. aging_report(day, known_at => taken_at) says the same at any later time. Waits for open writers, and they for it. Returns the rows written. Error SP801.';
