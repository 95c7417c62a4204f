-- limits by component, and the gate on orders in tables of the application's own
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_orders;
SELECT receivables.install(schema => 'tap_orders') \g /dev/null
SET LOCAL search_path = tap_orders, public, pulse, pg_catalog;
SELECT plan(49);
SELECT set_clock('2026-06-15 09:00+00') \g /dev/null

INSERT INTO debtor (customer_id, name, credit_group) VALUES (1, 'Hua', NULL), (2, 'Lan', 'tea'), (3, 'Mei', 'tea'), (4, 'Yun', NULL);
INSERT INTO contract (contract_id, number, customer_id, currency, signed_on) SELECT i, 'K' || i, i, 'CNY', '2026-01-01' FROM generate_series(1, 4) AS i;
INSERT INTO contract_line (contract_line_id, contract_id, product) SELECT i, i, 'P' FROM generate_series(1, 4) AS i;
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) SELECT i, '2026-01-01', 1000, 100 FROM generate_series(1, 4) AS i;
INSERT INTO fx_rate VALUES ('USD', 'CNY', '2026-01-01', 7);

-- something in each component: 100 not due, 400 past due by 31 days, 50 by 5, 30 in dispute, 60 paid in advance, 200 released, 300 shipped
INSERT INTO payment_term VALUES ('60 days', 1, 1, 60, false);
SELECT receivables.issue_invoice(1, 'CNY 100.00', '2026-06-01', '60 days'), receivables.issue_invoice(1, 'CNY 400.00', '2026-05-15'),
	receivables.issue_invoice(1, 'CNY 50.00', '2026-06-10'), receivables.issue_invoice(1, 'CNY 30.00', '2026-05-01', number => 'disputed') \g /dev/null
INSERT INTO pause (instalment_id, kind, since) SELECT instalment_id, 'dispute', '2026-06-01' FROM instalment JOIN invoice USING (invoice_id) WHERE number = 'disputed';
INSERT INTO payment (customer_id, received_on, amount) VALUES (1, '2026-06-01', 'CNY 60.00');
INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) VALUES (1, 1, '2026-06-15', 'CNY'), (2, 1, '2026-06-15', 'CNY'), (3, 1, '2026-06-15', 'CNY'), (4, 1, '2026-06-15', 'CNY');
INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (1, 'P', 2, 100), (2, 'P', 3, 100), (3, 'P', 7, 90), (4, 'P', 5, 100);
UPDATE shipment SET state = 'requested' WHERE shipment_id <= 3;
UPDATE shipment SET state = 'shipped' WHERE shipment_id = 2;
SELECT results_eq($$SELECT currency, not_due, overdue, paused, credit, shipped, released, ordered, held, total FROM credit_exposure WHERE customer_id = 1$$,
	$$VALUES ('CNY', 100.00, 450.00, 30.00, -60.00, 300.00, 200.00, 0::numeric, 630.00, 1020.00)$$, 'exposure by component');
SELECT is((SELECT sum(amount) FROM exposure_item WHERE customer_id = 1 AND component IN ('not_due', 'overdue', 'paused', 'credit')),
	(SELECT sum(total) FROM receivables.aging_report() WHERE keys ->> 'customer' = '1'), 'what is owed is what the report says');

-- each limit that is passed is its own conflict with its own figure
INSERT INTO credit_limit (customer_id, name, components, overdue_days, allowed) VALUES
	(1, 'late', '{overdue}', 30, 'CNY 399.99'), (1, 'goods', '{shipped,released,requested}', 0, 'CNY 999.99'), (1, 'money', '{not_due,overdue,paused,credit}', 0, 'CNY 520.00'), (1, 'all with held', '{not_due,overdue,paused,credit,shipped,released,ordered,held,requested}', 0, 'CNY 2000.00');
UPDATE debtor SET credit_limit = 'CNY 1519.99' WHERE customer_id = 1;
SELECT results_eq($$SELECT kind, asked, allowed, reason FROM receivables.check_shipment(4)$$, $$VALUES
	('credit_limit', '1520.00: not_due 100.00, overdue 450.00, paused 30.00, credit -60.00, shipped 300.00, released 200.00, ordered 0, requested 500.00', 'CNY 1519.99', 'over the credit limit'),
	('credit_limit:all with held', '2150.00: not_due 100.00, overdue 450.00, paused 30.00, credit -60.00, shipped 300.00, released 200.00, ordered 0, held 630.00, requested 500.00', 'CNY 2000.00', 'over the limit "all with held" of the customer'),
	('credit_limit:goods', '1000.00: shipped 300.00, released 200.00, requested 500.00', 'CNY 999.99', 'over the limit "goods" of the customer'),
	('credit_limit:late', '400.00: overdue 400.00', 'CNY 399.99', 'over the limit "late" of the customer')$$, 'each with its figure; at the limit it passes');
SELECT results_eq($$SELECT component, exposure, allowed, available, is_over FROM receivables.credit_status(1) WHERE name IN ('late', 'money')$$, $$VALUES
	('overdue', 400.00, NULL::numeric, NULL::numeric, NULL::boolean), ('total', 400.00, 399.99, -0.01, true),
	('not_due', 100.00, NULL, NULL, NULL), ('overdue', 450.00, NULL, NULL, NULL), ('paused', 30.00, NULL, NULL, NULL), ('credit', -60.00, NULL, NULL, NULL), ('total', 520.00, 520.00, 0.00, false)$$,
	'asked for: components, total, and what is available');
INSERT INTO gate VALUES ('credit_limit', 'ignore'), ('credit_limit:late', 'reject');
SELECT results_eq($$SELECT kind, action FROM receivables.check_shipment(4)$$, $$VALUES ('credit_limit', 'ignore'), ('credit_limit:all with held', 'ignore'), ('credit_limit:goods', 'ignore'), ('credit_limit:late', 'reject')$$,
	'what is done goes by the limit, else by the kind');
SELECT throws_ok($$UPDATE shipment SET state = 'requested' WHERE shipment_id = 4$$, 'SP802', 'shipment 4 is rejected', 'one limit rejects');
DELETE FROM gate;
SELECT is(receivables.override_shipment(4, '{credit_limit:late,credit_limit:goods}', 'agreed', '2026-06-16'), 'held', 'limits are answered for one by one');
SELECT is((SELECT kinds FROM held_shipment WHERE shipment_id = 4), 'credit_limit, credit_limit:all with held', 'the others remain');
SELECT is(receivables.override_shipment(4, '{credit_limit}', 'agreed', '2026-06-16'), 'released', 'or all at once');
INSERT INTO credit_limit (customer_id, name, components, since, allowed) VALUES (1, 'late', '{overdue}', '2026-06-15', NULL), (1, 'goods', '{shipped,released,requested}', '2026-06-16', 'CNY 1.00');
SELECT is_empty($$SELECT FROM receivables.credit_status(1) WHERE name = 'late'$$, 'a limit ends by a later row without one');
SELECT is((SELECT allowed FROM receivables.credit_status(1) WHERE name = 'goods' AND component = 'total'), 999.99, 'one of tomorrow is not in force yet');

-- of a group, of a contract, of one currency
INSERT INTO credit_limit (credit_group, name, allowed) VALUES ('tea', 'tea', 'CNY 1000.00');
INSERT INTO credit_limit (customer_id, name, components, own_currency, allowed) VALUES (2, 'dollars', '{not_due,overdue}', true, 'USD 10.00');
INSERT INTO credit_limit (contract_id, name, components, allowed) VALUES (3, 'contract', '{not_due,overdue,released,requested}', 'CNY 150.00');
SELECT receivables.issue_invoice(2, 'USD 100.00', '2026-06-15'), receivables.issue_invoice(3, 'CNY 100.00', '2026-06-15'), receivables.issue_invoice(3, 'CNY 51.00', '2026-06-15', contract_id => 3) \g /dev/null
SELECT results_eq($$SELECT name, scope, currency, exposure FROM receivables.credit_status(3, 3) WHERE component = 'total' ORDER BY 1$$,
	$$VALUES ('contract', 'contract', 'CNY', 51.00), ('tea', 'group', 'CNY', 851.00)$$, 'a group counts together, converted; a contract by itself');
SELECT results_eq($$SELECT name, exposure FROM receivables.credit_status(2) WHERE component = 'total' ORDER BY 1$$, $$VALUES ('dollars', 100.00), ('tea', 851.00)$$, 'a limit in its own currency');
DELETE FROM fx_rate;
SELECT results_eq($$SELECT component, exposure FROM receivables.credit_status(2) WHERE name = 'tea' AND component IN ('not_due', 'total') ORDER BY 1$$, $$VALUES ('not_due', NULL::numeric), ('total', NULL)$$, 'without a rate there is no figure');
INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) VALUES (5, 2, '2026-06-15', 'CNY'), (6, 3, '2026-06-15', 'CNY');
INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (5, 'P', 1, 100), (6, 'P', 1, 100);
SELECT is((SELECT reason FROM receivables.check_shipment(5) WHERE kind = 'credit_limit:tea'), 'a rate into the currency of the credit limit is missing', 'and a conflict');
INSERT INTO fx_rate VALUES ('USD', 'CNY', '2026-01-01', 7);
SELECT results_eq($$SELECT kind, asked FROM receivables.check_shipment(6)$$, $$VALUES ('credit_limit:contract', '151.00: not_due 51.00, overdue 0, released 0, requested 100.00')$$, 'the contract''s limit is passed, the group''s not');
SELECT throws_ok($$INSERT INTO credit_limit (customer_id, contract_id, name, allowed) VALUES (1, 1, 'x', 'CNY 1.00')$$, '23514', NULL, 'a limit is of one thing');
SELECT throws_ok($$INSERT INTO credit_limit (customer_id, name, components, allowed) VALUES (1, 'x', '{invoices}', 'CNY 1.00')$$, '23514', NULL, 'of components there are');
SELECT throws_ok($$INSERT INTO credit_limit (customer_id, name, allowed) VALUES (1, 'money', 'CNY 1.00')$$, '23505', NULL, 'once a day');
SELECT throws_ok($$INSERT INTO gate VALUES ('credit:late', 'hold')$$, '23514', NULL, 'what is done with an unknown kind');

-- ---- orders of an application ----
CREATE TABLE "the orders" (id int PRIMARY KEY, buyer int, "status" text DEFAULT 'draft', total numeric, cash text DEFAULT 'CNY', why text);
CREATE FUNCTION tap_orders.twice() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.total := new.total * 2; RETURN new; END';
CREATE TRIGGER own_trigger BEFORE INSERT ON "the orders" FOR EACH ROW EXECUTE FUNCTION tap_orders.twice();
SELECT throws_ok($$SELECT receivables.create_order_gate('"the orders"', key => 'id', customer => 'buyer')$$, '22004', NULL, 'no amount');
SELECT throws_ok($$SELECT receivables.create_order_gate('"the orders"', key => 'id', customer => 'nobody', amount => 'total')$$, '42703', NULL, 'no such column');
SELECT throws_ok($$SELECT receivables.create_order_gate('"the orders"', key => 'id', customer => 'buyer', amount => 'total', held => '{"state": "held"}')$$, '42703', NULL, 'nor to be set');
SELECT is_empty('SELECT * FROM receivables.order_gates()', 'and nothing is left of them');
SELECT lives_ok($$SELECT receivables.create_order_gate('"the orders"', key => 'id', customer => 'buyer', amount => 'total', currency => 'cash', condition => '"the orders".status = ''confirmed''',
	cancelled => 'status = ''cancelled''', held => '{"status": "on hold"}', reasons => 'why')$$, 'a gate by a mapping');
SELECT results_eq('SELECT relation, schema FROM receivables.order_gates()', $$VALUES ('"the orders"'::regclass, 'tap_orders')$$, 'is listed');
UPDATE debtor SET credit_limit = 'CNY 1000.00' WHERE customer_id = 4;
INSERT INTO "the orders" (id, buyer, total) VALUES (1, 4, 300), (2, 4, 200), (3, 4, 1), (4, 99, 1), (5, 4, 2000);
SELECT is((SELECT count(*) FROM order_request), 0::bigint, 'a draft asks nothing');
UPDATE "the orders" SET status = 'confirmed' WHERE id < 5;
SELECT results_eq('SELECT id, status, why FROM "the orders" ORDER BY 1', $$VALUES (1, 'confirmed', NULL), (2, 'confirmed', NULL),
	(3, 'on hold', 'credit_limit: over the credit limit (asked 1002: not_due 0, overdue 0, paused 0, credit 0, shipped 0, released 0, ordered 1000, requested 2, allowed CNY 1000.00; debtor:4).'),
	(4, 'on hold', 'credit_limit: there is no such debtor (asked 99, allowed nothing).'), (5, 'draft', NULL)$$, 'orders of one statement count towards each other, at the limit they pass');
SELECT results_eq('SELECT key, customer_id, at_risk, kinds FROM held_order ORDER BY 1', $$VALUES ('3', 4::bigint, 2::numeric, 'credit_limit'), ('4', 99, 2, 'credit_limit')$$, 'what is held, and worth');
SELECT is((SELECT count(*) FROM gate_attempt WHERE relation = '"the orders"'::regclass AND outcome = 'held'), 2::bigint, 'recorded');
UPDATE "the orders" SET total = 550 WHERE id = 2;
SELECT results_eq('SELECT status, total FROM "the orders" WHERE id = 2', $$VALUES ('on hold', 550::numeric)$$, 'a released order that asks for more is judged again');
UPDATE "the orders" SET total = 399, status = 'confirmed' WHERE id = 2;
UPDATE "the orders" SET status = 'confirmed' WHERE id = 3;
SELECT results_eq('SELECT id, status, why FROM "the orders" WHERE id IN (2, 3) ORDER BY 1', $$VALUES (2, 'confirmed', NULL::text), (3, 'on hold', (SELECT why FROM "the orders" WHERE id = 3))$$, 'for less it passes');
UPDATE "the orders" SET status = 'cancelled' WHERE id = 2;
UPDATE "the orders" SET status = 'confirmed' WHERE id = 3;
SELECT is((SELECT status FROM "the orders" WHERE id = 3), 'confirmed', 'a cancelled order makes room');
SELECT throws_ok($$INSERT INTO "the orders" (id, buyer, total, status) VALUES (1, 4, 1, 'confirmed')$$, '23505', NULL, 'a key that is taken is the application''s error');
INSERT INTO "the orders" (id, buyer, total, status) VALUES (1, 4, 1, 'confirmed') ON CONFLICT (id) DO UPDATE SET total = 10000;
SELECT is((SELECT status FROM "the orders" WHERE id = 1), 'on hold', 'an upsert is judged as the update that it is');
SELECT receivables.override_order('"the orders"', '1', '{credit_limit}', 'the boss said so', '2026-06-16') \g /dev/null
UPDATE "the orders" SET status = 'confirmed' WHERE id = 1;
SELECT results_eq($$SELECT outcome, author FROM gate_attempt WHERE key = '1' ORDER BY attempt_id DESC LIMIT 1$$, $$VALUES ('overridden', session_user::text COLLATE "default")$$, 'an override, with who it was');
SELECT throws_ok($$SELECT receivables.override_order('"the orders"', '1', '{credit_limit}', '', '2026-06-16')$$, '22023', NULL, 'none without a reason');
UPDATE "the orders" SET status = 'done' WHERE id = 1;
SELECT is((SELECT state FROM order_request WHERE key = '1'), 'fulfilled', 'what no longer asks is fulfilled');
SELECT is((SELECT exposure FROM receivables.credit_status(4) WHERE component = 'ordered'), 2::numeric, 'and is no exposure');
INSERT INTO gate VALUES ('credit_limit', 'reject');
SELECT throws_ok($$UPDATE "the orders" SET status = 'confirmed' WHERE id = 5$$, 'SP802', 'order 5 of "the orders" is rejected', 'reject: an error');
SELECT is((SELECT status FROM "the orders" WHERE id = 5), 'draft', 'and all as before');
DELETE FROM "the orders" WHERE id = 3;
SELECT is((SELECT state FROM order_request WHERE key = '3'), 'cancelled', 'a deleted order is cancelled');

-- with a contract, and lines in a table of their own
DELETE FROM gate;
CREATE TABLE deal (code text PRIMARY KEY, contract int, customer int, confirmed boolean DEFAULT false, gone boolean DEFAULT false, is_held boolean DEFAULT false, "to" text);
CREATE TABLE deal_line (deal text REFERENCES deal ON DELETE CASCADE, sku text, pieces int, each_price numeric);
INSERT INTO contract_clause (contract_id, kind, regions) VALUES (4, 'territory', '{north}');
UPDATE debtor SET credit_limit = NULL WHERE customer_id = 4;
SELECT receivables.create_order_gate('deal', key => 'code', customer => 'customer', contract => 'contract', ship_to => '"to"', currency => '''CNY''', condition => 'confirmed AND NOT gone',
	cancelled => 'gone', held => '{"confirmed": false, "is_held": true}', lines => 'deal_line', line_key => 'deal', product => 'sku', quantity => 'pieces', price => 'each_price') \g /dev/null
INSERT INTO deal (code, contract, customer, "to") VALUES ('a', 4, 4, 'north'), ('b', 4, 4, 'south'), ('c', 4, 4, 'north'), ('d', 4, 1, 'north'), ('e', 77, 4, 'north');
INSERT INTO deal_line VALUES ('a', 'P', 900, 100), ('b', 'P', 900, 99), ('b', 'Q', 1, 1), ('c', 'P', 100, 100), ('d', 'P', 1, 100);
UPDATE deal SET confirmed = true;
SELECT results_eq('SELECT key, state, (SELECT string_agg(DISTINCT c ->> $$kind$$, $$ $$) FROM jsonb_array_elements(conflicts) AS c) FROM order_request WHERE relation = $$deal$$::regclass ORDER BY 1',
	$$VALUES ('a', 'released', NULL), ('b', 'held', 'price product quantity territory'), ('c', 'released', NULL), ('d', 'held', 'credit_limit credit_limit:all with held credit_limit:goods quantity validity'), ('e', 'held', 'product validity')$$, 'all that speaks against each, by lines and clauses');
SELECT is((SELECT committed FROM contract_line WHERE contract_id = 4), 1000::numeric, 'what is released is taken from the contract');
SELECT is((SELECT amount FROM order_request WHERE key = 'a'), 90000::numeric, 'its value is the sum of the lines');
UPDATE deal_line SET pieces = 101 WHERE deal = 'c';
SELECT results_eq($$SELECT confirmed, is_held FROM deal WHERE code = 'c'$$, 'VALUES (false, true)', 'a line that grows: the order is judged again');
SELECT is((SELECT committed FROM contract_line WHERE contract_id = 4), 900::numeric, 'and what is held gives its goods back');
UPDATE deal SET gone = true WHERE code = 'a';
SELECT is((SELECT committed FROM contract_line WHERE contract_id = 4), 0::numeric, 'so does what is cancelled');

SELECT receivables.uninstall() \g /dev/null
SELECT is_empty($$SELECT FROM pg_trigger WHERE tgrelid IN ('deal'::regclass, 'deal_line'::regclass, '"the orders"'::regclass) AND tgname LIKE '%receivables%'$$, 'uninstall takes the gates off');
SELECT * FROM finish();
ROLLBACK;
