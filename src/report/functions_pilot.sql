-- ---- report: pilots --------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.save_pilot(name text, definition jsonb) RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_save_pilot';
REVOKE ALL ON FUNCTION pulse_internal.save_pilot(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.save_pilot(text, jsonb) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.pilot_rows(name text, since date, until date,
		OUT member text, OUT day date, OUT control boolean, OUT value double precision) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_pilot_rows';
REVOKE ALL ON FUNCTION pulse_internal.pilot_rows(text, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pilot_rows(text, date, date) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst;

-- What is wrong with a pilot, in words; NULL: nothing.
CREATE OR REPLACE FUNCTION pulse_internal.pilot_problem(name text, baseline daterange, started date, until date, relation regclass, day text,
		value text, kpi text, member text, control text, direction text, level double precision, block int, today date) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN coalesce(name, '') = '' THEN 'It has no name.'
		WHEN baseline IS NULL OR isempty(baseline) OR lower_inf(baseline) OR upper_inf(baseline) THEN 'The baseline is a range of days with both ends.'
		WHEN upper(baseline) > today THEN 'The baseline is not over yet: it could not be frozen.'
		WHEN started IS NULL OR started < upper(baseline) THEN 'It starts before its baseline ends, or at no time.'
		WHEN until <= started THEN 'It ends before it starts.'
		WHEN (relation IS NULL) = (kpi IS NULL) THEN 'It is judged by a relation or by a KPI, one of them.'
		WHEN relation IS NOT NULL AND (day IS NULL OR value IS NULL) THEN 'A relation needs the column of the day and that of the value.'
		WHEN kpi IS NOT NULL AND (member IS NOT NULL OR control IS NOT NULL) THEN 'A KPI has no members.'
		WHEN control IS NOT NULL AND member IS NULL THEN 'A control is a group of members.'
		WHEN direction IS NULL OR direction NOT IN ('up', 'down') THEN 'The direction is ''up'' where more is better, or ''down''.'
		WHEN level IS NULL OR level NOT BETWEEN 0.5 AND 0.999 THEN 'The level is from 0.5 to 0.999.'
		WHEN block IS NULL OR block NOT BETWEEN 1 AND 366 THEN 'A block is of 1 to 366 days.'
	END;
REVOKE ALL ON FUNCTION pulse_internal.pilot_problem(text, daterange, date, date, regclass, text, text, text, text, text, text, double precision, int, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pilot_problem(text, daterange, date, date, regclass, text, text, text, text, text, text, double precision, int, date)
	TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_pilot(name text, baseline daterange, started date, direction text,
		relation regclass DEFAULT NULL, day text DEFAULT NULL, value text DEFAULT NULL, member text DEFAULT NULL, control text DEFAULT NULL,
		condition text DEFAULT NULL, kpi text DEFAULT NULL, scope text DEFAULT NULL, until date DEFAULT NULL, unit text DEFAULT 'number',
		target numeric DEFAULT NULL, cost numeric DEFAULT NULL, value_per_unit numeric DEFAULT NULL, currency text DEFAULT NULL,
		level double precision DEFAULT 0.95, block int DEFAULT 7) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	problem text := pulse_internal.pilot_problem(name, baseline, started, until, relation, day, value, kpi, member, control, direction, level, block,
												 pulse.day_of(pulse.clock()));
	query text;
BEGIN
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('pilot "%s" cannot be made', name), DETAIL = problem,
			HINT = 'Type pulse.create_pilot(''route planning'', baseline => ''[2026-01-05,2026-03-02)'', started => ''2026-03-02'', direction => ''up'', relation => ''app.visit_day'', day => ''day'', value => ''visits'', member => ''rep'', control => ''NOT in_pilot'').';
	END IF;
	PERFORM pulse.format_figure(0, unit);
	query := CASE WHEN kpi IS NULL THEN
		format('SELECT (%s)::text AS member, (%s)::date AS day, (%s)::numeric AS value, (%s)::boolean AS control FROM %s WHERE (%s)::date >= $1 AND (%s)::date < $2%s',
			   coalesce(member, 'NULL'), day, value, coalesce(control, 'false'), relation, day, day, ' AND (' || condition || ')')
	ELSE
		format('SELECT NULL::text AS member, g.d::date AS day, pulse.kpi_value(%L, pulse.period_of(g.d::date, ''day''), %L) AS value, false AS control FROM generate_series($1::timestamp, $2 - 1, interval ''1 day'') AS g(d)',
			   kpi, scope)
	END;
	RETURN pulse_internal.save_pilot(name, jsonb_build_object('query', query, 'by_member', member IS NOT NULL, 'has_control', control IS NOT NULL,
		'baseline_since', lower(baseline), 'baseline_until', upper(baseline), 'started', started, 'until', until, 'unit', unit,
		'direction', direction, 'target', target, 'cost', cost, 'value_per_unit', value_per_unit,
		'currency', coalesce(currency, pulse.setting('currency')), 'level', level, 'block', block));
END
$$;
REVOKE ALL ON FUNCTION pulse.create_pilot(text, daterange, date, text, regclass, text, text, text, text, text, text, text, date, text, numeric, numeric, numeric, text, double precision, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_pilot(text, daterange, date, text, regclass, text, text, text, text, text, text, text, date, text, numeric, numeric, numeric, text, double precision, int)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_pilot(text, daterange, date, text, regclass, text, text, text, text, text, text, text, date, text, numeric, numeric, numeric, text, double precision, int) IS
'Begins a pilot: what is tried from "started" (until before "until"), judged by figures of a relation (day, value and, better, member: a store, a rep; several rows of one member and day are added up, days without a row do not count) or by a KPI per day. The figures of the baseline, which must be over, are copied now and frozen; their number is returned. control: a condition that says which members it is not tried on, so that what happens to all does not count as its success. direction: up where more is better. target: of the mean after. cost of the pilot, and value_per_unit of money for each unit of improvement per member and day, give the return. level of the interval. Without members, means of "block" days are compared, since days depend on each other. It reads with your rights; admins, authors and analysts may see the report. Errors: 22023 what is wrong with it, 42710 the name is taken, and what the expressions raise.';

CREATE OR REPLACE FUNCTION pulse.drop_pilot(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_pilot';
REVOKE ALL ON FUNCTION pulse.drop_pilot(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_pilot(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_pilot(text) IS
'Drops a pilot with its frozen baseline. Errors: SP754 unknown pilot, 42501 not yours.';
