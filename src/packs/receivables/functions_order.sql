-- ---- the gate on orders in tables of the application's own ------------------------------

-- What is asked is computed from the row by a statement that create_order_gate()
-- makes of the mapping, and that the trigger carries: only who owns the table can
-- change it.  Trigger arguments: the schema of the tables, the statement over the
-- row, the statement over its lines ('' for none), what a held row is set to
-- ('' where it cannot be held), the column for the reasons ('' for none).
CREATE OR REPLACE FUNCTION receivables.gate_order() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	place text := tg_argv[0];
	asks record;
	known record;
	found record;
	lines jsonb;
	asked jsonb;
	value numeric;
	owner_tenant text;
BEGIN
	IF tg_op = 'DELETE' THEN
		EXECUTE tg_argv[1] INTO asks USING old;
		PERFORM receivables.withdraw_order(place, tg_relid, asks.key, 'cancelled');
		RETURN old;
	END IF;
	EXECUTE tg_argv[1] INTO asks USING new;
	IF asks.key IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22004', MESSAGE = format('the key of an order in %s is null', tg_relid::regclass),
			HINT = 'The gate knows orders by their key: SELECT * FROM receivables.order_gates().';
	END IF;
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', place), true);
	SELECT o.* INTO known FROM order_request AS o WHERE o.relation = tg_relid AND o.key = asks.key;
	IF NOT coalesce(asks.is_asked, false) THEN
		IF asks.is_cancelled OR known.state = 'released' OR tg_argv[3] = '' OR NOT to_jsonb(new) @> tg_argv[3]::jsonb THEN
			PERFORM receivables.withdraw_order(place, tg_relid, asks.key, CASE WHEN asks.is_cancelled OR known.state = 'held' THEN 'cancelled' ELSE 'fulfilled' END);
		END IF;
		RETURN new;
	ELSIF tg_op = 'INSERT' AND known.key IS NOT NULL AND known.state IN ('released', 'held') THEN
		RETURN new;				-- an error, or an update by ON CONFLICT, which is judged
	END IF;
	IF tg_argv[2] <> '' THEN
		EXECUTE tg_argv[2] INTO lines USING new;
	END IF;
	value := coalesce(asks.amount, (SELECT coalesce(sum(pulse.to_numeric(pulse.round_amount(l.quantity * l.price, asks.currency))), 0)
									FROM jsonb_to_recordset(lines) AS l (quantity numeric, price numeric)));
	asked := to_jsonb(asks) || jsonb_build_object('amount', value, 'lines', lines);
	IF known.state = 'released' AND known.asked = asked THEN
		RETURN new;				-- nothing that was judged has changed
	ELSIF known.state = 'released' THEN
		PERFORM receivables.withdraw_order(place, tg_relid, asks.key, 'cancelled');
	END IF;

	PERFORM receivables.lock_credit(place, asks.customer_id, asks.contract_id, asks.ship_on, lines);
	owner_tenant := coalesce((SELECT d.tenant FROM debtor AS d WHERE d.customer_id = asks.customer_id), pulse.acting_tenant(), '');
	SELECT * INTO found FROM receivables.judge(place, owner_tenant, ARRAY(
			SELECT k FROM gate_override AS o, unnest(o.kinds) AS k WHERE o.relation = tg_relid AND o.key = asks.key AND o.until > pulse.clock()),
		asks.customer_id, asks.contract_id, asks.ship_on, asks.ship_to, asks.currency, asks.approval, value, lines, NULL, tg_relid, asks.key);
	IF found.reject OR found.conflicts IS NOT NULL AND tg_argv[3] = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'SP802', MESSAGE = format('order %s of %s is rejected', asks.key, tg_relid::regclass), DETAIL = found.sentences,
			HINT = 'Correct it, or let somebody answer for it: receivables.override_order(relation, key, kinds, reason, until).',
			SCHEMA = place, TABLE = tg_relid::regclass::text, COLUMN = asks.key, DATATYPE = pulse.amount(round(value, 2), asks.currency)::text;
	END IF;
	IF found.conflicts IS NOT NULL THEN
		new := jsonb_populate_record(new, tg_argv[3]::jsonb);
	END IF;
	IF tg_argv[4] <> '' THEN
		new := jsonb_populate_record(new, jsonb_build_object(tg_argv[4], found.sentences));
	END IF;
	INSERT INTO order_request AS o (relation, key, customer_id, contract_id, currency, amount, state, asked, conflicts, tenant)
	VALUES (tg_relid, asks.key, asks.customer_id, asks.contract_id, asks.currency, value, CASE WHEN found.conflicts IS NULL THEN 'released' ELSE 'held' END, asked, found.conflicts, owner_tenant)
	ON CONFLICT (relation, key) DO UPDATE SET customer_id = excluded.customer_id, contract_id = excluded.contract_id, currency = excluded.currency, amount = excluded.amount,
		state = excluded.state, asked = excluded.asked, conflicts = excluded.conflicts, decided_at = pulse.clock(), tenant = excluded.tenant;
	IF found.conflicts IS NOT NULL OR found.overridden IS NOT NULL THEN
		INSERT INTO gate_attempt (relation, key, outcome, conflicts, at_risk, tenant)
		VALUES (tg_relid, asks.key, CASE WHEN found.conflicts IS NOT NULL THEN 'held' ELSE 'overridden' END, coalesce(found.conflicts, found.overridden),
			pulse.round_amount(value, asks.currency), owner_tenant);
	END IF;
	IF found.conflicts IS NULL THEN
		PERFORM receivables.commit_lines(place, asks.contract_id, lines, 1);
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION receivables.gate_order() IS 'Trigger of tables with an order gate. Errors: SP802 rejected, 22004 an order without a key.';

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

-- a line of a released order that changes: the order is judged again
CREATE OR REPLACE FUNCTION receivables.gate_order_lines() RETURNS trigger
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[];
BEGIN
	PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', tg_argv[0]), true);
	SELECT array_agg(o.key) INTO keys FROM order_request AS o
	WHERE o.relation = tg_argv[1]::regclass AND o.state = 'released'
	  AND o.key IN (CASE WHEN tg_op <> 'INSERT' THEN to_jsonb(old) ->> tg_argv[3] END, CASE WHEN tg_op <> 'DELETE' THEN to_jsonb(new) ->> tg_argv[3] END);
	IF keys IS NOT NULL THEN
		EXECUTE format('UPDATE %1$s SET %2$I = %2$I WHERE %2$I = ANY ($1::text[]::%3$s[])', tg_argv[1]::regclass, tg_argv[2], tg_argv[4]) USING keys;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION receivables.gate_order_lines() IS 'Trigger of the lines of orders with a gate: a released order is judged again.';
REVOKE ALL ON FUNCTION receivables.gate_order(), receivables.gate_order_lines() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.gate_order(), receivables.gate_order_lines() TO pulse_admin, pulse_author;

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
	place text;
	relation text;
	key text;
	worth text;
BEGIN
	BEGIN
		EXECUTE attempt.statement;
		RETURN;
	EXCEPTION WHEN SQLSTATE 'SP802' THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, place = SCHEMA_NAME, relation = TABLE_NAME,
			key = COLUMN_NAME, worth = PG_DATATYPE_NAME;
	END;
	-- the statement failed, and what it wrote is undone; that it was tried is kept
	IF relation OPERATOR(pg_catalog.<>) '' THEN
		EXECUTE pg_catalog.format('INSERT INTO %I.gate_attempt (relation, key, outcome, conflicts, at_risk) VALUES ($1::pg_catalog.regclass, $2, ''rejected'',
			pg_catalog.to_jsonb(pg_catalog.string_to_array($3, pg_catalog.chr(10))), $4::pulse.amount)', place) USING relation, key, detail, worth;
		COMMIT;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'SP802', MESSAGE = said, DETAIL = detail, HINT = hint;
END
$$;
COMMENT ON PROCEDURE receivables.attempt(text) IS
'Runs a statement of the application; where the gate of an order rejects it, that is kept in gate_attempt before the error is raised. It commits for that, so call it outside a transaction block. Errors: SP802 rejected, 2D000 rejected inside a transaction block, and those of the statement.';
