-- rule -> firing -> action -> outcome, in one view; an answer learnt of late
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock('2026-01-05 08:00+00');
SELECT pulse.create_event('out_issued', 'invoice text, customer text');
SELECT pulse.create_event('out_settled', 'invoice text');
CREATE TABLE out_staff (id int, name text, email text, mobile text);
INSERT INTO out_staff VALUES (1, 'Ann', 'ann@example.com', '13800000001');
SELECT pulse.map_staff('out_staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile');
SELECT pulse.map_role('out_rep', holder => '{1}');
SELECT pulse.create_rule('out one', 'WHEN out_issued PER invoice AND NOT out_settled WITHIN 3 days
	THEN text out_rep and assign out_rep "Call"; 1 day later UNLESS ACKNOWLEDGED: mail out_rep; 2 days later: mail out_rep UNTIL out_settled', 'live');
SELECT pulse.create_rule('out shadow', 'WHEN out_issued PER invoice AND NOT out_settled WITHIN 3 days THEN text out_rep', 'shadow');
SELECT pulse.create_rule('out list', 'WHEN out_issued PER invoice AND NOT out_settled WITHIN 2 days THEN text out_rep TOGETHER PER customer', 'live');
INSERT INTO pulse_event.out_issued (at, recorded, invoice, customer) VALUES
	('2026-01-05 09:00+00', '2026-01-05 09:00+00', 'a', 'x'), ('2026-01-05 09:00+00', '2026-01-05 09:00+00', 'b', 'x'),
	('2026-01-05 09:00+00', '2026-01-05 09:00+00', 'c', 'y');
SELECT pulse.set_clock('2026-01-08 10:00+00');
SELECT firings FROM pulse.tick();
SELECT rule, version, key, step, due_at, action_state, action, verb, role, channel, delivery, case_state, outcome FROM pulse.rule_outcomes ORDER BY rule, key, step, action, message_id;

-- a was sent; b was answered in time, and that is learnt of now: what has not gone out is taken back
SELECT pulse.ack_message(l.message_id, l.lease_token) FROM pulse.claim_messages('w') AS l JOIN pulse.messages AS m USING (message_id)
WHERE m.case_id = (SELECT case_id FROM pulse.cases WHERE rule = 'out one' AND key = 'a') ORDER BY 1;
UPDATE pulse_internal.queue SET claimed = false, held_until = '-infinity', worker = NULL;
INSERT INTO pulse_event.out_settled (at, recorded, invoice) VALUES ('2026-01-07 12:00+00', '2026-01-08 10:30+00', 'a'), ('2026-01-07 12:00+00', '2026-01-08 10:30+00', 'b');
SELECT pulse.set_clock('2026-01-08 11:00+00');
SELECT events, firings FROM pulse.tick();
SELECT rule, key, step, action, verb, delivery, case_state, outcome, resolved_late, late_answer_at, closed_after FROM pulse.rule_outcomes ORDER BY rule, key, step, action, message_id;
SELECT key, state, resolved_late, reason FROM pulse.cases ORDER BY rule, key;
SELECT what, detail FROM pulse.case_history WHERE case_id = (SELECT case_id FROM pulse.cases WHERE rule = 'out one' AND key = 'b') ORDER BY number;
SELECT title, state, outcome FROM pulse.tasks ORDER BY task_id;
-- the list that is about a and b is over with the second; nothing is left for anybody to claim
SELECT together IS NOT NULL AS list, state FROM pulse.messages WHERE step = 1 ORDER BY message_id;
-- the late answer counts for no later step
SELECT pulse.set_clock('2026-01-12 11:00+00');
SELECT events, firings FROM pulse.tick();
SELECT key, step, action_state FROM pulse.rule_outcomes WHERE rule = 'out one' ORDER BY key, step, action;
-- an acknowledged case withholds the step that asks
SELECT pulse.acknowledge_case((SELECT case_id FROM pulse.cases WHERE rule = 'out one' AND key = 'c'), '1');
SELECT count(*) FILTER (WHERE outcome = 'answered_late') AS late, count(*) AS rows, count(DISTINCT firing_id) AS firings FROM pulse.rule_outcomes;
-- who may look: an author sees the rules of his own, the application none
CREATE ROLE regress_out_author;
CREATE ROLE regress_out_app;
GRANT pulse_author TO regress_out_author;
GRANT pulse_app TO regress_out_app;
SET ROLE regress_out_author;
SELECT count(*) > 0 AS sees FROM pulse.rule_outcomes;
SET ROLE regress_out_app;
SELECT count(*) FROM pulse.rule_outcomes;
RESET ROLE;
DROP ROLE regress_out_author, regress_out_app;
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'out %' ORDER BY name;
SELECT pulse.drop_role('out_rep');
DROP TABLE out_staff CASCADE;
DELETE FROM pulse_internal.mapping;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
SELECT pulse.drop_event('out_issued'), pulse.drop_event('out_settled');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
