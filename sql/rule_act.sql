-- what needs nobody's leave acts in the sweep that writes it, and its case is closed where its wait ends
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-01-05 08:00+00');
SELECT pulse.create_event('act_order', 'customer text, shop text'), pulse.create_event('act_paid', 'customer text');
SELECT pulse_internal.register_consumer('rules');
CREATE TABLE act_staff (id int, name text, email text);
INSERT INTO act_staff VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bo', 'bo@example.com');
SELECT pulse.map_staff('act_staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('act_rep', holder => '{1}');
SELECT pulse.map_role('act_boss', holder => '{2}');
SELECT pulse.create_rule('act tell', 'WHEN act_order PER customer EACH TIME AND NOT act_paid WITHIN 1 day THEN mail act_rep CC act_boss; 1 day later: mail act_rep', 'live');
SELECT pulse.create_rule('act shadow', 'WHEN act_order PER customer EACH TIME AND NOT act_paid WITHIN 1 day THEN mail act_rep', 'shadow');
SELECT pulse.create_rule('act task', 'WHEN act_order PER customer EACH TIME AND NOT act_paid WITHIN 1 day THEN assign act_rep "Call"', 'live');
SELECT pulse.create_rule('act guard', 'WHEN act_order PER customer EACH TIME AND NOT act_paid WITHIN 1 day THEN mail act_rep; 1 hour later UNLESS ACKNOWLEDGED: mail act_boss', 'live');
SELECT pulse.create_rule('act shops', 'WHEN act_order PER customer EACH TIME AND NOT act_paid WITHIN 1 day THEN mail act_rep TOGETHER PER shop', 'live');
SELECT pulse.create_rule('act unless', 'WHEN act_order PER customer EACH TIME AND NOT act_paid WITHIN 1 day UNLESS rule "act task" IS OPEN THEN mail act_rep', 'live');
SELECT pulse.create_rule('act one', 'WHEN act_order PER customer THEN mail act_rep', 'live');
CREATE VIEW act_firings AS
	SELECT r.name AS rule, f.key, f.step + 1 AS step, f.released_at, f.superseded, f.evidence -> 'told' AS told
	FROM pulse_internal.firing AS f JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id;
CREATE VIEW act_cases AS SELECT c.rule, c.key, c.state, c.step, c.waiting, c.reason FROM pulse.cases AS c WHERE c.rule LIKE 'act %';
CREATE FUNCTION act_sweep(at text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock((at || '+00')::timestamptz);
	RETURN (SELECT s.firings FROM pulse_internal.sweep_lane(1000) AS s);
END $$;

INSERT INTO pulse_event.act_order (at, recorded, customer, shop) VALUES ('2026-01-05 08:00', '2026-01-05 08:00', 'a', 's'), ('2026-01-05 08:00', '2026-01-05 08:00', 'b', 's');
SELECT act_sweep('2026-01-05 09:00');
SELECT pulse_internal.release_firings();
-- due: nothing is written twice of what acts at once
SELECT act_sweep('2026-01-06 09:30');
SELECT rule, step, count(*), count(released_at) AS released, count(told) AS told FROM act_firings GROUP BY rule, step ORDER BY rule, step;
SELECT told FROM act_firings WHERE rule = 'act tell' AND key = 'a';
SELECT rule, key, state, step, waiting FROM act_cases ORDER BY rule, key;
SELECT c.rule, c.key, m.step, m.found_by, m.staff, m.copies, m.subject, m.state FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.rule LIKE 'act %' ORDER BY m.message_id;
SELECT c.key, h.what, h.step, h.detail FROM pulse.case_history AS h JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'act tell' ORDER BY c.key, h.number;
-- the rest follows
SELECT pulse_internal.release_firings();
SELECT rule, step, count(*), count(released_at) AS released, count(told) AS told FROM act_firings GROUP BY rule, step ORDER BY rule, step;
SELECT rule, key, state, step, waiting FROM act_cases ORDER BY rule, key;

-- a person closes a case: its rule's next step is only recorded
SELECT pulse.resolve_case(case_id, 'by phone') FROM pulse.cases WHERE rule = 'act tell' AND key = 'b';
SELECT act_sweep('2026-01-07 09:00');
SELECT key, step, released_at IS NULL AS unreleased, told IS NULL AS untold FROM act_firings WHERE rule = 'act tell' ORDER BY key, step;
SELECT pulse_internal.release_firings();
SELECT key, step, released_at IS NULL AS unreleased, told IS NULL AS untold FROM act_firings WHERE rule = 'act tell' ORDER BY key, step;

-- answered: the sweep closes the cases and takes back what nobody has sent; the wait is gone
SELECT count(*) FROM pulse.claim_messages('act', 1);
INSERT INTO pulse_event.act_paid (at, recorded, customer) VALUES ('2026-01-07 09:10', '2026-01-07 09:10', 'a'), ('2026-01-07 09:10', '2026-01-07 09:10', 'b');
SELECT act_sweep('2026-01-07 10:00');
SELECT r.name AS rule, w.key, w.end_reason FROM pulse_internal.wait AS w JOIN pulse_internal.rule AS r USING (rule_id) ORDER BY 1, 2;
SELECT * FROM act_cases WHERE rule IN ('act tell', 'act guard') ORDER BY rule, key;
SELECT c.key, m.step, m.state FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'act tell' ORDER BY m.message_id;
SELECT pulse_internal.release_firings();
SELECT r.name AS rule, w.key, w.end_reason FROM pulse_internal.wait AS w JOIN pulse_internal.rule AS r USING (rule_id) ORDER BY 1, 2;
SELECT * FROM act_cases ORDER BY rule, key;
-- due and answered in one sweep: nobody is told
INSERT INTO pulse_event.act_order (at, recorded, customer, shop) VALUES ('2026-01-08 08:00', '2026-01-08 08:00', 'c', 's');
SELECT act_sweep('2026-01-08 09:00');
INSERT INTO pulse_event.act_paid (at, recorded, customer) VALUES ('2026-01-09 08:30', '2026-01-09 08:30', 'c');
SELECT act_sweep('2026-01-09 09:00');
SELECT step, superseded, released_at, told IS NOT NULL AS told FROM act_firings WHERE rule = 'act tell' AND key = 'c';
SELECT * FROM act_cases WHERE rule = 'act tell' AND key = 'c';
SELECT count(*) FROM pulse_internal.wait AS w JOIN pulse_internal.rule AS r USING (rule_id) WHERE r.name = 'act tell';

SELECT pulse_internal.release_firings();
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'act %' ORDER BY name;
DROP VIEW act_firings, act_cases;
DROP FUNCTION act_sweep(text);
SELECT pulse.drop_event('act_order'), pulse.drop_event('act_paid');
SELECT pulse.drop_role('act_rep'), pulse.drop_role('act_boss');
DELETE FROM pulse_internal.mapping;
DROP VIEW pulse_event.staff_directory;
DROP TABLE act_staff;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
