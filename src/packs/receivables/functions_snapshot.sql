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

CREATE OR REPLACE FUNCTION receivables.take_snapshots(upto date DEFAULT NULL, schema text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	last_day date := coalesce(take_snapshots.upto, pulse.day_of(pulse.clock()) - 1);
	since date;
	made bigint := 0;
BEGIN
	PERFORM set_config('search_path', receivables.path(take_snapshots.schema), true);
	SELECT max(s.day) + 1 INTO since FROM aging_snapshot AS s;
	FOR n IN 0 .. last_day - coalesce(since, last_day) LOOP
		made := made + receivables.take_snapshot(coalesce(since, last_day) + n, take_snapshots.schema);
	END LOOP;
	RETURN made;
END
$$;
COMMENT ON FUNCTION receivables.take_snapshots(date, text) IS
'Keeps the aging of each day since the last one that is kept, up to a day (yesterday unless given); the first time of that day alone. Returns the rows written. Error SP801.';

CREATE OR REPLACE FUNCTION receivables.schedule_snapshots(day_time time DEFAULT '00:10', schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	place text := receivables.place(schedule_snapshots.schema);
BEGIN
	PERFORM pulse.create_job(format('snapshots of %s', place), format('SELECT receivables.take_snapshots(schema => %L)', place), day_time);
END
$$;
REVOKE ALL ON FUNCTION receivables.schedule_snapshots(time, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.schedule_snapshots(time, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.schedule_snapshots(time, text) IS
'Has the tick keep a snapshot of each day that is over, at a time of the next one in the business time zone; days of an outage are made up for. The job is called "snapshots of SCHEMA" and runs with your rights; pulse.drop_job() ends it. Errors: SP801, 42710 it is there.';
