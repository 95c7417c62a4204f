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
