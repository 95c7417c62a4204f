-- ---- calendar: calendars and the years they are loaded for ---------------------

CREATE TABLE pulse_internal.calendar (
	name text PRIMARY KEY CHECK (name <> ''),
	weekdays int[] NOT NULL DEFAULT '{1,2,3,4,5}'
		CHECK (weekdays <@ '{1,2,3,4,5,6,7}' AND pg_catalog.cardinality(weekdays) > 0
			   AND pg_catalog.array_position(weekdays, NULL) IS NULL),
	every_year boolean NOT NULL DEFAULT false,
	meaning text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE pulse_internal.calendar IS
'Calendars: the working days of the week (1 Monday to 7 Sunday), and whether they hold in every year or only in those loaded.';

CREATE TABLE pulse_internal.calendar_year (
	calendar text NOT NULL REFERENCES pulse_internal.calendar ON DELETE CASCADE,
	year int NOT NULL CHECK (year BETWEEN 1 AND 9999),
	holidays datemultirange NOT NULL DEFAULT '{}',
	makeup_days date[] NOT NULL DEFAULT '{}',
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (calendar, year, shipped),
	-- the notice for a year may speak of the last days before it
	CONSTRAINT holidays_in_year CHECK (holidays <@
		pg_catalog.daterange(pg_catalog.make_date(year, 1, 1) - 31, pg_catalog.make_date(year, 12, 31), '[]')),
	CONSTRAINT makeup_days_in_year CHECK (
		pg_catalog.array_position(makeup_days, NULL) IS NULL
		AND pg_catalog.make_date(year, 1, 1) - 31 <= ALL (makeup_days)
		AND pg_catalog.make_date(year, 12, 31) >= ALL (makeup_days))
);
COMMENT ON TABLE pulse_internal.calendar_year IS
'Years a calendar is loaded for, with their holidays and make-up working days. A row of the user''s own comes before the shipped one.';

ALTER TABLE pulse_internal.calendar OWNER TO pulse_owner;
ALTER TABLE pulse_internal.calendar_year OWNER TO pulse_owner;

-- shipped rows come with the extension, the others with the dump
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.calendar', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.calendar_year', 'WHERE NOT shipped');

INSERT INTO pulse_internal.calendar (name, every_year, meaning, shipped) VALUES
	('weekdays', true, 'Monday to Friday, without holidays', true),
	('china', false, 'Public holidays of China and their make-up working days, as the State Council announces them', true);

INSERT INTO pulse_internal.calendar_year (calendar, year, holidays, makeup_days, shipped) VALUES
	('china', 2025,
	 '{[2025-01-01,2025-01-01],[2025-01-28,2025-02-04],[2025-04-04,2025-04-06],[2025-05-01,2025-05-05],[2025-05-31,2025-06-02],[2025-10-01,2025-10-08]}',
	 '{2025-01-26,2025-02-08,2025-04-27,2025-09-28,2025-10-11}', true),
	('china', 2026,
	 '{[2026-01-01,2026-01-03],[2026-02-15,2026-02-23],[2026-04-04,2026-04-06],[2026-05-01,2026-05-05],[2026-06-19,2026-06-21],[2026-09-25,2026-09-27],[2026-10-01,2026-10-07]}',
	 '{2026-01-04,2026-02-14,2026-02-28,2026-05-09,2026-09-20,2026-10-10}', true);
