-- pilots: a frozen baseline, a bootstrap interval, "not shown" where zero is in it
CREATE SCHEMA report_pilot;
SELECT pulse.set_clock('2026-04-20 08:00+00');
-- the interval itself
SELECT difference, low > 0 AS above, high < 10 AS below FROM pulse.bootstrap_difference('{1,2,3,4,5,6}', '{6,7,8,9,10,11}');
SELECT b = pulse.bootstrap_difference('{1,2,3,4,5,6}', '{6,7,NULL,8,9,10,11}', seed => 3) AS same FROM pulse.bootstrap_difference('{1,2,3,4,5,6}', '{6,7,8,9,10,11}', seed => 3) AS b;
SELECT * FROM pulse.bootstrap_difference('{1,2}', '{3,4,5}');
SELECT * FROM pulse.bootstrap_difference('{}', '{3,4,5}');
SELECT mean, low < 0 AND high > 0 AS includes_zero FROM pulse.bootstrap_mean('{1,-1,2,-2,0.5,0.4}');
SELECT pulse.bootstrap_difference('{1,Infinity}', '{1}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.bootstrap_mean('{1}', level => 1.5);
\echo :LAST_ERROR_SQLSTATE

-- visits of forty reps, twenty of them in the pilot; from March on spring brings everybody four more, the pilot three
CREATE TABLE report_pilot.visit AS
SELECT 'r' || lpad(r::text, 2, '0') AS rep, d AS day, r % 2 = 0 AS in_pilot,
	   10 + r % 5 + (r * 7919 + (d - date '2026-01-01') * 104729) % 5 - 2 + CASE WHEN d >= '2026-03-02' THEN 4 + CASE WHEN r % 2 = 0 THEN 3 ELSE 0 END ELSE 0 END AS visits
FROM generate_series(1, 40) AS r, generate_series(0, 103) AS n, LATERAL (SELECT date '2026-01-05' + n) AS day(d);
SELECT pulse.create_pilot('routes', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', direction => 'up', relation => 'report_pilot.visit',
	day => 'day', value => 'visits', member => 'rep', control => 'NOT in_pilot', unit => 'count', target => 18, cost => 20000, value_per_unit => 30, currency => 'CNY');
SELECT verdict, method, members, days, n_before, n_after, round(difference, 2) AS difference, low > 2.5 AND high < 3.5 AS near_three, target_reached,
	   gain, roi, roi_low < roi AND roi < roi_high AS within FROM pulse.pilot_report('routes');
SELECT regexp_replace(sentence, '\([^)]*\)|（[^）]*）', '(...)') AS sentence FROM pulse.pilot_report('routes', lang => 'en');
SELECT regexp_replace(sentence, '\([^)]*\)|（[^）]*）', '(...)') AS sentence FROM pulse.pilot_report('routes', lang => 'zh');
SELECT pulse.pilot_report('routes') = pulse.pilot_report('routes') AS same_again;
-- a pilot of nothing among the others: without a control spring looks like success, with one it does not
SELECT pulse.create_pilot('placebo', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', direction => 'up', relation => 'report_pilot.visit',
	day => 'day', value => 'visits', member => 'rep', control => 'rep > ''r20''', condition => 'NOT in_pilot', cost => 1000, value_per_unit => 1);
SELECT verdict, low <= 0 AND high >= 0 AS includes_zero, sentence LIKE '%return not shown.' AS says_so FROM pulse.pilot_report('placebo', lang => 'en');
SELECT pulse.create_pilot('spring', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', direction => 'up', relation => 'report_pilot.visit',
	day => 'day', value => 'visits', member => 'rep', condition => 'NOT in_pilot');
SELECT verdict, method FROM pulse.pilot_report('spring');
-- the baseline is what it was, whatever is done to the table later; what comes after is live
SELECT before_mean, after_mean FROM pulse.pilot_report('routes') \gset
UPDATE report_pilot.visit SET visits = visits + 100 WHERE day < '2026-03-02';
SELECT before_mean = :before_mean AS frozen, after_mean = :after_mean AS after_too FROM pulse.pilot_report('routes');
UPDATE report_pilot.visit SET visits = visits - 100 WHERE day < '2026-03-02';
-- less is better; one series in blocks of weeks
CREATE VIEW report_pilot.wait AS SELECT day, sum(30 - visits) AS hours FROM report_pilot.visit WHERE in_pilot GROUP BY 1;
SELECT pulse.create_pilot('waiting', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', until => '2026-04-13', direction => 'down', relation => 'report_pilot.wait', day => 'day', value => 'hours', unit => 'hours');
SELECT verdict, method, members, days, n_before, n_after, difference < 0 AS fell, high < 0 AS surely FROM pulse.pilot_report('waiting');
SELECT verdict, low, high, sentence LIKE '%too little data to say.%' AS says_so FROM pulse.pilot_report('waiting', as_of => '2026-03-15', lang => 'en');
SELECT verdict, days FROM pulse.pilot_report('waiting', as_of => '2026-02-15');
-- by a KPI
CREATE FUNCTION report_pilot.hours(pulse.period, text) RETURNS numeric LANGUAGE sql STABLE
	RETURN (SELECT avg(w.hours) FROM report_pilot.wait AS w WHERE w.day <@ pulse.date_range($1));
SELECT pulse.create_kpi('hours', 'efficiency', 'hours', 'down', 'report_pilot.hours');
SELECT pulse.create_pilot('by_kpi', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', until => '2026-04-13', direction => 'down', kpi => 'hours', unit => 'hours');
SELECT k.verdict, k.before_mean = w.before_mean AS same, k.difference = w.difference AS same_difference FROM pulse.pilot_report('by_kpi') AS k, pulse.pilot_report('waiting') AS w;
SELECT name, baseline_since, baseline_last_day, started, until, by_member, has_control, baseline_figures FROM pulse.pilots ORDER BY 1;

-- A/A: 200 pilots of nothing on skewed figures with a common season; at most one in twenty may succeed
CREATE FUNCTION report_pilot.false_success(runs int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	successes int := 0;
	seed bigint := 4711;
	changes float8[];
	control float8[];
BEGIN
	PERFORM setseed(0.42);
	FOR run IN 1 .. runs LOOP
		changes := ARRAY(SELECT exp(3 + 0.8 * (random() + random() + random() - 1.5)) - exp(3 + 0.8 * (random() + random() + random() - 1.5)) FROM generate_series(1, 15));
		control := ARRAY(SELECT exp(3 + 0.8 * (random() + random() + random() - 1.5)) - exp(3 + 0.8 * (random() + random() + random() - 1.5)) FROM generate_series(1, 15));
		successes := successes + (SELECT (b.low > 0)::int FROM pulse.bootstrap_difference(control, changes, seed => run) AS b);
	END LOOP;
	RETURN successes;
END $$;
SELECT report_pilot.false_success(200) <= 10 AS seldom;

-- each bad input says what is wrong with it
SELECT pulse.create_pilot('routes', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', direction => 'up', relation => 'report_pilot.visit', day => 'day', value => 'visits');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_pilot('x', baseline => '[2026-01-05,2026-05-02)', started => '2026-05-02', direction => 'up', relation => 'report_pilot.visit', day => 'day', value => 'visits');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_pilot('x', baseline => '[2026-01-05,2026-03-02)', started => '2026-02-02', direction => 'up', relation => 'report_pilot.visit', day => 'day', value => 'visits');
SELECT pulse.create_pilot('x', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', direction => 'sideways', relation => 'report_pilot.visit', day => 'day', value => 'visits');
SELECT pulse.create_pilot('x', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', direction => 'up');
SELECT pulse.create_pilot('x', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', direction => 'up', relation => 'report_pilot.visit', day => 'day', value => 'visits', control => 'in_pilot');
SELECT pulse.create_pilot('x', baseline => '[2025-01-05,2025-03-02)', started => '2026-03-02', direction => 'up', relation => 'report_pilot.visit', day => 'day', value => 'visits');
SELECT pulse.create_pilot('x', baseline => '[2026-01-05,2026-03-02)', started => '2026-03-02', direction => 'up', relation => 'report_pilot.visit', day => 'day', value => 'nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.pilot_report('x');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pulse.pilots WHERE name = 'x';

-- rights
CREATE ROLE regress_pilot_author IN ROLE pulse_author;
CREATE ROLE regress_pilot_analyst IN ROLE pulse_analyst;
SET ROLE regress_pilot_author;
SELECT pulse.drop_pilot('routes');
\echo :LAST_ERROR_SQLSTATE
-- a query of another shape is found out
SELECT pulse_internal.save_pilot('crooked', '{"query": "SELECT ''a''::text AS member, now()::date AS day, 1 AS value, true AS control) AS q GROUP BY 1, 2, 3; SELECT 1, 2, 3, 4 --", "by_member": true, "has_control": false, "baseline_since": "2026-01-05",
	"baseline_until": "2026-03-02", "started": "2026-03-02", "unit": "count", "direction": "up", "currency": "CNY", "level": 0.95, "block": 7}');
SELECT pulse_internal.save_pilot('crooked', '{"query": "SELECT ''a''::text AS member, 2 AS day, 3 AS value, true AS control", "by_member": true, "has_control": false, "baseline_since": "2026-01-05",
	"baseline_until": "2026-03-02", "started": "2026-03-02", "unit": "count", "direction": "up", "currency": "CNY", "level": 0.95, "block": 7}');
SET ROLE regress_pilot_analyst;
SELECT verdict FROM pulse.pilot_report('routes');
SELECT count(*) FROM report_pilot.visit;
SELECT pulse.drop_pilot('routes');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT count(pulse.drop_pilot(name)) FROM pulse.pilots;
SELECT pulse.drop_kpi('hours');
SELECT count(*) FROM pulse_internal.pilot_baseline;
SELECT pulse.set_clock(NULL);
SET client_min_messages = warning;
DROP SCHEMA report_pilot CASCADE;
DROP ROLE regress_pilot_author, regress_pilot_analyst;
