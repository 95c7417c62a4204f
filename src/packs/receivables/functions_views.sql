-- ---- views of built-in types, for tools that know no pulse ------------------------------

CREATE OR REPLACE FUNCTION receivables.define_views(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	CREATE OR REPLACE VIEW receivable WITH (security_invoker = true) AS
		SELECT 'instalment'::text AS kind, i.instalment_id AS item_id, v.number AS document, v.customer_id, d.name AS customer, d.rep, d.region,
			   v.contract_id, pulse.currency(i.amount) AS currency, v.issued_on, i.due_on, pulse.to_numeric(i.amount) AS amount,
			   pulse.to_numeric(i.amount) - coalesce(pulse.to_numeric(i.applied), 0) AS open_amount, i.tenant
		FROM instalment AS i JOIN invoice AS v USING (invoice_id) JOIN debtor AS d ON d.customer_id = v.customer_id
		WHERE i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount
		UNION ALL
		SELECT p.kind, p.payment_id, p.reference, p.customer_id, d.name, d.rep, d.region, p.contract_id, pulse.currency(p.amount), p.received_on,
			   p.received_on, - pulse.to_numeric(p.amount), coalesce(pulse.to_numeric(p.applied), 0) - pulse.to_numeric(p.amount), p.tenant
		FROM payment AS p JOIN debtor AS d USING (customer_id)
		WHERE p.applied IS NULL OR p.applied OPERATOR(pulse.<>) p.amount;
	COMMENT ON VIEW receivable IS 'All that is open by what is written so far: instalments, and open credits as negative amounts.';

	-- what is dated after today counts as little as in the report: open now, and what comes off it later; settled later
	CREATE OR REPLACE VIEW receivable_aging WITH (security_invoker = true) AS
		WITH t AS (
			SELECT pulse.day_of(pulse.clock()) AS today
		), later AS (
			SELECT a.instalment_id, a.payment_id, pulse.to_numeric(a.amount) AS amount, pulse.to_numeric(coalesce(a.paid, a.amount)) AS paid
			FROM t JOIN allocation AS a ON a.counts_on > t.today
		), later_due AS (
			SELECT l.instalment_id, sum(l.amount) AS amount FROM later AS l GROUP BY l.instalment_id
		), later_paid AS (
			SELECT l.payment_id, sum(l.paid) AS amount FROM later AS l GROUP BY l.payment_id
		), item AS (
			SELECT i.customer_id, pulse.currency(i.amount) AS currency, i.due_on, i.issued_on, i.tenant,
				   pulse.to_numeric(i.amount) - coalesce(pulse.to_numeric(i.applied), 0) + coalesce(l.amount, 0) AS open_amount
			FROM instalment AS i LEFT JOIN later_due AS l USING (instalment_id) WHERE i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount
			UNION ALL
			SELECT i.customer_id, pulse.currency(i.amount), i.due_on, i.issued_on, i.tenant, l.amount
			FROM later_due AS l JOIN instalment AS i USING (instalment_id) WHERE i.applied OPERATOR(pulse.=) i.amount
			UNION ALL
			SELECT p.customer_id, pulse.currency(p.amount), p.received_on, p.received_on, p.tenant,
				   coalesce(pulse.to_numeric(p.applied), 0) - pulse.to_numeric(p.amount) - coalesce(l.amount, 0)
			FROM payment AS p LEFT JOIN later_paid AS l USING (payment_id) WHERE p.applied IS NULL OR p.applied OPERATOR(pulse.<>) p.amount
			UNION ALL
			SELECT p.customer_id, pulse.currency(p.amount), p.received_on, p.received_on, p.tenant, - l.amount
			FROM later_paid AS l JOIN payment AS p USING (payment_id) WHERE p.applied OPERATOR(pulse.=) p.amount
		)
		SELECT d.customer_id, d.name AS customer, d.rep, d.region, r.currency,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on <= 0), 0) AS not_due,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 1 AND 30), 0) AS d1_30,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 31 AND 60), 0) AS d31_60,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 61 AND 90), 0) AS d61_90,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on > 90), 0) AS d91_plus,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount < 0), 0) AS credits,
			   sum(r.open_amount) AS total, r.tenant
		FROM t JOIN item AS r ON r.issued_on <= t.today AND r.open_amount <> 0 JOIN debtor AS d USING (customer_id)
		GROUP BY d.customer_id, d.name, d.rep, d.region, r.currency, r.tenant;
	COMMENT ON VIEW receivable_aging IS 'Aging of today, in the business time zone, per customer and currency.';

	CREATE OR REPLACE VIEW settlement WITH (security_invoker = true) AS
		SELECT i.instalment_id, i.invoice_id, v.number AS document, i.customer_id, d.name AS customer, d.rep, d.region, v.contract_id,
			   pulse.currency(i.amount) AS currency, i.issued_on, i.due_on, s.settled_on, s.amount, i.tenant
		FROM instalment AS i JOIN invoice AS v USING (invoice_id) JOIN debtor AS d ON d.customer_id = i.customer_id,
			 LATERAL (SELECT a.counts_on AS settled_on, pulse.to_numeric(a.amount) AS amount FROM allocation AS a WHERE a.instalment_id = i.instalment_id
					  UNION ALL
					  SELECT NULL, pulse.to_numeric(i.amount) - coalesce(pulse.to_numeric(i.applied), 0) WHERE i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount) AS s;
	COMMENT ON VIEW settlement IS 'Each part of an instalment with the day on which it was settled; NULL is what is open. What was taken back is a part below zero. The parts add up to the instalment.';

	CREATE OR REPLACE VIEW held_shipment WITH (security_invoker = true) AS
		SELECT s.shipment_id, c.contract_id, c.number AS contract, c.customer_id, d.name AS customer, d.rep, d.region, s.ship_on,
			   pulse.currency(s.at_risk) AS currency, pulse.to_numeric(s.at_risk) AS at_risk,
			   (SELECT string_agg(DISTINCT e ->> 'kind', ', ') FROM jsonb_array_elements(s.conflicts) AS e) AS kinds, s.conflicts, s.decided_at, s.tenant
		FROM shipment AS s JOIN contract AS c USING (contract_id) JOIN debtor AS d USING (customer_id) WHERE s.state = 'held';
	COMMENT ON VIEW held_shipment IS 'Shipments that the gate holds, why, and their value.';

	CREATE OR REPLACE VIEW contract_flow WITH (security_invoker = true) AS
		SELECT f.contract_id, f.number, f.customer_id, f.currency, f.released, f.shipped, f.invoiced, f.settled,
			   CASE WHEN f.signed_on IS NULL THEN 'draft'
					WHEN f.invoiced > f.released THEN 'pre_billed'
					WHEN f.released = 0 THEN 'signed'
					WHEN f.remaining OR f.shipped < f.released THEN 'shipping'
					WHEN f.invoiced < f.shipped THEN 'shipped'
					WHEN f.settled < f.invoiced THEN 'invoiced'
					ELSE 'settled' END AS state, f.tenant
		FROM (SELECT c.contract_id, c.number, c.customer_id, c.currency, c.signed_on, c.tenant, s.released, s.shipped, b.invoiced, b.settled,
				EXISTS (SELECT FROM contract_line AS l, LATERAL (SELECT v.quantity FROM contract_line_version AS v WHERE v.contract_line_id = l.contract_line_id
							ORDER BY v.since DESC LIMIT 1) AS v WHERE l.contract_id = c.contract_id AND v.quantity > l.committed) AS remaining
			  FROM contract AS c,
			  LATERAL (SELECT coalesce(sum(pulse.to_numeric(pulse.round_amount(l.quantity * l.price, s.currency))), 0) AS released,
					coalesce(sum(pulse.to_numeric(pulse.round_amount(l.quantity * l.price, s.currency))) FILTER (WHERE s.state = 'shipped'), 0) AS shipped
				FROM shipment AS s JOIN shipment_line AS l USING (shipment_id) WHERE s.contract_id = c.contract_id AND s.state IN ('released', 'shipped')) AS s,
			  LATERAL (SELECT coalesce(sum(pulse.to_numeric(i.amount)), 0) AS invoiced, coalesce(sum(pulse.to_numeric(i.applied)), 0) AS settled
				FROM invoice AS v JOIN instalment AS i USING (invoice_id) WHERE v.contract_id = c.contract_id) AS b) AS f;
	COMMENT ON VIEW contract_flow IS 'How far each contract is, derived from its shipments, invoices and allocations.';
END
$define$;
COMMENT ON FUNCTION receivables.define_views(text) IS 'Used by install(): views for reporting tools, in a schema.';
