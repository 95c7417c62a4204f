-- ---- views of built-in types, for tools that know no pulse ------------------------------

CREATE OR REPLACE FUNCTION receivables.define_views() RETURNS void
	LANGUAGE plpgsql VOLATILE
AS $define$
BEGIN
	CREATE OR REPLACE VIEW receivable WITH (security_invoker = true) AS
		SELECT 'instalment'::text AS kind, i.instalment_id AS item_id, v.number AS document, v.customer_id, d.name AS customer, d.rep, d.region,
			   v.contract_id, pulse.currency(i.amount) AS currency, v.issued_on, i.due_on, pulse.to_numeric(i.amount) AS amount,
			   pulse.to_numeric(i.amount) - coalesce(pulse.to_numeric(i.applied), 0) AS open_amount
		FROM instalment AS i JOIN invoice AS v USING (invoice_id) JOIN debtor AS d USING (customer_id)
		WHERE i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount
		UNION ALL
		SELECT p.kind, p.payment_id, p.reference, p.customer_id, d.name, d.rep, d.region, p.contract_id, pulse.currency(p.amount), p.received_on,
			   p.received_on, - pulse.to_numeric(p.amount), coalesce(pulse.to_numeric(p.applied), 0) - pulse.to_numeric(p.amount)
		FROM payment AS p JOIN debtor AS d USING (customer_id)
		WHERE p.applied IS NULL OR p.applied OPERATOR(pulse.<>) p.amount;
	COMMENT ON VIEW receivable IS 'All that is open by what is written so far: instalments, and open credits as negative amounts.';

	CREATE OR REPLACE VIEW receivable_aging WITH (security_invoker = true) AS
		SELECT r.customer_id, r.customer, r.rep, r.region, r.currency,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on <= 0), 0) AS not_due,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 1 AND 30), 0) AS d1_30,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 31 AND 60), 0) AS d31_60,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 61 AND 90), 0) AS d61_90,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on > 90), 0) AS d91_plus,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount < 0), 0) AS credits,
			   sum(r.open_amount) AS total
		FROM receivable AS r, (SELECT pulse.day_of(pulse.clock()) AS today) AS t
		GROUP BY 1, 2, 3, 4, 5;
	COMMENT ON VIEW receivable_aging IS 'Aging of today, in the business time zone, per customer and currency.';
END
$define$;
COMMENT ON FUNCTION receivables.define_views() IS 'Used by install(): views for reporting tools, in the first schema of the path.';
