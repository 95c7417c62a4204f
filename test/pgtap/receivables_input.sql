-- bad input: a clear error, and nothing is left of it; what is kept looks alike in every session
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_bad;
SELECT receivables.install(schema => 'tap_bad') \g /dev/null
SET LOCAL search_path = tap_bad, public, pulse, pg_catalog;
SELECT plan(45);
SELECT set_clock('2026-06-15 09:00+00') \g /dev/null
INSERT INTO debtor (customer_id, name) VALUES (1, 'Hua');
INSERT INTO contract (contract_id, customer_id, currency, signed_on) VALUES (1, 1, 'CNY', '2026-01-01');
INSERT INTO contract_line (contract_line_id, contract_id, product) VALUES (1, 1, 'P');
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (1, '2026-01-01', 100, 5);
INSERT INTO contract_clause (contract_id, kind, first_day, last_day) VALUES (1, 'validity', '2026-01-01', '2026-12-31');
SELECT receivables.issue_invoice(1, 'CNY 100.00', '2026-05-01', number => 'A1') \g /dev/null
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (1001, 1, '2026-05-05', 'CNY 60.00');

-- days and numbers without an end would fail every report
SELECT throws_ok($$SELECT receivables.issue_invoice(1, 'CNY 5.00', 'infinity')$$, '23514', NULL, 'no invoice of no day');
SELECT throws_ok($$UPDATE instalment SET due_on = 'infinity'$$, '23514', NULL, 'none that is due on no day');
SELECT throws_ok($$INSERT INTO payment (customer_id, received_on, amount) VALUES (1, '-infinity', 'CNY 5.00')$$, '23514', NULL, 'no payment of no day');
SELECT throws_ok($$SELECT receivables.apply_payment(1001, applied_on => 'infinity')$$, '23514', NULL, 'nor an allocation');
SELECT throws_ok($$SELECT receivables.refund_payment(1001, refunded_on => 'infinity')$$, '23514', NULL, 'nor a refund');
SELECT throws_ok($$INSERT INTO pause (instalment_id, kind, since, until) SELECT instalment_id, 'dispute', '2026-06-01', 'infinity' FROM instalment$$, '23514', NULL, 'a pause without an end has none');
SELECT lives_ok($$INSERT INTO pause (instalment_id, kind, since) SELECT instalment_id, 'dispute', '2026-06-01' FROM instalment$$, 'as here');
SELECT throws_ok($$INSERT INTO shipment (contract_id, ship_on, currency) VALUES (1, 'infinity', 'CNY')$$, '23514', NULL, 'no shipment on no day');
INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) VALUES (1001, 1, '2027-03-01', 'CNY');
SELECT throws_ok($$INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (1001, 'P', 'NaN', 5)$$, '23514', NULL, 'not a number of pieces');
SELECT throws_ok($$INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (1001, 'P', 1, 'Infinity')$$, '23514', NULL, 'no endless price');
SELECT throws_ok($$INSERT INTO contract_line_version (contract_line_id, since, quantity) VALUES (1, '2026-02-01', 'Infinity')$$, '23514', NULL, 'nor quantity');
SELECT throws_ok($$INSERT INTO payment_term (term, part, share, days) VALUES ('x', 1, 'NaN', 1)$$, '23514', NULL, 'nor share');
SELECT throws_ok($$INSERT INTO fx_rate (currency, into_currency, since, rate) VALUES ('USD', 'CNY', '2026-01-01', 'NaN')$$, '23514', NULL, 'nor rate');
SELECT is((SELECT count(*) FROM pg_constraint WHERE conname = 'receivables_finite' AND connamespace = 'tap_bad'::regnamespace AND convalidated), 11::bigint, 'all of them are valid');

-- what an earlier version let in stays, and nothing more comes
ALTER TABLE payment DROP CONSTRAINT receivables_finite;
INSERT INTO payment (customer_id, received_on, amount) VALUES (1, 'infinity', 'CNY 7.00');
SET CONSTRAINTS ALL IMMEDIATE;
CREATE FUNCTION tap_bad.quietly() RETURNS void LANGUAGE sql SET client_min_messages = error AS $$SELECT receivables.define_checks('tap_bad')$$;
SELECT lives_ok('SELECT tap_bad.quietly()', 'an endless day of an earlier version fails no upgrade');
SELECT is((SELECT convalidated FROM pg_constraint WHERE conname = 'receivables_finite' AND conrelid = 'payment'::regclass), false, 'it stays');
SELECT throws_ok($$INSERT INTO payment (customer_id, received_on, amount) VALUES (1, 'infinity', 'CNY 5.00')$$, '23514', NULL, 'and is the last');
ALTER TABLE payment DISABLE TRIGGER receivables_only_added;
DELETE FROM payment WHERE received_on = 'infinity';
ALTER TABLE payment ENABLE TRIGGER receivables_only_added;

-- arguments
SELECT throws_ok($$SELECT receivables.issue_invoice(9, 'CNY 5.00')$$, '23503', NULL, 'no such customer');
SELECT throws_ok($$SELECT receivables.issue_invoice(1, NULL)$$, '23502', NULL, 'no amount');
SELECT throws_ok($$SELECT receivables.issue_invoice(1, 'CNY 0.00')$$, '23514', NULL, 'of nothing');
SELECT throws_ok($$SELECT receivables.issue_invoice(1, 'CNY 1.00', number => 'A1')$$, '23505', NULL, 'a number that is taken');
SELECT throws_ok($$INSERT INTO payment (customer_id, received_on, amount) VALUES (1, '2026-05-05', 'CNY -5.00')$$, '23514', NULL, 'a negative payment is a refund');
SELECT throws_ok($$SELECT receivables.apply_payment(1001, 'explicit', '{"x": 1}')$$, 'SP803', NULL, 'no such instalment');
SELECT throws_ok($$SELECT receivables.apply_payment(1001, 'explicit', '[1]')$$, '22023', NULL, 'parts that are none');
SELECT throws_ok($$SELECT receivables.apply_payment(1001, NULL)$$, '22023', NULL, 'no method');
SELECT throws_ok($$CALL receivables.request_shipment(77)$$, 'P0002', 'there is no shipment 77', 'no such shipment');
SELECT throws_ok($$CALL receivables.request_shipment(NULL)$$, 'P0002', 'there is no shipment NULL', 'nor null');
INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (1001, 'P', 10, 5);
SELECT throws_ok($$SELECT receivables.override_shipment(1001, '{prices}', 'agreed', '2026-07-01')$$, '22023', 'there is no kind of conflict "prices"', 'an override of nothing');
SELECT throws_ok($$SELECT receivables.override_shipment(1001, '{price,NULL}', 'agreed', '2026-07-01')$$, '22023', 'there is no kind of conflict "NULL"', 'nor of null');
SELECT throws_ok($$SELECT receivables.override_shipment(1001, '{price}', 'agreed', NULL)$$, '22023', NULL, 'nor without an end');
SELECT throws_ok($$SELECT receivables.override_shipment(1001, '{}', 'agreed', '2026-07-01')$$, '22023', NULL, 'nor of no kind');
SELECT throws_ok($$SELECT receivables.override_order('debtor', '1', '{prices}', 'agreed', '2026-07-01')$$, '22023', 'there is no kind of conflict "prices"', 'nor of an order');
SELECT throws_ok($$SELECT receivables.override_shipment(77, '{price}', 'agreed', '2026-07-01')$$, '23503', NULL, 'nor of no shipment');
SELECT is((SELECT count(*) FROM gate_override), 0::bigint, 'none is left');
SELECT results_eq($$SELECT (SELECT count(*) FROM invoice), (SELECT count(*) FROM payment), (SELECT count(*) FROM allocation), (SELECT count(*) FROM fx_rate)$$, 'VALUES (1::bigint, 1::bigint, 0::bigint, 0::bigint)', 'nor of any of it');
SELECT results_eq($$SELECT kind, days_past_due, paused_days FROM receivables.open_items('2026-06-15')$$, $$VALUES ('instalment', 45, 14), ('payment', 41, 0)$$, 'and the report works');

-- evidence is written alike whatever the session's DateStyle and time zone
SET LOCAL datestyle = 'German, DMY';
SET LOCAL timezone = 'America/Los_Angeles';
UPDATE shipment SET state = 'requested';
SELECT is((SELECT conflicts #>> '{0,asked}' FROM shipment), '2027-03-01', 'a day that was asked');
SELECT is((SELECT conflicts #>> '{0,allowed}' FROM shipment), '2026-01-01 .. 2026-12-31', 'days that are allowed');
SELECT is((SELECT pulse.day_of(decided_at)::text FROM shipment), '15.06.2026', 'people see theirs');
RESET datestyle;
RESET timezone;

-- an order gate whose orders say no currency takes the usual one
CREATE TABLE tap_bad.orders (id int PRIMARY KEY, customer int, total numeric);
INSERT INTO credit_limit (customer_id, name, components, allowed) VALUES (1, 'orders', '{ordered,requested}', 'CNY 100.00');
SELECT lives_ok($$SELECT receivables.create_order_gate('tap_bad.orders', key => 'id', customer => 'customer', amount => 'total')$$, 'a gate on orders without a currency');
SELECT lives_ok('INSERT INTO tap_bad.orders VALUES (1, 1, 60)', 'in the usual one');
SELECT throws_ok('INSERT INTO tap_bad.orders VALUES (2, 1, 60)', 'SP802', NULL, 'is held to a limit');

-- a role that may not look is told so, rather than that there is nothing
CREATE ROLE regress_tap_bad;
SET LOCAL ROLE regress_tap_bad;
SELECT throws_ok('SELECT * FROM receivables.aging_report()', '42501', 'permission denied for schema tap_bad', 'without a right to the schema');
RESET ROLE;
GRANT USAGE ON SCHEMA tap_bad TO regress_tap_bad;
SET LOCAL ROLE regress_tap_bad;
SELECT throws_ok('SELECT * FROM receivables.aging_report()', '42501', NULL, 'without a right to the tables');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA tap_bad TO regress_tap_bad;
SET LOCAL ROLE regress_tap_bad;
SELECT is((SELECT total FROM receivables.aging_report(by => '{}')), 40.00, 'with both');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
