-- ---- escalation: mapping staff, roles and keys ------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.read_mapping(mapping_id int, keys text[], tolerant boolean)
	RETURNS SETOF text[]
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'sp_read_mapping';
REVOKE ALL ON FUNCTION pulse_internal.read_mapping(int, text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.read_mapping(int, text[], boolean)
	TO pulse_owner, pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.save_mapping(kind text, name text, key_name text, source regclass,
		relation regclass, holder text[], above text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_save_mapping';
REVOKE ALL ON FUNCTION pulse_internal.save_mapping(text, text, text, regclass, regclass, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.save_mapping(text, text, text, regclass, regclass, text[], text)
	TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.drop_role_mapping(role text, key text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_role_mapping';
REVOKE ALL ON FUNCTION pulse_internal.drop_role_mapping(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.drop_role_mapping(text, text) TO pulse_admin, pulse_author;

-- The caller's own view over his own table; all its columns are text but where
-- column_types names another.  The expressions are his, and run as him.
CREATE OR REPLACE FUNCTION pulse_internal.make_mapping_view(view_name text, relation regclass,
		names text[], expressions text[], condition text) RETURNS regclass
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema_name text := pulse.setting('event_schema');
	view_path text := format('%I.%I', schema_name, view_name);
	column_list text;
	advice text;
BEGIN
	IF relation IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'no relation given',
			DETAIL = 'A mapping reads a table or view of the application.',
			HINT = 'Type its name, such as relation => ''app.users''.';
	END IF;
	IF octet_length(view_name) > 63 THEN
		RAISE EXCEPTION USING ERRCODE = 'name_too_long',
			MESSAGE = format('the name "%s" is too long', view_name),
			DETAIL = 'The mapping''s view would have it, and a name has at most 63 bytes.',
			HINT = 'Take a shorter name, and give the long one with pulse.label().';
	END IF;
	IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', schema_name);
	ELSIF NOT has_schema_privilege(schema_name, 'CREATE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('no right to make a view in schema %I', schema_name),
			DETAIL = 'A mapping is a view of its author in the event schema.',
			HINT = format('Have its owner type GRANT CREATE, USAGE ON SCHEMA %I TO %I.', schema_name, current_user);
	END IF;
	SELECT string_agg(format('%s AS %I', coalesce(expression, 'NULL::text'), name), ', ' ORDER BY n)
	INTO column_list
	FROM unnest(names, expressions) WITH ORDINALITY AS given(name, expression, n);
	BEGIN
		IF to_regclass(view_path) IS NOT NULL THEN
			EXECUTE format('DROP VIEW %s', view_path);
		END IF;
		EXECUTE format('CREATE VIEW %s AS SELECT %s FROM %s%s', view_path, column_list, relation,
					   ' WHERE ' || condition);
		PERFORM pulse_internal.try_to_read(view_path::regclass);
	EXCEPTION WHEN syntax_error OR undefined_column OR undefined_function OR undefined_object
				OR datatype_mismatch OR cannot_coerce OR insufficient_privilege THEN
		GET STACKED DIAGNOSTICS advice = PG_EXCEPTION_HINT;
		RAISE EXCEPTION USING ERRCODE = sqlstate,
			MESSAGE = format('%s cannot be read as mapped', relation),
			DETAIL = format('PostgreSQL says: %s.', sqlerrm),
			HINT = CASE WHEN sqlstate = '42501' AND advice <> '' THEN advice
				ELSE format('Give columns of %s that you may read, or expressions over them with functions named in full.', relation) END;
	END;
	RETURN view_path::regclass;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.make_mapping_view(text, regclass, text[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.make_mapping_view(text, regclass, text[], text[], text)
	TO pulse_admin, pulse_author;

-- an expression as text; a missing one stays missing, a required one is asked for
CREATE OR REPLACE FUNCTION pulse_internal.mapped_text(parameter text, expression text, required boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF required AND coalesce(expression, '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('no %s given', parameter),
			DETAIL = 'The mapping cannot do without it.',
			HINT = format('Name a column or an expression: %s => ''...''.', parameter);
	END IF;
	RETURN '(' || expression || ')::text';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.mapped_text(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.mapped_text(text, text, boolean) TO pulse_admin, pulse_author;

-- which column of a relation holds a key, where the caller did not say
CREATE OR REPLACE FUNCTION pulse_internal.key_column(relation regclass, key text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_column text;
BEGIN
	SELECT a.attname INTO found_column
	FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
	WHERE i.indrelid = relation AND i.indisprimary AND i.indnkeyatts = 1;
	IF found_column IS NULL THEN
		SELECT a.attname INTO found_column
		FROM pg_attribute AS a
		WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname IN (key, key || '_id', 'id')
		ORDER BY array_position(ARRAY[key, key || '_id', 'id'], a.attname::text) LIMIT 1;
	END IF;
	IF found_column IS NULL AND relation IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('no column of %s is known to hold the key "%s"', relation, key),
			DETAIL = 'It has no primary key of one column and no column of that name.',
			HINT = 'Name the column: id => ''...''.';
	END IF;
	RETURN quote_ident(found_column);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.key_column(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.key_column(regclass, text) TO pulse_admin, pulse_author;

-- exactly one form of role mapping, complete
CREATE OR REPLACE FUNCTION pulse_internal.check_role_form(role text, key text, relation regclass,
		holder text[], above text, org_path text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	forms int := num_nonnulls(key, holder, above);
BEGIN
	IF forms <> 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('role "%s" has %s forms', role, CASE forms WHEN 0 THEN 'no' ELSE 'several' END),
			DETAIL = 'A role is found by a key, or has fixed holders, or stands above another role.',
			HINT = 'Type one of key => ''customer'', holder => ''{7}'', above => ''rep''.';
	END IF;
	IF holder IS NOT NULL AND (cardinality(holder) = 0 OR array_position(holder, NULL) IS NOT NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('role "%s" has no holder', role),
			DETAIL = 'The list of staff ids is empty or has a null in it.',
			HINT = 'Type ids of pulse.staff, such as holder => ''{7,12}''.';
	END IF;
	IF above = role THEN
		RAISE EXCEPTION USING ERRCODE = 'SP601',
			MESSAGE = format('role "%s" would stand above itself', role),
			DETAIL = 'The nearest holder above is sought from the holder of the other role.',
			HINT = 'Name the role below it, such as above => ''rep''.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_role_form(text, text, regclass, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_role_form(text, text, regclass, text[], text, text)
	TO pulse_admin, pulse_author;
