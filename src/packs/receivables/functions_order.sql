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
