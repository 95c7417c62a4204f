-- ---- the gate: what speaks against a shipment -------------------------------------------

-- A request is a shipment, or an order in a table of the application's own (relation
-- and key); the row may be one that is just being written.  Lines: an array of
-- objects as shipment_lines() makes them; NULL: only the whole is judged.  clause:
-- the row that says otherwise, as table:key.
CREATE OR REPLACE FUNCTION receivables.conflicts(place text, customer_id bigint, contract_id bigint, ship_on date, ship_to text, currency text, approval text,
		value numeric, lines jsonb, shipment_id bigint DEFAULT NULL, relation regclass DEFAULT NULL, key text DEFAULT NULL)
	RETURNS TABLE (kind text, line bigint, asked text, allowed text, reason text, clause text)
	-- what is kept says its days the same way in every session
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_column
DECLARE
	agreed record;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	SELECT c.* INTO agreed FROM contract AS c WHERE c.contract_id = conflicts.contract_id;
	RETURN QUERY
	WITH line AS (
		SELECT l.line, l.product, l.quantity, l.price, l.tax_rate, l.expires_on, c.contract_line_id, c.committed,
			   v.since, v.quantity AS agreed_quantity, v.price AS agreed_price, v.floor_price, v.tax_rate AS agreed_tax, v.shelf_days
		FROM jsonb_to_recordset(conflicts.lines) AS l (line bigint, product text, quantity numeric, price numeric, tax_rate numeric, expires_on date)
		LEFT JOIN contract_line AS c ON c.contract_id = conflicts.contract_id AND c.product = l.product
		LEFT JOIN LATERAL (SELECT w.* FROM contract_line_version AS w WHERE w.contract_line_id = c.contract_line_id
						   AND w.since <= conflicts.ship_on ORDER BY w.since DESC LIMIT 1) AS v ON true
		WHERE conflicts.contract_id IS NOT NULL
	), clause AS (
		SELECT DISTINCT ON (c.kind) c.* FROM contract_clause AS c
		WHERE c.contract_id = conflicts.contract_id AND c.since <= conflicts.ship_on ORDER BY c.kind, c.since DESC
	)
	SELECT 'product', l.line, l.product, NULL, 'the product is not in the contract',
		   coalesce('contract_line:' || l.contract_line_id, 'contract:' || conflicts.contract_id)
	FROM line AS l WHERE l.since IS NULL
	UNION ALL
	SELECT 'product', NULL, NULL, NULL, CASE WHEN conflicts.relation IS NULL THEN 'the shipment has no lines' ELSE 'the order has no lines' END, NULL
	WHERE conflicts.lines = '[]'
	UNION ALL
	SELECT 'price', l.line, l.price::text, coalesce(l.agreed_price, l.floor_price)::text,
		   CASE WHEN l.price <> l.agreed_price THEN 'the price is not the contract''s' ELSE 'the price is below the floor' END,
		   format('contract_line_version:%s@%s', l.contract_line_id, l.since)
	FROM line AS l WHERE l.price <> l.agreed_price OR l.price < l.floor_price
	UNION ALL
	SELECT 'quantity', min(l.line), sum(l.quantity)::text, (max(l.agreed_quantity) - max(l.committed))::text, 'more than is left of the contract',
		   format('contract_line_version:%s@%s', l.contract_line_id, max(l.since))
	FROM line AS l WHERE l.since IS NOT NULL GROUP BY l.contract_line_id HAVING sum(l.quantity) > max(l.agreed_quantity) - max(l.committed)
	UNION ALL
	SELECT 'tax', l.line, l.tax_rate::text, l.agreed_tax::text, 'the tax rate is not the contract''s', format('contract_line_version:%s@%s', l.contract_line_id, l.since)
	FROM line AS l WHERE l.agreed_tax IS NOT NULL AND l.tax_rate IS DISTINCT FROM l.agreed_tax
	UNION ALL
	SELECT 'shelf_life', l.line, l.expires_on::text, (conflicts.ship_on + l.shelf_days)::text, 'the goods expire too early', format('contract_line_version:%s@%s', l.contract_line_id, l.since)
	FROM line AS l WHERE l.shelf_days IS NOT NULL AND (l.expires_on IS NULL OR l.expires_on - conflicts.ship_on < l.shelf_days)
	UNION ALL
	SELECT 'currency', NULL, conflicts.currency, agreed.currency, 'the currency is not the contract''s', 'contract:' || conflicts.contract_id
	WHERE conflicts.currency <> agreed.currency
	UNION ALL
	SELECT 'validity', NULL, conflicts.ship_on::text, concat(c.first_day, ' .. ', c.last_day), 'the contract is not in force on that day', 'contract_clause:' || c.clause_id
	FROM clause AS c WHERE c.kind = 'validity' AND (conflicts.ship_on < c.first_day OR conflicts.ship_on > c.last_day)
	UNION ALL
	SELECT 'validity', NULL, conflicts.ship_on::text, agreed.signed_on::text, 'the contract is not signed by then', 'contract:' || conflicts.contract_id
	WHERE conflicts.contract_id IS NOT NULL AND (agreed.signed_on IS NULL OR conflicts.ship_on < agreed.signed_on)
	UNION ALL
	SELECT 'territory', NULL, conflicts.ship_to, array_to_string(c.regions, ', '), 'the goods go outside the territory', 'contract_clause:' || c.clause_id
	FROM clause AS c WHERE c.kind = 'territory' AND (conflicts.ship_to IS NULL OR NOT EXISTS (
		SELECT FROM unnest(c.regions) AS r WHERE conflicts.ship_to = r OR starts_with(conflicts.ship_to, r || '.')))
	UNION ALL
	SELECT 'approval', NULL, conflicts.value::text, c.above::text, 'an approval is missing', 'contract_clause:' || c.clause_id
	FROM clause AS c WHERE c.kind = 'approval' AND conflicts.approval IS NULL
	  AND (conflicts.value > pulse.to_numeric(c.above) OR pulse.currency(c.above) <> conflicts.currency)
	UNION ALL
	SELECT 'prepayment', NULL, p.paid::text, round(c.share * (p.released + conflicts.value) / 100, 2)::text, 'the prepayment has not come', 'contract_clause:' || c.clause_id
	FROM clause AS c, LATERAL (SELECT
			(SELECT coalesce(sum(pulse.to_numeric(q.amount) - r.back), 0) FROM payment AS q,
			 LATERAL (SELECT coalesce(sum(pulse.to_numeric(a.amount)), 0) AS back FROM allocation AS a WHERE a.payment_id = q.payment_id AND a.instalment_id IS NULL) AS r
			 WHERE q.contract_id = conflicts.contract_id
			 AND q.kind = 'payment' AND q.received_on <= conflicts.ship_on AND pulse.currency(q.amount) = agreed.currency) AS paid,
			(SELECT coalesce(sum(n.value), 0) FROM shipment AS s, LATERAL (SELECT sum(pulse.to_numeric(pulse.round_amount(n.quantity * n.price, s.currency))) AS value
				FROM shipment_line AS n WHERE n.shipment_id = s.shipment_id OFFSET 0) AS n
			 WHERE s.contract_id = conflicts.contract_id AND s.state IN ('released', 'shipped') AND s.currency = agreed.currency)
			+ (SELECT coalesce(sum(o.amount), 0) FROM order_request AS o WHERE o.contract_id = conflicts.contract_id AND o.state IN ('released', 'fulfilled')
			   AND o.currency = agreed.currency AND (o.relation, o.key) IS DISTINCT FROM (conflicts.relation, conflicts.key)) AS released) AS p
	WHERE c.kind = 'prepayment' AND p.paid < c.share * (p.released + conflicts.value) / 100;
	IF NOT EXISTS (SELECT FROM debtor AS d WHERE d.customer_id = conflicts.customer_id) THEN
		RETURN QUERY SELECT 'credit_limit', NULL::bigint, conflicts.customer_id::text, NULL::text, 'there is no such debtor', NULL::text;
	ELSIF agreed.customer_id <> conflicts.customer_id THEN
		RETURN QUERY SELECT 'validity', NULL::bigint, conflicts.customer_id::text, agreed.customer_id::text, 'the contract is another customer''s',
			'contract:' || conflicts.contract_id;
	END IF;
	RETURN QUERY SELECT * FROM receivables.credit_conflicts(conflicts.place, conflicts.customer_id, conflicts.contract_id, value, conflicts.currency,
		conflicts.shipment_id, conflicts.relation, conflicts.key);
END
$$;
COMMENT ON FUNCTION receivables.conflicts(text, bigint, bigint, date, text, text, text, numeric, jsonb, bigint, regclass, text) IS 'Used by the gates: everything that speaks against a shipment or order.';

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

CREATE OR REPLACE FUNCTION receivables.shipment_lines(place text, shipment_id bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('line', l.shipment_line_id, 'product', l.product, 'quantity', l.quantity, 'price', l.price,
				'tax_rate', l.tax_rate, 'expires_on', l.expires_on) ORDER BY l.shipment_line_id), '[]')
			FROM shipment_line AS l WHERE l.shipment_id = shipment_lines.shipment_id);
END
$$;
COMMENT ON FUNCTION receivables.shipment_lines(text, bigint) IS 'Used by the gate: the lines of a shipment, to be judged.';

-- What a kind does: that of the limit itself, else that of its kind, else hold.
CREATE OR REPLACE FUNCTION receivables.gate_action(place text, kind text, tenant text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN coalesce((SELECT g.action FROM gate AS g WHERE g.kind IN (gate_action.kind, split_part(gate_action.kind, ':', 1)) AND g.tenant = gate_action.tenant
					 ORDER BY length(g.kind) DESC LIMIT 1), 'hold');
END
$$;
COMMENT ON FUNCTION receivables.gate_action(text, text, text) IS 'Used by the gates: what a kind of conflict does.';

CREATE OR REPLACE FUNCTION receivables.check_shipment(shipment_id bigint, schema text DEFAULT NULL)
	RETURNS TABLE (kind text, action text, line bigint, asked text, allowed text, reason text, clause text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	here text := receivables.place(check_shipment.schema);
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', here), true);
	RETURN QUERY
	SELECT c.kind, receivables.gate_action(here, c.kind, s.tenant), c.line, c.asked, c.allowed, c.reason, c.clause
	FROM shipment AS s JOIN contract AS k USING (contract_id)
	CROSS JOIN LATERAL receivables.conflicts(here, k.customer_id, s.contract_id, s.ship_on, s.ship_to, s.currency, s.approval,
		receivables.shipment_value(here, s.shipment_id, s.currency), receivables.shipment_lines(here, s.shipment_id), s.shipment_id) AS c
	WHERE s.shipment_id = check_shipment.shipment_id ORDER BY c.kind, c.line;
END
$$;
COMMENT ON FUNCTION receivables.check_shipment(bigint, text) IS
'All that speaks against a shipment, without asking for it: kind of conflict, what the gate would do (hold, reject, ignore), what is asked and what is allowed, and the clause: the row that says so, as table:key, such as contract_clause:17, contract_line_version:4@2026-01-01, credit_limit:3, debtor:1. Takes no locks. Error SP801.';
