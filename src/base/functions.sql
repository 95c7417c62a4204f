-- ---- base: settings and the clock ------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.invalidate() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'sp_invalidate';
REVOKE ALL ON FUNCTION pulse_internal.invalidate() FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.library_version() RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_library_version';

CREATE OR REPLACE FUNCTION pulse_internal.try_to_read(relation regclass) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_try_to_read_relation';
REVOKE ALL ON FUNCTION pulse_internal.try_to_read(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.try_to_read(regclass) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.setting(name text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_setting_value';
COMMENT ON FUNCTION pulse.setting(text) IS
'Value in force of a setting, as text. Error SP901: no setting of that name (see pulse.settings).';

CREATE OR REPLACE FUNCTION pulse_internal.check_setting(name text, value text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_check_setting';

CREATE OR REPLACE FUNCTION pulse_internal.setting_definitions(
		OUT name text, OUT default_value text, OUT meaning text) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_setting_definitions';

CREATE OR REPLACE FUNCTION pulse.clock() RETURNS timestamptz
	LANGUAGE c VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_clock_value';
COMMENT ON FUNCTION pulse.clock() IS
'The instant salespulse works by: the system''s clock, or the instant set by set_clock().';

CREATE OR REPLACE FUNCTION pulse.set_setting(name text, value text) RETURNS void
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	INSERT INTO pulse_internal.setting (name, value)
	VALUES (set_setting.name, pulse_internal.check_setting(set_setting.name, set_setting.value))
	ON CONFLICT ON CONSTRAINT setting_pkey DO UPDATE SET value = excluded.value;
END;
ALTER FUNCTION pulse.set_setting(text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_setting(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_setting(text, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.set_setting(text, text) IS
'Sets a setting for the whole database, from the next statement on. Errors: SP901 unknown setting, 22023 unusable value.';

CREATE OR REPLACE FUNCTION pulse.set_clock(instant timestamptz) RETURNS void
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC' SET datestyle = 'ISO'
BEGIN ATOMIC
	SELECT pulse.set_setting('clock', coalesce(instant::text, 'system'));
END;
ALTER FUNCTION pulse.set_clock(timestamptz) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_clock(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_clock(timestamptz) TO pulse_admin;
COMMENT ON FUNCTION pulse.set_clock(timestamptz) IS
'Stops the clock of salespulse at an instant, for replays and tests; NULL gives it back to the system. pulse.status warns while it stands.';
