-- care: health that is kept: the refresh, overrides, history, differences, segments, parents, events
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
\set SHOW_CONTEXT never
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
CREATE FUNCTION care_clock(at timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT pulse.set_clock(at)';
SELECT care_clock('2026-03-01 08:00+08');
CREATE ROLE regress_care_author IN ROLE pulse_author;
CREATE ROLE regress_care_reader IN ROLE pulse_analyst;
CREATE ROLE regress_care_nobody;
CREATE SCHEMA care_app AUTHORIZATION regress_care_author;
CREATE SCHEMA IF NOT EXISTS pulse_event;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_care_author;
SET ROLE regress_care_author;
CREATE TABLE care_app.customer (id int PRIMARY KEY, name text, size text, region text, weight numeric, visited date, contract_end date, nps int, asked timestamptz);
INSERT INTO care_app.customer VALUES
	(1, 'one', 'small', 'north', 1, '2026-02-25', '2026-12-31', 80, '2026-02-25 12:00+08'), (2, 'two', 'small', 'north', 3, '2026-01-01', '2026-03-10', 60, '2026-01-15'),
	(3, 'three', 'large', 'south', 1, NULL, NULL, NULL, NULL), (4, 'four', 'large', 'south', 2, '2026-02-28', '2026-06-30', 70, '2026-02-28');
SELECT pulse.create_model('care', '[
	{"dimension": "visit", "column": "visited", "curve": "linear 0:100 90:0", "weight": 2, "labels": {"en": "Last visit", "zh": "最近拜访"}},
	{"dimension": "contract", "column": "contract_end", "curve": "linear -180:100 -30:60 0:0"},
	{"dimension": "nps", "curve": "linear 0:0 100:100", "measured_at": "asked", "valid_days": 60}]',
	bands => '{"red": 0, "amber": {"lower": 50, "hysteresis": 3}, "green": {"lower": 75, "hysteresis": 3, "dwell_days": 5}}',
	vetoes => '[{"veto": "contract ended", "column": "contract_end", "since": 0, "band": "red"}]');
SELECT pulse.store_health('care', 'care_app.customer', 'id');
SELECT customer, score, band, coverage, since, next_change FROM pulse.healths WHERE model = 'care' ORDER BY customer;
SELECT model, relation, key, key_name, capture, event, author, state FROM pulse.stored_health;
SELECT name, columns FROM pulse.events WHERE name = 'health_changed';

-- nothing was written and nothing came due: nothing is touched
SELECT care_clock('2026-03-02 08:00+08');
SELECT pulse.refresh_health('care');
-- what was written, whatever wrote it
UPDATE care_app.customer SET visited = '2026-03-02' WHERE id = 2;
UPDATE care_app.customer SET name = upper(name);
INSERT INTO care_app.customer (id, visited) VALUES (5, '2026-03-01'), (6, '2026-03-01');
UPDATE care_app.customer SET id = 7 WHERE id = 6;
RESET ROLE;
SELECT DISTINCT customer FROM pulse_internal.health_touched ORDER BY 1;
SET ROLE regress_care_author;
SELECT pulse.refresh_health('care');
DELETE FROM care_app.customer WHERE id IN (5, 7);
SELECT pulse.refresh_health('care');
SELECT customer, at, cause, band, score, inputs FROM pulse.health_history WHERE at >= '2026-03-02' ORDER BY customer, at, cause;
-- what comes due, at the instant when it did, though it is noticed later
SELECT care_clock('2026-05-20 08:00+08');
SELECT pulse.refresh_health('care');
SELECT customer, at, recorded, cause, band, score FROM pulse.health_history WHERE cause = 'time' ORDER BY customer, at;
SELECT customer, at, old_band, band, cause, score, old_score FROM pulse_event.health_changed ORDER BY at, customer;
SELECT * FROM pulse.check_health('care');
SELECT pulse.rebuild_health('care');
-- as it was, and as it was known to be
SELECT h.k AS known_at, a.band, a.score FROM (VALUES (NULL::timestamptz), ('2026-03-15')) AS h(k), pulse.health_at('care', '2', '2026-03-12', h.k) AS a ORDER BY 1;
SELECT * FROM pulse.health_at('care', '5', '2026-03-12');
SELECT * FROM pulse.health_at('care', '1', '2026-02-01');

-- all of them, and judged as they were
SELECT a.customer, (a.score, a.band, a.since, pulse.score(a.health)) IS NOT DISTINCT FROM (h.score, h.band, h.since, h.computed_score) AS same
FROM pulse.healths_at('care', '2026-03-12') AS a LEFT JOIN LATERAL pulse.health_at('care', a.customer, '2026-03-12') AS h ON true ORDER BY 1;
SELECT e[1:3] AS good_bad_auc FROM (SELECT pulse.evaluation(a.health, a.customer = '2') AS e FROM pulse.healths_at('care', '2026-03-12') AS a) AS x;

-- why another score: along the way, exactly
UPDATE care_app.customer SET nps = 95, asked = '2026-05-20' WHERE id = 1;
SELECT pulse.refresh_health('care');
SELECT * FROM pulse.diff_health('care', '1', '2026-03-01 08:00+08');
SELECT sentence FROM pulse.diff_health('care', '1', '2026-03-01 08:00+08', lang => 'zh');
SELECT u.score - s.score AS change, (SELECT sum(d.change) FROM pulse.diff_health('care', '1', '2026-03-01 08:00+08') AS d) AS sum
FROM pulse.health_at('care', '1', '2026-03-01 08:00+08') AS s, pulse.health_at('care', '1', '2026-05-20 08:00+08') AS u;
SELECT customer, score, score_before, change, direction FROM pulse.health_trend('care', 30) ORDER BY customer;
SELECT sentence FROM pulse.explain_stored('care', '1', lang => 'zh');
SELECT sentence FROM pulse.explain_stored('care', '1', '2026-03-01 08:00+08', 'en');

-- a band that somebody set: beside what is computed, through recomputation, to its end
SELECT pulse.override_health('care', '2', 'green', 'renewal is signed, on paper', '2026-05-25 00:00+08', 88);
UPDATE care_app.customer SET nps = 10 WHERE id = 2;
SELECT pulse.refresh_health('care');
SELECT score, band, since, computed_score, computed_band, override_reason, override_author, override_until FROM pulse.healths WHERE customer = '2';
SELECT * FROM pulse.diff_health('care', '2', '2026-05-20 07:00+08') WHERE cause = 'override';
SELECT k.known_at, a.band, a.score = 88 AS is_set FROM (VALUES (NULL::timestamptz), ('2026-05-19')) AS k(known_at), pulse.health_at('care', '2', '2026-05-20 08:00+08', k.known_at) AS a ORDER BY 1;
SELECT care_clock('2026-06-01 08:00+08');
SELECT pulse.refresh_health('care');
SELECT at, recorded, cause, band, computed_band, score FROM pulse.health_history WHERE customer = '2' AND cause = 'override' ORDER BY at;
SELECT at, old_band, band, cause, score, old_score FROM pulse_event.health_changed WHERE cause = 'override' ORDER BY at;
SELECT pulse.override_health('care', '4', 'red', 'first'), pulse.override_health('care', '4', 'amber', 'second thoughts');
SELECT pulse.end_override('care', '4') AS ended, pulse.end_override('care', '4') AS again;
SELECT count(*) AS left, count(override_reason) AS overridden FROM pulse.healths WHERE model = 'care';
SELECT * FROM pulse.check_health('care');

-- a new version counts from now on, and rewrites nothing
CREATE TEMP TABLE care_before AS SELECT * FROM pulse.health_history;
SELECT pulse.alter_model('care', minimum_coverage => 80, bands => '{"red": 0, "amber": 40, "green": 60}');
SELECT pulse.refresh_health('care');
SELECT customer, at, cause, band, version FROM pulse.health_history WHERE cause = 'model' ORDER BY customer;
SELECT count(*) AS rewritten FROM (SELECT * FROM care_before EXCEPT SELECT * FROM pulse.health_history) AS x;
SELECT * FROM pulse.check_health('care');

-- parents, from their children
SELECT * FROM pulse.parent_health('care', 'care_app.customer', child => 'id', parent => 'region', weight => 'weight');
-- recomputed by hand
SELECT region, round(sum(weight * score) / sum(weight) FILTER (WHERE score IS NOT NULL), 2) AS score, count(*) FILTER (WHERE band = 'red') / count(*)::numeric(5, 4) AS red
FROM care_app.customer JOIN pulse.healths ON customer = id::text AND model = 'care' GROUP BY region ORDER BY region;

-- kept, as any other health, of a view
CREATE VIEW care_app.region_health AS SELECT * FROM pulse.parent_health('care', 'care_app.customer', child => 'id', parent => 'region');
SELECT pulse.create_model('care region', '[{"dimension": "children", "column": "score", "curve": "linear 0:0 100:100"}]');
SELECT pulse.store_health('care region', 'care_app.region_health', 'parent_key', key_name => 'region', event => NULL);
SELECT count(*) = 2 AND bool_and(h.score = p.score) AS kept FROM pulse.healths AS h JOIN pulse.parent_health('care', 'care_app.customer', 'id', 'region') AS p ON p.parent_key = h.customer
WHERE h.model = 'care region';
SELECT pulse.forget_health('care region'), pulse.drop_model('care region');
DROP VIEW care_app.region_health;

-- a model per segment, of a view, which is compared row by row
CREATE VIEW care_app.sized AS SELECT * FROM care_app.customer WHERE id < 90;
SELECT pulse.create_model('care large', '[{"dimension": "nps", "curve": "linear 0:0 100:100"}]'), pulse.create_model('care sized', '[{"dimension": "visit", "column": "visited", "curve": "linear 0:100 90:0"}]');
SELECT pulse.store_health('care sized', 'care_app.sized', 'id', key_name => 'account', segments => '{"column": "size", "models": {"large": "care large"}}', event => 'sized_health');
SELECT customer, scored_by, computed_band FROM pulse.healths WHERE model = 'care sized' ORDER BY customer;
UPDATE care_app.customer SET size = 'large', nps = 30 WHERE id = 1;
SELECT pulse.refresh_health('care sized', whole => false) AS due_only, pulse.refresh_health('care sized') AS compared;
SELECT at, cause, scored_by, band, score, inputs FROM pulse.health_history WHERE model = 'care sized' AND customer = '1' ORDER BY at, recorded, cause DESC;
SELECT account, old_band, band, cause FROM pulse_event.sized_health;
SELECT * FROM pulse.check_health('care sized');
SELECT pulse.drop_model('care large');
\echo :LAST_ERROR_SQLSTATE

-- rules hear of it
RESET ROLE;
SELECT care_clock('2026-06-02 08:00+08');
SET ROLE regress_care_author;
UPDATE care_app.customer SET visited = '2026-06-02', nps = 90, asked = '2026-06-02', contract_end = '2026-12-31' WHERE id IN (1, 4);
SELECT pulse.refresh_health('care');
SELECT pulse.create_rule('care turns red', '当健康度变化（每个客户），其健康度由绿变红时，通知rep', 'shadow');
SELECT sentence_en, sentence_zh FROM pulse.rules WHERE name = 'care turns red';
RESET ROLE;
SELECT * FROM pulse_internal.sweep_rules(1000);
SELECT care_clock('2026-06-03 08:00+08');
UPDATE care_app.customer SET contract_end = '2026-06-03' WHERE id IN (1, 4);
SELECT customer, band FROM pulse.healths WHERE model = 'care' ORDER BY 1;
-- the tick refreshes, then its rules hear
SELECT * FROM pulse.tick();
SELECT care_clock('2026-06-03 08:10+08');
SELECT events FROM pulse.tick();
SELECT rule, key, mode FROM pulse.firings WHERE rule = 'care turns red' ORDER BY key;
SELECT job, due, runs > 0 AS has_run, failures FROM pulse.stat_jobs WHERE job LIKE '%health' ORDER BY job;

-- a column that is renamed under a live model: told, and mended by itself when it fits again
SET ROLE regress_care_author;
ALTER TABLE care_app.customer RENAME nps TO satisfaction;
UPDATE care_app.customer SET satisfaction = 1 WHERE id = 1;
SELECT pulse.refresh_health('care');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT care_clock('2026-06-03 08:20+08');
SELECT events FROM pulse.tick();
SELECT model, state, reason FROM pulse.stored_health ORDER BY model;
SELECT component, state, value FROM pulse.status WHERE component LIKE 'health %' ORDER BY 1;
ALTER TABLE care_app.customer RENAME satisfaction TO nps;
ALTER TABLE care_app.customer RENAME id TO number;
INSERT INTO care_app.customer (number, visited) VALUES (8, '2026-06-01');
SET ROLE regress_care_author;
SELECT pulse.refresh_health('care');
ALTER TABLE care_app.customer RENAME number TO id;
SELECT pulse.refresh_health('care');
SELECT customer, at, cause, inputs -> 'nps' AS nps FROM pulse.health_history WHERE at = '2026-06-03 08:20+08' AND cause = 'data' ORDER BY customer;
SELECT model, state FROM pulse.stored_health WHERE model = 'care';
TRUNCATE care_app.customer;
SELECT pulse.refresh_health('care');
SELECT count(*) AS left FROM pulse.healths WHERE model = 'care';
SELECT cause, count(*) FROM pulse.health_history WHERE model = 'care' GROUP BY cause ORDER BY cause;
INSERT INTO care_app.customer (id, visited, nps) VALUES (1, '2026-06-01', 77);
SELECT pulse.refresh_health('care');
SELECT * FROM pulse.check_health('care');

-- who may do what
SET ROLE regress_care_reader;
SELECT customer, band FROM pulse.healths WHERE model = 'care';
SELECT count(*) > 10 AS reads_history FROM pulse.health_history;
SELECT pulse.refresh_health('care');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.override_health('care', '1', 'green', 'I say so');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_care_nobody;
SELECT count(*) FROM pulse.healths;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- a trigger made by hand has no names of its own looked up as pulse_owner
SET ROLE regress_care_author;
CREATE FUNCTION care_app.whoever() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'runs as %', current_user; END $$;
CREATE TEMP VIEW new_rows AS SELECT care_app.whoever() AS id;
GRANT SELECT ON new_rows TO pulse_owner;
CREATE TRIGGER by_hand AFTER UPDATE ON care_app.customer FOR EACH ROW EXECUTE FUNCTION pulse_internal.touch_health();
UPDATE care_app.customer SET nps = nps WHERE id = 1;
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER by_hand ON care_app.customer;
CREATE TRIGGER by_hand AFTER UPDATE ON care_app.customer REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.touch_health();
UPDATE care_app.customer SET nps = nps WHERE id = 1;
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER by_hand ON care_app.customer;
DROP VIEW new_rows;
DROP FUNCTION care_app.whoever();
RESET ROLE;
-- rows are read as the author, who may have lost the right
REVOKE USAGE ON SCHEMA care_app FROM regress_care_author;
ALTER SCHEMA care_app OWNER TO CURRENT_USER;
UPDATE care_app.customer SET nps = 50;
SELECT pulse.refresh_health('care');
\echo :LAST_ERROR_SQLSTATE
ALTER SCHEMA care_app OWNER TO regress_care_author;
GRANT USAGE ON SCHEMA care_app TO regress_care_author;

-- mistakes
SET ROLE regress_care_author;
SELECT pulse.store_health('care', 'care_app.customer', 'id');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.store_health('nobody', 'care_app.customer', 'id');
SELECT pulse.store_health('care large', 'care_app.customer', 'ident');
SELECT pulse.store_health('care large', 'care_app.customer', NULL);
\set VERBOSITY terse
SELECT pulse.store_health('care large', 'care_app.sized', 'id', capture => 'trigger');
SELECT pulse.store_health('care large', 'care_app.customer', 'id', capture => 'magic');
SELECT pulse.store_health('care large', 'care_app.customer', 'id', segments => '{"size": "large"}');
SELECT pulse.store_health('care large', 'care_app.customer', 'id', segments => '{"column": "size", "models": {"large": "nobody"}}');
SELECT pulse.store_health('care large', 'care_app.customer', 'id', segments => '{"column": "bulk", "models": {"large": "care"}}');
\set VERBOSITY default
SELECT pulse.create_model('care other', '[{"dimension": "a", "curve": "linear 0:0 1:1"}]');
SELECT pulse.store_health('care other', 'care_app.customer', 'id');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO care_app.customer (id, name) VALUES (11, 'twin'), (12, 'twin');
SELECT pulse.store_health('care large', 'care_app.customer', 'name', capture => 'compare');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.refresh_health('care large');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.override_health('care', '99', 'green', 'who');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.override_health('care', '1', 'blue', 'which');
SELECT pulse.override_health('care', '1', 'green', '');
\set VERBOSITY terse
SELECT pulse.override_health('care', '1', 'green', 'late', '2026-06-01');
SELECT pulse.override_health('care', '1', 'green', 'much', score => 101);
SELECT * FROM pulse.diff_health('care', '99', '2026-06-01');
SELECT * FROM pulse.diff_health('care', '1', '2026-06-03 08:30+08', '2026-06-03 08:25+08');
SELECT count(*) AS half_saved FROM pulse.stored_health WHERE model NOT IN ('care', 'care sized');

-- the end
SELECT pulse.drop_rule('care turns red');
SELECT pulse.forget_health('care'), pulse.forget_health('care sized');
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'care_app.customer'::regclass AND tgname LIKE 'pulse%';
SELECT count(*) AS left FROM pulse.health_history;
SELECT pulse.forget_health('care');
SELECT pulse.drop_event('health_changed'), pulse.drop_event('sized_health');
SELECT pulse.drop_model(name) FROM pulse.models WHERE name LIKE 'care%' ORDER BY name;
RESET ROLE;
DROP SCHEMA care_app CASCADE;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.label WHERE class IN ('event', 'column', 'value') AND name IN ('health_changed', 'sized_health', 'band', 'score', 'red', 'amber', 'green', 'grey') OR (class, name) = ('key', 'customer');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
REVOKE ALL ON SCHEMA pulse_event FROM regress_care_author;
DELETE FROM pulse_internal.job;
SELECT pulse.set_clock(NULL);
DROP FUNCTION care_clock(timestamptz);
DROP OWNED BY regress_care_author;
DROP ROLE regress_care_author, regress_care_reader, regress_care_nobody;
