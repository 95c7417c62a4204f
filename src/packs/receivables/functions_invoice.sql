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

CREATE OR REPLACE FUNCTION receivables.uninvoiced(place text, shipment_id bigint)
	RETURNS TABLE (shipment_line_id bigint, product text, price numeric, invoiced numeric, remaining numeric)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN QUERY
	SELECT l.shipment_line_id, l.product, l.price, n.quantity, l.quantity - n.quantity
	FROM shipment_line AS l,
		 -- a line of an invoice that says no quantity is for all of it
		 LATERAL (SELECT coalesce(sum(coalesce(i.quantity, l.quantity)), 0) AS quantity FROM invoice_line AS i WHERE i.shipment_line_id = l.shipment_line_id) AS n
	WHERE l.shipment_id = uninvoiced.shipment_id AND n.quantity <> l.quantity;
END
$$;
COMMENT ON FUNCTION receivables.uninvoiced(text, bigint) IS 'Used by invoice_shipment(): what is not invoiced of the lines of a shipment.';

CREATE OR REPLACE FUNCTION receivables.invoice_shipment(shipment_id bigint, issued_on date DEFAULT NULL, term text DEFAULT NULL,
		number text DEFAULT NULL, schema text DEFAULT NULL, parts jsonb DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	here text := receivables.place(invoice_shipment.schema);
	asked jsonb := invoice_shipment.parts;
	of record;
	bad record;
	lines jsonb;
	made bigint;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', here), true);
	-- a change, not a lock alone: it fails a second one whose snapshot is older
	UPDATE shipment AS s SET decided_at = s.decided_at FROM contract AS c
	WHERE s.shipment_id = invoice_shipment.shipment_id AND c.contract_id = s.contract_id RETURNING s.*, c.customer_id INTO of;
	IF of.state IN ('released', 'shipped') AND asked IS NOT NULL THEN
		SELECT coalesce(e.key, 'NULL') AS line, e.value, u.remaining INTO bad
		FROM jsonb_each(CASE jsonb_typeof(asked) WHEN 'object' THEN asked ELSE jsonb_build_object('NULL', asked) END) AS e
		LEFT JOIN receivables.uninvoiced(here, of.shipment_id) AS u ON u.shipment_line_id::text = e.key
		WHERE CASE jsonb_typeof(e.value) WHEN 'number' THEN e.value::numeric <= 0 OR e.value::numeric > coalesce(u.remaining, 0) ELSE true END ORDER BY e.key LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION USING ERRCODE = 'SP803', MESSAGE = format('%s of line %s of shipment %s cannot be invoiced', bad.value, bad.line, of.shipment_id),
				DETAIL = format('Of it %s is not invoiced.', coalesce(bad.remaining, 0)),
				HINT = 'parts is an object {"shipment_line_id": quantity}, each above zero and at most that; without parts all that is left is invoiced.';
		END IF;
	END IF;
	-- rounded as the quantities add up: all invoices of a line together are its value
	SELECT jsonb_agg(jsonb_build_object('line', u.shipment_line_id, 'product', u.product, 'quantity', u.quantity, 'amount',
			pulse.to_numeric(pulse.round_amount((u.invoiced + u.quantity) * u.price, of.currency)) - pulse.to_numeric(pulse.round_amount(u.invoiced * u.price, of.currency))))
	INTO lines
	FROM (SELECT r.*, CASE WHEN asked IS NULL THEN r.remaining ELSE (asked ->> r.shipment_line_id::text)::numeric END AS quantity
		  FROM receivables.uninvoiced(here, of.shipment_id) AS r WHERE of.state IN ('released', 'shipped')) AS u
	WHERE u.quantity > 0;
	IF lines IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('shipment %s has nothing to invoice', invoice_shipment.shipment_id),
			DETAIL = CASE WHEN of.state IS NULL THEN 'There is no such shipment.' WHEN asked = '{}' THEN 'No line of it is named.'
				WHEN of.state IN ('released', 'shipped') THEN 'It was invoiced before.' ELSE format('It is %s.', of.state) END,
			HINT = 'Invoice shipments that are released or shipped, each piece once.';
	END IF;
	made := receivables.issue_invoice(of.customer_id, pulse.amount((SELECT sum((e ->> 'amount')::numeric) FROM jsonb_array_elements(lines) AS e), of.currency),
		invoice_shipment.issued_on, invoice_shipment.term, invoice_shipment.number, of.contract_id, here);
	INSERT INTO invoice_line (invoice_id, line, shipment_line_id, product, quantity, amount)
	SELECT made, row_number() OVER (ORDER BY l.line), l.line, l.product, l.quantity, pulse.amount(l.amount, of.currency)
	FROM jsonb_to_recordset(lines) AS l (line bigint, product text, quantity numeric, amount numeric);
	UPDATE shipment AS s SET is_invoiced = true WHERE s.shipment_id = of.shipment_id AND NOT EXISTS (SELECT FROM receivables.uninvoiced(here, of.shipment_id));
	RETURN made;
END
$$;
COMMENT ON FUNCTION receivables.invoice_shipment(bigint, date, text, text, text, jsonb) IS
'Invoices a shipment that is released or shipped, a line for each of its lines: what is not invoiced yet, or of that the parts, an object {"shipment_line_id": quantity}. No gate ever stops this. Returns invoice_id. Errors: SP801, 55000 nothing to invoice, SP803 more than is left of a line, and those of issue_invoice().';
