-- survival: how long until it happens, when for some it has not happened yet
SET search_path = public, pulse;

-- Remission of 21 patients in weeks (Freireich and others, 1963): the worked table of the textbooks.
-- 18/21 = 0.857, x 16/17 = 0.807, x 14/15 = 0.753, x 11/12 = 0.690, x 10/11 = 0.627, x 6/7 = 0.538, x 5/6 = 0.448
CREATE TABLE survival_case (weeks int, relapsed boolean);
INSERT INTO survival_case SELECT unnest('{6,6,6,7,10,13,16,22,23}'::int[]), true;
INSERT INTO survival_case SELECT unnest('{6,9,10,11,17,19,20,25,32,32,34,35}'::int[]), false;
SELECT km_median(weeks, relapsed), round(km_mean(weeks, relapsed)::numeric, 6) AS mean FROM survival_case;
SELECT duration, at_risk, happened, censored, round(survival::numeric, 6) AS survival
FROM unnest((SELECT km_curve(weeks, relapsed) FROM survival_case));

-- a weight is the same as so many rows
SELECT duration, at_risk, happened, censored, round(survival::numeric, 6) AS survival
FROM unnest((SELECT km_curve(weeks, relapsed, count) FROM (SELECT weeks, relapsed, count(*) FROM survival_case GROUP BY 1, 2) AS c));
SELECT km_median(d, true, w), km_mean(d, true, w) FROM (VALUES (10, 30.5), (20, 69.5)) AS v(d, w);

-- one half exactly is the median: 3/4 x 2/3 at 2; and no half, no median
SELECT km_median(d, true) FROM generate_series(1, 4) AS d;
SELECT km_median(d, d <= 2) AS never, km_mean(d, d <= 2) FROM generate_series(1, 5) AS d;
SELECT km_median(0.5::numeric, true), km_median(interval_days, true) FROM (VALUES (1.25::real), (2), (3)) AS v(interval_days);

-- rows that do not count
SELECT km_median(d, h), km_mean(d, h), cardinality(km_curve(d, h)) FROM (VALUES (1, true), (NULL, true), (5, NULL)) AS v(d, h);
SELECT km_median(d, true, w) FROM (VALUES (1, 0), (2, 1), (3, NULL)) AS v(d, w);
SELECT km_median(d, true) IS NULL AND km_mean(d, true) IS NULL AND km_curve(d, true) IS NULL AS nothing FROM generate_series(1, 0) AS d;
SELECT km_median(d, false) IS NULL AS never, km_mean(d, false), km_curve(d, false) FROM generate_series(1, 3) AS d;

-- of all without censoring: the lower median and the mean
SELECT setseed(0.1);
CREATE TABLE survival_random AS
SELECT g % 20 AS team, (random() * 100)::int AS days, random() < 0.7 AS paid, (random() * 1000)::numeric(10, 2) AS amount FROM generate_series(1, 20000) AS g;
ANALYZE survival_random;
SELECT bool_and(median = plain) AS median_is_plain, bool_and(abs(mean - average) < 1e-9) AS mean_is_plain FROM (
	SELECT team, km_median(days, true) AS median, percentile_disc(0.5) WITHIN GROUP (ORDER BY days) AS plain, km_mean(days, true) AS mean, avg(days) AS average
	FROM survival_random GROUP BY team) AS t;
-- with censoring: against the definition in SQL
WITH step AS (
	SELECT team, days, count(*) FILTER (WHERE paid) AS d, sum(count(*)) OVER (PARTITION BY team ORDER BY days DESC) AS n
	FROM survival_random GROUP BY team, days
), curve AS (
	SELECT team, days, exp(sum(ln(CASE WHEN n = d THEN 1e-30 ELSE (n - d) / n END)) OVER (PARTITION BY team ORDER BY days)) AS s FROM step WHERE d > 0
)
SELECT count(*) AS teams, bool_and(m.median = w.days) AS same_median
FROM (SELECT team, km_median(days, paid) AS median FROM survival_random GROUP BY team) AS m
JOIN (SELECT team, min(days) FILTER (WHERE s <= 0.5) AS days FROM curve GROUP BY team) AS w USING (team);

-- in parallel the same
CREATE TEMP TABLE survival_serial AS SELECT km_median(days, paid, amount) AS m, km_mean(days, paid, amount) AS a, km_curve(days, paid) AS c FROM survival_random;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT km_median(days, paid, amount), km_curve(days, paid) FROM survival_random;
SELECT p.m = s.m AND p.a = s.a AND p.c = s.c AS equal_to_serial
FROM (SELECT km_median(days, paid, amount) AS m, km_mean(days, paid, amount) AS a, km_curve(days, paid) AS c FROM survival_random) AS p, survival_serial AS s;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- mistakes
SELECT km_median(-1, true);
\echo :LAST_ERROR_SQLSTATE
SELECT km_median('NaN', true);
SELECT km_median('Infinity', true);
SELECT km_median(1, true, -1);
\echo :LAST_ERROR_SQLSTATE
SELECT km_median(1, true, 'NaN');
SELECT km_median(1, true, 0.00001);
\echo :LAST_ERROR_SQLSTATE
SELECT km_median(1, true, 1e15);
SELECT km_median(1, true, w) FROM (VALUES (9e14), (9e14)) AS v(w);
\echo :LAST_ERROR_SQLSTATE

DROP TABLE survival_case, survival_random;
