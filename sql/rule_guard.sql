-- steps that look at their case: unless acknowledged, unless done, when delivered
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-03-01 08:00+00');
SELECT pulse.create_event('guard_complaint', 'customer int');
SELECT pulse.create_event('guard_visit', 'customer int');
CREATE TABLE guard_staff (id int, name text, email text);
INSERT INTO guard_staff VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bo', 'bo@example.com');
SELECT pulse.map_staff('guard_staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('guard_rep', holder => '{1}'), pulse.map_role('guard_vp', holder => '{2}');
SELECT count(*) FROM pulse.create_rule('guard seen', '当guard_complaint（每个customer）时，通知guard_rep；24小时后，如未确认，通知guard_vp；再过1天，通知guard_vp；直到guard_visit为止', 'live');
SELECT count(*) FROM pulse.create_rule('guard task', 'WHEN guard_complaint PER customer THEN assign guard_rep "Visit";'
	' every 1 day UNLESS DONE: notify guard_vp UNTIL guard_visit', 'live');
SELECT count(*) FROM pulse.create_rule('guard sent', 'WHEN guard_complaint PER customer THEN notify guard_rep;'
	' 1 hour later WHEN DELIVERED: notify guard_vp UNTIL guard_visit', 'live');
SELECT sentence_en, sentence_zh FROM pulse.rules WHERE name LIKE 'guard %' ORDER BY name;
SELECT * FROM pulse.tick();
CREATE FUNCTION guard_tick(instant timestamptz, OUT firings int) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT t.firings INTO firings FROM pulse.tick() AS t;
END $$ LANGUAGE plpgsql;
INSERT INTO pulse_event.guard_complaint (customer) VALUES (1), (2);
SELECT * FROM guard_tick('2026-03-01 08:30+00');
-- customer 1: seen, done and delivered; customer 2: nothing of it
SELECT pulse.acknowledge_case(case_id, '1') FROM pulse.cases WHERE rule = 'guard seen' AND key = '1';
SELECT pulse.finish_task(task_id, '1') FROM pulse.tasks WHERE rule = 'guard task' AND key = '1';
SELECT pulse.ack_message(l.message_id, l.lease_token, outcome => 'delivered') FROM pulse.claim_messages('w') AS l
JOIN pulse.messages AS m USING (message_id) JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'guard sent' AND c.key = '1';
SELECT * FROM guard_tick('2026-03-01 10:00+00');
SELECT * FROM guard_tick('2026-03-02 10:00+00');
SELECT rule, key, step, repetition, guard, withheld, released_at FROM pulse.firings WHERE rule LIKE 'guard %' AND guard IS NOT NULL ORDER BY rule, key;
SELECT c.rule, c.key, m.step, m.role FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id)
WHERE c.rule LIKE 'guard %' AND m.step = 2 ORDER BY c.rule, c.key;
SELECT c.rule, c.key, h.what, h.step, h.detail FROM pulse.case_history AS h JOIN pulse.cases AS c USING (case_id)
WHERE h.what = 'withheld' ORDER BY c.rule, c.key;
SELECT pulse.why(firing_id, l) FROM pulse.firings, unnest(ARRAY['en', 'zh']) AS l
WHERE withheld IS NOT NULL ORDER BY rule, l;
-- the ladder goes on after a step that was withheld
SELECT * FROM guard_tick('2026-03-03 10:00+00');
SELECT key, step, guard, withheld, released_at FROM pulse.firings WHERE rule = 'guard seen' AND step = 3 ORDER BY key;
-- an outage: the first step acts, though one that needs it to be delivered is due, too
INSERT INTO pulse_event.guard_complaint (customer) VALUES (3);
SELECT * FROM guard_tick('2026-03-03 14:00+00');
SELECT step, superseded, withheld, released_at FROM pulse.firings WHERE rule = 'guard sent' AND key = '3' ORDER BY step;
-- it waits: while the message is not taken, while it is only sent; an hour after the first, as they are apart, and not before
SELECT * FROM guard_tick('2026-03-03 14:30+00');
SELECT pulse.why(firing_id, l) FROM pulse.firings, unnest(ARRAY['en', 'zh']) AS l WHERE rule = 'guard sent' AND key = '3' AND step = 2 ORDER BY l;
SELECT pulse.fail_message(l.message_id, l.lease_token, 'no such number', permanent => true) FROM pulse.claim_messages('w', 1000) AS l
JOIN pulse.messages AS m USING (message_id) JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'guard sent' AND c.key = '3';
SELECT * FROM guard_tick('2026-03-03 14:59+00');
SELECT step, withheld, released_at FROM pulse.firings WHERE rule = 'guard sent' AND key = '3' ORDER BY step;
SELECT * FROM guard_tick('2026-03-03 15:00+00');
SELECT step, withheld, released_at FROM pulse.firings WHERE rule = 'guard sent' AND key = '3' ORDER BY step;
-- sent, and no receipt within a day
INSERT INTO pulse_event.guard_complaint (customer) VALUES (4), (5);
SELECT * FROM guard_tick('2026-03-03 15:05+00');
SELECT pulse.ack_message(l.message_id, l.lease_token) FROM pulse.claim_messages('w', 1000) AS l
JOIN pulse.messages AS m USING (message_id) JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'guard sent' AND c.key IN ('4', '5');
SELECT * FROM guard_tick('2026-03-03 16:30+00');
SELECT * FROM guard_tick('2026-03-04 15:04+00');
SELECT key, step, withheld, released_at FROM pulse.firings WHERE rule = 'guard sent' AND key IN ('4', '5') AND step = 2 ORDER BY key;
-- the end of the case ends the waiting
INSERT INTO pulse_event.guard_visit (customer) VALUES (5);
SELECT * FROM guard_tick('2026-03-04 15:05+00');
SELECT * FROM guard_tick('2026-03-04 15:06+00');
SELECT f.key, f.step, f.withheld, f.released_at, c.state FROM pulse.firings AS f JOIN pulse.cases AS c ON c.rule = f.rule AND c.key = f.key
WHERE f.rule = 'guard sent' AND f.key IN ('4', '5') AND f.step = 2 ORDER BY f.key;
SELECT c.key, h.what, h.step, h.detail FROM pulse.case_history AS h JOIN pulse.cases AS c USING (case_id) WHERE h.what = 'waiting' ORDER BY c.key;
-- no history tells what the case was: a backtest says what was asked
SELECT key, step, repetition, superseded, guard FROM pulse.backtest('guard task', '2026-03-01', '2026-03-03') ORDER BY key, step, repetition;
SELECT count(*) FROM (
	SELECT rule, key, step, repetition, due_at FROM pulse.firings WHERE rule LIKE 'guard %'
	EXCEPT SELECT r.name, b.key, b.step, b.repetition, b.due_at
	FROM pulse.rules AS r, pulse.backtest(r.name, '2026-03-01', '2026-04-01', 'arrived') AS b WHERE r.name LIKE 'guard %') AS live_only;

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'guard %' ORDER BY name;
SELECT pulse.drop_role('guard_rep'), pulse.drop_role('guard_vp');
DROP TABLE guard_staff CASCADE;
DELETE FROM pulse_internal.mapping;
DROP FUNCTION guard_tick(timestamptz);
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
SELECT pulse.drop_event('guard_complaint'), pulse.drop_event('guard_visit');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
