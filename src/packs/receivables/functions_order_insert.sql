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
