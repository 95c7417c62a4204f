-- data never fails a captured statement: what is recorded instead, and what is not held back
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA failure_app;
CREATE TABLE failure_app.bill (id int PRIMARY KEY, customer text, total numeric, parts int, note text);
SELECT pulse.watch('failure_app.bill', 'failure_billed', 'customer = customer::int, nr = id, share = total / parts, note = note');
CREATE FUNCTION failure_app.errors(OUT event text, OUT row_key text, OUT code text, OUT message text) RETURNS SETOF record
	LANGUAGE sql AS $$ SELECT event, row_key, sqlstate_code, message FROM pulse.capture_errors
	WHERE event LIKE 'failure\_%' ORDER BY event, row_key, 3, 4 $$;

-- rows that fail are stored; the others of the statement become events
INSERT INTO failure_app.bill VALUES (1, '10', 10, 2), (2, 'ten', 10, 2), (3, '30', 10, 0), (4, '40', 10, 4);
SELECT count(*) FROM failure_app.bill;
SELECT customer, nr, round(share, 1) AS share FROM pulse_event.failure_billed ORDER BY nr;
SELECT * FROM failure_app.errors();
SELECT event, state, errors, last_error_at IS NOT NULL AS dated FROM pulse.stat_watches WHERE event = 'failure_billed';
-- many rows, a failure every now and then
INSERT INTO failure_app.bill SELECT g, CASE WHEN g % 1000 = 0 THEN 'x' ELSE '1' END, 1, 1 FROM generate_series(101, 5100) AS g;
SELECT count(*) FROM pulse_event.failure_billed WHERE nr > 100;
SELECT string_agg(row_key, ' ' ORDER BY row_key::int) FROM pulse.capture_errors WHERE event = 'failure_billed';

-- corrected rows are tried again; those that still fail are recorded again
UPDATE failure_app.bill SET customer = '20' WHERE id = 2;
UPDATE failure_app.bill SET customer = '1' WHERE id > 100;
SELECT pulse.repair_watch('failure_app.bill', 'failure_billed');
SELECT * FROM failure_app.errors();
SELECT customer, nr FROM pulse_event.failure_billed WHERE nr <= 100 ORDER BY nr;
SELECT pulse.repair_watch('failure_app.bill', 'failure_billed');

-- for those who want the opposite
SELECT pulse.alter_watch('failure_app.bill', 'failure_billed', on_failure => 'raise');
INSERT INTO failure_app.bill VALUES (5, '50', 1, 1), (6, 'six', 1, 1);
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM failure_app.bill WHERE id IN (5, 6);
SELECT pulse.alter_watch('failure_app.bill', 'failure_billed', on_failure => 'record');

-- an expression may read, not write; it runs as the author
CREATE TABLE failure_app.log (what text);
CREATE FUNCTION failure_app.writes(x int) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
	PERFORM failure_app.really_writes();
	RETURN x;
END $$;
CREATE FUNCTION failure_app.really_writes() RETURNS void LANGUAGE sql VOLATILE AS $$ INSERT INTO failure_app.log VALUES ('gotcha') $$;
CREATE TABLE failure_app.sly (id int PRIMARY KEY, who text);
SELECT pulse.watch('failure_app.sly', 'failure_sly', 'nr = failure_app.writes(id)');
INSERT INTO failure_app.sly VALUES (1);
SELECT count(*) FROM failure_app.log;
SELECT * FROM failure_app.errors() WHERE event = 'failure_sly';
CREATE FUNCTION failure_app.who() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text';
SELECT pulse.drop_watch('failure_app.sly', 'failure_sly');
SELECT pulse.alter_event('failure_sly', add_columns => 'who text');
CREATE ROLE regress_failure_author IN ROLE pulse_author;
CREATE ROLE regress_failure_client;
GRANT USAGE ON SCHEMA failure_app TO regress_failure_author, regress_failure_client;
GRANT TRIGGER ON failure_app.sly TO regress_failure_author;
GRANT INSERT ON failure_app.sly TO regress_failure_client;
GRANT USAGE ON SCHEMA pulse_event TO regress_failure_author;
GRANT INSERT ON pulse_event.failure_sly TO regress_failure_author;
SET ROLE regress_failure_author;
SELECT pulse.watch('failure_app.sly', 'failure_sly', 'nr = id, who = failure_app.who()');
RESET ROLE;
SET ROLE regress_failure_client;
INSERT INTO failure_app.sly VALUES (2);
SELECT current_user;
RESET ROLE;
SELECT nr, who FROM pulse_event.failure_sly;
-- a right that the author has lost breaks the watch, not the application
REVOKE EXECUTE ON FUNCTION failure_app.who() FROM PUBLIC;
INSERT INTO failure_app.sly VALUES (3);
SELECT state, reason FROM pulse.watches WHERE event = 'failure_sly';

-- a dropped column
CREATE TABLE failure_app.visit (id int PRIMARY KEY, customer int, place text, at timestamptz DEFAULT now());
SELECT pulse.watch('failure_app.visit', 'failure_visit', 'at = at, customer = customer, place = place');
INSERT INTO failure_app.visit VALUES (1, 1, 'here');
ALTER TABLE failure_app.visit DROP COLUMN place;
INSERT INTO failure_app.visit VALUES (2, 2);
INSERT INTO failure_app.visit VALUES (3, 3);
SELECT state, reason FROM pulse.watches WHERE event = 'failure_visit';
SELECT g.reason, g.until IS NULL AS open FROM pulse_internal.event_gap AS g JOIN pulse_internal.watch AS w USING (watch_id)
	WHERE relation = 'failure_app.visit'::regclass;
SELECT pulse.resume_watch('failure_app.visit', 'failure_visit');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.repair_watch('failure_app.visit', 'failure_visit');
-- the watch is changed, goes on, and its gap is read from the table
SELECT pulse.alter_watch('failure_app.visit', 'failure_visit', columns => 'at = at, customer = customer');
SELECT state, reason FROM pulse.watches WHERE event = 'failure_visit';
INSERT INTO failure_app.visit VALUES (4, 4);
SELECT pulse.repair_watch('failure_app.visit', 'failure_visit');
SELECT customer, place FROM pulse_event.failure_visit ORDER BY customer;
SELECT gaps FROM pulse.stat_watches WHERE event = 'failure_visit';

-- a retyped column that no longer fits, one that does
ALTER TABLE failure_app.visit ALTER customer TYPE bigint;
INSERT INTO failure_app.visit VALUES (5, 5), (6, 6000000000);
SELECT customer FROM pulse_event.failure_visit WHERE customer > 4;
SELECT * FROM failure_app.errors() WHERE event = 'failure_visit';
ALTER TABLE failure_app.visit ALTER customer TYPE text;
INSERT INTO failure_app.visit VALUES (7, '7');
SELECT state, reason FROM pulse.watches WHERE event = 'failure_visit';
-- the event table dropped under a watch
CREATE TABLE failure_app.gone (id int PRIMARY KEY);
SELECT pulse.watch('failure_app.gone', 'failure_gone');
DROP TABLE pulse_event.failure_gone;
INSERT INTO failure_app.gone VALUES (1);
SELECT state, reason FROM pulse.watches WHERE event = 'failure_gone';
-- its partitions
CREATE TABLE failure_app.bare (id int PRIMARY KEY);
SELECT pulse.watch('failure_app.bare', 'failure_bare');
DO $$ DECLARE leaf regclass; BEGIN
	FOR leaf IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'pulse_event.failure_bare'::regclass LOOP
		EXECUTE format('DROP TABLE %s', leaf);
	END LOOP;
END $$;
INSERT INTO failure_app.bare VALUES (1);
SELECT state, reason FROM pulse.watches WHERE event = 'failure_bare';
-- with on_failure => 'raise' a broken watch stops the application, until it is repaired
SELECT pulse.drop_watch('failure_app.gone', 'failure_gone');
SELECT pulse.drop_event('failure_gone');
SELECT pulse.watch('failure_app.gone', 'failure_gone', on_failure => 'raise');
DROP TABLE pulse_event.failure_gone;
INSERT INTO failure_app.gone VALUES (2);
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_watch('failure_app.gone', 'failure_gone');
SELECT pulse.drop_event('failure_gone');

-- constraints and generated columns that the user has put on an event table
CREATE TABLE failure_app.stock (id int PRIMARY KEY, store text, quantity int);
SELECT pulse.create_event('failure_stock', 'store text NOT NULL, quantity int');
ALTER TABLE pulse_event.failure_stock ADD CHECK (quantity >= 0), ADD COLUMN doubled int GENERATED ALWAYS AS (quantity * 2) STORED, ADD COLUMN source text DEFAULT 'app';
SELECT pulse.watch('failure_app.stock', 'failure_stock', 'store = store, quantity = quantity');
INSERT INTO failure_app.stock VALUES (1, 'a', 5), (2, NULL, 6), (3, 'c', -1), (4, 'd', 0);
SELECT store, quantity, doubled, source FROM pulse_event.failure_stock ORDER BY store;
SELECT row_key, sqlstate_code FROM pulse.capture_errors WHERE event = 'failure_stock' ORDER BY 1;
-- an index that refuses a row
CREATE INDEX ON pulse_event.failure_stock (store);
INSERT INTO failure_app.stock SELECT 10 + g, CASE g WHEN 2 THEN (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 2000) AS i) ELSE 'z' || g END, g FROM generate_series(1, 3) AS g;
SELECT left(store, 2) AS store FROM pulse_event.failure_stock WHERE quantity BETWEEN 1 AND 3 ORDER BY 1;
SELECT row_key, sqlstate_code FROM pulse.capture_errors WHERE event = 'failure_stock' AND row_key::int > 10;

-- triggers, foreign keys and computed defaults on an event table: by INSERT, as its owner
CREATE TABLE failure_app.store (name text PRIMARY KEY);
CREATE SEQUENCE failure_app.numbers;
INSERT INTO failure_app.store VALUES ('north'), ('south');
SELECT pulse.create_event('failure_move', 'store text REFERENCES failure_app.store');
SELECT pulse.create_event('failure_move', 'store text, quantity int');
ALTER TABLE pulse_event.failure_move ADD FOREIGN KEY (store) REFERENCES failure_app.store,
	ADD COLUMN nr bigint DEFAULT nextval('failure_app.numbers');
CREATE FUNCTION failure_app.round_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.quantity := NEW.quantity + 1000; RETURN NEW; END $$;
CREATE TRIGGER round_up BEFORE INSERT ON pulse_event.failure_move FOR EACH ROW EXECUTE FUNCTION failure_app.round_up();
SELECT pulse.watch('failure_app.stock', 'failure_move', 'store = store, quantity = quantity', condition => 'id BETWEEN 100 AND 199');
GRANT INSERT ON failure_app.stock TO regress_failure_client;
SET ROLE regress_failure_client;
INSERT INTO failure_app.stock VALUES (100, 'north', 1), (101, 'nowhere', 2), (102, 'south', 3), (203, 'south', 4);
RESET ROLE;
SELECT store, quantity, nr IS NOT NULL AS numbered, recorded = at AS stamped FROM pulse_event.failure_move ORDER BY store;
SELECT row_key, sqlstate_code FROM pulse.capture_errors WHERE event = 'failure_move' ORDER BY 1;

-- a kind with dedup_key: the first of a key counts, by whatever way it comes
SELECT pulse.watch('failure_app.stock', 'failure_once', 'store = store, dedup_key = store');
INSERT INTO failure_app.stock VALUES (300, 'x', 1), (301, 'x', 2), (302, 'y', 3);
INSERT INTO failure_app.stock VALUES (303, 'x', 4), (304, 'w', 5);
SELECT pulse.emit_event('failure_once', '{"store": "x", "dedup_key": "x"}') IS NULL AS repeat;
SELECT store, dedup_key FROM pulse_event.failure_once ORDER BY 1;

SELECT pulse.drop_watch(relation, event) FROM pulse.watches WHERE event LIKE 'failure\_%';
SELECT pulse.drop_event(name) FROM pulse.events WHERE name LIKE 'failure\_%';
SELECT count(*) FROM pulse_internal.event_gap;
SELECT count(*) FROM pulse_internal.capture_error;
SET client_min_messages = warning;
DROP SCHEMA failure_app CASCADE;
DROP OWNED BY regress_failure_author, regress_failure_client;
DROP ROLE regress_failure_author, regress_failure_client;
