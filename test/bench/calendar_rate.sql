-- Calls per second of one backend, from the time beyond that of the bare scan.
SET search_path = public, pulse;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE FUNCTION pg_temp.milliseconds(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	best numeric;
	started timestamptz;
BEGIN
	FOR i IN 1 .. 5 LOOP
		started := clock_timestamp();
		EXECUTE query;
		best := least(best, extract(epoch FROM clock_timestamp() - started) * 1000);
	END LOOP;
	RETURN best;
END
$$;
SELECT format('%s: %s calls a second', call, to_char(round((SELECT count(*) FROM pair) * 1000 / (pg_temp.milliseconds(format('SELECT count(%s) FROM pair', call)) - base), -4), 'FM999,999,990'))
FROM (SELECT pg_temp.milliseconds('SELECT count(since) FROM pair') AS base OFFSET 0) AS b,
	 unnest(ARRAY['is_working_day(since_day, ''china'')', 'business_days_between(since_day, until_day, ''china'')', 'add_business_days(since_day, n, ''china'')',
				  'business_time_between(since, until, ''china'')', 'add_business_time(since, n * interval ''1 hour'', ''china'')']) AS call;
