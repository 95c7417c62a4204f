-- states over any relation: once, until it is cleared
SET timezone = 'Asia/Shanghai';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-01 08:00+08');
CREATE TABLE state_stock (item text, store int, class text, supply numeric, PRIMARY KEY (item, store));
CREATE VIEW state_waits AS
	SELECT rule, key, opened_at, next_step, due_at, fired, end_reason, ended_at FROM pulse.waits WHERE rule LIKE 'state %' ORDER BY rule, key, opened_at;
CREATE VIEW state_firings AS
	SELECT rule, key, step, due_at, swept_at, superseded FROM pulse.firings WHERE rule LIKE 'state %' ORDER BY firing_id;
CREATE FUNCTION state_sweep(instant timestamptz, OUT events int, OUT firings int, OUT more boolean) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT * INTO events, firings, more FROM pulse_internal.sweep_rules(1000);
END $$ LANGUAGE plpgsql;

-- a relation is known by its label, and kept by its whole name
SELECT message, hint FROM pulse.check_rule('WHILE state_stock WHERE supply < 7 PER item THEN notify purchasing');
SELECT pulse.label('relation', 'state_stock', 'stock position', '库存');
SELECT pulse.label('relation', 'state_nowhere', 'nowhere');
SELECT class, name, en, zh FROM pulse.labels WHERE class = 'relation';
SELECT pulse.label('column', 'supply', 'days of supply', '供应天数', 'public.state_stock'), pulse.label('column', 'class', NULL, '品类', 'public.state_stock'),
	pulse.label('key', 'item', 'item', '商品'), pulse.label('role', 'purchasing', 'purchasing', '采购部');
SELECT pulse.create_rule('state low', 'WHILE stock position WHERE class is "A" AND days of supply < 7 PER item THEN notify purchasing; 2 days later: mail director CLEARED WHEN days of supply >= 10', 'live');
SELECT sentence_zh, rule FROM pulse.rules WHERE name = 'state low';
SELECT pulse.create_rule('state lasting', '只要库存（每种商品），其供应天数低于3，持续2天，就通知采购部', 'live');
-- about its primary key, where it has one and none is named
SELECT message, canonical_en FROM pulse.check_rule('WHILE stock position WHERE days of supply < 7 THEN notify purchasing');
CREATE VIEW state_keyless AS SELECT store, item, supply FROM state_stock;
SELECT pulse.label('relation', 'state_keyless', 'stock seen', NULL);
SELECT message, hint FROM pulse.check_rule('WHILE stock seen WHERE supply < 7 THEN notify purchasing');
SELECT pulse.label('relation', 'state_keyless', NULL, NULL);
DROP VIEW state_keyless;
SELECT message FROM pulse.check_rule('WHILE stock position WHERE days of supply < 7 PER customer_nobody THEN notify purchasing');
SELECT message FROM pulse.check_rule('WHILE stock position WHERE days of supply < 7 ON 3 CONSECUTIVE days PER item THEN notify purchasing');

INSERT INTO state_stock VALUES ('aspirin', 1, 'A', 5), ('aspirin', 2, 'A', 40), ('bandage', 1, 'B', 1), ('cream', 1, 'A', 8), ('drops', 1, 'A', NULL);
SELECT * FROM state_sweep('2026-03-01 08:00:30+08');
SELECT * FROM state_firings;
SELECT * FROM state_waits;
-- at most once a minute
UPDATE state_stock SET supply = 6 WHERE item = 'cream';
SELECT * FROM state_sweep('2026-03-01 08:01+08');
SELECT * FROM state_sweep('2026-03-01 08:01:30+08');
-- between the thresholds the episode goes on, and says nothing again
UPDATE state_stock SET supply = 9 WHERE item = 'cream' OR (item, store) = ('aspirin', 1);
SELECT * FROM state_sweep('2026-03-01 09:00+08');
UPDATE state_stock SET supply = 2 WHERE (item, store) = ('aspirin', 1);
SELECT * FROM state_sweep('2026-03-01 10:00+08');
SELECT * FROM state_firings;
-- cleared when all rows of the key are; a row that is gone clears, too
UPDATE state_stock SET supply = 10 WHERE item = 'cream';
DELETE FROM state_stock WHERE (item, store) = ('aspirin', 2);
SELECT * FROM state_sweep('2026-03-01 11:00+08');
SELECT * FROM state_waits;
-- the lasting one: bandage since 8:00:30, aspirin since 10:00
SELECT * FROM state_sweep('2026-03-03 08:00:30+08');
SELECT * FROM state_firings;
-- it is looked at again before it is said: no longer so, only recorded
UPDATE state_stock SET supply = 100;
SELECT * FROM state_sweep('2026-03-03 10:00+08');
SELECT * FROM state_firings;
SELECT * FROM state_waits;
-- and again, a new episode
UPDATE state_stock SET supply = 1 WHERE item = 'cream';
SELECT * FROM state_sweep('2026-03-04 10:00+08');
SELECT rule, key, due_at FROM state_firings WHERE key = 'cream';
SELECT pulse.why((SELECT max(firing_id) FROM pulse.firings WHERE rule = 'state low' AND key = 'cream'), l) FROM (VALUES ('en'), ('zh')) AS t(l);
-- what it runs
SELECT regexp_replace(pulse.rule_sql('state low'), 'rule_\d+', 'rule_N', 'g');
SELECT pulse.rule_sql('nobody');
\echo :LAST_ERROR_SQLSTATE
-- history is not stored
SELECT * FROM pulse.backtest('state low', '2026-01-01', '2026-02-01');
\echo :LAST_ERROR_SQLSTATE
-- a state that fails or takes too long suspends its rule
\set VERBOSITY terse
ALTER TABLE state_stock ALTER supply TYPE text;
\set VERBOSITY default
CREATE VIEW state_bad AS SELECT item, 1 / (store - 1) AS x FROM state_stock;
SELECT pulse.label('relation', 'state_bad', 'bad state');
SELECT count(*) FROM pulse.create_rule('state bad', 'WHILE bad state WHERE x > 5 PER item THEN notify purchasing', 'live');
SELECT * FROM state_sweep('2026-03-05 10:00+08');
SELECT rule, state, reason FROM pulse.stat_rules WHERE rule LIKE 'state %' ORDER BY rule;

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'state %';
DELETE FROM pulse_internal.firing; DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.label WHERE class = 'relation' OR scope LIKE 'public.state%' OR name IN ('item', 'purchasing');
DROP FUNCTION state_sweep;
DROP VIEW state_waits, state_firings, state_bad;
DROP TABLE state_stock;
SELECT pulse.set_clock(NULL);
SELECT pulse.set_setting('timezone', 'UTC');
