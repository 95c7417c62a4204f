SET search_path = public, pulse;

-- amounts in three currencies, unevenly; every comparison must find the same rows with and without the index
CREATE TABLE types_index_t AS
	SELECT i AS id,
		   amount(i % 1000 - 100, CASE WHEN i % 10 < 6 THEN 'CNY' WHEN i % 10 < 9 THEN 'USD' ELSE 'EUR' END) AS a
	FROM generate_series(1, 20000) AS i;
INSERT INTO types_index_t SELECT 20000 + i, NULL FROM generate_series(1, 100) AS i;
CREATE INDEX types_index_i ON types_index_t (a);
ANALYZE types_index_t;
SET enable_seqscan = off; SET enable_bitmapscan = off;

-- a constant becomes a range in its currency, whichever side it stands on
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a > 'CNY 890';
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a >= 'CNY 890';
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a < 'USD -90';
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a <= 'USD -90';
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE 'EUR 890' < a;
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE 'EUR -90' >= a;
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a BETWEEN 'CNY 10' AND 'CNY 20';
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a = 'CNY 10';
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t ORDER BY a LIMIT 5;
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a > NULL;

-- a parameter and a join partner do so too
PREPARE types_index_p (amount) AS SELECT count(*) FROM types_index_t WHERE a > $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE types_index_p ('CNY 890');
EXECUTE types_index_p ('CNY 890');
EXECUTE types_index_p ('USD 890');
EXECUTE types_index_p ('JPY 890');
EXECUTE types_index_p (NULL);
RESET plan_cache_mode;
DEALLOCATE types_index_p;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM (VALUES (amount 'CNY 890'), ('USD 895')) AS v(bound) JOIN types_index_t ON a > bound;
SELECT count(*) FROM (VALUES (amount 'CNY 890'), ('USD 895')) AS v(bound) JOIN types_index_t ON a > bound;
RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_material;

-- a class of another order on the same type is left alone, as is an array of bounds
CREATE FUNCTION types_index_cmp(amount, amount) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS
	'SELECT CASE WHEN $1 OPERATOR(pulse.#>) $2 THEN -1 WHEN $1 OPERATOR(pulse.=) $2 THEN 0 ELSE 1 END';
CREATE OPERATOR CLASS types_index_reverse FOR TYPE amount USING btree AS
	OPERATOR 1 #>, OPERATOR 2 #>=, OPERATOR 3 =, OPERATOR 4 #<=, OPERATOR 5 #<,
	FUNCTION 1 types_index_cmp(amount, amount);
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a > ANY (ARRAY['CNY 890', 'USD 895']::amount[]);
BEGIN;
DROP INDEX types_index_i;
CREATE INDEX types_index_r ON types_index_t (a types_index_reverse);
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a > 'CNY 890';
ROLLBACK;
DROP OPERATOR FAMILY types_index_reverse USING btree;
DROP FUNCTION types_index_cmp(amount, amount);

-- no other index method and no volatile comparand is taken for a range
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a > amount(floor(random()::numeric), 'CNY');
CREATE INDEX types_index_h ON types_index_t USING hash (a);
DROP INDEX types_index_i;
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a > 'CNY 890';
EXPLAIN (COSTS OFF) SELECT * FROM types_index_t WHERE a = 'CNY 890';
DROP INDEX types_index_h;
CREATE INDEX types_index_i ON types_index_t (a);

-- rows found by index and by scan, for bounds in and out of every currency and all operators
CREATE TABLE types_index_result (method text, op text, bound amount, n bigint, ids numeric);
CREATE PROCEDURE types_index_run(method text) LANGUAGE plpgsql AS $$
DECLARE
	op text;
	bound pulse.amount;
BEGIN
	FOREACH op IN ARRAY ARRAY['<', '<=', '>', '>=', '=', '<>', '#<', '#<=', '#>', '#>='] LOOP
		FOREACH bound IN ARRAY ARRAY['CNY 890', 'CNY -100', 'CNY -101', 'CNY 899.00', 'CNY 900', 'USD 0', 'USD -100', 'EUR 899',
									 'JPY 5', 'CNY -90071992547409.92', 'CNY 90071992547409.91', 'USD 90071992547409.91']::pulse.amount[] LOOP
			EXECUTE format('INSERT INTO types_index_result SELECT %L, %L, %L, count(*), sum(id) FROM types_index_t WHERE a OPERATOR(pulse.%s) %L',
						   method, op, bound, op, bound);
			EXECUTE format('INSERT INTO types_index_result SELECT %L, %L, %L, count(*), sum(id) FROM types_index_t WHERE %L OPERATOR(pulse.%s) a',
						   method, 'commuted ' || op, bound, bound, op);
		END LOOP;
	END LOOP;
END
$$;
CALL types_index_run('index');
SET enable_seqscan = on; SET enable_indexscan = off; SET enable_indexonlyscan = off;
CALL types_index_run('scan');
RESET enable_seqscan; RESET enable_indexscan; RESET enable_indexonlyscan; RESET enable_bitmapscan;
SELECT method, count(*), sum(n) FROM types_index_result GROUP BY 1 ORDER BY 1;
SELECT op, bound, n, ids FROM types_index_result WHERE method = 'index'
EXCEPT SELECT op, bound, n, ids FROM types_index_result WHERE method = 'scan';

-- estimates: within a factor of 1.5 or 60 rows of the truth, mixed currencies and rare values alike
CREATE FUNCTION types_index_rows(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8;
END
$$;
SELECT op, bound, n AS actual, estimate
FROM (SELECT op, bound, n, types_index_rows(format('SELECT * FROM types_index_t WHERE a OPERATOR(pulse.%s) %L', op, bound)) AS estimate
	  FROM types_index_result WHERE method = 'scan' AND op NOT LIKE 'commuted%' AND op NOT LIKE '#%') AS x
WHERE abs(estimate - n) > 60 AND (estimate > 1.5 * n OR estimate < n / 1.5) ORDER BY 1, 2;
SELECT op, bound, n AS actual, estimate
FROM (SELECT op, bound, n, types_index_rows(format('SELECT * FROM types_index_t WHERE %L OPERATOR(pulse.%s) a', bound, substr(op, 10))) AS estimate
	  FROM types_index_result WHERE method = 'scan' AND op LIKE 'commuted%' AND op NOT LIKE '%#%') AS x
WHERE abs(estimate - n) > 60 AND (estimate > 1.5 * n OR estimate < n / 1.5) ORDER BY 1, 2;

CREATE FUNCTION types_index_count(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE query INTO n;
	RETURN n;
END
$$;
-- both bounds together are a range, not two independent conditions
SELECT clause, n AS actual, estimate
FROM (VALUES ($$a BETWEEN 'CNY 10' AND 'CNY 30'$$), ($$a > 'CNY -50' AND a < 'CNY 0'$$), ($$'USD 100' <= a AND 'USD 500' > a$$),
			 ($$a BETWEEN 'EUR 0' AND 'EUR 5'$$), ($$a < 'CNY 400' AND a > 'CNY 300'$$), ($$a > 'CNY 100' AND a < 'USD 200'$$),
			 ($$a > 'CNY 200' AND a < 'CNY 100'$$), ($$a BETWEEN 'CNY 300' AND 'CNY 800' AND id > 10000$$)) AS c(clause),
	 LATERAL (SELECT types_index_rows('SELECT * FROM types_index_t WHERE ' || clause) AS estimate,
					 types_index_count('SELECT count(*) FROM types_index_t WHERE ' || clause) AS n) AS x
WHERE abs(estimate - n) > 60 AND (estimate > 1.5 * n OR estimate < n / 1.5) ORDER BY 1;

-- few distinct values: all of them common values
CREATE TABLE types_index_few AS
	SELECT amount(i % 4, CASE WHEN i % 5 = 0 THEN 'USD' ELSE 'CNY' END) AS a FROM generate_series(1, 2000) AS i;
ANALYZE types_index_few;
SELECT types_index_rows($$SELECT * FROM types_index_few WHERE a > 'CNY 1'$$) AS cny, types_index_rows($$SELECT * FROM types_index_few WHERE a <= 'USD 1'$$) AS usd;
-- an unknown bound: 17 pairs of 25 are in one currency, a third of them in order
PREPARE types_index_f (amount) AS SELECT * FROM types_index_few WHERE a > $1;
SET plan_cache_mode = force_generic_plan;
SELECT types_index_rows($$EXECUTE types_index_f ('CNY 1')$$);
RESET plan_cache_mode;
DEALLOCATE types_index_f;
-- joins likewise
SELECT types_index_rows('SELECT * FROM types_index_few AS x, types_index_few AS y WHERE x.a < y.a')
	   / types_index_rows('SELECT * FROM types_index_few AS x, types_index_few AS y') BETWEEN 0.20 AND 0.24 AS same_currency_only;
-- never analysed
CREATE TABLE types_index_new (a amount);
SELECT types_index_rows($$SELECT * FROM types_index_new WHERE a > 'CNY 1'$$) > 0 AS some;

-- an ordinary user needs no right on the internal schema
CREATE ROLE regress_types_reader;
GRANT SELECT ON types_index_t TO regress_types_reader;
SET ROLE regress_types_reader;
SET plan_cache_mode = force_generic_plan;
PREPARE types_index_p (amount) AS SELECT count(*) FROM types_index_t WHERE a < $1;
EXECUTE types_index_p ('CNY -90');
DEALLOCATE types_index_p;
RESET plan_cache_mode;
RESET ROLE;

-- unique and primary keys
CREATE TABLE types_index_unique (a amount PRIMARY KEY);
INSERT INTO types_index_unique VALUES ('CNY 1'), ('USD 1'), ('CNY 1.00');
INSERT INTO types_index_unique VALUES ('CNY 1'), ('USD 1');

DROP TABLE types_index_t, types_index_result, types_index_few, types_index_new, types_index_unique;
DROP FUNCTION types_index_rows(text), types_index_count(text);
DROP PROCEDURE types_index_run(text);
DROP ROLE regress_types_reader;
