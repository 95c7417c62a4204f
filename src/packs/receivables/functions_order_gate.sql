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
