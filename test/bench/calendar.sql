-- Calendar calls per row of a table, as ratios to a plain date subtraction; the
-- counting queries are what people write without a calendar, over a sample.
-- @setup
SET search_path = public, pulse;
SET timezone = 'UTC';
CREATE TEMP TABLE sample AS SELECT * FROM pair LIMIT 1000;
ANALYZE sample;
-- @check days between, as counted by a query
SELECT bool_and(business_days_between(since_day, until_day, 'china') = (SELECT count(*) FROM day WHERE day >= since_day AND day < until_day AND works)) FROM sample;
-- @check days added, as counted by a query
SELECT bool_and(n = 0 OR add_business_days(since_day, n, 'china') = (SELECT day FROM day WHERE day > since_day AND works ORDER BY day OFFSET greatest(n - 1, 0) LIMIT 1)) FROM sample;
-- @check working time, as summed by a query over windows
SELECT bool_and(business_time_between(since, until, 'china') = (SELECT sum(least(until, (day + w.closes) AT TIME ZONE 'Asia/Shanghai') - greatest(since, (day + w.opens) AT TIME ZONE 'Asia/Shanghai'))
	FROM day, (VALUES (time '09:00', time '12:00'), ('13:00', '18:00')) AS w(opens, closes)
	WHERE works AND day BETWEEN since_day - 1 AND until_day + 1 AND (day + w.opens) AT TIME ZONE 'Asia/Shanghai' < until AND (day + w.closes) AT TIME ZONE 'Asia/Shanghai' > since)) FROM sample;
-- @check adding time is the inverse
SELECT bool_and(business_time_between(since, add_business_time(since, n * interval '1 hour', 'china'), 'china') = n * interval '1 hour') FROM sample;
-- @bench date_subtraction
SELECT sum(until_day - since_day) FROM pair;
-- @bench is_working_day vs date_subtraction
SELECT count(*) FILTER (WHERE is_working_day(since_day, 'china')) FROM pair;
-- @bench business_days_between vs date_subtraction
SELECT sum(business_days_between(since_day, until_day, 'china')) FROM pair;
-- @bench add_business_days vs date_subtraction
SELECT max(add_business_days(since_day, n, 'china')) FROM pair;
-- @bench timestamp_subtraction
SELECT sum(until - since) FROM pair;
-- @bench business_time_between vs timestamp_subtraction
SELECT sum(business_time_between(since, until, 'china')) FROM pair;
-- @bench add_business_time vs timestamp_subtraction
SELECT max(add_business_time(since, n * interval '1 hour', 'china')) FROM pair;
-- @bench next_open vs timestamp_subtraction
SELECT max(next_open(since, 'china')) FROM pair;
-- @bench thousand_calls
SELECT sum(business_days_between(since_day, until_day, 'china')) FROM sample;
-- @bench thousand_counts_of_a_day_table vs thousand_calls
SELECT sum((SELECT count(*) FROM day WHERE day >= since_day AND day < until_day AND works)) FROM sample;
-- @bench thousand_counts_of_generate_series vs thousand_calls
SELECT sum((SELECT count(*) FROM generate_series(since_day, until_day - 1, '1 day') AS d WHERE extract(isodow FROM d) < 6)) FROM sample;
