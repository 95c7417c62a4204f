-- who may do what, for every object of the extension; a change here is a change of rights
-- functions of schema pulse, and who may call them
\a
\t
SELECT DISTINCT p.proname COLLATE "C", coalesce(CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'public' END,
	(SELECT string_agg(replace(r, 'pulse_', ''), ' ') FROM unnest(ARRAY['pulse_admin', 'pulse_author', 'pulse_analyst', 'pulse_app', 'pulse_relay']) AS r
	 WHERE has_function_privilege(r, p.oid, 'EXECUTE')), 'nobody') AS callers
FROM pg_proc AS p
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'salespulse'
WHERE p.pronamespace = 'pulse'::regnamespace
ORDER BY 1, 2;
-- views of schema pulse, and who may read them
SELECT c.relname COLLATE "C", coalesce(CASE WHEN has_table_privilege('public', c.oid, 'SELECT') THEN 'public' END,
	(SELECT string_agg(replace(r, 'pulse_', ''), ' ') FROM unnest(ARRAY['pg_monitor', 'pulse_admin', 'pulse_author', 'pulse_analyst', 'pulse_app', 'pulse_relay']) AS r
	 WHERE has_table_privilege(r, c.oid, 'SELECT')), 'nobody') AS readers
FROM pg_class AS c
WHERE c.relnamespace = 'pulse'::regnamespace AND c.relkind IN ('v', 'r')
ORDER BY 1;
\t
\a
-- writing into what people see directly
SELECT c.relname, r, p AS privilege
FROM pg_class AS c, unnest(ARRAY['public', 'pg_monitor', 'pulse_admin', 'pulse_author', 'pulse_analyst', 'pulse_app', 'pulse_relay']) AS r,
	unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p
WHERE c.relnamespace = 'pulse'::regnamespace AND c.relkind IN ('v', 'r') AND has_table_privilege(r, c.oid, p)
ORDER BY 1, 2, 3;
-- nobody but pulse_owner writes into internal tables
SELECT c.relname, r, p AS privilege
FROM pg_class AS c, unnest(ARRAY['public', 'pg_monitor', 'pulse_admin', 'pulse_author', 'pulse_analyst', 'pulse_app', 'pulse_relay']) AS r,
	unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p
WHERE c.relnamespace = 'pulse_internal'::regnamespace AND c.relkind = 'r' AND has_table_privilege(r, c.oid, p)
ORDER BY 1, 2, 3;
-- internal functions that everybody may call: input and output of types, operators, aggregates' parts, defaults of event tables
SELECT p.proname COLLATE "C"
FROM pg_proc AS p
WHERE p.pronamespace = 'pulse_internal'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
  AND NOT EXISTS (SELECT FROM pg_type AS t WHERE p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend))
  AND NOT EXISTS (SELECT FROM pg_operator AS o WHERE p.oid IN (o.oprcode, o.oprrest, o.oprjoin))
  AND NOT EXISTS (SELECT FROM pg_amproc AS a WHERE a.amproc = p.oid)
  AND NOT EXISTS (SELECT FROM pg_cast AS c WHERE c.castfunc = p.oid)
  AND NOT EXISTS (SELECT FROM pg_aggregate AS a WHERE p.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn))
GROUP BY 1 ORDER BY 1;
-- the roles are groups: none logs in, none is a superuser, none is a member of another
SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolbypassrls,
	(SELECT count(*) FROM pg_auth_members AS m WHERE m.member = r.oid) AS member_of
FROM pg_roles AS r WHERE rolname LIKE 'pulse\_%' ORDER BY 1;
