SET datestyle = 'ISO';
-- what comes with the extension
SELECT name, weekdays, every_year, years, meaning, shipped FROM pulse.calendars WHERE shipped ORDER BY name;
SELECT calendar, year, holidays, makeup_days, shipped FROM pulse.calendar_years WHERE shipped ORDER BY calendar, year;

-- China: working days as the State Council announced them
SELECT y AS year, pulse.business_days_between(make_date(y, 1, 1), make_date(y + 1, 1, 1), 'china') AS working,
	   (SELECT count(*) FROM generate_series(make_date(y, 1, 1), make_date(y, 12, 31), '1 day') AS d WHERE extract(isodow FROM d) < 6) AS weekdays
FROM generate_series(2022, 2026) AS y ORDER BY 1;
SELECT pulse.business_days_between('2022-01-01', '2027-01-01', 'china') AS five_years;
SELECT day::date, pulse.is_working_day(day::date, 'china') FROM unnest(ARRAY[
	'2022-01-03', '2022-01-30', '2022-10-09', '2022-12-31', '2023-01-03', '2023-06-25', '2024-02-09', '2024-02-18', '2024-10-12', '2025-01-26', '2025-01-27', '2025-01-28', '2025-02-04', '2025-02-05', '2025-02-08', '2025-10-06', '2025-10-11', '2025-10-12',
	'2026-01-02', '2026-01-04', '2026-02-14', '2026-02-28', '2026-03-01', '2026-09-20', '2026-12-31']::date[]) AS day ORDER BY 1;

-- the n-th working day after, before, and 0
SELECT pulse.add_business_days('2026-02-13', 1, 'china') AS saturday_works, pulse.add_business_days('2026-02-13', 2, 'china') AS after_the_festival,
	   pulse.add_business_days('2026-02-24', -1, 'china'), pulse.add_business_days('2026-02-16', 0, 'china') AS itself,
	   pulse.add_business_days('2026-02-16', 1, 'china') AS from_a_holiday;
SELECT pulse.business_days_between('2026-02-24', '2026-02-13', 'china') AS negative, pulse.business_days_between('2026-02-16', '2026-02-16', 'china') AS none;
-- days from 2026-02-13 on, one by one
SELECT count(*) FROM generate_series(date '2026-02-13', date '2026-12-31', '1 day') AS d
WHERE pulse.is_working_day(d::date, 'china')
	  AND pulse.add_business_days('2026-02-12', pulse.business_days_between('2026-02-13', d::date + 1, 'china'), 'china') <> d::date;

-- weekdays in any year, and the calendar of the setting
SELECT pulse.is_working_day('2026-02-16', 'weekdays'), pulse.is_working_day('2026-02-16'),
	   pulse.business_days_between('1900-01-01', '2100-01-01'), pulse.add_business_days('2026-03-06', 1000000), pulse.add_business_days('2026-03-07', -1);
SELECT count(*) FROM generate_series(date '1999-12-01', date '2000-02-01', '1 day') AS d
WHERE pulse.is_working_day(d::date) <> (extract(isodow FROM d) < 6);
SELECT pulse.is_working_day(NULL), pulse.add_business_days(NULL, 1), pulse.add_business_days('2026-01-01', NULL), pulse.business_days_between('2026-01-01', NULL);
SELECT pulse.set_setting('calendar', 'china');
SELECT pulse.is_working_day('2026-02-16');
SELECT pulse.set_setting('calendar', 'weekdays');

-- nonsense
SELECT pulse.is_working_day('2026-01-01', 'mars');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.is_working_day('2027-01-01', 'china');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.add_business_days('2026-12-31', 1, 'china');
SELECT pulse.add_business_days('2022-01-05', -2, 'china');
SELECT pulse.business_days_between('2021-12-31', '2025-06-01', 'china');
SELECT pulse.business_days_between('2025-06-01', '2028-06-01', 'china');
SELECT pulse.business_days_between('2025-06-01', 'infinity', 'china');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.business_days_between('-infinity', 'infinity');
SELECT pulse.business_days_between('-infinity', '-infinity');
SELECT pulse.is_working_day('infinity');
SELECT pulse.add_business_days('2026-01-01', 2147483647);
\echo :LAST_ERROR_SQLSTATE

-- loading a year is one INSERT; it is seen at once, and gone when rolled back
BEGIN;
INSERT INTO pulse.calendar_years (calendar, year, holidays, makeup_days)
VALUES ('china', 2027, '{[2027-01-01,2027-01-03],[2026-12-31,2026-12-31]}', '{2027-01-09}');
SELECT pulse.is_working_day('2027-01-01', 'china'), pulse.is_working_day('2027-01-09', 'china'), pulse.is_working_day('2026-12-31', 'china'),
	   pulse.business_days_between('2026-12-31', '2027-01-10', 'china');
SELECT years FROM pulse.calendars WHERE name = 'china';
ROLLBACK;
SELECT pulse.is_working_day('2026-12-31', 'china');
SELECT pulse.is_working_day('2027-01-01', 'china');
-- a row of one's own comes before the shipped one
BEGIN;
INSERT INTO pulse.calendar_years (calendar, year) VALUES ('china', 2026);
SELECT pulse.business_days_between('2026-01-01', '2027-01-01', 'china');
DELETE FROM pulse.calendar_years WHERE calendar = 'china' AND NOT shipped;
SELECT pulse.business_days_between('2026-01-01', '2027-01-01', 'china');
ROLLBACK;
-- a gap between loaded years is not counted over
BEGIN;
INSERT INTO pulse.calendar_years (calendar, year) VALUES ('china', 2028);
SELECT pulse.business_days_between('2028-01-01', '2029-01-01', 'china');
SELECT pulse.business_days_between('2026-01-01', '2028-02-01', 'china');
ROLLBACK;
INSERT INTO pulse.calendar_years (calendar, year, holidays) VALUES ('china', 2027, '{[2027-12-31,2028-01-01]}');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO pulse.calendar_years (calendar, year, makeup_days) VALUES ('china', 2027, '{2026-06-01}');
INSERT INTO pulse.calendar_years (calendar, year, makeup_days) VALUES ('china', 2027, '{NULL}');
INSERT INTO pulse.calendar_years (calendar, year) VALUES ('mars', 2027);
INSERT INTO pulse.calendar_years (calendar, year, holidays) VALUES ('china', 2027, '{(,2027-01-05]}');
UPDATE pulse.calendar_years SET holidays = '{}' WHERE calendar = 'china' AND year = 2026;
\echo :LAST_ERROR_SQLSTATE
DELETE FROM pulse.calendar_years WHERE calendar = 'china';

-- a calendar of one's own; who may make one
SELECT pulse.create_calendar('regress_shops', '{2,3,4,5,6}', true, 'Shops, closed on Sunday and Monday');
SELECT pulse.is_working_day('2026-03-07', 'regress_shops') AS saturday, pulse.is_working_day('2026-03-09', 'regress_shops') AS monday;
INSERT INTO pulse.calendar_years (calendar, year, holidays) VALUES ('regress_shops', 2026, '{[2026-03-07,2026-03-07]}');
SELECT pulse.is_working_day('2026-03-07', 'regress_shops'), pulse.is_working_day('2027-03-06', 'regress_shops');
SELECT pulse.create_calendar('regress_shops');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_calendar('regress_none', '{}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_calendar('regress_none', '{0,8}');
SELECT pulse.create_calendar(NULL);
SELECT pulse.create_calendar('regress_none', '{1,NULL}');
CREATE ROLE regress_calendar_user;
CREATE ROLE regress_calendar_admin IN ROLE pulse_admin;
SET ROLE regress_calendar_user;
SELECT pulse.is_working_day('2026-03-07', 'regress_shops'), (SELECT count(*) FROM pulse.calendars WHERE name LIKE 'regress%');
SELECT pulse.create_calendar('regress_mine');
INSERT INTO pulse.calendar_years (calendar, year) VALUES ('regress_shops', 2027);
SET ROLE regress_calendar_admin;
INSERT INTO pulse.calendar_years (calendar, year) VALUES ('regress_shops', 2027);
INSERT INTO pulse.calendar_years (calendar, year, shipped) VALUES ('regress_shops', 2027, true);
SELECT pulse.drop_calendar('regress_shops');
RESET ROLE;
SELECT pulse.is_working_day('2026-03-07', 'regress_shops');
SELECT pulse.drop_calendar('regress_shops');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_calendar('china');
\echo :LAST_ERROR_SQLSTATE
DROP ROLE regress_calendar_user, regress_calendar_admin;
SELECT count(*) FROM pulse.calendar_years;

-- a day that does not work moves, by the conventions of finance
SELECT d::date, to_char(d, 'Dy') AS weekday, m, pulse.roll_day(d::date, m, 'china') AS rolled
FROM unnest(ARRAY['2026-02-14', '2026-02-16', '2026-10-01', '2026-01-31', '2026-08-01', '2026-08-02']::date[]) AS d,
	 unnest('{none,following,preceding,modified_following,modified_preceding,nearest}'::text[]) AS m ORDER BY 1, 3;
SELECT pulse.add_business_days('2026-02-16', 0, 'china', 'following'), pulse.add_business_days('2026-02-16', 1, 'china', 'following'), pulse.add_business_days('2026-02-16', 1, 'china', 'preceding'),
	   pulse.add_business_days('2026-05-31', 0, roll => 'modified_following'), pulse.roll_day('2026-03-07'), pulse.roll_day(NULL), pulse.add_business_days('2026-05-31', 0, roll => NULL);
-- rolling against a search day by day
SELECT count(*), count(*) FILTER (WHERE pulse.roll_day(d::date, 'following', 'china') <> (SELECT min(w) FROM generate_series(d, d + interval '20 days', '1 day') AS w WHERE pulse.is_working_day(w::date, 'china'))) AS following,
	   count(*) FILTER (WHERE pulse.roll_day(d::date, 'preceding', 'china') <> (SELECT max(w) FROM generate_series(d - interval '20 days', d, '1 day') AS w WHERE pulse.is_working_day(w::date, 'china'))) AS preceding,
	   count(*) FILTER (WHERE date_trunc('month', pulse.roll_day(d::date, 'modified_following', 'china')) <> date_trunc('month', d)) AS month_left
FROM generate_series(date '2022-02-01', '2026-11-30', '1 day') AS d;
SELECT pulse.roll_day('2026-03-07', 'sideways');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.roll_day('2021-12-31', 'following', 'china');
SELECT pulse.roll_day('infinity');
-- pauses are not counted
SELECT pulse.business_days_between('2026-03-02', '2026-03-30', 'china') AS all_days, pulse.business_days_between('2026-03-02', '2026-03-30', 'china', '{[2026-03-05,2026-03-10],[2026-03-14,2026-03-17)}') AS without,
	   pulse.business_days_between('2026-03-30', '2026-03-02', 'china', '{[2026-03-05,2026-03-10],[2026-03-14,2026-03-17)}') AS backwards, pulse.business_days_between('2026-03-02', '2026-03-30', 'china', '{(,)}') AS never,
	   pulse.business_days_between('2026-03-02', '2026-03-30', 'china', '{[2026-03-16,)}') AS until_now, pulse.business_days_between('2026-03-02', '2026-03-30', pauses => '{(,2026-03-16)}') AS since_then, pulse.business_days_between('2026-03-02', '2026-03-30', 'china', '{}') AS none;
SELECT count(*) FROM (SELECT day::date AS since, (day + n * interval '1 day')::date AS until, datemultirange(daterange((day + interval '3 days')::date, (day + (n % 7) * interval '1 day' + interval '3 days')::date), daterange((day + interval '40 days')::date, NULL)) AS pauses
	FROM generate_series(date '2024-01-01', '2026-06-01', '13 days') AS day, generate_series(0, 90, 7) AS n) AS x
WHERE pulse.business_days_between(since, until, 'china', pauses) <> (SELECT count(*) FROM generate_series(since, until - 1, '1 day') AS d WHERE pulse.is_working_day(d::date, 'china') AND NOT d::date <@ pauses);

-- days in the business time zone, whatever the session's
SET timezone = 'America/Los_Angeles';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.day_start('2026-03-05') AT TIME ZONE 'UTC', pulse.day_of('2026-03-05 15:59:59.999999+00'), pulse.day_of('2026-03-05 16:00+00');
-- summer time: 23 and 25 hours
SELECT pulse.set_setting('timezone', 'America/New_York');
SELECT d::date, pulse.day_start(d::date + 1) - pulse.day_start(d::date) AS length
FROM unnest(ARRAY['2026-03-07', '2026-03-08', '2026-11-01', '2026-11-02']::date[]) AS d ORDER BY 1;
SELECT pulse_internal.add_wall_days('2026-03-07 02:30 America/New_York', 1) AT TIME ZONE 'America/New_York' AS jumped_over,
	   pulse_internal.add_wall_days('2026-03-07 12:00 America/New_York', 1) - '2026-03-07 12:00 America/New_York' AS short_day,
	   pulse_internal.add_wall_days('2026-10-31 12:00 America/New_York', 1) - '2026-10-31 12:00 America/New_York' AS long_day,
	   pulse_internal.add_wall_days('2026-10-31 01:30 America/New_York', 1) AT TIME ZONE 'UTC' AS comes_twice;
-- midnight jumped over, midnight twice, a day skipped, a change of minutes
SELECT pulse.set_setting('timezone', 'America/Sao_Paulo');
SELECT pulse.day_start('2018-11-04') AT TIME ZONE 'America/Sao_Paulo', pulse.day_of(pulse.day_start('2018-11-04')),
	   pulse.day_of(pulse.day_start('2018-11-04') - interval '1 microsecond'), pulse.day_start('2018-02-18') - pulse.day_start('2018-02-17') AS length;
SELECT pulse.set_setting('timezone', 'America/Havana');
SELECT pulse.day_start('2026-11-01') AT TIME ZONE 'UTC', pulse.day_start('2026-11-02') - pulse.day_start('2026-11-01') AS length;
SELECT pulse.set_setting('timezone', 'Pacific/Apia');
SELECT pulse.day_start('2011-12-29') AT TIME ZONE 'UTC', pulse.day_start('2011-12-30') AT TIME ZONE 'UTC', pulse.day_start('2011-12-31') AT TIME ZONE 'UTC';
-- every day of twenty years begins where the day before ends; but for the one that Apia skipped
CREATE FUNCTION calendar_day_breaks(zone text) RETURNS bigint LANGUAGE sql AS $$
	SELECT pulse.set_setting('timezone', zone);
	SELECT count(*) FROM generate_series(date '2005-01-01', date '2025-01-01', '1 day') AS d
	WHERE pulse.day_of(pulse.day_start(d::date)) <> d::date OR pulse.day_of(pulse.day_start(d::date) - interval '1 microsecond') <> d::date - 1;
$$;
SELECT zone, calendar_day_breaks(zone) FROM unnest(ARRAY['UTC', 'Asia/Shanghai', 'America/New_York', 'America/Sao_Paulo', 'America/Havana',
	'Asia/Beirut', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu', 'Africa/Cairo']) AS zone ORDER BY 1;
SELECT pulse.set_setting('timezone', 'UTC');
-- months end where they end
SELECT pulse_internal.add_wall_months('2026-01-31 10:00+00', n) AT TIME ZONE 'UTC' AS at FROM unnest(ARRAY[1, 2, 13, 25, -1, -2, -11, 0]) AS n;
SELECT count(*) FROM generate_series(timestamptz '2020-01-31 10:00+00', '2020-12-31 10:00+00', '1 day') AS t, generate_series(-50, 50) AS n
WHERE pulse_internal.add_wall_months(t, n) <> (t AT TIME ZONE 'UTC' + make_interval(months => n)) AT TIME ZONE 'UTC';
SELECT pulse.day_start('infinity'), pulse.day_of('-infinity'), pulse_internal.add_wall_days('infinity', 1), pulse_internal.add_wall_months('-infinity', 1);
SELECT pulse.day_start('300000-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse_internal.add_wall_days('2026-01-01 00:00+00', 9223372036854775807);
SELECT pulse_internal.add_wall_days('2026-01-01 00:00+00', -3000000);
SELECT pulse_internal.add_wall_months('2026-01-01 00:00+00', 9223372036854775807);
SELECT pulse_internal.add_wall_months('2026-01-01 00:00+00', -100000);
\echo :LAST_ERROR_SQLSTATE
DROP FUNCTION calendar_day_breaks(text);
