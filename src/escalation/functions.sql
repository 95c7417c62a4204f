-- ---- escalation: texts ---------------------------------------------------------------

-- an instant as people of the business read it; a bare day where it is its first instant
CREATE OR REPLACE FUNCTION pulse_internal.instant_text(instant timestamptz) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_instant_text';
REVOKE ALL ON FUNCTION pulse_internal.instant_text(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.instant_text(timestamptz) TO pulse_owner;

-- a header is one line, whatever a name in it holds
CREATE OR REPLACE FUNCTION pulse_internal.one_line(given text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN btrim(regexp_replace(given, '[\x01-\x20\x7f]+', ' ', 'g'));
REVOKE ALL ON FUNCTION pulse_internal.one_line(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.one_line(text) TO pulse_owner;

-- what a name is called in a language; without a label it stands for itself
CREATE OR REPLACE FUNCTION pulse_internal.word(class text, scope text, name text, language text) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_word';
REVOKE ALL ON FUNCTION pulse_internal.word(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.word(text, text, text, text) TO pulse_owner;

-- the address of somebody on a channel; robots and webhooks know people by their id
CREATE OR REPLACE FUNCTION pulse_internal.address(channel text, staff text, email text, mobile text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN nullif(CASE WHEN channel = 'mail' THEN email WHEN channel = 'sms' THEN mobile
					   WHEN channel <> '' THEN staff END, '');
REVOKE ALL ON FUNCTION pulse_internal.address(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.address(text, text, text, text) TO pulse_owner;

-- the channel a verb wants, or the one somebody can be reached on
CREATE OR REPLACE FUNCTION pulse_internal.reachable_channel(verb text, preferred text, staff text,
		email text, mobile text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN pulse_internal.address(CASE verb WHEN 'text' THEN 'sms' WHEN 'mail' THEN 'mail' ELSE preferred END,
									staff, email, mobile) IS NOT NULL
			THEN CASE verb WHEN 'text' THEN 'sms' WHEN 'mail' THEN 'mail' ELSE preferred END
		WHEN pulse_internal.address('mail', staff, email, mobile) IS NOT NULL THEN 'mail'
		WHEN pulse_internal.address('sms', staff, email, mobile) IS NOT NULL THEN 'sms' END;
REVOKE ALL ON FUNCTION pulse_internal.reachable_channel(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.reachable_channel(text, text, text, text, text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.require(found boolean, what text, name text) RETURNS void
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_require';
REVOKE ALL ON FUNCTION pulse_internal.require(boolean, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require(boolean, text, text) TO pulse_owner;

-- Who does something: whom the caller names, or whom his session acts as.  An
-- application that said who is asking cannot act as somebody else.
CREATE OR REPLACE FUNCTION pulse_internal.check_actor(staff text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	acting text := nullif(current_setting('pulse.acting_staff', true), '');	-- of pulse.act_as()
BEGIN
	IF acting <> staff THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('%s cannot act as %s', acting, staff),
			DETAIL = format('pulse.act_as() said that %s is asking.', acting), HINT = 'Leave staff out, or say who is asking first.';
	END IF;
	RETURN coalesce(staff, acting);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_actor(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_actor(text) TO pulse_owner;
