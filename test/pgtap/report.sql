-- pages over the receivables pack, and what users see of KPIs and pilots
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public, pulse, pg_catalog;
CREATE EXTENSION salespulse_receivables;
SELECT plan(13);

SELECT throws_ok($$SELECT receivables.create_page()$$, 'SP801', NULL, 'no page before the tables are there');
CREATE SCHEMA tap_report;
SELECT receivables.install(schema => 'tap_report') AS installed \gset
SET LOCAL search_path = tap_report, public, pulse, pg_catalog;
SELECT set_clock('2026-06-20 09:00+00');
INSERT INTO debtor (customer_id, name, rep, region) VALUES (1, 'Hua', 'Ann', 'north'), (2, 'Lan', 'Bo', 'south');
INSERT INTO payment_term VALUES ('30 days', 1, 1, 30, false);
SELECT count(receivables.issue_invoice(c, ('CNY ' || a)::amount, d::date, '30 days', 'R' || c || d)) AS invoices
FROM (VALUES (1, '1000.00', '2026-03-01'), (1, '250.50', '2026-06-10'), (2, '400.00', '2026-04-25'), (2, '80.00', '2026-05-21')) AS v(c, a, d) \gset
SELECT lives_ok($$SELECT receivables.create_page()$$, 'a page of the pack');
CREATE FUNCTION pg_temp.figure(html text, label text) RETURNS numeric LANGUAGE sql
	RETURN (regexp_match(html, 'data-figure="' || label || '" data-value="([-0-9.]*)"'))[1]::numeric;
SELECT is(pg_temp.figure(report_html('receivables', lang => 'en'), 'Receivable'), (SELECT sum(total) FROM receivables.aging_report()), 'its total is the report''s');
SELECT is(pg_temp.figure(report_html('receivables', lang => 'en'), 'Overdue'), 1400.00, 'what is overdue');
SELECT is(pg_temp.figure(report_html('receivables', as_of => '2026-04-15', lang => 'en'), 'Receivable'), 1000.00, 'as it was on another day');
SELECT is_empty($$SELECT * FROM check_page('receivables')$$, 'it can be shown in both languages');

-- a KPI over the pack, and its change
CREATE FUNCTION tap_report.overdue(period pulse.period, scope text) RETURNS numeric LANGUAGE sql STABLE
	RETURN (SELECT coalesce(sum(pulse.to_numeric(o.open_amount)), 0) FROM receivables.open_items(pulse.last_day(period), schema => 'tap_report') AS o
			WHERE o.days_past_due > 0 AND (scope IS NULL OR o.customer_id::text = scope));
SELECT lives_ok($$SELECT create_kpi('overdue', 'cost', 'CNY', 'down', 'tap_report.overdue', digits => 0)$$, 'a KPI');
SELECT results_eq($$SELECT before_text, after_text, change_text, relative_text, verdict FROM compare('{overdue}', '2026-04', '2026-05', lang => 'en')$$,
	$$VALUES ('¥1,000', '¥1,400', '+¥400', '+40.0 %', 'worse')$$, 'before and after, as people read it');
SELECT results_eq($$SELECT kpi_value('overdue', '2026-05', '2')$$, $$VALUES (400.00)$$, 'of one customer');

-- a rule can send a page: a report of its lines
SELECT lives_ok($$SELECT create_report('receivables by mail', 'SELECT l AS line FROM pg_catalog.regexp_split_to_table(pulse.report_text(''receivables''), E''\n'') AS l')$$, 'a page as a report that rules send');

-- a pilot that does nothing
CREATE TABLE tap_report.calls AS SELECT r AS rep, d::date AS day, 10 + (r * 7 + d::date - date '2026-01-01') % 5 AS calls
FROM generate_series(1, 8) AS r, generate_series(timestamp '2026-03-02', timestamp '2026-06-14', interval '1 day') AS d;
SELECT lives_ok($$SELECT create_pilot('calls', baseline => '[2026-03-02,2026-05-04)', started => '2026-05-04', direction => 'up', relation => 'tap_report.calls',
	day => 'day', value => 'calls', member => 'rep', cost => 100, value_per_unit => 1)$$, 'a pilot');
SELECT is((SELECT verdict FROM pilot_report('calls')), 'not shown', 'what did not happen is not shown');
SELECT ok((SELECT sentence LIKE '%return not shown.' FROM pilot_report('calls', lang => 'en')), 'nor is its return');
SELECT * FROM finish();
ROLLBACK;
