-- ---- calendar: what is there -----------------------------------------------------

CREATE OR REPLACE VIEW pulse.calendar_years WITH (security_invoker = true) AS
	SELECT y.calendar, y.year, y.holidays, y.makeup_days, y.shipped
	FROM pulse_internal.calendar_year AS y;
COMMENT ON VIEW pulse.calendar_years IS
'Years a calendar is loaded for: holidays as ranges of dates, make-up working days as dates. INSERT a row to load a year; a row of your own comes before the shipped one of the same year.';

CREATE OR REPLACE VIEW pulse.calendars WITH (security_invoker = true) AS
	SELECT c.name, c.weekdays, c.every_year,
		   (SELECT pg_catalog.array_agg(DISTINCT y.year ORDER BY y.year)
			FROM pulse_internal.calendar_year AS y WHERE y.calendar = c.name) AS years,
		   c.meaning, c.shipped, c.hours, c.timezone
	FROM pulse_internal.calendar AS c;
COMMENT ON VIEW pulse.calendars IS
'Calendars: working days of the week (1 Monday to 7 Sunday), whether they hold in every year, the years loaded with holidays; the hours of a working day and the time zone of these (NULL: the business time zone).';

GRANT SELECT ON pulse_internal.calendar, pulse_internal.calendar_year, pulse.calendars, pulse.calendar_years TO PUBLIC;
GRANT INSERT (calendar, year, holidays, makeup_days), UPDATE (calendar, year, holidays, makeup_days), DELETE
	ON pulse_internal.calendar_year, pulse.calendar_years TO pulse_admin;

CREATE OR REPLACE FUNCTION pulse.explain_calendar(since date, until date, calendar text DEFAULT NULL,
		OUT day date, OUT weekday integer, OUT works boolean, OUT reason text, OUT hours interval) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.day, extract(isodow FROM d.day)::integer, d.works,
		   CASE WHEN d.works AND d.regular THEN 'weekday' WHEN d.works THEN 'makeup_day' WHEN d.regular THEN 'holiday' ELSE 'weekend' END,
		   pulse_internal.business_time_of(d.day, d.name)
	FROM (SELECT g::date AS day, c.name,
				 extract(isodow FROM g)::integer = ANY (c.weekdays) AS regular, pulse.is_working_day(g::date, c.name) AS works
		  FROM (SELECT coalesce(explain_calendar.calendar, pulse.setting('calendar')) AS name) AS wanted
			   LEFT JOIN pulse_internal.calendar AS c ON c.name = wanted.name,
			   pg_catalog.generate_series(explain_calendar.since::timestamp, (explain_calendar.until - 1)::timestamp, interval '1 day') AS g
		  -- a name that is nobody's is refused, not passed over
		  WHERE c.name IS NOT NULL OR pulse.is_working_day(g::date, wanted.name)) AS d
	ORDER BY d.day;
END;
COMMENT ON FUNCTION pulse.explain_calendar(date, date, text) IS
'Each day from since up to, but not including, until, as a calendar sees it: weekday (1 Monday to 7 Sunday), whether it works, why (weekday, makeup_day, holiday, weekend), its working time: that of the windows which open on it, a night to its end on the next. Calendar NULL: that of the setting. Errors: SP201 the calendar is not loaded for a year between, SP202 unknown calendar.';
