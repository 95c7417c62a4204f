-- capture: whatever way a row is written, its event is written with it
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA capture_app;
CREATE TABLE capture_app.orders (id int PRIMARY KEY, customer int, total numeric, state text DEFAULT 'open', deleted_at timestamptz);
SELECT pulse.watch('capture_app.orders', 'capture_placed', 'customer = customer, nr = id, total = total');
SELECT pulse.watch('capture_app.orders', 'capture_changed', 'customer = customer, nr = id, state = state, deleted = deleted_at IS NOT NULL', operations => '{update}');
SELECT pulse.watch('capture_app.orders', 'capture_removed', 'customer = customer, nr = id', operations => '{delete}');
CREATE FUNCTION capture_app.seen(OUT what text, OUT nrs text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT 'placed', string_agg(nr::text, ' ' ORDER BY event_id) FROM pulse_event.capture_placed
	UNION ALL SELECT 'changed', string_agg(nr || state || CASE WHEN deleted THEN '-' ELSE '' END, ' ' ORDER BY event_id) FROM pulse_event.capture_changed
	UNION ALL SELECT 'removed', string_agg(nr::text, ' ' ORDER BY event_id) FROM pulse_event.capture_removed $$;
CREATE FUNCTION capture_app.forget() RETURNS void LANGUAGE sql AS $$
	TRUNCATE pulse_event.capture_placed, pulse_event.capture_changed, pulse_event.capture_removed $$;

-- INSERT of several rows, INSERT .. SELECT, COPY
INSERT INTO capture_app.orders VALUES (1, 10, 5), (2, 20, 7);
INSERT INTO capture_app.orders SELECT g, g, g FROM generate_series(3, 4) AS g;
COPY capture_app.orders (id, customer, total) FROM stdin;
5	50	5.5
6	60	6.5
\.
-- an UPDATE that changes nothing makes no event; several rows; a soft delete
UPDATE capture_app.orders SET state = 'open', total = total;
UPDATE capture_app.orders SET total = 5.0 WHERE id = 1;
UPDATE capture_app.orders SET state = 'paid' WHERE id <= 2;
UPDATE capture_app.orders SET deleted_at = now() WHERE id = 3;
DELETE FROM capture_app.orders WHERE id IN (5, 6);
SELECT * FROM capture_app.seen();
SELECT capture_app.forget();

-- ON CONFLICT
INSERT INTO capture_app.orders VALUES (1, 10, 5), (7, 70, 7) ON CONFLICT (id) DO NOTHING;
INSERT INTO capture_app.orders VALUES (1, 10, 5), (8, 80, 8) ON CONFLICT (id) DO UPDATE SET state = 'again';
SELECT * FROM capture_app.seen();
SELECT capture_app.forget();

-- MERGE does all three
MERGE INTO capture_app.orders AS o USING (VALUES (1, 'm'), (2, 'gone'), (9, 'n')) AS s(id, state) ON s.id = o.id
	WHEN MATCHED AND s.state = 'gone' THEN DELETE
	WHEN MATCHED THEN UPDATE SET state = s.state
	WHEN NOT MATCHED THEN INSERT (id, customer, total, state) VALUES (s.id, 90, 9, s.state);
SELECT * FROM capture_app.seen();
SELECT capture_app.forget();

-- data-modifying WITH
WITH moved AS (DELETE FROM capture_app.orders WHERE id = 9 RETURNING *)
INSERT INTO capture_app.orders SELECT id + 100, customer, total, state FROM moved;
SELECT * FROM capture_app.seen();
SELECT capture_app.forget();

-- cascades
CREATE TABLE capture_app.line (id int PRIMARY KEY, order_id int REFERENCES capture_app.orders ON DELETE CASCADE ON UPDATE CASCADE);
SELECT pulse.watch('capture_app.line', 'capture_line', 'line = id, nr = order_id', operations => '{insert,update,delete}');
INSERT INTO capture_app.line VALUES (1, 109), (2, 109);
UPDATE capture_app.orders SET id = 110 WHERE id = 109;
DELETE FROM capture_app.orders WHERE id = 110;
SELECT line, nr FROM pulse_event.capture_line ORDER BY event_id;
SELECT * FROM capture_app.seen();
SELECT capture_app.forget();

-- a savepoint that is rolled back, a statement that fails, a transaction that is rolled back
BEGIN;
INSERT INTO capture_app.orders VALUES (20, 1, 1);
SAVEPOINT a;
INSERT INTO capture_app.orders VALUES (21, 1, 1);
ROLLBACK TO a;
INSERT INTO capture_app.orders VALUES (22, 1, 1);
SAVEPOINT b;
INSERT INTO capture_app.orders VALUES (22, 1, 1);
ROLLBACK TO b;
COMMIT;
BEGIN;
INSERT INTO capture_app.orders VALUES (23, 1, 1);
ROLLBACK;
SELECT * FROM capture_app.seen();
-- the transaction of an event is the top-level one
SELECT count(DISTINCT txid) FROM pulse_event.capture_placed;

-- a prepared transaction
BEGIN;
INSERT INTO capture_app.orders VALUES (24, 1, 1);
PREPARE TRANSACTION 'capture_two_phases';
SELECT count(*) FROM pulse_event.capture_placed WHERE nr = 24;
COMMIT PREPARED 'capture_two_phases';
SELECT count(*) FROM pulse_event.capture_placed WHERE nr = 24;

-- a deferred constraint that fails at commit leaves nothing
CREATE TABLE capture_app.child (id int PRIMARY KEY, parent int REFERENCES capture_app.orders DEFERRABLE INITIALLY DEFERRED);
SELECT pulse.watch('capture_app.child', 'capture_child');
BEGIN;
INSERT INTO capture_app.child VALUES (1, 999);
COMMIT;
SELECT count(*) FROM pulse_event.capture_child;

-- inside a PL/pgSQL exception block
DO $$
BEGIN
	INSERT INTO capture_app.orders VALUES (30, 1, 1);
	BEGIN
		INSERT INTO capture_app.orders VALUES (31, 1, 1);
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN
		INSERT INTO capture_app.orders VALUES (32, 1, 1);
	END;
END
$$;
SELECT string_agg(nr::text, ' ' ORDER BY nr) FROM pulse_event.capture_placed WHERE nr >= 30;

-- TRUNCATE leaves a gap
TRUNCATE capture_app.orders CASCADE;
SELECT w.event, g.reason FROM pulse_internal.event_gap AS g JOIN pulse_internal.watch AS i USING (watch_id)
	JOIN pulse.watches AS w ON w.relation = i.relation AND w.created_at = i.created_at ORDER BY 1, 2;
SELECT event, gaps FROM pulse.stat_watches WHERE event LIKE 'capture\_%' ORDER BY 1;
SELECT pulse.repair_watch('capture_app.orders', 'capture_placed');

-- session_replication_role = replica: statement triggers are silent, as documented
SET session_replication_role = replica;
INSERT INTO capture_app.orders VALUES (40, 1, 1);
SET session_replication_role = origin;
SELECT count(*) FROM pulse_event.capture_placed WHERE nr = 40;
-- at row level they are not
SELECT pulse.alter_watch('capture_app.orders', 'capture_placed', capture_level => 'row');
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'capture_app.orders'::regclass AND NOT tgisinternal ORDER BY 1;
SET session_replication_role = replica;
INSERT INTO capture_app.orders VALUES (41, 1, 1), (42, 2, 2);
SET session_replication_role = origin;
INSERT INTO capture_app.orders VALUES (43, 3, 3);
SELECT string_agg(nr::text, ' ' ORDER BY event_id) FROM pulse_event.capture_placed WHERE nr >= 40;
SELECT pulse.alter_watch('capture_app.orders', 'capture_changed', capture_level => 'row');
SELECT pulse.alter_watch('capture_app.orders', 'capture_removed', capture_level => 'row');
SELECT capture_app.forget();
UPDATE capture_app.orders SET state = 'open';
UPDATE capture_app.orders SET state = 'r' WHERE id > 41;
DELETE FROM capture_app.orders WHERE id = 43;
SELECT * FROM capture_app.seen();

-- a client without any right on events
CREATE ROLE regress_capture_client;
GRANT USAGE ON SCHEMA capture_app TO regress_capture_client;
GRANT INSERT, UPDATE, DELETE, SELECT ON capture_app.orders TO regress_capture_client;
SET ROLE regress_capture_client;
INSERT INTO capture_app.orders VALUES (50, 5, 5);
SELECT count(*) FROM pulse_event.capture_placed;
CREATE TEMP TABLE capture_theft (id int, customer int, total numeric, state text, deleted_at timestamptz);
CREATE TRIGGER theft AFTER INSERT ON capture_theft FOR EACH ROW EXECUTE FUNCTION pulse_internal.capture();
RESET ROLE;
SELECT count(*) FROM pulse_event.capture_placed WHERE nr = 50;
-- whoever may attach the function to a table of his own still captures nothing
CREATE TABLE capture_app.other (id int, customer int, total numeric);
CREATE TRIGGER theft AFTER INSERT ON capture_app.other FOR EACH ROW EXECUTE FUNCTION pulse_internal.capture('capture_placed');
INSERT INTO capture_app.other VALUES (51, 1, 1);
SELECT count(*) FROM pulse_event.capture_placed WHERE nr = 51;
CREATE TRIGGER before_trigger BEFORE INSERT ON capture_app.other FOR EACH ROW EXECUTE FUNCTION pulse_internal.capture();
INSERT INTO capture_app.other VALUES (52, 1, 1);
\echo :LAST_ERROR_SQLSTATE
SELECT pulse_internal.capture();
DROP OWNED BY regress_capture_client;
DROP ROLE regress_capture_client;

-- spilled transition tables
SET work_mem = '64kB';
CREATE TABLE capture_app.wide (id int PRIMARY KEY, note text, grp int);
SELECT pulse.watch('capture_app.wide', 'capture_wide', 'nr = id, note = note, doubled = grp * 2', operations => '{insert,update,delete}');
INSERT INTO capture_app.wide SELECT g, 'a note of some length ' || g, g % 10 FROM generate_series(1, 100000) AS g;
SELECT count(*), count(DISTINCT event_id), sum(nr), sum(doubled), min(note), max(note) FROM pulse_event.capture_wide;
UPDATE capture_app.wide SET grp = grp + 1 WHERE id % 2 = 0;
SELECT count(*), sum(nr), sum(doubled) FROM (SELECT *, row_number() OVER (PARTITION BY nr ORDER BY event_id) AS nth
	FROM pulse_event.capture_wide) AS e WHERE nth = 2;
DELETE FROM capture_app.wide;
SELECT count(*), sum(nr) FROM pulse_event.capture_wide;
SELECT bool_and(e.note = 'a note of some length ' || e.nr) FROM pulse_event.capture_wide AS e;
RESET work_mem;
-- the BRIN index of a load tells the truth, summarised before or after
CREATE TABLE capture_app.spread (id int PRIMARY KEY, at timestamptz);
SELECT pulse.watch('capture_app.spread', 'capture_spread', 'at = at, nr = id');
INSERT INTO capture_app.spread SELECT g, timestamptz '2026-01-01 00:00+00' + (g * 7919 % 20000) * interval '1 minute' FROM generate_series(1, 10000) AS g;
SELECT sum(brin_summarize_new_values(i.indexrelid)) > 0 AS summarised FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
	WHERE i.indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'pulse_event.capture_spread'::regclass);
INSERT INTO capture_app.spread SELECT g, timestamptz '2026-01-01 00:00+00' + (g * 7919 % 20000) * interval '1 minute' FROM generate_series(10001, 20000) AS g;
SET enable_seqscan = off;
SELECT count(*) FROM (SELECT count(e.nr) AS found FROM generate_series(0, 19999, 97) AS m
	LEFT JOIN pulse_event.capture_spread AS e ON e.at = timestamptz '2026-01-01 00:00+00' + m * interval '1 minute' GROUP BY m) AS f WHERE found <> 1;
RESET enable_seqscan;

-- values that were stored apart from the row
CREATE TABLE capture_app.doc (id int PRIMARY KEY, body text, n int);
ALTER TABLE capture_app.doc ALTER body SET STORAGE EXTERNAL;
SELECT pulse.watch('capture_app.doc', 'capture_doc', 'nr = id, body = body', operations => '{insert,update}');
INSERT INTO capture_app.doc VALUES (1, repeat('x', 100000), 1);
UPDATE capture_app.doc SET n = 2;
UPDATE capture_app.doc SET body = repeat('x', 100000);
UPDATE capture_app.doc SET body = repeat('y', 100000);
SELECT nr, length(body), left(body, 1) FROM pulse_event.capture_doc ORDER BY event_id;

SELECT pulse.drop_watch(relation, event) FROM pulse.watches WHERE event LIKE 'capture\_%';
SELECT pulse.drop_event(name) FROM pulse.events WHERE name LIKE 'capture\_%';
DROP SCHEMA capture_app CASCADE;
