-- shipments, invoices of parts of them, which contract they belong to: golden cases, then random histories
-- in which no more is invoiced than shipped, unless it was billed before
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_flow;
SELECT receivables.install(schema => 'tap_flow') \g /dev/null
SET LOCAL search_path = tap_flow, public, pulse, pg_catalog;
SELECT plan(38);
SELECT set_clock('2026-06-15 09:00+00') \g /dev/null
INSERT INTO debtor (customer_id, name) VALUES (1, 'Hua'), (2, 'Lan'), (3, 'Mei');
INSERT INTO contract (contract_id, number, customer_id, currency, signed_on) VALUES (1, 'K1', 1, 'CNY', '2026-01-01'), (2, 'K2', 2, 'CNY', '2026-02-01'), (3, 'K3', 2, 'CNY', '2026-01-01'),
	(4, 'K4', 2, 'USD', '2026-03-01'), (5, 'K5', 2, 'CNY', NULL), (6, 'K6', 3, 'CNY', '2026-01-01');
INSERT INTO contract_line (contract_line_id, contract_id, product) VALUES (1, 1, 'P'), (2, 1, 'Q'), (3, 2, 'P'), (4, 3, 'P'), (5, 4, 'P'), (6, 5, 'P'), (7, 6, 'P');
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (1, '2026-01-01', 100, 0.333), (2, '2026-01-01', 100, 10), (3, '2026-01-01', 100, 20), (4, '2026-01-01', 10, 20),
	(5, '2026-01-01', 100, 3), (6, '2026-01-01', 100, 20), (7, '2026-01-01', 100, 20);

-- a shipment in parts, invoiced in parts: rounded as they add up
INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) VALUES (1, 1, '2026-06-15', 'CNY'), (2, 1, '2026-06-15', 'CNY');
INSERT INTO shipment_line (shipment_line_id, shipment_id, product, quantity, price) VALUES (1, 1, 'P', 10, 0.333), (2, 1, 'Q', 4, 10), (3, 2, 'P', 90, 0.333);
SELECT throws_ok('SELECT receivables.invoice_shipment(1)', '55000', 'shipment 1 has nothing to invoice', 'a draft is not invoiced');
UPDATE shipment SET state = 'requested';
SELECT is((SELECT string_agg(state, ' ' ORDER BY shipment_id) FROM shipment), 'released released', 'a contract shipped in two parts');
UPDATE debtor SET credit_limit = 'CNY 1.00' WHERE customer_id = 1;
SELECT results_eq($$SELECT exposure FROM receivables.credit_status(1) WHERE component IN ('not_due', 'released', 'total')$$, 'VALUES (0.00), (73.30), (73.30)', 'all of it is exposure');
SELECT receivables.invoice_shipment(1, number => 'A1', parts => '{"1": 1}') \g /dev/null
SELECT results_eq('SELECT shipment_line_id, quantity, amount::text FROM invoice_line', $$VALUES (1::bigint, 1::numeric, 'CNY 0.33')$$, 'a part of a line is invoiced');
SELECT results_eq($$SELECT exposure FROM receivables.credit_status(1) WHERE component IN ('not_due', 'released', 'total')$$, 'VALUES (0.33), (72.97), (73.30)', 'what is not invoiced is exposure still, and nothing twice');
SELECT lives_ok($$SELECT receivables.invoice_shipment(1, parts => '{"1": 1.5, "2": 4}')$$, 'more of it, and another line');
SELECT lives_ok('SELECT receivables.invoice_shipment(1)', 'and all that is left');
SELECT results_eq('SELECT dense_rank() OVER (ORDER BY invoice_id), shipment_line_id, quantity, amount::text FROM invoice_line ORDER BY 1, 2',
	$$VALUES (1::bigint, 1::bigint, 1::numeric, 'CNY 0.33'), (2, 1, 1.5, 'CNY 0.50'), (2, 2, 4, 'CNY 40.00'), (3, 1, 7.5, 'CNY 2.50')$$, 'together they are 10 x 0.333 and 4 x 10');
SELECT is((SELECT sum(to_numeric(amount)) FROM invoice), 43.33, 'to the cent');
SELECT throws_ok('SELECT receivables.invoice_shipment(1)', '55000', NULL, 'each piece once');
SELECT throws_ok($$SELECT receivables.invoice_shipment(2, parts => '{"3": 90.1}')$$, 'SP803', '90.1 of line 3 of shipment 2 cannot be invoiced', 'not more than was shipped');
SELECT throws_ok($$SELECT receivables.invoice_shipment(2, parts => '{"1": 1}')$$, 'SP803', NULL, 'nor of another shipment');
SELECT throws_ok($$SELECT receivables.invoice_shipment(2, parts => '{"3": 0}')$$, 'SP803', NULL, 'nor nothing');
SELECT throws_ok($$SELECT receivables.invoice_shipment(2, parts => '{"3": "NaN"}')$$, 'SP803', NULL, 'nor what is no number');
SELECT throws_ok($$SELECT receivables.invoice_shipment(2, parts => '{"3": null}')$$, 'SP803', NULL, 'nor null');
SELECT throws_ok($$SELECT receivables.invoice_shipment(2, parts => '[3]')$$, 'SP803', NULL, 'nor a list');
SELECT throws_ok($$SELECT receivables.invoice_shipment(2, parts => '{}')$$, '55000', NULL, 'nor no line');
SELECT throws_ok('SELECT receivables.invoice_shipment(77)', '55000', NULL, 'nor a shipment that is not there');
SELECT is((SELECT count(*) FROM invoice), 3::bigint, 'and nothing is left of them');

-- invoices by hand are held to it as well
CREATE PROCEDURE tap_flow.by_hand(quantity numeric, amount amount) LANGUAGE plpgsql AS $$
DECLARE
	made bigint := receivables.issue_invoice(1, amount, contract_id => 1, schema => 'tap_flow');
BEGIN
	INSERT INTO invoice_line (invoice_id, line, shipment_line_id, quantity, amount) VALUES (made, 1, 3, quantity, amount);
	SET CONSTRAINTS ALL IMMEDIATE;
	SET CONSTRAINTS ALL DEFERRED;
END
$$;
SELECT lives_ok($$CALL tap_flow.by_hand(50, 'CNY 16.65')$$, 'by hand');
SELECT throws_ok($$CALL tap_flow.by_hand(50, 'CNY 16.65')$$, 'SP803', 'more of line 3 of shipment 2 is invoiced than it has', 'no more by hand either');
SELECT lives_ok('SELECT receivables.invoice_shipment(2)', 'and what is left of it');
SELECT is((SELECT to_numeric(amount) FROM invoice_line WHERE shipment_line_id = 3 AND quantity = 40), 29.97 - 16.65, 'is the rest');
SELECT throws_ok('UPDATE invoice_line SET quantity = 41 WHERE shipment_line_id = 3 AND quantity = 40; SET CONSTRAINTS ALL IMMEDIATE', 'SP803', NULL, 'nor by an UPDATE');
SET CONSTRAINTS ALL DEFERRED;

-- which contract goods belong to
SELECT results_eq($$SELECT contract_id, value::text, conflicts, kinds FROM receivables.match_shipment(2, '[{"product": "P", "quantity": 20, "price": 20}]')$$,
	$$VALUES (2::bigint, 'CNY 400.00', 0::bigint, NULL), (3, 'CNY 400.00', 1, 'quantity'), (4, 'USD 400.00', 1, 'price'), (5, 'CNY 400.00', 1, 'validity')$$, 'the one that has enough left, at that price, and is signed');
SELECT results_eq($$SELECT contract_id, value::text, conflicts FROM receivables.match_shipment(2, '[{"product": "P", "quantity": 10}]')$$,
	$$VALUES (3::bigint, 'CNY 200.00', 0::bigint), (2, 'CNY 200.00', 0), (4, 'USD 30.00', 0), (5, 'CNY 200.00', 1)$$, 'of several the oldest first; without a price at the contract''s');
SELECT results_eq($$SELECT contract_id, kinds FROM receivables.match_shipment(2, '[{"product": "X", "quantity": 1}]', '2026-02-15') WHERE contract_id < 5$$,
	$$VALUES (3::bigint, 'product'), (2, 'product'), (4, 'product, validity')$$, 'on another day');
SELECT is_empty($$SELECT * FROM receivables.match_shipment(99, '[{"product": "P", "quantity": 1}]')$$, 'nobody''s');
SELECT throws_ok($$SELECT * FROM receivables.match_shipment(2, '{"product": "P"}')$$, '22023', 'the lines are no array', 'lines are an array');
SELECT throws_ok($$SELECT * FROM receivables.match_shipment(2, NULL)$$, '22023', NULL, 'and not null');

-- random histories, each of a contract of its own: released, shipped, cancelled, invoiced in parts, billed before, paid
\set flows 2000
\getenv long PULSE_LONG
\if :{?long}
	\set flows 10000
\endif
SELECT setseed(0.42), setval(pg_get_serial_sequence('shipment', 'shipment_id'), 100), setval(pg_get_serial_sequence('shipment_line', 'shipment_line_id'), 100) \g /dev/null
INSERT INTO debtor (customer_id, name) SELECT 100 + i, 'C' || i FROM generate_series(1, :flows) AS i;
INSERT INTO contract (contract_id, customer_id, currency, signed_on) SELECT 100 + i, 100 + i, 'CNY', CASE WHEN i % 20 <> 0 THEN date '2026-01-01' END FROM generate_series(1, :flows) AS i;
INSERT INTO contract_line (contract_line_id, contract_id, product) SELECT 100 + i, 100 + i, 'P' FROM generate_series(1, :flows) AS i;
INSERT INTO contract_line_version (contract_line_id, since, quantity) SELECT 100 + i, '2026-01-01', 10 FROM generate_series(1, :flows) AS i;
CREATE PROCEDURE tap_flow.work() LANGUAGE plpgsql AS $$
DECLARE
	one record;
	rest numeric;
BEGIN
	INSERT INTO shipment (contract_id, ship_on, currency) SELECT contract_id, '2026-06-15', 'CNY' FROM contract WHERE contract_id > 100 AND random() < 0.6;
	INSERT INTO shipment_line (shipment_id, product, quantity, price)
		SELECT s.shipment_id, 'P', (1 + random() * 5)::numeric(4, 1), (random() * 9 + 0.1)::numeric(6, 3) FROM shipment AS s, generate_series(1, 2) AS n WHERE s.state = 'draft' AND (n = 1 OR random() < 0.3);
	ANALYZE shipment, shipment_line, contract, contract_line, contract_line_version, debtor, invoice, invoice_line, instalment, payment, allocation;
	UPDATE shipment SET state = 'requested' WHERE state = 'draft';
	FOR one IN SELECT l.shipment_id, l.shipment_line_id, random() AS what FROM shipment_line AS l JOIN shipment AS s USING (shipment_id)
		WHERE s.contract_id > 100 AND s.state IN ('released', 'shipped') AND random() < 0.7 LOOP
		CONTINUE WHEN EXISTS (SELECT FROM shipment AS s WHERE s.shipment_id = one.shipment_id AND s.state = 'cancelled');
		rest := (SELECT u.remaining FROM receivables.uninvoiced('tap_flow', one.shipment_id) AS u WHERE u.shipment_line_id = one.shipment_line_id);
		CASE
			WHEN one.what < 0.4 AND rest > 0 THEN PERFORM receivables.invoice_shipment(one.shipment_id, parts => jsonb_build_object(one.shipment_line_id, least(rest, (rest * random())::numeric(4, 1) + 0.1)), schema => 'tap_flow');
			WHEN one.what < 0.6 THEN
				IF EXISTS (SELECT FROM receivables.uninvoiced('tap_flow', one.shipment_id)) THEN
					PERFORM receivables.invoice_shipment(one.shipment_id, schema => 'tap_flow');
				END IF;
			WHEN one.what < 0.7 THEN UPDATE shipment AS u SET state = 'cancelled' WHERE u.shipment_id = one.shipment_id AND u.state = 'released' AND NOT EXISTS (
				SELECT FROM invoice_line AS i JOIN shipment_line AS l USING (shipment_line_id) WHERE l.shipment_id = u.shipment_id);
			ELSE UPDATE shipment AS u SET state = 'shipped' WHERE u.shipment_id = one.shipment_id AND u.state = 'released';
		END CASE;
	END LOOP;
	PERFORM receivables.issue_invoice(c.customer_id, 'CNY 500.00', contract_id => c.contract_id, schema => 'tap_flow') FROM contract AS c WHERE c.contract_id > 100 AND random() < 0.03;
	INSERT INTO payment (customer_id, contract_id, received_on, amount) SELECT c.customer_id, c.contract_id, '2026-06-15', 'CNY 60.00' FROM contract AS c WHERE c.contract_id > 100 AND random() < 0.4;
	PERFORM receivables.apply_payment(p.payment_id, schema => 'tap_flow') FROM payment AS p WHERE p.applied IS NULL;
END
$$;
CALL tap_flow.work();
CALL tap_flow.work();
CALL tap_flow.work();
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'all of it adds up');
SELECT is_empty('SELECT l.shipment_line_id FROM shipment_line AS l JOIN invoice_line AS i USING (shipment_line_id) GROUP BY 1 HAVING sum(i.quantity) > max(l.quantity)', 'no more is invoiced than shipped');
SELECT is_empty('SELECT l.shipment_line_id FROM shipment_line AS l JOIN invoice_line AS i USING (shipment_line_id) GROUP BY 1
	HAVING sum(i.quantity) = max(l.quantity) AND sum(to_numeric(i.amount)) <> round(max(l.quantity * l.price), 2)', 'what is invoiced in parts costs what it costs as a whole');
SELECT cmp_ok((SELECT count(*) FROM (SELECT FROM invoice_line GROUP BY shipment_line_id HAVING count(*) > 1) AS p), '>', :flows / 10::bigint, 'there are many such');
-- the state of each contract, counted from the rows
CREATE TEMP TABLE derived AS
	SELECT c.contract_id, c.signed_on, coalesce(s.released, 0) AS released, coalesce(s.shipped, 0) AS shipped, coalesce(v.invoiced, 0) AS invoiced, coalesce(v.paid, 0) AS paid, coalesce(s.pieces, 0) AS pieces
	FROM contract AS c
	LEFT JOIN (SELECT s.contract_id, sum(round(l.quantity * l.price, 2)) AS released, sum(round(l.quantity * l.price, 2)) FILTER (WHERE s.state = 'shipped') AS shipped, sum(l.quantity) AS pieces
			   FROM shipment AS s JOIN shipment_line AS l USING (shipment_id) WHERE s.state IN ('released', 'shipped') GROUP BY 1) AS s USING (contract_id)
	LEFT JOIN (SELECT v.contract_id, sum(to_numeric(v.amount)) AS invoiced, sum(coalesce(a.paid, 0)) AS paid
			   FROM invoice AS v LEFT JOIN (SELECT i.invoice_id, sum(to_numeric(a.amount)) AS paid FROM allocation AS a JOIN instalment AS i USING (instalment_id) GROUP BY 1) AS a USING (invoice_id)
			   GROUP BY 1) AS v USING (contract_id)
	WHERE c.contract_id > 100;
SELECT is_empty($$SELECT d.*, f.state FROM derived AS d JOIN contract_flow AS f USING (contract_id) WHERE (d.invoiced > d.released) <> (f.state = 'pre_billed') AND d.signed_on IS NOT NULL$$,
	'as much is invoiced as was shipped, unless it was billed before');
SELECT is_empty($$SELECT d.*, f.state FROM derived AS d JOIN contract_flow AS f USING (contract_id) WHERE f.state IS DISTINCT FROM
	CASE WHEN d.signed_on IS NULL THEN 'draft' WHEN d.invoiced > d.released THEN 'pre_billed' WHEN d.released = 0 THEN 'signed' WHEN d.pieces < 10 OR d.shipped < d.released THEN 'shipping'
		WHEN d.invoiced < d.shipped THEN 'shipped' WHEN d.paid < d.invoiced THEN 'invoiced' ELSE 'settled' END$$, 'the state of each contract is what the rows say');
SELECT cmp_ok((SELECT count(DISTINCT state) FROM contract_flow), '>=', 6::bigint, 'of all kinds');
SELECT is_empty('SELECT contract_line_id FROM contract_line AS l JOIN derived AS d USING (contract_id) WHERE l.committed <> d.pieces OR l.committed > 10', 'what is taken from a contract is what is released of it, and no more than it has');
SELECT * FROM finish();
ROLLBACK;
