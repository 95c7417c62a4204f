-- rules that hold or reject a row while it is written
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_setting('language', 'en');
SELECT pulse.set_clock('2026-03-02 08:00+00');
CREATE SCHEMA gat;
CREATE TABLE gat.request (id int PRIMARY KEY, customer text, unit_price numeric, contract_price numeric, quantity int, state text NOT NULL DEFAULT 'new');
CREATE TABLE gat.staff (id text, name text, email text);
INSERT INTO gat.staff VALUES ('c', 'Cora', 'cora@example.com');
SELECT pulse.map_staff('gat.staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('gat_commerce', holder => '{c}');
SELECT pulse.label('role', 'gat_commerce', 'commerce', '商务');
SELECT pulse.create_event('gat_request', 'request int, customer text, unit_price numeric, contract_price numeric, quantity int, worth numeric');
SELECT pulse.label('event', 'gat_request', 'shipment request', '发货申请'), pulse.label('column', 'unit_price', 'unit price', '单价'), pulse.label('column', 'contract_price', 'contract price', '合同价');
-- what a gate needs
SELECT pulse.create_rule('price', '发货申请（每个request）的单价低于合同价的，扣住并通知商务', 'live');
SELECT pulse.create_rule('price', '发货申请的单价低于合同价（每个request）的，扣住并通知商务', 'live');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('gat.request', 'gat_request', columns => 'request = id, customer = customer, unit_price = unit_price, contract_price = contract_price, quantity = quantity, worth = unit_price * quantity', condition => $$state <> 'new'$$, operations => '{insert,update}');
SELECT pulse.create_rule('price', '发货申请的单价低于合同价（每个request）的，扣住并通知商务', 'live');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_gate('gat.request', 'colour');
SELECT pulse.create_gate('gat.staff', 'name');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_gate('gat.request', 'state', amount => 'worth');
SELECT pulse.create_rule('price', '发货申请的单价低于合同价（每个request）的，扣住并通知商务', 'live');
SELECT sentence_en, sentence_zh FROM pulse.rules WHERE name = 'price';
SELECT pulse.create_rule('many', 'WHEN shipment request WHERE quantity > 100 PER request THEN hold', 'live');
SELECT pulse.create_rule('none', 'WHEN shipment request WHERE quantity < 1 PER request THEN reject "Ask for one at least."', 'live');
SELECT pulse.create_rule('watching', 'WHEN shipment request WHERE quantity > 10 PER request THEN hold and notify commerce', 'shadow');
SELECT pulse.create_rule('later', 'WHEN shipment request PER request AND NOT shipment request WITHIN 3 days THEN hold');
\echo :LAST_ERROR_SQLSTATE
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'gat.request'::regclass AND tgname ~ 'gate';
SELECT relation, state_column, held, rules FROM pulse.gates;

-- held, all reasons at once; rejected, all reasons at once
INSERT INTO gat.request VALUES (1, 'Acme', 9, 10, 5, 'requested'), (2, 'Acme', 10, 10, 5, 'requested'), (3, 'Beta', 9, 10, 200, 'requested'), (4, 'Beta', 9, 10, 50, 'new');
SELECT id, state FROM gat.request ORDER BY id;
SELECT row_key, key_name, key, reasons, amount, state, previous_state, held_by = session_user AS by_me FROM pulse.holds ORDER BY hold_id;
INSERT INTO gat.request VALUES (5, 'Acme', 9, 10, 0, 'requested');
\echo :LAST_ERROR_SQLSTATE
UPDATE gat.request SET quantity = -1 WHERE id = 2;
SELECT id, quantity FROM gat.request WHERE id IN (2, 5);
SELECT rule, mode, key, evidence ->> 'gate' AS gate FROM pulse.firings ORDER BY rule, key;
CREATE FUNCTION gat_tick(instant timestamptz, OUT firings int) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT t.firings INTO firings FROM pulse.tick() AS t;
END $$ LANGUAGE plpgsql;
SELECT gat_tick('2026-03-02 09:00+00');
SELECT c.rule, c.key, c.state, m.recipient_name, m.body FROM pulse.cases AS c LEFT JOIN pulse.messages AS m USING (case_id) ORDER BY c.rule, c.key;
SELECT pulse.why(firing_id, 'en') FROM pulse.firings WHERE rule = 'price' AND key = '1';
SELECT gat_tick('2026-03-02 10:00+00');
SELECT rule, state FROM pulse.cases ORDER BY rule, key;
-- the application insists, in vain; then mends it
UPDATE gat.request SET state = 'shipped' WHERE id = 1;
SELECT state FROM gat.request WHERE id = 1;
SELECT pulse.release_hold(hold_id) FROM pulse.holds WHERE key = '1';
UPDATE gat.request SET unit_price = 10 WHERE id = 1;
SELECT state FROM gat.request WHERE id = 1;
SELECT state, reason, previous_state FROM pulse.holds WHERE key = '1';
-- what speaks against it changes
UPDATE gat.request SET quantity = 20 WHERE id = 3;
SELECT reasons, amount FROM pulse.holds WHERE key = '3' AND state = 'open';
-- a held row is judged as what it wanted to be, whatever its watch asks of the state
SELECT pulse.alter_watch('gat.request', 'gat_request', condition => $$state = 'requested'$$);
UPDATE gat.request SET customer = 'Omega' WHERE id = 3;
SELECT state FROM gat.request WHERE id = 3;
-- somebody answers for it, for a while
SELECT pulse.override_hold(hold_id, '') FROM pulse.holds WHERE key = '3';
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.override_hold(hold_id, 'agreed on the phone', 'c', '2026-03-03') FROM pulse.holds WHERE key = '3';
SELECT state FROM gat.request WHERE id = 3;
UPDATE gat.request SET customer = 'Gamma' WHERE id = 3;
SELECT state FROM gat.request WHERE id = 3;
SELECT pulse.set_clock('2026-03-03 00:00+00');
UPDATE gat.request SET customer = 'Delta' WHERE id = 3;
SELECT state FROM gat.request WHERE id = 3;
SELECT state, closed_by, reason, valid_until FROM pulse.holds WHERE key = '3' ORDER BY hold_id;
SELECT pulse.release_hold(99999);
\echo :LAST_ERROR_SQLSTATE
SELECT gat_tick('2026-03-03 09:00+00');
SELECT rule, key, state, reason FROM pulse.cases ORDER BY case_id;
-- an update that asks nothing; a row that the watch does not look at
UPDATE gat.request SET customer = customer;
UPDATE gat.request SET quantity = 500 WHERE id = 4;
SELECT id, state FROM gat.request ORDER BY id;

-- the author's rights
CREATE ROLE regress_gat IN ROLE pulse_author;
GRANT USAGE ON SCHEMA pulse_event TO regress_gat;
GRANT SELECT ON pulse_event.gat_request TO regress_gat;
SET ROLE regress_gat;
SELECT pulse.create_rule('his', 'WHEN shipment request WHERE quantity > 7 PER request THEN reject', 'live');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_gate('gat.request', 'state');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT USAGE ON SCHEMA gat TO regress_gat;
GRANT TRIGGER ON gat.request TO regress_gat;
SET ROLE regress_gat;
SELECT pulse.create_rule('his', 'WHEN shipment request WHERE quantity > 1000 PER request THEN reject', 'live');
RESET ROLE;
INSERT INTO gat.request VALUES (6, 'Acme', 10, 10, 2000, 'requested');
-- whoever writes needs no right to anything of ours
CREATE ROLE regress_gat_app;
GRANT USAGE ON SCHEMA gat TO regress_gat_app;
GRANT INSERT, UPDATE, SELECT ON gat.request TO regress_gat_app;
SET ROLE regress_gat_app;
INSERT INTO gat.request VALUES (7, 'Acme', 9, 10, 1, 'requested');
SELECT state FROM gat.request WHERE id = 7;
RESET ROLE;
-- a rule that can't judge is suspended, and the row passes
REVOKE SELECT ON pulse_event.gat_request FROM regress_gat;
CREATE FUNCTION gat.breaks(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no such desk'; END $$;
SELECT pulse.create_rule('breaks', 'WHEN shipment request WHERE SQL (gat.breaks(quantity)) PER request THEN reject', 'live');
INSERT INTO gat.request VALUES (8, 'Acme', 10, 10, 1, 'requested');
SELECT state, reason FROM pulse.rules WHERE name = 'breaks';
-- drafts and dropped rules judge nothing
SELECT pulse.set_rule_mode('price', 'draft');
INSERT INTO gat.request VALUES (9, 'Acme', 9, 10, 1, 'requested');
SELECT state FROM gat.request WHERE id = 9;
SELECT pulse.alter_rule('many', 'WHEN shipment request WHERE quantity > 3 PER request THEN hold');
INSERT INTO gat.request VALUES (10, 'Acme', 10, 10, 4, 'requested');
SELECT state FROM gat.request WHERE id = 10;
SELECT pulse.drop_rule(name) FROM pulse.rules ORDER BY name;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'gat.request'::regclass AND tgname ~ 'gate';
INSERT INTO gat.request VALUES (11, 'Acme', 9, 10, 500, 'requested');
SELECT state FROM gat.request WHERE id = 11;

-- parts of a table are judged, too
CREATE TABLE gat.part (id int, region text, quantity int, state text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE gat.part_n PARTITION OF gat.part FOR VALUES IN ('n');
SELECT pulse.create_event('gat_part', 'id int, quantity int');
SELECT pulse.watch('gat.part', 'gat_part', columns => 'id = id, quantity = quantity');
SELECT pulse.create_gate('gat.part', 'state');
SELECT pulse.create_rule('part', 'WHEN gat_part WHERE quantity > 5 PER id THEN hold', 'live');
INSERT INTO gat.part VALUES (1, 'n', 6, 'new'), (2, 'n', 5, 'new');
INSERT INTO gat.part_n VALUES (3, 'n', 9, 'new');
SELECT id, state FROM gat.part ORDER BY id;
SELECT relation, row_key FROM pulse.holds WHERE relation = 'gat.part'::regclass ORDER BY hold_id;
SELECT pulse.drop_rule('part');

-- a type's cast to JSON is somebody's code: it runs as the rule's author, never as who writes
CREATE TYPE gat.mood AS ENUM ('fair', 'foul');
CREATE FUNCTION gat.mood_json(gat.mood) RETURNS json LANGUAGE sql AS 'SELECT pg_catalog.to_json(current_user::text)';
CREATE CAST (gat.mood AS json) WITH FUNCTION gat.mood_json(gat.mood);
CREATE TABLE gat.visit (id int PRIMARY KEY, mood gat.mood, state text);
GRANT INSERT ON gat.visit TO regress_gat_app;
SELECT pulse.create_event('gat_visit', 'visit int, mood gat.mood');
SELECT pulse.watch('gat.visit', 'gat_visit', columns => 'visit = id, mood = mood');
SELECT pulse.create_gate('gat.visit', 'state');
SELECT pulse.create_rule('mood', 'WHEN gat_visit PER visit THEN hold', 'live');
SET ROLE regress_gat_app;
INSERT INTO gat.visit VALUES (1, 'foul', 'new');
RESET ROLE;
SELECT f.evidence -> 'trigger' ->> 'mood' = r.author::text AS as_author FROM pulse.firings AS f JOIN pulse.rules AS r ON r.name = f.rule WHERE f.rule = 'mood';
SELECT pulse.drop_rule('mood');
SELECT pulse.drop_watch('gat.visit', 'gat_visit'), pulse.drop_event('gat_visit');

SELECT pulse.drop_role('gat_commerce');
SELECT pulse.drop_watch('gat.request', 'gat_request'), pulse.drop_watch('gat.part', 'gat_part');
SELECT pulse.drop_event('gat_request'), pulse.drop_event('gat_part');
DROP VIEW pulse_event.staff_directory;
DROP SCHEMA gat CASCADE;
DELETE FROM pulse_internal.mapping;
DELETE FROM pulse_internal.label;
DELETE FROM pulse_internal.gate;
DROP FUNCTION gat_tick(timestamptz);
DROP OWNED BY regress_gat;
DROP ROLE regress_gat, regress_gat_app;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.hold, pulse_internal.hold_wait;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
