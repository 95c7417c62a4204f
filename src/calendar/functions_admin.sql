-- ---- calendar: making and changing calendars ----------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.check_hours(hours text[], weekdays int[]) RETURNS void
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_check_hours';
REVOKE ALL ON FUNCTION pulse_internal.check_hours(text[], int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_hours(text[], int[]) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.check_calendar(weekdays int[], hours text[], timezone text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF weekdays IS NULL OR cardinality(weekdays) = 0
	   OR array_position(weekdays, NULL) IS NOT NULL OR NOT weekdays <@ '{1,2,3,4,5,6,7}'::int[] THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid calendar',
			DETAIL = 'A calendar has at least one working day of the week, 1 Monday to 7 Sunday.',
			HINT = 'Type it as pulse.create_calendar(''shops'', ''{2,3,4,5,6}'').';
	END IF;
	IF hours IS NULL OR cardinality(hours) = 0 OR array_position(hours, NULL) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid working hours',
			DETAIL = 'A working day has at least one window.',
			HINT = 'Type them as ''{09:00-12:00,13:00-18:00}''.';
	END IF;
	PERFORM pulse_internal.check_hours(hours, weekdays);
	IF timezone IS NOT NULL THEN
		PERFORM pulse_internal.check_setting('timezone', timezone);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_calendar(int[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_calendar(int[], text[], text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.create_calendar(name text, weekdays int[] DEFAULT '{1,2,3,4,5}',
		every_year boolean DEFAULT false, meaning text DEFAULT NULL,
		hours text[] DEFAULT '{09:00-12:00,13:00-18:00}', timezone text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IS NULL OR name = '' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid calendar',
			DETAIL = 'A calendar has a name.',
			HINT = 'Type it as pulse.create_calendar(''shops'', ''{2,3,4,5,6}'').';
	END IF;
	PERFORM pulse_internal.check_calendar(weekdays, hours, timezone);
	IF EXISTS (SELECT FROM pulse_internal.calendar AS c WHERE c.name = create_calendar.name) THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('calendar "%s" already exists', name),
			DETAIL = 'Names of calendars are unique.',
			HINT = 'Load a year of it with INSERT INTO pulse.calendar_years, or choose another name.';
	END IF;
	INSERT INTO pulse_internal.calendar (name, weekdays, every_year, meaning, hours, timezone)
	VALUES (create_calendar.name, create_calendar.weekdays, coalesce(create_calendar.every_year, false), create_calendar.meaning,
			create_calendar.hours, create_calendar.timezone);
END
$$;
ALTER FUNCTION pulse.create_calendar(text, int[], boolean, text, text[], text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.create_calendar(text, int[], boolean, text, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_calendar(text, int[], boolean, text, text[], text) TO pulse_admin;
COMMENT ON FUNCTION pulse.create_calendar(text, int[], boolean, text, text[], text) IS
'Makes a calendar from the working days of the week (1 Monday to 7 Sunday) and the windows of a working day: {09:00-12:00,13:00-18:00}, or by weekday {1-4 09:00-18:00,5 09:00-15:00}; {22:00-06:00} runs on past midnight, and is of the day on which it opens; make-up days have those without weekday, else those of the first. Its clocks are of a time zone, or the business time zone. It holds in every year, or only in the years loaded by INSERT INTO pulse.calendar_years. Errors: 22023 wrong weekdays, hours or time zone, 42710 the name is taken.';

CREATE OR REPLACE FUNCTION pulse.alter_calendar(name text, weekdays int[] DEFAULT NULL,
		every_year boolean DEFAULT NULL, meaning text DEFAULT NULL, hours text[] DEFAULT NULL, timezone text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	old pulse_internal.calendar;
BEGIN
	SELECT * INTO old FROM pulse_internal.calendar AS c WHERE c.name = alter_calendar.name FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP202', MESSAGE = format('unknown calendar "%s"', name),
			DETAIL = 'There is no calendar of that name.',
			HINT = 'Look at SELECT * FROM pulse.calendars.';
	END IF;
	PERFORM pulse_internal.check_calendar(coalesce(alter_calendar.weekdays, old.weekdays), coalesce(alter_calendar.hours, old.hours),
										  nullif(alter_calendar.timezone, ''));
	UPDATE pulse_internal.calendar AS c SET
		weekdays = coalesce(alter_calendar.weekdays, c.weekdays),
		every_year = coalesce(alter_calendar.every_year, c.every_year),
		meaning = coalesce(alter_calendar.meaning, c.meaning),
		hours = coalesce(alter_calendar.hours, c.hours),
		timezone = nullif(coalesce(alter_calendar.timezone, c.timezone), '')
	WHERE c.name = alter_calendar.name;
END
$$;
ALTER FUNCTION pulse.alter_calendar(text, int[], boolean, text, text[], text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.alter_calendar(text, int[], boolean, text, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_calendar(text, int[], boolean, text, text[], text) TO pulse_admin;
COMMENT ON FUNCTION pulse.alter_calendar(text, int[], boolean, text, text[], text) IS
'Changes what is named of a calendar of the user''s own; an empty time zone is the business time zone again. Errors: SP202 unknown calendar, 42501 the calendar comes with salespulse, 22023 wrong weekdays, hours or time zone.';

CREATE OR REPLACE FUNCTION pulse.drop_calendar(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM pulse_internal.calendar AS c WHERE c.name = drop_calendar.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP202', MESSAGE = format('unknown calendar "%s"', name),
			DETAIL = 'There is no calendar of that name.',
			HINT = 'Look at SELECT * FROM pulse.calendars.';
	END IF;
END
$$;
ALTER FUNCTION pulse.drop_calendar(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.drop_calendar(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_calendar(text) TO pulse_admin;
COMMENT ON FUNCTION pulse.drop_calendar(text) IS
'Drops a calendar of the user''s own with its years. Errors: SP202 unknown calendar, 42501 the calendar comes with salespulse, 2BP01 a rule names it.';
