-- ---- credit: exposure by component, and what is over a limit ----------------------------

-- A request looks up the rows of a customer and a contract, many times a second, and
-- its session keeps the plans.  One that goes by statistics, made before a load,
-- would read whole tables for each request after it: so the functions that are
-- called from outside (gate_shipment, gate_order, check_shipment, credit_status,
-- match_shipment) let nothing be planned but looking up, for all that they call,
-- and joins whose order matters are written as LATERAL with OFFSET 0.  Such plans
-- are costed as dear, which is no reason to compile them.

-- looked up by each of the three that a limit may be of
CREATE OR REPLACE FUNCTION receivables.limit_ids(place text, customer_id bigint, contract_id bigint) RETURNS bigint[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN ARRAY(
		SELECT l.credit_limit_id FROM credit_limit AS l WHERE l.customer_id = limit_ids.customer_id
		UNION ALL
		SELECT l.credit_limit_id FROM credit_limit AS l WHERE l.contract_id = limit_ids.contract_id
		UNION ALL
		SELECT l.credit_limit_id FROM debtor AS d JOIN credit_limit AS l ON l.credit_group = d.credit_group AND l.tenant = d.tenant
		WHERE d.customer_id = limit_ids.customer_id);
END
$$;
COMMENT ON FUNCTION receivables.limit_ids(text, bigint, bigint) IS 'Used by the gates: all rows of credit_limit that are about a customer, his contract or his group, in force or not.';

-- the limits in force today that a request of a customer and contract counts towards
CREATE OR REPLACE FUNCTION receivables.limits(place text, customer_id bigint, contract_id bigint)
	RETURNS TABLE (name text, scope text, customers bigint[], only_contract bigint, components text[], overdue_days int, own_currency boolean, allowed pulse.amount, clause text)
	LANGUAGE plpgsql STABLE ROWS 4 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	today date := pulse.day_of(pulse.clock());
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN QUERY
	SELECT NULL::text, 'customer', ARRAY[d.customer_id], NULL::bigint, '{not_due,overdue,paused,credit,shipped,released,ordered,requested}'::text[], 0, false, d.credit_limit,
		   'debtor:' || d.customer_id
	FROM debtor AS d WHERE d.customer_id = limits.customer_id AND d.credit_limit IS NOT NULL
	UNION ALL
	SELECT l.name, CASE WHEN l.contract_id IS NOT NULL THEN 'contract' WHEN l.customer_id IS NOT NULL THEN 'customer' ELSE 'group' END,
		   CASE WHEN l.credit_group IS NULL THEN ARRAY[limits.customer_id]
				ELSE ARRAY(SELECT g.customer_id FROM debtor AS g WHERE g.credit_group = l.credit_group AND g.tenant = l.tenant) END,
		   l.contract_id, l.components, l.overdue_days, l.own_currency, l.allowed, 'credit_limit:' || l.credit_limit_id
	FROM (SELECT DISTINCT ON (k.name, k.customer_id, k.contract_id, k.credit_group) k.*
		  FROM credit_limit AS k
		  WHERE k.since <= today AND k.credit_limit_id = ANY (receivables.limit_ids(limits.place, limits.customer_id, limits.contract_id))
		  ORDER BY k.name, k.customer_id, k.contract_id, k.credit_group, k.since DESC) AS l
	WHERE l.allowed IS NOT NULL;
END
$$;
COMMENT ON FUNCTION receivables.limits(text, bigint, bigint) IS 'Used by the gates: the limits in force today for a customer, his contract and his group; the debtor''s own has no name. clause: the row, as table:key.';

-- What counts towards a limit, by component and in its currency; a NULL value has no rate.
-- The request itself is left out of what is written: it is asked for again.
CREATE OR REPLACE FUNCTION receivables.exposure_of(place text, customers bigint[], contract_id bigint, components text[], overdue_days int, own_currency boolean,
		into_currency text, requested numeric DEFAULT 0, currency text DEFAULT NULL, shipment_id bigint DEFAULT NULL, relation regclass DEFAULT NULL, key text DEFAULT NULL)
	RETURNS TABLE (component text, amount numeric)
	LANGUAGE plpgsql STABLE ROWS 9 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	today date := pulse.day_of(pulse.clock());
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN QUERY
	SELECT c.name, CASE WHEN count(*) FILTER (WHERE p.currency IS NOT NULL AND p.rate IS NULL) = 0 THEN coalesce(sum(p.amount * p.rate), 0) END
	FROM unnest(exposure_of.components) WITH ORDINALITY AS c (name, place)
	LEFT JOIN (
		SELECT s.component, s.currency, s.amount, CASE WHEN s.currency = exposure_of.into_currency THEN 1 ELSE
			(SELECT r.rate FROM fx_rate AS r JOIN debtor AS d USING (tenant) WHERE d.customer_id = exposure_of.customers[1]
			 AND r.currency = s.currency AND r.into_currency = exposure_of.into_currency AND r.since <= today ORDER BY r.since DESC LIMIT 1) END AS rate
		FROM (SELECT e.component, e.currency, sum(e.amount) AS amount FROM exposure_item AS e
			  WHERE e.customer_id = ANY (exposure_of.customers) AND (exposure_of.contract_id IS NULL OR e.contract_id = exposure_of.contract_id)
				AND (e.component <> 'overdue' OR e.days_past_due > exposure_of.overdue_days)
				AND (exposure_of.shipment_id IS NULL OR e.shipment_id IS DISTINCT FROM exposure_of.shipment_id)
				AND (exposure_of.key IS NULL OR (e.relation, e.key) IS DISTINCT FROM (exposure_of.relation, exposure_of.key))
			  GROUP BY 1, 2
			  UNION ALL SELECT 'requested', exposure_of.currency, exposure_of.requested WHERE exposure_of.requested <> 0) AS s
		WHERE s.amount <> 0 AND (s.currency = exposure_of.into_currency OR NOT exposure_of.own_currency)) AS p ON p.component = c.name
	GROUP BY c.name, c.place ORDER BY c.place;
END
$$;
COMMENT ON FUNCTION receivables.exposure_of(text, bigint[], bigint, text[], int, boolean, text, numeric, text, bigint, regclass, text) IS
'Used by the gates: exposure by component in one currency; NULL where a rate is missing.';

CREATE OR REPLACE FUNCTION receivables.credit_conflicts(place text, customer_id bigint, contract_id bigint, value numeric, currency text,
		shipment_id bigint, relation regclass, key text)
	RETURNS TABLE (kind text, line bigint, asked text, allowed text, reason text, clause text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	bound record;
	found record;
BEGIN
	FOR bound IN SELECT l.* FROM receivables.limits(place, credit_conflicts.customer_id, credit_conflicts.contract_id) AS l LOOP
		SELECT sum(e.amount) AS total, bool_or(e.amount IS NULL) AS unpriced, string_agg(format('%s %s', e.component, coalesce(e.amount::text, 'without a rate')), ', ') AS parts
		INTO found
		FROM receivables.exposure_of(place, bound.customers, bound.only_contract, bound.components, bound.overdue_days, bound.own_currency, pulse.currency(bound.allowed),
			credit_conflicts.value, credit_conflicts.currency, credit_conflicts.shipment_id, credit_conflicts.relation, credit_conflicts.key) AS e;
		IF found.unpriced OR found.total > pulse.to_numeric(bound.allowed) THEN
			RETURN QUERY SELECT concat_ws(':', 'credit_limit', bound.name), NULL::bigint,
				CASE WHEN found.unpriced THEN found.parts ELSE format('%s: %s', found.total, found.parts) END, bound.allowed::text,
				CASE WHEN found.unpriced THEN 'a rate into the currency of the credit limit is missing'
					 WHEN bound.name IS NULL THEN 'over the credit limit' ELSE format('over the limit "%s" of the %s', bound.name, bound.scope) END, bound.clause;
		END IF;
	END LOOP;
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	RETURN QUERY
	SELECT 'overdue', NULL::bigint, e.amount::text, d.overdue_limit::text, format('too much is more than %s days past due', d.overdue_days),
		   'debtor:' || d.customer_id
	FROM debtor AS d CROSS JOIN LATERAL receivables.exposure_of(credit_conflicts.place, ARRAY[d.customer_id], NULL, '{overdue}', d.overdue_days, true, pulse.currency(d.overdue_limit)) AS e
	WHERE d.customer_id = credit_conflicts.customer_id AND d.overdue_limit IS NOT NULL AND e.amount > pulse.to_numeric(d.overdue_limit);
END
$$;
COMMENT ON FUNCTION receivables.credit_conflicts(text, bigint, bigint, numeric, text, bigint, regclass, text) IS
'Used by the gates: what speaks against more credit; each limit that is passed is a conflict, with what counts towards it.';

CREATE OR REPLACE FUNCTION receivables.credit_status(customer_id bigint, contract_id bigint DEFAULT NULL, schema text DEFAULT NULL)
	RETURNS TABLE (name text, scope text, component text, currency text, exposure numeric, allowed numeric, available numeric, is_over boolean)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	here text := receivables.place(credit_status.schema);
BEGIN
	RETURN QUERY
	WITH part AS (
		SELECT l.ordinality AS n, coalesce(l.name, 'credit_limit') AS name, l.scope, pulse.currency(l.allowed) AS currency, pulse.to_numeric(l.allowed) AS allowed, e.place, e.component, e.amount
		FROM receivables.limits(here, credit_status.customer_id, credit_status.contract_id) WITH ORDINALITY AS l,
			 receivables.exposure_of(here, l.customers, l.only_contract, l.components, l.overdue_days, l.own_currency, pulse.currency(l.allowed)) WITH ORDINALITY AS e (component, amount, place)
		WHERE e.component <> 'requested'
	), line AS (
		SELECT p.n, p.name, p.scope, p.currency, p.place, p.component, p.amount, NULL::numeric AS allowed FROM part AS p
		UNION ALL
		SELECT p.n, p.name, p.scope, p.currency, NULL, 'total', CASE WHEN count(*) = count(p.amount) THEN sum(p.amount) END, p.allowed FROM part AS p GROUP BY p.n, p.name, p.scope, p.currency, p.allowed
	)
	SELECT l.name, l.scope, l.component, l.currency, l.amount, l.allowed, l.allowed - l.amount, l.amount > l.allowed FROM line AS l ORDER BY l.n, l.place;
END
$$;
COMMENT ON FUNCTION receivables.credit_status(bigint, bigint, text) IS
'The limits in force today for a customer (and a contract of his, and his group), each with its components and, last, their total: exposure, what is allowed, what is available. Figures are in the limit''s currency; NULL where a rate is missing. Nothing: no limit. Error SP801.';
