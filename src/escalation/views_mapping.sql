-- ---- escalation: staff, roles, keys ------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.map_staff(relation regclass, id text, name text,
		email text DEFAULT NULL, mobile text DEFAULT NULL, org_path text DEFAULT NULL,
		channel text DEFAULT NULL, language text DEFAULT NULL, condition text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.save_mapping('staff', '', '',
		pulse_internal.make_mapping_view('staff_directory', relation,
			ARRAY['id', 'name', 'email', 'mobile', 'org_path', 'channel', 'language'],
			ARRAY[pulse_internal.mapped_text('id', id, true), pulse_internal.mapped_text('name', name, true),
				  pulse_internal.mapped_text('email', email, false), pulse_internal.mapped_text('mobile', mobile, false),
				  pulse_internal.mapped_text('org_path', org_path, false),
				  pulse_internal.mapped_text('channel', channel, false),
				  pulse_internal.mapped_text('language', language, false)],
			condition),
		relation, NULL, NULL);
END;
REVOKE ALL ON FUNCTION pulse.map_staff(regclass, text, text, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.map_staff(regclass, text, text, text, text, text, text, text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.map_staff(regclass, text, text, text, text, text, text, text, text) IS
'Says where staff are: a table or view of the application, and which columns or expressions of it are their id, name, email, mobile, org unit (an ltree path), preferred channel (mail when null) and language (en, zh). condition leaves out who has left. Nothing is copied: it makes the view staff_directory in the event schema, yours, read with your rights; a second call replaces it. Errors: 22023 something required is missing, those of CREATE VIEW.';

CREATE OR REPLACE FUNCTION pulse.map_role(role text, key text DEFAULT NULL, relation regclass DEFAULT NULL,
		staff text DEFAULT NULL, id text DEFAULT NULL, holder text[] DEFAULT NULL,
		above text DEFAULT NULL, org_path text DEFAULT NULL, condition text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.check_role_form(role, key, relation, holder, above, org_path);
	SELECT pulse_internal.save_mapping('role', role, coalesce(key, ''),
		CASE
			WHEN key IS NOT NULL THEN
				pulse_internal.make_mapping_view('role_' || role || '_by_' || key, relation,
					ARRAY['key', 'staff'],
					ARRAY['(' || coalesce(id, pulse_internal.key_column(relation, key)) || ')',
						  pulse_internal.mapped_text('staff', staff, true)], condition)
			WHEN above IS NOT NULL THEN
				pulse_internal.make_mapping_view('role_' || role || '_above_' || above, relation,
					ARRAY['org_path', 'staff'],
					ARRAY[pulse_internal.mapped_text('org_path', org_path, true),
						  pulse_internal.mapped_text('staff', staff, true)], condition)
		END,
		relation, holder, above);
END;
REVOKE ALL ON FUNCTION pulse.map_role(text, text, regclass, text, text, text[], text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.map_role(text, text, regclass, text, text, text[], text, text, text)
	TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.map_role(text, text, regclass, text, text, text[], text, text, text) IS
'Says who holds a role, in one of three forms. By key: map_role(''rep'', key => ''customer'', relation => ''app.customer'', staff => ''owner_id''), id being the column that holds the key (default: the primary key); a role may be found by several keys. Fixed: holder => ''{7}''. In the organisation: map_role(''regional_director'', above => ''rep'', relation => ''app.region'', org_path => ''path'', staff => ''director_id'') is the nearest holder at or above the unit of the rep, not being the rep. Read with your rights when needed. Errors: 22023 incomplete or several forms, SP601 a role above itself, those of CREATE VIEW.';

CREATE OR REPLACE FUNCTION pulse.drop_role(role text, key text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.drop_role_mapping(role, key);
END;
REVOKE ALL ON FUNCTION pulse.drop_role(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_role(text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.drop_role(text, text) IS
'Forgets how a role is found: by that key, or altogether. The view that map_role made stays with its owner. Error SP601: no such role.';

CREATE OR REPLACE FUNCTION pulse.describe_key(key text, relation regclass, id text DEFAULT NULL,
		name text DEFAULT NULL, url text DEFAULT NULL, condition text DEFAULT NULL, since text DEFAULT NULL) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.save_mapping('key', key, '',
		pulse_internal.make_mapping_view('key_' || key, relation, ARRAY['key', 'name', 'url', 'since', 'member'],
			ARRAY['(' || coalesce(id, pulse_internal.key_column(relation, key)) || ')',
				  pulse_internal.mapped_text('name', name, true), pulse_internal.mapped_text('url', url, false),
				  coalesce('(' || since || ')::pg_catalog.timestamptz', 'NULL::pg_catalog.timestamptz'),
				  (SELECT pg_catalog.format('(%I.*)::%I.%I', c.relname, n.nspname, c.relname)
				   FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation)],
			condition),
		relation, NULL, NULL);
END;
REVOKE ALL ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.describe_key(text, regclass, text, text, text, text, text) IS
'Gives a key a name and a link in messages: describe_key(''customer'', ''app.customer'', name => ''name'', url => $$ ''https://crm/c/'' || id $$). id is the column that holds the key (default: the primary key). Its rows are the members that rules with EACH are about; since is the column or expression that says since when each of them is one (default: since the rule is active), condition leaves out who is none. Errors: 22023 something required is missing, those of CREATE VIEW.';

CREATE OR REPLACE FUNCTION pulse_internal.people(tolerant boolean)
	RETURNS TABLE (id text, name text, email text, mobile text, org_path text, channel text, language text)
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT DISTINCT ON (r.c[1]) r.c[1], r.c[2], r.c[3], r.c[4], r.c[5], r.c[6], r.c[7]
	FROM pulse_internal.mapping AS m, LATERAL pulse_internal.read_mapping(m.mapping_id, NULL, tolerant) AS r(c)
	WHERE m.kind = 'staff' AND r.c[1] IS NOT NULL
	ORDER BY r.c[1], r.c;
END;
REVOKE ALL ON FUNCTION pulse_internal.people(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.people(boolean) TO pulse_owner, pulse_admin, pulse_author;

CREATE OR REPLACE VIEW pulse.staff WITH (security_invoker = true) AS
	SELECT p.id, p.name, p.email, p.mobile, p.org_path, p.channel, p.language
	FROM pulse_internal.people(false) AS p;
COMMENT ON VIEW pulse.staff IS
'Staff as map_staff reads them from the application, now: id, name, email, mobile, org_path (text; cast it to ltree to search), preferred channel, language. You need the right to read the view that map_staff made, as you would to read the table itself. Error 42501.';
GRANT SELECT ON pulse_internal.mapping TO pulse_admin;
SELECT pulse_internal.grant_without('pulse_internal.mapping', 'reason', '{pulse_author}');
GRANT SELECT ON pulse.staff TO pulse_admin, pulse_author;

CREATE OR REPLACE VIEW pulse.roles WITH (security_invoker = true) AS
	SELECT m.name AS role, nullif(m.key_name, '') AS key, m.relation, m.holder, m.above,
		   coalesce(c.relowner::regrole, m.author) AS author, m.state,
		   CASE WHEN m.state <> 'ok' THEN pulse_internal.shown_reason('mapping', m.mapping_id::text) END AS reason
	FROM pulse_internal.mapping AS m LEFT JOIN pg_class AS c ON c.oid = m.source
	WHERE m.kind = 'role';
COMMENT ON VIEW pulse.roles IS
'How roles are found: by a key through a relation, fixed holders, or above another role; with whose rights; and whether the last reading failed (state broken, reason).';
GRANT SELECT ON pulse.roles TO pulse_admin, pulse_author;

-- Who holds which role for which keys, for many at once.  The pairs
-- (key_names[i], keys[i]) are what the firings are about; the answer names the
-- pair that led to a holder, or '' and '' where no key was needed.
CREATE OR REPLACE FUNCTION pulse_internal.resolve_roles(roles text[], key_names text[], keys text[], tolerant boolean)
	RETURNS TABLE (role text, key_name text, key text, staff text, name text, email text, mobile text,
				   channel text, language text, org_path text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SET enable_nestloop = off SET jit = off
BEGIN ATOMIC
	WITH RECURSIVE wanted(role) AS (
		SELECT unnest(roles)
		UNION
		SELECT m.above FROM wanted AS w JOIN pulse_internal.mapping AS m ON m.kind = 'role' AND m.name = w.role
		WHERE m.above IS NOT NULL
	), mapped AS MATERIALIZED (
		SELECT m.mapping_id, m.name, m.key_name, m.holder, m.above
		FROM wanted AS w JOIN pulse_internal.mapping AS m ON m.kind = 'role' AND m.name = w.role
	), people AS MATERIALIZED (
		SELECT p.* FROM pulse_internal.people(tolerant) AS p
	), upper_holder AS MATERIALIZED (
		SELECT m.name AS role, r[1] AS org_path, r[2] AS staff
		FROM mapped AS m, LATERAL pulse_internal.read_mapping(m.mapping_id, NULL, tolerant) AS r
		WHERE m.above IS NOT NULL
	), needed AS MATERIALIZED (
		SELECT m.mapping_id, array_agg(DISTINCT k.key) AS keys
		FROM mapped AS m JOIN unnest(key_names, keys) AS k(key_name, key) ON k.key_name = m.key_name
		WHERE m.key_name <> ''
		GROUP BY m.mapping_id
	), found(role, key_name, key, staff) AS (
		SELECT m.name, m.key_name, r[1], r[2]
		FROM needed AS n JOIN mapped AS m ON m.mapping_id = n.mapping_id,
			 LATERAL pulse_internal.read_mapping(n.mapping_id, n.keys, tolerant) AS r
		UNION
		SELECT m.name, '', '', h FROM mapped AS m, unnest(m.holder) AS h
		UNION
		SELECT m.name, f.key_name, f.key, h.staff
		FROM found AS f
		JOIN mapped AS m ON m.above = f.role
		JOIN people AS p ON p.id = f.staff
		CROSS JOIN LATERAL (
			-- org paths by text, on dot boundaries: ltree may live in any schema
			SELECT u.staff FROM upper_holder AS u
			WHERE u.role = m.name AND u.staff <> f.staff AND u.org_path <> ''
			  AND starts_with(p.org_path || '.', u.org_path || '.')
			ORDER BY length(u.org_path) DESC
			FETCH FIRST 1 ROW WITH TIES) AS h
	)
	SELECT f.role, f.key_name, f.key, f.staff, p.name, p.email, p.mobile,
		   coalesce(nullif(p.channel, ''), 'mail'), p.language, p.org_path
	FROM found AS f JOIN people AS p ON p.id = f.staff
	WHERE f.role = ANY (roles);
END;
REVOKE ALL ON FUNCTION pulse_internal.resolve_roles(text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.resolve_roles(text[], text[], text[], boolean)
	TO pulse_owner, pulse_admin, pulse_author;
