-- ---- calendar: working days, and days in the business time zone -----------------

CREATE OR REPLACE FUNCTION pulse.is_working_day(day date, calendar text DEFAULT NULL) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_is_working_day';
COMMENT ON FUNCTION pulse.is_working_day(date, text) IS
'Whether a day is a working day of a calendar (NULL: that of the setting calendar). Errors: SP201 the calendar is not loaded for that year, SP202 unknown calendar, 22008 infinite date.';

CREATE OR REPLACE FUNCTION pulse.add_business_days(day date, days integer, calendar text DEFAULT NULL) RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_business_days';
COMMENT ON FUNCTION pulse.add_business_days(date, integer, text) IS
'The n-th working day after a day, or with a negative number before it; with 0 the day itself. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22008 infinite date.';

CREATE OR REPLACE FUNCTION pulse.business_days_between(since date, until date, calendar text DEFAULT NULL) RETURNS integer
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_business_days_between';
COMMENT ON FUNCTION pulse.business_days_between(date, date, text) IS
'Working days from since up to, but not including, until; negative when until is the earlier one. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar, 22008 infinite date.';

CREATE OR REPLACE FUNCTION pulse.day_start(day date) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_day_start';
COMMENT ON FUNCTION pulse.day_start(date) IS
'The first instant of a day in the business time zone (setting timezone), whatever the session''s zone. Error 22008: out of range.';

CREATE OR REPLACE FUNCTION pulse.day_of(instant timestamptz) RETURNS date
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_day_of';
COMMENT ON FUNCTION pulse.day_of(timestamptz) IS
'The day of an instant in the business time zone (setting timezone), whatever the session''s zone.';

CREATE OR REPLACE FUNCTION pulse_internal.add_wall_days(instant timestamptz, days bigint) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_wall_days';
REVOKE ALL ON FUNCTION pulse_internal.add_wall_days(timestamptz, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.add_wall_months(instant timestamptz, months bigint) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_wall_months';
REVOKE ALL ON FUNCTION pulse_internal.add_wall_months(timestamptz, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.keep_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = '42501',
		MESSAGE = format('this row of %s comes with salespulse', TG_TABLE_NAME),
		DETAIL = 'A dump does not hold it, so a change would be lost.',
		HINT = CASE TG_TABLE_NAME
			WHEN 'calendar_year' THEN 'Insert a row of your own for that calendar and year; it comes before this one.'
			ELSE 'Make a calendar of your own with pulse.create_calendar().' END;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.keep_shipped() FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse.create_calendar(name text, weekdays int[] DEFAULT '{1,2,3,4,5}',
		every_year boolean DEFAULT false, meaning text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IS NULL OR name = '' OR weekdays IS NULL OR cardinality(weekdays) = 0
	   OR array_position(weekdays, NULL) IS NOT NULL OR NOT weekdays <@ '{1,2,3,4,5,6,7}'::int[] THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid calendar',
			DETAIL = 'A calendar has a name and at least one working day of the week, 1 Monday to 7 Sunday.',
			HINT = 'Type it as pulse.create_calendar(''shops'', ''{2,3,4,5,6}'').';
	END IF;
	IF EXISTS (SELECT FROM pulse_internal.calendar AS c WHERE c.name = create_calendar.name) THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('calendar "%s" already exists', name),
			DETAIL = 'Names of calendars are unique.',
			HINT = 'Load a year of it with INSERT INTO pulse.calendar_years, or choose another name.';
	END IF;
	INSERT INTO pulse_internal.calendar (name, weekdays, every_year, meaning)
	VALUES (create_calendar.name, create_calendar.weekdays, coalesce(create_calendar.every_year, false), create_calendar.meaning);
END
$$;
ALTER FUNCTION pulse.create_calendar(text, int[], boolean, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.create_calendar(text, int[], boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_calendar(text, int[], boolean, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.create_calendar(text, int[], boolean, text) IS
'Makes a calendar from the working days of the week (1 Monday to 7 Sunday). It holds in every year, or only in the years loaded by INSERT INTO pulse.calendar_years. Errors: 22023 no or wrong weekdays, 42710 the name is taken.';

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
'Drops a calendar of the user''s own with its years. Errors: SP202 unknown calendar, 42501 the calendar comes with salespulse.';
