-- health: groups, hysteresis and dwell of bands, labels; a model as one document
SET search_path = public, pulse;
SET timezone = 'UTC';
SELECT set_setting('timezone', 'Asia/Shanghai');
SELECT set_clock('2026-03-31 12:00+08');

-- money weighs 3 and contact 1, whichever of their dimensions are there; "hint" is shown and not counted
SELECT create_model('regress groups', '[
	{"dimension": "overdue", "curve": "linear 0:100 100:0", "group": "money", "labels": {"en": "Days overdue", "zh": "逾期天数"}},
	{"dimension": "volume", "curve": "linear 0:0 100:100", "group": "money", "weight": 2},
	{"dimension": "visited", "curve": "linear 0:100 100:0", "group": "contact", "labels": {"zh": "最近拜访"}},
	{"dimension": "hint", "curve": "linear 0:0 1:100", "weight": 0},
	{"dimension": "mood", "curve": "map bad=>0 good=>100", "missing": "neutral"}]',
	bands => '{"red": 0, "amber": {"lower": 50, "hysteresis": 3}, "green": {"lower": 75, "hysteresis": 3, "dwell_days": 7}}',
	minimum_coverage => 60, groups => '[{"group": "money", "weight": 3, "labels": {"zh": "资金"}}, {"group": "contact"}]',
	vetoes => '[{"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red", "labels": {"en": "the contract has ended", "zh": "合同到期"}}]');
SELECT dimension, weight, share, group_name, labels FROM explain_model('regress groups');
SELECT * FROM explain_groups('regress groups');
SELECT * FROM explain_vetoes('regress groups');
SELECT name, dimensions, bands FROM models WHERE name = 'regress groups';
CREATE TABLE health_group (id int PRIMARY KEY, overdue int, volume int, visited date, hint bool, mood text, contract_end date);
INSERT INTO health_group VALUES (1, 10, 60, '2026-03-01', true, 'good', '2026-12-31'), (2, 10, NULL, '2026-03-01', true, 'bad', NULL),
	(3, NULL, NULL, '2026-03-01', NULL, 'good', '2026-03-31'), (4, NULL, NULL, NULL, NULL, NULL, NULL), (5, NULL, 60, NULL, NULL, 'good', NULL);
SELECT id, health('regress groups', g), health((SELECT 'regress groups'), g) = health('regress groups', g) AS same FROM health_group AS g ORDER BY id;
SELECT id, dimension, points, weight, share, contribution, status, group_name FROM health_group AS g, explain_health('regress groups', g)
WHERE id IN (2, 3) ORDER BY id, dimension;
SELECT count(*) AS rows, count(*) FILTER (WHERE e.sum = coalesce(score(health('regress groups', g)), 0)) AS exact
FROM health_group AS g, LATERAL (SELECT sum(contribution) FROM explain_health('regress groups', g)) AS e;
-- in words
SELECT sentence FROM health_group AS g, explain_health('regress groups', g, lang => 'en') WHERE id = 1;
SELECT sentence FROM health_group AS g, explain_health('regress groups', g, lang => 'zh') WHERE id = 3;
SELECT sentence FROM health_group AS g, explain_health('regress groups', g, '2026-02-01', 'zh') WHERE id = 3 AND dimension = 'visited';
SELECT * FROM explain_health('regress groups', NULL::health_group);
SELECT * FROM health_group AS g, explain_health('regress groups', g, lang => 'fr');
\echo :LAST_ERROR_SQLSTATE

-- out and in again: equal, under any name, in any version
SELECT jsonb_pretty(export_model('regress groups'));
SELECT import_model(export_model('regress groups'), 'regress copy') AS version;
SELECT export_model('regress copy') - 'model' = export_model('regress groups') - 'model' AS equal;
SELECT bool_and(health('regress copy', g) = health('regress groups', g)) AS scores_equal FROM health_group AS g;
-- what is in force already makes no version; what differs does, and the earlier one is kept
SELECT import_model(export_model('regress groups')) AS version;
SELECT import_model(jsonb_set(export_model('regress copy'), '{dimensions, 0, curve}', '"linear  0:100 100:0.0"')) AS version;
SELECT import_model(jsonb_set(export_model('regress copy'), '{groups, 0, weight}', '4')) AS version;
SELECT export_model('regress copy', 1) -> 'groups' AS first, export_model('regress copy') -> 'groups' AS second;
SELECT export_model('regress copy', 3), export_model('nobody');
-- every key that a document may have, none as usual: it comes out as it went in
CREATE TEMP TABLE health_document AS SELECT d FROM (VALUES ('{"model": "regress all", "minimum_coverage": 35,
	"bands": {"black": {"lower": 0, "dwell_days": 1.5}, "orange": {"lower": 33.33, "hysteresis": 2.5}, "white": {"lower": 90, "hysteresis": 0.25, "dwell_days": 30}},
	"groups": [{"group": "g", "weight": 2.5, "labels": {"en": "the g", "zh": "组"}}, {"group": "h", "weight": 0}],
	"dimensions": [
		{"dimension": "a", "column": "col a", "curve": "steps 0:100 30.5:60", "weight": 0.125, "missing": "neutral", "measured_at": "asked", "valid_days": 45.5, "group": "g", "labels": {"en": "A", "zh": "甲"}},
		{"dimension": "b", "column": "b", "curve": "decay half_life 3 days", "weight": 3, "missing": "zero", "group": "h"},
		{"dimension": "c", "column": "c", "curve": "logistic rising middle -4.5 doubling 10", "weight": 1, "missing": "worst"},
		{"dimension": "d", "column": "d", "curve": "map red=>0 else=>50", "weight": 0, "missing": "exclude", "labels": {"zh": "丁"}},
		{"dimension": "e", "column": "e", "curve": "linear -10:0 10:100", "weight": 1000000000, "missing": "exclude"}],
	"vetoes": [{"veto": "v", "column": "x", "since": -3.5, "below": 9, "band": "orange", "labels": {"en": "V", "zh": "否"}}, {"veto": "w", "column": "x", "below": 0, "band": "black"}],
	"segments": {"column": "size", "models": {"large": "regress small", "": "regress groups"}}}'::jsonb)) AS v(d);
SELECT import_model(d) AS version FROM health_document;
SELECT export_model('regress all') = d AS equal FROM health_document;
SELECT import_model(export_model('regress all'), 'regress all again') AS version;
SELECT export_model('regress all again') - 'model' = export_model('regress all') - 'model' AS equal;
SELECT import_model(export_model('regress all')) AS version, segments FROM models WHERE name = 'regress all';
SELECT alter_model('regress all', minimum_coverage => 36) AS version;
SELECT segments FROM models WHERE name = 'regress all';
SELECT alter_model('regress all', segments => '{}') AS version;
SELECT import_model(d) AS version FROM health_document;
SELECT export_model('regress all') = d AS equal FROM health_document;
SELECT import_model(d - 'segments') AS version FROM health_document;
SELECT export_model('regress all') -> 'segments' AS none, export_model('regress all', 2) -> 'segments' IS NOT NULL AS kept;
-- a document may leave out what is as usual
SELECT import_model('{"model": "regress small", "dimensions": [{"dimension": "a", "curve": "linear 0:0 1:100"}]}');
SELECT export_model('regress small');
SELECT alter_model('regress small', groups => '[{"group": "g"}]', dimensions => '[{"dimension": "a", "curve": "linear 0:0 1:100", "group": "g"}]');
SELECT export_model('regress small') -> 'groups';

-- mistakes; nothing is kept of them
\set SHOW_CONTEXT never
SELECT import_model('[]');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "parts": 1}');
\echo :LAST_ERROR_SQLSTATE
SELECT import_model('{"dimensions": [{"dimension": "a", "curve": "linear 0:0"}]}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "minimum_coverage": 50.5}');
SELECT import_model('{"model": "regress bad"}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "segments": 1}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "segments": {"column": "size", "models": {"large": 1}}}');
SELECT import_model('{"model": "regress small", "dimensions": null}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0", "group": "g"}]}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "groups": [{"group": "g"}]}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0", "group": "g"}], "groups": [{"group": "g", "weight": 0}]}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0", "labels": "Ah"}]}');
\set VERBOSITY terse
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "groups": {}}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "groups": [{"group": ""}]}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "groups": [{"group": "g"}, {"group": "g"}]}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "groups": [{"group": "g", "weight": "x"}]}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "groups": [{"group": "g", "size": 1}]}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "bands": {"red": 0, "green": {"lower": 50, "hysteresis": -1}}}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "bands": {"red": 0, "green": {"lower": 50, "dwell_days": "x"}}}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "bands": {"red": 0, "green": {"hysteresis": 1}}}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "bands": {"red": 0, "green": {"lower": 50, "upper": 100}}}');
\set VERBOSITY default
-- bands have one border each, so the only overlap is that of their hystereses
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "bands": {"red": 0, "amber": {"lower": 50, "hysteresis": 13}, "green": {"lower": 75, "hysteresis": 13}}}');
SELECT import_model('{"model": "regress bad", "dimensions": [{"dimension": "a", "curve": "linear 0:0"}], "bands": {"red": {"lower": 0, "hysteresis": 1}, "green": 50}}');
SELECT count(*) AS kept FROM models WHERE name = 'regress bad';
SET ROLE pulse_analyst;
SELECT import_model(export_model('regress small'));
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

SELECT set_clock(NULL);
SELECT drop_model(name) FROM models WHERE name LIKE 'regress%' ORDER BY name;
DROP TABLE health_group;
