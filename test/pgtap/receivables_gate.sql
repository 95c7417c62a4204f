-- the gate: 500 requests, 17 of them in conflict, worth 3,280,000: exactly those
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_gate;
SELECT receivables.install(schema => 'tap_gate') \g /dev/null
SET LOCAL search_path = tap_gate, public, pulse, pg_catalog;
SELECT plan(42);
SELECT set_clock('2026-06-15 09:00+00') \g /dev/null

-- 50 customers with a contract of two products each; those from 41 on have stricter ones
INSERT INTO debtor (customer_id, name, region) SELECT i, 'Customer ' || i, 'north' FROM generate_series(1, 50) AS i;
INSERT INTO contract (contract_id, number, customer_id, currency, signed_on) SELECT i, 'K' || i, i, 'CNY', '2026-01-01' FROM generate_series(1, 50) AS i;
INSERT INTO contract_line (contract_line_id, contract_id, product) SELECT 2 * i + n, i, 'P' || n FROM generate_series(1, 50) AS i, generate_series(0, 1) AS n;
INSERT INTO contract_line_version (contract_line_id, since, quantity, price, floor_price, tax_rate, shelf_days)
	SELECT contract_line_id, '2026-01-01', 100000, CASE product WHEN 'P0' THEN 200 END, CASE product WHEN 'P1' THEN 90 END, 13, CASE product WHEN 'P1' THEN 180 END FROM contract_line;
INSERT INTO contract_clause (contract_id, kind, first_day, last_day) SELECT i, 'validity', '2026-01-01', '2026-12-31' FROM generate_series(1, 50) AS i;
INSERT INTO contract_clause (contract_id, kind, regions) SELECT i, 'territory', '{north,east.shanghai}' FROM generate_series(1, 50) AS i;
INSERT INTO contract_clause (contract_id, kind, above) SELECT i, 'approval', 'CNY 250000.00' FROM generate_series(1, 50) AS i;
INSERT INTO contract_clause (contract_id, kind, share) VALUES (41, 'prepayment', 30), (42, 'prepayment', 30);
UPDATE debtor SET credit_limit = 'CNY 150000.00' WHERE customer_id = 43;
UPDATE debtor SET overdue_limit = 'CNY 1000.00', overdue_days = 30 WHERE customer_id IN (44, 45);
SELECT receivables.issue_invoice(44, 'CNY 1000.01', '2026-05-15'), receivables.issue_invoice(45, 'CNY 1000.01', '2026-05-16') \g /dev/null
INSERT INTO payment (customer_id, contract_id, received_on, amount) VALUES (42, 42, '2026-06-14', 'CNY 60000.00');

-- 483 that are fine, also at the edges of what is allowed
INSERT INTO shipment (shipment_id, contract_id, ship_on, ship_to, currency)
	SELECT i, 1 + i % 40, CASE WHEN i % 7 = 0 THEN date '2026-12-31' ELSE '2026-06-15' END,
		   (ARRAY['north', 'north.beijing', 'east.shanghai', 'east.shanghai.pudong'])[1 + i % 4], 'CNY' FROM generate_series(1, 481) AS i;
INSERT INTO shipment_line (shipment_id, product, quantity, price, tax_rate, expires_on)
	SELECT i, 'P' || i % 2, 10 + i % 50, CASE i % 2 WHEN 0 THEN 200 ELSE 90 + i % 3 END, 13, CASE i % 2 WHEN 1 THEN s.ship_on + 180 END
	FROM generate_series(1, 481) AS i JOIN shipment AS s ON s.shipment_id = i;
INSERT INTO shipment (shipment_id, contract_id, ship_on, ship_to, currency) VALUES (482, 42, '2026-06-15', 'north', 'CNY'), (483, 45, '2026-06-15', 'north', 'CNY');
INSERT INTO shipment_line (shipment_id, product, quantity, price, tax_rate) VALUES (482, 'P0', 1000, 200, 13), (483, 'P0', 1000, 200, 13);

-- 17 that are not: 16 of 200,000, one of 80,000
INSERT INTO shipment (shipment_id, contract_id, ship_on, ship_to, currency)
	SELECT i, 46 + i % 5, '2026-06-15', 'north', 'CNY' FROM generate_series(484, 500) AS i;
INSERT INTO shipment_line (shipment_id, product, quantity, price, tax_rate, expires_on)
	SELECT i, 'P0', CASE i WHEN 500 THEN 400 ELSE 1000 END, 200, 13, '2027-06-15' FROM generate_series(484, 500) AS i;
UPDATE shipment_line SET quantity = 1600, price = 125 WHERE shipment_id = 484;						-- price
UPDATE shipment_line SET product = 'P1', quantity = 2500, price = 80 WHERE shipment_id = 485;		-- floor
UPDATE contract_line SET committed = 99001 WHERE contract_id = 46 AND product = 'P0';
UPDATE shipment SET contract_id = 46 WHERE shipment_id = 486;										-- quantity: one too many
UPDATE shipment SET ship_on = '2027-01-01' WHERE shipment_id = 487;									-- validity
UPDATE shipment SET ship_on = '2025-12-31' WHERE shipment_id = 488;									-- validity: and nothing agreed yet
UPDATE shipment_line SET product = 'P9' WHERE shipment_id = 489;									-- product
UPDATE shipment SET ship_to = 'east.hangzhou' WHERE shipment_id = 490;								-- territory
UPDATE shipment SET ship_to = 'northern' WHERE shipment_id = 491;									-- territory: a name that only begins alike
UPDATE shipment SET contract_id = 41 WHERE shipment_id = 492;										-- prepayment
UPDATE shipment SET contract_id = 43 WHERE shipment_id = 493;										-- credit limit
UPDATE shipment SET contract_id = 44 WHERE shipment_id = 494;										-- overdue: 31 days
INSERT INTO contract_clause (contract_id, kind, since, above) VALUES (47, 'approval', '2026-06-01', 'CNY 199999.99');
UPDATE shipment SET contract_id = 47 WHERE shipment_id = 495;										-- approval, by the later version
UPDATE shipment SET currency = 'USD' WHERE shipment_id = 496;										-- currency; its value cannot be held against the approval clause
UPDATE shipment_line SET tax_rate = 6 WHERE shipment_id = 497;										-- tax
UPDATE shipment_line SET product = 'P1', expires_on = '2026-12-11' WHERE shipment_id = 498;			-- shelf life: 179 days
UPDATE shipment_line SET product = 'P1', expires_on = NULL WHERE shipment_id = 499;					-- shelf life: not said
UPDATE shipment SET ship_to = NULL WHERE shipment_id = 500;											-- territory, and more
UPDATE shipment_line SET tax_rate = NULL, price = 160, quantity = 500 WHERE shipment_id = 500;
UPDATE shipment SET contract_id = 48 WHERE shipment_id NOT IN (486, 492, 493, 494, 495) AND shipment_id >= 484;

SELECT is((SELECT string_agg(kind, ' ' ORDER BY kind) FROM receivables.check_shipment(500)), 'price tax territory', 'asked without asking for it');
UPDATE shipment SET state = 'requested';
SELECT set_eq($$SELECT shipment_id FROM shipment WHERE state = 'held'$$, 'SELECT generate_series(484, 500)::bigint', 'exactly the 17 are held');
SELECT is((SELECT count(*) FROM shipment WHERE state = 'released'), 483::bigint, 'no other is');
SELECT results_eq($$SELECT count(*), sum(at_risk) FROM held_shipment$$,
	'VALUES (17::bigint, 3280000.00)', '17 held, 3.28 million at risk');
SELECT set_eq('SELECT shipment_id, kinds FROM held_shipment', $$VALUES
	(484::bigint, 'price'), (485, 'price'), (486, 'quantity'), (487, 'validity'), (488, 'product, validity'), (489, 'product'),
	(490, 'territory'), (491, 'territory'), (492, 'prepayment'), (493, 'credit_limit'), (494, 'overdue'), (495, 'approval'),
	(496, 'approval, currency'), (497, 'tax'), (498, 'shelf_life'), (499, 'shelf_life'), (500, 'price, tax, territory')$$, 'each for its reasons, all at once');
SELECT is((SELECT count(*) FROM gate_attempt WHERE outcome = 'held'), 17::bigint, 'and recorded');
SELECT is((SELECT conflicts #>> '{0,allowed}' FROM shipment WHERE shipment_id = 486), '999', 'what was left of the contract');
SELECT is((SELECT conflicts #>> '{0,asked}' FROM shipment WHERE shipment_id = 493), '200000.00: not_due 0, overdue 0, paused 0, credit 0, shipped 0, released 0, ordered 0, requested 200000.00', 'credit by component');
SELECT results_eq($$SELECT contract_line_id, committed FROM contract_line WHERE committed NOT IN (0, 99001) ORDER BY 1$$,
	$$SELECT c.contract_line_id, sum(l.quantity) FROM shipment AS s JOIN shipment_line AS l USING (shipment_id) JOIN contract_line AS c USING (contract_id, product)
	  WHERE s.state = 'released' GROUP BY 1 ORDER BY 1$$, 'what is released is taken from the contract');

-- corrected, overridden, rejected
UPDATE shipment_line SET price = 200, quantity = 1000 WHERE shipment_id = 484;
UPDATE shipment SET state = 'requested' WHERE shipment_id = 484;
SELECT results_eq('SELECT state, conflicts, at_risk FROM shipment WHERE shipment_id = 484', $$VALUES ('released', NULL::jsonb, NULL::amount)$$, 'corrected: released');
SELECT is(receivables.override_shipment(500, '{price,tax}', 'agreed by phone', '2026-06-16'), 'held', 'an override answers for what it names');
SELECT is((SELECT kinds FROM held_shipment WHERE shipment_id = 500), 'territory', 'the rest remains');
SELECT set_clock('2026-06-16 09:00+00') \g /dev/null
SELECT is(receivables.override_shipment(500, '{territory}', 'one time only', '2026-06-17'), 'held', 'and ends at its end');
SELECT is(receivables.override_shipment(500, '{price,tax}', 'agreed again', '2026-06-17'), 'released', 'all answered for: released');
SELECT is((SELECT count(*) FROM gate_attempt WHERE shipment_id = 500 AND outcome = 'overridden'), 1::bigint, 'which is recorded');
SELECT throws_ok($$SELECT receivables.override_shipment(490, '{territory}', ' ', '2026-06-17')$$, '22023', NULL, 'no override without a reason');
SELECT throws_ok($$SELECT receivables.override_shipment(490, '{territory}', 'x', '2026-06-01')$$, '22023', NULL, 'nor without an end to come');
SELECT is((SELECT count(*) FROM gate_override), 3::bigint, 'and nothing is left of them');
INSERT INTO gate VALUES ('territory', 'reject'), ('tax', 'ignore');
SELECT throws_ok($$UPDATE shipment SET state = 'requested' WHERE shipment_id = 490$$, 'SP802', 'shipment 490 is rejected', 'reject: an error');
SELECT is((SELECT state FROM shipment WHERE shipment_id = 490), 'held', 'and all as before');
UPDATE shipment SET state = 'requested' WHERE shipment_id = 497;
SELECT is((SELECT state FROM shipment WHERE shipment_id = 497), 'released', 'ignore: not asked');

-- states
SELECT throws_ok($$UPDATE shipment SET state = 'released' WHERE shipment_id = 491$$, '55000', NULL, 'nobody passes the gate by hand');
SELECT throws_ok($$INSERT INTO shipment (contract_id, ship_on, currency, state) VALUES (1, '2026-06-15', 'CNY', 'released')$$, '55000', NULL, 'nor from the start');
SELECT throws_ok($$UPDATE shipment_line SET quantity = 1 WHERE shipment_id = 1$$, '55000', NULL, 'what is released stays as it is');
SELECT throws_ok($$UPDATE shipment SET ship_to = 'west' WHERE shipment_id = 1$$, '55000', NULL, 'also where it goes');
SELECT throws_ok($$DELETE FROM shipment WHERE shipment_id = 1$$, '55000', NULL, 'and that it was');
SELECT is((SELECT committed FROM contract_line WHERE contract_id = 42 AND product = 'P0'), 1000::numeric, 'taken');
UPDATE shipment SET state = 'cancelled' WHERE shipment_id = 482;
SELECT is((SELECT committed FROM contract_line WHERE contract_id = 42 AND product = 'P0'), 0::numeric, 'and given back when cancelled');

-- invoicing is never stopped; goods do not count twice
UPDATE debtor SET credit_limit = 'CNY 200000.00' WHERE customer_id = 43;
DELETE FROM gate;
UPDATE shipment SET state = 'requested' WHERE shipment_id = 493;
SELECT is((SELECT state FROM shipment WHERE shipment_id = 493), 'released', 'exposure equal to the limit passes');
SELECT is(receivables.flow_state(43), 'shipping', 'flow: something left to ship');
UPDATE debtor SET credit_limit = 'CNY 1.00' WHERE customer_id = 43;
SELECT lives_ok($$SELECT receivables.invoice_shipment(493)$$, 'goods released are invoiced, whatever the limit');
SELECT throws_ok($$SELECT receivables.invoice_shipment(493)$$, '55000', NULL, 'once');
UPDATE debtor SET credit_limit = 'CNY 200000.00' WHERE customer_id = 43;
INSERT INTO shipment (shipment_id, contract_id, ship_on, ship_to, currency) VALUES (501, 43, '2026-06-16', 'north', 'CNY');
INSERT INTO shipment_line (shipment_id, product, quantity, price, tax_rate) VALUES (501, 'P0', 1, 200, 13);
SELECT is((SELECT asked FROM receivables.check_shipment(501)), '200200.00: not_due 200000.00, overdue 0, paused 0, credit 0, shipped 0, released 0, ordered 0, requested 200.00', 'the invoice stands in for the goods');

-- the flow, derived
SELECT is(receivables.flow_state(49), 'signed', 'flow: signed');
UPDATE contract SET signed_on = NULL WHERE contract_id = 49;
SELECT is(receivables.flow_state(49), 'draft', 'flow: draft');
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) SELECT contract_line_id, '2026-06-15', committed, 200 FROM contract_line WHERE contract_id = 43;
SELECT is(receivables.flow_state(43), 'shipping', 'flow: released is not shipped');
UPDATE shipment SET state = 'shipped' WHERE shipment_id = 493;
SELECT is(receivables.flow_state(43), 'invoiced', 'flow: invoiced');
INSERT INTO payment (customer_id, contract_id, received_on, amount) VALUES (43, 43, '2026-06-16', 'CNY 200000.00');
SELECT receivables.apply_payment(max(payment_id)) FROM payment \g /dev/null
SELECT is(receivables.flow_state(43), 'settled', 'flow: settled');
SELECT receivables.issue_invoice(43, 'CNY 5.00', contract_id => 43) \g /dev/null
SELECT is(receivables.flow_state(43), 'pre_billed', 'flow: more invoiced than released');
SELECT is((SELECT string_agg(DISTINCT receivables.flow_state(contract_id), ' ') FROM contract WHERE contract_id = 50), 'signed', 'flow: nothing yet');
SELECT is(receivables.flow_state(999), NULL, 'no such contract');
SELECT is((SELECT count(*) FROM contract_flow WHERE state IS NULL), 0::bigint, 'each contract has a state');

SELECT * FROM finish();
ROLLBACK;
