-- ---- invoices -----------------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.issue_invoice(customer_id bigint, amount pulse.amount, issued_on date DEFAULT NULL,
		term text DEFAULT NULL, number text DEFAULT NULL, contract_id bigint DEFAULT NULL, schema text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	day date := coalesce(issue_invoice.issued_on, pulse.day_of(pulse.clock()));
	made bigint;
BEGIN
	PERFORM set_config('search_path', receivables.path(issue_invoice.schema), true);
	INSERT INTO invoice (number, customer_id, contract_id, issued_on, amount)
	VALUES (issue_invoice.number, issue_invoice.customer_id, issue_invoice.contract_id, day, issue_invoice.amount)
	RETURNING invoice_id INTO made;
	IF issue_invoice.term IS NULL THEN
		INSERT INTO instalment (invoice_id, due_on, amount) VALUES (made, day, issue_invoice.amount);
		RETURN made;
	END IF;
	INSERT INTO instalment (invoice_id, part, due_on, amount)
	SELECT made, p.part, p.due_on, p.amount
	FROM (SELECT t.part,
				 CASE WHEN t.month_end THEN (date_trunc('month', day::timestamp) + interval '1 month' - interval '1 day')::date ELSE day END + t.days AS due_on,
				 (pulse.allocate(issue_invoice.amount, array_agg(t.share) OVER whole))[row_number() OVER (ORDER BY t.part)] AS amount
		  FROM payment_term AS t JOIN debtor AS d USING (tenant) WHERE t.term = issue_invoice.term AND d.customer_id = issue_invoice.customer_id
		  WINDOW whole AS (ORDER BY t.part ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS p
	-- of two cents a third may be none
	WHERE p.amount OPERATOR(pulse.>) 0;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('there is no payment term "%s"', issue_invoice.term),
			HINT = 'The terms are the rows of payment_term.';
	END IF;
	RETURN made;
END
$$;
COMMENT ON FUNCTION receivables.issue_invoice(bigint, pulse.amount, date, text, text, bigint, text) IS
'Writes an invoice with its instalments, by a term of payment_term (without one all is due on the day of issue: today unless given). The parts add up exactly. Returns invoice_id. Errors: SP801 not installed, 22023 unknown term, 23503 unknown customer or contract, 23505 the number is taken, 23514 not positive.';

CREATE OR REPLACE FUNCTION receivables.invoice_shipment(shipment_id bigint, issued_on date DEFAULT NULL, term text DEFAULT NULL,
		number text DEFAULT NULL, schema text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	of record;
	made bigint;
BEGIN
	PERFORM set_config('search_path', receivables.path(invoice_shipment.schema), true);
	SELECT s.*, c.customer_id INTO of FROM shipment AS s JOIN contract AS c USING (contract_id)
	WHERE s.shipment_id = invoice_shipment.shipment_id FOR NO KEY UPDATE OF s;
	IF of.state IS NULL OR of.state NOT IN ('released', 'shipped')
	   OR EXISTS (SELECT FROM invoice_line AS l JOIN shipment_line AS s USING (shipment_line_id) WHERE s.shipment_id = of.shipment_id) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('shipment %s has nothing to invoice', invoice_shipment.shipment_id),
			DETAIL = CASE WHEN of.state IS NULL THEN 'There is no such shipment.'
				WHEN of.state IN ('released', 'shipped') THEN 'It was invoiced before.' ELSE format('It is %s.', of.state) END,
			HINT = 'Invoice shipments that are released or shipped, once.';
	END IF;
	made := receivables.issue_invoice(of.customer_id, (
			SELECT pulse.sum(pulse.round_amount(l.quantity * l.price, of.currency)) FROM shipment_line AS l WHERE l.shipment_id = of.shipment_id),
		invoice_shipment.issued_on, invoice_shipment.term, invoice_shipment.number, of.contract_id, invoice_shipment.schema);
	INSERT INTO invoice_line (invoice_id, line, shipment_line_id, product, quantity, amount)
	SELECT made, row_number() OVER (ORDER BY l.shipment_line_id), l.shipment_line_id, l.product, l.quantity, pulse.round_amount(l.quantity * l.price, of.currency)
	FROM shipment_line AS l WHERE l.shipment_id = of.shipment_id;
	RETURN made;
END
$$;
COMMENT ON FUNCTION receivables.invoice_shipment(bigint, date, text, text, text) IS
'Invoices a shipment that is released or shipped, a line for each of its lines; no gate ever stops this. Returns invoice_id. Errors: SP801, 55000 nothing to invoice, and those of issue_invoice().';
