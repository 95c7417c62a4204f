-- ---- base: pulse.settings ----------------------------------------------------

CREATE OR REPLACE VIEW pulse.settings WITH (security_invoker = true) AS
	SELECT d.name, pulse.setting(d.name) AS value, d.default_value, d.meaning
	FROM pulse_internal.setting_definitions() d;
COMMENT ON VIEW pulse.settings IS
'Settings that change results: name, value in force, default, meaning. Change one with pulse.set_setting(name, value).';
GRANT SELECT ON pulse.settings TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.setup(timezone text DEFAULT NULL, currency text DEFAULT NULL,
		language text DEFAULT NULL, calendar text DEFAULT NULL, fiscal_year_start text DEFAULT NULL)
	RETURNS SETOF pulse.settings
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	path text;
BEGIN
	PERFORM pulse.set_setting(given.name, given.value)
	FROM (VALUES ('timezone', timezone), ('currency', currency), ('language', language),
				 ('calendar', calendar), ('fiscal_year_start', fiscal_year_start)) AS given(name, value)
	WHERE given.value IS NOT NULL;

	-- operators and types are found without a prefix when pulse is last in the path
	SELECT coalesce(
		(SELECT substr(entry, length('search_path=') + 1)
		 FROM pg_db_role_setting AS s, unnest(s.setconfig) AS entry
		 WHERE s.setdatabase = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
		   AND s.setrole = 0 AND entry LIKE 'search\_path=%'),
		'"$user", public') INTO path;
	IF NOT path ~ '(^|[ ,"])pulse($|[ ,"])' THEN
		EXECUTE format('ALTER DATABASE %I SET search_path = %s, pulse', current_database(), path);
	END IF;
	RETURN QUERY SELECT * FROM pulse.settings;
END
$$;
REVOKE ALL ON FUNCTION pulse.setup(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.setup(text, text, text, text, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.setup(text, text, text, text, text) IS
'First set-up of a database: settings by name, and pulse put last in the database''s search_path. Needs the right to ALTER DATABASE. Returns the settings.';
