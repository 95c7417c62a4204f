-- ---- calendar: calendars and the years they are loaded for ---------------------

CREATE TABLE pulse_internal.calendar (
	name text PRIMARY KEY CHECK (name <> ''),
	weekdays int[] NOT NULL DEFAULT '{1,2,3,4,5}'
		CHECK (weekdays <@ '{1,2,3,4,5,6,7}' AND pg_catalog.cardinality(weekdays) > 0
			   AND pg_catalog.array_position(weekdays, NULL) IS NULL),
	every_year boolean NOT NULL DEFAULT false,
	hours text[] NOT NULL DEFAULT '{09:00-12:00,13:00-18:00}'
		CHECK (pg_catalog.cardinality(hours) > 0 AND pg_catalog.array_position(hours, NULL) IS NULL),
	timezone text,
	meaning text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE pulse_internal.calendar IS
'Calendars: the working days of the week (1 Monday to 7 Sunday), whether they hold in every year or only in those loaded, the hours of a working day, and the time zone of these (NULL: the business time zone).';

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
	('china', 2022,
	 '{[2022-01-01,2022-01-03],[2022-01-31,2022-02-06],[2022-04-03,2022-04-05],[2022-04-30,2022-05-04],[2022-06-03,2022-06-05],[2022-09-10,2022-09-12],[2022-10-01,2022-10-07]}',
	 '{2022-01-29,2022-01-30,2022-04-02,2022-04-24,2022-05-07,2022-10-08,2022-10-09}', true),
	('china', 2023,
	 '{[2022-12-31,2023-01-02],[2023-01-21,2023-01-27],[2023-04-05,2023-04-05],[2023-04-29,2023-05-03],[2023-06-22,2023-06-24],[2023-09-29,2023-10-06]}',
	 '{2023-01-28,2023-01-29,2023-04-23,2023-05-06,2023-06-25,2023-10-07,2023-10-08}', true),
	('china', 2024,
	 '{[2024-01-01,2024-01-01],[2024-02-10,2024-02-17],[2024-04-04,2024-04-06],[2024-05-01,2024-05-05],[2024-06-10,2024-06-10],[2024-09-15,2024-09-17],[2024-10-01,2024-10-07]}',
	 '{2024-02-04,2024-02-18,2024-04-07,2024-04-28,2024-05-11,2024-09-14,2024-09-29,2024-10-12}', true),
	('china', 2025,
	 '{[2025-01-01,2025-01-01],[2025-01-28,2025-02-04],[2025-04-04,2025-04-06],[2025-05-01,2025-05-05],[2025-05-31,2025-06-02],[2025-10-01,2025-10-08]}',
	 '{2025-01-26,2025-02-08,2025-04-27,2025-09-28,2025-10-11}', true),
	('china', 2026,
	 '{[2026-01-01,2026-01-03],[2026-02-15,2026-02-23],[2026-04-04,2026-04-06],[2026-05-01,2026-05-05],[2026-06-19,2026-06-21],[2026-09-25,2026-09-27],[2026-10-01,2026-10-07]}',
	 '{2026-01-04,2026-02-14,2026-02-28,2026-05-09,2026-09-20,2026-10-10}', true);
