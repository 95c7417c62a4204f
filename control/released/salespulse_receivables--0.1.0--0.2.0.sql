-- what changed in schema.sql between 0.1.0 and 0.2.0 stands here
DROP FUNCTION IF EXISTS receivables.install(text);
DROP FUNCTION IF EXISTS receivables.aging_report(date, text[], text, timestamptz, text, text, boolean, int[], text);
DROP FUNCTION IF EXISTS receivables.apply_payment(bigint, text, jsonb, date, text);
DROP FUNCTION IF EXISTS receivables.define_contract();
DROP FUNCTION IF EXISTS receivables.define_money();
DROP FUNCTION IF EXISTS receivables.define_triggers();
DROP FUNCTION IF EXISTS receivables.define_views();
DROP FUNCTION IF EXISTS receivables.conflicts(bigint, bigint, date, text, text, text);
DROP FUNCTION IF EXISTS receivables.shipment_value(bigint, text);
DROP FUNCTION IF EXISTS receivables.credit_conflicts(bigint, pulse.amount, pulse.amount, int, numeric, text);
DROP FUNCTION IF EXISTS receivables.lock_credit(bigint, bigint, date);
DROP FUNCTION IF EXISTS receivables.commit_lines(bigint, bigint, int);
DROP FUNCTION IF EXISTS receivables.counted_due(bigint, date);
DROP FUNCTION IF EXISTS receivables.install_ladder(text, text, text, text);
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
		CONTINUE WHEN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = format('%I.%I', place, name)::regclass AND a.attname = 'tenant');
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
END
$define$;
COMMENT ON FUNCTION receivables.define_changes(text) IS 'Used by install() and upgrade(): alters tables of an earlier version, in a schema.';

CREATE OR REPLACE FUNCTION receivables.tables() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ARRAY['debtor', 'contract', 'contract_line', 'contract_line_version', 'contract_clause', 'shipment', 'shipment_line', 'gate',
		'gate_override', 'gate_attempt', 'invoice', 'invoice_line', 'instalment', 'due_change', 'payment', 'allocation', 'pause',
		'payment_term', 'fx_rate', 'aging_snapshot'];
END;
COMMENT ON FUNCTION receivables.tables() IS 'The names of the tables that install() makes.';
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
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), '')
	);
	COMMENT ON TABLE debtor IS 'The customer as receivables see him: who looks after him, what he may owe in all, and how much may be more than overdue_days past due. checks: counts gates that looked at his credit; two of them never run at once.';

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
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), '')
	);
	COMMENT ON TABLE shipment IS 'A shipment is drafted, gets its lines and is requested (UPDATE ... SET state = ''requested''); the gate makes that released or held. conflicts, at_risk: why it is held, and its value.';
	CREATE INDEX IF NOT EXISTS shipment_contract ON shipment (contract_id);
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
		kind text NOT NULL CHECK (kind IN ('price', 'quantity', 'validity', 'product', 'territory', 'prepayment',
			'credit_limit', 'overdue', 'approval', 'currency', 'tax', 'shelf_life')),
		action text NOT NULL CHECK (action IN ('hold', 'reject', 'ignore')),
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), ''),
		PRIMARY KEY (tenant, kind)
	);
	COMMENT ON TABLE gate IS 'What a conflict of a kind does: hold (where no row says otherwise), reject, or nothing.';

	CREATE TABLE IF NOT EXISTS gate_override (
		override_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		shipment_id bigint NOT NULL REFERENCES shipment ON DELETE CASCADE,
		kinds text[] NOT NULL,
		reason text NOT NULL CHECK (reason <> ''),
		author text NOT NULL DEFAULT coalesce(pulse.acting_staff(), session_user),
		given_at timestamptz NOT NULL DEFAULT pulse.clock(),
		until timestamptz NOT NULL,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), '')
	);
	COMMENT ON TABLE gate_override IS 'Conflicts that somebody answers for, until an end.';
	CREATE INDEX IF NOT EXISTS gate_override_shipment ON gate_override (shipment_id);

	CREATE TABLE IF NOT EXISTS gate_attempt (
		attempt_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
		shipment_id bigint NOT NULL,
		attempted_at timestamptz NOT NULL DEFAULT pulse.clock(),
		author text NOT NULL DEFAULT coalesce(pulse.acting_staff(), session_user),
		outcome text NOT NULL CHECK (outcome IN ('held', 'rejected', 'overridden')),
		conflicts jsonb NOT NULL,
		at_risk pulse.amount,
		tenant text NOT NULL DEFAULT coalesce(pulse.acting_tenant(), '')
	);
	COMMENT ON TABLE gate_attempt IS 'Requests that met a conflict, and what became of them.';
	CREATE INDEX IF NOT EXISTS gate_attempt_shipment ON gate_attempt (shipment_id);
END
$define$;
COMMENT ON FUNCTION receivables.define_contract(text) IS 'Used by install(): the tables of goods and the gate, in a schema.';
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
	CREATE INDEX IF NOT EXISTS instalment_open ON instalment (invoice_id, due_on) WHERE applied IS NULL OR applied OPERATOR(pulse.<>) amount;

	CREATE INDEX IF NOT EXISTS instalment_customer ON instalment (customer_id);

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
	CREATE INDEX IF NOT EXISTS payment_open ON payment (payment_id) WHERE applied IS NULL OR applied OPERATOR(pulse.<>) amount;
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
-- ---- the gate at work -----------------------------------------------------------------

CREATE OR REPLACE FUNCTION receivables.gate_shipment() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found record;
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
		PERFORM receivables.commit_lines(tg_table_schema, new.shipment_id, new.contract_id, -1);
	END IF;
	IF becomes <> 'requested' THEN
		RETURN new;
	END IF;

	PERFORM receivables.lock_credit(tg_table_schema, new.shipment_id, new.contract_id, new.ship_on);
	SELECT jsonb_agg(to_jsonb(c) - '{sentence,overridden}'::text[] ORDER BY c.kind, c.line) FILTER (WHERE NOT c.overridden) AS conflicts,
		   jsonb_agg(to_jsonb(c) - '{sentence,overridden}'::text[] ORDER BY c.kind, c.line) FILTER (WHERE c.overridden) AS overridden,
		   string_agg(c.sentence, E'\n' ORDER BY c.kind, c.line) FILTER (WHERE NOT c.overridden) AS sentences,
		   coalesce(bool_or(c.action = 'reject') FILTER (WHERE NOT c.overridden), false) AS reject
	INTO found
	FROM (SELECT c.*, coalesce(g.action, 'hold') AS action,
				 format('%s: %s (asked %s, allowed %s).', c.kind, c.reason, coalesce(c.asked, 'nothing'), coalesce(c.allowed, 'nothing')) AS sentence,
				 EXISTS (SELECT FROM gate_override AS o WHERE o.shipment_id = new.shipment_id AND c.kind = ANY (o.kinds) AND o.until > pulse.clock()) AS overridden
		  FROM receivables.conflicts(tg_table_schema, new.shipment_id, new.contract_id, new.ship_on, new.ship_to, new.currency, new.approval) AS c
		  LEFT JOIN gate AS g ON g.kind = c.kind AND g.tenant = new.tenant
		  WHERE g.action IS DISTINCT FROM 'ignore') AS c;
	value := pulse.amount(receivables.shipment_value(tg_table_schema, new.shipment_id, new.currency), new.currency);
	IF found.reject THEN
		RAISE EXCEPTION USING ERRCODE = 'SP802', MESSAGE = format('shipment %s is rejected', new.shipment_id), DETAIL = found.sentences,
			HINT = 'Correct it, or let somebody answer for it: receivables.override_shipment(shipment, kinds, reason, until).';
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
		PERFORM receivables.commit_lines(tg_table_schema, new.shipment_id, new.contract_id, 1);
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION receivables.gate_shipment() IS 'Trigger of shipment: the gate. Errors: SP802 rejected, 55000 a state that does not follow.';

-- What two requests could both take is locked, in one order, and changed by the
-- one that gets it: the lines; the contract, where it asks for a prepayment; the
-- debtor, where he has a limit. A change also fails a second one whose snapshot
-- is older (REPEATABLE READ), which a lock alone would let through.
CREATE OR REPLACE FUNCTION receivables.lock_credit(place text, shipment_id bigint, contract_id bigint, ship_on date) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	UPDATE contract AS c SET checks = c.checks + 1
	WHERE c.contract_id = lock_credit.contract_id
	  AND EXISTS (SELECT FROM contract_clause AS k WHERE k.contract_id = c.contract_id AND k.kind = 'prepayment' AND k.since <= lock_credit.ship_on);
	PERFORM FROM contract_line AS l
	WHERE l.contract_id = lock_credit.contract_id
	  AND l.product IN (SELECT s.product FROM shipment_line AS s WHERE s.shipment_id = lock_credit.shipment_id)
	ORDER BY l.contract_line_id FOR NO KEY UPDATE;
	UPDATE debtor AS d SET checks = d.checks + 1
	FROM contract AS c WHERE c.contract_id = lock_credit.contract_id AND d.customer_id = c.customer_id AND d.credit_limit IS NOT NULL;
END
$$;
COMMENT ON FUNCTION receivables.lock_credit(text, bigint, bigint, date) IS 'Used by the gate: locks what two shipments could both take.';

CREATE OR REPLACE FUNCTION receivables.commit_lines(place text, shipment_id bigint, contract_id bigint, direction int) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	PERFORM FROM contract_line AS l
	WHERE l.contract_id = commit_lines.contract_id
	  AND l.product IN (SELECT s.product FROM shipment_line AS s WHERE s.shipment_id = commit_lines.shipment_id)
	ORDER BY l.contract_line_id FOR NO KEY UPDATE;
	UPDATE contract_line AS l SET committed = l.committed + commit_lines.direction * s.quantity
	FROM (SELECT n.product, sum(n.quantity) AS quantity FROM shipment_line AS n WHERE n.shipment_id = commit_lines.shipment_id GROUP BY n.product) AS s
	WHERE l.contract_id = commit_lines.contract_id AND l.product = s.product;
END
$$;
COMMENT ON FUNCTION receivables.commit_lines(text, bigint, bigint, int) IS 'Used by the gate: takes a shipment''s quantities from the contract (1), or gives them back (-1).';

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

CREATE OR REPLACE FUNCTION receivables.override_shipment(shipment_id bigint, kinds text[], reason text, until timestamptz, schema text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	result text;
BEGIN
	PERFORM set_config('search_path', receivables.path(override_shipment.schema), true);
	IF override_shipment.until <= pulse.clock() OR coalesce(btrim(override_shipment.reason), '') = '' OR coalesce(cardinality(override_shipment.kinds), 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'an override needs kinds of conflict, a reason, and an end in the future',
			HINT = 'Such as: receivables.override_shipment(17, ''{credit_limit}'', ''paid by cheque today'', now() + interval ''1 day'').';
	END IF;
	INSERT INTO gate_override (shipment_id, kinds, reason, until)
	VALUES (override_shipment.shipment_id, override_shipment.kinds, override_shipment.reason, override_shipment.until);
	UPDATE shipment AS s SET state = 'requested' WHERE s.shipment_id = override_shipment.shipment_id RETURNING s.state INTO result;
	RETURN result;
END
$$;
COMMENT ON FUNCTION receivables.override_shipment(bigint, text[], text, timestamptz, text) IS
'Answers for kinds of conflict of a shipment, with a reason and until an end, and asks for it again; the author is who acts (pulse.act_as), else the session''s user. Returns its state: held where other conflicts remain. Errors: SP801, 22023 no kinds, reason or end, 23503 no such shipment, 55000 it is not a draft or held, SP802 another conflict rejects it.';

CREATE OR REPLACE PROCEDURE receivables.request_shipment(shipment_id bigint, schema text DEFAULT NULL)
	LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
	place text := pg_catalog.split_part(receivables.path(request_shipment.schema), ', ', 2);
	said text;
	detail text;
	hint text;
BEGIN
	BEGIN
		EXECUTE pg_catalog.format('UPDATE %s.shipment SET state = ''requested'' WHERE shipment_id OPERATOR(pg_catalog.=) $1', place) USING request_shipment.shipment_id;
		RETURN;
	EXCEPTION WHEN SQLSTATE 'SP802' THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	END;
	-- the statement failed, and what it wrote is undone; that it was tried is kept
	EXECUTE pg_catalog.format('INSERT INTO %1$s.gate_attempt (shipment_id, outcome, conflicts, tenant, at_risk)
		SELECT s.shipment_id, ''rejected'', pg_catalog.to_jsonb(pg_catalog.string_to_array($2, pg_catalog.chr(10))), s.tenant,
			   (SELECT pulse.sum(pulse.round_amount(l.quantity OPERATOR(pg_catalog.*) l.price, s.currency)) FROM %1$s.shipment_line AS l
				WHERE l.shipment_id OPERATOR(pg_catalog.=) s.shipment_id)
		FROM %1$s.shipment AS s WHERE s.shipment_id OPERATOR(pg_catalog.=) $1', place) USING request_shipment.shipment_id, detail;
	COMMIT;
	RAISE EXCEPTION USING ERRCODE = 'SP802', MESSAGE = said, DETAIL = detail, HINT = hint;
END
$$;
COMMENT ON PROCEDURE receivables.request_shipment(bigint, text) IS
'Asks for a shipment, as UPDATE ... SET state = ''requested'' does; a rejection is kept in gate_attempt before the error is raised. It commits for that, so call it outside a transaction block. Errors: SP801, SP802 rejected, 55000 it is not a draft or held, 2D000 rejected inside a transaction block.';

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
	END IF;
	RETURN schemas[1];
END
$$;
COMMENT ON FUNCTION receivables.place(text) IS
'The schema where the tables are; without a name, of the only installation. Error SP801: there is none, or more than one.';

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
	DROP TRIGGER IF EXISTS receivables_total ON invoice;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT ON invoice
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables.check_total();
	DROP TRIGGER IF EXISTS receivables_total ON instalment;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT ON instalment
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION receivables.check_total();
	DROP TRIGGER IF EXISTS receivables_total ON invoice_line;
	CREATE CONSTRAINT TRIGGER receivables_total AFTER INSERT OR DELETE OR UPDATE OF invoice_id, amount ON invoice_line
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
	PERFORM receivables.define_contract(place), receivables.define_money(place), receivables.define_triggers(place), receivables.define_views(place);
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
	RETURN QUERY EXECUTE format('SELECT o.kind, o.item_id, o.document, o.customer_id, o.contract_id, o.issued_on, o.due_on, o.amount, o.open_amount, $3 - o.due_on, o.paused_days
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
COMMENT ON FUNCTION receivables.check_total() IS 'Trigger at commit: an invoice is the sum of its instalments, and of its lines. Error 23514.';
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
			'another 7 days later%1$s: assign finance "Check the overdue invoice" UNTIL instalment_settled', CASE WHEN by_step THEN ' WHEN DELIVERED' ELSE '' END)
		ELSE format('当登记应收（每笔分期），且到期日后30天内未发生结清时，短信通知销售代表；7天后%1$s，邮件通知区域总监，抄送销售代表；再过7天%1$s，指派财务部“核查逾期发票”；直到结清为止。',
			CASE WHEN by_step THEN '，送达后' ELSE '' END) END,
		install_ladder.mode);
END
$$;
REVOKE ALL ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.install_ladder(text, text, text, boolean, text) IS
'Makes the overdue ladder over installed tables, in English (en) or Chinese (zh): more than 30 days past due a text to the rep, 7 days later a mail to the regional director with a copy to the rep, another 7 days later a task for finance. Watches instalment (events instalment_due, instalment_settled) and makes a rule, a draft unless mode says otherwise; change it like any other. by_step: a level comes only after the one before was delivered or has failed for good, also after an outage; otherwise it is the level that is due by then. Map the roles with pulse.map_role(). Returns the sentence. Errors: SP801, 22023 another language, 42710 the rule is there, and those of watch().';
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
	settlement regclass;
BEGIN
	PERFORM receivables.report_keys(by);
	PERFORM set_config('search_path', receivables.path(metrics.schema), true);
	settlement := to_regclass('settlement');
	RETURN QUERY SELECT receivables.view_keys(by, m.keys, m.currency), m.currency, m.metric, m.value, m.status
		FROM pulse.receivable_metrics(settlement, 'amount', 'issued_on', 'due_on', 'settled_on', as_of, months, receivables.view_columns(by)) AS m;
END
$$;
COMMENT ON FUNCTION receivables.metrics(date, int, text[], text) IS
'DSO and its family as pulse.receivable_metrics() defines them, over what was invoiced and settled here, partial payments included; open credits are not deducted. by: as for aging_report(). Errors: SP801, 22023.';

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

CREATE OR REPLACE FUNCTION receivables.collection_days(as_of date DEFAULT NULL, by text[] DEFAULT '{}', since date DEFAULT NULL, schema text DEFAULT NULL)
	RETURNS TABLE (keys jsonb, currency text, method text, items bigint, open_items bigint, median_days double precision, mean_days double precision,
		paid_mean_days double precision, status text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	settlement regclass;
BEGIN
	PERFORM receivables.report_keys(by);
	PERFORM set_config('search_path', receivables.path(collection_days.schema), true);
	settlement := to_regclass('settlement');
	RETURN QUERY SELECT receivables.view_keys(by, m.keys, m.currency), m.currency, m.method, m.items, m.open_items,
			m.median_days, m.mean_days, m.paid_mean_days, m.status
		FROM pulse.collection_days(settlement, 'amount', 'issued_on', 'settled_on', as_of, receivables.view_columns(by),
			CASE WHEN since IS NOT NULL THEN format('issued_on >= %L', since) END) AS m;
END
$$;
COMMENT ON FUNCTION receivables.collection_days(date, text[], date, text) IS
'Days from issue to settlement as pulse.collection_days() defines them: parts of instalments each with its own day, open ones as not settled within their age. since: only what was issued from then on. by: as for aging_report(). Errors: SP801, 22023.';
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

	CREATE OR REPLACE VIEW receivable_aging WITH (security_invoker = true) AS
		SELECT r.customer_id, r.customer, r.rep, r.region, r.currency,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on <= 0), 0) AS not_due,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 1 AND 30), 0) AS d1_30,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 31 AND 60), 0) AS d31_60,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on BETWEEN 61 AND 90), 0) AS d61_90,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount >= 0 AND t.today - r.due_on > 90), 0) AS d91_plus,
			   coalesce(sum(r.open_amount) FILTER (WHERE r.open_amount < 0), 0) AS credits,
			   sum(r.open_amount) AS total, r.tenant
		FROM receivable AS r, (SELECT pulse.day_of(pulse.clock()) AS today) AS t
		GROUP BY 1, 2, 3, 4, 5, r.tenant;
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
