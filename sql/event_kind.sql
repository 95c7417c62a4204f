-- event kinds: their tables, how they change, what is refused
SET timezone = 'UTC';
SELECT pulse.set_clock('2026-03-10 08:00+00');

-- the header, the columns with their types, partitions by arrival, one BRIN
SELECT pulse.create_event('kind_paid', 'customer int, due date, amount pulse.amount, "order" text NOT NULL, note varchar(20)');
SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) AS value
FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = 'pulse_event.kind_paid'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT pg_get_partkeydef('pulse_event.kind_paid'::regclass);
SELECT indexdef FROM pg_indexes WHERE schemaname = 'pulse_event' AND tablename = 'kind_paid' ORDER BY 1;
SELECT inhrelid::regclass AS leaf, pg_get_expr(c.relpartbound, c.oid) AS bound
FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid WHERE inhparent = 'pulse_event.kind_paid'::regclass ORDER BY 1::text;
SELECT has_table_privilege('pulse_owner', 'pulse_event.kind_paid', 'SELECT') AS engine_reads;

-- rows by INSERT and by COPY get their header
INSERT INTO pulse_event.kind_paid (customer, "order") VALUES (1, 'a'), (2, 'b');
INSERT INTO pulse_event.kind_paid (at, customer, "order") VALUES ('2025-12-31 00:00+00', 3, 'c');
COPY pulse_event.kind_paid (customer, amount, "order") FROM stdin;
4	CNY 12.50	d
\.
SELECT tableoid::regclass AS leaf, at, recorded, customer, amount, "order", txid > 0 AS has_txid
FROM pulse_event.kind_paid ORDER BY customer;
SELECT count(DISTINCT event_id) FROM pulse_event.kind_paid;

-- a client who may insert and nothing else
CREATE ROLE regress_kind_client;
GRANT USAGE ON SCHEMA pulse_event TO regress_kind_client;
GRANT INSERT ON pulse_event.kind_paid TO regress_kind_client;
SET ROLE regress_kind_client;
INSERT INTO pulse_event.kind_paid (customer, "order") VALUES (6, 'f');
SELECT count(*) FROM pulse_event.kind_paid;
INSERT INTO pulse_event.kind_paid_2026_03 (customer, "order") VALUES (7, 'g');
RESET ROLE;
SELECT customer, event_id > 0 AS numbered FROM pulse_event.kind_paid WHERE customer > 4;
DROP OWNED BY regress_kind_client;
DROP ROLE regress_kind_client;

-- a repeat of a dedup_key is not stored, in whatever month it arrives
SELECT pulse.create_event('kind_signal', 'customer text', dedup => true, indexed => '{customer}', keep => '24 months');
SELECT indexdef FROM pg_indexes WHERE schemaname = 'pulse_event' AND tablename = 'kind_signal' ORDER BY 1;
INSERT INTO pulse_event.kind_signal (customer, dedup_key) VALUES ('acme', 'x1'), ('acme', 'x2'), ('acme', 'x1');
INSERT INTO pulse_event.kind_signal (customer) VALUES ('no key'), ('no key');
SELECT pulse.set_clock('2026-04-10 08:00+00');
INSERT INTO pulse_event.kind_signal (customer, dedup_key) VALUES ('acme', 'x2'), ('acme', 'x3');
COPY pulse_event.kind_signal (customer, dedup_key) FROM stdin;
acme	x3
acme	x4
\.
SELECT tableoid::regclass AS leaf, customer, dedup_key FROM pulse_event.kind_signal ORDER BY 2, 3, 1::text;
-- what was rolled back may come again
BEGIN;
INSERT INTO pulse_event.kind_signal (customer, dedup_key) VALUES ('acme', 'x5');
ROLLBACK;
INSERT INTO pulse_event.kind_signal (customer, dedup_key) VALUES ('acme', 'x5');
SELECT count(*) FROM pulse_event.kind_signal WHERE dedup_key = 'x5';

-- keys are compared by text, and indexed so where text does not depend on settings
SELECT pulse.create_event('kind_seen', 'customer int, day date', indexed => '{customer,day}');
SELECT indexdef FROM pg_indexes WHERE schemaname = 'pulse_event' AND tablename = 'kind_seen' ORDER BY 1;

-- changing
SELECT pulse.alter_event('kind_seen', keep => '6 months', add_columns => 'region text, score numeric(5,2)');
SELECT name, keep, dedup, indexed FROM pulse_internal.event_kind WHERE name LIKE 'kind\_%' ORDER BY name;
INSERT INTO pulse_event.kind_seen (customer, region) VALUES (1, 'north');
SELECT customer, region FROM pulse_event.kind_seen;
SELECT pulse.alter_event('kind_seen', keep_forever => true);
SELECT name, keep FROM pulse_internal.event_kind WHERE name = 'kind_seen';

-- nonsense is refused and changes nothing
SELECT pulse.create_event('kind_paid', 'a int');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_event('', 'a int');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_event(repeat('x', 49), 'a int');
SELECT pulse.create_event('kind_bad', 'a int, at date');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_event('kind_bad', 'a int, a text');
SELECT pulse.create_event('kind_bad', 'a int, b nosuchtype');
SELECT pulse.create_event('kind_bad', 'a int, b');
SELECT pulse.create_event('kind_bad', 'a int) PARTITION BY LIST (a');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_event('kind_bad', 'a int); DROP TABLE pulse_event.kind_paid; CREATE TABLE x (b int');
SELECT pulse.create_event('kind_bad', 'a int, CHECK (a > 0)');
SELECT pulse.create_event('kind_bad', 'a int DEFAULT 7');
SELECT pulse.create_event('kind_bad', 'a int', indexed => '{b}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_event('kind_bad', 'a int', keep => '-1 month');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_event(NULL, 'a int');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_event('kind_nosuch', keep => '1 month');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_event('kind_seen', add_columns => 'recorded int');
SELECT pulse.drop_event('kind_nosuch');
SELECT count(*) FROM pulse_internal.event_kind WHERE name LIKE 'kind\_%';
SELECT to_regclass('pulse_event.kind_bad') IS NULL AS nothing_made;

-- an event table that belongs to another role
CREATE ROLE regress_kind_author IN ROLE pulse_author;
SET ROLE regress_kind_author;
SELECT pulse.alter_event('kind_seen', keep => '1 month');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_event('kind_seen');
RESET ROLE;
CREATE ROLE regress_kind_nobody;
SET ROLE regress_kind_nobody;
SELECT pulse.create_event('kind_of_nobody', 'a int');
RESET ROLE;

-- an author's own event belongs to the author; so do its leaves
GRANT CREATE ON SCHEMA pulse_event TO regress_kind_author;
GRANT USAGE ON SCHEMA pulse_event TO regress_kind_author;
SET ROLE regress_kind_author;
SELECT pulse.create_event('kind_own', 'customer int');
INSERT INTO pulse_event.kind_own (customer) VALUES (5);
RESET ROLE;
SELECT DISTINCT relowner::regrole FROM pg_class WHERE relname LIKE 'kind\_own%' AND relkind IN ('r', 'p');
SET ROLE regress_kind_author;
SELECT pulse.drop_event('kind_own');
RESET ROLE;
REVOKE ALL ON SCHEMA pulse_event FROM regress_kind_author;
DROP ROLE regress_kind_author, regress_kind_nobody;

-- dropping, also when the table is gone already
DROP TABLE pulse_event.kind_seen;
SELECT pulse.drop_event(name) FROM (VALUES ('kind_paid'), ('kind_signal'), ('kind_seen')) AS k(name);
SELECT count(*) FROM pulse_internal.event_dedup;
SELECT count(*) FROM pg_class WHERE relnamespace = 'pulse_event'::regnamespace AND relname LIKE 'kind\_%';
SELECT pulse.set_clock(NULL);
