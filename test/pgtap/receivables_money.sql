-- invoices, payments, what settles what, aging: golden cases, then random histories
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public, pulse, pg_catalog;
CREATE EXTENSION salespulse_receivables;
SELECT plan(44);

SELECT throws_ok($$SELECT receivables.open_items()$$, 'SP801', NULL, 'before install there is nothing');
SELECT throws_ok($$SELECT receivables.install('tap_sales')$$, '3F000', NULL, 'the schema is the user''s to make');
CREATE SCHEMA tap_sales;
SELECT lives_ok($$SELECT receivables.install(schema => 'tap_sales')$$, 'install');
SELECT lives_ok($$SELECT receivables.install(schema => 'tap_sales'), receivables.upgrade()$$, 'again, and upgrade: nothing to do');
SELECT results_eq('SELECT schema FROM receivables.installations', $$VALUES ('tap_sales')$$, 'it is known where');
SET LOCAL search_path = tap_sales, public, pulse, pg_catalog;

-- a path in front of the tables is not followed
CREATE TEMP TABLE payment AS SELECT 1 AS payment_id;

INSERT INTO debtor (customer_id, name, rep, region) VALUES (1, 'Hua', 'Ann', 'north'), (2, 'Lan', 'Bo', 'south'), (3, 'Mei', 'Ann', 'south');
INSERT INTO payment_term VALUES ('thirds', 1, 1, 0, false), ('thirds', 2, 1, 30, false), ('thirds', 3, 1, 30, true), ('30 days', 1, 1, 30, false);
SELECT set_clock('2026-06-01 09:00+00');
SELECT is(receivables.issue_invoice(1, 'CNY 100.00', '2026-05-10', 'thirds', 'A1'), 1::bigint, 'an invoice');
SELECT results_eq('SELECT part, due_on, amount::text FROM instalment ORDER BY part',
	$$VALUES (1, date '2026-05-10', 'CNY 33.34'), (2, '2026-06-09', 'CNY 33.33'), (3, '2026-06-30', 'CNY 33.33')$$,
	'its instalments, by the terms, add up');
SAVEPOINT small;
SELECT receivables.issue_invoice(1, 'CNY 0.02', '2026-05-10', 'thirds') AS small \gset
SELECT is((SELECT string_agg(amount::text, ' ' ORDER BY part) FROM instalment WHERE invoice_id = :small), 'CNY 0.01 CNY 0.01', 'a part of nothing is none');
ROLLBACK TO small;
SELECT throws_ok($$SELECT receivables.issue_invoice(1, 'CNY 1.00', term => 'never')$$, '22023', NULL, 'unknown terms');
SELECT throws_ok($$SELECT receivables.issue_invoice(1, 'CNY -1.00')$$, '23514', NULL, 'a negative invoice is a credit note');

INSERT INTO tap_sales.payment (customer_id, received_on, amount) VALUES (1, '2026-05-20', 'CNY 50.00');
SELECT is(receivables.apply_payment(1, applied_on => '2026-05-25')::text, 'CNY 0.00', 'fifo: all of it is used');
SELECT results_eq('SELECT instalment_id, amount::text FROM allocation ORDER BY 1', $$VALUES (1::bigint, 'CNY 33.34'), (2, 'CNY 16.66')$$, 'oldest due first');
SELECT results_eq($$SELECT kind, item_id, open_amount::text FROM receivables.open_items('2026-05-22') ORDER BY 1, 2$$,
	$$VALUES ('instalment', 1::bigint, 'CNY 33.34'), ('instalment', 2, 'CNY 33.33'), ('instalment', 3, 'CNY 33.33'), ('payment', 1, 'CNY -50.00')$$,
	'between payment and allocation the payment is an open credit');
SELECT results_eq($$SELECT item_id, open_amount::text FROM receivables.open_items('2026-05-25') ORDER BY 1$$,
	$$VALUES (2::bigint, 'CNY 16.67'), (3, 'CNY 33.33')$$, 'on the day of the allocation it counts');
SELECT is_empty($$SELECT * FROM receivables.open_items('2026-05-09')$$, 'before the invoice there is nothing');
SELECT is_empty($$SELECT * FROM receivables.open_items('2026-05-31', basis => 'booked')$$, 'nor by booking date before it was booked');
SELECT is((SELECT count(*) FROM receivables.open_items('2026-06-01', basis => 'booked')), 2::bigint, 'when it was booked it is');
SELECT throws_ok($$SELECT receivables.open_items(basis => 'guess')$$, '22023', NULL, 'bases are two');

-- taken back, pro rata, explicit
SELECT is(receivables.unapply_payment(1)::text, 'CNY 50.00', 'taken back');
SELECT is((SELECT count(*) FROM receivables.open_items('2026-05-25')), 2::bigint, 'the past does not change');
SELECT is(receivables.apply_payment(1, 'prorata')::text, 'CNY 0.00', 'pro rata');
SELECT results_eq('SELECT instalment_id, applied::text FROM instalment ORDER BY 1', $$VALUES (1::bigint, 'CNY 16.67'), (2, 'CNY 16.67'), (3, 'CNY 16.66')$$, 'adds up to the payment');
SELECT receivables.unapply_payment(1) \g /dev/null
SELECT is(receivables.apply_payment(1, 'explicit', '{"2": 10.5}')::text, 'CNY 39.50', 'explicit; the rest stays open');
SELECT throws_ok($$SELECT receivables.apply_payment(1, 'explicit', '{"2": 22.84}')$$, 'SP803', NULL, 'not more than is open');
SELECT throws_ok($$SELECT receivables.apply_payment(1, 'explicit', '{"1": 33.34, "3": 33.33}')$$, 'SP803', NULL, 'not more than is left');
SELECT throws_ok($$SELECT receivables.apply_payment(1, 'explicit', '{"1": 0.001}')$$, '22023', NULL, 'nor parts of a cent');
SELECT throws_ok($$SELECT receivables.apply_payment(1, 'lifo')$$, '22023', NULL, 'unknown method');
SELECT throws_ok($$SELECT receivables.apply_payment(77)$$, 'P0002', NULL, 'unknown payment');
SELECT throws_ok($$INSERT INTO allocation (payment_id, instalment_id, amount, applied_on) VALUES (1, 2, 'CNY 30.00', '2026-06-01')$$, '23514', NULL,
	'nor does a bare INSERT over-allocate');
SELECT throws_ok($$DELETE FROM allocation$$, '55000', NULL, 'allocations are only added to');
SELECT throws_ok($$UPDATE invoice SET amount = 'CNY 90.00'$$, '55000', NULL, 'what is booked stays: amounts');
SELECT throws_ok($$UPDATE tap_sales.payment SET received_on = '2026-01-01'$$, '55000', NULL, 'dates');
SELECT throws_ok($$DELETE FROM instalment$$, '55000', NULL, 'and that it was');
SELECT lives_ok($$UPDATE invoice SET amount = amount, number = 'A-1'$$, 'other columns are the user''s');
SELECT throws_ok($$INSERT INTO invoice (customer_id, issued_on, amount) VALUES (1, '2026-01-01', 'CNY 3'); SET CONSTRAINTS ALL IMMEDIATE$$,
	'23514', NULL, 'an invoice is the sum of its instalments');
SET CONSTRAINTS ALL DEFERRED;

-- over-payment, credit note, another currency
SELECT receivables.issue_invoice(2, 'CNY 30.00', '2026-03-02', '30 days'), receivables.issue_invoice(3, 'USD 10.00', '2026-01-01') \g /dev/null
INSERT INTO tap_sales.payment (customer_id, kind, received_on, amount) VALUES (2, 'credit_note', '2026-05-02', 'CNY 10.00'), (2, 'payment', '2026-05-02', 'CNY 25.00');
SELECT is(receivables.apply_payment(2)::text || ', ' || receivables.apply_payment(3)::text, 'CNY 0.00, CNY 5.00', 'an over-payment is kept as credit');
SELECT results_eq($$SELECT keys ->> 'customer', currency, not_due, buckets, credits, total FROM receivables.aging_report('2026-05-02')$$,
	$$VALUES ('2', 'CNY', 0.00, '{0.00,30.00,0.00,0.00}'::numeric[], -35.00, -5.00), ('3', 'USD', 0.00, '{0.00,0.00,0.00,10.00}', 0.00, 10.00)$$,
	'31 days past due; credits apart until they are allocated');
SELECT throws_ok($$SELECT * FROM receivables.aging_report('2026-06-01', into_currency => 'CNY')$$, 'SP101', NULL, 'no rate, no figure');
INSERT INTO fx_rate VALUES ('USD', 'CNY', '2026-01-01', 7), ('USD', 'CNY', '2026-05-01', 7.5);
SELECT is((SELECT sum(total) FROM receivables.aging_report('2026-06-01', '{}', into_currency => 'CNY')), 50 - 5 + 75.00, 'at the rate of the day');
SELECT is((SELECT sum(total) FROM receivables.aging_report('2026-06-01', '{}', into_currency => 'CNY', rates => 'booked')), 50 - 5 + 70.00, 'at the rate of the document');
SELECT results_eq($$SELECT keys, total FROM receivables.aging_report('2026-06-01', '{rep}') WHERE currency = 'CNY'$$,
	$$VALUES ('{"rep": "Ann"}'::jsonb, 50.00), ('{"rep": "Bo"}', -5.00)$$, 'by rep');

-- the clock stops in a dispute: only its overlap with the days past due counts
INSERT INTO pause (instalment_id, kind, since, until) SELECT instalment_id, 'dispute', '2025-12-01', '2026-02-01' FROM instalment WHERE pulse.currency(amount) = 'USD';
INSERT INTO pause (instalment_id, kind, since, until) SELECT instalment_id, 'promise', '2026-01-20', '2026-03-01' FROM instalment WHERE pulse.currency(amount) = 'USD';
SELECT results_eq($$SELECT days_past_due, paused_days FROM receivables.open_items('2026-06-01') WHERE customer_id = 3$$, 'VALUES (151, 59)', 'two pauses that overlap, each day once');
SELECT is((SELECT buckets FROM receivables.aging_report('2026-04-20', '{region}', pauses => true) WHERE currency = 'USD'), '{0.00,10.00,0.00,0.00}', 'aged by the days that count');

-- views for tools agree with the report
SELECT results_eq('SELECT customer_id::text, currency, not_due, d1_30, d31_60, d61_90, d91_plus, credits, total FROM receivable_aging ORDER BY 1, 2',
	$$SELECT keys ->> 'customer', currency, not_due, buckets[1], buckets[2], buckets[3], buckets[4], credits, total FROM receivables.aging_report() ORDER BY 1, 2$$,
	'the view says what the report says');

SELECT * FROM finish();
ROLLBACK;
