-- Schedules, gates, digests, functions and steps of cases, end to end: from the
-- sentence in both languages to what is sent, held, taken back.
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS pulse_actions;
CREATE DATABASE pulse_actions;
\c pulse_actions
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION salespulse CASCADE;
SELECT plan(42);
\o /dev/null
CREATE SCHEMA app;
CREATE TABLE app.users (id int PRIMARY KEY, name text, email text);
INSERT INTO app.users VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bo', 'bo@example.com'), (3, 'Cy', 'cy@example.com'), (4, 'Di', 'di@example.com'), (5, 'Ed', 'ed@example.com');
CREATE TABLE app.customer (id int PRIMARY KEY, owner_id int);
INSERT INTO app.customer VALUES (1, 1), (2, 1);
CREATE TABLE app.region (name text PRIMARY KEY, manager int);
INSERT INTO app.region VALUES ('north', 3), ('south', 4);
CREATE TABLE app.lead (id int PRIMARY KEY, owner_id int);
INSERT INTO app.lead VALUES (1, 1), (2, 1);
CREATE FUNCTION app.take_back(given int) RETURNS void LANGUAGE sql AS 'UPDATE app.lead SET owner_id = NULL WHERE id = given';
CREATE TABLE app.request (id int PRIMARY KEY, unit_price numeric, contract_price numeric, state text DEFAULT 'new');
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-02 07:00+08');
SELECT pulse.create_event('invoice_overdue', 'invoice int, customer int'), pulse.create_event('lead_assigned', 'lead int'), pulse.create_event('first_contact', 'lead int'),
	pulse.create_event('shipment_request', 'request int, unit_price numeric, contract_price numeric');
SELECT pulse.map_staff('app.users', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('rep', key => 'customer', relation => 'app.customer', staff => 'owner_id'),
	pulse.map_role('regional_manager', key => 'region', relation => 'app.region', id => 'name', staff => 'manager'),
	pulse.map_role('regional_director', holder => '{2}'), pulse.map_role('vp_sales', holder => '{5}'), pulse.map_role('commerce', holder => '{4}');
SELECT pulse.label('event', 'invoice_overdue', 'invoice overdue', '发票逾期'), pulse.label('event', 'lead_assigned', 'lead assigned', '线索分配'),
	pulse.label('event', 'first_contact', 'first contact', '首次联系'), pulse.label('event', 'shipment_request', 'shipment request', '发货申请'),
	pulse.label('key', 'customer', 'customer', '客户'), pulse.label('key', 'invoice', 'invoice', '发票'), pulse.label('key', 'request', 'request', '申请单'),
	pulse.label('key', 'lead', 'lead', '线索'), pulse.label('column', 'unit_price', 'unit price', '单价'),
	pulse.label('column', 'contract_price', 'contract price', '合同价'), pulse.label('function', 'app.take_back', 'take back', '收回公海'),
	pulse.label('role', 'rep', 'rep', '销售代表'), pulse.label('role', 'regional_manager', 'regional manager', '区域经理'),
	pulse.label('role', 'regional_director', 'regional director', '区域总监'), pulse.label('role', 'vp_sales', 'vp sales', '销售副总'),
	pulse.label('role', 'commerce', 'commerce', '商务');
SELECT pulse.create_case_events();
SELECT pulse.create_report('morning board', $$ SELECT r.name AS region FROM app.region AS r WHERE r.manager::text = recipient $$);
SELECT pulse.create_report('晨会看板', $$ SELECT r.name AS 区域 FROM app.region AS r WHERE r.manager::text = recipient $$);
SELECT pulse.watch('app.request', 'shipment_request', columns => 'request = id, unit_price = unit_price, contract_price = contract_price', operations => '{insert,update}');
SELECT pulse.create_gate('app.request', 'state');
CREATE TABLE app.sentence (name text PRIMARY KEY, text text);
INSERT INTO app.sentence VALUES
	('E7', 'WHEN regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours THEN notify vp sales'),
	('C8', '区域总监24小时内未确认的，通知销售副总'),
	('E9', 'EVERY working day AT 08:00 THEN send "morning board" TO EACH regional manager'),
	('E9b', 'Every working day at 8:00, send "morning board" to each regional manager'),
	('C9', '每个工作日8点，把晨会看板发给各区域经理'),
	('C9b', '每个工作日8:00，向每位区域经理发送“晨会看板”。'),
	('E12', 'WHEN shipment request WHERE unit price < contract price PER request THEN hold and notify commerce'),
	('C11', '发货申请的单价低于合同价的，扣住并通知商务'),
	('C12', '线索分配后2个工作小时内未首次联系，收回公海'),
	('C13', '同一客户有多张发票逾期（每张发票）时，每天只发一条汇总给销售代表');
-- a tick, some minutes later than the one before
CREATE PROCEDURE app.pass(instant timestamptz) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	PERFORM pulse.tick();
	COMMIT;
END $$;
CREATE FUNCTION app.message(sentence text) RETURNS text LANGUAGE sql AS 'SELECT string_agg(message || coalesce('' '' || hint, ''''), '' '') FROM pulse.check_rule(sentence)';
\o
-- each parses; what is stored, printed in either language, means the same
SELECT is(app.message(text), NULL, name || ' is understood') FROM app.sentence ORDER BY name;
SELECT lives_ok(format('SELECT pulse.create_rule(%L, %L)', name, text), name || ' is stored') FROM app.sentence ORDER BY name;
SELECT is((SELECT count(*) FROM pulse.load_rules(pulse.dump_rules('en')) WHERE outcome <> 'unchanged'), 0::bigint, 'all of it is read again in English');
SELECT is((SELECT count(*) FROM pulse.load_rules(pulse.dump_rules('zh')) WHERE outcome <> 'unchanged'), 0::bigint, 'and in Chinese');
SELECT is(a.sentence_zh, b.sentence_zh, format('%s and %s are one rule', a.name, b.name))
FROM pulse.rules AS a, pulse.rules AS b WHERE (a.name, b.name) IN (('E7', 'C8'), ('E9', 'E9b'), ('C9', 'C9b'), ('E12', 'C11')) ORDER BY a.name;
SELECT lives_ok($$SELECT pulse.explain_rule(name, l) FROM pulse.rules, (VALUES ('en'), ('zh')) AS t(l)$$, 'every rule is explained');

-- a day and a half of them
\o /dev/null
SELECT pulse.create_rule('dun', 'WHEN invoice overdue PER invoice THEN notify regional director; 10 days later: notify regional director');
SELECT pulse.set_rule_mode(name, 'live') FROM unnest('{dun,C8,E9,C9,E12,C12,C13}'::text[]) AS name;
CALL app.pass('2026-03-02 07:30+08');
CALL app.pass('2026-03-02 08:00+08');
CALL app.pass('2026-03-02 08:01+08');
INSERT INTO pulse_event.invoice_overdue (invoice, customer) VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO pulse_event.lead_assigned (lead) VALUES (1), (2);
INSERT INTO app.request (id, unit_price, contract_price) VALUES (1, 9, 10), (2, 10, 10);
CALL app.pass('2026-03-02 09:00+08');
INSERT INTO pulse_event.first_contact (lead) VALUES (2);
CALL app.pass('2026-03-02 09:05+08');
\o
CREATE VIEW app.told AS SELECT c.rule, c.key, m.recipient, m.body, m.state FROM pulse.messages AS m LEFT JOIN pulse.cases AS c USING (case_id);
SELECT set_eq($$SELECT recipient FROM app.told WHERE rule = 'E9'$$, '{cy@example.com,di@example.com}'::text[], 'E9: each regional manager has the morning board');
SELECT is((SELECT count(*) FROM app.told WHERE rule = 'E9'), 2::bigint, 'E9: once');
SELECT ok(bool_and(body LIKE CASE recipient WHEN 'cy@example.com' THEN '%north%' ELSE '%south%' END), 'E9: and his own') FROM app.told WHERE rule = 'E9';
SELECT is((SELECT count(*) FROM app.told WHERE rule = 'C9' AND body ~ '区域'), 2::bigint, 'C9: 各区域经理收到晨会看板');
SELECT results_eq('SELECT state FROM app.request ORDER BY id', '{held,new}'::text[], 'E12: the request below the price is held');
SELECT is((SELECT count(*) FROM pulse.holds WHERE key = '1' AND state = 'open'), 1::bigint, 'E12: and the hold is recorded');
SELECT set_eq($$SELECT recipient FROM app.told WHERE rule = 'E12'$$, '{di@example.com}'::text[], 'E12: commerce is told');
SELECT lives_ok($$SELECT pulse.override_hold(hold_id, 'agreed with the customer') FROM pulse.holds$$, 'E12: a hold is overridden with a reason');
SELECT is((SELECT state FROM app.request WHERE id = 1), 'new', 'E12: and the row goes on as it was');
\o /dev/null
CALL app.pass('2026-03-02 12:00+08');
\o
SELECT results_eq('SELECT owner_id FROM app.lead ORDER BY id', '{NULL,1}'::int[], 'C12: only the lead without contact is taken back');
SELECT is((SELECT count(*) FROM app.told WHERE rule = 'C13'), 0::bigint, 'C13: nothing at once');
SELECT is((SELECT count(*) FROM app.told WHERE rule = 'C8'), 0::bigint, 'C8: not before 24 hours');
\o /dev/null
SELECT pulse.acknowledge_case(case_id, '2') FROM pulse.cases WHERE rule = 'dun' AND key = '3';
CALL app.pass('2026-03-03 08:30+08');
CALL app.pass('2026-03-03 08:35+08');
CALL app.pass('2026-03-03 09:30+08');
CALL app.pass('2026-03-03 09:35+08');
\o
SELECT is((SELECT count(*) FROM app.told WHERE rule = 'C13'), 2::bigint, 'C13: one a customer and day');
SELECT is((SELECT count(*) FROM app.told WHERE rule = 'C8' AND recipient = 'ed@example.com'), 2::bigint, 'C8: the vice president is told of what was not acknowledged');
SELECT is((SELECT count(*) FROM app.told WHERE rule = 'E9'), 4::bigint, 'E9: and the next day again, once');
SELECT * FROM finish();
\c :home
DROP DATABASE pulse_actions;
