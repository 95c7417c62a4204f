-- ---- report: figures for people -----------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.format_figure(value numeric, unit text, digits int DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_format_figure';
COMMENT ON FUNCTION pulse.format_figure(numeric, text, int, text) IS
'A figure as people read it, in English or Chinese (lang ''en'', ''zh''; NULL: the setting): ¥142,800, 58.4 days. Units: count, number, ratio, points, days, hours, minutes, percent (67.3), share (0.673), relative, or an ISO 4217 currency. digits after the point, NULL: those of the unit; rounded half away from zero. A dash when the value is NULL. Error 22023: unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.format_change(change numeric, unit text, digits int DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_format_change';
COMMENT ON FUNCTION pulse.format_change(numeric, text, int, text) IS
'A difference as people read it, with its sign: −¥54,600, +27.4pp. Shares differ in percentage points (pp), days without a word. Arguments and errors as format_figure().';

-- ---- report: the KPI catalogue ------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_kpi(name text, family text, unit text, direction text, function text,
		digits int DEFAULT NULL, relative_digits int DEFAULT 1, grain text DEFAULT 'month', keep int DEFAULT 13,
		scopes text[] DEFAULT '{}', title_en text DEFAULT NULL, title_zh text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_kpi';
REVOKE ALL ON FUNCTION pulse.create_kpi(text, text, text, text, text, int, int, text, int, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_kpi(text, text, text, text, text, int, int, text, int, text[], text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_kpi(text, text, text, text, text, int, int, text, int, text[], text, text) IS
'Registers a figure under a name: its family (such as cost, efficiency, stability), unit (see format_figure()), direction (up: more is better; down; none), and the function of (pulse.period, scope text) that returns it, which must be yours and STABLE. It runs with your rights, path pg_catalog, so write names in full; scope NULL is the whole. Admins, authors and analysts may read the figure. digits and relative_digits: how the value, and its relative change in percent, are written. For dashboards the last "keep" periods of a grain (day, week, month, quarter, year) are stored, of the whole and of each of scopes, by refresh_kpis(). Errors: 22023 unusable argument, 42883 no such function, 42501 it is not yours, 42804 it returns no number, 42710 the name is taken, and what the function raises when it is tried.';

CREATE OR REPLACE FUNCTION pulse.alter_kpi(name text, family text DEFAULT NULL, unit text DEFAULT NULL, direction text DEFAULT NULL,
		function text DEFAULT NULL, digits int DEFAULT NULL, relative_digits int DEFAULT NULL, grain text DEFAULT NULL,
		keep int DEFAULT NULL, scopes text[] DEFAULT NULL, title_en text DEFAULT NULL, title_zh text DEFAULT NULL) RETURNS int
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_alter_kpi';
REVOKE ALL ON FUNCTION pulse.alter_kpi(text, text, text, text, text, int, int, text, int, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_kpi(text, text, text, text, text, int, int, text, int, text[], text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.alter_kpi(text, text, text, text, text, int, int, text, int, text[], text, text) IS
'Makes a new version of a KPI, changing what is given, and returns its number. Older versions can still be asked for: kpi_value(name, period, scope, version). Stored figures are dropped until the next refresh. Errors: SP751 unknown KPI, 42501 not yours; else as create_kpi().';

CREATE OR REPLACE FUNCTION pulse.drop_kpi(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_kpi';
REVOKE ALL ON FUNCTION pulse.drop_kpi(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_kpi(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_kpi(text) IS
'Takes a KPI with all versions and stored figures out of the catalogue; its function stays. Errors: SP751 unknown KPI, 42501 not yours.';

CREATE OR REPLACE FUNCTION pulse.kpi_value(name text, period pulse.period, scope text DEFAULT NULL, version int DEFAULT NULL) RETURNS numeric
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'sp_kpi_value';
REVOKE ALL ON FUNCTION pulse.kpi_value(text, pulse.period, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.kpi_value(text, pulse.period, text, int) TO pulse_admin, pulse_author, pulse_analyst, pulse_owner;
COMMENT ON FUNCTION pulse.kpi_value(text, pulse.period, text, int) IS
'The figure of a KPI for a period and a scope (NULL: the whole), computed now, with the rights of its author. version: of its definition, NULL: the one in force. Errors: SP751 unknown KPI or version, SP752 its function is gone or another''s now, and what the function raises.';

CREATE OR REPLACE FUNCTION pulse_internal.refresh_kpi(kpi_id int) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH wanted AS (
		SELECT k.kpi_id, k.name, k.version, s.scope, pulse.shift(pulse.period_of(pulse.day_of(pulse.clock()), v.grain), -n.n) AS period
		FROM pulse_internal.kpi AS k
		JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id AND v.version = k.version,
			 LATERAL (SELECT DISTINCT unnest(array_append(v.scopes, '')) AS scope) AS s,
			 LATERAL generate_series(0, v.keep - 1) AS n(n)
		WHERE k.kpi_id = refresh_kpi.kpi_id
	), gone AS (
		DELETE FROM pulse_internal.kpi_value AS f
		WHERE f.kpi_id = refresh_kpi.kpi_id
		  AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.scope = f.scope AND w.period OPERATOR(pulse.=) f.period)
	), found AS (
		INSERT INTO pulse_internal.kpi_value AS f (kpi_id, scope, period, value, version, computed_at)
		SELECT w.kpi_id, w.scope, w.period, pulse.kpi_value(w.name, w.period, nullif(w.scope, '')), w.version, pulse.clock()
		FROM wanted AS w
		ON CONFLICT ON CONSTRAINT kpi_value_pkey DO UPDATE
		SET value = excluded.value, version = excluded.version, computed_at = excluded.computed_at
		RETURNING 1
	)
	SELECT count(*) FROM found;
END;
REVOKE ALL ON FUNCTION pulse_internal.refresh_kpi(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_kpi(int) TO pulse_owner;

-- One KPI that fails does not stop the others; which did is kept in the catalogue.
CREATE OR REPLACE FUNCTION pulse.refresh_kpis(name text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	one record;
	figures bigint := 0;
	failure text;
	reason text;
BEGIN
	IF name IS NOT NULL AND NOT EXISTS (SELECT FROM pulse_internal.kpi AS k WHERE k.name = refresh_kpis.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP751', MESSAGE = format('unknown KPI "%s"', name),
			DETAIL = 'It is not in the catalogue.', HINT = 'Look at SELECT name FROM pulse.kpis.';
	END IF;
	FOR one IN SELECT k.kpi_id FROM pulse_internal.kpi AS k
			   WHERE k.name = coalesce(refresh_kpis.name, k.name) ORDER BY k.kpi_id
	LOOP
		failure := NULL;
		BEGIN
			figures := figures + pulse_internal.refresh_kpi(one.kpi_id);
		EXCEPTION WHEN query_canceled OR admin_shutdown OR deadlock_detected OR serialization_failure THEN
			RAISE;
		WHEN others THEN
			GET STACKED DIAGNOSTICS reason = PG_EXCEPTION_DETAIL;
			failure := concat_ws(': ', sqlerrm, nullif(reason, ''));
		END;
		UPDATE pulse_internal.kpi AS k
		SET state = CASE WHEN failure IS NULL THEN 'ok' ELSE 'broken' END, reason = failure, refreshed_at = pulse.clock()
		WHERE k.kpi_id = one.kpi_id;
	END LOOP;
	RETURN figures;
END
$$;
ALTER FUNCTION pulse.refresh_kpis(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.refresh_kpis(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.refresh_kpis(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.refresh_kpis(text) IS
'Computes and stores the figures that pulse.kpi_values shows, of one KPI or of all; the tick does it daily at 05:30 in the business time zone. A KPI that fails is marked broken in pulse.kpis with the reason, and keeps the figures it had. Returns how many figures were stored. Error SP751: unknown KPI.';

-- the job of the tick
CREATE OR REPLACE FUNCTION pulse_internal.refresh_kpis() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse.refresh_kpis();
END;
REVOKE ALL ON FUNCTION pulse_internal.refresh_kpis() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_kpis() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.check_kpi(name text, OUT problem text, OUT what_to_do text) RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse.kpi_value(check_kpi.name, pulse.period_of(pulse.day_of(pulse.clock()), g.grain))
	FROM unnest(ARRAY['day', 'month', 'year']) AS g(grain);
EXCEPTION
	WHEN SQLSTATE 'SP751' OR query_canceled THEN
		RAISE;
	WHEN others THEN
		GET STACKED DIAGNOSTICS what_to_do = PG_EXCEPTION_HINT, problem = PG_EXCEPTION_DETAIL;
		problem := concat_ws(': ', sqlerrm, nullif(problem, ''));
		what_to_do := coalesce(nullif(what_to_do, ''), 'Mend its function, or give it another: SELECT pulse.alter_kpi(...).');
		RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION pulse.check_kpi(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_kpi(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.check_kpi(text) IS
'Tries a KPI for today, this month and this year: one row with the problem and what to do, or none when it can be computed. Error SP751: unknown KPI.';
