-- ---- report: as of when figures are, and what of them is missing ----------------------------

-- What people call a table, view or rollup: its label, or its name as words.
CREATE OR REPLACE FUNCTION pulse_internal.relation_title(relation regclass, lang text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce((SELECT CASE relation_title.lang WHEN 'zh' THEN coalesce(l.zh, l.en) ELSE coalesce(l.en, l.zh) END
					 FROM pulse.labels AS l WHERE l.class = 'relation' AND l.name = format('%I.%I', n.nspname, c.relname) LIMIT 1),
					upper(left(c.relname, 1)) || replace(substr(c.relname, 2), '_', ' '))
	FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation_title.relation;
END;
REVOKE ALL ON FUNCTION pulse_internal.relation_title(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.relation_title(regclass, text) TO pulse_admin, pulse_author, pulse_analyst;

-- A day as a watermark: everything until its end is in, on the wall of the zone that is named.
CREATE OR REPLACE FUNCTION pulse_internal.watermark_text(day date, lang text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT format(CASE watermark_text.lang WHEN 'zh' THEN '%s 日终（%s）' ELSE 'the end of %s (%s)' END,
				  to_char(watermark_text.day, 'YYYY-MM-DD'), pulse.setting('timezone'));
END;
REVOKE ALL ON FUNCTION pulse_internal.watermark_text(date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.watermark_text(date, text) TO pulse_admin, pulse_author, pulse_analyst;

-- Whose rows of a day a rollup still waits for; expects: whether it was said whom it waits for.
CREATE OR REPLACE FUNCTION pulse_internal.rollup_lateness(rollup text, day date, lang text, OUT expects boolean, OUT missing text[], OUT problem text)
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	state text;
	reason text;
BEGIN
	SELECT r.state, r.reason, r.grain = 'day' AND EXISTS (SELECT FROM pulse_internal.rollup_member AS m JOIN pulse_internal.rollup AS i ON i.rollup_id = m.rollup_id
														  WHERE i.name = r.name)
	INTO state, reason, expects
	FROM pulse.rollups AS r WHERE r.name = rollup_lateness.rollup;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP701', MESSAGE = format('unknown rollup "%s"', rollup_lateness.rollup),
			DETAIL = 'There is no rollup of that name.', HINT = 'Look at SELECT name FROM pulse.rollups.';
	END IF;
	IF state <> 'ok' THEN
		problem := format(CASE lang WHEN 'zh' THEN '汇总待重建（%s）' ELSE 'figures until the rollup is rebuilt (%s)' END, reason);
	END IF;
	IF expects THEN
		missing := (SELECT s.missing FROM pulse.report_status(rollup_lateness.rollup, rollup_lateness.day, rollup_lateness.day + 1) AS s);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.rollup_lateness(text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rollup_lateness(text, date, text) TO pulse_admin, pulse_author, pulse_analyst;

-- names in a line; of many the first eight
CREATE OR REPLACE FUNCTION pulse_internal.name_list(names text[]) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT string_agg(n.name, ', ' ORDER BY n.name) FILTER (WHERE n.n <= 8) || CASE WHEN count(*) > 8 THEN ' … (' || count(*) || ')' ELSE '' END
	FROM (SELECT u.name, row_number() OVER (ORDER BY u.name) AS n FROM unnest(name_list.names) AS u(name)) AS n;
END;
REVOKE ALL ON FUNCTION pulse_internal.name_list(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.name_list(text[]) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.rollup_freshness(name text, day date DEFAULT NULL, lang text DEFAULT NULL,
		OUT source text, OUT watermark text, OUT missing text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	asked date := coalesce(day, pulse.day_of(pulse.clock()) - 1);
	language text := coalesce(lang, pulse.setting('language'));
	late record;
BEGIN
	IF name IS NULL OR language NOT IN ('en', 'zh') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'rollup_freshness needs the name of a rollup, and a language of a page',
			DETAIL = CASE WHEN name IS NULL THEN 'The name is null.' ELSE format('"%s" is neither en nor zh.', language) END,
			HINT = 'Type pulse.rollup_freshness(''daily_sales'', $2 - 1, $3).';
	END IF;
	late := pulse_internal.rollup_lateness(name, asked, language);
	RETURN QUERY
	SELECT pulse_internal.relation_title(r.view_name, language), pulse_internal.watermark_text(asked, language),
		   nullif(concat_ws('; ', pulse_internal.name_list(late.missing), late.problem), '')
	FROM pulse.rollups AS r WHERE r.name = rollup_freshness.name;
END
$$;
REVOKE ALL ON FUNCTION pulse.rollup_freshness(text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rollup_freshness(text, date, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.rollup_freshness(text, date, text) IS
'The line that says of a rollup as of when its figures are: source (its label, pulse.label(''relation'', ...), or its name as words), watermark (the end of day, by default yesterday, with the business time zone), and who is missing of those it waits for on that day (expect_members(); NULL: nobody), or that it has to be rebuilt. Made for the freshness of a page: create_page(..., freshness => ''SELECT * FROM pulse.rollup_freshness(''''daily_sales'''', $2 - 1, $3)''). Needs SELECT on the view of the rollup. Errors: SP701 unknown rollup, 22023 no name or another language, 42501.';

-- "late AS (...)": who of what is visible is missing on the day before, as a common table
-- expression of a board's queries. As the rollup says where it knows whom it waits for; else of
-- those who are listed; else of those heard of in so many days before.
CREATE OR REPLACE FUNCTION pulse_internal.board_late(given_rows text, rollup text, members text, days int) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	visible text := $q$($1 IS NULL OR @scope = $1 OR starts_with(@scope, $1 || '.'))$q$;
	by_rows text := format($q$SELECT s.member FROM (SELECT r.member, max(r.day) AS last_day FROM (%s) AS r WHERE r.day >= $2 - %s AND r.day < $2 AND %s GROUP BY 1) AS s
		WHERE s.last_day < $2 - 1 AND s.member IS NOT NULL$q$, given_rows, days, replace(visible, '@scope', 'r.scope'));
	by_list text := format($q$SELECT l.name AS member FROM listed AS l
		WHERE %s AND NOT EXISTS (SELECT FROM (%s) AS r WHERE r.day = $2 - 1 AND r.member = l.name)$q$, replace(visible, '@scope', 'l.scope'), given_rows);
	by_rollup text := format($q$SELECT coalesce(l.name, m.m) AS member
		FROM lateness AS t CROSS JOIN unnest(t.missing) AS m(m) LEFT JOIN listed AS l ON l.reporter = m.m
		LEFT JOIN LATERAL (SELECT r.scope FROM (%s) AS r WHERE l.reporter IS NULL AND r.member = m.m AND r.day >= $2 - 28 AND r.day < $2 ORDER BY r.day DESC LIMIT 1) AS s ON true
		WHERE %s$q$, given_rows, replace(visible, '@scope', 'coalesce(l.scope, s.scope)'));
BEGIN
	RETURN format($q$listed AS MATERIALIZED (SELECT x.reporter::text, x.scope::text, x.name::text FROM (%s) AS x(reporter, scope, name)),
		lateness AS MATERIALIZED (%s),
		late AS MATERIALIZED (%s)$q$,
		coalesce(members, 'SELECT NULL::text, NULL::text, NULL::text WHERE false'),
		CASE WHEN rollup IS NULL THEN 'SELECT false AS expects, NULL::text[] AS missing, NULL::text AS problem'
			 ELSE format('SELECT * FROM pulse_internal.rollup_lateness(%L, $2 - 1, $3)', rollup) END,
		CASE WHEN rollup IS NOT NULL THEN by_rollup || ' UNION ALL ' ELSE '' END
		|| format('SELECT o.member FROM lateness AS t CROSS JOIN LATERAL (%s) AS o WHERE NOT t.expects', CASE WHEN members IS NOT NULL THEN by_list ELSE by_rows END));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.board_late(text, text, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_late(text, text, text, int) TO pulse_admin, pulse_author;

-- the freshness of a board: as of which day, and who is missing
CREATE OR REPLACE FUNCTION pulse_internal.board_freshness(relation regclass, given_rows text, late text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN format($q$
		WITH %1$s, found AS (
			SELECT max(r.day) AS last_day FROM (%2$s) AS r
			WHERE r.day >= $2 - 28 AND r.day < $2 AND ($1 IS NULL OR r.scope = $1 OR starts_with(r.scope, $1 || '.'))
		), missing AS (
			SELECT array_agg(l.member) AS members FROM late AS l
		)
		SELECT pulse_internal.relation_title(%3$s, $3),
			   pulse_internal.watermark_text(CASE WHEN t.expects AND m.members IS NULL THEN $2 - 1 ELSE f.last_day END, $3),
			   nullif(concat_ws('; ', pulse_internal.name_list(m.members), t.problem), '')
		FROM lateness AS t, found AS f, missing AS m $q$, late, given_rows, quote_literal(relation::text) || '::pg_catalog.regclass');
REVOKE ALL ON FUNCTION pulse_internal.board_freshness(regclass, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_freshness(regclass, text, text) TO pulse_admin, pulse_author;
