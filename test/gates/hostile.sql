-- hostile.sql: look-alikes of what everybody calls, which note that they were called
CREATE SCHEMA hostile;
CREATE TABLE hostile.called (name text, caller text);
CREATE FUNCTION hostile.note(name text, context text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
	caller text := coalesce((regexp_split_to_array(context, E'\n'))[2], 'a statement of the session');
BEGIN
	-- the replay is the application's: its own operators are its own affair
	INSERT INTO hostile.called
	VALUES (name, CASE WHEN caller ~ 'app\.replay|app\.ledger|INSERT INTO app\.|set_clock\(day' THEN 'the application' ELSE caller END);
END $$;
DO $do$
DECLARE
	f record;
BEGIN
	-- text in, text out and their like: every simple function of pg_catalog that SQL bodies tend to use
	FOR f IN
		SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS args, pg_get_function_result(p.oid) AS result,
			   array_to_string(array(SELECT '$' || n FROM generate_series(1, p.pronargs) AS n), ', ') AS call
		FROM pg_proc p
		WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0
		  AND p.proname IN ('lower', 'upper', 'length', 'now', 'clock_timestamp', 'format', 'quote_ident', 'quote_literal',
							'date_trunc', 'date_part', 'timezone', 'to_char', 'replace', 'round', 'abs', 'nextval',
							'has_function_privilege', 'current_database', 'array_length', 'cardinality')
		  AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) AS t WHERE t::regtype::text ~ 'any|internal')
	LOOP
		EXECUTE format($f$CREATE FUNCTION hostile.%I(%s) RETURNS %s LANGUAGE plpgsql SET search_path = pg_catalog AS $b$
			DECLARE context text; BEGIN GET DIAGNOSTICS context = PG_CONTEXT; PERFORM hostile.note(%L, context); RETURN pg_catalog.%I(%s); END $b$ $f$,
			f.proname, f.args, f.result, f.proname, f.proname, f.call);
	END LOOP;
	-- operators
	FOR f IN
		SELECT o.oprname, o.oprleft::regtype AS l, o.oprright::regtype AS r, o.oprresult::regtype AS res
		FROM pg_operator o
		WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprkind = 'b' AND o.oprname IN ('=', '<', '+', '-', '||')
		  AND o.oprleft IN ('int4'::regtype, 'int8'::regtype, 'text'::regtype, 'timestamptz'::regtype, 'date'::regtype)
		  AND o.oprright IN ('int4'::regtype, 'int8'::regtype, 'text'::regtype, 'timestamptz'::regtype, 'interval'::regtype)
	LOOP
		EXECUTE format($f$CREATE FUNCTION hostile.%I(l %s, r %s) RETURNS %s LANGUAGE plpgsql SET search_path = pg_catalog AS $b$
			DECLARE context text; BEGIN GET DIAGNOSTICS context = PG_CONTEXT; PERFORM hostile.note(%L, context); RETURN l OPERATOR(pg_catalog.%s) r; END $b$ $f$,
			'op ' || f.oprname, f.l, f.r, f.res, 'operator ' || f.oprname, f.oprname);
		EXECUTE format('CREATE OPERATOR hostile.%s (FUNCTION = hostile.%I, LEFTARG = %s, RIGHTARG = %s)', f.oprname, 'op ' || f.oprname, f.l, f.r);
	END LOOP;
END
$do$;
GRANT USAGE ON SCHEMA hostile TO PUBLIC;
GRANT ALL ON hostile.called TO PUBLIC;
