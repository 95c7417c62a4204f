-- aging: open amounts by days past due. The schema comes into the path, as pulse.setup() puts it there.
SET search_path = public, pulse;
CREATE TABLE aging_item (customer text, open_amount numeric, due date);
INSERT INTO aging_item VALUES
	('a', 100, '2026-07-01'),		-- not due
	('a', 10, '2026-06-30'),		-- due today: not past due
	('a', 20.5, '2026-06-29'),		-- 1 day
	('a', 30, '2026-05-31'),		-- 30 days: the first bucket's last
	('b', 40, '2026-05-30'),		-- 31 days
	('b', 50, '2026-04-01'),		-- 90 days
	('b', 60.25, '2026-03-31'),		-- 91 days
	('b', -7, '2020-01-01'),		-- a credit has no age
	('b', 0, '2020-01-01'),
	('c', 5, NULL),					-- no due date: not due
	('c', NULL, '2020-01-01'),		-- no amount: not a row
	('c', 1, 'infinity'), ('c', 2, '-infinity');

SELECT aging(open_amount, due, '2026-06-30') FROM aging_item;
SELECT customer, aging(open_amount, due, '2026-06-30', '{7,45}') FROM aging_item GROUP BY customer ORDER BY customer;
SELECT aging(open_amount, due, '2026-06-30', '{}') FROM aging_item;
SELECT aging(open_amount, due, '2026-06-30') IS NULL AS no_row_counts FROM aging_item WHERE open_amount IS NULL;

-- amounts: the same figures, in a currency
SELECT aging(amount(open_amount, 'CNY'), due, '2026-06-30') FROM aging_item;
SELECT aging(amount(round(open_amount), 'JPY'), due, '2026-06-30', '{30}') FROM aging_item;

-- what a profile says
SELECT aging(amount(open_amount, 'CNY'), due, '2026-06-30') AS profile FROM aging_item \gset
SELECT total(p), overdue(p), not_due(p), credits(p), bucket(p, 1), bucket(p, 4), currency(p), as_of(p), edges(p)
FROM (SELECT :'profile'::aging_profile AS p) AS x;
SELECT * FROM buckets(:'profile');
SELECT label, amount FROM unnest(:'profile'::aging_profile) WHERE bucket > 0 ORDER BY bucket;
SELECT jsonb_pretty(:'profile'::aging_profile::jsonb);
SELECT pg_catalog.to_jsonb(x) -> 'p' = pulse.to_jsonb(x.p) AS inside_a_row FROM (SELECT :'profile'::aging_profile AS p) AS x;
SELECT bucket(:'profile', 5);
\echo :LAST_ERROR_SQLSTATE

-- text: written as it is read, whatever DateStyle says
SET datestyle = 'German';
SELECT :'profile'::aging_profile::text = :'profile' AS same;
RESET datestyle;
SELECT '2026-06-30 not_due 1, 1-30 2.50, 31+ 0, credits -1'::aging_profile;
SELECT '2026-02-30 not_due 1, 1+ 0, credits 0'::aging_profile;
\echo :LAST_ERROR_SQLSTATE
SELECT '2026-06-30 not_due 1, 1-30 0, 32+ 0, credits 0'::aging_profile;
SELECT '2026-06-30 CNY not_due 1.005, 1+ 0.00, credits 0.00'::aging_profile;
SELECT 'tomorrow'::aging_profile;
SELECT '2026-06-30 not_due 1, credits 0'::aging_profile;

-- binary: the same profile comes back, and nothing else gets in
CREATE TABLE aging_stored (p aging_profile);
INSERT INTO aging_stored VALUES (:'profile'), ('2026-06-30 not_due 123456789012345678901234567890.5, 1+ 0.0, credits 0.0'), (NULL);
\copy aging_stored TO 'results/aging.bin' (FORMAT binary)
CREATE TABLE aging_copy (p aging_profile);
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
SELECT count(*) FROM (SELECT p FROM aging_copy INTERSECT SELECT p FROM aging_stored) AS both_have;
TRUNCATE aging_copy;
-- byte 1 version, 3 currency, 4 the date, 8 scale, 9 digits shown, 10 the rule, 11 edges, 15 an edge
\copy (SELECT set_byte(pulse_internal.aging_profile_send(p), 1, 9) FROM aging_stored WHERE currency(p) = 'CNY') TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
\copy (SELECT set_byte(pulse_internal.aging_profile_send(p), 2, 99) FROM aging_stored WHERE currency(p) = 'CNY') TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
\copy (SELECT set_byte(pulse_internal.aging_profile_send(p), 4, 127) FROM aging_stored WHERE currency(p) = 'CNY') TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
\copy (SELECT set_byte(pulse_internal.aging_profile_send(p), 8, 3) FROM aging_stored WHERE currency(p) = 'CNY') TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
\copy (SELECT set_byte(pulse_internal.aging_profile_send(p), 9, 0) FROM aging_stored WHERE currency(p) IS NULL AND p IS NOT NULL) TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
\copy (SELECT set_byte(pulse_internal.aging_profile_send(p), 10, 255) FROM aging_stored WHERE currency(p) = 'CNY') TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
\copy (SELECT set_byte(pulse_internal.aging_profile_send(p), 15, 200) FROM aging_stored WHERE currency(p) = 'CNY') TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
\copy (SELECT set_byte(pulse_internal.aging_profile_send(p), 10, 4) FROM aging_stored WHERE currency(p) = 'CNY') TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
\copy (SELECT substr(pulse_internal.aging_profile_send(p), 1, 40) FROM aging_stored WHERE currency(p) = 'CNY') TO 'results/aging.bin' (FORMAT binary)
\copy aging_copy FROM 'results/aging.bin' (FORMAT binary)
SELECT count(*) AS got_in FROM aging_copy;

-- equality is by value; profiles group and hash
SELECT p = q AS equal, p <> q AS different
FROM (SELECT '2026-06-30 not_due 1.0, 1+ 0.0, credits 0.0'::aging_profile, '2026-06-30 not_due 1.00, 1+ 0.00, credits 0.00'::aging_profile) AS x(p, q);
SELECT count(*) AS groups FROM (SELECT p FROM (VALUES
	('2026-06-30 not_due 1.0, 1+ 0.0, credits 0.0'::aging_profile), ('2026-06-30 not_due 1.000, 1+ 0.000, credits 0.000'),
	('2026-06-30 CNY not_due 1.00, 1+ 0.00, credits 0.00'), ('2026-07-01 not_due 1.0, 1+ 0.0, credits 0.0')) AS x(p) GROUP BY p) AS y;

-- addition: of parts, and not of what differs
SELECT '2026-06-30 not_due 1.5, 1+ 0.0, credits -1.0'::aging_profile + '2026-06-30 not_due 0.25, 1+ 3.00, credits 0.00'::aging_profile;
SELECT sum(p) = (SELECT aging(open_amount, due, '2026-06-30') FROM aging_item) AS parts_are_the_whole
FROM (SELECT aging(open_amount, due, '2026-06-30') AS p FROM aging_item GROUP BY customer) AS part;
SELECT '2026-06-30 CNY not_due 1.00, 1+ 0.00, credits 0.00'::aging_profile + '2026-06-30 EUR not_due 1.00, 1+ 0.00, credits 0.00'::aging_profile;
\echo :LAST_ERROR_SQLSTATE
SELECT sum(p) FROM (VALUES ('2026-06-30 not_due 1, 1+ 0, credits 0'::aging_profile), ('2026-07-01 not_due 1, 1+ 0, credits 0')) AS x(p);
\echo :LAST_ERROR_SQLSTATE
SELECT '2026-06-30 not_due 1, 1+ 0, credits 0'::aging_profile + '2026-06-30 not_due 1, 1-30 0, 31+ 0, credits 0'::aging_profile;
\echo :LAST_ERROR_SQLSTATE

-- exact for every numeric that fits into 38 digits, refused beyond
SELECT aging(a, '2026-01-01', '2026-06-30', '{}') FROM (VALUES (99999999999999999999999999999999.9), (0.1), (-0.0001)) AS v(a);
SELECT aging(a, '2026-01-01', '2026-06-30', '{}') FROM (VALUES (1e-8), (1e-36), (12.3)) AS v(a);
SELECT aging(a, '2026-01-01', '2026-06-30', '{}') FROM (VALUES (0.0000), (1.00000000000000000000000000000000000000000000)) AS v(a);
SELECT aging(a, '2026-01-01', '2026-06-30', '{}') FROM (VALUES (1), (1e-37)) AS v(a);
\echo :LAST_ERROR_SQLSTATE
SELECT aging(1e38, '2026-01-01', '2026-06-30');
SELECT aging(a, '2026-01-01', '2026-06-30') FROM (VALUES (1.6e34), (1.6e34)) AS v(a);
SELECT aging(a, '2026-01-01', '2026-06-30') FROM (VALUES (1), ('NaN'::numeric)) AS v(a);
\echo :LAST_ERROR_SQLSTATE
SELECT aging('-Infinity'::numeric, '2026-01-01', '2026-06-30');
-- beyond the range of one amount a profile still counts
SELECT total(aging(a, '2026-01-01', '2026-06-30')) FROM (SELECT 'CNY 90071992547409.91'::amount AS a FROM generate_series(1, 3)) AS v;

-- what may not differ within a group
SELECT aging(amount(open_amount, CASE customer WHEN 'a' THEN 'CNY' ELSE 'EUR' END), due, '2026-06-30') FROM aging_item;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount, due, due) FROM aging_item;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount, due, '2026-06-30', CASE customer WHEN 'a' THEN '{30}'::int[] ELSE '{60}' END) FROM aging_item;
\echo :LAST_ERROR_SQLSTATE
SELECT customer, edges(aging(open_amount, due, '2026-06-30', CASE customer WHEN 'a' THEN '{30}'::int[] ELSE '{60}' END))
FROM aging_item GROUP BY customer ORDER BY customer;

-- each bad argument says what is wrong with it
SELECT aging(open_amount, due, NULL) FROM aging_item;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount, due, 'infinity') FROM aging_item;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount, due, '2026-06-30', NULL) FROM aging_item;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount, due, '2026-06-30', '{30,30}') FROM aging_item;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount, due, '2026-06-30', '{0,30}') FROM aging_item;
SELECT aging(open_amount, due, '2026-06-30', '{30,NULL}') FROM aging_item;
SELECT aging(open_amount, due, '2026-06-30', '{{30},{60}}') FROM aging_item;
SELECT aging(open_amount, due, '2026-06-30', (SELECT array_agg(g) FROM generate_series(1, 51) AS g)) FROM aging_item;

-- a window shows each row the profile so far; finishing changes no state
SELECT customer, total(aging(open_amount, due, '2026-06-30') OVER (ORDER BY customer, open_amount)) FROM aging_item WHERE customer <> 'c' ORDER BY customer, open_amount;

-- random ledgers: buckets and credits are the sum of what is open, for any edges
CREATE TABLE aging_ledger (ledger int, customer int, currency text, open_amount numeric, due date);
SELECT setseed(0.5);
INSERT INTO aging_ledger
SELECT g % 40, (random() * 50)::int, (ARRAY['CNY', 'EUR', 'USD'])[1 + g % 3],
	CASE WHEN random() < 0.05 THEN NULL ELSE round(((random() - 0.1) * 10 ^ (random() * 9)::int)::numeric, 2) END,
	CASE WHEN random() < 0.95 THEN date '2026-06-30' + (random() * 400)::int - 300 END
FROM generate_series(1, 20000) AS g;
ANALYZE aging_ledger;
WITH edge_set AS (
	SELECT ledger, ARRAY(SELECT DISTINCT 1 + (abs(hashint4(ledger * 100 + n)) % 200) FROM generate_series(1, ledger % 9) AS n ORDER BY 1) AS edges
	FROM generate_series(0, 39) AS ledger
), aged AS (
	SELECT l.ledger, l.currency, sum(l.open_amount) AS open,
		aging(l.open_amount, l.due, '2026-06-30', e.edges) AS numbers,
		aging(amount(l.open_amount, l.currency), l.due, '2026-06-30', e.edges) AS amounts
	FROM aging_ledger AS l JOIN edge_set AS e USING (ledger) GROUP BY l.ledger, l.currency
)
SELECT count(*) AS groups,
	bool_and(total(numbers) = open AND total(amounts) = open) AS adds_up,
	bool_and((SELECT sum(b.amount) FROM buckets(numbers) AS b) = open) AS rows_add_up,
	bool_and((SELECT array_agg(b.amount) FROM buckets(numbers) AS b) = (SELECT array_agg(b.amount) FROM buckets(amounts) AS b)) AS same_figures,
	bool_and(overdue(numbers) = (SELECT coalesce(sum(l.open_amount), 0) FROM aging_ledger AS l
		WHERE l.ledger = aged.ledger AND l.currency = aged.currency AND l.open_amount > 0 AND l.due < '2026-06-30')) AS overdue_right
FROM aged;

-- the parts of any cut are the whole
SELECT bool_and(whole = parts) AS parts_are_the_whole FROM (
	SELECT ledger, sum(part) AS parts,
		(SELECT aging(l.open_amount, l.due, '2026-06-30') FROM aging_ledger AS l WHERE l.ledger = cut.ledger) AS whole
	FROM (SELECT ledger, aging(open_amount, due, '2026-06-30') AS part FROM aging_ledger GROUP BY ledger, customer) AS cut
	GROUP BY ledger) AS both_ways;

-- parallel: the plan, and the serial answer
CREATE TEMP TABLE aging_serial AS
	SELECT aging(open_amount, due, '2026-06-30') AS numbers, sum(open_amount) AS open FROM aging_ledger;
CREATE TEMP TABLE aging_serial_currency AS
	SELECT currency, aging(amount(open_amount, currency), due, '2026-06-30', '{10,20,30}') AS amounts FROM aging_ledger GROUP BY currency;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT aging(open_amount, due, '2026-06-30') FROM aging_ledger;
SELECT p.numbers = s.numbers AS equal_to_serial
FROM (SELECT aging(open_amount, due, '2026-06-30') AS numbers FROM aging_ledger) AS p, aging_serial AS s;
EXPLAIN (COSTS OFF) SELECT currency, aging(amount(open_amount, currency), due, '2026-06-30', '{10,20,30}') FROM aging_ledger GROUP BY currency;
SELECT currency, p.amounts = s.amounts AS equal_to_serial
FROM (SELECT currency, aging(amount(open_amount, currency), due, '2026-06-30', '{10,20,30}') AS amounts FROM aging_ledger GROUP BY currency) AS p
JOIN aging_serial_currency AS s USING (currency) ORDER BY currency;
-- an error in a worker is the same error (which two currencies meet first is chance)
\set VERBOSITY sqlstate
SELECT aging(amount(open_amount, currency), due, '2026-06-30') FROM aging_ledger WHERE open_amount > 0 AND currency <> 'USD';
\set VERBOSITY default

DROP TABLE aging_item, aging_stored, aging_copy, aging_ledger;
