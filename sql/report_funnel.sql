-- how far things come and how long it takes, open ones as "longer"
CREATE SCHEMA report_funnel;
CREATE TABLE report_funnel.lead (id int, region text, created date, qualified timestamptz, ordered date, paid date);
SET timezone = 'UTC';
INSERT INTO report_funnel.lead VALUES
	(1, 'n', '2026-01-01', '2026-01-03 00:00+00', '2026-01-10', '2026-01-20'),
	(2, 'n', '2026-01-05', '2026-01-06 00:00+00', '2026-01-20', NULL),
	(3, 's', '2026-01-10', NULL, '2026-01-15', '2026-03-01'),			-- a stage that was skipped
	(4, 's', '2026-01-20', '2026-01-30 00:00+00', NULL, NULL),
	(5, 'n', '2026-02-01', NULL, NULL, NULL),
	(6, 'n', NULL, NULL, NULL, NULL),
	(7, 'n', '2026-04-01', '2026-04-02 00:00+00', NULL, NULL);			-- not yet
SELECT stage, name, entered, share_of_first, share_of_previous, waiting, median_days
FROM pulse.funnel('report_funnel.lead', '{created,qualified,ordered,paid}', names => '{线索,合格,下单,回款}', as_of => '2026-02-15') ORDER BY stage;
SELECT keys, stage, entered, waiting FROM pulse.funnel('report_funnel.lead', '{created,ordered,paid}', as_of => '2026-03-31', by => '{region}');
SELECT stage, entered FROM pulse.funnel('report_funnel.lead', '{created,paid}', as_of => '2025-03-31');
SELECT cohort_period, items, finished_items, open_items, median_days, round(finished_mean_days::numeric, 2) AS finished_mean, status
FROM pulse.cycle_days('report_funnel.lead', 'created', 'paid', as_of => '2026-03-31');
SELECT keys, cohort_period, items, median_days, status FROM pulse.cycle_days('report_funnel.lead', 'created', 'paid', as_of => '2026-03-31', by => '{region}', grain => 'quarter', cohort => 'finished');

-- from lead to first payment with 40 % still open: the median of Kaplan and Meier is within 2 % of the truth, the plain one far from it
CREATE TABLE report_funnel.cohort AS
SELECT n AS id, d.started, d.started + d.days AS true_end, CASE WHEN d.started + d.days <= date '2026-06-30' THEN d.started + d.days END AS paid
FROM generate_series(1, 20000) AS n,
	 LATERAL (SELECT date '2026-06-30' - 1 - (n * 7919 % 170) AS started,
			  (-62.9 / ln(2) * ln((((n::bigint * 104729) % 20011) + 1) / 20013.0))::int AS days) AS d;
SELECT round(avg((paid IS NULL)::int), 1) AS still_open FROM report_funnel.cohort;
SELECT abs(c.median_days / t.median - 1) < 0.02 AS within_two_percent, c.finished_mean_days < 0.6 * t.mean AS toy_is_far_off, c.open_items * 10 > c.items * 3.5 AS many_open
FROM (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY true_end - started) AS median, avg(true_end - started) AS mean FROM report_funnel.cohort) AS t,
	 pulse.cycle_days('report_funnel.cohort', 'started', 'paid', as_of => '2026-06-30', grain => 'year') AS c;

-- hostile names stay names; bad input says what is wrong with it
CREATE VIEW report_funnel.odd AS SELECT created AS "a""; DROP TABLE x; --", paid FROM report_funnel.lead;
SELECT stage, name, entered FROM pulse.funnel('report_funnel.odd', ARRAY['a"; DROP TABLE x; --', 'paid'], as_of => '2026-03-31');
SELECT * FROM pulse.funnel('report_funnel.lead', '{created}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.funnel('report_funnel.lead', '{created,paid}', names => '{a}');
SELECT * FROM pulse.funnel('report_funnel.lead', '{created,nothing}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.funnel('report_funnel.lead', '{created,region}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.funnel('report_funnel.lead', NULL);
SELECT * FROM pulse.cycle_days('report_funnel.lead', 'created', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.cycle_days('report_funnel.lead', 'created', 'paid', grain => 'hour');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.cycle_days('report_funnel.lead', 'created', 'paid', cohort => 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.cycle_days(NULL, 'created', 'paid');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.cycle_days('report_funnel.lead', 'created', 'paid', condition => '1');
\echo :LAST_ERROR_SQLSTATE
-- one's own rights
CREATE ROLE regress_funnel;
SET ROLE regress_funnel;
SELECT * FROM pulse.funnel('report_funnel.lead', '{created,paid}');
RESET ROLE;
RESET timezone;
SET client_min_messages = warning;
DROP SCHEMA report_funnel CASCADE;
DROP ROLE regress_funnel;
