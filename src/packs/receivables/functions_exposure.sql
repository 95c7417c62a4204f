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
