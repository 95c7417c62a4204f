-- the morning board of a rollup that knows whom it waits for; twelve managers, twelve messages
SELECT pulse.set_setting('timezone', 'Asia/Shanghai'), pulse.set_setting('currency', 'CNY');
SELECT pulse.set_clock('2026-03-05 07:00+08');
\set SHOW_CONTEXT never
CREATE SCHEMA report_board;
CREATE TABLE report_board.store (id int PRIMARY KEY, name text, region text, opened date);
INSERT INTO report_board.store SELECT n, format('店 %s', lpad(n::text, 2, '0')), format('east.r%s', lpad((1 + (n - 1) / 5)::text, 2, '0')), '2025-01-01' FROM generate_series(1, 60) AS n;
CREATE TABLE report_board.sale (day date, store int, total numeric);
SELECT pulse.create_rollup('report_board', 'report_board.sale', 'day', 'day', '{store}', '{sum(total)}', rollup_schema => 'report_board');
-- store 5 has no sales on the 4th, and says so; of 31 nothing is there yet; of 61, in the last region, nothing ever was
INSERT INTO report_board.sale
SELECT d, s, 1000 + 37 * s + (d - date '2026-01-01') % 7 * 50 FROM generate_series(1, 60) AS s, generate_series(0, 62) AS n, LATERAL (SELECT date '2026-01-01' + n) AS day(d)
WHERE NOT (d = '2026-03-04' AND s IN (5, 31));
INSERT INTO report_board.store VALUES (61, '新店', 'east.r12', '2026-03-01');
SELECT pulse_internal.fold_rollups() > 0 AS folded;
SELECT pulse.expect_members('report_board', 'store', 'report_board.store', 'id', 'opened');
SELECT pulse.mark_reported('report_board', '5', until => '2026-03-05');
CREATE VIEW report_board.store_day AS
SELECT v.period AS day, s.name AS store, s.region, v.sum_total AS total FROM report_board.report_board AS v JOIN report_board.store AS s ON s.id = v.store;
-- lists that the company has
CREATE TABLE report_board.audit AS SELECT s.name AS store, s.region, format('finding %s', s.id) AS finding, date '2026-03-01' AS opened, date '2026-03-05' + s.id % 9 AS due,
	CASE WHEN s.id % 4 = 0 THEN date '2026-03-03' END AS closed FROM report_board.store AS s WHERE s.id % 2 = 0;
CREATE TABLE report_board.stock AS SELECT s.name AS store, s.region, format('item %s', i) AS item, s.id % 5 AS on_hand, (s.id + i) % 11 AS days FROM report_board.store AS s, generate_series(1, 4) AS i;
CREATE TABLE report_board.person (id text, name text, email text, region text, lang text);
INSERT INTO report_board.person SELECT 'b' || n, 'Manager ' || n, 'b' || n || '@example.com', 'east.r' || lpad(n::text, 2, '0'), CASE WHEN n > 6 THEN 'zh' ELSE 'en' END FROM generate_series(1, 12) AS n;
SELECT pulse.map_staff('report_board.person', id => 'id', name => 'name', email => 'email', org_path => 'region', language => 'lang');
SELECT pulse.label('relation', 'report_board.store_day', en => 'Sales of stores', zh => '门店日销售');
SELECT pulse.label('value', 'east.r07', en => 'Wenzhou', zh => '温州', scope => 'region');
SELECT pulse.create_morning_board('report_board', 'report_board.store_day', day => 'day', member => 'store', value => 'total', scope => 'region', tasks => false,
	recipients => 'SELECT p.region, p.id FROM report_board.person AS p', rollup => 'report_board', members => 'SELECT s.id, s.region, s.name FROM report_board.store AS s',
	sections => $$[
	{"kind": "table", "title_en": "Open audits", "title_zh": "未结巡检", "headings_en": ["Store", "Found", "Due"], "headings_zh": ["门店", "问题", "期限"],
	 "query": "SELECT a.store, a.finding, a.due FROM report_board.audit AS a WHERE a.closed IS NULL AND a.opened < $2 AND ($1 IS NULL OR a.region = $1 OR starts_with(a.region, $1 || '.')) ORDER BY a.due, a.store"},
	{"kind": "table", "title_en": "Stock warnings", "title_zh": "库存预警", "units": ["", "", "count", "days"], "digits": 1, "headings_en": ["Store", "Item", "On hand", "Lasts"], "headings_zh": ["门店", "商品", "在手", "可用"],
	 "query": "SELECT w.store, w.item, w.on_hand, w.days FROM report_board.stock AS w WHERE w.days < 3 AND ($1 IS NULL OR w.region = $1 OR starts_with(w.region, $1 || '.')) ORDER BY w.days, w.store"}]$$);

-- whom the rollup misses, on the board whose he is: by his last rows, or by the list
CREATE FUNCTION report_board.fresh(scope text, lang text) RETURNS text LANGUAGE sql
	RETURN (regexp_match(pulse.report_html('report_board', scope, lang => lang), 'data-partial="(\w+).*?<li>(.*?)</li>'))[1:2]::text;
SELECT r.scope, report_board.fresh(r.scope, 'en') FROM (VALUES (NULL), ('east.r01'), ('east.r07'), ('east.r12')) AS r(scope);
SELECT report_board.fresh('east.r07', 'zh');
SELECT (regexp_match(h.html, '<h1>.*?</p>'))[1] AS head, (regexp_match(h.html, '<footer>.*?</footer>'))[1] AS foot FROM pulse.report_html('report_board', 'east.r07', lang => 'zh') AS h(html);

-- one message each, whose content is his board: together they are the company, no store is in two
SELECT pulse.send_page('report_board');
CREATE VIEW report_board.message AS
SELECT p.region, m.subject, m.body, m.language, replace((regexp_match(m.body, '(?:Yesterday: |昨日合计：)¥([0-9,]+)'))[1], ',', '')::numeric AS yesterday,
	   (SELECT array_agg(DISTINCT t.t[1]) FROM regexp_matches(m.body, '(店 [0-9]{2}|新店)', 'g') AS t(t)) AS stores
FROM pulse.messages AS m JOIN report_board.person AS p ON p.id = m.staff WHERE m.found_by = 'page';
SELECT count(*) AS messages, count(DISTINCT region) AS managers, bool_and(language = CASE WHEN region > 'east.r06' THEN 'zh' ELSE 'en' END) AS in_his_language,
	   sum(yesterday) = (SELECT sum(s.total) FROM report_board.sale AS s WHERE s.day = '2026-03-04') AS together_the_company FROM report_board.message;
SELECT count(*) AS wrong FROM report_board.message AS m
WHERE m.yesterday IS DISTINCT FROM (SELECT sum(s.total) FROM report_board.sale AS s JOIN report_board.store AS t ON t.id = s.store WHERE s.day = '2026-03-04' AND t.region = m.region);
SELECT count(*) AS named, count(DISTINCT u.name) AS different, count(*) FILTER (WHERE t.region IS DISTINCT FROM m.region) AS of_others
FROM report_board.message AS m, unnest(m.stores) AS u(name) LEFT JOIN report_board.store AS t ON t.name = u.name;
SELECT region, subject FROM report_board.message WHERE subject ~ 'partial|不完整' OR body ~ 'PARTIAL|不完整' ORDER BY 1;
SELECT region, split_part(body, E'\n', 3) AS freshness FROM report_board.message WHERE region IN ('east.r01', 'east.r07', 'east.r12') ORDER BY 1;
-- as a rule would send it, and to people of pages: the tick sends no second one
SELECT pulse.set_clock('2026-03-05 07:31+08'), pulse_internal.send_pages();
SELECT count(*) FROM report_board.message;
-- the company's lists, cut by scope like the rest: on twelve boards each open audit and each warning is on one
CREATE FUNCTION report_board.listed(title text, scope text) RETURNS SETOF text LANGUAGE sql
	BEGIN ATOMIC SELECT r.r[1] || ' ' || r.r[2] FROM pulse.report_html('report_board', scope, lang => 'en') AS h(html),
			regexp_matches(substring(h.html FROM '>' || title || '</h2>(.*?)</section>'), '<tr><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>', 'g') AS r(r); END;
SELECT t.title, count(*) AS boards_of_all, count(DISTINCT l.l) AS different, (SELECT count(*) FROM report_board.listed(t.title, NULL)) AS of_the_company
FROM (VALUES ('Open audits'), ('Stock warnings')) AS t(title), report_board.person AS p, LATERAL report_board.listed(t.title, p.region) AS l(l) GROUP BY 1 ORDER BY 1;
SELECT (SELECT count(*) FROM report_board.audit WHERE closed IS NULL) AS audits, (SELECT count(*) FROM report_board.stock WHERE days < 3) AS warnings;
SELECT count(*) FILTER (WHERE body ~ 'Open audits|未结巡检') AS with_audits, count(*) FILTER (WHERE body ~ 'Stock warnings|库存预警') AS with_warnings FROM report_board.message;
-- a count has no digits that it was not given
SELECT array_agg(DISTINCT r.r[1] ORDER BY r.r[1]) AS on_hand, array_agg(DISTINCT r.r[2] ORDER BY r.r[2]) AS lasts
FROM pulse.report_html('report_board', 'east.r02', lang => 'en') AS h(html), regexp_matches(substring(h.html FROM '>Stock warnings</h2>(.*?)</section>'), '<td class="n"[^>]*>([^<]*)</td><td class="n"[^>]*>([^<]*)</td>', 'g') AS r(r);
-- who is missing is not the lowest, and the weekday before is that of the others
SELECT (SELECT array_agg(l.l[1]) FROM regexp_matches(substring(h.html FROM 'Lowest yesterday.*?</table>'), '<tr><td class="w">(.*?)</td>', 'g') AS l(l)) AS lowest, h.html LIKE '%of those in%' AS said,
	   (regexp_match(h.html, 'vs the same weekday[^<]*'))[1] AS compared
FROM pulse.report_html('report_board', lang => 'en') AS h(html);
-- it comes in: complete
INSERT INTO report_board.sale VALUES ('2026-03-04', 31, 1);
SELECT report_board.fresh('east.r07', 'en');
SELECT pulse.mark_reported('report_board', '61', until => '2026-03-05');
SELECT report_board.fresh(NULL, 'en');

-- the same line for pages of one's own
SELECT * FROM pulse.rollup_freshness('report_board', '2026-03-04', 'en');
SELECT * FROM pulse.rollup_freshness('report_board', '2026-03-06', 'zh');
SELECT source, watermark FROM pulse.rollup_freshness('report_board');
SELECT pulse.rollup_freshness('nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.rollup_freshness('report_board', lang => 'fr');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.rollup_freshness(NULL);
-- a rollup that has to be rebuilt is not complete, either
BEGIN;
TRUNCATE report_board.sale;
SELECT report_board.fresh(NULL, 'en');
SELECT missing FROM pulse.rollup_freshness('report_board', '2026-03-04', 'zh');
ROLLBACK;
SELECT report_board.fresh(NULL, 'en') LIKE '{false,%' AS complete_again;

-- without a rollup: who is listed
SELECT pulse.create_morning_board('report_board_list', 'report_board.sale', day => 'day', member => 'store', value => 'total', tasks => false,
	members => 'SELECT s.id, s.region, s.id FROM report_board.store AS s WHERE s.opened < $2');
SELECT (regexp_match(pulse.report_html('report_board_list', lang => 'en'), '<li>(.*?)</li>'))[1] AS freshness;
SELECT (regexp_match(pulse.report_html('report_board_list', as_of => '2026-03-01', lang => 'en'), '<li>(.*?)</li>'))[1] AS freshness;

-- what is refused
SELECT pulse.create_morning_board('bad', 'report_board.sale', day => 'day', member => 'store', value => 'total', rollup => 'nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_morning_board('bad', 'report_board.sale', day => 'day', member => 'store', value => 'total', members => 'SELECT 1');
\echo :LAST_ERROR_SQLSTATE
CREATE ROLE regress_board_author IN ROLE pulse_author;
GRANT USAGE ON SCHEMA report_board TO regress_board_author;
GRANT SELECT ON report_board.sale TO regress_board_author;
SET ROLE regress_board_author;
SELECT pulse.rollup_freshness('report_board', '2026-03-04', 'en');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_morning_board('bad', 'report_board.sale', day => 'day', member => 'store', value => 'total', rollup => 'report_board');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT count(*) FROM pulse.pages WHERE name = 'bad';

SELECT pulse.drop_page(name) FROM pulse.pages ORDER BY name;
DROP VIEW report_board.message, report_board.store_day;
SELECT pulse.drop_rollup('report_board');
\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA report_board CASCADE;
WITH gone AS (DELETE FROM pulse_internal.message WHERE found_by = 'page' RETURNING message_id)
DELETE FROM pulse_internal.queue AS q USING gone AS g WHERE q.message_id = g.message_id;
DELETE FROM pulse_internal.mapping WHERE kind = 'staff';
DROP VIEW IF EXISTS pulse_event.staff_directory;
DELETE FROM pulse_internal.label WHERE class IN ('relation', 'value');
DROP ROLE regress_board_author;
SELECT pulse.set_clock(NULL);
DELETE FROM pulse_internal.setting;
