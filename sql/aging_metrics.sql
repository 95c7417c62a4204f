-- DSO and its family: every figure worked by hand in the comment above it
SET search_path = public, pulse;

-- receivable 150, sales 450 in 90 days: 150 / 450 x 90 = 30
SELECT (dso(150, 450, 90)).*;
-- of which 100 not past due: 100 / 450 x 90 = 20, so 10 days are delinquency
SELECT (best_possible_dso(100, 450, 90)).*;
SELECT (average_days_delinquent(150, 100, 450, 90)).*;
SELECT (dso(0, 450, 90)).*, (dso(150, 0, 90)).*, (dso(-10, 450, 90)).*, (dso(150, -450, 90)).*;
SELECT dso(NULL, 450, 90) IS NULL AS unknown;

-- Count-back: 250 open; February 2024 sold 100 (fits, 29 days, 150 left), January 200: 150 / 200 x 31 = 23.25; 52.25 days
SELECT (count_back_dso(250, '{100,200,300}', '{29,31,31}'::int[])).*;
SELECT (count_back_dso(250, '{100,200,300}', date '2024-02-29')).*;
-- the same figures a year later: 28 + 23.25
SELECT (count_back_dso(250, '{100,200,300}', date '2025-02-28')).*;
-- inside a month, a month runs to that day: from 2026-02-28 to 2026-03-30 it has 31 days; 250 / 400 x 31 = 19.375
SELECT (count_back_dso(250, '{400}', date '2026-03-30')).*;
-- exactly one month, and no more although the month before sold nothing
SELECT (count_back_dso(100, '{100,0,50}', date '2024-02-29')).*;
-- a month without sales in between counts in full: 29 + 31 + 10 / 50 x 31 = 66.2
SELECT (count_back_dso(110, '{100,0,50}', date '2024-02-29')).*;
-- nothing open; more open than all months sold; nothing sold; a month of credit notes
SELECT (count_back_dso(0, '{100,200}', date '2024-02-29')).*;
SELECT (count_back_dso(301, '{100,200}', date '2024-02-29')).*;
SELECT (count_back_dso(300, '{100,200}', date '2024-02-29')).*;
SELECT (count_back_dso(10, '{0,0}', date '2024-02-29')).*;
SELECT (count_back_dso(10, '{-5,200}', date '2024-02-29')).*, (count_back_dso(-1, '{5,200}', date '2024-02-29')).*;
-- where sales are even it is plain DSO: 90 a month, in three months of 30 days
SELECT (count_back_dso(135, '{90,90,90}', '{30,30,30}'::int[])).value = (dso(135, 270, 90)).value AS even_sales;

-- (100 + 300/3 - 120) / (100 + 300/3 - 90) x 100 = 80/110 x 100 = 72.7272...
SELECT round((collection_effectiveness(100, 300, 3, 120, 90)).value, 4), (collection_effectiveness(100, 300, 3, 120, 90)).status;
-- all collected that was due: 100
SELECT (collection_effectiveness(100, 300, 3, 90, 90)).*;
-- (50 + 0 - 50) is nothing to collect
SELECT (collection_effectiveness(50, 0, 3, 50, 50)).*, (collection_effectiveness(50, 30, 3, 90, 90)).*;

-- 1200 a year over 150 on average is 8 turns, 365 / 8 = 45.625 days
SELECT (receivables_turnover(1200, 150)).*, (average_collection_period(1200, 150, 365)).*;
SELECT (receivables_turnover(0, 150)).*, (receivables_turnover(1200, 0)).*, (receivables_turnover(-1, 10)).*, (average_collection_period(0, 150, 365)).*;

-- weighted days late: (100 x 10 + 300 x 30 - 100 x 5) / 500 = 19; counted alike it is 11.67
SELECT (weighted_days_late(amount, due, paid)).*
FROM (VALUES (100.00, date '2024-01-31', date '2024-02-10'), (300, '2024-01-31', '2024-03-01'), (100, '2024-03-01', '2024-02-25'), (7, NULL, '2024-01-01'), (7, '2024-01-01', NULL)) AS v(amount, due, paid);
SELECT (weighted_days_late(amount, '2024-01-01', '2024-01-02')).* FROM (VALUES (1), (-1)) AS v(amount);
SELECT (weighted_days_late(amount, '2024-01-01', '2024-01-02')).* FROM (VALUES (-1.5)) AS v(amount);
SELECT weighted_days_late(amount, '2024-01-01', NULL) IS NULL AS none FROM (VALUES (1)) AS v(amount);
-- (0.000001 x 3 + 1 x 1) / 1.000001 = 1.000001999998...
SELECT round((weighted_days_late(a, '2024-01-01', d)).value, 12)
FROM (VALUES (0.000001, date '2024-01-04'), (1, '2024-01-02')) AS v(a, d);

-- Roll rates: of 100 not due 40 are now 1-30 (0.4), of 50 in 1-30 now 25 in 31-60 (0.5), of nothing in 31-60 nothing can be said
SELECT * FROM roll_rates('2026-05-31 CNY not_due 100.00, 1-30 50.00, 31-60 0.00, 61+ 10.00, credits -5.00', '2026-06-30 CNY not_due 80.00, 1-30 40.00, 31-60 25.00, 61+ 12.00, credits 0.00');
SELECT bucket, label, value, status FROM roll_rates('2026-05-31 up_to_30 -4, 31-60 8, 61+ 0', '2026-06-30 up_to_30 0, 31-60 2, 61+ 1.00');
SELECT * FROM roll_rates('2026-05-31 not_due 1, 1+ 2, credits 0', '2026-06-30 CNY not_due 1.00, 1+ 2.00, credits 0.00');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM roll_rates('2026-05-31 not_due 1, 1+ 2, credits 0', '2026-06-30 not_due 1, 1-30 2, 31+ 0, credits 0');
\echo :LAST_ERROR_SQLSTATE

-- Provision matrix: 1000.10 x 0.3% = 3.0003, 200 x 1.6% = 3.20, 50.25 x 10% = 5.025, half away from zero: 5.03
SELECT * FROM provision_matrix('2026-06-30 CNY not_due 1000.10, 1-30 200.00, 31+ 50.25, credits -9.00', '{0.003,0.016,0.1}');
SELECT provision('2026-06-30 CNY not_due 1000.10, 1-30 200.00, 31+ 50.25, credits -9.00', '{0.003,0.016,0.1}');
SELECT label, provision FROM provision_matrix('2026-06-30 up_to_30 100, 31+ 3', '{0.01,0.125}');
SELECT provision('2026-06-30 not_due 1, 1+ 2, credits 0', '{0.1}');
\echo :LAST_ERROR_SQLSTATE
SELECT provision('2026-06-30 not_due 1, 1+ 2, credits 0', '{0.1,1.5}');
SELECT provision('2026-06-30 not_due 1, 1+ 2, credits 0', '{0.1,NULL}');
SELECT provision('2026-06-30 not_due 1, 1+ 2, credits 0', '{0.1,NaN}');

-- Any relation. As of 2024-02-29, three months: from 2023-12-01 on, 91 days.
CREATE SCHEMA metrics_app;
CREATE TABLE metrics_app.bill (no int, "Customer" text, cur text, total numeric(12, 2), issued date, due date, paid_at date, draft boolean DEFAULT false);
INSERT INTO metrics_app.bill VALUES
	(1, 'Hua', 'CNY', 400, '2023-10-10', '2023-11-09', '2023-12-20'),	-- before the months, open at their begin
	(2, 'Hua', 'CNY', 100, '2023-11-30', '2023-12-30', '2023-11-30'),	-- paid at once: not open then
	(3, 'Hua', 'CNY', 300, '2023-12-01', '2023-12-31', '2024-01-30'),	-- 30 days late
	(4, 'Hua', 'CNY', 200, '2024-01-15', '2024-02-14', NULL),			-- past due
	(5, 'Hua', 'CNY', 100, '2024-02-01', '2024-02-29', NULL),			-- due on the day: not past due
	(6, 'Hua', 'CNY', 150, '2024-02-29', '2024-03-30', '2024-03-01'),	-- paid the day after
	(7, 'Hua', 'CNY', 999, '2024-03-01', '2024-03-31', NULL),			-- not issued yet
	(8, 'Lan', 'CNY', 60, '2024-02-10', '2024-03-11', NULL),
	(9, 'Mei', 'CNY', 70, '2023-06-01', '2023-07-01', '2023-07-01');
-- Hua: receivable 450, not due 250, opening 400, sales 750.
--   DSO 450/750 x 91 = 54.6; best possible 250/750 x 91 = 30.33; delinquent 24.27
--   count-back: February 250 (29 days), 200 left of January's 200 (31 days): 60
--   CEI (400 + 250 - 450) / (400 + 250 - 250) = 200/400 = 50; turnover 750/425 = 1.7647; period 91 x 425/750 = 51.57
--   days late, paid in the months: (400 x 41 + 300 x 30) / 700 = 36.2857
-- Lan began in the months: short history. Mei sold nothing in them and owes nothing.
SELECT keys ->> 'Customer' AS customer, metric, round(value, 4) AS value, status
FROM receivable_metrics('metrics_app.bill', 'total', 'issued', 'due', 'paid_at', '2024-02-29', by => '{Customer}');
SELECT keys, currency, metric, round(value, 4) AS value, status
FROM receivable_metrics('metrics_app.bill', amount => 'amount(total, cur)', issued => 'issued::timestamp', due => 'due', paid => 'paid_at', as_of => '2024-02-29', months => 12, condition => 'NOT draft') WHERE metric ~ 'dso';
-- the metrics agree with aging as of the same day
SELECT total(p), not_due(p) FROM (SELECT aging(total, due, '2024-02-29') AS p FROM metrics_app.bill
	WHERE issued <= '2024-02-29' AND (paid_at IS NULL OR paid_at > '2024-02-29') AND "Customer" = 'Hua') AS a;
SELECT count(*) AS of_nothing FROM receivable_metrics('metrics_app.bill', 'total', 'issued', 'due', 'paid_at', '2020-01-01');

-- Collection days: 2, 4, 6 and 8 days, and one still open after 5 of 9. Paid ones only: 5. With the open one as
-- "more than 5": 4/5 x 3/4 = 0.6 at 4, x 1/2 = 0.3 at 6, 0 at 8: median 6; mean 2 + 2(.8) + 2(.6) + 2(.3) = 5.4
CREATE TABLE metrics_app.part (total numeric, issued date, paid date);
INSERT INTO metrics_app.part VALUES (100, '2024-02-20', '2024-02-22'), (100, '2024-02-20', '2024-02-24'), (100, '2024-02-20', '2024-02-26'), (700, '2024-02-20', '2024-02-28'),
	(100, '2024-02-24', NULL), (-50, '2024-02-20', NULL), (100, '2024-03-01', NULL);
SELECT keys, method, items, open_items, median_days, round(mean_days::numeric, 6) AS mean, paid_mean_days, status FROM collection_days('metrics_app.part', 'total', 'issued', 'paid', '2024-02-29');
-- As of four days earlier 100 was open for 1 day, 100 and 700 for 5. Counted: 3/4 at 2, x 2/3 = one half at 4: median 4;
-- mean 2 + 2(.75) + 1(.5) = 4. By amount 900/1000 at 2, x 800/900 = 0.8 at 4: no median; mean 2 + 2(.9) + 1(.8) = 4.6
SELECT method, items, open_items, median_days, round(mean_days::numeric, 6) AS mean, round(paid_mean_days::numeric, 6) AS paid_mean, status
FROM collection_days('metrics_app.part', 'amount(total, ''CNY'')', 'issued', 'paid', '2024-02-25', condition => 'total > 0');
-- paid in advance takes no time
SELECT method, median_days FROM collection_days('metrics_app.part', 'total', 'issued + 5', 'paid', '2024-02-25');

-- The bias of the paid ones only, against the truth: a third is open when we look, and everybody takes 1 to 60 days.
SELECT setseed(0.3);
CREATE TABLE metrics_app.long_run AS
SELECT 100 AS total, date '2024-01-01' + (g % 45) AS issued, date '2024-01-01' + (g % 45) + 1 + (random() * 59)::int AS paid_truly FROM generate_series(1, 30000) AS g;
SELECT open_items BETWEEN 15000 AND 20000 AS many_open, abs(median_days - truth.median) <= 1 AS median_is_right, paid_mean_days < 0.6 * truth.mean AS plain_mean_is_wrong
FROM collection_days('metrics_app.long_run', 'total', 'issued', 'CASE WHEN paid_truly <= date ''2024-02-14'' THEN paid_truly END', '2024-02-14'),
	(SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY paid_truly - issued) AS median, avg(paid_truly - issued) AS mean FROM metrics_app.long_run) AS truth
WHERE method = 'count';

-- operators of somebody else's in the path change nothing
CREATE SCHEMA metrics_hostile;
CREATE FUNCTION metrics_hostile.never(date, date) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION metrics_hostile.never(numeric, numeric) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION metrics_hostile.never(numeric, int) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION metrics_hostile.nought(date, date) RETURNS int LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION metrics_hostile.same(date, int) RETURNS date LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION metrics_hostile.nought(numeric, int) RETURNS numeric LANGUAGE sql AS 'SELECT 0.0';
CREATE FUNCTION metrics_hostile.nought(numeric, numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 0.0';
CREATE OPERATOR metrics_hostile.> (LEFTARG = date, RIGHTARG = date, FUNCTION = metrics_hostile.never);
CREATE OPERATOR metrics_hostile.<= (LEFTARG = date, RIGHTARG = date, FUNCTION = metrics_hostile.never);
CREATE OPERATOR metrics_hostile.>= (LEFTARG = date, RIGHTARG = date, FUNCTION = metrics_hostile.never);
CREATE OPERATOR metrics_hostile.> (LEFTARG = numeric, RIGHTARG = int, FUNCTION = metrics_hostile.never);
CREATE OPERATOR metrics_hostile.> (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = metrics_hostile.never);
CREATE OPERATOR metrics_hostile.- (LEFTARG = date, RIGHTARG = date, FUNCTION = metrics_hostile.nought);
CREATE OPERATOR metrics_hostile.- (LEFTARG = date, RIGHTARG = int, FUNCTION = metrics_hostile.same);
CREATE OPERATOR metrics_hostile.+ (LEFTARG = date, RIGHTARG = int, FUNCTION = metrics_hostile.same);
CREATE OPERATOR metrics_hostile./ (LEFTARG = numeric, RIGHTARG = int, FUNCTION = metrics_hostile.nought);
CREATE OPERATOR metrics_hostile.+ (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = metrics_hostile.nought);
CREATE TABLE metrics_app.answer AS SELECT metric, value, status FROM receivable_metrics('metrics_app.bill', 'total', 'issued', 'due', 'paid_at', '2024-02-29');
CREATE TABLE metrics_app.days AS SELECT method, items, open_items, median_days, mean_days, paid_mean_days FROM collection_days('metrics_app.part', 'total', 'issued', 'paid', '2024-02-29');
SET search_path = metrics_hostile, pg_catalog;
SELECT count(*) AS the_same FROM (
	SELECT metric, value, status FROM pulse.receivable_metrics('metrics_app.bill', 'total', 'issued', 'due', 'paid_at', '2024-02-29')
	INTERSECT SELECT * FROM metrics_app.answer) AS both_say;
SELECT count(*) AS the_same FROM (
	SELECT method, items, open_items, median_days, mean_days, paid_mean_days FROM pulse.collection_days('metrics_app.part', 'total', 'issued', 'paid', '2024-02-29')
	INTERSECT SELECT * FROM metrics_app.days) AS both_say;
SET search_path = public, pulse;

-- mistakes
SELECT dso(1, 2, 0);
\echo :LAST_ERROR_SQLSTATE
SELECT dso(1, 0, -3);
SELECT collection_effectiveness(100, 300, 0, 120, 90);
SELECT count_back_dso(1, '{1,2}', '{30}'::int[]);
\echo :LAST_ERROR_SQLSTATE
SELECT count_back_dso(1, '{}', date '2024-02-29');
SELECT count_back_dso(1, '{1,NULL}', date '2024-02-29');
SELECT count_back_dso(1, '{1}', '{0}'::int[]);
SELECT dso('NaN', 450, 90);
\echo :LAST_ERROR_SQLSTATE
SELECT dso(150, 'NaN', 90);
SELECT best_possible_dso('Infinity', 450, 90);
SELECT average_days_delinquent(1, 'NaN', 450, 90);
SELECT count_back_dso('NaN', '{1,2}', date '2024-02-29');
SELECT count_back_dso(1, '{1,-Infinity}', date '2024-02-29');
SELECT collection_effectiveness(100, 300, 3, 'NaN', 90);
SELECT receivables_turnover('NaN', 1);
SELECT average_collection_period(1200, 'Infinity', 365);
SELECT weighted_days_late(1, 'infinity', '2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT weighted_days_late('NaN', '2024-01-01', '2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM receivable_metrics('metrics_app.bill', 'total', 'issued', 'due', 'no');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM receivable_metrics('metrics_app.bill', 'total', 'isued', 'due', 'paid_at');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM receivable_metrics('metrics_app.bill', 'total', 'issued', 'due', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM receivable_metrics('metrics_app.bill', 'total', 'issued', 'due', 'paid_at', months => 0);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM collection_days('metrics_app.bill', 'total', 'issued', 'draft');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM collection_days(NULL, 'total', 'issued', 'paid_at');
\echo :LAST_ERROR_SQLSTATE

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA metrics_app, metrics_hostile CASCADE;
