-- what a ledger expert tries first
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_trial;
SELECT receivables.install(schema => 'tap_trial') \g /dev/null
SET LOCAL search_path = tap_trial, public, pulse, pg_catalog;
SELECT plan(31);
SELECT set_clock('2026-04-01 09:00+00') \g /dev/null
INSERT INTO debtor (customer_id, name) SELECT n, 'C' || n FROM generate_series(1, 9) AS n;
CREATE FUNCTION tap_trial.aged(customer bigint, day date, pauses boolean DEFAULT false, known timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', r.currency, r.not_due, r.buckets::text, r.credits), '; ' ORDER BY r.currency) FROM receivables.aging_report(day, pauses => pauses, known_at => known) AS r
	WHERE r.keys ->> 'customer' = customer::text$$;

-- a credit note of a third over three instalments of 33.33, 33.33, 33.34
INSERT INTO payment_term (term, part, share, days) VALUES ('three', 1, 1, 0), ('three', 2, 1, 30), ('three', 3, 1, 60);
SELECT receivables.issue_invoice(1, 'CNY 100.00', '2026-01-01', 'three', 'A1') AS invoice \gset
INSERT INTO payment (payment_id, customer_id, kind, received_on, amount) VALUES (1, 1, 'credit_note', '2026-02-15', 'CNY 33.34');
SELECT receivables.apply_payment(1, 'prorata', applied_on => '2026-02-15') \g /dev/null
SELECT is((SELECT string_agg(applied::text, ' ' ORDER BY part) FROM instalment WHERE invoice_id = :invoice), 'CNY 11.12 CNY 11.11 CNY 11.11', 'a credit note in proportion, to the cent');
SELECT is(aged(1, '2026-02-14'), 'CNY 33.33 {33.33,33.34,0.00,0.00} 0.00', 'the day before');
SELECT is(aged(1, '2026-02-15'), 'CNY 22.22 {22.22,22.22,0.00,0.00} 0.00', 'and on its day');
INSERT INTO payment (payment_id, customer_id, kind, received_on, amount) VALUES (2, 1, 'credit_note', '2026-02-20', 'CNY 70.00');
SELECT is(receivables.apply_payment(2, applied_on => '2026-02-20')::text, 'CNY 3.34', 'a credit note for more than is open leaves a credit');
SELECT is(aged(1, '2026-02-20'), 'CNY 0.00 {0.00,0.00,0.00,0.00} -3.34', 'which is shown apart');
SELECT is(receivables.refund_payment(2, refunded_on => '2026-03-01')::text, 'CNY 0.00', 'until it is given back');
SELECT is(aged(1, '2026-03-01'), NULL, 'nothing is open then');

-- a payment of an earlier day that is written after the snapshot of that day
SELECT receivables.issue_invoice(2, 'CNY 50.00', '2026-03-01') \g /dev/null
SELECT set_clock('2026-04-02 00:00:01+00') \g /dev/null
SELECT receivables.take_snapshot('2026-04-01') \g /dev/null
SELECT set_clock('2026-04-05 09:00+00') \g /dev/null
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (3, 2, '2026-03-31', 'CNY 50.00');
SELECT receivables.apply_payment(3, applied_on => '2026-03-31') \g /dev/null
SELECT is(aged(2, '2026-04-01'), NULL, 'as of the day it is settled');
SELECT is((SELECT total(profile) FROM aging_snapshot WHERE customer_id = 2 AND day = '2026-04-01'), 50.00, 'what was printed says otherwise');
SELECT is((SELECT aged(2, '2026-04-01', known => taken_at) FROM aging_snapshot WHERE customer_id = 2 AND day = '2026-04-01'), 'CNY 0.00 {0.00,50.00,0.00,0.00} 0.00', 'and can be had again');
SELECT is((SELECT count(*) FROM receivables.aging_report('2026-04-01', basis => 'booked') AS r WHERE r.keys ->> 'customer' = '2'), 1::bigint, 'by booking date it was open');

-- currencies of no, and of three, minor digits
SELECT receivables.issue_invoice(3, 'JPY 1000', '2026-03-01', 'three'), receivables.issue_invoice(3, 'KWD 1.000', '2026-03-01', 'three') \g /dev/null
SELECT is((SELECT string_agg(amount::text, ' ' ORDER BY instalment_id) FROM instalment WHERE customer_id = 3), 'JPY 334 JPY 333 JPY 333 KWD 0.334 KWD 0.333 KWD 0.333', 'instalments in whole units of each');
SELECT is(aged(3, '2026-04-01'), 'JPY 333 {333,334,0,0} 0; KWD 0.333 {0.333,0.334,0.000,0.000} 0.000', 'aged with as many digits');
SELECT throws_ok($$SELECT receivables.issue_invoice(3, 'JPY 10.50', '2026-03-01')$$, '22P02', NULL, 'half a yen is no amount');
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (4, 3, '2026-03-02', 'JPY 500');
SELECT is(receivables.apply_payment(4, 'prorata', applied_on => '2026-03-02')::text, 'JPY 0', 'paid in proportion');
SELECT is((SELECT string_agg(applied::text, ' ' ORDER BY instalment_id) FROM instalment WHERE customer_id = 3 AND applied IS NOT NULL), 'JPY 167 JPY 167 JPY 166', 'in whole yen');

-- a dispute that begins before the due date and ends after it, beside one that ends before
SELECT receivables.issue_invoice(4, 'CNY 10.00', '2026-02-01', 'three') AS invoice \gset
INSERT INTO pause (instalment_id, kind, since, until) SELECT instalment_id, 'dispute', due_on - 10, due_on + 15 FROM instalment WHERE invoice_id = :invoice AND part = 1;
INSERT INTO pause (instalment_id, kind, since, until) SELECT instalment_id, 'promise', due_on - 20, due_on - 5 FROM instalment WHERE invoice_id = :invoice AND part = 2;
SELECT is((SELECT string_agg((counted_due - due_on)::text, ' ' ORDER BY part) FROM instalment WHERE invoice_id = :invoice), '15 0 0', 'days count from the due date on');
SELECT results_eq($$SELECT due_on, days_past_due, paused_days FROM receivables.open_items('2026-03-18') WHERE customer_id = 4 ORDER BY 1$$,
	$$VALUES (date '2026-02-01', 45, 15), ('2026-03-03', 15, 0), ('2026-04-02', -15, 0)$$, 'on the 45th day');
SELECT is(aged(4, '2026-03-18', true), 'CNY 3.33 {6.67,0.00,0.00,0.00} 0.00', 'the 45th day is the 30th');
SELECT is(aged(4, '2026-03-19', true), 'CNY 3.33 {3.33,3.34,0.00,0.00} 0.00', 'and the 46th the 31st');
SELECT is(aged(4, '2026-03-18'), 'CNY 3.33 {3.33,3.34,0.00,0.00} 0.00', 'without pauses it is what it is');

-- invoices below zero
SELECT throws_ok($$SELECT receivables.issue_invoice(5, 'CNY -10.00', '2026-03-01')$$, '23514', NULL, 'what is given back is a credit note, no invoice');
SELECT throws_ok($$INSERT INTO payment (customer_id, received_on, amount) VALUES (5, '2026-03-01', 'CNY -10.00')$$, '23514', NULL, 'nor a payment below zero');

-- paid and taken back on one day
SELECT receivables.issue_invoice(6, 'CNY 80.00', '2026-03-01') \g /dev/null
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (5, 6, '2026-03-10', 'CNY 80.00');
SELECT receivables.apply_payment(5, applied_on => '2026-03-10') \g /dev/null
SELECT receivables.unapply_payment(5, applied_on => '2026-03-10') \g /dev/null
SELECT is(aged(6, '2026-03-10'), 'CNY 0.00 {80.00,0.00,0.00,0.00} -80.00', 'both are open on that day');
SELECT is((SELECT string_agg(concat_ws(' ', settled_on, amount), '; ' ORDER BY since) FROM settlement_history WHERE customer_id = 6 AND since < until), '80.00', 'and it never was settled');
SELECT is((SELECT applied::text FROM instalment WHERE customer_id = 6), 'CNY 0.00', 'nor is it now');

-- the contract is amended between order and shipment: what holds on the shipping day counts
INSERT INTO contract (contract_id, customer_id, currency, signed_on) VALUES (1, 7, 'CNY', '2026-01-01'), (2, 7, 'CNY', '2026-02-01');
INSERT INTO contract_line (contract_line_id, contract_id, product) VALUES (1, 1, 'P'), (2, 2, 'P');
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (1, '2026-01-01', 10, 5), (2, '2026-02-01', 100, 4);
INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) VALUES (1, 1, '2026-04-10', 'CNY');
INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (1, 'P', 10, 5);
SELECT is_empty('SELECT FROM receivables.check_shipment(1)', 'ordered at what was agreed');
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (1, '2026-04-10', 9, 6);
UPDATE shipment SET state = 'requested';
SELECT is((SELECT string_agg(concat_ws(' ', c ->> 'kind', c ->> 'allowed', c ->> 'clause'), '; ') FROM shipment, jsonb_array_elements(conflicts) AS c),
	'price 6 contract_line_version:1@2026-04-10; quantity 9 contract_line_version:1@2026-04-10', 'shipped by what is agreed then');
UPDATE shipment SET ship_on = '2026-04-09';
UPDATE shipment SET state = 'requested';
SELECT is((SELECT state FROM shipment), 'released', 'a day sooner it is as ordered');

-- two contracts of a customer for the same goods: each has its own rest and price
SELECT results_eq($$SELECT contract_id, kinds FROM receivables.match_shipment(7, '[{"product": "P", "quantity": 1}]', '2026-04-09')$$, $$VALUES (2::bigint, NULL), (1, 'quantity')$$,
	'two contracts that overlap: the one that has it left comes first');
SELECT results_eq($$SELECT contract_id, kinds FROM receivables.match_shipment(7, '[{"product": "P", "quantity": 1, "price": 5}]', '2026-01-15')$$,
	$$VALUES (1::bigint, 'quantity'), (2, 'product, validity')$$, 'and the day says which are in force');
SELECT * FROM finish();
ROLLBACK;
