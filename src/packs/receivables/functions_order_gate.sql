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
	of_row text;
	of_lines text := '';
	wrong text;
	key_type text;
BEGIN
	IF relation IS NULL OR key IS NULL OR customer IS NULL OR num_nulls(amount, lines) = 2 OR lines IS NOT NULL AND num_nulls(line_key, product, quantity, price) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22004', MESSAGE = 'an order gate needs a relation, its key, the customer, and an amount or lines',
			DETAIL = 'Lines need line_key, product, quantity and price.',
			HINT = 'Such as: receivables.create_order_gate(''app.orders'', key => ''id'', customer => ''customer_id'', amount => ''total'', condition => ''status = ''''confirmed'''''', held => ''{"status": "on hold"}'').';
	END IF;
	SELECT string_agg(format('"%s"', w.name), ', ') INTO wrong
	FROM (SELECT k FROM jsonb_object_keys(held) AS k UNION ALL SELECT reasons WHERE reasons IS NOT NULL) AS w (name)
	WHERE NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '');
	SELECT format_type(a.atttypid, NULL) INTO key_type FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = key AND NOT a.attisdropped;
	IF wrong IS NOT NULL OR lines IS NOT NULL AND (key_type IS NULL OR NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = lines AND a.attname = line_key)) THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = coalesce(format('%s has no column %s that can be set', relation, wrong), format('key and line_key have to be columns of %s and %s', relation, lines)),
			HINT = 'held is such as {"status": "on hold"}; reasons is a column of text or jsonb; with lines, key and line_key are plain columns.';
	END IF;
	-- the row is called as its table is, so that a condition may say orders.status
	of_row := format('SELECT (%s)::text AS key, (%s)::bigint AS customer_id, (%s)::bigint AS contract_id, (%s)::text AS currency, (%s)::numeric AS amount, (%s)::date AS ship_on,
			(%s)::text AS ship_to, (%s)::text AS approval, coalesce((%s)::boolean, false) AS is_asked, coalesce((%s)::boolean, false) AS is_cancelled FROM ',
		CASE WHEN key_type IS NOT NULL THEN quote_ident(key) ELSE key END, customer, contract, coalesce(currency, 'pulse.setting(''currency'')'), coalesce(amount, 'NULL'), coalesce(ship_on, 'pulse.day_of(pulse.clock())'),
		ship_to, approval, condition, cancelled);
	EXECUTE of_row || format('%s LIMIT 0', relation);
	IF lines IS NOT NULL THEN
		of_lines := format('SELECT coalesce(jsonb_agg(jsonb_build_object(''line'', NULL, ''product'', (%s)::text, ''quantity'', (%s)::numeric, ''price'', (%s)::numeric,
				''tax_rate'', (%s)::numeric, ''expires_on'', (%s)::date) ORDER BY 1), ''[]'') FROM %s AS line WHERE line.%I = ', product, quantity, price, tax_rate, expires_on, lines, line_key);
		EXECUTE of_lines || format('(SELECT o.%I FROM %s AS o LIMIT 0)', key, relation);
	END IF;
	PERFORM receivables.drop_order_gate(relation);
	-- it fires after the application's own triggers, and judges what they made of the row
	EXECUTE format('CREATE TRIGGER zzz_receivables_gate BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION receivables.gate_order(%L, %L, %L, %L, %L)',
		relation, here, of_row || format('(SELECT ($1).*) AS %I', (SELECT c.relname FROM pg_class AS c WHERE c.oid = relation)),
		CASE WHEN lines IS NULL THEN '' ELSE of_lines || format('($1).%I', key) END, coalesce(held::text, ''), coalesce(reasons, ''));
	IF lines IS NOT NULL THEN
		EXECUTE format('CREATE TRIGGER zzz_receivables_gate_lines AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION receivables.gate_order_lines(%L, %L, %L, %L, %L)',
			lines, here, relation, key, line_key, key_type);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION receivables.create_order_gate(regclass, text, text, text, text, text, text, jsonb, text, text, text, text, text, regclass, text, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.create_order_gate(regclass, text, text, text, text, text, text, jsonb, text, text, text, text, text, regclass, text, text, text, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.create_order_gate(regclass, text, text, text, text, text, text, jsonb, text, text, text, text, text, regclass, text, text, text, text, text, text, text) IS
'Puts the gate on a table of orders (or shipments) of the application''s own. All but relation, lines and held are columns or expressions over the row, with functions qualified: key; customer (of debtor); amount (without one, the sum of the lines); currency (default: the setting currency); condition: as long as it is true the row asks for release and, released, counts as exposure; when it is no longer true the order is fulfilled, or, where cancelled is true or the row is deleted, gives its goods back; contract, ship_on (default: today), ship_to, approval. held: what the columns of a held row are set to, such as {"status": "on hold"}; without it every conflict rejects. reasons: a column that gets them. lines: the table of lines with line_key, product, quantity, price, tax_rate, expires_on; a released order whose lines change is judged again. A gate that is there is replaced. Errors: SP801, 22004 something is missing, 42703 no such column, 42501 the table is somebody else''s, and those of a wrong expression.';

CREATE OR REPLACE FUNCTION receivables.drop_order_gate(relation regclass) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
AS $$
DECLARE
	made record;
BEGIN
	FOR made IN
		SELECT t.tgname, t.tgrelid::regclass AS place FROM pg_trigger AS t
		WHERE t.tgfoid = 'receivables.gate_order()'::regprocedure AND t.tgrelid = drop_order_gate.relation AND t.tgparentid = 0
		   OR t.tgfoid = 'receivables.gate_order_lines()'::regprocedure AND t.tgparentid = 0
			  AND split_part(encode(t.tgargs, 'escape'), '\000', 2) = drop_order_gate.relation::text
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.place);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION receivables.drop_order_gate(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receivables.drop_order_gate(regclass) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION receivables.drop_order_gate(regclass) IS 'Takes the gate off a table of orders; what it decided stays in order_request. Error 42501 the table is somebody else''s.';

CREATE OR REPLACE FUNCTION receivables.order_gates() RETURNS TABLE (relation regclass, schema text)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT t.tgrelid::pg_catalog.regclass, pg_catalog.split_part(pg_catalog.encode(t.tgargs, 'escape'), '\000', 1)
	FROM pg_catalog.pg_trigger AS t
	WHERE t.tgfoid OPERATOR(pg_catalog.=) 'receivables.gate_order()'::pg_catalog.regprocedure AND t.tgparentid OPERATOR(pg_catalog.=) 0;
END;
COMMENT ON FUNCTION receivables.order_gates() IS 'The tables of orders that have a gate, and the schema of the receivables tables it asks.';
