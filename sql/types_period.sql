SET search_path = public, pulse;
SET datestyle = 'ISO';

-- text: canonical forms, and what else is read
SELECT p, grain(p), first_day(p), last_day(p), days(p), p::daterange
FROM unnest('{2026,2026Q1,2026-03,2026W05,2026W53,2026-03-05,2024-02,FY2026-04-01,FY2026-04-01Q4}'::period[]) AS x(p) ORDER BY x.p;
SELECT period '2026q1', period '2026-Q1', period ' 2026-w05 ', period 'fy2026-01-01q2' AS calendar_quarter, period 'FY2026-01-01' AS calendar_year;
SELECT ''::period;
\echo :LAST_ERROR_SQLSTATE
SELECT '26'::period;
SELECT '2026Q5'::period;
SELECT '2026-13'::period;
SELECT '2025W53'::period;
SELECT '2026-02-29'::period;
SELECT '2026-3'::period;
SELECT '0000'::period;
SELECT 'FY2026'::period;
SELECT 'FY2026-04-31'::period;
SELECT 'FY9999-04-01Q4'::period;
SELECT '2026-03-05 12:00'::period;
SELECT 'March 2026'::period;
SELECT '10000'::period;

-- ISO weeks at year ends: the server's own answer for 60 years
SELECT count(*), count(*) FILTER (WHERE period_of(d::date, 'week')::text <> to_char(d, 'IYYY"W"IW')) AS wrong_weeks,
	   count(*) FILTER (WHERE first_day(period_of(d::date, 'week')) <> date_trunc('week', d)::date) AS wrong_mondays
FROM generate_series(timestamp '1990-01-01', '2050-01-01', '1 day') AS d;
-- and of the other grains
SELECT g, count(*) FILTER (WHERE first_day(period_of(d::date, g)) <> date_trunc(g, d)::date) AS wrong_first,
	   count(*) FILTER (WHERE last_day(period_of(d::date, g)) + 1 <> (date_trunc(g, d) + CASE g WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || g)::interval END)::date) AS wrong_last,
	   count(*) FILTER (WHERE NOT period_of(d::date, g) @> d::date OR NOT d::date <@ period_of(d::date, g)) AS not_within
FROM generate_series(timestamp '2015-12-25', '2029-01-05', '1 day') AS d, unnest('{year,quarter,month,week,day}'::text[]) AS g GROUP BY g ORDER BY g;
-- fiscal periods against months counted from the start
SELECT count(*), count(*) FILTER (WHERE first_day(period_of(d::date, 'fiscal_year', '04-01')) <> (date_trunc('year', d - interval '3 months') + interval '3 months')::date) AS wrong_years,
	   count(*) FILTER (WHERE right(period_of(d::date, 'fiscal_quarter', '04-01')::text, 1)::int <> extract(quarter FROM d - interval '3 months')) AS wrong_quarters
FROM generate_series(timestamp '2015-12-25', '2029-01-05', '1 day') AS d WHERE extract(day FROM d) < 29;
SELECT period_of('2026-10-14', 'fiscal_year', '10-15'), period_of('2026-10-15', 'fiscal_year', '10-15'), period_of('2026-04-14', 'fiscal_quarter', '10-15'), period_of('2026-04-15', 'fiscal_quarter', '10-15');
SELECT fiscal_period_of('2026-03-31', 'fiscal_year'), fiscal_period_of('2026-03-31', 'fiscal_quarter'), fiscal_period_of('2026-03-31', 'month');
SELECT pulse.set_setting('fiscal_year_start', '04-01');
SELECT fiscal_period_of('2026-03-31', 'fiscal_year'), fiscal_period_of('2026-03-31', 'fiscal_quarter'), fiscal_period_of('2026-04-01', 'fiscal_quarter');
SELECT pulse.set_setting('fiscal_year_start', '01-01');

-- containment and overlap
SELECT period '2026Q1' @> period '2026-03', period '2026-03' <@ period '2026Q1', period '2026Q1' @> period '2026W01' AS begins_before, period '2026' && period '2026W01', period '2026' && period '2025W52',
	   period '2026' @> period '2026', period 'FY2026-04-01Q1' @> period '2026Q2', period '2026Q2' @> period 'FY2026-04-01Q1', period '2026' @> date 'infinity', period '2026' @> NULL::date;
SELECT count(*) FROM generate_series(date '2024-12-20', '2026-01-10', '1 day') AS d, unnest('{2025,2025Q1,2025-02,2025W01,2025W52,2025-12-31,FY2025-04-01Q3}'::period[]) AS p
WHERE (p @> d::date) <> (d::date >= first_day(p) AND d::date <= last_day(p)) OR (p @> d::date) <> (p::daterange @> d::date);

-- steps
SELECT next(period '2026Q4'), previous(period '2026-01'), next(period '2026W53'), shift(period '2024-02-28', 1), period '2026-01' + 14, period '2026' - 26, next(period 'FY2026-04-01Q4'), previous(period 'FY2026-04-01');
SELECT period '2027-03' - period '2026-01', period '2027W01' - period '2026W01', period '2026-03-05' - period '2026-03-01', period '2025' - period '2026', period 'FY2027-04-01Q1' - period 'FY2026-04-01Q1';
SELECT count(*) FROM unnest('{2026,2026Q3,2026-11,2026W30,2026-03-05,FY2026-04-01,FY2025-10-15Q2}'::period[]) AS p, generate_series(-200, 200) AS n
WHERE (p + n) - p <> n OR p + n - n <> p OR shift(p, n) <> p + n OR first_day(next(p + n)) <> last_day(p + n) + 1 OR (n > 0) <> (p + n > p);
SELECT next(period '9999');
\echo :LAST_ERROR_SQLSTATE
SELECT period '2026' + 2147483647;
SELECT period '2026' - (-2147483648);
SELECT period '2026' - period '2026Q1';
\echo :LAST_ERROR_SQLSTATE
SELECT period 'FY2026-04-01Q1' - period 'FY2026-07-01Q1';
SELECT period_of('2026-03-05', 'decade');
\echo :LAST_ERROR_SQLSTATE
SELECT period_of('2026-03-05', 'fiscal_quarter');
SELECT period_of('2026-03-05', 'fiscal_quarter', '31-12');
SELECT period_of('infinity', 'day');
\echo :LAST_ERROR_SQLSTATE
SELECT period_of('-infinity', 'day');
SELECT period_of('0001-01-01 BC', 'day');
SELECT period_of('10000-01-01', 'day');
SELECT period_of(NULL, 'day'), period_of('2026-03-05', NULL), next(NULL), NULL::period @> date '2026-01-01';

-- series
SELECT array_agg(p) FROM periods('2026-01-31', '2026-04-01', 'month') AS p;
SELECT array_agg(p) FROM periods('2025-12-29', '2026-01-06', 'week') AS p;
SELECT array_agg(p) FROM periods('2026', 'quarter') AS p;
SELECT array_agg(p) FROM periods('2026-02', 'week') AS p;
SELECT array_agg(p) FROM periods('2026-01-01', '2027-01-01', 'fiscal_quarter', '04-01') AS p;
SELECT count(*) FROM periods('2026-01-01', '2026-01-01', 'day');
SELECT count(*) FROM periods('2026-01-02', '2026-01-01', 'day');
SELECT count(*) FROM periods('0001', 'day');
SELECT array_agg(p) FROM periods('9999-11-01', '9999-12-31', 'month') AS p;
SELECT count(*) FROM periods('9999-12-31', 'infinity', 'day');
SELECT count(*) FROM periods('-infinity', '2026-01-01', 'day');
SELECT count(*) FROM periods('2026', 'fiscal_quarter');

-- order, hashing, indexes, joins
SELECT array_agg(p ORDER BY p) FROM unnest('{2026-01-01,2026-01,2026W01,2025,2026,2026Q1,2025-12-31,FY2026-01-02,2026W02}'::period[]) AS p;
SELECT max(first_day(p)), count(DISTINCT p) FROM unnest('{2026,2026,2026Q1,FY2026-01-01}'::period[]) AS p;
CREATE TABLE types_period_t AS SELECT p, row_number() OVER (ORDER BY p) AS n FROM (SELECT periods('2000', 'day') AS p UNION SELECT periods('2000-01-01', '2010-01-01', 'month') UNION SELECT periods('2000-01-01', '2010-01-01', 'quarter')) AS x;
CREATE INDEX ON types_period_t (p);
ANALYZE types_period_t;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT n FROM types_period_t WHERE p = '2005Q1';
SELECT count(*) FROM types_period_t WHERE p >= '2005' AND p < '2006';
RESET enable_seqscan;
SET enable_hashjoin = off;
SELECT count(*) FROM types_period_t AS a JOIN types_period_t AS b USING (p);
SET enable_hashjoin = on; SET enable_mergejoin = off; SET enable_nestloop = off;
SELECT count(*) FROM types_period_t AS a JOIN types_period_t AS b USING (p);
RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_nestloop;
-- binary form: there and back; nonsense is refused
COPY types_period_t (p) TO PROGRAM 'cat > types_period.bin' (FORMAT binary);
CREATE TABLE types_period_back (p period);
COPY types_period_back FROM PROGRAM 'cat types_period.bin; rm types_period.bin' (FORMAT binary);
SELECT count(*) FROM types_period_t JOIN types_period_back USING (p);
COPY types_period_back FROM PROGRAM 'printf ''PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\001\0\0\0\004\0\0\0\020\377\377''' (FORMAT binary);
\echo :LAST_ERROR_SQLSTATE
COPY types_period_back FROM PROGRAM 'printf ''PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\001\0\0\0\004\377\377\377\377\377\377''' (FORMAT binary);
COPY types_period_back FROM PROGRAM 'printf ''PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\001\0\0\0\004\0\0\0\017\377\377''' (FORMAT binary);
DROP TABLE types_period_t, types_period_back;

-- the planner sees a range of dates: index, partitions, estimate
CREATE TABLE types_period_sale (day date, total numeric) PARTITION BY RANGE (day);
CREATE TABLE types_period_sale_2025 PARTITION OF types_period_sale FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE types_period_sale_2026 PARTITION OF types_period_sale FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO types_period_sale SELECT d, 1 FROM generate_series(date '2025-01-01', '2026-12-31', '1 day') AS d;
INSERT INTO types_period_sale SELECT '2026-06-30', 1;
CREATE INDEX ON types_period_sale (day);
ANALYZE types_period_sale;
EXPLAIN (COSTS OFF) SELECT sum(total) FROM types_period_sale WHERE day <@ period '2026-03';
EXPLAIN (COSTS OFF) SELECT sum(total) FROM types_period_sale WHERE period '2025' @> day;
SELECT period_of(day, 'quarter') AS quarter, sum(total) FROM types_period_sale WHERE day <@ period '2026' GROUP BY 1 ORDER BY 1;
PREPARE types_period_q(period) AS SELECT count(*) FROM types_period_sale WHERE day <@ $1;
EXECUTE types_period_q('2026-02'); EXECUTE types_period_q('2025Q4'); EXECUTE types_period_q(NULL);
SET plan_cache_mode = force_generic_plan;
EXECUTE types_period_q('2026-02'); EXECUTE types_period_q(NULL);
RESET plan_cache_mode;
SELECT count(*) FROM types_period_sale WHERE day <@ NULL::period;
SELECT count(*) FROM types_period_sale WHERE (day + 0) <@ period '2026-03';
DROP TABLE types_period_sale;
DEALLOCATE types_period_q;

-- instants by the business time zone, timestamps by the wall; whatever the session's zone
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SET timezone = 'America/Los_Angeles';
CREATE TABLE types_period_visit (at timestamptz, wall timestamp);
INSERT INTO types_period_visit SELECT t, t AT TIME ZONE 'Asia/Shanghai' FROM generate_series(timestamptz '2025-12-20 00:00+00', '2026-04-10 00:00+00', '37 minutes') AS t;
CREATE INDEX ON types_period_visit (at);
CREATE INDEX ON types_period_visit (wall);
ANALYZE types_period_visit;
EXPLAIN (COSTS OFF) SELECT count(*) FROM types_period_visit WHERE at <@ period '2026-01-01';
EXPLAIN (COSTS OFF) SELECT count(*) FROM types_period_visit WHERE period '2026-01-01' @> wall;
SELECT p, (SELECT count(*) FROM types_period_visit WHERE at <@ p) AS instants, (SELECT count(*) FROM types_period_visit WHERE p @> at) AS turned, (SELECT count(*) FROM types_period_visit WHERE wall <@ p) AS walls,
	   (SELECT count(*) FROM types_period_visit WHERE pulse.day_of(at) <@ p) AS days, (SELECT count(*) FROM types_period_visit WHERE p @> wall::date) AS wall_days
FROM unnest('{2025,2026Q1,2026-01,2026W01,2026-04-01,FY2026-04-01}'::period[]) AS x(p) ORDER BY p;
SELECT (SELECT count(*) FROM types_period_visit WHERE at <@ period '2026Q1') AS constant, (SELECT count(*) FROM types_period_visit WHERE pulse.day_of(at) <@ period '2026Q1') AS by_day;
PREPARE types_period_q AS SELECT min(at) AT TIME ZONE 'UTC' AS first, max(at) AT TIME ZONE 'UTC' AS last FROM types_period_visit WHERE at <@ period '2026-01-01';
EXECUTE types_period_q;
SELECT pulse.set_setting('timezone', 'UTC');
EXECUTE types_period_q;
SELECT min(at) AT TIME ZONE 'UTC' AS first, max(at) AT TIME ZONE 'UTC' AS last FROM types_period_visit WHERE at >= '2026-01-01 00:00+00' AND at < '2026-01-02 00:00+00';
SELECT '2026-03-05' <@ period '2026Q1' AS a_day, timestamptz '2026-03-31 23:59:59.999999+00' <@ period '2026Q1' AS last, timestamptz '2026-04-01 00:00+00' <@ period '2026Q1' AS past, timestamp 'infinity' <@ period '2026', timestamptz '-infinity' <@ period '2026';
DROP TABLE types_period_visit;
DEALLOCATE types_period_q;
RESET timezone;
RESET datestyle;
RESET search_path;
