-- report_load.sql: a year of daily sales of :stores stores in twelve regions, in a rollup by store and one by region
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
CREATE SCHEMA app;
CREATE TABLE app.sale (day date, store int, region text, total numeric(12,2), target numeric(12,2));
SELECT pulse.create_rollup('sale_daily', 'app.sale', 'day', 'day', '{store,region}', '{sum(total),sum(target)}');
INSERT INTO app.sale
SELECT date '2025-06-30' - n, s, 'east.r' || s % 12, 900 + s % 300 + (s * 7919 + n * 104729) % 200, 1000
FROM generate_series(0, 364) AS n, generate_series(1, :stores) AS s;
SELECT pulse.create_rollup('region_daily', 'app.sale', 'day', 'day', '{region}', '{sum(total),sum(target)}');
CALL pulse.run();
VACUUM ANALYZE;
SELECT pulse.set_clock('2025-07-01 08:00+08');
SELECT pulse.create_morning_board('morning', 'pulse_event.sale_daily', day => 'period', member => 'store', value => 'sum_total',
	scope => 'region', target => 'sum_target', tasks => false);
SELECT pulse.create_page('year', 'The year', $$[
	{"kind": "figures", "title_en": "Year", "unit": "CNY", "digits": 0, "query": "SELECT 'Sales' AS label, sum(sum_total) AS value FROM pulse_event.region_daily WHERE period >= $2 - 365 AND period < $2"},
	{"kind": "line", "title_en": "By month and region", "unit": "CNY", "digits": 0, "query": "SELECT to_char(period, 'YYYY-MM'), sum(sum_total), sum(sum_target) FROM pulse_event.region_daily WHERE period >= $2 - 365 AND period < $2 GROUP BY 1 ORDER BY 1"},
	{"kind": "bar", "title_en": "By region", "unit": "CNY", "digits": 0, "query": "SELECT region, sum(sum_total) FROM pulse_event.region_daily WHERE period >= $2 - 365 AND period < $2 GROUP BY 1 ORDER BY 2 DESC"},
	{"kind": "calendar", "title_en": "By day", "unit": "CNY", "digits": 0, "wide": true, "query": "SELECT period, sum(sum_total) FROM pulse_event.region_daily WHERE period >= $2 - 365 AND period < $2 GROUP BY 1 ORDER BY 1"}]$$);
