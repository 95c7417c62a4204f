-- firings of one sweep put together: one message, one task, with a list
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-03-01 08:00+00');
SELECT pulse.create_event('tog_expiring', 'machine text, customer int');
SELECT pulse.create_event('tog_renewed', 'machine text');
CREATE TABLE tog_staff (id int, name text, email text);
INSERT INTO tog_staff VALUES (1, 'Ann', 'ann@example.com');
CREATE TABLE tog_customer (id int, name text);
INSERT INTO tog_customer VALUES (7, 'Acme'), (8, 'Beta');
SELECT pulse.map_staff('tog_staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('tog_rep', holder => '{1}');
SELECT pulse.describe_key('customer', 'tog_customer', id => 'id', name => 'name');
SELECT count(*) FROM pulse.create_rule('tog', 'WHEN tog_expiring PER machine THEN assign tog_rep "Renew" TOGETHER PER customer;'
	' every 10 days AT MOST 2 TIMES UNLESS DONE: notify tog_rep UNTIL tog_renewed', 'live');
SELECT sentence_en, sentence_zh FROM pulse.rules WHERE name = 'tog';
SELECT pulse.create_rule('tog bad', 'WHEN tog_renewed PER machine THEN assign tog_rep "Renew" TOGETHER PER customer');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.tick();
CREATE FUNCTION tog_tick(instant timestamptz, OUT firings int) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT t.firings INTO firings FROM pulse.tick() AS t;
END $$ LANGUAGE plpgsql;
INSERT INTO pulse_event.tog_expiring (machine, customer) VALUES ('m1', 7), ('m2', 7), ('m3', 7), ('m4', 8), ('m5', NULL);
SELECT * FROM tog_tick('2026-03-01 09:00+00');
SELECT subject, body, cardinality(together) FROM pulse.messages ORDER BY message_id;
SELECT t.key, t.title, t.state, cardinality(t.together) FROM pulse.tasks AS t ORDER BY t.key;
SELECT c.key, count(*) FROM pulse.case_history AS h JOIN pulse.cases AS c USING (case_id) WHERE h.what = 'assign' GROUP BY c.key ORDER BY c.key;
-- it stands until the last of its cases closes
INSERT INTO pulse_event.tog_renewed (machine) VALUES ('m1'), ('m3');
SELECT * FROM tog_tick('2026-03-02 09:00+00');
SELECT key, state FROM pulse.cases ORDER BY key;
SELECT key, state FROM pulse.tasks ORDER BY key;
SELECT state, cardinality(together) FROM pulse.messages ORDER BY message_id;
-- done for one of them is done for all
SELECT pulse.finish_task(task_id, '1') FROM pulse.tasks WHERE together IS NOT NULL;
SELECT * FROM tog_tick('2026-03-12 09:00+00');
SELECT key, step, withheld FROM pulse.firings WHERE rule = 'tog' AND step = 2 ORDER BY key;
INSERT INTO pulse_event.tog_expiring (machine, customer) VALUES ('m6', 8), ('m7', 8);
SELECT * FROM tog_tick('2026-03-12 10:00+00');
INSERT INTO pulse_event.tog_renewed (machine) VALUES ('m6'), ('m7');
SELECT * FROM tog_tick('2026-03-12 11:00+00');
SELECT key, state, outcome FROM pulse.tasks WHERE key = 'm6';
SELECT state FROM pulse.messages WHERE together IS NOT NULL ORDER BY message_id;

SELECT pulse.drop_rule('tog');
SELECT pulse.drop_role('tog_rep');
DROP TABLE tog_staff, tog_customer CASCADE;
DELETE FROM pulse_internal.mapping;
DROP FUNCTION tog_tick(timestamptz);
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
SELECT pulse.drop_event('tog_expiring'), pulse.drop_event('tog_renewed');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
