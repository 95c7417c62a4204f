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
