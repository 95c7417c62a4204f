-- event tables: their leaves, stamps and incarnation
SET timezone = 'UTC';
CREATE SCHEMA event_leaf;
CREATE FUNCTION event_leaf.make(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE event_leaf.%I (
		event_id bigint NOT NULL DEFAULT pulse_internal.next_event_id(),
		at timestamptz NOT NULL DEFAULT pulse_internal.event_at(),
		recorded timestamptz NOT NULL DEFAULT pulse_internal.event_recorded(),
		txid bigint NOT NULL DEFAULT pulse_internal.event_txid(),
		customer text) PARTITION BY RANGE (recorded)', name);
	INSERT INTO pulse_internal.event_kind (name, relation, created_at)
	VALUES (name, format('event_leaf.%I', name)::regclass, now());
	PERFORM pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind AS k WHERE k.name = make.name;
END
$$;

-- the month of the clock, two ahead, one for the rest; each with the index
SELECT pulse.set_clock('2026-03-31 23:30+00');
SELECT event_leaf.make('leaf_issued');
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound, c.relacl
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'event_leaf.leaf_issued'::regclass ORDER BY 1;
SELECT count(*) FROM pg_indexes WHERE schemaname = 'event_leaf' AND indexdef LIKE '%USING brin (event_id, txid, at)%';

-- a row goes to the leaf of its arrival, wherever it happened
INSERT INTO event_leaf.leaf_issued (at, customer) VALUES ('2025-01-01', 'acme'), (DEFAULT, 'late');
SELECT tableoid::regclass, customer FROM event_leaf.leaf_issued ORDER BY customer;

-- rows that arrived before their leaf move into it
SELECT pulse.set_clock('2026-08-10 00:00+00');
INSERT INTO event_leaf.leaf_issued (customer) VALUES ('early bird');
SELECT tableoid::regclass FROM event_leaf.leaf_issued WHERE customer = 'early bird';
SELECT pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind WHERE name = 'leaf_issued';
SELECT tableoid::regclass FROM event_leaf.leaf_issued WHERE customer = 'early bird';
SELECT pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind WHERE name = 'leaf_issued';
SELECT count(*) FROM pg_inherits WHERE inhparent = 'event_leaf.leaf_issued'::regclass;

-- so do those of a month that is not the clock's any more; no trigger hears of it
CREATE FUNCTION event_leaf.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'heard of it'; END $$;
SELECT pulse.set_clock('2025-12-10 00:00+00');
INSERT INTO event_leaf.leaf_issued (customer) VALUES ('forgotten for long');
SELECT pulse.set_clock('2026-01-10 00:00+00');
INSERT INTO event_leaf.leaf_issued (customer) VALUES ('forgotten'), (repeat('long', 5000));
ALTER TABLE event_leaf.leaf_issued ADD extra numeric DEFAULT 1;
CREATE TRIGGER refuse BEFORE INSERT OR DELETE ON event_leaf.leaf_issued FOR EACH ROW EXECUTE FUNCTION event_leaf.refuse();
SELECT pulse.set_clock('2026-08-10 00:00+00');
SELECT pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind WHERE name = 'leaf_issued';
SELECT tableoid::regclass, at, extra FROM event_leaf.leaf_issued WHERE extra = 1 AND recorded < '2026-02-01' ORDER BY event_id;
ALTER TABLE event_leaf.leaf_issued DROP customer;
SELECT pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind WHERE name = 'leaf_issued';
SELECT tableoid::regclass, at, extra FROM event_leaf.leaf_issued WHERE extra = 1 AND recorded < '2026-02-01' ORDER BY event_id;
SET enable_seqscan = off;
SELECT count(*) FROM event_leaf.leaf_issued_2026_01 WHERE at >= '2026-01-01';
RESET enable_seqscan;
DROP TRIGGER refuse ON event_leaf.leaf_issued;
ALTER TABLE event_leaf.leaf_issued ADD customer text;

-- by the table's owner, who grants nothing on leaves
CREATE ROLE regress_leaf_owner;
CREATE ROLE regress_leaf_reader;
GRANT ALL ON SCHEMA event_leaf TO regress_leaf_owner;
SET ROLE regress_leaf_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA event_leaf GRANT SELECT ON TABLES TO regress_leaf_reader, PUBLIC;
RESET ROLE;
SELECT event_leaf.make('leaf_owned');
ALTER TABLE event_leaf.leaf_owned OWNER TO regress_leaf_owner;
SELECT pulse.set_clock('2026-10-01 00:00+00');
SELECT pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind WHERE name = 'leaf_owned';
SELECT c.relname, c.relowner::regrole, replace(c.relacl::text, 'xtm/', 'xt/') AS relacl  -- MAINTAIN, since server 17
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'event_leaf.leaf_owned'::regclass AND c.relowner = 'regress_leaf_owner'::regrole ORDER BY 1;

-- a table that is none
CREATE TABLE event_leaf.plain (event_id bigint);
SELECT pulse_internal.make_leaves(0, 'event_leaf.plain');
\echo :LAST_ERROR_SQLSTATE

-- one transaction is one txid, before and after a savepoint; ids go up
BEGIN;
INSERT INTO event_leaf.leaf_issued (customer) VALUES ('tx');
SAVEPOINT s;
INSERT INTO event_leaf.leaf_issued (customer) VALUES ('tx');
RELEASE SAVEPOINT s;
INSERT INTO event_leaf.leaf_issued (customer) VALUES ('tx'), ('tx');
SELECT count(DISTINCT txid) AS txids, count(DISTINCT event_id) AS ids,
	   bool_and(txid & ((1::bigint << 48) - 1) = pg_current_xact_id()::text::bigint) AS top_level,
	   bool_and(at = pulse.clock() AND recorded = at) AS stamped
FROM event_leaf.leaf_issued WHERE customer = 'tx';
COMMIT;

-- the writer's lock: one, shared, gone with the transaction but not with a savepoint
CREATE VIEW event_leaf.locks AS SELECT locktype, mode, granted FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 21328 AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
BEGIN;
SAVEPOINT s;
INSERT INTO event_leaf.leaf_issued (customer) VALUES ('undone');
ROLLBACK TO SAVEPOINT s;
SELECT * FROM event_leaf.locks;
INSERT INTO event_leaf.leaf_issued (customer) VALUES ('done');
SELECT count(*) FROM event_leaf.locks;
COMMIT;
SELECT count(*) FROM event_leaf.locks;

-- this database is in its first incarnation, and may send
SELECT txid >> 48 AS incarnation FROM event_leaf.leaf_issued WHERE customer = 'done';
SELECT pulse_internal.delivery_held();
SELECT pulse.delivery_identity() = system_identifier || '/' || d.oid AS named
FROM pg_control_system(), pg_database AS d WHERE datname = current_database();

SELECT pulse.set_clock(NULL);
DELETE FROM pulse_internal.event_kind WHERE name LIKE 'leaf\_%';
SET client_min_messages = warning;
DROP SCHEMA event_leaf CASCADE;
DROP OWNED BY regress_leaf_owner;
DROP ROLE regress_leaf_owner, regress_leaf_reader;
