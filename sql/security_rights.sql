-- what was read with one author's rights is not shown to another; names of others are not taken for our own
SET timezone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_setting('language', 'en');
SELECT pulse.set_clock('2026-03-02 08:00+00');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
CREATE ROLE regress_rights_author IN ROLE pulse_author;
CREATE ROLE regress_rights_other IN ROLE pulse_author;
CREATE ROLE regress_rights_analyst IN ROLE pulse_analyst;
CREATE ROLE regress_rights_admin IN ROLE pulse_admin;
CREATE SCHEMA IF NOT EXISTS pulse_event;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_rights_author, regress_rights_other;
CREATE SCHEMA rights_app AUTHORIZATION regress_rights_author;
GRANT USAGE ON SCHEMA rights_app TO PUBLIC;
SET ROLE regress_rights_author;
CREATE TABLE rights_app.visit AS
	SELECT r::text AS rep, date '2026-01-05' + n AS day, r % 2 = 0 AS in_pilot, 10 + r + n % 3 AS visits FROM generate_series(1, 8) AS r, generate_series(0, 55) AS n;
CREATE TABLE rights_app.request (id int PRIMARY KEY, worth int, note text, state text NOT NULL DEFAULT 'new');

-- ---- pilots: figures of rows that the author may read ----
SELECT pulse.create_pilot('rights', baseline => '[2026-01-05,2026-02-02)', started => '2026-02-02', direction => 'up', relation => 'rights_app.visit',
	day => 'day', value => 'visits', member => 'rep', control => 'NOT in_pilot');
SET ROLE regress_rights_other;
SELECT count(*) FROM pulse_internal.pilot_rows('rights', '1900-01-01', '2100-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT verdict FROM pulse.pilot_report('rights');
SELECT count(*) FROM pulse_internal.pilot_baseline;
SET ROLE regress_rights_analyst;
SELECT verdict IS NOT NULL AS judged FROM pulse.pilot_report('rights');
SELECT count(*) FROM pulse_internal.pilot_baseline;
SET ROLE regress_rights_author;
SELECT verdict IS NOT NULL AS judged FROM pulse.pilot_report('rights');

-- ---- errors of capture, holds, stored health ----
SELECT pulse.create_event('rights_request', 'request int, worth int, note int');
SELECT pulse.watch('rights_app.request', 'rights_request', columns => 'request = id, worth = worth, note = note::int');
SELECT pulse.create_gate('rights_app.request', 'state', amount => 'worth');
SELECT pulse.create_rule('rights big', 'WHEN rights_request WHERE worth > 10 PER request THEN hold', 'live');
INSERT INTO rights_app.request VALUES (1, 20, '5', 'sold'), (2, 1, 'a secret', 'sold');
SELECT pulse.create_model('rights', '[{"dimension": "worth", "column": "worth", "curve": "linear 0:0 100:100"}]', bands => '{"red": 0, "amber": 50, "green": 75}');
SELECT pulse.store_health('rights', 'rights_app.request', 'id', event => NULL);
SELECT (SELECT count(*) FROM pulse.capture_errors WHERE message LIKE '%a secret%') AS errors, (SELECT count(*) FROM pulse.holds WHERE key = '1') AS holds,
	(SELECT count(*) FROM pulse.healths WHERE model = 'rights') AS healths;
SET ROLE regress_rights_other;
SELECT (SELECT count(*) FROM pulse.capture_errors) AS errors, (SELECT count(*) FROM pulse.holds) AS holds,
	(SELECT count(*) FROM pulse.healths WHERE model = 'rights') AS healths, (SELECT count(*) FROM pulse_internal.health_current) AS rows;
SET ROLE regress_rights_analyst;
SELECT (SELECT count(*) FROM pulse.capture_errors WHERE message LIKE '%a secret%') AS errors, (SELECT count(*) FROM pulse.healths WHERE model = 'rights') AS healths;
SET ROLE regress_rights_author;
GRANT SELECT ON rights_app.request TO regress_rights_other;
SET ROLE regress_rights_other;
SELECT (SELECT count(*) FROM pulse.capture_errors WHERE message LIKE '%a secret%') AS errors, (SELECT count(*) FROM pulse.holds WHERE key = '1') AS holds,
	(SELECT count(*) FROM pulse.healths WHERE model = 'rights') AS healths;

-- ---- a template of that name: whose text is it? ----
SET ROLE regress_rights_author;
CREATE TABLE rights_app.staff (id text, name text, email text);
INSERT INTO rights_app.staff VALUES ('s', 'Sue', 'sue@example.com');
SELECT pulse.map_staff('rights_app.staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('rights_rep', holder => '{s}');
SELECT pulse.create_event('rights_order', 'customer text');
SELECT pulse.create_rule('rights mail', 'WHEN rights_order PER customer THEN mail rights_rep "Please call"', 'live');
SET ROLE regress_rights_other;
SELECT pulse.create_template('Please call', 'Your password', 'Type it at http://example.net');
RESET ROLE;
CREATE FUNCTION rights_message() RETURNS TABLE (key text, subject text, body text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(pulse.clock() + '1 hour');
	PERFORM pulse.tick();
	RETURN QUERY SELECT c.key, m.subject, split_part(m.body, E'\n', 1) FROM pulse.messages AS m JOIN pulse.cases AS c ON c.case_id = m.case_id ORDER BY m.message_id DESC LIMIT 1;
END $$;
SELECT pulse.set_clock('2026-03-02 09:00+00');
INSERT INTO pulse_event.rights_order (customer) VALUES ('a');
SELECT * FROM rights_message();
-- where one has the rights of the other, or it is an administrator's, it is meant
GRANT regress_rights_author TO regress_rights_other;
INSERT INTO pulse_event.rights_order (customer) VALUES ('b');
SELECT * FROM rights_message();
REVOKE regress_rights_author FROM regress_rights_other;
SET ROLE regress_rights_admin;
SELECT pulse.drop_template('Please call');
SELECT pulse.create_template('Please call', 'A call', 'The house''s own text');
RESET ROLE;
INSERT INTO pulse_event.rights_order (customer) VALUES ('c');
SELECT * FROM rights_message();

-- ---- triggers that are only called as ours are ----
SET ROLE regress_rights_author;
CREATE FUNCTION rights_app.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE rights_app.fake (id int PRIMARY KEY, worth int, day date, state text NOT NULL DEFAULT 'new');
CREATE TRIGGER pulse_capture_insert BEFORE INSERT ON rights_app.fake FOR EACH ROW EXECUTE FUNCTION rights_app.nothing();
SELECT pulse.watch('rights_app.fake', 'rights_fake', columns => 'request = id, worth = worth');
\echo :LAST_ERROR_SQLSTATE
ALTER TRIGGER pulse_capture_insert ON rights_app.fake RENAME TO zz_pulse_gate;
SELECT pulse.watch('rights_app.fake', 'rights_fake', columns => 'request = id, worth = worth');
SELECT pulse.create_gate('rights_app.fake', 'state', amount => 'worth');
SELECT pulse.create_rule('rights fake', 'WHEN rights_fake WHERE worth > 10 PER request THEN hold', 'draft');
SELECT pulse.set_rule_mode('rights fake', 'live');
\echo :LAST_ERROR_SQLSTATE
ALTER TRIGGER zz_pulse_gate ON rights_app.fake RENAME TO pulse_rollup_insert;
SELECT pulse.set_rule_mode('rights fake', 'live');
RESET ROLE;
SELECT pulse.create_rollup('rights_rollup', 'rights_app.fake', 'day', 'day');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_rights_author;
INSERT INTO rights_app.fake VALUES (1, 20, '2026-03-01');
SELECT id, state FROM rights_app.fake;
-- and one of another's is not dropped with ours
ALTER TRIGGER pulse_rollup_insert ON rights_app.fake RENAME TO pulse_capture_update;
SELECT pulse.drop_rule('rights fake'), pulse.drop_watch('rights_app.fake', 'rights_fake');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'rights_app.fake'::regclass ORDER BY 1;
RESET ROLE;

SELECT count(pulse.drop_rule(name)) AS dropped FROM pulse.rules WHERE name LIKE 'rights %';
SELECT pulse.drop_pilot('rights'), pulse.forget_health('rights'), pulse.drop_model('rights'), pulse.drop_template('Please call'), pulse.drop_role('rights_rep');
SELECT count(pulse.drop_watch(relation, event)) AS dropped FROM pulse.watches WHERE event LIKE 'rights\_%';
SELECT count(pulse.drop_event(name)) AS dropped FROM pulse.events WHERE name LIKE 'rights\_%';
DELETE FROM pulse_internal.mapping;
DROP VIEW pulse_event.staff_directory;
DELETE FROM pulse_internal.cases;
DELETE FROM pulse_internal.message;
DELETE FROM pulse_internal.queue;
DELETE FROM pulse_internal.delivery;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.hold_wait;
DELETE FROM pulse_internal.hold;
DELETE FROM pulse_internal.gate;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
DROP FUNCTION rights_message();
DROP SCHEMA rights_app CASCADE;
DROP OWNED BY regress_rights_author, regress_rights_other CASCADE;
DROP ROLE regress_rights_author, regress_rights_other, regress_rights_analyst, regress_rights_admin;
SELECT pulse.set_clock(NULL);
