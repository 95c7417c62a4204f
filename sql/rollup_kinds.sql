-- rollups with figures, rollups over rollups, rollups over an event kind: whatever
-- happens, in whatever order it is folded, they are what one batch would compute
CREATE SCHEMA regress_kinds;
CREATE TABLE regress_kinds.sale (
	id int PRIMARY KEY, sold_at timestamptz, store text, sku int, quantity int, price numeric(10, 3), total pulse.amount
);
CREATE INDEX ON regress_kinds.sale (sold_at);
SELECT pulse.watch('regress_kinds.sale', 'regress_kinds_sold', 'at = coalesce(sold_at, ''2026-01-01''), store = store, quantity = quantity, total = total',
	operations => '{insert}');

SELECT pulse.create_rollup('regress_kinds_day', 'regress_kinds.sale', 'sold_at', 'day', '{store,sku}',
	'{count,sum(quantity),sum(total),min(price),max(total),distinct(sku),median(quantity),"quantile(price, 0.95)"}', rollup_schema => 'regress_kinds');
SELECT pulse.create_rollup('regress_kinds_week', 'regress_kinds.regress_kinds_day', 'period', 'week', '{store}',
	'{count,sum(total)}', rollup_schema => 'regress_kinds');
SELECT pulse.create_rollup('regress_kinds_month', 'regress_kinds.regress_kinds_day', 'period', 'month', '{store,sku}',
	'{sum(quantity),count}', rollup_schema => 'regress_kinds');
SELECT pulse.create_rollup('regress_kinds_all', 'regress_kinds.regress_kinds_month', 'period', 'month', '{}', '{count}',
	rollup_schema => 'regress_kinds');
SELECT pulse.create_rollup('regress_kinds_plain', 'regress_kinds.sale', 'sold_at', 'month', '{store}',
	'{max(sold_at),min(quantity)}', 'quantity > 1', 'regress_kinds');
SELECT pulse.create_rollup('regress_kinds_extreme', 'regress_kinds.sale', 'sold_at', 'week', '{sku}',
	'{sum(total),min(total),max(total),min(store),max(price),min(sold_at),max(quantity)}', rollup_schema => 'regress_kinds');
SELECT pulse.create_rollup('regress_kinds_event', 'pulse_event.regress_kinds_sold', 'at', 'day', '{store}', '{count,sum(total),max(quantity)}',
	rollup_schema => 'regress_kinds');
SELECT name, source, grain, dimensions, measures, made_from FROM pulse.rollups WHERE name LIKE 'regress_kinds%' ORDER BY name;
\d regress_kinds.regress_kinds_day
\d regress_kinds.regress_kinds_week

CREATE FUNCTION regress_kinds.pick(n int) RETURNS int LANGUAGE sql VOLATILE RETURN floor(random() * n)::int;
-- one row in twenty is late, by up to ninety days; one in thirty has no time, others no store or no price
CREATE FUNCTION regress_kinds.one(n int) RETURNS regress_kinds.sale
	LANGUAGE sql VOLATILE
RETURN ROW(n, CASE WHEN regress_kinds.pick(30) > 0 THEN timestamptz '2026-06-01 00:00+08' + n * interval '37 minutes'
		- CASE WHEN regress_kinds.pick(20) = 0 THEN regress_kinds.pick(90) ELSE 0 END * interval '1 day' END,
	(ARRAY['east', 'west', NULL])[1 + regress_kinds.pick(3)], regress_kinds.pick(3), NULLIF(regress_kinds.pick(9), 8),
	NULLIF(regress_kinds.pick(5000) / 100.0, 0),
	CASE regress_kinds.pick(5) WHEN 0 THEN NULL WHEN 1 THEN pulse.amount(regress_kinds.pick(1000), 'JPY')
		ELSE pulse.amount(regress_kinds.pick(100000) / 100.0, 'CNY') END)::regress_kinds.sale;

CREATE PROCEDURE regress_kinds.step(n int) LANGUAGE plpgsql AS $$
DECLARE
	first_id int := regress_kinds.pick(n * 3 + 1);
BEGIN
	CASE regress_kinds.pick(8)
		WHEN 0, 1, 2 THEN
			INSERT INTO regress_kinds.sale
			SELECT (regress_kinds.one(n * 10 + g)).* FROM generate_series(1, 1 + regress_kinds.pick(9)) AS g;
		WHEN 3 THEN
			UPDATE regress_kinds.sale SET price = price + 1, quantity = quantity - 1 WHERE id BETWEEN first_id AND first_id + 30;
		WHEN 4 THEN
			UPDATE regress_kinds.sale SET sold_at = sold_at - interval '9 days', store = 'east', sku = NULL WHERE id BETWEEN first_id AND first_id + 20;
		WHEN 5 THEN
			DELETE FROM regress_kinds.sale WHERE id BETWEEN first_id AND first_id + 20;
		WHEN 6 THEN
			PERFORM pulse_internal.fold_rollups(1 + regress_kinds.pick(20));
		WHEN 7 THEN
			PERFORM pulse_internal.fold_rollups();
			PERFORM pulse_internal.fold_rollups();
	END CASE;
END
$$;
CREATE FUNCTION regress_kinds.differences() RETURNS TABLE (name text, cell jsonb, in_rollup jsonb, in_source jsonb)
	LANGUAGE sql AS $$
	SELECT r.name, c.* FROM pulse.rollups AS r, pulse.check_rollup(r.name) AS c WHERE r.name LIKE 'regress_kinds%'
$$;

DO $$
DECLARE
	wrong int := 0;
BEGIN
	FOR seed IN 1 .. 2 LOOP
		PERFORM setseed(seed / 10.0);
		FOR n IN seed * 1000 + 1 .. seed * 1000 + 90 LOOP
			CALL regress_kinds.step(n);
			wrong := wrong + (SELECT count(*) FROM regress_kinds.differences());
		END LOOP;
	END LOOP;
	RAISE NOTICE '% differences', wrong;
END
$$;
SELECT * FROM regress_kinds.differences() LIMIT 3;
SELECT count(*) > 200 AS enough_rows FROM regress_kinds.sale;
SELECT count(*) > 100 AS enough_cells FROM regress_kinds.regress_kinds_day;
SELECT count(*) > 300 AS enough_events FROM pulse_event.regress_kinds_sold;
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress_kinds%' AND state <> 'ok' ORDER BY name;

-- as a user would write it, by queries of its own
SELECT period, store, sku, currency, count, sum_quantity, sum_total, min_price, max_total, distinct_sku, median_quantity, quantile_price_0_95
FROM regress_kinds.regress_kinds_day
EXCEPT ALL
SELECT (sold_at AT TIME ZONE pulse.setting('timezone'))::date, store, sku, pulse.currency(total), count(*), sum(quantity), pulse.sum(total),
	min(price), pulse.max(total), count(DISTINCT sku), percentile_cont(0.5) WITHIN GROUP (ORDER BY quantity),
	percentile_cont(0.95) WITHIN GROUP (ORDER BY price::float8)
FROM regress_kinds.sale GROUP BY 1, 2, 3, 4;
SELECT period, store, currency, count, sum_total FROM regress_kinds.regress_kinds_week
EXCEPT ALL
SELECT date_trunc('week', sold_at AT TIME ZONE pulse.setting('timezone'))::date, store, pulse.currency(total), count(*), pulse.sum(total)
FROM regress_kinds.sale GROUP BY 1, 2, 3;
SELECT * FROM regress_kinds.regress_kinds_extreme
EXCEPT ALL
SELECT date_trunc('week', sold_at AT TIME ZONE pulse.setting('timezone'))::date, sku, pulse.currency(total), pulse.sum(total),
	pulse.min(total), pulse.max(total), min(store), max(price), min(sold_at), max(quantity)
FROM regress_kinds.sale GROUP BY 1, 2, 3;
SELECT period, store, currency, count, sum_total, max_quantity FROM regress_kinds.regress_kinds_event
EXCEPT ALL
SELECT (at AT TIME ZONE pulse.setting('timezone'))::date, store, pulse.currency(total), count(*), pulse.sum(total), max(quantity)
FROM pulse_event.regress_kinds_sold GROUP BY 1, 2, 3;

-- bit-equal to one batch: the tables themselves after a rebuild
SELECT pulse_internal.fold_rollups(1000000) >= 0, pulse_internal.fold_rollups(1000000) >= 0, pulse_internal.fold_rollups(1000000) >= 0 AS folded;
CREATE TABLE regress_kinds.before AS SELECT 'day' AS kind, md5(string_agg(c::text, ',' ORDER BY c::text)) AS sum FROM regress_kinds.regress_kinds_day_cells AS c WHERE row_count <> 0
	UNION ALL SELECT 'week', md5(string_agg(c::text, ',' ORDER BY c::text)) FROM regress_kinds.regress_kinds_week_cells AS c WHERE row_count <> 0
	UNION ALL SELECT 'all', md5(string_agg(c::text, ',' ORDER BY c::text)) FROM regress_kinds.regress_kinds_all_cells AS c WHERE row_count <> 0
	UNION ALL SELECT 'event', md5(string_agg(c::text, ',' ORDER BY c::text)) FROM regress_kinds.regress_kinds_event_cells AS c WHERE row_count <> 0;
SELECT pulse.rebuild_rollup('regress_kinds_day') > 0, pulse.rebuild_rollup('regress_kinds_event') > 0 AS rebuilt;
TABLE regress_kinds.before EXCEPT ALL (SELECT 'day' AS kind, md5(string_agg(c::text, ',' ORDER BY c::text)) AS sum FROM regress_kinds.regress_kinds_day_cells AS c WHERE row_count <> 0
	UNION ALL SELECT 'week', md5(string_agg(c::text, ',' ORDER BY c::text)) FROM regress_kinds.regress_kinds_week_cells AS c WHERE row_count <> 0
	UNION ALL SELECT 'all', md5(string_agg(c::text, ',' ORDER BY c::text)) FROM regress_kinds.regress_kinds_all_cells AS c WHERE row_count <> 0
	UNION ALL SELECT 'event', md5(string_agg(c::text, ',' ORDER BY c::text)) FROM regress_kinds.regress_kinds_event_cells AS c WHERE row_count <> 0);

-- an update of what only a figure reads; a comparison that can fail
UPDATE regress_kinds.sale SET price = 9999 WHERE id = (SELECT max(id) FROM regress_kinds.sale);
SELECT * FROM regress_kinds.differences();
SELECT pulse_internal.fold_rollups() > 0 AS folded;
SELECT count(*) FROM regress_kinds.regress_kinds_day WHERE quantile_price_0_95 = 9999;
SELECT * FROM regress_kinds.differences();
UPDATE regress_kinds.regress_kinds_day_cells SET m1 = 123456 WHERE m1 IS NOT NULL AND period = (SELECT max(period) FROM regress_kinds.regress_kinds_day);
SELECT count(*) > 0 AS told FROM pulse.check_rollup('regress_kinds_day');
SELECT pulse.rebuild_rollup('regress_kinds_day') > 0 AS rebuilt;

-- where there are only min and max, what is inserted is merged, and the source is not read: it does not notice what no trigger saw
SELECT pulse_internal.fold_rollups() >= 0 AS folded;
SET session_replication_role = replica;
UPDATE regress_kinds.sale SET quantity = 1 WHERE sku = 1;
RESET session_replication_role;
INSERT INTO regress_kinds.sale SELECT 1000000, sold_at, store, 1, 777, price, total FROM regress_kinds.sale WHERE sold_at IS NOT NULL AND sku = 1 LIMIT 1;
SELECT count(*) FROM regress_kinds.regress_kinds_extreme WHERE max_quantity = 777;
SELECT pulse_internal.fold_rollups() > 0 AS folded;
SELECT count(*) FROM regress_kinds.regress_kinds_extreme WHERE max_quantity = 777;
SELECT count(*) > 0 AS old_maxima_left FROM regress_kinds.regress_kinds_extreme WHERE sku = 1 AND max_quantity BETWEEN 2 AND 100;
-- what is taken away is computed anew
DELETE FROM regress_kinds.sale WHERE id = 1000000;
SELECT count(*) FROM regress_kinds.regress_kinds_extreme WHERE max_quantity = 777;
SELECT pulse_internal.fold_rollups() > 0 AS folded;
SELECT count(*) FROM regress_kinds.regress_kinds_extreme WHERE max_quantity = 777;
SELECT pulse.rebuild_rollup('regress_kinds_extreme') > 0, pulse.rebuild_rollup('regress_kinds_day') > 0, pulse.rebuild_rollup('regress_kinds_plain') > 0 AS rebuilt;
SELECT * FROM regress_kinds.differences();

-- stale together, rebuilt together
TRUNCATE regress_kinds.sale;
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress_kinds%' ORDER BY name;
SELECT pulse.rebuild_rollup('regress_kinds_week');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.regress_kinds_day', 'period', 'month');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.rebuild_rollup('regress_kinds_day'), pulse.rebuild_rollup('regress_kinds_plain'), pulse.rebuild_rollup('regress_kinds_extreme');
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress_kinds%' AND state <> 'ok' ORDER BY name;
SELECT count(*) FROM regress_kinds.regress_kinds_week;
INSERT INTO regress_kinds.sale SELECT (regress_kinds.one(n)).* FROM generate_series(1, 50) AS n;
SELECT * FROM regress_kinds.differences();

-- events that are too old are dropped, the rollup keeps what they said
SELECT pulse.set_clock('2030-01-01 00:00+08');
SELECT pulse.alter_event('regress_kinds_sold', keep => '1 month');
SELECT count(*) AS cells FROM regress_kinds.regress_kinds_event \gset
SELECT pulse_internal.maintain_events();
SELECT pulse_internal.fold_rollups() >= 0 AS folded;
SELECT count(*) AS events FROM pulse_event.regress_kinds_sold;
SELECT count(*) = :cells AS kept FROM regress_kinds.regress_kinds_event;
SELECT state FROM pulse.rollups WHERE name = 'regress_kinds_event';
SELECT pulse.rebuild_rollup('regress_kinds_event');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_clock(NULL);

-- what is refused
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.regress_kinds_week', 'period', 'month');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.regress_kinds_day', 'period', 'week', '{city}');
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.regress_kinds_day', 'period', 'week', measures => '{sum(price)}');
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.regress_kinds_day', 'period', 'week', measures => '{max(price)}');
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.regress_kinds_day', 'period', 'week', condition => 'sku = 1');
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.sale', 'sold_at', measures => '{max(total)}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.sale', 'sold_at', measures => '{"quantile(price, 2)"}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.sale', 'sold_at', measures => '{max(price),max(price)}');
SELECT pulse.create_rollup('regress_kinds_bad', 'regress_kinds.sale', 'sold_at', measures => '{max(cost)}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_rollup('regress_kinds_day');
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
SELECT pulse.drop_rollup('regress_kinds_all'), pulse.drop_rollup('regress_kinds_month'), pulse.drop_rollup('regress_kinds_week'),
	pulse.drop_rollup('regress_kinds_day'), pulse.drop_rollup('regress_kinds_plain'), pulse.drop_rollup('regress_kinds_event'),
	pulse.drop_rollup('regress_kinds_extreme');
SELECT pulse.drop_watch('regress_kinds.sale', 'regress_kinds_sold');
SELECT pulse.drop_event('regress_kinds_sold');
DROP SCHEMA regress_kinds CASCADE;
