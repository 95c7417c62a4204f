-- health: a score of a row by a model, with what missing values may hide
SET search_path = public, pulse;

-- curves
SELECT '  linear 0:100  90.50:0 '::curve;
SELECT value, points('linear 0:100 30:60 90:0', value) FROM unnest('{-5,0,15,30,31,60,90,1e30,-Infinity,NaN}'::numeric[]) AS value;
SELECT 'bent 0:1'::curve;
\echo :LAST_ERROR_SQLSTATE
SELECT 'linear'::curve;
SELECT 'linear 90:0 0:100'::curve;
SELECT 'linear 0:120'::curve;
SELECT 'linear 0:1.0000001'::curve;
SELECT 'linear 0 100'::curve;

-- a model of three dimensions
SELECT create_model('regress standard', '[
	{"dimension": "silence", "column": "days_silent", "curve": "linear 0:100 90:0", "weight": 2},
	{"dimension": "satisfaction", "column": "nps", "curve": "linear -100:0 100:100", "weight": 1, "missing": "neutral"},
	{"dimension": "overdue", "curve": "linear 0:100 50000:0", "weight": 1, "missing": "worst"},
	{"dimension": "shown", "column": "days_silent", "curve": "linear 0:0 1:100", "weight": 0}]',
	'{"red": 0, "amber": 50.5, "green": 75}', 60);
SELECT name, version, dimensions, bands, minimum_coverage FROM models WHERE name LIKE 'regress%';
SELECT * FROM explain_model('regress standard');

CREATE TABLE health_customer (id int PRIMARY KEY, dropped text, days_silent int, nps float8, overdue numeric(12,2), note text);
ALTER TABLE health_customer DROP COLUMN dropped;
INSERT INTO health_customer VALUES (1, 0, 100, 0), (2, 45, 0, 25000), (3, 9, NULL, NULL), (4, NULL, 50, 100), (5, NULL, NULL, NULL), (6, 90, -100, 1e9), (7, 30, 'NaN', 12.345);
SELECT id, health('regress standard', c) FROM health_customer AS c ORDER BY id;
SELECT id, score(h), band(h), low(h), high(h), coverage(h)
FROM (SELECT id, health('regress standard', c) AS h FROM health_customer AS c) AS scored ORDER BY h, id;
SELECT c.id, e.* FROM health_customer AS c, explain_health('regress standard', c) AS e WHERE c.id IN (3, 7) ORDER BY c.id, e.contribution DESC, e.dimension;
-- any row will do that has the columns
SELECT health('regress standard', x) FROM (SELECT true AS overdue, 30::bigint AS days_silent, 12.5::real AS nps) AS x;
SELECT health('regress standard', NULL::health_customer) IS NULL AS no_row;

-- all dimensions missing, and none in place of them: the score is unknown
SELECT create_model('regress bare', '[{"dimension": "a", "curve": "linear 0:10 10:90"}, {"dimension": "b", "curve": "linear 0:0 100:100", "weight": 0.5}]');
SELECT health('regress bare', x), score(health('regress bare', x)) IS NULL AS unknown FROM (SELECT NULL::int AS a, NULL::int AS b) AS x;
SELECT sum(contribution) FROM (SELECT NULL::int AS a, NULL::int AS b) AS x, explain_health('regress bare', x);
-- rounded once, at the end; the half goes up; a band begins exactly at its bound
SELECT create_model('regress mean', '[{"dimension": "a", "curve": "linear 0:0 100:100"}, {"dimension": "b", "curve": "linear 0:0 100:100"}]', '{"red": 0, "amber": 50.5, "green": 75}');
SELECT a, b, health('regress mean', x) FROM (VALUES (74.5, 76.4), (50.5, 50.5), (50.49, 50.50), (50.49, 50.49), (75, 74.98), (0.01, 0)) AS x(a, b);

-- the type: text, order, binary
SELECT '75.5 green'::health, '90 grey [45, 95] 50%'::health, '- grey [0, 100] 0%'::health;
SELECT h FROM unnest('{"- grey [0, 100] 0%",75 green,8 red,"75 green [70, 80] 90%",100 blue}'::health[]) AS h ORDER BY h;
SELECT h::text::health = h AS round_trip FROM (SELECT health('regress standard', c) AS h FROM health_customer AS c) AS x GROUP BY h ORDER BY h;
CREATE TABLE health_stored (id int, h health);
INSERT INTO health_stored SELECT id, health('regress standard', c) FROM health_customer AS c;
CREATE INDEX ON health_stored (h);
\copy health_stored TO 'results/health.bin' (FORMAT binary)
CREATE TABLE health_copy (id int, h health);
\copy health_copy FROM 'results/health.bin' (FORMAT binary)
SELECT count(*) AS same FROM health_stored JOIN health_copy USING (id, h);
\copy (SELECT 1, (-1)::bigint) TO 'results/health.bin' (FORMAT binary)
\copy health_copy FROM 'results/health.bin' (FORMAT binary)
SELECT 'green'::health;
\echo :LAST_ERROR_SQLSTATE
SELECT '75 turquoise'::health;
\echo :LAST_ERROR_SQLSTATE
SELECT '101 green'::health;
SELECT '50.001 green'::health;
SELECT '50 amber [60, 40] 50%'::health;
SELECT '50 amber [40, 60] 101%'::health;
SELECT '50 amber [40, 60] 50% and more'::health;
SELECT '- green'::health;

-- a version is a statement's; a new one is the next statement's
SELECT alter_model('regress mean', bands => '{"red": 0, "white": 10}') AS version;
SELECT health('regress mean', x) FROM (SELECT 74 AS a, 76 AS b) AS x;
SELECT alter_model('regress mean', dimensions => '[{"dimension": "a", "curve": "linear 0:100 100:0"}]', minimum_coverage => 0) AS version;
SELECT health('regress mean', x) FROM (SELECT 74 AS a, 76 AS b) AS x;
SELECT name, version, dimensions, bands, minimum_coverage FROM models WHERE name = 'regress mean';
SELECT v.version, d.dimension, d.curve FROM pulse_internal.model AS m JOIN pulse_internal.model_version AS v USING (model_id)
JOIN pulse_internal.model_dimension AS d USING (model_id) WHERE d.version = v.version AND m.name = 'regress mean' ORDER BY 1, d.ordinal;
BEGIN;
SELECT alter_model('regress mean', dimensions => '[{"dimension": "a", "curve": "linear 0:1 100:1"}]') AS version;
SELECT health('regress mean', x) FROM (SELECT 74 AS a) AS x;
ROLLBACK;
SELECT health('regress mean', x) FROM (SELECT 74 AS a) AS x;
-- within one function, whose expressions are prepared once
DO $$
DECLARE
	c record;
BEGIN
	FOR i IN 1..3 LOOP
		SELECT 10 AS a, i AS version INTO c;
		PERFORM pulse.alter_model('regress mean', jsonb_build_array(jsonb_build_object('dimension', 'a', 'curve', format('linear 0:%s', i))));
		RAISE NOTICE '%', pulse.health('regress mean', c);
	END LOOP;
END
$$;
-- several models in one statement, and a row whose type changes
SELECT m, health(m, x) FROM (VALUES ('regress bare'), ('regress mean'), ('regress bare')) AS v(m), (SELECT 5 AS a, 50 AS b) AS x;
ALTER TABLE health_customer ALTER days_silent TYPE numeric, ADD COLUMN b int DEFAULT 3;
SELECT id, health('regress standard', c) FROM health_customer AS c WHERE id < 3 ORDER BY id;
SELECT h = health('regress standard', c) AS as_before FROM health_customer AS c JOIN health_stored USING (id) ORDER BY id;

-- where it can, the planner hands the columns over instead of forming a row; the scores are the same
EXPLAIN (VERBOSE, COSTS OFF) SELECT health('regress standard', c) FROM health_customer AS c;
EXPLAIN (VERBOSE, COSTS OFF) SELECT health('regress mean', x) FROM (SELECT id + 1 AS a FROM health_customer) AS x;
SELECT count(*) AS rows, bool_and(health('regress standard', c) = health((SELECT 'regress standard'), c)) AS same FROM health_customer AS c;
-- a row that an outer join makes NULL has no health, planned or not
SELECT g, c.id, health('regress standard', c) FROM generate_series(1, 9, 4) AS g LEFT JOIN health_customer AS c ON c.id = g ORDER BY g;
SELECT g, h FROM generate_series(1, 9, 4) AS g LEFT JOIN health_customer AS c ON c.id = g, LATERAL health('regress standard', c) AS h ORDER BY g;
SELECT g, x.id, x.h FROM generate_series(1, 9, 4) AS g LEFT JOIN (SELECT c.id, health('regress standard', c) AS h FROM health_customer AS c) AS x ON x.id = g ORDER BY g;
-- a kept plan follows a change of the model
PREPARE regress_health AS SELECT health('regress mean', c) FROM health_customer AS c WHERE id = 1;
SELECT alter_model('regress mean', '[{"dimension": "id", "curve": "linear 0:0 100:100"}]') AS version;
EXECUTE regress_health;
EXECUTE regress_health;
SELECT alter_model('regress mean', '[{"dimension": "overdue", "curve": "linear 0:44 100:100"}]') AS version;
EXECUTE regress_health;
SET plan_cache_mode = force_generic_plan;
SELECT alter_model('regress mean', '[{"dimension": "b", "curve": "linear 0:0 100:100"}]') AS version;
EXECUTE regress_health;
SELECT alter_model('regress mean', '[{"dimension": "nps", "curve": "linear 0:0 100:100"}]') AS version;
EXECUTE regress_health;
RESET plan_cache_mode;
DEALLOCATE regress_health;

-- contributions add up to the score, to the hundredth, whatever is missing
SELECT setseed(0.25);
CREATE TABLE health_random AS
	SELECT g AS id, CASE WHEN random() < 0.8 THEN random() * 120 END AS a, CASE WHEN random() < 0.8 THEN (random() * 120)::numeric END AS b,
		CASE WHEN random() < 0.8 THEN (random() * 120)::int END AS c, CASE WHEN random() < 0.8 THEN random() * 120 END AS d
	FROM generate_series(1, 3000) AS g;
SELECT create_model('regress random', '[
	{"dimension": "a", "curve": "linear 0:0 100:100", "weight": 3.1},
	{"dimension": "b", "curve": "linear 0:100 33.3:41.7 100:0", "weight": 0.333333},
	{"dimension": "c", "curve": "linear 10:90 110:7", "weight": 7, "missing": "neutral"},
	{"dimension": "d", "curve": "linear 0:0 50:100", "weight": 1, "missing": "worst"}]');
SELECT count(*) AS rows, bool_and(e.sum = score(h)) AS adds_up, bool_and(low(h) <= high(h)) AS bounded,
	bool_and(coverage(h) < 100 OR (low(h) = score(h) AND high(h) = score(h))) AS certain_when_covered
FROM (SELECT r, health('regress random', r) AS h FROM health_random AS r) AS scored,
	LATERAL (SELECT sum(contribution) FROM explain_health('regress random', r)) AS e
WHERE score(h) IS NOT NULL;
-- a better value never gives a lower score
SELECT count(*) FILTER (WHERE h < previous) AS lower_than_before
FROM (SELECT h, lag(h) OVER (ORDER BY a) AS previous
	  FROM (SELECT a, health('regress random', x) AS h FROM (SELECT g / 7.0 AS a, 20 AS b, 30 AS c, 40 AS d FROM generate_series(0, 800) AS g) AS x) AS scored) AS steps;
-- losing a value never makes a customer surer of a good band
SELECT count(*) AS rows, bool_and(low(without) <= low(h) AND high(without) >= high(h)) AS never_surer
FROM (SELECT health('regress random', r) AS h, health('regress random', x) AS without
	  FROM health_random AS r, LATERAL (SELECT NULL::int AS a, r.b, r.c, r.d) AS x) AS both_ways;
-- the scores are the same by hand
SELECT count(*) AS rows, bool_and(score(health('regress bare', x)) = round((2 * points('linear 0:10 10:90', a::numeric) + points('linear 0:0 100:100', b)) / 3, 2)) AS same
FROM (SELECT a, b FROM health_random WHERE a IS NOT NULL AND b IS NOT NULL) AS x;

-- in parallel too
ANALYZE health_random;
CREATE TEMP TABLE health_serial AS SELECT id, health('regress random', r) AS h FROM health_random AS r;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT band(health('regress random', r)), count(*) FROM health_random AS r GROUP BY 1;
CREATE TABLE health_parallel AS SELECT id, health('regress random', r) AS h FROM health_random AS r;
SELECT count(*) AS same FROM health_serial JOIN health_parallel USING (id, h);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- each mistake says what it is, and makes nothing
\set SHOW_CONTEXT never
SELECT health('nothing', c) FROM health_customer AS c;
\echo :LAST_ERROR_SQLSTATE
SELECT health('regress standard', x) FROM (SELECT 1 AS days_silent, 2 AS nps) AS x;
\echo :LAST_ERROR_SQLSTATE
SELECT health('regress standard', x) FROM (SELECT 1 AS days_silent, 'good'::text AS nps, 2 AS overdue) AS x;
SELECT health('regress standard', x) FROM (SELECT point '(1,2)' AS days_silent, 1 AS nps, 2 AS overdue) AS x;
SELECT health('regress standard', ROW(1, 2, 3));
SELECT * FROM check_model('regress standard', 'health_customer');
SELECT * FROM check_model('regress standard', 'health_stored');
SELECT * FROM check_model('regress bare', 'health_customer') ORDER BY 1;
SELECT * FROM check_model('nothing', 'health_customer');
SELECT create_model('regress bad', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT create_model(NULL, '[]');
SELECT create_model('regress bad', '{}');
SELECT create_model('regress bad', '[]');
SELECT create_model('regress bad', '[1]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0", "wieght": 1}]');
SELECT create_model('regress bad', '[{"curve": "linear 0:0"}]');
SELECT create_model('regress bad', '[{"dimension": "a"}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0", "weight": -1}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0", "weight": 0}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0", "weight": 1000000}, {"dimension": "b", "curve": "linear 0:0", "weight": 0.000001}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0", "missing": "ignore"}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}, {"dimension": "a", "curve": "linear 0:0"}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "bent"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', '{"red": 10}');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', '{"red": 0, "green": 0}');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', '{"red": 0, "green": 100}');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', '{"rot": 0}');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', '{"red": 0, "grey": 10}');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', '[0, 10]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', minimum_coverage => 101);
SELECT create_model('regress bare', '[{"dimension": "a", "curve": "linear 0:0"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT alter_model('nothing', minimum_coverage => 10);
\echo :LAST_ERROR_SQLSTATE
SELECT alter_model('regress bare', dimensions => '[{"dimension": "a", "curve": "linear 0:0", "weight": 0}]');
\echo :LAST_ERROR_SQLSTATE
SELECT drop_model('nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT name, version FROM models WHERE name LIKE 'regress ba%' ORDER BY name;

-- who may: authors make models, anyone scores; the author is who called
CREATE ROLE regress_health_author IN ROLE pulse_author;
CREATE ROLE regress_health_reader;
SET ROLE regress_health_author;
SELECT pulse.create_model('regress authored', '[{"dimension": "a", "curve": "linear 0:0 10:100"}]');
SELECT author FROM pulse.models WHERE name = 'regress authored';
SET ROLE regress_health_reader;
SELECT pulse.health('regress authored', x) FROM (SELECT 9 AS a) AS x;
SELECT count(*) AS seen FROM pulse.models WHERE name LIKE 'regress%';
SELECT count(*) AS dimensions FROM pulse.explain_model('regress authored');
SELECT pulse.create_model('regress mine', '[]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_model('regress authored');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse_internal.insert_model('regress mine', '[]', '{}', 0, 10);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

SELECT drop_model(name) FROM models WHERE name LIKE 'regress%';
SELECT count(*) AS left_over FROM pulse_internal.model_version AS v LEFT JOIN pulse_internal.model AS m USING (model_id) WHERE m.model_id IS NULL;
DROP TABLE health_customer, health_stored, health_copy, health_random, health_parallel;
DROP ROLE regress_health_author, regress_health_reader;
