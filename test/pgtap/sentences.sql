-- The twenty-five sentences that a sales company writes, in the words in which they are written: read, printed in
-- either language, and run from what happened to who is told.
SET client_min_messages = error;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS pulse_sentences;
CREATE DATABASE pulse_sentences;
\c pulse_sentences
SET client_min_messages = error;
CREATE EXTENSION pgtap;
CREATE EXTENSION salespulse CASCADE;
SET timezone = 'Asia/Shanghai';
\o /dev/null
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-02 07:00+08');
CREATE SCHEMA app;
CREATE TABLE app.users (id int PRIMARY KEY, name text, email text, phone text);
INSERT INTO app.users SELECT n, name, lower(name) || '@example.com', '1380000000' || n % 10 FROM unnest('{Rep,Director,Manager,Service,Vice,Logistics,Finance,Sales,Purchasing,Store,Commerce}'::text[]) WITH ORDINALITY AS u(name, n);
CREATE TABLE app.customer (id int PRIMARY KEY, name text, grade text, owner_id int, created_at timestamptz);
CREATE TABLE app.store (id int PRIMARY KEY, owner_id int);
CREATE TABLE app.region (name text PRIMARY KEY, manager int);
CREATE TABLE app.stock (store int, item text, class text, supply numeric, PRIMARY KEY (store, item));
CREATE TABLE app.sales (store int, drug text, day date, units int, threshold int, PRIMARY KEY (store, drug, day));
CREATE TABLE app.request (id int PRIMARY KEY, unit_price numeric, contract_price numeric, state text DEFAULT 'new');
CREATE TABLE app.lead (id int PRIMARY KEY, owner_id int);
CREATE TABLE app.relation (customer int PRIMARY KEY, visited date);
CREATE FUNCTION app.take_back(given int) RETURNS void LANGUAGE sql AS 'UPDATE app.lead SET owner_id = NULL WHERE id = given';
INSERT INTO app.customer VALUES (1, 'One', 'A', 1, '2026-02-09 07:30+08'), (2, 'Two', 'B', 1, '2025-01-01');
INSERT INTO app.store VALUES (1, 1);
INSERT INTO app.region VALUES ('north', 3);
INSERT INTO app.lead VALUES (1, 1), (2, 1);
SELECT pulse.create_event(name, columns) FROM (VALUES ('invoice_issued', 'invoice int, customer int, due date'), ('invoice_settled', 'invoice int'), ('visit', 'customer int'),
	('complaint', 'customer int'), ('follow_up', 'customer int'), ('competitor_contact', 'customer int'), ('service_contract', 'equipment int, customer int, contract_end date'),
	('contract_renewed', 'equipment int'), ('order_approved', 'order_no int, customer int, amount pulse.amount'), ('shipment', 'order_no int'),
	('opportunity_changed', 'opportunity int, customer int, stage text, old_stage text'), ('payment_due', 'contract int, customer int'), ('payment_registered', 'contract int'),
	('lead_assigned', 'lead int'), ('first_contact', 'lead int'), ('invoice_overdue', 'invoice int, customer int'),
	('shipment_request', 'request int, unit_price numeric, contract_price numeric, breach boolean')) AS e(name, columns);
SELECT pulse.create_case_events();
SELECT pulse.watch('app.request', 'shipment_request', columns => 'request = id, unit_price = unit_price, contract_price = contract_price, breach = unit_price < contract_price', operations => '{insert,update}');
SELECT pulse.create_gate('app.request', 'state');
SELECT pulse.describe_key('customer', 'app.customer', name => 'name', since => 'created_at');
SELECT pulse.create_model('standard', '[{"dimension": "visit", "column": "visited", "curve": "steps 0:100 20:0"}]');
INSERT INTO app.relation VALUES (1, '2026-03-01'), (2, '2026-03-01');
SELECT pulse.store_health('standard', 'app.relation', 'customer');
SELECT pulse.map_staff('app.users', id => 'id', name => 'name', email => 'email', mobile => 'phone');
SELECT pulse.map_role('rep', key => 'customer', relation => 'app.customer', staff => 'owner_id'), pulse.map_role('rep', key => 'store', relation => 'app.store', staff => 'owner_id'),
	pulse.map_role('regional_manager', key => 'region', relation => 'app.region', id => 'name', staff => 'manager');
SELECT pulse.map_role(role, holder => ARRAY[holder::text]) FROM (VALUES ('regional_director', 2), ('service_manager', 4), ('vp_sales', 5), ('logistics', 6), ('finance', 7), ('sales_manager', 8),
	('purchasing', 9), ('store_manager', 10), ('commerce', 11)) AS r(role, holder);
SELECT pulse.create_report(title, $$ SELECT r.name AS region FROM app.region AS r $$) FROM unnest('{morning board,晨会看板,script pack,prospects within 5 km,客户画像与话术包,周边5公里潜在客户清单}'::text[]) AS title;
SELECT pulse.label(class, name, en, zh, scope) FROM (VALUES ('event', 'invoice_issued', 'invoice issued', '开票', NULL), ('event', 'invoice_settled', 'invoice settled', '结清', NULL),
	('event', 'visit', 'visit', '拜访', NULL), ('event', 'complaint', 'complaint|complains', '投诉', NULL), ('event', 'follow_up', 'follow-up', '回访', NULL),
	('event', 'competitor_contact', 'competitor contact', '竞品接触', NULL), ('event', 'service_contract', 'maintenance contract', '维保', NULL),
	('event', 'contract_renewed', 'contract renewed', '续签', NULL), ('event', 'order_approved', 'order approved', '订单审批通过', NULL), ('event', 'shipment', 'shipment|order shipped', '发货', NULL),
	('event', 'opportunity_changed', 'opportunity changed', '商机变更', NULL), ('event', 'payment_due', 'contract payment', '合同回款', NULL),
	('event', 'payment_registered', 'payment registered', '登记回款', NULL), ('event', 'lead_assigned', 'lead assigned', '线索分配', NULL),
	('event', 'first_contact', 'first contact', '首次联系', NULL), ('event', 'invoice_overdue', 'invoice overdue', '发票逾期', NULL),
	('event', 'shipment_request', 'shipment request', '发货申请', NULL),
	('key', 'invoice', 'invoice', '发票', NULL), ('key', 'customer', 'customer', '客户', NULL), ('key', 'equipment', 'equipment|machine', '设备', NULL), ('key', 'order_no', 'order', '订单', NULL),
	('key', 'opportunity', 'opportunity', '商机', NULL), ('key', 'contract', 'contract', '合同', NULL), ('key', 'lead', 'lead', '线索', NULL), ('key', 'store', 'store', '门店', NULL),
	('key', 'item', 'item', '商品', NULL), ('key', 'drug', 'drug|chronic-disease drug', '药品', NULL), ('key', 'region', 'region', '大区', NULL), ('key', 'request', 'request', '申请单', NULL),
	('column', 'due', 'due date', '到期日', NULL), ('column', 'contract_end', 'contract end', '到期', NULL), ('column', 'amount', 'amount', '金额', NULL),
	('column', 'stage', 'stage', '阶段', NULL), ('column', 'grade', 'grade', '等级', 'customer'), ('column', 'unit_price', 'unit price', '单价', NULL),
	('column', 'contract_price', 'contract price', '合同价', NULL), ('column', 'breach', 'breaks a contract clause', '违反合同条款', NULL), ('value', 'A', 'A', 'A类', 'grade'), ('value', 'A', 'A', NULL, 'class'), ('value', 'negotiation', 'negotiation', '谈判', 'stage'),
	('relation', 'app.stock', 'stock position|stock', '库存', NULL), ('relation', 'app.sales', 'store sales', '门店慢病药品', NULL), ('column', 'supply', 'days of supply|covers', '供应天数', 'app.stock'),
	('column', 'class', 'class', '类别', 'app.stock'), ('column', 'units', 'sales|sells', '销量', 'app.sales'), ('column', 'threshold', 'threshold', '阈值', 'app.sales'),
	('role', 'rep', 'rep', '销售代表', NULL), ('role', 'regional_director', 'regional director', '区域总监', NULL), ('role', 'regional_manager', 'regional manager', '区域经理', NULL),
	('role', 'finance', 'finance', '财务部', NULL), ('role', 'service_manager', 'service manager', '客服主管', NULL), ('role', 'sales_manager', 'sales manager', '销售经理', NULL),
	('role', 'logistics', 'logistics', '物流部', NULL), ('role', 'vp_sales', 'VP sales|VP', '销售副总', NULL), ('role', 'purchasing', 'purchasing', '采购部', NULL),
	('role', 'store_manager', 'store manager', '店长', NULL), ('role', 'commerce', 'commerce', '商务', NULL), ('function', 'app.take_back', 'take back', '收回公海', NULL)) AS l(class, name, en, zh, scope);
CREATE TABLE app.sentence (name text PRIMARY KEY, sentence text, other text);
INSERT INTO app.sentence VALUES
	('E1', 'When an invoice isn''t settled within 30 days after it is due, text the rep; 7 days later mail the regional director, cc the rep; another 7 days later finance checks',
		'当开票（每张发票），且到期日后30天内未发生结清时，短信通知销售代表；7天后，邮件通知区域总监，抄送销售代表；再过7天，指派财务部“Check”。'),
	('E2', 'An A customer has had no visit for 21 days: give the rep a task', '凡等级为“A类”的客户，连续21天未发生拜访的，指派销售代表“Visit”。'),
	('E3', '60 days before a maintenance contract ends, unless it is renewed, give the rep a task; remind every 10 days; several machines of one customer are one task',
		'当维保的到期前60天（每台设备），且未发生续签时，按客户合并，指派销售代表“Contract renewed”；每10天，通知销售代表。'),
	('E4', 'A customer complains 3 times or more within 30 days: notify the service manager', '当同一客户30天内投诉满3次时，通知客服主管。'),
	('E5', 'A complaint is followed within 14 days by a competitor contact: notify the sales manager', '当投诉之后14天内发生竞品接触（每个客户）时，通知销售经理。'),
	('E6', 'An order over 100,000 yuan is approved and isn''t shipped within 3 working days: mail logistics', '当订单审批通过（每张订单），其金额超过10万元，且3个工作日内未发生发货时，邮件通知物流部。'),
	('E7', 'The regional director hasn''t acknowledged within 24 hours: notify the VP', '当区域总监24小时内未确认时，通知销售副总。'),
	('E8', 'An opportunity enters Negotiation and stays there for more than 10 working days: notify the sales manager',
		'当商机变更（每个商机），其阶段变为“谈判”，且10个工作日内未发生商机变更（其阶段不为“谈判”）时，通知销售经理。'),
	('E9', 'Every working day at 08:00 send each regional manager the morning board of his region', '每个工作日8:00，向每位区域经理发送“morning board”。'),
	('E10', 'An A item''s stock covers less than 7 days at a store: warn purchasing, once, until it covers 10 again',
		'只要库存（每家门店、商品），其类别为“A”且供应天数低于7，就通知采购部；供应天数达到10时解除。'),
	('E11', 'A store sells less of a chronic-disease drug than the threshold on 3 consecutive days: script pack to the store manager, prospects within 5 km to the rep, warning to purchasing',
		'只要门店慢病药品（每家门店、药品）连续3天，其销量低于阈值，就向每位店长发送“script pack”，向每位销售代表发送“prospects within 5 km”，同时通知采购部。'),
	('E12', 'A shipment request breaks a contract clause: hold it', '当发货申请（每张申请单），其违反合同条款为是时，扣住。'),
	('C1', '当 合同回款 超过 30 天 且 未登记回款 时，短信通知 销售代表；再过 7 天 邮件抄送 区域总监',
		'WHEN contract payment PER contract AND NOT payment registered WITHIN 30 days THEN text rep; another 7 days later: mail rep CC regional director'),
	('C3', 'A类客户连续21天没有拜访，给销售代表派任务', 'EACH customer WHERE grade is "A" WITHOUT visit FOR 21 days THEN assign rep "拜访"'),
	('C4', '维保到期前60天，若未续签，每10天提醒一次销售代表，直到续签', 'WHEN 60 days BEFORE contract end OF maintenance contract PER equipment AND NOT contract renewed THEN every 10 days: notify rep UNTIL contract renewed'),
	('C5', '同一客户30天内投诉满3次，通知客服主管', 'WHEN complaint HAPPENS 3 TIMES WITHIN 30 days PER customer THEN notify service manager'),
	('C5 more than', '同一客户30天内投诉超过3次，通知客服主管', 'WHEN complaint HAPPENS 4 TIMES WITHIN 30 days PER customer THEN notify service manager'),
	('C5 or more', '同一客户30天内投诉3次以上，通知客服主管', 'WHEN complaint HAPPENS 3 TIMES WITHIN 30 days PER customer THEN notify service manager'),
	('C6', '当门店慢病药品连续3日销量低于阈值时，向店长推送“客户画像与话术包”，向销售代表派发周边5公里潜在客户清单，同时向采购部发出补货预警',
		'WHILE store sales WHERE sales < threshold ON 3 CONSECUTIVE days PER store, drug THEN send "客户画像与话术包" TO EACH store manager, send "周边5公里潜在客户清单" TO EACH rep and notify purchasing "补货预警"'),
	('C7', '订单审批通过后3个工作日内未发货，邮件通知物流部，抄送销售代表', 'WHEN order approved PER order AND NOT shipment WITHIN 3 working days THEN mail logistics CC rep'),
	('C8', '区域总监24小时内未确认的，通知销售副总', 'WHEN regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours THEN notify VP sales'),
	('C9', '每个工作日8点，把晨会看板发给各区域经理', 'EVERY working day AT 08:00 THEN send "晨会看板" TO EACH regional manager'),
	('C10', '客户健康度由绿变红时，指派销售代表“回访”，限2个工作日完成', 'WHEN health changes WHERE health CHANGES FROM "green" TO "red" PER customer THEN assign rep "回访" DUE IN 2 working days'),
	('C11', '发货申请的单价低于合同价的，扣住并通知商务', 'WHEN shipment request WHERE unit price < contract price PER request THEN hold and notify commerce'),
	('C12', '线索分配后2个工作小时内未首次联系，收回公海', 'WHEN lead assigned PER lead AND NOT first contact WITHIN 2 working hours THEN call function take back'),
	('C13', '同一客户有多张发票逾期时，每天只发一条汇总给销售代表', 'WHEN invoice overdue PER invoice THEN notify rep TOGETHER PER customer ONCE A DAY AT 08:00');
CREATE FUNCTION app.one_line(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT regexp_replace(t, '\s+', ' ', 'g') $$;
CREATE PROCEDURE app.pass(instant timestamptz) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	PERFORM pulse.tick();
	COMMIT;
	PERFORM pulse.set_clock(instant + interval '1 minute');
	PERFORM pulse.tick();
	COMMIT;
END $$;
\o
CREATE VIEW app.fired AS
	SELECT f.rule, string_agg(format('%s%s %s', coalesce(c.rule || ' ' || c.key, f.key), CASE WHEN f.step > 1 THEN '#' || f.step END, to_char(f.due_at, 'MM-DD HH24:MI')), ', ' ORDER BY f.due_at, f.key, f.step) AS fired
	FROM pulse.firings AS f LEFT JOIN pulse.cases AS c ON f.rule IN ('E7', 'C8') AND c.case_id::text = f.key GROUP BY f.rule;
CREATE VIEW app.told AS
	SELECT rule, string_agg(format('%s %s%s', channel, replace(recipient, '@example.com', ''), CASE WHEN n > 1 THEN ' x ' || n END), ', ' ORDER BY channel, recipient) AS told
	FROM (SELECT c.rule, m.channel, m.recipient, count(*) AS n FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) GROUP BY 1, 2, 3) AS m GROUP BY rule;
\o
SELECT plan((11 + 6 * count(*))::int) FROM app.sentence;

-- each is understood, prints in the other language as expected, and is the same rule when that is read
SELECT is(coalesce(c.message || ' ' || c.hint, app.one_line(CASE WHEN name LIKE 'E%' THEN c.canonical_zh ELSE c.canonical_en END)), other, name || ' in the other language')
FROM app.sentence AS s, pulse.check_rule(s.sentence) AS c ORDER BY name;
SELECT lives_ok(format('SELECT pulse.create_rule(%L, %L, %L)', name, sentence, 'live'), name || ' is a rule') FROM app.sentence ORDER BY name;
SELECT is(pulse.rule_text(r.rule, l.lang), CASE l.lang WHEN 'en' THEN c.canonical_en ELSE c.canonical_zh END, format('%s, printed in %s and read, prints so', r.name, l.lang))
FROM pulse.rules AS r, (VALUES ('en'), ('zh')) AS l(lang), pulse.check_rule(pulse.rule_text(r.rule, l.lang)) AS c ORDER BY r.name, l.lang;
SELECT is((SELECT count(*) FROM pulse.load_rules(pulse.dump_rules('en')) WHERE outcome <> 'unchanged'), 0::bigint, 'all of them are read again in English');
SELECT is((SELECT count(*) FROM pulse.load_rules(pulse.dump_rules('zh')) WHERE outcome <> 'unchanged'), 0::bigint, 'and in Chinese');
-- C2 says nothing of how long
SELECT results_eq($$SELECT ok, char_position, message, hint FROM pulse.check_rule('当投诉发生且回访未发生时，指派客服主管“回访”')$$,
	$$VALUES (false, 9, '“未发生”没有时限', '请写成“30天内未发生回访”（之后），或“之前30天内未发生回访”（之前）。')$$, 'C2 is refused, with two ways to say it');

-- prose that does not say enough is refused where it ends, with keywords that would
SELECT results_eq($$SELECT ok, char_position, message, hint FROM pulse.check_rule('An invoice isn''t settled within 30 days: text the rep')$$,
	$$VALUES (false, 40, 'it is not said what the time begins with', 'Write "after it is due", or WHEN event PER invoice AND NOT invoice settled WITHIN 30 days.')$$, 'an absence that begins with nothing');
SELECT results_eq($$SELECT ok, char_position, message, hint FROM pulse.check_rule('A shipment over 100 yuan: text the rep')$$,
	$$VALUES (false, 12, 'it is not said which amount is meant', 'Write WHEN shipment WHERE column > 100,000 CNY.')$$, 'an amount of an event that has none');
SELECT throws_ok($$SELECT pulse.label('event', 'visit', 'visit|')$$, '22023', 'invalid label: ""', 'each of several labels has to be one');
SELECT is((SELECT canonical_en FROM pulse.check_rule('A customer complains: notify the rep')), 'WHEN complaint PER customer THEN notify rep', 'of several labels the first is printed');

-- seven weeks
\o /dev/null
CALL app.pass('2026-03-02 07:30+08');
INSERT INTO pulse_event.invoice_issued (invoice, customer, due) VALUES (1, 1, '2026-03-05'), (2, 2, '2026-03-05');
INSERT INTO pulse_event.service_contract (equipment, customer, contract_end) VALUES (1, 1, '2026-05-15'), (2, 1, '2026-05-15'), (3, 2, '2026-05-15');
INSERT INTO pulse_event.complaint (at, customer) SELECT '2026-03-02 07:35+08', c FROM unnest('{1,1,1,1,2,2}'::int[]) AS c;
INSERT INTO pulse_event.order_approved (order_no, customer, amount) VALUES (1, 1, '150000 CNY'), (2, 1, '100000 CNY'), (3, 2, '200000 CNY');
INSERT INTO pulse_event.opportunity_changed (opportunity, customer, stage, old_stage) VALUES (1, 1, 'negotiation', 'lead'), (2, 2, 'negotiation', 'lead');
INSERT INTO pulse_event.payment_due (contract, customer) VALUES (1, 1), (2, 2);
INSERT INTO pulse_event.lead_assigned (lead) VALUES (1), (2);
INSERT INTO pulse_event.invoice_overdue (invoice, customer) VALUES (11, 1), (12, 1), (13, 2);
INSERT INTO app.stock VALUES (1, 'aspirin', 'A', 5), (1, 'bandage', 'B', 1);
INSERT INTO app.sales SELECT 1, drug, first + n, units, 8 FROM generate_series(0, 2) AS n, (VALUES ('aspirin', 2, date '2026-02-28'), ('statin', 9, '2026-02-27')) AS v(drug, units, first);
INSERT INTO app.request (id, unit_price, contract_price) VALUES (1, 9, 10), (2, 10, 10);
CALL app.pass('2026-03-02 09:00+08');
INSERT INTO pulse_event.first_contact (lead) VALUES (2);
INSERT INTO pulse_event.competitor_contact (customer) VALUES (2);
CALL app.pass('2026-03-03 08:00+08');
INSERT INTO pulse_event.shipment (order_no) VALUES (3);
INSERT INTO pulse_event.opportunity_changed (opportunity, customer, stage, old_stage) VALUES (2, 2, 'won', 'negotiation');
CALL app.pass('2026-03-05 18:00+08');
INSERT INTO pulse_event.visit (customer) VALUES (2);
CALL app.pass('2026-03-20 08:00+08');
INSERT INTO pulse_event.contract_renewed (equipment) VALUES (3);
INSERT INTO pulse_event.payment_registered (contract) VALUES (2);
INSERT INTO pulse_event.invoice_settled (invoice) VALUES (2);
CALL app.pass('2026-03-25 08:00+08');
CALL app.pass('2026-04-10 08:00+08');
CALL app.pass('2026-04-15 08:00+08');
CALL app.pass('2026-04-21 08:00+08');
\o

SELECT is(f.fired, e.fired, e.rule || ' fires') FROM (VALUES
	('E1', '1 04-05 00:00, 1#2 04-12 00:00, 1#3 04-19 00:00'),
	('E2', '1 03-02 07:30'),
	('E3', '1 03-16 00:00, 2 03-16 00:00, 3 03-16 00:00, 1#2 03-26 00:00, 2#2 03-26 00:00, 1#2 04-05 00:00, 2#2 04-05 00:00, 1#2 04-15 00:00, 2#2 04-15 00:00'),
	('E4', '1 03-02 07:35'),
	('E5', '2 03-02 09:01'),
	('E6', '1 03-06 00:00'),
	('E7', 'E1 1 04-16 08:00'),
	('E8', '1 03-17 00:00'),
	('E9', '2026-03-02 03-02 08:00, 2026-03-03 03-03 08:00, 2026-03-05 03-05 08:00, 2026-03-20 03-20 08:00, 2026-03-25 03-25 08:00, 2026-04-10 04-10 08:00, 2026-04-15 04-15 08:00, 2026-04-21 04-21 08:00'),
	('E10', '1, aspirin 03-02 09:00'),
	('E11', '1, aspirin 03-03 00:00, 1, statin 03-05 00:00'),	-- on a day without a row nothing was sold
	('E12', '1 03-02 07:31'),
	('C1', '1 04-01 07:31, 1#2 04-08 07:31'),
	('C3', '1 03-02 07:30'),
	('C4', '1 03-16 00:00, 2 03-16 00:00, 3 03-16 00:00, 1 03-26 00:00, 2 03-26 00:00, 1 04-05 00:00, 2 04-05 00:00, 1 04-15 00:00, 2 04-15 00:00'),
	('C5', '1 03-02 07:35'),
	('C5 more than', '1 03-02 07:35'),
	('C5 or more', '1 03-02 07:35'),
	('C6', '1, aspirin 03-03 00:00, 1, statin 03-05 00:00'),
	('C7', '1 03-06 00:00, 2 03-06 00:00'),
	('C8', 'E1 1 04-16 08:00'),
	('C9', '2026-03-02 03-02 08:00, 2026-03-03 03-03 08:00, 2026-03-05 03-05 08:00, 2026-03-20 03-20 08:00, 2026-03-25 03-25 08:00, 2026-04-10 04-10 08:00, 2026-04-15 04-15 08:00, 2026-04-21 04-21 08:00'),
	('C10', '1 03-21 00:00, 2 03-21 00:00'),
	('C11', '1 03-02 07:31'),
	('C12', '1 03-02 11:00'),
	('C13', '11 03-02 07:31, 12 03-02 07:31, 13 03-02 07:31')) AS e(rule, fired) LEFT JOIN app.fired AS f USING (rule);
-- who was told; of steps that came due while nothing ticked, the last alone
SELECT is(t.told, e.told, e.rule || ' tells') FROM (VALUES
	('E1', 'mail director, mail finance, sms 13800000001'), ('E2', 'mail rep'), ('E3', 'mail rep x 6'), ('E4', 'mail service'), ('E5', 'mail sales'),
	('E6', 'mail logistics'), ('E7', 'mail vice'), ('E8', 'mail sales'), ('E9', 'mail manager x 8'), ('E10', 'mail purchasing'),
	('E11', 'mail purchasing x 2, mail rep x 2, mail store x 2'), ('E12', NULL), ('C1', 'mail rep'), ('C3', 'mail rep'), ('C4', 'mail rep x 7'), ('C5', 'mail service'),
	('C5 more than', 'mail service'), ('C5 or more', 'mail service'), ('C6', 'mail purchasing x 2, mail rep x 2, mail store x 2'), ('C7', 'mail logistics x 2'), ('C8', 'mail vice'),
	('C9', 'mail manager x 8'), ('C10', 'mail rep x 2'), ('C11', 'mail commerce'), ('C12', NULL), ('C13', 'mail rep x 2')) AS e(rule, told) LEFT JOIN app.told AS t USING (rule);
SELECT results_eq('SELECT rule, title, staff, key, due_at::timestamp, state FROM pulse.tasks ORDER BY rule COLLATE "C", key', $$VALUES ('C10', '回访', '1', '1', timestamp '2026-03-28', 'open'), ('C10', '回访', '1', '2', '2026-03-28', 'open'),
	('C3', '拜访', '1', '1', NULL, 'open'), ('E1', 'Check', '7', '1', NULL, 'open'), ('E2', 'Visit', '1', '1', NULL, 'open'),
	('E3', 'Contract renewed', '1', '1', NULL, 'open'), ('E3', 'Contract renewed', '1', '3', NULL, 'closed')$$, 'tasks: one per customer, one until two working days have passed, one closed by the renewal');
SELECT results_eq('SELECT id, state FROM app.request ORDER BY id', $$VALUES (1, 'held'), (2, 'new')$$, 'E12 and C11: held is the one below the price');
SELECT results_eq('SELECT id, owner_id FROM app.lead ORDER BY id', $$VALUES (1, NULL), (2, 1)$$, 'C12: taken back is the one without contact');
SELECT is_empty($$SELECT name, state, reason FROM pulse.rules WHERE state <> 'ok'$$, 'and no rule broke');
SELECT * FROM finish();
\c :home
DROP DATABASE pulse_sentences;
