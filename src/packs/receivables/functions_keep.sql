-- ---- what keeps the sums ------------------------------------------------------------

-- The sums of allocations are columns with a CHECK, and each writer updates them:
-- so no isolation level, and no statement past apply_payment(), over-allocates.
CREATE OR REPLACE FUNCTION receivables.keep_applied() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	IF EXISTS (SELECT FROM (SELECT DISTINCT n.payment_id, n.instalment_id FROM added AS n WHERE n.amount OPERATOR(pulse.<) 0) AS n,
			   LATERAL (SELECT FROM allocation AS a
						WHERE a.payment_id = n.payment_id AND a.instalment_id IS NOT DISTINCT FROM n.instalment_id
						HAVING pulse.sum(a.amount) OPERATOR(pulse.<) 0 OR pulse.sum(a.paid) OPERATOR(pulse.<) 0) AS over) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP803', MESSAGE = 'more is taken back than was allocated',
			DETAIL = 'What a payment settled of an instalment, or was refunded, cannot fall below zero.',
			HINT = 'Take back at most what there is (SELECT * FROM allocation).';
	END IF;
	-- in one order everywhere, so that two writers never wait for each other
	PERFORM FROM payment AS p WHERE p.payment_id IN (SELECT n.payment_id FROM added AS n) ORDER BY p.payment_id FOR NO KEY UPDATE;
	PERFORM FROM instalment AS i WHERE i.instalment_id IN (SELECT n.instalment_id FROM added AS n) ORDER BY i.instalment_id FOR NO KEY UPDATE;
	UPDATE payment AS p SET applied = CASE WHEN p.applied IS NULL THEN d.amount ELSE p.applied OPERATOR(pulse.+) d.amount END
	FROM (SELECT n.payment_id, pulse.sum(coalesce(n.paid, n.amount)) AS amount FROM added AS n GROUP BY n.payment_id) AS d
	WHERE p.payment_id = d.payment_id;
	UPDATE instalment AS i SET applied = CASE WHEN i.applied IS NULL THEN d.amount ELSE i.applied OPERATOR(pulse.+) d.amount END,
		reopened = i.reopened + CASE WHEN i.applied OPERATOR(pulse.=) i.amount AND d.amount OPERATOR(pulse.<) 0 THEN 1 ELSE 0 END
	FROM (SELECT n.instalment_id, pulse.sum(n.amount) AS amount FROM added AS n GROUP BY n.instalment_id) AS d
	WHERE i.instalment_id = d.instalment_id;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.keep_applied() IS 'Trigger of allocation: keeps the sums of payments and instalments, whose CHECKs refuse what is too much. Error SP803: more is taken back than was allocated.';

-- an allocation counts from the last of three days on: the payment's, the invoice's, its own
CREATE OR REPLACE FUNCTION receivables.fill_allocation() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	SELECT greatest(new.applied_on, p.received_on, i.issued_on), greatest(new.booked_at, p.booked_at, i.booked_at) INTO new.counts_on, new.counts_at
	FROM payment AS p LEFT JOIN instalment AS i ON i.instalment_id = new.instalment_id WHERE p.payment_id = new.payment_id;
	RETURN new;
END
$$;
COMMENT ON FUNCTION receivables.fill_allocation() IS 'Trigger of allocation: from when on it counts.';

CREATE OR REPLACE FUNCTION receivables.refuse_change() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('what is booked in %s stays as it is', tg_table_name),
		DETAIL = 'Its amounts and dates are part of every report as of a day since.',
		HINT = CASE tg_table_name WHEN 'allocation' THEN 'Take an allocation back with receivables.unapply_payment(payment).'
			WHEN 'payment' THEN 'Take it back with receivables.unapply_payment(payment), and book what is right.'
			ELSE 'Book a credit note (a payment of that kind), and the invoice as it should be.' END;
END
$$;
COMMENT ON FUNCTION receivables.refuse_change() IS 'Trigger: what is booked is not changed. Error 55000.';

CREATE OR REPLACE FUNCTION receivables.keep_due() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	-- of several changes at one instant the first knows what was in force
	INSERT INTO due_change (instalment_id, due_on) VALUES (old.instalment_id, old.due_on) ON CONFLICT DO NOTHING;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.keep_due() IS 'Trigger of instalment: keeps due dates that were in force.';

-- the days of pauses from the due date on, overlapping ones once
CREATE OR REPLACE FUNCTION receivables.counted_due(place text, instalment_id bigint, due_on date) RETURNS date
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN (SELECT CASE WHEN bool_or(upper_inf(d)) THEN NULL ELSE counted_due.due_on + coalesce(sum(upper(d) - lower(d)), 0)::int END
			FROM (SELECT unnest(range_agg(daterange(u.since, u.until)) * datemultirange(daterange(counted_due.due_on, NULL))) AS d
				  FROM pause AS u WHERE u.instalment_id = counted_due.instalment_id) AS p);
END
$$;
COMMENT ON FUNCTION receivables.counted_due(text, bigint, date) IS 'Used by triggers: a due date and the days of pauses since; NULL in a pause without end.';

CREATE OR REPLACE FUNCTION receivables.fill_instalment() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	SELECT v.customer_id, v.issued_on, v.booked_at INTO new.customer_id, new.issued_on, new.booked_at FROM invoice AS v WHERE v.invoice_id = new.invoice_id;
	new.counted_due := CASE tg_op WHEN 'INSERT' THEN new.due_on ELSE receivables.counted_due(tg_table_schema, new.instalment_id, new.due_on) END;
	RETURN new;
END
$$;
COMMENT ON FUNCTION receivables.fill_instalment() IS 'Trigger of instalment: what it has from its invoice, and the due date that counts.';

CREATE OR REPLACE FUNCTION receivables.keep_pause() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	UPDATE instalment AS i SET counted_due = receivables.counted_due(tg_table_schema, i.instalment_id, i.due_on)
	WHERE i.instalment_id IN (CASE WHEN tg_op <> 'INSERT' THEN old.instalment_id END, CASE WHEN tg_op <> 'DELETE' THEN new.instalment_id END)
	  AND i.counted_due IS DISTINCT FROM receivables.counted_due(tg_table_schema, i.instalment_id, i.due_on);
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.keep_pause() IS 'Trigger of pause: the due dates that count.';

CREATE OR REPLACE FUNCTION receivables.check_total() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	changed bigint[] := ARRAY[CASE WHEN tg_op <> 'INSERT' THEN old.invoice_id END, CASE WHEN tg_op <> 'DELETE' THEN new.invoice_id END];
	wrong record;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	IF tg_table_name = 'invoice_line' AND tg_op <> 'DELETE' THEN
		PERFORM receivables.check_quantity(tg_table_schema, new.shipment_line_id);
	END IF;
	SELECT v.invoice_id, v.amount, s.parts, s.lines INTO wrong
	FROM invoice AS v,
		 LATERAL (SELECT (SELECT pulse.sum(i.amount) FROM instalment AS i WHERE i.invoice_id = v.invoice_id) AS parts,
						 (SELECT pulse.sum(l.amount) FROM invoice_line AS l WHERE l.invoice_id = v.invoice_id) AS lines) AS s
	WHERE v.invoice_id = ANY (changed) AND (s.parts IS NULL OR s.parts OPERATOR(pulse.<>) v.amount OR s.lines OPERATOR(pulse.<>) v.amount);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = format('the parts of invoice %s do not add up to it', wrong.invoice_id),
			DETAIL = format('It is %s, its instalments are %s, its lines %s.', wrong.amount, coalesce(wrong.parts::text, 'missing'), coalesce(wrong.lines::text, 'not given')),
			HINT = 'Write the invoice with its instalments (and lines) in one transaction, or call receivables.issue_invoice().';
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.check_total() IS 'Trigger at commit: an invoice is the sum of its instalments, and of its lines; no more of a line of a shipment is invoiced than it has. Errors: 23514, SP803.';

CREATE OR REPLACE FUNCTION receivables.check_quantity(place text, shipment_line_id bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	wrong record;
BEGIN
	IF check_quantity.shipment_line_id IS NULL THEN
		RETURN;
	END IF;
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	-- as invoice_shipment() does, so that two who invoice the same goods wait for each other
	UPDATE shipment AS s SET decided_at = s.decided_at FROM shipment_line AS l
	WHERE l.shipment_line_id = check_quantity.shipment_line_id AND s.shipment_id = l.shipment_id;
	SELECT l.shipment_id, l.quantity, n.quantity AS invoiced INTO wrong
	FROM shipment_line AS l, LATERAL (SELECT sum(i.quantity) AS quantity FROM invoice_line AS i WHERE i.shipment_line_id = l.shipment_line_id) AS n
	WHERE l.shipment_line_id = check_quantity.shipment_line_id AND n.quantity > l.quantity;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP803', MESSAGE = format('more of line %s of shipment %s is invoiced than it has', check_quantity.shipment_line_id, wrong.shipment_id),
			DETAIL = format('It has %s, and %s are invoiced.', wrong.quantity, wrong.invoiced),
			HINT = 'receivables.invoice_shipment(shipment) invoices what is left.';
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.check_quantity(text, bigint) IS 'Used by a trigger: no more of a line of a shipment is invoiced than it has. Error SP803.';

CREATE OR REPLACE FUNCTION receivables.keep_invoiced() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	UPDATE shipment AS s SET is_invoiced = false FROM shipment_line AS l WHERE l.shipment_line_id = old.shipment_line_id AND s.shipment_id = l.shipment_id AND s.is_invoiced;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.keep_invoiced() IS 'Trigger of invoice_line: a shipment of which a line is taken off its invoice is no longer invoiced as a whole.';
REVOKE ALL ON FUNCTION receivables.keep_invoiced() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.keep_invoiced() TO pulse_admin, pulse_author;
REVOKE ALL ON FUNCTION receivables.keep_applied(), receivables.refuse_change(), receivables.keep_due(), receivables.fill_instalment(),
	receivables.fill_allocation(), receivables.keep_pause(), receivables.check_total() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.keep_applied(), receivables.refuse_change(), receivables.keep_due(), receivables.fill_instalment(),
	receivables.fill_allocation(), receivables.keep_pause(), receivables.check_total() TO pulse_admin, pulse_author;
