-- firings become cases, messages and tasks; ended waits resolve them
\set SHOW_CONTEXT never
CREATE SCHEMA regress_cases;
CREATE TABLE regress_cases.users (id int PRIMARY KEY, name text, email text, phone text, org text, likes text, tongue text);
INSERT INTO regress_cases.users VALUES
	(1, 'Ann', 'ann@example.com', '13800000001', 'cn.north.beijing', 'sms', 'en'),
	(2, '李波', 'bo@example.com', NULL, 'cn.north', NULL, 'zh'),
	(3, 'Cy', NULL, NULL, 'cn', NULL, NULL),
	(6, 'Fay', 'fay@example.com', NULL, 'cn', NULL, NULL);
CREATE TABLE regress_cases.customer (id int PRIMARY KEY, name text, owner_id int);
INSERT INTO regress_cases.customer VALUES (17, E'Acme\r\nBcc: all@example.com', 1), (18, 'Beta', NULL);
CREATE TABLE regress_cases.unit (path text, director int);
INSERT INTO regress_cases.unit VALUES ('cn.north', 2);
SELECT pulse.map_staff('regress_cases.users', id => 'id', name => 'name', email => 'email', mobile => 'phone',
	org_path => 'org', channel => 'likes', language => 'tongue');
SELECT pulse.map_role('rep', key => 'customer', relation => 'regress_cases.customer', staff => 'owner_id');
SELECT pulse.map_role('regional_director', above => 'rep', relation => 'regress_cases.unit', org_path => 'path', staff => 'director');
SELECT pulse.map_role('finance', holder => '{3}');
SELECT pulse.map_role('sales_operations', holder => '{6}');
SELECT pulse.describe_key('invoice', 'regress_cases.customer', id => '100 + id', name => $$100 + id || ' of ' || name$$, url => $$'https://crm.example.com/i/' || id$$);
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');

-- a ladder of three steps, as a rule leaves it
INSERT INTO pulse_internal.rule (rule_id, name, sentence, language, rule, mode, author, key_name, trigger_kind, created_at)
	VALUES (1001, 'overdue', '', 'en', 'WHEN issued PER invoice THEN text rep', 'live', current_user::regrole, 'invoice', 0, pulse.clock());
INSERT INTO pulse_internal.label (class, scope, name, en, zh) VALUES
	('column', '', 'due', 'due date', '到期日'), ('key', '', 'invoice', 'invoice', '发票'), ('role', '', 'rep', 'sales rep', '销售代表'),
	('value', 'amount', 'CNY 142800.00', NULL, '14.28万元');
INSERT INTO pulse_internal.rule_action (rule_id, step, action, verb, role, copies, body, due_in) VALUES
	(1001, 0, 0, 'text', 'rep', '{}', NULL, NULL),
	(1001, 1, 0, 'mail', 'regional_director', '{rep}', 'Please call them.', NULL),
	(1001, 2, 0, 'assign', 'finance', '{}', 'Check the overdue invoice', '2 days'),
	(1001, 2, 1, 'notify', 'rep', '{regional_director}', NULL, NULL);
CREATE FUNCTION pg_temp.fire(wait bigint, step int, customer int, superseded boolean DEFAULT false, mode text DEFAULT 'live') RETURNS void LANGUAGE sql AS $$
	INSERT INTO pulse_internal.wait (wait_id, rule_id, key, opened_at, trigger_kind, trigger_event, trigger_recorded, anchor, next_step)
	VALUES (wait, 1001, (100 + customer)::text, pulse.clock(), 0, 1, pulse.clock(), pulse.clock(), step + 1) ON CONFLICT (key, rule_id, wait_id) DO NOTHING;
	INSERT INTO pulse_internal.firing (rule_id, wait_id, key, key_name, step, due_at, swept_at, superseded, mode,
		trigger_kind, trigger_event, trigger_recorded, evidence)
	VALUES (1001, wait, (100 + customer)::text, 'invoice', step, '2026-03-02 00:00+08', pulse.clock(), superseded, mode,
		0, 1, pulse.clock(),
		jsonb_build_object('trigger', jsonb_build_object('event_id', 1, 'at', 'x', 'recorded', 'x', 'txid', 5,
			'invoice', 100 + customer, 'customer', customer, 'amount', 'CNY 142800.00', 'due', '2026-01-30', 'note', NULL)));
$$;
CREATE VIEW pg_temp.outbox AS
	SELECT step, role, found_by, staff, channel, recipient, copies, language, state, subject FROM pulse.messages ORDER BY message_id;

SELECT pulse.set_clock('2026-03-02 00:05+08');
SELECT pg_temp.fire(90001, 0, 17);
SELECT pulse_internal.release_firings();
SELECT * FROM pg_temp.outbox;
SELECT body FROM pulse.messages ORDER BY message_id;
SELECT rule, key_name, key, key_label, state, step, waiting FROM pulse.cases;
-- again: nothing happens twice
SELECT pulse_internal.release_firings();
UPDATE pulse_internal.firing SET released_at = NULL;
SELECT pulse_internal.release_firings();
SELECT count(*) FROM pulse.messages;
-- the next steps: a mail with a copy, in Chinese; a task for somebody without an address
SELECT pg_temp.fire(90001, 1, 17);
SELECT pulse_internal.release_firings();
SELECT pg_temp.fire(90001, 2, 17);
SELECT pulse_internal.release_firings();
SELECT * FROM pg_temp.outbox;
SELECT body FROM pulse.messages WHERE step = 2;
SELECT body FROM pulse.messages WHERE staff = '3';
SELECT rule, key, title, role, staff, due_at, state FROM pulse.my_tasks('3');

-- due times, in the business time zone; one that cannot be told does not stop the tick
SELECT due_in, pulse_internal.task_due(due_in) AT TIME ZONE 'Asia/Shanghai' AS due
FROM (VALUES (1, '90 minutes'), (2, '1 hour'), (3, '3 days'), (4, '2 weeks'), (5, '1 month'), (6, '2 calendar days'),
	(7, '5 working days'), (8, '900000000 working days'), (9, '2 working hours')) AS d(n, due_in) ORDER BY n;
-- acknowledging is seen in the case; answering late resolves it, and nothing waits any more
SELECT case_id FROM pulse.cases WHERE key = '117' \gset
SELECT pulse.acknowledge_case(:case_id, '2');
SELECT pulse.acknowledge_case(:case_id, '2');
SELECT pulse.acknowledge_case(:case_id, '99');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.acknowledge_case(-1, '2');
\echo :LAST_ERROR_SQLSTATE
-- one message is with a worker meanwhile, one was sent
SELECT subject, lease_token AS token, message_id AS id FROM pulse.claim_messages('w', 1) \gset first_
SELECT pulse.ack_message(:first_id, :first_token);
SELECT lease_token AS token, message_id AS id FROM pulse.claim_messages('w', 1) \gset second_
UPDATE pulse_internal.wait SET end_reason = 'answered_late', ended_at = pulse.clock() WHERE wait_id = 90001;
SELECT pulse_internal.release_firings();
SELECT step, role, state FROM pulse.messages ORDER BY message_id;
SELECT subject FROM pulse.claim_messages('w');
-- the worker fails: then it is withdrawn too
SELECT pulse.fail_message(:second_id, :second_token, '451');
SELECT state, step, waiting, acknowledged_by, reason, resolved_late FROM pulse.cases;
SELECT title, state, outcome FROM pulse.tasks;
SELECT what, step, actor, detail FROM pulse.case_history WHERE case_id = :case_id ORDER BY number;
SELECT count(*) AS waits FROM pulse_internal.wait WHERE rule_id = 1001;

-- nobody is the rep of 18: the fallback role gets it and the case says so
SELECT pg_temp.fire(90002, 0, 18);
SELECT pulse_internal.release_firings();
SELECT role, found_by, staff, channel, recipient, state, subject, body FROM pulse.messages WHERE case_id <> :case_id;
SELECT what, detail FROM pulse.case_history WHERE case_id <> :case_id ORDER BY number;
-- not even there: it is kept, and can be seen
SELECT pulse.set_setting('fallback_role', 'nobody_at_all');
SELECT pg_temp.fire(90003, 0, 18);
SELECT pulse_internal.release_firings();
SELECT m.role, m.found_by, m.staff, m.channel, m.recipient, m.state FROM pulse.messages m JOIN pulse_internal.cases c USING (case_id) WHERE c.wait_id = 90003;
SELECT what, detail FROM pulse.case_history JOIN pulse_internal.cases c USING (case_id) WHERE c.wait_id = 90003 ORDER BY number;
SELECT pulse.set_setting('fallback_role', 'sales_operations');
-- once the roles are mended it finds its way
SELECT pulse.readdress_messages();
SELECT pulse_internal.release_firings();
SELECT m.role, m.found_by, m.staff, m.channel, m.recipient, m.state FROM pulse.messages m JOIN pulse_internal.cases c USING (case_id) WHERE c.wait_id = 90003;
SELECT what, detail FROM pulse.case_history JOIN pulse_internal.cases c USING (case_id) WHERE c.wait_id = 90003 ORDER BY number;
SELECT pulse.readdress_messages();
-- a staff map that is gone loses nothing either
BEGIN;
DROP VIEW pulse_event.staff_directory;
SELECT pg_temp.fire(90009, 0, 17);
SELECT pulse_internal.release_firings();
SELECT m.role, m.found_by, m.state FROM pulse.messages m JOIN pulse_internal.cases c USING (case_id) WHERE c.wait_id = 90009;
SELECT kind, state, reason FROM pulse_internal.mapping WHERE state <> 'ok';
ROLLBACK;

-- superseded and shadow firings are only marked; so are those of a case closed by hand
SELECT pg_temp.fire(90004, 0, 17, superseded => true), pg_temp.fire(90004, 1, 17);
SELECT pg_temp.fire(90005, 0, 17, mode => 'shadow');
SELECT pulse_internal.release_firings();
SELECT step, role FROM pulse.messages m WHERE case_id IN (SELECT case_id FROM pulse_internal.cases WHERE wait_id IN (90004, 90005));
SELECT case_id FROM pulse_internal.cases WHERE wait_id = 90004 \gset
SELECT pulse.resolve_case(:case_id, 'agreed on the phone', '1');
SELECT pulse.resolve_case(:case_id);
SELECT pulse.resolve_case(-1);
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.fire(90004, 2, 17);
SELECT pulse_internal.release_firings();
SELECT what, actor, detail FROM pulse.case_history WHERE case_id = :case_id ORDER BY number;
SELECT count(*) AS unreleased FROM pulse_internal.firing WHERE released_at IS NULL;

-- a ladder that nothing can end: its case stays while there is a task
SELECT pg_temp.fire(90006, 2, 17), pg_temp.fire(90007, 0, 17);
UPDATE pulse_internal.wait SET end_reason = 'completed' WHERE wait_id IN (90006, 90007);
SELECT pulse_internal.release_firings();
SELECT c.state, c.reason, c.waiting, (SELECT count(*) FROM pulse_internal.task t WHERE t.case_id = c.case_id AND t.state = 'open') AS tasks
FROM pulse_internal.cases c WHERE wait_id IN (90006, 90007) ORDER BY wait_id;
SELECT task_id FROM pulse.my_tasks('3') \gset
-- as the application does it
CREATE ROLE regress_application IN ROLE pulse_app;
SET ROLE regress_application;
SELECT title FROM pulse.my_tasks('3');
SELECT pulse.finish_task(:task_id, outcome => 'was a wrong address');
SELECT count(*) FROM pulse.messages;
SELECT pulse.readdress_messages();
RESET ROLE;
DROP ROLE regress_application;
SELECT pulse.finish_task(:task_id);
SELECT pulse.finish_task(-1);
\echo :LAST_ERROR_SQLSTATE
SELECT state, reason FROM pulse_internal.cases WHERE wait_id = 90006;
SELECT title, state, finished_by, outcome FROM pulse.tasks WHERE task_id = :task_id;

-- paid in the same sweep as it fired: recorded, and nothing goes out
SELECT pg_temp.fire(90008, 0, 17);
UPDATE pulse_internal.wait SET end_reason = 'until' WHERE wait_id = 90008;
SELECT pulse_internal.release_firings();
SELECT c.state, c.reason, m.state FROM pulse_internal.cases c JOIN pulse.messages m USING (case_id) WHERE c.wait_id = 90008;

SELECT pulse.set_clock(NULL); SELECT pulse.set_setting('timezone', 'UTC');
SET client_min_messages = warning;
DROP SCHEMA regress_cases CASCADE;
DELETE FROM pulse_internal.mapping; DELETE FROM pulse_internal.label;
DELETE FROM pulse_internal.rule_action WHERE rule_id = 1001; DELETE FROM pulse_internal.rule WHERE rule_id = 1001;
TRUNCATE pulse_internal.cases, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.task, pulse_internal.case_event;
DELETE FROM pulse_internal.firing WHERE rule_id = 1001; DELETE FROM pulse_internal.wait WHERE rule_id = 1001;
