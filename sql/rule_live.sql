-- rules run live: sweeps of events and due times by the virtual clock
SET timezone = 'Asia/Shanghai';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-01-01 08:00+08');
SELECT pulse.create_event('live_issued', 'invoice int, due date, amount int');
SELECT pulse.create_event('live_settled', 'invoice text');
SELECT pulse.create_event('live_complaint', 'customer text, weight int');
SELECT pulse.create_event('live_visit', 'customer text');
SELECT count(*) FROM pulse.create_rule('live ladder',
	'WHEN live_issued PER invoice AND NOT live_settled WITHIN 30 days AFTER due'
	' THEN text rep; 7 days later: mail director; another 7 days later: assign finance "Check"', 'live');
SELECT count(*) FROM pulse.create_rule('live heavy',
	'WHEN live_complaint WHERE weight > 5 PER customer THEN notify manager', 'shadow');
SELECT count(*) FROM pulse.create_rule('live unheard',
	'WHEN live_complaint PER customer AND NOT live_visit WITHIN 2 days THEN notify rep', 'live');

-- what the sweeps left behind
CREATE VIEW live_firings AS
	SELECT rule, key, step, due_at, swept_at, superseded, mode FROM pulse.firings
	WHERE rule LIKE 'live %' ORDER BY firing_id;
CREATE VIEW live_waits AS
	SELECT rule, key, next_step, due_at, end_reason, waits_for FROM pulse.waits
	WHERE rule LIKE 'live %' ORDER BY rule, key, opened_at;

-- the clock goes to an instant, and one sweep runs
CREATE FUNCTION live_sweep(instant timestamptz, max_events int DEFAULT 1000,
		OUT events int, OUT firings int, OUT more boolean) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT * INTO events, firings, more FROM pulse_internal.sweep_rules(max_events);
END $$ LANGUAGE plpgsql;
SELECT * FROM live_sweep('2026-01-01 09:00+08');

-- a date stands for its whole day: 30 days after the 1st end when the 1st of
-- February begins; without a date, or with one that never comes, there is no window
INSERT INTO pulse_event.live_issued (invoice, due, amount) VALUES (1, '2026-01-01', 100), (2, '2026-01-01', 50),
	(3, NULL, 10), (4, 'infinity', 10), (5, '20226-01-01', 10);
SELECT * FROM live_sweep('2026-01-02 00:00+08');
SELECT * FROM live_waits;
-- paid before it is due, by another type of the same key
INSERT INTO pulse_event.live_settled (invoice) VALUES ('2');
SELECT * FROM live_sweep('2026-01-31 23:59:59.999999+08');
SELECT * FROM live_sweep('2026-02-01 00:00+08');
SELECT * FROM live_firings;
-- an outage: once, at the step that is due, with its true due time
SELECT * FROM live_sweep('2026-03-01 12:00+08');
SELECT * FROM live_firings;
SELECT * FROM live_waits;
-- the answer ends it
INSERT INTO pulse_event.live_settled (invoice) VALUES ('1');
SELECT * FROM live_sweep('2026-03-01 13:00+08');
SELECT * FROM live_waits;

-- stamped exactly at the due time is too late, just before is not
INSERT INTO pulse_event.live_complaint (customer, weight) VALUES ('exact', 1), ('before', 9), ('late', 1), ('silent', 1);
SELECT * FROM live_sweep('2026-03-02 00:00+08');
INSERT INTO pulse_event.live_visit (at, customer) VALUES ('2026-03-03 13:00+08', 'exact'), ('2026-03-03 12:59:59.999999+08', 'before');
SELECT * FROM live_sweep('2026-03-03 13:00:00.000001+08');
SELECT * FROM live_firings WHERE rule <> 'live ladder';
-- it was in time and is learnt after the firing; a visit before the complaint is none
INSERT INTO pulse_event.live_visit (at, customer) VALUES ('2026-03-02 10:00+08', 'late'), ('2026-02-20 10:00+08', 'silent');
SELECT * FROM live_sweep('2026-03-03 14:00+08');
SELECT * FROM live_waits WHERE rule = 'live unheard';
-- a complaint that the wait hid counts when the visit before it is learnt of
INSERT INTO pulse_event.live_complaint (at, customer, weight) VALUES ('2026-03-03 14:00+08', 'again', 1), ('2026-03-03 16:00+08', 'again', 1);
SELECT * FROM live_sweep('2026-03-03 17:00+08');
INSERT INTO pulse_event.live_visit (at, customer) VALUES ('2026-03-03 15:00+08', 'again');
SELECT * FROM live_sweep('2026-03-03 18:00+08');
SELECT * FROM live_waits WHERE key = 'again';
-- a late complaint: visited since, not visited since, and too long ago
INSERT INTO pulse_event.live_complaint (at, customer, weight) VALUES
	('2026-03-03 12:00+08', 'exact', 1), ('2026-03-03 12:30+08', 'nobody', 1), ('2026-03-01 00:00+08', 'long ago', 1);
SELECT * FROM live_sweep('2026-03-03 19:00+08');
SELECT * FROM live_waits WHERE key IN ('exact', 'nobody', 'long ago');
SELECT * FROM live_firings WHERE key IN ('exact', 'nobody', 'long ago');

-- slices: each transaction does a part, and the sum is the same
INSERT INTO pulse_event.live_complaint (customer, weight) SELECT 'slice ' || i, 1 FROM generate_series(1, 7) AS i;
SELECT * FROM live_sweep('2026-03-03 20:00+08', 3);
SELECT * FROM live_sweep('2026-03-03 20:00+08', 3);
SELECT * FROM live_sweep('2026-03-03 20:00+08', 3);
SELECT count(*) FROM live_waits WHERE key LIKE 'slice%';
SELECT * FROM live_sweep('2026-03-05 19:30+08', 3);
SELECT count(*) FROM live_waits WHERE key LIKE 'slice%' AND next_step IS NULL;
DO $$ BEGIN WHILE (SELECT more FROM live_sweep('2026-03-05 19:30+08', 3)) LOOP END LOOP; END $$;
SELECT count(*), count(DISTINCT key) FROM live_firings WHERE key LIKE 'slice%';

-- a rule never fires for what was due before it was active, and hears nothing older
SELECT count(*) FROM pulse.create_rule('live young',
	'WHEN live_complaint PER customer AND NOT live_visit WITHIN 2 days THEN notify rep; 3 days later: notify manager', 'live');
INSERT INTO pulse_event.live_complaint (at, customer, weight) VALUES ('2026-03-03 10:00+08', 'young', 1);
SELECT * FROM live_sweep('2026-03-06 00:00+08');
SELECT * FROM live_firings WHERE rule = 'live young';
SELECT * FROM live_waits WHERE rule = 'live young';
SELECT * FROM live_sweep('2026-03-08 10:00+08');
SELECT * FROM live_firings WHERE rule = 'live young';
SELECT pulse.drop_rule('live young');

-- a rule that fails is suspended with its reason; the others go on
DO $$ BEGIN
	EXECUTE (SELECT format('CREATE OR REPLACE FUNCTION pulse_event.%I(event_row pulse_event.live_complaint) RETURNS boolean
		LANGUAGE sql STABLE BEGIN ATOMIC SELECT 1 / (event_row.weight - event_row.weight) > 0; END', r.trigger_function)
		FROM pulse_internal.rule AS r WHERE r.name = 'live heavy');
END $$;
INSERT INTO pulse_event.live_complaint (customer, weight) VALUES ('next', 9);
SELECT * FROM live_sweep('2026-03-08 11:00+08');
SELECT rule, state, reason FROM pulse.stat_rules WHERE rule LIKE 'live %' ORDER BY rule;
SELECT * FROM live_waits WHERE key = 'next';

-- so is one whose author may not read the events; the error of one is not the end of all
CREATE ROLE regress_live_author;
GRANT pulse_author TO regress_live_author;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_live_author;
GRANT SELECT ON pulse_event.live_complaint TO regress_live_author;
SET ROLE regress_live_author;
SELECT count(*) FROM pulse.create_rule('live guest', 'WHEN live_complaint PER customer THEN notify rep', 'live');
RESET ROLE;
REVOKE SELECT ON pulse_event.live_complaint FROM regress_live_author;
INSERT INTO pulse_event.live_complaint (customer, weight) VALUES ('guest', 1);
SELECT * FROM live_sweep('2026-03-08 12:00+08');
SELECT rule, state, reason FROM pulse.stat_rules WHERE rule = 'live guest';
SELECT * FROM live_waits WHERE key = 'guest';

-- and one that takes too long
DO $$ BEGIN
	EXECUTE (SELECT format('CREATE OR REPLACE FUNCTION pulse_event.%I(event_row pulse_event.live_complaint) RETURNS boolean
		LANGUAGE sql STABLE BEGIN ATOMIC SELECT pg_catalog.pg_sleep(60) IS NOT NULL; END', r.trigger_function)
		FROM pulse_internal.rule AS r WHERE r.name = 'live heavy');
END $$;
SELECT pulse.set_rule_mode('live heavy', 'shadow');
SELECT pulse.set_setting('rule_time_limit', '1 second');
INSERT INTO pulse_event.live_complaint (customer, weight) VALUES ('slow', 1);
SELECT * FROM live_sweep('2026-03-08 12:30+08');
SELECT pulse.set_setting('rule_time_limit', '1 minute');
SELECT rule, state, reason FROM pulse.stat_rules WHERE rule = 'live heavy';
SELECT * FROM live_waits WHERE key = 'slow';

-- each time: a wait of its own for each; once: never again
SELECT count(*) FROM pulse.create_rule('live each',
	'WHEN live_complaint PER customer EACH TIME AND NOT live_visit WITHIN 1 days THEN notify rep', 'live');
SELECT count(*) FROM pulse.create_rule('live once',
	'WHEN live_complaint PER customer ONCE AND NOT live_visit WITHIN 1 days THEN notify rep', 'live');
INSERT INTO pulse_event.live_complaint (at, customer, weight) VALUES ('2026-03-08 13:00+08', 'twice', 1), ('2026-03-08 14:00+08', 'twice', 1);
SELECT * FROM live_sweep('2026-03-08 15:00+08');
SELECT * FROM live_waits WHERE key = 'twice';
INSERT INTO pulse_event.live_visit (at, customer) VALUES ('2026-03-08 16:00+08', 'twice');
INSERT INTO pulse_event.live_complaint (at, customer, weight) VALUES ('2026-03-08 17:00+08', 'twice', 1);
SELECT * FROM live_sweep('2026-03-08 18:00+08');
SELECT * FROM live_waits WHERE key = 'twice';

-- counters
SELECT rule, events, waits, open_waits, firings, superseded, answered, answered_late
FROM pulse.stat_rules WHERE rule LIKE 'live %' ORDER BY rule;

-- bad input
SELECT * FROM pulse_internal.sweep_rules(0);
\echo :LAST_ERROR_SQLSTATE

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'live %' ORDER BY name;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.wait;
DROP VIEW live_firings, live_waits;
DROP FUNCTION live_sweep;
SELECT pulse.drop_event(e) FROM unnest(ARRAY['live_issued', 'live_settled', 'live_complaint', 'live_visit']) AS e;
REVOKE ALL ON SCHEMA pulse_event FROM regress_live_author;
DROP ROLE regress_live_author;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock(NULL);
