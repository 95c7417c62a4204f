-- rules that go by the clock, and reports that they send
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Europe/Berlin');
SELECT pulse.set_setting('language', 'en');
SELECT pulse.set_clock('2026-03-26 20:00 Europe/Berlin');
CREATE TABLE sched_staff (id int, name text, email text, lang text);
INSERT INTO sched_staff VALUES (1, 'Ann', 'ann@example.com', 'en'), (2, '王芳', 'wang@example.com', 'zh'), (3, 'Cid', NULL, 'en'), (9, 'Zoe', 'zoe@example.com', 'en');
CREATE TABLE sched_region (region text, manager int);
INSERT INTO sched_region VALUES ('north', 1), ('south', 1), ('east', 2), ('west', 3);
CREATE TABLE sched_board (region text, customer text, open numeric);
INSERT INTO sched_board VALUES ('north', 'Acme', 1200.50), ('south', '华为"甲,乙"', 9), ('south', '=1+1', NULL);
SELECT pulse.map_staff('sched_staff', id => 'id', name => 'name', email => 'email', language => 'lang');
SELECT pulse.map_role('sched_manager', key => 'region', relation => 'sched_region', id => 'region', staff => 'manager');
SELECT pulse.map_role('sched_boss', holder => '{9}');
SELECT pulse.set_setting('fallback_role', 'sched_boss');
SELECT pulse.label('column', 'customer', zh => '客户');
SELECT pulse.create_report('board', $$ SELECT b.region, b.customer, b.open FROM public.sched_board AS b
	JOIN public.sched_region AS r ON r.region = b.region WHERE r.manager::text = recipient ORDER BY b.region, b.customer COLLATE "C" $$, max_rows => 2);
SELECT pulse.create_report('empty', 'SELECT 1 AS one WHERE false', on_empty => 'send');
SELECT pulse.create_report('csv', 'SELECT region, customer, open FROM public.sched_board ORDER BY customer COLLATE "C"', layout => 'csv');
SELECT pulse.create_report('broken', 'SELECT 1 / (length(recipient) - length(recipient)) AS oops');

SELECT * FROM pulse.create_rule('board', 'EVERY working day AT 08:00 THEN send "board" TO EACH sched_manager', 'live');
SELECT * FROM pulse.create_rule('daily', 'EVERY day AT 02:30 THEN notify sched_boss "Good night"', 'live');
SELECT * FROM pulse.create_rule('shadow', 'EVERY Saturday AT 09:00 THEN notify sched_boss', 'shadow');
SELECT sentence_en, sentence_zh, key_name, state FROM pulse.rules ORDER BY name;
SELECT pulse.explain_rule('board', 'en');
SELECT pulse.explain_rule('每月最后一天18:00，通知sched_boss', 'zh');
SELECT key, due_at AT TIME ZONE 'Europe/Berlin' AS due FROM pulse.backtest('daily', '2026-03-27 Europe/Berlin', '2026-03-31 Europe/Berlin') ORDER BY due_at;

CREATE FUNCTION sched_tick(instant timestamptz, OUT firings int) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT t.firings INTO firings FROM pulse.tick() AS t;
END $$ LANGUAGE plpgsql;
SELECT sched_tick('2026-03-26 20:00 Europe/Berlin');
SELECT sched_tick('2026-03-27 07:59:59 Europe/Berlin');
SELECT sched_tick('2026-03-27 08:00 Europe/Berlin');
SELECT sched_tick('2026-03-27 08:00 Europe/Berlin');
SELECT rule, key_name, key, due_at AT TIME ZONE 'Europe/Berlin' AS due, trigger_event, evidence - 'anchor' AS evidence FROM pulse.firings ORDER BY due_at, rule;
SELECT recipient_name, state, subject, body FROM pulse.messages WHERE role = 'sched_manager' ORDER BY staff;
SELECT c.rule, c.key, c.state, h.what, h.detail FROM pulse.case_history AS h JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'board' ORDER BY h.number;
SELECT pulse.why(firing_id, 'en') FROM pulse.firings WHERE rule = 'board';
-- the weekend, and the night in which the clock jumps from 2 to 3: once, at 3
SELECT sched_tick('2026-03-28 12:00 Europe/Berlin');
SELECT sched_tick('2026-03-29 00:59:59+00');
SELECT sched_tick('2026-03-29 03:00 Europe/Berlin');
SELECT rule, key, due_at AT TIME ZONE 'Europe/Berlin' AS due, mode FROM pulse.firings WHERE due_at > '2026-03-28 00:00 Europe/Berlin' ORDER BY due_at;
-- an outage of a week: once each, for the last instant
SELECT sched_tick('2026-04-08 12:00 Europe/Berlin');
SELECT rule, due_at AT TIME ZONE 'Europe/Berlin' AS due, evidence -> 'schedule' ->> 'missed' AS missed FROM pulse.firings WHERE due_at > '2026-03-30 00:00 Europe/Berlin' ORDER BY due_at;
SELECT pulse.why(firing_id, 'zh') FROM pulse.firings WHERE rule = 'daily' ORDER BY firing_id DESC LIMIT 1;
SELECT count(*) FROM pulse_internal.wait;
-- another sentence begins now; a rule that waits is no draft's
SELECT pulse.alter_rule('daily', 'EVERY day AT 11:00 THEN send "empty" TO EACH sched_boss and send "csv" TO sched_boss, send "broken" TO sched_boss and send "no such" TO sched_boss');
SELECT sched_tick('2026-04-08 12:30 Europe/Berlin');
SELECT sched_tick('2026-04-09 11:00 Europe/Berlin');
SELECT subject, body, variables ->> 'mail_csv_name' AS name, variables ->> 'mail_csv' AS csv FROM pulse_internal.message WHERE role = 'sched_boss' AND created_at > '2026-04-09' ORDER BY subject;
SELECT what, detail FROM pulse.case_history AS h JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'daily' AND h.at > '2026-04-09' ORDER BY h.number;
SELECT name, state, reason, last_run_at IS NOT NULL AS run FROM pulse.reports ORDER BY name;
SELECT component, state, value FROM pulse.status WHERE component LIKE 'report%';
SELECT rule, mode, waits, firings, open_waits FROM pulse.stat_rules ORDER BY rule;

-- a calendar may be gone
SELECT pulse.set_setting('calendar', 'sched');
SELECT sched_tick('2026-04-30 12:00 Europe/Berlin');
SELECT state, reason FROM pulse.rules WHERE name = 'board';
SELECT pulse.set_setting('calendar', 'weekdays');

-- bad input
SELECT pulse.create_report('', 'SELECT 1');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_report('x', 'SELECT 1', max_rows => 0);
SELECT pulse.create_report('x', 'SELECT nothing FROM nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_report('x', 'SELECT 1) AS q; DROP TABLE public.sched_board; --');
SELECT pulse.drop_report('x');
\echo :LAST_ERROR_SQLSTATE
-- another's report
CREATE ROLE regress_sched IN ROLE pulse_author;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_sched;
SET ROLE regress_sched;
SELECT pulse.create_report('board', 'SELECT 1');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_report('board');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_report('secret', 'SELECT * FROM public.sched_board');
SELECT pulse_internal.save_report((SELECT report_id FROM pulse_internal.report WHERE name = 'board'), 'mine', 'SELECT 1', 1, 'skip', 'csv');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_report('his', 'SELECT current_user::text AS who');
RESET ROLE;
SELECT r.rows, r.failure FROM pulse_internal.run_report('his', '1') AS r;
SET ROLE regress_sched;
SELECT pulse.drop_report('his');
RESET ROLE;
-- a function that went with what it read is not replaced by somebody else's of that name
CREATE VIEW public.sched_view AS SELECT 1 AS one;
SELECT pulse.create_report('gone', 'SELECT one FROM public.sched_view');
SELECT 'report_' || report_id AS gone FROM pulse_internal.report WHERE name = 'gone' \gset
DROP VIEW public.sched_view CASCADE;
SET ROLE regress_sched;
CREATE FUNCTION pulse_event.:"gone"(text) RETURNS SETOF json LANGUAGE sql AS 'SELECT pg_catalog.to_json(current_user::text)';
RESET ROLE;
SELECT r.rows, r.failure ~ 'belongs to another role now' AS refused FROM pulse_internal.run_report('gone', '1') AS r;
SELECT pulse.drop_report('gone');
DROP FUNCTION IF EXISTS pulse_event.:"gone"(text);

SELECT pulse.drop_rule(name) FROM unnest(ARRAY['board', 'daily', 'shadow']) AS name;
SELECT count(*) FROM pulse_internal.rule_schedule;
SELECT pulse.drop_report(name) FROM pulse.reports;
SELECT pulse.drop_role('sched_manager'), pulse.drop_role('sched_boss');
SELECT pulse.set_setting('fallback_role', 'sales_operations');
DROP TABLE sched_staff, sched_region, sched_board CASCADE;
DELETE FROM pulse_internal.mapping;
DELETE FROM pulse_internal.label;
DROP FUNCTION sched_tick(timestamptz);
REVOKE ALL ON SCHEMA pulse_event FROM regress_sched;
DROP ROLE regress_sched;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock(NULL);
