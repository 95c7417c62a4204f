-- aging by other rules than the usual one: what systems disagree on, as options
SET search_path = public, pulse;

-- One item a day around each edge. The amount is a power of two, so that a figure says which days are in it:
-- due tomorrow 1, today 2, 1 day past due 4, 29 days 8, 30 days 16, 31 days 32, 60 days 64, 61 days 128;
-- a credit of 30 days -1000, one that is not due yet -2000; no due date 4000.
CREATE TABLE aging_day (open_amount int, due date);
INSERT INTO aging_day SELECT 2 ^ (n - 1), date '2026-06-30' - age
FROM unnest('{-1,0,1,29,30,31,60,61}'::int[]) WITH ORDINALITY AS day(age, n);
INSERT INTO aging_day VALUES (-1000, date '2026-06-30' - 30), (-2000, '2026-08-01'), (4000, NULL);

-- not due 1 + 2 + 4000; 1-30: 4 + 8 + 16; 31-60: 32 + 64; 61+: 128
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30,60}', '') FROM aging_day;
-- day 30 begins the second bucket, day 60 the third: 4 + 8; 16 + 32; 64 + 128
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30,60}', 'exclusive') FROM aging_day;
-- day 0 is past due: not due 1 + 4000; 0-30: 2 + 4 + 8 + 16
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30,60}', 'day_0_due') FROM aging_day;
-- both: 0-29: 2 + 4 + 8; 30-59: 16 + 32; 60+: 64 + 128
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30,60}', 'exclusive, day_0_due') FROM aging_day;
-- no figure for what is not due: up_to_30: 1 + 2 + 4 + 8 + 16 + 4000
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30,60}', 'not_due_in_first') FROM aging_day;
-- credits by their own date: -2000 is not due, -1000 is 30 days old
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30,60}', 'credits_aged') FROM aging_day;
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30,60}', 'exclusive not_due_in_first credits_aged') FROM aging_day;
SELECT aging(open_amount::numeric, due, '2026-06-30', '{}', 'not_due_in_first,credits_aged') FROM aging_day;
SELECT aging(open_amount::numeric, due, '2026-06-30', '{1}', 'exclusive,not_due_in_first') FROM aging_day;
SELECT aging(amount(open_amount::numeric, 'CNY'), due, '2026-06-30', '{30,60}', 'exclusive') FROM aging_day;
-- by issue date: the same with the date of the invoice, on which nothing is not due
SELECT aging(open_amount::numeric, due - 30, '2026-06-30', '{30,60}', 'day_0_due') FROM aging_day WHERE open_amount BETWEEN 1 AND 128;

-- what a profile without a figure says: NULL, no row
SELECT aging(amount(open_amount::numeric, 'CNY'), due, '2026-06-30', '{30,60}', 'not_due_in_first, credits_aged') AS profile FROM aging_day \gset
SELECT total(p), not_due(p), overdue(p), credits(p), bucket(p, 1), edges(p) FROM (SELECT :'profile'::aging_profile AS p) AS x;
SELECT * FROM buckets(:'profile');
SELECT to_jsonb(:'profile'::aging_profile);
CREATE TABLE aging_shape (p aging_profile);
INSERT INTO aging_shape SELECT aging(open_amount::numeric, due, '2026-06-30', '{30,60}', rule)
FROM aging_day, unnest('{"",day_0_due,not_due_in_first,credits_aged,day_0_due credits_aged,not_due_in_first credits_aged,exclusive}'::text[]) AS rule GROUP BY rule;
\copy aging_shape TO 'results/aging_rule.bin' (FORMAT binary)
CREATE TABLE aging_shape_copy (p aging_profile);
\copy aging_shape_copy FROM 'results/aging_rule.bin' (FORMAT binary)
SELECT count(*) AS seven FROM (SELECT p FROM aging_shape GROUP BY p) AS g;
SELECT count(*) AS seven, bool_and(s.p::text = p::text) AS same FROM aging_shape_copy JOIN aging_shape AS s USING (p);

-- algebra
SELECT '2026-06-30 not_due 5.5, 1+ 1.0, credits -1.0'::aging_profile - '2026-06-30 not_due 0.25, 1+ 3.00, credits 0.00'::aging_profile;
SELECT - '2026-06-30 CNY not_due 5.50, 1+ 0.00, credits -1.00'::aging_profile;
SELECT (a + b) - b = a AS there_and_back, a - b = -(b - a) AS opposite, a - a = b - b AS nothing
FROM (SELECT '2026-06-30 not_due 5.5, 1+ 1.0, credits -1.0'::aging_profile AS a, '2026-06-30 not_due 0.25, 1+ 3.00, credits 0.00'::aging_profile AS b) AS x;

-- Random ledgers: by every rule the rows of a profile add up to what is open, the parts to the whole, and
-- each rule differs from the usual one by exactly what it moves.
CREATE TABLE aging_random (ledger int, open_amount numeric, due date);
SELECT setseed(0.25);
INSERT INTO aging_random
SELECT g % 50, round(((random() - 0.3) * 10 ^ (random() * 6)::int)::numeric, 2),
	CASE WHEN random() < 0.95 THEN date '2024-02-29' + (random() * 240)::int - 180 END
FROM generate_series(1, 10000) AS g;
ANALYZE aging_random;
CREATE TABLE aging_by_rule AS
SELECT ledger, rule, sum(open_amount) AS open, aging(open_amount, due, '2024-02-29', '{10,30,60}', rule) AS p
FROM aging_random, (SELECT concat_ws(' ', e, d, n, c) AS rule FROM unnest('{inclusive,exclusive}'::text[]) AS e, unnest('{day_0_not_due,day_0_due}'::text[]) AS d,
	unnest('{not_due_apart,not_due_in_first}'::text[]) AS n, unnest('{credits_apart,credits_aged}'::text[]) AS c) AS rules
GROUP BY ledger, rule;
SELECT count(DISTINCT rule) AS rules, count(*) AS profiles, bool_and(total(p) = open) AS adds_up,
	bool_and((SELECT sum(b.amount) FROM buckets(p) AS b) = open) AS rows_add_up, bool_and(p::text::aging_profile = p) AS text_keeps_it
FROM aging_by_rule;
SELECT bool_and(whole = parts) AS parts_are_the_whole FROM (
	SELECT rule, sum(p) AS parts, (SELECT aging(open_amount, due, '2024-02-29', '{10,30,60}', r.rule) FROM aging_random) AS whole
	FROM aging_by_rule AS r GROUP BY rule) AS both_ways;
-- every figure of every rule, counted again by its days
SELECT bool_and(b.amount = (SELECT coalesce(sum(open_amount), 0) FROM aging_random AS l WHERE l.ledger = r.ledger
	AND (rule ~ 'credits_aged' OR (b.label = 'credits') = (open_amount < 0))
	AND (b.label = 'credits' OR (coalesce('2024-02-29' - due, -999) BETWEEN
		CASE WHEN b.bucket = 0 THEN -999 ELSE coalesce(b.from_days, -999) END AND coalesce(b.to_days, 999))))) AS figures_are_right, count(*)
FROM aging_by_rule AS r, buckets(p) AS b;

-- reports and views by a rule
SELECT keys, not_due, buckets, overdue, credits, total FROM aging_report('aging_day', 'open_amount', 'due', '2026-06-30', edges => '{30,60}', rule => 'exclusive, day_0_due');
SELECT not_due, buckets, overdue, credits, total FROM aging_report('aging_day', 'open_amount', 'due', '2026-06-30', edges => '{30,60}', rule => 'not_due_in_first credits_aged');
SELECT set_clock('2024-02-29 12:00+00');
CREATE PROCEDURE aging_compare(rule text) LANGUAGE plpgsql AS $$
DECLARE
	same boolean;
	shown text;
BEGIN
	CALL pulse.create_aging_view('aging_random_view', 'aging_random', 'open_amount', 'due', '{ledger}', '{10,30,60}', aging_compare.rule);
	SELECT string_agg(attname, ' ' ORDER BY attnum) INTO shown FROM pg_attribute WHERE attrelid = 'aging_random_view'::regclass;
	SELECT count(*) = 50 AND bool_and(ARRAY(SELECT value::numeric FROM jsonb_each_text(to_jsonb(v) - '{ledger,currency,total}'::text[]) ORDER BY value::numeric)
			= ARRAY(SELECT b.amount FROM pulse.buckets(r.profile) AS b ORDER BY 1) AND v.total = r.total) INTO same
	FROM aging_random_view AS v JOIN pulse.aging_report('aging_random', 'open_amount', 'due', by => '{ledger}', edges => '{10,30,60}', rule => aging_compare.rule) AS r
		ON r.keys ->> 'ledger' = v.ledger::text;
	RAISE NOTICE '%: % %', aging_compare.rule, shown, same;
	DROP VIEW aging_random_view;
END $$;
CALL aging_compare('exclusive');
CALL aging_compare('day_0_due');
CALL aging_compare('not_due_in_first');
CALL aging_compare('credits_aged');
CALL aging_compare('exclusive day_0_due not_due_apart credits_aged');
CALL aging_compare('exclusive not_due_in_first credits_aged');

-- in parallel the same
CREATE TEMP TABLE aging_serial_rule AS SELECT aging(open_amount, due, '2024-02-29', '{10,30}', 'exclusive credits_aged') AS p FROM aging_random;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT a.p = s.p AS equal_to_serial FROM (SELECT aging(open_amount, due, '2024-02-29', '{10,30}', 'exclusive credits_aged') AS p FROM aging_random) AS a, aging_serial_rule AS s;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- mistakes
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30}', 'exclusive, day0') FROM aging_day;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30}', 'credits_aged credits_apart') FROM aging_day;
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30}', NULL) FROM aging_day;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount::numeric, due, '2026-06-30', '{1,30}', 'exclusive') FROM aging_day;
\echo :LAST_ERROR_SQLSTATE
SELECT aging(open_amount::numeric, due, '2026-06-30', '{30}', CASE WHEN open_amount > 8 THEN 'exclusive' ELSE '' END) FROM aging_day;
\echo :LAST_ERROR_SQLSTATE
SELECT '2026-06-30 up_to_30 1, 31+ 0'::aging_profile + '2026-06-30 not_due 0, 1-30 1, 31+ 0'::aging_profile;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM aging_report('aging_day', 'open_amount', 'due', rule => 'strict');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM aging_report('aging_day', 'open_amount', 'due', rule => NULL);
\echo :LAST_ERROR_SQLSTATE
CALL create_aging_view('aging_view', 'aging_day', 'open_amount', 'due', rule => 'strict');

SELECT set_clock(NULL);
DROP TABLE aging_day, aging_shape, aging_shape_copy, aging_random, aging_by_rule;
DROP PROCEDURE aging_compare;
