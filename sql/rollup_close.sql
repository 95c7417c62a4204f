-- who is to report, who has; closing and reopening; dated assignments
CREATE SCHEMA regress_close;
SET search_path = regress_close, public, pulse;
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-04 10:00+08');
CREATE TABLE store (id int PRIMARY KEY, opened date, closed date);
INSERT INTO store VALUES (1, NULL, NULL), (2, '2026-03-02', NULL), (3, '2020-01-01', '2026-03-03');
CREATE TABLE sale (day date, store int, quantity int, total pulse.amount);
INSERT INTO sale VALUES ('2026-03-01', 1, 5, 'CNY 5'), ('2026-03-02', 1, 5, 'CNY 5'), ('2026-03-02', 2, 5, 'CNY 1'), ('2026-03-02', 3, 5, 'CNY 2'),
	('2026-03-03', 1, 5, 'CNY 5');
SELECT pulse.create_rollup('regress_close', 'sale', 'day', 'day', '{store}', '{count,sum(quantity),sum(total)}', rollup_schema => 'regress_close');
SELECT pulse.report_status('regress_close');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.expect_members('regress_close', 'store', 'store', 'id', 'opened', 'closed', close_at => '06:00');

-- store 2 opened on the 2nd, store 3 closed on the 3rd; the 1st lacks store 3, the 3rd store 2
SELECT period, status, expected, reported, missing, state, closed_at IS NULL AS never
FROM pulse.report_status('regress_close', '2026-03-01', '2026-03-05');
SELECT * FROM pulse.rollup_watermarks('regress_close');
-- a day without sales is reported by saying so
SELECT pulse.mark_reported('regress_close', '2', '2026-03-04');
SELECT period, status, missing FROM pulse.report_status('regress_close', '2026-03-03', '2026-03-04');
SELECT * FROM pulse.rollup_watermarks('regress_close');
SELECT pulse.mark_reported('regress_close', '2', '2026-03-03');
SELECT period, status, missing FROM pulse.report_status('regress_close', '2026-03-03', '2026-03-04');
-- by itself: the seven days before today
SELECT min(period), max(period), count(*) FROM pulse.report_status('regress_close');

-- closing by hand, then by the job at its time, complete or not
SELECT pulse.close_rollup('regress_close', '2026-03-04');
SELECT period, state, status FROM pulse.report_status('regress_close', '2026-03-01', '2026-03-06');
SELECT pulse.set_clock('2026-03-05 05:59+08');
SELECT pulse_internal.close_rollups();
SELECT period, state, status FROM pulse.report_status('regress_close', '2026-03-03', '2026-03-06');
INSERT INTO sale VALUES ('2026-03-04', 2, 1, 'CNY 1');
SELECT pulse.set_clock('2026-03-05 06:00+08');
SELECT pulse_internal.close_rollups();
SELECT period, state, status, missing, closed_at = pulse.clock() AS now FROM pulse.report_status('regress_close', '2026-03-03', '2026-03-06');
SELECT count(*) FROM regress_close_deltas;
-- a late row opens the day again; it is counted at once, and closed with the next
INSERT INTO sale VALUES ('2026-03-04', 1, 100, 'CNY 100');
SELECT period, store, sum_quantity FROM regress_close WHERE period = '2026-03-04' ORDER BY store;
SELECT pulse_internal.fold_rollups() AS folded;
SELECT pulse_internal.close_rollups();
SELECT period, status, state, reopened_at = pulse.clock() AS now FROM pulse.report_status('regress_close', '2026-03-03', '2026-03-06');
SELECT pulse.set_clock('2026-03-06 06:01+08');
SELECT pulse_internal.close_rollups();
SELECT period, status, state, missing FROM pulse.report_status('regress_close', '2026-03-03', '2026-03-06');
SELECT period, status, missing, reopenings FROM pulse_internal.rollup_close ORDER BY period;
-- an update or a delete of a closed day does so, too; a change of an open day does not
UPDATE sale SET quantity = 6 WHERE day = '2026-03-03';
INSERT INTO sale VALUES ('2026-03-06', 1, 1, 'CNY 1');
SELECT pulse_internal.fold_rollups() AS folded;
SELECT period, state FROM pulse.report_status('regress_close', '2026-03-03', '2026-03-07');
SELECT * FROM pulse.check_rollup('regress_close');

-- without a list: who had rows in the four weeks before
SELECT pulse.expect_members('regress_close', 'store');
SELECT period, status, expected, reported, missing FROM pulse.report_status('regress_close', '2026-03-05', '2026-03-07');
-- weeks
SELECT pulse.create_rollup('regress_close_week', 'regress_close', 'period', 'week', '{store}', '{count}', rollup_schema => 'regress_close');
SELECT pulse.expect_members('regress_close_week', 'store');
SELECT period, status, expected, missing, state FROM pulse.report_status('regress_close_week', '2026-02-25', '2026-03-10');
SELECT * FROM pulse.rollup_watermarks('regress_close_week');
-- closed by hand, with what the finer one had not folded; only what comes later reopens it
INSERT INTO sale VALUES ('2026-03-01', 1, 1, 'CNY 1');
SELECT pulse.close_rollup('regress_close_week', '2026-03-09');
SELECT pulse_internal.fold_rollups() AS folded;
SELECT period, status, state FROM pulse.report_status('regress_close_week', '2026-02-25', '2026-03-09');
UPDATE sale SET quantity = 2 WHERE day = '2026-03-01';
DELETE FROM sale WHERE day = '2026-03-06';
SELECT pulse_internal.fold_rollups() > 0 AS folded;
SELECT pulse_internal.fold_rollups() >= 0 AS folded;
SELECT period, status, state FROM pulse.report_status('regress_close_week', '2026-02-25', '2026-03-09');

-- rights: who reads the view may ask, who writes the source may state
CREATE ROLE regress_close_clerk;
GRANT USAGE ON SCHEMA regress_close TO regress_close_clerk;
SET ROLE regress_close_clerk;
SELECT pulse.report_status('regress_close');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.mark_reported('regress_close', '1', '2026-03-06');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT ON regress_close TO regress_close_clerk;
GRANT INSERT ON sale TO regress_close_clerk;
SET ROLE regress_close_clerk;
SELECT count(*) FROM pulse.report_status('regress_close');
SELECT pulse.mark_reported('regress_close', '1', '2026-03-06');
RESET ROLE;
GRANT pulse_analyst TO regress_close_clerk;
SET ROLE regress_close_clerk;
SELECT pulse.expect_members('regress_close', 'store');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.close_rollup('regress_close');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- what is refused
SELECT pulse.expect_members('regress_close', 'city');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.expect_members('regress_close', 'store', 'store');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.expect_members('regress_close', 'store', 'store', 'nr');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.mark_reported('regress_close', '1', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.mark_reported('regress_open', '1', '2026-03-01');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.report_status('regress_close', until => 'infinity');
\echo :LAST_ERROR_SQLSTATE

-- dated assignments: after a hundred random ones, regions add up to stores, and those to the total, on every day
CREATE TABLE store_region (store int, region text, since date);
INSERT INTO sale SELECT date '2026-03-01' + n % 60, n % 40, n % 9, pulse.amount(n, 'CNY') FROM generate_series(1, 3000) AS n;
SELECT setseed(0.3);
INSERT INTO store_region SELECT store, 'r' || store % 12, '2026-03-01' FROM generate_series(0, 38) AS store;
DO $$
BEGIN
	FOR n IN 1 .. 100 LOOP
		INSERT INTO regress_close.store_region VALUES (floor(random() * 39)::int, 'r' || floor(random() * 12)::int, date '2026-03-01' + floor(random() * 60)::int);
	END LOOP;
END $$;
SELECT pulse.create_assigned_view('by_region', 'regress_close', 'store', 'store_region', 'store', 'region', 'since');
\d by_region
SELECT count(DISTINCT region) AS regions, count(*) FILTER (WHERE region IS NULL) > 0 AS unassigned_told FROM by_region;
SELECT count(*) AS days, bool_and(r.total = s.total AND r.n = s.n AND t.total = s.total AND t.n = s.n) AS equal
FROM (SELECT period, pulse.sum(sum_total) AS total, sum(count) AS n FROM by_region GROUP BY 1) AS r
JOIN (SELECT period, pulse.sum(sum_total) AS total, sum(count) AS n FROM regress_close GROUP BY 1) AS s USING (period)
JOIN (SELECT day AS period, pulse.sum(total) AS total, count(*) AS n FROM sale GROUP BY 1) AS t USING (period);
-- as a query of its own has it
SELECT period, region, sum_total FROM by_region
EXCEPT ALL
SELECT s.day, (SELECT a.region FROM store_region AS a WHERE a.store = s.store AND a.since <= s.day ORDER BY a.since DESC, a.region LIMIT 1), pulse.sum(s.total)
FROM sale AS s GROUP BY 1, 2;
-- a store that moves counts for each region on its days; weeks and months of it
CREATE TABLE moved (shop int, city text, "from" date, till date);
INSERT INTO moved VALUES (1, 'old', '2000-01-01', '2026-03-15'), (1, 'new', '2026-03-15', NULL);
SELECT pulse.create_assigned_view('by_city', 'regress_close', 'store', 'moved', 'shop', 'city', 'from', 'till', 'month');
SELECT period, city, count, sum_quantity FROM by_city WHERE city IS NOT NULL ORDER BY period, city;
SELECT pulse.create_assigned_view('by_week', 'regress_close_week', 'store', 'moved', 'shop', 'city', 'from');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_assigned_view('by_x', 'regress_close', 'city', 'moved', 'shop', 'city', 'from');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_assigned_view('by_x', 'regress_close', 'store', 'moved', 'shop', 'region', 'from');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_assigned_view('by_x', 'regress_open', 'store', 'moved', 'shop', 'city', 'from');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_assigned_view('by_x', 'regress_close', 'store', 'moved', 'shop', 'city', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_assigned_view('by_x', 'regress_close', 'store', 'moved', 'shop', 'city', 'from', grain => 'year');
\echo :LAST_ERROR_SQLSTATE

DROP VIEW by_region, by_city;
SELECT pulse.drop_rollup('regress_close_week'), pulse.drop_rollup('regress_close');
SELECT count(*) FROM pulse_internal.rollup_close;
SELECT pulse.set_clock(NULL), pulse.set_setting('timezone', 'UTC');
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA regress_close CASCADE;
DROP ROLE regress_close_clerk;
