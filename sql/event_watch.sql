-- watches: mappings, what they make, what they refuse, how they change
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SELECT pulse.set_clock('2026-03-10 08:00+00');
CREATE SCHEMA watch_app;
CREATE TABLE watch_app.invoice (
	id int PRIMARY KEY, customer_id int, created_at timestamptz, due_date date,
	total numeric(12,2), paid numeric(12,2) DEFAULT 0, draft boolean DEFAULT false, note varchar(30));

-- the first watch makes the event, with the types of the expressions
SELECT pulse.watch('watch_app.invoice', 'watch_issued',
	columns => $$ at = created_at, customer = customer_id, invoice = id, due = due_date,
		amount = pulse.amount(total, 'CNY'), open = total - paid, large = total > 1000 AND NOT draft, note = note $$,
	condition => 'NOT draft');
SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type
FROM pg_attribute AS a WHERE a.attrelid = 'pulse_event.watch_issued'::regclass AND a.attnum > 4 ORDER BY a.attnum;
SELECT relation, event, operations, columns, condition, capture_level, on_failure, state FROM pulse.watches WHERE event LIKE 'watch\_%';
SELECT tgname, tgenabled, tgoldtable, tgnewtable FROM pg_trigger WHERE tgrelid = 'watch_app.invoice'::regclass ORDER BY 1;
INSERT INTO watch_app.invoice VALUES
	(1, 10, '2026-03-01 00:00+00', '2026-04-01', 1250.50, 50, false, 'first'),
	(2, 11, NULL, NULL, NULL, 0, false, NULL),
	(3, 12, '2026-03-02 00:00+00', '2026-04-02', 70, 0, true, 'a draft');
SELECT at, recorded, customer, invoice, due, amount, open, large, note FROM pulse_event.watch_issued ORDER BY invoice;

-- without a mapping, columns of the same name; names that need quotes
CREATE TABLE watch_app."Order-Line" (
	"id" int PRIMARY KEY, "order" text, "user-name" text, at timestamptz, recorded text, "select" numeric);
SELECT pulse.watch('watch_app."Order-Line"', 'watch-Line "x"');
SELECT columns FROM pulse.watches WHERE event = 'watch-Line "x"';
INSERT INTO watch_app."Order-Line" VALUES (1, 'o1', 'ann', '2026-02-01 00:00+00', 'kept out', 2.5);
SELECT at, recorded, id, "order", "user-name", "select" FROM pulse_event."watch-Line ""x""";

-- a second table for the same event must fit
CREATE TABLE watch_app.legacy (nr text PRIMARY KEY, cust text, made date, worth numeric);
SELECT pulse.watch('watch_app.legacy', 'watch_issued', 'at = made, customer = cust, amount = pulse.amount(worth, ''CNY'')');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('watch_app.legacy', 'watch_issued', 'at = made, shop = cust');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('watch_app.legacy', 'watch_issued', 'at = made, customer = cust::int, amount = pulse.amount(worth, ''CNY'')');
-- a date is a day of the business time zone, whatever the client's is
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SET timezone = 'America/New_York';
INSERT INTO watch_app.legacy VALUES ('L1', '77', '2026-03-05', 5);
SET timezone = 'UTC';
SELECT at, customer, amount FROM pulse_event.watch_issued WHERE customer = 77;
SELECT pulse.set_setting('timezone', 'UTC');

-- two watches of one table, to two events
SELECT pulse.watch('watch_app.invoice', 'watch_settled', 'customer = customer_id, invoice = id, was = paid',
	operations => '{update}', changes_of => '{paid}', condition => 'paid >= total');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'watch_app.invoice'::regclass ORDER BY 1;
UPDATE watch_app.invoice SET note = 'touched';
UPDATE watch_app.invoice SET paid = total WHERE id = 1;
UPDATE watch_app.invoice SET paid = total WHERE id = 1;
SELECT customer, invoice, was FROM pulse_event.watch_settled;
SELECT pulse.watch('watch_app.invoice', 'watch_settled');
\echo :LAST_ERROR_SQLSTATE

-- what a mapping may not contain
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = (SELECT 1)');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = count(*)');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = generate_series(1, 3)');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = random()');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = ctid::text');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = invoice');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = nosuch');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = customer_id, customer = id');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = customer_id due = due_date');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = 1 WHERE true');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = 1; DROP TABLE watch_app.invoice');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'event_id = id');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', '(a, b) = (id, id)');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', 'customer = DEFAULT');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', condition => 'draft; SELECT 1');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', condition => 'total');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('watch_app.invoice', 'watch_bad', operations => '{insert,upsert}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('watch_app.invoice', 'watch_bad', operations => '{}');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', changes_of => '{nosuch}');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', on_failure => 'ignore');
SELECT pulse.watch('watch_app.invoice', 'watch_bad', capture_level => 'cell');
SELECT pulse.watch(NULL, 'watch_bad');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.watch('watch_app.nosuch', 'watch_bad');

-- what cannot be watched, and what to do instead
CREATE VIEW watch_app.open_invoice AS SELECT * FROM watch_app.invoice WHERE paid < total;
SELECT pulse.watch('watch_app.open_invoice', 'watch_bad');
\echo :LAST_ERROR_SQLSTATE
CREATE FOREIGN DATA WRAPPER watch_fdw;
CREATE SERVER watch_server FOREIGN DATA WRAPPER watch_fdw;
CREATE FOREIGN TABLE watch_app.far (a int) SERVER watch_server;
SELECT pulse.watch('watch_app.far', 'watch_bad');
CREATE TEMP TABLE watch_temp (a int);
SELECT pulse.watch('watch_temp', 'watch_bad');
SELECT pulse.watch('pg_class', 'watch_bad');
SELECT pulse.watch('pulse_internal.watch', 'watch_bad');
SELECT pulse.watch('pulse_event.watch_issued', 'watch_bad');
SELECT pulse.watch(i.inhrelid, 'watch_bad') FROM pg_inherits AS i WHERE inhparent = 'pulse_event.watch_issued'::regclass LIMIT 1;
CREATE SEQUENCE watch_app.numbers;
SELECT pulse.watch('watch_app.numbers', 'watch_bad');
DROP FOREIGN DATA WRAPPER watch_fdw CASCADE;
SELECT count(*) FROM pulse.events WHERE name = 'watch_bad';

-- rights: the TRIGGER privilege on the table, INSERT on an event of another's
CREATE ROLE regress_watch_author IN ROLE pulse_author;
CREATE ROLE regress_watch_nobody;
GRANT USAGE ON SCHEMA watch_app TO regress_watch_author, regress_watch_nobody;
SET ROLE regress_watch_author;
SELECT pulse.create_event('watch_mine', 'customer int');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_watch_author;
SET ROLE regress_watch_nobody;
SELECT pulse.watch('watch_app.invoice', 'watch_mine');
RESET ROLE;
SET ROLE regress_watch_author;
SELECT pulse.watch('watch_app.invoice', 'watch_mine');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
CREATE TABLE watch_app.visit (id int PRIMARY KEY, customer int);
GRANT TRIGGER ON watch_app.visit TO regress_watch_author;
SET ROLE regress_watch_author;
SELECT pulse.watch('watch_app.visit', 'watch_issued', 'customer = customer');
SELECT pulse.watch('watch_app.visit', 'watch_mine');
SELECT pulse.pause_watch('watch_app.invoice', 'watch_issued');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
INSERT INTO watch_app.visit VALUES (1, 5);
SELECT customer FROM pulse_event.watch_mine;
SELECT author FROM pulse.watches WHERE event = 'watch_mine';
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'watch_app.visit'::regclass ORDER BY 1;

-- changing: parts that are NULL stay
SELECT pulse.alter_watch('watch_app.invoice', 'watch_issued', condition => 'customer_id <> 99');
SELECT columns, condition, operations FROM pulse.watches WHERE event = 'watch_issued' AND relation = 'watch_app.invoice'::regclass;
SELECT pulse.alter_watch('watch_app.invoice', 'watch_issued', condition => 'nosuch');
SELECT pulse.alter_watch('watch_app.invoice', 'watch_issued', operations => '{insert,delete}', on_failure => 'raise');
SELECT condition, operations, on_failure FROM pulse.watches WHERE event = 'watch_issued' AND relation = 'watch_app.invoice'::regclass;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'watch_app.invoice'::regclass ORDER BY 1;
SELECT pulse.alter_watch('watch_app.invoice', 'watch_nosuch');
\echo :LAST_ERROR_SQLSTATE

-- a pause leaves a gap, which can be filled from the table
SELECT pulse.pause_watch('watch_app.invoice', 'watch_issued');
SELECT pulse.pause_watch('watch_app.invoice', 'watch_issued');
INSERT INTO watch_app.invoice VALUES (20, 20, '2026-03-10 08:00+00', NULL, 20), (21, 21, '2026-03-12 00:00+00', NULL, 21);
SELECT state, reason FROM pulse.watches WHERE event = 'watch_issued' AND relation = 'watch_app.invoice'::regclass;
SELECT pulse.repair_watch('watch_app.invoice', 'watch_issued');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_clock('2026-03-10 09:00+00');
SELECT pulse.resume_watch('watch_app.invoice', 'watch_issued');
SELECT since, until, reason FROM pulse_internal.event_gap ORDER BY 1;
SELECT gaps FROM pulse.stat_watches WHERE event = 'watch_issued' AND relation = 'watch_app.invoice'::regclass;
INSERT INTO watch_app.invoice VALUES (22, 22, '2026-03-10 08:30+00', NULL, 22);
SELECT pulse.repair_watch('watch_app.invoice', 'watch_issued');
SELECT pulse.repair_watch('watch_app.invoice', 'watch_issued');
SELECT at, recorded, customer, amount FROM pulse_event.watch_issued WHERE customer BETWEEN 20 AND 22 ORDER BY customer;
SELECT count(*) FROM pulse_internal.event_gap;

-- what was there before the watch
CREATE TABLE watch_app.payment (id int PRIMARY KEY, customer int, at timestamptz, dropped int, sum numeric);
ALTER TABLE watch_app.payment DROP COLUMN dropped;
INSERT INTO watch_app.payment SELECT g, g % 7, timestamptz '2026-01-01 00:00+00' + g * interval '1 hour', g FROM generate_series(1, 2500) AS g;
SELECT pulse.watch('watch_app.payment', 'watch_paid', backfill => true, condition => 'id > 10');
INSERT INTO watch_app.payment VALUES (3000, 1, '2026-03-01', 9);
SELECT count(*), count(DISTINCT id), min(id), max(id), min(at), sum(sum) FROM pulse_event.watch_paid;
SELECT pulse.drop_watch('watch_app.payment', 'watch_paid');
SELECT pulse.watch('watch_app.payment', 'watch_paid', operations => '{update}', backfill => true);
\echo :LAST_ERROR_SQLSTATE
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pulse.watch('watch_app.payment', 'watch_paid', backfill => true);
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- emitting
SELECT pulse.emit_event('watch_paid', '{"id": 5000, "customer": 9, "sum": 1.5}', '2026-03-03 00:00+00') IS NOT NULL AS emitted;
SELECT at, customer, sum FROM pulse_event.watch_paid WHERE id = 5000;
SELECT pulse.emit_event('watch_paid', '{"colour": "red"}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.emit_event('watch_paid', '[1]');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.emit_event('watch_paid', '{"txid": 1}');
SELECT pulse.emit_event('watch_nosuch', '{}');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_watch_author;
SELECT pulse.emit_event('watch_paid', '{"id": 1}');
RESET ROLE;

-- an event with a watch cannot be dropped; without, it can
SELECT pulse.drop_event('watch_issued');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_watch('watch_app.invoice', 'watch_nosuch');
SELECT pulse.drop_watch(relation, event) FROM pulse.watches WHERE event LIKE 'watch%';
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pulse\_capture%';
INSERT INTO watch_app.invoice VALUES (50, 50);
SELECT count(*) FROM pulse_event.watch_issued WHERE customer = 50;
SELECT pulse.drop_event(name) FROM pulse.events WHERE name LIKE 'watch%';
SELECT count(*) FROM pg_class WHERE relnamespace = 'pulse_event'::regnamespace AND relname LIKE 'watch%';
DROP SCHEMA watch_app CASCADE;
DROP OWNED BY regress_watch_author, regress_watch_nobody;
DROP ROLE regress_watch_author, regress_watch_nobody;
SELECT pulse.set_clock(NULL);
