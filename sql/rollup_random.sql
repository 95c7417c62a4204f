-- rollups over a random history: at every step what one reads is the plain query
CREATE SCHEMA regress_rollup_random;
CREATE TABLE regress_rollup_random.item (
	id int, day date, at timestamp, team text, size smallint, price numeric(12, 3), total pulse.amount
);
SELECT pulse.create_rollup('regress_random_a', 'regress_rollup_random.item', 'day', 'week', '{team}',
	'{count,sum(size),sum(price)}', rollup_schema => 'regress_rollup_random');
SELECT pulse.create_rollup('regress_random_b', 'regress_rollup_random.item', 'at', 'month', '{}',
	'{sum(total)}', 'size > 2', 'regress_rollup_random');

CREATE FUNCTION regress_rollup_random.pick(n int) RETURNS int
	LANGUAGE sql VOLATILE RETURN floor(random() * n)::int;
CREATE FUNCTION regress_rollup_random.one(n int) RETURNS regress_rollup_random.item
	LANGUAGE sql VOLATILE
RETURN ROW(n, date '2026-01-01' + regress_rollup_random.pick(90),
	timestamp '2026-01-01' + regress_rollup_random.pick(90) * interval '1 day 1 hour',
	(ARRAY['red', 'green', NULL])[1 + regress_rollup_random.pick(3)],
	NULLIF(regress_rollup_random.pick(6), 5), NULLIF(regress_rollup_random.pick(100000) / 1000.0, 0),
	CASE regress_rollup_random.pick(4) WHEN 0 THEN NULL WHEN 1 THEN pulse.amount(regress_rollup_random.pick(1000), 'JPY')
		ELSE pulse.amount(regress_rollup_random.pick(100000) / 100.0, 'CNY') END)::regress_rollup_random.item;

CREATE PROCEDURE regress_rollup_random.step(n int) LANGUAGE plpgsql AS $$
DECLARE
	first_id int := regress_rollup_random.pick(n + 1);
BEGIN
	CASE regress_rollup_random.pick(7)
		WHEN 0, 1 THEN
			INSERT INTO regress_rollup_random.item
			SELECT (regress_rollup_random.one(n + g)).* FROM generate_series(1, 1 + regress_rollup_random.pick(5)) AS g;
		WHEN 2 THEN
			UPDATE regress_rollup_random.item SET day = day + regress_rollup_random.pick(20) - 10,
				size = NULLIF(regress_rollup_random.pick(6), 5) WHERE id BETWEEN first_id AND first_id + 5;
		WHEN 3 THEN
			UPDATE regress_rollup_random.item SET team = 'red', price = -price, total = pulse.amount(1.23, 'USD')
			WHERE id BETWEEN first_id AND first_id + 2;
		WHEN 4 THEN
			DELETE FROM regress_rollup_random.item WHERE id BETWEEN first_id AND first_id + 3;
		WHEN 5 THEN
			PERFORM pulse_internal.fold_rollups(1 + regress_rollup_random.pick(10));
		WHEN 6 THEN
			BEGIN
				DELETE FROM regress_rollup_random.item WHERE id > first_id;
				RAISE EXCEPTION 'changed my mind';
			EXCEPTION WHEN raise_exception THEN NULL;
			END;
	END CASE;
END
$$;

DO $$
DECLARE
	wrong int := 0;
BEGIN
	FOR seed IN 1 .. 3 LOOP
		PERFORM setseed(seed / 10.0);
		FOR n IN 1 .. 120 LOOP
			CALL regress_rollup_random.step(n);
			wrong := wrong + (SELECT count(*) FROM pulse.check_rollup('regress_random_a'))
				+ (SELECT count(*) FROM pulse.check_rollup('regress_random_b'));
		END LOOP;
	END LOOP;
	RAISE NOTICE '% differences', wrong;
END
$$;
SELECT count(*) > 100 AS enough_rows FROM regress_rollup_random.item;
SELECT count(*) > 10 AS enough_cells FROM regress_rollup_random.regress_random_a;

-- and by a query of its own, as a user would write it
SELECT period, team, count, sum_size, sum_price FROM regress_rollup_random.regress_random_a
EXCEPT ALL
SELECT date_trunc('week', day)::date, team, count(*), sum(size), sum(price) FROM regress_rollup_random.item GROUP BY 1, 2;
SELECT date_trunc('month', at)::date, pulse.currency(total), pulse.sum(total) FROM regress_rollup_random.item WHERE size > 2 GROUP BY 1, 2
EXCEPT ALL
SELECT period, currency, sum_total FROM regress_rollup_random.regress_random_b;

SELECT pulse.drop_rollup('regress_random_a'), pulse.drop_rollup('regress_random_b');
SET client_min_messages = warning;
DROP SCHEMA regress_rollup_random CASCADE;
