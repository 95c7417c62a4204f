-- The pack: aging of all open items with allocations as of a day, against one sum of the instalments by
-- customer; and what the gate costs, against the same rows in tables without it.
-- @setup
SET search_path = sales, public, pulse, pg_catalog;
SELECT pg_prewarm('instalment'), pg_prewarm('payment'), pg_prewarm('allocation'), pg_prewarm('invoice');
-- @check as of the last day, and three months before, the report is what is counted by hand
SELECT bool_and((SELECT sum(r.total) FROM receivables.aging_report(d) AS r) = (SELECT sum(to_numeric(amount)) FROM invoice WHERE issued_on <= d)
	- (SELECT sum(to_numeric(amount)) FROM payment WHERE received_on <= d)) FROM unnest('{2026-06-30,2026-03-31}'::date[]) AS d;
-- @check the buckets add up to it
SELECT bool_and(not_due + credits + (SELECT sum(b) FROM unnest(buckets) AS b) = total) FROM receivables.aging_report('2026-06-30');
-- @check the gate finds what is wrong, and nothing else
SELECT (SELECT string_agg(kind, ' ' ORDER BY kind) FROM receivables.check_shipment(-1)) = 'price territory' AND NOT EXISTS (SELECT FROM receivables.check_shipment(-2));
-- @check exposure is what is counted by hand
SELECT (SELECT exposure FROM receivables.credit_status(c.customer_id) WHERE component = 'total')
	= (SELECT sum(to_numeric(amount) - coalesce(to_numeric(applied), 0)) FROM instalment AS i WHERE i.customer_id = c.customer_id)
	- (SELECT coalesce(sum(to_numeric(amount) - coalesce(to_numeric(applied), 0)), 0) FROM payment AS p WHERE p.customer_id = c.customer_id)
FROM contract AS c WHERE contract_id = 500;
-- @bench customers_sum
SELECT count(s) FROM (SELECT sum(amount) AS s FROM instalment GROUP BY customer_id) AS c;
-- @bench report_by_customer vs customers_sum aim 5
SELECT count(total) FROM receivables.aging_report('2026-06-30');
-- @bench report_three_months_ago vs customers_sum
SELECT count(total) FROM receivables.aging_report('2026-03-31');
-- @bench report_by_rep vs customers_sum
SELECT count(total) FROM receivables.aging_report('2026-06-30', '{rep}');
-- what systems do without sums that are kept: join all allocations with both documents, and count them
-- @bench by_hand_three_months_ago vs customers_sum
SELECT count(p) FROM (
	SELECT i.customer_id, aging(to_numeric(i.amount) - coalesce(a.applied, 0), i.due_on, '2026-03-31') AS p
	FROM instalment AS i JOIN invoice AS v USING (invoice_id)
	LEFT JOIN (SELECT a.instalment_id, sum(to_numeric(a.amount)) AS applied FROM allocation AS a JOIN payment AS p USING (payment_id)
		WHERE greatest(a.applied_on, p.received_on) <= '2026-03-31' GROUP BY 1) AS a USING (instalment_id)
	WHERE v.issued_on <= '2026-03-31' GROUP BY 1) AS c;
-- @before bare_shipments
BEGIN;
-- @bench bare_shipments
INSERT INTO bare_shipment (shipment_id, contract_id, ship_on, ship_to, currency) SELECT g, 1 + g % 1000, '2026-06-30', 'north', 'CNY' FROM generate_series(1, 2000) AS g;
INSERT INTO bare_line (shipment_id, product, quantity, price) SELECT g, 'P', 1, 5 FROM generate_series(1, 2000) AS g;
UPDATE bare_shipment SET state = 'requested' WHERE shipment_id > 0;
-- @after bare_shipments
ROLLBACK;
-- @before gated_shipments
BEGIN;
-- @bench gated_shipments vs bare_shipments
INSERT INTO shipment (shipment_id, contract_id, ship_on, ship_to, currency) SELECT g, 1 + g % 1000, '2026-06-30', 'north', 'CNY' FROM generate_series(1, 2000) AS g;
INSERT INTO shipment_line (shipment_id, product, quantity, price) SELECT g, 'P', 1, 5 FROM generate_series(1, 2000) AS g;
UPDATE shipment SET state = 'requested' WHERE shipment_id > 0;
-- @after gated_shipments
SELECT 1 / (count(*) FILTER (WHERE state <> 'released') = 0)::int AS all_released FROM shipment WHERE shipment_id > 0;
ROLLBACK;
-- orders of the application's own, firm from the first and changed once
-- @before bare_orders
BEGIN;
-- @bench bare_orders
INSERT INTO bare_order (id, buyer, total, status) SELECT g, 1 + g % 1000, 7, 'firm' FROM generate_series(1, 2000) AS g;
UPDATE bare_order SET total = 8;
-- @after bare_orders
ROLLBACK;
-- @before gated_orders
BEGIN;
-- @bench gated_orders vs bare_orders
INSERT INTO gated_order (id, buyer, total, status) SELECT g, 1 + g % 1000, 7, 'firm' FROM generate_series(1, 2000) AS g;
UPDATE gated_order SET total = 8;
-- @after gated_orders
ROLLBACK;
