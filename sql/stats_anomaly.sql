-- anomalies in the values of series over time
CREATE SCHEMA regress_anomaly;
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SET search_path = regress_anomaly, public, pulse;

-- twelve shops of a city, a hundred days; weekends are better, and a holiday (day 90) is worse for all
CREATE TABLE sale AS
SELECT shop, date '2026-01-05' + day AS day, 'north' AS city,
	   round((40 + 10 * shop) * CASE WHEN day % 7 >= 5 THEN 1.5 ELSE 1 END * CASE WHEN day = 90 THEN 0.5 ELSE 1 END
			 * CASE WHEN shop = 3 AND day IN (95, 96) THEN 0 WHEN shop = 5 AND day = 97 THEN 3
					WHEN shop = 7 AND day >= 94 THEN 0.7 ELSE 1 END
			 + (day * 7 + shop * 3) % 11 - 5)::int AS quantity
FROM generate_series(1, 12) AS shop, generate_series(0, 99) AS day;

-- the outage, the spike and the slow drop; not the holiday, not the weekends
SELECT series, started, ended, peak, actual, round(expected) AS expected, direction, steps, explanation
FROM pulse.anomalies('sale', 'quantity', 'day', 'shop', 'city', since => '2026-03-16', until => '2026-04-15')
ORDER BY started, series;
SELECT series, explanation
FROM pulse.anomalies('sale', 'quantity', 'day', 'shop', 'city', '2026-03-16', '2026-04-15', lang => 'zh')
ORDER BY started, series;
-- without the group, the holiday is everybody's
SELECT count(DISTINCT series) > 6 AS holiday_told
FROM pulse.anomalies('sale', 'quantity', 'day', 'shop', 'shop', '2026-03-16', '2026-04-15')
WHERE date '2026-04-05' BETWEEN started AND ended;

-- a day without rows is a day without sales
DELETE FROM sale WHERE shop = 3 AND day IN ('2026-04-10', '2026-04-11');
SELECT series, started, actual FROM pulse.anomalies('sale', 'quantity', 'day', 'shop', 'city', '2026-04-10', '2026-04-12');
-- several rows of a day are added up; other orders of the rows make no difference
CREATE VIEW half AS
	SELECT shop, city, day + time '10:00' AS at, quantity / 2 AS quantity FROM sale UNION ALL
	SELECT shop, city, day + time '23:59', quantity - quantity / 2 FROM sale ORDER BY 4;
SELECT * FROM pulse.anomalies('sale', 'quantity', 'day', 'shop', 'city', '2026-03-16', '2026-04-15')
EXCEPT ALL
SELECT * FROM pulse.anomalies('half', 'quantity', 'at', 'shop', 'city', '2026-03-16', '2026-04-15');

-- a longer report says what the daily ones said
SELECT series, score FROM pulse.anomalies('sale', 'quantity', 'day', 'shop', 'city', '2026-04-12', '2026-04-13')
EXCEPT ALL
SELECT series, score FROM unnest((
	SELECT pulse.anomaly_points(shop::text, day, quantity, '2026-03-16', NULL, '1 day', 'count', NULL) FROM sale)) AS point
WHERE point.at = '2026-04-12';

-- the aggregate: every step
SELECT point.series, point.at, point.actual, round(point.expected) AS expected, round(point.common::numeric, 2) AS common,
	   round(point.score::numeric, 1) AS score, point.direction, point.alarm
FROM unnest((SELECT pulse.anomaly_points(shop::text, day, quantity, '2026-04-10', '2026-04-13', '1 day', 'count', NULL) FROM sale)) AS point
WHERE point.series IN ('3', '4') ORDER BY 1, 2;
-- too little history, no rows at all
SELECT count(*), count(point.score) FROM unnest((
	SELECT pulse.anomaly_points('x', day, quantity, NULL, NULL, '1 day', 'count', NULL) FROM sale WHERE shop = 1 AND day < '2026-01-20')) AS point;
SELECT pulse.anomaly_points('x', day, quantity, NULL, NULL, '1 day', 'count', NULL) IS NULL AS none FROM sale WHERE false;

-- levels: averages, which may be negative; what is missing is not zero
CREATE TABLE reading AS
SELECT sensor, timestamptz '2026-03-01 00:00+08' + step * interval '5 minutes' AS at,
	   -4 + sin(step / 46.0) + ((step * 37) % 101) / 200.0 + CASE WHEN sensor = 'b' AND step BETWEEN 1500 AND 1503 THEN 9 ELSE 0 END AS degrees
FROM unnest(ARRAY['a', 'b']) AS sensor, generate_series(0, 1999) AS step WHERE step % 97 <> 5;
SELECT series, started, ended, steps, round(expected::numeric) AS expected, direction
FROM pulse.anomalies('reading', 'degrees', 'at', 'sensor', since => '2026-03-04', until => '2026-03-08',
					 step => '5 minutes', scale => 'level');
SELECT explanation
FROM pulse.anomalies('reading', 'degrees', 'at', 'sensor', since => '2026-03-04', until => '2026-03-08',
					 step => '5 minutes', scale => 'level');
SELECT count(*) FROM pulse.anomalies('reading', 'degrees', 'at', 'sensor', since => '2026-03-04', until => '2026-03-08',
									 step => '1 day', scale => 'level');

-- an amount, a condition, a name that must be quoted, the clock's yesterday
CREATE TABLE "Till" AS
SELECT day, shop AS "Shop", pulse.amount(quantity, 'CNY') AS total, false AS void FROM sale;
INSERT INTO "Till" SELECT date '2026-04-12', 4, pulse.amount(5000, 'CNY'), true;
SELECT pulse.set_clock('2026-04-13 09:00+08');
SELECT series, started, actual FROM pulse.anomalies('"Till"', 'total', 'day', 'Shop', threshold => 0.5, condition => 'NOT void') WHERE series IN ('4', '5') ORDER BY 1;
SELECT series, started, actual FROM pulse.anomalies('"Till"', 'total', 'day', 'Shop') WHERE series = '4';
SELECT pulse.set_clock(NULL);

-- what is wrong with a call
\set VERBOSITY default
SELECT pulse.anomalies(NULL, 'quantity', 'day');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'city', 'day');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantity', 'shop');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantiti', 'day');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantity', 'day', 'shop', step => '1 month');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantity', 'day', 'shop', step => '36 hours');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantity', 'day', 'shop', '2026-04-01', since => '2026-05-01', until => '2026-04-01');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantity', 'day', 'shop', scale => 'log', since => '2026-04-01', until => '2026-04-02');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantity', 'day', 'shop', threshold => 0, since => '2026-04-01', until => '2026-04-02');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantity', 'day', lang => 'fr');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('sale', 'quantity', 'day', condition => 'shop');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.anomalies('reading', '1', 'at', 'at', since => '2026-03-02', until => '2026-03-03', step => '1 microsecond');
\echo :LAST_ERROR_SQLSTATE

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA regress_anomaly CASCADE;
