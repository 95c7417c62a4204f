-- pages: definition, rendering, escaping, sending once
SELECT pulse.set_setting('timezone', 'Asia/Shanghai'), pulse.set_setting('currency', 'CNY');
SELECT pulse.set_clock('2026-03-05 07:00+08');
CREATE SCHEMA report_page;
CREATE TABLE report_page.sale (day date, store text, region text, total numeric, target numeric);
-- twelve regions, some five stores each, two months; the newest day lacks one store
INSERT INTO report_page.sale
SELECT d, format('S%s-%s', lpad(r::text, 2, '0'), s), 'east.r' || lpad(r::text, 2, '0'),
	   1000 + 100 * s + 10 * r + (d - date '2026-01-01') % 7 * 50, 1200
FROM generate_series(1, 12) AS r, generate_series(1, 5) AS s, generate_series(0, 62) AS n, LATERAL (SELECT date '2026-01-01' + n) AS day(d)
WHERE NOT (d = '2026-03-04' AND r = 3 AND s = 2);
-- names that want out
UPDATE report_page.sale SET store = '<script>alert("' || store || '")</script>' WHERE region = 'east.r01' AND store = 'S01-5';
CREATE TABLE report_page.person (id text, name text, email text, unit text);
INSERT INTO report_page.person SELECT 'm' || r, '经理 ' || r, 'm' || r || '@example.com', 'east.r' || lpad(r::text, 2, '0') FROM generate_series(1, 12) AS r;
SELECT pulse.map_staff('report_page.person', id => 'id', name => 'name', email => 'email', org_path => 'unit', language => $$'zh'$$);

SELECT pulse.create_morning_board('morning', 'report_page.sale', day => 'day', member => 'store', value => 'total', scope => 'region', target => 'target',
	recipients => 'SELECT p.unit, p.id FROM report_page.person AS p');
SELECT name, title_en, title_zh, sections, send_at, sent_for FROM pulse.pages;
SELECT ordinal, kind, title_en, title_zh FROM pulse.page_sections WHERE page = 'morning' ORDER BY 1;

-- twelve managers see disjoint parts whose sum is the company
CREATE FUNCTION report_page.figure(page text, label text) RETURNS numeric LANGUAGE sql
	RETURN (regexp_match(page, 'data-figure="' || label || '" data-value="([-0-9.]*)"'))[1]::numeric;
SELECT count(*), count(DISTINCT f.figure), sum(f.figure) = report_page.figure(pulse.report_html('morning', lang => 'en'), 'Yesterday') AS add_up,
	   sum(f.figure) = (SELECT sum(s.total) FROM report_page.sale AS s WHERE s.day = '2026-03-04') AS of_the_table
FROM report_page.person AS p, LATERAL (SELECT report_page.figure(pulse.report_html('morning', p.unit, lang => 'en'), 'Yesterday') AS figure) AS f;
SELECT count(*) FROM (SELECT p.unit, pulse.report_html('morning', p.unit) AS html FROM report_page.person AS p OFFSET 0) AS h
WHERE EXISTS (SELECT FROM (SELECT DISTINCT store, region FROM report_page.sale) AS s WHERE s.region <> h.unit AND strpos(h.html, s.store) > 0);
-- a path sees what is below it, and not what only begins like it
SELECT report_page.figure(pulse.report_html('morning', 'east', lang => 'en'), 'Yesterday') = report_page.figure(pulse.report_html('morning', lang => 'en'), 'Yesterday') AS all_of_it,
	   report_page.figure(pulse.report_html('morning', 'eas', lang => 'en'), 'Yesterday') AS none;

-- figures as of a watermark; partial where a store is silent
SELECT r.scope, (regexp_match(h.html, 'data-partial="(\w+)"'))[1] AS partial, (regexp_match(h.html, '<li>(.*?)</li>'))[1] AS freshness
FROM (VALUES (NULL), ('east.r03'), ('east.r04')) AS r(scope), LATERAL (SELECT pulse.report_html('morning', r.scope, lang => 'en') AS html) AS h;
SELECT (regexp_match(pulse.report_html('morning', 'east.r03', lang => 'zh'), '<div class="fresh late".*?</div>'))[1] AS freshness;

-- nothing of the rows gets out of its place, nothing is fetched
SELECT h.html LIKE '%<script%' AS script, h.html ~ '(src|href)="http' AS fetches, h.html LIKE '%&lt;script&gt;alert(&quot;S01-5&quot;)%' AS shown,
	   h.html LIKE '<!DOCTYPE html>%</html>%' AS whole, (xpath('count(//section)', regexp_replace(substring(h.html FROM '<main>.*</main>'), '<br>', '', 'g')::xml))[1]::text AS sections
FROM (SELECT pulse.report_html('morning', 'east.r01', lang => 'zh') AS html) AS h;
SELECT (xpath('//dd[@class="figure"]/@data-figure', substring(h.html FROM '<main>.*</main>')::xml))::text AS figures,
	   (xpath('//dd[@class="figure"]/text()', substring(h.html FROM '<main>.*</main>')::xml))::text AS texts
FROM (SELECT pulse.report_html('morning', 'east.r02', lang => 'zh') AS html) AS h;
-- the same day gives the same page, whatever the session's settings
SELECT md5(pulse.report_html('morning')) AS before \gset
SET datestyle = 'German, DMY'; SET timezone = 'America/New_York'; SET extra_float_digits = 3;
SELECT md5(pulse.report_html('morning')) = :'before' AS same;
RESET datestyle; RESET timezone; RESET extra_float_digits;

-- as text, in two languages
SELECT pulse.report_text('morning', 'east.r03', lang => 'en');
SELECT pulse.report_text('morning', 'east.r03', '2026-03-04', 'zh');

-- sent once, one message per manager
SELECT pulse.send_page('morning');
SELECT pulse.send_page('morning');
SELECT count(*), count(DISTINCT staff), min(channel) AS channel, min(language) AS language, min(state) AS state FROM pulse.messages WHERE found_by = 'page';
SELECT subject, left(body, 30) AS body FROM pulse.messages WHERE found_by = 'page' AND staff = 'm3';
-- by the tick, when its hour has come; a page that fails says why, and is sent once it is mended
SELECT pulse_internal.send_pages();
SELECT name, sent_for, reason FROM pulse.pages;
SELECT pulse.set_clock('2026-03-06 07:31+08');
ALTER TABLE report_page.sale RENAME TO sales;
SELECT pulse_internal.send_pages();
SELECT name, sent_for, reason FROM pulse.pages;
SELECT component, state, value, what_to_do FROM pulse.status WHERE component LIKE 'page%';
ALTER TABLE report_page.sales RENAME TO sale;
SELECT pulse_internal.send_pages(), pulse_internal.send_pages();
SELECT name, sent_for, reason FROM pulse.pages;
SELECT count(*) FROM pulse.messages WHERE found_by = 'page';
-- somebody without an address is tried again
UPDATE report_page.person SET email = NULL WHERE id = 'm7';
SELECT pulse.send_page('morning', '2026-03-07');
SELECT state, count(*) FROM pulse.messages WHERE found_by = 'page' AND subject LIKE '%2026-03-07%' GROUP BY 1 ORDER BY 1;
UPDATE report_page.person SET email = 'm7@example.com' WHERE id = 'm7';
SELECT pulse.send_page('morning', '2026-03-07');
SELECT state, count(*) FROM pulse.messages WHERE found_by = 'page' AND subject LIKE '%2026-03-07%' GROUP BY 1 ORDER BY 1;

-- receivables: the figures are those of aging_report
CREATE TABLE report_page.invoice AS
SELECT n AS id, 'C' || n % 7 AS customer, 100 + n % 13 * 10.5 AS total, date '2025-06-01' + n AS issued, date '2025-07-01' + n AS due,
	   CASE WHEN n % 3 > 0 THEN date '2025-06-20' + n + n % 50 END AS paid
FROM generate_series(1, 240) AS n;
SELECT pulse.create_receivables_page('receivables', 'report_page.invoice', amount => 'total', due => 'due', customer => 'customer', issued => 'issued', paid => 'paid');
SELECT report_page.figure(h.html, 'Receivable') = a.total AS total, report_page.figure(h.html, 'Overdue') = a.overdue AS overdue, report_page.figure(h.html, 'Not due') = a.not_due AS not_due
FROM pulse.report_html('receivables', as_of => '2026-01-15', lang => 'en') AS h(html),
	 pulse.aging_report('report_page.invoice', amount => 'total', due => 'due', as_of => '2026-01-15', condition => $$issued <= '2026-01-15' AND coalesce(paid > '2026-01-15', true)$$) AS a;
-- without dates of issue and payment each row is open
SELECT pulse.create_receivables_page('open', 'report_page.invoice', amount => 'total', due => 'due', customer => 'customer', condition => 'paid IS NULL');
SELECT report_page.figure(pulse.report_html('open', lang => 'en'), 'Receivable') = (SELECT sum(total) FROM report_page.invoice WHERE paid IS NULL) AS total;

-- health
CREATE TABLE report_page.facts AS SELECT n AS id, n * 7 % 90 AS late, timestamptz '2026-03-01 00:00+08' - make_interval(days => n) AS seen FROM generate_series(1, 30) AS n;
SELECT pulse.create_model('report_page', dimensions => $$[{"dimension": "late", "column": "late", "curve": "linear 0:100 90:0"},
	{"dimension": "silence", "column": "seen", "curve": "linear 0:100 40:0"}]$$);
SELECT pulse.create_health_page('health', 'report_page.facts', 'report_page', key => 'id');
SELECT (xpath('//li/@data-value', substring(h.html FROM '<main>.*</main>')::xml))::text AS bands,
	   (SELECT array_agg(b.n ORDER BY b.score)::text FROM (SELECT count(*) AS n, min(pulse.score(x.h)) AS score
		FROM (SELECT pulse.health('report_page', f, timestamptz '2026-03-07 00:00+08') AS h FROM report_page.facts AS f) AS x GROUP BY pulse.band(x.h)) AS b) AS by_hand
FROM pulse.report_html('health', lang => 'zh') AS h(html);

-- health that is stored: what is kept, not what scoring today's rows gives; as of then, and how fresh
SELECT pulse.set_clock('2026-03-01 08:00+08');
SELECT pulse.store_health('report_page', 'report_page.facts', 'id', event => NULL);
SELECT pulse.create_health_page('stored health', 'report_page.facts', 'report_page', key => 'id');
SELECT pulse.set_clock('2026-03-07 00:00+08'), pulse.refresh_health('report_page') > 0 AS refreshed;
SELECT pulse.override_health('report_page', '3', 'red', 'it is said');
SELECT pulse.set_clock('2026-03-07 06:00+08');
UPDATE report_page.facts SET late = 0;		-- written, and not yet read
SELECT (xpath('//li/@data-value', substring(h.html FROM '<main>.*</main>')::xml))::text AS bands,
	   (SELECT array_agg(b.n ORDER BY b.score)::text FROM (SELECT count(*) AS n, min(x.score) AS score FROM pulse.healths AS x WHERE x.model = 'report_page' GROUP BY x.band) AS b) AS by_hand,
	   report_page.figure(h.html, 'Changed band') = (SELECT count(*) FROM pulse.healths AS n JOIN pulse.healths_at('report_page', '2026-03-01 08:00+08') AS b USING (customer)
		WHERE n.model = 'report_page' AND n.band <> b.band) AS turned,
	   h.html LIKE '%2026-03-07 06:00%2026-03-07 00:00%up to date%' AS freshness
FROM pulse.report_html('stored health', lang => 'en') AS h(html);
SELECT report_page.figure(pulse.report_html('stored health', as_of => '2026-03-03', lang => 'en'), 'Mean score') = round(avg(a.score), 1) AS of_then
FROM pulse.healths_at('report_page', '2026-03-04 00:00+08') AS a;
SELECT count(*) AS wrong FROM pulse.healths AS h FULL JOIN pulse.healths_at('report_page') AS a USING (customer)
WHERE h.model = 'report_page' AND (h.score, h.band, h.low, h.high, h.coverage) IS DISTINCT FROM (a.score, a.band, a.low, a.high, a.coverage);
SELECT pulse.drop_page('stored health'), pulse.forget_health('report_page'), pulse.set_clock('2026-03-06 07:31+08');

-- rules
SELECT pulse.create_rule_page();
SELECT report_page.figure(pulse.report_html('rules', lang => 'en'), 'Live') = (SELECT count(*) FROM pulse.rules WHERE mode = 'live') AS live;
SELECT * FROM pulse.check_page('rules');

-- pages of users: every kind of section
SELECT pulse.create_page('mine', 'Mine', $$[
	{"kind": "figures", "title_en": "F", "query": "SELECT 'a' AS label, 1.5 AS value, 'days' AS unit"},
	{"kind": "table", "title_en": "T", "query": "SELECT 'x' AS name, 12345.678 AS n, 0.25 AS s, 'red' AS band, '{1,NULL,3}'::float8[] AS line, NULL::text AS nothing", "units": ["", "", "share", "band", "sparkline"], "headings_zh": ["名"]},
	{"kind": "line", "title_en": "L", "query": "SELECT d::text, d, d * 2 FROM generate_series(1, 3) AS d", "unit": "CNY", "digits": 0},
	{"kind": "bar", "title_en": "B", "query": "SELECT 'a', 1"}, {"kind": "stack", "title_en": "S", "query": "SELECT 'a', 1, 2"},
	{"kind": "bands", "title_en": "N", "query": "SELECT 'red' AS label, 3 AS value"},
	{"kind": "heat_map", "title_en": "H", "query": "SELECT r, c, r * c FROM generate_series(1, 2) AS r, generate_series(1, 3) AS c", "wide": true},
	{"kind": "funnel", "title_en": "U", "query": "SELECT 'a', 2 UNION ALL SELECT 'b', 1"},
	{"kind": "calendar", "title_en": "C", "query": "SELECT '2026-01-05'::date + n, n FROM generate_series(1, 9) AS n"},
	{"kind": "text", "title_en": "X", "query": "SELECT 'One & all'", "note_en": "a note", "note_zh": "注"},
	{"kind": "table", "title_en": "Empty", "query": "SELECT 1 WHERE false"}]$$, title_zh => '我的');
SELECT array_agg(DISTINCT c.c[1] ORDER BY c.c[1]) AS charts FROM regexp_matches(pulse.report_html('mine'), 'class="sp-chart sp-(\w+)"', 'g') AS c(c);
SELECT h.html LIKE '%<td class="n" data-value="12345.678">12,345.678</td><td class="n" data-value="0.25">25.0 %</td>%' AS figures,
	   h.html LIKE '%One &amp; all%' AS text, h.html LIKE '%无。%' AS empty, h.html LIKE '%<th scope="col">名</th>%' AS heading, h.html LIKE '%<html lang="zh-CN">%' AS lang
FROM pulse.report_html('mine', lang => 'zh') AS h(html);
SELECT pulse.alter_page('mine', title_zh => '别的', sections => '[{"kind": "text", "title_en": "T", "query": "SELECT coalesce($1, ''everything'') || $2::text || $3"}]');
SELECT (regexp_match(pulse.report_html('mine', 'north', '2026-02-01', 'zh'), '<p class="text">(.*?)</p>'))[1] AS arguments;

-- each bad input says what is wrong with it, and changes nothing
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "text", "title_en": "A", "query": "SELECT 1"}, {"kind": "line", "title_en": "Sales", "query": "SELECT ''a''"}]');
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "stack", "title_en": "Sales", "query": "SELECT ''a'', 1, ''b'' AS name"}]');
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "heat_map", "title_en": "Sales", "query": "SELECT ''a'', ''b''"}]');
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "table", "title_en": "Sales", "query": "SELECT 1 AS a, 2 AS b", "headings_en": ["A", "B", "C"]}]');
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "table", "title_en": "Sales", "query": "SELECT 1 AS a, 2 AS b", "units": ["furlong", "CNY"]}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_page('bad', 'Bad', '{}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "pie", "title_en": "T", "query": "SELECT 1"}]');
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "line", "title_en": "T"}]');
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "line", "title_en": "T", "query": "SELECT 1", "colour": "red"}]');
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "line", "title_en": "T", "query": "SELECT 1, 2", "unit": "florins"}]');
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "line", "title_en": "T", "query": "SELECT nothing"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_page('bad', 'Bad', '[{"kind": "line", "title_en": "T", "query": "DELETE FROM report_page.sale"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_page('', 'Bad', '[{"kind": "text", "title_en": "T", "query": "SELECT 1"}]');
SELECT pulse.create_page('mine', 'Bad', '[{"kind": "text", "title_en": "T", "query": "SELECT 1"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.report_html('bad');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.report_html('mine', lang => 'fr');
SELECT pulse.report_html('mine', as_of => 'infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.send_page('mine');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_morning_board('bad', 'report_page.sale', day => NULL, member => 'store', value => 'total');
SELECT count(*) FROM pulse.pages WHERE name = 'bad';

-- rights: queries run as the page's author, who alone changes it
CREATE ROLE regress_page_author IN ROLE pulse_author;
CREATE ROLE regress_page_analyst IN ROLE pulse_analyst;
SET ROLE regress_page_author;
SELECT pulse.create_page('peek', 'Peek', '[{"kind": "text", "title_en": "T", "query": "SELECT count(*) FROM report_page.sale"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_page('mine', title_en => 'Yours');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_page('mine');
SELECT pulse.create_page('who', 'Who', '[{"kind": "text", "title_en": "T", "query": "SELECT current_user"}]');
SELECT pulse.send_page('who');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_page_analyst;
SELECT (regexp_match(pulse.report_html('who'), '<p class="text">(.*?)</p>'))[1] AS runs_as;
SELECT pulse.drop_page('who');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT pulse.drop_page(name) FROM pulse.pages ORDER BY name;
SELECT count(*) FROM pulse_internal.page_section;
SELECT pulse.drop_model('report_page');
WITH gone AS (DELETE FROM pulse_internal.message WHERE found_by = 'page' RETURNING message_id)
DELETE FROM pulse_internal.queue AS q USING gone AS g WHERE q.message_id = g.message_id;
DELETE FROM pulse_internal.mapping WHERE kind = 'staff';
SELECT pulse.set_clock(NULL);
DELETE FROM pulse_internal.setting;
SET client_min_messages = warning;
DROP SCHEMA report_page CASCADE;
DROP VIEW IF EXISTS pulse_event.staff_directory;
DROP ROLE regress_page_author, regress_page_analyst;
