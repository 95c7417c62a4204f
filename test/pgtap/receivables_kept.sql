-- what the tables hold to: invoices add up, what is booked stays, a payment for a contract settles that contract,
-- a moved due date keeps its pauses; and the edges of the views
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_kept;
SELECT receivables.install(schema => 'tap_kept', tenants => true) \g /dev/null
SET LOCAL search_path = tap_kept, public, pulse, pg_catalog;
SELECT plan(36);
SELECT set_clock('2026-06-30 09:00+00') \g /dev/null
INSERT INTO debtor (customer_id, name) VALUES (1, 'Hua'), (2, 'Lan'), (3, 'Mei');
INSERT INTO contract (contract_id, customer_id, currency) VALUES (1, 1, 'CNY'), (2, 1, 'CNY');

-- an invoice is the sum of its instalments, and of its lines
CREATE FUNCTION tap_kept.books(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	SET CONSTRAINTS ALL IMMEDIATE;
	SET CONSTRAINTS ALL DEFERRED;
	RETURN 'booked';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT is(books($$WITH v AS (INSERT INTO invoice (invoice_id, customer_id, issued_on, amount) VALUES (101, 1, '2026-06-01', 'CNY 10.00') RETURNING invoice_id)
	INSERT INTO instalment (invoice_id, part, due_on, amount) SELECT invoice_id, n, '2026-06-01', 'CNY 5.00' FROM v, generate_series(1, 2) AS n$$), 'booked', 'two halves');
SELECT is(books($$WITH v AS (INSERT INTO invoice (invoice_id, customer_id, issued_on, amount) VALUES (102, 1, '2026-06-01', 'CNY 10.00') RETURNING invoice_id)
	INSERT INTO instalment (invoice_id, due_on, amount) SELECT invoice_id, '2026-06-01', 'CNY 9.99' FROM v$$), '23514 the parts of invoice 102 do not add up to it', 'not less');
SELECT is(books($$WITH v AS (INSERT INTO invoice (invoice_id, customer_id, issued_on, amount) VALUES (102, 1, '2026-06-01', 'CNY 10.00') RETURNING invoice_id)
	INSERT INTO instalment (invoice_id, due_on, amount) SELECT invoice_id, '2026-06-01', 'USD 10.00' FROM v$$), '23514 the parts of invoice 102 do not add up to it', 'nor in another currency');
SELECT is(books($$INSERT INTO instalment (invoice_id, part, due_on, amount) VALUES (101, 3, '2026-06-01', 'CNY 0.01')$$), '23514 the parts of invoice 101 do not add up to it', 'nor more, later');
SELECT is(books($$INSERT INTO invoice_line (invoice_id, line, amount) VALUES (101, 1, 'CNY 6.00'), (101, 2, 'CNY 4.00')$$), 'booked', 'lines');
SELECT is(books($$INSERT INTO invoice_line (invoice_id, line, amount) VALUES (101, 3, 'CNY 0.01')$$), '23514 the parts of invoice 101 do not add up to it', 'add up as well');
SELECT is(books($$UPDATE invoice_line SET amount = 'CNY 3.99' WHERE line = 2$$), '23514 the parts of invoice 101 do not add up to it', 'also when they change');
SELECT is(books($$DELETE FROM invoice_line WHERE line = 2$$), '23514 the parts of invoice 101 do not add up to it', 'or go');

-- what is booked stays: whatever a report as of a day goes by
INSERT INTO payment (payment_id, customer_id, contract_id, received_on, amount) VALUES (100, 1, 2, '2026-06-10', 'CNY 40.00');
SELECT throws_ok($$UPDATE payment SET kind = 'credit_note'$$, '55000', NULL, 'what it is');
SELECT throws_ok($$UPDATE payment SET customer_id = 2$$, '55000', NULL, 'whose it is');
SELECT throws_ok($$UPDATE payment SET amount = 'CNY 41.00'$$, '55000', NULL, 'how much');
SELECT throws_ok($$UPDATE payment SET booked_at = booked_at - interval '1 day'$$, '55000', NULL, 'since when it is known');
SELECT throws_ok($$UPDATE invoice SET customer_id = 2$$, '55000', NULL, 'whose invoice');
SELECT throws_ok($$UPDATE invoice SET issued_on = issued_on - 1$$, '55000', NULL, 'of which day');
SELECT throws_ok($$UPDATE instalment SET invoice_id = 102$$, '55000', NULL, 'a part of which invoice');
SELECT throws_ok($$UPDATE instalment SET amount = 'CNY 4.00'$$, '55000', NULL, 'how much of it');
SELECT lives_ok($$UPDATE payment SET reference = 'bank 7'$$, 'a note is the user''s');

-- a payment for a contract settles that contract
SELECT receivables.issue_invoice(1, 'CNY 30.00', '2026-06-02', number => 'K1', contract_id => 1), receivables.issue_invoice(1, 'CNY 30.00', '2026-06-03', number => 'K2', contract_id => 2) \g /dev/null
SELECT is(receivables.apply_payment(100)::text, 'CNY 10.00', 'of its contract, no more');
SELECT results_eq('SELECT v.number FROM allocation JOIN instalment USING (instalment_id) JOIN invoice AS v USING (invoice_id)', $$VALUES ('K2')$$, 'though others are older');
SELECT results_eq($$SELECT keys, credits, total FROM receivables.aging_report('2026-06-30', by => '{contract}') ORDER BY keys ->> 'contract'$$,
	$$VALUES ('{"contract": 1}'::jsonb, 0.00, 30.00), ('{"contract": 2}', -10.00, -10.00), ('{"contract": null}', 0.00, 10.00)$$, 'by contract');

-- a due date that moves keeps the days of its pauses, and a pause those of the due date
INSERT INTO pause (instalment_id, kind, since, until) SELECT instalment_id, 'dispute', '2026-06-10', '2026-06-15' FROM instalment JOIN invoice USING (invoice_id) WHERE number = 'K1';
SELECT is((SELECT counted_due FROM instalment JOIN invoice USING (invoice_id) WHERE number = 'K1'), date '2026-06-07', 'five days in dispute');
UPDATE instalment AS i SET due_on = '2026-06-05' FROM invoice AS v WHERE v.invoice_id = i.invoice_id AND v.number = 'K1';
SELECT is((SELECT counted_due FROM instalment JOIN invoice USING (invoice_id) WHERE number = 'K1'), date '2026-06-10', 'a date that moves keeps them');
UPDATE instalment AS i SET due_on = '2026-06-12' FROM invoice AS v WHERE v.invoice_id = i.invoice_id AND v.number = 'K1';
SELECT is((SELECT counted_due FROM instalment JOIN invoice USING (invoice_id) WHERE number = 'K1'), date '2026-06-15', 'but for those before it');
DELETE FROM pause;
SELECT is((SELECT counted_due FROM instalment JOIN invoice USING (invoice_id) WHERE number = 'K1'), date '2026-06-12', 'and loses them with the pause');
INSERT INTO pause (instalment_id, kind, since, until) SELECT instalment_id, 'promise', '2026-06-20', '2026-06-30' FROM instalment JOIN invoice USING (invoice_id) WHERE number = 'K1';
SELECT results_eq($$SELECT paused, overdue FROM credit_exposure WHERE customer_id = 1$$, 'VALUES (0.00, 40.00)', 'on the day a pause ends it is over');
UPDATE pause SET until = '2026-07-01';
SELECT results_eq($$SELECT paused, overdue FROM credit_exposure WHERE customer_id = 1$$, 'VALUES (30.00, 10.00)', 'and the day before it is not');

-- the view for tools: one item of each age around the edges, each worth another digit
SELECT receivables.issue_invoice(2, amount(power(10, n - 1)::numeric, 'CNY'), date '2026-06-30' - d, number => 'V' || d) FROM unnest('{-1,0,1,30,31,60,61,90,91}'::int[]) WITH ORDINALITY AS a (d, n) \g /dev/null
INSERT INTO payment (customer_id, received_on, amount) VALUES (2, '2026-01-01', 'CNY 7.00');
SELECT results_eq('SELECT not_due, d1_30, d31_60, d61_90, d91_plus, credits, total FROM receivable_aging WHERE customer_id = 2',
	'VALUES (10.00, 1100.00, 110000.00, 11000000.00, 100000000.00, -7.00, 111111103.00)', 'each in its column; what is issued tomorrow is in none');
SELECT results_eq('SELECT not_due, buckets[1], buckets[2], buckets[3], buckets[4], credits, total FROM receivables.aging_report() WHERE keys = $${"customer": 2}$$',
	'SELECT not_due, d1_30, d31_60, d61_90, d91_plus, credits, total FROM receivable_aging WHERE customer_id = 2', 'as the report has it');
SELECT is((SELECT sum(items) FROM receivables.collection_days(by => '{customer}', since => '2026-06-29') WHERE method = 'count' AND keys = '{"customer": 2}'), 2::numeric, 'issued since a day, that day included');
SELECT is((SELECT sum(items) FROM receivables.collection_days(by => '{customer}', since => '2026-06-30') WHERE method = 'count' AND keys = '{"customer": 2}'), 1::numeric, 'and the day after');

-- rates are each tenant's own, also where somebody sees those of all
INSERT INTO fx_rate (currency, into_currency, since, rate, tenant) VALUES ('USD', 'CNY', '2026-01-01', 7, 'a'), ('USD', 'CNY', '2026-01-01', 8, 'b'), ('USD', 'CNY', '2025-01-01', 6, '');
SELECT act_as('1', 'a') \g /dev/null
SELECT is(receivables.rate('USD', 'CNY', '2026-06-30'), 7::numeric, 'of one');
SELECT act_as('1', 'b') \g /dev/null
SELECT is(receivables.rate('USD', 'CNY', '2026-06-30'), 8::numeric, 'of the other');
SELECT act_as(NULL) \g /dev/null
SELECT is(receivables.rate('USD', 'CNY', '2026-06-30'), 6::numeric, 'of nobody');
SELECT throws_ok($$SELECT receivables.rate('USD', 'CNY', '2024-12-31')$$, 'SP101', 'there is no rate from USD to CNY on 2024-12-31', 'before the first there is none');
SELECT throws_ok($$SELECT receivables.rate('CNY', 'USD', '2026-06-30')$$, 'SP101', NULL, 'nor the other way');
SELECT is(receivables.rate('CNY', 'CNY', '1990-01-01'), 1::numeric, 'into itself always');
SELECT * FROM finish();
ROLLBACK;
