-- ---- jobs: leaving -----------------------------------------------------------------

-- What outside the extension leans on it, straight from the server's own
-- dependencies; so nothing that exists or will exist is forgotten.
CREATE OR REPLACE FUNCTION pulse_internal.foreign_dependents(
		OUT classid oid, OUT objid oid, OUT objsubid int, OUT kind text, OUT identity text)
	RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH RECURSIVE member AS (
		SELECT d.classid, d.objid
		FROM pg_catalog.pg_depend AS d
		JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'salespulse'
		WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
	), part AS (
		-- members, and what belongs to them: row types, arrays, columns' defaults ...
		SELECT m.classid, m.objid FROM member AS m
		UNION
		SELECT d.classid, d.objid
		FROM part AS p
		JOIN pg_catalog.pg_depend AS d ON d.refclassid = p.classid AND d.refobjid = p.objid AND d.deptype IN ('i', 'a')
	)
	SELECT DISTINCT d.classid, d.objid, d.objsubid, i.type, i.identity
	FROM part AS p
	JOIN pg_catalog.pg_depend AS d ON d.refclassid = p.classid AND d.refobjid = p.objid AND d.deptype = 'n',
		LATERAL pg_catalog.pg_identify_object(
			CASE WHEN d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
				THEN 'pg_catalog.pg_class'::pg_catalog.regclass ELSE d.classid END,
			CASE WHEN d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
				THEN (SELECT r.ev_class FROM pg_catalog.pg_rewrite AS r WHERE r.oid = d.objid) ELSE d.objid END,
			CASE WHEN d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass THEN 0 ELSE d.objsubid END) AS i
	WHERE NOT EXISTS (SELECT FROM part AS q WHERE q.classid = d.classid AND q.objid = d.objid)
	  AND NOT (d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND EXISTS (
			SELECT FROM pg_catalog.pg_rewrite AS r JOIN part AS q ON q.objid = r.ev_class
			WHERE r.oid = d.objid AND q.classid = 'pg_catalog.pg_class'::pg_catalog.regclass));
END;
REVOKE ALL ON FUNCTION pulse_internal.foreign_dependents() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.foreign_dependents() TO pulse_admin;

CREATE OR REPLACE FUNCTION pulse.prepare_uninstall(
		convert boolean DEFAULT false,
		OUT object text, OUT kind text, OUT what_to_do text, OUT done boolean)
	RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	step record;
BEGIN
	FOR step IN
		SELECT f.identity, f.kind AS type, s.command
		FROM pulse_internal.foreign_dependents() AS f
		LEFT JOIN pg_class AS c ON f.classid = 'pg_class'::regclass AND c.oid = f.objid
		LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = f.objsubid AND f.objsubid > 0
		LEFT JOIN pg_trigger AS t ON f.classid = 'pg_trigger'::regclass AND t.oid = f.objid
		LEFT JOIN pg_attrdef AS ad ON f.classid = 'pg_attrdef'::regclass AND ad.oid = f.objid
		LEFT JOIN pg_attribute AS da ON da.attrelid = ad.adrelid AND da.attnum = ad.adnum
		LEFT JOIN pg_proc AS p ON f.classid = 'pg_proc'::regclass AND p.oid = f.objid,
		LATERAL (SELECT CASE
			WHEN t.oid IS NOT NULL AND t.tgparentid = 0 THEN
				format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass)
			WHEN ad.oid IS NOT NULL THEN
				format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', ad.adrelid::regclass, da.attname)
			WHEN a.attnum IS NOT NULL AND c.relkind IN ('r', 'p') AND a.attinhcount = 0 THEN
				format('ALTER TABLE %s ALTER COLUMN %I TYPE text USING %I::text', c.oid::regclass, a.attname, a.attname)
			WHEN p.oid IS NOT NULL THEN format('DROP FUNCTION %s', p.oid::regprocedure)
			END AS command,
			CASE WHEN t.oid IS NOT NULL THEN 1 WHEN p.oid IS NOT NULL THEN 2 WHEN ad.oid IS NOT NULL THEN 3 ELSE 4 END AS rank) AS s
		WHERE NOT (t.oid IS NOT NULL AND t.tgparentid <> 0)		-- goes with the trigger of the partitioned table
		  AND coalesce(a.attinhcount, 0) = 0 AND coalesce(da.attinhcount, 0) = 0	-- goes with the parent's column
		ORDER BY s.rank, f.identity
	LOOP
		object := step.identity;
		kind := step.type;
		what_to_do := coalesce(step.command, 'Drop it or write it anew without salespulse.');
		done := convert AND step.command IS NOT NULL;
		IF done THEN
			EXECUTE step.command;
		END IF;
		RETURN NEXT;
	END LOOP;
	IF pulse_internal.cron_obstacle() IS NULL THEN
		object := 'pg_cron';
		kind := 'job';
		what_to_do := 'SELECT pulse.unschedule()';
		done := convert;
		IF done THEN
			PERFORM pulse.unschedule();
		END IF;
		RETURN NEXT;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse.prepare_uninstall(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.prepare_uninstall(boolean) TO pulse_admin;
COMMENT ON FUNCTION pulse.prepare_uninstall(boolean) IS
'Lists what outside the extension leans on it: triggers, columns of its types, defaults, functions, views, the pg_cron job. With convert => true triggers, functions and the job are removed and columns become text of the same content (CNY 12.00); afterwards DROP EXTENSION salespulse works without CASCADE unless a view is left, which the list names. Needs ownership of the tables.';
