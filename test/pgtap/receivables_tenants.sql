-- tenants: no row of another is visible or reachable, in any relation and by any function, to a role
-- that owns nothing
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_ten;
SELECT receivables.install(schema => 'tap_ten', tenants => true) \g /dev/null
SET LOCAL search_path = tap_ten, public, pulse, pg_catalog;
SELECT plan(51);
SELECT set_clock('2026-06-15 09:00+00') \g /dev/null
CREATE ROLE regress_tenant_app;
GRANT pulse_app TO regress_tenant_app;
GRANT USAGE ON SCHEMA tap_ten TO regress_tenant_app;

-- the same business twice, with the same numbers
CREATE PROCEDURE tap_ten.fill(tenant text, base bigint) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM act_as('1', tenant);
	INSERT INTO debtor (customer_id, name, rep, region, credit_limit) VALUES (base + 1, 'Hua of ' || tenant, '1', 'north', 'CNY 5000.00'), (base + 2, 'Lan of ' || tenant, '2', 'south', NULL);
	INSERT INTO payment_term (term, part, share, days) VALUES ('30 days', 1, 1, CASE tenant WHEN 'a' THEN 30 ELSE 60 END);
	INSERT INTO fx_rate (currency, into_currency, since, rate) VALUES ('USD', 'CNY', '2026-01-01', CASE tenant WHEN 'a' THEN 7 ELSE 8 END);
	INSERT INTO gate (kind, action) VALUES ('price', CASE tenant WHEN 'a' THEN 'ignore' ELSE 'hold' END);
	INSERT INTO contract (contract_id, number, customer_id, currency, signed_on) VALUES (base + 1, 'K1', base + 1, 'CNY', '2026-01-01');
	INSERT INTO contract_line (contract_line_id, contract_id, product) VALUES (base + 1, base + 1, 'P');
	INSERT INTO contract_line_version (contract_line_id, since, quantity, price) VALUES (base + 1, '2026-01-01', 100, 5);
	INSERT INTO contract_clause (contract_id, kind, regions) VALUES (base + 1, 'territory', '{north}');
	INSERT INTO shipment (shipment_id, contract_id, ship_on, ship_to, currency) VALUES (base + 1, base + 1, '2026-06-15', 'north', 'CNY'), (base + 2, base + 1, '2026-06-15', 'south', 'CNY');
	INSERT INTO shipment_line (shipment_id, product, quantity, price) VALUES (base + 1, 'P', 10, 5), (base + 2, 'P', 10, 4);
	UPDATE shipment SET state = 'requested' WHERE shipment_id IN (base + 1, base + 2);
	INSERT INTO gate_override (shipment_id, kinds, reason, until) VALUES (base + 2, '{tax}', 'none', '2027-01-01');
	PERFORM receivables.invoice_shipment(base + 1, '2026-06-15', '30 days', 'A1');
	PERFORM receivables.issue_invoice(base + 2, 'USD 100.00', '2026-03-01', number => 'A2');
	INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (base + 1, base + 2, '2026-06-01', 'USD 30.00'), (base + 2, base + 2, '2026-06-01', 'USD 7.00');
	PERFORM receivables.apply_payment(base + 1);
	INSERT INTO pause (instalment_id, kind, since) SELECT i.instalment_id, 'dispute', '2026-05-01' FROM instalment AS i WHERE i.customer_id = base + 2;
	UPDATE instalment AS i SET due_on = due_on + 1 WHERE i.customer_id = base + 2;
	INSERT INTO credit_limit (customer_id, name, allowed) VALUES (base + 1, 'goods', 'CNY 9000.00');
	INSERT INTO order_request (relation, key, customer_id, currency, amount, state, asked) VALUES ('tap_ten.debtor', base::text, base + 1, 'CNY', 1, 'held', '{}');
	PERFORM act_as(NULL);
END
$$;
CALL tap_ten.fill('a', 100);
CALL tap_ten.fill('b', 200);
CREATE TABLE public.tap_ten_bill (client bigint, total numeric);
INSERT INTO tap_ten_bill VALUES (101, 5), (201, 6);
GRANT SELECT ON tap_ten_bill TO regress_tenant_app;
SELECT receivables.create_exposure('bills', 'tap_ten_bill', customer => 'client', amount => 'total', currency => '''CNY''') \g /dev/null
SELECT receivables.take_snapshot() \g /dev/null
DROP PROCEDURE tap_ten.fill;

-- a view of the user's on a view of the pack, elsewhere
CREATE SCHEMA tap_ten_bi;
GRANT USAGE ON SCHEMA tap_ten_bi TO regress_tenant_app;
CREATE VIEW tap_ten_bi.late WITH (security_invoker = true) AS SELECT r.customer, r.total, r.tenant FROM tap_ten.receivable_aging AS r;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tap_ten TO regress_tenant_app;
GRANT SELECT ON tap_ten_bi.late TO regress_tenant_app;

-- every relation of the schema, and every view that leads to one, from the catalog
CREATE VIEW tap_ten_bi.relation WITH (security_invoker = true) AS
	WITH RECURSIVE found AS (
		SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = 'tap_ten'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
		UNION
		SELECT r.ev_class FROM found AS f JOIN pg_depend AS d ON d.refobjid = f.oid AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite AS r ON r.oid = d.objid
	)
	SELECT c.oid::regclass AS relation, c.relkind, c.relrowsecurity, c.reloptions FROM found JOIN pg_class AS c USING (oid);
GRANT SELECT ON tap_ten_bi.relation TO regress_tenant_app;
CREATE FUNCTION tap_ten_bi.census(mine text) RETURNS TABLE (relation regclass, own bigint, others bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR relation IN SELECT r.relation FROM tap_ten_bi.relation AS r LOOP
		EXECUTE format('SELECT count(*) FILTER (WHERE tenant = $1), count(*) FILTER (WHERE tenant IS DISTINCT FROM $1) FROM %s', relation) INTO own, others USING mine;
		RETURN NEXT;
	END LOOP;
END
$$;
SELECT cmp_ok((SELECT count(*) FROM tap_ten_bi.relation), '>=', 26::bigint, 'all tables and views are looked at');
SELECT is_empty($$SELECT t FROM unnest(receivables.tables()) AS t WHERE 'tap_ten.' || t NOT IN (SELECT (relation::text) FROM tap_ten_bi.relation UNION SELECT 'tap_ten.' || relation FROM tap_ten_bi.relation)$$,
	'the tables of the pack among them');
SELECT is_empty($$SELECT relation FROM tap_ten_bi.relation WHERE relkind = 'r' AND NOT relrowsecurity$$, 'each table is fenced');
SELECT is_empty($$SELECT relation FROM tap_ten_bi.relation WHERE relkind = 'v' AND coalesce(reloptions::text, '') NOT LIKE '%security_invoker=true%'$$, 'each view reads as who asks');
SELECT is_empty($$SELECT * FROM tap_ten_bi.census('a') WHERE own = 0 OR others = 0$$, 'who owns the tables sees rows of both in each of them');
CREATE TABLE tap_ten_bi.owned AS SELECT relation::text, own FROM tap_ten_bi.census('a');
GRANT SELECT ON tap_ten_bi.owned TO regress_tenant_app;

SET LOCAL ROLE regress_tenant_app;
SELECT is_empty($$SELECT * FROM tap_ten_bi.census('a') WHERE own <> 0 OR others <> 0$$, 'nobody acts: nothing is visible');
SELECT act_as('1', 'a') \g /dev/null
SELECT is_empty($$SELECT * FROM tap_ten_bi.census('a') WHERE others <> 0$$, 'no row of another tenant is visible');
SELECT results_eq($$SELECT relation::text, own FROM tap_ten_bi.census('a') ORDER BY 1$$, $$SELECT * FROM tap_ten_bi.owned ORDER BY 1$$, 'and each of one''s own is');
SELECT act_as('1', 'c') \g /dev/null
SELECT is_empty($$SELECT * FROM tap_ten_bi.census('c') WHERE own <> 0 OR others <> 0$$, 'to a third tenant nothing is');
SELECT act_as('1', 'a') \g /dev/null
SELECT throws_ok($$SET LOCAL pulse.acting_tenant = 'b'$$, '42501', NULL, 'nobody names a tenant by hand');

-- by the functions
SELECT set_eq('SELECT DISTINCT customer_id FROM receivables.open_items()', 'VALUES (101::bigint), (102)', 'open items');
SELECT set_eq($$SELECT keys ->> 'customer' FROM receivables.aging_report(by => '{customer,contract}')$$, $$VALUES ('101'), ('102')$$, 'aging');
SELECT results_eq($$SELECT total FROM receivables.aging_report(by => '{}', into_currency => 'CNY')$$, 'VALUES (50.00 + (70 - 7) * 7)', 'at one''s own rates');
SELECT is((SELECT sum(items) FROM receivables.collection_days() WHERE method = 'count'), 3::numeric, 'collection days');
SELECT set_eq($$SELECT keys ->> 'customer' FROM receivables.metrics(by => '{customer}')$$, $$VALUES ('101'), ('102')$$, 'metrics');
SELECT is((SELECT count(*) FROM receivables.check_shipment(202)), 0::bigint, 'a shipment of another is none');
SELECT is((SELECT string_agg(kind || ' ' || action, ', ' ORDER BY kind) FROM receivables.check_shipment(102)), 'price ignore, territory hold', 'the gate by one''s own settings');
SELECT is(receivables.flow_state(201), NULL, 'nor is a contract');
SELECT throws_ok('SELECT receivables.apply_payment(201)', 'P0002', NULL, 'nor a payment');
SELECT throws_ok('SELECT receivables.refund_payment(202)', 'P0002', NULL, 'to refund');
SELECT is(receivables.unapply_payment(201), NULL, 'or to take back');
SELECT throws_ok($$SELECT receivables.apply_payment(102, 'explicit', jsonb_build_object((SELECT max(item_id) + 2 FROM receivables.open_items() WHERE kind = 'instalment'), 1))$$, 'SP803', NULL, 'nor can it be settled');
SELECT throws_ok($$SELECT receivables.issue_invoice(201, 'CNY 1.00')$$, '42501', NULL, 'nor invoiced');
SELECT throws_ok($$SELECT receivables.invoice_shipment(201)$$, '55000', NULL, 'nor its shipment');
SELECT throws_ok($$SELECT receivables.override_shipment(202, '{price}', 'x', '2027-01-01')$$, '42501', NULL, 'nor overridden');
SELECT is(receivables.override_shipment(102, '{territory}', 'agreed', '2027-01-01'), 'released', 'one''s own is');
SELECT is((SELECT author FROM gate_override WHERE reason = 'agreed'), '1', 'by who acts');
SELECT is(receivables.rate('USD', 'CNY', '2026-06-01'), 7::numeric, 'rates');
SELECT receivables.issue_invoice(101, 'CNY 1.00', term => '30 days', number => 'A3') AS made \gset
SELECT is((SELECT due_on - issued_on FROM instalment WHERE invoice_id = :made), 30, 'terms');

-- by hand
SELECT throws_ok($$INSERT INTO debtor (customer_id, name, tenant) VALUES (999, 'x', 'b')$$, '42501', NULL, 'no row is written for another');
SELECT throws_ok($$UPDATE debtor SET tenant = 'b' WHERE customer_id = 101$$, '42501', NULL, 'or given to another');
SELECT throws_ok($$INSERT INTO payment (customer_id, received_on, amount) VALUES (201, '2026-06-01', 'CNY 1.00')$$, '42501', NULL, 'or refers to a row of another');
SELECT throws_ok($$INSERT INTO payment (customer_id, received_on, amount) VALUES (777, '2026-06-01', 'CNY 1.00')$$, '42501', NULL, 'which looks like one that is not there');
SELECT throws_ok($$INSERT INTO payment (customer_id, contract_id, received_on, amount) VALUES (101, 201, '2026-06-01', 'CNY 1.00')$$, '42501', NULL, 'by any of its columns');
SELECT throws_ok($$INSERT INTO allocation (payment_id, instalment_id, amount, applied_on) SELECT 201, instalment_id, 'USD 1.00', '2026-06-01' FROM instalment WHERE customer_id = 102$$,
	'42501', NULL, 'also by allocations');
CREATE TEMP TABLE did (n bigint);
WITH changed AS (UPDATE instalment SET due_on = due_on + 1 RETURNING customer_id) INSERT INTO did SELECT count(*) FROM changed WHERE customer_id > 200;
SELECT is((SELECT n FROM did), 0::bigint, 'an UPDATE without WHERE does not reach them');
WITH gone AS (DELETE FROM fx_rate RETURNING tenant) INSERT INTO did SELECT count(*) FROM gone WHERE tenant <> 'a';
SELECT is((SELECT max(n) FROM did), 0::bigint, 'nor does a DELETE');
SELECT lives_ok($$INSERT INTO contract (number, customer_id, currency) VALUES ('K2', 101, 'CNY')$$, 'one''s own is written as ever');
SELECT throws_ok($$INSERT INTO contract (number, customer_id, currency) VALUES ('K1', 101, 'CNY')$$, '23505', NULL, 'a number is unique');
SELECT lives_ok($$SELECT receivables.refund_payment(102, 'USD 2.00')$$, 'refunds');
SELECT is((SELECT sum(to_numeric(amount)) FROM allocation WHERE instalment_id IS NULL), 2.00, 'are one''s own');
SELECT cmp_ok((SELECT receivables.take_snapshot('2026-06-20')), '>', 0::bigint, 'a snapshot');
RESET ROLE;
SELECT is((SELECT string_agg(DISTINCT tenant, ' ') FROM aging_snapshot WHERE day = '2026-06-20'), 'a', 'is of one''s own');
SELECT is((SELECT count(*) FROM contract WHERE number = 'K1'), 2::bigint, 'but numbers of two tenants may be alike');

-- who owns the tables sees both, and each is judged by his own settings
SELECT results_eq($$SELECT s, c.action FROM unnest('{102,202}'::bigint[]) AS s, receivables.check_shipment(s) AS c WHERE c.kind = 'price' ORDER BY 1$$, $$VALUES (102::bigint, 'ignore'), (202, 'hold')$$, 'the gate by each one''s settings');

-- who owns the tables writes for the tenant of what the row refers to
SELECT act_as(NULL) \g /dev/null
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (300, 202, '2026-06-02', 'USD 5.00');
SELECT receivables.apply_payment(300) \g /dev/null
SELECT results_eq('SELECT tenant, (SELECT string_agg(a.tenant, $$ $$) FROM allocation AS a WHERE a.payment_id = p.payment_id) FROM payment AS p WHERE payment_id = 300', $$VALUES ('b', 'b')$$, 'it takes over the tenant');
SELECT is((SELECT count(*) FROM debtor WHERE tenant = ''), 0::bigint, 'nobody is left without one');

-- policies of the user narrow the view, and cannot widen it
DROP POLICY receivables_everyone ON debtor;
CREATE POLICY own_customers ON debtor USING (rep = acting_staff());
CREATE POLICY wide ON contract USING (true);
SET LOCAL ROLE regress_tenant_app;
SELECT act_as('2', 'a') \g /dev/null
SELECT results_eq('SELECT customer_id FROM debtor', 'VALUES (102::bigint)', 'a rep sees his customers');
SELECT results_eq('SELECT DISTINCT tenant FROM contract', $$VALUES ('a')$$, 'a policy that lets all through lets no other tenant through');
RESET ROLE;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT lives_ok($$SELECT receivables.upgrade('tap_ten')$$, 'upgrade');
SELECT is((SELECT count(*) FROM pg_policy AS p WHERE polname = 'receivables_everyone' AND polrelid = 'debtor'::regclass), 0::bigint, 'leaves the user''s policies');
SELECT * FROM finish();
ROLLBACK;
