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
