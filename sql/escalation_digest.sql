-- one message instead of many: at a person's hour, and over a channel's limit
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'UTC';
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_clock('2026-03-02 09:00+00');
CREATE TABLE dig_users (id int PRIMARY KEY, name text, email text, phone text, language text);
INSERT INTO dig_users VALUES (1, 'Ann', 'ann@example.com', '13800000001', 'en'), (2, 'Bo', 'bo@example.com', '13800000002', 'zh');
CREATE TABLE dig_customer (id int PRIMARY KEY, owner_id int);
INSERT INTO dig_customer SELECT i, 1 + i % 2 FROM generate_series(1, 8) AS i;
SELECT pulse.map_staff('dig_users', id => 'id', name => 'name', email => 'email', mobile => 'phone', language => 'language');
SELECT pulse.map_role('rep', key => 'customer', relation => 'dig_customer', staff => 'owner_id');
SELECT pulse.create_event('dig_order', 'customer int'), pulse.create_event('dig_visit', 'customer int');
SELECT pulse.create_rule('dig', 'WHEN dig_order PER customer THEN mail rep and text rep UNTIL dig_visit', 'live');
SELECT pulse.create_template('dig alarm', body_en => 'Now: {about}', urgent => true);
SELECT pulse.create_rule('dig alarm', 'WHEN dig_visit PER customer EACH TIME THEN mail rep "dig alarm"', 'live');
SELECT pulse.tick();
CREATE FUNCTION dig_tick(instant timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	PERFORM pulse.tick();
END $$;

-- Ann reads her mail at six in the evening
SELECT pulse.set_digest('1', 'mail', '18:00');
SELECT * FROM pulse.digests;
INSERT INTO pulse_event.dig_order (customer) VALUES (2), (3); SELECT dig_tick('2026-03-02 10:00+00');
INSERT INTO pulse_event.dig_order (customer) VALUES (4); SELECT dig_tick('2026-03-02 12:00+00');
INSERT INTO pulse_event.dig_visit (customer) VALUES (6); SELECT dig_tick('2026-03-02 12:01+00');
SELECT staff, channel, state, not_before FROM pulse.messages ORDER BY message_id;
SELECT subject FROM pulse.claim_messages('w', channels => '{mail}');
SELECT dig_tick('2026-03-02 17:59:59+00');
SELECT count(*) FROM pulse.claim_messages('w', channels => '{mail}');
-- the cut: what is written from then on is tomorrow's
SELECT dig_tick('2026-03-02 18:00+00');
INSERT INTO pulse_event.dig_order (customer) VALUES (6); SELECT dig_tick('2026-03-02 18:00:01+00');
SELECT subject, body, recipient FROM pulse.claim_messages('w', channels => '{mail}');
SELECT staff, channel, state, cardinality(together) AS cases, last_error ~ '^in message' AS where_to FROM pulse.messages WHERE channel = 'mail' ORDER BY message_id;
-- one alone goes out as it is
SELECT dig_tick('2026-03-03 18:00+00');
SELECT subject FROM pulse.claim_messages('w', channels => '{mail}');
-- closed before the hour: nothing is left to say; a digest ends with the last of its cases
INSERT INTO pulse_event.dig_order (customer) VALUES (8); SELECT dig_tick('2026-03-03 19:00+00');
INSERT INTO pulse_event.dig_visit (customer) VALUES (8); SELECT dig_tick('2026-03-03 20:00+00');
SELECT dig_tick('2026-03-04 18:00+00');
SELECT count(*) FROM pulse_internal.digest_wait;
SELECT m.state FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.key = '8' AND m.channel = 'mail' AND m.role = 'rep' AND c.rule = 'dig';
SELECT pulse.set_digest('1', 'mail', NULL);
SELECT pulse.set_digest('9', 'mail', '18:00');
\echo :LAST_ERROR_SQLSTATE
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.wait;

-- over the limit of a channel: one message for each recipient, with a list
SELECT pulse.create_channel('sms', limits => '{3 per hour}', overflow => 'digest');
INSERT INTO pulse_event.dig_order (customer) SELECT generate_series(1, 3); SELECT dig_tick('2026-03-05 10:00+00');
SELECT count(*) FROM pulse.messages WHERE channel = 'sms' AND state = 'queued';
INSERT INTO pulse_event.dig_order (customer) SELECT generate_series(4, 8); SELECT dig_tick('2026-03-05 10:01+00');
SELECT state, count(*) FROM pulse.messages WHERE channel = 'sms' GROUP BY 1 ORDER BY 1;
SELECT recipient, body FROM pulse.messages WHERE channel = 'sms' AND state = 'queued' ORDER BY 1;
-- its cases are those of all; closing some does not withdraw it, closing the last does
INSERT INTO pulse_event.dig_visit (customer) VALUES (2), (4), (6), (1); SELECT dig_tick('2026-03-05 10:02+00');
SELECT recipient, state FROM pulse.messages WHERE channel = 'sms' AND state <> 'digested' ORDER BY 1;
INSERT INTO pulse_event.dig_visit (customer) VALUES (8); SELECT dig_tick('2026-03-05 10:03+00');
SELECT recipient, state FROM pulse.messages WHERE channel = 'sms' AND state <> 'digested' ORDER BY 1;
SELECT recipient FROM pulse.claim_messages('w', channels => '{sms}');
SELECT pulse.alter_channel('sms', overflow => 'wait');
SELECT name, overflow FROM pulse.channels;
SELECT pulse.alter_channel('sms', overflow => 'drop');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_channel('sms');

-- what is old and done goes, and nothing else: open cases keep their messages, however old
SELECT state, count(*) FROM pulse.cases GROUP BY 1 ORDER BY 1;
SELECT pulse.set_setting('keep_messages', '30 days'), pulse.set_setting('keep_cases', '60 days'), pulse.set_setting('keep_firings', '90 days');
SELECT pulse.set_setting('keep_cases', '-1 days');
\echo :LAST_ERROR_SQLSTATE
CREATE FUNCTION dig_left(OUT messages bigint, OUT ends bigint, OUT cases bigint, OUT events bigint, OUT firings bigint) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM pulse_internal.message), (SELECT count(*) FROM pulse_internal.delivery), (SELECT count(*) FROM pulse_internal.cases),
		(SELECT count(*) FROM pulse_internal.case_event), (SELECT count(*) FROM pulse_internal.firing WHERE swept_at >= '2026-03-05')
$$;
SELECT * FROM dig_left();
SELECT dig_tick('2026-04-04 09:00+00'); SELECT * FROM dig_left();
SELECT dig_tick('2026-04-10 09:00+00'); SELECT * FROM dig_left();
SELECT dig_tick('2026-05-10 09:00+00'); SELECT * FROM dig_left();
SELECT dig_tick('2026-06-10 09:00+00'); SELECT * FROM dig_left();
SELECT DISTINCT state FROM pulse.cases;
DROP FUNCTION dig_left;
SELECT pulse.set_setting('keep_messages', '400 days'), pulse.set_setting('keep_cases', '800 days'), pulse.set_setting('keep_firings', '800 days');

SELECT pulse.drop_rule('dig'), pulse.drop_rule('dig alarm'), pulse.drop_role('rep'), pulse.drop_template('dig alarm');
DROP TABLE dig_users, dig_customer CASCADE;
DELETE FROM pulse_internal.mapping;
DROP FUNCTION dig_tick;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
SELECT pulse.drop_event('dig_order'), pulse.drop_event('dig_visit');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
SELECT pulse.set_clock(NULL);
