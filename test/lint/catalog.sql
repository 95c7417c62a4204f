-- catalog.sql: prints one line per breach, with what to do; prints nothing when all is well.
SET client_min_messages = warning;
CREATE EXTENSION salespulse CASCADE;
-- and its packs
DO $$
DECLARE
	pack text;
BEGIN
	FOR pack IN SELECT name FROM pg_available_extensions WHERE name LIKE 'salespulse\_%' ORDER BY name LOOP
		EXECUTE format('CREATE EXTENSION %I CASCADE', pack);
	END LOOP;
END
$$;

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid, i.type, i.schema, i.identity
FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
  AND d.refobjid IN (SELECT oid FROM pg_extension WHERE extname = 'salespulse' OR extname LIKE 'salespulse\_%');

-- what people see has a comment
SELECT format('%s %s has no comment: say its meaning, units, shape and errors (COMMENT ON)', type, identity)
FROM member m
WHERE (identity LIKE 'pulse.%' OR type = 'schema' OR split_part(identity, '.', 1) NOT IN ('pulse', 'pulse_internal'))
  AND type IN ('function', 'procedure', 'aggregate', 'view', 'table', 'type', 'schema')
  AND NOT (type = 'type' AND EXISTS (SELECT FROM pg_type t WHERE t.oid = m.objid AND (t.typrelid <> 0 OR t.typelem <> 0)))
  AND coalesce(obj_description(m.objid, m.classid::regclass::text), '') = ''
  AND identity <> 'pulse'
ORDER BY 1;
SELECT format('operator %s has no comment', identity)
FROM member m WHERE type = 'operator' AND schema = 'pulse' AND obj_description(objid, 'pg_operator') IS NULL ORDER BY 1;
SELECT format('table %s has no comment', identity)
FROM member m WHERE type = 'table' AND schema = 'pulse_internal' AND obj_description(objid, 'pg_class') IS NULL ORDER BY 1;

-- SECURITY DEFINER: pinned, owned by pulse_owner, closed to PUBLIC
SELECT format('%s is SECURITY DEFINER %s', p.oid::regprocedure, b.breach)
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid,
LATERAL (VALUES
	(p.proowner <> 'pulse_owner'::regrole, 'and does not belong to pulse_owner: ALTER FUNCTION ... OWNER TO pulse_owner'),
	(NOT coalesce(p.proconfig::text LIKE '%search_path=%', false), 'without a pinned path: SET search_path = pg_catalog, pg_temp'),
	(p.proacl IS NULL OR has_function_privilege('public', p.oid, 'EXECUTE'), 'and open to PUBLIC: REVOKE ALL ON FUNCTION ... FROM PUBLIC')
) AS b(wrong, breach)
WHERE p.prosecdef AND b.wrong ORDER BY 1;

-- trigger functions and internals are closed unless something open leans on them
SELECT format('trigger function %s is open to PUBLIC: REVOKE it', p.oid::regprocedure)
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
WHERE p.prorettype = 'trigger'::regtype AND has_function_privilege('public', p.oid, 'EXECUTE') ORDER BY 1;

-- PL/pgSQL and SQL functions with text bodies pin their path (BEGIN ATOMIC bodies are bound already)
SELECT format('%s has a text body and no pinned path: SET search_path = pg_catalog, pg_temp, or BEGIN ATOMIC', p.oid::regprocedure)
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL AND p.prokind = 'f'
  AND NOT coalesce(p.proconfig::text LIKE '%search_path=%', false) ORDER BY 1;

-- every C function says whether it may run in parallel workers
SELECT format('%s: a C function that is IMMUTABLE and PARALLEL UNSAFE is an oversight', p.oid::regprocedure)
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname = 'c' AND p.provolatile = 'i' AND p.proparallel = 'u' AND p.prorettype <> 'trigger'::regtype ORDER BY 1;

-- names
SELECT format('%s has a parameter named %s, a reserved word: rename it', p.oid::regprocedure, quote_ident(a.name))
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid,
	 unnest(p.proargnames) a(name) JOIN pg_get_keywords() k ON k.word = a.name AND k.catcode IN ('R', 'C') ORDER BY 1;
SELECT format('%s.%s is a reserved word: rename it', c.oid::regclass, quote_ident(a.attname))
FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_get_keywords() k ON k.word = a.attname AND k.catcode IN ('R', 'C') ORDER BY 1;
SELECT format('%s is a reserved word: rename it', c.oid::regclass)
FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
JOIN pg_get_keywords() k ON k.word = c.relname AND k.catcode IN ('R', 'C') ORDER BY 1;

-- pg_upgrade refuses other reg* types in tables
SELECT format('%s.%s is %s: only regclass, regtype and regrole survive pg_upgrade', c.oid::regclass, a.attname, a.atttypid::regtype)
FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid AND c.relkind = 'r'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE a.atttypid::regtype::text LIKE 'reg%' AND a.atttypid NOT IN ('regclass'::regtype, 'regtype'::regtype, 'regrole'::regtype) ORDER BY 1;

-- tables and sequences are dumped, or their comment says why not
SELECT format('%s is not dumped: pg_extension_config_dump, or a comment with "not dumped"', c.oid::regclass)
FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid AND c.relkind IN ('r', 'S')
WHERE NOT c.oid = ANY ((SELECT extconfig FROM pg_extension WHERE extname = 'salespulse')::oid[])
  AND coalesce(obj_description(c.oid, 'pg_class'), '') !~* 'not dumped'
  -- the sequence of a serial column of a shipped, undumped table follows it
ORDER BY 1;
SELECT format('%s belongs to %s: ALTER TABLE ... OWNER TO pulse_owner', c.oid::regclass, c.relowner::regrole)
FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid AND c.relkind IN ('r', 'S')
WHERE c.relowner <> 'pulse_owner'::regrole ORDER BY 1;

-- views run as who asks
SELECT format('view %s is not security_invoker: WITH (security_invoker = true)', c.oid::regclass)
FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid AND c.relkind = 'v'
WHERE NOT coalesce(c.reloptions::text LIKE '%security_invoker=true%', false) ORDER BY 1;

-- every body compiles: PL/pgSQL down to its statements, SQL by making it anew
SET check_function_bodies = on;
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT p.oid, p.oid::regprocedure AS name FROM pg_proc p
			 JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
			 JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'salespulse'
			 JOIN pg_language l ON l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql')
			 WHERE p.prokind IN ('f', 'p')
	LOOP
		BEGIN
			EXECUTE pg_get_functiondef(f.oid);
		EXCEPTION WHEN others THEN
			RAISE WARNING '% does not compile: %', f.name, sqlerrm;
		END;
	END LOOP;
END
$$;
DO $$ BEGIN
	CREATE EXTENSION plpgsql_check;
EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege THEN
	RAISE NOTICE 'plpgsql_check is missing: make deps';
END $$;
-- a pack's functions put the user's schema into their path when they run: so here, for the reading
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT p.oid::regprocedure AS name, n.nspname AS pack, bool_or(p.proname = 'install') OVER (PARTITION BY n.oid) AS installs
			 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
			 JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
			 JOIN pg_extension e ON e.oid = d.refobjid AND e.extname LIKE 'salespulse\_%'
			 WHERE p.prokind = 'f'
	LOOP
		CONTINUE WHEN NOT f.installs;
		IF to_regnamespace('lint_' || f.pack) IS NULL THEN
			EXECUTE format('CREATE SCHEMA %I', 'lint_' || f.pack);
			EXECUTE format('SELECT %I.install(schema => %L)', f.pack, 'lint_' || f.pack);
		END IF;
		EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, %I, pg_temp', f.name, 'lint_' || f.pack);
	END LOOP;
END
$$;
SELECT format('%s, line %s: %s %s', p.oid::regprocedure, c.lineno, c.message, c.detail)
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql',
LATERAL plpgsql_check_function_tb(p.oid, fatal_errors => false, extra_warnings => false, performance_warnings => false, other_warnings => false) c
WHERE p.prorettype <> 'trigger'::regtype ORDER BY 1;
