-- health: a model fitted to outcomes, and judged by them
SET search_path = public, pulse;
-- figures by hand: four good, three bad, one tie
SELECT create_model('regress identity', '[{"dimension": "a", "curve": "linear 0:0 100:100"}]');
CREATE TABLE health_outcome (id int PRIMARY KEY, a int, churned boolean);
INSERT INTO health_outcome VALUES (1, 90, false), (2, 80, false), (3, 60, false), (4, 30, false), (5, 60, true), (6, 20, true), (7, 10, true), (8, 50, NULL), (9, NULL, true);
SELECT * FROM evaluate_model('regress identity', 'health_outcome', 'churned');
SELECT * FROM confusion('regress identity', 'health_outcome', 'churned');
SELECT * FROM evaluate_model('regress identity', 'health_outcome', 'churned') AS e,
	(SELECT avg(CASE WHEN b.a < g.a THEN 1 WHEN b.a = g.a THEN 0.5 ELSE 0 END) AS auc_by_pairs FROM health_outcome AS b, health_outcome AS g WHERE b.churned AND NOT g.churned AND b.a IS NOT NULL) AS pairs WHERE abs(e.auc - auc_by_pairs) < 0.000001;

-- a scorecard: numbers in monotone bins, categories, a column that says nothing
CREATE TABLE health_history AS
	SELECT g AS id, g % 10 AS tenure, CASE g % 3 WHEN 0 THEN 'monthly' ELSE 'two years' END AS contract, g % 7 = 0 AS paperless, g % 5 AS noise,
		(g * 7919) % 100 < 70 - (g % 10) * 6 - CASE WHEN g % 3 = 0 THEN 0 ELSE 20 END + CASE WHEN g % 10 = 4 THEN 15 ELSE 0 END AS churned
	FROM generate_series(1, 2100) AS g;
SELECT * FROM fit_model('regress fitted', 'health_history', 'churned', '{tenure,contract,paperless,noise}');
SELECT dimension, curve, weight FROM explain_model('regress fitted');
SELECT * FROM evaluate_model('regress fitted', 'health_history', 'churned');
SELECT sum(good + bad) AS rows FROM confusion('regress fitted', 'health_history', 'churned');
-- the evidence by hand
SELECT contract, round(ln((count(*) FILTER (WHERE NOT churned) + 0.5) / ((SELECT count(*) FROM health_history WHERE NOT churned) + 0.5)
	/ ((count(*) FILTER (WHERE churned) + 0.5) / ((SELECT count(*) FROM health_history WHERE churned) + 0.5))), 6) AS evidence
FROM health_history GROUP BY contract ORDER BY contract;
-- again: the next version, and the same; bins as they fall
SELECT count(*) FROM fit_model('regress fitted', 'health_history', 'churned', '{tenure,contract,paperless,noise}');
SELECT version FROM models WHERE name = 'regress fitted';
SELECT count(DISTINCT (dimension, curve::text, weight)) AS dimensions FROM pulse_internal.model_dimension AS d JOIN pulse_internal.model AS m USING (model_id) WHERE m.name = 'regress fitted';
SELECT * FROM fit_model('regress free', 'health_history', 'churned', '{tenure}', bins => 10, monotone => false);
SELECT dimension, curve FROM explain_model('regress free');
-- the same in parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT * FROM evaluate_model('regress fitted', 'health_history', 'churned');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- an author fits, anyone evaluates
CREATE ROLE regress_fit_author IN ROLE pulse_author;
CREATE ROLE regress_fit_reader;
GRANT SELECT ON health_history TO regress_fit_author, regress_fit_reader;
SET ROLE regress_fit_author;
SELECT count(*) FROM pulse.fit_model('regress authored', 'public.health_history', 'churned', '{tenure,contract}');
SET ROLE regress_fit_reader;
SELECT good, bad, auc > 0.7 AS better_than_chance FROM pulse.evaluate_model('regress authored', 'public.health_history', 'churned');
SELECT count(*) AS bands FROM pulse.confusion('regress authored', 'public.health_history', 'churned');
SELECT pulse.fit_model('regress mine', 'public.health_history', 'churned', '{tenure}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
REVOKE ALL ON health_history FROM regress_fit_author, regress_fit_reader;

-- mistakes
\set VERBOSITY terse
SELECT * FROM fit_model('regress bad', 'health_history', 'tenure', '{contract}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM fit_model('regress bad', 'health_history', 'churned', '{nothing}');
CREATE VIEW health_loyal AS SELECT * FROM health_history WHERE NOT churned;
SELECT * FROM fit_model('regress bad', 'health_loyal', 'churned', '{contract}');
SELECT * FROM fit_model('regress bad', 'health_history', 'churned', '{contract}', bins => 1);
SELECT * FROM evaluate_model('regress fitted', 'health_loyal', 'churned');
SELECT * FROM evaluate_model('regress fitted', 'health_history', 'tenure');
SELECT * FROM confusion('regress fitted', 'health_history', 'nothing');
SELECT * FROM evaluate_model('regress fitted', 'health_history', 'paperless');
SELECT * FROM fit_model('regress bad', 'health_history', 'churned', '{tenure,tenure}');
SELECT * FROM fit_model('regress bad', 'health_history', 'churned', '{}');
SELECT * FROM evaluate_model('nothing', 'health_history', 'churned');
SELECT count(*) FROM models WHERE name = 'regress bad';
\set VERBOSITY default
SELECT drop_model(name) FROM models WHERE name LIKE 'regress%';
DROP ROLE regress_fit_author, regress_fit_reader;
DROP VIEW health_loyal;
DROP TABLE health_outcome, health_history;

-- groups: what weighs together; without a gap the same score
CREATE TABLE health_grouped AS SELECT g AS id, (g * 7) % 50 AS tenure, (g * 13) % 40 AS tickets, (ARRAY['month', 'year'])[1 + g % 2] AS contract,
	((g * 7) % 50 < 15 AND g % 3 > 0) OR g % 11 = 0 AS churned FROM generate_series(1, 600) AS g;
SELECT count(*) FROM pulse.fit_model('regress plain fit', 'health_grouped', 'churned', '{tenure,tickets,contract}');
SELECT count(*) FROM pulse.fit_model('regress group fit', 'health_grouped', 'churned', '{tenure,tickets,contract}', groups => '{"bond": ["tenure", "contract"]}');
SELECT dimension, group_name, weight > 0 AS weighs FROM pulse.explain_model('regress group fit');
SELECT bool_and(pulse.health('regress plain fit', h) OPERATOR(pulse.=) pulse.health('regress group fit', h)) AS same FROM health_grouped AS h;
-- mistakes: nothing is kept of them
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT * FROM pulse.fit_model('regress bad fit', 'health_grouped', 'churned', '{tenure}', groups => '{"bond": ["contract"]}');
SELECT * FROM pulse.fit_model('regress bad fit', 'health_grouped', 'churned', '{tenure}', groups => '{"bond": ["tenure"], "other": ["tenure"]}');
SELECT * FROM pulse.fit_model('regress bad fit', 'health_grouped', 'churned', '{tenure}', groups => '["tenure"]');
-- an outcome that a column tells alone, or that all tell together
CREATE VIEW health_told AS SELECT *, CASE WHEN churned THEN 'gone' ELSE 'here' END AS status FROM health_grouped;
SELECT * FROM pulse.fit_model('regress bad fit', 'health_told', 'churned', '{tenure,status}');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE health_apart AS SELECT g AS id, g % 2 = 0 AS a, g % 3 = 0 AS b, g % 2 = 0 AND g % 3 = 0 AS churned FROM generate_series(1, 60) AS g;
SELECT * FROM pulse.fit_model('regress bad fit', 'health_apart', 'churned', '{a,b}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.fit_model('regress bad fit', 'health_grouped', 'churned', '{nothing}');
CREATE VIEW health_many AS SELECT id::text AS name, churned FROM health_grouped;
SELECT * FROM pulse.fit_model('regress bad fit', 'health_many', 'churned', '{name}');
CREATE VIEW health_quoted AS SELECT contract || '"' AS name, churned FROM health_grouped;
SELECT * FROM pulse.fit_model('regress bad fit', 'health_quoted', 'churned', '{name}');
-- infinity lies in the outermost bins, NaN in none
CREATE VIEW health_far AS SELECT CASE WHEN id % 50 = 0 THEN 'Infinity' WHEN id % 51 = 0 THEN '-Infinity' WHEN id % 53 = 0 THEN 'NaN' WHEN id % 59 = 0 THEN 1e200 ELSE tenure END AS tenure, churned FROM health_grouped;
SELECT * FROM pulse.fit_model('regress far fit', 'health_far', 'churned', '{tenure}');
SELECT curve FROM pulse.explain_model('regress far fit');
CREATE VIEW health_one_class AS SELECT id, tenure, false AS churned FROM health_grouped;
SELECT * FROM pulse.fit_model('regress bad fit', 'health_one_class', 'churned', '{tenure}');
SELECT count(*) AS kept FROM pulse.models WHERE name LIKE 'regress bad%' OR name LIKE 'being fitted%';
SELECT pulse.drop_model(name) FROM pulse.models WHERE name LIKE 'regress % fit' ORDER BY name;
DROP TABLE health_grouped, health_apart CASCADE;
