-- ---- types: naming the relation with rates --------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.rate_column(relation regclass, column_name text, kind text) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_type regtype;
BEGIN
	SELECT coalesce(nullif(t.typbasetype, 0), t.oid)::regtype INTO found_type
	FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
	WHERE a.attrelid = rate_column.relation AND a.attname = rate_column.column_name AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF (kind = 'day' AND found_type <> 'date'::regtype)
	   OR (kind = 'rate' AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid = found_type AND t.typcategory = 'N'))
	   OR (kind = 'currency' AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid = found_type AND t.typcategory = 'S')) THEN
		RAISE EXCEPTION USING ERRCODE = '42804', MESSAGE = format('column "%s" of %s cannot be a %s', column_name, relation, kind),
			DETAIL = format('It has type %s; a day is a date, a rate a number, a currency a text.', found_type),
			HINT = 'Make a view with columns of such types and name it instead.';
	END IF;
	RETURN true;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.rate_column(regclass, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rate_column(regclass, text, text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.missing_rate_column(relation regclass, column_name text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('column "%s" of %s does not exist', column_name, relation),
		DETAIL = 'Rates are read from columns of a relation of the application.',
		HINT = 'Name a column; from_currency and to_currency may also be the code of a currency that all rows have, such as EUR.';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.missing_rate_column(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.missing_rate_column(regclass, text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.map_rates(relation regclass, day text, rate text, from_currency text, to_currency text,
		pivot text DEFAULT NULL, max_age integer DEFAULT NULL, name text DEFAULT 'default') RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	from_is_column boolean := pulse_internal.rate_column(relation, from_currency, 'currency');
	to_is_column boolean := pulse_internal.rate_column(relation, to_currency, 'currency');
	given text;
BEGIN
	IF relation IS NULL OR name IS NULL OR name = '' OR max_age < 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid source of rates',
			DETAIL = 'It has a relation and a name, and an age of no days or more.',
			HINT = 'Type it as pulse.map_rates(''app.fx'', day => ''valid_from'', rate => ''rate'', from_currency => ''EUR'', to_currency => ''code'').';
	END IF;
	IF day IS NULL OR NOT pulse_internal.rate_column(relation, day, 'day') THEN
		PERFORM pulse_internal.missing_rate_column(relation, day);
	END IF;
	IF rate IS NULL OR NOT pulse_internal.rate_column(relation, rate, 'rate') THEN
		PERFORM pulse_internal.missing_rate_column(relation, rate);
	END IF;
	FOREACH given IN ARRAY ARRAY[CASE WHEN NOT from_is_column THEN from_currency END, CASE WHEN NOT to_is_column THEN to_currency END, pivot] LOOP
		IF given !~ '^[A-Z]{3}$' THEN
			PERFORM pulse_internal.missing_rate_column(relation, given);
		END IF;
		PERFORM pulse.amount(0, given);	-- SP102 when it is no currency
	END LOOP;
	IF from_currency IS NULL OR to_currency IS NULL THEN
		PERFORM pulse_internal.missing_rate_column(relation, NULL);
	END IF;
	INSERT INTO pulse_internal.rate_source AS s (name, relation, day_column, rate_column, from_column, from_currency, to_column, to_currency, pivot, max_age)
	VALUES (map_rates.name, map_rates.relation, map_rates.day, map_rates.rate,
			CASE WHEN from_is_column THEN map_rates.from_currency END, CASE WHEN NOT from_is_column THEN map_rates.from_currency END,
			CASE WHEN to_is_column THEN map_rates.to_currency END, CASE WHEN NOT to_is_column THEN map_rates.to_currency END,
			map_rates.pivot, map_rates.max_age)
	ON CONFLICT ON CONSTRAINT rate_source_pkey DO UPDATE SET relation = excluded.relation, day_column = excluded.day_column,
		rate_column = excluded.rate_column, from_column = excluded.from_column, from_currency = excluded.from_currency,
		to_column = excluded.to_column, to_currency = excluded.to_currency, pivot = excluded.pivot, max_age = excluded.max_age;
END
$$;
ALTER FUNCTION pulse.map_rates(regclass, text, text, text, text, text, integer, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.map_rates(regclass, text, text, text, text, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.map_rates(regclass, text, text, text, text, text, integer, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.map_rates(regclass, text, text, text, text, text, integer, text) IS
'Names the application''s own relation with rates of exchange: a row says that from its day on one unit of from_currency costs rate units of to_currency. Each of these two is a column, or the code of the currency that all rows have. Two currencies without a row of their own are crossed over the pivot; a rate older than max_age days does not count. Whoever converts must be able to read the relation. Naming it again replaces the mapping of that name. Errors: 42703 no such column, 42804 a column of another type, SP102 unknown currency, 22023 invalid arguments.';

CREATE OR REPLACE FUNCTION pulse.unmap_rates(name text DEFAULT 'default') RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM pulse_internal.rate_source AS s WHERE s.name = unmap_rates.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP104', MESSAGE = format('unknown rates "%s"', name),
			DETAIL = 'No relation with rates was named so.',
			HINT = 'Look at SELECT * FROM pulse.rate_sources.';
	END IF;
END
$$;
ALTER FUNCTION pulse.unmap_rates(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.unmap_rates(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.unmap_rates(text) TO pulse_admin;
COMMENT ON FUNCTION pulse.unmap_rates(text) IS
'Forgets a relation with rates; the relation itself stays as it is. Error SP104: no relation was named so.';

CREATE OR REPLACE VIEW pulse.rate_sources WITH (security_invoker = true) AS
	SELECT s.name, s.relation, s.day_column, s.rate_column, s.from_column, s.from_currency, s.to_column, s.to_currency, s.pivot, s.max_age
	FROM pulse_internal.rate_source AS s;
COMMENT ON VIEW pulse.rate_sources IS
'Relations with rates of exchange, as named by map_rates().';
GRANT SELECT ON pulse_internal.rate_source, pulse.rate_sources TO PUBLIC;
