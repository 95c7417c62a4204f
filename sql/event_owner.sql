-- what the owner of an event table puts there runs as that owner, whoever writes
CREATE SCHEMA owner_app;
CREATE ROLE regress_owner_author IN ROLE pulse_author;
CREATE TABLE owner_app.bill (id int PRIMARY KEY, amount numeric);
CREATE TABLE owner_app.seen (part text, who name);
GRANT USAGE ON SCHEMA owner_app TO PUBLIC;
GRANT ALL ON owner_app.seen TO PUBLIC;
GRANT CREATE ON SCHEMA owner_app TO regress_owner_author;
SET client_min_messages = warning;
SELECT pulse.create_event('owner_first', 'n int');	-- makes the schema, if need be
RESET client_min_messages;
GRANT USAGE, CREATE ON SCHEMA pulse_event TO regress_owner_author;
SET ROLE regress_owner_author;
SELECT pulse.create_event('owner_bill', 'id int, amount numeric');
-- raises unless it runs as the author of this function
CREATE FUNCTION owner_app.mine(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_user <> 'regress_owner_author' THEN RAISE 'runs as %', current_user; END IF;
	RETURN v;
END $$;
RESET ROLE;
SELECT pulse.watch('owner_app.bill', 'owner_bill', on_failure => 'raise');
-- a constraint
SET ROLE regress_owner_author;
ALTER TABLE pulse_event.owner_bill ADD CONSTRAINT mine CHECK (owner_app.mine(id) > 0);
RESET ROLE;
INSERT INTO owner_app.bill VALUES (1, 10);
-- a generated column
SET ROLE regress_owner_author;
ALTER TABLE pulse_event.owner_bill DROP CONSTRAINT mine;
ALTER TABLE pulse_event.owner_bill ADD COLUMN twin int GENERATED ALWAYS AS (owner_app.mine(id)) STORED;
RESET ROLE;
INSERT INTO owner_app.bill VALUES (2, 20);
-- an index on an expression
SET ROLE regress_owner_author;
ALTER TABLE pulse_event.owner_bill DROP COLUMN twin;
CREATE INDEX owner_index ON pulse_event.owner_bill (owner_app.mine(id));
RESET ROLE;
INSERT INTO owner_app.bill VALUES (3, 30);
-- a trigger; one that is put off would run when the owner's rights are over
SET ROLE regress_owner_author;
DROP INDEX pulse_event.owner_index;
CREATE FUNCTION owner_app.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO owner_app.seen VALUES (tg_name, current_user);
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER at_once AFTER INSERT ON pulse_event.owner_bill FOR EACH ROW EXECUTE FUNCTION owner_app.note();
RESET ROLE;
INSERT INTO owner_app.bill VALUES (4, 40);
SET ROLE regress_owner_author;
CREATE CONSTRAINT TRIGGER put_off AFTER INSERT ON pulse_event.owner_bill DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION owner_app.note();
RESET ROLE;
INSERT INTO owner_app.bill VALUES (5, 50);
SELECT * FROM owner_app.seen;
SELECT id, amount FROM pulse_event.owner_bill ORDER BY id;

-- a cast of a type of the author's own does not run as the engine when a gap is repaired
SET ROLE regress_owner_author;
CREATE TYPE owner_app.mood AS ENUM ('good', 'bad');
CREATE FUNCTION owner_app.mood_text(owner_app.mood) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF current_user <> 'regress_owner_author' THEN RAISE 'runs as %', current_user; END IF;
	RETURN 'mood';
END $$;
CREATE CAST (owner_app.mood AS text) WITH FUNCTION owner_app.mood_text(owner_app.mood);
CREATE TABLE owner_app.visit (id int PRIMARY KEY, mood owner_app.mood);
SELECT pulse.watch('owner_app.visit', 'owner_visit');
INSERT INTO owner_app.visit VALUES (1, 'good');
SELECT pulse.pause_watch('owner_app.visit', 'owner_visit');
INSERT INTO owner_app.visit VALUES (2, 'bad');
SELECT pulse.resume_watch('owner_app.visit', 'owner_visit');
SELECT pulse.repair_watch('owner_app.visit', 'owner_visit');
SELECT id FROM pulse_event.owner_visit ORDER BY id;

-- expressions do not come to run with the rights of who changes another part
CREATE TABLE owner_app.call (id int PRIMARY KEY);
SELECT pulse.watch('owner_app.call', 'owner_call', 'id = owner_app.mine(id)', on_failure => 'raise');
RESET ROLE;
SELECT pulse.alter_watch('owner_app.call', 'owner_call', operations => '{insert,delete}');
SELECT author, operations FROM pulse.watches WHERE event = 'owner_call';
INSERT INTO owner_app.call VALUES (1);
SELECT pulse.alter_watch('owner_app.call', 'owner_call', condition => 'id > 0');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_watch('owner_app.call', 'owner_call', 'id = id + 100', 'id > 0');
SELECT author::text = current_user AS taken_over FROM pulse.watches WHERE event = 'owner_call';
INSERT INTO owner_app.call VALUES (2);
SELECT id FROM pulse_event.owner_call ORDER BY id;
SELECT event, row_key, message FROM pulse.capture_errors WHERE event LIKE 'owner\_%' ORDER BY 1, 2;

SELECT count(pulse.drop_watch(relation, event)) FROM pulse.watches WHERE event LIKE 'owner\_%';
SELECT count(pulse.drop_event(name)) FROM pulse.events WHERE name LIKE 'owner\_%';
SET client_min_messages = warning;
DROP SCHEMA owner_app CASCADE;
DROP OWNED BY regress_owner_author;
DROP ROLE regress_owner_author;
