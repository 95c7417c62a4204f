-- one day after the other, one row in twenty late by one to three days: whatever order they come in, however often
-- it is folded, and in between corrected, the cells are those of one batch, to the last digit
CREATE SCHEMA rollup_order;
CREATE TABLE rollup_order.line (n int PRIMARY KEY, arrives int, day date, store int, sku int, quantity int, total numeric(12,2), weight numeric, fee pulse.amount);
INSERT INTO rollup_order.line
SELECT n, d.day - date '2026-03-01' + CASE WHEN (n * 7919) % 20 = 0 THEN 1 + n % 3 ELSE 0 END, d.day, n % 12, n / 7 % 10, 1 + n % 5, n % 977 / 7.0, round(n % 13 / 8.0, n % 4),
	   pulse.amount(n % 499, CASE n % 9 WHEN 0 THEN 'JPY' ELSE 'CNY' END)
FROM generate_series(1, 3000) AS n, LATERAL (SELECT date '2026-03-01' + n % 10 AS day) AS d;
SELECT count(*) FILTER (WHERE arrives > day - date '2026-03-01') * 20 BETWEEN count(*) * 9 / 10 AND count(*) * 11 / 10 AS one_in_twenty_late FROM rollup_order.line;

-- three tables with rollups: day by day, backwards in small pieces, shuffled with corrections; and one that is built from all of it at the end
CREATE FUNCTION rollup_order.kept(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE rollup_order.%1$I (LIKE rollup_order.line INCLUDING ALL)', name);
	EXECUTE format('CREATE INDEX ON rollup_order.%I (day)', name);
	IF name = 'batch' THEN
		INSERT INTO rollup_order.batch TABLE rollup_order.line;
	END IF;
	PERFORM pulse.create_rollup('rollup_order_' || name, ('rollup_order.' || name)::regclass, 'day', 'day', '{store,sku}',
		'{count,sum(quantity),sum(total),sum(weight),sum(fee),min(total),max(weight),distinct(quantity)}', rollup_schema => 'rollup_order');
END $$;
SELECT rollup_order.kept(t) IS NULL AS made FROM unnest('{days,backwards,shuffled}'::text[]) AS t;
CREATE PROCEDURE rollup_order.arrive(how text) LANGUAGE plpgsql AS $$
BEGIN
	FOR turn IN 0 .. 12 LOOP
		CASE how
			WHEN 'days' THEN
				INSERT INTO rollup_order.days SELECT * FROM rollup_order.line WHERE arrives = turn;
			WHEN 'backwards' THEN
				FOR piece IN 0 .. 2 LOOP
					INSERT INTO rollup_order.backwards SELECT * FROM rollup_order.line WHERE arrives = 12 - turn AND n % 3 = piece;
					PERFORM pulse_internal.fold_rollups(1 + 400 * piece);
				END LOOP;
			WHEN 'shuffled' THEN
				-- wrong at first: another day and total, twice; then what is right
				INSERT INTO rollup_order.shuffled SELECT n, arrives, day - 40, store, sku, quantity + 1, total + 0.01, weight + 0.000001, fee FROM rollup_order.line WHERE n * 17 % 13 = turn;
				IF turn % 2 = 0 THEN PERFORM pulse_internal.fold_rollups(); END IF;
				UPDATE rollup_order.shuffled AS s SET day = l.day, quantity = l.quantity, total = l.total, weight = l.weight FROM rollup_order.line AS l WHERE l.n = s.n AND l.n * 17 % 13 = turn;
				DELETE FROM rollup_order.shuffled WHERE n * 17 % 13 = turn AND n % 5 = 0;
				INSERT INTO rollup_order.shuffled SELECT * FROM rollup_order.line WHERE n * 17 % 13 = turn AND n % 5 = 0;
		END CASE;
		IF turn % 4 = 1 THEN PERFORM pulse_internal.fold_rollups(), pulse_internal.fold_rollups(); END IF;
	END LOOP;
END $$;
CALL rollup_order.arrive('days');
CALL rollup_order.arrive('backwards');
CALL rollup_order.arrive('shuffled');
SELECT rollup_order.kept('batch') IS NULL AS made;

-- read while deltas are not folded, and then; and what is stored
SELECT t.name, t.rows, t.answer = first_value(t.answer) OVER (ORDER BY t.name) AS same
FROM (SELECT name, count(*) AS rows, md5(string_agg(v, E'\n' ORDER BY v)) AS answer
	  FROM (SELECT 'batch' AS name, v::text FROM rollup_order.rollup_order_batch AS v UNION ALL SELECT 'days', v::text FROM rollup_order.rollup_order_days AS v
			UNION ALL SELECT 'backwards', v::text FROM rollup_order.rollup_order_backwards AS v UNION ALL SELECT 'shuffled', v::text FROM rollup_order.rollup_order_shuffled AS v) AS x(name, v) GROUP BY 1) AS t ORDER BY 1;
SELECT pulse_internal.fold_rollups() >= 0 AS folded, pulse_internal.fold_rollups() AS nothing_left;
SELECT t.name, t.rows, t.answer = first_value(t.answer) OVER (ORDER BY t.name) AS same
FROM (SELECT name, count(*) AS rows, md5(string_agg(v, E'\n' ORDER BY v)) AS answer
	  FROM (SELECT 'batch' AS name, v::text FROM rollup_order.rollup_order_batch_cells AS v UNION ALL SELECT 'days', v::text FROM rollup_order.rollup_order_days_cells AS v
			UNION ALL SELECT 'backwards', v::text FROM rollup_order.rollup_order_backwards_cells AS v UNION ALL SELECT 'shuffled', v::text FROM rollup_order.rollup_order_shuffled_cells AS v WHERE v.row_count <> 0) AS x(name, v) GROUP BY 1) AS t ORDER BY 1;
SELECT r.name, count(c) AS wrong FROM pulse.rollups AS r LEFT JOIN LATERAL pulse.check_rollup(r.name) AS c ON true WHERE r.name LIKE 'rollup_order%' GROUP BY 1 ORDER BY 1;

SELECT pulse.drop_rollup(name) FROM pulse.rollups WHERE name LIKE 'rollup_order%' ORDER BY name;
SET client_min_messages = warning;
DROP SCHEMA rollup_order CASCADE;
