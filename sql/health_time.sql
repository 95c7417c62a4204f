-- health: curves of every kind, values that grow old, vetoes, the instant of scoring
SET search_path = public, pulse;
SET timezone = 'UTC';
SELECT set_setting('timezone', 'Asia/Shanghai');

-- the text of curves, and their points
SELECT c::curve FROM unnest('{  steps  0:100   30.0:60 90:0,decay half_life 30,decay half_life 1 day,logistic rising middle -4.50 doubling 10 days,"map red=>0 \"dark green\"=>100 \"else\"=>1 else=>50"}'::text[]) AS c;
SELECT v AS value, points('steps 0:100 30:60 90:0', v) AS steps, points('steps 5:70', v) AS one_step, points('decay half_life 30 days', v) AS decay,
	points('logistic falling middle 30 doubling 30', v) AS falling, points('logistic rising middle 30 doubling 30', v) AS rising
FROM unnest('{-1e30,-1,0,15,29.999999,30,60,89.999999,90,300,1200,1e30}'::numeric[]) AS v;
SELECT points('map red=>0', 1);
\echo :LAST_ERROR_SQLSTATE
-- within a millionth of a point of the exponential
SELECT max(abs(points('decay half_life 7 days', v) - 100 * power(0.5, v / 7))) < 0.000001 AS decay,
	max(abs(points('logistic rising middle 40 doubling 7', v) - 100 / (1 + power(0.5, (v - 40) / 7)))) < 0.000001 AS logistic
FROM (SELECT g / 8.0 AS v FROM generate_series(0, 2000) AS g) AS x;
\set VERBOSITY terse
SELECT 'decay'::curve;
SELECT 'decay half_life 0 days'::curve;
SELECT 'decay half_life 3 weeks'::curve;
SELECT 'logistic middle 3 doubling 1'::curve;
SELECT 'map red=>101'::curve;
SELECT 'map'::curve;
\set VERBOSITY default
SELECT 'map red=>0 "red"=>1'::curve;
SELECT 'map else=>0 red=>1'::curve;
SELECT 'map "red=>0'::curve;

-- every type of column; a date is its age in days, positive when it is past
CREATE TYPE health_mood AS ENUM ('sad', 'glad');
CREATE DOMAIN health_word AS varchar(9);
CREATE TABLE health_types (id int PRIMARY KEY, d date, tz timestamptz, ts timestamp, i interval, b boolean, mood health_mood, word health_word, padded char(9), code int);
INSERT INTO health_types VALUES
	(1, '2026-03-01', '2026-03-01 00:00+08', '2026-03-01 00:00', '10 days', true, 'sad', 'red', 'red', 1),
	(2, '2026-03-31', '2026-03-31 12:00+08', '2026-03-31 12:00', '1 mon 12:00', false, 'glad', 'blue', 'green', 2),
	(3, '2026-04-10', '2026-04-10 00:00+08', '2026-04-10 00:00', '-3 days', NULL, NULL, NULL, NULL, 3),
	(4, 'infinity', '-infinity', 'infinity', '0', true, 'glad', 'green', 'blue', NULL);
SELECT create_model('regress types', '[
	{"dimension": "d", "curve": "linear -30:0 30:60"}, {"dimension": "tz", "curve": "linear -30:0 30:60"}, {"dimension": "ts", "curve": "linear -30:0 30:60"},
	{"dimension": "i", "curve": "linear 0:0 100:100"}, {"dimension": "b", "curve": "map true=>90 false=>20"}, {"dimension": "mood", "curve": "map glad=>100 sad=>0"},
	{"dimension": "word", "curve": "map red=>10 green=>80"}, {"dimension": "padded", "curve": "map red=>10 green=>80 else=>30"}, {"dimension": "code", "curve": "map 1=>100 2=>50"}]');
SELECT id, dimension, value, points, status FROM health_types AS t, explain_health('regress types', t, '2026-03-31 12:00+08') ORDER BY id, dimension;
-- the instant is the clock's where none is given
SELECT set_clock('2026-03-31 12:00+08');
SELECT id, health('regress types', t) = health('regress types', t, '2026-03-31 12:00+08') AS same,
	health('regress types', t) = health((SELECT 'regress types'), t) AS same_by_row FROM health_types AS t ORDER BY id;
SELECT health('regress types', t, 'infinity') FROM health_types AS t;
\echo :LAST_ERROR_SQLSTATE
SELECT create_model('regress words', '[{"dimension": "word", "curve": "linear 0:0 1:1"}, {"dimension": "tz", "curve": "map red=>0"}]');
SELECT * FROM check_model('regress words', 'health_types') ORDER BY 1;

-- validity: what was measured too long ago, or nobody knows when, is missing
SELECT create_model('regress valid', '[
	{"dimension": "nps", "curve": "linear 0:0 100:100", "measured_at": "asked", "valid_days": 90},
	{"dimension": "usage", "curve": "linear 0:0 100:100", "missing": "worst"}]', minimum_coverage => 60);
CREATE TABLE health_valid (id int PRIMARY KEY, nps int, asked timestamptz, usage int);
INSERT INTO health_valid VALUES (1, 90, '2026-03-31 12:00+08', 80), (2, 90, '2025-12-31 12:00+08', 80), (3, 90, '2025-12-31 11:59:59+08', 80), (4, 90, NULL, 80), (5, NULL, '2026-03-31', 80);
SELECT id, health('regress valid', v), health((SELECT 'regress valid'), v) = health('regress valid', v) AS same FROM health_valid AS v ORDER BY id;
SELECT id, dimension, value, status FROM health_valid AS v, explain_health('regress valid', v) WHERE dimension = 'nps' ORDER BY id;
SELECT dimension, measured_at, valid_days FROM explain_model('regress valid');

-- vetoes: at most their band; they end by themselves; what is unknown cannot lift them
SELECT create_model('regress veto', '[{"dimension": "usage", "curve": "linear 0:0 100:100"}, {"dimension": "nps", "curve": "linear 0:0 100:100"}]', minimum_coverage => 60, vetoes => '[
	{"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red"},
	{"veto": "complaint", "column": "complained", "since": 0, "below": 30, "band": "amber"},
	{"veto": "late", "column": "days_late", "since": 90, "band": "red"}]');
CREATE TABLE health_veto (id int PRIMARY KEY, usage int, nps int, contract_end date, complained timestamptz, days_late int);
INSERT INTO health_veto VALUES (1, 90, 90, '2026-04-01', NULL, 0), (2, 90, 90, '2026-03-31', NULL, 0), (3, 90, 90, NULL, '2026-03-01 12:00:01+08', 0),
	(4, 90, 90, NULL, '2026-03-01 12:00+08', 89), (5, 20, 20, NULL, '2026-03-31', 0), (6, 90, NULL, NULL, NULL, 90), (7, NULL, NULL, NULL, NULL, 90), (8, NULL, NULL, NULL, '2026-03-31', 0), (9, 90, NULL, NULL, '2026-03-31', 0);
SELECT id, health('regress veto', v), health((SELECT 'regress veto'), v) = health('regress veto', v) AS same FROM health_veto AS v ORDER BY id;
SELECT id, dimension, value, status FROM health_veto AS v, explain_health('regress veto', v) WHERE points IS NULL AND contribution IS NULL AND id IN (2, 3, 6) ORDER BY id, dimension;
SELECT sum(contribution) FROM health_veto AS v, explain_health('regress veto', v) WHERE id = 2;
SELECT * FROM explain_vetoes('regress veto');
SELECT alter_model('regress veto', minimum_coverage => 0) AS version;
SELECT count(*) AS kept FROM explain_vetoes('regress veto');
SELECT alter_model('regress veto', vetoes => '[]') AS version;
SELECT count(*) AS kept FROM explain_vetoes('regress veto');
SELECT * FROM check_model('regress valid', 'health_veto') ORDER BY 1, 2;

-- when the band will change if nothing happens: contract end, silence, an old answer, all in one model
SELECT create_model('regress ahead', '[
	{"dimension": "visit", "column": "visited", "curve": "linear 0:100 90:0", "weight": 2},
	{"dimension": "contract", "column": "contract_end", "curve": "linear -180:100 -30:60 0:0"},
	{"dimension": "nps", "curve": "linear 0:0 100:100", "measured_at": "asked", "valid_days": 90},
	{"dimension": "praise", "column": "praised", "curve": "decay half_life 30 days"}]',
	minimum_coverage => 40, vetoes => '[{"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red"}, {"veto": "complaint", "column": "complained", "since": 0, "below": 30, "band": "amber"}]');
CREATE TABLE health_ahead (id int PRIMARY KEY, visited timestamptz, contract_end date, nps int, asked date, praised timestamp, complained date);
INSERT INTO health_ahead VALUES (1, '2026-03-30 09:00+08', '2026-12-31', 80, '2026-03-01', '2026-03-30', NULL), (2, '2026-03-30 09:00+08', '2026-04-02', 80, '2026-03-01', NULL, NULL),
	(3, '2026-03-30 09:00+08', NULL, NULL, NULL, NULL, '2026-03-20'), (4, NULL, NULL, 80, '2026-02-01', NULL, NULL), (5, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT id, health('regress ahead', a), next_change('regress ahead', a) AT TIME ZONE 'Asia/Shanghai' AS next_change,
	health('regress ahead', a, next_change('regress ahead', a)) AS then FROM health_ahead AS a ORDER BY id;
-- followed to the end, each change is one and the last is the last; no hour between sees another band
CREATE TABLE health_course AS
	WITH RECURSIVE course(id, n, since, until) AS (
		SELECT id, 0, timestamptz '2026-03-31 12:00+08', next_change('regress ahead', a, '2026-03-31 12:00+08') FROM health_ahead AS a
		UNION ALL
		SELECT c.id, c.n + 1, c.until, next_change('regress ahead', a, c.until) FROM course AS c JOIN health_ahead AS a USING (id) WHERE c.until IS NOT NULL)
	SELECT c.*, band(health('regress ahead', a, since)) FROM course AS c JOIN health_ahead AS a USING (id);
SELECT id, n, since AT TIME ZONE 'Asia/Shanghai' AS since, band FROM health_course ORDER BY id, n;
SELECT count(*) > 10000 AS many, count(*) FILTER (WHERE band(health('regress ahead', a, h)) <> c.band) AS wrong
FROM health_course AS c JOIN health_ahead AS a USING (id), generate_series(c.since, least(c.until, '2027-03-31') - interval '1 microsecond', '3 hours') AS h;
SELECT count(*) AS unchanged FROM health_course AS c JOIN health_course AS d USING (id) WHERE d.n = c.n + 1 AND d.band = c.band;

-- mistakes
\set SHOW_CONTEXT never
\set VERBOSITY terse
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0", "measured_at": "b"}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0", "measured_at": "b", "valid_days": -1}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', vetoes => '{}');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', vetoes => '[{"veto": "v", "column": "c", "band": "red"}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', vetoes => '[{"veto": "v", "column": "c", "band": "red", "since": "x"}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', vetoes => '[{"veto": "v", "column": "c", "band": "red", "since": 1, "until": 3}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', vetoes => NULL);
\set VERBOSITY default
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', vetoes => '[{"veto": "v", "column": "c", "band": "blue", "since": 1}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', vetoes => '[{"veto": "v", "column": "c", "band": "red", "since": 1, "below": 1}]');
SELECT create_model('regress bad', '[{"dimension": "a", "curve": "linear 0:0"}]', vetoes => '[{"veto": "a", "column": "c", "band": "red", "since": 1}]');
SELECT name FROM models WHERE name LIKE 'regress bad%';

SELECT set_clock(NULL);
SELECT drop_model(name) FROM models WHERE name LIKE 'regress%';
DROP TABLE health_types, health_valid, health_veto, health_ahead, health_course;
DROP TYPE health_mood;
DROP DOMAIN health_word;
