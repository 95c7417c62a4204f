-- the sweep closes the cases of waits that end: the same where it may do so by itself and where a statement has to
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-01-05 08:00+00');
SELECT pulse.create_event('settle_order', 'customer text, shop text'), pulse.create_event('settle_paid', 'customer text');
SELECT * FROM pulse.create_case_events('{case_resolved}');
SELECT pulse_internal.register_consumer('rules');
CREATE TABLE settle_staff (id int, name text, email text);
INSERT INTO settle_staff VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bo', NULL);
SELECT pulse.map_staff('settle_staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('settle_rep', holder => '{1}');
SELECT pulse.map_role('settle_boss', holder => '{2}');
SELECT pulse.create_rule('settle one', 'WHEN settle_order PER customer EACH TIME AND NOT settle_paid WITHIN 1 day THEN mail settle_rep AND notify settle_boss', 'live');
CREATE FUNCTION settle_sweep(at text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock((at || '+00')::timestamptz);
	RETURN (SELECT s.firings FROM pulse_internal.sweep_lane(1000) AS s);
END $$;
-- customers: paid before anything happened to what was sent; their message is with a worker; was sent; a person closed the case; late
CREATE PROCEDURE settle_round(day date) LANGUAGE plpgsql AS $$
DECLARE
	message record;
BEGIN
	INSERT INTO pulse_event.settle_order (at, recorded, customer, shop) SELECT day + time '08:00', day + time '08:00', c, 's'
	FROM unnest('{queued,claimed,sent,person,late,open}'::text[]) AS c;
	COMMIT;
	PERFORM settle_sweep(day + time '09:00' || '');
	COMMIT;
	PERFORM settle_sweep(day + 1 + time '09:00' || '');
	COMMIT;
	FOR message IN SELECT m.* FROM pulse.claim_messages('settle', 100) AS m LOOP
		IF message.body LIKE '%customer sent%' THEN
			PERFORM pulse.ack_message(message.message_id, message.lease_token);
		ELSIF message.body NOT LIKE '%customer claimed%' THEN
			UPDATE pulse_internal.queue SET claimed = false, worker = NULL WHERE message_id = message.message_id;
		END IF;
	END LOOP;
	PERFORM pulse.resolve_case(c.case_id, 'by phone') FROM pulse.cases AS c WHERE c.key = 'person' AND c.opened_at >= day;
	INSERT INTO pulse_event.settle_paid (at, recorded, customer) SELECT day + 1 + time '09:10', day + 1 + time '09:10', c
	FROM unnest('{queued,claimed,sent,person}'::text[]) AS c;
	INSERT INTO pulse_event.settle_paid (at, recorded, customer) VALUES (day + 1 + time '07:00', day + 1 + time '09:20', 'late');
	COMMIT;
	PERFORM settle_sweep(day + 1 + time '10:00' || '');
	COMMIT;
END $$;
CREATE FUNCTION settle_found(day date) RETURNS TABLE (customer text, state text, waiting boolean, reason text, late boolean, messages text, history text, told text)
LANGUAGE sql AS $$
	SELECT c.key, c.state, c.waiting, c.reason, c.resolved_late,
		(SELECT string_agg(m.role || ' ' || m.state || CASE WHEN q.withdraw THEN ' and marked' ELSE '' END, ', ' ORDER BY m.message_id)
		 FROM pulse.messages AS m LEFT JOIN pulse_internal.queue AS q ON q.message_id = m.message_id WHERE m.case_id = c.case_id),
		(SELECT string_agg(concat_ws(' ', h.what, h.detail), ', ' ORDER BY h.number) FROM pulse.case_history AS h WHERE h.case_id = c.case_id AND h.what = 'resolved'),
		(SELECT string_agg(concat_ws(' ', e.reason, e.late), ', ') FROM pulse_event.case_resolved AS e WHERE e.case_id = c.case_id)
	FROM pulse.cases AS c WHERE c.opened_at >= day ORDER BY c.case_id;
$$;
CALL settle_round('2026-01-05');
CREATE TABLE settle_first AS SELECT * FROM settle_found('2026-01-05');
SELECT * FROM settle_first ORDER BY customer;
-- the worker fails: then it is withdrawn too
SELECT pulse.fail_message(q.message_id, q.lease_token, '451') FROM pulse_internal.queue AS q WHERE q.claimed;
SELECT c.key, m.role, m.state FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.key = 'claimed' ORDER BY m.message_id;
SELECT count(*) FROM pulse_internal.wait;

-- where messages are shared a statement does it: what becomes of the same is the same
SELECT pulse.create_rule('settle shop', 'WHEN settle_order PER customer EACH TIME AND NOT settle_paid WITHIN 300 days THEN mail settle_rep TOGETHER PER shop', 'draft');
UPDATE pulse_internal.message SET together = ARRAY[case_id] WHERE message_id = (SELECT min(message_id) FROM pulse_internal.message);
CALL settle_round('2026-02-05');
CREATE TABLE settle_second AS SELECT * FROM settle_found('2026-02-05');
SELECT * FROM settle_first EXCEPT SELECT * FROM settle_second;
SELECT * FROM settle_second EXCEPT SELECT * FROM settle_first;
UPDATE pulse_internal.message SET together = NULL WHERE together IS NOT NULL;

-- a case with a task: that is closed, too
INSERT INTO pulse_event.settle_order (at, recorded, customer) VALUES ('2026-03-05 08:00', '2026-03-05 08:00', 'task');
SELECT settle_sweep('2026-03-06 09:00');
INSERT INTO pulse_internal.task (case_id, firing_id, wait_id, step, repetition, action, title, role, staff, created_at, state)
SELECT c.case_id, f.firing_id, c.wait_id, 0, 0, 9, 'Call', 'settle_rep', '1', pulse.clock(), 'open'
FROM pulse_internal.cases AS c JOIN pulse_internal.firing AS f USING (wait_id) WHERE c.key = 'task';
INSERT INTO pulse_event.settle_paid (at, recorded, customer) VALUES ('2026-03-06 09:30', '2026-03-06 09:30', 'task');
SELECT settle_sweep('2026-03-06 10:00');
SELECT c.state, c.waiting, c.reason, t.state AS task, t.outcome FROM pulse.cases AS c JOIN pulse.tasks AS t USING (case_id) WHERE c.key = 'task';

-- a wait that has fired keeps the time by which it is found, and is found no more; by hand it is found by its due time
SELECT key, next_step, due_at, sweep_at FROM pulse_internal.wait ORDER BY key;
SELECT count(*) FROM pulse.overdue_waits;
INSERT INTO pulse_internal.wait (rule_id, key, opened_at, trigger_kind, trigger_event, trigger_recorded, anchor, next_step, due_at)
SELECT r.rule_id, 'hand', pulse.clock(), r.trigger_kind, 0, pulse.clock(), pulse.clock(), 0, pulse.clock() - interval '1 hour' FROM pulse_internal.rule AS r WHERE r.name = 'settle shop';
SELECT w.key, w.sweep_at, o.reason FROM pulse_internal.wait AS w JOIN pulse.overdue_waits AS o USING (wait_id);
UPDATE pulse_internal.wait SET due_at = due_at + interval '2 hours' WHERE key = 'hand';
SELECT w.due_at = w.sweep_at AS same FROM pulse_internal.wait AS w WHERE w.key = 'hand';
SELECT count(*) FROM pulse.overdue_waits;

DROP TABLE settle_first, settle_second;
DROP PROCEDURE settle_round(date);
DROP FUNCTION settle_found(date), settle_sweep(text);
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'settle %' ORDER BY name;
SELECT pulse.drop_event('settle_order'), pulse.drop_event('settle_paid'), pulse.drop_event('case_resolved');
SELECT pulse.drop_role('settle_rep'), pulse.drop_role('settle_boss');
DELETE FROM pulse_internal.mapping;
DELETE FROM pulse_internal.label WHERE name IN ('case_id', 'case_resolved');
DROP VIEW pulse_event.staff_directory;
DROP TABLE settle_staff;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
