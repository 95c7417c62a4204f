SET datestyle = 'ISO';
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');

-- eight hours a day, with lunch
SELECT hours, timezone FROM pulse.calendars WHERE name IN ('china', 'weekdays') ORDER BY name;
SELECT pulse.business_time_between('2026-03-05 09:00+08', '2026-03-05 18:00+08') AS day, pulse.business_time_between('2026-03-05 11:30+08', '2026-03-05 13:30+08') AS over_lunch,
	   pulse.business_time_between('2026-03-05 12:10+08', '2026-03-05 12:50+08') AS lunch, pulse.business_time_between('2026-03-06 17:00+08', '2026-03-09 10:00+08') AS weekend,
	   pulse.business_time_between('2026-03-09 10:00+08', '2026-03-06 17:00+08') AS backwards, pulse.business_time_between('2026-01-01 00:00+08', '2027-01-01 00:00+08', 'china') AS year;
-- Spring Festival: Saturday the 14th works, then nine days off
SELECT pulse.business_time_between('2026-02-13 17:00+08', '2026-02-24 10:00+08', 'china'), pulse.add_business_time('2026-02-13 17:00+08', '9 hours', 'china') AT TIME ZONE 'Asia/Shanghai' AS saturday_evening,
	   pulse.add_business_time('2026-02-13 17:00+08', '9 hours 1 second', 'china') AT TIME ZONE 'Asia/Shanghai' AS after_the_festival;
-- eight hours end at the closing; an instant outside counts from the opening
SELECT span, pulse.add_business_time('2026-03-05 09:00+08', span) AT TIME ZONE 'Asia/Shanghai' AS from_opening, pulse.add_business_time('2026-03-07 15:00+08', span) AT TIME ZONE 'Asia/Shanghai' AS from_saturday
FROM unnest('{0,1 microsecond,3 hours,3 hours 1 second,8 hours,8 hours 1 minute,40 hours,-1 second,-8 hours,-9 hours}'::interval[]) AS span ORDER BY span;
SELECT t, pulse.is_open(t), pulse.next_open(t) AT TIME ZONE 'Asia/Shanghai' AS next, pulse.previous_open(t) AT TIME ZONE 'Asia/Shanghai' AS previous
FROM unnest('{2026-03-06 08:59:59+08,2026-03-06 09:00+08,2026-03-06 12:00+08,2026-03-06 12:30+08,2026-03-06 18:00+08,2026-03-08 00:00+08,2026-03-09 09:00+08}'::timestamptz[]) AS t ORDER BY 1;
SELECT pulse.business_time_between(NULL, now()), pulse.add_business_time(now(), NULL), pulse.is_open(NULL), pulse.next_open(NULL), pulse.previous_open(NULL);

-- day by day
SELECT * FROM pulse.explain_calendar('2026-02-13', '2026-03-02', 'china');
SELECT reason, count(*), sum(hours) FROM pulse.explain_calendar('2022-01-01', '2027-01-01', 'china') GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM pulse.explain_calendar('2026-02-13', '2026-02-13', 'china');
SELECT count(*), bool_and(reason = CASE WHEN weekday < 6 THEN 'weekday' ELSE 'weekend' END) FROM pulse.explain_calendar('2026-01-01', '2026-02-01');
SELECT * FROM pulse.explain_calendar('2026-12-31', '2027-01-02', 'china');
SELECT * FROM pulse.explain_calendar('2026-12-31', '2027-01-02', 'mars');

-- hours by weekday, a zone of its own; a make-up day has the general hours
SELECT pulse.create_calendar('regress_office', '{1,2,3,4,5}', true, 'Berlin', '{5 09:00-15:00,08:30-12:00,13:00-17:00}', 'Europe/Berlin');
INSERT INTO pulse.calendar_years (calendar, year, holidays, makeup_days) VALUES ('regress_office', 2026, '{[2026-04-03,2026-04-06]}', '{2026-04-11}');
SELECT pulse.business_time_between('2026-03-05 00:00 Europe/Berlin', '2026-03-06 00:00 Europe/Berlin', 'regress_office') AS thursday, pulse.business_time_between('2026-03-06 00:00 Europe/Berlin', '2026-03-07 00:00 Europe/Berlin', 'regress_office') AS friday,
	   pulse.business_time_between('2026-04-03 00:00 Europe/Berlin', '2026-04-07 00:00 Europe/Berlin', 'regress_office') AS easter, pulse.business_time_between('2026-04-11 00:00 Europe/Berlin', '2026-04-12 00:00 Europe/Berlin', 'regress_office') AS make_up;
-- open round the clock: days of 23 and 25 hours
SELECT pulse.create_calendar('regress_round', '{1,2,3,4,5,6,7}', true, hours => '{00:00-24:00}', timezone => 'America/New_York');
SELECT pulse.business_time_between('2026-03-08 00:00 America/New_York', '2026-03-09 00:00 America/New_York', 'regress_round') AS short_day, pulse.business_time_between('2026-11-01 00:00 America/New_York', '2026-11-02 00:00 America/New_York', 'regress_round') AS long_day,
	   pulse.business_time_between('2026-01-01 00:00 America/New_York', '2027-01-01 00:00 America/New_York', 'regress_round') AS year, pulse.add_business_time('2026-03-07 12:00 America/New_York', '24 hours', 'regress_round') AT TIME ZONE 'America/New_York' AS day_later;
-- round the clock working time is elapsed time, over centuries
SELECT count(*) FROM generate_series(timestamptz '1900-01-02 00:00+00', '2199-12-30 00:00+00', '997 hours') AS t WHERE pulse.business_time_between('1950-01-01 00:00+00', t, 'regress_round') <> t - timestamptz '1950-01-01 00:00+00' AND justify_hours(t - timestamptz '1950-01-01 00:00+00') <> justify_hours(pulse.business_time_between('1950-01-01 00:00+00', t, 'regress_round'));
SELECT pulse.alter_calendar('regress_round', timezone => 'Pacific/Apia');
SELECT pulse.business_time_between('2011-12-29 10:00+00', '2011-12-31 10:00+00', 'regress_round') AS a_day_skipped;
SELECT pulse.alter_calendar('regress_round', timezone => '', hours => '{00:00-06:00,22:00-24:00}');
SELECT timezone, hours FROM pulse.calendars WHERE name = 'regress_round';
SELECT pulse.business_time_between('2026-03-05 20:00+08', '2026-03-06 08:00+08', 'regress_round') AS night;

-- minute by minute: a minute is open when the wall shows working hours of a working day
CREATE FUNCTION calendar_minutes(calendar text, zone text, weekdays int[], general text[], since timestamptz, until timestamptz)
	RETURNS TABLE (t timestamptz, open boolean, before bigint) LANGUAGE sql STABLE AS $$
	SELECT m, o, count(*) FILTER (WHERE o) OVER (ORDER BY m) - o::int
	FROM (SELECT m, EXISTS (
			SELECT FROM unnest(general) AS w, split_part(w, '-', 1) AS opens, split_part(w, '-', 2) AS closes
			WHERE pulse.is_working_day(wall::date, calendar) AND wall::time >= opens::time AND (closes = '24:00' OR closes < opens OR wall::time < closes::time)
			   OR pulse.is_working_day(wall::date - 1, calendar) AND closes < opens AND wall::time < closes::time) AS o
		  FROM (SELECT m, m AT TIME ZONE zone AS wall FROM generate_series(since, until, '1 minute') AS m) AS x) AS y
$$;
CREATE TABLE calendar_minute (calendar text, t timestamptz, open boolean, before bigint);
SELECT pulse.create_calendar('regress_m' || i, weekdays::int[], true, NULL, hours::text[], zone)
FROM (VALUES (1, '{1,2,3,4,5}', '{09:00-12:00,13:00-18:00}', 'Asia/Shanghai'), (2, '{1,2,3,4,5,6,7}', '{00:00-24:00}', 'Europe/Berlin'),
	(3, '{7,1,2}', '{00:00-03:00,23:00-24:00}', 'America/New_York'), (4, '{6,7}', '{06:30-07:45,11:15-14:20,20:00-23:59}', 'Australia/Lord_Howe'),
	(5, '{1,2,3,4,5}', '{22:00-06:00}', 'Asia/Shanghai'), (6, '{6,7,1}', '{09:00-12:00,20:00-03:30}', 'America/New_York'), (7, '{1,2,3,4,5,6,7}', '{23:00-05:00}', 'Europe/Berlin')) AS c(i, weekdays, hours, zone);
INSERT INTO pulse.calendar_years (calendar, year, holidays, makeup_days) SELECT 'regress_m' || i, 2026, '{[2026-03-10,2026-03-12],[2026-04-04,2026-04-04]}', '{2026-03-14,2026-03-18}' FROM generate_series(1, 7) AS i;
INSERT INTO calendar_minute SELECT c.name, m.* FROM pulse.calendars AS c, calendar_minutes(c.name, c.timezone, c.weekdays, c.hours, '2026-03-01 00:00+00', '2026-04-08 00:00+00') AS m WHERE c.name LIKE 'regress_m_';
INSERT INTO calendar_minute SELECT c.name, m.* FROM pulse.calendars AS c, calendar_minutes(c.name, c.timezone, c.weekdays, c.hours, '2026-10-20 00:00+00', '2026-11-05 00:00+00') AS m WHERE c.name IN ('regress_m2', 'regress_m7');
CREATE INDEX ON calendar_minute (calendar, before, t);
CREATE INDEX ON calendar_minute (calendar, t);
ANALYZE calendar_minute;
SELECT calendar, count(*), count(*) FILTER (WHERE open) AS open, count(*) FILTER (WHERE open <> pulse.is_open(t, calendar)) AS wrong_open,
	   count(*) FILTER (WHERE before * interval '1 minute' <> pulse.business_time_between(CASE WHEN t < '2026-06-01' THEN '2026-03-01 00:00+00' ELSE '2026-10-20 00:00+00' END::timestamptz, t, calendar)) AS wrong_between
FROM calendar_minute GROUP BY 1 ORDER BY 1;
-- adding: the earliest minute with so many before it; back again: the latest
SELECT calendar, count(*), count(*) FILTER (WHERE earliest <> pulse.add_business_time('2026-03-01 00:00+00', before * interval '1 minute', calendar)) AS wrong_forward,
	   count(*) FILTER (WHERE latest <> pulse.add_business_time('2026-04-07 00:00+00', (before - last) * interval '1 minute', calendar)) AS wrong_backward
FROM (SELECT calendar, before, min(t) AS earliest, max(t) AS latest, last
	  FROM calendar_minute AS a JOIN (SELECT b.calendar, b.before AS last FROM calendar_minute AS b WHERE b.t = '2026-04-07 00:00+00') AS l USING (calendar)
	  WHERE t < '2026-06-01' GROUP BY calendar, before, last) AS x WHERE before BETWEEN 1 AND last - 1 GROUP BY 1 ORDER BY 1;
SELECT calendar, count(*), count(*) FILTER (WHERE pulse.next_open(a.t, calendar) <> (SELECT min(b.t) FROM calendar_minute AS b WHERE b.calendar = a.calendar AND b.before = a.before AND b.t >= a.t AND b.open)) AS wrong_next
FROM calendar_minute AS a WHERE t BETWEEN '2026-03-06' AND '2026-03-20' AND extract(minute FROM t) IN (0, 1, 29, 30, 44, 45, 59) GROUP BY 1 ORDER BY 1;
-- the same in any session's zone and with the whole range as pieces
SET timezone = 'America/Los_Angeles';
SELECT count(*) FROM calendar_minute AS a WHERE t < '2026-03-02 00:00+00' AND open <> pulse.is_open(t, calendar);
SET timezone = 'UTC';
SELECT count(*) FROM generate_series(timestamptz '2022-01-03 00:00+00', '2026-12-01 00:00+00', '173 hours') AS a, unnest('{1 hour,1013 hours,2026 hours,4000 hours}'::interval[]) AS d
WHERE pulse.business_time_between('2022-01-02 00:00+00', a, 'china') + pulse.business_time_between(a, least(a + d, '2026-12-31 15:00+00'), 'china') <> pulse.business_time_between('2022-01-02 00:00+00', least(a + d, '2026-12-31 15:00+00'), 'china');

-- a night runs on past midnight: it is of the day on which it opens, whatever the next day is
SELECT pulse.create_calendar('regress_night', hours => '{22:00-06:00}', timezone => 'Asia/Shanghai');
INSERT INTO pulse.calendar_years (calendar, year, holidays, makeup_days) SELECT 'regress_night', year, holidays, makeup_days FROM pulse.calendar_years WHERE calendar = 'china';
SELECT t, pulse.is_open(t, 'regress_night') AS open, pulse.next_open(t, 'regress_night') AT TIME ZONE 'Asia/Shanghai' AS next, pulse.previous_open(t, 'regress_night') AT TIME ZONE 'Asia/Shanghai' AS previous
FROM unnest('{2026-09-30 21:59+08,2026-09-30 22:00+08,2026-10-01 05:59+08,2026-10-01 06:00+08,2026-10-01 22:00+08,2026-10-08 02:00+08,2026-10-08 22:30+08,2026-10-10 23:00+08,2026-10-11 03:00+08,2026-10-12 03:00+08}'::timestamptz[]) AS t ORDER BY t;
SELECT span, pulse.add_business_time('2026-09-30 23:00+08', span, 'regress_night') AT TIME ZONE 'Asia/Shanghai' AS later FROM unnest('{0,1 hour,7 hours,7 hours 1 second,16 hours,-1 hour,-2 hours,-9 hours,-10 hours}'::interval[]) AS span ORDER BY 1;
SELECT pulse.business_time_between('2026-09-28 12:00+08', '2026-10-12 12:00+08', 'regress_night') AS nights, pulse.business_time_between('2026-10-01 03:00+08', '2026-10-08 23:00+08', 'regress_night') AS end_and_start,
	   pulse.business_time_between('2026-09-30 20:00+08', '2026-10-01 08:00+08', 'regress_night', '{[2026-09-30 23:30+08,2026-10-01 00:30+08)}') AS with_a_pause;
SELECT day, works, hours FROM pulse.explain_calendar('2026-09-30', '2026-10-02', 'regress_night');
-- the last night of the loaded years is known to its end; the night before the first is not
SELECT pulse.business_time_between('2026-12-31 12:00+08', '2027-01-01 06:00+08', 'regress_night') AS last_night, pulse.is_open('2027-01-01 05:00+08', 'regress_night') AS open,
	   pulse.add_business_time('2026-12-31 22:00+08', '8 hours', 'regress_night') AT TIME ZONE 'Asia/Shanghai' AS its_end, pulse.next_open('2022-01-01 06:00+08', 'regress_night') AT TIME ZONE 'Asia/Shanghai' AS first_night;
SELECT pulse.is_open('2027-01-01 06:00+08', 'regress_night');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.is_open('2022-01-01 05:59+08', 'regress_night');
SELECT pulse.next_open('2027-01-01 05:00+08', 'regress_night') = '2027-01-01 05:00+08' AS now, pulse.previous_open('2027-01-01 05:00+08', 'regress_night') = '2027-01-01 05:00+08' AS now_too;
SELECT pulse.add_business_time('2026-12-31 22:00+08', '8 hours 1 second', 'regress_night');
-- nights on which clocks change are of 7 and 9 hours
SELECT pulse.create_calendar('regress_night_berlin', '{1,2,3,4,5,6,7}', true, hours => '{22:00-06:00}', timezone => 'Europe/Berlin');
SELECT pulse.business_time_between('2026-03-28 12:00+01', '2026-03-29 12:00+02', 'regress_night_berlin') AS spring, pulse.business_time_between('2026-10-24 12:00+02', '2026-10-25 12:00+01', 'regress_night_berlin') AS autumn,
	   pulse.add_business_time('2026-10-24 22:00+02', '9 hours', 'regress_night_berlin') = '2026-10-25 06:00+01' AS its_end;
-- the hours of a day are those that open on it: each night once, so that they add up to what elapses
SELECT day, hours FROM pulse.explain_calendar('2026-03-27', '2026-03-30', 'regress_night_berlin');
SELECT sum(hours) = pulse.business_time_between('2026-01-01 12:00+01', '2027-01-01 12:00+01', 'regress_night_berlin') AS of_a_year FROM pulse.explain_calendar('2026-01-01', '2027-01-01', 'regress_night_berlin');
SELECT day, hours FROM pulse.explain_calendar('2026-12-31', '2027-01-01', 'regress_night');
SELECT * FROM pulse.explain_calendar('2026-12-31', '2027-01-02', 'regress_night');
-- it may end where the next day opens, not later; a make-up day is a next day, too
SELECT pulse.create_calendar('regress_night_2', hours => '{22:00-06:00,06:00-14:00}', timezone => 'Asia/Shanghai');
SELECT pulse.alter_calendar('regress_night_2', hours => '{22:00-06:00,05:00-14:00}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_calendar('regress_night_2', hours => '{5 22:00-06:00,05:00-14:00}');
SELECT pulse.alter_calendar('regress_night_2', hours => '{22:00-22:00}');
SELECT pulse.alter_calendar('regress_night_2', hours => '{22:00-06:00,23:00-24:00}');
SELECT hours FROM pulse.calendars WHERE name = 'regress_night_2';
SELECT count(pulse.drop_calendar(name)) FROM pulse.calendars WHERE name LIKE 'regress_night%';

-- pauses
SELECT pulse.business_time_between('2026-03-05 09:00+08', '2026-03-06 18:00+08', pauses => '{[2026-03-05 11:00+08,2026-03-05 14:00+08),[2026-03-06 17:00+08,)}') AS less,
	   pulse.business_time_between('2026-03-06 18:00+08', '2026-03-05 09:00+08', pauses => '{[2026-03-05 11:00+08,2026-03-05 14:00+08),[2026-03-06 17:00+08,)}') AS backwards,
	   pulse.business_time_between('2026-03-05 09:00+08', '2026-03-06 18:00+08', pauses => '{(,)}') AS none, pulse.business_time_between('2026-03-05 09:00+08', '2026-03-06 18:00+08', pauses => '{}') AS whole;
SELECT span, pulse.add_business_time('2026-03-05 09:00+08', span, pauses => '{[2026-03-05 11:00+08,2026-03-05 14:00+08),[2026-03-06 10:00+08,2026-03-09 12:00+08)}') AT TIME ZONE 'Asia/Shanghai' AS later
FROM unnest('{1 hour,2 hours,2 hours 1 minute,6 hours,7 hours,7 hours 1 minute,12 hours}'::interval[]) AS span ORDER BY 1;
SELECT span, pulse.add_business_time('2026-03-09 18:00+08', -span, pauses => '{[2026-03-05 11:00+08,2026-03-05 14:00+08),[2026-03-06 10:00+08,2026-03-09 12:00+08)}') AT TIME ZONE 'Asia/Shanghai' AS earlier
FROM unnest('{1 hour,5 hours,5 hours 1 minute,6 hours,6 hours 1 minute,10 hours,11 hours}'::interval[]) AS span ORDER BY 1;
SELECT pulse.add_business_time('2026-03-05 09:00+08', '2 hours', pauses => '{[2026-03-05 10:00+08,)}') AS open_end, pulse.add_business_time('2026-03-05 09:00+08', '1 hour', pauses => '{[2026-03-05 10:00+08,)}') AT TIME ZONE 'Asia/Shanghai' AS just_in_time,
	   pulse.add_business_time('2026-03-05 18:00+08', '-9 hours', pauses => '{(,2026-03-05 10:00+08)}') AS open_start;
SELECT pulse.add_business_time('2026-12-31 17:00+08', '2 hours', 'china', '{[2026-12-31 17:30+08,)}') AS never, pulse.add_business_time('2026-12-31 16:00+08', '2 hours', 'china', '{[2027-05-01,)}') AT TIME ZONE 'Asia/Shanghai' AS before_the_unknown,
	   pulse.add_business_time('2022-01-04 10:00+08', '-1 hour', 'china', '{(,2020-01-01)}') AT TIME ZONE 'Asia/Shanghai' AS after_the_unknown;
SELECT pulse.add_business_time('2026-12-31 16:00+08', '3 hours', 'china', '{[2027-05-01,)}');
-- with pauses too, adding is the inverse of counting
SELECT count(*) FROM generate_series(timestamptz '2026-03-01 00:00+00', '2026-03-20 00:00+00', '7 hours 13 minutes') AS t, generate_series(1, 100, 7) AS n,
	LATERAL (SELECT tstzmultirange(tstzrange(t + interval '1 hour', t + n * interval '37 minutes' + interval '1 hour'), tstzrange(t + interval '70 hours', t + interval '90 hours'))) AS p(pauses)
WHERE pulse.business_time_between(t, pulse.add_business_time(t, n * interval '1 hour 7 minutes', 'china', pauses), 'china', pauses) <> n * interval '1 hour 7 minutes'
   OR pulse.business_time_between(t, pulse.add_business_time(t, -n * interval '1 hour 7 minutes', 'weekdays', pauses), 'weekdays', pauses) <> -n * interval '1 hour 7 minutes';

-- nonsense
SELECT pulse.add_business_time('2026-03-05 09:00+08', '1 day');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.add_business_time('2026-03-05 09:00+08', '1 month');
SELECT pulse.add_business_time('infinity', '1 hour');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.business_time_between('-infinity', '2026-03-05');
SELECT pulse.is_open('1850-01-01');
SELECT pulse.next_open('2300-01-01');
SELECT pulse.add_business_time('2199-12-01', '10000 hours');
SELECT pulse.add_business_time('1900-01-05', '-10000 hours');
SELECT pulse.add_business_time('2026-01-01', '2562047788 hours');
SELECT pulse.business_time_between('2021-12-31 09:00+08', '2022-03-01', 'china');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.business_time_between('2026-12-31 09:00+08', '2027-01-01 00:00+08', 'china') AS up_to_the_end;
SELECT pulse.business_time_between('2026-12-31 09:00+08', '2027-01-01 00:00:01+08', 'china');
SELECT pulse.add_business_time('2026-12-31 17:00+08', '1 hour', 'china') AT TIME ZONE 'Asia/Shanghai';
SELECT pulse.add_business_time('2026-12-31 17:00+08', '2 hours', 'china');
SELECT pulse.add_business_time('2022-01-04 10:00+08', '-2 hours', 'china');
SELECT pulse.next_open('2026-12-31 18:00+08', 'china');
SELECT pulse.previous_open('2022-01-04 08:00+08', 'china');
SELECT pulse.is_open('2026-03-05', 'mars');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_calendar('regress_bad', hours => '{}');
SELECT pulse.create_calendar('regress_bad', hours => '{NULL}');
SELECT pulse.create_calendar('regress_bad', hours => '{09:00}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_calendar('regress_bad', hours => '{9:00-12:00}');
SELECT pulse.create_calendar('regress_bad', hours => '{24:00-09:00}');
SELECT pulse.create_calendar('regress_bad', hours => '{09:00-13:00,12:00-18:00}');
SELECT pulse.create_calendar('regress_bad', hours => '{0 09:00-13:00}');
SELECT pulse.create_calendar('regress_bad', hours => '{1-4 09:00-13:00}');
SELECT pulse.create_calendar('regress_bad', timezone => 'Europe/Atlantis');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_calendar('regress_office', hours => '{25:00-26:00}');
SELECT pulse.alter_calendar('regress_office', weekdays => '{9}');
SELECT pulse.alter_calendar('regress_office', timezone => 'nowhere');
SELECT pulse.alter_calendar('mars');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_calendar('china', hours => '{10:00-19:00}');
\echo :LAST_ERROR_SQLSTATE
SELECT hours, timezone, weekdays FROM pulse.calendars WHERE name = 'regress_office';
-- a change of calendar or zone is seen at once, and gone when rolled back
BEGIN;
SELECT pulse.alter_calendar('regress_office', hours => '{10:00-11:00}', weekdays => '{1,2,3,4}');
SELECT pulse.business_time_between('2026-03-02 00:00+01', '2026-03-09 00:00+01', 'regress_office');
ROLLBACK;
SELECT pulse.business_time_between('2026-03-02 00:00+01', '2026-03-09 00:00+01', 'regress_office');
SELECT pulse.is_open('2026-03-05 10:30+00') AS evening_in_shanghai;
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.is_open('2026-03-05 10:30+00') AS morning_in_utc;
SELECT pulse.drop_calendar(name) FROM pulse.calendars WHERE name LIKE 'regress%' ORDER BY name;
DROP TABLE calendar_minute;
DROP FUNCTION calendar_minutes;
