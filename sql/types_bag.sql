SET search_path = public, pulse;

-- text: by code, zeros left out, one total per currency
SELECT '{USD 3.5, CNY 10}'::bag, '{}'::bag, ' { 7 JPY } '::bag, '{CNY 0,USD 1}'::bag,
	   '{CNY 900719925474099200000.01}'::bag AS large;
SELECT '{CNY 1661534994731144841129758825350430.71}'::bag AS greatest, '{CNY -1661534994731144841129758825350430.72}'::bag AS least;

-- bad text
SELECT ''::bag;
\echo :LAST_ERROR_SQLSTATE
SELECT 'CNY 1'::bag;
SELECT '{CNY 1'::bag;
SELECT '{CNY 1}}'::bag;
SELECT '{CNY 1,}'::bag;
SELECT '{,CNY 1}'::bag;
SELECT '{CNY 1;USD 1}'::bag;
SELECT '{CNY 1,CNY 2}'::bag;
SELECT '{CNY 1,1 CNY}'::bag;
SELECT '{ABC 1}'::bag;
SELECT '{CNY 0.001}'::bag;
SELECT '{CNY one}'::bag;
SELECT '{CNY 999999999999999999999999999999999999999999}'::bag;
SELECT '{CNY 1661534994731144841129758825350430.72}'::bag;
\echo :LAST_ERROR_SQLSTATE

-- binary form: there and back; nonsense is refused
CREATE TABLE types_bag_binary (b bag);
INSERT INTO types_bag_binary VALUES ('{CNY 1,USD -2.50,JPY 7}'), ('{}'), ('{EUR 900719925474099200000.01}');
COPY types_bag_binary TO PROGRAM 'cat > types_bag.bin' (FORMAT binary);
CREATE TABLE types_bag_back (b bag);
COPY types_bag_back FROM PROGRAM 'cat types_bag.bin; rm types_bag.bin' (FORMAT binary);
SELECT count(*) FROM types_bag_binary JOIN types_bag_back USING (b);
CREATE FUNCTION types_bag_refused(hex text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	octal text;
	detail text;
BEGIN
	SELECT string_agg('\' || lpad((get_byte(b, i) / 64)::text || ((get_byte(b, i) / 8) % 8)::text || (get_byte(b, i) % 8)::text, 3, '0'), '' ORDER BY i)
	INTO octal
	FROM (SELECT decode('5047434f50590aff0d0a00' || '0000000000000000' || '0001' || lpad(to_hex(length(hex) / 2), 8, '0') || hex || 'ffff', 'hex')) AS x(b),
		 generate_series(0, length(b) - 1) AS i;
	EXECUTE format('COPY public.types_bag_back FROM PROGRAM %L (FORMAT binary)', format('printf ''%s''', octal));
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' ', SQLSTATE, nullif(detail, ''));
END
$$;
SELECT what, types_bag_refused(hex) FROM (VALUES
	('one yuan', '000000010000000127200000000000000000000000000064'),
	('version 2', '0000000200000000'),
	('too many', '0000000100000401'),
	('negative length', '00000001ffffffff'),
	('short', '00000001000000012720000000000000'),
	('long', '000000010000000000'),
	('no currency', '0000000100000001ffe00000000000000000000000000001'),
	('zero', '000000010000000127200000000000000000000000000000'),
	('twice', '00000001000000022720000000000000000000000000006427200000000000000000000000000064'),
	('descending', '0000000100000002d220000000000000000000000000006427200000000000000000000000000064'),
	('empty', '')) AS x(what, hex);
SELECT b FROM types_bag_back ORDER BY b::text;

-- arithmetic leaves no zeros behind
SELECT bag '{CNY 1,USD 2}' + '{CNY 2,EUR 1}', bag '{CNY 1,USD 2}' - '{CNY 1,EUR 1}', - bag '{CNY 1}',
	   bag '{CNY 1,USD 2}' - '{CNY 1,USD 2}' = '{}' AS nothing_left;
SELECT bag '{CNY 1}' = '{CNY 1.00}', bag '{CNY 1}' = '{USD 1}', bag '{CNY 1}' <> '{CNY 1,USD 1}', bag '{}' = '{JPY 0}';
SELECT bag '{CNY 1661534994731144841129758825350430.71}' + '{CNY 0.01}';
\echo :LAST_ERROR_SQLSTATE
SELECT - bag '{CNY -1661534994731144841129758825350430.72}';

-- what is in it
SELECT bag(amount 'CNY 5'), bag(amount 'CNY 0'), amount 'USD 1'::bag;
SELECT amount_of('{CNY 10,USD 3.5}', 'USD'), amount_of('{CNY 10}', 'JPY');
SELECT a, pg_typeof(a) FROM amounts('{USD 3.5,CNY 10,JPY 5}') AS a;
SELECT * FROM totals('{USD -3.5,CNY 900719925474099200000.01,JPY 5}');
SELECT count(*) FROM amounts('{}');
SELECT amount_of('{CNY 900719925474099200000.01}', 'CNY');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM amounts('{CNY 900719925474099200000.01}');
SELECT amount_of('{CNY 10}', 'RMB');
\echo :LAST_ERROR_SQLSTATE

-- bag_sum: the same figures as one sum per currency
CREATE TABLE types_bag_t AS
	SELECT i AS id, i % 5 AS grp, amount(i % 997 - 400, (ARRAY['CNY', 'USD', 'JPY', 'EUR', 'GBP', 'HKD'])[i % 6 + 1]) AS a
	FROM generate_series(1, 20000) AS i;
ANALYZE types_bag_t;
SELECT bag_sum(a) FROM types_bag_t;
SELECT t.currency, t.total, s.total = t.total AS same
FROM (SELECT (totals(bag_sum(a))).* FROM types_bag_t) AS t
	 FULL JOIN (SELECT currency(a), sum(a)::numeric AS total FROM types_bag_t GROUP BY 1) AS s USING (currency) ORDER BY 1;
SELECT grp, bag_sum(a) FROM types_bag_t WHERE id < 300 GROUP BY grp ORDER BY grp;
SELECT bag_sum(b) = (SELECT bag_sum(a) FROM types_bag_t) AS bags_of_bags FROM (SELECT grp, bag_sum(a) AS b FROM types_bag_t GROUP BY grp) AS x;
SELECT bag_sum(a) FROM types_bag_t WHERE false;
SELECT bag_sum(a) FROM (VALUES (NULL::amount), ('CNY 0')) AS x(a);
-- beyond the range of an amount
SELECT bag_sum(a) FROM (SELECT amount 'CNY 90071992547409.91' AS a FROM generate_series(1, 1000)) AS x;
SELECT bag_sum(b) FROM (SELECT bag '{CNY 1661534994731144841129758825350430.71}' AS b FROM generate_series(1, 2)) AS x;
\echo :LAST_ERROR_SQLSTATE

-- a moving frame takes out what it put in
SELECT id, bag_sum(a) OVER w FROM types_bag_t WHERE id <= 8 WINDOW w AS (ORDER BY id ROWS 2 PRECEDING) ORDER BY id;
SELECT id, bag_sum(bag(a)) OVER w FROM types_bag_t WHERE id <= 4 WINDOW w AS (ORDER BY id ROWS 1 PRECEDING) ORDER BY id;

-- in parallel
ALTER TABLE types_bag_t SET (parallel_workers = 2);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT bag_sum(a), bag_sum(bag(a)) FROM types_bag_t;
SELECT bag_sum(a), bag_sum(a) = bag_sum(bag(a)) AS same FROM types_bag_t;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- bags as keys
SELECT b, count(*) FROM (SELECT bag_sum(a) AS b FROM types_bag_t WHERE id <= 20 GROUP BY id % 10) AS x GROUP BY b HAVING count(*) > 1;
SELECT b FROM (SELECT DISTINCT b FROM (VALUES (bag '{CNY 1,USD 2}'), ('{USD 2,CNY 1}'), ('{USD 2}')) AS x(b)) AS y ORDER BY b::text;

-- a total order for sorting and indexes; equal bags are neighbours however they sort
SELECT l, r, l #< r AS lt, l #<= r AS le, l = r AS eq, l #>= r AS ge, l #> r AS gt
FROM (VALUES (bag '{}', bag '{CNY 1}'), ('{CNY 1}', '{CNY 1}'), ('{CNY 1}', '{CNY -1,USD 1}'), ('{CNY 1}', '{CNY 1,USD 1}'), ('{USD 1}', '{CNY 9}')) AS x(l, r);
SET enable_hashagg = off;
SELECT count(*) = count(DISTINCT b) AS sorted FROM (SELECT b FROM (SELECT bag(a) AS b FROM types_bag_t) AS x GROUP BY b) AS y;
RESET enable_hashagg;
SELECT count(*), count(DISTINCT b) FROM (SELECT bag(a) AS b FROM types_bag_t) AS x;

-- stored, compressed or not, and read back
CREATE TABLE types_bag_wide AS SELECT bag_sum(amount(n, (c.a)[i])) AS b
	FROM generate_series(1, 3) AS n,
		 (SELECT array_agg(k) FROM unnest(ARRAY['AED','ARS','AUD','BRL','CAD','CHF','CLP','CNY','COP','CZK','DKK','EGP','EUR','GBP','HKD','HUF','IDR','ILS','INR','JPY']) AS k) AS c(a),
		 generate_series(1, 20) AS i;
SELECT count(*), sum(total) FROM types_bag_wide, totals(b);

-- an ordinary user, to whom the steps of the aggregates are closed, sums, orders, groups and compares
CREATE ROLE regress_types_user;
GRANT SELECT ON types_bag_t, types_bag_wide TO regress_types_user;
SET ROLE regress_types_user;
SELECT currency(a), sum(a), avg(a), min(a), max(a), bag_sum(a), bag_sum(bag(a)) = bag_sum(a) AS same
FROM types_bag_t WHERE id <= 60 GROUP BY currency(a) ORDER BY 1;
SELECT a, count(*), sum(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM types_bag_t WHERE id <= 12 AND currency(a) = 'CNY' GROUP BY a ORDER BY a;
SELECT greatest(amount 'CNY 1', 'CNY 2'), amount 'CNY 1' IN ('CNY 1', 'USD 2'), amount 'CNY 5' > 'CNY 4';
SELECT count(*) FROM types_bag_t AS x JOIN types_bag_t AS y USING (a) WHERE x.id < 100 AND y.id < 2000;
SELECT count(DISTINCT b) FROM types_bag_wide;
SELECT (amount 'CNY 1')::text, ('CNY ' || '2')::amount, (bag '{CNY 1}')::text, ('{' || 'CNY 2}')::bag, to_jsonb(amount 'CNY 3');
SELECT pulse_internal.amount_in('CNY 1');
RESET ROLE;

DROP TABLE types_bag_t, types_bag_binary, types_bag_back, types_bag_wide;
DROP FUNCTION types_bag_refused(text);
DROP ROLE regress_types_user;
