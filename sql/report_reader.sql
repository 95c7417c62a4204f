-- a page shows who asks for it no row that the policies of a table hide from him; sent, it shows its scope
SELECT pulse.set_setting('timezone', 'Asia/Shanghai'), pulse.set_setting('currency', 'CNY');
SELECT pulse.set_clock('2026-03-05 07:00+08');
\set SHOW_CONTEXT never
CREATE ROLE regress_reader_owner IN ROLE pulse_author, pulse_analyst;
CREATE ROLE regress_reader_author IN ROLE pulse_author;
CREATE ROLE regress_reader_other IN ROLE pulse_author;
CREATE ROLE regress_reader_north IN ROLE pulse_analyst;
CREATE ROLE regress_reader_south IN ROLE pulse_analyst;
CREATE ROLE regress_reader_nobody IN ROLE pulse_analyst;
CREATE SCHEMA report_reader AUTHORIZATION regress_reader_owner;
SET ROLE regress_reader_owner;
GRANT USAGE ON SCHEMA report_reader TO regress_reader_author, regress_reader_north, regress_reader_south, regress_reader_nobody;
CREATE TABLE report_reader.manager (login name, region text);
INSERT INTO report_reader.manager VALUES ('regress_reader_north', 'north'), ('regress_reader_south', 'south');
CREATE TABLE report_reader.sale (day date, store text, region text, total numeric);
INSERT INTO report_reader.sale
SELECT d, format('%s %s', r.region, s), r.region, 100 * s + r.extra + (d - date '2026-01-01') % 7
FROM (VALUES ('north', 7), ('south', 3000)) AS r(region, extra), generate_series(1, 8) AS s, generate_series(date '2026-02-01', date '2026-03-04', '1 day') AS x, LATERAL (SELECT x::date) AS day(d);
ALTER TABLE report_reader.sale ENABLE ROW LEVEL SECURITY;
CREATE POLICY whole ON report_reader.sale FOR SELECT TO regress_reader_author USING (true);
CREATE POLICY region ON report_reader.sale FOR SELECT TO regress_reader_north, regress_reader_south
	USING (region IN (SELECT m.region FROM report_reader.manager AS m WHERE m.login = current_user));
CREATE VIEW report_reader.seen WITH (security_invoker = true) AS SELECT * FROM report_reader.sale;
GRANT SELECT ON report_reader.sale, report_reader.seen, report_reader.manager TO regress_reader_author, regress_reader_north, regress_reader_south;
CREATE FUNCTION report_reader.total_as_owner(region text) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN (SELECT sum(s.total) FROM report_reader.sale AS s WHERE s.region = total_as_owner.region);
RESET ROLE;
CREATE TABLE report_reader.person (id text, name text, email text, region text);
INSERT INTO report_reader.person VALUES ('n', 'North', 'n@example.com', 'north'), ('s', 'South', 's@example.com', 'south');
GRANT SELECT ON report_reader.person TO regress_reader_author;
SELECT pulse.map_staff('report_reader.person', id => 'id', name => 'name', email => 'email', org_path => 'region');

SET ROLE regress_reader_author;
SELECT pulse.create_morning_board('report_reader', 'report_reader.sale', day => 'day', member => 'store', value => 'total', scope => 'region', tasks => false,
	recipients => 'SELECT p.region, p.id FROM report_reader.person AS p');
SELECT pulse.create_morning_board('report_reader_view', 'report_reader.seen', day => 'day', member => 'store', value => 'total', scope => 'region', tasks => false);
RESET ROLE;

-- what is on a page: yesterday's sum, the regions of its stores, whose rows it says it shows
CREATE FUNCTION report_reader.board(name text, scope text, OUT yesterday text, OUT regions text, OUT shows text) LANGUAGE sql
	RETURN (SELECT ROW((regexp_match(h.html, 'data-value="([0-9.]+)"'))[1],
					   (SELECT string_agg(DISTINCT r.r[1], ',' ORDER BY r.r[1]) FROM regexp_matches(h.html, '>(north|south) \d<', 'g') AS r(r)),
					   (regexp_match(h.html, 'Shows what <b>(.*?)</b>'))[1])
			FROM pulse.report_html(name, scope, lang => 'en') AS h(html));
GRANT EXECUTE ON FUNCTION report_reader.board(text, text) TO PUBLIC;
SELECT region, sum(total) FROM report_reader.sale WHERE day = '2026-03-04' GROUP BY GROUPING SETS ((region), ()) ORDER BY region;
SET ROLE regress_reader_author;
SELECT b.* FROM report_reader.board('report_reader', NULL) AS b;
SET ROLE regress_reader_north;
SELECT p.name, s.scope, b.* FROM (VALUES ('report_reader'), ('report_reader_view')) AS p(name), (VALUES (NULL), ('north'), ('south')) AS s(scope), LATERAL report_reader.board(p.name, s.scope) AS b;
SELECT right(pulse.report_text('report_reader', lang => 'zh'), 33) AS said, pulse.report_text('report_reader') ~ 'south' AS of_others;
SET ROLE regress_reader_south;
SELECT p.name, b.* FROM (VALUES ('report_reader'), ('report_reader_view')) AS p(name), LATERAL report_reader.board(p.name, NULL) AS b;
-- who may not read the table gets no page
SET ROLE regress_reader_nobody;
SELECT pulse.report_html('report_reader');
\echo :LAST_ERROR_SQLSTATE
SELECT problem FROM pulse.check_page('report_reader');
-- for whom no policy holds: as the author sees it
RESET ROLE;
SELECT b.* FROM report_reader.board('report_reader', NULL) AS b;
-- what is sent is cut by scope, whoever sends it
SELECT pulse.send_page('report_reader');
SELECT staff, (regexp_match(body, 'Yesterday: ¥([0-9,]+)'))[1] AS yesterday,
	   (SELECT string_agg(DISTINCT r.r[1], ',') FROM regexp_matches(body, '(north|south) \d', 'g') AS r(r)) AS regions, body ~ 'may see' AS of_a_reader
FROM pulse.messages WHERE found_by = 'page' ORDER BY staff;

-- code of the author does not run as who asks
GRANT CREATE ON SCHEMA report_reader TO regress_reader_author;
GRANT pulse_admin TO regress_reader_author, regress_reader_north;
SET ROLE regress_reader_author;
CREATE FUNCTION report_reader.shout(n numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE WARNING ''as %'', current_user; RETURN n; END';
SELECT pulse.create_page('reader_code', 'Code', '[{"kind": "figures", "title_en": "T", "query": "SELECT ''T'' AS label, report_reader.shout(sum(s.total)) AS value FROM report_reader.sale AS s"}]');
SELECT pulse.create_page('reader_volatile', 'Volatile', '[{"kind": "figures", "title_en": "T", "query": "SELECT ''T'' AS label, sum(s.total) AS value FROM report_reader.seen AS s WHERE pg_catalog.random() >= 0"}]');
SELECT pulse.create_page('reader_writes', 'Writes', '[{"kind": "text", "title_en": "T", "query": "SELECT (SELECT count(*)::text FROM report_reader.sale), CASE WHEN current_user = ''regress_reader_north'' THEN pulse.set_setting(''currency'', ''USD'')::text END"}]');
CREATE VIEW report_reader.tells AS SELECT pg_catalog.pg_notify('x', 'y') IS NULL AS told;
GRANT SELECT ON report_reader.tells TO regress_reader_north;
SELECT pulse.create_page('reader_tells', 'Tells', '[{"kind": "text", "title_en": "T", "query": "SELECT count(*)::text || (SELECT told FROM report_reader.tells) FROM report_reader.sale"}]');
CREATE FUNCTION report_reader.total() RETURNS numeric LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT sum(s.total) FROM report_reader.sale AS s); END';
SELECT pulse.create_page('reader_hidden', 'Hidden', '[{"kind": "figures", "title_en": "T", "query": "SELECT ''T'' AS label, report_reader.total() AS value"}]');
SELECT pulse.create_page('reader_definer', 'Definer', '[{"kind": "figures", "title_en": "T", "query": "SELECT ''T'' AS label, report_reader.total_as_owner(''north'') AS value"},
	{"kind": "figures", "title_en": "T", "query": "SELECT ''T'' AS label, report_reader.total_as_owner(''north'') / count(*) AS value FROM report_reader.sale"}]');
-- no policy holds for its tables: it is what its author publishes
SELECT pulse.create_page('reader_plain', 'Plain', '[{"kind": "table", "title_en": "T", "query": "SELECT p.name FROM report_reader.person AS p ORDER BY 1"}]');
RESET ROLE;
SET ROLE regress_reader_north;
SELECT pulse.report_html('reader_code');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.report_html('reader_volatile');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.report_html('reader_tells');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.report_html('reader_writes');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.setting('currency');
SELECT pulse.report_html('reader_hidden');
\echo :LAST_ERROR_SQLSTATE
SELECT regexp_matches(pulse.report_html('reader_definer'), 'data-value="([0-9.]+)"', 'g');
SELECT pulse.report_html('reader_plain') ~ 'North' AS published;
SET pulse.asks = 0;
SET ROLE regress_reader_author;
SELECT pulse.report_text('reader_hidden') ~ 'T: ' AS of_his_own;
RESET ROLE;

REVOKE pulse_admin FROM regress_reader_author, regress_reader_north;

-- over a rollup: the policies of the table of stores say whose cells somebody sees
SET ROLE regress_reader_owner;
CREATE TABLE report_reader.store (id text PRIMARY KEY, area text);
INSERT INTO report_reader.store SELECT DISTINCT s.store, s.region FROM report_reader.sale AS s;
ALTER TABLE report_reader.store ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON report_reader.store FOR SELECT USING (area IN (SELECT m.region FROM report_reader.manager AS m WHERE m.login = current_user));
SELECT pulse.create_rollup('report_reader_daily', 'report_reader.sale', 'day', 'day', '{store}', '{sum(total)}', rollup_schema => 'report_reader');
CREATE VIEW report_reader.store_day WITH (security_invoker = true) AS
	SELECT r.period AS day, r.store, s.area, r.sum_total AS total FROM report_reader.report_reader_daily AS r JOIN report_reader.store AS s ON s.id = r.store;
GRANT SELECT ON report_reader.store, report_reader.store_day, report_reader.report_reader_daily TO regress_reader_north, regress_reader_south;
SELECT pulse.create_morning_board('reader_rollup', 'report_reader.store_day', day => 'day', member => 'store', value => 'total', scope => 'area', tasks => false, rollup => 'report_reader_daily');
SET ROLE regress_reader_north;
SELECT b.* FROM report_reader.board('reader_rollup', NULL) AS b;
SET ROLE regress_reader_south;
SELECT b.* FROM report_reader.board('reader_rollup', NULL) AS b;
RESET ROLE;

-- of firings an author sees those of his rules, on a page, too
SELECT pulse.create_rule_page('reader_rules');
SET ROLE regress_reader_north;
SELECT pulse.report_html('reader_rules') ~ 'Shows what <b>regress_reader_north</b> may see' AS made;
SET ROLE regress_reader_other;
SELECT pulse.report_html('reader_rules', lang => 'zh') ~ '仅显示 <b>regress_reader_other</b> 可见的行' AS made;
RESET ROLE;

-- a KPI is published, also to a page that shows it
SET ROLE regress_reader_owner;
CREATE FUNCTION report_reader.sales(period pulse.period, scope text) RETURNS numeric LANGUAGE sql STABLE
	RETURN (SELECT sum(s.total) FROM report_reader.sale AS s WHERE s.day <@ pulse.date_range(period) AND (scope IS NULL OR s.region = scope));
SELECT pulse.create_kpi('reader_sales', 'growth', 'CNY', 'up', 'report_reader.sales');
SELECT pulse.create_page('reader_kpi', 'KPI', '[{"kind": "figures", "title_en": "T", "query": "SELECT ''T'' AS label, pulse.kpi_value(''reader_sales'', ''2026-02'', $1) AS value"}]');
SET ROLE regress_reader_north;
SELECT (regexp_match(pulse.report_html('reader_kpi'), 'data-value="([0-9.]+)"'))[1]::numeric = pulse.kpi_value('reader_sales', '2026-02') AS published;
RESET ROLE;

SELECT pulse.drop_page(name) FROM pulse.pages ORDER BY name;
SELECT pulse.drop_kpi('reader_sales');
DROP VIEW report_reader.store_day;
SELECT pulse.drop_rollup('report_reader_daily');
\set VERBOSITY terse
SET client_min_messages = warning;
WITH gone AS (DELETE FROM pulse_internal.message WHERE found_by = 'page' RETURNING message_id)
DELETE FROM pulse_internal.queue AS q USING gone AS g WHERE q.message_id = g.message_id;
DELETE FROM pulse_internal.mapping WHERE kind = 'staff';
DROP VIEW IF EXISTS pulse_event.staff_directory;
DROP SCHEMA report_reader CASCADE;
DROP OWNED BY regress_reader_owner, regress_reader_author, regress_reader_other, regress_reader_north, regress_reader_south, regress_reader_nobody;
DROP ROLE regress_reader_owner, regress_reader_author, regress_reader_other, regress_reader_north, regress_reader_south, regress_reader_nobody;
SELECT pulse.set_clock(NULL);
DELETE FROM pulse_internal.setting;
