-- templates, fallback, putting off, giving to somebody else
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'UTC';
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_clock('2026-03-02 09:00+00');
CREATE TABLE wrk_users (id int PRIMARY KEY, name text, email text, phone text, language text);
INSERT INTO wrk_users VALUES (1, 'Ann', 'ann@example.com', '13800000001', 'en'), (2, 'Bo', 'bo@example.com', '13800000002', 'zh'),
	(3, 'Cy', 'cy@example.com', '13800000003', 'en');
CREATE TABLE wrk_customer (id int PRIMARY KEY, owner_id int);
INSERT INTO wrk_customer VALUES (1, 1), (2, 2), (3, NULL);
SELECT pulse.map_staff('wrk_users', id => 'id', name => 'name', email => 'email', mobile => 'phone', language => 'language');
SELECT pulse.map_role('rep', key => 'customer', relation => 'wrk_customer', staff => 'owner_id');
SELECT pulse.map_role('desk', holder => '{3}');
SELECT pulse.create_event('wrk_order', 'customer int, amount numeric, note text'), pulse.create_event('wrk_visit', 'customer int, place text');
CREATE FUNCTION wrk_order(instant timestamptz, customer int, amount numeric DEFAULT 5, note text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	INSERT INTO pulse_event.wrk_order (customer, amount, note) VALUES (customer, amount, note);
END $$;
CREATE FUNCTION wrk_tick() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(pulse.clock() + interval '1 second');
	PERFORM pulse.tick();
END $$;

-- templates: placeholders are checked when they are made
SELECT pulse.create_template('reminder', subject_en => '{rule}: {about}', body_en => E'Dear {recipient},\n{note}\nplease look after {amount}.',
	subject_zh => '{rule}：{about}', body_zh => E'{recipient}您好：\n{note}\n请跟进 {amount}。', event => 'wrk_order');
SELECT pulse.create_template('wrong', body_en => '{amout}', event => 'wrk_order');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_template('wrong', body_en => '{place}', event => 'wrk_order');
SELECT pulse.create_template('wrong', body_en => 'x', event => 'wrk_nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_template('wrong', subject_en => 'only a subject');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_template('reminder', body_en => 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_template('visits', body_en => '{{as is} at {place}');
SELECT pulse.create_template('alarm', body_en => 'Now: {about}', urgent => true);
SELECT pulse.create_template('short', body_en => 'SMS {about} {amount}', channel => 'sms');
SELECT pulse.create_template('short too', body_en => 'x', channel => 'sms');
SELECT name, event, channel, urgent FROM pulse.templates ORDER BY name;
-- in the recipient's language; a missing one is the other; urgent ones go first and wait for nothing
SELECT pulse.create_rule('wrk mail', 'WHEN wrk_order PER customer EACH TIME THEN mail rep "reminder", mail rep "alarm", mail rep "visits" and text rep', 'live');
SELECT pulse.tick();
SELECT pulse.set_quiet_hours('00:00', '23:59', channel => 'mail');
SELECT wrk_order('2026-03-02 10:00+00', 1, 12.50, 'since {May}'); SELECT wrk_tick();
SELECT wrk_order('2026-03-02 11:00+00', 2); SELECT wrk_tick();
SELECT staff, channel, subject, body, not_before > created_at AS waits FROM pulse.messages ORDER BY message_id;
-- checked again when it is sent: this one is about another event, and the case says so
SELECT detail FROM pulse.case_history WHERE what = 'template' ORDER BY number;
SELECT subject, recipient FROM pulse.claim_messages('w', channels => '{mail}');
SELECT pulse.drop_quiet_hours('mail'), pulse.drop_template('short');
-- a template is its author's
CREATE ROLE regress_wrk_author IN ROLE pulse_author;
CREATE ROLE regress_wrk_other IN ROLE pulse_author;
SET ROLE regress_wrk_author;
SELECT pulse.create_template('mine', body_en => 'x');
SELECT pulse.create_template('all sms', body_en => 'x', channel => 'sms');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_template('reminder');
SET ROLE regress_wrk_other;
SELECT pulse.drop_template('mine');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO pulse_internal.template (name, body_en, author, created_at) VALUES ('forged', 'x', 'regress_wrk_author', now());
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_rule_fallback('wrk mail', 'desk');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_wrk_author;
SELECT pulse.drop_template('mine');
RESET ROLE;
SELECT pulse.drop_template('nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_rule('wrk mail');
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery;

-- nobody is found: the rule's own fallback, else the setting's
SELECT pulse.create_rule('wrk task', 'WHEN wrk_order PER customer AND NOT wrk_visit WITHIN 1 hour THEN assign rep "Call" DUE IN 2 days; 1 day later: mail rep UNTIL wrk_visit', 'live');
SELECT pulse.set_rule_fallback('wrk task', 'desk');
SELECT pulse.set_rule_fallback('no such rule', 'desk');
\echo :LAST_ERROR_SQLSTATE
SELECT component, state, value FROM pulse.status WHERE component LIKE 'fallback%' ORDER BY value;
SELECT wrk_order('2026-03-03 08:00+00', 1); SELECT wrk_tick();
SELECT wrk_order('2026-03-03 08:00:02+00', 3); SELECT wrk_tick();
SELECT pulse.set_clock('2026-03-03 10:00+00'); SELECT wrk_tick();
SELECT c.key, t.staff, t.state FROM pulse.tasks AS t JOIN pulse.cases AS c USING (case_id) ORDER BY 1;
SELECT detail FROM pulse.case_history WHERE what = 'fallback';

-- a task follows its customer; one that was given by hand stays
UPDATE wrk_customer SET owner_id = 2 WHERE id IN (1, 3);
SELECT pulse.set_clock('2026-03-03 10:05+00'); SELECT wrk_tick();
SELECT c.key, t.staff FROM pulse.tasks AS t JOIN pulse.cases AS c USING (case_id) ORDER BY 1;
SELECT task_id AS task, case_id AS one FROM pulse.tasks WHERE key = '1' \gset
SELECT case_id AS three FROM pulse.tasks WHERE key = '3' \gset
SELECT pulse.reassign_task(:task, '3', '2');
UPDATE wrk_customer SET owner_id = 1;
SELECT pulse.set_clock('2026-03-03 10:10+00'); SELECT wrk_tick();
SELECT c.key, t.staff, t.assigned_by FROM pulse.tasks AS t JOIN pulse.cases AS c USING (case_id) ORDER BY 1;
-- nobody holds the role any more: it stays
UPDATE wrk_customer SET owner_id = NULL;
SELECT pulse.set_clock('2026-03-03 10:15+00'); SELECT wrk_tick();
SELECT c.key, t.staff FROM pulse.tasks AS t JOIN pulse.cases AS c USING (case_id) ORDER BY 1;
UPDATE wrk_customer SET owner_id = 1;
SELECT pulse.reassign_case(:three, '2');
SELECT h.case_id = :one AS one, h.actor, h.detail FROM pulse.case_history AS h WHERE h.what = 'reassigned' ORDER BY h.number;

-- put off: not shown, not sent; and then they are
SELECT count(*) FROM pulse.my_tasks('3');
SELECT pulse.snooze_task(:task, '2026-03-03 12:00+00', '3');
SELECT count(*) FROM pulse.my_tasks('3');
SELECT pulse.snooze_case(:one, '2026-03-06 09:00+00', '3');
SELECT state, snoozed_until FROM pulse.cases WHERE case_id = :one;
SELECT count(*) FROM pulse.claim_messages('w') AS c JOIN pulse.messages AS m USING (message_id) WHERE m.case_id = :one;
SELECT pulse.set_clock('2026-03-04 10:00:02+00'); SELECT wrk_tick();
SELECT count(*) FROM pulse.my_tasks('3');
SELECT step, not_before FROM pulse.messages WHERE case_id = :one ORDER BY message_id;
SELECT pulse.snooze_case(:one, '2026-03-01 09:00+00');
SELECT step, not_before FROM pulse.messages WHERE case_id = :one ORDER BY message_id;
SELECT number IS NOT NULL AS noted, what, actor, detail FROM pulse.case_history WHERE what ~ 'snoozed|awake' ORDER BY number;
-- one task per episode, closed by itself with its cause
SELECT count(*) FROM pulse.tasks WHERE case_id = :one;
INSERT INTO pulse_event.wrk_visit (customer) VALUES (1); SELECT wrk_tick();
SELECT t.state, t.outcome, c.state FROM pulse.tasks AS t JOIN pulse.cases AS c USING (case_id) WHERE t.case_id = :one;
SELECT pulse.snooze_task(:task, '2026-03-09'), pulse.snooze_case(:one, '2026-03-09'), pulse.reassign_task(:task, '1');

-- a later step that gives the same task while it is open only reminds of it; another task is another
SELECT pulse.create_rule('wrk twice', 'WHEN wrk_visit PER customer THEN assign rep "Report"; 1 hour later: assign rep "Report" and assign desk "Check"; 2 hours later: assign rep "Report" UNTIL wrk_order', 'live');
SELECT pulse.tick() IS NOT NULL AS ticked;
INSERT INTO pulse_event.wrk_visit (customer) VALUES (2); SELECT wrk_tick();
SELECT pulse.set_clock('2026-03-04 12:00+00'); SELECT wrk_tick();
SELECT t.task_id = min(t.task_id) OVER () AS first, t.title, t.role, t.state FROM pulse.tasks AS t WHERE t.rule = 'wrk twice' ORDER BY t.task_id;
SELECT pulse.finish_task(min(task_id)) FROM pulse.tasks WHERE rule = 'wrk twice';
SELECT pulse.set_clock('2026-03-04 14:00+00'); SELECT wrk_tick();
SELECT t.title, t.role, t.state FROM pulse.tasks AS t WHERE t.rule = 'wrk twice' ORDER BY t.task_id;
SELECT pulse.drop_rule('wrk twice');

-- who is asking cannot act as another; left out, it is he
CREATE ROLE regress_wrk_app IN ROLE pulse_app;
BEGIN;
SET LOCAL pulse.acting_staff = '2';
SET LOCAL ROLE regress_wrk_app;
SAVEPOINT s;
SELECT pulse.acknowledge_case(:three, '1');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
SELECT pulse.resolve_case(:three, 'done', '1');
ROLLBACK TO s;
SELECT pulse.finish_task(task_id, '1') FROM pulse.tasks WHERE case_id = :three;
ROLLBACK TO s;
SELECT pulse.reassign_case(:three, '3', '1');
ROLLBACK TO s;
SELECT pulse.acknowledge_case(:three, '2');
SELECT pulse.finish_task(task_id) FROM pulse.tasks WHERE case_id = :three;
SELECT pulse.resolve_case(:three, 'paid');
COMMIT;
SELECT what, actor, detail FROM pulse.case_history WHERE case_id = :three ORDER BY number DESC LIMIT 3;
-- whether tasks follow their roles is asked of open tasks, however many cases and firings there are
BEGIN;
INSERT INTO pulse_internal.cases (wait_id, rule_id, rule_name, key_name, key, state, opened_at, last_step, waiting)
SELECT -n, 0, 'old', 'order', n, 'resolved', pulse.clock(), 0, false FROM generate_series(1, 5000) AS n;
INSERT INTO pulse_internal.firing (rule_id, wait_id, key, key_name, step, due_at, swept_at, released_at, superseded, mode, trigger_kind, trigger_event, trigger_recorded, evidence)
SELECT 0, -n, n, 'order', 0, pulse.clock(), pulse.clock(), pulse.clock(), false, 'live', 0, 0, pulse.clock(), '{}' FROM generate_series(1, 5000) AS n;
INSERT INTO pulse_internal.task (case_id, firing_id, wait_id, step, action, role, staff, title, created_at, state)
SELECT c.case_id, 0, c.wait_id, 0, 0, 'rep', '1', 'old', pulse.clock(), 'done' FROM pulse_internal.cases AS c WHERE c.rule_name = 'old';
ANALYZE pulse_internal.cases, pulse_internal.firing, pulse_internal.task;
CREATE TEMP TABLE before AS SELECT relname, coalesce(seq_tup_read, 0) AS rows FROM pg_stat_xact_all_tables WHERE schemaname = 'pulse_internal' AND relname IN ('cases', 'firing', 'task');
SELECT pulse_internal.reassign_tasks();
SELECT b.relname, n.seq_tup_read - b.rows AS rows_read FROM before AS b JOIN pg_stat_xact_all_tables AS n USING (relname) WHERE n.schemaname = 'pulse_internal' ORDER BY 1;
ROLLBACK;
-- bad input
SELECT pulse.snooze_case(0, now());
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.snooze_task(0, now());
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.reassign_task(0, '1');
SELECT pulse.reassign_task(:task, '99');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.reassign_case(0, '1');

SELECT pulse.drop_rule('wrk task'), pulse.drop_role('rep'), pulse.drop_role('desk'), count(pulse.drop_template(name)) FROM pulse.templates;
DROP TABLE wrk_users, wrk_customer CASCADE;
DELETE FROM pulse_internal.mapping;
DELETE FROM pulse_internal.rule_fallback;
DROP FUNCTION wrk_order, wrk_tick;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
SELECT pulse.drop_event('wrk_order'), pulse.drop_event('wrk_visit');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
DROP ROLE regress_wrk_author, regress_wrk_other, regress_wrk_app;
SELECT pulse.set_clock(NULL);
