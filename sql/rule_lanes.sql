-- A large batch is shared out over lanes: each key is worked off in one, what is about several
-- keys in the last, and all of it as if there were none.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT pulse.set_setting('lanes', '0');
SELECT pulse.set_setting('lanes', '65');
SELECT pulse.set_setting('lanes', 'many');
\set VERBOSITY default
SELECT pulse.set_setting('timezone', 'UTC') \g /dev/null
SELECT FROM pulse.set_clock('2026-01-01 00:00+00');
SELECT pulse.create_event('lane_asked', 'customer text, store text'), pulse.create_event('lane_answered', 'customer text');
CREATE TABLE lane_stock (item text, quantity int);
INSERT INTO lane_stock VALUES ('bolt', 1), ('nut', 9);
SELECT FROM pulse.label('relation', 'lane_stock', 'lane stock', '测试库存');
CREATE TABLE lane_staff (id int, name text, email text, mobile text);
INSERT INTO lane_staff VALUES (1, 'Ann', 'ann@example.com', '13800000001');
SELECT FROM pulse.map_staff('lane_staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile');
SELECT FROM pulse.map_role('lane rep', holder => '{1}');
SELECT FROM pulse.create_rule('lane each', 'WHEN lane_asked PER customer EACH TIME AND NOT lane_answered WITHIN 1 hour THEN notify "lane rep"; 1 hour later: notify "lane rep"', 'shadow');
SELECT FROM pulse.create_rule('lane one', 'WHEN lane_asked PER customer AND NOT lane_answered WITHIN 2 hours THEN notify "lane rep" UNTIL lane_answered', 'live');
SELECT FROM pulse.create_rule('lane together', 'WHEN lane_asked PER customer AND NOT lane_answered WITHIN 1 hour THEN notify "lane rep" TOGETHER PER store', 'live');
SELECT FROM pulse.create_rule('lane silent', 'WHEN lane_asked PER customer AND NOT lane_answered WITHIN 3 hours UNLESS rule "lane together" IS OPEN THEN notify "lane rep"', 'live');
SELECT FROM pulse.create_rule('lane state', 'WHILE "lane stock" WHERE quantity < 5 PER item THEN notify "lane rep"', 'shadow');
SELECT FROM pulse.create_rule('lane daily', 'EVERY day AT 01:30 THEN notify "lane rep"', 'shadow');
SELECT FROM pulse.tick();
INSERT INTO pulse_event.lane_asked (at, customer, store)
SELECT '2026-01-01 00:00+00'::timestamptz + n * interval '1 minute', 'c' || n % 17, 's' || n % 2 FROM generate_series(1, 60) AS n;
INSERT INTO pulse_event.lane_answered (at, customer)
SELECT '2026-01-01 00:20+00'::timestamptz + n * interval '1 minute', 'c' || n % 5 FROM generate_series(1, 30) AS n;
SELECT FROM pulse.set_clock('2026-01-01 06:00+00');
SELECT pulse.set_setting('lanes', '3');

-- the batch is larger than a slice: it is shared out, and then each lane reads all of it
SELECT * FROM pulse.tick(20);
SELECT lanes FROM pulse_internal.consumer WHERE name = 'rules';
SELECT name FROM pulse_internal.rule JOIN pulse_internal.whole_rule USING (rule_id) ORDER BY name;
SELECT * FROM pulse.tick(20);
SELECT lane, finished, events FROM pulse.stat_lanes ORDER BY lane;
-- how many there are may be changed at any time: it counts from the next batch on
SELECT pulse.set_setting('lanes', '2');
SET client_min_messages = error;
CALL pulse.run();
SET client_min_messages = warning;
SELECT lanes, events, batches > 0 AS batches FROM pulse_internal.consumer WHERE name = 'rules';
DO $$ BEGIN FOR i IN 1 .. 100 LOOP EXIT WHEN NOT (SELECT more FROM pulse.tick(20)); END LOOP; END $$;
SELECT lanes, events FROM pulse_internal.consumer WHERE name = 'rules';
SELECT count(*) FROM pulse_internal.due_floor;
CREATE FUNCTION pg_temp.differs(rule text, until timestamptz) RETURNS TABLE (fired bigint, differing bigint) LANGUAGE sql AS $$
	WITH live AS (SELECT key, step, due_at, trigger_id FROM pulse.firings AS f WHERE f.rule = $1),
		right_answer AS (SELECT key, step, due_at, trigger_event FROM pulse.backtest($1, '2026-01-01 00:00+00', until))
	SELECT (SELECT count(*) FROM live),
		(SELECT count(*) FROM ((SELECT * FROM live EXCEPT ALL SELECT * FROM right_answer) UNION ALL (SELECT * FROM right_answer EXCEPT ALL SELECT * FROM live)) AS d)
$$;
SELECT r.rule, d.* FROM unnest('{lane each,lane one,lane together,lane silent}'::text[]) AS r(rule), pg_temp.differs(r.rule, '2026-01-01 06:00:00.000001+00') AS d;
SELECT rule, key, step FROM pulse.firings WHERE rule IN ('lane state', 'lane daily') ORDER BY rule, key;
-- a message for each store, as without lanes; and silence where its case is open
SELECT m.variables ->> 'key' AS store, m.variables ->> 'count' AS count FROM pulse_internal.message AS m
JOIN pulse_internal.rule AS r ON r.rule_id = m.rule_id AND r.name = 'lane together' ORDER BY 1;
SELECT withheld, count(*) FROM pulse.firings WHERE rule = 'lane silent' GROUP BY 1;

-- many waits that come due at once are shared out, too
SELECT pulse.set_setting('lanes', '4');
INSERT INTO pulse_event.lane_asked (at, customer, store) SELECT '2026-01-01 07:00+00', 'd' || n, 's' FROM generate_series(1, 90) AS n;
SELECT FROM pulse.set_clock('2026-01-01 07:30+00');
SELECT events FROM pulse.tick(1000);
SELECT FROM pulse.set_clock('2026-01-01 08:30+00');
SELECT * FROM pulse.tick(20);
SELECT lanes FROM pulse_internal.consumer WHERE name = 'rules';
SELECT events, more FROM pulse.tick(20);
-- a rule that changes meanwhile begins anew in every lane, and its waits due since find it
SET client_min_messages = error;
SELECT FROM pulse.alter_rule('lane each', 'WHEN lane_asked PER customer EACH TIME AND NOT lane_answered WITHIN 2 hours THEN notify "lane rep"', running => 'restart');
SET client_min_messages = warning;
SELECT count(*), count(DISTINCT key), min(due_at AT TIME ZONE 'UTC') FROM pulse.waits WHERE rule = 'lane each' AND key LIKE 'd%';
DO $$ BEGIN FOR i IN 1 .. 100 LOOP EXIT WHEN NOT (SELECT more FROM pulse.tick(20)); END LOOP; END $$;
SELECT FROM pulse.set_clock('2026-01-01 12:00+00');
DO $$ BEGIN FOR i IN 1 .. 100 LOOP EXIT WHEN NOT (SELECT more FROM pulse.tick(20)); END LOOP; END $$;
SELECT rule, count(*), count(DISTINCT key), count(DISTINCT (wait_id, step)) FROM pulse.firings WHERE key LIKE 'd%' AND step = 1 GROUP BY rule ORDER BY rule;
SELECT count(*) FROM pulse.overdue_waits WHERE rule LIKE 'lane %';

-- an index of the event's owner that fails is his rules' failure, not the tick's
SELECT pulse.create_event('lane_broken', 'customer text, number int');
SELECT count(pulse.create_rule('lane broken ' || n, 'WHEN lane_broken WHERE number is ' || n || ' PER customer THEN notify "lane rep"', 'shadow')) FROM generate_series(1, 5) AS n;
CREATE FUNCTION lane_fail(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 1 / $1; END $$;
INSERT INTO pulse_event.lane_broken (at, customer, number) SELECT '2026-01-01 12:00+00', 'e' || n, n FROM generate_series(1, 5) AS n;
CREATE INDEX ON pulse_event.lane_broken (event_id) WHERE lane_fail(1) = 1;
CREATE OR REPLACE FUNCTION lane_fail(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 1 / 0; END $$;
INSERT INTO pulse_event.lane_asked (at, customer, store) VALUES ('2026-01-01 12:01+00', 'f', 's');
SELECT FROM pulse.set_clock('2026-01-01 12:30+00');
SET client_min_messages = error;
SELECT events FROM pulse.tick();
SET client_min_messages = warning;
SELECT name, state, reason FROM pulse.rules WHERE name LIKE 'lane broken%' OR name = 'lane one' ORDER BY name;
SELECT count(*) FROM pulse.waits WHERE key = 'f';

-- nobody else holds what the tick holds: an advisory lock of the number it once took does nothing
CREATE ROLE regress_lane_outsider;
SET ROLE regress_lane_outsider;
SELECT pg_advisory_lock(1400139381, 1);
SELECT pulse_internal.engine_lock(1, false);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

DELETE FROM pulse_internal.setting WHERE name = 'lanes';
SELECT FROM pulse.set_clock(NULL);
SELECT count(*) FROM pulse.rules AS r, pulse.drop_rule(r.name) WHERE r.name LIKE 'lane %';
SELECT pulse.drop_event('lane_asked'), pulse.drop_event('lane_answered'), pulse.drop_event('lane_broken');
DROP FUNCTION lane_fail(int);
DROP TABLE lane_stock, lane_staff CASCADE;
DROP ROLE regress_lane_outsider;
SELECT pg_advisory_unlock(1400139381, 1);
SELECT pulse.drop_role('lane rep');
DELETE FROM pulse_internal.mapping;
DELETE FROM pulse_internal.label WHERE name LIKE '%lane%';
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.rule_version;
DELETE FROM pulse_internal.cases;
DELETE FROM pulse_internal.case_event;
DELETE FROM pulse_internal.message;
DELETE FROM pulse_internal.queue;
DELETE FROM pulse_internal.delivery;
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
