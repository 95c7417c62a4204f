-- actions that emit an event or call a function; steps of cases as events
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-03-02 08:00+00');
SELECT pulse.create_event('eff_assigned', 'lead bigint, owner text, score numeric');
SELECT pulse.create_event('eff_contact', 'lead bigint');
SELECT pulse.create_event('eff_returned', 'lead bigint, owner text, reason text, points numeric');
CREATE SCHEMA eff;
CREATE TABLE eff.lead (id bigint PRIMARY KEY, owner text, note text);
INSERT INTO eff.lead VALUES (1, 'ann', NULL), (2, 'bob', NULL), (3, 'cid', NULL);
CREATE FUNCTION eff.take_back(given bigint) RETURNS void LANGUAGE sql AS $$ UPDATE eff.lead SET owner = NULL WHERE id = given $$;
CREATE FUNCTION eff.note(lead bigint, who text, points numeric, OUT ok boolean) LANGUAGE plpgsql AS $$
BEGIN UPDATE eff.lead SET note = concat_ws(' ', who, points, current_user) WHERE id = note.lead; ok := true; END $$;
CREATE FUNCTION eff.fails(lead bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN UPDATE eff.lead SET note = 'undone' WHERE id = fails.lead; RAISE EXCEPTION 'no such desk'; END $$;
CREATE FUNCTION eff.sleeps(lead bigint) RETURNS void LANGUAGE sql AS $$ SELECT pg_sleep(60) $$;
CREATE TABLE eff.staff (id text, name text, email text);
INSERT INTO eff.staff VALUES ('d', 'Dora', 'dora@example.com'), ('v', 'Vic', 'vic@example.com'), ('ann', 'Ann', 'ann@example.com');
SELECT pulse.map_staff('eff.staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('eff_director', holder => '{d}'), pulse.map_role('eff_vp', holder => '{v}'), pulse.map_role('eff_owner', key => 'lead', relation => 'eff.lead', id => 'id', staff => 'owner');
SELECT pulse.label('event', 'eff_assigned', 'lead assigned', '线索分配'), pulse.label('event', 'eff_contact', 'first contact', '首次联系'),
	pulse.label('event', 'eff_returned', 'lead returned', '线索退回'), pulse.label('function', 'eff.take_back', 'return to pool', '收回公海'),
	pulse.label('role', 'eff_director', 'regional director', '区域总监'), pulse.label('role', 'eff_vp', 'vp sales', '销售副总');

SELECT pulse.create_rule('back', '线索分配后2个工作小时内未首次联系，收回公海', 'live');
SELECT sentence_en, sentence_zh, rule FROM pulse.rules WHERE name = 'back';
SELECT pulse.create_rule('told', 'WHEN lead assigned WHERE score > 5 PER lead THEN emit event lead returned (reason "too hot", points score, owner owner) and call function "eff.note" (lead, owner, score); 1 hour later: call function "eff.fails" and notify regional director; 2 hours later: call function "eff.note" (lead, "again", 7)', 'live');
SELECT sentence_zh FROM pulse.rules WHERE name = 'told';
SELECT s, message, hint FROM unnest(ARRAY['emit event lead returned (colour "x")', 'emit event nothing', 'emit event lead returned (reason colour)', 'call function "eff.nothing"',
	'call function "eff.note" (lead)', 'call function "take_back"', 'call function "eff.take_back" (colour)']) AS s,
	pulse.check_rule('WHEN lead assigned PER lead THEN ' || s);
CREATE FUNCTION eff_tick(instant timestamptz, OUT firings int) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT t.firings INTO firings FROM pulse.tick() AS t;
END $$ LANGUAGE plpgsql;
SELECT eff_tick('2026-03-02 08:30+00');
INSERT INTO pulse_event.eff_assigned (lead, owner, score) VALUES (1, 'ann', 7.5), (2, 'bob', 1), (3, 'cid', NULL);
INSERT INTO pulse_event.eff_contact (lead) VALUES (3);
SELECT eff_tick('2026-03-02 09:00+00');
SELECT lead, owner, reason, points FROM pulse_event.eff_returned;
SELECT * FROM eff.lead ORDER BY id;
SELECT eff_tick('2026-03-02 09:31+00');
SELECT eff_tick('2026-03-02 11:00+00');
SELECT * FROM eff.lead ORDER BY id;
SELECT c.rule, c.key, h.step, h.what, h.detail FROM pulse.case_history AS h JOIN pulse.cases AS c USING (case_id) WHERE h.what IN ('emit', 'call', 'failed', 'notify') ORDER BY h.number;
SELECT rule, key, step, due_at FROM pulse.firings ORDER BY due_at, rule, key;

-- rights of the author, time, what is gone
CREATE ROLE regress_eff IN ROLE pulse_author;
GRANT USAGE ON SCHEMA pulse_event, eff TO regress_eff;
GRANT SELECT ON pulse_event.eff_assigned TO regress_eff;
SET ROLE regress_eff;
SELECT pulse.create_rule('his', 'WHEN lead assigned PER lead EACH TIME THEN call function "eff.take_back" and call function "eff.sleeps", emit event lead returned and call function "eff.note" (lead, "x", 1)', 'live');
RESET ROLE;
SELECT pulse.set_setting('rule_time_limit', '300ms');
SELECT eff_tick('2026-03-02 11:30+00');
INSERT INTO pulse_event.eff_assigned (lead, owner) VALUES (2, 'bob');
DROP FUNCTION eff.note(bigint, text, numeric);
SELECT eff_tick('2026-03-02 12:00+00');
SELECT h.what, h.detail FROM pulse.case_history AS h JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'his' ORDER BY h.number;
SELECT state FROM pulse.rules WHERE name = 'his';
SELECT pulse.drop_rule('his'), pulse.drop_rule('told'), pulse.drop_rule('back');
SELECT pulse.set_setting('rule_time_limit', '10s');

-- steps of cases: events once somebody asks
SELECT message, hint FROM pulse.check_rule('区域总监24小时内未确认的，通知销售副总');
SELECT pulse.create_case_events(ARRAY['case_closed']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.create_case_events();
SELECT * FROM pulse.create_case_events();
SELECT pulse.create_rule('step', '区域总监24小时内未确认的，通知销售副总', 'live');
SELECT sentence_en, sentence_zh, rule FROM pulse.rules WHERE name = 'step';
SELECT pulse.create_rule('owner', 'WHEN case opened WHERE rule is "hot" THEN notify eff_owner', 'live');
SELECT pulse.create_rule('hot', 'WHEN lead assigned PER lead THEN assign regional director "Look" DUE IN 1 hour UNTIL first contact', 'live');
UPDATE eff.lead SET owner = 'ann';
SELECT eff_tick('2026-03-03 08:00+00');
INSERT INTO pulse_event.eff_assigned (lead, owner) VALUES (1, 'ann'), (2, 'bob');
SELECT eff_tick('2026-03-03 09:00+00');
SELECT eff_tick('2026-03-03 09:01+00');
SELECT pulse.acknowledge_case(case_id, 'd') FROM pulse.cases WHERE rule = 'hot' AND key = '1';
SELECT eff_tick('2026-03-03 10:30+00');
SELECT eff_tick('2026-03-04 09:30+00');
SELECT c.rule, c.key_name, m.recipient_name, m.role FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) ORDER BY m.message_id;
SELECT f.rule, f.due_at, f.evidence -> 'trigger' ->> 'role' AS role, (SELECT c.key FROM pulse.cases AS c WHERE c.case_id::text = f.key) AS about FROM pulse.firings AS f WHERE f.rule = 'step';
-- all of them
INSERT INTO pulse_event.eff_contact (lead) VALUES (1);
SELECT pulse.finish_task(task_id, 'd', 'seen') FROM pulse.tasks WHERE key = '2';
SELECT eff_tick('2026-03-04 10:00+00');
CREATE TEMP TABLE eff_claimed AS SELECT message_id, lease_token FROM pulse.claim_messages('w', 10, interval '1 minute') ORDER BY message_id;
SELECT pulse.ack_message(message_id, lease_token, 'p', 'delivered') FROM eff_claimed ORDER BY message_id LIMIT 1;
SELECT pulse.ack_message(message_id, lease_token) FROM eff_claimed ORDER BY message_id OFFSET 1 LIMIT 1;
SELECT pulse.ack_message(message_id, lease_token, 'p', 'delivered') FROM eff_claimed ORDER BY message_id OFFSET 1 LIMIT 1;
SELECT rule, key, at FROM pulse_event.case_opened ORDER BY 2;
SELECT rule, key, step, role FROM pulse_event.case_addressed ORDER BY 2, 3, 4;
SELECT rule, key, staff FROM pulse_event.case_acknowledged;
SELECT rule, key, reason, late FROM pulse_event.case_resolved ORDER BY key;
SELECT rule, key, title, role, staff, due_at FROM pulse_event.task_created ORDER BY key;
SELECT rule, key, title FROM pulse_event.task_overdue ORDER BY key;
SELECT rule, key, staff, outcome FROM pulse_event.task_done;
SELECT rule, key, role, staff, channel FROM pulse_event.message_delivered ORDER BY message_id;
-- what their table's owner breaks fails no tick
CREATE FUNCTION eff.breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken by %', current_user; END $$;
CREATE TRIGGER breaks BEFORE INSERT ON pulse_event.case_opened FOR EACH ROW EXECUTE FUNCTION eff.breaks();
INSERT INTO pulse_event.eff_assigned (lead, owner) VALUES (3, 'cid');
SELECT eff_tick('2026-03-04 11:00+00');
SELECT count(*) FROM pulse_event.case_opened;
SELECT pulse.fail_message(message_id, lease_token, 'no such box', permanent => true) FROM pulse.claim_messages('w', 10, interval '1 minute');
SELECT rule, key, role, staff, reason FROM pulse_event.message_failed;

SELECT pulse.drop_rule('step'), pulse.drop_rule('owner'), pulse.drop_rule('hot');
SELECT pulse.drop_event(e.name) FROM pulse.events AS e WHERE e.name ~ '^(eff|case|task|message)_';
SELECT pulse.drop_role('eff_director'), pulse.drop_role('eff_vp'), pulse.drop_role('eff_owner');
DELETE FROM pulse_internal.mapping;
DELETE FROM pulse_internal.label;
DROP VIEW pulse_event.staff_directory, pulse_event.role_eff_owner_by_lead;
DROP SCHEMA eff CASCADE;
DROP FUNCTION eff_tick(timestamptz);
REVOKE ALL ON SCHEMA pulse_event FROM regress_eff;
DROP OWNED BY regress_eff;
DROP ROLE regress_eff;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.task_overdue, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
