-- AND NO b IN THE LAST d, of rules that are over with their last step: a b that is learnt of late
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-01-31 00:00+00');
SELECT pulse.create_event('lack_order', 'customer text, amount int'), pulse.create_event('lack_visit', 'customer text');
CREATE TABLE lack_staff (id int, name text, email text);
INSERT INTO lack_staff VALUES (1, 'Ann', 'ann@example.com');
SELECT pulse.map_staff('lack_staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('lack_rep', holder => '{1}');
SELECT pulse.create_rule('lack one', 'WHEN lack_order PER customer AND NO lack_visit IN THE LAST 30 days THEN mail lack_rep', 'live');
SELECT pulse.create_rule('lack each', 'WHEN lack_order PER customer EACH TIME AND NO lack_visit IN THE LAST 30 days THEN mail lack_rep', 'live');
SELECT pulse.create_rule('lack task', 'WHEN lack_order PER customer AND NO lack_visit IN THE LAST 30 days THEN assign lack_rep "Visit"', 'live');
SELECT pulse.create_rule('lack day', 'WHEN lack_order PER customer AND NO lack_visit IN THE LAST 30 days THEN notify lack_rep TOGETHER PER amount ONCE A DAY AT 18:00', 'live');
SELECT pulse.create_rule('lack until', 'WHEN lack_order WHERE amount > 50 PER customer AND NO lack_visit IN THE LAST 30 days THEN mail lack_rep UNTIL lack_visit', 'live');
SELECT pulse.create_rule('lack tried', 'WHEN lack_order PER customer AND NO lack_visit IN THE LAST 30 days THEN mail lack_rep', 'shadow');
CREATE FUNCTION lack_tick(at text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock((at || '+00')::timestamptz);
	RETURN (SELECT sum(firings) FROM pulse.tick());
END $$;
CREATE FUNCTION lack_visits(variadic visits text[]) RETURNS void LANGUAGE sql AS $$
	INSERT INTO pulse_event.lack_visit (at, recorded, customer)
	SELECT split_part(v, ' ', 1)::timestamptz, pulse.clock(), split_part(v, ' ', 2) FROM unnest(visits) AS v $$;
CREATE VIEW lack_cases AS
	SELECT c.rule, c.key, c.state, c.waiting, c.reason, c.resolved_late AS late,
		(SELECT string_agg(m.state, ', ' ORDER BY m.message_id) FROM pulse.messages AS m WHERE m.case_id = c.case_id) AS messages,
		(SELECT string_agg(t.state, ', ' ORDER BY t.task_id) FROM pulse.tasks AS t WHERE t.case_id = c.case_id) AS tasks,
		(SELECT string_agg(concat_ws(' ', h.what, h.detail), ', ' ORDER BY h.number) FROM pulse.case_history AS h
		 WHERE h.case_id = c.case_id AND h.what = 'resolved') AS history
	FROM pulse.cases AS c WHERE c.rule LIKE 'lack %' ORDER BY c.rule, c.key COLLATE "C", c.case_id;

-- customers: nothing has gone out; it was sent; a worker has it; a person closed the case; the visit was too early, too late, just in time
INSERT INTO pulse_event.lack_order (at, recorded, customer, amount) SELECT '2026-02-01', '2026-02-01', c, 1
FROM unnest('{queued,sent,claimed,person,early,after,edge}'::text[]) AS c;
INSERT INTO pulse_event.lack_order (at, recorded, customer, amount) VALUES ('2026-02-01', '2026-02-01', 'until', 100);
SELECT lack_tick('2026-02-01 09:00');
SELECT rule, count(*) FROM pulse.waits WHERE rule LIKE 'lack %' GROUP BY rule ORDER BY rule;
DO $$
DECLARE
	message record;
BEGIN
	FOR message IN SELECT m.*, q.key FROM pulse.claim_messages('lack', 100) AS m
		JOIN (SELECT x.message_id, c.key FROM pulse.messages AS x JOIN pulse.cases AS c USING (case_id)) AS q USING (message_id) LOOP
		IF message.key = 'sent' THEN
			PERFORM pulse.ack_message(message.message_id, message.lease_token);
		ELSIF message.key <> 'claimed' THEN
			UPDATE pulse_internal.queue SET claimed = false, worker = NULL WHERE message_id = message.message_id;
		END IF;
	END LOOP;
END $$;
SELECT count(pulse.resolve_case(c.case_id, 'by phone')) FROM pulse.cases AS c WHERE c.key = 'person';
SELECT lack_visits('2026-01-20 queued', '2026-01-20 sent', '2026-01-20 claimed', '2026-01-20 person', '2026-01-20 until',
	'2026-01-02 early', '2026-02-01T00:00:01Z after', '2026-01-02T00:00:01Z edge', '2026-01-20 nobody');
SELECT lack_tick('2026-02-01 10:00');
SELECT * FROM lack_cases;
SELECT f.rule, f.key, f.late_answer_at FROM pulse.firings AS f WHERE f.late_answer_at IS NOT NULL AND f.rule LIKE 'lack %' ORDER BY f.rule, f.key COLLATE "C";
SELECT regexp_replace(pulse.why(f.firing_id, 'en'), '^.*\n', '') FROM pulse.firings AS f WHERE f.rule = 'lack one' AND f.key = 'queued' AND pulse.why(f.firing_id, 'en') LIKE '%learnt of only afterwards.';
-- the worker fails: then it is withdrawn, too
SELECT count(pulse.fail_message(q.message_id, q.lease_token, '451')) FROM pulse_internal.queue AS q WHERE q.claimed;
SELECT c.rule, m.state FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.key = 'claimed' ORDER BY m.message_id;

-- the digest goes without them; no wait is left behind
SELECT lack_tick('2026-02-01 18:00');
SELECT key, released FROM (SELECT key, released_at IS NOT NULL AS released FROM pulse.firings WHERE rule = 'lack day') AS f ORDER BY key COLLATE "C";
SELECT body FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'lack day' ORDER BY m.message_id;
SELECT w.rule, w.key FROM pulse.waits AS w WHERE w.rule LIKE 'lack %' ORDER BY 1, 2;

-- the same again and others that were there, in a tick that is undone and done again: nothing happens twice
CREATE TABLE lack_before AS SELECT * FROM lack_cases;
SELECT s.rule, s.answered_late FROM pulse.stat_rules AS s WHERE s.rule LIKE 'lack %' ORDER BY s.rule;
SELECT lack_visits('2026-01-21 queued', '2026-01-20 queued', '2026-01-19 sent');
BEGIN;
SELECT lack_tick('2026-02-02 09:00');
ROLLBACK;
SELECT lack_tick('2026-02-02 09:00');
SELECT * FROM lack_cases EXCEPT SELECT * FROM lack_before;
SELECT s.rule, s.answered_late FROM pulse.stat_rules AS s WHERE s.rule LIKE 'lack %' ORDER BY s.rule;

-- an order that is lacking nothing fires anew; what fired before stays as it is
INSERT INTO pulse_event.lack_order (at, recorded, customer, amount) VALUES ('2026-03-20', '2026-03-20', 'queued', 1);
SELECT lack_tick('2026-03-20 09:00');
SELECT * FROM lack_cases WHERE key = 'queued';

-- at random, two events in five late: a backtest says of each firing the same, and whether it was answered late
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'lack %' ORDER BY name;
TRUNCATE pulse_event.lack_order, pulse_event.lack_visit;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock('2026-01-01 00:00+00');
SELECT pulse.create_rule('lack any', 'WHEN lack_order PER customer AND NO lack_visit IN THE LAST 9 days THEN mail lack_rep', 'live');
SELECT pulse.create_rule('lack all', 'WHEN lack_order PER customer EACH TIME AND NO lack_visit IN THE LAST 9 days THEN mail lack_rep', 'live');
SELECT pulse.create_rule('lack two', 'WHEN lack_order HAPPENS AT LEAST 2 TIMES WITHIN 20 days PER customer AND NO lack_visit IN THE LAST 5 days THEN mail lack_rep; 2 days later: mail lack_rep', 'live');
SELECT pulse.create_rule('lack cool', 'WHEN lack_order PER customer AND NO lack_visit IN THE LAST 9 days AT MOST ONCE IN 4 days THEN mail lack_rep', 'live');
SELECT pulse_internal.register_consumer('rules');
CREATE PROCEDURE lack_replay(events int) LANGUAGE plpgsql AS $$
DECLARE
	e record;
BEGIN
	CREATE TEMP TABLE stream AS
		SELECT s.at, s.at + CASE WHEN random() < 0.4 THEN random() * interval '8 days' ELSE interval '0' END AS recorded,
			'k' || (random() * 5)::int AS customer, random() < 0.3 AS visit
		FROM (SELECT timestamptz '2026-01-01 00:00+00' + random() * interval '60 days' AS at FROM generate_series(1, events)) AS s;
	FOR e IN SELECT * FROM stream ORDER BY recorded LOOP
		PERFORM pulse.set_clock(e.recorded);
		PERFORM pulse_internal.sweep_lane(1000);
		COMMIT;
		IF e.visit THEN
			INSERT INTO pulse_event.lack_visit (at, recorded, customer) VALUES (e.at, e.recorded, e.customer);
		ELSE
			INSERT INTO pulse_event.lack_order (at, recorded, customer) VALUES (e.at, e.recorded, e.customer);
		END IF;
		COMMIT;
		PERFORM pulse_internal.sweep_lane(1000);
		COMMIT;
		PERFORM pulse_internal.release_firings();
		COMMIT;
	END LOOP;
	PERFORM pulse.set_clock('2026-03-20 00:00+00');
	PERFORM pulse_internal.sweep_lane(1000);
	COMMIT;
	PERFORM pulse_internal.release_firings();
END $$;
SELECT setseed(0.25);
CALL lack_replay(200);
CREATE VIEW lack_live AS
	SELECT f.rule, f.key, f.step, f.due_at, f.trigger_id, f.late_answer_at FROM pulse.firings AS f WHERE f.rule LIKE 'lack %';
CREATE VIEW lack_back AS
	SELECT r.name, b.key, b.step, b.due_at, b.trigger_event, CASE WHEN b.end_reason = 'answered_late' AND b.ended_at < b.due_at THEN b.ended_at END
	FROM pulse.rules AS r, pulse.backtest(r.name, '2026-01-01', '2026-03-20 00:00:00.000001', 'arrived') AS b WHERE r.name LIKE 'lack %';
SELECT rule, count(*) > 10 AS firings, count(late_answer_at) > 2 AS late FROM lack_live GROUP BY rule ORDER BY rule;
SELECT * FROM lack_live EXCEPT ALL SELECT * FROM lack_back ORDER BY 1, 2, 4, 3;
SELECT * FROM lack_back EXCEPT ALL SELECT * FROM lack_live ORDER BY 1, 2, 4, 3;
-- a case is resolved late where its firing was answered late, and nowhere else
SELECT count(*) FROM pulse.firings AS f JOIN pulse_internal.cases AS c ON c.wait_id = f.wait_id
WHERE f.rule LIKE 'lack %' AND (f.late_answer_at IS NOT NULL) <> c.resolved_late AND coalesce(c.reason, '') <> 'superseded';
SELECT count(*) FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.resolved_late AND m.state <> 'withdrawn';
SELECT count(*) FROM pulse_internal.wait;

DROP VIEW lack_live, lack_back, lack_cases;
DROP TABLE stream, lack_before;
DROP PROCEDURE lack_replay(int);
DROP FUNCTION lack_tick(text), lack_visits(text[]);
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'lack %' ORDER BY name;
SELECT pulse.drop_role('lack_rep');
DELETE FROM pulse_internal.mapping;
DROP TABLE lack_staff CASCADE;
SELECT pulse.drop_event('lack_order'), pulse.drop_event('lack_visit');
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version, pulse_internal.rule_cooldown;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
