-- ---- report: the morning board -----------------------------------------------------------

-- Rows of the board: what the caller said of his relation, under names of ours.
-- A scope is a name, or a path whose parts are divided by points: above sees below.
CREATE OR REPLACE FUNCTION pulse_internal.board_rows(relation regclass, day text, member text, value text, scope text, target text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN format($q$SELECT (%s)::date AS day, (%s)::text AS member, (%s)::numeric AS value, (%s)::text AS scope, (%s)::numeric AS target FROM %s$q$,
				  day, member, value, coalesce(scope, 'NULL'), coalesce(target, 'NULL'), relation);
REVOKE ALL ON FUNCTION pulse_internal.board_rows(regclass, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_rows(regclass, text, text, text, text, text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.board_sections(given_rows text, late text, lately text, unit text, digits int, member_en text, member_zh text, target boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- figures of whole days: yesterday is the day before the one the board is read
	visible text := format($q$(SELECT r.* FROM (%s) AS r WHERE ($1 IS NULL OR r.scope = $1 OR starts_with(r.scope, $1 || '.')))$q$, given_rows);
	-- ranked by two days, those who are missing left out; four weeks are read of the few that are shown
	ranked text := format($q$
		WITH %s, board AS (
			SELECT r.member, coalesce(sum(r.value) FILTER (WHERE r.day = $2 - 1), 0) AS yesterday, sum(r.value) FILTER (WHERE r.day = $2 - 8) AS week_before
			FROM %s AS r WHERE r.day IN ($2 - 1, $2 - 8) AND coalesce(r.member <> ALL (ARRAY(SELECT l.member FROM late AS l)), true) GROUP BY 1
		), ranked AS (
			SELECT b.*, row_number() OVER (ORDER BY b.yesterday DESC, b.member) AS top, row_number() OVER (ORDER BY b.yesterday, b.member) AS bottom,
				   count(*) OVER () AS members
			FROM board AS b
		)$q$, lately, visible);
	shown text := format($q$, daily AS MATERIALIZED (
			SELECT r.member, r.day, sum(r.value) AS value FROM %s AS r
			WHERE r.day >= $2 - 28 AND r.day < $2 AND r.member = ANY (ARRAY(SELECT s.member FROM shown AS s)) GROUP BY 1, 2
		)
		SELECT s.member, s.yesterday, s.week_before, round((s.yesterday - s.week_before) * 100 / nullif(abs(s.week_before), 0), 1) AS change,
			   ARRAY(SELECT d.value FROM generate_series(28, 1, -1) AS g(g) LEFT JOIN daily AS d ON d.member = s.member AND d.day = $2 - g.g
					 ORDER BY g.g DESC) AS four_weeks
		FROM shown AS s ORDER BY s.place$q$, visible);
	headings_en jsonb := jsonb_build_array(member_en, 'Yesterday', 'Week before', 'Change', 'Four weeks');
	headings_zh jsonb := jsonb_build_array(member_zh, '昨日', '上周同日', '变化', '近四周');
BEGIN
	RETURN jsonb_build_array(
		jsonb_build_object('kind', 'figures', 'title_en', 'Yesterday', 'title_zh', '昨日', 'unit', unit, 'digits', digits, 'query', format($q$
			WITH %5$s, f AS (
				SELECT sum(r.value) FILTER (WHERE r.day = $2 - 1) AS yesterday,
					   -- compared with those who are in
					   sum(r.value) FILTER (WHERE r.day = $2 - 8 AND coalesce(r.member <> ALL (ARRAY(SELECT l.member FROM late AS l)), true)) AS week_before,
					   sum(r.target) FILTER (WHERE r.day = $2 - 1) AS target, sum(r.value) FILTER (WHERE r.day >= $2 - 7) AS week,
					   sum(r.value) FILTER (WHERE r.day < $2 - 7) AS week_ago,
					   count(DISTINCT r.member) FILTER (WHERE r.day = $2 - 1) AS reporting, (SELECT count(*) FROM late) AS late
				FROM %1$s AS r WHERE r.day >= $2 - 14 AND r.day < $2
			), said AS (
				SELECT f.*, $3 = 'zh' AS zh, (f.yesterday - f.week_before) * 100 / nullif(abs(f.week_before), 0) AS change,
					   (f.week - f.week_ago) * 100 / nullif(abs(f.week_ago), 0) AS week_change FROM f
			)
			SELECT x.label, x.value, x.unit, x.digits, x.note, x.verdict
			FROM said AS s, LATERAL (VALUES
				(1, CASE WHEN s.zh THEN '昨日合计' ELSE 'Yesterday' END, coalesce(s.yesterday, 0), %2$L::text, %3$L::int,
				 CASE WHEN s.zh THEN '较上周同日' || CASE WHEN s.late > 0 THEN '（同口径） ' ELSE ' ' END || pulse.format_change(s.change, 'relative', 1, $3)
					  ELSE pulse.format_change(s.change, 'relative', 1, $3) || ' vs the same weekday' || CASE WHEN s.late > 0 THEN ', of those in' ELSE '' END END,
				 CASE WHEN s.change > 0 THEN 'better' WHEN s.change < 0 THEN 'worse' END),
				(2, CASE WHEN s.zh THEN '目标完成率' ELSE 'Target reached' END, round(s.yesterday * 100 / nullif(s.target, 0), 1), 'percent', 1,
				 CASE WHEN s.zh THEN '目标 ' ELSE 'of ' END || pulse.format_figure(s.target, %2$L, %3$L::int, $3), NULL),
				(3, CASE WHEN s.zh THEN '近七日' ELSE 'Last seven days' END, coalesce(s.week, 0), %2$L, %3$L,
				 CASE WHEN s.zh THEN '较前七日 ' || pulse.format_change(s.week_change, 'relative', 1, $3)
					  ELSE pulse.format_change(s.week_change, 'relative', 1, $3) || ' vs the seven before' END,
				 CASE WHEN s.week_change > 0 THEN 'better' WHEN s.week_change < 0 THEN 'worse' END),
				(4, CASE WHEN s.zh THEN '已报送' ELSE 'Reporting' END, s.reporting, 'count', 0,
				 CASE WHEN s.zh THEN '共 ' || s.reporting + s.late ELSE 'of ' || s.reporting + s.late END, NULL)) AS x(n, label, value, unit, digits, note, verdict)
			WHERE x.n <> 2 OR %4$L::boolean ORDER BY x.n $q$, visible, unit, digits, target, late)),
		jsonb_build_object('kind', 'line', 'title_en', 'Four weeks', 'title_zh', '近四周', 'unit', unit, 'digits', digits,
			'headings_en', jsonb_build_array('', 'This day', 'A week before'), 'headings_zh', jsonb_build_array('', '当日', '上周同日'), 'query', format($q$
			WITH daily AS (SELECT r.day, sum(r.value) AS value FROM %s AS r WHERE r.day >= $2 - 35 AND r.day < $2 GROUP BY 1)
			SELECT to_char(g.day, 'MM-DD') AS day, d.value, b.value AS week_before
			FROM (SELECT $2 - n AS day FROM generate_series(28, 1, -1) AS n) AS g
			LEFT JOIN daily AS d ON d.day = g.day LEFT JOIN daily AS b ON b.day = g.day - 7 ORDER BY g.day $q$, visible)),
		jsonb_build_object('kind', 'table', 'title_en', 'Highest yesterday', 'title_zh', '昨日最高', 'digits', digits,
			'units', jsonb_build_array('', unit, unit, 'relative', 'sparkline'), 'headings_en', headings_en, 'headings_zh', headings_zh,
			'query', ranked || ', shown AS (SELECT r.*, r.top AS place FROM ranked AS r WHERE r.top <= 5)' || shown),
		jsonb_build_object('kind', 'table', 'title_en', 'Lowest yesterday', 'title_zh', '昨日最低', 'digits', digits,
			'units', jsonb_build_array('', unit, unit, 'relative', 'sparkline'), 'headings_en', headings_en, 'headings_zh', headings_zh,
			'query', ranked || ', shown AS (SELECT r.*, r.bottom AS place FROM ranked AS r WHERE r.bottom <= 5 AND r.members > 5)' || shown));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.board_sections(text, text, text, text, int, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_sections(text, text, text, text, int, text, text, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.board_alerts(relation regclass, late text, day text, member text, value text, scope text, unit text, digits int,
		member_en text, member_zh text, tasks boolean) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found jsonb := jsonb_build_array(
		jsonb_build_object('kind', 'table', 'title_en', 'Unusual yesterday', 'title_zh', '昨日异常', 'digits', digits,
			'units', jsonb_build_array('', '', unit, unit, 'relative'),
			'headings_en', jsonb_build_array(member_en, 'Since', 'Actual', 'Expected', 'Change'), 'headings_zh', jsonb_build_array(member_zh, '自', '实际', '预期', '变化'),
			'note_en', 'Against its own weekday, level and region; figures of all days since then.', 'note_zh', '与自身水平、同星期及所在区域比较；为起始日以来合计。',
			'query', format($q$
			WITH %s
			SELECT a.series, to_char(a.started, 'MM-DD') AS since, a.actual, a.expected, round(((a.actual - a.expected) * 100 / nullif(a.expected, 0))::numeric, 1) AS change
			FROM pulse.anomalies(%L::regclass, %L, %L, series_column => %L, group_column => %L,
								 since => ($2 - 1)::timestamp, until => $2::timestamp, condition => format('(%%s)::date >= %%L', %L::text, $2 - 75), lang => $3) AS a
			WHERE ($1 IS NULL OR a.group_name = $1 OR starts_with(a.group_name, $1 || '.')) AND coalesce(a.series <> ALL (ARRAY(SELECT l.member FROM late AS l)), true)
			ORDER BY abs(a.score) DESC, a.series LIMIT 10 $q$,
				late, relation::text, format('(%s)::numeric', value), format('(%s)::date', day), member, scope, day)));
BEGIN
	IF tasks THEN
		found := found || jsonb_build_object('kind', 'table', 'title_en', 'Tasks overdue', 'title_zh', '逾期待办',
			'headings_en', jsonb_build_array('Task', 'About', 'Who', 'Due'), 'headings_zh', jsonb_build_array('待办', '对象', '负责人', '到期'),
			'query', $q$
			SELECT t.title, coalesce(t.key_label, t.key) AS about, coalesce(s.name, t.staff) AS staff, (t.due_at)::date AS due
			FROM pulse.tasks AS t LEFT JOIN pulse.staff AS s ON s.id = t.staff
			WHERE t.state = 'open' AND t.due_at < $2::timestamptz
			  AND ($1 IS NULL OR t.staff = $1 OR s.org_path = $1 OR starts_with(s.org_path, $1 || '.'))
			ORDER BY t.due_at, t.task_id LIMIT 20 $q$);
	END IF;
	RETURN found;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.board_alerts(regclass, text, text, text, text, text, text, int, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.board_alerts(regclass, text, text, text, text, text, text, int, text, text, boolean) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.create_morning_board(name text, relation regclass, day text, member text, value text, scope text DEFAULT NULL,
		target text DEFAULT NULL, unit text DEFAULT NULL, digits int DEFAULT 0, member_en text DEFAULT 'Store', member_zh text DEFAULT '门店',
		tasks boolean DEFAULT true, recipients text DEFAULT NULL, send_at time DEFAULT '07:30',
		title_en text DEFAULT 'Morning board', title_zh text DEFAULT '晨会看板', rollup text DEFAULT NULL, members text DEFAULT NULL,
		sections jsonb DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	given_rows text := pulse_internal.board_rows(relation, day, member, value, scope, target);
	shown text := coalesce(unit, pulse.setting('currency'));
	-- whose completeness counts: that of the rollup the rows are of
	waits text := coalesce(rollup, (SELECT r.name FROM pulse.rollups AS r WHERE r.view_name = relation));
	late text := pulse_internal.board_late(given_rows, waits, members, 28);
	-- for what reads no more than the last days
	lately text := pulse_internal.board_late(given_rows, waits, members, 8);
BEGIN
	IF num_nulls(relation, day, member, value) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a morning board needs a relation, day, member and value',
			DETAIL = 'One of them is null.',
			HINT = 'Type pulse.create_morning_board(''morning'', ''app.daily_sales'', day => ''day'', member => ''store'', value => ''total'', scope => ''region'').';
	END IF;
	IF waits IS NOT NULL THEN
		PERFORM pulse_internal.rollup_lateness(waits, pulse.day_of(pulse.clock()) - 1, 'en');
	END IF;
	PERFORM pulse.create_page(name, title_en,
		pulse_internal.board_sections(given_rows, late, lately, shown, digits, member_en, member_zh, target IS NOT NULL)
		|| pulse_internal.board_alerts(relation, lately, day, member, value, scope, shown, digits, member_en, member_zh, tasks)
		|| coalesce(sections, '[]'),
		title_zh, pulse_internal.board_freshness(relation, given_rows, late), recipients, send_at);
END
$$;
REVOKE ALL ON FUNCTION pulse.create_morning_board(text, regclass, text, text, text, text, text, text, int, text, text, boolean, text, time, text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_morning_board(text, regclass, text, text, text, text, text, text, int, text, text, boolean, text, time, text, text, text, text, jsonb)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.create_morning_board(text, regclass, text, text, text, text, text, text, int, text, text, boolean, text, time, text, text, text, text, jsonb) IS
'Makes a page for the morning over a table, view or rollup with a row (or several) per day and member (such as a store): yesterday against the weekday before and against target, the last week and four, the highest and lowest, what is unusual (pulse.anomalies), tasks overdue; on top as of when the figures are and, when somebody is missing, that they are partial and who it is. Over the view of a rollup that knows whom it waits for (expect_members()) they are those it names; rollup names another one whose completeness counts. Else those who are listed by members, else who was heard of in the four weeks before. Who is missing is not ranked and no anomaly, and the weekday before is that of the others. members: a query of who is to report: as the rollup knows him, his scope, and his name on the board; it also says whose board somebody is missing on of whom nothing was ever heard. The source is called by its label (pulse.label(''relation'', ...)). day, member, value, target and scope are columns or expressions; scope says whose row it is, as a name or a path divided by points: who asks for a path sees what is below it. recipients is a query of scope and staff id: each gets the board of that scope daily at send_at. tasks needs the right to read pulse.tasks and pulse.staff. sections: further ones, as of create_page(), such as open audits. The page can be changed like any (pulse.page_sections). Errors: as create_page(), SP701 unknown rollup.';
