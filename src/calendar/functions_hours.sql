-- ---- calendar: working time --------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.business_time_between(since timestamptz, until timestamptz, calendar text DEFAULT NULL,
		pauses tstzmultirange DEFAULT NULL) RETURNS interval
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_business_time_between';
COMMENT ON FUNCTION pulse.business_time_between(timestamptz, timestamptz, text, tstzmultirange) IS
'Working time that elapses from since to until, in hours, without that in pauses; negative when until is the earlier one. Right on days on which clocks change. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar, 22008 infinite, or not in the years 1900 to 2199.';

CREATE OR REPLACE FUNCTION pulse_internal.business_time_of(day date, calendar text) RETURNS interval
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_business_time_of';
COMMENT ON FUNCTION pulse_internal.business_time_of(date, text) IS
'Used by explain_calendar(): the working time of the windows that open on a day, to their end.';

CREATE OR REPLACE FUNCTION pulse.add_business_time(instant timestamptz, span interval, calendar text DEFAULT NULL,
		pauses tstzmultirange DEFAULT NULL) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_add_business_time';
COMMENT ON FUNCTION pulse.add_business_time(timestamptz, interval, text, tstzmultirange) IS
'The earliest instant so much working time after another, or with a negative span the latest so much before; pauses do not count, and one without end gives infinity. Eight hours from an opening end at the closing. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22023 the span has days or months, 22008 infinite, or not in the years 1900 to 2199.';

CREATE OR REPLACE FUNCTION pulse.is_open(instant timestamptz, calendar text DEFAULT NULL) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_is_open_at';
COMMENT ON FUNCTION pulse.is_open(timestamptz, text) IS
'Whether an instant is in working time; an opening is, a closing is not. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for that year, SP202 unknown calendar, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.next_open(instant timestamptz, calendar text DEFAULT NULL) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_next_open_at';
COMMENT ON FUNCTION pulse.next_open(timestamptz, text) IS
'The instant itself when it is in working time, else the next opening. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far, SP202 unknown calendar, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.previous_open(instant timestamptz, calendar text DEFAULT NULL) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_previous_open_at';
COMMENT ON FUNCTION pulse.previous_open(timestamptz, text) IS
'The instant itself when it is in working time, else the latest closing. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded so far back, SP202 unknown calendar, 22008 out of range.';
