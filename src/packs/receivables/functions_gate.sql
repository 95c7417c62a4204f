-- ---- the gate: what speaks against a shipment -------------------------------------------

-- the row may be one that is just being written
CREATE OR REPLACE FUNCTION receivables.conflicts(place text, shipment_id bigint, contract_id bigint, ship_on date, ship_to text, currency text, approval text)
	RETURNS TABLE (kind text, line bigint, asked text, allowed text, reason text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	agreed record;
	owes record;
	value numeric := receivables.shipment_value(conflicts.place, conflicts.shipment_id, conflicts.currency);
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	SELECT c.* INTO agreed FROM contract AS c WHERE c.contract_id = conflicts.contract_id;
	SELECT d.* INTO owes FROM debtor AS d WHERE d.customer_id = agreed.customer_id;
	RETURN QUERY
	WITH line AS (
		SELECT l.shipment_line_id, l.product, l.quantity, l.price, l.tax_rate, l.expires_on, c.contract_line_id, c.committed,
			   v.since, v.quantity AS agreed_quantity, v.price AS agreed_price, v.floor_price, v.tax_rate AS agreed_tax, v.shelf_days
		FROM shipment_line AS l LEFT JOIN contract_line AS c ON c.contract_id = conflicts.contract_id AND c.product = l.product
		LEFT JOIN LATERAL (SELECT w.* FROM contract_line_version AS w WHERE w.contract_line_id = c.contract_line_id
						   AND w.since <= conflicts.ship_on ORDER BY w.since DESC LIMIT 1) AS v ON true
		WHERE l.shipment_id = conflicts.shipment_id
	), clause AS (
		SELECT DISTINCT ON (c.kind) c.* FROM contract_clause AS c
		WHERE c.contract_id = conflicts.contract_id AND c.since <= conflicts.ship_on ORDER BY c.kind, c.since DESC
	)
	SELECT 'product', l.shipment_line_id, l.product, NULL, 'the product is not in the contract' FROM line AS l WHERE l.since IS NULL
	UNION ALL
	SELECT 'product', NULL, NULL, NULL, 'the shipment has no lines' WHERE NOT EXISTS (SELECT FROM line)
	UNION ALL
	SELECT 'price', l.shipment_line_id, l.price::text, coalesce(l.agreed_price, l.floor_price)::text,
		   CASE WHEN l.price <> l.agreed_price THEN 'the price is not the contract''s' ELSE 'the price is below the floor' END
	FROM line AS l WHERE l.price <> l.agreed_price OR l.price < l.floor_price
	UNION ALL
	SELECT 'quantity', min(l.shipment_line_id), sum(l.quantity)::text, (max(l.agreed_quantity) - max(l.committed))::text, 'more than is left of the contract'
	FROM line AS l WHERE l.since IS NOT NULL GROUP BY l.contract_line_id HAVING sum(l.quantity) > max(l.agreed_quantity) - max(l.committed)
	UNION ALL
	SELECT 'tax', l.shipment_line_id, l.tax_rate::text, l.agreed_tax::text, 'the tax rate is not the contract''s'
	FROM line AS l WHERE l.agreed_tax IS NOT NULL AND l.tax_rate IS DISTINCT FROM l.agreed_tax
	UNION ALL
	SELECT 'shelf_life', l.shipment_line_id, l.expires_on::text, (conflicts.ship_on + l.shelf_days)::text, 'the goods expire too early'
	FROM line AS l WHERE l.shelf_days IS NOT NULL AND (l.expires_on IS NULL OR l.expires_on - conflicts.ship_on < l.shelf_days)
	UNION ALL
	SELECT 'currency', NULL, conflicts.currency, agreed.currency, 'the currency is not the contract''s' WHERE conflicts.currency <> agreed.currency
	UNION ALL
	SELECT 'validity', NULL, conflicts.ship_on::text, concat(c.first_day, ' .. ', c.last_day), 'the contract is not in force on that day'
	FROM clause AS c WHERE c.kind = 'validity' AND (conflicts.ship_on < c.first_day OR conflicts.ship_on > c.last_day)
	UNION ALL
	SELECT 'validity', NULL, conflicts.ship_on::text, agreed.signed_on::text, 'the contract is not signed by then'
	WHERE agreed.signed_on IS NULL OR conflicts.ship_on < agreed.signed_on
	UNION ALL
	SELECT 'territory', NULL, conflicts.ship_to, array_to_string(c.regions, ', '), 'the goods go outside the territory'
	FROM clause AS c WHERE c.kind = 'territory' AND (conflicts.ship_to IS NULL OR NOT EXISTS (
		SELECT FROM unnest(c.regions) AS r WHERE conflicts.ship_to = r OR starts_with(conflicts.ship_to, r || '.')))
	UNION ALL
	SELECT 'approval', NULL, value::text, c.above::text, 'an approval is missing'
	FROM clause AS c WHERE c.kind = 'approval' AND conflicts.approval IS NULL
	  AND (value > pulse.to_numeric(c.above) OR pulse.currency(c.above) <> conflicts.currency)
	UNION ALL
	SELECT 'prepayment', NULL, p.paid::text, round(c.share * (p.released + value) / 100, 2)::text, 'the prepayment has not come'
	FROM clause AS c, LATERAL (SELECT
			(SELECT coalesce(sum(pulse.to_numeric(q.amount) - r.back), 0) FROM payment AS q,
			 LATERAL (SELECT coalesce(sum(pulse.to_numeric(a.amount)), 0) AS back FROM allocation AS a WHERE a.payment_id = q.payment_id AND a.instalment_id IS NULL) AS r
			 WHERE q.contract_id = conflicts.contract_id
			 AND q.kind = 'payment' AND q.received_on <= conflicts.ship_on AND pulse.currency(q.amount) = agreed.currency) AS paid,
			(SELECT coalesce(sum(receivables.shipment_value(conflicts.place, s.shipment_id, s.currency)), 0) FROM shipment AS s
			 WHERE s.contract_id = conflicts.contract_id AND s.state IN ('released', 'shipped') AND s.currency = agreed.currency) AS released) AS p
	WHERE c.kind = 'prepayment' AND p.paid < c.share * (p.released + value) / 100;
	RETURN QUERY SELECT * FROM receivables.credit_conflicts(conflicts.place, owes.customer_id, owes.credit_limit, owes.overdue_limit, owes.overdue_days, value, conflicts.currency);
END
$$;
COMMENT ON FUNCTION receivables.conflicts(text, bigint, bigint, date, text, text, text) IS 'Used by the gate: everything that speaks against a shipment.';

CREATE OR REPLACE FUNCTION receivables.shipment_value(place text, shipment_id bigint, currency text) RETURNS numeric
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN (SELECT coalesce(sum(pulse.to_numeric(pulse.round_amount(l.quantity * l.price, shipment_value.currency))), 0)
			FROM shipment_line AS l WHERE l.shipment_id = shipment_value.shipment_id);
END
$$;
COMMENT ON FUNCTION receivables.shipment_value(text, bigint, text) IS 'Used by the gate: the value of a shipment, tax included, each line rounded.';

CREATE OR REPLACE FUNCTION receivables.credit_conflicts(place text, customer_id bigint, credit_limit pulse.amount, overdue_limit pulse.amount,
		overdue_days int, value numeric, currency text)
	RETURNS TABLE (kind text, line bigint, asked text, allowed text, reason text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	today date := pulse.day_of(pulse.clock());
	parts record;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	IF credit_conflicts.credit_limit IS NOT NULL THEN
		-- goods that are invoiced count with their invoice, and only there
		WITH part AS (
			SELECT 'receivable' AS part, pulse.currency(i.amount) AS currency, pulse.to_numeric(i.amount) - coalesce(pulse.to_numeric(i.applied), 0) AS value
			FROM instalment AS i JOIN invoice AS v USING (invoice_id) WHERE v.customer_id = credit_conflicts.customer_id
			UNION ALL
			SELECT 'credit', pulse.currency(p.amount), coalesce(pulse.to_numeric(p.applied), 0) - pulse.to_numeric(p.amount)
			FROM payment AS p WHERE p.customer_id = credit_conflicts.customer_id
			UNION ALL
			SELECT 'released', s.currency, pulse.to_numeric(pulse.round_amount(l.quantity * l.price, s.currency))
			FROM contract AS c JOIN shipment AS s USING (contract_id) JOIN shipment_line AS l USING (shipment_id)
			WHERE c.customer_id = credit_conflicts.customer_id AND s.state IN ('released', 'shipped')
			  AND NOT EXISTS (SELECT FROM invoice_line AS n WHERE n.shipment_line_id = l.shipment_line_id)
			UNION ALL
			SELECT 'requested', credit_conflicts.currency, credit_conflicts.value
		), priced AS (
			SELECT p.part, p.value * CASE WHEN p.currency = pulse.currency(credit_conflicts.credit_limit) THEN 1 ELSE
				(SELECT r.rate FROM fx_rate AS r JOIN debtor AS d USING (tenant) WHERE d.customer_id = credit_conflicts.customer_id AND r.currency = p.currency AND r.into_currency = pulse.currency(credit_conflicts.credit_limit)
				 AND r.since <= today ORDER BY r.since DESC LIMIT 1) END AS value
			FROM part AS p WHERE p.value <> 0
		)
		SELECT sum(p.value) AS exposure, bool_or(p.value IS NULL) AS unpriced,
			   format('receivable %s, credit %s, released %s, requested %s', coalesce(sum(p.value) FILTER (WHERE p.part = 'receivable'), 0),
				   coalesce(sum(p.value) FILTER (WHERE p.part = 'credit'), 0), coalesce(sum(p.value) FILTER (WHERE p.part = 'released'), 0),
				   coalesce(sum(p.value) FILTER (WHERE p.part = 'requested'), 0)) AS components
		INTO parts FROM priced AS p;
		IF parts.unpriced THEN
			RETURN QUERY SELECT 'credit_limit', NULL::bigint, parts.components, credit_conflicts.credit_limit::text, 'a rate into the currency of the credit limit is missing';
		ELSIF parts.exposure > pulse.to_numeric(credit_conflicts.credit_limit) THEN
			RETURN QUERY SELECT 'credit_limit', NULL::bigint, parts.components, credit_conflicts.credit_limit::text, 'over the credit limit';
		END IF;
	END IF;
	IF credit_conflicts.overdue_limit IS NOT NULL THEN
		RETURN QUERY
		SELECT 'overdue', NULL::bigint, o.value::text, credit_conflicts.overdue_limit::text, format('too much is more than %s days past due', credit_conflicts.overdue_days)
		FROM (SELECT coalesce(sum(pulse.to_numeric(i.amount) - coalesce(pulse.to_numeric(i.applied), 0)), 0) AS value
			  FROM instalment AS i JOIN invoice AS v USING (invoice_id)
			  WHERE v.customer_id = credit_conflicts.customer_id AND today - i.due_on > credit_conflicts.overdue_days
				AND pulse.currency(i.amount) = pulse.currency(credit_conflicts.overdue_limit)
				AND NOT EXISTS (SELECT FROM pause AS u WHERE u.instalment_id = i.instalment_id AND today >= u.since AND (u.until IS NULL OR today < u.until))) AS o
		WHERE o.value > pulse.to_numeric(credit_conflicts.overdue_limit);
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.credit_conflicts(text, bigint, pulse.amount, pulse.amount, int, numeric, text) IS
'Used by the gate: what speaks against more credit. Exposure is what is owed, less open credits, plus goods released and not invoiced, plus what is asked for.';

CREATE OR REPLACE FUNCTION receivables.check_shipment(shipment_id bigint, schema text DEFAULT NULL)
	RETURNS TABLE (kind text, action text, line bigint, asked text, allowed text, reason text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	here text := receivables.place(check_shipment.schema);
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', here), true);
	RETURN QUERY
	SELECT c.kind, coalesce(g.action, 'hold'), c.line, c.asked, c.allowed, c.reason
	FROM shipment AS s CROSS JOIN LATERAL receivables.conflicts(here, s.shipment_id, s.contract_id, s.ship_on, s.ship_to, s.currency, s.approval) AS c
	LEFT JOIN gate AS g ON g.kind = c.kind AND g.tenant = s.tenant
	WHERE s.shipment_id = check_shipment.shipment_id ORDER BY c.kind, c.line;
END
$$;
COMMENT ON FUNCTION receivables.check_shipment(bigint, text) IS
'All that speaks against a shipment, without asking for it: kind of conflict, what the gate would do (hold, reject, ignore), what is asked and what is allowed. Takes no locks. Error SP801.';
