-- ---- base: why something failed, and who is told ----------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.shown_reason(kind text, which text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_shown_reason';
REVOKE ALL ON FUNCTION pulse_internal.shown_reason(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.shown_reason(text, text) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app, pg_monitor;

-- All columns but one, and of the whole table no longer.
CREATE OR REPLACE FUNCTION pulse_internal.grant_without(relation regclass, hidden name, roles regrole[]) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	shown text := (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
				   WHERE a.attrelid = grant_without.relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> grant_without.hidden);
	role regrole;
BEGIN
	FOREACH role IN ARRAY roles LOOP
		EXECUTE format('REVOKE SELECT ON %s FROM %s', grant_without.relation, role);
		EXECUTE format('GRANT SELECT (%s) ON %s TO %s', shown, grant_without.relation, role);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.grant_without(regclass, name, regrole[]) FROM PUBLIC;
