-- what several reasons keep waiting: a digest, a case put off, quiet hours, and the change of the clocks
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'UTC';
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_clock('2026-03-02 09:00+00');
CREATE TABLE wai_users (id int PRIMARY KEY, name text, email text);
INSERT INTO wai_users VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bo', 'bo@example.com');
CREATE TABLE wai_customer (id int PRIMARY KEY, owner_id int);
INSERT INTO wai_customer SELECT i, 1 FROM generate_series(1, 9) AS i;
SELECT pulse.map_staff('wai_users', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('rep', key => 'customer', relation => 'wai_customer', staff => 'owner_id');
SELECT pulse.create_event('wai_order', 'customer int'), pulse.create_event('wai_visit', 'customer int');
SELECT pulse.create_rule('wai', 'WHEN wai_order PER customer THEN mail rep UNTIL wai_visit', 'live');
SELECT pulse.tick() IS NOT NULL AS ticked;
CREATE FUNCTION wai_order(instant timestamptz, VARIADIC customers int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	INSERT INTO pulse_event.wai_order (customer) SELECT unnest(customers);
END $$;
CREATE FUNCTION wai_tick(instant timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	PERFORM pulse.tick();
END $$;
-- what a worker gets now, by the customers that it is about
CREATE FUNCTION wai_sent() RETURNS TABLE (customers text) LANGUAGE sql AS $$
	SELECT (SELECT string_agg(c.key, ', ' ORDER BY c.key) FROM pulse_internal.message AS m JOIN pulse.cases AS c ON c.case_id = ANY (coalesce(m.together, ARRAY[m.case_id])) WHERE m.message_id = w.message_id)
	FROM pulse.claim_messages('w', 100, interval '1 minute') AS w WHERE pulse.ack_message(w.message_id, w.lease_token, 'p', 'delivered') IS NOT NULL $$;
CREATE FUNCTION wai_case(customer int) RETURNS bigint LANGUAGE sql AS $$ SELECT max(c.case_id) FROM pulse.cases AS c WHERE c.key = customer::text $$;

-- ---- a case that is put off, whose message is collected ----
SELECT pulse.set_digest('1', 'mail', '18:00');
SELECT wai_order('2026-03-02 10:00+00', 1, 2, 3); SELECT wai_tick('2026-03-02 10:00:01+00');
SELECT pulse.snooze_case(wai_case(1), '2026-03-02 12:00+00'), pulse.snooze_case(wai_case(2), '2026-03-03 09:00+00');
-- it stays collected: neither the end of the snooze nor waking it makes it a mail of its own
SELECT wai_tick('2026-03-02 12:01+00'); SELECT * FROM wai_sent();
SELECT pulse.snooze_case(wai_case(3), '2026-03-04 00:00+00'), pulse.snooze_case(wai_case(3), '2026-03-02 00:00+00');
SELECT * FROM wai_sent();
-- the cut: what is still put off is not in it, and comes in the first digest after its time
SELECT wai_tick('2026-03-02 18:00+00'); SELECT * FROM wai_sent();
SELECT wai_tick('2026-03-03 09:00+00'); SELECT * FROM wai_sent();
SELECT wai_tick('2026-03-03 18:00+00'); SELECT * FROM wai_sent();

-- ---- a digest at an hour when its recipient is not to be disturbed ----
SELECT pulse.set_digest('1', 'mail', '23:00');
SELECT pulse.set_quiet_hours('22:00', '08:00', staff => '1');
SELECT wai_order('2026-03-04 10:00+00', 4, 5); SELECT wai_tick('2026-03-04 10:00:01+00');
SELECT wai_tick('2026-03-04 23:00+00'); SELECT * FROM wai_sent();
SELECT wai_tick('2026-03-05 07:59:59+00'); SELECT * FROM wai_sent();
SELECT wai_tick('2026-03-05 08:00+00'); SELECT * FROM wai_sent();
-- one alone, too
SELECT wai_order('2026-03-05 10:00+00', 6); SELECT wai_tick('2026-03-05 10:00:01+00');
SELECT wai_tick('2026-03-05 23:00+00'); SELECT * FROM wai_sent();
SELECT wai_tick('2026-03-06 08:00+00'); SELECT * FROM wai_sent();
SELECT pulse.drop_quiet_hours(staff => '1');

-- ---- the clocks change: what is written before the cut is in it ----
SELECT pulse.set_setting('timezone', 'America/New_York');
-- 8 March has no 02:30, so the cut is 03:30; 1 November has 01:30 twice, and the cut is the second
SELECT pulse.set_digest('1', 'mail', '02:30');
CREATE FUNCTION wai_cut(instant timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	RETURN pulse_internal.next_digest('1', 'mail', instant);
END $$;
SELECT i AS written, wai_cut(i) AS cut FROM unnest('{2026-03-08 06:59+00,2026-03-08 07:00+00,2026-03-08 07:29:59+00,2026-03-08 07:30+00}'::timestamptz[]) AS i;
SELECT pulse.set_digest('1', 'mail', '01:30');
SELECT i AS written, wai_cut(i) AS cut FROM unnest('{2026-11-01 05:29+00,2026-11-01 05:40+00,2026-11-01 06:29:59+00,2026-11-01 06:30+00}'::timestamptz[]) AS i;
-- quiet until such an hour
CREATE FUNCTION wai_quiet(instant timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	RETURN (SELECT q.not_before FROM pulse_internal.quiet_until('{1}', '{mail}') AS q);
END $$;
SELECT pulse.set_quiet_hours('22:00', '02:30', staff => '1');
SELECT i AS written, wai_quiet(i) AS goes FROM unnest('{2026-03-08 02:59:59+00,2026-03-08 03:00+00,2026-03-08 06:59:59+00,2026-03-08 07:15+00,2026-03-08 07:30+00}'::timestamptz[]) AS i;
SELECT pulse.set_quiet_hours('22:00', '01:30', staff => '1');
SELECT i AS written, wai_quiet(i) AS goes FROM unnest('{2026-11-01 02:00+00,2026-11-01 05:15+00,2026-11-01 05:45+00,2026-11-01 06:15+00,2026-11-01 06:30+00}'::timestamptz[]) AS i;
-- days off of a calendar begin and end with the day of the zone, 23 or 25 hours long
SELECT pulse.drop_quiet_hours(staff => '1');
SELECT pulse.set_quiet_hours(calendar => 'weekdays', staff => '1');
SELECT i AS written, wai_quiet(i) AS goes FROM unnest('{2026-03-07 04:59:59+00,2026-03-07 05:00+00,2026-03-09 03:59:59+00,2026-11-01 04:30+00,2026-11-02 04:59:59+00,2026-11-02 05:00+00}'::timestamptz[]) AS i;

SELECT pulse.drop_quiet_hours(staff => '1'), pulse.set_digest('1', 'mail', NULL);
SELECT pulse.drop_rule('wai'), pulse.drop_role('rep');
DROP TABLE wai_users, wai_customer CASCADE;
DELETE FROM pulse_internal.mapping;
DROP FUNCTION wai_order, wai_tick, wai_sent, wai_case, wai_cut, wai_quiet;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.digest_wait, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
SELECT pulse.drop_event('wai_order'), pulse.drop_event('wai_visit');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_clock(NULL);
