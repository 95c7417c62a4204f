-- Members, states and streaks, end to end and in both languages: from the
-- sentence to the messages and tasks that people get, and what takes them back.
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS pulse_forms;
CREATE DATABASE pulse_forms;
\c pulse_forms
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION salespulse CASCADE;
SELECT plan(35);
\o /dev/null
CREATE SCHEMA app;
CREATE TABLE app.users (id int PRIMARY KEY, name text, email text);
INSERT INTO app.users VALUES (1, 'Ann', 'ann@example.com'), (2, 'Bo', 'bo@example.com'), (3, 'Cy', 'cy@example.com');
CREATE TABLE app.customer (id int PRIMARY KEY, name text, grade text, owner_id int, created_at timestamptz);
INSERT INTO app.customer VALUES (1, 'Never', 'A', 1, '2025-01-01'), (2, 'Lately', 'A', 1, '2025-01-01'), (3, 'Small', 'B', 1, '2025-01-01');
CREATE TABLE app.stock (store int, item text, class text, supply numeric, PRIMARY KEY (store, item));
CREATE TABLE app.sales (store int, drug text, day date, units int, threshold int, PRIMARY KEY (store, drug, day));
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-02 08:00+08');
SELECT pulse.create_event('visit', 'customer int');
SELECT pulse.map_staff('app.users', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('rep', key => 'customer', relation => 'app.customer', staff => 'owner_id');
SELECT pulse.map_role('purchasing', holder => '{2}'), pulse.map_role('store_manager', holder => '{3}'), pulse.map_role('sales_operations', holder => '{3}');
SELECT pulse.describe_key('customer', 'app.customer', name => 'name', since => 'created_at');
SELECT pulse.label('event', 'visit', 'visit', '拜访'), pulse.label('key', 'customer', 'customer', '客户'), pulse.label('column', 'grade', 'grade', '等级', 'customer'),
	pulse.label('value', 'A', NULL, 'A类', 'grade'), pulse.label('role', 'rep', 'rep', '销售代表'), pulse.label('role', 'purchasing', 'purchasing', '采购部'),
	pulse.label('role', 'store_manager', 'store manager', '店长'), pulse.label('relation', 'app.stock', 'stock position', '库存'),
	pulse.label('relation', 'app.sales', 'store sales', '门店慢病药品'), pulse.label('column', 'supply', 'days of supply', '供应天数', 'app.stock'),
	pulse.label('column', 'class', 'class', '类别', 'app.stock'), pulse.label('column', 'units', 'sales', '销量', 'app.sales'),
	pulse.label('column', 'threshold', 'threshold', '阈值', 'app.sales'), pulse.label('key', 'store', 'store', '门店'), pulse.label('key', 'item', 'item', '商品'),
	pulse.label('key', 'drug', 'drug', '药品');
INSERT INTO pulse_event.visit (at, customer) VALUES ('2026-02-25 08:00+08', 2);
CREATE VIEW app.told AS SELECT c.rule, m.recipient, m.state FROM pulse.messages AS m JOIN pulse.cases AS c ON c.case_id = m.case_id;
-- a tick, some minutes later than the one before
CREATE FUNCTION app.pass(instant timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	PERFORM pulse.tick();
END $$;
\o

-- E2 and C3: members
SELECT is(pulse.create_rule('E2', 'EACH customer WHERE grade is "A" WITHOUT visit FOR 21 days FIRE PAST THEN assign rep "Visit" UNTIL visit', 'live'),
	'EACH customer WHERE grade is "A" WITHOUT visit FOR 21 days FIRE PAST THEN assign rep "Visit" UNTIL visit', 'E2 prints as it was written');
SELECT is(sentence_zh, '凡等级为“A类”的客户，连续21天未发生拜访的，含此前已到期的，指派销售代表“Visit”；直到拜访为止。', 'and in Chinese') FROM pulse.rules WHERE name = 'E2';
SELECT is(pulse.create_rule('E2 zh', '凡等级为“A”的客户，连续21天未发生拜访的，含此前已到期的，指派销售代表“Visit”；直到拜访为止。'), (SELECT sentence_zh FROM pulse.rules WHERE name = 'E2'), 'the canonical Chinese sentence');
SELECT is((SELECT rule FROM pulse.rules WHERE name = 'E2 zh')::text, (SELECT rule FROM pulse.rules WHERE name = 'E2')::text, 'is the same rule');
SELECT is(pulse.create_rule('C3', 'A类客户连续21天没有拜访，给销售代表派任务'), '凡等级为“A类”的客户，连续21天未发生拜访的，指派销售代表“拜访”。', 'C3 as people say it');
SELECT is(sentence_en, 'EACH customer WHERE grade is "A" WITHOUT visit FOR 21 days THEN assign rep "拜访"', 'C3 in English') FROM pulse.rules WHERE name = 'C3';
SELECT app.pass('2026-03-02 09:00+08');
SELECT results_eq('SELECT key, staff, title, state FROM pulse.tasks ORDER BY key', $$VALUES ('1', '1', 'Visit', 'open')$$, 'the customer never visited is found, and is a task of her rep');
INSERT INTO pulse_event.visit (at, customer) VALUES ('2026-03-02 10:00+08', 1);
SELECT app.pass('2026-03-02 11:00+08');
SELECT is(state, 'resolved', 'the visit resolves the case') FROM pulse.cases WHERE rule = 'E2' AND key = '1';
SELECT is(state, 'closed', 'and takes the task back') FROM pulse.tasks WHERE key = '1';
SELECT is(due_at, '2026-03-23 10:00+08', 'the next wait counts from it') FROM pulse.waits WHERE rule = 'E2' AND key = '1' AND end_reason IS NULL;
SELECT app.pass('2026-03-18 08:00+08');
SELECT is(count(*), 1::bigint, 'the other one comes when 21 days are over') FROM pulse.tasks WHERE key = '2';
SELECT is(count(*), (SELECT count(*) FROM pulse.firings WHERE rule = 'E2'), 'a backtest with these members finds their firings')
FROM pulse.backtest('E2', '2026-03-02 09:00+08', '2026-03-20') WHERE key = '1' OR key = '2' AND step = 1;
UPDATE app.customer SET grade = 'B' WHERE id = 2;
SELECT app.pass('2026-03-18 10:00+08');
SELECT is(state, 'resolved', 'who is no member any more has no open case') FROM pulse.cases WHERE rule = 'E2' AND key = '2';

-- E10: a state with two thresholds
SELECT is(pulse.create_rule('E10', 'WHILE stock position WHERE class is "A" AND days of supply < 7 PER store, item THEN notify purchasing CLEARED WHEN days of supply >= 10', 'live'),
	E'WHILE stock position WHERE class is "A" AND days of supply < 7 PER store, item\nTHEN notify purchasing CLEARED WHEN days of supply >= 10', 'E10');
SELECT is(sentence_zh, '只要库存（每家门店、商品），其类别为“A”且供应天数低于7，就通知采购部；供应天数达到10时解除。', 'E10 in Chinese') FROM pulse.rules WHERE name = 'E10';
SELECT is(pulse.create_rule('E10 zh', '当库存（每家门店、商品）的类别为“A”且供应天数低于7天时，通知采购部；供应天数达到10天时解除'), (SELECT sentence_zh FROM pulse.rules WHERE name = 'E10'), 'and as people say it');
INSERT INTO app.stock VALUES (1, 'aspirin', 'A', 5), (2, 'aspirin', 'A', 12), (1, 'bandage', 'B', 1);
SELECT app.pass('2026-03-19 08:00+08');
SELECT results_eq($$SELECT DISTINCT recipient, state FROM app.told WHERE rule = 'E10'$$, $$VALUES ('bo@example.com', 'queued')$$, 'purchasing is warned');
UPDATE app.stock SET supply = 9 WHERE item = 'aspirin' AND store = 1;
SELECT app.pass('2026-03-20 08:00+08');
UPDATE app.stock SET supply = 3 WHERE item = 'aspirin' AND store = 1;
SELECT app.pass('2026-03-21 08:00+08');
SELECT is(count(*), 1::bigint, 'once') FROM pulse.firings WHERE rule = 'E10';
UPDATE app.stock SET supply = 10 WHERE item = 'aspirin' AND store = 1;
SELECT app.pass('2026-03-22 08:00+08');
SELECT is(state, 'resolved', 'until it covers 10 again') FROM pulse.cases WHERE rule = 'E10';
SELECT is(key, '1, aspirin', 'about the item at the store') FROM pulse.cases WHERE rule = 'E10';
SELECT matches(pulse.rule_sql('E10'), 'FROM app.stock', 'the SQL of a state can be read');
SELECT throws_ok($$SELECT * FROM pulse.backtest('E10', '2026-01-01', '2026-02-01')$$, 'SP505', NULL, 'its history is not stored');

-- E11 and C6: a streak
SELECT is(pulse.create_rule('E11', 'WHILE store sales WHERE sales < threshold ON 3 CONSECUTIVE days PER store, drug FIRE PAST THEN notify store manager "script pack" and notify purchasing', 'live'),
	E'WHILE store sales WHERE sales < threshold ON 3 CONSECUTIVE days PER store, drug FIRE PAST\nTHEN notify store manager "script pack" and notify purchasing', 'E11');
SELECT is(sentence_zh, '只要门店慢病药品（每家门店、药品）连续3天，其销量低于阈值，含此前已到期的，通知店长“script pack”，同时通知采购部。', 'E11 in Chinese') FROM pulse.rules WHERE name = 'E11';
SELECT is(ok, true, 'C6, its first half') FROM pulse.check_rule('当门店慢病药品（每家门店、药品）连续3日销量低于阈值时，通知店长“客户画像与话术包”，同时通知采购部“补货预警”');
SELECT is(coalesce(message, 'ok'), 'ok', 'C6 as it was said')
FROM pulse.check_rule('当门店慢病药品（每家门店、药品）连续3日销量低于阈值时，向店长推送“客户画像与话术包”，向销售代表派发周边5公里潜在客户清单，同时向采购部发出补货预警');
SELECT is(pulse.create_rule('E11 zh', (SELECT sentence_zh FROM pulse.rules WHERE name = 'E11')), (SELECT sentence_zh FROM pulse.rules WHERE name = 'E11'), 'E11 reads back');
SELECT is((SELECT rule FROM pulse.rules WHERE name = 'E11 zh')::text, (SELECT rule FROM pulse.rules WHERE name = 'E11')::text, 'as the same rule');
INSERT INTO app.sales SELECT 1, 'aspirin', d, 2, 8 FROM generate_series(date '2026-03-19', date '2026-03-21', interval '1 day') AS d;
SELECT app.pass('2026-03-22 09:00+08');
SELECT is(string_agg(recipient, ',' ORDER BY recipient), 'bo@example.com,cy@example.com', 'three days in a row: both are told') FROM app.told WHERE rule = 'E11' AND state = 'queued';
-- a late row repairs the run: what has not gone out yet is withdrawn
UPDATE app.sales SET units = 20 WHERE day = '2026-03-20';
SELECT app.pass('2026-03-22 10:00+08');
SELECT is(count(*), 0::bigint, 'the warning is withdrawn') FROM app.told WHERE rule = 'E11' AND state = 'queued';
SELECT is(resolved_late, true, 'and its case says that it was learnt late') FROM pulse.cases WHERE rule = 'E11';
SELECT matches(pulse.why((SELECT max(firing_id) FROM pulse.firings WHERE rule = 'E11')), 'for 3 days in a row by 2026-03-22 00:00:00', 'why');

-- dump and load, explained
SELECT is((SELECT count(*) FROM pulse.load_rules(pulse.dump_rules('en')) WHERE outcome <> 'unchanged'), 0::bigint, 'dump_rules is the inverse of load_rules, in English');
SELECT is((SELECT count(*) FROM pulse.load_rules(pulse.dump_rules('zh')) WHERE outcome <> 'unchanged'), 0::bigint, 'and in Chinese');
SELECT lives_ok($$SELECT pulse.explain_rule(name, l) FROM pulse.rules, (VALUES ('en'), ('zh')) AS t(l)$$, 'every rule is explained');
SELECT * FROM finish();
\c :home
DROP DATABASE pulse_forms;
