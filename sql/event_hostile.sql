-- capture among other people's code: search paths, event triggers, clients of all kinds
SET timezone = 'UTC';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
CREATE SCHEMA hostile_app;
CREATE SCHEMA hostile_trap;
CREATE ROLE regress_hostile_author IN ROLE pulse_author;
CREATE ROLE regress_hostile_client;
GRANT USAGE ON SCHEMA hostile_app TO regress_hostile_author, regress_hostile_client;
GRANT USAGE, CREATE ON SCHEMA hostile_trap TO regress_hostile_author, regress_hostile_client;
CREATE TABLE hostile_app.deal (id int PRIMARY KEY, stage text, worth numeric, closed timestamptz);
GRANT TRIGGER ON hostile_app.deal TO regress_hostile_author;
GRANT INSERT ON hostile_app.deal TO regress_hostile_client;
CREATE FUNCTION hostile_app.weight(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';

-- names are bound once, with the author's search_path, and kept in full
SET search_path = hostile_app, public;
SELECT pulse.watch('deal', 'hostile_deal', 'nr = id, stage = upper(stage), worth = weight(worth), big = worth > 100, day = date_trunc(''day'', closed)');
RESET search_path;
SELECT columns FROM pulse.watches WHERE event = 'hostile_deal';
-- a client puts functions, operators and types of the same names in front
SET ROLE regress_hostile_client;
CREATE TABLE hostile_trap.log (who text);
CREATE FUNCTION hostile_trap.upper(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO hostile_trap.log VALUES (current_user); RETURN 'trapped'; END $$;
CREATE FUNCTION hostile_trap.weight(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT -1.0';
CREATE FUNCTION hostile_trap.date_trunc(text, timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT NULL::timestamptz';
CREATE FUNCTION hostile_trap.greater(numeric, numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR hostile_trap.> (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = hostile_trap.greater);
CREATE DOMAIN hostile_trap.text AS pg_catalog.text CHECK (VALUE = 'no');
SET search_path = hostile_trap, pg_catalog, hostile_app;
SET timezone = 'America/New_York';
SET datestyle = 'German';
INSERT INTO deal VALUES (1, 'won', 150, '2026-03-01 23:00+00');
RESET ROLE;
RESET search_path;
RESET datestyle;
SET timezone = 'UTC';
SELECT nr, stage, worth, big, day FROM pulse_event.hostile_deal;
SELECT count(*) FROM hostile_trap.log;
-- the author, too, has them in front when a watch is changed in another part only
SET search_path = hostile_trap, pg_catalog, public;
SELECT pulse.alter_watch('hostile_app.deal', 'hostile_deal', on_failure => 'raise');
SELECT pulse.alter_watch('hostile_app.deal', 'hostile_deal', condition => 'worth > 10');	-- not as a superuser
ALTER FUNCTION hostile_trap.greater(numeric, numeric) OWNER TO CURRENT_USER;
SELECT pulse.alter_watch('hostile_app.deal', 'hostile_deal', condition => 'worth > 10');
RESET search_path;
SELECT columns, condition FROM pulse.watches WHERE event = 'hostile_deal';
SELECT pulse.alter_watch('hostile_app.deal', 'hostile_deal', condition => 'true', on_failure => 'record');
-- a function that is replaced is used from the next statement on
CREATE OR REPLACE FUNCTION hostile_app.weight(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 3';
INSERT INTO hostile_app.deal VALUES (2, 'won', 150);
SELECT worth FROM pulse_event.hostile_deal WHERE nr = 2;

-- the application's own event trigger fires at our DDL, as at anybody's
CREATE TABLE hostile_app.ddl (tag text, identity text);
CREATE FUNCTION hostile_app.note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO hostile_app.ddl SELECT command_tag, object_identity FROM pg_event_trigger_ddl_commands();
END $$;
CREATE EVENT TRIGGER hostile_note ON ddl_command_end EXECUTE FUNCTION hostile_app.note_ddl();
CREATE TABLE hostile_app.lead (id int PRIMARY KEY);
SELECT pulse.watch('hostile_app.lead', 'hostile_lead');
DROP EVENT TRIGGER hostile_note;
SELECT tag, count(*) > 0 AS seen FROM hostile_app.ddl GROUP BY tag ORDER BY tag;
INSERT INTO hostile_app.lead VALUES (1);
SELECT count(*) FROM pulse_event.hostile_lead;
-- one that refuses: nothing is left
CREATE FUNCTION hostile_app.no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no new triggers here'; END $$;
CREATE EVENT TRIGGER hostile_no ON ddl_command_end WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION hostile_app.no_ddl();
CREATE TABLE hostile_app.task (id int PRIMARY KEY);
SELECT pulse.watch('hostile_app.task', 'hostile_task');
DROP EVENT TRIGGER hostile_no;
SELECT count(*) FROM pulse.events WHERE name = 'hostile_task';
SELECT to_regclass('pulse_event.hostile_task') IS NULL AS nothing_left;

-- a watch on a table whose rows make rows in a watched table
CREATE TABLE hostile_app.copy (id int);
SELECT pulse.watch('hostile_app.copy', 'hostile_copy');
CREATE FUNCTION hostile_app.copy_lead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO hostile_app.copy VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER copy_lead AFTER INSERT ON hostile_app.lead FOR EACH ROW EXECUTE FUNCTION hostile_app.copy_lead();
-- and an event table whose rows do: capture inside capture
CREATE FUNCTION hostile_app.copy_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO hostile_app.copy VALUES (1000 + NEW.id); RETURN NEW; END $$;
CREATE TRIGGER copy_event AFTER INSERT ON pulse_event.hostile_lead FOR EACH ROW EXECUTE FUNCTION hostile_app.copy_event();
INSERT INTO hostile_app.lead VALUES (2), (3);
SELECT string_agg(id::text, ' ' ORDER BY id) FROM pulse_event.hostile_copy;
SELECT string_agg(id::text, ' ' ORDER BY id) FROM pulse_event.hostile_lead;

-- a table without a primary key, without columns that map, with only one row ever
CREATE TABLE hostile_app.bare (n text);
SELECT pulse.watch('hostile_app.bare', 'hostile_bare', 'n = n::int');
INSERT INTO hostile_app.bare VALUES ('1'), ('no'), ('3');
SELECT row_key, sqlstate_code FROM pulse.capture_errors WHERE event = 'hostile_bare';
SELECT n FROM pulse_event.hostile_bare ORDER BY n;

SELECT pulse.drop_watch(relation, event) FROM pulse.watches WHERE event LIKE 'hostile\_%';
SELECT pulse.drop_event(name) FROM pulse.events WHERE name LIKE 'hostile\_%';
SET client_min_messages = warning;
DROP SCHEMA hostile_app, hostile_trap CASCADE;
DROP OWNED BY regress_hostile_author, regress_hostile_client;
DROP ROLE regress_hostile_author, regress_hostile_client;
