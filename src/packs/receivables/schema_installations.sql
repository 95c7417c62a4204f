
CREATE VIEW receivables.installations WITH (security_invoker = true) AS
	SELECT n.nspname::text COLLATE "default" AS schema, pg_catalog.pg_get_userbyid(c.relowner)::text COLLATE "default" AS owner
	FROM pg_catalog.pg_trigger AS t
	JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
	WHERE p.proname = 'keep_applied' AND p.pronamespace = 'receivables'::regnamespace;
COMMENT ON VIEW receivables.installations IS 'The schemas where the tables are installed, and whose they are.';
GRANT SELECT ON receivables.installations TO PUBLIC;
