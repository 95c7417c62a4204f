-- ---- which contract a shipment belongs to ------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.match_shipment(customer_id bigint, lines jsonb, ship_on date DEFAULT NULL, ship_to text DEFAULT NULL,
		approval text DEFAULT NULL, schema text DEFAULT NULL)
	RETURNS TABLE (contract_id bigint, number text, value pulse.amount, conflicts bigint, kinds text, reasons text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	here text := receivables.place(match_shipment.schema);
	day date := coalesce(match_shipment.ship_on, pulse.day_of(pulse.clock()));
BEGIN
	IF jsonb_typeof(match_shipment.lines) IS DISTINCT FROM 'array' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the lines are no array',
			DETAIL = 'Each line is an object with product and quantity, and with price, tax_rate and expires_on where they are known.',
			HINT = 'Such as: receivables.match_shipment(17, ''[{"product": "P0", "quantity": 100, "price": 200}]'').';
	END IF;
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', here), true);
	RETURN QUERY
	SELECT c.contract_id, c.number, pulse.amount(w.value, c.currency), f.conflicts, f.kinds, f.reasons
	FROM contract AS c,
		 -- a line without a price is at the contract's
		 LATERAL (SELECT coalesce(sum(pulse.to_numeric(pulse.round_amount(l.quantity * coalesce(l.price, v.price, v.floor_price, 0), c.currency))), 0) AS value
			FROM jsonb_to_recordset(match_shipment.lines) AS l (product text, quantity numeric, price numeric)
			LEFT JOIN contract_line AS p ON p.contract_id = c.contract_id AND p.product = l.product
			LEFT JOIN LATERAL (SELECT n.* FROM contract_line_version AS n WHERE n.contract_line_id = p.contract_line_id AND n.since <= day
							   ORDER BY n.since DESC LIMIT 1) AS v ON true) AS w,
		 LATERAL (SELECT count(*) AS conflicts, string_agg(DISTINCT k.kind, ', ') AS kinds, string_agg(DISTINCT k.reason, '; ') AS reasons
			FROM receivables.conflicts(here, c.customer_id, c.contract_id, day, match_shipment.ship_to, c.currency, match_shipment.approval, w.value, match_shipment.lines) AS k
			WHERE receivables.gate_action(here, k.kind, c.tenant) <> 'ignore') AS f
	WHERE c.customer_id = match_shipment.customer_id
	ORDER BY f.conflicts, c.signed_on, c.contract_id;
END
$$;
COMMENT ON FUNCTION receivables.match_shipment(bigint, jsonb, date, text, text, text) IS
'The contracts of a customer that goods could be shipped under, the best first: those without conflicts, the oldest of them first, then those with the fewest. lines: an array of objects with product and quantity, and price (without one the contract''s), tax_rate, expires_on; ship_on: today unless given. value: what the goods cost there; kinds and reasons: what the gate would say. Takes no locks. Errors: SP801, 22023 lines that are no array, SP101 more digits than an amount holds.';
