-- a conflict names the row that says otherwise; and what a request costs: it looks rows up, and reads no table as a whole
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_clause;
SELECT receivables.install(schema => 'tap_clause') \g /dev/null
SET LOCAL search_path = tap_clause, public, pulse, pg_catalog;
SELECT plan(28);
SELECT set_clock('2026-06-15 09:00+00') \g /dev/null

-- ---- all at once ----
INSERT INTO debtor (customer_id, name, credit_limit, overdue_limit, overdue_days, credit_group) VALUES (1, 'Hua', 'CNY 10.00', 'CNY 0.00', 30, 'north'), (2, 'Lan', NULL, NULL, 0, NULL);
INSERT INTO credit_limit (credit_limit_id, name, credit_group, allowed) VALUES (900070, 'of all', 'north', 'CNY 20.00');
INSERT INTO contract (contract_id, customer_id, currency, signed_on) VALUES (1, 1, 'CNY', '2026-07-01');
INSERT INTO contract_line (contract_line_id, contract_id, product) VALUES (11, 1, 'P'), (12, 1, 'Q'), (13, 1, 'R');
INSERT INTO contract_line_version (contract_line_id, since, quantity, price, floor_price, tax_rate, shelf_days) VALUES (11, '2025-01-01', 1000, 6, NULL, 13, 180), (11, '2026-06-01', 10, 5, NULL, 13, 180),
	(12, '2026-01-01', 10, NULL, 9, NULL, NULL), (13, '2026-08-01', 10, 1, NULL, NULL, NULL);
INSERT INTO contract_clause (clause_id, contract_id, kind, since, first_day, last_day) VALUES (21, 1, 'validity', '2026-01-01', '2026-01-01', '2026-03-31'), (22, 1, 'validity', '2026-06-01', '2026-06-01', '2026-06-14'),
	(23, 1, 'validity', '2026-07-01', '2026-07-01', NULL);
INSERT INTO contract_clause (clause_id, contract_id, kind, regions) VALUES (24, 1, 'territory', '{north}');
INSERT INTO contract_clause (clause_id, contract_id, kind, share) VALUES (25, 1, 'prepayment', 30);
INSERT INTO contract_clause (clause_id, contract_id, kind, above) VALUES (26, 1, 'approval', 'CNY 1.00');
SELECT receivables.issue_invoice(1, 'CNY 30.00', '2026-01-01') \g /dev/null
INSERT INTO shipment (shipment_id, contract_id, ship_on, ship_to, currency) VALUES (1, 1, '2026-06-15', 'south', 'USD');
INSERT INTO shipment_line (shipment_line_id, shipment_id, product, quantity, price, tax_rate) VALUES (1, 1, 'P', 11, 4, 6), (2, 1, 'Q', 1, 8, NULL), (3, 1, 'R', 1, 1, NULL), (4, 1, 'S', 1, 1, NULL);
SELECT results_eq('SELECT kind, line, clause FROM receivables.check_shipment(1) ORDER BY kind, line, clause', $$VALUES
	('approval', NULL::bigint, 'contract_clause:26'), ('credit_limit', NULL, 'debtor:1'), ('credit_limit:of all', NULL, 'credit_limit:900070'), ('currency', NULL, 'contract:1'),
	('overdue', NULL, 'debtor:1'), ('prepayment', NULL, 'contract_clause:25'), ('price', 1, 'contract_line_version:11@2026-06-01'), ('price', 2, 'contract_line_version:12@2026-01-01'),
	('product', 3, 'contract_line:13'), ('product', 4, 'contract:1'), ('quantity', 1, 'contract_line_version:11@2026-06-01'), ('shelf_life', 1, 'contract_line_version:11@2026-06-01'),
	('tax', 1, 'contract_line_version:11@2026-06-01'), ('territory', NULL, 'contract_clause:24'), ('validity', NULL, 'contract:1'), ('validity', NULL, 'contract_clause:22')$$,
	'each conflict names the row that says otherwise, of several versions the one in force');
UPDATE shipment SET state = 'requested';
SELECT is((SELECT state FROM shipment), 'held', 'held');
SELECT results_eq($$SELECT count(*), count(c ->> 'clause'), count(DISTINCT c ->> 'clause') FROM shipment, jsonb_array_elements(conflicts) AS c$$, 'VALUES (16::bigint, 16::bigint, 10::bigint)', 'and kept with them');
SELECT results_eq($$SELECT k.regions FROM shipment, jsonb_array_elements(conflicts) AS c JOIN contract_clause AS k ON c ->> 'clause' = 'contract_clause:' || k.clause_id WHERE c ->> 'kind' = 'territory'$$,
	$$VALUES ('{north}'::text[])$$, 'by which the clause is found');

-- ---- what an application reads of the error ----
CREATE FUNCTION tap_clause.fields(statement text, OUT code text, OUT clauses text, OUT place text, OUT relation text, OUT key text, OUT worth text, OUT detail text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, clauses = CONSTRAINT_NAME, place = SCHEMA_NAME, relation = TABLE_NAME, key = COLUMN_NAME, worth = PG_DATATYPE_NAME, detail = PG_EXCEPTION_DETAIL;
END
$$;
INSERT INTO gate VALUES ('territory', 'reject'), ('approval', 'ignore'), ('credit_limit', 'ignore');
CREATE TEMP TABLE said AS SELECT f.* FROM fields($$UPDATE tap_clause.shipment SET state = 'requested' WHERE shipment_id = 1$$) AS f;
SELECT results_eq('SELECT code, place, relation, key, worth FROM said', $$VALUES ('SP802', 'tap_clause', 'shipment', '1', 'USD 54.00')$$, 'an error says of which row');
SELECT is((SELECT clauses FROM said), 'contract:1,contract_clause:22,contract_clause:24,contract_clause:25,contract_line:13,contract_line_version:11@2026-06-01,contract_line_version:12@2026-01-01,debtor:1',
	'and which clauses: all that count, each once');
SELECT ok((SELECT detail LIKE '%territory: the goods go outside the territory (asked south, allowed north; contract_clause:24).%' FROM said), 'the detail says it to people');
SELECT is((SELECT state FROM shipment), 'held', 'nothing changed');

-- orders of the application's own
CREATE TABLE app_order (id int PRIMARY KEY, buyer int, total numeric, status text DEFAULT 'draft', why text);
SELECT receivables.create_order_gate('app_order', key => 'id', customer => 'buyer', amount => 'total', currency => '''CNY''', condition => 'status = ''firm''') \g /dev/null
INSERT INTO app_order VALUES (1, 1, 5);
SELECT results_eq($$SELECT code, clauses, place, relation, key, worth FROM fields('UPDATE app_order SET status = ''firm''')$$, $$VALUES ('SP802', 'debtor:1', 'tap_clause', 'app_order', '1', 'CNY 5.00')$$, 'those that are rejected');
SELECT is((SELECT count(*) FROM gate_attempt WHERE key IS NOT NULL), 0::bigint, 'an error undoes what its statement wrote');

-- held by INSERT and by UPDATE alike: the row is kept, and so is why
SELECT receivables.create_order_gate('app_order', key => 'id', customer => 'buyer', amount => 'total', currency => '''CNY''', condition => 'status = ''firm''',
	held => '{"status": "on hold"}', reasons => 'why') \g /dev/null
UPDATE app_order SET status = 'firm' WHERE id = 1;
INSERT INTO app_order VALUES (2, 1, 6, 'firm');
SELECT results_eq('SELECT id, status, why FROM app_order ORDER BY 1', $$SELECT n, 'on hold', 'overdue: too much is more than 30 days past due (asked 30.00, allowed CNY 0.00; debtor:1).' FROM generate_series(1, 2) AS n$$,
	'an UPDATE is held as an INSERT is');
SELECT results_eq($$SELECT key, state, conflicts #>> '{0,clause}' FROM order_request ORDER BY 1$$, $$VALUES ('1', 'held', 'debtor:1'), ('2', 'held', 'debtor:1')$$, 'and known as held');
SELECT results_eq('SELECT key, outcome, at_risk::text FROM gate_attempt WHERE key IS NOT NULL ORDER BY 1', $$VALUES ('1', 'held', 'CNY 5.00'), ('2', 'held', 'CNY 6.00')$$, 'and the attempt is kept');
SELECT results_eq('SELECT count(*), sum(at_risk) FROM held_order', 'VALUES (2::bigint, 11::numeric)', 'how many, and at what risk');

-- ---- shipments that are invoiced as a whole are looked at no more ----
INSERT INTO contract (contract_id, customer_id, currency, signed_on) VALUES (2, 2, 'CNY', '2026-01-01');
INSERT INTO contract_line (contract_line_id, contract_id, product) VALUES (14, 2, 'P');
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (14, '2026-01-01', 1000000, 5);
INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) VALUES (2, 2, '2026-06-15', 'CNY');
INSERT INTO shipment_line (shipment_line_id, shipment_id, product, quantity, price) VALUES (5, 2, 'P', 10, 5), (6, 2, 'P', 2, 5);
UPDATE shipment SET state = 'requested' WHERE shipment_id = 2;
UPDATE debtor SET credit_limit = 'CNY 1000.00' WHERE customer_id = 2;
CREATE VIEW owed AS SELECT (SELECT is_invoiced FROM shipment WHERE shipment_id = 2) AS is_invoiced, string_agg(exposure::text, ' ' ORDER BY component) AS line
	FROM receivables.credit_status(2) WHERE component IN ('not_due', 'released', 'total');
SELECT results_eq('SELECT * FROM owed', $$VALUES (false, '0 60.00 60.00')$$, 'goods that are released');
SELECT receivables.invoice_shipment(2, parts => '{"5": 10}') \g /dev/null
SELECT results_eq('SELECT * FROM owed', $$VALUES (false, '50.00 10.00 60.00')$$, 'of which a part is invoiced');
SELECT receivables.invoice_shipment(2) \g /dev/null
SELECT results_eq('SELECT * FROM owed', $$VALUES (true, '60.00 0 60.00')$$, 'and all');
SAVEPOINT invoiced;
UPDATE invoice_line SET quantity = 1 WHERE shipment_line_id = 6;
SELECT results_eq('SELECT * FROM owed', $$VALUES (false, '60.00 5.00 65.00')$$, 'a quantity that is corrected');
ROLLBACK TO invoiced;
UPDATE invoice_line SET shipment_line_id = NULL WHERE shipment_line_id = 5;
SELECT results_eq('SELECT * FROM owed', $$VALUES (false, '60.00 50.00 110.00')$$, 'and a line that was of other goods');
ROLLBACK TO invoiced;
DELETE FROM invoice_line WHERE shipment_line_id = 6;
SELECT results_eq('SELECT * FROM owed', $$VALUES (false, '60.00 10.00 70.00')$$, 'or is no line');
ROLLBACK TO invoiced;

-- ---- what a request reads ----
INSERT INTO debtor (customer_id, name, credit_limit, credit_group) SELECT n, 'C', 'CNY 1000000.00', 'group ' || n FROM generate_series(1001, 4000) AS n;
INSERT INTO credit_limit (name, customer_id, allowed) SELECT 'own', n, 'CNY 1000000.00' FROM generate_series(1001, 4000) AS n;
INSERT INTO credit_limit (name, credit_group, allowed) SELECT 'group', 'group ' || n, 'CNY 1000000.00' FROM generate_series(1001, 4000) AS n;
INSERT INTO contract (contract_id, customer_id, currency, signed_on) SELECT n, n, 'CNY', '2026-01-01' FROM generate_series(1001, 4000) AS n;
INSERT INTO contract_line (contract_line_id, contract_id, product) SELECT n, n, 'P' FROM generate_series(1001, 4000) AS n;
INSERT INTO contract_line_version (contract_line_id, since, quantity, price) SELECT n, '2026-01-01', 1000000, 5 FROM generate_series(1001, 4000) AS n;
INSERT INTO contract_clause (clause_id, contract_id, kind, share) SELECT n, n, 'prepayment', 0 FROM generate_series(1001, 4000) AS n;
INSERT INTO order_request (relation, key, customer_id, contract_id, currency, amount, state, asked) SELECT 'app_order', n::text, n, n, 'CNY', 1, 'released', '{}' FROM generate_series(1001, 4000) AS n;
INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) SELECT n, n, '2026-06-15', 'CNY' FROM generate_series(1001, 4001) AS n JOIN contract ON contract_id = n;
INSERT INTO shipment (shipment_id, contract_id, ship_on, currency) VALUES (4001, 4000, '2026-06-15', 'CNY');
INSERT INTO shipment_line (shipment_line_id, shipment_id, product, quantity, price) SELECT n, n, 'P', 1, 5 FROM generate_series(1001, 4001) AS n;
SET LOCAL session_replication_role = replica;
INSERT INTO invoice (invoice_id, customer_id, issued_on, amount) SELECT n, n, '2026-01-01', 'CNY 1.00' FROM generate_series(1001, 4000) AS n;
INSERT INTO instalment (instalment_id, invoice_id, customer_id, issued_on, due_on, counted_due, amount, booked_at) SELECT n, n, n, '2026-01-01', '2026-01-01', '2026-01-01', 'CNY 1.00', now() FROM generate_series(1001, 4000) AS n;
INSERT INTO payment (payment_id, customer_id, received_on, amount) SELECT n, n, '2026-01-01', 'CNY 1.00' FROM generate_series(1001, 4000) AS n;
SET LOCAL session_replication_role = origin;
CREATE VIEW read AS SELECT relname::text, seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE schemaname = 'tap_clause' AND relname NOT IN ('gate', 'gate_override', 'fx_rate', 'app_order');
CREATE TEMP TABLE read_before AS SELECT * FROM read;
CREATE TEMP VIEW read_much AS SELECT relname, r.seq_tup_read - b.seq_tup_read AS scanned, r.idx_tup_fetch - b.idx_tup_fetch AS fetched FROM read AS r JOIN read_before AS b USING (relname)
	WHERE r.seq_tup_read > b.seq_tup_read OR r.idx_tup_fetch > b.idx_tup_fetch + 100;
UPDATE shipment SET state = 'requested' WHERE shipment_id = 4000;
SELECT is((SELECT state FROM shipment WHERE shipment_id = 4000), 'released', 'a request among many, without statistics');
SELECT is_empty('SELECT * FROM read_much', 'reads no table as a whole');
SELECT count(*) FROM receivables.credit_status(4000, 4000) \g /dev/null
SELECT is_empty('SELECT * FROM read_much', 'nor does the question of what is owed');
DO $$BEGIN EXECUTE (SELECT string_agg(format('ANALYZE tap_clause.%I', t), '; ') FROM unnest(receivables.tables()) AS t); END$$;
UPDATE shipment SET state = 'requested' WHERE shipment_id = 4001;
SELECT is((SELECT state FROM shipment WHERE shipment_id = 4001), 'released', 'with them');
INSERT INTO app_order VALUES (10, 4000, 1, 'firm');
SELECT is((SELECT status FROM app_order WHERE id = 10), 'firm', 'and an order');
SELECT is_empty('SELECT * FROM read_much', 'they do as well');
-- a plan that is forced to look rows up is costed as if that were dear: it is not compiled for that
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'receivables'::regnamespace AND 'enable_seqscan=off' = ANY (proconfig) AND 'jit=off' <> ALL (proconfig)$$, 'nothing of it is compiled');
SELECT results_eq($$SELECT proname::text COLLATE "default" FROM pg_proc WHERE pronamespace = 'receivables'::regnamespace AND 'enable_seqscan=off' = ANY (proconfig) ORDER BY 1$$,
	$$VALUES ('check_shipment'), ('credit_status'), ('gate_order'), ('gate_shipment'), ('match_shipment')$$, 'whoever asks');
SELECT * FROM finish();
ROLLBACK;
