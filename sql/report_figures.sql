-- figures of other kinds than those of the benefit table: minutes, points of a scale, shares, counts, a change from nothing; each is asked for by its name
CREATE SCHEMA report_figures;
CREATE TABLE report_figures.given (kpi text PRIMARY KEY, family text, unit text, direction text, before numeric, after numeric, digits int, relative_digits int, en text, zh text);
INSERT INTO report_figures.given VALUES
	('admin_minutes', 'efficiency', 'minutes', 'down', 217, 68, 0, 1, 'Administration a day', '事务性操作时间'),
	('work_value', 'stability', 'points', 'up', 2.8, 4.3, 1, 0, 'Sense of worth, of 5', '工作价值感'),
	('onboarding_days', 'stability', 'days', 'down', 42, 28, 0, 1, 'Days until signed off', '上岗培训周期'),
	('experienced_hires', 'stability', 'share', 'up', 0.33, 0.75, 0, 0, 'Hires with experience', '有行业经验的新员工'),
	('sheet_errors', 'efficiency', 'percent', 'down', 12.6, 0, 1, 0, 'Errors of sheets', '报表差错率'),
	('clerk_hours', 'cost', 'hours', 'down', 13.5, 0.5, 1, 0, 'Hours of clerks a day', '文员工时'),
	('out_of_stock', 'growth', 'percent', 'down', 31, 12, 0, 1, 'Out of stock', '缺货率'),
	('repeat_rate', 'growth', 'percent', 'up', 40, 44.52, 2, 1, 'Repeat purchases', '复购率'),
	('live_customers', 'growth', 'count', 'up', 0, 327, NULL, NULL, 'Customers live', '上线企业'),
	('days_to_live', 'growth', 'days', 'down', NULL, 5.8, 1, NULL, 'Working days to live', '平均上线天数');
CREATE FUNCTION report_figures.value_of(name text, period pulse.period) RETURNS numeric LANGUAGE sql STABLE
	RETURN (SELECT CASE WHEN date '2026-06-01' <@ pulse.date_range(period) THEN g.after ELSE g.before END FROM report_figures.given AS g WHERE g.kpi = name);
\set ECHO errors
SELECT format('CREATE FUNCTION report_figures.%I(pulse.period, text) RETURNS numeric LANGUAGE sql STABLE RETURN report_figures.value_of(%L, $1)', kpi, kpi) FROM report_figures.given ORDER BY kpi \gexec
\set ECHO all
SELECT pulse.create_kpi(g.kpi, g.family, g.unit, g.direction, 'report_figures.' || g.kpi, title_en => g.en, title_zh => g.zh, digits => g.digits, relative_digits => g.relative_digits)
FROM report_figures.given AS g ORDER BY g.kpi;
SELECT count(*) AS wrong FROM report_figures.given AS g
WHERE pulse.kpi_value(g.kpi, '2026-01') IS DISTINCT FROM g.before OR pulse.kpi_value(g.kpi, '2026-06') IS DISTINCT FROM g.after;
SELECT c.kpi, c.before_text, c.after_text, c.change_text, c.relative_text, c.verdict
FROM pulse.compare((SELECT array_agg(kpi ORDER BY kpi) FROM report_figures.given), '2026-01', '2026-06', lang => 'en') AS c;
SELECT c.title, c.before_text, c.after_text, c.change_text, c.relative_text
FROM pulse.compare((SELECT array_agg(kpi ORDER BY kpi) FROM report_figures.given), '2026-01', '2026-06', lang => 'zh') AS c;
-- and in the one long table for dashboards
SELECT pulse.set_clock('2026-06-20 12:00+00');
SELECT pulse.refresh_kpis() > 0 AS refreshed;
SELECT count(DISTINCT v.kpi) AS kpis, count(*) FILTER (WHERE v.value IS DISTINCT FROM g.after) AS wrong
FROM report_figures.given AS g JOIN pulse.kpi_values AS v ON v.kpi = g.kpi AND v.period = '2026-06';
SELECT pulse.drop_kpi(kpi) FROM report_figures.given ORDER BY kpi;
SET client_min_messages = warning;
DROP SCHEMA report_figures CASCADE;
SELECT pulse.set_clock(NULL);
DELETE FROM pulse_internal.setting;
