-- aging over any relation, described by its user in SQL
CREATE SCHEMA aging_app;
CREATE TABLE aging_app.invoice (id int, "Customer-No" text, "user" text, currency text, total numeric(12,2), paid numeric(12,2),
	due_date date, booked timestamptz, stamped timestamp, draft boolean DEFAULT false, price float8);
INSERT INTO aging_app.invoice
SELECT g, 'C' || g % 3, (ARRAY['li', 'wu'])[1 + g % 2], (ARRAY['CNY', 'EUR'])[1 + g % 2], 100 + g, CASE WHEN g % 4 = 0 THEN 100 + g ELSE g / 2.0 END,
	date '2026-06-30' - g * 7 + 30, timestamptz '2026-06-30 00:00+08' - g * interval '7 days', timestamp '2026-06-30 12:00' - g * interval '7 days', g % 10 = 0, g
FROM generate_series(1, 24) AS g;
-- a credit note, an invoice without an amount, one without a due date
INSERT INTO aging_app.invoice VALUES (97, 'C1', 'li', 'CNY', -50, 0, '2026-01-01'), (98, 'C2', 'wu', 'EUR', NULL, NULL, '2026-01-01'), (99, 'C1', 'li', 'CNY', 3, 0, NULL);
-- the caller's path has no pulse in it, and an operator of somebody else's
SET search_path = public;

SELECT keys, currency, not_due, buckets, overdue, credits, total FROM pulse.aging_report('aging_app.invoice', 'total - paid', 'due_date', '2026-06-30');
SELECT keys, not_due, buckets, credits, total FROM pulse.aging_report('aging_app.invoice', amount => 'total - paid', due => 'due_date', as_of => '2026-06-30',
	by => '{Customer-No,user}', edges => '{15}', condition => 'NOT draft');
-- per currency when it is an amount; profiles hold the same figures
SELECT keys, currency, not_due, buckets, total, profile FROM pulse.aging_report('aging_app.invoice', 'pulse.amount(total - paid, currency)', 'due_date', '2026-06-30', '{"upper(\"user\")"}');
-- money without a currency is in no figure, and that is said
BEGIN;
INSERT INTO aging_app.invoice (id, "Customer-No", "user", currency, total, paid, due_date) VALUES (100, 'C1', 'li', NULL, 7, 0, '2026-06-01'), (101, 'C4', 'li', NULL, 9, 0, '2026-06-01');
SELECT keys, currency, total FROM pulse.aging_report('aging_app.invoice', 'pulse.amount(total - paid, currency)', 'due_date', '2026-06-30', '{Customer-No}');
SELECT keys, currency, total FROM pulse.aging_report('aging_app.invoice', 'pulse.amount(total - paid, currency)', 'due_date', '2026-06-30', condition => 'currency IS NULL');
SELECT count(*), sum(open_amount) FROM pulse.open_items('aging_app.invoice', 'pulse.amount(total - paid, currency)', 'due_date', '2026-06-30');
SELECT keys, currency, total FROM pulse.aging_report('aging_app.invoice', 'pulse.amount(total - paid, coalesce(currency, ''USD''))', 'due_date', '2026-06-30', condition => 'total IS NOT NULL');
SELECT sum(total) FROM pulse.aging_report('aging_app.invoice', 'pulse.amount(total - paid, currency)', 'due_date', '2026-06-30', condition => 'currency IS NOT NULL AND total IS NOT NULL');
SELECT keys, currency, total FROM pulse.aging_report('aging_app.invoice', 'total - paid', 'due_date', '2026-06-30', '{currency}');
ROLLBACK;
-- numbers whose currency is a column
SELECT keys, currency, total FROM pulse.aging_report('aging_app.invoice', 'total - paid', 'due_date', '2026-06-30', '{currency}');
-- a name of a column is the column; integers and timestamps are understood; a comment ends with its expression
SELECT total FROM pulse.aging_report('aging_app.invoice', 'id', 'due_date -- the agreed one', '2026-06-30');
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT keys, not_due, buckets FROM pulse.aging_report('aging_app.invoice', 'total', 'booked', '2026-06-16', '{id}', '{1,7}', 'id IN (1, 2, 3)');
SELECT keys, not_due, buckets FROM pulse.aging_report('aging_app.invoice', 'total', 'stamped', '2026-06-16', '{id}', '{1,7}', 'id IN (1, 2, 3)');

-- as of today in the business time zone: 2026-06-30 20:00 in UTC is the first of July in Shanghai
SELECT pulse.set_clock('2026-06-30 20:00+00');
SELECT pulse.as_of(profile) = '2026-07-01' AS business_day FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date');

-- a view of built-in types, with the figures of the report
CALL pulse.create_aging_view('aging_app.aging', 'aging_app.invoice', 'total - paid', 'due_date', '{Customer-No,currency}');
CALL pulse.create_aging_view('aging_app."Aging by amount"', 'aging_app.invoice', amount => 'pulse.amount(total - paid, currency)', due => 'due_date', by => '{user}', edges => '{10,20}');
SELECT c.relname, a.attnum, a.attname, a.atttypid::regtype AS type
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = 'aging_app'::regnamespace AND c.relkind = 'v' ORDER BY 1, 2;
SELECT * FROM aging_app.aging ORDER BY 1, 2;
SELECT * FROM aging_app."Aging by amount" ORDER BY 1, 2;
SELECT count(*) AS rows, bool_and(v.not_due = r.not_due AND ARRAY[v.d1_10, v.d11_20, v.d21_plus] = r.buckets AND v.credits = r.credits AND v.total = r.total) AS same
FROM aging_app."Aging by amount" AS v
FULL JOIN pulse.aging_report('aging_app.invoice', 'pulse.amount(total - paid, currency)', 'due_date', by => '{user}', edges => '{10,20}') AS r
	ON v."user" = r.keys ->> 'user' AND v.currency = r.currency;
-- of a part of the relation only
CALL pulse.create_aging_view('aging_app.firm', 'aging_app.invoice', 'total - paid', 'due_date', condition => 'NOT draft -- those that count');
SELECT (SELECT total FROM aging_app.firm) < (SELECT sum(total) FROM aging_app.aging) AS a_part, v.not_due = r.not_due AND v.d91_plus = r.buckets[4] AND v.total = r.total AS same
FROM aging_app.firm AS v, pulse.aging_report('aging_app.invoice', 'total - paid', 'due_date', condition => 'NOT draft') AS r;
DROP VIEW aging_app.firm;
CALL pulse.create_aging_view('aging_app.firm', 'aging_app.invoice', 'total', 'due_date', condition => 'id');
\echo :LAST_ERROR_SQLSTATE
CALL pulse.create_aging_view('aging_app.firm', 'aging_app.invoice', 'total', 'due_date', condition => 'true) AS t; DROP TABLE aging_app.invoice; SELECT (true');
\echo :LAST_ERROR_SQLSTATE
SELECT pg_get_viewdef('aging_app.aging', true);
\set SHOW_CONTEXT never
CALL pulse.create_aging_view('aging_app.aging', 'aging_app.invoice', 'total', 'due_date');
\echo :LAST_ERROR_SQLSTATE
CALL pulse.create_aging_view('aging_app..x', 'aging_app.invoice', 'total', 'due_date');
\echo :LAST_ERROR_SQLSTATE
CALL pulse.create_aging_view('aging_app.other', 'aging_app.invoice', 'total', 'due_date', ARRAY[repeat('"Customer-No" || ', 6) || '''x''']);
\echo :LAST_ERROR_SQLSTATE
CALL pulse.create_aging_view('aging_app.other', 'aging_app.invoice', 'total', NULL);
\echo :LAST_ERROR_SQLSTATE

-- it reads with the rights of who asks
CREATE ROLE regress_aging_clerk;
GRANT USAGE ON SCHEMA aging_app TO regress_aging_clerk;
GRANT SELECT (id, total, due_date) ON aging_app.invoice TO regress_aging_clerk;
GRANT SELECT ON aging_app.aging TO regress_aging_clerk;
SET ROLE regress_aging_clerk;
SELECT total FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', '2026-06-30');
SELECT total FROM pulse.aging_report('aging_app.invoice', 'total - paid', 'due_date', '2026-06-30');
\echo :LAST_ERROR_SQLSTATE
SELECT total FROM aging_app.aging;
\echo :LAST_ERROR_SQLSTATE
SELECT total FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', condition => 'true) AS t; DROP TABLE aging_app.invoice; SELECT (true');
\echo :LAST_ERROR_SQLSTATE
CALL pulse.create_aging_view('aging_app.mine', 'aging_app.invoice', 'total', 'due_date');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- operators of somebody else's in the path change nothing
CREATE SCHEMA aging_hostile;
CREATE FUNCTION aging_hostile.never(date, date) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION aging_hostile.never(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR aging_hostile.>= (LEFTARG = date, RIGHTARG = date, FUNCTION = aging_hostile.never);
CREATE OPERATOR aging_hostile.> (LEFTARG = int, RIGHTARG = int, FUNCTION = aging_hostile.never);
SET search_path = aging_hostile, pg_catalog;
SELECT not_due, buckets FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', '2026-06-30');
CALL pulse.create_aging_view('aging_app.safe', 'aging_app.invoice', 'total', 'due_date');
SELECT not_due, d1_30, d91_plus FROM aging_app.safe;
SET search_path = public;

\set SHOW_CONTEXT errors
-- each mistake is shown where it is
SELECT * FROM pulse.aging_report('aging_app.invoice', 'totl - paid', 'due_date');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', 'due_dat');
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', by => '{customer}');
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', condition => 'paid <');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.aging_report('aging_app.invoice', '', 'due_date');
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total), (paid', 'due_date');
SELECT * FROM pulse.aging_report('aging_app.invoice', 'price', 'due_date');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', 'id');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', condition => 'id');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', edges => '{30,10}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', 'infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.aging_report(NULL, 'total', 'due_date');
SELECT * FROM pulse.aging_report('aging_app.invoice', 'total', 'due_date', by => '{NULL}');
SELECT * FROM pulse.aging_report('aging_app.nothing', 'total', 'due_date');
SELECT * FROM pulse.aging_report(4000000000::oid::regclass, 'total', 'due_date');
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX invoice_due ON aging_app.invoice (due_date);
SELECT * FROM pulse.aging_report('aging_app.invoice_due', 'total', 'due_date');
\echo :LAST_ERROR_SQLSTATE

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA aging_app, aging_hostile CASCADE;
DROP ROLE regress_aging_clerk;
SELECT pulse.set_clock(NULL), pulse.set_setting('timezone', 'UTC');
