-- deputies, quiet hours: who gets it, and when
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'Asia/Shanghai';
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai'), pulse.set_clock('2026-03-02 09:00+08');
CREATE TABLE peo_users (id int PRIMARY KEY, name text, email text, phone text, org text, language text);
INSERT INTO peo_users VALUES (1, 'Ann', 'ann@example.com', '13800000001', 'cn.north', 'en'), (2, 'Bo', 'bo@example.com', '13800000002', 'cn.north', 'zh'),
	(3, 'Cy', 'cy@example.com', '13800000003', 'cn', 'en'), (4, 'Di', 'di@example.com', NULL, 'us', 'en');
CREATE TABLE peo_customer (id int PRIMARY KEY, owner_id int);
INSERT INTO peo_customer VALUES (1, 1), (2, 2), (4, 4);
SELECT pulse.map_staff('peo_users', id => 'id', name => 'name', email => 'email', mobile => 'phone', org_path => 'org', language => 'language');
SELECT pulse.map_role('rep', key => 'customer', relation => 'peo_customer', staff => 'owner_id');
SELECT pulse.create_event('peo_complaint', 'customer int');
SELECT pulse.create_rule('peo', 'WHEN peo_complaint PER customer EACH TIME THEN text rep', 'live');
SELECT events FROM pulse.tick();
-- complaints at an instant, and what is written a second later
CREATE FUNCTION peo_complain(instant timestamptz, VARIADIC customers int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	INSERT INTO pulse_event.peo_complaint (customer) SELECT unnest(customers);
END $$;
CREATE FUNCTION peo_told() RETURNS TABLE (key text, staff text, recipient text, not_before timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	instant timestamptz := pulse.clock();
BEGIN
	PERFORM pulse.set_clock(instant + interval '1 second');
	PERFORM pulse.tick();
	RETURN QUERY SELECT c.key, m.staff, m.recipient, nullif(m.not_before, m.created_at) FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id)
		WHERE m.created_at > instant ORDER BY m.message_id;
END $$;

-- a deputy from day to day, a chain, and back
SELECT peo_complain('2026-03-02 09:00+08', 1, 2); SELECT * FROM peo_told();
SELECT pulse.set_deputy('1', '2', '2026-03-03', '2026-03-04');
SELECT * FROM pulse.deputies;
SELECT peo_complain('2026-03-02 23:59+08', 1); SELECT * FROM peo_told();
SELECT peo_complain('2026-03-03 00:00+08', 1); SELECT * FROM peo_told();
SELECT staff, name, found_by FROM pulse.explain_role('rep', 'customer', '1');
SELECT pulse.set_deputy('2', '3', '2026-03-04');
SELECT peo_complain('2026-03-04 23:00+08', 1, 2); SELECT * FROM peo_told();
SELECT h.what, h.detail FROM pulse.case_history AS h WHERE h.what = 'text' ORDER BY h.number DESC LIMIT 2;
SELECT pulse.why(firing_id) FROM pulse.firings WHERE due_at >= '2026-03-04 12:00+08' AND key = '1';
SELECT pulse.why(firing_id, 'zh') FROM pulse.firings WHERE due_at >= '2026-03-04 12:00+08' AND key = '1';
SELECT w.* FROM pulse.firings AS f, pulse.why_rows(f.firing_id) AS w WHERE f.due_at >= '2026-03-04 12:00+08' AND f.key = '1' AND w.topic = 'told';
SELECT f.key, f.evidence -> 'told' AS told FROM pulse.firings AS f WHERE f.due_at >= '2026-03-04 12:00+08' ORDER BY 1;
SELECT peo_complain('2026-03-05 00:00+08', 1, 2); SELECT * FROM peo_told();
-- who stands in has left: the one before; nobody is left: the absent
UPDATE peo_users SET id = 33 WHERE id = 3;
SELECT peo_complain('2026-03-05 01:00+08', 2); SELECT * FROM peo_told();
UPDATE peo_users SET id = 3 WHERE id = 33;
SELECT pulse.drop_deputy('2');
SELECT peo_complain('2026-03-05 02:00+08', 2); SELECT * FROM peo_told();

-- chains that come back are refused, on the days where they would
SELECT pulse.set_deputy('2', '1', '2026-03-01', '2026-03-02');
SELECT pulse.set_deputy('2', '3', '2026-03-03', '2026-03-31');
SELECT pulse.set_deputy('3', '1', '2026-03-04', '2026-03-08');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_deputy('3', '1', '2026-03-05', '2026-03-08');
SELECT pulse.set_deputy('1', '1');
SELECT pulse.set_deputy('1', '3', '2026-03-04', '2026-03-10');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_deputy('1', '9');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_deputy('4', '1', '2026-03-10', '2026-03-09');
SELECT staff, deputy, since, until FROM pulse.deputies ORDER BY staff, since;
-- who is asking may only send himself away
CREATE ROLE regress_peo_app IN ROLE pulse_app;
BEGIN;
SET LOCAL pulse.acting_staff = '4';
SET LOCAL ROLE regress_peo_app;
SELECT pulse.set_deputy('4', '1', '2026-05-01', '2026-05-02');
SELECT pulse.set_deputy('1', '4', '2026-05-01', '2026-05-02');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT count(pulse.drop_deputy(staff)) FROM pulse.deputies;

-- quiet hours: no SMS from 22 to 8; what is due then waits for the morning
SELECT pulse.set_quiet_hours('22:00', '08:00', channel => 'sms');
SELECT peo_complain('2026-03-06 21:59:58+08', 1); SELECT * FROM peo_told();
SELECT peo_complain('2026-03-06 21:59:59+08', 1); SELECT * FROM peo_told();
SELECT peo_complain('2026-03-07 07:59:58+08', 1); SELECT * FROM peo_told();
SELECT peo_complain('2026-03-07 07:59:59+08', 1); SELECT * FROM peo_told();
-- one without a mobile gets a mail, at any time
SELECT peo_complain('2026-03-07 23:00+08', 1, 4); SELECT * FROM peo_told();
-- of a person, of a unit and all below it, on a channel only; days off of a calendar
SELECT pulse.set_quiet_hours('12:00', '14:00', staff => '4');
SELECT pulse.set_quiet_hours(calendar => 'weekdays', org_path => 'cn.north', channel => 'sms');
SELECT * FROM pulse.quiet_hours ORDER BY 1, 2, 3;
SELECT peo_complain('2026-03-13 12:30+08', 1, 4); SELECT * FROM peo_told();
SELECT peo_complain('2026-03-13 22:30+08', 1, 4); SELECT * FROM peo_told();
-- the worker gets it then, and at the edge not before; the firing's moments are as they were
SELECT count(*) FROM pulse.claim_messages('w', channels => '{sms}');
SELECT pulse.set_clock('2026-03-16 07:59:59+08');
SELECT count(*) FROM pulse.claim_messages('w', channels => '{sms}');
SELECT pulse.set_clock('2026-03-16 08:00+08');
SELECT count(*) > 0 AS some FROM pulse.claim_messages('w', channels => '{sms}');
SELECT released_at - due_at < interval '2 seconds' AS at_once FROM pulse.firings ORDER BY firing_id DESC LIMIT 1;
-- a message that comes back at night is not tried again before the morning
SELECT peo_complain('2026-03-16 21:00+08', 1); SELECT * FROM peo_told();
SELECT c.message_id AS late, c.lease_token AS token FROM pulse.claim_messages('w', channels => '{sms}') AS c \gset
SELECT pulse.fail_message(:late, :token, 'busy', '0');
SELECT pulse.set_clock('2026-03-16 22:00+08');
SELECT count(*) FROM pulse.claim_messages('w', channels => '{sms}');
SELECT pulse.set_clock('2026-03-17 08:00+08');
SELECT count(*) FROM pulse.claim_messages('w', channels => '{sms}');
-- a calendar that ends before does not stop anything
SELECT pulse.set_quiet_hours(calendar => 'china', staff => '4');
SELECT peo_complain('2031-03-13 12:30+08', 4); SELECT * FROM peo_told();
-- bad input
SELECT pulse.set_quiet_hours('22:00', '08:00');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_quiet_hours('22:00', '08:00', staff => '1', org_path => 'cn');
SELECT pulse.set_quiet_hours('22:00', '22:00', staff => '1');
SELECT pulse.set_quiet_hours(staff => '1');
SELECT pulse.set_quiet_hours(calendar => 'nowhere', staff => '1');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_quiet_hours(channel => 'sms'), pulse.drop_quiet_hours(staff => '4'), pulse.drop_quiet_hours('sms', org_path => 'cn.north'), pulse.drop_quiet_hours(staff => '1');
SELECT count(*) FROM pulse.quiet_hours;

SELECT pulse.drop_rule('peo'), pulse.drop_role('rep');
DROP TABLE peo_users, peo_customer CASCADE;
DELETE FROM pulse_internal.mapping;
DROP FUNCTION peo_complain, peo_told;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
SELECT pulse.drop_event('peo_complaint');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
DROP ROLE regress_peo_app;
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_clock(NULL);
