-- ---- base: schemas, roles, settings --------------------------------------

CREATE SCHEMA pulse_internal;
COMMENT ON SCHEMA pulse_internal IS 'Internals of salespulse; the manual is schema pulse.';

DO $$
DECLARE
	role_name text;
BEGIN
	-- roles belong to the cluster: another database may have made them already
	FOREACH role_name IN ARRAY ARRAY['pulse_owner', 'pulse_admin', 'pulse_author',
									 'pulse_analyst', 'pulse_app', 'pulse_relay']
	LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
		END IF;
	END LOOP;
END
$$;

GRANT USAGE ON SCHEMA pulse TO PUBLIC;
GRANT USAGE ON SCHEMA pulse_internal TO pulse_owner;

CREATE TABLE pulse_internal.setting (
	name text PRIMARY KEY,
	value text NOT NULL
);
COMMENT ON TABLE pulse_internal.setting IS 'Settings that differ from their default; see pulse.settings.';
ALTER TABLE pulse_internal.setting OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.setting', '');
