-- rollups: whatever happens to the source, the view equals the plain query
CREATE SCHEMA regress_rollup;
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');

CREATE TABLE regress_rollup.sale (
	id int PRIMARY KEY,
	sold_at timestamptz,
	store text,
	sku int,
	quantity int,
	serial bigint,
	price numeric,
	total pulse.amount,
	draft boolean NOT NULL DEFAULT false
);
INSERT INTO regress_rollup.sale VALUES
	(1, '2026-03-01 15:59:59+00', 'east', 7, 2, 9223372036854775807, 1.50, 'CNY 3.00', false),
	(2, '2026-03-01 16:00:00+00', 'east', 7, 1, 9223372036854775807, 0.10, 'CNY 0.10', false),
	(3, '2026-03-01 16:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, false),
	(4, NULL, 'west', 8, 5, 1, 2, 'JPY 10', false),
	(5, '2026-03-02 03:00:00+00', 'east', 7, 9, 1, 1, 'CNY 9.00', true);

-- built from what is there; a day is a day of the business time zone
SELECT pulse.create_rollup('regress_sales', 'regress_rollup.sale', 'sold_at', 'day', '{store,sku}',
	'{count,sum(quantity),sum(serial),sum(price),sum(total)}', 'NOT draft', 'regress_rollup');
SELECT * FROM regress_rollup.regress_sales ORDER BY period, store, sku, currency;
\d regress_rollup.regress_sales
SELECT * FROM pulse.check_rollup('regress_sales');
SELECT name, source, time_column, grain, dimensions, measures, condition, timezone, view_name, state, reason
FROM pulse.rollups WHERE name = 'regress_sales';

-- two more on the same table: by month, by week
SELECT pulse.create_rollup('regress_month', 'regress_rollup.sale', 'sold_at', 'month', rollup_schema => 'regress_rollup');
SELECT pulse.create_rollup('regress_week', 'regress_rollup.sale', 'sold_at', 'week', '{store}', '{sum(price)}',
	rollup_schema => 'regress_rollup');

-- the differences of all three; no rows: equal
CREATE FUNCTION regress_rollup.differences() RETURNS TABLE (name text, cell jsonb, in_rollup jsonb, in_source jsonb)
	LANGUAGE sql AS $$
	SELECT r.name, c.* FROM pulse.rollups AS r, pulse.check_rollup(r.name) AS c WHERE r.name LIKE 'regress%'
$$;

-- insert, late rows, update of a measure, of a key, of the condition, of nothing; delete
INSERT INTO regress_rollup.sale SELECT n, timestamptz '2026-03-05 00:00+08' + n * interval '7 hours', 'store' || n % 3, n % 2,
	n, n, n / 7.0, pulse.amount(n / 100.0, CASE n % 5 WHEN 0 THEN 'USD' ELSE 'CNY' END) FROM generate_series(10, 200) n;
SELECT * FROM regress_rollup.differences();
INSERT INTO regress_rollup.sale VALUES (300, '2020-02-29 23:00+08', 'east', 7, 1, 1, 1, 'CNY 1.00');
SELECT * FROM regress_rollup.differences();
UPDATE regress_rollup.sale SET quantity = quantity + 1, price = price * 2 WHERE id % 2 = 0;
SELECT * FROM regress_rollup.differences();
UPDATE regress_rollup.sale SET sold_at = sold_at - interval '30 days', store = NULLIF(store, 'store1') WHERE id % 3 = 0;
SELECT * FROM regress_rollup.differences();
UPDATE regress_rollup.sale SET draft = NOT draft WHERE id % 7 = 0;
SELECT * FROM regress_rollup.differences();
UPDATE regress_rollup.sale SET total = NULL, quantity = NULL WHERE id IN (10, 11);
SELECT * FROM regress_rollup.differences();
SELECT count(*) AS deltas FROM regress_rollup.regress_sales_deltas \gset
UPDATE regress_rollup.sale SET quantity = quantity;
SELECT count(*) - :deltas AS new_deltas FROM regress_rollup.regress_sales_deltas;
DELETE FROM regress_rollup.sale WHERE id BETWEEN 50 AND 90;
SELECT * FROM regress_rollup.differences();
INSERT INTO regress_rollup.sale (id, store) VALUES (10, 'x'), (1000, 'y')
	ON CONFLICT (id) DO UPDATE SET store = excluded.store, sold_at = 'infinity';
SELECT * FROM regress_rollup.differences();
MERGE INTO regress_rollup.sale AS s USING (VALUES (1000), (1001)) AS v(id) ON s.id = v.id
	WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, store, quantity) VALUES (v.id, 'z', 1);
SELECT * FROM regress_rollup.differences();
BEGIN;
DELETE FROM regress_rollup.sale;
SELECT * FROM regress_rollup.differences();
ROLLBACK;
SELECT * FROM regress_rollup.differences();

BEGIN;
SAVEPOINT one;
INSERT INTO regress_rollup.sale (id, store, quantity) VALUES (2000, 'gone', 1);
ROLLBACK TO one;
INSERT INTO regress_rollup.sale (id, store, quantity) VALUES (2000, 'kept', 1);
SAVEPOINT two;
DELETE FROM regress_rollup.sale WHERE id = 2000;
RELEASE two;
PREPARE TRANSACTION 'regress_rollup';
SELECT * FROM regress_rollup.differences();
COMMIT PREPARED 'regress_rollup';
SELECT * FROM regress_rollup.differences();
-- rows of a statement that do not fit into memory
SET work_mem = '64kB';
INSERT INTO regress_rollup.sale SELECT n, timestamptz '2026-06-01 00:00+08' + n * interval '1 minute', repeat('long', 50) || n % 10,
	n % 2, n, n, n, pulse.amount(n, 'CNY') FROM generate_series(10000, 15000) n;
UPDATE regress_rollup.sale SET price = price + 1 WHERE id >= 10000;
DELETE FROM regress_rollup.sale WHERE id >= 12000;
RESET work_mem;
SELECT * FROM regress_rollup.differences();

-- folding changes nothing that one reads; a slice at a time
CREATE TABLE regress_rollup.before AS SELECT * FROM regress_rollup.regress_sales;
SELECT pulse_internal.fold_rollups(10) AS folded;
SELECT * FROM regress_rollup.differences();
SELECT pulse_internal.fold_rollups() > 0 AS folded;
SELECT pulse_internal.fold_rollups() AS folded;
SELECT count(*) FROM regress_rollup.regress_sales_deltas;
SELECT * FROM regress_rollup.differences();
(TABLE regress_rollup.before EXCEPT ALL TABLE regress_rollup.regress_sales)
UNION ALL (TABLE regress_rollup.regress_sales EXCEPT ALL TABLE regress_rollup.before);
DELETE FROM regress_rollup.sale WHERE store = 'east';
SELECT pulse_internal.fold_rollups() > 0 AS folded;
SELECT * FROM regress_rollup.differences();
SELECT count(*) FROM regress_rollup.regress_sales WHERE store = 'east';

-- a comparison that can fail: the rollup is tampered with
UPDATE regress_rollup.regress_month_cells SET row_count = row_count + 1 WHERE period = '2026-04-01';
SELECT * FROM regress_rollup.differences();
SELECT pulse.rebuild_rollup('regress_month') > 0 AS rebuilt;
SELECT * FROM regress_rollup.differences();

-- truncate: stale until rebuilt
TRUNCATE regress_rollup.sale;
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress%' ORDER BY name;
INSERT INTO regress_rollup.sale (id, sold_at, store) VALUES (1, '2026-01-01 00:00+08', 'east');
SELECT pulse.rebuild_rollup(r.name) FROM pulse.rollups AS r WHERE r.name LIKE 'regress%' ORDER BY r.name;
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress%' ORDER BY name;
SELECT * FROM regress_rollup.differences();

-- a NaN could not be taken away again: stale
INSERT INTO regress_rollup.sale (id, price) VALUES (2, 'NaN');
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress%' ORDER BY name;
DELETE FROM regress_rollup.sale WHERE id = 2;
SELECT pulse.rebuild_rollup(r.name) FROM pulse.rollups AS r WHERE r.name LIKE 'regress%' ORDER BY r.name;

-- a column that is renamed does not fail the writer; the rollup says so
ALTER TABLE regress_rollup.sale RENAME store TO shop;
INSERT INTO regress_rollup.sale (id) VALUES (3);
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress%' ORDER BY name;
ALTER TABLE regress_rollup.sale RENAME shop TO store;
SELECT pulse.rebuild_rollup(r.name) FROM pulse.rollups AS r WHERE r.name LIKE 'regress%' ORDER BY r.name;
SELECT * FROM regress_rollup.differences();
SELECT name, state FROM pulse.rollups WHERE name LIKE 'regress%' ORDER BY name;

-- a condition that raises does not fail the writer
SELECT pulse.create_rollup('regress_raises', 'regress_rollup.sale', 'sold_at', condition => '10 / quantity > 1',
	rollup_schema => 'regress_rollup');
INSERT INTO regress_rollup.sale (id, quantity) VALUES (4, 0);
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress%' ORDER BY name;
SELECT pulse.drop_rollup('regress_raises');
SELECT * FROM regress_rollup.differences();

-- deltas that were altered do not fail the writer
ALTER TABLE regress_rollup.regress_week_deltas ADD CHECK (row_count < 1000000);
INSERT INTO regress_rollup.sale (id, quantity) VALUES (5, 1);
SELECT name, state, reason FROM pulse.rollups WHERE name LIKE 'regress%' ORDER BY name;
SELECT pulse.drop_rollup('regress_week');

-- a writer needs no right on the rollup
CREATE ROLE regress_rollup_writer;
GRANT USAGE ON SCHEMA regress_rollup TO regress_rollup_writer;
GRANT INSERT ON regress_rollup.sale TO regress_rollup_writer;
SET ROLE regress_rollup_writer;
INSERT INTO regress_rollup.sale (id, sold_at, quantity) VALUES (6, '2026-05-01 00:00+08', 1);
SELECT * FROM regress_rollup.regress_sales_deltas;
SELECT pulse.create_rollup('regress_mine', 'regress_rollup.sale', 'sold_at');
RESET ROLE;
SELECT * FROM regress_rollup.differences();
GRANT pulse_analyst TO regress_rollup_writer;
SET ROLE regress_rollup_writer;
SELECT pulse.create_rollup('regress_mine', 'regress_rollup.sale', 'sold_at');
SELECT pulse.drop_rollup('regress_sales');
RESET ROLE;

-- the time zone is that of the last build
SELECT pulse.set_setting('timezone', 'America/New_York');
INSERT INTO regress_rollup.sale (id, sold_at) VALUES (7, '2026-05-01 00:30+08');
SELECT * FROM regress_rollup.differences();
SELECT period, count FROM regress_rollup.regress_month WHERE period IN ('2026-04-01', '2026-05-01') ORDER BY 1;
SELECT pulse.rebuild_rollup('regress_month') > 0 AS rebuilt;
SELECT period, count FROM regress_rollup.regress_month WHERE period IN ('2026-04-01', '2026-05-01') ORDER BY 1;
SELECT * FROM regress_rollup.differences();

-- partitioned: through the root, into a leaf, from one leaf to another
CREATE TABLE regress_rollup.visit (day date, rep text, minutes smallint, extra text) PARTITION BY LIST (rep);
CREATE TABLE regress_rollup.visit_a PARTITION OF regress_rollup.visit FOR VALUES IN ('a');
CREATE TABLE regress_rollup.visit_b (extra text, minutes smallint, rep text, day date);
ALTER TABLE regress_rollup.visit ATTACH PARTITION regress_rollup.visit_b FOR VALUES IN ('b');
SELECT pulse.create_rollup('regress_visits', 'regress_rollup.visit', 'day', 'month', '{rep}', '{count,sum(minutes)}',
	rollup_schema => 'regress_rollup');
INSERT INTO regress_rollup.visit VALUES ('2026-03-31', 'a', 10), ('2026-04-01', 'b', 20);
INSERT INTO regress_rollup.visit_b VALUES ('x', 30, 'b', '2026-04-02');
SELECT * FROM regress_rollup.differences();
UPDATE regress_rollup.visit SET rep = 'a' WHERE day = '2026-04-02';
UPDATE regress_rollup.visit_a SET minutes = 11 WHERE minutes = 10;
DELETE FROM regress_rollup.visit_b;
SELECT * FROM regress_rollup.differences();
SELECT * FROM regress_rollup.regress_visits ORDER BY period, rep;
-- a new partition is covered by the root at once, by itself from the next fold on
CREATE TABLE regress_rollup.visit_c PARTITION OF regress_rollup.visit FOR VALUES IN ('c');
INSERT INTO regress_rollup.visit VALUES ('2026-04-03', 'c', 40);
SELECT pulse_internal.fold_rollups() > 0 AS folded;
INSERT INTO regress_rollup.visit_c VALUES ('2026-04-04', 'c', 50);
SELECT * FROM regress_rollup.differences();
-- so is an empty one that is attached; one with rows in it makes the rollup stale
CREATE TABLE regress_rollup.visit_d (LIKE regress_rollup.visit);
ALTER TABLE regress_rollup.visit ATTACH PARTITION regress_rollup.visit_d FOR VALUES IN ('d');
SELECT pulse_internal.fold_rollups() > 0 AS folded;
INSERT INTO regress_rollup.visit_d VALUES ('2026-04-04', 'd', 60);
SELECT * FROM regress_rollup.differences();
CREATE TABLE regress_rollup.visit_e (LIKE regress_rollup.visit);
INSERT INTO regress_rollup.visit_e VALUES ('2026-04-05', 'e', 70);
ALTER TABLE regress_rollup.visit ATTACH PARTITION regress_rollup.visit_e FOR VALUES IN ('e');
SELECT pulse_internal.fold_rollups() > 0 AS folded;
SELECT state, reason FROM pulse.rollups WHERE name = 'regress_visits';
SELECT * FROM regress_rollup.differences();
SELECT pulse.rebuild_rollup('regress_visits');
SELECT state, reason FROM pulse.rollups WHERE name = 'regress_visits';
-- as does one that goes
ALTER TABLE regress_rollup.visit DETACH PARTITION regress_rollup.visit_e;
DROP TABLE regress_rollup.visit_d;
SELECT pulse_internal.fold_rollups();
SELECT state, reason FROM pulse.rollups WHERE name = 'regress_visits';
SELECT pulse.rebuild_rollup('regress_visits');
INSERT INTO regress_rollup.visit_e VALUES ('2026-04-05', 'e', 70);
SELECT pulse_internal.fold_rollups();
SELECT state, reason FROM pulse.rollups WHERE name = 'regress_visits';
SELECT * FROM regress_rollup.differences();
-- a partition of somebody else, who may not have triggers put on it
CREATE ROLE regress_rollup_owner;
GRANT USAGE, CREATE ON SCHEMA regress_rollup TO regress_rollup_owner;
GRANT pulse_analyst TO regress_rollup_owner;
ALTER TABLE regress_rollup.visit OWNER TO regress_rollup_owner;
ALTER TABLE regress_rollup.regress_visits_cells OWNER TO regress_rollup_owner;
ALTER TABLE regress_rollup.regress_visits_deltas OWNER TO regress_rollup_owner;
ALTER VIEW regress_rollup.regress_visits OWNER TO regress_rollup_owner;
CREATE TABLE regress_rollup.visit_f PARTITION OF regress_rollup.visit FOR VALUES IN ('f');
ALTER TABLE regress_rollup.visit_f OWNER TO regress_rollup_writer;
REVOKE pulse_analyst FROM regress_rollup_writer;
SELECT pulse_internal.fold_rollups();
SELECT state, reason FROM pulse.rollups WHERE name = 'regress_visits';
ALTER TABLE regress_rollup.visit_f OWNER TO regress_rollup_owner;
SET ROLE regress_rollup_owner;
SELECT pulse.rebuild_rollup('regress_visits');
RESET ROLE;
SELECT state, reason FROM pulse.rollups WHERE name = 'regress_visits';

-- a condition runs as the owner of the rollup, whoever writes
SET ROLE regress_rollup_owner;
CREATE FUNCTION regress_rollup.runs_as_owner() RETURNS boolean LANGUAGE plpgsql IMMUTABLE
	AS $$ BEGIN RETURN current_user = 'regress_rollup_owner'; END $$;
CREATE TABLE regress_rollup.own (day date);
SELECT pulse.create_rollup('regress_own', 'regress_rollup.own', 'day', condition => 'regress_rollup.runs_as_owner()',
	rollup_schema => 'regress_rollup');
RESET ROLE;
INSERT INTO regress_rollup.own VALUES ('2026-01-01');
SELECT current_user = 'regress_rollup_owner' AS is_owner, o.* FROM regress_rollup.regress_own AS o;
SELECT * FROM pulse.check_rollup('regress_own');
SELECT pulse.rebuild_rollup('regress_own');
SELECT count FROM regress_rollup.regress_own;
GRANT pulse_analyst TO regress_rollup_writer;
SET ROLE regress_rollup_writer;
SELECT * FROM pulse.check_rollup('regress_own');
RESET ROLE;

-- its owner may alter the table of deltas; nothing is written to what does not fit
BEGIN;
SET LOCAL client_min_messages = warning;
SET ROLE regress_rollup_owner;
DROP VIEW regress_rollup.regress_own;
ALTER TABLE regress_rollup.regress_own_deltas ALTER COLUMN row_count TYPE text;
RESET ROLE;
INSERT INTO regress_rollup.own VALUES ('2026-01-02');
SELECT state, reason FROM pulse.rollups WHERE name = 'regress_own';
ROLLBACK;

-- what is refused, and changes nothing
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.visit_a', 'day');
CREATE TABLE regress_rollup.odd (day date, f float8, note json, amount1 pulse.amount, amount2 pulse.amount, period int);
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', measures => '{sum(f)}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', measures => '{sum(note)}');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', measures => '{sum(amount1),sum(amount2)}');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', measures => '{avg(f)}');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', measures => '{}');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', dimensions => '{note}');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', dimensions => '{period}');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', dimensions => '{colour}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'f');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', 'fortnight');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', condition => 'day < now()');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', condition => 'true) FROM pg_class WHERE (true');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', condition => 'f > 0 AND colour = 1');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', condition => 'f >');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day', condition => 'f');
SELECT pulse.create_rollup('regress_sales', 'regress_rollup.odd', 'day');
SELECT pulse.create_rollup(NULL, 'regress_rollup.odd', 'day');
SELECT pulse.create_rollup('regress_bad', NULL, 'day');
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.regress_sales', 'sold_at');
SELECT pulse.create_rollup('regress_bad', 'pg_class', 'relname');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pulse.create_rollup('regress_bad', 'regress_rollup.odd', 'day');
ROLLBACK;
SELECT pulse.check_rollup('nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_rollup('nowhere');
SELECT pulse.rebuild_rollup('nowhere');
SELECT count(*) FROM pulse.rollups WHERE name = 'regress_bad';
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'regress_rollup.odd'::regclass;

-- gone without a trace
SELECT pulse.drop_rollup(r.name) FROM pulse.rollups AS r WHERE r.name LIKE 'regress%' ORDER BY r.name;
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('regress_rollup.sale'::regclass, 'regress_rollup.visit_a'::regclass);
SELECT count(*) FROM pulse_internal.rollup_gap;
SELECT pulse.set_setting('timezone', 'UTC');
SET client_min_messages = warning;
DROP SCHEMA regress_rollup CASCADE;
DROP ROLE regress_rollup_writer, regress_rollup_owner;
