-- purchases: how often a customer buys, whether it still does, how much it will
SET search_path = public, pulse;
SET extra_float_digits = 0;

-- a history: several purchases on one day are one, later ones are not known yet
CREATE TABLE purchase_case (customer text, day date);
INSERT INTO purchase_case VALUES
	('often', '2026-01-01'), ('often', '2026-01-11'), ('often', '2026-01-11'), ('often', '2026-03-01'), ('often', '2026-05-01'),
	('once', '2026-01-31'), ('later', '2026-05-01'), ('never', NULL);
SELECT customer, (h).* FROM (SELECT customer, purchase_history(day, date '2026-04-01') AS h FROM purchase_case GROUP BY customer) AS c ORDER BY 1;
SELECT purchase_history(day, day) FROM purchase_case;
SELECT purchase_history('infinity', date '2026-04-01');

-- The parameters of the paper, fitted to purchases in weeks: r 0.243, alpha 4.414, a 0.793, b 2.426.
-- Its worked customer: 2 repeats, the last after 30.43 of 38.86 weeks; over 39 weeks 1.226 more are expected.
SELECT round(expected_purchases(m, h, 39)::numeric, 3) AS expected, round(p_alive(m, h)::numeric, 4) AS alive
FROM (SELECT ROW('ok', 2357, 0.243, 4.414, 0.793, 2.426, NULL)::purchase_model AS m, ROW(2, 30.43, 38.86)::purchase_history AS h) AS paper;
-- the chance to be alive from its definition
SELECT abs(p_alive(m, h) - 1 / (1 + a / (b + x - 1) * ((alpha + age) / (alpha + recency)) ^ (r + x))) < 1e-12 AS as_defined
FROM (SELECT x, recency, age, 0.243 AS r, 4.414 AS alpha, 0.793 AS a, 2.426 AS b, ROW('ok', 1, 0.243, 4.414, 0.793, 2.426, 0)::purchase_model AS m,
		ROW(x, recency, age)::purchase_history AS h FROM (VALUES (1, 1.0, 40.0), (7, 38.0, 39.0), (200, 10.0, 39.0)) AS v(x, recency, age)) AS c;
-- one purchase: alive, since one can only leave after a repeat; the expectation is a sum over time
SELECT p_alive(m, h), expected_purchases(m, h, 0), expected_purchases(m, h, 10) < expected_purchases(m, h, 20) AS rises
FROM (SELECT ROW('ok', 1, 0.243, 4.414, 0.793, 2.426, 0)::purchase_model AS m, ROW(0, 0, 12)::purchase_history AS h) AS c;

-- fitted: the same in any order and in parallel
-- customers who buy every so many days, and leave after each purchase with a chance of their own
CREATE TABLE purchase_life AS
SELECT customer, date '2025-01-01' + customer % 97 + i * every::int AS day
FROM (SELECT g AS customer, 2 + (g * 7919 % 13) ^ 2 AS every, (ln((g * 104729 % 997 + 1) / 998.0) / ln(1 - (g % 7 + 0.5) / 8))::int AS last FROM generate_series(1, 3000) AS g) AS c,
	generate_series(0, last) AS i
WHERE date '2025-01-01' + customer % 97 + i * every::int <= date '2025-12-31';
CREATE TABLE purchase_fitted AS
SELECT fit_purchases(h) AS m FROM (SELECT purchase_history(day, date '2025-12-31') AS h FROM purchase_life GROUP BY customer) AS c;
SELECT (m).status, (m).customers, round((m).r::numeric, 4) AS r, round((m).alpha::numeric, 3) AS alpha, round((m).a::numeric, 4) AS a,
	round((m).b::numeric, 4) AS b, round((m).log_likelihood::numeric, 2) AS log_likelihood FROM purchase_fitted;
SELECT fit_purchases(h ORDER BY h DESC) = (SELECT m FROM purchase_fitted) AS any_order
FROM (SELECT purchase_history(day, date '2025-12-31') AS h FROM purchase_life GROUP BY customer) AS c;
CREATE TABLE purchase_histories AS SELECT customer, purchase_history(day, date '2025-12-31') AS h FROM purchase_life GROUP BY customer;
ANALYZE purchase_histories;
ANALYZE purchase_life;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT fit_purchases(h) FROM purchase_histories;
SELECT fit_purchases(h) = (SELECT m FROM purchase_fitted) AS in_parallel FROM purchase_histories;
SET enable_hashagg = on;
SELECT count(*) FILTER (WHERE p.h = s.h) = count(*) AS histories_in_parallel
FROM (SELECT customer, purchase_history(day, date '2025-12-31') AS h FROM purchase_life GROUP BY customer) AS p JOIN purchase_histories AS s USING (customer);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
-- the fit is the likeliest: the likelihood written out in SQL has no better neighbour
WITH gamma AS MATERIALIZED (SELECT customer, (h).repeats AS x, (h).recency AS t, (h).age AS age FROM purchase_histories),
candidate AS (
	SELECT f.n, (m).r * CASE WHEN f.n IN (1, 2) THEN f.factor ELSE 1 END AS r, (m).alpha * CASE WHEN f.n IN (3, 4) THEN f.factor ELSE 1 END AS alpha,
		(m).a * CASE WHEN f.n IN (5, 6) THEN f.factor ELSE 1 END AS a, (m).b * CASE WHEN f.n IN (7, 8) THEN f.factor ELSE 1 END AS b
	FROM purchase_fitted, (SELECT n, CASE WHEN n = 0 THEN 1 WHEN n % 2 = 1 THEN 1.01 ELSE 0.99 END AS factor FROM generate_series(0, 8) AS n) AS f
), likelihood AS (
	-- gamma(r + x) / gamma(r) and the beta ratios as products over the repeats
	SELECT c.n, sum(ln((SELECT coalesce(exp(sum(ln((c.r + k) * (c.b + k) / (c.a + c.b + k)))), 1) FROM generate_series(0, g.x - 1) AS k)
		* (c.alpha / (c.alpha + g.age)) ^ c.r / (c.alpha + g.age) ^ g.x
		* (1 + CASE WHEN g.x > 0 THEN c.a / (c.b + g.x - 1) * ((c.alpha + g.age) / (c.alpha + g.t)) ^ (c.r + g.x) ELSE 0 END))) AS l
	FROM candidate AS c, gamma AS g GROUP BY c.n
)
SELECT abs(max(l) FILTER (WHERE n = 0) / (SELECT (m).log_likelihood FROM purchase_fitted) - 1) < 1e-9 AS same_likelihood,
	count(*) FILTER (WHERE n > 0 AND l < (SELECT l FROM likelihood WHERE n = 0)) AS worse_neighbours FROM likelihood;

-- what cannot be fitted, and what is not a history
SELECT (fit_purchases(ROW(0, 0, n)::purchase_history)).* FROM generate_series(1, 5) AS n;
SELECT (fit_purchases(NULL::purchase_history)) IS NULL AS nothing;
SELECT fit_purchases(ROW(1, NULL, 5)::purchase_history) IS NULL AS null_is_left_out;
SELECT (fit_purchases(ROW(3, 9, 10)::purchase_history)).status FROM generate_series(1, 20);
SELECT p_alive(ROW('no_repeats', 5, NULL, NULL, NULL, NULL, NULL)::purchase_model, ROW(0, 0, 5)::purchase_history) IS NULL AS unknown;
SELECT fit_purchases(ROW(2, 7, 5)::purchase_history);
SELECT p_alive(ROW('ok', 1, 1, 1, 1, 1, 0)::purchase_model, ROW(2, 0, 5)::purchase_history);
SELECT p_alive(ROW('ok', 1, 1, 0, 1, 1, 0)::purchase_model, ROW(0, 0, 5)::purchase_history);
SELECT expected_purchases(ROW('ok', 1, 1, 1, 1, 1, 0)::purchase_model, ROW(0, 0, 5)::purchase_history, 'NaN');
SELECT expected_purchases(ROW('ok', 1, 1e300, 1e300, 1e300, 1e300, 0)::purchase_model, ROW(2, 3, 4)::purchase_history, 1e300);
\echo :LAST_ERROR_SQLSTATE

-- as a dimension of health
CREATE VIEW purchase_customer AS
SELECT customer, p_alive(m, h) AS alive FROM purchase_histories, purchase_fitted WHERE customer <= 3;
SELECT create_model('purchase', '[{"dimension": "alive", "curve": "linear 0:0 1:100"}]') IS NOT NULL AS made;
SELECT customer, abs(score(health('purchase', c)) - round(100 * alive::numeric, 2)) <= 0.01 AS scored FROM purchase_customer AS c ORDER BY 1;
SELECT drop_model('purchase') IS NOT NULL AS dropped;
DROP VIEW purchase_customer;
DROP TABLE purchase_case, purchase_life, purchase_fitted, purchase_histories;
