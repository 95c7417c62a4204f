SET search_path = public, pulse;

-- text: code in front or behind, all minor digits always shown
SELECT 'CNY 142800.00'::amount, '142800 CNY'::amount, ' -7 JPY '::amount, 'KWD +1.5'::amount,
	   'CLF 0.0001'::amount, 'CNY -0.00'::amount, 'CNY 1.5000'::amount;
SELECT 'CNY 90071992547409.91'::amount AS greatest, 'CNY -90071992547409.92'::amount AS least;
SELECT typlen, typbyval, typalign FROM pg_type WHERE oid = 'pulse.amount'::regtype;

-- bad text: each says what is wrong
SELECT ''::amount;
\echo :LAST_ERROR_SQLSTATE
SELECT 'CNY'::amount;
SELECT '5'::amount;
SELECT 'CNY5'::amount;
SELECT 'CNY 1,000.00'::amount;
SELECT 'CNY 1e3'::amount;
SELECT 'CNY .5'::amount;
SELECT 'CNY 5.'::amount;
SELECT 'CNY - 5'::amount;
SELECT 'CNY 5 CNY'::amount;
SELECT 'CNY NaN'::amount;
SELECT '¥ 5'::amount;
SELECT 'ABC 5'::amount;
\echo :LAST_ERROR_SQLSTATE
SELECT 'cny 5'::amount;
SELECT 'XAU 5'::amount;
SELECT 'CNY 0.001'::amount;
\echo :LAST_ERROR_SQLSTATE
SELECT 'JPY 0.5'::amount;
SELECT 'CNY 90071992547409.92'::amount;
\echo :LAST_ERROR_SQLSTATE
SELECT 'CNY -90071992547409.93'::amount;
SELECT ('CNY ' || repeat('9', 1000))::amount;

-- from and to numeric
SELECT amount(12.5, 'CNY'), amount(-7, 'JPY'), amount(1.50000, 'USD'), amount(0, 'CLF');
SELECT round_amount(1.005, 'CNY'), round_amount(-1.005, 'CNY'), round_amount(1.00499999999999999999999, 'CNY'),
	   round_amount(0.5, 'JPY');
SELECT to_numeric('CNY -12.50'), 'KWD 1.5'::amount::numeric, currency(amount 'HKD 1');
SELECT amount(1.005, 'CNY');
\echo :LAST_ERROR_SQLSTATE
SELECT amount(1, 'RMB');
\echo :LAST_ERROR_SQLSTATE
SELECT amount('NaN', 'CNY');
\echo :LAST_ERROR_SQLSTATE
SELECT amount('Infinity', 'CNY');
SELECT round_amount('-Infinity', 'CNY');
SELECT amount(1e15, 'CNY');
SELECT amount(1e300, 'CNY');
SELECT amount(NULL, 'CNY') IS NULL AND amount(1, NULL) IS NULL AS strict;

-- binary: the word, checked
SELECT encode(pulse_internal.amount_send('CNY 0.00'), 'hex'), encode(pulse_internal.amount_send('USD -0.01'), 'hex');
CREATE TABLE types_amount_binary (a amount);
INSERT INTO types_amount_binary VALUES ('CNY -1.25'), ('JPY 90071992547409'), (NULL), ('USD 0');
COPY types_amount_binary TO PROGRAM 'cat > types_amount.bin' (FORMAT binary);
DELETE FROM types_amount_binary;
COPY types_amount_binary FROM PROGRAM 'cat types_amount.bin; rm types_amount.bin' (FORMAT binary);
SELECT a FROM types_amount_binary ORDER BY a;
COPY types_amount_binary FROM PROGRAM $$printf 'PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\001\0\0\0\010\377\377\377\377\377\377\377\377\377\377'$$ (FORMAT binary);
\echo :LAST_ERROR_SQLSTATE
COPY types_amount_binary FROM PROGRAM $$printf 'PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\001\0\0\0\007\047\040\0\0\0\0\0\377\377'$$ (FORMAT binary);
\echo :LAST_ERROR_SQLSTATE
COPY types_amount_binary FROM PROGRAM $$printf 'PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\001\0\0\0\011\047\040\0\0\0\0\0\0\0\377\377'$$ (FORMAT binary);
\echo :LAST_ERROR_SQLSTATE

-- arithmetic
SELECT amount '1 CNY' + '0.99 CNY', amount '1 CNY' - '1.01 CNY', - amount 'CNY 5', + amount 'CNY 5', abs(amount 'CNY -5'),
	   sign(amount 'CNY -5'), sign(amount 'CNY 0'), sign(amount 'CNY 0.01');
SELECT amount 'CNY 100' * 0.125, 0.125 * amount 'CNY -100', amount 'CNY 0.01' * 0.5, amount 'CNY -0.01' * 0.5,
	   amount 'CNY 0.01' * 0.4999999999999999999999999, amount 'JPY 3' * 3;
SELECT amount 'CNY 100' / 3, amount 'CNY -100' / 8, amount 'CNY 0.01' / 2, amount 'CNY 0.01' / -2,
	   amount 'CNY 0.01' / 2.0000000000000000000000001, amount 'CNY 100' / 'Infinity'::numeric;
SELECT amount 'CNY 1' / amount 'CNY 3', amount 'CNY -1' / amount 'CNY 4';
SELECT amount 'CNY 1' + 'USD 1';
\echo :LAST_ERROR_SQLSTATE
SELECT amount 'CNY 1' - 'USD 1';
SELECT amount 'CNY 1' / amount 'USD 1';
\echo :LAST_ERROR_SQLSTATE
SELECT amount 'CNY 90071992547409.91' + 'CNY 0.01';
\echo :LAST_ERROR_SQLSTATE
SELECT amount 'CNY -90071992547409.92' - 'CNY 0.01';
SELECT - amount 'CNY -90071992547409.92';
SELECT abs(amount 'CNY -90071992547409.92');
SELECT amount 'CNY 1' * 1e20;
SELECT amount 'CNY 1' * 'NaN'::numeric;
SELECT amount 'CNY 1' / 0;
\echo :LAST_ERROR_SQLSTATE
SELECT amount 'CNY 1' / 1e-20;
SELECT amount 'CNY 1' / amount 'CNY 0';
\echo :LAST_ERROR_SQLSTATE
SELECT amount 'CNY 1' * 1.5::float8;
\echo :LAST_ERROR_SQLSTATE

-- comparison: equality is total, order is unknown across currencies
SELECT l, r, l = r AS eq, l <> r AS ne, l < r AS lt, l <= r AS le, l > r AS gt, l >= r AS ge,
	   l #< r AS tlt, l #<= r AS tle, l #> r AS tgt, l #>= r AS tge
FROM (VALUES (amount 'CNY 1', amount 'CNY 1'), ('CNY 1', 'CNY 2'), ('CNY 2', 'CNY -2'),
			 ('CNY 2', 'USD 1'), ('USD 1', 'CNY 2'), ('CNY 1', NULL)) AS x(l, r);
SELECT v FROM (VALUES (amount 'USD -5'), ('CNY 3'), ('CNY -4'), ('JPY 1'), ('USD 0'), (NULL)) AS x(v) ORDER BY v;
SELECT v FROM (VALUES (amount 'USD -5'), ('CNY 3'), ('CNY -4'), ('JPY 1')) AS x(v) ORDER BY v DESC;
SELECT v, count(*) FROM (VALUES (amount 'USD 5'), ('CNY 3'), ('CNY 3.00'), ('CNY 5')) AS x(v) GROUP BY v ORDER BY v;

-- a view with a barrier lets comparisons through: they cannot leak
SELECT proname FROM pg_proc p JOIN pg_operator o ON o.oprcode = p.oid
WHERE o.oprleft = 'amount'::regtype AND o.oprright = 'amount'::regtype AND o.oprresult = 'boolean'::regtype AND NOT proleakproof ORDER BY 1;

-- what one query plan computes another computes too: hash, merge, nested loop
CREATE TABLE types_amount_t AS
	SELECT i AS id, amount(i % 97 - 40, (ARRAY['CNY', 'USD', 'JPY'])[i % 3 + 1]) AS a FROM generate_series(1, 900) AS i;
ANALYZE types_amount_t;
CREATE FUNCTION types_join_count() RETURNS bigint LANGUAGE sql AS
	'SELECT count(*) FROM types_amount_t AS x JOIN types_amount_t AS y ON x.a OPERATOR(pulse.=) y.a';
SET enable_mergejoin = off; SET enable_nestloop = off;
SELECT types_join_count();
SET enable_hashjoin = off; SET enable_mergejoin = on;
SELECT types_join_count();
SET enable_mergejoin = off; SET enable_nestloop = on;
SELECT types_join_count();
RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_nestloop;

-- hashing: both functions agree for seed 0; equal amounts meet in one partition
SELECT count(*) FROM types_amount_t
WHERE pulse_internal.amount_hash_extended(a, 0)::bit(32) <> pulse_internal.amount_hash(a)::bit(32)
	  OR pulse_internal.amount_hash_extended(a, 0) = pulse_internal.amount_hash_extended(a, 1);
CREATE TABLE types_amount_part (a amount) PARTITION BY HASH (a);
CREATE TABLE types_amount_part0 PARTITION OF types_amount_part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE types_amount_part1 PARTITION OF types_amount_part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO types_amount_part SELECT a FROM types_amount_t;
SELECT count(*), count(DISTINCT tableoid) FROM types_amount_part;
SELECT count(*) FROM types_amount_part WHERE a = 'CNY 5';

-- aggregates
SELECT sum(a), avg(a), min(a), max(a), count(*) FROM types_amount_t WHERE currency(a) = 'CNY';
SELECT currency(a) AS currency, sum(a), sum(a) = amount(sum(a::numeric), currency(a)) AS as_numeric,
	   avg(a) = round_amount(avg(a::numeric), currency(a)) AS avg_as_numeric,
	   min(a)::numeric = min(a::numeric) AS min_too, max(a)::numeric = max(a::numeric) AS max_too
FROM types_amount_t GROUP BY 1 ORDER BY 1;
SELECT sum(a) IS NULL AND avg(a) IS NULL AND min(a) IS NULL AND max(a) IS NULL AS none FROM types_amount_t WHERE false;
SELECT sum(a), avg(a), min(a) FROM (VALUES (NULL::amount), ('CNY 1'), (NULL), ('CNY 2')) AS x(a);
SELECT avg(a) FROM (VALUES (amount 'CNY -0.01'), ('CNY -0.02')) AS x(a);
SELECT sum(a) FROM types_amount_t;
\echo :LAST_ERROR_SQLSTATE
SELECT avg(a) FROM types_amount_t;
SELECT max(a) FROM types_amount_t;
\echo :LAST_ERROR_SQLSTATE
SELECT min(a) FROM types_amount_t;
-- only the result can be out of range, not what comes in between
SELECT sum(a) FROM (VALUES (amount 'CNY 90071992547409.91'), ('CNY 0.01')) AS x(a);
\echo :LAST_ERROR_SQLSTATE
SELECT sum(a), avg(a) FROM (VALUES (amount 'CNY 90071992547409.91'), ('CNY 90071992547409.91'), ('CNY -90071992547409.92'), ('CNY -90071992547409.92')) AS x(a);

-- window frames take rows out again; a frame may change currency when it is empty between
SELECT id, sum(a) OVER w, avg(a) OVER w
FROM (VALUES (1, amount 'CNY 1'), (2, 'CNY 2'), (3, NULL), (4, NULL), (5, 'USD 9'), (6, 'USD 1')) AS x(id, a)
WINDOW w AS (ORDER BY id ROWS 1 PRECEDING) ORDER BY id;
SELECT count(*) FROM (
	SELECT sum(a) OVER w AS moving, amount(sum(a::numeric) OVER w, 'CNY') AS plain FROM types_amount_t WHERE currency(a) = 'CNY'
	WINDOW w AS (ORDER BY id ROWS BETWEEN 5 PRECEDING AND 3 FOLLOWING)) AS x WHERE moving <> plain;

-- parallel: same answers
CREATE TABLE types_amount_p AS SELECT i AS id, amount(i % 1013 - 500, 'CNY') AS a FROM generate_series(1, 20000) AS i;
ALTER TABLE types_amount_p SET (parallel_workers = 2);
ANALYZE types_amount_p;
SELECT sum(a), avg(a), min(a), max(a) FROM types_amount_p;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT sum(a), avg(a), min(a), max(a) FROM types_amount_p;
SELECT sum(a), avg(a), min(a), max(a) FROM types_amount_p;
SELECT sum(a) IS NULL AS none FROM types_amount_p WHERE id < 0;
INSERT INTO types_amount_p SELECT i, amount(i, 'USD') FROM generate_series(1, 20000) AS i;
DO $$ BEGIN
	PERFORM sum(a) FROM types_amount_p;
EXCEPTION WHEN SQLSTATE 'SP101' THEN RAISE NOTICE 'mixed currencies are found by any worker';
END $$;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

DROP TABLE types_amount_t, types_amount_part, types_amount_p, types_amount_binary;
DROP FUNCTION types_join_count();
