-- proportional hazards: what lengthens or shortens the time until it happens
SET search_path = public, pulse;

-- Remission in weeks under 6-MP and under placebo (Freireich and others, 1963). With Efron's ties the textbooks have
-- 1.5721 for placebo, standard error 0.4124, log likelihood -85.00842.
CREATE TABLE cox_case (weeks int, relapsed boolean, placebo int);
INSERT INTO cox_case SELECT unnest('{6,6,6,7,10,13,16,22,23}'::int[]), true, 0;
INSERT INTO cox_case SELECT unnest('{6,9,10,11,17,19,20,25,32,32,34,35}'::int[]), false, 0;
INSERT INTO cox_case SELECT unnest('{1,1,2,2,3,4,4,5,5,8,8,8,8,11,11,12,12,15,17,22,23}'::int[]), true, 1;
CREATE TABLE cox_fitted AS SELECT fit_cox(weeks, relapsed, ARRAY[placebo]) AS m FROM cox_case;
SELECT (m).status, (m).observations, (m).happened, round((m).coefficients[1]::numeric, 4) AS coefficient, round((m).standard_errors[1]::numeric, 4) AS error,
	(m).means, round((m).log_likelihood::numeric, 5) AS log_likelihood, round((m).null_log_likelihood::numeric, 5) AS null_log_likelihood FROM cox_fitted;
SELECT round((hazard_ratio(m, '{1}') / hazard_ratio(m, '{0}'))::numeric, 3) AS times_as_fast FROM cox_fitted;
SELECT w, round(survival(m, '{0}', w)::numeric, 4) AS treated, round(survival(m, '{1}', w)::numeric, 4) AS placebo,
	abs(survival(m, '{1}', w) - survival(m, '{0}', w) ^ exp((m).coefficients[1])) < 1e-12 AS proportional
FROM cox_fitted, unnest('{0,0.5,1,10,23,100}'::float8[]) AS w ORDER BY 1;
-- without any influence the baseline is that of Nelson and Aalen, with ties one after the other
SELECT bool_and(abs(survival(m, '{7}', weeks) - exp(-h)) < 1e-12) AS nelson_aalen
FROM (SELECT fit_cox(weeks, relapsed, '{7}') AS m FROM cox_case) AS f, (
	SELECT weeks, sum(sum(1.0 / (n - k))) OVER (ORDER BY weeks) AS h
	FROM (SELECT weeks, count(*) AS d, (SELECT count(*) FROM cox_case AS r WHERE r.weeks >= c.weeks) AS n FROM cox_case AS c WHERE relapsed GROUP BY weeks) AS t,
		generate_series(0, d - 1) AS k GROUP BY weeks) AS a;

-- the order of rows and parallel workers change nothing
CREATE TABLE cox_random AS
SELECT g AS id, 1 + g * 7919 % 365 AS days, g % 3 > 0 AS lost, ARRAY[g * 104729 % 100, g % 7, (g * 7919 % 365) / 30 + g % 11]::float8[] AS x FROM generate_series(1, 5000) AS g;
ANALYZE cox_random;
CREATE TABLE cox_serial AS SELECT fit_cox(days, lost, x) AS m FROM cox_random;
SELECT (m).status, (m).coefficients[3] < 0 AS third_lengthens FROM cox_serial;
SELECT fit_cox(days, lost, x ORDER BY x, id DESC) = (SELECT m FROM cox_serial) AS any_order FROM cox_random;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT fit_cox(days, lost, x) FROM cox_random;
SELECT fit_cox(days, lost, x) = (SELECT m FROM cox_serial) AS in_parallel FROM cox_random;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- what does not fit says so
SELECT (fit_cox(d, false, '{1}')).* FROM generate_series(1, 3) AS d;
SELECT (m).status, (m).coefficients[2], (m).standard_errors[2] IS NULL AS unknown, hazard_ratio(m, ARRAY[50, 100]) > 0 AS predicts
FROM (SELECT fit_cox(days, lost, ARRAY[x[1], 2 * x[1]]) AS m FROM cox_random) AS f;
SELECT (m).status, (m).coefficients[1] > 0 AS shortens FROM (SELECT fit_cox(g + 100 * (g % 2), true, ARRAY[1 - g % 2]) AS m FROM generate_series(1, 50) AS g) AS f;
-- one in a hundred, to whom it never happens: no end either, though the likelihood hardly rises any more
SELECT (m).status, (m).coefficients[1] < -10 AS lengthens, abs((m).coefficients[2]) < 0.1 AS no_influence
FROM (SELECT fit_cox(g, g % 100 <> 0, ARRAY[(g % 100 = 0)::int, g % 7]) AS m FROM generate_series(1, 1000) AS g) AS f;
-- it happens to one of them: an end
SELECT (m).status, (m).coefficients[1] < 0 AS lengthens FROM (SELECT fit_cox(g, g % 100 <> 0 OR g = 500, ARRAY[(g % 100 = 0)::int, g % 7]) AS m FROM generate_series(1, 1000) AS g) AS f;
SELECT fit_cox(d, NULL, '{1}') IS NULL AND fit_cox(d, true, '{NULL}') IS NULL AS nulls_are_left_out FROM generate_series(1, 3) AS d;
SELECT hazard_ratio(m, '{NULL}') IS NULL AND survival(ROW('nothing_happened', 3, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL), '{1}', 5) IS NULL AS unknown FROM cox_fitted;
SELECT fit_cox(-1, true, '{1}');
SELECT fit_cox('Infinity', true, '{1}');
SELECT fit_cox(1, true, '{NaN}');
SELECT fit_cox(1, true, '{1,-1e101}');
\echo :LAST_ERROR_SQLSTATE
SELECT fit_cox(1, true, '{}');
SELECT fit_cox(1, true, CASE WHEN g = 1 THEN ARRAY[1.0] ELSE ARRAY[1.0, 2.0] END) FROM generate_series(1, 2) AS g;
SELECT hazard_ratio(m, '{1,2}') FROM cox_fitted;
SELECT survival(m, '{1}', -1) FROM cox_fitted;
SELECT hazard_ratio(ROW('ok', 1, 1, ARRAY[NULL]::float8[], NULL, '{1}', 0, 0, '{}', '{}')::cox_model, '{1}');
DROP TABLE cox_case, cox_fitted, cox_random, cox_serial;
