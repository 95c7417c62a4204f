-- at the edge of each clause a shipment passes, one step beyond it is held
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_edge;
SELECT receivables.install(schema => 'tap_edge') \g /dev/null
SET LOCAL search_path = tap_edge, public, pulse, pg_catalog;
SELECT plan(29);
SELECT set_clock('2026-06-15 09:00+00') \g /dev/null
INSERT INTO debtor (customer_id, name) VALUES (1, 'Hua'), (2, 'Lan'), (3, 'Mei');
INSERT INTO contract (contract_id, customer_id, currency, signed_on) VALUES (1, 1, 'CNY', '2026-02-01'), (2, 2, 'CNY', '2026-01-01'), (3, 3, 'CNY', '2026-01-01');
INSERT INTO contract_line (contract_line_id, contract_id, product) SELECT n, n, 'P' FROM generate_series(1, 3) AS n;
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (1, '2026-01-01', 100, 10), (1, '2026-06-20', 100, 20), (2, '2026-01-01', 1000, 10), (3, '2026-01-01', 1000, 10);

-- what is said against so many pieces of a contract on a day; nothing is left of it
CREATE FUNCTION tap_edge.held(contract bigint, pieces numeric, day date DEFAULT '2026-06-15', at_price numeric DEFAULT 10, OUT kinds text) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) VALUES (1000, contract, day, 'CNY');
	INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (1000, 'P', pieces, at_price);
	UPDATE shipment SET state = 'requested' WHERE shipment_id = 1000;
	kinds := (SELECT coalesce(string_agg(DISTINCT e ->> 'kind', ' '), '') FROM shipment AS s LEFT JOIN jsonb_array_elements(s.conflicts) AS e ON true WHERE s.shipment_id = 1000);
	RAISE EXCEPTION USING ERRCODE = 'P9999';
EXCEPTION WHEN SQLSTATE 'P9999' THEN
END
$$;
SELECT is(held(1, 100), '', 'all that is left');
SELECT is(held(1, 100.001), 'quantity', 'and more than that');
SELECT is(held(1, 1, '2026-02-01'), '', 'on the day it was signed');
SELECT is(held(1, 1, '2026-01-31'), 'validity', 'and the day before');
SELECT is(held(1, 1, '2026-06-19'), '', 'by the version of the day');
SELECT is(held(1, 1, '2026-06-20'), 'price', 'from its first day on');
SELECT is(held(1, 1, '2026-06-20', 20), '', 'at its price');
INSERT INTO contract_clause (contract_id, kind, first_day, last_day) VALUES (1, 'validity', '2026-03-01', '2026-06-30');
SELECT is(held(1, 1, '2026-03-01'), '', 'on its first day');
SELECT is(held(1, 1, '2026-02-28'), 'validity', 'and the day before');
SELECT is(held(1, 1, '2026-06-30', 20), '', 'on its last day');
SELECT is(held(1, 1, '2026-07-01', 20), 'validity', 'and the day after');
INSERT INTO contract_clause (contract_id, kind, since, first_day, last_day) VALUES (1, 'validity', '2026-04-01', '2026-03-01', '2026-03-31');
SELECT is(held(1, 1, '2026-03-31'), '', 'until an amendment');
SELECT is(held(1, 1, '2026-04-01'), 'validity', 'from its day on');

-- money
INSERT INTO contract_clause (contract_id, kind, above) VALUES (2, 'approval', 'CNY 1000.00');
SELECT is(held(2, 100), '', 'as much as needs no approval');
SELECT is(held(2, 100.1), 'approval', 'and a yuan more');
UPDATE debtor SET overdue_limit = 'CNY 50.00', overdue_days = 10 WHERE customer_id = 2;
SELECT receivables.issue_invoice(2, 'CNY 50.00', '2026-06-04') \g /dev/null
SELECT is(held(2, 1), '', 'as much overdue as is allowed');
SELECT receivables.issue_invoice(2, 'CNY 0.01', '2026-06-05') \g /dev/null
SELECT is(held(2, 1), '', 'and what is as many days past due');
SELECT receivables.issue_invoice(2, 'CNY 0.01', '2026-06-04') \g /dev/null
SELECT is(held(2, 1), 'overdue', 'and a cent more');
INSERT INTO pause (instalment_id, kind, since) SELECT max(instalment_id), 'promise', '2026-06-10' FROM instalment;
SELECT is(held(2, 1), '', 'which is promised');
-- a prepayment: what has come by the day it ships, and was not given back
INSERT INTO contract_clause (contract_id, kind, share) VALUES (3, 'prepayment', 30);
SELECT is(held(3, 1), 'prepayment', 'nothing was paid before');
INSERT INTO payment (payment_id, customer_id, contract_id, received_on, amount) VALUES (100, 3, 3, '2026-06-15', 'CNY 300.00');
SELECT is(held(3, 100), '', 'as much as is asked for');
SELECT is(held(3, 100.1), 'prepayment', 'and more goods');
SELECT is(held(3, 100, '2026-06-14'), 'prepayment', 'or a day earlier');
SELECT receivables.refund_payment(100, 'CNY 0.01') \g /dev/null
SELECT is(held(3, 100), 'prepayment', 'or a cent given back');
INSERT INTO payment (payment_id, customer_id, contract_id, kind, received_on, amount) VALUES (101, 3, 3, 'credit_note', '2026-06-15', 'CNY 300.00');
SELECT is(held(3, 100), 'prepayment', 'a credit note is no prepayment');
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (102, 3, '2026-06-15', 'CNY 300.00');
SELECT is(held(3, 100), 'prepayment', 'nor is what was paid for something else');
UPDATE debtor SET credit_limit = 'CNY 400.00' WHERE customer_id = 3;
SELECT is(held(3, 99), '', 'open credits are no debts');
SELECT is((SELECT count(*) FROM shipment), 0::bigint, 'nothing is left of it');
SELECT is((SELECT sum(committed) FROM contract_line), 0::numeric, 'nor taken');
SELECT * FROM finish();
ROLLBACK;
