-- inventory.sql: what the extension consists of and what its configuration holds, without object ids
SET search_path = pg_catalog;
SELECT i.type, i.identity,
	CASE d.classid
		WHEN 'pg_proc'::regclass THEN (SELECT md5(CASE WHEN p.prokind = 'a' THEN to_jsonb(a)::text ELSE pg_get_functiondef(p.oid) END)
			|| coalesce(p.proacl::text, '') || p.proowner::regrole FROM pg_proc p LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE p.oid = d.objid)
		WHEN 'pg_class'::regclass THEN (SELECT c.relkind || c.relowner::regrole::text || coalesce(c.relacl::text, '') || coalesce(c.reloptions::text, '')
			|| coalesce(md5(pg_get_viewdef(c.oid)), '')
			|| (SELECT coalesce(string_agg(a.attname || format_type(a.atttypid, a.atttypmod) || a.attnotnull || coalesce(pg_get_expr(ad.adbin, ad.adrelid), ''), ',' ORDER BY a.attname), '')
				FROM pg_attribute a LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
				WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
			|| (SELECT coalesce(string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY pg_get_constraintdef(k.oid)), '') FROM pg_constraint k WHERE k.conrelid = c.oid)
			|| (SELECT coalesce(string_agg(pg_get_indexdef(x.indexrelid), ',' ORDER BY pg_get_indexdef(x.indexrelid)), '') FROM pg_index x WHERE x.indrelid = c.oid)
			|| (SELECT coalesce(string_agg(pg_get_triggerdef(t.oid), ',' ORDER BY t.tgname), '') FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
			|| (c.oid = ANY (e.extconfig))
			FROM pg_class c WHERE c.oid = d.objid)
		WHEN 'pg_type'::regclass THEN (SELECT (to_jsonb(t) - '{oid,typrelid,typelem,typarray,typnamespace,typowner,typinput,typoutput,typreceive,typsend,typmodin,typmodout,typanalyze,typsubscript,typbasetype}'::text[])::text FROM pg_type t WHERE t.oid = d.objid)
		WHEN 'pg_operator'::regclass THEN (SELECT concat(o.oprcode, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash, o.oprcom::regoperator, o.oprnegate::regoperator) FROM pg_operator o WHERE o.oid = d.objid)
	END AS definition,
	obj_description(d.objid, d.classid::regclass::text) AS description
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname ~ '^salespulse',
LATERAL pg_identify_object(d.classid, d.objid, 0) AS i
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
ORDER BY 1, 2;
SELECT x.oid::regclass, (xpath('/table/row', query_to_xml('SELECT count(*) AS n FROM ' || x.oid::regclass, false, false, '')))[1]::text
FROM pg_extension e, unnest(e.extconfig) AS x(oid) JOIN pg_class c ON c.oid = x.oid AND c.relkind = 'r'
WHERE e.extname ~ '^salespulse' AND x.oid::regclass::text <> 'pulse_internal.incarnation'
ORDER BY 1::text;
