-- ---- escalation: reports that rules send ------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.own_report(name text) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_own_report';
REVOKE ALL ON FUNCTION pulse_internal.own_report(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.own_report(text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.save_report(report_id int, name text, query text, max_rows int, on_empty text,
		layout text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_save_report';
REVOKE ALL ON FUNCTION pulse_internal.save_report(int, text, text, int, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.save_report(int, text, text, int, text, text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.forget_report(name text) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_report';
REVOKE ALL ON FUNCTION pulse_internal.forget_report(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.forget_report(text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.next_report_id() RETURNS int
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN nextval('pulse_internal.report_report_id_seq')::int;
ALTER FUNCTION pulse_internal.next_report_id() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.next_report_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.next_report_id() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.run_report(name text, recipient text,
		OUT rows text[], OUT cut boolean, OUT failure text)
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_run_report';
REVOKE ALL ON FUNCTION pulse_internal.run_report(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.run_report(text, text) TO pulse_owner;

-- the caller's function over his own query
CREATE OR REPLACE FUNCTION pulse_internal.make_report_function(report_id int, query text, max_rows int) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema_name text := pulse.setting('event_schema');
BEGIN
	IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', schema_name);
	ELSIF NOT has_schema_privilege(schema_name, 'CREATE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('no right to make a function in schema %I', schema_name),
			DETAIL = 'A report is a function of its author in the event schema.',
			HINT = format('Have its owner type GRANT CREATE, USAGE ON SCHEMA %I TO %I.', schema_name, current_user);
	END IF;
	BEGIN
		EXECUTE format('CREATE FUNCTION %I.%I(recipient text) RETURNS SETOF json LANGUAGE sql STABLE'
					   ' BEGIN ATOMIC SELECT row_to_json(q) FROM (' || E'\n' || '%s' || E'\n' || ') AS q LIMIT %s; END',
					   schema_name, 'report_' || report_id, query, max_rows + 1);
	EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
		RAISE EXCEPTION USING ERRCODE = sqlstate,
			MESSAGE = 'the query of the report cannot be used',
			DETAIL = format('PostgreSQL says: %s.', sqlerrm),
			HINT = 'Give one SELECT with names in full, such as SELECT region, open FROM app.board WHERE manager = recipient.';
	END;
	EXECUTE format('REVOKE ALL ON FUNCTION %I.%I(text) FROM PUBLIC', schema_name, 'report_' || report_id);
	EXECUTE format('COMMENT ON FUNCTION %I.%I(text) IS ''A report of salespulse; see pulse.reports.''', schema_name,
				   'report_' || report_id);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.make_report_function(int, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.make_report_function(int, text, int) TO pulse_admin, pulse_author;

-- an administrator may leave the function of somebody else
CREATE OR REPLACE FUNCTION pulse_internal.drop_report_function(report_id int) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE format('DROP FUNCTION IF EXISTS %I.%I(text)', pulse.setting('event_schema'), 'report_' || report_id);
EXCEPTION WHEN insufficient_privilege THEN
	NULL;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.drop_report_function(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.drop_report_function(int) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_report(name text, query text, max_rows int DEFAULT 200,
		on_empty text DEFAULT 'skip', layout text DEFAULT 'table') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	former int;
	report_id int;
BEGIN
	IF coalesce(name, '') = '' OR char_length(name) > 100 OR name ~ '["“”\n]' OR coalesce(query, '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a report needs a name and a query',
			DETAIL = 'A name has 1 to 100 characters on one line, without quotes.',
			HINT = 'Type pulse.create_report(''morning board'', ''SELECT ... WHERE manager = recipient'').';
	ELSIF max_rows IS NULL OR max_rows NOT BETWEEN 1 AND 10000 OR on_empty IS NULL OR on_empty NOT IN ('skip', 'send')
		OR layout IS NULL OR layout NOT IN ('table', 'csv') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'unusable option of a report',
			DETAIL = format('max_rows is %s, on_empty %s, layout %s.', max_rows, on_empty, layout),
			HINT = 'max_rows is from 1 to 10000, on_empty ''skip'' or ''send'', layout ''table'' or ''csv''.';
	END IF;
	former := pulse_internal.own_report(name);
	report_id := pulse_internal.next_report_id();
	PERFORM pulse_internal.make_report_function(report_id, query, max_rows);
	PERFORM pulse_internal.save_report(report_id, name, query, max_rows, on_empty, layout);
	PERFORM pulse_internal.drop_report_function(former) WHERE former IS NOT NULL;
END
$$;
REVOKE ALL ON FUNCTION pulse.create_report(text, text, int, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_report(text, text, int, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_report(text, text, int, text, text) IS
'Names a query whose result a rule can send: EVERY working day AT 08:00 THEN send "name" TO EACH role. In the query recipient is the staff id of whom it is for. It becomes a function of yours in the event schema and runs with your rights, read only, within rule_time_limit; a second call replaces it. At most max_rows rows are sent, and what was left out is said. on_empty: ''skip'' sends nothing where there are no rows (the case''s history says so), ''send'' says that there are none. layout: ''table'' is aligned text (in a mail also HTML), ''csv'' (in a mail attached). Errors: 22023 unusable argument, 42501 not your report or no right in the event schema, those of the query.';

CREATE OR REPLACE FUNCTION pulse.drop_report(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.drop_report_function(pulse_internal.forget_report(name));
END
$$;
REVOKE ALL ON FUNCTION pulse.drop_report(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_report(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_report(text) IS
'Forgets a report and drops its function; rules that send it go on and note that there is none. Errors: SP611 no such report, 42501 it is not yours.';

-- ---- text of a result -------------------------------------------------------------------

-- columns a terminal or a mail in a fixed font gives a text: what is wide counts twice
CREATE OR REPLACE FUNCTION pulse_internal.display_width(given text) RETURNS int
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN char_length(given) + char_length(regexp_replace(given, '[\u0001-\u10ff]', '', 'g'));
REVOKE ALL ON FUNCTION pulse_internal.display_width(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.display_width(text) TO pulse_owner;

-- rows (JSON objects with the same columns) as an aligned table with a head
CREATE OR REPLACE FUNCTION pulse_internal.rows_as_table(rows text[], language text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	WITH cell AS MATERIALIZED (
		SELECT r.n, e.place, e.name, pulse_internal.one_line(coalesce(e.value, '')) AS value,
			   coalesce(e.value, '') ~ '^-?[0-9][0-9.,]*$' AS number
		FROM unnest(rows) WITH ORDINALITY AS r(line, n),
			 LATERAL json_each_text(r.line::json) WITH ORDINALITY AS e(name, value, place)
	), head AS MATERIALIZED (
		SELECT c.place, pulse_internal.word('column', '', c.name, rows_as_table.language) AS value,
			   max(pulse_internal.display_width(c.value)) AS width, bool_and(c.number OR c.value = '') AS number
		FROM cell AS c GROUP BY c.place, c.name
	), placed AS (
		SELECT 0::bigint AS n, h.place, h.value, false AS number FROM head AS h
		UNION ALL
		SELECT c.n, c.place, c.value, h.number FROM cell AS c JOIN head AS h ON h.place = c.place
	), padded AS (
		SELECT p.n, p.place,
			   CASE WHEN p.number THEN repeat(' ', g.blanks) || p.value ELSE p.value || repeat(' ', g.blanks) END AS value
		FROM placed AS p JOIN head AS h ON h.place = p.place,
			 LATERAL (SELECT greatest(h.width, pulse_internal.display_width(h.value)) - pulse_internal.display_width(p.value)) AS g(blanks)
	), lines AS (
		SELECT p.n, rtrim(string_agg(p.value, '  ' ORDER BY p.place)) AS line FROM padded AS p GROUP BY p.n
	)
	SELECT string_agg(l.line, E'\n' ORDER BY l.n) FROM lines AS l;
END;
REVOKE ALL ON FUNCTION pulse_internal.rows_as_table(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rows_as_table(text[], text) TO pulse_owner;

-- the same as CSV; a cell that a spreadsheet would take for a formula is made text
CREATE OR REPLACE FUNCTION pulse_internal.rows_as_csv(rows text[]) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	WITH cell AS (
		SELECT r.n, e.place, e.name, coalesce(e.value, '') AS value
		FROM unnest(rows) WITH ORDINALITY AS r(line, n),
			 LATERAL json_each_text(r.line::json) WITH ORDINALITY AS e(name, value, place)
	), placed AS (
		SELECT DISTINCT 0::bigint AS n, c.place, c.name AS value FROM cell AS c
		UNION ALL SELECT c.n, c.place, c.value FROM cell AS c
	), quoted AS (
		SELECT p.n, p.place,
			   CASE WHEN g.value ~ '[",\r\n]' THEN '"' || replace(g.value, '"', '""') || '"' ELSE g.value END AS value
		FROM placed AS p,
			 LATERAL (SELECT CASE WHEN p.value ~ '^[=+@\t\r]' OR p.value ~ '^-[^0-9.]' THEN '''' || p.value ELSE p.value END) AS g(value)
	), lines AS (
		SELECT q.n, string_agg(q.value, ',' ORDER BY q.place) AS line FROM quoted AS q GROUP BY q.n
	)
	SELECT string_agg(l.line, E'\r\n' ORDER BY l.n) FROM lines AS l;
END;
REVOKE ALL ON FUNCTION pulse_internal.rows_as_csv(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rows_as_csv(text[]) TO pulse_owner;
