-- ---- report: the KPI catalogue, to look at ------------------------------------------

GRANT SELECT ON pulse_internal.kpi_version, pulse_internal.kpi_value TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.kpi TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.kpi', 'reason', '{pulse_author,pg_monitor}');

CREATE OR REPLACE VIEW pulse.kpi_versions WITH (security_invoker = true) AS
	SELECT k.name, v.version, v.version = k.version AS in_force, v.family, v.unit, v.direction, v.function_name, v.digits,
		   v.relative_digits, v.grain, v.keep, v.scopes, v.title_en, v.title_zh, v.author, v.created_at
	FROM pulse_internal.kpi AS k JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id;
COMMENT ON VIEW pulse.kpi_versions IS
'Every version of every KPI: what it was, who made it and when. pulse.kpi_value(name, period, scope, version) computes by an older one.';

CREATE OR REPLACE VIEW pulse.kpis WITH (security_invoker = true) AS
	SELECT k.name, k.version, v.family, v.unit, v.direction, v.function_name, v.digits, v.relative_digits, v.grain, v.keep,
		   v.scopes, v.title_en, v.title_zh, v.author, v.created_at, k.state,
		   CASE WHEN k.state <> 'ok' THEN pulse_internal.shown_reason('kpi', k.kpi_id::text) END AS reason, k.refreshed_at
	FROM pulse_internal.kpi AS k
	JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id AND v.version = k.version;
COMMENT ON VIEW pulse.kpis IS
'The catalogue of KPIs: family, unit, direction (up: more is better), the function that computes it and its author, how it is written, what is kept for dashboards, and its state: ok, or broken at the last refresh, see reason.';

CREATE OR REPLACE VIEW pulse.kpi_values WITH (security_invoker = true) AS
	SELECT k.name AS kpi, coalesce(v.title_en, k.name) AS title_en, coalesce(v.title_zh, v.title_en, k.name) AS title_zh,
		   v.family, v.unit, v.direction, nullif(f.scope, '') AS scope, pulse.grain(f.period) AS grain, f.period::text AS period,
		   pulse.first_day(f.period) AS first_day, pulse.last_day(f.period) AS last_day, f.value, f.version, f.computed_at
	FROM pulse_internal.kpi AS k
	JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id AND v.version = k.version
	JOIN pulse_internal.kpi_value AS f ON f.kpi_id = k.kpi_id;
COMMENT ON VIEW pulse.kpi_values IS
'All stored figures in one long table of built-in types, for dashboards: kpi, titles, family, unit, direction, scope (NULL: the whole), period with its grain and days, value, version of the definition, computed_at. refresh_kpis() fills it, the tick daily.';
GRANT SELECT ON pulse.kpis, pulse.kpi_versions, pulse.kpi_values TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.explain_kpi(name text, OUT item text, OUT value text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT x.item, x.value
	FROM pulse.kpis AS k,
		LATERAL (VALUES (1, 'name', k.name), (2, 'title', coalesce(k.title_en, k.name)), (3, 'family', k.family), (4, 'unit', k.unit),
				 (5, 'better when', CASE k.direction WHEN 'up' THEN 'more' WHEN 'down' THEN 'less' ELSE 'neither' END),
				 (6, 'version', format('%s, of %s by %s', k.version, to_char(k.created_at AT TIME ZONE pulse.setting('timezone'), 'YYYY-MM-DD'), k.author)),
				 (7, 'function', k.function_name || '(pulse.period, text)'),
				 (8, 'definition', (SELECT pg_get_functiondef(p.oid) FROM pg_proc AS p
									WHERE p.oid = to_regprocedure(k.function_name || '(pulse.period, text)'))),
				 (9, 'state', concat_ws(': ', k.state, k.reason))) AS x(n, item, value)
	WHERE k.name = explain_kpi.name
	ORDER BY x.n;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP751', MESSAGE = format('unknown KPI "%s"', explain_kpi.name),
			DETAIL = 'It is not in the catalogue.', HINT = 'Look at SELECT name FROM pulse.kpis.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.explain_kpi(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_kpi(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.explain_kpi(text) IS
'What a KPI is, as rows: title, family, unit, when it is better, its version, its function with the definition it has now, its state. Error SP751: unknown KPI.';

CREATE OR REPLACE FUNCTION pulse.compare(kpis text[], before pulse.period, after pulse.period, scope text DEFAULT NULL, lang text DEFAULT NULL)
	RETURNS TABLE (kpi text, title text, family text, unit text, before_value numeric, after_value numeric, change numeric, relative numeric,
				   verdict text, before_text text, after_text text, change_text text, relative_text text)
	LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT k.name, CASE l.lang WHEN 'zh' THEN coalesce(k.title_zh, k.title_en, k.name) ELSE coalesce(k.title_en, k.name) END,
		   k.family, k.unit, f.before_value, f.after_value, d.change, d.relative,
		   CASE WHEN d.change = 0 THEN 'same' WHEN k.direction = 'none' THEN NULL
				WHEN (d.change > 0) = (k.direction = 'up') THEN 'better' WHEN d.change IS NOT NULL THEN 'worse' END,
		   pulse.format_figure(f.before_value, k.unit, k.digits, l.lang), pulse.format_figure(f.after_value, k.unit, k.digits, l.lang),
		   pulse.format_change(d.change, k.unit, k.digits, l.lang), pulse.format_change(d.relative, 'relative', k.relative_digits, l.lang)
	FROM (SELECT coalesce(compare.lang, pulse.setting('language')) AS lang) AS l,
		 LATERAL (SELECT a.name, a.n FROM unnest(compare.kpis) WITH ORDINALITY AS a(name, n)
				  UNION ALL
				  SELECT c.name, row_number() OVER (ORDER BY c.family, c.name) FROM pulse.kpis AS c WHERE compare.kpis IS NULL) AS asked,
		 LATERAL (SELECT pulse.kpi_value(asked.name, compare.before, compare.scope) AS before_value,
						 pulse.kpi_value(asked.name, compare.after, compare.scope) AS after_value OFFSET 0) AS f,
		 LATERAL (SELECT c.* FROM pulse.kpis AS c WHERE c.name = asked.name) AS k,
		 LATERAL (SELECT f.after_value - f.before_value AS change,
						 (f.after_value - f.before_value) * 100 / nullif(abs(f.before_value), 0) AS relative OFFSET 0) AS d
	ORDER BY asked.n;
END;
REVOKE ALL ON FUNCTION pulse.compare(text[], pulse.period, pulse.period, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.compare(text[], pulse.period, pulse.period, text, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.compare(text[], pulse.period, pulse.period, text, text) IS
'KPIs before and after, one row each in the order given (NULL: all): both values, their difference, the relative change in percent of the value before (NULL when that is 0), verdict (better, worse, same by the KPI''s direction), and all of it as people read it: −¥54,600 and −38.2 %, shares in percentage points (+27.4pp). Each KPI says by digits and relative_digits how it is rounded. Errors: as kpi_value().';
