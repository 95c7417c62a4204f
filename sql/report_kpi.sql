-- the catalogue of KPIs: definitions, figures, versions, comparison
CREATE SCHEMA report_kpi;
CREATE TABLE report_kpi.figure (kpi text, day date, unit text, value numeric);
CREATE FUNCTION report_kpi.labor(period pulse.period, scope text) RETURNS numeric LANGUAGE sql STABLE
	RETURN (SELECT sum(f.value) FROM report_kpi.figure AS f
			WHERE f.kpi = 'labor' AND f.day <@ pulse.date_range(period) AND (scope IS NULL OR f.unit = scope));
CREATE FUNCTION report_kpi.others(name text, period pulse.period) RETURNS numeric LANGUAGE sql STABLE
	RETURN (SELECT avg(f.value) FROM report_kpi.figure AS f WHERE f.kpi = name AND f.day <@ pulse.date_range(period));
CREATE FUNCTION report_kpi.collection(pulse.period, text) RETURNS numeric LANGUAGE sql STABLE RETURN report_kpi.others('collection', $1);
CREATE FUNCTION report_kpi.selling(pulse.period, text) RETURNS float8 LANGUAGE sql STABLE RETURN report_kpi.others('selling', $1)::float8;
CREATE FUNCTION report_kpi.grading(pulse.period, text) RETURNS numeric LANGUAGE sql STABLE RETURN report_kpi.others('grading', $1);
CREATE FUNCTION report_kpi.cycle(pulse.period, text) RETURNS numeric LANGUAGE sql STABLE RETURN report_kpi.others('cycle', $1);
CREATE FUNCTION report_kpi.leavers(pulse.period, text) RETURNS numeric LANGUAGE sql STABLE RETURN report_kpi.others('leavers', $1);
INSERT INTO report_kpi.figure VALUES
	('labor', '2026-01-10', 'north', 100000), ('labor', '2026-01-20', 'south', 42800), ('labor', '2026-06-15', 'north', 88200),
	('collection', '2026-01-15', NULL, 58.4), ('collection', '2026-06-15', NULL, 33.6),
	('selling', '2026-01-15', NULL, 11.3), ('selling', '2026-06-15', NULL, 27.5),
	('grading', '2026-01-15', NULL, 67.3), ('grading', '2026-06-15', NULL, 94.7),
	('cycle', '2026-01-15', NULL, 89.2), ('cycle', '2026-06-15', NULL, 62.9),
	('leavers', '2026-01-15', NULL, 5.7), ('leavers', '2026-06-15', NULL, 4.2);

SELECT pulse.create_kpi('hidden_labor_cost', 'cost', 'CNY', 'down', 'report_kpi.labor', digits => 0, title_zh => '单月隐性人力成本', scopes => '{north,south}', keep => 6);
SELECT pulse.create_kpi('collection_days', 'efficiency', 'days', 'down', 'report_kpi.collection', relative_digits => 0, title_zh => '平均回款周期');
SELECT pulse.create_kpi('selling_hours', 'efficiency', 'hours', 'up', 'report_kpi.selling', relative_digits => 0, title_zh => '有效销售工时');
SELECT pulse.create_kpi('grading_accuracy', 'efficiency', 'percent', 'up', 'report_kpi.grading', title_zh => '客户分级准确率');
SELECT pulse.create_kpi('cycle_days', 'efficiency', 'days', 'down', 'report_kpi.cycle', title_zh => '线索到首笔回款');
SELECT pulse.create_kpi('attrition', 'stability', 'percent', 'down', 'report_kpi.leavers', relative_digits => 0, title_zh => '离职率');

-- the benefit table, both tongues; three of the relative changes are rounded to whole percent, the others to a tenth
SELECT title, before_text, after_text, change_text || '/' || relative_text AS change, verdict
FROM pulse.compare('{hidden_labor_cost,collection_days,selling_hours,grading_accuracy,cycle_days,attrition}', '2026-01', '2026-06', lang => 'zh');
SELECT kpi, before_text, after_text, change_text, relative_text, verdict
FROM pulse.compare(NULL, '2026-01', '2026-06', lang => 'en');
SELECT kpi, change, round(relative, 2) AS relative FROM pulse.compare(NULL, '2026-01', '2026-06') ORDER BY kpi;
-- before was nothing, or is not known; both are the same
SELECT kpi, before_text, after_text, change_text, relative_text, verdict FROM pulse.compare('{hidden_labor_cost}', '2026-02', '2026-06', lang => 'en');
SELECT change_text, relative_text, verdict FROM pulse.compare('{hidden_labor_cost}', '2026-01', '2026-01', lang => 'en');

-- any period, any scope
SELECT pulse.kpi_value('hidden_labor_cost', '2026Q1'), pulse.kpi_value('hidden_labor_cost', '2026-01', 'south'), pulse.kpi_value('hidden_labor_cost', '2027');

-- stored figures
SELECT pulse.set_clock('2026-06-20 12:00+00');
SELECT pulse.refresh_kpis('hidden_labor_cost');
SELECT kpi, title_en, title_zh, family, unit, direction, scope, grain, period, first_day, last_day, value, version
FROM pulse.kpi_values WHERE value IS NOT NULL ORDER BY scope NULLS FIRST, first_day;
SELECT count(*) FROM pulse.kpi_values;
INSERT INTO report_kpi.figure VALUES ('labor', '2026-06-16', 'south', 1);
SELECT pulse.refresh_kpis() > 0 AS refreshed;
SELECT scope, value FROM pulse.kpi_values WHERE kpi = 'hidden_labor_cost' AND period = '2026-06' ORDER BY scope NULLS FIRST;

-- versions
CREATE FUNCTION report_kpi.labor_net(period pulse.period, scope text) RETURNS numeric LANGUAGE sql STABLE
	RETURN report_kpi.labor(period, scope) * 0.5;
SELECT pulse.alter_kpi('hidden_labor_cost', function => 'report_kpi.labor_net', title_en => 'Hidden labour, net');
SELECT pulse.kpi_value('hidden_labor_cost', '2026-01'), pulse.kpi_value('hidden_labor_cost', '2026-01', version => 1);
SELECT version, in_force, function_name, digits, title_en, title_zh FROM pulse.kpi_versions WHERE name = 'hidden_labor_cost' ORDER BY version;
SELECT item, value FROM pulse.explain_kpi('hidden_labor_cost') WHERE item NOT IN ('version', 'definition');
SELECT value LIKE '%0.5%' AS shows_its_definition FROM pulse.explain_kpi('hidden_labor_cost') WHERE item = 'definition';

-- a function that is gone breaks its KPI, and only that
SELECT * FROM pulse.check_kpi('attrition');
DROP FUNCTION report_kpi.leavers(pulse.period, text);
SELECT * FROM pulse.check_kpi('attrition');
SELECT pulse.kpi_value('attrition', '2026-01');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.refresh_kpis() > 0 AS refreshed;
SELECT component, state, value FROM pulse.status WHERE component LIKE 'KPI%';
SELECT name, state, reason FROM pulse.kpis WHERE state <> 'ok' OR name = 'cycle_days' ORDER BY name;

-- an amount is a figure, too
CREATE FUNCTION report_kpi.money(pulse.period, text) RETURNS pulse.amount LANGUAGE sql STABLE RETURN pulse.amount(12.5, 'CNY');
SELECT pulse.create_kpi('money', 'cost', 'CNY', 'none', 'report_kpi.money');
SELECT pulse.kpi_value('money', '2026-01');

-- each bad input says what is wrong with it
CREATE FUNCTION report_kpi.writes(pulse.period, text) RETURNS numeric LANGUAGE sql RETURN 1;
CREATE FUNCTION report_kpi.words(pulse.period, text) RETURNS text LANGUAGE sql STABLE RETURN 'many';
CREATE FUNCTION report_kpi.divides(pulse.period, text) RETURNS numeric LANGUAGE sql STABLE RETURN 1.0 / (pulse.first_day($1) - pulse.first_day($1));
SELECT pulse.create_kpi('attrition', 'cost', 'CNY', 'down', 'report_kpi.labor');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'florins', 'down', 'report_kpi.labor');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'CNY', 'sideways', 'report_kpi.labor');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'CNY', 'down', 'report_kpi.nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'CNY', 'down', 'report_kpi.writes');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'CNY', 'down', 'report_kpi.words');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'CNY', 'down', 'report_kpi.divides');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', '', 'CNY', 'down', 'report_kpi.labor');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'CNY', 'down', 'report_kpi.labor', digits => 13);
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'CNY', 'down', 'report_kpi.labor', grain => 'hour');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_kpi('x', 'cost', 'CNY', 'down', 'report_kpi.labor', scopes => '{north,NULL}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.kpi_value('x', '2026-01');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.kpi_value('money', '2026-01', version => 2);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.explain_kpi('x');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.refresh_kpis('x');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.format_figure(1, 'days', lang => 'fr');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pulse.kpis WHERE name = 'x';

-- rights: a KPI is read with its author's, changed by him alone, and reads nothing more
CREATE ROLE regress_kpi_author IN ROLE pulse_author;
CREATE ROLE regress_kpi_analyst IN ROLE pulse_analyst;
CREATE SCHEMA report_kpi_author AUTHORIZATION regress_kpi_author;
SET ROLE regress_kpi_author;
SELECT pulse.create_kpi('stolen', 'cost', 'CNY', 'down', 'report_kpi.labor');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_kpi('money', unit => 'USD');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_kpi('money');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE report_kpi_author.secret AS SELECT 7 AS n;
CREATE FUNCTION report_kpi_author.seven(pulse.period, text) RETURNS int LANGUAGE sql STABLE RETURN (SELECT n FROM report_kpi_author.secret);
CREATE FUNCTION report_kpi_author.peek(pulse.period, text) RETURNS numeric LANGUAGE plpgsql STABLE
	AS $$ BEGIN RETURN (SELECT count(*) FROM report_kpi.figure); END $$;
SELECT pulse.create_kpi('seven', 'cost', 'count', 'up', 'report_kpi_author.seven');
SELECT pulse.create_kpi('peek', 'cost', 'count', 'up', 'report_kpi_author.peek');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_kpi_analyst;
SELECT pulse.kpi_value('seven', '2026-01');
SELECT pulse.create_kpi('mine', 'cost', 'CNY', 'down', 'report_kpi.labor');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.refresh_kpis();
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- another's function of that name is not the KPI
DROP FUNCTION report_kpi_author.seven(pulse.period, text);
CREATE FUNCTION report_kpi_author.seven(pulse.period, text) RETURNS int LANGUAGE sql STABLE RETURN 8;
SELECT pulse.kpi_value('seven', '2026-01');
\echo :LAST_ERROR_SQLSTATE

SELECT pulse.drop_kpi(name) FROM pulse.kpis ORDER BY name;
SELECT count(*) FROM pulse_internal.kpi_value;
SELECT pulse.set_clock(NULL);
SET client_min_messages = warning;
DROP SCHEMA report_kpi, report_kpi_author CASCADE;
DROP ROLE regress_kpi_author, regress_kpi_analyst;
