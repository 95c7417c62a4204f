-- a case that nothing but the rule's own steps ends: it stands open for people
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-01-05 08:00+00');
SELECT pulse.create_event('sta_order', 'customer text, store text, amount numeric'), pulse.create_event('sta_big', 'customer text');
CREATE TABLE sta_staff (id int, name text, email text);
INSERT INTO sta_staff VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bo', 'bo@example.com');
SELECT pulse.map_staff('sta_staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('sta_rep', holder => '{1}');
SELECT pulse.create_rule('sta one', 'WHEN sta_order WHERE amount > 100 PER customer THEN mail sta_rep', 'live');
SELECT pulse.create_rule('sta each', 'WHEN sta_order WHERE amount < 10 PER customer EACH TIME THEN mail sta_rep', 'live');
SELECT pulse.create_rule('sta task', 'WHEN sta_order WHERE amount = 50 PER customer THEN assign sta_rep "Call"', 'live');
SELECT pulse.create_rule('sta ladder', 'WHEN sta_order WHERE amount = 70 PER customer THEN mail sta_rep; 7 days later UNLESS ACKNOWLEDGED: mail sta_rep', 'live');
SELECT pulse.create_rule('sta silent', 'WHEN sta_order WHERE amount > 100 PER customer THEN emit sta_big', 'live');
SELECT pulse.create_rule('sta board', 'EVERY day AT 07:00 THEN mail sta_rep', 'live');
CREATE FUNCTION sta_order(customer text, amount numeric) RETURNS void LANGUAGE sql AS $$
	INSERT INTO pulse_event.sta_order (at, recorded, customer, amount) VALUES (pulse.clock(), pulse.clock(), customer, amount) $$;
CREATE FUNCTION sta_tick(at text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock((at || '+00')::timestamptz);
	RETURN (SELECT sum(firings) FROM pulse.tick());
END $$;
CREATE VIEW sta_cases AS
	SELECT c.rule, c.key, c.state, c.step, c.waiting, c.reason FROM pulse.cases AS c WHERE c.rule LIKE 'sta %' ORDER BY c.rule, c.case_id;

SELECT sta_order('a', 500), sta_order('b', 50), sta_order('c', 5), sta_order('c', 6), sta_order('d', 70);
SELECT sta_tick('2026-01-05 08:01');
SELECT * FROM sta_cases;
-- no wait is left but the ladder's
SELECT rule, key, next_step FROM pulse.waits WHERE rule LIKE 'sta %' ORDER BY rule;

-- people answer it
SELECT case_id FROM pulse.cases WHERE rule = 'sta one' AND key = 'a' \gset
SELECT pulse.acknowledge_case(:case_id, '1'), pulse.snooze_case(:case_id, '2026-01-05 12:00+00', '1'), pulse.reassign_case(:case_id, '2', '1');
SELECT state, acknowledged_by, snoozed_until FROM pulse.cases WHERE case_id = :case_id;
SELECT pulse.resolve_case(:case_id, 'delivered', '1'), pulse.resolve_case(:case_id);
SELECT what, actor, detail FROM pulse.case_history WHERE case_id = :case_id ORDER BY number;

-- the rule comes again: one case is open for each key, the latest
SELECT pulse.set_clock('2026-01-05 09:00+00');
SELECT sta_order('a', 600);
SELECT sta_tick('2026-01-05 09:01');
SELECT * FROM sta_cases WHERE rule = 'sta one';
SELECT case_id FROM pulse.cases WHERE rule = 'sta one' AND state = 'open' \gset
SELECT sta_order('a', 700), sta_order('c', 7);
SELECT sta_tick('2026-01-05 09:02');
SELECT * FROM sta_cases WHERE rule IN ('sta one', 'sta each');
SELECT what, actor, detail FROM pulse.case_history WHERE case_id = :case_id ORDER BY number;
-- a message that was written for it is not taken back
SELECT state FROM pulse.messages WHERE case_id = :case_id;
-- who answers what is passed over is told so
SELECT pulse.acknowledge_case(:case_id, '1'), pulse.resolve_case(:case_id), pulse.snooze_case(:case_id, '2026-01-06 12:00+00');
-- two in one sweep: each is told of, the later one stands; acknowledged or not
SELECT pulse.acknowledge_case(case_id, '1') FROM pulse.cases WHERE rule = 'sta one' AND state = 'open';
SELECT sta_order('a', 800), sta_order('a', 900), sta_order('e', 800), sta_order('e', 900);
SELECT sta_tick('2026-01-05 09:03');
SELECT * FROM sta_cases WHERE rule = 'sta one';
SELECT count(*) FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'sta one';

-- somebody has a task in it: it is not passed over; the task done, it is resolved
SELECT sta_order('b', 50);
SELECT sta_tick('2026-01-05 09:04');
SELECT * FROM sta_cases WHERE rule = 'sta task';
SELECT pulse.finish_task(task_id, '1') FROM pulse.tasks WHERE rule = 'sta task' ORDER BY task_id LIMIT 1;
SELECT * FROM sta_cases WHERE rule = 'sta task';

-- a ladder stands when its last step is over; a report by the clock does not; nor what told nobody
SELECT pulse.acknowledge_case(case_id, '1') FROM pulse.cases WHERE rule = 'sta ladder';
SELECT sta_tick('2026-01-12 08:02');
SELECT * FROM sta_cases WHERE rule IN ('sta ladder', 'sta board', 'sta silent');
-- and the next one takes its place with its first step
SELECT sta_order('d', 70);
SELECT sta_tick('2026-01-12 08:03');
SELECT * FROM sta_cases WHERE rule = 'sta ladder';

-- a rule that asks whether it is open
SELECT pulse.create_rule('sta quiet', 'WHEN sta_order WHERE amount > 100 PER customer AT MOST ONCE IN 1 minute UNLESS rule "sta ladder" IS OPEN THEN mail sta_rep', 'live');
SELECT pulse.set_clock('2026-01-12 08:04+00');
SELECT sta_order('d', 500);
SELECT sta_tick('2026-01-12 08:05');
SELECT withheld FROM pulse.firings WHERE rule = 'sta quiet';
SELECT pulse.resolve_case(case_id) FROM pulse.cases WHERE rule = 'sta ladder' AND state <> 'resolved' AND state <> 'expired';
SELECT pulse.set_clock('2026-01-12 08:10+00');
SELECT sta_order('d', 500);
SELECT sta_tick('2026-01-12 08:11');
SELECT withheld FROM pulse.firings WHERE rule = 'sta quiet' ORDER BY firing_id;

-- nobody answers: expire_cases after the last that was heard of it, but for who has a task
SELECT pulse.set_setting('expire_cases', '-1 days');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_setting('expire_cases', '20 days');
SELECT sta_tick('2026-01-24 09:00');
SELECT pulse.acknowledge_case(case_id, '1') FROM pulse.cases WHERE rule = 'sta one' AND key = 'e' AND state = 'open';
SELECT sta_tick('2026-01-26 09:30');
SELECT * FROM sta_cases WHERE rule IN ('sta one', 'sta each', 'sta task') AND state IN ('open', 'acknowledged', 'expired');
SELECT sta_tick('2026-02-20 09:30');
SELECT * FROM sta_cases WHERE state IN ('open', 'acknowledged');
-- slices
SELECT sta_order('f', 1), sta_order('g', 1), sta_order('h', 1);
SELECT sta_tick('2026-02-20 10:00');
SELECT pulse.set_clock('2026-03-20 10:00+00');

SELECT pulse_internal.expire_unanswered(2);
SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE reason = 'not resolved') AS expired FROM pulse.cases WHERE rule = 'sta each' AND key IN ('f', 'g', 'h');
SELECT pulse_internal.expire_unanswered(2);
SELECT count(*) FILTER (WHERE state = 'open') AS open FROM pulse.cases WHERE rule = 'sta each' AND key IN ('f', 'g', 'h');

-- open waits that end with their rule, or with another sentence for it, leave nothing standing
SELECT sta_order('k', 70);
SELECT sta_tick('2026-03-20 10:01');
SELECT pulse.alter_rule('sta ladder', 'WHEN sta_order WHERE amount = 71 PER customer THEN mail sta_rep; 7 days later: mail sta_rep', running => 'end');
SELECT sta_tick('2026-03-20 10:02');
SELECT * FROM sta_cases WHERE rule = 'sta ladder' AND key = 'k';

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'sta %' ORDER BY name;
SELECT pulse.set_setting('expire_cases', '30 days');
SELECT pulse.drop_role('sta_rep');
DROP VIEW sta_cases;
DROP FUNCTION sta_order(text, numeric), sta_tick(text);
DROP TABLE sta_staff CASCADE;
DELETE FROM pulse_internal.mapping;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version, pulse_internal.rule_cooldown;
SELECT pulse.drop_event('sta_order'), pulse.drop_event('sta_big');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
