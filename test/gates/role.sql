-- role.sql: the extension is installed by a superuser; all else is done by a role with the roles of salespulse
SET client_min_messages = warning;
CREATE EXTENSION salespulse CASCADE;
DO $$ BEGIN
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'regress_gate_owner') THEN
		DROP OWNED BY regress_gate_owner CASCADE;
	ELSE
		CREATE ROLE regress_gate_owner;
	END IF;
END $$;
GRANT pulse_admin, pulse_author TO regress_gate_owner;
ALTER SCHEMA app OWNER TO regress_gate_owner;
DO $$
DECLARE
	t regclass;
BEGIN
	FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('ALTER TABLE %s OWNER TO regress_gate_owner', t);
	END LOOP;
	EXECUTE format('ALTER DATABASE %I OWNER TO regress_gate_owner', current_database());
END $$;
