-- complain if this script is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION salespulse_receivables CASCADE" to load this file. \quit

-- The pack holds functions; the tables they work on are the user's, made by
-- receivables.install() in a schema of his own. Each function finds them by
-- setting the path for its own duration: pg_catalog first, then that schema.
-- No table of the pack's own says where it is installed: its triggers do.

COMMENT ON SCHEMA receivables IS
'Receivables: functions over the tables that receivables.install() makes. SQLSTATEs: SP801 not installed there, SP802 a shipment is rejected by its gate, SP803 more than is open.';
GRANT USAGE ON SCHEMA receivables TO PUBLIC;

CREATE VIEW receivables.installations WITH (security_invoker = true) AS
	SELECT n.nspname::text COLLATE "default" AS schema, pg_catalog.pg_get_userbyid(c.relowner)::text COLLATE "default" AS owner
	FROM pg_catalog.pg_trigger AS t
	JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
	WHERE p.proname = 'keep_applied' AND p.pronamespace = 'receivables'::regnamespace;
COMMENT ON VIEW receivables.installations IS 'The schemas where the tables are installed, and whose they are.';
GRANT SELECT ON receivables.installations TO PUBLIC;
-- ---- payments and what they settle ----------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.apply_payment(payment_id bigint, method text DEFAULT 'fifo', parts jsonb DEFAULT NULL,
		applied_on date DEFAULT NULL, currency text DEFAULT NULL, rate numeric DEFAULT NULL, schema text DEFAULT NULL) RETURNS pulse.amount
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	day date := coalesce(apply_payment.applied_on, pulse.day_of(pulse.clock()));
	paid record;
	cash text;
	price numeric;
	settled text;
	left_over numeric;
	rest numeric;
	named bigint[];
	ids bigint[];
	opens numeric[];
	shares numeric[];
BEGIN
	PERFORM set_config('search_path', receivables.path(apply_payment.schema), true);
	SELECT p.* INTO paid FROM payment AS p WHERE p.payment_id = apply_payment.payment_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'P0002', MESSAGE = format('there is no payment %s', apply_payment.payment_id),
			HINT = 'Write it first: INSERT INTO payment (customer_id, received_on, amount) ...';
	END IF;
	cash := pulse.currency(paid.amount);
	settled := coalesce(apply_payment.currency, cash);
	price := receivables.price(settled, cash, apply_payment.rate, day, apply_payment.schema);
	left_over := pulse.to_numeric(paid.amount) - coalesce(pulse.to_numeric(paid.applied), 0);
	-- whole cents of the other currency: what is left of the payment is enough for them
	rest := pulse.to_numeric(pulse.round_amount(left_over / price, settled, 'down'));

	IF jsonb_typeof(apply_payment.parts) = 'object' THEN
		named := ARRAY(SELECT k::bigint FROM jsonb_object_keys(apply_payment.parts) AS k WHERE k ~ '^[0-9]{1,18}$');
	END IF;
	-- in one order everywhere; what is open is read after the lock is there
	PERFORM FROM instalment AS i JOIN invoice AS v USING (invoice_id)
	WHERE (apply_payment.parts IS NULL AND i.customer_id = paid.customer_id AND (paid.contract_id IS NULL OR v.contract_id = paid.contract_id)
		   OR i.instalment_id = ANY (named))
	  AND (i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount)
	ORDER BY i.instalment_id FOR NO KEY UPDATE OF i;
	SELECT array_agg(o.instalment_id ORDER BY o.due_on, o.instalment_id), array_agg(o.open ORDER BY o.due_on, o.instalment_id)
	INTO ids, opens
	FROM (SELECT i.instalment_id, i.due_on, pulse.to_numeric(i.amount) - coalesce(pulse.to_numeric(i.applied), 0) AS open
		  FROM instalment AS i JOIN invoice AS v USING (invoice_id)
		  WHERE (apply_payment.parts IS NULL AND i.customer_id = paid.customer_id AND (paid.contract_id IS NULL OR v.contract_id = paid.contract_id)
				 OR i.instalment_id = ANY (named))
			AND (i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount) AND pulse.currency(i.amount) = settled) AS o
	WHERE o.open > 0;

	shares := receivables.shares(apply_payment.method, apply_payment.parts, rest, settled, ids, opens);
	INSERT INTO allocation (payment_id, instalment_id, amount, paid, applied_on)
	SELECT paid.payment_id, s.id, pulse.amount(s.share, settled), CASE WHEN settled <> cash THEN pulse.amount(s.cost, cash) END, day
	FROM (SELECT u.id, u.share, c.upto - lag(c.upto, 1, 0.0) OVER (ORDER BY u.place) AS cost
		  FROM (SELECT n.id, n.share, n.place, sum(n.share) OVER (ORDER BY n.place) AS upto
				FROM unnest(ids, shares) WITH ORDINALITY AS n (id, share, place) WHERE n.share > 0) AS u,
			   -- rounded as they add up; too little to settle a cent goes with the last
			   LATERAL (SELECT CASE WHEN u.upto = rest THEN left_over ELSE pulse.to_numeric(pulse.round_amount(u.upto * price, cash)) END AS upto) AS c) AS s;
	RETURN (SELECT pulse.amount(pulse.to_numeric(p.amount) - coalesce(pulse.to_numeric(p.applied), 0), cash)
			FROM payment AS p WHERE p.payment_id = paid.payment_id);
END
$$;
COMMENT ON FUNCTION receivables.apply_payment(bigint, text, jsonb, date, text, numeric, text) IS
'Settles open instalments of the payment''s customer (of its contract, where it names one): fifo (oldest due first), prorata (in proportion to what is open), or explicit: parts is an object {"instalment": amount}. applied_on: today unless given. currency: settle instalments in that one instead of the payment''s; rate: the price of one unit of it in the payment''s currency (by fx_rate of the day unless given), kept as allocation.paid. Returns what is left, an open credit. Two sessions never settle more than is open. Errors: SP801, P0002 no such payment, 22023 unknown method, unusable parts or rate, SP101 no rate of that day, SP803 more than is left or open.';

CREATE OR REPLACE FUNCTION receivables.price(settled text, cash text, given numeric, day date, schema text) RETURNS numeric
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF given <= 0 OR given IS NOT NULL AND settled = cash OR given = 'NaN' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unusable rate %s from %s to %s', given, settled, cash),
			HINT = format('Give the price of one %s in %s, above zero, where the two differ: currency => ''USD'', rate => 7.1.', settled, cash);
	END IF;
	RETURN coalesce(given, receivables.rate(settled, cash, day, schema));
END
$$;
COMMENT ON FUNCTION receivables.price(text, text, numeric, date, text) IS 'Used by apply_payment(): what one unit of the settled currency costs in the payment''s.';

CREATE OR REPLACE FUNCTION receivables.refund_payment(payment_id bigint, amount pulse.amount DEFAULT NULL, refunded_on date DEFAULT NULL, schema text DEFAULT NULL) RETURNS pulse.amount
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	left_over pulse.amount;
BEGIN
	PERFORM set_config('search_path', receivables.path(refund_payment.schema), true);
	SELECT CASE WHEN p.applied IS NULL THEN p.amount ELSE p.amount OPERATOR(pulse.-) p.applied END INTO left_over
	FROM payment AS p WHERE p.payment_id = refund_payment.payment_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'P0002', MESSAGE = format('there is no payment %s', refund_payment.payment_id),
			HINT = 'A refund is of a payment or credit note: SELECT * FROM payment.';
	ELSIF NOT coalesce(coalesce(refund_payment.amount, left_over) OPERATOR(pulse.>) 0 AND coalesce(refund_payment.amount, left_over) OPERATOR(pulse.<=) left_over, false) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP803', MESSAGE = format('%s cannot be refunded of payment %s', coalesce(refund_payment.amount, left_over), refund_payment.payment_id),
			DETAIL = format('Of it %s is left.', left_over),
			HINT = 'Give a positive amount of at most that, or none for all of it; what settles invoices is freed by receivables.unapply_payment(payment).';
	END IF;
	INSERT INTO allocation (payment_id, amount, applied_on)
	VALUES (refund_payment.payment_id, coalesce(refund_payment.amount, left_over), coalesce(refund_payment.refunded_on, pulse.day_of(pulse.clock())));
	RETURN left_over OPERATOR(pulse.-) coalesce(refund_payment.amount, left_over);
END
$$;
COMMENT ON FUNCTION receivables.refund_payment(bigint, pulse.amount, date, text) IS
'Gives an open credit back to the customer: a part of what is left of a payment or credit note, or all of it. refunded_on: today unless given. Returns what is left. Errors: SP801, P0002 no such payment, SP803 more than is left.';

-- what each of the open instalments gets; arithmetic alone
CREATE OR REPLACE FUNCTION receivables.shares(method text, parts jsonb, rest numeric, cash text, ids bigint[], opens numeric[]) RETURNS numeric[]
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	total numeric := (SELECT coalesce(sum(o), 0) FROM unnest(opens) AS o);
	bad record;
BEGIN
	IF method NOT IN ('fifo', 'prorata', 'explicit') OR method IS NULL OR (method = 'explicit') <> (parts IS NOT NULL)
	   OR (parts IS NOT NULL AND jsonb_typeof(parts) <> 'object') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unusable method or parts: %s', coalesce(method, 'null')),
			HINT = 'Methods are fifo, prorata, and explicit with parts such as {"17": 100.00}: what each instalment gets.';
	END IF;
	IF method = 'explicit' THEN
		SELECT e.key, e.value, o.open INTO bad
		FROM jsonb_each(parts) AS e LEFT JOIN unnest(ids, opens) AS o (id, open) ON o.id::text = e.key
		WHERE jsonb_typeof(e.value) <> 'number' OR (e.value)::numeric <= 0 OR (e.value)::numeric > coalesce(o.open, 0)
		ORDER BY e.key LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION USING ERRCODE = 'SP803', MESSAGE = format('instalment %s cannot be settled with %s', bad.key, bad.value),
				DETAIL = format('Of it %s %s is open.', cash, coalesce(bad.open, 0)),
				HINT = 'Give a positive number of at most that; what is left of the payment stays an open credit.';
		END IF;
		IF (SELECT sum((e.value)::numeric) FROM jsonb_each(parts) AS e) > rest THEN
			RAISE EXCEPTION USING ERRCODE = 'SP803', MESSAGE = 'the parts are more than is left of the payment',
				DETAIL = format('Of it %s %s is left.', cash, rest), HINT = 'Leave parts out or make them smaller.';
		END IF;
		RETURN (SELECT array_agg((parts ->> o.id::text)::numeric ORDER BY o.place) FROM unnest(ids) WITH ORDINALITY AS o (id, place));
	ELSIF method = 'prorata' AND least(rest, total) > 0 THEN
		RETURN (SELECT array_agg(pulse.to_numeric(s.share) ORDER BY s.place)
				FROM unnest(pulse.allocate(pulse.amount(least(rest, total), cash), opens)) WITH ORDINALITY AS s (share, place));
	END IF;
	RETURN (SELECT array_agg(least(o.open, greatest(rest - o.before, 0)) ORDER BY o.place)
			FROM (SELECT u.open, u.place, coalesce(sum(u.open) OVER (ORDER BY u.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
				  FROM unnest(opens) WITH ORDINALITY AS u (open, place)) AS o);
END
$$;
COMMENT ON FUNCTION receivables.shares(text, jsonb, numeric, text, bigint[], numeric[]) IS 'Used by apply_payment(): what each open instalment gets.';

CREATE OR REPLACE FUNCTION receivables.unapply_payment(payment_id bigint, instalment_id bigint DEFAULT NULL,
		applied_on date DEFAULT NULL, schema text DEFAULT NULL) RETURNS pulse.amount
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', receivables.path(unapply_payment.schema), true);
	PERFORM FROM payment AS p WHERE p.payment_id = unapply_payment.payment_id FOR NO KEY UPDATE;
	INSERT INTO allocation (payment_id, instalment_id, amount, paid, applied_on)
	SELECT a.payment_id, a.instalment_id, OPERATOR(pulse.-) pulse.sum(a.amount), OPERATOR(pulse.-) pulse.sum(a.paid),
		   coalesce(unapply_payment.applied_on, greatest(pulse.day_of(pulse.clock()), max(a.applied_on)))
	FROM allocation AS a
	WHERE a.payment_id = unapply_payment.payment_id AND a.instalment_id IS NOT NULL
	  AND (unapply_payment.instalment_id IS NULL OR a.instalment_id = unapply_payment.instalment_id)
	GROUP BY a.payment_id, a.instalment_id HAVING pulse.sum(a.amount) OPERATOR(pulse.>) 0;
	RETURN (SELECT CASE WHEN p.applied IS NULL THEN p.amount ELSE p.amount OPERATOR(pulse.-) p.applied END
			FROM payment AS p WHERE p.payment_id = unapply_payment.payment_id);
END
$$;
COMMENT ON FUNCTION receivables.unapply_payment(bigint, bigint, date, text) IS
'Takes back what a payment settled (of one instalment, or of all; at the rate it was settled at) by allocations of the other sign, from applied_on on: today unless given. Reports as of earlier days do not change. Returns what is left of the payment (NULL: no such payment). Error SP801.';
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
-- ---- tables that an earlier version installed --------------------------------------

-- Run by install() and upgrade() before the definitions.  Each part asks the
-- catalog whether it is still to be done.
CREATE OR REPLACE FUNCTION receivables.define_changes(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
DECLARE
	name text;
	key record;
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	IF to_regclass(format('%I.allocation', place)) IS NULL THEN
		RETURN;
	END IF;

	-- 0.2.0: a tenant on each row, and in what is unique by name
	FOREACH name IN ARRAY receivables.tables() LOOP
		CONTINUE WHEN to_regclass(format('%I.%I', place, name)) IS NULL OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = format('%I.%I', place, name)::regclass AND a.attname = 'tenant');
		EXECUTE format('ALTER TABLE %I.%I ADD COLUMN tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), '''')', place, name);
	END LOOP;
	FOR key IN
		SELECT k.relation, k.old_name, k.definition
		FROM (VALUES ('contract', 'contract_number_key', 'UNIQUE (tenant, number)'), ('invoice', 'invoice_number_key', 'UNIQUE (tenant, number)'),
					 ('gate', 'gate_pkey', 'PRIMARY KEY (tenant, kind)'), ('payment_term', 'payment_term_pkey', 'PRIMARY KEY (tenant, term, part)'),
					 ('fx_rate', 'fx_rate_pkey', 'PRIMARY KEY (tenant, currency, into_currency, since)')) AS k (relation, old_name, definition)
		JOIN pg_constraint AS c ON c.conrelid = format('%I.%I', place, k.relation)::regclass AND c.conname = k.old_name
		WHERE pg_get_constraintdef(c.oid) <> k.definition
	LOOP
		EXECUTE format('ALTER TABLE %1$I.%2$I DROP CONSTRAINT %3$I, ADD %4$s', place, key.relation, key.old_name, key.definition);
	END LOOP;

	-- 0.2.0: instalments know the invoice's dates; allocations when they count, what they cost in another currency, refunds
	IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = format('%I.allocation', place)::regclass AND a.attname = 'counts_on') THEN
		ALTER TABLE instalment ADD COLUMN IF NOT EXISTS issued_on date, ADD COLUMN IF NOT EXISTS booked_at timestamptz;
		UPDATE instalment AS i SET issued_on = v.issued_on, booked_at = v.booked_at FROM invoice AS v WHERE v.invoice_id = i.invoice_id;
		ALTER TABLE allocation ADD COLUMN paid pulse.amount, ADD COLUMN counts_on date, ADD COLUMN counts_at timestamptz,
			ALTER COLUMN instalment_id DROP NOT NULL,
			ADD CONSTRAINT allocation_paid CHECK (paid IS NULL OR instalment_id IS NOT NULL
				AND sign(pulse.to_numeric(paid)) IN (0, sign(pulse.to_numeric(amount))));
		ALTER TABLE allocation DISABLE TRIGGER receivables_only_added;
		UPDATE allocation AS a SET counts_on = greatest(a.applied_on, p.received_on, i.issued_on), counts_at = greatest(a.booked_at, p.booked_at, i.booked_at)
		FROM payment AS p, instalment AS i WHERE p.payment_id = a.payment_id AND i.instalment_id = a.instalment_id;
		ALTER TABLE allocation ENABLE TRIGGER receivables_only_added;
		ALTER TABLE gate_override ALTER COLUMN author SET DEFAULT coalesce(pulse.acting_staff(), session_user);
		ALTER TABLE gate_attempt ALTER COLUMN author SET DEFAULT coalesce(pulse.acting_staff(), session_user);
	END IF;

	-- 0.3.0: what is open is looked up by customer
	DROP INDEX IF EXISTS instalment_open, instalment_customer, payment_open;

	-- 0.3.0: groups of customers, limits by name in the gate, orders of the application's own
	ALTER TABLE debtor ADD COLUMN IF NOT EXISTS credit_group text;
	IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = format('%I.shipment', place)::regclass AND a.attname = 'is_invoiced') THEN
		ALTER TABLE shipment ADD COLUMN is_invoiced boolean NOT NULL DEFAULT false;
		UPDATE shipment AS s SET is_invoiced = true WHERE s.state IN ('released', 'shipped') AND NOT EXISTS (SELECT FROM receivables.uninvoiced(place, s.shipment_id));
	END IF;
	IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = format('%I.gate_attempt', place)::regclass AND a.attname = 'relation') THEN
		ALTER TABLE gate DROP CONSTRAINT gate_kind_check, ADD CONSTRAINT gate_kind_check CHECK (split_part(kind, ':', 1) IN ('price', 'quantity', 'validity', 'product',
			'territory', 'prepayment', 'credit_limit', 'overdue', 'approval', 'currency', 'tax', 'shelf_life'));
		ALTER TABLE gate_override ADD COLUMN relation regclass, ADD COLUMN key text, ALTER COLUMN shipment_id DROP NOT NULL,
			ADD CONSTRAINT gate_override_request CHECK ((shipment_id IS NULL) = (relation IS NOT NULL) AND (relation IS NULL) = (key IS NULL));
		ALTER TABLE gate_attempt ADD COLUMN relation regclass, ADD COLUMN key text, ALTER COLUMN shipment_id DROP NOT NULL;
	END IF;
END
$define$;
COMMENT ON FUNCTION receivables.define_changes(text) IS 'Used by install() and upgrade(): alters tables of an earlier version, in a schema.';

CREATE OR REPLACE FUNCTION receivables.tables() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ARRAY['debtor', 'contract', 'contract_line', 'contract_line_version', 'contract_clause', 'shipment', 'shipment_line', 'gate',
		'gate_override', 'gate_attempt', 'invoice', 'invoice_line', 'instalment', 'due_change', 'payment', 'allocation', 'pause',
		'payment_term', 'fx_rate', 'aging_snapshot', 'credit_limit', 'order_request'];
END;
COMMENT ON FUNCTION receivables.tables() IS 'The names of the tables that install() makes.';
-- ---- what no row may hold ----------------------------------------------------------------

-- Run by install() and upgrade(), after the tables.  Days and numbers without an
-- end are no facts: one of them would fail every report.  Rows of an earlier
-- version that hold such stay; then the constraint is for what comes.
CREATE OR REPLACE FUNCTION receivables.define_checks(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	rule record;
BEGIN
	FOR rule IN
		SELECT format('%I.%I', place, r.relation)::regclass AS relation, r.condition
		FROM (VALUES ('invoice', 'isfinite(issued_on)'), ('instalment', 'isfinite(due_on)'), ('payment', 'isfinite(received_on)'), ('allocation', 'isfinite(applied_on)'),
				('pause', 'isfinite(since) AND isfinite(until)'), ('shipment', 'isfinite(ship_on)'), ('shipment_line', 'quantity < ''Infinity'' AND price < ''Infinity'''),
				('invoice_line', 'quantity < ''Infinity'' AND quantity > ''-Infinity'''),
				('contract_line_version', 'quantity < ''Infinity'' AND price < ''Infinity'' AND floor_price < ''Infinity'''),
				('payment_term', 'share < ''Infinity'''), ('fx_rate', 'rate < ''Infinity''')) AS r (relation, condition)
		WHERE NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conrelid = format('%I.%I', place, r.relation)::regclass AND c.conname = 'receivables_finite')
	LOOP
		EXECUTE format('ALTER TABLE %s ADD CONSTRAINT receivables_finite CHECK (%s) NOT VALID', rule.relation, rule.condition);
		BEGIN
			EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT receivables_finite', rule.relation);
		EXCEPTION WHEN check_violation THEN
			RAISE WARNING 'rows of % hold days or numbers without an end', rule.relation USING HINT = 'They stay; what is written from now on may not.';
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION receivables.define_checks(text) IS 'Used by install() and upgrade(): constraints on the tables in a schema. Days and numbers are finite.';
-- ---- tables of goods: debtors, contracts, shipments ------------------------------

-- run by install() and upgrade(); new tables go to the first schema of the path
CREATE OR REPLACE FUNCTION receivables.define_contract(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	CREATE TABLE IF NOT EXISTS debtor (
		customer_id bigint PRIMARY KEY,
		name text NOT NULL,
		rep text,
		region text,
		credit_limit pulse.amount CHECK (credit_limit OPERATOR(pulse.>=) 0),
		overdue_limit pulse.amount CHECK (overdue_limit OPERATOR(pulse.>=) 0),
		overdue_days int NOT NULL DEFAULT 0,
		checks bigint NOT NULL DEFAULT 0,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		credit_group text
	);
	COMMENT ON TABLE debtor IS 'The customer as receivables see him: who looks after him, what he may owe in all, and how much may be more than overdue_days past due. credit_group: customers who have limits in common (credit_limit). checks: counts gates that looked at his credit; two of them never run at once.';

	CREATE TABLE IF NOT EXISTS contract (
		contract_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		number text,
		customer_id bigint NOT NULL REFERENCES debtor,
		currency text NOT NULL,
		signed_on date,
		checks bigint NOT NULL DEFAULT 0,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		UNIQUE (tenant, number)
	);
	COMMENT ON TABLE contract IS 'What a customer agreed to; what, is in its lines and clauses. checks: counts gates that looked at its prepayment; two of them never run at once.';
	CREATE INDEX IF NOT EXISTS contract_customer ON contract (customer_id);

	CREATE TABLE IF NOT EXISTS contract_line (
		contract_line_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		contract_id bigint NOT NULL REFERENCES contract,
		product text NOT NULL,
		committed numeric NOT NULL DEFAULT 0,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		UNIQUE (contract_id, product)
	);
	COMMENT ON TABLE contract_line IS 'A product of a contract. committed: the quantity of released shipments, kept by the gate, which updates this row alone.';

	CREATE TABLE IF NOT EXISTS contract_line_version (
		contract_line_id bigint NOT NULL REFERENCES contract_line,
		since date NOT NULL,
		quantity numeric NOT NULL CHECK (quantity >= 0),
		price numeric,
		floor_price numeric,
		tax_rate numeric,
		shelf_days int,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (contract_line_id, since)
	);
	COMMENT ON TABLE contract_line_version IS 'What is agreed on a line, from a day on until the next version. price: exactly; floor_price: at least; shelf_days: days the goods keep after shipping. NULL: not agreed.';

	CREATE TABLE IF NOT EXISTS contract_clause (
		clause_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		contract_id bigint NOT NULL REFERENCES contract,
		kind text NOT NULL CHECK (kind IN ('validity', 'territory', 'prepayment', 'approval')),
		since date NOT NULL DEFAULT '-infinity',
		first_day date CHECK (kind = 'validity' OR first_day IS NULL),
		last_day date CHECK (kind = 'validity' OR last_day IS NULL),
		regions text[] CHECK ((kind = 'territory') = (regions IS NOT NULL)),
		share numeric CHECK ((kind = 'prepayment') = (share IS NOT NULL) AND share BETWEEN 0 AND 100),
		above pulse.amount CHECK ((kind = 'approval') = (above IS NOT NULL)),
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		UNIQUE (contract_id, kind, since)
	);
	COMMENT ON TABLE contract_clause IS 'Typed clauses; of each kind the one with the latest since up to the shipping day is in force. validity: first and last day; territory: regions, each with what lies below it (north also means north.beijing); prepayment: per cent of all released goods to be paid before; approval: above this value a shipment needs one.';

	CREATE TABLE IF NOT EXISTS shipment (
		shipment_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		contract_id bigint NOT NULL REFERENCES contract,
		state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'requested', 'held', 'released', 'shipped', 'cancelled')),
		ship_on date NOT NULL,
		ship_to text,
		currency text NOT NULL,
		approval text,
		conflicts jsonb,
		at_risk pulse.amount,
		decided_at timestamptz,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		is_invoiced boolean NOT NULL DEFAULT false
	);
	COMMENT ON TABLE shipment IS 'A shipment is drafted, gets its lines and is requested (UPDATE ... SET state = ''requested''); the gate makes that released or held. conflicts, at_risk: why it is held, and its value. is_invoiced: invoice_shipment() left nothing of it.';
	CREATE INDEX IF NOT EXISTS shipment_contract ON shipment (contract_id);
	CREATE INDEX IF NOT EXISTS shipment_uninvoiced ON shipment (contract_id) WHERE NOT is_invoiced;
	CREATE INDEX IF NOT EXISTS shipment_held ON shipment (shipment_id) WHERE state = 'held';

	CREATE TABLE IF NOT EXISTS shipment_line (
		shipment_line_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		shipment_id bigint NOT NULL REFERENCES shipment ON DELETE CASCADE,
		product text NOT NULL,
		quantity numeric NOT NULL CHECK (quantity > 0),
		price numeric NOT NULL CHECK (price >= 0),
		tax_rate numeric,
		expires_on date,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), '')
	);
	COMMENT ON TABLE shipment_line IS 'Goods of a shipment; prices include tax.';
	CREATE INDEX IF NOT EXISTS shipment_line_shipment ON shipment_line (shipment_id);

	CREATE TABLE IF NOT EXISTS gate (
		kind text NOT NULL CONSTRAINT gate_kind_check CHECK (split_part(kind, ':', 1) IN ('price', 'quantity', 'validity', 'product',
			'territory', 'prepayment', 'credit_limit', 'overdue', 'approval', 'currency', 'tax', 'shelf_life')),
		action text NOT NULL CHECK (action IN ('hold', 'reject', 'ignore')),
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (tenant, kind)
	);
	COMMENT ON TABLE gate IS 'What a conflict of a kind does: hold (where no row says otherwise), reject, or nothing. credit_limit:NAME is what is over that limit of credit_limit.';

	CREATE TABLE IF NOT EXISTS gate_override (
		override_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		shipment_id bigint REFERENCES shipment ON DELETE CASCADE,
		kinds text[] NOT NULL,
		reason text NOT NULL CHECK (reason <> ''),
		author text NOT NULL DEFAULT coalesce(pulse.acting_staff(), session_user),
		given_at timestamptz NOT NULL DEFAULT pulse.clock(),
		until timestamptz NOT NULL,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		relation regclass,
		key text,
		CONSTRAINT gate_override_request CHECK ((shipment_id IS NULL) = (relation IS NOT NULL) AND (relation IS NULL) = (key IS NULL))
	);
	COMMENT ON TABLE gate_override IS 'Conflicts that somebody answers for, until an end: of a shipment, or of an order (relation, key).';
	CREATE INDEX IF NOT EXISTS gate_override_shipment ON gate_override (shipment_id);

	CREATE TABLE IF NOT EXISTS gate_attempt (
		attempt_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		shipment_id bigint,
		attempted_at timestamptz NOT NULL DEFAULT pulse.clock(),
		author text NOT NULL DEFAULT coalesce(pulse.acting_staff(), session_user),
		outcome text NOT NULL CHECK (outcome IN ('held', 'rejected', 'overridden')),
		conflicts jsonb NOT NULL,
		at_risk pulse.amount,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		relation regclass,
		key text
	);
	COMMENT ON TABLE gate_attempt IS 'Requests that met a conflict, and what became of them: of a shipment, or of an order in a table of the application''s own (relation, key).';
	CREATE INDEX IF NOT EXISTS gate_attempt_shipment ON gate_attempt (shipment_id);
END
$define$;
COMMENT ON FUNCTION receivables.define_contract(text) IS 'Used by install(): the tables of goods and the gate, in a schema.';
-- ---- tables of credit: limits by component, orders of the application's own -------------

-- run by install() and upgrade(), after the tables of goods and money
CREATE OR REPLACE FUNCTION receivables.define_credit(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	CREATE TABLE IF NOT EXISTS credit_limit (
		credit_limit_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		name text NOT NULL CHECK (name <> ''),
		customer_id bigint REFERENCES debtor,
		contract_id bigint REFERENCES contract,
		credit_group text,
		components text[] NOT NULL DEFAULT '{not_due,overdue,paused,credit,shipped,released,ordered,requested}'
			CONSTRAINT credit_limit_components CHECK (cardinality(components) > 0 AND components <@
				'{not_due,overdue,paused,credit,shipped,released,ordered,held,requested}'::text[]),
		overdue_days int NOT NULL DEFAULT 0 CHECK (overdue_days >= 0),
		own_currency boolean NOT NULL DEFAULT false,
		since date NOT NULL DEFAULT '-infinity',
		allowed pulse.amount CHECK (allowed OPERATOR(pulse.>=) 0),
		checks bigint NOT NULL DEFAULT 0,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		CONSTRAINT credit_limit_scope CHECK (num_nonnulls(customer_id, contract_id, credit_group) = 1),
		UNIQUE NULLS NOT DISTINCT (tenant, customer_id, contract_id, credit_group, name, since)
	);
	COMMENT ON TABLE credit_limit IS 'Limits of a customer, of a contract, or of all customers of a credit_group: of each name the one with the latest since up to today is in force. components: what is counted; of overdue only what is more than overdue_days past due; own_currency: only amounts in the limit''s currency, otherwise all, at the rate of fx_rate. allowed NULL: no limit from then on. checks: counts gates that looked at it; two of them never run at once.';
	CREATE INDEX IF NOT EXISTS credit_limit_customer ON credit_limit (customer_id);
	CREATE INDEX IF NOT EXISTS credit_limit_contract ON credit_limit (contract_id);
	CREATE INDEX IF NOT EXISTS credit_limit_group ON credit_limit (credit_group) WHERE credit_group IS NOT NULL;
	CREATE INDEX IF NOT EXISTS debtor_group ON debtor (credit_group) WHERE credit_group IS NOT NULL;

	CREATE TABLE IF NOT EXISTS order_request (
		relation regclass NOT NULL,
		key text NOT NULL,
		customer_id bigint NOT NULL,
		contract_id bigint,
		currency text NOT NULL,
		amount numeric NOT NULL,
		state text NOT NULL CHECK (state IN ('released', 'held', 'fulfilled', 'cancelled')),
		asked jsonb NOT NULL,
		conflicts jsonb,
		decided_at timestamptz NOT NULL DEFAULT pulse.clock(),
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (relation, key)
	);
	COMMENT ON TABLE order_request IS 'What the gate decided about orders in the application''s own tables (create_order_gate()); kept by its triggers. asked: what was judged, with its lines. released counts as exposure and takes its goods from the contract; fulfilled no longer counts, its goods stay taken; cancelled gives them back.';
	CREATE INDEX IF NOT EXISTS order_request_customer ON order_request (customer_id) WHERE state IN ('released', 'held');
	CREATE INDEX IF NOT EXISTS order_request_contract ON order_request (contract_id) WHERE state IN ('released', 'fulfilled');

	IF to_regclass(format('%I.own_exposure', place)) IS NULL THEN
		PERFORM receivables.define_own_exposure(place);
	END IF;

	-- asked for by customer, many times a second: what only some ask for, the contract, is looked up by who does
	CREATE OR REPLACE VIEW exposure_item WITH (security_invoker = true) AS
		-- and whose due date is past and was moved by no pause is in none today
		SELECT i.customer_id, (SELECT v.contract_id FROM invoice AS v WHERE v.invoice_id = i.invoice_id) AS contract_id,
			   CASE WHEN (i.counted_due IS DISTINCT FROM i.due_on OR i.due_on >= (SELECT pulse.day_of(pulse.clock())))
						AND EXISTS (SELECT FROM pause AS u WHERE u.instalment_id = i.instalment_id AND u.since <= (SELECT pulse.day_of(pulse.clock()))
									AND (u.until IS NULL OR u.until > (SELECT pulse.day_of(pulse.clock())))) THEN 'paused'
					WHEN i.due_on < (SELECT pulse.day_of(pulse.clock())) THEN 'overdue' ELSE 'not_due' END AS component,
			   pulse.currency(i.amount) AS currency, pulse.to_numeric(i.amount) - coalesce(pulse.to_numeric(i.applied), 0) AS amount,
			   (SELECT pulse.day_of(pulse.clock())) - i.due_on AS days_past_due, NULL::bigint AS shipment_id, NULL::regclass AS relation, NULL::text AS key, i.tenant
		FROM instalment AS i WHERE i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount
		UNION ALL
		SELECT p.customer_id, p.contract_id, 'credit', pulse.currency(p.amount), coalesce(pulse.to_numeric(p.applied), 0) - pulse.to_numeric(p.amount),
			   NULL, NULL, NULL, NULL, p.tenant
		FROM payment AS p WHERE p.applied IS NULL OR p.applied OPERATOR(pulse.<>) p.amount
		UNION ALL
		-- goods that are invoiced count with their invoice, and only there
		SELECT c.customer_id, s.contract_id, s.state, s.currency,
			   pulse.to_numeric(pulse.round_amount(l.quantity * l.price, s.currency)) - pulse.to_numeric(pulse.round_amount(coalesce(n.quantity, 0) * l.price, s.currency)), NULL, s.shipment_id, NULL, NULL, s.tenant
		FROM contract AS c,
			 LATERAL (SELECT s.* FROM shipment AS s WHERE s.contract_id = c.contract_id AND s.state IN ('released', 'shipped', 'held') AND NOT s.is_invoiced OFFSET 0) AS s,
			 LATERAL (SELECT l.* FROM shipment_line AS l WHERE l.shipment_id = s.shipment_id OFFSET 0) AS l,
			 LATERAL (SELECT sum(coalesce(n.quantity, l.quantity)) AS quantity FROM invoice_line AS n WHERE n.shipment_line_id = l.shipment_line_id) AS n
		WHERE n.quantity IS NULL OR n.quantity < l.quantity
		UNION ALL
		SELECT o.customer_id, o.contract_id, CASE o.state WHEN 'released' THEN 'ordered' ELSE 'held' END, o.currency, o.amount, NULL, NULL, o.relation, o.key, o.tenant
		FROM order_request AS o WHERE o.state IN ('released', 'held')
		UNION ALL
		SELECT x.customer_id, x.contract_id, x.component, x.currency, x.amount, x.days_past_due, NULL, NULL, NULL, x.tenant FROM own_exposure AS x;
	COMMENT ON VIEW exposure_item IS 'What a customer owes or may come to owe, item by item, each in one component: not_due, overdue, paused (in dispute or promised today), credit (below zero), shipped, released (not shipped yet; neither is invoiced), ordered (released orders of the application''s own), held; and what create_exposure() adds.';

	CREATE OR REPLACE VIEW credit_exposure WITH (security_invoker = true) AS
		SELECT e.customer_id, d.name AS customer, d.rep, d.region, d.credit_group, e.currency,
			   coalesce(sum(e.amount) FILTER (WHERE e.component = 'not_due'), 0) AS not_due, coalesce(sum(e.amount) FILTER (WHERE e.component = 'overdue'), 0) AS overdue,
			   coalesce(sum(e.amount) FILTER (WHERE e.component = 'paused'), 0) AS paused, coalesce(sum(e.amount) FILTER (WHERE e.component = 'credit'), 0) AS credit,
			   coalesce(sum(e.amount) FILTER (WHERE e.component = 'shipped'), 0) AS shipped, coalesce(sum(e.amount) FILTER (WHERE e.component = 'released'), 0) AS released,
			   coalesce(sum(e.amount) FILTER (WHERE e.component = 'ordered'), 0) AS ordered, coalesce(sum(e.amount) FILTER (WHERE e.component = 'held'), 0) AS held,
			   coalesce(sum(e.amount) FILTER (WHERE e.component <> 'held'), 0) AS total, e.tenant
		FROM exposure_item AS e JOIN debtor AS d USING (customer_id) GROUP BY 1, 2, 3, 4, 5, 6, e.tenant;
	COMMENT ON VIEW credit_exposure IS 'Exposure of today by customer and currency, in its components; total is all but what is held.';

	CREATE OR REPLACE VIEW held_order WITH (security_invoker = true) AS
		SELECT o.relation, o.key, o.contract_id, o.customer_id, d.name AS customer, d.rep, d.region, o.currency, o.amount AS at_risk,
			   (SELECT string_agg(DISTINCT e ->> 'kind', ', ') FROM jsonb_array_elements(o.conflicts) AS e) AS kinds, o.conflicts, o.decided_at, o.tenant
		FROM order_request AS o LEFT JOIN debtor AS d USING (customer_id) WHERE o.state = 'held';
	COMMENT ON VIEW held_order IS 'Orders in the application''s own tables that the gate holds, why, and their value.';
END
$define$;
COMMENT ON FUNCTION receivables.define_credit(text) IS 'Used by install(): limits by component, orders of the application''s own, and views of exposure, in a schema.';
-- ---- tables of money: debtors, invoices, payments, allocations -------------------

-- run by install() and upgrade(); new tables go to the first schema of the path
CREATE OR REPLACE FUNCTION receivables.define_money(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	CREATE TABLE IF NOT EXISTS invoice (
		invoice_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		number text,
		customer_id bigint NOT NULL REFERENCES debtor,
		contract_id bigint REFERENCES contract,
		issued_on date NOT NULL,
		booked_at timestamptz NOT NULL DEFAULT pulse.clock(),
		amount pulse.amount NOT NULL CHECK (amount OPERATOR(pulse.>) 0),
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		UNIQUE (tenant, number)
	);
	COMMENT ON TABLE invoice IS 'What was billed: its amount is the sum of its instalments. issued_on: effective date; booked_at: when it was known here.';
	CREATE INDEX IF NOT EXISTS invoice_customer ON invoice (customer_id);
	CREATE INDEX IF NOT EXISTS invoice_contract ON invoice (contract_id);

	CREATE TABLE IF NOT EXISTS invoice_line (
		invoice_id bigint NOT NULL REFERENCES invoice,
		line int NOT NULL,
		shipment_line_id bigint REFERENCES shipment_line,
		product text,
		quantity numeric,
		amount pulse.amount NOT NULL,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (invoice_id, line)
	);
	COMMENT ON TABLE invoice_line IS 'What an invoice is for; an invoice with lines is their sum.';
	CREATE INDEX IF NOT EXISTS invoice_line_shipment ON invoice_line (shipment_line_id);

	CREATE TABLE IF NOT EXISTS instalment (
		instalment_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		invoice_id bigint NOT NULL REFERENCES invoice,
		part int NOT NULL DEFAULT 1,
		due_on date NOT NULL,
		amount pulse.amount NOT NULL CHECK (amount OPERATOR(pulse.>) 0),
		applied pulse.amount CHECK (pulse.currency(applied) = pulse.currency(amount)),
		customer_id bigint,
		issued_on date,
		booked_at timestamptz,
		counted_due date,
		reopened int NOT NULL DEFAULT 0,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		UNIQUE (invoice_id, part),
		CONSTRAINT instalment_not_over_allocated CHECK (applied OPERATOR(pulse.>=) 0 AND applied OPERATOR(pulse.<=) amount)
	);
	COMMENT ON TABLE instalment IS 'A part of an invoice with its due date; the open item. applied: the sum of its allocations; customer_id, issued_on, booked_at: the invoice''s; counted_due: the due date and the days paused since, NULL in a pause without end; reopened: how often it was settled and open again. These are kept by trigger.';
	CREATE INDEX IF NOT EXISTS instalment_open_customer ON instalment (customer_id) WHERE applied IS NULL OR applied OPERATOR(pulse.<>) amount;

	CREATE TABLE IF NOT EXISTS due_change (
		instalment_id bigint NOT NULL REFERENCES instalment,
		changed_at timestamptz NOT NULL DEFAULT pulse.clock(),
		due_on date NOT NULL,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (instalment_id, changed_at)
	);
	COMMENT ON TABLE due_change IS 'Due dates that were in force until changed_at; kept by trigger.';

	CREATE TABLE IF NOT EXISTS payment (
		payment_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		customer_id bigint NOT NULL REFERENCES debtor,
		contract_id bigint REFERENCES contract,
		kind text NOT NULL DEFAULT 'payment' CHECK (kind IN ('payment', 'credit_note')),
		received_on date NOT NULL,
		booked_at timestamptz NOT NULL DEFAULT pulse.clock(),
		amount pulse.amount NOT NULL CHECK (amount OPERATOR(pulse.>) 0),
		applied pulse.amount CHECK (pulse.currency(applied) = pulse.currency(amount)),
		reference text,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		CONSTRAINT payment_not_over_allocated CHECK (applied OPERATOR(pulse.>=) 0 AND applied OPERATOR(pulse.<=) amount)
	);
	COMMENT ON TABLE payment IS 'What settles: money received, or a credit note. What is not allocated is an open credit (advance, over-payment). applied: the sum of its allocations, kept by trigger.';
	CREATE INDEX IF NOT EXISTS payment_open_customer ON payment (customer_id) WHERE applied IS NULL OR applied OPERATOR(pulse.<>) amount;
	CREATE INDEX IF NOT EXISTS payment_customer ON payment (customer_id);
	CREATE INDEX IF NOT EXISTS payment_contract ON payment (contract_id);

	CREATE TABLE IF NOT EXISTS allocation (
		allocation_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		payment_id bigint NOT NULL REFERENCES payment,
		instalment_id bigint REFERENCES instalment,
		amount pulse.amount NOT NULL CHECK (amount OPERATOR(pulse.<>) 0),
		paid pulse.amount,
		applied_on date NOT NULL,
		booked_at timestamptz NOT NULL DEFAULT pulse.clock(),
		counts_on date,
		counts_at timestamptz,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		CONSTRAINT allocation_paid CHECK (paid IS NULL OR instalment_id IS NOT NULL
			AND sign(pulse.to_numeric(paid)) IN (0, sign(pulse.to_numeric(amount))))
	);
	COMMENT ON TABLE allocation IS 'How much of a payment settles which instalment, from applied_on on; without an instalment it is a refund to the customer. paid: what that takes from a payment in another currency, so the rate is paid / amount. It is only added to: a negative one takes back. counts_on, counts_at: the last of its own days and those of both documents; kept by trigger.';
	CREATE INDEX IF NOT EXISTS allocation_counts ON allocation USING brin (counts_on, counts_at) WITH (pages_per_range = 16, autosummarize = on);
	CREATE INDEX IF NOT EXISTS allocation_instalment ON allocation (instalment_id);
	CREATE INDEX IF NOT EXISTS allocation_payment ON allocation (payment_id);

	CREATE TABLE IF NOT EXISTS pause (
		pause_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		instalment_id bigint NOT NULL REFERENCES instalment,
		kind text NOT NULL CHECK (kind IN ('dispute', 'promise')),
		since date NOT NULL,
		until date CHECK (until > since),
		reason text,
		booked_at timestamptz NOT NULL DEFAULT pulse.clock(),
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), '')
	);
	COMMENT ON TABLE pause IS 'Days on which an instalment does not grow older: [since, until), open-ended without until.';
	CREATE INDEX IF NOT EXISTS pause_instalment ON pause (instalment_id);

	CREATE TABLE IF NOT EXISTS payment_term (
		term text NOT NULL,
		part int NOT NULL,
		share numeric NOT NULL CHECK (share > 0),
		days int NOT NULL CHECK (days >= 0),
		month_end boolean NOT NULL DEFAULT false,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (tenant, term, part)
	);
	COMMENT ON TABLE payment_term IS 'Terms by name: each part''s share (any positive numbers) and the days after issue, or after the end of that month.';

	CREATE TABLE IF NOT EXISTS fx_rate (
		currency text NOT NULL,
		into_currency text NOT NULL,
		since date NOT NULL,
		rate numeric NOT NULL CHECK (rate > 0),
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (tenant, currency, into_currency, since)
	);
	COMMENT ON TABLE fx_rate IS 'The price of one unit of currency in into_currency, from a day on until the next.';

	CREATE TABLE IF NOT EXISTS aging_snapshot (
		day date NOT NULL,
		customer_id bigint NOT NULL,
		currency text NOT NULL,
		profile pulse.aging_profile NOT NULL,
		taken_at timestamptz NOT NULL,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (day, customer_id, currency)
	);
	COMMENT ON TABLE aging_snapshot IS 'Aging per customer as it was known when the day''s snapshot was taken (taken_at).';
END
$define$;
COMMENT ON FUNCTION receivables.define_money(text) IS 'Used by install(): the tables of money, in a schema.';
-- ---- tenants: whose row it is, and who sees it ----------------------------------------

-- The fence is restrictive, so that policies a user adds can only narrow what is seen; the other policy lets
-- all through, and may be replaced by one that goes by region or rep.  What a
-- row refers to has to be visible to who writes it: foreign keys do not ask.
CREATE OR REPLACE FUNCTION receivables.define_tenants(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
DECLARE
	made record;
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	FOR made IN
		SELECT t.name, c.oid, coalesce(f.visible, '') AS visible, f.parent, f.parent_key, f.child_key
		FROM unnest(receivables.tables()) AS t (name)
		JOIN pg_class AS c ON c.relname = t.name AND c.relnamespace = quote_ident(place)::regnamespace
		LEFT JOIN LATERAL (
			SELECT string_agg(format(' AND (%1$I IS NULL OR EXISTS (SELECT FROM %2$s AS p WHERE p.%3$I = %4$I.%1$I))',
						a.attname, k.confrelid::regclass, b.attname, t.name), '' ORDER BY k.conname) AS visible,
				   (array_agg(k.confrelid::regclass::text ORDER BY NOT a.attnotnull, k.conkey))[1] AS parent,
				   (array_agg(b.attname ORDER BY NOT a.attnotnull, k.conkey))[1] AS parent_key,
				   (array_agg(a.attname ORDER BY NOT a.attnotnull, k.conkey))[1] AS child_key
			FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
			JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
			WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid IN (SELECT o.oid FROM pg_class AS o
				WHERE o.relnamespace = c.relnamespace AND o.relname = ANY (receivables.tables()))) AS f ON true
	LOOP
		EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', place, made.name);
		EXECUTE format('DROP POLICY IF EXISTS receivables_tenant ON %I.%I', place, made.name);
		EXECUTE format('CREATE POLICY receivables_tenant ON %I.%I AS RESTRICTIVE USING (tenant = pulse.acting_tenant())
			WITH CHECK (tenant = pulse.acting_tenant()%s)', place, made.name, made.visible);
		IF NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = made.oid AND p.polpermissive) THEN
			EXECUTE format('CREATE POLICY receivables_everyone ON %I.%I USING (true)', place, made.name);
		END IF;
		-- who sees all, because the tables are his, need not say for whom he writes what belongs to something else
		IF made.parent IS NOT NULL THEN
			EXECUTE format('CREATE OR REPLACE TRIGGER receivables_tenant BEFORE INSERT ON %I.%I FOR EACH ROW WHEN (new.tenant = '''')
				EXECUTE FUNCTION receivables.fill_tenant(%L, %L, %L)', place, made.name, made.parent, made.parent_key, made.child_key);
		END IF;
		IF made.name IN ('debtor', 'contract', 'shipment', 'invoice', 'instalment', 'payment', 'allocation') THEN
			EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I.%I (tenant)', made.name || '_tenant', place, made.name);
		END IF;
	END LOOP;
END
$define$;
COMMENT ON FUNCTION receivables.define_tenants(text) IS 'Used by install(): policies by tenant on the tables of a schema.';

CREATE OR REPLACE FUNCTION receivables.has_tenants(place text) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
				   WHERE p.polname = 'receivables_tenant' AND n.nspname = place);
END
$$;
COMMENT ON FUNCTION receivables.has_tenants(text) IS 'Used by install(): whether the tables of a schema are fenced by tenant.';

-- arguments: the relation referred to, its key, and the column that refers
CREATE OR REPLACE FUNCTION receivables.fill_tenant() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found text;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	EXECUTE format('SELECT p.tenant FROM %s AS p WHERE p.%I = (to_jsonb($1) ->> %L)::bigint', tg_argv[0], tg_argv[1], tg_argv[2]) INTO found USING new;
	new.tenant := coalesce(found, new.tenant);
	RETURN new;
END
$$;
REVOKE ALL ON FUNCTION receivables.fill_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.fill_tenant() TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.fill_tenant() IS 'Trigger of fenced tables: a row written by who sees all belongs to the tenant of what it refers to.';
-- ---- exposure in tables of the application's own -----------------------------------------

-- A view for each source, exposure_of_NAME, beside the receivables tables, and
-- own_exposure over all of them, which exposure_item reads.  Views follow renames.
CREATE OR REPLACE FUNCTION receivables.create_exposure(name text, relation regclass, customer text, amount text, due text DEFAULT NULL, currency text DEFAULT NULL,
		condition text DEFAULT 'true', component text DEFAULT NULL, contract text DEFAULT 'NULL', schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
DECLARE
	here text := receivables.place(create_exposure.schema);
	made text := format('exposure_of_%s', name);
BEGIN
	IF coalesce(name, '') = '' OR num_nulls(relation, customer, amount) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22004', MESSAGE = 'exposure needs a name, a relation, the customer and an amount',
			HINT = 'Such as: receivables.create_exposure(''invoices'', ''app.invoice'', customer => ''customer_id'', amount => ''total - paid'', due => ''due_date'').';
	ELSIF octet_length(made) > 63 THEN
		RAISE EXCEPTION USING ERRCODE = '42622', MESSAGE = format('the name "%s" is too long', name), HINT = 'It has at most 51 bytes.';
	END IF;
	PERFORM receivables.drop_exposure(e.name, here) FROM receivables.exposures() AS e WHERE e.schema = here AND e.name = create_exposure.name;
	-- the row is called as its table is, so that a condition may say invoice.state
	EXECUTE format('CREATE VIEW %1$I.%2$I WITH (security_invoker = true) AS
		SELECT x.customer_id, x.contract_id, x.component, x.currency, x.amount, x.days_past_due, d.tenant
		FROM (SELECT (%4$s)::bigint AS customer_id, (%5$s)::bigint AS contract_id, (%6$s)::text AS component, (%7$s)::text AS currency, (%8$s)::numeric AS amount,
				(SELECT pulse.day_of(pulse.clock())) - (%9$s)::date AS days_past_due FROM %3$s AS %10$s WHERE (%11$s)) AS x
		JOIN %1$I.debtor AS d USING (customer_id) WHERE x.amount <> 0',
		here, made, relation, customer, contract,
		coalesce(component, format('CASE WHEN (%s)::numeric < 0 THEN ''credit'' WHEN (%s)::date < (SELECT pulse.day_of(pulse.clock())) THEN ''overdue'' ELSE ''not_due'' END', amount, coalesce(due, 'NULL'))),
		coalesce(currency, 'pulse.setting(''currency'')'), amount, coalesce(due, 'NULL'), (SELECT quote_ident(c.relname) FROM pg_class AS c WHERE c.oid = relation), condition);
	EXECUTE format('COMMENT ON VIEW %I.%I IS %L', here, made, 'What counts towards credit limits, of a relation of the application''s own (receivables.create_exposure()).');
	PERFORM receivables.define_own_exposure(here);
END
$$;
REVOKE ALL ON FUNCTION receivables.create_exposure(text, regclass, text, text, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.create_exposure(text, regclass, text, text, text, text, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.create_exposure(text, regclass, text, text, text, text, text, text, text, text) IS
'Has the gates count rows of a relation of the application''s own towards credit limits: its invoices, say. All but name and relation are columns or expressions over the row, with functions qualified: customer (of debtor); amount (what is open of it); due (past it, the component is overdue, otherwise not_due; below zero it is credit; component says otherwise); currency (default: the setting currency); condition; contract. It makes a view exposure_of_NAME, read by exposure_item with the rights of who asks; rows of who is no debtor, or another tenant''s, are not in it; one of that name is replaced. An order that is invoiced should no longer satisfy the condition of its gate, or it counts twice. Errors: SP801, 22004 something is missing, 42622 the name is too long, 42501 no right to create in the schema, and those of a wrong expression.';

CREATE OR REPLACE FUNCTION receivables.drop_exposure(name text, schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
DECLARE
	here text := receivables.place(drop_exposure.schema);
BEGIN
	IF NOT EXISTS (SELECT FROM receivables.exposures() AS e WHERE e.schema = here AND e.name = drop_exposure.name) THEN
		RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('there is no exposure "%s"', name), HINT = 'Type: SELECT * FROM receivables.exposures()';
	END IF;
	PERFORM receivables.define_own_exposure(here, leave_out => format('exposure_of_%s', name));
	EXECUTE format('DROP VIEW %I.%I', here, format('exposure_of_%s', name));
END
$$;
REVOKE ALL ON FUNCTION receivables.drop_exposure(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.drop_exposure(text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.drop_exposure(text, text) IS 'Counts it no longer. Errors: SP801, 42704 there is none of that name.';

CREATE OR REPLACE FUNCTION receivables.exposures() RETURNS TABLE (name text, schema text, source regclass)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT pg_catalog.substr(c.relname, 13) COLLATE "default", i.schema, c.oid::pg_catalog.regclass
	FROM receivables.installations AS i JOIN pg_catalog.pg_namespace AS n ON n.nspname = i.schema
	JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relkind = 'v' AND pg_catalog.starts_with(c.relname, 'exposure_of_');
END;
COMMENT ON FUNCTION receivables.exposures() IS 'What create_exposure() made: its name, the schema of the receivables tables, and the view.';

CREATE OR REPLACE FUNCTION receivables.define_own_exposure(place text, leave_out text DEFAULT '') RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE (
		SELECT format('CREATE OR REPLACE VIEW %I.own_exposure WITH (security_invoker = true) AS
			SELECT NULL::bigint AS customer_id, NULL::bigint AS contract_id, NULL::text AS component, NULL::text AS currency, NULL::numeric AS amount, NULL::int AS days_past_due, NULL::text AS tenant WHERE false%s',
			place, coalesce(string_agg(format(' UNION ALL SELECT customer_id, contract_id, component, currency, amount, days_past_due, tenant FROM %I.%I', place, c.relname), '' ORDER BY c.relname), ''))
		FROM pg_class AS c WHERE c.relnamespace = quote_ident(place)::regnamespace AND c.relkind = 'v' AND starts_with(c.relname, 'exposure_of_') AND c.relname <> leave_out);
	EXECUTE format('COMMENT ON VIEW %I.own_exposure IS %L', place, 'What create_exposure() adds to exposure_item.');
END
$$;
COMMENT ON FUNCTION receivables.define_own_exposure(text, text) IS 'Used by install() and create_exposure(): the view over what the application''s own tables add.';
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
-- ---- the gate at work -----------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.gate_shipment() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
	found record;
	lines jsonb;
	customer bigint;
	value pulse.amount;
	was text := CASE tg_op WHEN 'INSERT' THEN 'nothing' ELSE old.state END;
	becomes text := CASE tg_op WHEN 'DELETE' THEN 'nothing' ELSE new.state END;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	IF NOT (was = becomes AND was IN ('draft', 'held', 'cancelled')
			OR (was, becomes) IN (('nothing', 'draft'), ('draft', 'nothing'), ('cancelled', 'nothing'), ('draft', 'requested'), ('held', 'requested'),
				('held', 'draft'), ('draft', 'cancelled'), ('held', 'cancelled'), ('released', 'cancelled'), ('released', 'shipped'))
			OR was = becomes AND (old.contract_id, old.ship_on, old.ship_to, old.currency) IS NOT DISTINCT FROM (new.contract_id, new.ship_on, new.ship_to, new.currency)) THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('a shipment that is %s does not become %s', was, becomes),
			HINT = 'Draft it, add its lines, then UPDATE shipment SET state = ''requested''; the gate makes it released or held. Then it is shipped or cancelled.';
	ELSIF becomes = 'nothing' THEN
		RETURN old;
	ELSIF was = 'released' AND becomes = 'cancelled' THEN
		PERFORM receivables.commit_lines(tg_table_schema, new.contract_id, receivables.shipment_lines(tg_table_schema, new.shipment_id), -1);
	END IF;
	IF becomes <> 'requested' THEN
		RETURN new;
	END IF;

	lines := receivables.shipment_lines(tg_table_schema, new.shipment_id);
	customer := (SELECT c.customer_id FROM contract AS c WHERE c.contract_id = new.contract_id);
	PERFORM receivables.lock_credit(tg_table_schema, customer, new.contract_id, new.ship_on, lines);
	value := pulse.amount(receivables.shipment_value(tg_table_schema, new.shipment_id, new.currency), new.currency);
	SELECT * INTO found FROM receivables.judge(tg_table_schema, new.tenant, ARRAY(
			SELECT k FROM gate_override AS o, unnest(o.kinds) AS k WHERE o.shipment_id = new.shipment_id AND o.until > pulse.clock()),
		customer, new.contract_id, new.ship_on, new.ship_to, new.currency, new.approval, pulse.to_numeric(value), lines, new.shipment_id);
	IF found.reject THEN
		RAISE EXCEPTION USING ERRCODE = 'SP802', MESSAGE = format('shipment %s is rejected', new.shipment_id), DETAIL = found.sentences,
			HINT = 'Correct it, or let somebody answer for it: receivables.override_shipment(shipment, kinds, reason, until).',
			CONSTRAINT = found.clauses, SCHEMA = tg_table_schema, TABLE = tg_table_name, COLUMN = new.shipment_id::text, DATATYPE = value::text;
	END IF;
	new.state := CASE WHEN found.conflicts IS NULL THEN 'released' ELSE 'held' END;
	new.conflicts := found.conflicts;
	new.at_risk := CASE WHEN found.conflicts IS NOT NULL THEN value END;
	new.decided_at := pulse.clock();
	IF found.conflicts IS NOT NULL OR found.overridden IS NOT NULL THEN
		INSERT INTO gate_attempt (shipment_id, outcome, conflicts, at_risk, tenant)
		VALUES (new.shipment_id, CASE new.state WHEN 'held' THEN 'held' ELSE 'overridden' END, coalesce(found.conflicts, found.overridden), value, new.tenant);
	END IF;
	IF new.state = 'released' THEN
		PERFORM receivables.commit_lines(tg_table_schema, new.contract_id, lines, 1);
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION receivables.gate_shipment() IS 'Trigger of shipment: the gate. Errors: SP802 rejected (constraint: the clauses that say so, such as contract_clause:17,debtor:1), 55000 a state that does not follow.';

-- All that is found, by what becomes of it.
CREATE OR REPLACE FUNCTION receivables.judge(place text, tenant text, answered text[], customer_id bigint, contract_id bigint, ship_on date, ship_to text, currency text,
		approval text, value numeric, lines jsonb, shipment_id bigint DEFAULT NULL, relation regclass DEFAULT NULL, key text DEFAULT NULL,
		OUT conflicts jsonb, OUT overridden jsonb, OUT sentences text, OUT reject boolean, OUT clauses text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	SELECT jsonb_agg(to_jsonb(c) - '{sentence,is_answered}'::text[] ORDER BY c.kind, c.line) FILTER (WHERE NOT c.is_answered),
		   jsonb_agg(to_jsonb(c) - '{sentence,is_answered}'::text[] ORDER BY c.kind, c.line) FILTER (WHERE c.is_answered),
		   string_agg(c.sentence, E'\n' ORDER BY c.kind, c.line) FILTER (WHERE NOT c.is_answered),
		   coalesce(bool_or(c.action = 'reject') FILTER (WHERE NOT c.is_answered), false),
		   string_agg(DISTINCT c.clause, ',' ORDER BY c.clause) FILTER (WHERE NOT c.is_answered)
	INTO judge.conflicts, overridden, sentences, reject, clauses
	FROM (SELECT c.*, receivables.gate_action(judge.place, c.kind, judge.tenant) AS action,
				 format('%s: %s (asked %s, allowed %s%s).', c.kind, c.reason, coalesce(c.asked, 'nothing'), coalesce(c.allowed, 'nothing'), '; ' || c.clause) AS sentence,
				 judge.answered && ARRAY[c.kind, split_part(c.kind, ':', 1)] AS is_answered
		  FROM receivables.conflicts(judge.place, judge.customer_id, judge.contract_id, judge.ship_on, judge.ship_to, judge.currency, judge.approval,
			judge.value, judge.lines, judge.shipment_id, judge.relation, judge.key) AS c) AS c
	WHERE c.action <> 'ignore';
END
$$;
COMMENT ON FUNCTION receivables.judge(text, text, text[], bigint, bigint, date, text, text, text, numeric, jsonb, bigint, regclass, text) IS
'Used by the gates: what speaks against a request, what somebody answered for, and whether it is rejected.';

-- What two requests could both take is locked, in one order, and changed by the
-- one that gets it: the lines; the contract, where it asks for a prepayment; the
-- debtor, where he has a limit; each limit.  A change also fails a second one
-- whose snapshot is older (REPEATABLE READ), which a lock alone would let through.
CREATE OR REPLACE FUNCTION receivables.lock_credit(place text, customer_id bigint, contract_id bigint, ship_on date, lines jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	bounds bigint[];
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	UPDATE contract AS c SET checks = c.checks + 1
	WHERE c.contract_id = lock_credit.contract_id
	  AND EXISTS (SELECT FROM contract_clause AS k WHERE k.contract_id = c.contract_id AND k.kind = 'prepayment' AND k.since <= lock_credit.ship_on);
	PERFORM receivables.lock_lines(place, lock_credit.contract_id, lock_credit.lines);
	UPDATE debtor AS d SET checks = d.checks + 1 WHERE d.customer_id = lock_credit.customer_id AND d.credit_limit IS NOT NULL;
	bounds := receivables.limit_ids(place, lock_credit.customer_id, lock_credit.contract_id);
	IF cardinality(bounds) > 0 THEN
		PERFORM FROM credit_limit AS l WHERE l.credit_limit_id = ANY (bounds) ORDER BY l.credit_limit_id FOR NO KEY UPDATE;
		UPDATE credit_limit AS l SET checks = l.checks + 1 WHERE l.credit_limit_id = ANY (bounds);
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.lock_credit(text, bigint, bigint, date, jsonb) IS 'Used by the gates: locks what two requests could both take.';

CREATE OR REPLACE FUNCTION receivables.lock_lines(place text, contract_id bigint, lines jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	PERFORM FROM contract_line AS l
	WHERE l.contract_id = lock_lines.contract_id AND l.product IN (SELECT s.product FROM jsonb_to_recordset(lock_lines.lines) AS s (product text))
	ORDER BY l.contract_line_id FOR NO KEY UPDATE;
END
$$;
COMMENT ON FUNCTION receivables.lock_lines(text, bigint, jsonb) IS 'Used by the gates: locks the lines of a contract that are asked for.';

CREATE OR REPLACE FUNCTION receivables.commit_lines(place text, contract_id bigint, lines jsonb, direction int) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	IF commit_lines.direction < 0 THEN		-- what is released was locked before it was judged
		PERFORM receivables.lock_lines(place, commit_lines.contract_id, commit_lines.lines);
	END IF;
	UPDATE contract_line AS l SET committed = l.committed + commit_lines.direction * s.quantity
	FROM (SELECT n.product, sum(n.quantity) AS quantity FROM jsonb_to_recordset(commit_lines.lines) AS n (product text, quantity numeric) GROUP BY n.product) AS s
	WHERE l.contract_id = commit_lines.contract_id AND l.product = s.product;
END
$$;
COMMENT ON FUNCTION receivables.commit_lines(text, bigint, jsonb, int) IS 'Used by the gates: takes what is released from the contract (1), or gives it back (-1).';

CREATE OR REPLACE FUNCTION receivables.keep_lines() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong record;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_table_schema), true);
	-- the lock makes a request wait for lines that are being written, and these for it
	FOR wrong IN
		SELECT s.shipment_id, s.state FROM shipment AS s
		WHERE s.shipment_id IN (CASE WHEN tg_op <> 'INSERT' THEN old.shipment_id END, CASE WHEN tg_op <> 'DELETE' THEN new.shipment_id END) FOR SHARE
	LOOP
		IF wrong.state NOT IN ('draft', 'held') THEN
			RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = format('shipment %s is %s: its lines stay as they are', wrong.shipment_id, wrong.state),
				HINT = 'Lines change while a shipment is a draft or held.';
		END IF;
	END LOOP;
	RETURN CASE tg_op WHEN 'DELETE' THEN old ELSE new END;
END
$$;
COMMENT ON FUNCTION receivables.keep_lines() IS 'Trigger of shipment_line: lines stay when the shipment is released. Error 55000.';
REVOKE ALL ON FUNCTION receivables.gate_shipment(), receivables.keep_lines() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.gate_shipment(), receivables.keep_lines() TO pulse_admin, pulse_author;

-- ---- asking, and answering for it -------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.check_kinds(kinds text[]) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text;
BEGIN
	SELECT coalesce(k, 'NULL') INTO unknown FROM unnest(check_kinds.kinds) AS k
	WHERE (split_part(k, ':', 1) IN ('price', 'quantity', 'validity', 'product', 'territory', 'prepayment', 'credit_limit', 'overdue',
		'approval', 'currency', 'tax', 'shelf_life')) IS NOT TRUE LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('there is no kind of conflict "%s"', unknown),
			HINT = 'Kinds are price, quantity, validity, product, territory, prepayment, credit_limit (of a limit by components credit_limit:NAME), overdue, approval, currency, tax, shelf_life.';
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.check_kinds(text[]) IS 'Used by overrides: that each kind of conflict is one. Error 22023.';

CREATE OR REPLACE FUNCTION receivables.override_shipment(shipment_id bigint, kinds text[], reason text, until timestamptz, schema text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	result text;
BEGIN
	PERFORM set_config('search_path', receivables.path(override_shipment.schema), true);
	IF (override_shipment.until > pulse.clock()) IS NOT TRUE OR coalesce(btrim(override_shipment.reason), '') = '' OR coalesce(cardinality(override_shipment.kinds), 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'an override needs kinds of conflict, a reason, and an end in the future',
			HINT = 'Such as: receivables.override_shipment(17, ''{credit_limit}'', ''paid by cheque today'', now() + interval ''1 day'').';
	END IF;
	PERFORM receivables.check_kinds(override_shipment.kinds);
	INSERT INTO gate_override (shipment_id, kinds, reason, until)
	VALUES (override_shipment.shipment_id, override_shipment.kinds, override_shipment.reason, override_shipment.until);
	UPDATE shipment AS s SET state = 'requested' WHERE s.shipment_id = override_shipment.shipment_id RETURNING s.state INTO result;
	RETURN result;
END
$$;
COMMENT ON FUNCTION receivables.override_shipment(bigint, text[], text, timestamptz, text) IS
'Answers for kinds of conflict of a shipment, with a reason and until an end, and asks for it again; the author is who acts (pulse.act_as), else the session''s user. Returns its state: held where other conflicts remain. Errors: SP801, 22023 no kinds, unknown ones, no reason or end, 23503 no such shipment, 55000 it is not a draft or held, SP802 another conflict rejects it.';

-- What the fields of the error say of a rejected request: its table and key, its
-- worth, and in the detail a sentence a conflict.
CREATE OR REPLACE FUNCTION receivables.keep_attempt(schema text, relation text, key text, detail text, worth text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	request regclass := to_regclass(format('%I.%I', schema, relation));
	is_shipment boolean := relation = 'shipment' AND EXISTS (SELECT FROM receivables.installations AS i WHERE i.schema = keep_attempt.schema);
	place text := CASE WHEN is_shipment THEN schema ELSE (SELECT g.schema FROM receivables.order_gates() AS g WHERE g.relation = request) END;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	INSERT INTO gate_attempt (shipment_id, relation, key, outcome, at_risk, tenant, conflicts)
	SELECT CASE WHEN is_shipment THEN keep_attempt.key::bigint END, CASE WHEN NOT is_shipment THEN request END, CASE WHEN NOT is_shipment THEN keep_attempt.key END,
		   'rejected', keep_attempt.worth::pulse.amount,
		   coalesce((SELECT s.tenant FROM shipment AS s WHERE is_shipment AND s.shipment_id::text = keep_attempt.key), pulse.acting_tenant(), ''),
		   (SELECT jsonb_agg(jsonb_build_object('kind', split_part(c, ': ', 1), 'reason', regexp_replace(substr(c, strpos(c, ': ') + 2), '; [a-z_]+:[^ ;()]+([)][.])$', '\1'),
				'clause', substring(c FROM '; ([a-z_]+:[^ ;()]+)[)][.]$')) ORDER BY n)
			FROM string_to_table(keep_attempt.detail, chr(10)) WITH ORDINALITY AS t (c, n));
END
$$;
COMMENT ON FUNCTION receivables.keep_attempt(text, text, text, text, text) IS 'Used by request_shipment() and attempt(): that a request was rejected is kept in gate_attempt.';

CREATE OR REPLACE PROCEDURE receivables.request_shipment(shipment_id bigint, schema text DEFAULT NULL)
	LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
	place text := pg_catalog.split_part(receivables.path(request_shipment.schema), ', ', 2);
	changed bigint;
	said text;
	detail text;
	hint text;
	clauses text;
	here text;
	relation text;
	key text;
	worth text;
BEGIN
	BEGIN
		EXECUTE pg_catalog.format('UPDATE %s.shipment SET state = ''requested'' WHERE shipment_id OPERATOR(pg_catalog.=) $1', place) USING request_shipment.shipment_id;
		GET DIAGNOSTICS changed = ROW_COUNT;
		IF changed OPERATOR(pg_catalog.=) 0 THEN
			RAISE EXCEPTION USING ERRCODE = 'P0002', MESSAGE = pg_catalog.format('there is no shipment %s', coalesce(request_shipment.shipment_id::text, 'NULL')),
				HINT = 'Draft it first: INSERT INTO shipment (contract_id, ship_on, currency) ...';
		END IF;
		RETURN;
	EXCEPTION WHEN SQLSTATE 'SP802' THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, clauses = CONSTRAINT_NAME,
			here = SCHEMA_NAME, relation = TABLE_NAME, key = COLUMN_NAME, worth = PG_DATATYPE_NAME;
	END;
	-- the statement failed, and what it wrote is undone; that it was tried is kept
	PERFORM receivables.keep_attempt(here, relation, key, detail, worth);
	COMMIT;
	RAISE EXCEPTION USING ERRCODE = 'SP802', MESSAGE = said, DETAIL = detail, HINT = hint, CONSTRAINT = clauses,
		SCHEMA = here, TABLE = relation, COLUMN = key, DATATYPE = worth;
END
$$;
COMMENT ON PROCEDURE receivables.request_shipment(bigint, text) IS
'Asks for a shipment, as UPDATE ... SET state = ''requested'' does; a rejection is kept in gate_attempt before the error is raised. The error''s constraint is the clauses, with commas; its schema and table the shipment''s, its column the key, its data type the worth. It commits for that, so call it outside a transaction block. Errors: SP801, P0002 no such shipment, SP802 rejected, 55000 it is not a draft or held, 2D000 rejected inside a transaction block.';

CREATE OR REPLACE FUNCTION receivables.flow_state(contract_id bigint, schema text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', receivables.path(flow_state.schema), true);
	RETURN (SELECT f.state FROM contract_flow AS f WHERE f.contract_id = flow_state.contract_id);
END
$$;
COMMENT ON FUNCTION receivables.flow_state(bigint, text) IS
'How far a contract is, by what is written: draft, signed, shipping, shipped, invoiced, settled; pre_billed where more is invoiced than released. NULL: no such contract. Error SP801.';
-- ---- where the tables are ---------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.place(schema text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schemas text[];
BEGIN
	-- as receivables.installations, by what leads there fast: every call asks
	SELECT array_agg(n.nspname::text) INTO schemas
	FROM pg_depend AS d JOIN pg_trigger AS t ON t.oid = d.objid JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
	WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = 'receivables.keep_applied()'::regprocedure AND d.classid = 'pg_trigger'::regclass
	  AND (place.schema IS NULL OR n.nspname = place.schema);
	IF schemas IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP801',
			MESSAGE = CASE WHEN schema IS NULL THEN 'the receivables tables are not installed'
				ELSE format('the receivables tables are not installed in schema "%s"', schema) END,
			HINT = format('Type: SELECT receivables.install(schema => %L)', coalesce(schema, 'sales'));
	ELSIF cardinality(schemas) > 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'SP801', MESSAGE = 'the receivables tables are installed in several schemas',
			DETAIL = format('They are %s.', array_to_string(schemas, ', ')),
			HINT = format('Say which: schema => %L.', schemas[1]);
	ELSIF NOT has_schema_privilege(schemas[1], 'USAGE') THEN
		-- else its tables would be said not to exist
		RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('permission denied for schema %I', schemas[1]),
			DETAIL = 'The receivables tables are there.',
			HINT = format('Let its owner type: GRANT USAGE ON SCHEMA %1$I TO %2$I; GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO %2$I;', schemas[1], current_user);
	END IF;
	RETURN schemas[1];
END
$$;
COMMENT ON FUNCTION receivables.place(text) IS
'The schema where the tables are; without a name, of the only installation. Errors: SP801 there is none, or more than one; 42501 it may not be used.';

CREATE OR REPLACE FUNCTION receivables.path(schema text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT pg_catalog.format('pg_catalog, %I, pg_temp', receivables.place(path.schema));
END;
COMMENT ON FUNCTION receivables.path(text) IS
'The search_path under which the pack''s functions find the tables of a schema; without one, of the only installation. Error SP801: there is none, or more than one.';

-- ---- triggers -----------------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.define_triggers(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	CREATE OR REPLACE TRIGGER receivables_keep_applied AFTER INSERT ON allocation
		REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION receivables.keep_applied();
	CREATE OR REPLACE TRIGGER receivables_only_added BEFORE UPDATE OR DELETE ON allocation
		FOR EACH ROW EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_stays BEFORE UPDATE ON invoice FOR EACH ROW
		WHEN (old.issued_on <> new.issued_on OR old.booked_at <> new.booked_at OR old.amount OPERATOR(pulse.<>) new.amount OR old.customer_id <> new.customer_id)
		EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_stays BEFORE UPDATE ON instalment FOR EACH ROW
		WHEN (old.amount OPERATOR(pulse.<>) new.amount OR old.invoice_id <> new.invoice_id OR old.issued_on <> new.issued_on OR old.booked_at <> new.booked_at)
		EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_stays BEFORE UPDATE ON payment FOR EACH ROW
		WHEN (old.received_on <> new.received_on OR old.booked_at <> new.booked_at OR old.amount OPERATOR(pulse.<>) new.amount OR old.customer_id <> new.customer_id
			  OR old.kind <> new.kind) EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_only_added BEFORE DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_only_added BEFORE DELETE ON instalment FOR EACH ROW EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_only_added BEFORE DELETE ON payment FOR EACH ROW EXECUTE FUNCTION receivables.refuse_change();
	CREATE OR REPLACE TRIGGER receivables_keep_due AFTER UPDATE OF due_on ON instalment
		FOR EACH ROW WHEN (old.due_on <> new.due_on) EXECUTE FUNCTION receivables.keep_due();
	CREATE OR REPLACE TRIGGER receivables_fill BEFORE INSERT OR UPDATE OF invoice_id, due_on ON instalment
		FOR EACH ROW EXECUTE FUNCTION receivables.fill_instalment();
	CREATE OR REPLACE TRIGGER receivables_fill BEFORE INSERT ON allocation
		FOR EACH ROW EXECUTE FUNCTION receivables.fill_allocation();
	CREATE OR REPLACE TRIGGER receivables_keep_pause AFTER INSERT OR UPDATE OR DELETE ON pause
		FOR EACH ROW EXECUTE FUNCTION receivables.keep_pause();
	CREATE OR REPLACE TRIGGER receivables_gate BEFORE INSERT OR UPDATE OR DELETE ON shipment
		FOR EACH ROW EXECUTE FUNCTION receivables.gate_shipment();
	CREATE OR REPLACE TRIGGER receivables_keep_lines BEFORE INSERT OR UPDATE OR DELETE ON shipment_line
		FOR EACH ROW EXECUTE FUNCTION receivables.keep_lines();
	CREATE OR REPLACE TRIGGER receivables_keep_invoiced AFTER DELETE OR UPDATE OF shipment_line_id, quantity ON invoice_line
		FOR EACH ROW EXECUTE FUNCTION receivables.keep_invoiced();
	DROP TRIGGER IF EXISTS receivables_total ON invoice;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT ON invoice
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables.check_total();
	DROP TRIGGER IF EXISTS receivables_total ON instalment;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT ON instalment
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables.check_total();
	DROP TRIGGER IF EXISTS receivables_total ON invoice_line;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT OR DELETE OR UPDATE OF invoice_id, amount, quantity, shipment_line_id ON invoice_line
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables.check_total();
END
$define$;
COMMENT ON FUNCTION receivables.define_triggers(text) IS 'Used by install(): the triggers on the tables, in a schema.';

-- ---- install, upgrade, uninstall ----------------------------------------------------

-- the same at install and upgrade: what is there is altered, each definition says IF NOT EXISTS or OR REPLACE
CREATE OR REPLACE FUNCTION receivables.define(place text, tenants boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM receivables.define_changes(place);
	PERFORM receivables.define_contract(place), receivables.define_money(place), receivables.define_credit(place), receivables.define_triggers(place), receivables.define_views(place),
		receivables.define_settlement(place), receivables.define_checks(place);
	IF tenants OR receivables.has_tenants(place) THEN
		PERFORM receivables.define_tenants(place);
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.define(text, boolean) IS 'Used by install() and upgrade(): all definitions in a schema.';

CREATE OR REPLACE FUNCTION receivables.install(schema text, tenants boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
BEGIN
	IF schema IS NULL OR NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = install.schema) THEN
		RAISE EXCEPTION USING ERRCODE = '3F000', MESSAGE = format('schema "%s" does not exist', schema),
			HINT = format('Type: CREATE SCHEMA %I', coalesce(schema, 'sales'));
	END IF;
	PERFORM receivables.define(schema, tenants);
END
$$;
COMMENT ON FUNCTION receivables.install(text, boolean) IS
'Makes the tables of receivables, with their triggers and views, in a schema: they belong to whoever calls. What is there already stays. tenants: row-level security lets others see and write only rows of the tenant that pulse.act_as() named; who owns the tables sees all. Errors: 3F000 no such schema, 42501 no right to create in it, others where a table of that name has other columns.';

CREATE OR REPLACE FUNCTION receivables.upgrade(schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
BEGIN
	PERFORM receivables.define(receivables.place(upgrade.schema), false);
END
$$;
COMMENT ON FUNCTION receivables.upgrade(text) IS
'Brings installed tables, triggers and views up to this version of the pack; rows stay. Error SP801: not installed there.';

CREATE OR REPLACE FUNCTION receivables.uninstall(schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	place text := receivables.place(uninstall.schema);
	made record;
BEGIN
	FOR made IN
		SELECT t.tgname, t.tgrelid::regclass AS relation FROM pg_trigger AS t
		JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_class AS c ON c.oid = t.tgrelid
		JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE p.pronamespace = 'receivables'::regnamespace AND NOT t.tgisinternal
		  AND n.nspname = place
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.relation);
	END LOOP;
	FOR made IN SELECT g.relation FROM receivables.order_gates() AS g WHERE g.schema = place LOOP
		PERFORM receivables.drop_order_gate(made.relation);
	END LOOP;
	IF has_function_privilege('pulse.drop_job(text)', 'EXECUTE') AND EXISTS (SELECT FROM pulse.stat_jobs AS s WHERE s.job = format('snapshots of %s', place)) THEN
		PERFORM pulse.drop_job(format('snapshots of %s', place));
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.uninstall(text) IS
'Takes the pack''s triggers off the tables of a schema, and ends its job; tables, rows and views stay, and DROP EXTENSION works. install() puts them back. Error SP801: not installed there.';
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
-- ---- what is open as of a day ---------------------------------------------------------

-- The statement over what is open, for open_items() and the report: $1 the day up to
-- which documents and allocations count, $2 the instant up to which they were booked,
-- $3 the day of the report.  What is open now and what was settled since are looked
-- at apart, so that the cost follows what is open and what came since, not history.
CREATE OR REPLACE FUNCTION receivables.items_statement(as_known boolean, documents boolean, pauses boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	later text := 'SELECT a.%1$s AS id, pulse.sum(%2$s) AS amount FROM allocation AS a WHERE (a.counts_on > $1 OR a.counts_at > $2) AND a.%1$s IS NOT NULL GROUP BY a.%1$s';
	later_due text := format(later, 'instalment_id', 'a.amount');
	later_paid text := format(later, 'payment_id', 'coalesce(a.paid, a.amount)');
	open_amount text := 'CASE WHEN %1$s.applied IS NULL THEN %1$s.amount WHEN l.amount IS NULL THEN %1$s.amount OPERATOR(pulse.-) %1$s.applied
		ELSE %1$s.amount OPERATOR(pulse.-) %1$s.applied OPERATOR(pulse.+) l.amount END';
	-- what is open now was open then, unless something that came since says otherwise
	still_open text := '(l.amount IS NULL OR %1$s.amount OPERATOR(pulse.-) %1$s.applied OPERATOR(pulse.+) l.amount OPERATOR(pulse.<>) 0)';
	instalments text := format($q$SELECT 'instalment' AS kind, i.instalment_id AS item_id, %s AS document, i.customer_id, %s AS contract_id, i.issued_on, %s AS due_on,
			i.amount, %s AS open_amount FROM %%s%s WHERE %%s AND i.issued_on <= $1 AND i.booked_at <= $2$q$,
		CASE WHEN documents THEN 'v.number' ELSE 'NULL::text' END, CASE WHEN documents THEN 'v.contract_id' ELSE 'NULL::bigint' END,
		CASE WHEN as_known THEN '(SELECT coalesce((SELECT c.due_on FROM due_change AS c WHERE c.instalment_id = i.instalment_id AND c.changed_at > $2
			ORDER BY c.changed_at LIMIT 1), i.due_on))' ELSE 'i.due_on' END,
		format(open_amount, 'i'), CASE WHEN documents THEN ' JOIN invoice AS v USING (invoice_id)' ELSE '' END);
	payments text := format($q$SELECT p.kind, p.payment_id, p.reference, p.customer_id, p.contract_id, p.received_on, p.received_on,
			OPERATOR(pulse.-) p.amount, OPERATOR(pulse.-) (%s) FROM %%s WHERE %%s AND p.received_on <= $1 AND p.booked_at <= $2$q$, format(open_amount, 'p'));
BEGIN
	RETURN format('SELECT o.*, %s AS paused_days FROM (%s UNION ALL %s UNION ALL %s UNION ALL %s) AS o %s',
		-- days of (due, today] that lie in a pause; overlapping pauses count once
		CASE WHEN pauses THEN 'CASE WHEN u.days IS NULL OR o.due_on >= $3 THEN 0 ELSE (SELECT coalesce(sum(upper(d) - lower(d)), 0)::int
			FROM unnest(u.days * datemultirange(daterange(o.due_on, $3))) AS d) END' ELSE '0' END,
		format(instalments, format('instalment AS i LEFT JOIN (%s) AS l ON l.id = i.instalment_id', later_due), '(i.applied IS NULL OR i.applied OPERATOR(pulse.<>) i.amount) AND ' || format(still_open, 'i')),
		format(instalments, format('(%s) AS l JOIN instalment AS i ON i.instalment_id = l.id', later_due), 'i.applied OPERATOR(pulse.=) i.amount AND l.amount OPERATOR(pulse.<>) 0'),
		format(payments, format('payment AS p LEFT JOIN (%s) AS l ON l.id = p.payment_id', later_paid), '(p.applied IS NULL OR p.applied OPERATOR(pulse.<>) p.amount) AND ' || format(still_open, 'p')),
		format(payments, format('(%s) AS l JOIN payment AS p ON p.payment_id = l.id', later_paid), 'p.applied OPERATOR(pulse.=) p.amount AND l.amount OPERATOR(pulse.<>) 0'),
		CASE WHEN pauses THEN $q$LEFT JOIN (SELECT u.instalment_id, range_agg(daterange(u.since, u.until)) AS days FROM pause AS u WHERE u.booked_at <= $2
			GROUP BY u.instalment_id) AS u ON o.kind = 'instalment' AND u.instalment_id = o.item_id$q$ ELSE '' END);
END
$$;
COMMENT ON FUNCTION receivables.items_statement(boolean, boolean, boolean) IS
'Used by open_items() and aging_report(): the statement over what is open. as_known: due dates as they were known; documents: with their numbers and contracts; pauses: with paused days.';

-- the day up to which, and the instant by which
CREATE OR REPLACE FUNCTION receivables.bounds(as_of date, basis text, known_at timestamptz, OUT today date, OUT day date, OUT upto timestamptz)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF bounds.basis NOT IN ('effective', 'booked') OR bounds.basis IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown basis "%s"', bounds.basis),
			HINT = 'effective: by the documents'' own dates; booked: by when they were written here.';
	END IF;
	today := coalesce(bounds.as_of, pulse.day_of(pulse.clock()));
	day := CASE bounds.basis WHEN 'effective' THEN today ELSE 'infinity' END;
	upto := least(coalesce(bounds.known_at, 'infinity'), CASE bounds.basis WHEN 'booked' THEN pulse.day_start(today + 1) - interval '1 microsecond' ELSE 'infinity' END);
END
$$;
COMMENT ON FUNCTION receivables.bounds(date, text, timestamptz) IS 'Used by open_items() and aging_report(): what a day and a basis mean. Error 22023: unknown basis.';

CREATE OR REPLACE FUNCTION receivables.open_items(as_of date DEFAULT NULL, basis text DEFAULT 'effective',
		known_at timestamptz DEFAULT NULL, schema text DEFAULT NULL)
	RETURNS TABLE (kind text, item_id bigint, document text, customer_id bigint, contract_id bigint, issued_on date, due_on date,
		amount pulse.amount, open_amount pulse.amount, days_past_due int, paused_days int)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bound record := receivables.bounds(as_of, basis, known_at);
BEGIN
	PERFORM set_config('search_path', receivables.path(open_items.schema), true);
	RETURN QUERY EXECUTE format('SELECT o.kind, o.item_id, o.document, o.customer_id, o.contract_id, o.issued_on, o.due_on, o.amount, o.open_amount, CASE WHEN isfinite(o.due_on) THEN $3 - o.due_on END, o.paused_days
		FROM (%s) AS o', receivables.items_statement(bound.upto < 'infinity', true, true)) USING bound.day, bound.upto, bound.today;
END
$$;
COMMENT ON FUNCTION receivables.open_items(date, text, timestamptz, text) IS
'Instalments not settled as of a day (today unless given), and payments and credit notes with something left, as negative amounts. basis: effective (the documents'' own dates) or booked (when they were written here); known_at: only what had been booked by that instant. An allocation counts from the last of its own, its payment''s and its invoice''s date on. paused_days: days past due on which a dispute or promise stopped the clock. Errors: SP801, 22023 unknown basis.';
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
-- ---- the overdue ladder -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.install_ladder(language text DEFAULT NULL, mode text DEFAULT 'draft', name text DEFAULT 'overdue', by_step boolean DEFAULT false,
		schema text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	tongue text := coalesce(install_ladder.language, pulse.setting('language'));
BEGIN
	IF tongue NOT IN ('en', 'zh') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('the ladder is not written in "%s"', tongue), HINT = 'Languages are en and zh.';
	END IF;
	PERFORM set_config('search_path', receivables.path(install_ladder.schema), true);
	-- a settled instalment that is open again, a moved date and a pause tell the date that counts now
	IF NOT EXISTS (SELECT FROM pulse.watches AS w WHERE w.relation = 'instalment'::regclass AND w.event = 'instalment_due') THEN
		PERFORM pulse.watch('instalment', 'instalment_due', operations => '{insert,update}', changes_of => '{counted_due,reopened}',
			columns => 'instalment = instalment_id, customer = customer_id, invoice = invoice_id, due = counted_due, amount = amount',
			condition => 'applied IS NULL OR applied OPERATOR(pulse.<>) amount');
		PERFORM pulse.watch('instalment', 'instalment_settled', operations => '{update}', changes_of => '{applied}',
			columns => 'instalment = instalment_id', condition => 'applied OPERATOR(pulse.=) amount');
	END IF;
	PERFORM pulse.label(l.class, l.name, l.en, l.zh, l.scope)
	FROM (VALUES ('event', 'instalment_due', 'instalment due', '登记应收', NULL), ('event', 'instalment_settled', 'instalment settled', '结清', NULL),
				 ('column', 'due', 'due date', '到期日', 'instalment_due'), ('key', 'instalment', 'instalment', '分期', NULL),
				 ('role', 'rep', 'rep', '销售代表', NULL), ('role', 'regional_director', 'regional director', '区域总监', NULL),
				 ('role', 'finance', 'finance', '财务部', NULL)) AS l (class, name, en, zh, scope)
	WHERE NOT EXISTS (SELECT FROM pulse.labels AS k WHERE k.class = l.class AND k.name = l.name AND k.scope IS NOT DISTINCT FROM l.scope);
	-- by step: each level waits for the one before to be delivered or to have failed for good; else the one that is due
	RETURN pulse.create_rule(install_ladder.name, CASE tongue
		WHEN 'en' THEN format('WHEN instalment_due PER instalment AND NOT instalment_settled WITHIN 30 days AFTER due '
			'THEN text rep; 7 days later%1$s: mail regional_director CC rep; '
			'another 7 days later%1$s: assign finance "Check the overdue invoice" DUE IN 3 working days UNTIL instalment_settled', CASE WHEN by_step THEN ' WHEN DELIVERED' ELSE '' END)
		ELSE format('当登记应收（每笔分期），且到期日后30天内未发生结清时，短信通知销售代表；7天后%1$s，邮件通知区域总监，抄送销售代表；再过7天%1$s，指派财务部“核查逾期发票”，限3个工作日完成；直到结清为止。',
			CASE WHEN by_step THEN '，送达后' ELSE '' END) END,
		install_ladder.mode);
END
$$;
REVOKE ALL ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) IS
'Makes the overdue ladder over installed tables, in English (en) or Chinese (zh): more than 30 days past due a text to the rep, 7 days later a mail to the regional director with a copy to the rep, another 7 days later a task for finance, due in 3 working days. Watches instalment (events instalment_due, instalment_settled) and makes a rule, a draft unless mode says otherwise; change it like any other. by_step: a level comes only after the one before was delivered or has failed for good, also after an outage; otherwise it is the level that is due by then. Map the roles with pulse.map_role(). Returns the sentence. Errors: SP801, 22023 another language, 42710 the rule is there, and those of watch().';
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
-- ---- the gate on orders in tables of the application's own ------------------------------

-- What is asked is computed from the row by functions over it that
-- create_order_gate() makes of the mapping, beside the receivables tables.  The
-- condition of the triggers names one of them, and by that dependency it is found:
-- tables, schemas and columns may be renamed, dumped and restored.  order_asks is
-- what a row asks for; order_is_there whether the table has one that asks, by its key.
CREATE OR REPLACE FUNCTION receivables.gate_of(fired_on oid, fired name) RETURNS TABLE (relation regclass, place text, asks regprocedure)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT y.typrelid::pg_catalog.regclass, n.nspname::text COLLATE "default", p.oid::pg_catalog.regprocedure
	FROM pg_catalog.pg_trigger AS t
	JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.objid = t.oid
		AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid <> t.tgfoid
	JOIN pg_catalog.pg_proc AS p ON p.oid = d.refobjid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
	JOIN pg_catalog.pg_type AS y ON y.oid = p.proargtypes[0]
	-- of a partition: the trigger stands on an ancestor
	WHERE t.tgname = fired AND t.tgparentid = 0
	  AND t.tgrelid = ANY (pg_catalog.array_append(ARRAY(SELECT a.relid::oid FROM pg_catalog.pg_partition_ancestors(fired_on) AS a), fired_on));
END;
COMMENT ON FUNCTION receivables.gate_of(oid, name) IS 'Used by the gate on orders: the relation that a trigger belongs to, the schema of the receivables tables, and the function that says what a row asks for.';

-- Trigger arguments: what a held row is set to ('' where it cannot be held), the
-- column for the reasons ('' for none).
CREATE OR REPLACE FUNCTION receivables.gate_order() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
	gate record;
	asks record;
	known record;
	found record;
	asked jsonb;
	value numeric;
BEGIN
	SELECT g.* INTO gate FROM receivables.gate_of(tg_relid, tg_name) AS g;
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', gate.place), true);
	IF tg_op = 'DELETE' THEN
		EXECUTE format('SELECT a.key FROM %I.order_asks($1) AS a', gate.place) INTO asks USING old;
		PERFORM receivables.withdraw_order(gate.place, gate.relation, asks.key, 'cancelled');
		RETURN old;
	END IF;
	EXECUTE format('SELECT a.* FROM %I.order_asks($1) AS a', gate.place) INTO asks USING new;
	IF asks.key IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22004', MESSAGE = format('the key of an order in %s is null', gate.relation),
			HINT = 'The gate knows orders by their key: SELECT * FROM receivables.order_gates().';
	ELSIF tg_op = 'INSERT' THEN
		PERFORM receivables.note_insert(gate.relation, NULL);
	END IF;
	SELECT o.* INTO known FROM order_request AS o WHERE o.relation = gate.relation AND o.key = asks.key;
	IF NOT asks.is_asked THEN
		IF asks.is_cancelled OR known.state = 'released' OR tg_argv[0] = '' OR NOT to_jsonb(new) @> tg_argv[0]::jsonb THEN
			PERFORM receivables.withdraw_order(gate.place, gate.relation, asks.key, CASE WHEN asks.is_cancelled OR known.state = 'held' THEN 'cancelled' ELSE 'fulfilled' END);
		END IF;
		RETURN new;
	ELSIF tg_op = 'INSERT' AND known.state <> 'cancelled' THEN
		RETURN new;				-- an error, or an update by ON CONFLICT, which is judged
	END IF;
	value := coalesce(asks.amount, (SELECT coalesce(sum(pulse.to_numeric(pulse.round_amount(l.quantity * l.price, asks.currency))), 0)
									FROM jsonb_to_recordset(asks.lines) AS l (quantity numeric, price numeric)));
	asked := to_jsonb(asks) || jsonb_build_object('amount', value);
	IF known.state = 'released' AND known.asked = asked THEN
		RETURN new;				-- nothing that was judged has changed
	ELSIF known.state IN ('released', 'fulfilled') THEN
		PERFORM receivables.withdraw_order(gate.place, gate.relation, asks.key, 'cancelled');
	END IF;

	found := receivables.judge_order(gate.place, gate.relation, asked);
	IF found.conflicts IS NOT NULL AND receivables.forget_inserts(gate.place, gate.relation) THEN
		found := receivables.judge_order(gate.place, gate.relation, asked);
	END IF;
	IF found.reject OR found.conflicts IS NOT NULL AND tg_argv[0] = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'SP802', MESSAGE = format('order %s of %s is rejected', asks.key, gate.relation), DETAIL = found.sentences,
			HINT = 'Correct it, or let somebody answer for it: receivables.override_order(relation, key, kinds, reason, until).',
			CONSTRAINT = found.clauses, SCHEMA = (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = gate.relation),
			TABLE = (SELECT c.relname FROM pg_class AS c WHERE c.oid = gate.relation), COLUMN = asks.key, DATATYPE = pulse.round_amount(value, asks.currency)::text;
	END IF;
	new := receivables.mark_order(new, CASE WHEN found.conflicts IS NOT NULL THEN tg_argv[0]::jsonb ELSE '{}' END
		|| CASE WHEN tg_argv[1] = '' THEN '{}' ELSE jsonb_build_object(tg_argv[1], found.sentences) END);
	PERFORM receivables.keep_order(gate.place, gate.relation, asked, found.conflicts, found.overridden, found.owner_tenant);
	IF tg_op = 'INSERT' THEN
		PERFORM receivables.note_insert(gate.relation, asks.key);
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION receivables.gate_order() IS 'Trigger of tables with an order gate. Errors: SP802 rejected (constraint: the clauses that say so; schema, table and column: the order''s table and its key), 22004 an order without a key, 42703 a column that it sets is gone.';

CREATE OR REPLACE FUNCTION receivables.judge_order(place text, relation regclass, asked jsonb, OUT conflicts jsonb, OUT overridden jsonb, OUT sentences text, OUT reject boolean, OUT clauses text, OUT owner_tenant text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	a record;
	ship_on date;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	SELECT r.* INTO a FROM jsonb_to_record(judge_order.asked) AS r (key text, customer_id bigint, contract_id bigint, currency text, amount numeric, ship_on date, ship_to text, approval text, lines jsonb);
	ship_on := coalesce(a.ship_on, pulse.day_of(pulse.clock()));
	PERFORM receivables.lock_credit(place, a.customer_id, a.contract_id, ship_on, a.lines);
	owner_tenant := coalesce((SELECT d.tenant FROM debtor AS d WHERE d.customer_id = a.customer_id), pulse.acting_tenant(), '');
	SELECT j.* INTO judge_order.conflicts, overridden, sentences, reject, clauses
	FROM receivables.judge(place, owner_tenant, ARRAY(
			SELECT k FROM gate_override AS o, unnest(o.kinds) AS k WHERE o.relation = judge_order.relation AND o.key = a.key AND o.until > pulse.clock()),
		a.customer_id, a.contract_id, ship_on, a.ship_to, a.currency, a.approval, a.amount, a.lines, NULL, relation, a.key) AS j;
END
$$;
COMMENT ON FUNCTION receivables.judge_order(text, regclass, jsonb) IS 'Used by the gate on orders: locks what two could both take, and says what speaks against one.';

CREATE OR REPLACE FUNCTION receivables.mark_order(given anyelement, marks jsonb) RETURNS anyelement
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF marks = '{}' THEN
		RETURN given;
	ELSIF NOT to_jsonb(given) ?& ARRAY(SELECT jsonb_object_keys(marks)) THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('the gate sets columns that are not there: %s', marks - ARRAY(SELECT jsonb_object_keys(to_jsonb(given)))),
			HINT = 'Where a column of held or reasons was renamed, make the gate again: receivables.create_order_gate().';
	END IF;
	RETURN jsonb_populate_record(given, marks);
END
$$;
COMMENT ON FUNCTION receivables.mark_order(anyelement, jsonb) IS 'Used by the gate on orders: a row with columns set. Error 42703 it has no such column.';

CREATE OR REPLACE FUNCTION receivables.keep_order(place text, relation regclass, asked jsonb, conflicts jsonb, overridden jsonb, tenant text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	a record;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	SELECT r.* INTO a FROM jsonb_to_record(keep_order.asked) AS r (key text, customer_id bigint, contract_id bigint, currency text, amount numeric, lines jsonb);
	INSERT INTO order_request AS o (relation, key, customer_id, contract_id, currency, amount, state, asked, conflicts, tenant)
	VALUES (keep_order.relation, a.key, a.customer_id, a.contract_id, a.currency, a.amount, CASE WHEN keep_order.conflicts IS NULL THEN 'released' ELSE 'held' END, keep_order.asked, keep_order.conflicts, keep_order.tenant)
	ON CONFLICT (relation, key) DO UPDATE SET customer_id = excluded.customer_id, contract_id = excluded.contract_id, currency = excluded.currency, amount = excluded.amount,
		state = excluded.state, asked = excluded.asked, conflicts = excluded.conflicts, decided_at = pulse.clock(), tenant = excluded.tenant;
	IF keep_order.conflicts IS NOT NULL OR keep_order.overridden IS NOT NULL THEN
		INSERT INTO gate_attempt (relation, key, outcome, conflicts, at_risk, tenant)
		VALUES (keep_order.relation, a.key, CASE WHEN keep_order.conflicts IS NOT NULL THEN 'held' ELSE 'overridden' END, coalesce(keep_order.conflicts, keep_order.overridden),
			pulse.round_amount(a.amount, a.currency), keep_order.tenant);
	END IF;
	IF keep_order.conflicts IS NULL THEN
		PERFORM receivables.commit_lines(place, a.contract_id, a.lines, 1);
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.keep_order(text, regclass, jsonb, jsonb, jsonb, text) IS 'Used by the gate on orders: records what it decided, and takes what is released from the contract.';

CREATE OR REPLACE FUNCTION receivables.withdraw_order(place text, relation regclass, key text, becomes text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	was record;
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	SELECT o.state, o.contract_id, o.asked -> 'lines' AS lines INTO was FROM order_request AS o
	WHERE o.relation = withdraw_order.relation AND o.key = withdraw_order.key FOR NO KEY UPDATE;
	IF was.state NOT IN ('released', 'held', 'fulfilled') OR was.state IS NULL OR was.state = withdraw_order.becomes OR was.state = 'fulfilled' AND withdraw_order.becomes <> 'cancelled' THEN
		RETURN;
	ELSIF was.state <> 'held' AND withdraw_order.becomes = 'cancelled' AND jsonb_typeof(was.lines) = 'array' THEN
		PERFORM receivables.commit_lines(place, was.contract_id, was.lines, -1);
	END IF;
	UPDATE order_request AS o SET state = withdraw_order.becomes, conflicts = NULL, decided_at = pulse.clock()
	WHERE o.relation = withdraw_order.relation AND o.key = withdraw_order.key;
END
$$;
COMMENT ON FUNCTION receivables.withdraw_order(text, regclass, text, text) IS 'Used by the gate on orders: one that no longer asks is fulfilled, or cancelled and gives its goods back.';

CREATE OR REPLACE FUNCTION receivables.override_order(relation regclass, key text, kinds text[], reason text, until timestamptz, schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM set_config('search_path', receivables.path(override_order.schema), true);
	IF until <= pulse.clock() OR until IS NULL OR coalesce(btrim(reason), '') = '' OR coalesce(cardinality(kinds), 0) = 0 OR relation IS NULL OR key IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'an override needs an order, kinds of conflict, a reason, and an end in the future',
			HINT = 'Such as: receivables.override_order(''app.orders'', ''17'', ''{credit_limit}'', ''paid by cheque today'', now() + interval ''1 day'').';
	END IF;
	PERFORM receivables.check_kinds(kinds);
	INSERT INTO gate_override (relation, key, kinds, reason, until, tenant)
	VALUES (relation, key, kinds, reason, until, coalesce((SELECT o.tenant FROM order_request AS o WHERE o.relation = override_order.relation AND o.key = override_order.key), pulse.acting_tenant(), ''));
END
$$;
COMMENT ON FUNCTION receivables.override_order(regclass, text, text[], text, timestamptz, text) IS
'Answers for kinds of conflict of an order in a table of the application''s own, with a reason and until an end; the author is who acts (pulse.act_as), else the session''s user. Then ask for the order again, as the application does. Errors: SP801, 22023 no order, kinds, reason or end, or an unknown kind.';

CREATE OR REPLACE PROCEDURE receivables.attempt(statement text)
	LANGUAGE plpgsql
AS $$
DECLARE
	said text;
	detail text;
	hint text;
	clauses text;
	here text;
	relation text;
	key text;
	worth text;
BEGIN
	BEGIN
		EXECUTE attempt.statement;
		RETURN;
	EXCEPTION WHEN SQLSTATE 'SP802' THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, clauses = CONSTRAINT_NAME,
			here = SCHEMA_NAME, relation = TABLE_NAME, key = COLUMN_NAME, worth = PG_DATATYPE_NAME;
	END;
	-- the statement failed, and what it wrote is undone; that it was tried is kept
	PERFORM receivables.keep_attempt(here, relation, key, detail, worth);
	COMMIT;
	RAISE EXCEPTION USING ERRCODE = 'SP802', MESSAGE = said, DETAIL = detail, HINT = hint, CONSTRAINT = clauses,
		SCHEMA = here, TABLE = relation, COLUMN = key, DATATYPE = worth;
END
$$;
COMMENT ON PROCEDURE receivables.attempt(text) IS
'Runs a statement of the application; where the gate of an order (or of a shipment) rejects it, that is kept in gate_attempt before the error is raised. It commits for that, so call it outside a transaction block. Errors: SP802 rejected, 2D000 rejected inside a transaction block, and those of the statement.';
-- ---- making a gate on orders --------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.create_order_gate(relation regclass, key text, customer text, amount text DEFAULT NULL, currency text DEFAULT NULL,
		condition text DEFAULT 'true', cancelled text DEFAULT 'false', held jsonb DEFAULT NULL, reasons text DEFAULT NULL,
		contract text DEFAULT 'NULL', ship_on text DEFAULT NULL, ship_to text DEFAULT 'NULL', approval text DEFAULT 'NULL',
		lines regclass DEFAULT NULL, line_key text DEFAULT NULL, product text DEFAULT NULL, quantity text DEFAULT NULL, price text DEFAULT NULL,
		tax_rate text DEFAULT 'NULL', expires_on text DEFAULT 'NULL', schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	here text := receivables.place(create_order_gate.schema);
	called text := (SELECT quote_ident(c.relname) FROM pg_class AS c WHERE c.oid = relation);
	key_type text := (SELECT format_type(a.atttypid, NULL) FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = key AND NOT a.attisdropped);
	key_of text := CASE WHEN key_type IS NOT NULL THEN quote_ident(key) ELSE key END;
	of_row text;
	of_lines text := 'NULL';
	wrong text;
BEGIN
	IF relation IS NULL OR key IS NULL OR customer IS NULL OR num_nulls(amount, lines) = 2 OR lines IS NOT NULL AND num_nulls(line_key, product, quantity, price) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22004', MESSAGE = 'an order gate needs a relation, its key, the customer, and an amount or lines',
			DETAIL = 'Lines need line_key, product, quantity and price.',
			HINT = 'Such as: receivables.create_order_gate(''app.orders'', key => ''id'', customer => ''customer_id'', amount => ''total'', condition => ''status = confirmed'', held => ''{"status": "on hold"}'').';
	END IF;
	SELECT string_agg(format('"%s"', w.name), ', ') INTO wrong
	FROM (SELECT k FROM jsonb_object_keys(held) AS k UNION ALL SELECT reasons WHERE reasons IS NOT NULL) AS w (name)
	WHERE NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '');
	IF wrong IS NOT NULL OR lines IS NOT NULL AND (key_type IS NULL OR NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = lines AND a.attname = line_key)) THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = coalesce(format('%s has no column %s that can be set', relation, wrong), format('key and line_key have to be columns of %s and %s', relation, lines)),
			HINT = 'held is such as {"status": "on hold"}; reasons is a column of text or jsonb; with lines, key and line_key are plain columns.';
	END IF;
	PERFORM receivables.drop_order_gate(relation);
	IF lines IS NOT NULL THEN
		of_lines := format('(SELECT coalesce(jsonb_agg(jsonb_build_object(''line'', NULL, ''product'', (%s)::text, ''quantity'', (%s)::numeric, ''price'', (%s)::numeric,
			''tax_rate'', (%s)::numeric, ''expires_on'', (%s)::date) ORDER BY 1), ''[]'') FROM %s AS line WHERE line.%I = %s.%s)', product, quantity, price, tax_rate, expires_on, lines, line_key, called, key_of);
	END IF;
	-- the row is called as its table is, so that a condition may say orders.status
	of_row := format('SELECT (%s)::text, (%s)::bigint, (%s)::bigint, (%s)::text, (%s)::numeric, (%s)::date, (%s)::text, (%s)::text, coalesce((%s)::boolean, false), coalesce((%s)::boolean, false),
			CASE WHEN (%s)::boolean THEN (%s)::jsonb END FROM ', key_of, customer, contract, coalesce(currency, 'pulse.setting(''currency'')'), coalesce(amount, 'NULL'), coalesce(ship_on, 'NULL'),
		ship_to, approval, condition, cancelled, condition, of_lines);
	PERFORM receivables.define_order_asks(here, relation, called, of_row);
	EXECUTE format('CREATE FUNCTION %I.order_is_there(%s, key text) RETURNS boolean LANGUAGE sql STABLE BEGIN ATOMIC SELECT EXISTS (SELECT FROM %2$s AS %s WHERE (%s) = $2::%s AND (%s)::boolean); END',
		here, relation, called, key_of, coalesce(key_type, 'text'), condition);
	PERFORM receivables.define_order_triggers(here, relation, coalesce(held::text, ''), coalesce(reasons, ''));
	IF lines IS NOT NULL THEN
		EXECUTE format('CREATE FUNCTION %1$I.order_touch(was %2$s, becomes %2$s) RETURNS void LANGUAGE sql VOLATILE BEGIN ATOMIC
			UPDATE %3$s AS o SET %4$I = o.%4$I FROM %1$I.order_request AS r
			WHERE r.relation = %5$L::regclass AND r.state = ''released'' AND r.key IN ((was.%6$I)::text, (becomes.%6$I)::text) AND o.%4$I = r.key::%7$s; END',
			here, lines, relation, key, relation::text, line_key, key_type);
		EXECUTE format('CREATE TRIGGER zzz_receivables_gate_lines AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW WHEN (%L::regprocedure IS NOT NULL) EXECUTE FUNCTION receivables.gate_order_lines()',
			lines, format('%1$I.order_touch(%2$s, %2$s)', here, lines));
	END IF;
END
$$;
REVOKE ALL ON FUNCTION receivables.create_order_gate(regclass, text, text, text, text, text, text, jsonb, text, text, text, text, text, regclass, text, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.create_order_gate(regclass, text, text, text, text, text, text, jsonb, text, text, text, text, text, regclass, text, text, text, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.create_order_gate(regclass, text, text, text, text, text, text, jsonb, text, text, text, text, text, regclass, text, text, text, text, text, text, text) IS
'Puts the gate on a table of orders (or shipments) of the application''s own. All but relation, lines and held are columns or expressions over the row, with functions qualified: key; customer (of debtor); amount (without one, the sum of the lines); currency (default: the setting currency); condition: as long as it is true the row asks for release and, released, counts as exposure; when it is no longer true the order is fulfilled, or, where cancelled is true or the row is deleted, gives its goods back; contract, ship_on (default: today), ship_to, approval. held: what the columns of a held row are set to, such as {"status": "on hold"}; without it every conflict rejects. reasons: a column that gets them. lines: the table of lines with line_key, product, quantity, price, tax_rate, expires_on; a released order whose lines change is judged again. A gate that is there is replaced. Errors: SP801, 22004 something is missing, 42703 no such column, 42501 the table is somebody else''s, and those of a wrong expression.';

-- A function over the row keeps its columns from being dropped: those that it uses,
-- which a first version over the table tells.  One that takes the row as a whole
-- uses all.
CREATE OR REPLACE FUNCTION receivables.define_order_asks(place text, relation regclass, called text, of_row text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	made text := format('CREATE OR REPLACE FUNCTION %I.order_asks(asking %s) RETURNS TABLE (key text, customer_id bigint, contract_id bigint, currency text, amount numeric, ship_on date,
		ship_to text, approval text, is_asked boolean, is_cancelled boolean, lines jsonb) LANGUAGE sql STABLE BEGIN ATOMIC %%s; END', place, relation);
	used text;
BEGIN
	EXECUTE format(made, format('%s%s AS %s', of_row, relation, called));
	SELECT string_agg(format('(asking).%I', a.attname), ', ' ORDER BY a.attnum) INTO used
	FROM pg_proc AS p JOIN pg_attribute AS a ON a.attrelid = define_order_asks.relation AND a.attnum > 0 AND NOT a.attisdropped
	WHERE p.oid = format('%I.order_asks(%s)', place, relation)::regprocedure
	  AND (p.prosqlbody::text ~ ':varattno 0 ' OR EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
		AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum));
	EXECUTE format(made, format('%s(SELECT %s) AS %s', of_row, used, called));
END
$$;
COMMENT ON FUNCTION receivables.define_order_asks(text, regclass, text, text) IS 'Used by create_order_gate(): the function that says what a row asks for.';

CREATE OR REPLACE FUNCTION receivables.define_order_triggers(place text, relation regclass, held text, reasons text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found text := format('FOR EACH %%s WHEN (%L::regprocedure IS NOT NULL) EXECUTE FUNCTION', format('%I.order_asks(%s)', place, relation));
BEGIN
	-- it fires after the application's own triggers, and judges what they made of the row
	EXECUTE format('CREATE TRIGGER zzz_receivables_gate BEFORE INSERT OR UPDATE OR DELETE ON %s %s receivables.gate_order(%L, %L)', relation, format(found, 'ROW'), held, reasons);
	EXECUTE format('CREATE TRIGGER zzz_receivables_gate_written AFTER INSERT ON %s REFERENCING NEW TABLE AS written %s receivables.gate_order_written()', relation, format(found, 'STATEMENT'));
	EXECUTE format('CREATE TRIGGER zzz_receivables_gate_emptied AFTER TRUNCATE ON %s %s receivables.gate_order_emptied()', relation, format(found, 'STATEMENT'));
END
$$;
COMMENT ON FUNCTION receivables.define_order_triggers(text, regclass, text, text) IS 'Used by create_order_gate(): its triggers.';

CREATE OR REPLACE FUNCTION receivables.drop_order_gate(relation regclass) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
DECLARE
	made record;
BEGIN
	-- its functions; the triggers depend on them
	FOR made IN
		SELECT p.oid::regprocedure AS name
		FROM receivables.order_gates() AS g JOIN pg_namespace AS n ON n.nspname = g.schema
		JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.refclassid IN ('pg_class'::regclass, 'pg_type'::regclass)
			AND d.refobjid IN (g.relation, (SELECT c.reltype FROM pg_class AS c WHERE c.oid = g.relation))
		JOIN pg_proc AS p ON p.oid = d.objid AND p.pronamespace = n.oid AND p.proname IN ('order_asks', 'order_is_there', 'order_touch')
		WHERE g.relation = drop_order_gate.relation GROUP BY p.oid
	LOOP
		EXECUTE format('DROP FUNCTION %s CASCADE', made.name);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION receivables.drop_order_gate(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.drop_order_gate(regclass) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.drop_order_gate(regclass) IS 'Takes the gate off a table of orders; what it decided stays in order_request. Error 42501 the table is somebody else''s.';

CREATE OR REPLACE FUNCTION receivables.order_gates() RETURNS TABLE (relation regclass, schema text)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT g.relation, g.place FROM pg_catalog.pg_trigger AS t CROSS JOIN LATERAL receivables.gate_of(t.tgrelid, t.tgname) AS g
	WHERE t.tgfoid = 'receivables.gate_order()'::pg_catalog.regprocedure AND t.tgparentid = 0;
END;
COMMENT ON FUNCTION receivables.order_gates() IS 'The tables of orders that have a gate, and the schema of the receivables tables it asks.';
-- ---- orders that were judged and then not written ---------------------------------------

-- A row that is inserted is judged before it is known whether it will be written:
-- ON CONFLICT on another key, or a trigger that comes later, may leave it out.  So
-- the keys of a statement are noted, for the transaction, until its end; what is
-- not in the table by then is taken back, and sooner where it stands in the way of
-- another.

CREATE OR REPLACE FUNCTION receivables.note_insert(relation regclass, key text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	rows_of text := format('receivables.rows_%s', relation::oid);
	keys_of text := format('receivables.keys_%s', relation::oid);
BEGIN
	IF key IS NULL THEN
		PERFORM set_config(rows_of, (coalesce(nullif(current_setting(rows_of, true), ''), '0')::bigint + 1)::text, true);
	ELSE
		PERFORM set_config(keys_of, concat_ws(',', nullif(current_setting(keys_of, true), ''), to_json(key)), true);
	END IF;
END
$$;
COMMENT ON FUNCTION receivables.note_insert(regclass, text) IS 'Used by the gate on orders: counts a row that is inserted, or notes the key of one that was judged.';

CREATE OR REPLACE FUNCTION receivables.forget_inserts(place text, relation regclass, written text[] DEFAULT '{}') RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys_of text := format('receivables.keys_%s', relation::oid);
	noted text;
	is_there boolean;
	result boolean := false;
BEGIN
	IF coalesce(current_setting(keys_of, true), '') = '' OR NOT has_table_privilege(relation, 'SELECT') AND written = '{}' THEN
		RETURN false;
	END IF;
	FOR noted IN SELECT k FROM jsonb_array_elements_text(format('[%s]', current_setting(keys_of))::jsonb) AS k WHERE k <> ALL (written) LOOP
		is_there := false;
		IF has_table_privilege(relation, 'SELECT') THEN
			EXECUTE format('SELECT %I.order_is_there(NULL::%s, $1)', place, relation) INTO is_there USING noted;
		END IF;
		IF NOT is_there THEN
			PERFORM receivables.withdraw_order(place, relation, noted, 'cancelled');
			result := true;
		END IF;
	END LOOP;
	PERFORM set_config(keys_of, '', true);
	RETURN result;
END
$$;
COMMENT ON FUNCTION receivables.forget_inserts(text, regclass, text[]) IS 'Used by the gate on orders: takes back what was judged and is not in the table; whether there was any.';

CREATE OR REPLACE FUNCTION receivables.gate_order_written() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gate record;
	rows_of text;
	noted bigint;
	keys text[];
BEGIN
	SELECT g.* INTO gate FROM receivables.gate_of(tg_relid, tg_name) AS g;
	rows_of := format('receivables.rows_%s', gate.relation::oid);
	noted := coalesce(nullif(current_setting(rows_of, true), ''), '0')::bigint;
	PERFORM set_config(rows_of, '', true);
	IF noted = (SELECT count(*) FROM written) THEN
		PERFORM set_config(format('receivables.keys_%s', gate.relation::oid), '', true);
	ELSE
		EXECUTE format('SELECT coalesce(array_agg(a.key), ''{}'') FROM written AS w CROSS JOIN LATERAL %I.order_asks(ROW(w.*)::%s) AS a', gate.place, gate.relation) INTO keys;
		PERFORM receivables.forget_inserts(gate.place, gate.relation, keys);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.gate_order_written() IS 'Trigger of tables with an order gate: rows that were judged and not inserted ask for nothing.';

CREATE OR REPLACE FUNCTION receivables.gate_order_emptied() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gate record;
BEGIN
	SELECT g.* INTO gate FROM receivables.gate_of(tg_relid, tg_name) AS g;
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', gate.place), true);
	PERFORM receivables.withdraw_order(gate.place, o.relation, o.key, 'cancelled') FROM order_request AS o WHERE o.relation = gate.relation;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.gate_order_emptied() IS 'Trigger of tables with an order gate: TRUNCATE cancels all of them.';

-- A line of a released order that changes: the order is judged again.  order_touch
-- writes the order of a line that was, and of the one that is.
CREATE OR REPLACE FUNCTION receivables.gate_order_lines() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gate record;
BEGIN
	SELECT g.* INTO gate FROM receivables.gate_of(tg_relid, tg_name) AS g;
	EXECUTE format('SELECT %I.order_touch($1, $2)', gate.place) USING old, new;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.gate_order_lines() IS 'Trigger of the lines of orders with a gate: a released order is judged again.';
REVOKE ALL ON FUNCTION receivables.gate_order(), receivables.gate_order_lines(), receivables.gate_order_written(), receivables.gate_order_emptied() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.gate_order(), receivables.gate_order_lines(), receivables.gate_order_written(), receivables.gate_order_emptied() TO pulse_admin, pulse_author;
-- ---- the open items as a page -----------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.create_page(name text DEFAULT 'receivables', schema text DEFAULT NULL, currency text DEFAULT NULL,
		recipients text DEFAULT NULL, send_at time DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	shown text := coalesce(currency, pulse.setting('currency'));
	items text := format($q$SELECT o.customer_id::text AS customer, pulse.to_numeric(o.open_amount) AS amount, o.due_on AS due,
		NULL::date AS issued, NULL::date AS paid, NULL::text AS scope
		FROM receivables.open_items($2, schema => %L) AS o WHERE pulse.currency(o.open_amount) = %L$q$,
		coalesce(schema, (SELECT min(i.schema::text) FROM receivables.installations AS i HAVING count(*) = 1)), shown);
BEGIN
	PERFORM pulse.create_page(name, 'Receivables', pulse_internal.receivables_sections(items, shown, 0, false), '应收账款',
		recipients => recipients, send_at => send_at);
END
$$;
COMMENT ON FUNCTION receivables.create_page(text, text, text, text, time) IS
'Makes a page (pulse.report_html(name)) of the open items of one currency, of any day: aging in all and of the customers that owe most, and the largest past due. It runs as you. Errors: SP801 not installed, 42710 the name is taken, 42501 you may not make pages; those of pulse.create_page().';
-- ---- the aging report, DSO and its family -------------------------------------------

CREATE OR REPLACE FUNCTION receivables.rate(currency text, into_currency text, day date, schema text DEFAULT NULL) RETURNS numeric
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found numeric;
BEGIN
	IF rate.currency = rate.into_currency THEN
		RETURN 1;
	END IF;
	PERFORM set_config('search_path', receivables.path(rate.schema), true);
	SELECT r.rate INTO found FROM fx_rate AS r
	WHERE r.currency = rate.currency AND r.into_currency = rate.into_currency AND r.since <= rate.day AND r.tenant = coalesce(pulse.acting_tenant(), '')
	ORDER BY r.since DESC LIMIT 1;
	IF found IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP101', MESSAGE = format('there is no rate from %s to %s on %s', rate.currency, rate.into_currency, rate.day),
			HINT = 'Add the row to fx_rate (currency, into_currency, since, rate).';
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION receivables.rate(text, text, date, text) IS
'The rate of fx_rate in force on a day; of the acting tenant, where there are tenants. Errors: SP801, SP101 no rate by then.';

-- what the report is grouped by: how each word is computed from a customer's profile and from his row
CREATE OR REPLACE FUNCTION receivables.report_keys(by text[]) RETURNS TABLE (name text, expression text)
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text;
BEGIN
	SELECT b INTO unknown FROM unnest(by) AS b WHERE (b IN ('customer', 'rep', 'region', 'contract', 'currency')) IS NOT TRUE LIMIT 1;
	IF FOUND OR by IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('nothing is reported by "%s"', unknown),
			HINT = 'by is any of customer, rep, region, contract, currency (which is always apart); {} is all in one.';
	END IF;
	RETURN QUERY SELECT k.name, k.expression
		FROM (VALUES (1, 'customer', 'p.customer_id'), (2, 'rep', 'd.rep'), (3, 'region', 'd.region'), (4, 'contract', 'p.contract_id'),
					 (5, 'currency', 'pulse.currency(p.profile)')) AS k (place, name, expression)
		WHERE k.name = ANY (by) ORDER BY k.place;
END
$$;
COMMENT ON FUNCTION receivables.report_keys(text[]) IS 'Used by the reports: the columns of a grouping. Error 22023: an unknown one.';

CREATE OR REPLACE FUNCTION receivables.aging_report(as_of date DEFAULT NULL, by text[] DEFAULT '{customer}', basis text DEFAULT 'effective',
		known_at timestamptz DEFAULT NULL, into_currency text DEFAULT NULL, rates text DEFAULT 'as_of', pauses boolean DEFAULT false,
		edges int[] DEFAULT '{30,60,90}', rule text DEFAULT '', aged_by text DEFAULT 'due', schema text DEFAULT NULL)
	RETURNS TABLE (keys jsonb, currency text, not_due numeric, buckets numeric[], overdue numeric, credits numeric, total numeric, profile pulse.aging_profile)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bound record := receivables.bounds(as_of, basis, known_at);
	by_contract boolean := 'contract' = ANY (by);
	items text;
	profiles text;
	keys_of text[];
	names text[];
BEGIN
	SELECT array_agg(k.expression), array_agg(k.name) INTO keys_of, names FROM receivables.report_keys(by) AS k;
	IF (rates IN ('as_of', 'booked') AND aged_by IN ('due', 'issued')) IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown rates "%s", or aged_by "%s"', rates, aged_by),
			HINT = 'rates: as_of, booked; aged_by: due, issued.';
	END IF;
	PERFORM set_config('search_path', receivables.path(aging_report.schema), true);
	items := format('SELECT i.customer_id, i.contract_id, i.issued_on, i.%s%s AS counted_from, i.open_amount FROM (%s) AS i',
		CASE aged_by WHEN 'due' THEN 'due_on' ELSE 'issued_on' END, CASE WHEN pauses THEN ' + i.paused_days' ELSE '' END,
		receivables.items_statement(bound.upto < 'infinity', by_contract, pauses));
	IF into_currency IS NOT NULL THEN
		-- each currency's (and day's) rate is looked up once
		items := format('SELECT i.customer_id, i.contract_id, i.counted_from, CASE WHEN r.rate IS NULL THEN i.open_amount ELSE pulse.convert(i.open_amount, $7, r.rate) END AS open_amount
			FROM (%1$s) AS i LEFT JOIN (SELECT n.currency, n.day, receivables.rate(n.currency, $7, n.day, $8) AS rate
				FROM (SELECT DISTINCT pulse.currency(i.open_amount) AS currency, %2$s AS day FROM (%1$s) AS i) AS n WHERE n.currency <> $7) AS r
			ON r.currency = pulse.currency(i.open_amount) AND r.day = %2$s', items, CASE rates WHEN 'as_of' THEN '$3' ELSE 'i.issued_on' END);
	END IF;
	profiles := format('SELECT i.customer_id, %s AS contract_id, pulse.aging(i.open_amount, i.counted_from, $3, $4, $5) AS profile
		FROM (%s) AS i GROUP BY i.customer_id, pulse.currency_number(i.open_amount)%s', CASE WHEN by_contract THEN 'i.contract_id' ELSE 'NULL::bigint' END, items,
		CASE WHEN by_contract THEN ', i.contract_id' ELSE '' END);
	IF 'customer' = ANY (by) THEN
		profiles := format('SELECT %s, p.profile FROM (%s) AS p JOIN debtor AS d USING (customer_id)', (SELECT string_agg(format('%s AS %I', e, n), ', ') FROM unnest(keys_of, names) AS k (e, n)), profiles);
	ELSE
		profiles := format('SELECT %spulse.sum(p.profile) AS profile FROM (%s) AS p JOIN debtor AS d USING (customer_id) GROUP BY %spulse.currency(p.profile)',
			(SELECT string_agg(format('%s AS %I, ', e, n), '') FROM unnest(keys_of, names) AS k (e, n)), profiles, (SELECT string_agg(e || ', ', '') FROM unnest(keys_of) AS e));
	END IF;
	RETURN QUERY EXECUTE format('SELECT jsonb_build_object(%s), pulse.currency(a.profile), pulse.not_due(a.profile),
			ARRAY[%s],
			pulse.overdue(a.profile), pulse.credits(a.profile), pulse.total(a.profile), a.profile
		FROM (%s) AS a ORDER BY %s2', (SELECT string_agg(format('%L, a.%I', n, n), ', ') FROM unnest(names) AS n),
			(SELECT string_agg(format('pulse.bucket(a.profile, %s)', n), ', ') FROM generate_series(1, cardinality(edges) + 1) AS n), profiles,
			(SELECT string_agg(format('a.%I, ', n), '') FROM unnest(names) AS n))
	USING bound.day, bound.upto, bound.today, edges, rule, NULL::text, into_currency, aging_report.schema;
END
$$;
COMMENT ON FUNCTION receivables.aging_report(date, text[], text, timestamptz, text, text, boolean, int[], text, text, text) IS
'Aging as of a day (today unless given) by any of customer, rep, region, contract, currency (which is always apart); or all in one currency, at the rates of that day (rates => as_of) or of each document''s day (booked). aged_by: due or issued date. pauses: days in dispute or promise do not count. edges and rule (which bucket an edge, the day itself, what is not due and credits belong to): as for pulse.aging(). basis and known_at as for open_items(). The figures add up to what is open. Errors: SP801, 22023 unknown basis, by, rates, aged_by or rule, SP101 a rate is missing.';

CREATE OR REPLACE FUNCTION receivables.metrics(as_of date DEFAULT NULL, months int DEFAULT 3, by text[] DEFAULT '{}', schema text DEFAULT NULL)
	RETURNS TABLE (keys jsonb, currency text, metric text, value numeric, status text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	day date := coalesce(as_of, pulse.day_of(pulse.clock()));
	settlement regclass;
	history regclass;
BEGIN
	PERFORM receivables.report_keys(by);
	PERFORM set_config('search_path', receivables.path(metrics.schema), true);
	settlement := to_regclass('settlement');
	IF EXISTS (SELECT FROM allocation AS a WHERE a.amount OPERATOR(pulse.<) 0) THEN
		history := to_regclass('settlement_history');
	END IF;
	-- sums take what was taken back off by themselves; days late are of what stayed settled
	RETURN QUERY SELECT receivables.view_keys(by, m.keys, m.currency), m.currency, m.metric,
			CASE WHEN history IS NULL OR m.metric <> 'weighted_days_late' THEN m.value ELSE l.value END,
			CASE WHEN history IS NULL OR m.metric <> 'weighted_days_late' THEN m.status ELSE coalesce(l.status, 'no_receivable') END
		FROM pulse.receivable_metrics(settlement, 'amount', 'issued_on', 'due_on', 'settled_on', day, months, receivables.view_columns(by)) WITH ORDINALITY AS m
		LEFT JOIN pulse.receivable_metrics(coalesce(history, settlement), 'amount', 'issued_on', 'due_on', 'settled_on', day, months, receivables.view_columns(by),
			CASE WHEN history IS NULL THEN 'false' ELSE receivables.in_force(day) END) AS l
		ON l.metric = 'weighted_days_late' AND m.metric = l.metric AND l.keys = m.keys AND l.currency IS NOT DISTINCT FROM m.currency
		ORDER BY m.ordinality;
END
$$;
COMMENT ON FUNCTION receivables.metrics(date, int, text[], text) IS
'DSO and its family as pulse.receivable_metrics() defines them, over what was invoiced and settled here, partial payments included; what was taken back by as_of is not settled; open credits are not deducted. by: as for aging_report(). Errors: SP801, 22023.';

CREATE OR REPLACE FUNCTION receivables.view_columns(by text[]) RETURNS text[]
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- the view's "customer" is a name
	RETURN ARRAY(SELECT CASE b WHEN 'customer' THEN 'customer_id' WHEN 'contract' THEN 'contract_id' ELSE b END FROM unnest(by) AS b WHERE b <> 'currency') || ARRAY['currency'];
END
$$;
COMMENT ON FUNCTION receivables.view_columns(text[]) IS 'Used by metrics(): columns of the view settlement.';

CREATE OR REPLACE FUNCTION receivables.view_keys(by text[], keys jsonb, currency text) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(b, CASE b WHEN 'currency' THEN to_jsonb(currency) WHEN 'customer' THEN keys -> 'customer_id'
				WHEN 'contract' THEN keys -> 'contract_id' ELSE keys -> b END), '{}') FROM unnest(by) AS b);
END
$$;
COMMENT ON FUNCTION receivables.view_keys(text[], jsonb, text) IS 'Used by metrics(): the keys by the words of "by".';

CREATE OR REPLACE FUNCTION receivables.in_force(day date) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT pg_catalog.format('since <= %1$L AND until > %1$L', in_force.day);
END;
COMMENT ON FUNCTION receivables.in_force(date) IS 'Used by metrics() and collection_days(): the rows of settlement_history that hold as of a day.';

CREATE OR REPLACE FUNCTION receivables.collection_days(as_of date DEFAULT NULL, by text[] DEFAULT '{}', since date DEFAULT NULL, schema text DEFAULT NULL)
	RETURNS TABLE (keys jsonb, currency text, method text, items bigint, open_items bigint, median_days double precision, mean_days double precision,
		paid_mean_days double precision, status text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	day date := coalesce(as_of, pulse.day_of(pulse.clock()));
	history regclass;
BEGIN
	PERFORM receivables.report_keys(by);
	PERFORM set_config('search_path', receivables.path(collection_days.schema), true);
	history := to_regclass('settlement_history');
	RETURN QUERY SELECT receivables.view_keys(by, m.keys, m.currency), m.currency, m.method, m.items, m.open_items,
			m.median_days, m.mean_days, m.paid_mean_days, m.status
		FROM pulse.collection_days(history, 'amount', 'issued_on', 'settled_on', day, receivables.view_columns(by),
			receivables.in_force(day) || CASE WHEN since IS NOT NULL THEN format(' AND issued_on >= %L', since) ELSE '' END) AS m;
END
$$;
COMMENT ON FUNCTION receivables.collection_days(date, text[], date, text) IS
'Days from issue to settlement as pulse.collection_days() defines them: parts of instalments each with its own day, open ones as not settled within their age; what was taken back by as_of is open. since: only what was issued from then on. by: as for aging_report(). Errors: SP801, 22023.';
-- ---- what was settled when, as of any day ----------------------------------------------

-- What was taken back had been settled until then, and is open since: so a part
-- counts for the days from since until before until.  Of one payment's parts in
-- an instalment the first are taken back first.  What is open follows from the
-- parts, so that on each day all rows in force add up to the instalment: below
-- zero where a payment counts before the day on which another was taken back.
CREATE OR REPLACE FUNCTION receivables.define_settlement(place text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $define$
BEGIN
	PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', place), true);
	CREATE OR REPLACE VIEW settlement_history WITH (security_invoker = true) AS
		WITH entry AS (
			SELECT a.allocation_id, a.payment_id, a.instalment_id, a.counts_on, e.amount > 0 AS settles, abs(e.amount) AS amount,
				   sum(abs(e.amount)) OVER (PARTITION BY a.payment_id, a.instalment_id, e.amount > 0 ORDER BY a.counts_on, a.allocation_id) AS upto
			FROM allocation AS a, LATERAL (SELECT pulse.to_numeric(a.amount) AS amount) AS e WHERE a.instalment_id IS NOT NULL
		), step AS (
			SELECT s.allocation_id, s.instalment_id, s.counts_on, s.counts_on AS day, s.amount FROM entry AS s WHERE s.settles
			UNION ALL
			SELECT s.allocation_id, s.instalment_id, s.counts_on, greatest(b.counts_on, s.counts_on), greatest(s.upto - s.amount, b.upto - b.amount) - least(s.upto, b.upto)
			FROM entry AS s JOIN entry AS b ON b.payment_id = s.payment_id AND b.instalment_id = s.instalment_id AND NOT b.settles
				 AND b.upto > s.upto - s.amount AND s.upto > b.upto - b.amount
			WHERE s.settles
		), part AS (
			SELECT p.instalment_id, p.counts_on AS settled_on, p.since, p.until, p.amount
			FROM (SELECT t.instalment_id, t.counts_on, t.day AS since, coalesce(lead(t.day) OVER each, 'infinity') AS until, sum(t.amount) OVER each AS amount
				  FROM (SELECT s.allocation_id, s.instalment_id, s.counts_on, s.day, sum(s.amount) AS amount FROM step AS s
						GROUP BY s.allocation_id, s.instalment_id, s.counts_on, s.day) AS t
				  WINDOW each AS (PARTITION BY t.allocation_id ORDER BY t.day)) AS p WHERE p.amount > 0
		), change AS (
			SELECT c.instalment_id, c.day, sum(c.amount) AS amount
			FROM (SELECT p.instalment_id, p.since AS day, p.amount FROM part AS p
				  UNION ALL SELECT p.instalment_id, p.until, - p.amount FROM part AS p WHERE p.until < 'infinity') AS c
			GROUP BY c.instalment_id, c.day
		), settled AS (
			SELECT c.instalment_id, c.day AS since, coalesce(lead(c.day) OVER each, 'infinity') AS until, sum(c.amount) OVER each AS amount,
				   lag(c.day) OVER each IS NULL AS is_first
			FROM change AS c WINDOW each AS (PARTITION BY c.instalment_id ORDER BY c.day)
		), state AS (
			SELECT p.instalment_id, p.since, p.until, p.settled_on, p.amount FROM part AS p
			UNION ALL
			SELECT i.instalment_id, s.since, s.until, NULL, pulse.to_numeric(i.amount) - s.amount
			FROM settled AS s JOIN instalment AS i USING (instalment_id) WHERE pulse.to_numeric(i.amount) <> s.amount
			UNION ALL
			SELECT i.instalment_id, '-infinity', coalesce(s.since, 'infinity'), NULL, pulse.to_numeric(i.amount)
			FROM instalment AS i LEFT JOIN settled AS s ON s.instalment_id = i.instalment_id AND s.is_first
		)
		SELECT t.instalment_id, i.invoice_id, v.number AS document, i.customer_id, d.name AS customer, d.rep, d.region, v.contract_id,
			   pulse.currency(i.amount) AS currency, i.issued_on, i.due_on, t.settled_on, t.amount, t.since, t.until, i.tenant
		FROM state AS t JOIN instalment AS i USING (instalment_id) JOIN invoice AS v USING (invoice_id) JOIN debtor AS d ON d.customer_id = i.customer_id;
	COMMENT ON VIEW settlement_history IS 'As the view settlement, as of any day: rows with since <= day and until > day are the parts of each instalment as they stood then, settled (settled_on) or open (NULL), and add up to it. What was taken back is a part until that day; an open part below zero is what was settled twice until then.';
END
$define$;
COMMENT ON FUNCTION receivables.define_settlement(text) IS 'Used by install(): the view of what was settled as of any day, in a schema.';
-- ---- snapshots ------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.take_snapshot(day date DEFAULT NULL, schema text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	taken timestamptz;
	made bigint;
BEGIN
	PERFORM set_config('search_path', receivables.path(take_snapshot.schema), true);
	-- writers that began before are waited for: what is booked by "taken" is then all there
	LOCK TABLE invoice, instalment, payment, allocation, pause, due_change IN SHARE MODE;
	taken := pulse.clock();
	INSERT INTO aging_snapshot (day, customer_id, currency, profile, taken_at, tenant)
	SELECT pulse.as_of(r.profile), d.customer_id, r.currency, r.profile, taken, d.tenant
	FROM receivables.aging_report(take_snapshot.day, known_at => taken, schema => take_snapshot.schema) AS r
	JOIN debtor AS d ON d.customer_id = (r.keys ->> 'customer')::bigint
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS made = ROW_COUNT;
	RETURN made;
END
$$;
COMMENT ON FUNCTION receivables.take_snapshot(date, text) IS
'Keeps the aging per customer and currency as of a day (today unless given) in aging_snapshot; a day that has one keeps it. aging_report(day, known_at => taken_at) says the same at any later time. Waits for open writers, and they for it. Returns the rows written. Error SP801.';

CREATE OR REPLACE FUNCTION receivables.take_snapshots(upto date DEFAULT NULL, schema text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	last_day date := coalesce(take_snapshots.upto, pulse.day_of(pulse.clock()) - 1);
	since date;
	made bigint := 0;
BEGIN
	PERFORM set_config('search_path', receivables.path(take_snapshots.schema), true);
	SELECT max(s.day) + 1 INTO since FROM aging_snapshot AS s;
	FOR n IN 0 .. last_day - coalesce(since, last_day) LOOP
		made := made + receivables.take_snapshot(coalesce(since, last_day) + n, take_snapshots.schema);
	END LOOP;
	RETURN made;
END
$$;
COMMENT ON FUNCTION receivables.take_snapshots(date, text) IS
'Keeps the aging of each day since the last one that is kept, up to a day (yesterday unless given); the first time of that day alone. Returns the rows written. Error SP801.';

CREATE OR REPLACE FUNCTION receivables.schedule_snapshots(day_time time DEFAULT '00:10', schema text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	place text := receivables.place(schedule_snapshots.schema);
BEGIN
	PERFORM pulse.create_job(format('snapshots of %s', place), format('SELECT receivables.take_snapshots(schema => %L)', place), day_time);
END
$$;
REVOKE ALL ON FUNCTION receivables.schedule_snapshots(time, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.schedule_snapshots(time, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.schedule_snapshots(time, text) IS
'Has the tick keep a snapshot of each day that is over, at a time of the next one in the business time zone; days of an outage are made up for. The job is called "snapshots of SCHEMA" and runs with your rights; pulse.drop_job() ends it. Errors: SP801, 42710 it is there.';
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
