-- ---- rule: what was due before, and the calendars of rules ---------------------------

CREATE OR REPLACE FUNCTION pulse_internal.overdue_at_look(rule text, OUT silent bigint, OUT firing bigint)
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_overdue_at_look';
REVOKE ALL ON FUNCTION pulse_internal.overdue_at_look(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.overdue_at_look(text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.keep_used_calendar() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	users text := (SELECT string_agg(format('"%s"', r.name), ', ' ORDER BY r.name) FROM pulse_internal.rule AS r WHERE r.calendar = OLD.name);
BEGIN
	IF users IS NOT NULL AND (TG_OP = 'DELETE' OR NEW.name <> OLD.name) THEN
		RAISE EXCEPTION USING ERRCODE = '2BP01',
			MESSAGE = format('calendar "%s" is used by rules', OLD.name),
			DETAIL = format('They say USING CALENDAR: %s.', users),
			HINT = 'Alter them with another calendar first, or drop them.';
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.keep_used_calendar() FROM PUBLIC;
