-- Pairs of instants within the years that the calendar "china" is loaded for.
-- Variable: rows.
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT setseed(0.42);
CREATE TABLE pair AS
SELECT since, until, since::date AS since_day, until::date AS until_day, n FROM (
	SELECT timestamptz '2022-01-05 00:00+08' + random() * interval '1000 days' AS since,
		   timestamptz '2024-10-05 00:00+08' + random() * interval '700 days' AS until, (random() * 250)::int AS n
	FROM generate_series(1, :rows)) AS drawn;
-- what people keep instead of a calendar: one row per day
CREATE TABLE day AS SELECT d::date AS day, pulse.is_working_day(d::date, 'china') AS works
FROM generate_series(date '2022-01-01', '2026-12-31', '1 day') AS d;
CREATE INDEX ON day (day);
VACUUM (ANALYZE, FREEZE) pair;
VACUUM (ANALYZE, FREEZE) day;
