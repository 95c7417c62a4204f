-- invoices, payments, what settles what, aging: golden cases, then random histories
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public, pulse, pg_catalog;
CREATE EXTENSION salespulse_receivables;
SELECT plan(50);

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

-- random histories: each customer is one
\set long 0
\getenv long PULSE_LONG
SELECT set_config('tap.histories', CASE WHEN :'long' = '1' THEN '10000' ELSE '300' END, true), setseed(0.42), set_clock('2026-07-01 09:00+00') \g /dev/null
INSERT INTO debtor (customer_id, name) SELECT 1000 + i, 'C' || i FROM generate_series(1, current_setting('tap.histories')::int) AS i;
INSERT INTO payment_term VALUES ('random', 1, 3, 10, false), ('random', 2, 7, 20, true);
SELECT receivables.issue_invoice(d.customer_id, pulse.amount((random() * 1000 + 0.01)::numeric(9, 2), 'CNY'), date '2026-01-01' + (random() * 150)::int,
		CASE WHEN random() < 0.5 THEN 'random' ELSE '30 days' END)
FROM debtor AS d, generate_series(1, 3) WHERE d.customer_id > 1000 \g /dev/null
INSERT INTO tap_sales.payment (customer_id, kind, received_on, amount)
	SELECT d.customer_id, CASE WHEN random() < 0.2 THEN 'credit_note' ELSE 'payment' END, date '2026-01-01' + (random() * 170)::int,
		pulse.amount((random() * 900 + 0.01)::numeric(9, 2), 'CNY')
	FROM debtor AS d, generate_series(1, 3) WHERE d.customer_id > 1000;
SELECT receivables.apply_payment(p.payment_id, CASE WHEN random() < 0.5 THEN 'fifo' ELSE 'prorata' END, applied_on => p.received_on + (random() * 20)::int)
FROM tap_sales.payment AS p WHERE p.customer_id > 1000 AND random() < 0.9 \g /dev/null
CREATE TEMP VIEW as_of_day AS SELECT date '2025-12-31' + 13 * n AS day FROM generate_series(0, 15) AS n;
SELECT is_empty($$
	SELECT day, c.customer_id, c.total, coalesce(r.total, 0) FROM as_of_day,
	LATERAL (SELECT d.customer_id, coalesce((SELECT sum(to_numeric(v.amount)) FROM invoice AS v WHERE v.customer_id = d.customer_id AND v.issued_on <= day), 0)
			- coalesce((SELECT sum(to_numeric(p.amount)) FROM tap_sales.payment AS p WHERE p.customer_id = d.customer_id AND p.received_on <= day), 0) AS total
		FROM debtor AS d WHERE d.customer_id > 1000) AS c
	LEFT JOIN LATERAL (SELECT (keys ->> 'customer')::bigint AS customer_id, total FROM receivables.aging_report(day)) AS r USING (customer_id)
	WHERE c.total <> coalesce(r.total, 0)$$, 'on any day: receivable = invoiced - paid - credited');
SELECT is_empty('SELECT payment_id FROM tap_sales.payment AS p JOIN (SELECT payment_id, sum(amount) AS s FROM allocation GROUP BY 1) AS a USING (payment_id) WHERE a.s > p.amount OR a.s <> p.applied',
	'allocations never exceed the payment, and its sum is kept');
SELECT is_empty('SELECT instalment_id FROM instalment AS i JOIN (SELECT instalment_id, sum(amount) AS s FROM allocation GROUP BY 1) AS a USING (instalment_id) WHERE a.s > i.amount OR a.s <> i.applied',
	'nor what is open');
SELECT is_empty($$SELECT day, keys FROM as_of_day, receivables.aging_report(day) AS r WHERE not_due + credits + (SELECT sum(b) FROM unnest(buckets) AS b) <> total$$,
	'the buckets add up to what is open');
SELECT is_empty($$
	SELECT item_id, day FROM (SELECT day, item_id, open_amount, lag(open_amount) OVER (PARTITION BY item_id ORDER BY day) AS before
		FROM as_of_day, receivables.open_items(day) WHERE kind = 'instalment' AND customer_id > 1000) AS o
	WHERE open_amount > before$$, 'as days go by an instalment is only ever settled further');
SELECT is_empty($$
	WITH naive AS (SELECT day, i.instalment_id, to_numeric(i.amount) - coalesce((
			SELECT sum(to_numeric(a.amount)) FROM allocation AS a JOIN tap_sales.payment AS p USING (payment_id)
			WHERE a.instalment_id = i.instalment_id AND a.applied_on <= day AND p.received_on <= day), 0) AS open
		FROM as_of_day, instalment AS i JOIN invoice AS v USING (invoice_id) WHERE v.issued_on <= day)
	(SELECT * FROM naive WHERE open <> 0
	 EXCEPT SELECT day, item_id, to_numeric(open_amount) FROM as_of_day, receivables.open_items(day) WHERE kind = 'instalment')
	UNION ALL
	(SELECT day, item_id, to_numeric(open_amount) FROM as_of_day, receivables.open_items(day) WHERE kind = 'instalment'
	 EXCEPT SELECT * FROM naive WHERE open <> 0)$$, 'each item as counted by hand');

SELECT ok((SELECT max(at_risk) > 0 FROM (SELECT count(*) AS at_risk FROM allocation) AS a), 'the histories do settle something');
SELECT * FROM finish();
ROLLBACK;
