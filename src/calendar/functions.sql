-- ---- calendar: working days, and days in the business time zone -----------------

CREATE OR REPLACE FUNCTION pulse.is_working_day(day date, calendar text DEFAULT NULL) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_is_working_day';
COMMENT ON FUNCTION pulse.is_working_day(date, text) IS
'Whether a day is a working day of a calendar (NULL: that of the setting calendar). Errors: SP201 the calendar is not loaded for that year, SP202 unknown calendar, 22008 infinite date.';

CREATE OR REPLACE FUNCTION pulse.add_business_days(day date, days integer, calendar text DEFAULT NULL, roll text DEFAULT 'none') RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_business_days';
COMMENT ON FUNCTION pulse.add_business_days(date, integer, text, text) IS
'The n-th working day after a day, or with a negative number before it; with 0 the day itself. A roll mode (see roll_day) first moves a day that does not work. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22008 infinite date, 22023 unknown roll mode.';

CREATE OR REPLACE FUNCTION pulse.roll_day(day date, roll text DEFAULT 'following', calendar text DEFAULT NULL) RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_roll_day';
COMMENT ON FUNCTION pulse.roll_day(date, text, text) IS
'The day, when it is a working day, or else another by mode: following, preceding, modified_following (preceding where the following is in another month), modified_preceding, nearest (of two the following), none. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22008 infinite date, 22023 unknown mode.';

CREATE OR REPLACE FUNCTION pulse.business_days_between(since date, until date, calendar text DEFAULT NULL, pauses datemultirange DEFAULT NULL) RETURNS integer
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_business_days_between';
COMMENT ON FUNCTION pulse.business_days_between(date, date, text, datemultirange) IS
'Working days from since up to, but not including, until, without those in pauses; negative when until is the earlier one. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar, 22008 infinite date.';

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

-- at <@ period with a constant period is a range of instants to the planner
CREATE OR REPLACE FUNCTION pulse_internal.period_instant_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_instant_support';
REVOKE ALL ON FUNCTION pulse_internal.period_instant_support(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.period_contains_instant(pulse.period, timestamptz) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_instant_support AS 'MODULE_PATHNAME', 'period_contains_instant';

CREATE OR REPLACE FUNCTION pulse_internal.instant_within_period(timestamptz, pulse.period) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_instant_support AS 'MODULE_PATHNAME', 'instant_within_period';
