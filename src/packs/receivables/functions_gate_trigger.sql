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
