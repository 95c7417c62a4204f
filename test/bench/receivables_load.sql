-- Open items of the pack. Variables: rows (instalments, all open), customers. A third has an allocation, of
-- which one in eight counts only after the day that is asked for. Written past the triggers, as they would.
SET client_min_messages = warning;
CREATE EXTENSION salespulse_receivables CASCADE;
CREATE EXTENSION pg_prewarm;
CREATE SCHEMA sales;
SELECT receivables.install('sales');
SET search_path = sales, public, pulse, pg_catalog;
SET session_replication_role = replica;
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.42);
INSERT INTO debtor (customer_id, name, rep, region) SELECT i, 'C' || i, 'R' || i % 100, 'N' || i % 10 FROM generate_series(1, :customers) AS i;
CREATE TEMP TABLE drawn AS
	SELECT g AS id, 1 + floor(:customers * random() ^ 3)::int AS customer_id, date '2026-06-30' - floor(900 * random() ^ 1.5)::int AS day,
		(ARRAY[0, 15, 30, 45, 60, 90])[1 + floor(random() * 6)::int] AS days, (exp(random() * 6 + 2))::numeric(12, 2) AS total, random() AS r
	FROM generate_series(1, :rows) AS g;
INSERT INTO invoice (invoice_id, number, customer_id, issued_on, booked_at, amount) SELECT id, 'A' || id, customer_id, day, day, amount(total, 'CNY') FROM drawn;
INSERT INTO instalment (instalment_id, invoice_id, due_on, amount, applied, customer_id, issued_on, booked_at, counted_due)
	SELECT id, id, day + days, amount(total, 'CNY'), CASE WHEN r < 0.33 THEN amount(round(total / 2, 2), 'CNY') END, customer_id, day, day, day + days FROM drawn;
INSERT INTO payment (payment_id, customer_id, received_on, booked_at, amount, applied)
	SELECT id, customer_id, day + 20, day + 20, amount(total, 'CNY'), amount(round(total / 2, 2), 'CNY') FROM drawn WHERE r < 0.33;
INSERT INTO allocation (payment_id, instalment_id, amount, applied_on, booked_at, counts_on, counts_at)
	SELECT id, id, amount(round(total / 2, 2), 'CNY'), day + 20, day + 20, day + 20, day + 20 FROM drawn WHERE r < 0.33 ORDER BY day;
SET session_replication_role = origin;
-- goods: a contract for the gate to look at, of customers with many and with few open items, and a limit that is never reached
UPDATE debtor SET credit_limit = 'CNY 90000000.00';
INSERT INTO contract (contract_id, customer_id, currency, signed_on) SELECT i, 1 + (i - 1) * (:customers / 1000), 'CNY', '2026-01-01' FROM generate_series(1, 1000) AS i;
INSERT INTO contract_line (contract_line_id, contract_id, product) SELECT i, i, 'P' FROM generate_series(1, 1000) AS i;
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) SELECT i, '2026-01-01', 1000000000, 5 FROM generate_series(1, 1000) AS i;
INSERT INTO contract_clause (contract_id, kind, regions) SELECT i, 'territory', '{north}' FROM generate_series(1, 1000) AS i;
INSERT INTO shipment (shipment_id, contract_id, ship_on, ship_to, currency) VALUES (-1, 500, '2026-06-30', 'south', 'CNY'), (-2, 500, '2026-06-30', 'north', 'CNY');
INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (-1, 'P', 1, 6), (-2, 'P', 1, 5);
CREATE TABLE bare_shipment (LIKE shipment INCLUDING ALL);
CREATE TABLE bare_line (LIKE shipment_line INCLUDING ALL);
CREATE TABLE gated_order (id int PRIMARY KEY, buyer int, status text DEFAULT 'draft', total numeric, why text);
CREATE TABLE bare_order (LIKE gated_order INCLUDING ALL);
SELECT receivables.create_order_gate('gated_order', key => 'id', customer => 'buyer', amount => 'total', currency => '''CNY''', condition => 'status = ''firm''', held => '{"status": "held"}', reasons => 'why');
VACUUM (ANALYZE, FREEZE) debtor; VACUUM (ANALYZE, FREEZE) invoice; VACUUM (ANALYZE, FREEZE) instalment;
VACUUM (ANALYZE, FREEZE) payment; VACUUM (ANALYZE, FREEZE) allocation; VACUUM (ANALYZE) contract; VACUUM (ANALYZE) contract_line;
